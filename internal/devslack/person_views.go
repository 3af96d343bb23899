package devslack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

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
	if v.state, err = s.fill(v.state, v.blocks, values, s.offersTo(u, place{view: viewID})); err != nil {
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
func (p *Person) Close(ctx context.Context, viewID string) error { return p.close(ctx, viewID, false) }

// CloseAll closes the person's modals from the top one down, as the cross in its
// corner does. The app is told of those that asked for it.
func (p *Person) CloseAll(ctx context.Context, viewID string) error {
	return p.close(ctx, viewID, true)
}

func (p *Person) close(ctx context.Context, viewID string, all bool) error {
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
		if whole, _ := v.def["clear_on_close"].(bool); whole {
			all = true
		}
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
