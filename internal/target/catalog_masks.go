package target

import (
	"context"
	"strings"

	"dbaccess/internal/masking"
)

// masks marks the columns that masked views hide as sensitive. What masking took a
// column for stands in the comment of the view's column, for everybody to read.
func (r *catalogReader) masks(ctx context.Context) error {
	places := make(map[masking.ColumnRef][2]int)
	for i, t := range r.cat.Tables {
		for j, c := range t.Columns {
			places[masking.ColumnRef{Name: masking.Name{Schema: t.Schema, Table: t.Name}, Column: c.Name}] = [2]int{i, j}
		}
	}
	return r.each(ctx, "masks", `
		SELECT pg_catalog.obj_description(n.oid, 'pg_namespace'), c.relname, a.attname, pg_catalog.col_description(c.oid, a.attnum)
		FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relkind = 'v'
		JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		WHERE pg_catalog.pg_get_userbyid(n.nspowner) = '`+masking.OwnerRole+`' AND pg_catalog.starts_with(n.nspname, '`+masking.ViewPrefix+`')`,
		func(v []string) error {
			note, ok := masking.ParseSchemaNote(v[0])
			entity, strategy, told := masking.ParseColumnComment(v[3])
			if !ok || !told || note.For != "" || strategy == masking.Keep {
				return nil
			}
			if at, ok := places[masking.ColumnRef{Name: masking.Name{Schema: note.Of, Table: v[1]}, Column: v[2]}]; ok {
				c := &r.cat.Tables[at[0]].Columns[at[1]]
				c.Sensitive, c.Entity = true, strings.TrimSpace(string(entity))
			}
			return nil
		})
}
