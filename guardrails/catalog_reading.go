package guardrails

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// reading is what a definition of the catalog does when it is used: the body of
// a function, the query of a view, the policies of a table, the actions of a
// rule, the checks of a domain. What it uses in turn is kept apart, so that
// definitions may use each other in circles.
type reading struct {
	kind  Kind
	level Level
	why   string // the gravest finding's message; empty if there is none
	uses  []use
}

// use is a definition that is used, and the search_path of whoever uses it: a
// *Function, *Table, *TableRule or *Type. The bodies of functions are read under
// that path; other definitions have no bare names, but call functions.
type use struct {
	definition any
	path       path
}

type readingKey struct {
	definition any
	path       string
}

// worsen takes over what another reading found, the graver of each.
func (d *reading) worsen(kind Kind, level Level, why string) {
	d.kind = worse(d.kind, kind)
	if level.Rank() > d.level.Rank() {
		d.level, d.why = level, why
	}
}

// unknowable is the reading of what cannot be looked into.
func unknowable(why string) *reading { return &reading{kind: Unknown, level: Medium, why: why} }

// follow reads a definition and everything that it uses in turn.
func (c *Catalog) follow(first use) reading {
	all := reading{kind: Read, level: Low}
	seen := map[readingKey]bool{}
	for todo := []use{first}; len(todo) > 0; {
		u := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		key := readingKey{u.definition, u.path.key()}
		if seen[key] {
			continue
		}
		seen[key] = true
		one := c.reading(u, key)
		all.worsen(one.kind, one.level, one.why)
		todo = append(todo, one.uses...)
	}
	return all
}

// reading reads one definition, once a catalog and path.
func (c *Catalog) reading(u use, key readingKey) *reading {
	readings := &c.lookup().readings
	if d, ok := readings.Load(key); ok {
		return d.(*reading)
	}
	d, _ := readings.LoadOrStore(key, c.read(u))
	return d.(*reading)
}

func (c *Catalog) read(u use) *reading {
	switch d := u.definition.(type) {
	case *Function:
		return c.readFunction(d, u.path)
	case *Table:
		return c.readTable(d, u.path)
	case *TableRule:
		return c.readText(d.Definition, nowhere, u.path, (*reader).ruleActions)
	case *Type:
		return c.readDomain(d, u.path)
	}
	return unknowable("it is not known what runs")
}

// readTable reads what reading from a table runs: a view's query, and the
// policies of row security.
func (c *Catalog) readTable(t *Table, caller path) *reading {
	d := &reading{kind: Read, level: Low}
	if t.Kind == "view" {
		if t.Definition == "" {
			return unknowable("the query of the view " + dotted(t.Schema, t.Name) + " is not known")
		}
		d = c.readText(t.Definition, nowhere, caller, nil)
	}
	for _, p := range t.Policies {
		for _, expression := range []string{p.Using, p.Check} {
			if expression == "" {
				continue
			}
			one := c.readText("SELECT "+expression, nowhere, caller, nil)
			d.worsen(one.kind, one.level, one.why)
			d.uses = append(d.uses, one.uses...)
		}
	}
	return d
}

// readDomain reads the checks of a domain and what it is a domain of.
func (c *Catalog) readDomain(t *Type, caller path) *reading {
	text := "SELECT NULL::" + t.BaseType
	if t.BaseType == "" {
		return unknowable("what the domain " + dotted(t.Schema, t.Name) + " checks is not known")
	}
	if t.Check != "" {
		text += " WHERE " + t.Check
	}
	return c.readText(text, nowhere, caller, nil)
}

// readText reads the text of a definition whose names are looked for in one path,
// and whose functions run under another; roots gives the nodes that count, all of
// the text's if it is nil.
func (c *Catalog) readText(text string, names, caller path, roots func(*reader, []*pg.RawStmt) []*pg.Node) *reading {
	d := &reading{kind: Read, level: Low}
	r := newReader(text, c)
	r.path, r.caller, r.definition, r.quiet, r.roots = names, caller, d, true, roots
	r.read()
	d.kind = worse(d.kind, r.kind)
	for _, f := range r.findings {
		if !sizes[f.Rule] {
			d.worsen(Read, f.Level, lowerFirst(f.Message))
		}
	}
	if d.kind.Rank() > Session.Rank() {
		d.worsen(d.kind, Medium, "it is more than a read")
	}
	return d
}

// sizes are the rules about how much a query reads. A definition is not judged
// by them: the query that uses it may ask for one row.
var sizes = func() map[string]bool {
	ids := map[string]bool{}
	for _, rule := range readRules {
		ids[rule.ID] = true
	}
	return ids
}()

// ruleActions returns what a CREATE RULE makes a table do.
func (r *reader) ruleActions(stmts []*pg.RawStmt) []*pg.Node {
	var nodes []*pg.Node
	for _, s := range stmts {
		n := s.Stmt.GetRuleStmt()
		nodes = append(append(nodes, n.GetActions()...), n.GetWhereClause())
	}
	return nodes
}

// runRules are the rules that report a definition whose effect is known, and one
// of which it is not.
type runRules struct{ known, unknown *Rule }

var (
	functionRuns = runRules{ruleOwnFunction, ruleUnknownFunction}
	operatorRuns = runRules{ruleOwnFunction, ruleOperator}
	typeRuns     = runRules{ruleOwnFunction, ruleType}
	viewRuns     = runRules{ruleView, ruleUnknownView}
)

// runs notes that the text runs a definition. Within the reading of another
// definition that is all; else it is followed, and reported unless it is low.
func (r *reader) runs(u use, rules runRules, start, end int, what string) {
	if r.definition != nil {
		r.definition.uses = append(r.definition.uses, u)
		return
	}
	all := r.cat.follow(u)
	if all.level == Low {
		r.is(all.kind)
		return
	}
	r.ran(all, rules, start, end, what)
}

// ran reports what a definition does, or that nobody knows.
func (r *reader) ran(all reading, rules runRules, start, end int, what string) {
	why := ": " + strings.TrimSuffix(all.why, ".") + "."
	if all.kind == Unknown {
		r.report(rules.unknown, all.level, start, end, what+" is not known to be harmless"+why, "")
		return
	}
	r.reportAs(all.kind, rules.known, all.level, start, end, what+" does more than read"+why, "")
}

// path under which the body of a function is read that is called under p.
func (f *Function) pathUnder(p path) path {
	for _, s := range f.Settings {
		if value, ok := strings.CutPrefix(s, "search_path="); ok {
			return listedPath(value)
		}
	}
	return p
}

// listedPath reads a search_path as the server keeps it.
func listedPath(value string) path {
	p := path{known: true}
	s := scanner{sql: value}
	for {
		t := s.next()
		piece := value[t.start:t.end]
		switch t.kind {
		case tokenEnd:
			return p
		case tokenWord:
			p.schemas = append(p.schemas, strings.ToLower(piece))
		case tokenQuoted:
			name := strings.ReplaceAll(strings.Trim(piece, `"`), `""`, `"`)
			if name == "$user" {
				return anywhere
			}
			if name != "" {
				p.schemas = append(p.schemas, name)
			}
		case tokenPunct:
		default:
			return anywhere
		}
	}
}

func lowerFirst(s string) string {
	if s == "" || len(s) > 1 && s[1] >= 'A' && s[1] <= 'Z' {
		return s // a name in capitals
	}
	return strings.ToLower(s[:1]) + s[1:]
}
