package guardrails

import (
	"fmt"
	"math"
	"strings"
	"time"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// reads judges a query by its size and end, so far as they can be told.
func (r *reader) reads(n *pg.SelectStmt) {
	r.recursion(n)
	r.series(n)
	if r.cat != nil && !combines(n) {
		r.cartesian(n)
		r.shuffles(n)
	}
}

// returns judges how many rows a statement of the text gives away or copies.
func (r *reader) returns(statement *pg.Node) {
	if r.cat == nil {
		return
	}
	does := "returns"
	var q *pg.SelectStmt
	switch n := inner(statement).(type) {
	case *pg.SelectStmt:
		q = n
	case *pg.CopyStmt:
		q = n.Query.GetSelectStmt()
		if n.Relation != nil && !n.IsFrom {
			q = &pg.SelectStmt{FromClause: []*pg.Node{{Node: &pg.Node_RangeVar{RangeVar: n.Relation}}}}
		}
	case *pg.InsertStmt:
		q, does = n.SelectStmt.GetSelectStmt(), "copies"
	case *pg.CreateTableAsStmt:
		q, does = n.Query.GetSelectStmt(), "copies"
		if n.Into.GetSkipData() {
			return
		}
	case *pg.ExplainStmt:
		if analyzes(n.Options) {
			r.returns(n.Query)
		}
		return
	}
	if q == nil {
		return
	}
	if q.IntoClause != nil {
		does = "copies"
	}
	s := sizing{r: r}
	if rows := s.rows(q, 0); rows > manyRows {
		r.statement(ruleWholeTable, Medium, "The text "+does+" about "+manyOf(rows)+" rows"+s.from()+".", "Add a WHERE or a LIMIT, or ask for a sum.")
	}
}

// sizing estimates how many rows queries return.
type sizing struct {
	r      *reader
	with   []*pg.WithClause
	tables []string
}

func (s *sizing) from() string {
	if len(s.tables) != 1 {
		return ""
	}
	return ": all of " + s.tables[0]
}

// rows estimates the rows of a query: those of its largest table if nothing
// chooses among them, else none worth a thought.
func (s *sizing) rows(q *pg.SelectStmt, depth int) float64 {
	if q == nil || depth > 20 {
		return 0
	}
	if q.WithClause != nil {
		s.with = append(s.with, q.WithClause)
	}
	most := math.Inf(1)
	if n, ok := number(q.LimitCount); ok && q.LimitCount != nil {
		most = n
	} else if q.LimitCount != nil && !q.LimitCount.GetAConst().GetIsnull() {
		return 0
	}
	if combines(q) {
		if q.Op != pg.SetOperation_SETOP_UNION || !q.All {
			return 0
		}
		return min(s.rows(q.Larg, depth+1)+s.rows(q.Rarg, depth+1), most)
	}
	if len(q.GroupClause) > 0 || q.HavingClause != nil || len(q.DistinctClause) > 0 || aggregates(q.TargetList) || len(q.FromClause) == 0 {
		return 0
	}
	if q.WhereClause != nil && !s.passesAll(q) {
		return 0
	}
	rows := 0.0
	for _, f := range q.FromClause {
		rows = max(rows, s.item(f, depth))
	}
	return min(rows, most)
}

// passesAll reports whether a WHERE chooses nothing, for sure.
func (s *sizing) passesAll(q *pg.SelectStmt) bool {
	v := q.FromClause[0].GetRangeVar()
	if v == nil || len(q.FromClause) > 1 {
		return false
	}
	return s.r.ineffective(q.WhereClause, v, nil, q.WithClause) == everyRowPasses
}

func (s *sizing) item(f *pg.Node, depth int) float64 {
	switch n := inner(f).(type) {
	case *pg.RangeVar:
		if q, ok := s.query(n); ok {
			return s.rows(q, depth+1)
		}
		rows, _, _ := s.r.sizeOf(n)
		if rows > manyRows {
			s.tables = append(s.tables, s.r.name(n))
		}
		return rows
	case *pg.RangeSubselect:
		return s.rows(n.Subquery.GetSelectStmt(), depth+1)
	case *pg.JoinExpr:
		left, right := s.item(n.Larg, depth), s.item(n.Rarg, depth)
		switch n.Jointype {
		case pg.JoinType_JOIN_LEFT:
			return left
		case pg.JoinType_JOIN_RIGHT:
			return right
		case pg.JoinType_JOIN_FULL:
			return max(left, right)
		}
		return min(left, right) // an inner join leaves rows of both out
	}
	return 0
}

// query returns the WITH query of a name.
func (s *sizing) query(v *pg.RangeVar) (*pg.SelectStmt, bool) {
	if v.Schemaname != "" {
		return nil, false
	}
	for i := len(s.with) - 1; i >= 0; i-- {
		for _, w := range s.with[i].Ctes {
			if c := w.GetCommonTableExpr(); c.GetCtename() == v.Relname {
				return c.GetCtequery().GetSelectStmt(), true
			}
		}
	}
	return nil, false
}

// shuffles judges ORDER BY random() of a large table.
func (r *reader) shuffles(n *pg.SelectStmt) {
	for _, o := range n.SortClause {
		f := o.GetSortBy().GetNode().GetFuncCall()
		if f == nil || functionName(f) != "random" || len(n.FromClause) != 1 || n.WhereClause != nil {
			continue
		}
		if v := n.FromClause[0].GetRangeVar(); v != nil && !r.isWithQuery(v) {
			if rows, size, known := r.sizeOf(v); known && rows >= largeRows {
				start, end := r.nameRange(f.Location)
				r.report(ruleHuge, Medium, start, end, "To pick rows by chance all of "+r.name(v)+size+" is read and sorted.", "TABLESAMPLE SYSTEM (0.1) reads a part.")
			}
		}
	}
}

// aggregates reports whether a target list makes one row of many.
func aggregates(targets []*pg.Node) bool {
	found := false
	var look func(any)
	look = func(node any) {
		switch n := node.(type) {
		case *pg.SubLink:
			return // one of its own
		case *pg.FuncCall:
			found = found || n.Over == nil && (n.AggStar || n.AggFilter != nil || n.AggWithinGroup || n.AggDistinct || len(n.AggOrder) > 0 || aggregateNames[functionName(n)])
		case *pg.JsonObjectAgg, *pg.JsonArrayAgg:
			found = true
		}
		if !found {
			eachChild(node, look)
		}
	}
	eachNode(targets, look)
	return found
}

var aggregateNames = func() map[string]bool {
	names := map[string]bool{}
	for name := range strings.FieldsSeq(`count sum avg min max array_agg string_agg json_agg jsonb_agg json_object_agg jsonb_object_agg bool_and
		bool_or every bit_and bit_or bit_xor stddev stddev_pop stddev_samp variance var_pop var_samp corr covar_pop covar_samp regr_slope
		regr_intercept regr_r2 regr_count regr_avgx regr_avgy regr_sxx regr_sxy regr_syy xmlagg range_agg range_intersect_agg any_value mode
		percentile_cont percentile_disc rank_in`) {
		names[name] = true
	}
	return names
}()

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
		if len(step.FromClause) != 1 || step.LimitCount != nil || step.HavingClause != nil {
			continue
		}
		self := step.FromClause[0].GetRangeVar()
		if self.GetRelname() != c.Ctename || self.GetSchemaname() != "" {
			continue
		}
		if why := r.ineffective(step.WhereClause, self, nil, nil); why != "" {
			start, end := r.nameRange(c.Location)
			r.report(ruleRecursion, Medium, start, end, "Nothing ends the recursion of "+quoted(c.Ctename)+".",
				"Give its recursive part a WHERE, or the query a LIMIT.")
		}
	}
}

// series judges the rows that the series of constants in one FROM make together.
func (r *reader) series(n *pg.SelectStmt) {
	made, many := 1.0, 0
	var look func(*pg.Node)
	look = func(item *pg.Node) {
		if j := item.GetJoinExpr(); j != nil {
			look(j.Larg)
			look(j.Rarg)
		}
		for _, list := range item.GetRangeFunction().GetFunctions() {
			for _, c := range list.GetList().GetItems() {
				if rows := seriesRows(c.GetFuncCall()); rows > 1 {
					made *= rows
					many++
				}
			}
		}
	}
	for _, f := range n.FromClause {
		look(f)
	}
	if many > 1 && made > manyMade {
		r.statement(ruleHuge, Medium, "The series make about "+manyOf(made)+" rows together.", "Bound the series.")
	}
}

// seriesRows estimates the rows of a generate_series of constants, 0 if a call
// is none.
func seriesRows(n *pg.FuncCall) float64 {
	if n == nil || len(n.Args) < 2 || functionName(n) != "generate_series" {
		return 0
	}
	if rows := datesBetween(n); rows > 0 {
		return rows
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

// datesBetween estimates the rows of a series of points in time.
func datesBetween(n *pg.FuncCall) float64 {
	if len(n.Args) < 3 {
		return 0
	}
	var at [2]time.Time
	for i := range at {
		s := withoutCasts(n.Args[i]).GetAConst().GetSval()
		if s == nil || !isDate(s.Sval) {
			return 0
		}
		t, err := time.Parse(time.DateOnly, s.Sval[:len(time.DateOnly)])
		if err != nil {
			return 0
		}
		at[i] = t
	}
	s := withoutCasts(n.Args[2]).GetAConst().GetSval()
	if s == nil {
		return 0
	}
	var count float64
	var unit string
	if k, err := fmt.Sscanf(strings.ToLower(s.Sval), "%g%s", &count, &unit); k < 2 || err != nil || count <= 0 {
		return 0
	}
	seconds := map[string]float64{
		"s": 1, "sec": 1, "secs": 1, "second": 1, "seconds": 1, "min": 60, "mins": 60, "minute": 60, "minutes": 60, "h": 3600, "hour": 3600, "hours": 3600,
		"ms": .001, "millisecond": .001, "milliseconds": .001, "microsecond": 1e-6, "microseconds": 1e-6, "us": 1e-6,
	}[unit]
	if seconds == 0 {
		return 0
	}
	return at[1].Sub(at[0]).Seconds() / (seconds * count)
}

// costs judges calls of harmless functions that make a lot of nothing.
func (r *reader) costs(c call, n *pg.FuncCall) {
	if n == nil {
		return
	}
	switch c.name {
	case "generate_series":
		if rows := seriesRows(n); rows > manyMade {
			r.report(ruleHuge, Medium, c.start, c.end, "The series has about "+manyOf(rows)+" rows.", "Bound the series.")
		}
	case "repeat", "lpad", "rpad":
		if len(n.Args) < 2 {
			return
		}
		if times, ok := number(n.Args[1]); ok && times > manyBytes {
			r.report(ruleHuge, Medium, c.start, c.end, "The text would be of hundreds of megabytes.", "Bound the length.")
		}
	case "factorial":
		if len(n.Args) == 1 {
			if k, ok := number(n.Args[0]); ok && k > 20_000 {
				r.report(ruleHuge, Medium, c.start, c.end, "The number would have many thousands of digits.", "Ask for a smaller one.")
			}
		}
	}
}
