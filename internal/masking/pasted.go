package masking

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
)

// blankNames are words that say only that there is a column.
var blankNames = setOf(`col cols column columna colonne colonna coluna kolom spalte sp c f field fld feld champ chp campo cpo veld data daten dato donnee dado val value valor valeur valore wert waarde
	attr attribute attribut atributo attributo x y v k a b d e g h ref txt text texto texte testo tekst str string misc extra custom zusatz frei free udf param unnamed var info raw
	rec record enreg enregistrement registro datensatz satz riga linha ligne linea zeile regel row line cell zelle cellule celda celula cella cel`)

// numbered is a name with a number or a single letter at its end.
var numbered = regexp.MustCompile(`(?i)(?:\d|[ _-][a-z]|^[a-z])$|^\?column\?$|^unnamed`)

// blankName reports whether a column's name means nothing: col4, F2, "Colonne A".
func blankName(name string) bool {
	if !numbered.MatchString(name) {
		return false
	}
	words := strings.FieldsFunc(plainWord(name), func(r rune) bool { return !unicode.IsLetter(r) })
	for _, w := range words {
		if !blankNames.exactly(w) && len(w) > 1 {
			return false
		}
	}
	return true
}

// blanksOf are the columns of a relation whose names mean nothing, if those are so many
// that somebody pasted it together.
func blanksOf(rel *Relation) []int {
	var list []int
	for i, c := range rel.Columns {
		if blankName(c.Name) && !c.PrimaryKey && len(c.References) == 0 {
			list = append(list, i)
		}
	}
	if len(list) >= 3 || len(list) == 2 && len(rel.Columns) <= 5 {
		return list
	}
	return nil
}

// headed takes the row in which the names of the columns stand, if there is one,
// out of a sample, and returns those names.
func headed(s Sample, blanks []int) (map[int][]string, Sample) {
	for _, row := range s.Rows {
		names, known, filled := map[int][]string{}, 0, 0
		for _, i := range blanks {
			text := strings.TrimSpace(row[i].Text)
			if row[i].Null || text == "" {
				continue
			}
			filled++
			words := tokens(text)
			if len(text) > 30 || len(words) == 0 || len(words) > 4 || strings.ContainsAny(text, "@,;") {
				break
			}
			names[i] = words
			if t, _, n := match(words); n > 0 && t.sure > 0 && n*2 >= len(words) {
				known += 2
			} else if slicesAny(words, plainly, heads, generic, things) {
				known++
			}
		}
		if len(names) == filled && filled >= 2 && known >= filled && known >= 4 {
			s.Rows = slices.DeleteFunc(slices.Clone(s.Rows), func(other []Cell) bool { // once for every file
				return !slices.ContainsFunc(blanks, func(i int) bool { return other[i].Text != row[i].Text })
			})
			return names, s
		}
	}
	return nil, s
}

// pasted judges a column whose name means nothing, in a table of such columns: it is
// masked unless its values are evidently harmless.
func (j *judgement) pastedIn() (verdict, bool) {
	c := j.content
	if !j.blank || !j.pasted && !j.surely || c == nil || c.filled == 0 || !isText(j.column.Type) || j.plainValues() || j.header && harmless(j.words) {
		return verdict{}, false
	}
	return verdict{Undetermined, .55, "Neither the column's name nor its table's other names mean anything, and nothing says that the values are harmless."}, true
}

// amountText is a number as people write amounts and quantities.
var amountText = regexp.MustCompile(`^[-+]?(?:€|\$|£|R\$|EUR|CHF|USD)? ?\d{1,3}(?:[.,' ]?\d{3}){0,2}(?:[.,]\d{1,4})? ?(?:€|%|EUR|CHF|USD|GBP|BRL|kg|km|h|Stk|pz|pcs)?$`)

// codeText is a code in capital letters or a word in small ones.
var codeText = regexp.MustCompile(`^(?:[A-Z][A-Z0-9]{0,5}(?:[-_/.][A-Z0-9]{1,8}){0,3}|[\p{Ll}_-]{2,20}|\d{1,4})$`)

// plainValues reports whether the values are evidently nobody's: amounts, small
// numbers, dates that are no birthdays, a few codes that come again, identifiers.
func (j *judgement) plainValues() bool {
	c := j.content
	if serial(c) {
		return true
	}
	if c.share(PersonName) >= .1 && c.seen*8 > c.filled || c.bareTel*2 > c.filled || len(c.inside) > 0 || c.plates*2 > c.filled || c.idPlain*2 > c.filled {
		return false
	}
	if c.dates.n*10 >= c.filled*7 {
		return c.dates.first >= 2000
	}
	if (c.ids+c.hexes)*10 >= c.filled*9 {
		return true
	}
	amounts, codes := 0, 0
	for v, n := range c.distinct {
		switch {
		case amountText.MatchString(v) && len(v) <= 12 && !(len(v) >= 7 && strings.IndexFunc(v, notDigit) < 0):
			amounts += n
		case codeText.MatchString(v) && kept(v) == None && personName(v) == 0:
			codes += n
		}
	}
	all := max(c.filled, 1)
	switch {
	case (amounts+codes)*10 >= all*9 && (codes*10 <= all || c.seen*3 <= c.filled*2 || c.seen <= 3):
		return true
	case c.seen*4 <= c.filled && c.filled >= 12 && c.seen <= 20 && c.chars <= 24*c.filled && c.share(Username) == 0:
		_, special := j.categorised()
		return !special
	}
	return false
}

// serial reports whether the values are numbers one after the other, whatever letters
// stand before them.
func serial(c *content) bool {
	low, high, n := 0, 0, 0
	for v := range c.distinct {
		digits := v[len(strings.TrimRight(v, "0123456789")):]
		at, err := strconv.Atoi(digits)
		before := v[:len(v)-len(digits)]
		if err != nil || len(before) > 10 || strings.Contains(before, " ") || strings.ToUpper(before) != before {
			return false
		}
		if n++; n == 1 {
			low, high = at, at
		}
		low, high = min(low, at), max(high, at)
	}
	return n >= 5 && high-low <= 5*n
}

func notDigit(r rune) bool { return r < '0' || r > '9' }

// trunk are the countries whose numbers are written with a nought in front at home.
var trunk = setOf(`GB DE FR NL AT CH BE`)

// nationalNumbers reports whether digits alone are telephone numbers of one country
// or two, neither of which is there by chance.
func nationalNumbers(c *content) bool {
	if c.bareTel*10 < c.filled*8 || c.filled < 8 || c.seen*10 < c.filled*7 {
		return false
	}
	var values []string
	for v := range c.distinct {
		if len(v) >= 8 && len(v) <= 12 {
			values = append(values, v)
		}
		if len(values) == 60 {
			break
		}
	}
	if len(values) < 8 {
		return false
	}
	fit := map[string]map[string]bool{}
	for _, region := range regions {
		fit[region] = map[string]bool{}
		for _, v := range values {
			if trunk.exactly(region) && v[0] != '0' {
				continue // numbers of anything fit there
			}
			if n, err := phonenumbers.Parse(v, region); err == nil && phonenumbers.IsValidNumberForRegion(n, region) {
				fit[region][v] = true
			}
		}
	}
	for a, of := range fit {
		if len(of)*3 < len(values) {
			continue
		}
		for b, others := range fit {
			both := len(of)
			for v := range others {
				if !of[v] {
					both++
				}
			}
			if (a == b || len(others)*10 >= len(values)) && both*20 >= len(values)*19 {
				return true
			}
		}
	}
	return false
}
