package target

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"dbaccess/internal/masking"
)

// leftOut reads which views got no masked view on purpose.
func leftOut(ctx context.Context, tx pgx.Tx) (list []masking.Name, err error) {
	rows, err := tx.Query(ctx, `
		SELECT pg_catalog.obj_description(n.oid, 'pg_namespace') FROM pg_catalog.pg_namespace n
		WHERE pg_catalog.pg_get_userbyid(n.nspowner) = $1 AND pg_catalog.obj_description(n.oid, 'pg_namespace') IS NOT NULL ORDER BY n.nspname`, masking.OwnerRole)
	if err != nil {
		return nil, fmt.Errorf("read the masked schemas: %w", err)
	}
	var note string
	_, err = pgx.ForEachRow(rows, []any{&note}, func() error {
		if n, ok := masking.ParseSchemaNote(note); ok && n.For == "" {
			for _, table := range n.Left {
				list = append(list, masking.Name{Schema: n.Of, Table: table})
			}
		}
		return nil
	})
	return list, err
}

// noteOf tells of them.
func noteOf(left []masking.Name) Gap {
	var names []string
	for _, n := range left {
		names = append(names, n.Schema+"."+n.Table)
	}
	return Gap{Noted: true, What: fmt.Sprintf("Readers do not see %s: the view calls functions of this database, or fails on one of its rows, and either could print what a mask hides. An override of it lets it through.", listed(names))}
}

// changed finds what is defined in another way than when its masked view was made.
// Names and types stayed, so the masked view goes on, and what it shows under a
// harmless name may be something else now.
func (st *MaskState) changed(ctx context.Context, tx pgx.Tx, views []maskedView) error {
	rows, err := tx.Query(ctx, `SELECT n.nspname, c.relname, CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) ELSE '' END || `+formulasOf+`
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't' AND `+ofOthers)
	if err != nil {
		return err
	}
	made := map[masking.Name]string{}
	var name masking.Name
	var definition string
	if _, err := pgx.ForEachRow(rows, []any{&name.Schema, &name.Table, &definition}, func() error {
		made[name] = masking.Made(definition)
		return nil
	}); err != nil {
		return err
	}
	for _, v := range views {
		if now, ok := made[v.of]; ok && v.exception == "" && v.made != "" && v.made != now {
			st.Drift = append(st.Drift, Drift{
				Schema: v.of.Schema, Table: v.of.Table,
				What: "It is defined in another way since the last apply: what its masked view shows may be something else now. Suspend it, or apply again.",
			})
		}
	}
	slices.SortStableFunc(st.Drift, func(a, b Drift) int { return strings.Compare(a.Schema+"\x00"+a.Table, b.Schema+"\x00"+b.Table) })
	return nil
}
