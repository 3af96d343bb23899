package bot

import (
	"context"
	"errors"

	"github.com/slack-go/slack"

	"dbaccess/internal/fault"
)

// spot is where somebody acted, and so how they can be answered: by a response
// URL where they pressed in a message or typed a command, else by a modal while
// the trigger lives, else by a direct message.
type spot struct {
	user     string // Slack id
	trigger  string // opens one modal, within three seconds
	response string // response URL; empty in modals, on App Home and for global shortcuts
	view     string // id of the modal acted in; empty elsewhere
}

func spotOf(cmd slack.SlashCommand) spot {
	return spot{user: cmd.UserID, trigger: cmd.TriggerID, response: cmd.ResponseURL}
}

// spotIn is where an interaction took place. App Home is a view too, but no modal:
// nothing can be put on top of it, and nothing that is opened replaces it.
func spotIn(cb slack.InteractionCallback) spot {
	s := spot{user: cb.User.ID, trigger: cb.TriggerID, response: cb.ResponseURL}
	if cb.View.ID != "" && cb.View.Type != slack.VTHomeTab {
		s.view = cb.View.ID
	}
	return s
}

// open opens a modal, on top of the one that was acted in if there is one.
func (b *Bot) open(ctx context.Context, s spot, m slack.ModalViewRequest) (viewID string, err error) {
	var resp *slack.ViewResponse
	if s.view != "" {
		resp, err = b.cfg.API.PushViewContext(ctx, s.trigger, m)
	} else {
		resp, err = b.cfg.API.OpenViewContext(ctx, s.trigger, m)
	}
	if err != nil {
		if triggerUsed(err) {
			return "", errOpened.With(err)
		}
		if triggerGone(err) {
			return "", fault.New(fault.Expired, "That took too long for Slack.", "Please press it again.").With(err)
		}
		return "", trouble("views.open", err)
	}
	return resp.ID, nil
}

// tell answers whoever acted. Nothing that is said is lost: where no place is
// left, it comes as a direct message.
func (b *Bot) tell(ctx context.Context, s spot, title string, a answer) {
	switch {
	case s.response != "":
		b.respond(ctx, s.response, a)
	case s.view != "":
		b.settle(ctx, s.view, s.user, note(title, a.text), a.text)
	default:
		if _, err := b.open(ctx, s, note(title, a.text)); err != nil && !errors.Is(err, errOpened) {
			b.later(ctx, s, a)
		}
	}
}

// later answers where no modal can: by the response URL, or by a direct message.
func (b *Bot) later(ctx context.Context, s spot, a answer) {
	if s.response != "" {
		b.respond(ctx, s.response, a)
		return
	}
	if a.blocks == nil {
		a.blocks = letter{text: a.text}.blocks()
	}
	if _, err := b.post(ctx, s.user, a.text, a.blocks); err != nil {
		b.log.WarnContext(ctx, "answer not delivered", "err", err)
	}
}

// carry does what was pressed and says what came of it. Where only a modal can
// say it, that is opened first: the trigger may not live as long as the work
// takes. The work is done whether or not there is a place to tell of it.
func (b *Bot) carry(ctx context.Context, s spot, title string, work func(context.Context) (answer, error)) {
	viewID := s.view
	if s.response == "" && viewID == "" {
		var err error
		if viewID, err = b.open(ctx, s, working(title)); err != nil {
			b.log.WarnContext(ctx, "modal not opened", "err", err)
		}
	}
	a, err := work(ctx)
	if err != nil {
		a = say("%s", b.sorry(ctx, title, err))
	}
	if viewID == "" {
		b.later(ctx, s, a)
		return
	}
	b.settle(ctx, viewID, s.user, note(title, a.text), a.text)
}
