package tokens_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"dbaccess/audit"
	"dbaccess/credentials"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
	"dbaccess/internal/tokens"
	"dbaccess/internal/tokens/storetest"
)

var t0 = time.Date(2026, 11, 22, 1, 2, 3, 456000, time.UTC)

// world is a Service whose directory, clock and verifier a test moves.
type world struct {
	*tokens.Service
	store  *storetest.Memory
	people *identity.Directory
	now    time.Time
	log    bytes.Buffer

	mu      sync.Mutex
	replays []string
	ids     int
}

func everybody(t *testing.T, names ...string) *identity.Directory {
	t.Helper()
	var people []identity.PersonConfig
	for _, name := range names {
		people = append(people, identity.PersonConfig{Name: name, Groups: []string{"staff"}})
	}
	d, err := identity.NewDirectory(people, identity.ServiceConfig{Name: "nightly", Groups: []string{"batch"}})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{store: storetest.NewMemory(), people: everybody(t, "alice", "bob"), now: t0}
	w.Service = &tokens.Service{
		Store:     w.store,
		Verify:    w.verify,
		Principal: func(name string) (identity.Principal, error) { return w.people.Principal(name) },
		Now:       func() time.Time { return w.now },
		NewID: func(prefix string) string {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.ids++
			return fmt.Sprintf("%s_%d", prefix, w.ids)
		},
		Log: slog.New(slog.NewJSONHandler(&w.log, nil)),
		OnReplay: func(issuer string) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.replays = append(w.replays, issuer)
		},
	}
	return w
}

// verify takes "alice#1" for a JWT of alice's with the id 1, "once:nightly#2" for
// one of the service that may be used once.
func (w *world) verify(_ context.Context, jwt string) (tokens.Verified, error) {
	name, id, ok := strings.Cut(jwt, "#")
	name, once := strings.CutPrefix(name, "once:")
	if !ok {
		return tokens.Verified{}, errBad
	}
	v := tokens.Verified{Issuer: "corp", Subject: "sub-of-" + name, ID: id, SingleUse: once, IssuedAt: t0, Expires: t0.Add(10 * time.Minute)}
	if name == "nightly" {
		v.Principal = identity.Principal{
			Kind: identity.Service, Name: identity.ServiceName(name), For: "bob",
			Claims: []identity.Claim{{Name: "repository", Value: "acme/shop"}},
		}
		return v, nil
	}
	p, err := w.people.Principal(name)
	v.Principal = p
	return v, err
}

var errBad = fault.New(fault.Denied, "This identity token is not good.", "")

func (w *world) exchange(t *testing.T, jwt string) (credentials.Secret, tokens.Token) {
	t.Helper()
	secret, tok, err := w.Exchange(t.Context(), credentials.NewSecret(jwt))
	if err != nil {
		t.Fatal(err)
	}
	return secret, tok
}

func (w *world) person(t *testing.T, name string) identity.Principal {
	t.Helper()
	p, err := w.people.Person(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// told is the types of the stored events.
func (w *world) told(t *testing.T) []audit.Type {
	t.Helper()
	events, err := w.store.Told(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var types []audit.Type
	for _, ev := range events {
		types = append(types, ev.Type)
	}
	return types
}

func TestATokenIsItsHoldersForItsTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		jwt, prefix, who string
		lives            time.Duration
	}{
		{"alice#1", "dba_p_", "person:alice", 12 * time.Hour},
		{"nightly#2", "dba_s_", "service:nightly", time.Hour},
	} {
		w.now = t0
		secret, tok := w.exchange(t, c.jwt)
		if text := secret.Reveal(); !strings.HasPrefix(text, c.prefix) || !tokens.LooksLike(text) {
			t.Errorf("%s: its form is not that of a token", c.jwt)
		}
		w.now = t0.Add(c.lives - time.Microsecond)
		p, got, err := w.Who(t.Context(), secret, tokens.API)
		if err != nil || p.ID() != c.who || got.ID != tok.ID {
			t.Errorf("%s, at its last moment: %s, %+v, %v", c.jwt, p.ID(), got, err)
		}
		w.now = t0.Add(c.lives)
		if _, _, err := w.Who(t.Context(), secret, tokens.API); !errors.Is(err, tokens.ErrExpired) || !tokens.Unauthenticated(err) {
			t.Errorf("%s, a moment later: %v", c.jwt, err)
		}
	}
}

func TestAServiceKeepsWhatItsRunIsAndTakesItsGroupsFromTheDirectory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret, _ := w.exchange(t, "nightly#1")
	p, _, err := w.Who(t.Context(), secret, tokens.API)
	if err != nil {
		t.Fatal(err)
	}
	if p.For != "bob" || !slices.Equal(p.Claims, []identity.Claim{{Name: "repository", Value: "acme/shop"}}) || !slices.Equal(p.Groups, []string{"batch"}) {
		t.Errorf("it is %+v", p)
	}
}

func TestWhoeverIsTakenOutOfTheConfigLosesEveryTokenAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hers, _ := w.exchange(t, "alice#1")
	agents, _, err := w.IssueAgent(t.Context(), w.person(t, "alice"), "claude", 0)
	if err != nil {
		t.Fatal(err)
	}
	his, _ := w.exchange(t, "bob#2")
	w.people = everybody(t, "bob")
	for _, secret := range []credentials.Secret{hers, agents} {
		if p, _, err := w.Who(t.Context(), secret, tokens.API); !errors.Is(err, tokens.ErrGone) || p.Name != "" {
			t.Errorf("a token of hers: %+v, %v", p, err)
		}
	}
	if _, _, err := w.Who(t.Context(), his, tokens.API); err != nil {
		t.Errorf("his: %v", err)
	}
}

func TestADirectoryThatFailsLetsNobodyIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret, _ := w.exchange(t, "alice#1")
	w.Principal = func(string) (identity.Principal, error) { return identity.Principal{}, errors.New("it is broken") }
	if _, _, err := w.Who(t.Context(), secret, tokens.API); err == nil || tokens.Unauthenticated(err) {
		t.Errorf("got %v", err)
	}
}

func TestAnAgentsTokenIsForItsDoor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hers, _ := w.exchange(t, "alice#1")
	jobs, _ := w.exchange(t, "nightly#2")
	agents, tok, err := w.IssueAgent(t.Context(), w.person(t, "alice"), "claude", time.Hour)
	if err != nil || tok.Principal != "claude@alice" || tok.For != "alice" || tok.Audience != tokens.MCP {
		t.Fatalf("%+v, %v", tok, err)
	}
	for name, secret := range map[string]credentials.Secret{"a person": hers, "a service": jobs} {
		if _, _, err := w.Who(t.Context(), secret, tokens.MCP); !errors.Is(err, tokens.ErrNotAgent) {
			t.Errorf("%s at the agents' door: %v", name, err)
		}
	}
	for _, door := range []tokens.Audience{tokens.MCP, tokens.API} {
		if p, _, err := w.Who(t.Context(), agents, door); err != nil || p.ID() != "agent:claude@alice" || p.For != "alice" || !p.In("staff") {
			t.Errorf("the agent at %s: %+v, %v", door, p, err)
		}
	}
	if _, _, err := w.Who(t.Context(), agents, "elsewhere"); err == nil {
		t.Error("the agent is let in at a door that is not there")
	}
}

func TestOnlyPeopleGiveAgentsTokensAndOnlyForAWhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.person(t, "alice")
	agent, _ := w.people.Principal("claude@alice")
	service, _ := w.people.Principal("service/nightly")
	for _, c := range []struct {
		who  identity.Principal
		name string
		ttl  time.Duration
		kind fault.Kind
	}{
		{agent, "other", 0, fault.Denied},
		{service, "other", 0, fault.Denied},
		{identity.OperatorPrincipal("root"), "other", 0, fault.Denied},
		{alice, "Claude", 0, fault.Invalid},
		{alice, "", 0, fault.Invalid},
		{alice, "x@bob", 0, fault.Invalid},
		{alice, "service/nightly", 0, fault.Invalid},
		{alice, "claude", 59 * time.Second, fault.Invalid},
		{alice, "claude", -time.Hour, fault.Invalid},
		{alice, "claude", 30*24*time.Hour + 1, fault.Invalid},
	} {
		if _, tok, err := w.IssueAgent(t.Context(), c.who, c.name, c.ttl); fault.KindOf(err) != c.kind {
			t.Errorf("%s gives %q a token for %v: %+v, %v", c.who.ID(), c.name, c.ttl, tok, err)
		}
	}
	if got := w.told(t); len(got) != 0 {
		t.Errorf("told %v", got)
	}
	for ttl, want := range map[time.Duration]time.Duration{0: 8 * time.Hour, time.Minute: time.Minute, 30 * 24 * time.Hour: 30 * 24 * time.Hour} {
		_, tok, err := w.IssueAgent(t.Context(), alice, "claude", ttl)
		if err != nil || tok.Expires.Sub(tok.At) != want {
			t.Errorf("for %v: %v, %v", ttl, tok.Expires.Sub(tok.At), err)
		}
	}
}

func TestAPersonsAgentsHaveSoManyTokensAndNoMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.person(t, "alice")
	var last tokens.Token
	for i := range tokens.AgentTokens {
		_, tok, err := w.IssueAgent(t.Context(), alice, fmt.Sprintf("a%d", i), 0)
		if err != nil {
			t.Fatal(err)
		}
		last = tok
	}
	if _, _, err := w.IssueAgent(t.Context(), alice, "more", 0); !errors.Is(err, tokens.ErrManyAgents) || !strings.Contains(err.Error(), "20 tokens") {
		t.Errorf("one more: %v", err)
	}
	if err := w.End(t.Context(), alice, last.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.IssueAgent(t.Context(), alice, "more", 0); err != nil {
		t.Errorf("after one was ended: %v", err)
	}
}

func TestTheConfigSetsHowLongTokensLive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Lifetimes = tokens.Lifetimes{Person: time.Hour, Service: 10 * time.Minute, Agent: 5 * time.Hour, AgentMost: 2 * time.Hour}
	_, hers := w.exchange(t, "alice#1")
	_, jobs := w.exchange(t, "nightly#2")
	_, agents, err := w.IssueAgent(t.Context(), w.person(t, "alice"), "claude", 0)
	if err != nil {
		t.Fatal(err)
	}
	for i, tok := range []tokens.Token{hers, jobs, agents} {
		if want := []time.Duration{time.Hour, 10 * time.Minute, 2 * time.Hour}[i]; tok.Expires.Sub(tok.At) != want {
			t.Errorf("%s: %v, want %v", tok.Principal, tok.Expires.Sub(tok.At), want)
		}
	}
	if _, _, err := w.IssueAgent(t.Context(), w.person(t, "alice"), "claude", 3*time.Hour); fault.KindOf(err) != fault.Invalid || !strings.Contains(fault.Show(err).Hint, "2h") {
		t.Errorf("longer than that: %v", err)
	}
}

func TestASecondUseOfAnIdentityEndsWhatTheFirstWasGiven(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, jwt := range []string{"once:nightly#1", "alice#2"} { // a sign-in counts once whatever the config says
		secret, _ := w.exchange(t, jwt)
		if _, _, err := w.Exchange(t.Context(), credentials.NewSecret(jwt)); !errors.Is(err, tokens.ErrReplayed) || tokens.Unauthenticated(err) {
			t.Fatalf("%s again: %v", jwt, err)
		}
		if _, _, err := w.Who(t.Context(), secret, tokens.API); !errors.Is(err, tokens.ErrEnded) {
			t.Errorf("what %s was given: %v", jwt, err)
		}
		if len(w.replays) != i+1 || w.replays[i] != "corp" {
			t.Errorf("the alarm rang for %v", w.replays)
		}
	}
	want := []audit.Type{audit.TokenIssued, audit.TokenRefused, audit.TokenEnded}
	if got := w.told(t); !slices.Equal(got, append(want, want...)) {
		t.Errorf("told %v", got)
	}
	// A third use ends nothing more, and is told of all the same.
	if _, _, err := w.Exchange(t.Context(), credentials.NewSecret("alice#2")); !errors.Is(err, tokens.ErrReplayed) {
		t.Errorf("a third use: %v", err)
	}
	if got := w.told(t); got[len(got)-1] != audit.TokenRefused || len(got) != 7 {
		t.Errorf("told %v", got)
	}
}

func TestAnIdentityThatMayBeUsedAgainIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, _ := w.exchange(t, "nightly#1")
	second, _ := w.exchange(t, "nightly#1")
	for _, secret := range []credentials.Secret{first, second} {
		if _, _, err := w.Who(t.Context(), secret, tokens.API); err != nil {
			t.Error(err)
		}
	}
}

func TestOfTwoExchangesAtOnceOneWins(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	errs := make([]error, 8)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { _, _, errs[i] = w.Exchange(t.Context(), credentials.NewSecret("once:nightly#1")) })
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if !errors.Is(err, tokens.ErrReplayed) {
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d won", won)
	}
	if list, err := w.All(t.Context(), tokens.Filter{LiveAt: t0}); err != nil || len(list) != 0 {
		t.Errorf("still good: %+v, %v", list, err)
	}
}

func TestWhatTheVerifierRefusesIsRefusedAsItSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, _, err := w.Exchange(t.Context(), credentials.NewSecret("nonsense")); !errors.Is(err, errBad) {
		t.Errorf("got %v", err)
	}
	w.Verify = func(context.Context, string) (tokens.Verified, error) {
		return tokens.Verified{Principal: identity.Principal{Kind: identity.Agent, Name: "claude@alice", For: "alice"}}, nil
	}
	if _, _, err := w.Exchange(t.Context(), credentials.NewSecret("an agent's")); fault.KindOf(err) != fault.Denied {
		t.Errorf("an agent: %v", err)
	}
	w.Verify = nil
	if _, _, err := w.Exchange(t.Context(), credentials.NewSecret("alice#1")); !errors.Is(err, tokens.ErrNoIssuer) {
		t.Errorf("without issuers: %v", err)
	}
}

func TestOnlyWhoeverATokenConcernsEndsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.person(t, "alice"), w.person(t, "bob")
	agent, _ := w.people.Principal("claude@alice")
	other, _ := w.people.Principal("other@alice")
	service, _ := w.people.Principal("service/nightly")
	operator := identity.OperatorPrincipal("root")
	issue := map[string]func() (credentials.Secret, tokens.Token){
		"alice": func() (credentials.Secret, tokens.Token) {
			w.ids++
			return w.exchange(t, fmt.Sprintf("alice#x%d", w.ids))
		},
		"agent": func() (credentials.Secret, tokens.Token) {
			s, tok, err := w.IssueAgent(t.Context(), alice, "claude", 0)
			if err != nil {
				t.Fatal(err)
			}
			return s, tok
		},
		"service": func() (credentials.Secret, tokens.Token) { return w.exchange(t, "nightly#1") }, // bob started it
	}
	for _, c := range []struct {
		of  string
		who identity.Principal
		may bool
	}{
		{"alice", alice, true},
		{"alice", bob, false},
		{"alice", agent, false},
		{"alice", service, false},
		{"alice", operator, true},
		{"agent", alice, true},
		{"agent", agent, true},
		{"agent", other, false},
		{"agent", bob, false},
		{"service", service, true},
		{"service", bob, false},
		{"service", operator, true},
	} {
		secret, tok := issue[c.of]()
		err := w.End(t.Context(), c.who, tok.ID)
		if (err == nil) != c.may || err != nil && !errors.Is(err, tokens.ErrNoToken) {
			t.Errorf("%s ends the token of %s: %v", c.who.ID(), c.of, err)
		}
		_, _, err = w.Who(t.Context(), secret, tokens.API)
		if errors.Is(err, tokens.ErrEnded) != c.may {
			t.Errorf("after %s wanted to end the token of %s: %v", c.who.ID(), c.of, err)
		}
		if again := w.End(t.Context(), c.who, tok.ID); c.may && again != nil {
			t.Errorf("ending it again: %v", again)
		}
	}
}

func TestAPersonSeesTheirTokensAndTheirAgents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, hers := w.exchange(t, "alice#1")
	_, his := w.exchange(t, "bob#2")
	w.exchange(t, "nightly#3") // which bob started
	w.now = t0.Add(time.Second)
	_, agents, err := w.IssueAgent(t.Context(), w.person(t, "alice"), "claude", 0)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]string{"alice": {agents.ID, hers.ID}, "bob": {his.ID}} {
		list, err := w.List(t.Context(), w.person(t, name))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, tok := range list {
			got = append(got, tok.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s sees %v, want %v", name, got, want)
		}
	}
}

func TestNoTokenStandsWhereOthersRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const jwt = "once:nightly#eyJhbGciOi"
	secret, tok := w.exchange(t, jwt)
	var said strings.Builder
	for range 2 { // a replay, and the alarm for it
		_, _, err := w.Exchange(t.Context(), credentials.NewSecret(jwt))
		fmt.Fprintf(&said, "%v %+v\n", err, fault.Show(err))
	}
	_, _, err := w.Who(t.Context(), secret, tokens.API)
	fmt.Fprintf(&said, "%v %+v %v %+v %#v\n", err, fault.Show(err), secret, tok, secret)
	events, _ := w.store.Told(t.Context())
	for _, ev := range events {
		body, err := audit.Canonical(ev)
		if err != nil {
			t.Fatal(err)
		}
		said.Write(body)
	}
	asJSON, err := json.Marshal(map[string]any{"secret": secret, "token": tok})
	if err != nil {
		t.Fatal(err)
	}
	said.Write(asJSON)
	said.WriteString(w.log.String())
	for _, text := range []string{secret.Reveal(), secret.Reveal()[6:58], jwt, "eyJhbGciOi"} {
		if strings.Contains(said.String(), text) {
			t.Errorf("it can be read in\n%s", said.String())
		}
	}
	if !strings.Contains(w.log.String(), "service:nightly") {
		t.Errorf("the log does not tell of the replay: %s", w.log.String())
	}
}
