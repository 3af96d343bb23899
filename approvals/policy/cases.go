package policy

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"gopkg.in/yaml.v3"

	"dbaccess/guardrails"
)

// Case is one test of a policy: a request that was never made, and the route
// that it should have.
type Case struct {
	File   string
	Line   int
	Name   string
	Input  Input
	Expect Expect

	classified bool // the file gives the verdict itself
}

// Expect is what a case wants of its route. Only what is said is compared.
type Expect struct {
	Outcome   Outcome
	Rule      string   // empty = any
	Seats     []Seats  // nil = any
	Reactions *bool    // nil = either
	Channel   *string  // nil = any
	Standing  []string // scopes that reviewers may choose of; nil = any
}

// Result is how one case went.
type Result struct {
	Case  Case
	Route Route
	Wrong []string // what differs, one sentence each; none = passed
}

// ParseCases reads files of tests. All problems are reported at once; the error
// is then of type [Problems].
func ParseCases(files ...File) ([]Case, error) {
	var c caseReader
	for _, f := range files {
		c.readFile(f)
	}
	if len(c.problems) > 0 {
		sortProblems(c.problems, files)
		return nil, c.problems
	}
	return c.cases, nil
}

// Try finds the route of each case and compares. Statements whose case gives no
// verdict are classified by classify.
func (s *Set) Try(cases []Case, classify func(sql string) guardrails.Verdict) []Result {
	results := make([]Result, 0, len(cases))
	for _, c := range cases {
		if c.Input.Request.Kind == "statement" && !c.classified {
			c.Input.Verdict = classify(c.Input.Request.Statement)
		}
		route := s.Route(c.Input)
		results = append(results, Result{Case: c, Route: route, Wrong: c.Expect.compare(route)})
	}
	return results
}

// compare says what of the route is not as expected.
func (e Expect) compare(r Route) []string {
	var wrong []string
	if r.Outcome != e.Outcome {
		wrong = append(wrong, fmt.Sprintf("the outcome is %s, not %s", r.Outcome, e.Outcome))
	}
	if e.Rule != "" && r.Rule != e.Rule {
		wrong = append(wrong, fmt.Sprintf("the rule is %s, not %s", cmp.Or(r.Rule, "none"), e.Rule))
	}
	if e.Seats != nil && Wanted(r.Seats) != Wanted(e.Seats) {
		wrong = append(wrong, fmt.Sprintf("the seats are %s, not %s", cmp.Or(Wanted(r.Seats), "none"), Wanted(e.Seats)))
	}
	if e.Reactions != nil && r.Reactions != *e.Reactions {
		wrong = append(wrong, fmt.Sprintf("reactions are %v, not %v", r.Reactions, *e.Reactions))
	}
	if e.Channel != nil && r.Channel != *e.Channel {
		wrong = append(wrong, fmt.Sprintf("the channel is %q, not %q", r.Channel, *e.Channel))
	}
	if w := e.standing(r); w != "" {
		wrong = append(wrong, w)
	}
	return wrong
}

// caseReader reads files of tests.
type caseReader struct {
	reader
	cases []Case
}

func (c *caseReader) readFile(f File) {
	c.file = f.Name
	root := c.document(f.Data)
	if root == nil {
		return
	}
	c.fields(root, "a file of tests", map[string]func(*yaml.Node){
		"version": func(v *yaml.Node) { c.integer(v, "version", 1, 1) },
		"tests":   func(v *yaml.Node) { c.items(v, "tests", c.readCase) },
	})
	for _, key := range []string{"version", "tests"} {
		if !has(root, key) {
			c.problem(root, "`%s` is missing", key)
		}
	}
}

func (c *caseReader) readCase(n *yaml.Node) {
	t := Case{File: c.file, Line: n.Line}
	in := &t.Input
	in.Principal.Kind = "person"
	c.fields(n, "a test", map[string]func(*yaml.Node){
		"name":      func(v *yaml.Node) { t.Name = c.text(v, "name") },
		"request":   func(v *yaml.Node) { c.request(v, &in.Request) },
		"principal": func(v *yaml.Node) { c.principal(v, &in.Principal) },
		"database": func(v *yaml.Node) {
			c.fields(v, "database", map[string]func(*yaml.Node){
				"name": func(v *yaml.Node) { in.Database.Name = c.text(v, "name") },
				"tags": func(v *yaml.Node) { in.Database.Tags = c.texts(v, "tags", isPlain) },
			})
		},
		"verdict": func(v *yaml.Node) { t.classified = true; c.verdict(v, &in.Verdict) },
		"expect":  func(v *yaml.Node) { c.expect(v, &t.Expect) },
	})
	for _, key := range []string{"name", "request", "expect"} {
		if n.Kind == yaml.MappingNode && !has(n, key) {
			c.problem(n, "a test needs `%s`", key)
		}
	}
	if t.classified && in.Request.Kind == "access" && !in.Request.Job {
		c.problem(n, "an access request has no verdict, unless it is a job's (`request.job: true`)")
	}
	if in.Request.Kind == "statement" && in.Request.Statement == "" && !t.classified {
		c.problem(n, "a statement's test needs its `request.statement` or its `verdict`")
	}
	c.cases = append(c.cases, t)
}

func (c *caseReader) request(v *yaml.Node, r *RequestFacts) {
	c.fields(v, "request", map[string]func(*yaml.Node){
		"kind":      func(v *yaml.Node) { r.Kind = c.choice(v, "kind", "access", "statement") },
		"profile":   func(v *yaml.Node) { r.Profile = c.text(v, "profile") },
		"masked":    func(v *yaml.Node) { r.Masked = c.boolean(v, "masked") },
		"duration":  func(v *yaml.Node) { r.Duration = c.duration(v, "duration", 365*24*time.Hour) },
		"reason":    func(v *yaml.Node) { r.Reason = c.text(v, "reason") },
		"statement": func(v *yaml.Node) { r.Statement = c.text(v, "statement") },
		"row_bound": func(v *yaml.Node) { r.RowBound = c.integer(v, "row_bound", 0, 1<<53) },
		"job":       func(v *yaml.Node) { r.Job = c.boolean(v, "job") },
		"files":     func(v *yaml.Node) { r.Files = c.texts(v, "files", func(string) string { return "" }) },
	})
	if v.Kind == yaml.MappingNode && !has(v, "kind") {
		c.problem(v, "a request needs `kind`: access or statement")
	}
}

func (c *caseReader) principal(v *yaml.Node, p *PrincipalFacts) {
	c.fields(v, "principal", map[string]func(*yaml.Node){
		"kind":     func(v *yaml.Node) { p.Kind = c.choice(v, "kind", "person", "service", "agent") },
		"name":     func(v *yaml.Node) { p.Name = c.text(v, "name") },
		"email":    func(v *yaml.Node) { p.Email = c.text(v, "email") },
		"groups":   func(v *yaml.Node) { p.Groups = c.texts(v, "groups", isPlain) },
		"acts_for": func(v *yaml.Node) { p.For = c.text(v, "acts_for") },
		"claims":   func(v *yaml.Node) { p.Claims = c.claims(v) },
	})
}

func (c *caseReader) verdict(v *yaml.Node, verdict *guardrails.Verdict) {
	anything := func(string) string { return "" }
	verdict.Statements = 1
	c.fields(v, "verdict", map[string]func(*yaml.Node){
		"kind": func(v *yaml.Node) {
			verdict.Kind = guardrails.Kind(c.choice(v, "kind", "read", "session", "write", "ddl", "privilege", "admin", "unknown"))
		},
		"level": func(v *yaml.Node) {
			verdict.Level = guardrails.Level(c.choice(v, "level", "low", "medium", "high", "critical"))
		},
		"statements": func(v *yaml.Node) { verdict.Statements = int(c.integer(v, "statements", 0, 1000)) },
		"relations":  func(v *yaml.Node) { verdict.Relations = c.texts(v, "relations", anything) },
		"functions":  func(v *yaml.Node) { verdict.Functions = c.texts(v, "functions", anything) },
		"rules": func(v *yaml.Node) {
			for _, id := range c.texts(v, "rules", anything) {
				verdict.Findings = append(verdict.Findings, guardrails.Finding{Rule: id})
			}
		},
	})
	for _, key := range []string{"kind", "level"} {
		if v.Kind == yaml.MappingNode && !has(v, key) {
			c.problem(v, "a verdict needs `%s`", key)
		}
	}
}

func (c *caseReader) expect(v *yaml.Node, e *Expect) {
	c.fields(v, "expect", map[string]func(*yaml.Node){
		"outcome": func(v *yaml.Node) { e.Outcome = Outcome(c.choice(v, "outcome", "allow", "deny", "review")) },
		"rule":    func(v *yaml.Node) { e.Rule = c.text(v, "rule") },
		"seats": func(v *yaml.Node) {
			p := parser{reader: reader{file: c.file}}
			e.Seats = p.seats(v)
			c.problems = append(c.problems, p.problems...)
		},
		"reactions": func(v *yaml.Node) { b := c.boolean(v, "reactions"); e.Reactions = &b },
		"channel":   func(v *yaml.Node) { s := c.text(v, "channel"); e.Channel = &s },
		"standing": func(v *yaml.Node) {
			e.Standing = []string{}
			if v.Kind == yaml.SequenceNode && len(v.Content) == 0 {
				return // nothing may stand
			}
			e.Standing = c.texts(v, "standing", oneOf("once", "commit", "content", "level"))
		},
	})
	if v.Kind == yaml.MappingNode && !has(v, "outcome") {
		c.problem(v, "a test needs `expect.outcome`: allow, deny or review")
	}
}

// claims reads what a token says: texts by their names.
func (c *caseReader) claims(v *yaml.Node) map[string]string {
	claims := map[string]string{}
	if v.Kind != yaml.MappingNode {
		c.problem(v, "claims must be a mapping")
		return claims
	}
	for i := 0; i+1 < len(v.Content); i += 2 {
		claims[v.Content[i].Value] = c.text(v.Content[i+1], "a claim")
	}
	return claims
}

func (r *reader) choice(v *yaml.Node, what string, names ...string) string {
	s := r.text(v, what)
	if s != "" && !slices.Contains(names, s) {
		r.problem(v, "%s %q %s", what, s, oneOf(names...)(s))
	}
	return s
}
