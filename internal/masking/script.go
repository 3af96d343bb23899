package masking

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Exception is a reader that sees some columns as they are: a profile of its own,
// with its own route.
type Exception struct {
	Name    string // part of the names of its role and schemas
	Columns []ColumnRef
	Reason  string
}

// Target is whom a script is for.
type Target struct {
	Reader     string // the role that may read the masked views
	Exceptions []Exception
}

// Statement is one step of a script.
type Statement struct {
	What string // what it does, for people
	SQL  string
	Of   Name // the relation that it is about, if it is about one
}

// maxName is the longest name Postgres keeps, in bytes.
const maxName = 63

// ViewSchema is the schema with the masked views of schema, for the reader of an
// exception if that is not empty.
func ViewSchema(schema, exception string) string {
	name := ViewPrefix
	if exception != "" {
		name += exception + "_"
	}
	return shortened(name + schema)
}

// ReaderOf is the role that reads an exception's views.
func (t Target) ReaderOf(exception string) string {
	if exception == "" {
		return t.Reader
	}
	return shortened(t.Reader + "_" + exception)
}

// shortened cuts a name that Postgres would cut silently, so that two of them stay
// two.
func shortened(name string) string {
	if len(name) <= maxName {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return strings.ToValidUTF8(name[:maxName-9], "") + "_" + hex.EncodeToString(sum[:4])
}

// Digest names what a plan would make for a target: every column with its type and
// mask, every override and exception.
func (p *Plan) Digest(t Target) string {
	h := sha256.New()
	e := json.NewEncoder(h)
	_ = e.Encode(struct { // a hash takes everything
		Version   int
		Target    Target
		Overrides []Override
	}{1, t, p.Overrides})
	for _, s := range p.views(t) {
		_ = e.Encode(s)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// Script is the DDL that brings a database to the plan, to be run in one
// transaction. Running it again makes the same: the views are dropped and made
// anew, key and roles are kept.
func (p *Plan) Script(t Target) []Statement {
	list, schemas, digest := setup(t), p.schemas(), p.Digest(t)
	for _, exception := range append([]string{""}, names(t.Exceptions)...) {
		reader := t.ReaderOf(exception)
		if exception != "" {
			list = append(list, Statement{What: "reader " + reader, SQL: CreateRole(reader)})
		}
		for _, schema := range schemas {
			view, use := Ident(ViewSchema(schema, exception)), ""
			if p.gives(schema) {
				use = fmt.Sprintf("GRANT USAGE ON SCHEMA %s TO %s;\n", Ident(schema), OwnerRole)
			}
			list = append(list, Statement{What: "schema " + ViewSchema(schema, exception), SQL: fmt.Sprintf(
				"DROP SCHEMA IF EXISTS %s CASCADE;\nCREATE SCHEMA %s AUTHORIZATION %s;\nREVOKE ALL ON SCHEMA %s FROM PUBLIC;\n"+
					"%sGRANT USAGE ON SCHEMA %s TO %s;\nCOMMENT ON SCHEMA %s IS %s;",
				view, view, OwnerRole, view, use, view, Ident(reader), view, Literal(p.note(schema, exception, digest).comment()))})
		}
	}
	list = append(list, Statement{What: "names mean the server's own from here on", SQL: "SET LOCAL search_path = pg_catalog, pg_temp;"})
	return append(list, p.views(t)...)
}

// setup makes what does not depend on the plan.
func setup(t Target) []Statement {
	return []Statement{
		{What: "owner of the views", SQL: CreateRole(OwnerRole)},
		{What: "reader " + t.Reader, SQL: CreateRole(t.Reader)},
		{What: "key", SQL: fmt.Sprintf(`CREATE SCHEMA IF NOT EXISTS %[1]s AUTHORIZATION %[2]s;
REVOKE ALL ON SCHEMA %[1]s FROM PUBLIC;
CREATE TABLE IF NOT EXISTS %[1]s.%[3]s (one boolean PRIMARY KEY DEFAULT true CHECK (one), k bytea NOT NULL);
ALTER TABLE %[1]s.%[3]s OWNER TO %[2]s;
REVOKE ALL ON %[1]s.%[3]s FROM PUBLIC;
INSERT INTO %[1]s.%[3]s (k) SELECT pg_catalog.uuid_send(pg_catalog.gen_random_uuid()) || pg_catalog.uuid_send(pg_catalog.gen_random_uuid())
	ON CONFLICT DO NOTHING;`, SecretSchema, OwnerRole, KeyTable)},
	}
}

// CreateRole makes a role that cannot log in, unless there is one of that name.
// Roles belong to the whole server: another database may make it at the same time.
func CreateRole(name string) string {
	return fmt.Sprintf(`DO $role$ BEGIN
	IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = %s) THEN
		CREATE ROLE %s NOLOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
	END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $role$;`, Literal(name), Ident(name))
}

// views makes one statement a view.
func (p *Plan) views(t Target) (list []Statement) {
	found := p.byColumn()
	for i := range p.Relations {
		rel := &p.Relations[i]
		if !p.Shown(rel) {
			continue
		}
		if !rel.Given {
			list = append(list, Statement{
				What: "read " + rel.Schema + "." + rel.Table, Of: rel.Name,
				SQL: fmt.Sprintf("GRANT SELECT ON %s TO %s;", Qualified(rel.Name), OwnerRole),
			})
		}
		list = append(list, view(rel, t, "", found, nil))
		for _, e := range t.Exceptions {
			list = append(list, view(rel, t, e.Name, found, e.Columns))
		}
	}
	return list
}

// view is the masked view of a relation, with the columns in open as they are.
func view(rel *Relation, t Target, exception string, found map[ColumnRef]Finding, open []ColumnRef) Statement {
	name := Name{Schema: ViewSchema(rel.Schema, exception), Table: rel.Table}
	var columns, comments []string
	for _, c := range rel.Columns {
		ref := ColumnRef{Name: rel.Name, Column: c.Name}
		f, judged := found[ref]
		strategy := f.Strategy
		switch {
		case slices.Contains(open, ref):
			strategy = Keep
		case !judged:
			strategy = Nothing // nothing is known of it
		}
		sql, used := Expression(c, f.Entity, strategy)
		if rel.Fails && c.Generated {
			sql, used = maskee{column: c}.null(), Nothing // it may be what fails, and so is not even read
		}
		columns = append(columns, "\t"+sql+" AS "+Ident(c.Name))
		comments = append(comments, fmt.Sprintf("COMMENT ON COLUMN %s.%s IS %s;", Qualified(name), Ident(c.Name), Literal(columnComment(f.Entity, used))))
	}
	return Statement{
		What: "view " + name.Schema + "." + name.Table, Of: rel.Name,
		SQL: fmt.Sprintf("CREATE VIEW %[1]s%[8]s AS SELECT\n%[2]s\nFROM %[3]s;\nALTER VIEW %[1]s OWNER TO %[4]s;\n%[5]s\nCOMMENT ON VIEW %[1]s IS %[7]s;\nGRANT SELECT ON %[1]s TO %[6]s;",
			Qualified(name), strings.Join(columns, ",\n"), source(rel), OwnerRole, strings.Join(comments, "\n"), Ident(t.ReaderOf(exception)), Literal(viewComment+Made(rel.Definition+rel.Formulas)), barrier(rel)),
	}
}

// source is what a masked view reads: the relation, or what a view is made of where
// that asks for the reader's own rights. The server wrote the definition, with every
// name in full.
func source(rel *Relation) string {
	if !rel.Invoker {
		return Qualified(rel.Name)
	}
	var columns []string
	for _, c := range rel.Columns {
		columns = append(columns, Ident(c.Name))
	}
	return "(" + strings.TrimSuffix(strings.TrimSpace(rel.Definition), ";") + ") AS " + Ident(rel.Table) + " (" + strings.Join(columns, ", ") + ")"
}

// barrier keeps a query's own conditions from being asked of rows that the relation
// behind a view leaves out: those of a view, by its WHERE, and those that row security
// hides. Over a whole table there is no such row, and no condition ever meets anything
// but masks. There a barrier would only keep the planner from looking up a join's rows
// by an index, and from indexes for every operator that is not leakproof.
func barrier(rel *Relation) string {
	if rel.Kind == View || rel.Kind == ForeignTable || rel.RowSecurity {
		return " WITH (security_barrier)"
	}
	return ""
}

// Shown reports whether a relation gets a masked view. It needs a column, and
// nothing in the way (see Relation.Out). A view
// whose own expressions print what they read, in notices or errors, gets none: a
// mask stands around an expression and cannot keep it from speaking. The owner's
// override, with its reason, lets such a view through.
func (p *Plan) Shown(rel *Relation) bool {
	if len(rel.Columns) == 0 || rel.Out != "" {
		return false
	}
	if rel.Kind != View || !rel.CallsCode && !rel.Fails {
		return true
	}
	return slices.ContainsFunc(p.Overrides, func(o Override) bool { return o.Schema == rel.Schema && o.Table == rel.Table })
}

// byColumn finds findings.
func (p *Plan) byColumn() map[ColumnRef]Finding {
	m := make(map[ColumnRef]Finding, len(p.Findings))
	for _, f := range p.Findings {
		m[ColumnRef{Name: Name{f.Schema, f.Table}, Column: f.Column}] = f
	}
	return m
}

// schemas are those of the plan's relations, sorted.
func (p *Plan) schemas() (list []string) {
	for _, r := range p.Relations {
		if len(r.Columns) > 0 {
			list = append(list, r.Schema)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func names(list []Exception) (all []string) {
	for _, e := range list {
		all = append(all, e.Name)
	}
	return all
}

// Readers are all roles that read masked views.
func (t Target) Readers() []string {
	list := []string{t.Reader}
	for _, e := range t.Exceptions {
		list = append(list, t.ReaderOf(e.Name))
	}
	return list
}

// Used are the findings with the strategies that the columns' types allow, by
// column.
func (p *Plan) Used() map[ColumnRef]Finding {
	found := p.byColumn()
	for i := range p.Relations {
		rel := &p.Relations[i]
		for _, c := range rel.Columns {
			ref := ColumnRef{Name: rel.Name, Column: c.Name}
			f := found[ref]
			_, f.Strategy = Expression(c, f.Entity, f.Strategy)
			found[ref] = f
		}
	}
	return found
}

// CheckExceptions reports an exception that names a column there is not.
func (p *Plan) CheckExceptions(list []Exception) error {
	found := p.byColumn()
	for _, e := range list {
		for _, ref := range e.Columns {
			if _, ok := found[ref]; !ok {
				return fmt.Errorf("%s names %s.%s.%s, which there is not", e.Name, ref.Schema, ref.Table, ref.Column)
			}
		}
	}
	return nil
}
