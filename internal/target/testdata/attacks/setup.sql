-- A database with a copy of a secret in every place that Postgres has, and rights
-- handed out as over the years. What must never be seen has canary, zebedee,
-- quillfeather or one of the numbers of Zebedee in it; see canaries in the test.
CREATE EXTENSION citext;
CREATE EXTENSION hstore;
CREATE EXTENSION pg_trgm;
CREATE EXTENSION pgcrypto;
CREATE EXTENSION dblink;
CREATE EXTENSION postgres_fdw;
CREATE EXTENSION tablefunc;
CREATE SCHEMA crm; CREATE SCHEMA hr; CREATE SCHEMA "Odd Schema"; CREATE SCHEMA api;
CREATE TYPE crm.contact AS (mail text, phone text);
CREATE TYPE crm.plan AS ENUM ('free', 'pro', 'team');
CREATE DOMAIN crm.address_email AS text CHECK (VALUE ~ '@');

CREATE TABLE crm.customer (
	id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id int NOT NULL DEFAULT 1, full_name text NOT NULL, email public.citext NOT NULL UNIQUE,
	phone varchar(30), date_of_birth date, ssn char(11), card_number varchar(19), iban text, salary numeric(10,2), password_hash text, api_token text NOT NULL,
	notes text, profile jsonb NOT NULL, contact crm.contact, mails text[], photo bytea, doc xml, search tsvector, attrs public.hstore, other_email crm.address_email,
	email_copy text GENERATED ALWAYS AS (lower(email::text)) STORED, gender text, last_ip inet,
	plan crm.plan NOT NULL, visits int NOT NULL, created_at timestamptz NOT NULL);
INSERT INTO crm.customer (tenant_id, full_name, email, phone, date_of_birth, ssn, card_number, iban, salary, password_hash, api_token, notes, profile, contact, mails, photo, doc,
	search, attrs, other_email, gender, last_ip, plan, visits, created_at)
SELECT 1 + i % 3, CASE i WHEN 7 THEN 'Zebedee Quillfeather' ELSE (ARRAY['Anna','Bruno','Clara','David','Emma','Frank'])[1 + i % 6] || ' Canary' || i END,
	CASE i WHEN 7 THEN 'zebedee@canary-mail.example' ELSE 'person' || i || '@canary-mail.example' END,
	CASE i WHEN 7 THEN '+49 151 23456789' ELSE '+49 151 ' || 30000000 + i * 7919 END, CASE i WHEN 7 THEN '1984-07-23'::date ELSE date '1960-01-15' + i * 37 END,
	CASE i WHEN 7 THEN '536-22-8746' ELSE '5' || lpad((10 + i % 80)::text, 2, '0') || '-' || lpad((10 + i % 88)::text, 2, '0') || '-' || lpad((1000 + i)::text, 4, '0') END,
	CASE i WHEN 7 THEN '4539148803436467' ELSE '4111111111111111' END, CASE i WHEN 7 THEN 'DE89370400440532013000' ELSE 'GB82WEST12345698765432' END,
	CASE i WHEN 7 THEN 73195.42 ELSE 30000 + i * 13.37 END, '$2b$12$canary' || md5(i::text) || '0123456789abcdef', 'ghp_canary' || left(md5('t' || i) || md5('u' || i), 30),
	'Called zebedee@canary-mail.example about order ' || i, jsonb_build_object('mail', 'zebedee@canary-mail.example', 'deep', jsonb_build_array(jsonb_build_object('x', '+49 151 23456789'))),
	ROW('zebedee@canary-mail.example', '+49 151 23456789')::crm.contact, ARRAY['zebedee@canary-mail.example', 'p' || i || '@canary-mail.example'],
	convert_to('zebedee@canary-mail.example', 'UTF8'), xmlparse(content '<c><mail>zebedee@canary-mail.example</mail></c>'), to_tsvector('simple', 'zebedee quillfeather'),
	'mail=>zebedee@canary-mail.example', 'zebedee@canary-mail.example', (ARRAY['m','f','x'])[1 + i % 3], ('10.1.' || i % 250 || '.' || i % 249)::inet,
	(ARRAY['free','pro','team'])[1 + i % 3]::crm.plan, i % 11, timestamptz '2026-01-01 00:00+00' + i * interval '1 hour'
FROM generate_series(1, 300) i;

CREATE TABLE crm.orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES crm.customer, customer_email public.citext NOT NULL, total numeric(10,2) NOT NULL, placed_on date NOT NULL);
INSERT INTO crm.orders SELECT i, 1 + i % 300, c.email, 10 + i, date '2026-01-01' + i % 300 FROM generate_series(1, 900) i JOIN crm.customer c ON c.id = 1 + i % 300;
CREATE VIEW crm.customer_view AS SELECT id, email, full_name, salary FROM crm.customer;
CREATE VIEW crm.mixed_view WITH (security_invoker = true) AS SELECT id, email::text || ' ' || phone AS both FROM crm.customer;
CREATE VIEW crm.over_mixed AS SELECT id, "both" AS one FROM crm.mixed_view;
CREATE VIEW crm.pros WITH (security_invoker = true) AS SELECT id, plan::text AS tier, full_name FROM crm.customer WHERE plan = 'pro';
CREATE VIEW crm.tiers AS SELECT id, plan::text AS tier FROM crm.customer;
CREATE MATERIALIZED VIEW crm.customer_matview AS SELECT id, email::text AS e, phone AS p FROM crm.customer;
CREATE TABLE crm.event (id int, at date NOT NULL, actor_email text) PARTITION BY RANGE (at);
CREATE TABLE crm.event_2025 PARTITION OF crm.event FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE crm.event_2026 PARTITION OF crm.event FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO crm.event SELECT i, date '2025-06-01' + i, 'person' || i || '@canary-mail.example' FROM generate_series(1, 100) i;
CREATE TABLE crm.lead (id int, mail text);
CREATE TABLE crm.lead_old () INHERITS (crm.lead);
INSERT INTO crm.lead_old SELECT i, 'lead' || i || '@canary-mail.example' FROM generate_series(1, 50) i;
CREATE TABLE crm.outbox (id int, payload json);
INSERT INTO crm.outbox SELECT id, row_to_json(c) FROM crm.customer c;
CREATE TABLE crm.files (id int, data bytea, b64 text);
INSERT INTO crm.files SELECT id, convert_to(email::text, 'UTF8'), encode(convert_to('mail: ' || email::text, 'UTF8'), 'base64') FROM crm.customer;
CREATE TABLE crm.newsletter (id int, email text, email_md5 text);
INSERT INTO crm.newsletter SELECT id, email, md5(lower(email::text)) FROM crm.customer;
CREATE TABLE crm.signup (id int, email text, phone text);
CREATE TABLE "Odd Schema"."Odd ""Table" ("The E-Mail" text, "select" text);
INSERT INTO "Odd Schema"."Odd ""Table" SELECT email, 'fine' FROM crm.customer;
CREATE TABLE public.people (id int PRIMARY KEY, first_name text, last_name text, email text);
INSERT INTO public.people SELECT id, split_part(full_name, ' ', 1), split_part(full_name, ' ', 2), email FROM crm.customer;

-- Computed at every read, and failing with the value in the error's text.
DO $$ BEGIN
	IF current_setting('server_version_num')::int >= 180000 THEN
		EXECUTE 'CREATE TABLE crm.computed (id int, mail text, n int GENERATED ALWAYS AS (mail::int) VIRTUAL)';
	ELSE
		CREATE TABLE crm.computed (id int, mail text, n int);
	END IF;
END $$;
INSERT INTO crm.computed (id, mail) SELECT i, 'person' || i || '@canary-mail.example' FROM generate_series(1, 30) i;

-- Row security: by role, and by a setting that anybody can set.
CREATE TABLE hr.document (id int, tenant_id int, title text, body text);
INSERT INTO hr.document SELECT i, i % 2, 'title', 'Hidden from zebedee@canary-mail.example, number ' || i FROM generate_series(1, 20) i;
ALTER TABLE hr.document ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_tenant ON hr.document USING (tenant_id = nullif(current_setting('app.tenant', true), '')::int);
CREATE TABLE hr.review (id int, author name, score int);
INSERT INTO hr.review SELECT i, 'nobody', 4242 FROM generate_series(1, 20) i;
ALTER TABLE hr.review ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON hr.review USING (author = current_user);
CREATE TABLE hr.payroll (id int PRIMARY KEY, employee_name text, salary numeric);
INSERT INTO hr.payroll SELECT i, (ARRAY['Anna','Bruno','Clara','David','Emma','Frank'])[1 + i % 6] || ' Canary', 73195.42 + i FROM generate_series(1, 30) i;

-- Code that runs with its owner's rights, and ways to call it.
CREATE FUNCTION crm.find_customer(who int) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT email::text FROM crm.customer WHERE id = who';
CREATE FUNCTION public.lookup(who int) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT email::text FROM crm.customer WHERE id = who';
CREATE OPERATOR public.@@> (FUNCTION = crm.find_customer, RIGHTARG = int);
CREATE TYPE public.handle AS (n int);
CREATE FUNCTION crm.shown(h public.handle) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT email::text FROM crm.customer WHERE id = h.n';
CREATE CAST (public.handle AS text) WITH FUNCTION crm.shown(public.handle);
CREATE FUNCTION crm.gather(state text, who int) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT concat(state, (SELECT email FROM crm.customer WHERE id = who))';
CREATE AGGREGATE public.gathered(int) (SFUNC = crm.gather, STYPE = text);
CREATE FUNCTION public.counted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN new; END';
CREATE FUNCTION crm.chatty(v text) RETURNS text LANGUAGE plpgsql AS 'BEGIN RAISE NOTICE ''value %'', v; RETURN ''ok''; END';
CREATE VIEW crm.chatty_view AS SELECT id, crm.chatty(email::text) AS state FROM crm.customer;
CREATE VIEW crm.failing_view AS SELECT id, CASE WHEN id < 0 THEN 0 ELSE (email::text)::int END AS n FROM crm.customer;
CREATE FUNCTION crm.tell() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_notify(''customers'', new.id::text); RETURN new; END';
CREATE TRIGGER tell AFTER UPDATE ON crm.customer FOR EACH ROW EXECUTE FUNCTION crm.tell();
CREATE FUNCTION public.readable(path text) RETURNS text LANGUAGE internal STRICT AS 'pg_read_file_all';

-- Rights of everybody.
GRANT USAGE ON SCHEMA hr, api TO PUBLIC;
GRANT SELECT ON hr.payroll TO PUBLIC;
GRANT SELECT ON crm.customer TO PUBLIC; -- no USAGE on its schema, but statistics do not ask for that
GRANT TRIGGER, REFERENCES ON public.people TO PUBLIC;
GRANT CREATE ON SCHEMA api TO PUBLIC;
CREATE SEQUENCE crm.counter START 4242; SELECT nextval('crm.counter');
GRANT ALL ON SEQUENCE crm.counter TO PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA hr GRANT SELECT ON TABLES TO PUBLIC;
GRANT SELECT (stavalues1) ON pg_catalog.pg_statistic TO PUBLIC;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_file(text) TO PUBLIC;
GRANT SELECT ON pg_catalog.pg_largeobject TO PUBLIC;
GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO PUBLIC;
GRANT SET ON PARAMETER lo_compat_privileges TO PUBLIC;
CREATE SERVER loop FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1');
GRANT USAGE ON FOREIGN SERVER loop TO PUBLIC;
CREATE USER MAPPING FOR PUBLIC SERVER loop OPTIONS (user 'postgres', password 'canary-password');
CREATE SERVER other FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1');
CREATE USER MAPPING FOR CURRENT_USER SERVER other OPTIONS (user 'postgres', password 'canary-password');
SELECT lo_from_bytea(777001, 'large canary'); SELECT lo_from_bytea(777002, 'other canary');
GRANT SELECT, UPDATE ON LARGE OBJECT 777001 TO PUBLIC;

-- What the planner keeps of values.
CREATE STATISTICS crm.pairs (mcv) ON gender, plan, card_number, iban FROM crm.customer;
CREATE STATISTICS crm.expressed ON (left(card_number, 6)), (lower(iban)) FROM crm.customer;
ANALYZE;

CREATE INDEX by_time ON crm.customer USING brin (created_at); CREATE INDEX by_profile ON crm.customer USING gin (profile);

-- What catalogs say to everybody: none of it can be hidden, and all of it is told.
CREATE INDEX vip ON crm.customer (id) WHERE email = 'spoken@index.example';
ALTER TABLE crm.signup ADD CHECK (email <> 'spoken@check.example');
ALTER TABLE crm.signup ALTER phone SET DEFAULT '+49 151 99887766';
COMMENT ON TABLE crm.customer IS 'ask spoken@comment.example';
CREATE FUNCTION hr.boss() RETURNS text LANGUAGE sql AS $$SELECT 'spoken@function.example'$$;
ALTER DATABASE town SET app.master_key = 'x';
