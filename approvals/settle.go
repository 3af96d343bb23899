package approvals

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"dbaccess/audit"
)

// Mark says which transaction a run is about to commit, in the words of the
// server that it runs on. It is stored before the COMMIT is sent: whoever finds
// the run without an outcome can ask that server what became of it.
type Mark struct {
	XID    string // the transaction's id, pg_current_xact_id(); empty: it has changed nothing, and has none
	System string // the server's system identifier and timeline: another one has another history
	Epoch  string // another one after the server has crashed: then ids that it had given may be given again
	At     string // the server's own clock
	Rows   int64  // what it has changed
}

// Fate is what became of a run's transaction.
type Fate string

// The fates.
const (
	Committed  Fate = "committed"
	RolledBack Fate = "rolled back"
	Underway   Fate = "under way" // neither yet: ask again
	Unknown    Fate = "unknown"   // the server cannot tell any more
)

// Settled reports whether the request's end was found out afterwards, from the
// target: its runner had not told.
func (r Request) Settled() bool { return r.Fate != "" }

// Committing stores what a run is about to commit. An error means that it must
// not: the request is not executing any more, because its run was given up as
// lost, or that could not be stored. So a run that is given up without a mark
// has changed nothing, and never will.
func (s *Service) Committing(ctx context.Context, id RequestID, m Mark) error {
	if m.XID == "" {
		return fmt.Errorf("mark %s: a transaction without an id has nothing to commit", id)
	}
	_, err := s.change(ctx, id, func(st *step) error {
		switch {
		case st.r.State != Executing:
			return errDecided(st.r)
		case st.r.Mark == m:
			return nil
		case st.r.Mark != Mark{}:
			return fmt.Errorf("a run commits once, and transaction %s is marked", st.r.Mark.XID)
		}
		st.changed = true
		st.r.Mark = m
		st.event(audit.StatementCommitting, byRunner, map[string]any{
			"xid": m.XID, "system": m.System, "epoch": m.Epoch, "rows": m.Rows, "digest": st.r.Digest.String(),
		})
		return nil
	})
	return err
}

// settlePatience is for how long the fate of a transaction is asked for where
// nobody answers, or where it is under way. Its asker has waited long enough
// then, and is told to look.
const settlePatience = time.Hour

// Settle finds out what became of a run whose runner has not said so, and cannot
// any more. One that is not executing is left alone. While the target does not
// answer, the request stays as it is and the error says why.
func (s *Service) Settle(ctx context.Context, id RequestID) (Request, error) {
	r, err := s.Store.Request(ctx, id)
	if err != nil || r.State != Executing {
		return r, err
	}
	fate, why := RolledBack, ""
	if r.Mark.XID != "" {
		if fate, why, err = s.fate(ctx, r); err != nil {
			return r, fmt.Errorf("settle %s: %w", id, err)
		}
	}
	settled, err := s.change(ctx, id, func(st *step) error {
		if st.r.State != Executing {
			return nil // its runner has told after all
		}
		if st.r.Mark != r.Mark {
			return fmt.Errorf("settle %s: it is being committed", id)
		}
		st.lost(fate, why)
		return nil
	})
	if err == nil && settled.Settled() && s.OnSettled != nil {
		s.OnSettled(ctx, settled)
	}
	return settled, err
}

// fate asks for the fate of a marked run. It is an error as long as there is
// hope of an answer.
func (s *Service) fate(ctx context.Context, r Request) (Fate, string, error) {
	if s.Fate == nil {
		return Unknown, "nobody can be asked", nil
	}
	fate, why, err := s.Fate(ctx, r)
	late := s.now().Sub(r.StartedAt) > s.runWithin(r)+settlePatience
	switch {
	case err != nil && late:
		return Unknown, "the database could not be asked for too long", nil
	case err != nil:
		return "", "", err
	case fate == Underway && late:
		return Unknown, "its transaction has not ended", nil
	case fate == Underway:
		return "", "", errors.New("its transaction is under way")
	}
	return fate, why, nil
}

// lost ends a run whose runner did not tell of its end.
func (st *step) lost(fate Fate, why string) {
	st.changed = true
	st.r.EndedAt, st.r.Fate = st.now, fate
	what := audit.StatementFailed
	switch fate {
	case Committed:
		what, st.r.State, st.r.Rows = audit.StatementExecuted, Executed, st.r.Mark.Rows
		st.r.Outcome = fmt.Sprintf("It took effect (rows changed: %d). dbaccess stopped before it could tell, and what the statement returned is lost.", st.r.Mark.Rows)
	case RolledBack:
		st.r.State = Failed
		st.r.Outcome = "Nothing was changed: dbaccess or the database stopped before it was committed. Ask again."
	default:
		what, st.r.State = audit.StatementUnknown, Failed
		st.r.Outcome = "It is not known whether it took effect: " + why + ". Look at the data before asking again."
	}
	st.event(what, byRunner, map[string]any{
		"found": string(fate), "why": cmp.Or(why, st.r.Outcome), "xid": st.r.Mark.XID, "system": st.r.Mark.System, "digest": st.r.Digest.String(),
	})
	st.draw()
	st.todo(TellAsker, time.Time{})
}

// settleLost settles the runs that take longer than any may.
func (s *Service) settleLost(ctx context.Context, now time.Time) error {
	running, err := s.Store.Requests(ctx, Filter{States: []State{Executing}, Limit: sweepLimit})
	if err != nil {
		return fmt.Errorf("list runs: %w", err)
	}
	var errs []error
	for _, r := range running {
		if !r.StartedAt.Before(now.Add(-s.runWithin(r))) {
			continue
		}
		if _, err := s.Settle(ctx, r.ID); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// runWithin is how long a run may take before its runner counts as dead.
func (s *Service) runWithin(r Request) time.Duration {
	if db, err := s.Database(r.Database); err == nil && db.RunWithin > 0 {
		return db.RunWithin
	}
	return cmp.Or(s.RunWithin, 15*time.Minute)
}
