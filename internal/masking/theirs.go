package masking

import (
	"slices"
	"strings"
)

// ofThem reports whether an entity is a fact that needs somebody to be about.
func ofThem(e Entity) bool {
	return slices.Contains([]Entity{Pay, Health, CustomerNumber, Document, BirthDate, SpecialCategory, Username}, e)
}

// facts reports whether the table tells facts of people: it is about them, or what it
// holds belongs to them and is no dealing.
func (j *judgement) facts() bool {
	return j.about == aboutPeople || j.about == aboutUnknown && j.somebody && !trade.any(j.table) && !written.any(j.table)
}

func (j *judgement) ofMedicine() bool {
	return j.about != aboutThings && (j.somebody || j.about == aboutPeople) && medical.any(j.table)
}

// ofBody reports whether the table is of people's health or of what was measured of
// their bodies: by its name, or by the column's own neighbours.
func (j *judgement) ofBody() bool {
	if j.about == aboutThings || trade.any(j.table) && !medical.any(j.table) {
		return false
	}
	if medical.any(j.table) || bodily.any(j.table) {
		return true
	}
	for _, c := range j.rel.Columns {
		if words := tokens(c.Name); c.Name != j.column.Name && bodily.any(words) {
			return true
		}
	}
	return false
}

// vaguely reports whether the name's word for health is used for things as often.
func (j *judgement) vaguely() bool {
	return vagueHealth.any(strings.Split(j.hint.words, "_"))
}

// vagueHealth are words for results, weights and sizes of anything.
var vagueHealth = setOf(`pa ta rr bp result results resultado resultat resultaat ergebnis risultato gewicht weight weights peso poids height taille talla altura altezza groesse lengte temperatura`)

// bodily are words for bodies and what is measured of them only.
var bodily = setOf(`body bodies koerper corps cuerpo corpo lichaam bmi imc fat koerperfett blood blut sang sangre sangue bloed pulse puls pulso polso heart herz coeur corazon cuore hart hr resting vo2max spo2 glucose glukose glucosa height groesse_cm altura talla altezza lengte
	sick illness krank krankheit maladie enfermedad doenca malattia ziekte health fitness symptom symptoms symptome diagnosis diagnose icd icd10 therapy therapie medication medikament allergy allergies allergie pregnancy rehab physio)`)

// unnamed reports whether the name only says that there is a value.
func (j *judgement) unnamed() bool {
	for _, w := range j.words {
		if !generic.has(w) || keys.exactly(w) && len(j.words) == 1 {
			return false
		}
	}
	return len(j.words) > 0 && !j.column.PrimaryKey && len(j.column.References) == 0 && !namings.any(j.words)
}

// namings are words for what a thing is called.
var namings = setOf(`name bezeichnung description beschreibung code`)

// guess reads a name as an abbreviation, and what the owner wrote of the column.
func (j *judgement) guess() hint {
	t, ok := abbreviated(j.words)
	if !ok {
		t, ok = abbreviated(j.without())
	}
	if ok && (j.facts() || placed(t.entity)) {
		return hint{entity: t.entity, sure: max(.6, t.sure*.8), unsure: true, words: strings.Join(j.words, "_")}
	}
	if !j.facts() {
		return hint{}
	}
	words := tokens(j.column.Comment)
	words = words[:min(len(words), 12)]
	if t, _, n := match(words); n > 0 && t.need == nothing && t.sure >= .8 && !slicesAny(words, hashed, classes) && !harmless(j.words) {
		return hint{entity: t.entity, sure: .65, unsure: true, words: strings.Join(j.words, "_")}
	}
	return hint{}
}

// suffixes are words that say only how a thing is written down.
var suffixes = setOf(`cd code cod kz desc ds txt tx nm no nr num nro est amt dt dat val vl tp typ cl fl st`)

// without are the words without those.
func (j *judgement) without() []string {
	words := j.words
	for len(words) > 1 && suffixes.exactly(words[len(words)-1]) {
		words = words[:len(words)-1]
	}
	for len(words) > 1 && suffixes.exactly(words[0]) {
		words = words[1:]
	}
	return words
}

// countedKey reports whether the column is a key whose numbers are one after the
// other: made by whoever keeps the table, to tell its rows apart. Numbers of members
// are on their cards.
func (j *judgement) countedKey() bool {
	return j.column.PrimaryKey && j.content != nil && serial(j.content) && !memberships.any(j.table) && !memberships.any(j.words)
}

// memberships are words for those who have a card with their number, and for patients.
var memberships = setOf(`mitgl mitglied mitglieder member members socio socios soci adherent adherents membre membres miembro miembros membro membri lid leden club card karte carte tarjeta patient patients patienten paciente pacientes paziente pazienti insured versicherte studenti studente student students estudiante estudiantes alumno alumnos aluno alunos etudiant etudiants matr matricola matricula matrikel`)

// naturalKey takes the key of a table of people for the number that they are known
// by, if it is none of the database's own making.
func (j *judgement) naturalKey() (verdict, bool) {
	c, t := j.content, j.column.Type
	if !j.surely || !j.column.PrimaryKey || !j.column.Unique || len(j.column.References) > 0 || !isText(t) {
		return verdict{}, false
	}
	if j.countedKey() || numbersOfThings.any(j.table) || c.digits < c.filled || c.ids+c.hexes+c.randoms > 0 || c.filled < 5 || j.subjectByName() == aboutThings || trade.any(j.table) || slicesAny(j.words, numbersOfThings, identifiers, codings) && !number.any(j.words) || j.subjectByName() == aboutUnknown && c.chars < 8*c.filled {
		return verdict{}, false
	}
	return verdict{CustomerNumber, .6, "It is the number that people are known by, and none of the database's own."}, true
}

func (j *judgement) subjectByName() subject {
	if s := headOf(j.table); s != aboutUnknown {
		return s
	}
	return subjectOfComment(j.rel.Comment)
}

// theirs judges what nothing was found of, in a table about people: there it is
// masked unless something says that it is harmless.
func (j *judgement) theirs() (verdict, bool) {
	if v, ok := j.pastedIn(); ok {
		return v, true
	}
	switch {
	case j.ownToEach():
		return verdict{Undetermined, .55, "Everybody has a value of their own there, and nothing says that it is harmless."}, true
	case j.hint.vetoed || j.key() || harmless(j.words):
		return verdict{}, false
	case j.ofMedicine() && (j.listOfTheirs() || j.hint.entity == None && j.wordsOfTheirs()):
		return verdict{Health, .55, "It stands in a table of what was found of patients, and nothing says that it is harmless."}, true
	case !j.surely || trade.any(j.table):
		return verdict{}, false
	case j.unknownOfTheirs():
		return verdict{Undetermined, .55, "It stands in a table about people, and nothing says that it is harmless."}, true
	case j.codeOfTheirs():
		return verdict{CustomerNumber, .55, "Everybody has a number of their own there, and it is no key."}, true
	case j.listOfTheirs():
		return verdict{Undetermined, .55, "It holds several things of everybody, and nothing says that they are harmless."}, true
	}
	return verdict{}, false
}

// key reports whether the column is of the database's own making.
func (j *judgement) key() bool {
	return j.column.PrimaryKey || len(j.column.References) > 0 || slicesAny(j.words, identifiers) && !number.any(j.words)
}

var number = setOf(`number no nr num nro nummer numero card karte carte carta tarjeta cartao kaart matr matric member`)

// codeOfTheirs reports whether nearly everybody has a code or number of their own,
// named as a number of something that is no thing.
func (j *judgement) codeOfTheirs() bool {
	c := j.content
	if j.blank || !isText(j.column.Type) || c.filled < 5 || c.seen*10 < c.filled*9 || c.digits*10 < c.filled*9 || c.ids+c.hexes+c.randoms > 0 || c.dates.n*2 > c.filled {
		return false
	}
	if !number.any(j.words) && (c.chars < 7*c.filled || j.subjectByName() == aboutThings) || number.any(j.words) && len(j.words) < 2 {
		return false
	}
	return !slicesAny(j.words, things, numbersOfThings, notPeople, heads)
}

// wordsOfTheirs reports whether it holds words, of several kinds.
func (j *judgement) wordsOfTheirs() bool {
	c := j.content
	return isText(j.column.Type) && c.seen >= 4 && c.spoken*2 > c.filled
}

// unknownOfTheirs reports whether a text has no word in its name that is known, nor
// one that a harmless word may be cut short to.
func (j *judgement) unknownOfTheirs() bool {
	c := j.content
	return !j.blank && isText(j.column.Type) && c.seen > 1 && c.chars > c.filled*3/2 && c.dates.n*2 < c.filled && j.subjectByName() != aboutThings && c.ids+c.hexes == 0 && !j.maybeHarmless()
}

// maybeHarmless reports whether one of a name's words may be short for a harmless one.
func (j *judgement) maybeHarmless() bool {
	for _, w := range j.words {
		if slicesAny([]string{w}, heads, firsts, generic, codings, keys, suffixes, fees, trade) || cutShort(w) {
			return true
		}
	}
	return false
}

// cutShort reports whether a word may be short for a harmless one.
func cutShort(w string) bool {
	if len(w) < 2 {
		return true
	}
	if strings.HasSuffix(w, "nr") || strings.HasSuffix(w, "id") {
		return true
	}
	for n := 5; n < len(w)-2; n++ { // mahnstufe
		if plainly.exactly(w[len(w)-n:]) {
			return true
		}
	}
	for _, p := range phrases()[w[0]] {
		if p.harmless && len(p.words) == 1 {
			if full := p.words[0]; strings.HasPrefix(full, w) || strings.HasPrefix(w, full) && len(full) >= 5 || len(w) >= 3 && strings.HasPrefix(consonants(full), consonants(w)) && len(consonants(w)) >= 3 {
				return true
			}
		}
	}
	return false
}

// listOfTheirs reports whether it is a structure or a list of words.
func (j *judgement) listOfTheirs() bool {
	t, c := j.column.Type, j.content
	return c.seen > 5 && (t.Base == "json" || t.Base == "jsonb" || t.Base == "xml" || t.Base == "hstore" || t.Array && t.Base != "boolean")
}

func isText(t Type) bool {
	switch t.Base {
	case "text", "character varying", "character", "citext", "name":
		return !t.Array && t.Kind == BaseType
	}
	return false
}

// measured takes a number with a fraction, of which most people of a table have one
// of their own, for something that is known of them.
func (j *judgement) measured() bool {
	c := j.content
	if c != nil && j.ofMedicine() && !j.key() && !j.hint.vetoed && !harmless(j.words) && c.filled >= 5 && (c.fraction > 0 || unnumbered(c)) && !slicesAny(j.words, identifiers, keys) {
		return true
	}
	if c != nil && j.ofPay() && !j.key() && !harmless(j.words) && !slicesAny(j.words, keys) && c.fraction > 0 {
		return true
	}
	if c == nil || !j.surely && j.about != aboutPeople && !(j.somebody && j.about == aboutUnknown) || j.key() || j.hint.vetoed || harmless(j.words) || c.filled < 8 || slicesAny(j.words, trade, fees) || trade.any(j.table) {
		return false
	}
	return c.fraction*2 > c.filled && c.seen > 5
}

// unnumbered reports whether whole numbers come again, as measures do and keys do not.
func unnumbered(c *content) bool { return c.seen > 5 && c.seen*2 < c.filled && c.dates.n == 0 }

// ofPay reports whether the table is of what people are paid.
func (j *judgement) ofPay() bool {
	return j.somebody && payrolls.any(j.table)
}

// payrolls are words for tables of what people are paid.
var payrolls = setOf(`payroll payrolls payslip payslips salary salaries wage wages compensation compensations bonuses lohn lohnabrechnung gehalt gehaelter gehaltsabrechnung abrechnung_lohn entgelt nomina nominas paie paies bulletin_paie salaire salaires fiche_paie salario salarios stipendio stipendi paghe
	cedolino cedolini busta holerite holerites folha vencimentos recibo_vencimento loonstrook loonstroken salaris salarissen lonen vergoedingen)`)

// holdings are words for tables of accounts.
var holdings = setOf(`konto konten konti conto conti conta contas cuenta cuentas compte comptes rekening rekeningen depot depots wallet wallets girokonto girokonten sparkonto sparbuch sparbuecher balances guthaben saldi saldos soldes`)

// fees are words for what a thing or a contract costs.
var fees = setOf(`umsatz turnover revenue gmv ca fatturato omzet facturacion faturamento ricavi vorauszahlung nachzahlung prepayment anzahlung stand reading lettura lectura leitura meterstand gesamt ttc ht fee fees beitrag cuota quota mensalidade totaal summe somme suma somma subtotal rate satz tasa taxa tasso taux premium importe montant betrag bedrag amount importo valore valor causa courtage provision_satz monto base share`)

// bareNumbers reports whether texts of digits alone are telephone numbers of one
// country, in a table about people.
func (j *judgement) bareNumbers() bool {
	c := j.content
	if j.blank && (j.pasted || j.about == aboutPeople) && isText(j.column.Type) {
		return nationalNumbers(c)
	}
	if !j.surely || !isText(j.column.Type) || j.key() || harmless(j.words) || slicesAny(j.words, numbersOfThings) || number.any(j.words) {
		return false
	}
	return nationalNumbers(c)
}

// likeLogins reports whether short words without spaces, of several kinds, may be
// what people log in with.
func (j *judgement) likeLogins() bool {
	c := j.content
	long := float64(c.chars) / float64(max(c.filled, 1))
	return c.seen >= 4 && c.numeric*4 < c.filled && long >= 4 && long <= 30 && c.ids+c.hexes == 0
}
