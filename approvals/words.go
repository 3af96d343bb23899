package approvals

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"dbaccess/internal/fault"
)

// Bounds on what people may send.
const (
	maxReason    = 1000     // characters
	maxStatement = 64 << 10 // bytes, with its parameters
	maxParams    = 100
)

// cleanReason makes somebody's words fit to stand on a card: on one line, and
// without characters that cannot be seen or that turn the direction of what
// stands beside them. They are words, so they are cleaned; SQL is what will
// run, so [checkSQL] refuses instead.
func cleanReason(s string) (string, error) {
	s = strings.ToValidUTF8(s, "")
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case hidden(r):
			return -1
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if n := utf8.RuneCountInString(s); n > maxReason {
		return "", invalid("Name the ticket and say it in a sentence or two.", "The reason has %d characters, and may have %d.", n, maxReason)
	}
	return s, nil
}

// hidden reports whether a character cannot be seen, or changes how others are
// seen: controls, bidi marks, zero-width spaces. Joiners, which some scripts
// and emoji need, are not hidden.
func hidden(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	if r == nonJoiner || r == joiner {
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// checkSQL refuses text that could look otherwise to a reviewer than it reads
// to PostgreSQL. It changes nothing: what is approved is what runs.
func checkSQL(what, s string) error {
	if !utf8.ValidString(s) {
		return invalid("Send it as UTF-8.", "The %s is not valid UTF-8.", what)
	}
	for i, r := range s {
		switch {
		case r == '\n', r == '\t':
		case r == '\r' && strings.HasPrefix(s[i+1:], "\n"):
		case r == '\r':
			return invalid("Use ordinary line breaks.", "The %s has a carriage return alone, which ends a comment but may not be seen.", what)
		case hidden(r):
			return invalid("Type it again by hand, or write it as an escape: U&'\\"+hex4(r)+"'.",
				"The %s has the invisible character U+%s at byte %d; reviewers could not see what they approve.", what, hex4(r), i)
		}
	}
	return nil
}

func hex4(r rune) string {
	const digits = "0123456789ABCDEF"
	s := ""
	for ; r > 0; r >>= 4 {
		s = string(digits[r&15]) + s
	}
	return strings.Repeat("0", max(0, 4-len(s))) + s
}

// errTransaction refuses what would take the transaction, and with it the row
// bound, out of our hands.
var errTransaction = fault.New(fault.Invalid, "A statement request cannot begin or end transactions: it is one transaction already.",
	"Send the statement alone; it is committed if all goes well.")

// alone refuses a command that PostgreSQL does not run inside a transaction.
func alone(command string) error {
	hint := "Ask for access with a profile that may run it, and run it there."
	if strings.HasSuffix(command, " CONCURRENTLY") {
		hint = "Leave CONCURRENTLY out if the table is small or quiet: it is locked meanwhile. Else ask for access, and run it there."
	}
	return invalid(hint, "%s cannot run inside a transaction, and a statement request is one: it could be neither bounded nor undone.", command)
}

// transactional reports whether sql begins with a command that begins or ends a
// transaction or a part of one.
func transactional(sql string) bool {
	first, rest := firstWord(sql)
	switch first {
	case "begin", "commit", "end", "rollback", "abort", "savepoint", "release":
		return true
	case "start", "prepare":
		second, _ := firstWord(rest)
		return second == "transaction"
	}
	return false
}

// firstWord returns the first keyword of sql in small letters, behind white
// space, semicolons and comments, and what follows it.
func firstWord(sql string) (word, rest string) {
	sql = skip(sql)
	end := strings.IndexFunc(sql, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsLetter(r) && r != '_' })
	if end < 0 {
		end = len(sql)
	}
	return strings.ToLower(sql[:end]), sql[end:]
}

func skip(sql string) string {
	for {
		sql = strings.TrimLeft(sql, " \t\r\n\f\v;")
		switch {
		case strings.HasPrefix(sql, "--"):
			end := strings.IndexAny(sql, "\r\n")
			if end < 0 {
				return ""
			}
			sql = sql[end:]
		case strings.HasPrefix(sql, "/*"):
			sql = sql[comment(sql):]
		default:
			return sql
		}
	}
}

// comment returns the length of the block comment that sql begins with; they
// nest in PostgreSQL.
func comment(sql string) int {
	depth := 0
	for i := 0; i < len(sql); i++ {
		switch {
		case strings.HasPrefix(sql[i:], "/*"):
			depth++
			i++
		case strings.HasPrefix(sql[i:], "*/"):
			depth--
			i++
		}
		if depth == 0 {
			return i + 1
		}
	}
	return len(sql)
}
