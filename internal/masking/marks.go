package masking

import (
	"regexp"
	"strings"
)

// plate is a vehicle's number as Spain, France, Italy, the Netherlands, Portugal,
// Germany, Britain and Brazil write them.
var plate = regexp.MustCompile(`^(?:\d{4}[ -]?[BCDFGHJKLMNPRSTVWXYZ]{3}|[A-HJ-NP-TV-Z]{2}[ -]?\d{3}[ -]?[A-HJ-NP-TV-Z]{2}|[A-Z]{2}-\d{2}-[A-Z]{2}|\d{2}-[A-Z]{2}-\d{2}|[A-Z]{2}-\d{2}-\d{2}|\d{2}-\d{2}-[A-Z]{2}|[A-Z]{1,2}-\d{2,3}-[A-Z]{1,3}|\d{1,2}-[A-Z]{2,3}-\d{1,2}|[A-ZÄÖÜ]{1,3}[- ][A-Z]{1,2}[ -]\d{1,4}[HE]?|[A-Z]{2}\d{2} ?[A-Z]{3}|[A-Z]{3}-?\d[A-Z0-9]\d{2})$`)

// postcode is one that cannot be taken for another number: Dutch, British, Canadian,
// Brazilian, Portuguese, Polish, American with the four digits more.
var postcode = regexp.MustCompile(`^(?:[1-9]\d{3} ?[A-Za-z]{2}|[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d|\d{5}-\d{3}|\d{4}-\d{3}|\d{5}-\d{4})$`)

// placeLine is the line of an address with the town and the postal code.
var placeLine = regexp.MustCompile(`^\p{Lu}[\pL '.-]+,? [A-Z]{2} \d{5}(?:-\d{4})?$`)

// travelZone is a line of what machines read of a passport (ICAO 9303).
var travelZone = regexp.MustCompile(`^[PIACV][A-Z<][A-Z]{3}[A-Z]+<[A-Z<]+`)

// belgianForm is how a number of the national register is printed: so plainly that
// one with a wrong check counts as well.
var belgianForm = regexp.MustCompile(`^\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}$`)

// grid is a pair of coordinates in metres.
var grid = regexp.MustCompile(`^\d{5,7}(?:\.\d+)?[,;/ ] ?\d{5,7}(?:\.\d+)?$`)

// personalPath is a link that is somebody's alone: with a long random part.
var personalPath = regexp.MustCompile(`^https?://\S+[/=](?:[0-9a-f]{24,}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|[A-Za-z0-9_-]{28,})/?$`)

// wallet is where coins are sent to: Bitcoin, Ethereum and what is like it.
var wallet = regexp.MustCompile(`^(?:0x[0-9a-fA-F]{40}|bc1[a-z0-9]{25,60}|[13][a-km-zA-HJ-NP-Z1-9]{25,34}|T[1-9A-HJ-NP-Za-km-z]{33}|r[1-9A-HJ-NP-Za-km-z]{24,34}|[48][1-9A-HJ-NP-Za-km-z]{94})$`)

// vin is a vehicle identification number (ISO 3779): no I, O or Q, digits at the end.
func vin(s string, sh shape) bool {
	return sh.size == 17 && sh.digits >= 5 && sh.letters >= 3 && sh.lower == 0 && sh.digits+sh.letters == 17 && !strings.ContainsAny(s, "IOQ") && strings.Trim(s[14:], "0123456789") == ""
}

// visitor is the number that a web analysis gives a browser: GA1.2.123.456.
var visitor = regexp.MustCompile(`^(?:GA1\.\d\.|amp-|fb\.1\.)[\w.-]{8,}$|^\d{8,10}\.1[4-9]\d{8}$`)

// record says whose text of fields a value is: a message of HL7 or EDIFACT, a card,
// an appointment.
func record(s string) Entity {
	switch {
	case strings.HasPrefix(s, "MSH|") || strings.Contains(s, "PID|"):
		return Health
	case strings.Contains(s, "BEGIN:VCARD"), strings.HasPrefix(s, "UN") && strings.Contains(s, "NAD+"), strings.Contains(s, "NAD+") && strings.Contains(s, "'"):
		return PersonName
	case strings.Contains(s, "BEGIN:VEVENT") && strings.Contains(s, "mailto:"):
		return Email
	}
	return None
}

// mailboxes are the parts before the @ of what is an office's, and nobody's own.
var mailboxes = setOf(`info sac contact contacto contato contatti kontakt office sales ventas vendas vendite verkauf support soporte suporte supporto service servicio servizio kundenservice hello hola ola ciao hallo post mail email admin administration administracion
	amministrazione verwaltung secretariat sekretariat segreteria secretaria shop tienda loja negozio winkel store orders order pedidos ordini bestellung bestellungen billing invoices facturacion fatura fatturazione buchhaltung rechnung compta comptabilite accounts
	accounting administratie noreply no-reply no_reply donotreply help helpdesk hotline team marketing press presse presse prensa imprensa stampa jobs hr rrhh rh careers atendimento atencion reception rezeption recepcion recepcao receptie webmaster postmaster hostmaster
	klantenservice clientes clients customer customerservice customercare care export import logistics logistik commercial commerciale comercial purchasing einkauf achats compras acquisti inkoop privacy legal dpo datenschutz security abuse feedback enquiries inquiries booking bookings reservations reservas)`)

var dotted = strings.NewReplacer("_", ".", "-", ".", "+", ".")

// ofOffice reports whether an e-mail address is a mailbox that several read.
func ofOffice(s string) bool {
	local, _, ok := strings.Cut(strings.ToLower(s), "@")
	if !ok {
		return false
	}
	first, _, _ := strings.Cut(dotted.Replace(local), ".")
	return mailboxes.exactly(local) || mailboxes.exactly(first)
}
