package masking

import (
	"strings"
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
	digits   int                // values with a digit
	blanks   int                // values with places to be filled in: {{name}}
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
	ids      int // UUIDs
	spoken   int // have words in them, and are no codes
	capitals int // begin with a capital letter, as names do
	plates   int
	links    int // of one person each, by their random part
	paths    int // with a person's name in them
	pictures int // in base64
	logins   int // like jsilva
	phrases  int // of four words and more
	abroad   int // telephone numbers with a country's code
	vins     int
	holders  int // values that say that there is none, left out of all the others
	offices  int // e-mail addresses that are an office's
	fraction int // numbers with a fraction
	// positions are numbers that may be degrees of latitude or longitude.
	positions int
	dates     dates
}

// dates are the values that are dates, however written.
type dates struct{ n, old, first, last int }

func (d *dates) add(year, n int) {
	if d.n == 0 || year < d.first {
		d.first = year
	}
	d.last = max(d.last, year)
	d.n += n
	if year < 1975 {
		d.old += n
	}
}

// births reports whether dates lie as birthdays of grown-ups do: a tenth before
// 1975, none after 2015, spread over decades.
func (d *dates) births() bool {
	return d.n >= 20 && d.old*10 >= d.n && d.last <= 2015 && d.first >= 1900 && d.first <= 1970
}

// past reports whether no date is of the last ten years, and they lie apart.
func (d *dates) past() bool { return d.n > 0 && d.last <= 2016 && d.last-d.first >= 8 }

// most is how many distinct values are looked at closely; a column's kind shows in
// that many.
const most = 300

func newContent() *content {
	return &content{distinct: map[string]int{}, hits: map[Entity]float64{}, inside: map[Entity]int{}, inner: map[Entity]int{}}
}

// study looks at one column of a sample.
func study(s Sample, column int, t Type) *content {
	c := newContent()
	c.rows = len(s.Rows)
	var order, none []string
	for _, row := range s.Rows {
		cell := row[column]
		text := strings.TrimSpace(cell.Text)
		if cell.Null || text == "" || t.Array && text == "{}" {
			continue
		}
		if c.distinct[text]++; c.distinct[text] == 1 {
			if holder(text) && !t.Array {
				none = append(none, text)
				continue
			}
			order = append(order, text)
		}
	}
	if len(order) == 0 {
		order, none = none, nil // it may be all that they say
	}
	for _, text := range none {
		c.holders += c.distinct[text]
		delete(c.distinct, text)
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

// share is how many of the values hold it whole, 0 to 1.
func (c *content) share(e Entity) float64 { return c.hits[e] / float64(max(c.filled, 1)) }

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
	sh := shapeOf(text)
	if sh.digits > 0 {
		c.digits += n
	}
	if toBeFilled(text) {
		c.blanks += n
	}
	if year, ok := yearOf(text, sh); ok {
		c.dates.add(year, n)
	}
	if picture(text) {
		c.pictures += n
		return
	}
	if sh.size > 20 {
		if e := record(text); e != None {
			c.inner[e] += n
			return
		}
	}
	if (structured(text) || strings.Contains(text, `"=>"`)) && depth < 2 {
		c.structure(text, n)
		return
	}
	if inner, ok := unbase64(text, sh); ok && depth < 2 {
		before := len(c.inner)
		c.structure(inner, n)
		if len(c.inner) > before {
			return
		}
	}
	if e := whole(text, sh); e != None {
		c.hits[e] += float64(n)
		if e == Email && ofOffice(text) {
			c.offices += n
		}
		return
	}
	if (parameters(text, sh) || namesFields(text, sh)) && depth < 2 {
		c.structure(text, n)
	}
	c.spell(text, n, sh)
	c.weigh(text, n, sh)
	c.fields(text, n, sh)
	if sh.size > 20 && sh.spaces > 0 || sh.at > 0 {
		if sh.size > 40 {
			c.words += n
		}
		for _, e := range mentions(text, sh) {
			c.inside[e] += n
		}
	}
}

// weigh counts what says something of a column full of it only.
func (c *content) weigh(text string, n int, sh shape) {
	if c.id(text, n, sh) || c.phone(text, n, sh) {
		return
	}
	switch {
	case pathOfSomebody(text, sh):
		c.paths += n
	case sh.size <= 8 && sh.digits > 1 && icd10.MatchString(text):
		c.hits[Health] += float64(n)
		if strings.Contains(text, ".") {
			c.dotted += n
		}
	case hexHash(text):
		c.hexes += n
	case sh.size == 36 && uuidText.MatchString(text):
		c.ids += n
	case random(text, sh):
		c.randoms += n
	case sh.digits >= 2 && sh.size <= 10 && postcode.MatchString(text):
		c.hits[PostalCode] += float64(n)
	case sh.digits >= 5 && sh.spaces > 1 && sh.size <= 60 && placeLine.MatchString(text):
		c.hits[Address] += float64(n)
	case sh.size >= 25 && sh.spaces == 0 && sh.word && wallet.MatchString(text):
		c.hits[BankAccount] += float64(n)
	case sh.size >= 20 && sh.spaces == 0 && travelZone.MatchString(text):
		c.hits[Document] += float64(n)
	case sh.size == 15 && sh.dots == 3 && sh.dashes == 1 && belgianForm.MatchString(text):
		c.hits[NationalID] += float64(n)
	case sh.letters == 0 && grid.MatchString(text):
		c.hits[Geo] += float64(n)
	case sh.slashes > 2 && sh.spaces == 0 && personalPath.MatchString(text):
		c.links += n
	case vin(text, sh):
		c.vins += n
	case sh.size <= 10 && sh.digits >= 1 && sh.upper >= 2 && sh.lower == 0 && plate.MatchString(text):
		c.plates += n
	case sh.letters > 3 && (isStreet(text, sh) || sh.digits > 4 && addressLine.MatchString(text)):
		c.hits[Address] += float64(n)
	case position(text, sh):
		c.hits[Geo] += float64(n)
	default:
		switch personName(text) {
		case 2:
			c.hits[PersonName] += float64(n)
			c.names2 += n
		case 1:
			c.hits[PersonName] += .8 * float64(n)
		default:
			switch {
			case account(text, sh):
				c.hits[Username] += float64(n)
			case peopleIn(text, sh):
				c.hits[PersonName] += float64(n)
				c.names2 += n
			case loginLike(text, sh):
				c.logins += n
			}
		}
	}
}

func (c *content) phone(text string, n int, sh shape) bool {
	if sh.digits < 6 || sh.letters > 8 || sh.letters > 2 && callSign.FindString(text) == "" {
		return false
	}
	switch phoneNumber(text) {
	case 2:
		c.hits[Phone] += float64(n)
		if strings.HasPrefix(text, "+") || strings.HasPrefix(text, "00") {
			c.abroad += n
		}
		return true
	case 1:
		c.bareTel += n
	}
	return false
}

func (c *content) id(text string, n int, sh shape) bool {
	digits, number := "", false
	if sh.letters == 0 && sh.digits > 0 {
		digits, number = digitsOf(text)
	}
	if number {
		c.numeric += n
		if sh.dots == 1 && strings.TrimPrefix(text, "-") != "" && len(strings.TrimPrefix(text, "-")) == sh.digits+1 {
			c.fraction += n
			if before, behind, _ := strings.Cut(text, "."); len(behind) >= 4 && len(before) <= 4 {
				c.positions += n
			}
		}
	}
	if sh.size < 8 || sh.size > 21 || sh.digits < 3 {
		return false
	}
	for _, id := range nationalIDs {
		if !id.check(text, digits) {
			continue
		}
		if id.distinct && (digits == "" || text != digits || len(digits) > 9) {
			c.hits[NationalID] += float64(n)
			return true
		}
		c.idPlain += n
		break
	}
	return false
}

// whole says what a value is all by itself.
func whole(text string, sh shape) Entity {
	switch {
	case sh.size < 5 || sh.size > 4000:
		return None
	case sh.at == 1 && sh.spaces == 0 && wholeEmail.MatchString(text) && !machineMail(text):
		return Email
	case secretIn(text, sh):
		return Secret
	case sh.slashes > 0 && sh.dots > 0 && sh.spaces == 0 && personalLink.MatchString(text):
		return PersonalURL
	case (sh.size == 17 || sh.size == 14) && macText.MatchString(text):
		return DeviceID
	case sh.dots > 0 && sh.digits >= 8 && sh.spaces == 0 && visitor.MatchString(text):
		return DeviceID
	case (sh.dots == 3 || sh.colons > 1) && ipAddress(text):
		return IPAddress
	case sh.size >= 15 && sh.size <= 42 && sh.digits >= 8 && sh.letters >= 2 && iban(text):
		return BankAccount
	case sh.digits == 15 && sh.letters == 0 && imei(text):
		return DeviceID
	case sh.digits >= 13 && sh.letters == 0 && cardNumber(text):
		return Card
	}
	return None
}

// mentions says what stands somewhere in a sentence.
func mentions(text string, sh shape) (list []Entity) {
	if sh.at > 0 {
		for _, m := range anyEmail.FindAllString(text, 4) {
			if !machineMail(m) {
				list = append(list, Email)
				break
			}
		}
	}
	if sh.digits >= 7 {
		if m := anyPhone.FindString(text); m != "" && !dateText.MatchString(m) && phoneNumber(m) == 2 {
			list = append(list, Phone)
		}
	}
	if sh.digits >= 9 && sh.dashes > 1 && anySSN.MatchString(text) {
		list = append(list, NationalID)
	}
	if sh.digits >= 13 {
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
	}
	if secretIn(text, sh) {
		list = append(list, Secret)
	}
	if sh.upper > 0 && namesSomebody(text) {
		list = append(list, PersonName)
	}
	return list
}
