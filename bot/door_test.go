package bot

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"dbaccess/approvals"
	"dbaccess/internal/devslack"
	"dbaccess/internal/fault"
)

func TestNewNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	if _, err := New(Config{}); err == nil || !strings.Contains(err.Error(), "PublicURL") {
		t.Errorf("got %v", err)
	}
}

func TestOnlySlackIsAnswered(t *testing.T) {
	t.Parallel()
	b := &Bot{cfg: Config{APIURL: "http://127.0.0.1:9/api/"}}
	for url, want := range map[string]bool{
		"https://hooks.slack.com/commands/1/2": true, "http://127.0.0.1:9/response/1": true,
		"http://hooks.slack.com/commands/1": false, "https://hooks.slack.com.evil.example/": false, "https://evil.example/": false,
		"http://127.0.0.1:10/response/1": false, "": false, "%": false,
	} {
		if got := b.trusted(url); got != want {
			t.Errorf("trusted(%q) = %v", url, got)
		}
	}
}

func TestTroubleSaysHowLongToWait(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err   error
		wait  time.Duration
		stuck bool
	}{
		{&slack.RateLimitedError{RetryAfter: 7 * time.Second}, 7 * time.Second, false},
		{&slack.RateLimitedError{}, time.Second, false},
		{slack.SlackErrorResponse{Err: "not_in_channel"}, time.Minute, true},
		{slack.StatusCodeError{Code: 503}, 0, false},
		{errors.New("reset by peer"), 0, false},
	} {
		var waits interface{ RetryAfter() time.Duration }
		err := trouble("chat.postMessage", c.err)
		if !errors.As(err, &waits) || waits.RetryAfter() != c.wait {
			t.Errorf("%v: wait %v, want %v", c.err, waits.RetryAfter(), c.wait)
		}
		if _, is := stuck(err); is != c.stuck {
			t.Errorf("%v: stuck %v", c.err, is)
		}
		if f := fault.Show(readable(err)); f.Kind != fault.Unavailable {
			t.Errorf("%v is shown as %v", c.err, f)
		}
	}
	if trouble("x", nil) != nil {
		t.Error("no error became one")
	}
}

func TestReactionNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]approvals.Answer{
		"white_check_mark": approvals.Approve, "+1": approvals.Approve, "+1::skin-tone-6": approvals.Approve, "thumbsup": approvals.Approve,
		"x": approvals.Refuse, "-1::skin-tone-2": approvals.Refuse, "thumbsdown": approvals.Refuse,
		"eyes": "", "xx": "", "": "", "white_check_mark_2": "",
	} {
		if got := reactionAnswer(name); got != want {
			t.Errorf("%q says %q, want %q", name, got, want)
		}
	}
	both := []slack.ItemReaction{{Name: "white_check_mark", Users: []string{"U1"}}, {Name: "x", Users: []string{"U2", "U1"}}, {Name: "+1", Users: []string{"U3"}}}
	for user, want := range map[string]approvals.Answer{"U1": approvals.Refuse, "U2": approvals.Refuse, "U3": approvals.Approve, "U4": ""} {
		if got := standing(both, []string{user}); got != want {
			t.Errorf("%s says %q, want %q", user, got, want)
		}
	}
}

func TestSlackTimes(t *testing.T) {
	t.Parallel()
	if got := slackTime("1712345678.000200"); !got.Equal(time.Unix(1712345678, 200_000)) {
		t.Errorf("got %v", got)
	}
	for _, bad := range []string{"", "x", "1.x", "1712345678.00-200"} {
		if !slackTime(bad).IsZero() {
			t.Errorf("%q is read as %v", bad, slackTime(bad))
		}
	}
}

func TestASilentSocketIsNotReady(t *testing.T) {
	t.Parallel()
	var s socketStates
	now := time.Now()
	if s.ready(now) == nil {
		t.Error("ready without sockets")
	}
	states := s.add(2)
	if s.ready(now) == nil {
		t.Error("ready before a socket is up")
	}
	states[1].up()
	states[1].heard.Store(now.UnixNano())
	if err := s.ready(now.Add(30 * time.Second)); err != nil {
		t.Errorf("one socket is up: %v", err)
	}
	if err := s.ready(now.Add(2 * time.Minute)); err == nil {
		t.Error("nothing was heard for two minutes, and it is ready")
	}
	states[0].down(errors.New("invalid_auth"))
	states[1].down(errors.New("missing_scope"))
	states[1].down(nil) // connecting again does not hide why
	if err := s.ready(now); err == nil || !strings.Contains(err.Error(), "missing_scope") {
		t.Errorf("the cause is lost: %v", err)
	}
	s.remove(states)
	if len(s.list) != 0 {
		t.Error("removed sockets stay")
	}
}

func TestCredentialIsShownInSlackOnlyWhereChosen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bot.cfg.ClaimInSlack = true // before anything is pressed
	card := w.asked(t, "alice", askMasked)
	w.click(t, "bob", card, "Approve")
	offer := w.letter(t, "alice", "is *approved*", "Get credentials")
	w.click(t, "alice", offer, "Get credentials")
	w.modal(t, "alice", "PGPASSWORD=hunter2", "PGHOST=db.example", "Shown once")
	w.letter(t, "alice", "is *active* until")
	if strings.Contains(w.log.String()+texts(w.DMs("alice"))+texts(w.Ephemerals("alice")), "hunter2") {
		t.Error("the password is outside the modal")
	}
}

func TestAnswersAreTriedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Fault("response", devslack.Fault{Status: 503, Times: 2})
	w.command(t, "alice", "/dbaccess list")
	w.told(t, "alice", "You have no access")
}

func TestSlackAwayAtTheClickIsSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	card := w.asked(t, "alice", askMasked)
	w.Fault("users.info", devslack.Fault{Error: "internal_error"})
	w.click(t, "bob", card, "Approve")
	w.told(t, "bob", "could not tell who you are, so nothing was done")
	if r := w.only(t); len(r.Reviews) != 0 {
		t.Error("somebody counted whom Slack could not name")
	}
	w.Fault("views.open", devslack.Fault{Error: "expired_trigger_id"})
	w.command(t, "alice", "/dbaccess")
	w.told(t, "alice", "took too long", "Open the form")
	again := with(w.Ephemerals("alice"), "Open the form")[0]
	w.click(t, "alice", again, "Open the form")
	w.modal(t, "alice", "Why do you need it?")
}

func TestSlowWorkBehindAModalIsShownWhenItIsDone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	card := w.asked(t, "alice", askMasked)
	w.click(t, "bob", card, "Deny…")
	modal := w.modal(t, "bob", "Why not?")
	w.Fault("users.info", devslack.Fault{Delay: ackBudget + 500*time.Millisecond})
	res, err := w.As("bob").Submit(t.Context(), modal.ID, devslack.Values{"reason": {"reason": "no"}})
	if err != nil || res.Top == nil || !strings.Contains(devslack.PlainText(*res.Top), "One moment") {
		t.Fatalf("%+v, %v", res, err)
	}
	w.modal(t, "bob", "You *denied* request")
}

func TestStrangersLearnNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, line := range []string{"/dbaccess", "/dbaccess list", "/dbaccess nowhere because x", "/dbaccess query shop SELECT 1"} {
		if ack := w.command(t, "frank", line); !strings.Contains(ack.Text, "You are not known to dbaccess") || strings.Contains(ack.Text, "shop") {
			t.Errorf("%s: %q", line, ack.Text)
		}
	}
	if _, err := w.As("dave").Command(t.Context(), "db-approvals", askMasked); err != nil { // known, but a guest
		t.Fatal(err)
	}
	w.told(t, "dave", "Only full members of this workspace")
	if list, err := w.store.Requests(t.Context(), approvals.Filter{}); err != nil || len(list) != 0 {
		t.Errorf("%d requests, %v", len(list), err)
	}
}

func TestWithdrawnReactionTakesOnlyItsOwnAnswerBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.command(t, "alice", "/dbaccess shop pair because x")
	card := w.card(t, "db-approvals", "0 of 2")
	w.until(t, "the card to be known", func() bool { return w.known(card) })
	react := func(user, name string, on bool) {
		t.Helper()
		act := w.As(user).React
		if !on {
			act = w.As(user).Unreact
		}
		if err := act(t.Context(), "db-approvals", card.TS, name); err != nil {
			t.Fatal(err)
		}
	}
	react("bob", "white_check_mark", true)
	w.card(t, "db-approvals", "1 of 2", "<@U0BOB> approved", "by reaction")
	react("bob", "white_check_mark", false)
	w.card(t, "db-approvals", "0 of 2", "<@U0BOB> took the answer back")

	card = w.card(t, "db-approvals", "0 of 2")
	w.click(t, "bob", card, "Approve")
	w.card(t, "db-approvals", "1 of 2")
	w.until(t, "the drawing to be known", func() bool { return w.drawnFor(2) })
	react("bob", "+1", true)
	react("bob", "+1", false)
	react("carol", "eyes", true) // what was sent before it is handled
	react("bob", "x", true)
	w.until(t, "the events to be handled", func() bool { return w.events() >= 4 })
	if r := w.only(t); r.State != approvals.Pending || len(r.Reviews) != 2 || !r.Reviews[1].Withdrawn.IsZero() {
		t.Errorf("a reaction touched an answer by button: %+v", r.Reviews)
	}
	react("carol", "white_check_mark", true)
	w.card(t, "db-approvals", "*Approved* by")
}

func TestBothReactionsTogetherAreANo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.command(t, "alice", "/dbaccess shop pair because x")
	card := w.card(t, "db-approvals", "0 of 2")
	w.until(t, "the card to be known", func() bool { return w.known(card) })
	if err := w.As("bob").React(t.Context(), "db-approvals", card.TS, "white_check_mark"); err != nil {
		t.Fatal(err)
	}
	w.card(t, "db-approvals", "1 of 2")
	w.until(t, "the drawing to be known", func() bool { return w.drawnFor(1) })
	if err := w.As("bob").React(t.Context(), "db-approvals", card.TS, "-1"); err != nil {
		t.Fatal(err)
	}
	w.card(t, "db-approvals", ":x: *Denied* by <@U0BOB>")
}

// drawnFor says whether the card has been drawn with that many reviews.
func (w *world) drawnFor(reviews int) bool {
	w.store.mu.Lock()
	defer w.store.mu.Unlock()
	for id, r := range w.store.requests {
		v := view{Request: r}
		if len(v.Reviews) != reviews {
			continue
		}
		d := w.store.messages[[2]string{purposeCard, string(id)}]
		return d.drawn != "" && d.at.After(v.Reviews[reviews-1].At)
	}
	return false
}

// events is how many events have been taken in.
func (w *world) events() int {
	w.store.mu.Lock()
	defer w.store.mu.Unlock()
	n := 0
	for key := range w.store.seen {
		if strings.HasPrefix(key, "event:") {
			n++
		}
	}
	return n
}

func TestAModalThatADoubledDeliveryOpenedIsNotCalledLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.DuplicateDelivery(1)
	w.command(t, "alice", "/dbaccess")
	w.modal(t, "alice", "Why do you need it?")
	card := w.asked(t, "alice", askMasked)
	w.DuplicateDelivery(1)
	w.click(t, "bob", card, "Details")
	w.modal(t, "bob", short(w.only(t).ID))
	w.click(t, "bob", card, "Approve") // what came before it is handled by then
	w.told(t, "bob", "You *approved*")
	if told := texts(w.Ephemerals("alice")) + texts(w.Ephemerals("bob")); strings.Contains(told, "too long") {
		t.Errorf("told: %s", told)
	}
}

func TestWhatWasTypedIsKeptWhenSlackOrTheStoreIsAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.command(t, "alice", "/dbaccess")
	form := w.modal(t, "alice", "Why do you need it?")
	values := devslack.Values{
		blockDatabase: {actDatabase: "depot"}, blockReason: {fieldReason: "INC-42 refund stuck"},
	}
	if err := w.As("alice").Choose(t.Context(), form, "Database", "depot"); err != nil {
		t.Fatal(err)
	}
	form = w.modal(t, "alice", "Profile")
	w.store.setAway(errors.New("connection refused"))
	got, err := w.As("alice").Submit(t.Context(), form.ID, values)
	if err != nil {
		t.Fatal(err)
	}
	if said := got.Errors[blockReason]; !strings.Contains(said, "try again") || strings.ContainsAny(said, "`<") {
		t.Fatalf("the form says %q", got.Errors)
	}
	w.store.setAway(nil)
	if got, err = w.As("alice").Submit(t.Context(), form.ID, nil); err != nil || len(got.Errors) > 0 {
		t.Fatalf("sent again: %+v, %v", got, err)
	}
	if r := w.only(t); r.Reason != "INC-42 refund stuck" || r.Database != "depot" {
		t.Errorf("%+v", r)
	}
}
