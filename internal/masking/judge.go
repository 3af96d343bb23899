package masking

import (
	"fmt"
	"slices"
	"strings"
)

// detection is a plan in the making.
type detection struct {
	relations []Relation
	found     map[ColumnRef]*Finding
	hashes    map[ColumnRef]bool // hold what may be hashes of something
	silent    map[ColumnRef]bool // were judged without any value
}

func newDetection(relations []Relation) *detection {
	return &detection{relations: relations, found: map[ColumnRef]*Finding{}, hashes: map[ColumnRef]bool{}, silent: map[ColumnRef]bool{}}
}

// verdict is what one column is taken for.
type verdict struct {
	entity Entity
	sure   float64 // that it is sensitive
	why    string
}

// judge decides on the columns of one relation by what is seen of them.
func (d *detection) judge(rel *Relation, s sight) {
	about := subjectOf(rel)
	for i := range rel.Columns {
		c := &rel.Columns[i]
		ref := ColumnRef{Name: rel.Name, Column: c.Name}
		j := judgement{rel: rel, column: c, about: about, hint: readName(c.Name, about), unseen: s.why}
		if s.why == "" {
			j.content = study(s.sample, i, c.Type)
			j.complete = s.sample.Complete
		}
		v := j.verdict()
		d.hashes[ref] = j.mayBeHash()
		d.silent[ref] = j.content == nil || j.content.filled == 0
		f := &Finding{Schema: rel.Schema, Table: rel.Table, Column: c.Name, Sensitive: v.sure >= threshold, Entity: v.entity, Confidence: v.sure, Why: v.why}
		if !f.Sensitive {
			f.Entity, f.Confidence = None, 1-v.sure
		}
		f.Confidence = float64(int(f.Confidence*100+.5)) / 100
		f.Strategy = strategyFor(*c, *f)
		d.found[ref] = f
	}
}

// threshold is how sure one has to be that a column is sensitive for it to be
// masked. A miss leaks and a false alarm annoys: it lies low.
const threshold = .5

// judgement is the evidence on one column.
type judgement struct {
	rel      *Relation
	column   *Column
	about    subject
	hint     hint
	content  *content // nil if there is no sample
	complete bool
	unseen   string // why not
}

func (j *judgement) verdict() verdict {
	t := j.column.Type
	if v, ok := j.byType(); ok {
		return v
	}
	if j.content == nil || j.content.filled == 0 {
		return j.blind()
	}
	v := j.byContent()
	if n := j.byName(); n.sure > v.sure || n.sure >= .8 && n.entity != None && v.sure < .9 {
		if v.sure >= threshold && v.entity == n.entity {
			n.why = "Its name and its values say " + text(n.entity) + "."
			n.sure = max(.95, n.sure)
		}
		v = n
	}
	if v.sure < threshold && !known(t) {
		return verdict{Undetermined, .6, "Nothing is known of the type " + t.Name + "."}
	}
	if v.sure < threshold && v.why == "" {
		v.why = "Neither its name nor its values say anything of anybody."
	}
	return v
}

func text(e Entity) string { return strings.ReplaceAll(string(e), "_", " ") }

// known reports whether values of a type could be looked at.
func known(t Type) bool {
	switch t.Kind {
	case EnumType:
		return true
	case BaseType:
		return t.Schema == "pg_catalog" && t.Base != "bytea" && t.Base != "tsvector" && t.Base != "point" && !geometric(t.Base) || t.Base == "citext" || t.Base == "hstore" || t.Base == "ltree"
	}
	return false
}

func geometric(base string) bool {
	return slices.Contains([]string{"point", "line", "lseg", "box", "path", "polygon", "circle"}, base)
}

// byType judges columns whose type says enough.
func (j *judgement) byType() (verdict, bool) {
	t := j.column.Type
	if t.Array {
		return verdict{}, false
	}
	switch t.Base {
	case "boolean":
		if j.hint.entity == Health && j.hint.sure >= .85 || j.hint.entity == SpecialCategory && j.hint.sure >= .85 {
			return verdict{j.hint.entity, .75, "Its name says " + text(j.hint.entity) + "."}, true
		}
		return verdict{None, .02, "It is true or false."}, true
	case "timestamp without time zone", "timestamp with time zone", "date":
		return j.date(), true
	case "time without time zone", "time with time zone", "interval", "oid", "regclass", "xid", "pg_lsn", "money", "bit", "bit varying", "tid", "cid", "\"char\"":
		return verdict{None, .05, "Its type holds nothing of anybody."}, t.Base != "money"
	case "macaddr", "macaddr8":
		return verdict{DeviceID, .9, "It holds devices' addresses."}, true
	case "inet", "cidr":
		if server.any(tokens(j.column.Name)) || t.Base == "cidr" && j.hint.entity != IPAddress {
			return verdict{None, .3, "It is an address of a network or server."}, true
		}
		return verdict{IPAddress, .9, "It holds network addresses."}, true
	case "geography", "geometry":
		if j.about == aboutThings {
			return verdict{None, .35, "It says where a thing is."}, true
		}
		return verdict{Geo, .85, "It holds positions."}, true
	}
	if geometric(t.Base) && t.Schema == "pg_catalog" {
		if j.about == aboutThings && j.hint.entity != Geo {
			return verdict{None, .35, "It says where a thing is."}, true
		}
		return verdict{Geo, .8, "It holds positions."}, true
	}
	if numberType(t) {
		return j.number(), true
	}
	return verdict{}, false
}

// server are words of addresses that are nobody's.
var server = setOf(`server host gateway subnet netmask network netz cidr bind listen node cluster dns proxy allowlist whitelist blocklist router upstream`)

func numberType(t Type) bool {
	switch t.Base {
	case "smallint", "integer", "bigint", "numeric", "real", "double precision", "money":
		return t.Schema == "pg_catalog"
	}
	return false
}

// date judges dates: only a name tells a birthday, or a column of them long ago.
func (j *judgement) date() verdict {
	if j.hint.entity == BirthDate && (!j.hint.vetoed) && j.hint.sure >= threshold {
		return verdict{BirthDate, max(.9, j.hint.sure), "Its name says date of birth."}
	}
	if j.hint.entity == Health && !j.hint.vetoed && j.hint.sure >= .85 {
		return verdict{Health, .7, "Its name says health."}
	}
	if j.about == aboutPeople && j.content != nil && j.hint.words == "" && j.longAgo() {
		return verdict{BirthDate, .55, "Its dates lie as birthdays do, in a table about people."}
	}
	return verdict{None, .05, "It is a point in time, and no birthday."}
}

// longAgo reports whether dates lie as birthdays of grown-ups do: a tenth before
// 1975, none after 2015, spread over decades.
func (j *judgement) longAgo() bool {
	if j.content.filled < 20 {
		return false
	}
	old, all, first, last := 0, 0, "9999", "0000"
	for v, n := range j.content.distinct {
		if len(v) < 4 {
			continue
		}
		year := v[:4]
		all += n
		if year < "1975" {
			old += n
		}
		first, last = min(first, year), max(last, year)
	}
	return old*10 >= all && last <= "2015" && first >= "1900" && first <= "1970"
}

// number judges numbers: names decide, and check digits where numbers are long.
func (j *judgement) number() verdict {
	v := verdict{None, .05, "It is a number, and its name says nothing of anybody."}
	whole := j.column.Type.Base == "bigint" || j.column.Type.Base == "numeric"
	if c := j.content; c != nil && c.filled >= 10 && whole {
		if share := c.hits[Card] / float64(c.filled); share >= .8 && c.seen > 5 {
			return verdict{Card, .9, "Its values are card numbers."}
		}
		if share := c.hits[DeviceID] / float64(c.filled); share >= .8 && c.seen > 5 {
			return verdict{DeviceID, .85, "Its values are device numbers."}
		}
	}
	h := j.hint
	if h.vetoed || h.sure < threshold || len(j.column.References) > 0 || j.column.PrimaryKey && h.sure < .9 {
		return v
	}
	switch h.entity {
	case Pay, NationalID, Phone, Card, BankAccount, Document, CustomerNumber, Health, BirthDate:
		if h.entity == Phone && j.column.Type.Base == "smallint" || h.entity == Phone && h.sure < .8 && j.content != nil && j.content.filled > 0 && j.content.bareTel+int(j.content.hits[Phone])*3 < j.content.filled/3 {
			return v
		}
		return verdict{h.entity, h.sure, "Its name says " + text(h.entity) + "."}
	case Geo:
		return verdict{Geo, max(.7, h.sure), "Its name says position."}
	case PostalCode, Secret, DeviceID, SpecialCategory:
		if h.entity == Secret && j.column.Type.Base != "bigint" && h.sure < .9 {
			return v
		}
		return verdict{h.entity, h.sure * .9, "Its name says " + text(h.entity) + "."}
	}
	return v
}

// blind judges a column of which no value was seen.
func (j *judgement) blind() verdict {
	why := "No value was seen of it"
	if j.unseen != "" {
		why = "Of its table, " + j.unseen
	}
	n := j.byName()
	if n.sure >= threshold {
		n.why = strings.TrimSuffix(n.why, ".") + "; " + strings.ToLower(why[:1]) + why[1:] + "."
		return n
	}
	if t := j.column.Type; t.Kind == EnumType {
		return verdict{None, .2, "It is one of a few words."}
	}
	return verdict{Undetermined, .6, why + ", so it may hold anything."}
}

// byName takes the name's word if values do not speak against it.
func (j *judgement) byName() verdict {
	h := j.hint
	if h.vetoed || h.entity == None {
		return verdict{}
	}
	sure := h.sure
	if c := j.content; c != nil && c.filled > 0 {
		sure *= j.plausible()
	}
	return verdict{h.entity, sure, "Its name says " + text(h.entity) + "."}
}

// plausible is how much of a name's word the values leave standing.
func (j *judgement) plausible() float64 {
	c, t := j.content, j.column.Type
	long := float64(c.chars) / float64(max(c.filled, 1))
	share := func(e Entity) float64 { return c.hits[e] / float64(max(c.filled, 1)) }
	few := c.filled >= 20 && c.seen <= 6
	switch e := j.hint.entity; e {
	case Email:
		if c.filled >= 5 && share(Email) == 0 && c.inside[Email] == 0 && c.inner[Email] == 0 && !t.Array {
			if j.about != aboutPeople || few || long < 6 {
				return .3
			}
			return .6
		}
	case Phone:
		if digitless(c) {
			return .2
		}
	case PersonName:
		if few && long < 12 && j.hint.sure < .9 || c.numeric*2 > c.filled {
			return .4
		}
		if c.filled >= 10 && share(PersonName) < .05 && j.hint.sure < .9 && c.inside[PersonName] == 0 && share(Email) == 0 {
			return .5
		}
	case Username, Address, PostalCode:
		if few && long < 4 && e != PostalCode {
			return .4
		}
	case Secret:
		if few && long < 10 || c.numeric*2 > c.filled && long < 4 {
			return .4
		}
	case FreeText:
		if t.Array || few && long < 12 {
			return .5
		}
		if long < 12 && c.words == 0 && len(c.inside) == 0 && j.hint.sure < .8 {
			return .4
		}
	case BirthDate:
		if long > 24 {
			return .3
		}
	case Card, BankAccount:
		if digitless(c) && e == Card || few && long < 8 {
			return .2
		}
	case Structured, Media:
		return 1
	case Pay:
		if digitless(c) {
			return .5
		}
	}
	return 1
}

// digitless reports whether hardly a value has a digit in it.
func digitless(c *content) bool {
	with := 0
	looked := 0
	for v, n := range c.distinct {
		looked += n
		if strings.ContainsAny(v, "0123456789") {
			with += n
		}
	}
	return looked >= 5 && with*5 < looked
}

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
	if n := share(Email); n > 0 && !constant && !j.template() {
		take(Email, min(.98, .7+.4*n), some(Email))
	}
	for _, r := range []struct {
		entity      Entity
		least, sure float64
	}{{BankAccount, .3, .95}, {Card, .7, .93}, {NationalID, .6, .9}, {DeviceID, .7, .85}, {PersonalURL, .3, .85}, {Phone, .5, .88}, {Address, .4, .8}} {
		if n := share(r.entity); n >= r.least && c.seen > 2 && !j.barred(r.entity) {
			take(r.entity, r.sure, some(r.entity))
		}
	}
	if n := share(IPAddress); n >= .7 && c.seen > 2 && !j.version() && !server.any(tokens(j.column.Name)) {
		take(IPAddress, .85, some(IPAddress))
	}
	if n := share(PersonName); c.seen >= 5 && !j.barred(PersonName) {
		switch two := float64(c.names2) / filled; {
		case two >= .4:
			take(PersonName, .85, some(PersonName))
		case n >= .5 && j.about == aboutPeople:
			take(PersonName, .7, some(PersonName))
		case n >= .65 && j.about == aboutUnknown && c.seen >= 15:
			take(PersonName, .55, some(PersonName))
		}
	}
	if n := share(Health); n >= .8 && float64(c.dotted) >= .4*filled && c.seen >= 3 {
		take(Health, .8, "Its values are codes of diagnoses.")
	}
	mixed := share(Email) + share(Phone) + share(BankAccount) + share(Card) + share(NationalID)
	if mixed >= .25 && c.seen > 4 && !j.barred(Phone) {
		take(FreeText, .7, fmt.Sprintf("%.0f %% of its values are of people, of several kinds.", 100*mixed))
	}
	j.mentioned(take)
	if float64(c.randoms) >= .8*filled && c.seen > 4 && !identifiers.any(tokens(j.column.Name)) && (j.hint.entity == Secret || float64(c.chars)/filled >= 24) {
		take(Secret, .6, "Its values look like keys: long, and random.")
	}
	return best
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
	if n := c.inside[PersonName]; n >= 2 && n*20 >= c.filled && j.about != aboutThings && !j.barred(PersonName) {
		take(FreeText, .7, "Its texts name people.")
	}
}

// template reports whether the column holds what is sent to people, not what is
// known of them.
func (j *judgement) template() bool {
	return templates.any(tokens(j.rel.Table)) || templates.any(tokens(j.column.Name))
}

var templates = setOf(`template templates vorlage vorlagen modele modeles plantilla plantillas modelo modelos modello sjabloon`)

// identifiers are words for random values that open nothing.
var identifiers = setOf(`sha checksum etag reference ref commit revision uuid guid id ids external_id trace span request correlation order tracking track sku ean transaction tx txn hash git version rev checksumme pruefsumme build artifact digest fingerprint idempotency url uri path link image picture filename file`)

// notPeople are words for what has names like people's, or numbers like theirs.
var notPeople = setOf(`city cities town ort stadt ville ciudad cidade citta plaats stad woonplaats municipality gemeinde commune municipio comune gemeente county country countries land pais pays paese nation region province provincia state bundesland district brand brands marke marque marca merk color colour farbe couleur color kleur product produkt produit producto produto prodotto
	company companies firma entreprise empresa azienda bedrijf supplier lieferant fournisseur proveedor fornecedor fornitore leverancier manufacturer hersteller vendor organization organisation category kategorie categorie categoria title titel titre titulo titolo model modell modele modelo modello currency language sprache langue idioma lingua taal station airport
	industry branche sector department abteilung service departamento team project campaign species breed variety genre album song movie book planet host hostname environment warehouse almacen lager entrepot store filiale`)

// numbersOfThings are words for long numbers that are nobody's.
var numbersOfThings = setOf(`order orders bestellung bestell auftrag commande pedido encomenda ordine bestelling invoice rechnung facture factura fatura fattura factuur ean gtin isbn sku barcode tracking parcel shipment sendung serial seriennummer artikel article version build batch charge lot reference referenz ref transaction transaktion vat ust vat_no ustid umsatzsteuer partita iva siret siren cnpj kvk handelsregister duns lei ticket numero_commande amount price preis prix precio preco prezzo prijs total quantity`)

// numbers are words for a number of whatever the table is about.
var numbers = setOf(`number no nr num nummer numero numeros num_ code`)

// barred reports whether the column's name rules an entity out that its values
// look like by chance.
func (j *judgement) barred(e Entity) bool {
	words := tokens(j.column.Name)
	switch e {
	case PersonName:
		return notPeople.any(words) && !personal.any(words) || j.about == aboutThings && j.hint.entity != PersonName && float64(j.content.names2) < .7*float64(j.content.filled)
	case Address:
		return j.about == aboutThings && !personal.any(words)
	case Phone, Card, NationalID, DeviceID:
		return numbersOfThings.any(words) || j.hint.entity == None && numbers.any(words) && numbersOfThings.any(tokens(j.rel.Table))
	}
	return false
}

// version reports whether four-part numbers are versions: named so, or with a part
// that never varies much.
func (j *judgement) version() bool {
	words := tokens(j.column.Name)
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
	return j.content != nil && j.content.filled > 0 && j.content.hexes*10 >= j.content.filled*8 && !benignHash.any(tokens(j.column.Name))
}

var benignHash = setOf(`sha checksum etag commit git revision build artifact file content blob image version rev tree object trace span request fingerprint cert certificate checksumme pruefsumme digest transaction tx block`)
