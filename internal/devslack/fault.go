package devslack

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Fault is how the next calls of one Web API method go wrong. With several fields
// set, Delay comes first.
type Fault struct {
	Times      int           // how many calls; 0 means one
	Delay      time.Duration // answer that much later
	Status     int           // answer with this HTTP status instead of doing anything: 429, 500, 503
	RetryAfter time.Duration // with Status 429: the pause asked for, in whole seconds
	Error      string        // answer {"ok":false} with this error instead of doing anything
	LoseAnswer bool          // do it, and cut the connection without an answer
}

// faults are the switches that are set.
type faults struct {
	mu        sync.Mutex
	byMethod  map[string][]Fault
	duplicate int
	delayed   int
	delay     time.Duration
}

// Fault makes the next calls of a Web API method ("chat.update"; "response" for
// response URLs) go wrong. Faults of one method queue up.
func (s *Server) Fault(method string, f Fault) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	f.Times = max(f.Times, 1)
	s.faults.byMethod[method] = append(s.faults.byMethod[method], f)
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

// DropSocket cuts the app's oldest socket without a word; false if there is none.
func (s *Server) DropSocket() bool {
	k := s.hub.oldest()
	if k == nil {
		return false
	}
	k.close()
	return true
}

// DisconnectWarning tells the app that its oldest socket is about to be cut, and
// cuts it Options.CloseAfter later; false if there is none.
func (s *Server) DisconnectWarning() bool {
	k := s.hub.oldest()
	if k == nil {
		return false
	}
	warning := object{"type": "disconnect", "reason": "warning", "debug_info": object{"host": "devslack"}}
	if k.writeJSON(warning) != nil {
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

func (h *hub) oldest() *socket {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.sockets) == 0 {
		return nil
	}
	return h.sockets[0]
}

// take returns the fault for this call of method, if one is set.
func (f *faults) take(method string) (Fault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	queue := f.byMethod[method]
	if len(queue) == 0 {
		return Fault{}, false
	}
	hit := queue[0]
	queue[0].Times--
	if queue[0].Times == 0 {
		f.byMethod[method] = queue[1:]
	}
	return hit, true
}

// delivery returns what the switches say of the next delivery.
func (f *faults) delivery() (twice bool, delay time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.duplicate > 0 {
		f.duplicate--
		twice = true
	}
	if f.delayed > 0 {
		f.delayed--
		delay = f.delay
	}
	return twice, delay
}

// before does what comes before the call proper; false if it has answered in its
// stead.
func (f Fault) before(ctx context.Context, w http.ResponseWriter) bool {
	if pause(ctx, f.Delay) != nil {
		return false
	}
	switch {
	case f.Status == http.StatusTooManyRequests:
		w.Header().Set("Retry-After", strconv.Itoa(int((f.RetryAfter+time.Second-1)/time.Second)))
		w.WriteHeader(f.Status)
		_, _ = w.Write([]byte(`{"ok":false,"error":"ratelimited"}`))
	case f.Status != 0:
		http.Error(w, http.StatusText(f.Status), f.Status)
	case f.Error != "":
		writeAPI(w, nil, slackErr(f.Error))
	default:
		return true
	}
	return false
}
