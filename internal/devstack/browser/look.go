package browser

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/chromedp/chromedp"
)

// look.js has what the functions below call by name.
//
//go:embed look.js
var lookJS string

// Sees waits until all of the words can be read somewhere on the page. Any amount
// of white space is one space.
func (p *Page) Sees(words ...string) {
	p.t.Helper()
	p.SeesIn("", words...)
}

// SeesIn waits until one place of that role ("article", "dialog", "alert", …) says
// all of the words, and returns what it says; of several the newest.
func (p *Page) SeesIn(role string, words ...string) string {
	p.t.Helper()
	found, err := p.TrySeeIn(role, words...)
	if err != nil {
		p.fail("%v", err)
	}
	return found
}

// TrySeeIn is SeesIn for other goroutines.
func (p *Page) TrySeeIn(role string, words ...string) (string, error) {
	found, err := p.awaits(role, words, true)
	if err == nil && found == nil {
		return "", fmt.Errorf("no %s says %q", orPage(role), words)
	}
	if err != nil {
		return "", fmt.Errorf("wait for %q: %w", words, err)
	}
	return *found, nil
}

// Misses waits until no place of that role says all of the words any more; with an
// empty role, until the page does not.
func (p *Page) Misses(role string, words ...string) {
	p.t.Helper()
	switch gone, err := p.awaits(role, words, false); {
	case err != nil:
		p.fail("wait until %q is gone: %v", words, err)
	case gone == nil:
		p.fail("a %s still says %q", orPage(role), words)
	}
}

// Shows reports whether the words can be read now.
func (p *Page) Shows(role string, words ...string) bool {
	p.t.Helper()
	return must[*string](p)(evaluate[*string](p, "find", role, notNil(words))) != nil
}

// Text returns all that can be read on the page.
func (p *Page) Text() string {
	p.t.Helper()
	return must[string](p)(evaluate[string](p, "() => text(document.body)"))
}

func orPage(role string) string {
	if role == "" {
		return "page"
	}
	return role
}

// awaits has the page itself look, so that nothing is missed and little is sent. A
// page that is replaced while it looks is asked anew.
func (p *Page) awaits(role string, words []string, wanted bool) (*string, error) {
	deadline := time.Now().Add(Patience)
	for {
		left := time.Until(deadline)
		found, err := evaluate[*string](p, "awaited", role, notNil(words), wanted, max(left.Milliseconds(), 0))
		if err == nil || left <= 0 || !replaced(err) {
			return found, err
		}
	}
}

// replaced reports whether a question failed because another page came.
func replaced(err error) bool {
	for _, sign := range []string{"context was destroyed", "Promise was collected", "navigated or closed", "Cannot find context", "Cannot find execution context"} {
		if strings.Contains(err.Error(), sign) {
			return true
		}
	}
	return false
}

// evaluate calls a function of look.js, or one that is given whole.
func evaluate[T any](p *Page, function string, args ...any) (T, error) {
	ctx, cancel := context.WithTimeout(p.ctx, Patience+5*time.Second)
	defer cancel()
	list, err := json.Marshal(notNil(args))
	if err != nil {
		var none T
		return none, err
	}
	return chromedp.Run(ctx, chromedp.Evaluate[T]("(() => {"+lookJS+"; return ("+function+")(..."+string(list)+")})()", chromedp.EvalAwaitPromise))
}

func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// must ends the test if there is an error.
func must[T any](p *Page) func(T, error) T {
	return func(v T, err error) T {
		p.t.Helper()
		if err != nil {
			p.fail("%v", err)
		}
		return v
	}
}
