package browser

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

func TestMain(m *testing.M) {
	code := m.Run()
	os.Exit(max(code, Stop()))
}

// served opens a page with that body.
func served(t *testing.T, body string) *Page {
	t.Helper()
	return servedBy(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, `<!doctype html><html lang=en><title>Test</title><link rel=icon href="data:,">%s`, body)
	})
}

func servedBy(t *testing.T, h http.HandlerFunc) *Page {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return Open(t, s.URL)
}

func TestControlsAreFoundByTheirRolesAndNames(t *testing.T) {
	t.Parallel()
	p := served(t, `
		<p id=said>nothing yet</p>
		<article>Alice asks for INC-1 <button onclick="said.textContent='one approved'">Approve</button></article>
		<article>Bob asks for INC-2 <button onclick="said.textContent='two approved'">Approve</button></article>
		<button hidden onclick="said.textContent='hidden pressed'">Secret</button>
		<button aria-label="general, 3 unread" onclick="said.textContent='channel opened'">general</button>
		<button onclick="said.textContent='the wrong channel'">general-two</button>
		<button aria-label="Finish the access of Bob" onclick="said.textContent='ended'">End now <span aria-hidden=true>↗</span></button>
		<label>Why? <input oninput="said.textContent='because '+value"></label>`)
	p.Click("button", "Approve", "INC-1")
	p.Sees("one approved")
	p.Click("button", "Approve", "INC-2")
	p.Sees("two approved")
	p.Click("button", "general")
	p.Sees("channel opened")
	p.Click("button", "End now")
	p.Sees("ended")
	p.Type("textbox", "Why?", "größe & <b>")
	p.Sees("because größe & <b>")
	p.Type("textbox", "Why?", "")
	p.Sees("because")
	p.Misses("", "größe")
	for _, c := range []struct{ name, near, says string }{
		{"Approve", "", "there are 2 of button \"Approve\""},
		{"Approve", "INC-7", "there is no button \"Approve\" near"},
		{"Secret", "", "there is no button \"Secret\""},
	} {
		var near []string
		if c.near != "" {
			near = append(near, c.near)
		}
		if err := once(p, c.name, near); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s near %s: %v, want %q", c.name, near, err, c.says)
		}
	}
}

// once looks for a button without waiting for it.
func once(p *Page, name string, near []string) error {
	return chromedp.Do(p.ctx, chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := p.find(ctx, tab, "button", name, near)
		return err
	}))
}

func TestWhatComesLaterIsWaitedFor(t *testing.T) {
	t.Parallel()
	p := served(t, `<button disabled>Go</button><p></p><script>
		const b = document.querySelector("button"), say = (t) => document.querySelector("p").textContent = t;
		b.addEventListener("click", () => setTimeout(() => { say("gone, nearly"); setTimeout(() => say("done"), 300) }, 300));
		setTimeout(() => b.disabled = false, 300);
	</script>`)
	p.Click("button", "Go")
	p.Sees("nearly")
	p.Misses("", "nearly")
	p.Sees("done")
}

func TestAClickThatMissedIsDoneAgain(t *testing.T) {
	t.Parallel()
	// The button is replaced as soon as the mouse comes near, five times, and only
	// the last one does something.
	p := served(t, `<div></div><script>
		let made = 0;
		function make() {
			const b = document.createElement("button"), n = ++made;
			b.textContent = "Go";
			b.onmousedown = () => { if (n < 6) make() };
			b.onclick = () => document.title = "clicked " + n;
			document.querySelector("div").replaceChildren(b);
		}
		make();
	</script>`)
	p.Click("button", "Go")
	if title := must[string](p)(evaluate[string](p, "() => document.title")); title != "clicked 6" {
		t.Errorf("the page is %q", title)
	}
}

func TestACoveredControlIsNotPressed(t *testing.T) {
	t.Parallel()
	p := served(t, `<button onclick="document.title='pressed'">Go</button>
		<div style="position:fixed;inset:0;background:gray">in the way <button onclick="parentNode.remove()">Close</button></div>`)
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	err := chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		c, err := p.find(ctx, tab, "button", "Go", nil)
		if err != nil {
			return err
		}
		return p.press(ctx, tab, c)
	}))
	if err == nil || !strings.Contains(err.Error(), "covered") {
		t.Errorf("pressed through the cover: %v", err)
	}
	p.Click("button", "Close")
	p.Click("button", "Go")
}

func TestTheKeyboardAloneGoesEverywhere(t *testing.T) {
	t.Parallel()
	p := served(t, `<form onsubmit="event.preventDefault(); said.textContent = who.value + ' ' + how.value">
		<label>Who <input id=who></label>
		<label>How <select id=how><option>slowly</option><option>fast</option></select></label>
		<button>Send</button></form><p id=said></p>
		<dialog aria-label="Help"><button>OK</button></dialog>
		<script>addEventListener("keydown", (e) => {
			if (e.key === "k" && e.ctrlKey) document.querySelector("dialog").showModal();
			if (e.key === "/" && e.target === document.body) { e.preventDefault(); who.focus() }
		})</script>`)
	p.Press("/") // a key that the page handles types nothing
	p.HasFocus("textbox", "Who")
	p.Keys("alice")
	p.Press("Enter")
	p.Sees("alice slowly")
	p.Type("textbox", "Who", "")
	p.Press("Shift+Tab")
	p.Press("Tab")
	p.HasFocus("textbox", "Who")
	p.Keys("alice")
	p.TabTo("combobox", "How")
	p.Press("ArrowDown")
	p.TabTo("button", "Send")
	p.Press("Space")
	p.Sees("alice fast")
	p.Choose("How", "slowly")
	p.TabTo("button", "Send")
	p.Press("Enter")
	p.Sees("alice slowly")
	p.Press("Control+k")
	p.HasFocus("button", "OK")
	p.Press("Escape")
	p.HasFocus("button", "Send")
	p.TabBackTo("textbox", "Who")
}

func TestAFailureSaysWhatIsOnThePage(t *testing.T) {
	t.Parallel()
	p := served(t, `<h1>Requests</h1><button>Approve</button>`)
	said := failureOf(p, func() { p.fail("there is no %s", "peace") })
	for _, want := range []string{"there is no peace", `heading "Requests"`, `button "Approve"`, "screenshot: "} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not in:\n%s", want, said)
		}
	}
	_, path, _ := strings.Cut(said, "screenshot: ")
	shot, err := os.ReadFile(path)
	if err != nil || !strings.HasPrefix(string(shot), "\x89PNG") {
		t.Errorf("%s: %v", path, err)
	}
	if err := os.RemoveAll(filepath.Dir(path)); err != nil {
		t.Error(err)
	}
}

// failing is a test that notes why it failed.
type failing struct {
	testing.TB
	said strings.Builder
}

func (f *failing) Helper() {}
func (f *failing) Fatalf(format string, args ...any) {
	fmt.Fprintf(&f.said, format, args...)
	runtime.Goexit()
}

// failureOf returns what the page says when that fails its test.
func failureOf(p *Page, do func()) string {
	f := &failing{TB: p.t}
	p.t = f
	done := make(chan struct{})
	go func() {
		defer close(done)
		do()
	}()
	<-done
	p.t = f.TB
	return f.said.String()
}

func TestWhatThePageDoesWrongIsNoted(t *testing.T) {
	t.Parallel()
	bodies := map[string]struct{ body, says string }{
		"an exception":          {`<script>setTimeout(() => { throw new Error("oh no") })</script>`, "oh no"},
		"a rejection":           {`<script>Promise.reject(new Error("no promise"))</script>`, "no promise"},
		"an error on console":   {`<script>console.error("bad", 7)</script>`, "console: bad 7"},
		"a violation of policy": {`<p style="color:red">red</p>`, "Content Security Policy"},
		"a request that failed": {`<img src="/missing" alt="missing">`, "404"},
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Security-Policy", "style-src 'none'")
		_, _ = fmt.Fprintf(w, `<!doctype html><title>x</title><link rel=icon href="data:,">%s<p>drawn</p>`, bodies[r.FormValue("with")].body)
	}))
	t.Cleanup(s.Close)
	p := Open(t, s.URL)
	for name, c := range bodies {
		p.Go(s.URL + "/?" + url.Values{"with": {name}}.Encode())
		p.Sees("drawn")
		err := p.again(func(context.Context, *chromedp.Target) error {
			if wrong := p.Wrong(); len(wrong) != 1 || !strings.Contains(wrong[0], c.says) {
				return fmt.Errorf("the browser reports %q, want %q", wrong, c.says)
			}
			return nil
		})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		p.Allow(c.says)
		if wrong := p.Wrong(); len(wrong) != 0 {
			t.Errorf("what is allowed is reported: %q", wrong)
		}
	}
}

func TestPagesShareNothingAndTabsDo(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/in" {
			http.SetCookie(w, &http.Cookie{Name: "who", Value: "alice", Path: "/"})
		}
		who := "nobody"
		if c, err := r.Cookie("who"); err == nil {
			who = c.Value
		}
		_, _ = fmt.Fprintf(w, `<!doctype html><title>x</title><link rel=icon href="data:,"><p>you are %s</p><a href="/" target="_blank" rel="noopener">Again</a>`, who)
	}))
	t.Cleanup(s.Close)
	alice, other := Open(t, s.URL+"/in"), Open(t, s.URL)
	other.Sees("you are nobody")
	alice.OpenTab(s.URL).Sees("you are alice")
	opened := alice.ClickOpens("link", "Again")
	opened.Sees("you are alice")
	alice.Sees("you are nobody") // the answer that set the cookie
}

func TestSizeAndThemeAreAsChosen(t *testing.T) {
	t.Parallel()
	p := served(t, `<meta name="viewport" content="width=device-width"><p></p><script>
		const m = matchMedia("(prefers-color-scheme: dark)");
		const say = () => document.querySelector("p").textContent = innerWidth + (m.matches ? " dark" : " light");
		addEventListener("resize", say); m.addEventListener("change", say); say();</script>`)
	p.Sees("1280 light")
	p.Resize(390, 844)
	p.Sees("390 light")
	p.Dark(true)
	p.Sees("390 dark")
	path := filepath.Join(t.TempDir(), "page.png")
	p.Screenshot(path)
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if c, err := png.DecodeConfig(f); err != nil || c.Width != 390 || c.Height != 844 {
		t.Errorf("the picture is %+v, %v", c, err)
	}
}

// noting is a test that notes its errors.
type noting struct {
	testing.TB
	errors []string
}

func (n *noting) Helper() {}
func (n *noting) Errorf(format string, args ...any) {
	n.errors = append(n.errors, fmt.Sprintf(format, args...))
}

func TestAPictureShowsOnePlaceAtTheTimeThatIsSet(t *testing.T) {
	t.Parallel()
	p := served(t, `<body style="margin:0"><div style="height:2000px">far above</div>
		<article style="height:120px;width:300px;background:#345;color:#fff">INC-1 <time></time></article><article>INC-2</article>
		<script>document.querySelector("time").textContent = new Date().toISOString().slice(0, 16) + " " + Date.now()</script>`)
	p.Clock(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))
	p.Reload()
	p.SeesIn("article", "2026-03-02T12:00 17724528") // and some seconds
	img, err := png.Decode(bytes.NewReader(p.Picture(10, "article", "", "INC-1")))
	if err != nil {
		t.Fatal(err)
	}
	if b := img.Bounds(); b.Dx() != 310 || b.Dy() != 140 {
		t.Errorf("the picture is %v, want the article and 10 px around it (none at the left, where the page ends)", b)
	}
	if r, g, b, _ := img.At(200, 100).RGBA(); r>>8 != 0x33 || g>>8 != 0x44 || b>>8 != 0x55 {
		t.Errorf("it shows %d, %d, %d in the middle", r>>8, g>>8, b>>8)
	}
}
