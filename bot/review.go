package bot

import (
	"context"
	"strings"

	"github.com/slack-go/slack"

	"dbaccess/approvals"
	"dbaccess/internal/fault"
)

// approve counts the presser's yes.
func (b *Bot) approve(ctx context.Context, p press, t ticket) error {
	v, err := b.forReview(ctx, p, t)
	if err != nil {
		return err
	}
	if !whole(v.Request) { // a button of a card of another time
		return approvals.ErrChanged
	}
	text, err := b.answer(ctx, p.cb.User.ID, t, approvals.Opinion{Answer: approvals.Approve})
	if err != nil {
		b.redraw(ctx, t.Request)
		return err
	}
	b.respond(ctx, p.cb.ResponseURL, say("%s", text))
	return nil
}

// forReview reads the request that a press is about, and adopts the card it came
// from.
func (b *Bot) forReview(ctx context.Context, p press, t ticket) (view, error) {
	v, err := b.view(ctx, t.Request)
	if err != nil {
		return view{}, err
	}
	return v, b.adopt(ctx, p, v)
}

// answer passes a review on, made by the person behind a Slack id, and returns
// what to tell them.
func (b *Bot) answer(ctx context.Context, slackID string, t ticket, o approvals.Opinion) (string, error) {
	digest, err := t.digest()
	if err != nil {
		return "", err
	}
	who, err := b.person(ctx, slackID)
	if err != nil {
		return "", err
	}
	o.Request, o.Digest, o.Via = t.Request, digest, approvals.ByButton
	r, err := b.cfg.Requests.Review(ctx, who, o)
	if err != nil {
		return "", err
	}
	said := "You *approved* request `"
	if o.Answer == approvals.Refuse {
		said = "You *denied* request `"
	}
	text := said + short(r.ID) + "` (" + what(r.Terms) + " for *" + esc(r.Requester) + "*)."
	if r.State == approvals.Pending {
		text += " " + esc(approvals.Decide(r.Route, r, b.now()).Why)
	}
	if r.Standing.Scope != "" {
		text += " It stands for later runs until " + at(r.Standing.Until) + "; _End standing approval_ on its card ends that."
	}
	return text, nil
}

// pending refuses what can only be done to an undecided request.
func pending(v view, t ticket) error {
	if v.State != approvals.Pending {
		return fault.New(fault.Conflict, "This request is already "+strings.ToLower(stateWord(v))+", so nothing was counted.", "The card shows how it was decided.")
	}
	if t.Digest != ticketOf(v.Request).Digest {
		return approvals.ErrChanged
	}
	return nil
}

// askWhyNot opens the modal that asks for the reason of a denial.
func (b *Bot) askWhyNot(ctx context.Context, p press, t ticket) error {
	v, err := b.forReview(ctx, p, t)
	if err != nil {
		return err
	}
	if err := pending(v, t); err != nil {
		b.redraw(ctx, t.Request)
		return err
	}
	_, err = b.open(ctx, p.spot(), denyModal(v.Request))
	return err
}

// sentDenial handles the modal of askWhyNot.
func (b *Bot) sentDenial(ctx context.Context, cb slack.InteractionCallback) (any, func(context.Context)) {
	reason, err := parseReason(field(cb.View.State, blockReason, fieldReason).Value)
	if err != nil {
		return slack.NewErrorsViewSubmissionResponse(map[string]string{blockReason: fault.Show(err).Msg}), nil
	}
	if reason == "" {
		return slack.NewErrorsViewSubmissionResponse(map[string]string{blockReason: "Please say why: the asker will read it."}), nil
	}
	return b.sentAnswer(ctx, cb, "Deny this request", approvals.Opinion{Answer: approvals.Refuse, Reason: reason})
}

// sentReview handles the last page of the review modal: the approval of a
// statement that was too long for its card.
func (b *Bot) sentReview(ctx context.Context, cb slack.InteractionCallback) (any, func(context.Context)) {
	scope, days := readScope(cb.View.State)
	return b.sentAnswer(ctx, cb, "Review", approvals.Opinion{Answer: approvals.Approve, Scope: scope, Days: days})
}

func (b *Bot) sentAnswer(ctx context.Context, cb slack.InteractionCallback, title string, o approvals.Opinion) (any, func(context.Context)) {
	block := "" // the review modal has no field
	if cb.View.CallbackID == viewDeny {
		block = blockReason
	}
	return b.finish(ctx, cb, title, block, func(ctx context.Context) (string, error) {
		t, err := parseTicket(cb.View.PrivateMetadata)
		if err != nil {
			return "", err
		}
		text, err := b.answer(ctx, cb.User.ID, t, o)
		if err != nil {
			b.redraw(ctx, t.Request)
		}
		return text, err
	})
}

// openDetails shows everything about a request. Whoever can see the card may.
func (b *Bot) openDetails(ctx context.Context, p press, t ticket) error {
	v, err := b.forReview(ctx, p, t)
	if err != nil {
		return err
	}
	_, err = b.open(ctx, p.spot(), detailsModal(v))
	return err
}

// openReview opens the first page of a long statement.
func (b *Bot) openReview(ctx context.Context, p press, t ticket) error {
	v, err := b.forReview(ctx, p, t)
	if err != nil {
		return err
	}
	if err := pending(v, t); err != nil {
		b.redraw(ctx, t.Request)
		return err
	}
	m, err := b.reviewPage(ctx, v, 1)
	if err != nil {
		return err
	}
	_, err = b.open(ctx, p.spot(), m)
	return err
}

// turnPage shows another page of it.
func (b *Bot) turnPage(ctx context.Context, p press, t ticket) error {
	v, err := b.view(ctx, t.Request)
	if err != nil {
		return err
	}
	if err := pending(v, t); err != nil {
		return err
	}
	m, err := b.reviewPage(ctx, v, t.Page)
	if err != nil {
		return err
	}
	_, err = b.cfg.API.UpdateViewContext(ctx, m, "", p.cb.View.Hash, p.cb.View.ID)
	if slackCode(err) == "hash_conflict" {
		return nil // pressed twice
	}
	return trouble("views.update", err)
}
