package masking

import "strings"

// Words of what is nobody's, whatever table they stand in.
var (
	// plainly are words that make any column harmless when they stand first or last.
	plainly = setOf(`cama camas letto letti bett betten lit lits bed beds voorkeurstaal voertaal moedertaal korrespondenzsprache vorzugssprache design skills skill competences competencias competenze kenntnisse faehigkeiten vaga vagas vacante vacantes stelle stellen vacature offre_emploi zahlart zahlungsart zahlweise modalidad modalidade betaalwijze payment pagamento paiement pago mandant sperre wahlkreis aula rayon desk referrer sezione inquadramento poblacion occupation beruf beroep authority autoriteit autorite autoridad autoridade autorita behoerde commission commissie kommission comite comision comissao commissione committee regime esito outcome bic bicc swift loket schalter guichet ventanilla balcao sportello counter payer specialite specialty speciality specialita especialidad especialidade fachrichtung vakgebied gewerk opzegreden mahnstufe dunning editie ausgabe lokaal stemlokaal polling wahllokal natcd sprsl vlan beat foro halle orden ordenes ordine ref_min ref_max rif riferimento umbral soglia grenzwert id ids uuid guid oid key keys fk pk status statut statuses state estado stato staat zustand etat situacao situazione toestand type typ tipo types kind art sort soort kategorie category categorie categoria class classe klasse flag flags kz lang language langue
		lingua idioma sprache taal locale currency waehrung whrg devise moneda moeda valuta waers unit units einheit unite unidad unidade unita eenheid version versione versao versie ver model modell modele modelo modello
		country land pais pays paese region provincia province county city town ville ciudad cidade citta stad stadt ort plaats localidad localita bundesland department dept dep dip abteilung abt departamento dipartimento
		afdeling rep reparto reparti filiale branch agence sucursal filial vestiging office buero bureau oficina ufficio site standort sede centro centre center unit_code team teams gruppe group groupe grupo gruppo groep
		role roles rolle rollen rol cargo job position poste puesto funktion function fonction funcion funcao funzione functie mansione qualifica title_job seniority kst kostenstelle cost_center niveau livello nivel liv level
		stufe tier plan tariff tarif tarifa tariffa tarief channel canal canale kanal kanaal source quelle origen origem origine bron medium utm campaign kampagne campagne campana campanha campagna segment segmento cohort
		created updated modified changed deleted inserted erstellt geaendert cree modifie creado creada modificado criado alterado creato modificato aangemaakt gewijzigd cdate mdate adate since seit depuis desde dal sinds until hasta
		jusque ate al tot valid gueltig valide begda endda aedtm erdat aedat laeda udate cpudt uzeit aezet begin begins end start started ended fin inicio fine einde anfang ende debut debutto from to hire hired entry
		exit join joined eintritt austritt entree sortie alta baja admissao demissao assunzione cessazione indienst uitdienst indiensttreding enrolled enrollment inscription inscripcion inscricao iscrizione iscr inschrijving
		year jahr annee ano anno jaar anno month monat mois mes mese maand week woche semaine semana settimana day tag jour dia giorno dag quarter quartal trimestre semester semestre period periode periodo time zeit heure hora
		ora tijd timestamp ts at on date datum dt fecha data hours stunden heures horas ore uren std days tage jours dias giorni dagen minutes minuten duration dauer duree duracion duracao durata duur ferie urlaub conges
		vacaciones ferias verlof schedule horario horaires turno shift schicht kontingent active aktiv actif activo ativo attivo actief enabled count anzahl anz nombre cantidad quantidade quantita aantal qty total totale
		currency_code mandt werks bukrs persg persk btrtl kostl orgeh vkorg spart vtweg ktokd ktokk loevm spras land1 regio client_sap seqnr subty objps sprps
		ordre order sort rank index idx seq line position_no page hash_type format encoding charset timezone tz zone area zona bezirk url uri link path href host domain domains file filename datei fichier archivo ficheiro arquivo
		bestand batch lot run job_id import export load etl src sys system systeme sistema app apps application os platform browser useragent device_type client_type release build engine protocol port
		consent consents optin optout newsletter gdpr dsgvo rgpd marketing notify subscribed mkt color colour farbe couleur cor colore kleur color_hex icon icone theme layout settings setting config configuration options prefs preferences
		permission permissions scopes scope abilities grants features feature tags tag labels label topics interests_codes
		course courses kurs corso curso cours cursus class_name klasse_name faculty fakultaet faculte facultad faculdade facolta subject fach materia matiere vak asignatura disciplina
		product produkt produit producto produto prodotto item article artikel articolo articulo artigo brand marke marque marca merk make size groesse_artikel taille_article
		price preis prix precio preco prezzo prijs cost kosten cout costo custo coste vat mwst tva iva btw tax steuer_satz discount rabatt remise descuento desconto sconto korting fee gebuehr frais
		bank bank_name banque banco banca insurer versicherer mutuelle aseguradora seguradora assicuratore verzekeraar airline carrier provider anbieter fournisseur proveedor fornecedor fornitore supplier company firma entreprise empresa azienda bedrijf employer
		school schule ecole escuela escola scuola hotel room zimmer chambre habitacion quarto camera kamer seat sitz asiento assento posto stoel flight vol vuelo voo volo vlucht
		priority prioritaet priorite prioridad priorita prioriteit severity result_code reason_code error errors message_code method methode metodo metode mode modus modo algorithm template vorlage
		bateria battery akku signal rssi speed km mileage odometer kilometerstand vehicle_type tipo_veh colour_code weather quality qualitaet completeness checked verified confirmed bestaetigt visible public
		contract_type contrat_type fte pensum wochen_std weekly_hours arbeitszeit quota jornada percentage_worked nps_group bucket variant experiment ab_group arm arme braccio brazo braco sponsor study studie
		website homepage site_web sitio_web sito edition domain_name vhost civ civilite anrede salutation title titel titulo titre titolo suffix prefix tratamiento tratamento aanhef form_of_address sal salut honorific`)
	// technical are field names of well-known systems that say nothing of anybody.
	technical = setOf(`filler fillers reserved reserve spare dummy padding blank unused mandt satnr begda endda waers werks aedtm erdat aedat laeda udate cpudt uzeit aezet bukrs persg persk btrtl kostl orgeh vkorg spart vtweg ktokd ktokk loevm spras land1 regio seqnr subty objps sprps xmin ctid
		created_at updated_at deleted_at inserted_at modified_at changed_at erstellt_am geaendert_am angelegt_am creado_en actualizado_en criado_em atualizado_em creato_il modificato_il cree_le modifie_le aangemaakt_op gewijzigd_op created updated modified
		status currency currency_code country country_code language lang locale timezone version enabled active type kind sort_order position_no lock_version row_version`)
)

// harmless reports whether a column's words say that it is nobody's.
func harmless(words []string) bool {
	if len(words) == 0 {
		return false
	}
	if plainly.has(words[0]) || plainly.has(words[len(words)-1]) {
		return true
	}
	return slicesAny(words, things, numbersOfThings, notPeople, measures)
}

func slicesAny(words []string, sets ...wordSet) bool {
	for _, set := range sets {
		if set.any(words) {
			return true
		}
	}
	return false
}

// isTechnical reports whether a name is one of a system's own fields.
func isTechnical(name string, words []string) bool {
	return technical.exactly(strings.ToLower(name)) || technical.exactly(strings.Join(words, "_")) || len(words) == 1 && technical.exactly(words[0])
}

// holders are what people write where there is nothing to write.
var holders = setOf(`na nd n/a n/d null none nil nan unknown unbekannt inconnu inconnue desconocido desconocida desconhecido sconosciuto onbekend leer vide vacio vazio vuoto leeg keine kein keiner sans sin sem senza geen ohne tbd todo
	pte pendiente pending no_tiene no_aplica nao_tem nao_informado no_informado non_comm non_comunicato non_disponibile non_renseigne non_communique nicht_angegeben nicht_bekannt niet_bekend niet_opgegeven nvt nn kA k_a ka so s/n s_n s/d sd da_verif da_verificare
	verificar a_verifier test xxx xxxx missing empty blank nc ras noemail no_email keine_angabe non_specificato sin_datos sin_dato sem_dados sem_informacao senza_dati geen_gegevens`)

// holder reports whether a value stands for there being none.
func holder(s string) bool {
	if len(s) > 24 {
		return false
	}
	p := strings.Trim(plainWord(s), " .-_*()?!/#:,")
	if p == "" {
		return true
	}
	if len(p) > 3 && strings.Trim(p, p[:1]) == "" && (p[0] == '0' || p[0] == '9' || p[0] == 'x') {
		return true
	}
	return len(p) > 1 && p[0] >= 'a' && p[len(p)-1] >= 'a' && holders.exactly(together.Replace(p))
}

var together = strings.NewReplacer(" ", "_", ".", "")
