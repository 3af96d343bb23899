package guardrails

import (
	"strings"
	"testing"
)

func TestALongTextIsReadAPieceAtATime(t *testing.T) {
	t.Parallel()
	one := "INSERT INTO notes VALUES (1, 'a;b', $$c;d$$); -- e;f\n"
	body := "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END;\n"
	sql := times(one, 3000) + body + "DELETE FROM orders;\n" + times(one+body, 2000)
	pieces := Split(sql)
	if strings.Join(pieces, "") != sql || len(pieces) < 5 {
		t.Fatalf("%d pieces", len(pieces))
	}
	statements := 0
	for _, p := range pieces {
		if len(p) > maxText {
			t.Errorf("a piece of %d bytes", len(p))
		}
		v := Classify(p, nil)
		if v.Kind == Unknown {
			t.Fatalf("a piece is not whole: %+v of %.200s", v.Findings, p)
		}
		statements += v.Statements
	}
	if statements != 3000+1+1+4000 {
		t.Errorf("%d statements", statements)
	}
	v := ClassifyAll(sql, nil)
	if v.Kind != Admin || v.Statements != statements || v.Findings[0].Level != High {
		t.Errorf("%s, %d statements, %+v", v.Kind, v.Statements, v.Findings[0])
	}
	found := false
	for _, f := range v.Findings {
		found = found || f.Rule == ruleDeleteAll.ID && sql[f.Start:f.End] == "DELETE FROM orders"
	}
	if !found {
		t.Error("the DELETE is not found in its place")
	}
}

func TestATextThatCannotBeSplitIsRefused(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"one long statement": "SELECT 1" + times(",1", maxText),
		"open brackets":      "SELECT (" + times(";", 2*maxText),
		"an open string":     "SELECT '" + times(";", 2*maxText),
		"a long one among":   "SELECT 1;SELECT 1" + times(",1", maxText) + ";DROP TABLE t",
	} {
		if v := ClassifyAll(sql, nil); v.Kind != Unknown || v.Level != Critical || strings.Join(Split(sql), "") != sql {
			t.Errorf("%s: %s, %s", name, v.Kind, v.Level)
		}
	}
}
