package policy

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// Set is a parsed policy: rules in their order. It does not change.
type Set struct {
	Version string // "sha256:" and 12 hex digits of the files' bytes
	rules   []rule
}

// File is one policy file.
type File struct {
	Name string
	Data []byte
}

// Parse reads policy files: their rules stand one after another in the order
// of the files. All problems are reported at once, each with file, line and
// column; the error is then of type [Problems].
func Parse(files ...File) (*Set, error) {
	p := parser{names: map[string]string{}}
	if len(files) == 0 {
		return nil, Problems{{File: "policy", Line: 1, Column: 1, Message: "there is no policy file"}}
	}
	h := sha256.New()
	for _, f := range files {
		p.readFile(f)
		// Prefixed by the length, so that moving bytes from one file to the next
		// makes another version.
		_ = binary.Write(h, binary.BigEndian, uint64(len(f.Data)))
		h.Write(f.Data)
	}
	if len(p.problems) > 0 {
		sortProblems(p.problems, files)
		return nil, p.problems
	}
	return &Set{Version: "sha256:" + hex.EncodeToString(h.Sum(nil))[:12], rules: p.rules}, nil
}

// sortProblems puts problems into the order of reading: files as given, then
// lines and columns.
func sortProblems(list Problems, files []File) {
	at := func(name string) int {
		return slices.IndexFunc(files, func(f File) bool { return f.Name == name })
	}
	slices.SortStableFunc(list, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(at(a.File), at(b.File)), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

// Rules returns the names of the rules, in their order.
func (s *Set) Rules() []string {
	names := make([]string, len(s.rules))
	for i := range s.rules {
		names[i] = s.rules[i].name
	}
	return names
}

// Groups returns the groups out of which the policy wants reviewers, sorted.
func (s *Set) Groups() []string {
	var names []string
	for _, r := range s.rules {
		for _, seats := range r.review.seats {
			names = append(names, seats.Groups...)
		}
	}
	return distinct(names)
}

// Channels returns the approval channels that rules name, sorted.
func (s *Set) Channels() []string {
	var names []string
	for _, r := range s.rules {
		if r.review.channel != "" {
			names = append(names, r.review.channel)
		}
	}
	return distinct(names)
}

func distinct(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

// Route finds the route of in. A condition that cannot be evaluated denies, and
// so does a policy that is not there (a nil Set).
func (s *Set) Route(in Input) Route {
	if s == nil {
		return Route{Outcome: Deny, Sentence: "There is no policy in force."}
	}
	out := Route{Outcome: Deny, Version: s.Version, Sentence: "No rule of the policy covers this request."}
	known := facts(in)
	var denied, chosen *rule
	var trouble string
	for i := range s.rules {
		r := &s.rules[i]
		if r.outcome != Deny && chosen != nil {
			continue // the first one counts; only deny rules may still speak
		}
		matched, why, err := r.match(in, known)
		if err != nil {
			matched, why = true, fmt.Sprintf("denies, because its condition cannot be evaluated: %v", err)
			if denied == nil {
				denied = r
				trouble = fmt.Sprintf("The policy's rule %q could not be evaluated, so this request is refused.", r.name)
			}
		} else if matched && r.outcome == Deny && denied == nil {
			denied = r
		} else if matched && r.outcome != Deny {
			chosen = r
		}
		out.Steps = append(out.Steps, Step{Rule: r.name, Matched: matched, Why: why})
	}
	switch {
	case denied != nil:
		out.Rule, out.Sentence = denied.name, cmp.Or(trouble, denied.sentence)
	case chosen != nil:
		chosen.decide(&out)
	}
	return out
}

// decide lets an allow or review rule say what the route is.
func (r *rule) decide(out *Route) {
	out.Outcome, out.Rule, out.Sentence = r.outcome, r.name, r.sentence
	if r.outcome == Allow {
		out.Sentence = fmt.Sprintf("Allowed by the policy's rule %q.", r.name)
		return
	}
	out.Seats = make([]Seats, len(r.review.seats))
	for i, seats := range r.review.seats {
		out.Seats[i] = Seats{Groups: slices.Clone(seats.Groups), Count: seats.Count}
	}
	out.Channel, out.Reactions, out.Expires, out.Standing = r.review.channel, r.review.reactions, r.review.expires, r.review.standing
	if out.Sentence == "" {
		out.Sentence = "This needs " + Wanted(out.Seats) + "."
	}
}

// match reports whether the rule is for in, and which part of it is not, or
// what the rule says.
func (r *rule) match(in Input, known map[string]any) (bool, string, error) {
	for _, m := range r.matchers {
		if !m.matches(in) {
			return false, m.missed(in.of(m.key)), nil
		}
	}
	if r.when != nil {
		yes, err := r.when.holds(known)
		if err != nil {
			return false, "", err
		}
		if !yes {
			return false, "its condition does not hold: " + strings.Join(strings.Fields(r.when.text), " "), nil
		}
	}
	switch r.outcome {
	case Allow:
		return true, "allows without a review", nil
	case Deny:
		return true, "denies: " + r.sentence, nil
	}
	return true, "asks for " + Wanted(r.review.seats), nil
}

// of returns what a request has for the matcher of that key.
func (in Input) of(key string) []string {
	one := func(s string) []string {
		if s == "" {
			return nil
		}
		return []string{s}
	}
	switch key {
	case "databases":
		return one(in.Database.Name)
	case "tags":
		return in.Database.Tags
	case "kinds":
		return one(in.Request.Kind)
	case "profiles":
		return one(in.Request.Profile)
	case "groups":
		return in.Principal.Groups
	case "statements":
		return one(string(in.Verdict.Kind))
	case "levels":
		return one(string(in.Verdict.Level))
	}
	return nil
}

// missed says why a matcher does not match.
func (m matcher) missed(have []string) string {
	want := strings.Join(m.want, ", ")
	switch m.key {
	case "groups":
		return "only for requesters in " + want
	case "tags":
		return "only for databases tagged " + want
	case "statements", "levels":
		if len(have) == 0 {
			return "only for statement requests"
		}
	}
	if strings.Join(have, "") == "" {
		return fmt.Sprintf("only for %s %s, and none is named", m.key, want)
	}
	return fmt.Sprintf("only for %s %s, and this is %s", m.key, want, strings.Join(have, ", "))
}

// Wanted says whom a review asks for: "2 of shop-owners and 1 of admins or leads".
func Wanted(seats []Seats) string {
	parts := make([]string, len(seats))
	for i, s := range seats {
		parts[i] = fmt.Sprintf("%d of %s", s.Count, strings.Join(s.Groups, " or "))
	}
	return strings.Join(parts, " and ")
}
