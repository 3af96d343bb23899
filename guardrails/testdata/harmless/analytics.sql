SELECT 1

SELECT 'please drop table'

SELECT ';DELETE FROM orders;--' AS x

SELECT $$ DROP TABLE orders $$

SELECT 1 -- ; DROP TABLE orders

/* DROP TABLE orders */ SELECT 1

SELECT id, "delete", "drop table" FROM orders WHERE note = 'truncate'

SELECT o.id, o.total FROM orders o WHERE o.customer_id NOT IN (1, 2) AND o.created_at > now() - interval '7 days' ORDER BY o.id DESC LIMIT 10

SELECT o.id NOT /* c */ IN (1) FROM orders o

SELECT date_trunc('month', created_at) AS month, count(*), sum(total), avg(total)::numeric(10, 2), round(stddev(total), 2), percentile_cont(0.5) WITHIN GROUP (ORDER BY total) FROM orders GROUP BY 1 HAVING count(*) > 10 ORDER BY 1

SELECT customer_id, rank() OVER (PARTITION BY customer_id ORDER BY total DESC), lag(total, 1, 0) OVER w, first_value(id) OVER w FROM orders WINDOW w AS (PARTITION BY customer_id ORDER BY created_at ROWS BETWEEN 3 PRECEDING AND CURRENT ROW)

WITH recent AS (SELECT * FROM orders WHERE created_at > current_date - 30), best AS MATERIALIZED (SELECT customer_id, sum(total) AS t FROM recent GROUP BY ROLLUP (customer_id)) SELECT * FROM best JOIN customers c ON c.id = best.customer_id WHERE t > (SELECT avg(t) FROM best)

WITH RECURSIVE tree AS (SELECT id, parent_id, 1 AS depth FROM categories WHERE parent_id IS NULL UNION ALL SELECT c.id, c.parent_id, t.depth + 1 FROM categories c JOIN tree t ON c.parent_id = t.id) SELECT * FROM tree

WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 100) SELECT sum(i) FROM n

SELECT d::date, coalesce(sum(o.total), 0) FROM generate_series('2024-01-01'::date, '2024-12-31', '1 day') d LEFT JOIN orders o ON o.created_at::date = d GROUP BY 1

SELECT jsonb_build_object('id', id, 'tags', to_jsonb(tags)) -> 'id', data ->> 'x', data #>> '{a,b}', data @> '{"a":1}', data ? 'k', jsonb_path_query_first(data, '$.a') FROM orders

SELECT key, value FROM orders, jsonb_each_text(data)

SELECT x.* FROM orders o CROSS JOIN LATERAL jsonb_to_recordset(o.data) AS x(a int, b text)

SELECT string_agg(DISTINCT name, ', ' ORDER BY name), array_agg(id), count(*) FILTER (WHERE total > 10), json_agg(c), bool_or(active) FROM customers c

SELECT extract(epoch FROM now()), overlay('abc' PLACING 'x' FROM 2), trim(both ' ' from ' a '), position('a' in 'ba'), substring('abc' from 2 for 1), substring('abc' similar 'a#"b#"c' escape '#'), 'a' IS NORMALIZED, now() AT TIME ZONE 'UTC', CURRENT_TIMESTAMP, SESSION_USER, localtime

SELECT CASE status WHEN 'a' THEN 1 ELSE 2 END, NULLIF(a, b), GREATEST(a, b), LEAST(a, b), a IS DISTINCT FROM b, a BETWEEN SYMMETRIC b AND c, a ILIKE '%x%', a SIMILAR TO 'x|y', (a, b) OVERLAPS (c, d) FROM t

SELECT to_tsvector('english', body) @@ plainto_tsquery('x'), ts_rank(to_tsvector(body), 'a & b'::tsquery), ts_headline(body, 'a'::tsquery) FROM posts

SELECT ts_rewrite('a & b'::tsquery, 'a'::tsquery, 'c'::tsquery)

SELECT md5(random()::text), gen_random_uuid(), clock_timestamp(), encode(sha256('x'), 'hex'), regexp_replace(a, 'x', 'y', 'g'), format('%s', a), to_char(now(), 'YYYY'), unnest(ARRAY[1, 2]), pg_typeof(a) FROM t

SELECT xmlelement(name a, xmlattributes(id AS id), xmlforest(b, c)), xpath('/a', x) FROM t

SELECT * FROM XMLTABLE('/r/x' PASSING (x) COLUMNS a int PATH 'a', n FOR ORDINALITY)

SELECT ROW(1, 2) = ROW(1, 2), ARRAY[1, 2] && ARRAY[2], int4range(1, 5) @> 3, '1.2.3.4'::inet << '1.2.3.0/24', point(1, 2) <-> point(2, 3), '{1,2}'::int[] || 3, (ARRAY[1, 2])[1], (c).x FROM t c

SELECT GROUPING(a), a, count(*) FROM t GROUP BY GROUPING SETS ((a), ())

SELECT * FROM t TABLESAMPLE SYSTEM (1) REPEATABLE (5)

SELECT 1 UNION ALL SELECT 2 INTERSECT SELECT 3 EXCEPT SELECT 4

TABLE orders

VALUES (1, 'a'), (2, 'b')

SELECT * FROM (VALUES (1), (2)) v(x) ORDER BY 1 FETCH FIRST 1 ROW WITH TIES

SELECT DISTINCT ON (customer_id) * FROM orders ORDER BY customer_id, created_at DESC NULLS LAST

SELECT count(*) FROM orders o NATURAL JOIN customers FULL JOIN x USING (id)

SELECT 'x'::text COLLATE "C" < 'y', 1::int4, 1::pg_catalog.int8, 'a'::"char", '1'::bit(3), NULL::timestamptz[], 'x'::regclass, '{}'::jsonb

SELECT EXISTS (SELECT 1 FROM orders), 1 = ANY (ARRAY[1]), 1 = ALL (SELECT 1), ARRAY(SELECT id FROM orders)

SELECT concat(a, b), concat_ws(',', a, b, c, d, e), num_nulls(a, b, c), jsonb_build_array(VARIADIC ARRAY[1, 2]) FROM t

SELECT pg_catalog.count(*), pg_catalog.lower('A') FROM orders

EXPLAIN SELECT * FROM orders

EXPLAIN DELETE FROM orders

EXPLAIN (ANALYZE false, VERBOSE) UPDATE orders SET total = 0

EXPLAIN ANALYZE SELECT count(*) FROM orders

EXPLAIN (ANALYZE, BUFFERS, FORMAT json) SELECT 1

SHOW search_path

SHOW ALL

BEGIN

BEGIN; SELECT 1; COMMIT

BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY

START TRANSACTION READ ONLY

COMMIT

ROLLBACK

END

SAVEPOINT a

SET TRANSACTION READ ONLY

SET application_name = 'x'

SET datestyle = ISO

SET TIME ZONE 'UTC'

SET client_encoding = 'UTF8'

SET extra_float_digits = 3

SET client_min_messages TO warning

SET enable_seqscan = off

PREPARE p (int) AS SELECT * FROM orders WHERE id = $1; EXECUTE p(1); DEALLOCATE p

DECLARE c CURSOR FOR SELECT * FROM orders; FETCH 10 FROM c; MOVE 5 IN c; CLOSE c

LISTEN x

UNLISTEN *

DISCARD PLANS

SELECT currval('s'), lastval()

SELECT current_setting('search_path'), current_setting('x.y', true), version(), current_database(), current_user, pg_backend_pid(), txid_current_if_assigned(), txid_current_snapshot()

SELECT pg_size_pretty(pg_total_relation_size('orders')), pg_relation_size('orders'), pg_database_size(current_database())

;

SELECT U&'\0441\043B\043E\043D', U&"d!0061ta" /* c */ UESCAPE '!' FROM t

select
