package workload_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
	"dbaccess/internal/identity/workload"
)

// The addresses that tests speak of.
const (
	github     = "https://token.actions.githubusercontent.com"
	gitlab     = "https://gitlab.com"
	kubernetes = "https://kubernetes.default.svc.cluster.local"
	corp       = "https://login.acme.example/realms/staff"
	us         = "https://dbaccess.acme.example"
)

// claims of a token.
type claims map[string]any

func (c claims) with(name string, v any) claims {
	c = maps.Clone(c)
	c[name] = v
	return c
}

func (c claims) without(name string) claims {
	c = maps.Clone(c)
	delete(c, name)
	return c
}

// clock is a clock that tests set.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// world is all issuers there are, reached without a network. What is asked of them
// is counted.
type world struct {
	clock *clock

	mu      sync.Mutex // guards what follows
	answers map[string]func(*http.Request) (*http.Response, error)
	asked   map[string]int
}

func newWorld() *world {
	return &world{
		clock:   &clock{at: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)},
		answers: map[string]func(*http.Request) (*http.Response, error){}, asked: map[string]int{},
	}
}

// RoundTrip implements http.RoundTripper.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	at := r.URL.String()
	w.mu.Lock()
	w.asked[at]++
	answer := w.answers[at]
	w.mu.Unlock()
	if answer == nil {
		return nil, errors.New("dial tcp: no such host")
	}
	return answer(r)
}

func (w *world) count(at string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.asked[at]
}

// answer lets an address answer so; nil takes it away.
func (w *world) answer(at string, f func(*http.Request) (*http.Response, error)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answers[at] = f
}

// says lets an address answer with JSON.
func (w *world) says(at string, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	w.answer(at, func(r *http.Request) (*http.Response, error) { return response(r, http.StatusOK, data), nil })
}

func response(r *http.Request, status int, body []byte) *http.Response {
	return &http.Response{
		Status: http.StatusText(status), StatusCode: status, Request: r,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(body)),
	}
}

func discovery(url string) string { return url + "/.well-known/openid-configuration" }
func keysAt(url string) string    { return url + "/keys" }

// publish makes url an issuer with these keys.
func (w *world) publish(url string, keys ...key) {
	w.says(discovery(url), map[string]any{"issuer": url, "jwks_uri": keysAt(url), "id_token_signing_alg_values_supported": []string{"RS256", "none", "HS256"}})
	set := jose.JSONWebKeySet{}
	for _, k := range keys {
		set.Keys = append(set.Keys, k.public())
	}
	w.says(keysAt(url), set)
}

// key signs tokens.
type key struct {
	kid     string
	alg     jose.SignatureAlgorithm
	private crypto.Signer
}

func (k key) public() jose.JSONWebKey {
	return jose.JSONWebKey{Key: k.private.Public(), KeyID: k.kid, Algorithm: string(k.alg), Use: "sig"}
}

func newKey(kid string) key {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return key{kid: kid, alg: jose.ES256, private: private}
}

// rsaKey is one of the process, since it takes long to make.
var rsaKey = sync.OnceValue(func() key {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key{kid: "rsa-1", alg: jose.RS256, private: private}
})

func (k key) sign(c any) string {
	return k.signWith(c, (&jose.SignerOptions{}).WithType("JWT"))
}

func (k key) signWith(c any, o *jose.SignerOptions) string {
	payload, isText := c.(string)
	if !isText {
		data, err := json.Marshal(c)
		if err != nil {
			panic(err)
		}
		payload = string(data)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: k.alg, Key: jose.JSONWebKey{Key: k.private, KeyID: k.kid}}, o)
	if err != nil {
		panic(err)
	}
	jws, err := signer.Sign([]byte(payload))
	if err != nil {
		panic(err)
	}
	token, err := jws.CompactSerialize()
	if err != nil {
		panic(err)
	}
	return token
}

// signHeader signs with a header written by hand.
func (k key) signHeader(header string, c claims) string {
	payload, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	input := b64(header) + "." + b64(string(payload))
	hash := crypto.SHA256.New()
	hash.Write([]byte(input))
	private := k.private.(*ecdsa.PrivateKey)
	r, s, err := ecdsa.Sign(rand.Reader, private, hash.Sum(nil))
	if err != nil {
		panic(err)
	}
	signature := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	return input + "." + b64(string(signature))
}

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// everybody is the directory of the tests.
func everybody(t testing.TB) *identity.Directory {
	t.Helper()
	d, err := identity.NewDirectory([]identity.PersonConfig{
		{Name: "alice", Email: "alice@acme.example", Groups: []string{"engineers"}, Logins: []string{"github:alice-gh", "gitlab:alice.gl", "corp:f:1234:alice"}},
		{Name: "bob", Email: "bob@acme.example", Groups: []string{"db-reviewers"}, Logins: []string{"github:Bob-GH"}},
	}, identity.ServiceConfig{Name: "nightly", Groups: []string{"batch"}}, identity.ServiceConfig{Name: "other"}, identity.ServiceConfig{Name: "third"})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// verifier makes one whose world is w.
func (w *world) verifier(t testing.TB, c workload.Config) *workload.Verifier {
	t.Helper()
	if c.Directory == nil {
		c.Directory = everybody(t)
	}
	c.Audience, c.Now, c.HTTP = us, w.clock.now, &http.Client{Transport: w}
	v, err := workload.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// plant is a world with one issuer "plant" of type oidc, whose tokens with
// sub "job" are the service nightly's.
func plant(t testing.TB, change ...func(*workload.Issuer)) (*world, key, *workload.Verifier) {
	t.Helper()
	w, k := newWorld(), newKey("k1")
	w.publish(plantURL, k)
	i := workload.Issuer{Name: "plant", Type: "oidc", URL: plantURL, Keep: []string{"sub", "line"}}
	for _, f := range change {
		f(&i)
	}
	return w, k, w.verifier(t, workload.Config{
		Issuers:  []workload.Issuer{i},
		Services: []workload.Service{{Name: "nightly", Tokens: []workload.Rule{{Issuer: "plant", When: `claims.sub == "job"`}}}},
	})
}

const plantURL = "https://plant.example/id"

// job is what a token of plant says.
func (w *world) job() claims {
	now := w.clock.now()
	return claims{
		"iss": plantURL, "aud": us, "sub": "job", "jti": "id-1", "line": "7",
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(),
	}
}

// refused fails unless err is a fault of that kind whose sentence has these words,
// and which does not show the token.
func refused(t testing.TB, err error, kind fault.Kind, token string, words ...string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != kind {
		t.Fatalf("got %v (%v), want a fault of kind %v", err, fault.KindOf(err), kind)
	}
	for _, word := range words {
		if !strings.Contains(f.Msg+" "+f.Hint, word) {
			t.Errorf("%q %q does not have %q", f.Msg, f.Hint, word)
		}
	}
	if parts := strings.Split(token, "."); len(parts) == 3 && len(parts[2]) > 20 && strings.Contains(err.Error()+f.Hint, parts[2]) {
		t.Errorf("the error shows the token: %v", err)
	}
	if len(f.Msg) > 2000 || strings.ContainsAny(f.Msg+f.Hint, "\n\r\x00\x1b\u202e") {
		t.Errorf("the sentence is not fit to be shown: %q", f.Msg)
	}
}

func decode(part string) string {
	text, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return ""
	}
	return string(text)
}
