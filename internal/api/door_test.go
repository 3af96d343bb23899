package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dbaccess/credentials"
	"dbaccess/internal/fault"
)

func TestErrorsAreProblemsPeopleCanRead(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"internal":    errors.New("dial tcp 10.0.0.1:5432: connection refused"),
		"invalid":     fault.New(fault.Invalid, "The window is too long.", "At most 8 hours."),
		"denied":      fault.New(fault.Denied, "The policy denies this now.", ""),
		"not_found":   credentials.ErrNoCode,
		"conflict":    credentials.ErrStale,
		"expired":     fault.New(fault.Expired, "This code is too old.", "Press *Get credentials* again."),
		"unavailable": fault.New(fault.Unavailable, "Vault is away.", "Try again.").With(errors.New("dial vault.internal")),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, log := newAPI(t, func(c *Config) { c.Grants = &bank{err: err} })
			w := post(h, "/claim", codeBody(goodCode))
			p := problem(t, w)
			if p.Kind != name {
				t.Errorf("kind %q", p.Kind)
			}
			golden(t, "problem-"+name+".json", w.Body.Bytes())
			cause := name == "internal" || name == "unavailable"
			if got := strings.Contains(log.String(), "ref=ref0000001"); got != cause {
				t.Errorf("the log names the reference: %v\n%s", got, log)
			}
			if strings.Contains(w.Body.String(), "dial") {
				t.Error("the cause is shown")
			}
		})
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != string(got) {
		t.Errorf("%s: got\n%swant\n%s", name, got, want)
	}
}

func TestLogNamesRoutesAndNeverWhatCameWithThem(t *testing.T) {
	t.Parallel()
	h, log := newAPI(t, nil)
	get(h, "GET", "/claim?code="+goodCode)
	get(h, "GET", "/claim/"+goodCode)
	get(h, "GET", "/"+goodCode)
	get(h, "GET", "/assets/"+goodCode)
	get(h, goodCode, "/claim")
	post(h, "/claim", codeBody(goodCode))
	post(h, "/claim", codeBody(goodCode))
	text := log.String()
	if strings.Contains(text, goodCode) || strings.Contains(text, password) {
		t.Errorf("the log holds a secret:\n%s", text)
	}
	if n := strings.Count(text, "msg=http"); n != 7 {
		t.Errorf("%d lines for 7 requests:\n%s", n, text)
	}
	if !strings.Contains(text, `method=POST route="POST /claim" status=200`) {
		t.Errorf("no line of the claim:\n%s", text)
	}
}

func TestPanicBecomesAnInternalError(t *testing.T) {
	t.Parallel()
	h, log := newAPI(t, func(c *Config) { c.Ready = func(context.Context) []Check { panic("boom") } })
	w := get(h, "GET", "/readyz")
	if p := problem(t, w); w.Code != 500 || p.Ref == "" || strings.Contains(w.Body.String(), "boom") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if !strings.Contains(log.String(), "boom") {
		t.Error("the log does not hold the cause")
	}
}

func TestReadinessNamesWhatIsAway(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		checks []Check
		status int
	}{
		"nothing to check": {nil, 200},
		"all there":        {[]Check{{Name: "store", OK: true, Sentence: "The store answers."}}, 200},
		"optional away":    {[]Check{{Name: "store", OK: true}, {Name: "slack", Optional: true, Sentence: "Slack is away."}}, 200},
		"required away":    {[]Check{{Name: "store", Sentence: "The store is away."}, {Name: "slack", OK: true}}, 503},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, _ := newAPI(t, func(c *Config) { c.Ready = func(context.Context) []Check { return tt.checks } })
			w := get(h, "GET", "/readyz")
			var got struct {
				Ready  bool
				Checks []Check
			}
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if w.Code != tt.status || got.Ready != (tt.status == 200) || len(got.Checks) != len(tt.checks) {
				t.Errorf("%d %s", w.Code, w.Body)
			}
			if w := get(h, "GET", "/healthz"); w.Code != 200 || w.Body.String() != "ok\n" {
				t.Errorf("healthz: %d %s", w.Code, w.Body)
			}
		})
	}
}

func TestOtherMethodsAreRefusedWithTheAllowedOnes(t *testing.T) {
	t.Parallel()
	h, _ := newAPI(t, nil)
	w := get(h, "DELETE", "/claim")
	if problem(t, w); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, POST" {
		t.Errorf("status %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
}

func TestPublicURLMustKeepPasswordsPrivate(t *testing.T) {
	t.Parallel()
	for raw, ok := range map[string]bool{
		"https://dbaccess.example.com":      true,
		"https://tools.example.com/db":      true,
		"http://127.0.0.1:8330":             true,
		"http://[::1]:8330":                 true,
		"http://localhost:8330":             true,
		"http://dbaccess.example.com":       false,
		"http://localhost.evil.example":     false,
		"dbaccess.example.com":              false,
		"":                                  false,
		"ftp://127.0.0.1":                   false,
		"https://dbaccess.example.com/?a=b": false,
	} {
		_, err := New(Config{Grants: &bank{}, PublicURL: raw})
		if (err == nil) != ok || (err != nil && fault.KindOf(err) != fault.Invalid) {
			t.Errorf("%q: %v", raw, err)
		}
	}
}

func TestForwardedAddressIsBelievedFromTrustedProxiesOnly(t *testing.T) {
	t.Parallel()
	a := &API{Config: Config{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}}
	for _, tt := range []struct{ peer, forwarded, want string }{
		{"10.0.0.1:1", "203.0.113.9", "203.0.113.9"},
		{"10.0.0.1:1", "6.6.6.6, 203.0.113.9, 10.0.0.2", "203.0.113.9"},
		{"10.0.0.1:1", "", "10.0.0.1"},
		{"10.0.0.1:1", "nonsense", "10.0.0.1"},
		{"203.0.113.9:1", "6.6.6.6", "203.0.113.9"},
		{"[::ffff:10.0.0.1]:1", "203.0.113.9", "203.0.113.9"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = tt.peer
		if tt.forwarded != "" {
			r.Header.Set("X-Forwarded-For", tt.forwarded)
		}
		if got := a.remote(r).String(); got != tt.want {
			t.Errorf("%+v: got %s", tt, got)
		}
	}
}

func TestServerLetsWhatIsUnderWayFinish(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	entered, release := make(chan struct{}), make(chan struct{})
	srv := newListener(t)
	done := make(chan error, 1)
	go func() {
		done <- ServeOn(ctx, srv, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			close(entered)
			<-release
			_, _ = io.WriteString(w, "finished")
		}))
	}()
	answer := make(chan string, 1)
	go func() {
		res, err := http.Get("http://" + srv.Addr().String())
		if err != nil {
			answer <- err.Error()
			return
		}
		defer res.Body.Close()
		b, _ := io.ReadAll(res.Body)
		answer <- string(b)
	}()
	<-entered
	stop()
	close(release)
	if got := <-answer; got != "finished" {
		t.Errorf("the request under way got %q", got)
	}
	if err := <-done; err != nil {
		t.Errorf("stopped with %v", err)
	}
}
