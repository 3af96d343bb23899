package devslack

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// apiError is a refusal in Slack's form: HTTP 200 and {"ok":false,"error":…}.
type apiError struct {
	code     string
	messages []string // response_metadata.messages
	needed   string   // the missing scope
	provided string   // the scopes that are there
}

func (e *apiError) Error() string { return e.code }

func slackErr(code string) error { return &apiError{code: code} }

func missing(argument string) error {
	return &apiError{code: "invalid_arguments", messages: []string{"[ERROR] missing required field: " + argument}}
}

// call is one Web API call. Its run method holds Server.mu.
type call struct {
	*Server
	method string
	token  string
	header bool // the token came in the Authorization header
	args   map[string]json.RawMessage
	after  []func() // what to do when the lock is released: deliver events
}

const maxRequestBytes = 4 << 20

func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("method")
	c, err := s.parseCall(name, r)
	if err != nil {
		writeAPI(w, nil, err)
		return
	}
	if err := c.authenticate(); err != nil {
		writeAPI(w, nil, err)
		return
	}
	fault, hit := s.faults.take(name)
	if hit && !fault.before(r.Context(), w) {
		return
	}
	answer, wait, err := c.do()
	if wait > 0 {
		tooMany(w, wait)
		return
	}
	if hit && fault.LoseAnswer {
		panic(http.ErrAbortHandler) // the deed is done, the connection is cut
	}
	c.tellScopes(w)
	writeAPI(w, answer, err)
}

// tellScopes says what the token may do, as Slack does with every answer.
func (c *call) tellScopes(w http.ResponseWriter) {
	scopes := "connections:write"
	if c.token == c.botToken {
		c.mu.Lock()
		scopes = strings.Join(c.o.Scopes, ",")
		c.mu.Unlock()
	}
	w.Header().Set("X-OAuth-Scopes", scopes)
}

// do runs the call under the lock, and then what it left to do afterwards. If the
// app has called too often, wait is not zero and nothing was done.
func (c *call) do() (answer object, wait time.Duration, err error) {
	c.mu.Lock()
	m, known := methods[c.method]
	unknown := c.strangers(m)
	switch {
	case !known:
		c.unheardOf(c.method)
		err = slackErr("unknown_method")
	case c.allowed(m.scope) != nil:
		err = c.allowed(m.scope)
	case len(unknown) > 0:
		c.unheardOf(c.method + ": argument " + strings.Join(unknown, ", "))
		err = &apiError{code: "invalid_arguments", messages: []string{"[ERROR] the local Slack knows no argument " + strings.Join(unknown, ", ")}}
	default:
		if wait = c.limited(m); wait == 0 {
			answer, err = m.run(c)
		}
	}
	c.mu.Unlock()
	for _, f := range c.after {
		f()
	}
	return answer, wait, err
}

// unheardOf remembers what the app asked for and this Slack does not know.
func (c *call) unheardOf(what string) {
	c.world.unknown = append(c.world.unknown, what)
	c.o.Log.Error("unknown to the local slack", "what", what)
	c.touch()
}

// allowed reports missing_scope if the bot's token lacks scope.
func (c *call) allowed(scope string) error {
	if scope == "" || slices.Contains(c.o.Scopes, scope) {
		return nil
	}
	return &apiError{code: "missing_scope", needed: scope, provided: strings.Join(c.o.Scopes, ",")}
}

// parseCall reads the arguments, which come as a form or as JSON; nested values
// in forms are JSON in a string.
func (s *Server) parseCall(name string, r *http.Request) (*call, error) {
	c := &call{Server: s, method: name, args: map[string]json.RawMessage{}}
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		c.token, c.header = bearer, true
	}
	r.Body = http.MaxBytesReader(nil, r.Body, maxRequestBytes)
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind == "application/json" {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, slackErr("request_timeout")
		}
		if len(body) > 0 && json.Unmarshal(body, &c.args) != nil {
			return nil, slackErr("invalid_json")
		}
		if !c.header && c.args["token"] != nil {
			return nil, slackErr("not_authed") // JSON bodies carry no tokens
		}
		return c, nil
	}
	if err := r.ParseForm(); err != nil {
		return nil, slackErr("invalid_form_data")
	}
	for key, values := range r.Form {
		c.args[key] = mustJSON(values[0])
	}
	if !c.header {
		c.token = c.str("token")
	}
	return c, nil
}

func (c *call) authenticate() error {
	wantsApp := c.method == "apps.connections.open"
	c.mu.Lock()
	revoked := c.world.revoked
	c.mu.Unlock()
	switch {
	case revoked && (c.token == c.appToken || c.token == c.botToken):
		return slackErr("token_revoked")
	case c.token == "":
		return slackErr("not_authed")
	case wantsApp && c.token == c.appToken && c.header, !wantsApp && c.token == c.botToken:
		return nil
	case c.token == c.appToken && wantsApp:
		return slackErr("not_authed") // only the header counts here
	case c.token == c.appToken, c.token == c.botToken:
		return slackErr("not_allowed_token_type")
	}
	return slackErr("invalid_auth")
}

// str returns an argument as text, whatever its JSON type.
func (c *call) str(key string) string {
	raw := c.args[key]
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	if string(raw) == "null" {
		return ""
	}
	return string(raw)
}

func (c *call) boolean(key string) bool { return c.str(key) == "true" || c.str(key) == "1" }

// decode reads a nested argument into v; ok is false if it is absent, null or
// empty.
func (c *call) decode(key string, v any) (ok bool, err error) {
	text := c.str(key)
	if text == "" || text == "null" {
		return false, nil
	}
	if json.Unmarshal([]byte(text), v) != nil {
		return false, slackErr("invalid_arguments")
	}
	return true, nil
}

// pageOf cuts a list by the arguments cursor and limit and returns the cursor of
// the rest.
func pageOf[T any](c *call, all []T) (part []T, next string) {
	from, _ := strconv.Atoi(strings.TrimPrefix(c.str("cursor"), "next:"))
	from = min(max(from, 0), len(all))
	limit, _ := strconv.Atoi(c.str("limit"))
	if limit <= 0 || limit > 1000 {
		limit = 1000
	}
	to := min(from+limit, len(all))
	if to < len(all) {
		next = "next:" + strconv.Itoa(to)
	}
	return all[from:to], next
}

func writeAPI(w http.ResponseWriter, answer object, err error) {
	if answer == nil {
		answer = object{}
	}
	answer["ok"] = err == nil
	if e, isSlack := errors.AsType[*apiError](err); isSlack {
		answer["error"] = e.code
		if len(e.messages) > 0 {
			answer["response_metadata"] = object{"messages": e.messages}
		}
		if e.needed != "" {
			answer["needed"], answer["provided"] = e.needed, e.provided
		}
	} else if err != nil {
		answer["error"] = "fatal_error"
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(mustJSON(answer)) // the caller may have gone; nobody is left to tell
}

// later delivers an event to the app when the lock is released.
func (c *call) later(event object) {
	c.after = append(c.after, func() { c.sendEvent(event) })
}
