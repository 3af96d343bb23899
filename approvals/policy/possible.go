package policy

import (
	"fmt"
	"slices"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
)

// Possible reports whether a request of in's principal, kind, profile and
// database could be anything but denied. What a request says only when it is
// made is not looked at: its duration, reason, statement, row bound and verdict.
// A rule that depends on one of them may match or not. What cannot be evaluated
// denies, as in [Set.Route], and so does a nil Set.
//
// It is for offering people what they may ask for; it decides nothing.
func (s *Set) Possible(in Input) bool {
	if s == nil {
		return false
	}
	known, err := cel.PartialVars(facts(in), unsaid...)
	if err != nil {
		return false
	}
	possible := false
	for i := range s.rules {
		r := &s.rules[i]
		if r.outcome != Deny && possible {
			continue // only deny rules may still speak
		}
		may, must, err := r.mayMatch(in, known)
		switch denies := r.outcome == Deny || err != nil; {
		case denies && must:
			return false
		case !denies && may:
			possible = true
		}
	}
	return possible
}

// unsaid are the facts that a request brings along when it is made.
var unsaid = []*cel.AttributePatternType{
	cel.AttributePattern("request").QualString("duration"),
	cel.AttributePattern("request").QualString("reason"),
	cel.AttributePattern("request").QualString("statement"),
	cel.AttributePattern("request").QualString("row_bound"),
	cel.AttributePattern("verdict"),
}

// mayMatch reports whether the rule matches some request like in, and whether
// it matches every one. An error means that its condition cannot be evaluated,
// whatever the request will say.
func (r *rule) mayMatch(in Input, known cel.PartialActivation) (may, must bool, err error) {
	must = true
	for _, m := range r.matchers {
		if m.key == "statements" || m.key == "levels" { // the verdict's
			if in.Request.Kind != "statement" && in.Principal.Kind != "service" { // whose job may have files
				return false, false, nil
			}
			must = false
			continue
		}
		if !m.matches(in) {
			return false, false, nil
		}
	}
	if r.when == nil {
		return true, must, nil
	}
	holds, sure, err := r.when.mayHold(known)
	return holds || err != nil, must && (sure || err != nil), err
}

// mayHold evaluates the condition with what is known: whether it may hold, and
// whether it is sure to.
func (c *condition) mayHold(known cel.PartialActivation) (may, sure bool, err error) {
	out, _, err := c.partial.Eval(known)
	if err != nil {
		return false, false, err
	}
	if types.IsUnknown(out) {
		return true, false, nil
	}
	yes, ok := out.Value().(bool)
	if !ok {
		return false, false, fmt.Errorf("the condition is neither true nor false but %v", out.Type())
	}
	return yes, yes, nil
}

// matches reports whether the matcher selects in.
func (m matcher) matches(in Input) bool {
	return slices.ContainsFunc(in.of(m.key), func(s string) bool { return slices.Contains(m.want, s) })
}
