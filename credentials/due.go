package credentials

import (
	"context"
	"sync"
	"time"
)

const (
	dueBatch   = 100                   // grants taken at once
	duePoll    = 5 * time.Second       // the loop looks at least so often, whatever woke it or did not
	dueRefresh = time.Second           // what is remembered is read from the store no more often
	duePause   = 20 * time.Millisecond // and at most so often
	mostKnown  = 10_000                // grants remembered for a time without store
)

// RunDue ends grants at their due second until ctx is done; what it has begun it
// brings to an end first. It depends on no leader: replicas share the work by
// what the store gives each. While the store is away it ends what it knows to
// be due all the same.
func (s *Service) RunDue(ctx context.Context) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	poke := s.mem.pokes()
	wg.Go(func() { s.listen(ctx, poke) })
	failures := 0
	for {
		wait, err := s.dueTurn(ctx, &wg)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			failures++
			s.mem.deaf()
			s.log().Error("due loop: the store is away, ending from memory", "err", err, "failures", failures)
			wait = min(wait, duePoll, 100*time.Millisecond<<min(failures, 6))
		} else {
			failures = 0
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-poke:
			pause(ctx, min(duePause, wait)) // many changes at once wake it once
		case <-timer.C:
		}
		timer.Stop()
	}
}

// dueTurn takes what is due, starts ending it, and says how long there is
// nothing to do.
func (s *Service) dueTurn(ctx context.Context, wg *sync.WaitGroup) (time.Duration, error) {
	now := s.now()
	brief, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	if err := s.listenFirst(brief); err != nil {
		return s.dueFromMemory(ctx, wg), err
	}
	due, err := s.Store.TakeDue(brief, now, now.Add(hold), dueBatch, s.endingEvent)
	if err != nil {
		return s.dueFromMemory(ctx, wg), err
	}
	if len(due) > 0 {
		wg.Go(func() {
			if _, err := s.finish(ctx, due); err != nil {
				s.log().Error("not everything due has ended", "err", err)
			}
		})
	}
	if wants := s.mem.wants(); len(wants) > 0 {
		wg.Go(func() { s.recordWanted(ctx, wants) })
	}
	if len(due) == dueBatch {
		return 0, nil
	}
	next, some, err := s.Store.NextDue(brief)
	if err != nil {
		return s.dueFromMemory(ctx, wg), err
	}
	rest := duePoll
	if s.mem.stale(now) {
		known, err := s.Store.Grants(brief, GrantFilter{States: []GrantState{Active, Revoking}, Limit: mostKnown})
		if err != nil {
			return s.dueFromMemory(ctx, wg), err
		}
		s.mem.refresh(known, now)
	} else {
		rest = dueRefresh // what others have done since then is read soon
	}
	if !some {
		return rest, nil
	}
	if wait := next.Sub(s.now()); wait > 0 {
		return min(wait, rest), nil
	}
	return duePause, nil // due, and just being taken by somebody else
}

// dueFromMemory does what can be done without the store.
func (s *Service) dueFromMemory(ctx context.Context, wg *sync.WaitGroup) time.Duration {
	now := s.now()
	over, next := s.mem.takeOver(now)
	if len(over) > 0 {
		wg.Go(func() { s.endFromMemory(ctx, over) })
	}
	if next.IsZero() {
		return duePoll
	}
	return next.Sub(now)
}

// listen pokes the loop whenever the store says that due times changed.
func (s *Service) listen(ctx context.Context, poke chan<- struct{}) {
	for ctx.Err() == nil {
		err := s.Store.Woken(ctx)
		select {
		case poke <- struct{}{}:
		default:
		}
		if err != nil {
			pause(ctx, time.Second)
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
