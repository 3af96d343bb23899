package target

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"dbaccess/credentials"
	"dbaccess/internal/masking"
)

// Drift is a difference between a database and its masked views. What drifted is
// hidden until the next apply: it is never shown as it is.
type Drift struct {
	Schema string `json:"schema"`
	Table  string `json:"table"`
	Column string `json:"column,omitempty"` // empty: the whole relation
	What   string `json:"what"`             // a sentence
}

// MaskState is what stands in a database.
type MaskState struct {
	Plan    string                                // the digest of the plan that was applied; empty = none
	Views   int                                   // masked views
	Masks   map[masking.ColumnRef]masking.Finding // of every column with a view: entity and strategy
	Drift   []Drift
	Gaps    []Gap
	Readers []string // the roles that may use the masked schemas
}

// maskedView is a view that an apply made.
type maskedView struct {
	name, of  masking.Name
	exception string
	plan      string
	made      string // see masking.Made; empty if it was not said
	columns   []viewColumn
}

type viewColumn struct{ name, typ, comment string }

// maskedViews reads what applies made.
func maskedViews(ctx context.Context, tx pgx.Tx) ([]maskedView, error) {
	rows, err := tx.Query(ctx, `
		SELECT n.nspname, coalesce(pg_catalog.obj_description(n.oid, 'pg_namespace'), ''), c.relname, a.attname,
			pg_catalog.format_type(a.atttypid, a.atttypmod), coalesce(pg_catalog.col_description(c.oid, a.attnum), ''),
			coalesce(pg_catalog.obj_description(c.oid, 'pg_class'), '')
		FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relkind = 'v'
		JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		WHERE pg_catalog.pg_get_userbyid(n.nspowner) = $1 AND n.nspname <> $2 ORDER BY n.nspname, c.relname, a.attnum`,
		masking.OwnerRole, masking.SecretSchema)
	if err != nil {
		return nil, fmt.Errorf("read masked views: %w", err)
	}
	var list []maskedView
	var schema, note, table, said string
	var c viewColumn
	_, err = pgx.ForEachRow(rows, []any{&schema, &note, &table, &c.name, &c.typ, &c.comment, &said}, func() error {
		n, ok := masking.ParseSchemaNote(note)
		if !ok {
			return nil
		}
		name := masking.Name{Schema: schema, Table: table}
		if len(list) == 0 || list[len(list)-1].name != name {
			made, _ := masking.ParseViewComment(said)
			list = append(list, maskedView{name: name, of: masking.Name{Schema: n.Of, Table: table}, exception: n.For, plan: n.Plan, made: made})
		}
		v := &list[len(list)-1]
		v.columns = append(v.columns, c)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read masked views: %w", err)
	}
	return list, nil
}

// ReadMaskState compares a database with its masked views, by catalogs that every
// role may read. Readers name the roles that gaps are looked for besides PUBLIC.
func ReadMaskState(ctx context.Context, conn *pgx.Conn, readers []string) (MaskState, error) {
	st := MaskState{Masks: map[masking.ColumnRef]masking.Finding{}}
	err := pgx.BeginTxFunc(ctx, conn, pgx.TxOptions{AccessMode: pgx.ReadOnly, IsoLevel: pgx.RepeatableRead}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL statement_timeout = '30s'"); err != nil {
			return err
		}
		views, err := maskedViews(ctx, tx)
		if err != nil {
			return err
		}
		st.Views = len(views)
		for _, v := range views {
			if st.Plan == "" {
				st.Plan = v.plan
			}
			if v.exception == "" {
				st.masks(v)
			}
		}
		left, err := readLeftOut(ctx, tx)
		if err != nil {
			return err
		}
		if err := st.drift(ctx, tx, views, left.names); err != nil {
			return err
		}
		if err := st.changed(ctx, tx, views); err != nil {
			return err
		}
		st.Gaps, err = Gaps(ctx, tx, readers)
		st.Gaps = append(st.Gaps, left.gaps...)
		return err
	})
	return st, err
}

// WatchMasks is ReadMaskState on a connection of its own, of a role that may do no
// more than connect.
func WatchMasks(ctx context.Context, url credentials.Secret, readers []string) (MaskState, error) {
	conn, err := connectLooking(ctx, url, "dbaccess-masks")
	if err != nil {
		return MaskState{}, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return ReadMaskState(ctx, conn, readers)
}

func (st *MaskState) masks(v maskedView) {
	for _, c := range v.columns {
		if e, s, ok := masking.ParseColumnComment(c.comment); ok {
			st.Masks[masking.ColumnRef{Name: v.of, Column: c.name}] = masking.Finding{
				Schema: v.of.Schema, Table: v.of.Table, Column: c.name, Sensitive: s != masking.Keep, Entity: e, Strategy: s,
			}
		}
	}
}

// drift finds what the views do not show, or show as it was.
func (st *MaskState) drift(ctx context.Context, tx pgx.Tx, views []maskedView, left []masking.Name) error {
	rows, err := tx.Query(ctx, `
		WITH RECURSIVE below(of, oid, typmod, depth) AS (
			SELECT oid, oid, -1, 0 FROM pg_type
			UNION ALL
			SELECT b.of, t.typbasetype, CASE WHEN t.typtypmod >= 0 THEN t.typtypmod ELSE b.typmod END, b.depth + 1
			FROM below b JOIN pg_type t ON t.oid = b.oid WHERE t.typtype = 'd'
		)
		SELECT n.nspname, c.relname, a.attname, format_type(b.oid, CASE WHEN b.depth = 0 THEN a.atttypmod ELSE b.typmod END)
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND `+ofOthers+`
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		JOIN below b ON b.of = a.atttypid JOIN pg_type t ON t.oid = b.oid AND t.typtype <> 'd'
		WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't' ORDER BY 1, 2, a.attnum`)
	if err != nil {
		return err
	}
	shown := map[masking.Name]map[string]string{}
	for _, v := range views {
		if v.exception != "" {
			continue
		}
		shown[v.of] = map[string]string{}
		for _, c := range v.columns {
			shown[v.of][c.name] = c.typ
		}
	}
	there := map[masking.Name]bool{}
	var d Drift
	var typ string
	if _, err = pgx.ForEachRow(rows, []any{&d.Schema, &d.Table, &d.Column, &typ}, func() error {
		name := masking.Name{Schema: d.Schema, Table: d.Table}
		columns, ok := shown[name]
		was, has := columns[d.Column]
		switch {
		case slices.Contains(left, name):
		case !ok && !there[name]:
			st.Drift = append(st.Drift, Drift{Schema: d.Schema, Table: d.Table, What: "It has no masked view: readers do not see it."})
		case ok && !has:
			st.Drift = append(st.Drift, Drift{Schema: d.Schema, Table: d.Table, Column: d.Column, What: "It is new since the last apply: readers do not see it."})
		case ok && was != typ:
			st.Drift = append(st.Drift, Drift{Schema: d.Schema, Table: d.Table, Column: d.Column, What: fmt.Sprintf("It is %s now, and %s in the masked view.", typ, was)})
		}
		there[name] = true
		return nil
	}); err != nil {
		return err
	}
	for _, v := range views {
		if v.exception == "" && !there[v.of] {
			st.Drift = append(st.Drift, Drift{Schema: v.of.Schema, Table: v.of.Table, What: "Its masked view is left, and it is gone or renamed."})
		}
	}
	return nil
}

// Whole reports whether every view of a plan stands.
func (st MaskState) Whole(p *masking.Plan, t masking.Target) bool {
	views := 0
	for i := range p.Relations {
		if p.Shown(&p.Relations[i]) {
			views++
		}
	}
	return st.Views == views*(1+len(t.Exceptions))
}

// MaskedPath is the search_path under which queries that were written for the
// tables find their masked views: those of the schemas that the database itself
// searches come first, then the others, then the schemas with extensions, and
// temporary objects last.
func MaskedPath(ctx context.Context, conn *pgx.Conn, p *masking.Plan) (path []string, err error) {
	var searched, extensions []string
	err = conn.QueryRow(ctx, `
		SELECT pg_catalog.current_schemas(false)::text[], coalesce((SELECT pg_catalog.array_agg(DISTINCT n.nspname::text) FROM pg_catalog.pg_extension e
			JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE n.nspname <> 'pg_catalog'), '{}')`).Scan(&searched, &extensions)
	if err != nil {
		return nil, fmt.Errorf("read the search_path: %w", err)
	}
	var schemas []string
	for i := range p.Relations {
		if r := &p.Relations[i]; p.Shown(r) && !slices.Contains(schemas, r.Schema) {
			schemas = append(schemas, r.Schema)
		}
	}
	slices.Sort(schemas)
	for _, s := range append(searched, schemas...) {
		if name := masking.ViewSchema(s, ""); slices.Contains(schemas, s) && !slices.Contains(path, name) {
			path = append(path, name)
		}
	}
	// Temporary objects are searched first unless they are named, and could stand
	// before a view.
	for _, s := range append(extensions, "public", "pg_temp") {
		if !slices.Contains(path, s) {
			path = append(path, s)
		}
	}
	return path, nil
}
