package client

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"dbaccess/internal/api"
	v1 "dbaccess/internal/api/v1"
	"dbaccess/internal/fault"
)

// request is one call of an endpoint.
type request struct {
	method, path string
	query        url.Values
	header       map[string]string
	body         any           // sent as JSON; nil: none
	again        bool          // harmless when it arrives twice
	open         bool          // needs no token
	wait         time.Duration // how much longer than usual the answer may take
}

const (
	patience  = 30 * time.Second // how long a server may be away before a call gives up
	usual     = 30 * time.Second // how long an answer may take
	maxAnswer = 64 << 20         // bytes of one answer
	maxWait   = 60 * time.Second // the longest wait that the server takes
)

// plainClient follows no redirects: where one leads is not who the token is for.
var plainClient = &http.Client{CheckRedirect: noRedirect}

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// call sends q, again and again while that does no harm and the server is away,
// and reads the answer into a T.
func call[T any](ctx context.Context, c *Client, q request) (T, error) {
	var zero T
	address, err := c.address(q)
	if err != nil {
		return zero, err
	}
	var body []byte
	if q.body != nil {
		if body, err = json.Marshal(q.body); err != nil {
			return zero, fmt.Errorf("encode %s %s: %w", q.method, q.path, err)
		}
	}
	began := time.Now()
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 3*time.Second) {
		answer, retry, err := c.once(ctx, q, address, body)
		if err == nil {
			return decode[T](q, answer)
		}
		if !retry.may || time.Since(began) > patience || ctx.Err() != nil {
			return zero, err
		}
		select {
		case <-ctx.Done():
			return zero, err
		case <-time.After(max(pause, retry.after)):
		}
	}
}

func decode[T any](q request, answer []byte) (T, error) {
	var v T
	if len(answer) == 0 { // 204
		return v, nil
	}
	if err := json.Unmarshal(answer, &v); err != nil {
		return v, notOurs("its answer is not understood").With(fmt.Errorf("%s %s: %w", q.method, q.path, err))
	}
	return v, nil
}

// address is where q goes. No token goes there over plain http, loopback apart.
func (c *Client) address(q request) (string, error) {
	u, err := url.Parse(strings.TrimRight(c.URL, "/"))
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return "", fault.New(fault.Invalid, "The server's address is not a plain https:// address.", "It looks like https://dbaccess.example.com.")
	}
	if api.CheckTransport(u) != nil {
		return "", fault.New(fault.Invalid, "A token must not travel over "+u.Scheme+"://"+u.Host+".", "Use https.")
	}
	address := u.String() + q.path
	if len(q.query) > 0 {
		address += "?" + q.query.Encode()
	}
	return address, nil
}

// retry says whether a failed call may be made again, and when.
type retry struct {
	may   bool
	after time.Duration
}

// once sends q one time.
func (c *Client) once(ctx context.Context, q request, address string, body []byte) ([]byte, retry, error) {
	ctx, cancel := context.WithTimeout(ctx, usual+q.wait)
	defer cancel()
	req, err := c.build(ctx, q, address, body)
	if err != nil {
		return nil, retry{}, err
	}
	res, err := c.http().Do(req)
	if err != nil {
		return nil, retry{may: q.again || neverSent(err)}, away(ctx, req, err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, retry{may: q.again}, away(ctx, req, err)
	case len(answer) > maxAnswer:
		return nil, retry{}, notOurs("its answer is too long")
	case res.StatusCode >= 200 && res.StatusCode < 300:
		return answer, retry{}, nil
	}
	return nil, again(q, res), refused(res, answer)
}

func (c *Client) build(ctx context.Context, q request, address string, body []byte) (*http.Request, error) {
	var content io.Reader
	if body != nil {
		content = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, q.method, address, content)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", q.method, q.path, err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "dbaccess")
	for k, v := range q.header {
		req.Header.Set(k, v)
	}
	if q.open {
		return req, nil
	}
	token, err := c.token(ctx)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	return req, nil
}

func (c *Client) http() *http.Client {
	if c.HTTP == nil {
		return plainClient
	}
	own := *c.HTTP
	own.CheckRedirect = noRedirect
	return &own
}

func (c *Client) token(ctx context.Context) (string, error) {
	if c.Token == nil {
		return "", fault.New(fault.Denied, "You are not logged in.", "`dbaccess login` does that.")
	}
	token, err := c.Token(ctx)
	if err == nil && token == "" {
		err = fault.New(fault.Denied, "You are not logged in.", "`dbaccess login` does that.")
	}
	return token, err
}

// resultKey is the key pair to which this client's results are sealed.
func (c *Client) resultKey(ctx context.Context) (*ecdh.PrivateKey, error) {
	if c.Seed != nil {
		seed, err := c.Seed(ctx)
		if err != nil {
			return nil, err
		}
		return v1.NewResultKey(seed)
	}
	token, err := c.token(ctx)
	if err != nil {
		return nil, err
	}
	return v1.NewResultKey([]byte(token))
}

// again says whether what was refused so may be asked again: a server that is
// being replaced, or one that had too much to do and did nothing.
func again(q request, res *http.Response) retry {
	after, _ := strconv.Atoi(res.Header.Get("Retry-After"))
	r := retry{after: min(time.Duration(after)*time.Second, patience)}
	switch res.StatusCode {
	case http.StatusTooManyRequests:
		r.may = true
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		r.may = q.again && !isProblem(res) // a proxy's: ours says what is away
	}
	return r
}

func isProblem(res *http.Response) bool {
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	return kind == "application/problem+json"
}

// refused reads the server's refusal.
func refused(res *http.Response, answer []byte) error {
	var p api.Problem
	if isProblem(res) && json.Unmarshal(answer, &p) == nil && p.Detail != "" {
		for k := fault.Invalid; k <= fault.Unavailable; k++ {
			if k.String() == p.Kind {
				return fault.New(k, p.Detail, p.Hint)
			}
		}
		return fmt.Errorf("the server answered: %s Quote reference %s to whoever runs dbaccess", p.Detail, p.Ref)
	}
	if res.StatusCode >= 300 && res.StatusCode < 400 {
		return notOurs("it sends you elsewhere, where no token is sent")
	}
	return notOurs("HTTP " + strconv.Itoa(res.StatusCode))
}

func notOurs(why string) *fault.Error {
	return fault.New(fault.Unavailable, "What answers there is not dbaccess: "+why+".", "Check the address.")
}

// away says that no answer came. The error's text may hold the address, and
// nothing secret.
func away(ctx context.Context, req *http.Request, err error) error {
	if errors.Is(err, context.Canceled) && errors.Is(context.Cause(ctx), context.Canceled) {
		return err
	}
	return fault.New(fault.Unavailable, "dbaccess at "+req.URL.Host+" does not answer.", "Try again in a moment.").With(err)
}

// neverSent reports whether no connection was made, so that nothing has arrived.
func neverSent(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

func waitQuery(wait time.Duration) url.Values {
	if wait <= 0 {
		return nil
	}
	return url.Values{"wait": {strconv.Itoa(int(math.Ceil(min(wait, maxWait).Seconds()))) + "s"}}
}

// waiting asks with as long a wait as the server takes, again and again, until
// the answer is final or the time is over.
func waiting[T any](ctx context.Context, wait time.Duration, ask func(time.Duration) (v T, final bool, err error)) (T, error) {
	for until := time.Now().Add(wait); ; {
		began := time.Now()
		v, final, err := ask(max(0, time.Until(until)))
		if err != nil || final || ctx.Err() != nil || time.Until(until) < 100*time.Millisecond {
			return v, err
		}
		if time.Since(began) < time.Second { // it does not wait: a server that stops
			select {
			case <-ctx.Done():
				return v, nil
			case <-time.After(time.Second):
			}
		}
	}
}
