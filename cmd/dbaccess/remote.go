package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"dbaccess/credentials"
	"dbaccess/internal/api"
	"dbaccess/internal/api/client"
	"dbaccess/internal/fault"
	"dbaccess/internal/login"
)

// platformToken is where a platform may put a job's identity token without being
// told: a projected volume of Kubernetes.
const platformToken = "/var/run/secrets/dbaccess/token"

// machine is where a command runs: what it is told by its surroundings and keeps
// there.
type machine struct {
	env      func(string) string
	keep     login.Keep
	http     *http.Client // nil: a client's own
	platform string       // a file that may hold an identity token
	browse   func(string) // opens a browser; nil: there is none
	now      func() time.Time
}

type machineKey struct{}

// onMachine makes the commands under ctx run as if on m: for tests.
func onMachine(ctx context.Context, m machine) context.Context {
	return context.WithValue(ctx, machineKey{}, m)
}

// thisMachine is the machine that the command runs on.
func thisMachine(cmd *cobra.Command) machine {
	if m, ok := cmd.Context().Value(machineKey{}).(machine); ok {
		return m
	}
	m := machine{env: os.Getenv, platform: platformToken, now: time.Now}
	if dir, err := os.UserConfigDir(); err == nil {
		m.keep.Dir = filepath.Join(dir, "dbaccess")
	}
	if os.Getenv("DBACCESS_KEYRING") != "no" {
		m.keep.Ring = login.SystemRing()
	}
	if isTerminal(cmd.ErrOrStderr()) {
		m.browse = openBrowser
	}
	return m
}

// remoteFlags adds the flags of commands that talk to a server.
func remoteFlags(cmd *cobra.Command) {
	cmd.Flags().String("url", "", "the server's address (default: $DBACCESS_URL, else where you signed in last)")
}

// apiClient returns a client of the server that the command is to talk to, as
// whoever it runs for: the first of
//
//	$DBACCESS_TOKEN, $DBACCESS_TOKEN_FILE          a token of dbaccess
//	$DBACCESS_ID_TOKEN, $DBACCESS_ID_TOKEN_FILE    an identity token (GitLab, any OIDC issuer)
//	$ACTIONS_ID_TOKEN_REQUEST_URL and _TOKEN       GitHub Actions with `id-token: write`
//	/var/run/secrets/dbaccess/token                a projected token of Kubernetes
//	what `dbaccess login` kept
//
// Identity tokens are exchanged when a token is first needed, and again before it
// expires. The error is a fault; whether the server answers is seen by calling it.
func apiClient(cmd *cobra.Command) (*client.Client, error) {
	m := thisMachine(cmd)
	at, err := m.server(cmd)
	if err != nil {
		return nil, err
	}
	return m.client(at)
}

// server is the address of the server that the command is to talk to.
func (m machine) server(cmd *cobra.Command) (string, error) {
	at := ""
	if f := cmd.Flags().Lookup("url"); f != nil {
		at = f.Value.String()
	}
	if at == "" {
		at = m.env("DBACCESS_URL")
	}
	if at == "" {
		var err error
		if at, err = m.keep.Last(); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	if at == "" {
		return "", fault.New(fault.Invalid, "Which dbaccess server is meant is not known.", "Give its address with --url or in $DBACCESS_URL: https://dbaccess.example.com.")
	}
	return plainURL(at)
}

// plainURL is one spelling of a server's address: what is kept is found by it.
func plainURL(raw string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return "", fault.New(fault.Invalid, "The server's address is not a plain https:// address.", "It looks like https://dbaccess.example.com.")
	}
	if api.CheckTransport(u) != nil {
		return "", fault.New(fault.Invalid, "A token must not travel over "+u.Scheme+"://"+u.Host+".", "Use https.")
	}
	u.Host = strings.ToLower(u.Host)
	return strings.TrimRight(u.String(), "/"), nil
}

// client is a client of the server at that address.
func (m machine) client(at string) (*client.Client, error) {
	c := &client.Client{URL: at, HTTP: m.http}
	jwt, err := m.identityToken(at)
	switch text := m.env("DBACCESS_TOKEN"); {
	case text != "":
		c.Token = fixed(credentials.NewSecret(strings.TrimSpace(text)))
	case m.env("DBACCESS_TOKEN_FILE") != "":
		token, err := login.ReadToken(m.env("DBACCESS_TOKEN_FILE"))
		if err != nil {
			return nil, fault.New(fault.Invalid, "The token of $DBACCESS_TOKEN_FILE cannot be read.", "").With(err)
		}
		c.Token = fixed(token)
	case err != nil:
		return nil, err
	case jwt != nil:
		c.Token, c.Seed = m.exchanging(at, jwt), m.seed()
	default:
		l, err := m.keep.Find(at)
		if errors.Is(err, fs.ErrNotExist) {
			err = login.ErrNone
		}
		if err != nil {
			return nil, err
		}
		if !m.now().Before(l.Expires) {
			return nil, fault.New(fault.Denied, "You are not signed in any more.", "`dbaccess login` does that again.")
		}
		c.Token, c.Seed = fixed(l.Token), m.seed()
	}
	return c, nil
}

// fixed is the token that is in hand.
func fixed(token credentials.Secret) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return token.Reveal(), nil }
}

// seed is what keys of results are made from, where the token changes from one
// command to the next. If nothing can be kept, it is this process's own.
func (m machine) seed() func(context.Context) ([]byte, error) {
	own := make([]byte, 32)
	_, _ = rand.Read(own) // it never fails
	return func(context.Context) ([]byte, error) {
		if kept, err := m.keep.Seed(); err == nil {
			return kept, nil
		}
		return own, nil
	}
}

// identitySource fetches the identity token of where the command runs.
type identitySource func(context.Context) (credentials.Secret, error)

// identityToken says how to get the identity token of where the command runs; nil
// if that place gives none.
func (m machine) identityToken(at string) (identitySource, error) {
	file := m.env("DBACCESS_ID_TOKEN_FILE")
	if file == "" && m.platform != "" {
		if _, err := os.Stat(m.platform); err == nil {
			file = m.platform
		}
	}
	ask, with := m.env("ACTIONS_ID_TOKEN_REQUEST_URL"), m.env("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
	switch {
	case m.env("DBACCESS_ID_TOKEN") != "":
		token := credentials.NewSecret(strings.TrimSpace(m.env("DBACCESS_ID_TOKEN")))
		return func(context.Context) (credentials.Secret, error) { return token, nil }, nil
	case m.env("DBACCESS_ID_TOKEN_FILE") != "", ask == "" && file != "":
		return func(context.Context) (credentials.Secret, error) { return readIdentity(file) }, nil
	case ask != "" && with != "":
		aud := m.env("DBACCESS_AUDIENCE")
		if aud == "" {
			aud = at
		}
		return func(ctx context.Context) (credentials.Secret, error) { return m.askGitHub(ctx, ask, with, aud) }, nil
	}
	return nil, nil
}

// readIdentity reads a platform's token each time anew: it rotates. Its file's mode
// is the platform's matter.
func readIdentity(path string) (credentials.Secret, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return credentials.Secret{}, fault.New(fault.Unavailable, "The identity token that the platform gives cannot be read.", "Look at the volume or variable that it should be in.").With(err)
	}
	return credentials.NewSecret(strings.TrimSpace(string(data))), nil
}

// askGitHub asks GitHub Actions for a token of that audience.
// https://docs.github.com/en/actions/reference/security/oidc#methods-for-requesting-the-oidc-token
func (m machine) askGitHub(ctx context.Context, ask, with, audience string) (credentials.Secret, error) {
	away := fault.New(fault.Unavailable, "GitHub gives this job no identity token.", "The job needs `permissions: id-token: write`.")
	u, err := url.Parse(ask)
	if err != nil || api.CheckTransport(u) != nil {
		return credentials.Secret{}, away.With(errors.New("$ACTIONS_ID_TOKEN_REQUEST_URL is not an https address"))
	}
	q := u.Query()
	q.Set("audience", audience)
	u.RawQuery = q.Encode()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return credentials.Secret{}, away
	}
	req.Header.Set("Authorization", "Bearer "+with)
	res, err := m.outside().Do(req)
	if err != nil {
		return credentials.Secret{}, away.With(err)
	}
	defer func() { _ = res.Body.Close() }()
	var answer struct {
		Value string `json:"value"`
	}
	err = json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(&answer)
	if err != nil || res.StatusCode != http.StatusOK || answer.Value == "" {
		return credentials.Secret{}, away.With(fmt.Errorf("HTTP %d", res.StatusCode))
	}
	return credentials.NewSecret(answer.Value), nil
}

// outside is the client for others than our server.
func (m machine) outside() *http.Client {
	if m.http != nil {
		return m.http
	}
	return http.DefaultClient
}

// exchanging gives the token that an identity token was exchanged for, and
// exchanges a new one when a fifth of its time is left. The same identity token is
// not sent again while what it gave is good: where one counts once, that would be
// taken for a thief's.
func (m machine) exchanging(at string, jwt identitySource) func(context.Context) (string, error) {
	var (
		mu             sync.Mutex // guards what follows; held while exchanging, so that it happens once
		used, token    credentials.Secret
		renew, expires time.Time
	)
	open := &client.Client{URL: at, HTTP: m.http}
	return func(ctx context.Context) (string, error) {
		mu.Lock()
		defer mu.Unlock()
		now := m.now()
		if now.Before(renew) {
			return token.Reveal(), nil
		}
		id, err := jwt(ctx)
		if now.Before(expires) && (err != nil || id == used) {
			return token.Reveal(), nil
		}
		if err != nil {
			return "", err
		}
		issued, err := open.Exchange(ctx, id.Reveal())
		if err != nil && now.Before(expires) { // perhaps the server is away; there is time
			return token.Reveal(), nil
		}
		if err != nil {
			return "", err
		}
		used, token, expires = id, credentials.NewSecret(issued.AccessToken), issued.Expires
		renew = now.Add(expires.Sub(now) * 4 / 5)
		return token.Reveal(), nil
	}
}
