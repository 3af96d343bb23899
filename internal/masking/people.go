package masking

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"regexp"
	"strings"
	"sync"
	"unicode"

	"github.com/nyaruka/phonenumbers"
)

// First and last names of 26 locales, without accents, from Faker's lists (MIT, see
// names/LICENSE). Words that are common otherwise, and places, are left out.
var (
	//go:embed names/first.txt.gz
	firstGzip []byte
	//go:embed names/last.txt.gz
	lastGzip []byte

	firstNames = sync.OnceValue(func() wordSet { return unpack(firstGzip) })
	lastNames  = sync.OnceValue(func() wordSet { return unpack(lastGzip) })
)

func unpack(packed []byte) wordSet {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err == nil {
		var text []byte
		if text, err = io.ReadAll(r); err == nil {
			return setOf(string(text))
		}
	}
	panic("masking: the embedded names cannot be read: " + err.Error())
}

// businesses are words that make a name a company's.
var businesses = regexp.MustCompile(`(?i)\b(gmbh|ag|kg|ohg|inc|llc|ltd|limited|plc|corp|corporation|company|co|group|holding|holdings|sarl|sas|sa|eurl|sl|slu|srl|spa|lda|ltda|eireli|bv|nv|vof|oy|ab|as|aps|und söhne|and sons|et fils|e filhos|e figli|hermanos|team|bot|service|system|department|store|shop)\b\.?`)

// personName says how much a text looks like somebody's name: 2 for first and last
// name, 1 for one name alone, 0 for anything else.
func personName(s string) int {
	s = strings.TrimSpace(s)
	if len(s) < 2 || len(s) > 60 || strings.ContainsAny(s, "0123456789@/\\_:;!?#%&*=+[]{}<>|\"$€") || businesses.MatchString(s) {
		return 0
	}
	words := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ',' || r == '-' || r == '.' })
	if len(words) == 0 || len(words) > 6 {
		return 0
	}
	var capital, first, last, long int
	for _, w := range words {
		if r := []rune(w)[0]; unicode.IsUpper(r) {
			capital++
		}
		plain := strings.Trim(plainWord(w), "'’")
		if len(plain) > 2 {
			long++
		}
		if firstNames().has(plain) {
			first++
		} else if lastNames().has(plain) {
			last++
		}
	}
	switch {
	case capital == 0 || capital*2 < len(words):
		return 0
	case len(words) >= 2 && first >= 1 && (first+last >= 2 || long <= 3 && first+last >= 1):
		return 2
	case len(words) >= 2 && last >= 2:
		return 2
	case len(words) <= 2 && first+last >= 1 && first+last >= long:
		return 1
	}
	return 0
}

// titled is a person named in a sentence by title, or after a verb of asking.
var titled = regexp.MustCompile(`\b(?:Mrs?|Ms|Dr|Prof|Herr|Frau|Hr|Fr|Mme|Mlle|Monsieur|Madame|M|Sr|Sra|Srta|Señor|Señora|Don|Doña|Dott|Dott\.ssa|Sig|Sig\.ra|Signor|Signora|Dhr|Mevr|Mevrouw|Meneer|Senhor|Senhora)\.? +\p{Lu}\pL+`)

// names in a sentence: two capitalised words in a row.
var twoCapitals = regexp.MustCompile(`\b\p{Lu}\pL+['’-]?\pL* \p{Lu}\pL+`)

// namesSomebody reports whether a sentence names a person.
func namesSomebody(s string) bool {
	if titled.MatchString(s) {
		return true
	}
	for _, pair := range twoCapitals.FindAllString(s, 8) {
		a, b, _ := strings.Cut(pair, " ")
		if firstNames().has(plainWord(a)) && (lastNames().has(plainWord(b)) || firstNames().has(plainWord(b))) {
			return true
		}
	}
	return false
}

// street is a street with a number, in one of seven languages.
var street = regexp.MustCompile(`(?i)(\d+[a-z]?[ ,]+.*\b(street|st|road|rd|avenue|ave|lane|ln|drive|dr|court|ct|boulevard|blvd|way|terrace|close|crescent|square|sq|place|pl|highway|hwy|parkway|pkwy|trail|row|hill|ridge|loop|circle|cove|forge|freeway|garden|gardens|green|grove|harbor|heights|junction|island|islands|knoll|landing|manor|meadow|mews|mill|mills|mount|orchard|park|pass|path|pike|pine|plains|plaza|point|port|ramp|ranch|route|run|shoal|shore|spring|springs|spur|station|stream|summit|turnpike|trace|track|union|valley|via|view|village|ville|vista|walk|wall|well|wells)\b)` +
	`|((str\.|straße|strasse|gasse|weg|platz|allee|ring|damm|ufer|chaussee|straat|laan|plein|gracht|kade|dijk|singel|steeg|hof|park|pad)\b[ ,]*\d+)` +
	`|(\b(rue|avenue|boulevard|bd|chemin|impasse|allée|place|quai|route|cours|voie|passage)\b +(d[eu']|la|le|les|l'|\pL))` +
	`|(\b(calle|c/|avenida|avda|av|plaza|paseo|carrer|camino|ronda|travesía|glorieta|rambla|carretera|urbanización|colonia|barrio|polígono|sector|salida|senda|subida|puerta|partida|jardines|grupo|gran vía|explanada|escalinata|cuesta|caserío|arroyo|apartamento|aldea|bloque|lugar|manzana|mercado|muelle|municipio|parcela|parque|pasaje|prolongación|quinta|ramal|rincón|rúa|solar|terrenos|torrente|vía)\b\.? +\pL.*\d)` +
	`|(\b(via|viale|piazza|corso|largo|vicolo|strada|contrada|borgo|rotonda|incrocio|piazzale)\b +\pL)` +
	`|(\b(rua|travessa|avenida|praça|alameda|largo|rodovia|estrada|marginal)\b\.? +\pL)`)

// regions are asked whose number a number without country code may be.
var regions = []string{"US", "GB", "DE", "FR", "ES", "BR", "PT", "IT", "NL", "AT", "CH", "BE", "MX"}

// phoneNumber says how much a text looks like a telephone number: 2 for one with
// country code or written as people do, 1 for bare digits that might be one.
func phoneNumber(s string) int {
	s = strings.TrimSpace(s)
	digits, separated := 0, false
	for i, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r == '+' && i == 0:
		case strings.ContainsRune(" ()-./", r):
			separated = true
		case (r == 'x' || r == 'e') && i > 7: // an extension
			s = strings.TrimSpace(s[:i])
			return phoneNumber(s)
		default:
			return 0
		}
	}
	if digits < 6 || digits > 15 || dateText.MatchString(s) || ipAddress(s) || strings.Count(s, ".") == 1 && !strings.ContainsAny(s, " -/()+") {
		return 0
	}
	if strings.HasPrefix(s, "+") || strings.HasPrefix(s, "00") {
		n, err := phonenumbers.Parse("+"+strings.TrimLeft(strings.TrimPrefix(s, "+"), "0"), "")
		if err == nil && phonenumbers.IsPossibleNumber(n) {
			return 2
		}
		return 0
	}
	for _, region := range regions {
		n, err := phonenumbers.Parse(s, region)
		if err == nil && phonenumbers.IsValidNumberForRegion(n, region) {
			if separated {
				return 2
			}
			return 1
		}
	}
	if separated && strings.ContainsAny(s, "()") && digits >= 9 {
		return 2
	}
	return 0
}
