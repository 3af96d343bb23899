package browser

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// place is where the focus is.
type place struct {
	role, name, value string
	expanded          bool
}

func (a place) is(role, name string) bool {
	return a.role == role && (a.name == name || strings.HasPrefix(a.name, name))
}

func (a place) String() string { return fmt.Sprintf("%s %q", a.role, a.name) }

// focused asks the browser's own tree what has the focus.
func (p *Page) focused() (place, error) {
	ctx, cancel := p.patience()
	defer cancel()
	return chromedp.Run(ctx, func(ctx context.Context, tab *chromedp.Target) (place, error) {
		el, err := cdp.Call(ctx, tab, runtime.Evaluate, runtime.EvaluateParams{Expression: "document.activeElement ?? document.body", ObjectGroup: group})
		if err != nil {
			return place{}, err
		}
		alone := false
		r, err := cdp.Call(ctx, tab, accessibility.GetPartialAXTree, accessibility.GetPartialAXTreeParams{ObjectID: el.Result.ObjectID, FetchRelatives: &alone})
		if err != nil || len(r.Nodes) == 0 {
			return place{}, err
		}
		n := r.Nodes[0]
		return place{
			role: words(n.Role), name: words(n.Name), value: words(n.Value),
			expanded: property(n, accessibility.PropertyNameExpanded) == "true",
		}, nil
	})
}

// nodes returns the tree that assistive technology is given.
func (p *Page) nodes() ([]*accessibility.Node, error) {
	ctx, cancel := p.patience()
	defer cancel()
	return chromedp.Run(ctx, func(ctx context.Context, tab *chromedp.Target) ([]*accessibility.Node, error) {
		r, err := cdp.Call(ctx, tab, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
		return r.Nodes, err
	})
}

// AccessibilityTree returns the page as assistive technology is told of it: an
// outline, a line for each thing that has a name or a value, and for its text.
func (p *Page) AccessibilityTree() string {
	p.t.Helper()
	return must[string](p)(p.outline())
}

// quiet roles say nothing that their children do not, and inline ones stand in the
// middle of a line.
var (
	quiet  = []string{"none", "generic", "InlineTextBox", "LineBreak", "presentation"}
	inline = []string{"strong", "emphasis", "code", "time", "mark", "deletion", "insertion", "subscript", "superscript", "Abbr"}
)

func (p *Page) outline() (string, error) {
	nodes, err := p.nodes()
	if err != nil || len(nodes) == 0 {
		return "", err
	}
	by := map[accessibility.NodeID]*accessibility.Node{}
	for _, n := range nodes {
		by[n.NodeID] = n
	}
	o := outliner{by: by}
	o.draw(nodes[0], 0, "")
	return o.out.String(), nil
}

type outliner struct {
	by   map[accessibility.NodeID]*accessibility.Node
	out  strings.Builder
	text bool // the last line is text, which goes on with more of it
}

// draw writes a node and what it holds; above is what its parent has said already.
func (o *outliner) draw(n *accessibility.Node, depth int, above string) {
	role, name, value := words(n.Role), words(n.Name), words(n.Value)
	switch {
	case n.Ignored || slices.Contains(quiet, role):
	case role == "StaticText":
		if strings.Contains(above, name) {
			break
		}
		if o.text {
			o.out.WriteString(" " + name)
		} else {
			o.line(depth, name)
		}
		o.text = true
	case name != "" || value != "" || focusable(n):
		o.line(depth, role)
		if name != "" {
			fmt.Fprintf(&o.out, " %q", name)
		}
		if value != "" {
			fmt.Fprintf(&o.out, " = %q", value)
		}
		o.text, depth, above = false, depth+1, name
	case !slices.Contains(inline, role):
		o.text = false
	}
	for _, id := range n.ChildIDs {
		if child := o.by[id]; child != nil {
			o.draw(child, depth, above)
		}
	}
}

func (o *outliner) line(depth int, words string) {
	if o.out.Len() > 0 {
		o.out.WriteString("\n")
	}
	o.out.WriteString(strings.Repeat("  ", depth) + words)
}

// fail ends the test with what is on the page.
func (p *Page) fail(format string, args ...any) {
	p.t.Helper()
	var also strings.Builder
	for _, wrong := range p.Wrong() {
		fmt.Fprintf(&also, "\nthe browser reports: %s", wrong)
	}
	if p.ctx.Err() != nil {
		p.t.Fatalf(format+"\n(the tab is closed)%s", append(args, also.String())...)
	}
	outline, err := p.outline()
	if err != nil {
		outline = fmt.Sprintf("(its tree cannot be had: %v)", err)
	}
	picture := "no screenshot"
	if dir, err := keptFolder(p.t); err == nil {
		path := filepath.Join(dir, "page.png")
		if shot, err := p.shoot(nil); err != nil {
			picture += ": " + err.Error()
		} else if err := os.WriteFile(path, shot, 0o600); err == nil {
			picture = "screenshot: " + path
		}
	}
	p.t.Fatalf(format+"%s\non the page:\n%s\n%s", append(args, also.String(), outline, picture)...)
}

// keptFolder is for what outlives a failed test: where -artifacts says, else a
// temporary folder that nobody removes.
func keptFolder(t interface{ ArtifactDir() string }) (string, error) {
	if dir := t.ArtifactDir(); !strings.HasPrefix(dir, os.TempDir()) {
		return dir, nil
	}
	return os.MkdirTemp("", "dbaccess-browser-")
}
