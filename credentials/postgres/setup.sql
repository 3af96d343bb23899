-- What the owner of the database {{.Database}} runs once, connected to it as a
-- superuser, so that dbaccess can give access to it and take it back. It may be
-- run again at any time, and should be when the profiles' groups change.
--
-- It works on PostgreSQL 15 to 18, and makes:
--   {{.Issuer}}   creates and drops the short-lived roles
--   {{.Monitor}}  may end the sessions of those roles, and look
--   dbaccess_monitor_owner  owns the function by which it does; nobody logs in as it
{{- if .PreviewSchemas}}
--   {{.Preview}}  may read what statements may read, to say what one would touch
{{- end}}

BEGIN;

-- 1. The roles. Nobody but dbaccess uses them.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = {{literal .Issuer}}) THEN
    CREATE ROLE {{ident .Issuer}};
  END IF;
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = {{literal .Monitor}}) THEN
    CREATE ROLE {{ident .Monitor}};
  END IF;
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'dbaccess_monitor_owner') THEN
    CREATE ROLE dbaccess_monitor_owner NOLOGIN;
    GRANT pg_signal_backend, pg_read_all_stats TO dbaccess_monitor_owner;
  END IF;
END $$;
ALTER ROLE {{ident .Issuer}} LOGIN CREATEROLE NOSUPERUSER NOCREATEDB NOREPLICATION NOBYPASSRLS INHERIT;
ALTER ROLE {{ident .Monitor}} LOGIN NOCREATEROLE NOSUPERUSER NOCREATEDB NOREPLICATION NOBYPASSRLS;
{{- if .IssuerVerifier}}
ALTER ROLE {{ident .Issuer}} PASSWORD {{literal .IssuerVerifier}};
{{- else}}
-- Give it a password now, by psql's  \password {{.Issuer}}
{{- end}}
{{- if .MonitorVerifier}}
ALTER ROLE {{ident .Monitor}} PASSWORD {{literal .MonitorVerifier}};
{{- else}}
-- and this one too, by  \password {{.Monitor}}
{{- end}}
GRANT CONNECT ON DATABASE {{ident .Database}} TO {{ident .Issuer}}, {{ident .Monitor}};

-- 2. The groups whose rights the profiles give. The issuer may hand them out.
-- From version 16 on, that and no more. Up to 15 a role that can create roles
-- can make itself a member of nearly any other: guard its password accordingly,
-- and let pg_hba.conf accept it from dbaccess' own hosts only.
{{- range .Groups}}
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = {{literal .}}) THEN
    CREATE ROLE {{ident .}} NOLOGIN NOINHERIT;
  END IF;
  IF current_setting('server_version_num')::int >= 160000 THEN
    EXECUTE {{literal (printf "GRANT %s TO %s WITH ADMIN TRUE, INHERIT FALSE, SET FALSE" (ident .) (ident $.Issuer))}};
  ELSE
    EXECUTE {{literal (printf "GRANT %s TO %s WITH ADMIN OPTION" (ident .) (ident $.Issuer))}};
  END IF;
END $$;
{{- end}}

-- 3. What the monitor may do. The function ends sessions of one installation's
-- short-lived roles (dba-<installation>-…) by their names, and sessions whose
-- role is gone already by its OID. It can end nobody else's.
CREATE SCHEMA IF NOT EXISTS dbaccess_monitor AUTHORIZATION dbaccess_monitor_owner;
REVOKE ALL ON SCHEMA dbaccess_monitor FROM PUBLIC;
GRANT USAGE ON SCHEMA dbaccess_monitor TO {{ident .Monitor}};
CREATE OR REPLACE FUNCTION dbaccess_monitor.end_sessions(install text, roles text[], gone oid[] DEFAULT '{}')
RETURNS TABLE (role_oid oid, role_name text, sessions bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
  IF install !~ '^[a-z]{6}$' THEN
    RAISE EXCEPTION 'not the id of a dbaccess installation: %', install;
  END IF;
  RETURN QUERY
  SELECT ended.usesysid, ended.usename::text, count(*) FILTER (WHERE ended.client)
  FROM (
    SELECT a.usesysid, a.usename, a.backend_type = 'client backend' AS client, pg_terminate_backend(a.pid) AS signalled
    FROM pg_stat_activity a
    WHERE a.usename::text = ANY (roles) AND starts_with(a.usename::text, 'dba-' || install || '-')
       OR a.usename IS NULL AND a.usesysid <> 0 AND a.usesysid = ANY (gone)
    OFFSET 0
  ) ended
  WHERE ended.signalled
  GROUP BY ended.usesysid, ended.usename;
END $function$;
ALTER FUNCTION dbaccess_monitor.end_sessions(text, text[], oid[]) OWNER TO dbaccess_monitor_owner;
REVOKE ALL ON FUNCTION dbaccess_monitor.end_sessions(text, text[], oid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION dbaccess_monitor.end_sessions(text, text[], oid[]) TO {{ident .Monitor}};

{{if .PreviewSchemas -}}
-- 4. The role that looks at what a statement would touch, before anybody has
-- decided about it: it asks for plans and counts rows, always in a read-only
-- transaction. It sees the tables as they are, so guard its password like a
-- reader's; give it no right to write anything. It may use what somebody makes
-- executable by everybody: `dbaccess doctor` looks at what it could do.
DO $$
DECLARE wanted text;
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = {{literal .Preview}}) THEN
    CREATE ROLE {{ident .Preview}};
  END IF;
  FOREACH wanted IN ARRAY ARRAY[{{range $i, $s := .PreviewSchemas}}{{if $i}}, {{end}}{{literal $s}}{{end}}]::text[] LOOP
    IF EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = wanted) THEN
      EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', wanted, {{literal .Preview}});
      EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO %I', wanted, {{literal .Preview}});
    END IF;
  END LOOP;
END $$;
ALTER ROLE {{ident .Preview}} LOGIN NOINHERIT NOCREATEROLE NOSUPERUSER NOCREATEDB NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 20;
ALTER ROLE {{ident .Preview}} SET default_transaction_read_only = on;
ALTER ROLE {{ident .Preview}} SET statement_timeout = '5s';
ALTER ROLE {{ident .Preview}} SET lock_timeout = '1s';
ALTER ROLE {{ident .Preview}} SET idle_in_transaction_session_timeout = '10s';
{{- if .PreviewVerifier}}
ALTER ROLE {{ident .Preview}} PASSWORD {{literal .PreviewVerifier}};
{{- else}}
-- Give it a password too, by  \password {{.Preview}}
{{- end}}
GRANT CONNECT ON DATABASE {{ident .Database}} TO {{ident .Preview}};

{{end -}}
-- {{if .PreviewSchemas}}5{{else}}4{{end}}. What everybody may do by Postgres' defaults, and a short-lived role should
-- not: make temporary tables (which can stand before a masked view), and make
-- objects in the schema public of a database older than version 15. Roles that
-- need either should be granted it by name first.
{{if not .ClosePublic}}-- {{end}}REVOKE TEMPORARY ON DATABASE {{ident .Database}} FROM PUBLIC;
{{if not .ClosePublic}}-- {{end}}REVOKE CREATE ON SCHEMA public FROM PUBLIC;
-- By default every role may also connect to every other database of the server.
-- For each of them that short-lived roles have no business in:
-- REVOKE CONNECT ON DATABASE … FROM PUBLIC;

COMMIT;
