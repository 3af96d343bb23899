package devslack

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Surface is what elements stand on: a [Message] or a [View], as the person has it
// before their eyes. It may be older than what the server holds, as a page that
// has not redrawn yet.
type Surface interface {
	place() place
}

type place struct {
	view        string
	channel, ts string
	blocks      []object
}

func (m Message) place() place {
	return place{channel: m.Channel, ts: m.TS, blocks: decodeBlocks(m.Blocks)}
}
func (v View) place() place { return place{view: v.ID, blocks: decodeBlocks(v.Blocks)} }

func decodeBlocks(raw json.RawMessage) []object {
	var blocks []object
	if len(raw) > 0 && json.Unmarshal(raw, &blocks) != nil {
		return nil // only a Message or View that a test made by hand
	}
	return blocks
}

// Element is an interactive element: a button, a select, an input.
type Element struct {
	BlockID  string
	ActionID string
	Type     string // "button", "static_select", …
	Label    string // a button's text, an input's label
	Value    string // a button's value
	URL      string // a button's link
	Style    string // "", "primary" or "danger"
	Confirm  string // the confirmation's text; empty if there is none

	def object
}

// Elements returns the interactive elements of a message or view, in order.
func Elements(on Surface) []Element {
	var found []Element
	eachElement(on.place().blocks, func(b, e object) {
		text := func(o object, key string) string { t, _ := o[key].(object); return str(t, "text") }
		el := Element{
			BlockID: str(b, "block_id"), ActionID: str(e, "action_id"), Type: str(e, "type"), Label: text(e, "text"),
			Value: str(e, "value"), URL: str(e, "url"), Style: str(e, "style"), def: e,
		}
		if b["type"] == "input" {
			el.Label = text(b, "label")
		}
		if d, ok := e["confirm"].(object); ok {
			el.Confirm = text(d, "text")
		}
		found = append(found, el)
	})
	return found
}

// Find returns the one element whose action_id, or else label, is name.
func Find(on Surface, name string) (Element, error) {
	all := Elements(on)
	for _, match := range []func(Element) bool{
		func(e Element) bool { return e.ActionID == name },
		func(e Element) bool { return e.Label == name },
	} {
		var found []Element
		for _, e := range all {
			if match(e) {
				found = append(found, e)
			}
		}
		if len(found) == 1 {
			return found[0], nil
		}
		if len(found) > 1 {
			return Element{}, fmt.Errorf("%d elements are called %q: pick one of Elements", len(found), name)
		}
	}
	have := make([]string, 0, len(all))
	for _, e := range all {
		have = append(have, fmt.Sprintf("%s (%s)", e.ActionID, e.Label))
	}
	return Element{}, fmt.Errorf("there is no element %q; there are: %s", name, strings.Join(have, ", "))
}

// FindButton returns the button whose action_id or visible label is name.
func FindButton(on Surface, name string) (Element, bool) {
	e, err := Find(on, name)
	return e, err == nil && e.Type == "button"
}

// PlainText returns all words of a message or view in order, one piece a line:
// what a person reads, for tests to look into.
func PlainText(on Surface) string {
	var out []string
	if m, ok := on.(Message); ok && len(m.Blocks) == 0 {
		return m.Text
	}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, item := range v {
				walk(item)
			}
		case []object:
			for _, item := range v {
				walk(item)
			}
		case object:
			if text, ok := v["text"].(string); ok {
				out = append(out, text)
			}
			for _, key := range []string{"label", "text", "fields", "elements", "element", "accessory", "hint", "placeholder", "options", "rows"} {
				walk(v[key])
			}
		}
	}
	walk(on.place().blocks)
	return strings.Join(out, "\n")
}
