package target

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"dbaccess/internal/masking"
)

// leftOut is what got no masked view on purpose.
type leftOut struct {
	names []masking.Name // all of it
	gaps  []Gap          // the notes that tell of it
}

// readLeftOut reads it from what the last apply noted.
func readLeftOut(ctx context.Context, tx pgx.Tx) (left leftOut, err error) {
	rows, err := tx.Query(ctx, `
		SELECT pg_catalog.obj_description(n.oid, 'pg_namespace') FROM pg_catalog.pg_namespace n
		WHERE pg_catalog.pg_get_userbyid(n.nspowner) = $1 AND pg_catalog.obj_description(n.oid, 'pg_namespace') IS NOT NULL ORDER BY n.nspname`, masking.OwnerRole)
	if err != nil {
		return left, fmt.Errorf("read the masked schemas: %w", err)
	}
	var note string
	var speaking []string
	var order []string
	out, fixes := map[string][]string{}, map[string][]string{} // by why
	_, err = pgx.ForEachRow(rows, []any{&note}, func() error {
		n, ok := masking.ParseSchemaNote(note)
		if !ok || n.For != "" {
			return nil
		}
		for _, table := range n.Left {
			left.names = append(left.names, masking.Name{Schema: n.Of, Table: table})
			speaking = append(speaking, n.Of+"."+table)
		}
		for _, o := range n.Out {
			left.names = append(left.names, masking.Name{Schema: n.Of, Table: o.Table})
			if out[o.Why] == nil {
				order = append(order, o.Why)
			}
			out[o.Why] = append(out[o.Why], n.Of+"."+o.Table)
			if o.Fix != "" && !slices.Contains(fixes[o.Why], o.Fix) {
				fixes[o.Why] = append(fixes[o.Why], o.Fix)
			}
		}
		return nil
	})
	if len(speaking) > 0 {
		left.gaps = append(left.gaps, Gap{Noted: true, What: fmt.Sprintf("Readers do not see %s: the view calls functions of this database, or fails on one of its rows, and either could print what a mask hides. An override of it lets it through.", listed(speaking))})
	}
	for _, why := range order {
		g := Gap{Noted: true, What: fmt.Sprintf("Readers do not see %s: %s.", listed(out[why]), why), Fix: strings.Join(fixes[why], " ")}
		if g.Fix != "" {
			g.What += " They do after this and another apply:"
		}
		left.gaps = append(left.gaps, g)
	}
	return left, err
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
