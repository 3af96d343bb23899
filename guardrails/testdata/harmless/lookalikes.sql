SELECT length('nextval(1)')

SELECT 1, txid_current_if_assigned() AS x

SELECT DISTINCT currval('orders_seq')

SELECT DISTINCT ON (pg_catalog.lower('A')) id FROM orders

SELECT ALL current_setting('role') FROM orders

SELECT id FROM orders WHERE pg_backend_pid() IS NULL

SELECT id FROM orders WHERE id IN (1, "lower"('A'))

SELECT id FROM orders WHERE id IN (SELECT now())

SELECT id FROM orders WHERE id = ANY (SELECT to_regproc('pg_sleep'))

SELECT id FROM orders WHERE id = ANY (ARRAY[pg_get_userbyid(10)]::int[])

SELECT id FROM orders WHERE NOT EXISTS (SELECT quote_literal('DELETE FROM orders'))

SELECT id FROM orders WHERE (id, 1) = (SELECT has_table_privilege('orders', 'DELETE'), 2)

SELECT id FROM orders WHERE id BETWEEN 1 AND md5('x')::text::int

SELECT id FROM orders WHERE id BETWEEN SYMMETRIC version()::text::int AND 2

SELECT id FROM orders WHERE note LIKE pg_is_in_recovery()::text

SELECT id FROM orders WHERE note SIMILAR TO length('nextval(1)')::text ESCAPE '!'

SELECT id FROM orders WHERE txid_current_if_assigned()::text IS DISTINCT FROM note

SELECT id FROM orders WHERE (currval('orders_seq'))::text IS NOT NULL AND false

SELECT id FROM orders WHERE false AND pg_catalog.lower('A') IS NULL

SELECT id FROM orders GROUP BY id, current_setting('role')::text

SELECT count(*) FROM orders GROUP BY GROUPING SETS ((pg_backend_pid()::text), ())

SELECT count(*) FROM orders GROUP BY ROLLUP ("lower"('A')::text)

SELECT count(*) FROM orders HAVING now() IS NULL

SELECT id FROM orders ORDER BY to_regproc('pg_sleep')::text DESC NULLS LAST

SELECT id FROM orders LIMIT pg_get_userbyid(10)::text::int

SELECT id FROM orders OFFSET quote_literal('DELETE FROM orders')::text::int

SELECT id FROM orders FETCH FIRST (has_table_privilege('orders', 'DELETE')::text::int) ROWS ONLY

SELECT id FROM orders ORDER BY id FETCH FIRST (SELECT md5('x')::text::int) ROWS WITH TIES

SELECT rank() OVER (PARTITION BY version()::text) FROM orders

SELECT rank() OVER (ORDER BY pg_is_in_recovery()::text) FROM orders

SELECT sum(id) OVER (ORDER BY id ROWS BETWEEN length('nextval(1)')::text::int PRECEDING AND CURRENT ROW) FROM orders

SELECT sum(id) OVER w FROM orders WINDOW w AS (ORDER BY txid_current_if_assigned()::text)

SELECT count(currval('orders_seq')) FROM orders

SELECT count(*) FILTER (WHERE pg_catalog.lower('A') IS NULL) FROM orders

SELECT string_agg(note, current_setting('role')::text) FROM orders

SELECT string_agg(note, ',' ORDER BY pg_backend_pid()::text) FROM orders

SELECT percentile_cont("lower"('A')::text::float8) WITHIN GROUP (ORDER BY id) FROM orders

SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY now()::text::float8) FROM orders

SELECT CASE WHEN to_regproc('pg_sleep') IS NULL THEN 1 END

SELECT CASE pg_get_userbyid(10)::text WHEN 'x' THEN 1 END

SELECT CASE 1 WHEN 2 THEN quote_literal('DELETE FROM orders') END

SELECT CASE WHEN false THEN 1 ELSE has_table_privilege('orders', 'DELETE')::text::int END

SELECT coalesce(md5('x')::text, 'x')

SELECT nullif(version()::text, 'x')

SELECT greatest(1, pg_is_in_recovery()::text::int)

SELECT least(length('nextval(1)')::text::int, 1)

SELECT ARRAY[txid_current_if_assigned()]

SELECT ARRAY(SELECT currval('orders_seq'))

SELECT (ARRAY[1, 2])[pg_catalog.lower('A')::text::int]

SELECT (ARRAY[1, 2])[1:current_setting('role')::text::int]

SELECT ROW(pg_backend_pid(), 1)

SELECT ("lower"('A'), 1)

SELECT (ROW(now())).f1

SELECT to_regproc('pg_sleep') IS TRUE FROM (SELECT 1) x WHERE to_regproc('pg_sleep') IS NULL

SELECT (pg_get_userbyid(10)) COLLATE "C"

SELECT (quote_literal('DELETE FROM orders'))::text AT TIME ZONE 'UTC'

SELECT - (has_table_privilege('orders', 'DELETE')::text::int)

SELECT 'x' || md5('x')

SELECT NOT (version() IS NULL)

SELECT lower(pg_is_in_recovery()::text)

SELECT format('%s', VARIADIC ARRAY[length('nextval(1)')::text])

SELECT make_date(year => 2024, month => 1, day => txid_current_if_assigned()::text::int)

SELECT extract(year FROM currval('orders_seq')::text::date)

SELECT substring('abc' FROM pg_catalog.lower('A')::text::int)

SELECT overlay('abc' PLACING 'x' FROM current_setting('role')::text::int)

SELECT position('a' IN pg_backend_pid()::text)

SELECT trim(both 'x' FROM "lower"('A')::text)

SELECT normalize(now()::text, NFC)

SELECT CAST(to_regproc('pg_sleep') AS text)

SELECT xmlelement(name a, xmlattributes(pg_get_userbyid(10) AS b))

SELECT xmlforest(quote_literal('DELETE FROM orders') AS b)

SELECT xmlconcat(xmlcomment(has_table_privilege('orders', 'DELETE')::text))

SELECT xmlpi(name php, md5('x')::text)

SELECT xmlserialize(content version()::text::xml AS text)

SELECT xmlroot('<a/>', version pg_is_in_recovery()::text)

SELECT json_build_object('a', length('nextval(1)'))

SELECT json_object('a': txid_current_if_assigned())

SELECT json_array(currval('orders_seq'), 1)

SELECT json_objectagg('a': pg_catalog.lower('A')) FROM orders

SELECT json_arrayagg(current_setting('role') ORDER BY id) FROM orders

SELECT pg_backend_pid()::text IS JSON

SELECT * FROM (SELECT "lower"('A')) s

SELECT * FROM (VALUES (now())) s

SELECT * FROM orders, LATERAL (SELECT to_regproc('pg_sleep')) s

SELECT * FROM orders JOIN LATERAL (SELECT pg_get_userbyid(10)) s ON true

SELECT * FROM orders o JOIN customers c ON quote_literal('DELETE FROM orders') IS NULL

SELECT * FROM orders o LEFT JOIN customers c ON c.id = has_table_privilege('orders', 'DELETE')::text::int

SELECT * FROM generate_series(1, md5('x')::text::int)

SELECT * FROM ROWS FROM (generate_series(1, 2), unnest(ARRAY[version()]))

SELECT * FROM unnest(ARRAY[1], ARRAY[pg_is_in_recovery()])

SELECT * FROM generate_series(1, 2) WITH ORDINALITY AS s(a, b) WHERE length('nextval(1)') IS NULL

SELECT * FROM orders TABLESAMPLE system (txid_current_if_assigned()::text::float4)

SELECT * FROM orders TABLESAMPLE bernoulli (1) REPEATABLE (currval('orders_seq')::text::float8)

SELECT * FROM xmltable('/a' PASSING ((pg_catalog.lower('A'))::text::xml) COLUMNS x int PATH 'x')

SELECT * FROM xmltable('/a' PASSING '<a/>' COLUMNS x int PATH (current_setting('role'))::text)

SELECT * FROM xmltable('/a' PASSING '<a/>' COLUMNS x int PATH 'x' DEFAULT pg_backend_pid()::text::int)

SELECT * FROM xmltable(XMLNAMESPACES(("lower"('A'))::text AS y), '/a' PASSING '<a/>' COLUMNS x int PATH 'x')

WITH w AS (SELECT now()) SELECT 1

WITH w AS MATERIALIZED (SELECT to_regproc('pg_sleep')) TABLE w

WITH w AS NOT MATERIALIZED (SELECT pg_get_userbyid(10)) SELECT * FROM w

WITH RECURSIVE w(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM w WHERE n < 3 AND quote_literal('DELETE FROM orders') IS NULL) SELECT * FROM w

WITH RECURSIVE w(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM w WHERE n < 3) SEARCH DEPTH FIRST BY n SET o SELECT has_table_privilege('orders', 'DELETE') FROM w

SELECT 1 UNION SELECT md5('x')::text::int

SELECT 1 EXCEPT ALL SELECT version()::text::int

(SELECT 1) INTERSECT (SELECT pg_is_in_recovery()::text::int) ORDER BY 1

VALUES (1), (length('nextval(1)')::text::int)

VALUES (1) ORDER BY txid_current_if_assigned()::text

TABLE orders LIMIT currval('orders_seq')::text::int

SELECT (SELECT (SELECT (SELECT pg_catalog.lower('A'))))

SELECT 1 WHERE (SELECT current_setting('role')) IS NULL

EXPLAIN ANALYZE SELECT pg_backend_pid()

EXPLAIN (ANALYZE, VERBOSE, BUFFERS) SELECT "lower"('A')

EXPLAIN ANALYZE VALUES (now())

EXPLAIN ANALYZE WITH w AS (SELECT to_regproc('pg_sleep')) SELECT * FROM w

PREPARE p AS SELECT quote_literal('DELETE FROM orders')

DECLARE c CURSOR FOR SELECT md5('x')

DECLARE c BINARY INSENSITIVE SCROLL CURSOR WITH HOLD FOR VALUES (version())

SELECT 1; SELECT current_setting('role')

SELECT pg_backend_pid(); SELECT 1

BEGIN; SELECT "lower"('A'); COMMIT

BEGIN READ ONLY; SELECT now(); ROLLBACK

SHOW work_mem; SELECT to_regproc('pg_sleep')

SELECT 1 AS "SELECT"; SELECT pg_get_userbyid(10) AS "--"

SELECT $$;$$, quote_literal('DELETE FROM orders')

SELECT '/*', has_table_privilege('orders', 'DELETE'), '*/'

SELECT 1 /* md5('x') */ + md5('x')::text::int

SELECT version() -- harmless

SELECT 'DELETE FROM orders'

SELECT $$DROP TABLE orders; TRUNCATE customers$$

SELECT $x$ $$; DELETE FROM orders; $$ $x$

SELECT E'\'; DELETE FROM orders; --'

SELECT '''; DELETE FROM orders; --'

SELECT 'a' --; DELETE FROM orders

SELECT 1 -- ; DROP TABLE orders

SELECT 1 /* ; DROP TABLE orders; */

SELECT /* /* nested; DELETE */ still; DELETE */ 1

SELECT "delete", "drop" FROM (SELECT 1 AS "delete", 2 AS "drop") x

SELECT "truncate table orders" FROM (SELECT 1 AS "truncate table orders") x

SELECT 1 AS "; DELETE FROM orders; --"

SELECT 1 AS a$$b

SELECT 1 AS a$b$c

SELECT U&'\0044ROP TABLE orders'

SELECT U&"\0069d" FROM orders

SELECT note AS update FROM orders

SELECT note "insert" FROM orders

SELECT note AS "FOR UPDATE" FROM orders

SELECT id AS into_t FROM orders

SELECT 'SELECT * INTO x' AS into_x

SELECT * FROM orders WHERE note = 'FOR UPDATE'

SELECT * FROM orders WHERE note LIKE '%DROP TABLE%'

SELECT * FROM orders WHERE note ~* '(insert|update|delete)'

SELECT * FROM orders AS delete

WITH delete AS (SELECT 1 AS x) SELECT * FROM delete

WITH insert AS (SELECT 1 AS x), update AS (SELECT 2 AS y) SELECT * FROM insert, update

WITH "DELETE" AS (VALUES (1)) TABLE "DELETE"

SELECT created_at, updated_at, deleted_at FROM (SELECT now() AS created_at, now() AS updated_at, NULL AS deleted_at) x

SELECT set_config FROM (SELECT 1 AS set_config) x

SELECT x.now FROM (SELECT 1 AS now) x

SELECT "nextval" FROM (SELECT 1 AS nextval) x

SELECT pg_sleep FROM (SELECT 1 AS pg_sleep) x

SELECT 'pg_sleep'::regproc

SELECT 'nextval(regclass)'::regprocedure

SELECT 'pg_terminate_backend'::text

SELECT to_regprocedure('pg_terminate_backend(int)')

SELECT proname FROM pg_proc WHERE proname IN ('pg_sleep', 'lo_import', 'dblink')

SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname = 'wipe'

SELECT has_function_privilege('pg_read_file(text)', 'EXECUTE')

SELECT has_sequence_privilege('orders_seq', 'USAGE')

SELECT last_value, is_called FROM orders_seq

SELECT * FROM pg_sequences

SELECT txid_current_if_assigned(), pg_current_xact_id_if_assigned(), pg_current_snapshot()

SELECT * FROM pg_locks WHERE NOT granted

SELECT pid, query, state FROM pg_stat_activity WHERE query ILIKE 'delete%'

SELECT current_setting('search_path'), current_setting('role', true)

SELECT name, setting FROM pg_settings WHERE name = 'session_replication_role'

SHOW search_path

SHOW role

SHOW ALL

SHOW TIME ZONE

SHOW SESSION AUTHORIZATION

SHOW TRANSACTION ISOLATION LEVEL

EXPLAIN DELETE FROM orders

EXPLAIN UPDATE orders SET note = '' WHERE id = 1

EXPLAIN (COSTS off) INSERT INTO orders (id) VALUES (99)

EXPLAIN (ANALYZE off) DELETE FROM orders WHERE id = 1

EXPLAIN (ANALYZE false, VERBOSE) DELETE FROM orders WHERE id = 1

EXPLAIN (ANALYZE 0) DELETE FROM orders WHERE id = 1

EXPLAIN VERBOSE SELECT * FROM orders

EXPLAIN (FORMAT json) SELECT * FROM orders FOR UPDATE

EXPLAIN CREATE TABLE copied AS SELECT * FROM orders

EXPLAIN MERGE INTO orders USING customers c ON orders.id = c.id WHEN MATCHED THEN DELETE

EXPLAIN ANALYZE SELECT count(*) FROM orders

EXPLAIN (ANALYZE, BUFFERS, VERBOSE, SETTINGS, WAL, TIMING off, SUMMARY) SELECT * FROM orders

EXPLAIN ANALYZE VALUES (1)

BEGIN

BEGIN READ ONLY

BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY

START TRANSACTION READ ONLY

BEGIN; SELECT 1; COMMIT

BEGIN; SELECT 1; ROLLBACK

SAVEPOINT a

SET TRANSACTION READ ONLY

SET TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY, DEFERRABLE

SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY

SET default_transaction_read_only = on

SET standard_conforming_strings = on

SET client_encoding = 'UTF8'

SET NAMES 'utf-8'

SET TIME ZONE 'UTC'

SET timezone TO 'Europe/Berlin'

SET LOCAL TIME ZONE INTERVAL '1' HOUR

SET application_name = 'report'

SET DateStyle = 'ISO'

SET extra_float_digits = 3

SET enable_seqscan = off

SET client_min_messages TO warning

SET bytea_output = 'escape'

SELECT set_config('application_name', 'report', false)

SELECT pg_catalog.set_config('search_path', '', false)

SET search_path = ''

PREPARE q AS SELECT * FROM orders WHERE id = $1

PREPARE q (int) AS SELECT $1; EXECUTE q (7)

DECLARE k CURSOR FOR SELECT * FROM orders; FETCH 10 FROM k; CLOSE k

DEALLOCATE ALL

CLOSE ALL

DISCARD PLANS

LISTEN orders_changed

UNLISTEN *

SELECT 1; SELECT 2; SELECT 3

SELECT 1;;

;

(SELECT 1)

((SELECT 1) UNION (SELECT 2)) ORDER BY 1

TABLE orders

TABLE ONLY orders

VALUES (1, 'DELETE'), (2, 'DROP')

SELECT

SELECT FROM orders

SELECT * FROM ONLY orders

SELECT DISTINCT status FROM orders

SELECT * FROM orders TABLESAMPLE system (1)

SELECT * FROM orders FETCH FIRST ROW ONLY

SELECT 1 OPERATOR(pg_catalog.+) 2

SELECT 1 +++ 1

SELECT 5 # @@ 6

SELECT id FROM orders ORDER BY id USING >

SELECT id FROM orders WHERE id OPERATOR(pg_catalog.=) ANY ('{1,2}')

SELECT "pg_catalog"."lower"('A'), PG_CATALOG.LOWER('A'), Lower('A'), LOWER ('A'), lower/**/('A')

SELECT U&"l\006fwer"('A')

SELECT CAST('1' AS pg_catalog.int4), '1'::pg_catalog."char", int '1', pg_catalog.int4 '1', '1'::"int4"

SELECT regclass('orders'), regtype('int4'), tsquery('a & b'), inet('10.0.0.1')

SELECT * FROM unnest(ARRAY[1, 2], ARRAY['a', 'b']) AS u(a, b)

SELECT * FROM pg_catalog.unnest(ARRAY[1], ARRAY[2], ARRAY[3]) WITH ORDINALITY

SELECT data -> 'delete' ->> 'drop', data #>> '{update}', data @> '{"truncate": 1}', data ? 'insert', data @? '$.x', data @@ '$.x == 1' FROM orders

SELECT jsonb_path_query(data, '$.delete[*] ? (@.drop == "table")') FROM orders

SELECT to_tsvector('english', 'delete drop') @@ to_tsquery('english', 'delete & drop')

SELECT ts_rewrite('a & b'::tsquery, 'a'::tsquery, 'c'::tsquery)

SELECT xmlelement(name "delete", 'drop'), xpath('/delete', '<delete/>')

SELECT * FROM json_to_recordset('[{"a": 1}]') AS x(a int, b text, c numeric(10, 2), d timestamptz, e varchar(3)[])

SELECT json_object('delete': 1), json_array('drop', 2)

SELECT random(), gen_random_uuid(), clock_timestamp(), timeofday()

SELECT current_user, session_user, current_role, current_catalog, current_schema, localtimestamp(0), current_date

SELECT $1::int + $2, $3

SELECT interval '1 day' * 2, date '2024-01-01', timestamp with time zone '2024-01-01', bit '1', B'101', X'1F', 1e10, .5, 0x1F, 1_000

SELECT grouping(status), count(*) FROM orders GROUP BY CUBE (status)

SELECT pg_size_pretty(pg_total_relation_size('orders')), pg_relation_filepath('orders'), obj_description('orders'::regclass)

SELECT * FROM pg_catalog.pg_roles

SELECT count(*) FROM information_schema.tables WHERE table_name = 'update'
