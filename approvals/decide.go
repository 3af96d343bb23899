package approvals

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"dbaccess/approvals/policy"
	"dbaccess/internal/identity"
)

// Decision is what a route makes of a request at one instant, explained.
type Decision struct {
	State   State
	Need    int       // how many people in all
	Have    int       // how many seats are taken
	Seats   []Seat    // each line of the route, and who fills it
	Ignored []Ignored // reviews that do not count, and why
	Why     string    // one sentence for people: "1 of 2: one more from shop-owners."
}

// Seat is one line of the route with the people in it.
type Seat struct {
	Groups []string
	Count  int
	By     []string // principal names
}

// Ignored is a review that does not count.
type Ignored struct {
	Reviewer string
	Why      string
}

// Decide says what route makes of r at one instant. It reads no clock, no store
// and no network, so that a policy can be tried out before it is deployed.
//
// What counts is each person's latest standing answer to the present revision,
// unless that person is the requester or in none of the seats' groups. One
// refusal denies; all seats taken approve; behind ExpiresAt nothing counts any
// more. A request that is decided already keeps its state and its sentence, and
// only its seats are explained.
func Decide(route policy.Route, r Request, now time.Time) Decision {
	counted, ignored := count(route, r)
	d := Decision{State: Pending, Ignored: ignored}
	var approving []policy.Member
	var refused []string
	for _, review := range counted {
		if review.Answer == Approve {
			approving = append(approving, policy.Member{Name: review.Reviewer, Groups: review.Groups})
		} else {
			refused = append(refused, refusal(review))
		}
	}
	d.fill(route.Seats, approving)

	switch {
	case r.State != Pending && r.State != "":
		d.State, d.Why = r.State, r.Outcome
	case route.Outcome == policy.Deny:
		d.State, d.Why = Denied, route.Sentence
	case route.Outcome == policy.Allow:
		d.State, d.Why = Approved, route.Sentence
	case r.Under != "": // found when it was asked, and looked at again whenever it is made use of
		d.State, d.Why = Approved, "Covered by the approval of request "+shortID(r.Under)+"."
	case !r.ExpiresAt.IsZero() && !now.Before(r.ExpiresAt):
		d.State, d.Why = Expired, fmt.Sprintf("Nobody decided in time: %d of %d had approved.", d.Have, d.Need)
	case len(refused) > 0:
		d.State, d.Why = Denied, refused[0]
	case route.Outcome != policy.Review || d.Need == 0: // a route nobody could give: never approve by default
		d.State, d.Why = Denied, "The policy's rule asks for nobody's review, so nobody can approve this."
	case d.Have == d.Need:
		d.State, d.Why = Approved, "Approved by "+and(names(approving))+"."
	default:
		d.Why = d.progress()
	}
	return d
}

// count sorts the reviews into those that count, oldest first, and those that
// do not.
func count(route policy.Route, r Request) (counted []Review, ignored []Ignored) {
	all := slices.Clone(r.Reviews)
	slices.SortFunc(all, func(a, b Review) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	latest := map[string]ReviewID{}
	for _, review := range all {
		if standing(review, r) == "" {
			latest[review.Reviewer] = review.ID
		}
	}
	for _, review := range all {
		why := standing(review, r)
		switch {
		case why != "":
		case identity.Principal{Name: review.Reviewer}.Self(r.Requester, r.For):
			why = "it is their own request"
		case latest[review.Reviewer] != review.ID:
			why = "they answered again later"
		case route.Outcome != policy.Review:
			why = "no review is asked for any more"
		case !eligible(route, review.Groups):
			why = "they were in none of " + or(groups(route))
		}
		if why != "" {
			ignored = append(ignored, Ignored{Reviewer: review.Reviewer, Why: why})
			continue
		}
		counted = append(counted, review)
	}
	return counted, ignored
}

// standing says why a review does not stand, "" if it does.
func standing(review Review, r Request) string {
	switch {
	case !review.Withdrawn.IsZero():
		return "it was withdrawn"
	case review.Revision != r.Revision:
		return "it was about an earlier revision"
	case review.Digest != r.Digest:
		return "it was about something else"
	}
	return ""
}

// fill seats who approved; whoever finds no seat is ignored, and why is said.
func (d *Decision) fill(seats []policy.Seats, approving []policy.Member) {
	by, seated := policy.Fill(seats, approving)
	d.Have = seated
	taken := map[string]bool{}
	for line, s := range seats {
		d.Need += s.Count
		d.Seats = append(d.Seats, Seat{Groups: slices.Clone(s.Groups), Count: s.Count, By: by[line]})
		for _, name := range by[line] {
			taken[name] = true
		}
	}
	for _, m := range approving {
		if !taken[m.Name] {
			d.Ignored = append(d.Ignored, Ignored{Reviewer: m.Name, Why: "every seat that they could take is taken"})
		}
	}
}

// progress is how far it is: "1 of 2: one more from shop-owners."
func (d *Decision) progress() string {
	var open []string
	for _, s := range d.Seats {
		if left := s.Count - len(s.By); left > 0 {
			more := ""
			if d.Have > 0 {
				more = " more"
			}
			open = append(open, word(left)+more+" from "+or(s.Groups))
		}
	}
	return fmt.Sprintf("%d of %d: %s.", d.Have, d.Need, and(open))
}

func refusal(review Review) string {
	if review.Reason == "" {
		return "Denied by " + review.Reviewer + "."
	}
	return "Denied by " + review.Reviewer + ": " + sentence(review.Reason)
}

// sentence gives words their full stop.
func sentence(s string) string {
	if strings.HasSuffix(s, ".") || strings.HasSuffix(s, "!") || strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}

func eligible(route policy.Route, of []string) bool {
	return slices.ContainsFunc(route.Seats, func(s policy.Seats) bool { return policy.Eligible(s, of) })
}

// groups are all groups out of which a route wants reviewers.
func groups(route policy.Route) []string {
	var all []string
	for _, s := range route.Seats {
		for _, g := range s.Groups {
			if !slices.Contains(all, g) {
				all = append(all, g)
			}
		}
	}
	return all
}

func names(members []policy.Member) []string {
	list := make([]string, len(members))
	for i, m := range members {
		list[i] = m.Name
	}
	return list
}

func and(parts []string) string { return join(parts, "and") }
func or(parts []string) string  { return join(parts, "or") }

// join writes a list as people do: "a, b and c".
func join(parts []string, last string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	n := len(parts) - 1
	return strings.Join(parts[:n], ", ") + " " + last + " " + parts[n]
}

func word(n int) string {
	words := []string{"none", "one", "two", "three", "four", "five", "six"}
	if n < len(words) {
		return words[n]
	}
	return fmt.Sprint(n)
}
