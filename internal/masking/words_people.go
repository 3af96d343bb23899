package masking

// wordsOfPeople are what the lexicon knows of who somebody is, and where.
var wordsOfPeople = []said{
	{Email, .9, nothing, `email emails e_mail e_mails mail_address mail_addr emailaddress email_address eml mailaddress correo correo_electronico courriel couriel emailadres
		emailadresse e_mailadresse mail_adresse mailadresse posta_elettronica endereco_eletronico e_post epost mel email_addr emailaddr email_adr mail_adr
		mailadr eml_addr e_mail_address e_mail_adr email_id contact_email contact_mail private_email work_email primary_email secondary_email recovery_email
		kontakt_mail email_adresse e_mail_adresse mail_privat privatmail adresse_mail adresse_electronique adresse_email adresse_courriel courriels adr_mail
		adr_email mail_pro mel_pro couriels correo_e correoe direccion_correo direccion_email direccion_de_correo dir_correo correo_usuario email_contacto
		correo_contacto correio_eletronico correio_electronico correio endereco_email endereco_de_email email_contato indirizzo_email indirizzo_mail
		indirizzo_di_posta indirizzo_posta_elettronica posta_certificata email_contatto mailadres e_mailadres smtp_addr smtp_address`},
	{Email, .7, nothing, `mail mails posta`},
	{Email, .8, values, `to_hdr to_address to_addr mailto recipient_address reply_to bcc pec em`},
	{Phone, .9, nothing, `phone phones telephone telefon telefono telefone telefoon tel fon fone mobile_number mobile_no mobile_phone mobil mobiel handy handynummer movil
		celular cellulare telemovel telemobil portable_number tel_portable gsm gsm_nummer fax fax_number faxnummer telefax durchwahl rufnummer telefonnummer
		telefoonnummer telnr tel_no tel_nr telno phone_number phonenumber phone_no phoneno phone_nr msisdn cell_phone cellphone cell_number whatsapp
		contact_number ansprechnummer numero_telephone numero_telefono numero_de_telephone phone_num phonenum phn_no ph_no phone1 tel_num telnum
		telephone_number tel_number home_phone work_phone cell_no cell_num mobile_num mob_no contact_no contact_phone landline emergency_phone daytime_phone
		evening_phone telefon_nr telefon_nummer fon_nr festnetz mobilnummer mobil_nr mobiltelefon mobilfunk handy_nr telefonprivat rueckrufnummer faxnr fax_nr
		telefone_contato num_tel num_telephone numero_de_tel telephone_portable tel_fixe tel_mobile tel_dom tel_bur tel_pro numero_mobile numero_portable
		portable_perso telecopie tfno tlf tlfn tlfno tlf_movil telefono_movil telefono_fijo tel_movil tel_fijo num_telefono nro_telefono numero_movil
		numero_celular num_movil nro_celular telefono_contacto nr_telefone num_telefone numero_telefone numero_de_telefone nr_fone fone_contato nr_telemovel
		nr_celular telefone_fixo tel_celular telef telefono_cellulare telefono_fisso tel_cellulare numero_di_telefono numero_cellulare recapito_telefonico
		recapito_tel nr_telefono cell_privato telefoon_nr telefoon_nummer mobiel_nr mobiele_telefoon mobiel_nummer vaste_telefoon tel_nummer a_number b_number
		calling_number called_number caller_id calling_party called_party`},
	{Phone, .7, people, `mobile cell extension portable`},
	{Phone, .8, values, `tlfs tfn tf ph phn mob mobl cel recapito recapiti reach callback durchw durchwahlnr ddi poste a_nr b_nr a_num b_num caller callee anrufer appelant
		appele standard_tel nr_tel`},
	{PersonName, .92, nothing, `first_name firstname fname f_name given_name givenname forename last_name lastname lname l_name surname family_name familyname maiden_name middle_name
		middlename middle_initial full_name fullname person_name vorname vname nachname nname zuname familienname geburtsname rufname prenom prenoms
		nom_famille nom_de_famille nom_naissance nom_complet apellido apellidos primer_apellido segundo_apellido sobrenome apelido nome_completo
		nombre_completo nombre_y_apellidos cognome voornaam voornamen achternaam roepnaam voorletters meisjesnaam cardholder card_holder cardholder_name
		card_holder_name account_holder kontoinhaber karteninhaber ansprechpartner contact_name contact_person contactpersoon customer_name client_name
		patient_name employee_name user_full_name kundenname kundenvorname kunden_name mitarbeitername klantnaam nombre_cliente nome_cliente nome_paciente
		nombre_paciente nom_client nom_patient nom_medecin beneficiary_name recipient_name sender_name next_of_kin mother_name father_name spouse_name
		nome_mae nome_pai nombre_madre nombre_padre emergency_contact salutation_name signatory name_first name_last first_nm last_nm frst_nm lst_nm fst_name
		fst_nm firstnm lastnm fname1 lname1 fnm lnm given_names givennames family_names forenames surnames birth_name legal_first_name legal_last_name
		preferred_name name_on_card name_on_account holder_name account_name_holder mothers_maiden_name mother_maiden_name fathers_name contact_first_name
		contact_last_name guest_name passenger_name driver_name donor_name member_name student_name teacher_name doctor_name applicant_name candidate_name
		tenant_name owner_name buyer_name seller_name author_name user_realname real_name realname person_full_name nok_name next_of_kin_name spouse
		partner_name guardian_name insured_name policyholder_name staff_name emp_name cust_name given_nm family_nm fullnm full_nm persname pers_name nachn
		vorna namev vor_name nach_name vorn geburts_name maedchenname namenszusatz vor_und_nachname vor_nachname patientenname empfaengername empfaenger_name
		inhaber_name kontoinhaber_name versicherter versicherungsnehmer sachbearbeitername schueler_name lehrer_name gast_name mieter_name fahrer_name
		halter_name ansprechpartner_name ap_name notfallkontakt nom_usage nom_d_usage nom_usuel prenom_usuel nom_marital nom_epouse nom_jeune_fille
		nom_de_jeune_fille nom_patronymique patronyme nom_prenom prenom_nom nom_titulaire nom_du_titulaire nom_porteur nom_sur_carte nom_salarie nom_employe
		nom_eleve nom_utilisateur_complet nom_contact personne_contact personne_a_contacter nom_assure nom_locataire nom_beneficiaire nom_destinataire
		nom_parent nom_responsable nom_pere nom_mere primer_nombre segundo_nombre nombre_pila nombre_de_pila nombres ape1 ape2 apell apell1 apellido1
		apellido2 ap_paterno ap_materno apellido_paterno apellido_materno nombre_apellidos apellidos_nombre nombre_empleado nombre_alumno nombre_titular
		nombre_contacto nombre_usuario_completo persona_contacto persona_de_contacto nombre_beneficiario nombre_conductor titular_tarjeta titular_cuenta
		nombre_tarjeta nombre_del_titular nombre_huesped nombre_pasajero nombre_tutor primeiro_nome ultimo_nome nome_do_meio nome_social nome_proprio
		nm_pessoa nm_paciente nm_pac nm_cliente nm_mae nm_pai nm_medico nm_funcionario nm_aluno nm_titular nome_titular nome_aluno nome_funcionario
		nome_colaborador nome_usuario_completo nome_contato nome_responsavel nome_do_pai nome_da_mae nome_impresso nome_beneficiario pessoa_contato
		pessoa_de_contato nome_medico nome_hospede nome_e_sobrenome apelidos nomes_proprios nome_cognome cognome_nome nome_e_cognome nominativo nominativi
		nome_di_battesimo nome_paziente nome_dipendente nome_studente nome_titolare nome_intestatario referente persona_di_riferimento nome_referente
		nome_ospite nome_autista nome_contatto ragazzo_nome cognome_da_nubile nome_padre nome_madre voorletter voorl voornm achternm anaam vnaam vnm anm
		geslachtsnaam geboortenaam roepnm naam_volledig volledige_naam naam_klant naam_patient naam_medewerker naam_contactpersoon naam_rekeninghouder
		rekeninghouder kaarthouder pasjeshouder tnaamhouder naam_leerling naam_bestuurder tenaamstelling tenaamgestelde fio imya familiya otchestvo
		emergency_contact_name signer_name signee signed_name witness_name initials initialen initiales iniciales iniziali emftx legal_first legal_last
		preferred_first preferred_last first_legal last_legal first_given`},
	{PersonName, .8, people, `name nom nombre nome naam navn display_name displayname anzeigename nm`},
	{PersonName, .85, values, `bezeichner_person holder owner recipient beneficiary sender guest passenger driver fahrer chauffeur conducteur conductor conducente bestuurder leiter
		leader manager_name chef responsable titular titulaire intestatario eigenaar halter inhaber requester assignee reporter author auteur autor autore
		auteur_name doctor medico medecin arts physician arzt therapist nurse teacher lehrer student fn ln fnam lnam sn gn cn nme nam vn nn given family mi
		nom_compl ape apel apels nomb nomi cogn vnam achtern tussenv name1 name2 name_1 name_2 nam1 nam2 who technician techniker technicien tecnico monteur
		caseworker case_worker social_worker sachbearbeiter bearbeiter betreuer gutachter assessor adjuster surveyor inspector inspektor inspecteur inspettore
		gestionnaire gestor gestora gestore handler account_manager acct_mgr account_mgr mgr project_manager sales_rep salesperson salesman rep representative
		verkaeufer vendeur vendedor venditore verkoper commercial comercial agente makler courtier corredor corretor behandelaar behandelnder_arzt hausarzt
		huisarts medecin_traitant medico_cabecera medico_curante attending surgeon chirurg dentist pfleger infirmier enfermero enfermeira infermiere
		verpleegkundige advisor adviser berater conseiller asesor consulente adviseur coach trainer trainerin entraineur entrenador treinador allenatore tutor
		mentor instructor examiner pruefer lecturer dozent dozentin docent enseignant profesor professeur insegnante leraar docente supervisor vorgesetzter
		superviseur jefe capo chefe lead_name foreman capataz caporeparto ceo cto director direktor directeur direttore geschaeftsfuehrer gerant administrador
		amministratore president praesident presidente editor redakteur redacteur redactor redator redattore translator uebersetzer traducteur unterzeichner
		signataire firmante signatario firmatario ondertekenaar witness zeuge temoin testigo testemunha testimone getuige judge richter juge juez juiz giudice
		rechter lawyer anwalt avocat abogado advogado avvocato advocaat notary notar notaire notario notaris notaio plaintiff defendant klaeger beklagter
		artist_legal_name donor spender donateur donante doador donatore patron benefactor host_name_person buyer kaeufer acheteur comprador acquirente koper
		seller payer payee zahler zahlungsempfaenger payeur pagador pagante ordenante ordonnateur begunstigter begunstigde mittente expediteur remitente
		remetente afzender absender consignee consignor empfaenger destinataire destinatario destinatari geadresseerde ontvanger besteller ordered_by_name
		operatore operador operateur operator_name clerk cashier kassierer caissier cajero cassiere kassier employee mitarbeiter empleado funcionario
		dipendente medewerker salarie employe worker staff_member staff customer client kunde kunden klant cliente clienti patient paciente paziente member
		mitglied membre miembro membro lid applicant bewerber candidat candidato sollicitant tenant mieter locataire inquilino huurder schueler eleve alumno
		aluno alunno leerling contact kontakt contacto contato contatto mother father mutter vater mere pere madre padre mae pai moeder vader husband wife
		ehemann ehefrau epoux epouse esposo esposa marito moglie echtgenoot guardian vormund tuteur child kind enfant hijo filho figlio sibling emergency
		notfall urgence insured versicherte assure asegurado segurado assicurato verzekerde policyholder conjoint conyuge conjuge coniuge partner ehepartner
		person personne persona pessoa subject individual interviewer respondent reviewer rezensent auditor pruefperson first last middle pax paxname morador
		moradores elector kyc identite identidad identita`},
	{Username, .8, nothing, `username user_name usernames login logins login_name loginname benutzername benutzer_name nutzername screen_name screenname handle uname userid_text
		nom_utilisateur identifiant nombre_usuario usuario_login nome_usuario nome_utente gebruikersnaam twitter skype instagram telegram discord github_user
		slack_user user_login login_user loginid login_id user_id_text usr_name usrname unm gamertag gamer_tag player_name kennung benutzerkennung anmeldename
		nutzer_name pseudonyme nom_de_compte nom_compte nom_login identifiant_connexion compte_utilisateur login_usuario nombre_de_usuario usuario_nombre
		nom_usuario usuario_red apelido_usuario nm_usuario nm_login login_rede nome_de_usuario nome_login nomeutente nome_account inlognaam inlog_naam
		gebruikers_naam accountnaam schermnaam steam_id discord_id telegram_id skype_id skype_name twitter_handle instagram_handle github_login
		github_username sam_account_name samaccountname upn user_principal_name preferred_username x_handle tiktok mastodon reviewer_nick`},
	{Username, .6, people, `usr_login actor created_by updated_by modified_by deleted_by changed_by deployed_by approved_by assigned_to uploaded_by erstellt_von geaendert_von
		creado_por criado_por cree_par creato_da aangemaakt_door nickname nick nick_name nicknames spitzname apodo alias pseudo`},
	{Username, .7, values, `uid userid user usr login_by gebruiker utilisateur usuario utente benutzer nutzer bearbeitet_von angelegt_von erfasst_von gewijzigd_door modifie_par
		saisi_par valide_par modificado_por actualizado_por alterado_por atualizado_por modificato_da inserito_da aggiornato_da ernam aenam kuerzel operator
		operator_id agent author_login committer`},
	{Address, .9, nothing, `street streets street_address streetaddress address_line address_line1 address_line2 addr_line addressline addr address1 address2 strasse str
		strassenname strasse_hausnummer hausnummer house_number housenumber house_no anschrift wohnanschrift wohnort_strasse rue adresse_postale domicilio
		direccion direccion_postal calle morada endereco logradouro rua indirizzo via_indirizzo residenza straat straatnaam huisnummer woonadres postadres
		billing_address shipping_address home_address mailing_address lieferadresse rechnungsadresse numero_civico adresse_ligne complement_adresse apartment
		street1 street2 street_name streetname street_no street_nr street_number strt addr_1 addr_2 addr1 addr2 addrline1 addrline2 address3 address_1
		address_2 adr1 adr2 adrl1 adr_line mail_addr_line home_addr homeaddr res_address residential_address residence_address permanent_address
		postal_address delivery_address ship_address bill_address ship_street bill_street ship_addr bill_addr shipto_address current_address previous_address
		full_address fulladdress addr_oneline address_full apt apt_no apartment_no unit_no flat_no house_name str_hnr str_nr strasse_nr strasse_und_hausnummer
		strasse_hnr hnr haus_nr hausnr wohnadresse privatadresse heimatadresse postanschrift lieferanschrift rechnungsanschrift empfaengeradresse adresszeile
		adresszusatz adr_zusatz zusatz_adresse stras adresse1 adresse2 adresse_1 adresse_2 adresse_complete adresse_domicile adresse_livraison
		adresse_facturation adresse_perso nom_rue num_rue numero_rue numero_voie voie type_voie libelle_voie complement_adr adr_livraison adr_facturation
		domicilie lieu_dit direccion1 direccion2 direccion_1 direccion_completa direccion_envio direccion_facturacion dir_envio dir_postal dir_cliente
		domicilio_particular domicilio_fiscal nombre_calle num_calle calle_numero nro_calle calle_y_numero piso_puerta piso colonia dom_calle
		endereco_completo endereco_entrega endereco_cobranca endereco_residencial ds_endereco nm_logradouro ds_logradouro nr_logradouro complemento_endereco
		endereco_linha1 rua_numero morada_completa morada_fiscal bairro_residencial num_porta numero_porta indirizzo_completo indirizzo_residenza
		indirizzo_spedizione indirizzo_fatturazione indirizzo_domicilio indirizzo1 indirizzo2 ind_residenza via_numero via_e_numero nr_civico n_civico
		num_civico via_residenza adresregel adresregel1 adres_regel adres1 adres2 adres_volledig volledig_adres bezorgadres factuuradres afleveradres
		verzendadres thuisadres correspondentieadres huis_nr huisnr huisnummer_toevoeging straat_nr straat_huisnummer straat_en_nummer str_huisnr po_box pobox
		postfach boite_postale`},
	{Address, .7, nothing, `birthplace birth_place place_of_birth pob geburtsort geb_ort lieu_naissance lieu_de_naissance commune_naissance ville_naissance lugar_nacimiento
		lugar_de_nacimiento local_nascimento naturalidade luogo_nascita luogo_di_nascita comune_nascita geboorteplaats geb_plaats`},
	{Address, .85, people, `address addresses adresse adres adresses address_text line line_1 line_2 line1 line2 adr addres adress line3 dir ind dom endereco1 via ulica residence
		wohnsitz bairro wohnung`},
	{PostalCode, .85, nothing, `zip zip_code zipcode postal_code postalcode postcode post_code plz postleitzahl code_postal codepostal codigo_postal codigopostal cod_postal cep
		cap_postale zipcd zip_cd zip_cde zip5 zip4 zip_plus4 zip_postal post_cd pcode p_code postcd postal_cd postalcd pst_cd plz_ort plzort plz_wohnort
		post_leitzahl pstlz code_post cd_postal cpostal c_postal cod_post codpostal codigo_post cp_ville num_cp nr_cep cd_cep codigo_cep cod_cep
		codice_postale cap_residenza codice_avviamento_postale cap_spedizione pc_woonplaats post_code_uk uk_postcode postkode code_pstl cd_pstl pstl_cd zipc
		pc4 pc6`},
	{PostalCode, .8, people, `cp cap postal`},
	{PostalCode, .8, values, `pc pst`},
	{Geo, .75, nothing, `geolocation geo_location last_position last_pos last_location home_location gps gps_position current_location home_gps gps_coords gps_coordinates
		gps_pos gps_lat gps_lon gps_lng home_lat home_lon home_lng user_lat user_lng user_lon last_lat last_lng last_lon pickup_lat pickup_lng pickup_lon
		dropoff_lat dropoff_lng dropoff_lon geo_hint geo_coord geokoordinaten aufenthaltsort standort_gps coordonnees_gps coordenadas coordinate_gps
		coordonnees whereabouts home_point live_location position_gps`},
	{Geo, .7, people, `latitude longitude lat lng lon long latitud longitud breitengrad laengengrad breite_gps laenge_gps coordinates coords koordinaten location_point
		position geom geog geometry geography geo_point geo geoloc geopos geo_lat geo_lon geo_lng latitud_gps latitude_gps lati longi ubicacion localizacao
		posizione positie latitudine longitudine geopunt latlng latlon lat_long lat_lng lat_lon coord`},
}
