package storetest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"dbaccess/audit"
	"dbaccess/internal/identity"
	"dbaccess/internal/tokens"
)

// Witness tells which events about tokens have been stored, in their order.
type Witness interface {
	Told(ctx context.Context) ([]audit.Event, error)
}

var t0 = time.Date(2026, 11, 22, 1, 2, 3, 456000, time.UTC)

// Run runs the suite. Open returns an empty store of its own, which is also a
// [Witness]; it lives until t ends.
func Run(t *testing.T, open func(t *testing.T) tokens.Store) {
	t.Helper()
	for _, test := range []struct {
		name string
		run  func(*testing.T, subject)
	}{
		{"a token comes back as it was stored", comesBack},
		{"an unknown token is not found", unknown},
		{"of one use of an identity, one token is stored", usesOnce},
		{"of many uses at once, exactly one wins, and what it won is ended", usesOnceAtOnce},
		{"a replay long after leaves what is over as it is", replaysLate},
		{"different identities do not meet", usesOthers},
		{"a token is ended once", endsOnce},
		{"an expired token is not ended", endsNoneExpired},
		{"what cannot be told is not done", badEventNoChange},
		{"of many tokens for agents at once, no more than may be are stored", boundsAgents},
		{"lists newest first, of a person with their agents", lists},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			w, ok := s.(Witness)
			if !ok {
				t.Fatalf("%T is no storetest.Witness: give it the method Told, in a test file", s)
			}
			test.run(t, subject{s, w})
		})
	}
}

type subject struct {
	tokens.Store
	witness Witness
}

// told is the types of the stored events about tokens.
func (s subject) told(t *testing.T, want ...audit.Type) {
	t.Helper()
	events, err := s.witness.Told(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []audit.Type
	for _, ev := range events {
		got = append(got, ev.Type)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("told %v, want %v", got, want)
	}
}

// sample is a token of the service nightly, good for an hour.
func sample() (tokens.Token, [32]byte) {
	t := tokens.Token{
		ID: "tok_" + strings.ToLower(rand.Text()), Principal: identity.ServiceName("nightly"), For: "alice", Audience: tokens.API,
		Claims: []identity.Claim{{Name: "ref", Value: "refs/heads/main"}, {Name: "repository", Value: "acme/shop"}},
		Issuer: "github", Subject: "repo:acme/shop", At: t0, Expires: t0.Add(time.Hour),
	}
	return t, sha256.Sum256([]byte(t.ID))
}

func agent() (tokens.Token, [32]byte) {
	t, sum := sample()
	t.Principal, t.For, t.Audience, t.Claims, t.Issuer, t.Subject = "claude@alice", "alice", tokens.MCP, nil, "", ""
	return t, sum
}

func event(what audit.Type, t tokens.Token) audit.Event {
	return audit.Event{At: t0, Type: what, Actor: "service:nightly", Details: map[string]any{"token": t.ID}}
}

// replayed ends the first token, a minute later.
func replayed(told *[]tokens.Token) tokens.Replayed {
	return tokens.Replayed{At: t0.Add(time.Minute), By: "system:tokens", Events: func(first tokens.Token) []audit.Event {
		if told != nil {
			*told = append(*told, first)
		}
		return []audit.Event{event(audit.TokenRefused, first), event(audit.TokenEnded, first)}
	}}
}

func (s subject) insert(t *testing.T, tok tokens.Token, sum [32]byte, once *tokens.Once) {
	t.Helper()
	if err := s.InsertToken(t.Context(), tok, sum, once, event(audit.TokenIssued, tok), replayed(nil)); err != nil {
		t.Fatal(err)
	}
}

func (s subject) get(t *testing.T, id string) tokens.Token {
	t.Helper()
	tok, err := s.Token(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func comesBack(t *testing.T, s subject) {
	for _, make := range []func() (tokens.Token, [32]byte){sample, agent} {
		tok, sum := make()
		s.insert(t, tok, sum, nil)
		if got := s.get(t, tok.ID); !reflect.DeepEqual(got, tok) {
			t.Errorf("got %+v\nwant %+v", got, tok)
		}
		if got, err := s.TokenBySum(t.Context(), sum); err != nil || !reflect.DeepEqual(got, tok) {
			t.Errorf("by its sum: %+v, %v", got, err)
		}
	}
	s.told(t, audit.TokenIssued, audit.TokenIssued)
}

func unknown(t *testing.T, s subject) {
	if _, err := s.Token(t.Context(), "tok_none"); !errors.Is(err, tokens.ErrNoToken) {
		t.Errorf("by id: %v", err)
	}
	if _, err := s.TokenBySum(t.Context(), [32]byte{1}); !errors.Is(err, tokens.ErrNoToken) {
		t.Errorf("by sum: %v", err)
	}
	_, err := s.EndToken(t.Context(), "tok_none", t0, "operator:root", func(t tokens.Token) audit.Event { return event(audit.TokenEnded, t) })
	if !errors.Is(err, tokens.ErrNoToken) {
		t.Errorf("end: %v", err)
	}
	s.told(t)
}

func usesOnce(t *testing.T, s subject) {
	once := &tokens.Once{Sum: [32]byte{7}, Until: t0.Add(time.Hour)}
	first, sum := sample()
	s.insert(t, first, sum, once)
	second, sum2 := sample()
	var told []tokens.Token
	err := s.InsertToken(t.Context(), second, sum2, once, event(audit.TokenIssued, second), replayed(&told))
	if !errors.Is(err, tokens.ErrReplayed) {
		t.Fatalf("the second use: %v", err)
	}
	if len(told) != 1 || !reflect.DeepEqual(told[0], first) {
		t.Errorf("the events were made of %+v", told)
	}
	if _, err := s.Token(t.Context(), second.ID); !errors.Is(err, tokens.ErrNoToken) {
		t.Errorf("the second token is stored: %v", err)
	}
	if got := s.get(t, first.ID); !got.EndedAt.Equal(t0.Add(time.Minute)) || got.EndedBy != "system:tokens" {
		t.Errorf("the first is %+v", got)
	}
	s.told(t, audit.TokenIssued, audit.TokenRefused, audit.TokenEnded)
}

func usesOnceAtOnce(t *testing.T, s subject) {
	once := &tokens.Once{Sum: [32]byte{8}, Until: t0.Add(time.Hour)}
	const n = 8
	ids, errs := make([]string, n), make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			tok, sum := sample()
			ids[i] = tok.ID
			errs[i] = s.InsertToken(t.Context(), tok, sum, once, event(audit.TokenIssued, tok), replayed(nil))
		})
	}
	all.Wait()
	won := 0
	for i, err := range errs {
		if err == nil {
			won++
			if got := s.get(t, ids[i]); got.EndedAt.IsZero() {
				t.Error("what the winner got is still good")
			}
		} else if !errors.Is(err, tokens.ErrReplayed) {
			t.Errorf("a loser: %v", err)
		}
	}
	if won != 1 {
		t.Errorf("%d won", won)
	}
}

func boundsAgents(t *testing.T, s subject) {
	put := func(change func(*tokens.Token)) error {
		tok, sum := agent()
		if change != nil {
			change(&tok)
		}
		return s.InsertAgentToken(t.Context(), tok, sum, 3, event(audit.TokenIssued, tok))
	}
	const n = 8
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = put(func(tok *tokens.Token) { tok.Expires = t0.Add(time.Minute) }) })
	}
	all.Wait()
	stored := 0
	for _, err := range errs {
		switch {
		case err == nil:
			stored++
		case !errors.Is(err, tokens.ErrManyAgents):
			t.Errorf("one of them: %v", err)
		}
	}
	if stored != 3 {
		t.Errorf("%d of %d were stored", stored, n)
	}
	if err := put(func(tok *tokens.Token) { tok.Principal, tok.For = "claude@bob", "bob" }); err != nil {
		t.Errorf("another person's: %v", err)
	}
	if err := put(nil); !errors.Is(err, tokens.ErrManyAgents) {
		t.Errorf("one more: %v", err)
	}
	if err := put(func(tok *tokens.Token) { tok.At = t0.Add(time.Minute) }); err != nil { // those have expired by then
		t.Errorf("later: %v", err)
	}
}

func replaysLate(t *testing.T, s subject) {
	once := &tokens.Once{Sum: [32]byte{9}, Until: t0.Add(time.Hour)}
	first, sum := sample()
	first.Expires = t0.Add(time.Minute) // which is when the replay comes
	s.insert(t, first, sum, once)
	second, sum2 := sample()
	if err := s.InsertToken(t.Context(), second, sum2, once, event(audit.TokenIssued, second), replayed(nil)); !errors.Is(err, tokens.ErrReplayed) {
		t.Fatalf("the second use: %v", err)
	}
	if got := s.get(t, first.ID); !got.EndedAt.IsZero() {
		t.Errorf("what was over already was ended: %+v", got)
	}
}

func usesOthers(t *testing.T, s subject) {
	for i := range byte(3) {
		tok, sum := sample()
		s.insert(t, tok, sum, &tokens.Once{Sum: [32]byte{10, i}, Until: t0.Add(time.Hour)})
	}
	s.told(t, audit.TokenIssued, audit.TokenIssued, audit.TokenIssued)
}

func endsOnce(t *testing.T, s subject) {
	tok, sum := sample()
	s.insert(t, tok, sum, nil)
	for i, by := range []string{"person:alice", "operator:root"} {
		got, err := s.EndToken(t.Context(), tok.ID, t0.Add(time.Duration(i+1)*time.Second), by, func(t tokens.Token) audit.Event { return event(audit.TokenEnded, t) })
		if err != nil || !got.EndedAt.Equal(t0.Add(time.Second)) || got.EndedBy != "person:alice" {
			t.Errorf("end by %s: %+v, %v", by, got, err)
		}
	}
	if got := s.get(t, tok.ID); !got.EndedAt.Equal(t0.Add(time.Second)) || got.Live(t0) {
		t.Errorf("stored: %+v", got)
	}
	s.told(t, audit.TokenIssued, audit.TokenEnded)
}

func endsNoneExpired(t *testing.T, s subject) {
	tok, sum := sample()
	s.insert(t, tok, sum, nil)
	got, err := s.EndToken(t.Context(), tok.ID, tok.Expires, "person:alice", func(t tokens.Token) audit.Event { return event(audit.TokenEnded, t) })
	if err != nil || !got.EndedAt.IsZero() {
		t.Errorf("got %+v, %v", got, err)
	}
	s.told(t, audit.TokenIssued)
}

func badEventNoChange(t *testing.T, s subject) {
	poison := func(t tokens.Token) audit.Event {
		ev := event(audit.TokenIssued, t)
		ev.Details["ratio"] = 0.5 // has no canonical form
		return ev
	}
	once := &tokens.Once{Sum: [32]byte{11}, Until: t0.Add(time.Hour)}
	tok, sum := sample()
	if err := s.InsertToken(t.Context(), tok, sum, once, poison(tok), replayed(nil)); !errors.Is(err, audit.ErrEvent) {
		t.Fatalf("insert: %v", err)
	}
	if _, err := s.Token(t.Context(), tok.ID); !errors.Is(err, tokens.ErrNoToken) {
		t.Errorf("it is stored: %v", err)
	}
	s.insert(t, tok, sum, once) // nor was the identity used
	if _, err := s.EndToken(t.Context(), tok.ID, t0, "person:alice", poison); !errors.Is(err, audit.ErrEvent) {
		t.Fatalf("end: %v", err)
	}
	again, sum2 := sample()
	bad := tokens.Replayed{At: t0, By: "system:tokens", Events: func(first tokens.Token) []audit.Event { return []audit.Event{poison(first)} }}
	if err := s.InsertToken(t.Context(), again, sum2, once, event(audit.TokenIssued, again), bad); !errors.Is(err, audit.ErrEvent) {
		t.Fatalf("replay: %v", err)
	}
	if got := s.get(t, tok.ID); !got.EndedAt.IsZero() {
		t.Errorf("it was ended without its event: %+v", got)
	}
	s.told(t, audit.TokenIssued)
}

func lists(t *testing.T, s subject) {
	var ids []string
	for i, make := range []func() (tokens.Token, [32]byte){sample, agent, sample} {
		tok, sum := make()
		tok.At = t0.Add(time.Duration(i) * time.Second)
		if i == 2 {
			tok.Principal, tok.For, tok.Claims = "alice", "", nil
		}
		s.insert(t, tok, sum, nil)
		ids = append(ids, tok.ID)
	}
	service, claude, alice := ids[0], ids[1], ids[2]
	if _, err := s.EndToken(t.Context(), service, t0, "operator:root", func(t tokens.Token) audit.Event { return event(audit.TokenEnded, t) }); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		f    tokens.Filter
		want []string
	}{
		{tokens.Filter{}, []string{alice, claude, service}},
		{tokens.Filter{Limit: 2}, []string{alice, claude}},
		{tokens.Filter{Principal: "alice"}, []string{alice}},
		{tokens.Filter{Of: "alice"}, []string{alice, claude}}, // not the service's job, which she only started
		{tokens.Filter{Of: "claude@alice"}, []string{claude}},
		{tokens.Filter{LiveAt: t0.Add(time.Minute)}, []string{alice, claude}},
		{tokens.Filter{LiveAt: t0.Add(time.Hour)}, nil},
		{tokens.Filter{Of: "bob"}, nil},
	} {
		list, err := s.Tokens(t.Context(), c.f)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, tok := range list {
			got = append(got, tok.ID)
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%+v: got %v, want %v", c.f, got, c.want)
		}
	}
}
