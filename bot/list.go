package bot

import (
	"context"
	"fmt"
	"slices"
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
	mine, err := b.mine(ctx, who)
	if err != nil {
		return answer{}, err
	}
	return listAnswer(grants, mine), nil
}

// listRecent is how many requests that are over `list` shows behind the others.
const listRecent = 5

// listAnswer is pure. What is over comes last, to be asked for again.
func listAnswer(grants []credentials.Grant, mine []view) answer {
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
	for _, v := range mine {
		switch line := "`" + short(v.ID) + "` " + what(v.Terms) + ": *" + esc(string(v.State)) + "*"; v.State {
		case approvals.Pending:
			add(line+", open until "+at(v.ExpiresAt), cancelButton(v.Request))
		case approvals.Executing:
			add(line, nil)
		}
	}
	if len(lines) == 0 {
		lines = append(lines, "You have no access and no open requests. `/dbaccess` shows the form.")
		blocks = append(blocks, slack.NewSectionBlock(mrkdwn(lines[0], maxSection), nil, nil))
	}
	if len(lines) > maxList {
		note := fmt.Sprintf("Only the newest %d are shown. To reach another, say its id: `/dbaccess end ID`, `/dbaccess cancel ID`.", maxList)
		blocks = append(blocks, slack.NewContextBlock("", mrkdwn(note, maxField)))
		lines = append(lines[:maxList], note)
	}
	over := slices.DeleteFunc(slices.Clone(mine), func(v view) bool { return !recent(v) })
	if len(over) > 0 {
		blocks = append(blocks, slack.NewDividerBlock(), slack.NewContextBlock("", mrkdwn("*Recent*", maxField)))
	}
	for _, v := range over[:min(len(over), listRecent)] {
		blocks = append(blocks, slack.NewSectionBlock(mrkdwn(recentLine(v), maxSection), nil, slack.NewAccessory(againButton(v.ID, v.Terms))))
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
