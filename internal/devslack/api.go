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

// method is one Web API method.
type method struct {
	scope string // what the token must hold; empty: nothing
	run   func(*call) (object, error)
}

var methods = map[string]method{
	"auth.test":                    {run: (*call).authTest},
	"team.info":                    {scope: "team:read", run: (*call).teamInfo},
	"bots.info":                    {scope: "users:read", run: (*call).botsInfo},
	"users.info":                   {scope: "users:read", run: (*call).usersInfo},
	"users.list":                   {scope: "users:read", run: (*call).usersList},
	"users.lookupByEmail":          {scope: "users:read.email", run: (*call).usersLookupByEmail},
	"usergroups.list":              {scope: "usergroups:read", run: (*call).usergroupsList},
	"usergroups.users.list":        {scope: "usergroups:read", run: (*call).usergroupsUsersList},
	"conversations.info":           {run: (*call).conversationsInfo}, // the scope depends on the channel
	"conversations.list":           {run: (*call).conversationsList},
	"conversations.members":        {run: (*call).conversationsMembers},
	"conversations.open":           {scope: "im:write", run: (*call).conversationsOpen},
	"conversations.join":           {scope: "channels:join", run: (*call).conversationsJoin},
	"chat.postMessage":             {scope: "chat:write", run: (*call).chatPostMessage},
	"chat.postEphemeral":           {scope: "chat:write", run: (*call).chatPostEphemeral},
	"chat.update":                  {scope: "chat:write", run: (*call).chatUpdate},
	"chat.delete":                  {scope: "chat:write", run: (*call).chatDelete},
	"chat.getPermalink":            {run: (*call).chatGetPermalink},
	"reactions.add":                {scope: "reactions:write", run: (*call).reactionsAdd},
	"reactions.remove":             {scope: "reactions:write", run: (*call).reactionsRemove},
	"reactions.get":                {scope: "reactions:read", run: (*call).reactionsGet},
	"files.getUploadURLExternal":   {scope: "files:write", run: (*call).filesGetUploadURL},
	"files.completeUploadExternal": {scope: "files:write", run: (*call).filesCompleteUpload},
	"files.info":                   {scope: "files:read", run: (*call).filesInfo},
	"files.delete":                 {scope: "files:write", run: (*call).filesDelete},
	"views.open":                   {run: (*call).viewsOpen},
	"views.push":                   {run: (*call).viewsPush},
	"views.update":                 {run: (*call).viewsUpdate},
	"views.publish":                {run: (*call).viewsPublish},
	"apps.connections.open":        {run: (*call).connectionsOpen},
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
	answer, err := c.do()
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

// do runs the call under the lock, and then what it left to do afterwards.
func (c *call) do() (object, error) {
	c.mu.Lock()
	m, known := methods[c.method]
	var answer object
	var err error
	switch {
	case !known:
		c.world.unknown = append(c.world.unknown, c.method)
		c.o.Log.Error("unknown slack method", "method", c.method)
		c.touch()
		err = slackErr("unknown_method")
	case c.allowed(m.scope) != nil:
		err = c.allowed(m.scope)
	default:
		answer, err = m.run(c)
	}
	c.mu.Unlock()
	for _, f := range c.after {
		f()
	}
	return answer, err
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
