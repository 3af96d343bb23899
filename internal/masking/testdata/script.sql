-- owner of the views
DO $role$ BEGIN
	IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'dbaccess_mask_owner') THEN
		CREATE ROLE "dbaccess_mask_owner" NOLOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
	END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $role$;

-- reader reader
DO $role$ BEGIN
	IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'reader') THEN
		CREATE ROLE "reader" NOLOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
	END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $role$;

-- key
CREATE SCHEMA IF NOT EXISTS dbaccess_secret AUTHORIZATION dbaccess_mask_owner;
REVOKE ALL ON SCHEMA dbaccess_secret FROM PUBLIC;
CREATE TABLE IF NOT EXISTS dbaccess_secret.mask_key (one boolean PRIMARY KEY DEFAULT true CHECK (one), k bytea NOT NULL);
ALTER TABLE dbaccess_secret.mask_key OWNER TO dbaccess_mask_owner;
REVOKE ALL ON dbaccess_secret.mask_key FROM PUBLIC;
INSERT INTO dbaccess_secret.mask_key (k) SELECT pg_catalog.uuid_send(pg_catalog.gen_random_uuid()) || pg_catalog.uuid_send(pg_catalog.gen_random_uuid())
	ON CONFLICT DO NOTHING;

-- schema masked_s
DROP SCHEMA IF EXISTS "masked_s" CASCADE;
CREATE SCHEMA "masked_s" AUTHORIZATION dbaccess_mask_owner;
REVOKE ALL ON SCHEMA "masked_s" FROM PUBLIC;
GRANT USAGE ON SCHEMA "s" TO dbaccess_mask_owner;
GRANT USAGE ON SCHEMA "masked_s" TO "reader";
COMMENT ON SCHEMA "masked_s" IS 'dbaccess: masked views {"of":"s","plan":"a2df6c973f8dea865b976dc2ebca98c7"}';

-- reader reader_support
DO $role$ BEGIN
	IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'reader_support') THEN
		CREATE ROLE "reader_support" NOLOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
	END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $role$;

-- schema masked_support_s
DROP SCHEMA IF EXISTS "masked_support_s" CASCADE;
CREATE SCHEMA "masked_support_s" AUTHORIZATION dbaccess_mask_owner;
REVOKE ALL ON SCHEMA "masked_support_s" FROM PUBLIC;
GRANT USAGE ON SCHEMA "s" TO dbaccess_mask_owner;
GRANT USAGE ON SCHEMA "masked_support_s" TO "reader_support";
COMMENT ON SCHEMA "masked_support_s" IS 'dbaccess: masked views {"of":"s","for":"support","plan":"a2df6c973f8dea865b976dc2ebca98c7"}';

-- names mean the server's own from here on
SET LOCAL search_path = pg_catalog, pg_temp;

-- read s.people
GRANT SELECT ON "s"."people" TO dbaccess_mask_owner;

-- view masked_s.people
CREATE VIEW "masked_s"."people" AS SELECT
	"id" AS "id",
	CASE WHEN "email" IS NULL THEN NULL ELSE 'u' || left(encode(sha256((SELECT k FROM dbaccess_secret.mask_key) || convert_to(lower("email"::text), getdatabaseencoding())), 'hex'), 20) || '@masked.invalid' END AS "email",
	CASE WHEN "dob" IS NULL THEN NULL ELSE CASE WHEN "dob" BETWEEN '0001-01-01' AND '9999-12-31' THEN greatest(make_date(extract(year FROM "dob")::integer, 1, 1), make_date(extract(year FROM CURRENT_DATE)::integer - 90, 1, 1)) ELSE '1970-01-01'::date END END AS "dob",
	CASE WHEN "notes" IS NULL THEN NULL ELSE '[redacted]'::text END AS "notes",
	NULL::numeric AS "salary",
	"state" AS "state"
FROM "s"."people";
ALTER VIEW "masked_s"."people" OWNER TO dbaccess_mask_owner;
COMMENT ON COLUMN "masked_s"."people"."id" IS 'dbaccess: keep';
COMMENT ON COLUMN "masked_s"."people"."email" IS 'dbaccess: email_pseudonym email';
COMMENT ON COLUMN "masked_s"."people"."dob" IS 'dbaccess: year date_of_birth';
COMMENT ON COLUMN "masked_s"."people"."notes" IS 'dbaccess: redact free_text';
COMMENT ON COLUMN "masked_s"."people"."salary" IS 'dbaccess: null pay';
COMMENT ON COLUMN "masked_s"."people"."state" IS 'dbaccess: keep';
COMMENT ON VIEW "masked_s"."people" IS 'dbaccess: of a relation made as e3b0c44298fc1c14';
GRANT SELECT ON "masked_s"."people" TO "reader";

-- view masked_support_s.people
CREATE VIEW "masked_support_s"."people" AS SELECT
	"id" AS "id",
	"email" AS "email",
	CASE WHEN "dob" IS NULL THEN NULL ELSE CASE WHEN "dob" BETWEEN '0001-01-01' AND '9999-12-31' THEN greatest(make_date(extract(year FROM "dob")::integer, 1, 1), make_date(extract(year FROM CURRENT_DATE)::integer - 90, 1, 1)) ELSE '1970-01-01'::date END END AS "dob",
	CASE WHEN "notes" IS NULL THEN NULL ELSE '[redacted]'::text END AS "notes",
	NULL::numeric AS "salary",
	"state" AS "state"
FROM "s"."people";
ALTER VIEW "masked_support_s"."people" OWNER TO dbaccess_mask_owner;
COMMENT ON COLUMN "masked_support_s"."people"."id" IS 'dbaccess: keep';
COMMENT ON COLUMN "masked_support_s"."people"."email" IS 'dbaccess: keep';
COMMENT ON COLUMN "masked_support_s"."people"."dob" IS 'dbaccess: year date_of_birth';
COMMENT ON COLUMN "masked_support_s"."people"."notes" IS 'dbaccess: redact free_text';
COMMENT ON COLUMN "masked_support_s"."people"."salary" IS 'dbaccess: null pay';
COMMENT ON COLUMN "masked_support_s"."people"."state" IS 'dbaccess: keep';
COMMENT ON VIEW "masked_support_s"."people" IS 'dbaccess: of a relation made as e3b0c44298fc1c14';
GRANT SELECT ON "masked_support_s"."people" TO "reader_support";

-- read s.orders
GRANT SELECT ON "s"."orders" TO dbaccess_mask_owner;

-- view masked_s.orders
CREATE VIEW "masked_s"."orders" AS SELECT
	"id" AS "id",
	"order_no" AS "order_no",
	CASE WHEN "client_ip" IS NULL THEN NULL ELSE network(set_masklen("client_ip"::inet, CASE family("client_ip") WHEN 4 THEN 16 ELSE 32 END))::inet END AS "client_ip"
FROM "s"."orders";
ALTER VIEW "masked_s"."orders" OWNER TO dbaccess_mask_owner;
COMMENT ON COLUMN "masked_s"."orders"."id" IS 'dbaccess: keep';
COMMENT ON COLUMN "masked_s"."orders"."order_no" IS 'dbaccess: keep';
COMMENT ON COLUMN "masked_s"."orders"."client_ip" IS 'dbaccess: coarse ip_address';
COMMENT ON VIEW "masked_s"."orders" IS 'dbaccess: of a relation made as e3b0c44298fc1c14';
GRANT SELECT ON "masked_s"."orders" TO "reader";

-- view masked_support_s.orders
CREATE VIEW "masked_support_s"."orders" AS SELECT
	"id" AS "id",
	"order_no" AS "order_no",
	CASE WHEN "client_ip" IS NULL THEN NULL ELSE network(set_masklen("client_ip"::inet, CASE family("client_ip") WHEN 4 THEN 16 ELSE 32 END))::inet END AS "client_ip"
FROM "s"."orders";
ALTER VIEW "masked_support_s"."orders" OWNER TO dbaccess_mask_owner;
COMMENT ON COLUMN "masked_support_s"."orders"."id" IS 'dbaccess: keep';
COMMENT ON COLUMN "masked_support_s"."orders"."order_no" IS 'dbaccess: keep';
COMMENT ON COLUMN "masked_support_s"."orders"."client_ip" IS 'dbaccess: coarse ip_address';
COMMENT ON VIEW "masked_support_s"."orders" IS 'dbaccess: of a relation made as e3b0c44298fc1c14';
GRANT SELECT ON "masked_support_s"."orders" TO "reader_support";

