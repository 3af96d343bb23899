package masking

import "regexp"

var (
	// literalText finds the string literals of SQL, well enough to look at.
	literalText = regexp.MustCompile(`'((?:[^']|'')*)'`)
	keyText     = regexp.MustCompile(`^(ghp_|gho_|sk_live_|rk_live_|AKIA|ASIA|xox[abprs]-|eyJ[A-Za-z0-9_-]+\.|\$2[aby]\$|\$argon2)|-----BEGIN |://[^/\s:@]+:[^/\s@]+@`)
	spokenText  = regexp.MustCompile(`(?i)[a-z0-9._%+-]+@[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}|\+[0-9][0-9 ()/.-]{7,}[0-9]|\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b`)
)

// Speaks reports whether a text of the catalog (a default, a comment, a function's
// body) has something in it that would be masked in a column.
func Speaks(text string) bool {
	if spokenText.MatchString(text) {
		return true
	}
	for _, m := range literalText.FindAllStringSubmatch(text, 200) {
		if v := m[1]; len(v) >= 8 && len(v) <= 4000 && (iban(v) || cardNumber(v) || keyText.MatchString(v)) {
			return true
		}
	}
	return false
}
