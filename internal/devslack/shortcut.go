package devslack

import (
	"context"
	"fmt"
	"slices"
)

// Shortcut starts one of the app's global shortcuts, from the lightning menu. It
// returns when the app has acknowledged; if it does not, the error is a
// [DeliveryError].
func (p *Person) Shortcut(ctx context.Context, callbackID string) error {
	s := p.s
	s.mu.Lock()
	u, err := p.offered("global", callbackID)
	var payload object
	if err == nil {
		payload = s.globalShortcut(u, callbackID)
	}
	s.mu.Unlock()
	if err != nil {
		return err
	}
	return p.start(ctx, payload, dmID(u.ID))
}

// MessageShortcut starts one of the app's shortcuts in a message's menu. The app
// need not be in the channel: it is given the message.
func (p *Person) MessageShortcut(ctx context.Context, on Message, callbackID string) error {
	s := p.s
	s.mu.Lock()
	u, err := p.offered("message", callbackID)
	var conv *conversation
	if err == nil {
		u, conv, err = p.who(on.Channel)
	}
	var payload object
	if err == nil {
		if m := s.message(conv.ID, on.TS); m != nil {
			payload = s.messageShortcut(u, conv, m, callbackID)
		} else {
			err = fmt.Errorf("there is no message %s in %s that has a menu", on.TS, conv.Name)
		}
	}
	s.mu.Unlock()
	if err != nil {
		return err
	}
	return p.start(ctx, payload, conv.ID)
}

// offered finds the person, to whom Slack must offer that shortcut. Server.mu is
// held.
func (p *Person) offered(kind, callbackID string) (*User, error) {
	u, err := p.user()
	if err != nil {
		return nil, err
	}
	known := slices.ContainsFunc(p.s.o.Shortcuts, func(sc Shortcut) bool { return sc.Type == kind && sc.CallbackID == callbackID })
	if !known {
		return nil, fmt.Errorf("the app has no %s shortcut %q", kind, callbackID)
	}
	return u, p.s.mayUse(u)
}

// mayUse reports why Slack keeps the app's commands and shortcuts from u.
func (s *Server) mayUse(u *User) error {
	switch {
	case u.Stranger:
		return fmt.Errorf("%s belongs to another company: Slack offers this app's commands to its own workspace only", u.Name)
	case s.o.NoGuests && (u.Restricted || u.UltraRestricted):
		return fmt.Errorf("%s is a guest, and this workspace keeps guests from the app's commands (restricted_action)", u.Name)
	}
	return nil
}

func (p *Person) start(ctx context.Context, payload object, channel string) error {
	_, err := p.s.deliver(ctx, kindInteractive, payload, false)
	if err != nil && ctx.Err() == nil {
		p.s.mu.Lock()
		defer p.s.mu.Unlock()
		p.s.slackbot(p.s.world.user(p.ref).ID, channel, fmt.Sprintf("The app did not answer your shortcut (%v).", err))
	}
	return err
}
