package approvals

import (
	"cmp"
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

// Cancel ends a pending request by its asker's wish.
func (s *Service) Cancel(ctx context.Context, who identity.Principal, id RequestID) (Request, error) {
	return s.change(ctx, id, func(st *step) error {
		if err := st.own(who); err != nil {
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
// policy, and fails statements whose runner died. What cannot be done does not
// hold up the rest.
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
		s.each(ctx, Filter{StartedBefore: now.Add(-s.runWithin()), Limit: sweepLimit}, func(st *step) error {
			if st.r.State == Executing && st.r.StartedAt.Before(st.now.Add(-s.runWithin())) {
				st.fail("Whether it took effect is unknown: dbaccess stopped while it ran.", nil)
			}
			return nil
		}),
	)
}

func (s *Service) runWithin() time.Duration { return cmp.Or(s.RunWithin, 15*time.Minute) }

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

// Start stores the intent to run an approved statement: the digest is computed
// again and must match, and the policy of now must not deny it. A statement that
// may not run any more has failed, and the error says why.
func (s *Service) Start(ctx context.Context, id RequestID) (Request, error) {
	return s.change(ctx, id, func(st *step) error {
		switch {
		case st.r.Kind != Statement:
			return invalid("", "This request has no statement to run.")
		case st.r.State == Pending:
			return fault.New(fault.Conflict, "This request is not approved yet.", "It runs when it is.")
		case st.r.State != Approved:
			return errDecided(st.r)
		}
		err := st.allowed()
		switch {
		case err == nil && st.now.After(st.r.DecidedAt.Add(s.ClaimWithin)):
			err = fault.New(fault.Expired, "It was approved too long ago.", "Ask again.")
		case err != nil && !errors.Is(err, ErrTampered) && fault.KindOf(err) != fault.Denied:
			return err // could not be found out: try again later
		}
		if err != nil {
			st.fail("It was not run. "+outcome(err), err)
			st.refusal = err
			return nil
		}
		st.changed = true
		st.r.State, st.r.StartedAt = Executing, st.now
		st.event(audit.StatementStarted, byRunner, map[string]any{
			"digest": st.r.Digest.String(), "profile": st.r.Profile, "row_bound": st.r.RowBound, "policy": st.s.version(),
		})
		st.draw()
		return nil
	})
}

// version is that of the policy in force.
func (s *Service) version() string {
	if set := s.Policy(); set != nil {
		return set.Version
	}
	return ""
}

// fail ends a statement that did not run, or whose end nobody saw. People read
// why; the record keeps the cause too.
func (st *step) fail(why string, cause error) {
	st.changed = true
	st.r.State, st.r.EndedAt, st.r.Outcome = Failed, st.now, why
	details := map[string]any{"why": why, "digest": st.r.Digest.String()}
	if cause != nil {
		details["cause"] = cause.Error()
	}
	st.event(audit.StatementFailed, byRunner, details)
	st.draw()
	st.todo(TellAsker, time.Time{})
}

// Finish stores how the run ended. Called again, it changes nothing. A run that
// was given up as lost stays failed, and what it says now is noted.
func (s *Service) Finish(ctx context.Context, id RequestID, res Result) (Request, error) {
	if res.State != Executed && res.State != Failed || res.Fused && res.State != Failed {
		return Request{}, fmt.Errorf("finish %s: a run cannot end as %q (fused %v)", id, res.State, res.Fused)
	}
	ended := audit.StatementExecuted
	if res.Fused {
		ended = audit.StatementFused
	} else if res.State == Failed {
		ended = audit.StatementFailed
	}
	return s.change(ctx, id, func(st *step) error {
		details := map[string]any{"outcome": res.Outcome, "rows": res.Rows, "digest": st.r.Digest.String()}
		switch {
		case st.r.State == res.State && st.r.Outcome == res.Outcome && st.r.Rows == res.Rows:
			return nil
		case st.r.State == Failed && !st.r.StartedAt.IsZero():
			details["late"] = true
			st.event(ended, byRunner, details)
			st.refusal = errDecided(st.r)
			return nil
		case st.r.State != Executing:
			return errDecided(st.r)
		}
		st.changed = true
		st.r.State, st.r.EndedAt, st.r.Rows, st.r.Outcome = res.State, st.now, res.Rows, res.Outcome
		st.event(ended, byRunner, details)
		st.draw()
		at := time.Time{}
		if res.State == Executed {
			at = st.now.Add(resultFirst)
		}
		st.todo(TellAsker, at)
		return nil
	})
}

// resultFirst is how long whoever ran a statement has to bring its rows to the
// asker, before the asker is told without them.
const resultFirst = 5 * time.Second

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
	return st.allowed()
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
func (st *step) allowed() error {
	if tampered(st.r) {
		return fmt.Errorf("request %s: %w", st.r.ID, ErrTampered)
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
