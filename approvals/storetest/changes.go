package storetest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"dbaccess/approvals"
	"dbaccess/audit"
	"dbaccess/internal/identity"
)

func comesBack(t *testing.T, s subject) {
	for _, r := range []approvals.Request{access("alice"), statement("alice")} {
		got := s.insert(t, r)
		r.Version = 1
		same(t, got, r)
	}
}

func unknown(t *testing.T, s subject) {
	_, err := s.Request(t.Context(), approvals.RequestID(id("req")))
	if !errors.Is(err, approvals.ErrNoRequest) {
		t.Errorf("got %v, want ErrNoRequest", err)
	}
	r := access("alice")
	r.Version = 1
	if err := s.Update(t.Context(), r, change(r, audit.RequestCancelled)); err == nil {
		t.Error("a request that does not exist was updated")
	}
	if n := len(s.seen(t, r.ID).Events); n != 0 {
		t.Errorf("%d events tell of it", n)
	}
}

func insertStoresAll(t *testing.T, s subject) {
	r := access("alice")
	c := change(r, audit.RequestSubmitted)
	c.Todos = append(c.Todos, approvals.Todo{Kind: approvals.ExpireNow, ID: string(r.ID), At: r.ExpiresAt})
	if err := s.Insert(t.Context(), r, c); err != nil {
		t.Fatal(err)
	}
	seen := s.seen(t, r.ID)
	if want := []audit.Type{audit.RequestSubmitted}; !slices.Equal(seen.Events, want) {
		t.Errorf("events %v, want %v", seen.Events, want)
	}
	if got := kinds(seen.Todos); !slices.Equal(got, []approvals.TodoKind{approvals.DrawCard, approvals.ExpireNow}) {
		t.Fatalf("todos %v", got)
	}
	if got := seen.Todos[1].At; !got.Equal(r.ExpiresAt) {
		t.Errorf("expires at %v, want %v", got, r.ExpiresAt)
	}
}

func asksOnce(t *testing.T, s subject) {
	first := s.insert(t, access("alice"))
	second := access("alice")
	second.Once = first.Once
	if err := s.Insert(t.Context(), second, change(second, audit.RequestSubmitted)); !errors.Is(err, approvals.ErrAsked) {
		t.Fatalf("got %v, want ErrAsked", err)
	}
	if n := len(s.seen(t, second.ID).Events); n != 0 {
		t.Errorf("%d events tell of what was not stored", n)
	}
	found, err := s.Requests(t.Context(), approvals.Filter{Once: first.Once})
	if err != nil || len(found) != 1 || found[0].ID != first.ID {
		t.Errorf("found %v, %v; want the first", ids(found), err)
	}
	for range 2 { // an empty key is no key
		r := access("alice")
		r.Once = ""
		s.insert(t, r)
	}
}

func asksOnceAtOnce(t *testing.T, s subject) {
	once := "delivery-" + id("once")
	errs := atOnce(8, func() error {
		r := access("alice")
		r.Once = once
		return s.Insert(t.Context(), r, change(r, audit.RequestSubmitted))
	})
	oneWins(t, errs, approvals.ErrAsked)
	found, err := s.Requests(t.Context(), approvals.Filter{Once: once})
	if err != nil || len(found) != 1 {
		t.Errorf("found %v, %v; want one", ids(found), err)
	}
}

func updateRaises(t *testing.T, s subject) {
	r := s.insert(t, access("alice"))
	r.State, r.DecidedAt, r.Outcome = approvals.Cancelled, at.Add(time.Minute), "Cancelled by alice."
	got := s.update(t, r, audit.RequestCancelled)
	r.Version = 2
	same(t, got, r)

	r = s.insert(t, statement("alice"))
	r.Revision, r.Statement, r.Params, r.Settings = 2, "SELECT 1", nil, nil
	r.Digest[0] ^= 1
	got = s.update(t, r, audit.RequestRevised)
	r.Version = 2
	same(t, got, r)
}

func staleStoresNothing(t *testing.T, s subject) {
	old := s.insert(t, access("alice"))
	r := old
	r.Route.Rule = "another"
	fresh := s.update(t, r, audit.RequestRerouted)

	stale := old
	stale.State, stale.DecidedAt, stale.Outcome = approvals.Denied, at, "Denied by bob: no."
	stale.Reviews = append(stale.Reviews, review(stale, "bob", approvals.Refuse, 1))
	if err := s.Update(t.Context(), stale, change(stale, audit.RequestDenied)); !errors.Is(err, approvals.ErrStale) {
		t.Fatalf("got %v, want ErrStale", err)
	}
	same(t, s.read(t, old.ID), fresh)
	if got := s.seen(t, old.ID).Events; slices.Contains(got, audit.RequestDenied) {
		t.Errorf("events %v tell of what was not stored", got)
	}
}

func updatesAtOnce(t *testing.T, s subject) {
	r := s.insert(t, access("alice"))
	errs := atOnce(8, func() error {
		mine, grant := approved(r)
		c := change(mine, audit.RequestApproved)
		c.Grant = grant
		return s.Update(t.Context(), mine, c)
	})
	oneWins(t, errs, approvals.ErrStale)
	if n := len(s.seen(t, r.ID).Grants); n != 1 {
		t.Errorf("%d grants, want 1", n)
	}
}

func reviews(t *testing.T, s subject) {
	r := s.insert(t, access("alice"))
	r.Reviews = append(r.Reviews, review(r, "bob", approvals.Approve, 1))
	r = s.update(t, r, audit.ReviewGiven)
	r.Reviews[0].Withdrawn = at.Add(2 * time.Minute)
	r.Reviews = append(r.Reviews, review(r, "bob", approvals.Refuse, 2), review(r, "carol", approvals.Approve, 3))
	want := r
	got := s.update(t, r, audit.ReviewGiven)
	want.Version = 3
	same(t, got, want)
	listed, err := s.Requests(t.Context(), approvals.Filter{Requester: "alice"})
	if err != nil || len(listed) != 1 {
		t.Fatalf("listed %v, %v", ids(listed), err)
	}
	same(t, listed[0], want)
}

func opensGrant(t *testing.T, s subject) {
	r, grant := approved(s.insert(t, access("alice")))
	c := change(r, audit.RequestApproved)
	c.Events = append(c.Events, audit.Event{At: at, Type: audit.GrantOpened, Actor: "person:bob", Request: string(r.ID), Grant: string(grant.ID), Database: r.Database})
	c.Grant = grant
	if err := s.Update(t.Context(), r, c); err != nil {
		t.Fatal(err)
	}
	seen := s.seen(t, r.ID)
	if want := []audit.Type{audit.RequestSubmitted, audit.RequestApproved, audit.GrantOpened}; !slices.Equal(seen.Events, want) {
		t.Errorf("events %v, want %v", seen.Events, want)
	}
	if len(seen.Grants) != 1 {
		t.Fatalf("%d grants, want 1", len(seen.Grants))
	}
	got := seen.Grants[0]
	got.ApprovedAt, got.ClaimBy = got.ApprovedAt.UTC(), got.ClaimBy.UTC()
	if got != *grant {
		t.Errorf("grant came back otherwise\n got %+v\nwant %+v", got, *grant)
	}
	// An allow rule opens the grant as the request is stored; it has no deadline.
	r, grant = approved(access("alice"))
	r.ExpiresAt = time.Time{}
	c = change(r, audit.RequestApproved)
	c.Grant = grant
	if err := s.Insert(t.Context(), r, c); err != nil {
		t.Fatal(err)
	}
	r.Version = 1
	same(t, s.read(t, r.ID), r)
	if n := len(s.seen(t, r.ID).Grants); n != 1 {
		t.Errorf("%d grants of an allowed request, want 1", n)
	}
}

func storesRun(t *testing.T, s subject) {
	r, grant := approved(s.insert(t, statement("alice")))
	c := change(r, audit.RequestApproved)
	c.Grant = grant
	if err := s.Update(t.Context(), r, c); err != nil {
		t.Fatal(err)
	}
	r = s.read(t, r.ID)
	r.State, r.StartedAt = approvals.Executing, at.Add(2*time.Hour)
	r = s.update(t, r, audit.StatementStarted)
	r.Mark = approvals.Mark{XID: "18446744073709551615", System: "7710750659965938561/00000001", Epoch: "2026-11-21 22:10:39.228874+00", At: "2026-11-22 01:02:03+00", Rows: 17}
	got := s.update(t, r, audit.StatementCommitting)
	r.Version = 4
	same(t, got, r)
	r = got
	r.State, r.EndedAt, r.Rows, r.Outcome, r.Fate = approvals.Executed, at.Add(3*time.Hour), 17, "17 rows changed.", approvals.Committed
	got = s.update(t, r, audit.StatementExecuted)
	r.Version = 5
	same(t, got, r)
}

func storesFuse(t *testing.T, s subject) {
	r, grant := approved(s.insert(t, statement("alice")))
	c := change(r, audit.RequestApproved)
	c.Grant = grant
	if err := s.Update(t.Context(), r, c); err != nil {
		t.Fatal(err)
	}
	r = s.read(t, r.ID)
	r.For, r.Claims = "alice", []identity.Claim{{Name: "ref", Value: "refs/heads/main"}}
	r.State, r.StartedAt, r.EndedAt, r.Outcome = approvals.Failed, at.Add(2*time.Hour), at.Add(3*time.Hour), "Too many."
	r.Fused, r.Rows, r.FailedAt = true, 1200, 7
	got := s.update(t, r, audit.StatementFused)
	r.Version = 3
	same(t, got, r)
}

func noEventNoChange(t *testing.T, s subject) {
	r := access("alice")
	if err := s.Insert(t.Context(), r, approvals.Change{}); err == nil {
		t.Error("a request was stored without an event")
	}
	if _, err := s.Request(t.Context(), r.ID); !errors.Is(err, approvals.ErrNoRequest) {
		t.Errorf("got %v, want ErrNoRequest", err)
	}
	stored := s.insert(t, access("alice"))
	r = stored
	r.State, r.DecidedAt, r.Outcome = approvals.Cancelled, at, "Cancelled by alice."
	if err := s.Update(t.Context(), r, approvals.Change{Todos: change(r, "").Todos}); err == nil {
		t.Error("a change was stored without an event")
	}
	same(t, s.read(t, stored.ID), stored)
	if err := s.Note(t.Context(), approvals.Change{}); err == nil {
		t.Error("a note without an event was stored")
	}
}

func badEventNoChange(t *testing.T, s subject) {
	bad := func(r approvals.Request, what audit.Type) approvals.Change {
		c := change(r, what)
		c.Events = append(c.Events, audit.Event{
			At: at, Type: audit.GrantOpened, Actor: "person:bob", Request: string(r.ID),
			Details: map[string]any{"ratio": 0.5}, // floats have no canonical form
		})
		return c
	}
	r := access("alice")
	if err := s.Insert(t.Context(), r, bad(r, audit.RequestSubmitted)); err == nil {
		t.Error("a request was stored without its event")
	}
	if _, err := s.Request(t.Context(), r.ID); !errors.Is(err, approvals.ErrNoRequest) {
		t.Errorf("got %v, want ErrNoRequest", err)
	}
	if seen := s.seen(t, r.ID); len(seen.Events)+len(seen.Todos) != 0 {
		t.Errorf("half of a change is stored: %+v", seen)
	}

	stored := s.insert(t, access("alice"))
	r, grant := approved(stored)
	r.Reviews = append(r.Reviews, review(r, "bob", approvals.Approve, 1))
	c := bad(r, audit.RequestApproved)
	c.Grant = grant
	if err := s.Update(t.Context(), r, c); err == nil {
		t.Error("a change was stored without its event")
	}
	same(t, s.read(t, stored.ID), stored)
	seen := s.seen(t, r.ID)
	if len(seen.Events) != 1 || len(seen.Todos) != 1 || len(seen.Grants) != 0 {
		t.Errorf("half of a change is stored: %+v", seen)
	}
}

func cancelledStoresNothing(t *testing.T, s subject) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := access("alice")
	if err := s.Insert(ctx, r, change(r, audit.RequestSubmitted)); err == nil {
		t.Error("stored although the context was over")
	}
	if _, err := s.Request(t.Context(), r.ID); !errors.Is(err, approvals.ErrNoRequest) {
		t.Errorf("got %v, want ErrNoRequest", err)
	}
}

func note(t *testing.T, s subject) {
	stored := s.insert(t, access("alice"))
	if err := s.Note(t.Context(), change(stored, audit.ReviewRefused)); err != nil {
		t.Fatal(err)
	}
	same(t, s.read(t, stored.ID), stored)
	if got, want := s.seen(t, stored.ID).Events, []audit.Type{audit.RequestSubmitted, audit.ReviewRefused}; !slices.Equal(got, want) {
		t.Errorf("events %v, want %v", got, want)
	}
}

// atOnce runs f n times at the same time.
func atOnce(n int, f func() error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			errs[i] = f()
		})
	}
	close(start)
	all.Wait()
	return errs
}

// oneWins fails the test unless one error is nil and the others are want.
func oneWins(t *testing.T, errs []error, want error) {
	t.Helper()
	won := 0
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, want):
			t.Errorf("a loser got %v, want %v", err, want)
		}
	}
	if won != 1 {
		t.Errorf("%d won, want 1", won)
	}
}

func kinds(todos []approvals.Todo) []approvals.TodoKind {
	var list []approvals.TodoKind
	for _, todo := range todos {
		list = append(list, todo.Kind)
	}
	return list
}
