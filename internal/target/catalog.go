package target

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"dbaccess/credentials"
	"dbaccess/guardrails"
	"dbaccess/internal/fault"
)

// The bounds of reading a catalog.
const (
	catalogTimeout  = time.Minute // for all of it
	catalogSeconds  = 20          // for one of its queries
	catalogMaxBytes = 128 << 20   // of the values read
)

var errCatalogTooBig = fault.New(fault.Invalid,
	fmt.Sprintf("The database's catalog is larger than %d MiB.", catalogMaxBytes>>20),
	"Statements are judged without it, and more carefully.")

// ReadCatalog reads what guardrails want to know of a database: everything
// outside PostgreSQL's own schemas, in one snapshot, read-only, without a lock on
// any table beyond those of deparsing a view. Any login can: it needs no right on
// the tables. Its SearchPath is the login's own.
//
// Row numbers are the planner's; that of a table with partitions or children is
// the sum of theirs.
func ReadCatalog(ctx context.Context, url credentials.Secret) (*guardrails.Catalog, error) {
	ctx, cancel := context.WithTimeout(ctx, catalogTimeout)
	defer cancel()
	conn, err := connectURL(ctx, url, "dbaccess-catalog", catalogSeconds)
	if err != nil {
		return nil, explainCatalog(ctx, err)
	}
	defer closeSoon(ctx, conn)
	r := catalogReader{conn: conn, cat: &guardrails.Catalog{
		ReadAt: time.Now().UTC().Truncate(time.Second), Tables: []guardrails.Table{}, Functions: []guardrails.Function{}, Types: []guardrails.Type{},
	}}
	if err := r.read(ctx); err != nil {
		return nil, explainCatalog(ctx, err)
	}
	return r.cat, nil
}

// explainCatalog says why a catalog could not be read. A catalog holds no rows,
// so the server's message may be shown.
func explainCatalog(ctx context.Context, err error) error {
	var known *fault.Error
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &known):
		return err
	case ctx.Err() != nil:
		return fault.New(fault.Unavailable, "The database's catalog could not be read in time.", "It is tried again.").With(err)
	case errors.As(err, &pg) && pg.Code == "55P03":
		return fault.New(fault.Unavailable, "The database's catalog could not be read: a view's table is locked.", "It is tried again.").With(err)
	case errors.As(err, &pg):
		return fault.New(fault.Unavailable, "The database's catalog could not be read: "+pg.Message+".", "").With(err)
	}
	return fault.New(fault.Unavailable, "The database cannot be reached.", "Check its URL, and whether it is up.").With(err)
}

// catalogReader is a catalog while it is read.
type catalogReader struct {
	conn   *pgconn.PgConn
	cat    *guardrails.Catalog
	bytes  int
	tables map[string]int // by oid: the place in cat.Tables
}

func (r *catalogReader) read(ctx context.Context) error {
	for _, begin := range []string{"RESET search_path", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"} {
		if err := query(ctx, r.conn, begin, nil); err != nil {
			return err
		}
	}
	if err := r.each(ctx, "the server", "SELECT pg_catalog.current_setting('server_version_num'), pg_catalog.to_json(pg_catalog.current_schemas(false))", func(v []string) error {
		r.cat.ServerVersion, _ = strconv.Atoi(v[0])
		r.cat.SearchPath = list(v[1])
		return nil
	}); err != nil {
		return err
	}
	// From here on every name that is not PostgreSQL's own is written with its
	// schema, and ours mean PostgreSQL's.
	if err := query(ctx, r.conn, "SET LOCAL search_path = pg_catalog", nil); err != nil {
		return err
	}
	for _, part := range []func(context.Context) error{
		r.relations, r.columns, r.definitions, r.rules, r.triggers, r.policies, r.functions, r.types, r.operators, r.casts, r.masks,
	} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

// each gives each row of a query to row; a NULL arrives as an empty text.
func (r *catalogReader) each(ctx context.Context, what, sql string, row func(v []string) error) error {
	err := query(ctx, r.conn, sql, func(values [][]byte) error {
		texts := make([]string, len(values))
		for i, v := range values {
			texts[i] = string(v)
			r.bytes += len(v)
		}
		if r.bytes > catalogMaxBytes {
			return errCatalogTooBig
		}
		return row(texts)
	})
	return wrap("read "+what, err)
}

// list reads a JSON list of texts.
func list(text string) (texts []string) {
	if text == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(text), &texts); err != nil || len(texts) == 0 {
		return nil // the server wrote it: a list it is
	}
	return texts
}

// outside is a condition on a namespace n: none of PostgreSQL's own, and no
// session's.
const outside = `n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND n.nspname !~ '^pg_(toast_)?temp_'`

// ofExtension is the name of the extension that an object belongs to.
func ofExtension(class, oid string) string {
	return `(SELECT e.extname FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
		WHERE d.classid = '` + class + `'::regclass AND d.objid = ` + oid + ` AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' LIMIT 1)`
}

var tableKinds = map[string]string{"r": "table", "p": "partitioned", "v": "view", "m": "matview", "f": "foreign", "S": "sequence"}

// relations reads tables, views and sequences. Sizes come from the pages that
// the planner knows of: asking for the files' would wait for locks.
func (r *catalogReader) relations(ctx context.Context) error {
	r.tables = map[string]int{}
	const pages = `(c.relpages::bigint
		+ coalesce((SELECT t.relpages::bigint + coalesce((SELECT sum(ti.relpages) FROM pg_index x JOIN pg_class ti ON ti.oid = x.indexrelid WHERE x.indrelid = t.oid), 0) FROM pg_class t WHERE t.oid = c.reltoastrelid), 0)
		+ coalesce((SELECT sum(i.relpages) FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indrelid = c.oid), 0))`
	err := r.each(ctx, "tables", `SELECT c.oid, n.nspname, c.relname, c.relkind, c.reltuples::float8, `+pages+` * current_setting('block_size')::bigint, `+ofExtension("pg_class", "c.oid")+`
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND `+outside+` ORDER BY n.nspname, c.relname`, func(v []string) error {
		t := guardrails.Table{Schema: v[1], Name: v[2], Kind: tableKinds[v[3]], Extension: v[6]}
		t.Rows, _ = strconv.ParseFloat(v[4], 64)
		t.Bytes, _ = strconv.ParseInt(v[5], 10, 64)
		if t.Kind == "view" {
			t.Rows = -1
		}
		r.tables[v[0]] = len(r.cat.Tables)
		r.cat.Tables = append(r.cat.Tables, t)
		return nil
	})
	if err != nil {
		return err
	}
	return r.heirs(ctx)
}

// heirs adds to each table what its partitions and children hold.
func (r *catalogReader) heirs(ctx context.Context) error {
	children := map[int][]int{}
	err := r.each(ctx, "partitions", "SELECT inhparent, inhrelid FROM pg_inherits", func(v []string) error {
		parent, known := r.tables[v[0]]
		child, alsoKnown := r.tables[v[1]]
		if known && alsoKnown {
			children[parent] = append(children[parent], child)
		}
		return nil
	})
	if err != nil {
		return err
	}
	own := make([]guardrails.Table, len(r.cat.Tables))
	copy(own, r.cat.Tables)
	for parent := range children {
		t := &r.cat.Tables[parent]
		if t.Kind == "partitioned" {
			t.Rows, own[parent].Rows = -1, -1 // its own number is an older sum
		}
		for _, heir := range below(parent, children) {
			t.Bytes += own[heir].Bytes
			if rows := own[heir].Rows; rows >= 0 && own[heir].Kind != "partitioned" {
				t.Rows = max(t.Rows, 0) + rows
			}
		}
	}
	return nil
}

// below lists everything under a table, each once: a table may inherit from one
// ancestor on two ways.
func below(table int, children map[int][]int) (all []int) {
	seen := map[int]bool{table: true}
	for open := []int{table}; len(open) > 0; open = open[1:] {
		for _, c := range children[open[0]] {
			if !seen[c] {
				seen[c] = true
				all, open = append(all, c), append(open, c)
			}
		}
	}
	return all
}

// of gives each row of a query to row, with the table whose oid comes first.
func (r *catalogReader) of(ctx context.Context, what, sql string, row func(t *guardrails.Table, v []string)) error {
	return r.each(ctx, what, sql, func(v []string) error {
		if i, ok := r.tables[v[0]]; ok {
			row(&r.cat.Tables[i], v)
		}
		return nil
	})
}

func (r *catalogReader) columns(ctx context.Context) error {
	return r.of(ctx, "columns", `SELECT a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid)
		FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
		WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND `+outside+`
		ORDER BY a.attrelid, a.attnum`, func(t *guardrails.Table, v []string) {
		t.Columns = append(t.Columns, guardrails.Column{Name: v[1], Type: v[2], NotNull: v[3] == "t", Default: v[4]})
	})
}

func (r *catalogReader) definitions(ctx context.Context) error {
	return r.of(ctx, "views", `SELECT c.oid, pg_get_viewdef(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('v', 'm') AND `+outside, func(t *guardrails.Table, v []string) { t.Definition = strings.TrimSpace(v[1]) })
}

var ruleEvents = map[string]string{"2": "update", "3": "insert", "4": "delete"}

func (r *catalogReader) rules(ctx context.Context) error {
	return r.of(ctx, "rules", `SELECT w.ev_class, w.rulename, w.ev_type, pg_get_ruledef(w.oid)
		FROM pg_rewrite w WHERE w.rulename <> '_RETURN' AND w.ev_enabled <> 'D' ORDER BY w.ev_class, w.rulename`, func(t *guardrails.Table, v []string) {
		t.RowRules = append(t.RowRules, guardrails.TableRule{Name: v[1], Event: ruleEvents[v[2]], Definition: v[3]})
	})
}

// triggerEvents are the bits of pg_trigger.tgtype (TRIGGER_TYPE_… in
// catalog/pg_trigger.h).
var triggerEvents = []struct {
	bit  int
	name string
}{{1 << 2, "insert"}, {1 << 4, "update"}, {1 << 3, "delete"}, {1 << 5, "truncate"}}

func (r *catalogReader) triggers(ctx context.Context) error {
	return r.of(ctx, "triggers", `SELECT g.tgrelid, g.tgname, g.tgtype, n.nspname || '.' || p.proname
		FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid JOIN pg_namespace n ON n.oid = p.pronamespace
		WHERE NOT g.tgisinternal AND g.tgenabled <> 'D' ORDER BY g.tgrelid, g.tgname`, func(t *guardrails.Table, v []string) {
		bits, _ := strconv.Atoi(v[2])
		var events []string
		for _, e := range triggerEvents {
			if bits&e.bit != 0 {
				events = append(events, e.name)
			}
		}
		t.Triggers = append(t.Triggers, guardrails.Trigger{Name: v[1], Event: strings.Join(events, " or "), Function: v[3]})
	})
}

var policyCommands = map[string]string{"r": "select", "a": "insert", "w": "update", "d": "delete", "*": "all"}

func (r *catalogReader) policies(ctx context.Context) error {
	return r.of(ctx, "policies", `SELECT p.polrelid, p.polname, p.polcmd, pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)
		FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE c.relrowsecurity ORDER BY p.polrelid, p.polname`, func(t *guardrails.Table, v []string) {
		t.Policies = append(t.Policies, guardrails.Policy{Name: v[1], Command: policyCommands[v[2]], Using: v[3], Check: v[4]})
	})
}
