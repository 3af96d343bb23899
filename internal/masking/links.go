package masking

import "strings"

// trade are words for tables of dealings: what they say of amounts, states and dates
// is of the dealing.
var trade = setOf(`boleto boletos mandat mandats mandate mandates vertrag vertraege contract contracts contrat contrats contrato contratos contratto contratti ddt bolla bolle lieferschein lieferscheine albaran albaranes guia guias awb cmr manifest orden ordenes comanda comande auction auctions police policies rechnungsposition quotation quotations bid bids deal deals opportunity opportunities order orders bestellung bestellungen bestell auftrag auftraege commande commandes pedido pedidos encomenda encomendas ordine ordini bestelling bestellingen invoice invoices rechnung rechnungen facture factures factura facturas fatura faturas
	fattura fatture factuur facturen payment payments zahlung zahlungen paiement paiements reglement pago pagos pagamento pagamentos pagamenti betaling betalingen shipment shipments lieferung lieferungen livraison livraisons envio envios entrega entregas
	spedizione spedizioni consegna consegne levering leveringen zending zendingen cart carts warenkorb panier paniers carrito carrinho carrello winkelwagen transaction transactions transaktion transaktionen transaccion transacciones transacao transacoes
	transazione transazioni transactie transacties subscription subscriptions abo abos abonnement abonnements suscripcion assinatura abbonamento booking bookings buchung buchungen reserva reservas prenotazione prenotazioni boeking reservierung
	reservierungen reservation reservations reservering ticket tickets product products refund refunds quote quotes angebot offer offers devis presupuesto preventivo offerte position positionen item items line lines zeile zeilen sale sales verkauf verkaeufe
	vente ventes venta ventas venda vendas vendita vendite verkoop purchase purchases achat achats compra compras acquisto acquisti aankoop movement movements movimiento movimientos movimento mouvement trip trips fahrt fahrten viaje viajes ride rides
	flight flights job jobs task tasks match matches game games campaign campaigns campanha campanhas`)

// medical are words for tables of what was found of patients.
var medical = setOf(`krankmeldung krankmeldungen verzuim ziekmelding sickness sickleave bajas malattie arret arrets vaccination vaccinations impfung impfungen vacuna vacunas vacina vacinas vaccino vaccini vaccinatie vaccinaties allergy allergies admission admissions aufnahme ingreso ingresos ricovero ricoveri internacao internamento opname anamnese anamnesis triage surgery surgeries operacion cirugia intervento interventi pflege nursing radiology radiologie radiologia imaging result results resultado resultados resultat resultats risultato risultati ergebnis ergebnisse resultaat lab labs labor labo laboratorio laboratoire laboratorium analysis analyses analisi analisis analyse examen examenes exame exames esame esami
	untersuchung untersuchungen befund befunde messwert messwerte vital vitals vitalwerte vitalparameter vitaux observation observations observacion observacoes osservazioni visit visits visite visita visitas consulta consultas consultation consultations
	diagnosis diagnoses diagnose diagnosen diagnostico diagnosi clinical klinik clinica clinico clinique klinisch patient patients paciente pacientes paziente pazienti medical medizin medico sanitaire sanitario sanita salud saude salute gesundheit gezondheid zorg
	microbiology micro mikrobiologie microbiologia therapy therapie terapia behandlung traitement tratamiento tratamento prescription prescriptions rezept ordonnance receta receita ricetta recept screening measurement measurements trial studie estudio studio`)

// subject is what a relation is about, looked at once.
func (d *detection) subject(rel *Relation) subject {
	s, ok := d.subjects[rel.Name]
	if !ok {
		s = subjectOf(rel)
		d.subjects[rel.Name] = s
	}
	return s
}

// farthest is how many keys lead to people at most: a result's sample's patient.
const farthest = 3

// belongs reports whether a relation's rows belong to people: its keys lead to a
// table of them, or a column is named for their numbers.
func (d *detection) belongs(rel *Relation, steps int) bool {
	if ofSomebody(rel) {
		return true
	}
	for _, c := range rel.Columns {
		for _, to := range c.References {
			other := d.byName[to.Name]
			if other == nil || other == rel {
				continue
			}
			if s := d.subject(other); s == aboutPeople || headOf(tokens(other.Table)) != aboutThings && steps > 1 && d.belongs(other, steps-1) {
				return true
			}
		}
		if len(c.References) == 0 && d.namesPeople(rel, c.Name, steps) {
			return true
		}
	}
	return false
}

// namesPeople reports whether a column's name is a key of a table of people beside
// it, as rep_id is of repartidores.
func (d *detection) namesPeople(rel *Relation, column string, steps int) bool {
	words := tokens(column)
	if steps == 0 || len(words) != 2 || !keys.exactly(words[1]) || len(words[0]) < 2 {
		return false
	}
	for i := range d.relations {
		other := &d.relations[i]
		if other.Schema == rel.Schema && other != rel && strings.HasPrefix(plainWord(other.Table), words[0]) {
			return d.subject(other) == aboutPeople || headOf(tokens(other.Table)) != aboutThings && d.belongs(other, steps-1)
		}
	}
	return false
}

// tableWords are the words of a relation's name, and what they may be short for of
// dealings and findings.
func tableWords(rel *Relation) []string {
	words := tokens(rel.Table)
	for _, w := range words {
		if len(w) < shortestAbbreviation || vocabulary().has(w) || trade.has(w) || medical.has(w) {
			continue
		}
		for _, set := range []wordSet{trade, medical} {
			for full := range set {
				if full[0] == w[0] && len(full) > len(w) && len(full) >= 5 && (consonants(full) == consonants(w) || len(w) >= 5 && strings.HasPrefix(full, w)) {
					words = append(words, full)
				}
			}
		}
	}
	return words
}
