package guardrails

import pg "github.com/pganalyze/pg_query_go/v5"

// correlated reports whether a sub-select may look at the row at hand: whether it
// names a column that is not one of its own tables'.
func (c *condition) correlated(sub *pg.Node) bool {
	if c.tired() {
		return true
	}
	own := map[string]bool{}
	var tables int
	var known []*Table
	var gather func(any)
	gather = func(node any) {
		c.r.compared++
		switch n := node.(type) {
		case *pg.RangeVar:
			own[aliasOr(n.Alias, n.Relname)] = true
			tables++
			known = append(known, c.r.cat.tables(n.Schemaname, n.Relname)...)
		case *pg.Alias:
			own[n.Aliasname] = true
		}
		eachChild(node, gather)
	}
	oneNode(sub, gather)
	looks := false
	var look func(any)
	look = func(node any) {
		if ref, ok := node.(*pg.ColumnRef); ok {
			looks = looks || !isOwn(ref, own, known, tables)
		}
		if _, ok := node.(*pg.ParamRef); ok {
			looks = true
		}
		if !looks {
			eachChild(node, look)
		}
	}
	oneNode(sub, look)
	return looks
}

// isOwn reports whether a column is surely one of a sub-select's own.
func isOwn(ref *pg.ColumnRef, own map[string]bool, known []*Table, tables int) bool {
	name := lastName(ref)
	if len(ref.Fields) > 1 {
		return own[ref.Fields[len(ref.Fields)-2].GetString_().GetSval()]
	}
	if name == "" {
		return true // *
	}
	if tables == 0 {
		return false
	}
	for _, t := range known {
		if t.column(name) != nil {
			return true
		}
	}
	return false
}
