package masking

import (
	"cmp"
	"slices"
	"strings"
	"sync"
)

// hint is what a column's name says.
type hint struct {
	entity Entity
	sure   float64
	unsure bool // only if the values look like it
	vetoed bool // the name says that it is only something about the thing
	words  string
	head   bool // nothing stands behind those words
}

// longestRun is how many words a term of the lexicon has at most.
const longestRun = 5

// match finds the longest run of words that the lexicon knows; at and n are where
// it stands. Of those that are as long, the one that needs least counts, then the
// last: it is the head.
func match(words []string) (best term, at, n int) {
	for n = min(len(words), longestRun); n > 0; n-- {
		found := false
		for i := len(words) - n; i >= 0; i-- {
			if t, ok := look(words[i : i+n]); ok && (!found || t.need < best.need) {
				best, at, found = t, i, true
			}
		}
		if found {
			return best, at, n
		}
	}
	if t, n := begun(words); n > 0 {
		return t, 0, n
	}
	for at, w := range words {
		for _, i := range insideWords() {
			if len(w) >= len(i.part) && strings.Contains(w, i.part) {
				return i.term, at, 1
			}
		}
	}
	return term{}, 0, 0
}

// shortestBeginning is how much of a term there must be for it to be recognised.
const shortestBeginning = 6

// begun finds what a name is the beginning of, as names are cut short: jaarink,
// afiliacion_sind. It must be the beginning of one entity's terms only, and end
// within a word: statut is no beginning of statut_sejour.
func begun(words []string) (t term, n int) {
	name := strings.Join(words, "")
	if len(name) < shortestBeginning || vocabulary().has(name) || plainly.exactly(name) {
		return term{}, 0
	}
	terms := beginnings()
	at, _ := slices.BinarySearchFunc(terms, name, func(b beginning, name string) int { return strings.Compare(b.of, name) })
	for _, b := range terms[at:] {
		if !strings.HasPrefix(b.of, name) {
			break
		}
		if n > 0 && b.term.entity != t.entity {
			return term{}, 0
		}
		if len(b.of) <= 2*len(name) && !b.ends(len(name)) {
			t, n = term{b.term.entity, .75, values}, len(words)
		}
	}
	return t, n
}

// beginning is a term of the lexicon, written as one word.
type beginning struct {
	of    string
	words string // with _ between them
	term  term
}

// ends reports whether a word ends after n letters.
func (b beginning) ends(n int) bool {
	for i := range b.words {
		if n == 0 {
			return b.words[i] == '_'
		}
		if b.words[i] != '_' {
			n--
		}
	}
	return true
}

var beginnings = sync.OnceValue(func() (list []beginning) {
	for words, t := range lexicon {
		if t.need == nothing {
			list = append(list, beginning{strings.ReplaceAll(words, "_", ""), words, t})
		}
	}
	slices.SortFunc(list, func(a, b beginning) int {
		return cmp.Or(strings.Compare(a.of, b.of), strings.Compare(a.words, b.words))
	})
	return list
})

// look finds a run of words in the lexicon, also written as one word, or in the
// plural.
func look(run []string) (term, bool) {
	joined := strings.Join(run, "_")
	if t, ok := lexicon[joined]; ok {
		return t, true
	}
	if together := strings.Join(run, ""); len(run) > 1 && len(together) > 4 {
		if t, ok := lexicon[together]; ok {
			return t, true
		}
	}
	if len(joined) > 4 {
		if t, ok := lexicon[strings.TrimSuffix(joined, "s")]; ok {
			return t, true
		}
	}
	return term{}, false
}

// hashed are words for one-way images of something.
var hashed = setOf(`hash hashed md5 sha sha1 sha224 sha256 sha384 sha512 digest crc hmac fingerprint`)

// actors are the last words of names of whoever did something: created_by.
var actors = setOf(`by par von por door`)

// sorted are words before them that do nothing: order_by.
var sorted = setOf(`order sort group sorted ordered grouped powered partition sold gueltig valid divided multiplied`)

// readName says what a column's name, in a relation about such a subject, says of
// its values.
func readName(name string, about subject) hint { return readWords(tokens(name), about) }

func readWords(words []string, about subject) hint {
	t, at, n := match(words)
	if n == 0 {
		if len(words) > 1 && actors.has(words[len(words)-1]) && !sorted.any(words) {
			return hint{entity: Username, sure: .7, unsure: true, words: strings.Join(words, "_")}
		}
		return hint{vetoed: len(words) > 0 && heads.has(words[len(words)-1])}
	}
	h := hint{entity: t.entity, sure: t.sure, unsure: t.need == values, words: strings.Join(words[at:at+n], "_"), head: at+n == len(words)}
	rest := slices.Concat(words[:at], words[at+n:])
	behind := words[at+n:]
	switch {
	case hashed.any(words) && benignHash.any(words) && (t.entity == Media || t.entity == Secret && hashed.exactly(h.words)):
		return hint{vetoed: true, words: h.words} // of a file
	case t.entity != Secret && hashed.any(rest):
		return hint{entity: Hash, sure: .9, words: h.words}
	case h.words == "hash" && benignHash.any(rest):
		return hint{vetoed: true, words: h.words}
	case measures.any(behind), len(behind) > 0 && heads.has(behind[len(behind)-1]), at > 0 && firsts.has(words[0]) && t.entity != PersonName:
		return hint{entity: t.entity, vetoed: true, words: h.words}
	}
	mine, theirs := personal.any(rest), things.any(rest)
	switch {
	case t.entity == Phone && switchboards.any(rest) && about != aboutPeople, t.entity == Username && t.need == values && slicesAny(rest, plainly):
		h.sure = .2
	case t.entity == NationalID && registers.any(rest) && about != aboutPeople:
		h.sure = .2 // a company's
	case t.entity == PersonName && t.need == values && codings.any(behind):
		h.sure = .2 // a code of theirs
	case t.entity == IPAddress && server.any(rest):
		h.sure = .2 // of machines, and not of whoever sits before them
	case (t.entity == Pay || t.entity == Media || t.entity == CustomerNumber && t.need == people) && about == aboutThings && !mine:
		h.sure = .3
	case h.unsure && t.entity == Username && len(behind) > 0:
		h.sure = .2 // something else of the user's
	case t.need == people && mine && !theirs:
		h.sure = max(h.sure, .85)
	case t.need == people && (theirs || about == aboutThings):
		h.sure = .1
	case t.need == people && about == aboutUnknown:
		h.sure *= .55
	case t.need == people && !mine && (t.entity == Health && strange(rest) || t.entity == Pay && slicesAny(rest, numbersOfThings, notPeople, trade)):
		h.sure = .4 // of something else
	case t.need == people && t.entity == PersonName && strange(rest):
		h.sure, h.unsure = .7, true // the name of something else of theirs
	case placed(t.entity) && !mine && (theirs || about == aboutThings):
		h.sure = .15 // stores and hospitals stand somewhere too
	case t.entity == Pay && theirs:
		h.sure = .3
	}
	return h
}

// registers are words for numbers of companies.
var registers = setOf(`vat ust ustid tva iva btw partita piva siret siren cnpj kvk hrb company firma corporate business entreprise empresa azienda bedrijf`)

// adjectives stand beside name without making it the name of something else.
var adjectives = setOf(`legal preferred known real full short long old new former previous birth given middle nick first last second display official native local latin kanji kana maiden married social chosen primary secondary contact complete main
	voll kurz alt neu geburts ruf frueher offiziell complet court ancien naissance usuel completo corto anterior antiguo nuevo legal curto antigo novo breve vecchio nuovo volledig kort oud nieuw officieel prefix suffix title c t p f x`)

// strange reports whether a name has words that no person has.
func strange(rest []string) bool {
	for _, w := range rest {
		if !personal.has(w) && !adjectives.has(w) && len(w) > 2 {
			return true
		}
	}
	return false
}

// placed reports whether an entity is where somebody, or something, is.
func placed(e Entity) bool { return e == Address || e == PostalCode || e == Geo }
