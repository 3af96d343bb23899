package guardrails

import (
	"encoding/json"
	"reflect"
	"testing"
)

// ownCatalog is a catalog full of definitions, as a live database gives it.
func ownCatalog(t *testing.T) *Catalog {
	t.Helper()
	cat := new(Catalog)
	err := json.Unmarshal([]byte(`{
		"server_version": 150018, "search_path": ["app", "public"],
		"tables": [
			{"schema": "app", "name": "orders", "columns": [{"name": "id"}, {"name": "total"}, {"name": "card", "sensitive": true}],
				"triggers": [{"name": "audit", "event": "insert or update", "function": "app.audit"}],
				"rules": [{"name": "gone", "event": "delete", "definition": "CREATE RULE gone AS ON DELETE TO app.orders DO ALSO NOTIFY gone"}]},
			{"schema": "app", "name": "customers", "columns": [{"name": "id"}, {"name": "name"}], "triggers": [{"name": "t", "event": "update", "function": "app.call_home"}]},
			{"schema": "other", "name": "hidden", "columns": [{"name": "id"}]},
			{"schema": "app", "name": "open_orders", "kind": "view", "columns": [{"name": "id"}, {"name": "next"}], "definition": " SELECT orders.id,\n    lower('A'::text) AS next\n   FROM app.orders;"},
			{"schema": "app", "name": "counted", "kind": "view", "columns": [{"name": "n"}], "definition": " SELECT nextval('app.s'::regclass) AS n;"},
			{"schema": "app", "name": "over_counted", "kind": "view", "columns": [{"name": "n"}], "definition": " SELECT counted.n FROM app.counted;"},
			{"schema": "app", "name": "locked", "kind": "view", "columns": [{"name": "id"}], "definition": " SELECT orders.id\n   FROM app.orders\n FOR UPDATE OF orders;"},
			{"schema": "app", "name": "secret_view", "kind": "view", "columns": [{"name": "id"}]},
			{"schema": "app", "name": "guarded", "columns": [{"name": "id"}], "policies": [{"name": "p", "command": "all", "using": "app.may_see(id)"}]},
			{"schema": "app", "name": "quiet", "columns": [{"name": "id"}], "policies": [{"name": "p", "command": "select", "using": "(id = (current_setting('app.tenant'::text))::integer)"}]},
			{"schema": "app", "name": "far", "kind": "foreign", "columns": [{"name": "id"}]}],
		"functions": [
			{"schema": "app", "name": "double", "args": 1, "volatility": "volatile", "language": "sql", "body": "SELECT $1 * 2"},
			{"schema": "app", "name": "quadruple", "args": 1, "volatility": "volatile", "language": "sql", "body": "SELECT double(double($1))"},
			{"schema": "app", "name": "standard", "args": 1, "volatility": "volatile", "language": "sql", "body": "RETURN (x + 1)"},
			{"schema": "app", "name": "atomic", "args": 1, "volatility": "volatile", "language": "sql", "body": "BEGIN ATOMIC\n DELETE FROM app.orders\n   WHERE (orders.id = 1);\nEND"},
			{"schema": "app", "name": "ping", "args": 1, "volatility": "stable", "language": "sql", "body": "SELECT app.pong($1)"},
			{"schema": "app", "name": "pong", "args": 1, "volatility": "stable", "language": "sql", "body": "SELECT app.ping($1), pg_notify('x', 'y')"},
			{"schema": "app", "name": "ring", "args": 1, "volatility": "stable", "language": "sql", "body": "SELECT app.ring($1)"},
			{"schema": "other", "name": "double", "args": 1, "volatility": "volatile", "language": "sql", "body": "DELETE FROM other.hidden"},
			{"schema": "app", "name": "lower", "args": 1, "volatility": "immutable", "language": "sql", "body": "SELECT pg_catalog.lower($1)"},
			{"schema": "app", "name": "peek", "args": 0, "volatility": "stable", "language": "sql", "security_definer": true, "body": "SELECT card FROM app.orders"},
			{"schema": "app", "name": "may_see", "args": 1, "volatility": "stable", "language": "plpgsql", "body": "BEGIN EXECUTE 'SELECT 1'; RETURN true; END"},
			{"schema": "app", "name": "audit", "args": 0, "volatility": "volatile", "language": "plpgsql", "body": "BEGIN INSERT INTO app.log VALUES (NEW.id); RETURN NEW; END"},
			{"schema": "app", "name": "call_home", "args": 0, "volatility": "volatile", "language": "plpgsql", "body": "BEGIN PERFORM dblink('host=far', 'SELECT 1'); RETURN NEW; END"},
			{"schema": "app", "name": "fee", "args": 1, "volatility": "volatile", "language": "plpgsql", "body": "\nDECLARE\n  f numeric(10, 2) := 0;  -- DELETE\n  r record;\nBEGIN\n  IF $1 > 10 THEN f := round($1 * 0.1, 2); ELSIF $1 > 5 THEN RETURN 1; ELSE RAISE NOTICE 'small %', $1; END IF;\n  FOR r IN SELECT * FROM app.orders o WHERE o.total > f LOOP f := f + r.total; END LOOP;\n  SELECT count(*) INTO f FROM app.orders;\n  PERFORM app.double(f);\n  RETURN f;\nEXCEPTION WHEN division_by_zero THEN RETURN NULL;\nEND"},
			{"schema": "app", "name": "fee2", "args": 1, "volatility": "stable", "language": "plpgsql", "body": "BEGIN RETURN (SELECT max(n) FROM app.counted); END"},
			{"schema": "app", "name": "fee3", "args": 1, "volatility": "stable", "language": "plpgsql", "body": "BEGIN LOCK app.orders; RETURN 1; END"},
			{"schema": "app", "name": "fee4", "args": 1, "volatility": "stable", "language": "plpgsql", "body": "BEGIN RETURN app.quadruple(nextval('s')); END"},
			{"schema": "app", "name": "fee5", "args": 1, "volatility": "stable", "language": "plpgsql", "body": "BEGIN FOR i IN 1..3 LOOP SET ROLE admin; END LOOP; RETURN 1; END"},
			{"schema": "app", "name": "fee6", "args": 1, "volatility": "stable", "language": "plpgsql", "body": "DECLARE v app.evil_number; BEGIN v := $1; RETURN v; END"},
			{"schema": "app", "name": "fee7", "args": 1, "volatility": "stable", "language": "plpgsql", "body": "BEGIN RETURN (SELECT o.evil_eq FROM app.orders o); END"},
			{"schema": "app", "name": "evil_eq", "args": 2, "optional": 1, "volatility": "immutable", "language": "plpgsql", "body": "BEGIN PERFORM pg_terminate_backend(1); RETURN true; END"},
			{"schema": "app", "name": "good_eq", "args": 2, "volatility": "immutable", "language": "plpgsql", "body": "BEGIN RETURN $1 = $2; END"},
			{"schema": "app", "name": "my_sum", "args": 1, "volatility": "immutable", "language": "internal", "aggregate": true, "support": ["pg_catalog.int4pl"]},
			{"schema": "app", "name": "evil_sum", "args": 1, "volatility": "immutable", "language": "internal", "aggregate": true, "support": ["app.evil_eq"]},
			{"schema": "app", "name": "some_sum", "args": 1, "volatility": "immutable", "language": "internal", "aggregate": true},
			{"schema": "app", "name": "borrowed", "args": 1, "volatility": "immutable", "language": "internal", "body": "pg_terminate_backend"},
			{"schema": "app", "name": "uuid_generate_v4", "args": 0, "volatility": "volatile", "language": "c", "extension": "uuid-ossp"},
			{"schema": "app", "name": "system_rows", "args": 1, "volatility": "volatile", "language": "c", "extension": "tsm_system_rows"},
			{"schema": "app", "name": "native", "args": 0, "volatility": "volatile", "language": "c"},
			{"schema": "app", "name": "snake", "args": 0, "volatility": "immutable", "language": "plpython3u", "body": "return 1"},
			{"schema": "app", "name": "dblink", "args": 2, "volatility": "volatile", "language": "c", "extension": "dblink"},
			{"schema": "app", "name": "pinned", "args": 1, "volatility": "stable", "language": "sql", "body": "SELECT double($1)", "settings": ["search_path=other"]},
			{"schema": "app", "name": "close_month", "args": 0, "procedure": true, "volatility": "volatile", "language": "sql", "body": "SELECT 1"}],
		"types": [
			{"schema": "app", "name": "mood", "kind": "enum"},
			{"schema": "app", "name": "number", "kind": "domain", "base_type": "integer", "check": "(VALUE > 0)"},
			{"schema": "app", "name": "evil_number", "kind": "domain", "base_type": "integer", "check": "app.evil_eq(VALUE, 1)"},
			{"schema": "app", "name": "evil_too", "kind": "domain", "base_type": "app.evil_number[]"},
			{"schema": "public", "name": "hstore", "kind": "base", "extension": "hstore"}],
		"operators": [
			{"schema": "app", "name": "===", "left": "integer", "right": "integer", "function": "app.evil_eq"},
			{"schema": "app", "name": "~==", "left": "integer", "right": "integer", "function": "app.good_eq"},
			{"schema": "app", "name": "<->", "left": "integer", "right": "integer", "function": "app.evil_eq"},
			{"schema": "other", "name": "+", "left": "integer", "right": "integer", "function": "app.evil_eq"}],
		"casts": [
			{"source": "app.mood", "target": "bigint", "function": "app.evil_eq", "context": "explicit"},
			{"source": "integer", "target": "app.mood", "function": "app.double", "context": "explicit"}]}`), cat)
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

func TestDefinitionsOfTheCatalogAreRead(t *testing.T) {
	t.Parallel()
	cat := ownCatalog(t)
	for sql, want := range map[string]string{
		// Functions, by their bodies and whatever those call.
		"SELECT double(2)":                    "read low",
		"SELECT app.quadruple(2)":             "read low",
		"SELECT standard(2)":                  "read low",
		"SELECT atomic(2)":                    "write medium GR075",
		"SELECT ping(2)":                      "write medium GR075",
		"SELECT pong(2)":                      "write medium GR075",
		"SELECT ring(2)":                      "read low",
		"SELECT other.double(2)":              "write high GR075",
		"SELECT lower('A')":                   "read low",
		"SELECT peek()":                       "read medium GR075",
		"SELECT fee(2)":                       "read low",
		"SELECT fee2(2)":                      "write medium GR075",
		"SELECT fee3(2)":                      "unknown medium GR070",
		"SELECT fee4(2)":                      "write medium GR075",
		"SELECT fee5(2)":                      "unknown medium GR070",
		"SELECT fee6(2)":                      "admin high GR075",
		"SELECT fee7(2)":                      "admin high GR075",
		"SELECT may_see(2)":                   "unknown medium GR070",
		"SELECT my_sum(id) FROM app.orders":   "read low",
		"SELECT evil_sum(id) FROM app.orders": "admin high GR075",
		"SELECT some_sum(id) FROM app.orders": "unknown medium GR070",
		"SELECT borrowed(1)":                  "admin high GR075",
		"SELECT uuid_generate_v4()":           "read low",
		"SELECT native()":                     "unknown medium GR070",
		"SELECT id FROM app.orders TABLESAMPLE system_rows (9)": "read low",
		"SELECT id FROM app.orders TABLESAMPLE my_own (9)":      "unknown medium GR070",
		"SELECT snake()":                            "unknown medium GR070",
		"SELECT dblink('a', 'b')":                   "admin critical GR071",
		"SELECT pinned(1)":                          "write high GR075",
		"CALL close_month()":                        "unknown high GR042 GR070",
		"SET search_path = other; SELECT double(2)": "write high GR075",
		// Views, policies and foreign tables.
		"SELECT id FROM open_orders": "read low",
		"SELECT n FROM counted":      "write medium GR076",
		"SELECT n FROM over_counted": "write medium GR076",
		"SELECT id FROM locked":      "write medium GR076",
		"SELECT id FROM secret_view": "unknown medium GR077",
		"SELECT id FROM guarded":     "unknown medium GR077",
		"SELECT id FROM quiet":       "read low",
		"SELECT id FROM far":         "read medium GR078",
		"TABLE counted":              "write medium GR076",
		"COPY counted TO STDOUT":     "write medium GR076",
		// Operators, casts and types.
		"SELECT 1 === 2":                       "admin high GR075",
		"SELECT 1 OPERATOR(app.===) 2":         "admin high GR075",
		"SELECT 1 ~== 2":                       "read low",
		"SELECT 1 <-> 2":                       "admin high GR075",
		"SELECT 1 + 2":                         "read low",
		"SELECT 1 OPERATOR(other.+) 2":         "admin high GR075",
		"SELECT 1 OPERATOR(pg_catalog.<->) 2":  "read low",
		"SELECT 1 !=== 2":                      "unknown medium GR073",
		"SELECT 'x'::mood":                     "read low",
		"SELECT 1::mood":                       "read low",
		"SELECT 'x'::mood::bigint":             "admin high GR075",
		"SELECT CAST('x'::app.mood AS bigint)": "admin high GR075",
		"SELECT 'a=>1'::hstore":                "read low",
		"SELECT 1::number":                     "read low",
		"SELECT 1::evil_number":                "admin high GR075",
		"SELECT '{1}'::evil_too":               "admin high GR075",
		"SELECT NULL::app.orders":              "read low",
		"SELECT '{}'::app.orders[]":            "read low",
		"SELECT NULL::other.unheard":           "unknown medium GR074",
		// Columns and functions in attribute notation.
		"SELECT o.total FROM app.orders o":     "read low",
		"SELECT o.evil_eq FROM app.orders o":   "admin high GR075",
		"SELECT (o).evil_eq FROM app.orders o": "admin high GR075 GR086",
		// Triggers and rules.
		"INSERT INTO app.orders (id) VALUES (1)":       "write medium GR010 GR079",
		"DELETE FROM app.orders WHERE id = 1":          "write medium GR010 GR079",
		"UPDATE customers SET name = 'x' WHERE id = 1": "admin critical GR079 GR010",
		"INSERT INTO customers VALUES (1)":             "write medium GR010",
	} {
		v := Classify(sql, cat)
		got := string(v.Kind) + " " + string(v.Level)
		for _, f := range v.Findings {
			if f.Rule != "GR060" && f.Rule != "GR080" && f.Rule != "GR005" {
				got += " " + f.Rule
			}
		}
		if got != want {
			t.Errorf("%s:\n got %s\nwant %s\n%+v", sql, got, want, v.Findings)
		}
	}
}

func TestTouchesTellColumnsReadAndWritten(t *testing.T) {
	t.Parallel()
	cat := ownCatalog(t)
	for _, c := range []struct {
		sql   string
		known bool
		want  []Touch
	}{
		{"SELECT id FROM orders", true, []Touch{{"app.orders", []string{"id"}, false}}},
		{"SELECT id FROM orders", false, []Touch{{"orders", []string{"id"}, false}}},
		{"SELECT * FROM orders", false, []Touch{{"orders", []string{"*"}, false}}},
		{"SELECT * FROM customers", true, []Touch{{"app.customers", []string{"id", "name"}, false}}},
		{"SELECT o.id, name FROM orders o JOIN customers c ON o.id = c.id", true, []Touch{{"app.customers", []string{"id", "name"}, false}, {"app.orders", []string{"id"}, false}}},
		{"SELECT o.id, name FROM orders o JOIN customers c ON o.id = c.id", false, []Touch{{"customers", []string{"id"}, false}, {"orders", []string{"id"}, false}}},
		{"SELECT count(*) FROM orders", true, []Touch{{"app.orders", []string{}, false}}},
		{"SELECT c FROM customers c", true, []Touch{{"app.customers", []string{"id", "name"}, false}}},
		{"WITH orders AS (SELECT name FROM customers) SELECT * FROM orders", true, []Touch{{"app.customers", []string{"name"}, false}}},
		{"SELECT (SELECT total FROM orders WHERE orders.id = c.id) FROM customers c", true, []Touch{{"app.customers", []string{"id"}, false}, {"app.orders", []string{"id", "total"}, false}}},
		{"SELECT s.x FROM (SELECT total AS x FROM orders) s", true, []Touch{{"app.orders", []string{"total"}, false}}},
		{"SELECT name FROM customers ORDER BY id", true, []Touch{{"app.customers", []string{"id", "name"}, false}}},
		{"SELECT id FROM customers JOIN open_orders USING (id)", true, []Touch{{"app.customers", []string{"id"}, false}, {"app.open_orders", []string{"id"}, false}}},
		{"UPDATE customers SET name = 'x' WHERE id = 7 RETURNING name", true, []Touch{{"app.customers", []string{"id", "name"}, false}, {"app.customers", []string{"name"}, true}}},
		{"INSERT INTO customers SELECT id FROM hidden", true, []Touch{{"app.customers", []string{"id", "name"}, true}, {"hidden", []string{"id"}, false}}},
		{"INSERT INTO customers (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET name = excluded.name", true, []Touch{{"app.customers", []string{"id", "name"}, true}}},
		{"DELETE FROM customers USING orders o WHERE o.id = customers.id", true, []Touch{{"app.customers", []string{"id"}, false}, {"app.customers", []string{}, true}, {"app.orders", []string{"id"}, false}}},
		{"MERGE INTO customers c USING orders o ON c.id = o.id WHEN MATCHED THEN UPDATE SET name = o.total::text", true, []Touch{{"app.customers", []string{"id"}, false}, {"app.customers", []string{"name"}, true}, {"app.orders", []string{"id", "total"}, false}}},
		{"COPY customers TO STDOUT", true, []Touch{{"app.customers", []string{"id", "name"}, false}}},
		{"COPY customers (name) FROM STDIN", true, []Touch{{"app.customers", []string{"name"}, true}}},
		{"TRUNCATE customers", true, []Touch{{"app.customers", []string{}, true}}},
		{"SELECT 1 UNION SELECT id FROM orders ORDER BY 1", true, []Touch{{"app.orders", []string{"id"}, false}}},
		{"SELECT x FROM unnest(ARRAY[1]) x, orders", true, []Touch{{"app.orders", []string{}, false}}},
		{"CREATE TABLE t AS SELECT name FROM customers", true, []Touch{{"app.customers", []string{"name"}, false}}},
	} {
		with := cat
		if !c.known {
			with = nil
		}
		if got := Classify(c.sql, with).Touches; !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", c.sql, got, c.want)
		}
	}
}

func TestSensitiveColumnsAreSeenWhereverTheyAreUsed(t *testing.T) {
	t.Parallel()
	cat := ownCatalog(t)
	for sql, want := range map[string]Level{
		"SELECT card FROM orders":                             High,
		"SELECT id FROM orders ORDER BY card":                 High,
		"SELECT * FROM orders":                                High,
		"SELECT o FROM orders o":                              High,
		"SELECT count(*) FROM orders WHERE card LIKE '4%'":    High,
		"SELECT (SELECT o.card) FROM orders o":                High,
		"INSERT INTO customers SELECT id, card FROM orders":   High,
		"COPY orders TO STDOUT":                               High,
		"COPY orders (id) TO STDOUT":                          Medium,
		"DELETE FROM orders WHERE id = 7 RETURNING *":         High,
		"SELECT id, total FROM orders WHERE id = 7":           Low,
		"SELECT card FROM customers, (SELECT 1 AS card) s":    Low,
		"EXPLAIN SELECT card FROM orders":                     Low,
		"SELECT id FROM open_orders":                          Low,
		"SELECT count(*) FROM orders":                         Low,
		"INSERT INTO orders (card) VALUES ('4111')":           Medium,
		"SELECT row_to_json(orders) FROM orders WHERE id = 7": High,
	} {
		if v := Classify(sql, cat); v.Level != want {
			t.Errorf("%s: %s, want %s: %+v", sql, v.Level, want, v.Findings)
		}
	}
}

func TestBodiesInPLpgSQLAreReadByTheirTokens(t *testing.T) {
	t.Parallel()
	cat := ownCatalog(t)
	for body, want := range map[string]string{
		"BEGIN RETURN 1; END": "read low",
		"DECLARE c CURSOR (k int) FOR SELECT k; BEGIN OPEN c(1); FETCH c INTO x; CLOSE c; RETURN x; END":             "read low",
		"DECLARE c CURSOR (k int) FOR SELECT k; BEGIN FOR r IN c(1) LOOP x := x + r.k; END LOOP; END":                "read low",
		"BEGIN RETURN QUERY SELECT * FROM generate_series(1, 3) AS s(a) JOIN unnest(y) u(b) ON true; END":            "read low",
		"BEGIN RETURN (WITH w(a) AS (SELECT 1) SELECT a FROM w); END":                                                "read low",
		"BEGIN x := coalesce(nullif(trim(y), ''), cast(1 AS varchar(10)), greatest(1, 2)::decimal(3, 1)::text); END": "read low",
		"BEGIN IF x IN (1, 2) AND NOT (y = ANY (z)) THEN RAISE NOTICE '%', upper(y) USING hint = 'x'; END IF; END":   "read low",
		"<<outer>> DECLARE n int := 0; BEGIN LOOP n := n + 1; EXIT outer WHEN n > 3; CONTINUE; END LOOP; END":        "read low",
		"BEGIN SELECT id INTO STRICT x FROM app.orders WHERE id = 1; GET DIAGNOSTICS n = ROW_COUNT; END":             "read low",
		"BEGIN RETURN 'DELETE FROM x'; -- DROP TABLE\n /* INSERT */ END":                                             "read low",
		"BEGIN PERFORM f(x) FROM (SELECT 1) f(x); END":                                                               "unknown medium",
		"BEGIN RETURN unheard(1); END":                                                  "unknown medium",
		"BEGIN RETURN app.unheard(1); END":                                              "unknown medium",
		"BEGIN RETURN \"Lower\"('x'); END":                                              "unknown medium",
		"BEGIN RETURN pg_catalog.lower('x'); END":                                       "read low",
		"BEGIN RETURN nextval('s'); END":                                                "write medium",
		"BEGIN x := nextval /* c */ ('s'); END":                                         "write medium",
		"BEGIN PERFORM pg_terminate_backend(1); END":                                    "admin high",
		"BEGIN EXECUTE 'SELECT 1'; END":                                                 "unknown medium",
		"BEGIN FOR r IN EXECUTE q LOOP END LOOP; END":                                   "unknown medium",
		"BEGIN RETURN QUERY EXECUTE q; END":                                             "unknown medium",
		"BEGIN OPEN c FOR EXECUTE q; END":                                               "unknown medium",
		"BEGIN INSERT INTO t VALUES (1); END":                                           "write medium",
		"BEGIN RETURN QUERY WITH d AS (DELETE FROM t RETURNING 1) SELECT * FROM d; END": "write medium",
		"BEGIN PERFORM 1 FROM t FOR UPDATE; END":                                        "write medium",
		"BEGIN PERFORM 1 FROM t FOR KEY SHARE; END":                                     "write medium",
		"BEGIN COMMIT; END":                                                             "unknown medium",
		"BEGIN CALL p(); END":                                                           "unknown medium",
		"BEGIN IF x THEN LOCK t; END IF; END":                                           "unknown medium",
		"BEGIN CASE x WHEN 1 THEN NOTIFY c; ELSE SET ROLE a; END CASE; END":             "unknown medium",
		"BEGIN <<l>> CREATE TABLE t (a int); END":                                       "unknown medium",
		"BEGIN NULL; EXCEPTION WHEN OTHERS THEN TRUNCATE t; END":                        "write medium",
		"BEGIN BEGIN DROP TABLE t; END; END":                                            "unknown medium",
		"BEGIN RETURN (x).pg_sleep; END":                                                "read medium",
		"BEGIN RETURN x OPERATOR(app.===) 1; END":                                       "unknown high",
		"BEGIN RETURN 1 === 2; END":                                                     "admin high",
		"BEGIN RETURN x::app.evil_number; END":                                          "admin high",
		"BEGIN RETURN (SELECT n FROM app.over_counted); END":                            "write medium",
		"BEGIN RETURN U&\"n\\0065xtval\"('s'); END":                                     "unknown medium",
		"DECLARE wipe CURSOR FOR SELECT 1; BEGIN PERFORM wipe(); END":                   "unknown medium",
	} {
		d := cat.readBlock(body, path{known: true, schemas: []string{"app"}})
		all := reading{kind: d.kind, level: d.level, why: d.why}
		for _, u := range d.uses {
			one := cat.follow(u)
			all.worsen(one.kind, one.level, one.why)
		}
		if got := string(all.kind) + " " + string(all.level); got != want {
			t.Errorf("%s: %s (%s), want %s", body, got, all.why, want)
		}
	}
}
