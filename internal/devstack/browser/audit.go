package browser

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/chromedp/cdproto/accessibility"
)

//go:embed audit.js
var auditJS string

// minContrast is what WCAG 2.2 asks of text at level AA (success criterion 1.4.3).
// We ask it of large text, too.
const minContrast = 4.5

// interactive are the roles that people act on; each needs a name to be spoken of.
var interactive = []string{
	"button", "link", "textbox", "searchbox", "combobox", "listbox", "checkbox", "radio", "switch", "slider", "spinbutton",
	"tab", "menuitem", "menuitemcheckbox", "menuitemradio", "treeitem", "option", "MenuListOption", "ComboBoxSelect", "DisclosureTriangle",
	"Date", "InputTime", "PopUpButton", "ToggleButton",
}

// named are further roles that say nothing without a name.
var named = []string{"dialog", "alertdialog", "image", "img", "RootWebArea", "tablist", "radiogroup", "region", "navigation", "tabpanel", "menu"}

// CheckAccessibility looks at the screen in light and in dark, and reports every
// problem as an error: see AccessibilityProblems.
func (p *Page) CheckAccessibility(screen string) {
	p.t.Helper()
	was := p.dark
	for _, dark := range []bool{false, true} {
		p.Dark(dark)
		theme := "light"
		if dark {
			theme = "dark"
		}
		for _, problem := range p.AccessibilityProblems() {
			p.t.Errorf("%s, %s: %s", screen, theme, problem)
		}
	}
	p.Dark(was)
}

// AccessibilityProblems returns, in sentences, what bars people from the screen as
// it is now: controls, dialogs and pictures that the browser's tree gives no name,
// whatever takes the focus without one, text with little contrast, ids given twice,
// and a page wider than its window.
func (p *Page) AccessibilityProblems() []string {
	p.t.Helper()
	problems := unnamed(must[[]*accessibility.Node](p)(p.nodes()))
	audit := func(question string) string { return "() => {" + auditJS + "; return " + question + "}" }
	problems = append(problems, must[[]string](p)(evaluate[[]string](p, audit(fmt.Sprintf("faint(%g)", minContrast))))...)
	for _, id := range must[[]string](p)(evaluate[[]string](p, audit("twice()"))) {
		problems = append(problems, fmt.Sprintf("the id %q is given more than once", id))
	}
	if by := must[float64](p)(evaluate[float64](p, audit("wide()"))); by > 0 {
		problems = append(problems, fmt.Sprintf("the page is %g px wider than its window", by))
	}
	return problems
}

// unnamed returns a sentence for each node of the tree that lacks its name.
func unnamed(nodes []*accessibility.Node) (problems []string) {
	by := map[accessibility.NodeID]*accessibility.Node{}
	for _, n := range nodes {
		by[n.NodeID] = n
	}
	for _, n := range nodes {
		role := words(n.Role)
		if said := reads(n, by); slices.Contains(spoken, role) && !n.Ignored && words(n.Name) != "" && !saysAll(words(n.Name), said) {
			problems = append(problems, fmt.Sprintf("a %s is called %q, and on it stands %q: whoever speaks to the computer says what they read", role, words(n.Name), said))
		}
		if n.Ignored || words(n.Name) != "" || !focusable(n) && !slices.Contains(interactive, role) && !slices.Contains(named, role) {
			continue
		}
		problems = append(problems, fmt.Sprintf("a %s has no name%s", role, around(n, by)))
	}
	return problems
}

// spoken are the roles whose text people say to have them pressed (WCAG 2.2, 2.5.3).
var spoken = []string{"button", "link", "tab", "menuitem", "menuitemcheckbox", "menuitemradio"}

// reads returns the text that stands on a node.
func reads(n *accessibility.Node, by map[accessibility.NodeID]*accessibility.Node) string {
	var said []string
	for _, id := range n.ChildIDs {
		switch child := by[id]; {
		case child == nil:
		case words(child.Role) == "StaticText":
			said = append(said, words(child.Name))
		default:
			said = append(said, reads(child, by))
		}
	}
	return strings.Join(said, " ")
}

// saysAll reports whether a name has all the words of a text, in their order.
// Numbers on badges and signs are not said.
func saysAll(name, text string) bool {
	letters := func(r rune) bool { return !unicode.IsLetter(r) || unicode.Is(letterlike, r) }
	left := strings.FieldsFunc(strings.ToLower(text), letters)
	for _, word := range strings.FieldsFunc(strings.ToLower(name), letters) {
		if len(left) > 0 && left[0] == word {
			left = left[1:]
		}
	}
	return len(left) == 0
}

// letterlike are signs, such as ℹ, that Unicode counts among the letters.
var letterlike = &unicode.RangeTable{R16: []unicode.Range16{{Lo: 0x2100, Hi: 0x214f, Stride: 1}}}

// around says where a node is: by what it holds, else by what holds it.
func around(n *accessibility.Node, by map[accessibility.NodeID]*accessibility.Node) string {
	var told []string
	for _, id := range n.ChildIDs {
		if child := by[id]; child != nil && words(child.Name) != "" {
			told = append(told, words(child.Name))
		}
	}
	if len(told) > 0 {
		return fmt.Sprintf("; it holds %q", strings.Join(told, " "))
	}
	for at := by[n.ParentID]; at != nil; at = by[at.ParentID] {
		if words(at.Name) != "" {
			return fmt.Sprintf("; it is in %s %q", words(at.Role), words(at.Name))
		}
	}
	return ""
}

// CheckFocusTrap presses Tab all around an open dialog, both ways, and reports if
// the focus ever lands on something of the page behind it.
func (p *Page) CheckFocusTrap() {
	p.t.Helper()
	const inside = `() => {
		const at = document.activeElement, top = [...document.querySelectorAll("dialog[open],[role=dialog],[role=alertdialog]")].at(-1);
		if (!top) return "there is no dialog";
		// Between the last control and the first one the focus is with the browser.
		return !at || at === document.body || top.contains(at) ? "" : at.outerHTML.slice(0, 120);
	}`
	stops := must[int](p)(evaluate[int](p, `() => [...document.querySelectorAll("dialog[open],[role=dialog],[role=alertdialog]")].at(-1)
		?.querySelectorAll("a[href],button,input,select,textarea,[tabindex]").length ?? 0`))
	for _, key := range []string{"Tab", "Shift+Tab"} {
		for range stops + 3 {
			p.Press(key)
			if out := must[string](p)(evaluate[string](p, inside)); out != "" {
				p.fail("%s leads out of the dialog, to %s", key, out)
			}
		}
	}
}
