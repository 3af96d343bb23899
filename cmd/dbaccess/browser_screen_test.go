package main

import (
	"strings"
	"testing"

	"dbaccess/internal/devstack/browser"
)

// TestInTheBrowserEveryScreenIsForEverybody looks at each screen of the stories, in
// light and in dark, on a desktop and on a telephone.
func TestInTheBrowserEveryScreenIsForEverybody(t *testing.T) {
	s := newBrowserStory(t, scene{})
	alice, bob := s.sits("alice"), s.sits("bob")
	looks := func(p *browser.Page, screen string) {
		t.Helper()
		p.CheckAccessibility(screen)
		p.Resize(phoneWidth, phoneHeight)
		p.CheckAccessibility(screen + ", on a telephone")
		p.Resize(1280, 800)
	}
	looks(alice.Page, "the page at first")
	alice.goes("general")
	alice.says("/dbaccess help")
	alice.card("Only visible to you")
	looks(alice.Page, "help")

	alice.says("/dbaccess")
	alice.SeesIn("dialog", "Ask for access")
	alice.CheckFocusTrap()
	alice.Choose("Profile", "masked-read")
	looks(alice.Page, "the form")
	alice.Type("textbox", "How long?", "3 weeks")
	alice.Type("textbox", "Why do you need it?", "INC-70")
	alice.Click("button", "Ask")
	alice.SeesIn("dialog", "That is no duration")
	looks(alice.Page, "the form with an error")
	alice.Type("textbox", "How long?", "1h")
	alice.Click("button", "Ask")
	alice.SeesIn("dialog", "is asked in")
	looks(alice.Page, "the form's answer")
	alice.Press("Escape")

	alice.sends("/dbaccess query shop because INC-71: DELETE FROM payments", "high")
	bob.goes(approvalsChannel)
	bob.card("INC-71", "DELETE FROM payments")
	looks(bob.Page, "cards")
	bob.approves("INC-71")
	bob.SeesIn("dialog", "Approve this?")
	bob.CheckFocusTrap()
	looks(bob.Page, "the second thought")
	bob.Press("Escape")
	bob.Click("button", "Details", "INC-71")
	bob.SeesIn("dialog", "How the rules were read")
	bob.CheckFocusTrap()
	looks(bob.Page, "the details")
	bob.Press("Escape")
	bob.Misses("dialog", "How the rules were read")
	bob.Click("button", "Deny…", "INC-71")
	bob.SeesIn("dialog", "Why not?")
	bob.CheckFocusTrap()
	looks(bob.Page, "the denial")
	bob.Press("Escape")
	bob.Misses("dialog", "Why not?")
	bob.Hover("article", "", "INC-71")
	bob.Click("button", "More reactions", "INC-71")
	bob.SeesIn("dialog", "🎉")
	looks(bob.Page, "the picker of reactions")
	bob.Press("Escape")
	bob.Press("Control+k")
	bob.HasFocus("combobox", "Jump to")
	looks(bob.Page, "the switcher")
	bob.Press("Escape")

	bob.approves("INC-70")
	alice.goes("dbaccess")
	looks(alice.Page, "letters")
	alice.Click("button", "Get credentials", "approved by")
	alice.SeesIn("dialog", "dbaccess claim")
	alice.CheckFocusTrap()
	looks(alice.Page, "the code")
	alice.Press("Escape")
	alice.Misses("dialog", "dbaccess claim")
	alice.Click("tab", "Home")
	alice.SeesIn("tabpanel", "Database access", "masked-read")
	looks(alice.Page, "App Home")
	alice.Click("tab", "About")
	looks(alice.Page, "About")
	alice.goes("general")
	alice.Click("button", "Shortcuts")
	alice.Has("menuitem", "Request DB access")
	looks(alice.Page, "the shortcuts")
}

const phoneWidth, phoneHeight = 390, 844

// TestInTheBrowserTheOneTimePagesAreForEverybody does the same with the pages that
// a link leads to.
func TestInTheBrowserTheOneTimePagesAreForEverybody(t *testing.T) {
	s := newBrowserStory(t, scene{})
	looks := func(p *browser.Page, screen string) {
		t.Helper()
		p.CheckAccessibility(screen)
		p.Resize(phoneWidth, phoneHeight)
		p.CheckAccessibility(screen + ", on a telephone")
		p.Resize(1280, 800)
	}
	alice, bob := s.sits("alice"), s.sits("bob")
	alice.approved(bob, "1h", "INC-72")
	page := alice.opensClaimPage()
	looks(page, "the claim page")
	page.TabTo("button", "Show the credential")
	page.Press("Enter")
	page.Sees("Connect")
	looks(page, "the credential")
	page.Click("button", "Reveal password")
	page.TabTo("tab", "psql")
	page.Press("ArrowRight", "ArrowRight")
	page.HasFocus("tab", "Shell")
	page.SeesIn("tabpanel", "PGPASSWORD")
	looks(page, "the credential, revealed")
	page.Click("button", "I have it: clear the page")
	page.Sees("Cleared")
	looks(page, "the cleared page")
	page.Reload()
	page.Sees("There is no code in this link")
	page.Type("textbox", "Code", "not-a-code-at-all")
	page.Allow("the server responded with a status of 4")
	page.Press("Enter")
	looks(page, "the claim page with a pasted code")
	page.Click("button", "Show the credential")
	page.Sees("code")
	looks(page, "the claim page that refuses")
	page.Go(strings.TrimSuffix(page.Address(), "/claim"))
	page.Sees("Access is asked for in Slack")
	looks(page, "the page with nothing")
}

// One access from the asking to its end, in somebody's hand: what the width hides
// is behind the menu.
func TestInTheBrowserALifeOnATelephone(t *testing.T) { aWholeLife(t, phoneWidth, phoneHeight, false) }

func TestInTheBrowserALifeInTheDark(t *testing.T) { aWholeLife(t, 1280, 800, true) }

func aWholeLife(t *testing.T, width, height int, dark bool) {
	s := newBrowserStory(t, scene{})
	alice := s.sits("alice")
	alice.Resize(width, height)
	alice.Dark(dark)
	alice.says("/dbaccess")
	alice.SeesIn("dialog", "Ask for access")
	alice.Choose("Profile", "masked-read")
	alice.Type("textbox", "Why do you need it?", "INC-90 on the way home")
	alice.Click("button", "Ask")
	alice.SeesIn("dialog", "is asked in")
	alice.Press("Escape")
	alice.Misses("dialog", "is asked in")

	alice.becomes("bob")
	alice.jumps(approvalsChannel)
	alice.card("INC-90")
	alice.Click("button", "Details", "INC-90")
	alice.SeesIn("dialog", "How the rules were read")
	alice.Press("Escape")
	alice.Misses("dialog", "How the rules were read")
	alice.approves("INC-90")
	alice.card("INC-90", "Approved")

	alice.becomes("alice")
	alice.jumps("dbaccess")
	alice.Click("tab", "Messages")
	page := alice.opensClaimPage()
	session := s.logsIn(s.shows(page))
	s.seesMasked(session)
	alice.Press("Escape")
	alice.Misses("dialog", "dbaccess claim")
	alice.card("active until")
	alice.CheckAccessibility("letters")
	alice.Click("button", "End now", "active until")
	alice.SeesIn("dialog", "End this access?")
	alice.Click("button", "End now", "End this access?")
	s.dies(session)
	alice.card("is over", "early")
}

// jumps goes to a channel by its name, wherever the list of them is.
func (at *seat) jumps(channel string) {
	at.s.Helper()
	at.Click("button", "Search Demo")
	at.HasFocus("combobox", "Jump to")
	at.Keys(channel)
	at.Press("Enter")
	at.SeesIn("banner", channel)
}
