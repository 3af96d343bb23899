package guardrails

import (
	"strconv"
	"strings"
	"sync"
)

// newerTable holds harmless functions of servers newer than the one that
// harmlessTable was read from: PostgreSQL 16, 17 and 18.
const newerTable = `
any_value 1
array_reverse 1
array_sample 2
array_shuffle 1
array_sort 1-3
bytea 1
bytea_larger 2
bytea_smaller 2
casefold 1
crc32 1
crc32c 1
date_add 2-3
date_subtract 2-3
erf 1
erfc 1
gamma 1
generate_series 4
gist_translate_cmptype_common 1
has_largeobject_privilege 2-3
hashbool 1
hashboolextended 2
hashbytea 1
hashbyteaextended 2
hashcid 1
hashcidextended 2
hashdate 1
hashdateextended 2
hashxid 1
hashxid8 1
hashxid8extended 2
hashxidextended 2
icu_unicode_version 0
json_agg_strict 1
json_object_agg_strict 2
json_object_agg_unique 2
json_object_agg_unique_strict 2
json_strip_nulls 2
jsonb_agg_strict 1
jsonb_object_agg_strict 2
jsonb_object_agg_unique 2
jsonb_object_agg_unique_strict 2
jsonb_populate_record_valid 2
jsonb_strip_nulls 2
lgamma 1
pg_available_wal_summaries 0
pg_basetype 1
pg_column_toast_chunk_id 1
pg_get_acl 3
pg_get_aios 0
pg_get_loaded_modules 0
pg_get_publication_tables 0+
pg_get_sequence_data 1
pg_get_shmem_allocations_numa 0
pg_get_wait_events 0
pg_get_wal_summarizer_state 0
pg_numa_available 0
pg_split_walfile_name 1
pg_stat_get_backend_io 1
pg_stat_get_backend_subxact 1
pg_stat_get_backend_wal 1
pg_stat_get_checkpointer_buffers_written 0
pg_stat_get_checkpointer_num_performed 0
pg_stat_get_checkpointer_num_requested 0
pg_stat_get_checkpointer_num_timed 0
pg_stat_get_checkpointer_restartpoints_performed 0
pg_stat_get_checkpointer_restartpoints_requested 0
pg_stat_get_checkpointer_restartpoints_timed 0
pg_stat_get_checkpointer_slru_written 0
pg_stat_get_checkpointer_stat_reset_time 0
pg_stat_get_checkpointer_sync_time 0
pg_stat_get_checkpointer_write_time 0
pg_stat_get_db_conflict_logicalslot 1
pg_stat_get_db_parallel_workers_launched 1
pg_stat_get_db_parallel_workers_to_launch 1
pg_stat_get_io 0
pg_stat_get_lastscan 1
pg_stat_get_total_analyze_time 1
pg_stat_get_total_autoanalyze_time 1
pg_stat_get_total_autovacuum_time 1
pg_stat_get_total_vacuum_time 1
pg_stat_get_tuples_newpage_updated 1
pg_stat_get_xact_tuples_newpage_updated 1
pg_timezone_abbrevs_abbrevs 0
pg_timezone_abbrevs_zone 0
pg_wal_summary_contents 3
random 2
random_normal 0-2
record_larger 2
record_smaller 2
system_user 0
timestamptz_hash 1
timestamptz_hash_extended 2
timezone 1
to_bin 1
to_oct 1
to_regtypemod 1
unicode_assigned 1
unicode_version 0
uuid_extract_timestamp 1
uuid_extract_version 1
uuidv4 0
uuidv7 0-1
xmltext 1
`

// maxArity bounds what is told apart of a call's number of arguments.
const maxArity = 63

// builtinFunctions maps each harmless function to the numbers of arguments it
// takes, as bits. A call with another number is not the built-in.
var builtinFunctions = sync.OnceValue(func() map[string]uint64 {
	table := make(map[string]uint64, 3000)
	for line := range strings.Lines(harmlessTable + newerTable) {
		name, arities, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok {
			continue
		}
		for part := range strings.SplitSeq(arities, ",") {
			table[name] |= arityBits(part)
		}
	}
	return table
})

// arityBits reads "2", "2-4" or "2+".
func arityBits(s string) uint64 {
	least, most, isRange := strings.Cut(s, "-")
	least, open := strings.CutSuffix(least, "+")
	from, _ := strconv.Atoi(least)
	to := from
	switch {
	case open:
		to = maxArity
	case isRange:
		to, _ = strconv.Atoi(most)
	}
	bits := uint64(0)
	for n := from; n <= min(to, maxArity); n++ {
		bits |= 1 << n
	}
	return bits
}

// builtin reports whether a call can only mean a harmless function of
// PostgreSQL's own, by its name as PostgreSQL sees it and its arguments' number.
func builtin(c call) bool {
	if c.args < 0 {
		return builtinFunctions()[c.name] != 0
	}
	return builtinFunctions()[c.name]&(1<<min(c.args, maxArity)) != 0
}

// builtinTypes holds the types of pg_catalog.
var builtinTypes = sync.OnceValue(func() map[string]bool {
	table := make(map[string]bool, 300)
	for name := range strings.FieldsSeq(typeTable) {
		table[name] = true
	}
	return table
})
