package guardrails

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// maxApart bounds how often CASE, COALESCE and WITH queries are taken apart in
// one condition.
const maxApart = 200

// logic reads a condition as a formula. What it does not understand is a
// variable of its own, which may be true or false.
func (c *condition) logic(node *pg.Node) *logic {
	if c.tired() {
		return c.flag(node)
	}
	switch n := inner(node).(type) {
	case *pg.A_Const:
		return constantLogic(n)
	case *pg.TypeCast:
		if c.isTruth(n.Arg) || n.Arg.GetAConst() != nil {
			return c.logic(n.Arg)
		}
	case *pg.BoolExpr:
		return c.boolean(n)
	case *pg.NullTest:
		if c.isWholeRow(n.Arg) { // IS NULL asks of each of its columns, and so does IS NOT NULL
			if n.Nulltesttype == pg.NullTestType_IS_NULL {
				return falsely // its key is not
			}
			return c.flag(node)
		}
		f := c.isNull(n.Arg)
		if n.Nulltesttype == pg.NullTestType_IS_NOT_NULL {
			return not(f)
		}
		return f
	case *pg.BooleanTest:
		return booleanTest(n, c.logic(n.Arg))
	case *pg.A_Expr:
		if f := c.expression(n); f != nil {
			return f
		}
	case *pg.SubLink:
		if f := c.subLink(n); f != nil {
			return f
		}
	case *pg.CoalesceExpr:
		f := nothing
		for i := len(n.Args) - 1; i >= 0; i-- {
			a := c.logic(n.Args[i])
			c.nullable(a)
			f = choose(test(isUnknown, a), f, a)
		}
		return f
	case *pg.CaseExpr:
		return c.cases(n, c.logic)
	case *pg.FuncCall:
		if f := c.call(n); f != nil {
			return f
		}
	}
	return c.flag(node)
}

// flag makes what is not understood a variable.
func (c *condition) flag(node *pg.Node) *logic {
	k := c.key(node)
	v := c.variable("? "+k.text, k.rows)
	c.vars[v].flag = true
	return &logic{kind: isFlag, v: v}
}

// variable returns the place of the variable of a key.
func (c *condition) variable(key string, rows bool) int {
	if v, ok := c.byKey[key]; ok {
		c.vars[v].rows = c.vars[v].rows || rows
		return v
	}
	c.byKey[key] = len(c.vars)
	c.vars = append(c.vars, &variable{rows: rows, value: untried})
	return len(c.vars) - 1
}

// nullable notes that the text asks whether the variables of a formula are NULL.
func (c *condition) nullable(f *logic) {
	if c.pairs++; c.pairs > maxApart {
		return
	}
	switch f.kind {
	case isFlag, isCompared, isNull:
		c.vars[f.v].nullable = true
	}
	for _, a := range f.args {
		c.nullable(a)
	}
}

func constantLogic(n *pg.A_Const) *logic {
	if n.Isnull {
		return nothing
	}
	switch v := n.Val.(type) {
	case *pg.A_Const_Boolval:
		return truthOf(v.Boolval.GetBoolval())
	case *pg.A_Const_Ival:
		return truthOf(v.Ival.GetIval() != 0)
	case *pg.A_Const_Sval:
		return truthOf(isTrueText(v.Sval.GetSval()))
	}
	return truly // a number
}

// isTrueText reports whether a text is true as a boolean.
func isTrueText(s string) bool {
	s = strings.ToLower(strings.TrimSpace(s))
	for _, word := range []string{"true", "yes", "on", "1"} {
		if s != "" && strings.HasPrefix(word, s) && s != "o" {
			return true
		}
	}
	return false
}

func (c *condition) boolean(n *pg.BoolExpr) *logic {
	if n.Boolop == pg.BoolExprType_NOT_EXPR {
		return not(c.logic(n.Args[0]))
	}
	f := &logic{kind: isOr, args: make([]*logic, len(n.Args))}
	if n.Boolop == pg.BoolExprType_AND_EXPR {
		f.kind = isAnd
	}
	for i, a := range n.Args {
		f.args[i] = c.logic(a)
	}
	return f
}

func booleanTest(n *pg.BooleanTest, f *logic) *logic {
	switch n.Booltesttype {
	case pg.BoolTestType_IS_TRUE:
		return test(isTrue, f)
	case pg.BoolTestType_IS_NOT_TRUE:
		return not(test(isTrue, f))
	case pg.BoolTestType_IS_FALSE:
		return test(isTrue, not(f))
	case pg.BoolTestType_IS_NOT_FALSE:
		return not(test(isTrue, not(f)))
	case pg.BoolTestType_IS_UNKNOWN:
		return test(isUnknown, f)
	default:
		return not(test(isUnknown, f))
	}
}

// cases reads a CASE as a choice among its results, each read by f.
func (c *condition) cases(n *pg.CaseExpr, f func(*pg.Node) *logic) *logic {
	result := nothing // without ELSE
	if n.Defresult != nil {
		result = f(n.Defresult)
	}
	for i := len(n.Args) - 1; i >= 0; i-- {
		w := n.Args[i].GetCaseWhen()
		var when *logic
		if n.Arg != nil {
			when = c.comparison(n.Arg, "=", w.GetExpr())
		} else {
			when = c.logic(w.GetExpr())
		}
		result = choose(when, f(w.GetResult()), result)
	}
	return result
}

// isWholeRow reports whether an expression is the row at hand: t, or t.*.
func (c *condition) isWholeRow(node *pg.Node) bool {
	ref := node.GetColumnRef()
	switch {
	case ref == nil:
		return false
	case len(ref.Fields) == 1:
		return c.named(lastName(ref)) == theRows
	case ref.Fields[len(ref.Fields)-1].GetAStar() != nil:
		return c.resolve(ref) == theRows
	}
	return false
}

// isNull reads "x IS NULL".
func (c *condition) isNull(node *pg.Node) *logic {
	if c.hasValue(node) {
		return falsely
	}
	if c.isTruth(node) {
		return test(isUnknown, c.logic(node))
	}
	if k := node.GetAConst(); k != nil {
		return truthOf(k.Isnull)
	}
	if s := node.GetSubLink(); s != nil && s.SubLinkType == pg.SubLinkType_EXPR_SUBLINK {
		if x := bareSelect(s.Subselect.GetSelectStmt()); x != nil {
			return c.isNull(x)
		}
	}
	o := c.operand(node)
	if len(o.terms) != 1 {
		k := c.key(node)
		o = c.opaque(k.text, k.rows)
	}
	v := o.terms[0].v
	c.vars[v].nullable = true
	return &logic{kind: isNull, v: v}
}

// hasValue reports whether an expression is never NULL: what is made of nothing
// but columns and constants that are not.
func (c *condition) hasValue(node *pg.Node) bool {
	switch n := inner(node).(type) {
	case *pg.A_Const:
		return !n.Isnull
	case *pg.ColumnRef:
		return c.columnHasValue(n)
	case *pg.TypeCast:
		return c.hasValue(n.Arg)
	case *pg.CollateClause:
		return c.hasValue(n.Arg)
	case *pg.A_Expr:
		return n.Kind == pg.A_Expr_Kind_AEXPR_OP && symbol(n) != "->" && symbol(n) != "->>" && symbol(n) != "#>" && symbol(n) != "#>>" &&
			(n.Lexpr == nil || c.hasValue(n.Lexpr)) && c.hasValue(n.Rexpr)
	case *pg.CoalesceExpr:
		return slices.ContainsFunc(n.Args, c.hasValue)
	case *pg.MinMaxExpr:
		return slices.ContainsFunc(n.Args, c.hasValue)
	case *pg.CaseExpr:
		return n.Defresult != nil && c.hasValue(n.Defresult) &&
			!slices.ContainsFunc(n.Args, func(w *pg.Node) bool { return !c.hasValue(w.GetCaseWhen().GetResult()) })
	case *pg.RowExpr, *pg.A_ArrayExpr:
		return c.allHaveValues(n)
	case *pg.FuncCall:
		return c.callHasValue(n)
	case *pg.SQLValueFunction:
		return true
	case *pg.SubLink:
		return n.SubLinkType == pg.SubLinkType_EXISTS_SUBLINK || n.SubLinkType == pg.SubLinkType_ARRAY_SUBLINK
	}
	return false
}

func (c *condition) allHaveValues(n any) bool {
	row, ok := n.(*pg.RowExpr)
	if !ok {
		return true // an array, whatever is in it
	}
	for _, a := range row.Args {
		if !c.hasValue(a) {
			return false
		}
	}
	return true
}

// callHasValue knows functions that give a value for values.
func (c *condition) callHasValue(n *pg.FuncCall) bool {
	switch functionName(n) {
	case "count", "now", "random", "gen_random_uuid", "clock_timestamp", "concat", "row_number", "pg_typeof":
		return true
	case "length", "lower", "upper", "md5", "abs", "trim", "btrim", "ltrim", "rtrim", "char_length", "character_length", "octet_length",
		"round", "floor", "ceil", "ceiling", "sign", "date_trunc", "to_char", "hashtext", "reverse", "sha256":
		for _, a := range n.Args {
			if !c.hasValue(a) {
				return false
			}
		}
		return len(n.Args) > 0
	}
	return false
}

// functionName returns the name of a built-in function, empty for others.
func functionName(n *pg.FuncCall) string {
	schema, name := split(parts(n.Funcname))
	if schema != "" && schema != "pg_catalog" {
		return ""
	}
	return name
}

// columnHasValue reports whether a column is the system's own, the table's key,
// or known to the catalog to be NOT NULL.
func (c *condition) columnHasValue(n *pg.ColumnRef) bool {
	name := lastName(n)
	switch name {
	case "":
		return false
	case "ctid", "tableoid", "xmin", "xmax", "cmin", "cmax":
		return true
	}
	if c.resolve(n) == others {
		return false
	}
	for _, t := range c.r.cat.tables(c.table.GetSchemaname(), c.table.GetRelname()) {
		if col := t.column(name); col != nil {
			return col.NotNull
		}
	}
	return c.isOwnKey(name)
}

// isOwnKey reports whether a column is called as the table's key would be: id, or
// order_id in orders.
func (c *condition) isOwnKey(name string) bool {
	if name == "id" {
		return true
	}
	of, ok := strings.CutSuffix(name, "_id")
	table := c.table.GetRelname()
	return ok && (of == table || of+"s" == table || of+"es" == table || strings.HasSuffix(of, "y") && of[:len(of)-1]+"ies" == table)
}

// isTruth reports whether an expression is certainly true, false or NULL, and no
// other value.
func (c *condition) isTruth(node *pg.Node) bool {
	switch n := inner(node).(type) {
	case *pg.A_Const:
		return n.GetBoolval() != nil
	case *pg.BoolExpr, *pg.NullTest, *pg.BooleanTest:
		return true
	case *pg.SubLink:
		if n.SubLinkType == pg.SubLinkType_EXPR_SUBLINK {
			x := bareSelect(n.Subselect.GetSelectStmt())
			return x != nil && c.isTruth(x)
		}
		return n.SubLinkType != pg.SubLinkType_ARRAY_SUBLINK && n.SubLinkType != pg.SubLinkType_MULTIEXPR_SUBLINK
	case *pg.TypeCast:
		name := parts(n.TypeName.GetNames())
		return len(name) > 0 && name[len(name)-1] == "bool" && len(n.TypeName.GetArrayBounds()) == 0
	case *pg.A_Expr:
		switch n.Kind {
		case pg.A_Expr_Kind_AEXPR_NULLIF:
			return c.isTruth(n.Lexpr)
		case pg.A_Expr_Kind_AEXPR_OP:
			_, compares := mirrored[symbol(n)]
			return n.Lexpr != nil && (compares || patterns[symbol(n)] != "")
		}
		return true
	}
	return false
}
