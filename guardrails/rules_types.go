package guardrails

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// Operators, types and casts, behind each of which may stand a function.

// operator judges an operator by its name: looked for in another schema, or not
// one of PostgreSQL's own, it is somebody's function.
func (r *reader) operator(names []*pg.Node, location int32) {
	if len(names) == 0 {
		return
	}
	if r.cat == nil && len(names) == 1 && builtinOperators[names[0].GetString_().GetSval()] {
		return
	}
	name := parts(names)
	start, end := r.start, r.end
	if at := int(location); at >= r.start && at < r.end {
		start, end = at, endOfToken(r.sql, at)
	}
	if len(name) > 2 {
		r.report(ruleOperator, Medium, start, end, "The operator "+strings.Join(name, ".")+" is not one of PostgreSQL's own.", "")
		return
	}
	schema, symbol := split(name)
	r.symbol(schema, symbol, start, end)
}

// symbol judges an operator as PostgreSQL would resolve it, like a function.
func (r *reader) symbol(schema, symbol string, start, end int) {
	found := r.cat.operators(r.path, schema, symbol)
	if schema == "pg_catalog" {
		found = nil
	}
	if len(found) == 0 && ((schema == "" || schema == "pg_catalog") && builtinOperators[symbol]) {
		return
	}
	if len(found) == 0 {
		r.report(ruleOperator, Medium, start, end, "The operator "+strings.Trim(schema+"."+symbol, ".")+" is not one of PostgreSQL's own.", "")
		return
	}
	for _, o := range found {
		r.runsWhole(o.Function, operatorRuns, start, end, "The operator "+o.Schema+"."+symbol)
	}
}

// runsWhole judges the functions behind an operator or cast.
func (r *reader) runsWhole(function string, rules runRules, start, end int, what string) {
	d := r.cat.wholeName(function, r.caller)
	switch {
	case d.level != Low:
		r.ran(*d, rules, start, end, what)
	default:
		for _, u := range d.uses {
			r.runs(u, rules, start, end, what)
		}
	}
}

// typeName judges a type by its name.
func (r *reader) typeName(n *pg.TypeName) {
	if len(n.Names) == 0 {
		return
	}
	name := parts(n.Names)
	schema, bare := split(name)
	if len(name) <= 2 {
		switch {
		case schema == "pg_catalog" && builtinTypes()[bare], schema == "information_schema":
			return
		case schema == "" && builtinTypes()[bare]:
			return
		}
		start, end := r.nameRange(n.Location)
		if r.ownType(schema, bare, start, end) {
			return
		}
	}
	start, end := r.nameRange(n.Location)
	r.report(ruleType, Medium, start, end, "The type "+dotted(name...)+" is not one of PostgreSQL's own; making a value of it may run code.", "")
}

// ownType judges a type of the catalog's; it is false if there is none. An array
// is named like its element, behind an underscore, and a table's row like the table.
func (r *reader) ownType(schema, name string, start, end int) bool {
	found := r.cat.types(r.path, schema, name)
	base, isArray := strings.CutPrefix(name, "_")
	if len(found) == 0 && isArray {
		found = r.cat.types(r.path, schema, base)
	}
	if len(found) > 0 {
		r.ownTypes(found, start, end)
		return true
	}
	return len(r.cat.tablesUnder(r.path, schema, name)) > 0 || isArray && len(r.cat.tablesUnder(r.path, schema, base)) > 0
}

// ownTypes judges making values of types: a domain runs its checks. Base types
// are brought by superusers only, and are trusted like functions in C.
func (r *reader) ownTypes(found []*Type, start, end int) {
	for _, t := range found {
		if t.Kind == "domain" {
			r.runs(use{t, r.caller}, typeRuns, start, end, "The check of the domain "+dotted(t.Schema, t.Name))
		}
	}
}

// casts judges a cast by the functions that the catalog says may make it.
func (r *reader) casts(n *pg.TypeCast) {
	if r.cat == nil || len(r.cat.Casts) == 0 || n.TypeName == nil || len(n.TypeName.Names) == 0 {
		return
	}
	source, known := sourceType(n.Arg)
	target := n.TypeName.Names[len(n.TypeName.Names)-1].GetString_().GetSval()
	for _, k := range r.cat.lookup().casts[target] {
		if k.Function != "" && (!known || source == bareType(k.Source)) {
			start, end := r.nameRange(n.Location)
			r.runsWhole(k.Function, typeRuns, start, end, "The cast from "+k.Source+" to "+k.Target)
		}
	}
}

// sourceType returns the type that an expression has at sight: empty for a quoted
// constant, which no function casts.
func sourceType(n *pg.Node) (name string, known bool) {
	switch v := inner(n).(type) {
	case *pg.A_Const:
		switch v.Val.(type) {
		case *pg.A_Const_Ival:
			return "int4", true
		case *pg.A_Const_Boolval:
			return "bool", true
		case *pg.A_Const_Fval: // int8 if it fits
			return "", false
		}
		return "", true
	case *pg.TypeCast:
		if names := v.TypeName.GetNames(); len(names) > 0 {
			return names[len(names)-1].GetString_().GetSval(), true
		}
	}
	return "", false
}
