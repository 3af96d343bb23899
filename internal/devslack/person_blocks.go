package devslack

import (
	"context"
	"errors"
	"fmt"
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
	who, err := p.user()
	if err != nil {
		return nil, at, err
	}
	entry, err := s.pressEntry(e, value, s.offersTo(who, at)(e.BlockID, e.ActionID))
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
func (s *Server) pressEntry(e Element, value any, offered []object) (object, error) {
	switch e.Type {
	case "button":
		if value != nil {
			return nil, errors.New("a button takes no value")
		}
		return nil, nil
	case "overflow":
		text, _ := value.(string)
		chosen, err := s.choice(e.def, text, offered)
		return object{"selected_option": chosen}, err
	}
	return s.entry(e.def, value, offered)
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
		u, v, err := p.topView(at.view)
		if err != nil {
			return err
		}
		state, err := s.fill(v.state, v.blocks, values, s.offersTo(u, at))
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
	state, err := s.fill(initialState(m.blocks).keep(s.world.drafts[key]), m.blocks, values, s.offersTo(u, at))
	if err == nil {
		s.world.drafts[key] = state
	}
	return err
}
