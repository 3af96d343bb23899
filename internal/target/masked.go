package target

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// sources tells of relations in which schema they are, whether they hold rows,
// and whether the session's own role may read any of them directly.
const sources = `SELECT n.nspname, pg_catalog.has_table_privilege(session_user, c.oid, 'SELECT') OR pg_catalog.has_any_column_privilege(session_user, c.oid, 'SELECT')
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = ANY ($1::pg_catalog.oid[]) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')`

// allMasked reports whether a result consists of masked values alone.
//
// It does if the schemas of masked views are known, every column that comes from
// a relation comes from one of them, and the statement touched nothing else that
// the role could have read: an expression has no relation of its own, so its
// column tells nothing. Underneath the views lie the raw tables, locked as well;
// the role has no right on those.
//
// It cannot see what a SECURITY DEFINER function reads on its caller's behalf;
// guardrails put such calls before people.
func allMasked(ctx context.Context, conn *pgconn.PgConn, columns []Column, locks []lock, schemas []string) (bool, error) {
	if len(schemas) == 0 {
		return false, nil
	}
	var from, touched []string
	for _, c := range columns {
		if c.TableOID != 0 {
			from = append(from, strconv.FormatUint(uint64(c.TableOID), 10))
		}
	}
	for _, l := range locks {
		touched = append(touched, l.oid)
	}
	masked := true
	look := func(oids []string, harmless func(schema string, readable bool) bool) error {
		return query(ctx, conn, sources, func(v [][]byte) error {
			masked = masked && harmless(string(v[0]), string(v[1]) == "t")
			return nil
		}, "{"+strings.Join(oids, ",")+"}")
	}
	err := look(from, func(schema string, _ bool) bool { return slices.Contains(schemas, schema) })
	if err == nil {
		err = look(touched, func(schema string, readable bool) bool { return !readable || slices.Contains(schemas, schema) })
	}
	if err != nil {
		return false, fmt.Errorf("find where the values come from: %w", err)
	}
	return masked, nil
}
