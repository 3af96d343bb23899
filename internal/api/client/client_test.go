package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"dbaccess/internal/api/client"
	v1 "dbaccess/internal/api/v1"
	"dbaccess/internal/fault"
)

const secret = "dba_s_a-token-that-nobody-else-may-see"

func at(url string) *client.Client {
	return &client.Client{URL: url, Token: func(context.Context) (string, error) { return secret, nil }, HTTP: &http.Client{Transport: &http.Transport{}}}
}

func server(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func TestATokenIsNotSentOverPlainHTTP(t *testing.T) {
	t.Parallel()
	asked := false
	for _, url := range []string{"http://dbaccess.example.com", "http://10.0.0.1:8330", "http://localhost.example.com", "ftp://127.0.0.1", "127.0.0.1:80", "https://user:pw@host", "https://host/?x=1", ""} {
		c := &client.Client{URL: url, Token: func(context.Context) (string, error) { asked = true; return secret, nil }}
		_, err := c.WhoAmI(t.Context())
		if fault.KindOf(err) != fault.Invalid || strings.Contains(err.Error(), "pw") {
			t.Errorf("%s: %v", url, err)
		}
	}
	if asked {
		t.Error("the token was asked for before the address was looked at")
	}
}

func TestARedirectLeadsNoTokenAway(t *testing.T) {
	t.Parallel()
	var led atomic.Int32
	elsewhere := server(t, func(http.ResponseWriter, *http.Request) { led.Add(1) })
	for _, status := range []int{301, 302, 303, 307, 308} {
		url := server(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere+r.URL.Path, status)
		})
		c := at(url)
		c.HTTP.CheckRedirect = nil // whatever its own client would do
		if _, err := c.WhoAmI(t.Context()); fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "sends you elsewhere") {
			t.Errorf("%d: %v", status, err)
		}
		if _, err := c.Exchange(t.Context(), "a.b.c"); fault.KindOf(err) != fault.Unavailable {
			t.Errorf("%d: %v", status, err)
		}
	}
	if led.Load() != 0 {
		t.Errorf("%d calls were led elsewhere", led.Load())
	}
}

// flaky answers 503 like a proxy whose server is away, so many times.
func flaky(t *testing.T, times int32, calls *atomic.Int32, then string) string {
	return server(t, func(w http.ResponseWriter, _ *http.Request) {
		if calls.Add(1) <= times {
			http.Error(w, "upstream away", http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, then)
	})
}

func TestWhatCanBeAskedAgainIsWhileAServerRestarts(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	c := at(flaky(t, 2, &calls, `{"id":"req_1","state":"pending"}`))
	r, err := c.Ask(t.Context(), v1.Ask{Kind: "access", Database: "shop"}) // it has an Idempotency-Key
	if err != nil || r.ID != "req_1" || calls.Load() != 3 {
		t.Errorf("asked %d times: %v", calls.Load(), err)
	}
	for name, call := range map[string]func(c *client.Client) error{
		"claim":  func(c *client.Client) error { _, err := c.Claim(t.Context(), "grt_1", false); return err },
		"cancel": func(c *client.Client) error { _, err := c.Cancel(t.Context(), "req_1"); return err },
		"result": func(c *client.Client) error { _, err := c.Result(t.Context(), "req_1", 0); return err },
		"agent":  func(c *client.Client) error { _, err := c.IssueAgent(t.Context(), "claude", 0); return err },
		"swap":   func(c *client.Client) error { _, err := c.Exchange(t.Context(), "a.b.c"); return err },
	} {
		var calls atomic.Int32
		if err := call(at(flaky(t, 9, &calls, `{}`))); err == nil || calls.Load() != 1 {
			t.Errorf("%s was sent %d times: %v", name, calls.Load(), err)
		}
	}
}

func TestAProblemIsAFaultWithTheServersSentences(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]fault.Kind{
		"invalid": fault.Invalid, "denied": fault.Denied, "not_found": fault.NotFound, "conflict": fault.Conflict, "expired": fault.Expired, "unavailable": fault.Unavailable,
	} {
		var calls atomic.Int32
		c := at(server(t, func(w http.ResponseWriter, _ *http.Request) {
			calls.Add(1)
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprintf(w, `{"title":"t","status":503,"detail":"It is so.","hint":"Do this.","kind":%q}`, kind)
		}))
		_, err := c.WhoAmI(t.Context())
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != want || f.Msg != "It is so." || f.Hint != "Do this." || calls.Load() != 1 {
			t.Errorf("%s: %+v after %d calls", kind, err, calls.Load())
		}
	}
	c := at(server(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprint(w, `{"title":"t","status":500,"detail":"Something went wrong.","kind":"internal","ref":"abc123"}`)
	}))
	if _, err := c.WhoAmI(t.Context()); fault.KindOf(err) != fault.Internal || !strings.Contains(err.Error(), "abc123") {
		t.Errorf("an internal error: %v", err)
	}
	c = at(server(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>welcome</html>") }))
	if _, err := c.WhoAmI(t.Context()); fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "not dbaccess") {
		t.Errorf("another server: %v", err)
	}
}

func TestNoErrorHoldsTheToken(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(nil)
	gone.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]*client.Client{"away": at(gone.URL), "nobody": {URL: gone.URL}} {
		_, err := c.Cancel(ctx, "req_1")
		if err == nil || strings.Contains(fmt.Sprintf("%v %+v", err, err), secret) {
			t.Errorf("%s: %v", name, err)
		}
		if name == "nobody" && fault.KindOf(err) != fault.Denied {
			t.Errorf("without a token: %v", err)
		}
	}
}
