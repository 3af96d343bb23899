package guardrails

import (
	"math"
	"slices"
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// operand is one side of a comparison: a constant, or a sum of variables.
type operand struct {
	constant
	null  bool
	terms []term // in the order of their variables
}

type term struct {
	v    int
	coef float64
}

// bare returns the variable that an operand is, if it is nothing else.
func (o operand) bare() (v int, ok bool) {
	if len(o.terms) == 1 && o.terms[0].coef == 1 && o.number == 0 && !o.isText {
		return o.terms[0].v, true
	}
	return 0, false
}

// operand reads a value. Casts, collations and adding nothing do not change one.
func (c *condition) operand(node *pg.Node) operand {
	switch n := inner(node).(type) {
	case *pg.A_Const:
		return constantOperand(n)
	case *pg.TypeCast:
		if c.isTruth(n.Arg) && !c.isTruth(node) && n.Arg.GetAConst() == nil { // true is 1
			k := c.key(n.Arg)
			return c.opaqueWithin("int "+k.text, k.rows, wholes(0, 1))
		}
		return c.operand(n.Arg)
	case *pg.CollateClause:
		return c.operand(n.Arg)
	case *pg.ColumnRef:
		return c.columnOperand(n)
	case *pg.SubLink:
		if n.SubLinkType == pg.SubLinkType_EXPR_SUBLINK {
			return c.scalar(node, n.Subselect.GetSelectStmt())
		}
	case *pg.A_Expr:
		if o, ok := c.arithmetic(n); ok {
			return o
		}
	case *pg.FuncCall:
		k := c.key(node)
		return c.opaqueWithin(k.text, k.rows, c.rangeOfCall(n))
	case *pg.MinMaxExpr:
		if first := c.key(n.Args[0]).text; !slices.ContainsFunc(n.Args[1:], func(a *pg.Node) bool { return c.key(a).text != first }) {
			return c.operand(n.Args[0])
		}
		k := c.key(node)
		return c.opaqueWithin(k.text, k.rows, rangeOfMinMax(n))
	}
	k := c.key(node)
	return c.opaque(k.text, k.rows)
}

func constantOperand(n *pg.A_Const) operand {
	switch v := n.Val.(type) {
	case *pg.A_Const_Ival:
		return operand{constant: constant{number: float64(v.Ival.GetIval())}}
	case *pg.A_Const_Fval:
		if f, err := strconv.ParseFloat(v.Fval.GetFval(), 64); err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) {
			return operand{constant: constant{number: f}}
		}
		return operand{constant: constant{text: v.Fval.GetFval(), isText: true}}
	case *pg.A_Const_Sval:
		return operand{constant: textConstant(v.Sval.GetSval())}
	case *pg.A_Const_Boolval:
		return operand{constant: constant{text: strconv.FormatBool(v.Boolval.GetBoolval()), isText: true}}
	case *pg.A_Const_Bsval:
		return operand{constant: constant{text: v.Bsval.GetBsval(), isText: true}}
	}
	return operand{null: true}
}

// textConstant reads a quoted constant, which may be a number.
func textConstant(s string) constant {
	if f, err := strconv.ParseFloat(strings.TrimSpace(s), 64); err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) {
		return constant{number: f}
	}
	switch strings.ToLower(strings.TrimSpace(s)) { // of dates, in their order
	case "infinity":
		s = "9999-99-99"
	case "-infinity":
		s = "0000-00-00"
	}
	return constant{text: s, isText: true}
}

func (c *condition) opaque(key string, rows bool) operand { return c.opaqueWithin(key, rows, span{}) }

func (c *condition) opaqueWithin(key string, rows bool, within span) operand {
	v := c.variable(key, rows)
	c.vars[v].within = within
	return operand{terms: []term{{v, 1}}}
}

// Keys count from one, and nobody's reaches a thousand million: who writes that
// number means all.
const lastKey = 999_999_998

func (c *condition) columnOperand(n *pg.ColumnRef) operand {
	k := c.key(&pg.Node{Node: &pg.Node_ColumnRef{ColumnRef: n}})
	o := c.opaque(k.text, k.rows)
	v := c.vars[o.terms[0].v]
	v.hasValue = c.columnHasValue(n)
	switch name := lastName(n); {
	case name == "id" || strings.HasSuffix(name, "_id"):
		v.within = wholes(1, lastKey)
	case name == "tableoid":
		v.within = numbers(1, math.Inf(1))
	case madeNames[name]: // by a computer
		v.within = span{from: constant{text: "1990-01-01", isText: true}, to: constant{text: "2899-12-31", isText: true}, isFrom: true, isTo: true}
	}
	return o
}

// numbers is the span of the numbers from one to another.
func numbers(from, to float64) span {
	return span{from: constant{number: from}, to: constant{number: to}, isFrom: !math.IsInf(from, -1), isTo: !math.IsInf(to, 1)}
}

// wholes is numbers without fractions.
func wholes(from, to float64) span {
	s := numbers(from, to)
	s.whole = true
	return s
}

// rangeOfCall knows functions that count, measure or are bounded otherwise.
func (c *condition) rangeOfCall(n *pg.FuncCall) span {
	switch name := functionName(n); name {
	case "length", "char_length", "character_length", "octet_length", "bit_length", "cardinality", "count", "position", "strpos",
		"ascii", "pg_column_size", "bit_count", "row_number":
		if v, ok := c.operand(firstOf(n.Args)).bare(); ok && c.vars[v].within.whole && strings.HasSuffix(name, "length") {
			return wholes(1, math.Inf(1)) // of a key
		}
		return wholes(0, math.Inf(1))
	case "abs":
		return numbers(0, math.Inf(1))
	case "random":
		return numbers(0, math.Nextafter(1, 0))
	case "sign":
		return numbers(-1, 1)
	case "txid_current", "pg_backend_pid":
		return numbers(1, math.Inf(1))
	case "mod":
		if len(n.Args) == 2 {
			return c.rangeOfRemainder(c.operand(n.Args[0]), n.Args[1])
		}
	}
	return span{}
}

// firstOf returns the first of some nodes, nil if there is none.
func firstOf(nodes []*pg.Node) *pg.Node {
	if len(nodes) == 0 {
		return nil
	}
	return nodes[0]
}

// rangeOfRemainder is what x % y lies in.
func (c *condition) rangeOfRemainder(x operand, y *pg.Node) span {
	d, ok := number(y)
	if !ok || d == 0 {
		return span{}
	}
	most := math.Abs(d) - 1
	if v, ok := x.bare(); ok && c.vars[v].within.isFrom && c.vars[v].within.from.number >= 0 {
		return wholes(0, most)
	}
	return numbers(-most, most)
}

// rangeOfMinMax is what greatest and least with a constant lie in.
func rangeOfMinMax(n *pg.MinMaxExpr) span {
	s := span{}
	for _, a := range n.Args {
		k, ok := number(a)
		switch {
		case !ok:
		case n.Op == pg.MinMaxOp_IS_GREATEST && (!s.isFrom || k > s.from.number):
			s = numbers(k, math.Inf(1))
		case n.Op == pg.MinMaxOp_IS_LEAST && (!s.isTo || k < s.to.number):
			s = numbers(math.Inf(-1), k)
		}
	}
	return s
}

// maxTerms bounds the sums that are taken apart.
const maxTerms = 40

// arithmetic adds, subtracts and multiplies by constants.
func (c *condition) arithmetic(n *pg.A_Expr) (operand, bool) {
	op := symbol(n)
	if n.Kind != pg.A_Expr_Kind_AEXPR_OP || n.Rexpr == nil {
		return operand{}, false
	}
	if n.Lexpr == nil {
		r := c.operand(n.Rexpr)
		switch {
		case op == "+" && !r.isText:
			return r, true
		case op == "-" && !r.isText:
			return r.times(-1), true
		}
		return operand{}, false
	}
	switch op {
	case "+", "-", "*", "/", "%", "^", "#", "|", "&", "||":
	default:
		return operand{}, false
	}
	l, r := c.operand(n.Lexpr), c.operand(n.Rexpr)
	if l.null || r.null {
		return operand{null: true}, true
	}
	if op == "||" {
		return joined(l, r)
	}
	if l.isText || r.isText {
		return operand{}, false // a date and an interval
	}
	if len(l.terms)+len(r.terms) > maxTerms {
		return operand{}, false
	}
	same := len(l.terms) > 0 && sameOperand(l, r)
	switch {
	case op == "+":
		return l.plus(r), true
	case op == "-":
		return l.plus(r.times(-1)), true
	case op == "#" && same:
		return operand{}, true
	case (op == "&" || op == "|") && same, (op == "|" || op == "#") && len(r.terms) == 0 && r.number == 0:
		return l, true
	case op == "/" && same:
		return operand{constant: constant{number: 1}}, true
	case op == "*" && len(r.terms) == 0:
		return l.times(r.number), true
	case op == "*" && len(l.terms) == 0:
		return r.times(l.number), true
	case op == "/" && len(r.terms) == 0 && r.number != 0 && (len(l.terms) == 0 || r.number == 1):
		return l.times(1 / r.number), true
	case op == "%" && len(l.terms)+len(r.terms) == 0 && r.number != 0:
		return operand{constant: constant{number: math.Mod(l.number, r.number)}}, true
	}
	return c.bounded(n, op, l, same)
}

// joined is l || r, if it is a constant or one of the two is empty.
func joined(l, r operand) (operand, bool) {
	switch {
	case l.isText && r.isText:
		return operand{constant: constant{text: l.text + r.text, isText: true}}, true
	case r.isText && r.text == "" && len(l.terms) > 0:
		return l, true
	case l.isText && l.text == "" && len(r.terms) > 0:
		return r, true
	}
	return operand{}, false
}

// bounded makes a variable of a power or remainder, with what bounds it.
func (c *condition) bounded(n *pg.A_Expr, op string, l operand, same bool) (operand, bool) {
	k := c.key(&pg.Node{Node: &pg.Node_AExpr{AExpr: n}})
	power, ok := number(n.Rexpr)
	switch {
	case op == "%":
		return c.opaqueWithin(k.text, k.rows, c.rangeOfRemainder(l, n.Rexpr)), true
	case op == "*" && same, op == "^" && ok && math.Mod(power, 2) == 0:
		return c.opaqueWithin(k.text, k.rows, numbers(0, math.Inf(1))), true
	}
	return operand{}, false
}

func sameOperand(a, b operand) bool {
	return a.number == b.number && slices.Equal(a.terms, b.terms)
}

func (o operand) times(f float64) operand {
	r := operand{constant: constant{number: o.number * f}, null: o.null}
	if f == 0 {
		return r
	}
	for _, t := range o.terms {
		r.terms = append(r.terms, term{t.v, t.coef * f})
	}
	return r
}

// plus adds two operands; what cancels out is gone.
func (o operand) plus(p operand) operand {
	r := operand{constant: constant{number: o.number + p.number}, null: o.null || p.null}
	all := slices.Concat(o.terms, p.terms)
	slices.SortStableFunc(all, func(a, b term) int { return a.v - b.v })
	for _, t := range all {
		if n := len(r.terms); n > 0 && r.terms[n-1].v == t.v {
			r.terms[n-1].coef += t.coef
			continue
		}
		r.terms = append(r.terms, t)
	}
	r.terms = slices.DeleteFunc(r.terms, func(t term) bool { return t.coef == 0 })
	return r
}
