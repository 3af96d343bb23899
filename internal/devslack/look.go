package devslack

import (
	"context"
	"fmt"
	"slices"
)

// Snapshot is what a condition given to [Server.WaitFor] looks at. Each method
// reads the workspace as it is at that moment.
type Snapshot struct{ s *Server }

// Messages returns what stands in a channel, oldest first.
func (n Snapshot) Messages(channel string) []Message { return n.s.Messages(channel) }

// DMs returns the app's direct messages with a user.
func (n Snapshot) DMs(user string) []Message { return n.s.DMs(user) }

// Ephemerals returns what a user alone was shown.
func (n Snapshot) Ephemerals(user string) []Message { return n.s.Ephemerals(user) }

// Views returns a user's open modals, top last.
func (n Snapshot) Views(user string) []View { return n.s.Views(user) }

// Home returns what the app published on a user's App Home.
func (n Snapshot) Home(user string) (View, bool) { return n.s.Home(user) }

// Sockets returns how many sockets the app has open.
func (n Snapshot) Sockets() int { return n.s.Sockets() }

// Messages returns what stands in a channel (ID or name), oldest first. Messages
// that only one user sees are not among them.
func (s *Server) Messages(channel string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.conversation(channel)
	if c == nil {
		return nil
	}
	return copyOut(s.world.messages[c.ID])
}

// DMs returns the app's direct messages with a user (ID or name), oldest first.
func (s *Server) DMs(user string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.world.user(user)
	if u == nil {
		return nil
	}
	return copyOut(s.world.messages[dmID(u.ID)])
}

// Ephemerals returns what a user alone was shown, oldest first: answers to slash
// commands, posts to response URLs, chat.postEphemeral, and Slack's own notices
// that the app did not answer.
func (s *Server) Ephemerals(user string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.world.user(user)
	if u == nil {
		return nil
	}
	return copyOut(s.world.ephemerals[u.ID])
}

// Views returns a user's open modals, top last.
func (s *Server) Views(user string) []View {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.world.user(user)
	if u == nil {
		return nil
	}
	views := []View{}
	for _, v := range s.world.stacks[u.ID] {
		views = append(views, v.copyOut())
	}
	return views
}

// Home returns what the app published on a user's App Home.
func (s *Server) Home(user string) (View, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.world.user(user)
	if u == nil || s.world.homes[u.ID] == nil {
		return View{}, false
	}
	return s.world.homes[u.ID].copyOut(), true
}

// Unknown returns what the app asked for and this Slack does not know: methods
// ("files.upload") and arguments ("chat.update: argument colour"). A test that
// passes leaves it empty.
func (s *Server) Unknown() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.world.unknown)
}

// Sockets returns how many sockets the app has open.
func (s *Server) Sockets() int { return s.hub.count() }

// WaitFor returns when ok holds, or with an error that quotes ctx's when ctx ends
// first. It looks once at the start and again after every change.
func (s *Server) WaitFor(ctx context.Context, ok func(Snapshot) bool) error {
	for {
		s.mu.Lock()
		changed := s.world.changed // taken before looking: no change is missed
		s.mu.Unlock()
		if ok(Snapshot{s}) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("local slack: the awaited did not come about: %w", ctx.Err())
		case <-s.ctx.Done():
			return fmt.Errorf("local slack: closed while waiting")
		}
	}
}

func copyOut(list []*message) []Message {
	out := make([]Message, 0, len(list))
	for _, m := range list {
		out = append(out, m.copyOut())
	}
	return out
}
