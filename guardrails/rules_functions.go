package guardrails

import (
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// The family of calls: functions, operators and types that may run code.
var (
	ruleUnknownFunction = &Rule{
		ID: "GR070", Name: "unknown-function", Kind: Unknown, Level: Medium, below: DDL,
		About: "The function is not one of PostgreSQL's own that are known to have no effect, and the catalog does not tell either: it may do anything. A quoted \"Now\" or a public.now is not the built-in.",
		Fires: "SELECT public.now()",
		Quiet: "SELECT pg_catalog.now()",
	}
	ruleNamedFunction = &Rule{
		ID: "GR071", Name: "function-with-effect", Level: Medium,
		About: "The function is one of PostgreSQL's own, or of a well-known extension, and has an effect or reaches out: sequences, large objects, locks, sleeping, other sessions, files, other servers, the server itself. Kind and level depend on the function.",
		Fires: "SELECT pg_terminate_backend(42)",
		Quiet: "SELECT pg_backend_pid()",
	}
	ruleRunsText = &Rule{
		ID: "GR072", Name: "runs-text", Level: High,
		About: "The function runs a text as SQL, or reads a table that it is given by name. A constant text is read like any other.",
		Fires: "SELECT query_to_xml(note, true, false, '') FROM orders",
		Quiet: "SELECT xmlelement(name note, note) FROM orders",
	}
	ruleOperator = &Rule{
		ID: "GR073", Name: "unknown-operator", Kind: Unknown, Level: Medium, below: Write,
		About: "The operator is not one of PostgreSQL's own, or is looked for in another schema: a function of somebody's stands behind it.",
		Fires: "SELECT 1 OPERATOR(public.+) 2",
		Quiet: "SELECT 1 OPERATOR(pg_catalog.+) 2",
	}
	ruleType = &Rule{
		ID: "GR074", Name: "unknown-type", Kind: Unknown, Level: Medium, below: Write,
		About: "The type is not one of PostgreSQL's own, and the catalog does not know it: making a value of it may run code.",
		Fires: "SELECT 'x'::mood",
		Quiet: "SELECT 'x'::text",
	}
)

var functionRules = []*Rule{ruleUnknownFunction, ruleNamedFunction, ruleRunsText, ruleOperator, ruleType}

// calls judges a function call.
func (r *reader) calls(n *pg.FuncCall) {
	name := parts(n.Funcname)
	schema, bare := split(name)
	if n.Funcformat == pg.CoercionForm_COERCE_SQL_SYNTAX && schema == "pg_catalog" {
		r.noteFunction(quoted(bare)) // EXTRACT, TRIM, …: the schema is the parser's, not the text's
		return
	}
	r.noteFunction(dotted(name...))
	start, end := r.nameRange(n.Location)
	c := call{schema: schema, name: bare, args: len(n.Args), start: start, end: end}
	if n.AggWithinGroup {
		c.args += len(n.AggOrder) // PostgreSQL counts them as arguments
	}
	if len(name) > 2 {
		r.unknownFunction(c)
		return
	}
	r.call(c, n)
}

// unnests reads FROM unnest(a, b, …), which is several calls of unnest side by side.
func (r *reader) unnests(n *pg.RangeFunction) bool {
	if len(n.Functions) != 1 || len(n.Functions[0].GetList().GetItems()) == 0 {
		return false
	}
	f := n.Functions[0].GetList().Items[0].GetFuncCall()
	if f == nil || len(f.Args) < 2 {
		return false
	}
	if schema, name := split(parts(f.Funcname)); name != "unnest" || schema != "" && schema != "pg_catalog" {
		return false
	}
	r.noteFunction("unnest")
	eachNode(f.Args, r.walk)
	return len(r.cat.functions("", "unnest", len(f.Args))) == 0
}

// call is a function call, in whatever notation.
type call struct {
	schema, name string
	args         int
	start, end   int
}

// split parts a name into its schema, if it has one, and its last part.
func split(name []string) (schema, bare string) {
	if len(name) == 0 {
		return "", ""
	}
	if len(name) > 1 {
		schema = name[len(name)-2]
	}
	return schema, name[len(name)-1]
}

// call judges a call as PostgreSQL would resolve it: a bare name is looked for
// in pg_catalog first, but a function elsewhere whose arguments fit better wins.
// So if the catalog knows one of that name, that one is judged as well.
func (r *reader) call(c call, n *pg.FuncCall) {
	if c.schema == "information_schema" && strings.HasPrefix(c.name, "_pg_") {
		return
	}
	if c.schema != "" && c.schema != "pg_catalog" {
		if effect, ok := extensionFunctions[c.name]; ok {
			r.named(c, effect, n)
			return
		}
		r.ownFunction(c)
		return
	}
	own := c.schema == "" && len(r.cat.functions("", c.name, c.args)) > 0
	switch effect, ok := namedFunctions[c.name]; {
	case ok && effect.when(c.args):
		r.named(c, effect, n)
	case builtin(c):
		r.costs(c, n)
		if own {
			r.ownFunction(c)
		}
	case own:
		r.ownFunction(c)
	default:
		if effect, ok := extensionFunctions[c.name]; ok && c.schema == "" {
			r.named(c, effect, n)
			return
		}
		r.unknownFunction(c)
	}
}

// ownFunction judges a function outside pg_catalog by what the catalog says of it.
func (r *reader) ownFunction(c call) {
	found := r.cat.functions(c.schema, c.name, c.args)
	if len(found) == 0 {
		r.unknownFunction(c)
		return
	}
	for _, f := range found {
		if !r.declaredHarmless(f) {
			r.report(ruleUnknownFunction, Medium, c.start, c.end,
				"The function "+dotted(f.Schema, f.Name)+" may do anything that its body does.", "")
			return
		}
	}
}

// declaredHarmless reports whether a function of the database's own can have no
// effect. What is written in C and not volatile is trusted like PostgreSQL
// itself, for only a superuser brings it; an SQL body is read; what a procedural
// language does is not known, whatever its volatility claims.
func (r *reader) declaredHarmless(f *Function) bool {
	if f.Volatility != "immutable" && f.Volatility != "stable" || f.Procedure {
		return false
	}
	switch f.Language {
	case "c", "internal":
		return true
	case "sql":
		if f.Body == "" || r.depth >= maxTexts {
			return false
		}
		in := r.within(f.Body)
		in.read()
		return in.level == Low
	}
	return false
}

func (r *reader) unknownFunction(c call) {
	message, hint := "The function "+dotted(c.schema, c.name)+" is not known to be harmless.", ""
	switch {
	case c.schema != "" && c.schema != "pg_catalog" && builtinFunctions()[c.name] != 0:
		message = "The function " + dotted(c.schema, c.name) + " is not PostgreSQL's own " + c.name + "."
		hint = "Write " + c.name + " without a schema."
	case c.schema == "" && builtinFunctions()[strings.ToLower(c.name)] != 0:
		message = "No function " + dotted(c.name) + " with " + strconv.Itoa(c.args) + " arguments is PostgreSQL's own."
	}
	r.report(ruleUnknownFunction, Medium, c.start, c.end, message, hint)
}

// operator judges an operator by its name: looked for in another schema, or not
// one of PostgreSQL's own, it is somebody's function.
func (r *reader) operator(names []*pg.Node, location int32) {
	if len(names) == 0 {
		return
	}
	if len(names) == 1 && builtinOperators[names[0].GetString_().GetSval()] {
		return
	}
	name := parts(names)
	schema, symbol := split(name)
	if len(name) <= 2 && (schema == "" || schema == "pg_catalog") && builtinOperators[symbol] {
		return
	}
	start, end := r.start, r.end
	if at := int(location); at >= r.start && at < r.end {
		start, end = at, endOfToken(r.sql, at)
	}
	r.report(ruleOperator, Medium, start, end, "The operator "+strings.Join(name, ".")+" is not one of PostgreSQL's own.", "")
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
		if r.knownType(schema, bare) {
			return
		}
	}
	start, end := r.nameRange(n.Location)
	r.report(ruleType, Medium, start, end, "The type "+dotted(name...)+" is not one of PostgreSQL's own; making a value of it may run code.", "")
}

// knownType reports whether the catalog knows a type whose values come about
// without code of anybody's: a domain's checks and a base type's input may be.
func (r *reader) knownType(schema, name string) bool {
	found := r.cat.types(schema, name)
	if len(found) == 0 {
		if base, ok := strings.CutPrefix(name, "_"); ok { // an array
			found = r.cat.types(schema, base)
		}
	}
	for _, t := range found {
		if t.Kind == "domain" || t.Kind == "base" || t.Kind == "pseudo" {
			return false
		}
	}
	return len(found) > 0
}

// sample judges TABLESAMPLE: other methods than the two built-in are code.
func (r *reader) sample(n *pg.RangeTableSample) {
	name := parts(n.Method)
	schema, bare := split(name)
	if len(name) <= 2 && (schema == "" || schema == "pg_catalog") && (bare == "bernoulli" || bare == "system") {
		return
	}
	start, end := r.nameRange(n.Location)
	r.report(ruleUnknownFunction, Medium, start, end, "The sampling method "+dotted(name...)+" is not one of PostgreSQL's own.", "")
}

// column judges x.f, which means f(x) if x has no column f.
func (r *reader) column(n *pg.ColumnRef) {
	if len(n.Fields) < 2 {
		return
	}
	if last := n.Fields[len(n.Fields)-1].GetString_(); last != nil {
		start, end := r.nameRange(n.Location)
		r.attribute(last.Sval, start, end)
	}
}

// indirection judges (x).f, likewise.
func (r *reader) indirection(n *pg.A_Indirection) {
	for _, i := range n.Indirection {
		if s := i.GetString_(); s != nil {
			r.attribute(s.Sval, r.start, r.end)
		}
	}
}

// attribute judges a name that stands behind a dot, as a column or as a function
// of one argument: `SELECT g.pg_sleep FROM generate_series(1, 9) g` sleeps.
func (r *reader) attribute(name string, start, end int) {
	c := call{name: name, args: 1, start: start, end: end}
	effect, ok := namedFunctions[name]
	if !ok && name != "http" { // which is a likely name of a column
		effect, ok = extensionFunctions[name]
	}
	if ok && effect.when(1) {
		r.noteFunction(quoted(name))
		r.named(c, effect, nil)
		return
	}
	for _, f := range r.cat.functions("", name, 1) {
		if !r.declaredHarmless(f) {
			r.noteFunction(dotted(f.Schema, f.Name))
			r.report(ruleUnknownFunction, Medium, start, end,
				"If there is no column "+quoted(name)+", this calls the function "+dotted(f.Schema, f.Name)+".", "")
			return
		}
	}
}
