package main

import (
	"testing"

	"dbaccess/approvals"
	"dbaccess/credentials"
)

// atHome opens the app's own place.
func (at *seat) atHome() {
	at.s.Helper()
	at.Click("button", "dbaccess", "Apps")
	at.Click("tab", "Home")
	at.SeesIn("tabpanel", "Database access")
}

// home waits until App Home says all of the words, by itself.
func (at *seat) home(words ...string) {
	at.s.Helper()
	at.SeesIn("tabpanel", words...)
}

// Nobody opens App Home twice: it follows what happens.
func TestInTheBrowserALifeOnAppHome(t *testing.T) {
	s := newBrowserStory(t, scene{})
	alice, bob := s.sits("alice"), s.sits("bob")
	alice.atHome()
	alice.home("This is how it goes")
	alice.Click("button", "Request access")
	alice.SeesIn("dialog", "Ask for access")
	alice.Choose("Profile", "masked-read")
	alice.Type("textbox", "How long?", "30m")
	alice.Type("textbox", "Why do you need it?", "INC-80 refund stuck")
	alice.Click("button", "Ask")
	alice.SeesIn("dialog", "is asked in")
	alice.Press("Escape")
	alice.home("My pending requests", "waiting")

	bob.atHome()
	bob.home("Awaiting my review", "INC-80 refund stuck")
	bob.Click("button", "Review…", "INC-80")
	bob.SeesIn("dialog", "INC-80", "How long")
	bob.Click("button", "Approve", "How long")
	bob.SeesIn("dialog", "approved")
	bob.Press("Escape")

	alice.home("approved", "for 30m, not begun")
	session := s.logsIn(s.shows(alice.opensClaimPage()))
	s.seesMasked(session)
	alice.Press("Escape")
	alice.home("active until", "in 29 min")
	alice.Click("button", "End now", "active until")
	alice.SeesIn("dialog", "End this access?")
	alice.Click("button", "End now", "End this access?")
	s.dies(session)
	alice.SeesIn("dialog", "ended it early")
	alice.Press("Escape")
	alice.home("Recent", "You hold none now")
	s.grantIs(credentials.Ended)

	alice.Click("button", "Request again", "ended it early")
	alice.SeesIn("dialog", "Ask for access")
	alice.Type("textbox", "Why do you need it?", "INC-80, once more")
	alice.Click("button", "Ask")
	alice.SeesIn("dialog", "is asked in")
	alice.Press("Escape")
	alice.home("My pending requests", "waiting")
	alice.Click("button", "Cancel request", "waiting")
	s.requestIs(approvals.Cancelled)
	s.verified()
}

func TestInTheBrowserShortcuts(t *testing.T) {
	s := newBrowserStory(t, scene{})
	bob, alice := s.sits("bob"), s.sits("alice")
	bob.goes("general")
	bob.says("Alice, can you look? ```SELECT id, email FROM customers WHERE id < 3 ORDER BY id```")
	alice.goes("general")
	alice.card("Alice, can you look?")
	alice.Hover("article", "", "can you look?")
	alice.Click("button", "More actions", "can you look?")
	alice.Click("menuitem", "Run this SQL")
	alice.SeesIn("dialog", "statement")
	alice.Has("textbox", "One SQL statement")
	alice.Click("button", "Send")
	alice.SeesIn("dialog", "runs now")
	alice.Press("Escape")
	alice.goes("dbaccess")
	alice.card("masked.invalid", "2 rows")
	if r := s.request("alice"); r.Statement != "SELECT id, email FROM customers WHERE id < 3 ORDER BY id" || r.State != approvals.Executed {
		t.Errorf("%s: %q", r.State, r.Statement)
	}

	// The other one is behind the lightning, by the keyboard.
	alice.goes("general")
	alice.TabTo("button", "Shortcuts")
	alice.Press("Enter")
	alice.HasFocus("menuitem", "Request DB access")
	alice.Press("Enter")
	alice.SeesIn("dialog", "Ask for access")
	alice.Press("Escape")
	alice.Misses("dialog", "Ask for access")
}
