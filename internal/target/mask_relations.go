package target

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"dbaccess/internal/masking"
)

// Relations implements [masking.Source].
func (s *MaskSource) Relations(ctx context.Context) ([]masking.Relation, error) {
	var list []masking.Relation
	longer := *s // the catalogs of a large database take longer than one sample
	longer.Timeout = max(s.Timeout, 60*maskTimeout/3)
	err := longer.reading(ctx, func(tx pgx.Tx) error {
		r := relationReader{tx: tx, byOID: map[uint32]int{}}
		for _, read := range []func(context.Context) error{
			r.relations, r.columns, r.fields, r.parents, r.keys, r.generated, r.views, r.calling, r.reachable, r.asking,
		} {
			if err := read(ctx); err != nil {
				return fmt.Errorf("read the catalog: %w", err)
			}
		}
		list = r.list
		return nil
	})
	return list, err
}

// relationReader collects relations; everything later is added to the ones that
// the first query found.
type relationReader struct {
	tx    pgx.Tx
	list  []masking.Relation
	byOID map[uint32]int // place in list
	types map[uint32][]*masking.Column
}

// maskedSchema is how the schemas that mask apply makes are told from others: by
// their owner, whom nobody else can be a member of.
const ofOthers = `n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
	AND NOT EXISTS (SELECT FROM pg_roles o WHERE o.oid = n.nspowner AND o.rolname = '` + masking.OwnerRole + `')`

// formulasOf is how a table's generated columns are computed.
const formulasOf = `coalesce((SELECT string_agg(g.attname || ' ' || pg_get_expr(f.adbin, f.adrelid), E'\n' ORDER BY g.attnum)
	FROM pg_attribute g JOIN pg_attrdef f ON f.adrelid = g.attrelid AND f.adnum = g.attnum WHERE g.attrelid = c.oid AND g.attgenerated <> ''), '')`

func (r *relationReader) relations(ctx context.Context) error {
	rows, err := r.tx.Query(ctx, `
		SELECT c.oid, n.nspname, c.relname,
			CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned' WHEN 'v' THEN 'view' WHEN 'm' THEN 'matview' ELSE 'foreign' END,
			pg_get_userbyid(c.relowner), coalesce(obj_description(c.oid, 'pg_class'), ''), c.reltuples::float8, c.relrowsecurity,
			CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) ELSE '' END, `+formulasOf+`
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't' AND `+ofOthers+`
		ORDER BY n.nspname, c.relname`)
	if err != nil {
		return err
	}
	var oid uint32
	var rel masking.Relation
	_, err = pgx.ForEachRow(rows, []any{
		&oid, &rel.Schema, &rel.Table, &rel.Kind, &rel.Owner, &rel.Comment, &rel.Rows, &rel.RowSecurity, &rel.Definition, &rel.Formulas,
	}, func() error {
		rel.Rows = rowsOf(rel.Rows)
		r.byOID[oid] = len(r.list)
		r.list = append(r.list, rel)
		return nil
	})
	return err
}

// columns reads all columns, their types resolved through domains and arrays.
func (r *relationReader) columns(ctx context.Context) error {
	r.types = map[uint32][]*masking.Column{}
	rows, err := r.tx.Query(ctx, `
		WITH RECURSIVE below(of, oid, typmod, depth) AS (
			SELECT oid, oid, -1, 0 FROM pg_type
			UNION ALL
			SELECT b.of, t.typbasetype, CASE WHEN t.typtypmod >= 0 THEN t.typtypmod ELSE b.typmod END, b.depth + 1
			FROM below b JOIN pg_type t ON t.oid = b.oid WHERE t.typtype = 'd'
		), bare AS (SELECT b.* FROM below b JOIN pg_type t ON t.oid = b.oid AND t.typtype <> 'd')
		SELECT a.attrelid, a.attname, a.attnum, a.attnotnull, a.attgenerated <> '',
			coalesce(col_description(a.attrelid, a.attnum), ''),
			CASE WHEN a.attgenerated = '' THEN coalesce(pg_get_expr(d.adbin, d.adrelid), '') ELSE '' END,
			format_type(b.oid, CASE WHEN b.depth = 0 THEN a.atttypmod ELSE b.typmod END),
			CASE WHEN b.depth > 0 THEN dn.nspname ELSE '' END, CASE WHEN b.depth > 0 THEN dt.typname ELSE '' END,
			t.typcategory = 'A', et.oid, en.nspname, CASE WHEN en.nspname = 'pg_catalog' THEN format_type(et.oid, NULL) ELSE et.typname END,
			CASE et.typtype WHEN 'e' THEN 'enum' WHEN 'c' THEN 'composite' WHEN 'r' THEN 'range' WHEN 'm' THEN 'range' WHEN 'p' THEN 'pseudo' ELSE 'base' END,
			CASE WHEN t.oid IN ('varchar'::regtype, 'bpchar'::regtype) AND CASE WHEN b.depth = 0 THEN a.atttypmod ELSE b.typmod END > 4
				THEN CASE WHEN b.depth = 0 THEN a.atttypmod ELSE b.typmod END - 4 ELSE 0 END,
			CASE WHEN et.typtype = 'e' THEN (SELECT array_agg(l.enumlabel::text ORDER BY l.enumsortorder) FROM pg_enum l WHERE l.enumtypid = et.oid) END
		FROM pg_attribute a
		JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'
		JOIN pg_namespace n ON n.oid = c.relnamespace AND `+ofOthers+`
		JOIN bare b ON b.of = a.atttypid
		JOIN pg_type dt ON dt.oid = a.atttypid JOIN pg_namespace dn ON dn.oid = dt.typnamespace
		JOIN pg_type t ON t.oid = b.oid
		JOIN bare eb ON eb.of = CASE WHEN t.typcategory = 'A' AND t.typelem <> 0 THEN t.typelem ELSE t.oid END
		JOIN pg_type et ON et.oid = eb.oid JOIN pg_namespace en ON en.oid = et.typnamespace
		LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
		WHERE a.attnum > 0 AND NOT a.attisdropped
		ORDER BY a.attrelid, a.attnum`)
	if err != nil {
		return err
	}
	var oid, element uint32
	var c masking.Column
	var labels []string
	types := map[[2]int]uint32{} // place of the column -> its type
	_, err = pgx.ForEachRow(rows, []any{
		&oid, &c.Name, &c.Number, &c.NotNull, &c.Generated, &c.Comment, &c.Default,
		&c.Type.Name, &c.Type.Domain.Schema, &c.Type.Domain.Column, &c.Type.Array, &element,
		&c.Type.Schema, &c.Type.Base, &c.Type.Kind, &c.Type.Length, &labels,
	}, func() error {
		at, ok := r.byOID[oid]
		if !ok {
			return nil
		}
		c.Type.Labels = append([]string(nil), labels...)
		types[[2]int{at, len(r.list[at].Columns)}] = element
		r.list[at].Columns = append(r.list[at].Columns, c)
		return nil
	})
	for place, oid := range types {
		r.types[oid] = append(r.types[oid], &r.list[place[0]].Columns[place[1]])
	}
	return err
}

// fields reads what composite types consist of.
func (r *relationReader) fields(ctx context.Context) error {
	rows, err := r.tx.Query(ctx, `
		SELECT t.oid, a.attname, format_type(a.atttypid, a.atttypmod)
		FROM pg_type t JOIN pg_attribute a ON a.attrelid = t.typrelid
		WHERE t.typtype = 'c' AND a.attnum > 0 AND NOT a.attisdropped ORDER BY t.oid, a.attnum`)
	if err != nil {
		return err
	}
	var oid uint32
	var f masking.Field
	_, err = pgx.ForEachRow(rows, []any{&oid, &f.Name, &f.Type}, func() error {
		for _, c := range r.types[oid] {
			c.Type.Fields = append(c.Type.Fields, f)
		}
		return nil
	})
	return err
}

// parents reads inheritance, of partitions too.
func (r *relationReader) parents(ctx context.Context) error {
	rows, err := r.tx.Query(ctx, "SELECT inhrelid, inhparent FROM pg_inherits ORDER BY inhrelid, inhseqno")
	if err != nil {
		return err
	}
	var child, parent uint32
	_, err = pgx.ForEachRow(rows, []any{&child, &parent}, func() error {
		c, ok := r.byOID[child]
		p, known := r.byOID[parent]
		if ok && known {
			r.list[c].Parents = append(r.list[c].Parents, r.list[p].Name)
		}
		return nil
	})
	return err
}

// column finds a column by its relation and number; nil for those of others.
func (r *relationReader) column(rel uint32, number int16) (*masking.Column, masking.ColumnRef) {
	at, ok := r.byOID[rel]
	if !ok {
		return nil, masking.ColumnRef{}
	}
	for i := range r.list[at].Columns {
		if c := &r.list[at].Columns[i]; c.Number == number {
			return c, masking.ColumnRef{Name: r.list[at].Name, Column: c.Name}
		}
	}
	return nil, masking.ColumnRef{}
}

// keys reads primary keys, unique columns and foreign keys.
func (r *relationReader) keys(ctx context.Context) error {
	rows, err := r.tx.Query(ctx, `
		SELECT i.indrelid, k.attnum, i.indisprimary, i.indisunique AND i.indnkeyatts = 1 AND i.indpred IS NULL
		FROM pg_index i, unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, at)
		WHERE (i.indisprimary OR i.indisunique) AND k.at <= i.indnkeyatts AND k.attnum > 0`)
	if err != nil {
		return err
	}
	var rel uint32
	var number int16
	var primary, unique bool
	if _, err = pgx.ForEachRow(rows, []any{&rel, &number, &primary, &unique}, func() error {
		if c, _ := r.column(rel, number); c != nil {
			c.PrimaryKey, c.Unique = c.PrimaryKey || primary, c.Unique || unique
		}
		return nil
	}); err != nil {
		return err
	}
	rows, err = r.tx.Query(ctx, `
		SELECT o.conrelid, k.here, o.confrelid, k.there
		FROM pg_constraint o, unnest(o.conkey, o.confkey) AS k(here, there) WHERE o.contype = 'f' ORDER BY o.oid`)
	if err != nil {
		return err
	}
	var other uint32
	var there int16
	_, err = pgx.ForEachRow(rows, []any{&rel, &number, &other, &there}, func() error {
		c, _ := r.column(rel, number)
		if to, ref := r.column(other, there); c != nil && to != nil {
			c.References = append(c.References, ref)
		}
		return nil
	})
	return err
}

// generated reads what generated columns are computed from.
func (r *relationReader) generated(ctx context.Context) error {
	return r.from(ctx, `
		SELECT d.adrelid, d.adnum, p.refobjid, p.refobjsubid::int2
		FROM pg_attrdef d
		JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum AND a.attgenerated <> ''
		JOIN pg_depend p ON p.classid = 'pg_class'::regclass AND p.objid = d.adrelid AND p.objsubid = d.adnum
			AND p.refclassid = 'pg_class'::regclass AND p.refobjid = d.adrelid AND p.refobjsubid > 0
		UNION
		SELECT d.adrelid, d.adnum, p.refobjid, p.refobjsubid::int2
		FROM pg_attrdef d
		JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum AND a.attgenerated <> ''
		JOIN pg_depend p ON p.classid = 'pg_attrdef'::regclass AND p.objid = d.oid
			AND p.refclassid = 'pg_class'::regclass AND p.refobjid = d.adrelid AND p.refobjsubid > 0 AND p.refobjsubid <> d.adnum`)
}

// views reads which columns a view uses. The catalog knows this of the view as a
// whole, so every column of it gets all of them.
func (r *relationReader) views(ctx context.Context) error {
	return r.from(ctx, `
		SELECT w.ev_class, 0::int2, p.refobjid, p.refobjsubid::int2
		FROM pg_rewrite w
		JOIN pg_depend p ON p.classid = 'pg_rewrite'::regclass AND p.objid = w.oid AND p.refclassid = 'pg_class'::regclass
		WHERE p.refobjsubid > 0 AND p.refobjid <> w.ev_class
		GROUP BY 1, 3, 4`)
}

// from adds sources to columns; number 0 stands for all columns of the relation.
func (r *relationReader) from(ctx context.Context, query string) error {
	rows, err := r.tx.Query(ctx, query)
	if err != nil {
		return err
	}
	var rel, other uint32
	var number, there int16
	_, err = pgx.ForEachRow(rows, []any{&rel, &number, &other, &there}, func() error {
		source, ref := r.column(other, there)
		at, ok := r.byOID[rel]
		if source == nil || !ok {
			return nil
		}
		for i := range r.list[at].Columns {
			if c := &r.list[at].Columns[i]; number == 0 || c.Number == number {
				c.From = append(c.From, ref)
			}
		}
		return nil
	})
	return err
}

// calling marks the views that call somebody's own functions, directly or through
// another view; those of extensions, which superusers chose, do not count. Reading
// them would run that code with the rights of whoever plans, so they are not
// sampled.
func (r *relationReader) calling(ctx context.Context) error {
	rows, err := r.tx.Query(ctx, `
		WITH RECURSIVE uses AS (
			SELECT w.ev_class AS view, p.refclassid, p.refobjid
			FROM pg_rewrite w JOIN pg_depend p ON p.classid = 'pg_rewrite'::regclass AND p.objid = w.oid
		), bad(view) AS (
			SELECT u.view FROM uses u LEFT JOIN pg_proc f ON u.refclassid = 'pg_proc'::regclass AND f.oid = u.refobjid
				LEFT JOIN pg_operator o ON u.refclassid = 'pg_operator'::regclass AND o.oid = u.refobjid
			WHERE coalesce(f.pronamespace, o.oprnamespace) <> 'pg_catalog'::regnamespace
				AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = u.refclassid AND e.objid = u.refobjid AND e.deptype = 'e')
			UNION
			SELECT u.view FROM uses u JOIN bad b ON u.refclassid = 'pg_class'::regclass AND u.refobjid = b.view AND u.view <> b.view
		) SELECT DISTINCT view FROM bad`)
	if err != nil {
		return err
	}
	var oid uint32
	_, err = pgx.ForEachRow(rows, []any{&oid}, func() error {
		if at, ok := r.byOID[oid]; ok && r.list[at].Kind == masking.View {
			r.list[at].CallsCode = true
		}
		return nil
	})
	return err
}
