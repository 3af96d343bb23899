package guardrails

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// Does a WHERE choose? A condition is read as a formula of propositional logic
// over what it compares (condition_logic.go, condition_compare.go), and the
// formula is tried with every value that could make a difference
// (condition_decide.go): below, at, between and above the constants that a column
// is compared with. If none makes it fail, every row passes.
//
//	id > 0 OR id <= 0     one variable, one constant: three values to try
//	a = 1 OR NOT a = 1    the same
//	id = id               no variable is left: id - id = 0
//
// Two liberties are taken, both for the sake of what a person means:
//
//   - NULL is a value to try only where the text itself asks for it. id = id is
//     for every row, though a row without id would not pass.
//   - Keys count from one and end before a thousand million; nothing is shorter
//     than nothing; dates lie between 1900 and 2900. id > 0 is for every row.
//
// What cannot be understood may be anything: it makes no finding.

const everyRowPasses = "every row passes its WHERE"

// ineffective says why a WHERE does not choose among a table's rows; it is empty
// if it may. others are the statement's other tables.
func (r *reader) ineffective(where *pg.Node, table *pg.RangeVar, others []*pg.Node, with *pg.WithClause) string {
	if where == nil {
		return "it has no WHERE"
	}
	c := newCondition(r, table, with)
	for _, o := range others {
		c.names.add(c, o)
	}
	switch c.decide(c.logic(where)) {
	case always:
		return everyRowPasses
	case allOrNone:
		return "its WHERE does not look at the rows"
	}
	return ""
}

// matchesAll says why a MERGE updates or deletes every row; it is empty if it
// may choose, or does neither.
func (r *reader) matchesAll(n *pg.MergeStmt) string {
	for _, w := range n.MergeWhenClauses {
		m := w.GetMergeWhenClause()
		if m.GetCommandType() != pg.CmdType_CMD_UPDATE && m.GetCommandType() != pg.CmdType_CMD_DELETE || !m.GetMatched() {
			continue
		}
		c := newCondition(r, n.Relation, n.WithClause)
		c.names.add(c, n.SourceRelation)
		f := c.logic(n.JoinCondition)
		if m.Condition != nil {
			f = both(f, c.logic(m.Condition))
		}
		switch c.decide(f) {
		case always:
			return "every row passes its ON condition"
		case allOrNone:
			return "its ON condition does not look at the rows"
		}
	}
	return ""
}

// condition reads the conditions of one statement that writes to a table.
type condition struct {
	r     *reader
	table *pg.RangeVar     // the table written to
	with  []*pg.WithClause // the WITH queries in scope
	names *names           // what stands for what where the reading is
	vars  []*variable      // what the formula is about
	byKey map[string]int   // their places in vars
	pairs int              // how often something was taken apart: see maxApart
}

func newCondition(r *reader, table *pg.RangeVar, with *pg.WithClause) *condition {
	c := &condition{r: r, table: table, byKey: map[string]int{}, names: &names{of: map[string]whose{}, bare: theRows}}
	if with != nil {
		c.with = []*pg.WithClause{with}
	}
	c.names.of[aliasOr(table.GetAlias(), table.GetRelname())] = theRows
	return c
}

// whose says what a name in a condition belongs to.
type whose int

const (
	anyones whose = iota // it may be the table's
	theRows              // the table's: the row at hand, or a copy of it
	others               // another table's
)

// names are what the tables of one level of a query are called.
type names struct {
	outer *names
	of    map[string]whose
	bare  whose    // what a column without a table's name belongs to
	known []*Table // the other tables, so far as the catalog knows them
}

// add brings an item of FROM into scope. Another mention of the table itself
// stands for the row at hand: whatever the row does with itself, it does.
func (s *names) add(c *condition, item *pg.Node) {
	first := len(s.of) == 0
	switch n := inner(item).(type) {
	case *pg.RangeVar:
		name := aliasOr(n.Alias, n.Relname)
		if c.standsForTable(n) && len(n.GetAlias().GetColnames()) == 0 {
			s.itself(name, first)
			return
		}
		s.of[name] = others
		if c.query(n) == nil {
			s.known = append(s.known, c.r.cat.tables(n.Schemaname, n.Relname)...)
		}
	case *pg.RangeSubselect:
		name := n.GetAlias().GetAliasname()
		if c.passesAlong(n.Subquery.GetSelectStmt()) && len(n.GetAlias().GetColnames()) == 0 {
			s.itself(name, first)
			return
		}
		s.of[name] = others
	case *pg.JoinExpr:
		s.add(c, n.Larg)
		s.add(c, n.Rarg)
		if n.Alias != nil {
			s.of[n.Alias.Aliasname] = anyones
		}
	case *pg.RangeFunction:
		s.of[n.GetAlias().GetAliasname()] = others
	case *pg.RangeTableSample:
		v := n.Relation.GetRangeVar()
		s.of[aliasOr(v.GetAlias(), v.GetRelname())] = others
	}
	s.bare = anyones
}

// itself notes a name that stands for the row at hand.
func (s *names) itself(name string, alone bool) {
	s.of[name] = theRows
	if alone {
		s.bare = theRows
	}
}

func aliasOr(a *pg.Alias, name string) string {
	if a != nil {
		return a.Aliasname
	}
	return name
}

// resolve says whose a column is.
func (c *condition) resolve(n *pg.ColumnRef) whose {
	if len(n.Fields) > 1 {
		return c.named(n.Fields[len(n.Fields)-2].GetString_().GetSval())
	}
	name := lastName(n)
	if w := c.named(name); w != anyones { // the whole row
		return w
	}
	for s := c.names; s != nil; s = s.outer {
		switch {
		case len(s.of) == 0:
			continue
		case s.bare != anyones:
			return s.bare
		case !c.mayHave(name) && slices.ContainsFunc(s.known, func(t *Table) bool { return t.column(name) != nil }):
			return others
		}
		return anyones
	}
	return anyones
}

// named says whose rows a table's name or alias stands for.
func (c *condition) named(name string) whose {
	for s := c.names; s != nil; s = s.outer {
		if w, ok := s.of[name]; ok {
			return w
		}
	}
	return anyones
}

// mayHave reports whether the table may have a column: it is false only if the
// catalog knows better.
func (c *condition) mayHave(column string) bool {
	known := c.r.cat.tables(c.table.GetSchemaname(), c.table.GetRelname())
	return len(known) == 0 || slices.ContainsFunc(known, func(t *Table) bool { return t.column(column) != nil })
}

func (t *Table) column(name string) *Column {
	for i := range t.Columns {
		if t.Columns[i].Name == name {
			return &t.Columns[i]
		}
	}
	return nil
}

// query returns the WITH query that a name stands for, nil if none.
func (c *condition) query(n *pg.RangeVar) *pg.SelectStmt {
	if n.Schemaname != "" {
		return nil
	}
	for i := len(c.with) - 1; i >= 0; i-- {
		for _, q := range c.with[i].Ctes {
			if q.GetCommonTableExpr().GetCtename() == n.Relname {
				return q.GetCommonTableExpr().GetCtequery().GetSelectStmt()
			}
		}
	}
	return nil
}

// standsForTable reports whether a name in FROM is the table written to, or a
// WITH query that returns its rows.
func (c *condition) standsForTable(n *pg.RangeVar) bool {
	if q := c.query(n); q != nil {
		return c.passesAlong(q)
	}
	return c.table != nil && n.Relname == c.table.Relname &&
		(n.Schemaname == c.table.Schemaname || n.Schemaname == "" || c.table.Schemaname == "")
}

// passesAlong reports whether a query returns all rows of the table, with the
// columns called as they are.
func (c *condition) passesAlong(q *pg.SelectStmt) bool {
	if !plainly(q) || q.WhereClause != nil || len(q.FromClause) != 1 {
		return false
	}
	for _, t := range q.TargetList {
		ref := t.GetResTarget().GetVal().GetColumnRef()
		if ref == nil || t.GetResTarget().Name != "" && t.GetResTarget().Name != lastName(ref) {
			return false
		}
	}
	switch from := inner(q.FromClause[0]).(type) {
	case *pg.RangeVar:
		c.pairs++ // WITH RECURSIVE could lead in circles
		return c.pairs < maxApart && c.standsForTable(from)
	case *pg.RangeSubselect:
		return c.passesAlong(from.Subquery.GetSelectStmt())
	}
	return false
}

// plainly reports whether a query is a SELECT that neither groups, cuts nor
// samples what it reads.
func plainly(q *pg.SelectStmt) bool {
	return q != nil && !combines(q) && len(q.ValuesLists) == 0 && len(q.GroupClause) == 0 && q.HavingClause == nil &&
		!limited(q) && !aggregates(q.TargetList)
}

func combines(q *pg.SelectStmt) bool {
	return q.Op != pg.SetOperation_SETOP_NONE && q.Op != pg.SetOperation_SET_OPERATION_UNDEFINED
}

// limited reports whether LIMIT or OFFSET may leave rows out.
func limited(q *pg.SelectStmt) bool {
	if k := q.LimitCount.GetAConst(); q.LimitCount != nil && (k == nil || !k.Isnull) {
		if n, ok := number(q.LimitCount); !ok || n < manyMade {
			return true
		}
	}
	n, ok := number(q.LimitOffset)
	return q.LimitOffset != nil && (!ok || n != 0)
}

func lastName(n *pg.ColumnRef) string { return n.Fields[len(n.Fields)-1].GetString_().GetSval() }
