package approvals

import (
	"context"
	"fmt"

	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
)

// SameRun refuses a service that comes for a grant in another run than the one for
// which it was approved. All runs of a service have one name, and any of them can
// see the grant; but who reviewed it has read one place and one commit, and whether
// they may review it depended on who had started that run. Whoever is no service is
// told apart by their name.
func (s *Service) SameRun(ctx context.Context, who identity.Principal, g Grant) error {
	if who.Kind != identity.Service {
		return nil
	}
	r, err := s.Store.Request(ctx, g.Request)
	if err != nil {
		return fmt.Errorf("read request %s: %w", g.Request, err)
	}
	now, err := s.bound(who)
	if err != nil {
		return err
	}
	var was []identity.Claim
	if r.Job != nil {
		was = r.Job.Claims
	} else if was, err = s.bound(identity.Principal{Name: r.Requester, Claims: r.Claims}); err != nil {
		return err
	}
	if differs := unlike(was, now); len(differs) > 0 {
		return fault.New(fault.Denied, fmt.Sprintf("This was approved for another run of %s: %s.", who.Name, and(differs)), "Ask in this run.")
	}
	if who.For != r.For {
		return fault.New(fault.Denied, fmt.Sprintf("This was approved for a run of %s that somebody else had started.", who.Name), "Ask in this run.")
	}
	return nil
}
