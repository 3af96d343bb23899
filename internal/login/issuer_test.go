package login

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"sync"
	"testing"
	"time"

	"dbaccess/internal/devstack/vaulttest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	os.Exit(max(code, vaulttest.Stop()))
}

// corp is an issuer of the test's own, whose answers a test can spoil.
type corp struct {
	key   *ecdsa.PrivateKey
	url   string
	spoil func(claims map[string]any) // of identity tokens

	mu       sync.Mutex // guards what follows
	asked    url.Values // the last authorisation's parameters
	pending  int        // how many polls of a device are answered with "not yet"
	slow     bool       // and the first of them with "slower"
	polls    []time.Time
	noDevice bool
	noPage   bool                             // it only publishes keys
	answer   func(w http.ResponseWriter) bool // answers for the token endpoint, if it returns true
}

func newCorp(t *testing.T) *corp {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &corp{key: key}
}

// serve opens the issuer on a real port.
func (c *corp) serve(t *testing.T) *corp {
	t.Helper()
	srv := httptest.NewServer(c)
	t.Cleanup(srv.Close)
	c.url = srv.URL
	return c
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (c *corp) sign(claims map[string]any) string {
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	text := b64([]byte(`{"alg":"ES256","kid":"1"}`)) + "." + b64(payload)
	sum := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, c.key, sum[:])
	if err != nil {
		panic(err)
	}
	sig := make([]byte, 64)
	r.FillBytes(sig[:32])
	s.FillBytes(sig[32:])
	return text + "." + b64(sig)
}

func (c *corp) jwks() map[string]any {
	raw, err := c.key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		panic(err)
	}
	return map[string]any{"keys": []any{map[string]any{"kty": "EC", "crv": "P-256", "kid": "1", "alg": "ES256", "use": "sig", "x": b64(raw[1:33]), "y": b64(raw[33:])}}}
}

func (c *corp) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = r.ParseForm()
	reply := func(status int, v any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(v)
	}
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		found := map[string]any{
			"issuer": c.url, "authorization_endpoint": c.url + "/authorize", "token_endpoint": c.url + "/token",
			"jwks_uri": c.url + "/keys", "id_token_signing_alg_values_supported": []string{"ES256"},
		}
		if c.noPage {
			delete(found, "authorization_endpoint")
		}
		if !c.noDevice {
			found["device_authorization_endpoint"] = c.url + "/device"
		}
		reply(http.StatusOK, found)
	case "/keys":
		reply(http.StatusOK, c.jwks())
	case "/device":
		c.asked = maps.Clone(r.Form)
		reply(http.StatusOK, map[string]any{"device_code": "device-secret", "user_code": "BDWP-HQPK", "verification_uri": c.url + "/d", "expires_in": 600})
	case "/token":
		c.token(r, reply, w)
	default:
		http.NotFound(w, r)
	}
}

// token is the token endpoint. c.mu is held.
func (c *corp) token(r *http.Request, reply func(int, any), w http.ResponseWriter) {
	if c.answer != nil && c.answer(w) {
		return
	}
	proof := sha256.Sum256([]byte(r.Form.Get("code_verifier")))
	nonce := c.asked.Get("nonce")
	switch {
	case r.Header.Get("Authorization") != "", r.Form.Get("client_id") != "cli":
		reply(http.StatusBadRequest, map[string]any{"error": "invalid_client"})
		return
	case b64(proof[:]) != c.asked.Get("code_challenge") || c.asked.Get("code_challenge_method") != "S256":
		reply(http.StatusBadRequest, map[string]any{"error": "invalid_grant", "error_description": "the verifier is wrong"})
		return
	case r.Form.Get("grant_type") == "authorization_code":
		if r.Form.Get("code") != "the-code" || r.Form.Get("redirect_uri") != c.asked.Get("redirect_uri") {
			reply(http.StatusBadRequest, map[string]any{"error": "invalid_grant"})
			return
		}
	case r.Form.Get("device_code") == "device-secret":
		c.polls = append(c.polls, time.Now())
		nonce = ""
		switch {
		case c.slow:
			c.slow = false
			reply(http.StatusBadRequest, map[string]any{"error": "slow_down"})
			return
		case c.pending > 0:
			c.pending--
			reply(http.StatusBadRequest, map[string]any{"error": "authorization_pending"})
			return
		}
	}
	now := time.Now()
	claims := map[string]any{"iss": c.url, "sub": "00u1", "aud": "cli", "email": "alice@example.com", "email_verified": true, "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix()}
	if nonce != "" {
		claims["nonce"] = nonce
	}
	if c.spoil != nil {
		c.spoil(claims)
	}
	reply(http.StatusOK, map[string]any{"access_token": "at-secret", "token_type": "Bearer", "id_token": c.sign(claims)})
}

// signsIn is the person's browser: it opens the address, lets the issuer ask the
// person, and goes back to where it is sent. back may change what it brings there.
func (c *corp) signsIn(t *testing.T, address string, back func(q url.Values)) *http.Response {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Error(err)
		return nil
	}
	c.mu.Lock()
	c.asked = u.Query()
	c.mu.Unlock()
	q := url.Values{"code": {"the-code"}, "state": {u.Query().Get("state")}}
	if back != nil {
		back(q)
	}
	return visit(t, u.Query().Get("redirect_uri")+"?"+q.Encode())
}

func visit(t *testing.T, address string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, address, nil)
	if err != nil {
		t.Error(err)
		return nil
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Error(err)
		return nil
	}
	_ = res.Body.Close()
	return res
}

func (c *corp) flow(out *bytes.Buffer) Flow {
	return Flow{Issuer: Issuer{Name: "corp", URL: c.url, ClientID: "cli", Scopes: []string{"email"}}, Out: out}
}

// payload is what an identity token says.
func payload(t *testing.T, token string) map[string]any {
	t.Helper()
	parts := regexp.MustCompile(`\.`).Split(token, -1)
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(raw, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}
