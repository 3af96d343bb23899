package api

import (
	"container/list"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// limiter bounds how many bad codes one address may try: a bucket of tokens a
// network, refilled with time. Codes have 128 bits, so this protects the log
// and the store from noise rather than the codes from guessing.
//
// It is bounded: beyond max buckets the one longest unused is forgotten.
type limiter struct {
	burst int
	every time.Duration // one token comes back in this time
	max   int

	mu      sync.Mutex // guards what follows, for the length of one look-up
	buckets map[netip.Prefix]*list.Element
	recent  *list.List // of *bucket, the latest used in front
}

type bucket struct {
	of     netip.Prefix
	tokens float64
	at     time.Time
}

func newLimiter(burst int, every time.Duration, most int) *limiter {
	return &limiter{burst: burst, every: every, max: most, buckets: map[netip.Prefix]*list.Element{}, recent: list.New()}
}

// take takes a token of the address's network; if there is none it says how
// long until there is.
func (l *limiter) take(from netip.Addr, now time.Time) (ok bool, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.bucket(from, now)
	if b.tokens < 1 {
		return false, time.Duration((1 - b.tokens) * float64(l.every))
	}
	b.tokens--
	return true, 0
}

// giveBack undoes a take: the code was good, or it was we who failed.
func (l *limiter) giveBack(from netip.Addr, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.bucket(from, now)
	b.tokens = min(b.tokens+1, float64(l.burst))
}

// bucket returns the address's bucket, refilled up to now. l.mu is held.
func (l *limiter) bucket(from netip.Addr, now time.Time) *bucket {
	key := network(from)
	if e, ok := l.buckets[key]; ok {
		l.recent.MoveToFront(e)
		b := e.Value.(*bucket)
		if since := now.Sub(b.at); since > 0 {
			b.tokens = min(b.tokens+float64(since)/float64(l.every), float64(l.burst))
			b.at = now
		}
		return b
	}
	if l.recent.Len() >= l.max {
		oldest := l.recent.Back()
		delete(l.buckets, oldest.Value.(*bucket).of)
		l.recent.Remove(oldest)
	}
	b := &bucket{of: key, tokens: float64(l.burst), at: now}
	l.buckets[key] = l.recent.PushFront(b)
	return b
}

// network is what counts as one sender: an IPv4 address, an IPv6 /64.
func network(a netip.Addr) netip.Prefix {
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil { // the zero Addr: senders without an address share a bucket
		return netip.Prefix{}
	}
	return p
}

// remote returns who sent r: the connection's other end or, behind trusted
// proxies, the last address in X-Forwarded-For that is not one of them. The
// zero Addr if it cannot be read.
func (a *API) remote(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	from := ap.Addr().Unmap().WithZone("")
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && a.trusted(from); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		from = hop.Unmap().WithZone("")
	}
	return from
}

func (a *API) trusted(addr netip.Addr) bool {
	for _, p := range a.TrustedProxies {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}
