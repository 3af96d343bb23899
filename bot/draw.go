package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/slack-go/slack"

	"dbaccess/approvals"
	"dbaccess/approvals/policy"
	"dbaccess/credentials"
	"dbaccess/internal/identity"
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
	err = errors.Join(err, b.drawHomesOf(ctx, id))
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
	moved := err == nil && was.channel != channel && v.State == approvals.Pending // the policy changed its mind about whom to ask
	switch {
	case was.ts == "" && err != nil:
		return b.tellStuck(ctx, v, err)
	case was.ts == "":
		return b.postCard(ctx, v, channel)
	case moved:
		if err := b.retire(ctx, was); err != nil {
			return err
		}
		return b.postCard(ctx, v, channel)
	}
	err = b.updateCard(ctx, v, was)
	if goneMessage(err) {
		return b.postCard(ctx, v, was.channel)
	}
	return err
}

// updateCard redraws a card where it is, unless it shows the same already.
func (b *Bot) updateCard(ctx context.Context, v view, was drawing) error {
	text, blocks := card(v)
	now := drawing{channel: was.channel, ts: was.ts, content: contentSum(text, blocks), digest: ticketOf(v.Request).Digest, first: was.first}
	if now == was {
		return nil
	}
	if err := b.update(ctx, now, text, blocks); err != nil {
		return err
	}
	return b.remember(ctx, purposeCard, string(v.ID), now)
}

// postCard posts a new card to a channel that is only ours.
func (b *Bot) postCard(ctx context.Context, v view, channel string) error {
	text, blocks := card(v)
	err := b.usable(ctx, channel)
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
	if r.Grant == "" || r.Kind != approvals.Access {
		return b.drawn(r, nil), nil
	}
	g, err := b.cfg.Grants.Grant(ctx, r.Grant)
	if err != nil {
		return view{}, err
	}
	return b.drawn(r, &g), nil
}

// drawn is a request with its grant, if it has one, and the people in it, ready
// to be drawn.
func (b *Bot) drawn(r approvals.Request, g *credentials.Grant) view {
	v := view{Request: r, Decision: approvals.Decide(r.Route, r, b.now()), Slack: map[string]string{}, Grant: g, Counts: b.cfg.Counts != nil && b.cfg.Counts.Countable(r.Database)}
	for _, name := range []string{r.Requester, r.For, identity.Named(r.Requester).For} {
		v.Slack[name] = b.slackOf(name)
	}
	for _, review := range r.Reviews {
		v.Slack[review.Reviewer] = b.slackOf(review.Reviewer)
	}
	for _, p := range b.asked(r) {
		v.Slack[p.Name] = b.slackOf(p.Name)
		v.Asked = append(v.Asked, p.Name)
	}
	return v
}

// asked are the people of the route's groups, those left out for whom it would be.
func (b *Bot) asked(r approvals.Request) []identity.Principal {
	var list []identity.Principal
	for _, seats := range r.Route.Seats {
		for _, group := range seats.Groups {
			for _, p := range b.cfg.People.Members(group) {
				listed := slices.ContainsFunc(list, func(other identity.Principal) bool { return other.Name == p.Name })
				if !p.Self(r.Requester, r.For) && !listed {
					list = append(list, p)
				}
			}
		}
	}
	return list
}
