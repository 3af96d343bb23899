package v1

import (
	"context"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"dbaccess/approvals"
	"dbaccess/internal/api"
	"dbaccess/internal/fault"
	"dbaccess/internal/tokens"
)

// A wait holds no connection of the store: one that listens serves all waits of a
// server, and a request is read when it has changed. What a notification may have
// missed is found by reading now and then all the same.

const (
	longestWait = 60 * time.Second
	readAgain   = 10 * time.Second // and up to half as long again, so that waits do not read together
	grace       = 30 * time.Second // to write an answer in, after a wait
)

var errWaits = api.WithStatus(fault.New(fault.Unavailable, "Too many of your calls are waiting already.",
	"Wait for fewer requests at once, or ask without `wait`."), http.StatusTooManyRequests)

// turns bounds how many calls do something costly at once.
type turns struct {
	most, each int   // of all, and of one payer
	full       error // what whoever comes beyond that is told

	mu  sync.Mutex // guards what follows
	all int
	of  map[string]int // by payer
}

// Waiting is how many calls wait now, for the metrics.
func (d *Door) Waiting() int {
	d.waits.mu.Lock()
	defer d.waits.mu.Unlock()
	return d.waits.all
}

// enter counts a call until leave is called; an error if there are too many.
func (w *turns) enter(who string) (leave func(), err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all >= w.most || w.of[who] >= w.each {
		return nil, w.full
	}
	if w.of == nil {
		w.of = map[string]int{}
	}
	w.all++
	w.of[who]++
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.all--
		if w.of[who]--; w.of[who] == 0 {
			delete(w.of, who)
		}
	}, nil
}

var waitForm = regexp.MustCompile(`^[0-9]{1,3}s?$`)

// readWait reads "60s" or "60"; more than the longest wait is that.
func readWait(s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	if !waitForm.MatchString(s) {
		return 0, fault.New(fault.Invalid, "wait is not a number of seconds.", "Write it like 60s.")
	}
	n, err := strconv.Atoi(strings.TrimSuffix(s, "s"))
	if err != nil {
		return 0, err
	}
	return min(time.Duration(n)*time.Second, longestWait), nil
}

// wait reads the caller's request again and again until done says so, or the time
// is over, or the server is stopping; then it is returned as it stands.
func (d *Door) wait(ctx context.Context, id approvals.RequestID, long time.Duration, done func(approvals.Request) (bool, error)) (approvals.Request, error) {
	if long <= 0 {
		r, err := d.own(ctx, id)
		if err == nil {
			_, err = done(r)
		}
		return r, err
	}
	c := callerOf(ctx)
	leave, err := d.waits.enter(c.payer())
	if err != nil {
		return approvals.Request{}, err
	}
	defer leave()
	c.patient(long)
	over := time.NewTimer(long)
	defer over.Stop()
	var changed <-chan struct{}
	for last, waited := false, false; ; waited = true {
		if waited {
			if err := d.stillSignedIn(ctx, c); err != nil {
				return approvals.Request{}, err
			}
		}
		r, err := d.own(ctx, id)
		if err != nil {
			return r, err
		}
		if ok, err := done(r); ok || last || err != nil {
			return r, err
		}
		if changed == nil { // only what is there is watched; and read again, since it may have changed in between
			watched, stop := d.Changed(id)
			defer stop()
			changed = watched
			continue
		}
		again := time.NewTimer(readAgain + rand.N(readAgain/2))
		select {
		case <-changed:
		case <-again.C:
		case <-over.C:
			last = true
		case <-api.Stopping(ctx):
			last = true
		case <-ctx.Done():
			again.Stop()
			return r, ctx.Err()
		}
		again.Stop()
	}
}

// stillSignedIn refuses a call whose token was ended, or has expired, while it
// waited.
func (d *Door) stillSignedIn(ctx context.Context, c caller) error {
	token, err := bearer(c.call.Header)
	if err == nil {
		_, _, err = d.Tokens.Who(ctx, token, tokens.API)
	}
	if err != nil && tokens.Unauthenticated(err) {
		return unauthorized(err)
	}
	return err
}

// patient lets the connection stay silent for that long: the server's own limits
// are for calls that do not wait. Whoever's writer has no deadlines needs none.
func (c caller) patient(long time.Duration) {
	if c.http == nil {
		return
	}
	_ = c.http.SetReadDeadline(time.Time{}) // the body has been read
	_ = c.http.SetWriteDeadline(time.Now().Add(long + grace))
}
