package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// control is an element that the accessibility tree names, for as long as the page
// keeps it.
type control struct {
	object runtime.RemoteObjectID
	label  string // for people: button "Approve"
}

// find returns the control of that role and name, now: see Click. Disabled ones, and
// those that are hidden from people, do not count.
func (p *Page) find(ctx context.Context, tab *chromedp.Target, role, name string, near []string) (control, error) {
	label := fmt.Sprintf("%s %q", role, name)
	if len(near) > 0 {
		label += fmt.Sprintf(" near %q", near)
	}
	document, err := cdp.Call(ctx, tab, runtime.Evaluate, runtime.EvaluateParams{Expression: "document", ObjectGroup: group})
	if err != nil {
		return control{}, err
	}
	tree, err := cdp.Call(ctx, tab, accessibility.QueryAXTree, accessibility.QueryAXTreeParams{ObjectID: document.Result.ObjectID, Role: role})
	if err != nil {
		return control{}, err
	}
	objects, err := called(ctx, tab, name, tree.Nodes)
	if err != nil {
		return control{}, err
	}
	switch {
	case len(objects) == 0:
		return control{}, fmt.Errorf("there is no %s", label)
	case len(near) == 0 && len(objects) > 1:
		return control{}, fmt.Errorf("there are %d of %s: say which by words that stand near it", len(objects), label)
	case len(near) == 0:
		return control{object: objects[0], label: label}, nil
	}
	at, err := closest(ctx, tab, document.Result.ObjectID, near, objects)
	if err == nil && at < 0 {
		err = fmt.Errorf("there is no %s", label)
	}
	if err != nil {
		return control{}, err
	}
	return control{object: objects[at], label: label}, nil
}

// called chooses the nodes that people would call so: by their whole accessible
// name; else by the words it begins with; else by the text that can be read on them.
// Without a name it is all of them.
func called(ctx context.Context, tab *chromedp.Target, name string, nodes []*accessibility.Node) ([]runtime.RemoteObjectID, error) {
	var all, exact, begins []*accessibility.Node
	for _, n := range nodes {
		if n.Ignored || disabled(n) {
			continue
		}
		all = append(all, n)
		said, more := strings.CutPrefix(words(n.Name), name)
		switch {
		case !more:
		case said == "" || name == "":
			exact = append(exact, n)
		case wordEnds(said):
			begins = append(begins, n)
		}
	}
	for _, some := range [][]*accessibility.Node{exact, begins} {
		if some != nil {
			return resolve(ctx, tab, some)
		}
	}
	objects, err := resolve(ctx, tab, all)
	if err != nil {
		return nil, err
	}
	var reads []runtime.RemoteObjectID
	for _, o := range objects {
		text, err := call[string](ctx, tab, o, "function() {"+lookJS+"; return caption(this)}")
		if err != nil {
			return nil, err
		}
		if text == name {
			reads = append(reads, o)
		}
	}
	return reads, nil
}

// wordEnds reports whether what comes after a name's beginning is another word:
// db-approvals is not how people begin to say db-approvals-prod.
func wordEnds(rest string) bool {
	next, _ := utf8.DecodeRuneInString(rest)
	return !unicode.IsLetter(next) && !unicode.IsDigit(next) && next != '-' && next != '_'
}

func resolve(ctx context.Context, tab *chromedp.Target, nodes []*accessibility.Node) (objects []runtime.RemoteObjectID, err error) {
	for _, n := range nodes {
		o, err := cdp.Call(ctx, tab, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: n.BackendDOMNodeID, ObjectGroup: group})
		if err != nil {
			return nil, err
		}
		objects = append(objects, o.Object.ObjectID)
	}
	return objects, nil
}

// group names the objects that are held, so that they can be let go together.
const group = "browser-test"

func closest(ctx context.Context, tab *chromedp.Target, document runtime.RemoteObjectID, near []string, objects []runtime.RemoteObjectID) (int, error) {
	list, err := json.Marshal(near)
	if err != nil {
		return 0, err
	}
	args := []*runtime.CallArgument{{Value: list}}
	for _, o := range objects {
		args = append(args, &runtime.CallArgument{ObjectID: o})
	}
	return call[int](ctx, tab, document, "function(near, ...els) {"+lookJS+"; return closest(near, els)}", args...)
}

// call calls a function on an object of the page.
func call[T any](ctx context.Context, tab *chromedp.Target, on runtime.RemoteObjectID, function string, args ...*runtime.CallArgument) (T, error) {
	var v T
	byValue, await := true, true
	r, err := cdp.Call(ctx, tab, runtime.CallFunctionOn, runtime.CallFunctionOnParams{
		FunctionDeclaration: function, ObjectID: on, Arguments: args, ReturnByValue: &byValue, AwaitPromise: &await,
	})
	if err == nil && r.ExceptionDetails != nil {
		err = errors.New(exception(r.ExceptionDetails))
	}
	if err != nil || len(r.Result.Value) == 0 {
		return v, err
	}
	return v, json.Unmarshal(r.Result.Value, &v)
}

func exception(d *runtime.ExceptionDetails) string {
	if d.Exception != nil && d.Exception.Description != "" {
		return d.Text + " " + d.Exception.Description
	}
	return fmt.Sprintf("%s (%s:%d)", d.Text, d.URL, d.LineNumber+1)
}

// words returns a value of the tree as text.
func words(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	var s string
	if json.Unmarshal(v.Value, &s) != nil {
		return strings.Trim(string(v.Value), `"`)
	}
	return strings.Join(strings.Fields(s), " ")
}

func disabled(n *accessibility.Node) bool {
	return property(n, accessibility.PropertyNameDisabled) == "true"
}

func focusable(n *accessibility.Node) bool {
	return property(n, accessibility.PropertyNameFocusable) == "true"
}

func property(n *accessibility.Node, name accessibility.PropertyName) string {
	for _, q := range n.Properties {
		if q.Name == name {
			return words(q.Value)
		}
	}
	return ""
}

// again tries until it succeeds, or patience is over: what is looked for may come
// yet, and what was found may be redrawn under the hand.
func (p *Page) again(try func(context.Context, *chromedp.Target) error) error {
	ctx, cancel := p.patience()
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	var last error
	for {
		err := chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
			defer func() {
				_, _ = cdp.Call(ctx, tab, runtime.ReleaseObjectGroup, runtime.ReleaseObjectGroupParams{ObjectGroup: group})
			}()
			return try(ctx, tab)
		}))
		if err == nil {
			return nil
		}
		if ctx.Err() == nil || last == nil {
			last = err
		}
		select {
		case <-ctx.Done():
			return last
		case <-tick.C:
		}
	}
}
