package bot

import (
	"regexp"
	"strings"
)

// entity matches what Slack writes into the text of a command in place of a
// mention, a channel, a special mention, a date or a link, and nothing that SQL
// would write: `a <@ b`, `a < b AND c > d` and `<!` stay what they are.
var entity = regexp.MustCompile(
	`<@[UWB][A-Z0-9]+(?:\|[^<>|]*)?>` +
		`|<#[CGD][A-Z0-9]+(?:\|[^<>|]*)?>` +
		`|<!(?:channel|here|everyone)(?:\|[^<>|]*)?>` +
		`|<!subteam\^[A-Z0-9]+(?:\|[^<>|]*)?>` +
		`|<!date\^[0-9]+\^[^<>|]*(?:\|[^<>|]*)?>` +
		`|<(?:https?|ftp|mailto|tel|slack|ssh):[^<>|\s]*(?:\|[^<>|]*)?>`)

var entities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

// unescape gives back what a person typed, from what Slack made of it: mentions
// become @name, links the text that was typed, &lt; &gt; &amp; their characters.
// Quotes are left alone, typographic ones too: they may be meant.
func unescape(s string) string {
	s = entity.ReplaceAllStringFunc(s, func(e string) string {
		body, label, labelled := strings.Cut(e[1:len(e)-1], "|")
		switch body[0] {
		case '@', '#':
			if labelled && label != "" {
				return body[:1] + strings.TrimPrefix(label, body[:1])
			}
			return body
		case '!':
			if labelled && label != "" {
				return label
			}
			return "@" + body[1:]
		}
		if labelled && label != "" {
			return label
		}
		return strings.TrimPrefix(body, "mailto:")
	})
	return entities.Replace(s)
}

// unfence strips a code fence, or a pair of backticks, that surrounds the whole
// of s: people paste statements in one. What is inside is not touched.
func unfence(s string) string {
	t := strings.TrimSpace(s)
	if inner, ok := between(t, "```"); ok {
		if first, rest, found := strings.Cut(inner, "\n"); found {
			switch strings.ToLower(strings.TrimSpace(first)) {
			case "", "sql", "postgres", "postgresql", "pgsql":
				inner = rest
			}
		}
		return strings.TrimSpace(inner)
	}
	if inner, ok := between(t, "`"); ok && !strings.Contains(inner, "`") {
		return strings.TrimSpace(inner)
	}
	return t
}

func between(s, fence string) (string, bool) {
	if len(s) < 2*len(fence) || !strings.HasPrefix(s, fence) || !strings.HasSuffix(s, fence) {
		return "", false
	}
	return s[len(fence) : len(s)-len(fence)], true
}
