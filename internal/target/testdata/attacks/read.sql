-- attack: a raw table by its name [42501]
SELECT * FROM crm.customer
TABLE crm.customer
COPY crm.customer TO STDOUT
SELECT email FROM crm.customer
SELECT count(*) FROM crm.customer
TABLE hr.payroll
SELECT * FROM public.people
SELECT * FROM "Odd Schema"."Odd ""Table"
-- attack: every relation that the catalog names [42501,42883,42704]
DO $$ DECLARE r record; t text; BEGIN FOR r IN SELECT oid::regclass::text AS n FROM pg_class WHERE relkind IN ('r','p','v','m','f') AND has_table_privilege(oid, 'SELECT') AND relnamespace::regnamespace::text !~ '^pg_temp' LOOP BEGIN FOR t IN EXECUTE 'SELECT x::text FROM ' || r.n || ' x LIMIT 400' LOOP RAISE NOTICE '%: %', r.n, t; END LOOP; EXCEPTION WHEN OTHERS THEN RAISE NOTICE '%: %', r.n, SQLERRM; END; END LOOP; END $$
-- attack: every column one may read [42501]
DO $$ DECLARE r record; t text; BEGIN FOR r IN SELECT attrelid::regclass::text AS n, quote_ident(attname) AS c FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid AND relkind IN ('r','p','v','m','f') WHERE attnum > 0 AND has_column_privilege(attrelid, attnum, 'SELECT') AND relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema') LOOP BEGIN FOR t IN EXECUTE 'SELECT ' || r.c || '::text FROM ' || r.n || ' x LIMIT 400' LOOP RAISE NOTICE '%', t; END LOOP; EXCEPTION WHEN OTHERS THEN RAISE NOTICE '%: %', r.n, SQLERRM; END; END LOOP; END $$
-- attack: whole rows, records and their texts
SELECT c FROM masked_crm.customer c
SELECT c::text, (c).*, to_jsonb(c), row_to_json(c) FROM masked_crm.customer c
SELECT array_agg(c), json_agg(c), string_agg(c::text, ',') FROM masked_crm.customer c
SELECT xmlforest(c.email, c.notes, c.doc) FROM masked_crm.customer c
SELECT email::bytea, notes::bytea, photo, encode(photo, 'base64'), doc::text, search::text, attrs::text, contact::text, mails::text FROM masked_crm.customer c
COPY (SELECT * FROM masked_crm.customer) TO STDOUT
SELECT (contact).mail, attrs -> 'mail', profile -> 'deep', mails[1], xpath('//mail', doc) FROM masked_crm.customer
SELECT ts_debug('simple', search::text), tsvector_to_array(search) FROM masked_crm.customer
-- attack: copies of every kind [42501]
SELECT * FROM masked_crm.customer_view
SELECT * FROM masked_crm.mixed_view
SELECT * FROM masked_crm.customer_matview
SELECT * FROM masked_crm.event
SELECT * FROM masked_crm.event_2025
SELECT * FROM masked_crm.lead
SELECT * FROM masked_crm.lead_old
SELECT * FROM masked_crm.outbox
SELECT *, convert_from(decode(b64, 'escape'), 'UTF8'), encode(data, 'escape') FROM masked_crm.files
SELECT * FROM masked_crm.newsletter
SELECT * FROM "masked_Odd Schema"."Odd ""Table"
SELECT * FROM masked_public.people
SELECT * FROM people
-- attack: a dictionary of stored hashes
SELECT n.id, g FROM masked_crm.newsletter n JOIN (SELECT 'person' || i || '@canary-mail.example' AS g FROM generate_series(1, 300) i) d ON md5(g) = n.email_md5
-- attack: a dictionary of pseudonyms without the key
SELECT c.id, g FROM masked_crm.customer c JOIN (SELECT 'person' || i || '@canary-mail.example' AS g FROM generate_series(1, 300) i) d ON c.email::text IN ('u' || left(encode(sha256(convert_to(g, 'UTF8')), 'hex'), 20) || '@masked.invalid', 'u' || left(encode(sha256(sha256(convert_to(g, 'UTF8'))), 'hex'), 20) || '@masked.invalid', 'u' || left(md5(g), 20) || '@masked.invalid')
-- attack: row types of raw tables [42501,42704]
SELECT NULL::crm.customer
SELECT NULL::public.people
SELECT json_populate_record(NULL::crm.customer, '{"id":1}')
SELECT json_populate_record(NULL::public.people, '{"id":1}')
SELECT jsonb_populate_record(NULL::masked_crm.customer, to_jsonb(c)) FROM masked_crm.customer c
-- attack: documents made of tables [42501,42P01,42601]
SELECT table_to_xml('crm.customer', true, false, '')
SELECT query_to_xml('SELECT * FROM crm.customer', true, false, '')
SELECT schema_to_xml('crm', true, false, '')
SELECT database_to_xml(true, false, '')
SELECT query_to_xml_and_xmlschema('SELECT * FROM hr.payroll', true, false, '')
SELECT * FROM ts_stat('SELECT search FROM crm.customer')
SELECT * FROM ts_stat('SELECT search FROM masked_crm.customer')
SELECT table_to_xml((SELECT oid FROM pg_class WHERE relname = 'customer' AND relkind = 'r'), true, false, '')
-- attack: a cursor made into a document
BEGIN
DECLARE c CURSOR FOR SELECT * FROM masked_crm.customer
SELECT cursor_to_xml('c', 1000, true, false, '')
COMMIT
-- attack: held cursors and prepared statements [42501]
BEGIN
DECLARE c CURSOR WITH HOLD FOR SELECT * FROM masked_crm.customer
COMMIT
FETCH ALL FROM c
PREPARE p AS SELECT * FROM masked_crm.customer WHERE id = $1
EXECUTE p(7)
PREPARE q AS SELECT * FROM crm.customer
-- attack: functions that make queries of texts [42501]
SELECT * FROM public.crosstab('SELECT id, id, email::text FROM crm.customer') AS t(a int, b text)
SELECT * FROM public.connectby('crm.customer', 'email', 'full_name', 'x', 0) AS t(a text, b text, c int)
-- attack: dirty plans, cached before anything is revoked [42501]
SET plan_cache_mode = force_generic_plan
PREPARE p AS SELECT email, api_token FROM masked_crm.customer WHERE id = $1
EXECUTE p(7)
SELECT * FROM masked_crm.customer c, LATERAL (SELECT * FROM crm.orders o WHERE o.customer_id = c.id) x
-- attack: samples and system columns [42703,42601,42P01,42809,0A000]
SELECT * FROM masked_crm.customer TABLESAMPLE system (100)
SELECT ctid, xmin FROM masked_crm.customer
SELECT tableoid FROM masked_crm.customer
-- attack: files and programs of the server [42501]
SELECT pg_read_file('postgresql.conf')
SELECT pg_read_binary_file('global/pg_control')
SELECT public.readable('PG_VERSION')
SELECT * FROM pg_ls_dir('.')
SELECT pg_ls_logdir()
SELECT pg_stat_file('PG_VERSION')
COPY (SELECT 1) TO '/tmp/dbaccess-attack'
COPY (SELECT 1) TO PROGRAM 'cat > /tmp/dbaccess-attack'
SELECT lo_import('/etc/passwd')
SELECT lo_export(777001, '/tmp/dbaccess-attack')
SELECT * FROM pg_hba_file_rules
SELECT * FROM pg_file_settings
SELECT * FROM pg_shadow
SELECT rolpassword FROM pg_authid
SELECT pg_current_logfile()
-- attack: large objects [42501]
SELECT lo_get(777001)
SELECT lo_get(777002)
SELECT convert_from(data, 'UTF8') FROM pg_largeobject
SELECT lo_open(777002, 262144)
SELECT lo_put(777001, 0, 'x')
SET lo_compat_privileges = on
SELECT lo_get(777002)
-- attack: hoops through other servers [42501,2F003,08001,42704]
SELECT * FROM public.dblink('host=127.0.0.1 dbname=postgres', 'SELECT 1') AS t(a int)
SELECT * FROM public.dblink('loop', 'SELECT email FROM crm.customer') AS t(a text)
SELECT public.dblink_connect_u('host=127.0.0.1')
CREATE SERVER mine FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1')
CREATE USER MAPPING FOR CURRENT_USER SERVER loop OPTIONS (user 'postgres')
CREATE FOREIGN TABLE masked_crm.f (a int) SERVER loop
IMPORT FOREIGN SCHEMA crm FROM SERVER loop INTO public
SELECT * FROM pg_user_mappings
SELECT * FROM information_schema.user_mapping_options
SELECT umoptions FROM pg_user_mapping
SELECT subconninfo FROM pg_subscription
-- attack: code of its owner, called in every way [42501]
SELECT crm.find_customer(7)
SELECT public.lookup(7)
SELECT OPERATOR(public.@@>) 7
SELECT ROW(7)::public.handle::text
SELECT public.gathered(7)
SELECT public.lookup(id) FROM masked_crm.customer
-- attack: views whose code prints what it reads [42501,42P01]
SET client_min_messages = debug5
SELECT * FROM masked_crm.chatty_view
SELECT * FROM crm.chatty_view
-- attack: views that fail on their own rows [42501,22P02,42P01]
SELECT * FROM masked_crm.failing_view
SELECT count(n) FROM masked_crm.failing_view
-- attack: columns that fail as they are computed
SELECT * FROM masked_crm.computed
SELECT count(n), max(n) FROM masked_crm.computed
-- attack: row security by a setting that anybody sets [42501]
SET app.tenant = '1'
SELECT * FROM masked_hr.document
SELECT * FROM hr.document
SET row_security = off
SELECT * FROM masked_hr.document
-- attack: row security of somebody else [42501]
SELECT 'review', * FROM masked_hr.review WHERE score = 4242
