package store

import (
	"context"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// OnlyOne implements credentials.Store.
func (s *Store) OnlyOne(ctx context.Context, name string, f func(ctx context.Context) error) (bool, error) {
	return s.locked(ctx, s.alone, name, "SELECT pg_try_advisory_lock($1)", f)
}

// OneAtATime runs f when no other replica, and nobody else here, is running the
// same-named f; it waits for its turn. f must not wait for another turn: the
// connections for turns are counted.
func (s *Store) OneAtATime(ctx context.Context, name string, f func(ctx context.Context) error) error {
	_, err := s.locked(ctx, s.turns, name, "SELECT pg_advisory_lock($1) IS NOT NULL", f)
	return err
}

// locked holds the lock on a connection of its own while f runs, on other
// ones. If that connection is lost, and the lock with it, f's context ends:
// somebody else may hold the lock by then.
func (s *Store) locked(ctx context.Context, pool *pgxpool.Pool, name, acquire string, f func(ctx context.Context) error) (bool, error) {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return false, explain("lock "+name, err)
	}
	defer conn.Release()
	key := lockKey(name)
	var got bool
	if err := conn.QueryRow(ctx, acquire, key).Scan(&got); err != nil {
		return false, explain("lock "+name, err)
	}
	if !got {
		return false, nil
	}
	defer s.unlock(ctx, conn, name, key)
	return true, watched(ctx, conn, name, f)
}

// watched runs f under a context that ends with conn.
func watched(ctx context.Context, conn *pgxpool.Conn, name string, f func(ctx context.Context) error) error {
	run, lost := context.WithCancelCause(ctx)
	defer lost(nil)
	watch, finished := context.WithCancel(ctx)
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_, err := conn.Conn().WaitForNotification(watch)
		if watch.Err() == nil {
			lost(ErrUnavailable.With(fmt.Errorf("the lock %q was lost: %w", name, err)))
		}
	}()
	defer func() { // the connection is not used again before the watcher has left it
		finished()
		<-gone
	}()
	return f(run)
}

// unlock gives the lock back, if need be with its connection. It does so also
// when ctx is over.
func (s *Store) unlock(ctx context.Context, conn *pgxpool.Conn, name string, key int64) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_unlock($1)", key); err != nil {
		s.log.Warn("lock's connection closed", "lock", name, "err", err)
		_ = conn.Conn().Close(ctx) // the pool throws it away, and the server unlocks
	}
}

// lockKey makes one of Postgres' 64-bit lock numbers from a name.
func lockKey(name string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte("dbaccess " + name))
	return int64(h.Sum64())
}
