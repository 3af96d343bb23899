package credentials

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"dbaccess/approvals"
	"dbaccess/audit"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
)

// End ends a grant now. It returns the grant as it stands: Ended with proof, or
// Revoking if something was away and the sweep will finish it (no error then).
// Its holder, the person behind an agent, an operator and the system may. It goes through to its end even
// if whoever asked hangs up.
//
// While the store is away, a grant that this replica knows is ended outside all
// the same and ErrStoreAway returned; RunDue records it when the store is back.
func (s *Service) End(ctx context.Context, who identity.Principal, id approvals.GrantID, why Reason) (Grant, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout+2*storeTimeout)
	defer cancel()
	g, err := s.Store.Grant(ctx, id)
	if err == nil {
		if !mayEnd(who, g) {
			return Grant{}, ErrNotYours
		}
		g, err = s.update(ctx, g, func(g *Grant) (Change, error) {
			if g.State == Revoking || g.State == Ended {
				return Change{}, nil
			}
			return s.startRevoking(g, who.ID(), why), nil
		})
	}
	if err != nil {
		if fault.KindOf(err) == fault.NotFound {
			return g, err
		}
		s.endUnrecorded(ctx, who, id, why)
		return g, storeFault(fmt.Errorf("end %s: %w", id, err))
	}
	if g.State == Ended || g.EndedBy != who.ID() && s.now().Before(g.HeldBy) {
		return g, nil // over, or somebody else is at it
	}
	ended, err := s.finish(ctx, []Grant{g})
	if err != nil {
		s.log().Error("grant not ended yet", "grant", id, "err", err)
	}
	return ended[0], nil
}

func mayEnd(who identity.Principal, g Grant) bool {
	if who.Kind == identity.Person && who.Name == identity.Named(g.Holder).For {
		return true // their agent's
	}
	return who.Kind == identity.Operator || who.Kind == identity.System || holds(who, g)
}

// startRevoking is the intent to end g.
func (s *Service) startRevoking(g *Grant, by string, why Reason) Change {
	now := s.now()
	g.State, g.Reason, g.EndedBy, g.EndingAt, g.HeldBy = Revoking, why, by, now, now.Add(hold)
	evs := []audit.Event{s.endingEvent(*g)}
	return Change{Events: append(evs, s.startEnding(g, by, unended(*g), why)...)}
}

func (s *Service) endingEvent(g Grant) audit.Event {
	return s.event(audit.GrantEnding, g.EndedBy, g, map[string]any{"reason": string(g.Reason), "by": g.EndedBy})
}

// startEnding is the intent to end some leases of g; it leaves those alone that
// are ending or ended, and calls an intended one broken: nobody ever held it.
func (s *Service) startEnding(g *Grant, by string, leases []Lease, why Reason) []audit.Event {
	var evs []audit.Event
	for _, l := range leases {
		i := leaseIndex(*g, l.ID)
		if i < 0 || g.Leases[i].State == Ending || g.Leases[i].State == Gone {
			continue
		}
		reason := why
		if g.Leases[i].State == Intended {
			reason = Broken
		}
		g.Leases[i].State, g.Leases[i].Reason = Ending, reason
		evs = append(evs, s.leaseEvent(audit.LeaseEnding, by, *g, g.Leases[i], map[string]any{"reason": string(reason), "role": l.Role}))
	}
	return evs
}

// finish brings revoking grants to their end, each database's in one batch, and
// returns them in their order as they then stand. The error tells of those that
// are not ended yet; they are tried again.
func (s *Service) finish(ctx context.Context, grants []Grant) ([]Grant, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout+storeTimeout)
	defer cancel()
	byDatabase := map[string][]int{}
	for i, g := range grants {
		byDatabase[g.Database] = append(byDatabase[g.Database], i)
	}
	databases := slices.Collect(maps.Keys(byDatabase))
	errs := each(databases, len(databases), func(_ int, database string) error {
		return s.finishOn(ctx, database, grants, byDatabase[database])
	})
	return grants, errors.Join(errs...)
}

// finishOn ends the grants at the given places of grants, which are all on one
// database, and writes back what became of them.
func (s *Service) finishOn(ctx context.Context, database string, grants []Grant, places []int) error {
	var leases []Lease
	block := false
	for _, i := range places {
		leases = append(leases, unended(grants[i])...)
		block = block || grants[i].Reason != Elapsed
	}
	out := s.endOutside(ctx, database, leases, block)
	errs := each(places, 4, func(_, i int) error {
		g, err := s.settle(ctx, grants[i], grants[i].EndedBy, out)
		if err != nil {
			return fmt.Errorf("record the end of %s: %w", grants[i].ID, err)
		}
		if grants[i] = g; g.State != Ended {
			return fmt.Errorf("end %s: %s", g.ID, trouble(g))
		}
		return nil
	})
	return errors.Join(errs...)
}

// settle stores what became of leases outside and, if that was the last of a
// revoking grant, that the grant has ended. It is where a lease and a grant
// end; there is no other place.
func (s *Service) settle(ctx context.Context, g Grant, by string, out map[LeaseID]outcome) (Grant, error) {
	ended := false
	g, err := s.update(ctx, g, func(g *Grant) (Change, error) {
		ended = false
		if g.State == Ended {
			return Change{}, nil
		}
		c := Change{Events: s.settleLeases(g, by, out)}
		if g.State != Revoking {
			return c, nil
		}
		if left := unended(*g); len(left) > 0 {
			g.HeldBy = s.now().Add(backoff(left))
			return c, nil
		}
		ended = true
		s.close(g, &c, out)
		return c, nil
	})
	if err != nil {
		s.mem.keepProofs(out) // so that the record tells when it really was
		return g, err
	}
	s.mem.dropProofs(out)
	if g.State == Ended {
		s.mem.forget(g.ID)
	} else {
		s.mem.remember(g)
	}
	if ended && s.OnEnded != nil {
		s.OnEnded(g, late(g))
	}
	return g, nil
}

func (s *Service) settleLeases(g *Grant, by string, out map[LeaseID]outcome) []audit.Event {
	var evs []audit.Event
	for i := range g.Leases {
		l := &g.Leases[i]
		o, ok := out[l.ID]
		if !ok || l.State == Gone {
			continue
		}
		if l.Reason == "" {
			l.Reason = g.Reason
		}
		if o.proof == nil {
			l.State, l.Trouble = Ending, shorten(o.err.Error())
			l.Tries++
			evs = append(evs, s.leaseEvent(audit.LeaseTrouble, by, *g, *l, map[string]any{"trouble": l.Trouble, "tries": l.Tries}))
			continue
		}
		proof := *o.proof
		l.State, l.EndedAt, l.Proof, l.Trouble = Gone, proof.At, &proof, ""
		evs = append(evs, s.leaseEvent(audit.LeaseEnded, by, *g, *l, map[string]any{
			"reason": string(l.Reason), "role": l.Role, "sessions": proof.Sessions,
			"proven": proof.At.UTC().Format(eventTime), "disabled": proof.Disabled,
		}))
	}
	return evs
}

// close ends a grant whose leases are all proven ended.
func (s *Service) close(g *Grant, c *Change, out map[LeaseID]outcome) {
	g.State, g.EndedAt, g.HeldBy = Ended, s.now(), time.Time{}
	sessions, disabled := 0, false
	for _, l := range g.Leases {
		if _, now := out[l.ID]; !now || l.Proof == nil {
			continue
		}
		g.EndedAt = l.Proof.At
		sessions += l.Proof.Sessions
		disabled = disabled || l.Proof.Disabled
	}
	c.Events = append(c.Events, s.event(audit.GrantEnded, g.EndedBy, *g, map[string]any{
		"reason": string(g.Reason), "by": g.EndedBy, "ended": g.EndedAt.UTC().Format(eventTime),
		"lateness_ms": late(*g).Milliseconds(), "sessions": sessions, "disabled": disabled,
	}))
	if g.Kind == approvals.Access {
		c.Todos = append(c.Todos, approvals.Todo{Kind: TellHolder, ID: string(g.ID)})
	}
	c.Todos = append(c.Todos, approvals.Todo{Kind: approvals.DrawCard, ID: string(g.Request)})
}

// late is how long after it should have the grant ended: after its due second, the
// last sign of life's time, the end of the time to claim it, or the moment
// somebody wanted it ended.
func late(g Grant) time.Duration {
	should := g.EndingAt
	switch g.Reason {
	case Elapsed:
		should = g.Due
	case Abandoned:
		should = g.AliveBy
	case Lapsed:
		should = g.ClaimBy
	}
	return max(0, g.EndedAt.Sub(should))
}

// backoff is how long an ending waits before it is tried again: a second, then
// twice as long each time, at most two minutes.
func backoff(left []Lease) time.Duration {
	tries := 0
	for _, l := range left {
		tries = max(tries, l.Tries)
	}
	return min(2*time.Minute, time.Second<<min(max(tries-1, 0), 7))
}

func trouble(g Grant) string {
	for _, l := range g.Leases {
		if l.State != Gone && l.Trouble != "" {
			return l.Trouble
		}
	}
	return "not proven yet"
}

// shorten makes a text fit to be kept, whatever bytes an error quoted.
func shorten(text string) string {
	const most = 500
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "?"), "\x00", "?")
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}
