package masking

// number judges numbers: names decide, and check digits where numbers are long.
func (j *judgement) number() verdict {
	v := verdict{None, .05, "It is a number, and its name says nothing of anybody."}
	whole := j.column.Type.Base == "bigint" || j.column.Type.Base == "numeric"
	c, h := j.content, j.hint
	if c != nil && c.filled >= 10 && c.seen > 5 && whole && !j.barred(Card) {
		if c.share(Card) >= .8 {
			return verdict{Card, .9, "Its values are card numbers."}
		}
		if c.share(DeviceID) >= .8 {
			return verdict{DeviceID, .85, "Its values are device numbers."}
		}
	}
	if c != nil && c.idPlain*20 >= c.filled*17 && c.seen >= 10 && j.about != aboutThings && !j.key() && !harmless(j.words) {
		return verdict{NationalID, .8, "Its numbers have the check digits of national ones."}
	}
	if j.about == aboutPeople && c != nil && h.words == "" && c.dates.births() && c.dates.n*10 >= c.filled*9 {
		return verdict{BirthDate, .6, "Its numbers are dates, and lie as birthdays do, in a table about people."}
	}
	if h.entity == None && j.measured() {
		return verdict{Undetermined, .55, "Everybody has a number of their own there, and nothing says that it is harmless."}
	}
	if h.vetoed || h.sure < threshold || len(j.column.References) > 0 || j.column.PrimaryKey && h.sure < .9 || h.unsure && !j.numbersFit(h.entity) {
		return v
	}
	switch h.entity {
	case Card:
		if c != nil && c.filled > 0 && c.chars < 12*c.filled {
			return v
		}
	case Phone:
		if h.sure < .8 && !j.numbersFit(Phone) || j.column.Type.Base == "smallint" {
			return v
		}
	case Secret:
		if c != nil && c.fraction > 0 || !codes.any(j.words) && (!whole || h.sure < .9) {
			return v
		}
	case DeviceID:
		if !whole || c != nil && c.filled > 0 && c.chars < 12*c.filled {
			return v // the number of a row
		}
	case Pay, NationalID, BankAccount, Document, CustomerNumber, Health, BirthDate, Geo, PostalCode, SpecialCategory:
	case FreeText:
		if !j.facts() || !marks.any(j.words) {
			return v
		}
		h.entity = Pay
	default:
		return v
	}
	return verdict{h.entity, h.sure, "Its name says " + text(h.entity) + "."}
}

// marks are words for marks that mean notes as well.
var marks = setOf(`note nota notas notes noten nota_final cotation`)

// codes are the secrets that are numbers.
var codes = setOf(`pin puk cvv cvc cvn otp code codigo codice pincode seed`)

// numbersFit reports whether numbers are of the size of what a short name may mean.
func (j *judgement) numbersFit(e Entity) bool {
	c := j.content
	if c == nil || c.filled == 0 {
		return true
	}
	long := float64(c.chars) / float64(c.filled)
	switch e {
	case Phone:
		return (c.bareTel+int(c.hits[Phone]))*3 >= c.filled*2 && long >= 7
	case BirthDate:
		return c.dates.n*10 >= c.filled*8 || long <= 4
	case NationalID, BankAccount, Card, Document:
		return long >= 7
	case Health:
		return !j.vaguely() || j.ofBody()
	case Pay, SpecialCategory, PostalCode, Geo:
		return true
	}
	return false
}
