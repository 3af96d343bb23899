package approvals_test

import (
	"errors"
	"testing"
	"time"

	"dbaccess/approvals"
	"dbaccess/audit"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
)

func TestOnlyTheAskerCancels(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submit(access("read"))
	for _, who := range []identity.Principal{w.who("bob"), identity.OperatorPrincipal("alice"), identity.SystemPrincipal("alice")} {
		if _, err := w.Cancel(t.Context(), who, r.ID); !errors.Is(err, approvals.ErrNotYours) {
			t.Errorf("%s: got %v, want ErrNotYours", who.ID(), err)
		}
	}
	r = w.must(w.Cancel(t.Context(), w.who("alice"), r.ID))
	w.left(r, approvals.Cancelled, "Cancelled by alice.")
	w.events(r, audit.RequestSubmitted, audit.RequestCancelled)
	w.todos(r, approvals.DrawCard, approvals.ExpireNow, approvals.DrawCard)
}

func TestAPersonCancelsWhatTheirAgentAskedAndNobodyElsesAgent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people["claude@alice"] = identity.Principal{Kind: identity.Agent, Name: "claude@alice", For: "alice", Groups: []string{"owners"}}
	ask := access("read")
	r := w.must(w.Submit(t.Context(), w.who("claude@alice"), ask))
	for _, who := range []identity.Principal{
		w.who("bob"), identity.OperatorPrincipal("alice"),
		{Kind: identity.Agent, Name: "claude@bob", For: "bob"},
		{Kind: identity.Agent, Name: "codex@alice", For: "alice"},
		{Kind: identity.Service, Name: "service/nightly", For: "alice"},
	} {
		if _, err := w.Cancel(t.Context(), who, r.ID); !errors.Is(err, approvals.ErrNotYours) {
			t.Errorf("%s: got %v, want ErrNotYours", who.ID(), err)
		}
	}
	if _, err := w.Revise(t.Context(), w.who("alice"), r.ID, ask); !errors.Is(err, approvals.ErrNotYours) {
		t.Errorf("alice changes what her agent asks: %v", err)
	}
	r = w.must(w.Cancel(t.Context(), w.who("alice"), r.ID))
	w.left(r, approvals.Cancelled, "Cancelled by alice.")
	w.events(r, audit.RequestSubmitted, audit.RequestCancelled)
	if _, err := w.Cancel(t.Context(), w.who("alice"), r.ID); errors.Is(err, approvals.ErrNotYours) || err == nil {
		t.Errorf("twice: %v, want that it is decided", err)
	}
	own := w.must(w.Submit(t.Context(), w.who("alice"), ask))
	if _, err := w.Cancel(t.Context(), w.who("claude@alice"), own.ID); !errors.Is(err, approvals.ErrNotYours) {
		t.Errorf("an agent cancels its person's: %v", err)
	}
}

func TestOnlyWhatIsOverdueExpires(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submit(access("masked-read"))
	w.pass(4*time.Hour - time.Microsecond)
	if err := w.Expire(t.Context(), r.ID); err != nil {
		t.Fatal(err)
	}
	w.left(w.stored(r), approvals.Pending, "")
	w.pass(time.Microsecond)
	for range 2 { // the job may run twice
		if err := w.Expire(t.Context(), r.ID); err != nil {
			t.Fatal(err)
		}
	}
	r, _ = w.Request(t.Context(), r.ID)
	w.left(r, approvals.Expired, "Nobody decided in time: 0 of 1 had approved.")
	w.events(r, audit.RequestSubmitted, audit.RequestExpired)
	w.todos(r, approvals.DrawCard, approvals.ExpireNow, approvals.DrawCard, approvals.TellAsker)
	if err := w.Expire(t.Context(), "req_unknown"); !errors.Is(err, approvals.ErrNoRequest) {
		t.Errorf("got %v, want ErrNoRequest", err)
	}
}

func TestARevisionStartsReviewsAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submit(access("read"))
	first := w.must(w.review("bob", r, approvals.Approve))
	w.pass(time.Hour)
	ask := access("read")
	ask.Duration = 2 * time.Hour
	r = w.must(w.Revise(t.Context(), w.who("alice"), r.ID, ask))
	if r.Revision != 2 || r.Digest == first.Digest || r.Duration != 2*time.Hour || len(r.Reviews) != 1 || r.Digest != approvals.DigestOf(r.Terms) {
		t.Errorf("revised to %+v", r)
	}
	if !r.ExpiresAt.Equal(first.ExpiresAt.Add(time.Hour)) {
		t.Errorf("expires at %v, want an hour later than %v", r.ExpiresAt, first.ExpiresAt)
	}
	w.events(r, audit.RequestSubmitted, audit.ReviewGiven, audit.RequestRevised)
	r = w.must(w.review("carol", r, approvals.Approve))
	w.left(r, approvals.Pending, "") // bob's was about something else
	r = w.must(w.review("bob", r, approvals.Approve))
	w.left(r, approvals.Approved, "Approved by carol and bob.")
	_, _, grants := w.seen(r)
	if len(grants) != 1 || grants[0].Duration != 2*time.Hour {
		t.Errorf("grants %+v", grants)
	}
}

func TestRevisionsAreTheAskersAndMustDiffer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submit(access("read"))
	if _, err := w.Revise(t.Context(), w.who("bob"), r.ID, access("masked-read")); !errors.Is(err, approvals.ErrNotYours) {
		t.Errorf("got %v, want ErrNotYours", err)
	}
	_, err := w.Revise(t.Context(), w.who("alice"), r.ID, access("read"))
	w.refused(err, fault.Invalid, "Nothing is different.")
	_, err = w.Revise(t.Context(), w.who("alice"), r.ID, statement("DELETE FROM x"))
	w.refused(err, fault.Invalid, "A request for access cannot become one for a statement.")
	_, err = w.Revise(t.Context(), w.who("alice"), r.ID, access("raw"))
	w.refused(err, fault.NotFound, "no profile")
	w.events(r, audit.RequestSubmitted)
}

func TestARevisionMayBeAllowedOrDeniedAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.must(w.Revise(t.Context(), w.who("alice"), w.submit(access("read")).ID, access("open")))
	w.left(r, approvals.Approved, `Allowed by the policy's rule "open".`)
	w.events(r, audit.RequestSubmitted, audit.RequestRevised, audit.RequestApproved, audit.GrantOpened)
	w.todos(r, approvals.DrawCard, approvals.ExpireNow, approvals.DrawCard, approvals.TellAsker)

	ask := access("read")
	ask.Database = "ledger"
	r = w.must(w.Revise(t.Context(), w.who("alice"), w.submit(access("read")).ID, ask))
	w.left(r, approvals.Denied, "The ledger is not for people.")
}

// approvedStatement is a statement that waits to be run.
func approvedStatement(w *world) approvals.Request {
	w.t.Helper()
	r := w.submit(statement("DELETE FROM carts WHERE id = 7"))
	return w.must(w.review("bob", r, approvals.Approve))
}

func TestAStatementRunsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := approvedStatement(w)
	r = w.must(w.Start(t.Context(), r.ID))
	if r.State != approvals.Executing || r.StartedAt.IsZero() {
		t.Errorf("started as %+v", r)
	}
	_, err := w.Start(t.Context(), r.ID)
	w.refused(err, fault.Conflict, "This request is approved and executing already")
	for range 2 { // the job may run twice
		r = w.must(w.Finish(t.Context(), r.ID, approvals.Result{State: approvals.Executed, Rows: 1, Outcome: "1 row changed."}))
	}
	w.left(r, approvals.Executed, "1 row changed.")
	if r.Rows != 1 || r.EndedAt.IsZero() {
		t.Errorf("finished as %+v", r)
	}
	w.events(r, audit.RequestSubmitted, audit.ReviewGiven, audit.RequestApproved, audit.GrantOpened, audit.StatementStarted, audit.StatementExecuted)
	w.todos(r, approvals.DrawCard, approvals.ExpireNow, approvals.Estimate, approvals.DrawCard, approvals.TellAsker, approvals.RunNow,
		approvals.DrawCard, approvals.DrawCard, approvals.TellAsker)
}

func TestRunsEndAsTheyEnd(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		res   approvals.Result
		event audit.Type
	}{
		"failed": {approvals.Result{State: approvals.Failed, Outcome: "There is no such table."}, audit.StatementFailed},
		"fused":  {approvals.Result{State: approvals.Failed, Fused: true, Rows: 5000, Outcome: "It would have changed 5000 rows."}, audit.StatementFused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			r := w.must(w.Start(t.Context(), approvedStatement(w).ID))
			r = w.must(w.Finish(t.Context(), r.ID, test.res))
			w.left(r, approvals.Failed, test.res.Outcome)
			if got := w.last().Type; got != test.event {
				t.Errorf("the event is %s, want %s", got, test.event)
			}
		})
	}
	w := newWorld(t)
	r := w.must(w.Start(t.Context(), approvedStatement(w).ID))
	for _, res := range []approvals.Result{{State: approvals.Approved}, {}, {State: approvals.Executed, Fused: true}} {
		if _, err := w.Finish(t.Context(), r.ID, res); err == nil {
			t.Errorf("a run ended as %+v", res)
		}
	}
	_, err := w.Finish(t.Context(), approvedStatement(w).ID, approvals.Result{State: approvals.Executed})
	w.refused(err, fault.Conflict, "approved already")
}

func TestOnlyApprovedStatementsStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.Start(t.Context(), w.submit(statement("DELETE FROM x")).ID)
	w.refused(err, fault.Conflict, "not approved yet")
	_, err = w.Start(t.Context(), w.submit(access("open")).ID)
	w.refused(err, fault.Invalid, "has no statement to run")
}

func TestAStatementThatMayNotRunAnyMoreHasFailed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change  func(w *world, r approvals.Request)
		kind    fault.Kind
		outcome string
	}{
		"the policy denies": {func(w *world, _ approvals.Request) {
			w.setPolicy("version: 1\nrules:\n  - {name: closed, deny: Closed.}\n")
		}, fault.Denied, "It was not run. It was approved, but the policy of now denies it: Closed."},
		"too long ago": {
			func(w *world, _ approvals.Request) { w.pass(2*time.Hour + time.Second) },
			fault.Expired, "It was not run. It was approved too long ago.",
		},
		"another statement": {func(w *world, r approvals.Request) {
			r.Statement = "DELETE FROM carts"
			w.store.requests[r.ID] = r
		}, fault.Internal, "It was not run. Something went wrong on our side."},
		"another statement with its digest": {func(w *world, r approvals.Request) {
			r.Statement = "DELETE FROM carts"
			r.Digest = approvals.DigestOf(r.Terms)
			w.store.requests[r.ID] = r
		}, fault.Internal, "It was not run. Something went wrong on our side."},
		"nobody's review": {func(w *world, r approvals.Request) {
			r.Reviews = nil
			w.store.requests[r.ID] = r
		}, fault.Internal, "It was not run. Something went wrong on our side."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			r := approvedStatement(w)
			test.change(w, r)
			got, err := w.Start(t.Context(), r.ID)
			if err == nil || fault.KindOf(err) != test.kind {
				t.Errorf("got %v, want a fault of kind %v", err, test.kind)
			}
			w.left(w.stored(got), approvals.Failed, test.outcome)
			w.events(r, audit.RequestSubmitted, audit.ReviewGiven, audit.RequestApproved, audit.GrantOpened, audit.StatementFailed)
			if test.kind == fault.Internal && w.last().Details["cause"] == nil {
				t.Error("the record does not say what was wrong")
			}
		})
	}
}

func TestAStatementWaitsWhileThePolicyCannotBeAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := approvedStatement(w)
	w.away = fault.New(fault.Unavailable, "The directory is away.", "")
	_, err := w.Start(t.Context(), r.ID)
	w.refused(err, fault.Unavailable, "The directory is away.")
	w.left(w.stored(r), approvals.Approved, "Approved by bob.")
	w.away = nil
	w.must(w.Start(t.Context(), r.ID))
}

func TestClaimsAskThePolicyOfNow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submit(access("masked-read"))
	w.refused(w.StillAllowed(t.Context(), w.grantOf(r)), fault.Conflict, "This request is pending already")
	r = w.must(w.review("bob", r, approvals.Approve))
	if err := w.StillAllowed(t.Context(), w.grantOf(r)); err != nil {
		t.Errorf("got %v, want nil", err)
	}
	// More reviews by now do not take back what was approved; only a deny does.
	w.setPolicy("version: 1\nrules:\n  - {name: stricter, review: {groups: [admins], count: 9}}\n")
	if err := w.StillAllowed(t.Context(), w.grantOf(r)); err != nil {
		t.Errorf("got %v, want nil", err)
	}
	w.setPolicy("version: 1\nrules:\n  - {name: closed, deny: Closed.}\n")
	w.refused(w.StillAllowed(t.Context(), w.grantOf(r)), fault.Denied, "Closed.")
	w.setPolicy(rules)
	delete(w.people, "alice")
	w.refused(w.StillAllowed(t.Context(), w.grantOf(r)), fault.Denied, "alice is not known to dbaccess any more.")
	if err := w.StillAllowed(t.Context(), approvals.Grant{Request: "req_unknown"}); !errors.Is(err, approvals.ErrNoRequest) {
		t.Errorf("got %v, want ErrNoRequest", err)
	}
}

func TestClaimsOfTamperedRequestsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.must(w.review("bob", w.submit(access("masked-read")), approvals.Approve))
	bad := r
	bad.Profile = "read"
	w.store.requests[r.ID] = bad
	if err := w.StillAllowed(t.Context(), w.grantOf(r)); !errors.Is(err, approvals.ErrTampered) {
		t.Errorf("got %v, want ErrTampered", err)
	}
}

func TestAGrantThatItsApprovalDidNotOpenIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.must(w.review("bob", w.submit(access("masked-read")), approvals.Approve))
	good := w.grantOf(r)
	if err := w.StillAllowed(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(*approvals.Grant){
		"another holder":    func(g *approvals.Grant) { g.Holder = "frank" },
		"another profile":   func(g *approvals.Grant) { g.Profile = "write" },
		"another database":  func(g *approvals.Grant) { g.Database = "ledger" },
		"a longer window":   func(g *approvals.Grant) { g.Duration *= 2 },
		"another kind":      func(g *approvals.Grant) { g.Kind = approvals.Statement },
		"a second grant":    func(g *approvals.Grant) { g.ID = "grt_second" },
		"a later beginning": func(g *approvals.Grant) { g.ApprovedAt = g.ApprovedAt.Add(time.Hour) },
	} {
		g := good
		change(&g)
		if err := w.StillAllowed(t.Context(), g); !errors.Is(err, approvals.ErrTampered) {
			t.Errorf("%s: got %v, want ErrTampered", what, err)
		}
	}
}

func TestTheSweepExpiresReroutesAndGivesUpRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lost := w.must(w.Start(t.Context(), approvedStatement(w).ID))
	w.pass(10 * time.Minute)
	running := w.must(w.Start(t.Context(), approvedStatement(w).ID))
	overdue := w.submit(access("masked-read"))
	w.pass(5*time.Minute + time.Second)
	fresh := w.submit(access("read"))
	half := w.must(w.review("bob", w.submit(access("read")), approvals.Approve))
	w.store.requests[overdue.ID] = func() approvals.Request {
		r := w.store.requests[overdue.ID]
		r.ExpiresAt = w.clock.Truncate(time.Microsecond)
		return r
	}()
	if err := w.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	state := func(r approvals.Request, want approvals.State) approvals.Request {
		t.Helper()
		got, _ := w.Request(t.Context(), r.ID)
		if got.State != want {
			t.Errorf("%s is %s, want %s", r.ID, got.State, want)
		}
		return got
	}
	state(overdue, approvals.Expired)
	state(fresh, approvals.Pending)
	state(running, approvals.Executing)
	got := state(lost, approvals.Failed)
	w.left(got, approvals.Failed, "Nothing was changed: dbaccess or the database stopped before it was committed. Ask again.")
	// What the runner says after all is noted, and does not change the state.
	_, err := w.Finish(t.Context(), lost.ID, approvals.Result{State: approvals.Executed, Rows: 3, Outcome: "3 rows changed."})
	w.refused(err, fault.Conflict, "Nothing was changed")
	if e := w.last(); e.Type != audit.StatementExecuted || e.Details["late"] != true {
		t.Errorf("the event is %+v", e)
	}

	events := len(w.store.events)
	if err := w.Sweep(t.Context()); err != nil || len(w.store.events) != events {
		t.Errorf("a second sweep: %v, %d new events", err, len(w.store.events)-events)
	}
	// A version that asks for the same makes no events; one review is enough now.
	w.setPolicy(rules + "# a comment\n")
	if err := w.Sweep(t.Context()); err != nil || len(w.store.events) != events {
		t.Errorf("a sweep under a comment: %v, %d new events", err, len(w.store.events)-events)
	}
	w.setPolicy("version: 1\nrules:\n  - {name: easier, review: {groups: [owners]}}\n")
	if err := w.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	state(fresh, approvals.Pending)
	w.left(state(half, approvals.Approved), approvals.Approved, "Approved by bob.")
	w.events(half, audit.RequestSubmitted, audit.ReviewGiven, audit.RequestRerouted, audit.RequestApproved, audit.GrantOpened)
	w.setPolicy("version: 1\nrules:\n  - {name: closed, deny: Closed.}\n")
	if err := w.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.left(state(fresh, approvals.Denied), approvals.Denied, "Closed.")
	state(half, approvals.Approved)
}

func TestWhatOneSweepCannotDoDoesNotHoldUpTheRest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, second := w.submit(access("masked-read")), w.submit(access("masked-read"))
	w.pass(4 * time.Hour)
	w.store.failAt = 3 // the first of the two expiries
	if err := w.Sweep(t.Context()); !errors.Is(err, errDisk) {
		t.Errorf("got %v, want the store's error", err)
	}
	for _, r := range []approvals.Request{first, second} {
		if got, _ := w.Request(t.Context(), r.ID); got.State != approvals.Expired {
			t.Errorf("%s is %s, want expired", r.ID, got.State)
		}
	}
}

func TestNothingHappensIfTheStoreFailsAtAnyWrite(t *testing.T) {
	t.Parallel()
	story := func(w *world) error { // every kind of write, once
		r, err := w.Submit(w.t.Context(), w.who("alice"), statement("DELETE FROM carts WHERE id = 7"))
		if err != nil {
			return err
		}
		if _, err := w.review("alice", r, approvals.Approve); !errors.Is(err, approvals.ErrSelfReview) || errors.Is(err, errDisk) {
			return err
		}
		if _, err := w.review("bob", r, approvals.Approve); err != nil {
			return err
		}
		if _, err := w.Start(w.t.Context(), r.ID); err != nil {
			return err
		}
		_, err = w.Finish(w.t.Context(), r.ID, approvals.Result{State: approvals.Executed, Outcome: "Done."})
		return err
	}
	whole := newWorld(t)
	if err := story(whole); err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= whole.store.calls; n++ {
		w := newWorld(t)
		w.store.failAt = n
		if err := story(w); !errors.Is(err, errDisk) {
			t.Fatalf("write %d: got %v, want the store's error", n, err)
		}
		for i, e := range w.store.events { // what did happen is what happens first in the whole story
			if e.Type != whole.store.events[i].Type {
				t.Errorf("write %d: event %d is %s, want %s", n, i, e.Type, whole.store.events[i].Type)
			}
		}
		for _, r := range w.store.requests {
			if (r.State == approvals.Pending) != (len(w.store.grants) == 0) {
				t.Errorf("write %d: it is %s with %d grants", n, r.State, len(w.store.grants))
			}
		}
	}
}
