package guardrails

import (
	"slices"
	"strings"
	"sync"
)

// path is where bare names are looked for. pg_catalog comes first in it, and is
// not listed.
type path struct {
	known   bool // if not, a bare name may mean any schema's
	schemas []string
}

// anywhere is the path of which nothing is known.
var anywhere = path{}

// nowhere is the path under which definitions are deparsed: every name that is
// not PostgreSQL's own is qualified.
var nowhere = path{known: true}

func (p path) sees(schema string) bool { return !p.known || slices.Contains(p.schemas, schema) }

// key tells paths apart.
func (p path) key() string {
	if !p.known {
		return "?"
	}
	return strings.Join(p.schemas, "\x00")
}

// usualPath is the path that the catalog was read with.
func (c *Catalog) usualPath() path {
	if c == nil || len(c.SearchPath) == 0 {
		return anywhere
	}
	return path{known: true, schemas: c.SearchPath}
}

// accepts reports whether a call with n arguments may mean f; n is negative if
// their number is not known.
func (f *Function) accepts(n int) bool {
	switch {
	case n < 0:
		return true
	case f.Variadic:
		return n >= f.Args-1-f.Optional
	}
	return n >= f.Args-f.Optional && n <= f.Args
}

// catalogIndex finds things by their bare name.
type catalogIndex struct {
	tables    map[string][]*Table
	functions map[string][]*Function
	types     map[string][]*Type
	operators map[string][]*Operator
	casts     map[string][]*Cast // by the bare name of their target
	readings  sync.Map           // of definitions: readingKey -> *reading
}

func (c *Catalog) lookup() *catalogIndex {
	if x := c.index.Load(); x != nil {
		return x
	}
	x := &catalogIndex{casts: map[string][]*Cast{}}
	x.tables = byName(c.Tables, func(t *Table) string { return t.Name })
	x.functions = byName(c.Functions, func(f *Function) string { return f.Name })
	x.types = byName(c.Types, func(t *Type) string { return t.Name })
	x.operators = byName(c.Operators, func(o *Operator) string { return o.Name })
	x.casts = byName(c.Casts, func(k *Cast) string { return bareType(k.Target) })
	if !c.index.CompareAndSwap(nil, x) {
		return c.index.Load()
	}
	return x
}

func byName[T any](all []T, name func(*T) string) map[string][]*T {
	index := make(map[string][]*T, len(all))
	for i := range all {
		n := name(&all[i])
		index[n] = append(index[n], &all[i])
	}
	return index
}

// tables returns the tables that a name may mean under the catalog's own path.
func (c *Catalog) tables(schema, name string) []*Table {
	return c.tablesUnder(c.usualPath(), schema, name)
}

// tablesUnder returns the tables that a name may mean: the one that comes first
// if the path is known.
func (c *Catalog) tablesUnder(p path, schema, name string) []*Table {
	if c == nil {
		return nil
	}
	all := c.lookup().tables[name]
	if schema != "" || !p.known {
		return inSchema(all, schema, anywhere, func(t *Table) string { return t.Schema })
	}
	for _, s := range p.schemas {
		if found := inSchema(all, s, p, func(t *Table) string { return t.Schema }); len(found) > 0 {
			return found
		}
	}
	return nil
}

// functions returns the functions that a call with n arguments may mean.
func (c *Catalog) functions(p path, schema, name string, n int) []*Function {
	if c == nil {
		return nil
	}
	var found []*Function
	for _, f := range inSchema(c.lookup().functions[name], schema, p, func(f *Function) string { return f.Schema }) {
		if f.accepts(n) {
			found = append(found, f)
		}
	}
	return found
}

// types returns the types that a name may mean.
func (c *Catalog) types(p path, schema, name string) []*Type {
	if c == nil {
		return nil
	}
	return inSchema(c.lookup().types[name], schema, p, func(t *Type) string { return t.Schema })
}

// operators returns the operators that a symbol may mean.
func (c *Catalog) operators(p path, schema, symbol string) []*Operator {
	if c == nil {
		return nil
	}
	return inSchema(c.lookup().operators[symbol], schema, p, func(o *Operator) string { return o.Schema })
}

// inSchema keeps what lies in schema; what the path sees if schema is empty.
func inSchema[T any](all []*T, schema string, p path, of func(*T) string) []*T {
	if len(all) == 0 || schema == "" && !p.known {
		return all
	}
	var kept []*T
	for _, x := range all {
		if s := of(x); s == schema || schema == "" && p.sees(s) {
			kept = append(kept, x)
		}
	}
	return kept
}

// spelled maps the names that format_type gives to types of PostgreSQL's own
// onto those that its parser gives them.
var spelled = map[string]string{
	"bigint": "int8", "bit varying": "varbit", "boolean": "bool", "character": "bpchar", "character varying": "varchar",
	"double precision": "float8", "integer": "int4", "real": "float4", "smallint": "int2",
	"time without time zone": "time", "time with time zone": "timetz",
	"timestamp without time zone": "timestamp", "timestamp with time zone": "timestamptz",
}

// bareType returns the last part of a type's name as format_type writes it,
// without schema, quotes, modifiers and brackets of arrays.
func bareType(name string) string {
	s, last := scanner{sql: name}, ""
	for depth := 0; ; {
		t := s.next()
		piece := name[t.start:t.end]
		switch {
		case t.kind == tokenEnd:
			if internal, ok := spelled[last]; ok {
				return internal
			}
			return last
		case piece == "(" || piece == "[":
			depth++
		case piece == ")" || piece == "]":
			depth--
		case depth > 0:
		case piece == ".":
			last = ""
		case t.kind == tokenQuoted:
			last = strings.ReplaceAll(strings.Trim(piece, `"`), `""`, `"`)
		case t.kind == tokenWord && last != "":
			last += " " + piece
		case t.kind == tokenWord:
			last = piece
		}
	}
}

// isSystemSchema reports whether a schema belongs to the server itself.
func isSystemSchema(schema string) bool {
	return schema == "pg_catalog" || schema == "information_schema" || schema == "pg_toast"
}

// isSystemTable reports whether a relation belongs to the server itself. A bare
// name that begins with pg_ is one: pg_catalog is searched first.
func isSystemTable(schema, name string) bool {
	return isSystemSchema(schema) || schema == "" && strings.HasPrefix(name, "pg_")
}
