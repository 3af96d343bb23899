package policy

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"dbaccess/guardrails"
)

// Standing says what reviewers of a job may approve beside its one run.
type Standing struct {
	Scopes  []string         `json:"scopes"`  // once, commit, content, level: see approvals.Scope
	Days    int              `json:"days"`    // for how long at most
	Level   guardrails.Level `json:"level"`   // files that are graver are approved for once only
	Outside Outcome          `json:"outside"` // what becomes of a run that no standing approval covers, where there is one: Review or Deny
}

// What holds where a rule does not say otherwise, and the most that it may say.
const (
	standingDays  = 30
	standingLevel = guardrails.Medium
	maxStanding   = 366
)

// Offers reports whether reviewers may approve for that scope.
func (s *Standing) Offers(scope string) bool {
	return s != nil && slices.Contains(s.Scopes, scope)
}

// standing reads for what the reviewers of a rule may approve jobs.
func (p *parser) standing(n *yaml.Node) *Standing {
	s := &Standing{Days: standingDays, Level: standingLevel, Outside: Review}
	p.fields(n, "standing", map[string]func(*yaml.Node){
		"scopes": func(v *yaml.Node) { s.Scopes = p.texts(v, "scopes", oneOf("once", "commit", "content", "level")) },
		"days":   func(v *yaml.Node) { s.Days = int(p.integer(v, "days", 1, maxStanding)) },
		"level": func(v *yaml.Node) {
			level := p.text(v, "level")
			s.Level = guardrails.Level(level)
			if wrong := oneOf(string(guardrails.Low), string(guardrails.Medium), string(guardrails.High), string(guardrails.Critical))(level); wrong != "" && level != "" {
				p.problem(v, "level %q %s", level, wrong)
			}
		},
		"outside": func(v *yaml.Node) {
			outside := p.text(v, "outside")
			s.Outside = Outcome(outside)
			if wrong := oneOf(string(Review), string(Deny))(outside); wrong != "" && outside != "" {
				p.problem(v, "outside %q %s", outside, wrong)
			}
		},
	})
	if n.Kind == yaml.MappingNode && !has(n, "scopes") {
		p.problem(n, "standing needs `scopes`: for which later runs reviewers may approve, such as [commit, content]")
	}
	return s
}

// standing says what of the route's scopes is not as expected, or nothing.
func (e Expect) standing(r Route) string {
	offered := []string{}
	if r.Standing != nil {
		offered = r.Standing.Scopes
	}
	if e.Standing == nil || slices.Equal(e.Standing, offered) {
		return ""
	}
	return "the standing scopes are " + list(offered) + ", not " + strings.Join(e.Standing, ", ")
}
