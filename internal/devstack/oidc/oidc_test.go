package oidc_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"dbaccess/internal/devstack/oidc"
	"dbaccess/internal/identity"
	"dbaccess/internal/identity/workload"
)

const audience = "https://dbaccess.acme.example"

func start(t *testing.T, o oidc.Options) *oidc.Issuer {
	t.Helper()
	i, err := oidc.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = i.Close() })
	return i
}

// verifier believes the issuer as the server does: over its own discovery.
func verifier(t *testing.T, i *oidc.Issuer, now func() time.Time) *workload.Verifier {
	t.Helper()
	people, err := identity.NewDirectory([]identity.PersonConfig{
		{Name: "alice", Email: "alice@acme.example", Logins: []string{"github:alice-gh"}},
	}, identity.ServiceConfig{Name: "nightly"})
	if err != nil {
		t.Fatal(err)
	}
	v, err := workload.New(workload.Config{
		Issuers:  []workload.Issuer{{Name: "github", Type: "github", URL: i.URL()}},
		Services: []workload.Service{{Name: "nightly", Tokens: []workload.Rule{{Issuer: "github", When: `claims.repository == "acme/shop"`}}}},
		Audience: audience, Directory: people, Now: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

var shop = oidc.Claims{"sub": "repo:acme/shop:ref:refs/heads/main", "repository": "acme/shop", "actor": "alice-gh"}

// ask asks the runner's endpoint, as a job with that surrounding does.
func ask(t *testing.T, env []string, audience string) (token string, status int) {
	t.Helper()
	vars := map[string]string{}
	for _, v := range env {
		name, value, _ := strings.Cut(v, "=")
		vars[name] = value
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, vars["ACTIONS_ID_TOKEN_REQUEST_URL"]+"&audience="+url.QueryEscape(audience), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+vars["ACTIONS_ID_TOKEN_REQUEST_TOKEN"])
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var body struct{ Value string }
	if err := json.NewDecoder(res.Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	return body.Value, res.StatusCode
}

func TestAJobsTokenIsBelieved(t *testing.T) {
	t.Parallel()
	for _, alg := range []string{"", "ES256", "RS256"} {
		t.Run("alg="+alg, func(t *testing.T) {
			t.Parallel()
			i := start(t, oidc.Options{Alg: alg})
			token, status := ask(t, i.Job(shop).Env(), audience)
			if status != http.StatusOK {
				t.Fatalf("HTTP %d", status)
			}
			got, err := verifier(t, i, time.Now).Verify(t.Context(), token)
			if err != nil || got.Principal.Name != "service/nightly" || got.Principal.For != "alice" || !got.SingleUse {
				t.Errorf("it is %+v, %v", got, err)
			}
		})
	}
}

func TestAnEndedJobAndAStrangerGetNoToken(t *testing.T) {
	t.Parallel()
	i := start(t, oidc.Options{})
	j := i.Job(shop)
	stranger := []string{j.Env()[0], "ACTIONS_ID_TOKEN_REQUEST_TOKEN=guessed"}
	if token, status := ask(t, stranger, audience); token != "" || status != http.StatusUnauthorized {
		t.Errorf("a stranger: HTTP %d, %d bytes", status, len(token))
	}
	if token, status := ask(t, j.Env(), ""); token != "" || status != http.StatusBadRequest {
		t.Errorf("for nobody: HTTP %d, %d bytes", status, len(token))
	}
	j.End()
	if token, status := ask(t, j.Env(), audience); token != "" || status != http.StatusUnauthorized {
		t.Errorf("after its end: HTTP %d, %d bytes", status, len(token))
	}
}

func TestKeysRotate(t *testing.T) {
	t.Parallel()
	i := start(t, oidc.Options{})
	sign := func() string {
		token, err := i.Token(audience, shop)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	believed := func(token string) bool {
		_, err := verifier(t, i, time.Now).Verify(t.Context(), token)
		return err == nil
	}
	old := sign()
	if err := i.Rotate(); err != nil {
		t.Fatal(err)
	}
	if now := sign(); !believed(old) || !believed(now) {
		t.Error("after a rotation, the tokens of both keys are good")
	}
	if err := i.Withdraw(); err != nil {
		t.Fatal(err)
	}
	if now := sign(); believed(old) || !believed(now) {
		t.Error("a key that was withdrawn is good, or its successor is not")
	}
}

func TestTokensEndAndSayWhatTheyAreTold(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	i := start(t, oidc.Options{Now: func() time.Time { return now }})
	token, err := i.Token(audience, shop)
	if err != nil {
		t.Fatal(err)
	}
	v := verifier(t, i, func() time.Time { return now.Add(oidc.Life + 2*time.Minute) })
	if _, err := v.Verify(t.Context(), token); err == nil {
		t.Error("an old token is good")
	}
	other, err := i.Token(audience, oidc.Claims{"repository": "acme/shop", "aud": "https://elsewhere.example"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := verifier(t, i, func() time.Time { return now }).Verify(t.Context(), other); err == nil {
		t.Error("a token for others is good")
	}
}

func TestItListensOnLoopbackOnly(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"0.0.0.0:0", ":0", "example.com:80", "nonsense"} {
		if i, err := oidc.Start(oidc.Options{Addr: addr}); err == nil {
			t.Errorf("it listens on %s", addr)
			_ = i.Close()
		}
	}
	if _, err := oidc.Start(oidc.Options{Alg: "none"}); err == nil {
		t.Error("it signs with nothing")
	}
}
