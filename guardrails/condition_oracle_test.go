package guardrails

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"dbaccess/internal/devstack/pgtest"
)

// conditionMaker makes conditions at random, of the kind that people write: many
// for every row, many that choose, many in between.
type conditionMaker struct{ *rand.Rand }

func (m conditionMaker) one(all ...string) string { return all[m.IntN(len(all))] }

func (m conditionMaker) number() string {
	return m.one("id", "a", "b", "a", "b", "0", "1", "2", "3", "-1", "a + 1", "a - b", "a * 0", "id * 2", "abs(a)", "length(body)",
		"coalesce(a, 0)", "id % 2", "a + b", "b - 1", "(SELECT 1)", "CASE WHEN a > 1 THEN 1 ELSE 2 END", "greatest(a, 1)", "a::bigint", "-a")
}

func (m conditionMaker) text() string {
	return m.one("body", "body", "'x'", "'y'", "''", "lower(body)", "body || ''", "coalesce(body, 'x')", "id::text")
}

func (m conditionMaker) comparison() string {
	op := m.one("=", "<>", "<", ">", "<=", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM")
	if m.IntN(3) == 0 {
		return m.text() + " " + op + " " + m.text()
	}
	return m.number() + " " + op + " " + m.number()
}

func (m conditionMaker) atom() string {
	switch m.IntN(12) {
	case 0:
		return m.one("true", "false", "active", "NOT active", "1 = 1", "1 = 2")
	case 1:
		return m.number() + m.one(" IS NULL", " IS NOT NULL")
	case 2:
		return m.text() + m.one(" LIKE ", " NOT LIKE ", " ILIKE ") + m.one("'%'", "'%%'", "'x%'", "'%x%'", "'_%'")
	case 3:
		return "body " + m.one("~", "!~", "~*") + " " + m.one("'.*'", "'^'", "'x'", "'^x$'", "'.'")
	case 4:
		return m.number() + m.one(" IN (", " NOT IN (") + m.number() + ", " + m.number() + ")"
	case 5:
		return m.number() + m.one(" BETWEEN ", " NOT BETWEEN ") + m.number() + " AND " + m.number()
	case 6:
		return m.one("id", "a") + m.one(" IN (SELECT ", " = ANY (SELECT ", " NOT IN (SELECT ") + m.one("id", "a", "x.id") + " FROM t x" +
			m.one("", "", " WHERE "+m.comparison(), " LIMIT 2", " ORDER BY 1") + ")"
	case 7:
		return m.one("EXISTS", "NOT EXISTS") + " (SELECT 1 FROM " +
			m.one("t x WHERE x.id = t.id", "t x WHERE x.a = t.a", "t x WHERE x.id < t.id", "t x WHERE x.id = t.id AND x.a = 1", "u WHERE u.id = t.id", "t x WHERE false") + ")"
	case 8:
		return "(SELECT count(*) FROM t x WHERE " + m.one("x.id = t.id", "x.a = t.a", "x.id < t.id") + ") " + m.one("> 0", ">= 0", "> 1", ">= 1")
	}
	return m.comparison()
}

func (m conditionMaker) condition(depth int) string {
	if depth == 0 || m.IntN(5) == 0 {
		return m.atom()
	}
	a := m.condition(depth - 1)
	switch m.IntN(9) {
	case 0:
		return "NOT (" + a + ")"
	case 1: // all or nothing, on purpose
		return "(" + a + ") OR NOT (" + a + ")"
	case 2:
		return "((" + a + ") OR (" + m.condition(depth-1) + ") OR NOT (" + a + "))"
	case 3:
		return "(" + a + m.one(") IS TRUE", ") IS NOT FALSE", ") IS NOT UNKNOWN", ") = true", ") <> false")
	case 4:
		return "CASE WHEN " + a + " THEN " + m.atom() + " ELSE " + m.atom() + " END"
	case 5, 6:
		return "(" + a + ") AND (" + m.condition(depth-1) + ")"
	}
	return "(" + a + ") OR (" + m.condition(depth-1) + ")"
}

// TestTheServerAgreesOnWhatIsForEveryRow deletes by many conditions, in
// transactions that are rolled back, from tables filled in many ways. What is
// found to be for every row must have taken every row of each, or (if it does not
// look at the rows) all or none; and what takes every row of all of them must
// have been found, but for a few.
func TestTheServerAgreesOnWhatIsForEveryRow(t *testing.T) {
	t.Parallel()
	url := pgtest.Clone(t, "guardrails conditions", func(context.Context, string) error { return nil })
	ctx, conn := connect(t, url)
	fillings := fillTables(ctx, t, conn)
	m := conditionMaker{rand.New(rand.NewPCG(20, 26))}
	var every, missed int
	for range 2500 {
		where := m.condition(m.IntN(4))
		found := ""
		for _, f := range Classify("DELETE FROM t WHERE "+where, nil).Findings {
			if f.Rule == ruleDeleteAll.ID {
				found = f.Message
			}
		}
		asksForOdd := strings.Contains(where, "NULL") || strings.Contains(where, "DISTINCT") || strings.Contains(where, "coalesce") || strings.Contains(where, "''")
		takesAll, failed := true, false
		for _, f := range fillings {
			if f.odd && !asksForOdd {
				continue // a = a is for every row, whatever it makes of NULL
			}
			gone, err := deleted(ctx, conn, f, where)
			if err != nil {
				failed = true // the types do not fit
				break
			}
			takesAll = takesAll && gone == f.rows
			if found != "" && !f.odd && gone != f.rows && (gone != 0 || !strings.Contains(found, "does not look")) {
				t.Errorf("%s, but of %d rows (%s) it took %d: %s", found, f.rows, f.name, gone, where)
			}
		}
		if failed || !takesAll {
			continue
		}
		if every++; found == "" {
			missed++
			t.Logf("not found: %s", where)
		}
	}
	t.Logf("%d conditions took every row, %d of them were not found", every, missed)
	if every < 400 || missed*20 > every {
		t.Errorf("%d of %d conditions that took every row were not found", missed, every)
	}
}

// filling is one schema with a table t. One that is odd holds NULLs and empty
// texts, which conditions may be for every row without taking.
type filling struct {
	name string
	rows int64
	odd  bool
	a, b string // what the columns hold: one of these, by chance
	body string
}

func fillTables(ctx context.Context, t *testing.T, conn *pgx.Conn) []filling {
	t.Helper()
	fillings := []filling{
		{name: "few", rows: 3, a: "1, 2, 3, -1", b: "0, 1, 2", body: "'x', 'y', 'xx'"},
		{name: "many", rows: 300, a: "-5, -3, -1, 0, 1, 2, 3, 4, 7, 100", b: "-2, -1, 0, 1, 2, 3, 5, 50", body: "'x', 'y', 'Xy', '7', 'a longer text', 'z', '-'"},
		{name: "near", rows: 200, a: "i, -i, i + 1, i - 1, 2 * i, 1, 2, 0, i % 2", b: "i, 2 * i, i + 1, i - 1, 1, 3, 2 * i + 1, i % 2", body: "i::text, 'x', 'X', 'ZZ', (2 * i)::text, ' ', 'xyz'"},
		{name: "odd", rows: 100, odd: true, a: "NULL, 0, 1, 2, 3", b: "NULL, 0, 1, 2", body: "NULL, '', 'x', 'y'"},
	}
	for i, f := range fillings {
		one := func(of string) string {
			return fmt.Sprintf("(ARRAY[%s])[1 + floor(random() * %d)::int]", of, strings.Count(of, ",")+1)
		}
		active := "true, false"
		if f.odd {
			active = "true, false, NULL"
		}
		_, err := conn.Exec(ctx, fmt.Sprintf(`CREATE SCHEMA %[1]s; SET search_path = %[1]s; SELECT setseed(0.%[3]d);
			CREATE TABLE t (id int PRIMARY KEY, a int, b int, body text, active bool);
			CREATE TABLE u (id int);
			INSERT INTO t SELECT i, %[4]s, %[5]s, %[6]s, %[7]s FROM generate_series(1, %[2]d) i; INSERT INTO u SELECT 2`,
			f.name, f.rows, i+1, one(f.a), one(f.b), one(f.body), one(active)))
		if err != nil {
			t.Fatal(err)
		}
	}
	return fillings
}

// deleted says how many rows a condition takes.
func deleted(ctx context.Context, conn *pgx.Conn, f filling, where string) (int64, error) {
	if _, err := conn.Exec(ctx, "BEGIN; SET LOCAL search_path = "+f.name); err != nil {
		return 0, err
	}
	tag, err := conn.PgConn().Exec(ctx, "DELETE FROM t WHERE "+where).ReadAll()
	if _, rollback := conn.Exec(ctx, "ROLLBACK"); rollback != nil {
		return 0, rollback
	}
	if err != nil {
		return 0, err
	}
	return tag[0].CommandTag.RowsAffected(), nil
}
