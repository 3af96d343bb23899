package devslack

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// hub holds the app's sockets and gives each envelope to the next of them.
type hub struct {
	o   Options
	ctx context.Context

	mu      sync.Mutex
	closed  bool
	sockets []*socket
	next    int
	waiting map[string]chan<- outcome // by envelope_id, buffered
}

type socket struct {
	conn  *websocket.Conn
	write sync.Mutex    // one writer at a time
	gone  chan struct{} // closed when the reader has ended
	cut   sync.Once
}

func newHub(ctx context.Context, o Options) *hub {
	return &hub{o: o, ctx: ctx, waiting: map[string]chan<- outcome{}}
}

func (h *hub) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.sockets)
}

func (h *hub) close() {
	h.mu.Lock()
	h.closed = true
	sockets := slices.Clone(h.sockets)
	h.mu.Unlock()
	for _, k := range sockets {
		k.close()
	}
}

// pick returns the next socket in turn, nil if there is none.
func (h *hub) pick() *socket {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.sockets) == 0 {
		return nil
	}
	h.next = (h.next + 1) % len(h.sockets)
	return h.sockets[h.next]
}

// send writes the envelope to the next socket. The acknowledgement is counted
// from here.
func (h *hub) send(e envelope) (*sent, error) {
	k := h.pick()
	if k == nil {
		return nil, &DeliveryError{Code: DispatchFailed, reason: "connection_failed"}
	}
	e.ID = newID("") + newID("")
	ack := make(chan outcome, 1)
	h.mu.Lock()
	h.waiting[e.ID] = ack
	h.mu.Unlock()
	forget := func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.waiting, e.ID)
	}
	w := &sent{ack: ack, gone: k.gone, timer: time.NewTimer(h.o.AckTimeout), server: h.ctx, forget: forget}
	if err := k.writeJSON(e); err != nil {
		w.timer.Stop()
		forget()
		return nil, &DeliveryError{Code: DispatchFailed, reason: "connection_failed"}
	}
	return w, nil
}

func (k *socket) writeJSON(v any) error {
	k.write.Lock()
	defer k.write.Unlock()
	return k.conn.WriteJSON(v)
}

func (k *socket) close() { k.cut.Do(func() { k.conn.Close() }) }

// connectionsOpen hands out the address of one socket.
func (c *call) connectionsOpen() (object, error) {
	ticket := newID("") + newID("") + newID("")
	c.world.tickets[ticket] = c.o.Now().Add(socketTicketLives * time.Second)
	return object{"url": "ws://" + c.host + "/socket?" + url.Values{"ticket": {ticket}, "app_id": {c.o.AppID}}.Encode()}, nil
}

// serveSocket is Socket Mode's far end, opened with a ticket that works once.
func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	ticket := r.URL.Query().Get("ticket")
	s.mu.Lock()
	until, ok := s.world.tickets[ticket]
	delete(s.world.tickets, ticket)
	s.mu.Unlock()
	if !ok || s.o.Now().After(until) {
		http.Error(w, "this ticket opens no socket", http.StatusForbidden)
		return
	}
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }} // the guard has checked it
	conn, err := up.Upgrade(w, r, nil)
	if err != nil {
		return // Upgrade has answered
	}
	k := &socket{conn: conn, gone: make(chan struct{})}
	if !s.tasks.begin() {
		k.close()
		return
	}
	defer s.tasks.end()
	n, ok := s.hub.add(k, s.o)
	if !ok {
		k.close()
		return
	}
	s.wake()
	s.background(func(context.Context) { s.hub.ping(k) })
	if s.overHTTP() {
		s.disconnect(k, "link_disabled")
	}
	s.hub.read(k)
	s.hub.drop(k)
	s.wake()
	s.o.Log.Debug("socket closed", "number", n)
}

// add greets the app on a new socket and lets it take part.
func (h *hub) add(k *socket, o Options) (int, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || len(h.sockets) >= maxSockets {
		return 0, false
	}
	n := len(h.sockets) + 1
	hello := object{
		"type": "hello", "num_connections": n, "connection_info": object{"app_id": o.AppID},
		"debug_info": object{"host": "devslack", "build_number": 1, "approximate_connection_time": 18060},
	}
	if k.writeJSON(hello) != nil {
		return 0, false
	}
	h.sockets = append(h.sockets, k)
	return n, true
}

func (h *hub) drop(k *socket) {
	k.close()
	h.mu.Lock()
	h.sockets = slices.DeleteFunc(h.sockets, func(o *socket) bool { return o == k })
	h.mu.Unlock()
	close(k.gone)
}

// ping keeps the app from taking the socket for dead.
func (h *hub) ping(k *socket) {
	tick := time.NewTicker(h.o.PingEvery)
	defer tick.Stop()
	for {
		if k.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(h.o.PingEvery)) != nil {
			k.close()
			return
		}
		select {
		case <-tick.C:
		case <-k.gone:
			return
		}
	}
}

// read takes acknowledgements until the socket ends.
func (h *hub) read(k *socket) {
	for {
		_, frame, err := k.conn.ReadMessage()
		if err != nil {
			return
		}
		var answer struct {
			ID      string          `json:"envelope_id"`
			Payload json.RawMessage `json:"payload"`
		}
		if len(frame) >= maxAckBytes || json.Unmarshal(frame, &answer) != nil {
			h.o.Log.Warn("acknowledgement dropped: too long or not JSON", "bytes", len(frame)) // as Slack does, which says nothing
			continue
		}
		h.mu.Lock()
		ack := h.waiting[answer.ID]
		delete(h.waiting, answer.ID)
		h.mu.Unlock()
		if ack != nil {
			ack <- outcome{payload: answer.Payload}
		}
	}
}
