package guardrails

import "strings"

// tokenKind sorts what the scanner finds by what bounding the text needs to know.
type tokenKind int

const (
	tokenEnd      tokenKind = iota
	tokenWord               // a bare identifier or keyword
	tokenQuoted             // "…" or U&"…"
	tokenLiteral            // a string in any quoting, a number, a parameter
	tokenOperator           // a run of operator characters, or ::
	tokenPunct              // one of ( ) [ ] , ; . : and whatever else stands alone
	tokenComment            // -- … or /* … */
)

// token is one lexical piece of a text: sql[start:end].
type token struct {
	kind       tokenKind
	start, end int
	nesting    int // of a comment: how deep /* */ went
}

// scanner cuts a text into tokens as PostgreSQL's own lexer does with
// standard_conforming_strings on. It exists because PostgreSQL's parser may not
// see a text before its depth is known. A fuzz test holds it against the lexer
// inside pg_query.
type scanner struct {
	sql string
	pos int

	escaped int // where an E'…' ended that may go on behind a line's end; 0 if none
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isWordStart(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c >= 0x80
}

func isWordPart(c byte) bool { return isWordStart(c) || isDigit(c) || c == '$' }

// operatorByte marks the characters that operators are made of.
var operatorByte = func() (t [256]bool) {
	for _, c := range []byte("~!@#^&|`?+-*/%<>=") {
		t[c] = true
	}
	return t
}()

// at returns the byte i places ahead, 0 behind the end.
func (s *scanner) at(i int) byte {
	if s.pos+i < len(s.sql) {
		return s.sql[s.pos+i]
	}
	return 0
}

// next returns the next token; at the end of the text its kind is tokenEnd.
func (s *scanner) next() token {
	for s.pos < len(s.sql) && isSpace(s.sql[s.pos]) {
		s.pos++
	}
	t, escaped := token{start: s.pos}, s.escaped
	s.escaped = 0
	if s.pos >= len(s.sql) {
		t.end = s.pos
		return t
	}
	switch c := s.sql[s.pos]; {
	case c == '-' && s.at(1) == '-':
		t.kind = tokenComment
		s.line()
		s.escaped = escaped
	case c == '/' && s.at(1) == '*':
		t.kind = tokenComment
		var closed bool
		if t.nesting, closed = s.block(); !closed {
			t.kind = tokenPunct // an error, which must stay one
		}
	case c == '\'':
		t.kind = tokenLiteral
		goesOn := escaped > 0 && strings.ContainsAny(s.sql[escaped:s.pos], "\n\r")
		s.quoted(1, '\'', goesOn)
	case c == '"':
		t.kind = tokenQuoted
		s.quoted(1, '"', false)
	case c == '$':
		t.kind = s.dollar()
	case isDigit(c) || c == '.' && isDigit(s.at(1)):
		t.kind = tokenLiteral
		s.number()
	case isWordStart(c):
		t.kind = s.word()
	case c == ':' && s.at(1) == ':':
		t.kind = tokenOperator
		s.pos += 2
	case operatorByte[c]:
		t.kind = tokenOperator
		s.operator()
	default:
		t.kind = tokenPunct
		s.pos++
	}
	t.end = s.pos
	return t
}

// line skips a -- comment, leaving the line's end.
func (s *scanner) line() {
	for s.pos < len(s.sql) && s.sql[s.pos] != '\n' && s.sql[s.pos] != '\r' {
		s.pos++
	}
}

// block skips a comment in its nesting and returns the deepest it went.
func (s *scanner) block() (deepest int, closed bool) {
	depth := 0
	for s.pos < len(s.sql) {
		switch {
		case s.sql[s.pos] == '/' && s.at(1) == '*':
			depth++
			deepest = max(deepest, depth)
			s.pos += 2
		case s.sql[s.pos] == '*' && s.at(1) == '/':
			depth--
			s.pos += 2
			if depth == 0 {
				return deepest, true
			}
		default:
			s.pos++
		}
	}
	return deepest, false
}

// quoted skips a quoted piece whose opening is n bytes long. A doubled quote
// stays inside. With escapes (E'…') so does \', and the string may go on in the
// same manner behind -- comments and a line's end.
func (s *scanner) quoted(n int, quote byte, escapes bool) {
	s.pos += n
	for s.pos < len(s.sql) {
		switch c := s.sql[s.pos]; {
		case c == '\\' && escapes:
			s.pos += 2
		case c == quote && s.at(1) == quote:
			s.pos += 2
		case c == quote:
			s.pos++
			if escapes {
				s.escaped = s.pos
			}
			return
		default:
			s.pos++
		}
	}
	s.pos = len(s.sql)
}

// dollar skips a $tag$…$tag$ string, a $1 parameter, or a lone dollar.
func (s *scanner) dollar() tokenKind {
	if isDigit(s.at(1)) {
		for s.pos++; s.pos < len(s.sql) && isDigit(s.sql[s.pos]); {
			s.pos++
		}
		return tokenLiteral
	}
	i := s.pos + 1
	for i < len(s.sql) && s.sql[i] != '$' && isWordPart(s.sql[i]) && (i > s.pos+1 || isWordStart(s.sql[i])) {
		i++
	}
	if i >= len(s.sql) || s.sql[i] != '$' {
		s.pos++
		return tokenPunct
	}
	tag := s.sql[s.pos : i+1]
	s.pos = i + 1
	if n := strings.Index(s.sql[s.pos:], tag); n >= 0 {
		s.pos += n + len(tag)
	} else {
		s.pos = len(s.sql)
	}
	return tokenLiteral
}

// number skips a number with whatever letters hang on it, but not the .. of a range.
func (s *scanner) number() {
	part := func() {
		for s.pos < len(s.sql) && (isDigit(s.sql[s.pos]) || isWordStart(s.sql[s.pos])) {
			s.pos++
		}
	}
	part()
	if s.at(0) == '.' && s.at(1) != '.' {
		s.pos++
		part()
	}
}

// word skips an identifier, or the string or quoted name it is the prefix of.
func (s *scanner) word() tokenKind {
	switch c := s.sql[s.pos] | 0x20; {
	case c == 'e' && s.at(1) == '\'':
		s.quoted(2, '\'', true)
		return tokenLiteral
	case (c == 'b' || c == 'x') && s.at(1) == '\'': // no quote inside
		if n := strings.IndexByte(s.sql[s.pos+2:], '\''); n >= 0 {
			s.pos += n + 3
		} else {
			s.pos = len(s.sql)
		}
		return tokenLiteral
	case c == 'u' && s.at(1) == '&' && s.at(2) == '\'':
		s.quoted(3, '\'', false)
		return tokenLiteral
	case c == 'u' && s.at(1) == '&' && s.at(2) == '"':
		s.quoted(3, '"', false)
		return tokenQuoted
	}
	for s.pos < len(s.sql) && isWordPart(s.sql[s.pos]) {
		s.pos++
	}
	return tokenWord
}

// operator skips a run of operator characters; a comment ends it.
func (s *scanner) operator() {
	for s.pos < len(s.sql) && operatorByte[s.sql[s.pos]] {
		if s.sql[s.pos] == '-' && s.at(1) == '-' || s.sql[s.pos] == '/' && s.at(1) == '*' {
			return
		}
		s.pos++
	}
}
