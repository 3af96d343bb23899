package job

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"dbaccess/internal/api"
	"dbaccess/internal/fault"
)

// held is a grant that the job holds or is about to.
type held struct {
	grant string
	api.Claimed
	skew time.Duration // the server's clock is so much ahead of this one
	over time.Time     // when its window ends, by this clock
}

// keeper keeps the job's grants alive, and renews and ends them.
type keeper struct {
	job    *Job
	folder *folder
	over   chan error // the server has ended the newest grant; one value at most

	mu      sync.Mutex // for held; taken for a moment only
	held    []held     // oldest first; the last one is what new connections use
	telling sync.Mutex
}

func (k *keeper) tell(e Event) {
	if k.job.Tell == nil {
		return
	}
	k.telling.Lock()
	defer k.telling.Unlock()
	k.job.Tell(e)
}

func (k *keeper) newest() held {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.held[len(k.held)-1]
}

func (k *keeper) all() []held {
	k.mu.Lock()
	defer k.mu.Unlock()
	return append([]held(nil), k.held...)
}

// claim claims the i-th grant and writes its credential, first, to the files. It
// tries again while the server is away or still busy with an earlier try: a claim
// whose answer was lost is replaced.
func (k *keeper) claim(ctx context.Context, i int) error {
	h, told := k.all()[i], false
	began := time.Now()
	for pause := 200 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		c, err := k.job.Server.Claim(ctx, h.grant, true)
		if err == nil {
			h.Claimed, h.skew = c, time.Until(c.Now)
			h.over = time.Now().Add(c.Until.Sub(c.Now))
			break
		}
		busy := fault.KindOf(err) == fault.Conflict // being made, for somebody who may have died
		if final(err) && !busy || time.Since(began) > claimPatience || !wait(ctx, pause) {
			return fmt.Errorf("claim %s: %w", h.grant, err)
		}
		if !told {
			told = true
			k.tell(Event{What: NotYet, Grant: h.grant, Err: err})
		}
	}
	k.mu.Lock()
	k.held[i] = h
	k.mu.Unlock()
	if err := k.folder.write(k.credentials()); err != nil {
		return err
	}
	what := Claimed
	if i > 0 {
		what = Renewed
	}
	k.tell(Event{What: what, Grant: h.grant, At: h.over})
	return nil
}

// credentials are all that are claimed, newest first.
func (k *keeper) credentials() (list []api.Claimed) {
	for _, h := range k.all() {
		if h.Role != "" {
			list = append([]api.Claimed{h.Claimed}, list...)
		}
	}
	return list
}

// keep gives signs of life until ctx is done, or until the server says that the
// newest grant is over, and renews before that.
func (k *keeper) keep(ctx context.Context) {
	defer func() {
		if p := recover(); p != nil { // nothing here may keep Run from ending the grant
			k.isOver(fmt.Errorf("keep the grant alive: %v", p))
		}
	}()
	renewed := false
	silent := false
	for {
		next, err := k.signs(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			silent = false
		case final(err):
			k.isOver(err)
			return
		case !silent:
			silent = true
			k.tell(Event{What: Silent, Grant: k.newest().grant, Err: err})
		}
		newest := k.newest()
		if k.job.Renew != nil && !renewed && !time.Now().Before(newest.renewAt()) {
			renewed = k.renew(ctx)
			if renewed && k.newest().grant != newest.grant {
				renewed = false // the new one has an end, too
			}
		}
		if !wait(ctx, k.until(next)) {
			return
		}
	}
}

// until is how long there is nothing to do: until the next sign of life, the next
// renewal, or the end of the window, which is asked about at once.
func (k *keeper) until(next time.Duration) time.Duration {
	h := k.newest()
	at := h.over
	if k.job.Renew != nil && time.Now().Before(h.renewAt()) {
		at = h.renewAt()
	}
	if left := time.Until(at); left > 0 {
		next = min(next, left+10*time.Millisecond)
	}
	return max(next, 20*time.Millisecond)
}

// renewAt is when to ask anew: the last fifth of the window, at most five minutes.
func (h held) renewAt() time.Time {
	return h.over.Add(-min(renewBefore, h.Until.Sub(h.Now)/5))
}

// signs gives one sign of life for every grant and says how long until the next.
// The error tells of the newest grant: an older one may be over.
func (k *keeper) signs(ctx context.Context) (next time.Duration, err error) {
	next = k.job.every
	if next <= 0 {
		next = lifeEvery
	}
	list := k.all()
	for i, h := range list {
		if h.Role == "" {
			continue
		}
		until, problem := k.job.Server.Alive(ctx, h.grant)
		switch {
		case problem == nil:
			left := time.Until(until.Add(-h.skew))
			next = min(next, max(left/3, 100*time.Millisecond))
		case i == len(list)-1:
			err = problem
			next = min(next, 3*time.Second)
		case final(problem):
			k.drop(h.grant)
		}
	}
	return next, err
}

func (k *keeper) drop(grant string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for i, h := range k.held {
		if h.grant == grant {
			k.held = append(k.held[:i:i], k.held[i+1:]...)
			return
		}
	}
}

func (k *keeper) isOver(err error) {
	select {
	case k.over <- err:
	default:
	}
}

// errPeople is why a renewal is left: the command's window ends.
var errPeople = fault.New(fault.Denied, "people would have to decide.", "")

// renew asks for a further grant and claims it. It reports whether that is done
// with: what is away is asked again.
func (k *keeper) renew(ctx context.Context) bool {
	grant, err := k.job.Renew(ctx)
	if err == nil && grant == "" {
		err = errPeople
	}
	if err == nil {
		k.mu.Lock()
		k.held = append(k.held, held{grant: grant})
		i := len(k.held) - 1
		k.mu.Unlock()
		if err = k.claim(ctx, i); err != nil {
			k.drop(grant)
			_, _ = k.job.Server.End(context.WithoutCancel(ctx), grant) // nobody holds it; unclaimed it lapses
		}
	}
	if err == nil {
		return true
	}
	if errors.Is(err, context.Canceled) {
		return true
	}
	if final(err) {
		k.tell(Event{What: NotRenewed, Grant: k.newest().grant, Err: err})
		return true
	}
	return false
}

// wait waits, and reports whether ctx is not done.
func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
