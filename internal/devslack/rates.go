package devslack

import (
	"net/http"
	"strconv"
	"time"
)

// rate says how many calls of a method Slack takes in a minute
// (https://docs.slack.dev/apis/web-api/rate-limits). The bursts that it takes
// beyond them it does not document; here they are as many again.
type rate int

const (
	tier2   rate = 20
	tier3   rate = 50
	tier4   rate = 100
	often   rate = 600 // "hundreds of requests a minute"
	posting rate = 300 // the whole workspace; beside it one a second in each channel

	perChannel rate = 60
)

// bucket counts what a method may still be called.
type bucket struct {
	left float64
	at   time.Time
}

// spend takes one call out of the bucket called key, or says how long to wait.
// Server.mu is held.
func (s *Server) spend(key string, r rate) (wait time.Duration) {
	now, most := s.o.Now(), float64(2*r)
	b := s.buckets[key]
	if b == nil {
		b = &bucket{left: most, at: now}
		s.buckets[key] = b
	}
	perSecond := float64(r) / 60
	b.left = min(most, b.left+now.Sub(b.at).Seconds()*perSecond)
	b.at = now
	if b.left < 1 {
		return time.Duration((1 - b.left) / perSecond * float64(time.Second))
	}
	b.left--
	return 0
}

// limited reports how long the app must wait before it may make this call.
// Server.mu is held.
func (c *call) limited(m method) time.Duration {
	if c.o.Unlimited {
		return 0
	}
	r := m.rate
	if own, set := c.o.PerMinute[c.method]; set {
		r = rate(own)
	}
	if r <= 0 {
		return 0
	}
	if wait := c.spend(c.method, r); wait > 0 || m.rate != posting || c.o.PerMinute[c.method] > 0 {
		return wait
	}
	return c.spend(c.method+" "+c.str("channel"), perChannel)
}

// tooMany answers 429 with the pause asked for, in whole seconds.
func tooMany(w http.ResponseWriter, wait time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(http.StatusTooManyRequests)
	_, _ = w.Write([]byte(`{"ok":false,"error":"ratelimited"}`)) // the caller may have gone
}
