package guardrails

import (
	"regexp"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// mirrored is what an operator is when its sides are changed.
var mirrored = map[string]string{"=": "=", "<>": "<>", "<": ">", ">": "<", "<=": ">=", ">=": "<="}

// patterns maps each operator of pattern matching to the one that it denies, or
// to itself.
var patterns = map[string]string{
	"~~": "~~", "!~~": "~~", "~~*": "~~*", "!~~*": "~~*", "~": "~", "!~": "~", "~*": "~*", "!~*": "~*", "^@": "^@",
}

// symbol returns an expression's operator, empty if it is not a built-in's.
func symbol(n *pg.A_Expr) string {
	name := parts(n.Name)
	if len(name) == 0 || len(name) > 1 && name[0] != "pg_catalog" {
		return ""
	}
	return name[len(name)-1]
}

// expression reads a comparison; it is nil if it is none that is understood.
func (c *condition) expression(n *pg.A_Expr) *logic {
	switch n.Kind {
	case pg.A_Expr_Kind_AEXPR_OP, pg.A_Expr_Kind_AEXPR_LIKE, pg.A_Expr_Kind_AEXPR_ILIKE:
		if n.Lexpr == nil || n.Rexpr == nil {
			return nil
		}
		return c.comparison(n.Lexpr, symbol(n), n.Rexpr)
	case pg.A_Expr_Kind_AEXPR_SIMILAR:
		return c.similar(n)
	case pg.A_Expr_Kind_AEXPR_NOT_DISTINCT:
		return c.distinct(n)
	case pg.A_Expr_Kind_AEXPR_DISTINCT:
		return not(c.distinct(n))
	case pg.A_Expr_Kind_AEXPR_IN:
		f := &logic{kind: isOr}
		for _, i := range n.Rexpr.GetList().GetItems() {
			f.args = append(f.args, c.comparison(n.Lexpr, "=", i))
		}
		if symbol(n) == "<>" {
			return not(f)
		}
		return f
	case pg.A_Expr_Kind_AEXPR_BETWEEN, pg.A_Expr_Kind_AEXPR_NOT_BETWEEN,
		pg.A_Expr_Kind_AEXPR_BETWEEN_SYM, pg.A_Expr_Kind_AEXPR_NOT_BETWEEN_SYM:
		return c.between(n)
	case pg.A_Expr_Kind_AEXPR_OP_ANY:
		return c.anyOf(n)
	case pg.A_Expr_Kind_AEXPR_OP_ALL:
		return c.allOf(n)
	}
	return nil
}

// comparison reads l op r.
func (c *condition) comparison(l *pg.Node, op string, r *pg.Node) *logic {
	if f := c.apart(l, op, r, false); f != nil {
		return f
	}
	if f := c.apart(r, op, l, true); f != nil {
		return f
	}
	if op == "=" || op == "<>" {
		if f := c.equality(l, op, r); f != nil {
			return f
		}
	}
	if positive, ok := patterns[op]; ok {
		f := c.pattern(l, positive, r)
		if positive != op {
			return not(f)
		}
		return f
	}
	if _, ok := mirrored[op]; ok {
		if c.extreme(l, op, r) || c.extreme(r, mirrored[op], l) || madeByNow(l, op, r) || madeByNow(r, mirrored[op], l) {
			return truly
		}
		return c.order(c.operand(l), op, c.operand(r), l, r)
	}
	a, b := c.key(l), c.key(r)
	if a.text == b.text {
		switch op {
		case "@>", "<@", "~=", "&&", "*=":
			return truly
		}
	}
	v := c.variable("? "+a.text+" "+op+" "+b.text, a.rows || b.rows)
	c.vars[v].flag = true
	return &logic{kind: isFlag, v: v}
}

// madeNames are columns that hold when a row was made.
var madeNames = map[string]bool{
	"created_at": true, "inserted_at": true, "created_on": true, "created": true, "inserted_on": true, "createdAt": true,
	"creation_date": true, "created_date": true, "date_created": true,
}

// madeByNow reports whether a comparison says that a row was made before now.
func madeByNow(column *pg.Node, op string, now *pg.Node) bool {
	ref := withoutCasts(column).GetColumnRef()
	if op != "<" && op != "<=" || ref == nil || !madeNames[lastName(ref)] {
		return false
	}
	switch n := inner(withoutCasts(now)).(type) {
	case *pg.FuncCall:
		switch functionName(n) {
		case "now", "clock_timestamp", "statement_timestamp", "transaction_timestamp":
			return true
		}
	case *pg.SQLValueFunction:
		return n.Op == pg.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP || n.Op == pg.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP ||
			n.Op == pg.SQLValueFunctionOp_SVFOP_CURRENT_DATE && op == "<=" && column.GetTypeCast() != nil
	}
	return false
}

// apart reads a comparison with a CASE or COALESCE as a choice among comparisons.
func (c *condition) apart(x *pg.Node, op string, other *pg.Node, swapped bool) *logic {
	compare := func(result *pg.Node) *logic {
		if swapped {
			return c.comparison(other, op, result)
		}
		return c.comparison(result, op, other)
	}
	switch n := inner(x).(type) {
	case *pg.CaseExpr:
		if c.pairs += len(n.Args) + 1; c.pairs < maxApart && c.key(x).text != c.key(other).text {
			return c.cases(n, compare)
		}
	case *pg.CoalesceExpr:
		if c.pairs += len(n.Args); c.pairs < maxApart && c.key(x).text != c.key(other).text {
			f := nothing
			for i := len(n.Args) - 1; i >= 0; i-- {
				f = choose(c.isNull(n.Args[i]), f, compare(n.Args[i]))
			}
			return f
		}
	}
	return nil
}

// equality reads = and <> of rows and of truth values.
func (c *condition) equality(l *pg.Node, op string, r *pg.Node) *logic {
	if a, b := l.GetRowExpr(), r.GetRowExpr(); a != nil && b != nil && len(a.Args) == len(b.Args) && len(a.Args) > 0 {
		f := &logic{kind: isAnd}
		for i := range a.Args {
			f.args = append(f.args, c.comparison(a.Args[i], "=", b.Args[i]))
		}
		if op == "<>" {
			return not(f)
		}
		return f
	}
	if !c.isTruth(l) && !c.isTruth(r) {
		return nil
	}
	if c.pairs++; c.pairs > maxApart { // both sides are read twice in what follows
		return nil
	}
	a, b := c.logic(l), c.logic(r)
	f := choose(test(isUnknown, b), nothing, choose(test(isUnknown, a), nothing, choose(b, a, not(a))))
	if op == "<>" {
		return not(f)
	}
	return f
}

// distinct reads IS NOT DISTINCT FROM.
func (c *condition) distinct(n *pg.A_Expr) *logic {
	if c.key(n.Lexpr).text == c.key(n.Rexpr).text {
		return truly
	}
	if k := n.Rexpr.GetAConst(); k != nil && k.Isnull {
		return c.isNull(n.Lexpr)
	}
	if k := n.Lexpr.GetAConst(); k != nil && k.Isnull {
		return c.isNull(n.Rexpr)
	}
	return test(isTrue, c.comparison(n.Lexpr, "=", n.Rexpr)) // or both NULL, which is not tried
}

func (c *condition) between(n *pg.A_Expr) *logic {
	items := n.Rexpr.GetList().GetItems()
	if len(items) != 2 {
		return nil
	}
	within := func(low, high *pg.Node) *logic {
		return both(c.comparison(n.Lexpr, ">=", low), c.comparison(n.Lexpr, "<=", high))
	}
	f := within(items[0], items[1])
	if n.Kind == pg.A_Expr_Kind_AEXPR_BETWEEN_SYM || n.Kind == pg.A_Expr_Kind_AEXPR_NOT_BETWEEN_SYM {
		f = either(f, within(items[1], items[0]))
	}
	if n.Kind == pg.A_Expr_Kind_AEXPR_NOT_BETWEEN || n.Kind == pg.A_Expr_Kind_AEXPR_NOT_BETWEEN_SYM {
		return not(f)
	}
	return f
}

// flip is what an operator is when both sides are multiplied by less than zero.
func flip(op string, coef float64) string {
	if coef < 0 {
		return mirrored[op]
	}
	return op
}

// order reads a comparison of values.
func (c *condition) order(a operand, op string, b operand, l, r *pg.Node) *logic {
	if a.null || b.null {
		return nothing
	}
	if len(a.terms)+len(b.terms) == 0 {
		if a.isText != b.isText {
			return c.unknownOrder(op, l, r)
		}
		return &logic{kind: isConstant, truth: ordered(compareConstants(a.constant, b.constant), op)}
	}
	if v, ok := a.bare(); ok && len(b.terms) == 0 && b.isText {
		return c.limited(v, op, b.constant)
	}
	if v, ok := b.bare(); ok && len(a.terms) == 0 && a.isText {
		return c.limited(v, mirrored[op], a.constant)
	}
	if a.isText || b.isText {
		return c.unknownOrder(op, l, r)
	}
	d := a.plus(b.times(-1))
	switch len(d.terms) {
	case 0:
		return &logic{kind: isConstant, truth: ordered(compareConstants(d.constant, constant{}), op)}
	case 1:
		t := d.terms[0]
		return c.limited(t.v, flip(op, t.coef), constant{number: -d.number / t.coef})
	}
	first := d.terms[0].coef
	d = d.times(1 / first)
	limit := constant{number: -d.number}
	d.number = 0
	return c.limited(c.sum(d), flip(op, first), limit)
}

// sum returns the variable that a sum of several is.
func (c *condition) sum(d operand) int {
	var b strings.Builder
	rows := false
	b.WriteString("sum")
	for _, t := range d.terms {
		b.WriteString(" " + formatNumber(t.coef) + "*" + formatNumber(float64(t.v)))
		rows = rows || c.vars[t.v].rows
	}
	return c.variable(b.String(), rows)
}

func (c *condition) unknownOrder(op string, l, r *pg.Node) *logic {
	a, b := c.key(l), c.key(r)
	v := c.variable("? "+a.text+" "+op+" "+b.text, a.rows || b.rows)
	c.vars[v].flag = true
	return &logic{kind: isFlag, v: v}
}

func (c *condition) limited(v int, op string, limit constant) *logic {
	c.vars[v].limits = append(c.vars[v].limits, limit)
	return &logic{kind: isCompared, v: v, op: op, limit: limit}
}

// samples are what a pattern has to match to match every text that holds
// anything, and digits those for a number.
var (
	samples = []string{"a", "Zz", "0", "7", " ", "-", "_", "é", "%", "(", "a b", "a\nb", "42 @ home", "the quick brown fox, jumping: over"}
	digits  = []string{"1", "7", "42", "900", "1234567"}
)

// pattern reads LIKE, ILIKE and regular expressions: one that matches anything
// is true.
func (c *condition) pattern(l *pg.Node, op string, r *pg.Node) *logic {
	a, b := c.key(l), c.key(r)
	if a.text == b.text {
		return truly
	}
	o := c.operand(r)
	if text := o.text; len(o.terms) == 0 && !o.null && (o.isText || r.GetAConst().GetSval().GetSval() != "") {
		if !o.isText {
			text = r.GetAConst().GetSval().GetSval() // a number in quotes
		}
		if own := l.GetAConst().GetSval(); own != nil {
			return truthOf(matchesAny(op, text, []string{own.Sval}))
		}
		if v, ok := c.operand(l).bare(); ok {
			texts := samples
			if c.vars[v].within.whole {
				texts = digits
			}
			if matchesAny(op, text, texts) {
				return truly
			}
		}
	}
	v := c.variable("? "+a.text+" "+op+" "+b.text, a.rows || b.rows)
	c.vars[v].flag = true
	return &logic{kind: isFlag, v: v}
}

// maxPattern bounds the patterns that are looked into.
const maxPattern = 100

// matchesAny reports whether a pattern matches all the texts.
func matchesAny(op, pattern string, texts []string) bool {
	if len(pattern) > maxPattern {
		return false
	}
	switch op {
	case "^@":
		return !slices.ContainsFunc(texts, func(s string) bool { return !strings.HasPrefix(s, pattern) })
	case "~~", "~~*":
		var b strings.Builder
		b.WriteString("(?s)^")
		for _, r := range pattern {
			switch r {
			case '%':
				b.WriteString(".*")
			case '_':
				b.WriteByte('.')
			default:
				b.WriteString(regexp.QuoteMeta(string(r)))
			}
		}
		pattern = b.String() + "$"
	default:
		pattern = "(?s)" + pattern
	}
	if strings.HasSuffix(op, "*") {
		pattern = "(?i)" + pattern
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return false
	}
	for _, s := range texts {
		if !re.MatchString(s) {
			return false
		}
	}
	return true
}

// similar reads SIMILAR TO, whose pattern the parser wraps in a call.
func (c *condition) similar(n *pg.A_Expr) *logic {
	call := n.Rexpr.GetFuncCall()
	if call == nil || len(call.Args) == 0 {
		return nil
	}
	f := c.pattern(n.Lexpr, "~~", call.Args[0])
	if f != truly { // what else its patterns mean is not read
		f = c.flag(&pg.Node{Node: &pg.Node_AExpr{AExpr: &pg.A_Expr{Name: []*pg.Node{stringNode("~")}, Lexpr: n.Lexpr, Rexpr: n.Rexpr}}})
	}
	if symbol(n) == "!~" {
		return not(f)
	}
	return f
}

func stringNode(s string) *pg.Node {
	return &pg.Node{Node: &pg.Node_String_{String_: &pg.String{Sval: s}}}
}

// call reads functions that answer yes or no.
func (c *condition) call(n *pg.FuncCall) *logic {
	switch name := functionName(n); {
	case len(n.Args) != 2:
	case name == "starts_with":
		return c.pattern(n.Args[0], "^@", n.Args[1])
	case name == "texteq", name == "int4eq", name == "int8eq", name == "booleq":
		return c.comparison(n.Args[0], "=", n.Args[1])
	case name == "texticlike", name == "textlike", name == "like":
		return c.pattern(n.Args[0], "~~", n.Args[1])
	case name == "textregexeq", name == "regexp_like":
		return c.pattern(n.Args[0], "~", n.Args[1])
	}
	return nil
}
