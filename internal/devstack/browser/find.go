package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

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

// find returns the control of that role and name, now. The name is the whole
// accessible name; if no control has it, what a name begins with. Of several
// controls it is the one that stands closest to the words.
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
	var exact, begins []*accessibility.Node
	for _, n := range tree.Nodes {
		switch said := words(n.Name); {
		case n.Ignored || disabled(n):
		case said == name:
			exact = append(exact, n)
		case strings.HasPrefix(said, name):
			begins = append(begins, n)
		}
	}
	if exact == nil {
		exact = begins
	}
	var objects []runtime.RemoteObjectID
	for _, n := range exact {
		o, err := cdp.Call(ctx, tab, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: n.BackendDOMNodeID, ObjectGroup: group})
		if err != nil {
			return control{}, err
		}
		objects = append(objects, o.Object.ObjectID)
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
	tick := time.NewTicker(30 * time.Millisecond)
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
