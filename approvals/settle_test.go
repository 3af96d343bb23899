package approvals_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"dbaccess/approvals"
	"dbaccess/audit"
	"dbaccess/internal/fault"
)

var mark = approvals.Mark{XID: "725", System: "7710/1", Epoch: "noon", Rows: 3}

// started is a run that is under way.
func (w *world) started() approvals.Request {
	w.t.Helper()
	return w.must(w.Start(w.t.Context(), approvedStatement(w).ID))
}

// committing is a run that is about to commit, and whose runner is gone.
func (w *world) committing() approvals.Request {
	w.t.Helper()
	r := w.started()
	if err := w.Committing(w.t.Context(), r.ID, mark); err != nil {
		w.t.Fatal(err)
	}
	r, _ = w.Request(w.t.Context(), r.ID)
	w.pass(16 * time.Minute)
	return r
}

// fated lets the target answer.
func (w *world) fated(fate approvals.Fate, why string, err error) {
	w.Fate = func(_ context.Context, r approvals.Request) (approvals.Fate, string, error) {
		if r.Mark != mark {
			w.t.Errorf("the target is asked about %+v", r.Mark)
		}
		return fate, why, err
	}
}

func TestWhatIsAboutToBeCommittedIsOnRecordFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.started()
	for range 2 { // the first answer may have been lost
		if err := w.Committing(t.Context(), r.ID, mark); err != nil {
			t.Fatal(err)
		}
	}
	if got, _ := w.Request(t.Context(), r.ID); got.Mark != mark || got.State != approvals.Executing {
		t.Errorf("it is %s with the mark %+v", got.State, got.Mark)
	}
	w.events(r, audit.RequestSubmitted, audit.ReviewGiven, audit.RequestApproved, audit.GrantOpened, audit.StatementStarted, audit.StatementCommitting)
	if got := w.last().Details["xid"]; got != "725" {
		t.Errorf("the event names transaction %v", got)
	}
	other := mark
	other.XID = "726"
	if err := w.Committing(t.Context(), r.ID, other); err == nil {
		t.Error("a run may commit twice")
	}
	if err := w.Committing(t.Context(), r.ID, approvals.Mark{}); err == nil {
		t.Error("a transaction without an id may commit")
	}
}

func TestARunThatIsNotStoredOrWasGivenUpMayNotCommit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.started()
	w.store.failAt = w.store.calls + 1
	if err := w.Committing(t.Context(), r.ID, mark); !errors.Is(err, errDisk) {
		t.Errorf("got %v, want the store's error", err)
	}
	w.pass(16 * time.Minute)
	if err := w.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.refused(w.Committing(t.Context(), r.ID, mark), fault.Conflict, "Nothing was changed")
}

func TestTheTargetSaysWhatBecameOfALostRun(t *testing.T) {
	t.Parallel()
	for fate, want := range map[approvals.Fate]struct {
		state   approvals.State
		event   audit.Type
		outcome string
	}{
		approvals.Committed:  {approvals.Executed, audit.StatementExecuted, "It took effect (rows changed: 3). dbaccess stopped before it could tell, and what the statement returned is lost."},
		approvals.RolledBack: {approvals.Failed, audit.StatementFailed, "Nothing was changed: dbaccess or the database stopped before it was committed. Ask again."},
		approvals.Unknown:    {approvals.Failed, audit.StatementUnknown, "It is not known whether it took effect: the server is another one. Look at the data before asking again."},
	} {
		t.Run(string(fate), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			r := w.committing()
			why := ""
			if fate == approvals.Unknown {
				why = "the server is another one"
			}
			w.fated(fate, why, nil)
			var told []approvals.Fate
			w.OnSettled = func(_ context.Context, r approvals.Request) { told = append(told, r.Fate) }
			for range 2 { // the second finds nothing to do
				if err := w.Sweep(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			r, _ = w.Request(t.Context(), r.ID)
			w.left(r, want.state, want.outcome)
			if e := w.last(); e.Type != want.event || e.Details["xid"] != "725" || e.Details["found"] != string(fate) {
				t.Errorf("the event is %+v", e)
			}
			if !r.Settled() || !slices.Equal(told, []approvals.Fate{fate}) {
				t.Errorf("settled %v, and people were told of %v", r.Settled(), told)
			}
			if _, todos, _ := w.seen(r); todos[len(todos)-1] != approvals.TellAsker {
				t.Errorf("todos %v", todos)
			}
			if want.state == approvals.Executed && r.Rows != 3 {
				t.Errorf("%d rows", r.Rows)
			}
		})
	}
}

func TestALostRunWaitsForItsTargetAndThenForAPerson(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]struct {
		fate approvals.Fate
		err  error
		why  string
	}{
		"away":      {"", errors.New("no route to host"), "could not be asked for too long"},
		"under way": {approvals.Underway, nil, "its transaction has not ended"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			r := w.committing()
			w.fated(answer.fate, "", answer.err)
			if err := w.Sweep(t.Context()); err == nil {
				t.Error("nobody is told that the target did not answer")
			}
			w.left(w.stored(r), approvals.Executing, r.Outcome)
			w.pass(time.Hour)
			if err := w.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			r, _ = w.Request(t.Context(), r.ID)
			if r.State != approvals.Failed || r.Fate != approvals.Unknown || !strings.Contains(r.Outcome, answer.why) {
				t.Errorf("it is %s: %s", r.State, r.Outcome)
			}
		})
	}
}

func TestARunnerThatTellsAfterAllIsBelieved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.committing()
	done := approvals.Result{State: approvals.Executed, Rows: 3, Outcome: "3 rows changed."}
	w.Fate = func(ctx context.Context, _ approvals.Request) (approvals.Fate, string, error) { // while the target is asked
		_, err := w.Finish(ctx, r.ID, done)
		return approvals.RolledBack, "", err
	}
	if err := w.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	r, _ = w.Request(t.Context(), r.ID)
	w.left(r, approvals.Executed, "3 rows changed.")

	// One that was settled as committed may bring its rows all the same.
	late := w.committing()
	w.fated(approvals.Committed, "", nil)
	if err := w.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Finish(t.Context(), late.ID, done); err != nil {
		t.Errorf("got %v, want that the rows may be sent", err)
	}
	if e := w.last(); e.Type != audit.StatementExecuted || e.Details["late"] != true {
		t.Errorf("the event is %+v", e)
	}
}

func TestADatabaseSaysHowLongItsRunsMayTake(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db := w.dbs["shop"]
	db.RunWithin = 2 * time.Minute
	w.dbs["shop"] = db
	r := w.started()
	w.pass(2 * time.Minute)
	if err := w.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.left(w.stored(r), approvals.Executing, r.Outcome)
	w.pass(time.Second)
	if err := w.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r, _ = w.Request(t.Context(), r.ID); r.State != approvals.Failed || r.Fate != approvals.RolledBack {
		t.Errorf("it is %s, %q", r.State, r.Fate)
	}
}
