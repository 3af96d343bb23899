package approvals

import (
	"context"
	"fmt"

	"dbaccess/approvals/policy"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
)

// fewEnough refuses to ask people for more while as much of the same asker waits
// for them already. Two deliveries at once may both pass: it is no quota, it
// keeps a channel readable.
func (s *Service) fewEnough(ctx context.Context, r Request) error {
	if s.MaxPending <= 0 || r.Route.Outcome != policy.Review || r.Under != "" {
		return nil
	}
	waiting, err := s.Store.Requests(ctx, Filter{Requester: r.Requester, States: []State{Pending}, Limit: s.MaxPending})
	if err != nil {
		return fmt.Errorf("count pending requests: %w", err)
	}
	if len(waiting) >= s.MaxPending {
		return fault.New(fault.Denied, fmt.Sprintf("You have %d requests that wait for an answer, and may have no more.", len(waiting)),
			"Cancel some: `/dbaccess list` shows them.")
	}
	return nil
}

// reaches refuses what people should decide who cannot be asked now, or who are
// too few without the asker.
func (s *Service) reaches(ctx context.Context, r Request) error {
	if r.Route.Outcome != policy.Review || r.Under != "" {
		return nil
	}
	if s.Members != nil {
		if _, seated := policy.Fill(r.Route.Seats, s.others(r)); seated < seats(r.Route) {
			return fault.New(fault.Denied, fmt.Sprintf("Nobody could decide this: rule %s wants %s, and there are not so many beside you.", r.Route.Rule, and(seatWords(r.Route.Seats))),
				"Ask the people who run dbaccess to look at the groups.")
		}
	}
	if s.Reaches == nil {
		return nil
	}
	return s.Reaches(ctx, r.Route.Channel)
}

// others are the people of the route's groups who are not the asker.
func (s *Service) others(r Request) []policy.Member {
	var list []policy.Member
	seen := map[string]bool{r.Requester: true, r.For: true}
	for _, group := range groups(r.Route) {
		for _, p := range s.Members(group) {
			if p.Kind == identity.Person && !seen[p.Name] {
				seen[p.Name] = true
				list = append(list, policy.Member{Name: p.Name, Groups: p.Groups})
			}
		}
	}
	return list
}

// seats is how many people a route wants.
func seats(route policy.Route) (n int) {
	for _, s := range route.Seats {
		n += s.Count
	}
	return n
}
