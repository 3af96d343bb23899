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
	if _, err := b.post(ctx, slackID, text, letter{text: text}.blocks()); err != nil {
		b.log.WarnContext(ctx, "answer not delivered", "err", err)
	}
}

// denyModal asks for the reason of a denial.
func denyModal(r approvals.Request) slack.ModalViewRequest {
	title := fmt.Sprintf("%s will read your reason. So will everybody in the channel.", r.Requester)
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: viewDeny, PrivateMetadata: ticketOf(r).value(),
		Title: plain("Deny this request", maxModalTitle), Submit: plain("Deny", maxModalTitle), Close: plain("Back", maxModalTitle),
		Blocks: slack.Blocks{BlockSet: []slack.Block{
			slack.NewSectionBlock(mrkdwn(what(r.Terms)+" for *"+esc(r.Requester)+"*", maxSection), nil, nil),
			reasonInput(blockReason, "Why not?", "Please use the replica for this"),
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
	if s := settingsText(v); s != "" {
		blocks = append(blocks, slack.NewSectionBlock(mrkdwn(s, maxSection), nil, nil))
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

// stepsText is every rule that was looked at, in order.
func stepsText(v view) string {
	var b strings.Builder
	b.WriteString("*How the rules were read*")
	for _, s := range v.Route.Steps {
		mark := "–"
		if s.Matched {
			mark = ":arrow_right:"
		}
		fmt.Fprintf(&b, "\n%s %s %s", mark, code(s.Rule), esc(fit(s.Why, 200)))
		if utf8.RuneCountInString(b.String()) > maxSection-400 {
			b.WriteString("\n…")
			break
		}
	}
	if len(v.Route.Steps) == 0 {
		b.WriteString("\nNo rule matched.")
	}
	return b.String()
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

// pages is how many pages the review modal of a statement has.
func pages(r approvals.Request) [][]string {
	parts := pieces(statementText(r), statementBlock)
	var out [][]string
	for len(parts) > pageBlocks {
		out = append(out, parts[:pageBlocks])
		parts = parts[pageBlocks:]
	}
	return append(out, parts)
}

// reviewModal is one page of a statement that is too long for its card. Only
// the last page can be sent, and sending it approves; every page can deny.
func reviewModal(v view, page int) slack.ModalViewRequest {
	all := pages(v.Request)
	page = min(max(page, 1), len(all))
	t := ticketOf(v.Request)
	t.Page = page
	blocks := []slack.Block{slack.NewContextBlock("", mrkdwn(fmt.Sprintf("%s · page %d of %d · risk *%s*",
		esc(cardTitle(v)), page, len(all), esc(string(v.Verdict.Level))), maxField))}
	if page == 1 && v.Reason != "" {
		blocks = append(blocks, quoteBlock("Why", v.Reason))
	}
	for _, part := range all[page-1] {
		blocks = append(blocks, preformatted(part))
	}
	if page == len(all) {
		blocks = append(blocks, slack.NewSectionBlock(mrkdwn(verdictText(v.Verdict, everything), maxSection), nil, nil))
	}
	var buttons []slack.BlockElement
	if page > 1 {
		t.Page = page - 1
		buttons = append(buttons, button(actPage+"-back", t.value(), "Back", "Page "+fmt.Sprint(page-1)))
	}
	if page < len(all) {
		t.Page = page + 1
		buttons = append(buttons, button(actPage+"-next", t.value(), "Next page", "Page "+fmt.Sprint(page+1)).WithStyle(slack.StylePrimary))
	}
	buttons = append(buttons, button(actDeny, ticketOf(v.Request).value(), "Deny…", "Deny request "+short(v.ID)).WithStyle(slack.StyleDanger))
	t.Page = page
	m := slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: viewReview, PrivateMetadata: t.value(),
		Title: plain("Review "+short(v.ID), maxModalTitle), Close: plain("Close", maxModalTitle),
		Blocks: slack.Blocks{BlockSet: stamp(append(blocks, slack.NewActionBlock("", buttons...)))},
	}
	if page == len(all) {
		m.Submit = plain("Approve", maxModalTitle)
	}
	return m
}
