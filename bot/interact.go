package bot

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"dbaccess/approvals"
	"dbaccess/credentials"
)

// Interaction handles a press of a button, a shortcut, a sent modal and a
// question for suggestions. ack and after are as in [Bot.Slash]. A press and a
// shortcut are acknowledged at once; for a sent modal Interaction itself may take
// up to two of the three seconds that Slack gives, so that what came of it can
// stand in the modal.
func (b *Bot) Interaction(ctx context.Context, cb slack.InteractionCallback) (ack any, after func(context.Context)) {
	switch cb.Type {
	case slack.InteractionTypeBlockActions:
		return nil, func(ctx context.Context) {
			for _, a := range cb.ActionCallback.BlockActions {
				b.pressed(ctx, press{cb: cb, action: a})
			}
		}
	case slack.InteractionTypeShortcut, slack.InteractionTypeMessageAction:
		return nil, func(ctx context.Context) { b.shortcut(ctx, cb) }
	case slack.InteractionTypeBlockSuggestion:
		return b.Suggestion(ctx, cb), nil
	case slack.InteractionTypeViewSubmission:
		switch cb.View.CallbackID {
		case viewAsk:
			return b.sentForm(ctx, cb)
		case viewCheck:
			return b.sentCheck(ctx, cb)
		case viewQuery:
			return b.sentQuery(ctx, cb)
		case viewDeny:
			return b.sentDenial(ctx, cb)
		case viewReview:
			return b.sentReview(ctx, cb)
		}
	}
	return nil, nil
}

// press is one press of one button.
type press struct {
	cb     slack.InteractionCallback
	action *slack.BlockAction
}

// once names the press, so that a redelivered one does not act twice.
func (p press) once() string {
	place := p.cb.View.ID
	if place == "" {
		place = p.cb.Container.ChannelID + "/" + p.cb.Container.MessageTs
	}
	return once("press", place, p.action.ActionID, p.action.ActionTs, p.cb.User.ID)
}

// spot is where it was pressed.
func (p press) spot() spot { return spotIn(p.cb) }

// pressed does what a button is for. Whatever happens, its presser is answered.
func (b *Bot) pressed(ctx context.Context, p press) {
	if err := b.press(ctx, p); err != nil && !errors.Is(err, errOpened) {
		b.tell(ctx, p.spot(), "Not done", say("%s", b.sorry(ctx, "press "+p.action.ActionID, err)))
	}
}

func (b *Bot) press(ctx context.Context, p press) error {
	switch p.action.ActionID {
	case actLink:
		return nil
	case actForm:
		b.openForm(ctx, p.spot(), draft{})
		return nil
	case actQuery:
		b.openQuery(ctx, p.spot(), draft{})
		return nil
	case actDatabase:
		b.chooseDatabase(ctx, p.cb, p.action.SelectedOption.Value)
		return nil
	}
	t, err := parseTicket(p.action.Value)
	if err != nil {
		return err
	}
	switch p.action.ActionID {
	case actApprove, actClaim, actCancel, actEnd, actEndStanding: // delivered twice, they act once
		first, err := b.cfg.Store.FirstDelivery(ctx, p.once())
		if err != nil || !first {
			return err
		}
	}
	if action, _, paging := strings.Cut(p.action.ActionID, "-"); paging && action == actPage {
		return b.turnPage(ctx, p, t)
	}
	switch p.action.ActionID {
	case actClaim:
		return b.claim(ctx, p, t)
	case actDeny:
		return b.askWhyNot(ctx, p, t)
	case actCount:
		return b.countRows(ctx, p, t)
	case actDetails:
		return b.openDetails(ctx, p, t)
	case actReview:
		return b.openReview(ctx, p, t)
	case actApprove:
		return b.approve(ctx, p, t)
	case actCancel:
		return b.pressedCancel(ctx, p, t)
	case actEnd:
		return b.pressedEnd(ctx, p, t)
	case actEndStanding:
		return b.endStanding(ctx, p, t)
	case actAgain:
		return b.again(ctx, p.spot(), t)
	}
	return errBadTicket
}

func (b *Bot) pressedCancel(ctx context.Context, p press, t ticket) error {
	b.carry(ctx, p.spot(), "Cancel request", func(ctx context.Context) (answer, error) {
		who, err := b.person(ctx, p.cb.User.ID)
		if err != nil {
			return answer{}, err
		}
		return b.cancelNow(ctx, who, t.Request)
	})
	return nil
}

func (b *Bot) pressedEnd(ctx context.Context, p press, t ticket) error {
	b.carry(ctx, p.spot(), "End access", func(ctx context.Context) (answer, error) {
		who, err := b.person(ctx, p.cb.User.ID)
		if err != nil {
			return answer{}, err
		}
		g, err := b.cfg.Grants.End(ctx, who, t.Grant, credentials.Revoked)
		if err != nil {
			return answer{}, err
		}
		return say("%s", endingText(g)), nil
	})
	return nil
}

// sentForm handles the request form: what is wrong with a field is said at the
// field, and everything else in the modal itself.
func (b *Bot) sentForm(ctx context.Context, cb slack.InteractionCallback) (any, func(context.Context)) {
	ask, wrong := readForm(cb.View.State, b.cfg.Databases())
	if len(wrong) > 0 {
		return slack.NewErrorsViewSubmissionResponse(wrong), nil
	}
	ask.Once = once("form", cb.View.ID, cb.View.Hash)
	return b.finish(ctx, cb, "Ask for access", blockReason, func(ctx context.Context) (string, error) {
		a, err := b.ask(ctx, cb.User.ID, ask)
		return a.text, err
	})
}

// ackBudget is how much of Slack's three seconds the work behind a sent modal may
// take before the modal says that it goes on.
const ackBudget = 2 * time.Second

// finish does the work behind a sent modal and shows in the modal what it says.
// Work that takes long goes on behind a note, and its outcome replaces the note.
// Updating the modal is kept for that case: Slack may take an update in before
// the acknowledgement, and would then show the acknowledgement for ever.
//
// If trying again may help, the modal stays as it was typed, with the error at a
// block; "" where the modal has no field to say it at.
func (b *Bot) finish(ctx context.Context, cb slack.InteractionCallback, title, block string, work func(context.Context) (string, error)) (any, func(context.Context)) {
	type outcome struct {
		text  string
		again bool
	}
	done := make(chan outcome, 1)
	go b.runSlow(context.WithoutCancel(ctx), func(ctx context.Context) {
		o := outcome{text: "Something went wrong on our side."} // if work panics
		defer func() { done <- o }()
		text, err := work(ctx)
		if err != nil {
			text = b.sorry(ctx, "modal "+cb.View.CallbackID, err)
		}
		o = outcome{text, err != nil && passing(err)}
	})
	budget := time.NewTimer(ackBudget)
	defer budget.Stop()
	select {
	case o := <-done:
		if o.again && block != "" {
			return slack.NewErrorsViewSubmissionResponse(map[string]string{block: fit(strings.ReplaceAll(o.text, "`", "'"), maxInputError)}), nil
		}
		m := note(title, o.text)
		return slack.NewUpdateViewSubmissionResponse(&m), nil
	case <-budget.C:
		m := working(title)
		return slack.NewUpdateViewSubmissionResponse(&m), func(ctx context.Context) {
			o := <-done
			b.settle(ctx, cb.View.ID, cb.User.ID, note(title, o.text), o.text)
		}
	}
}

// adopt remembers the message that a button was pressed on as the request's card
// if it is none that we know: the answer to its posting was lost, and a second
// one was posted, which is taken away. A card in any other place than a request's
// channel is not one.
func (b *Bot) adopt(ctx context.Context, p press, v view) error {
	channel, ts := p.cb.Container.ChannelID, p.cb.Container.MessageTs
	if p.cb.View.ID != "" || p.cb.Container.IsEphemeral || channel == "" || ts == "" {
		return nil
	}
	known, err := b.shown(ctx, purposeCard, string(v.ID))
	if err != nil || known.channel == channel && known.ts == ts {
		return err
	}
	if at, err := b.channel(v.Route.Channel); err != nil || at != channel {
		return nil
	}
	// A drawing under way would overwrite it with the card that it draws.
	return b.cfg.Store.OneAtATime(ctx, "card:"+string(v.ID), func(ctx context.Context) error {
		known, err := b.shown(ctx, purposeCard, string(v.ID))
		if err != nil || known.channel == channel && known.ts == ts {
			return err
		}
		keep, drop := drawing{channel: channel, ts: ts}, known
		if known.ts != "" && byReaction(v.Request) { // those reactions are on the one that is known
			keep, drop = known, keep
		}
		if keep.ts == ts {
			if err := b.remember(ctx, purposeCard, string(v.ID), keep); err != nil {
				return err
			}
		}
		b.remove(ctx, drop)
		return nil
	})
}

// byReaction says whether a review stands that was made by a reaction.
func byReaction(r approvals.Request) bool {
	return slices.ContainsFunc(current(r), func(review approvals.Review) bool {
		return review.Via == approvals.ByReaction && review.Withdrawn.IsZero()
	})
}

// remove takes a card away that another one stands for. If it cannot be taken
// away, its buttons still work.
func (b *Bot) remove(ctx context.Context, card drawing) {
	if card.ts == "" {
		return
	}
	_, _, err := b.cfg.API.DeleteMessageContext(ctx, card.channel, card.ts)
	if err != nil && slackCode(err) != "message_not_found" {
		b.log.WarnContext(ctx, "second card not taken away", "err", trouble("chat.delete", err))
	}
}

// redraw draws the card again where a press showed that it is out of date. The
// job that every change leaves does the same; this only comes sooner.
func (b *Bot) redraw(ctx context.Context, id approvals.RequestID) {
	if err := b.DrawCard(ctx, id); err != nil {
		b.log.WarnContext(ctx, "card not redrawn", "request", id, "err", err)
	}
}
