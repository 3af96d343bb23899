package guardrails

import (
	"slices"
	"strings"
	"testing"
)

func TestATextIsCutIntoItsStatements(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string][]string{
		"":                                    {},
		"-- nothing\n;;":                      {},
		"SELECT 1":                            {"SELECT 1"},
		" SELECT ';' ; -- a\nDELETE FROM t; ": {"SELECT ';'", "DELETE FROM t"},
		"SELECT 'ü';/* b; */UPDATE t SET a=1 WHERE b;SELECT 2": {"SELECT 'ü'", "UPDATE t SET a=1 WHERE b", "SELECT 2"},
	} {
		got, ok := Statements(sql)
		if !ok || !slices.Equal(got, want) {
			t.Errorf("%q is cut into %q, %v; want %q", sql, got, ok, want)
		}
	}
	for _, sql := range []string{"SELEC", `\set x 1`, "SELECT " + strings.Repeat("(", 5000), strings.Repeat("x", 70<<10)} {
		if got, ok := Statements(sql); ok {
			t.Errorf("%.20q… is cut into %q", sql, got)
		}
	}
}
