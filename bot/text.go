package bot

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"dbaccess/approvals"
)

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// esc makes people's words harmless in mrkdwn: no mention, no channel alarm, no
// link under another name. Bold and code marks still work, and do no harm.
func esc(s string) string { return escaper.Replace(visible(s)) }

// code is s as inline code, whatever s is.
func code(s string) string {
	return "`" + strings.ReplaceAll(esc(oneLine(s)), "`", "'") + "`"
}

// quoted is a short form of somebody's word for an error sentence.
func quoted(s string) string {
	return "`" + strings.ReplaceAll(fit(visible(oneLine(s)), 40), "`", "'") + "`"
}

// visible shows characters that change how a text looks without being seen
// (direction marks, zero-width and control characters) by their names, so that
// nobody approves something other than what he reads.
func visible(s string) string {
	hidden := func(r rune) bool {
		return r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' || r == unicode.ReplacementChar)
	}
	if strings.IndexFunc(s, hidden) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if hidden(r) {
			fmt.Fprintf(&b, "⟦U+%04X⟧", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// unseen says whether visible changes s.
func unseen(s string) bool { return visible(s) != s }

// oneLine joins the words of s by single spaces.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// tidy is a reason as it is kept: one paragraph's worth of plain characters.
// Direction marks and control characters are dropped; they carry no meaning that
// a reason needs.
func tidy(s string) string {
	s = strings.ToValidUTF8(s, "")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// mention is a Slack mention of the user id, or the name where there is none.
func mention(slackID, name string) string {
	if slackID == "" {
		return "*" + esc(name) + "*"
	}
	return "<@" + slackID + ">"
}

// short is the form of an id that people read and type: the first eight
// characters of its body.
func short[ID ~string](id ID) string {
	_, body, ok := strings.Cut(string(id), "_")
	if !ok {
		body = string(id)
	}
	if len(body) > 8 {
		body = body[:8]
	}
	return body
}

// at is a time that Slack shows in its reader's own zone: the time of day, with
// the date where it is not today.
func at(t time.Time) string {
	return fmt.Sprintf("<!date^%d^{date_short_pretty} {time}|%s>", t.Unix(), t.UTC().Format("2006-01-02 15:04 UTC"))
}

// clock is a time of day to the second, in its reader's own zone.
func clock(t time.Time) string {
	return fmt.Sprintf("<!date^%d^{time_secs}|%s>", t.Unix(), t.UTC().Format("15:04:05 UTC"))
}

// what names the thing asked for: "`masked-read` on `shop` for 2h", or
// "a statement on `shop`".
func what(t approvals.Terms) string {
	if t.Kind == approvals.Statement {
		return "one statement on " + code(t.Database)
	}
	return code(t.Profile) + " on " + code(t.Database) + " for " + durationText(t.Duration)
}

// count is "1 row" or "3 rows".
func count(n int64, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + one + "s"
}

// thousands is "1,000,000".
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// listed is "a", "a or b", "a, b or c".
func listed(words []string, last string) string {
	switch len(words) {
	case 0:
		return ""
	case 1:
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " " + last + " " + words[len(words)-1]
}
