package vault_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"dbaccess/credentials/vault"
)

// proxy stands between the bot and Vault and does what networks do.
type proxy struct {
	url string

	mu     sync.Mutex
	faults map[string]func(w http.ResponseWriter, forward func() *http.Response) // by a part of the path
	seen   []*http.Request
}

func newProxy(t testing.TB, upstream string) *proxy {
	p := &proxy{faults: map[string]func(http.ResponseWriter, func() *http.Response){}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		// Not the client's context: what was sent goes on, also when it hangs up.
		forward := func() *http.Response {
			again, err := http.NewRequestWithContext(context.Background(), r.Method, upstream+r.URL.RequestURI(), bytes.NewReader(body))
			if err != nil {
				panic(err)
			}
			again.Header = r.Header.Clone()
			answer, err := http.DefaultTransport.RoundTrip(again)
			if err != nil {
				panic(http.ErrAbortHandler)
			}
			return answer
		}
		if fault := p.take(r); fault != nil {
			fault(w, forward)
			return
		}
		answer := forward()
		defer func() { _ = answer.Body.Close() }()
		for name, values := range answer.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.StatusCode)
		_, _ = io.Copy(w, answer.Body)
	}))
	t.Cleanup(server.Close)
	p.url = server.URL
	return p
}

func (p *proxy) take(r *http.Request) func(http.ResponseWriter, func() *http.Response) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = append(p.seen, r)
	for part, fault := range p.faults {
		if strings.Contains(r.URL.Path, part) {
			return fault
		}
	}
	return nil
}

// on makes calls whose path has that part go wrong; nil puts it right again.
func (p *proxy) on(part string, fault func(w http.ResponseWriter, forward func() *http.Response)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if fault == nil {
		delete(p.faults, part)
	} else {
		p.faults[part] = fault
	}
}

func (p *proxy) calls(part string) (all []*http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.seen {
		if strings.Contains(r.URL.Path, part) {
			all = append(all, r)
		}
	}
	return all
}

// loseAnswer lets Vault do it, and nobody hear of it.
func loseAnswer(_ http.ResponseWriter, forward func() *http.Response) {
	_ = forward().Body.Close()
	panic(http.ErrAbortHandler)
}

// answerWith answers in Vault's place.
func answerWith(code int, text string) func(http.ResponseWriter, func() *http.Response) {
	return func(w http.ResponseWriter, _ func() *http.Response) {
		w.WriteHeader(code)
		_, _ = io.WriteString(w, `{"errors":["`+text+`"]}`)
	}
}

// through makes a rig's bot talk to Vault through a proxy.
func through(p *proxy) func(*vault.Config) {
	return func(c *vault.Config) { c.Address = p.url }
}
