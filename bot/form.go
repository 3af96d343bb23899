package bot

import (
	"context"
	"strings"

	"github.com/slack-go/slack"

	"dbaccess/approvals"
	"dbaccess/internal/fault"
)

// The blocks of the request form, which are also where its errors are shown. The
// profile's block carries the database in its id: choosing another database
// must not keep a profile that was chosen for the first.
const (
	blockDatabase = "database"
	blockProfile  = "profile/"
	blockDuration = "duration"
	blockReason   = "reason"

	fieldProfile  = "profile"
	fieldDuration = "duration"
	fieldReason   = "reason"
)

// openForm shows the request form. It is the first thing done: the trigger dies
// within three seconds. Who may ask is checked when the form is sent.
func (b *Bot) openForm(ctx context.Context, trigger, responseURL string) {
	databases := b.cfg.Databases()
	if len(databases) == 0 {
		b.respond(ctx, responseURL, say("No databases are set up yet. Ask the people who run dbaccess."))
		return
	}
	chosen := ""
	if len(databases) == 1 {
		chosen = databases[0].Name
	}
	if _, err := b.cfg.API.OpenViewContext(ctx, trigger, form(databases, chosen)); err != nil {
		b.retryByButton(ctx, responseURL, trouble("views.open", err))
	}
}

// retryByButton answers when a modal could not be opened: a new press makes a
// new trigger.
func (b *Bot) retryByButton(ctx context.Context, responseURL string, err error) {
	if responseURL == "" {
		b.log.WarnContext(ctx, "modal not opened", "err", err)
		return
	}
	if !triggerGone(err) {
		b.respond(ctx, responseURL, say("%s", b.sorry(ctx, "open modal", err)))
		return
	}
	again := slack.NewActionBlock("", button(actForm, "", "Open the form", "Open the request form"))
	a := say("That took too long for Slack. Press the button to try again, or type it: %s.", exampleAsk)
	a.blocks = stamp([]slack.Block{slack.NewSectionBlock(mrkdwn(a.text, maxSection), nil, nil), again})
	b.respond(ctx, responseURL, a)
}

// form draws the request form; chosen is the database picked so far, or empty.
func form(databases []approvals.Database, chosen string) slack.ModalViewRequest {
	var options []*slack.OptionBlockObject
	var initial *slack.OptionBlockObject
	var db approvals.Database
	for _, d := range databases {
		if len(options) == maxOptions {
			break
		}
		o := slack.NewOptionBlockObject(fit(d.Name, maxOption), plain(d.Name, maxOption), nil)
		options = append(options, o)
		if d.Name == chosen {
			initial, db = o, d
		}
	}
	pick := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain("Choose a database", maxInputError), actDatabase, options...)
	pick.InitialOption = initial
	input := slack.NewInputBlock(blockDatabase, plain("Database", maxField), nil, pick)
	input.DispatchAction = true
	if len(databases) > maxOptions {
		input.Hint = plain("Only the first 100 are listed; type others: /dbaccess NAME 2h because …", maxField)
	}
	blocks := []slack.Block{input}
	if db.Name != "" && len(db.Profiles) > 0 {
		blocks = append(blocks, profileInput(db))
	}
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: viewAsk,
		Title: plain("Ask for access", maxModalTitle), Submit: plain("Ask", maxModalTitle), Close: plain("Close", maxModalTitle),
		Blocks: slack.Blocks{BlockSet: append(blocks, durationInput(), reasonInput(blockReason, "Why do you need it?", "INC-42: a refund is stuck"))},
	}
}

func profileInput(db approvals.Database) *slack.InputBlock {
	var options []*slack.OptionBlockObject
	for _, p := range db.Profiles {
		if len(options) == maxOptions {
			break
		}
		about := "up to " + durationText(p.Max)
		if p.Masked {
			about = "masked values only, " + about
		}
		options = append(options, slack.NewOptionBlockObject(fit(p.Name, maxOption), plain(p.Name, maxOption), plain(about, maxOption)))
	}
	pick := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain("Choose a profile", maxInputError), fieldProfile, options...)
	if p, err := findProfile("", db); err == nil {
		for _, o := range options {
			if o.Value == p.Name {
				pick.InitialOption = o
			}
		}
	}
	return slack.NewInputBlock(fit(blockProfile+db.Name, 255), plain("Profile", maxField), nil, pick)
}

func durationInput() *slack.InputBlock {
	in := slack.NewInputBlock(blockDuration, plain("How long?", maxField), plain("Like 30m, 2h, 1h30m. Empty: what is usual for the profile. It begins when you first use it.", maxField),
		slack.NewPlainTextInputBlockElement(plain("1h", maxInputError), fieldDuration))
	in.Optional = true
	return in
}

func reasonInput(block, label, example string) *slack.InputBlock {
	field := slack.NewPlainTextInputBlockElement(plain(example, maxInputError), fieldReason)
	field.Multiline, field.MaxLength = true, maxReason
	return slack.NewInputBlock(block, plain(label, maxField), nil, field)
}

// chooseDatabase redraws the form with the profiles of the database just picked.
func (b *Bot) chooseDatabase(ctx context.Context, view slack.View, database string) {
	_, err := b.cfg.API.UpdateViewContext(ctx, form(b.cfg.Databases(), database), "", view.Hash, view.ID)
	if err != nil && slackCode(err) != "hash_conflict" && slackCode(err) != "not_found" { // a newer choice won, or the form is closed
		b.log.WarnContext(ctx, "form not redrawn", "err", trouble("views.update", err))
	}
}

// readForm makes an ask of a sent form, or says what is wrong with which field.
func readForm(state *slack.ViewState, databases []approvals.Database) (approvals.Ask, map[string]string) {
	wrong := map[string]string{}
	fail := func(block string, err error) {
		f := fault.Show(err)
		wrong[block] = fit(strings.ReplaceAll(strings.TrimSpace(f.Msg+" "+f.Hint), "`", "'"), maxInputError)
	}
	db, err := findDatabase(field(state, blockDatabase, actDatabase).SelectedOption.Value, databases)
	if err != nil {
		fail(blockDatabase, err)
		return approvals.Ask{}, wrong
	}
	ask := approvals.Ask{Kind: approvals.Access, Database: db.Name}
	block := fit(blockProfile+db.Name, 255)
	profile, err := findProfile(field(state, block, fieldProfile).SelectedOption.Value, db)
	switch {
	case err != nil && hasBlock(state, block):
		fail(block, err)
	case err != nil: // the profile field has not come up yet
		fail(blockDatabase, err)
	}
	ask.Profile = profile.Name
	if typed := strings.Join(strings.Fields(field(state, blockDuration, fieldDuration).Value), ""); typed != "" {
		d, ok := parseDuration(typed)
		switch {
		case !ok:
			wrong[blockDuration] = "That is no duration. Type it like 30m, 2h or 1h30m."
		case profile.Name != "":
			if err := checkWindow(d, profile, db); err != nil {
				fail(blockDuration, err)
			}
		}
		ask.Duration = d
	}
	reason, err := parseReason(field(state, blockReason, fieldReason).Value)
	switch {
	case err != nil:
		fail(blockReason, err)
	case reason == "":
		wrong[blockReason] = "Please say why: the people who decide will read it."
	}
	ask.Reason = reason
	return ask, wrong
}

func field(state *slack.ViewState, block, action string) slack.BlockAction {
	if state == nil {
		return slack.BlockAction{}
	}
	return state.Values[block][action]
}

func hasBlock(state *slack.ViewState, block string) bool {
	return state != nil && state.Values[block] != nil
}
