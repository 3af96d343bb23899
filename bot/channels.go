package bot

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"dbaccess/internal/fault"
)

// channelLife is how long a channel that could be used is taken to be usable
// still: every card's posting asks anew.
const channelLife = time.Minute

// channelFacts remembers until when channels are taken to be usable.
type channelFacts struct {
	mu    sync.Mutex // guards until; never held while Slack is asked
	until map[string]time.Time
}

func (c *channelFacts) fresh(id string, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return now.Before(c.until[id])
}

func (c *channelFacts) remember(id string, until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.until == nil {
		c.until = map[string]time.Time{}
	}
	c.until[id] = until
}

func (c *channelFacts) forget(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.until, id)
}

// channel is the Slack id of a route's approval channel.
func (b *Bot) channel(name string) (string, error) {
	name = strings.TrimPrefix(name, "#")
	if name == "" {
		name = b.cfg.DefaultChannel
	}
	if id := b.cfg.Channels[name]; id != "" {
		return id, nil
	}
	return "", fault.New(fault.Unavailable, "The approval channel "+quoted(name)+" is not set up.", "Ask the people who run dbaccess to add it to slack.channels.")
}

// Reaches says whether reviewers can be asked in the channel that policy calls
// name (empty = the default one); if not, the fault says why. An answer that all
// is well holds for a minute.
func (b *Bot) Reaches(ctx context.Context, name string) error {
	id, err := b.channel(name)
	if err != nil || b.channels.fresh(id, b.now()) {
		return err
	}
	return b.usable(ctx, id)
}

// usable asks Slack whether a channel is only ours and the bot is in it.
func (b *Bot) usable(ctx context.Context, id string) error {
	info, err := b.cfg.API.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: id})
	switch {
	case slackCode(err) == "channel_not_found":
		return fault.New(fault.Unavailable, "The approval channel is not there, or the bot is not in it, so nobody could decide.", "Ask somebody there to invite the bot.")
	case err != nil:
		return trouble("conversations.info", err)
	case info.IsExtShared || info.IsPendingExtShared:
		return fault.New(fault.Unavailable, "The approval channel is shared with another company.", "Ask the people who run dbaccess for another channel.")
	case info.IsArchived:
		return fault.New(fault.Unavailable, "The approval channel is archived, so nobody could decide.", "Ask the people who run dbaccess for another channel.")
	case !info.IsMember:
		return fault.New(fault.Unavailable, "The bot is not in the approval channel, so nobody could decide.", "Ask somebody there to invite it.")
	}
	b.channels.remember(id, b.now().Add(channelLife))
	return nil
}

// channelChanged looks anew at a channel that was shared with another company, or
// is no more. From now on requests for it are refused, or taken again. Another
// replica, which has no such event, finds out within channelLife.
func (b *Bot) channelChanged(ctx context.Context, id string) {
	for _, name := range slices.Sorted(maps.Keys(b.cfg.Channels)) {
		if b.cfg.Channels[name] != id {
			continue
		}
		b.channels.forget(id)
		if err := b.usable(ctx, id); err != nil {
			b.log.WarnContext(ctx, "approval channel cannot be used", "channel", name, "err", err)
			continue
		}
		b.log.InfoContext(ctx, "approval channel can be used", "channel", name)
	}
}

// CheckChannels says which approval channels cannot be used, and why; nil if all
// can. Requests that go elsewhere are served all the same.
func (b *Bot) CheckChannels(ctx context.Context) error {
	var all []error
	for _, name := range slices.Sorted(maps.Keys(b.cfg.Channels)) {
		if err := b.Reaches(ctx, name); err != nil {
			all = append(all, fmt.Errorf("channel %s: %w", name, err))
		}
	}
	return errors.Join(all...)
}
