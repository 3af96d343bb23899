package bot

import (
	"context"
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"dbaccess/approvals"
	"dbaccess/credentials"
	"dbaccess/internal/fault"
)

// pick finds the one item that somebody means: by the beginning of one of its
// ids, with or without the kind in front, or the only one if nothing was said.
func pick[T any](prefix string, items []T, ids func(T) []string, noun, verb string) (T, error) {
	var found []T
	for _, item := range items {
		for _, id := range ids(item) {
			_, body, _ := strings.Cut(id, "_")
			if prefix == "" || strings.HasPrefix(body, prefix) || strings.HasPrefix(id, prefix) && strings.Contains(prefix, "_") {
				found = append(found, item)
				break
			}
		}
	}
	var none T
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(items) == 0:
		return none, fault.New(fault.NotFound, "You have no "+noun+" to "+verb+".", "`/dbaccess list` shows what you have.")
	case len(found) == 0:
		return none, fault.New(fault.NotFound, "You have no "+noun+" "+quoted(prefix)+".", "`/dbaccess list` shows what you have.")
	}
	var shorts []string
	for i, item := range found {
		if i == maxList {
			break
		}
		shorts = append(shorts, "`"+short(ids(item)[0])+"`")
	}
	return none, fault.New(fault.Invalid, fmt.Sprintf("That could be any of %d.", len(found)), "Say which: `/dbaccess "+verb+" ID` with one of "+listed(shorts, "or")+".")
}

// list shows a person's access and open requests, the newest first.
func (b *Bot) list(ctx context.Context, slackID string) (answer, error) {
	who, err := b.person(ctx, slackID)
	if err != nil {
		return answer{}, err
	}
	grants, err := b.cfg.Grants.Grants(ctx, credentials.GrantFilter{
		Holder: who.Name,
		States: []credentials.GrantState{credentials.Open, credentials.Active, credentials.Revoking},
	})
	if err != nil {
		return answer{}, err
	}
	requests, err := b.cfg.Requests.Requests(ctx, approvals.Filter{
		Requester: who.Name, Limit: maxList + 1,
		States: []approvals.State{approvals.Pending, approvals.Executing},
	})
	if err != nil {
		return answer{}, err
	}
	return listAnswer(grants, requests), nil
}

// listAnswer is pure.
func listAnswer(grants []credentials.Grant, requests []approvals.Request) answer {
	var blocks []slack.Block
	var lines []string
	add := func(line string, element slack.BlockElement) {
		if len(lines) >= maxList {
			lines = append(lines, "")
			return
		}
		lines = append(lines, line)
		var accessory *slack.Accessory
		if element != nil {
			accessory = slack.NewAccessory(element)
		}
		blocks = append(blocks, slack.NewSectionBlock(mrkdwn(line, maxSection), nil, accessory))
	}
	for _, g := range grants {
		if g.Kind == approvals.Statement {
			continue
		}
		line, element := grantLine(g)
		add(line, element)
	}
	for _, r := range requests {
		line := "`" + short(r.ID) + "` " + what(r.Terms) + ": *" + esc(string(r.State)) + "*"
		if r.State == approvals.Pending {
			add(line+", open until "+at(r.ExpiresAt), cancelButton(r))
		} else {
			add(line, nil)
		}
	}
	if len(lines) == 0 {
		return say("You have no access and no open requests. `/dbaccess` shows the form.")
	}
	if len(lines) > maxList {
		note := fmt.Sprintf("Only the newest %d are shown. To reach another, say its id: `/dbaccess end ID`, `/dbaccess cancel ID`.", maxList)
		blocks = append(blocks, slack.NewContextBlock("", mrkdwn(note, maxField)))
		lines = append(lines[:maxList], note)
	}
	return answer{text: strings.Join(lines, "\n"), blocks: stamp(blocks)}
}

func grantLine(g credentials.Grant) (string, slack.BlockElement) {
	line := "`" + short(g.ID) + "` " + code(g.Profile) + " on " + code(g.Database) + ": "
	switch g.State {
	case credentials.Open:
		return line + "*approved*, claim it by " + at(g.ClaimBy), claimButton(g.ID, g.Database)
	case credentials.Active:
		return line + "*active* until " + at(g.Due), endButton(g.ID, g.Database)
	default:
		return line + "*ending*", nil
	}
}
