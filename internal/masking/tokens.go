package masking

import (
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// tokens parts a name into lower-case words without accents: "KundenName_2" is
// kunden, name, and so is "kundenname". Numbers at a word's end are dropped.
func tokens(name string) []string {
	var words []string
	var word []rune
	flush := func() {
		whole := plainWord(string(word))
		if _, known := lexicon[whole]; known || hashed.exactly(whole) {
			words = append(words, whole)
		} else if w := strings.TrimRight(whole, "0123456789"); w != "" {
			words = append(words, parts(w)...)
		}
		word = word[:0]
	}
	all := []rune(name)
	for i, r := range all {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush()
			continue
		case unicode.IsUpper(r) && i > 0 && (unicode.IsLower(all[i-1]) || i+1 < len(all) && unicode.IsUpper(all[i-1]) && unicode.IsLower(all[i+1])):
			flush() // camelCase, and HTTPServer
		}
		word = append(word, r)
	}
	flush()
	return words
}

// vocabulary are the words that a longer one is made of.
var vocabulary = sync.OnceValue(func() wordSet {
	all := setOf(`number nummer private privat home work business mobile primary secondary main first last contact billing shipping delivery invoice legal official current previous value code data info field line display birth place user customer
		tel fax geb dat num adr plz pwd usr cli emp pac paz nac fec tlf mob str ort kto nam stamm daten gegevens bestand feld veld liste inlog login nr`)
	for w, t := range lexicon {
		if !strings.Contains(w, "_") && len(w) >= 4 && t.need != values {
			all[w] = struct{}{}
		}
	}
	for _, set := range []wordSet{personal, things, heads, firsts, hashed} {
		for w := range set {
			if len(w) >= 4 {
				all[w] = struct{}{}
			}
		}
	}
	return all
})

// wholes are the words that are not looked at for parts: those of the lexicon's runs.
var wholes = sync.OnceValue(func() wordSet {
	all := wordSet{}
	for run := range lexicon {
		for w := range strings.SplitSeq(run, "_") {
			all[w] = struct{}{}
		}
	}
	return all
})

// Bounds of a word that is looked at for parts.
const (
	shortestWhole = 5
	longestWhole  = 40
	shortestPart  = 2
	longestPart   = 20
	mostParts     = 4
)

// parts are the words that one word is written together of, as few as possible; the
// word itself if it is known, or does not consist of known ones entirely.
func parts(w string) []string {
	known := vocabulary()
	if wholes().exactly(w) || len(w) < shortestWhole || len(w) > longestWhole || known.has(w) {
		return []string{w}
	}
	fewest := make([]int, len(w)+1) // parts up to here, 0 = none that fit
	from := make([]int, len(w)+1)
	for end := shortestPart; end <= len(w); end++ {
		for start := max(0, end-longestPart); start <= end-shortestPart; start++ {
			if start > 0 && fewest[start] == 0 || !known.exactly(w[start:end]) {
				continue
			}
			if n := fewest[start] + 1; fewest[end] == 0 || n < fewest[end] {
				fewest[end], from[end] = n, start
			}
		}
	}
	if n := fewest[len(w)]; n == 0 || n > mostParts {
		return []string{w}
	}
	list := make([]string, fewest[len(w)])
	for end, i := len(w), len(list)-1; end > 0; end, i = from[end], i-1 {
		list[i] = w[from[end]:end]
	}
	return list
}

var withoutMarks = runes.Remove(runes.In(unicode.Mn))

var spelledOut = strings.NewReplacer("ß", "ss", "ø", "o", "æ", "ae", "œ", "oe", "ł", "l", "đ", "d", "ı", "i")

// plainWord is a word in lower case without accents.
func plainWord(s string) string {
	s = strings.ToLower(s)
	for i := range len(s) {
		if s[i] >= 0x80 {
			s = spelledOut.Replace(s)
			if plain, _, err := transform.String(transform.Chain(norm.NFD, withoutMarks, norm.NFC), s); err == nil {
				return plain
			}
			return s
		}
	}
	return s
}

// wordSet is a set of words.
type wordSet map[string]struct{}

func setOf(lists ...string) wordSet {
	set := wordSet{}
	for _, list := range lists {
		for w := range strings.FieldsSeq(list) {
			set[w] = struct{}{}
		}
	}
	return set
}

// has reports whether a word, or what it is the plural of, is in the set.
func (s wordSet) has(w string) bool {
	return s.exactly(w) || len(w) > 5 && s.exactly(strings.TrimSuffix(w, "s"))
}

func (s wordSet) exactly(w string) bool { _, ok := s[w]; return ok }

func (s wordSet) any(words []string) bool {
	for _, w := range words {
		if s.has(w) {
			return true
		}
	}
	return false
}
