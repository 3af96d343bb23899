package bot

import (
	"slices"
	"time"

	"github.com/slack-go/slack"

	"dbaccess/approvals"
	"dbaccess/approvals/policy"
	"dbaccess/credentials"
	"dbaccess/internal/identity"
)

// letter is a direct message to an asker or holder: what happened, and what
// happens next.
type letter struct {
	text    string // mrkdwn
	buttons []slack.BlockElement
}

func (l letter) blocks() []slack.Block {
	blocks := []slack.Block{slack.NewSectionBlock(mrkdwn(l.text, maxSection), nil, nil)}
	if len(l.buttons) > 0 {
		blocks = append(blocks, slack.NewActionBlock("", l.buttons...))
	}
	return stamp(blocks)
}

// requestLetter says how a request stands, to its asker; false where there is
// nothing to tell. channel is the Slack id of where it is asked.
func requestLetter(v view, channel string) (letter, bool) {
	of := "Your request `" + short(v.ID) + "` (" + what(v.Terms) + ")"
	if identity.Named(v.Requester).Kind == identity.Agent {
		return agentLetter(v, "The request `"+short(v.ID)+"` of your agent "+code(v.Requester)+" ("+what(v.Terms)+")", channel)
	}
	again := []slack.BlockElement{againButton(v.ID, v.Terms)}
	switch v.State {
	case approvals.Pending:
		return letter{
			text: of + " is in <#" + channel + ">.\n" + esc(v.Decision.Why) +
				" You will hear from me here; if nobody decides until " + at(v.ExpiresAt) + ", it expires.",
			buttons: []slack.BlockElement{cancelButton(v.Request)},
		}, true
	case approvals.Approved:
		return approvedLetter(v, of), true
	case approvals.Denied:
		if v.Route.Outcome == policy.Deny {
			return letter{text: of + " is *denied* by rule " + code(v.Route.Rule) + ": " + esc(v.Route.Sentence), buttons: again}, true
		}
		return letter{text: of + " is *denied*" + deniedBy(v, "", maxReason), buttons: again}, true
	case approvals.Cancelled:
		return letter{text: of + " is cancelled. Nothing was approved."}, true
	case approvals.Expired:
		return letter{text: of + " has *expired*: nobody decided in time. It was not denied; you can ask again.", buttons: again}, true
	case approvals.Executed:
		return letter{text: of + " is *done*: " + esc(v.Outcome)}, true
	case approvals.Failed:
		return letter{text: of + " has *failed*: " + esc(v.Outcome), buttons: again}, true
	default:
		return letter{}, false
	}
}

func approvedLetter(v view, of string) letter {
	by := approvedBy(v)
	if v.Kind == approvals.Statement {
		return letter{text: of + " is *approved*" + by + ". It runs now; the result comes here."}
	}
	l := letter{text: of + " is *approved*" + by + ".\nNothing exists yet: press *Get credentials* when you need it. The " +
		durationText(v.Duration) + " begin then."}
	if v.Grant != nil && v.Grant.State == credentials.Open {
		l.text += " Unclaimed by " + at(v.Grant.ClaimBy) + ", it lapses."
	}
	l.buttons = []slack.BlockElement{claimButton(v.Request.Grant, v.Database)}
	return l
}

// approvedBy names the people who said yes, in their order, or else the rule.
func approvedBy(v view) string {
	var seated, names []string
	for _, seat := range v.Decision.Seats {
		seated = append(seated, seat.By...)
	}
	for _, r := range standingReviews(v.Request) {
		if r.Answer == approvals.Approve && slices.Contains(seated, r.Reviewer) {
			names = append(names, v.mention(r.Reviewer))
		}
	}
	switch {
	case len(names) > 0:
		return " by " + listed(names, "and")
	case v.Route.Rule != "":
		return " by rule " + code(v.Route.Rule)
	}
	return ""
}

// deniedBy names who said no, says when if that is given, and why, in at most n
// characters.
func deniedBy(v view, when string, n int) string {
	for _, r := range standingReviews(v.Request) {
		if r.Answer == approvals.Refuse {
			return " by " + v.mention(r.Reviewer) + when + ": " + esc(fit(oneLine(r.Reason), n))
		}
	}
	return when + ": " + esc(fit(v.Outcome, n))
}

// grantLetter says how a grant stands, to its holder; false where there is
// nothing to tell, as while a job holds it, which has its own words.
func grantLetter(g credentials.Grant) (letter, bool) {
	if g.Kind == approvals.Statement || g.Attended() {
		return letter{}, false
	}
	of := "Your access " + code(g.Profile) + " on " + code(g.Database)
	if identity.Named(g.Holder).Kind == identity.Agent {
		return agentGrantLetter(g)
	}
	switch g.State {
	case credentials.Active:
		return letter{
			text:    of + " is *active* until " + at(g.Due) + ". Lost the credentials? *Get credentials* replaces them within the same time.",
			buttons: []slack.BlockElement{claimButton(g.ID, g.Database), endButton(g.ID, g.Database)},
		}, true
	case credentials.Ended:
		return letter{text: of + " is over. " + endedText(g), buttons: []slack.BlockElement{againButton(g.Request, termsOf(g))}}, true
	default:
		return letter{}, false
	}
}

// termsOf is what a grant was asked for with, as far as letters name it.
func termsOf(g credentials.Grant) approvals.Terms {
	return approvals.Terms{Kind: g.Kind, Requester: g.Holder, Database: g.Database, Profile: g.Profile, Duration: g.Duration}
}

// warningLetter tells that a grant is about to end; false if it is not active, over
// by now, or held by a job.
func warningLetter(g credentials.Grant, now time.Time) (letter, bool) {
	person := identity.Named(g.Holder).Kind == identity.Person // nobody else could ask for more by a button
	if !person || g.Kind == approvals.Statement || g.Attended() || g.State != credentials.Active || !now.Before(g.Due) {
		return letter{}, false
	}
	return letter{
		text: "Your access " + code(g.Profile) + " on " + code(g.Database) + " *ends* " + at(g.Due) + left(g.Due, now) +
			". Open sessions are closed then. If you need it for longer, ask now: what is approved begins when you press *Get credentials* for it.",
		buttons: []slack.BlockElement{againButton(g.Request, termsOf(g)).WithStyle(slack.StylePrimary), endButton(g.ID, g.Database)},
	}, true
}

func claimButton(id approvals.GrantID, database string) *slack.ButtonBlockElement {
	return button(actClaim, ticket{Grant: id}.value(), "Get credentials", "Get credentials of "+short(id)+" on "+database).WithStyle(slack.StylePrimary)
}

func endButton(id approvals.GrantID, database string) *slack.ButtonBlockElement {
	return button(actEnd, ticket{Grant: id}.value(), "End now", "End now: access "+short(id)+" on "+database).WithConfirm(
		slack.NewConfirmationBlockObject(plain("End this access?", 100), plain("Open sessions on "+database+" are closed at once.", maxConfirm), plain("End now", 30), plain("Keep it", 30)))
}

func cancelButton(r approvals.Request) *slack.ButtonBlockElement {
	return button(actCancel, ticketOf(r).value(), "Cancel request", "Cancel request "+short(r.ID)+" on "+r.Database)
}
