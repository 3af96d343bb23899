package store

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// dueChannel is where a transaction that changes when some grant is over says
// so. What changed is read from the tables, not from the notification.
const dueChannel = "dbaccess_due"

// listener keeps one connection that LISTENs, however many wait, and replaces
// it when it is lost. It starts with the first waiter.
type listener struct {
	cfg   *pgx.ConnConfig
	log   *slog.Logger
	watch *watchers // are told of requests by the same connection

	mu    sync.Mutex
	stop  context.CancelFunc // nil before the first waiter
	done  chan struct{}      // closed when run has returned
	rung  uint64             // how often the bell rang
	heard uint64             // of which a waiter has been told
	bell  chan struct{}      // closed, and replaced, when it rings
}

func newListener(cfg *pgx.ConnConfig, log *slog.Logger, watch *watchers) *listener {
	cfg = cfg.Copy()
	cfg.RuntimeParams["application_name"] += " listen"
	return &listener{cfg: cfg, log: log, watch: watch, bell: make(chan struct{})}
}

var errClosed = errors.New("the store was closed")

// wait returns when the bell has rung since the last wait returned, or ctx is
// done.
func (l *listener) wait(ctx context.Context) error {
	l.mu.Lock()
	if l.bell == nil {
		l.mu.Unlock()
		return errClosed
	}
	l.begin()
	bell, already := l.bell, l.rung != l.heard
	l.heard = l.rung
	l.mu.Unlock()
	if already {
		return ctx.Err()
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-bell:
		l.mu.Lock()
		l.heard = l.rung
		l.mu.Unlock()
		return nil
	}
}

// start begins to listen without waiting.
func (l *listener) start() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.bell != nil {
		l.begin()
	}
}

// begin starts the connection if that was not done; l.mu is held.
func (l *listener) begin() {
	if l.stop != nil {
		return
	}
	var run context.Context
	run, l.stop = context.WithCancel(context.Background())
	l.done = make(chan struct{})
	go l.run(run)
}

func (l *listener) ring() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.bell == nil {
		return
	}
	l.rung++
	close(l.bell)
	l.bell = make(chan struct{})
}

func (l *listener) close() {
	l.mu.Lock()
	stop, done := l.stop, l.done
	if l.bell != nil {
		close(l.bell)
		l.bell = nil
	}
	l.mu.Unlock()
	if stop != nil {
		stop()
		<-done
	}
}

// missed rings for everybody: what was said while nobody listened is unknown.
func (l *listener) missed() {
	l.ring()
	l.watch.tellAll()
}

// run listens until ctx is done. It rings whenever a connection is made or
// lost: what was said meanwhile has been missed.
func (l *listener) run(ctx context.Context) {
	defer close(l.done)
	for wait := 100 * time.Millisecond; ctx.Err() == nil; wait = min(2*wait, 5*time.Second) {
		listened, err := l.listen(ctx)
		if ctx.Err() != nil {
			return
		}
		if listened {
			wait = 100 * time.Millisecond
			l.missed()
		}
		l.log.Warn("listening connection lost", "err", err)
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// listen rings at each notification until the connection is lost. It reports
// whether it was listening at all.
func (l *listener) listen(ctx context.Context) (listened bool, err error) {
	conn, err := pgx.ConnectConfig(ctx, l.cfg.Copy())
	if err != nil {
		return false, err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, "LISTEN "+dueChannel+"; LISTEN "+requestChannel); err != nil {
		return false, err
	}
	l.missed()
	for {
		if err := l.next(ctx, conn); err != nil {
			return true, err
		}
	}
}

// next waits for one notification. A quiet connection is asked every now and
// then whether it is still there.
func (l *listener) next(ctx context.Context, conn *pgx.Conn) error {
	quiet, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	n, err := conn.WaitForNotification(quiet)
	switch {
	case err == nil && n.Channel == requestChannel:
		l.watch.tell(n.Payload)
		return nil
	case err == nil:
		l.ring()
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case quiet.Err() == nil:
		return err
	}
	alive, stop := context.WithTimeout(ctx, 10*time.Second)
	defer stop()
	return conn.Ping(alive)
}
