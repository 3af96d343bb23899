package vault

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/hashicorp/vault/api"

	"dbaccess/internal/fault"
)

const (
	loginTimeout = 10 * time.Second
	callTimeout  = 20 * time.Second // of one request, however long its caller would wait
)

// client is Vault's HTTP API. It holds no token: each call is given one.
type client struct{ api *api.Client }

// newClient makes a client that takes nothing from the environment: VAULT_TOKEN,
// VAULT_SKIP_VERIFY and their kin are for people. retries is how often a call is
// made again whose answer was lost or was a 5xx.
//
// With none, connections are not kept either: Go's own transport makes a GET
// again, unasked, whose answer was lost on a connection that had served before.
func newClient(c Config, retries int) (client, error) {
	transport := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		TLSHandshakeTimeout:   5 * time.Second,
		DisableKeepAlives:     retries == 0,
		MaxIdleConnsPerHost:   16,
		IdleConnTimeout:       time.Minute,
		ForceAttemptHTTP2:     true,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
		ExpectContinueTimeout: time.Second,
	}
	if c.CACert != "" {
		pem, err := os.ReadFile(c.CACert)
		if err != nil {
			return client{}, fmt.Errorf("read Vault's CA certificate: %w", err)
		}
		transport.TLSClientConfig.RootCAs = x509.NewCertPool()
		if !transport.TLSClientConfig.RootCAs.AppendCertsFromPEM(pem) {
			return client{}, fmt.Errorf("%s holds no certificate", c.CACert)
		}
	}
	a, err := api.NewClient(&api.Config{
		Address: c.Address, MaxRetries: retries, MinRetryWait: 100 * time.Millisecond, MaxRetryWait: 500 * time.Millisecond,
		Timeout: callTimeout,
		HttpClient: &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // the API's client follows Vault's own redirects
		}},
	})
	if err != nil {
		return client{}, fmt.Errorf("make a client for Vault: %w", err)
	}
	a.ClearToken()
	a.SetHeaders(http.Header{api.RequestHeaderName: {"true"}})
	if c.Namespace != "" {
		a.SetNamespace(c.Namespace)
	}
	return client{a}, nil
}

type correlationKey struct{}

// correlated makes calls carry an id of ours: Vault's audit log has it in clear,
// beside its own.
func correlated(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, correlationKey{}, id)
}

// with is the client for one call.
func (c client) with(ctx context.Context, token string) *api.Logical {
	return c.api.WithRequestCallbacks(func(r *api.Request) {
		r.ClientToken = token
		if id, ok := ctx.Value(correlationKey{}).(string); ok {
			r.Headers.Set("X-Correlation-ID", id)
		}
	}).Logical()
}

func (c client) read(ctx context.Context, token, path string) (*api.Secret, error) {
	return c.with(ctx, token).ReadWithContext(ctx, path)
}

func (c client) list(ctx context.Context, token, path string) (*api.Secret, error) {
	return c.with(ctx, token).ListWithContext(ctx, path)
}

func (c client) write(ctx context.Context, token, path string, data map[string]any) (*api.Secret, error) {
	return c.with(ctx, token).WriteWithContext(ctx, path, data)
}

// status is the HTTP status of Vault's refusal, 0 if err is none.
func status(err error) int {
	var answer *api.ResponseError
	if errors.As(err, &answer) {
		return answer.StatusCode
	}
	return 0
}

// explain says what went wrong with a call in people's words, with the cause for
// operators. The causes' own texts quote URLs, in which lease ids stand; nothing
// of them is kept but what Vault says, without ids and tokens.
func explain(doing string, err error) error {
	if err == nil {
		return nil
	}
	if f := fault.KindOf(err); f != fault.Internal {
		return fmt.Errorf("%s: %w", doing, err)
	}
	var answer *api.ResponseError
	if errors.As(err, &answer) {
		return refusal(doing, answer)
	}
	cause := err
	var wrapped *url.Error
	for errors.As(cause, &wrapped) {
		cause = wrapped.Err
	}
	text := fmt.Errorf("%s: %s", doing, scrub(cause.Error()))
	switch {
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("%s: %w", doing, context.Canceled)
	case errors.Is(err, context.DeadlineExceeded):
		return fault.New(fault.Unavailable, "Vault did not answer in time.", "Try again in a minute.").With(text)
	}
	return fault.New(fault.Unavailable, "Vault cannot be reached.", "Try again in a minute.").With(text)
}

// refusal is an answer of Vault's that is not a success.
func refusal(doing string, answer *api.ResponseError) error {
	cause := &statusError{code: answer.StatusCode, text: fmt.Sprintf("%s: Vault says %d: %s", doing, answer.StatusCode, scrub(strings.Join(answer.Errors, "; ")))}
	switch {
	case answer.StatusCode == 503 && strings.Contains(strings.Join(answer.Errors, " "), "sealed"):
		return fault.New(fault.Unavailable, "Vault is sealed.", "Its operators have to unseal it.").With(cause)
	case answer.StatusCode == 429, answer.StatusCode == 412, answer.StatusCode == 472, answer.StatusCode == 473, answer.StatusCode >= 502:
		return fault.New(fault.Unavailable, "Vault is busy or not ready.", "Try again in a minute.").With(cause)
	case answer.StatusCode == 403:
		return fault.New(fault.Unavailable, "Vault refused dbaccess.", "Its operators see what is wrong by `dbaccess vault status`.").With(cause)
	case answer.StatusCode == 500:
		return fault.New(fault.Unavailable, "Vault could not do it: most often the database is away.", "Try again in a minute.").With(cause)
	}
	return cause
}

// statusError keeps the status of a refusal whose other details were dropped.
type statusError struct {
	code int
	text string
}

func (e *statusError) Error() string { return e.text }

// refused reports whether err is an explained refusal with that status.
func refused(err error, code int) bool {
	var e *statusError
	return errors.As(err, &e) && e.code == code
}

var (
	leaseIDs = regexp.MustCompile(`(/creds/[^/\s"']+/)[A-Za-z0-9.]{20,}`)
	tokens   = regexp.MustCompile(`\b(?:hvs|hvb|hvr|s|b|r)\.[A-Za-z0-9_-]{20,}`)
)

// scrub takes lease ids and tokens out of a text.
func scrub(text string) string {
	return tokens.ReplaceAllString(leaseIDs.ReplaceAllString(text, "${1}[lease]"), "[token]")
}

// stringsOf reads a list of texts from an answer's data.
func stringsOf(answer *api.Secret, key string) []string {
	if answer == nil {
		return nil
	}
	list, _ := answer.Data[key].([]any)
	var all []string
	for _, v := range list {
		if s, ok := v.(string); ok {
			all = append(all, s)
		}
	}
	return all
}
