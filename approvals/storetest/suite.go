package storetest

import (
	"context"
	"testing"

	"dbaccess/approvals"
	"dbaccess/audit"
)

// Witness tells what changes of one request have stored. The order is that of
// storing.
type Witness interface {
	Seen(ctx context.Context, id approvals.RequestID) (Seen, error)
}

// Seen is everything stored about one request, beside the request itself.
type Seen struct {
	Events []audit.Type     // of the events whose Request is the id
	Todos  []approvals.Todo // whose ID is the request's id
	Grants []approvals.Grant
}

// Run runs the suite. Open returns an empty store of its own, which is also a
// [Witness]; it lives until t ends.
func Run(t *testing.T, open func(t *testing.T) approvals.Store) {
	t.Helper()
	for _, test := range []struct {
		name string
		run  func(*testing.T, subject)
	}{
		{"a request comes back as it was stored", comesBack},
		{"an unknown request is not found", unknown},
		{"an insert stores its events and todos", insertStoresAll},
		{"the same delivery asks once", asksOnce},
		{"of many inserts of one delivery, one is stored", asksOnceAtOnce},
		{"an update raises the version", updateRaises},
		{"a stale update stores nothing", staleStoresNothing},
		{"of many updates of one version, one is stored", updatesAtOnce},
		{"reviews are inserted and updated", reviews},
		{"an approval opens its grant", opensGrant},
		{"a run is stored", storesRun},
		{"a fused run is stored", storesFuse},
		{"a change without an event is refused", noEventNoChange},
		{"an event that cannot be written stops its change", badEventNoChange},
		{"a context that is over stores nothing", cancelledStoresNothing},
		{"a note stores events alone", note},
		{"lists by requester, newest first", listsByRequester},
		{"lists what a person and their agents ask for", listsOfAPersonAndTheirAgents},
		{"lists page by page", listsPageByPage},
		{"lists by state", listsByState},
		{"lists what is overdue", listsOverdue},
		{"lists runs that began long ago", listsStarted},
		{"lists no more than the limit", listsLimit},
		{"a job comes back as it was stored, and what stands of it", storesJobs},
		{"the files of jobs are kept under their hashes", keepsScripts},
		{"lists standing approvals", listsStanding},
		{"what covers a run must not have moved", holdsWhatCovers},
		{"of runs and the end of what covers them, one is first", holdsAtOnce},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			w, ok := s.(Witness)
			if !ok {
				t.Fatalf("%T is no storetest.Witness: give it the method Seen, in a test file", s)
			}
			test.run(t, subject{Store: s, witness: w})
		})
	}
}

// subject is the store under test.
type subject struct {
	approvals.Store
	witness Witness
}

// seen is what is stored beside the request.
func (s subject) seen(t *testing.T, id approvals.RequestID) Seen {
	t.Helper()
	seen, err := s.witness.Seen(t.Context(), id)
	if err != nil {
		t.Fatalf("seen of %s: %v", id, err)
	}
	return seen
}

// insert stores r with one event.
func (s subject) insert(t *testing.T, r approvals.Request) approvals.Request {
	t.Helper()
	if err := s.Insert(t.Context(), r, change(r, audit.RequestSubmitted)); err != nil {
		t.Fatalf("insert %s: %v", r.ID, err)
	}
	return s.read(t, r.ID)
}

// update stores r with one event of that type.
func (s subject) update(t *testing.T, r approvals.Request, what audit.Type) approvals.Request {
	t.Helper()
	if err := s.Update(t.Context(), r, change(r, what)); err != nil {
		t.Fatalf("update %s: %v", r.ID, err)
	}
	return s.read(t, r.ID)
}

// read is the stored request.
func (s subject) read(t *testing.T, id approvals.RequestID) approvals.Request {
	t.Helper()
	r, err := s.Request(t.Context(), id)
	if err != nil {
		t.Fatalf("request %s: %v", id, err)
	}
	return r
}
