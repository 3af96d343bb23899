package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"dbaccess/approvals"
	"dbaccess/credentials"
	"dbaccess/internal/devslack"
)

// This file plays one working day, in which people do everything that they can do
// in Slack, over each transport and with each mishap that Slack can have. At its
// end, cards and messages say how things ended, and nothing is there twice.

// mishap is one way in which a day goes wrong.
type mishap struct {
	name    string
	only    string       // the transport that it happens to; "" = both
	on, off func(*story) // for the whole day
	before  func(*story) // before each thing that people do, commands aside
	pairs   func(*story) // before two deliveries that are sent one directly after the other
	calls   []string     // Slack's methods that go wrong as fault says, each so often in the day
	fault   devslack.Fault
	spare   map[string]int // how many cards and letters may stand there twice: Slack lost the answer, and nobody can know of them
}

var mishaps = []mishap{
	{name: "none"},
	{
		name: "each delivery comes twice",
		on:   func(s *story) { s.slack.DuplicateDelivery(1 << 20) }, off: func(s *story) { s.slack.DuplicateDelivery(0) },
	},
	{
		name: "deliveries are late",
		on:   func(s *story) { s.slack.DelayDelivery(1<<20, 200*time.Millisecond) }, off: func(s *story) { s.slack.DelayDelivery(0, 0) },
	},
	{name: "deliveries overtake one another", pairs: func(s *story) { s.slack.ReorderDelivery(1) }},
	{name: "acknowledgements are lost", before: func(s *story) { s.slack.LoseAcks(1) }},
	{name: "sockets break", only: "socket", before: func(s *story) { s.slack.DropSocket() }},
	{name: "requests are cut off", only: "http", before: cutsNext},
	{name: "sockets are closed with a warning", only: "socket", before: func(s *story) { s.slack.DisconnectWarning() }},
	{
		name:  "too many calls",
		calls: []string{"chat.postMessage", "chat.update", "response", "reactions.get"},
		fault: devslack.Fault{Times: 2, Status: 429, RetryAfter: time.Second},
	},
	{
		name:  "slack's servers are down now and then",
		calls: []string{"chat.postMessage", "chat.update", "response", "reactions.get", "views.open", "views.update", "users.info", "conversations.info"},
		fault: devslack.Fault{Times: 2, Status: 503},
	},
	{
		name:  "slack is slow",
		calls: []string{"chat.postMessage", "chat.update", "response", "reactions.get", "views.open", "views.update"},
		fault: devslack.Fault{Times: 2, Delay: 600 * time.Millisecond},
	},
	{
		name: "work behind a modal takes longer than Slack waits",
		on:   func(s *story) { s.slack.Fault("users.info", devslack.Fault{Delay: 2200 * time.Millisecond}) },
		// What came of the form is said in a message where the form is closed by then.
		spare: map[string]int{"letter": 1},
	},
	{
		name:  "answers are lost",
		calls: []string{"chat.postMessage", "chat.update", "response", "reactions.get", "views.update"},
		fault: devslack.Fault{Times: 1, LoseAnswer: true},
		spare: map[string]int{"card": 1, "letter": 1},
	},
}

func TestADayInSlackWithEveryTrouble(t *testing.T) {
	for _, lane := range []struct{ name, transport string }{{"sockets", "socket"}, {"http", "http"}} {
		t.Run(lane.name, func(t *testing.T) {
			s := newStory(t, scene{transport: lane.transport, slack: func(o *devslack.Options) {
				o.Unlimited = true // a dozen days in one minute
				o.CloseAfter = 300 * time.Millisecond
			}})
			if lane.transport == "http" {
				s.sharesTheLoad()
			}
			var days []*day
			for i, mishap := range mishaps {
				if mishap.only != "" && mishap.only != lane.transport {
					continue
				}
				ok := t.Run(mishap.name, func(t *testing.T) {
					inner := *s
					inner.T = t
					d := &day{story: &inner, mishap: mishap, tag: fmt.Sprintf("%s-%d", lane.name, i)}
					d.play()
					days = append(days, d)
				})
				if !ok {
					return // the next day would begin in this one's ruins
				}
			}
			s.quiet()
			spare := map[string]int{}
			for _, d := range days {
				d.story = s
				d.ends()
				for kind, n := range d.mishap.spare {
					spare[kind] += n
				}
			}
			s.nothingTwice(spare)
			s.verified()
		})
	}
}

// cutsNext cuts the connection of the next request that waits for its answer, if
// one does within half a second.
func cutsNext(s *story) {
	ctx, cancel := context.WithTimeout(s.Context(), 500*time.Millisecond)
	go func() {
		defer cancel()
		for tick := time.Tick(time.Millisecond); !s.slack.DropSocket(); {
			select {
			case <-tick:
			case <-ctx.Done():
				return
			}
		}
	}()
}

// sharesTheLoad puts a second server beside the first, and something before them
// that sends what Slack sends to one and the other in turn.
func (s *story) sharesTheLoad() {
	s.Helper()
	var next atomic.Int64
	at := []string{s.srv.address(), s.joins().address()}
	proxy := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite:  func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: "http", Host: at[next.Add(1)%2]}) },
		ErrorLog: log.New(io.Discard, "", 0), // requests are cut on purpose
	})
	s.Cleanup(proxy.Close)
	s.deliverTo(strings.TrimPrefix(proxy.URL, "http://"))
}

// day is a working day and its mishap.
type day struct {
	*story
	mishap mishap
	tag    string // stands in every reason given on this day
	ids    [5]approvals.RequestID
}

func (d *day) play() {
	d.Helper()
	if d.mishap.on != nil {
		d.mishap.on(d.story)
	}
	for _, method := range d.mishap.calls {
		d.slack.Fault(method, d.mishap.fault)
	}
	d.ids[0] = d.accessByForm()
	d.ids[1], d.ids[2] = d.twoAtOnce()
	d.ids[3] = d.cancelled()
	d.ids[4] = d.statement()
	if d.mishap.off != nil {
		d.mishap.off(d.story)
	}
}

// ends checks what is left of the day.
func (d *day) ends() {
	d.Helper()
	for i, want := range [5]struct {
		state approvals.State
		card  string
	}{
		{approvals.Approved, "pproved"},
		{approvals.Denied, "enied"},
		{approvals.Approved, "pproved"},
		{approvals.Cancelled, "ancelled"},
		{approvals.Executed, "1 row"},
	} {
		d.settled(d.ids[i], want.state, want.card)
	}
}

// does is what a person does who wants to see something: act, look, and act again
// if Slack or the bot says that it did not work.
func (d *day) does(user, what string, act func() error, seen func(devslack.Snapshot) bool) {
	d.Helper()
	ctx, cancel := context.WithTimeout(d.Context(), patience)
	defer cancel()
	for try := 1; ; try++ {
		if ctx.Err() != nil {
			d.Fatalf("%s %s, and it came to nothing in %d tries; last told: %s", user, what, try-1, lastText(d.slack.Ephemerals(user)))
		}
		if d.mishap.before != nil && try == 1 {
			d.mishap.before(d.story)
		}
		told := len(d.slack.Ephemerals(user))
		err := act()
		var late *devslack.DeliveryError
		if err != nil && !errors.As(err, &late) {
			d.Fatalf("%s %s: %v", user, what, err)
		}
		asked := false
		err = d.slack.WaitFor(ctx, func(n devslack.Snapshot) bool {
			for _, m := range n.Ephemerals(user)[told:] {
				asked = asked || hasAny(m.Text, "again", "did not respond", "failed")
			}
			return asked || late != nil || seen(n)
		})
		if err != nil {
			d.Fatalf("%s %s, and it came to nothing in %d tries; last told: %s", user, what, try, lastText(d.slack.Ephemerals(user)))
		}
		if late != nil {
			wait, done := context.WithTimeout(ctx, time.Second) // it may have worked all the same
			_ = d.slack.WaitFor(wait, seen)
			done()
		}
		if d.now(seen) {
			return
		}
	}
}

func (d *day) now(ok func(devslack.Snapshot) bool) (seen bool) {
	ctx, cancel := context.WithCancel(d.Context())
	cancel()
	_ = d.slack.WaitFor(ctx, func(n devslack.Snapshot) bool { seen = ok(n); return true })
	return seen
}

func hasAny(text string, words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
}

func lastText(list []devslack.Message) string {
	if len(list) == 0 {
		return "nothing"
	}
	return list[len(list)-1].Text
}

// press presses a button until seen.
func (d *day) press(user string, on func() devslack.Surface, label string, seen func(devslack.Snapshot) bool) {
	d.Helper()
	pressed := false
	d.does(user, "presses "+label, func() error {
		surface := on()
		if _, err := devslack.Find(surface, label); d.now(seen) || pressed && err != nil {
			return nil // it worked, and what was pressed is drawn anew
		}
		pressed = true
		return d.slack.As(user).Click(d.Context(), surface, label)
	}, seen)
}

// said is true once the newest message of the list that has one of the words has
// all of them.
func said(list func(devslack.Snapshot) []devslack.Message, words ...string) func(devslack.Snapshot) bool {
	return func(n devslack.Snapshot) bool {
		return slices.ContainsFunc(list(n), func(m devslack.Message) bool {
			return containsAll(m.Text+"\n"+devslack.PlainText(m), words)
		})
	}
}

func cards(n devslack.Snapshot) []devslack.Message { return n.Messages(approvalsChannel) }

func toAlice(n devslack.Snapshot) []devslack.Message { return n.DMs("alice") }

func modal(user string, words ...string) func(devslack.Snapshot) bool {
	return func(n devslack.Snapshot) bool {
		views := n.Views(user)
		return len(views) > 0 && containsAll(views[len(views)-1].Title+"\n"+devslack.PlainText(views[len(views)-1]), words)
	}
}

func (d *day) top(user string) devslack.View {
	d.Helper()
	views := d.slack.Views(user)
	if len(views) == 0 {
		d.Fatalf("%s has no modal open", user)
	}
	return views[len(views)-1]
}

// closes closes what modals somebody has open.
func (d *day) closes(user string) {
	d.Helper()
	for len(d.slack.Views(user)) > 0 {
		if err := d.slack.As(user).Close(d.Context(), d.top(user).ID); err != nil {
			var late *devslack.DeliveryError
			if !errors.As(err, &late) {
				d.Fatal(err)
			}
		}
	}
}

// of finds the request whose reason is what was typed.
func (d *day) of(reason string) (id approvals.RequestID) {
	d.Helper()
	d.eventually(reason+" is stored", func() bool {
		for _, r := range must[[]approvals.Request](d.story)(d.core.requests.Requests(d.Context(), approvals.Filter{Requester: "alice"})) {
			if r.Reason == reason {
				id = r.ID
			}
		}
		return id != ""
	})
	return id
}

func (d *day) cardOf(words ...string) func() devslack.Surface {
	return func() devslack.Surface { d.Helper(); return d.seesCard(words...) }
}

func (d *day) letter(words ...string) func() devslack.Surface {
	return func() devslack.Surface { d.Helper(); return d.seesDM("alice", words...) }
}

// accessByForm: asked in the form with a mistake and without, looked at, approved
// by button, claimed, ended by button.
func (d *day) accessByForm() approvals.RequestID {
	d.Helper()
	reason := d.tag + " refund stuck"
	d.does("alice", "types /dbaccess", func() error {
		_, err := d.slack.As("alice").Command(d.Context(), "general", "/dbaccess")
		return err
	}, modal("alice", "Profile"))
	form := d.top("alice")
	send := func(window string, seen func(devslack.SubmitResult) func(devslack.Snapshot) bool) {
		d.Helper()
		var got devslack.SubmitResult
		d.does("alice", "sends the form for "+window, func() (err error) {
			if d.now(seen(got)) {
				return nil
			}
			got, err = d.submit(d.Context(), "alice", form, map[string]any{"Profile": "masked-read", "How long?": window, "Why do you need it?": reason})
			return err
		}, func(n devslack.Snapshot) bool { return seen(got)(n) })
	}
	send("3 weeks", func(got devslack.SubmitResult) func(devslack.Snapshot) bool {
		return func(devslack.Snapshot) bool { return len(got.Errors) > 0 }
	})
	send("1h", func(devslack.SubmitResult) func(devslack.Snapshot) bool { return said(cards, reason) })
	d.closes("alice")
	id := d.of(reason)
	short := shortID(id)
	d.press("bob", d.cardOf(reason), "Details", modal("bob", short))
	d.closes("bob")
	d.press("bob", d.cardOf(reason), "Approve", said(toAlice, short, "*approved*", "Get credentials"))
	d.press("alice", d.letter(short, "Get credentials"), "Get credentials", modal("alice", "dbaccess claim "))
	code := codeInModal.FindStringSubmatch(devslack.PlainText(d.top("alice")))
	d.closes("alice")
	if len(code) != 2 {
		d.Fatal("the modal shows no code")
	}
	c, err := d.redeem(d.Context(), code[1])
	if err != nil {
		d.Fatal(err)
	}
	session := d.connects(c)
	d.eventually("she is told that it is active", func() bool { return d.now(said(toAlice, "is *active*", "End now")) })
	g := d.grantOf(id)
	d.press("alice", d.home("alice", "*active* until", "End now"), "End now", func(devslack.Snapshot) bool { return d.grantNow(g).State != credentials.Active })
	d.eventually("the modal says so", func() bool { return d.now(modal("alice", "is over")) || d.now(modal("alice", "is being ended")) })
	d.closes("alice")
	d.dies(session)
	d.eventually("it is proven gone", func() bool { return d.grantNow(g).State == credentials.Ended })
	d.isOver(c)
	return id
}

func (d *day) grantOf(id approvals.RequestID) approvals.GrantID {
	d.Helper()
	r := must[approvals.Request](d.story)(d.core.requests.Request(d.Context(), id))
	return r.Grant
}

// twoAtOnce: two commands directly after one another; one is denied with a
// reason, the other approved by a reaction that is put, taken and put again.
func (d *day) twoAtOnce() (denied, approved approvals.RequestID) {
	d.Helper()
	one, two := d.tag+" no good reason", d.tag+" quarterly figures"
	if d.mishap.pairs != nil {
		d.mishap.pairs(d.story)
	}
	both(one, two, func(reason string) {
		if _, err := d.slack.As("alice").Command(d.Context(), "general", "/dbaccess shop masked-read 1h because "+reason); err != nil {
			d.Errorf("alice types: %v", err)
		}
	})
	denied, approved = d.of(one), d.of(two)

	d.press("carol", d.cardOf(one), "Deny…", modal("carol", "Why not?"))
	d.does("carol", "sends why not", func() error {
		if !d.now(modal("carol", "Why not?")) {
			return nil
		}
		_, err := d.submit(d.Context(), "carol", d.top("carol"), map[string]any{"Why not?": "that is none"})
		return err
	}, said(toAlice, shortID(denied), "*denied*", "that is none"))
	d.closes("carol")

	card := d.seesCard(two)
	d.drawnOf(approved)
	react := func(act func(context.Context, string, string, string) error) {
		d.Helper()
		if d.mishap.before != nil {
			d.mishap.before(d.story)
		}
		if err := act(d.Context(), card.Channel, card.TS, "white_check_mark"); err != nil {
			d.Errorf("bob reacts: %v", err)
		}
	}
	if d.mishap.pairs != nil {
		d.mishap.pairs(d.story)
	}
	react(d.slack.As("bob").React)
	react(d.slack.As("bob").Unreact)
	react(d.slack.As("bob").React)
	d.seesDM("alice", shortID(approved), "*approved*", "Get credentials")
	if _, err := d.core.grants.End(d.Context(), operator(), d.grantOf(approved), credentials.Revoked); err != nil {
		d.Error(err)
	}
	return denied, approved
}

// drawnOf waits until the server has noted that it drew that card.
func (d *day) drawnOf(id approvals.RequestID) {
	d.Helper()
	if err := d.core.store.OneAtATime(d.Context(), "card:"+string(id), func(context.Context) error { return nil }); err != nil {
		d.Fatal(err)
	}
}

// home is somebody's App Home, opened until it says all of words.
func (d *day) home(user string, words ...string) func() devslack.Surface {
	return func() devslack.Surface {
		d.Helper()
		shows := func(n devslack.Snapshot) bool {
			v, ok := n.Home(user)
			return ok && containsAll(devslack.PlainText(v), words)
		}
		d.does(user, "opens the Home tab", func() error { _, err := d.slack.As(user).VisitHome(); return err }, shows)
		v, _ := d.slack.Home(user)
		return v
	}
}

// cancelled: asked by the global shortcut and taken back by the button of the
// letter.
func (d *day) cancelled() approvals.RequestID {
	d.Helper()
	reason := d.tag + " never mind"
	d.does("alice", "takes the shortcut", func() error { return d.slack.As("alice").Shortcut(d.Context(), "dbaccess_request") }, modal("alice", "Profile"))
	d.does("alice", "sends the form", func() error {
		if !d.now(modal("alice", "Profile")) {
			return nil
		}
		_, err := d.submit(d.Context(), "alice", d.top("alice"), map[string]any{"Profile": "read", "How long?": "30m", "Why do you need it?": reason})
		return err
	}, said(cards, reason))
	d.closes("alice")
	id := d.of(reason)
	d.press("alice", d.letter(shortID(id), "Cancel request"), "Cancel request", said(cards, reason, "ancelled"))
	return id
}

// statement: a change of one row, taken out of a message, looked at, sent,
// approved, and run once.
func (d *day) statement() approvals.RequestID {
	d.Helper()
	reason := d.tag + " one order"
	message := must[devslack.Message](d.story)(d.slack.As("alice").Say("general", "This should mend it: ```UPDATE orders SET total = total + 1 WHERE id = 1```"))
	d.does("alice", "takes the message's shortcut", func() error {
		return d.slack.As("alice").MessageShortcut(d.Context(), message, "dbaccess_statement")
	}, modal("alice", "One SQL statement"))
	d.does("alice", "fills the statement form", func() error {
		if !d.now(modal("alice", "One SQL statement")) {
			return nil
		}
		_, err := d.submit(d.Context(), "alice", d.top("alice"), map[string]any{"Why?": reason})
		return err
	}, modal("alice", "Before it is sent", "*Verdict:*"))
	d.does("alice", "sends it", func() error {
		if !d.now(modal("alice", "Before it is sent")) {
			return nil
		}
		_, err := d.slack.As("alice").Submit(d.Context(), d.top("alice").ID, nil)
		return err
	}, said(cards, reason))
	d.closes("alice")
	id := d.of(reason)
	before := d.shopRow("SELECT total::text FROM shop.orders WHERE id = 1")
	d.press("bob", d.cardOf(reason), "Approve", said(toAlice, shortID(id), "*done*", "1 row"))
	if ran := d.shopRow("SELECT (total - $1::numeric)::int::text FROM shop.orders WHERE id = 1", before); ran != "1" {
		d.Errorf("it ran %s times", ran)
	}
	return id
}

// settled checks what is left of a request: its state, one card that says it and
// has no button, and each event once.
func (d *day) settled(id approvals.RequestID, state approvals.State, says string) {
	d.Helper()
	r := must[approvals.Request](d.story)(d.core.requests.Request(d.Context(), id))
	if r.State != state {
		d.Errorf("%s (%s) is %s, want %s", id, r.Reason, r.State, state)
	}
	var mine []devslack.Message
	for _, m := range d.slack.Messages(approvalsChannel) {
		if text := m.Text + devslack.PlainText(m); strings.Contains(text, r.Reason) {
			mine = append(mine, m)
			if !strings.Contains(text, says) {
				d.Errorf("a card of %q does not say %q: %s", r.Reason, says, text)
			}
			for _, e := range devslack.Elements(m) {
				if hasAny(e.ActionID, "approve", "deny") {
					d.Errorf("a card of %q still has %s", r.Reason, e.ActionID)
				}
			}
		}
	}
	if most := 1 + d.mishap.spare["card"]; len(mine) < 1 || len(mine) > most {
		d.Errorf("%q has %d cards", r.Reason, len(mine))
	}
	conn := must[*pgx.Conn](d.story)(pgx.Connect(d.Context(), d.store))
	defer conn.Close(context.Background())
	rows := must[pgx.Rows](d.story)(conn.Query(d.Context(), "SELECT type, count(*) FROM dbaccess.audit_events WHERE request = $1 GROUP BY type", id))
	events := map[string]int{}
	var name string
	var n int
	if _, err := pgx.ForEachRow(rows, []any{&name, &n}, func() error { events[name] = n; return nil }); err != nil {
		d.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(events)) {
		if events[name] != 1 && !strings.HasPrefix(name, "code.") {
			d.Errorf("%q has %d events %s", r.Reason, events[name], name)
		}
	}
}

// nothingTwice checks that the store knows every message that the bot has posted
// to the channel and to Alice: what it does not know it has posted twice.
func (s *story) nothingTwice(spare map[string]int) {
	s.Helper()
	conn := must[*pgx.Conn](s)(pgx.Connect(s.Context(), s.store))
	defer conn.Close(context.Background())
	for kind, list := range map[string][]devslack.Message{"card": s.slack.Messages(approvalsChannel), "letter": s.slack.DMs("alice")} {
		unknown := 0
		for _, m := range list {
			var known bool
			if err := conn.QueryRow(s.Context(), "SELECT EXISTS (SELECT FROM dbaccess.slack_messages WHERE channel = $1 AND ts = $2)", m.Channel, m.TS).Scan(&known); err != nil {
				s.Fatal(err)
			}
			if !known {
				unknown++
				s.Logf("nobody knows of: %s", m.Text)
			}
		}
		if unknown > spare[kind] {
			s.Errorf("%d messages of kind %s were posted that nobody knows of", unknown, kind)
		}
	}
}
