package mcp

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// sent is one HTTP request to the door, and its answer.
type sent struct {
	*http.Response
	body string
}

const listing = `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`

func send(t testing.TB, at, method, body string, edit func(*http.Request)) sent {
	t.Helper()
	r, err := http.NewRequest(method, at, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+agents)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	if edit != nil {
		edit(r)
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return sent{res, string(text)}
}

func TestTheDoorLetsAgentsInAndNobodyElse(t *testing.T) {
	t.Parallel()
	srv := (&world{}).door(t)
	for name, c := range map[string]struct {
		edit      func(*http.Request)
		status    int
		challenge string
		says      string
	}{
		"an agent":      {nil, http.StatusOK, "", "list_databases"},
		"nobody":        {func(r *http.Request) { r.Header.Del("Authorization") }, http.StatusUnauthorized, "resource_metadata=", ""},
		"a bad token":   {func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }, http.StatusUnauthorized, `error="invalid_token"`, "not known"},
		"a person":      {func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+persons) }, http.StatusUnauthorized, `error="invalid_token"`, "login --agent NAME"},
		"its own name":  {func(r *http.Request) { r.Host = "dbaccess.example.com" }, http.StatusOK, "", ""},
		"with a port":   {func(r *http.Request) { r.Host = "DBAccess.example.com:443" }, http.StatusOK, "", ""},
		"a rebound DNS": {func(r *http.Request) { r.Host = "evil.example" }, http.StatusForbidden, "", "does not answer to that name"},
		"a web page":    {func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }, http.StatusForbidden, "", "Web pages cannot use this"},
		"no origin":     {func(r *http.Request) { r.Header.Set("Origin", "null") }, http.StatusForbidden, "", "Web pages"},
		"our own page":  {func(r *http.Request) { r.Header.Set("Origin", "https://dbaccess.example.com") }, http.StatusOK, "", ""},
	} {
		got := send(t, srv.URL+"/mcp", http.MethodPost, listing, c.edit)
		if got.StatusCode != c.status || !strings.Contains(got.body, c.says) || !strings.Contains(got.Header.Get("WWW-Authenticate"), c.challenge) {
			t.Errorf("%s: HTTP %d %q\n%s", name, got.StatusCode, got.Header.Get("WWW-Authenticate"), got.body)
		}
		if c.challenge == "" && got.Header.Get("WWW-Authenticate") != "" {
			t.Errorf("%s: challenged", name)
		}
	}
}

func TestTheDoorAnswersOneMessageAtATime(t *testing.T) {
	t.Parallel()
	srv := (&world{}).door(t)
	for _, c := range []struct {
		method, body string
		status       int
	}{
		{http.MethodGet, "", http.StatusMethodNotAllowed},
		{http.MethodDelete, "", http.StatusMethodNotAllowed},
		{http.MethodOptions, "", http.StatusMethodNotAllowed},
		{http.MethodPost, " [" + listing + "]", http.StatusBadRequest},
		{http.MethodPost, `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"x":"` + strings.Repeat("x", maxBody) + `"}}`, http.StatusRequestEntityTooLarge},
		{http.MethodPost, "", http.StatusBadRequest},
	} {
		if got := send(t, srv.URL+"/mcp", c.method, c.body, nil); got.StatusCode != c.status || got.Header.Get("Mcp-Session-Id") != "" {
			t.Errorf("%s %.20s: HTTP %d %s", c.method, c.body, got.StatusCode, got.body)
		}
	}
}

func TestTheDoorSaysWhatItProtects(t *testing.T) {
	t.Parallel()
	srv := (&world{}).door(t)
	for _, at := range []string{metadataPath, metadataPath + path} {
		got := send(t, srv.URL+at, http.MethodGet, "", func(r *http.Request) { r.Header.Del("Authorization") })
		var said map[string]any
		if err := json.Unmarshal([]byte(got.body), &said); err != nil || said["resource"] != "https://dbaccess.example.com/mcp" {
			t.Errorf("%v: %s", err, got.body)
		}
		if got := send(t, srv.URL+at, http.MethodPost, "", nil); got.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("POST: HTTP %d", got.StatusCode)
		}
	}
	if got := send(t, srv.URL+"/mcp", http.MethodPost, listing, func(r *http.Request) { r.Header.Del("Authorization") }); !strings.Contains(got.Header.Get("WWW-Authenticate"), `resource_metadata="https://dbaccess.example.com/.well-known/oauth-protected-resource/mcp"`) {
		t.Errorf("challenge: %s", got.Header.Get("WWW-Authenticate"))
	}
}

func TestAPanicOverHTTPIsAnAnswerToo(t *testing.T) {
	t.Parallel()
	srv := (&world{panics: true}).door(t)
	got := send(t, srv.URL+"/mcp", http.MethodPost, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_databases","arguments":{}}}`, nil)
	if got.StatusCode != http.StatusOK || !strings.Contains(got.body, `"isError":true`) || strings.Contains(got.body, "mistake of ours") {
		t.Errorf("HTTP %d %s", got.StatusCode, got.body)
	}
}

func TestEveryVersionOfTheProtocolIsServed(t *testing.T) {
	t.Parallel()
	srv := (&world{}).door(t)
	versions := sdk.SupportedProtocolVersions()
	for _, v := range versions {
		call := strings.Replace(listing, `"tools/list"`, `"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"`+v+`","io.modelcontextprotocol/clientInfo":{"name":"x","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}}`, 1)
		if v < "2026-07-28" {
			call = listing
		}
		got := send(t, srv.URL+"/mcp", http.MethodPost, call, func(r *http.Request) {
			r.Header.Set("Mcp-Protocol-Version", v)
			r.Header.Set("Mcp-Method", "tools/list")
		})
		if got.StatusCode != http.StatusOK || !strings.Contains(got.body, "query_result") {
			t.Errorf("%s: HTTP %d %.300s", v, got.StatusCode, got.body)
		}
	}
	if len(versions) < 3 {
		t.Errorf("versions: %v", versions)
	}
}

// FuzzDoor holds against the door what no client would send: it may refuse, and never
// fails.
func FuzzDoor(f *testing.F) {
	for _, body := range []string{
		listing, "", "null", "{}", "[]", "[[]]", `"x"`, "0", "{", strings.Repeat("[", 5000), strings.Repeat(`{"a":`, 5000),
		`{"jsonrpc":"2.0"}`, `{"jsonrpc":"1.0","id":1,"method":"tools/list"}`, `{"jsonrpc":"2.0","id":{},"method":"tools/list"}`,
		`{"jsonrpc":"2.0","id":null,"method":"tools/list"}`, `{"jsonrpc":"2.0","id":1.5,"method":"tools/list"}`, `{"jsonrpc":"2.0","id":1,"method":""}`,
		`{"jsonrpc":"2.0","id":1,"result":{}}`, `{"jsonrpc":"2.0","id":1,"error":{"code":1}}`, `{"jsonrpc":"2.0","method":"notifications/initialized"}`,
		`{"jsonrpc":"2.0","id":1,"method":"initialize"}`, `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":7}}`,
		`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}`,
		`{"jsonrpc":"2.0","id":1,"method":"tools/call"}`, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":null}`,
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"approve"}}`, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"query","arguments":[]}}`,
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"query","arguments":{"statement":null}}}`,
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"cancel","arguments":{"id":"../../v1/token"}}}`,
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"cancel","arguments":{"id":"\u0000"},"_meta":{"progressToken":{}}}}`,
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"whoami","_meta":{"progressToken":[1]}}}`,
		`{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"file:///etc/passwd"}}`, `{"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{}}`,
		`{"jsonrpc":"2.0","id":1,"method":"logging/setLevel","params":{"level":"x"}}`, `{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{}}`,
		`{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{}}`, `{"jsonrpc":"2.0","id":1,"method":"resources/subscribe","params":{"uri":"x"}}`,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\xff\"}",
	} {
		for _, version := range []string{"", "2025-03-26", "2026-07-28", "zzz"} {
			f.Add(body, version, "application/json")
		}
	}
	f.Add(listing, "2025-06-18", "text/html; x")
	srv := (&world{}).door(f)
	f.Fuzz(func(t *testing.T, body, version, kind string) {
		if strings.ContainsAny(version+kind, "\r\n\x00") {
			return
		}
		if strings.Contains(body, "subscriptions/listen") && version >= "2026-07-28" { // stays open until its client goes
			return
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+"/mcp", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+agents)
		r.Header.Set("Accept", "application/json, text/event-stream")
		r.Header["Content-Type"], r.Header["Mcp-Protocol-Version"] = []string{kind}, []string{version}
		res, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			if strings.Contains(err.Error(), "invalid header") {
				return
			}
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode >= http.StatusInternalServerError {
			t.Errorf("HTTP %d, %v: %s", res.StatusCode, err, text)
		}
	})
}
