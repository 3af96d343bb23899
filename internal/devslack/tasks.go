package devslack

import (
	"context"
	"sync"
)

// background runs f in a goroutine of its own, with a context that ends with the
// server; not at all once the server is closing.
func (s *Server) background(f func(ctx context.Context)) {
	if s.tasks.begin() {
		go func() {
			defer s.tasks.end()
			f(s.ctx)
		}()
	}
}

// tasks counts what Close waits for. Unlike a bare WaitGroup it may be asked to
// begin while somebody waits, and then refuses.
type tasks struct {
	mu      sync.Mutex
	closing bool
	running sync.WaitGroup
}

func (t *tasks) begin() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.closing {
		t.running.Add(1)
	}
	return !t.closing
}

func (t *tasks) end() { t.running.Done() }

func (t *tasks) wait() {
	t.mu.Lock()
	t.closing = true
	t.mu.Unlock()
	t.running.Wait()
}
