package devslack

import (
	"context"
	"errors"
	"fmt"
)

// VisitHome opens the app's Home tab: the person sees what the app published last,
// and the app is told (app_home_opened), so that it may publish something newer.
func (p *Person) VisitHome() (View, error) {
	s := p.s
	s.mu.Lock()
	u, err := p.user()
	switch {
	case err != nil:
	case s.o.NoHome:
		err = errors.New("this app has no Home tab")
	case u.Stranger:
		err = fmt.Errorf("%s belongs to another company and does not see this app's Home", u.Name)
	}
	if err != nil {
		s.mu.Unlock()
		return View{}, err
	}
	fields := object{"user": u.ID, "channel": dmID(u.ID), "tab": "home"}
	var before View
	if home := s.world.homes[u.ID]; home != nil {
		fields["view"] = s.viewJSON(home)
		before = home.copyOut()
	}
	event := s.event("app_home_opened", fields)
	s.mu.Unlock()
	s.sendEvents(event)
	return before, nil
}

// OpenHome visits the Home tab and waits until the app has published it anew. An
// app that does not is waited for until ctx ends.
func (p *Person) OpenHome(ctx context.Context) (View, error) {
	before, err := p.VisitHome()
	if err != nil {
		return View{}, err
	}
	var now View
	err = p.s.WaitFor(ctx, func(s Snapshot) bool {
		now, _ = s.Home(p.ref)
		return now.Hash != before.Hash
	})
	return now, err
}

// Home returns what the person sees on the app's Home tab: what the app published
// last, or false.
func (p *Person) Home() (View, bool) { return p.s.Home(p.ref) }
