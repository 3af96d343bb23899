package main

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"dbaccess/approvals"
	"dbaccess/credentials"
	"dbaccess/internal/devstack/browser"
)

// Stories in a browser: people sit in front of the local Slack, and everything that
// they do goes through mouse and keyboard of a real Chromium. What the tests look
// at is what those people see, and what Postgres does.

// seat is somebody with the local Slack in front of them.
type seat struct {
	*browser.Page
	s *story
}

// realNames are how the workspace calls people.
var realNames = map[string]string{
	"alice": "Alice Moreau", "bob": "Bob Okafor", "carol": "Carol Lindqvist", "dave": "Dave Contractor", "eve": "Eve Partner", "frank": "Frank Tanaka",
}

// newBrowserStory is newStory for stories that cannot be told without a browser.
func newBrowserStory(t *testing.T, sc scene) *story {
	t.Helper()
	browser.Require(t)
	return newStory(t, sc)
}

// sits opens the local Slack in a browser of its own and makes it somebody's.
func (s *story) sits(who string) *seat {
	s.Helper()
	at := &seat{Page: browser.Open(s, s.slack.PageURL()), s: s}
	at.becomes(who)
	return at
}

// becomes chooses who to act as.
func (at *seat) becomes(who string) {
	at.s.Helper()
	at.Click("button", "Acting as")
	at.Click("menuitemradio", realNames[who])
	at.Has("button", "Acting as "+realNames[who])
}

// goes opens a channel, or the messages of the app.
func (at *seat) goes(channel string) {
	at.s.Helper()
	at.Click("button", channel)
	if channel == "dbaccess" {
		at.Click("tab", "Messages")
	}
	at.SeesIn("banner", channel)
}

// says types a line into the box at the bottom, and Enter.
func (at *seat) says(line string) {
	at.s.Helper()
	at.Type("textbox", "Message", line)
	at.Press("Enter")
}

// asks types a command in #general.
func (at *seat) asks(line string) {
	at.s.Helper()
	at.goes("general")
	at.says(line)
}

// card waits for the message that says all of the words, and returns what it says.
func (at *seat) card(words ...string) string {
	at.s.Helper()
	return at.SeesIn("article", words...)
}

// approves presses Approve at a card.
func (at *seat) approves(words ...string) {
	at.s.Helper()
	at.Click("button", "Approve", words...)
}

// approved lets Alice ask and Bob approve, and brings Alice to her letter.
func (at *seat) approved(bob *seat, window, reason string) {
	at.s.Helper()
	at.asks("/dbaccess shop masked-read " + window + " because " + reason)
	bob.goes(approvalsChannel)
	bob.card(reason)
	bob.approves(reason)
	bob.card(reason, "Approved")
	at.goes("dbaccess")
	at.card("approved", "Nothing exists yet")
}

// opensClaimPage presses Get credentials in the newest letter and opens the link
// in the modal.
func (at *seat) opensClaimPage() *browser.Page {
	at.s.Helper()
	at.Click("button", "Get credentials", "Get credentials")
	at.SeesIn("dialog", "dbaccess claim")
	page := at.ClickOpens("button", "Open in browser")
	page.Sees("Your credential is ready to be made")
	return page
}

// shows presses Show on the claim page and reads the credential from it, as
// somebody who copies it by hand.
func (s *story) shows(page *browser.Page) *pgx.ConnConfig {
	s.Helper()
	page.Click("button", "Show the credential")
	page.Sees("Connect")
	page.Click("button", "Reveal password")
	page.Click("tab", "URI")
	page.SeesIn("tabpanel", "postgres")
	uri := strings.TrimSpace(page.SeesIn("tabpanel", "postgresql://"))
	uri, _, _ = strings.Cut(uri[strings.Index(uri, "postgresql://"):], " ")
	config, err := pgx.ParseConfig(uri)
	if err != nil {
		s.Fatalf("the page shows %q: %v", uri, err)
	}
	return config
}

// logsIn opens a session with what the claim page showed.
func (s *story) logsIn(config *pgx.ConnConfig) *pgx.Conn {
	s.Helper()
	conn := must[*pgx.Conn](s)(pgx.ConnectConfig(s.Context(), config))
	s.Cleanup(func() { _ = conn.Close(s.Context()) })
	return conn
}

// opensNothing checks that what the claim page showed is worth nothing any more.
func (s *story) opensNothing(config *pgx.ConnConfig) {
	s.Helper()
	conn, err := pgx.ConnectConfig(s.Context(), config)
	if err == nil {
		_ = conn.Close(s.Context())
		s.Errorf("%s still logs in", config.User)
	} else if _, err := refused(err, "28P01", "28000"); err != nil {
		s.Error(err)
	}
}

// seesMasked checks that a session reads masked rows, and no others.
func (s *story) seesMasked(conn *pgx.Conn) {
	s.Helper()
	var email string
	if err := conn.QueryRow(s.Context(), "SELECT email FROM customers ORDER BY id LIMIT 1").Scan(&email); err != nil || !strings.Contains(email, "masked.invalid") {
		s.Errorf("the session reads %q, %v", email, err)
	}
	if err := conn.QueryRow(s.Context(), "SELECT email FROM shop.customers LIMIT 1").Scan(&email); err == nil {
		s.Errorf("the session reads the raw %q", email)
	} else if _, err := refused(err, "42501"); err != nil {
		s.Error(err)
	}
}

func (s *story) grantIs(state credentials.GrantState) {
	s.Helper()
	s.eventually("alice's grant is "+string(state), func() bool { return s.grant("alice").State == state })
}

func (s *story) requestIs(state approvals.State) {
	s.Helper()
	s.eventually("alice's request is "+string(state), func() bool { return s.request("alice").State == state })
}
