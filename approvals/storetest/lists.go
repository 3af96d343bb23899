package storetest

import (
	"slices"
	"testing"
	"time"

	"dbaccess/approvals"
	"dbaccess/audit"
)

// lists fails the test unless the filter selects exactly want, in that order.
func lists(t *testing.T, s subject, f approvals.Filter, want ...approvals.Request) {
	t.Helper()
	got, err := s.Requests(t.Context(), f)
	if err != nil {
		t.Fatalf("list %+v: %v", f, err)
	}
	if !slices.Equal(ids(got), ids(want)) {
		t.Errorf("list %+v:\n got %v\nwant %v", f, ids(got), ids(want))
	}
}

// aged is r made so many minutes later.
func aged(r approvals.Request, minutes int) approvals.Request {
	d := time.Duration(minutes) * time.Minute
	r.CreatedAt, r.ExpiresAt = r.CreatedAt.Add(d), r.ExpiresAt.Add(d)
	return r
}

func listsByRequester(t *testing.T, s subject) {
	a1 := s.insert(t, aged(access("alice"), 1))
	b2 := s.insert(t, aged(access("bob"), 2))
	a3 := s.insert(t, aged(statement("alice"), 3))
	lists(t, s, approvals.Filter{}, a3, b2, a1)
	lists(t, s, approvals.Filter{Requester: "alice"}, a3, a1)
	lists(t, s, approvals.Filter{Requester: "nobody"})
}

func listsOfAPersonAndTheirAgents(t *testing.T, s subject) {
	own := s.insert(t, aged(access("alice"), 1))
	agents := s.insert(t, aged(access("claude@alice"), 2))
	s.insert(t, aged(access("bob"), 3))
	s.insert(t, aged(access("claude@bob"), 4))
	s.insert(t, aged(access("service/alice"), 5))
	lists(t, s, approvals.Filter{Of: "alice"}, agents, own)
	lists(t, s, approvals.Filter{Of: "claude@alice"}, agents)
	lists(t, s, approvals.Filter{Of: "nobody"})
}

func listsPageByPage(t *testing.T, s subject) {
	var all []approvals.Request
	for i := range 5 {
		all = append(all, s.insert(t, aged(access("alice"), i)))
	}
	slices.Reverse(all)
	lists(t, s, approvals.Filter{Of: "alice", Limit: 2}, all[:2]...)
	lists(t, s, approvals.Filter{Of: "alice", Limit: 2, Before: all[1].ID}, all[2:4]...)
	lists(t, s, approvals.Filter{Of: "alice", Limit: 2, Before: all[3].ID}, all[4])
	lists(t, s, approvals.Filter{Of: "alice", Before: all[4].ID})
}

func listsByState(t *testing.T, s subject) {
	pending := s.insert(t, aged(access("alice"), 1))
	r := s.insert(t, aged(access("alice"), 2))
	r.State, r.DecidedAt, r.Outcome = approvals.Cancelled, at, "Cancelled by alice."
	cancelled := s.update(t, r, audit.RequestCancelled)
	lists(t, s, approvals.Filter{States: []approvals.State{approvals.Pending}}, pending)
	lists(t, s, approvals.Filter{States: []approvals.State{approvals.Pending, approvals.Cancelled}}, cancelled, pending)
	lists(t, s, approvals.Filter{States: []approvals.State{approvals.Failed}})
}

func listsOverdue(t *testing.T, s subject) {
	first := s.insert(t, aged(access("alice"), 1))
	s.insert(t, aged(access("alice"), 2))
	gone := s.insert(t, access("alice"))
	gone.State, gone.DecidedAt, gone.Outcome = approvals.Denied, at, "Denied by bob: no."
	s.update(t, gone, audit.RequestDenied)
	lists(t, s, approvals.Filter{ExpiredBy: first.ExpiresAt}, first) // “not after” includes the instant
	lists(t, s, approvals.Filter{ExpiredBy: first.ExpiresAt.Add(-time.Microsecond)})
}

func listsStarted(t *testing.T, s subject) {
	s.insert(t, statement("alice")) // not started at all
	r, grant := approved(s.insert(t, statement("alice")))
	c := change(r, audit.RequestApproved)
	c.Grant = grant
	if err := s.Update(t.Context(), r, c); err != nil {
		t.Fatal(err)
	}
	r = s.read(t, r.ID)
	r.State, r.StartedAt = approvals.Executing, at
	r = s.update(t, r, audit.StatementStarted)
	lists(t, s, approvals.Filter{StartedBefore: at.Add(time.Second)}, r)
	lists(t, s, approvals.Filter{StartedBefore: at}) // “before” does not include the instant
}

func listsLimit(t *testing.T, s subject) {
	var all []approvals.Request
	for i := range 4 {
		all = append(all, s.insert(t, aged(access("alice"), i)))
	}
	slices.Reverse(all)
	lists(t, s, approvals.Filter{Limit: 3}, all[:3]...)
}

func ids(list []approvals.Request) []approvals.RequestID {
	out := []approvals.RequestID{}
	for _, r := range list {
		out = append(out, r.ID)
	}
	return out
}
