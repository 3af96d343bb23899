package guardrails

import (
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// subLink reads a condition on a sub-select; it is nil if nothing is known of it.
func (c *condition) subLink(n *pg.SubLink) *logic {
	q := n.Subselect.GetSelectStmt()
	if q == nil {
		return nil
	}
	if q.WithClause != nil {
		c.with = append(c.with, q.WithClause)
		defer func() { c.with = c.with[:len(c.with)-1] }()
	}
	op := "="
	if name := parts(n.OperName); len(name) > 0 {
		op = name[len(name)-1]
	}
	switch n.SubLinkType {
	case pg.SubLinkType_EXPR_SUBLINK:
		if x := bareSelect(q); x != nil {
			return c.logic(x)
		}
	case pg.SubLinkType_EXISTS_SUBLINK:
		return c.exists(n, q)
	case pg.SubLinkType_ANY_SUBLINK:
		if c.pairs++; c.pairs < maxApart && plainly(q) && !c.finds(q) {
			return falsely
		}
		return either(c.among(n.Testexpr, op, q), c.sub(n))
	case pg.SubLinkType_ALL_SUBLINK:
		return either(not(c.exists(n, q)), c.sub(n))
	}
	return nil
}

// sub makes a sub-select a variable.
func (c *condition) sub(n *pg.SubLink) *logic {
	return c.flag(&pg.Node{Node: &pg.Node_SubLink{SubLink: n}})
}

// bareSelect returns the value of a SELECT that reads nothing: (SELECT x).
func bareSelect(q *pg.SelectStmt) *pg.Node {
	if q == nil || len(q.FromClause) > 0 || q.WhereClause != nil || len(q.TargetList) != 1 || !plainly(q) {
		return nil
	}
	return q.TargetList[0].GetResTarget().GetVal()
}

// within reads something with the tables of a sub-select in scope.
func (c *condition) within(q *pg.SelectStmt, read func() *logic) *logic {
	outer := c.names
	c.names = &names{outer: outer, of: map[string]whose{}, bare: anyones}
	for _, f := range q.FromClause {
		c.names.add(c, f)
	}
	defer func() { c.names = outer }()
	return read()
}

// finds reports whether a sub-select may find anything: rows of the table that it
// reads are then any, not the row at hand.
func (c *condition) finds(q *pg.SelectStmt) bool {
	w := c.within(q, func() *logic {
		for name := range c.names.of {
			c.names.of[name] = others
		}
		if c.names.bare == theRows {
			c.names.bare = others
		}
		return c.where(q)
	})
	t := c.eval(w)
	return t != never && t != null
}

// where reads the condition of a sub-select in whose FROM the table stands: of
// the row at hand, which is one of those that it reads.
func (c *condition) where(q *pg.SelectStmt) *logic {
	f := truly
	if q.WhereClause != nil {
		f = c.logic(q.WhereClause)
	}
	for _, item := range q.FromClause {
		f = c.joinConditions(item, f)
	}
	return f
}

// joinConditions adds to f what the joins of an item of FROM ask of the rows.
func (c *condition) joinConditions(item *pg.Node, f *logic) *logic {
	j := item.GetJoinExpr()
	if j == nil {
		return f
	}
	f = c.joinConditions(j.Rarg, c.joinConditions(j.Larg, f))
	if j.Jointype == pg.JoinType_JOIN_INNER && j.Quals != nil {
		return both(f, c.logic(j.Quals))
	}
	return f
}

// exists reads EXISTS: true if the row at hand is itself found, or if there is
// nothing to find that could be missing.
func (c *condition) exists(n *pg.SubLink, q *pg.SelectStmt) *logic {
	if n.SubLinkType == pg.SubLinkType_EXISTS_SUBLINK && aggregates(q.TargetList) && len(q.GroupClause) == 0 && q.HavingClause == nil &&
		!limited(q) && !combines(q) {
		return truly // an aggregate always gives a row
	}
	found := c.subFound(n)
	if !plainly(q) {
		return found
	}
	w := c.within(q, func() *logic { return c.where(q) })
	if len(q.FromClause) == 0 {
		return test(isTrue, w)
	}
	if c.pairs++; c.pairs < maxApart && !c.finds(q) {
		return falsely
	}
	for _, f := range q.FromClause {
		if !c.isTable(f) {
			return found
		}
	}
	return either(test(isTrue, w), found)
}

// subFound is the variable that says whether a sub-select finds anything.
func (c *condition) subFound(n *pg.SubLink) *logic {
	return c.sub(&pg.SubLink{SubLinkType: pg.SubLinkType_EXISTS_SUBLINK, Subselect: n.Subselect})
}

// isTable reports whether an item of FROM is the table written to, or a query of
// all its rows.
func (c *condition) isTable(item *pg.Node) bool {
	s := names{of: map[string]whose{}}
	s.add(c, item)
	for _, w := range s.of {
		if w == theRows && item.GetJoinExpr() == nil {
			return true
		}
	}
	return false
}

// among reads "x op ANY (SELECT …)": true where the sub-select is sure to give
// the row's own value.
func (c *condition) among(x *pg.Node, op string, q *pg.SelectStmt) *logic {
	switch {
	case q == nil || c.pairs > maxApart:
		return falsely
	case combines(q):
		c.pairs++
		a, b := c.among(x, op, q.Larg), c.among(x, op, q.Rarg)
		switch {
		case limited(q):
		case q.Op == pg.SetOperation_SETOP_UNION:
			return either(a, b)
		case q.Op == pg.SetOperation_SETOP_INTERSECT:
			return both(a, b)
		}
		return falsely
	case len(q.ValuesLists) > 0:
		return c.amongValues(x, op, q)
	case limited(q) || q.HavingClause != nil || aggregates(q.TargetList):
		return falsely
	}
	items := []*pg.Node{x}
	if row := x.GetRowExpr(); row != nil {
		items = row.Args
	}
	if len(items) != len(q.TargetList) || op != "=" && len(items) > 1 {
		return falsely
	}
	if len(q.FromClause) > 0 && !c.keepsRows(q.FromClause) {
		return falsely
	}
	own := make([]operand, len(items))
	for i, item := range items {
		own[i] = c.operand(item)
	}
	return c.within(q, func() *logic {
		f := &logic{kind: isAnd, args: []*logic{c.where(q)}}
		for i, t := range q.TargetList {
			f.args = append(f.args, c.order(own[i], op, c.operand(t.GetResTarget().GetVal()), items[i], t))
		}
		return f
	})
}

// amongValues reads x = ANY (VALUES (1), (2)).
func (c *condition) amongValues(x *pg.Node, op string, q *pg.SelectStmt) *logic {
	f := &logic{kind: isOr}
	for _, l := range q.ValuesLists {
		if items := l.GetList().GetItems(); len(items) == 1 {
			f.args = append(f.args, c.comparison(x, op, items[0]))
		}
	}
	return f
}

// keepsRows reports whether FROM gives each row of the table at least once, if
// its other tables hold anything.
func (c *condition) keepsRows(from []*pg.Node) bool {
	for _, f := range from {
		j := f.GetJoinExpr()
		switch {
		case c.isTable(f):
			return true
		case j == nil:
		case j.Jointype == pg.JoinType_JOIN_LEFT || j.Jointype == pg.JoinType_JOIN_FULL:
			if c.keepsRows([]*pg.Node{j.Larg}) {
				return true
			}
		case j.Jointype == pg.JoinType_JOIN_INNER && len(j.UsingClause) == 0 && !j.IsNatural: // its ON is in where
			if c.keepsRows([]*pg.Node{j.Larg, j.Rarg}) {
				return true
			}
		case j.Jointype == pg.JoinType_JOIN_RIGHT:
			if c.keepsRows([]*pg.Node{j.Rarg}) {
				return true
			}
		}
	}
	return false
}

// anyOf reads x op ANY (array).
func (c *condition) anyOf(n *pg.A_Expr) *logic {
	op := symbol(n)
	if list, cast := literalArray(n.Rexpr); cast {
		f := &logic{kind: isOr}
		for _, k := range list {
			f.args = append(f.args, c.comparison(n.Lexpr, op, k))
		}
		return f
	}
	switch array := inner(withoutCasts(n.Rexpr)).(type) {
	case *pg.A_ArrayExpr:
		f := &logic{kind: isOr}
		for _, i := range array.Elements {
			f.args = append(f.args, c.comparison(n.Lexpr, op, i))
		}
		return f
	case *pg.SubLink:
		q := array.Subselect.GetSelectStmt()
		if array.SubLinkType == pg.SubLinkType_EXPR_SUBLINK {
			q = collected(q)
		} else if array.SubLinkType != pg.SubLinkType_ARRAY_SUBLINK {
			return nil
		}
		return either(c.among(n.Lexpr, op, q), c.flag(&pg.Node{Node: &pg.Node_AExpr{AExpr: n}}))
	}
	return nil
}

// allOf reads x op ALL (array).
func (c *condition) allOf(n *pg.A_Expr) *logic {
	list, ok := literalArray(n.Rexpr)
	if a := withoutCasts(n.Rexpr).GetAArrayExpr(); a != nil {
		list, ok = a.Elements, true
	}
	if !ok {
		return nil
	}
	f := &logic{kind: isAnd}
	for _, i := range list {
		f.args = append(f.args, c.comparison(n.Lexpr, symbol(n), i))
	}
	return f
}

func withoutCasts(n *pg.Node) *pg.Node {
	for n.GetTypeCast() != nil {
		n = n.GetTypeCast().Arg
	}
	return n
}

// literalArray reads '{1,2}' as the constants it holds, if they are plain.
func literalArray(n *pg.Node) (items []*pg.Node, ok bool) {
	s := withoutCasts(n).GetAConst().GetSval()
	if s == nil {
		return nil, false
	}
	text := strings.TrimSpace(s.Sval)
	if !strings.HasPrefix(text, "{") || !strings.HasSuffix(text, "}") || strings.ContainsAny(text, `"\`) {
		return nil, false
	}
	text = text[1 : len(text)-1]
	if text == "" {
		return nil, true
	}
	for _, item := range strings.Split(text, ",") {
		items = append(items, &pg.Node{Node: &pg.Node_AConst{AConst: &pg.A_Const{
			Val: &pg.A_Const_Sval{Sval: &pg.String{Sval: strings.TrimSpace(item)}},
		}}})
	}
	return items, true
}

// collected returns a SELECT array_agg(x) … as the SELECT x … that it collects.
func collected(q *pg.SelectStmt) *pg.SelectStmt {
	if q == nil || len(q.TargetList) != 1 || len(q.GroupClause) > 0 || q.HavingClause != nil || limited(q) || combines(q) {
		return nil
	}
	f := q.TargetList[0].GetResTarget().GetVal().GetFuncCall()
	if f == nil || functionName(f) != "array_agg" || len(f.Args) != 1 || f.AggFilter != nil {
		return nil
	}
	return &pg.SelectStmt{
		TargetList: []*pg.Node{{Node: &pg.Node_ResTarget{ResTarget: &pg.ResTarget{Val: f.Args[0]}}}},
		FromClause: q.FromClause, WhereClause: q.WhereClause,
	}
}

// scalar reads a sub-select that is a value.
func (c *condition) scalar(node *pg.Node, q *pg.SelectStmt) operand {
	if x := bareSelect(q); x != nil {
		return c.operand(x)
	}
	k := c.key(node)
	o := c.opaque(k.text, k.rows)
	if q == nil || len(q.TargetList) != 1 || combines(q) {
		return o
	}
	f := q.TargetList[0].GetResTarget().GetVal().GetFuncCall()
	if f == nil || functionName(f) != "count" || len(q.GroupClause) > 0 || q.HavingClause != nil {
		return o
	}
	s := span{from: constant{}, isFrom: true, whole: true}
	if len(q.FromClause) == 1 && f.AggFilter == nil && f.AggStar && c.isTable(q.FromClause[0]) &&
		c.eval(c.within(q, func() *logic { return c.where(q) })) == always {
		s.from.number = 1 // the row at hand
	}
	return c.opaqueWithin(k.text, k.rows, s)
}

// extreme reports whether a comparison is x <= (SELECT max(x) FROM the table), or
// the like of min.
func (c *condition) extreme(x *pg.Node, op string, sub *pg.Node) bool {
	s := sub.GetSubLink()
	q := s.GetSubselect().GetSelectStmt()
	if s == nil || s.SubLinkType != pg.SubLinkType_EXPR_SUBLINK || q == nil || len(q.TargetList) != 1 || len(q.FromClause) != 1 ||
		q.WhereClause != nil || len(q.GroupClause) > 0 || q.HavingClause != nil || combines(q) || !c.isTable(q.FromClause[0]) {
		return false
	}
	f := q.TargetList[0].GetResTarget().GetVal().GetFuncCall()
	if f == nil || len(f.Args) != 1 || f.AggFilter != nil {
		return false
	}
	own := c.operand(x)
	var whole bool
	c.within(q, func() *logic { whole = sameOperand(own, c.operand(f.Args[0])); return nil })
	return whole && len(own.terms) > 0 && (functionName(f) == "max" && op == "<=" || functionName(f) == "min" && op == ">=")
}

func formatNumber(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }
