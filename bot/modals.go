package bot

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"dbaccess/approvals"
)

// note is a modal that only says something.
func note(title, text string) slack.ModalViewRequest {
	return slack.ModalViewRequest{
		Type: slack.VTModal, Title: plain(title, maxModalTitle), Close: plain("Close", maxModalTitle),
		Blocks: slack.Blocks{BlockSet: stamp([]slack.Block{slack.NewSectionBlock(mrkdwn(text, maxSection), nil, nil)})},
	}
}

// working is shown while the slow part of a sent modal runs; settle replaces it.
func working(title string) slack.ModalViewRequest { return note(title, "One moment…") }

// settle shows how a sent modal ended. If its reader has closed it, the text goes
// to them as a direct message, so that no answer is lost.
func (b *Bot) settle(ctx context.Context, viewID, slackID string, view slack.ModalViewRequest, text string) {
	_, err := b.cfg.API.UpdateViewContext(ctx, view, "", "", viewID)
	if err == nil {
		return
	}
	if slackCode(err) != "not_found" {
		b.log.WarnContext(ctx, "modal not updated", "err", trouble("views.update", err))
	}
	b.later(ctx, spot{user: slackID}, say("%s", text))
}

// denyModal asks for the reason of a denial.
func denyModal(r approvals.Request) slack.ModalViewRequest {
	title := fmt.Sprintf("%s will read your reason. So will everybody in the channel.", r.Requester)
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: viewDeny, PrivateMetadata: ticketOf(r).value(),
		Title: plain("Deny this request", maxModalTitle), Submit: plain("Deny", maxModalTitle), Close: plain("Back", maxModalTitle),
		Blocks: slack.Blocks{BlockSet: []slack.Block{
			slack.NewSectionBlock(mrkdwn(what(r.Terms)+" for *"+esc(r.Requester)+"*", maxSection), nil, nil),
			reasonInput(blockReason, "Why not?", "Please use the replica for this", ""),
			slack.NewContextBlock("", plain(title, maxField)),
		}},
	}
}

// detailsModal shows everything about a request: what was found in it, how it
// was routed, what the route still needs, and its names.
func detailsModal(v view) slack.ModalViewRequest {
	blocks := []slack.Block{slack.NewSectionBlock(mrkdwn("*"+esc(cardTitle(v))+"*", maxSection), nil, nil)}
	if v.Kind == approvals.Statement {
		blocks = append(blocks, slack.NewSectionBlock(mrkdwn(verdictText(v.Verdict, everything), maxSection), nil, nil))
		if t := touchesText(v); t != "" {
			blocks = append(blocks, slack.NewSectionBlock(mrkdwn(t, maxSection), nil, nil))
		}
	}
	blocks = append(blocks,
		slack.NewSectionBlock(mrkdwn(stepsText(v), maxSection), nil, nil),
		slack.NewSectionBlock(mrkdwn(seatsText(v), maxSection), nil, nil))
	blocks = append(blocks, jobBlocks(v, everything)...)
	if s := settingsText(v); s != "" {
		blocks = append(blocks, slack.NewSectionBlock(mrkdwn(s, maxSection), nil, nil))
	}
	if r := reviewLines(v, everything); len(r) > 0 {
		blocks = append(blocks, slack.NewSectionBlock(mrkdwn("*Answers*\n"+strings.Join(r, "\n"), maxSection), nil, nil))
	}
	names := "*Request* `" + string(v.ID) + "`, revision " + fmt.Sprint(v.Revision) + "\n*Digest* `" + hex.EncodeToString(v.Digest[:]) + "`"
	if v.Request.Grant != "" {
		names += "\n*Grant* `" + string(v.Request.Grant) + "`"
	}
	if v.Route.Version != "" {
		names += "\n*Policy* " + code(v.Route.Version)
	}
	blocks = append(blocks, slack.NewDividerBlock(), slack.NewSectionBlock(mrkdwn(names, maxSection), nil, nil))
	return slack.ModalViewRequest{
		Type: slack.VTModal, Title: plain("Request "+short(v.ID), maxModalTitle), Close: plain("Close", maxModalTitle),
		Blocks: slack.Blocks{BlockSet: stamp(blocks)},
	}
}

// everything is the room of a modal.
var everything = room{findings: 12, sentence: 300, reviews: 20}

func touchesText(v view) string {
	var lines []string
	for _, l := range []struct {
		name  string
		words []string
	}{{"Tables", v.Verdict.Relations}, {"Functions", v.Verdict.Functions}} {
		if len(l.words) > 0 {
			lines = append(lines, "*"+l.name+"* "+esc(fit(strings.Join(l.words, ", "), 800)))
		}
	}
	return strings.Join(lines, "\n")
}

// stepsText says which rule spoke, and then which others were looked at: those
// whose condition did not hold one by one, since that may surprise, and those for
// other kinds of request by their names only.
func stepsText(v view) string {
	var spoke, failed, others []string
	for _, s := range v.Route.Steps {
		switch line := code(s.Rule) + ": " + esc(fit(s.Why, 200)); {
		case s.Matched:
			spoke = append(spoke, line)
		case strings.HasPrefix(s.Why, "only for "):
			others = append(others, code(s.Rule))
		default:
			failed = append(failed, line)
		}
	}
	lines := []string{"*How the rules were read*"}
	if len(spoke) == 0 {
		lines = append(lines, "No rule covers this, so it is denied.")
	}
	for _, line := range spoke {
		lines = append(lines, ":arrow_right: "+line)
	}
	for _, line := range failed {
		lines = append(lines, "• _not met:_ "+line)
	}
	if len(others) > 0 {
		lines = append(lines, "• _not for a request like this:_ "+strings.Join(others, ", "))
	}
	const most = maxSection - 400
	var b strings.Builder
	for _, line := range lines {
		if utf8.RuneCountInString(b.String())+utf8.RuneCountInString(line) > most {
			b.WriteString(fit(line, 300) + "\n…")
			break
		}
		b.WriteString(line + "\n")
	}
	return strings.TrimRight(b.String(), "\n")
}

// seatsText is the decision as a tree: each seat, who fills it, who does not
// count and why.
func seatsText(v view) string {
	var b strings.Builder
	fmt.Fprintf(&b, "*Who decides*\n%s", esc(v.Decision.Why))
	for _, s := range v.Decision.Seats {
		by := "nobody yet"
		if len(s.By) > 0 {
			by = strings.Join(s.By, ", ")
		}
		fmt.Fprintf(&b, "\n• %d of %s: %s", s.Count, esc(listed(s.Groups, "or")), esc(by))
	}
	for _, i := range v.Decision.Ignored {
		fmt.Fprintf(&b, "\n• not counted: %s, %s", esc(i.Reviewer), esc(i.Why))
	}
	return b.String()
}

func settingsText(v view) string {
	var lines []string
	for _, s := range v.Settings {
		lines = append(lines, "• "+code(s.Name+" = "+s.Value))
	}
	if len(lines) == 0 {
		return ""
	}
	return "*Session settings of the run*\n" + strings.Join(lines, "\n")
}

// reviewHead begins a page of the review modal; the first says what is asked.
func reviewHead(v view, page, of int) []slack.Block {
	title := esc(cardTitle(v))
	if v.Kind == approvals.Statement {
		title += " · risk *" + esc(string(v.Verdict.Level)) + "*"
	}
	if of > 1 {
		title += fmt.Sprintf(" · page %d of %d", page, of)
	}
	blocks := []slack.Block{slack.NewContextBlock("", mrkdwn(title, maxField))}
	if page == 1 {
		blocks = append(blocks, slack.NewSectionBlock(nil, cardFields(v), nil))
		if v.Reason != "" {
			blocks = append(blocks, quoteBlock("Why", v.Reason))
		}
		blocks = append(blocks, jobBlocks(v, roomy)...)
	}
	return blocks
}

// pages is the statement in the pages of its review modal; a request for access
// has one page without a statement.
func pages(r approvals.Request) [][]string {
	if r.Kind != approvals.Statement {
		return [][]string{nil}
	}
	parts := pieces(statementText(r), statementBlock)
	var out [][]string
	for len(parts) > pageBlocks {
		out = append(out, parts[:pageBlocks])
		parts = parts[pageBlocks:]
	}
	return append(out, parts)
}

// reviewModal is one page of a request: of a statement that is too long for its
// card, and of any request for a reviewer who is not at the card. Only the last
// page can be sent, and sending it approves; every page can deny.
func reviewModal(v view, page int) slack.ModalViewRequest {
	all := reviewPages(v)
	page = min(max(page, 1), len(all))
	t := ticketOf(v.Request)
	t.Page = page
	blocks := reviewHead(v, page, len(all))
	blocks = append(blocks, all[page-1]...)
	last := page == len(all) && shownWhole(v)
	if last {
		if v.Kind == approvals.Statement {
			blocks = append(blocks, slack.NewSectionBlock(mrkdwn(verdictText(v.Verdict, everything), maxSection), nil, nil))
		}
		blocks = append(blocks, slack.NewSectionBlock(mrkdwn(progress(v, roomy), maxSection), nil, nil))
		blocks = append(blocks, scopeInputs(v)...)
	}
	of := "request " + short(v.ID) + " of " + v.Requester
	var buttons []slack.BlockElement
	if page > 1 {
		t.Page = page - 1
		buttons = append(buttons, button(actPage+"-back", t.value(), "Back", fmt.Sprintf("Back to page %d of %s", page-1, of)))
	}
	if page < len(all) {
		t.Page = page + 1
		buttons = append(buttons, button(actPage+"-next", t.value(), "Next page", fmt.Sprintf("Next page: %d of %s", page+1, of)).WithStyle(slack.StylePrimary))
	}
	buttons = append(buttons, button(actDeny, ticketOf(v.Request).value(), "Deny…", "Deny "+of+" on "+v.Database).WithStyle(slack.StyleDanger))
	t.Page = page
	m := slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: viewReview, PrivateMetadata: t.value(),
		Title: plain("Review "+short(v.ID), maxModalTitle), Close: plain("Close", maxModalTitle),
		Blocks: slack.Blocks{BlockSet: stamp(append(blocks, slack.NewActionBlock("", buttons...)))},
	}
	if last {
		m.Submit = plain("Approve", maxModalTitle)
	}
	return m
}
