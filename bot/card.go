package bot

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"dbaccess/approvals"
	"dbaccess/credentials"
	"dbaccess/guardrails"
	"dbaccess/internal/identity"
)

// view is everything a card or a letter is drawn from: what is stored, and how
// to mention the people in it. Drawing reads nothing else.
type view struct {
	approvals.Request
	Decision approvals.Decision
	Grant    *credentials.Grant // what an approval opened; nil if nothing, or not known
	Slack    map[string]string  // principal name -> Slack user id, for mentions
	Asked    []string           // principal names who may review it
	Counts   bool               // its rows can be counted
	Scripts  []approvals.Script // the files of a job, where they are shown whole
}

func (v view) mention(name string) string { return mention(v.Slack[name], name) }

// asker names who asks, and the person behind an agent.
func (v view) asker() string {
	who := v.mention(v.Requester)
	if p := identity.Named(v.Requester); p.Kind == identity.Agent {
		who += ", an agent of " + v.mention(p.For)
	}
	return who
}

// card draws the message in the approval channel, for every state of a request.
// It is pure: the same view gives the same card. Where much is said about a
// request, the card says less of it, but never less of the request.
func card(v view) (text string, blocks []slack.Block) {
	blocks = cardBlocks(v, roomy)
	if size(blocks) > maxMessage {
		blocks = cardBlocks(v, tight)
	}
	return fit(esc(essence(v)), maxText), stamp(blocks)
}

// essence is the card in one sentence: what a notification shows, and what a
// screen reader says first.
func essence(v view) string {
	text := cardTitle(v)
	if v.Kind == approvals.Statement {
		text += " (" + string(v.Verdict.Kind) + ", risk " + string(v.Verdict.Level) + ")"
	}
	if v.State != approvals.Pending {
		return stateBy(v) + ": " + text
	}
	why := v.Reason
	if why == "" {
		why = fit(visible(v.Statement), 120)
	}
	return text + ": " + oneLine(why)
}

// room is how much a card says beside the request itself.
type room struct {
	findings int // how many
	sentence int // characters of each of other people's sentences
	reviews  int // how many, the newest
}

var (
	roomy = room{findings: 3, sentence: 300, reviews: 10}
	tight = room{findings: 1, sentence: 60, reviews: 3}
)

func cardBlocks(v view, room room) []slack.Block {
	blocks := []slack.Block{slack.NewHeaderBlock(plain(cardTitle(v), maxHeader))}
	if v.State != approvals.Pending {
		blocks = append(blocks, slack.NewSectionBlock(mrkdwn(outcome(v, room), maxSection), nil, nil))
	}
	blocks = append(blocks, slack.NewSectionBlock(nil, cardFields(v), nil))
	if v.Reason != "" {
		blocks = append(blocks, quoteBlock("Why", fitJSON(visible(v.Reason), wholeReasonJSON)))
	}
	if v.Kind == approvals.Statement {
		blocks = append(blocks, statementBlocks(v)...)
		blocks = append(blocks, slack.NewSectionBlock(mrkdwn(verdictText(v.Verdict, room), maxSection), nil, nil))
		if t := touchedText(v, room); t != "" {
			blocks = append(blocks, slack.NewContextBlock("", mrkdwn(t, maxField)))
		}
	}
	blocks = append(blocks, jobBlocks(v, room)...)
	if v.State == approvals.Pending {
		blocks = append(blocks, slack.NewSectionBlock(mrkdwn(progress(v, room), maxSection), nil, nil))
		if offers := offersText(v); offers != "" {
			blocks = append(blocks, slack.NewSectionBlock(mrkdwn(offers, maxSection), nil, nil))
		}
		return append(blocks, cardButtons(v), slack.NewContextBlock("", mrkdwn(footer(v), maxField)))
	}
	if stands := standingText(v); stands != "" {
		blocks = append(blocks, slack.NewSectionBlock(mrkdwn(stands, maxSection), nil, nil))
		blocks = append(blocks, endStandingButton(v)...)
	}
	if said := answers(v, room); said != "" {
		blocks = append(blocks, slack.NewContextBlock("", mrkdwn(said, maxField)))
	}
	return append(blocks, slack.NewContextBlock("", mrkdwn(footer(v), maxField)))
}

// cardTitle says who, what and where.
func cardTitle(v view) string {
	if v.Kind == approvals.Statement {
		return fmt.Sprintf("%s wants to run a statement on %s", v.Requester, v.Database)
	}
	return fmt.Sprintf("%s asks for %s on %s for %s", v.Requester, v.Profile, v.Database, durationText(v.Duration))
}

func cardFields(v view) []*slack.TextBlockObject {
	fields := []*slack.TextBlockObject{
		mrkdwn("*Who*\n"+v.asker(), maxField),
		mrkdwn("*Database*\n"+code(v.Database), maxField),
		mrkdwn("*Profile*\n"+code(v.Profile), maxField),
	}
	if v.Kind == approvals.Access {
		return append(fields, mrkdwn("*How long*\n"+durationText(v.Duration)+" from the first use", maxField))
	}
	if v.Verdict.Kind == guardrails.Read || v.Verdict.Kind == guardrails.Session {
		return fields
	}
	return append(fields, mrkdwn("*Row fuse*\nrolled back beyond "+count(v.RowBound, "changed row"), maxField))
}

// whole says whether the card shows all of the request: only then can it be
// approved on the card itself, by button or by reaction.
//
// A job never is: its files stand in the review modal, and there it is said for
// which later runs it is approved.
func whole(r approvals.Request) bool {
	if r.Job != nil {
		return false
	}
	statement := statementText(r)
	return utf8.RuneCountInString(statement) <= wholeStatement && jsonLen(statement) <= wholeStatementJSON && jsonLen(visible(r.Reason)) <= wholeReasonJSON
}

// statementText is the statement as people are shown it, parameters included.
func statementText(r approvals.Request) string {
	var b strings.Builder
	b.WriteString(visible(r.Statement))
	for i, p := range r.Params {
		fmt.Fprintf(&b, "\n-- $%d = %s", i+1, visible(p))
	}
	return b.String()
}

func statementBlocks(v view) []slack.Block {
	all := statementText(v.Request)
	shown := []slack.Block{}
	if whole(v.Request) {
		shown = append(shown, preformatted(all))
	} else {
		note := fmt.Sprintf("*Only the beginning is shown:* the statement has %d characters.", utf8.RuneCountInString(all))
		if v.State == approvals.Pending {
			note += " _Review…_ shows all of it."
		}
		shown = append(shown, preformatted(fit(all, 600)), slack.NewContextBlock("", mrkdwn(note, maxField)))
	}
	if unseen(v.Statement) {
		shown = append(shown, slack.NewContextBlock("", mrkdwn(":warning: The statement holds characters that cannot be seen; they are shown as ⟦U+…⟧.", maxField)))
	}
	return shown
}

// verdictText says what guardrails found, the gravest first.
func verdictText(v guardrails.Verdict, room room) string {
	var b strings.Builder
	fmt.Fprintf(&b, "*Verdict:* %s, risk *%s*", esc(string(v.Kind)), esc(string(v.Level)))
	for i, f := range v.Findings {
		if i == room.findings {
			fmt.Fprintf(&b, "\n… and %d more in Details", len(v.Findings)-i)
			break
		}
		fmt.Fprintf(&b, "\n• %s _(%s, %s)_", esc(fit(f.Message, room.sentence)), esc(f.Rule), esc(string(f.Level)))
		if f.Hint != "" {
			b.WriteString(" " + esc(fit(f.Hint, room.sentence)))
		}
	}
	return b.String()
}

// progress says why people are asked, how far the answers are, and who gave
// which.
func progress(v view, room room) string {
	var lines []string
	if v.Route.Rule != "" {
		line := "*Why you are asked:* rule " + code(v.Route.Rule)
		if v.Route.Sentence != "" {
			line += ": " + esc(fit(v.Route.Sentence, 2*room.sentence))
		}
		lines = append(lines, line)
	}
	if asked := askedText(v); asked != "" {
		lines = append(lines, asked)
	}
	lines = append(lines, "*So far:* "+esc(fit(v.Decision.Why, 2*room.sentence)))
	return strings.Join(append(lines, reviewLines(v, room)...), "\n")
}

// answers are the reviews behind a decision, where they say more than the line
// that tells of it does.
func answers(v view, room room) string {
	reviews := current(v.Request)
	if len(reviews) == 0 {
		return ""
	}
	only := reviews[0]
	plain := only.Withdrawn.IsZero() && only.Via == approvals.ByButton && (only.Reason == "" || only.Answer == approvals.Refuse)
	if len(reviews) == 1 && plain && v.State != approvals.Expired && v.State != approvals.Cancelled {
		return ""
	}
	return strings.Join(reviewLines(v, room), "\n")
}

func reviewLines(v view, room room) (lines []string) {
	reviews := current(v.Request)
	if more := len(reviews) - room.reviews; more > 0 {
		lines = append(lines, fmt.Sprintf("… %d earlier answers", more))
		reviews = reviews[more:]
	}
	for _, r := range reviews {
		lines = append(lines, reviewLine(v, r, room))
	}
	return lines
}

// standingReviews are those that were not taken back.
func standingReviews(r approvals.Request) []approvals.Review {
	return slices.DeleteFunc(current(r), func(review approvals.Review) bool { return !review.Withdrawn.IsZero() })
}

// current are the reviews of the present revision, withdrawn ones included.
func current(r approvals.Request) []approvals.Review {
	var list []approvals.Review
	for _, review := range r.Reviews {
		if review.Revision == r.Revision {
			list = append(list, review)
		}
	}
	return list
}

func askedText(v view) string {
	const most = 10
	var names []string
	for i, name := range v.Asked {
		if i == most {
			names = append(names, fmt.Sprintf("%d others", len(v.Asked)-most))
			break
		}
		names = append(names, v.mention(name))
	}
	if len(names) == 0 {
		return ""
	}
	return "*Asked:* " + strings.Join(names, ", ")
}

func reviewLine(v view, r approvals.Review, room room) string {
	word := ":white_check_mark: " + v.mention(r.Reviewer) + " approved"
	if r.Answer == approvals.Refuse {
		word = ":x: " + v.mention(r.Reviewer) + " denied"
	}
	if !r.Withdrawn.IsZero() {
		return ":leftwards_arrow_with_hook: " + v.mention(r.Reviewer) + " took the answer back, " + at(r.Withdrawn)
	}
	word += ", " + at(r.At)
	if r.Via == approvals.ByReaction {
		word += ", by reaction"
	}
	if r.Reason != "" {
		word += ": " + esc(fit(oneLine(r.Reason), room.sentence))
	}
	return word
}

func footer(v view) string {
	parts := []string{"Request `" + short(v.ID) + "`"}
	if v.State != approvals.Pending && v.Route.Rule != "" {
		parts = append(parts, "rule "+code(v.Route.Rule))
	}
	if v.Revision > 1 {
		parts = append(parts, fmt.Sprintf("revision %d", v.Revision))
	}
	if v.State == approvals.Pending {
		parts = append(parts, "open until "+at(v.ExpiresAt))
		if v.Route.Reactions && whole(v.Request) {
			parts = append(parts, ":white_check_mark: and :x: count as answers")
		}
	}
	return strings.Join(parts, " · ")
}

// cardButtons are Approve, Deny and Details where the card shows the whole
// request, and only Review… where it does not.
func cardButtons(v view) *slack.ActionBlock {
	value := ticketOf(v.Request).value()
	of := " request " + short(v.ID) + " of " + v.Requester + " on " + v.Database
	if !whole(v.Request) {
		return slack.NewActionBlock("", append([]slack.BlockElement{button(actReview, value, "Review…", "Review"+of).WithStyle(slack.StylePrimary)}, countButton(v)...)...)
	}
	approve := button(actApprove, value, "Approve", "Approve"+of).WithStyle(slack.StylePrimary)
	if grave(v.Verdict) {
		approve = approve.WithConfirm(graveConfirm(v.Verdict))
	}
	return slack.NewActionBlock("", append([]slack.BlockElement{
		approve,
		button(actDeny, value, "Deny…", "Deny"+of).WithStyle(slack.StyleDanger),
		button(actDetails, value, "Details", "Details of"+of),
	}, countButton(v)...)...)
}

// grave says whether approving should take a second thought.
func grave(v guardrails.Verdict) bool {
	return v.Level == guardrails.High || v.Level == guardrails.Critical
}

func graveConfirm(v guardrails.Verdict) *slack.ConfirmationBlockObject {
	why := "The risk is " + string(v.Level) + "."
	if len(v.Findings) > 0 {
		why += " " + v.Findings[0].Message
	}
	return slack.NewConfirmationBlockObject(plain("Approve this?", 100), plain(why, maxConfirm), plain("Approve", 30), plain("Not yet", 30))
}
