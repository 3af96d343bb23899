package masking

import (
	"strings"
	"unicode"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// tokens parts a name into lower-case words without accents: "KundenName_2" is
// kunden, name. Numbers at a word's end are dropped.
func tokens(name string) []string {
	var words []string
	var word []rune
	flush := func() {
		if w := strings.TrimRight(plainWord(string(word)), "0123456789"); w != "" {
			words = append(words, w)
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

var withoutMarks = runes.Remove(runes.In(unicode.Mn))

var spelledOut = strings.NewReplacer("ß", "ss", "ø", "o", "æ", "ae", "œ", "oe", "ł", "l", "đ", "d", "ı", "i")

// plainWord is a word in lower case without accents.
func plainWord(s string) string {
	s = spelledOut.Replace(strings.ToLower(s))
	for i := range len(s) {
		if s[i] >= 0x80 {
			plain, _, err := transform.String(transform.Chain(norm.NFD, withoutMarks, norm.NFC), s)
			if err == nil {
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

func (s wordSet) has(w string) bool { _, ok := s[w]; return ok }

func (s wordSet) any(words []string) bool {
	for _, w := range words {
		if s.has(w) {
			return true
		}
	}
	return false
}
