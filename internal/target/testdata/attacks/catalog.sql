-- attack: what the planner remembers of values [42501]
SELECT * FROM pg_stats WHERE schemaname !~ '^(pg_|information_schema)'
SELECT * FROM pg_stats_ext
SELECT * FROM pg_stats_ext_exprs
SELECT * FROM pg_statistic
SELECT stavalues1 FROM pg_statistic
SELECT * FROM pg_statistic_ext_data
SELECT pg_mcv_list_items(stxdmcv) FROM pg_statistic_ext_data
-- attack: statistics through operators of one's own [42501]
CREATE FUNCTION public.leak(public.citext, public.citext) RETURNS bool LANGUAGE plpgsql AS 'BEGIN RAISE NOTICE ''%'', $1; RETURN true; END'
CREATE OPERATOR public.<<< (FUNCTION = citext_eq, LEFTARG = citext, RIGHTARG = citext, RESTRICT = eqsel)
EXPLAIN SELECT * FROM masked_crm.customer WHERE email OPERATOR(public.=) 'zz'::public.citext
-- attack: plans in every detail [42501]
EXPLAIN (ANALYZE, VERBOSE, COSTS, BUFFERS, SETTINGS, WAL) SELECT * FROM masked_crm.customer WHERE email::text LIKE 'z%'
EXPLAIN (VERBOSE, FORMAT JSON) SELECT * FROM masked_crm.customer c JOIN masked_crm.orders o ON o.customer_email = c.email
EXPLAIN (VERBOSE) SELECT k FROM dbaccess_secret.mask_key
EXPLAIN SELECT * FROM crm.customer WHERE salary = 73195
-- attack: what the server says while it plans and runs
SET client_min_messages = debug5
SET debug_print_parse = on
SET debug_print_rewritten = on
SET debug_print_plan = on
SELECT email, full_name, profile FROM masked_crm.customer WHERE notes <> 'x'
-- attack: definitions, and the key in none of them [42501]
SELECT pg_get_viewdef(oid) FROM pg_class WHERE relnamespace::regnamespace::text ~ '^masked_'
SELECT definition FROM pg_views WHERE schemaname ~ '^masked_'
SELECT ev_action FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class WHERE c.relnamespace::regnamespace::text ~ '^masked_'
SELECT k FROM dbaccess_secret.mask_key
SELECT * FROM pg_stats WHERE tablename = 'mask_key'
SELECT encode(k, 'hex') FROM dbaccess_secret.mask_key
SELECT query_to_xml('TABLE dbaccess_secret.mask_key', true, false, '')
SELECT col_description(oid, 1) FROM pg_class WHERE relnamespace::regnamespace::text ~ '^masked_'
-- attack: what others are doing [42501]
SELECT * FROM pg_stat_activity
SELECT * FROM pg_stat_get_activity(NULL)
SELECT * FROM pg_cursors
SELECT * FROM pg_prepared_statements
SELECT * FROM pg_prepared_xacts
SELECT * FROM pg_stat_progress_copy
SELECT * FROM pg_replication_slots
SELECT * FROM pg_stat_replication
SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE usename <> current_user
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename <> current_user
-- attack: sequences of others [42501,55000]
SELECT last_value FROM crm.counter
SELECT * FROM pg_sequences WHERE last_value = 4242
SELECT nextval((SELECT oid FROM pg_class WHERE relname = 'counter')::regclass)
SELECT setval((SELECT oid FROM pg_class WHERE relname = 'counter')::regclass, 1)
SELECT pg_sequence_last_value((SELECT oid FROM pg_class WHERE relname = 'counter')::regclass)
SELECT currval((SELECT oid FROM pg_class WHERE relname = 'counter')::regclass)
-- attack: the information schema
SELECT * FROM information_schema.columns WHERE table_schema !~ '^pg_'
SELECT * FROM information_schema.views WHERE table_schema ~ '^(crm|hr|masked_)'
SELECT * FROM information_schema.routines WHERE routine_schema IN ('crm', 'hr')
SELECT * FROM information_schema.role_table_grants
SELECT * FROM information_schema.element_types
-- attack: the insides of pages and logs [42501,42883,42704]
SELECT pg_get_wal_records_info('0/1', '0/2')
SELECT pg_logical_slot_peek_changes('x', NULL, NULL)
SELECT pg_create_logical_replication_slot('x', 'test_decoding')
SELECT pg_backup_start('x')
SELECT pg_switch_wal()
SELECT pg_stat_reset()
SELECT pg_rotate_logfile()
SELECT pg_reload_conf()
SELECT pg_promote()
