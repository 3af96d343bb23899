package guardrails

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// compare judges a comparison.
func (c condition) compare(n *pg.A_Expr) truth {
	op := symbol(n)
	switch n.Kind {
	case pg.A_Expr_Kind_AEXPR_NOT_DISTINCT:
		op = "="
	case pg.A_Expr_Kind_AEXPR_DISTINCT:
		op = "<>"
	case pg.A_Expr_Kind_AEXPR_IN, pg.A_Expr_Kind_AEXPR_BETWEEN, pg.A_Expr_Kind_AEXPR_BETWEEN_SYM:
		return c.among(n)
	case pg.A_Expr_Kind_AEXPR_OP_ANY:
		return c.anyOf(n, op)
	}
	if n.Lexpr == nil || n.Rexpr == nil {
		return maybe
	}
	if c.same(n.Lexpr, n.Rexpr) {
		return reflexive(op)
	}
	if t := c.bounds(n.Lexpr, op, n.Rexpr); t != maybe {
		return t
	}
	return c.bounds(n.Rexpr, mirrored[op], n.Lexpr)
}

// reflexive is what x op x says.
func reflexive(op string) truth {
	switch op {
	case "=", ">=", "<=", "~~", "~~*", "@>", "<@", "~=", "^@", "&&":
		return always
	case "<>", "<", ">":
		return never
	}
	return maybe
}

var mirrored = map[string]string{"=": "=", "<>": "<>", "<": ">", ">": "<", "<=": ">=", ">=": "<="}

// Bounds beyond which a number is one that no key reaches.
const (
	leastKey = 0
	mostKey  = 1<<31 - 1
)

// bounds judges x op constant.
func (c condition) bounds(x *pg.Node, op string, limit *pg.Node) truth {
	if v, ok := fold(limit); ok {
		if w, ok := c.foldRow(x); ok {
			return order(w, op, v)
		}
		switch {
		case (op == ">=" && v <= leastKey || op == ">" && v < leastKey || op == "<>" && v < leastKey) && neverNegative(x):
			return always
		case (op == ">" || op == ">=" || op == "<>") && v <= leastKey && isKey(x),
			(op == "<" || op == "<=") && v >= mostKey && isKey(x):
			return always
		}
		return maybe
	}
	text, ok := settingValue([]*pg.Node{limit})
	if !ok {
		return maybe
	}
	if s, ok := settingValue([]*pg.Node{x}); ok {
		switch op {
		case "=":
			return truthOf(s == text)
		case "<>":
			return truthOf(s != text)
		}
		return maybe
	}
	switch op {
	case "~~", "~~*":
		if text != "" && strings.Trim(text, "%") == "" {
			return always
		}
	case "~", "~*":
		switch text {
		case "", ".*", "^", "$", "^.*$", "^.*", ".*$", ".":
			return always
		}
	}
	return maybe
}

func order(a float64, op string, b float64) truth {
	switch op {
	case "=":
		return truthOf(a == b)
	case "<>":
		return truthOf(a != b)
	case "<":
		return truthOf(a < b)
	case ">":
		return truthOf(a > b)
	case "<=":
		return truthOf(a <= b)
	case ">=":
		return truthOf(a >= b)
	}
	return maybe
}

// fold returns the value of arithmetic on constants.
func fold(n *pg.Node) (float64, bool) {
	if v, ok := number(n); ok {
		return v, true
	}
	e := n.GetAExpr()
	if e == nil || e.Lexpr == nil {
		return 0, false
	}
	a, ok1 := fold(e.Lexpr)
	b, ok2 := fold(e.Rexpr)
	if !ok1 || !ok2 {
		return 0, false
	}
	switch symbol(e) {
	case "+":
		return a + b, true
	case "-":
		return a - b, true
	case "*":
		return a * b, true
	case "/":
		return a / b, b != 0
	}
	return 0, false
}

// foldRow is fold that knows also what comes out the same for every row: x - x
// and x * 0.
func (c condition) foldRow(n *pg.Node) (float64, bool) {
	if v, ok := fold(n); ok {
		return v, true
	}
	e := n.GetAExpr()
	if e == nil || e.Lexpr == nil {
		return 0, false
	}
	switch symbol(e) {
	case "-", "#":
		return 0, c.same(e.Lexpr, e.Rexpr)
	case "/":
		return 1, c.same(e.Lexpr, e.Rexpr)
	case "*":
		a, ok1 := fold(e.Lexpr)
		b, ok2 := fold(e.Rexpr)
		return 0, ok1 && a == 0 || ok2 && b == 0
	}
	return 0, false
}

// neverNegative reports whether an expression is a call that counts or measures.
func neverNegative(n *pg.Node) bool {
	f := n.GetFuncCall()
	if f == nil {
		return false
	}
	switch _, name := split(parts(f.Funcname)); name {
	case "length", "char_length", "character_length", "octet_length", "bit_length", "abs", "cardinality", "count":
		return true
	}
	return false
}

// isKey reports whether an expression is a column that looks like a number that
// counts from one: id, order_id, …. A condition such as id > 0 then chooses
// nothing.
func isKey(n *pg.Node) bool {
	ref := n.GetColumnRef()
	if ref == nil {
		return false
	}
	name := ref.Fields[len(ref.Fields)-1].GetString_().GetSval()
	return name == "id" || strings.HasSuffix(name, "_id")
}

// among judges x IN (…, x, …) and x BETWEEN x AND x.
func (c condition) among(n *pg.A_Expr) truth {
	items := n.Rexpr.GetList().GetItems()
	if n.Kind == pg.A_Expr_Kind_AEXPR_IN {
		if symbol(n) != "=" {
			return maybe
		}
		for _, i := range items {
			if c.same(n.Lexpr, i) {
				return always
			}
		}
		return maybe
	}
	if len(items) != 2 {
		return maybe
	}
	low, high := c.compareAs(n.Lexpr, ">=", items[0]), c.compareAs(n.Lexpr, "<=", items[1])
	switch {
	case low == always && high == always:
		return always
	case low == never || high == never:
		return never
	}
	return maybe
}

func (c condition) compareAs(x *pg.Node, op string, y *pg.Node) truth {
	if c.same(x, y) {
		return reflexive(op)
	}
	return c.bounds(x, op, y)
}

// anyOf judges x = ANY (ARRAY[…, x, …]) and x = ANY (ARRAY(SELECT x FROM …)).
func (c condition) anyOf(n *pg.A_Expr, op string) truth {
	if op != "=" {
		return maybe
	}
	switch list := inner(n.Rexpr).(type) {
	case *pg.A_ArrayExpr:
		for _, i := range list.Elements {
			if c.same(n.Lexpr, i) {
				return always
			}
		}
	case *pg.SubLink:
		if list.SubLinkType == pg.SubLinkType_ARRAY_SUBLINK {
			return c.ofSameTable(n.Lexpr, list.Subselect.GetSelectStmt())
		}
	}
	return maybe
}

// subLink judges x IN (SELECT x FROM the same table) and EXISTS (…).
func (c condition) subLink(n *pg.SubLink) truth {
	q := n.Subselect.GetSelectStmt()
	if q == nil {
		return maybe
	}
	switch n.SubLinkType {
	case pg.SubLinkType_ANY_SUBLINK:
		if len(n.OperName) == 0 || parts(n.OperName)[0] == "=" {
			return c.ofSameTable(n.Testexpr, q)
		}
	case pg.SubLinkType_EXISTS_SUBLINK:
		switch {
		case q.WhereClause == nil && q.HavingClause == nil:
			return constant
		case len(q.FromClause) == 1 && c.sameTable(inner(q.FromClause[0])) && sameColumnName(q.WhereClause):
			return always
		}
		if t := c.truth(q.WhereClause); t == always || t == constant {
			return constant // true for all rows or for none
		}
	}
	return maybe
}

// ofSameTable judges whether a value is among those of its own column.
func (c condition) ofSameTable(x *pg.Node, q *pg.SelectStmt) truth {
	if q == nil || len(q.FromClause) != 1 || len(q.TargetList) != 1 || q.LimitCount != nil || q.HavingClause != nil ||
		len(q.GroupClause) > 0 || !c.sameTable(inner(q.FromClause[0])) {
		return maybe
	}
	if a, b := x.GetColumnRef(), q.TargetList[0].GetResTarget().GetVal().GetColumnRef(); a == nil || b == nil ||
		lastName(a) != lastName(b) {
		return maybe
	}
	if q.WhereClause == nil {
		return always
	}
	return c.truth(q.WhereClause)
}

func lastName(n *pg.ColumnRef) string { return n.Fields[len(n.Fields)-1].GetString_().GetSval() }

// sameTable reports whether an item of FROM is the table written to.
func (c condition) sameTable(item any) bool {
	v, ok := item.(*pg.RangeVar)
	return ok && c.table != nil && v.Relname == c.table.Relname &&
		(v.Schemaname == c.table.Schemaname || v.Schemaname == "" || c.table.Schemaname == "")
}

// sameColumnName reports whether a condition is a.x = b.x and nothing else.
func sameColumnName(n *pg.Node) bool {
	e := n.GetAExpr()
	if e == nil || symbol(e) != "=" {
		return false
	}
	a, b := e.Lexpr.GetColumnRef(), e.Rexpr.GetColumnRef()
	return a != nil && b != nil && lastName(a) != "" && lastName(a) == lastName(b)
}
