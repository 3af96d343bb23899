package devslack

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// State is what was typed and chosen, as Slack's state.values: by block_id, then
// action_id, an object with the element's type and value.
type State map[string]map[string]map[string]any

// Values is what a person types and chooses, by block_id, then action_id: a
// string (the text; an option's value or label; a date; a user's name or ID), a
// number, a list of strings where several may be chosen, or nil to clear.
type Values = map[string]map[string]any

// objects returns the objects of a decoded JSON array.
func objects(list any) []object {
	if typed, ok := list.([]object); ok {
		return typed
	}
	items, _ := list.([]any)
	out := make([]object, 0, len(items))
	for _, item := range items {
		if o, ok := item.(object); ok {
			out = append(out, o)
		}
	}
	return out
}

// eachElement calls f for every interactive element with the block it stands in.
func eachElement(blocks []object, f func(block, element object)) {
	for _, b := range blocks {
		switch b["type"] {
		case "section":
			if e, ok := b["accessory"].(object); ok && e["type"] != "image" {
				f(b, e)
			}
		case "actions":
			for _, e := range objects(b["elements"]) {
				f(b, e)
			}
		case "input":
			if e, ok := b["element"].(object); ok {
				f(b, e)
			}
		}
	}
}

func str(o object, key string) string { text, _ := o[key].(string); return text }

// initialState returns the state of blocks nobody has touched.
func initialState(blocks []object) State {
	state := State{}
	eachElement(blocks, func(b, e object) {
		k := elements[str(e, "type")]
		if k.valueKey == "" {
			return
		}
		value := e["initial_"+strings.TrimPrefix(k.valueKey, "selected_")]
		if value == nil && k.plural {
			value = []any{}
		}
		state.put(str(b, "block_id"), str(e, "action_id"), object{"type": e["type"], k.valueKey: value})
	})
	return state
}

func (s State) put(block, action string, entry object) {
	if s[block] == nil {
		s[block] = map[string]map[string]any{}
	}
	s[block][action] = entry
}

// keep returns s with old's entries wherever s has an entry of the same type.
func (s State) keep(old State) State {
	for block, actions := range s {
		for action, entry := range actions {
			if was, ok := old[block][action]; ok && was["type"] == entry["type"] {
				actions[action] = was
			}
		}
	}
	return s
}

func (s State) clone() State {
	c := State{}
	for block, actions := range s {
		c[block] = maps.Clone(actions)
	}
	return c
}

// fill returns state with values typed into blocks. What blocks do not hold is
// the caller's mistake and an error.
func (s *Server) fill(state State, blocks []object, values Values, offered offers) (State, error) {
	state = state.clone()
	for block, actions := range values {
		for action, value := range actions {
			_, e := findElement(blocks, block, action)
			if e == nil {
				return nil, fmt.Errorf("there is no element %q in block %q", action, block)
			}
			entry, err := s.entry(e, value, offered(block, action))
			if err != nil {
				return nil, fmt.Errorf("%s/%s: %w", block, action, err)
			}
			state.put(block, action, entry)
		}
	}
	return state, nil
}

func findElement(blocks []object, block, action string) (in, found object) {
	eachElement(blocks, func(b, e object) {
		if str(b, "block_id") == block && str(e, "action_id") == action {
			in, found = b, e
		}
	})
	return in, found
}

// entry makes a state entry of what a person typed or chose in e, an external
// select's choice being one of offered.
func (s *Server) entry(e object, value any, offered []object) (object, error) {
	kind := str(e, "type")
	k := elements[kind]
	if k.valueKey == "" {
		return nil, fmt.Errorf("a %s takes no value", kind)
	}
	entry := object{"type": kind}
	if value == nil || value == "" {
		entry[k.valueKey] = nil
		if k.plural {
			entry[k.valueKey] = []any{}
		}
		return entry, nil
	}
	if k.plural {
		list, err := stringList(value)
		if err != nil {
			return nil, err
		}
		chosen := []any{}
		for _, one := range list {
			c, err := s.choice(e, one, offered)
			if err != nil {
				return nil, err
			}
			chosen = append(chosen, c)
		}
		entry[k.valueKey] = chosen
		return entry, nil
	}
	var text string
	switch v := value.(type) {
	case string:
		text = v
	case int:
		text = strconv.Itoa(v)
	case float64:
		text = strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return nil, fmt.Errorf("a %s takes text, not %T", kind, value)
	}
	chosen, err := s.choice(e, text, offered)
	entry[k.valueKey] = chosen
	return entry, err
}

func stringList(value any) ([]string, error) {
	switch v := value.(type) {
	case []string:
		return v, nil
	case string:
		return []string{v}, nil
	case []any:
		list := make([]string, 0, len(v))
		for _, item := range v {
			text, ok := item.(string)
			if !ok {
				return nil, fmt.Errorf("expected text in the list, not %T", item)
			}
			list = append(list, text)
		}
		return list, nil
	}
	return nil, fmt.Errorf("expected a list of texts, not %T", value)
}

// choice turns one text into what the element's state holds of it.
func (s *Server) choice(e object, text string, offered []object) (any, error) {
	switch kind := str(e, "type"); kind {
	case "static_select", "multi_static_select", "radio_buttons", "checkboxes", "overflow":
		return optionCalled(text, allOptions(e))
	case "external_select", "multi_external_select":
		if first, ok := e["initial_option"].(object); ok {
			offered = append(slices.Clone(offered), first)
		}
		return optionCalled(text, append(slices.Clone(offered), objects(e["initial_options"])...))
	case "datetimepicker":
		at, err := strconv.ParseInt(text, 10, 64)
		if err != nil || len(text) != 10 {
			return nil, fmt.Errorf("%q is no time in seconds since 1970", text)
		}
		return at, nil
	case "users_select", "multi_users_select":
		u := s.world.user(text)
		if u == nil {
			return nil, fmt.Errorf("no user %q", text)
		}
		return u.ID, nil
	case "conversations_select", "channels_select":
		c := s.conversation(text)
		if c == nil {
			return nil, fmt.Errorf("no channel %q", text)
		}
		return c.ID, nil
	case "datepicker":
		if !datePattern.MatchString(text) {
			return nil, fmt.Errorf("%q is no date like 2026-01-31", text)
		}
	case "timepicker":
		if !timePattern.MatchString(text) {
			return nil, fmt.Errorf("%q is no time like 09:30", text)
		}
	}
	return text, nil
}

func optionCalled(name string, options []object) (object, error) {
	for _, o := range options {
		label, _ := o["text"].(object)
		if str(o, "value") == name || str(label, "text") == name {
			return o, nil
		}
	}
	return nil, fmt.Errorf("no option %q", name)
}

func allOptions(e object) []object {
	all := slices.Clone(objects(e["options"]))
	for _, g := range objects(e["option_groups"]) {
		all = append(all, objects(g["options"])...)
	}
	return all
}

var wholeNumber = regexp.MustCompile(`^-?\d+$`)

// complaints is what Slack's own client says before it submits anything: by
// block_id, empty if nothing is wrong.
func complaints(blocks []object, state State) map[string]string {
	found := map[string]string{}
	for _, b := range blocks {
		e, ok := b["element"].(object)
		if b["type"] != "input" || !ok {
			continue
		}
		id := str(b, "block_id")
		k := elements[str(e, "type")]
		value := state[id][str(e, "action_id")][k.valueKey]
		list, _ := value.([]any)
		if value == nil || value == "" || k.plural && len(list) == 0 {
			if optional, _ := b["optional"].(bool); !optional {
				found[id] = "Please complete this required field."
			}
			continue
		}
		if text, ok := value.(string); ok {
			if problem := complain(e, text); problem != "" {
				found[id] = problem
			}
		}
	}
	return found
}

func complain(e object, text string) string {
	switch str(e, "type") {
	case "plain_text_input":
		n := float64(utf8.RuneCountInString(text))
		if least, ok := e["min_length"].(float64); ok && n < least {
			return fmt.Sprintf("Please enter at least %v characters.", least)
		}
		most, ok := e["max_length"].(float64)
		if !ok {
			most = maxInput
		}
		if n > most {
			return fmt.Sprintf("Please enter no more than %v characters.", most)
		}
	case "number_input":
		n, err := strconv.ParseFloat(text, 64)
		decimal, _ := e["is_decimal_allowed"].(bool)
		if err != nil || !decimal && !wholeNumber.MatchString(text) {
			return "Please enter a valid number."
		}
		if least, err := strconv.ParseFloat(str(e, "min_value"), 64); err == nil && n < least {
			return fmt.Sprintf("Please enter a number of at least %v.", least)
		}
		if most, err := strconv.ParseFloat(str(e, "max_value"), 64); err == nil && n > most {
			return fmt.Sprintf("Please enter a number of at most %v.", most)
		}
	}
	return ""
}
