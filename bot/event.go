package bot

import (
	"context"

	"github.com/slack-go/slack/slackevents"
)

// Event handles an event of the Events API. An error means that it was not
// handled, and that Slack should deliver it again: do not acknowledge it.
// Events are delivered late, twice and out of order; what counts is how things
// are when we look, never what the event says of them.
func (b *Bot) Event(ctx context.Context, eventID string, ev slackevents.EventsAPIEvent) error {
	switch e := ev.InnerEvent.Data.(type) {
	case *slackevents.ReactionAddedEvent:
		return b.reaction(ctx, eventID, *e, true)
	case *slackevents.ReactionRemovedEvent:
		return b.reaction(ctx, eventID, slackevents.ReactionAddedEvent(*e), false)
	case *slackevents.AppHomeOpenedEvent:
		if e.Tab == "home" {
			return b.homeOpened(ctx, e.User)
		}
	case *slackevents.ChannelSharedEvent:
		b.channelChanged(ctx, e.Channel)
	case *slackevents.ChannelUnsharedEvent:
		b.channelChanged(ctx, e.Channel)
	case *slackevents.TokensRevokedEvent, *slackevents.AppUninstalledEvent:
		b.log.ErrorContext(ctx, "slack took the app's tokens back; grants are still ended on time", "event", ev.InnerEvent.Type)
		b.forgetSelf()
	}
	return nil
}
