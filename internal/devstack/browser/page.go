package browser

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// Page is one tab, used by one person. Its methods are called from the test's own
// goroutine, since they end the test if what they wait for does not come about;
// only those whose names begin with Try may be called from others.
type Page struct {
	t   testing.TB
	ctx context.Context // chromedp's: the tab, until the test ends

	width, height int
	dark          bool

	mu      sync.Mutex
	wrong   []string // what the page did that no page should
	allowed []string
}

// Open opens an address in a browser context of its own: no page of another Open
// shares its cookies or its storage. The tab is closed when the test ends.
func Open(t testing.TB, url string) *Page {
	t.Helper()
	p := newPage(t, running(t), chromedp.WithNewBrowserContext())
	p.Go(url)
	return p
}

// OpenTab opens an address in another tab of the same person's browser.
func (p *Page) OpenTab(url string) *Page {
	p.t.Helper()
	tab := newPage(p.t, p.ctx)
	tab.Go(url)
	return tab
}

// newPage makes a tab, as desktop wide as most. It is in UTC and has no moving
// parts, so that what it shows depends on nothing but the page.
func newPage(t testing.TB, parent context.Context, o ...chromedp.ContextOption) *Page {
	t.Helper()
	p := &Page{t: t, width: 1280, height: 800}
	ctx, cancel := chromedp.NewContext(parent, append(o, chromedp.WithListener(p.hear))...)
	p.ctx = ctx
	t.Cleanup(func() {
		cancel()
		for _, wrong := range p.Wrong() {
			t.Errorf("the browser reports: %s", wrong)
		}
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	p.ask(func(ctx context.Context, tab *chromedp.Target) error {
		if _, err := cdp.Call(ctx, tab, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, tab, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "UTC"})
		return err
	})
	p.Resize(p.width, p.height)
	p.Dark(false)
	return p
}

// ask runs commands in the tab that cannot fail as long as there is one.
func (p *Page) ask(do func(context.Context, *chromedp.Target) error) {
	p.t.Helper()
	ctx, cancel := p.patience()
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Func(do)); err != nil {
		p.t.Fatalf("the browser: %v", err)
	}
}

func (p *Page) patience() (context.Context, context.CancelFunc) {
	return context.WithTimeout(p.ctx, Patience)
}

// Go opens an address in the tab.
func (p *Page) Go(url string) {
	p.t.Helper()
	ctx, cancel := p.patience()
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(url)); err != nil {
		p.fail("open %s: %v", url, err)
	}
}

// Reload opens the address anew.
func (p *Page) Reload() {
	p.t.Helper()
	ctx, cancel := p.patience()
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Reload()); err != nil {
		p.fail("reload: %v", err)
	}
}

// Back is the browser's own button.
func (p *Page) Back() {
	p.t.Helper()
	ctx, cancel := p.patience()
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.NavigateBack()); err != nil {
		p.fail("go back: %v", err)
	}
}

// Address returns what stands in the address bar.
func (p *Page) Address() string {
	p.t.Helper()
	return must[string](p)(evaluate[string](p, "() => location.href"))
}

// ClickOpens presses what opens a new tab, and returns that.
func (p *Page) ClickOpens(role, name string, near ...string) *Page {
	p.t.Helper()
	before := must[[]target.ID](p)(p.tabs())
	p.Click(role, name, near...)
	var tab *Page
	err := p.again(func(context.Context, *chromedp.Target) error {
		now, err := p.tabs()
		if err != nil {
			return err
		}
		opened := slices.DeleteFunc(now, func(id target.ID) bool { return slices.Contains(before, id) })
		if len(opened) != 1 {
			return fmt.Errorf("%s %q opened %d new tabs", role, name, len(opened))
		}
		tab = newPage(p.t, p.ctx, chromedp.WithTargetID(opened[0]))
		return nil
	})
	if err != nil {
		p.fail("%v", err)
	}
	tab.Resize(p.width, p.height)
	tab.Dark(p.dark)
	return tab
}

// tabs are the person's tabs that show something.
func (p *Page) tabs() (ids []target.ID, err error) {
	all, err := chromedp.Targets(p.ctx)
	mine := chromedp.FromContext(p.ctx).BrowserContextID
	for _, i := range all {
		if i.Type == "page" && i.BrowserContextID == mine && i.URL != "" && i.URL != "about:blank" {
			ids = append(ids, i.TargetID)
		}
	}
	return ids, err
}

// Allow takes a message of the browser's log for expected, if it contains text:
// a refusal that a story is about is logged as an error, too.
func (p *Page) Allow(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.allowed = append(p.allowed, text)
}

// Wrong returns what the page did that no page should: exceptions that nobody
// caught, errors on the console, violations of its Content-Security-Policy,
// requests that failed; without what is allowed.
func (p *Page) Wrong() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(p.wrong), func(wrong string) bool {
		return slices.ContainsFunc(p.allowed, func(a string) bool { return strings.Contains(wrong, a) })
	})
}

// hear runs on the goroutine that reads the browser's messages.
func (p *Page) hear(ev any) {
	var wrong string
	switch ev := ev.(type) {
	case *runtime.EventExceptionThrown:
		wrong = "exception: " + exception(ev.ExceptionDetails)
	case *runtime.EventConsoleAPICalled:
		if ev.Type != runtime.ConsoleAPICalledTypeError && ev.Type != runtime.ConsoleAPICalledTypeAssert {
			return
		}
		wrong = "console:"
		for _, a := range ev.Args {
			said := strings.Trim(string(a.Value), `"`)
			if a.Type == runtime.RemoteObjectTypeObject {
				said = a.Description
			}
			wrong += " " + said
		}
	case *log.EventEntryAdded:
		// When a test is over its servers go first, and that is no fault of the page.
		if over := p.t.Context().Err() != nil; ev.Entry.Level != log.EntryLevelError || over && ev.Entry.Source == log.EntrySourceNetwork {
			return
		}
		wrong = fmt.Sprintf("%s: %s", ev.Entry.Source, ev.Entry.Text)
		if ev.Entry.URL != "" {
			wrong += " (" + ev.Entry.URL + ")"
		}
	default:
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wrong = append(p.wrong, wrong)
}
