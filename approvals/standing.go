package approvals

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"dbaccess/approvals/policy"
	"dbaccess/audit"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
)

// byStanding is who approves what a standing approval covers.
var byStanding = identity.SystemPrincipal("standing-approval").ID()

// candidates is how many standing approvals of one job are looked at, the newest
// first: those beyond are asked about again.
const candidates = 50

// cover looks for a standing approval that covers the job. With one, the request
// needs nobody. Without, people are asked, or, if the route says so and there is
// one that covers something else, it is denied. Either way it says what differs.
func (st *step) cover(ctx context.Context) error {
	if st.r.Job == nil || st.r.Route.Outcome != policy.Review {
		return nil
	}
	list, err := st.s.Store.Requests(ctx, Filter{
		Standing: true, Requester: st.r.Requester, Database: st.r.Database, Profile: st.r.Profile, Limit: candidates,
	})
	if err != nil {
		return fmt.Errorf("look for standing approvals: %w", err)
	}
	var nearest Request
	var least []string
	for _, was := range list {
		differs, err := st.s.differs(was, st.r, st.now)
		if err != nil {
			return err
		}
		if len(differs) == 0 {
			st.r.Under = was.ID
			st.c.Held = &Held{ID: was.ID, Version: was.Version}
			st.todo(TellChannel, time.Time{})
			return nil
		}
		lives, nearestLives := was.Stands(st.now), nearest.Stands(st.now)
		if nearest.ID == "" || lives && !nearestLives || lives == nearestLives && len(differs) < len(least) {
			nearest, least = was, differs
		}
	}
	if nearest.ID == "" {
		return nil
	}
	st.r.Differs = fmt.Sprintf("The approval of request %s does not cover this run: %s.", shortID(nearest.ID), and(least[:min(len(least), sayDiffering)]))
	if st.r.Route.Standing != nil && st.r.Route.Standing.Outside == policy.Deny && nearest.Stands(st.now) {
		st.r.Route.Outcome, st.r.Route.Sentence = policy.Deny, st.r.Differs
		st.todo(TellChannel, time.Time{})
	}
	return nil
}

// sayDiffering is how many differences are told; more say nothing more.
const sayDiffering = 5

// shortID is the form of an id that people read.
func shortID(id RequestID) string {
	_, body, _ := strings.Cut(string(id), "_")
	return body[:min(len(body), 8)]
}

// differs says why was does not cover r now, as [Differences] does, and then
// whether those who approved it would still decide about r: by the route and the
// groups of now, and not if r is access for one of them.
func (s *Service) differs(was, r Request, now time.Time) ([]string, error) {
	list := Differences(was, r, now)
	if len(list) > 0 {
		return list, nil
	}
	if tampered(was) || !was.Standing.same(standingOf(was.Route, was, was.DecidedAt)) {
		return nil, fmt.Errorf("standing approval %s: %w", was.ID, ErrTampered)
	}
	if wrong := stillOffered(was, r, now); wrong != "" {
		return []string{wrong}, nil
	}
	again, left, err := s.asOfNow(was, r)
	if err != nil {
		return nil, err
	}
	d := Decide(r.Route, again, now)
	if d.State == Approved {
		return nil, nil
	}
	for _, i := range d.Ignored {
		list = append(list, fmt.Sprintf("%s, who approved it, does not count: %s", i.Reviewer, i.Why))
	}
	for _, name := range left {
		list = append(list, name+", who approved it, is not known any more")
	}
	if len(list) == 0 {
		list = append(list, "those who approved it would not be enough by now: "+strings.TrimSuffix(d.Why, "."))
	}
	return list, nil
}

// same reports whether two standings are the same, an early end left aside.
func (s Standing) same(other Standing) bool {
	return s.Scope == other.Scope && s.Level == other.Level && s.Until.Equal(other.Until)
}

// stillOffered says what of a standing approval the route of now does not offer
// any more, "" if it does.
func stillOffered(was, r Request, now time.Time) string {
	offer := r.Route.Standing
	switch {
	case !slices.Contains(Offers(r.Route, r), was.Standing.Scope):
		return "the policy of now lets no such approval stand"
	case !now.Before(was.DecidedAt.Add(time.Duration(offer.Days) * 24 * time.Hour)):
		return fmt.Sprintf("the policy of now lets it stand for %d days", offer.Days)
	case was.Standing.Scope == Level && !atMost(was.Standing.Level, offer.Level):
		return fmt.Sprintf("the policy of now lets at most %s stand", offer.Level)
	}
	return ""
}

// asOfNow is an approved request as it would be decided about if it were pending
// and r's: with the groups of its reviewers as they are now.
func (s *Service) asOfNow(was, r Request) (again Request, left []string, err error) {
	again = was
	again.State, again.ExpiresAt, again.For = Pending, time.Time{}, r.For
	again.Reviews = nil
	for _, review := range was.Reviews {
		if (identity.Principal{Name: review.Reviewer}).Self(was.Requester, was.For) {
			continue
		}
		p, err := s.Principal(review.Reviewer)
		if gone(err) || err == nil && p.Kind != identity.Person {
			left = append(left, review.Reviewer)
			continue
		}
		if err != nil {
			return again, nil, fmt.Errorf("look up reviewer %s: %w", review.Reviewer, err)
		}
		review.Groups = slices.Clone(p.Groups)
		again.Reviews = append(again.Reviews, review)
	}
	return again, left, nil
}

// covered checks, before an approval that a standing one gave is made use of, that
// it was its to give and that nobody has ended it since. That its time is over by
// now does not matter: the run was asked for within it.
func (st *step) covered(ctx context.Context) error {
	if st.r.Under == "" {
		return nil
	}
	was, err := st.s.Store.Request(ctx, st.r.Under)
	if err != nil {
		return fmt.Errorf("read standing approval %s: %w", st.r.Under, err)
	}
	if by := was.Standing.EndedBy; !was.Standing.EndedAt.IsZero() {
		return fault.New(fault.Denied, fmt.Sprintf("It was covered by the approval of request %s, which %s has ended.", shortID(was.ID), named(by)), "Ask again: people decide.")
	}
	if tampered(was) || !was.Standing.same(standingOf(was.Route, was, was.DecidedAt)) || len(Differences(was, st.r, st.r.DecidedAt)) > 0 {
		return fmt.Errorf("standing approval %s of %s: %w", was.ID, st.r.ID, ErrTampered)
	}
	return nil
}

var (
	errNotStanding = fault.New(fault.Conflict, "This approval does not stand for later runs.", "It was for once, or its time is over.")
	errEndIsOurs   = fault.New(fault.Denied, "Only those who may review this job can end its approval.", "An operator can too: `dbaccess pipeline end`.")
)

// EndStanding lets the approval of a job cover no more runs. Those who gave it
// may, those who could review it now, and operators. A grant that a covered run
// has claimed lasts; one that is unclaimed is not claimed any more.
func (s *Service) EndStanding(ctx context.Context, who identity.Principal, id RequestID) (Request, error) {
	var groups []string
	switch who.Kind {
	case identity.Operator:
	case identity.Person:
		known, err := s.Principal(who.Name)
		if err != nil {
			return Request{}, fmt.Errorf("look up %s: %w", who.Name, err)
		}
		groups = known.Groups
	default:
		return Request{}, errEndIsOurs
	}
	return s.change(ctx, id, func(st *step) error {
		if who.Kind == identity.Person && !st.ends(who.Name, groups) {
			return errEndIsOurs
		}
		if !st.r.Stands(st.now) {
			return errNotStanding
		}
		st.changed = true
		st.r.Standing.EndedAt, st.r.Standing.EndedBy = st.now, who.ID()
		st.event(audit.StandingEnded, who.ID(), map[string]any{
			"scope": string(st.r.Standing.Scope), "until": st.r.Standing.Until.Format(time.RFC3339), "digest": st.r.Digest.String(),
		})
		st.draw()
		return nil
	})
}

// ends reports whether a person may end the standing approval.
func (st *step) ends(name string, groups []string) bool {
	gave := slices.ContainsFunc(st.r.Reviews, func(review Review) bool { return review.Reviewer == name })
	return gave || eligible(st.r.Route, groups)
}

// scope reads for which later runs a review of the request is, and for how long.
func (st *step) scope(o Opinion) (Scope, int, error) {
	if st.r.Job == nil || o.Answer != Approve {
		if o.Scope != "" && o.Scope != Once {
			return "", 0, invalid("", "Only the approval of a job can stand for later runs.")
		}
		return "", 0, nil
	}
	if o.Scope == "" || o.Scope == Once || o.Via == ByReaction {
		return Once, 0, nil
	}
	if !slices.Contains(Offers(st.r.Route, st.r), o.Scope) {
		return "", 0, fault.New(fault.Denied, "This job cannot be approved for later runs like that.", "The card shows for what it can be; once is always possible.")
	}
	most := st.r.Route.Standing.Days
	switch {
	case o.Days == 0:
		return o.Scope, most, nil
	case o.Days < 0 || o.Days > most:
		return "", 0, invalid("", "It can be approved for 1 to %d days.", most)
	}
	return o.Scope, o.Days, nil
}
