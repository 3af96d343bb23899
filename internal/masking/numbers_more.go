package masking

import "strings"

// spanishAffiliation is a social security number: two digits of the remainder of
// those before by 97.
func spanishAffiliation(_, d string) bool {
	if len(d) != 12 || d[:2] > "53" || d[:2] == "00" {
		return false
	}
	rest := 0
	head := d[:10]
	if d[2] == '0' {
		head = d[:2] + d[3:10]
	}
	for _, r := range head {
		rest = (rest*10 + int(r-'0')) % 97
	}
	return rest == int(d[10]-'0')*10+int(d[11]-'0')
}

// nhsNumber is a patient's number in England and Wales (modulus 11).
func nhsNumber(_, d string) bool {
	if len(d) != 10 || strings.Trim(d, d[:1]) == "" {
		return false
	}
	check := 11 - weighted(d, 10, 9, 8, 7, 6, 5, 4, 3, 2)%11
	return check%11 == int(d[9]-'0') && check != 10
}

// canadianSIN is a social insurance number (Luhn).
func canadianSIN(_, d string) bool { return len(d) == 9 && d[0] != '0' && d[0] != '8' && luhn(d) }

// austrianInsurance is a Sozialversicherungsnummer: serial, check, birth.
func austrianInsurance(_, d string) bool {
	if len(d) != 10 || d[0] == '0' || d[4:6] > "31" || d[6:8] > "15" {
		return false
	}
	return (weighted(d[:3], 3, 7, 9)+weighted(d[4:], 5, 8, 4, 2, 1, 6))%11 == int(d[3]-'0')
}

// germanInsured is a Krankenversichertennummer: a letter, eight digits, a check.
func germanInsured(s, _ string) bool {
	s = strings.ToUpper(separators.Replace(s))
	if len(s) != 10 || s[0] < 'A' || s[0] > 'Z' {
		return false
	}
	d, ok := digitsOf(s[1:])
	if !ok || len(d) != 9 {
		return false
	}
	letter := int(s[0]-'A') + 1
	all := string([]byte{byte('0' + letter/10), byte('0' + letter%10)}) + d[:8]
	sum := 0
	for i := range len(all) {
		n := int(all[i]-'0') * (1 + i%2)
		sum += n/10 + n%10
	}
	return sum%10 == int(d[8]-'0')
}
