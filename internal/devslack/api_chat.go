package devslack

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// target finds where to post: a channel's ID, or a user's for the direct messages
// with them. The app must be in the channel.
func (c *call) target() (*conversation, error) { return c.channelToPostIn(c.str("channel")) }

func (c *call) channelToPostIn(ref string) (*conversation, error) {
	if u := c.world.users[ref]; u != nil {
		switch {
		case u.Deleted:
			return nil, slackErr("user_disabled")
		case u.Bot:
			return nil, slackErr("channel_not_found")
		case u.Stranger:
			return nil, slackErr("channel_not_found") // the app cannot write to other companies' people
		}
		ref = dmID(u.ID)
	}
	conv := c.conversationByID(ref)
	switch {
	case conv == nil || conv.Private && !conv.has(c.o.BotUserID):
		return nil, slackErr("channel_not_found")
	case !conv.has(c.o.BotUserID):
		return nil, slackErr("not_in_channel")
	case conv.Archived:
		return nil, slackErr("is_archived")
	}
	return conv, nil
}

// content reads text, blocks and metadata of a message to be.
func (c *call) content() (*message, error) {
	m := &message{Message: Message{User: c.o.BotUserID, Text: c.str("text")}}
	var blocks []object
	if _, err := c.decode("blocks", &blocks); err != nil {
		return nil, slackErr("invalid_blocks_format")
	}
	var attachments []object
	if _, err := c.decode("attachments", &attachments); err != nil || len(attachments) > 0 {
		return nil, &apiError{code: "invalid_attachments", messages: []string{"[ERROR] the local Slack draws no attachments; send blocks"}}
	}
	if c.str("markdown_text") != "" {
		return nil, &apiError{code: "invalid_arguments", messages: []string{"[ERROR] the local Slack knows no markdown_text; send blocks"}}
	}
	if c.str("username")+c.str("icon_emoji")+c.str("icon_url") != "" {
		if err := c.allowed("chat:write.customize"); err != nil {
			return nil, err
		}
	}
	if m.Text == "" && len(blocks) == 0 {
		return nil, slackErr("no_text")
	}
	if err := checkMessageBlocks(blocks); err != nil {
		return nil, err
	}
	m.setBlocks(blocks)
	var metadata object
	if ok, err := c.decode("metadata", &metadata); err != nil {
		return nil, slackErr("invalid_metadata_format")
	} else if ok && metadata["event_type"] != "" {
		m.Metadata = mustJSON(metadata)
	}
	return m, nil
}

func (c *call) chatPostMessage() (object, error) {
	conv, err := c.target()
	if err != nil {
		return nil, err
	}
	m, err := c.content()
	if err != nil {
		return nil, err
	}
	if utf8.RuneCountInString(m.Text) > maxMessageText {
		m.Text = string([]rune(m.Text)[:maxMessageText])
	}
	if thread := c.str("thread_ts"); thread != "" {
		first := c.threadOf(conv.ID, thread)
		if first == nil {
			return nil, slackErr("thread_not_found")
		}
		m.ThreadTS, m.Broadcast = first.TS, c.boolean("reply_broadcast")
	}
	m.Channel = conv.ID
	c.post(m)
	return object{"channel": conv.ID, "ts": m.TS, "message": c.messageJSON(m)}, nil
}

func (c *call) chatPostEphemeral() (object, error) {
	conv, err := c.target()
	if err != nil {
		return nil, err
	}
	m, err := c.content()
	if err != nil {
		return nil, err
	}
	user := c.str("user")
	if c.world.users[user] == nil || !conv.has(user) {
		return nil, slackErr("user_not_in_channel")
	}
	m.Channel, m.ThreadTS = conv.ID, c.str("thread_ts")
	c.show(user, m)
	return object{"message_ts": m.TS}, nil
}

// own finds the message to change, which must be the app's.
func (c *call) own(otherwise string) (*conversation, *message, error) {
	conv := c.conversationByID(c.str("channel"))
	if conv == nil || conv.Private && !conv.has(c.o.BotUserID) {
		return nil, nil, slackErr("channel_not_found")
	}
	m := c.message(conv.ID, c.str("ts"))
	switch {
	case m == nil:
		return nil, nil, slackErr("message_not_found")
	case m.User != c.o.BotUserID:
		return nil, nil, slackErr(otherwise)
	}
	return conv, m, nil
}

func (c *call) chatUpdate() (object, error) {
	conv, m, err := c.own("cant_update_message")
	if err != nil {
		return nil, err
	}
	if conv.Archived {
		return nil, slackErr("is_archived")
	}
	if utf8.RuneCountInString(c.str("text")) > maxUpdateText {
		return nil, slackErr("msg_too_long")
	}
	next, err := c.content()
	if err != nil {
		return nil, err
	}
	m.Text, m.Edited = next.Text, m.Edited+1 // text without blocks takes the blocks away
	m.setBlocks(next.blocks)
	if next.Metadata != nil {
		m.Metadata = next.Metadata
	}
	c.touch()
	return object{"channel": conv.ID, "ts": m.TS, "text": m.Text, "message": c.messageJSON(m)}, nil
}

func (c *call) chatDelete() (object, error) {
	conv, m, err := c.own("cant_delete_message")
	if err != nil {
		return nil, err
	}
	c.remove(m)
	return object{"channel": conv.ID, "ts": m.TS}, nil
}

func (s *Server) remove(m *message) {
	s.world.messages[m.Channel] = slices.DeleteFunc(s.world.messages[m.Channel], func(o *message) bool { return o == m })
	if m.InThread() {
		s.countReplies(m.Channel, m.ThreadTS)
	}
	for user, list := range s.world.ephemerals {
		s.world.ephemerals[user] = slices.DeleteFunc(list, func(o *message) bool { return o == m })
	}
	s.touch()
}

func (c *call) chatGetPermalink() (object, error) {
	conv := c.conversationByID(c.str("channel"))
	if conv == nil || !conv.has(c.o.BotUserID) {
		return nil, slackErr("channel_not_found")
	}
	ts := c.str("message_ts")
	if c.message(conv.ID, ts) == nil {
		return nil, slackErr("message_not_found")
	}
	return object{
		"channel":   conv.ID,
		"permalink": fmt.Sprintf("https://%s.slack.com/archives/%s/p%s", c.o.TeamDomain, conv.ID, strings.ReplaceAll(ts, ".", "")),
	}, nil
}

// messageJSON is a message as the API and payloads give it.
func (s *Server) messageJSON(m *message) object {
	o := object{"type": "message", "user": m.User, "text": m.Text, "ts": m.TS, "team": s.o.TeamID}
	if m.User == s.o.BotUserID {
		o["bot_id"], o["app_id"] = s.o.BotID, s.o.AppID
	}
	if len(m.blocks) > 0 {
		o["blocks"] = m.blocks
	}
	if m.Edited > 0 {
		o["edited"] = object{"user": s.o.BotUserID, "ts": m.TS[:strings.IndexByte(m.TS, '.')] + ".000000"}
	}
	if m.ThreadTS != "" {
		o["thread_ts"] = m.ThreadTS
	}
	if m.ReplyCount > 0 {
		o["reply_count"], o["reply_users"], o["latest_reply"] = m.ReplyCount, m.ReplyUsers, m.LatestReply
		o["reply_users_count"] = len(m.ReplyUsers)
	}
	if first := s.message(m.Channel, m.ThreadTS); m.InThread() && first != nil {
		o["parent_user_id"] = first.User
	}
	if len(m.Files) > 0 {
		files := []object{}
		for _, f := range m.Files {
			files = append(files, s.fileJSON(f))
		}
		o["files"], o["upload"] = files, true
	}
	if len(m.Reactions) > 0 {
		o["reactions"] = m.copyOut().Reactions
	}
	if m.Metadata != nil {
		o["metadata"] = m.Metadata
	}
	return o
}
