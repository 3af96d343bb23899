package browser

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestAPageThatIsWellMadeHasNoProblems(t *testing.T) {
	t.Parallel()
	p := served(t, `<meta name="color-scheme" content="light dark"><style>:root { color-scheme: light dark } .dim { color: GrayText; opacity: .3 }
		.only-heard { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); color: white }
		:root { background: Canvas; color: CanvasText }</style>
		<h1>Requests</h1><button>Approve</button><button aria-label="Close">✕</button><button aria-label="general, 2 unread">general <b>2</b></button>
		<button aria-label="Deny the request of alice">Deny…</button><label>Why? <input></label>
		<button disabled class=dim>Off</button><img alt="" src="data:image/gif;base64,R0lGODlhAQABAAAAACw="><span class=only-heard>for ears</span>
		<dialog id=d aria-label="Sure?"><button>Yes</button></dialog>`)
	p.CheckAccessibility("a good page")
}

func TestEachProblemOfAccessibilityIsFound(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprint(w, `<!doctype html><html lang=en><title>Test</title><link rel=icon href="data:,"><body>`+r.FormValue("body"))
	}))
	t.Cleanup(s.Close)
	p := Open(t, s.URL)
	for name, c := range map[string]struct{ body, says string }{
		"a button without a name":      {`<h1>List</h1><button><svg width=9 height=9></svg></button>`, `a button has no name; it is in RootWebArea "Test"`},
		"another name than is read":    {`<button aria-label="Finish the access to shop">End now</button>`, `a button is called "Finish the access to shop", and on it stands "End now"`},
		"a field without a label":      {`<input>`, "a textbox has no name"},
		"a list without a label":       {`<select><option>one</select>`, "a combobox has no name"},
		"a link without words":         {`<a href="/"><i></i></a>`, "a link has no name"},
		"a dialog without a title":     {`<dialog open><button>Yes</button></dialog>`, `a dialog has no name; it holds "Yes"`},
		"a picture without words":      {`<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" width=9 height=9>`, "a image has no name"},
		"something focusable":          {`<div tabindex=0>a place</div>`, "a generic has no name"},
		"grey on white":                {`<p style="color:#999">hardly there</p>`, `"hardly there" has a contrast of 2.85`},
		"faint by opacity":             {`<div style="opacity:.4"><p>half gone</p></div>`, `"half gone" has a contrast of`},
		"on what stands behind":        {`<div style="background:#222"><p style="background:rgb(255 255 255 / 10%); color:#555">dark on dark</p></div>`, `"dark on dark" has a contrast of`},
		"on a gradient":                {`<div style="background:linear-gradient(90deg, #fff, #444)"><p style="color:#333">somewhere</p></div>`, `"somewhere" has a contrast of 1.3`},
		"a placeholder":                {`<label>Why <input placeholder="because"><style>::placeholder{color:#bbb}</style></label>`, `"because" has a contrast of`},
		"a modern colour":              {`<p style="color:oklch(0.8 0.1 200)">bright</p>`, `"bright" has a contrast of`},
		"an id given twice":            {`<p id=a>one</p><p id=a>two</p>`, `the id "a" is given more than once`},
		"a page wider than its window": {`<p style="width:2000px">wide</p>`, "wider than its window"},
	} {
		p.Go(s.URL + "/?" + url.Values{"body": {c.body}}.Encode())
		problems := p.AccessibilityProblems()
		if len(problems) != 1 || !strings.Contains(problems[0], c.says) {
			t.Errorf("%s: %q; want one: %s", name, problems, c.says)
		}
	}
}

func TestWhatIsOnlyFaintInTheDarkIsFound(t *testing.T) {
	t.Parallel()
	p := served(t, `<style>@media (prefers-color-scheme: dark) { body { background: #111; color: #333 } }</style><p>where am I?</p>`)
	said := &noting{TB: t}
	p.t = said
	p.CheckAccessibility("page")
	p.t = t
	if len(said.errors) != 1 || !strings.HasPrefix(said.errors[0], `page, dark: "where am I?" has a contrast of`) {
		t.Errorf("%q", said.errors)
	}
}

func TestADialogThatLetsTheFocusOutIsFound(t *testing.T) {
	t.Parallel()
	good := served(t, `<button>Behind</button><dialog aria-label="Sure?"><button>Yes</button><button>No</button></dialog>
		<script>document.querySelector("dialog").showModal()</script>`)
	good.CheckFocusTrap()
	bad := served(t, `<button>Behind</button><div role="dialog" aria-label="Sure?"><button>Yes</button><button>No</button></div>`)
	if said := failureOf(bad, bad.CheckFocusTrap); !strings.Contains(said, "leads out of the dialog, to <button>Behind") {
		t.Errorf("%q", said)
	}
}
