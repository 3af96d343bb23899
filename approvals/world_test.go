package approvals_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"dbaccess/approvals"
	"dbaccess/approvals/policy"
	"dbaccess/audit"
	"dbaccess/guardrails"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
)

// world is a service with everything around it, in memory and settable.
type world struct {
	*approvals.Service
	t     *testing.T
	store *memory

	mu     sync.Mutex
	clock  time.Time
	ids    int
	policy *policy.Set
	people map[string]identity.Principal
	dbs    map[string]approvals.Database
	away   error // what looking up a person meets
}

// The policy of most tests: masked reads of one owner by reaction too, reads of
// two, no writes on Sundays of the name, low statements at once.
const rules = `version: 1
rules:
  - {name: no-ledger, databases: [ledger], deny: The ledger is not for people.}
  - {name: masked, kinds: [access], profiles: [masked-read], review: {groups: [owners], reactions: true, expires: 4h}}
  - {name: reads, kinds: [access], profiles: [read], review: {seats: [{groups: [owners], count: 2}]}}
  - {name: open, kinds: [access], profiles: [open], allow: true}
  - {name: low, kinds: [statement], statements: [read], levels: [low], allow: true}
  - {name: statements, kinds: [statement], statements: [read, write], review: {groups: [owners, admins]}}
  - {name: no-code, statements: [admin], deny: No code here.}
`

func newWorld(t *testing.T) *world {
	w := &world{t: t, store: newMemory(), clock: time.Date(2026, 11, 21, 12, 0, 0, 123, time.UTC)}
	w.people = map[string]identity.Principal{}
	for name, groups := range map[string][]string{
		"alice": {"owners"}, "bob": {"owners"}, "carol": {"admins", "owners"}, "dora": {"admins"}, "eve": {"staff"},
	} {
		w.people[name] = identity.Principal{Kind: identity.Person, Name: name, Email: name + "@example.com", Groups: groups}
	}
	profiles := []approvals.Profile{
		{Name: "masked-read", Max: 8 * time.Hour, Default: time.Hour, Masked: true, Settings: []approvals.Setting{{Name: "search_path", Value: "masked"}}},
		{Name: "read", Max: 4 * time.Hour, Default: time.Hour},
		{Name: "open", Max: time.Hour, Default: time.Minute},
	}
	w.dbs = map[string]approvals.Database{
		"shop": {
			Name: "shop", Tags: []string{"production"}, Profiles: profiles, RowBound: 1000,
			Runs: []approvals.Run{
				{Kinds: []guardrails.Kind{guardrails.Read}, Profile: "masked-read"},
				{Kinds: []guardrails.Kind{guardrails.Read, guardrails.Write, guardrails.DDL}, Profile: "read"},
			},
		},
		"ledger": {Name: "ledger", Profiles: profiles},
	}
	w.setPolicy(rules)
	w.Service = &approvals.Service{
		Store:  w.store,
		Policy: func() *policy.Set { w.mu.Lock(); defer w.mu.Unlock(); return w.policy },
		Principal: func(name string) (identity.Principal, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			p, ok := w.people[name]
			if !ok && w.away == nil {
				return p, fault.New(fault.NotFound, "There is no person named "+name+".", "")
			}
			return p, w.away
		},
		Database: func(name string) (approvals.Database, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			db, ok := w.dbs[name]
			if !ok {
				return db, fault.New(fault.NotFound, "There is no database "+name+".", "There are ledger and shop.")
			}
			return db, nil
		},
		Classify: classify,
		Now:      func() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.clock },
		NewID: func(prefix string) string {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.ids++
			return fmt.Sprintf("%s_%04d", prefix, w.ids)
		},
		DecideBy:    8 * time.Hour,
		ClaimWithin: 2 * time.Hour,
	}
	return w
}

// classify stands for guardrails: it goes by the first word.
func classify(_ context.Context, _, sql string) guardrails.Verdict {
	v := guardrails.Verdict{Kind: guardrails.Read, Level: guardrails.Low, Findings: []guardrails.Finding{}, Statements: 1 + strings.Count(strings.TrimRight(sql, "; \n"), ";")}
	word, _, _ := strings.Cut(strings.TrimSpace(sql), " ")
	switch strings.ToUpper(word) {
	case "DELETE":
		v.Kind, v.Level = guardrails.Write, guardrails.Medium
		v.Findings = []guardrails.Finding{{Rule: "GR001", Level: guardrails.Medium}}
	case "DROP":
		v.Kind, v.Level = guardrails.DDL, guardrails.High
	case "DO":
		v.Kind, v.Level = guardrails.Admin, guardrails.Critical
	case "COSTLY":
		v.Level = guardrails.High
	case "--":
		v.Statements = 0
	}
	return v
}

func (w *world) setPolicy(rules string) {
	w.t.Helper()
	set, err := policy.Parse(policy.File{Name: "p.yaml", Data: []byte(rules)})
	if err != nil {
		w.t.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.policy = set
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = w.clock.Add(d)
}

func (w *world) who(name string) identity.Principal {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.people[name]
}

// access is what alice asks for in most tests.
func access(profile string) approvals.Ask {
	return approvals.Ask{Kind: approvals.Access, Database: "shop", Profile: profile, Reason: "INC-42: refund stuck"}
}

func statement(sql string) approvals.Ask {
	return approvals.Ask{Kind: approvals.Statement, Database: "shop", Statement: sql}
}

// submit asks as alice.
func (w *world) submit(ask approvals.Ask) approvals.Request {
	w.t.Helper()
	r, err := w.Submit(w.t.Context(), w.who("alice"), ask)
	if err != nil {
		w.t.Fatalf("submit: %v", err)
	}
	return r
}

// review answers about what r shows.
func (w *world) review(who string, r approvals.Request, answer approvals.Answer) (approvals.Request, error) {
	o := approvals.Opinion{Request: r.ID, Digest: r.Digest, Answer: answer, Via: approvals.ByButton}
	if answer == approvals.Refuse {
		o.Reason = "not today"
	}
	return w.Review(w.t.Context(), w.who(who), o)
}

func (w *world) react(who string, r approvals.Request, answer approvals.Answer) (approvals.Request, error) {
	return w.Review(w.t.Context(), w.who(who), approvals.Opinion{Request: r.ID, Digest: r.Digest, Answer: answer, Via: approvals.ByReaction})
}

// must fails the test on an error.
func (w *world) must(r approvals.Request, err error) approvals.Request {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	return w.stored(r)
}

// stored is r as the store has it, which must be what the service returned.
func (w *world) stored(r approvals.Request) approvals.Request {
	w.t.Helper()
	got, err := w.store.Request(w.t.Context(), r.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	if got.Version != r.Version || got.State != r.State || len(got.Reviews) != len(r.Reviews) || got.Outcome != r.Outcome {
		w.t.Errorf("the service returned another request than it stored\nreturned %+v\nstored %+v", r, got)
	}
	return got
}

// refused fails the test unless err is a fault of that kind whose sentence or
// hint has those words.
func (w *world) refused(err error, kind fault.Kind, words string) {
	w.t.Helper()
	f := fault.Show(err)
	if err == nil || f.Kind != kind || !strings.Contains(f.Msg+" "+f.Hint, words) {
		w.t.Errorf("got %v (%v), want a fault of kind %v saying %q", err, f.Kind, kind, words)
	}
}

// left fails the test unless r is in that state.
func (w *world) left(r approvals.Request, state approvals.State, outcome string) {
	w.t.Helper()
	if r.State != state || r.Outcome != outcome {
		w.t.Errorf("it is %s, %q; want %s, %q", r.State, r.Outcome, state, outcome)
	}
}

// seen is what is stored beside r.
func (w *world) seen(r approvals.Request) (events []audit.Type, todos []approvals.TodoKind, grants []approvals.Grant) {
	w.t.Helper()
	seen, err := w.store.Seen(w.t.Context(), r.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, todo := range seen.Todos {
		todos = append(todos, todo.Kind)
	}
	return seen.Events, todos, seen.Grants
}

func (w *world) events(r approvals.Request, want ...audit.Type) {
	w.t.Helper()
	if got, _, _ := w.seen(r); !slices.Equal(got, want) {
		w.t.Errorf("events\n got %v\nwant %v", got, want)
	}
}

func (w *world) todos(r approvals.Request, want ...approvals.TodoKind) {
	w.t.Helper()
	if _, got, _ := w.seen(r); !slices.Equal(got, want) {
		w.t.Errorf("todos\n got %v\nwant %v", got, want)
	}
}

// last is the details of the newest event.
func (w *world) last() audit.Event {
	w.store.mu.Lock()
	defer w.store.mu.Unlock()
	return w.store.events[len(w.store.events)-1]
}

// grantOf is the grant that the request's approval opened; before, one that
// merely names the request.
func (w *world) grantOf(r approvals.Request) approvals.Grant {
	w.t.Helper()
	if _, _, grants := w.seen(r); len(grants) > 0 {
		return grants[0]
	}
	return approvals.Grant{Request: r.ID}
}
