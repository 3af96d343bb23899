package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"dbaccess/internal/api"
	"dbaccess/internal/api/client"
	v1 "dbaccess/internal/api/v1"
	"dbaccess/internal/fault"
	"dbaccess/internal/tokens"
)

// Config is what the HTTP transport stands on. API and PublicURL are needed.
type Config struct {
	API       http.Handler // the JSON API of this process
	PublicURL string       // how agents reach this server
	Version   string       // of dbaccess
	Refusals  api.Refusals // shows errors that are HTTP's
}

// Door is the streamable HTTP transport. It keeps nothing between requests, so that
// any replica may answer any of them.
type Door struct {
	Config
	public *url.URL
	mcp    http.Handler
}

// NewDoor checks c and returns the door.
func NewDoor(c Config) (*Door, error) {
	if c.API == nil {
		return nil, errors.New("mcp: Config.API is missing")
	}
	public, err := url.Parse(strings.TrimRight(c.PublicURL, "/"))
	if err != nil || public.Host == "" {
		return nil, errors.New("mcp: Config.PublicURL is not an address")
	}
	if c.Refusals.Log == nil {
		c.Refusals.Log = slog.Default()
	}
	s := newServer(c.Version, c.Refusals.Log, func(ctx context.Context) *client.Client {
		return ctx.Value(callKey{}).(call).api // serve has put it there
	})
	return &Door{Config: c, public: public, mcp: sdk.NewStreamableHTTPHandler(
		func(*http.Request) *sdk.Server { return s.Server },
		&sdk.StreamableHTTPOptions{
			Stateless: true, JSONResponse: true, MaxRequestBodyBytes: maxBody,
			DisableLocalhostProtection: true, // refuseForeign knows our public name, too
		},
	)}, nil
}

const (
	path         = "/mcp"
	metadataPath = "/.well-known/oauth-protected-resource"
	maxBody      = 1 << 20 // bytes: a statement of 64 KiB that JSON writes six times as long, and its parameters
	deadline     = longest + 15*time.Second
)

// Handler answers /mcp and, of /.well-known/, what the authorization part of the
// protocol asks for.
func (d *Door) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc(path, d.serve)
	mux.HandleFunc(metadataPath, d.metadata)
	mux.HandleFunc(metadataPath+path, d.metadata)
	return mux
}

var (
	errHost   = fault.New(fault.Denied, "This server does not answer to that name.", "Use its public address; a proxy must pass the Host header on.")
	errOrigin = fault.New(fault.Denied, "Web pages cannot use this.", "It is for agents, which send no Origin header.")
	errMethod = api.WithStatus(fault.New(fault.Invalid, "This address answers POST only: it keeps no session, and so has nothing to stream or to end.", ""), http.StatusMethodNotAllowed)
	errBatch  = fault.New(fault.Invalid, "Several messages at once are not answered.", "Send each in a request of its own.")
	errLong   = api.WithStatus(fault.New(fault.Invalid, "The request is too long.", "Send less at once."), http.StatusRequestEntityTooLarge)
	errBody   = fault.New(fault.Invalid, "The request cannot be read.", "")
)

func (d *Door) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if err := d.refuseForeign(r); err != nil {
		d.Refusals.Refuse(w, r, err)
		return
	}
	if !d.admit(w, r) {
		return
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		d.Refusals.Refuse(w, r, errMethod)
		return
	}
	body, err := read(w, r)
	if err != nil {
		d.Refusals.Refuse(w, r, err)
		return
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{}) // the body has been read; a writer without deadlines needs none
	_ = control.SetWriteDeadline(time.Now().Add(deadline))
	ctx, cancel := context.WithTimeout(r.Context(), deadline) // the protocol has requests that would stay open for ever
	defer cancel()
	one := call{ctx: ctx, api: d.client(r)}
	d.mcp.ServeHTTP(w, r.WithContext(context.WithValue(ctx, callKey{}, one)))
}

// read reads one message. Batches, which the protocol has given up, would be many
// calls under one request's limits.
func read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &long):
		return nil, errLong
	case err != nil:
		return nil, errBody
	case bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("[")):
		return nil, errBatch
	}
	return body, nil
}

// refuseForeign turns away what a web page may have sent, also under a name that it
// had made to lead here (DNS rebinding), as the transport's specification demands.
// An address of numbers cannot be made to lead elsewhere.
func (d *Door) refuseForeign(r *http.Request) error {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	if _, err := netip.ParseAddr(host); err != nil && !strings.EqualFold(host, d.public.Hostname()) && host != "localhost" {
		return errHost
	}
	for _, origin := range r.Header.Values("Origin") {
		if origin != d.public.Scheme+"://"+d.public.Host {
			return errOrigin
		}
	}
	return nil
}

// admit asks the API whose token it is, so that it is counted and refused as there,
// and lets agents in.
func (d *Door) admit(w http.ResponseWriter, r *http.Request) bool {
	q, err := http.NewRequestWithContext(r.Context(), http.MethodGet, address+"/v1/whoami", nil)
	if err != nil {
		d.Refusals.Refuse(w, r, fmt.Errorf("ask who it is: %w", err))
		return false
	}
	q.Header["Authorization"] = r.Header.Values("Authorization")
	res, err := d.inside(r).RoundTrip(q)
	if err != nil {
		d.Refusals.Refuse(w, r, fmt.Errorf("ask who it is: %w", err))
		return false
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		d.pass(w, res)
		return false
	}
	var me v1.WhoAmI
	if err := json.NewDecoder(res.Body).Decode(&me); err != nil {
		d.Refusals.Refuse(w, r, fmt.Errorf("read who it is: %w", err))
		return false
	}
	if me.Token.Audience != string(tokens.MCP) {
		d.challenge(w, "invalid_token")
		d.Refusals.Refuse(w, r, api.WithStatus(tokens.ErrNotAgent, http.StatusUnauthorized))
		return false
	}
	return true
}

// pass hands a refusal of the API on, with a challenge of our own.
func (d *Door) pass(w http.ResponseWriter, res *http.Response) {
	if res.StatusCode == http.StatusUnauthorized {
		code := ""
		if strings.Contains(res.Header.Get("WWW-Authenticate"), "invalid_token") {
			code = "invalid_token"
		}
		d.challenge(w, code)
	}
	for _, name := range []string{"Content-Type", "Retry-After"} {
		if v := res.Header.Get(name); v != "" {
			w.Header().Set(name, v)
		}
	}
	w.WriteHeader(res.StatusCode)
	_, _ = io.Copy(w, res.Body)
}

// challenge says what kind of token is wanted (RFC 6750), and where the rest is said
// (RFC 9728).
func (d *Door) challenge(w http.ResponseWriter, code string) {
	said := fmt.Sprintf("Bearer realm=%q, resource_metadata=%q", "dbaccess", d.public.String()+metadataPath+path)
	if code != "" {
		said += fmt.Sprintf(", error=%q", code)
	}
	w.Header().Set("WWW-Authenticate", said)
}

// client is the API as the agent of r sees it.
func (d *Door) client(r *http.Request) *client.Client {
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	return &client.Client{
		URL: address, HTTP: &http.Client{Transport: d.inside(r)},
		Token: func(context.Context) (string, error) { return token, nil },
	}
}

// resource is what RFC 9728 has clients find out. It names no authorization server:
// only a person who is signed in gives an agent its token, and no browser window
// that an agent opens does.
type resource struct {
	Resource string   `json:"resource"`
	Name     string   `json:"resource_name"`
	Methods  []string `json:"bearer_methods_supported"`
}

func (d *Door) metadata(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET")
		d.Refusals.Refuse(w, r, api.WithStatus(fault.New(fault.Invalid, "This address answers GET only.", ""), http.StatusMethodNotAllowed))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(resource{
		Resource: d.public.String() + path, Name: "dbaccess, for agents with a token of `dbaccess login --agent`", Methods: []string{"header"},
	})
}
