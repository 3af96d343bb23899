SET ROLE postgres

SET ROLE 'admin'

SET SESSION ROLE admin

SET LOCAL ROLE admin

RESET ROLE

SET SESSION AUTHORIZATION postgres

SET LOCAL SESSION AUTHORIZATION DEFAULT

RESET SESSION AUTHORIZATION

SET search_path TO evil

SET search_path = "$user", public

SET SESSION search_path TO public, pg_catalog

SET LOCAL search_path TO pg_temp, pg_catalog

SET "search_path" TO evil

SET SEARCH_PATH TO evil

SET U&"se\0061rch_path" TO evil

SET SCHEMA 'evil'

SELECT set_config('search_path', 'evil', false)

SELECT set_config('SEARCH_PATH', 'evil', false)

SELECT pg_catalog.set_config('search_path', 'evil, pg_catalog', true)

SELECT set_config('search_path', current_setting('search_path') || ', evil', true)

SELECT set_config(setting_name => 'role', new_value => 'postgres', is_local => false)

SELECT set_config(is_local => false, new_value => 'off', setting_name => 'default_transaction_read_only')

SELECT set_config(lower('ROLE'), 'postgres', false)

SELECT set_config($1, $2, false)

SELECT count(set_config('session_replication_role', 'replica', false))

SELECT set_config('row_security', 'off', false)

SELECT set_config(name, setting, false) FROM pg_settings WHERE name = 'work_mem'

SET row_security = off

SET SESSION row_security TO 'off'

SET standard_conforming_strings TO off

SET standard_conforming_strings TO 'no'

SET backslash_quote TO on

SET client_encoding TO 'SJIS'

SET client_encoding TO BIG5

SET NAMES 'GBK'

SET session_replication_role TO replica

SET default_transaction_read_only TO off

SET default_transaction_read_only = 0

SET transaction_read_only = false

SET LOCAL transaction_read_only TO no

SET TRANSACTION READ WRITE

SET TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ WRITE

SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE

BEGIN READ WRITE

BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE

START TRANSACTION READ WRITE

BEGIN TRANSACTION READ WRITE, NOT DEFERRABLE

SET statement_timeout = 0

SET LOCAL statement_timeout = '0'

SET statement_timeout TO DEFAULT

RESET statement_timeout

SET lock_timeout = 0

SET idle_in_transaction_session_timeout = 0

SET idle_session_timeout = 0

SET transaction_timeout = 0

SET temp_file_limit = -1

SET work_mem = '64GB'

SET maintenance_work_mem = '64GB'

SET max_parallel_workers_per_gather = 64

SET session_preload_libraries = 'evil'

SET local_preload_libraries = 'evil'

SET dynamic_library_path = '/tmp'

SET default_tablespace = evil

SET temp_tablespaces = evil

SET default_table_access_method = evil

SET default_toast_compression = lz4

SET check_function_bodies = off

SET allow_system_table_mods = on

SET ignore_system_indexes = on

SET zero_damaged_pages = on

SET log_statement = 'none'

SET log_min_duration_statement = -1

SET track_activities = off

SET synchronous_commit = off

SET commit_delay = 100000

SET app.user_id = '1'

SET "app.user_id" TO '1'

SET myapp.tenant TO 7

SET transform_null_equals = on

SET array_nulls = off

SET lo_compat_privileges = on

SET operator_precedence_warning = on

SET vacuum_cost_limit = 10000

SET plpgsql.extra_errors = 'all'

SET exit_on_error = on

SET debug_assertions = on

SET password_encryption = md5

SET event_triggers = off

SET createrole_self_grant = 'set, inherit'

SET restrict_nonsystem_relation_kind = ''

SET xmloption_evil = 1

RESET ALL

RESET search_path

RESET row_security

DISCARD ALL

DISCARD TEMP

DISCARD TEMPORARY

SET CONSTRAINTS ALL IMMEDIATE

SET CONSTRAINTS orders_fk DEFERRED

EXECUTE p

EXECUTE p (1, 2)

EXECUTE "P"

EXPLAIN ANALYZE EXECUTE p

PREPARE p AS SELECT 1; EXECUTE "P"

PREPARE p AS SELECT 1; EXECUTE q

CREATE TABLE t AS EXECUTE p

CREATE TEMP TABLE t AS EXECUTE p WITH NO DATA

FETCH c

FETCH ALL FROM c

FETCH BACKWARD 3 IN c

MOVE FORWARD ALL IN c

DECLARE c CURSOR FOR SELECT 1; FETCH d

COMMIT; SELECT 1

ROLLBACK; SELECT 1

END; SELECT 1

ABORT; SELECT 1

SELECT 1; COMMIT

BEGIN; COMMIT; COMMIT; SELECT 1

PREPARE TRANSACTION 'x'

COMMIT PREPARED 'x'

ROLLBACK PREPARED 'x'

LOCK orders

LOCK TABLE ONLY orders IN ROW SHARE MODE

LOCK TABLE orders IN ACCESS EXCLUSIVE MODE NOWAIT

LOCK TABLE orders, customers IN SHARE ROW EXCLUSIVE MODE

NOTIFY c

NOTIFY "C", 'payload'

VACUUM

VACUUM (ANALYZE, VERBOSE) orders

VACUUM (FULL) orders

VACUUM FREEZE

ANALYZE

ANALYZE orders (id)

ANALYSE VERBOSE orders

REINDEX INDEX i

REINDEX (VERBOSE) TABLE CONCURRENTLY orders

REINDEX SYSTEM shop

REINDEX DATABASE shop

CLUSTER

CLUSTER orders USING orders_pkey

REFRESH MATERIALIZED VIEW m

REFRESH MATERIALIZED VIEW CONCURRENTLY m WITH DATA

CHECKPOINT

LOAD 'evil'

LOAD '$libdir/plugins/evil'

DO 'BEGIN END'

DO LANGUAGE plpgsql $x$ BEGIN PERFORM 1; END $x$

DO $$ DELETE $$ LANGUAGE plpython3u

CALL p()

CALL public.p(1, x => 2)

CALL pg_catalog.now()

COPY orders TO STDOUT

COPY orders (id) TO STDOUT WITH (FORMAT binary)

COPY orders FROM STDIN

COPY orders FROM '/tmp/x'

COPY orders TO '/tmp/x'

COPY (SELECT 1) TO '/tmp/x'

COPY (SELECT 1) TO PROGRAM 'sh'

COPY orders FROM PROGRAM 'sh' WHERE id > 1

COPY (TABLE orders) TO STDOUT

COPY (DELETE FROM orders WHERE id = 1 RETURNING id) TO STDOUT

COPY (UPDATE orders SET note = '' WHERE id = 1 RETURNING id) TO STDOUT

COPY (INSERT INTO orders (id) VALUES (99) RETURNING id) TO STDOUT

COPY (WITH d AS (DELETE FROM orders RETURNING id) SELECT * FROM d) TO STDOUT

COPY pg_authid TO STDOUT

COPY pg_catalog.pg_class FROM STDIN

UPDATE pg_settings SET setting = 'off'

UPDATE pg_catalog.pg_settings SET setting = '1' WHERE name = 'work_mem'

WITH u AS (UPDATE pg_settings SET setting = '1' WHERE name = 'work_mem' RETURNING 1) SELECT * FROM u

DELETE FROM pg_catalog.pg_proc WHERE false

INSERT INTO pg_db_role_setting VALUES (0, 0, NULL)

UPDATE pg_authid SET rolsuper = true

UPDATE pg_database SET datallowconn = false

TRUNCATE pg_catalog.pg_statistic

EXPLAIN ANALYZE INSERT INTO orders (id) VALUES (99)

EXPLAIN ANALYZE UPDATE orders SET note = '' WHERE id = 1

EXPLAIN ANALYZE DELETE FROM orders WHERE id = 1

EXPLAIN ANALYZE MERGE INTO orders USING customers c ON orders.id = c.id WHEN MATCHED THEN DELETE

EXPLAIN ANALYZE SELECT * FROM orders FOR UPDATE

EXPLAIN ANALYZE CREATE TABLE t AS SELECT 1

EXPLAIN ANALYZE CREATE MATERIALIZED VIEW m2 AS SELECT 1

EXPLAIN ANALYZE SELECT 1 INTO t2

EXPLAIN ANALYZE WITH d AS (DELETE FROM orders RETURNING id) SELECT * FROM d

EXPLAIN ANALYZE DECLARE c CURSOR FOR SELECT * FROM orders FOR UPDATE

EXPLAIN (ANALYZE) INSERT INTO orders (id) VALUES (99)

EXPLAIN (ANALYZE TRUE) DELETE FROM orders WHERE id = 1

EXPLAIN (ANALYZE 'on') DELETE FROM orders WHERE id = 1

EXPLAIN (ANALYSE) DELETE FROM orders WHERE id = 1

EXPLAIN ANALYSE DELETE FROM orders WHERE id = 1

EXPLAIN ANALYZE VERBOSE DELETE FROM orders WHERE id = 1

EXPLAIN (COSTS off, ANALYZE 1, TIMING off) DELETE FROM orders WHERE id = 1

SELECT id INTO t3 FROM orders

SELECT id INTO TABLE t3 FROM orders

SELECT id INTO TEMPORARY t3 FROM orders

SELECT id INTO UNLOGGED t3 FROM orders

WITH w AS (SELECT 1) SELECT * INTO t3 FROM w

(SELECT 1 INTO t3)

SELECT 1 INTO t3 UNION SELECT 2

CREATE TABLE t3 AS TABLE orders

CREATE TABLE IF NOT EXISTS t3 AS VALUES (1)

CREATE UNLOGGED TABLE t3 AS SELECT 1

CREATE TEMP VIEW v AS SELECT 1

CREATE RECURSIVE VIEW v (n) AS VALUES (1)

CREATE OR REPLACE VIEW v AS SELECT 1

SELECT * FROM orders FOR UPDATE

SELECT * FROM orders FOR NO KEY UPDATE OF orders NOWAIT

SELECT * FROM orders FOR SHARE SKIP LOCKED

SELECT * FROM orders FOR KEY SHARE

SELECT * FROM orders ORDER BY id LIMIT 1 FOR UPDATE

(SELECT * FROM orders) FOR UPDATE

SELECT (SELECT id FROM orders LIMIT 1 FOR UPDATE)

SELECT * FROM customers WHERE EXISTS (SELECT 1 FROM orders FOR SHARE)

WITH w AS (SELECT * FROM orders FOR UPDATE) SELECT count(*) FROM w

SELECT * FROM (SELECT * FROM (SELECT * FROM orders FOR KEY SHARE) a) b

SELECT * FROM orders o, LATERAL (SELECT * FROM customers c WHERE c.id = o.id FOR UPDATE) x

TABLE orders FOR UPDATE

SELECT ARRAY(SELECT id FROM orders FOR UPDATE)

SELECT * FROM ONLY orders FOR UPDATE

WITH i AS (INSERT INTO orders (id) VALUES (99) RETURNING id) SELECT 1

WITH i AS (INSERT INTO orders (id) VALUES (99)) SELECT 1

WITH u AS (UPDATE orders SET note = '' WHERE id = 1 RETURNING 1) TABLE u

WITH u AS (UPDATE orders SET note = '' WHERE id = 1) VALUES (1)

WITH d AS (DELETE FROM orders WHERE id = 1) SELECT 1

WITH RECURSIVE d AS (DELETE FROM orders WHERE id = 1 RETURNING id) SELECT * FROM d

WITH a AS (SELECT 1), b AS (DELETE FROM orders WHERE id = 1 RETURNING id), c AS (SELECT 2) SELECT * FROM a, c

WITH m AS (MERGE INTO orders USING customers c ON orders.id = c.id WHEN MATCHED THEN DELETE) SELECT 1

SELECT * FROM (WITH d AS (DELETE FROM orders RETURNING 1) SELECT * FROM d) x

INSERT INTO orders (id) WITH d AS (DELETE FROM customers RETURNING id) SELECT id FROM d

INSERT INTO orders DEFAULT VALUES

INSERT INTO orders (id) VALUES (1) ON CONFLICT DO NOTHING

MERGE INTO orders USING customers c ON orders.id = c.id WHEN NOT MATCHED THEN INSERT (id) VALUES (c.id)

TRUNCATE TABLE orders CASCADE

ALTER SYSTEM SET work_mem = '1GB'

ALTER SYSTEM RESET ALL

ALTER DATABASE shop SET role = postgres

ALTER ROLE app SET search_path = evil

ALTER ROLE ALL SET row_security = off

ALTER ROLE app WITH LOGIN PASSWORD 'x'

ALTER USER app RENAME TO root

CREATE USER evil

CREATE GROUP evil

DROP ROLE app

DROP OWNED BY app CASCADE

REASSIGN OWNED BY app TO postgres

GRANT SELECT ON orders TO PUBLIC

GRANT pg_read_all_data TO app

GRANT app TO evil WITH ADMIN OPTION

REVOKE ALL ON orders FROM PUBLIC

ALTER DEFAULT PRIVILEGES FOR ROLE app GRANT ALL ON TABLES TO PUBLIC

GRANT SET ON PARAMETER work_mem TO app

CREATE POLICY p ON orders USING (true)

ALTER POLICY p ON orders USING (true)

DROP POLICY p ON orders

ALTER TABLE orders ENABLE ROW LEVEL SECURITY

ALTER TABLE orders NO FORCE ROW LEVEL SECURITY

SECURITY LABEL ON ROLE app IS 'x'

SECURITY LABEL FOR dummy ON COLUMN orders.id IS 'x'

CREATE TRIGGER t AFTER INSERT ON orders EXECUTE FUNCTION wipe()

CREATE CONSTRAINT TRIGGER t AFTER INSERT ON orders DEFERRABLE FOR EACH ROW EXECUTE FUNCTION wipe()

ALTER TRIGGER t ON orders RENAME TO u

DROP TRIGGER t ON orders

ALTER TABLE orders DISABLE TRIGGER ALL

CREATE RULE r AS ON INSERT TO orders DO ALSO DELETE FROM customers

DROP RULE r ON orders

ALTER TABLE orders DISABLE RULE r

CREATE EVENT TRIGGER e ON sql_drop EXECUTE FUNCTION wipe()

ALTER EVENT TRIGGER e DISABLE

CREATE EXTENSION IF NOT EXISTS dblink

ALTER EXTENSION dblink UPDATE

DROP EXTENSION dblink

CREATE LANGUAGE plpython3u

CREATE TRUSTED LANGUAGE evil HANDLER h

CREATE FUNCTION f() RETURNS int LANGUAGE sql RETURN 1

CREATE PROCEDURE p() LANGUAGE sql BEGIN ATOMIC DELETE FROM orders; END

CREATE AGGREGATE a (int) (SFUNC = int4pl, STYPE = int)

CREATE OPERATOR === (FUNCTION = int4eq, LEFTARG = int, RIGHTARG = int)

CREATE OPERATOR CLASS c FOR TYPE int USING btree AS OPERATOR 1 <

CREATE OPERATOR FAMILY f USING btree

CREATE CAST (int AS text) WITH INOUT

CREATE CAST (text AS int) WITH FUNCTION f(text) AS IMPLICIT

CREATE TYPE t AS ENUM ('a')

CREATE TYPE t AS (a int)

CREATE TYPE t AS RANGE (SUBTYPE = float8)

CREATE TYPE t (INPUT = f, OUTPUT = g)

CREATE DOMAIN d AS int CHECK (wipe() > 0)

CREATE CONVERSION c FOR 'UTF8' TO 'LATIN1' FROM f

CREATE ACCESS METHOD m TYPE INDEX HANDLER h

CREATE TRANSFORM FOR int LANGUAGE sql (FROM SQL WITH FUNCTION f(internal))

CREATE TEXT SEARCH TEMPLATE t (LEXIZE = f)

CREATE TEXT SEARCH CONFIGURATION c (COPY = english)

CREATE COLLATION c (LOCALE = 'C')

CREATE STATISTICS s ON id, note FROM orders

CREATE SCHEMA evil

CREATE SCHEMA evil CREATE TABLE t (a int)

CREATE SEQUENCE s

ALTER SEQUENCE orders_seq RESTART

CREATE INDEX CONCURRENTLY ON orders (id)

DROP INDEX i

CREATE FOREIGN DATA WRAPPER w

CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw

ALTER SERVER s OPTIONS (SET host 'evil')

CREATE USER MAPPING FOR CURRENT_USER SERVER s

CREATE FOREIGN TABLE f (a int) SERVER s

IMPORT FOREIGN SCHEMA x FROM SERVER s INTO public

CREATE PUBLICATION p FOR TABLE orders

ALTER SUBSCRIPTION s DISABLE

DROP SUBSCRIPTION s

CREATE TABLESPACE t LOCATION '/tmp'

CREATE DATABASE d TEMPLATE shop

DROP DATABASE d WITH (FORCE)

ALTER TABLE orders RENAME COLUMN id TO x

ALTER TABLE orders SET SCHEMA evil

ALTER TABLE orders ADD CONSTRAINT c CHECK (wipe() > 0)

ALTER TABLE orders ALTER id SET DEFAULT wipe()

ALTER TABLE orders ATTACH PARTITION p DEFAULT

ALTER VIEW v ALTER a SET DEFAULT wipe()

ALTER FUNCTION f() SECURITY DEFINER

ALTER FUNCTION f() OWNER TO postgres

ALTER TYPE t ADD VALUE 'b'

ALTER DOMAIN d ADD CHECK (VALUE > 0)

ALTER LARGE OBJECT 1 OWNER TO app

COMMENT ON COLUMN orders.id IS 'x'

DROP TABLE orders, customers

DROP VIEW IF EXISTS v CASCADE

DROP SCHEMA public

DROP SEQUENCE orders_seq

DROP TYPE t

DROP FUNCTION f

DROP AGGREGATE a (int)

DROP OPERATOR === (int, int)

DROP CAST (int AS text)

CREATE TABLE t (a int DEFAULT nextval('orders_seq'))

CREATE TABLE t (LIKE orders INCLUDING ALL)

CREATE TABLE t PARTITION OF orders DEFAULT

CREATE TEMP TABLE t (a int) ON COMMIT DROP
