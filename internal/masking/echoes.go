package masking

import (
	"slices"
	"strings"
	"unicode"
)

// Bounds of what counts as an echo.
const (
	shortestEcho = 4 // letters of a name's word
	fewestEchoes = 3 // different ones
	longestShort = 60
	mostKept     = 200
	fewestShared = 3
	surelyShared = 8 // as many may be wrong in part
)

// echoes finds columns that repeat, within a row, what another one says of somebody:
// slugs and logins made of names, texts to search in.
func echoes(list []judgement, found []verdict, s Sample) {
	var sources []int
	for i, v := range found {
		if v.sure >= .7 && isText(list[i].column.Type) && (v.entity == PersonName || v.entity == Email || v.entity == Username) && list[i].content != nil && list[i].content.seen >= fewestEchoes {
			sources = append(sources, i)
		}
	}
	if len(sources) == 0 {
		return
	}
	parts := make([][][]string, len(sources))
	for k, i := range sources {
		parts[k] = make([][]string, len(s.Rows))
		for r, row := range s.Rows {
			if !row[i].Null && !holder(row[i].Text) {
				parts[k][r] = nameWords(row[i].Text)
			}
		}
	}
	for i := range list {
		j := &list[i]
		if found[i].sure >= threshold || !isText(j.column.Type) || j.content == nil || j.content.seen < fewestEchoes || len(j.column.References) > 0 || j.content.chars > 200*j.content.filled {
			continue
		}
		if repeats(s, i, parts) {
			found[i] = verdict{Username, .7, "It repeats what another column of its row says of somebody."}
			if j.content.spoken*2 > j.content.filled && j.hint.entity != Username {
				found[i].entity = PersonName
			}
		}
	}
}

// nameWords are the words of a name or of what stands before an address's @.
func nameWords(s string) (words []string) {
	s, _, _ = strings.Cut(s, "@")
	for w := range strings.FieldsFuncSeq(plainWord(s), func(r rune) bool { return !unicode.IsLetter(r) }) {
		if len(w) >= shortestEcho {
			words = append(words, w)
		}
	}
	return words
}

// repeats reports whether in most rows a column has a word of one of the sources.
func repeats(s Sample, column int, sources [][][]string) bool {
	plain := make([]string, len(s.Rows))
	for r, row := range s.Rows {
		if !row[column].Null && !holder(row[column].Text) {
			plain[r] = plainWord(row[column].Text)
		}
	}
	for _, parts := range sources {
		both, same := 0, 0
		kinds := map[string]bool{}
		for r, text := range plain {
			if text == "" || len(parts[r]) == 0 {
				continue
			}
			both++
			for _, w := range parts[r] {
				if strings.Contains(text, w) {
					same++
					kinds[w] = true
					break
				}
			}
		}
		if both >= fewestEchoes && same*2 >= both && len(kinds) >= fewestEchoes {
			return true
		}
	}
	return false
}

// keep remembers some short texts of a column, for comparing it with others.
func (d *detection) keep(ref ColumnRef, j *judgement) {
	c := j.content
	if c == nil || !isText(j.column.Type) || c.seen < fewestShared || c.chars > longestShort*c.filled {
		return
	}
	var list []string
	for v := range c.distinct {
		if len(v) >= shortestEcho && len(v) <= longestShort {
			list = append(list, strings.ToLower(v))
		}
		if len(list) == mostKept {
			break
		}
	}
	d.values[ref] = list
}

// shared finds columns most of whose values are those of a column elsewhere that
// names people one by one: logins in a log, names in somebody's list.
func (d *detection) shared() {
	owners := map[string]Entity{}
	for ref, values := range d.values {
		f := d.found[ref]
		if f.Sensitive && f.Confidence >= .7 && named(f.Entity) {
			for _, v := range values {
				owners[v] = f.Entity
			}
		}
	}
	if len(owners) == 0 {
		return
	}
	names := d.nameTokens()
	for ref, values := range d.values {
		f := d.found[ref]
		if f.Sensitive || len(values) < fewestShared || len(d.column(ref).References) > 0 {
			continue
		}
		count := map[Entity]int{}
		whole := 0
		for _, v := range values {
			if e, ok := owners[v]; ok {
				count[e]++
			}
			if allNames(v, names) || loginOf(v, names) {
				whole++
			}
		}
		why := "Most of its values are those of a column that names people."
		for e, n := range count {
			if mostOf(n, len(values)) {
				d.mark(ref, e, .65, why)
			}
		}
		if !f.Sensitive && mostOf(whole, len(values)) && !notPeople.any(tokens(ref.Column)) {
			d.mark(ref, PersonName, .65, "Most of its values are made of people's names elsewhere in the database.")
			if !slices.ContainsFunc(values, func(v string) bool { return strings.Contains(v, " ") }) {
				f.Entity = Username
			}
		}
	}
}

// mostOf reports whether n of all are six in ten, and all of a few.
func mostOf(n, all int) bool { return n == all || all >= surelyShared && n*10 >= all*6 }

func (d *detection) mark(ref ColumnRef, e Entity, sure float64, why string) {
	f := d.found[ref]
	f.Sensitive, f.Entity, f.Confidence, f.Why = true, e, sure, why
	f.Strategy = strategyFor(*d.column(ref), *f)
}

// named reports whether an entity tells people apart by text.
func named(e Entity) bool {
	switch e {
	case Email, Phone, PersonName, Username, NationalID, BankAccount, CustomerNumber, Document, Card:
		return true
	}
	return false
}

// nameTokens are the words that people's names in this database are made of.
func (d *detection) nameTokens() map[string]bool {
	words := map[string]bool{}
	for ref, values := range d.values {
		if f := d.found[ref]; f.Sensitive && f.Confidence >= .85 && f.Entity == PersonName {
			for _, v := range values {
				for _, w := range nameWords(v) {
					words[w] = true
				}
			}
		}
	}
	return words
}

// loginOf reports whether a value is a login made of one of the names: jdoe, doe.j,
// jane.doe7.
func loginOf(v string, names map[string]bool) bool {
	v = strings.TrimRight(v, "0123456789")
	if len(v) < shortestEcho+1 || strings.ContainsAny(v, " @:/") {
		return false
	}
	if first, second, ok := strings.Cut(dotted.Replace(v), "."); ok {
		return names[first] && len(second) > 0 || names[second] && len(first) > 0
	}
	return names[v[1:]] || names[v[:len(v)-1]] || len(v) > shortestEcho+2 && names[v[2:]]
}

// allNames reports whether a value is two words or three, each of which is known to
// be of somebody's name.
func allNames(v string, names map[string]bool) bool {
	words := nameWords(v)
	if len(words) < 2 || len(words) > 4 || strings.ContainsAny(v, "0123456789") {
		return false
	}
	for _, w := range words {
		if !names[w] {
			return false
		}
	}
	return true
}
