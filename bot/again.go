package bot

import (
	"context"

	"github.com/slack-go/slack"

	"dbaccess/approvals"
	"dbaccess/internal/fault"
)

// againButton asks for the same once more: it opens the form, filled with what
// was asked, to be changed or sent.
func againButton(id approvals.RequestID, t approvals.Terms) *slack.ButtonBlockElement {
	of := t.Profile + " on " + t.Database
	if t.Kind == approvals.Statement {
		of = "a statement on " + t.Database
	}
	return button(actAgain, ticket{Request: id}.value(), "Request again", "Request again: "+of+", as in "+short(id))
}

var errNotAsker = fault.New(fault.Denied, "That is somebody else's request, so it cannot be asked again for you.", "`/dbaccess` shows the form.")

// again opens the form with an earlier request in it. Only its asker may: what
// somebody asked, and why, is for those who decide.
func (b *Bot) again(ctx context.Context, s spot, t ticket) error {
	who, err := b.known(s.user)
	if err != nil {
		return err
	}
	brief, cancel := context.WithTimeout(ctx, recallBudget)
	defer cancel()
	r, err := b.cfg.Requests.Request(brief, t.Request)
	if err != nil {
		return err
	}
	if r.Requester != who.Name {
		return errNotAsker
	}
	if r.Kind == approvals.Statement {
		d, err := againStatement(r, b.cfg.Databases())
		if err != nil {
			return err
		}
		b.openQuery(ctx, s, d)
		return nil
	}
	d := draftOf(r, b.cfg.Databases())
	if !b.cfg.Requests.MayAsk(who, r.Database, r.Profile) {
		d.note = "What you had then, " + code(r.Profile) + " on " + code(r.Database) + ", cannot be asked for any more."
	}
	b.openForm(ctx, s, d)
	return nil
}
