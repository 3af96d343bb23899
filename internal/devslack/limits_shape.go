package devslack

import (
	"fmt"
	"slices"
	"strings"
)

// properties are the keys that blocks and elements may have, beside type and
// block_id or action_id. Slack refuses others, as does this one.
var properties = map[string]string{
	"section":   "text fields accessory expand",
	"header":    "text",
	"divider":   "",
	"context":   "elements",
	"actions":   "elements",
	"input":     "label element hint optional dispatch_action",
	"image":     "alt_text image_url title",
	"rich_text": "elements",
	"table":     "rows column_settings",
	"markdown":  "text",

	"button":                "text url value style confirm accessibility_label",
	"overflow":              "options confirm",
	"static_select":         "options option_groups initial_option placeholder confirm focus_on_load",
	"multi_static_select":   "options option_groups initial_options max_selected_items placeholder confirm focus_on_load",
	"external_select":       "initial_option min_query_length placeholder confirm focus_on_load",
	"multi_external_select": "initial_options min_query_length max_selected_items placeholder confirm focus_on_load",
	"users_select":          "initial_user placeholder confirm focus_on_load",
	"multi_users_select":    "initial_users max_selected_items placeholder confirm focus_on_load",
	"conversations_select":  "initial_conversation default_to_current_conversation response_url_enabled filter placeholder confirm focus_on_load",
	"channels_select":       "initial_channel response_url_enabled placeholder confirm focus_on_load",
	"radio_buttons":         "options initial_option confirm focus_on_load",
	"checkboxes":            "options initial_options confirm focus_on_load",
	"datepicker":            "initial_date placeholder confirm focus_on_load",
	"timepicker":            "initial_time timezone placeholder confirm focus_on_load",
	"datetimepicker":        "initial_date_time confirm focus_on_load",
	"plain_text_input":      "initial_value multiline min_length max_length dispatch_action_config placeholder focus_on_load",
	"number_input":          "is_decimal_allowed initial_value min_value max_value dispatch_action_config placeholder focus_on_load",
	"email_text_input":      "initial_value dispatch_action_config placeholder focus_on_load",
	"url_text_input":        "initial_value dispatch_action_config placeholder focus_on_load",
}

const (
	modalProperties   = "title blocks close submit private_metadata callback_id clear_on_close notify_on_close external_id submit_disabled"
	homeProperties    = "blocks private_metadata callback_id external_id"
	confirmProperties = "title text confirm deny style"
)

// only refuses keys of o that are not among the known ones.
func (c *checker) only(ptr string, o object, known string) {
	names := append(strings.Fields(known), "type")
	var others []string
	for key, value := range o {
		if value != nil && !slices.Contains(names, key) {
			others = append(others, key)
		}
	}
	slices.Sort(others)
	for _, key := range others {
		c.fail(ptr, "invalid additional property: %s", key)
	}
}

// richText checks a rich_text block: sections, lists, quotes and code, and the
// pieces in them.
func (c *checker) richText(ptr string, b object) {
	for i, e := range c.list(ptr, b, "elements", 1, 1000) {
		at := fmt.Sprintf("%s/elements/%d", ptr, i)
		switch e["type"] {
		case "rich_text_section", "rich_text_quote", "rich_text_preformatted":
			c.richPieces(at, e)
		case "rich_text_list":
			if style := e["style"]; style != "bullet" && style != "ordered" {
				c.fail(at+"/style", "must be a valid enum value")
			}
			for j, item := range c.list(at, e, "elements", 1, 1000) {
				if item["type"] != "rich_text_section" {
					c.fail(fmt.Sprintf("%s/elements/%d/type", at, j), "must be a valid enum value")
				}
				c.richPieces(fmt.Sprintf("%s/elements/%d", at, j), item)
			}
		default:
			c.fail(at+"/type", "unsupported type: %v", e["type"])
		}
	}
}

// richPieces are the words and signs of a rich text, with what each must say.
var richPieces = map[any]string{
	"text": "text", "link": "url", "user": "user_id", "usergroup": "usergroup_id", "channel": "channel_id", "emoji": "name",
	"broadcast": "range", "date": "format", "color": "value",
}

func (c *checker) richPieces(ptr string, e object) {
	for i, piece := range c.list(ptr, e, "elements", 0, 1000) {
		at := fmt.Sprintf("%s/elements/%d", ptr, i)
		key, known := richPieces[piece["type"]]
		if !known {
			c.fail(at+"/type", "unsupported type: %v", piece["type"])
			continue
		}
		if text, _ := piece[key].(string); text == "" {
			c.fail(at, "missing required field: %s", key)
		}
	}
}

// together checks what blocks may not be or hold more than once, and together not
// more than so much of.
func (c *checker) together(ptr string, blocks []object) {
	tables, markdown, focused := 0, 0, 0
	for _, b := range blocks {
		switch b["type"] {
		case "table":
			tables++
		case "markdown":
			markdown += len([]rune(str(b, "text")))
		}
	}
	eachElement(blocks, func(_, e object) {
		if on, _ := e["focus_on_load"].(bool); on {
			focused++
		}
	})
	if tables > 1 {
		c.fail(ptr, "only one table is allowed")
	}
	if markdown > maxMarkdown {
		c.fail(ptr, "markdown blocks must be less than %d characters together", maxMarkdown+1)
	}
	if focused > 1 {
		c.fail(ptr, "only one element may have focus_on_load")
	}
}
