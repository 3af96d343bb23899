package bot

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
)

// pool runs the slow parts, a bounded number at once. What has been taken is
// finished even when the process is told to stop.
type pool struct {
	jobs    chan func(context.Context)
	workers sync.WaitGroup

	mu     sync.RWMutex // guards closed, and jobs from being closed while something is added
	closed bool
}

func newPool(ctx context.Context, b *Bot) *pool {
	p := &pool{jobs: make(chan func(context.Context), socketQueue)}
	ctx = context.WithoutCancel(ctx)
	for range socketWorkers {
		p.workers.Go(func() {
			for job := range p.jobs {
				b.runSlow(ctx, job)
			}
		})
	}
	return p
}

// runSlow keeps one bad delivery from taking the process with it.
func (b *Bot) runSlow(ctx context.Context, job func(context.Context)) {
	ctx, cancel := context.WithTimeout(ctx, slowPart)
	defer cancel()
	defer func() {
		if r := recover(); r != nil {
			b.log.ErrorContext(ctx, "panic in the slack door", "err", fmt.Sprint(r), "stack", string(debug.Stack()))
		}
	}()
	job(ctx)
}

// add takes a job unless too many are waiting, or the pool is being emptied.
func (p *pool) add(job func(context.Context)) bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if p.closed {
		return false
	}
	select {
	case p.jobs <- job:
		return true
	default:
		return false
	}
}

// addAcked takes the slow part of a delivery, which waits until acked is called:
// the acknowledgement comes first. A nil slow part is always taken.
func (p *pool) addAcked(after func(context.Context)) (acked func(), taken bool) {
	if after == nil {
		return func() {}, true
	}
	sent := make(chan struct{})
	taken = p.add(func(ctx context.Context) {
		<-sent
		after(ctx)
	})
	return func() { close(sent) }, taken
}

func tooBusy() answer { return say("I am too busy just now. Please try again in a minute.") }

// shut says whether nothing is taken any more.
func (p *pool) shut() bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.closed
}

// drain takes nothing more and waits until everything taken is finished.
func (p *pool) drain() {
	p.mu.Lock()
	if !p.closed {
		p.closed = true
		close(p.jobs)
	}
	p.mu.Unlock()
	p.workers.Wait()
}
