package storetest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"dbaccess/approvals"
	"dbaccess/audit"
	"dbaccess/credentials"
)

// Open returns an empty store of the test's own, and what opens a grant in it
// as the last review of a request does.
type Open func(t *testing.T) (store credentials.Store, seed func(g approvals.Grant))

// Run checks that a store keeps what credentials.Store promises.
func Run(t *testing.T, open Open) {
	tests := map[string]func(*testing.T, fixture){
		"a seeded grant is open and has no leases":                seededIsOpen,
		"an unknown grant is ErrNoGrant":                          unknownGrant,
		"every field comes back as it was stored":                 roundTrip,
		"a lease is inserted, then updated":                       leaseUpdated,
		"a stale version changes nothing":                         staleVersion,
		"of many writers of one version one wins":                 oneWriterWins,
		"a change without an event is refused":                    noEventNoChange,
		"grants are filtered and come newest first":               filters,
		"stuck finds leases that are neither live nor ended":      stuck,
		"an active grant is taken at its due second":              takesActive,
		"an open grant is taken when nobody claimed it":           takesOpen,
		"a held grant is left alone until its hold passes":        takesAfterHold,
		"two takers never get the same grant":                     takersShareNothing,
		"no more than the limit is taken, earliest first":         takesUpToLimit,
		"an attended grant is taken when it has fallen silent":    takesSilent,
		"a sign of life puts the end off, and is no change":       signOfLife,
		"a sign of life is not lost to a change made meanwhile":   signBesideChange,
		"only an active, attended grant takes signs of life":      signsForAttended,
		"all attended grants are spared at once":                  spares,
		"next due is the earliest time of all":                    nextDue,
		"woken returns after a change":                            wokenByChange,
		"woken returns when its context is done":                  wokenByContext,
		"a code can be used once":                                 codeOnce,
		"of many users of one code one is first":                  codeRace,
		"an unknown code is ErrNoCode":                            codeUnknown,
		"a lease is found by its role":                            leaseOfRole,
		"a stray keeps the time at which it was first seen":       strayKeepsTime,
		"an alarm rings once for each stray":                      alarmsOnce,
		"record needs an event":                                   recordNeedsEvent,
		"only one runs, and others by another name":               onlyOne,
		"a cancelled context is an error and leaves it as it was": cancelled,
	}
	for name, f := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, seed := open(t)
			f(t, fixture{store, seed})
		})
	}
}

type fixture struct {
	credentials.Store
	seed func(approvals.Grant)
}

// t0 has microseconds and no more: that is what a database keeps.
var t0 = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)

// NewID returns a fresh id with the prefix, as the real ones look.
func NewID(prefix string) string { return prefix + "_" + strings.ToLower(rand.Text()) }

// Sample returns an access grant of alice's on the database shop, open at now:
// an hour's window, to be claimed within eight hours.
func Sample(now time.Time) approvals.Grant {
	return approvals.Grant{
		ID: approvals.GrantID(NewID("grt")), Request: approvals.RequestID(NewID("req")), Kind: approvals.Access,
		Holder: "alice", Database: "shop", Profile: "masked-read", Duration: time.Hour,
		ApprovedAt: now, ClaimBy: now.Add(8 * time.Hour),
	}
}

func event(t audit.Type, g credentials.Grant) audit.Event {
	return audit.Event{At: t0, Type: t, Actor: "person:alice", Request: string(g.Request), Grant: string(g.ID), Database: g.Database}
}

func change(g credentials.Grant) credentials.Change {
	return credentials.Change{Events: []audit.Event{event(audit.LeaseIntended, g)}}
}

// open seeds a grant and returns it as stored.
func (f fixture) open(t *testing.T, g approvals.Grant) credentials.Grant {
	t.Helper()
	f.seed(g)
	return f.get(t, g.ID)
}

func (f fixture) get(t *testing.T, id approvals.GrantID) credentials.Grant {
	t.Helper()
	g, err := f.Grant(t.Context(), id)
	if err != nil {
		t.Fatalf("Grant(%s): %v", id, err)
	}
	return g
}

// put stores g and returns it as stored.
func (f fixture) put(t *testing.T, g credentials.Grant) credentials.Grant {
	t.Helper()
	if err := f.UpdateGrant(t.Context(), g, change(g)); err != nil {
		t.Fatalf("UpdateGrant: %v", err)
	}
	return f.get(t, g.ID)
}

// active seeds a grant that is active until due.
func (f fixture) active(t *testing.T, due time.Time) credentials.Grant {
	t.Helper()
	g := f.open(t, Sample(t0))
	g.State, g.ActiveAt, g.Due = credentials.Active, t0, due
	return f.put(t, g)
}

// lease is a lease as it may stand in that state: a store may refuse another,
// such as one that has ended without proof.
func lease(g credentials.Grant, state credentials.LeaseState, at time.Time) credentials.Lease {
	id := NewID("lse")
	l := credentials.Lease{
		ID: credentials.LeaseID(id), Grant: g.ID, Database: g.Database, Profile: g.Profile,
		Role: "dba-abcdef-" + id[4:], State: state, Until: at.Add(time.Hour), At: at,
	}
	if state != credentials.Intended {
		l.MintedAt = at
	}
	if state == credentials.Gone {
		l.EndedAt = at.Add(time.Minute)
		l.Proof = &credentials.Proof{At: l.EndedAt, Role: l.Role}
	}
	return l
}

func ending(g credentials.Grant) audit.Event { return event(audit.GrantEnding, g) }

func take(t *testing.T, s credentials.Store, now time.Time) []credentials.Grant {
	t.Helper()
	gs, err := s.TakeDue(t.Context(), now, now.Add(time.Minute), 100, ending)
	if err != nil {
		t.Fatalf("TakeDue: %v", err)
	}
	return gs
}

func same(t *testing.T, what string, got, want time.Time) {
	t.Helper()
	if !got.Equal(want) {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

func sum(s string) [32]byte { return sha256.Sum256([]byte(s)) }

func newCode(g credentials.Grant) credentials.Code {
	return credentials.Code{Sum: sum(NewID("code")), Grant: g.ID, Holder: g.Holder, Expires: t0.Add(2 * time.Minute)}
}

// done returns a context that is cancelled already.
func done(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
