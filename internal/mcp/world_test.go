package mcp

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"dbaccess/internal/api"
	"dbaccess/internal/api/client"
	v1 "dbaccess/internal/api/v1"
	"dbaccess/internal/fault"
)

// world is a JSON API that runs every statement at once and answers with its rows:
// what the stories of cmd/dbaccess cannot have come out of a real database. It keeps
// to the forms of the real one.
type world struct {
	rows   v1.Rows
	schema v1.Schema
	panics bool // whatever is asked for a database panics

	mu   sync.Mutex // guards what follows
	keys map[string]string
}

const (
	agents  = "dba_a_0123456789abcdef"
	persons = "dba_p_0123456789abcdef"
)

func (w *world) ServeHTTP(res http.ResponseWriter, r *http.Request) {
	refuse := api.Refusals{Log: slog.New(slog.DiscardHandler)}.Refuse
	audience := "dbaccess-mcp"
	switch token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); token {
	case agents:
	case persons:
		audience = "dbaccess"
	default:
		res.Header().Set("WWW-Authenticate", `Bearer realm="dbaccess", error="invalid_token"`)
		refuse(res, r, api.WithStatus(fault.New(fault.Denied, "This token is not known.", ""), http.StatusUnauthorized))
		return
	}
	answer := func(v any) { _ = json.NewEncoder(res).Encode(v) }
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case parts[1] == "whoami":
		answer(v1.WhoAmI{ID: "agent:claude@alice", Kind: "agent", Name: "claude@alice", For: "alice", Groups: []string{}, Token: v1.TokenInfo{Audience: audience}})
	case w.panics:
		panic("a mistake of ours")
	case parts[1] == "databases" && len(parts) == 4:
		answer(w.schema)
	case r.Method == http.MethodPost && len(parts) == 2:
		var ask v1.Ask
		_ = json.NewDecoder(r.Body).Decode(&ask)
		w.mu.Lock()
		id := fmt.Sprintf("req_%d", len(w.keys))
		w.keys[id] = ask.ResultKey
		w.mu.Unlock()
		answer(w.request(id))
	case len(parts) == 4 && parts[3] == "result":
		answer(v1.Sealed{Request: parts[2], Sealed: w.seal(parts[2])})
	case len(parts) == 3 && parts[1] == "requests":
		answer(w.request(parts[2]))
	default:
		refuse(res, r, fault.New(fault.NotFound, "There is no such endpoint.", ""))
	}
}

func (w *world) request(id string) v1.Request {
	return v1.Request{
		ID: id, State: "executed", Settled: true, Kind: "statement", Database: "shop", Profile: "masked-read", Masked: true, Result: "here",
		Verdict: &v1.Verdict{Kind: "read", Level: "low", Touches: []v1.Touch{{Relation: "masked_shop.customers", Columns: []string{"email", "id"}}}},
	}
}

func (w *world) seal(id string) []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	rows := w.rows
	rows.Request = id
	sealed, err := v1.SealRows(mustKey(w.keys[id]), rows)
	if err != nil {
		panic(err)
	}
	return sealed
}

func mustKey(s string) []byte {
	var raw []byte
	if err := json.Unmarshal([]byte(`"`+s+`"`), &raw); err != nil { // base64, as JSON has bytes
		panic(err)
	}
	return raw
}

// session is an agent in this process that talks to w.
func (w *world) session(t *testing.T) *sdk.ClientSession {
	t.Helper()
	w.keys = map[string]string{}
	c := &client.Client{
		URL: address, HTTP: &http.Client{Transport: inside{handler: w, refusals: api.Refusals{Log: slog.New(slog.DiscardHandler)}}},
		Token: func(context.Context) (string, error) { return agents, nil },
	}
	s := newServer("1", slog.New(slog.DiscardHandler), func(context.Context) *client.Client { return c })
	ours, theirs := sdk.NewInMemoryTransports()
	if _, err := s.Connect(t.Context(), ours, nil); err != nil {
		t.Fatal(err)
	}
	session, err := sdk.NewClient(&sdk.Implementation{Name: "agent", Version: "1"}, nil).Connect(t.Context(), theirs, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close() })
	return session
}

// uses calls a tool and returns its words and its structured content as JSON.
func uses(t *testing.T, s *sdk.ClientSession, tool string, args map[string]any) (text, structured string, bad bool) {
	t.Helper()
	res, err := s.CallTool(t.Context(), &sdk.CallToolParams{Name: tool, Arguments: args})
	if err != nil {
		t.Fatalf("%s: %v", tool, err)
	}
	for _, c := range res.Content {
		text += c.(*sdk.TextContent).Text
	}
	raw, err := json.Marshal(res.StructuredContent)
	if err != nil {
		t.Fatal(err)
	}
	return text, string(raw), res.IsError
}

// door is the HTTP transport over w.
func (w *world) door(t testing.TB) *httptest.Server {
	t.Helper()
	w.keys = map[string]string{}
	d, err := NewDoor(Config{API: w, PublicURL: "https://dbaccess.example.com", Version: "1", Refusals: api.Refusals{Log: slog.New(slog.DiscardHandler)}})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(d.Handler())
	t.Cleanup(srv.Close)
	return srv
}

func text(s string) *string { return &s }

var reading = map[string]any{"database": "shop", "statement": "SELECT * FROM customers", "reason": "a test", "max_rows": 1000}
