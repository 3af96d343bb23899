package masking

import (
	"slices"
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
		if i := len(s) - 2; strings.ContainsAny(s[i-1:i], "./-") {
			return shortYear(s[i:])
		}
	}
	n, err := strconv.Atoi(year)
	return n, err == nil && n >= 1850 && n <= 2150
}

// shortYear is the year of two digits, none of which is to come.
func shortYear(s string) (int, bool) {
	n, err := strconv.Atoi(s)
	if n += 1900; n < 1930 {
		n += 100
	}
	return n, err == nil
}

// isStreet asks the long expression only of what has a road's word in it.
func isStreet(s string, sh shape) bool {
	if sh.digits > 0 && hanStreet.MatchString(s) {
		return true
	}
	return sh.size <= longestStreet && sh.spaces > 0 && namesRoad(s, sh.digits > 0) && street.MatchString(s)
}

const longestStreet = 150 // bytes

func namesRoad(s string, number bool) bool {
	for w := range strings.FieldsFuncSeq(plainWord(s), func(r rune) bool { return r == ' ' || r == ',' || r == '.' || r == '/' || r == '-' }) {
		if roads.exactly(w) || number && (roadsWithNumber.exactly(w) || w == "c" || slices.ContainsFunc(roadEndings, func(end string) bool { return strings.HasSuffix(w, end) })) {
			return true
		}
	}
	return false
}

// The words of the expression: before streets' names, where no number is needed;
// those that need one; and what streets' names end in.
var (
	roads           = setOf(`rue avenue boulevard bd chemin impasse allee place quai route cours voie passage via viale piazza corso largo vicolo strada contrada borgo rotonda incrocio piazzale rua travessa avenida praca alameda rodovia estrada marginal`)
	roadsWithNumber = setOf(`aldea apartamento arroyo av avda ave barrio bloque blvd calle camino carrer carretera caserio circle close colonia court cove crescent ct
		cuesta dr drive escalinata explanada forge freeway garden gardens glorieta gran green grove grupo harbor heights highway hill hwy island
		islands jardines junction knoll landing lane ln loop lugar manor manzana meadow mercado mews mill mills mount muelle municipio orchard
		parcela parkway parque partida pasaje paseo pass path pike pine pkwy pl plains plaza point poligono port prolongacion puerta quinta ramal
		rambla ramp ranch rd ridge rincon road ronda row run salida sector senda shoal shore solar spring springs spur sq square st station stream
		street subida summit terrace terrenos torrente trace track trail travesia turnpike union urbanizacion valley view village ville vista walk
		wall way well wells`)
	roadEndings = []string{"str", "strasse", "gasse", "weg", "platz", "allee", "ring", "damm", "ufer", "chaussee", "straat", "laan", "plein", "gracht", "kade", "dijk", "singel", "steeg", "hof", "park", "pad"}
)

// position reports whether s is a pair of coordinates: 51.50735,-0.12776 or
// POINT(-0.12 51.5).
func position(s string, sh shape) bool {
	return sh.digits >= 6 && sh.dots >= 1 && sh.size <= 60 && sh.letters <= 9 && pairText.MatchString(s)
}
