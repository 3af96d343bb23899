package approvals

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"dbaccess/approvals/policy"
	"dbaccess/audit"
	"dbaccess/internal/identity"
)

// The parts of dbaccess that act by themselves, as the record names them.
var (
	byPolicy = identity.SystemPrincipal("policy").ID()
	byExpiry = identity.SystemPrincipal("expiry").ID()
	byRunner = identity.SystemPrincipal("runner").ID()
)

// step is one change of a request, from what was read to what will be stored.
type step struct {
	s       *Service
	now     time.Time
	r       Request
	c       Change
	changed bool  // r is to be stored; else only the events are
	refusal error // what to tell whoever asked for the step, once it is stored
}

// tries is how often a step is taken again when somebody else was faster. Each
// time somebody else has stored something, so it ends; it is high because fifty
// people may click at once.
const tries = 100

// change takes one step of a stored request: it reads, lets take decide, and
// stores what came of it, again and again until nobody was faster. An error of
// take stores nothing; a refusal is returned after what belongs to it is stored.
func (s *Service) change(ctx context.Context, id RequestID, take func(*step) error) (Request, error) {
	for range tries {
		r, err := s.Store.Request(ctx, id)
		if err != nil {
			return Request{}, fmt.Errorf("read request %s: %w", id, err)
		}
		st := &step{s: s, now: s.now(), r: r}
		if err := take(st); err != nil {
			return r, err
		}
		switch {
		case st.changed:
			err = s.Store.Update(ctx, st.r, st.c)
			st.r.Version++
		case len(st.c.Events) > 0:
			err = s.Store.Note(ctx, st.c)
		}
		if errors.Is(err, ErrStale) {
			continue
		}
		if err != nil {
			return r, errors.Join(st.refusal, fmt.Errorf("store request %s: %w", id, err))
		}
		return st.r, st.refusal
	}
	return Request{}, fmt.Errorf("change request %s: %w", id, ErrStale)
}

// event adds an event about the request.
func (st *step) event(what audit.Type, actor string, details map[string]any) {
	st.c.Events = append(st.c.Events, audit.Event{
		At: st.now, Type: what, Actor: actor, Request: string(st.r.ID), Database: st.r.Database, Details: details,
	})
}

// todo adds a follow-up, once.
func (st *step) todo(kind TodoKind, at time.Time) {
	t := Todo{Kind: kind, ID: string(st.r.ID), At: at}
	if !slices.Contains(st.c.Todos, t) {
		st.c.Todos = append(st.c.Todos, t)
	}
}

// draw redraws the request's card. A request that never waited for people has
// none: it never had a deadline either.
func (st *step) draw() {
	if !st.r.ExpiresAt.IsZero() {
		st.todo(DrawCard, time.Time{})
	}
}

// reroute gives the request the route of the policy, requester and database of
// now. Reviews stay; whether they still fit is for Decide to say. The deadline
// stays too: people were told it.
func (st *step) reroute() error {
	route, err := st.s.route(st.r)
	if err != nil {
		return err
	}
	old := st.r.Route
	st.r.Route = route
	if sameRoute(old, route) {
		return nil
	}
	st.changed = true
	st.event(audit.RequestRerouted, byPolicy, map[string]any{
		"rule": route.Rule, "outcome": string(route.Outcome), "policy": route.Version, "seats": seatWords(route.Seats),
		"rule_before": old.Rule, "policy_before": old.Version,
	})
	st.draw()
	return nil
}

// sameRoute reports whether two routes ask for the same, whatever version of
// the policy says so.
func sameRoute(a, b policy.Route) bool {
	return a.Outcome == b.Outcome && a.Rule == b.Rule && a.Sentence == b.Sentence &&
		a.Channel == b.Channel && a.Reactions == b.Reactions && a.Expires == b.Expires && reflect.DeepEqual(a.Standing, b.Standing) &&
		slices.EqualFunc(a.Seats, b.Seats, func(x, y policy.Seats) bool {
			return x.Count == y.Count && slices.Equal(x.Groups, y.Groups)
		})
}

// settle brings the request to the state that Decide sees it in. It reports
// whether it is decided now.
func (st *step) settle(actor string) bool {
	d := Decide(st.r.Route, st.r, st.now)
	switch {
	case st.r.State != Pending || d.State == Pending:
		return false
	case d.State == Approved:
		st.approve(actor, d)
	case d.State == Expired:
		st.decide(Expired, d.Why, audit.RequestExpired, byExpiry, nil)
	default:
		st.decide(Denied, d.Why, audit.RequestDenied, actor, nil)
	}
	return true
}

// decide ends the time in which people may speak.
func (st *step) decide(state State, why string, what audit.Type, actor string, details map[string]any) {
	st.changed = true
	st.r.State, st.r.DecidedAt, st.r.Outcome = state, st.now, why
	if details == nil {
		details = map[string]any{}
	}
	details["why"] = why
	details["rule"] = st.r.Route.Rule
	details["policy"] = st.r.Route.Version
	details["digest"] = st.r.Digest.String()
	details["revision"] = st.r.Revision
	st.event(what, actor, details)
	st.draw()
	if state != Cancelled { // then it is the asker who tells us
		st.todo(TellAsker, time.Time{})
	}
}

// approve opens the grant that the request asks for.
func (st *step) approve(actor string, d Decision) {
	var people []string
	for _, seat := range d.Seats {
		people = append(people, seat.By...)
	}
	st.r.Standing = standingOf(st.r.Route, st.r, st.now)
	details := map[string]any{"reviewers": people}
	if s := st.r.Standing; s.Scope != "" {
		details["scope"], details["standing_until"] = string(s.Scope), s.Until.Format(time.RFC3339)
	}
	if st.r.Under != "" {
		details["standing"] = string(st.r.Under)
	}
	st.decide(Approved, d.Why, audit.RequestApproved, actor, details)
	g := opened(st.r, GrantID(st.s.NewID("grt")), st.now.Add(st.s.ClaimWithin))
	st.r.Grant, st.c.Grant = g.ID, &g
	st.c.Events = append(st.c.Events, audit.Event{
		At: st.now, Type: audit.GrantOpened, Actor: actor, Request: string(st.r.ID), Grant: string(g.ID), Database: g.Database,
		Details: map[string]any{
			"kind": string(g.Kind), "holder": g.Holder, "profile": g.Profile,
			"duration_seconds": int64(g.Duration / time.Second), "claim_by": g.ClaimBy.Format(time.RFC3339),
		},
	})
	if st.r.Kind == Statement {
		st.todo(RunNow, time.Time{})
	}
}

// seatWords are seats as an event tells them: "2 of owners or admins".
func seatWords(seats []policy.Seats) []string {
	words := []string{}
	for _, s := range seats {
		words = append(words, fmt.Sprintf("%d of %s", s.Count, or(s.Groups)))
	}
	return words
}
