package main

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"dbaccess/approvals"
)

// The changes of the demo: one within its row bound, one far beyond it.
const (
	refundOne = "/dbaccess query shop because INC-77 double charge: UPDATE orders SET status = 'refunded' WHERE id = 77"
	cancelAll = "/dbaccess query shop because cleanup: UPDATE orders SET status = 'cancelled' WHERE status = 'delivered'"
)

// send has Alice ask for a change: she sees its verdict, and sends it.
func (p *script) send(line, reason string) func(context.Context) ([]string, error) {
	return func(ctx context.Context) ([]string, error) {
		if _, err := p.sendStatement(ctx, "alice", line); err != nil {
			return nil, err
		}
		card, err := p.stack.card(ctx, reason, "Approve", "Estimate:")
		if err != nil {
			return nil, err
		}
		p.card = card
		r, err := p.pending(ctx)
		if err != nil {
			return nil, err
		}
		p.change = r.ID
		return []string{
			fmt.Sprintf("%s, %s; on the card: %s", r.Verdict.Kind, r.Verdict.Level, r.Impact.Sentence),
			fmt.Sprintf("row bound: more than %s and it is rolled back", count(r.RowBound, "changed row")),
		}, nil
	}
}

// pending is the one request of Alice's that waits for people.
func (p *script) pending(ctx context.Context) (approvals.Request, error) {
	list, err := p.core.requests.Requests(ctx, approvals.Filter{Requester: "alice", States: []approvals.State{approvals.Pending}})
	if err != nil || len(list) != 1 {
		return approvals.Request{}, fmt.Errorf("want one pending request of alice's, have %d (%v)", len(list), err)
	}
	return list[0], nil
}

// approveChange has Bob look before he approves, and the change run once.
func (p *script) approveChange(ctx context.Context) ([]string, error) {
	if err := p.slack.As("bob").Click(ctx, p.card, "Count rows"); err != nil {
		return nil, err
	}
	counted, err := p.whisper(ctx, "bob", "It would change")
	if err != nil {
		return nil, err
	}
	if err := p.slack.As("bob").Click(ctx, p.card, "Approve"); err != nil {
		return nil, err
	}
	if _, err := p.dm(ctx, "alice", "done", "1 row changed"); err != nil {
		return nil, err
	}
	if status, err := p.asOwner(ctx, "SELECT status FROM shop.orders WHERE id = 77"); err != nil || status != "refunded" {
		return nil, fmt.Errorf("the order is %s (%v), want it refunded", status, err)
	}
	return []string{
		"only Bob reads: " + oneLine(asRead(counted.Text), 100),
		"it ran once, with a credential of its own: 1 row changed",
	}, nil
}

// approveTooMuch has the row fuse stop what Bob approved.
func (p *script) approveTooMuch(ctx context.Context) ([]string, error) {
	before, err := p.asOwner(ctx, "SELECT count(*)::text FROM shop.orders WHERE status = 'delivered'")
	if err != nil {
		return nil, err
	}
	if err := p.slack.As("bob").Click(ctx, p.card, "Approve"); err != nil {
		return nil, err
	}
	if _, err := p.dm(ctx, "alice", "would have changed"); err != nil {
		return nil, err
	}
	after, err := p.asOwner(ctx, "SELECT count(*)::text FROM shop.orders WHERE status = 'delivered'")
	if err != nil || after != before || before == "0" {
		return nil, fmt.Errorf("%s orders are delivered, were %s (%v)", after, before, err)
	}
	r, err := p.core.requests.Request(ctx, p.change)
	if err != nil || r.State != approvals.Failed {
		return nil, fmt.Errorf("the request is %s (%v), want it failed", r.State, err)
	}
	return wrapped("the row fuse: " + r.Outcome), nil
}

// asRead is a text of Slack's as people read it, without its marks: <@U0BOB>, *bold*,
// <https://…|a link>, :smile:.
func asRead(text string) string {
	text = slackMention.ReplaceAllStringFunc(text, func(m string) string { return "@" + strings.ToLower(m[4:len(m)-1]) })
	text = slackLink.ReplaceAllString(text, "$1")
	return strings.TrimSpace(strings.NewReplacer("*", "", "`", "", ":repeat: ", "").Replace(text))
}

var (
	slackMention = regexp.MustCompile(`<@U0[A-Z]+>`) // the local Slack's people
	slackLink    = regexp.MustCompile(`<[^|>]*\|([^>]*)>`)
)
