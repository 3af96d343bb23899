package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"dbaccess/approvals"
	"dbaccess/approvals/policy"
	"dbaccess/credentials"
	"dbaccess/guardrails"
	"dbaccess/internal/devslack"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
)

// world is a workspace with the bot in it, the real rules of approvals behind
// it, and stores in memory. Its jobs run one by one, as stored changes ask for
// them.
type world struct {
	*devslack.Server
	bot      *Bot
	requests *approvals.Service
	store    *memory
	grants   *grants
	log      *syncBuffer
	pulse    *pulse
}

// pulse wakes those who wait for something that Slack does not show: what is
// stored, what is logged.
type pulse struct {
	mu   sync.Mutex
	beat chan struct{}
}

func (p *pulse) next() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.beat == nil {
		p.beat = make(chan struct{})
	}
	return p.beat
}

func (p *pulse) now() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.beat != nil {
		close(p.beat)
		p.beat = nil
	}
}

// until waits for a condition on what is stored or logged.
func (w *world) until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		next := w.pulse.next()
		if ok() {
			return
		}
		select {
		case <-next:
		case <-ctx.Done():
			t.Fatalf("waited for %s\nlog: %s", what, w.log)
		}
	}
}

const rules = `
version: 1
rules:
  - {name: frozen, profiles: [frozen], deny: There is a freeze until Monday.}
  - {name: masked, profiles: [masked-read], review: {groups: [owners], reactions: true, why: An owner agrees to masked reads.}}
  - {name: raw, profiles: [read], review: {groups: [owners, dba], count: 2, why: Two people agree to raw reads., channel: db-approvals-prod}}
  - {name: pair, profiles: [pair], review: {groups: [owners, dba], count: 2, reactions: true, why: Two people agree.}}
  - {name: free, profiles: [open], allow: true}
  - {name: lost, profiles: [lost], review: {groups: [owners], channel: partners}}
  - {name: statements, kinds: [statement], review: {groups: [owners], why: An owner reads the statement.}}
`

func newWorld(t *testing.T) *world {
	t.Helper()
	o := devslack.DefaultSeed()
	o.Users = append(o.Users, devslack.User{ID: "U0ALICE2", Name: "alice2", RealName: "Alice (second)"})
	for i := range o.Channels {
		o.Channels[i].Members = append(o.Channels[i].Members, "alice2")
	}
	for _, sc := range Shortcuts() {
		o.Shortcuts = append(o.Shortcuts, devslack.Shortcut{Type: sc.Type, CallbackID: sc.CallbackID, Name: sc.Name, Description: sc.About})
	}
	o.RetryAfter = []time.Duration{0, 20 * time.Millisecond, 20 * time.Millisecond}
	s, err := devslack.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if unknown := s.Unknown(); len(unknown) > 0 {
			t.Errorf("the bot called what Slack does not have: %v", unknown)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	beat := &pulse{}
	w := &world{Server: s, log: &syncBuffer{pulse: beat}, pulse: beat}
	w.build(t)
	w.run(t)
	return w
}

func (w *world) build(t *testing.T) {
	t.Helper()
	people, err := identity.NewDirectory([]identity.PersonConfig{
		{Name: "alice", Slack: []string{"U0ALICE", "U0ALICE2"}, Groups: []string{"owners"}},
		{Name: "bob", Slack: []string{"U0BOB"}, Groups: []string{"owners"}},
		{Name: "carol", Slack: []string{"U0CAROL"}, Groups: []string{"dba"}},
		{Name: "dave", Slack: []string{"U0DAVE"}, Groups: []string{"owners"}},
		{Name: "eve", Slack: []string{"U0EVE"}, Groups: []string{"owners"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	set, err := policy.Parse(policy.File{Name: "test.yaml", Data: []byte(rules)})
	if err != nil {
		t.Fatal(err)
	}
	databases := []approvals.Database{{
		Name: "shop", RowBound: 1000, Runs: []approvals.Run{{Kinds: []guardrails.Kind{guardrails.Write, guardrails.Read}, Profile: "write"}},
	}, {Name: "depot"}}
	for _, name := range []string{"masked-read", "read", "write", "open", "frozen", "lost", "pair"} {
		databases[0].Profiles = append(databases[0].Profiles, approvals.Profile{Name: name, Max: 8 * time.Hour, Default: time.Hour, Masked: name == "masked-read"})
	}
	databases[1].Profiles = databases[0].Profiles[:1]
	w.store = newMemory(w.pulse)
	w.grants = &grants{store: w.store}
	newID := func(prefix string) string { return prefix + "_" + newRef() + strings.Repeat("a", 18) }
	w.requests = &approvals.Service{
		Store: w.store, Policy: func() *policy.Set { return set }, Principal: people.Principal,
		Database: func(name string) (approvals.Database, error) { return findDatabase(name, databases) },
		Classify: classify, Now: time.Now, NewID: newID, DecideBy: time.Hour, ClaimWithin: time.Hour,
	}
	w.bot, err = New(Config{
		API: NewClient(w.BotToken(), w.APIURL()), APIURL: w.APIURL(), Requests: w.requests, Grants: w.grants, Store: w.store, People: people,
		Databases: func() []approvals.Database { return databases },
		Channels:  map[string]string{"db-approvals": "C0APPROVALS", "db-approvals-prod": "C0PRODAPPROVALS", "partners": "C0PARTNERS"},
		Counts:    threeRows{}, DefaultChannel: "db-approvals", PublicURL: "https://dbaccess.example/", Log: slog.New(slog.NewTextHandler(w.log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
}

// threeRows counts three rows for bob, and for nobody else.
type threeRows struct{}

func (threeRows) Countable(string) bool { return true }

func (threeRows) CountRows(_ context.Context, who identity.Principal, _ approvals.RequestID) (string, error) {
	if who.Name != "bob" {
		return "", fault.New(fault.Denied, "Only members of owners can have these rows counted.", "")
	}
	return "It would change 3 rows.", nil
}

// run starts the sockets and the jobs, and waits until Slack sees the sockets.
func (w *world) run(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	t.Cleanup(func() { cancel(); running.Wait() })
	running.Go(func() {
		if err := w.bot.RunSocketMode(ctx, w.AppToken(), 2); err != nil {
			t.Error(err)
		}
	})
	running.Go(func() { w.jobs(ctx) })
	w.await(t, "two sockets", func(now devslack.Snapshot) bool { return now.Sockets() == 2 })
	w.until(t, "the bot to be ready", func() bool { return w.bot.Ready() == nil })
}

// jobs runs the follow-ups, and runs them again after the time that they ask for
// when they fail, as the queue does.
func (w *world) jobs(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case todo := <-w.store.todos:
			var err error
			switch todo.Kind {
			case approvals.DrawCard:
				err = w.bot.DrawCard(ctx, approvals.RequestID(todo.ID))
			case approvals.TellChannel:
				err = w.bot.TellChannel(ctx, approvals.RequestID(todo.ID))
			case approvals.TellAsker:
				err = w.bot.TellAsker(ctx, approvals.RequestID(todo.ID))
			case credentials.TellHolder:
				err = w.bot.TellHolder(ctx, approvals.GrantID(todo.ID))
			case credentials.WarnHolder:
				err = w.bot.WarnHolder(ctx, approvals.GrantID(todo.ID))
			}
			if err == nil || ctx.Err() != nil {
				continue
			}
			var wait interface{ RetryAfter() time.Duration }
			if errors.As(err, &wait) && wait.RetryAfter() < time.Minute {
				time.AfterFunc(max(wait.RetryAfter(), 5*time.Millisecond), func() { w.store.todos <- todo })
			}
		}
	}
}

func (w *world) await(t *testing.T, what string, ok func(devslack.Snapshot) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := w.WaitFor(ctx, ok); err != nil {
		t.Fatalf("waited for %s: %v\ncards: %s\nto alice: %s\nonly for alice: %s\nonly for bob: %s\nlog: %s", what, err,
			texts(w.Messages("db-approvals")), texts(w.DMs("alice")), texts(w.Ephemerals("alice")), texts(w.Ephemerals("bob")), w.log)
	}
}

// command types a command in #general and fails the test unless it is
// acknowledged.
func (w *world) command(t *testing.T, user, line string) devslack.Ack {
	t.Helper()
	ack, err := w.As(user).Command(t.Context(), "general", line)
	if err != nil {
		t.Fatalf("%s %s: %v", user, line, err)
	}
	return ack
}

// asked types a request and returns its card.
func (w *world) asked(t *testing.T, user, line string) devslack.Message {
	t.Helper()
	before := len(w.Messages("db-approvals"))
	w.command(t, user, line)
	if strings.HasPrefix(line, "/dbaccess query ") {
		w.sends(t, user)
	}
	w.await(t, "a card", func(now devslack.Snapshot) bool { return len(now.Messages("db-approvals")) > before })
	card := w.Messages("db-approvals")[before]
	w.until(t, "the card to be known", func() bool { return w.known(card) })
	return card
}

// sends presses Send in the modal that shows a statement before it is asked for.
func (w *world) sends(t *testing.T, user string) {
	t.Helper()
	v := w.modal(t, user, "Verdict:")
	if v.Title != checkTitle {
		t.Fatalf("the modal is %q", v.Title)
	}
	if _, err := w.As(user).Submit(t.Context(), v.ID, nil); err != nil {
		t.Fatal(err)
	}
	if err := w.As(user).Close(t.Context(), v.ID); err != nil {
		t.Fatal(err)
	}
}

// known says whether the store knows the card: only then can reactions count.
func (w *world) known(card devslack.Message) bool {
	purpose, _, _, _ := w.store.SlackMessageRef(context.Background(), card.Channel, card.TS)
	return purpose == purposeCard
}

func (w *world) click(t *testing.T, user string, on devslack.Surface, name string) {
	t.Helper()
	if err := w.As(user).Click(t.Context(), on, name); err != nil {
		t.Fatalf("%s presses %s: %v", user, name, err)
	}
}

// told waits until somebody alone was shown, or was sent, a text with all parts.
func (w *world) told(t *testing.T, user string, parts ...string) {
	t.Helper()
	w.await(t, fmt.Sprintf("%s to read %q", user, parts), func(now devslack.Snapshot) bool {
		return len(with(append(now.Ephemerals(user), now.DMs(user)...), parts...)) > 0
	})
}

// card waits until the request's card has all parts, and returns it.
func (w *world) card(t *testing.T, channel string, parts ...string) devslack.Message {
	t.Helper()
	var found []devslack.Message
	w.await(t, fmt.Sprintf("a card with %q", parts), func(now devslack.Snapshot) bool {
		found = with(now.Messages(channel), parts...)
		return len(found) > 0
	})
	return found[0]
}

// letter waits for a direct message with all parts.
func (w *world) letter(t *testing.T, user string, parts ...string) devslack.Message {
	t.Helper()
	var found []devslack.Message
	w.await(t, fmt.Sprintf("a letter to %s with %q", user, parts), func(now devslack.Snapshot) bool {
		found = with(now.DMs(user), parts...)
		return len(found) > 0
	})
	return found[0]
}

// modal waits for a person's top modal to have all parts.
func (w *world) modal(t *testing.T, user string, parts ...string) devslack.View {
	t.Helper()
	var top devslack.View
	w.await(t, fmt.Sprintf("a modal for %s with %q", user, parts), func(now devslack.Snapshot) bool {
		views := now.Views(user)
		if len(views) == 0 {
			return false
		}
		top = views[len(views)-1]
		return hasAll(devslack.PlainText(top), parts...)
	})
	return top
}

// only returns the one stored request.
func (w *world) only(t *testing.T) approvals.Request {
	t.Helper()
	list, err := w.store.Requests(t.Context(), approvals.Filter{})
	if err != nil || len(list) != 1 {
		t.Fatalf("%d requests are stored (%v), want one", len(list), err)
	}
	return list[0]
}

func with(list []devslack.Message, parts ...string) []devslack.Message {
	var found []devslack.Message
	for _, m := range list {
		if hasAll(m.Text+"\n"+devslack.PlainText(m), parts...) {
			found = append(found, m)
		}
	}
	return found
}

func hasAll(s string, parts ...string) bool {
	return !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(s, p) })
}

func texts(list []devslack.Message) string {
	var b strings.Builder
	for _, m := range list {
		b.WriteString("\n--- " + m.Text + "\n" + devslack.PlainText(m))
	}
	return b.String()
}

// classify is a stand-in for guardrails that the tests can steer by the text.
func classify(_ context.Context, _, sql string) guardrails.Verdict {
	v := guardrails.Verdict{Kind: guardrails.Read, Level: guardrails.Low, Statements: 1, Findings: []guardrails.Finding{}}
	if strings.HasPrefix(sql, "DELETE") {
		v.Kind, v.Level = guardrails.Write, guardrails.High
		v.Findings = append(v.Findings, guardrails.Finding{Rule: "GR001", Level: guardrails.High, Message: "DELETE touches every row.", Hint: "Add a WHERE."})
	}
	return v
}

type syncBuffer struct {
	pulse *pulse
	mu    sync.Mutex
	b     strings.Builder
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	defer s.pulse.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
