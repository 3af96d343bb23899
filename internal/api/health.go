package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// Check is the state of one thing that the server depends on. Anybody who
// reaches the door can read it: the sentence names no secret and no address.
type Check struct {
	Name     string `json:"name"`
	OK       bool   `json:"ok"`
	Optional bool   `json:"optional,omitempty"` // the server is ready without it
	Sentence string `json:"sentence"`           // for people: what is so, or what to do
}

// readyTimeout bounds how long the checks may take together; one that is still
// at it then is not ready.
const readyTimeout = 5 * time.Second

// alive answers /healthz: this process answers. Nothing else is asked, so that
// a database's trouble never makes an orchestrator restart what ends access.
func alive(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n"))
}

// ready answers /readyz: 503 if something that the server cannot do without is
// away, and in either case all checks by name.
func (a *API) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
	defer cancel()
	out := struct {
		Ready  bool    `json:"ready"`
		Checks []Check `json:"checks"`
	}{Ready: true, Checks: []Check{}}
	if a.Ready != nil {
		out.Checks = append(out.Checks, a.Config.Ready(ctx)...)
	}
	for _, c := range out.Checks {
		out.Ready = out.Ready && (c.OK || c.Optional)
	}
	body, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		a.refuse(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if !out.Ready {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_, _ = w.Write(append(body, '\n'))
}
