package bot

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"dbaccess/approvals"
	"dbaccess/credentials"
	"dbaccess/guardrails"
	"dbaccess/internal/devslack"
)

// drawnMessage is one message of ours.
type drawnMessage struct {
	Text   string        `json:"text"`
	Blocks []slack.Block `json:"blocks"`
}

// letters are all direct messages about requests and grants, by the names of
// their golden files.
func letters() map[string]drawnMessage {
	all := map[string]drawnMessage{}
	for name, v := range cards() {
		l, ok := requestLetter(v, "C0APPROVALS")
		if v.Grant != nil {
			l, ok = grantLetter(*v.Grant)
		}
		if ok {
			all[name] = drawnMessage{l.text, l.blocks()}
		}
	}
	active := *cards()["active"].Grant
	was := jobCards()["job-standing"].Request
	run := jobView()
	run.Under = was.ID
	for name, v := range map[string]view{"run": run, "run-stopped": jobCards()["job-stopped"]} {
		text, _ := runText(v, &was)
		all[name] = drawnMessage{text, letter{text: text}.blocks()}
	}
	for name, now := range map[string]time.Time{"warning": active.Due.Add(-10 * time.Minute), "warning-late": active.Due.Add(-20 * time.Second)} {
		l, _ := warningLetter(active, now)
		all[name] = drawnMessage{l.text, l.blocks()}
	}
	return all
}

// answersGallery are messages that only one person sees, and results.
func answersGallery() map[string]drawnMessage {
	all := map[string]drawnMessage{}
	grants := []credentials.Grant{*cards()["open"].Grant, *cards()["active"].Grant, *cards()["ending"].Grant}
	mine := []view{accessView(), cards()["executing"], cards()["ended"], cards()["denied"], cards()["executed"]}
	for name, a := range map[string]answer{"list": listAnswer(grants, mine), "list-empty": listAnswer(nil, nil), "list-recent": listAnswer(nil, mine[2:])} {
		all[name] = drawnMessage{a.text, a.blocks}
	}
	res := ResultMessage{Columns: []string{"id", "note"}, Rows: [][]string{{"1", "<b>"}, {"2", "NULL"}}, Total: 2, Masked: true}
	text, blocks := resultMessage(cards()["executed"].Request, res, tableOf)
	all["result"] = drawnMessage{text, blocks}
	res.Rows, res.Masked, res.Link, res.Until = nil, false, "https://dbaccess.example/result#CODE", noon.Add(time.Hour)
	text, blocks = resultMessage(cards()["executed"].Request, res, tableOf)
	all["result-page"] = drawnMessage{text, blocks}
	return all
}

// databases are what the forms of the gallery offer.
func databases() []approvals.Database {
	return []approvals.Database{
		{
			Name: "shop", Tags: []string{"production", "eu"}, RowBound: 1000,
			Profiles: []approvals.Profile{{Name: "masked-read", Max: 8 * time.Hour, Masked: true}, {Name: "read", Max: time.Hour}},
			Runs:     []approvals.Run{{Kinds: []guardrails.Kind{guardrails.Read}, Profile: "masked-read"}},
		},
		{Name: "depot", Profiles: []approvals.Profile{{Name: "read", Max: time.Hour}}},
	}
}

// manyDatabases are more than a select of Slack's holds.
func manyDatabases() (list []approvals.Database) {
	for i := range 150 {
		db := databases()[0]
		db.Name = fmt.Sprintf("shop-%03d", i)
		list = append(list, db)
	}
	return list
}

func modals() map[string]slack.ModalViewRequest {
	g := *cards()["open"].Grant
	again := draftOf(accessView().Request, databases())
	again.note = "What you had then cannot be asked for any more."
	return map[string]slack.ModalViewRequest{
		"details":          detailsModal(statementView()),
		"details-partway":  detailsModal(cards()["pending-half"]),
		"deny":             denyModal(accessView().Request),
		"review":           reviewModal(cards()["pending-long"], 1),
		"review-last":      reviewModal(cards()["pending-long"], 99),
		"review-access":    reviewModal(accessView(), 1),
		"form":             form(databases(), draft{}),
		"form-chosen":      form(databases(), draft{database: "shop"}),
		"form-only":        form(databases()[:1], draft{}),
		"form-again":       form(databases(), again),
		"form-many":        form(manyDatabases(), draft{database: "shop-120"}),
		"query":            queryForm(databases(), draft{}),
		"query-filled":     queryForm(databases(), draft{database: "shop", statement: "SELECT 1\n  FROM t", rowBound: "5", reason: "INC-1", note: "The message has 2 pieces of code; this is the first."}),
		"check":            checkModal(statementView().Request, askOf(statementView().Request), noon),
		"check-long":       checkModal(cards()["pending-long"].Request, askOf(cards()["pending-long"].Request), noon),
		"code":             codeModal("https://dbaccess.example", "CODE", g, noon),
		"code-replaces":    codeModal("https://dbaccess.example", "CODE", *cards()["active"].Grant, noon),
		"note":             note("Not done", "It was not done. Try again."),
		"working":          working("End access"),
		"review-statement": reviewModal(statementView(), 1),
		"review-job":       reviewModal(jobView(), 1),
		"review-job-bare":  reviewModal(jobCards()["job-without-files"], 1),
		"review-job-ill":   reviewModal(jobCards()["job-hostile"], 1),
		"details-job":      detailsModal(jobCards()["job-again"]),
	}
}

func askOf(r approvals.Request) approvals.Ask {
	return approvals.Ask{Kind: r.Kind, Database: r.Database, Statement: r.Statement, RowBound: r.RowBound, Reason: r.Reason}
}

func homes() map[string]home {
	waiting := statementView()
	waiting.ID, waiting.Reason = "req_waitingaaaaaaaaaaaaaaaaaaa", "INC-7 <!channel>"
	second := accessView()
	second.ID = "req_secondaaaaaaaaaaaaaaaaaaaa"
	opened := *cards()["open"].Grant
	opened.ID = "grt_openedaaaaaaaaaaaaaaaaaaaa"
	full := home{Now: noon, Name: "alice", MayAsk: true, MayRun: true}
	for i := range 25 {
		g := *cards()["active"].Grant
		g.Database, g.Due = strings.Repeat("database-", 4)+fmt.Sprint(i), noon.Add(time.Duration(i*i*7)*time.Minute)
		full.Access = append(full.Access, g)
		full.Pending = append(full.Pending, second)
		waiting.Reason = strings.Repeat("<because> ", 100)
		full.ToReview = append(full.ToReview, toReview{waiting, "https://demo.slack.example/archives/C0APPROVALS/p1"})
		full.Recent = append(full.Recent, cards()["ended"])
	}
	return map[string]home{
		"empty":     {Now: noon, Name: "alice", MayAsk: true, MayRun: true},
		"no-rights": {Now: noon, Name: "alice"},
		"ask-only":  {Now: noon, Name: "alice", MayAsk: true},
		"reviewer":  {Now: noon, Name: "bob", MayAsk: true, ToReview: []toReview{{waiting, "https://demo.slack.example/archives/C0APPROVALS/p1"}, {second, ""}}},
		"busy": {
			Now: noon.Add(78 * time.Minute), Name: "alice", MayAsk: true, MayRun: true,
			Access:  []credentials.Grant{*cards()["active"].Grant, opened, *cards()["ending"].Grant},
			Pending: []view{accessView(), cards()["executing"]},
			Recent:  []view{cards()["ended"], cards()["ended-unclaimed"], cards()["denied"], cards()["denied-by-rule"], cards()["expired"], cards()["cancelled"], cards()["executed"], cards()["fused"]},
		},
		"full": full,
	}
}

func TestEverythingDrawnLooksAsItDid(t *testing.T) {
	t.Parallel()
	kept := map[string]bool{}
	keep := func(folder, name string, v any) {
		golden(t, filepath.Join(folder, name+".json"), v)
		kept[filepath.Join("testdata", folder, name+".json")] = true
	}
	for folder, messages := range map[string]map[string]drawnMessage{"letters": letters(), "answers": answersGallery()} {
		for name, m := range messages {
			keep(folder, name, m)
			checkMessage(t, folder+" "+name, m.Text, m.Blocks)
		}
	}
	for name, m := range modals() {
		keep("modals", name, m)
		checkMessage(t, "modal "+name, "-", nil)
	}
	for name, h := range homes() {
		keep("home", name, map[string]any{"type": "home", "blocks": homeBlocks(h)})
	}
	keep("home", "refused", map[string]any{"type": "home", "blocks": homeRefusal("Only full members of this workspace can use dbaccess.")})
	for name := range cards() {
		kept[filepath.Join("testdata", "cards", name+".json")] = true
	}
	found, err := filepath.Glob("testdata/*/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range found {
		if !kept[path] && !strings.Contains(path, "payloads") {
			t.Errorf("%s is a picture of nothing that is drawn", path)
		}
	}
}

// Everything that we draw is given to the local Slack, which checks it as Slack
// does: an error there is a message that nobody would ever see.
func TestSlackTakesEverythingDrawn(t *testing.T) {
	t.Parallel()
	s, err := devslack.Start(t.Context(), devslack.DefaultSeed())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	api := NewClient(s.BotToken(), s.APIURL())
	for _, messages := range []map[string]drawnMessage{letters(), answersGallery(), cardMessages()} {
		for _, name := range slices.Sorted(maps.Keys(messages)) {
			m := messages[name]
			channel, ts, err := api.PostMessageContext(t.Context(), "C0APPROVALS", slack.MsgOptionText(m.Text, false), slack.MsgOptionBlocks(m.Blocks...))
			if err == nil {
				_, _, _, err = api.UpdateMessageContext(t.Context(), channel, ts, slack.MsgOptionText(m.Text, false), slack.MsgOptionBlocks(m.Blocks...))
			}
			if err != nil {
				t.Errorf("%s: %v", name, trouble("chat", err))
			}
		}
	}
	for name, h := range homes() {
		blocks := homeBlocks(h)
		if len(blocks) > maxViewBlocks {
			t.Errorf("home %s has %d blocks", name, len(blocks))
		}
		_, err := api.PublishViewContext(t.Context(), slack.PublishViewContextRequest{
			UserID: "U0ALICE", View: slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: blocks}},
		})
		if err != nil {
			t.Errorf("home %s: %v", name, trouble("views.publish", err))
		}
	}
	for name, m := range modals() {
		// The view is looked at before the trigger is.
		if _, err := api.OpenViewContext(t.Context(), "no-trigger", m); slackCode(err) != "invalid_trigger_id" {
			t.Errorf("modal %s: %v", name, trouble("views.open", err))
		}
	}
}

func cardMessages() map[string]drawnMessage {
	all := map[string]drawnMessage{}
	for name, v := range cards() {
		text, blocks := card(v)
		all[name] = drawnMessage{text, blocks}
	}
	return all
}

// Whoever hears instead of sees: every button says what it is about, no two on
// one surface say the same, and a message's text alone tells what happened.
func TestEverythingDrawnCanBeHeard(t *testing.T) {
	t.Parallel()
	surfaces := map[string]any{}
	for _, messages := range []map[string]drawnMessage{letters(), answersGallery(), cardMessages()} {
		for name, m := range messages {
			surfaces["message "+name] = m.Blocks
			if n := utf8.RuneCountInString(m.Text); n < 20 || strings.HasPrefix(m.Text, ":") {
				t.Errorf("%s: its text says nothing: %q", name, m.Text)
			}
		}
	}
	for name, m := range modals() {
		surfaces["modal "+name] = m.Blocks.BlockSet
	}
	for name, h := range homes() {
		if name != "full" { // the same entry many times
			surfaces["home "+name] = homeBlocks(h)
		}
	}
	for name, blocks := range surfaces {
		heard := map[string]string{}
		for _, b := range buttonsIn(t, blocks) {
			label := b.Label
			value, said := heard[label]
			switch {
			case label == "" || utf8.RuneCountInString(label) > maxLabel:
				t.Errorf("%s: the label of %s is %q", name, b.Text.Text, label)
			case said && value != b.Value:
				t.Errorf("%s: two buttons are heard as %q", name, label)
			case strings.Contains(label, "…"):
				t.Errorf("%s: the label %q is cut", name, label)
			}
			heard[label] = b.Value
		}
	}
}

type heardButton struct {
	Type  string                `json:"type"`
	Value string                `json:"value"`
	Label string                `json:"accessibility_label"`
	Text  slack.TextBlockObject `json:"text"`
}

// buttonsIn finds the buttons anywhere in some blocks.
func buttonsIn(t *testing.T, blocks any) (found []heardButton) {
	t.Helper()
	raw, err := json.Marshal(blocks)
	if err != nil {
		t.Fatal(err)
	}
	var walk func(raw json.RawMessage)
	walk = func(raw json.RawMessage) {
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) == nil {
			for _, e := range list {
				walk(e)
			}
			return
		}
		var o map[string]json.RawMessage
		if json.Unmarshal(raw, &o) != nil {
			return
		}
		if string(o["type"]) == `"button"` {
			var b heardButton
			if err := json.Unmarshal(raw, &b); err != nil {
				t.Fatal(err)
			}
			found = append(found, b)
			return
		}
		for _, e := range o {
			walk(e)
		}
	}
	walk(raw)
	return found
}
