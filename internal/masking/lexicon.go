package masking

import (
	"strings"
	"sync"
)

// need is what a word's meaning depends on.
type need int

const (
	nothing need = iota // the word says it by itself
	people              // it says it of a person: the table and its neighbours decide
	values              // it says it if the values look like it: short words, and names of roles
)

// term is what one word or run of words in a column's name says.
type term struct {
	entity Entity
	sure   float64 // how sure, by itself
	need   need
}

// said is what a list of words says.
type said struct {
	entity Entity
	sure   float64
	need   need
	words  string
}

// lexicon knows words and runs of words (joined by _), in English, German, French,
// Spanish, Portuguese, Italian and Dutch, their usual abbreviations, and field names
// of well-known systems and standards. Longer runs are looked up first.
var lexicon = lexiconOf(wordsOfPeople, wordsOfNumbers, wordsOfSecrets, moreOfPeople, moreOfFacts, moreOfDaily)

func lexiconOf(lists ...[]said) map[string]term {
	all := map[string]term{}
	for _, list := range lists {
		for _, l := range list {
			for w := range strings.FieldsSeq(l.words) {
				if before, twice := all[w]; twice {
					panic("masking: the lexicon says " + w + " to be " + string(before.entity) + " and " + string(l.entity))
				}
				all[w] = term{l.entity, l.sure, l.need}
			}
		}
	}
	return all
}

// inside are parts of words that say the same within a longer one, as German and
// Dutch write them: geburtsdatum, klantadres, emailadresse. The first one counts.
var inside = []struct {
	parts string
	term  term
}{
	{`geburtsdat geburtstag geboortedat dateofbirth birthdate datenaissance fechanac datanasc geburtsjahr geboortejaar fechanacim datadenasc nascimento nascita`, term{BirthDate, .9, nothing}},
	{`email emailadr mailadr mailadres emladr`, term{Email, .88, nothing}},
	{`telefon telefoon telephone handynr handynum mobilnum mobielnum phonenum rufnummer faxnum telefoonnum mobielnr telnr telefonnr phoneno mobileno`, term{Phone, .85, nothing}},
	{`vorname nachname familienname firstname lastname voornaam achternaam kundenname mitarbeitername patientenname ansprechpartner prenom apellido sobrenome cognome fullname surname familyname kontoinhaber rekeninghouder cardholder nombrecompleto nomecompleto`, term{PersonName, .88, nothing}},
	{`strasse anschrift wohnadres straatnaam lieferadress rechnungsadress indirizz direccion streetaddr homeaddr huisnummer hausnummer endereco logradouro`, term{Address, .85, nothing}},
	{`postleitzahl zipcode postcode codepostal codigopostal postalcode`, term{PostalCode, .8, nothing}},
	{`kontonummer rekeningnummer bankverbindung iban accountnumber accountno kontonr bankaccount numerocuenta numerocompte`, term{BankAccount, .88, nothing}},
	{`sozialversicherung steueridentifikation steuernummer burgerservice codicefiscale rijksregister sozialvers nationalid socialsecurity taxid seguridadsocial`, term{NationalID, .88, nothing}},
	{`password passwort kennwort wachtwoord contrasen motdepasse secretkey privatekey accesstoken apikey passwd passphrase refreshtoken authtoken sessiontoken clientsecret apisecret privkey`, term{Secret, .9, nothing}},
	{`gehalt bruttolohn stundenlohn salaris salaire einkommen salary salario stipendio salarie`, term{Pay, .85, nothing}},
	{`diagnos krankheit blutgruppe allergi medikament diagnost medication medicament medicatie enfermedad malattia ziekte`, term{Health, .85, nothing}},
	{`familienstand religion konfession staatsangeh geschlecht nationalit ethnic maritalstat estadocivil`, term{SpecialCategory, .85, nothing}},
	{`kennzeichen fuehrerschein reisepass passport kenteken fuhrerschein passnummer driverlicen licenseplate rijbewijs`, term{Document, .85, nothing}},
	{`bemerkung kommentar anmerkung opmerking observac comentari commentair freitext freetext notizen beschwerde`, term{FreeText, .75, nothing}},
	{`kreditkart creditcard cardnumber kartennum numtarjeta`, term{Card, .9, nothing}},
	{`geburt naiss nacim nascim nascit geboor`, term{BirthDate, .85, values}},
	{`gesundheit gezondheid krankheit erkrank maladi enferm doenc malatt vaccin impfung vacuna vacina minusval discapac behinder disabil invalid medikat medikam medicam`, term{Health, .75, nothing}},
	{`gewerksch sindical sindacal syndical vakbond religi konfession ethni sexuel sexual`, term{SpecialCategory, .75, nothing}},
	{`hinweis bemerk notiz observ comentar comment anmerk opmerk aantekening annotaz`, term{FreeText, .7, nothing}},
	{`telef phone handy celular`, term{Phone, .8, values}},
	{`adress indirizz direcc domicil anschrift endere straat strass`, term{Address, .75, values}},
	{`kontonr iban`, term{BankAccount, .85, values}},
	{`gehalt salari salair einkommen inkomen bruttolohn`, term{Pay, .75, nothing}},
	{`passw kennw contrasen senha geheim wachtw`, term{Secret, .8, values}},
	{`leiter lehrer trainer berater betreuer fahrer meister pfleger begeleider beheerder behandelaar arzt`, term{PersonName, .85, values}},
}

// insideWord is one of them.
type insideWord struct {
	part string
	term term
}

var insideWords = sync.OnceValue(func() (list []insideWord) {
	for _, i := range inside {
		for part := range strings.FieldsSeq(i.parts) {
			list = append(list, insideWord{part, i.term})
		}
	}
	return list
})
