package bot

import (
	"context"
	"errors"
	"fmt"

	"dbaccess/approvals"
	"dbaccess/approvals/policy"
	"dbaccess/credentials"
)

// purposeTell is under what the Store keeps the letter about a state: one letter
// a state, however often the job runs.
func purposeTell[S ~string](state S) string { return "tell:" + string(state) }

const (
	purposeResult  = "result"
	purposeWarning = "warning"
)

// TellAsker sends the asker a direct message about the request's present state,
// once. It is a job: an error means that it should be run again.
func (b *Bot) TellAsker(ctx context.Context, id approvals.RequestID) error {
	cardless := "" // whose request has no card: no job draws it, and their App Home with it
	err := b.cfg.Store.OneAtATime(ctx, "tell:"+string(id), func(ctx context.Context) error {
		v, err := b.view(ctx, id)
		if err != nil {
			return err
		}
		if v.ExpiresAt.IsZero() {
			cardless = reader(v.Requester)
		}
		if v.State == approvals.Executed { // SendResult may have said it already
			if sent, err := b.shown(ctx, purposeResult, string(id)); err != nil || sent.ts != "" {
				return err
			}
		}
		channel := ""
		if v.Route.Outcome == policy.Review {
			channel, _ = b.channel(v.Route.Channel) // DrawCard tells where there is none
			if channel == "" && v.State == approvals.Pending {
				return nil
			}
		}
		l, ok := requestLetter(v, channel)
		if !ok {
			return nil
		}
		if v.State == approvals.Cancelled { // they know; the letter with the button says it from now on
			return b.closeLetter(ctx, purposeTell(approvals.Pending), string(id), l.text)
		}
		if err := b.send(ctx, purposeTell(v.State), string(id), v.Requester, l); err != nil {
			return err
		}
		if v.State != approvals.Pending {
			return b.closeLetter(ctx, purposeTell(approvals.Pending), string(id), your(v.Requester)+" request `"+short(id)+"` ("+what(v.Terms)+") was received.")
		}
		return nil
	})
	if cardless != "" {
		err = errors.Join(err, b.drawHomes(ctx, cardless))
	}
	if err != nil {
		return fmt.Errorf("tell asker of %s: %w", id, err)
	}
	return nil
}

// TellHolder sends the grant's holder a direct message about its present state,
// once, and takes the buttons off the earlier ones when it has ended.
func (b *Bot) TellHolder(ctx context.Context, id approvals.GrantID) error {
	err := b.cfg.Store.OneAtATime(ctx, "tell:"+string(id), func(ctx context.Context) error {
		g, err := b.cfg.Grants.Grant(ctx, id)
		if err != nil {
			return err
		}
		if l, ok := grantLetter(g); ok {
			if err := b.send(ctx, purposeTell(g.State), string(id), g.Holder, l); err != nil {
				return err
			}
		}
		switch g.State {
		case credentials.Active:
			return b.closeApproval(ctx, g.Request)
		case credentials.Ended:
			return errors.Join(
				b.closeApproval(ctx, g.Request),
				b.closeLetter(ctx, purposeTell(credentials.Active), string(id),
					your(g.Holder)+" access "+code(g.Profile)+" on "+code(g.Database)+" was active until "+clock(g.EndedAt)+"."),
				b.closeLetter(ctx, purposeWarning, string(id),
					"I told you that your access "+code(g.Profile)+" on "+code(g.Database)+" was about to end."))
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("tell holder of %s: %w", id, err)
	}
	return nil
}

// WarnHolder tells the grant's holder that its end is near, once. It is a job
// stored when the grant became active: by now the grant may have ended, and then
// there is nothing to tell.
func (b *Bot) WarnHolder(ctx context.Context, id approvals.GrantID) error {
	err := b.cfg.Store.OneAtATime(ctx, "tell:"+string(id), func(ctx context.Context) error {
		g, err := b.cfg.Grants.Grant(ctx, id)
		if err != nil {
			return err
		}
		l, ok := warningLetter(g, b.now())
		if !ok {
			return nil
		}
		return b.send(ctx, purposeWarning, string(id), g.Holder, l)
	})
	if err != nil {
		return fmt.Errorf("warn holder of %s: %w", id, err)
	}
	return nil
}

// send posts a letter to a person, unless it has been posted before.
func (b *Bot) send(ctx context.Context, purpose, ref, name string, l letter) error {
	sent, err := b.shown(ctx, purpose, ref)
	if err != nil || sent.ts != "" {
		return err
	}
	to := b.slackOf(reader(name))
	if to == "" { // nobody to tell: a pipeline asked, or the person has left the directory
		return nil
	}
	d, err := b.post(ctx, to, l.text, l.blocks())
	if err != nil {
		return err
	}
	return b.remember(ctx, purpose, ref, d)
}

// closeLetter redraws an earlier letter in the past tense and without its
// buttons, now that they would do nothing. A letter that is gone stays gone.
func (b *Bot) closeLetter(ctx context.Context, purpose, ref, past string) error {
	sent, err := b.shown(ctx, purpose, ref)
	if err != nil || sent.ts == "" || sent.content == "" {
		return err
	}
	l := letter{text: past}
	if err := b.update(ctx, sent, l.text, l.blocks()); err != nil && !goneMessage(err) {
		return err
	}
	sent.content = "" // closed
	return b.remember(ctx, purpose, ref, sent)
}

// closeApproval closes the letter with which a grant was offered.
func (b *Bot) closeApproval(ctx context.Context, id approvals.RequestID) error {
	r, err := b.cfg.Requests.Request(ctx, id)
	if err != nil {
		return err
	}
	return b.closeLetter(ctx, purposeTell(approvals.Approved), string(id),
		your(r.Requester)+" request `"+short(r.ID)+"` ("+what(r.Terms)+") was *approved*, "+at(r.DecidedAt)+".")
}

// tellStuck tells the asker, once, if a request cannot reach its reviewers for a
// reason that does not go away by itself. It returns why, so that the job is
// tried again.
func (b *Bot) tellStuck(ctx context.Context, v view, why error) error {
	sentence, stuck := stuck(why)
	if !stuck {
		return why
	}
	l := letter{text: your(v.Requester) + " request `" + short(v.ID) + "` (" + what(v.Terms) + ") cannot be shown to those who would decide it. " + b.sorry(ctx, "draw card", sentence)}
	return errors.Join(why, b.send(ctx, "tell:stuck", string(v.ID), v.Requester, l))
}
