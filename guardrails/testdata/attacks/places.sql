SELECT nextval('orders_seq')

SELECT pg_read_file('PG_VERSION')

SELECT 1, pg_notify('c', 'm') AS x

SELECT 1, public.lower('A') AS x

SELECT DISTINCT pg_advisory_xact_lock(7)

SELECT DISTINCT pg_sleep(0.01)

SELECT DISTINCT ON (pg_terminate_backend(0)) id FROM orders

SELECT DISTINCT ON (pg_try_advisory_lock(1)) id FROM orders

SELECT ALL wipe() FROM orders

SELECT ALL nextval('orders_seq') FROM orders

SELECT id FROM orders WHERE query_to_xml('DELETE FROM orders', true, false, '') IS NULL

SELECT id FROM orders WHERE pg_notify('c', 'm') IS NULL

SELECT id FROM orders WHERE id IN (1, setval('orders_seq', 1))

SELECT id FROM orders WHERE id IN (1, pg_advisory_xact_lock(7))

SELECT id FROM orders WHERE id IN (SELECT dblink_exec('host=far', 'DROP TABLE t'))

SELECT id FROM orders WHERE id IN (SELECT pg_terminate_backend(0))

SELECT id FROM orders WHERE id = ANY (SELECT txid_current())

SELECT id FROM orders WHERE id = ANY (SELECT wipe())

SELECT id FROM orders WHERE id = ANY (ARRAY[lo_create(0)]::int[])

SELECT id FROM orders WHERE id = ANY (ARRAY[query_to_xml('DELETE FROM orders', true, false, '')]::int[])

SELECT id FROM orders WHERE NOT EXISTS (SELECT set_config('role', 'admin', true))

SELECT id FROM orders WHERE NOT EXISTS (SELECT setval('orders_seq', 1))

SELECT id FROM orders WHERE (id, 1) = (SELECT pg_read_file('PG_VERSION'), 2)

SELECT id FROM orders WHERE (id, 1) = (SELECT dblink_exec('host=far', 'DROP TABLE t'), 2)

SELECT id FROM orders WHERE id BETWEEN 1 AND public.lower('A')::text::int

SELECT id FROM orders WHERE id BETWEEN 1 AND txid_current()::text::int

SELECT id FROM orders WHERE id BETWEEN SYMMETRIC pg_sleep(0.01)::text::int AND 2

SELECT id FROM orders WHERE id BETWEEN SYMMETRIC lo_create(0)::text::int AND 2

SELECT id FROM orders WHERE note LIKE pg_try_advisory_lock(1)::text

SELECT id FROM orders WHERE note LIKE set_config('role', 'admin', true)::text

SELECT id FROM orders WHERE note SIMILAR TO txid_current()::text ESCAPE '!'

SELECT id FROM orders WHERE note SIMILAR TO wipe()::text ESCAPE '!'

SELECT id FROM orders WHERE lo_create(0)::text IS DISTINCT FROM note

SELECT id FROM orders WHERE query_to_xml('DELETE FROM orders', true, false, '')::text IS DISTINCT FROM note

SELECT id FROM orders WHERE (set_config('role', 'admin', true))::text IS NOT NULL AND false

SELECT id FROM orders WHERE (setval('orders_seq', 1))::text IS NOT NULL AND false

SELECT id FROM orders WHERE false AND pg_read_file('PG_VERSION') IS NULL

SELECT id FROM orders WHERE false AND dblink_exec('host=far', 'DROP TABLE t') IS NULL

SELECT id FROM orders GROUP BY id, public.lower('A')::text

SELECT id FROM orders GROUP BY id, txid_current()::text

SELECT count(*) FROM orders GROUP BY GROUPING SETS ((pg_sleep(0.01)::text), ())

SELECT count(*) FROM orders GROUP BY GROUPING SETS ((lo_create(0)::text), ())

SELECT count(*) FROM orders GROUP BY ROLLUP (pg_try_advisory_lock(1)::text)

SELECT count(*) FROM orders GROUP BY ROLLUP (set_config('role', 'admin', true)::text)

SELECT count(*) FROM orders HAVING nextval('orders_seq') IS NULL

SELECT count(*) FROM orders HAVING pg_read_file('PG_VERSION') IS NULL

SELECT id FROM orders ORDER BY pg_notify('c', 'm')::text DESC NULLS LAST

SELECT id FROM orders ORDER BY public.lower('A')::text DESC NULLS LAST

SELECT id FROM orders LIMIT pg_advisory_xact_lock(7)::text::int

SELECT id FROM orders LIMIT pg_sleep(0.01)::text::int

SELECT id FROM orders OFFSET pg_terminate_backend(0)::text::int

SELECT id FROM orders OFFSET pg_try_advisory_lock(1)::text::int

SELECT id FROM orders FETCH FIRST (wipe()::text::int) ROWS ONLY

SELECT id FROM orders FETCH FIRST (nextval('orders_seq')::text::int) ROWS ONLY

SELECT id FROM orders ORDER BY id FETCH FIRST (SELECT query_to_xml('DELETE FROM orders', true, false, '')::text::int) ROWS WITH TIES

SELECT id FROM orders ORDER BY id FETCH FIRST (SELECT pg_notify('c', 'm')::text::int) ROWS WITH TIES

SELECT rank() OVER (PARTITION BY setval('orders_seq', 1)::text) FROM orders

SELECT rank() OVER (PARTITION BY pg_advisory_xact_lock(7)::text) FROM orders

SELECT rank() OVER (ORDER BY dblink_exec('host=far', 'DROP TABLE t')::text) FROM orders

SELECT rank() OVER (ORDER BY pg_terminate_backend(0)::text) FROM orders

SELECT sum(id) OVER (ORDER BY id ROWS BETWEEN pg_notify('c', 'm')::text::int PRECEDING AND CURRENT ROW) FROM orders

SELECT sum(id) OVER (ORDER BY id ROWS BETWEEN public.lower('A')::text::int PRECEDING AND CURRENT ROW) FROM orders

SELECT sum(id) OVER w FROM orders WINDOW w AS (ORDER BY pg_advisory_xact_lock(7)::text)

SELECT sum(id) OVER w FROM orders WINDOW w AS (ORDER BY pg_sleep(0.01)::text)

SELECT count(pg_terminate_backend(0)) FROM orders

SELECT count(pg_try_advisory_lock(1)) FROM orders

SELECT count(*) FILTER (WHERE wipe() IS NULL) FROM orders

SELECT count(*) FILTER (WHERE nextval('orders_seq') IS NULL) FROM orders

SELECT string_agg(note, query_to_xml('DELETE FROM orders', true, false, '')::text) FROM orders

SELECT string_agg(note, pg_notify('c', 'm')::text) FROM orders

SELECT string_agg(note, ',' ORDER BY setval('orders_seq', 1)::text) FROM orders

SELECT string_agg(note, ',' ORDER BY pg_advisory_xact_lock(7)::text) FROM orders

SELECT percentile_cont(dblink_exec('host=far', 'DROP TABLE t')::text::float8) WITHIN GROUP (ORDER BY id) FROM orders

SELECT percentile_cont(pg_terminate_backend(0)::text::float8) WITHIN GROUP (ORDER BY id) FROM orders

SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY txid_current()::text::float8) FROM orders

SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY wipe()::text::float8) FROM orders

SELECT CASE WHEN lo_create(0) IS NULL THEN 1 END

SELECT CASE WHEN query_to_xml('DELETE FROM orders', true, false, '') IS NULL THEN 1 END

SELECT CASE set_config('role', 'admin', true)::text WHEN 'x' THEN 1 END

SELECT CASE setval('orders_seq', 1)::text WHEN 'x' THEN 1 END

SELECT CASE 1 WHEN 2 THEN pg_read_file('PG_VERSION') END

SELECT CASE 1 WHEN 2 THEN dblink_exec('host=far', 'DROP TABLE t') END

SELECT CASE WHEN false THEN 1 ELSE public.lower('A')::text::int END

SELECT CASE WHEN false THEN 1 ELSE txid_current()::text::int END

SELECT coalesce(pg_sleep(0.01)::text, 'x')

SELECT coalesce(lo_create(0)::text, 'x')

SELECT nullif(pg_try_advisory_lock(1)::text, 'x')

SELECT nullif(set_config('role', 'admin', true)::text, 'x')

SELECT greatest(1, nextval('orders_seq')::text::int)

SELECT greatest(1, pg_read_file('PG_VERSION')::text::int)

SELECT least(lo_create(0)::text::int, 1)

SELECT least(query_to_xml('DELETE FROM orders', true, false, '')::text::int, 1)

SELECT ARRAY[set_config('role', 'admin', true)]

SELECT ARRAY[setval('orders_seq', 1)]

SELECT ARRAY(SELECT pg_read_file('PG_VERSION'))

SELECT ARRAY(SELECT dblink_exec('host=far', 'DROP TABLE t'))

SELECT (ARRAY[1, 2])[public.lower('A')::text::int]

SELECT (ARRAY[1, 2])[txid_current()::text::int]

SELECT (ARRAY[1, 2])[1:pg_sleep(0.01)::text::int]

SELECT (ARRAY[1, 2])[1:lo_create(0)::text::int]

SELECT ROW(pg_try_advisory_lock(1), 1)

SELECT ROW(set_config('role', 'admin', true), 1)

SELECT (nextval('orders_seq'), 1)

SELECT (pg_read_file('PG_VERSION'), 1)

SELECT (ROW(pg_notify('c', 'm'))).f1

SELECT (ROW(public.lower('A'))).f1

SELECT pg_advisory_xact_lock(7) IS TRUE FROM (SELECT 1) x WHERE pg_advisory_xact_lock(7) IS NULL

SELECT pg_sleep(0.01) IS TRUE FROM (SELECT 1) x WHERE pg_sleep(0.01) IS NULL

SELECT (pg_terminate_backend(0)) COLLATE "C"

SELECT (pg_try_advisory_lock(1)) COLLATE "C"

SELECT (wipe())::text AT TIME ZONE 'UTC'

SELECT (nextval('orders_seq'))::text AT TIME ZONE 'UTC'

SELECT - (query_to_xml('DELETE FROM orders', true, false, '')::text::int)

SELECT - (pg_notify('c', 'm')::text::int)

SELECT 'x' || setval('orders_seq', 1)

SELECT 'x' || pg_advisory_xact_lock(7)

SELECT NOT (dblink_exec('host=far', 'DROP TABLE t') IS NULL)

SELECT NOT (pg_terminate_backend(0) IS NULL)

SELECT lower(txid_current()::text)

SELECT lower(wipe()::text)

SELECT format('%s', VARIADIC ARRAY[pg_advisory_xact_lock(7)::text])

SELECT format('%s', VARIADIC ARRAY[pg_sleep(0.01)::text])

SELECT make_date(year => 2024, month => 1, day => pg_terminate_backend(0)::text::int)

SELECT make_date(year => 2024, month => 1, day => pg_try_advisory_lock(1)::text::int)

SELECT extract(year FROM wipe()::text::date)

SELECT extract(year FROM nextval('orders_seq')::text::date)

SELECT substring('abc' FROM query_to_xml('DELETE FROM orders', true, false, '')::text::int)

SELECT substring('abc' FROM pg_notify('c', 'm')::text::int)

SELECT overlay('abc' PLACING 'x' FROM setval('orders_seq', 1)::text::int)

SELECT overlay('abc' PLACING 'x' FROM pg_advisory_xact_lock(7)::text::int)

SELECT position('a' IN dblink_exec('host=far', 'DROP TABLE t')::text)

SELECT position('a' IN pg_terminate_backend(0)::text)

SELECT trim(both 'x' FROM txid_current()::text)

SELECT trim(both 'x' FROM wipe()::text)

SELECT normalize(lo_create(0)::text, NFC)

SELECT normalize(query_to_xml('DELETE FROM orders', true, false, '')::text, NFC)

SELECT CAST(set_config('role', 'admin', true) AS text)

SELECT CAST(setval('orders_seq', 1) AS text)

SELECT xmlelement(name a, xmlattributes(pg_read_file('PG_VERSION') AS b))

SELECT xmlelement(name a, xmlattributes(dblink_exec('host=far', 'DROP TABLE t') AS b))

SELECT xmlforest(public.lower('A') AS b)

SELECT xmlforest(txid_current() AS b)

SELECT xmlconcat(xmlcomment(pg_sleep(0.01)::text))

SELECT xmlconcat(xmlcomment(lo_create(0)::text))

SELECT xmlpi(name php, pg_try_advisory_lock(1)::text)

SELECT xmlpi(name php, set_config('role', 'admin', true)::text)

SELECT xmlserialize(content nextval('orders_seq')::text::xml AS text)

SELECT xmlserialize(content pg_read_file('PG_VERSION')::text::xml AS text)

SELECT xmlroot('<a/>', version pg_notify('c', 'm')::text)

SELECT xmlroot('<a/>', version public.lower('A')::text)

SELECT json_build_object('a', set_config('role', 'admin', true))

SELECT json_build_object('a', setval('orders_seq', 1))

SELECT json_object('a': pg_read_file('PG_VERSION'))

SELECT json_object('a': dblink_exec('host=far', 'DROP TABLE t'))

SELECT json_array(public.lower('A'), 1)

SELECT json_array(txid_current(), 1)

SELECT json_objectagg('a': pg_sleep(0.01)) FROM orders

SELECT json_objectagg('a': lo_create(0)) FROM orders

SELECT json_arrayagg(pg_try_advisory_lock(1) ORDER BY id) FROM orders

SELECT json_arrayagg(set_config('role', 'admin', true) ORDER BY id) FROM orders

SELECT nextval('orders_seq')::text IS JSON

SELECT pg_read_file('PG_VERSION')::text IS JSON

SELECT * FROM (SELECT pg_notify('c', 'm')) s

SELECT * FROM (SELECT public.lower('A')) s

SELECT * FROM (VALUES (pg_advisory_xact_lock(7))) s

SELECT * FROM (VALUES (pg_sleep(0.01))) s

SELECT * FROM orders, LATERAL (SELECT pg_terminate_backend(0)) s

SELECT * FROM orders, LATERAL (SELECT pg_try_advisory_lock(1)) s

SELECT * FROM orders JOIN LATERAL (SELECT wipe()) s ON true

SELECT * FROM orders JOIN LATERAL (SELECT nextval('orders_seq')) s ON true

SELECT * FROM orders o JOIN customers c ON query_to_xml('DELETE FROM orders', true, false, '') IS NULL

SELECT * FROM orders o JOIN customers c ON pg_notify('c', 'm') IS NULL

SELECT * FROM orders o LEFT JOIN customers c ON c.id = setval('orders_seq', 1)::text::int

SELECT * FROM orders o LEFT JOIN customers c ON c.id = pg_advisory_xact_lock(7)::text::int

SELECT * FROM generate_series(1, dblink_exec('host=far', 'DROP TABLE t')::text::int)

SELECT * FROM generate_series(1, pg_terminate_backend(0)::text::int)

SELECT * FROM ROWS FROM (generate_series(1, 2), unnest(ARRAY[txid_current()]))

SELECT * FROM ROWS FROM (generate_series(1, 2), unnest(ARRAY[wipe()]))

SELECT * FROM unnest(ARRAY[1], ARRAY[lo_create(0)])

SELECT * FROM unnest(ARRAY[1], ARRAY[query_to_xml('DELETE FROM orders', true, false, '')])

SELECT * FROM generate_series(1, 2) WITH ORDINALITY AS s(a, b) WHERE pg_terminate_backend(0) IS NULL

SELECT * FROM generate_series(1, 2) WITH ORDINALITY AS s(a, b) WHERE pg_try_advisory_lock(1) IS NULL

SELECT * FROM orders TABLESAMPLE system (wipe()::text::float4)

SELECT * FROM orders TABLESAMPLE system (nextval('orders_seq')::text::float4)

SELECT * FROM orders TABLESAMPLE bernoulli (1) REPEATABLE (query_to_xml('DELETE FROM orders', true, false, '')::text::float8)

SELECT * FROM orders TABLESAMPLE bernoulli (1) REPEATABLE (pg_notify('c', 'm')::text::float8)

SELECT * FROM xmltable('/a' PASSING (setval('orders_seq', 1))::text::xml COLUMNS x int PATH 'x')

SELECT * FROM xmltable('/a' PASSING (pg_advisory_xact_lock(7))::text::xml COLUMNS x int PATH 'x')

SELECT * FROM xmltable('/a' PASSING '<a/>' COLUMNS x int PATH (dblink_exec('host=far', 'DROP TABLE t'))::text)

SELECT * FROM xmltable('/a' PASSING '<a/>' COLUMNS x int PATH (pg_terminate_backend(0))::text)

SELECT * FROM xmltable('/a' PASSING '<a/>' COLUMNS x int PATH 'x' DEFAULT txid_current()::text::int)

SELECT * FROM xmltable('/a' PASSING '<a/>' COLUMNS x int PATH 'x' DEFAULT wipe()::text::int)

SELECT * FROM xmltable(XMLNAMESPACES((lo_create(0))::text AS y), '/a' PASSING '<a/>' COLUMNS x int PATH 'x')

SELECT * FROM xmltable(XMLNAMESPACES((query_to_xml('DELETE FROM orders', true, false, ''))::text AS y), '/a' PASSING '<a/>' COLUMNS x int PATH 'x')

WITH w AS (SELECT set_config('role', 'admin', true)) SELECT 1

WITH w AS (SELECT setval('orders_seq', 1)) SELECT 1

WITH w AS MATERIALIZED (SELECT pg_read_file('PG_VERSION')) TABLE w

WITH w AS MATERIALIZED (SELECT dblink_exec('host=far', 'DROP TABLE t')) TABLE w

WITH w AS NOT MATERIALIZED (SELECT public.lower('A')) SELECT * FROM w

WITH w AS NOT MATERIALIZED (SELECT txid_current()) SELECT * FROM w

WITH RECURSIVE w(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM w WHERE n < 3 AND pg_sleep(0.01) IS NULL) SELECT * FROM w

WITH RECURSIVE w(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM w WHERE n < 3 AND lo_create(0) IS NULL) SELECT * FROM w

WITH RECURSIVE w(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM w WHERE n < 3) SEARCH DEPTH FIRST BY n SET o SELECT pg_try_advisory_lock(1) FROM w

WITH RECURSIVE w(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM w WHERE n < 3) SEARCH DEPTH FIRST BY n SET o SELECT set_config('role', 'admin', true) FROM w

SELECT 1 UNION SELECT nextval('orders_seq')::text::int

SELECT 1 UNION SELECT pg_read_file('PG_VERSION')::text::int

SELECT 1 EXCEPT ALL SELECT pg_notify('c', 'm')::text::int

SELECT 1 EXCEPT ALL SELECT public.lower('A')::text::int

(SELECT 1) INTERSECT (SELECT pg_advisory_xact_lock(7)::text::int) ORDER BY 1

(SELECT 1) INTERSECT (SELECT pg_sleep(0.01)::text::int) ORDER BY 1

VALUES (1), (pg_read_file('PG_VERSION')::text::int)

VALUES (1), (dblink_exec('host=far', 'DROP TABLE t')::text::int)

VALUES (1) ORDER BY public.lower('A')::text

VALUES (1) ORDER BY txid_current()::text

TABLE orders LIMIT pg_sleep(0.01)::text::int

TABLE orders LIMIT lo_create(0)::text::int

SELECT (SELECT (SELECT (SELECT pg_try_advisory_lock(1))))

SELECT (SELECT (SELECT (SELECT set_config('role', 'admin', true))))

SELECT 1 WHERE (SELECT nextval('orders_seq')) IS NULL

SELECT 1 WHERE (SELECT pg_read_file('PG_VERSION')) IS NULL

EXPLAIN ANALYZE SELECT pg_notify('c', 'm')

EXPLAIN ANALYZE SELECT public.lower('A')

EXPLAIN (ANALYZE, VERBOSE, BUFFERS) SELECT pg_advisory_xact_lock(7)

EXPLAIN (ANALYZE, VERBOSE, BUFFERS) SELECT pg_sleep(0.01)

EXPLAIN ANALYZE VALUES (pg_terminate_backend(0))

EXPLAIN ANALYZE VALUES (pg_try_advisory_lock(1))

EXPLAIN ANALYZE WITH w AS (SELECT wipe()) SELECT * FROM w

EXPLAIN ANALYZE WITH w AS (SELECT nextval('orders_seq')) SELECT * FROM w

EXPLAIN EXECUTE p(query_to_xml('DELETE FROM orders', true, false, ''))

EXPLAIN EXECUTE p(pg_notify('c', 'm'))

PREPARE p AS SELECT setval('orders_seq', 1)

PREPARE p AS SELECT pg_advisory_xact_lock(7)

PREPARE p AS SELECT 1; EXECUTE p(dblink_exec('host=far', 'DROP TABLE t'))

PREPARE p AS SELECT 1; EXECUTE p(pg_terminate_backend(0))

DECLARE c CURSOR FOR SELECT txid_current()

DECLARE c CURSOR FOR SELECT wipe()

DECLARE c BINARY INSENSITIVE SCROLL CURSOR WITH HOLD FOR VALUES (lo_create(0))

DECLARE c BINARY INSENSITIVE SCROLL CURSOR WITH HOLD FOR VALUES (query_to_xml('DELETE FROM orders', true, false, ''))

COPY (SELECT set_config('role', 'admin', true)) TO STDOUT

COPY (SELECT setval('orders_seq', 1)) TO STDOUT

COPY (VALUES (wipe())) TO STDOUT (FORMAT csv)

COPY (VALUES (nextval('orders_seq'))) TO STDOUT (FORMAT csv)

CREATE VIEW v AS SELECT query_to_xml('DELETE FROM orders', true, false, '')

CREATE VIEW v AS SELECT pg_notify('c', 'm')

CREATE MATERIALIZED VIEW v AS SELECT setval('orders_seq', 1)

CREATE MATERIALIZED VIEW v AS SELECT pg_advisory_xact_lock(7)

CREATE TABLE t AS SELECT dblink_exec('host=far', 'DROP TABLE t')

CREATE TABLE t AS SELECT pg_terminate_backend(0)

SELECT 1; SELECT txid_current()

SELECT 1; SELECT wipe()

SELECT lo_create(0); SELECT 1

SELECT query_to_xml('DELETE FROM orders', true, false, ''); SELECT 1

BEGIN; SELECT set_config('role', 'admin', true); COMMIT

BEGIN; SELECT setval('orders_seq', 1); COMMIT

BEGIN READ ONLY; SELECT pg_read_file('PG_VERSION'); ROLLBACK

BEGIN READ ONLY; SELECT dblink_exec('host=far', 'DROP TABLE t'); ROLLBACK

SHOW work_mem; SELECT public.lower('A')

SHOW work_mem; SELECT txid_current()

SELECT 1 AS "SELECT"; SELECT pg_sleep(0.01) AS "--"

SELECT 1 AS "SELECT"; SELECT lo_create(0) AS "--"

SELECT $$;$$, pg_try_advisory_lock(1)

SELECT $$;$$, set_config('role', 'admin', true)

SELECT '/*', nextval('orders_seq'), '*/'

SELECT '/*', pg_read_file('PG_VERSION'), '*/'

SELECT 1 /* pg_notify('c', 'm') */ + pg_notify('c', 'm')::text::int

SELECT 1 /* public.lower('A') */ + public.lower('A')::text::int

SELECT pg_advisory_xact_lock(7) -- harmless

SELECT pg_sleep(0.01) -- harmless
