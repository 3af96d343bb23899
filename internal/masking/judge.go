package masking

import (
	"slices"
	"strings"
)

// detection is a plan in the making.
type detection struct {
	relations []Relation
	found     map[ColumnRef]*Finding
	hashes    map[ColumnRef]bool // hold what may be hashes of something
	silent    map[ColumnRef]bool // were judged without any value
	byName    map[Name]*Relation
	subjects  map[Name]subject
	values    map[ColumnRef][]string // some of the short texts of a column
}

func newDetection(relations []Relation) *detection {
	d := &detection{
		relations: relations, found: map[ColumnRef]*Finding{}, hashes: map[ColumnRef]bool{}, silent: map[ColumnRef]bool{},
		byName: map[Name]*Relation{}, subjects: map[Name]subject{}, values: map[ColumnRef][]string{},
	}
	for i := range relations {
		d.byName[relations[i].Name] = &relations[i]
	}
	return d
}

// verdict is what one column is taken for.
type verdict struct {
	entity Entity
	sure   float64 // that it is sensitive
	why    string
}

// judge decides on the columns of one relation by what is seen of them.
func (d *detection) judge(rel *Relation, s sight) {
	list, about, somebody, s := d.judgements(rel, s)
	table := tableWords(rel)
	first := verdicts(list)
	if about == aboutThings && (followed(first) || somebody) && occurrences.any(table) && !classes.any(table) {
		about = aboutUnknown // what somebody did or where they were, on some thing
		for i := range list {
			list[i].about, list[i].somebody = about, true
		}
		first = verdicts(list)
	}
	if about == aboutUnknown && !somebody && (identifying(first) > 0 || followed(first)) {
		for i := range list {
			list[i].somebody = true
		}
		first = verdicts(list)
	}
	if about == aboutThings && slices.ContainsFunc(first, func(v verdict) bool { return v.entity == PersonName && v.sure >= .6 }) {
		for i := range list {
			list[i].somebody = true // a car's driver
		}
		first = verdicts(list)
	}
	if direct := identifying(first); about == aboutUnknown && direct >= 2 || about == aboutPeople && direct >= 1 {
		for i := range list { // what was found says what the table is about
			list[i].about, list[i].surely = aboutPeople, direct >= 2
		}
		d.subjects[rel.Name] = aboutPeople
		first = verdicts(list)
	}
	pairs(list, first)
	echoes(list, first, s.sample)
	for i, v := range first {
		d.record(&list[i], v)
	}
}

func verdicts(list []judgement) []verdict {
	all := make([]verdict, len(list))
	for i := range list {
		list[i].hint = list[i].read()
		all[i] = list[i].verdict()
	}
	return all
}

// followed reports whether a column holds somebody's device or address in the network.
func followed(list []verdict) bool {
	return slices.ContainsFunc(list, func(v verdict) bool { return v.sure >= .6 && (v.entity == DeviceID || v.entity == IPAddress) })
}

// identifying is how many columns name somebody.
func identifying(list []verdict) (n int) {
	for _, v := range list {
		switch v.entity {
		case Email, Phone, PersonName, NationalID, BankAccount, BirthDate, Document, Card, SpecialCategory, Health:
			if v.sure >= .6 {
				n++
			}
		}
	}
	return n
}

func (d *detection) record(j *judgement, v verdict) {
	c := j.column
	ref := ColumnRef{Name: j.rel.Name, Column: c.Name}
	d.hashes[ref] = j.mayBeHash()
	d.silent[ref] = j.content == nil || j.content.filled == 0
	f := &Finding{Schema: ref.Schema, Table: ref.Table, Column: c.Name, Sensitive: v.sure >= threshold, Entity: v.entity, Confidence: v.sure, Why: v.why}
	if !f.Sensitive {
		f.Entity, f.Confidence = None, 1-v.sure
	}
	f.Confidence = float64(int(f.Confidence*100+.5)) / 100
	f.Strategy = strategyFor(*c, *f)
	d.found[ref] = f
	d.keep(ref, j)
}

// threshold is how sure one has to be that a column is sensitive for it to be
// masked. A miss leaks and a false alarm annoys: it lies low.
const threshold = .5

// judgement is the evidence on one column.
type judgement struct {
	rel      *Relation
	column   *Column
	about    subject
	surely   bool     // two of its columns or more name somebody
	somebody bool     // its rows belong to people
	table    []string // words of the table's name, written out
	words    []string // words of its own
	hint     hint
	content  *content // nil if there is no sample
	unseen   string   // why not
	blank    bool     // its name means nothing
	pasted   bool     // nor do those beside it
	header   bool     // its words stand in a row of the table
}

// generic are names that say nothing where the table's says what they are:
// salaries.amount, phones.number.
var generic = setOf(`value val wert valor valeur valore waarde number no nr num numero nummer code text txt data daten content inhalt contenu contenido amount betrag montant importe importo bedrag quantia vl name bezeichnung description beschreibung`)

// written are words for tables of what people write.
var written = setOf(`mail mails email emails message messages sms chat chats letter letters ticket tickets post posts review reviews comment comments conversation conversations inbox outbox nachricht nachrichten brief briefe rezension rezensionen messages courrier courriers avis mensaje mensajes carta cartas resena resenas mensagem mensagens avaliacao avaliacoes messaggio messaggi lettera recensione recensioni bericht berichten brieven beoordeling
	complaint complaints beschwerde beschwerden reclamation reclamations queja quejas reclamacion reclamo reclami klacht klachten feedback survey surveys umfrage enquete encuesta pesquisa sondaggio enquete answers antworten reponses respuestas respostas risposte antwoorden incident incidents case cases`)

// subjectLine are words for what a message says it is about.
var subjectLine = setOf(`subject subj betreff objet asunto assunto oggetto onderwerp`)

// read reads the column's name in the light of its table.
func (j *judgement) read() hint {
	if j.blank && j.pasted && !j.header {
		return hint{}
	}
	about := j.about
	h := readWords(j.words, about)
	switch {
	case j.ofMedicine() && j.unnamed():
		return hint{entity: Health, sure: .7, words: strings.Join(j.words, "_")}
	case about == aboutUnknown && j.somebody && (placed(h.entity) || h.entity == FreeText || j.facts() && ofThem(h.entity)),
		h.entity == FreeText && written.any(j.table) && !classes.any(j.table):
		h = readWords(j.words, aboutPeople)
	}
	if about == aboutThings && j.somebody && (ofThem(h.entity) || h.entity == Media) && !trade.any(j.table) {
		h = readWords(j.words, aboutUnknown)
		if personal.any(j.table) { // user_features: of a user all the same
			h = readWords(j.words, aboutPeople)
		}
	}
	if h.entity == Health && about != aboutPeople && slicesAny(strings.Split(h.words, "_"), vagueHealth) && !j.ofBody() {
		h.sure = .3 // of a thing
	}
	if j.onlyKey(h) || h.entity == SpecialCategory && nationality.any(j.words) && j.countries() {
		return hint{vetoed: true, words: h.words}
	}
	if h.entity != FreeText && written.any(j.table) && subjectLine.any(j.words) && !templates.any(j.table) && !templates.any(j.words) {
		return hint{entity: FreeText, sure: .7, words: strings.Join(j.words, "_")}
	}
	if h.entity == Pay && written.any(j.table) && !personal.any(j.words) || (h.entity == Pay || h.entity == Health) && h.sure < .75 && trade.any(j.table) {
		h.sure = .3 // what people give, and not what they get
	}
	if h.entity == None && !h.vetoed && about != aboutThings {
		if guess := j.guess(); guess.entity != None && !j.onlyKey(guess) {
			return guess
		}
	}
	if h.entity != None && !(h.unsure && len(j.words) == 1) || len(j.words) == 0 || len(j.words) > 2 || classes.any(j.table) {
		return h
	}
	for _, w := range j.words {
		if !generic.has(w) {
			return h
		}
	}
	t, at, n := match(j.table)
	if n == 0 || at+n != len(j.table) || t.need != nothing {
		return h
	}
	switch t.entity {
	case Email, Phone, Card, BankAccount, NationalID, Document, Pay, Secret, IPAddress, DeviceID:
		return hint{entity: t.entity, sure: t.sure * .95, unsure: true, words: h.words}
	case Health, FreeText, SpecialCategory:
		if j.somebody {
			return hint{entity: t.entity, sure: t.sure * .9, words: h.words}
		}
	}
	return h
}

// onlyKey reports whether what a name says to be a login or number of somebody is a
// key, which is as secret as what it refers to.
func (j *judgement) onlyKey(h hint) bool {
	refers := len(j.column.References) > 0
	switch h.entity {
	case Username:
		return refers || j.column.Type.Base == "uuid" || numberType(j.column.Type)
	case CustomerNumber:
		return refers || j.countedKey()
	}
	return false
}

func (j *judgement) verdict() verdict {
	t := j.column.Type
	if v, ok := j.byType(); ok {
		return v
	}
	if j.content == nil || j.content.filled == 0 {
		return j.blind()
	}
	if v, ok := j.naturalKey(); ok {
		return v
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
	if v.sure < threshold {
		if theirs, ok := j.theirs(); ok {
			return theirs
		}
	}
	if v.sure < threshold && v.why == "" {
		v.why = "Neither its name nor its values say anything of anybody."
	}
	return v
}

// nationality are words for it.
var nationality = setOf(`nation nationality nationalitaet nationalite nacionalidad nacionalidade nazionalita nationaliteit nacionalid nacional nac nat natio staatsangehoerigkeit staatsang cittadinanza cidadania ciudadania citizenship`)

// countries reports whether the values are codes of countries.
func (j *judgement) countries() bool {
	c := j.content
	if c == nil || c.filled == 0 {
		return false
	}
	for v := range c.distinct {
		if len(v) < 1 || len(v) > 3 || strings.ToUpper(v) != v {
			return false
		}
	}
	return true
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
		if server.any(j.words) || server.any(j.table) || t.Base == "cidr" && j.hint.entity != IPAddress && j.about != aboutPeople && !j.hostsOnly() {
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

// hostsOnly reports whether every value is the address of one host.
func (j *judgement) hostsOnly() bool {
	if j.content == nil || j.content.filled == 0 || j.about == aboutThings && !j.somebody {
		return false
	}
	for v := range j.content.distinct {
		if _, bits, cut := strings.Cut(v, "/"); cut && bits != "32" && bits != "128" {
			return false
		}
	}
	return true
}

// server are words of addresses that are nobody's.
var server = setOf(`server host gateway gw sensor mgmt management ipmi vlan ap subnet netmask network netz cidr bind listen node cluster dns proxy allowlist whitelist blocklist router upstream vip lb firewall printer switch drucker imap smtp`)

func numberType(t Type) bool {
	switch t.Base {
	case "smallint", "integer", "bigint", "numeric", "real", "double precision", "money":
		return t.Schema == "pg_catalog"
	}
	return false
}

// date judges dates: only a name tells a birthday, or a column of them long ago.
func (j *judgement) date() verdict {
	if j.hint.entity == BirthDate && !j.hint.vetoed && j.hint.sure >= threshold && (!j.hint.unsure || j.content == nil || j.content.filled == 0 || j.content.dates.past()) {
		return verdict{BirthDate, max(.9, j.hint.sure), "Its name says date of birth."}
	}
	if j.hint.entity == Health && !j.hint.vetoed && j.hint.sure >= .85 {
		return verdict{Health, .7, "Its name says health."}
	}
	if j.about == aboutPeople && j.content != nil && j.hint.words == "" && j.content.dates.births() {
		return verdict{BirthDate, .55, "Its dates lie as birthdays do, in a table about people."}
	}
	return verdict{None, .05, "It is a point in time, and no birthday."}
}
