package masking

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// content is what the values of a column look like, as counts over the sample.
type content struct {
	rows     int // of the sample
	filled   int // neither NULL nor empty, of those looked at
	seen     int // distinct values
	distinct map[string]int
	chars    int // of all filled values
	words    int // values with a space and more than 40 characters
	nested   int // values that are JSON, XML, base64 or bytes with something inside
	numeric  int
	hits     map[Entity]float64 // how many values hold it, whole
	inside   map[Entity]int     // how many hold it somewhere in a text
	inner    map[Entity]int     // how many hold it in a structure
	bareTel  int                // digits that might be a telephone number
	names2   int                // first and last name
	hexes    int
	randoms  int
	dotted   int // of ICD-10: with a dot
	media    int
	idPlain  int // pass a national id's weaker check
}

// most is how many distinct values are looked at closely; a column's kind shows in
// that many.
const most = 300

// study looks at one column of a sample.
func study(s Sample, column int, t Type) *content {
	c := &content{rows: len(s.Rows), distinct: map[string]int{}, hits: map[Entity]float64{}, inside: map[Entity]int{}, inner: map[Entity]int{}}
	var order []string
	for _, row := range s.Rows {
		cell := row[column]
		text := strings.TrimSpace(cell.Text)
		if cell.Null || text == "" || t.Array && text == "{}" {
			continue
		}
		if c.distinct[text]++; c.distinct[text] == 1 {
			order = append(order, text)
		}
	}
	for i, text := range order {
		c.seen++
		if i < most {
			c.filled += c.distinct[text]
			c.value(text, c.distinct[text], t)
		}
	}
	return c
}

// value counts one value that stands n times.
func (c *content) value(text string, n int, t Type) {
	c.chars += n * utf8.RuneCountInString(text)
	switch {
	case t.Array:
		c.elements(text, n)
		return
	case t.Base == "bytea" && t.Schema == "pg_catalog":
		c.bytes(text, n)
		return
	case t.Base == "json" || t.Base == "jsonb" || t.Base == "xml" || t.Base == "hstore" || t.Kind == CompositeType || t.Base == "tsvector":
		c.structure(text, n)
		return
	}
	c.plain(text, n, 0)
}

// plain counts a value that is a text, a number or a date.
func (c *content) plain(text string, n, depth int) {
	if structured(text) && depth < 2 {
		c.structure(text, n)
		return
	}
	if inner, ok := unbase64(text); ok && depth < 2 {
		before := len(c.inner)
		c.structure(inner, n)
		if len(c.inner) > before {
			return
		}
	}
	if e := whole(text); e != None {
		c.hits[e] += float64(n)
		return
	}
	c.weigh(text, n)
	if len(text) > 20 && strings.Contains(text, " ") {
		if len(text) > 40 {
			c.words += n
		}
		for _, e := range mentions(text) {
			c.inside[e] += n
		}
	}
}

// weigh counts what says something of a column full of it only.
func (c *content) weigh(text string, n int) {
	switch phoneNumber(text) {
	case 2:
		c.hits[Phone] += float64(n)
		return
	case 1:
		c.bareTel += n
	}
	digits, number := digitsOf(text)
	if number {
		c.numeric += n
	}
	for _, id := range nationalIDs {
		if !number {
			digits = ""
		}
		if !id.check(text, digits) {
			continue
		}
		if id.distinct && (digits == "" || text != digits || len(digits) > 9) {
			c.hits[NationalID] += float64(n)
			return
		}
		c.idPlain += n
		break
	}
	switch {
	case icd10.MatchString(text):
		c.hits[Health] += float64(n)
		if strings.Contains(text, ".") {
			c.dotted += n
		}
	case hexHash(text):
		c.hexes += n
	case random(text):
		c.randoms += n
	case strings.ContainsRune(text, ' ') && street.MatchString(text):
		c.hits[Address] += float64(n)
	default:
		switch personName(text) {
		case 2:
			c.hits[PersonName] += float64(n)
			c.names2 += n
		case 1:
			c.hits[PersonName] += .8 * float64(n)
		}
	}
}

// whole says what a value is all by itself.
func whole(text string) Entity {
	switch {
	case len(text) < 5 || len(text) > 4000:
		return None
	case wholeEmail.MatchString(text):
		return Email
	case secret(text):
		return Secret
	case personalLink.MatchString(text):
		return PersonalURL
	case macText.MatchString(text):
		return DeviceID
	case ipAddress(text):
		return IPAddress
	case iban(text):
		return BankAccount
	case imei(text):
		return DeviceID
	case cardNumber(text):
		return Card
	}
	return None
}

// mentions says what stands somewhere in a sentence.
func mentions(text string) (list []Entity) {
	if anyEmail.MatchString(text) {
		list = append(list, Email)
	}
	if m := anyPhone.FindString(text); m != "" && !dateText.MatchString(m) && phoneNumber(m) == 2 {
		list = append(list, Phone)
	}
	if anySSN.MatchString(text) {
		list = append(list, NationalID)
	}
	for _, m := range anyIBAN.FindAllString(text, 4) {
		if iban(m) {
			list = append(list, BankAccount)
			break
		}
	}
	for _, m := range anyCard.FindAllString(text, 4) {
		if cardNumber(m) {
			list = append(list, Card)
			break
		}
	}
	if secret(text) {
		list = append(list, Secret)
	}
	if namesSomebody(text) {
		list = append(list, PersonName)
	}
	return list
}

// structured reports whether a text is JSON or XML worth walking.
func structured(text string) bool {
	return len(text) > 6 && (text[0] == '{' && text[len(text)-1] == '}' || text[0] == '[' && text[len(text)-1] == ']' || text[0] == '<' && text[len(text)-1] == '>')
}

// unbase64 undoes base64 if what comes out is text.
func unbase64(text string) (string, bool) {
	if len(text) < 16 || len(text)%4 == 1 || !oneWord.MatchString(text) || hexText.MatchString(text) {
		return "", false
	}
	raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(text), "="))
	if err != nil || !printable(raw) {
		return "", false
	}
	return string(raw), true
}

func printable(raw []byte) bool {
	if !utf8.Valid(raw) || len(raw) == 0 {
		return false
	}
	for _, r := range string(raw) {
		if !unicode.IsPrint(r) && !unicode.IsSpace(r) {
			return false
		}
	}
	return true
}

// arrayElement finds the elements of an array's text form, well enough to look at.
var arrayElement = regexp.MustCompile(`"((?:[^"\\]|\\.)*)"|([^{},"]+)`)

func (c *content) elements(text string, n int) {
	for _, m := range arrayElement.FindAllStringSubmatch(text, 20) {
		c.plain(strings.ReplaceAll(m[1]+m[2], `\`, ""), n, 1)
	}
}

// bytes looks into a bytea's text form.
func (c *content) bytes(text string, n int) {
	raw, err := hex.DecodeString(strings.TrimPrefix(text, `\x`)[:len(strings.TrimPrefix(text, `\x`))/2*2])
	if err != nil {
		return
	}
	for _, magic := range []string{"\xff\xd8\xff", "\x89PNG", "GIF8", "%PDF", "PK\x03\x04", "II*\x00", "MM\x00*", "RIFF", "\x1f\x8b", "ID3", "OggS", "\x00\x00\x00"} {
		if strings.HasPrefix(string(raw), magic) {
			c.media += n
			return
		}
	}
	for len(raw) > 0 && !utf8.Valid(raw) && len(raw) > 4 && utf8.Valid(raw[:len(raw)-3]) {
		raw = raw[:len(raw)-1] // cut within a character
	}
	if printable(raw) {
		c.structure(string(raw), n)
		return
	}
	c.randoms += n
}

// structure walks JSON, and takes anything else for the text between its tags and
// brackets.
func (c *content) structure(text string, n int) {
	c.nested += n
	found := map[Entity]bool{}
	var v any
	if json.Unmarshal([]byte(text), &v) == nil {
		walk(v, nil, found, 0)
	} else {
		for _, m := range leaf.FindAllStringSubmatch(text, 200) {
			value := strings.TrimSpace(m[2])
			lookAtLeaf([]string{m[1]}, value, found)
		}
		for _, e := range mentions(text) {
			found[e] = true
		}
	}
	for e := range found {
		c.inner[e] += n
	}
}

// leaf finds <tag>value, "key"=>"value", key: value and the fields of a record.
var leaf = regexp.MustCompile(`(?:[<"]?([\pL_][\pL\d_.-]*)"?(?:\s[^<>]*)?(?:>|=>|=|:)\s*)?"?([^<>"(){},=]{3,})`)

// walk looks at the leaves of a JSON value.
func walk(v any, path []string, found map[Entity]bool, depth int) {
	if depth > 20 {
		found[Undetermined] = true
		return
	}
	switch v := v.(type) {
	case map[string]any:
		for key, inner := range v {
			walk(inner, append(path[:len(path):len(path)], key), found, depth+1)
			if e := whole(key); e == Email || e == Secret {
				found[e] = true // people's addresses as keys
			}
		}
	case []any:
		for _, inner := range v {
			walk(inner, path, found, depth+1)
		}
	case string:
		lookAtLeaf(path, strings.TrimSpace(v), found)
	case float64:
		if h := leafHint(path); h.sure >= .85 && (h.entity == Pay || h.entity == NationalID || h.entity == Phone || h.entity == Geo || h.entity == BirthDate) {
			found[h.entity] = true
		}
	}
}

// leafHint reads a leaf's key in the light of the keys above it.
func leafHint(path []string) hint {
	if len(path) == 0 {
		return hint{}
	}
	about := aboutUnknown
	if len(path) > 1 {
		about = headOf(tokens(path[len(path)-2]))
	}
	return readName(path[len(path)-1], about)
}

func lookAtLeaf(path []string, value string, found map[Entity]bool) {
	if value == "" {
		return
	}
	if e := whole(value); e != None {
		found[e] = true
		return
	}
	if phoneNumber(value) == 2 {
		found[Phone] = true
		return
	}
	if h := leafHint(path); !h.vetoed && h.sure >= .75 && !truth.has(strings.ToLower(value)) {
		found[h.entity] = true
		return
	}
	if personName(value) == 2 {
		found[PersonName] = true
		return
	}
	if inner, ok := unbase64(value); ok {
		value = inner
	}
	for _, e := range mentions(value) {
		found[e] = true
	}
}

var truth = setOf(`true false yes no on off null none 0 1 ja nein oui non si sim nao`)
