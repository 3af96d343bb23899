package bot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"dbaccess/approvals"
	"dbaccess/approvals/policy"
	"dbaccess/credentials"
	"dbaccess/internal/identity"
)

// Slash handles /dbaccess. ack is the acknowledgement's body, nil for an empty
// one; it is known without asking anybody, so it can be sent at once. after,
// which may be nil, does the rest and answers by the command's response URL.
func (b *Bot) Slash(ctx context.Context, cmd slack.SlashCommand) (ack any, after func(context.Context)) {
	c, err := parse(cmd.Text)
	if err == nil && c.verb != verbHelp {
		_, err = b.known(cmd.UserID) // strangers are not told which databases there are
	}
	if err != nil {
		return say("%s", b.sorry(ctx, "command", err)).ack(), nil
	}
	do := func(f func(context.Context) (answer, error)) func(context.Context) {
		return func(ctx context.Context) {
			a, err := f(ctx)
			if err != nil {
				a = say("%s", b.sorry(ctx, string(c.verb), err))
			}
			if a.text == "" {
				return // a modal says it
			}
			b.respond(ctx, cmd.ResponseURL, a)
		}
	}
	switch c.verb {
	case verbHelp:
		return say("%s", helpText).ack(), nil
	case verbForm:
		return nil, func(ctx context.Context) { b.openForm(ctx, spotOf(cmd), draft{}) }
	case verbQueryForm:
		return nil, func(ctx context.Context) { b.openQueryFor(ctx, cmd, c) }
	case verbList:
		return nil, do(func(ctx context.Context) (answer, error) { return b.list(ctx, cmd.UserID) })
	case verbCancel:
		return nil, do(func(ctx context.Context) (answer, error) { return b.cancel(ctx, cmd.UserID, c.id) })
	case verbEnd:
		return nil, do(func(ctx context.Context) (answer, error) { return b.end(ctx, cmd.UserID, c.id) })
	}
	ask, err := resolve(c, b.cfg.Databases())
	if err != nil {
		return say("%s", b.sorry(ctx, "resolve", err)).ack(), nil
	}
	ask.Once = once("slash", cmd.TriggerID)
	if ask.Kind == approvals.Statement {
		return nil, do(func(ctx context.Context) (answer, error) { return b.checkFirst(ctx, cmd, ask) })
	}
	return nil, do(func(ctx context.Context) (answer, error) { return b.ask(ctx, cmd.UserID, ask) })
}

const helpText = "*Ask for access:* `/dbaccess` shows a form, or say it at once: " + exampleAsk + ".\n" +
	"   Profile and duration may be left out. Durations are like `30m`, `2h`, `1h30m`, `1d`.\n" +
	"*Run one statement:* `/dbaccess query` shows a form, or say it at once: " + exampleQuery + ".\n" +
	"   With a reason: `/dbaccess query shop because INC-42: DELETE FROM carts WHERE id = 7`.\n" +
	"*See what you have:* `/dbaccess list`\n" +
	"*Take a request back:* `/dbaccess cancel ID` · *Give access back early:* `/dbaccess end ID`\n" +
	"   ID is what `list` shows; leave it out where you have only one."

// once names a delivery, so that a redelivered one asks once. A trigger id opens
// modals for three seconds, so only its hash is kept.
func once(kind string, parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return kind + ":" + hex.EncodeToString(sum[:16])
}

// ask submits a request and says what became of it.
func (b *Bot) ask(ctx context.Context, slackID string, ask approvals.Ask) (answer, error) {
	who, err := b.person(ctx, slackID)
	if err != nil {
		return answer{}, err
	}
	r, err := b.cfg.Requests.Submit(ctx, who, ask)
	if err != nil {
		return answer{}, err
	}
	if r.State == approvals.Pending {
		b.tellNow(ctx, r.ID)
	} else {
		b.redrawHome(ctx, who.Name)
	}
	return say("%s", b.askedText(r)), nil
}

// askedText tells the asker what became of a request just made.
func (b *Bot) askedText(r approvals.Request) string {
	text := ""
	if r.Kind == approvals.Statement {
		text = verdictText(r.Verdict, roomy) + "\n"
	}
	of := "Request `" + short(r.ID) + "` (" + what(r.Terms) + ")"
	switch r.State {
	case approvals.Pending:
		d := approvals.Decide(r.Route, r, b.now())
		text += of + " is asked"
		if id, err := b.channel(r.Route.Channel); err == nil {
			text += " in <#" + id + ">"
		}
		return text + ". " + esc(d.Why) + " I will write to you when it is decided."
	case approvals.Denied:
		if r.Route.Outcome == policy.Deny {
			return text + of + " is *denied* by rule " + code(r.Route.Rule) + ": " + esc(r.Route.Sentence)
		}
		return text + of + " is *denied*: " + esc(r.Outcome)
	case approvals.Approved:
		if r.Kind == approvals.Statement {
			return text + of + " is *approved* by rule " + code(r.Route.Rule) + " and runs now; the result comes to you as a message."
		}
		return text + of + " is *approved* by rule " + code(r.Route.Rule) + ". The message I send you has *Get credentials*."
	default:
		return text + of + ": " + esc(string(r.State)) + ". " + esc(r.Outcome)
	}
}

// cancel takes back the asker's pending request whose id begins with prefix, or
// the only one.
func (b *Bot) cancel(ctx context.Context, slackID, prefix string) (answer, error) {
	who, err := b.person(ctx, slackID)
	if err != nil {
		return answer{}, err
	}
	mine, err := b.cfg.Requests.Requests(ctx, approvals.Filter{Requester: who.Name, States: []approvals.State{approvals.Pending}})
	if err != nil {
		return answer{}, err
	}
	r, err := pick(prefix, mine, func(r approvals.Request) []string { return []string{string(r.ID)} }, "open request", "cancel")
	if err != nil {
		return answer{}, err
	}
	return b.cancelNow(ctx, who, r.ID)
}

func (b *Bot) cancelNow(ctx context.Context, who identity.Principal, id approvals.RequestID) (answer, error) {
	r, err := b.cfg.Requests.Cancel(ctx, who, id)
	if err != nil {
		return answer{}, err
	}
	b.tellNow(ctx, r.ID)
	return say("Request `%s` (%s) is cancelled.", short(r.ID), what(r.Terms)), nil
}

// tellNow writes the letter about what the asker has just done: there is no job
// for it, since this door tells them too. What Slack shows to one person only is
// gone on reload; the letter stays.
func (b *Bot) tellNow(ctx context.Context, id approvals.RequestID) {
	if err := b.TellAsker(ctx, id); err != nil {
		b.log.WarnContext(ctx, "letter not sent", "request", id, "err", err)
	}
}

// end gives back the holder's grant whose id, or whose request's id, begins with
// prefix, or the only one.
func (b *Bot) end(ctx context.Context, slackID, prefix string) (answer, error) {
	who, err := b.person(ctx, slackID)
	if err != nil {
		return answer{}, err
	}
	mine, err := b.cfg.Grants.Grants(ctx, credentials.GrantFilter{Holder: who.Name, States: []credentials.GrantState{credentials.Open, credentials.Active}})
	if err != nil {
		return answer{}, err
	}
	if prefix == "" { // without an id, what `list` shows; a statement's run only by its id
		mine = slices.DeleteFunc(mine, func(g credentials.Grant) bool { return g.Kind == approvals.Statement })
	}
	g, err := pick(prefix, mine, func(g credentials.Grant) []string { return []string{string(g.ID), string(g.Request)} }, "access", "end")
	if err != nil {
		return answer{}, err
	}
	if g, err = b.cfg.Grants.End(ctx, who, g.ID, credentials.Revoked); err != nil {
		return answer{}, err
	}
	return say("%s", endingText(g)), nil
}

// endingText says how far the ending of a grant has come.
func endingText(g credentials.Grant) string {
	of := "Your access " + code(g.Profile) + " on " + code(g.Database)
	if g.State == credentials.Ended {
		return of + " is over. " + endedText(g)
	}
	return of + " is being ended; I will write to you when it is proven gone."
}
