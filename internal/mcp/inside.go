package mcp

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"

	"dbaccess/internal/api"
	"dbaccess/internal/api/client"
)

// call is an agent's HTTP request, which its tools work for.
type call struct {
	ctx context.Context // done when the agent has gone
	api *client.Client
}

type callKey struct{}

// callOf returns the context of the HTTP request that a tool works for: the SDK
// takes its values along, and not its end. Over pipes there is none.
func callOf(ctx context.Context) context.Context {
	if c, ok := ctx.Value(callKey{}).(call); ok {
		return c.ctx
	}
	return context.Background()
}

// inside carries requests to a handler in this process, as coming from where an
// agent's own request came from.
type inside struct {
	handler  http.Handler
	refusals api.Refusals
	remote   string
	via      []string // X-Forwarded-For
}

func (d *Door) inside(r *http.Request) inside {
	return inside{handler: d.API, refusals: d.Refusals, remote: r.RemoteAddr, via: r.Header.Values("X-Forwarded-For")}
}

// address is what requests inside are made out to. Nothing listens there for us.
const address = "http://127.0.0.1"

// RoundTrip implements http.RoundTripper.
func (t inside) RoundTrip(q *http.Request) (*http.Response, error) {
	in := q.Clone(q.Context())
	in.Host, in.RequestURI, in.RemoteAddr = q.URL.Host, q.URL.RequestURI(), t.remote
	if in.Header == nil {
		in.Header = http.Header{}
	}
	if len(t.via) > 0 {
		in.Header["X-Forwarded-For"] = t.via
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	w := t.serve(in)
	return &http.Response{
		StatusCode: max(w.status, http.StatusOK), Header: w.header, Request: q,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()),
	}, nil
}

// serve calls the handler. Tools run outside of the server's own recovery.
func (t inside) serve(r *http.Request) (w *written) {
	defer func() {
		if p := recover(); p != nil {
			w = &written{header: http.Header{}}
			t.refusals.Refuse(w, r, fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		}
	}()
	w = &written{header: http.Header{}}
	t.handler.ServeHTTP(w, r)
	return w
}

// written is an answer in memory.
type written struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *written) Header() http.Header { return w.header }

func (w *written) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *written) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}
