package bot

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"
)

// The callback ids of our shortcuts, as the app's manifest names them.
const (
	shortcutRequest   = "dbaccess_request"      // global: opens the request form
	shortcutForThis   = "dbaccess_from_message" // on a message: the request form, with the message as its reason
	shortcutStatement = "dbaccess_statement"    // on a message: the statement form, with the SQL in the message
)

// Shortcut is one of our shortcuts, as the app's manifest has to name it.
type Shortcut struct {
	Type       string // "global", or "message" for one in a message's menu
	CallbackID string
	Name       string // 24 characters at most
	About      string
}

// Shortcuts are all of them.
func Shortcuts() []Shortcut {
	return []Shortcut{
		{"global", shortcutRequest, "Request DB access", "Open the form that asks for access to a database"},
		{"message", shortcutForThis, "Request access for this", "Ask for access to a database, with this message as the reason"},
		{"message", shortcutStatement, "Run this SQL", "Ask for the SQL in this message to be run"},
	}
}

// shortcut opens the form that a shortcut is for. An unknown one is of another
// version of the manifest.
func (b *Bot) shortcut(ctx context.Context, cb slack.InteractionCallback) {
	s := spotIn(cb)
	switch cb.CallbackID {
	case shortcutRequest:
		b.openForm(ctx, s, draft{})
	case shortcutForThis:
		b.openForm(ctx, s, draft{reason: b.reasonFrom(ctx, cb), note: "Your reason is what the message says. Change it as you like: those who decide will read it."})
	case shortcutStatement:
		b.openQuery(ctx, s, draftFrom(cb.Message))
	default:
		b.tell(ctx, s, "dbaccess", say("This shortcut is from another version of dbaccess. `/dbaccess help` shows what there is."))
	}
}

// permalinkBudget is how long a form waits for the message's address.
const permalinkBudget = 800 * time.Millisecond

// reasonFrom is a message as somebody's reason: its words, and where it stands.
func (b *Bot) reasonFrom(ctx context.Context, cb slack.InteractionCallback) string {
	const most = 300
	words := fit(oneLine(unescape(cb.Message.Text)), most)
	link := b.permalink(ctx, cb.Channel.ID, cb.Message.Timestamp, permalinkBudget)
	switch {
	case link == "":
		return words
	case words == "":
		return link
	}
	return words + "\n" + link
}

// permalink is the address of a message; empty if Slack does not say it in time,
// as for channels that the bot is not in.
func (b *Bot) permalink(ctx context.Context, channel, ts string, budget time.Duration) string {
	if channel == "" || ts == "" {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, budget)
	defer cancel()
	link, err := b.cfg.API.GetPermalinkContext(ctx, &slack.PermalinkParameters{Channel: channel, Ts: ts})
	if err != nil {
		return ""
	}
	return link
}

// draftFrom takes the SQL out of a message: the first code block, else the first
// piece of inline code, else all of its words. Whoever sends the form sees it
// first, and may change it.
func draftFrom(m slack.Message) draft {
	const fence = "```"
	var d draft
	blocks := cut(m.Text, fence)
	switch {
	case len(blocks) > 0:
		d.statement = unfence(fence + unescape(blocks[0]) + fence)
	case len(preformattedIn(m.Blocks)) > 0: // posted without a text of its own
		blocks = preformattedIn(m.Blocks)
		d.statement = strings.TrimSpace(entities.Replace(blocks[0]))
	default:
		if inline := cut(m.Text, "`"); len(inline) > 0 {
			blocks, d.statement = inline, strings.TrimSpace(unescape(inline[0]))
			break
		}
		d.statement = strings.TrimSpace(unescape(m.Text))
		d.note = "The message has no code block, so this is all of its text."
		if d.statement == "" {
			d.note = "The message has no text that could be SQL."
		}
	}
	if len(blocks) > 1 {
		d.note = fmt.Sprintf("The message has %d pieces of code; this is the first.", len(blocks))
	}
	return d
}

// cut returns what stands between pairs of a mark.
func cut(s, mark string) (found []string) {
	for {
		_, rest, ok := strings.Cut(s, mark)
		inside, behind, closed := strings.Cut(rest, mark)
		if !ok || !closed {
			return found
		}
		if strings.TrimSpace(inside) != "" {
			found = append(found, inside)
		}
		s = behind
	}
}

// preformattedIn returns the code blocks of rich text.
func preformattedIn(blocks slack.Blocks) (found []string) {
	for _, block := range blocks.BlockSet {
		rich, ok := block.(*slack.RichTextBlock)
		if !ok {
			continue
		}
		for _, e := range rich.Elements {
			if pre, ok := e.(*slack.RichTextPreformatted); ok {
				if text := richText(pre.Elements); strings.TrimSpace(text) != "" {
					found = append(found, text)
				}
			}
		}
	}
	return found
}

// richText is what a person reads of the elements that can stand in code.
func richText(elements []slack.RichTextSectionElement) string {
	var b strings.Builder
	for _, e := range elements {
		switch e := e.(type) {
		case *slack.RichTextSectionTextElement:
			b.WriteString(e.Text)
		case *slack.RichTextSectionLinkElement:
			if e.Text != "" {
				b.WriteString(e.Text)
			} else {
				b.WriteString(e.URL)
			}
		case *slack.RichTextSectionUserElement:
			b.WriteString("@" + e.UserID)
		case *slack.RichTextSectionChannelElement:
			b.WriteString("#" + e.ChannelID)
		}
	}
	return b.String()
}
