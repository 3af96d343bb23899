package bot

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"dbaccess/internal/fault"
)

type verb string

const (
	verbForm  verb = "form" // nothing was typed: show the form
	verbAsk   verb = "ask"
	verbQuery verb = "query"
	// Only a database was named, or nothing: show the statement form.
	verbQueryForm verb = "query form"
	verbList      verb = "list"
	verbCancel    verb = "cancel"
	verbEnd       verb = "end"
	verbHelp      verb = "help"
)

// verbs are the words that begin a command of their own; a database of such a
// name can be asked for in the form.
var verbs = []string{"query", "list", "cancel", "end", "help"}

// command is what somebody typed, understood as far as that goes without
// knowing which databases there are.
type command struct {
	verb      verb
	words     []string      // ask: one or two of database and profile, as typed
	duration  time.Duration // ask: 0 = not given
	reason    string        // ask, query
	database  string        // query
	statement string        // query: exactly the bytes that will run
	id        string        // cancel, end: lower case; empty = the only one
}

const (
	exampleAsk   = "`/dbaccess shop masked-read 2h because INC-42 refund stuck`"
	exampleQuery = "`/dbaccess query shop SELECT count(*) FROM orders`"
)

// parse understands the text behind /dbaccess. Its errors are sentences with an
// example.
func parse(text string) (command, error) {
	text = unescape(text)
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return command{}, fault.New(fault.Invalid, "This holds bytes that are not text.", "Type it again, like "+exampleAsk+".")
	}
	first, rest := cutWord(text)
	if first == "" {
		return command{verb: verbForm}, nil
	}
	v := strings.ToLower(first)
	if v == "query" {
		return parseQuery(rest)
	}
	if utf8.RuneCountInString(text) > maxCommand {
		return command{}, fault.New(fault.Invalid, "That is too long for a request.", "A request fits on one line, like "+exampleAsk+".")
	}
	switch v {
	case "help", "-h", "--help", "?":
		return command{verb: verbHelp}, nil
	case "list":
		return alone(command{verb: verbList}, rest)
	case "cancel":
		return parseID(verbCancel, rest)
	case "end":
		return parseID(verbEnd, rest)
	}
	var words []string
	for first, rest = cutWord(text); first != ""; first, rest = cutWord(rest) {
		words = append(words, first)
	}
	return parseAsk(words)
}

// parseAsk reads database, profile, duration and reason. The reason begins
// behind "because", "for" or "--"; before it, words may stand in any order.
func parseAsk(words []string) (command, error) {
	c := command{verb: verbAsk}
	for i := 0; i < len(words); i++ {
		word := words[i]
		if d, n, ok := leadingDuration(words[i:]); ok {
			if c.duration != 0 {
				return command{}, fault.New(fault.Invalid, "There are two durations: "+durationText(c.duration)+" and "+durationText(d)+".", "Give one, like "+exampleAsk+".")
			}
			c.duration = d
			i += n - 1
			continue
		}
		switch strings.ToLower(strings.TrimSuffix(word, ":")) {
		case "for":
			// "for 2h" is how long; "for" and anything else is why.
			if _, _, ok := leadingDuration(words[i+1:]); ok && c.duration == 0 {
				continue
			}
			fallthrough
		case "because", "--", "—", "–":
			reason, err := parseReason(strings.Join(words[i+1:], " "))
			c.reason = reason
			if err != nil {
				return command{}, err
			}
			i = len(words)
			continue
		}
		c.words = append(c.words, word)
	}
	switch {
	case len(c.words) == 0:
		return command{}, fault.New(fault.Invalid, "Which database?", "Like this: "+exampleAsk+".")
	case len(c.words) > 2:
		return command{}, fault.New(fault.Invalid, "I do not know what "+quoted(c.words[2])+" means here.", "Put `because` before your reason, like "+exampleAsk+".")
	}
	return c, nil
}

// leadingDuration reads a duration off the front of words: "2h", or "2 hours" in
// two of them. n says how many words it took.
func leadingDuration(words []string) (d time.Duration, n int, ok bool) {
	if len(words) == 0 {
		return 0, 0, false
	}
	if d, ok := parseDuration(words[0]); ok {
		return d, 1, true
	}
	if len(words) > 1 && strings.Trim(words[0], "0123456789") == "" {
		if d, ok := parseDuration(words[0] + words[1]); ok {
			return d, 2, true
		}
	}
	return 0, 0, false
}

func parseReason(s string) (string, error) {
	reason := tidy(s)
	if utf8.RuneCountInString(reason) > maxReason {
		return "", fault.New(fault.Invalid, "The reason is longer than 1,000 characters.", "Name the ticket and say it in a sentence.")
	}
	return reason, nil
}

// parseQuery reads nothing, or "shop", for the form; "shop SELECT …", or "shop because INC-42: SELECT …" for those
// who want to give a reason. The statement keeps its line breaks and spaces.
func parseQuery(rest string) (command, error) {
	c := command{verb: verbQuery}
	c.database, rest = cutWord(rest)
	if strings.TrimSpace(rest) == "" {
		c.verb = verbQueryForm
		return c, nil
	}
	if word, behind := cutWord(rest); strings.EqualFold(word, "because") {
		reason, statement, found := strings.Cut(behind, ":")
		if !found {
			return command{}, fault.New(fault.Invalid, "I cannot tell the reason from the statement.", "Put a colon behind the reason: `/dbaccess query shop because INC-42: SELECT count(*) FROM orders`.")
		}
		var err error
		if c.reason, err = parseReason(reason); err != nil {
			return command{}, err
		}
		rest = statement
	}
	c.statement = unfence(rest)
	if c.statement == "" {
		return command{}, fault.New(fault.Invalid, "Which statement shall run on "+quoted(c.database)+"?", "Like this: "+exampleQuery+".")
	}
	return c, nil
}

func parseID(v verb, rest string) (command, error) {
	id, rest := cutWord(rest)
	return alone(command{verb: v, id: strings.ToLower(strings.Trim(id, "`"))}, rest)
}

// alone refuses words behind a command that takes no more of them.
func alone(c command, rest string) (command, error) {
	if extra, _ := cutWord(rest); extra != "" {
		return command{}, fault.New(fault.Invalid, "I do not know what "+quoted(extra)+" means behind `"+string(c.verb)+"`.", "`/dbaccess help` shows every command.")
	}
	return c, nil
}

// cutWord splits the first word off s. Direction marks and other unseen
// characters around it do not belong to it.
func cutWord(s string) (word, rest string) {
	blank := func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) }
	s = strings.TrimLeftFunc(s, blank)
	if i := strings.IndexFunc(s, unicode.IsSpace); i >= 0 {
		word, rest = s[:i], s[i+1:]
	} else {
		word = s
	}
	return strings.TrimRightFunc(word, blank), rest
}
