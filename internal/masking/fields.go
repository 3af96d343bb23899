package masking

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// apart are the words and signs that stand between the people of a list.
var apart = regexp.MustCompile(`\s*(?:[,;/&+|\n]|\s(?:et|und|and|y|e|en|con|avec|mit|with|met)\s)\s*`)

// aside is what stands in brackets beside a name.
var aside = regexp.MustCompile(`[(\[][^)\]]*[)\]]`)

// longestList is how long a value is at most that may be a list of people.
const longestList = 120 // bytes

// peopleIn reports whether a short text is of people: several, or one with a number
// or a remark beside the name. "Karim, Sophie, Léa", "4711 Jane Doe (new)".
func peopleIn(s string, sh shape) bool {
	if sh.size > longestList || sh.letters <= sh.digits || sh.spaces == 0 && !strings.ContainsAny(s, ",;&+|_") || sh.at > 0 {
		return false
	}
	var words []string
	for w := range strings.FieldsSeq(strings.ReplaceAll(aside.ReplaceAllString(s, " "), "_", " ")) {
		if !strings.ContainsAny(w, "0123456789") {
			words = append(words, strings.TrimLeft(w, "-#:."))
		}
	}
	parts, named, full := 0, 0, 0
	for _, part := range apart.Split(strings.Join(words, " "), -1) {
		part = strings.Trim(part, " -:.#")
		if len(part) < 2 {
			continue
		}
		parts++
		switch personName(part) {
		case 2:
			named, full = named+1, full+1
		case 1:
			named++
		}
	}
	return named*2 > parts && (full > 0 || named >= 2)
}

// addressLine is a house's number and behind it a postal code and a town.
var addressLine = regexp.MustCompile(`^\p{Lu}[\pL .'’-]{2,40} \d{1,4} ?[a-zA-Z]?,? +(?:[A-Z]{1,2}-)?\d{4,5}(?:-\d{3})? ?(?:[A-Z]{2} )?\p{Lu}\pL`)

// fileEnd is how names of files end.
var fileEnd = regexp.MustCompile(`\.\w{2,4}$`)

// pathOfSomebody reports whether a path, an address or a file's name has a first name
// and a last name beside each other in it.
func pathOfSomebody(s string, sh shape) bool {
	if sh.size < 8 || sh.size > 300 || sh.letters < 6 || sh.slashes == 0 && !strings.Contains(s, `\`) && !fileEnd.MatchString(s) {
		return false
	}
	if plain, err := url.PathUnescape(s); err == nil {
		s = plain
	}
	for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == '/' || r == '\\' || r == '?' || r == '=' }) {
		before := ""
		for w := range strings.FieldsFuncSeq(plainWord(part), func(r rune) bool { return !unicode.IsLetter(r) }) {
			if len(w) < 3 {
				continue
			}
			if before != "" && (firstNames().has(before) && lastNames().has(w) || lastNames().has(before) && firstNames().has(w)) {
				return true
			}
			before = w
		}
	}
	return false
}

// gaps is what stands between the fields of a record of fixed width.
var gaps = regexp.MustCompile(` {2,}|\t`)

// fieldsOf returns the fields of a record written in one text: with signs between
// them, or at fixed places; nil if it is none.
func fieldsOf(s string, sh shape) []string {
	if sh.size <= 20 || sh.size > 2000 {
		return nil
	}
	for _, sign := range []string{"|", "^", ";", "\t"} {
		if strings.Count(s, sign) >= 2 {
			return strings.Split(s, sign)
		}
	}
	if list := gaps.Split(strings.TrimSpace(s), -1); len(list) >= 3 || len(list) == 2 && sh.digits >= 8 {
		return list
	}
	return nil
}

// fields looks into those of a record.
func (c *content) fields(s string, n int, sh shape) {
	found := map[Entity]bool{}
	before := ""
	for _, field := range fieldsOf(s, sh) {
		field = strings.TrimSpace(field)
		shape := shapeOf(field)
		e := whole(field, shape)
		word := strings.Trim(field, "0123456789 ")
		switch {
		case e != None:
			found[e] = true
		case shape.digits >= 6 && shape.letters <= 2 && phoneNumber(field) == 2:
			found[Phone] = true
		case gluedIBAN(field, shape):
			found[BankAccount] = true
		case isStreet(field, shape) || addressLine.MatchString(field):
			found[Address] = true
		case personName(word) == 2, before != "" && personName(capitalised(before)+" "+capitalised(word)) == 2:
			found[PersonName] = true
		}
		before = word
	}
	for e := range found {
		c.inside[e] += n
	}
}

func capitalised(w string) string {
	if w == "" {
		return w
	}
	return strings.ToUpper(w[:1]) + strings.ToLower(w[1:])
}

// gluedIBAN finds an IBAN within a field of a record, with other digits before it.
func gluedIBAN(s string, sh shape) bool {
	if sh.digits < 12 || sh.spaces > 0 {
		return false
	}
	for i := 0; i+15 <= len(s); i++ {
		if s[i] < 'A' || s[i] > 'Z' || s[i+1] < 'A' || s[i+1] > 'Z' || i > 0 && (s[i-1] < '0' || s[i-1] > '9') {
			continue
		}
		if n := ibanLengths[s[i:i+2]]; n > 0 && i+n <= len(s) && iban(s[i:i+n]) {
			return true
		}
	}
	return false
}

// fieldsNamed are fields with their names in one text: a => 1; b => 2.
var fieldsNamed = regexp.MustCompile(`[\pL_][\w.-]{0,30} ?(?:=>|=) ?[^=\s;,|]`)

// namesFields reports whether a text is of fields with their names.
func namesFields(s string, sh shape) bool {
	return sh.size > 12 && strings.Count(s, "=") >= 2 && !strings.Contains(s, "://") && len(fieldsNamed.FindAllStringIndex(s, 3)) >= 2
}

// picture reports whether a text is a picture or document in base64: a data: URL, or
// the first bytes of usual formats.
func picture(s string) bool {
	for _, begin := range []string{"data:image/", "data:application/", "data:audio/", "data:video/", "iVBORw0KGgo", "/9j/4", "JVBERi0", "R0lGODlh"} {
		if strings.HasPrefix(s, begin) {
			return true
		}
	}
	return false
}

// loginLike reports whether a word is an initial and a surname, or a first name and
// an initial, as logins are made: jsilva, mjferreira2, gracaP.
func loginLike(s string, sh shape) bool {
	if sh.spaces > 0 || sh.size > 20 || sh.size < 5 || sh.lower < 4 || sh.upper > 1 || sh.letters+sh.digits != sh.size {
		return false
	}
	v := strings.TrimRight(s, "0123456789")
	low := strings.ToLower(v)
	if len(low) < 5 || unicode.IsUpper(rune(s[0])) {
		return false
	}
	return lastNames().has(low[1:]) || len(low) > 6 && lastNames().has(low[2:]) || v != low && firstNames().has(low[:len(low)-1])
}

// spell counts how a text is written.
func (c *content) spell(text string, n int, sh shape) {
	if r, _ := utf8.DecodeRuneInString(text); unicode.IsUpper(r) {
		c.capitals += n
	}
	if sh.spaces >= 2 && sh.lower*2 > sh.size && sentence(text) {
		c.phrases += n
	}
	if sh.spaces > 0 && sh.letters > sh.digits || sh.digits == 0 && sh.lower > 1 {
		c.spoken += n
	}
}

// toBeFilled reports whether a text has places for what is filled in: {{name}}.
func toBeFilled(text string) bool {
	return strings.Contains(text, "{{") || strings.Contains(text, "{%") || strings.Contains(text, "${") || strings.Contains(text, "%s")
}

// sentence reports whether most words of a text begin as in sentences, and not as
// in titles.
func sentence(text string) bool {
	low, all := 0, 0
	for w := range strings.FieldsSeq(text) {
		r, _ := utf8.DecodeRuneInString(w)
		all++
		if unicode.IsLower(r) && !little.exactly(w) {
			low++
		}
	}
	return low >= 2 && low*2 >= all
}
