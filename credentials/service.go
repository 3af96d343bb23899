package credentials

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"dbaccess/approvals"
	"dbaccess/audit"
	"dbaccess/internal/identity"
)

// Service hands out access and takes it back. It is the only writer of grants
// from the first claim on. Use it by pointer; all methods may be called at once.
type Service struct {
	Store   Store
	Issuer  func(database string) (Issuer, error)
	Prover  Prover
	Install string                                             // installation id: six lower-case letters
	Allowed func(ctx context.Context, g approvals.Grant) error // asked at each claim; an error refuses it
	// SameRun is asked besides where a service claims: all its runs have one name, and
	// an approval is for one of them. Needed for services only.
	SameRun func(ctx context.Context, who identity.Principal, g approvals.Grant) error
	Now     func() time.Time           // nil = time.Now
	NewID   func(prefix string) string // nil = the prefix and crypto/rand
	Log     *slog.Logger               // nil = slog.Default

	Databases    func() []string // all databases we give access to; the sweep looks for roles on them
	Look         Look            // what the sweep and operators see of a role; nil = nothing but its name
	RunWindow    time.Duration   // how long a statement's credential lives at most; 0 = 15 minutes
	UnknownLimit int             // more unexplained roles than this at once: alarm and hold them; 0 = 10
	AliveWithin  time.Duration   // how long after a sign of life an attended grant waits for the next; 0 = 45 seconds
	WarnBefore   time.Duration   // how long before the end of their access holders are warned; see warning.go; 0 = never

	OnEnded func(g Grant, late time.Duration)   // for metrics: a grant has ended, that long after it should have; may be nil
	OnSweep func(report SweepReport, err error) // for metrics: RunSweep has swept once; may be nil
	OnAlarm func(held int)                      // for metrics: the sweep has told people of roles that it leaves to them; may be nil

	mem memory
}

// Times that are decisions rather than settings.
const (
	codeLife      = 2 * time.Minute  // of a claim code
	claimPatience = 30 * time.Second // a claim older than this, and not minted, is taken for dead
	sweepPatience = 2 * time.Minute  // the same, for the sweep
	strayGrace    = 5 * time.Minute  // before an unexplained role is ended
	mintTimeout   = 20 * time.Second // for preparing, and again for minting
	endTimeout    = 20 * time.Second // for ending one batch on one database
	hold          = 30 * time.Second // how long a replica has an ending to itself; more than endTimeout
	storeTimeout  = 3 * time.Second  // the due loop takes a store that is slower for one that is away
)

// Grant returns one grant.
func (s *Service) Grant(ctx context.Context, id approvals.GrantID) (Grant, error) {
	return s.Store.Grant(ctx, id)
}

// Grants lists grants.
func (s *Service) Grants(ctx context.Context, f GrantFilter) ([]Grant, error) {
	return s.Store.Grants(ctx, f)
}

// update stores what f makes of the grant. f may be called several times: it is
// given g first and, when that has become stale, what is stored; so f itself
// must check that the grant is as it expects. A change without events changes
// nothing and is not stored.
func (s *Service) update(ctx context.Context, g Grant, f func(g *Grant) (Change, error)) (Grant, error) {
	for range 20 {
		next := g
		next.Leases = slices.Clone(g.Leases)
		c, err := f(&next)
		if err != nil {
			return g, err
		}
		if len(c.Events) == 0 {
			return g, nil
		}
		err = s.Store.UpdateGrant(ctx, next, c)
		if err == nil {
			next.Version++
			return next, nil
		}
		if !errors.Is(err, ErrStale) {
			return g, fmt.Errorf("store grant %s: %w", g.ID, err)
		}
		if g, err = s.Store.Grant(ctx, g.ID); err != nil {
			return g, fmt.Errorf("read grant again: %w", err)
		}
	}
	return g, ErrStale
}

// event makes an event about a grant.
func (s *Service) event(t audit.Type, by string, g Grant, details map[string]any) audit.Event {
	return audit.Event{At: s.now(), Type: t, Actor: by, Request: string(g.Request), Grant: string(g.ID), Database: g.Database, Details: details}
}

// leaseEvent makes an event about one of a grant's leases.
func (s *Service) leaseEvent(t audit.Type, by string, g Grant, l Lease, details map[string]any) audit.Event {
	e := s.event(t, by, g, details)
	e.Lease = string(l.ID)
	return e
}

func (s *Service) now() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}

func (s *Service) newID(prefix string) string {
	if s.NewID == nil {
		return prefix + "_" + strings.ToLower(rand.Text())
	}
	return s.NewID(prefix)
}

func (s *Service) log() *slog.Logger {
	if s.Log == nil {
		return slog.Default()
	}
	return s.Log
}

// RolePrefix is how the names of all roles begin that an installation makes.
func RolePrefix(install string) string { return "dba-" + install + "-" }

// roleName makes a role name that is used once: the prefix, the grant's id
// without its kind, and eight random characters. It has 46 bytes, of the 63
// that Postgres keeps.
func (s *Service) roleName(id approvals.GrantID) string {
	body := strings.TrimPrefix(string(id), "grt_")
	return RolePrefix(s.Install) + body[:min(len(body), 40)] + "-" + strings.ToLower(rand.Text()[:8])
}

func leaseIndex(g Grant, id LeaseID) int {
	return slices.IndexFunc(g.Leases, func(l Lease) bool { return l.ID == id })
}

// unended returns the leases of g that are not proven ended.
func unended(g Grant) []Lease {
	return slices.DeleteFunc(slices.Clone(g.Leases), func(l Lease) bool { return l.State == Gone })
}
