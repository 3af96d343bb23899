package devslack

import (
	"context"
	"slices"
	"sync"
	"time"
)

// faults are the switches that are set.
type faults struct {
	mu        sync.Mutex
	byMethod  map[string][]Fault
	duplicate int
	delayed   int
	delay     time.Duration
	reordered int
	unacked   int
	waiting   []*fate // deliveries held until a later one has passed
}

// DuplicateDelivery sends the next n commands, clicks, submissions and events
// twice.
func (s *Server) DuplicateDelivery(n int) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.duplicate = n
}

// DelayDelivery holds the next n commands, clicks, submissions and events back for
// d; what comes after them overtakes them.
func (s *Server) DelayDelivery(n int, d time.Duration) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.delayed, s.faults.delay = n, d
}

// ReorderDelivery holds each of the next n commands, clicks, submissions and
// events back until a later one has been acknowledged, so that they arrive the other way
// round. If none comes within a second, it goes alone.
func (s *Server) ReorderDelivery(n int) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.reordered = n
}

// LoseAcks loses the app's acknowledgements of the next n commands, clicks,
// submissions and events: the app has done its part, people are told that it timed
// out, and events come again.
func (s *Server) LoseAcks(n int) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.unacked = n
}

// DropSocket cuts the app's oldest socket without a word; false if there is none.
// Over HTTP it is the oldest request that has no answer yet.
func (s *Server) DropSocket() bool {
	if s.overHTTP() {
		return s.requests.dropOldest()
	}
	k := s.hub.oldest()
	if k == nil {
		return false
	}
	k.close()
	return true
}

// DisconnectWarning tells the app that its oldest socket is about to be cut, and
// cuts it Options.CloseAfter later; false if there is none (over HTTP, none).
func (s *Server) DisconnectWarning() bool {
	k := s.hub.oldest()
	if k == nil {
		return false
	}
	return s.disconnect(k, "warning")
}

// disconnect tells the app that a socket is about to be cut, and cuts it
// Options.CloseAfter later.
func (s *Server) disconnect(k *socket, reason string) bool {
	if k.writeJSON(object{"type": "disconnect", "reason": reason, "debug_info": object{"host": "devslack"}}) != nil {
		return false
	}
	s.background(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, s.o.CloseAfter)
		defer cancel()
		select {
		case <-ctx.Done():
		case <-k.gone:
		}
		k.close()
	})
	return true
}

// disableSockets is what Slack does when Socket Mode is off, or the app gone.
func (s *Server) disableSockets() {
	s.hub.mu.Lock()
	sockets := slices.Clone(s.hub.sockets)
	s.hub.mu.Unlock()
	for _, k := range sockets {
		s.disconnect(k, "link_disabled")
	}
}

func (h *hub) oldest() *socket {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.sockets) == 0 {
		return nil
	}
	return h.sockets[0]
}

// ClearFaults turns all switches off and forgets the faults that have not struck
// yet.
func (s *Server) ClearFaults() {
	f := &s.faults
	f.mu.Lock()
	defer f.mu.Unlock()
	f.byMethod = map[string][]Fault{}
	f.duplicate, f.delayed, f.reordered, f.unacked = 0, 0, 0, 0
}

// Held returns how many deliveries [Server.ReorderDelivery] holds back right now.
func (s *Server) Held() int {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	return len(s.faults.waiting)
}

// fate is what the switches say of one delivery.
type fate struct {
	twice    bool
	delay    time.Duration
	overtake chan struct{} // closed when a later delivery has passed; nil: no need to wait
	loseAck  bool

	overtook []*fate // those that wait for this one
	once     sync.Once
}

const reorderWait = time.Second

// delivery returns what the switches say of the next delivery. The caller holds it
// back (hold), sends it, waits for its acknowledgement, and then says so (passed).
func (f *faults) delivery() *fate {
	f.mu.Lock()
	defer f.mu.Unlock()
	d := &fate{}
	take := func(n *int) bool {
		if *n > 0 {
			*n--
			return true
		}
		return false
	}
	d.twice, d.loseAck = take(&f.duplicate), take(&f.unacked)
	if take(&f.delayed) {
		d.delay = f.delay
	}
	d.overtook, f.waiting = f.waiting, nil
	if take(&f.reordered) {
		d.overtake = make(chan struct{})
		f.waiting = append(f.waiting, d)
	}
	return d
}

func (d *fate) held() bool { return d.delay > 0 || d.overtake != nil }

// hold waits as long as the switches say.
func (s *Server) hold(ctx context.Context, d *fate) error {
	if err := pause(ctx, d.delay); err != nil || d.overtake == nil {
		return err
	}
	s.wake()
	timer := time.NewTimer(reorderWait)
	defer timer.Stop()
	select {
	case <-d.overtake:
	case <-timer.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// passed lets go what waited for this delivery. It may be called more than once.
func (d *fate) passed() {
	d.once.Do(func() {
		for _, earlier := range d.overtook {
			close(earlier.overtake)
		}
	})
}
