package masking

// wordsOfSecrets are what the lexicon knows of what opens doors, names
// machines, and holds texts.
var wordsOfSecrets = []said{
	{Secret, .92, nothing, `password passwords passwd pwd pass_hash passhash password_hash passwordhash password_digest encrypted_password hashed_password pass_word pw pword
		passwort kennwort passwort_hash mot_de_passe motdepasse mdp contrasena contrasenia clave_acceso senha senha_hash parola_chiave wachtwoord
		wachtwoord_hash passphrase secret secrets client_secret secret_key secretkey api_key apikey api_secret api_token apitoken access_key access_key_id
		accesskey secret_access_key access_token accesstoken refresh_token refreshtoken auth_token authtoken bearer_token id_token session_token session_key
		sessionkey reset_token password_reset_token confirmation_token invite_token csrf_token remember_token remember_digest otp otp_secret otp_code totp
		totp_secret mfa_secret two_factor_secret twofa_secret backup_codes recovery_codes recovery_code private_key privatekey priv_key signing_key
		signing_secret encryption_key webhook_secret shared_secret credential credentials license_key licence_key activation_key ssh_key pem pin pin_code
		pincode pin_hash security_answer secret_answer jwt jwt_token oauth_token token tokens bot_token salt password_salt pwd_salt connection_string
		conn_string connstring database_url db_url dsn sas_token hmac hmac_key schluessel_geheim geheimnis clave_secreta chave_secreta chave_api
		chiave_segreta chiave_api cle_api cle_secrete sleutel_geheim api_sleutel pwd_hash pwdhash pwd_h passwd_hash pass_enc pw_hash pwhash pwd_enc pwd_md5
		pwd_sha1 password_enc password_encrypted password_plain plain_password password_md5 password_sha256 hashed_pw hashed_pwd user_password user_pass
		user_pwd usr_pwd usr_pass login_password db_password db_pass smtp_password smtp_pass ftp_password ftp_pass wifi_password admin_password root_password
		temp_password initial_password pw_neu passwort_md5 kennwort_hash initialpasswort zugangsdaten mot_passe mdp_hash hash_mdp mdp_crypte password_utente
		psw pswd pass_usuario contrasena_hash clave_hash clave_usuario hash_senha ds_senha senha_usuario senha_cript senha_md5 chave_acesso_api parola
		parola_ordine wachtw wachtwrd wachtwoord_md5 ww_hash toegangscode tok tokn tkn sess_tok sess_token sesstoken user_token access_tok device_auth_token
		verification_token verify_token activation_token activation_code email_token unsubscribe_token magic_link magic_link_token login_token sso_token
		xsrf_token xsrf csrf ticket_granting bearer bearer_tok refresh_tok push_secret app_secret app_token consumer_key consumer_secret client_key
		hook_secret webhook_token secret_token secret_access secretaccesskey aws_secret aws_access_key_id aws_secret_access_key gcp_key azure_key storage_key
		account_key sas service_account_key signing_priv_key privkey private_key_pem privatekeypem pkcs12 keystore_password truststore_password tls_key
		ssl_key cert_key encryption_secret enc_key master_key data_key kek dek hmac_secret jwt_secret cookie_secret session_secret mfa_seed totp_seed
		two_factor_code twofactor_secret mfa_backup_codes mfa_recovery backup_code security_question_answer sec_answer challenge_answer sicherheitsantwort
		reponse_secrete respuesta_secreta resposta_secreta risposta_segreta geheim_antwoord geheim antwort_geheim snmp_community ipmi_pw ipmi_password
		seed_words puk puk1 puk2 pin1 pin2 door_code access_code alarm_code safe_code entry_code tuercode zugangscode zutrittscode code_acces code_porte
		codigo_acceso codigo_acesso codice_accesso toegangs_code cvv_cif cvc2 cvv_code cvn card_cvv lic_key product_key serial_key activation_serial
		lizenzschluessel lizenz_key cle_licence cle_activation clave_licencia clave_producto chave_licenca chave_produto chiave_licenza licentiesleutel
		cle_privee cle_secrete_api jeton jeton_acces jeton_api clave_privada clave_api token_acceso chave_privada chave_secreta_api token_acesso
		chiave_privata token_accesso privesleutel geheime_sleutel sleutel_api zugangsschluessel privater_schluessel geheimer_schluessel zugriffstoken
		api_schluessel conn_str connstr jdbc_url mongo_url redis_url amqp_url broker_url sentry_dsn smtp_url dsn_string kubeconfig basic_auth auth_header
		authorization authorization_header set_cookie cookie_value`},
	{Secret, .85, nothing, `cvv cvc cvv2 card_verification`},
	{Secret, .7, people, `sid session_id sessionid sess_id cookie cookies nonce hash pass clave chave conn`},
	{Secret, .85, values, `ak sk refresh otp_value seed key_value pem_data sig signature_key hash_value psk wpa wpa_key access secret_value key_material key_data apitok
		keyphrase mnemonic seed_phrase recovery_phrase kw ww passwd_old session sess jti nonce_value`},
	{IPAddress, .9, nothing, `ip ip_address ipaddress ip_addr ipaddr ipv4 ipv6 remote_addr remote_ip client_ip last_ip login_ip source_ip src_ip ip_adresse adresse_ip direccion_ip
		endereco_ip indirizzo_ip ip_adres user_ip signup_ip x_forwarded_for current_sign_in_ip last_sign_in_ip remote_address ip_v4 ip_v6 ipaddr4 ip4 ip6
		ip_addr_v4 last_login_ip last_seen_ip lastip registration_ip reg_ip created_ip create_ip creation_ip register_ip request_ip req_ip peer_ip peer_addr
		visitor_ip customer_ip remote_ip_addr ip_remote ip_client ip_user ip_cliente ip_usuario ip_utente ip_utilisateur ip_benutzer ip_gebruiker ip_acceso
		ip_acesso ip_accesso ip_connexion ip_origen ip_origem ip_origine ip_herkunft ip_anmeldung quell_ip absender_ip dernier_ip derniere_ip ultima_ip
		ultimo_ip laatste_ip adres_ip dir_ip adr_ip xff forwarded_for clientip remoteip remoteaddr sourceip`},
	{IPAddress, .85, values, `addr_remote seen_from from_ip origin_ip caller_ip`},
	{DeviceID, .85, nothing, `mac mac_address macaddr mac_addr imei imsi iccid meid device_id_text advertising_id idfa gaid adid android_id udid device_token push_token fcm_token
		apns_token device_fingerprint browser_fingerprint mac_adr mac_adresse adresse_mac direccion_mac endereco_mac indirizzo_mac mac_adres imei_no imei_nr
		imei1 imei2 imsi_no imsi_nr sim_iccid iccid_no sim_serial msisdn_iccid advertiser_id ad_id aaid device_uuid device_udid device_guid deviceid
		device_identifier vendor_id_device idfv onesignal_id fcm_id apns_id registration_token_device hw_id hw_fp hwid hardware_id machine_fingerprint
		device_fp device_hash visitor_fingerprint fingerprintjs bluetooth_mac bt_mac wifi_mac bssid cookie_id ga_client_id`},
	{DeviceID, .8, values, `udid_hash fp dev_id device_serial handset`},
	{PersonalURL, .8, nothing, `linkedin linkedin_url facebook facebook_url twitter_url instagram_url profile_url avatar avatar_url photo_url picture_url profile_picture gravatar
		gravatar_url homepage_personal xing linkedin_profile linkedin_link fb_url fb_profile facebook_profile facebook_id_url instagram_link tiktok_url
		youtube_channel_user avatar_link avatar_uri photo_uri photo_link photo_path picture_uri profile_photo profile_image profile_image_url profile_img
		profile_pic profilbild profilfoto bild_url passfoto_url url_photo url_foto foto_url foto_perfil foto_perfil_url lien_photo lien_linkedin
		perfil_linkedin profilo_linkedin profielfoto personal_url personal_website headshot headshot_url selfie_url cv_url resume_url lebenslauf_url
		download_url_personal presigned_url signed_url presigned magic_url reset_link reset_url invite_link login_link calendar_url meeting_link xing_url
		url_linkedin`},
	{FreeText, .8, nothing, `note notes notiz notizen bemerkung bemerkungen kommentar kommentare anmerkung anmerkungen hinweis_text comment comments remark remarks memo feedback
		commentaire commentaires remarque remarques observation observations observacion observaciones nota notas comentario comentarios observacao
		observacoes osservazione osservazioni annotazioni commento commenti opmerking opmerkingen toelichting aantekening aantekeningen notitie notities
		message_body transcript bio biography biographie biografia about_me about free_text freetext freitext delivery_note delivery_notes
		delivery_instructions lieferhinweis internal_notes customer_notes msg_text chat_text conversation complaint complaints beschwerde reclamation
		reclamacion reclamo klacht notes_text note_text notetext memo_text free_txt freetxt long_text comment_text commentary cust_comment customer_comment
		admin_notes admin_note staff_notes agent_notes call_notes visit_notes case_notes case_note session_notes interview_notes progress_notes meeting_notes
		special_requests special_request special_instructions instructions_delivery gift_message gift_msg personal_message statement_text testimony narrative
		narrative_text incident_description incident_desc feedback_text review_text review_body testimonial open_answer open_text answer_text response_text
		verbatim ban_note ban_reason reason_text termination_reason leaving_reason dismissal_reason cancel_reason_text rejection_reason_text complaint_text
		chat_message chat_log message_text msg_body email_body mail_body sms_text sms_body body_text ticket_body post_body transcript_text voicemail
		voicemail_text caption_user conversation_text appreciation reference_letter cover_letter motivation_letter bem bemerk bemerkungstext notiztext vermerk
		vermerke aktennotiz gespraechsnotiz gespraechsprotokoll besuchsbericht freitextfeld hinweise_intern interne_notiz sonstiges schadenhergang hergang
		unfallhergang begruendung rueckmeldung nachrichtentext mitteilung mitteilungstext beschwerdetext anliegen verwendungszweck vwz buchungstext
		anschreiben beurteilung lieferhinweise lieferinfo wunschtext kundenwunsch obs observ remarq rem_libre commentaire_libre commentaire_interne
		texte_libre champ_libre note_interne notes_internes compte_rendu_entretien appreciations appreciation_generale motif_texte motif_depart motif_rejet
		libelle_operation message_client avis_client temoignage lettre_motivation instructions_livraison consignes_livraison remarques_livraison
		reclamation_texte observ_cliente obs_cliente comentario_cliente comentarios_internos notas_internas texto_libre nota_interna anotacion anotaciones
		apuntes incidencia_texto descripcion_incidencia motivo_texto motivo_baja motivo_rechazo concepto_transferencia concepto_mov concepto mensaje_texto
		carta_presentacion instrucciones_entrega indicaciones_entrega opinion_cliente valoracion_texto queja queja_texto relato declaracion obs_paciente
		ds_observacao ds_obs tx_observacao anotacao anotacoes texto_livre nota_interna_pt comentarios_internos_pt motivo_desligamento motivo_recusa
		historico_contato ds_mensagem tx_mensagem depoimento relato_caso reclamacao_texto carta_apresentacao instrucoes_entrega osserv annotaz annotazione
		nota_interna_it testo_libero testo_messaggio commenti_cliente note_consegna note_cliente note_paziente causale_testo causale_bonifico causale
		motivo_dimissioni motivazione recensione recensione_testo lettera_presentazione segnalazione descrizione_sinistro dinamica_sinistro verbale
		istruzioni_consegna opm opmerking_klant opm_intern interne_notitie notitieveld vrije_tekst vrijeveld toelichting_klant klachttekst klachtomschrijving
		reden_vertrek reden_tekst beoordeling_tekst berichttekst gespreksverslag verslag verslagtekst motivatiebrief bezorginstructie bezorginstructies
		aflevernotitie omschrijving_incident mededeling mededelingen aboutme about_self modus_operandi suspect_desc oggetto_causa`},
	{FreeText, .7, people, `message messages msg body text inhalt nachricht contenu mensaje mensagem messaggio bericht description beschreibung descripcion descricao descrizione
		omschrijving details detail summary summary_text content question answer msgtext txt texte texto testo tekst bodytext body_html html_body log_line
		log_message raw_text payload_text content_text story statement concern concerns reason_for_visit remarks_text subject_text question_text beschr desc
		descr dsc bezeichnung_text zusatzinfo info infos information informationen additional_info weitere_angaben renseignements informacion informacoes
		informazioni informatie`},
	{Media, .8, nothing, `photo photos foto picture portrait passbild lichtbild selfie fingerprint_template face_encoding biometric biometrics signature_image unterschrift scan
		scan_document lebenslauf cv resume curriculum voice_recording recording faceprint id_scan passport_scan id_photo id_image id_document_scan photo_blob
		photo_data photo_bytes photo_id_scan avatar_blob avatar_data face_image face_template face_embedding iris_scan iris_template voiceprint voice_sample
		fingerprint_data fingerprints signature_blob signature_img signature_png signature_scan unterschrift_bild foto_blob bild_mitarbeiter ausweiskopie
		ausweis_scan photo_identite photo_eleve signature_electronique_image foto_carnet foto_dni firma_imagen foto_paciente assinatura_imagem foto_documento
		firma_immagine foto_tessera pasfoto handtekening handtekening_scan xray x_ray mri ultrasound_image roentgenbild radiographie radiografia rontgenfoto
		lebenslauf_pdf cv_pdf cv_file resume_pdf bewerbungsunterlagen`},
}
