package bot

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"dbaccess/approvals"
	"dbaccess/internal/devslack"
)

func (w *world) says(t *testing.T, user, channel, text string) devslack.Message {
	t.Helper()
	m, err := w.As(user).Say(channel, text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestTheGlobalShortcutOpensTheForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.As("alice").Shortcut(t.Context(), shortcutRequest); err != nil {
		t.Fatal(err)
	}
	w.modal(t, "alice", "Database", "Why do you need it?")
	if err := w.As("frank").Shortcut(t.Context(), shortcutRequest); err != nil {
		t.Fatal(err)
	}
	if v := w.modal(t, "frank", "You are not known to dbaccess"); strings.Contains(devslack.PlainText(v), "shop") {
		t.Error("a stranger reads which databases there are")
	}
}

func TestAMessageBecomesAReason(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.asked(t, "alice", askMasked)
	m := w.says(t, "bob", "general", "Refunds & returns of the shop are\nstuck since noon")
	if err := w.As("alice").MessageShortcut(t.Context(), m, shortcutForThis); err != nil {
		t.Fatal(err)
	}
	form := w.modal(t, "alice", "Why do you need it?", "Your reason is what the message says", "Profile")
	got := filled(form)
	if !strings.HasPrefix(got, "shop/masked-read/2h/Refunds & returns of the shop are stuck since noon\nhttp") || !strings.Contains(got, m.TS[:6]) {
		t.Errorf("the form is filled with %s", got)
	}
	if _, err := w.As("alice").Submit(t.Context(), form.ID, nil); err != nil {
		t.Fatal(err)
	}
	w.card(t, "db-approvals", "stuck since noon", "/archives/C0GENERAL/")
}

func TestAReasonNeedsNoPermalink(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Fault("chat.getPermalink", devslack.Fault{Error: "channel_not_found"})
	m := w.says(t, "alice", "random", "stuck") // where the bot is not
	if err := w.As("alice").MessageShortcut(t.Context(), m, shortcutForThis); err != nil {
		t.Fatal(err)
	}
	if got := filled(w.modal(t, "alice", "Why do you need it?")); !strings.HasSuffix(got, "/stuck") {
		t.Errorf("the form is filled with %s", got)
	}
}

func TestTheSQLOfAMessageBecomesAStatement(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.says(t, "bob", "general", "could somebody run ```\nDELETE FROM carts\n WHERE age > 7 AND note <> 'a & b'\n``` please? and `SELECT 1`")
	if err := w.As("alice").MessageShortcut(t.Context(), m, shortcutStatement); err != nil {
		t.Fatal(err)
	}
	form := w.modal(t, "alice", "One SQL statement", "Row bound")
	if got := form.State[blockStatement][fieldStatement]["value"]; got != "DELETE FROM carts\n WHERE age > 7 AND note <> 'a & b'" {
		t.Errorf("the editor holds %q", got)
	}
	if _, err := w.As("alice").Submit(t.Context(), form.ID, devslack.Values{blockRowBound: {fieldRowBound: "7"}, blockQueryReason: {fieldReason: "INC-9"}}); err != nil {
		t.Fatal(err)
	}
	w.modal(t, "alice", "risk *high*", "People decide about it")
	if list, err := w.store.Requests(t.Context(), approvals.Filter{}); err != nil || len(list) != 0 {
		t.Fatalf("it was asked for before its asker has seen the verdict: %+v (%v)", list, err)
	}
	w.sends(t, "alice")
	r := w.only(t)
	if r.Statement != "DELETE FROM carts\n WHERE age > 7 AND note <> 'a & b'" || r.RowBound != 7 || r.Reason != "INC-9" || r.Database != "shop" {
		t.Errorf("stored: %+v because %q", r.Terms, r.Reason)
	}
}

func TestTheFirstCodeOfAMessageIsTaken(t *testing.T) {
	t.Parallel()
	text := func(s string) slack.Message { return slack.Message{Msg: slack.Msg{Text: s}} }
	rich := func(raw string) slack.Message {
		var blocks slack.Blocks
		if err := json.Unmarshal([]byte(raw), &blocks); err != nil {
			t.Fatal(err)
		}
		return slack.Message{Msg: slack.Msg{Blocks: blocks, Text: "This message contains interactive elements."}}
	}
	const section = `{"type":"rich_text_section","elements":[{"type":"text","text":"run this"}]}`
	for _, c := range []struct {
		name      string
		m         slack.Message
		sql, note string
	}{
		{"a fence", text("run ```SELECT 1```"), "SELECT 1", ""},
		{"with a language", text("```sql\nSELECT 1;\n```"), "SELECT 1;", ""},
		{"with entities", text("```SELECT a &lt; b &amp;&amp; c```"), "SELECT a < b && c", ""},
		{"with a link that Slack made", text("```SELECT * FROM <http://shop.orders|shop.orders>```"), "SELECT * FROM shop.orders", ""},
		{"with a mention that Slack made", text("```SELECT '<@U012AB|bob>'```"), "SELECT '@bob'", ""},
		{"with smart quotes, which may be meant", text("```SELECT ‘x’```"), "SELECT ‘x’", ""},
		{"with backticks inside", text("```SELECT `x` ```"), "SELECT `x`", ""},
		{"the first of two", text("```SELECT 1``` or ```SELECT 2```"), "SELECT 1", "2 pieces of code"},
		{"inline", text("please `SELECT 1` now"), "SELECT 1", ""},
		{"the first of two, inline", text("`SELECT 1` `SELECT 2`"), "SELECT 1", "2 pieces of code"},
		{"an open fence", text("```SELECT 1"), "```SELECT 1", "no code block"},
		{"an empty fence", text("`````` SELECT 1"), "`````` SELECT 1", "no code block"},
		{"no code", text(" SELECT 1 &gt; 0 "), "SELECT 1 > 0", "no code block"},
		{"nothing", text(""), "", "no text"},
		{
			"rich text only", rich(`[{"type":"rich_text","elements":[` + section + `,{"type":"rich_text_preformatted","elements":[{"type":"text","text":"SELECT a &lt; 1 FROM "},{"type":"link","url":"http://shop.orders","text":"shop.orders"}]}]}]`),
			"SELECT a < 1 FROM shop.orders", "",
		},
		{"rich text without code", rich(`[{"type":"rich_text","elements":[` + section + `]}]`), "This message contains interactive elements.", "no code block"},
	} {
		if d := draftFrom(c.m); d.statement != c.sql || (c.note == "") != (d.note == "") || !strings.Contains(d.note, c.note) {
			t.Errorf("%s: %q, %q", c.name, d.statement, d.note)
		}
	}
}

func TestAStatementTooLongForTheEditorIsSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.says(t, "bob", "general", "```SELECT '"+strings.Repeat("x", maxEditor)+"'```")
	if err := w.As("alice").MessageShortcut(t.Context(), m, shortcutStatement); err != nil {
		t.Fatal(err)
	}
	w.told(t, "alice", "The statement has 3,009 characters", "/dbaccess query shop")
}

func TestShortcutsHaveNamesThatSlackTakes(t *testing.T) {
	t.Parallel()
	for _, sc := range Shortcuts() {
		if n := utf8.RuneCountInString(sc.Name); n < 1 || n > 24 || sc.About == "" || len(sc.About) > 150 || !strings.HasPrefix(sc.CallbackID, "dbaccess_") {
			t.Errorf("%+v", sc)
		}
	}
}

func TestAShortcutOfAnotherManifestIsAnswered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, after := w.bot.Interaction(t.Context(), slack.InteractionCallback{Type: slack.InteractionTypeShortcut, CallbackID: "dbaccess_dance", User: slack.User{ID: "U0ALICE"}, TriggerID: "gone"})
	after(t.Context())
	w.letter(t, "alice", "another version of dbaccess")
}

func TestAnUnopenedFormCanBeOpenedByAButton(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Fault("views.open", devslack.Fault{Error: "expired_trigger_id"})
	if err := w.As("alice").Shortcut(t.Context(), shortcutRequest); err != nil {
		t.Fatal(err)
	}
	again := w.letter(t, "alice", "took too long", "Open the form")
	w.click(t, "alice", again, "Open the form")
	w.modal(t, "alice", "Why do you need it?")

	w.Fault("views.open", devslack.Fault{Error: "expired_trigger_id"})
	w.command(t, "alice", "/dbaccess query")
	w.told(t, "alice", "took too long", exampleQuery)
	w.click(t, "alice", with(w.Ephemerals("alice"), exampleQuery)[0], "Open the form")
	w.modal(t, "alice", "One SQL statement")
}

func TestTheStatementFormSaysWhatIsWrongAtTheField(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.command(t, "alice", "/dbaccess query shop")
	form := w.modal(t, "alice", "One SQL statement")
	for name, c := range map[string]struct {
		values devslack.Values
		block  string
		says   string
	}{
		"nothing to run":    {devslack.Values{blockStatement: {fieldStatement: "``` ```"}}, blockStatement, "Type the statement"},
		"unseen characters": {devslack.Values{blockStatement: {fieldStatement: "SELECT '\u202ex'"}}, blockStatement, "U+202E"},
		"a transaction":     {devslack.Values{blockStatement: {fieldStatement: "COMMIT"}}, blockStatement, "transaction"},
	} {
		res, err := w.As("alice").Submit(t.Context(), form.ID, c.values)
		if err != nil || !strings.Contains(res.Errors[c.block], c.says) || len(res.Errors) != 1 {
			t.Errorf("%s: %+v, %v", name, res.Errors, err)
		}
	}
	w.command(t, "alice", "/dbaccess query shpo")
	w.told(t, "alice", "There is no database `shpo`", "Did you mean `shop`?")
	if list, err := w.store.Requests(t.Context(), approvals.Filter{}); err != nil || len(list) != 0 {
		t.Errorf("%d requests, %v", len(list), err)
	}
}

// What Slack's own client lets nobody type is looked at all the same.
func TestASentStatementFormIsReadWithCare(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		database, statement, rows, reason string
		wrong                             string // the block with an error
	}{
		"all":                  {"shop", "SELECT 1", "7", "INC-9", ""},
		"no rows and reason":   {"shop", "SELECT 1", "", "", ""},
		"fenced":               {"shop", "```sql\nSELECT 1\n```", "", "", ""},
		"no database":          {"", "SELECT 1", "", "", blockQueryDatabase},
		"an unknown database":  {"ship", "SELECT 1", "", "", blockQueryDatabase},
		"no statement":         {"shop", " ", "", "", blockStatement},
		"no rows at all":       {"shop", "SELECT 1", "0", "", blockRowBound},
		"half a row":           {"shop", "SELECT 1", "1.5", "", blockRowBound},
		"more rows than count": {"shop", "SELECT 1", "99999999999999999999", "", blockRowBound},
		"a book for a reason":  {"shop", "SELECT 1", "", strings.Repeat("é", maxReason+1), blockQueryReason},
	} {
		state := &slack.ViewState{Values: map[string]map[string]slack.BlockAction{
			blockQueryDatabase: {fieldQueryDatabase: {SelectedOption: slack.OptionBlockObject{Value: c.database}}},
			blockStatement:     {fieldStatement: {Value: c.statement}},
			blockRowBound:      {fieldRowBound: {Value: c.rows}},
			blockQueryReason:   {fieldReason: {Value: c.reason}},
		}}
		ask, wrong := readQuery(state, databases())
		if len(wrong) != min(len(c.wrong), 1) || c.wrong != "" && wrong[c.wrong] == "" {
			t.Errorf("%s: %v", name, wrong)
		}
		if c.wrong == "" && (ask.Database != "shop" || ask.Statement != "SELECT 1" || ask.Reason != c.reason) {
			t.Errorf("%s: %+v", name, ask)
		}
	}
	if _, wrong := readQuery(nil, databases()); len(wrong) != 2 {
		t.Errorf("nothing at all: %v", wrong)
	}
}
