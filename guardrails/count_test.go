package guardrails

import (
	"slices"
	"strings"
	"testing"
)

func TestCountQueries(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]string{
		"DELETE FROM orders WHERE status = 'paid'":                                               "SELECT 1 FROM orders WHERE status = 'paid'",
		"DELETE FROM ONLY shop.orders AS o /* all */":                                            "SELECT 1 FROM ONLY shop.orders o",
		"UPDATE orders SET total = 0 WHERE id = 7 RETURNING *":                                   "SELECT 1 FROM orders WHERE id = 7",
		"UPDATE orders o SET total = 0 FROM customers c WHERE c.id = o.owner":                    "SELECT 1 FROM orders o WHERE EXISTS (SELECT 1 FROM customers c WHERE c.id = o.owner)",
		"DELETE FROM a USING b, c WHERE a.x = b.x":                                               "SELECT 1 FROM a WHERE EXISTS (SELECT 1 FROM b, c WHERE a.x = b.x)",
		"WITH old AS (SELECT id FROM orders) DELETE FROM carts WHERE id IN (SELECT id FROM old)": "WITH old AS (SELECT id FROM orders) SELECT 1 FROM carts WHERE id IN (SELECT id FROM old)",
		"SELECT name FROM t WHERE x > 1 ORDER BY 1 LIMIT 5 FOR UPDATE":                           "SELECT name FROM t WHERE x > 1 ORDER BY 1 LIMIT 5",
		"SELECT * INTO copy FROM t":                                                              "SELECT * FROM t",
		"CREATE TABLE copy AS SELECT a FROM t":                                                   "SELECT a FROM t",
		"INSERT INTO t VALUES (1, DEFAULT), (2, now())":                                          "SELECT 1 FROM (VALUES (1), (1)) counted",
		"INSERT INTO t DEFAULT VALUES":                                                           "SELECT 1",
		"INSERT INTO t (a) VALUES (1)":                                                           "SELECT 1",
		"INSERT INTO t SELECT * FROM old WHERE age > 9":                                          "SELECT 1 FROM (SELECT * FROM old WHERE age > 9) counted",
		"WITH w AS (SELECT 1) INSERT INTO t TABLE w":                                             "WITH w AS (SELECT 1) SELECT 1 FROM (SELECT * FROM w) counted",
		`DELETE FROM "Weird ""T""" WHERE "é" = E'a\\b'`:                                          `SELECT 1 FROM "Weird ""T""" WHERE "é" = E'a\\b'`,
		"VALUES (1), (2)": "VALUES (1), (2)",
	} {
		got, _, ok := CountQuery(sql)
		if !ok || got != want {
			t.Errorf("%s\n got %s, %v\nwant %s", sql, got, ok, want)
		}
	}
}

func TestParametersAreCountedAnew(t *testing.T) {
	t.Parallel()
	query, params, ok := CountQuery("UPDATE t SET a = $1, b = $4 WHERE c = $5 AND d = $2 OR e = $5")
	if !ok || query != "SELECT 1 FROM t WHERE (c = $2 AND d = $1) OR e = $2" || !slices.Equal(params, []int{2, 5}) {
		t.Errorf("got %s with %v, %v", query, params, ok)
	}
}

func TestWhatCannotBeCountedFaithfullyIsNotCounted(t *testing.T) {
	t.Parallel()
	for _, sql := range []string{
		"", "SELEKT", "SELECT 1; SELECT 2", "DROP TABLE t", "TRUNCATE t", "CALL p()", "COPY t TO STDOUT", "EXPLAIN SELECT 1",
		"WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone",
		"WITH gone AS (DELETE FROM t RETURNING *) DELETE FROM u USING gone WHERE gone.id = u.id",
		"WITH t AS (SELECT 1) DELETE FROM t",
		"MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN DELETE",
		"INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING",
		"DELETE FROM t WHERE CURRENT OF c",
		"CREATE TABLE t AS SELECT 1 WITH NO DATA", "CREATE MATERIALIZED VIEW v AS SELECT 1",
		"CREATE TABLE t AS EXECUTE p", strings.Repeat("(", 4000),
	} {
		if got, _, ok := CountQuery(sql); ok {
			t.Errorf("%.80s\n is counted by %s", sql, got)
		}
	}
}

// Whatever can be rewritten reads only, and only what the statement reads.
func TestACountQueryOnlyReads(t *testing.T) {
	t.Parallel()
	rewritten, kept := 0, []string{}
	for _, folder := range []string{"harmless", "attacks", "golden"} {
		for _, sql := range statements(t, folder) {
			query, _, ok := CountQuery(sql)
			if !ok {
				kept = append(kept, sql)
				continue
			}
			rewritten++
			was, is := Classify(sql, nil), Classify(query, nil)
			for _, relation := range is.Relations {
				if !slices.Contains(was.Relations, relation) {
					t.Errorf("%s\n is counted by %s, which reads %s", sql, query, relation)
				}
			}
			if is.Kind != Read && is.Kind.Rank() > was.Kind.Rank() {
				t.Errorf("%s (%s)\n is counted by %s (%s)", sql, was.Kind, query, is.Kind)
			}
		}
	}
	if rewritten < 200 {
		t.Errorf("only %d of the texts could be rewritten; these not:\n%s", rewritten, strings.Join(kept, "\n"))
	}
}

func TestWhatDoesNotRunInATransaction(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]string{
		"VACUUM": "VACUUM", "vacuum full t": "VACUUM", "ANALYZE t": "",
		"CREATE INDEX CONCURRENTLY i ON t (a)": "CREATE INDEX CONCURRENTLY", "CREATE INDEX i ON t (a)": "",
		"DROP INDEX CONCURRENTLY i": "DROP INDEX CONCURRENTLY", "DROP INDEX i": "",
		"REINDEX TABLE t": "", "REINDEX TABLE CONCURRENTLY t": "REINDEX CONCURRENTLY", "REINDEX (CONCURRENTLY) INDEX i": "REINDEX CONCURRENTLY",
		"REINDEX (CONCURRENTLY off) INDEX i": "", "REINDEX SCHEMA s": "REINDEX SCHEMA", "REINDEX DATABASE d": "REINDEX DATABASE",
		"CLUSTER": "CLUSTER of all tables", "CLUSTER t USING i": "",
		"ALTER TABLE p DETACH PARTITION c CONCURRENTLY": "DETACH PARTITION CONCURRENTLY", "ALTER TABLE p DETACH PARTITION c": "",
		"ALTER SYSTEM SET work_mem = '1GB'": "ALTER SYSTEM", "CREATE DATABASE d": "CREATE DATABASE", "DROP DATABASE d": "DROP DATABASE",
		"CREATE TABLESPACE x LOCATION '/x'": "CREATE TABLESPACE", "DISCARD ALL": "DISCARD ALL", "DISCARD PLANS": "",
		"ALTER DATABASE d SET TABLESPACE x": "ALTER DATABASE … SET TABLESPACE", "REFRESH MATERIALIZED VIEW CONCURRENTLY v": "",
		"SELECT 'VACUUM'": "", "": "", "VACUM": "",
		"BEGIN": "BEGIN", "commit and chain": "COMMIT", "/**/ PREPARE TRANSACTION 'x'": "PREPARE TRANSACTION", "SAVEPOINT a": "SAVEPOINT",
		"PREPARE p AS SELECT 1": "", "SET TRANSACTION READ ONLY": "",
	} {
		got, controls := OutsideTransaction(sql)
		if got != want {
			t.Errorf("%s: got %q, want %q", sql, got, want)
		}
		if begins := slices.Contains([]string{"BEGIN", "COMMIT", "PREPARE TRANSACTION", "SAVEPOINT"}, want); controls != begins {
			t.Errorf("%s: controls %v", sql, controls)
		}
	}
}
