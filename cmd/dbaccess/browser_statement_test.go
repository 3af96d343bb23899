package main

import (
	"strings"
	"testing"

	"dbaccess/approvals"
)

func TestInTheBrowserAPlainReadRunsAtOnce(t *testing.T) {
	s := newBrowserStory(t, scene{})
	alice := s.sits("alice")
	alice.asks("/dbaccess query shop SELECT name, email FROM customers ORDER BY id LIMIT 2")
	alice.goes("dbaccess")
	said := alice.card("masked.invalid", "2 rows")
	if strings.Contains(said, "@example.") {
		t.Error("a raw address came through")
	}
	alice.says("/dbaccess query shop SELECT no_such_column FROM customers")
	alice.card("failed", "no_such_column")
	for _, sql := range []string{"SELEKT 1", "DO $$ BEGIN END $$"} {
		alice.says("/dbaccess query shop because curious: " + sql)
		alice.card("Only visible to you", "enied")
		alice.Click("button", "Dismiss message", "enied")
		alice.Misses("article", "Only visible to you", "enied")
	}
	if n := len(s.slack.Messages(approvalsChannel)); n != 0 {
		t.Errorf("reviewers were asked: %d cards", n)
	}
	s.eventually("the runs' credentials are gone", func() bool { return s.ours() == "0" })
}

// sends types a query, reads what is found in it before it goes to people, and
// sends it.
func (at *seat) sends(line string, verdict ...string) {
	at.s.Helper()
	at.says(line)
	at.SeesIn("dialog", append(verdict, "Before it is sent")...)
	at.Click("button", "Send")
	at.SeesIn("dialog", "is asked in")
	at.Press("Escape")
	at.Misses("dialog", "is asked in")
}

func TestInTheBrowserAReviewedChangeRunsOnceAndTheFuseHolds(t *testing.T) {
	s := newBrowserStory(t, scene{})
	before := s.shopRow("SELECT count(*)::text FROM shop.orders WHERE status = 'refunded'")
	alice, bob := s.sits("alice"), s.sits("bob")
	alice.goes("general")
	alice.sends("/dbaccess query shop because INC-60: UPDATE orders SET status = 'refunded' WHERE id = (SELECT min(id) FROM orders WHERE status <> 'refunded')", "write")
	alice.goes("dbaccess")
	bob.goes(approvalsChannel)
	bob.card("UPDATE orders", "INC-60")
	bob.approves("INC-60")
	alice.card("done", "1 row")
	bob.card("INC-60", "1 row")
	if after := s.shopRow("SELECT (count(*) - 1)::text FROM shop.orders WHERE status = 'refunded'"); after != before {
		t.Errorf("%s refunded before, one more than %s now", before, after)
	}

	// A grave one asks for a second thought, and runs into its bound.
	content := s.shopRow("SELECT md5(string_agg(o::text, ',' ORDER BY id)) FROM shop.orders o")
	alice.sends("/dbaccess query shop because INC-61: UPDATE orders SET status = 'cancelled'", "high")
	bob.card("SET status = 'cancelled'", "INC-61")
	bob.approves("INC-61")
	bob.SeesIn("dialog", "Approve this?", "risk")
	bob.Click("button", "Not yet")
	bob.Misses("dialog", "Approve this?")
	s.requestIs(approvals.Pending)
	bob.approves("INC-61")
	bob.SeesIn("dialog", "Approve this?")
	bob.Click("button", "Approve", "Approve this?")
	alice.card("failed", "100")
	s.requestIs(approvals.Failed)
	if now := s.shopRow("SELECT md5(string_agg(o::text, ',' ORDER BY id)) FROM shop.orders o"); now != content {
		t.Error("the orders changed")
	}
	s.eventually("the runs' credentials are gone", func() bool { return s.ours() == "0" })
}

func TestInTheBrowserRawRowsAreShownOnce(t *testing.T) {
	s := newBrowserStory(t, scene{edit: func(yaml string) string {
		return strings.Replace(yaml, "{kinds: [read, session], profile: masked-read}", "{kinds: [read, session], profile: read}", 1)
	}})
	alice, bob := s.sits("alice"), s.sits("bob")
	alice.goes("general")
	alice.sends("/dbaccess query shop because audit: SELECT email FROM customers ORDER BY id LIMIT 3", "read")
	alice.goes("dbaccess")
	bob.goes(approvalsChannel)
	bob.approves("SELECT email")
	bob.SeesIn("dialog", "Approve this?", "risk") // the catalog knows that the masks would hide these
	bob.Click("button", "Approve", "Approve this?")
	if said := alice.card("3 rows"); strings.Contains(said, "@example.") {
		t.Fatal("raw rows went to Slack")
	}
	page := alice.ClickOpens("button", "Show", "3 rows")
	page.Sees("Your result is here")
	page.CheckAccessibility("the result page before Show")
	again := page.OpenTab(page.Address())
	again.Sees("There is no code in this link") // it left the address as soon as it was read
	page.Click("button", "Show the result")
	page.SeesIn("row", "@example.")
	page.CheckAccessibility("the result page")
	page.Click("button", "Clear the page")
	page.Sees("Cleared")
	page.Misses("", "@example.")

	twice := alice.ClickOpens("button", "Show", "3 rows")
	twice.Allow("the server responded with a status of 4")
	twice.Click("button", "Show the result")
	twice.Sees("shown")
	twice.CheckAccessibility("the result page after use")
	if twice.Shows("", "@example.") {
		t.Error("the rows were shown twice")
	}
	if n := s.recorded()["result.shown"]; n != 1 {
		t.Errorf("%d events of showing", n)
	}
}
