package policy

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// Problem is one mistake in a file, at its place.
type Problem struct {
	File         string
	Line, Column int // from 1
	Message      string
	Warning      bool // depends on the world and may be right tomorrow: told, and no reason not to start
}

// Error returns "file:line:column: message".
func (p Problem) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
}

// Problems are all mistakes of some files, in the order of their places.
type Problems []Problem

// Error returns one problem a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i := range p {
		lines[i] = p[i].Error()
	}
	return strings.Join(lines, "\n")
}

// reader reads one file's YAML nodes strictly, and collects what is wrong.
type reader struct {
	file     string
	problems Problems
}

func (r *reader) problem(n *yaml.Node, format string, args ...any) {
	r.problemAt(max(n.Line, 1), max(n.Column, 1), format, args...)
}

func (r *reader) problemAt(line, column int, format string, args ...any) {
	r.problems = append(r.problems, Problem{File: r.file, Line: line, Column: column, Message: fmt.Sprintf(format, args...)})
}

var yamlLine = regexp.MustCompile(`^yaml: (?:unmarshal errors:\n\s*)?line (\d+): `)

// document returns the one mapping that a file holds, nil if there is none.
func (r *reader) document(data []byte) *yaml.Node {
	dec := yaml.NewDecoder(strings.NewReader(string(data)))
	var doc, more yaml.Node
	if err := dec.Decode(&doc); err != nil {
		if err.Error() == "EOF" {
			r.problemAt(1, 1, "the file is empty")
			return nil
		}
		line, message := 1, strings.TrimPrefix(err.Error(), "yaml: ")
		if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
			line, _ = strconv.Atoi(m[1])
			message = strings.TrimPrefix(err.Error(), m[0])
		}
		r.problemAt(line, 1, "is not YAML: %s", message)
		return nil
	}
	if dec.Decode(&more) == nil {
		r.problem(&more, "a file holds one document; remove the `---` between them")
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		r.problem(root, "must be a mapping that begins with `version: 1`")
		return nil
	}
	return root
}

// fields hands each value of a mapping to the function of its key. Unknown and
// doubled keys are problems.
func (r *reader) fields(n *yaml.Node, what string, known map[string]func(v *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		r.problem(n, "%s must be a mapping", what)
		return
	}
	seen := map[string]int{}
	for i := 0; i < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		read, ok := known[key.Value]
		switch {
		case key.Kind != yaml.ScalarNode || !ok:
			r.problem(key, "unknown key %q in %s; known are %s", key.Value, what, among(known))
		case seen[key.Value] > 0:
			r.problem(key, "%q stands in line %d already", key.Value, seen[key.Value])
		case value.Kind == yaml.AliasNode || value.Anchor != "":
			r.problem(value, "anchors and aliases are not read; write it out")
		default:
			read(value)
		}
		seen[key.Value] = key.Line
	}
}

func among(known map[string]func(*yaml.Node)) string {
	var names []string
	for name := range known {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// items hands each item of a list to read. An empty list is a problem: it
// would mean either nothing or everything, and people disagree which.
func (r *reader) items(n *yaml.Node, what string, read func(v *yaml.Node)) {
	if n.Kind != yaml.SequenceNode {
		r.problem(n, "%s must be a list", what)
		return
	}
	if len(n.Content) == 0 {
		r.problem(n, "%s is empty; leave it out, or say which", what)
	}
	for _, item := range n.Content {
		if item.Kind == yaml.AliasNode || item.Anchor != "" {
			r.problem(item, "anchors and aliases are not read; write it out")
			continue
		}
		read(item)
	}
}

func (r *reader) text(n *yaml.Node, what string) string {
	if n.Kind != yaml.ScalarNode || n.Tag != "!!str" {
		r.problem(n, "%s must be text", what)
		return ""
	}
	if strings.TrimSpace(n.Value) == "" {
		r.problem(n, "%s is empty", what)
	}
	return n.Value
}

// texts reads a list of distinct texts, each of which must be fine.
func (r *reader) texts(n *yaml.Node, what string, fine func(string) string) []string {
	var list []string
	r.items(n, what, func(item *yaml.Node) {
		s := r.text(item, "an item of "+what)
		if s == "" {
			return
		}
		if wrong := fine(s); wrong != "" {
			r.problem(item, "%q in %s %s", s, what, wrong)
		} else if slices.Contains(list, s) {
			r.problem(item, "%q stands in %s twice", s, what)
		}
		list = append(list, s)
	})
	return list
}

func (r *reader) boolean(n *yaml.Node, what string) bool {
	if n.Kind != yaml.ScalarNode || n.Tag != "!!bool" {
		r.problem(n, "%s must be true or false", what)
	}
	return strings.EqualFold(n.Value, "true")
}

func (r *reader) integer(n *yaml.Node, what string, least, most int64) int64 {
	i, err := strconv.ParseInt(n.Value, 10, 64)
	if n.Kind != yaml.ScalarNode || n.Tag != "!!int" || err != nil || i < least || i > most {
		r.problem(n, "%s must be a whole number from %d to %d", what, least, most)
		return 0
	}
	return i
}

func (r *reader) duration(n *yaml.Node, what string, most time.Duration) time.Duration {
	d, err := time.ParseDuration(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || d <= 0 || d > most {
		r.problem(n, "%s must be a duration such as 30m or 8h, and at most %s", what, Span(most))
		return 0
	}
	return d
}

// Span writes a duration as people and policy files do: "8h", "1h30m", "45s".
func Span(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
