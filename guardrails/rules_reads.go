package guardrails

import (
	"fmt"
	"math"
	"strconv"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// The family of reads that cost or expose a lot.
var (
	ruleExport = &Rule{
		ID: "GR080", Name: "export", Kind: Read, Level: Medium, whenRun: true,
		About: "COPY … TO STDOUT hands out rows in bulk.",
		Fires: "COPY orders TO STDOUT",
		Quiet: "SELECT * FROM orders WHERE id = 7",
	}
	ruleSecrets = &Rule{
		ID: "GR081", Name: "server-secrets", Kind: Read, Level: High, whenRun: true,
		About: "The text reads where the server keeps password hashes, connection strings or raw large objects.",
		Fires: "SELECT rolname, rolpassword FROM pg_authid",
		Quiet: "SELECT rolname FROM pg_roles",
	}
	ruleRecursion = &Rule{
		ID: "GR082", Name: "unbounded-recursion", Kind: Read, Level: Medium, whenRun: true,
		About: "A WITH RECURSIVE query has nothing that ends it: its recursive part has no WHERE and joins nothing, and no LIMIT bounds it.",
		Fires: "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT * FROM n",
		Quiet: "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) SELECT * FROM n",
	}
	ruleHuge = &Rule{
		ID: "GR083", Name: "huge-result", Kind: Read, Level: Medium,
		About: "A function makes millions of rows, or a text of many megabytes.",
		Fires: "SELECT count(*) FROM generate_series(1, 1000000000)",
		Quiet: "SELECT count(*) FROM generate_series(1, 1000)",
	}
	ruleWholeTable = &Rule{
		ID: "GR084", Name: "whole-table", Kind: Read, Level: Medium, whenRun: true,
		About: "The query returns every row of a large table: it has no WHERE, LIMIT or aggregate. Needs a catalog with row estimates.",
	}
	ruleCartesian = &Rule{
		ID: "GR085", Name: "cartesian", Kind: Read, Level: Medium, whenRun: true,
		About: "The query pairs every row of one large table with every row of another. Needs a catalog with row estimates.",
	}
	ruleSensitive = &Rule{
		ID: "GR086", Name: "sensitive-column", Kind: Read, Level: High, whenRun: true,
		About: "The text reads a sensitive column: in a result, a condition, an order, anywhere. Needs a catalog that marks them.",
	}
)

var readRules = []*Rule{ruleExport, ruleSecrets, ruleRecursion, ruleHuge, ruleWholeTable, ruleCartesian, ruleSensitive}

// Sizes from which a read is worth a thought.
const (
	manyRows  = 100_000
	manyPairs = 10_000_000
	manyMade  = 10_000_000
	manyBytes = 100_000_000
)

// secret is what a table of the server's own holds that ought not be read in
// passing, and in which columns: all of them if none is named.
type secret struct{ what, columns string }

var secretTables = map[string]secret{
	"pg_authid":              {"password hashes", "rolpassword"},
	"pg_shadow":              {"password hashes", "passwd"},
	"pg_user_mapping":        {"passwords for other servers", "umoptions"},
	"pg_user_mappings":       {"passwords for other servers", "umoptions"},
	"pg_subscription":        {"connection strings", "subconninfo"},
	"pg_largeobject":         {"the bytes of large objects", "data"},
	"pg_hba_file_rules":      {"the server's access rules", ""},
	"pg_ident_file_mappings": {"the server's access rules", ""},
	"pg_file_settings":       {"the server's configuration files", ""},
}

// exposure is a use of a table with secrets, judged when the statement's columns
// are known.
type exposure struct {
	secret
	table, alias string
	start, end   int
}

// exposes notes a use of a table with secrets.
func (r *reader) exposes(n *pg.RangeVar) {
	if n.Schemaname != "" && n.Schemaname != "pg_catalog" {
		return
	}
	if s, ok := secretTables[n.Relname]; ok {
		start, end := r.nameRange(n.Location)
		r.exposures = append(r.exposures, exposure{s, n.Relname, n.GetAlias().GetAliasname(), start, end})
	}
}

// exposed reports the tables with secrets whose secret columns the statement
// names, or takes along with all others.
func (r *reader) exposed(statement *pg.Node) {
	if len(r.exposures) == 0 {
		return
	}
	named, last, all := map[string]bool{}, map[string]bool{}, false
	var look func(any)
	look = func(node any) {
		if c, ok := node.(*pg.ColumnRef); ok {
			for _, f := range c.Fields {
				named[f.GetString_().GetSval()] = true
				all = all || f.GetAStar() != nil
			}
			last[lastName(c)] = true // a table's name as a value is its whole row
		}
		eachChild(node, look)
	}
	oneNode(statement, look)
	for _, e := range r.exposures {
		if all || e.columns == "" || named[e.columns] || last[e.table] || e.alias != "" && last[e.alias] {
			r.report(ruleSecrets, High, e.start, e.end, "The table "+e.table+" holds "+e.what+".", "Name the columns you need; pg_roles shows roles without passwords.")
		}
	}
	r.exposures = r.exposures[:0]
}

// reads judges a query by its size and end, so far as they can be told.
func (r *reader) reads(n *pg.SelectStmt) {
	r.recursion(n)
	r.series(n)
	if r.cat == nil || n.Op != pg.SetOperation_SETOP_NONE && n.Op != pg.SetOperation_SET_OPERATION_UNDEFINED {
		return
	}
	if n.WhereClause != nil || n.LimitCount != nil || n.IntoClause != nil {
		return
	}
	pairs, tables := 1.0, 0
	for _, f := range n.FromClause {
		p, t := r.pairs(inner(f))
		pairs *= max(p, 1)
		tables += t
	}
	switch {
	case tables >= 2 && pairs > manyPairs:
		r.statement(ruleCartesian, Medium, fmt.Sprintf("The query pairs up to %.0f rows: nothing joins its tables.", pairs),
			"Join the tables on a condition.")
	case tables == 1 && pairs > manyRows && len(n.GroupClause) == 0 && !aggregates(n.TargetList):
		r.statement(ruleWholeTable, Medium, fmt.Sprintf("The query returns about %.0f rows.", pairs), "Add a WHERE or a LIMIT.")
	}
}

// pairs estimates how many rows an item of FROM pairs up without a condition,
// and of how many tables.
func (r *reader) pairs(item any) (rows float64, tables int) {
	switch n := item.(type) {
	case *pg.RangeVar:
		if r.isWithQuery(n) {
			return 1, 0
		}
		for _, t := range r.cat.tables(n.Schemaname, n.Relname) {
			rows = max(rows, t.Rows)
		}
		return rows, 1
	case *pg.JoinExpr:
		left, a := r.pairs(inner(n.Larg))
		right, b := r.pairs(inner(n.Rarg))
		if n.Quals != nil || len(n.UsingClause) > 0 || n.IsNatural {
			return max(left, right), max(a, b, 1)
		}
		return max(left, 1) * max(right, 1), a + b
	}
	return 1, 0
}

// aggregates reports whether a target list holds a call at its top that makes
// one row of many.
func aggregates(targets []*pg.Node) bool {
	for _, t := range targets {
		f := t.GetResTarget().GetVal().GetFuncCall()
		if f == nil || f.Over != nil {
			continue
		}
		_, name := split(parts(f.Funcname))
		switch name {
		case "count", "sum", "avg", "min", "max", "array_agg", "string_agg", "json_agg", "jsonb_agg", "bool_and", "bool_or", "every":
			return true
		}
	}
	return false
}

// recursion judges WITH RECURSIVE queries whose recursive part cannot end.
func (r *reader) recursion(n *pg.SelectStmt) {
	if n.WithClause == nil || !n.WithClause.Recursive || n.LimitCount != nil {
		return
	}
	for _, w := range n.WithClause.Ctes {
		c := w.GetCommonTableExpr()
		q := c.GetCtequery().GetSelectStmt()
		if q.GetRarg() == nil || q.LimitCount != nil {
			continue
		}
		step := q.Rarg
		self := len(step.FromClause) == 1 && step.FromClause[0].GetRangeVar().GetRelname() == c.Ctename
		if self && step.WhereClause == nil && step.LimitCount == nil && step.HavingClause == nil {
			start, end := r.nameRange(c.Location)
			r.report(ruleRecursion, Medium, start, end, "Nothing ends the recursion of "+quoted(c.Ctename)+".",
				"Give its recursive part a WHERE, or the query a LIMIT.")
		}
	}
}

// series judges the rows that the series of constants in one FROM make together.
func (r *reader) series(n *pg.SelectStmt) {
	made, many := 1.0, 0
	for _, f := range n.FromClause {
		for _, list := range f.GetRangeFunction().GetFunctions() {
			for _, c := range list.GetList().GetItems() {
				if rows := seriesRows(c.GetFuncCall()); rows > 1 {
					made *= rows
					many++
				}
			}
		}
	}
	if many > 1 && made > manyMade {
		r.statement(ruleHuge, Medium, fmt.Sprintf("The series make about %.0f rows together.", made), "Bound the series.")
	}
}

// seriesRows estimates the rows of a generate_series of constants, 0 if a call
// is none.
func seriesRows(n *pg.FuncCall) float64 {
	if n == nil || len(n.Args) < 2 {
		return 0
	}
	if _, name := split(parts(n.Funcname)); name != "generate_series" {
		return 0
	}
	from, ok1 := number(n.Args[0])
	to, ok2 := number(n.Args[1])
	step := 1.0
	if len(n.Args) > 2 {
		if s, ok := number(n.Args[2]); ok && s != 0 {
			step = s
		}
	}
	if !ok1 || !ok2 {
		return 0
	}
	return (to - from) / step
}

// costs judges calls of harmless functions that make a lot of nothing.
func (r *reader) costs(c call, n *pg.FuncCall) {
	if n == nil {
		return
	}
	switch c.name {
	case "generate_series":
		if rows := seriesRows(n); rows > manyMade {
			r.report(ruleHuge, Medium, c.start, c.end, fmt.Sprintf("The series has about %.0f rows.", rows), "Bound the series.")
		}
	case "repeat", "lpad", "rpad":
		if len(n.Args) < 2 {
			return
		}
		if times, ok := number(n.Args[1]); ok && times > manyBytes {
			r.report(ruleHuge, Medium, c.start, c.end, "The text would be of hundreds of megabytes.", "Bound the length.")
		}
	}
}

// number returns the value of a numeric constant, cast or signed or not.
func number(n *pg.Node) (float64, bool) {
	switch v := inner(n).(type) {
	case *pg.A_Const:
		switch c := v.Val.(type) {
		case *pg.A_Const_Ival:
			return float64(c.Ival.GetIval()), true
		case *pg.A_Const_Fval:
			f, err := strconv.ParseFloat(c.Fval.GetFval(), 64)
			return f, err == nil && !math.IsNaN(f)
		}
	case *pg.TypeCast:
		return number(v.Arg)
	case *pg.A_Expr:
		if v.Lexpr == nil && len(v.Name) == 1 && v.Name[0].GetString_().GetSval() == "-" {
			f, ok := number(v.Rexpr)
			return -f, ok
		}
	}
	return 0, false
}
