package bot

import (
	"encoding/json"
	"unicode/utf8"

	"github.com/slack-go/slack"
)

// Slack's limits, in characters unless said otherwise, as far as we come near
// them. What exceeds one is refused by Slack as a whole, so everything that
// holds people's words goes through fit.
const (
	maxText        = 3900  // a message's text; chat.update refuses 4,000
	maxBlocks      = 50    // blocks of a message
	maxViewBlocks  = 100   // blocks of a modal, or of App Home
	maxEditor      = 3000  // characters of a text input
	maxMessage     = 12500 // all blocks of a message together; about 13,000 are refused
	maxSection     = 3000
	maxField       = 2000
	maxHeader      = 150
	maxButtonText  = 75
	maxButtonValue = 2000
	maxLabel       = 75 // an accessibility label
	maxOption      = 75 // an option's text, description or value
	maxOptions     = 100
	maxModalTitle  = 24
	maxConfirm     = 300
	maxInputError  = 150 // not documented; longer ones are hard to read anyway
	maxTableRows   = 100
	maxTableCells  = 20
	maxTableText   = 9000 // all cells of a table together; 10,000 are refused
)

// Our own limits.
const (
	wholeStatement     = 2500 // up to this a statement stands whole on its card
	wholeStatementJSON = 5500 // and up to this many characters of JSON
	wholeReasonJSON    = 2500
	statementBlock     = 2800 // of a longer one, in one block of the review modal
	pageBlocks         = 4    // such blocks on one page of it
	maxReason          = 1000
	maxCommand         = 2000 // a command line, statements apart
	maxList            = 10   // entries of /dbaccess list
)

const ellipsis = "…"

// fit returns s, cut to at most n characters on a rune boundary; what was cut
// ends in an ellipsis.
func fit(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	if n <= 1 {
		return ellipsis[:n*len(ellipsis)]
	}
	cut := 0
	for range n - 1 {
		_, size := utf8.DecodeRuneInString(s[cut:])
		cut += size
	}
	return s[:cut] + ellipsis
}

// jsonLen is how long s is inside JSON, as we send it: Slack counts that, and
// some characters take six there.
func jsonLen(s string) int {
	raw, err := json.Marshal(s)
	if err != nil { // a string
		panic("bot: a string that is no JSON: " + err.Error())
	}
	return utf8.RuneCount(raw) - 2
}

// fitJSON returns s, cut on a rune boundary to at most n characters of JSON.
func fitJSON(s string, n int) string {
	for chars := utf8.RuneCountInString(s); jsonLen(s) > n; chars -= max(1, chars/8) {
		s = fit(s, chars)
	}
	return s
}

// pieces cuts s into parts of at most n characters each, on rune boundaries,
// after a line break where the last quarter of a part has one. The parts
// together are s.
func pieces(s string, n int) []string {
	var out []string
	for utf8.RuneCountInString(s) > n {
		cut, line := 0, 0
		for i := range n {
			r, size := utf8.DecodeRuneInString(s[cut:])
			cut += size
			if r == '\n' && i >= n*3/4 {
				line = cut
			}
		}
		if line > 0 {
			cut = line
		}
		out = append(out, s[:cut])
		s = s[cut:]
	}
	return append(out, s)
}

// plain is a plain_text object of at most n characters. Slack refuses empty
// ones, so an empty one is a space.
func plain(s string, n int) *slack.TextBlockObject {
	if s == "" {
		s = " "
	}
	return slack.NewTextBlockObject(slack.PlainTextType, fit(s, n), false, false)
}

// mrkdwn is a mrkdwn object of at most n characters. People's words in it must
// have gone through esc.
func mrkdwn(s string, n int) *slack.TextBlockObject {
	if s == "" {
		s = " "
	}
	return slack.NewTextBlockObject(slack.MarkdownType, fit(s, n), false, false)
}
