package login

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dbaccess/internal/fault"
)

// inside answers without a socket, so that a bubble's clock may jump.
type inside struct{ http.Handler }

func (i inside) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	i.ServeHTTP(w, r)
	return w.Result(), nil
}

func TestAPersonSignsInOnAnotherDevice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCorp(t)
		c.url, c.pending, c.slow = "https://corp.example", 2, true
		var out bytes.Buffer
		f := c.flow(&out)
		f.HTTP = &http.Client{Transport: inside{c}}
		began := time.Now()
		token, err := f.Device(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := payload(t, token.Reveal()); got["email"] != "alice@example.com" {
			t.Errorf("got %v", got)
		}
		if !strings.Contains(out.String(), "https://corp.example/d") || !strings.Contains(out.String(), "BDWP-HQPK") {
			t.Errorf("it says %q", out.String())
		}
		var at []time.Duration
		for _, poll := range c.polls {
			at = append(at, poll.Sub(began))
		}
		// Every 5 seconds, and, told to be slower, every 10 (RFC 8628, 3.5).
		want := []time.Duration{5 * time.Second, 15 * time.Second, 25 * time.Second, 35 * time.Second}
		if len(at) != len(want) {
			t.Fatalf("asked at %v, want %v", at, want)
		}
		for i := range want {
			if at[i] != want[i] {
				t.Errorf("asked at %v, want %v", at, want)
			}
		}
	})
}

func TestADeviceThatNobodyConfirmsIsGivenUp(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]fault.Kind{"access_denied": fault.Denied, "expired_token": fault.Expired, "": fault.Expired} {
		t.Run("issuer says "+code, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newCorp(t)
				c.url, c.pending = "https://corp.example", 1_000_000
				if code != "" {
					c.answer = func(w http.ResponseWriter) bool {
						w.Header().Set("Content-Type", "application/json")
						w.WriteHeader(http.StatusBadRequest)
						_, _ = io.WriteString(w, `{"error": "`+code+`"}`)
						return true
					}
				}
				f := c.flow(new(bytes.Buffer))
				f.HTTP = &http.Client{Transport: inside{c}}
				began := time.Now()
				if _, err := f.Device(t.Context()); fault.KindOf(err) != want {
					t.Errorf("got %v", err)
				}
				if took := time.Since(began); took > 10*time.Minute {
					t.Errorf("it waited %v", took)
				}
			})
		})
	}
}

func TestAnIssuerWithoutDevicesIsSaid(t *testing.T) {
	t.Parallel()
	c := newCorp(t).serve(t)
	c.noDevice = true
	if _, err := c.flow(new(bytes.Buffer)).Device(t.Context()); fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), "other devices") {
		t.Errorf("got %v", err)
	}
}

func TestAnIssuerWithoutAPageToSignInAtIsSaid(t *testing.T) {
	t.Parallel()
	c := newCorp(t).serve(t)
	c.noPage = true
	out := new(bytes.Buffer)
	_, err := c.flow(out).Browser(t.Context())
	if fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), "no page to sign in") || out.Len() > 0 {
		t.Errorf("got %v, and the person %q", err, out)
	}
}

func TestADevicesTokenIsCheckedToo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCorp(t)
		c.url = "https://corp.example"
		c.spoil = func(claims map[string]any) { claims["aud"] = "another client" }
		f := c.flow(new(bytes.Buffer))
		f.HTTP = &http.Client{Transport: inside{c}}
		if _, err := f.Device(t.Context()); fault.KindOf(err) != fault.Denied {
			t.Errorf("got %v", err)
		}
	})
}
