package guardrails

import (
	"slices"
	"strings"
)

// constant is what a variable is compared with: a number, or a text. Texts lie
// behind all numbers; those of one form, such as dates, lie in their order.
type constant struct {
	number float64
	text   string
	isText bool
}

func compareConstants(a, b constant) int {
	switch {
	case a.isText && b.isText:
		return strings.Compare(a.text, b.text)
	case a.isText:
		return 1
	case b.isText || a.number < b.number:
		return -1
	case a.number > b.number:
		return 1
	}
	return 0
}

// span bounds a variable's values; a bound that is not set is infinite.
type span struct {
	from, to     constant
	isFrom, isTo bool
	whole        bool // integers only
}

// tries returns the values of a variable that can make a difference: 2i+1 stands
// for its limit i, 2i for what lies before it and behind limit i-1.
func (v *variable) tries() []int {
	var all []int
	switch {
	case v.flag:
		all = append(all, tryFalse, tryTrue)
	default:
		within := v.within.widened(v.limits)
		for i := range 2*len(v.limits) + 1 {
			if within.reaches(v.limits, i) {
				all = append(all, i)
			}
		}
	}
	if v.nullable && !v.hasValue || len(all) == 0 {
		all = append(all, tryNull)
	}
	return all
}

// reaches reports whether values of the span lie at a place among limits.
func (s span) reaches(limits []constant, place int) bool {
	i := place / 2
	if place%2 == 1 {
		return s.holds(limits[i])
	}
	switch {
	case i > 0 && i < len(limits) && s.whole && !limits[i-1].isText && !limits[i].isText && limits[i].number-limits[i-1].number <= 1:
		return false // no integer between
	case i < len(limits) && s.isFrom && s.beginsBehind(limits[i]):
		return false
	case i > 0 && s.isTo && compareConstants(limits[i-1], s.to) >= 0:
		return false
	}
	return true
}

// holds reports whether a value lies in the span.
func (s span) holds(k constant) bool {
	return (!s.isFrom || compareConstants(k, s.from) >= 0) && (!s.isTo || compareConstants(k, s.to) <= 0)
}

// beginsBehind reports whether no value of the span is less than k.
func (s span) beginsBehind(k constant) bool { return compareConstants(s.from, k) >= 0 }

// widened is the span of values that are compared with such limits.
func (s span) widened(limits []constant) span {
	switch last := len(limits) - 1; {
	case last < 0 || !limits[last].isText:
		return s
	case !limits[0].isText:
		return span{} // of two kinds
	case s.isFrom && s.from.isText && !slices.ContainsFunc(limits, func(k constant) bool { return !isDate(k.text) }):
		return s
	}
	key := s.whole
	s = span{} // a key that is no number
	from, to := spanOfTexts(limits)
	if from != nil && *from == "" && key { // none is empty
		*from = "\x00"
	}
	if from != nil {
		s.from, s.isFrom = constant{text: *from, isText: true}, true
	}
	if to != nil {
		s.to, s.isTo = constant{text: *to, isText: true}, true
	}
	return s
}

// spanOfTexts bounds texts of a form that all the limits have: dates lie between
// 1900 and 2900, and a person who writes another one means all of them; so do
// the places of rows and the identifiers that have an end.
func spanOfTexts(limits []constant) (from, to *string) {
	form := func(is func(string) bool) bool {
		return !slices.ContainsFunc(limits, func(k constant) bool { return !is(k.text) })
	}
	bounds := func(a, b string) (from, to *string) { return &a, &b }
	switch {
	case form(isDate):
		return bounds("1900-01-02", "2899-12-31")
	case form(isUUID):
		return bounds("00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff")
	case form(func(s string) bool { return strings.HasPrefix(s, "(0,") }):
		return bounds("(0,1)", "(9")
	}
	empty := ""
	return &empty, nil
}

// isDate reports whether a text begins like 2024-01-31.
func isDate(s string) bool {
	if len(s) < len("2024-01-31") || s[4] != '-' || s[7] != '-' {
		return false
	}
	for i, c := range []byte(s[:10]) {
		if i != 4 && i != 7 && !isDigit(c) {
			return false
		}
	}
	return true
}

func isUUID(s string) bool {
	return len(s) == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-'
}
