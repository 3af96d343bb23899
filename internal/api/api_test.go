package api

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"dbaccess/approvals"
	"dbaccess/credentials"
	"dbaccess/internal/fault"
)

var update = flag.Bool("update", false, "write the golden files anew")

const (
	goodCode = "k3v9w2m7q4x8z5t6r1p0ndhbca"
	password = "pw-Zr4:/@ é'9"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// bank redeems goodCode once; a second use is a conflict.
type bank struct {
	mu    sync.Mutex
	calls int
	used  bool
	err   error // answered instead of anything else
}

func (b *bank) Redeem(_ context.Context, code credentials.Secret) (credentials.Credential, credentials.Grant, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls++
	switch {
	case b.err != nil:
		return credentials.Credential{}, credentials.Grant{}, b.err
	case CodeSum(code) != CodeSum(credentials.NewSecret(goodCode)):
		return credentials.Credential{}, credentials.Grant{}, credentials.ErrNoCode
	case b.used:
		return credentials.Credential{}, credentials.Grant{}, fault.New(fault.Conflict,
			"This code was used before, so the access was ended.", "Ask again with `/dbaccess`.")
	}
	b.used = true
	return credentials.Credential{
		Lease: "lse_1", Host: "db.example.com", Port: 5432, Database: "shop", SSLMode: "require",
		Role: "dba-qwerty-grt_1-x", Password: credentials.NewSecret(password), Until: noon.Add(time.Hour),
	}, credentials.Grant{Grant: approvals.Grant{
		ID: "grt_1", Request: "req_1", Database: "shop-prod", Profile: "masked-read",
	}}, nil
}

// shelf hands one page out once.
type shelf struct {
	page ResultPage
	err  error
}

func (s *shelf) Open(_ context.Context, code credentials.Secret) (ResultPage, error) {
	if s.err != nil {
		return ResultPage{}, s.err
	}
	if CodeSum(code) != CodeSum(credentials.NewSecret(goodCode)) {
		return ResultPage{}, fault.New(fault.NotFound, "no such row in results", "")
	}
	s.err = fault.New(fault.Expired, "This result was shown already.", "")
	return s.page, nil
}

type lines struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newAPI(t *testing.T, change func(*Config)) (http.Handler, *lines) {
	t.Helper()
	log := &lines{}
	c := Config{
		Grants:    &bank{},
		PublicURL: "https://dbaccess.example.com",
		Log:       slog.New(slog.NewTextHandler(log, nil)),
		Now:       func() time.Time { return noon },
	}
	if change != nil {
		change(&c)
	}
	a, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	a.newRef = func() string { return "ref0000001" }
	return a.Handler(), log
}

func post(h http.Handler, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func get(h http.Handler, method, target string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, target, nil))
	return w
}

func codeBody(code string) string { return `{"code":"` + code + `"}` }

func problem(t *testing.T, w *httptest.ResponseRecorder) Problem {
	t.Helper()
	if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
		t.Fatalf("content type %q, status %d, body %s", got, w.Code, w.Body)
	}
	var p Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatal(err)
	}
	if p.Status != w.Code {
		t.Errorf("problem says status %d, the answer %d", p.Status, w.Code)
	}
	return p
}

func TestLookingAtTheClaimPageHasNoEffect(t *testing.T) {
	t.Parallel()
	b := &bank{}
	h, _ := newAPI(t, func(c *Config) { c.Grants = b; c.Results = &shelf{} })
	for _, target := range []string{"/claim", "/claim?code=" + goodCode, "/result", "/", "/assets/claim.js"} {
		for _, method := range []string{"GET", "HEAD"} {
			if w := get(h, method, target); w.Code != http.StatusOK {
				t.Errorf("%s %s: status %d", method, target, w.Code)
			}
		}
	}
	if b.calls != 0 {
		t.Errorf("%d codes were redeemed by looking", b.calls)
	}
}

func TestCodeIsExchangedForTheCredential(t *testing.T) {
	t.Parallel()
	h, _ := newAPI(t, nil)
	w := post(h, "/claim", codeBody(goodCode))
	if w.Code != http.StatusOK {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	var got struct {
		Claimed
		Forms Forms `json:"forms"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := Claimed{
		Grant: "grt_1", Request: "req_1", Name: "shop-prod", Profile: "masked-read",
		Host: "db.example.com", Port: 5432, Database: "shop", SSLMode: "require",
		Role: "dba-qwerty-grt_1-x", Password: password, Until: noon.Add(time.Hour), Now: noon,
	}
	if got.Claimed != want {
		t.Errorf("got another credential than was minted: role %q", got.Role)
	}
	if got.Forms != want.Forms() {
		t.Error("the forms are not those of the credential")
	}
}

func TestSecondUseOfACodeIsToldAsItIs(t *testing.T) {
	t.Parallel()
	b := &bank{}
	h, _ := newAPI(t, func(c *Config) { c.Grants = b })
	if w := post(h, "/claim", codeBody(goodCode)); w.Code != http.StatusOK {
		t.Fatalf("first use: status %d", w.Code)
	}
	w := post(h, "/claim", codeBody(goodCode))
	p := problem(t, w)
	if w.Code != http.StatusConflict || p.Detail != "This code was used before, so the access was ended." {
		t.Errorf("status %d, %+v", w.Code, p)
	}
	if b.calls != 2 {
		t.Errorf("redeemed %d times; the second use must reach the rules, which raise the alarm", b.calls)
	}
}

func TestUnknownCodesAllGetTheSameAnswer(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/claim", "/result"} {
		h, _ := newAPI(t, func(c *Config) { c.Results = &shelf{} })
		want := post(h, path, codeBody(strings.Repeat("a", 26)))
		if want.Code != http.StatusNotFound {
			t.Fatalf("%s: status %d", path, want.Code)
		}
		for _, code := range []string{strings.Repeat("b", 26), "ABCDE-FGHJK-MNPQR-STVWX-YZ0123", "abcde fghjk mnpqr stvwx yz0123"} {
			got := post(h, path, codeBody(code))
			if got.Code != want.Code || got.Body.String() != want.Body.String() {
				t.Errorf("%s %q: %d %s", path, code, got.Code, got.Body)
			}
		}
	}
}

func TestWhatCannotBeACodeDoesNotReachTheRules(t *testing.T) {
	t.Parallel()
	b := &bank{}
	h, _ := newAPI(t, func(c *Config) { c.Grants = b })
	for _, code := range []string{"", "short", strings.Repeat("c", 500), "'; DROP TABLE codes; --", "ünïcödeünïcödeünïcöde"} {
		w := post(h, "/claim", codeBody(code))
		if p := problem(t, w); w.Code != http.StatusBadRequest || p.Detail != credentials.ErrCodeShape.Msg {
			t.Errorf("%q: %d %s", code, w.Code, w.Body)
		}
	}
	if b.calls != 0 {
		t.Errorf("the rules were asked %d times", b.calls)
	}
}

func TestWhatFailedBesideARefusalIsLogged(t *testing.T) {
	t.Parallel()
	b := &bank{err: errors.Join(credentials.ErrCodeReused, errors.New("end grant: dial tcp"))}
	h, log := newAPI(t, func(c *Config) { c.Grants = b })
	w := post(h, "/claim", codeBody(goodCode))
	if p := problem(t, w); p.Detail != credentials.ErrCodeReused.Msg || p.Ref == "" || strings.Contains(w.Body.String(), "dial") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if !strings.Contains(log.String(), "end grant: dial tcp") {
		t.Errorf("the log does not hold the cause:\n%s", log)
	}
}

func TestWhatIsNotACodeInJSONIsRefusedBeforeAnyEffect(t *testing.T) {
	t.Parallel()
	good := codeBody(goodCode)
	for _, tt := range []struct {
		name, body string
		header     []string
		status     int
	}{
		{"form", "code=" + goodCode, []string{"Content-Type", "application/x-www-form-urlencoded"}, 415},
		{"plain text, as a form of another site could send", good, []string{"Content-Type", "text/plain"}, 415},
		{"no type", good, []string{"Content-Type", ""}, 415},
		{"another site by fetch metadata", good, []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"a sister site by fetch metadata", good, []string{"Sec-Fetch-Site", "same-site"}, 403},
		{"another site by origin", good, []string{"Origin", "https://evil.example"}, 403},
		{"a sandboxed frame", good, []string{"Origin", "null"}, 403},
		{"too long", codeBody(strings.Repeat("a", 2000)), nil, 413},
		{"not JSON", "code", nil, 400},
		{"unknown field", `{"code":"` + goodCode + `","as":"bob"}`, nil, 400},
		{"a second value", good + good, nil, 400},
		{"an array", `["` + goodCode + `"]`, nil, 400},
		{"empty", "", nil, 400},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := &bank{}
			h, _ := newAPI(t, func(c *Config) { c.Grants = b })
			w := post(h, "/claim", tt.body, tt.header...)
			if problem(t, w); w.Code != tt.status {
				t.Errorf("status %d, want %d: %s", w.Code, tt.status, w.Body)
			}
			if b.calls != 0 {
				t.Error("it was redeemed")
			}
			if strings.Contains(w.Body.String(), goodCode) {
				t.Error("the answer repeats the code")
			}
		})
	}
}

func TestOwnPageAndCommandLineMayPost(t *testing.T) {
	t.Parallel()
	for name, header := range map[string][]string{
		"command line": nil,
		"own page":     {"Sec-Fetch-Site", "same-origin", "Origin", "https://dbaccess.example.com"},
		"own page behind a proxy with another host": {"Origin", "https://dbaccess.example.com"},
		"charset": {"Content-Type", "application/json; charset=utf-8"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, _ := newAPI(t, nil)
			if w := post(h, "/claim", codeBody(goodCode), header...); w.Code != http.StatusOK {
				t.Errorf("status %d: %s", w.Code, w.Body)
			}
		})
	}
}

func TestEveryAnswerCarriesTheProtectiveHeaders(t *testing.T) {
	t.Parallel()
	h, _ := newAPI(t, func(c *Config) { c.Results = &shelf{} })
	answers := map[string]*httptest.ResponseRecorder{
		"page":    get(h, "GET", "/claim"),
		"result":  get(h, "GET", "/result"),
		"asset":   get(h, "GET", "/assets/page.js"),
		"secret":  post(h, "/claim", codeBody(goodCode)),
		"problem": post(h, "/claim", codeBody(goodCode)),
		"nowhere": get(h, "GET", "/wp-login.php"),
	}
	for name, w := range answers {
		head := w.Header()
		for key, want := range map[string]string{
			"Referrer-Policy":            "no-referrer",
			"X-Content-Type-Options":     "nosniff",
			"X-Frame-Options":            "DENY",
			"Cross-Origin-Opener-Policy": "same-origin",
		} {
			if got := head.Get(key); got != want {
				t.Errorf("%s: %s is %q", name, key, got)
			}
		}
		csp := head.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "script-src 'self'"} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: policy %q lacks %s", name, csp, want)
			}
		}
		if strings.Contains(csp, "unsafe") || strings.Contains(csp, "http") {
			t.Errorf("%s: policy %q is not strict", name, csp)
		}
		if cache := head.Get("Cache-Control"); name != "asset" && cache != "no-store" {
			t.Errorf("%s: Cache-Control %q", name, cache)
		}
	}
}

func TestPagesHoldNothingThatThePolicyForbids(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("pages/*")
	if err != nil || len(files) < 7 {
		t.Fatalf("pages: %v, %v", files, err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		text := string(b)
		for _, bad := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "style=\"", "onclick=", "https://", "localStorage", "sessionStorage"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s holds %s", f, bad)
			}
		}
		if strings.HasSuffix(f, ".html") && (strings.Contains(text, "<style") || strings.Contains(text, "<script>")) {
			t.Errorf("%s has inline script or style", f)
		}
	}
}

func TestTooManyBadCodesFromOneAddressAreStopped(t *testing.T) {
	t.Parallel()
	b := &bank{}
	h, _ := newAPI(t, func(c *Config) { c.Grants = b })
	bad := codeBody(strings.Repeat("a", 26))
	for i := range 20 {
		if w := post(h, "/claim", bad); w.Code != http.StatusNotFound {
			t.Fatalf("bad code %d: status %d", i, w.Code)
		}
	}
	w := post(h, "/claim", codeBody(goodCode))
	if problem(t, w); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "3" {
		t.Errorf("status %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
	if b.calls != 20 {
		t.Errorf("the rules were asked %d times, want 20", b.calls)
	}
	r := httptest.NewRequest("POST", "/claim", strings.NewReader(codeBody(goodCode)))
	r.Header.Set("Content-Type", "application/json")
	r.RemoteAddr = "203.0.113.7:5000"
	other := httptest.NewRecorder()
	if h.ServeHTTP(other, r); other.Code != http.StatusOK {
		t.Errorf("another address: status %d", other.Code)
	}
}

func TestGoodCodesAndOurOwnFailuresCostNobodyAnything(t *testing.T) {
	t.Parallel()
	b := &bank{err: fault.New(fault.Unavailable, "The database is away.", "Try again.")}
	h, _ := newAPI(t, func(c *Config) { c.Grants = b })
	for range 50 {
		if w := post(h, "/claim", codeBody(goodCode)); w.Code != http.StatusServiceUnavailable {
			t.Fatalf("status %d", w.Code)
		}
	}
}

func TestResultComesOutOnce(t *testing.T) {
	t.Parallel()
	s := &shelf{page: ResultPage{
		Request: "req_9", Database: "shop", Statement: "SELECT 1", Columns: []string{"a", "b"}, Types: []string{"bigint", "text"},
		Rows: [][]Cell{{{Text: "1"}, {Null: true}}, {{Text: ""}, {Text: "<b>"}}}, Truncated: true,
	}}
	h, _ := newAPI(t, func(c *Config) { c.Results = s })
	w := post(h, "/result", codeBody(goodCode))
	want := `{"request":"req_9","database":"shop","statement":"SELECT 1","columns":["a","b"],"types":["bigint","text"],` +
		`"rows":[["1",null],["","\u003cb\u003e"]],"truncated":true}`
	if w.Code != http.StatusOK || w.Body.String() != want {
		t.Errorf("status %d, body %s", w.Code, w.Body)
	}
	if w := post(h, "/result", codeBody(goodCode)); w.Code != http.StatusGone {
		t.Errorf("second time: status %d", w.Code)
	}
}

func TestWithoutResultsThereIsNoResultPage(t *testing.T) {
	t.Parallel()
	h, _ := newAPI(t, nil)
	if w := get(h, "GET", "/result"); w.Code != http.StatusNotFound {
		t.Errorf("status %d", w.Code)
	}
}
