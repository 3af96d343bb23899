package guardrails

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// enter walks the WITH queries before a statement and brings their names into
// scope; it returns what leave needs to end it. A query sees the names before
// its own, or all of them under WITH RECURSIVE.
func (r *reader) enter(with *pg.WithClause) (mark int) {
	mark = len(r.ctes)
	if with == nil {
		return mark
	}
	if with.Recursive {
		for _, c := range with.Ctes {
			r.ctes = append(r.ctes, c.GetCommonTableExpr().GetCtename())
		}
	}
	for _, c := range with.Ctes {
		r.node(c)
		if !with.Recursive {
			r.ctes = append(r.ctes, c.GetCommonTableExpr().GetCtename())
		}
	}
	return mark
}

func (r *reader) leave(mark int) { r.ctes = r.ctes[:mark] }

// isWithQuery reports whether a range variable names a WITH query in scope.
func (r *reader) isWithQuery(n *pg.RangeVar) bool {
	return n.Schemaname == "" && slices.Contains(r.ctes, n.Relname)
}

// relation notes a table that the text names, and judges reading it.
func (r *reader) relation(n *pg.RangeVar) {
	if r.isWithQuery(n) {
		r.source(n.GetAlias().GetAliasname(), n.Relname)
		return
	}
	r.noteRelation(n.Catalogname, n.Schemaname, n.Relname)
	r.exposes(n)
	r.fromTable(n)
	if r.cat == nil {
		return
	}
	for _, t := range r.cat.tablesUnder(r.path, n.Schemaname, n.Relname) {
		start, end := r.nameRange(n.Location)
		r.readsFrom(t, start, end)
	}
}

func (r *reader) noteRelation(parts ...string) { note(&r.relations, dotted(parts...)) }

func (r *reader) noteFunction(name string) { note(&r.functions, name) }

func note(set *map[string]struct{}, name string) {
	if *set == nil {
		*set = map[string]struct{}{}
	}
	(*set)[name] = struct{}{}
}

// dotted joins the parts of a name that are not empty, quoting those that
// PostgreSQL would not read back as they are.
func dotted(parts ...string) string {
	if len(parts) == 1 {
		return quoted(parts[0])
	}
	var b strings.Builder
	for _, p := range parts {
		if p == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(quoted(p))
	}
	return b.String()
}

func quoted(name string) string {
	for i := range len(name) {
		c := name[i]
		if c == '_' || 'a' <= c && c <= 'z' || i > 0 && (isDigit(c) || c == '$') {
			continue
		}
		return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
	}
	return name
}

// name returns a table's name for a message.
func (r *reader) name(n *pg.RangeVar) string {
	if n == nil {
		return "a query's result"
	}
	return dotted(n.Catalogname, n.Schemaname, n.Relname)
}

// names lists the tables of a statement for a message, not too many.
func (r *reader) names(nodes []*pg.Node) string {
	const most = 5
	var all []string
	for _, n := range nodes {
		if v := n.GetRangeVar(); v != nil {
			all = append(all, r.name(v))
		}
	}
	if len(all) > most {
		all = append(all[:most], "…")
	}
	return strings.Join(all, ", ")
}

// parts returns the strings of a list of String nodes.
func parts(nodes []*pg.Node) []string {
	out := make([]string, 0, 3)
	for _, n := range nodes {
		if s := n.GetString_(); s != nil {
			out = append(out, s.Sval)
		}
	}
	return out
}
