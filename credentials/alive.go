package credentials

import (
	"context"
	"errors"
	"fmt"
	"time"

	"dbaccess/approvals"
	"dbaccess/internal/identity"
)

// An attended grant is held by a job that says, again and again, that it is still
// there. A job that was killed cannot end its grant, and the machine that it ran
// on may be gone; but it falls silent, and that ends the grant at the next turn of
// the due loop, long before its window is over.
//
// Silence counts only where somebody listened. While the store is away, or no
// server runs, signs of life are lost; so a server that begins to listen, or
// begins again, first gives every attended grant a whole window more.

// aliveWithin is how long after a sign of life the next one must come. Jobs give
// three in that time.
const aliveWithin = 45 * time.Second

// Alive is a sign of life from the holder of an attended grant: it will not be
// given up before until. It is no change of state, and leaves no event. If the
// grant is over, or not attended, the error says so.
func (s *Service) Alive(ctx context.Context, who identity.Principal, id approvals.GrantID) (until time.Time, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout) // it counts, whoever hangs up
	defer cancel()
	g, err := s.Store.Grant(ctx, id)
	if err != nil {
		return time.Time{}, s.unheard(err)
	}
	if !holds(who, g) {
		return time.Time{}, ErrNotYours
	}
	until = s.aliveBy(s.now())
	heard, err := s.Store.Alive(ctx, id, until)
	if err != nil {
		return time.Time{}, s.unheard(err)
	}
	if heard {
		return earlier(until, g.Due), nil
	}
	if g, err = s.Store.Grant(ctx, id); err != nil { // as it is now
		return time.Time{}, s.unheard(err)
	}
	return time.Time{}, silent(g)
}

// silent says why a grant takes no signs of life.
func silent(g Grant) error {
	switch {
	case g.Reason == Abandoned:
		return ErrAbandoned
	case g.Reason == Elapsed:
		return ErrOver
	case g.Reason == Lapsed:
		return ErrLapsed
	case g.State == Revoking, g.State == Ended:
		return ErrEnded
	default:
		return ErrUnattended
	}
}

// unheard notes that the store did not take a sign of life.
func (s *Service) unheard(err error) error {
	if err = storeFault(err); errors.Is(err, ErrStoreAway) {
		s.mem.deaf()
	}
	return err
}

// listenFirst makes sure that this replica has heard, or spared, whatever lives,
// before it takes silence for an end.
func (s *Service) listenFirst(ctx context.Context) error {
	if s.mem.hears() {
		return nil
	}
	if err := s.Store.Spare(ctx, s.aliveBy(s.now())); err != nil {
		return fmt.Errorf("begin to listen for signs of life: %w", err)
	}
	s.mem.hearsNow()
	return nil
}

// aliveBy is when the next sign of life must have come after one at that time.
func (s *Service) aliveBy(at time.Time) time.Time {
	within := s.AliveWithin
	if within <= 0 {
		within = aliveWithin
	}
	return at.Add(within)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
