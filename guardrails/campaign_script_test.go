package guardrails

import (
	"os"
	"strings"
)

// Step is one thing that a script of psql's tells it to do.
type Step struct {
	SQL  string // one statement, or several that \; joined; empty if meta is not
	Copy string // the lines behind a COPY … FROM STDIN
	Meta string // a command without its backslash that stands alone or ended the statement: "gset", "c", "quit"
	Args []string
}

// Script reads the language of psql's scripts as far as PostgreSQL's own tests
// use it: statements, \set and :variables, \if, \gset, \c, and the lines of a COPY.
type Script struct {
	text   string
	pos    int
	vars   map[string]string
	active []bool // for each open \if whether its branch is taken
	taken  []bool // … whether one of its branches was
}

// NewScript returns a script with psql's variables as they are at its start; it
// changes them.
func NewScript(text string, vars map[string]string) *Script {
	return &Script{text: text, vars: vars}
}

func (s *Script) skipping() bool {
	for _, on := range s.active {
		if !on {
			return true
		}
	}
	return false
}

// Next returns the next step; false at the end.
func (s *Script) Next() (Step, bool) {
	for {
		sql, meta, ok := s.statement()
		if !ok {
			return Step{}, false
		}
		if meta == nil {
			if s.skipping() || strings.TrimSpace(sql) == "" {
				continue
			}
			return s.withCopy(Step{SQL: sql}), true
		}
		st := Step{SQL: strings.TrimSpace(sql), Meta: meta[0], Args: meta[1:]}
		if s.conditional(st) || s.skipping() {
			continue
		}
		switch st.Meta {
		case "set":
			if len(st.Args) > 0 {
				s.vars[st.Args[0]] = strings.Join(st.Args[1:], "")
			}
		case "getenv":
			if len(st.Args) > 1 {
				s.vars[st.Args[0]] = os.Getenv(st.Args[1])
			}
		case "unset":
			if len(st.Args) > 0 {
				delete(s.vars, st.Args[0])
			}
		default:
			return st, true
		}
	}
}

// conditional follows \if, \elif, \else and \endif.
func (s *Script) conditional(st Step) bool {
	top := len(s.active) - 1
	truth := func() bool {
		switch strings.ToLower(strings.Join(st.Args, " ")) {
		case "t", "true", "1", "on", "y", "yes":
			return true
		}
		return false
	}
	if top < 0 && (st.Meta == "elif" || st.Meta == "else" || st.Meta == "endif") {
		return true // an error, of which psql's own tests have some
	}
	switch st.Meta {
	case "if":
		on := truth()
		s.active, s.taken = append(s.active, on), append(s.taken, on)
	case "elif":
		s.active[top] = !s.taken[top] && truth()
		s.taken[top] = s.taken[top] || s.active[top]
	case "else":
		s.active[top], s.taken[top] = !s.taken[top], true
	case "endif":
		s.active, s.taken = s.active[:top], s.taken[:top]
	default:
		return false
	}
	return true
}

// withCopy takes the lines that follow a COPY … FROM STDIN.
func (s *Script) withCopy(st Step) Step {
	if words := strings.ToLower(st.SQL); !strings.Contains(words, "copy") || !strings.Contains(words, "stdin") {
		return st
	}
	if !strings.HasPrefix(strings.ToLower(strings.TrimSpace(blank(st.SQL))), "copy") {
		return st
	}
	if i := strings.IndexByte(s.text[s.pos:], '\n'); i >= 0 {
		s.pos += i + 1
	}
	var lines strings.Builder
	for s.pos < len(s.text) {
		line, rest, _ := strings.Cut(s.text[s.pos:], "\n")
		s.pos = len(s.text) - len(rest)
		if strings.TrimRight(line, "\r") == `\.` {
			break
		}
		lines.WriteString(line + "\n")
	}
	st.Copy = lines.String()
	return st
}

// statement reads up to a semicolon outside of quotes and brackets, or up to a
// command of psql's.
func (s *Script) statement() (sql string, meta []string, ok bool) {
	var b strings.Builder
	depth, blocks, first := 0, 0, ""
	for s.pos < len(s.text) {
		in := scanner{sql: s.text, pos: s.pos}
		t := in.next()
		b.WriteString(s.text[s.pos:t.start]) // spaces
		if t.kind == tokenEnd {
			break
		}
		piece := s.text[t.start:t.end]
		s.pos = in.pos
		switch {
		case piece == `\`:
			if strings.HasPrefix(s.text[s.pos:], ";") {
				s.pos++
				b.WriteByte(';')
				continue
			}
			return b.String(), s.command(), true
		case piece == ":" && t.kind == tokenPunct:
			b.WriteString(s.variable())
			continue
		case t.kind == tokenWord:
			word := strings.ToLower(piece)
			if first == "" {
				first = word
			}
			if first == "create" && (word == "begin" || word == "case" && blocks > 0) {
				blocks++
			} else if word == "end" && blocks > 0 {
				blocks--
			}
		case piece == "(" || piece == "[":
			depth++
		case piece == ")" || piece == "]":
			depth--
		case piece == ";" && depth <= 0 && blocks == 0:
			return b.String(), nil, true
		}
		if t.kind != tokenComment {
			b.WriteString(piece)
		} else if depth > 0 || strings.TrimSpace(b.String()) != "" {
			b.WriteString(piece) // what stands within the statement is the statement's
		}
	}
	s.pos = len(s.text)
	if strings.TrimSpace(b.String()) == "" {
		return "", nil, false
	}
	return b.String(), nil, true
}

// variable reads what follows a colon: the value of a variable, or the colon.
func (s *Script) variable() string {
	rest := s.text[s.pos:]
	quote := byte(0)
	if rest != "" && (rest[0] == '\'' || rest[0] == '"') {
		quote, rest = rest[0], rest[1:]
	}
	n := 0
	for n < len(rest) && isWordPart(rest[n]) && rest[n] != '$' {
		n++
	}
	value, ok := s.vars[rest[:n]]
	if n == 0 || !ok || quote != 0 && (n >= len(rest) || rest[n] != quote) {
		return ":"
	}
	s.pos += n
	if quote == 0 {
		return value
	}
	s.pos += 2
	q := string(quote)
	return q + strings.ReplaceAll(value, q, q+q) + q
}

// command reads a command of psql's up to the line's end or the next backslash.
func (s *Script) command() []string {
	line, _, _ := strings.Cut(s.text[s.pos:], "\n")
	n := 0
	for n < len(line) && (isWordPart(line[n]) || n == 0) {
		n++
	}
	name := line[:n]
	words := []string{name}
	at := s.pos + n
	for at < s.pos+len(line) {
		in := scanner{sql: s.text[:s.pos+len(line)], pos: at}
		for in.pos < len(in.sql) && isSpace(in.sql[in.pos]) {
			in.pos++
		}
		at = in.pos
		rest := s.text[at : s.pos+len(line)]
		switch {
		case rest == "":
			continue
		case rest[0] == '\\':
			s.pos = at // another command on the same line
			if strings.HasPrefix(rest, `\\`) {
				s.pos = at + 2
			}
			return words
		case rest[0] == ':':
			at++
			sub := &Script{text: s.text[:s.pos+len(line)], pos: at, vars: s.vars}
			words = append(words, strings.Trim(sub.variable(), "'"))
			at = sub.pos
		case rest[0] == '\'':
			t := in.next()
			words = append(words, strings.Trim(s.text[t.start:t.end], "'"))
			at = t.end
		default:
			w := strings.IndexAny(rest, " \t\\")
			if w < 0 {
				w = len(rest)
			}
			words = append(words, rest[:w])
			at += w
		}
	}
	s.pos = min(s.pos+len(line), len(s.text))
	return words
}
