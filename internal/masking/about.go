package masking

import "strings"

// subject is what a relation is about.
type subject int

const (
	aboutUnknown subject = iota
	aboutPeople
	aboutThings
)

// subjectOf judges by a relation's name, and by its columns where that says nothing.
func subjectOf(rel *Relation) subject {
	words := tokens(rel.Table)
	switch {
	case classes.any(words):
		return aboutThings
	case addressBooks.any(words) && !things.any(words):
		return aboutPeople
	}
	if named := headOf(words); named != aboutUnknown {
		return named
	}
	if said := subjectOfComment(rel.Comment); said != aboutUnknown {
		return said
	}
	return subjectByFields(columnWords(rel))
}

// subjectOfComment judges by the first words of what the owner wrote of a table.
func subjectOfComment(comment string) subject {
	words := tokens(comment)
	words = words[:min(len(words), 8)]
	switch p, t := personal.any(words), things.any(words) || classes.any(words); {
	case p && !t:
		return aboutPeople
	case t && !p:
		return aboutThings
	}
	return aboutUnknown
}

// subjectByFields judges by the names of columns, or of an object's keys.
func subjectByFields(fields [][]string) subject {
	var strong, names, wares int
	for _, words := range fields {
		if ofWares.any(words) {
			wares++
		}
		t, at, n := match(words)
		if n == 0 || t.need != nothing || at+n != len(words) {
			continue
		}
		switch t.entity {
		case PersonName:
			names++
		case Email, Phone, BirthDate, NationalID, SpecialCategory:
			strong++
		}
	}
	switch {
	case strong+names >= 2:
		return aboutPeople
	case strong+names == 0 && wares >= 2:
		return aboutThings
	}
	return aboutUnknown
}

// ofWares are words that only things have.
var ofWares = setOf(`sku ean gtin mpn upc asin price preis prix precio preco prezzo prijs qty quantity quantite cantidad quantidade quantita aantal menge stock bestand inventory weight_g opening hours oeffnungszeiten horario horaires orari openingstijden sqm capacity manufacturer hersteller fabricante fabricant
	serial brand marke marque marca merk model color colour farbe couleur rarity warranty garantie isbn swatch hex iso2 iso3 capital population dial currency unit einheit voltage watt lore bonus stars dimensions width height depth`)

// addressBooks are words for tables of where people are, and of how they log in.
var addressBooks = setOf(`address addresses adresse adressen anschrift anschriften direccion direcciones endereco enderecos indirizzo indirizzi adres session sessions sitzung sitzungen login logins auth signup signups`)

// headOf judges by the last word that says something, else by the first.
func headOf(words []string) subject {
	for i := len(words) - 1; i >= 0; i-- {
		switch w := words[i]; {
		case personal.has(w):
			return aboutPeople
		case things.has(w):
			return aboutThings
		}
	}
	for _, w := range words { // kundenstamm, klantgegevens
		for p := range personal {
			if len(p) >= 5 && strings.HasPrefix(w, p) {
				return aboutPeople
			}
		}
	}
	for _, w := range words { // dipend, fornit
		if p, t := begins(w, personal), begins(w, things); p != t && !vocabulary().has(w) {
			if p {
				return aboutPeople
			}
			return aboutThings
		}
	}
	return aboutUnknown
}

// begins reports whether a word is one of the set's, cut short.
func begins(w string, set wordSet) bool {
	if len(w) < 5 {
		return false
	}
	for full := range set {
		if len(full) >= len(w)+2 && strings.HasPrefix(full, w) {
			return true
		}
	}
	return false
}

// ofSomebody reports whether a relation's rows belong to people: it refers to a
// table of them, or has a column for their numbers.
func ofSomebody(rel *Relation) bool {
	for _, c := range rel.Columns {
		for _, to := range c.References {
			if headOf(tokens(to.Table)) == aboutPeople {
				return true
			}
		}
	}
	for _, words := range columnWords(rel) {
		if len(words) > 1 && personal.any(words) && keys.any(words) {
			return true
		}
	}
	return false
}

var keys = setOf(`id nr no num number numero nummer key fk uuid ref code cod cd`)

// group is what the columns with one first word are about: ship_name, ship_street
// and ship_phone are of a person in a table of parcels.
func groups(rel *Relation) map[string]subject {
	count, strong := map[string]int{}, map[string]int{}
	for _, c := range rel.Columns {
		words := tokens(c.Name)
		if len(words) < 2 || things.has(words[0]) {
			continue
		}
		count[words[0]]++
		if t, at, n := match(words[1:]); n > 0 && t.need == nothing && at+n == len(words)-1 {
			switch t.entity {
			case Email, Phone, BirthDate, NationalID, Address, PersonName:
				strong[words[0]]++
			}
		}
	}
	found := map[string]subject{}
	for word, n := range strong {
		if n > 0 && count[word] > 1 && count[word] < len(rel.Columns)-1 {
			found[word] = aboutPeople
		}
	}
	return found
}
