package workload

import (
	"context"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
)

// Bounds on what an issuer answers.
const (
	maxAnswer = 1 << 20
	maxKeys   = 100
	minRSA    = 2048 // bits, as NIST SP 800-131A has it
)

// source is where the keys of an issuer are.
type source struct {
	url    string // the issuer
	keys   string // where its keys are, if not where its discovery document says
	caCert string
	bearer func() (string, error)
	http   *http.Client // may be nil
}

// fetch asks for the keys.
func (s source) fetch(ctx context.Context) ([]jose.JSONWebKey, error) {
	if path, isFile := strings.CutPrefix(s.keys, "file:"); isFile {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		return readKeys(data)
	}
	client, done, err := s.client()
	if err != nil {
		return nil, err
	}
	defer done()
	at := s.keys
	if at == "" {
		provider, err := oidc.NewProvider(oidc.ClientContext(ctx, client), s.url) // compares the document's issuer with ours
		if err != nil {
			return nil, fmt.Errorf("discovery: %w", err)
		}
		var said struct {
			Keys string `json:"jwks_uri"`
		}
		if err := provider.Claims(&said); err != nil {
			return nil, fmt.Errorf("discovery: %w", err)
		}
		at = said.Keys
	}
	data, err := get(ctx, client, at)
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	return readKeys(data)
}

func get(ctx context.Context, client *http.Client, at string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return nil, err
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", req.URL.Redacted(), res.Status)
	}
	return io.ReadAll(res.Body)
}

// client makes the client of one attempt. Certificates are read each time, so that
// they may be replaced.
func (s source) client() (client *http.Client, done func(), err error) {
	guard := &guarded{source: s}
	client = &http.Client{Timeout: askLimit, Transport: guard}
	if s.http != nil {
		guard.next = s.http.Transport
	}
	if guard.next == nil {
		guard.next = http.DefaultTransport
	}
	if s.caCert == "" {
		return client, func() {}, nil
	}
	pem, err := os.ReadFile(s.caCert)
	if err != nil {
		return nil, nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, nil, fmt.Errorf("%s holds no certificate", s.caCert)
	}
	own := http.DefaultTransport.(*http.Transport).Clone()
	own.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	guard.next = own
	return client, own.CloseIdleConnections, nil
}

// guarded bounds what is asked and answered: addresses that nobody in between can
// answer for, and bodies of a sane size. Redirects pass through it as well.
type guarded struct {
	source
	next http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (g *guarded) RoundTrip(r *http.Request) (*http.Response, error) {
	if !g.safe(r.URL) {
		return nil, fmt.Errorf("%s is not https", r.URL.Redacted())
	}
	if g.bearer != nil && g.own(r.URL) {
		token, err := g.bearer()
		if err != nil {
			return nil, err
		}
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := g.next.RoundTrip(r)
	if err == nil {
		res.Body = http.MaxBytesReader(nil, res.Body, maxAnswer)
	}
	return res, err
}

// own reports whether the address is the issuer's own, or the one that the config
// names for its keys: nobody else is shown the bearer token.
func (g *guarded) own(u *url.URL) bool {
	for _, raw := range []string{g.url, g.keys} {
		if mine, err := url.Parse(raw); err == nil && mine.Host != "" && mine.Scheme == u.Scheme && mine.Host == u.Host {
			return true
		}
	}
	return false
}

// safe allows https, and http that does not leave this machine where the config
// names such an address: an issuer elsewhere cannot make us ask our own services.
func (g *guarded) safe(u *url.URL) bool {
	if u.Scheme == "https" {
		return true
	}
	ip := net.ParseIP(u.Hostname())
	local := u.Hostname() == "localhost" || (ip != nil && ip.IsLoopback())
	return u.Scheme == "http" && local && (strings.HasPrefix(g.url, "http:") || strings.HasPrefix(g.keys, "http:"))
}

// readKeys reads a key set, leaving out what cannot be used: keys of unknown kinds,
// of symmetric ones, private ones, weak ones, and those for encryption.
func readKeys(data []byte) ([]jose.JSONWebKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(data, &set); err != nil {
		return nil, fmt.Errorf("not a key set: %w", err)
	}
	if len(set.Keys) > maxKeys {
		return nil, errors.New("more keys than an issuer has")
	}
	var usable []jose.JSONWebKey
	for _, raw := range set.Keys {
		var k jose.JSONWebKey
		if err := json.Unmarshal(raw, &k); err != nil || !k.IsPublic() || !k.Valid() {
			continue
		}
		if k.Use != "" && k.Use != "sig" {
			continue
		}
		if weak, isRSA := k.Key.(*rsa.PublicKey); isRSA && weak.N.BitLen() < minRSA {
			continue
		}
		usable = append(usable, k)
	}
	return usable, nil
}
