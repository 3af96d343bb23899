package approvals

import (
	"context"
	"time"

	"dbaccess/internal/fault"
)

// ErrStale means that the request changed between reading and writing it.
// Whoever meets it reads again and decides again; Service does so by itself.
var ErrStale = fault.New(fault.Conflict, "This request has just been changed by somebody else.", "Look at it again.")

// ErrNoRequest means that there is no such request.
var ErrNoRequest = fault.New(fault.NotFound, "There is no such request.", "`/dbaccess list` in Slack, or `dbaccess status`, shows yours.")

// ErrAsked means that a request with the same Once exists already.
var ErrAsked = fault.New(fault.Conflict, "This has been asked already.", "`/dbaccess list` shows it.")

// Store is what Service needs of persistence. Every change of state is stored
// in one transaction with its events, its todos and the grant it opens, or not
// at all; when a method returns nil, it is durable.
type Store interface {
	// Insert stores a new request at Version 1. ErrAsked if its Once is not
	// empty and known; Requests finds the earlier one by it. ErrStale if what the
	// change holds has moved.
	Insert(ctx context.Context, r Request, c Change) error
	// Request returns one request, ErrNoRequest if there is none.
	Request(ctx context.Context, id RequestID) (Request, error)
	// Update stores r if its Version is still the stored one (which it then
	// raises by one), else returns ErrStale and stores nothing. Reviews new in
	// r are inserted, known ones updated.
	Update(ctx context.Context, r Request, c Change) error
	// Note stores events about a request that change nothing in it, such as a
	// refused review.
	Note(ctx context.Context, c Change) error
	// Scripts returns the texts of files of jobs by their SHA-256 in hex; one that
	// is not kept is left out.
	Scripts(ctx context.Context, sums []string) (map[string]string, error)
	// Requests lists by the filter, newest first.
	Requests(ctx context.Context, f Filter) ([]Request, error)
}

// Filter selects requests; a zero field selects all.
type Filter struct {
	Requester     string
	Of            string    // this requester's, and, of a person, those of their agents
	Before        RequestID // stored before that one
	Database      string
	Profile       string
	Once          string
	Standing      bool      // those whose approval stands, or stood, for later runs
	Under         RequestID // those that this standing approval covered
	States        []State
	ExpiredBy     time.Time // pending ones whose ExpiresAt is not after this
	StartedBefore time.Time // executing ones whose StartedAt is before this
	Limit         int       // 0 = 100
}
