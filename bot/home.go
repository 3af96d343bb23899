package bot

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"dbaccess/approvals"
	"dbaccess/credentials"
)

// home is everything that a person's App Home is drawn from. Drawing reads
// nothing else.
type home struct {
	Now      time.Time
	Name     string              // the person's
	Access   []credentials.Grant // open, active and ending, newest first
	Pending  []view              // their own requests that are not decided, and statements that run
	ToReview []toReview          // others' requests that wait for them
	Recent   []view              // their own requests that are over, newest first
	MayAsk   bool                // there is something that they may ask for
	MayRun   bool                // there is a database that runs statements of theirs
}

// toReview is a request that waits for the reader of a home.
type toReview struct {
	view
	Link string // to its card; empty if Slack does not say
}

// homeItems is how many entries a section of App Home shows. Four sections of
// ten entries, of two blocks each but the last, are within Slack's hundred.
const homeItems = 10

// homeBlocks draws a person's App Home. It is pure, and never more than Slack
// takes.
func homeBlocks(h home) []slack.Block {
	blocks := []slack.Block{slack.NewHeaderBlock(plain("Database access", maxHeader))}
	if start := homeStart(h); len(start) > 0 {
		blocks = append(blocks, slack.NewActionBlock("", start...))
	}
	if h.empty() {
		blocks = append(blocks, slack.NewSectionBlock(mrkdwn(homeTeaches(h), maxSection), nil, nil))
		return stamp(append(blocks, homeFooter(h)))
	}
	if len(h.ToReview) > 0 { // first: somebody waits
		blocks = append(blocks, homeSection("Awaiting my review", len(h.ToReview), "the approval channels have them all")...)
		for _, r := range h.ToReview[:min(len(h.ToReview), homeItems)] {
			blocks = append(blocks, homeReview(r)...)
		}
	}
	blocks = append(blocks, homeSection("My access", len(h.Access), "`/dbaccess list` shows them")...)
	if len(h.Access) == 0 {
		blocks = append(blocks, homeNone("You hold none now. What you ask for appears here when it is approved; it begins when you press *Get credentials*."))
	}
	for _, g := range h.Access[:min(len(h.Access), homeItems)] {
		blocks = append(blocks, homeAccess(g, h.Now)...)
	}
	if len(h.Pending) > 0 {
		blocks = append(blocks, homeSection("My pending requests", len(h.Pending), "`/dbaccess list` shows them")...)
		for _, v := range h.Pending[:min(len(h.Pending), homeItems)] {
			blocks = append(blocks, homePending(v)...)
		}
	}
	if len(h.Recent) > 0 {
		blocks = append(blocks, homeSection("Recent", min(len(h.Recent), homeItems), "")...)
		for _, v := range h.Recent[:min(len(h.Recent), homeItems)] {
			blocks = append(blocks, slack.NewSectionBlock(mrkdwn(recentLine(v), maxSection), nil, slack.NewAccessory(againButton(v.ID, v.Terms))))
		}
	}
	return stamp(append(blocks, homeFooter(h)))
}

func (h home) empty() bool {
	return len(h.Access)+len(h.Pending)+len(h.ToReview)+len(h.Recent) == 0
}

func homeStart(h home) (buttons []slack.BlockElement) {
	if h.MayAsk {
		buttons = append(buttons, button(actForm, "", "Request access", "Request access to a database").WithStyle(slack.StylePrimary))
	}
	if h.MayRun {
		buttons = append(buttons, button(actQuery, "", "Run a statement", "Run a statement: ask for one SQL statement to run"))
	}
	return buttons
}

// homeTeaches is what somebody reads who has never asked for anything.
func homeTeaches(h home) string {
	if !h.MayAsk && !h.MayRun {
		return "The policy lets you ask for nothing. Ask the people who run dbaccess which group you should be in."
	}
	lines := []string{"*This is how it goes:*"}
	if h.MayAsk {
		lines = append(lines,
			"1. *Request access* to a database, for as long as you need it, and say why. Or type it anywhere: "+exampleAsk+".",
			"2. Those who decide see it in their channel. I write to you when they have.",
			"3. *Get credentials* gives you a role and a password of your own. When the time is over, both are gone.")
	}
	if h.MayRun {
		lines = append(lines, "To run a single statement you need no credentials: *Run a statement*, or "+exampleQuery+". What only reads masked data may run at once.")
	}
	return strings.Join(lines, "\n")
}

// homeSection is the head of a section; more is where those are that are not
// shown.
func homeSection(title string, n int, more string) []slack.Block {
	blocks := []slack.Block{slack.NewDividerBlock(), slack.NewHeaderBlock(plain(title, maxHeader))}
	if n > homeItems {
		blocks = append(blocks, slack.NewContextBlock("", mrkdwn(fmt.Sprintf("The newest %d of %d; %s.", homeItems, n, more), maxField)))
	}
	return blocks
}

func homeNone(text string) slack.Block {
	return slack.NewSectionBlock(mrkdwn(text, maxSection), nil, nil)
}

// homeAccess is one grant with its countdown and what can be done with it.
func homeAccess(g credentials.Grant, now time.Time) []slack.Block {
	of := code(g.Profile) + " on " + code(g.Database) + ": "
	var line string
	var buttons []slack.BlockElement
	switch g.State {
	case credentials.Active:
		line = of + "*active* until " + at(g.Due) + left(g.Due, now)
		buttons = []slack.BlockElement{claimButton(g.ID, g.Database), endButton(g.ID, g.Database)}
	case credentials.Open:
		line = of + "*approved* for " + durationText(g.Duration) + ", not begun. Claim it by " + at(g.ClaimBy) + left(g.ClaimBy, now)
		buttons = []slack.BlockElement{claimButton(g.ID, g.Database), endButton(g.ID, g.Database)}
	default:
		line = of + "*ending*. I write to you when it is proven gone."
	}
	blocks := []slack.Block{slack.NewSectionBlock(mrkdwn(line, maxSection), nil, nil)}
	if len(buttons) > 0 {
		blocks = append(blocks, slack.NewActionBlock("", buttons...))
	}
	return blocks
}

// left is how long it is until then: " (in 42 min)".
func left(until, now time.Time) string {
	d := until.Sub(now)
	switch {
	case d <= 0:
		return " (now)"
	case d < time.Minute:
		return " (in less than a minute)"
	case d < time.Hour:
		return fmt.Sprintf(" (in %d min)", int(d/time.Minute))
	case d < 24*time.Hour:
		return fmt.Sprintf(" (in %d h %d min)", int(d/time.Hour), int(d%time.Hour/time.Minute))
	}
	return fmt.Sprintf(" (in %d d %d h)", int(d/(24*time.Hour)), int(d%(24*time.Hour)/time.Hour))
}

// homePending is one request of the reader's own that waits, or runs.
func homePending(v view) []slack.Block {
	line := what(v.Terms) + ", `" + short(v.ID) + "`: "
	if v.State != approvals.Pending {
		line += "*" + strings.ToLower(stateWord(v)) + "*. The result comes to you as a message."
		return []slack.Block{slack.NewSectionBlock(mrkdwn(line, maxSection), nil, nil)}
	}
	line += "*waiting*, " + esc(fit(v.Decision.Why, roomy.sentence))
	if asked := askedText(v); asked != "" {
		line += "\n" + asked
	}
	line += "\nOpen until " + at(v.ExpiresAt) + "."
	return []slack.Block{
		slack.NewSectionBlock(mrkdwn(line, maxSection), nil, nil),
		slack.NewActionBlock("", cancelButton(v.Request)),
	}
}

// homeReview is one request that waits for the reader.
func homeReview(r toReview) []slack.Block {
	line := "*" + esc(cardTitle(r.view)) + "*, `" + short(r.ID) + "`"
	if r.Kind == approvals.Statement {
		line += ", risk *" + esc(string(r.Verdict.Level)) + "*"
	}
	if r.Reason != "" {
		line += "\nWhy: " + esc(fit(oneLine(r.Reason), 200))
	}
	line += "\n" + esc(fit(r.Decision.Why, roomy.sentence)) + " Open until " + at(r.ExpiresAt) + "."
	of := "request " + short(r.ID) + " of " + r.Requester + " on " + r.Database
	buttons := []slack.BlockElement{button(actReview, ticketOf(r.Request).value(), "Review…", "Review "+of).WithStyle(slack.StylePrimary)}
	if r.Link != "" {
		link := button(actLink, "", "Show the card", "Show the card of "+of)
		link.URL = r.Link
		buttons = append(buttons, link)
	}
	return []slack.Block{slack.NewSectionBlock(mrkdwn(line, maxSection), nil, nil), slack.NewActionBlock("", buttons...)}
}

// recentLine is one request that is over: what it was, and what became of it.
func recentLine(v view) string {
	line := what(v.Terms) + ", `" + short(v.ID) + "`"
	if v.Kind == approvals.Statement {
		line += ": " + code(fit(oneLine(v.Statement), 60))
	}
	line += "\n*" + stateWord(v) + "* "
	switch {
	case v.Grant != nil && v.Grant.State == credentials.Ended:
		return line + at(v.Grant.EndedAt) + ": " + endedWhy(*v.Grant) + "."
	case v.State == approvals.Denied:
		return line + at(v.DecidedAt) + deniedBy(v, "", 150)
	case v.State == approvals.Executed || v.State == approvals.Failed:
		return line + at(v.EndedAt) + ": " + esc(fit(v.Outcome, 150))
	case v.State == approvals.Expired:
		return line + at(v.DecidedAt) + ": nobody decided in time."
	}
	return line + at(v.DecidedAt) + "."
}

func homeFooter(h home) slack.Block {
	return slack.NewContextBlock("", mrkdwn("As of "+clock(h.Now)+". Opening this tab shows it anew; changes come by themselves for a while. `/dbaccess help` shows every command.", maxField))
}

// homeRefusal is the App Home of somebody who cannot use dbaccess.
func homeRefusal(sentence string) []slack.Block {
	return stamp([]slack.Block{
		slack.NewHeaderBlock(plain("Database access", maxHeader)),
		slack.NewSectionBlock(mrkdwn(sentence, maxSection), nil, nil),
	})
}

// recent says whether a request of the reader's own is over, so that it may be
// asked for again: what they still hold, or wait for, stands above.
func recent(v view) bool {
	switch v.State {
	case approvals.Pending, approvals.Executing:
		return false
	case approvals.Approved:
		return v.Kind == approvals.Access && v.Grant != nil && v.Grant.State == credentials.Ended
	}
	return true
}

// waitsFor says whether one person's yes would count for a request as it stands:
// they could take a seat that is free, and have not answered. Deciding it with
// their answer is what tells.
func waitsFor(r approvals.Request, name string, groups []string, now time.Time) bool {
	if r.State != approvals.Pending || r.Requester == name || !r.ExpiresAt.IsZero() && !now.Before(r.ExpiresAt) {
		return false
	}
	for _, review := range r.Reviews {
		if review.Reviewer == name && review.Revision == r.Revision && review.Withdrawn.IsZero() {
			return false
		}
	}
	r.Reviews = append(slices.Clone(r.Reviews), approvals.Review{
		ID: "rev_zzz", Revision: r.Revision, Digest: r.Digest, Reviewer: name, Groups: groups, Answer: approvals.Approve, Via: approvals.ByButton, At: now,
	})
	d := approvals.Decide(r.Route, r, now)
	return slices.ContainsFunc(d.Seats, func(s approvals.Seat) bool { return slices.Contains(s.By, name) })
}
