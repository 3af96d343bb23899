package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// stopTime is how long requests that are under way when the server is asked to
// stop may take to finish: a mint does.
const stopTime = 20 * time.Second

// Serve answers on addr ("127.0.0.1:8330") until ctx is done, then lets what is
// under way finish, and returns nil.
func Serve(ctx context.Context, addr string, h http.Handler) error {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", addr, err)
	}
	return ServeOn(ctx, l, h)
}

// ServeOn is Serve on a listener that the caller has opened, perhaps with TLS on it
// ([Certificate.Listen]); it is closed when ServeOn returns.
func ServeOn(ctx context.Context, l net.Listener, h http.Handler) error {
	srv := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      pageTimeout + 15*time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		BaseContext:       func(net.Listener) context.Context { return withStopping(ctx) },
		ErrorLog:          slog.NewLogLogger(slog.Default().Handler(), slog.LevelWarn),
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // also when serving fails by itself
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		grace, done := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
		defer done()
		stopped <- srv.Shutdown(grace)
	}()
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve http: %w", err)
	}
	if err := <-stopped; err != nil {
		return errors.Join(fmt.Errorf("stop http: %w", err), srv.Close())
	}
	return nil
}

type stoppingKey struct{}

// withStopping is what the contexts of requests are made of: it is not done when
// the server stops, so that what is under way finishes, but tells that it does.
func withStopping(ctx context.Context) context.Context {
	return context.WithValue(context.WithoutCancel(ctx), stoppingKey{}, ctx.Done())
}

// Stopping is closed when the server that the request came to is asked to stop: the
// time for whoever only waits to answer. nil, which never is, for a request that
// came to no server.
func Stopping(ctx context.Context) <-chan struct{} {
	c, _ := ctx.Value(stoppingKey{}).(<-chan struct{})
	return c
}
