package bot

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"dbaccess/approvals"
)

// ResultMessage is what a statement's run returned, for its asker.
type ResultMessage struct {
	Columns []string   // empty if the statement returns no rows
	Rows    [][]string // NULL as "NULL"; none of them if they are not masked
	Total   int        // how many rows there are on the page
	Masked  bool       // every column came through masked views: the rows may stand in a direct message
	Cut     bool       // there were more rows than were fetched
	Link    string     // the one-time page with the rows; empty = none
	Until   time.Time  // when that page goes away
}

// SendResult sends the outcome of a run to its asker, once: the rows as a table
// if they are masked and few enough, else a link to the page that shows them.
// It never goes to a channel.
func (b *Bot) SendResult(ctx context.Context, r approvals.Request, res ResultMessage) error {
	err := b.cfg.Store.OneAtATime(ctx, "tell:"+string(r.ID), func(ctx context.Context) error {
		sent, err := b.shown(ctx, purposeResult, string(r.ID))
		if err != nil || sent.ts != "" {
			return err
		}
		to := b.slackOf(reader(r.Requester))
		if to == "" {
			return nil
		}
		text, blocks := resultMessage(r, res, tableOf)
		d, err := b.post(ctx, to, text, blocks)
		if slackCode(err) == "invalid_blocks" { // tables are new in Slack; not every installation has them
			text, blocks = resultMessage(r, res, columnsOf)
			d, err = b.post(ctx, to, text, blocks)
		}
		if err != nil {
			return err
		}
		return b.remember(ctx, purposeResult, string(r.ID), d)
	})
	if err != nil {
		return fmt.Errorf("send result of %s: %w", r.ID, err)
	}
	return nil
}

// resultMessage is pure; rows draws as many rows as there is room for, and says
// how many.
func resultMessage(r approvals.Request, res ResultMessage, rows func(ResultMessage) (slack.Block, int)) (string, []slack.Block) {
	text := your(r.Requester) + " request `" + short(r.ID) + "` (" + what(r.Terms) + ") is *done*: " + esc(r.Outcome)
	if r.State == approvals.Failed {
		text = your(r.Requester) + " request `" + short(r.ID) + "` (" + what(r.Terms) + ") has *failed*: " + esc(r.Outcome)
	}
	blocks := []slack.Block{slack.NewSectionBlock(mrkdwn(text, maxSection), nil, nil)}
	shown := 0
	if res.Masked && len(res.Rows) > 0 && len(res.Columns) > 0 {
		var block slack.Block
		if block, shown = rows(res); shown > 0 {
			blocks = append(blocks, block)
		}
	}
	note := ""
	switch {
	case len(res.Columns) == 0:
	case shown < res.Total && res.Link == "":
		note = fmt.Sprintf("Shown: %d of %d rows.", shown, res.Total)
	case shown < res.Total && shown > 0:
		note = fmt.Sprintf("Shown: %d of %d rows; the page has all.", shown, res.Total)
	case res.Cut:
		note = fmt.Sprintf("Only the first %s fetched; there are more.", wereFetched(res.Total))
	}
	if shown < res.Total && res.Link != "" {
		link := button(actLink, "", "Show the rows", "Show the rows in the browser").WithStyle(slack.StylePrimary)
		link.URL = res.Link
		blocks = append(blocks, slack.NewActionBlock("", link))
		if !res.Until.IsZero() {
			note += " The page opens once, until " + at(res.Until) + "."
		}
	}
	if note != "" {
		blocks = append(blocks, slack.NewContextBlock("", mrkdwn(note, maxField)))
	}
	return fit(text, maxText), stamp(blocks)
}

func wereFetched(n int) string {
	if n == 1 {
		return "row was"
	}
	return fmt.Sprintf("%d rows were", n)
}

// tableOf makes a table of as many rows as Slack takes, and says how many. It is
// none if the columns are too many or the first row is too long.
func tableOf(res ResultMessage) (slack.Block, int) {
	if len(res.Columns) > maxTableCells {
		return nil, 0
	}
	size := 0
	row := func(words []string, head bool) []slack.TableCell {
		var cells []slack.TableCell
		for _, w := range words {
			w = fit(visible(w), 500)
			if w == "" {
				w = " "
			}
			size += utf8.RuneCountInString(w)
			if head {
				cells = append(cells, slack.NewTableRichTextCell(slack.NewRichTextSection(
					slack.NewRichTextSectionTextElement(w, &slack.RichTextSectionTextStyle{Bold: true}))))
			} else {
				cells = append(cells, slack.NewTableRawTextCell(w))
			}
		}
		return cells
	}
	rows := [][]slack.TableCell{row(res.Columns, true)}
	for _, r := range res.Rows {
		cells := row(r, false)
		if len(rows) == maxTableRows || size > maxTableText {
			break
		}
		rows = append(rows, cells)
	}
	table := slack.NewTableBlock("")
	table.Rows = rows
	return table, len(rows) - 1
}

// columnsOf draws rows as psql does.
func columnsOf(res ResultMessage) (slack.Block, int) {
	const widest = 40
	all := append([][]string{res.Columns}, res.Rows...)
	if len(all) > maxTableRows {
		all = all[:maxTableRows]
	}
	width := make([]int, len(res.Columns))
	cell := func(s string) string { return fit(visible(oneLine(s)), widest) }
	for _, row := range all {
		for i, s := range row[:min(len(row), len(width))] {
			width[i] = max(width[i], utf8.RuneCountInString(cell(s)))
		}
	}
	var text strings.Builder
	shown := -1 // the head
	for n, row := range all {
		var line strings.Builder
		for i, s := range row[:min(len(row), len(width))] {
			if i > 0 {
				line.WriteString(" | ")
			}
			line.WriteString(cell(s) + strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell(s))))
		}
		if text.Len()+line.Len() > maxSection {
			break
		}
		text.WriteString(strings.TrimRight(line.String(), " ") + "\n")
		if n == 0 {
			for i, w := range width {
				text.WriteString(map[bool]string{true: "-+-"}[i > 0] + strings.Repeat("-", w))
			}
			text.WriteString("\n")
		}
		shown++
	}
	return preformatted(text.String()), max(shown, 0)
}
