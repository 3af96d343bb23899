package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"dbaccess/internal/devstack"
	"dbaccess/internal/fault"
)

// Patience is how long a page waits for one thing to come about.
const Patience = 30 * time.Second

// The process's browser.
var (
	mu      sync.Mutex // guards what follows, and is held while the browser starts
	root    context.Context
	rootErr error // why it could not be started, so that each test says it
	said    sync.Once
)

// Find returns the path of the Chromium to run; the error says how to get one.
func Find() (path string, err error) { return devstack.FindChromium() }

// Stop ends the process's browser, if there is one, and returns 1 if that fails:
// for TestMain, after the tests.
func Stop() (code int) {
	mu.Lock()
	defer mu.Unlock()
	if root == nil {
		return 0
	}
	ctx, cancel := context.WithTimeout(root, 10*time.Second)
	defer cancel()
	if err := chromedp.Cancel(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "stop the tests' Chromium:", err)
		return 1
	}
	root = nil
	return 0
}

// Require leaves the test out if there is no browser, or fails it if there must be
// one: for tests that begin with something else.
func Require(t testing.TB) { t.Helper(); running(t) }

// running returns the process's browser. Where there is none, tests are left out,
// unless CI says that they must run.
func running(t testing.TB) context.Context {
	t.Helper()
	path, err := Find()
	if err != nil {
		f := fault.Show(err)
		if os.Getenv("CI") != "" {
			t.Fatalf("%s %s", f.Msg, f.Hint)
		}
		said.Do(func() { fmt.Fprintln(os.Stderr, f.Msg, "They are left out.", f.Hint) })
		t.Skip("no Chromium")
	}
	mu.Lock()
	defer mu.Unlock()
	if root == nil && rootErr == nil {
		root, rootErr = start(path)
	}
	if rootErr != nil {
		t.Fatalf("start %s: %v", path, rootErr)
	}
	return root
}

// flags start a browser that shows nothing, calls nobody, and stays awake when no
// one looks at its windows. A fresh profile is chromedp's default, and so is
// running without a sandbox as root, which Chromium demands.
var flags = map[string]any{
	"headless": true, "disable-gpu": true, "hide-scrollbars": true, "mute-audio": true,
	"no-first-run": true, "no-default-browser-check": true, "disable-default-apps": true, "disable-extensions": true,
	"disable-quic": true, "disable-sync": true, "disable-background-networking": true, "disable-component-update": true,
	"disable-client-side-phishing-detection": true, "disable-breakpad": true, "metrics-recording-only": true,
	"disable-background-timer-throttling": true, "disable-backgrounding-occluded-windows": true, "disable-renderer-backgrounding": true,
	"disable-hang-monitor": true, "disable-ipc-flooding-protection": true, "disable-dev-shm-usage": true,
	"disable-features": "Translate,OptimizationHints,MediaRouter,DialMediaRouteProvider",
	"password-store":   "basic", "use-mock-keychain": true, "force-color-profile": "srgb", "lang": "en-US",
}

// start starts a browser that lives until it is cancelled, or this process ends.
func start(path string) (context.Context, error) {
	options := []chromedp.ExecAllocatorOption{chromedp.ExecPath(path)}
	for name, value := range flags {
		options = append(options, chromedp.Flag(name, value))
	}
	allocator, _ := chromedp.NewExecAllocator(context.Background(), options...)
	// What chromedp itself finds remarkable is not ours to judge.
	ctx, cancel := chromedp.NewContext(allocator, chromedp.WithErrorf(func(string, ...any) {}))
	// The first run must not have a deadline: the browser lives as long as its context.
	late := time.AfterFunc(time.Minute, cancel)
	err := chromedp.Do(ctx)
	if !late.Stop() {
		err = errors.Join(errors.New("it was not ready after a minute"), err)
	}
	if err != nil {
		cancel()
		return nil, err
	}
	return ctx, nil
}
