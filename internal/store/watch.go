package store

import (
	"sync"

	"dbaccess/approvals"
)

// requestChannel is where a transaction that changes a request, or keeps its
// result, says which. What changed is read from the tables.
const requestChannel = "dbaccess_request"

// watchers are told when a request changes, by whichever replica. One connection
// listens for all of them, however many there are.
type watchers struct {
	mu sync.Mutex
	of map[string]map[chan struct{}]bool // by request id
}

// WatchRequest returns a channel that gets a value after the request has changed,
// or may have: several changes may be one value, and where the listening
// connection was lost and came back everybody is told. So whoever waits first
// watches, then reads, then waits. stop must be called.
func (s *Store) WatchRequest(id approvals.RequestID) (changed <-chan struct{}, stop func()) {
	s.wake.start()
	return s.watch.add(string(id))
}

func (w *watchers) add(id string) (<-chan struct{}, func()) {
	c := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.of == nil {
		w.of = map[string]map[chan struct{}]bool{}
	}
	if w.of[id] == nil {
		w.of[id] = map[chan struct{}]bool{}
	}
	w.of[id][c] = true
	return c, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.of[id], c)
		if len(w.of[id]) == 0 {
			delete(w.of, id)
		}
	}
}

// tell tells those who watch the request.
func (w *watchers) tell(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.of[id] {
		nudge(c)
	}
}

// tellAll tells everybody: something may have been missed.
func (w *watchers) tellAll() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, watching := range w.of {
		for c := range watching {
			nudge(c)
		}
	}
}

// nudge puts a value into c, unless one is in it.
func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
