-- attack: writing through a masked view [42501,55000,0A000,25P01]
SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE
INSERT INTO masked_crm.orders VALUES (99999, 7, 'x@y', 1, '2026-01-01') RETURNING *
UPDATE masked_crm.customer SET visits = 0 RETURNING *
DELETE FROM masked_crm.orders RETURNING *
MERGE INTO masked_crm.orders o USING (SELECT 1 AS i) s ON o.id = s.i WHEN MATCHED THEN DELETE
TRUNCATE crm.orders
SELECT * FROM masked_crm.customer FOR UPDATE
SELECT * FROM masked_crm.customer FOR KEY SHARE
DO $$ BEGIN LOCK TABLE masked_crm.customer IN ACCESS EXCLUSIVE MODE; END $$
DO $$ BEGIN LOCK TABLE masked_crm.customer IN ROW SHARE MODE; END $$
DO $$ BEGIN LOCK TABLE crm.customer IN ACCESS SHARE MODE; END $$
UPDATE hr.payroll SET salary = 0
COPY masked_crm.orders FROM STDIN
-- attack: objects of one's own, everywhere [42501,42809,0A000,22023,58P01]
CREATE TABLE public.mine (a int)
CREATE TABLE api.mine (a int)
CREATE TABLE masked_crm.mine (a int)
CREATE TABLE pg_temp.mine (a int)
CREATE TEMP TABLE customer AS SELECT * FROM masked_crm.customer
CREATE TEMP VIEW customer AS SELECT * FROM masked_crm.customer
CREATE TEMP SEQUENCE s
CREATE SCHEMA mine
CREATE SCHEMA AUTHORIZATION CURRENT_USER
CREATE VIEW masked_crm.mine AS SELECT 1
CREATE OR REPLACE VIEW masked_crm.customer AS SELECT 1
CREATE FUNCTION masked_crm.f() RETURNS int LANGUAGE sql AS 'SELECT 1'
CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'
CREATE FUNCTION public.lower(text) RETURNS text LANGUAGE sql AS 'SELECT $1'
CREATE PROCEDURE api.f() LANGUAGE sql AS 'SELECT 1'
CREATE TYPE public.t AS (a int)
CREATE DOMAIN api.t AS int
CREATE EXTENSION cube
CREATE PUBLICATION p FOR ALL TABLES
CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1' PUBLICATION p WITH (connect = false)
CREATE STATISTICS masked_crm.s ON id, email FROM masked_crm.customer
CREATE INDEX ON masked_crm.customer (id)
CREATE RULE r AS ON SELECT TO masked_crm.customer DO ALSO SELECT 1
CREATE TRIGGER t AFTER INSERT ON public.people EXECUTE FUNCTION public.counted()
CREATE TRIGGER t AFTER INSERT ON people EXECUTE FUNCTION suppress_redundant_updates_trigger()
CREATE POLICY p ON crm.customer USING (true)
CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION public.counted()
CREATE LANGUAGE plpython3u
CREATE DATABASE mine
CREATE ROLE mine
CREATE TABLESPACE t LOCATION '/tmp'
CREATE OPERATOR public.=== (FUNCTION = texteq, LEFTARG = text, RIGHTARG = text)
CREATE CAST (text AS int) WITH INOUT
CREATE COLLATION public.c (locale = 'C')
CREATE TEXT SEARCH CONFIGURATION public.c (PARSER = default)
SELECT * INTO TEMP x FROM masked_crm.customer
REFRESH MATERIALIZED VIEW crm.customer_matview
COMMENT ON VIEW masked_crm.customer IS 'x'
SECURITY LABEL ON VIEW masked_crm.customer IS 'x'
DROP VIEW masked_crm.customer
ALTER VIEW masked_crm.customer SET (security_barrier = false)
ALTER VIEW masked_crm.customer OWNER TO CURRENT_USER
-- attack: large objects of one's own [42501]
SELECT lo_create(0)
SELECT lo_creat(-1)
SELECT lo_from_bytea(0, 'mine')
-- attack: upkeep of what others own [42501,42P01]
VACUUM crm.customer
ANALYZE crm.customer
CLUSTER crm.customer
REINDEX TABLE crm.customer
CHECKPOINT
SELECT brin_summarize_new_values((SELECT oid FROM pg_class WHERE relname = 'by_time')::regclass)
SELECT gin_clean_pending_list((SELECT oid FROM pg_class WHERE relname = 'by_profile')::regclass)
-- attack: rights, for oneself and others [42501,0LP01,42704]
GRANT SELECT ON crm.customer TO PUBLIC
GRANT SELECT ON masked_crm.customer TO PUBLIC
GRANT dbaccess_mask_owner TO CURRENT_USER
GRANT pg_read_all_data TO CURRENT_USER
GRANT pg_write_server_files TO CURRENT_USER
ALTER DEFAULT PRIVILEGES FOR ROLE dbaccess_mask_owner GRANT SELECT ON TABLES TO PUBLIC
ALTER DEFAULT PRIVILEGES FOR ROLE postgres GRANT SELECT ON TABLES TO PUBLIC
REASSIGN OWNED BY dbaccess_mask_owner TO CURRENT_USER
DROP OWNED BY dbaccess_mask_owner
REVOKE SELECT ON masked_crm.customer FROM PUBLIC
GRANT ALL ON DATABASE postgres TO CURRENT_USER
GRANT SET ON PARAMETER lo_compat_privileges TO CURRENT_USER
-- attack: becoming somebody else [42501,22023]
SET ROLE dbaccess_mask_owner
SET ROLE postgres
SET ROLE dbaccess_issuer
SET SESSION AUTHORIZATION dbaccess_mask_owner
SET SESSION AUTHORIZATION postgres
DO $$ DECLARE r record; t text; BEGIN FOR r IN SELECT rolname FROM pg_roles LOOP BEGIN EXECUTE format('SET LOCAL ROLE %I', r.rolname); FOR t IN EXECUTE 'SELECT email::text FROM crm.customer LIMIT 1' LOOP RAISE NOTICE '% reads %', r.rolname, t; END LOOP; EXCEPTION WHEN OTHERS THEN NULL; END; END LOOP; END $$
SELECT set_config('role', 'dbaccess_mask_owner', false)
SELECT set_config('session_authorization', 'postgres', false)
-- attack: more power for one's own role [42501,58P01,0A000]
ALTER ROLE CURRENT_USER SUPERUSER
ALTER ROLE CURRENT_USER CREATEROLE
ALTER ROLE CURRENT_USER BYPASSRLS
ALTER ROLE CURRENT_USER VALID UNTIL 'infinity'
ALTER ROLE CURRENT_USER CONNECTION LIMIT -1
DO $$ BEGIN EXECUTE format('ALTER ROLE %I RENAME TO somebody', current_user); END $$
ALTER ROLE CURRENT_USER SET session_preload_libraries = 'auto_explain'
ALTER ROLE postgres PASSWORD 'x'
ALTER ROLE ALL SET search_path = public
ALTER SYSTEM SET lo_compat_privileges = on
SET session_replication_role = replica
SET lo_compat_privileges = on
LOAD 'auto_explain'
LOAD '$libdir/plugins/x'
ALTER DATABASE postgres SET search_path = x
-- attack: names that mean something else [42501,3F000,42P01]
SET search_path = pg_temp, public, masked_crm, pg_catalog
CREATE FUNCTION pg_temp.sha256(bytea) RETURNS bytea LANGUAGE sql AS 'SELECT $1'
CREATE TEMP TABLE mask_key (one bool, k bytea)
CREATE FUNCTION public.sha256(bytea) RETURNS bytea LANGUAGE sql AS 'SELECT $1'
CREATE FUNCTION api.encode(bytea, text) RETURNS text LANGUAGE sql AS 'SELECT $2'
SELECT email FROM masked_crm.customer WHERE id = 7
SET search_path = crm, hr, api, public
SELECT * FROM customer
-- attack: views with the rights of whoever reads them [42501]
CREATE VIEW public.mine WITH (security_invoker = true) AS SELECT * FROM crm.customer
SELECT * FROM crm.mixed_view
-- attack: blocks and other languages [42501,42704]
DO $$ BEGIN RAISE NOTICE '%', (SELECT email FROM crm.customer WHERE id = 7); END $$
DO LANGUAGE plpython3u 'open("/etc/passwd")'
DO LANGUAGE plperlu 'print 1'
DO LANGUAGE c 'x'
-- attack: transactions left behind [42501,55000]
BEGIN
SELECT * FROM masked_crm.customer LIMIT 1
PREPARE TRANSACTION 'canary_left'
ROLLBACK
SELECT pg_notify('customers', 'hello')
SELECT pg_advisory_lock(1)
