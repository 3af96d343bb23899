package devslack

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// act is one thing a person does, as the page and the test API say it.
type act struct {
	As      string `json:"as"` // who acts: ID or name
	Channel string `json:"channel"`
	TS      string `json:"ts"`    // the message
	View    string `json:"view"`  // the modal, instead of channel and ts
	All     bool   `json:"all"`   // close: not the top modal only
	Block   string `json:"block"` // the element: block_id and action_id
	Action  string `json:"action"`
	Value   any    `json:"value"`  // what is chosen; null for a button
	Values  Values `json:"values"` // what is typed, for fill and submit
	Text    string `json:"text"`   // the command line or message; what is typed into an external select
	Name    string `json:"name"`   // the emoji; the shortcut's callback_id
	Thread  string `json:"thread"` // the message that is replied to
}

// acts are the things a person can do. Their results are sent back as JSON.
//
//	command {as, channel, text}                        -> Ack
//	say     {as, channel, text, thread}                -> Message
//	shortcut {as, name | channel, ts, name}
//	home    {as}
//	suggest {as, channel, ts | view, block, action, text} -> options
//	click   {as, channel, ts | view, block, action, value}
//	fill    {as, channel, ts | view, values}
//	submit  {as, view, values}                         -> SubmitResult
//	close   {as, view, all}
//	react, unreact {as, channel, ts, name}
//	dismiss {as, ts}
//	read    {as, channel, ts}                          marks what was seen, up to ts
//	undrawn {text}                                     what the page could not draw
var acts = map[string]func(context.Context, *Server, act) (any, error){
	"command": func(ctx context.Context, s *Server, a act) (any, error) {
		return s.As(a.As).Command(ctx, a.Channel, a.Text)
	},
	"say": func(_ context.Context, s *Server, a act) (any, error) {
		return s.As(a.As).say(a.Channel, a.Thread, a.Text)
	},
	"shortcut": func(ctx context.Context, s *Server, a act) (any, error) {
		if a.TS == "" {
			return nil, s.As(a.As).Shortcut(ctx, a.Name)
		}
		return nil, s.As(a.As).MessageShortcut(ctx, Message{Channel: a.Channel, TS: a.TS}, a.Name)
	},
	"home": func(_ context.Context, s *Server, a act) (any, error) {
		_, err := s.As(a.As).VisitHome()
		return nil, err
	},
	"suggest": func(ctx context.Context, s *Server, a act) (any, error) {
		on, e, err := s.touched(a)
		if err != nil {
			return nil, err
		}
		return s.As(a.As).suggest(ctx, on.place(), e, a.Text)
	},
	"click": func(ctx context.Context, s *Server, a act) (any, error) {
		on, e, err := s.touched(a)
		if err != nil {
			return nil, err
		}
		return nil, s.As(a.As).Press(ctx, on, e, a.Value)
	},
	"fill": func(_ context.Context, s *Server, a act) (any, error) {
		on, err := s.surface(a)
		if err != nil {
			return nil, err
		}
		return nil, s.As(a.As).Fill(on, a.Values)
	},
	"submit": func(ctx context.Context, s *Server, a act) (any, error) {
		return s.As(a.As).Submit(ctx, a.View, a.Values)
	},
	"close": func(ctx context.Context, s *Server, a act) (any, error) {
		return nil, s.As(a.As).close(ctx, a.View, a.All)
	},
	"react": func(ctx context.Context, s *Server, a act) (any, error) {
		return nil, s.As(a.As).React(ctx, a.Channel, a.TS, a.Name)
	},
	"unreact": func(ctx context.Context, s *Server, a act) (any, error) {
		return nil, s.As(a.As).Unreact(ctx, a.Channel, a.TS, a.Name)
	},
	"dismiss": func(_ context.Context, s *Server, a act) (any, error) { return nil, s.As(a.As).Dismiss(a.TS) },
	"read":    func(_ context.Context, s *Server, a act) (any, error) { return nil, s.As(a.As).Read(a.Channel, a.TS) },
	"undrawn": func(_ context.Context, s *Server, a act) (any, error) { return nil, s.noteUndrawn(a.Text) },
}

// touched is the element that a names, with what it stands on. Where the app has
// drawn its blocks anew under the person's hand, it is the only one with that
// action: the button is still there for them.
func (s *Server) touched(a act) (Surface, Element, error) {
	on, err := s.surface(a)
	if err != nil {
		return nil, Element{}, err
	}
	var same []Element
	for _, e := range Elements(on) {
		switch {
		case e.ActionID != a.Action:
		case e.BlockID == a.Block:
			return on, e, nil
		default:
			same = append(same, e)
		}
	}
	if len(same) == 1 || a.Block == "" && len(same) > 0 {
		return on, same[0], nil
	}
	return nil, Element{}, fmt.Errorf("there is no element %q any more", a.Action)
}

// surface is the message or view that a names, as the person sees it now.
func (s *Server) surface(a act) (Surface, error) {
	p := s.As(a.As)
	s.mu.Lock()
	defer s.mu.Unlock()
	if a.View != "" {
		_, v, err := p.topView(a.View)
		if err != nil {
			return nil, err
		}
		return v.copyOut(), nil
	}
	u, conv, err := p.who(a.Channel)
	if err != nil {
		return nil, err
	}
	m := s.seen(u, conv, a.TS)
	if m == nil {
		return nil, fmt.Errorf("message %s is gone", a.TS)
	}
	return m.copyOut(), nil
}

// serveAct does one act. Whoever calls it has been let in already.
func (s *Server) serveAct(w http.ResponseWriter, r *http.Request) {
	do, known := acts[r.PathValue("do")]
	var a act
	switch {
	case !known:
		writeJSON(w, http.StatusNotFound, object{"error": "no such act"})
		return
	case !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json"):
		writeJSON(w, http.StatusUnsupportedMediaType, object{"error": "send application/json"})
		return
	case json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequestBytes)).Decode(&a) != nil:
		writeJSON(w, http.StatusBadRequest, object{"error": "the act is not JSON of the right shape"})
		return
	}
	result, err := do(r.Context(), s, a)
	answer := object{"result": result}
	status := http.StatusOK
	if err != nil {
		answer["error"], status = err.Error(), http.StatusUnprocessableEntity
	}
	writeJSON(w, status, answer)
}

// routeTestAPI lets other programs drive people and set faults: POST JSON with the
// run's test token as Bearer.
//
//	POST /_test/act/{do}        see acts
//	GET  /_test/state?as=       what that person sees, as the page gets it
//	GET  /_test/unknown         what the app asked for and this Slack does not know
//	POST /_test/fault/{method}  {times, delay_ms, status, retry_after_s, error, lose_answer}
//	POST /_test/switch/{name}   see switches
//	POST /_test/delivery        {command_url, interactivity_url, events_url, options_url}; {} is Socket Mode
func (s *Server) routeTestAPI(mux *http.ServeMux) {
	guarded := func(pattern string, h http.HandlerFunc) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			bearer, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
			if subtle.ConstantTimeCompare([]byte(bearer), []byte(s.testToken)) != 1 {
				writeJSON(w, http.StatusUnauthorized, object{"error": "the run's test token is needed"})
				return
			}
			h(w, r)
		})
	}
	guarded("POST /_test/act/{do}", s.serveAct)
	guarded("GET /_test/state", s.servePageState)
	guarded("POST /_test/fault/{method}", s.serveFault)
	guarded("POST /_test/switch/{name}", s.serveSwitch)
	guarded("POST /_test/delivery", s.serveDelivery)
	guarded("GET /_test/unknown", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, object{"unknown": append([]string{}, s.Unknown()...)})
	})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(mustJSON(v)) // the caller may have gone; nobody is left to tell
}
