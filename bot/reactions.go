package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"dbaccess/approvals"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
)

// The reactions that are answers. Skin tones do not matter.
var (
	yesReactions = []string{"white_check_mark", "heavy_check_mark", "ballot_box_with_check", "+1", "thumbsup"}
	noReactions  = []string{"x", "negative_squared_cross_mark", "-1", "thumbsdown"}
)

// reasonByReaction stands where a denial by button has its reason.
const reasonByReaction = "Denied by reaction, without a reason."

// reactionAnswer is what a reaction says; empty if it says nothing to us.
func reactionAnswer(name string) approvals.Answer {
	name, _, _ = strings.Cut(name, "::")
	switch {
	case slices.Contains(yesReactions, name):
		return approvals.Approve
	case slices.Contains(noReactions, name):
		return approvals.Refuse
	}
	return ""
}

// standing is what a person's reactions on a card say together: a no if there is
// any, else a yes if there is any, else nothing.
func standing(reactions []slack.ItemReaction, slackIDs []string) approvals.Answer {
	var said approvals.Answer
	for _, r := range reactions {
		if !slices.ContainsFunc(r.Users, func(u string) bool { return slices.Contains(slackIDs, u) }) {
			continue
		}
		switch reactionAnswer(r.Name) {
		case approvals.Refuse:
			return approvals.Refuse
		case approvals.Approve:
			said = approvals.Approve
		}
	}
	return said
}

var (
	errNoReactions = fault.New(fault.Denied, "Reactions do not count for this request.", "Please press *Approve* or *Deny* on the card.")
	errRedrawn     = fault.New(fault.Conflict, "The card changed at the moment of your reaction, so it did not count.", "Look at the card again; then press *Approve* or *Deny*, or take the reaction away and react once more.")
)

// reaction handles a reaction that was put on a message or taken away again.
func (b *Bot) reaction(ctx context.Context, eventID string, e slackevents.ReactionAddedEvent, added bool) error {
	if e.Item.Type != "message" || reactionAnswer(e.Reaction) == "" {
		return nil
	}
	purpose, ref, drawnAt, err := b.cfg.Store.SlackMessageRef(ctx, e.Item.Channel, e.Item.Timestamp)
	if err != nil {
		return fmt.Errorf("find the message of a reaction: %w", err)
	}
	if me, err := b.whoami(ctx); err != nil || e.User == me.user || purpose != purposeCard {
		return err
	}
	key := "event:" + eventID
	first, err := b.cfg.Store.FirstDelivery(ctx, key)
	if err != nil || !first {
		return err
	}
	// One card's reactions one after the other: what Slack says of them is then
	// never older than what was last counted.
	err = b.cfg.Store.OneAtATime(ctx, "reactions:"+ref, func(ctx context.Context) error {
		return b.reacted(ctx, e, added, approvals.RequestID(ref), drawnAt)
	})
	if err == nil {
		return nil
	}
	if passing(err) {
		return errors.Join(err, b.cfg.Store.ForgetDelivery(context.WithoutCancel(ctx), key))
	}
	text := b.sorry(ctx, "reaction", err)
	if added {
		b.whisper(ctx, e.Item.Channel, e.User, text)
	}
	return nil
}

// passing says whether an error may be gone when Slack delivers the event again.
func passing(err error) bool {
	switch fault.KindOf(readable(err)) {
	case fault.Internal, fault.Unavailable:
		return true
	}
	return false
}

// reacted counts, or takes back, the answer that a person gives by reactions.
func (b *Bot) reacted(ctx context.Context, e slackevents.ReactionAddedEvent, added bool, id approvals.RequestID, drawnAt time.Time) error {
	r, err := b.cfg.Requests.Request(ctx, id)
	if err != nil {
		return err
	}
	if r.State != approvals.Pending {
		if !added || b.counted(e, r) {
			return nil
		}
		return fault.New(fault.Conflict, "This request is already decided, so your reaction did not count.", "The card shows how it was decided.")
	}
	if added && (!r.Route.Reactions || !whole(r)) {
		return errNoReactions
	}
	who, err := b.person(ctx, e.User)
	if err != nil {
		return err
	}
	card, err := b.shown(ctx, purposeCard, string(id))
	if err != nil {
		return err
	}
	if added && (card.digest != ticketOf(r).Digest || !slackTime(e.EventTimestamp).After(drawnAt)) {
		return errRedrawn
	}
	reactions, err := b.reactions(ctx, e.Item.Channel, e.Item.Timestamp)
	if err != nil {
		return err
	}
	said := standing(reactions, who.Slack)
	if added && said == "" {
		return nil // gone again already; its removal is an event of its own
	}
	return b.settleReaction(ctx, who, r, said)
}

// counted says whether what a reaction says is among what decided the request:
// the event came again, though it had been handled.
func (b *Bot) counted(e slackevents.ReactionAddedEvent, r approvals.Request) bool {
	who, err := b.known(e.User)
	return err == nil && slices.ContainsFunc(current(r), func(review approvals.Review) bool {
		return review.Reviewer == who.Name && review.Answer == reactionAnswer(e.Reaction) && review.Via == approvals.ByReaction && review.Withdrawn.IsZero()
	})
}

// settleReaction makes the stored review the same as what a person's reactions
// say. A review made by button is never touched by reactions.
func (b *Bot) settleReaction(ctx context.Context, who identity.Principal, r approvals.Request, said approvals.Answer) error {
	var stands *approvals.Review
	for i, review := range r.Reviews {
		if review.Reviewer == who.Name && review.Revision == r.Revision && review.Withdrawn.IsZero() {
			stands = &r.Reviews[i]
		}
	}
	switch {
	case stands != nil && (stands.Answer == said || stands.Via != approvals.ByReaction):
		return nil
	case said == "" && stands == nil:
		return nil
	case said == "":
		_, err := b.cfg.Requests.Withdraw(ctx, who, r.ID, approvals.ByReaction)
		return err
	}
	opinion := approvals.Opinion{Request: r.ID, Digest: r.Digest, Answer: said, Via: approvals.ByReaction}
	if said == approvals.Refuse {
		opinion.Reason = reasonByReaction
	}
	_, err := b.cfg.Requests.Review(ctx, who, opinion)
	return err
}

func (b *Bot) reactions(ctx context.Context, channel, ts string) ([]slack.ItemReaction, error) {
	item, err := b.cfg.API.GetReactionsContext(ctx, slack.NewRefToMessage(channel, ts), slack.GetReactionsParameters{Full: true})
	if err != nil {
		return nil, trouble("reactions.get", err)
	}
	return item.Reactions, nil
}

// ReconcileReactions makes good for events that never came, as after a long
// outage. Slack does not say when a reaction was made; so a yes counts only if
// the card has shown nothing but this revision since it was posted.
func (b *Bot) ReconcileReactions(ctx context.Context, id approvals.RequestID) error {
	r, err := b.cfg.Requests.Request(ctx, id)
	if err != nil {
		return err
	}
	if r.State != approvals.Pending || !r.Route.Reactions || !whole(r) {
		return nil
	}
	return b.cfg.Store.OneAtATime(ctx, "reactions:"+string(id), func(ctx context.Context) error { return b.reconcile(ctx, r) })
}

func (b *Bot) reconcile(ctx context.Context, r approvals.Request) error {
	card, err := b.shown(ctx, purposeCard, string(r.ID))
	if err != nil || card.ts == "" {
		return err
	}
	me, err := b.whoami(ctx)
	if err != nil {
		return err
	}
	reactions, err := b.reactions(ctx, card.channel, card.ts)
	if err != nil {
		return err
	}
	same := card.digest == ticketOf(r).Digest && card.first == card.digest
	var all []error
	for _, slackID := range reactors(reactions, r, b) {
		if slackID == me.user {
			continue
		}
		if err := b.reconcileOne(ctx, slackID, r.ID, reactions, same); err != nil {
			all = append(all, err)
		}
	}
	return errors.Join(all...)
}

func (b *Bot) reconcileOne(ctx context.Context, slackID string, id approvals.RequestID, reactions []slack.ItemReaction, same bool) error {
	who, err := b.person(ctx, slackID)
	if err != nil {
		return refusal(err)
	}
	r, err := b.cfg.Requests.Request(ctx, id) // the one before may have decided it
	if err != nil || r.State != approvals.Pending {
		return err
	}
	said := standing(reactions, who.Slack)
	if said == approvals.Approve && !same {
		return nil
	}
	return refusal(b.settleReaction(ctx, who, r, said))
}

// reactors is everybody who has an answering reaction on the card, and everybody
// whose review by reaction stands.
func reactors(reactions []slack.ItemReaction, r approvals.Request, b *Bot) []string {
	var ids []string
	for _, reaction := range reactions {
		if reactionAnswer(reaction.Name) != "" {
			ids = append(ids, reaction.Users...)
		}
	}
	for _, review := range r.Reviews {
		if review.Via == approvals.ByReaction && review.Withdrawn.IsZero() {
			if p, err := b.cfg.People.Person(review.Reviewer); err == nil {
				ids = append(ids, p.Slack...)
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// refusal drops errors that mean no more than that somebody does not count.
func refusal(err error) error {
	if err != nil && passing(err) {
		return err
	}
	return nil
}

// slackTime reads a Slack timestamp ("1712345678.000200"); the zero time, which
// is before everything, if it is none.
func slackTime(ts string) time.Time {
	sec, frac, _ := strings.Cut(ts, ".")
	s, err := strconv.ParseInt(sec, 10, 64)
	if err != nil {
		return time.Time{}
	}
	frac = (frac + "000000000")[:9]
	ns, err := strconv.ParseInt(frac, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(s, ns)
}
