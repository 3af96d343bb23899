package store

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"dbaccess/approvals"
	"dbaccess/audit"
	"dbaccess/credentials"
)

// settled returns when nothing is left that would wake the waiter: the bell has
// rung for the connection, and no wait finds it rung already.
func settled(t *testing.T, s *Store) {
	t.Helper()
	if err := s.Woken(t.Context()); err != nil { // the connection was made
		t.Fatal(err)
	}
	for {
		s.wake.mu.Lock()
		quiet := s.wake.rung == s.wake.heard
		s.wake.mu.Unlock()
		if quiet {
			return
		}
		if err := s.Woken(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func woken(t *testing.T, s *Store) <-chan error {
	t.Helper()
	c := make(chan error, 1)
	go func() { c <- s.Woken(t.Context()) }()
	return c
}

func touch(t *testing.T, s *Store, g *credentials.Grant) {
	t.Helper()
	if err := s.UpdateGrant(t.Context(), *g, credentials.Change{Events: []audit.Event{event(audit.LeaseIntended, g.Request)}}); err != nil {
		t.Fatal(err)
	}
	g.Version++
}

func TestAChangeOnOneReplicaWakesAnother(t *testing.T) {
	t.Parallel()
	url := runtimeURL(t, ownerURL(t))
	writer, waiter := opened(t, url), opened(t, url)
	settled(t, waiter)
	c := woken(t, waiter)
	g := openGrant(t, writer) // an approval sets a time to claim by
	if err := within(t, c, "woken by an approval"); err != nil {
		t.Error(err)
	}
	c = woken(t, waiter)
	touch(t, writer, &g)
	if err := within(t, c, "woken by a grant's change"); err != nil {
		t.Error(err)
	}
}

func TestAChangeBetweenTwoWaitsIsNotLost(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	g := openGrant(t, s)
	settled(t, s)
	touch(t, s, &g)
	eventually(t, "the notification is here", func() bool {
		s.wake.mu.Lock()
		defer s.wake.mu.Unlock()
		return s.wake.rung != s.wake.heard
	})
	if err := within(t, woken(t, s), "the second wait"); err != nil {
		t.Error(err)
	}
}

func TestALostConnectionWakesAndIsReplaced(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	g := openGrant(t, s)
	settled(t, s)
	c := woken(t, s)
	owner := connect(t, ownerOf(t, s))
	const listens = "datname = current_database() AND application_name = 'dbaccess listen'"
	if _, err := owner.Exec(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "+listens); err != nil {
		t.Fatal(err)
	}
	if err := within(t, c, "woken by the loss"); err != nil {
		t.Error(err)
	}
	settled(t, s) // by the new connection
	c = woken(t, s)
	touch(t, s, &g)
	if err := within(t, c, "woken through the new connection"); err != nil {
		t.Error(err)
	}
	if n := query[int64](t, s, "SELECT count(*) FROM pg_stat_activity WHERE "+listens); n != 1 {
		t.Errorf("%d connections listen", n)
	}
}

func TestWaitingEndsWithItsContextOrItsStore(t *testing.T) {
	t.Parallel()
	url := runtimeURL(t, ownerURL(t))
	s, err := Open(t.Context(), url, Options{})
	if err != nil {
		t.Fatal(err)
	}
	settled(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Woken(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("with its context: %v", err)
	}
	c := woken(t, s)
	s.Close()
	within(t, c, "the wait of a closed store")
	if err := s.Woken(t.Context()); !errors.Is(err, errClosed) {
		t.Errorf("after the end: %v", err)
	}
}

func TestOneAtATimeAcrossReplicas(t *testing.T) {
	t.Parallel()
	url := runtimeURL(t, ownerURL(t))
	replicas := []*Store{opened(t, url), opened(t, url)}
	var (
		mu     sync.Mutex
		inside int
		ran    int
		all    sync.WaitGroup
	)
	for n := range 40 { // more than there are connections for turns
		all.Go(func() {
			err := replicas[n%2].OneAtATime(t.Context(), "card req_x", func(ctx context.Context) error {
				mu.Lock()
				inside++
				ran++
				if inside != 1 {
					t.Errorf("%d at once", inside)
				}
				mu.Unlock()
				err := replicas[n%2].Ping(ctx) // work through the store, while others wait
				mu.Lock()
				inside--
				mu.Unlock()
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if ran != 40 {
		t.Errorf("%d of 40 ran", ran)
	}
}

func TestOneAtATimeReturnsWhatItsWorkDoes(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	broken := errors.New("broken")
	if err := s.OneAtATime(t.Context(), "x", func(context.Context) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	func() {
		defer func() { _ = recover() }()
		_ = s.OneAtATime(t.Context(), "x", func(context.Context) error { panic("work") })
	}()
	ctx, cancel := context.WithCancel(t.Context())
	if err := s.OneAtATime(ctx, "x", func(context.Context) error { cancel(); return nil }); err != nil {
		t.Errorf("after a panic: %v", err)
	}
	ran, err := s.OnlyOne(t.Context(), "x", func(context.Context) error { return nil })
	if err != nil || !ran {
		t.Errorf("after its context ended while it held the lock: %v, %v", ran, err)
	}
}

func TestWaitingForATurnEndsWithItsContext(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	err := s.OneAtATime(t.Context(), "x", func(ctx context.Context) error {
		brief, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		defer cancel()
		return s.OneAtATime(brief, "x", func(context.Context) error {
			t.Error("two at once")
			return nil
		})
	})
	if !errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}

func TestALostLockEndsItsWork(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	owner := connect(t, ownerOf(t, s))
	_, err := s.OnlyOne(t.Context(), "sweep", func(ctx context.Context) error {
		if _, err := owner.Exec(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"); err != nil {
			return err
		}
		within(t, ctx.Done(), "the end of the work's context")
		return context.Cause(ctx)
	})
	if !errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	if ran, err := s.OnlyOne(t.Context(), "sweep", func(context.Context) error { return nil }); err != nil || !ran {
		t.Errorf("afterwards: %v, %v", ran, err)
	}
}

func TestASweepDoesNotQueueForTurns(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	ctx, cancel := context.WithCancel(t.Context())
	var waiting sync.WaitGroup
	defer waiting.Wait()
	defer cancel()
	err := s.OneAtATime(t.Context(), "card", func(context.Context) error {
		for range 40 { // more than there are connections for turns
			waiting.Go(func() {
				_ = s.OneAtATime(ctx, "card", func(context.Context) error { return nil })
			})
		}
		eventually(t, "all connections wait for a turn", func() bool {
			st := s.turns.Stat()
			return st.AcquiredConns() == st.MaxConns()
		})
		ran, err := s.OnlyOne(t.Context(), "sweep", func(context.Context) error { return nil })
		if !ran {
			t.Error("the sweep did not run")
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestARequestsChangeOnOneReplicaIsToldToWhoWatchesOnAnother(t *testing.T) {
	t.Parallel()
	url := runtimeURL(t, ownerURL(t))
	writer, watcher := opened(t, url), opened(t, url)
	settled(t, watcher)
	reroute := func(id approvals.RequestID) {
		t.Helper()
		r, err := writer.Request(t.Context(), id)
		if err == nil {
			err = writer.Update(t.Context(), r, approvals.Change{Events: []audit.Event{event(audit.RequestRerouted, id)}})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	told := func(changed <-chan struct{}) {
		t.Helper()
		select {
		case <-changed:
		case <-time.After(20 * time.Second):
			t.Error("the watcher was not told in 20 seconds")
		}
	}
	first := openGrant(t, writer).Request
	changed, stop := watcher.WatchRequest(first)
	second := openGrant(t, writer).Request
	other, stopOther := watcher.WatchRequest(second)
	defer stopOther()
	nobody, stopNobody := watcher.WatchRequest("req_of_nobody")
	defer stopNobody()
	reroute(second)
	told(other) // of its making, or of its change; and so of all that was before its making
	select {
	case <-changed:
	default:
	}
	reroute(first)
	told(changed)
	select {
	case <-nobody:
		t.Error("whoever watches another request was told, too")
	default:
	}
	stop()
	watcher.watch.mu.Lock()
	defer watcher.watch.mu.Unlock()
	if len(watcher.watch.of) != 2 {
		t.Errorf("%d requests are watched", len(watcher.watch.of))
	}
}
