package credentials

import (
	"context"
	"time"

	"dbaccess/approvals"
	"dbaccess/audit"
	"dbaccess/internal/fault"
)

// ErrStale means that the grant changed between reading and writing it.
var ErrStale = fault.New(fault.Conflict, "This grant has just been changed by somebody else.", "Look at it again.")

// ErrNoGrant means that there is no such grant.
var ErrNoGrant = fault.New(fault.NotFound, "There is no such grant.", "`/dbaccess list` in Slack, or `dbaccess status`, shows yours.")

// Change is what one step stores beside the new state, in the same transaction.
type Change struct {
	Events []audit.Event // at least one
	Todos  []approvals.Todo
}

// Store is what Service needs of persistence: every change of state in one
// transaction with its events and todos, or not at all.
type Store interface {
	// Grant returns one grant with its leases, ErrNoGrant if there is none.
	Grant(ctx context.Context, id approvals.GrantID) (Grant, error)
	// UpdateGrant stores g and its leases (new ones inserted, known ones
	// updated) if g.Version is still the stored one, which it then raises by
	// one, else returns ErrStale and stores nothing. It may clear AliveBy, and
	// never moves it back: a sign of life that came meanwhile counts.
	UpdateGrant(ctx context.Context, g Grant, c Change) error
	// Grants lists by the filter, newest first, with leases.
	Grants(ctx context.Context, f GrantFilter) ([]Grant, error)
	// Alive moves AliveBy of an active, attended grant to until, never back, and
	// reports whether the grant is one. It is no change of state: no event, no
	// new Version, nobody is woken.
	Alive(ctx context.Context, id approvals.GrantID, until time.Time) (bool, error)
	// Spare does the same for all active, attended grants.
	Spare(ctx context.Context, until time.Time) error
	// TakeDue returns up to limit grants that are over at now (active past
	// Grant.Over, open past ClaimBy, or revoking and not held) and which no other
	// replica is taking (SKIP LOCKED), having moved each to revoking, held
	// until hold. A grant that was not revoking yet gets State Revoking, the Reason
	// of Grant.Over (it was active) or Lapsed (it was open), EndedBy "system:due",
	// EndingAt now, and the event that ev makes of it as it then stands; one
	// that was revoking already is only held anew, without an event. Leases are
	// not touched. What is returned carries the raised Version.
	TakeDue(ctx context.Context, now, hold time.Time, limit int, ev func(Grant) audit.Event) ([]Grant, error)
	// NextDue returns the earliest time at which TakeDue will find some grant
	// (active: Grant.Over, open: ClaimBy, revoking: HeldBy), false if there is none.
	NextDue(ctx context.Context) (time.Time, bool, error)
	// Woken returns when the store says that due times changed (NOTIFY), or
	// when ctx is done. Grants made, claimed, ended or failing to end between
	// two calls are not lost: the second returns at once.
	Woken(ctx context.Context) error

	// InsertCode stores the SHA-256 of a one-time claim code.
	InsertCode(ctx context.Context, code Code, c Change) error
	// UseCode marks the code used at now, unless it was used already, and
	// returns it as it was before: if its UsedAt is not zero, this is a second
	// use. The event that ev makes of it, as it was before, is stored in the
	// same transaction. ErrNoCode if unknown.
	UseCode(ctx context.Context, sum [32]byte, now time.Time, ev func(Code) audit.Event) (Code, error)

	// LeaseOfRole finds the lease that minted the role; the sweep explains
	// what it finds on a target by it.
	LeaseOfRole(ctx context.Context, role string) (Lease, bool, error)
	// SeenStray notes that an unexplained role was seen, and returns when it
	// was first seen.
	SeenStray(ctx context.Context, database, role string, now time.Time) (time.Time, error)
	// AlarmStrays marks these roles, which SeenStray has noted, as told of, and
	// stores c if one of them was not before; it reports whether it did.
	AlarmStrays(ctx context.Context, roles []string, now time.Time, c Change) (bool, error)
	// Record stores events that belong to no grant's change.
	Record(ctx context.Context, c Change) error
	// OnlyOne runs f if no other replica is running the same-named f (an
	// advisory lock), and reports whether it did.
	OnlyOne(ctx context.Context, name string, f func(ctx context.Context) error) (bool, error)
}

// ErrNoCode means that the code is unknown.
var ErrNoCode = fault.New(fault.NotFound, "This code is not known.", "Press *Get credentials* in Slack for a new one.")

// GrantFilter selects grants; a zero field selects all.
type GrantFilter struct {
	Holder   string
	Of       string            // held by this one, or, of a person, by one of their agents
	Before   approvals.GrantID // opened before that one
	Database string
	Request  approvals.RequestID
	States   []GrantState
	Stuck    time.Time // with a lease made (At) before this that is neither live nor ended: intended or ending
	Limit    int       // 0 = 100
}

// Code is a one-time claim code, without the code.
type Code struct {
	Sum     [32]byte // SHA-256 of the code
	Grant   approvals.GrantID
	Holder  string // principal name
	Expires time.Time
	UsedAt  time.Time // zero until used
}
