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

// add takes a job unless too many are waiting.
func (p *pool) add(job func(context.Context)) bool {
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

// drain waits until everything taken is finished; nothing may be added any more.
func (p *pool) drain() {
	close(p.jobs)
	p.workers.Wait()
}
