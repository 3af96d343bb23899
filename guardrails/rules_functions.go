package guardrails

import (
	"slices"
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
	ruleOwnFunction = &Rule{
		ID: "GR075", Name: "own-function", Level: Medium,
		About: "A function, operator, cast or domain of the database's own runs code that does more than read. Needs a catalog; kind and level are those of the code.",
	}
	ruleView = &Rule{
		ID: "GR076", Name: "view-with-effect", Level: Medium,
		About: "Reading the view or table runs code that does more than read: in the view's query, or in a policy of row security. Needs a catalog.",
	}
	ruleUnknownView = &Rule{
		ID: "GR077", Name: "unknown-view", Kind: Unknown, Level: Medium, below: DDL,
		About: "Reading the view or table runs code that is not known to be harmless: in the view's query, or in a policy of row security. Needs a catalog.",
	}
	ruleForeign = &Rule{
		ID: "GR078", Name: "foreign-table", Kind: Read, Level: Medium, whenRun: true,
		About: "The table is a foreign one: reading it asks another server, or runs a program or reads a file. Needs a catalog.",
	}
	ruleTriggers = &Rule{
		ID: "GR079", Name: "triggers", Kind: Write, Level: Medium, whenRun: true,
		About: "Writing to the table also runs its triggers or rules, which may change more than the statement says. Needs a catalog.",
	}
)

var functionRules = []*Rule{
	ruleUnknownFunction, ruleNamedFunction, ruleRunsText, ruleOperator, ruleType,
	ruleOwnFunction, ruleView, ruleUnknownView, ruleForeign, ruleTriggers,
}

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
	if len(r.unnested) > 0 && slices.Contains(r.unnested, n) {
		c.args = 1
	}
	if len(name) > 2 {
		r.unknownFunction(c)
		return
	}
	r.call(c, n)
}

// unnests finds FROM unnest(a, b, …), which is several calls of unnest side by
// side, whatever the number of its arguments.
func (r *reader) unnests(n *pg.RangeFunction) {
	for _, list := range n.Functions {
		items := list.GetList().GetItems()
		if len(items) == 0 {
			continue
		}
		f := items[0].GetFuncCall()
		if f == nil || len(f.Args) < 2 {
			continue
		}
		if schema, name := split(parts(f.Funcname)); name == "unnest" && (schema == "" || schema == "pg_catalog") {
			r.unnested = append(r.unnested, f)
		}
	}
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
		r.ownFunction(c, n)
		return
	}
	own := c.schema == "" && len(r.cat.functions(r.path, "", c.name, c.args)) > 0
	switch effect, ok := namedFunctions[c.name]; {
	case ok && effect.when(c.args):
		r.named(c, effect, n)
	case builtin(c):
		r.costs(c, n)
		if own {
			r.ownFunction(c, n)
		}
	case r.castCall(c, n):
	case c.schema == "":
		r.ownFunction(c, n)
	default:
		r.unknownFunction(c)
	}
}

// castCall reports whether a call is a cast to a type of PostgreSQL's own, as in
// regtype('int4'). Of a quoted constant it always is, for no function fits one
// exactly; of anything else if there is no such function.
func (r *reader) castCall(c call, n *pg.FuncCall) bool {
	if n == nil || len(n.Args) != 1 || n.FuncVariadic || n.AggStar || n.AggDistinct || n.Over != nil || n.AggFilter != nil || len(n.AggOrder) > 0 {
		return false
	}
	if !builtinTypes()[c.name] {
		return false
	}
	if k := n.Args[0].GetAConst(); k != nil && (k.GetSval() != nil || k.Isnull) {
		return true
	}
	return r.cat != nil && len(r.cat.functions(r.path, c.schema, c.name, 1)) == 0
}

// ownFunction judges a function outside pg_catalog by what the catalog says of
// it, or by its name if it is one of a well-known extension's.
func (r *reader) ownFunction(c call, n *pg.FuncCall) {
	found := r.cat.functions(r.path, c.schema, c.name, c.args)
	if effect, ok := extensionFunctions[c.name]; ok && (len(found) == 0 || found[0].Language == "c") {
		r.named(c, effect, n)
		return
	}
	if len(found) == 0 {
		r.unknownFunction(c)
		return
	}
	for _, f := range found {
		r.runs(use{f, r.caller}, functionRuns, c.start, c.end, "The function "+dotted(f.Schema, f.Name))
	}
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

// sample judges TABLESAMPLE: other methods than the two built-in are code.
func (r *reader) sample(n *pg.RangeTableSample) {
	name := parts(n.Method)
	schema, bare := split(name)
	if len(name) <= 2 && (schema == "" || schema == "pg_catalog") && (bare == "bernoulli" || bare == "system") {
		return
	}
	for _, f := range r.cat.functions(r.path, schema, bare, 1) {
		if f.Language == "c" { // as all methods are: superusers bring them
			return
		}
	}
	start, end := r.nameRange(n.Location)
	r.report(ruleUnknownFunction, Medium, start, end, "The sampling method "+dotted(name...)+" is not one of PostgreSQL's own.", "")
}

// column notes the use of a column, and judges x.f, which means f(x) if x has no
// column f: at once if nothing is known of x, else when its columns are.
func (r *reader) column(n *pg.ColumnRef) {
	if len(n.Fields) == 0 {
		return
	}
	u := columnUse{at: n.Location}
	if last := n.Fields[len(n.Fields)-1]; last.GetAStar() != nil {
		u.column = "*"
	} else {
		u.column = last.GetString_().GetSval()
	}
	if len(n.Fields) > 1 {
		u.qualifier = n.Fields[len(n.Fields)-2].GetString_().GetSval()
	}
	if len(r.scopes) > 0 {
		s := &r.scopes[len(r.scopes)-1]
		s.uses = append(s.uses, u)
	}
	if u.qualifier != "" && u.column != "*" && (r.cat == nil || len(r.scopes) == 0) {
		start, end := r.nameRange(n.Location)
		r.attribute(u.column, start, end)
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
	for _, f := range r.cat.functions(r.path, "", name, 1) {
		r.runs(use{f, r.caller}, functionRuns, start, end,
			"The function "+dotted(f.Schema, f.Name)+", which this calls if there is no column "+quoted(name)+",")
	}
}

// readsFrom judges reading from a table of the catalog's.
func (r *reader) readsFrom(t *Table, start, end int) {
	if t.Kind == "foreign" {
		r.report(ruleForeign, Medium, start, end, "The table "+dotted(t.Schema, t.Name)+" stands for one elsewhere, which is asked.", "")
	}
	if t.Kind == "view" || len(t.Policies) > 0 {
		r.runs(use{t, r.caller}, viewRuns, start, end, "Reading "+dotted(t.Schema, t.Name))
	}
}
