package guardrails

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// cartesian judges a query whose tables nothing joins. Tables that a condition
// names together belong together; what is left apart is paired row by row.
func (r *reader) cartesian(n *pg.SelectStmt) {
	if len(n.FromClause) == 0 || n.LimitCount != nil && len(n.SortClause) == 0 && !aggregates(n.TargetList) && len(n.GroupClause) == 0 {
		return // the first rows come at once
	}
	p := pairing{r: r}
	for _, f := range n.FromClause {
		p.item(f)
	}
	if len(p.leaves) < 2 {
		return
	}
	p.condition(n.WhereClause)
	if rows, apart := p.pairs(); apart > 1 && rows > manyPairs {
		r.statement(ruleCartesian, Medium, "The query pairs about "+manyOf(rows)+" rows: nothing joins "+p.names()+".", "Join them on a condition.")
	}
}

// pairing finds out which items of a FROM belong together.
type pairing struct {
	r      *reader
	leaves []leaf
}

// leaf is a table or the like in FROM.
type leaf struct {
	name     string // what columns call it
	table    string // for people; empty if it is no table
	columns  []*Table
	rows     float64
	group    int  // the smallest place among those it is joined with
	narrowed bool // a condition on it alone leaves few of its rows
}

func (p *pairing) item(f *pg.Node) {
	switch n := inner(f).(type) {
	case *pg.RangeVar:
		l := leaf{name: aliasOr(n.Alias, n.Relname), rows: 1, group: len(p.leaves)}
		if !p.r.isWithQuery(n) {
			rows, _, _ := p.r.sizeOf(n)
			l.rows, l.table = max(rows, 1), p.r.name(n)
			l.columns = p.r.cat.tablesUnder(p.r.path, n.Schemaname, n.Relname)
		}
		p.leaves = append(p.leaves, l)
	case *pg.JoinExpr:
		first := len(p.leaves)
		p.item(n.Larg)
		right := len(p.leaves)
		p.item(n.Rarg)
		if (n.IsNatural || len(n.UsingClause) > 0) && right > first && len(p.leaves) > right {
			p.join(first, right)
		}
		p.condition(n.Quals)
	case *pg.RangeSubselect:
		p.leaves = append(p.leaves, leaf{name: n.GetAlias().GetAliasname(), rows: 1, group: len(p.leaves)})
	case *pg.RangeFunction:
		p.leaves = append(p.leaves, leaf{name: n.GetAlias().GetAliasname(), rows: 1, group: len(p.leaves)})
	default:
		p.leaves = append(p.leaves, leaf{rows: 1, group: len(p.leaves)})
	}
}

func (p *pairing) join(a, b int) {
	from, to := p.leaves[a].group, p.leaves[b].group
	if from == to {
		return
	}
	if from > to {
		from, to = to, from
	}
	for i := to; i < len(p.leaves); i++ {
		if p.leaves[i].group == to {
			p.leaves[i].group = from
		}
	}
}

// condition joins what each arm of an AND names together. An arm that names one
// table and compares it with a constant narrows it.
func (p *pairing) condition(n *pg.Node) {
	if n == nil {
		return
	}
	if b := n.GetBoolExpr(); b != nil && b.Boolop == pg.BoolExprType_AND_EXPR {
		for _, a := range b.Args {
			p.condition(a)
		}
		return
	}
	var named []int
	var look func(any)
	look = func(node any) {
		if ref, ok := node.(*pg.ColumnRef); ok {
			named = append(named, p.of(ref)...)
		}
		eachChild(node, look)
	}
	oneNode(n, look)
	slices.Sort(named)
	named = slices.Compact(named)
	for i := 1; i < len(named); i++ {
		p.join(named[0], named[i])
	}
	if e := n.GetAExpr(); len(named) == 1 && e != nil && (symbol(e) == "=" || e.Kind == pg.A_Expr_Kind_AEXPR_BETWEEN) {
		if name := lastNameOf(e.Lexpr) + lastNameOf(e.Rexpr); name == "id" || len(name) > 3 && name[len(name)-3:] == "_id" {
			p.leaves[named[0]].narrowed = true
		}
	}
}

func lastNameOf(n *pg.Node) string {
	if ref := n.GetColumnRef(); ref != nil {
		return lastName(ref)
	}
	return ""
}

// of returns the leaves that a column may belong to: one that cannot be told from
// its name may be any's, and joins them.
func (p *pairing) of(ref *pg.ColumnRef) []int {
	name := lastName(ref)
	var sure, all []int
	for i, l := range p.leaves {
		if len(ref.Fields) > 1 {
			if l.name == ref.Fields[len(ref.Fields)-2].GetString_().GetSval() {
				return []int{i}
			}
			continue
		}
		if len(l.columns) == 0 {
			all = append(all, i)
		} else if slices.ContainsFunc(l.columns, func(t *Table) bool { return t.column(name) != nil }) {
			sure = append(sure, i)
		}
	}
	if len(sure) > 0 {
		return sure[:1]
	}
	return all
}

// manyOfOne is how many rows a table has at least that is no mere list of values.
const manyOfOne = 1000

// pairs returns how many rows are paired of how many large groups that are apart.
func (p *pairing) pairs() (rows float64, apart int) {
	most := map[int]float64{} // of each group
	for _, l := range p.leaves {
		if l.narrowed {
			l.rows = 1
		}
		most[l.group] = max(most[l.group], l.rows)
	}
	rows = 1
	for _, n := range most {
		if n >= manyOfOne {
			apart++
			rows *= n
		}
	}
	return rows, apart
}

// names lists the tables, not too many.
func (p *pairing) names() string {
	text, n := "", 0
	for _, l := range p.leaves {
		if l.table == "" {
			continue
		}
		if n++; n > 3 {
			return text + ", …"
		}
		if text != "" {
			text += ", "
		}
		text += l.table
	}
	return text
}
