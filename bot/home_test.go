package bot

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"dbaccess/approvals"
	"dbaccess/approvals/policy"
	"dbaccess/credentials"
	"dbaccess/internal/devslack"
)

// opens opens somebody's App Home and returns it as drawn for them.
func (w *world) opens(t *testing.T, user string) devslack.View {
	t.Helper()
	v, err := w.As(user).OpenHome(t.Context())
	if err != nil {
		t.Fatalf("%s opens the App Home: %v\nlog: %s", user, err, w.log)
	}
	return v
}

// home waits until somebody's App Home has all parts, without their doing.
func (w *world) home(t *testing.T, user string, parts ...string) devslack.View {
	t.Helper()
	var v devslack.View
	w.await(t, user+"'s home with "+strings.Join(parts, ", "), func(now devslack.Snapshot) bool {
		v, _ = now.Home(user)
		return hasAll(devslack.PlainText(v), parts...)
	})
	return v
}

func TestAHomeFollowsARequestFromAskingToEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.opens(t, "alice")
	if text := devslack.PlainText(first); !hasAll(text, "This is how it goes", "Request access", "Run a statement") {
		t.Errorf("the first visit teaches nothing:\n%s", text)
	}
	w.click(t, "alice", first, "Request access")
	form := w.modal(t, "alice", "Database", "Why do you need it?")
	if err := w.As("alice").Choose(t.Context(), form, "database", "shop"); err != nil {
		t.Fatal(err)
	}
	form = w.modal(t, "alice", "Profile")
	if _, err := w.As("alice").Submit(t.Context(), form.ID, devslack.Values{"reason": {"reason": "INC-42"}}); err != nil {
		t.Fatal(err)
	}
	w.home(t, "alice", "My pending requests", "*waiting*", "<@U0BOB>", "Cancel request")

	bobs := w.opens(t, "bob")
	if text := devslack.PlainText(bobs); !hasAll(text, "Awaiting my review", "alice asks for masked-read on shop for 1h", "INC-42", "Show the card") {
		t.Errorf("bob's home:\n%s", text)
	}
	if link, ok := devslack.FindButton(bobs, "Show the card"); !ok || !strings.Contains(link.URL, "C0APPROVALS") {
		t.Errorf("the card's address is %q", link.URL)
	}
	w.click(t, "bob", bobs, "Review…")
	review := w.modal(t, "bob", "INC-42", "*How long*", "An owner agrees to masked reads.")
	if _, err := w.As("bob").Submit(t.Context(), review.ID, nil); err != nil {
		t.Fatal(err)
	}
	w.modal(t, "bob", "You *approved* request")
	w.await(t, "bob to have nothing to review", func(now devslack.Snapshot) bool {
		v, _ := now.Home("bob")
		return !strings.Contains(devslack.PlainText(v), "Awaiting my review")
	})

	offer := w.home(t, "alice", "My access", "*approved* for 1h, not begun")
	w.click(t, "alice", offer, "Get credentials")
	w.modal(t, "alice", "dbaccess claim")
	w.grants.activate(w.only(t).Grant)
	active := w.home(t, "alice", "*active* until", "(in 59 min)")
	if e, ok := devslack.FindButton(active, "End now"); !ok || !strings.Contains(e.Confirm, "closed at once") {
		t.Errorf("ending takes no second thought: %+v", e)
	}
	w.click(t, "alice", active, "End now")
	w.modal(t, "alice", "is over.", "its holder ended it early")
	over := w.home(t, "alice", "Recent", "*Ended*", "its holder ended it early", "You hold none now")

	w.click(t, "alice", active, "End now") // the view of before
	w.modal(t, "alice", "is over.")

	w.click(t, "alice", over, "Request again")
	again := w.modal(t, "alice", "Database", "Profile")
	if got := filled(again); got != "shop/masked-read/1h/INC-42" {
		t.Errorf("the form is filled with %s", got)
	}
	if _, err := w.As("alice").Submit(t.Context(), again.ID, devslack.Values{"reason": {"reason": "INC-42, still"}}); err != nil {
		t.Fatal(err)
	}
	w.card(t, "db-approvals", "INC-42, still", "Approve")
	w.noSecrets(t)
}

// filled is what a form holds: database, profile, duration and reason.
func filled(form devslack.View) string {
	value := func(block, action string) string {
		e := form.State[block][action]
		if option, ok := e["selected_option"].(map[string]any); ok {
			e = option
		}
		v, _ := e["value"].(string)
		return v
	}
	var profile string
	for block := range form.State {
		if strings.HasPrefix(block, blockProfile) {
			profile = value(block, fieldProfile)
		}
	}
	return strings.Join([]string{value(blockDatabase, actDatabase), profile, value(blockDuration, fieldDuration), value(blockReason, fieldReason)}, "/")
}

func TestACancelOnAHomeIsAnsweredHoweverStaleItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.opens(t, "alice")
	w.asked(t, "alice", askMasked)
	waiting := w.home(t, "alice", "Cancel request")
	w.click(t, "alice", waiting, "Cancel request")
	w.modal(t, "alice", "is cancelled")
	w.home(t, "alice", "Recent", "*Cancelled*")
	w.click(t, "alice", waiting, "Cancel request")
	w.modal(t, "alice", "already")
	w.card(t, "db-approvals", "*Cancelled*")
}

func TestAHomeOfSomebodyWhoCannotUseItIsOneSentence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for user, sentence := range map[string]string{"frank": "You are not known to dbaccess", "dave": "Only full members of this workspace"} {
		v := w.opens(t, user)
		if text := devslack.PlainText(v); !strings.Contains(text, sentence) || strings.Contains(text, "shop") || len(devslack.Elements(v)) != 0 {
			t.Errorf("%s reads:\n%s", user, text)
		}
	}
	if list, err := w.store.OpenHomes(t.Context(), []string{"U0FRANK"}, time.Time{}); err != nil || len(list) != 1 {
		t.Errorf("%v, %v", list, err)
	}
}

func TestAHomeIsLeftAloneWhenNobodyLooksAtIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.opens(t, "alice")
	w.store.mu.Lock()
	w.store.homes["U0ALICE"] = time.Now().Add(-homeStaysOpen - time.Minute)
	w.store.mu.Unlock()
	w.opens(t, "bob")
	w.asked(t, "alice", askMasked)
	w.home(t, "bob", "Awaiting my review") // drawn by the same job, after alice's would have been
	if now, _ := w.Home("alice"); now.Hash != before.Hash {
		t.Error("a home that nobody looks at was drawn anew")
	}
}

func TestCardsDoNotWaitForHomes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.opens(t, "bob")
	w.Fault("views.publish", devslack.Fault{Error: "not_enabled", Times: 1000})
	card := w.asked(t, "alice", askMasked)
	w.click(t, "bob", card, "Approve")
	w.letter(t, "alice", "is *approved*")
	w.until(t, "it to be logged", func() bool { return strings.Contains(w.log.String(), "app home not drawn") })
	if todos := len(w.store.todos); todos != 0 {
		t.Errorf("%d jobs are tried again for a home that cannot be drawn", todos)
	}
}

func TestAHomeIsDrawnAgainWhenSlackIsBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.opens(t, "bob")
	w.Fault("views.publish", devslack.Fault{Status: 503, Times: 1})
	w.asked(t, "alice", askMasked)
	if err := w.bot.DrawCard(t.Context(), w.only(t).ID); err != nil { // as the job that is run again
		t.Logf("the first try: %v", err)
	}
	if err := w.bot.DrawCard(t.Context(), w.only(t).ID); err != nil {
		t.Fatal(err)
	}
	w.home(t, "bob", "Awaiting my review")
	if n := len(w.Messages("db-approvals")); n != 1 {
		t.Errorf("%d cards", n)
	}
}

// Whatever a button says, it is its presser who acts: on somebody else's home or
// message nothing of theirs is touched.
func TestNobodyActsThroughSomebodyElsesHome(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	card := w.asked(t, "alice", askMasked)
	w.click(t, "bob", card, "Approve")
	w.letter(t, "alice", "Get credentials")
	r := w.only(t)
	for action, says := range map[string]string{
		actEnd: "This access is not yours", actClaim: "This access is not yours", actAgain: "somebody else's request", actCancel: "Only whoever asked can change or cancel", "nonsense": "another version",
	} {
		cb := slack.InteractionCallback{Type: slack.InteractionTypeBlockActions, User: slack.User{ID: "U0CAROL"}, TriggerID: "gone", View: slack.View{ID: "V1", Type: slack.VTHomeTab}}
		cb.ActionCallback.BlockActions = []*slack.BlockAction{{ActionID: action, Value: ticket{Request: r.ID, Grant: r.Grant, Digest: ticketOf(r).Digest}.value(), ActionTs: action}}
		_, after := w.bot.Interaction(t.Context(), cb)
		after(t.Context())
		if action == actClaim {
			continue // there was no place to show it, and a code was not made
		}
		w.letter(t, "carol", says)
	}
	if g, err := w.grants.Grant(t.Context(), r.Grant); err != nil || g.State != credentials.Open || w.grants.codes != 0 {
		t.Errorf("%+v, %v, %d codes", g, err, w.grants.codes)
	}
}

func TestOnlyWhoCouldTakeAFreeSeatIsWaitedFor(t *testing.T) {
	t.Parallel()
	pair := accessView().Request
	pair.Route = policy.Route{Outcome: policy.Review, Seats: []policy.Seats{{Groups: []string{"owners"}, Count: 1}, {Groups: []string{"dba"}, Count: 1}}}
	half := reviewed(view{Request: pair}, "bob", []string{"owners"}, approvals.Approve, approvals.ByButton, "").Request
	withdrawn := half
	withdrawn.Reviews = slices.Clone(half.Reviews)
	withdrawn.Reviews[0].Withdrawn = noon
	late := pair
	late.ExpiresAt = noon
	done := pair
	done.State = approvals.Approved
	allowed := pair
	allowed.Route = policy.Route{Outcome: policy.Allow}
	for _, c := range []struct {
		name   string
		r      approvals.Request
		who    string
		groups []string
		want   bool
	}{
		{"an owner", pair, "bob", []string{"owners"}, true},
		{"a dba", pair, "carol", []string{"dba"}, true},
		{"the asker", pair, "alice", []string{"owners", "dba"}, false},
		{"somebody else", pair, "frank", []string{"staff"}, false},
		{"who has answered", half, "bob", []string{"owners", "dba"}, false},
		{"a second owner", half, "dora", []string{"owners"}, false},
		{"who fills the other seat", half, "carol", []string{"dba"}, true},
		{"who took the answer back", withdrawn, "bob", []string{"owners"}, true},
		{"too late", late, "bob", []string{"owners"}, false},
		{"decided", done, "bob", []string{"owners"}, false},
		{"nobody's review", allowed, "bob", []string{"owners"}, false},
	} {
		if got := waitsFor(c.r, c.who, c.groups, noon.Add(time.Minute)); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestTheTimeLeft(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		-time.Second: " (now)", 0: " (now)", 59 * time.Second: " (in less than a minute)", time.Minute: " (in 1 min)", 42*time.Minute + 59*time.Second: " (in 42 min)",
		time.Hour: " (in 1 h 0 min)", 25*time.Hour + time.Minute: " (in 1 d 1 h)",
	} {
		if got := left(noon.Add(d), noon); got != want {
			t.Errorf("%v: %q", d, got)
		}
	}
}
