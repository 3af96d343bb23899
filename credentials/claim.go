package credentials

import (
	"context"
	"errors"
	"fmt"
	"time"

	"dbaccess/approvals"
	"dbaccess/audit"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
)

// errOvertaken means that a lease was ended by somebody else while it was
// being minted.
var errOvertaken = errors.New("the lease was ended while it was being minted")

// ClaimRun mints the credential of a statement request for dbaccess itself.
func (s *Service) ClaimRun(ctx context.Context, id approvals.GrantID) (Credential, error) {
	g, err := s.Store.Grant(ctx, id)
	if err != nil {
		return Credential{}, err
	}
	c, _, err := s.claim(ctx, g, approvals.Statement, "system:run", false)
	return c, err
}

// ClaimFor mints the credential of an access grant for its holder, who is known
// by other means than a code. Attended, it lasts as long as signs of life come:
// see [Service.Alive].
func (s *Service) ClaimFor(ctx context.Context, who identity.Principal, id approvals.GrantID, attended bool) (Credential, Grant, error) {
	g, err := s.Store.Grant(ctx, id)
	if err != nil {
		return Credential{}, Grant{}, storeFault(err)
	}
	if !holds(who, g) {
		return Credential{}, Grant{}, ErrNotYours
	}
	if who.Kind == identity.Service {
		if s.SameRun == nil {
			return Credential{}, g, errors.New("credentials: Service.SameRun is not set")
		}
		if err := s.SameRun(ctx, who, g.Grant); err != nil {
			return Credential{}, g, fmt.Errorf("claim %s: %w", g.ID, err)
		}
	}
	return s.claim(ctx, g, approvals.Access, who.ID(), attended)
}

// claimable says whether a grant of that kind can be claimed at now, and if not
// why.
func claimable(g Grant, kind approvals.Kind, now time.Time) error {
	switch {
	case g.Kind != kind && g.Kind == approvals.Statement:
		return ErrRunsItself
	case g.Kind != kind:
		return fmt.Errorf("grant %s is for a person, not for a run", g.ID)
	case g.State == Open && now.Before(g.ClaimBy), g.State == Active && now.Before(g.Due):
		return nil
	case g.State == Open, g.Reason == Lapsed:
		return ErrLapsed
	case g.State == Active, g.Reason == Elapsed:
		return ErrOver
	case g.Reason == Abandoned:
		return ErrAbandoned
	}
	return ErrEnded
}

// until is the second at which the grant's access is over if it is claimed at
// now: a whole second, because that is what VALID UNTIL and people can compare,
// and never later than was approved.
func (s *Service) until(g Grant, now time.Time) time.Time {
	window := g.Duration
	if g.Kind == approvals.Statement && window <= 0 {
		window = s.RunWindow
		if window <= 0 {
			window = 15 * time.Minute
		}
	}
	end := now.Add(window)
	if g.State == Active {
		end = g.Due
	}
	if last := g.ClaimBy.Add(window); end.After(last) {
		end = last // whatever the store says
	}
	return end.Truncate(time.Second)
}

// claim mints a credential under g, after ending whatever an earlier claim of
// it left. From the first stored intent on it goes through to its end, even if
// whoever asked hangs up.
func (s *Service) claim(ctx context.Context, g Grant, kind approvals.Kind, by string, attended bool) (Credential, Grant, error) {
	if err := claimable(g, kind, s.now()); err != nil {
		return Credential{}, g, err
	}
	if s.Allowed == nil {
		return Credential{}, g, errors.New("credentials: Service.Allowed is not set")
	}
	if err := s.Allowed(ctx, g.Grant); err != nil {
		return Credential{}, g, fmt.Errorf("claim %s: %w", g.ID, err)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*mintTimeout+endTimeout)
	defer cancel()

	g, err := s.replace(ctx, g, kind, by)
	if err != nil {
		return Credential{}, g, err
	}
	g, lease, err := s.intend(ctx, g, kind, by, attended)
	if err != nil {
		return Credential{}, g, err
	}
	g, cred, err := s.mint(ctx, g, lease, by)
	if err != nil {
		g = s.abandon(ctx, g, lease, by, err)
		if over := claimable(g, kind, s.now()); over != nil && errors.Is(err, errOvertaken) {
			err = over
		} else if fault.KindOf(err) == fault.Internal {
			err = ErrNotMinted.With(err)
		}
		return Credential{}, g, fmt.Errorf("claim %s: %w", g.ID, err)
	}
	s.mem.remember(g)
	return cred, g, nil
}

// replace ends and proves ended what earlier claims of g left: live leases, and
// intended ones whose maker must have died.
func (s *Service) replace(ctx context.Context, g Grant, kind approvals.Kind, by string) (Grant, error) {
	g, err := s.update(ctx, g, func(g *Grant) (Change, error) {
		now := s.now()
		if err := claimable(*g, kind, now); err != nil {
			return Change{}, err
		}
		for _, l := range g.Leases {
			if l.State == Intended && now.Sub(l.At) < claimPatience {
				return Change{}, ErrClaiming
			}
		}
		return Change{Events: s.startEnding(g, by, unended(*g), Superseded)}, nil
	})
	if err != nil {
		return g, storeFault(err)
	}
	old := unended(g)
	if len(old) == 0 {
		return g, nil
	}
	g, err = s.settle(ctx, g, by, s.endOutside(ctx, g.Database, old, true))
	if err != nil {
		return g, storeFault(err)
	}
	if left := unended(g); len(left) > 0 {
		if left[0].State == Ending {
			return g, ErrNotReplaced.With(errors.New(left[0].Trouble))
		}
		return g, ErrClaiming // another claim has been faster
	}
	return g, nil
}

// intend stores that a lease is about to be minted, and whether somebody will
// give signs of life while it is held.
func (s *Service) intend(ctx context.Context, g Grant, kind approvals.Kind, by string, attended bool) (Grant, Lease, error) {
	lease := Lease{
		ID: LeaseID(s.newID("lse")), Grant: g.ID, Database: g.Database, Profile: g.Profile,
		Role: s.roleName(g.ID), State: Intended,
	}
	g, err := s.update(ctx, g, func(g *Grant) (Change, error) {
		lease.At = s.now()
		if err := claimable(*g, kind, lease.At); err != nil {
			return Change{}, err
		}
		if len(unended(*g)) > 0 {
			return Change{}, ErrClaiming
		}
		if lease.Until = s.until(*g, lease.At); !lease.Until.After(lease.At) {
			return Change{}, ErrOver
		}
		g.Leases, g.AliveBy = append(g.Leases, lease), time.Time{}
		if attended {
			g.AliveBy = s.aliveBy(lease.At)
		}
		return Change{Events: []audit.Event{s.leaseEvent(audit.LeaseIntended, by, *g, lease, map[string]any{
			"role": lease.Role, "profile": lease.Profile, "until": lease.Until.UTC().Format(eventTime), "attended": attended,
		})}}, nil
	})
	return g, lease, storeFault(err)
}

// mint prepares and mints an intended lease and stores that it is live. After
// an error the credential may exist, and must be ended.
func (s *Service) mint(ctx context.Context, g Grant, lease Lease, by string) (Grant, Credential, error) {
	issuer, err := s.Issuer(g.Database)
	if err != nil {
		return g, Credential{}, err
	}
	brief, cancel := context.WithTimeout(ctx, mintTimeout)
	defer cancel()
	prepared, err := issuer.Prepare(brief, Order{
		Lease: lease.ID, Grant: g.ID, Request: g.Request, Holder: g.Holder,
		Database: lease.Database, Profile: lease.Profile, Role: lease.Role, Until: lease.Until,
	})
	if err != nil {
		return g, Credential{}, fmt.Errorf("prepare: %w", err)
	}
	if handle := prepared.Handle(); handle != "" {
		g, err = s.advance(ctx, g, lease.ID, func(g *Grant, l *Lease) Change {
			l.Handle = handle
			return Change{Events: []audit.Event{s.leaseEvent(audit.LeasePrepared, by, *g, *l, nil)}}
		})
		if err != nil {
			return g, Credential{}, err
		}
	}
	brief, cancel = context.WithTimeout(ctx, mintTimeout)
	defer cancel()
	cred, err := prepared.Mint(brief)
	if err != nil {
		return g, Credential{}, fmt.Errorf("mint: %w", err)
	}
	cred.Lease = lease.ID
	g, err = s.advance(ctx, g, lease.ID, func(g *Grant, l *Lease) Change { return s.live(g, l, cred, by) })
	if err != nil {
		return g, Credential{}, err
	}
	return g, cred, nil
}

// live makes the lease live and, if it is the first, its grant active.
func (s *Service) live(g *Grant, l *Lease, cred Credential, by string) Change {
	l.State, l.MintedAt, l.RoleOID, l.Ref = Live, s.now(), cred.RoleOID, cred.Ref
	if g.Attended() {
		g.AliveBy = s.aliveBy(l.MintedAt)
	}
	c := Change{Events: []audit.Event{s.leaseEvent(audit.LeaseMinted, by, *g, *l, map[string]any{
		"role": l.Role, "role_oid": int64(l.RoleOID), "profile": l.Profile, "until": l.Until.UTC().Format(eventTime),
	})}}
	if g.State == Open {
		g.State, g.ActiveAt, g.Due = Active, l.MintedAt, l.Until
		c.Events = append(c.Events, s.event(audit.GrantActive, by, *g, map[string]any{"due": g.Due.UTC().Format(eventTime)}))
		c.Todos = append(c.Todos, s.whenActive(*g)...)
	}
	if g.Kind == approvals.Access {
		c.Todos = append(c.Todos, approvals.Todo{Kind: TellHolder, ID: string(g.ID)})
	}
	return c
}

// advance stores one step of a lease's making, unless somebody has ended it or
// its grant meanwhile.
func (s *Service) advance(ctx context.Context, g Grant, id LeaseID, step func(g *Grant, l *Lease) Change) (Grant, error) {
	return s.update(ctx, g, func(g *Grant) (Change, error) {
		i := leaseIndex(*g, id)
		if i < 0 || g.Leases[i].State != Intended || g.State != Open && g.State != Active {
			return Change{}, errOvertaken
		}
		return step(g, &g.Leases[i]), nil
	})
}

// abandon ends a lease whose making went wrong. The role may exist although
// nobody knows; the lease may be ended in the store already, or stored as live
// although the store said no. What cannot be done now is the sweep's.
func (s *Service) abandon(ctx context.Context, g Grant, lease Lease, by string, why error) Grant {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	s.log().Warn("claim failed", "grant", g.ID, "lease", lease.ID, "database", g.Database, "err", why)
	if i := leaseIndex(g, lease.ID); i >= 0 {
		lease = g.Leases[i] // with its handle
	}
	after, err := s.update(ctx, g, func(g *Grant) (Change, error) {
		return Change{Events: s.startEnding(g, by, []Lease{lease}, Broken)}, nil
	})
	if err != nil {
		s.log().Error("ending of a failed claim not stored", "grant", g.ID, "lease", lease.ID, "err", err)
	} else {
		g = after
		if i := leaseIndex(g, lease.ID); i >= 0 {
			lease = g.Leases[i] // the store may have taken a handle whose storing it said had failed
		}
	}
	out := s.endOutside(ctx, lease.Database, []Lease{lease}, true)
	after, err = s.settle(ctx, g, by, out)
	if err != nil {
		s.log().Error("end of a failed claim not stored", "grant", g.ID, "lease", lease.ID, "err", err)
		return g
	}
	return after
}

// storeFault turns a store's failure into a sentence; faults stay as they are.
func storeFault(err error) error {
	if err == nil || fault.KindOf(err) != fault.Internal {
		return err
	}
	return ErrStoreAway.With(err)
}
