package devslack

import (
	"regexp"
	"slices"
	"strings"
)

var emojiName = regexp.MustCompile(`^[a-z0-9_+'-]+(::skin-tone-[2-6])?$`)

// reacted is the message that a reactions method is about.
func (c *call) reacted() (*conversation, *message, error) {
	conv := c.conversationByID(c.str("channel"))
	if conv == nil || conv.Private && !conv.has(c.o.BotUserID) {
		return nil, nil, slackErr("channel_not_found")
	}
	m := c.message(conv.ID, c.str("timestamp"))
	if m == nil {
		return nil, nil, slackErr("message_not_found")
	}
	if !conv.has(c.o.BotUserID) {
		return nil, nil, slackErr("not_in_channel")
	}
	return conv, m, nil
}

func (c *call) reactionsAdd() (object, error) {
	conv, m, err := c.reacted()
	if err != nil {
		return nil, err
	}
	event, err := c.react(conv, m, c.o.BotUserID, c.str("name"))
	if err != nil {
		return nil, err
	}
	c.laterIf(event)
	return nil, nil
}

func (c *call) reactionsRemove() (object, error) {
	conv, m, err := c.reacted()
	if err != nil {
		return nil, err
	}
	event, err := c.unreact(conv, m, c.o.BotUserID, c.str("name"))
	if err != nil {
		return nil, err
	}
	c.laterIf(event)
	return nil, nil
}

func (c *call) reactionsGet() (object, error) {
	conv, m, err := c.reacted()
	if err != nil {
		return nil, err
	}
	return object{"type": "message", "channel": conv.ID, "message": c.messageJSON(m)}, nil
}

func (c *call) laterIf(event object) {
	if event != nil {
		c.later(event)
	}
}

// react puts user's emoji under m and returns the event for the app, nil if the
// app is not to know.
func (s *Server) react(conv *conversation, m *message, user, name string) (object, error) {
	name = strings.Trim(name, ":")
	if !emojiName.MatchString(name) {
		return nil, slackErr("invalid_name")
	}
	i := slices.IndexFunc(m.Reactions, func(r Reaction) bool { return r.Name == name })
	if i < 0 {
		i = len(m.Reactions)
		m.Reactions = append(m.Reactions, Reaction{Name: name})
	}
	r := &m.Reactions[i]
	if slices.Contains(r.Users, user) {
		return nil, slackErr("already_reacted")
	}
	r.Users = append(r.Users, user)
	r.Count = len(r.Users)
	s.touch()
	return s.reactionEvent("reaction_added", conv, m, user, name), nil
}

func (s *Server) unreact(conv *conversation, m *message, user, name string) (object, error) {
	name = strings.Trim(name, ":")
	i := slices.IndexFunc(m.Reactions, func(r Reaction) bool { return r.Name == name && slices.Contains(r.Users, user) })
	if i < 0 {
		return nil, slackErr("no_reaction")
	}
	r := &m.Reactions[i]
	r.Users = slices.DeleteFunc(r.Users, func(u string) bool { return u == user })
	r.Count = len(r.Users)
	if r.Count == 0 {
		m.Reactions = slices.Delete(m.Reactions, i, i+1)
	}
	s.touch()
	return s.reactionEvent("reaction_removed", conv, m, user, name), nil
}

func (s *Server) reactionEvent(kind string, conv *conversation, m *message, user, name string) object {
	if !conv.has(s.o.BotUserID) {
		return nil
	}
	return s.event(kind, object{
		"user": user, "reaction": name, "item_user": m.User, "item": object{"type": "message", "channel": conv.ID, "ts": m.TS},
	})
}
