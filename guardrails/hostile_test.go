package guardrails

import (
	"strings"
	"syscall"
	"testing"
	"time"
)

// hostile are the texts that bring the parser down or slow if it sees them long
// enough: each makes one with n links.
var hostile = map[string]func(n int) string{
	"plus":           func(n int) string { return "SELECT 1" + times("+1", n) },
	"any operator":   func(n int) string { return "SELECT a" + times(" <-> a", n) },
	"qualified":      func(n int) string { return "SELECT a" + times(" OPERATOR(pg_catalog.+) a", n) },
	"power":          func(n int) string { return "SELECT a" + times("^a", n) },
	"concatenation":  func(n int) string { return "SELECT a" + times("||a", n) },
	"cast":           func(n int) string { return "SELECT 1" + times("::int", n) },
	"cast in full":   func(n int) string { return "SELECT " + times("CAST(", n) + "1" + times(" AS int)", n) },
	"not":            func(n int) string { return "SELECT " + times("NOT ", n) + "true" },
	"minus":          func(n int) string { return "SELECT " + times("- ", n) + "x" },
	"minus plus":     func(n int) string { return "SELECT " + times("+-", n) + "x" },
	"prefix":         func(n int) string { return "SELECT " + times("@ ", n) + "x" },
	"brackets":       func(n int) string { return "SELECT " + times("(", n) + "1" + times(")", n) },
	"open brackets":  func(n int) string { return "SELECT " + times("(", n) },
	"sums nested":    func(n int) string { return "SELECT " + times("(1+", n) + "1" + times(")", n) },
	"calls":          func(n int) string { return "SELECT " + times("f(", n) + "1" + times(")", n) },
	"method calls":   func(n int) string { return "SELECT " + times("(", n) + "a" + times(").b", n) },
	"case":           func(n int) string { return "SELECT " + times("CASE WHEN a THEN ", n) + "1" + times(" END", n) },
	"case else":      func(n int) string { return "SELECT " + times("CASE WHEN a THEN 1 ELSE ", n) + "1" + times(" END", n) },
	"sub-selects":    func(n int) string { return times("SELECT (", n) + "SELECT 1" + times(")", n) },
	"from":           func(n int) string { return times("SELECT 1 FROM (", n) + "SELECT 1" + times(") x", n) },
	"lateral":        func(n int) string { return times("SELECT 1 FROM a, LATERAL (", n) + "SELECT 1" + times(") x", n) },
	"with":           func(n int) string { return times("WITH a AS (", n) + "SELECT 1" + times(") SELECT 1", n) },
	"exists":         func(n int) string { return "SELECT " + times("EXISTS(SELECT ", n) + "1" + times(")", n) },
	"any":            func(n int) string { return "SELECT " + times("1 = ANY(SELECT ", n) + "1" + times(")", n) },
	"in":             func(n int) string { return "SELECT " + times("1 IN (", n) + "1" + times(")", n) },
	"arrays":         func(n int) string { return "SELECT ARRAY" + times("[", n) + "1" + times("]", n) },
	"subscripts":     func(n int) string { return "SELECT a" + times("[1]", n) },
	"nested subscr.": func(n int) string { return "SELECT " + times("a[", n) + "1" + times("]", n) },
	"indirection":    func(n int) string { return "SELECT a" + times(".b", n) },
	"named and":      func(n int) string { return "SELECT a.and" + times(" + a.and", n) },
	"named or":       func(n int) string { return "SELECT a . /* c */ or" + times(" + a . /* c */ or", n) },
	"joins":          func(n int) string { return "SELECT 1 FROM a" + times(" JOIN b ON true", n) },
	"joins on and":   func(n int) string { return "SELECT 1 FROM a" + times(" JOIN b ON a AND b", n) },
	"joins using":    func(n int) string { return "SELECT 1 FROM a" + times(" JOIN b USING (x, y)", n) },
	"natural joins":  func(n int) string { return "SELECT 1 FROM a" + times(" NATURAL JOIN b", n) },
	"cross joins":    func(n int) string { return "SELECT 1 FROM a" + times(" CROSS JOIN b", n) },
	"right joins":    func(n int) string { return "SELECT 1 FROM " + times("a JOIN ", n) + "b" + times(" ON true", n) },
	"joins nested":   func(n int) string { return "SELECT 1 FROM " + times("(", n) + "a" + times(" JOIN b ON true)", n) },
	"unions":         func(n int) string { return "SELECT 1, 2" + times(" UNION SELECT 1, 2", n) },
	"unions all":     func(n int) string { return "SELECT 1" + times(" UNION ALL SELECT 1", n) },
	"excepts":        func(n int) string { return "TABLE a" + times(" EXCEPT TABLE a", n) },
	"intersects":     func(n int) string { return "VALUES (1, 2)" + times(" INTERSECT VALUES (1, 2)", n) },
	"is null":        func(n int) string { return "SELECT a" + times(" IS NULL", n) },
	"isnull":         func(n int) string { return "SELECT a" + times(" ISNULL", n) },
	"is json":        func(n int) string { return "SELECT a" + times(" IS JSON", n) },
	"is document":    func(n int) string { return "SELECT a" + times(" IS DOCUMENT", n) },
	"is normalized":  func(n int) string { return "SELECT a" + times(" IS NFC NORMALIZED", n) },
	"is distinct":    func(n int) string { return "SELECT 1" + times(" IS DISTINCT FROM (1) IS NULL", n) },
	"collate":        func(n int) string { return "SELECT a" + times(" COLLATE c", n) },
	"at time zone":   func(n int) string { return "SELECT a" + times(" AT TIME ZONE 'x'", n) },
	"between":        func(n int) string { return "SELECT 1" + times(" BETWEEN 1 AND 2 IS NULL", n) },
	"like":           func(n int) string { return "SELECT a" + times(" LIKE a IS NULL", n) },
	"similar":        func(n int) string { return "SELECT a" + times(" SIMILAR TO a ESCAPE 'x' IS NULL", n) },
	"less":           func(n int) string { return "SELECT a" + times(" < a IS NULL", n) },
	"rows":           func(n int) string { return "SELECT " + times("ROW(", n) + "1" + times(")", n) },
	"overlaps":       func(n int) string { return "SELECT " + times("(1, 2) OVERLAPS (1, 2) IS NULL = ", n) + "true" },
	"filter":         func(n int) string { return "SELECT " + times("count(*) FILTER (WHERE ", n) + "a" + times(")", n) },
	"over":           func(n int) string { return "SELECT " + times("count(*) OVER (ORDER BY ", n) + "a" + times(")", n) },
	"xml":            func(n int) string { return "SELECT " + times("xmlforest(", n) + "a" + times(")", n) },
	"grouping sets":  func(n int) string { return "SELECT 1 GROUP BY " + times("GROUPING SETS (", n) + "a" + times(")", n) },
	"and":            func(n int) string { return "SELECT a" + times(" AND a", n) },
	"or not and":     func(n int) string { return "SELECT " + times("a OR NOT a AND ", n) + "a" },
	"and nested":     func(n int) string { return "SELECT " + times("a AND (", n) + "a" + times(")", n) },
	"comments":       func(n int) string { return "SELECT " + times("/*", n) + times("*/", n) + "1" },
	"open comments":  func(n int) string { return "SELECT " + times("/*", n) },
	"atomic bodies":  func(n int) string { return times("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC ", n) },
	"commas":         func(n int) string { return "SELECT 1" + times(",1", n) },
	"in list":        func(n int) string { return "SELECT 1 WHERE a IN (1" + times(",1", n) + ")" },
	"values":         func(n int) string { return "VALUES (1)" + times(",(1)", n) },
	"semicolons":     func(n int) string { return times(";", n) },
	"statements":     func(n int) string { return times("SELECT 1;", n) },
	"drops":          func(n int) string { return times("DROP TABLE a;", n) },
	"bad calls":      func(n int) string { return "SELECT f()" + times(",f()", n) },
	"with queries":   func(n int) string { return "WITH a AS (SELECT 1)" + times(", b AS (TABLE a)", n) + " SELECT 1" },
	"dollar quotes":  func(n int) string { return "SELECT " + times("$a$", n) },
	"dollar tags":    func(n int) string { return "SELECT $a" + times("$b", n) },
	"quotes":         func(n int) string { return "SELECT " + times("'", n) },
	"E strings":      func(n int) string { return "SELECT E''" + times("\n''", n) },
	"long name":      func(n int) string { return "SELECT " + times("a", n) },
	"long operator":  func(n int) string { return "SELECT 1 " + times("+", n) + " 1" },
	"long number":    func(n int) string { return "SELECT " + times("1", n) },
	"long exponent":  func(n int) string { return "SELECT 1e" + times("9", n) },
	"names":          func(n int) string { return "SELECT " + times(times("a", 64)+",", n) + "1" },
	"spaces":         func(n int) string { return times(" ", n) + "SELECT 1" },
	"or arms":        func(n int) string { return "DELETE FROM t WHERE a = 1" + times(" OR a = 1", n) },
	"functions":      func(n int) string { return times("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';", n) },
	"secret tables":  func(n int) string { return "SELECT 1, a.b FROM pg_authid" + times(",pg_authid", n) },
	"nested texts":   nestedTexts,
}

func times(s string, n int) string { return strings.Repeat(s, n) }

// nestedTexts is SQL in a function's body in a function's body….
func nestedTexts(n int) string {
	sql := "SELECT 1"
	for range min(n, 13) {
		sql = "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS '" + strings.ReplaceAll(sql, "'", "''") + "'"
	}
	return sql
}

// cpu returns the time that this process has computed for: unlike the clock's,
// it does not count what other processes of a busy machine take.
func cpu(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func TestWhatDeepensTheTreeIsBounded(t *testing.T) {
	t.Parallel()
	flat := map[string]bool{ // these make lists, however long, or end where they begin
		"subscripts": true, "indirection": true, "and": true, "or not and": true, "commas": true, "in list": true, "values": true,
		"semicolons": true, "statements": true, "drops": true, "bad calls": true, "with queries": true, "dollar quotes": true,
		"dollar tags": true, "quotes": true, "E strings": true, "long name": true, "long operator": false, "long number": true,
		"long exponent": true, "names": true, "spaces": true, "or arms": true, "functions": true, "secret tables": true, "nested texts": true,
	}
	for name, text := range hostile {
		sql := text(520)
		if len(sql) > maxText {
			continue
		}
		if _, rule, _ := outside(sql); (rule == ruleOutOfBounds) == flat[name] {
			t.Errorf("%s: 520 links out of bounds: %v, want %v", name, rule == ruleOutOfBounds, !flat[name])
		}
	}
}

func TestOrdinaryTextsAreWithinBounds(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"a 64 KiB IN list":     "SELECT * FROM t WHERE id IN (1" + times(",12345", (maxText-40)/6) + ")",
		"60 columns joined":    "SELECT a" + times(" || ',' || coalesce(b, '')", 60) + " FROM t",
		"200 conditions":       "SELECT 1 FROM t WHERE a = 1" + times(" OR (a = 1 AND b <> 'x' AND c IS NOT NULL)", 200),
		"a CASE of 300 arms":   "SELECT CASE a" + times(" WHEN b + 1 THEN 'x'", 300) + " END FROM t",
		"100 joins":            "SELECT 1 FROM a" + times(" JOIN b ON b.id = a.id AND b.x IS NULL", 100),
		"20 nested selects":    times("SELECT * FROM (", 20) + "SELECT 1" + times(") x", 20),
		"text like operators":  "SELECT '" + times("+-*/", 10_000) + "'",
		"JSON":                 "SELECT '" + times(`{"a":[1,2,{"b":null}]},`, 2000) + "'::jsonb",
		"comments":             times("-- (((((((((\n/* [[[[ */", 1000) + "SELECT 1",
		"a quoted identifier":  `SELECT "` + times("(", 60) + `" FROM t`,
		"200 lines of columns": "CREATE TABLE t (" + times("a numeric(10, 2) NOT NULL DEFAULT 0 CHECK (a >= 0),\n", 200) + "b int)",
	} {
		if _, rule, why := outside(sql); rule != nil {
			t.Errorf("%s: %s", name, why)
		}
	}
}

func TestAListThatFillsTheBoundIsRead(t *testing.T) {
	t.Parallel()
	list := "SELECT * FROM t WHERE id IN (1" + times(",12345", (maxText-40)/6)
	list += times("6", maxText-len(list)-1) + ")"
	for _, sql := range []string{list, "DELETE FROM t WHERE id NOT IN ('" + times("x','", (maxText-50)/4) + "')"} {
		if v := Classify(sql, nil); v.Kind == Unknown || v.Statements != 1 {
			t.Errorf("%d bytes: %s, %+v", len(sql), v.Kind, v.Findings)
		}
	}
	if v := Classify(list+" ", nil); len(list) != maxText || v.Kind != Unknown {
		t.Errorf("%d bytes and one more: %s", len(list), v.Kind)
	}
}

func TestATextThatIsNoTextIsUnknownAndCritical(t *testing.T) {
	t.Parallel()
	for _, sql := range []string{"SELECT 1\x00; DROP TABLE t", "\x00", "SELECT '\xff'", "\xff\xfe", "SELECT '\x95\x5c'", "SELECT '\xed\xa0\x80'"} {
		if v := Classify(sql, nil); v.Kind != Unknown || v.Level != Critical || len(v.Findings) != 1 || v.Findings[0].Rule != NotText {
			t.Errorf("%q: %+v", sql, v)
		}
	}
}
