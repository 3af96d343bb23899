package bot

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"dbaccess/approvals"
	"dbaccess/internal/fault"
)

// Where the review modal of a job asks for which later runs an approval is.
const (
	blockScope, fieldScope = "scope", "scope"
	blockDays, fieldDays   = "days", "days"
)

// pageRoom is how many characters of files one page of the review modal shows, and
// in how many blocks at most.
const (
	pageRoom      = pageBlocks * statementBlock
	pageMostParts = 40
)

// reviewPages is what a request's review modal shows, page by page: the statement
// or the files of a job, whole. A request for access of a person has one page
// without any.
func reviewPages(v view) [][]slack.Block {
	if v.Kind == approvals.Access && v.Job != nil {
		return filePages(v)
	}
	var out [][]slack.Block
	for _, page := range pages(v.Request) {
		var blocks []slack.Block
		for _, part := range page {
			blocks = append(blocks, preformatted(part))
		}
		out = append(out, blocks)
	}
	return out
}

// filePages shows every file of a job, each under its name and verdict.
func filePages(v view) [][]slack.Block {
	out := [][]slack.Block{nil}
	used := 0
	put := func(n int, blocks ...slack.Block) {
		last := len(out) - 1
		if len(out[last]) > 0 && (used+n > pageRoom || len(out[last])+len(blocks) > pageMostParts) {
			out, used = append(out, nil), 0
			last++
		}
		out[last] = append(out[last], blocks...)
		used += n
	}
	for i, s := range v.Scripts {
		for j, part := range pieces(visible(s.Content), statementBlock) {
			blocks := []slack.Block{preformatted(part)}
			if j == 0 {
				blocks = slices.Insert(blocks, 0, slack.Block(slack.NewContextBlock("", mrkdwn(fileHead(v, i), maxField))))
			}
			put(utf8.RuneCountInString(part), blocks...)
		}
	}
	return out
}

// fileHead stands above a file: what it is, and what was found in it.
func fileHead(v view, i int) string {
	text := fileText(v, i, v.Job.Files[i]) + ", sha256 `" + v.Job.Files[i].SHA256[:12] + "…`"
	if i < len(v.Verdicts) && len(v.Verdicts[i].Findings) > 0 {
		text += "\n" + verdictText(v.Verdicts[i], roomy)
	}
	return text
}

// shownWhole says whether the modal can show all that would be approved.
func shownWhole(v view) bool {
	return v.Job == nil || len(v.Scripts) == len(v.Job.Files)
}

// scopeInputs ask for which later runs an approval is, where there is a choice.
func scopeInputs(v view) []slack.Block {
	offers := approvals.Offers(v.Route, v.Request)
	if v.Job == nil || len(offers) < 2 {
		return nil
	}
	short := map[approvals.Scope]string{
		approvals.Once: "This run and no other", approvals.Commit: "Later runs with the same claims and code, too",
		approvals.Content: "Later runs of the same code at any commit, too", approvals.Level: "Later runs of any code of that level, too",
	}
	var options []*slack.OptionBlockObject
	for _, s := range offers {
		options = append(options, slack.NewOptionBlockObject(string(s), plain(scopeName(v, s), maxOption), plain(short[s], maxOption)))
	}
	pick := slack.NewRadioButtonsBlockElement(fieldScope, options...)
	pick.InitialOption = options[0]

	days := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain("For how long", maxInputError), fieldDays)
	most := v.Route.Standing.Days
	choices := []int{}
	for _, n := range []int{1, 7, 14, 30, 90} {
		if n < most {
			choices = append(choices, n)
		}
	}
	for _, n := range append(choices, most) {
		days.Options = append(days.Options, slack.NewOptionBlockObject(strconv.Itoa(n), plain(count(int64(n), "day"), maxOption), nil))
	}
	days.InitialOption = days.Options[0]
	return []slack.Block{
		slack.NewInputBlock(blockScope, plain("Approve", maxField), nil, pick),
		slack.NewInputBlock(blockDays, plain("Unless once, for how long", maxField), nil, days),
	}
}

// readScope reads what scopeInputs asked for; nothing chosen is once.
func readScope(state *slack.ViewState) (scope approvals.Scope, days int) {
	scope = approvals.Scope(field(state, blockScope, fieldScope).SelectedOption.Value)
	if scope == "" || scope == approvals.Once {
		return "", 0
	}
	days, _ = strconv.Atoi(field(state, blockDays, fieldDays).SelectedOption.Value)
	return scope, days
}

// reviewPage draws a page of the review modal, with the files of a job read for
// it. What cannot be shown cannot be approved.
func (b *Bot) reviewPage(ctx context.Context, v view, page int) (slack.ModalViewRequest, error) {
	if v.Job != nil && len(v.Job.Files) > 0 {
		scripts, err := b.cfg.Requests.Scripts(ctx, v.ID)
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		v.Scripts = scripts
	}
	return reviewModal(v, page), nil
}

// endStanding ends a standing approval, for somebody who may.
func (b *Bot) endStanding(ctx context.Context, p press, t ticket) error {
	b.carry(ctx, p.spot(), "End standing approval", func(ctx context.Context) (answer, error) {
		who, err := b.person(ctx, p.cb.User.ID)
		if err != nil {
			return answer{}, err
		}
		r, err := b.cfg.Requests.EndStanding(ctx, who, t.Request)
		if err != nil {
			return answer{}, err
		}
		return say("The approval of request `%s` (%s for *%s*) covers no more runs. Grants that are claimed already go on.", short(r.ID), what(r.Terms), esc(r.Requester)), nil
	})
	return nil
}

// TellChannel says in the approval channel, once, that a job runs, or was stopped,
// without anybody having been asked: of one that runs in the thread of the card
// that was approved, where there is one. It is a job: an error means that it should
// be run again.
func (b *Bot) TellChannel(ctx context.Context, id approvals.RequestID) error {
	err := b.cfg.Store.OneAtATime(ctx, "tell:"+string(id), func(ctx context.Context) error {
		sent, err := b.shown(ctx, purposeRun, string(id))
		if err != nil || sent.ts != "" {
			return err
		}
		v, err := b.view(ctx, id)
		if err != nil {
			return err
		}
		var was *approvals.Request
		var card drawing
		if v.Under != "" {
			r, err := b.cfg.Requests.Request(ctx, v.Under)
			if err != nil {
				return err
			}
			if card, err = b.shown(ctx, purposeCard, string(v.Under)); err != nil {
				return err
			}
			was = &r
		}
		text, ok := runText(v, was)
		if !ok {
			return nil
		}
		d, err := b.tellRun(ctx, v, card, text)
		if fault.KindOf(err) == fault.Unavailable { // there is no such channel: nobody can be told
			b.log.WarnContext(ctx, "channel not told of a job", "request", id, "err", err)
			return nil
		}
		if err != nil {
			return err
		}
		return b.remember(ctx, purposeRun, string(id), d)
	})
	if err != nil {
		return fmt.Errorf("tell channel of %s: %w", id, err)
	}
	return nil
}

// purposeRun is under what the Store keeps which message tells of a job's run.
const purposeRun = "run"

// tellRun posts into the thread of a card, or, where that is gone, to the channel.
func (b *Bot) tellRun(ctx context.Context, v view, card drawing, text string) (drawing, error) {
	blocks := letter{text: text}.blocks()
	if card.ts != "" {
		d, err := b.reply(ctx, card, text, blocks)
		if err == nil || slackCode(err) != "thread_not_found" {
			return d, err
		}
	}
	channel, err := b.channel(v.Route.Channel)
	if err != nil {
		return drawing{}, err
	}
	return b.post(ctx, channel, text, blocks)
}
