package main

import (
	"testing"
	"time"

	"dbaccess/approvals"
)

func TestInTheBrowserAskedByTheKeyboardAlone(t *testing.T) {
	s := newBrowserStory(t, scene{})
	alice := s.sits("alice")
	alice.goes(approvalsChannel)
	alice.goes("general")
	alice.HasFocus("textbox", "Message")

	// Esc closes the form, and the focus is where it was.
	alice.Keys("/dbaccess")
	alice.Press("Enter")
	alice.SeesIn("dialog", "Ask for access")
	alice.CheckFocusTrap()
	alice.Press("Escape")
	alice.Misses("dialog", "Ask for access")
	alice.HasFocus("textbox", "Message")

	alice.Keys("/dbaccess")
	alice.Press("Enter")
	alice.SeesIn("dialog", "Ask for access")
	alice.TabTo("textbox", "How long?")
	alice.Press("Control+a")
	alice.Keys("3 weeks")
	alice.TabTo("textbox", "Why do you need it?")
	alice.Keys("INC-50 invoices")
	alice.TabBackTo("combobox", "Profile")
	alice.Keys("masked-read")
	alice.Press("Enter")
	alice.TabTo("button", "Ask")
	alice.Press("Enter")
	alice.SeesIn("dialog", "That is no duration")
	alice.HasFocus("textbox", "How long?") // the first one that is wrong
	alice.Press("Control+a")
	alice.Keys("30m")
	alice.Press("Enter")
	alice.SeesIn("dialog", "is asked in")
	alice.Press("Escape")
	alice.Misses("dialog", "is asked in")
	s.requestIs(approvals.Pending)
	if r := s.request("alice"); r.Duration != 30*time.Minute || r.Reason != "INC-50 invoices" {
		t.Errorf("asked for %s because %q", r.Duration, r.Reason)
	}

	// Bob has no mouse either.
	bob := s.sits("bob")
	bob.goes(approvalsChannel)
	bob.card("INC-50 invoices", "30m")
	bob.TabBackTo("button", "Details of request")
	bob.Press("Enter")
	bob.SeesIn("dialog", "How the rules were read", "Who decides")
	bob.Press("Escape")
	bob.Misses("dialog", "Who decides")
	bob.HasFocus("button", "Details of request")
	bob.TabBackTo("button", "Approve request")
	bob.Press("Space")
	bob.card("INC-50", "Approved")

	alice.goes("dbaccess")
	alice.card("approved by @")
	alice.TabBackTo("button", "Get credentials")
	alice.Press("Enter")
	alice.SeesIn("dialog", "dbaccess claim")
	alice.Press("Escape")
	alice.Misses("dialog", "dbaccess claim")
	s.verified()
}

func TestInTheBrowserApprovedByReaction(t *testing.T) {
	s := newBrowserStory(t, scene{policy: twoReviewers})
	alice, bob, carol := s.sits("alice"), s.sits("bob"), s.sits("carol")
	alice.asks("/dbaccess shop masked-read 1h because INC-51")
	for _, at := range []*seat{alice, bob, carol} {
		at.goes(approvalsChannel)
		at.card("INC-51", "0 of 2")
	}
	s.drawn()
	alice.reacts("white_check_mark", "INC-51")
	alice.card("Only visible to you", approvals.ErrSelfReview.Msg)

	// Bob reacts, takes it back where it shows, and chooses another one.
	bob.reacts("white_check_mark", "INC-51")
	carol.card("INC-51", "1 of 2")
	s.drawn()
	bob.Click("button", "white_check_mark, 2 reactions", "INC-51")
	carol.card("INC-51", "0 of 2", "took the answer back")
	s.drawn()
	bob.picks("+1", "INC-51")
	carol.card("INC-51", "1 of 2")
	s.drawn()
	// Carol has no mouse: up from the empty box to the message, and R.
	carol.Click("textbox", "Message")
	carol.Press("ArrowUp", "r")
	carol.HasFocus("searchbox", "Search emoji")
	carol.Keys("white_check")
	carol.Press("Enter")
	bob.card("INC-51", "Approved")
	alice.goes("dbaccess")
	alice.card("approved by @")
	if r := s.request("alice"); len(r.Reviews) != 3 || r.Reviews[0].Withdrawn.IsZero() {
		t.Errorf("the reviews: %+v", r.Reviews)
	}
}

// reacts moves the mouse over the message and presses one of the quick reactions.
func (at *seat) reacts(name string, words ...string) {
	at.s.Helper()
	at.Hover("article", "", words...)
	at.Click("button", "React with "+name, words...)
}

// picks takes a reaction from the picker.
func (at *seat) picks(name string, words ...string) {
	at.s.Helper()
	at.Hover("article", "", words...)
	at.Click("button", "More reactions", words...)
	at.Type("searchbox", "Search emoji", name)
	at.Click("button", "React with "+name, "Search")
}

func TestInTheBrowserTwoReviewersAndOneTwice(t *testing.T) {
	s := newBrowserStory(t, scene{policy: twoReviewers})
	alice, bob := s.sits("alice"), s.sits("bob")
	alice.asks("/dbaccess shop read 1h because INC-52")
	bob.goes(approvalsChannel)
	bob.card("INC-52", "0 of 2")
	bob.approves("INC-52")
	bob.card("INC-52", "1 of 2")
	bob.approves("INC-52", "1 of 2")
	bob.card("Only visible to you", "already")
	s.requestIs(approvals.Pending)

	// The same screen, now Frank's.
	bob.becomes("frank")
	bob.goes(approvalsChannel)
	bob.approves("INC-52")
	bob.card("INC-52", "Approved")
	alice.goes("dbaccess")
	alice.card("approved by @bob", "and @frank")
}

func TestInTheBrowserDeniedWithAReason(t *testing.T) {
	s := newBrowserStory(t, scene{})
	alice, carol := s.sits("alice"), s.sits("carol")
	alice.asks("/dbaccess shop write 1h because I feel like it")
	alice.goes("dbaccess")
	carol.goes(approvalsChannel)
	carol.Click("button", "Deny…", "I feel like it")
	carol.SeesIn("dialog", "Why not?")
	carol.Click("button", "Deny")
	carol.SeesIn("dialog", "Why not?") // not without a reason
	carol.Type("textbox", "Why not?", "feelings are <no> reason")
	carol.Click("button", "Deny")
	carol.Misses("dialog", "Why not?")
	carol.card("I feel like it", "Denied", "feelings are <no> reason")
	alice.card("denied", "by @", "feelings are <no> reason")
	if got := s.recorded()["grant.opened"]; got != 0 {
		t.Errorf("%d grants were opened", got)
	}

	// Asking again takes one click and a better reason.
	alice.Click("button", "Request again", "denied")
	alice.SeesIn("dialog", "Ask for access")
	alice.Type("textbox", "Why do you need it?", "INC-53 with a reason")
	alice.Click("button", "Ask")
	carol.card("INC-53 with a reason", "write")
}

func TestInTheBrowserClicksThatDoNotCountGetASentence(t *testing.T) {
	s := newBrowserStory(t, scene{})
	alice, frank := s.sits("alice"), s.sits("frank")
	alice.asks("/dbaccess shop masked-read 1h because INC-54")
	frank.goes(approvalsChannel)
	frank.approves("INC-54") // in no reviewing group
	frank.card("Only visible to you", "db-reviewers")
	frank.becomes("dave") // a guest
	frank.goes(approvalsChannel)
	frank.approves("INC-54")
	frank.card("Only visible to you", "full members")
	frank.becomes("eve") // from another company
	frank.goes("partners")
	frank.Misses("main", "INC-54")
	frank.Allow("status of 422")
	frank.says("/dbaccess list")
	frank.SeesIn("alert", "another company")
	if r := s.request("alice"); r.State != approvals.Pending || len(r.Reviews) != 0 {
		t.Fatalf("something counted: %s, %d reviews", r.State, len(r.Reviews))
	}
}

func TestInTheBrowserTwoPeoplePressAtOnce(t *testing.T) {
	s := newBrowserStory(t, scene{})
	alice, bob, carol := s.sits("alice"), s.sits("bob"), s.sits("carol")
	alice.asks("/dbaccess shop masked-read 1h because INC-55")
	for _, at := range []*seat{bob, carol} {
		at.goes(approvalsChannel)
		at.card("INC-55")
	}
	s.slack.DelayDelivery(2, time.Second) // neither sees the other's answer before pressing
	pressed := make(chan error, 2)
	for _, at := range []*seat{bob, carol} {
		go func() { pressed <- at.TryClick("button", "Approve", "INC-55") }()
	}
	for range 2 {
		if err := <-pressed; err != nil {
			t.Fatal(err)
		}
	}
	alice.goes("dbaccess")
	alice.card("approved by @")
	bob.card("INC-55", "Approved")
	carol.card("INC-55", "Approved")
	s.eventually("one of them is told that it was decided", func() bool {
		return bob.Shows("article", "Only visible to you", "already") != carol.Shows("article", "Only visible to you", "already")
	})
	if got := s.recorded(); got["review.given"] != 1 || got["grant.opened"] != 1 {
		t.Errorf("recorded: %v", got)
	}
}

func TestInTheBrowserExpiredAndCancelled(t *testing.T) {
	s := newBrowserStory(t, scene{policy: expiresSoonOrLate})
	alice, bob := s.sits("alice"), s.sits("bob")
	bob.goes(approvalsChannel)
	alice.asks("/dbaccess shop masked-read 1h because INC-56")
	alice.goes("dbaccess")
	alice.card("expired", "nobody decided in time")
	bob.card("INC-56", "Expired")

	alice.asks("/dbaccess shop read 1h because INC-57")
	bob.card("INC-57", "Approve")
	alice.goes("dbaccess")
	alice.Click("button", "Cancel request", "0 of 1")
	bob.card("INC-57", "Cancelled")
	if bob.Shows("article", "INC-57", "Deny…") {
		t.Error("the cancelled card still has its buttons")
	}
	alice.card("is cancelled")
	if r := s.request("alice"); r.State != approvals.Cancelled {
		t.Errorf("the request is %s", r.State)
	}
}

const expiresSoonOrLate = `version: 1
rules:
  - name: be-quick
    profiles: [masked-read]
    review: {groups: [db-reviewers], count: 1, channel: db-approvals, why: Be quick., expires: 1s}
  - name: no-hurry
    review: {groups: [db-reviewers], count: 1, channel: db-approvals, why: No hurry.}
`

func TestInTheBrowserHelpListAndBadInput(t *testing.T) {
	s := newBrowserStory(t, scene{})
	alice := s.sits("alice")
	alice.asks("/dbaccess help")
	alice.card("Only visible to you", "/dbaccess query")
	for line, said := range map[string]string{
		"/dbaccess shup masked-read 1h because x":   "shup",
		"/dbaccess shop masked-read 500h because x": "longer than",
		"/dbaccess shop masked-read 1h":             "why",
		"/dbaccess query nowhere SELECT 1":          "nowhere",
	} {
		alice.says(line)
		alice.card("Only visible to you", said)
	}
	alice.Click("button", "Dismiss message", "nowhere")
	alice.Misses("article", "nowhere")

	alice.says("/dbaccess shop masked-read 1h because <!channel> *urgent* <https://evil.example|approved by the CTO>")
	alice.goes(approvalsChannel)
	alice.card("<!channel> *urgent*") // word for word, and nobody is called
	alice.says("/dbaccess list")
	alice.card("Only visible to you", "masked-read", "1h")
	if n := len(s.slack.Messages(approvalsChannel)); n != 1 {
		t.Errorf("%d cards", n)
	}
}
