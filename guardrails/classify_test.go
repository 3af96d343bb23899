package guardrails

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// TestNoNodeOfTheParserIsForgotten asks the parser's own description for every
// type of node that it has a statement for: each is judged, or unfamiliar.
func TestNoNodeOfTheParserIsForgotten(t *testing.T) {
	t.Parallel()
	// What the raw parser never makes: the analyzer, planner or PL/pgSQL does.
	made := map[string]bool{"SetOperationStmt": true, "PLAssignStmt": true, "CallContext": true, "InlineCodeBlock": true, "RawStmt": true}
	node := (&pg.Node{}).ProtoReflect()
	fields := node.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		name := string(f.Message().Name())
		if !strings.HasSuffix(name, "Stmt") || made[name] {
			continue
		}
		r := newReader("", nil)
		r.walk = r.visit
		r.visit(node.NewField(f).Message().Interface())
		if slices.ContainsFunc(r.findings, func(f Finding) bool { return f.Rule == ruleUnfamiliar.ID }) {
			t.Errorf("%s is unfamiliar", name)
		}
	}
	r := newReader("", nil)
	r.walk = r.visit
	r.visit(&pg.SetOperationStmt{})
	if r.kind != Unknown || r.level != High {
		t.Errorf("a node without judgement is %s, %s", r.kind, r.level)
	}
}

// TestTheGeneratedWalkIsComplete compares it with a walk by reflection.
func TestTheGeneratedWalkIsComplete(t *testing.T) {
	t.Parallel()
	texts := slices.Concat(statements(t, "attacks"), statements(t, "harmless"), statements(t, "golden"))
	for _, sql := range texts {
		tree, err := pg.Parse(sql)
		if err != nil {
			continue
		}
		for _, raw := range tree.Stmts {
			walked := 0
			var walk func(any)
			walk = func(n any) {
				walked++
				if !eachChild(n, walk) {
					t.Errorf("%T is not known to the walk", n)
				}
			}
			oneNode(raw.Stmt, walk)
			if reflected := countMessages(raw.Stmt.ProtoReflect()); walked != reflected {
				t.Errorf("%d nodes walked of %d: %s", walked, reflected, sql)
			}
		}
	}
}

// countMessages counts the messages of a tree, but for the wrappers called Node
// and the values of constants.
func countMessages(m protoreflect.Message) int {
	n := 1
	if m.Descriptor().Name() == "Node" {
		n = 0
	}
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.Message() == nil || m.Descriptor().Name() == "A_Const":
		case f.IsList():
			for i := range v.List().Len() {
				n += countMessages(v.List().Get(i).Message())
			}
		default:
			n += countMessages(v.Message())
		}
		return true
	})
	return n
}

func TestRelationsLeaveWithQueriesOut(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]string{
		"WITH a AS (SELECT * FROM b) SELECT * FROM a JOIN c USING (id)":                               "b c",
		"WITH a AS (SELECT * FROM a) SELECT * FROM a":                                                 "a", // not recursive: the inner one is the table
		"WITH RECURSIVE a AS (SELECT 1 UNION SELECT * FROM a) SELECT * FROM a":                        "",
		"WITH a AS (SELECT 1) SELECT * FROM public.a, (WITH b AS (SELECT 1) SELECT * FROM a, b) x, b": "b public.a",
		"WITH a AS (SELECT 1) UPDATE t SET x = 1 FROM a WHERE t.id = a.id":                            "t",
		`SELECT * FROM "My Table", "S".x, db.s.t`:                                                     `"My Table" "S".x db.s.t`,
		"DROP TABLE a, s.b":                                     "a s.b",
		"TRUNCATE a, b":                                         "a b",
		"INSERT INTO a SELECT * FROM b":                         "a b",
		"SELECT ';FROM x' FROM y":                               "y",
		"CREATE VIEW v AS SELECT * FROM t":                      "t v",
		"MERGE INTO a USING b ON true WHEN MATCHED THEN DELETE": "a b",
	} {
		if got := strings.Join(Classify(sql, nil).Relations, " "); got != want {
			t.Errorf("%s: %q, want %q", sql, got, want)
		}
	}
}

func TestTheServersSecretsAreInColumns(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]Level{
		"SELECT oid, rolname, rolsuper FROM pg_authid a WHERE a.oid = 10":     Low, // as psql and pg_dump ask
		"SELECT subname, subenabled FROM pg_catalog.pg_subscription":          Low,
		"SELECT subname, subconninfo FROM pg_catalog.pg_subscription":         High,
		"SELECT a.rolname, b FROM pg_authid a, pg_authid b":                   High,
		"SELECT x FROM (SELECT rolname FROM pg_authid) x":                     Low,
		"SELECT count(*) FROM public.pg_authid WHERE rolpassword = ''":        Low, // not the server's
		"WITH pg_authid AS (SELECT 1 AS rolpassword) SELECT * FROM pg_authid": Low,
	} {
		if v := Classify(sql, nil); v.Level != want {
			t.Errorf("%s: %s, want %s", sql, v.Level, want)
		}
	}
}

func TestFunctionsAreNamedAsWritten(t *testing.T) {
	t.Parallel()
	got := Classify(`SELECT now(), pg_catalog.now(), "Now"(), s.f(), extract(year FROM d), trim(a), count(*) FROM t`, nil).Functions
	want := []string{`"Now"`, "btrim", "count", "extract", "now", "pg_catalog.now", "s.f"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestFindingsPointAtBytes(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]string{
		"SELECT 'é', wipe(1)":                     "wipe",
		"SELECT 'é', \"Wipé\" . \"x\"(1)":         "\"Wipé\" . \"x\"",
		"-- é\n /* é */ DELETE FROM t -- é":       "DELETE FROM t",
		"SELECT 1; -- é\nDROP TABLE é ; SELECT 2": "DROP TABLE é",
		"WITH é AS (DELETE FROM t) SELECT 1":      "t",
		"SELECT 'é' FORM t":                       "t",
		"SELECT 1 === 2":                          "===",
		"SELECT 'é'::\"mood\"":                    "\"mood\"",
	} {
		f := Classify(sql, nil).Findings[0]
		if got := sql[f.Start:f.End]; got != want {
			t.Errorf("%s: %q, want %q", sql, got, want)
		}
	}
}

// shopCatalog is a catalog as internal/target reads it, through JSON.
func shopCatalog(t *testing.T) *Catalog {
	t.Helper()
	cat := new(Catalog)
	err := json.Unmarshal([]byte(`{
		"tables": [
			{"schema": "public", "name": "orders", "rows": 5000000, "columns": [{"name": "id", "not_null": true}, {"name": "code", "not_null": true}, {"name": "card", "sensitive": true}]},
			{"schema": "public", "name": "events", "rows": 9000000, "columns": []},
			{"schema": "public", "name": "colours", "rows": 12, "columns": [{"name": "id"}]}],
		"functions": [
			{"schema": "public", "name": "wipe", "args": 0, "volatility": "volatile", "language": "sql", "body": "DELETE FROM orders"},
			{"schema": "public", "name": "vat", "args": 1, "volatility": "immutable", "language": "sql", "body": "SELECT $1 * 0.2"},
			{"schema": "public", "name": "liar", "args": 1, "volatility": "stable", "language": "sql", "body": "SELECT nextval('s') + $1"},
			{"schema": "public", "name": "digest", "args": 2, "volatility": "immutable", "language": "c"},
			{"schema": "public", "name": "maybe", "args": 1, "volatility": "stable", "language": "plpgsql"},
			{"schema": "public", "name": "lower", "args": 1, "volatility": "volatile", "language": "plpgsql"},
			{"schema": "public", "name": "card_of", "args": 1, "volatility": "volatile", "language": "plpgsql"}],
		"types": [
			{"schema": "public", "name": "mood", "kind": "enum"},
			{"schema": "public", "name": "checked", "kind": "domain"}]}`), cat)
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

func TestACatalogTellsWhatNamesMean(t *testing.T) {
	t.Parallel()
	cat := shopCatalog(t)
	for _, c := range []struct {
		sql         string
		kind        Kind
		with, alone Level
		rule        string // with the catalog
	}{
		{"SELECT vat(total) FROM colours", Read, Low, Medium, ""},
		{"SELECT public.vat(total) FROM colours", Read, Low, Medium, ""},
		{"SELECT vat(1, 2)", Unknown, Medium, Medium, "GR070"},
		{"SELECT digest('a', 'sha1')", Read, Low, Medium, ""},
		{"SELECT wipe()", Write, High, Medium, "GR075"},
		{"SELECT liar(1)", Write, Medium, Medium, "GR075"},
		{"SELECT maybe(1)", Unknown, Medium, Medium, "GR070"},
		{"SELECT lower('A')", Unknown, Medium, Low, "GR070"}, // theirs may fit better than the built-in
		{"SELECT pg_catalog.lower('A')", Read, Low, Low, ""},
		{"SELECT o.card_of FROM colours o", Unknown, Medium, Low, "GR070"},
		{"SELECT 'x'::mood", Read, Low, Medium, ""},
		{"SELECT 'x'::mood[]", Read, Low, Medium, ""},
		{"SELECT 'x'::checked", Unknown, Medium, Medium, "GR074"},
		{"SELECT id FROM orders", Read, Medium, Low, "GR084"},
		{"SELECT id FROM orders LIMIT 10", Read, Low, Low, ""},
		{"SELECT id FROM orders WHERE id = 7", Read, Low, Low, ""},
		{"SELECT count(*) FROM orders", Read, Low, Low, ""},
		{"SELECT id FROM colours", Read, Low, Low, ""},
		{"SELECT 1 FROM orders, events", Read, Medium, Low, "GR084"},
		{"SELECT 1 FROM orders JOIN events USING (id)", Read, Medium, Low, "GR084"},
		{"SELECT 1 FROM orders CROSS JOIN colours", Read, Low, Low, ""}, // a dozen rows may be paired with anything
		{"SELECT card FROM orders WHERE id = 7", Read, High, Low, "GR086"},
		{"SELECT o.* FROM orders o WHERE id = 7", Read, High, Low, "GR086"},
		{"SELECT id FROM orders WHERE card = '4111'", Read, High, Low, "GR086"},
		{"DELETE FROM orders WHERE code IS NOT NULL", Write, High, Medium, "GR011"},
	} {
		v, alone := Classify(c.sql, cat), Classify(c.sql, nil)
		if v.Kind != c.kind || v.Level != c.with || alone.Level != c.alone {
			t.Errorf("%s: %s, %s with the catalog and %s without; want %s, %s and %s", c.sql, v.Kind, v.Level, alone.Level, c.kind, c.with, c.alone)
		}
		if c.rule != "" && (len(v.Findings) == 0 || v.Findings[0].Rule != c.rule) {
			t.Errorf("%s: %+v, want %s first", c.sql, v.Findings, c.rule)
		}
	}
}

func TestKindsAreTheWorstOfTheirStatements(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]string{
		"SELECT 1":                         "read low 1",
		"SELECT 1; SHOW x":                 "session low 2",
		"SHOW x; INSERT INTO t VALUES (1)": "write medium 2",
		"CREATE TABLE t (); DELETE FROM t WHERE id = 7": "ddl medium 2",
		"GRANT SELECT ON t TO x; DROP TABLE t":          "privilege high 2",
		"VACUUM; GRANT SELECT ON t TO x":                "admin high 2",
		"SELECT f(); COPY t TO PROGRAM 'x'":             "unknown critical 2",
		"":                                              "read low 0",
		"SELEC 1":                                       "unknown high 0",
		"SELECT query_to_xml('SELECT 1', true, true, '')":         "read medium 1",
		"SELECT query_to_xml('DELETE FROM t', true, true, '')":    "write high 1",
		"CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'a', 'b'":  "admin critical 1",
		"CREATE FUNCTION f() RETURNS int LANGUAGE sql RETURN g()": "admin high 1",
		"CREATE TABLE t (a mood DEFAULT f())":                     "ddl medium 1",
		"INSERT INTO t VALUES ('x'::mood)":                        "write medium 1",
		"INSERT INTO t VALUES (f())":                              "unknown medium 1",
		"SELECT 'x'::mood; VACUUM":                                "unknown medium 2",
		"EXPLAIN ANALYZE INSERT INTO t VALUES (1)":                "write medium 1",
		"LOCK TABLE t IN ROW SHARE MODE":                          "write medium 1",
		"DROP FUNCTION f()":                                       "admin high 1",
		"DROP POLICY p ON t":                                      "privilege high 1",
		"SET ROLE x":                                              "privilege medium 1",
		"SET SESSION AUTHORIZATION x":                             "privilege high 1",
	} {
		v := Classify(sql, nil)
		if got := string(v.Kind) + " " + string(v.Level) + " " + string(rune('0'+v.Statements)); got != want {
			t.Errorf("%s: %s, want %s", sql, got, want)
		}
	}
}
