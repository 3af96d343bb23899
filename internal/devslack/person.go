package devslack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Person acts as somebody in the workspace, by the ways a person has: what the
// person could not see or press, the methods refuse with an error.
type Person struct {
	s   *Server
	ref string
}

// As returns the person to act as, by ID or name.
func (s *Server) As(user string) *Person { return &Person{s: s, ref: user} }

// Ack is how the app answered a slash command within its three seconds.
type Ack struct {
	Payload   json.RawMessage // as sent; empty if the app said nothing
	Text      string
	Blocks    json.RawMessage
	InChannel bool          // everybody in the channel sees it
	Took      time.Duration // from sending to acknowledgement
}

// who finds the person and a conversation they are in. Server.mu is held.
func (p *Person) who(channel string) (*User, *conversation, error) {
	u, err := p.user()
	if err != nil {
		return nil, nil, err
	}
	if channel == "" || strings.TrimPrefix(channel, "@") == p.s.o.BotName {
		channel = dmID(u.ID)
	}
	conv := p.s.conversation(channel)
	if conv == nil || !conv.has(u.ID) {
		return nil, nil, fmt.Errorf("%s is not in channel %q", u.Name, channel)
	}
	if conv.Archived {
		return nil, nil, fmt.Errorf("channel %q is archived", channel)
	}
	return u, conv, nil
}

func (p *Person) user() (*User, error) {
	u := p.s.world.user(p.ref)
	if u == nil || u.Deleted || u.Bot {
		return nil, fmt.Errorf("there is nobody called %q here", p.ref)
	}
	return u, nil
}

// Command types a slash command with its arguments ("/dbaccess list") in a channel
// the person is in; an empty channel is the direct messages with the app. What the
// app answers is shown to the person and returned. If it does not answer, the
// error is a [DeliveryError], and the person sees Slack's notice.
func (p *Person) Command(ctx context.Context, channel, line string) (Ack, error) {
	command, text, _ := strings.Cut(strings.TrimSpace(line), " ")
	s := p.s
	s.mu.Lock()
	u, conv, err := p.who(channel)
	if err == nil && command != s.o.Command {
		err = fmt.Errorf("%s is not a valid command here", command)
	}
	if err == nil {
		err = s.mayUse(u)
	}
	if err != nil {
		s.mu.Unlock()
		return Ack{}, err
	}
	answerTo := s.newResponseURL(u.ID, conv, nil)
	payload := s.slashPayload(u, conv, command, s.escape(strings.TrimSpace(text), true), answerTo)
	s.mu.Unlock()

	began := time.Now()
	raw, err := s.deliver(ctx, kindCommands, payload, true)
	ack := Ack{Payload: raw, Took: time.Since(began)}

	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		err = p.shown(u, conv, line, answerTo, &ack)
	}
	if err != nil && ctx.Err() == nil {
		s.slackbot(u.ID, conv.ID, commandFailed(command, err))
	}
	return ack, err
}

// shown shows the answer to a command.
func (p *Person) shown(u *User, conv *conversation, line, answerTo string, ack *Ack) error {
	s := p.s
	if len(ack.Payload) == 0 || string(ack.Payload) == "null" || string(ack.Payload) == "{}" {
		return nil
	}
	var a answer
	if err := json.Unmarshal(ack.Payload, &a); err != nil {
		return &DeliveryError{Code: "invalid_command_response"}
	}
	if a.Text == "" && len(a.Blocks) == 0 {
		return nil
	}
	m, err := s.answerMessage(conv, a)
	if err != nil {
		s.o.Log.Warn("answer to a command refused", "err", err)
		return fmt.Errorf("invalid_command_response: %w", err)
	}
	ack.InChannel = a.ResponseType == "in_channel"
	if ack.InChannel {
		s.post(&message{Message: Message{Channel: conv.ID, User: u.ID, Text: s.escape(line, false)}})
		s.post(m)
	} else {
		s.show(u.ID, m)
	}
	ack.Text, ack.Blocks = m.Text, m.Blocks
	id := answerTo[strings.LastIndexByte(answerTo, '/')+1:]
	if r := s.world.responses[id]; r != nil && r.original == nil {
		r.original = m
	}
	return nil
}

// Say writes a message in a channel. The app is not told: it does not subscribe
// to messages.
func (p *Person) Say(channel, text string) (Message, error) { return p.say(channel, "", text) }

// Reply writes a message in the thread of m.
func (p *Person) Reply(m Message, text string) (Message, error) { return p.say(m.Channel, m.TS, text) }

func (p *Person) say(channel, thread, text string) (Message, error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	u, conv, err := p.who(channel)
	if err != nil {
		return Message{}, err
	}
	if strings.TrimSpace(text) == "" {
		return Message{}, errors.New("there is nothing to say")
	}
	said := Message{Channel: conv.ID, User: u.ID, Text: p.s.escape(text, false)}
	if thread != "" {
		first := p.s.threadOf(conv.ID, thread)
		if first == nil {
			return Message{}, fmt.Errorf("there is no message %s in %s to reply to", thread, conv.Name)
		}
		said.ThreadTS = first.TS
	}
	return p.s.post(&message{Message: said}).copyOut(), nil
}

// React puts an emoji ("white_check_mark") under a message. The app's event is on
// its way when React returns, and is repeated until acknowledged.
func (p *Person) React(ctx context.Context, channel, ts, name string) error {
	return p.reaction(ctx, channel, ts, name, p.s.react)
}

// Unreact takes the person's emoji away again.
func (p *Person) Unreact(ctx context.Context, channel, ts, name string) error {
	return p.reaction(ctx, channel, ts, name, p.s.unreact)
}

func (p *Person) reaction(ctx context.Context, channel, ts, name string,
	change func(*conversation, *message, string, string) (object, error),
) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	event, err := func() (object, error) {
		p.s.mu.Lock()
		defer p.s.mu.Unlock()
		u, conv, err := p.who(channel)
		if err != nil {
			return nil, err
		}
		m := p.s.message(conv.ID, ts)
		if m == nil {
			return nil, fmt.Errorf("there is no message %s in %s", ts, conv.Name)
		}
		return change(conv, m, u.ID, name)
	}()
	if err == nil && event != nil {
		p.s.sendEvent(event)
	}
	return err
}

// Dismiss takes a message away that only this person sees.
func (p *Person) Dismiss(ts string) error {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	u, err := p.user()
	if err != nil {
		return err
	}
	list := p.s.world.ephemerals[u.ID]
	i := slices.IndexFunc(list, func(m *message) bool { return m.TS == ts })
	if i < 0 {
		return fmt.Errorf("%s sees no such message", u.Name)
	}
	p.s.world.ephemerals[u.ID] = slices.Delete(slices.Clone(list), i, i+1)
	p.s.touch()
	return nil
}
