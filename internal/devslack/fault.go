package devslack

import (
	"context"
	"net/http"
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

// Fault makes the next calls of a Web API method ("chat.update"; "response" for
// response URLs, "upload" for uploads' bytes, "*" for whatever is called next) go
// wrong. Faults of one method queue up, and go before those of "*".
func (s *Server) Fault(method string, f Fault) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	f.Times = max(f.Times, 1)
	s.faults.byMethod[method] = append(s.faults.byMethod[method], f)
}

// take returns the fault for this call of method, if one is set.
func (f *faults) take(method string) (Fault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.byMethod[method]) == 0 {
		method = "*"
	}
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

// before does what comes before the call proper; false if it has answered in its
// stead.
func (f Fault) before(ctx context.Context, w http.ResponseWriter) bool {
	if pause(ctx, f.Delay) != nil {
		return false
	}
	switch {
	case f.Status == http.StatusTooManyRequests:
		tooMany(w, f.RetryAfter)
	case f.Status != 0:
		http.Error(w, http.StatusText(f.Status), f.Status)
	case f.Error != "":
		writeAPI(w, nil, slackErr(f.Error))
	default:
		return true
	}
	return false
}
