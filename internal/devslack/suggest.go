package devslack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// Suggest types into the external select called name (its action_id or label) and
// returns the labels of what the app offers. One of them can be chosen then. Less
// than its min_query_length is not sent.
func (p *Person) Suggest(ctx context.Context, on Surface, name, typed string) ([]string, error) {
	e, err := Find(on, name)
	if err != nil {
		return nil, err
	}
	offered, err := p.suggest(ctx, on.place(), e, typed)
	labels := []string{}
	for _, o := range offered {
		label, _ := o["text"].(object)
		labels = append(labels, str(label, "text"))
	}
	return labels, err
}

func (p *Person) suggest(ctx context.Context, at place, e Element, typed string) ([]object, error) {
	s := p.s
	if k := elements[e.Type]; !k.external {
		return nil, fmt.Errorf("a %s asks the app for nothing", e.Type)
	}
	least, given := e.def["min_query_length"].(float64)
	if !given {
		least = 3 // Slack's default
	}
	if utf8.RuneCountInString(typed) < int(least) {
		return nil, nil
	}
	payload, key, err := p.asking(at, e, typed)
	if err != nil {
		return nil, err
	}
	raw, err := s.deliver(ctx, kindInteractive, payload, true)
	if err != nil {
		return nil, err
	}
	var a object
	if len(raw) == 0 || json.Unmarshal(raw, &a) != nil {
		return nil, errors.New("the app offered nothing that is JSON")
	}
	c := checker{surface: onModal}
	groups := c.list("", a, "option_groups", 0, maxOptions)
	all := c.list("", a, "options", 0, maxOptions)
	if a["options"] == nil && a["option_groups"] == nil {
		c.fail("", "missing required field: options")
	}
	for i, g := range groups {
		at := fmt.Sprintf("/option_groups/%d", i)
		c.text(at, g, "label", true, true, maxOption)
		all = append(all, c.list(at, g, "options", 0, maxOptions)...)
	}
	for i, o := range all {
		c.option(fmt.Sprintf("/options/%d", i), o, true)
	}
	if len(c.problems) > 0 {
		s.o.Log.Warn("options refused", "why", c.problems)
		return nil, fmt.Errorf("the options are refused: %v", c.problems)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.world.offers[key] = all
	return all, nil
}

func (p *Person) asking(at place, e Element, typed string) (object, offerKey, error) {
	s := p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if at.view != "" {
		u, v, err := p.topView(at.view)
		if err != nil {
			return nil, offerKey{}, err
		}
		payload := s.suggestion(u, at, e, typed)
		payload["view"] = s.viewJSON(v)
		return payload, at.offerKey(u, e.BlockID, e.ActionID), nil
	}
	u, conv, err := p.who(at.channel)
	if err != nil {
		return nil, offerKey{}, err
	}
	m := s.seen(u, conv, at.ts)
	if m == nil {
		return nil, offerKey{}, fmt.Errorf("message %s is gone", at.ts)
	}
	payload := s.suggestion(u, at, e, typed)
	payload["channel"] = object{"id": conv.ID, "name": conv.payloadName()}
	payload["message"] = s.messageJSON(m)
	return payload, at.offerKey(u, e.BlockID, e.ActionID), nil
}

func (at place) offerKey(u *User, block, action string) offerKey {
	on := at.view
	if on == "" {
		on = at.channel + "/" + at.ts
	}
	return offerKey{u.ID, on, block, action}
}

// offers finds what the app last offered for an external select.
type offers func(block, action string) []object

func (s *Server) offersTo(u *User, at place) offers {
	return func(block, action string) []object { return s.world.offers[at.offerKey(u, block, action)] }
}
