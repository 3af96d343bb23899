package guardrails

import (
	"errors"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/pganalyze/pg_query_go/v5/parser"
)

// maxFindings bounds a verdict; the gravest are kept.
const maxFindings = 100

// Classify says what the statements of a text would do. It reads no clock, no
// store and no network, and answers for every text whatever: what it cannot
// understand is Unknown, and never Low. A nil catalog is allowed.
func Classify(sql string, cat *Catalog) (v Verdict) {
	r := newReader(sql, cat)
	defer func() {
		if p := recover(); p != nil { // a fault of ours, which must not be the caller's
			r.report(ruleFault, Critical, 0, len(sql), "Guardrails failed on the text.", "Please report it: it is a fault of dbaccess.")
			v = r.verdict()
		}
	}()
	r.read()
	return r.verdict()
}

// reader reads one text and collects what it finds.
type reader struct {
	sql   string
	cat   *Catalog
	depth int // of texts within texts, such as the body of a function

	kind      Kind
	level     Level
	findings  []Finding
	count     int // statements
	relations map[string]struct{}
	functions map[string]struct{}

	// Where the walk stands.
	start, end int             // the range of the statement at hand
	walk       func(node any)  // visit, bound once
	inside     int             // > 0 inside a WITH query
	planned    int             // > 0 inside an EXPLAIN that does not run its statement
	ctes       []string        // names of the WITH queries in scope
	prepared   map[string]bool // names that PREPARE gave earlier in this text
	declared   map[string]bool // cursors that DECLARE made earlier in this text
	unnested   []*pg.FuncCall  // calls of unnest that take several arrays
	exposures  []exposure      // tables with secrets in the statement at hand
	unresolved Kind            // the statement at hand is unknown if its kind is less than this
	begun      bool            // a BEGIN stands earlier in this text
	compared   int             // how many steps conditions were judged in: see maxSteps
	created    map[string]bool // tables that the text creates
	lockTold   map[string]bool // tables of which a lock was told
	quiet      bool            // the text's own kind is judged elsewhere: see nested

	// What the statement touches.
	scopes   []scope
	writesTo *pg.RangeVar // what the statement at hand writes to
	touches  map[touchKey]map[string]bool

	// What bare names mean, and whether the text is a definition of the catalog.
	path       path
	caller     path                                    // the search_path that functions run under; in a definition not the one its names are read by
	definition *reading                                // collects what the definition uses; nil for other texts
	roots      func(*reader, []*pg.RawStmt) []*pg.Node // the nodes that count; nil for all
}

func newReader(sql string, cat *Catalog) *reader {
	return &reader{sql: sql, cat: cat, kind: Read, level: Low, unresolved: Read, path: cat.usualPath(), caller: cat.usualPath()}
}

// within returns a reader for a text that stands inside r's.
func (r *reader) within(sql string) *reader {
	in := newReader(sql, r.cat)
	in.depth, in.quiet, in.path, in.caller, in.definition = r.depth+1, true, r.path, r.caller, r.definition
	return in
}

// read bounds, parses and walks the text.
func (r *reader) read() {
	r.end = len(r.sql)
	comments, rule, why := outside(r.sql)
	if rule != nil {
		r.report(rule, rule.Level, 0, len(r.sql), why, "Split the text into smaller statements.")
		return
	}
	tree, err := parse(withoutComments(r.sql, comments))
	switch {
	case errors.Is(err, errUnfamiliar):
		r.report(ruleUnfamiliar, High, 0, len(r.sql), "The text holds something of which guardrails have no judgement.", "")
		return
	case err != nil:
		r.unparseable(err)
		return
	}
	r.walk = r.visit
	r.count = len(tree.Stmts)
	if r.roots != nil {
		for _, n := range r.roots(r, tree.Stmts) {
			r.node(n)
		}
		r.settle()
		return
	}
	kinds := make([]Kind, 0, 8)
	for _, raw := range tree.Stmts {
		r.start, r.end = statementRange(r.sql, raw, comments)
		whole := r.kind
		r.kind = Read
		r.node(raw.Stmt)
		r.exposed(raw.Stmt)
		r.locks(raw.Stmt)
		r.settle()
		kinds = append(kinds, r.kind)
		r.kind = worse(whole, r.kind)
	}
	r.mixed(kinds)
}

// settle makes the statement at hand unknown if it holds what is not resolved and
// is nothing graver.
func (r *reader) settle() {
	if r.kind.Rank() < r.unresolved.Rank() {
		r.kind = Unknown
	}
	r.unresolved = Read
}

// withoutComments turns the comments of a text to spaces, which moves nothing.
// The lexer inside pg_query treats comments as tokens, and there parts from the
// server's: it refuses NOT /* c */ IN, misses an UESCAPE behind a comment, and
// ends a string that the server continues behind -- and a line's end.
func withoutComments(sql string, comments []token) string {
	if len(comments) == 0 {
		return sql
	}
	text := []byte(sql)
	for _, c := range comments {
		for i := c.start; i < c.end; i++ {
			text[i] = ' '
		}
	}
	return string(text)
}

func (r *reader) unparseable(err error) {
	at, why := 0, strings.ToValidUTF8(err.Error(), "…") // it quotes a token's first bytes
	var syntax *parser.Error
	if errors.As(err, &syntax) {
		at = byteOffset(r.sql, syntax.Cursorpos)
	}
	start, end := at, endOfToken(r.sql, at)
	if at >= len(r.sql) {
		start, end = 0, len(r.sql)
	}
	r.report(ruleUnparseable, High, start, end, "PostgreSQL's parser does not accept the text: "+why+".",
		"Check the spelling. Only SQL is understood, not commands of psql.")
}

// byteOffset turns the parser's cursor, which counts characters from 1, into a
// byte offset.
func byteOffset(sql string, cursor int) int {
	n := 0
	for i := range sql {
		if n++; n >= cursor {
			return i
		}
	}
	return len(sql)
}

// mixed reports a text whose reading statements stand beside changing ones.
func (r *reader) mixed(kinds []Kind) {
	if len(kinds) < 2 || r.quiet {
		return
	}
	reads, changes := 0, 0
	for _, k := range kinds {
		switch {
		case k == Read:
			reads++
		case k.Rank() >= Write.Rank():
			changes++
		}
	}
	if reads > 0 && changes > 0 {
		r.report(ruleMixed, Medium, 0, len(r.sql), "The text reads in one statement and changes something in another.",
			"Ask for each statement on its own, so that nobody overlooks one.")
	}
}

// report notes a finding, and lets it raise the text's kind and level.
func (r *reader) report(rule *Rule, level Level, start, end int, message, hint string) {
	if r.planned > 0 && rule.whenRun {
		return
	}
	if rule.below != "" {
		r.unresolved = worse(r.unresolved, rule.below)
	} else {
		r.kind = worse(r.kind, rule.Kind)
	}
	if level.Rank() > r.level.Rank() {
		r.level = level
	}
	if len(r.findings) >= 4*maxFindings {
		r.keepGravest()
	}
	start = min(max(start, 0), len(r.sql))
	end = min(max(end, start), len(r.sql))
	r.findings = append(r.findings, Finding{
		Rule: rule.ID, Level: level, Message: message, Hint: hint, Start: start, End: end,
	})
}

// reportAs is report for a rule whose kind depends on what it found.
func (r *reader) reportAs(kind Kind, rule *Rule, level Level, start, end int, message, hint string) {
	if r.planned > 0 && rule.whenRun {
		return
	}
	r.kind = worse(r.kind, kind)
	r.report(rule, level, start, end, message, hint)
}

// statement reports a finding about the whole statement at hand.
func (r *reader) statement(rule *Rule, level Level, message, hint string) {
	r.report(rule, level, r.start, r.end, message, hint)
}

// is raises the text's kind without a finding.
func (r *reader) is(kind Kind) {
	if r.planned == 0 {
		r.kind = worse(r.kind, kind)
	}
}

func worse(a, b Kind) Kind {
	if b != "" && b.Rank() > a.Rank() {
		return b
	}
	return a
}

// keepGravest sorts the findings and drops what is beyond the bound, and what
// says the same of the same place twice.
func (r *reader) keepGravest() {
	slices.SortStableFunc(r.findings, func(a, b Finding) int {
		if d := b.Level.Rank() - a.Level.Rank(); d != 0 {
			return d
		}
		if d := a.Start - b.Start; d != 0 {
			return d
		}
		return strings.Compare(a.Rule, b.Rule)
	})
	r.findings = slices.Compact(r.findings)
	if len(r.findings) > maxFindings {
		r.findings = r.findings[:maxFindings]
	}
}

func (r *reader) verdict() Verdict {
	r.keepGravest()
	v := Verdict{
		Kind: r.kind, Level: r.level, Findings: r.findings, Statements: r.count,
		Relations: sorted(r.relations), Functions: sorted(r.functions), Touches: r.touched(),
	}
	if v.Findings == nil {
		v.Findings = []Finding{}
	}
	return v
}

func sorted(set map[string]struct{}) []string {
	names := make([]string, 0, len(set))
	for name := range set {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
