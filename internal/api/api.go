package api

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"dbaccess/credentials"
	"dbaccess/internal/fault"
)

// Config is what the door stands on. Grants and PublicURL are required.
type Config struct {
	// Grants exchanges claim codes for credentials; credentials.Service does.
	Grants Grants
	// Results opens the one-time results of statements; nil: there are none.
	Results Results
	// JSON answers everything under /v1/; nil: there is no JSON API.
	JSON http.Handler
	// Agents answers /mcp and /.well-known/oauth-protected-resource; nil: agents have
	// no door here.
	Agents http.Handler
	// Ready says what the server depends on and whether it is there; nil: nothing.
	Ready func(ctx context.Context) []Check
	// Metrics answers /metrics; nil: there is none.
	Metrics http.Handler
	// PublicURL is how people's browsers reach this door: https, except on
	// loopback. It may end in a path if a proxy in front takes that away again.
	PublicURL string
	// TrustedProxies are the addresses whose X-Forwarded-For is believed when
	// failed codes are counted per address; none: the connection's own counts.
	TrustedProxies []netip.Prefix

	Log *slog.Logger     // nil: slog.Default
	Now func() time.Time // nil: time.Now
}

// Grants exchanges a one-time code for a credential. It must be called at most
// once for each time that a person asks: a second use of a code is an alarm.
type Grants interface {
	Redeem(ctx context.Context, code credentials.Secret) (credentials.Credential, credentials.Grant, error)
}

// Results hands out a statement's result once; a fault of kind NotFound if the
// code is not known, another one if it was used or is too old.
type Results interface {
	Open(ctx context.Context, code credentials.Secret) (ResultPage, error)
}

// API is the HTTP door.
type API struct {
	Config
	limit  *Limiter[netip.Prefix]
	cross  *http.CrossOriginProtection
	newRef func() string
}

// New checks c and returns the door.
func New(c Config) (*API, error) {
	if c.Grants == nil {
		return nil, errors.New("api: Config.Grants is missing")
	}
	public, err := checkPublicURL(c.PublicURL)
	if err != nil {
		return nil, err
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	a := &API{
		Config: c,
		limit:  NewLimiter[netip.Prefix](20, 3*time.Second, 4096),
		cross:  http.NewCrossOriginProtection(),
		newRef: func() string { return strings.ToLower(rand.Text()[:10]) },
	}
	// A proxy may pass on another Host than the browser's.
	if err := a.cross.AddTrustedOrigin(public.Scheme + "://" + public.Host); err != nil {
		return nil, fmt.Errorf("trust the public origin: %w", err)
	}
	return a, nil
}

func checkPublicURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fault.New(fault.Invalid, fmt.Sprintf("The public URL %q is not a plain address.", raw),
			"It looks like https://dbaccess.example.com.")
	}
	if err := CheckTransport(u); err != nil {
		return nil, err
	}
	return u, nil
}

// Handler returns everything the door answers.
//
// Of the pages, only POST /claim and POST /result have an effect.
func (a *API) Handler() http.Handler {
	mux := http.NewServeMux()
	route := func(path string, methods map[string]http.Handler) {
		var allow []string
		for method, h := range methods {
			mux.Handle(method+" "+path, h)
			allow = append(allow, method)
		}
		slices.Sort(allow)
		mux.Handle(path, a.refuseMethod(allow))
	}
	get := func(h http.Handler) map[string]http.Handler { return map[string]http.Handler{"GET": h} }

	route("/claim", map[string]http.Handler{"GET": page("claim.html"), "POST": a.claim()})
	if a.Results != nil {
		route("/result", map[string]http.Handler{"GET": page("result.html"), "POST": a.result()})
	}
	route("/assets/{name}", get(http.HandlerFunc(a.asset)))
	route("/healthz", get(http.HandlerFunc(alive)))
	route("/readyz", get(http.HandlerFunc(a.ready)))
	if a.Metrics != nil {
		route("/metrics", get(a.Metrics))
	}
	if a.JSON != nil {
		mux.Handle("/v1/", forPrograms(a.JSON))
	}
	if a.Agents != nil {
		for _, path := range []string{"/mcp", "/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp"} {
			mux.Handle(path, forPrograms(a.Agents))
		}
	}
	route("/{$}", get(page("index.html")))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { a.refuse(w, r, errNoPage) })

	return a.logged(a.recovered(withHeaders(mux)))
}
