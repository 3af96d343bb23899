package bot

import (
	"context"
	"fmt"
	"strings"
)

// purposeMasks is under what the Store keeps which message tells of a database's
// masked views.
const purposeMasks = "masks"

// MaskNews is what has come between a database and its masked views.
type MaskNews struct {
	Database string
	Hidden   []string // what readers do not see until the next apply, a sentence each
	Open     []string // what would let them around the views, likewise
}

// TellMasks says in the default approval channel what has changed behind the masked
// views of a database: one message, which is changed as the news change and ends
// in a word that all is well again. Nothing is said where nothing ever was.
func (b *Bot) TellMasks(ctx context.Context, news MaskNews) error {
	was, err := b.shown(ctx, purposeMasks, news.Database)
	if err != nil {
		return err
	}
	if was.ts == "" && len(news.Hidden)+len(news.Open) == 0 {
		return nil
	}
	text := maskText(news)
	sum := contentSum(text, nil)
	if was.content == sum {
		return nil
	}
	if was.ts != "" {
		err = b.update(ctx, was, text, letter{text: text}.blocks())
		if err == nil {
			was.content = sum
			return b.remember(ctx, purposeMasks, news.Database, was)
		}
		if !goneMessage(err) {
			return err
		}
	}
	channel, err := b.channel("")
	if err != nil {
		return err
	}
	now, err := b.post(ctx, channel, text, letter{text: text}.blocks())
	if err != nil {
		return err
	}
	now.content = sum
	return b.remember(ctx, purposeMasks, news.Database, now)
}

// maskText is the message, short enough for a phone.
func maskText(news MaskNews) string {
	of := "*Masked views of " + code(news.Database) + "*"
	if len(news.Hidden)+len(news.Open) == 0 {
		return of + ": all is as it was applied."
	}
	var b strings.Builder
	b.WriteString(of)
	list := func(title string, lines []string) {
		if len(lines) == 0 {
			return
		}
		b.WriteString("\n" + title)
		for i, l := range lines {
			if i == 8 {
				fmt.Fprintf(&b, "\n… and %d more", len(lines)-i)
				break
			}
			b.WriteString("\n• " + esc(fit(l, 200)))
		}
	}
	list(":warning: *Around them:*", news.Open)
	list("*Changed since, and hidden from readers:*", news.Hidden)
	b.WriteString("\n`dbaccess mask status --database " + esc(news.Database) + "` has the details; its owner runs `dbaccess mask apply`.")
	return b.String()
}
