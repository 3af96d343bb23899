package devslack

import (
	"fmt"
	"slices"
	"strings"
)

// Read marks what the person has seen of a channel: everything up to ts. An older
// ts than before marks the rest unread again; an empty one all.
func (p *Person) Read(channel, ts string) error {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	u, conv, err := p.who(channel)
	if err != nil {
		return err
	}
	p.s.world.reads[readKey{u.ID, conv.ID}] = ts
	p.s.touch()
	return nil
}

type readKey struct{ user, channel string }

// unread counts what u has not seen in conv yet, and how much of it is addressed
// to u: mentions, and everything in direct messages.
func (s *Server) unread(u *User, conv *conversation) (all, mentions int) {
	seen := s.world.reads[readKey{u.ID, conv.ID}]
	list := s.world.messages[conv.ID]
	for i := len(list) - 1; i >= 0 && compareTS(list[i].TS, seen) > 0; i-- {
		m := list[i]
		if m.User == u.ID {
			continue
		}
		inChannel := !m.InThread() || m.Broadcast
		if inChannel {
			all++
		}
		if inChannel && conv.direct() || s.mentions(m, u) {
			mentions++
		}
	}
	return all, mentions
}

// mentions reports whether m calls u, by name, in a group, or with all others.
func (s *Server) mentions(m *message, u *User) bool {
	said := m.Text + string(m.Blocks)
	if !strings.ContainsAny(said, "@!_") {
		return false
	}
	said = strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(said) // in JSON they are so
	called := func(id string) bool {
		for _, sign := range []string{"<@" + id + ">", "<@" + id + "|", "<!subteam^" + id, `"user_id":"` + id + `"`, `"usergroup_id":"` + id + `"`} {
			if strings.Contains(said, sign) {
				return true
			}
		}
		return false
	}
	for _, everybody := range []string{"<!here", "<!channel", "<!everyone"} {
		if strings.Contains(said, everybody) {
			return true
		}
	}
	return called(u.ID) || slices.ContainsFunc(s.world.groups, func(g *Usergroup) bool {
		return slices.Contains(g.Members, u.ID) && called(g.ID)
	})
}

// waiting counts what is addressed to u and not seen, anywhere.
func (s *Server) waiting(u *User) int {
	n := 0
	for _, conv := range s.conversationsOf(u) {
		_, mentions := s.unread(u, conv)
		n += mentions
	}
	return n
}

// conversationsOf returns where u is: channels, direct messages with colleagues,
// and the app's last.
func (s *Server) conversationsOf(u *User) []*conversation {
	refs := slices.Clone(s.world.chanOrder)
	for _, id := range s.world.userOrder {
		if pair := s.pair(u.ID, id); pair != nil {
			refs = append(refs, pair.ID)
		}
	}
	var found []*conversation
	for _, ref := range append(refs, dmID(u.ID)) {
		if conv := s.conversation(ref); conv != nil && conv.has(u.ID) {
			found = append(found, conv)
		}
	}
	return found
}

// pair is the direct messages of two colleagues with each other, without the app;
// nil if these two cannot write to each other.
func (s *Server) pair(a, b string) *conversation {
	if a > b {
		a, b = b, a
	}
	for _, id := range []string{a, b} {
		if u := s.world.users[id]; u == nil || u.Bot || u.Deleted || u.Stranger || a == b {
			return nil
		}
	}
	return &conversation{Channel: Channel{ID: dmID(a) + dmID(b), Name: "directmessage", Members: []string{a, b}, Private: true}, pair: true}
}

// direct reports whether conv is direct messages, with the app or a colleague.
func (c *conversation) direct() bool { return c.with != "" || c.pair }

// partner is the other one in u's direct messages.
func (c *conversation) partner(u string) string {
	i := slices.IndexFunc(c.Members, func(id string) bool { return id != u })
	return c.Members[i]
}

// Undrawn returns what the page was sent and could not draw, in its own words. A
// test that passes leaves it empty.
func (s *Server) Undrawn() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.world.undrawn)
}

const maxUndrawn = 100 // one broken page must not fill the memory

func (s *Server) noteUndrawn(what string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if what == "" || len(s.world.undrawn) >= maxUndrawn {
		return fmt.Errorf("nothing to note")
	}
	s.world.undrawn = append(s.world.undrawn, what)
	s.o.Log.Error("the page cannot draw what the app sent", "what", what)
	s.touch()
	return nil
}
