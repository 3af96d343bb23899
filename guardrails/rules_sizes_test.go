package guardrails

import (
	"slices"
	"testing"
)

// largeCatalog is of a database with large tables.
var largeCatalog = &Catalog{
	SearchPath: []string{"public"},
	Tables: []Table{
		{Schema: "public", Name: "events", Rows: 5_000_000, Columns: []Column{{Name: "id", NotNull: true}, {Name: "user_id"}, {Name: "kind"}, {Name: "at"}}},
		{Schema: "public", Name: "users", Rows: 200_000, Columns: []Column{{Name: "id", NotNull: true}, {Name: "name"}, {Name: "active"}}},
		{Schema: "public", Name: "plans", Rows: 12, Columns: []Column{{Name: "id", NotNull: true}, {Name: "title"}}},
		{Schema: "public", Name: "unknowns", Rows: -1},
	},
}

const largeReads = `
SELECT * FROM events
TABLE events
SELECT id, kind FROM events ORDER BY id
SELECT * FROM events WHERE 1 = 1
SELECT * FROM events WHERE id > 0
SELECT * FROM events WHERE id IS NOT NULL
SELECT * FROM events LIMIT 10000000
SELECT * FROM events LIMIT ALL
SELECT e.*, u.name FROM events e LEFT JOIN users u ON u.id = e.user_id
SELECT e.*, u.name FROM events e JOIN users u ON u.id = e.user_id
SELECT * FROM (SELECT * FROM events) x
WITH x AS (SELECT * FROM events) SELECT * FROM x
SELECT id FROM plans UNION ALL SELECT id FROM events
SELECT id, row_number() OVER (ORDER BY id) FROM events
COPY events TO STDOUT
COPY (SELECT * FROM events) TO STDOUT
INSERT INTO archive SELECT * FROM events
CREATE TABLE copy_of AS SELECT * FROM events
SELECT * INTO copy_of FROM events
EXPLAIN ANALYZE SELECT * FROM events
`

const boundedReads = `
SELECT * FROM plans
SELECT * FROM unknowns
SELECT * FROM nowhere
SELECT count(*) FROM events
SELECT round(avg(id), 2) FROM events
SELECT coalesce(sum(id), 0) / count(*) FROM events
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY id) FROM events
SELECT kind, count(*) FROM events GROUP BY kind
SELECT DISTINCT kind FROM events
SELECT * FROM events LIMIT 100
SELECT * FROM events ORDER BY at DESC LIMIT 100
SELECT * FROM events LIMIT $1
SELECT * FROM events WHERE user_id = 7
SELECT * FROM events WHERE at > now() - interval '1 day'
SELECT count(*) FROM (SELECT * FROM events) x
WITH x AS (SELECT * FROM events) SELECT kind, count(*) FROM x GROUP BY 1
SELECT name FROM users u WHERE EXISTS (SELECT * FROM events e WHERE e.user_id = u.id)
SELECT name FROM users WHERE id IN (SELECT user_id FROM events)
SELECT * FROM plans WHERE id = (SELECT max(id) FROM events)
WITH events AS (SELECT 1) SELECT * FROM events
SELECT * FROM other.events
EXPLAIN SELECT * FROM events
CREATE VIEW v AS SELECT * FROM events
INSERT INTO archive SELECT * FROM events WHERE user_id = 7
SELECT p.title, count(e.id) FROM plans p LEFT JOIN events e ON e.kind = p.title GROUP BY 1
`

const pairedReads = `
SELECT count(*) FROM events, users
SELECT count(*) FROM events CROSS JOIN users
SELECT count(*) FROM events JOIN users ON true
SELECT count(*) FROM events JOIN users ON 1 = 1
SELECT count(*) FROM events e, users u WHERE e.kind = 'open' AND u.active
SELECT count(*) FROM events e JOIN users u ON e.kind = 'open'
SELECT count(*) FROM events e JOIN users u ON u.id = u.id
SELECT * FROM events e, users u WHERE e.kind = 'x' ORDER BY 1 LIMIT 10
SELECT count(*) FROM events a, events b
SELECT count(*) FROM events e, users u, plans p WHERE p.id = u.id
SELECT count(*) FROM events, users WHERE kind = 'x' AND name = 'y'
SELECT (SELECT count(*) FROM events, users)
WITH x AS (SELECT e.id FROM events e, users u) SELECT count(*) FROM x
`

const joinedReads = `
SELECT count(*) FROM events e, users u WHERE e.user_id = u.id
SELECT count(*) FROM events e JOIN users u ON u.id = e.user_id
SELECT count(*) FROM events JOIN users USING (id)
SELECT count(*) FROM events NATURAL JOIN users
SELECT count(*) FROM events, users WHERE user_id = users.id
SELECT count(*) FROM events, users WHERE user_id = name::int
SELECT count(*) FROM events e, users u WHERE e.user_id BETWEEN u.id AND u.id + 5
SELECT count(*) FROM events e, users u WHERE (e.user_id = u.id OR e.id = u.id)
SELECT count(*) FROM events e, users u WHERE e.id = 7 AND u.id = 8
SELECT count(*) FROM events e, plans p
SELECT count(*) FROM events, (SELECT 1 AS one) x
SELECT count(*) FROM events CROSS JOIN generate_series(1, 5) s
SELECT count(*) FROM events e, LATERAL (SELECT * FROM users u WHERE u.id = e.user_id LIMIT 1) x
SELECT * FROM events, users LIMIT 10
SELECT count(*) FROM events e, users u, plans p WHERE e.user_id = u.id
SELECT count(*) FROM events e LEFT JOIN users u ON u.id = e.user_id LEFT JOIN events f ON f.user_id = u.id
SELECT count(*) FROM events, users WHERE id = user_id
`

func TestLargeReadsAreTold(t *testing.T) {
	t.Parallel()
	fires := func(sql string, rule *Rule) bool {
		return slices.ContainsFunc(Classify(sql, largeCatalog).Findings, func(f Finding) bool { return f.Rule == rule.ID })
	}
	for _, c := range []struct {
		rule        *Rule
		fires, does string
	}{{ruleWholeTable, largeReads, boundedReads}, {ruleCartesian, pairedReads, joinedReads}} {
		for _, sql := range conditionsOf(c.fires) {
			if !fires(sql, c.rule) {
				t.Errorf("%s does not fire: %s", c.rule.Name, sql)
			}
			if v := Classify(sql, nil); v.Kind == Read && v.Level != Low && sql[:4] != "COPY" {
				t.Errorf("without a catalog %s: %s", v.Level, sql)
			}
		}
		for _, sql := range conditionsOf(c.does) {
			if fires(sql, c.rule) {
				t.Errorf("%s fires: %s", c.rule.Name, sql)
			}
		}
	}
}

func TestWhatNeverEndsOrFillsMemoryIsTold(t *testing.T) {
	t.Parallel()
	for sql, rule := range map[string]*Rule{
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT * FROM n":                                                                                           ruleRecursion,
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE true) SELECT * FROM n":                                                                                ruleRecursion,
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i = i) SELECT count(*) FROM n":                                                                        ruleRecursion,
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT * FROM n":                                                                               nil,
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT * FROM n LIMIT 9":                                                                                   nil,
		"WITH RECURSIVE t AS (SELECT id, parent_id FROM categories WHERE id = 1 UNION ALL SELECT c.id, c.parent_id FROM categories c JOIN t ON c.parent_id = t.id) SELECT * FROM t": nil,
		"SELECT generate_series(1, 1000000000)":                                                       ruleHuge,
		"SELECT count(*) FROM generate_series(1, 1e5) a, generate_series(1, 1e5) b":                   ruleHuge,
		"SELECT count(*) FROM generate_series(1, 1e5) a CROSS JOIN generate_series(1, 1e5) b":         ruleHuge,
		"SELECT generate_series('2000-01-01'::timestamp, '2024-01-01', '1 second')":                   ruleHuge,
		"SELECT generate_series('2024-01-01'::date, '2024-12-31'::date, '1 day')":                     nil,
		"SELECT generate_series(timestamp '2024-01-01 00:00', '2024-12-31 23:00', interval '1 hour')": nil,
		"SELECT repeat('x', 1000000000)":                                                              ruleHuge,
		"SELECT factorial(200000)":                                                                    ruleHuge,
		"SELECT factorial(20), repeat('x', 80)":                                                       nil,
	} {
		v := Classify(sql, nil)
		if rule == nil {
			if v.Level != Low {
				t.Errorf("%s: %+v", sql, v.Findings)
			}
		} else if len(v.Findings) == 0 || v.Findings[0].Rule != rule.ID {
			t.Errorf("%s: %+v, want %s", sql, v.Findings, rule.ID)
		}
	}
	for sql, want := range map[string]bool{
		"SELECT * FROM events ORDER BY random() LIMIT 10":                  true,
		"SELECT * FROM plans ORDER BY random() LIMIT 10":                   false,
		"SELECT * FROM events WHERE kind = 'x' ORDER BY random() LIMIT 10": false,
	} {
		if v := Classify(sql, largeCatalog); (v.Level != Low) != want {
			t.Errorf("%s: %+v", sql, v.Findings)
		}
	}
}
