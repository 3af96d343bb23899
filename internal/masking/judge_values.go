package masking

import (
	"fmt"
	"slices"
	"strings"
)

// byContent judges by values alone.
func (j *judgement) byContent() verdict {
	c := j.content
	if v, ok := j.structured(); ok {
		return v
	}
	filled := float64(c.filled)
	best := verdict{}
	take := func(e Entity, sure float64, why string) {
		if sure > best.sure {
			best = verdict{e, sure, why}
		}
	}
	share := func(e Entity) float64 { return c.hits[e] / filled }
	some := func(e Entity) string {
		return fmt.Sprintf("%.0f %% of its values look like %s.", 100*share(e), text(e))
	}
	if c.hits[Secret] > 0 || c.inside[Secret] > 0 {
		take(Secret, .9, "Some of its values are keys, tokens or passwords.")
	}
	constant := c.seen == 1 && c.filled >= 20
	if n := share(Email); n > 0 && !constant && !j.template() && !(j.about == aboutThings && c.offices*10 >= c.filled*8) {
		take(Email, min(.98, .7+.4*n), some(Email))
	}
	for _, r := range []struct {
		entity      Entity
		least, sure float64
	}{{BankAccount, .3, .95}, {Card, .7, .93}, {NationalID, .6, .9}, {DeviceID, .7, .85}, {PersonalURL, .3, .85}, {Document, .5, .8}, {Phone, .5, .88}, {Address, .4, .8}, {PostalCode, .7, .65}} {
		clear := r.entity == NationalID && share(NationalID) >= .9 || r.entity == Phone && c.abroad*5 > c.filled && !switchboards.any(j.words)
		if n := share(r.entity); n >= r.least && c.seen > 2 && (clear || !j.barred(r.entity)) {
			take(r.entity, r.sure, some(r.entity))
		}
	}
	j.lookAlikes(take)
	if n := share(IPAddress); n >= .7 && c.seen > 2 && !j.version() && !server.any(j.words) && !server.any(j.table) {
		take(IPAddress, .85, some(IPAddress))
	}
	j.names(take)
	if n := share(Health); n >= .8 && float64(c.dotted) >= .4*filled && c.seen >= 3 {
		take(Health, .8, "Its values are codes of diagnoses.")
	}
	mixed := share(Phone) + share(BankAccount) + share(Card) + share(NationalID)
	if !(j.about == aboutThings && c.offices*10 >= c.filled*8) {
		mixed += share(Email)
	}
	if mixed >= .25 && c.seen > 4 && !j.barred(Phone) {
		take(FreeText, .7, fmt.Sprintf("%.0f %% of its values are of people, of several kinds.", 100*mixed))
	}
	j.mentioned(take)
	j.files(take)
	if n := share(Username); n >= .5 && c.seen > 5 && j.about != aboutThings {
		take(Username, .7, some(Username))
	}
	if n := share(Geo); n >= .8 && j.about != aboutThings {
		take(Geo, .8, some(Geo))
	}
	j.looksRandom(take)
	return best
}

// lookAlikes judges by values that look like several things, where the table says
// which.
func (j *judgement) lookAlikes(take func(Entity, float64, string)) {
	c := j.content
	filled := float64(c.filled)
	if (c.plates+c.vins)*10 >= c.filled*7 && (c.seen > 3 || c.vins*10 >= c.filled*7 && c.seen > 1) && (j.somebody || j.about == aboutPeople) {
		take(Document, .75, "Its values are numbers of vehicles, in a table of what is somebody's.")
	}
	if strong := c.hits[Phone]; strong*100 >= filled*12 && (strong+float64(c.bareTel))*10 >= filled*8 && c.seen > 4 && (c.abroad*10 > c.filled && !switchboards.any(j.words) || !j.barred(Phone)) || j.bareNumbers() {
		take(Phone, .75, "Its values are telephone numbers, some with a country's code and some without.")
	}
	if e, ok := j.categorised(); ok {
		take(e, .65, "Its values are words of "+text(e)+".")
	}
	if c.links*10 >= c.filled*8 && c.seen*10 >= c.filled*8 && c.seen > 2 && j.somebody && j.about != aboutThings {
		take(PersonalURL, .6, "Its values are links of one person each.")
	}
	if c.idPlain*20 >= c.filled*17 && c.seen >= 8 && j.about != aboutThings && !j.key() && !numbersOfThings.any(j.words) {
		take(NationalID, .8, "Its values have the check digits of national numbers.")
	}
	if j.about == aboutPeople && c.dates.births() && c.dates.n*10 >= c.filled*8 && !j.hint.vetoed && !harmless(j.words) {
		take(BirthDate, .6, "Its dates lie as birthdays do, in a table about people.")
	}
}

// files judges by pictures written as text, and by the names of files.
func (j *judgement) files(take func(Entity, float64, string)) {
	c := j.content
	if c.pictures*3 >= c.filled && c.pictures > 0 && (j.about != aboutThings || j.somebody || j.hint.entity == Media) {
		take(Media, .75, "It holds pictures or documents.")
	}
	if c.paths*10 >= c.filled*3 && c.seen > 2 && (j.about != aboutThings || j.somebody || j.hint.entity != None) {
		take(PersonalURL, .7, "Its paths have people's names in them.")
	}
}

// names judges by how many values look like somebody's name.
func (j *judgement) names(take func(Entity, float64, string)) {
	c := j.content
	n, two := c.share(PersonName), float64(c.names2)/float64(c.filled)
	if c.seen < 5 && (c.seen < 3 || two < .6) || j.barred(PersonName) {
		return
	}
	why := fmt.Sprintf("%.0f %% of its values look like %s.", 100*n, text(PersonName))
	switch {
	case two >= .4:
		take(PersonName, .85, why)
	case n >= .5 && j.about == aboutPeople:
		take(PersonName, .7, why)
	case n >= .65 && j.about == aboutUnknown && c.seen >= 15:
		take(PersonName, .55, why)
	}
}

// looksRandom takes what is long and random for keys, unless its name says that it
// only tells things apart.
func (j *judgement) looksRandom(take func(Entity, float64, string)) {
	c := j.content
	if float64(c.randoms) < .8*float64(c.filled) || c.seen <= 4 || identifiers.any(j.words) {
		return
	}
	if long := c.chars / max(c.filled, 1); j.hint.entity == Secret || long >= 32 && !j.column.PrimaryKey {
		take(Secret, .6, "Its values look like keys: long, and random.")
	}
}

// mentioned judges texts by what stands in them.
func (j *judgement) mentioned(take func(Entity, float64, string)) {
	c := j.content
	if j.template() {
		return
	}
	for _, e := range []Entity{Email, Phone, NationalID, BankAccount, Card} {
		if c.inside[e] > 0 {
			take(FreeText, .85, "Its texts have "+text(e)+"s in them.")
		}
	}
	if n := c.inside[Address]; n*5 >= c.filled && n > 0 && j.about != aboutThings {
		take(FreeText, .7, "Its texts have addresses in them.")
	}
	if j.prose() && j.hint.sure < threshold {
		take(FreeText, .6, "It holds sentences, in a table of people or of what is theirs.")
	}
	if n := c.inside[PersonName]; n >= 2 && (n*20 >= c.filled && c.words*2 >= c.filled || n*3 >= c.filled) && j.about != aboutThings && !j.barred(PersonName) {
		take(FreeText, .7, "Its texts name people.")
	}
}

// prose reports whether the column holds texts, each its own, about people.
func (j *judgement) prose() bool {
	c := j.content
	if identifiers.any(j.words) || harmless(j.words) || j.about == aboutThings || namings.any(j.words) {
		return false
	}
	if !j.somebody && j.about != aboutPeople {
		return false
	}
	return c.filled >= 3 && c.seen >= 3 && (c.words*2 >= c.filled || c.phrases*10 >= c.filled*4)
}

// ownToEach reports whether a text that nobody knows may tell the people of a table
// apart: there is hardly one value twice, they are no codes, and no word of its name is of
// things.
func (j *judgement) ownToEach() bool {
	c, t := j.content, j.column.Type
	if !j.surely || c == nil || t.Array || t.Kind != BaseType || j.hint.vetoed || j.column.PrimaryKey || len(j.column.References) > 0 {
		return false
	}
	if c.filled < 15 || c.seen*3 < c.filled*2 || c.ids*2 > c.filled || c.dates.n*2 > c.filled || c.hexes*2 > c.filled {
		return false
	}
	for _, set := range []wordSet{identifiers, numbersOfThings, notPeople, things, heads, measures, generic, keys, codings} {
		if set.any(j.words) {
			return false
		}
	}
	return c.spoken*2 > c.filled // numbers and codes are of orders more often than of people
}

// codings are words for numbers that only order or refer.
var codings = setOf(`code kode codice codigo cod cd id key no nr num number nummer numero sort seq rank kennung kuerzel slug name url uri path pfad chemin ruta caminho percorso stripe paypal braintree adyen sync import export batch row line zeile ligne fila linha riga source quelle origen origem origine bron utm campaign coupon voucher promo gutschein`)

// template reports whether the column holds what is sent to people, not what is
// known of them.
func (j *judgement) template() bool {
	return templates.any(j.table) || templates.any(j.words) || j.content.blanks*2 >= j.content.filled
}

var templates = setOf(`template templates tpl tmpl vorlage vorlagen modele modeles plantilla plantillas modelo modelos modello modelli sjabloon sjablonen gabarit`)

// identifiers are words for random values that open nothing.
var identifiers = setOf(`sha checksum etag reference ref commit revision uuid guid id ids external_id trace span request correlation order tracking track sku ean transaction tx txn hash git version rev checksumme pruefsumme build artifact digest fingerprint idempotency url uri path link image picture filename file`)

// barred reports whether the column's name rules an entity out that its values
// look like by chance.
func (j *judgement) barred(e Entity) bool {
	words := j.words
	switch e {
	case PersonName:
		return notPeople.any(words) && !personal.any(words) || j.about == aboutThings && j.hint.entity == PersonName && j.hint.sure < .2 || j.about == aboutThings && j.hint.entity != PersonName && float64(j.content.names2) < .7*float64(j.content.filled)
	case Address, PostalCode:
		return j.about == aboutThings && !personal.any(words)
	case Phone, Card, NationalID, DeviceID:
		if e == Phone && (j.column.PrimaryKey || len(j.column.References) > 0) && j.hint.entity != Phone {
			return true
		}
		return e == Phone && j.about != aboutPeople && switchboards.any(words) || numbersOfThings.any(words) || j.hint.entity == None && numbers.any(words) && numbersOfThings.any(j.table)
	}
	return false
}

// switchboards are words for telephones that are nobody's own.
var switchboards = setOf(`pub publico publica public oeffentlich pubblico switchboard centralino zentrale standard standardiste centralita central centrale receptie rezeption reception hotline sac helpline helpdesk pabx`)

// version reports whether four-part numbers are versions: named so, or with a part
// that never varies much.
func (j *judgement) version() bool {
	words := j.words
	for _, w := range []string{"version", "firmware", "release", "build", "ver", "fw", "revision"} {
		if slices.Contains(words, w) {
			return true
		}
	}
	high := 0
	for v := range j.content.distinct {
		for part := range strings.SplitSeq(v, ".") {
			if len(part) == 3 {
				high++
				break
			}
		}
	}
	return high*4 < len(j.content.distinct)
}

// structured judges JSON, XML, bytes and the like by what is inside.
func (j *judgement) structured() (verdict, bool) {
	c, t := j.content, j.column.Type
	holds := t.Base == "json" || t.Base == "jsonb" || t.Base == "xml" || t.Base == "hstore" || t.Base == "bytea" || t.Kind == CompositeType || t.Base == "tsvector"
	if j.template() || j.about == aboutThings && len(c.inner) == 1 {
		delete(c.inner, PersonName) // of a thing
	}
	if j.template() {
		delete(c.inner, Email) // of whoever sends it
		delete(c.inner, Phone)
	}
	if len(c.inner) > 0 {
		e := gravest(c.inner)
		return verdict{Structured, .85, "There is " + text(e) + " inside."}, true
	}
	switch {
	case !holds:
		return verdict{}, false
	case c.media > 0:
		if j.about == aboutThings && j.hint.entity != Media {
			return verdict{Media, .55, "It holds pictures or documents."}, true
		}
		return verdict{Media, .8, "It holds pictures or documents."}, true
	case t.Base == "tsvector":
		return verdict{FreeText, .7, "It holds the words of texts."}, true
	case t.Base == "bytea" && c.nested == 0:
		if n := j.byName(); n.sure >= threshold {
			return n, true
		}
		return verdict{Undetermined, .6, "Its bytes say nothing, so they may be anything."}, true
	case t.Kind == CompositeType:
		return verdict{Undetermined, .6, "Nothing is known of the type " + t.Name + "."}, true
	}
	return verdict{None, .2, "Nothing inside is of anybody."}, j.hint.sure < threshold || j.hint.vetoed
}

func gravest(found map[Entity]int) Entity {
	for _, e := range Entities() {
		if found[e] > 0 {
			return e
		}
	}
	return Undetermined
}

// mayBeHash reports whether a column holds hashes that may be of something
// sensitive beside them.
func (j *judgement) mayBeHash() bool {
	return j.content != nil && j.content.filled > 0 && j.content.hexes*10 >= j.content.filled*8 && !benignHash.any(j.words)
}

var benignHash = setOf(`pdf doc document cv picture img photo scan attachment anhang anexo allegato bijlage datei fichier archivo arquivo sha checksum etag commit git revision build artifact file content blob image version rev tree object trace span request fingerprint cert certificate checksumme pruefsumme digest transaction tx block`)
