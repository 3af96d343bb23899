package approvals

import (
	"context"
	"errors"
	"fmt"
	"time"

	"dbaccess/audit"
	"dbaccess/internal/fault"
)

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
		err := st.allowed(ctx)
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
		case st.r.State == Executed && res.State == Executed && st.r.Settled():
			details["late"] = true // the rows are not lost after all: whoever has them may bring them
			st.event(ended, byRunner, details)
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
		st.r.Fused, st.r.FailedAt = res.Fused, res.At
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
