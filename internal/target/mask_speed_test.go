package target

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// planOf is how a reader's query is answered, a node a line.
func planOf(t *testing.T, conn *pgx.Conn, reader, sql string) string {
	t.Helper()
	var lines []string
	err := pgx.BeginFunc(t.Context(), conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), "SET LOCAL ROLE "+reader); err != nil {
			return err
		}
		rows, err := tx.Query(t.Context(), "EXPLAIN (COSTS OFF) "+sql)
		if err != nil {
			return err
		}
		lines, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

func TestMasksLeaveThePlannerItsIndexes(t *testing.T) {
	t.Parallel()
	_, conn := town(t)
	for _, sql := range []string{
		"CREATE TABLE town.homes (id int PRIMARY KEY, person int NOT NULL, tag text NOT NULL, price numeric NOT NULL, owner_pseudonym text NOT NULL, mail_email_pseudonym text NOT NULL)",
		"INSERT INTO town.homes SELECT i, i % 5000, 'tag ' || i, i, 'o' || i, 'm' || i FROM generate_series(1, 20000) i",
		"CREATE INDEX ON town.homes (tag text_pattern_ops); CREATE INDEX ON town.homes (price); CREATE INDEX ON town.homes (person); ANALYZE town.homes",
	} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	target := readerOf(t, conn)
	if err := (MaskApply{Plan: planTown(t, conn), Target: target}).Apply(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		"SELECT * FROM masked_town.homes WHERE id = 7",
		"SELECT * FROM masked_town.homes WHERE tag LIKE 'tag 77%'",
		"SELECT * FROM masked_town.homes WHERE price = 77",
		"SELECT h.id, o.owner_pseudonym FROM masked_town.homes h JOIN masked_town.homes o ON o.id = h.person WHERE h.id = 7",
		"SELECT h.id, o.* FROM masked_town.homes h LEFT JOIN masked_town.homes o ON o.id = h.person WHERE h.id BETWEEN 7 AND 9",
		"SELECT * FROM masked_town.letters l JOIN LATERAL (SELECT * FROM masked_town.homes h WHERE h.person = l.id) h ON true WHERE l.id = 7",
	} {
		if plan := planOf(t, conn, target.Reader, sql); strings.Contains(plan, "Seq Scan on homes") {
			t.Errorf("%s reads the whole table:\n%s", sql, plan)
		}
	}
	// The key is read once for each column that is asked for, whatever the rows.
	plan := planOf(t, conn, target.Reader, "SELECT id, owner_pseudonym, mail_email_pseudonym FROM masked_town.homes")
	if n := strings.Count(plan, "Seq Scan on mask_key"); n != 2 || strings.Count(plan, "InitPlan") != 2 {
		t.Errorf("two pseudonyms read the key %d times:\n%s", n, plan)
	}
	if plan := planOf(t, conn, target.Reader, "SELECT id, tag FROM masked_town.homes WHERE id = 7"); strings.Contains(plan, "mask_key") {
		t.Errorf("a query without pseudonyms reads their key:\n%s", plan)
	}
}

// TestRowsThatAViewLeavesOutStayOutBehindItsMask asks conditions that print what they
// are asked of.
func TestRowsThatAViewLeavesOutStayOutBehindItsMask(t *testing.T) {
	t.Parallel()
	_, conn := town(t)
	for _, sql := range []string{
		"CREATE TABLE town.cases (id int, public bool, kind text); INSERT INTO town.cases VALUES (1, true, '1'), (2, false, 'sealed')",
		"CREATE VIEW town.open_cases AS SELECT id, kind FROM town.cases WHERE public OR abs(abs(abs(abs(abs(id))))) < 0",
		"CREATE TABLE town.own (id int, kind text); INSERT INTO town.own VALUES (1, '1'), (2, 'sealed')",
		"ALTER TABLE town.own ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON town.own USING (abs(abs(abs(abs(abs(id))))) = 1)",
	} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	target := readerOf(t, conn)
	if err := (MaskApply{Plan: planTown(t, conn), Target: target}).Apply(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	for _, view := range []string{"open_cases", "own"} {
		err := pgx.BeginFunc(t.Context(), conn, func(tx pgx.Tx) error {
			if _, err := tx.Exec(t.Context(), "SET LOCAL ROLE "+target.Reader); err != nil {
				return err
			}
			var n int
			err := tx.QueryRow(t.Context(), "SELECT count(*) FROM masked_town."+view+" WHERE kind::int = 1").Scan(&n)
			if err == nil && n != 1 {
				t.Errorf("%s has %d rows", view, n)
			}
			return err
		})
		if err != nil {
			t.Errorf("a condition on masked_town.%s meets a row that it leaves out: %v", view, err)
		}
	}
}
