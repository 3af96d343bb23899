package target

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// settle brings the transaction to the state in which it would be committed:
// constraints and triggers that wait for the commit act now, where their changes
// can still be counted, and within the same time-outs as the statement, whatever
// it has set. From here on names mean the built-in ones.
func settle(ctx context.Context, conn *pgconn.PgConn, o RunOptions) error {
	if err := setTimeouts(ctx, conn, o); err != nil {
		return err
	}
	if err := query(ctx, conn, "SET CONSTRAINTS ALL IMMEDIATE", nil); err != nil {
		return err
	}
	return query(ctx, conn, "SET LOCAL search_path = pg_catalog, pg_temp", nil)
}

// lock is a lock on a relation that the transaction holds. What a transaction
// reads or changes stays locked until its end.
type lock struct {
	oid  string
	mode string
}

// heldLocks lists the locks on relations. It must come before any query of ours
// that reads a relation: the function it reads from is none.
func heldLocks(ctx context.Context, conn *pgconn.PgConn) ([]lock, error) {
	var locks []lock
	err := query(ctx, conn, "SELECT relation, mode FROM pg_catalog.pg_lock_status() WHERE locktype = 'relation' AND pid = pg_catalog.pg_backend_pid()",
		func(v [][]byte) error {
			locks = append(locks, lock{oid: string(v[0]), mode: string(v[1])})
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("list the locks: %w", err)
	}
	return locks, nil
}

// changedRows counts what the transaction inserted, updated and deleted in
// tables that are not the system's; large objects live in a system table and
// count. Temporary tables are nobody's data. Refuses if the server does not
// count.
const changedRows = `SELECT pg_catalog.current_setting('track_counts'), coalesce(pg_catalog.sum(n_tup_ins + n_tup_upd + n_tup_del), 0)
FROM pg_catalog.pg_stat_xact_all_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND schemaname NOT LIKE 'pg\_toast%' AND schemaname NOT LIKE 'pg\_temp%'
   OR schemaname = 'pg_catalog' AND relname = 'pg_largeobject'`

// emptied names a table that is locked as TRUNCATE locks it, or nothing.
const emptied = `SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = ANY ($1::pg_catalog.oid[]) AND c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
ORDER BY 1 LIMIT 1`

// uncounted names a foreign table that was written to. Nothing counts its rows:
// the tag does only where the table is the command's own target, and not in a
// CTE, a trigger or TRUNCATE, and nobody can tell which it was.
const uncounted = `SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = ANY ($1::pg_catalog.oid[]) AND c.relkind = 'f' ORDER BY 1 LIMIT 1`

// fuse counts what the statement changed and sets Fused and Why if that is more
// than the bound.
//
// TRUNCATE is in no row count, wherever it hides: in a function, a trigger, a
// cascade. It is known by its lock: a table held in AccessExclusive mode by a
// command that is not DDL is taken for emptied, and no bound allows that.
func (r *Result) fuse(ctx context.Context, conn *pgconn.PgConn, locks []lock, bound int64) error {
	counting := "off"
	err := query(ctx, conn, changedRows, func(v [][]byte) error {
		counting = string(v[0])
		var err error
		r.Changed, err = strconv.ParseInt(string(v[1]), 10, 64)
		return err
	})
	if err != nil {
		return fmt.Errorf("count changed rows: %w", err)
	}
	// Of foreign tables there may be a number in the tag alone.
	r.Changed = max(r.Changed, tagRows(r.Tag))
	if bound < 0 {
		return nil
	}
	if counting != "on" {
		return errNotCounting
	}
	if r.Changed > bound {
		r.Fused = true
		r.Why = fmt.Sprintf("It would have changed %d rows, and at most %d were approved; nothing was changed.", r.Changed, bound)
		return nil
	}
	if isDDL(r.Tag) {
		return nil
	}
	trip := func(sql, why string, modes ...string) error {
		var held []string
		for _, l := range locks {
			if slices.Contains(modes, l.mode) {
				held = append(held, l.oid)
			}
		}
		if r.Fused || len(held) == 0 {
			return nil
		}
		return query(ctx, conn, sql, func(v [][]byte) error {
			r.Fused, r.Why = true, fmt.Sprintf(why, v[0])
			return nil
		}, "{"+strings.Join(held, ",")+"}")
	}
	if err := trip(uncounted, "It would have changed the foreign table %s, whose rows cannot be counted here; nothing was changed.",
		"RowExclusiveLock", "AccessExclusiveLock"); err != nil {
		return err
	}
	return trip(emptied, "It would have emptied or redefined the table %s, which no bound on rows allows; nothing was changed.", "AccessExclusiveLock")
}

// isDDL reports whether the tag is that of a command which defines objects, and
// which its reviewers have seen as such. CREATE TABLE AS has the tag SELECT, and
// its new table is held exclusively: it passes without a bound only.
func isDDL(tag string) bool {
	verb, _, _ := strings.Cut(tag, " ")
	switch verb {
	case "CREATE", "ALTER", "DROP", "COMMENT", "REFRESH", "GRANT", "REVOKE", "REINDEX", "CLUSTER", "LOCK", "SECURITY", "IMPORT":
		return true
	}
	return false
}
