package devslack

import (
	"encoding/json"
	"slices"
)

// Message is a message as people see it.
type Message struct {
	Channel   string          `json:"channel"`
	TS        string          `json:"ts"`
	ThreadTS  string          `json:"thread_ts,omitempty"`
	User      string          `json:"user"` // "USLACKBOT" for Slack's own words
	Text      string          `json:"text"`
	Blocks    json.RawMessage `json:"blocks,omitempty"` // with every block_id and action_id filled in
	Edited    int             `json:"edited,omitempty"` // how many times it was changed
	Reactions []Reaction      `json:"reactions,omitempty"`
	Metadata  json.RawMessage `json:"metadata,omitempty"`
	Ephemeral bool            `json:"ephemeral,omitempty"` // only one user sees it
	Files     []File          `json:"files,omitempty"`

	Broadcast   bool     `json:"broadcast,omitempty"` // a reply that the channel shows too
	ReplyCount  int      `json:"reply_count,omitempty"`
	ReplyUsers  []string `json:"reply_users,omitempty"` // who replied, in order
	LatestReply string   `json:"latest_reply,omitempty"`
}

// InThread reports whether m is a reply, and not what was replied to.
func (m Message) InThread() bool { return m.ThreadTS != "" && m.ThreadTS != m.TS }

// Reaction is an emoji under a message, with those who put it there in order.
type Reaction struct {
	Name  string   `json:"name"`
	Users []string `json:"users"`
	Count int      `json:"count"`
}

// message is what is stored; blocks are decoded, and never changed in place.
type message struct {
	Message
	blocks []object
}

// copyOut returns m for others to keep.
func (m *message) copyOut() Message {
	c := m.Message
	c.Reactions = make([]Reaction, 0, len(m.Reactions))
	for _, r := range m.Reactions {
		r.Users = slices.Clone(r.Users)
		c.Reactions = append(c.Reactions, r)
	}
	c.ReplyUsers, c.Files = slices.Clone(m.ReplyUsers), slices.Clone(m.Files)
	return c
}

// setBlocks stores blocks as decoded and as JSON.
func (m *message) setBlocks(blocks []object) {
	m.blocks, m.Blocks = blocks, nil
	if len(blocks) > 0 {
		m.Blocks = mustJSON(blocks)
	}
}

func (s *Server) message(channel, ts string) *message {
	for _, m := range s.world.messages[channel] {
		if m.TS == ts {
			return m
		}
	}
	return nil
}

// post stores a message and tells whoever waits.
func (s *Server) post(m *message) *message {
	m.TS = s.nextTS()
	s.world.messages[m.Channel] = append(s.world.messages[m.Channel], m)
	s.countReplies(m.Channel, m.ThreadTS)
	s.touch()
	return m
}

// countReplies brings what the first message of a thread says of its replies up to
// date.
func (s *Server) countReplies(channel, thread string) {
	parent := s.message(channel, thread)
	if parent == nil {
		return
	}
	parent.ReplyCount, parent.ReplyUsers, parent.LatestReply = 0, nil, ""
	for _, m := range s.world.messages[channel] {
		if m.ThreadTS != thread || !m.InThread() {
			continue
		}
		parent.ReplyCount++
		parent.LatestReply = m.TS
		if !slices.Contains(parent.ReplyUsers, m.User) {
			parent.ReplyUsers = append(parent.ReplyUsers, m.User)
		}
	}
	parent.ThreadTS = ""
	if parent.ReplyCount > 0 {
		parent.ThreadTS = parent.TS
	}
}

// threadOf returns the first message of the thread that ts names: a reply in it or
// the first message itself. Nil if there is no such message.
func (s *Server) threadOf(channel, ts string) *message {
	m := s.message(channel, ts)
	if m != nil && m.InThread() {
		return s.message(channel, m.ThreadTS)
	}
	return m
}

// show stores a message that only user sees.
func (s *Server) show(user string, m *message) *message {
	m.TS, m.Ephemeral = s.nextTS(), true
	s.world.ephemerals[user] = append(s.world.ephemerals[user], m)
	s.touch()
	return m
}

// slackbot shows user a line by Slack itself, as when a command failed.
func (s *Server) slackbot(user, channel, text string) {
	s.show(user, &message{Message: Message{Channel: channel, User: "USLACKBOT", Text: text}})
}
