package masking

import (
	"strconv"
	"strings"
	"unicode"
)

// shape is what one pass over a value tells: most of what a value cannot be.
type shape struct {
	size                                      int // bytes
	digits, letters, upper, lower             int
	spaces, at, colons, slashes, dashes, dots int
	word                                      bool // made of letters, digits and what base64, names and ids have
	hex                                       bool
	mixed                                     bool // somewhere a long run of letters and digits, as keys are
}

// longRun is how long a run of letters and digits is that may be a key.
const longRun = 14

func shapeOf(s string) shape {
	sh := shape{size: len(s), word: true, hex: true}
	run, digit, letter := 0, false, false
	for _, r := range s {
		inRun := true
		switch {
		case r >= '0' && r <= '9':
			sh.digits++
			digit = true
		case r >= 'a' && r <= 'z':
			sh.letters, sh.lower, letter = sh.letters+1, sh.lower+1, true
			sh.hex = sh.hex && r <= 'f'
		case r >= 'A' && r <= 'Z':
			sh.letters, sh.upper, letter = sh.letters+1, sh.upper+1, true
			sh.hex = sh.hex && r <= 'F'
		default:
			sh.hex = false
			inRun = sh.other(r)
		}
		if run++; !inRun {
			run, digit, letter = 0, false, false
		}
		sh.mixed = sh.mixed || run >= longRun && digit && letter
	}
	return sh
}

// other counts a character that is no ASCII letter and no digit, and reports whether
// it may stand within a key.
func (sh *shape) other(r rune) bool {
	switch r {
	case ' ', '\t', '\n', '\r':
		sh.spaces++
		sh.word = false
		return false
	case '@':
		sh.at++
		sh.word = false
	case ':':
		sh.colons++
		sh.word = false
	case '/':
		sh.slashes++
		return true
	case '-':
		sh.dashes++
		return true
	case '.':
		sh.dots++
		return true
	case '+', '=', '_', '~':
		return true
	case '$':
		sh.word = false
		return true
	default:
		sh.word = false
		if unicode.IsLetter(r) {
			sh.letters++
			if unicode.IsUpper(r) {
				sh.upper++
			}
		}
	}
	return false
}

// yearOf returns the year of a date: 1980-02-28, 28.2.1980, 02/28/1980, 19800228,
// 28 mars 1980.
func yearOf(s string, sh shape) (int, bool) {
	if sh.digits < 5 || sh.digits > 8 && sh.size != 19 && sh.size < 22 || sh.size > 32 {
		return 0, false
	}
	var year string
	switch {
	case sh.letters == 0 && sh.digits == 8 && sh.size == 8 && s[4:6] >= "01" && s[4:6] <= "12" && s[6:] >= "01" && s[6:] <= "31":
		year = s[:4]
	case sh.size == 8 && sh.digits == 8:
		return 0, false
	case sh.size >= 10 && s[4] == '-' && s[7] == '-':
		year = s[:4]
	case dateText.MatchString(s), monthText.MatchString(s):
		year = s[len(s)-4:]
	}
	n, err := strconv.Atoi(year)
	return n, err == nil && n >= 1850 && n <= 2150
}

// isStreet prefers not to ask the long expression.
func isStreet(s string, sh shape) bool {
	if sh.digits > 0 && sh.letters > 3 && hanStreet.MatchString(s) {
		return true
	}
	if sh.size > 200 || sh.digits == 0 && !roads.any(strings.FieldsFunc(plainWord(s), func(r rune) bool { return r == ' ' || r == ',' || r == '.' })) {
		return false
	}
	return street.MatchString(s)
}

// roads are the words before streets' names that need no number.
var roads = setOf(`rue avenue boulevard bd chemin impasse allee place quai route cours voie passage via viale piazza corso largo vicolo strada contrada borgo rotonda incrocio piazzale rua travessa avenida praca alameda rodovia estrada marginal`)

// position reports whether s is a pair of coordinates: 51.50735,-0.12776 or
// POINT(-0.12 51.5).
func position(s string, sh shape) bool {
	return sh.digits >= 6 && sh.dots >= 1 && sh.size <= 60 && sh.letters <= 9 && pairText.MatchString(s)
}
