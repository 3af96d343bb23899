package masking

import (
	"regexp"
	"slices"
	"strings"
)

// shown says which columns a view's columns are made of, as far as its definition
// tells (the server writes it in one way): of each, the words of its expression, and
// whether it is a bare column. nil where the definition is not understood.
func shown(rel *Relation) []expression {
	var all []expression
	for _, branch := range branches(rel.Definition) {
		list := selectList(branch)
		if len(list) != len(rel.Columns) {
			return nil
		}
		if all == nil {
			all = make([]expression, len(list))
		}
		for i, text := range list {
			all[i].add(text)
		}
	}
	return all
}

// expression is what stands in a view's SELECT list.
type expression struct {
	names []string // every name in it
	bare  bool     // it is nothing but a column
}

var (
	anyName  = regexp.MustCompile(`"((?:[^"]|"")+)"|([\pL_][\pL\d_$]*)`)
	bareName = regexp.MustCompile(`^\s*(?:(?:"(?:[^"]|"")+"|[\pL_][\pL\d_$]*)\.)?(?:"(?:[^"]|"")+"|[\pL_][\pL\d_$]*)(?:\s+AS\s+(?:"(?:[^"]|"")+"|[\pL_][\pL\d_$]*))?\s*$`)
	asName   = regexp.MustCompile(`\s+AS\s+(?:"(?:[^"]|"")+"|[\pL_][\pL\d_$]*)\s*$`)
)

func (e *expression) add(text string) {
	e.bare = bareName.MatchString(text)
	for _, m := range anyName.FindAllStringSubmatch(asName.ReplaceAllString(text, ""), -1) {
		e.names = append(e.names, strings.ReplaceAll(m[1], `""`, `"`)+m[2])
	}
}

// branches are the SELECTs of a UNION, whose columns come in the same order.
func branches(definition string) (list []string) {
	definition = strings.TrimSuffix(strings.TrimSpace(definition), ";")
	from := 0
	atTop(definition, func(i int) bool {
		for _, word := range []string{"UNION ALL", "UNION", "EXCEPT", "INTERSECT"} {
			if wordAt(definition, i, word) {
				list = append(list, definition[from:i])
				from = i + len(word)
				break
			}
		}
		return true
	})
	return append(list, definition[from:])
}

// selectList are the expressions between SELECT and FROM.
func selectList(branch string) (list []string) {
	branch = strings.TrimSpace(branch)
	rest, ok := strings.CutPrefix(branch, "SELECT")
	if !ok {
		return nil // WITH: its columns may be anything's
	}
	if after, distinct := strings.CutPrefix(strings.TrimSpace(rest), "DISTINCT "); distinct && !strings.HasPrefix(after, "ON ") {
		rest = after
	}
	from, end := 0, len(rest)
	atTop(rest, func(i int) bool {
		switch {
		case rest[i] == ',':
			list = append(list, rest[from:i])
			from = i + 1
		case wordAt(rest, i, "FROM"):
			end = i
			return false
		}
		return true
	})
	return append(list, rest[from:end])
}

func wordAt(s string, i int, word string) bool {
	return strings.HasPrefix(s[i:], word) && (i == 0 || s[i-1] == ' ' || s[i-1] == '\n') && (i+len(word) == len(s) || s[i+len(word)] == ' ' || s[i+len(word)] == '\n')
}

// atTop calls f with every place that is outside brackets and quotes, until it
// returns false.
func atTop(s string, f func(i int) bool) {
	depth, quote := 0, byte(0)
	for i := range len(s) {
		switch ch := s[i]; {
		case quote != 0:
			if ch == quote {
				quote = 0
			}
		case ch == '\'' || ch == '"':
			quote = ch
		case ch == '(' || ch == '[':
			depth++
		case ch == ')' || ch == ']':
			depth--
		case depth == 0 && !f(i):
			return
		}
	}
}

// sums are functions that say something of many rows, and of nobody.
var sums = setOf(`count sum avg stddev variance percentile_cont percentile_disc row_number rank dense_rank ntile length char_length octet_length`)

// views gives a view's columns the findings of what they show, whatever they are
// called.
func (d *detection) views() (changed bool) {
	for i := range d.relations {
		rel := &d.relations[i]
		if rel.Definition == "" {
			continue
		}
		made := shown(rel)
		for k := range made {
			c := &rel.Columns[k]
			number := !made[k].bare && (numberType(c.Type) || c.Type.Base == "boolean")
			for _, from := range c.From {
				if number && (!numberType(d.column(from).Type) || slicesAny(made[k].names, sums)) {
					continue // a count of addresses is no address
				}
				if slices.Contains(made[k].names, from.Column) {
					changed = d.inherit(ColumnRef{rel.Name, c.Name}, from, "It shows") || changed
				}
			}
		}
	}
	return changed
}
