package devslack

import (
	"fmt"
	"slices"
)

// inBlock says in what part of a block an element stands.
type inBlock int

const (
	inSection inBlock = iota
	inActions
	inInput
)

// kindOfElement says what a type of element can do.
type kindOfElement struct {
	places   []inBlock
	valueKey string // the key of its value in state; empty: it has none
	plural   bool   // its value is a list
	external bool   // the app is asked what it offers
}

var (
	anywhere = []inBlock{inSection, inActions, inInput}
	asInput  = []inBlock{inInput}
)

// elements are the interactive elements this Slack knows.
var elements = map[string]kindOfElement{
	"button":                {places: []inBlock{inSection, inActions}},
	"overflow":              {places: []inBlock{inSection, inActions}},
	"static_select":         {places: anywhere, valueKey: "selected_option"},
	"multi_static_select":   {places: []inBlock{inSection, inInput}, valueKey: "selected_options", plural: true},
	"external_select":       {places: anywhere, valueKey: "selected_option", external: true},
	"multi_external_select": {places: []inBlock{inSection, inInput}, valueKey: "selected_options", plural: true, external: true},
	"users_select":          {places: anywhere, valueKey: "selected_user"},
	"multi_users_select":    {places: []inBlock{inSection, inInput}, valueKey: "selected_users", plural: true},
	"conversations_select":  {places: anywhere, valueKey: "selected_conversation"},
	"channels_select":       {places: anywhere, valueKey: "selected_channel"},
	"radio_buttons":         {places: anywhere, valueKey: "selected_option"},
	"checkboxes":            {places: anywhere, valueKey: "selected_options", plural: true},
	"datepicker":            {places: anywhere, valueKey: "selected_date"},
	"timepicker":            {places: anywhere, valueKey: "selected_time"},
	"datetimepicker":        {places: []inBlock{inActions, inInput}, valueKey: "selected_date_time"},
	"plain_text_input":      {places: asInput, valueKey: "value"},
	"number_input":          {places: asInput, valueKey: "value"},
	"email_text_input":      {places: asInput, valueKey: "value"},
	"url_text_input":        {places: asInput, valueKey: "value"},
}

// element checks one interactive element (or an image beside a section).
func (c *checker) element(ptr string, e object, where inBlock, actions map[string]bool) {
	kind, _ := e["type"].(string)
	if kind == "image" && where == inSection {
		c.image(ptr, e)
		return
	}
	k, known := elements[kind]
	if !known || !slices.Contains(k.places, where) {
		c.fail(ptr+"/type", "unsupported type: %s", kind)
		return
	}
	c.id(ptr, e, "action_id", actions)
	c.only(ptr, e, properties[kind]+" action_id")
	c.confirm(ptr, e)
	c.text(ptr, e, "placeholder", false, true, maxPlaceholder)
	c.particulars(ptr, kind, e)
}

// particulars checks what one type of element has beside the others.
func (c *checker) particulars(ptr, kind string, e object) {
	switch kind {
	case "button":
		c.text(ptr, e, "text", true, true, maxButtonText)
		c.str(ptr, e, "value", 0, maxButtonValue)
		c.str(ptr, e, "url", 0, maxURL)
		c.str(ptr, e, "accessibility_label", 0, maxAccessibility)
		if style, ok := e["style"]; ok && style != "primary" && style != "danger" {
			c.fail(ptr+"/style", "must be a valid enum value")
		}
	case "overflow":
		c.options(ptr, e, 5)
	case "radio_buttons", "checkboxes":
		c.options(ptr, e, maxChoices)
	case "static_select", "multi_static_select":
		c.options(ptr, e, maxOptions)
	case "external_select", "multi_external_select":
		c.between(ptr, e, "min_query_length", 0, 1e6)
		for i, o := range c.list(ptr, e, "initial_options", 0, maxOptions) {
			c.option(fmt.Sprintf("%s/initial_options/%d", ptr, i), o, true)
		}
		if o, ok := e["initial_option"].(object); ok {
			c.option(ptr+"/initial_option", o, true)
		}
	case "datetimepicker":
		c.between(ptr, e, "initial_date_time", 1e9, 1e10-1)
	case "datepicker":
		if day, ok := e["initial_date"].(string); ok && !datePattern.MatchString(day) {
			c.fail(ptr+"/initial_date", "must be a valid date (YYYY-MM-DD)")
		}
	case "timepicker":
		if t, ok := e["initial_time"].(string); ok && !timePattern.MatchString(t) {
			c.fail(ptr+"/initial_time", "must be a valid time (HH:mm)")
		}
	case "plain_text_input":
		c.between(ptr, e, "min_length", 0, maxInput)
		c.between(ptr, e, "max_length", 1, maxInput)
		c.str(ptr, e, "initial_value", 0, maxInput)
		least, _ := e["min_length"].(float64)
		if most, ok := e["max_length"].(float64); ok && least > most {
			c.fail(ptr+"/min_length", "must not be more than max_length")
		}
	case "number_input":
		if _, ok := e["is_decimal_allowed"].(bool); !ok {
			c.fail(ptr, "missing required field: is_decimal_allowed")
		}
	}
}

// between checks the optional number at o[key].
func (c *checker) between(ptr string, o object, key string, least, most float64) {
	value, present := o[key]
	n, ok := value.(float64)
	if present && (!ok || n < least || n > most) {
		c.fail(ptr+"/"+key, "must be between %v and %v", least, most)
	}
}

func (c *checker) confirm(ptr string, e object) {
	value, present := e["confirm"]
	if !present {
		return
	}
	ptr += "/confirm"
	d, ok := value.(object)
	if !ok {
		c.fail(ptr, "must be an object")
		return
	}
	c.only(ptr, d, confirmProperties)
	if style, ok := d["style"]; ok && style != "primary" && style != "danger" {
		c.fail(ptr+"/style", "must be a valid enum value")
	}
	c.text(ptr, d, "title", true, true, maxConfirmTitle)
	c.text(ptr, d, "text", true, false, maxConfirmText)
	c.text(ptr, d, "confirm", true, true, maxConfirmButton)
	c.text(ptr, d, "deny", true, true, maxConfirmButton)
}

// options checks options or option_groups, and that what is chosen at first is
// one of them, to the letter.
func (c *checker) options(ptr string, e object, most int) {
	plain := e["type"] != "radio_buttons" && e["type"] != "checkboxes"
	all := c.list(ptr, e, "options", 0, most)
	for i, o := range all {
		c.option(fmt.Sprintf("%s/options/%d", ptr, i), o, plain)
	}
	groups := c.list(ptr, e, "option_groups", 0, maxOptions)
	for i, g := range groups {
		at := fmt.Sprintf("%s/option_groups/%d", ptr, i)
		c.text(at, g, "label", true, true, maxOption)
		for j, o := range c.list(at, g, "options", 1, maxOptions) {
			c.option(fmt.Sprintf("%s/options/%d", at, j), o, plain)
			all = append(all, o)
		}
	}
	if len(all) == 0 {
		c.fail(ptr, "missing required field: options")
	}
	seen := map[string]bool{}
	for _, o := range all {
		value, _ := o["value"].(string)
		if seen[value] {
			c.fail(ptr+"/options", "duplicate option value: %s", value)
		}
		seen[value] = true
	}
	initial := c.list(ptr, e, "initial_options", 0, most)
	if o, ok := e["initial_option"].(object); ok {
		initial = append(initial, o)
	}
	for _, o := range initial {
		if !slices.ContainsFunc(all, func(have object) bool { return sameJSON(have, o) }) {
			c.fail(ptr, "the initial option must be one of the options, to the letter")
		}
	}
}

func (c *checker) option(ptr string, o object, plain bool) {
	c.only(ptr, o, "text value description url")
	c.text(ptr, o, "text", true, plain, maxOption)
	c.text(ptr, o, "description", false, plain, maxOption)
	c.str(ptr, o, "value", 1, maxOption)
}

func sameJSON(a, b any) bool { return string(mustJSON(a)) == string(mustJSON(b)) }
