package guardrails

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// effect is what a function is known to do.
type effect struct {
	kind    Kind
	level   Level
	message string
	text    int // the argument that is run as SQL, counted from 1; 0 if none
	arity   int // holds for calls with this many arguments only; 0 for all
}

func (e effect) when(args int) bool { return e.arity == 0 || e.arity == args || args < 0 }

// namedFunctions are PostgreSQL's own functions that have an effect or reach
// out, each judged by hand. A test asks a real server for every function of its
// own: each must stand here or in the generated table of harmless ones.
var namedFunctions = named(map[string]effect{
	"nextval setval": {Write, Medium, "moves a sequence, which no rollback undoes", 0, 0},
	"lo_creat lo_create lo_from_bytea lo_put lowrite lo_open": {Write, Medium, "makes or writes large objects, even where only reading is allowed", 0, 0},
	"lo_truncate lo_truncate64":                               {Write, High, "cuts off a large object", 0, 0},
	"lo_unlink":                                               {Write, High, "removes a large object", 0, 0},
	"lo_import lo_export":                                     {Admin, Critical, "reads or writes a file on the database server", 0, 0},
	"lo_get loread":                                           {Read, Medium, "reads a large object, which no mask covers", 0, 0},
	"pg_notify":                                               {Write, Medium, "wakes other sessions", 0, 0},
	"txid_current pg_current_xact_id":                         {Write, Medium, "takes a transaction id, which is a write", 0, 0},
	"pg_logical_emit_message":                                 {Write, Medium, "writes to the server's log of changes", 0, 0},
	"pg_nextoid":                                              {Write, High, "takes object ids", 0, 0},
	"pg_advisory_lock pg_advisory_lock_shared pg_advisory_xact_lock":     {Write, Medium, advisory, 0, 0},
	"pg_advisory_xact_lock_shared pg_try_advisory_lock":                  {Write, Medium, advisory, 0, 0},
	"pg_try_advisory_lock_shared pg_try_advisory_xact_lock":              {Write, Medium, advisory, 0, 0},
	"pg_try_advisory_xact_lock_shared":                                   {Write, Medium, advisory, 0, 0},
	"pg_advisory_unlock pg_advisory_unlock_shared":                       {Write, Medium, advisory, 0, 0},
	"pg_advisory_unlock_all":                                             {Write, Medium, advisory, 0, 0},
	"pg_sleep pg_sleep_for pg_sleep_until":                               {Read, Medium, "holds a connection, and whatever it has locked, while doing nothing", 0, 0},
	"query_to_xml query_to_xmlschema query_to_xml_and_xmlschema ts_stat": {Unknown, High, "runs a text as SQL", 1, 0},
	"ts_rewrite": {Unknown, High, "runs a text as SQL", 2, 2},
	"table_to_xml table_to_xmlschema table_to_xml_and_xmlschema":     {Read, Medium, "reads a whole table that it is given by name", 0, 0},
	"cursor_to_xml cursor_to_xmlschema":                              {Session, Medium, "runs a cursor on", 0, 0},
	"schema_to_xml schema_to_xmlschema schema_to_xml_and_xmlschema":  {Read, High, "reads every table of a schema", 0, 0},
	"database_to_xml database_to_xmlschema":                          {Read, High, "reads every table of the database", 0, 0},
	"database_to_xml_and_xmlschema":                                  {Read, High, "reads every table of the database", 0, 0},
	"domain_in array_in record_in range_in multirange_in enum_in":    {Unknown, Medium, "makes a value of a type by its number, which may run code", 0, 0},
	"domain_recv array_recv record_recv range_recv multirange_recv":  {Unknown, Medium, "makes a value of a type by its number, which may run code", 0, 0},
	"satisfies_hash_partition pg_input_is_valid pg_input_error_info": {Unknown, Medium, "runs code of a table's or a type's own", 0, 0},
	"fmgr_c_validator fmgr_internal_validator fmgr_sql_validator":    {Admin, Medium, "looks into code", 0, 0},
	"plpgsql_validator": {Admin, Medium, "looks into code", 0, 0},

	"pg_terminate_backend pg_cancel_backend":                        {Admin, High, "ends or cancels what another session does", 0, 0},
	"pg_log_backend_memory_contexts pg_get_process_memory_contexts": {Admin, Medium, "makes another session do something", 0, 0},
	"pg_reload_conf pg_rotate_logfile pg_rotate_logfile_old":        {Admin, High, "makes the server reload or rotate", 0, 0},
	"pg_promote": {Admin, Critical, "makes a standby the primary", 0, 0},
	"pg_switch_wal pg_create_restore_point pg_log_standby_snapshot":              {Admin, High, "writes to the server's log of changes", 0, 0},
	"pg_wal_replay_pause pg_wal_replay_resume":                                   {Admin, High, "stops or continues replication", 0, 0},
	"pg_backup_start pg_backup_stop pg_start_backup pg_stop_backup":              {Admin, High, "begins or ends a base backup", 0, 0},
	"pg_create_physical_replication_slot pg_create_logical_replication_slot":     {Admin, High, slots, 0, 0},
	"pg_copy_physical_replication_slot pg_copy_logical_replication_slot":         {Admin, High, slots, 0, 0},
	"pg_drop_replication_slot pg_replication_slot_advance":                       {Admin, High, slots, 0, 0},
	"pg_sync_replication_slots":                                                  {Admin, High, slots, 0, 0},
	"pg_logical_slot_get_changes pg_logical_slot_get_binary_changes":             {Admin, High, slots, 0, 0},
	"pg_logical_slot_peek_changes pg_logical_slot_peek_binary_changes":           {Admin, High, "reads every change of every table", 0, 0},
	"pg_replication_origin_create pg_replication_origin_drop":                    {Admin, High, origins, 0, 0},
	"pg_replication_origin_advance pg_replication_origin_progress":               {Admin, High, origins, 0, 0},
	"pg_replication_origin_session_setup pg_replication_origin_session_reset":    {Admin, High, origins, 0, 0},
	"pg_replication_origin_session_progress pg_replication_origin_xact_setup":    {Admin, High, origins, 0, 0},
	"pg_replication_origin_xact_reset":                                           {Admin, High, origins, 0, 0},
	"pg_export_snapshot":                                                         {Admin, Medium, "keeps a snapshot open for others", 0, 0},
	"pg_import_system_collations":                                                {DDL, High, "creates collations", 0, 0},
	"pg_extension_config_dump":                                                   {DDL, Medium, "changes what an extension dumps", 0, 0},
	"pg_stat_reset pg_stat_reset_shared pg_stat_reset_slru":                      {Admin, Medium, statistics, 0, 0},
	"pg_stat_reset_single_table_counters pg_stat_reset_single_function_counters": {Admin, Medium, statistics, 0, 0},
	"pg_stat_reset_replication_slot pg_stat_reset_subscription_stats":            {Admin, Medium, statistics, 0, 0},
	"pg_stat_reset_backend_stats pg_clear_relation_stats":                        {Admin, Medium, statistics, 0, 0},
	"pg_clear_attribute_stats pg_restore_relation_stats":                         {Admin, Medium, statistics, 0, 0},
	"pg_restore_attribute_stats pg_set_relation_stats pg_set_attribute_stats":    {Admin, Medium, statistics, 0, 0},
	"brin_summarize_range brin_summarize_new_values brin_desummarize_range":      {Admin, Medium, "does maintenance on an index", 0, 0},
	"gin_clean_pending_list":                                                     {Admin, Medium, "does maintenance on an index", 0, 0},
	"pg_read_file pg_read_file_old pg_read_binary_file pg_stat_file":             {Admin, Critical, serverFile, 0, 0},
	"pg_ls_dir pg_ls_logdir pg_ls_waldir pg_ls_tmpdir pg_ls_archive_statusdir":   {Admin, Critical, serverFile, 0, 0},
	"pg_ls_logicalmapdir pg_ls_logicalsnapdir pg_ls_replslotdir":                 {Admin, Critical, serverFile, 0, 0},
	"pg_ls_summariesdir": {Admin, Critical, serverFile, 0, 0},
	"pg_hba_file_rules pg_ident_file_mappings pg_show_all_file_settings": {Admin, High, "reads the server's configuration files", 0, 0},
	"pg_current_logfile":            {Admin, Medium, "tells where the server keeps its log", 0, 0},
	"pg_stop_making_pinned_objects": {Admin, Critical, "is for the making of a server only", 0, 0},
	"binary_upgrade_create_empty_extension binary_upgrade_set_missing_value":     {Admin, Critical, upgrade, 0, 0},
	"binary_upgrade_set_next_array_pg_type_oid":                                  {Admin, Critical, upgrade, 0, 0},
	"binary_upgrade_set_next_attribute_versions":                                 {Admin, Critical, upgrade, 0, 0},
	"binary_upgrade_set_next_heap_pg_class_oid":                                  {Admin, Critical, upgrade, 0, 0},
	"binary_upgrade_set_next_heap_relfilenode":                                   {Admin, Critical, upgrade, 0, 0},
	"binary_upgrade_set_next_index_pg_class_oid":                                 {Admin, Critical, upgrade, 0, 0},
	"binary_upgrade_set_next_index_relfilenode":                                  {Admin, Critical, upgrade, 0, 0},
	"binary_upgrade_set_next_multirange_array_pg_type_oid":                       {Admin, Critical, upgrade, 0, 0},
	"binary_upgrade_set_next_multirange_pg_type_oid":                             {Admin, Critical, upgrade, 0, 0},
	"binary_upgrade_set_next_pg_authid_oid binary_upgrade_set_next_pg_enum_oid":  {Admin, Critical, upgrade, 0, 0},
	"binary_upgrade_set_next_pg_tablespace_oid":                                  {Admin, Critical, upgrade, 0, 0},
	"binary_upgrade_set_next_pg_type_oid":                                        {Admin, Critical, upgrade, 0, 0},
	"binary_upgrade_set_next_toast_pg_class_oid":                                 {Admin, Critical, upgrade, 0, 0},
	"binary_upgrade_set_next_toast_relfilenode":                                  {Admin, Critical, upgrade, 0, 0},
	"binary_upgrade_set_record_init_privs":                                       {Admin, Critical, upgrade, 0, 0},
	"binary_upgrade_add_sub_rel_state binary_upgrade_logical_slot_has_caught_up": {Admin, Critical, upgrade, 0, 0},
	"binary_upgrade_replorigin_advance":                                          {Admin, Critical, upgrade, 0, 0},
	"set_config":                                                                 {Session, Medium, "changes a setting", 0, 0},
})

const (
	advisory   = "takes or gives back locks that other sessions wait on"
	slots      = "makes, moves or reads off a replication slot; one left behind fills the server's disk"
	origins    = "changes what replication remembers"
	statistics = "changes the statistics that the server and its planner go by"
	serverFile = "reads files or folders of the database server"
	upgrade    = "is for pg_upgrade only"
)

// extensionFunctions are functions of well-known extensions, in whatever schema
// they were installed. What is not listed is unknown, which is medium.
var extensionFunctions = named(map[string]effect{
	"dblink_get_notify dblink_get_connections":                              {Admin, High, "talks to another server", 0, 0},
	"dblink dblink_exec dblink_open dblink_fetch dblink_close":              {Admin, Critical, otherServer, 0, 0},
	"dblink_connect dblink_connect_u dblink_disconnect dblink_send_query":   {Admin, Critical, otherServer, 0, 0},
	"dblink_get_result dblink_cancel_query dblink_is_busy":                  {Admin, Critical, otherServer, 0, 0},
	"dblink_get_pkey dblink_build_sql_insert dblink_build_sql_update":       {Admin, High, otherServer, 0, 0},
	"dblink_build_sql_delete dblink_error_message dblink_current_query":     {Admin, High, otherServer, 0, 0},
	"postgres_fdw_disconnect postgres_fdw_disconnect_all":                   {Admin, High, otherServer, 0, 0},
	"http http_get http_post http_put http_patch http_delete http_head":     {Admin, Critical, otherServer, 0, 0},
	"pg_file_write pg_file_unlink pg_file_rename pg_file_sync pg_file_read": {Admin, Critical, serverFile, 0, 0},
	"pg_file_length pg_logdir_ls pg_logfile_rotate":                         {Admin, Critical, serverFile, 0, 0},
	"crosstab crosstab2 crosstab3 crosstab4 crosstab_hash":                  {Unknown, High, "runs a text as SQL", 1, 0},
	"connectby xpath_table": {Unknown, High, "makes a query of texts and runs it", 0, 0},
	"pg_stat_statements_reset pg_prewarm autoprewarm_dump_now":     {Admin, Medium, "changes what the server remembers or caches", 0, 0},
	"autoprewarm_start_worker pg_background_launch":                {Admin, High, "starts a process on the server", 0, 0},
	"heap_force_kill heap_force_freeze pg_truncate_visibility_map": {Admin, Critical, "changes a table's pages by force", 0, 0},
	"pg_buffercache_evict": {Admin, Medium, "drops pages from the server's cache", 0, 0},
})

const otherServer = "connects to another server"

// named gives each of the names in a key its entry.
func named(groups map[string]effect) map[string]effect {
	one := make(map[string]effect, 4*len(groups))
	for names, e := range groups {
		for _, name := range strings.Fields(names) {
			one[name] = e
		}
	}
	return one
}

// named reports a call of a function whose effect is known; n is nil if the call
// is written x.f.
func (r *reader) named(c call, e effect, n *pg.FuncCall) {
	switch {
	case c.name == "set_config":
		r.setConfig(c, n)
		return
	case e.text > 0:
		r.runsText(c, e, n)
		return
	}
	r.reportAs(e.kind, ruleNamedFunction, e.level, c.start, c.end, "The function "+dotted(c.schema, c.name)+" "+e.message+".", "")
}

// setConfig judges set_config(name, value, local) like SET if it can read both.
func (r *reader) setConfig(c call, n *pg.FuncCall) {
	if n != nil && len(n.Args) == 3 {
		name, ok := settingValue(n.Args[:1])
		value, known := settingValue(n.Args[1:2])
		if ok {
			r.setting(name, value, known, c.start, c.end)
			return
		}
	}
	r.report(ruleSetting, Medium, c.start, c.end, "set_config changes a setting that the text does not name.", "Use SET with the setting's name.")
}

// runsText judges a function that runs a text: if the text is a constant, by
// what it says; else it may do anything.
func (r *reader) runsText(c call, e effect, n *pg.FuncCall) {
	if n != nil && len(n.Args) >= e.text {
		if sql, ok := settingValue(n.Args[e.text-1 : e.text]); ok {
			r.report(ruleRunsText, Medium, c.start, c.end, "The function "+c.name+" "+e.message+".", "Write the query itself.")
			r.nested(sql, "In the text that "+c.name+" runs: ")
			return
		}
	}
	r.reportAs(e.kind, ruleRunsText, e.level, c.start, c.end, "The function "+c.name+" "+e.message+", which stands nowhere in the statement.",
		"Write the query itself.")
}
