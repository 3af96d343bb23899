package guardrails

import "strings"

// accepts reports whether a call with n arguments may mean f.
func (f *Function) accepts(n int) bool {
	if f.Variadic {
		return n >= f.Args-1-f.Optional
	}
	return n >= f.Args-f.Optional && n <= f.Args
}

// catalogIndex finds things by their bare name.
type catalogIndex struct {
	tables    map[string][]*Table
	functions map[string][]*Function
	types     map[string][]*Type
}

func (c *Catalog) lookup() *catalogIndex {
	if x := c.index.Load(); x != nil {
		return x
	}
	x := &catalogIndex{
		tables: map[string][]*Table{}, functions: map[string][]*Function{}, types: map[string][]*Type{},
	}
	for i := range c.Tables {
		t := &c.Tables[i]
		x.tables[t.Name] = append(x.tables[t.Name], t)
	}
	for i := range c.Functions {
		f := &c.Functions[i]
		x.functions[f.Name] = append(x.functions[f.Name], f)
	}
	for i := range c.Types {
		t := &c.Types[i]
		x.types[t.Name] = append(x.types[t.Name], t)
	}
	c.index.Store(x)
	return x
}

// tables returns the tables that a name may mean: all of that name if the text
// gives no schema, for the search_path is not known here.
func (c *Catalog) tables(schema, name string) []*Table {
	if c == nil {
		return nil
	}
	return inSchema(c.lookup().tables[name], schema, func(t *Table) string { return t.Schema })
}

// functions returns the functions that a call with n arguments may mean.
func (c *Catalog) functions(schema, name string, n int) []*Function {
	if c == nil {
		return nil
	}
	var found []*Function
	for _, f := range inSchema(c.lookup().functions[name], schema, func(f *Function) string { return f.Schema }) {
		if f.accepts(n) {
			found = append(found, f)
		}
	}
	return found
}

// types returns the types that a name may mean.
func (c *Catalog) types(schema, name string) []*Type {
	if c == nil {
		return nil
	}
	return inSchema(c.lookup().types[name], schema, func(t *Type) string { return t.Schema })
}

// inSchema keeps what lies in schema; all of it if schema is empty.
func inSchema[T any](all []*T, schema string, of func(*T) string) []*T {
	if schema == "" {
		return all
	}
	var kept []*T
	for _, x := range all {
		if of(x) == schema {
			kept = append(kept, x)
		}
	}
	return kept
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
