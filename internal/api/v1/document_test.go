package v1_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

var update = flag.Bool("update", false, "write docs/openapi.json anew")

// document is the API's own OpenAPI document, and its schemas as a validator of
// another house reads them.
type document struct {
	Paths map[string]map[string]operation `json:"paths"`

	raw     any
	schemas *jsonschema.Compiler
}

type operation struct {
	ID         string           `json:"operationId"`
	Security   []map[string]any `json:"security"`
	Parameters []struct {
		Name     string         `json:"name"`
		In       string         `json:"in"`
		Required bool           `json:"required"`
		Schema   map[string]any `json:"schema"`
	} `json:"parameters"`
	RequestBody *struct {
		Content map[string]struct {
			Schema map[string]any `json:"schema"`
		} `json:"content"`
	} `json:"requestBody"`
	Responses map[string]struct {
		Content map[string]any `json:"content"`
	} `json:"responses"`
}

func (w *world) document() *document {
	w.t.Helper()
	res, body := w.send("GET", "/v1/openapi.json", "", nil)
	if res.StatusCode != http.StatusOK {
		w.t.Fatalf("the document: %d %s", res.StatusCode, body)
	}
	var d document
	raw, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err == nil {
		err = json.Unmarshal(body, &d)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	d.raw, d.schemas = raw, jsonschema.NewCompiler()
	if err := d.schemas.AddResource("https://dbaccess.invalid/openapi", raw); err != nil {
		w.t.Fatal(err)
	}
	return &d
}

// send makes a call past the client, and reads the answer.
func (w *world) send(method, path, token string, body []byte, header ...string) (*http.Response, []byte) {
	r := httptest.NewRequestWithContext(w.t.Context(), method, path, bytes.NewReader(body))
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	res := rec.Result()
	answer, _ := io.ReadAll(res.Body)
	return res, answer
}

// problemIn says what is wrong with an answer by the document; nothing if it is as
// the document says.
func (d *document) problemIn(path, method string, res *http.Response, body []byte) string {
	op := d.Paths[path][strings.ToLower(method)]
	kind, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";")
	status := "default"
	if res.StatusCode < 300 {
		status = map[int]string{200: "200", 204: "204"}[res.StatusCode]
	}
	said, ok := op.Responses[status]
	switch {
	case !ok:
		return "the document knows no answer " + res.Status
	case len(said.Content) == 0:
		if len(body) > 0 {
			return "there should be no body"
		}
		return ""
	case said.Content[kind] == nil:
		return "the document knows no " + kind + " of " + res.Status
	}
	pointer := "#/paths/" + escape(path) + "/" + strings.ToLower(method) + "/responses/" + status + "/content/" + escape(kind) + "/schema"
	schema, err := d.schemas.Compile("https://dbaccess.invalid/openapi" + pointer)
	if err != nil {
		return err.Error()
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err == nil {
		err = schema.Validate(v)
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// escape writes s as one step of a JSON pointer in a URL.
func escape(s string) string {
	return strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(s)
}

func TestTheDocumentIsTheOneInDocs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.document()
	got, err := json.MarshalIndent(d.raw, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	const file = "../../../docs/openapi.json"
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("docs/openapi.json is not what the API says of itself: run this test with -update")
	}
	if text := string(got); strings.Contains(text, "ErrorModel") || !strings.Contains(text, `"openapi": "3.1.0"`) {
		t.Error("the document has huma's own errors in it, or is of another version")
	}
}

func TestNothingReviews(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.document()
	want := []string{
		"DELETE /v1/token", "GET /v1/databases", "GET /v1/databases/{name}/schema", "GET /v1/grants", "GET /v1/grants/{id}", "GET /v1/login",
		"GET /v1/requests", "GET /v1/requests/{id}", "GET /v1/requests/{id}/result", "GET /v1/whoami",
		"POST /v1/agents", "POST /v1/classify", "POST /v1/grants/{id}/alive", "POST /v1/grants/{id}/claim", "POST /v1/grants/{id}/end",
		"POST /v1/requests", "POST /v1/requests/{id}/cancel", "POST /v1/token",
	}
	if got := d.operations(); !slices.Equal(got, want) {
		t.Errorf("the API does\n%q\nand not\n%q;\nwhat is new must not let a token review", got, want)
	}
	bob, alice := w.token("bob"), w.as("alice")
	r := ask(t, alice, "masked-read")
	for _, path := range []string{"review", "approve", "reviews", "decide", "deny"} {
		for _, method := range []string{"POST", "PUT", "PATCH"} {
			res, _ := w.send(method, "/v1/requests/"+r.ID+"/"+path, bob, []byte(`{"answer":"approve"}`))
			if res.StatusCode != http.StatusNotFound {
				t.Errorf("%s %s: %d", method, path, res.StatusCode)
			}
		}
	}
	if now, err := alice.Request(t.Context(), r.ID, 0); err != nil || now.State != "pending" {
		t.Errorf("afterwards it is %s, %v", now.State, err)
	}
}

func (d *document) operations() (list []string) {
	for path, methods := range d.Paths {
		for method := range methods {
			list = append(list, strings.ToUpper(method)+" "+path)
		}
	}
	slices.Sort(list)
	return list
}

func TestOnlyThoseWithAGoodTokenOfTheirOwnGetAnything(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.document()
	alice := w.as("alice")
	r := ask(t, alice, "open")
	ended := w.as("alice")
	endedToken, _ := ended.Token(t.Context())
	if err := ended.Logout(t.Context()); err != nil {
		t.Fatal(err)
	}
	good := w.token("carol")
	flipped := good[:len(good)-1] + map[bool]string{true: "b", false: "a"}[strings.HasSuffix(good, "a")]
	callers := map[string]struct {
		header  string
		outside bool // is let in, and sees nothing of alice's
	}{
		"nobody": {"", false}, "garbage": {"Bearer garbage", false}, "changed": {"Bearer " + flipped, false},
		"ended": {"Bearer " + endedToken, false}, "basic": {"Basic " + good, false}, "empty": {"Bearer ", false},
		"somebody else": {"Bearer " + good, true}, "somebody's agent": {"Bearer " + w.token("claude@carol"), true},
		"alice's own agent": {"Bearer " + w.token("claude@alice"), true}, "a service": {"Bearer " + w.token("service/nightly"), true},
	}
	for path, methods := range d.Paths {
		for method, op := range methods {
			if op.Security == nil {
				continue
			}
			for name, c := range callers {
				at := strings.NewReplacer("{id}", r.ID, "{name}", "shop").Replace(path)
				if strings.HasPrefix(path, "/v1/grants/") {
					at = strings.Replace(path, "{id}", r.Grant, 1)
				}
				if c.outside && (!strings.Contains(path, "{id}") || op.ID == "end-token") {
					continue // theirs to use
				}
				res, body := w.send(strings.ToUpper(method), at, "", []byte(`{}`), "Authorization", c.header)
				want := http.StatusUnauthorized
				if c.outside {
					want = http.StatusNotFound
				}
				if res.StatusCode != want || want == http.StatusUnauthorized && !strings.HasPrefix(res.Header.Get("WWW-Authenticate"), "Bearer") {
					t.Errorf("%s as %s: %d %s", op.ID, name, res.StatusCode, body)
				}
				if wrong := d.problemIn(path, method, res, body); wrong != "" {
					t.Errorf("%s as %s: %s", op.ID, name, wrong)
				}
				if strings.Contains(string(body), r.Reason) || strings.Contains(string(body), r.Digest) {
					t.Errorf("%s tells %s of the request", op.ID, name)
				}
			}
		}
	}
	if g, err := alice.Grant(t.Context(), r.Grant); err != nil || g.State != "open" {
		t.Errorf("afterwards the grant is %+v, %v", g, err)
	}
}

func TestMethodsAndPathsThatThereAreNotAreProblems(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.token("alice")
	for _, c := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{"PUT", "/v1/requests", 405, "GET, POST"},
		{"HEAD", "/v1/whoami", 405, ""},
		{"GET", "/v1/nothing", 404, ""},
		{"DELETE", "/v1/requests/req_x", 405, "GET"},
		{"GET", "/v1/", 404, ""},
		{"GET", "/v1/requests/req_a%00b", 422, ""},
		{"GET", "/v1/requests/..%2f..%2fetc", 422, ""},
		{"GET", "/v1/requests?limit=0", 422, ""},
		{"GET", "/v1/requests?limit=9999", 422, ""},
		{"GET", "/v1/requests?state=odd", 422, ""},
		{"GET", "/v1/requests?nothing=1", 422, ""},
		{"GET", "/v1/requests/req_x?wait=forever", 422, ""},
		{"GET", "/v1/requests/req_x?wait=-1s", 422, ""},
	} {
		res, body := w.send(c.method, c.path, token, nil)
		if res.StatusCode != c.status || res.Header.Get("Content-Type") != "application/problem+json" || res.Header.Get("Allow") != c.allow {
			t.Errorf("%s %s: %d %q, allow %q", c.method, c.path, res.StatusCode, body, res.Header.Get("Allow"))
		}
	}
	if keys := slices.Collect(maps.Keys(w.document().Paths)); len(keys) == 0 {
		t.Error("the document is empty")
	}
}
