package masking

import (
	"math"
	"net/netip"
	"regexp"
	"strings"
)

var (
	wholeEmail = regexp.MustCompile(`^[^\s@"<>,;:()]+@[\pL\pN-]+(\.[\pL\pN-]+)*\.[\pL]{2,}$`)
	anyEmail   = regexp.MustCompile(`[\pL\pN._%+-]+@[\pL\pN-]+(\.[\pL\pN-]+)*\.[\pL]{2,}`)
	// anyPhone is a number as people write it in a sentence.
	anyPhone = regexp.MustCompile(`(?:\+|\b00)\d{1,3}[ ./-]?\(?\d{1,4}\)?(?:[ ./-]?\d{2,4}){2,4}\b|\(\d{2,5}\)[ -]?\d{3,5}[ -]?\d{3,5}\b|\b\d{3}[.-]\d{3}[.-]\d{4}\b|\b0\d{1,4}[ /-]\d{2,4}(?:[ -]?\d{2,4}){1,3}\b`)
	anyIBAN  = regexp.MustCompile(`\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b`)
	anyCard  = regexp.MustCompile(`\b\d(?:[ -]?\d){12,18}\b`)
	anySSN   = regexp.MustCompile(`\b\d{3}-\d{2}-\d{4}\b`)
	macText  = regexp.MustCompile(`^[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}[:-]){4}[0-9A-Fa-f]{2}$|^[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}$`)
	icd10    = regexp.MustCompile(`^[A-TV-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?$`)
	hexText  = regexp.MustCompile(`^(\\x)?[0-9A-Fa-f]+$`)
	uuidText = regexp.MustCompile(`^[0-9A-Fa-f]{8}-([0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}$`)
	dateText = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}([ T].*)?$|^\d{1,2}[./-]\d{1,2}[./-]\d{2,4}$`)
	// personalLink leads to somebody's own page or picture.
	personalLink = regexp.MustCompile(`(?i)^(https?://)?([\w-]+\.)*(linkedin\.com/in/|facebook\.com/|twitter\.com/|x\.com/|instagram\.com/|xing\.com/profile|github\.com/[\w-]+/?$|gravatar\.com/avatar/|t\.me/)`)
)

// monthText is a date with the month's name.
var monthText = regexp.MustCompile(`^\d{1,2}\.? (?:de )?\pL{3,10}\.? (?:de )?\d{4}$`)

// hanStreet is an address in Chinese characters: prefecture, ward, block.
var hanStreet = regexp.MustCompile(`^\p{Han}{2,}[都道府県省市区區町村街路].*\d`)

// pairText is a pair of coordinates in degrees, with fractions.
var pairText = regexp.MustCompile(`^(?i:(?:SRID=\d+;)?POINT ?)?[(]?-?\d{1,3}\.\d{2,}[,; ] ?-?\d{1,3}\.\d{2,}[)]?$`)

// ipAddress reports whether s is an address; version numbers of four parts are
// told from addresses by the column as a whole.
func ipAddress(s string) bool {
	host, _, _ := strings.Cut(s, "/")
	a, err := netip.ParseAddr(host)
	return err == nil && (a.Is6() || strings.Count(host, ".") == 3)
}

// entropy is the Shannon entropy of a text, in bits a character.
func entropy(s string) float64 {
	var counts [256]int
	for i := range len(s) {
		counts[s[i]]++
	}
	bits := 0.0
	for _, n := range counts {
		if n > 0 {
			p := float64(n) / float64(len(s))
			bits -= p * math.Log2(p)
		}
	}
	return bits
}

// random reports whether s looks like a machine's secret: long, one word, of mixed
// characters, without a pattern, and not a plain number or hexadecimal.
func random(s string, sh shape) bool {
	if sh.size < 20 || !sh.word || sh.hex || sh.lower == 0 || sh.upper == 0 || sh.digits == 0 {
		return false
	}
	return !strings.Contains(s, "--") && !objectID.MatchString(s) && entropy(s) > 3.8
}

// objectID is a name that a payment or message service gives its objects: cus_,
// pi_, ch_. It opens nothing; what does has its place among the secrets.
var objectID = regexp.MustCompile(`^[a-z]{2,6}_[A-Za-z0-9]{8,40}$`)

// hexHash reports whether s has the length of a common hash, in hexadecimal.
func hexHash(s string) bool {
	if i := strings.LastIndexAny(s, ":$"); i > 0 && i < 60 && hashName.MatchString(s) {
		s = s[i+1:]
	}
	n := len(s)
	return (n == 32 || n == 40 || n == 56 || n == 64 || n == 96 || n == 128) && hexText.MatchString(s)
}

// hashName is the algorithm before a hash, and a salt.
var hashName = regexp.MustCompile(`^(?i:sha-?(?:1|2|256|384|512)|md5|blake2b|hmac(?:-\w+)?)[:$][\w+/=-]*[:$]?[0-9A-Fa-f]*$`)

// machineMail reports whether what looks like an address is a program's: a message's
// number, a digest.
func machineMail(s string) bool {
	local, _, _ := strings.Cut(s, "@")
	return len(local) >= 16 && (hexText.MatchString(local) || uuidText.MatchString(local))
}

// account reports whether s is a login made of a name: j.doe, jane.doe, jdoe7.
func account(s string, sh shape) bool {
	if sh.spaces > 0 || sh.size > 30 || sh.size < 5 || sh.lower < 4 || sh.dots+strings.Count(s, "_") != 1 || sh.slashes+sh.colons+sh.at > 0 {
		return false
	}
	a, b, _ := strings.Cut(strings.ToLower(strings.TrimRight(s, "0123456789")), ".")
	if b == "" {
		a, b, _ = strings.Cut(strings.ToLower(strings.TrimRight(s, "0123456789")), "_")
	}
	return firstNames().has(a) && len(b) > 2 || len(a) == 1 && lastNames().has(b) || firstNames().has(b) && lastNames().has(a)
}
