package login

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"dbaccess/credentials"
	"dbaccess/internal/fault"
)

// Issuer is where people sign in, as the server says.
type Issuer struct {
	Name     string
	URL      string
	ClientID string
	Scopes   []string
}

// Flow signs one person in at one issuer.
type Flow struct {
	Issuer Issuer
	Out    io.Writer            // what the person is told
	Open   func(address string) // opens their browser; nil: they open it themselves
	Port   int                  // of the loopback address that the issuer sends them back to; 0: any
	HTTP   *http.Client         // nil: http.DefaultClient
	Now    func() time.Time     // nil: time.Now
}

// patience is how long a person may take to sign in.
const patience = 10 * time.Minute

// site is an issuer that has been looked up.
type site struct {
	oauth    oauth2.Config
	provider *oidc.Provider
	verifier *oidc.IDTokenVerifier
}

// find looks up the issuer and returns the context for calls of it.
func (f Flow) find(ctx context.Context) (context.Context, site, error) {
	if !safe(f.Issuer.URL) {
		return ctx, site{}, fault.New(fault.Invalid, "The issuer "+f.Issuer.Name+" is not at an https address.", "Its owner sets identity.issuers in the config of dbaccess.")
	}
	if f.HTTP != nil {
		ctx = oidc.ClientContext(ctx, f.HTTP)
	}
	p, err := oidc.NewProvider(ctx, f.Issuer.URL)
	if err != nil {
		return ctx, site{}, fault.New(fault.Unavailable, "The issuer "+f.Issuer.Name+" does not answer as it should.", "Try again in a moment.").With(err)
	}
	e := p.Endpoint()
	for _, at := range []string{e.AuthURL, e.TokenURL, e.DeviceAuthURL} {
		if at != "" && !safe(at) {
			return ctx, site{}, fault.New(fault.Invalid, "The issuer "+f.Issuer.Name+" names an address that is not https.", "Tell whoever runs it.")
		}
	}
	// We have no secret, so the client is named in the form. Trying the header first,
	// as the library does unasked, could use up a code.
	e.AuthStyle = oauth2.AuthStyleInParams
	scopes := f.Issuer.Scopes
	if !slices.Contains(scopes, oidc.ScopeOpenID) {
		scopes = append([]string{oidc.ScopeOpenID}, scopes...)
	}
	return ctx, site{
		oauth:    oauth2.Config{ClientID: f.Issuer.ClientID, Endpoint: e, Scopes: scopes},
		provider: p,
		verifier: p.Verifier(&oidc.Config{ClientID: f.Issuer.ClientID, Now: f.Now}),
	}, nil
}

// identity takes the identity token out of what the issuer gave, and checks that
// it is for us and, unless nonce is empty, of this sign-in. The server checks it
// again: what is found here is told better than it could.
func (f Flow) identity(ctx context.Context, s site, t *oauth2.Token, nonce string) (credentials.Secret, error) {
	raw, ok := t.Extra("id_token").(string)
	if !ok || raw == "" {
		return credentials.Secret{}, fault.New(fault.Unavailable, "The issuer "+f.Issuer.Name+" gave no identity token.", "Its client must be allowed the scope openid.")
	}
	id, err := s.verifier.Verify(ctx, raw)
	if err == nil && nonce != "" && id.Nonce != nonce {
		err = errors.New("its nonce is that of another sign-in")
	}
	if err != nil {
		return credentials.Secret{}, fault.New(fault.Denied, "The identity token that the issuer "+f.Issuer.Name+" gave is not good.", "Sign in again; if it happens again, tell whoever runs dbaccess.").With(err)
	}
	return credentials.NewSecret(raw), nil
}

// refused says what the issuer answered, of which only the two fields of the
// standard are told: what else it sent may be a secret.
func (f Flow) refused(err error) error {
	var r *oauth2.RetrieveError
	switch {
	case errors.As(err, &r) && r.ErrorCode == "access_denied":
		return errDeclined
	case errors.As(err, &r) && r.ErrorCode == "expired_token", errors.Is(err, context.DeadlineExceeded):
		return errSlow
	case errors.As(err, &r):
		status := 0
		if r.Response != nil {
			status = r.Response.StatusCode
		}
		return f.answered(r.ErrorCode, r.ErrorDescription).With(fmt.Errorf("HTTP %d", status))
	case errors.Is(err, context.Canceled):
		return err
	}
	return fault.New(fault.Unavailable, "The issuer "+f.Issuer.Name+" does not answer as it should.", "Try again in a moment.").With(err)
}

func (f Flow) answered(code, description string) *fault.Error {
	if code == "" {
		code = "an error"
	}
	said := clean(code)
	if description != "" {
		said += ": " + clean(description)
	}
	return fault.New(fault.Denied, "The issuer "+f.Issuer.Name+" answered "+said+".", "Try again; if it happens again, tell whoever runs dbaccess.")
}

// clean keeps what an issuer says from playing tricks on a terminal.
func clean(s string) string {
	r := []rune(s)
	r = r[:min(len(r), 200)]
	for i := range r {
		if r[i] < ' ' || r[i] >= 0x7f && r[i] < 0xa0 || r[i] == 0x202e {
			r[i] = ' '
		}
	}
	return string(r)
}

var (
	errDeclined = fault.New(fault.Denied, "The sign-in was declined.", "Sign in again, and allow it.")
	errSlow     = fault.New(fault.Expired, "Nobody signed in in time.", "Sign in again.")
)

// safe reports whether an address may be trusted with a sign-in.
func safe(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return false
	}
	if u.Scheme == "http" {
		ip := net.ParseIP(u.Hostname())
		return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	}
	return u.Scheme == "https"
}

func random() string { return rand.Text() + rand.Text() }
