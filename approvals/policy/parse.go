package policy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"dbaccess/guardrails"
	"dbaccess/internal/expression"
)

// Bounds on what a policy may say.
const (
	maxSeats    = 50
	maxExpires  = 30 * 24 * time.Hour
	maxSentence = 500 // runes: a sentence stands on a card
)

// rule is one rule of a policy.
type rule struct {
	name     string
	file     string
	at       *yaml.Node
	matchers []matcher
	when     *condition // nil = always
	outcome  Outcome
	sentence string
	review   review
	reviewAt *yaml.Node
}

// matcher is one line of a rule that selects requests.
type matcher struct {
	key  string
	want []string
	at   *yaml.Node
}

// review is what a review rule asks for.
type review struct {
	seats     []Seats
	channel   string
	reactions bool
	expires   time.Duration
	standing  *Standing
	channelAt *yaml.Node
}

var (
	ruleName  = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	plainName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*$`)
)

func isPlain(s string) string {
	if !plainName.MatchString(s) {
		return "may have only small letters, digits, dot, dash and underscore"
	}
	return ""
}

func oneOf(names ...string) func(string) string {
	return func(s string) string {
		if !slices.Contains(names, s) {
			return "is unknown; known are " + strings.Join(names, ", ")
		}
		return ""
	}
}

// matcherKeys are the matchers, in the order in which they are tried, and what
// may stand in each.
var matcherKeys = []struct {
	key  string
	fine func(string) string
}{
	{"databases", isPlain},
	{"tags", isPlain},
	{"kinds", oneOf("access", "statement")},
	{"profiles", isPlain},
	{"groups", isPlain},
	{"statements", oneOf(string(guardrails.Read), string(guardrails.Session), string(guardrails.Write), string(guardrails.DDL),
		string(guardrails.Privilege), string(guardrails.Admin), string(guardrails.Unknown))},
	{"levels", oneOf(string(guardrails.Low), string(guardrails.Medium), string(guardrails.High), string(guardrails.Critical))},
}

// parser reads policy files into rules.
type parser struct {
	reader
	rules []rule
	names map[string]string // rule name -> where it stands
}

// readFile reads one file.
func (p *parser) readFile(f File) {
	p.file = f.Name
	root := p.document(f.Data)
	if root == nil {
		return
	}
	var version, rules *yaml.Node
	p.fields(root, "a policy file", map[string]func(*yaml.Node){
		"version": func(v *yaml.Node) { version = v; p.integer(v, "version", 1, 1) },
		"rules": func(v *yaml.Node) {
			rules = v
			p.items(v, "rules", p.rule)
		},
	})
	if version == nil {
		p.problem(root, "`version: 1` is missing")
	}
	if rules == nil {
		p.problem(root, "`rules` is missing")
	}
}

// rule reads one rule.
func (p *parser) rule(n *yaml.Node) {
	r := rule{file: p.file, at: n}
	said := []string{} // of allow, deny and review
	known := map[string]func(*yaml.Node){
		"name": func(v *yaml.Node) { r.name = p.ruleName(v) },
		"when": func(v *yaml.Node) { r.when = p.condition(v) },
		"allow": func(v *yaml.Node) {
			said = append(said, "allow")
			r.outcome = Allow
			if !p.boolean(v, "allow") {
				p.problem(v, "allow can only be true; to refuse, write `deny:` and a sentence")
			}
		},
		"deny": func(v *yaml.Node) {
			said = append(said, "deny")
			r.outcome, r.sentence = Deny, p.sentence(v, "deny")
		},
		"review": func(v *yaml.Node) {
			said = append(said, "review")
			r.outcome = Review
			p.review(v, &r)
		},
	}
	for _, m := range matcherKeys {
		known[m.key] = func(v *yaml.Node) {
			r.matchers = append(r.matchers, matcher{m.key, p.texts(v, m.key, m.fine), v})
		}
	}
	p.fields(n, "a rule", known)
	if n.Kind != yaml.MappingNode {
		return
	}
	if r.name == "" && !has(n, "name") {
		p.problem(n, "a rule needs a name")
	}
	switch {
	case len(said) == 0:
		p.problem(n, "rule %q says nothing: it needs `allow: true`, `deny:` with a sentence, or `review:`", r.name)
	case len(said) > 1:
		p.problem(n, "rule %q says %s; it must say one thing", r.name, strings.Join(said, " and "))
	}
	slices.SortFunc(r.matchers, func(a, b matcher) int { return order(a.key) - order(b.key) })
	p.rules = append(p.rules, r)
}

func order(key string) int {
	for i, m := range matcherKeys {
		if m.key == key {
			return i
		}
	}
	return -1
}

func has(n *yaml.Node, key string) bool {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return true
		}
	}
	return false
}

// matches returns what the rule's matcher of that key lists, nil if none.
func (r rule) matches(key string) []string {
	for _, m := range r.matchers {
		if m.key == key {
			return m.want
		}
	}
	return nil
}

func (p *parser) ruleName(v *yaml.Node) string {
	name := p.text(v, "name")
	if name == "" {
		return ""
	}
	if len(name) > 64 || !ruleName.MatchString(name) {
		p.problem(v, "name %q must be small letters and digits joined by dashes, at most 64", name)
	}
	where := fmt.Sprintf("%s:%d", p.file, v.Line)
	if first, taken := p.names[name]; taken {
		p.problem(v, "name %q is taken by the rule at %s", name, first)
	} else {
		p.names[name] = where
	}
	return name
}

func (p *parser) sentence(v *yaml.Node, what string) string {
	s := strings.Join(strings.Fields(p.text(v, what)), " ")
	if n := len([]rune(s)); n > maxSentence {
		p.problem(v, "%s has %d characters, and may have %d", what, n, maxSentence)
	}
	return s
}

// condition reads a `when`. Problems in a one-line condition are told at their
// column in the file.
func (p *parser) condition(v *yaml.Node) *condition {
	text := p.text(v, "when")
	if text == "" {
		return nil
	}
	if len(text) > expression.MaxBytes {
		p.problem(v, "when has %d bytes, and may have %d", len(text), expression.MaxBytes)
		return nil
	}
	c, flaws := compile(text)
	for _, f := range flaws {
		line, column := v.Line, v.Column
		switch v.Style {
		case yaml.LiteralStyle:
			line += f.Line
			column = f.Column + 1
		case yaml.FoldedStyle:
		case yaml.DoubleQuotedStyle, yaml.SingleQuotedStyle:
			column += 1 + f.Column
		default:
			column += f.Column
		}
		p.problemAt(line, column, "when: %s", f.Message)
	}
	return c
}

// review reads what a review rule asks for.
func (p *parser) review(v *yaml.Node, r *rule) {
	r.reviewAt = v
	var seats, groups, count *yaml.Node
	p.fields(v, "review", map[string]func(*yaml.Node){
		"seats":  func(n *yaml.Node) { seats = n },
		"groups": func(n *yaml.Node) { groups = n },
		"count":  func(n *yaml.Node) { count = n },
		"channel": func(n *yaml.Node) {
			r.review.channel, r.review.channelAt = p.text(n, "channel"), n
			if wrong := isPlain(r.review.channel); wrong != "" && r.review.channel != "" {
				p.problem(n, "channel %q %s; it is a channel's name, without #", r.review.channel, wrong)
			}
		},
		"reactions": func(n *yaml.Node) { r.review.reactions = p.boolean(n, "reactions") },
		"why":       func(n *yaml.Node) { r.sentence = p.sentence(n, "why") },
		"expires":   func(n *yaml.Node) { r.review.expires = p.duration(n, "expires", maxExpires) },
		"standing":  func(n *yaml.Node) { r.review.standing = p.standing(n) },
	})
	if v.Kind != yaml.MappingNode {
		return
	}
	switch {
	case seats != nil && (groups != nil || count != nil):
		p.problem(v, "a review has either `seats` or `groups` and `count`, not both")
	case seats != nil:
		r.review.seats = p.seats(seats)
	default:
		r.review.seats = append(r.review.seats, p.seat(v, groups, count))
	}
	people := 0
	for _, s := range r.review.seats {
		people += s.Count
	}
	if people > maxSeats {
		p.problem(v, "a review asks for %d people, and may ask for %d", people, maxSeats)
	}
}

// seats reads a list of seats.
func (p *parser) seats(v *yaml.Node) []Seats {
	var list []Seats
	p.items(v, "seats", func(n *yaml.Node) {
		var groups, count *yaml.Node
		p.fields(n, "a seat", map[string]func(*yaml.Node){
			"groups": func(n *yaml.Node) { groups = n },
			"count":  func(n *yaml.Node) { count = n },
		})
		if n.Kind == yaml.MappingNode {
			list = append(list, p.seat(n, groups, count))
		}
	})
	return list
}

// seat reads one line of seats; without a count it is for one person.
func (p *parser) seat(at, groups, count *yaml.Node) Seats {
	s := Seats{Count: 1}
	if groups == nil {
		p.problem(at, "a review needs `groups`: whose members may take part")
	} else {
		s.Groups = p.texts(groups, "groups", isPlain)
	}
	if count != nil {
		s.Count = int(p.integer(count, "count", 1, maxSeats))
	}
	return s
}
