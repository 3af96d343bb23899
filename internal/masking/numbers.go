package masking

import (
	"math/big"
	"strings"
)

// digitsOf returns the digits of s, and whether s holds nothing but digits and the
// separators of written numbers.
func digitsOf(s string) (digits string, ok bool) {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case !strings.ContainsRune(" -./", r):
			return "", false
		}
	}
	return b.String(), b.Len() > 0
}

var (
	separators = strings.NewReplacer(" ", "", "-", "", ".", "")
	corsica    = strings.NewReplacer("2A", "19", "2B", "18") // departments of a NIR
)

// luhn is the check of payment cards and IMEIs (ISO/IEC 7812-1, annex B).
func luhn(digits string) bool {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return len(digits) > 0 && sum%10 == 0
}

// cardNumber reports whether s is a payment card's number: issuer, length and check
// digit fit (ISO/IEC 7812; the schemes' published ranges).
func cardNumber(s string) bool {
	d, ok := digitsOf(s)
	if !ok || len(d) < 13 || len(d) > 19 || !luhn(d) || strings.Trim(d, d[:1]) == "" {
		return false
	}
	two, four := d[:2], d[:4]
	switch n := len(d); {
	case d[0] == '4':
		return n == 13 || n == 16 || n == 19
	case two >= "51" && two <= "55", four >= "2221" && four <= "2720":
		return n == 16
	case two == "34" || two == "37":
		return n == 15
	case four == "6011" || two == "65" || four >= "6440" && four <= "6499", two == "35", two == "62":
		return n >= 16
	case two == "36" || two == "38" || two == "39" || four >= "3000" && four <= "3059":
		return n >= 14
	case two == "50" || two >= "56" && two <= "58" || two == "63" || two == "67":
		return n >= 13
	}
	return false
}

// ibanLengths is how long an IBAN of a country is (SWIFT's IBAN registry).
var ibanLengths = map[string]int{
	"AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24,
	"DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28,
	"HR": 21, "HU": 28, "IE": 22, "IL": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21,
	"MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24,
	"RS": 22, "SA": 24, "SC": 31, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
}

// iban checks country, length and remainder (ISO 13616, ISO/IEC 7064 mod 97-10).
func iban(s string) bool {
	s = strings.ToUpper(separators.Replace(s))
	if len(s) < 15 || ibanLengths[s[:2]] != len(s) {
		return false
	}
	rest := 0
	for _, r := range s[4:] + s[:4] {
		switch {
		case r >= '0' && r <= '9':
			rest = (rest*10 + int(r-'0')) % 97
		case r >= 'A' && r <= 'Z':
			rest = (rest*100 + int(r-'A') + 10) % 97
		default:
			return false
		}
	}
	return rest == 1
}

// weighted is the sum of digits times weights.
func weighted(digits string, weights ...int) int {
	sum := 0
	for i, w := range weights {
		sum += int(digits[i]-'0') * w
	}
	return sum
}

// nationalIDs are the checks of national identity, tax and social security
// numbers. Distinct ones have letters, fixed separators or two check digits, so that
// a column full of them is recognised without its name; of the others one in ten or
// eleven random numbers passes.
var nationalIDs = []struct {
	distinct bool
	check    func(s, digits string) bool // digits is empty if s holds anything else
}{
	{true, usSSN},
	{true, spanishID},
	{true, frenchNIR},
	{true, brazilianCPF},
	{true, italianFiscalCode},
	{true, britishNINO},
	{true, swissAHV},
	{true, belgianID},
	{false, dutchBSN},
	{false, germanTaxID},
	{false, portugueseNIF},
	{false, polishPESEL},
	{false, swedishID},
	{true, germanInsurance},
	{true, germanInsured},
	{false, spanishAffiliation},
	{false, nhsNumber},
	{false, canadianSIN},
	{false, austrianInsurance},
}

func usSSN(s, _ string) bool {
	if len(s) != 11 || s[3] != '-' || s[6] != '-' {
		return false
	}
	d, ok := digitsOf(s)
	return ok && len(d) == 9 && d[:3] != "000" && d[:3] != "666" && d[0] != '9' && d[3:5] != "00" && d[5:] != "0000"
}

func spanishID(s, _ string) bool {
	s = strings.ToUpper(separators.Replace(s))
	if len(s) != 9 {
		return false
	}
	number := s[:8]
	if i := strings.IndexByte("XYZ", s[0]); i >= 0 { // NIE
		number = string(rune('0'+i)) + s[1:8]
	}
	n := 0
	for _, r := range number {
		if r < '0' || r > '9' {
			return false
		}
		n = n*10 + int(r-'0')
	}
	return s[8] == "TRWAGMYFPDXBNJZSQVHLCKE"[n%23]
}

func frenchNIR(s, _ string) bool {
	s = strings.ToUpper(strings.ReplaceAll(s, " ", ""))
	if len(s) != 15 || !strings.ContainsRune("12378", rune(s[0])) {
		return false
	}
	s = corsica.Replace(s[:7]) + s[7:]
	d, ok := digitsOf(s)
	if !ok || len(d) != 15 {
		return false
	}
	n, _ := new(big.Int).SetString(d[:13], 10)
	key := 97 - int(new(big.Int).Mod(n, big.NewInt(97)).Int64())
	return int(d[13]-'0')*10+int(d[14]-'0') == key
}

func brazilianCPF(_, d string) bool {
	if len(d) != 11 || strings.Trim(d, d[:1]) == "" {
		return false
	}
	return weighted(d, 10, 9, 8, 7, 6, 5, 4, 3, 2)*10%11%10 == int(d[9]-'0') && weighted(d, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2)*10%11%10 == int(d[10]-'0')
}

func italianFiscalCode(s, _ string) bool {
	if len(s) != 16 {
		return false
	}
	for i, r := range strings.ToUpper(s) {
		letter := r >= 'A' && r <= 'Z'
		switch i {
		case 0, 1, 2, 3, 4, 5, 11, 15:
			if !letter {
				return false
			}
		case 8:
			if !strings.ContainsRune("ABCDEHLMPRST", r) {
				return false
			}
		default:
			if (r < '0' || r > '9') && !strings.ContainsRune("LMNPQRSTUV", r) {
				return false
			}
		}
	}
	return true
}

func britishNINO(s, _ string) bool {
	s = strings.ToUpper(strings.ReplaceAll(s, " ", ""))
	if len(s) != 9 || !strings.ContainsRune("ABCD", rune(s[8])) {
		return false
	}
	for i := range 2 {
		if s[i] < 'A' || s[i] > 'Z' || strings.ContainsRune("DFIQUV", rune(s[i])) {
			return false
		}
	}
	_, ok := digitsOf(s[2:8])
	return ok
}

func swissAHV(_, d string) bool {
	return len(d) == 13 && strings.HasPrefix(d, "756") && (10-weighted(d, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3)%10)%10 == int(d[12]-'0')
}

func belgianID(s, d string) bool {
	if len(d) != 11 || d[2:4] > "12" || d[4:6] > "31" {
		return false
	}
	n, _ := new(big.Int).SetString(d[:9], 10)
	m, _ := new(big.Int).SetString("2"+d[:9], 10)
	key := int64(d[9]-'0')*10 + int64(d[10]-'0')
	mod := big.NewInt(97)
	return key == 97-new(big.Int).Mod(n, mod).Int64() || key == 97-new(big.Int).Mod(m, mod).Int64()
}

func dutchBSN(_, d string) bool {
	return len(d) == 9 && d != "000000000" && (weighted(d, 9, 8, 7, 6, 5, 4, 3, 2)-int(d[8]-'0'))%11 == 0
}

// germanTaxID is the check of the Steuer-IdNr. (ISO/IEC 7064 mod 11,10).
func germanTaxID(_, d string) bool {
	if len(d) != 11 || d[0] == '0' {
		return false
	}
	product := 10
	for i := range 10 {
		sum := (int(d[i]-'0') + product) % 10
		if sum == 0 {
			sum = 10
		}
		product = 2 * sum % 11
	}
	return (11-product)%10 == int(d[10]-'0')
}

func portugueseNIF(_, d string) bool {
	if len(d) != 9 || !strings.ContainsRune("123568", rune(d[0])) {
		return false
	}
	check := 11 - weighted(d, 9, 8, 7, 6, 5, 4, 3, 2)%11
	return check%11%10 == int(d[8]-'0') || check >= 10 && d[8] == '0'
}

func polishPESEL(_, d string) bool {
	return len(d) == 11 && d[4:6] <= "31" && d[4:6] > "00" && (10-weighted(d, 1, 3, 7, 9, 1, 3, 7, 9, 1, 3)%10)%10 == int(d[10]-'0')
}

func swedishID(s, d string) bool {
	if len(d) == 12 {
		d = d[2:]
	}
	return len(d) == 10 && len(s) > 10 && d[2:4] <= "12" && d[2:4] > "00" && luhn(d)
}

// germanInsurance is a Rentenversicherungsnummer: area, birth, letter, serial, check.
func germanInsurance(s, _ string) bool {
	s = strings.ToUpper(strings.ReplaceAll(s, " ", ""))
	if len(s) != 12 || s[8] < 'A' || s[8] > 'Z' {
		return false
	}
	_, ok := digitsOf(s[:8])
	_, tail := digitsOf(s[9:])
	return ok && tail && s[2:4] <= "31" && s[4:6] <= "12"
}

// imei is a mobile device's number: 15 digits, Luhn, a reporting body of those
// that number devices today (3GPP TS 23.003).
func imei(s string) bool {
	d, ok := digitsOf(s)
	return ok && len(d) == 15 && luhn(d) && (d[:2] == "35" || d[:2] == "86" || d[:2] == "01" || d[:2] == "99" || d[:2] == "91")
}
