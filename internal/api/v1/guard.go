package v1

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"dbaccess/credentials"
	"dbaccess/internal/api"
	"dbaccess/internal/fault"
	"dbaccess/internal/tokens"
)

var (
	errNoToken = fault.New(fault.Denied, "This needs a token.", "Send Authorization: Bearer …; `dbaccess login` or POST /v1/token gives one.")
	errTooFast = fault.New(fault.Unavailable, "You ask too often.", "Wait as long as Retry-After says.")
	errGuesses = fault.New(fault.Unavailable, "Too many tokens from this address were not good.", "Wait a minute.")
	errLarge   = api.WithStatus(fault.New(fault.Unavailable, "Too many long requests are being read.", "Wait as long as Retry-After says."), http.StatusTooManyRequests)
	errNowhere = fault.New(fault.NotFound, "There is no such endpoint.", "/v1/openapi.json lists them.")
	errMethod  = fault.New(fault.Invalid, "This endpoint does not answer that method.", "/v1/openapi.json lists them.")
)

// strangersBody is how long a connection is kept for the rest of a call that was
// refused before it was read.
const strangersBody = time.Second

// guard lets in who has a good token, before anything else of the call is read.
func (d *Door) guard(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	c := caller{call: r, http: http.NewResponseController(w)}
	if open(ctx.Operation()) {
		next(huma.WithValue(ctx, callerKey{}, c))
		return
	}
	var err error
	if c, err = d.admit(c, w, r); err != nil {
		if r.ContentLength != 0 {
			w.Header().Set("Connection", "close") // nobody waits for the body of a stranger
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(strangersBody))
		}
		d.Refusals.Refuse(w, r, err)
		return
	}
	if r.ContentLength < 0 || r.ContentLength > largeBody {
		leave, err := d.large.enter(c.payer())
		if err != nil {
			retryAfter(w, time.Second)
			w.Header().Set("Connection", "close")
			d.Refusals.Refuse(w, r, err)
			return
		}
		defer leave()
	}
	next(huma.WithValue(ctx, callerKey{}, c))
}

// open reports whether an operation needs no token.
func open(op *huma.Operation) bool { return op.Security == nil }

func (d *Door) admit(c caller, w http.ResponseWriter, r *http.Request) (caller, error) {
	token, err := bearer(r.Header)
	if err != nil {
		w.Header().Set("WWW-Authenticate", `Bearer realm="dbaccess"`)
		return c, api.WithStatus(errNoToken, http.StatusUnauthorized)
	}
	c.who, c.token, err = d.Tokens.Who(r.Context(), token, tokens.API)
	if err != nil && tokens.Unauthenticated(err) {
		if err := d.strike(w, r); err != nil {
			return c, err
		}
		w.Header().Set("WWW-Authenticate", `Bearer realm="dbaccess", error="invalid_token"`)
		return c, unauthorized(err)
	}
	if err != nil {
		return c, err
	}
	if ok, wait := d.calls.Take(c.payer(), d.Now()); !ok {
		retryAfter(w, wait)
		return c, api.WithStatus(errTooFast, http.StatusTooManyRequests)
	}
	return c, nil
}

// unauthorized keeps a cause, if there is one, for the log.
func unauthorized(err error) error {
	f := *fault.Show(err)
	if err != error(fault.Show(err)) {
		f.Cause = err
	}
	return api.WithStatus(&f, http.StatusUnauthorized)
}

// strike counts a bad token against its network.
func (d *Door) strike(w http.ResponseWriter, r *http.Request) error {
	if ok, wait := d.failed.Take(api.Network(d.Proxies.Remote(r)), d.Now()); !ok {
		retryAfter(w, wait)
		return api.WithStatus(errGuesses, http.StatusTooManyRequests)
	}
	return nil
}

func retryAfter(w http.ResponseWriter, wait time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
}

// bearer reads the token of a call. There must be one, said once.
func bearer(h http.Header) (credentials.Secret, error) {
	said := h.Values("Authorization")
	if len(said) != 1 {
		return credentials.Secret{}, errNoToken
	}
	scheme, token, ok := strings.Cut(said[0], " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") || token == "" {
		return credentials.Secret{}, errNoToken
	}
	return credentials.NewSecret(strings.TrimSpace(token)), nil
}

// problem is an error on its way out, as huma wants one: it has the status, and
// becomes application/problem+json.
type problem struct {
	api.Problem
	retry bool // worth asking again in a second
}

func (p *problem) Error() string  { return p.Detail }
func (p *problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders implements huma.HeadersError.
func (p *problem) GetHeaders() http.Header {
	if !p.retry {
		return nil
	}
	return http.Header{"Retry-After": {"1"}}
}

// MarshalJSON leaves everything but the problem itself out.
func (p *problem) MarshalJSON() ([]byte, error) { return json.Marshal(p.Problem) }

// refuse turns a handler's error into a problem.
func (d *Door) refuse(r *http.Request, err error) error {
	return &problem{Problem: d.Refusals.Problem(r, err), retry: errors.Is(err, errNotYet)}
}

// translate turns what huma says of a request into our form and sentences. It drops
// the values that huma repeats: among them may be a token.
func (d *Door) translate(ctx huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	r, _ := humago.Unwrap(ctx)
	var err error
	switch {
	case m.Status >= http.StatusInternalServerError:
		err = errors.New(m.Detail)
	default:
		err = api.WithStatus(fault.New(fault.Invalid, sentence(m), hints[m.Status]), m.Status)
	}
	return &problem{Problem: d.Refusals.Problem(r, err)}, nil
}

var hints = map[int]string{
	http.StatusUnsupportedMediaType:  "Send Content-Type: application/json.",
	http.StatusRequestEntityTooLarge: "Send less at once.",
	http.StatusRequestTimeout:        "Send the request faster.",
}

// sentence says what huma found wrong, its first three places.
func sentence(m *huma.ErrorModel) string {
	switch m.Status {
	case http.StatusRequestEntityTooLarge:
		return "The request is too long."
	case http.StatusUnsupportedMediaType:
		return "The request is not JSON."
	case http.StatusRequestTimeout:
		return "The request came too slowly."
	}
	var said []string
	for _, e := range m.Errors {
		if len(said) == 3 {
			said = append(said, "and more")
			break
		}
		if e.Location != "" {
			said = append(said, e.Location+": "+e.Message)
		} else {
			said = append(said, e.Message)
		}
	}
	if len(said) == 0 {
		said = append(said, m.Detail)
	}
	return "The request is not understood: " + strings.Join(said, "; ") + "."
}
