package guardrails

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// truth is what a condition says of the rows it is asked about.
type truth int

const (
	maybe    truth = iota // it depends on the row
	always                // every row passes (or every row with a value)
	never                 // no row passes
	constant              // it does not look at the row: all pass or none
)

// condition judges the conditions of one statement that writes to a table.
type condition struct {
	r      *reader
	table  *pg.RangeVar // the table written to
	single bool         // no other table is in scope, so that a bare name is this table's
}

// ineffective says why a WHERE does not choose among a table's rows; it is empty
// if it may.
func (r *reader) ineffective(where *pg.Node, table *pg.RangeVar, others []*pg.Node) string {
	if where == nil {
		return "it has no WHERE"
	}
	c := condition{r: r, table: table, single: len(others) == 0}
	switch c.truth(where) {
	case always:
		return "every row passes its WHERE"
	case constant:
		return "its WHERE does not look at the rows"
	}
	return ""
}

// matchesAll says why a MERGE updates or deletes every row; it is empty if it
// may choose, or does neither.
func (r *reader) matchesAll(n *pg.MergeStmt) string {
	c := condition{r: r, table: n.Relation}
	join := c.truth(n.JoinCondition)
	if join == maybe && c.sameTable(inner(n.SourceRelation)) && sameColumnName(n.JoinCondition) {
		join = always // joined with itself
	}
	if join != always && join != constant {
		return ""
	}
	for _, w := range n.MergeWhenClauses {
		m := w.GetMergeWhenClause()
		if m.GetCommandType() != pg.CmdType_CMD_UPDATE && m.GetCommandType() != pg.CmdType_CMD_DELETE {
			continue
		}
		if m.Condition == nil || c.truth(m.Condition) == always || c.truth(m.Condition) == constant {
			return "every row passes its ON condition"
		}
	}
	return ""
}

// truth judges a condition.
func (c condition) truth(n *pg.Node) truth {
	t := c.known(n)
	if t == maybe && !looksAtRows(n) {
		return constant
	}
	return t
}

func (c condition) known(node *pg.Node) truth {
	switch n := inner(node).(type) {
	case *pg.A_Const:
		return truthOfConst(n)
	case *pg.TypeCast:
		return c.truth(n.Arg)
	case *pg.BoolExpr:
		return c.boolean(n)
	case *pg.NullTest:
		return c.nullTest(n)
	case *pg.BooleanTest:
		return c.booleanTest(n)
	case *pg.A_Expr:
		return c.compare(n)
	case *pg.SubLink:
		return c.subLink(n)
	case *pg.CoalesceExpr:
		for _, a := range n.Args {
			if t := c.truth(a); t != never { // never: a NULL, or a false that stands
				return t
			}
		}
	case *pg.CaseExpr:
		return c.cases(n)
	}
	return maybe
}

func truthOfConst(n *pg.A_Const) truth {
	if n.Isnull {
		return never
	}
	switch v := n.Val.(type) {
	case *pg.A_Const_Boolval:
		return truthOf(v.Boolval.GetBoolval())
	case *pg.A_Const_Ival:
		return truthOf(v.Ival.GetIval() != 0)
	case *pg.A_Const_Sval:
		s := strings.ToLower(strings.TrimSpace(v.Sval.GetSval()))
		for _, word := range []string{"true", "yes", "on", "1"} {
			if s != "" && strings.HasPrefix(word, s) && s != "o" {
				return always
			}
		}
		return never
	}
	return maybe
}

func truthOf(b bool) truth {
	if b {
		return always
	}
	return never
}

func not(t truth) truth {
	switch t {
	case always:
		return never
	case never:
		return always
	}
	return t
}

// boolean judges AND, OR and NOT.
func (c condition) boolean(n *pg.BoolExpr) truth {
	var count [constant + 1]int
	for _, a := range n.Args {
		count[c.truth(a)]++
	}
	switch n.Boolop {
	case pg.BoolExprType_NOT_EXPR:
		return not(c.truth(n.Args[0]))
	case pg.BoolExprType_AND_EXPR:
		switch {
		case count[never] > 0:
			return never
		case count[maybe] > 0:
			return maybe
		case count[constant] > 0:
			return constant
		}
		return always
	default:
		switch {
		case count[always] > 0 || c.complementary(n.Args):
			return always
		case count[constant] > 0: // if it is true, the rest does not count
			return constant
		case count[maybe] > 0:
			return maybe
		}
		return never
	}
}

// maxPairs bounds how many arms of an OR are compared with one another.
const maxPairs = 50

// complementary reports whether two arms of an OR cover everything: a OR NOT a,
// a < b OR a >= b, a IS NULL OR a IS NOT NULL.
func (c condition) complementary(arms []*pg.Node) bool {
	if len(arms) > maxPairs {
		return false
	}
	for i, a := range arms {
		for _, b := range arms[i+1:] {
			if c.opposites(a, b) || c.opposites(b, a) {
				return true
			}
		}
	}
	return false
}

// opposite pairs an operator with those that hold whenever it does not.
var opposite = map[string]string{
	"=": "<>", "<": ">=", "<=": "> >=", "~~": "!~~", "~~*": "!~~*", "~": "!~", "~*": "!~*",
}

func (c condition) opposites(a, b *pg.Node) bool {
	if n := b.GetBoolExpr(); n != nil && n.Boolop == pg.BoolExprType_NOT_EXPR && c.same(a, n.Args[0]) {
		return true
	}
	switch x := inner(a).(type) {
	case *pg.NullTest:
		y := b.GetNullTest()
		return y != nil && x.Nulltesttype != y.Nulltesttype && c.same(x.Arg, y.Arg)
	case *pg.A_Expr:
		y := b.GetAExpr()
		if y == nil || x.Lexpr == nil || !c.same(x.Lexpr, y.Lexpr) || !c.same(x.Rexpr, y.Rexpr) {
			return false
		}
		for _, o := range strings.Fields(opposite[symbol(x)]) {
			if symbol(y) == o {
				return true
			}
		}
	}
	return false
}

// symbol returns an expression's operator, empty if it is not a built-in's.
func symbol(n *pg.A_Expr) string {
	name := parts(n.Name)
	if len(name) == 0 || len(name) > 1 && name[0] != "pg_catalog" {
		return ""
	}
	return name[len(name)-1]
}

func (c condition) nullTest(n *pg.NullTest) truth {
	t := maybe
	switch arg := inner(n.Arg).(type) {
	case *pg.A_Const:
		t = truthOf(!arg.Isnull)
	case *pg.A_Expr, *pg.BoolExpr, *pg.SubLink, *pg.NullTest, *pg.BooleanTest:
		t = always // "(x = 1) IS NOT NULL" chooses nothing that a person would mean
	case *pg.ColumnRef:
		if c.hasValue(arg) {
			t = always
		}
	}
	if n.Nulltesttype == pg.NullTestType_IS_NULL {
		return not(t)
	}
	return t
}

// hasValue reports whether a column always has a value: the system's own, one
// that the catalog knows to be NOT NULL, or one called id.
func (c condition) hasValue(n *pg.ColumnRef) bool {
	last := n.Fields[len(n.Fields)-1].GetString_()
	if last == nil {
		return false
	}
	switch last.Sval {
	case "ctid", "tableoid", "xmin", "xmax", "cmin", "cmax", "id":
		return true
	}
	for _, t := range c.r.cat.tables(c.table.GetSchemaname(), c.table.GetRelname()) {
		for _, col := range t.Columns {
			if col.Name == last.Sval && col.NotNull {
				return true
			}
		}
	}
	return false
}

func (c condition) booleanTest(n *pg.BooleanTest) truth {
	t := c.truth(n.Arg)
	switch n.Booltesttype {
	case pg.BoolTestType_IS_TRUE, pg.BoolTestType_IS_NOT_FALSE:
		return t
	case pg.BoolTestType_IS_FALSE, pg.BoolTestType_IS_NOT_TRUE:
		return not(t)
	case pg.BoolTestType_IS_NOT_UNKNOWN:
		return always
	}
	return maybe
}

// cases judges a CASE by its results: if all say the same, its conditions do
// not matter.
func (c condition) cases(n *pg.CaseExpr) truth {
	t := never // a CASE without ELSE gives NULL
	if n.Defresult != nil {
		t = c.truth(n.Defresult)
	}
	for _, w := range n.Args {
		if c.truth(w.GetCaseWhen().GetResult()) != t {
			return maybe
		}
	}
	return t
}

// looksAtRows reports whether an expression names a column, a parameter or a
// cursor anywhere.
func looksAtRows(n *pg.Node) bool {
	found := false
	var look func(any)
	look = func(node any) {
		switch node.(type) {
		case *pg.ColumnRef, *pg.ParamRef, *pg.CurrentOfExpr:
			found = true
		}
		if !found {
			eachChild(node, look)
		}
	}
	oneNode(n, look)
	return found
}
