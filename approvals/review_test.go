package approvals_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"dbaccess/approvals"
	"dbaccess/audit"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
)

func TestTheLastReviewOpensTheGrant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submit(access("read"))
	r = w.must(w.review("bob", r, approvals.Approve))
	w.left(r, approvals.Pending, "")
	w.pass(time.Minute)
	r = w.must(w.review("carol", r, approvals.Approve))
	w.left(r, approvals.Approved, "Approved by bob and carol.")
	w.events(r, audit.RequestSubmitted, audit.ReviewGiven, audit.ReviewGiven, audit.RequestApproved, audit.GrantOpened)
	w.todos(r, approvals.DrawCard, approvals.ExpireNow, approvals.DrawCard, approvals.DrawCard, approvals.TellAsker)
	_, _, grants := w.seen(r)
	if len(grants) != 1 || grants[0].ID != r.Grant || grants[0].Holder != "alice" || !grants[0].ClaimBy.Equal(r.DecidedAt.Add(2*time.Hour)) {
		t.Errorf("grants %+v of %+v", grants, r)
	}
	if review := r.Reviews[1]; review.Reviewer != "carol" || fmt.Sprint(review.Groups) != "[admins owners]" || review.Policy != r.Route.Version || review.Route.Rule != "reads" || review.Digest != r.Digest {
		t.Errorf("the review is %+v", review)
	}
	if e := w.last(); e.Type != audit.GrantOpened || e.Actor != "person:carol" || e.Grant != string(r.Grant) {
		t.Errorf("the event is %+v", e)
	}
}

func TestAnApprovedStatementIsRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submit(statement("DELETE FROM carts WHERE id = 7"))
	r = w.must(w.review("dora", r, approvals.Approve))
	w.left(r, approvals.Approved, "Approved by dora.")
	w.todos(r, approvals.DrawCard, approvals.ExpireNow, approvals.Estimate, approvals.DrawCard, approvals.TellAsker, approvals.RunNow)
}

func TestOneRefusalDenies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submit(access("read"))
	w.must(w.review("bob", r, approvals.Approve))
	r = w.must(w.review("carol", r, approvals.Refuse))
	w.left(r, approvals.Denied, "Denied by carol: not today.")
	w.events(r, audit.RequestSubmitted, audit.ReviewGiven, audit.ReviewGiven, audit.RequestDenied)
	if _, _, grants := w.seen(r); len(grants) != 0 {
		t.Errorf("grants %+v", grants)
	}
}

func TestNobodyReviewsTheirOwnRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submit(access("masked-read"))
	for _, try := range []func(string, approvals.Request, approvals.Answer) (approvals.Request, error){w.review, w.react} {
		for _, answer := range []approvals.Answer{approvals.Approve, approvals.Refuse} {
			if _, err := try("alice", r, answer); !errors.Is(err, approvals.ErrSelfReview) {
				t.Errorf("got %v, want ErrSelfReview", err)
			}
		}
	}
	w.left(w.stored(r), approvals.Pending, "")
	w.events(r, audit.RequestSubmitted, audit.ReviewRefused, audit.ReviewRefused, audit.ReviewRefused, audit.ReviewRefused)
	// Not by coming in as another kind of principal either.
	for _, kind := range []identity.Kind{identity.Service, identity.Agent, identity.Operator, identity.System} {
		for _, name := range []string{"alice", "bob"} {
			_, err := w.Review(t.Context(), identity.Principal{Kind: kind, Name: name, Groups: []string{"owners"}},
				approvals.Opinion{Request: r.ID, Digest: r.Digest, Answer: approvals.Approve, Via: approvals.ByButton})
			w.refused(err, fault.Denied, "Only a person can review.")
		}
	}
}

func TestNobodyReviewsWhatTheirAgentOrTheJobTheyStartedAsksFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people["claude@alice"] = identity.Principal{Kind: identity.Agent, Name: "claude@alice", For: "alice", Groups: []string{"owners"}}
	w.people["service/nightly"] = identity.Principal{Kind: identity.Service, Name: "service/nightly"}
	job := w.people["service/nightly"]
	job.For, job.Claims = "alice", []identity.Claim{{Name: "repository", Value: "acme/shop"}}
	for _, who := range []identity.Principal{w.people["claude@alice"], job} {
		r, err := w.Submit(t.Context(), who, access("masked-read"))
		if err != nil {
			t.Fatal(err)
		}
		if r.For != "alice" || len(r.Claims) != len(who.Claims) {
			t.Errorf("%s asks for %q with %v", who.Name, r.For, r.Claims)
		}
		for _, answer := range []approvals.Answer{approvals.Approve, approvals.Refuse} {
			if _, err := w.review("alice", r, answer); !errors.Is(err, approvals.ErrSelfReview) {
				t.Errorf("%s: alice's review: %v, want ErrSelfReview", who.Name, err)
			}
		}
		if r = w.must(w.review("bob", r, approvals.Approve)); r.State != approvals.Approved {
			t.Errorf("%s: with bob's review it is %s", who.Name, r.State)
		}
	}
}

func TestWhoIsInNoSeatsGroupIsRefusedAndNoted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submit(access("read"))
	eve := w.who("eve")
	eve.Groups = []string{"owners"} // what a door believes does not count
	_, err := w.Review(t.Context(), eve, approvals.Opinion{Request: r.ID, Digest: r.Digest, Answer: approvals.Approve, Via: approvals.ByButton})
	w.refused(err, fault.Denied, "only members of owners can")
	w.events(r, audit.RequestSubmitted, audit.ReviewRefused)
	if e := w.last(); e.Actor != "person:eve" || e.Details["why"] == "" {
		t.Errorf("the event is %+v", e)
	}
	if got := w.stored(r); got.Version != 1 {
		t.Errorf("a refused review changed the request to version %d", got.Version)
	}
}

func TestAuthorityIsReadAgainAtEachReview(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submit(access("masked-read"))
	bob := w.who("bob")
	o := approvals.Opinion{Request: r.ID, Digest: r.Digest, Answer: approvals.Approve, Via: approvals.ByButton}
	w.people["bob"] = identity.Principal{Kind: identity.Person, Name: "bob"}
	_, err := w.Review(t.Context(), bob, o)
	w.refused(err, fault.Denied, "only members of owners")
	delete(w.people, "bob")
	_, err = w.Review(t.Context(), bob, o)
	w.refused(err, fault.NotFound, "no person named bob")
}

func TestReviewsOfPeopleWhoLeftTheGroupStillCount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submit(access("read"))
	w.must(w.review("bob", r, approvals.Approve))
	w.people["bob"] = identity.Principal{Kind: identity.Person, Name: "bob"}
	r = w.must(w.review("carol", r, approvals.Approve))
	w.left(r, approvals.Approved, "Approved by bob and carol.")
}

func TestAStaleCardIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submit(access("read"))
	seen := r
	ask := access("read")
	ask.Duration = 4 * time.Hour
	r = w.must(w.Revise(t.Context(), w.who("alice"), r.ID, ask))
	if _, err := w.review("bob", seen, approvals.Approve); !errors.Is(err, approvals.ErrChanged) {
		t.Errorf("got %v, want ErrChanged", err)
	}
	w.must(w.review("bob", r, approvals.Approve))
}

func TestTheSameAnswerTwiceIsToldSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submit(access("read"))
	w.must(w.review("bob", r, approvals.Approve))
	_, err := w.review("bob", r, approvals.Approve)
	w.refused(err, fault.Conflict, "You have approved this request already.")
	w.events(r, audit.RequestSubmitted, audit.ReviewGiven)
}

func TestAChangedMindReplacesTheEarlierAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submit(access("read"))
	first := w.must(w.review("bob", r, approvals.Approve))
	r = w.must(w.review("bob", r, approvals.Refuse))
	w.left(r, approvals.Denied, "Denied by bob: not today.")
	if len(r.Reviews) != 2 || r.Reviews[0].Withdrawn.IsZero() || !r.Reviews[1].Withdrawn.IsZero() {
		t.Errorf("reviews %+v", r.Reviews)
	}
	for _, e := range w.store.events {
		if e.Type == audit.ReviewGiven && e.Details["answer"] == "deny" && e.Details["replaces"] != string(first.Reviews[0].ID) {
			t.Errorf("the event is %+v", e)
		}
	}
}

func TestARefusalNeedsAReasonUnlessItIsAReaction(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submit(access("masked-read"))
	o := approvals.Opinion{Request: r.ID, Digest: r.Digest, Answer: approvals.Refuse, Via: approvals.ByButton, Reason: " \u200b\n"}
	_, err := w.Review(t.Context(), w.who("bob"), o)
	w.refused(err, fault.Invalid, "Please say why you deny it.")
	r = w.must(w.react("bob", r, approvals.Refuse))
	w.left(r, approvals.Denied, "Denied by bob.")
}

func TestAnswersMustBeAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submit(access("read"))
	_, err := w.Review(t.Context(), w.who("bob"), approvals.Opinion{Request: r.ID, Digest: r.Digest, Answer: "maybe", Via: approvals.ByButton})
	w.refused(err, fault.Invalid, `"maybe" is no answer.`)
	_, err = w.Review(t.Context(), w.who("bob"), approvals.Opinion{Request: r.ID, Digest: r.Digest, Answer: approvals.Approve, Via: "token"})
	w.refused(err, fault.Invalid, `"token" is no way to answer.`)
	_, err = w.Review(t.Context(), w.who("bob"), approvals.Opinion{Request: "req_unknown", Answer: approvals.Approve, Via: approvals.ByButton})
	if !errors.Is(err, approvals.ErrNoRequest) || fault.KindOf(err) != fault.NotFound {
		t.Errorf("got %v, want ErrNoRequest", err)
	}
}

func TestReactionsCountOnlyWhereTheRouteSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	raw := w.submit(access("read"))
	if _, err := w.react("bob", raw, approvals.Approve); !errors.Is(err, approvals.ErrButtonsOnly) {
		t.Errorf("got %v, want ErrButtonsOnly", err)
	}
	w.left(w.stored(raw), approvals.Pending, "")
	masked := w.must(w.react("bob", w.submit(access("masked-read")), approvals.Approve))
	w.left(masked, approvals.Approved, "Approved by bob.")
}

func TestWhatIsDecidedSaysByWhomAndWhen(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		end   func(w *world, r approvals.Request) (approvals.Request, error)
		kind  fault.Kind
		words string
	}{
		"approved": {
			func(w *world, r approvals.Request) (approvals.Request, error) {
				return w.review("bob", r, approvals.Approve)
			},
			fault.Conflict, "This request is approved already, since 21 November 12:00 UTC. Approved by bob.",
		},
		"denied": {
			func(w *world, r approvals.Request) (approvals.Request, error) {
				return w.review("bob", r, approvals.Refuse)
			},
			fault.Conflict, "This request is denied already, since 21 November 12:00 UTC. Denied by bob: not today.",
		},
		"cancelled": {func(w *world, r approvals.Request) (approvals.Request, error) {
			return w.Cancel(w.t.Context(), w.who("alice"), r.ID)
		}, fault.Conflict, "This request is cancelled already, since 21 November 12:00 UTC. Cancelled by alice."},
		"expired": {func(w *world, r approvals.Request) (approvals.Request, error) {
			w.pass(4 * time.Hour)
			err := w.Expire(w.t.Context(), r.ID)
			r, _ = w.Request(w.t.Context(), r.ID)
			return r, err
		}, fault.Expired, "This request is expired already, since 21 November 16:00 UTC. Nobody decided in time: 0 of 1 had approved."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			r := w.must(test.end(w, w.submit(access("masked-read"))))
			before, _, _ := w.seen(r)
			_, err := w.review("carol", r, approvals.Approve)
			w.refused(err, test.kind, test.words)
			_, err = w.Withdraw(t.Context(), w.who("bob"), r.ID, approvals.ByButton)
			w.refused(err, test.kind, test.words)
			_, err = w.Cancel(t.Context(), w.who("alice"), r.ID)
			w.refused(err, test.kind, test.words)
			_, err = w.Revise(t.Context(), w.who("alice"), r.ID, access("read"))
			w.refused(err, test.kind, test.words)
			w.events(r, before...)
		})
	}
}

func TestAReviewThatComesTooLateExpiresTheRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submit(access("masked-read"))
	w.pass(4 * time.Hour)
	_, err := w.review("bob", r, approvals.Approve)
	w.refused(err, fault.Expired, "Nobody decided in time")
	got, _ := w.Request(t.Context(), r.ID)
	w.left(got, approvals.Expired, "Nobody decided in time: 0 of 1 had approved.")
	w.events(r, audit.RequestSubmitted, audit.RequestExpired)
}

func TestAChangedPolicyReroutesAtTheNextReview(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submit(access("masked-read"))
	w.setPolicy("version: 1\nrules:\n  - {name: stricter, review: {seats: [{groups: [owners]}, {groups: [admins]}]}}\n")
	r = w.must(w.review("bob", r, approvals.Approve))
	w.left(r, approvals.Pending, "")
	if r.Route.Rule != "stricter" || r.Reviews[0].Route.Rule != "stricter" {
		t.Errorf("the route is %+v", r.Route)
	}
	w.events(r, audit.RequestSubmitted, audit.RequestRerouted, audit.ReviewGiven)
	r = w.must(w.review("dora", r, approvals.Approve))
	w.left(r, approvals.Approved, "Approved by bob and dora.")
}

func TestAPolicyThatDeniesByNowDenies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submit(access("masked-read"))
	w.setPolicy("version: 1\nrules:\n  - {name: closed, deny: Closed for the holidays.}\n")
	_, err := w.review("bob", r, approvals.Approve)
	w.refused(err, fault.Conflict, "This request is denied already, since 21 November 12:00 UTC. Closed for the holidays.")
	got, _ := w.Request(t.Context(), r.ID)
	w.left(got, approvals.Denied, "Closed for the holidays.")
	w.events(r, audit.RequestSubmitted, audit.RequestRerouted, audit.RequestDenied)
	if e := w.last(); e.Actor != "system:policy" {
		t.Errorf("the event is %+v", e)
	}
}

func TestWhatChangesTheRouteBesideThePolicyCountsToo(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]struct {
		do   func(w *world)
		says string
	}{
		"the requester left":      {func(w *world) { delete(w.people, "alice") }, "alice is not known to dbaccess any more."},
		"the database went":       {func(w *world) { delete(w.dbs, "shop") }, "The database shop is not served any more."},
		"the profile went":        {func(w *world) { w.dbs["shop"] = approvals.Database{Name: "shop"} }, "shop has no profile masked-read any more."},
		"the windows got shorter": {func(w *world) { w.dbs["shop"].Profiles[0].Max = time.Minute }, "masked-read on shop is given for at most 1m by now."},
		"the policy went":         {func(w *world) { w.policy = nil }, "There is no policy in force."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			r := w.submit(access("masked-read"))
			change.do(w)
			_, err := w.review("bob", r, approvals.Approve)
			w.refused(err, fault.Conflict, change.says)
			got, _ := w.Request(t.Context(), r.ID)
			w.left(got, approvals.Denied, change.says)
		})
	}
}

func TestWithdrawnReviewsDoNotCount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submit(access("read"))
	w.must(w.review("bob", r, approvals.Approve))
	// A button's review is not taken back by removing some reaction.
	if _, err := w.Withdraw(t.Context(), w.who("bob"), r.ID, approvals.ByReaction); !errors.Is(err, approvals.ErrNoReview) {
		t.Errorf("got %v, want ErrNoReview", err)
	}
	r = w.must(w.Withdraw(t.Context(), w.who("bob"), r.ID, approvals.ByButton))
	w.events(r, audit.RequestSubmitted, audit.ReviewGiven, audit.ReviewWithdrawn)
	if _, err := w.Withdraw(t.Context(), w.who("bob"), r.ID, approvals.ByButton); !errors.Is(err, approvals.ErrNoReview) {
		t.Errorf("got %v, want ErrNoReview", err)
	}
	r = w.must(w.review("carol", r, approvals.Approve))
	w.left(r, approvals.Pending, "")
	r = w.must(w.review("bob", r, approvals.Approve))
	w.left(r, approvals.Approved, "Approved by carol and bob.")
}

func TestARemovedReactionTakesBackItsReview(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setPolicy("version: 1\nrules:\n  - {name: it, review: {groups: [owners], count: 2, reactions: true}}\n")
	r := w.submit(access("masked-read"))
	w.must(w.react("bob", r, approvals.Approve))
	r = w.must(w.Withdraw(t.Context(), w.who("bob"), r.ID, approvals.ByReaction))
	if r.Reviews[0].Withdrawn.IsZero() {
		t.Errorf("reviews %+v", r.Reviews)
	}
}

func TestAReviewThatCannotBeStoredHasNotHappened(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submit(access("masked-read"))
	w.store.failAt = 2
	if _, err := w.review("bob", r, approvals.Approve); !errors.Is(err, errDisk) {
		t.Errorf("got %v, want the store's error", err)
	}
	w.left(w.stored(r), approvals.Pending, "")
	w.events(r, audit.RequestSubmitted)
	// A refusal stands even if it cannot be noted, and the trouble is told on.
	w.store.failAt = 3
	_, err := w.review("alice", r, approvals.Approve)
	if !errors.Is(err, approvals.ErrSelfReview) || !errors.Is(err, errDisk) || fault.KindOf(err) != fault.Denied {
		t.Errorf("got %v, want both", err)
	}
	w.must(w.review("bob", r, approvals.Approve))
}

func TestTermsThatWereTamperedWithAreNotReviewed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submit(access("read"))
	bad := w.store.requests[r.ID]
	bad.Duration = 99 * time.Hour
	w.store.requests[r.ID] = bad
	if _, err := w.review("bob", r, approvals.Approve); !errors.Is(err, approvals.ErrTampered) || fault.KindOf(err) != fault.Internal {
		t.Errorf("got %v, want ErrTampered, which nobody is shown", err)
	}
}
