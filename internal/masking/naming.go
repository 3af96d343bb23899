package masking

import (
	"slices"
	"strings"
)

// subject is what a relation is about.
type subject int

const (
	aboutUnknown subject = iota
	aboutPeople
	aboutThings
)

// hint is what a column's name says.
type hint struct {
	entity Entity
	sure   float64
	vetoed bool // the name says that it is only something about the thing
	words  string
}

// match finds the longest run of words that the lexicon knows; at and n are where
// it stands. Of two that are as long, the one that needs no person wins, then the
// later: it is the head.
func match(words []string) (best term, at, n int) {
	for n = len(words); n > 0; n-- {
		found := false
		for i := len(words) - n; i >= 0; i-- {
			run := words[i : i+n]
			t, ok := lexicon[strings.Join(run, "_")]
			if !ok {
				t, ok = lexicon[strings.Join(run, "")]
			}
			if ok && (!found || best.person && !t.person) {
				best, at, found = t, i, true
			}
		}
		if found {
			return best, at, n
		}
	}
	for at, w := range words {
		if len(w) < 8 {
			continue
		}
		for _, i := range inside {
			if strings.Contains(w, i.word) {
				return i.term, at, 1
			}
		}
	}
	return term{}, 0, 0
}

// hashed are words for one-way images of something.
var hashed = setOf(`hash hashed md5 sha sha1 sha256 sha512 digest crc hmac fingerprint`)

// readName says what a column's name, in a relation about such a subject, says of
// its values.
func readName(name string, about subject) hint {
	words := tokens(name)
	t, at, n := match(words)
	if n == 0 {
		return hint{vetoed: len(words) > 0 && heads.has(words[len(words)-1])}
	}
	h := hint{entity: t.entity, sure: t.sure, words: strings.Join(words[at:at+n], "_")}
	rest := slices.Concat(words[:at], words[at+n:])
	behind := words[at+n:]
	switch {
	case t.entity != Secret && hashed.any(rest):
		return hint{entity: Hash, sure: .9, words: h.words}
	case len(behind) > 0 && heads.has(behind[len(behind)-1]), at > 0 && firsts.has(words[0]) && t.entity != PersonName:
		return hint{entity: t.entity, vetoed: true, words: h.words}
	}
	mine, theirs := personal.any(rest), things.any(rest)
	switch {
	case t.person && mine && !theirs:
		h.sure = max(h.sure, .85)
	case t.person && (theirs || about == aboutThings):
		h.sure = .1
	case t.person && about == aboutUnknown:
		h.sure *= .55
	case placed(t.entity) && !mine && (theirs || about == aboutThings):
		h.sure = .15 // stores and hospitals stand somewhere too
	case t.entity == Pay && (about == aboutThings || theirs):
		h.sure = .3
	}
	return h
}

// placed reports whether an entity is where somebody, or something, is.
func placed(e Entity) bool { return e == Address || e == PostalCode || e == Geo }

// subjectOf judges by a relation's name, and by its columns where that says nothing.
func subjectOf(rel *Relation) subject {
	words := tokens(rel.Table)
	named := aboutUnknown
	switch {
	case classes.any(words):
		return aboutThings
	case addressBooks.any(words) && !things.any(words):
		return aboutPeople
	default:
		named = headOf(words)
	}
	if named != aboutUnknown {
		return named
	}
	var strong, names int
	for _, c := range rel.Columns {
		t, at, n := match(tokens(c.Name))
		if n == 0 || t.person || at+n != len(tokens(c.Name)) {
			continue
		}
		switch t.entity {
		case PersonName:
			names++
		case Email, Phone, BirthDate, NationalID, SpecialCategory:
			strong++
		}
	}
	if strong >= 2 || names >= 2 || strong+names >= 2 {
		return aboutPeople
	}
	return aboutUnknown
}

// addressBooks are words for tables of where people are, and of how they log in.
var addressBooks = setOf(`address addresses adresse adressen anschrift anschriften direccion direcciones endereco enderecos indirizzo indirizzi adres session sessions sitzung sitzungen login logins auth signup signups`)

// headOf judges by the last word that says something, else by the first.
func headOf(words []string) subject {
	for i := len(words) - 1; i >= 0; i-- {
		switch w := words[i]; {
		case personal.has(w):
			return aboutPeople
		case things.has(w):
			return aboutThings
		}
	}
	for _, w := range words { // kundenstamm, klantgegevens
		for p := range personal {
			if len(p) >= 5 && strings.HasPrefix(w, p) {
				return aboutPeople
			}
		}
	}
	return aboutUnknown
}
