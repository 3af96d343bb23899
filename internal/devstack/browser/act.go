package browser

import (
	"context"
	"fmt"
	"strings"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Click presses the control of that role and name with the mouse, once it is there,
// enabled, in sight and not covered. The name is the accessible one; if no control
// has it whole, it is the words that one begins with, or else the text on it. Where
// several are called so, near says words that stand near the one that is meant.
func (p *Page) Click(role, name string, near ...string) {
	p.t.Helper()
	if err := p.TryClick(role, name, near...); err != nil {
		p.fail("click: %v", err)
	}
}

// TryClick is Click for other goroutines.
func (p *Page) TryClick(role, name string, near ...string) error {
	return p.again(func(ctx context.Context, tab *chromedp.Target) error {
		c, err := p.find(ctx, tab, role, name, near)
		if err != nil {
			return err
		}
		return p.press(ctx, tab, c)
	})
}

// Has waits until there is a control of that role and name, and it can be used.
func (p *Page) Has(role, name string, near ...string) {
	p.t.Helper()
	err := p.again(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := p.find(ctx, tab, role, name, near)
		return err
	})
	if err != nil {
		p.fail("%v", err)
	}
}

// Hover moves the mouse over a place or control.
func (p *Page) Hover(role, name string, near ...string) {
	p.t.Helper()
	err := p.again(func(ctx context.Context, tab *chromedp.Target) error {
		c, err := p.find(ctx, tab, role, name, near)
		if err != nil {
			return err
		}
		x, y, err := middle(ctx, tab, c)
		if err != nil {
			return err
		}
		return mouse(ctx, tab, input.DispatchMouseEventTypeMouseMoved, x, y)
	})
	if err != nil {
		p.fail("move the mouse: %v", err)
	}
}

// covered tells whether a point of the element is what the mouse would hit: the
// element, something in it, or a label of it.
const covered = `function(x, y) {
	const at = document.elementFromPoint(x, y);
	return !at || !(this.contains(at) || [...this.labels ?? []].some((l) => l.contains(at)));
}`

// watched has the element remember that it was clicked. It listens before the page
// does, and changes nothing.
const watched = `function() { this.browserTestClicked = false; this.addEventListener("click", () => { this.browserTestClicked = true }, { capture: true, once: true }) }`

// press clicks, and makes sure that the element got it: a page that is redrawn
// between the looking and the pressing takes the element away.
func (p *Page) press(ctx context.Context, tab *chromedp.Target, c control) error {
	x, y, err := middle(ctx, tab, c)
	if err != nil {
		return err
	}
	hidden, err := call[bool](ctx, tab, c.object, covered, number(x), number(y))
	if err == nil && hidden {
		err = fmt.Errorf("%s is covered by something else", c.label)
	}
	if err == nil {
		_, err = call[any](ctx, tab, c.object, watched)
	}
	for _, event := range []input.DispatchMouseEventType{input.DispatchMouseEventTypeMouseMoved, input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased} {
		if err == nil {
			err = mouse(ctx, tab, event, x, y)
		}
	}
	if err != nil {
		return err
	}
	hit, err := call[bool](ctx, tab, c.object, "function() { return this.browserTestClicked }")
	if err != nil && replaced(err) {
		return nil // it led elsewhere
	}
	if err == nil && !hit {
		err = fmt.Errorf("%s went away under the mouse", c.label)
	}
	return err
}

// middle scrolls the control into view and returns its middle.
func middle(ctx context.Context, tab *chromedp.Target, c control) (x, y float64, err error) {
	if _, err := cdp.Call(ctx, tab, dom.ScrollIntoViewIfNeeded, dom.ScrollIntoViewIfNeededParams{ObjectID: c.object}); err != nil {
		return 0, 0, fmt.Errorf("%s: %w", c.label, err)
	}
	r, err := cdp.Call(ctx, tab, dom.GetContentQuads, dom.GetContentQuadsParams{ObjectID: c.object})
	if err != nil {
		return 0, 0, fmt.Errorf("%s: %w", c.label, err)
	}
	for _, q := range r.Quads {
		if len(q) == 8 && q[0] != q[4] && q[1] != q[5] {
			return (q[0] + q[4]) / 2, (q[1] + q[5]) / 2, nil
		}
	}
	return 0, 0, fmt.Errorf("%s has no area", c.label)
}

func mouse(ctx context.Context, tab *chromedp.Target, event input.DispatchMouseEventType, x, y float64) error {
	m := input.DispatchMouseEventParams{Type: event, X: x, Y: y}
	if event != input.DispatchMouseEventTypeMouseMoved {
		m.Button, m.ClickCount = input.MouseButtonLeft, 1
	}
	_, err := cdp.Call(ctx, tab, input.DispatchMouseEvent, m)
	return err
}

func number(f float64) *runtime.CallArgument {
	return &runtime.CallArgument{Value: fmt.Appendf(nil, "%g", f)}
}

// Type clicks into a field and types text in place of what stands there, key by
// key. A line break is Enter.
func (p *Page) Type(role, name, text string, near ...string) {
	p.t.Helper()
	p.Click(role, name, near...)
	p.Press("Control+a")
	if text == "" {
		p.Press("Delete")
	}
	p.Keys(text)
}

// Keys types text into whatever has the focus.
func (p *Page) Keys(text string) {
	p.t.Helper()
	ctx, cancel := p.patience()
	defer cancel()
	err := chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		for _, r := range text {
			if err := strike(ctx, tab, r, 0); err != nil {
				return err
			}
		}
		return nil
	}))
	if err != nil {
		p.fail("type %q: %v", text, err)
	}
}

// strike presses and releases one key. The raw event comes first, as from a
// keyboard, so that a page which handles a key keeps its character from being typed.
func strike(ctx context.Context, tab *chromedp.Target, key rune, held chromedp.Modifier) error {
	for _, k := range kb.Encode(key) {
		k.Modifiers |= int64(held)
		switch k.Type {
		case kb.KeyDown:
			k.Type = input.DispatchKeyEventTypeRawKeyDown
			if key == 'a' && held == chromedp.ModifierCtrl {
				k.Commands = []string{"selectAll"} // what the system's keyboard map makes of it, which headless has not
			}
		case kb.KeyChar:
			if held&^chromedp.ModifierShift != 0 {
				continue // a shortcut types nothing
			}
		}
		if _, err := cdp.Call(ctx, tab, input.DispatchKeyEvent, *k); err != nil {
			return err
		}
	}
	return nil
}

// keys are those without a character of their own.
var keys = map[string]string{
	"Tab": kb.Tab, "Enter": kb.Enter, "Escape": kb.Escape, "Space": " ", "Backspace": kb.Backspace, "Delete": kb.Delete,
	"ArrowUp": kb.ArrowUp, "ArrowDown": kb.ArrowDown, "ArrowLeft": kb.ArrowLeft, "ArrowRight": kb.ArrowRight,
	"Home": kb.Home, "End": kb.End, "PageUp": kb.PageUp, "PageDown": kb.PageDown,
}

var modifiers = map[string]chromedp.Modifier{
	"Shift": chromedp.ModifierShift, "Control": chromedp.ModifierCtrl, "Alt": chromedp.ModifierAlt, "Meta": chromedp.ModifierMeta,
}

// Press presses keys one after the other: "Tab", "Enter", "Escape", "ArrowDown",
// "Shift+Tab", "Control+k".
func (p *Page) Press(all ...string) {
	p.t.Helper()
	ctx, cancel := p.patience()
	defer cancel()
	for _, one := range all {
		if err := chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error { return pressKey(ctx, tab, one) })); err != nil {
			p.fail("press %s: %v", one, err)
		}
	}
}

func pressKey(ctx context.Context, tab *chromedp.Target, one string) error {
	parts := strings.Split(one, "+")
	var held chromedp.Modifier
	for _, name := range parts[:len(parts)-1] {
		m, ok := modifiers[name]
		if !ok {
			return fmt.Errorf("there is no modifier %q", name)
		}
		held |= m
	}
	name := parts[len(parts)-1]
	key, ok := keys[name]
	if !ok {
		key = name
	}
	if runes := []rune(key); len(runes) == 1 {
		return strike(ctx, tab, runes[0], held)
	}
	return fmt.Errorf("there is no key %q", name)
}

// TabTo presses Tab until the control of that role and name has the focus, as
// people do who have no mouse.
func (p *Page) TabTo(role, name string) { p.t.Helper(); p.walk("Tab", role, name) }

// TabBackTo is TabTo in the other direction.
func (p *Page) TabBackTo(role, name string) { p.t.Helper(); p.walk("Shift+Tab", role, name) }

func (p *Page) walk(key, role, name string) {
	p.t.Helper()
	var seen []string
	for range 120 {
		p.Press(key)
		at, err := p.focused()
		if err != nil {
			p.fail("look where the focus is: %v", err)
		}
		if at.is(role, name) {
			return
		}
		seen = append(seen, at.String())
	}
	p.fail("%s did not lead to %s %q, but to %s", key, role, name, strings.Join(seen, ", "))
}

// HasFocus waits until the control of that role and name has the focus.
func (p *Page) HasFocus(role, name string) {
	p.t.Helper()
	err := p.again(func(context.Context, *chromedp.Target) error {
		at, err := p.focused()
		if err == nil && !at.is(role, name) {
			err = fmt.Errorf("the focus is on %s, not on %s %q", at, role, name)
		}
		return err
	})
	if err != nil {
		p.fail("%v", err)
	}
}

// Choose chooses an option of a list by the keyboard: it goes to the list, types the
// beginning of the option's name, and takes what is found.
func (p *Page) Choose(name, option string, near ...string) {
	p.t.Helper()
	err := p.again(func(ctx context.Context, tab *chromedp.Target) error {
		c, err := p.find(ctx, tab, "combobox", name, near)
		if err == nil {
			_, err = cdp.Call(ctx, tab, dom.Focus, dom.FocusParams{ObjectID: c.object})
		}
		return err
	})
	if err != nil {
		p.fail("choose %q: %v", option, err)
	}
	p.Keys(option)
	if at := must[place](p)(p.focused()); at.expanded {
		p.Press("Enter")
	}
	err = p.again(func(context.Context, *chromedp.Target) error {
		at, err := p.focused()
		if err == nil && (at.expanded || !strings.HasPrefix(at.value, option)) {
			err = fmt.Errorf("%s has the value %q", at, at.value)
		}
		return err
	})
	if err != nil {
		p.fail("choose %q: %v", option, err)
	}
}
