package api

import (
	"container/list"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Limiter bounds how often each sender may do something: a bucket of tokens for
// each, refilled with time. Of codes, which have 128 bits, it protects the log and
// the store from noise rather than the codes from guessing.
//
// It is bounded: beyond its most buckets the one longest unused is forgotten.
type Limiter[K comparable] struct {
	burst int
	every time.Duration // one token comes back in this time
	max   int

	mu      sync.Mutex // guards what follows, for the length of one look-up
	buckets map[K]*list.Element
	recent  *list.List // of *bucket[K], the latest used in front
}

type bucket[K comparable] struct {
	of     K
	tokens float64
	at     time.Time
}

// NewLimiter lets each sender do burst things at once and one more every so often,
// and remembers that many senders.
func NewLimiter[K comparable](burst int, every time.Duration, most int) *Limiter[K] {
	return &Limiter[K]{burst: burst, every: every, max: most, buckets: map[K]*list.Element{}, recent: list.New()}
}

// Take takes a token of the sender's; if there is none it says how long until there
// is.
func (l *Limiter[K]) Take(from K, now time.Time) (ok bool, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.bucket(from, now)
	if b.tokens < 1 {
		return false, time.Duration((1 - b.tokens) * float64(l.every))
	}
	b.tokens--
	return true, 0
}

// GiveBack undoes a Take: what was sent was good, or it was we who failed.
func (l *Limiter[K]) GiveBack(from K, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.bucket(from, now)
	b.tokens = min(b.tokens+1, float64(l.burst))
}

// bucket returns the sender's bucket, refilled up to now. l.mu is held.
func (l *Limiter[K]) bucket(key K, now time.Time) *bucket[K] {
	if e, ok := l.buckets[key]; ok {
		l.recent.MoveToFront(e)
		b := e.Value.(*bucket[K])
		if since := now.Sub(b.at); since > 0 {
			b.tokens = min(b.tokens+float64(since)/float64(l.every), float64(l.burst))
			b.at = now
		}
		return b
	}
	if l.recent.Len() >= l.max {
		oldest := l.recent.Back()
		delete(l.buckets, oldest.Value.(*bucket[K]).of)
		l.recent.Remove(oldest)
	}
	b := &bucket[K]{of: key, tokens: float64(l.burst), at: now}
	l.buckets[key] = l.recent.PushFront(b)
	return b
}

// Network is what counts as one sender: an IPv4 address, an IPv6 /64.
func Network(a netip.Addr) netip.Prefix {
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

// Proxies are the networks of proxies whose X-Forwarded-For is believed.
type Proxies []netip.Prefix

// Remote returns who sent r: the connection's other end or, behind trusted
// proxies, the last address in X-Forwarded-For that is not one of them. The
// zero Addr if it cannot be read.
func (ps Proxies) Remote(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	from := ap.Addr().Unmap().WithZone("")
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && ps.trusted(from); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		from = hop.Unmap().WithZone("")
	}
	return from
}

func (a *API) remote(r *http.Request) netip.Addr { return Proxies(a.TrustedProxies).Remote(r) }

func (ps Proxies) trusted(addr netip.Addr) bool {
	for _, p := range ps {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}
