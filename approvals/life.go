package approvals

import (
	"context"
	"errors"
	"fmt"
	"time"

	"dbaccess/approvals/policy"
	"dbaccess/audit"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
)

// own refuses everybody but the asker, and whoever comes too late.
func (st *step) own(who identity.Principal) error {
	asker := who.Kind == identity.Person || who.Kind == identity.Service || who.Kind == identity.Agent
	if !asker || who.Name != st.r.Requester {
		return ErrNotYours
	}
	if st.r.State != Pending {
		return errDecided(st.r)
	}
	return nil
}

// Cancel ends a pending request by the wish of its asker, or of the person whose
// agent asked, who may end its access, too.
func (s *Service) Cancel(ctx context.Context, who identity.Principal, id RequestID) (Request, error) {
	return s.change(ctx, id, func(st *step) error {
		asker := who
		if who.Kind == identity.Person && who.Name == identity.Named(st.r.Requester).For {
			asker = identity.Named(st.r.Requester)
		}
		if err := st.own(asker); err != nil {
			return err
		}
		st.decide(Cancelled, "Cancelled by "+who.Name+".", audit.RequestCancelled, who.ID(), nil)
		return nil
	})
}

// Expire ends a request that nobody decided in time; others are left alone.
func (s *Service) Expire(ctx context.Context, id RequestID) error {
	_, err := s.change(ctx, id, func(st *step) error {
		if st.r.State == Pending && !st.now.Before(st.r.ExpiresAt) {
			st.settle(byExpiry)
		}
		return nil
	})
	return err
}

// sweepLimit is how many requests one sweep looks at; the next goes on.
const sweepLimit = 10_000

// Sweep expires what is overdue, re-routes pending requests under a changed
// policy, and finds out what became of statements whose runner died. What cannot
// be done does not hold up the rest.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.now()
	return errors.Join(
		s.each(ctx, Filter{ExpiredBy: now, Limit: sweepLimit}, func(st *step) error {
			if st.r.State == Pending && !st.now.Before(st.r.ExpiresAt) {
				st.settle(byExpiry)
			}
			return nil
		}),
		s.each(ctx, Filter{States: []State{Pending}, Limit: sweepLimit}, func(st *step) error {
			if st.r.State != Pending {
				return nil
			}
			if err := st.reroute(); err != nil {
				return err
			}
			st.settle(byPolicy)
			return nil
		}),
		s.settleLost(ctx, now),
	)
}

// each takes a step of every request that the filter selects.
func (s *Service) each(ctx context.Context, f Filter, take func(*step) error) error {
	list, err := s.Store.Requests(ctx, f)
	if err != nil {
		return fmt.Errorf("list requests to sweep: %w", err)
	}
	var errs []error
	for _, r := range list {
		if _, err := s.change(ctx, r.ID, take); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// StillAllowed returns nil if the grant is what its request's approval opened,
// the request is as it was approved, and the policy of now does not deny it.
// Claims and runs ask it.
func (s *Service) StillAllowed(ctx context.Context, g Grant) error {
	r, err := s.Store.Request(ctx, g.Request)
	if err != nil {
		return fmt.Errorf("read request %s: %w", g.Request, err)
	}
	if r.State != Approved && r.State != Executing {
		return errDecided(r)
	}
	was := opened(r, r.Grant, g.ClaimBy)
	if g.ApprovedAt.Equal(was.ApprovedAt) {
		g.ApprovedAt = was.ApprovedAt // the same instant, however its zone is written
	}
	if g != was {
		return fmt.Errorf("grant %s of request %s: %w", g.ID, r.ID, ErrTampered)
	}
	st := step{s: s, now: s.now(), r: r}
	return st.allowed(ctx)
}

// opened is the grant that the approval of r opened.
func opened(r Request, id GrantID, claimBy time.Time) Grant {
	return Grant{
		ID: id, Request: r.ID, Kind: r.Kind, Holder: r.Requester,
		Database: r.Database, Profile: r.Profile, Duration: r.Duration,
		ApprovedAt: r.DecidedAt, ClaimBy: claimBy,
	}
}

// allowed checks an approved request against what was approved, and against the
// policy of now. What needs more reviews by now was approved all the same; only
// a deny takes it back.
func (st *step) allowed(ctx context.Context) error {
	if tampered(st.r) {
		return fmt.Errorf("request %s: %w", st.r.ID, ErrTampered)
	}
	if err := st.covered(ctx); err != nil {
		return err
	}
	route, err := st.s.route(st.r)
	if err != nil {
		return err
	}
	if route.Outcome == policy.Deny {
		return fault.New(fault.Denied, "It was approved, but the policy of now denies it: "+route.Sentence, "Ask again if that has changed.")
	}
	return nil
}

// tampered reports whether an approved request differs from what its digest,
// its route and its reviews say: somebody wrote to the store past us.
func tampered(r Request) bool {
	if DigestOf(r.Terms) != r.Digest {
		return true
	}
	decided := r
	decided.State = Pending
	return Decide(r.Route, decided, r.DecidedAt).State != Approved
}
