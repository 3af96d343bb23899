SELECT pg_terminate_backend(1)

SELECT pg_cancel_backend(pid) FROM pg_stat_activity

SELECT pg_read_file('/etc/passwd')

SELECT pg_read_binary_file('PG_VERSION')

SELECT * FROM pg_ls_dir('.')

SELECT pg_stat_file('PG_VERSION')

SELECT lo_import('/etc/passwd')

SELECT lo_export(1, '/tmp/x')

SELECT lo_create(0)

SELECT lo_creat(-1)

SELECT lo_from_bytea(0, 'x')

SELECT lo_unlink(1)

SELECT lowrite(lo_open(1, 131072), 'x')

SELECT * FROM dblink('host=evil', 'SELECT 1') AS t(a int)

SELECT dblink_exec('host=evil', 'DROP TABLE x')

SELECT public.dblink_connect('host=evil')

SELECT set_config('role', 'admin', false)

SELECT set_config('search' || '_path', 'evil', false)

SELECT set_config(name, 'off', false) FROM pg_settings

SELECT query_to_xml('DELETE FROM orders RETURNING *', true, false, '')

SELECT query_to_xml('SELECT nextval(''orders_seq'')', true, false, '')

SELECT query_to_xml('DEL' || 'ETE FROM orders', true, false, '')

SELECT * FROM ts_stat('SELECT nextval(''orders_seq'')::text::tsvector')

SELECT ts_rewrite('a'::tsquery, 'SELECT nextval(''orders_seq'')::text::tsquery, ''b''::tsquery')

SELECT database_to_xml(true, false, '')

SELECT table_to_xml('customers', true, false, '')

SELECT schema_to_xml('public', true, false, '')

SELECT cursor_to_xml('c', 1, true, false, '')

SELECT txid_current()

SELECT pg_current_xact_id()

SELECT pg_notify('x', 'y')

SELECT pg_advisory_lock(1)

SELECT pg_try_advisory_xact_lock(1, 2)

SELECT pg_advisory_unlock_all()

SELECT pg_sleep(1000)

SELECT pg_sleep_for('1 hour')

SELECT g.pg_sleep FROM generate_series(1, 9) g

SELECT (1.5::float8).pg_sleep

SELECT (g).pg_sleep FROM generate_series(1, 9) g

SELECT ('orders_seq'::regclass).nextval

SELECT s.nextval FROM unnest(ARRAY['orders_seq'::regclass]) s

SELECT pg_catalog.pg_sleep(9)

SELECT "pg_catalog"."pg_sleep"(9)

SELECT U&"pg\005Fsleep"(9)

SELECT pg_logical_emit_message(true, 'a', 'b')

SELECT pg_export_snapshot()

SELECT pg_reload_conf()

SELECT pg_rotate_logfile()

SELECT pg_switch_wal()

SELECT pg_promote()

SELECT pg_create_restore_point('x')

SELECT pg_create_physical_replication_slot('x')

SELECT pg_drop_replication_slot('x')

SELECT pg_stat_reset()

SELECT pg_stat_reset_shared('bgwriter')

SELECT pg_import_system_collations('public')

SELECT brin_summarize_new_values('x')

SELECT gin_clean_pending_list('x')

SELECT pg_backup_start('x')

SELECT pg_log_backend_memory_contexts(1)

SELECT binary_upgrade_set_next_pg_type_oid(1)

SELECT pg_replication_origin_create('x')

SELECT wipe()

SELECT * FROM wipe() AS w

SELECT public.now()

SELECT "Now"()

SELECT "LOWER"('a')

SELECT evil.lower('a')

SELECT lower(1, 2)

SELECT shop.public.wipe()

SELECT 1 OPERATOR(public.+) 2

SELECT 1 OPERATOR(evil.=) 2

SELECT 1 === 2

SELECT * FROM orders ORDER BY id USING OPERATOR(evil.<)

SELECT 1 = ANY (SELECT 1), 1 OPERATOR(evil.=) ANY (SELECT 1)

SELECT 'x'::evil

SELECT CAST('x' AS public.evil)

SELECT evil 'x'

SELECT * FROM json_to_record('{}') AS x(a evil)

SELECT * FROM orders TABLESAMPLE evil (1)

SELECT domain_in('1', 'evil'::regtype, -1)

CALL wipe()

DO 'BEGIN PERFORM wipe(); END'

DO LANGUAGE plpython3u 'import os'

WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n

SELECT count(*) FROM generate_series(1, 1000000000)

SELECT repeat('x', 1000000000)

EXPLAIN SELECT * FROM orders WHERE id = txid_current()::text::int

EXPLAIN SELECT wipe()

SELECT pg_hba_file_rules()

SELECT * FROM pg_hba_file_rules

SELECT rolpassword FROM pg_authid

SELECT passwd FROM pg_catalog.pg_shadow

SELECT * FROM pg_largeobject

SELECT crosstab('DELETE FROM orders')

SELECT http_get('http://evil')

SELECT pg_file_write('x', 'y', false)

SELECT * FROM pg_authid

TABLE pg_shadow

SELECT a FROM pg_authid a

SELECT row_to_json(pg_authid) FROM pg_authid

SELECT (pg_authid).* FROM pg_authid

SELECT x.rolpassword FROM (SELECT * FROM pg_catalog.pg_authid) x

SELECT 1 FROM pg_authid WHERE rolpassword LIKE 'md5a%'

SELECT 1 FROM pg_authid a JOIN pg_roles r ON a.rolpassword = r.rolname

SELECT subconninfo FROM pg_subscription

SELECT ('host=evil'::text).dblink_connect

SELECT count(*) FROM generate_series(1, 10000) a, generate_series(1, 10000) b

SELECT set_config(setting_name => 'role', new_value => 'admin', is_local => false)

SELECT query_to_xml(nulls => true, query => 'SELECT 1', tableforest => true, targetns => '')

SELECT 'x'::"Text"
