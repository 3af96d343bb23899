SELECT pid, usename, application_name, client_addr, state, wait_event_type, wait_event, now() - query_start AS running, left(query, 80) AS query FROM pg_stat_activity WHERE state <> 'idle' AND pid <> pg_backend_pid() ORDER BY running DESC

SELECT blocked.pid AS waits, blocking.pid AS holds, blocked.query, blocking.query FROM pg_stat_activity blocked JOIN LATERAL unnest(pg_blocking_pids(blocked.pid)) AS b(pid) ON true JOIN pg_stat_activity blocking ON blocking.pid = b.pid

SELECT relname, pg_size_pretty(pg_total_relation_size(oid)) AS total, pg_size_pretty(pg_indexes_size(oid)) AS indexes FROM pg_class WHERE relkind = 'r' ORDER BY pg_total_relation_size(oid) DESC LIMIT 20

SELECT schemaname, relname, n_live_tup, n_dead_tup, round(100.0 * n_dead_tup / nullif(n_live_tup + n_dead_tup, 0), 1) AS dead, last_autovacuum, last_autoanalyze FROM pg_stat_user_tables ORDER BY n_dead_tup DESC

SELECT sum(heap_blks_hit) / nullif(sum(heap_blks_hit) + sum(heap_blks_read), 0) AS ratio FROM pg_statio_user_tables

SELECT indexrelname, idx_scan, pg_size_pretty(pg_relation_size(indexrelid)) FROM pg_stat_user_indexes s JOIN pg_index i USING (indexrelid) WHERE idx_scan = 0 AND NOT indisunique

SELECT datname, numbackends, xact_commit, xact_rollback, blks_hit::numeric / nullif(blks_hit + blks_read, 0), temp_files, deadlocks, pg_database_size(datname) FROM pg_stat_database WHERE datname IS NOT NULL

SELECT datname, age(datfrozenxid), 2147483647 - age(datfrozenxid) AS left FROM pg_database ORDER BY 2 DESC

SELECT c.relname, greatest(age(c.relfrozenxid), age(t.relfrozenxid)) FROM pg_class c LEFT JOIN pg_class t ON c.reltoastrelid = t.oid WHERE c.relkind IN ('r', 'm') ORDER BY 2 DESC LIMIT 10

SELECT client_addr, state, pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn) AS behind, replay_lag FROM pg_stat_replication

SELECT slot_name, slot_type, active, pg_size_pretty(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)) FROM pg_replication_slots

SELECT pg_is_in_recovery(), CASE WHEN pg_is_in_recovery() THEN extract(epoch FROM now() - pg_last_xact_replay_timestamp()) END AS lag

SELECT locktype, relation::regclass, mode, granted, pid FROM pg_locks WHERE NOT granted

SELECT name, setting, unit, context, pending_restart FROM pg_settings WHERE source NOT IN ('default', 'override') ORDER BY name

SELECT checkpoints_timed, checkpoints_req, buffers_checkpoint, buffers_backend, stats_reset FROM pg_stat_bgwriter

SELECT version(), current_database(), current_user, session_user, inet_server_addr(), inet_server_port(), pg_postmaster_start_time(), current_setting('server_version_num')::int

SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE a.attnum > 0 AND NOT a.attisdropped AND n.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2, a.attnum

SELECT table_schema, table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2, ordinal_position

SELECT tc.constraint_name, kcu.column_name, ccu.table_name, ccu.column_name FROM information_schema.table_constraints tc JOIN information_schema.key_column_usage kcu USING (constraint_schema, constraint_name) JOIN information_schema.constraint_column_usage ccu USING (constraint_schema, constraint_name) WHERE tc.constraint_type = 'FOREIGN KEY' AND tc.table_name = 'orders'

SELECT conname, pg_get_constraintdef(oid, true), conrelid::regclass, confrelid::regclass FROM pg_constraint WHERE contype = 'f'

SELECT has_table_privilege('orders', 'SELECT'), has_schema_privilege(current_user, 'public', 'CREATE'), pg_has_role(current_user, 'pg_read_all_data', 'member')

SELECT rolname, rolsuper, rolcreaterole, rolcanlogin, rolvaliduntil, ARRAY(SELECT b.rolname FROM pg_auth_members m JOIN pg_roles b ON m.roleid = b.oid WHERE m.member = r.oid) AS memberof FROM pg_roles r ORDER BY 1

SELECT e.enumlabel FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid WHERE t.typname = 'mood' ORDER BY e.enumsortorder

SELECT pid, phase, heap_blks_total, heap_blks_scanned FROM pg_stat_progress_vacuum

SELECT query, calls, total_exec_time, mean_exec_time, rows, 100.0 * shared_blks_hit / nullif(shared_blks_hit + shared_blks_read, 0) FROM pg_stat_statements ORDER BY total_exec_time DESC LIMIT 20

SELECT tablename, attname, null_frac, n_distinct, most_common_vals FROM pg_stats WHERE schemaname = 'public' AND tablename = 'orders'

SELECT to_regclass('public.orders') IS NOT NULL, to_regtype('mood'), 'public.orders'::regclass::oid

SELECT obj_description('orders'::regclass), pg_get_viewdef('open_orders'::regclass, true), pg_get_functiondef('f'::regproc), pg_get_indexdef(indexrelid) FROM pg_index LIMIT 1

SHOW ALL

SHOW server_version

EXPLAIN SELECT * FROM orders WHERE id = 7

EXPLAIN (ANALYZE, BUFFERS, VERBOSE, FORMAT JSON) SELECT count(*) FROM orders WHERE status = 'new'
