package guardrails

import (
	"slices"
	"strings"
	"testing"
)

// takesAll reports whether a rule finds that a statement is for every row.
func takesAll(sql string, cat *Catalog) bool {
	return slices.ContainsFunc(Classify(sql, cat).Findings, func(f Finding) bool {
		return f.Rule == ruleDeleteAll.ID || f.Rule == ruleUpdateAll.ID || f.Rule == ruleMergeAll.ID
	})
}

// conditionsOf splits a list of conditions, one a line.
func conditionsOf(list string) []string {
	return slices.DeleteFunc(strings.Split(list, "\n"), func(s string) bool { return strings.TrimSpace(s) == "" })
}

const forEveryRow = `
true
't'
'yes'::boolean
1 = 1
'a' = 'a'
1 < 2
2 > 1 AND 3 > 2
NOT false
NOT (1 = 2)
NOT NOT true
true AND true
false OR true
(true)
true IS TRUE
false IS NOT TRUE
null IS NULL
1 IS NOT NULL
(1 = 1) = true
(1 = 2) = false
true <> false
1 = 1 OR id = 7
id = 7 OR 1 = 1
id = 7 OR NOT false
id = 7 OR 'x' = 'x'
id = id
id = t.id
t.id >= id
"t"."id" = id
public.t.id = id
id + 0 = id
id * 1 = id
id - 0 <= id
id + 1 > id
id < id + 1
id - id = 0
id * 0 = 0
0 * id < 1
id / id = 1
2 * id = id + id
id + a - id = a
id % 2 < 2
id % 2 IN (0, 1)
mod(id, 2) >= 0
id::text = id::text
id::bigint = id
CAST(id AS text) = CAST(id AS text)
NOT id <> id
NOT (id < id)
id IS NOT DISTINCT FROM id
NOT (id IS DISTINCT FROM id)
id BETWEEN id AND id
id BETWEEN 0 AND 2147483647
id BETWEEN 1 AND 9999999999
id BETWEEN SYMMETRIC 9999999999 AND 0
id NOT BETWEEN -5 AND 0
id IN (1, id)
id IN (id)
id = ANY (ARRAY[id])
id = ANY (ARRAY[1, 2, id])
id <> ALL (ARRAY[-1, 0])
id <> ALL ('{-1,0}')
id NOT IN (-1)
id NOT IN (0, -1)
id IS NOT NULL
NOT id IS NULL
NOT (id IS NULL)
(id IS NULL) IS FALSE
(id IS NULL) = false
(id IS NOT NULL) = true
(id IS NOT NULL) IS NOT FALSE
id::text IS NOT NULL
id + 1 IS NOT NULL
abs(id) IS NOT NULL
lower(id::text) IS NOT NULL
coalesce(a, 1) IS NOT NULL
coalesce(a, 1) = coalesce(a, 1)
coalesce(a, id) IS NOT NULL
ROW(id, id) IS NOT NULL
id IS NULL OR id IS NOT NULL
a IS NULL OR a IS NOT NULL
a IS NOT NULL OR a IS NULL
a = a
a = a OR a IS NULL
a = 1 OR NOT a = 1
a = 1 OR NOT (a = 1)
NOT a = 1 OR a = 1
a = 1 OR a <> 1
a = 1 OR a != 1
a <> 1 OR a <> 2
a < 1 OR a >= 1
a < 5 OR a = 5 OR a > 5
a <= 5 OR a > 3
a > 3 OR a < 10
a >= 1 OR 1 > a
a < b OR a >= b
a < b OR b <= a
a = b OR a <> b
a > b OR a = b OR a < b
a BETWEEN 1 AND 5 OR a < 1 OR a > 5
a BETWEEN 1 AND 5 OR a NOT BETWEEN 1 AND 5
a IN (1, 2) OR a NOT IN (1, 2)
NOT (a = 1 AND a = 2)
NOT (a = 1 AND b = 2) OR a = 1
a = 1 OR b = 2 OR NOT (a = 1 OR b = 2)
(a = 1) IS NOT NULL
(a = 1) IS NOT UNKNOWN
(a = 1) IS TRUE OR (a = 1) IS NOT TRUE
(a = 1) = (a = 1)
(a = 1) <> (a <> 1)
(a = 1)::int >= 0
(a = 1)::int IN (0, 1)
body LIKE '%'
body LIKE '%%'
body ILIKE '%'
body LIKE '%' || '' OR true
body LIKE body
body NOT LIKE 'x' OR body LIKE 'x'
body SIMILAR TO '%'
body ~ '.*'
body ~ ''
body ~ '^'
body ~ '^.*$'
body ~ '^(.*)$'
body ~ '(.*)'
body ~ '.'
body ~* '.*'
body ~ '[^q]*'
id::text LIKE '%'
id::text ~ '^[0-9]+$'
id::text ~ '[0-9]'
body || '' = body
body ^@ ''
starts_with(body, '')
body >= ''
length(body) >= 0
length(body) > -1
char_length(body) >= 0
0 <= length(body)
abs(a) >= 0
a * a >= 0
a ^ 2 >= 0
greatest(a, 0) >= 0
least(a, 5) <= 5
cardinality(ARRAY[a]) >= 0
id > 0
id >= 1
id > -1
id >= 0
id <> -1
id != 0
0 < id
-1 < id
id < 9999999999
id <= 2147483647
id > 0 OR id <= 0
id > 10 OR id <= 10
id >= 0 AND id <= 9999999999
id > 0 AND 1 = 1
id OPERATOR(pg_catalog.=) id
id = GREATEST(id, id)
id = COALESCE(id, 5)
id | 0 = id
id & id = id
id # 0 = id
length(id::text) > 0
id::text <> ''
body LIKE '%' || '%'
NOT (t IS NULL)
t.* IS NOT DISTINCT FROM t.*
created_at::date <= current_date
created_at BETWEEN '1970-01-01' AND now()
now() >= created_at
NULLIF(false, false) IS NULL
id IN (SELECT x.id FROM t x JOIN t y ON x.id = y.id)
id BETWEEN (SELECT min(id) FROM t) AND (SELECT max(id) FROM t)
id = ALL (ARRAY[id])
EXISTS (VALUES (1))
1 IN (VALUES (1))
id * 2 > 0
CASE WHEN a = 1 THEN true ELSE true END
CASE WHEN true THEN true END
CASE WHEN a = 1 THEN 1 ELSE 1 END = 1
CASE a WHEN 1 THEN 'x' ELSE 'x' END = 'x'
CASE WHEN a = 1 THEN true WHEN NOT a = 1 THEN true END
CASE WHEN false THEN false ELSE true END
coalesce(true, a = 1)
coalesce(a = 1, true) OR a <> 1
coalesce(NULL, true)
(a, b) = (a, b)
ROW(a, b) = ROW(a, b)
(id, id) >= (id, id)
NOT ((a, b) <> (a, b))
random() >= 0
random() < 1
random() < 2
random() BETWEEN 0 AND 1
ctid IS NOT NULL
ctid = ctid
ctid > '(0,0)'
ctid IN (SELECT ctid FROM t)
ctid = ANY (ARRAY(SELECT ctid FROM t))
tableoid IS NOT NULL
xmin IS NOT NULL
created_at > '1900-01-01'
created_at >= '0001-01-01'
created_at < '2999-12-31'
created_at < 'infinity'
created_at > '-infinity'
created_at BETWEEN '1900-01-01' AND '9999-12-31'
created_at = created_at
created_at <= now()
created_at < CURRENT_TIMESTAMP
id IN (SELECT id FROM t)
id IN (SELECT t.id FROM t)
id IN (SELECT x.id FROM t x)
id IN (SELECT id FROM public.t)
id IN (SELECT DISTINCT id FROM t)
id IN (SELECT id FROM t ORDER BY id)
id IN (SELECT id FROM t GROUP BY id)
id IN (SELECT id FROM t LIMIT ALL)
id IN (SELECT id FROM t WHERE 1 = 1)
id IN (SELECT id FROM t WHERE id = id)
id IN (SELECT id FROM t WHERE id > 0)
id IN (SELECT id FROM (SELECT id FROM t) x)
id IN (SELECT id FROM (SELECT * FROM t) x WHERE true)
id IN (WITH x AS (SELECT id FROM t) SELECT id FROM x)
id IN (SELECT id FROM t UNION SELECT 1)
id IN (SELECT 1 UNION ALL SELECT id FROM t)
id IN (SELECT id FROM t WHERE a = 1) OR a <> 1
id IN (SELECT t.id FROM t LEFT JOIN s ON s.id = t.id)
id IN (SELECT x.id FROM t x, s)
id = ANY (SELECT id FROM t)
id >= ANY (SELECT id FROM t)
id = ANY (ARRAY(SELECT id FROM t))
id = ANY ((SELECT array_agg(id) FROM t)::int[])
id = ANY (SELECT x.id FROM t AS x)
(id, a) IN (SELECT id, a FROM t)
id <= (SELECT max(id) FROM t)
id >= (SELECT min(id) FROM t)
EXISTS (SELECT 1)
EXISTS (SELECT 1 WHERE true)
EXISTS (SELECT 1 FROM t x WHERE x.id = t.id)
EXISTS (SELECT FROM t x WHERE t.id = x.id)
EXISTS (SELECT 1 FROM t x WHERE x.id >= t.id)
EXISTS (SELECT 1 FROM t x WHERE id = t.id)
EXISTS (SELECT count(*) FROM s WHERE s.id = t.id)
NOT EXISTS (SELECT 1 FROM s WHERE false)
NOT EXISTS (SELECT 1 WHERE 1 = 2)
(SELECT true)
(SELECT 1) = 1
(SELECT id) = id
(SELECT count(*) FROM s WHERE s.id = t.id) >= 0
(SELECT count(*) FROM t x WHERE x.id = t.id) > 0
id NOT IN (SELECT id FROM s WHERE false) OR id = id
active OR NOT active
active IS TRUE OR active IS NOT TRUE
active = true OR active = false
active IN (true, false)
active IS NOT NULL OR active IS NULL
`

const choosesRows = `
id = 7
id IN (1, 2, 3)
id = $1
id > 100
id > 1
id < 1000
id <> 7
id % 2 = 0
id BETWEEN 10 AND 20
id NOT IN (7)
id = 7 AND 1 = 1
1 = 1 AND id = 7
a = 1 OR b = 2
a = 1 OR a = 2
a < 1 OR a > 1
a <= 1 OR a >= 3
a <> 1 AND a <> 2
a = b
a < b
a > 0
a >= 0
a IS NULL
a IS NOT NULL
a IS NOT NULL OR b = 1
a IS DISTINCT FROM 1
a IS NOT DISTINCT FROM b
a - b = 0
a + 1 > b
a <> ''
body <> ''
body > ''
body LIKE '%x%'
body LIKE '_'
body LIKE 'a%'
body NOT LIKE '%x%'
body ~ '^a'
body ~ '^\s*$'
body ~ '[0-9]'
body = 'true'
length(body) > 0
length(body) >= 10
lower(body) = 'x'
coalesce(a, 0) = 0
coalesce(a, 1) = 1
coalesce(body, '') = ''
nullif(body, '') IS NULL
created_at < now() - interval '1 year'
created_at < '2020-01-01'
created_at >= '2024-01-01' AND created_at < '2025-01-01'
created_at < current_date
extract(year FROM created_at) = 2020
expires_at < now()
active
NOT active
active IS NOT TRUE
active = false
CASE WHEN a = 1 THEN true ELSE false END
CASE WHEN a = 1 THEN 1 ELSE 2 END = 1
CASE WHEN a = 1 THEN b > 2 ELSE b < 2 END
(a, b) = (1, 2)
(a, b) = (b, a)
(a, b) IN ((1, 2), (3, 4))
random() < 0.1
ctid = '(0,1)'
ctid = ANY (ARRAY['(0,1)', '(0,2)']::tid[])
ctid NOT IN (SELECT min(ctid) FROM t GROUP BY body)
id IN (SELECT id FROM s)
id IN (SELECT a FROM t)
id IN (SELECT id FROM t WHERE a = 1)
id IN (SELECT id FROM t LIMIT 10)
id IN (SELECT id FROM t ORDER BY id LIMIT 100)
id IN (SELECT max(id) FROM t)
id IN (SELECT min(id) FROM t GROUP BY body)
id IN (SELECT id FROM t OFFSET 10)
id IN (SELECT t.id FROM t JOIN s ON s.id = t.id)
id IN (SELECT id FROM t EXCEPT SELECT id FROM s)
id IN (SELECT id FROM t INTERSECT SELECT id FROM s)
id IN (SELECT s.id FROM s WHERE s.a = t.a)
id IN (SELECT id FROM t TABLESAMPLE bernoulli (10))
id NOT IN (SELECT id FROM s)
id NOT IN (SELECT min(id) FROM t GROUP BY body)
id < (SELECT max(id) FROM t)
id = (SELECT max(id) FROM t)
id > (SELECT avg(id) FROM t)
id = ANY (ARRAY[1, 2])
id = ANY ('{1,2}'::int[])
id = ANY (ARRAY(SELECT id FROM s))
EXISTS (SELECT 1 FROM s WHERE s.id = t.id)
EXISTS (SELECT 1 FROM s WHERE id = t.id)
NOT EXISTS (SELECT 1 FROM s WHERE s.id = t.id)
EXISTS (SELECT 1 FROM t x WHERE x.id < t.id AND x.body = t.body)
EXISTS (SELECT 1 FROM t x WHERE x.body = t.body AND x.id <> t.id)
EXISTS (SELECT 1 FROM t x WHERE x.id = t.a)
(SELECT count(*) FROM s WHERE s.id = t.id) > 0
(SELECT count(*) FROM t x WHERE x.body = t.body) > 1
(SELECT a FROM s WHERE s.id = t.id) = 1
false
1 = 2
null
id <> id
NOT true
id = 7 AND false
NOT (a = 1 OR b = 2)
NOT (a = 1 AND b = 2)
a = 1 OR (b = 2 AND NOT a = 1)
($1 IS NULL OR id = $1)
data ->> 'kind' = 'x'
data @> '{"a": 1}'
tags && ARRAY['x']
tags @> ARRAY['x']
customer_id = 12
customer_id IS NULL
customer_id IS NOT NULL
md5(body) = 'x'
md5(id::text) LIKE 'a%'
date_trunc('day', created_at) = '2024-01-01'
created_at::date = '2024-01-01'
created_at < 'today'
created_at > '2024-01-01'
created_at::date < current_date
t IS NOT NULL
id::text <> '7'
id IN (SELECT x.id FROM t x JOIN s y ON x.id = y.id)
id IN (SELECT x.id FROM t x JOIN t y ON x.id = y.a)
uuid <> '00000000-0000-0000-0000-000000000000'
body IN ('', 'x')
body NOT IN ('', 'x')
upper(body) <> body
lower(body) <> lower(b)
a = 1 IS NOT TRUE
count > 0
status = 'done' AND created_at < now() - interval '30 days' AND NOT locked
`

func TestAConditionThatEveryRowPassesIsFound(t *testing.T) {
	t.Parallel()
	for _, where := range conditionsOf(forEveryRow) {
		for _, sql := range []string{"DELETE FROM t WHERE " + where, "UPDATE public.t SET a = 1 WHERE (" + where + ") AND NOT NULL IS NOT NULL"} {
			if !takesAll(sql, nil) {
				t.Errorf("not found: %s", sql)
			}
		}
	}
}

func TestAConditionThatChoosesRowsIsLeftAlone(t *testing.T) {
	t.Parallel()
	for _, where := range conditionsOf(choosesRows) {
		for _, sql := range []string{"DELETE FROM t WHERE " + where, "UPDATE t SET a = 1 WHERE " + where + " OR false"} {
			if takesAll(sql, nil) {
				t.Errorf("false alarm: %s", sql)
			}
		}
	}
}

const statementsForEveryRow = `
DELETE FROM t
DELETE FROM ONLY t
DELETE FROM t USING s
DELETE FROM t USING s WHERE s.active
DELETE FROM t USING s WHERE s.id = 5
DELETE FROM t USING s WHERE t.id = t.id
DELETE FROM t USING t x WHERE t.id = x.id
DELETE FROM t a USING t b WHERE a.id = b.id
DELETE FROM t a USING t b WHERE a.id <= b.id
DELETE FROM t USING (SELECT * FROM t) x WHERE x.id = t.id
DELETE FROM t USING (SELECT id FROM t) x WHERE x.id = t.id
DELETE FROM public.t USING t x WHERE x.id = t.id
WITH x AS (SELECT id FROM t) DELETE FROM t WHERE id IN (SELECT id FROM x)
WITH x AS (SELECT id FROM t) DELETE FROM t WHERE EXISTS (SELECT 1 FROM x WHERE x.id = t.id)
WITH x AS (SELECT * FROM t), y AS (SELECT * FROM x) DELETE FROM t USING y WHERE y.id = t.id
WITH d AS (DELETE FROM t WHERE id = id RETURNING *) SELECT count(*) FROM d
EXPLAIN ANALYZE DELETE FROM t WHERE id IS NOT NULL
PREPARE p AS DELETE FROM t WHERE 1 = 1
UPDATE t SET a = s.a FROM s
UPDATE t SET a = s.a FROM s WHERE s.b = 1
UPDATE t SET a = s.a FROM s JOIN u ON s.id = u.id
UPDATE t SET a = x.a FROM t x WHERE x.id = t.id
UPDATE t x SET a = 1 WHERE x.id = id
UPDATE t SET (a, b) = (SELECT 1, 2) WHERE true
DELETE FROM t WHERE EXISTS (SELECT 1 FROM s)
DELETE FROM t WHERE EXISTS (SELECT 1 FROM s WHERE s.body = 'x')
DELETE FROM t WHERE EXISTS (SELECT 1 FROM s WHERE s.body = 'x') OR id = 7
DELETE FROM t WHERE (SELECT count(*) FROM s) > 0
DELETE FROM t WHERE now() > '2020-01-01'
DELETE FROM t WHERE current_date > '2000-01-01'
DELETE FROM t WHERE current_user = 'admin'
DELETE FROM t WHERE version() LIKE 'PostgreSQL%'
DELETE FROM t WHERE pg_typeof(id) = 'integer'::regtype
DELETE FROM t WHERE 'x' IN (SELECT s.body FROM s)
DELETE FROM orders WHERE order_id IS NOT NULL
DELETE FROM countries WHERE country_id > 0
MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE
MERGE INTO t USING s ON 1 = 1 WHEN MATCHED THEN UPDATE SET a = 1
MERGE INTO t USING t x ON x.id = t.id WHEN MATCHED THEN DELETE
MERGE INTO t USING (SELECT * FROM t) x ON x.id = t.id WHEN MATCHED THEN UPDATE SET a = 1
MERGE INTO t USING s ON true WHEN MATCHED AND t.id IS NOT NULL THEN DELETE WHEN NOT MATCHED THEN DO NOTHING
MERGE INTO t USING s ON s.a = 1 WHEN MATCHED THEN DELETE
`

const statementsThatChoose = `
DELETE FROM t USING s WHERE s.id = t.id
DELETE FROM t USING s WHERE s.id = t_id
DELETE FROM t USING s, u WHERE s.id = t.id AND u.id = s.id
DELETE FROM t a USING t b WHERE a.id < b.id AND a.body = b.body
DELETE FROM t a USING t b WHERE a.ctid < b.ctid AND a.body = b.body
DELETE FROM t USING (SELECT * FROM t LIMIT 10) x WHERE x.id = t.id
DELETE FROM t USING (SELECT max(id) AS id FROM t GROUP BY body) x WHERE x.id = t.id
DELETE FROM t USING (SELECT a AS id FROM t) x WHERE x.id = t.id
WITH x AS (SELECT id FROM t WHERE a = 1) DELETE FROM t WHERE id IN (SELECT id FROM x)
WITH x AS (SELECT id FROM t LIMIT 100) DELETE FROM t USING x WHERE t.id = x.id
WITH x AS (SELECT id, row_number() OVER (PARTITION BY body) AS n FROM t) DELETE FROM t WHERE id IN (SELECT id FROM x WHERE n > 1)
WITH t AS (SELECT 1 AS id) DELETE FROM orders WHERE id IN (SELECT id FROM t)
UPDATE t SET a = s.a FROM s WHERE s.id = t.id
UPDATE t SET a = s.a FROM s WHERE s.id = t.s_id AND s.active
UPDATE t SET a = 1 WHERE id = 7 RETURNING *
UPDATE t SET a = 1 WHERE id = (SELECT id FROM t WHERE a IS NULL ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
DELETE FROM t WHERE EXISTS (SELECT 1 FROM s WHERE s.body = 'x') AND id = 7
DELETE FROM t WHERE id = 7 AND now() > '2020-01-01'
DELETE FROM t WHERE created_at < now() AND id = 7
DELETE FROM t WHERE EXISTS (SELECT 1 FROM s WHERE kind = 'x')
DELETE FROM t WHERE CURRENT OF c
DELETE FROM orders WHERE customer_id IS NOT NULL
DELETE FROM t WHERE "T".id = id
DELETE FROM t WHERE id @@@ id
DELETE FROM t WHERE id OPERATOR(public.=) id
EXPLAIN DELETE FROM t
MERGE INTO t USING s ON s.id = t.id WHEN MATCHED THEN DELETE
MERGE INTO t USING s ON true WHEN NOT MATCHED THEN INSERT VALUES (1)
MERGE INTO t USING s ON true WHEN MATCHED AND t.a = 1 THEN DELETE
MERGE INTO t USING t x ON x.id = t.id WHEN MATCHED AND x.a = 1 THEN DELETE
INSERT INTO t (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET a = 1
`

func TestAStatementForEveryRowIsFoundWhateverItsForm(t *testing.T) {
	t.Parallel()
	for _, sql := range conditionsOf(statementsForEveryRow) {
		if !takesAll(sql, nil) {
			t.Errorf("not found: %s", sql)
		}
	}
	for _, sql := range conditionsOf(statementsThatChoose) {
		if takesAll(sql, nil) {
			t.Errorf("false alarm: %s", sql)
		}
	}
}

func TestACatalogTellsWhatAConditionLooksAt(t *testing.T) {
	t.Parallel()
	cat := &Catalog{Tables: []Table{
		{Schema: "public", Name: "t", Columns: []Column{{Name: "id", NotNull: true}, {Name: "a", NotNull: true}, {Name: "b"}}},
		{Schema: "public", Name: "s", Columns: []Column{{Name: "id", NotNull: true}, {Name: "kind"}}},
	}}
	for sql, want := range map[string]bool{
		"DELETE FROM t WHERE a IS NOT NULL":                                    true,
		"DELETE FROM t WHERE b IS NOT NULL":                                    false,
		"DELETE FROM t WHERE EXISTS (SELECT 1 FROM s WHERE kind = 'x')":        true,
		"DELETE FROM t WHERE EXISTS (SELECT 1 FROM s WHERE kind = b)":          false,
		"DELETE FROM t USING s WHERE kind = 'x'":                               true,
		"DELETE FROM t USING s WHERE kind = 'x' AND b = 1":                     false,
		"DELETE FROM t WHERE a IS NULL OR b IS NULL OR b = 1 OR NOT (b = 1)":   true,
		"DELETE FROM t WHERE b IS NOT NULL AND (a IS NOT NULL OR a IS NULL)":   false,
		"UPDATE t SET b = 1 WHERE (a, id) IS NOT NULL":                         true,
		"UPDATE t SET b = 1 WHERE a IN (SELECT a FROM public.t WHERE id = id)": true,
	} {
		if takesAll(sql, cat) != want {
			t.Errorf("%s: found %v", sql, !want)
		}
	}
}
