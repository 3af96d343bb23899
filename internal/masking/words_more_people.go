package masking

// moreOfPeople are more words of who somebody is and where, of what is written of
// them, of devices and of keys: what the first lists have, written otherwise.
var moreOfPeople = []said{
	{FreeText, .75, nothing, `rmk rmks rmrk remks remk bemerkg bemerkung_intern bem_text anmerk anm_text notizfeld notizzen notiz_text observ_text obs_interna obs_internas
		obs_livres obs_text obs_txt observacoes_internas observaciones_internas observacion_libre osservazioni_interne annotazioni_interne appunti appunto
		nota_libera note_libere note_segreteria note_segr note_varie notes_libres remarques_internes remarque_libre rem_int opm_tekst opmerkingen_intern
		aantek memoveld memo_field comment1 comment2 comments1 comments_internal internal_comment internal_comments private_note private_notes user_notes
		user_note employee_notes hr_notes hr_note hr_comment hr_comments recruiter_notes interviewer_notes teacher_comment teacher_comments teacher_remark
		lehrerkommentar appreciation_prof appreciation_enseignant giudizio giudizi giudizio_finale juicio juicio_final parecer parecer_descritivo oordeel
		free_comment freie_bemerkung commento_libero comentario_libre comentario_livre vrije_opmerking open_comment open_feedback nps_comment survey_comment
		verbesserungsvorschlag sugerencia sugerencias sugestao sugestoes suggerimento suggerimenti suggestie suggesties motivation motivation_text motivations
		about_user headline_personal self_description selbstbeschreibung description_personnelle descripcion_personal ueber_mich a_propos_de_moi sobre_mi
		sobre_mim su_di_me over_mij profile_text profiltext biografia_texto incident_report incident_text incident_details unfallbericht unfallbeschreibung
		schadensbeschreibung schadenbeschreibung schadensmeldung declaration_sinistre description_sinistre descripcion_siniestro descripcion_hechos
		descricao_sinistro descricao_ocorrencia relato_ocorrencia verslag_incident schadeomschrijving toedracht tatbestand sachverhalt hechos fatti faits
		statement_witness zeugenaussage disciplinary disciplinary_notes disciplinary_action abmahnung abmahnungen abmahnungsgrund sanction_disciplinaire
		avertissement amonestacion advertencia richiamo richiami provvedimento_disciplinare waarschuwing disziplinarmassnahme kuendigungsgrund austrittsgrund
		motif_rupture motif_sortie motivo_salida motivo_saida motivo_cessazione reden_uitdienst exit_reason reason_for_leaving resignation_reason
		preferences_text special_wishes wuensche sonderwuensche sonderwunsch desideri souhaits deseos_especiales pedidos_especiais richieste_speciali
		bijzondere_wensen wensen besonderheiten besonderheit particularites particularidades particolarita bijzonderheden`},
	{Username, .75, people, `alias_name aka known_as nickname_text spitzn surnom surnoms soprannome sobriquet bijnaam roepnaam_alias user_alias user_handle user_ref_name
		player_tag player_nick author_name_display actor_name actor_login actor_user user_login_name by_user usr_id_text login_text ldap_uid ldap_user ad_user
		ad_login windows_user win_user sap_user bname created_by_user changed_by_user usuario_alta usuario_modif usuario_mod usuario_creacion usuario_baja
		user_alta utente_ins utente_mod utente_inserimento utente_modifica utilisateur_creation utilisateur_modif util_crea util_modif usuario_cadastro
		usuario_inclusao usuario_alteracao usr_inclusao usr_alteracao erfasser anleger aenderer angelegt_durch geaendert_durch ingevoerd_door
		gewijzigd_door_user`},
	{Phone, .85, nothing, `telf telf1 telf2 telfx tel_nrs tel1 tel2 tel3 tel_1 tel_2 telefon1 telefon2 telefono1 telefono2 telefone1 telefone2 mobile1 mobile2 phone_1 phone_2
		phone2 phone3 phone_home phone_work phone_mobile phone_cell phone_private phone_e164 e164 phone_raw phone_norm phone_normalized phone_hash_src
		sms_number sms_no sms_to whatsapp_number whatsapp_no wa_number wa_phone viber signal_number telegram_phone numero_whatsapp tel_contact tel_contacto
		tel_contatto tel_urgence telefono_emergencia telefone_emergencia telefono_emergenza noodnummer noodtelefoon notfallnummer notfalltelefon notfall_tel
		tel_notfall emergency_tel emergency_mobile tel_parent tel_parents tel_mere tel_pere tel_madre tel_padre telefono_madre telefono_padre
		telefone_responsavel tel_responsable telefoon_ouders cel_contato cel_contacto cell_num_priv cellulare_privato telefono_privato telefon_privat
		telefon_mobil telefon_dienstlich telefono_casa telefono_particular telefono_ufficio tel_privat tel_prive tel_priv tel_mob tel_thuis telefoon_thuis
		telefoon_mobiel telefoon_prive mob_nr mob_num mobiltel mobtel mobilnr mobielnr handytel handynr fijo tel_casa tlf_fijo tlf_contacto tlf1 tlf2 tfno1
		tfno2 fax_no faxno telefaxnr numero_de_fax num_fax callback_number callback_no rueckruf_nr terugbelnummer numero_rappel caller_number caller_no
		caller_msisdn callee_number callee_msisdn dialed_number dialled_number from_number to_number from_msisdn to_msisdn subscriber_number`},
	{PostalCode, .8, values, `cpo cpos cpost codpos cod_pos c_pos cdpost pcod zpcode`},
	{PersonName, .88, nothing, `nominat nominativo_completo intest intestat intestatario_conto destinatario_nome destinat nom_destinat destinatario_nombre nombre_destinatario
		nome_destinatario nome_destinatario_completo recipient_full_name receiver receiver_name ontvanger_naam naam_ontvanger empfaenger_vorname
		empfaenger_nachname absendername absender_name sender_full_name repartidor nombre_repartidor rider_name courier_name nombre_conductor_completo
		nome_motorista nome_autista_completo nome_dipendente_completo nome_socio nombre_socio nom_membre nom_adherent naam_lid mitglied_name mitgliedsname
		member_full_name spielername spieler_name nom_joueur nombre_jugador nome_jogador nome_giocatore speler_naam player_full_name nom_enfant prenom_enfant
		nombre_hijo nombre_nino nome_filho nome_crianca nome_figlio nome_bambino naam_kind kind_name kindname child_name child_first_name child_last_name
		pupil_name nome_da_crianca elternteil elternname parent_name parent1_name parent2_name nombre_padres nome_genitore nome_genitori nom_parents
		naam_ouder naam_ouders erziehungsberechtigter erziehungsberechtigte sorgeberechtigter vormund_name guardian_full_name nome_encarregado
		encarregado_educacao nombre_acudiente acudiente ehepartner_name partner_vorname partner_nachname conjoint_nom nom_conjoint prenom_conjoint
		nombre_conyuge nome_conjuge nome_coniuge naam_partner husband_name wife_name witness1 witness2 trauzeuge padrino madrina legal_name_person
		legal_full_name nom_prenoms noms nom_et_prenom nom_et_prenoms prenoms_nom nom_fam nomfam nomfamille nom_nais nomnais nom_nai nomjf prenom1 prenom2
		prnm prn prnom prenoms_etat_civil vornamen nachnamen nachname_vorname name_vorname name_nachname vorname_name namevorname ap_pat ap_mat apepat apemat
		apellido_p apellido_m pri_ape seg_ape primer_ape segundo_ape nombre1 nombre2 nomape nom_ape nome1 nome2 nomcogn cogn_nome cognomi cognome_e_nome
		sobrenomes nome_sobrenome nm_comp nm_compl nome_compl nome_comp nome_civil nome_registo naam_vol vollnaam volle_naam achternaam_voornaam achtern_naam
		voornaam_achternaam famname fam_name name_suche suchname searchname search_name name_search name_sort sort_name sortname name_key_person nom_recherche
		nombre_busqueda nome_busca nome_ricerca zoeknaam name_normalized name_norm name_ascii name_upper name_lower behandler behandelnder hausarzt_name
		facharzt zuweiser ueberweiser einweiser zuweisender_arzt medecin_referent medecin_adresseur nom_du_medecin nombre_medico medico_responsable
		medico_solicitante medico_responsavel medico_assistente nome_do_medico medico_richiedente medico_base medico_prescrittore nome_medico_curante
		verwijzer voorschrijver referring_doctor referring_physician prescriber prescriber_name prescribing_doctor attending_physician gp_name surgeon_name
		nom_locat nom_prop nome_inquilino nombre_inquilino nome_proprietario nombre_propietario nom_proprietaire naam_eigenaar naam_huurder eigentuemer
		eigentuemername mietername landlord landlord_name`},
	{Address, .85, nothing, `ad1 ad2 ad3 adr3 adr4 adresse_l1 adresse_l2 ligne1 ligne2 dir_entr dir_entrega direccion_entrega dir_res dir_domicilio dir_part domic end_res
		end_resid end_entrega end_cobranca ind_res ind_spedizione indirizzo_consegna indir resid residenza_via residenza_indirizzo aflever_adres adresregel2
		wohnadresse_strasse strasse_privat str_haus str_hausnr strassenr delivery_addr dest_address dest_addr destination_address pickup_address pickup_addr
		dropoff_address dropoff_addr drop_address abholadresse zustelladresse zustelladr adresse_enlevement adresse_destination direccion_recogida
		direccion_destino endereco_coleta endereco_destino indirizzo_ritiro indirizzo_destinazione ophaaladres home_street private_street street_line
		street_line1 street_line_1 street_1 street_2 addr_street addr_line1 addr_line_1 addr_line2 addr_line_2 lnais gebort geburts_ort birth_city birthcity
		city_of_birth ciudad_nacimiento cidade_nascimento citta_nascita localidad_nacimiento`},
	{DeviceID, .8, nothing, `ga_id gclient_id client_id_ga google_client_id analytics_id amplitude_id mixpanel_id segment_anonymous_id anonymous_id fbp fbc gclid_user visitor_id
		visitor_uid tracking_cookie cookie_uid browser_id idfa_gaid maid ad_tracking_id rdid tdid esn eid euicc serial_telephone imei_no2 gps_imei
		telematics_id tracker_imei badge_uid rfid rfid_uid rfid_tag nfc_uid transponder transponder_id chip_no_person`},
	{Secret, .85, nothing, `pw_klartext pwd_clear pass_clear clear_password password_clear password_text totpsecret totp_key otp_key otp_seed 2fa_secret twofa mfa_key
		api_key_hash apikey_hash token_value token_secret access_code_hash pin_enc pin_crypt webhook_url slack_webhook hook_url smtp_pw smtp_pwd db_pwd dbpass
		dbpassword ldap_password bind_password bind_pw ssh_private_key ssh_priv private_pem cert_password pfx_password kennw_hash passw_hash geheimzahl
		geheimfrage_antwort antwort_sicherheitsfrage remember_tok reset_tok reset_hash reset_code sms_code verification_code verify_code verif_code
		confirm_code confirmation_code_login code_verification codigo_verificacion codigo_verificacao codice_verifica verificatiecode bestaetigungscode
		einmalcode`},
	{Media, .8, nothing, `signature_data signature unterschriftsbild unterschr handtek handtekeningbestand assinatura firma_digital firma_grafica firma_autografa firma_cliente
		signature_client fingerprint_blob fingerabdruck empreinte empreinte_digitale huella huella_dactilar plantilla_huella impressao_digital impronta
		impronta_digitale vingerafdruk minutiae passbild_blob foto_ausweis ausweisfoto ausweisbild perso_scan pass_scan scan_ausweis scan_perso dni_scan
		scan_dni carta_identita_scan scan_documento copia_dni scan_cni copie_passeport voice_print stimmprobe foto_alumno foto_aluno foto_studente
		foto_leerling foto_mitarbeiter foto_empleado foto_dipendente photo_patient foto_paziente radiografia_img dicom ecg ekg eeg`},
	{Username, .75, values, `usrk usrkz benutzerkz bearb bearb_kz sachb sb_kz erf_user aend_user whodunnit whodunit changed_user updated_user created_user done_by performed_by`},
	{PersonName, .85, nothing, `tussenvoegsel tussenvoegsels berijder rijder bestuurder_naam erbe erbname erbnam heir nachlass gname kontoinh geldgeber begunst rekhouder legal_nm
		legal_fn legal_ln cust_nm pat_nm emp_nm contact_nm subj_nm subject_name subject_nm seller_disp emrg_cntct emerg_contact emergency_cntct noodcontact
		noodcontactpersoon notfallperson contatto_emergenza contacto_emergencia contato_emergencia personne_urgence contact_urgence`},
	{Secret, .9, nothing, `sec_ans security_ans secans secret_ans sq_answer antwort_sicherheit respuesta_seguridad resposta_seguranca risposta_sicurezza`},
	{Address, .85, nothing, `csz city_state_zip city_st_zip citystatezip plz_und_ort code_postal_ville cp_ciudad cap_citta postcode_plaats hsnr hsnum strs res_addr last_ship_to
		ship_to_address`},
	{DeviceID, .85, nothing, `anon_id anonymousid anonymous_user_id distinct_id visitor_cookie adid_raw install_id installation_id`},
	{DeviceID, .85, nothing, `push_id push_token_id push_ids device_push_id`},
	{Username, .75, values, `wie wer quien quem mutus mutuser mut_user`},
	{FreeText, .75, nothing, `cmts cmt commnts mahntext kuend_grund kuendigungsgr erz_massnahmen remq`},
	{PersonName, .85, nothing, `maiden ehegatte ehegattin gatte erz_ber erzber erziehungsber pers_conf personne_confiance voogd toeziend_voogd curatore curador tutrice contactpers
		mantelzorger`},
	{Phone, .85, nothing, `tel_port telport tel_perso tel_privado tel_resid tel_recado`},
	{Address, .85, nothing, `lnac l_nac lnasc l_nasc lieunais nhuis straatnr`},
	{PersonName, .85, nothing, `avalista avalistas fiador fiadores garante garant garants guarantor guarantors cosigner co_signer codeudor codeudores buerge buergen fideiussore
		fideiussori borgsteller`},
	{PersonName, .85, values, `moderator moderador moderateur moderatore moderatoren`},
	{Secret, .85, nothing, `clave_panel clave_alarma codigo_alarma panel_code alarm_pin keysafe key_safe keysafe_code pal_coaccion palabra_coaccion palabra_clave
		palabra_seguridad duress duress_code duress_word codeword code_word codewort kennwort_alarm parola_sicurezza palavra_passe palavra_seguranca
		mot_securite codewoord`},
}
