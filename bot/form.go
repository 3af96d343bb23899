package bot

import (
	"context"
	"errors"
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

const formTitle = "Ask for access"

// openForm shows the request form, filled with fill; if that names no database,
// with what its reader chose last. Opening it is the first thing done, since the
// trigger dies within three seconds; who may ask is checked when it is sent.
func (b *Bot) openForm(ctx context.Context, s spot, fill draft) {
	who, err := b.known(s.user)
	if err != nil {
		b.tell(ctx, s, formTitle, say("%s", b.sorry(ctx, "form", err)))
		return
	}
	databases := b.offered(who)
	if len(databases) == 0 {
		b.tell(ctx, s, formTitle, say("%s", b.nothingOffered()))
		return
	}
	if fill.database == "" {
		last := b.lastChoices(ctx, who, approvals.Access, databases)
		fill.database, fill.profile, fill.duration = last.database, last.profile, last.duration
	}
	if _, err := b.open(ctx, s, form(databases, fill)); err != nil {
		b.retryByButton(ctx, s, button(actForm, "", "Open the form", "Open the form that asks for access"), exampleAsk, err)
	}
}

// nothingOffered is what people read who may ask for nothing.
func (b *Bot) nothingOffered() string {
	if len(b.cfg.Databases()) == 0 {
		return "No databases are set up yet. Ask the people who run dbaccess."
	}
	return "There is nothing that the policy lets you ask for. Ask the people who run dbaccess which group you should be in."
}

// retryByButton answers when a form could not be opened: a new press makes a new
// trigger.
func (b *Bot) retryByButton(ctx context.Context, s spot, again *slack.ButtonBlockElement, example string, err error) {
	if errors.Is(err, errOpened) {
		return
	}
	if fault.KindOf(err) != fault.Expired {
		b.later(ctx, s, say("%s", b.sorry(ctx, "open modal", err)))
		return
	}
	a := say("That took too long for Slack. Press the button to try again, or type it: %s.", example)
	a.blocks = stamp([]slack.Block{slack.NewSectionBlock(mrkdwn(a.text, maxSection), nil, nil), slack.NewActionBlock("", again)})
	b.later(ctx, s, a)
}

// form draws the request form. It offers databases, and of the one that is
// chosen its profiles.
func form(databases []approvals.Database, d draft) slack.ModalViewRequest {
	db, err := findDatabase(d.database, databases)
	if d.database == "" || err != nil {
		db = approvals.Database{}
	}
	if len(databases) == 1 {
		db = databases[0]
	}
	input := slack.NewInputBlock(blockDatabase, plain("Database", maxField), nil, databaseSelect(databases, actDatabase, db.Name))
	input.DispatchAction = true
	var blocks []slack.Block
	if d.note != "" {
		blocks = append(blocks, slack.NewContextBlock("note", mrkdwn(d.note, maxField)))
	}
	blocks = append(blocks, input)
	if len(db.Profiles) > 0 {
		blocks = append(blocks, profileInput(db, d.profile))
	}
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: viewAsk,
		Title: plain(formTitle, maxModalTitle), Submit: plain("Ask", maxModalTitle), Close: plain("Close", maxModalTitle),
		Blocks: slack.Blocks{BlockSet: append(blocks, durationInput(d.duration), reasonInput(blockReason, "Why do you need it?", "INC-42: a refund is stuck", d.reason))},
	}
}

func profileInput(db approvals.Database, chosen string) *slack.InputBlock {
	pick := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain("Choose a profile", maxInputError), fieldProfile)
	initial, err := findProfile(chosen, db)
	if err != nil {
		initial, err = findProfile("", db)
	}
	for _, p := range db.Profiles {
		if len(pick.Options) == maxOptions {
			break
		}
		about := "up to " + durationText(p.Max)
		if p.Masked {
			about = "masked values only, " + about
		}
		o := slack.NewOptionBlockObject(fit(p.Name, maxOption), plain(p.Name, maxOption), plain(about, maxOption))
		pick.Options = append(pick.Options, o)
		if err == nil && p.Name == initial.Name {
			pick.InitialOption = o
		}
	}
	return slack.NewInputBlock(fit(blockProfile+db.Name, 255), plain("Profile", maxField), nil, pick)
}

func durationInput(typed string) *slack.InputBlock {
	field := slack.NewPlainTextInputBlockElement(plain("1h", maxInputError), fieldDuration)
	field.InitialValue = typed
	in := slack.NewInputBlock(blockDuration, plain("How long?", maxField), plain("Like 30m, 2h, 1h30m. Empty: what is usual for the profile. It begins when you first use it.", maxField), field)
	in.Optional = true
	return in
}

func reasonInput(block, label, example, typed string) *slack.InputBlock {
	field := slack.NewPlainTextInputBlockElement(plain(example, maxInputError), fieldReason)
	field.Multiline, field.MaxLength, field.InitialValue = true, maxReason, fit(typed, maxReason)
	return slack.NewInputBlock(block, plain(label, maxField), nil, field)
}

// chooseDatabase redraws the form with the profiles of the database just picked,
// and with what was typed so far.
func (b *Bot) chooseDatabase(ctx context.Context, cb slack.InteractionCallback, database string) {
	who, err := b.known(cb.User.ID)
	if err != nil {
		return // removed from the directory while the form was open; sending it says so
	}
	d := draft{
		database: database, duration: field(cb.View.State, blockDuration, fieldDuration).Value,
		reason: field(cb.View.State, blockReason, fieldReason).Value,
	}
	_, err = b.cfg.API.UpdateViewContext(ctx, form(b.offered(who), d), "", cb.View.Hash, cb.View.ID)
	if err != nil && slackCode(err) != "hash_conflict" && slackCode(err) != "not_found" { // a newer choice won, or the form is closed
		b.log.WarnContext(ctx, "form not redrawn", "err", trouble("views.update", err))
	}
}

// readForm makes an ask of a sent form, or says what is wrong with which field.
func readForm(state *slack.ViewState, databases []approvals.Database) (approvals.Ask, map[string]string) {
	wrong := mistakes{}
	db, err := findDatabase(field(state, blockDatabase, actDatabase).SelectedOption.Value, databases)
	if err != nil {
		wrong.add(blockDatabase, err)
		return approvals.Ask{}, wrong
	}
	ask := approvals.Ask{Kind: approvals.Access, Database: db.Name}
	block := fit(blockProfile+db.Name, 255)
	profile, err := findProfile(field(state, block, fieldProfile).SelectedOption.Value, db)
	switch {
	case err != nil && hasBlock(state, block):
		wrong.add(block, err)
	case err != nil: // the profile field has not come up yet
		wrong.add(blockDatabase, err)
	}
	ask.Profile = profile.Name
	if typed := strings.Join(strings.Fields(field(state, blockDuration, fieldDuration).Value), ""); typed != "" {
		d, ok := parseDuration(typed)
		switch {
		case !ok:
			wrong[blockDuration] = "That is no duration. Type it like 30m, 2h or 1h30m."
		case profile.Name != "":
			if err := checkWindow(d, profile, db); err != nil {
				wrong.add(blockDuration, err)
			}
		}
		ask.Duration = d
	}
	reason, err := parseReason(field(state, blockReason, fieldReason).Value)
	switch {
	case err != nil:
		wrong.add(blockReason, err)
	case reason == "":
		wrong[blockReason] = "Please say why: the people who decide will read it."
	}
	ask.Reason = reason
	return ask, wrong
}

// mistakes are what is wrong with a sent form, by block.
type mistakes map[string]string

func (m mistakes) add(block string, err error) {
	f := fault.Show(err)
	m[block] = fit(strings.ReplaceAll(strings.TrimSpace(f.Msg+" "+f.Hint), "`", "'"), maxInputError)
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
