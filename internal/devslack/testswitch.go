package devslack

import (
	"encoding/json"
	"net/http"
	"time"
)

// The test API's faults and switches: see routeTestAPI.

// faultJSON is a fault or switch as the test API takes it.
type faultJSON struct {
	Times      int      `json:"times"`
	DelayMS    int      `json:"delay_ms"`
	Status     int      `json:"status"`
	RetryAfter int      `json:"retry_after_s"`
	Error      string   `json:"error"`
	LoseAnswer bool     `json:"lose_answer"`
	Scopes     []string `json:"scopes"`
}

func (f faultJSON) delay() time.Duration { return time.Duration(f.DelayMS) * time.Millisecond }

// switches are what can be switched, for as many deliveries as times says (at
// least one). False means that there was nothing to switch.
//
//	duplicate, reorder, lose-acks {times}   delay {times, delay_ms}
//	drop, warn     the oldest socket
//	clear          all faults and switches
//	clock          {delay_ms} goes ahead
//	scopes         {scopes} are the token's from here on
//	revoke         the app's tokens
var switches = map[string]func(*Server, faultJSON) bool{
	"duplicate": func(s *Server, f faultJSON) bool { s.DuplicateDelivery(max(f.Times, 1)); return true },
	"delay":     func(s *Server, f faultJSON) bool { s.DelayDelivery(max(f.Times, 1), f.delay()); return true },
	"reorder":   func(s *Server, f faultJSON) bool { s.ReorderDelivery(max(f.Times, 1)); return true },
	"lose-acks": func(s *Server, f faultJSON) bool { s.LoseAcks(max(f.Times, 1)); return true },
	"drop":      func(s *Server, _ faultJSON) bool { return s.DropSocket() },
	"warn":      func(s *Server, _ faultJSON) bool { return s.DisconnectWarning() },
	"clear":     func(s *Server, _ faultJSON) bool { s.ClearFaults(); return true },
	"clock":     func(s *Server, f faultJSON) bool { s.Advance(f.delay()); return true },
	"scopes":    func(s *Server, f faultJSON) bool { s.SetScopes(f.Scopes...); return true },
	"revoke":    func(s *Server, _ faultJSON) bool { s.RevokeTokens(); return true },
}

func (s *Server) serveFault(w http.ResponseWriter, r *http.Request) {
	var f faultJSON
	if !readTest(w, r, &f) {
		return
	}
	s.Fault(r.PathValue("method"), Fault{
		Times: f.Times, Delay: f.delay(), Status: f.Status,
		RetryAfter: time.Duration(f.RetryAfter) * time.Second, Error: f.Error, LoseAnswer: f.LoseAnswer,
	})
	writeJSON(w, http.StatusOK, object{})
}

func (s *Server) serveSwitch(w http.ResponseWriter, r *http.Request) {
	var f faultJSON
	if !readTest(w, r, &f) {
		return
	}
	do, known := switches[r.PathValue("name")]
	if !known {
		writeJSON(w, http.StatusNotFound, object{"error": "no such switch"})
		return
	}
	writeJSON(w, http.StatusOK, object{"done": do(s, f)})
}

func (s *Server) serveDelivery(w http.ResponseWriter, r *http.Request) {
	var to struct {
		Command       string `json:"command_url"`
		Interactivity string `json:"interactivity_url"`
		Events        string `json:"events_url"`
		Options       string `json:"options_url"`
	}
	if !readTest(w, r, &to) {
		return
	}
	s.DeliverOverHTTP(HTTPDelivery{CommandURL: to.Command, InteractivityURL: to.Interactivity, EventsURL: to.Events, OptionsURL: to.Options})
	if to.Events != "" {
		if err := s.VerifyEventsURL(r.Context()); err != nil {
			writeJSON(w, http.StatusUnprocessableEntity, object{"error": err.Error()})
			return
		}
	}
	writeJSON(w, http.StatusOK, object{"signing_secret": s.SigningSecret()})
}

// readTest decodes what a test program sent; false if it was answered already.
func readTest(w http.ResponseWriter, r *http.Request, into any) bool {
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequestBytes)).Decode(into); err != nil {
		writeJSON(w, http.StatusBadRequest, object{"error": err.Error()})
		return false
	}
	return true
}
