package bot

import (
	"context"
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"dbaccess/approvals"
	"dbaccess/guardrails"
)

// touchedText says which tables a statement reads and writes, which sensitive
// columns among them, and how many rows it was estimated to touch.
func touchedText(v view, room room) string {
	var lines []string
	if t := tablesText(v.Verdict); t != "" {
		lines = append(lines, fit(t, 2*room.sentence))
	}
	if v.Impact.Sentence != "" {
		lines = append(lines, "*Estimate:* "+esc(fit(v.Impact.Sentence, 2*room.sentence)))
		if v.Verdict.Kind == guardrails.Write && v.Impact.Known() && v.Impact.Rows > float64(v.RowBound) {
			lines = append(lines, ":warning: That is more than the row bound: it would be rolled back.")
		}
	}
	return strings.Join(lines, "\n")
}

// tablesText lists what is written, then what is read.
func tablesText(v guardrails.Verdict) string {
	var writes, reads []string
	for _, t := range v.Touches {
		name := code(t.Relation)
		if len(t.Columns) > 0 && len(t.Columns) <= 8 {
			name += " (" + esc(strings.Join(t.Columns, ", ")) + ")"
		}
		if t.Written {
			writes = append(writes, name)
		} else {
			reads = append(reads, name)
		}
	}
	if len(v.Touches) == 0 && len(v.Relations) > 0 {
		for _, r := range v.Relations {
			reads = append(reads, code(r))
		}
		return "*Tables:* " + strings.Join(reads, ", ")
	}
	var parts []string
	if len(writes) > 0 {
		parts = append(parts, "*Writes:* "+strings.Join(writes, ", "))
	}
	if len(reads) > 0 {
		parts = append(parts, "*Reads:* "+strings.Join(reads, ", "))
	}
	return strings.Join(parts, " · ")
}

// countButton offers reviewers the exact number of rows, where it can be had.
func countButton(v view) []slack.BlockElement {
	if !v.Counts || v.Kind != approvals.Statement || v.Verdict.Kind != guardrails.Read && v.Verdict.Kind != guardrails.Write {
		return nil
	}
	return []slack.BlockElement{button(actCount, ticketOf(v.Request).value(), "Count rows",
		fmt.Sprintf("Count rows of request %s on %s", short(v.ID), v.Database))}
}

// countRows tells a reviewer, and nobody else, how many rows a statement would touch.
func (b *Bot) countRows(ctx context.Context, p press, t ticket) error {
	if b.cfg.Counts == nil {
		return errBadTicket
	}
	who, err := b.person(ctx, p.cb.User.ID)
	if err != nil {
		return err
	}
	b.carry(ctx, p.spot(), "Count rows", func(ctx context.Context) (answer, error) {
		sentence, err := b.cfg.Counts.CountRows(ctx, who, t.Request)
		if err != nil {
			return answer{}, err
		}
		return say("*Request `%s`:* %s", short(t.Request), esc(sentence)), nil
	})
	return nil
}
