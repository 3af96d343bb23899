package masking

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"net/netip"
	"net/url"
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
	oneWord  = regexp.MustCompile(`^[A-Za-z0-9+/=_.~-]+$`)
	dateText = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}([ T].*)?$|^\d{1,2}[./-]\d{1,2}[./-]\d{2,4}$`)
	// personalLink leads to somebody's own page or picture.
	personalLink = regexp.MustCompile(`(?i)^(https?://)?([\w-]+\.)*(linkedin\.com/in/|facebook\.com/|twitter\.com/|x\.com/|instagram\.com/|xing\.com/profile|github\.com/[\w-]+/?$|gravatar\.com/avatar/|t\.me/)`)
)

// secrets are the forms of keys, tokens and password hashes as their makers
// document them. One is enough.
var secrets = regexp.MustCompile(`\b(AKIA|ASIA)[A-Z0-9]{16}\b|\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{18,}|\bxox[abeoprs]-[\w-]{10,}|\b[srp]k_(live|test)_[A-Za-z0-9]{10,}|\bwhsec_[A-Za-z0-9+/=]{16,}` +
	`|\bAIza[\w-]{35}|\bya29\.[\w-]{20,}|\bsk-[A-Za-z0-9_-]{20,}|\bSG\.[\w-]{16,}\.[\w-]{16,}|\bnpm_[A-Za-z0-9]{30,}|\bdop_v1_[a-f0-9]{60,}|\bhv[sbr]\.[\w-]{20,}|\bpypi-[\w-]{20,}|\bEAA[A-Za-z0-9]{40,}` +
	`|-----BEGIN [A-Z ]*PRIVATE KEY-----|^\$(2[abxy]?|argon2(id|i|d)|5|6|y|scrypt|pbkdf2[\w-]*|1|apr1)\$|^pbkdf2[_:]\w+[$:]|^\{(SSHA|SHA|MD5|CRYPT|BCRYPT)\w*\}|^SCRAM-SHA-256\$|^md5[0-9a-f]{32}$|^scrypt:\d|[?&](X-Amz-Signature|X-Goog-Signature|sig|Signature|access_token|token|api_key|apikey)=[\w%./+-]{16,}`)

var jwtText = regexp.MustCompile(`\beyJ[\w-]{6,}\.[\w-]{4,}\.[\w-]*`)

// secret reports whether a text holds a key, a token, a password's hash or an
// address with a password in it.
func secret(s string) bool {
	if len(s) < 10 || !strings.ContainsAny(s, "0123456789") || !strings.ContainsAny(s, "_-$={}:.?") && len(s) < 16 {
		return false
	}
	if secrets.MatchString(s) {
		return true
	}
	if token := jwtText.FindString(s); token != "" {
		head, _, _ := strings.Cut(token, ".")
		if raw, err := base64.RawURLEncoding.DecodeString(head); err == nil && json.Valid(raw) {
			return true
		}
	}
	if strings.Contains(s, "://") && strings.Contains(s, "@") {
		for word := range strings.FieldsSeq(s) {
			if u, err := url.Parse(strings.Trim(word, `"'<>,;`)); err == nil && u.User != nil {
				if password, has := u.User.Password(); has && password != "" || !has && u.User.Username() != "" && u.Scheme != "mailto" && u.Scheme != "ssh" && u.Scheme != "git" {
					return true
				}
			}
		}
	}
	return keyword.MatchString(s)
}

// keyword is a connection string with a password in it.
var keyword = regexp.MustCompile(`(?i)\b(password|pwd|passwd|secret|api[_-]?key|accountkey|sharedaccesskey)\s*=\s*[^\s;]{4,}`)

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
func random(s string) bool {
	if len(s) < 20 || !oneWord.MatchString(s) || hexText.MatchString(s) || uuidText.MatchString(s) {
		return false
	}
	var lower, upper, digit bool
	for _, r := range s {
		lower, upper, digit = lower || r >= 'a' && r <= 'z', upper || r >= 'A' && r <= 'Z', digit || r >= '0' && r <= '9'
	}
	return lower && upper && digit && entropy(s) > 3.8 && !strings.Contains(s, "--")
}

// hexHash reports whether s has the length of a common hash, in hexadecimal.
func hexHash(s string) bool {
	n := len(s)
	return (n == 32 || n == 40 || n == 56 || n == 64 || n == 96 || n == 128) && hexText.MatchString(s)
}
