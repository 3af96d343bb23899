package devslack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Click presses the button called name (its action_id, or else its label) on a
// message or view, as the person sees it there. It returns when the app has
// acknowledged; if it does not, the error is a [DeliveryError]. A confirmation
// dialog counts as confirmed.
func (p *Person) Click(ctx context.Context, on Surface, name string) error {
	e, err := Find(on, name)
	if err != nil {
		return err
	}
	return p.Press(ctx, on, e, nil)
}

// Choose picks value in the select, radio buttons, date picker… called name: an
// option's value or label, or several. Where the element stands in an input block
// without dispatch_action the app learns of it at submission only.
func (p *Person) Choose(ctx context.Context, on Surface, name string, value any) error {
	e, err := Find(on, name)
	if err != nil {
		return err
	}
	return p.Press(ctx, on, e, value)
}

// Press acts on an element: presses a button (value is nil), or types or chooses
// value.
func (p *Person) Press(ctx context.Context, on Surface, e Element, value any) error {
	payload, at, err := p.pressed(on.place(), e, value)
	if err != nil || payload == nil {
		return err
	}
	_, err = p.s.deliver(ctx, kindInteractive, payload, true)
	if err != nil && ctx.Err() == nil {
		p.s.mu.Lock()
		defer p.s.mu.Unlock()
		if v := p.s.viewBy(func(v *view) bool { return v.id == at.view }); v != nil {
			v.problem = trouble
			p.s.touch()
		} else if u, who := p.user(); who == nil {
			p.s.slackbot(u.ID, at.channel, fmt.Sprintf("The app did not answer your click (%v).", err))
		}
	}
	return err
}

// pressed changes what the person has typed or chosen, and returns the payload for
// the app, nil if it is not to know yet.
func (p *Person) pressed(at place, e Element, value any) (object, place, error) {
	s := p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.def == nil {
		return nil, at, errors.New("the element must come from Find or Elements")
	}
	entry, err := s.pressEntry(e, value)
	if err != nil {
		return nil, at, err
	}
	quiet := false
	for _, b := range at.blocks {
		if b["type"] == "input" && str(b, "block_id") == e.BlockID {
			dispatch, _ := b["dispatch_action"].(bool)
			quiet = !dispatch
		}
	}
	if at.view != "" {
		u, v, err := p.topView(at.view)
		if err != nil {
			return nil, at, err
		}
		if elements[e.Type].valueKey != "" {
			v.state = v.state.clone()
			v.state.put(e.BlockID, e.ActionID, entry)
			s.touch()
		}
		if quiet {
			return nil, at, nil
		}
		v.problem = ""
		return s.viewAction(u, v, s.actionJSON(e, entry)), at, nil
	}
	u, conv, err := p.who(at.channel)
	if err != nil {
		return nil, at, err
	}
	m := s.seen(u, conv, at.ts)
	if m == nil {
		return nil, at, fmt.Errorf("message %s is gone", at.ts)
	}
	key := draftKey{u.ID, conv.ID, m.TS}
	state := initialState(m.blocks).keep(s.world.drafts[key])
	if elements[e.Type].valueKey != "" {
		state.put(e.BlockID, e.ActionID, entry)
		s.world.drafts[key] = state
		s.touch()
	}
	if quiet {
		return nil, at, nil
	}
	return s.messageAction(u, conv, m, state, s.actionJSON(e, entry)), at, nil
}

// pressEntry is what the act leaves in the element: nothing for a button.
func (s *Server) pressEntry(e Element, value any) (object, error) {
	switch e.Type {
	case "button":
		if value != nil {
			return nil, errors.New("a button takes no value")
		}
		return nil, nil
	case "overflow":
		text, _ := value.(string)
		chosen, err := s.choice(e.def, text)
		return object{"selected_option": chosen}, err
	}
	return s.entry(e.def, value)
}

// seen is the message that u sees at ts.
func (s *Server) seen(u *User, conv *conversation, ts string) *message {
	if m := s.message(conv.ID, ts); m != nil {
		return m
	}
	for _, m := range s.world.ephemerals[u.ID] {
		if m.Channel == conv.ID && m.TS == ts {
			return m
		}
	}
	return nil
}

// topView is the view the person can touch: the top one (or App Home).
func (p *Person) topView(id string) (*User, *view, error) {
	u, err := p.user()
	if err != nil {
		return nil, nil, err
	}
	if home := p.s.world.homes[u.ID]; home != nil && home.id == id {
		return u, home, nil
	}
	stack := p.s.world.stacks[u.ID]
	if len(stack) == 0 || stack[len(stack)-1].id != id {
		return nil, nil, fmt.Errorf("view %s is not the one that %s has on top", id, u.Name)
	}
	return u, stack[len(stack)-1], nil
}

// Fill types and chooses values on a message or view, and presses nothing.
func (p *Person) Fill(on Surface, values Values) error {
	at := on.place()
	s := p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.touch()
	if at.view != "" {
		_, v, err := p.topView(at.view)
		if err != nil {
			return err
		}
		state, err := s.fill(v.state, v.blocks, values)
		if err == nil {
			v.state = state
		}
		return err
	}
	u, conv, err := p.who(at.channel)
	if err != nil {
		return err
	}
	m := s.seen(u, conv, at.ts)
	if m == nil {
		return fmt.Errorf("message %s is gone", at.ts)
	}
	key := draftKey{u.ID, conv.ID, m.TS}
	state, err := s.fill(initialState(m.blocks).keep(s.world.drafts[key]), m.blocks, values)
	if err == nil {
		s.world.drafts[key] = state
	}
	return err
}

// SubmitResult is what came of submitting a modal.
type SubmitResult struct {
	Delivered bool              `json:"delivered"`        // false: Slack itself found something missing and sent nothing
	Action    string            `json:"action,omitempty"` // the app's answer: close, errors, update, push or clear
	Errors    map[string]string `json:"errors,omitempty"` // sentences by block_id, Slack's own or the app's
	Top       *View             `json:"top,omitempty"`    // the view that is on top now; nil if none is open
}

// Submit fills values into the person's top modal and submits it. Required inputs
// left empty are found by Slack itself, as its own client does, and the app is not
// asked. If the app does not answer, or wrongly, the view stays with a problem,
// and the error says why.
func (p *Person) Submit(ctx context.Context, viewID string, values Values) (SubmitResult, error) {
	s := p.s
	u, v, payload, complaints, err := p.submitted(viewID, values)
	if err != nil {
		return SubmitResult{}, err
	}
	result := SubmitResult{Errors: complaints, Action: "errors"}
	if payload != nil {
		var raw json.RawMessage
		raw, err = s.deliver(ctx, kindInteractive, payload, true)
		result = SubmitResult{Delivered: true}
		s.mu.Lock()
		if err == nil {
			result.Action, err = s.answered(v, raw)
			result.Errors = v.errors
		}
		if err != nil {
			v.problem = trouble
		}
		s.touch()
		s.mu.Unlock()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if stack := s.world.stacks[u.ID]; len(stack) > 0 {
		top := stack[len(stack)-1].copyOut()
		result.Top = &top
	}
	return result, err
}

func (p *Person) submitted(viewID string, values Values) (*User, *view, object, map[string]string, error) {
	s := p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	u, v, err := p.topView(viewID)
	if err != nil {
		return nil, nil, nil, nil, err
	}
	if v.def["submit"] == nil {
		return nil, nil, nil, nil, errors.New("this view has nothing to submit")
	}
	if v.state, err = s.fill(v.state, v.blocks, values); err != nil {
		return nil, nil, nil, nil, err
	}
	v.problem, v.errors = "", complaints(v.blocks, v.state)
	s.touch()
	if len(v.errors) > 0 {
		return u, v, nil, v.errors, nil
	}
	v.errors = nil
	return u, v, s.submission(u, v), nil, nil
}

// answered does what the app answered to a submission.
func (s *Server) answered(v *view, raw json.RawMessage) (string, error) {
	var a struct {
		Action string            `json:"response_action"`
		View   object            `json:"view"`
		Errors map[string]string `json:"errors"`
	}
	if len(raw) > 0 && json.Unmarshal(raw, &a) != nil {
		return "", errors.New("the answer to the submission is not JSON")
	}
	stack := s.world.stacks[v.user]
	i := slices.Index(stack, v)
	switch a.Action {
	case "":
		if i >= 0 {
			s.world.stacks[v.user] = slices.Clone(stack[:i])
		}
		return "close", nil
	case "clear":
		s.world.stacks[v.user] = nil
		return "clear", nil
	case "errors":
		return "errors", s.showErrors(v, a.Errors)
	case "update":
		if err := checkView(a.View, onModal); err != nil {
			return "", viewProblem(err)
		}
		v.set(a.View)
		return "update", nil
	case "push":
		pushed, err := s.newView(v.user, a.View, onModal)
		if err == nil {
			err = s.push(pushed)
		}
		if err != nil {
			return "", viewProblem(err)
		}
		return "push", nil
	}
	return "", fmt.Errorf("unknown response_action %q", a.Action)
}

// showErrors puts the app's sentences under the inputs. Slack takes errors for
// input blocks only; anything else is "trouble connecting" to the person.
func (s *Server) showErrors(v *view, sentences map[string]string) error {
	if len(sentences) == 0 {
		return errors.New("response_action errors without errors")
	}
	for id := range sentences {
		if !slices.ContainsFunc(v.blocks, func(b object) bool { return b["type"] == "input" && b["block_id"] == id }) {
			return fmt.Errorf("an error for %q, which is no input block", id)
		}
	}
	v.errors = sentences
	return nil
}

func viewProblem(err error) error {
	if e, ok := errors.AsType[*apiError](err); ok {
		return fmt.Errorf("the view is refused: %s %v", e.code, e.messages)
	}
	return err
}

// Close closes the person's top modal, or with clear_on_close all of them. The app
// is told of those that asked for it.
func (p *Person) Close(ctx context.Context, viewID string) error {
	s := p.s
	var payloads []object
	err := func() error {
		s.mu.Lock()
		defer s.mu.Unlock()
		u, v, err := p.topView(viewID)
		if err != nil {
			return err
		}
		stack := s.world.stacks[u.ID]
		if !slices.Contains(stack, v) {
			return errors.New("a view on App Home cannot be closed")
		}
		left := len(stack) - 1
		all, _ := v.def["clear_on_close"].(bool)
		if all {
			left = 0
		}
		for _, closed := range stack[left:] {
			if notify, _ := closed.def["notify_on_close"].(bool); notify {
				payloads = append(payloads, s.closing(u, closed, all))
			}
		}
		s.world.stacks[u.ID] = slices.Clone(stack[:left])
		s.touch()
		return nil
	}()
	for _, payload := range payloads {
		if _, e := s.deliver(ctx, kindInteractive, payload, false); e != nil {
			err = errors.Join(err, e)
		}
	}
	return err
}
