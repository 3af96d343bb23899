package guardrails

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// Touch is a use of a relation by a text: which of its columns are read, or
// written. A relation that is read and written has two.
type Touch struct {
	Relation string   `json:"relation"`          // with its schema if the catalog knows it; else as written
	Columns  []string `json:"columns"`           // sorted; "*" for all those of a relation that no catalog knows; never nil
	Written  bool     `json:"written,omitempty"` // by INSERT, UPDATE, DELETE, MERGE, TRUNCATE or COPY FROM
}

// scope is what the names of columns may mean within one query.
type scope struct {
	sources []source
	uses    []columnUse
}

// source is something in FROM, or what a statement writes to.
type source struct {
	name     string // its alias, or its own name
	relation string // empty if it is a query or a function
	table    *Table // nil if the catalog does not know it
}

// columnUse is a column, or "*", that a query names; what it belongs to is known
// when the whole query was seen.
type columnUse struct {
	qualifier, column string
	at                int32
}

type touchKey struct {
	relation string
	written  bool
}

func (r *reader) openScope() {
	if n := len(r.scopes); n < cap(r.scopes) {
		r.scopes = r.scopes[:n+1]
		s := &r.scopes[n]
		s.sources, s.uses = s.sources[:0], s.uses[:0]
		return
	}
	r.scopes = append(r.scopes, scope{})
}

// closeScope finds out what each column belongs to. What the query's own sources
// do not have is the query's around it.
func (r *reader) closeScope() {
	n := len(r.scopes) - 1
	s := &r.scopes[n]
	for _, u := range s.uses {
		switch {
		case r.resolve(s, u):
		case n > 0:
			r.scopes[n-1].uses = append(r.scopes[n-1].uses, u)
		default:
			r.mayCall(u)
		}
	}
	r.scopes = r.scopes[:n]
}

// source adds a query or function to the scope, by the first name it has.
func (r *reader) source(names ...string) {
	if len(r.scopes) == 0 {
		return
	}
	var one source
	for _, name := range names {
		if one.name = name; name != "" {
			break
		}
	}
	s := &r.scopes[len(r.scopes)-1]
	s.sources = append(s.sources, one)
}

// fromTable adds a table to the scope.
func (r *reader) fromTable(n *pg.RangeVar) {
	if len(r.scopes) == 0 {
		return
	}
	one := r.tableSource(n)
	s := &r.scopes[len(r.scopes)-1]
	s.sources = append(s.sources, one)
	if n != r.writesTo {
		r.touch(touchKey{one.relation, false}, "")
	}
}

func (r *reader) tableSource(n *pg.RangeVar) source {
	one := source{name: n.GetAlias().GetAliasname(), relation: dotted(n.Catalogname, n.Schemaname, n.Relname)}
	if one.name == "" {
		one.name = n.Relname
	}
	if found := r.cat.tablesUnder(r.path, n.Schemaname, n.Relname); len(found) == 1 {
		one.table = found[0]
		one.relation = dotted(found[0].Schema, found[0].Name)
	}
	return one
}

// resolve reports whether a scope has what a column may belong to.
func (r *reader) resolve(s *scope, u columnUse) bool {
	found, opaque := false, false
	for i := range s.sources {
		from := &s.sources[i]
		switch {
		case u.qualifier != "" && from.name != u.qualifier:
			continue
		case u.column == "*":
			r.readsAll(from, u)
			found = true
		case from.table != nil && from.table.column(u.column) != nil:
			r.readsColumn(from, from.table.column(u.column), u)
			found = true
		case u.qualifier != "":
			if from.table == nil && from.relation != "" {
				r.touch(touchKey{from.relation, false}, u.column)
			}
			if r.cat != nil {
				r.mayCall(u)
			}
			return true
		default:
			opaque = opaque || from.table == nil
		}
	}
	if found || u.qualifier != "" {
		return found
	}
	return r.resolveBare(s, u, opaque)
}

// resolveBare finds a bare name among sources of which none is known to have it.
func (r *reader) resolveBare(s *scope, u columnUse, opaque bool) bool {
	for i := range s.sources {
		if from := &s.sources[i]; from.name == u.column && (from.table != nil || len(s.sources) > 1) {
			r.readsAll(from, u) // the whole row as a value
			return true
		}
	}
	if len(s.sources) == 1 && opaque && s.sources[0].relation != "" {
		r.touch(touchKey{s.sources[0].relation, false}, u.column)
	}
	return opaque
}

// mayCall judges x.f where x is not known to have a column f.
func (r *reader) mayCall(u columnUse) {
	if r.cat == nil || u.qualifier == "" || u.column == "*" {
		return
	}
	start, end := r.nameRange(u.at)
	r.attribute(u.column, start, end)
}

func (r *reader) readsColumn(from *source, c *Column, u columnUse) {
	key := touchKey{from.relation, false}
	if c.Sensitive && !r.touches[key][c.Name] {
		start, end := r.nameRange(u.at)
		r.report(ruleSensitive, High, start, end, "The column "+quoted(c.Name)+" of "+from.relation+" is sensitive.", "Use the masked view.")
	}
	r.touch(key, c.Name)
}

func (r *reader) readsAll(from *source, u columnUse) {
	key := touchKey{from.relation, false}
	if from.table == nil {
		if from.relation != "" {
			r.touch(key, "*")
		}
		return
	}
	var sensitive []string
	for i := range from.table.Columns {
		if c := &from.table.Columns[i]; c.Sensitive {
			sensitive = append(sensitive, quoted(c.Name))
		}
		r.touch(key, from.table.Columns[i].Name)
	}
	if len(sensitive) > 0 {
		start, end := r.nameRange(u.at)
		r.report(ruleSensitive, High, start, max(end, start+1), "All columns of "+from.relation+" are taken, sensitive ones among them: "+
			strings.Join(sensitive, ", ")+".", "Name the columns you need, or use the masked view.")
	}
}

// touch notes the use of a relation, and of a column unless it is empty.
func (r *reader) touch(key touchKey, column string) {
	if r.definition != nil || key.relation == "" {
		return
	}
	if r.touches == nil {
		r.touches = map[touchKey]map[string]bool{}
	}
	columns := r.touches[key]
	if columns == nil {
		columns = map[string]bool{}
		r.touches[key] = columns
	}
	if column != "" {
		columns[column] = true
	}
}

// writing notes what a statement writes to, and which columns; it opens the
// statement's scope.
func (r *reader) writing(n *pg.RangeVar, columns ...string) {
	r.openScope()
	r.writesTo = n
	r.written(n, columns...)
}

func (r *reader) written(n *pg.RangeVar, columns ...string) {
	if n == nil {
		return
	}
	key := touchKey{r.tableSource(n).relation, true}
	r.touch(key, "")
	for _, c := range columns {
		r.touch(key, c)
	}
}

// insertedColumns returns the columns that an INSERT or COPY fills.
func (r *reader) insertedColumns(n *pg.RangeVar, named []string) []string {
	if len(named) > 0 || n == nil {
		return named
	}
	from := r.tableSource(n)
	if from.table == nil {
		return []string{"*"}
	}
	for _, c := range from.table.Columns {
		named = append(named, c.Name)
	}
	return named
}

// targetNames returns the columns that a target list names.
func targetNames(lists ...[]*pg.Node) []string {
	var names []string
	for _, list := range lists {
		for _, n := range list {
			if t := n.GetResTarget(); t.GetName() != "" {
				names = append(names, t.Name)
			}
		}
	}
	return names
}

func mergedNames(whens []*pg.Node) []string {
	var names []string
	for _, w := range whens {
		names = append(names, targetNames(w.GetMergeWhenClause().GetTargetList())...)
	}
	return names
}

// touched returns all touches in order.
func (r *reader) touched() []Touch {
	all := make([]Touch, 0, len(r.touches))
	for key, set := range r.touches {
		columns := make([]string, 0, len(set))
		for c := range set {
			columns = append(columns, c)
		}
		slices.Sort(columns)
		all = append(all, Touch{Relation: key.relation, Columns: columns, Written: key.written})
	}
	slices.SortFunc(all, func(a, b Touch) int {
		if d := strings.Compare(a.Relation, b.Relation); d != 0 || a.Written == b.Written {
			return d
		}
		if b.Written {
			return -1
		}
		return 1
	})
	return all
}

// joins notes the columns of USING, and an alias for the join as a whole.
func (r *reader) joins(n *pg.JoinExpr) {
	if n.Alias != nil {
		r.source(n.Alias.Aliasname)
	}
	if len(r.scopes) == 0 {
		return
	}
	s := &r.scopes[len(r.scopes)-1]
	for _, name := range parts(n.UsingClause) {
		s.uses = append(s.uses, columnUse{column: name, at: -1})
	}
}

// copied notes what a COPY of a table reads or writes.
func (r *reader) copied(n *pg.CopyStmt) {
	if n.Relation == nil {
		return
	}
	columns := r.insertedColumns(n.Relation, parts(n.Attlist))
	if n.IsFrom {
		r.written(n.Relation, columns...)
		r.fires(n.Relation, "insert")
		return
	}
	from := r.tableSource(n.Relation)
	for _, name := range columns {
		if from.table != nil && from.table.column(name) != nil {
			r.readsColumn(&from, from.table.column(name), columnUse{at: n.Relation.Location})
			continue
		}
		r.touch(touchKey{from.relation, false}, name)
	}
}

// wrote ends a writing statement's scope, and judges what its table does on the
// events that it may cause.
func (r *reader) wrote(n *pg.RangeVar, events ...string) {
	r.closeScope()
	r.fires(n, events...)
}

// fires judges the triggers and rules of a table that is written to.
func (r *reader) fires(n *pg.RangeVar, events ...string) {
	if r.cat == nil || n == nil || r.planned > 0 {
		return
	}
	start, end := r.nameRange(n.Location)
	for _, t := range r.cat.tablesUnder(r.path, n.Schemaname, n.Relname) {
		for _, g := range t.Triggers {
			if !mentions(g.Event, events) {
				continue
			}
			r.statementRuns(start, end, "The trigger "+quoted(g.Name)+" of "+dotted(t.Schema, t.Name)+" runs "+g.Function,
				r.cat.wholeName(g.Function, r.caller))
		}
		for i := range t.RowRules {
			if g := &t.RowRules[i]; mentions(g.Event, events) {
				r.statementRuns(start, end, "The rule "+quoted(g.Name)+" of "+dotted(t.Schema, t.Name)+" changes what is done",
					&reading{kind: Read, level: Low, uses: []use{{g, r.caller}}})
			}
		}
	}
}

// statementRuns reports what a write runs besides, at least as grave as a write.
func (r *reader) statementRuns(start, end int, what string, d *reading) {
	if r.definition != nil {
		r.definition.worsen(d.kind, d.level, d.why)
		r.definition.uses = append(r.definition.uses, d.uses...)
		return
	}
	all := *d
	for _, u := range d.uses {
		one := r.cat.follow(u)
		all.worsen(one.kind, one.level, one.why)
	}
	if all.level.Rank() < Medium.Rank() {
		all.level = Medium
	}
	if all.kind == Unknown {
		all.kind = Write // it is known to be a write; what else it is, its message says
	}
	if all.why != "" {
		what += ": " + strings.TrimSuffix(all.why, ".")
	}
	r.reportAs(all.kind, ruleTriggers, all.level, start, end, what+".", "")
}

func mentions(event string, events []string) bool {
	for _, e := range events {
		if strings.Contains(strings.ToLower(event), e) {
			return true
		}
	}
	return false
}
