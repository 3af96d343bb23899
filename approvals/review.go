package approvals

import (
	"context"
	"fmt"
	"slices"

	"dbaccess/audit"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
)

// Review counts one person's answer, or says why it does not count. Whoever
// tries and may not is noted.
//
// Nothing stale is relied on: who the reviewer is and what the policy wants are
// found out again each time, and the answer must be about the present revision.
// While the request is pending, another answer of the same person replaces the
// earlier one.
func (s *Service) Review(ctx context.Context, who identity.Principal, o Opinion) (Request, error) {
	if who.Kind != identity.Person {
		return Request{}, errNotAPerson
	}
	reviewer, err := s.Principal(who.Name)
	if err != nil {
		return Request{}, fmt.Errorf("look up reviewer: %w", err)
	}
	if reviewer.Kind != identity.Person {
		return Request{}, errNotAPerson
	}
	if o.Reason, err = cleanReason(o.Reason); err != nil {
		return Request{}, err
	}
	switch {
	case o.Answer != Approve && o.Answer != Refuse:
		return Request{}, invalid("Approve or deny.", "%q is no answer.", o.Answer)
	case o.Via != ByButton && o.Via != ByReaction:
		return Request{}, invalid("", "%q is no way to answer.", o.Via)
	case o.Answer == Refuse && o.Reason == "" && o.Via != ByReaction:
		return Request{}, invalid("The asker will read it.", "Please say why you deny it.")
	}
	return s.change(ctx, o.Request, func(st *step) error { return st.review(reviewer, o) })
}

// review takes the step of one review.
func (st *step) review(reviewer identity.Principal, o Opinion) error {
	if st.r.State != Pending {
		return errDecided(st.r)
	}
	if reviewer.Self(st.r.Requester, st.r.For) {
		st.refuse(reviewer, o, ErrSelfReview)
		return nil
	}
	if o.Digest != st.r.Digest {
		return ErrChanged
	}
	if DigestOf(st.r.Terms) != st.r.Digest {
		return fmt.Errorf("review %s: %w", st.r.ID, ErrTampered)
	}
	if err := st.reroute(); err != nil {
		return err
	}
	if st.settle(byPolicy) { // the policy changed, or the time is over
		st.refusal = errDecided(st.r)
		return nil
	}
	if o.Via == ByReaction && !st.r.Route.Reactions {
		st.refusal = ErrButtonsOnly
		return nil
	}
	if !eligible(st.r.Route, reviewer.Groups) {
		st.refuse(reviewer, o, fault.New(fault.Denied, "You cannot review this request: only members of "+or(groups(st.r.Route))+" can.",
			"If you should be one of them, ask the owner of dbaccess."))
		return nil
	}
	var err error
	if o.Scope, o.Days, err = st.scope(o); err != nil {
		st.refusal = err
		return nil
	}
	earlier := st.standing(reviewer.Name)
	if earlier >= 0 && st.r.Reviews[earlier].Answer == o.Answer && st.r.Reviews[earlier].Scope == o.Scope && st.r.Reviews[earlier].Days == o.Days {
		st.refusal = fault.New(fault.Conflict, "You have "+did(o.Answer)+" this request already.", "Nothing more is needed of you.")
		return nil
	}
	st.give(reviewer, o, earlier)
	st.settle(reviewer.ID())
	return nil
}

// standing finds the review of that person that stands, -1 if there is none.
func (st *step) standing(reviewer string) int {
	return slices.IndexFunc(st.r.Reviews, func(review Review) bool {
		return review.Reviewer == reviewer && standing(review, st.r) == ""
	})
}

// give adds a review, and withdraws the same person's earlier one.
func (st *step) give(reviewer identity.Principal, o Opinion, earlier int) {
	st.changed = true
	review := Review{
		ID: ReviewID(st.s.NewID("rev")), Revision: st.r.Revision, Digest: st.r.Digest,
		Reviewer: reviewer.Name, Groups: slices.Clone(reviewer.Groups),
		Answer: o.Answer, Reason: o.Reason, Via: o.Via, Scope: o.Scope, Days: o.Days,
		Policy: st.r.Route.Version, Route: st.r.Route, At: st.now,
	}
	details := map[string]any{
		"review": string(review.ID), "answer": string(o.Answer), "via": string(o.Via), "reason": o.Reason,
		"groups": append([]string{}, review.Groups...), "digest": review.Digest.String(), "revision": review.Revision,
		"rule": review.Route.Rule, "policy": review.Policy,
	}
	if review.Scope != "" {
		details["scope"], details["days"] = string(review.Scope), review.Days
	}
	st.r.Reviews = slices.Clone(st.r.Reviews)
	if earlier >= 0 {
		st.r.Reviews[earlier].Withdrawn = st.now
		details["replaces"] = string(st.r.Reviews[earlier].ID)
	}
	st.r.Reviews = append(st.r.Reviews, review)
	st.event(audit.ReviewGiven, reviewer.ID(), details)
	st.draw()
}

// refuse notes that somebody tried who may not.
func (st *step) refuse(reviewer identity.Principal, o Opinion, why error) {
	st.refusal = why
	st.event(audit.ReviewRefused, reviewer.ID(), map[string]any{
		"answer": string(o.Answer), "via": string(o.Via), "why": outcome(why), "groups": append([]string{}, reviewer.Groups...),
		"rule": st.r.Route.Rule, "policy": st.r.Route.Version,
	})
}

func did(a Answer) string {
	if a == Approve {
		return "approved"
	}
	return "denied"
}

// Withdraw takes back a person's standing review while the request is pending;
// with ByReaction, only one made by reaction.
func (s *Service) Withdraw(ctx context.Context, who identity.Principal, id RequestID, via Via) (Request, error) {
	if who.Kind != identity.Person {
		return Request{}, errNotAPerson
	}
	return s.change(ctx, id, func(st *step) error {
		if st.r.State != Pending {
			return errDecided(st.r)
		}
		i := st.standing(who.Name)
		if i < 0 || via == ByReaction && st.r.Reviews[i].Via != ByReaction {
			return ErrNoReview
		}
		st.changed = true
		st.r.Reviews = slices.Clone(st.r.Reviews)
		st.r.Reviews[i].Withdrawn = st.now
		st.event(audit.ReviewWithdrawn, who.ID(), map[string]any{"review": string(st.r.Reviews[i].ID), "via": string(via)})
		st.draw()
		return nil
	})
}
