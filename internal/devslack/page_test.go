package devslack_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"dbaccess/internal/devslack"
	chromium "dbaccess/internal/devstack/browser"
)

// Each test here is somebody in front of the page, in a real browser.

// atPage starts a workspace with its app, and opens the page.
func atPage(t *testing.T) (*devslack.Server, *app, *chromium.Page) {
	t.Helper()
	chromium.Require(t)
	o := devslack.DefaultSeed()
	o.CommandHint, o.CommandAbout, o.About = "[database] because [reason]", "Ask for access", "Lends databases."
	o.Shortcuts = []devslack.Shortcut{
		{Name: "Request DB access", Type: "global", CallbackID: "ask"},
		{Name: "Run this SQL", Type: "message", CallbackID: "run"},
	}
	s := start(t, o)
	a := connect(t, s, 1)
	p := chromium.Open(t, s.PageURL())
	p.Sees("Alice Moreau (you)")
	return s, a, p
}

func posts(t *testing.T, a *app, channel string, o ...slack.MsgOption) string {
	t.Helper()
	_, ts, err := a.PostMessage(channel, o...)
	if err != nil {
		t.Fatal(err)
	}
	return ts
}

func TestWhatIsTypedAndFocusedStaysWhileThePageChanges(t *testing.T) {
	t.Parallel()
	s, a, p := atPage(t)
	p.Click("button", "db-approvals")
	p.Type("textbox", "Message", "half a sent")
	ts := posts(t, a, "C0APPROVALS", card("Approve"))
	p.SeesIn("article", "asks for shop")
	if _, _, _, err := a.UpdateMessage("C0APPROVALS", ts, card("Approve now")); err != nil {
		t.Fatal(err)
	}
	p.SeesIn("article", "Approve now", "(edited)")
	p.HasFocus("textbox", "Message")
	p.Keys("ence")
	p.Press("Enter")
	p.SeesIn("article", "Alice Moreau", "half a sentence")

	// The same in a modal that the app changes under the fingers.
	var view atomic.Value
	a.on(func(a *app) {
		a.slash = func(c slack.SlashCommand) any {
			v, err := a.OpenView(c.TriggerID, modal("Ask"))
			if err == nil {
				view.Store(v.ID)
			}
			return nil
		}
	})
	p.Type("textbox", "Message", "/dbaccess")
	p.Press("Enter")
	p.SeesIn("dialog", "Ask")
	p.HasFocus("textbox", "Why")
	p.Keys("INC-")
	if _, err := a.UpdateView(modal("Ask again"), "", "", view.Load().(string)); err != nil {
		t.Fatal(err)
	}
	p.SeesIn("dialog", "Ask again")
	p.HasFocus("textbox", "Why")
	p.Keys("42")
	p.Choose("Database", "CRM")
	p.Click("button", "Send")
	p.Misses("dialog", "Ask again")
	if n := len(s.Views("alice")); n != 0 {
		t.Errorf("%d views are open", n)
	}
}

func TestEscapeClosesTheTopViewAndTellsTheApp(t *testing.T) {
	t.Parallel()
	s, a, p := atPage(t)
	closed := make(chan string, 2)
	a.on(func(a *app) {
		a.slash = func(c slack.SlashCommand) any {
			_, _ = a.OpenView(c.TriggerID, modal("First"))
			return nil
		}
		a.interact = func(c slack.InteractionCallback) any {
			switch c.Type {
			case slack.InteractionTypeViewSubmission:
				return slack.NewPushViewSubmissionResponse(new(modal("Second")))
			case slack.InteractionTypeViewClosed:
				closed <- c.View.Title.Text
			}
			return nil
		}
	})
	p.Type("textbox", "Message", "/dbaccess")
	p.Press("Enter")
	p.SeesIn("dialog", "First")
	p.Keys("a reason")
	p.Choose("Database", "Shop")
	p.Press("Control+Enter")
	p.SeesIn("dialog", "Second")
	p.CheckFocusTrap()
	p.Press("Escape")
	p.SeesIn("dialog", "First")
	p.Press("Escape")
	p.Misses("dialog", "First")
	p.HasFocus("textbox", "Message")
	for _, want := range []string{"Second", "First"} {
		select {
		case got := <-closed:
			if got != want {
				t.Errorf("%q was closed, want %q", got, want)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("the app was not told that %q was closed", want)
		}
	}
	if len(s.Views("alice")) != 0 {
		t.Error("a view is still open")
	}
}

func TestThreadsShortcutsAndHomeWork(t *testing.T) {
	t.Parallel()
	s, a, p := atPage(t)
	shortcuts, homes := make(chan string, 2), make(chan string, 1)
	a.on(func(a *app) {
		a.interact = func(c slack.InteractionCallback) any { shortcuts <- c.CallbackID; return nil }
		a.event = func(_ socketmode.Request, e slackevents.EventsAPIEvent) {
			if opened, ok := e.InnerEvent.Data.(*slackevents.AppHomeOpenedEvent); ok {
				homes <- opened.User
			}
		}
	})
	got := func(from chan string, want string) {
		t.Helper()
		select {
		case one := <-from:
			if one != want {
				t.Errorf("the app got %q, want %q", one, want)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("the app did not get %q", want)
		}
	}
	must[devslack.Message](t)(s.As("bob").Say("general", "select 1"))
	p.Hover("article", "", "select 1")
	p.Click("button", "Reply in thread", "select 1")
	p.SeesIn("complementary", "Thread", "select 1")
	p.HasFocus("textbox", "Reply…")
	p.Keys("why not 2?")
	p.Press("Enter")
	p.SeesIn("complementary", "1 reply", "why not 2?")
	if list := s.Messages("general"); len(list) != 2 || list[1].ThreadTS != list[0].TS {
		t.Errorf("the thread is %+v", list)
	}
	p.Press("Escape")
	p.Misses("complementary", "Thread")
	p.SeesIn("article", "select 1", "1 reply")

	p.Hover("article", "", "select 1")
	p.Click("button", "More actions", "select 1")
	p.Click("menuitem", "Run this SQL")
	got(shortcuts, "run")
	p.Click("button", "Shortcuts")
	p.Click("menuitem", "Request DB access")
	got(shortcuts, "ask")

	p.Click("button", "dbaccess")
	p.Click("tab", "Home")
	got(homes, "U0ALICE")
	if _, err := a.PublishView("U0ALICE", slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{
		BlockSet: []slack.Block{slack.NewHeaderBlock(plain("Your access"))},
	}}, ""); err != nil {
		t.Fatal(err)
	}
	p.SeesIn("tabpanel", "Your access")
	p.Click("tab", "About")
	p.SeesIn("tabpanel", "Lends databases.", "/dbaccess [database] because [reason]")
}

func TestPeopleAreActedAsByMouseAndKeyboard(t *testing.T) {
	t.Parallel()
	s, a, p := atPage(t)
	posts(t, a, "C0APPROVALS", slack.MsgOptionText("<@U0BOB> is asked", false))
	p.Click("button", "Bob Okafor")
	p.Sees("Bob Okafor (you)")
	p.Click("button", "db-approvals, 1 mention")
	p.SeesIn("article", "@bob is asked")
	await(t, s, func(devslack.Snapshot) bool { _, n := unread(t, s, "bob", "db-approvals"); return n == 0 })
	p.Press("Alt+3")
	p.Sees("Carol Lindqvist (you)", "@bob is asked") // in the same channel
	p.Press("Control+k")
	p.SeesIn("dialog", "Act as Alice Moreau")
	p.Keys("act as dave")
	p.Press("Enter")
	p.Sees("Dave Contractor (you)", "guest")
	p.Click("button", "Acting as Dave Contractor")
	p.Click("menuitemradio", "Eve Partner")
	p.Sees("Eve Partner (you)", "partners", "external")
	p.Misses("navigation", "db-approvals")

	// An address leads to a place that the one before cannot see.
	posts(t, a, "U0BOB", slack.MsgOptionText("for Bob's eyes", false))
	address, _, _ := strings.Cut(p.Address(), "#")
	p.Go(address + "#bob/dbaccess/messages")
	p.SeesIn("article", "for Bob's eyes")
}

// The app draws a message anew while somebody looks at the question whether they
// are sure: their answer is for the button that is still there.
func TestAnAnswerIsNotLostToARedraw(t *testing.T) {
	t.Parallel()
	_, a, p := atPage(t)
	pressed := make(chan string, 1)
	a.on(func(a *app) {
		a.interact = func(c slack.InteractionCallback) any { pressed <- c.ActionCallback.BlockActions[0].BlockID; return nil }
	})
	drawn := func(block string) slack.MsgOption {
		b := slack.NewButtonBlockElement("approve", "1", plain("Approve"))
		b.Confirm = slack.NewConfirmationBlockObject(plain("Sure?"), plain("It is grave."), plain("Yes"), plain("No"))
		return slack.MsgOptionBlocks(slack.NewActionBlock(block, b), slack.NewActionBlock(block+"-more", slack.NewButtonBlockElement("other-"+block, "1", plain("Version "+block))))
	}
	ts := posts(t, a, "C0GENERAL", drawn("one"))
	p.Click("button", "Approve")
	p.SeesIn("dialog", "Sure?")
	if _, _, _, err := a.UpdateMessage("C0GENERAL", ts, drawn("two")); err != nil {
		t.Fatal(err)
	}
	p.Sees("Version two")
	p.Click("button", "Yes")
	p.Misses("dialog", "Sure?")
	select {
	case block := <-pressed:
		if block != "two" {
			t.Errorf("it pressed block %s", block)
		}
	case <-time.After(10 * time.Second):
		t.Error("the app was not told")
	}
}

func TestPageIsForEverybodyAndEveryScreen(t *testing.T) {
	t.Parallel()
	s, a, p := atPage(t)
	everything(t, s, a)
	a.on(func(a *app) {
		a.slash = func(c slack.SlashCommand) any { _, _ = a.OpenView(c.TriggerID, wholeForm(t)); return nil }
	})
	p.Sees("Everything at once")
	p.CheckAccessibility("a channel")
	p.Click("button", "Emoji")
	p.CheckAccessibility("the emoji picker")
	p.Press("Escape")
	p.Type("textbox", "Message", "/db")
	p.CheckAccessibility("a command being typed")
	p.Press("Tab", "Enter")
	p.SeesIn("dialog", "Ask for access")
	p.CheckAccessibility("a form")
	p.Click("button", "Ask")
	p.SeesIn("dialog", "Please complete this required field.")
	p.CheckAccessibility("a form with errors")
	p.Press("Escape")
	p.Misses("dialog", "Ask for access")
	p.Press("Control+k")
	p.SeesIn("dialog", "Act as Bob Okafor")
	p.CheckAccessibility("the switcher")
	p.Press("Escape")

	p.Resize(390, 844)
	p.Sees("Everything at once")
	p.CheckAccessibility("a channel on a phone")
	p.Click("button", "Open sidebar")
	p.CheckAccessibility("the drawer")
	p.Click("button", "dbaccess")
	p.Click("tab", "About")
	p.SeesIn("tabpanel", "Lends databases.")
	p.CheckAccessibility("the app on a phone")
	p.Click("button", "Open sidebar")
	p.Click("button", "general")
	p.Click("button", "1 reply")
	p.SeesIn("complementary", "Thread")
	p.CheckAccessibility("a thread on a phone")
	if got := s.Undrawn(); len(got) > 0 {
		t.Errorf("not drawn: %s", strings.Join(got, ", "))
	}
}

// everything puts one of each kind into #general, and a thread.
func everything(t *testing.T, s *devslack.Server, a *app) {
	t.Helper()
	var blocks slack.Blocks
	readJSON(t, "everything.json", &blocks)
	first := must[devslack.Message](t)(s.As("bob").Say("general", "Morning! :wave: `orders` *moved*, says <https://example.com|the wiki>. @alice?\n> a quote\n```\nselect 1\n```"))
	posts(t, a, "C0GENERAL", slack.MsgOptionText("a reply to @bob", false), slack.MsgOptionTS(first.TS))
	if err := s.As("carol").React(t.Context(), "general", first.TS, "tada"); err != nil {
		t.Fatal(err)
	}
	posts(t, a, "C0GENERAL", slack.MsgOptionText("everything", false), slack.MsgOptionBlocks(blocks.BlockSet...))
	if _, err := a.PostEphemeral("C0GENERAL", "U0ALICE", slack.MsgOptionText("for you alone", false)); err != nil {
		t.Fatal(err)
	}
}

// wholeForm is a modal with inputs of all kinds.
func wholeForm(t *testing.T) (v slack.ModalViewRequest) {
	t.Helper()
	readJSON(t, "form.json", &v)
	return v
}

func readJSON(t *testing.T, name string, into any) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		t.Error(err)
	}
}

func TestAFormIsFilledByHand(t *testing.T) {
	t.Parallel()
	_, a, p := atPage(t)
	sent := make(chan *slack.ViewState, 1)
	a.on(func(a *app) {
		a.slash = func(c slack.SlashCommand) any { _, _ = a.OpenView(c.TriggerID, wholeForm(t)); return nil }
		a.interact = func(c slack.InteractionCallback) any {
			switch c.Type {
			case slack.InteractionTypeBlockSuggestion:
				return slack.OptionsResponse{Options: []*slack.OptionBlockObject{slack.NewOptionBlockObject("42", plain("INC-42 "+c.Value), nil)}}
			case slack.InteractionTypeViewSubmission:
				sent <- c.View.State
			}
			return nil
		}
	})
	p.Type("textbox", "Message", "/dbaccess")
	p.Press("Enter")
	p.SeesIn("dialog", "Ask for access")
	p.HasFocus("combobox", "Database")
	p.Press("ArrowDown", "ArrowDown", "Enter")
	p.Click("combobox", "Tables")
	p.Click("option", "payments")
	p.Click("option", "orders")
	p.Press("Escape")
	p.SeesIn("dialog", "payments", "orders")
	p.Click("button", "Remove payments")
	p.Click("combobox", "Ticket")
	p.Keys("refund")
	p.Click("option", "INC-42 refund")
	p.Click("radio", "Change")
	p.Click("checkbox", "when it ends")
	p.Type("textbox", "How many rows?", "12")
	p.Type("textbox", "How long?", "2h")
	p.Type("textbox", "Why do you need it?", "INC-42\nreally")
	p.Click("button", "Ask")
	var state *slack.ViewState
	select {
	case state = <-sent:
	case <-time.After(10 * time.Second):
		t.Fatalf("nothing was submitted; the page says %s", p.Text())
	}
	v := func(name string) slack.BlockAction { return state.Values[name][name] }
	if got := v("database").SelectedOption.Value; got != "depot" {
		t.Errorf("database %q", got)
	}
	if got := v("many").SelectedOptions; len(got) != 1 || got[0].Value != "orders" {
		t.Errorf("tables %+v", got)
	}
	if got := v("ext").SelectedOption.Value; got != "42" {
		t.Errorf("ticket %q", got)
	}
	if got := v("radio").SelectedOption.Value; got != "change" {
		t.Errorf("what for %q", got)
	}
	if got := v("checks").SelectedOptions; len(got) != 1 || got[0].Value != "end" {
		t.Errorf("checks %+v", got)
	}
	for name, want := range map[string]string{"rows": "12", "duration": "2h", "reason": "INC-42\nreally"} {
		if got := v(name).Value; got != want {
			t.Errorf("%s %q, want %q", name, got, want)
		}
	}
}
