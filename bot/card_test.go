package bot

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"dbaccess/approvals"
	"dbaccess/approvals/policy"
	"dbaccess/credentials"
	"dbaccess/guardrails"
)

var update = flag.Bool("update", false, "write the golden files anew")

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// accessView is a pending request for access, for tests to change.
func accessView() view {
	return decided(view{
		Request: approvals.Request{
			ID: "req_k3j9x2mqaaaaaaaaaaaaaaaaaa", Version: 1, State: approvals.Pending, Revision: 1, Digest: approvals.Digest{0xd1, 0x9e},
			Terms:  approvals.Terms{Kind: approvals.Access, Requester: "alice", Database: "shop", Profile: "masked-read", Duration: 2 * time.Hour},
			Reason: "INC-42 refund stuck",
			Route: policy.Route{
				Outcome: policy.Review, Rule: "masked-reads", Sentence: "One owner agrees to masked reads.", Reactions: true, Version: "sha256:0123456789ab",
				Seats: []policy.Seats{{Groups: []string{"shop-owners"}, Count: 1}},
				Steps: []policy.Step{{Rule: "no-production-writes", Why: "request.profile is not write"}, {Rule: "masked-reads", Matched: true, Why: "One owner agrees to masked reads."}},
			},
			CreatedAt: noon, ExpiresAt: noon.Add(8 * time.Hour),
		},
		Slack: map[string]string{"alice": "U0ALICE", "bob": "U0BOB", "carol": "U0CAROL"},
		Asked: []string{"bob", "carol"},
	})
}

// statementView is a pending request to run a grave statement.
func statementView() view {
	v := accessView()
	v.Kind, v.Profile, v.Duration = approvals.Statement, "write", 0
	v.Statement, v.RowBound = "DELETE FROM orders\n WHERE note <> 'a & b'", 1000
	v.Settings = []approvals.Setting{{Name: "search_path", Value: "public"}}
	v.Verdict = guardrails.Verdict{
		Kind: guardrails.Write, Level: guardrails.High, Statements: 1, Relations: []string{"orders"}, Functions: []string{},
		Findings: []guardrails.Finding{
			{Rule: "GR001", Level: guardrails.High, Message: "DELETE touches most rows.", Hint: "Name the rows by their key."},
			{Rule: "GR014", Level: guardrails.Medium, Message: "The table is large."},
		},
	}
	v.Route.Rule, v.Route.Sentence, v.Route.Reactions = "writes", "Two people agree to writes.", false
	v.Route.Seats = []policy.Seats{{Groups: []string{"shop-owners"}, Count: 1}, {Groups: []string{"dba"}, Count: 1}}
	return decided(v)
}

func decided(v view) view {
	v.Decision = approvals.Decide(v.Route, v.Request, noon)
	return v
}

func reviewed(v view, name string, groups []string, a approvals.Answer, via approvals.Via, reason string) view {
	v.Reviews = append(v.Reviews, approvals.Review{
		ID: approvals.ReviewID("rev_" + name), Revision: v.Revision, Digest: v.Digest, Reviewer: name, Groups: groups, Answer: a, Via: via, Reason: reason, At: noon.Add(time.Minute),
	})
	return decided(v)
}

func granted(v view, g credentials.Grant) view {
	v.Request.Grant = "grt_w8c1v5tzaaaaaaaaaaaaaaaaaa"
	g.ID, g.Request, g.Kind, g.Holder, g.Database, g.Profile, g.Duration = v.Request.Grant, v.ID, v.Kind, v.Requester, v.Database, v.Profile, v.Duration
	g.ClaimBy = noon.Add(8 * time.Hour)
	v.Grant = &g
	return v
}

func in(v view, s approvals.State, outcome string) view {
	v.State, v.Outcome, v.DecidedAt = s, outcome, noon.Add(2*time.Minute)
	if s == approvals.Executed || s == approvals.Failed {
		v.StartedAt, v.EndedAt = noon.Add(3*time.Minute), noon.Add(3*time.Minute+2*time.Second)
	}
	return decided(v)
}

// cards are all states of a card, by the names of their golden files.
func cards() map[string]view {
	owners := []string{"shop-owners"}
	approved := in(reviewed(accessView(), "bob", owners, approvals.Approve, approvals.ByButton, ""), approvals.Approved, "Approved by bob.")
	proof := &credentials.Proof{At: noon.Add(2 * time.Hour), Role: "dba-abcdef-x", RoleOID: 4711, Sessions: 1}
	ended := func(why credentials.Reason, late time.Duration, p *credentials.Proof) credentials.Grant {
		g := credentials.Grant{State: credentials.Ended, Reason: why, EndedAt: noon.Add(2*time.Hour + late)}
		if p != nil {
			g.ActiveAt, g.Due, g.Leases = noon, noon.Add(2*time.Hour), []credentials.Lease{{State: credentials.Gone, Proof: p}}
		}
		return g
	}
	disabled := *proof
	disabled.Disabled, disabled.Sessions = true, 0
	leaked := ended(credentials.Revoked, -time.Hour, proof)
	leaked.EndedBy = "system:codes"
	curfew := leaked
	curfew.EndedBy = "system:curfew"
	operator := leaked
	operator.EndedBy = "operator:root"
	early := ended(credentials.Revoked, -time.Hour, &disabled)
	early.EndedBy = "person:alice"
	denyRule := accessView()
	denyRule.Route.Outcome, denyRule.Route.Rule, denyRule.Route.Sentence, denyRule.Route.Seats = policy.Deny, "freeze", "There is a freeze until Monday.", nil
	withdrawn := reviewed(accessView(), "bob", owners, approvals.Approve, approvals.ByReaction, "")
	withdrawn.Reviews[0].Withdrawn = noon.Add(90 * time.Second)
	long := statementView()
	long.Statement = "SELECT 1 -- " + strings.Repeat("long ", 600)
	hidden := statementView()
	hidden.Statement = "SELECT 'x\u202ey'"
	hostile := accessView()
	hostile.Reason, hostile.Requester = "<!channel> *look* <https://evil.example|here> & `so`", "mallory"
	params := statementView()
	params.Statement, params.Params = "DELETE FROM orders WHERE id = $1", []string{"42"}
	looked := statementView()
	looked.Counts = true
	looked.Impact = approvals.Impact{Rows: 711, Cost: 180, Sentence: "About 711 rows would change; all of orders (10,000 rows) is read for them.", At: noon}
	looked.Verdict.Touches = []guardrails.Touch{
		{Relation: "shop.customers", Columns: []string{"email", "id"}},
		{Relation: "shop.orders", Columns: []string{"*"}, Written: true},
	}
	executed := reviewed(reviewed(statementView(), "bob", owners, approvals.Approve, approvals.ByButton, ""), "carol", []string{"dba"}, approvals.Approve, approvals.ByButton, "")
	executing := in(executed, approvals.Executing, "")
	executing.StartedAt = noon.Add(3 * time.Minute)
	all := map[string]view{
		"pending":            accessView(),
		"pending-statement":  statementView(),
		"pending-estimated":  decided(looked),
		"pending-half":       reviewed(statementView(), "bob", owners, approvals.Approve, approvals.ByButton, ""),
		"pending-withdrawn":  decided(withdrawn),
		"pending-long":       decided(long),
		"pending-unseen":     decided(hidden),
		"pending-hostile":    decided(hostile),
		"pending-parameters": decided(params),
		"approved":           approved,
		"approved-reaction":  in(reviewed(accessView(), "bob", owners, approvals.Approve, approvals.ByReaction, ""), approvals.Approved, "Approved by bob."),
		"approved-statement": in(executed, approvals.Approved, "Approved by bob and carol."),
		"open":               granted(approved, credentials.Grant{State: credentials.Open}),
		"active":             granted(approved, credentials.Grant{State: credentials.Active, ActiveAt: noon, Due: noon.Add(2 * time.Hour)}),
		"ending":             granted(approved, credentials.Grant{State: credentials.Revoking, Reason: credentials.Elapsed}),
		"ended":              granted(approved, ended(credentials.Elapsed, 200*time.Millisecond, proof)),
		"ended-early":        granted(approved, early),
		"ended-leaked":       granted(approved, leaked),
		"ended-curfew":       granted(approved, curfew),
		"ended-operator":     granted(approved, operator),
		"ended-unclaimed":    granted(approved, ended(credentials.Lapsed, 0, nil)),
		"denied":             in(reviewed(accessView(), "bob", owners, approvals.Refuse, approvals.ByButton, "Please use <the> replica"), approvals.Denied, "Denied by bob: Please use <the> replica"),
		"denied-by-rule":     in(denyRule, approvals.Denied, "There is a freeze until Monday."),
		"cancelled":          in(accessView(), approvals.Cancelled, "Cancelled by alice."),
		"expired":            in(accessView(), approvals.Expired, "Nobody decided in time."),
		"executing":          executing,
		"executed":           in(executed, approvals.Executed, "3 rows changed."),
		"failed":             in(executed, approvals.Failed, "The database refused: relation \"orders\" does not exist."),
		"fused":              in(executed, approvals.Failed, "It would have changed 5,000 rows, more than its bound of 1,000; it was rolled back and nothing changed."),
	}
	maps.Copy(all, jobCards())
	return all
}

func TestCardOfEveryState(t *testing.T) {
	t.Parallel()
	for name, v := range cards() {
		text, blocks := card(v)
		golden(t, filepath.Join("cards", name+".json"), map[string]any{"text": text, "blocks": blocks})
		checkMessage(t, name, text, blocks)
	}
}

func TestCardIsTheSameForTheSameRequestAndNewWhereSomethingChanged(t *testing.T) {
	t.Parallel()
	text, blocks := card(accessView())
	again, blocksAgain := card(accessView())
	if contentSum(text, blocks) != contentSum(again, blocksAgain) {
		t.Error("the same view gives two cards")
	}
	_, other := card(reviewed(statementView(), "bob", []string{"shop-owners"}, approvals.Approve, approvals.ByButton, ""))
	_, before := card(statementView())
	for i := range before {
		if before[i].ID() == other[i].ID() {
			t.Errorf("block %d kept its id %s although the card changed", i, before[i].ID())
		}
	}
}

func TestButtonsAreOnlyWhereTheyWork(t *testing.T) {
	t.Parallel()
	for name, v := range cards() {
		_, blocks := card(v)
		got := actions(blocks)
		want := ""
		switch {
		case name == "pending-long", v.Job != nil && v.State == approvals.Pending:
			want = "review"
		case name == "job-standing":
			want = "end_standing"
		case name == "pending-estimated":
			want = "approve deny details count"
		case v.State == approvals.Pending:
			want = "approve deny details"
		}
		if got != want {
			t.Errorf("%s has the buttons %q, want %q", name, got, want)
		}
	}
}

func TestTheLargestCardIsWithinSlacksLimits(t *testing.T) {
	t.Parallel()
	v := statementView()
	v.Reason = strings.Repeat("r", maxReason)
	v.Statement = strings.Repeat("\"", wholeStatement)
	v.Route.Sentence = strings.Repeat("&", 2000)
	for range 40 {
		v.Verdict.Findings = append(v.Verdict.Findings, guardrails.Finding{Rule: "GR099", Level: guardrails.High, Message: strings.Repeat("<", 900), Hint: strings.Repeat(">", 900)})
	}
	for i := range 30 {
		v = reviewed(v, "reviewer-with-a-long-name-"+string(rune('a'+i)), []string{"shop-owners"}, approvals.Approve, approvals.ByButton, strings.Repeat("&", 900))
	}
	text, blocks := card(v)
	checkMessage(t, "largest", text, blocks)
	if !whole(v.Request) {
		t.Error("a statement of 2,500 characters does not stand whole on its card")
	}
	v.Statement += "x"
	if whole(v.Request) {
		t.Error("a statement of 2,501 characters counts as whole")
	}
	v.Statement = strings.Repeat("\u200b", 1000)
	if whole(v.Request) {
		t.Error("characters that are shown by name count as one each")
	}
}

func actions(blocks []slack.Block) string {
	var ids []string
	for _, b := range blocks {
		if a, ok := b.(*slack.ActionBlock); ok {
			for _, e := range a.Elements.ElementSet {
				ids = append(ids, e.(*slack.ButtonBlockElement).ActionID)
			}
		}
	}
	return strings.Join(ids, " ")
}

// checkMessage checks what Slack would check, and that nobody's words became
// markup.
func checkMessage(t *testing.T, name, text string, blocks []slack.Block) {
	t.Helper()
	raw, err := json.Marshal(blocks)
	if err != nil {
		t.Fatal(err)
	}
	if n := utf8.RuneCount(raw); n > 13000 || len(blocks) > maxBlocks || utf8.RuneCountInString(text) > maxText || text == "" {
		t.Errorf("%s: %d characters in %d blocks, text of %d", name, n, len(blocks), utf8.RuneCountInString(text))
	}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(path, e)
			}
		case map[string]any:
			s, _ := v["text"].(string)
			if v["type"] == "mrkdwn" && (strings.Contains(s, "<!channel") || strings.Contains(s, "<https://evil")) {
				t.Errorf("%s: markup out of somebody's words: %q", name, s)
			}
			if v["type"] == "section" {
				if fields, ok := v["fields"].([]any); ok && len(fields) > 10 {
					t.Errorf("%s: %d fields", name, len(fields))
				}
			}
			if value, ok := v["value"].(string); ok && len(value) > maxButtonValue {
				t.Errorf("%s: button value of %d", name, len(value))
			}
			for k, e := range v {
				walk(path+"/"+k, e)
			}
		}
	}
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		t.Fatal(err)
	}
	walk("", tree)
	if strings.Contains(text, "<!channel") || strings.Contains(text, "<https://evil") {
		t.Errorf("%s: markup in the text %q", name, text)
	}
}

// golden compares v with a file under testdata, or writes it with -update.
func golden(t *testing.T, name string, v any) {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, b.Bytes()) {
		t.Errorf("%s differs from what is drawn; if that is meant, run: go test ./bot -update\n%s", path, b.String())
	}
}
