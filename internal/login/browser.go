package login

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"dbaccess/credentials"
	"dbaccess/internal/fault"
)

// Browser signs the person in through the browser on this machine: authorisation
// code with PKCE, to a loopback address (RFC 8252). It returns the identity token.
func (f Flow) Browser(ctx context.Context) (credentials.Secret, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	ctx, s, err := f.find(ctx)
	if err != nil {
		return credentials.Secret{}, err
	}
	if s.oauth.Endpoint.AuthURL == "" {
		return credentials.Secret{}, fault.New(fault.Invalid, "The issuer "+f.Issuer.Name+" names no page to sign in at.",
			"Give its identity token in $DBACCESS_ID_TOKEN, or ask whoever runs it for its authorization_endpoint.")
	}
	// An address of 127.0.0.1 and not the name localhost, which might be somebody
	// else's; issuers leave the port open (RFC 8252, 7.3).
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(f.Port)))
	if err != nil {
		return credentials.Secret{}, fault.New(fault.Unavailable, "The port to come back to cannot be opened.", "Give another one with --port.").With(err)
	}
	s.oauth.RedirectURL = "http://" + l.Addr().String() + "/callback"

	state, nonce, proof := random(), random(), oauth2.GenerateVerifier()
	back := &callback{state: state, issuer: f.Issuer.URL, host: l.Addr().String(), heard: make(chan url.Values), said: make(chan error, 1)}
	srv := &http.Server{Handler: back, ReadHeaderTimeout: 5 * time.Second, MaxHeaderBytes: 64 << 10}
	var served sync.WaitGroup
	served.Go(func() { _ = srv.Serve(l) })
	defer func() {
		patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		if srv.Shutdown(patience) != nil {
			_ = srv.Close()
		}
		served.Wait()
	}()

	address := s.oauth.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(proof))
	fmt.Fprintf(f.Out, "Sign in in your browser:\n\n  %s\n\n", address)
	if f.Open != nil {
		f.Open(address)
	}
	var q url.Values
	select {
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return credentials.Secret{}, errSlow
		}
		return credentials.Secret{}, ctx.Err()
	case q = <-back.heard:
	}
	token, err := f.redeem(ctx, s, q, nonce, proof)
	back.said <- err
	return token, err
}

// redeem exchanges what came back for the identity token.
func (f Flow) redeem(ctx context.Context, s site, q url.Values, nonce, proof string) (credentials.Secret, error) {
	switch code := q.Get("error"); {
	case code == "access_denied":
		return credentials.Secret{}, errDeclined
	case code != "":
		return credentials.Secret{}, f.answered(code, q.Get("error_description"))
	case q.Get("code") == "":
		return credentials.Secret{}, f.answered("", "it sent no code")
	}
	token, err := s.oauth.Exchange(ctx, q.Get("code"), oauth2.VerifierOption(proof))
	if err != nil {
		return credentials.Secret{}, f.refused(err)
	}
	return f.identity(ctx, s, token, nonce)
}

// callback hears the browser come back, once. Whoever does not know the state is
// told so and changes nothing: any page may send a browser here.
type callback struct {
	state  string
	issuer string
	host   string
	heard  chan url.Values // what the first who knows the state brought
	said   chan error      // what became of it
	once   sync.Once
}

// ServeHTTP implements http.Handler.
func (c *callback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	q := r.URL.Query()
	switch {
	case r.Method != http.MethodGet || r.URL.Path != "/callback":
		say(w, http.StatusNotFound, "There is nothing here.")
		return
	case r.Host != c.host, subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(c.state)) != 1:
		say(w, http.StatusBadRequest, "This is not the sign-in that was begun in the terminal. Use the address that it shows.")
		return
	case q.Get("iss") != "" && q.Get("iss") != c.issuer: // RFC 9207: another issuer's answer
		say(w, http.StatusBadRequest, "This answer is another issuer's.")
		return
	}
	first := false
	c.once.Do(func() { first = true })
	if !first {
		say(w, http.StatusGone, "This sign-in is over. Look at the terminal.")
		return
	}
	select {
	case c.heard <- q:
	case <-r.Context().Done():
		return // it is lost: the code was in an answer that nobody waits for
	}
	select {
	case err := <-c.said:
		if err != nil {
			say(w, http.StatusOK, "The sign-in did not succeed. The terminal says why.")
			return
		}
		say(w, http.StatusOK, "You have signed in. You can close this window and go back to the terminal.")
	case <-r.Context().Done():
	}
}

func say(w http.ResponseWriter, status int, sentence string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>dbaccess</title><p>%s</p></html>\n", sentence)
}
