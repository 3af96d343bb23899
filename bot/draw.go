package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"dbaccess/approvals"
	"dbaccess/approvals/policy"
	"dbaccess/internal/fault"
)

// purposeCard is under what the Store keeps which message is a request's card.
const purposeCard = "card"

// DrawCard posts the request's card, or redraws it if what it shows has changed.
// It is a job: running it again is harmless, and an error means that it should
// be. One request is drawn by one replica at a time, so that the last drawing is
// of the newest state.
func (b *Bot) DrawCard(ctx context.Context, id approvals.RequestID) error {
	err := b.cfg.Store.OneAtATime(ctx, "card:"+string(id), func(ctx context.Context) error {
		return b.drawCard(ctx, id)
	})
	if err != nil {
		return fmt.Errorf("draw card of %s: %w", id, err)
	}
	return nil
}

func (b *Bot) drawCard(ctx context.Context, id approvals.RequestID) error {
	v, err := b.view(ctx, id)
	if err != nil {
		return err
	}
	was, err := b.shown(ctx, purposeCard, string(id))
	if err != nil {
		return err
	}
	// Nobody is asked by a request that rules alone decided, and a card that was
	// never posted need not tell how its request ended.
	if was.ts == "" && (v.Route.Outcome != policy.Review || v.State != approvals.Pending) {
		return nil
	}
	channel, err := b.channel(v.Route.Channel)
	if err != nil && was.ts == "" {
		return b.tellStuck(ctx, v, err)
	}
	text, blocks := card(v)
	if was.ts != "" && was.channel != channel && v.State == approvals.Pending && channel != "" {
		// The policy changed its mind about whom to ask.
		if err := b.retire(ctx, was); err != nil {
			return err
		}
		was = drawing{}
	}
	if was.ts != "" {
		now := drawing{channel: was.channel, ts: was.ts, content: contentSum(text, blocks), digest: ticketOf(v.Request).Digest, first: was.first}
		if now.content == was.content && now.digest == was.digest {
			return nil
		}
		err := b.update(ctx, now, text, blocks)
		if err == nil {
			return b.remember(ctx, purposeCard, string(id), now)
		}
		if !goneMessage(err) {
			return err
		}
	}
	return b.postCard(ctx, v, channel, text, blocks)
}

func (b *Bot) postCard(ctx context.Context, v view, channel, text string, blocks []slack.Block) error {
	err := b.ours(ctx, channel)
	var now drawing
	if err == nil {
		now, err = b.post(ctx, channel, text, blocks)
	}
	if err != nil {
		return b.tellStuck(ctx, v, err)
	}
	now.digest = ticketOf(v.Request).Digest
	now.first = now.digest
	return b.remember(ctx, purposeCard, string(v.ID), now)
}

// retire takes the buttons off a card whose request is asked elsewhere now.
func (b *Bot) retire(ctx context.Context, was drawing) error {
	const text = "This request is now asked in another channel."
	err := b.update(ctx, was, text, stamp([]slack.Block{slack.NewContextBlock("", mrkdwn(text, maxField))}))
	if goneMessage(err) {
		return nil
	}
	return err
}

// view reads what a card or letter of the request is drawn from.
func (b *Bot) view(ctx context.Context, id approvals.RequestID) (view, error) {
	r, err := b.cfg.Requests.Request(ctx, id)
	if err != nil {
		return view{}, err
	}
	return b.viewOf(ctx, r)
}

func (b *Bot) viewOf(ctx context.Context, r approvals.Request) (view, error) {
	v := view{Request: r, Decision: approvals.Decide(r.Route, r, b.now()), Slack: map[string]string{}}
	if r.Grant != "" && r.Kind == approvals.Access {
		g, err := b.cfg.Grants.Grant(ctx, r.Grant)
		if err != nil {
			return view{}, err
		}
		v.Grant = &g
	}
	v.Slack[r.Requester] = b.slackOf(r.Requester)
	for _, review := range r.Reviews {
		v.Slack[review.Reviewer] = b.slackOf(review.Reviewer)
	}
	for _, seats := range r.Route.Seats {
		for _, group := range seats.Groups {
			for _, p := range b.cfg.People.Members(group) {
				if _, known := v.Slack[p.Name]; p.Name == r.Requester || known && len(v.Asked) > 0 && contains(v.Asked, p.Name) {
					continue
				}
				if len(p.Slack) > 0 {
					v.Slack[p.Name] = p.Slack[0]
				}
				v.Asked = append(v.Asked, p.Name)
			}
		}
	}
	return v, nil
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

// ours refuses a channel that people of another company can read.
func (b *Bot) ours(ctx context.Context, channel string) error {
	info, err := b.cfg.API.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: channel})
	if err != nil {
		return trouble("conversations.info", err)
	}
	if info.IsExtShared || info.IsPendingExtShared {
		return fault.New(fault.Denied, "The approval channel is shared with another company.", "Ask the people who run dbaccess for another channel.")
	}
	return nil
}

// CheckChannels says which approval channels cannot be posted to, and why; nil
// if all can. It is for start-up and readiness: nothing is refused because of it.
func (b *Bot) CheckChannels(ctx context.Context) error {
	var all []error
	for name, id := range b.cfg.Channels {
		info, err := b.cfg.API.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: id})
		switch {
		case err != nil:
			all = append(all, fmt.Errorf("channel %s: %w", name, trouble("conversations.info", err)))
		case !info.IsMember:
			all = append(all, fmt.Errorf("channel %s: the bot is not a member; invite it", name))
		case info.IsExtShared || info.IsPendingExtShared:
			all = append(all, fmt.Errorf("channel %s: shared with another company", name))
		}
	}
	return errors.Join(all...)
}
