package policy

import (
	"fmt"
	"slices"
	"strings"
)

// Known is what a config knows, for checking a policy against it.
type Known struct {
	Databases map[string][]string // name -> its profiles
	Tags      []string            // of all databases
	Groups    map[string][]string // group -> names of its members
	Services  []string            // groups that services are in: they may ask, and take no seat
	Channels  []string            // approval channels that the config names
}

// standard are the profiles that every policy may speak of, whether or not
// some database has them: the shipped policy does.
var standard = []string{"masked-read", "read", "write"}

// Check compares the policy with a config, and returns what does not fit: names
// that nothing has, and reviews that these people could never give. A group in
// which nobody is yet is a warning, since people come and go; everything else is a
// mistake.
func (s *Set) Check(known Known) []Problem {
	c := checker{Known: known}
	for i := range s.rules {
		c.rule(&s.rules[i])
	}
	return c.problems
}

// checker collects what is wrong.
type checker struct {
	Known
	problems []Problem
}

func (c *checker) problem(r *rule, line, column int, warning bool, format string, args ...any) {
	c.problems = append(c.problems, Problem{
		File: r.file, Line: line, Column: column, Warning: warning,
		Message: fmt.Sprintf("rule %q: ", r.name) + fmt.Sprintf(format, args...),
	})
}

func (c *checker) rule(r *rule) {
	for _, m := range r.matchers {
		for i, name := range m.want {
			at := m.at.Content[i]
			if wrong, warning := c.unknown(r, m.key, name); wrong != "" {
				c.problem(r, at.Line, at.Column, warning, "%s", wrong)
			}
		}
	}
	if r.outcome != Review {
		return
	}
	if ch := r.review.channel; ch != "" && !slices.Contains(c.Channels, ch) {
		c.problem(r, r.review.channelAt.Line, r.review.channelAt.Column, false,
			"no channel is named %q; known are %s", ch, list(c.Channels))
	}
	c.seats(r)
}

// unknown says what is wrong with a name in a matcher, "" if nothing is.
func (c *checker) unknown(r *rule, key, name string) (wrong string, warning bool) {
	switch key {
	case "databases":
		if _, ok := c.Databases[name]; !ok {
			return fmt.Sprintf("no database is named %q; known are %s", name, list(keys(c.Databases))), false
		}
	case "tags":
		if !slices.Contains(c.Tags, name) {
			return fmt.Sprintf("no database is tagged %q; known are %s", name, list(c.Tags)), false
		}
	case "profiles":
		of := c.profiles(r)
		if !slices.Contains(of, name) && !slices.Contains(standard, name) {
			return fmt.Sprintf("no database that this rule is for has the profile %q; known are %s", name, list(of)), false
		}
	case "groups":
		if len(c.Groups[name]) == 0 && !slices.Contains(c.Services, name) {
			return fmt.Sprintf("nobody is in the group %q, so this rule is for nobody", name), true
		}
	}
	return "", false
}

// profiles are those of the databases that the rule is for.
func (c *checker) profiles(r *rule) []string {
	names := r.matches("databases")
	if names == nil {
		names = keys(c.Databases)
	}
	var of []string
	for _, name := range names {
		of = append(of, c.Databases[name]...)
	}
	return distinct(of)
}

// seats checks that the people there are could give the review at all.
func (c *checker) seats(r *rule) {
	line, column := r.reviewAt.Line, r.reviewAt.Column
	empty := false
	named := map[string]bool{}
	need := 0
	for _, s := range r.review.seats {
		need += s.Count
		members := 0
		for _, group := range s.Groups {
			members += len(c.Groups[group])
			if len(c.Groups[group]) == 0 && !named[group] {
				named[group] = true
				c.problem(r, line, column, true, "nobody is in the group %q", group)
			}
		}
		if members == 0 {
			empty = true
		}
	}
	if empty {
		return // told already, and a warning only
	}
	if _, seated := Fill(r.review.seats, c.everybody()); seated < need {
		c.problem(r, line, column, false, "needs %s, and its groups have people for %d of %d seats only",
			Wanted(r.review.seats), seated, need)
	}
}

// everybody is in some group, each with all their groups.
func (c *checker) everybody() []Member {
	groups := map[string][]string{}
	for _, group := range keys(c.Groups) {
		for _, name := range c.Groups[group] {
			groups[name] = append(groups[name], group)
		}
	}
	var all []Member
	for _, name := range keys(groups) {
		all = append(all, Member{Name: name, Groups: groups[name]})
	}
	return all
}

func keys[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func list(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
