package masking

// Words that make a name the name of something about the thing, not of the thing:
// password_changed_at, email_count, phone_enabled.
var (
	// heads stand last in English, German and Dutch names.
	heads = setOf(`tries left remaining intentos restantes restants rimasti versuche model modell modele modelo modello fmt options option uid uuid guid count counts cnt anzahl aantal total min max length len size ttl expiry expires expired enabled verified confirmed valid required optional allowed
		changed updated created modified deleted sent received opened clicked bounced at on date datum zeit time timestamp status state flag flags type types
		typ kind category kategorie class version format template templates subject policy rule rules level lvl score_version attempts retries rate ratio
		percent pct bounce preference preferences prefs visible public hint label labels provider domain domains algorithm algo strategy source channel
		language lang locale timezone country region index idx order position pos priority limit limits quota id ids nr_format days hours minutes seconds
		age_days ok domainname host hostname port server servers schema cond dauer duration dauer_tage interval frequency freq gueltig gueltigkeit ablauf
		ablaufdatum stufe reihenfolge sortierung anz groesse typ_id kz_typ validated validation validator confirmado verificado verifie verificato
		geverifieerd attiva activo ativo actif charset encoding mime suffix rounds digits chars symbols strength complexity lifetime retention rotation
		rotated reset_at failures failed success locked lockout window threshold limite regex pattern mask_type method methods mode placeholder title tooltip
		language_code optin optout consent subscribed unsubscribed enabled_at provider_id vendor issuer brand network scheme exp`)
	// measures make any name before them a number of the thing.
	measures = setOf(`tries left remaining intentos restantes restants rimasti versuche count counts cnt anzahl anz aantal ttl min max len length rounds digits chars lifetime retention expiry attempts retries threshold quota`)
	// firsts stand first in names of Romance languages, and with is_, has_.
	firsts = setOf(`situacao situacion situation situazione situatie estado etat etado stato statut is has can allow allows show use uses min max avg mean sum num count total nb nbr nombre_de cantidad numero_de tipo tipos type estado_de fecha_alta
		default require requires enable enabled last_n tem hat ist ha fl flg flag tp typ tipo_de cod_tipo cd_tipo qtd qtde qt cant conteo numero_total
		nb_total anz anzahl aantal totaal totale totales cnt no_of number_of hide allow_ needs wants supports send sends notify opt`)
)

// Classifying words beside a person's make a table one of classes, not of people:
// customer_segment, tipo_cliente.
var classes = setOf(`type types typ tipo tipos segment segments group groups gruppe gruppen role roles rolle rollen status statuses category categories kategorie categoria
		categorie class classes klasse klassen kind level levels stats statistics stat statistik count counts settings setting config policy policies rule
		rules template templates permission permissions privilege tier tiers plan plans source sources event_type summary daily monthly metrics aggregate kpi
		report reports lookup lookups catalog catalogue katalog catalogo codes ref reference referentiel dictionary dizionario diccionario vocabulary taxonomy
		options option optionen valeurs enum enums nomenclature nomenclatura stamm_typ pricing preise feature_flags flag flags i18n translations translation
		uebersetzungen traductions traducciones`)

// personal are words for people; things are words for what has a name and an
// address and is no person.
var (
	personal = setOf(`soggetto soggetti sujet sujets sujeto sujetos sujeito sujeitos repartidor repartidores rider_app socio socios iscritti iscritta tesserati tesserato associati associato afiliado afiliados filiado filiados adherent adherents allievo allievi discenti utenza assistito assistiti bambino bambini ragazzi crianca criancas nino ninos bebe kinderen person persons people persona personas personne personnes pessoa pessoas personen persoon human individual individuals customer customers client
		clients cliente clientes clienti kunde kunden klant klanten user users usr usuario usuarios utente utenti utilisateur utilisateurs benutzer nutzer
		gebruiker gebruikers employee employees emp emps staff mitarbeiter angestellte personal personeel medewerker medewerkers empleado empleados empregado
		funcionario funcionarios dipendente dipendenti employe employes salarie salaries worker workers patient patients paciente pacientes paziente pazienti
		patienten patientin contact contacts kontakt kontakte contacto contactos contato contatos contatto contatti member members mitglied mitglieder membre
		membres miembro miembros membro membri lid leden leads lead prospect prospects subscriber subscribers abonnent abonnenten abonne abonnes suscriptor
		suscriptores assinante iscritto account accounts profile profiles profil profils perfil perfiles profilo applicant applicants bewerber candidate
		candidates kandidat kandidaten candidat candidato candidatos candidati student students schueler schuler studenten etudiant eleve eleves alumno
		alumnos aluno alunos studente studenti teacher teachers lehrer profesor professor docente doctor doctors arzt aerzte medecin medecins medico medicos
		medici physician nurse agent agents guest guests gast gaeste invite huesped hospede ospite passenger passengers passagier driver drivers fahrer
		chauffeur tenant tenants mieter locataire inquilino huurder buyer buyers kaeufer acheteur comprador seller sellers visitor visitors besucher visiteur
		recipient recipients empfaenger destinataire destinatario beneficiary beneficiaries beneficiario insured versicherte versicherter assure assures
		asegurado segurado assicurato polishouder policyholder policyholders citizen citizens buerger citoyen ciudadano cidadao cittadino burger child
		children kind kinder enfant enfants hijo hijos filho figlio parent parents eltern tutor guardian dependents dependent spouse relative relatives
		participant participants teilnehmer author authors owner owners holder cardholder borrower borrowers donor donors spender anagrafica anagrafe mandant
		mandanten titular titulares reviewer reviewers manager managers ansprechpartner ansprechpartners signer pers psn hum cust custs cst cli clis clt clte
		clients_ kd kdn mitarb beschaeftigter beschaeftigte arbeitnehmer pac pacs paz pat pats employer_contact wrkr pupil pupils schuelerin stud
		studs std alumnado alunas discente studentesse leerling leerlingen scholier inwoner inwoners einwohner habitant habitants habitante habitantes
		residents resident bewoner bewoners residente residentes abitante cittadini burgers citoyens ciudadanos cidadaos vn vns versicherungsnehmer asegurados
		segurados assicurati verzekerde verzekerden donateur donateurs donante donantes doador doadores donatore donatori sponsor player players gamer gamers
		spieler joueur joueurs jugador jugadores jogador jogadores giocatore giocatori speler spelers athlete athletes pilot crew volunteer volunteers
		freiwillige benevole benevoles voluntario voluntarios volontario vrijwilliger caseworker caseworkers refugee refugees enseignant enseignants docentes
		docenten leraar leraren insegnante insegnanti professores professeur professeurs physicians nurses krankenschwester infirmier infirmiers enfermero
		enfermeros infermiere arts artsen tandarts abogado avocat anwalt lawyer lawyers autista autisti conducteur conducteurs conductor conductores motorista
		motoristas bestuurder bestuurders kurier courier couriers rider riders chauffeurs huurders inquilinos locataires mieterin proprietaire proprietaires
		propietario propietarios proprietario proprietari eigenaar eigenaren compradores acheteurs acquirente koper kopers vendedor vendedores vendeur
		vendeurs verkoper dest destinatari destinataires mitt mittente afzender ontvanger ontvangers expediteur remitente remetente empf absender witness
		witnesses klaeger victim victims offender suspect inmate prisoner voter voters elector electeurs waehler votante genitori genitore ouder ouders padre
		madre vater mutter mother father pere mere resp responsable responsables tutore tutor_legal nok kin famiglia familie famille familia famiglie
		family_member household households haushalt foyer hogar domicilio_persona signatory unterzeichner attendee attendees anmeldung_person interviewee
		respondent respondents panelist panelisten testperson proband probanden hr personnel personnels rh pracovnik klienty kokyaku agente operatore operador
		colaborador colaboradores collaborateur collaborateurs collaboratore collaboratori trabajador trabajadores trabalhador lavoratore lavoratori werknemer
		werknemers uzytkownik signup signups registrant registrants login logins joiner joiners leaver leavers newcomer hire hires retiree pensioner
		pensioners rentner creditor_person debtor debtors schuldner debiteur deudor devedor debitore debiteuren emprunteur prestatario mutuario taxpayer
		taxpayers contribuyente contribuinte contribuenti steuerpflichtige subject_person clienti_privati`)
	things = setOf(`filialen succursales sucursais filiais partners partenaire partenaires parceiro parceiros partner_conn token tokens credential credentials webhook webhooks api apis secret secrets allowlist denylist migration migrations objekt objekte objekten object objects objecten objet objets objeto objetos oggetto centro centros centres centre aircraft airplane flugzeug avion aereo vliegtuig schiff geraet geraete ouvrage ouvrages page product products produkt produkte produit produits producto productos produto produtos prodotto prodotti article articles artikel articulo articulos
		articolo articoli item items store stores shop shops filiale filialen branch branches sucursal sucursales tienda tiendas loja magasin magasins negozio
		winkel winkels warehouse warehouses lager entrepot almacen magazzino magazijn company companies firma firmen unternehmen entreprise societe empresa
		empresas azienda bedrijf organisation organisations organization organizations org orgs supplier suppliers lieferant lieferanten fournisseur
		fournisseurs proveedor proveedores fornecedor fornitore leverancier vendor vendors manufacturer country countries land laender pays pais paises paese
		paesi landen city cities stadt ort ville ciudad cidade citta stad region regions state states bundesland department departments abteilung abteilungen
		departement departamento dipartimento afdeling category categories kategorie categorie categoria role roles permission permissions currency currencies
		language languages station stations airport airports hotel hotels restaurant restaurants hospital hospitals clinic clinics klinik krankenhaus school
		schools schule universitaet university building buildings gebaeude room rooms raum salle sala sensor sensors device devices machine machines server
		servers host hosts job jobs task tasks queue campaign campaigns kampagne template templates report reports project projects projekt event events
		veranstaltung feature features plan plans coupon coupons order_status brand brands marke marque marca merk model models vehicle vehicles fahrzeug
		fahrzeuge vehicule vehiculo veiculo veicolo voertuig place places poi venue venues location locations standort standorte site sites facility port
		ports drug drugs medicament_list exam exame exame_tipo test_type service services dienst leistung tariff tarif tax taxes bank banks page pages file
		files document_type team teams channel channels tag tags movie movies film book books song songs album game games recipe menu dish course courses kurs
		curso corso stop stops line lines route routes sku skus good goods merchandise ware waren prod prods prd artikelstamm material materials materialien
		material_no item_no spare part parts teil teile piece pieces pieza piezas peca pecas pezzo pezzi onderdeel onderdelen equipment equipos equipement
		equipements equipamento attrezzatura apparaat asset assets anlage anlagen machinery maschine maschinen maquina maquinas macchina macchine outlet
		outlets bureau bureaus agence agences oficina oficinas office offices buero bueros ufficio uffici kantoor kantoren escritorio filial filiais filiali
		succursale succursali vestiging vestigingen agencia agencias zweigstelle niederlassung punto_vendita pos property properties immobilie immobilien
		propriete propiedad_inmueble inmueble inmuebles imovel imoveis immobile immobili pand panden building_site apartment_listing listing listings inserat
		street_register streets straat straten strassen strasse_liste rue_liste rues calles ruas vie_elenco strade geo geography zone zones zona zonas
		district districts bezirk bezirke barrio barrios bairro bairros quartiere wijk wijken gemeinde gemeinden commune communes municipio municipios comune
		comuni gemeenten provincia provincias province provinces provincie provincies continent plat plats plato platos prato pratos piatto piatti gericht
		gerichte speise menus recette recettes receta receitas ricetta ingredient ingredients drink drinks wine wines wein vin vinos medicine_catalog
		arzneimittel pharmacy farmacia apotheke carrier carriers spediteur vettore vettori transportista transportistas transportadora transporteur
		transporteurs vervoerder shipping_method parcel parcels paket pakete colis paquete paquetes pacote pacco pacchi pakket pakketten palette pallet
		container containers truck trucks lkw camion camiones caminhao autocarro fleet flotte flota frota wagenpark auto autos coche coches carro carros
		voiture voitures macchine_auto vehicules vehiculos veiculos veicoli voertuigen mezzi mezzo bike bikes matiere matieres subject_school fach faecher
		asignatura asignaturas materia materie disciplina disciplinas vak vakken lesson lessons klasse_schule classe_scolaire cours corsi cursos cursus
		grade_level curriculum_item exam_type library bibliothek grant grants funder foundation foundations stiftung fundacion fundacao fondazione stichting
		association associations verein vereine asociacion associazione vereniging ngo ngos authority behoerde ministerium ministry agency_public court courts
		gericht_amt insurer insurers versicherer versicherung kasse krankenkasse assureur assureurs aseguradora seguradora assicurazione verzekeraar
		produktkatalog tarife tarifas tariffa tariffe tarieven tarieftabel tariefplan forfait forfaits offre offres oferta ofertas offerta offerte aanbod
		angebot angebote policy_type topic topics thema themen forum forums blog post_category website websites domain domains url_list app apps
		application_name application_catalog program programs programm programme programmes programa programas programma microservice microservices module
		modules modul plugin plugins integration integrations provider providers endpoint endpoints cluster clusters node nodes image_registry repo repos
		repository repositories branch_git commit commits build builds release releases deployment deployments environment environments config configs
		configuration table tables column columns schema schemas field fields champ champs campo campos kolom tabelle spalte database databases bucket buckets
		key keys map maps level_game quest weapon weapons skin skins guild guilds clan match matches season seasons tournament league liga team_sport stadium
		dataset dataset_name theme themes color colors colour colours farbe farben couleur couleurs colore colori kleur kleuren cor cores size_name sensore
		sensori sensoren capteur capteurs sensores gateway gateways meter meters zaehler compteur compteurs contador medidor contatore probe probes firmware
		satellite antenna tower towers cell_tower messstelle messung measurement measurements mesure medicion misura meting account_plan ledger ledgers
		konto_plan kontenplan plan_contable cost_center costcenter kostenstelle centre_cout centro_costo centro_custo kostenplaats budget budgets gl
		contract_type package packages bundle bundles subscription_plan unit units einheit unite unidad unidade unita eenheid symbol symbols stock stocks fund
		funds fonds isin instrument exchange`)
)

// notPeople are words for what has names like people's, or numbers like theirs.
var notPeople = setOf(`fantasia razon ragione raison denominazione denominacion denominacao enseigne insegna handelsnaam trade firmenname bedrijfsnaam rotulo city cities town ort stadt ville ciudad cidade citta plaats stad woonplaats municipality gemeinde commune municipio comune gemeente county country
	countries land pais pays paese nation region province provincia state bundesland district brand brands marke marque marca merk color colour farbe
	couleur kleur product produkt produit producto produto prodotto company companies firma entreprise empresa azienda bedrijf supplier lieferant
	fournisseur proveedor fornecedor fornitore leverancier manufacturer hersteller vendor organization organisation category kategorie categorie categoria
	title titel titre titulo titolo model modell modele modelo modello currency language sprache langue idioma lingua taal station airport industry
	branche sector department abteilung service departamento team project campaign species breed variety genre album song movie book planet host hostname
	environment warehouse almacen lager entrepot store filiale plats bairro wijk barrio quartier hamlet village localidad localita localite plaatsnaam
	woonpl gemeindename capital hauptstadt label ttl item collection kollektion coleccion colecao collezione collectie series serie theme material fabric
	pattern scent flavour flavor edition distributor carrier spediteur vettore channel bucket browser os platform plan product_name make maker artist band
	opera character hero map level skin weapon guild match tournament street_name holiday feiertag festivo`)

// occurrences are words for tables of what happened, one row each time.
var occurrences = setOf(`event events evt evts ereignis ereignisse evenement evenements evento eventos eventi gebeurtenis log logs protokoll journal trace traces track tracks tracking ping pings hit hits pageview pageviews impression impressions click clicks
	session sessions heartbeat heartbeats telemetry location locations position positions standorte posiciones posicoes posizioni posities gps geo checkin checkins check_ins`)

// numbersOfThings are words for long numbers that are nobody's.
var numbersOfThings = setOf(`episod episode episodes episodio episodios encounter encounters schaden claim claims sinistre sinistres siniestro siniestros sinistro sinistri schade schaeden case cases fall fallnr expediente pratica pratiche processo ruolo ldv awb cmr contract contracts vertrag vertraege contrat contrats contrato contratos contratto contratti dossier dossiers barras barcodes order orders bestellung bestell auftrag commande pedido encomenda ordine bestelling invoice rechnung facture factura fatura fattura factuur ean gtin
	isbn sku barcode tracking parcel shipment sendung serial seriennummer artikel article version build batch charge lot reference referenz ref
	transaction transaktion vat ust vat_no ustid umsatzsteuer partita iva siret siren cnpj kvk handelsregister duns lei ticket numero_commande amount
	price preis prix precio preco prezzo prijs total quantity op operation operacion operacao operazione idem rrn acquirer auth approval acte aktenzeichen
	az case vorgang ticket_no asset inventory inventar inv issn doi msg message uid uuid guid hash checksum crc etag epoch ms ts timestamp unix cost kst
	kostenstelle konto_plan cuenta account_plan registro registration_no reg cert certificate zertifikat policy_type sn vin imo hs hscode tariff zolltarif
	pzn ndc codice_articolo cod_prod lote lotto partij charge_no size_code population area flaeche bytes size duration volume weight score elo points
	punkte puntos`)

// numbers are words for a number of whatever the table is about.
var numbers = setOf(`number no nr num nummer numero numeros num_ code`)
