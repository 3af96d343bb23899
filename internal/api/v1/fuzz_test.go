package v1_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	v1 "dbaccess/internal/api/v1"
)

// strange are texts that something may stumble over.
var strange = []string{
	"", " ", "\x00", "a\x00b", "\u202e", "ünïcödé", "\xff\xfe", "'; DROP TABLE dbaccess.requests; --", "../../etc/passwd", "%00", "{}", "null", "-1",
	strings.Repeat("x", 70_000), strings.Repeat("(", 5000), "req_" + strings.Repeat("a", 26), "service/nightly", "claude@alice", "SELECT 1; DELETE FROM x", "30m", "-30m", "1e9h",
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "access", "statement", "shop", "open", "ledger",
}

// fitting are values of properties that lead further than the first check.
var fitting = map[string][]string{
	"database": {"shop", "shop", "ledger"}, "profile": {"open", "masked-read"}, "duration": {"20m", "1h"}, "reason": {"INC-1: why"},
	"statement": {"SELECT 1", "DELETE FROM customers WHERE id = 1", "SELECT $1"}, "result_key": {"CQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},
	"schedule": {"0 2 * * *"}, "window": {"30m"}, "ttl": {"1h"}, "subject_token_type": {"urn:ietf:params:oauth:token-type:jwt"},
}

// maker makes calls out of the document's schemas: such as it allows, and such as
// are broken somewhere.
type maker struct {
	*rapid.T
	d     *document
	known []string // values that are names of something, here
	dice  *rand.Rand
}

// schema follows a reference into the document.
func (m *maker) schema(s map[string]any) map[string]any {
	ref, ok := s["$ref"].(string)
	if !ok {
		return s
	}
	var at any = m.d.raw
	for _, step := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
		at = at.(map[string]any)[step]
	}
	return at.(map[string]any)
}

// one is true one time in so many. rapid prefers small numbers to fair ones.
func (m *maker) one(of int, _ string) bool { return m.dice.IntN(of) == 0 }

// value makes a value for a schema, now and then one that does not fit.
func (m *maker) value(s map[string]any, depth int) any {
	s = m.schema(s)
	if m.one(40, "broken") {
		return rapid.SampledFrom([]any{nil, true, -1, 1e300, "", []any{}, map[string]any{"x": 1}, []any{nil}}).Draw(m.T, "instead")
	}
	kind, _ := s["type"].(string)
	if kinds, ok := s["type"].([]any); ok && len(kinds) > 0 {
		kind, _ = kinds[0].(string)
	}
	if enum, ok := s["enum"].([]any); ok {
		return enum[m.dice.IntN(len(enum))]
	}
	switch kind {
	case "object":
		return m.object(s, depth)
	case "array":
		list := []any{}
		items, _ := s["items"].(map[string]any)
		for range rapid.IntRange(0, 3).Draw(m.T, "items") {
			list = append(list, m.value(items, depth+1))
		}
		return list
	case "integer", "number":
		return rapid.SampledFrom([]any{0, 1, 17, -1, 1 << 40, 1.5}).Draw(m.T, "number")
	case "boolean":
		return rapid.Bool().Draw(m.T, "boolean")
	}
	return m.text()
}

func (m *maker) object(s map[string]any, depth int) any {
	made := map[string]any{}
	properties, _ := s["properties"].(map[string]any)
	required := fmt.Sprint(s["required"])
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		likely := m.one(2, "there is "+name)
		if strings.Contains(required, name) {
			likely = !m.one(12, "no "+name)
		}
		if likely && depth < 5 {
			if likely := fitting[name]; likely != nil && !m.one(5, "unlikely") {
				made[name] = likely[m.dice.IntN(len(likely))]
				continue
			}
			made[name] = m.value(properties[name].(map[string]any), depth+1)
		}
	}
	if m.one(15, "more") {
		made[m.text()] = 1
	}
	if _, ok := made["subject_token"]; ok && !m.one(4, "bad token") {
		made["subject_token"] = fmt.Sprint("is alice ", rapid.Uint64().Draw(m.T, "id"))
	}
	if apart := map[string][]string{"access": {"statement", "params", "row_bound", "result_key", "job"}, "statement": {"duration", "job", "profile"}}[fmt.Sprint(made["kind"])]; !m.one(4, "mixed") {
		for _, name := range apart {
			delete(made, name)
		}
	}
	return made
}

func (m *maker) text() string {
	switch rapid.IntRange(0, 3).Draw(m.T, "kind of text") {
	case 0:
		return rapid.SampledFrom(strange).Draw(m.T, "strange")
	case 1:
		return rapid.String().Draw(m.T, "any")
	}
	return rapid.SampledFrom(m.known).Draw(m.T, "known")
}

// call makes a call of the operation at path.
func (m *maker) call(path string, op operation) (at string, body []byte, header []string) {
	at = path
	query := url.Values{}
	for _, p := range op.Parameters {
		v := fmt.Sprint(m.value(p.Schema, 0))
		if p.In == "path" || rapid.Bool().Draw(m.T, "say "+p.Name) {
			switch p.In {
			case "path":
				if v == "" || !m.one(3, "no name") {
					v = m.known[m.dice.IntN(len(m.known))]
				}
				at = strings.Replace(at, "{"+p.Name+"}", url.PathEscape(v), 1)
			case "query":
				if p.Name == "wait" {
					v = rapid.SampledFrom([]string{"0", "0s", "-1", "x", "1e3"}).Draw(m.T, "wait")
				}
				query.Set(p.Name, v)
			case "header":
				header = append(header, p.Name, strings.Map(func(r rune) rune {
					if r < ' ' || r == 127 {
						return -1 // no client can send it
					}
					return r
				}, v))
			}
		}
	}
	if len(query) > 0 {
		at += "?" + query.Encode()
	}
	if op.RequestBody == nil || m.one(20, "no body") {
		return at, nil, header
	}
	body, err := json.Marshal(m.value(op.RequestBody.Content["application/json"].Schema, 0))
	if err != nil {
		m.Fatal(err)
	}
	switch {
	case m.one(12, "cut"):
		body = body[:rapid.IntRange(0, len(body)).Draw(m.T, "at")]
	case m.one(12, "doubled"):
		body = append(body, body...)
	case m.one(12, "other type"):
		header = append(header, "Content-Type", rapid.SampledFrom([]string{"text/plain", "application/x-www-form-urlencoded", "application/cbor", "application/json; charset=utf-16", "*/*"}).Draw(m.T, "type"))
	case m.one(12, "accept"):
		header = append(header, "Accept", rapid.SampledFrom([]string{"text/html", "application/cbor", "", "application/json;q=0"}).Draw(m.T, "accepted"))
	}
	return at, body, header
}

// Whatever is sent, the answer is one that the document knows, is never an accident,
// and tells nothing of others or of the server's inside.
func TestEveryAnswerIsAsTheDocumentSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *v1.Config) { c.Rate = 10_000 })
	d := w.document()
	if wrong := d.problemIn("/v1/whoami", "get", &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}}, []byte(`{"id":7}`)); wrong == "" {
		t.Fatal("the validator takes anything")
	}
	carols := ask(t, w.as("carol"), "masked-read")
	alice := w.as("alice")
	r, waiting := ask(t, alice, "open"), ask(t, alice, "masked-read")
	known := []string{"shop", "ledger", "open", "masked-read", r.ID, r.Grant, waiting.ID, carols.ID, "access", "statement", "SELECT 1", "DELETE FROM customers WHERE id = 1", "INC-1", "20m", "is alice " + r.ID, "claude"}
	tokens := []string{w.token("alice"), w.token("claude@alice"), w.token("service/nightly")}
	seen := map[string]map[int]bool{}
	operations := d.operations()
	rapid.Check(t, func(rt *rapid.T) {
		m := &maker{rt, d, known, rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "dice"), 1))}
		for range 25 {
			method, path, _ := strings.Cut(operations[m.dice.IntN(len(operations))], " ")
			op := d.Paths[path][strings.ToLower(method)]
			if op.ID == "end-token" {
				continue
			}
			at, body, header := m.call(path, op)
			token := tokens[m.dice.IntN(len(tokens))]
			if _, err := url.ParseRequestURI(at); err != nil {
				continue
			}
			res, answer := w.send(method, at, token, body, header...)
			if seen[op.ID] == nil {
				seen[op.ID] = map[int]bool{}
			}
			seen[op.ID][res.StatusCode] = true
			if res.StatusCode == http.StatusTemporaryRedirect || res.StatusCode == http.StatusMovedPermanently {
				continue // the mux cleans a path with dots in it
			}
			if at, _, _ := strings.Cut(at, "?"); res.StatusCode == 404 && strings.Count(at, "/") != strings.Count(path, "/") {
				continue // another path than the one that was meant
			}
			if res.StatusCode >= 500 && res.StatusCode != 503 {
				rt.Fatalf("%s %s %q: %d %s\n%s", method, at, body, res.StatusCode, answer, w.log)
			}
			if wrong := d.problemIn(path, method, res, answer); wrong != "" {
				rt.Fatalf("%s %s %q: %d %s\nis not what the document says: %s", method, at, body, res.StatusCode, answer, wrong)
			}
			for _, secret := range []string{token, "SQLSTATE", "goroutine", "dbaccess/internal", carols.Digest} {
				if strings.Contains(string(answer), secret) {
					rt.Fatalf("%s %s tells %q: %s", method, at, secret, answer)
				}
			}
		}
	})
	for _, op := range []string{"ask", "get-request", "list-requests", "schema", "classify", "exchange-token"} {
		if !seen[op][http.StatusOK] || len(seen[op]) < 2 {
			t.Errorf("%s has only answered with %v: the calls are all alike", op, seen[op])
		}
	}
	if now, err := w.as("carol").Request(t.Context(), carols.ID, 0); err != nil || now.State != "pending" {
		t.Errorf("somebody else's request is %s now, %v", now.State, err)
	}
}
