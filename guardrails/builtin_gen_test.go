package guardrails

import (
	"bytes"
	"context"
	"fmt"
	"go/format"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"dbaccess/internal/devstack/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// volatileHarmless are the functions that PostgreSQL declares volatile only
// because their answer changes: each was looked at by name.
var volatileHarmless = strings.Fields(`
	amvalidate clock_timestamp current_query currtid2 currval gen_random_uuid lastval lo_close lo_lseek lo_lseek64
	lo_tell lo_tell64 pg_blocking_pids pg_collation_actual_version pg_control_checkpoint pg_control_init
	pg_control_recovery pg_control_system pg_current_wal_flush_lsn pg_current_wal_insert_lsn pg_current_wal_lsn
	pg_database_collation_actual_version pg_database_size pg_get_backend_memory_contexts pg_get_multixact_members
	pg_get_shmem_allocations pg_get_wal_replay_pause_state pg_get_wal_resource_managers pg_indexes_size pg_is_in_recovery
	pg_is_wal_replay_paused pg_isolation_test_session_is_blocked pg_jit_available pg_last_committed_xact
	pg_last_wal_receive_lsn pg_last_wal_replay_lsn pg_last_xact_replay_timestamp pg_lock_status pg_notification_queue_usage
	pg_partition_ancestors pg_partition_tree pg_prepared_xact pg_relation_size pg_replication_origin_session_is_setup
	pg_safe_snapshot_blocking_pids pg_sequence_last_value pg_show_replication_origin_status pg_stat_clear_snapshot
	pg_stat_force_next_flush pg_stat_get_recovery_prefetch pg_stat_get_xact_blocks_fetched pg_stat_get_xact_blocks_hit
	pg_stat_get_xact_function_calls pg_stat_get_xact_function_self_time pg_stat_get_xact_function_total_time
	pg_stat_get_xact_numscans pg_stat_get_xact_tuples_deleted pg_stat_get_xact_tuples_fetched
	pg_stat_get_xact_tuples_hot_updated pg_stat_get_xact_tuples_inserted pg_stat_get_xact_tuples_returned
	pg_stat_get_xact_tuples_updated pg_stat_have_stats pg_table_size pg_tablespace_size pg_total_relation_size
	pg_xact_commit_timestamp pg_xact_commit_timestamp_origin pg_xact_status random setseed timeofday ts_rewrite txid_status`)

// callable are the functions of pg_catalog that SQL can call: not those that
// take or return the server's internal values.
const callable = `
	FROM pg_proc
	WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind <> 'p'
	  AND NOT ('internal'::regtype = ANY (proargtypes::oid[]))
	  AND prorettype NOT IN ('internal'::regtype, 'trigger'::regtype, 'event_trigger'::regtype,
	      'language_handler'::regtype, 'index_am_handler'::regtype, 'table_am_handler'::regtype,
	      'fdw_handler'::regtype, 'tsm_handler'::regtype)
	  AND proname !~ '^(any|shell_|trigger_|event_trigger_|.*_handler_|pg_ddl_command_)'`

// TestGeneratedBuiltinsAreFresh keeps builtin_gen.go equal to what a server of
// the version it names says; -update writes it from the server at hand. On a
// server of another version it has nothing to compare.
func TestGeneratedBuiltinsAreFresh(t *testing.T) {
	t.Parallel()
	ctx, conn := connect(t, pgtest.Server(t).URL("postgres"))
	version := pgtest.Server(t).Version
	want, err := format.Source(generateBuiltins(ctx, t, conn, version))
	if err != nil {
		t.Fatal(err)
	}
	if *update || version == builtinVersion {
		fresh(t, "builtin_gen.go", want)
	}
}

// TestEveryFunctionOfTheServerWasJudged asks the server for its functions: each
// is in the table of harmless ones or among those named by hand. A function that
// neither knows, since even minor versions bring some, must not pass for harmless.
func TestEveryFunctionOfTheServerWasJudged(t *testing.T) {
	t.Parallel()
	ctx, conn := connect(t, pgtest.Server(t).URL("postgres"))
	for _, name := range column(ctx, t, conn, "SELECT DISTINCT proname "+callable+" AND provolatile = 'v'") {
		_, named := namedFunctions[name]
		if named || builtinFunctions()[name] != 0 {
			continue
		}
		if v := Classify("SELECT "+name+"()", nil); v.Level == Low || v.Kind == Read {
			t.Errorf("the volatile function %s is neither harmless nor named, and passes for %s, %s", name, v.Kind, v.Level)
		}
	}
	for name := range namedFunctions {
		if builtinFunctions()[name] != 0 && namedFunctions[name].arity == 0 {
			t.Errorf("%s is named for its effect and listed as harmless", name)
		}
	}
}

func connect(t *testing.T, url string) (context.Context, *pgx.Conn) {
	t.Helper()
	ctx := t.Context()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(ctx)) })
	return ctx, conn
}

// column returns the one column of a query as text.
func column(ctx context.Context, t *testing.T, conn *pgx.Conn, sql string) []string {
	t.Helper()
	rows, err := conn.Query(ctx, sql)
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

func generateBuiltins(ctx context.Context, t *testing.T, conn *pgx.Conn, version int) []byte {
	t.Helper()
	functions := column(ctx, t, conn, `
		SELECT proname || ' ' || string_agg(DISTINCT least || CASE WHEN least = most THEN '' WHEN most > 90 THEN '+' ELSE '-' || most END, ',')
		FROM (
			SELECT proname, provolatile,
			       pronargs - pronargdefaults - (provariadic <> 0)::int AS least,
			       CASE WHEN provariadic <> 0 THEN 99 ELSE pronargs END AS most
			`+callable+`) f
		WHERE provolatile <> 'v' OR proname = ANY ('{`+strings.Join(volatileHarmless, ",")+`}')
		GROUP BY proname`)
	functions = slices.DeleteFunc(functions, func(line string) bool {
		name, _, _ := strings.Cut(line, " ")
		e, ok := namedFunctions[name]
		return ok && e.arity == 0
	})
	types := column(ctx, t, conn, `
		SELECT typname::text FROM pg_type
		WHERE typnamespace = 'pg_catalog'::regnamespace`)
	operators := column(ctx, t, conn, `
		SELECT DISTINCT oprname::text FROM pg_operator WHERE oprnamespace = 'pg_catalog'::regnamespace`)

	var b bytes.Buffer
	fmt.Fprintf(&b, `// Code generated by TestGeneratedBuiltinsAreFresh in builtin_gen_test.go from PostgreSQL %d; DO NOT EDIT.

package guardrails

// builtinVersion is the server's version that the tables below were read from.
const builtinVersion = %d

// harmlessTable holds the functions of pg_catalog that have no effect, each with
// the numbers of arguments it takes: those declared immutable or stable, less
// those named in functions_named.go, and the volatile ones listed by hand in
// builtin_gen_test.go.
const harmlessTable = `, version, version)
	literal := func(lines []string) {
		b.WriteString("`\n" + strings.Join(lines, "\n") + "\n`\n")
	}
	literal(functions)
	b.WriteString("\n// typeTable holds the types of pg_catalog.\nconst typeTable = ")
	literal(types)
	b.WriteString("\n// builtinOperators holds the operators of pg_catalog.\nvar builtinOperators = map[string]bool{\n")
	for _, o := range operators {
		fmt.Fprintf(&b, "\t%q: true,\n", o)
	}
	b.WriteString("}\n")
	return b.Bytes()
}
