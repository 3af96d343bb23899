package v1

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"dbaccess/approvals"
	"dbaccess/guardrails"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
)

// Masks is what a database's masked views show.
type Masks struct {
	Schemas []string                // where the views are, under their tables' names
	Columns map[ColumnName]MaskedAs // of the tables behind the views
}

// ColumnName names a column of a table.
type ColumnName struct{ Schema, Table, Column string }

// MaskedAs is how a masked view shows a column.
type MaskedAs struct {
	Strategy string // "keep", "pseudonym", "redact", …
	Entity   string // what the column is taken for: "email", …; empty if for nothing
}

func (d *Door) describeDatabases(h huma.API) {
	add(d, h, withToken(huma.Operation{
		OperationID: "list-databases", Method: http.MethodGet, Path: "/v1/databases",
		Summary: "The databases of which the caller may ask something",
	}), func(ctx context.Context, _ *struct{}) (*databasesOutput, error) {
		out := &databasesOutput{Body: DatabaseList{Databases: []Database{}}}
		for _, db := range d.Databases() {
			if seen, ok := d.database(callerOf(ctx).who, db); ok {
				out.Body.Databases = append(out.Body.Databases, seen)
			}
		}
		return out, nil
	})
	add(d, h, withToken(huma.Operation{
		OperationID: "schema", Method: http.MethodGet, Path: "/v1/databases/{name}/schema",
		Summary: "The tables and columns of a database, and how they are masked", Description: "No row is read, no default and no definition shown.",
	}), d.schema)
	add(d, h, withToken(huma.Operation{
		OperationID: "classify", Method: http.MethodPost, Path: "/v1/classify", MaxBodyBytes: sqlBody,
		Summary: "What a text would do to a database", Description: "Nothing is run and nothing stored.",
	}), d.classify)
}

type databasesOutput struct{ Body DatabaseList }

// database shows what who may ask of db; false if nothing.
func (d *Door) database(who identity.Principal, db approvals.Database) (Database, bool) {
	out := Database{Name: db.Name, Tags: db.Tags, Profiles: []Profile{}, Runs: []Run{}, RowBound: db.RowBound}
	for _, p := range db.Profiles {
		if d.Requests.MayAsk(who, db.Name, p.Name) {
			out.Profiles = append(out.Profiles, Profile{Name: p.Name, Masked: p.Masked, Max: span(p.Max), Default: span(p.Default)})
		}
	}
	if d.Requests.MayRun(who, db.Name) {
		for _, run := range db.Runs {
			r := Run{Profile: run.Profile, Kinds: []string{}}
			for _, k := range run.Kinds {
				r.Kinds = append(r.Kinds, string(k))
			}
			out.Runs = append(out.Runs, r)
		}
	}
	return out, len(out.Profiles)+len(out.Runs) > 0
}

// visible refuses databases of which the caller may ask nothing, as if they were
// not there.
func (d *Door) visible(ctx context.Context, name string) error {
	var known []string
	for _, db := range d.Databases() {
		if _, ok := d.database(callerOf(ctx).who, db); ok {
			if db.Name == name {
				return nil
			}
			known = append(known, db.Name)
		}
	}
	return fault.New(fault.NotFound, fmt.Sprintf("There is no database named %q for you.", name), "Known: "+strings.Join(known, ", ")+".")
}

type schemaInput struct {
	Name string `path:"name" maxLength:"100" pattern:"^[a-z0-9_-]+$"`
}

type schemaOutput struct{ Body Schema }

// hiddenSchema is where the key of the masks is.
const hiddenSchema = "dbaccess_secret"

// schema answers GET /v1/databases/{name}/schema.
func (d *Door) schema(ctx context.Context, in *schemaInput) (*schemaOutput, error) {
	if err := d.visible(ctx, in.Name); err != nil {
		return nil, err
	}
	cat := d.Catalog(in.Name)
	if cat == nil {
		return nil, fault.New(fault.Unavailable, "The tables of "+in.Name+" are not known now.", "Try again in a minute.")
	}
	var masks Masks
	if d.Masks != nil {
		var err error
		if masks, err = d.Masks(ctx, in.Name); err != nil {
			return nil, fmt.Errorf("read the masks of %s: %w", in.Name, err)
		}
	}
	out := &schemaOutput{Body: Schema{Database: in.Name, ReadAt: cat.ReadAt, Tables: []Table{}}}
	for _, t := range cat.Tables {
		if t.Schema == hiddenSchema || slices.Contains(masks.Schemas, t.Schema) || t.Kind == "sequence" {
			continue
		}
		out.Body.Tables = append(out.Body.Tables, tableOf(t, masks))
	}
	return out, nil
}

func tableOf(t guardrails.Table, masks Masks) Table {
	out := Table{Schema: t.Schema, Name: t.Name, Kind: t.Kind, Rows: int64(max(t.Rows, -1)), Columns: []Column{}}
	if out.Kind == "" {
		out.Kind = "table"
	}
	for _, c := range t.Columns {
		col := Column{Name: c.Name, Type: c.Type, NotNull: c.NotNull, Entity: c.Entity}
		if len(masks.Schemas) > 0 {
			as, ok := masks.Columns[ColumnName{t.Schema, t.Name, c.Name}]
			switch {
			case !ok:
				col.Masked = "hidden"
			case as.Strategy != "keep":
				col.Masked = as.Strategy
			}
			if as.Entity != "" {
				col.Entity = as.Entity
			}
		}
		out.Columns = append(out.Columns, col)
	}
	return out
}

type classifyInput struct{ Body Classify }

type classifyOutput struct{ Body Verdict }

// classify answers POST /v1/classify.
func (d *Door) classify(ctx context.Context, in *classifyInput) (*classifyOutput, error) {
	if err := d.visible(ctx, in.Body.Database); err != nil {
		return nil, err
	}
	return &classifyOutput{Body: verdictOf(d.Classify(ctx, in.Body.Database, in.Body.Statement))}, nil
}
