package masking

// term is what one word or run of words in a column's name says.
type term struct {
	entity Entity
	sure   float64 // how sure, by itself
	person bool    // says it only of a person: look at the table and its neighbours
}

// lexicon knows words and runs of words (joined by _), in English, German, French,
// Spanish, Portuguese, Italian and Dutch, and their usual abbreviations. Longer
// runs are looked up first.
var lexicon = map[string]term{}

// inside are words that say the same within a longer one, as German and Dutch
// write them: geburtsdatum, klantadres, emailadresse.
var inside []struct {
	word string
	term term
}

func say(e Entity, sure float64, words string) {
	for w := range setOf(words) {
		lexicon[w] = term{e, sure, false}
	}
}

func sayOfPeople(e Entity, sure float64, words string) {
	for w := range setOf(words) {
		lexicon[w] = term{e, sure, true}
	}
}

func sayInside(e Entity, sure float64, words string) {
	for w := range setOf(words) {
		inside = append(inside, struct {
			word string
			term term
		}{w, term{e, sure, false}})
	}
}

func init() {
	say(Email, .9, `email emails e_mail e_mails mail_address mail_addr emailaddress email_address eml mailaddress correo correo_electronico courriel couriel
		emailadres emailadresse e_mailadresse mail_adresse mailadresse posta_elettronica endereco_eletronico e_post epost mel`)
	say(Email, .7, `mail mails posta`)
	say(Phone, .9, `phone phones telephone telefon telefono telefone telefoon tel fon fone mobile_number mobile_no mobile_phone mobil mobiel handy handynummer movil
		celular cellulare telemovel telemobil portable_number tel_portable gsm gsm_nummer fax fax_number faxnummer telefax durchwahl rufnummer telefonnummer telefoonnummer
		telnr tel_no tel_nr telno phone_number phonenumber phone_no phoneno phone_nr msisdn cell_phone cellphone cell_number whatsapp contact_number ansprechnummer numero_telephone numero_telefono numero_de_telephone`)
	sayOfPeople(Phone, .7, `mobile cell msisdn extension portable`)
	say(PersonName, .92, `first_name firstname fname f_name given_name givenname forename last_name lastname lname l_name surname family_name familyname maiden_name
		middle_name middlename middle_initial full_name fullname person_name vorname vname nachname nname zuname familienname geburtsname rufname prenom prenoms nom_famille
		nom_de_famille nom_naissance nom_complet apellido apellidos primer_apellido segundo_apellido sobrenome apelido nome_completo nombre_completo nombre_y_apellidos cognome voornaam voornamen achternaam
		roepnaam voorletters meisjesnaam cardholder card_holder cardholder_name card_holder_name account_holder kontoinhaber karteninhaber ansprechpartner contact_name contact_person
		contactpersoon customer_name client_name patient_name employee_name user_full_name kundenname kundenvorname kunden_name mitarbeitername klantnaam nombre_cliente nome_cliente nome_paciente nombre_paciente
		nom_client nom_patient nom_medecin beneficiary_name recipient_name sender_name next_of_kin mother_name father_name spouse_name nome_mae nome_pai nombre_madre nombre_padre emergency_contact salutation_name signatory`)
	sayOfPeople(PersonName, .8, `name nom nombre nome naam navn display_name displayname anzeigename nm bezeichner_person holder owner recipient beneficiary sender guest passenger
		driver fahrer chauffeur conducteur conductor conducente bestuurder leiter leader manager_name chef responsable titular titulaire intestatario eigenaar halter inhaber requester assignee reporter author auteur autor autore
		auteur_name doctor medico medecin arts physician arzt therapist nurse teacher lehrer student`)
	say(Username, .8, `username user_name usernames login logins login_name loginname benutzername benutzer_name nutzername nickname nick screen_name screenname handle uname
		userid_text nom_utilisateur identifiant nombre_usuario usuario_login nome_usuario nome_utente gebruikersnaam twitter skype instagram telegram discord github_user slack_user`)
	sayOfPeople(Username, .6, `usr_login alias pseudo apodo actor created_by updated_by modified_by deleted_by changed_by deployed_by approved_by assigned_to uploaded_by erstellt_von geaendert_von creado_por criado_por cree_par creato_da aangemaakt_door`)
	say(Address, .9, `street streets street_address streetaddress address_line address_line1 address_line2 addr_line addressline addr address1 address2 strasse str strassenname strasse_hausnummer hausnummer house_number housenumber house_no anschrift wohnanschrift
		wohnort_strasse rue adresse_postale domicilio direccion direccion_postal calle morada endereco logradouro rua indirizzo via_indirizzo residenza straat straatnaam huisnummer woonadres postadres billing_address shipping_address home_address mailing_address
		lieferadresse rechnungsadresse numero_civico adresse_ligne complement_adresse apartment`)
	sayOfPeople(Address, .85, `address addresses adresse adres adresses address_text line line_1 line_2 line1 line2 strasse_nr`)
	say(PostalCode, .85, `zip zip_code zipcode postal_code postalcode postcode post_code plz postleitzahl code_postal codepostal codigo_postal codigopostal cod_postal cep cap_postale`)
	sayOfPeople(PostalCode, .8, `cp cap postal`)
	say(Geo, .75, `geolocation geo_location last_position last_pos last_location home_location gps gps_position current_location`)
	sayOfPeople(Geo, .7, `latitude longitude lat lng lon long latitud longitud breitengrad laengengrad breite_gps laenge_gps coordinates coords koordinaten location_point position geom geog geometry geography geo_point`)
	say(Card, .92, `pan pans card_number cardnumber card_no cardno cc_number ccnumber cc_no ccn cc_num credit_card creditcard credit_card_number kreditkarte kreditkartennummer kartennummer carte_bancaire numero_carte
		tarjeta numero_tarjeta num_tarjeta cartao numero_cartao carta_credito numero_carta creditcardnummer kaartnummer debit_card`)
	say(Secret, .85, `cvv cvc cvv2 card_verification`)
	say(BankAccount, .9, `iban ibans bank_account bankaccount bank_account_number account_number accountnumber kontonummer konto_nr kontonr bankkonto bankverbindung rib numero_compte compte_bancaire cuenta_bancaria numero_cuenta
		conta_bancaria numero_conta conto_corrente numero_conto coordinate_bancarie rekeningnummer bankrekening bankrekeningnummer routing_number sort_code sortcode aba_number ach_account`)
	say(NationalID, .92, `ssn social_security social_security_number socialsecurity sin_number national_id nationalid national_insurance nino ni_number tax_id taxid tin tax_number steuer_id steuerid steuernummer steuer_nr steueridentifikationsnummer
		sozialversicherungsnummer sozialvers_nr sv_nummer sv_nr svnr rentenversicherungsnummer personalausweis ausweisnummer ausweis_nr nir num_secu numero_secu numero_securite_sociale securite_sociale nss
		insee num_insee dni nif nie cif_persona curp rfc numero_seguridad_social cpf rg cnh nis pis titulo_eleitor nif_contribuinte numero_contribuinte numero_utente codice_fiscale cod_fiscale codfisc tessera_sanitaria bsn burgerservicenummer sofinummer
		rijksregisternummer pesel personnummer cpr ahv ahv_nummer aadhaar aadhar pan_india id_number id_card idcard carta_identita cedula documento_identidad nummer_identiteitskaart cni numero_fiscal`)
	say(Document, .85, `passport passport_number passport_no passportnumber reisepass reisepassnummer passnummer passeport pasaporte passaporte passaporto paspoort paspoortnummer driver_license drivers_license driving_licence driver_licence license_number licence_number
		fuehrerschein fuhrerschein fuehrerscheinnummer permis_conduire permis_de_conduire carnet_conducir carteira_motorista patente_guida rijbewijs rijbewijsnummer license_plate licence_plate plate_number number_plate kennzeichen nummernschild plaque_immatriculation
		immatriculation matricula placa targa kenteken visa_number medical_license`)
	say(CustomerNumber, .7, `patient_number patient_no mrn medical_record_number medical_record versichertennummer versicherten_nr krankenkassennummer kvnr insurance_number insurance_no insurance_id convenio_numero numero_convenio carteirinha health_card
		member_number membership_number loyalty_number frequent_flyer polisnummer numero_assure numero_afiliado patientennummer nhs_number nhs_no`)
	say(BirthDate, .92, `dob date_of_birth dateofbirth birth_date birthdate birthday birth_day born born_on born_at born_date year_of_birth birth_year birthyear geburtsdatum geb_datum gebdat geb_dat geburtstag geboren geboren_am geburtsjahr gebjahr date_naissance
		date_de_naissance naissance ne_le datenaissance annee_naissance fecha_nacimiento fecha_de_nacimiento fecha_nac fechanacimiento nacimiento f_nac fec_nac data_nascimento data_de_nascimento nascimento dt_nascimento dt_nasc data_nasc data_nascita data_di_nascita nascita
		datanascita nato_il geboortedatum geb_dt geboortejaar geboortedag bday bdate dt_birth birth_dt cumpleanos aniversario compleanno verjaardag`)
	sayOfPeople(BirthDate, .7, `age alter edad idade eta leeftijd alter_jahre birth`)
	say(Health, .88, `diagnosis diagnoses diagnose diagnosen diagnostic diagnostico diagnosi icd icd_code icd10 icd_10 cid10 cid_10 cie10 cim10 allergy allergies allergien allergie alergia alergias allergieen blood_type blood_group bloodtype blutgruppe groupe_sanguin grupo_sanguineo
		tipo_sanguineo gruppo_sanguigno bloedgroep medication medications medikament medikamente medikation medicament medicaments medicacion medicamento medicamentos medicacao farmaco farmaci medicijn medicijnen medicatie disease diseases krankheit krankheiten erkrankung
		maladie maladies enfermedad enfermedades doenca doencas malattia malattie ziekte symptom symptoms symptome symptomes sintoma sintomas sintomi symptomen treatment_notes behandlung traitement tratamiento tratamento terapia behandeling handicap disability behinderung grad_der_behinderung
		discapacidad deficiencia disabilita invalidite arbeidsongeschiktheid pregnancy pregnant schwanger schwangerschaft hiv_status is_smoker smoker raucher lab_result lab_results laborwert vaccination vaccinations impfung impfstatus vaccin bmi medical_history krankengeschichte anamnese anamnesis anamnesi
		antecedentes antecedents prescription prescriptions rezept_text ordonnance receta_medica prescricao ricetta mental_health therapy psychotherapie krankmeldung_grund sick_reason`)
	say(SpecialCategory, .85, `gender sex geschlecht sexe sexo sesso geslacht genre_personne genero religion konfession confession religione religiao godsdienst kirchensteuer kirchensteuermerkmal ethnicity ethnic_group race ethnie etnia etniciteit hautfarbe
		sexual_orientation orientation_sexuelle orientacion_sexual nationality nationalities nationalitaet staatsangehoerigkeit staatsangehorigkeit nationalitat nationalite nacionalidad nacionalidade nazionalita cittadinanza nationaliteit citizenship
		marital_status maritalstatus civil_status familienstand etat_civil situation_familiale situation_matrimoniale estado_civil stato_civile burgerlijke_staat political_party political_opinion partei_mitgliedschaft parteizugehoerigkeit trade_union union_member gewerkschaft gewerkschaftsmitglied syndicat sindicato sindacato vakbond
		criminal_record vorstrafen casier_judiciaire antecedentes_penales`)
	say(Pay, .88, `salary salaries base_salary gross_salary net_salary annual_salary wage wages hourly_wage income annual_income yearly_income net_worth networth gehalt gehaltswunsch jahresgehalt monatsgehalt bruttogehalt nettogehalt lohn stundenlohn bruttolohn nettolohn einkommen salaire salaire_brut salaire_net
		remuneration revenu revenus salario salario_bruto salario_neto salario_base sueldo sueldo_bruto ingresos nomina_importe renda renda_mensal ordenado vencimento_mensal remuneracao stipendio stipendio_lordo retribuzione reddito salaris brutosalaris nettosalaris loon brutoloon nettoloon inkomen
		compensation bonus_amount payroll_amount credit_score creditscore schufa schufa_score bonitaet retencion_irpf pension_amount`)
	sayOfPeople(Pay, .6, `pay bonus praemie prime_salaire retencion`)
	say(Secret, .92, `password passwords passwd pwd pass_hash passhash password_hash passwordhash password_digest encrypted_password hashed_password pass_word pw pword passwort kennwort passwort_hash mot_de_passe motdepasse mdp contrasena contrasenia clave_acceso senha senha_hash parola_chiave
		wachtwoord wachtwoord_hash passphrase secret secrets client_secret secret_key secretkey api_key apikey api_secret api_token apitoken access_key access_key_id accesskey secret_access_key access_token accesstoken refresh_token refreshtoken auth_token authtoken bearer_token id_token session_token session_key sessionkey
		reset_token password_reset_token confirmation_token invite_token csrf_token remember_token remember_digest otp otp_secret otp_code totp totp_secret mfa_secret two_factor_secret twofa_secret backup_codes recovery_codes recovery_code private_key privatekey priv_key signing_key signing_secret encryption_key
		webhook_secret shared_secret credential credentials license_key licence_key activation_key ssh_key pem pin pin_code pincode pin_hash security_answer secret_answer jwt jwt_token oauth_token token tokens bot_token salt password_salt pwd_salt connection_string conn_string connstring database_url db_url dsn
		sas_token hmac hmac_key schluessel_geheim geheimnis clave_secreta chave_secreta chave_api chiave_segreta chiave_api cle_api cle_secrete sleutel_geheim api_sleutel`)
	sayOfPeople(Secret, .7, `sid session_id sessionid sess_id cookie cookies nonce hash pass clave chave conn`)
	say(IPAddress, .9, `ip ip_address ipaddress ip_addr ipaddr ipv4 ipv6 remote_addr remote_ip client_ip last_ip login_ip source_ip src_ip ip_adresse adresse_ip direccion_ip endereco_ip indirizzo_ip ip_adres user_ip signup_ip x_forwarded_for current_sign_in_ip last_sign_in_ip remote_address`)
	say(DeviceID, .85, `mac mac_address macaddr mac_addr imei imsi iccid meid device_id_text advertising_id idfa gaid adid android_id udid device_token push_token fcm_token apns_token device_fingerprint browser_fingerprint`)
	say(PersonalURL, .8, `linkedin linkedin_url facebook facebook_url twitter_url instagram_url profile_url avatar avatar_url photo_url picture_url profile_picture gravatar gravatar_url homepage_personal xing`)
	say(FreeText, .8, `note notes notiz notizen bemerkung bemerkungen kommentar kommentare anmerkung anmerkungen hinweis_text comment comments remark remarks memo feedback commentaire commentaires remarque remarques observation observations observacion observaciones
		nota notas comentario comentarios observacao observacoes osservazione osservazioni annotazioni commento commenti opmerking opmerkingen toelichting aantekening aantekeningen notitie notities message_body transcript bio biography biographie biografia about_me about free_text freetext freitext
		delivery_note delivery_notes delivery_instructions lieferhinweis internal_notes customer_notes msg_text chat_text conversation complaint complaints beschwerde reclamation reclamacion reclamo klacht`)
	sayOfPeople(FreeText, .7, `message messages msg body text inhalt nachricht contenu mensaje mensagem messaggio bericht description beschreibung descripcion descricao descrizione omschrijving details detail summary summary_text content question answer`)
	say(Media, .8, `photo photos foto picture portrait passbild lichtbild selfie fingerprint_template face_encoding biometric biometrics signature_image unterschrift scan scan_document lebenslauf cv resume curriculum voice_recording recording faceprint id_scan`)

	sayInside(BirthDate, .9, `geburtsdat geburtstag geboortedat dateofbirth birthdate datenaissance fechanac datanasc`)
	sayInside(Email, .88, `email emailadr mailadr`)
	sayInside(Phone, .85, `telefon telefoon telephone handynr handynum mobilnum mobielnum phonenum rufnummer faxnum`)
	sayInside(PersonName, .88, `vorname nachname familienname firstname lastname voornaam achternaam kundenname mitarbeitername patientenname ansprechpartner prenom apellido sobrenome cognome`)
	sayInside(Address, .85, `strasse anschrift wohnadres straatnaam lieferadress rechnungsadress indirizz direccion`)
	sayInside(PostalCode, .8, `postleitzahl zipcode postcode codepostal`)
	sayInside(BankAccount, .88, `kontonummer rekeningnummer bankverbindung iban`)
	sayInside(NationalID, .88, `sozialversicherung steueridentifikation steuernummer burgerservice codicefiscale rijksregister`)
	sayInside(Secret, .9, `password passwort kennwort wachtwoord contrasen motdepasse secretkey privatekey accesstoken apikey`)
	sayInside(Pay, .85, `gehalt bruttolohn stundenlohn salaris salaire einkommen`)
	sayInside(Health, .85, `diagnos krankheit blutgruppe allergi medikament`)
	sayInside(SpecialCategory, .85, `familienstand religion konfession staatsangeh geschlecht nationalit`)
	sayInside(Document, .85, `kennzeichen fuehrerschein reisepass passport kenteken`)
	sayInside(FreeText, .75, `bemerkung kommentar anmerkung opmerking observac comentari commentair`)
	sayInside(Card, .9, `kreditkart creditcard`)
}

// Words that make a name the name of something about the thing, not of the thing:
// password_changed_at, email_count, phone_enabled.
var (
	// heads stand last in English, German and Dutch names.
	heads = setOf(`count counts cnt anzahl aantal total min max length len size ttl expiry expires expired enabled verified confirmed valid required optional allowed
		changed updated created modified deleted sent received opened clicked bounced at on date datum zeit time timestamp status state flag flags type types typ kind category kategorie class version format template templates subject
		policy rule rules level lvl score_version attempts retries rate ratio percent pct bounce preference preferences prefs visible public hint label labels provider domain domains algorithm algo strategy source channel
		language lang locale timezone country region index idx order position pos priority limit limits quota id ids nr_format days hours minutes seconds age_days ok domainname host hostname port server servers schema`)
	// firsts stand first in names of Romance languages, and with is_, has_.
	firsts = setOf(`is has can allow allows show use uses min max avg mean sum num count total nb nbr nombre_de cantidad numero_de tipo tipos type estado_de fecha_alta default require requires enable enabled last_n`)
)

// Classifying words beside a person's make a table one of classes, not of people:
// customer_segment, tipo_cliente.
var classes = setOf(`type types typ tipo tipos segment segments group groups gruppe gruppen role roles rolle rollen status statuses category categories kategorie categoria categorie class classes klasse klassen kind level levels
	stats statistics stat statistik count counts settings setting config policy policies rule rules template templates permission permissions privilege tier tiers plan plans source sources event_type summary daily monthly metrics aggregate kpi report reports`)

// personal are words for people; things are words for what has a name and an
// address and is no person.
var (
	personal = setOf(`person persons people persona personas personne personnes pessoa pessoas personen persoon human individual individuals customer customers client clients cliente clientes clienti kunde kunden klant klanten user users usr usuario usuarios utente utenti utilisateur
		utilisateurs benutzer nutzer gebruiker gebruikers employee employees emp emps staff mitarbeiter angestellte personal personeel medewerker medewerkers empleado empleados empregado funcionario funcionarios dipendente dipendenti employe employes salarie salaries worker workers patient patients paciente pacientes paziente pazienti patienten
		patientin contact contacts kontakt kontakte contacto contactos contato contatos contatto contatti member members mitglied mitglieder membre membres miembro miembros membro membri lid leden leads lead prospect prospects subscriber subscribers abonnent abonnenten abonne abonnes suscriptor suscriptores assinante iscritto
		account accounts profile profiles profil profils perfil perfiles profilo applicant applicants bewerber candidate candidates kandidat kandidaten candidat candidato candidatos candidati student students schueler schuler studenten etudiant eleve eleves alumno alumnos aluno alunos studente studenti teacher teachers lehrer profesor professor docente
		doctor doctors arzt aerzte medecin medecins medico medicos medici physician nurse agent agents guest guests gast gaeste invite huesped hospede ospite passenger passengers passagier driver drivers fahrer chauffeur tenant tenants mieter locataire inquilino huurder buyer buyers kaeufer acheteur comprador seller sellers
		visitor visitors besucher visiteur recipient recipients empfaenger destinataire destinatario beneficiary beneficiaries beneficiario insured versicherte versicherter assure assures asegurado segurado assicurato polishouder policyholder policyholders citizen citizens buerger citoyen ciudadano cidadao cittadino burger child children kind kinder enfant enfants hijo hijos filho figlio
		parent parents eltern tutor guardian dependents dependent spouse relative relatives participant participants teilnehmer author authors owner owners holder cardholder borrower borrowers donor donors spender anagrafica anagrafe mandant mandanten titular titulares reviewer reviewers manager managers ansprechpartner ansprechpartners signer`)
	things = setOf(`product products produkt produkte produit produits producto productos produto produtos prodotto prodotti article articles artikel articulo articulos articolo articoli item items store stores shop shops filiale filialen branch branches sucursal sucursales tienda tiendas loja magasin magasins negozio winkel winkels warehouse warehouses lager
		entrepot almacen magazzino magazijn company companies firma firmen unternehmen entreprise societe empresa empresas azienda bedrijf organisation organisations organization organizations org orgs supplier suppliers lieferant lieferanten fournisseur fournisseurs proveedor proveedores fornecedor fornitore leverancier vendor vendors manufacturer
		country countries land laender pays pais paises paese paesi landen city cities stadt ort ville ciudad cidade citta stad region regions state states bundesland department departments abteilung abteilungen departement departamento dipartimento afdeling category categories kategorie categorie categoria role roles permission permissions currency currencies language languages
		station stations airport airports hotel hotels restaurant restaurants hospital hospitals clinic clinics klinik krankenhaus school schools schule universitaet university building buildings gebaeude room rooms raum salle sala sensor sensors device devices machine machines server servers host hosts job jobs task tasks queue campaign campaigns kampagne template templates
		report reports project projects projekt event events veranstaltung feature features plan plans coupon coupons order_status brand brands marke marque marca merk model models vehicle vehicles fahrzeug fahrzeuge vehicule vehiculo veiculo veicolo voertuig place places poi venue venues location locations standort standorte site sites facility port ports
		drug drugs medicament_list exam exame exame_tipo test_type service services dienst leistung tariff tarif tax taxes bank banks page pages file files document_type team teams channel channels tag tags movie movies film book books song songs album game games recipe menu dish course courses kurs curso corso stop stops line lines route routes`)
)
