package guardrails

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	pg "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"
)

// sameTree compares what parse makes of a text with what the library's own Parse
// makes of it. One thing differs: an integer below zero that is no constant, such
// as the -1 of INCREMENT -1, is 0 in ours.
func sameTree(t failer, sql string) {
	want, wantErr := pg.Parse(sql)
	got, gotErr := parse(sql)
	switch {
	case errors.Is(gotErr, errUnfamiliar):
		t.Fatalf("%q: %v", sql, gotErr)
	case (wantErr == nil) != (gotErr == nil), wantErr != nil && wantErr.Error() != gotErr.Error():
		t.Fatalf("%q: %v, want %v", sql, gotErr, wantErr)
	case wantErr != nil:
		return
	}
	zero(want)
	if !proto.Equal(want, got) {
		t.Fatalf("%q:\n%v\nwant\n%v", sql, got, want)
	}
}

// zero sets the integers below zero that are no constants to zero.
func zero(n any) {
	if tree, ok := n.(*pg.ParseResult); ok {
		for _, s := range tree.Stmts {
			oneNode(s.Stmt, zero)
		}
		return
	}
	if i, ok := n.(*pg.Integer); ok && i.Ival < 0 {
		i.Ival = 0
	}
	eachChild(n, zero)
}

func TestTheTreeIsThatOfTheLibrarysOwnParse(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{"attacks", "harmless", "golden"} {
		for _, sql := range statements(t, folder) {
			sameTree(t, sql)
		}
	}
	for _, r := range Rules() {
		for _, sql := range []string{r.Fires, r.Quiet} {
			if _, rule, _ := outside(sql); rule == nil {
				sameTree(t, sql)
			}
		}
	}
	for _, sql := range benchTexts {
		sameTree(t, sql)
	}
	for _, sql := range []string{
		"", ";", ";;SELECT 1;;", "SELECT -1, - 1, -(1), -(-(1)), - - -7, -(-(-(8))), -0, -2147483647, -2147483648, +-5, -+5, -1::int, -1.5, - 1e9",
		"SELECT -0x1F, -0b11, -0o17, -017, -1_000, 5-3, 5 - -3, a -3", "SELECT -\n\t1 LIMIT -1 OFFSET -2", "SET x TO -1", "CREATE SEQUENCE s INCREMENT BY -1",
		"FETCH BACKWARD 5 FROM c", "MOVE ALL IN c", "FETCH -5 c", `SELECT E'\x01\x1f\x7f\b\f\n\r\t"\\<>é日😀', "a""b<>\x", U&'\0041\+01F600'`,
		"SELECT b'101', x'1F', null, true, false, 1.5e10, '', 99999999999999999999", "ALTER TABLE t ALTER c SET STATISTICS -1",
		"CREATE TABLE t (a numeric(5,-2), b int[3][], PRIMARY KEY (a)) PARTITION BY RANGE (a)", "EXPLAIN (ANALYZE -1) SELECT 1",
	} {
		sameTree(t, sql)
	}
}

func TestTheTreeIsTheSameForWhateverIsAddedUp(t *testing.T) {
	t.Parallel()
	words := []string{
		"SELECT", "-", "1", "(", ")", "a", "'x'", ",", " ", "0", "\\", `"`, "+", "::int", "FROM", "t", ";", "*", ".", "[", "]", "NULL",
		"VALUES", "AND", "IN", "1.5", "<", ">", "\n", "LIMIT", "é", "E'\\n'", "7_0", "0x1", "017",
	}
	parsed := 0
	rapid.Check(t, func(t *rapid.T) {
		sql := "SELECT " + strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 1, 9).Draw(t, "words"), "")
		if _, err := pg.Parse(sql); err == nil {
			parsed++
		}
		sameTree(t, sql)
	})
	if parsed == 0 {
		t.Error("none of the texts was SQL")
	}
}

func TestANameIsCutBetweenCharacters(t *testing.T) {
	t.Parallel()
	for _, last := range []string{"é", "日", "😀", "x"} {
		for n := 58; n <= 64; n++ {
			name := strings.Repeat("a", n) + last + "b"
			v := Classify(`SELECT * FROM "`+name+`"`, nil)
			want := name
			for len(want) > longestName {
				_, size := utf8.DecodeLastRuneInString(want)
				want = want[:len(want)-size]
			}
			if len(v.Relations) != 1 || v.Relations[0] != want && v.Relations[0] != `"`+want+`"` {
				t.Errorf("%s became %q, want %s", name, v.Relations, want)
			}
		}
	}
}

func TestADecoderAnswersWhateverItIsGiven(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		parts := []string{
			`{`, `}`, `[`, `]`, `"`, `:`, `,`, `"stmts"`, `"stmt"`, `"SelectStmt"`, `null`, `true`, `-`, `1`, `"A_Const"`, `"ival"`, `\u00`, `\`,
			`"targetList"`, `"ResTarget"`, `"val"`, `"sval"`, `"String"`, "n", "t",
		}
		text := `{"stmts":[{"stmt":` + strings.Join(rapid.SliceOfN(rapid.SampledFrom(parts), 0, 20).Draw(t, "parts"), "")
		d := decoder{text: text}
		d.readParseResult(new(pg.ParseResult))
	})
}
