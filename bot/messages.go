package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/slack-go/slack"
)

// drawing is what the Store knows of a message of ours: where it is, and what it
// showed when it was last drawn.
type drawing struct {
	channel, ts string
	content     string // contentSum of text and blocks
	digest      string // cards: of the revision it shows
	first       string // cards: of the revision it showed when it was posted
}

// shown reads what the Store knows; the zero drawing if nothing.
func (b *Bot) shown(ctx context.Context, purpose, ref string) (drawing, error) {
	channel, ts, drawn, err := b.cfg.Store.SlackMessage(ctx, purpose, ref)
	if err != nil {
		return drawing{}, fmt.Errorf("find slack message %s of %s: %w", purpose, ref, err)
	}
	d := drawing{channel: channel, ts: ts}
	if parts := strings.Split(drawn, "."); len(parts) == 3 {
		d.content, d.digest, d.first = parts[0], parts[1], parts[2]
	}
	return d, nil
}

func (b *Bot) remember(ctx context.Context, purpose, ref string, d drawing) error {
	drawn := strings.Join([]string{d.content, d.digest, d.first}, ".")
	if err := b.cfg.Store.SaveSlackMessage(ctx, purpose, ref, d.channel, d.ts, drawn); err != nil {
		return fmt.Errorf("remember slack message %s of %s: %w", purpose, ref, err)
	}
	return nil
}

// post sends a message to a channel, or to a user by a user id. If the answer is
// lost, the message may stand there twice: Slack has no key to prevent it, and
// both work.
func (b *Bot) post(ctx context.Context, to, text string, blocks []slack.Block) (drawing, error) {
	channel, ts, err := b.cfg.API.PostMessageContext(ctx, to,
		slack.MsgOptionText(fit(text, maxText), false), slack.MsgOptionBlocks(blocks...),
		slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl())
	if err != nil {
		return drawing{}, trouble("chat.postMessage", err)
	}
	return drawing{channel: channel, ts: ts, content: contentSum(text, blocks)}, nil
}

// reply posts into the thread of a message.
func (b *Bot) reply(ctx context.Context, to drawing, text string, blocks []slack.Block) (drawing, error) {
	channel, ts, err := b.cfg.API.PostMessageContext(ctx, to.channel,
		slack.MsgOptionText(fit(text, maxText), false), slack.MsgOptionBlocks(blocks...), slack.MsgOptionTS(to.ts),
		slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl())
	if err != nil {
		return drawing{}, trouble("chat.postMessage", err)
	}
	return drawing{channel: channel, ts: ts, content: contentSum(text, blocks)}, nil
}

func (b *Bot) update(ctx context.Context, d drawing, text string, blocks []slack.Block) error {
	_, _, _, err := b.cfg.API.UpdateMessageContext(ctx, d.channel, d.ts,
		slack.MsgOptionText(fit(text, maxText), false), slack.MsgOptionBlocks(blocks...))
	return trouble("chat.update", err)
}

// goneMessage says whether a message cannot be updated any more and has to be
// posted again.
func goneMessage(err error) bool {
	return slices.Contains([]string{"message_not_found", "cant_update_message", "edit_window_closed"}, slackCode(err))
}

// whisper tells somebody in a channel something that only they see. It is a
// courtesy: Slack does not promise to deliver it.
func (b *Bot) whisper(ctx context.Context, channel, user, text string) {
	_, err := b.cfg.API.PostEphemeralContext(ctx, channel, user, slack.MsgOptionText(fit(text, maxText), false))
	if err != nil {
		b.log.WarnContext(ctx, "answer not delivered", "err", trouble("chat.postEphemeral", err))
	}
}
