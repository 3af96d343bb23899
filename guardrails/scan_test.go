package guardrails

import (
	"strings"
	"testing"
	"unicode/utf8"

	pg "github.com/pganalyze/pg_query_go/v5"
	"pgregory.net/rapid"
)

// pieces are what texts that try the scanner are put together of.
var pieces = []string{
	"'", "''", `"`, `""`, "$$", "$a$", "$a1$", "$1", "$", "$é$", "E'", "e'", "U&'", `U&"`, "B'", "X'", "N'", "n'", `\`, `\'`,
	"--", "/*", "*/", "/", "*", "-", "+", "@", "<=", "::", ":", ":=", ".", "..", ",", ";", "(", ")", "[", "]", "=", "|", "~",
	" ", "\n", "\r", "\t", "\f", "\v", "a", "and", "e", "E", "u", "U", "&", "x", "1", "1.5", ".5", "1e5", "1e", "0x1F", "1_0",
	"é", "日", "_", "select", "a$$", "a1$", "\u00a0",
}

// TestScannerAgreesWithPostgres holds our scanner against the lexer inside the
// parser: wherever that one sees a token, ours sees one of the same kind. If it
// did not, a text could be deeper than it was weighed.
func TestScannerAgreesWithPostgres(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		agree(t, strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 12).Draw(t, "text"), ""))
	})
}

func FuzzScannerAgreesWithPostgres(f *testing.F) {
	f.Add("select $a1$ ' $a1$; delete from scratch; -- '")
	f.Add("select 1 as foo$$; delete from scratch; select 1 as bar$$")
	f.Add("SELECT E'a'\n'\\'(' -- c\n'x'")
	f.Add("SELECT /* a /* ' */ \" */ 1 +--\n2")
	f.Fuzz(func(t *testing.T, sql string) {
		if len(sql) < 400 && utf8.ValidString(sql) && !strings.Contains(sql, "\x00") {
			agree(t, sql)
		}
	})
}

func blank(sql string) string {
	var comments []token
	s := scanner{sql: sql}
	for t := s.next(); t.kind != tokenEnd; t = s.next() {
		if t.kind == tokenComment {
			comments = append(comments, t)
		}
	}
	return withoutComments(sql, comments)
}

type failer interface {
	Fatalf(format string, args ...any)
}

// agree compares what weigh goes by: brackets, commas, operators, words, and where
// strings are. Comments are blanked as Classify does.
func agree(t failer, sql string) {
	sql = blank(sql)
	scan, err := pg.Scan(sql)
	if err != nil {
		return // the parser refuses it too
	}
	// Ours, by the place they begin at.
	ours := map[int32]token{}
	s := scanner{sql: sql}
	for tok := s.next(); tok.kind != tokenEnd; tok = s.next() {
		ours[int32(tok.start)] = tok
	}
	covered := func(at int32) bool { // inside an operator or a number of ours
		for _, o := range ours {
			if o.start < int(at) && int(at) < o.end && (o.kind == tokenOperator || o.kind == tokenLiteral && !strings.ContainsAny(sql[o.start:o.end], "'$")) {
				return true
			}
		}
		return false
	}
	for _, p := range scan.Tokens {
		o, ok := ours[p.Start]
		if !ok {
			if covered(p.Start) {
				continue
			}
			t.Fatalf("%q: Postgres sees %v at %d, we see nothing; ours: %v", sql, p.Token, p.Start, ours)
		}
		if want := kindOf(p.Token, sql[p.Start:p.End]); want >= 0 && want != o.kind {
			t.Fatalf("%q: at %d Postgres sees %v, we see kind %d", sql, p.Start, p.Token, o.kind)
		}
	}
}

// kindOf is what we should call a token of Postgres, -1 if we need not agree.
func kindOf(t pg.Token, text string) tokenKind {
	switch t {
	case pg.Token_SQL_COMMENT, pg.Token_C_COMMENT:
		return tokenComment
	case pg.Token_SCONST, pg.Token_USCONST, pg.Token_BCONST, pg.Token_XCONST, pg.Token_FCONST, pg.Token_ICONST, pg.Token_PARAM:
		return tokenLiteral
	case pg.Token_UIDENT:
		return tokenQuoted
	case pg.Token_IDENT:
		if strings.HasPrefix(text, `"`) {
			return tokenQuoted
		}
		return tokenWord
	case pg.Token_TYPECAST, pg.Token_Op, pg.Token_LESS_EQUALS, pg.Token_GREATER_EQUALS, pg.Token_NOT_EQUALS, pg.Token_EQUALS_GREATER:
		return tokenOperator
	case pg.Token_NCHAR, pg.Token_DOT_DOT, pg.Token_COLON_EQUALS:
		return -1
	}
	switch {
	case len(text) == 1 && strings.ContainsAny(text, "+-*/<>=^%"):
		return tokenOperator
	case len(text) == 1 && strings.ContainsAny(text, "()[],;:."):
		return tokenPunct
	case len(text) > 0 && isWordStart(text[0]):
		return tokenWord
	}
	return -1
}
