package login

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"dbaccess/internal/fault"
)

func TestAPersonSignsInInTheBrowser(t *testing.T) {
	t.Parallel()
	c := newCorp(t).serve(t)
	var out bytes.Buffer
	f := c.flow(&out)
	statuses := make(chan int, 1)
	f.Open = func(address string) {
		go func() {
			res := c.signsIn(t, address, func(q url.Values) { q.Set("iss", c.url) })
			statuses <- res.StatusCode
		}()
	}
	token, err := f.Browser(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := payload(t, token.Reveal()); got["email"] != "alice@example.com" || got["nonce"] == "" {
		t.Errorf("got %v", got)
	}
	if status := <-statuses; status != http.StatusOK {
		t.Errorf("the browser was shown %d", status)
	}
	q := c.asked
	if q.Get("scope") != "openid email" || q.Get("code_challenge_method") != "S256" || q.Get("response_type") != "code" || !strings.HasPrefix(q.Get("redirect_uri"), "http://127.0.0.1:") {
		t.Errorf("it asked for %v", q)
	}
	if !strings.Contains(out.String(), c.url+"/authorize?") {
		t.Errorf("the address is not shown: %s", out.String())
	}
}

// Any page may send the browser to the loopback address. Only what carries our
// state is heard, and only once.
func TestWhoDoesNotKnowTheStateIsNotHeard(t *testing.T) {
	t.Parallel()
	c := newCorp(t).serve(t)
	f := c.flow(new(bytes.Buffer))
	tried := make(chan error, 1)
	f.Open = func(address string) {
		go func() {
			tried <- func() error {
				u, _ := url.Parse(address)
				back := u.Query().Get("redirect_uri")
				state := url.QueryEscape(u.Query().Get("state"))
				for _, attempt := range []struct {
					path string
					want int
				}{
					{back + "?code=evil&state=evil", http.StatusBadRequest},
					{back + "?code=evil", http.StatusBadRequest},
					{back + "?error=access_denied&state=", http.StatusBadRequest},
					{back + "?code=evil&iss=https://evil.example&state=" + state, http.StatusBadRequest},
					{strings.Replace(back, "127.0.0.1", "localhost", 1) + "?code=evil&state=" + state, http.StatusBadRequest},
					{strings.Replace(back, "/callback", "/", 1), http.StatusNotFound},
				} {
					if res := visit(t, attempt.path); res == nil || res.StatusCode != attempt.want {
						return fmt.Errorf("%s: %+v", attempt.path, res)
					}
				}
				if res := c.signsIn(t, address, nil); res == nil || res.StatusCode != http.StatusOK {
					return fmt.Errorf("the person: %+v", res)
				}
				return nil
			}()
		}()
	}
	if _, err := f.Browser(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-tried; err != nil {
		t.Error(err)
	}
}

func TestWhatIsNotOfThisSignInIsRefused(t *testing.T) {
	t.Parallel()
	hour := time.Now().Add(-time.Hour).Unix()
	for what, c := range map[string]struct {
		spoil  func(claims map[string]any)
		back   func(q url.Values)
		answer func(w http.ResponseWriter) bool
		kind   fault.Kind
		said   string
	}{
		"another sign-in's nonce": {spoil: func(m map[string]any) { m["nonce"] = "old" }, kind: fault.Denied, said: "not good"},
		"no nonce":                {spoil: func(m map[string]any) { delete(m, "nonce") }, kind: fault.Denied, said: "not good"},
		"another client's":        {spoil: func(m map[string]any) { m["aud"] = "other" }, kind: fault.Denied, said: "not good"},
		"another issuer's":        {spoil: func(m map[string]any) { m["iss"] = "https://evil.example" }, kind: fault.Denied, said: "not good"},
		"an old one":              {spoil: func(m map[string]any) { m["exp"] = hour }, kind: fault.Denied, said: "not good"},
		"a stolen code":           {back: func(q url.Values) { q.Set("code", "stolen") }, kind: fault.Denied, said: "invalid_grant"},
		"no code":                 {back: func(q url.Values) { q.Del("code") }, kind: fault.Denied, said: "no code"},
		"the person says no":      {back: func(q url.Values) { q.Del("code"); q.Set("error", "access_denied") }, kind: fault.Denied, said: "declined"},
		"the issuer says no": {
			back: func(q url.Values) { q.Set("error", "server_error"); q.Set("error_description", "on\x1b[31m fire") },
			kind: fault.Denied, said: "server_error: on [31m fire",
		},
		"no identity token": {answer: func(w http.ResponseWriter) bool {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"access_token": "at-secret", "token_type": "Bearer"}`)
			return true
		}, kind: fault.Unavailable, said: "no identity token"},
		"an answer that holds a secret": {answer: func(w http.ResponseWriter) bool {
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, `at-secret`)
			return true
		}, kind: fault.Denied, said: "an error"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			corp := newCorp(t).serve(t)
			corp.spoil, corp.answer = c.spoil, c.answer
			f := corp.flow(new(bytes.Buffer))
			f.Open = func(address string) { go corp.signsIn(t, address, c.back) }
			token, err := f.Browser(t.Context())
			if fault.KindOf(err) != c.kind || !strings.Contains(fault.Show(err).Msg, c.said) {
				t.Errorf("got %v", err)
			}
			if token.Reveal() != "" {
				t.Error("there is a token")
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the error tells: %v", err)
			}
		})
	}
}

func TestAnIssuerMustBeWhoItSaysAndSafe(t *testing.T) {
	t.Parallel()
	c := newCorp(t).serve(t)
	for what, at := range map[string]string{
		"plain http":        "http://issuer.example.com",
		"no address":        "corp",
		"another's name":    strings.Replace(c.url, "127.0.0.1", "localhost", 1),
		"nobody is there":   "http://127.0.0.1:1",
		"something else is": c.url + "/elsewhere",
	} {
		f := c.flow(new(bytes.Buffer))
		f.Issuer.URL = at
		f.Open = func(string) { t.Errorf("%s: the browser is opened", what) }
		if _, err := f.Browser(t.Context()); fault.KindOf(err) != fault.Unavailable && fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestLeavingEndsTheSignIn(t *testing.T) {
	t.Parallel()
	c := newCorp(t).serve(t)
	f := c.flow(new(bytes.Buffer))
	ctx, cancel := context.WithCancel(t.Context())
	var back string
	f.Open = func(address string) {
		u, _ := url.Parse(address)
		back = u.Query().Get("redirect_uri")
		cancel()
	}
	if _, err := f.Browser(ctx); err == nil {
		t.Error("it went on")
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, back, nil)
	if err != nil {
		t.Fatal(err)
	}
	if res, err := http.DefaultClient.Do(req); err == nil {
		_ = res.Body.Close()
		t.Error("it still listens")
	}
}
