package approvals

import (
	"context"
	"fmt"
	"time"

	"dbaccess/audit"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
)

// Impact is what a statement was estimated to touch while people decide about
// it. It informs them and binds nobody: the row bound does.
type Impact struct {
	Rows     float64   `json:"rows"`     // rows it would return or change; negative if that is not known
	Cost     float64   `json:"cost"`     // in the planner's units; 0 if not known
	Sentence string    `json:"sentence"` // for people: how many rows and what is read for them, or why that is not known
	At       time.Time `json:"at"`
}

// Known reports whether the number of rows was estimated.
func (i Impact) Known() bool { return !i.At.IsZero() && i.Rows >= 0 }

// Estimated stores what the pending revision with that digest is estimated to
// touch. One that is decided, was changed or has its estimate already is left
// alone.
func (s *Service) Estimated(ctx context.Context, id RequestID, of Digest, i Impact) (Request, error) {
	return s.change(ctx, id, func(st *step) error {
		if st.r.State != Pending || st.r.Digest != of || !st.r.Impact.At.IsZero() {
			return nil
		}
		i.At = st.now
		st.changed = true
		st.r.Impact = i
		st.event(audit.StatementEstimated, byRunner, map[string]any{
			"rows": int64(max(i.Rows, -1)), "cost": int64(i.Cost), "sentence": i.Sentence, "digest": of.String(),
		})
		st.draw()
		return nil
	})
}

// MayCount returns the pending request whose rows that person may have counted:
// whoever may review it, and nobody else. Counting reads what the asker perhaps
// may not, so its result is for reviewers.
func (s *Service) MayCount(ctx context.Context, who identity.Principal, id RequestID) (Request, error) {
	if who.Kind != identity.Person {
		return Request{}, errNotAPerson
	}
	reviewer, err := s.Principal(who.Name)
	if err != nil {
		return Request{}, fmt.Errorf("look up reviewer: %w", err)
	}
	r, err := s.Store.Request(ctx, id)
	switch {
	case err != nil:
		return Request{}, fmt.Errorf("read request %s: %w", id, err)
	case reviewer.Kind != identity.Person:
		return Request{}, errNotAPerson
	case r.Kind != Statement:
		return Request{}, invalid("", "This request has no statement whose rows could be counted.")
	case r.State != Pending:
		return Request{}, errDecided(r)
	case reviewer.Self(r.Requester, r.For):
		return Request{}, errCountOwn
	case DigestOf(r.Terms) != r.Digest:
		return Request{}, fmt.Errorf("count rows of %s: %w", id, ErrTampered)
	}
	route, err := s.route(r)
	if err != nil {
		return Request{}, err
	}
	if !eligible(route, reviewer.Groups) {
		return Request{}, fault.New(fault.Denied, "Only members of "+or(groups(route))+" can have these rows counted.", "They are the ones who decide.")
	}
	return r, nil
}

var errCountOwn = fault.New(fault.Denied, "You cannot have the rows of your own request counted.", "Those who decide can.")

// Counted notes that a reviewer had the rows counted that the request's
// statement would touch: n of them, negative if that went wrong.
func (s *Service) Counted(ctx context.Context, who identity.Principal, id RequestID, of Digest, n int64) error {
	_, err := s.change(ctx, id, func(st *step) error {
		st.event(audit.StatementCounted, who.ID(), map[string]any{"rows": n, "digest": of.String()})
		return nil
	})
	return err
}
