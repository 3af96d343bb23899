package devslack_test

import (
	"fmt"
	"strings"
	"testing"

	"dbaccess/internal/devslack"
)

func x(n int) string { return strings.Repeat("é", n) } // limits count characters, not bytes

func section(text string) string {
	return fmt.Sprintf(`{"type":"section","text":{"type":"mrkdwn","text":%q}}`, text)
}

func button(extra string) string {
	return `{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"Go"}` + extra + `}]}`
}

func repeat(n int, item func(i int) string) string {
	items := make([]string, n)
	for i := range items {
		items[i] = item(i)
	}
	return strings.Join(items, ",")
}

func option(i int) string {
	return fmt.Sprintf(`{"text":{"type":"plain_text","text":"o"},"value":"v%d"}`, i)
}

func input(element string) string {
	return `{"type":"input","label":{"type":"plain_text","text":"L"},"element":` + element + `}`
}

func TestMessageLimitsAreSlacksOwn(t *testing.T) {
	t.Parallel()
	s := start(t, devslack.DefaultSeed())
	confirm := func(title, text, yes string) string {
		o := func(s string) string { return fmt.Sprintf(`{"type":"plain_text","text":%q}`, s) }
		return `,"confirm":{"title":` + o(title) + `,"text":` + o(text) + `,"confirm":` + o(yes) + `,"deny":` + o("No") + `}`
	}
	const table = `{"type":"table","rows":[[{"type":"raw_text","text":"id"}],[{"type":"raw_text","text":"1"}]]}`
	markdown := func(n int) string { return `{"type":"markdown","text":"` + x(n) + `"}` }
	for _, c := range []struct {
		name, blocks string
		want         string // part of the one message; empty: allowed
	}{
		{"section at its limit", section(x(3000)), ""},
		{"section over it", section(x(3001)), "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"},
		{"empty section", section(""), "must be more than 0 characters [json-pointer:/blocks/0/text/text]"},
		{"section without anything", `{"type":"section"}`, "missing required field: text or fields [json-pointer:/blocks/0]"},
		{"fields", `{"type":"section","fields":[` + repeat(11, func(int) string { return `{"type":"mrkdwn","text":"f"}` }) + `]}`, "no more than 10 items allowed [json-pointer:/blocks/0/fields]"},
		{"long field", `{"type":"section","fields":[{"type":"mrkdwn","text":"` + x(2001) + `"}]}`, "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]"},
		{"header", `{"type":"header","text":{"type":"plain_text","text":"` + x(151) + `"}}`, "must be less than 151 characters [json-pointer:/blocks/0/text/text]"},
		{"header in mrkdwn", `{"type":"header","text":{"type":"mrkdwn","text":"h"}}`, "must be a valid enum value [json-pointer:/blocks/0/text/type]"},
		{"context", `{"type":"context","elements":[` + repeat(11, func(int) string { return `{"type":"mrkdwn","text":"f"}` }) + `]}`, "no more than 10 items allowed"},
		{"actions", `{"type":"actions","elements":[` + repeat(26, func(int) string { return `{"type":"button","text":{"type":"plain_text","text":"b"}}` }) + `]}`, "no more than 25 items allowed"},
		{"no actions", `{"type":"actions","elements":[]}`, "must be more than 0 items"},
		{"button value", button(`,"value":"` + x(2001) + `"`), "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]"},
		{"button url", button(`,"url":"` + x(3001) + `"`), "must be less than 3001 characters"},
		{"button style", button(`,"style":"green"`), "must be a valid enum value [json-pointer:/blocks/0/elements/0/style]"},
		{"button text", `{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"` + x(76) + `"}}]}`, "must be less than 76 characters"},
		{"action_id", button(`,"action_id":"` + x(256) + `"`), "must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]"},
		{"confirm at its limits", button(confirm(x(100), x(300), x(30))), ""},
		{"confirm title", button(confirm(x(101), "t", "y")), "must be less than 101 characters"},
		{"confirm text", button(confirm("t", x(301), "y")), "must be less than 301 characters"},
		{"confirm button", button(confirm("t", "t", x(31))), "must be less than 31 characters"},
		{"block_id", `{"type":"divider","block_id":"` + x(256) + `"}`, "must be less than 256 characters"},
		{"the same block_id twice", `{"type":"divider","block_id":"a"},{"type":"divider","block_id":"a"}`, "`a` already exists [json-pointer:/blocks/1/block_id]"},
		{"the same action_id twice in a block", `{"type":"actions","elements":[` + repeat(2, func(int) string {
			return `{"type":"button","action_id":"a","text":{"type":"plain_text","text":"b"}}`
		}) + `]}`, "`a` already exists"},
		{"options", input(`{"type":"static_select","options":[` + repeat(101, option) + `]}`), "no more than 100 items allowed"},
		{"no options", input(`{"type":"static_select","options":[]}`), "missing required field: options"},
		{"option value", input(`{"type":"static_select","options":[{"text":{"type":"plain_text","text":"o"},"value":"` + x(76) + `"}]}`), "must be less than 76 characters"},
		{"option text in mrkdwn", input(`{"type":"static_select","options":[{"text":{"type":"mrkdwn","text":"o"},"value":"v"}]}`), "must be a valid enum value"},
		{"initial option is none of them", input(`{"type":"static_select","options":[` + option(1) + `],"initial_option":` + option(2) + `}`), "the initial option must be one of the options"},
		{"radio buttons", input(`{"type":"radio_buttons","options":[` + repeat(11, option) + `]}`), "no more than 10 items allowed"},
		{"placeholder", input(`{"type":"plain_text_input","placeholder":{"type":"plain_text","text":"` + x(151) + `"}}`), "must be less than 151 characters"},
		{"max_length", input(`{"type":"plain_text_input","max_length":3001}`), "must be between 1 and 3000"},
		{"number without decimals said", input(`{"type":"number_input"}`), "missing required field: is_decimal_allowed"},
		{"date", input(`{"type":"datepicker","initial_date":"tomorrow"}`), "must be a valid date"},
		{"a text input among actions", `{"type":"actions","elements":[{"type":"plain_text_input"}]}`, "unsupported type: plain_text_input"},
		{"a button as input", input(`{"type":"button","text":{"type":"plain_text","text":"b"}}`), "unsupported type: button"},
		{"a key that is not Slack's", `{"type":"divider","colour":"red"}`, "invalid additional property: colour [json-pointer:/blocks/0]"},
		{"a button's key that is not Slack's", button(`,"visible":true`), "invalid additional property: visible [json-pointer:/blocks/0/elements/0]"},
		{"emoji in mrkdwn", `{"type":"section","text":{"type":"mrkdwn","text":"x","emoji":true}}`, "invalid additional property: emoji [json-pointer:/blocks/0/text]"},
		{"an accessory that is none", `{"type":"section","text":{"type":"mrkdwn","text":"x"},"accessory":"x"}`, "must be an object [json-pointer:/blocks/0/accessory]"},
		{"confirm style", button(strings.TrimSuffix(confirm("t", "t", "y"), "}") + `,"style":"green"}`), "must be a valid enum value [json-pointer:/blocks/0/elements/0/confirm/style]"},
		{"min over max", input(`{"type":"plain_text_input","min_length":5,"max_length":4}`), "must not be more than max_length"},
		{"two tables", table + "," + table, "only one table is allowed [json-pointer:/blocks]"},
		{"a table", table, ""},
		{"markdown together", markdown(6000) + "," + markdown(6001), "must be less than 12001 characters together"},
		{"focus twice", input(`{"type":"plain_text_input","focus_on_load":true}`) + "," + input(`{"type":"plain_text_input","focus_on_load":true}`), "only one element may have focus_on_load"},
		{"rich text", `{"type":"rich_text","elements":[{"type":"rich_text_preformatted","elements":[{"type":"text","text":"select 1"}]}]}`, ""},
		{"rich text of an unknown kind", `{"type":"rich_text","elements":[{"type":"rich_text_poem","elements":[]}]}`, "unsupported type: rich_text_poem [json-pointer:/blocks/0/elements/0/type]"},
		{"rich text with an empty piece", `{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":""}]}]}`, "missing required field: text"},
		{"a list of something else", `{"type":"rich_text","elements":[{"type":"rich_text_list","style":"bullet","elements":[{"type":"text","text":"x"}]}]}`, "must be a valid enum value"},
		{"external select", input(`{"type":"external_select","min_query_length":-1}`), "must be between"},
		{"date and time", input(`{"type":"datetimepicker","initial_date_time":1}`), "must be between"},
		{"unknown block", `{"type":"alert"}`, "unsupported type: alert [json-pointer:/blocks/0/type]"},
		{"50 blocks", repeat(50, func(int) string { return `{"type":"divider"}` }), ""},
		{"51 blocks", repeat(51, func(int) string { return `{"type":"divider"}` }), "no more than 50 items allowed [json-pointer:/blocks]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := call(t, s, "chat.postMessage", form("channel", "C0GENERAL", "text", "x", "blocks", "["+c.blocks+"]"))
			switch {
			case c.want == "" && !r.OK:
				t.Errorf("refused: %+v", r)
			case c.want != "" && (r.Error != "invalid_blocks" || len(r.Metadata.Messages) != 1):
				t.Errorf("got %+v, want one message", r)
			case c.want != "" && !(strings.HasPrefix(r.Metadata.Messages[0], "[ERROR] ") && strings.Contains(r.Metadata.Messages[0], c.want)):
				t.Errorf("got %q, want %q", r.Metadata.Messages[0], c.want)
			}
		})
	}
}

func TestMessageAsAWholeHasLimitsToo(t *testing.T) {
	t.Parallel()
	s := start(t, devslack.DefaultSeed())
	many := "[" + repeat(5, func(int) string { return section(x(2900)) }) + "]"
	if r := call(t, s, "chat.postMessage", form("channel", "C0GENERAL", "text", "x", "blocks", many)); r.Error != "msg_blocks_too_long" {
		t.Errorf("blocks of 14,500 characters: %+v", r)
	}
	r := call(t, s, "chat.postMessage", form("channel", "C0GENERAL", "text", x(40_001)))
	if got := []rune(s.Messages("general")[0].Text); !r.OK || len(got) != 40_000 {
		t.Errorf("long text is cut: %+v, %d", r, len(got))
	}
	update := func(n int) reply {
		return call(t, s, "chat.update", form("channel", "C0GENERAL", "ts", r.TS, "text", x(n)))
	}
	if u := update(4001); u.Error != "msg_too_long" {
		t.Errorf("update: %+v", u)
	}
	if u := update(4000); !u.OK {
		t.Errorf("update: %+v", u)
	}
}

func TestViewLimitsAreSlacksOwn(t *testing.T) {
	t.Parallel()
	s := start(t, devslack.DefaultSeed())
	title := `"title":{"type":"plain_text","text":"T"}`
	for _, c := range []struct{ name, view, code, want string }{
		{"no title", `{"type":"modal","blocks":[]}`, "invalid_arguments", "missing required field: title [json-pointer:/view]"},
		{"no blocks", `{"type":"modal",` + title + `}`, "invalid_arguments", "missing required field: blocks"},
		{"inputs without submit", `{"type":"modal",` + title + `,"blocks":[` + input(`{"type":"plain_text_input"}`) + `]}`, "invalid_arguments", "missing required field: submit"},
		{"long submit", `{"type":"modal",` + title + `,"blocks":[],"submit":{"type":"plain_text","text":"` + x(25) + `"}}`, "invalid_arguments", "must be less than 25 characters [json-pointer:/view/submit/text]"},
		{"long metadata", `{"type":"modal",` + title + `,"blocks":[],"private_metadata":"` + x(3001) + `"}`, "invalid_arguments", "must be less than 3001 characters"},
		{"long callback_id", `{"type":"modal",` + title + `,"blocks":[],"callback_id":"` + x(256) + `"}`, "invalid_arguments", "must be less than 256 characters"},
		{"101 blocks", `{"type":"modal",` + title + `,"blocks":[` + repeat(101, func(int) string { return `{"type":"divider"}` }) + `]}`, "invalid_arguments", "no more than 100 items allowed"},
		{"a home as modal", `{"type":"home",` + title + `,"blocks":[]}`, "invalid_arguments", "must be a valid enum value [json-pointer:/view/type]"},
		{"a key that is not Slack's", `{"type":"modal",` + title + `,"blocks":[],"colour":1}`, "invalid_arguments", "invalid additional property: colour [json-pointer:/view]"},
		{"too large", `{"type":"modal",` + title + `,"blocks":[` + repeat(100, func(int) string { return section(x(2999)) }) + `]}`, "view_too_large", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := call(t, s, "views.open", form("trigger_id", "none", "view", c.view))
			if r.Error != c.code || !strings.Contains(strings.Join(r.Metadata.Messages, "\n"), c.want) {
				t.Errorf("got %+v, want %s %q", r, c.code, c.want)
			}
		})
	}
}
