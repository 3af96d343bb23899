package masking

// moreOfFacts are more words of what is known of people: numbers that name them,
// health, special categories, pay, marks and balances.
var moreOfFacts = []said{
	{Document, .8, people, `vin vin_number vin_no vin_nr bastidor num_bastidor numero_bastidor nro_bastidor chassis chassis_no chassis_number chassis_nr num_chassis
		numero_chassis no_chassis fahrgestellnummer fahrgestellnr fahrgestell_nr fin_nr telaio numero_telaio num_telaio nr_telaio chassi nr_chassi
		numero_chassi num_chassi chassisnummer chassisnr numero_serie_vehicule`},
	{Document, .8, nothing, `vehicle_plate vehicle_plates plate_nr plates license_plate_no licence_plate_no numberplate number_plates plaque_vehicule plaque_no num_plaque
		no_plaque immat_vehicule num_immat matricula_coches matriculas placa_carro placa_auto placa_vehicular chapa_veiculo targa_mezzo targa_auto_personale
		kentekens autokenteken kennzeichen_privat kfz_kennzeichen_privat autokz nr_matricula_viatura identity_document identity_document_no proof_of_id
		id_proof id_doc id_document_no ausweisdokument piece_identite num_piece_identite numero_piece_identite no_piece_identite pieza_identidad
		doc_identidade numero_doc_identidade documento_identita num_documento_identita legitimatienummer legitimatie id_bewijs id_bewijs_nr weapons_permit
		waffenschein permesso_di_soggiorno permesso_soggiorno_nr licence_fishing licence_hunting pilot_license pilot_licence hunting_license jagdschein
		angelschein patente_di_guida_numero patente_cat_nr`},
	{CustomerNumber, .7, people, `policy_no policy_nr policy_number policy_num policyno policynr police_nr policen_nr policennummer police_no num_police no_police numero_police poliza
		num_poliza nro_poliza numero_poliza nr_poliza polizza num_polizza nr_polizza numero_polizza n_polizza apolice nr_apolice num_apolice numero_apolice
		polis_nr polisnr versicherungsschein versicherungsscheinnummer versicherungsscheinnr vsnr vs_nr vsnummer matr matric matricule num_matricule
		numero_matricule no_matricule matriculation_no matriculation_number matriculation_nr num_matricula numero_matricula nro_matricula nr_matricula
		numero_matricola num_matricola nr_matricola immatrikulationsnummer numero_aluno num_aluno nr_aluno n_aluno num_alumno numero_alumno
		numero_expediente_alumno leerlingnummer leerling_nr student_num studentnr stud_nr stud_no candidate_number candidate_no exam_candidate_no
		kandidatennummer numero_candidat num_candidat fid num_fid nr_fid fid_no fidelite num_fidelite numero_fidelite carte_fidelite num_carte_fidelite
		numero_carte_fidelite tarjeta_fidelidad num_tarjeta_fidelidad tarjeta_socio num_tarjeta_socio cartao_fidelidade num_cartao_fidelidade carta_fedelta
		num_carta_fedelta tessera_fedelta numero_tessera_fedelta klantenkaart klantenkaartnummer bonuskaart spaarkaart kundenkarte kundenkartennummer
		kundenkartennr kundenkarten_nr bonuskarte vorteilskarte loyalty_card loyalty_card_no loyalty_card_number loyalty_no loyalty_id loyalty_num club_card
		clubcard clubcard_no miles_number miles_no mileage_no rewards_number rewards_no rewards_id reward_no member_no member_nr member_num membership_no
		membership_nr membership_id mitglied_nr mitgliednr mitgl_nr mitgliedernummer num_membre numero_membre no_membre nr_socio nro_socio n_socio
		numero_de_socio num_membro numero_membro nr_membro lidnum lid_nummer lidmaatschapsnummer adherent_no adherent_nr num_abonne numero_abonne no_abonne
		num_abonado nro_abonado num_assinante abonnentennummer abonnee_nr abonneenummer library_card library_card_no library_card_number reader_no
		reader_number leserausweis ausweisnummer_bibliothek benutzernummer benutzer_nr num_lecteur numero_lecteur num_carnet_lector badge_number badge_no
		badge_nr badge patient_num pat_num patno patient_ref patient_code cod_paciente codigo_paciente num_paciente numero_de_paciente nr_paciente
		numero_paziente_ssn patientcode num_dossier_patient numero_dossier_patient dossier_patient patientendossiernummer cartella_clinica num_cartella
		numero_cartella nr_cartella cartella_nr krankenakte patientenakte patient_file_no medical_file_no chart_no chart_number clinical_record_no
		versicherten_id versicherten_nummer krankenkassen_nr kk_versnr insurance_nr insurance_policy insurance_policy_no insurance_member_no insurance_card
		ins_no ins_num insured_nr num_beneficiaire numero_beneficiaire nr_afiliado numero_de_afiliado num_mutualista nr_assistito numero_assistito
		beneficiary_no beneficiary_number claimant_no client_card card_member cust_card customer_card customer_card_no num_tarjeta_cliente num_carta_cliente
		num_carte_client kundennummer_extern`},
	{BirthDate, .9, nothing, `date_of_death death_date dod died_on died_at deceased_on deceased_date date_deceased dt_death death_dt sterbedatum todestag todesdatum sterbetag
		verstorben_am gestorben_am gestorben date_deces date_de_deces dt_deces dat_deces deces decede_le d_deces ddec ddeces fecha_defuncion
		fecha_de_defuncion fec_defuncion f_defuncion defuncion fecha_fallecimiento fec_fallecimiento f_fallecimiento fallecimiento fallecido_el data_obito
		dt_obito data_de_obito obito data_falecimento dt_falecimento falecimento falecido_em data_morte data_di_morte dt_morte data_decesso dt_decesso decesso
		deceduto_il overlijdensdatum overlijdens_datum overl_datum datum_overlijden overleden_op overlijden dtnas dt_nas dat_nas d_nas datnas dta_nascita
		dat_nascita dat_nasc datnasc dta_nasc gb_dat gb_datum gebd geb_d gbd gebdatums dt_geb dat_geb datum_geb datum_geburt dob_text dob_raw dob_str
		birthdate_text birth_date_text dob_month dob_day birthdate_raw date_naissance_txt fecha_nacimiento_txt nascita_dt nacimiento_fec dnai dnais dat_nais
		dat_naiss dtenaiss age_at_entry age_at_death altersgruppe_genau age_in_years`},
	{Health, .85, nothing, `germ germs germen germenes germe germi keim keime erreger kiem kiemen pathogen pathogens microorganism microorganismo antibiogram antibiograms
		antibiograma antibiogramas antibiogramme antibiogramma antibiogramm antibiogrammen resistenz resistenzen resistogramm ald l68 legge68 l104 legge104
		rqth mdph gdb_prozent schwerbehind schwerbeh behind_grad mde erwerbsminderung dsa bes dys dyslexia dyslexie dislessia dislexia learning_disorder
		learning_disability special_needs special_educational_needs sen_status foerderbedarf besoin_particulier besoins_particuliers besoins_educatifs
		necesidades_especiales nee_alumno necessidades_especiais bisogni_speciali bisogni_educativi zorgbehoefte handicapped disabled disability_pct
		disability_percent grado_minusvalia grado_dis pct_discapacidad porcentaje_discapacidad percentual_deficiencia perc_invalidita percent_invalidita
		invalidita_pct inv_civ invalidita_civile tipo_discapacidad tipo_deficiencia tipo_disabilita type_handicap behinderungsart clinical_findings
		clinical_finding impression_radiology radiology_report pathology_report lab_report histology histologia histologie biopsy biopsia biopsie cytology
		tumor tumour tumore stadium_tumor tnm staging cancer_stage comorbidity comorbidities komorbiditaet secondary_diagnosis admission_diagnosis
		discharge_diagnosis aufnahmediagnose entlassdiagnose diagnosi_ingresso diagnosi_dimissione diagnostico_ingreso diagnostico_alta diagnostic_entree
		diagnostic_sortie opnamediagnose triage_code triage_note triagem triage_farbe codice_triage anamnese_texto anamnesi_remota anamnesi_prossima
		antecedentes_familiares antecedents_familiaux familienanamnese family_history systolic diastolic spo2 oxygen_saturation saturazione saturacion
		body_temperature temperature_patient temp_corporal koerpertemperatur glucosa glicemia glicemie glycemie colesterol colesterolo cholesterin creatinina
		kreatinin emoglobina hemoglobina haemoglobin hemoglobin psa_value viral_load_value pulse pulso pols puls_bpm resting_hr hr_avg heart_rate_avg avg_hr
		vo2max steps_daily sleep_hours sleep_score sleep_min mood mood_score stress_level stress_score menstruation period_start last_period cycle_day
		cycle_length ovulation fertility pregnancy_week gestational_age ssw semaines_grossesse semana_gestacao semanas_gestacion settimana_gestazione
		zwangerschapsweek body_fat koerperfett grasa_corporal masse_grasse bodyfat waist_cm hip_cm imc estatura blood_pressure_sys blood_pressure_dia bp_sys
		bp_dia vision_left vision_right sehstaerke hearing_loss wheelchair rollstuhl fauteuil_roulant silla_ruedas cadeira_rodas sedia_rotelle rolstoel ssr
		ssr_code medical_ssr meal_pref_medical assistance_needed mobility_aid drugs drug_name drug_dose dose dose_mg dosage_mg posologie_texte
		principio_attivo principio_activo wirkstoff substance_active farmaco_nome nombre_farmaco medikament_name medicamento_nome therapy_plan therapie
		therapien terapie terapias tratamiento_farmacologico cura_in_corso therapieziel pflegebericht pflegediagnose pflege_grad pflegegrad_nr zorgindicatie
		zorgzwaarte indicatie_zorg indication_medicale indicacion_medica indicacao_medica indicazione_clinica quesito_diagnostico motif_venue motif_admission
		motif_examen motivo_esame motivo_internacao motivo_internamento motivo_urgencia aufnahmegrund einweisungsgrund behandlungsgrund opnamereden
		reason_admission admission_reason reason_for_referral referral_reason ueberweisungsgrund krank_von krank_bis krank_tage au_tage au_bescheinigung
		au_grund fehlgrund fehlzeitengrund absence_reason motif_absence motivo_ausencia motivo_assenza motivo_falta afwezigheidsreden verzuimreden baja_it
		motivo_it dias_baja giorni_malattia jours_maladie ziektedagen malattia_dal malattia_al injury injuries verletzung verletzungen blessure blessures
		lesion lesiones lesao lesoes infortunio infortuni lesioni letsel concussion accident_injury`},
	{Health, .7, people, `gewicht height_cm weight_kg height_in weight_lbs weight_lb poids taille_cm gewicht_in_kg peso_kg altura_cm talla_cm altezza_cm lengte_cm peso altura talla
		taille altezza lengte_persoon height weight groesse statura massa_corporea temperatura sintoma_texto operation_medical reaction_medical reaktion_text
		reacciones reacoes reazioni nebenwirk effets_secondaires efectos_secundarios efeitos_adversos effetti_collaterali bijwerkingen`},
	{SpecialCategory, .85, nothing, `union_name union_status union_dues_amount union_code labour_union labor_union affiliation_syndicale syndicat_code sindac sindacale iscr_sind
		tessera_sindacale delega_sindacale trattenuta_sindacale quota_sindacale cuota_sindical afil_sind afiliacion_sindicato sindicalizado filiado_sindicato
		vakbond_lid lid_vakbond gewerkschaft_mitglied gew_mitgl criminal_record_check criminal_records criminal_background criminal_check criminal_offences
		offences offence_history vorstrafenregister vorstrafe strafregisterauszug fuehrungszeugnis_vom polizeiliches_fuehrungszeugnis casier casier_jud
		bulletin_casier antecedents_judiciaires antecedentes_judiciales certificado_antecedentes certidao_criminal certidao_antecedentes registo_criminal
		certificato_penale carichi_pendenti casellario vog verklaring_omtrent_gedrag justitiele_documentatie dbs_check dbs_no dbs_status sanctions_hit
		pep_status is_pep pep_flag orientation_sexuelle_code orientacion_sex orientamento_sex orientam_sessuale sexual_identity gender_identity
		geschlechtsidentitaet transgender seks_geaardheid geaardheid sexuelle_identitaet intersex lgbtq lgbtq_status pronouns_text religion_code
		religione_code religiao_code religionszugeh relig religione_dichiarata konfession_code geloofsovertuiging church_member pfarrei parish parroquia
		paroquia parrocchia confessione credo_religioso culto etn ethnie_code etnia_code grupo_etnico groupe_ethnique gruppo_etnico volksgroep bevolkingsgroep
		hautton skin_color skin_colour skin_tone cor_da_pele couleur_peau racky race_code raza_etnia cor_raca_code minority minority_status minderheit
		migration_background migrationshint herkunftsland_person country_of_birth birth_country geburtsland pays_naissance pais_nacimiento pais_nascimento
		paese_nascita stato_nascita geboorteland country_birth land_geburt nazione_nascita nat_code nation_person natnlty nationality_code nationality_2
		second_nationality nationality2 ciudadania cidadania staatsangeh staatsang_code nazionalita_code gndr_code gender_desc gender_text sex_desc
		sexe_naissance familienstand_code famst_code stato_civile_code civil_status_code etat_civil_code estado_civil_code marital_code ehestand
		situacion_familiar nucleo_familiar composicion_familiar composizione_familiare composition_familiale gezinssamenstelling haushaltsgroesse
		household_size household_members familienmitglieder carichi_famiglia familiari_a_carico personas_a_cargo personnes_a_charge dependants dependents_no
		num_dependientes num_dependentes filhos figli_a_carico figli_num enfants_a_charge nb_enfants_charge hijos_a_cargo kinderfreibetrag kinderfreib kfb
		party_member partei partei_mitglied parti_politique partido partido_politico partito partito_politico politieke_partij voted_for vote_choice
		political_donation wahlverhalten sympathie_politique politische_gesinnung voting_history voting_record voter_party party_registration genetic
		genetic_marker genetic_test genotype genotyp genotipo mutation brca haplotype ancestry ahnen military_service wehrdienst service_militaire
		servicio_militar servizio_militare dienstplicht asylum asyl asile asilo refugee_no aufenthaltstitel_art residence_status statut_refugie`},
	{Pay, .8, nothing, `isee isee_valore indicatore_isee quotient_familial qf_caf rfr revenu_fiscal_reference tranche_imposition household_net_income hh_income income_band
		income_bracket income_range income_level income_source source_of_income einkommensklasse einkommensstufe tranche_revenu rango_ingresos nivel_ingresos
		nivel_renta faixa_renda faixa_salarial fascia_reddito inkomensklasse inkomen_jaar verzamelinkomen jahresbruttogehalt retr_lorda retr_netta
		retrib_lorda retrib_netta retribuzione_annua_lorda retribuzione_netta retribuzione_base stipendio_annuale stip_lordo stip_netto stipendi lordo_annuo
		netto_mensile lordo_mensile paga_base paga paghe busta_paga salaire_annuel_brut salaire_net_mensuel brut_annuel_eur sal_brut sal_net sal_base salbase
		salbrut salnet sueldo_neto sueldo_bruto_anual retribucion retribucion_bruta retribucion_anual retribuciones sal_bruto sal_liquido salario_bruto_anual
		venc_base vencimentos ordenado_bruto ordenado_liquido remun remun_base jahresbrutto_eur lohnsumme lohnart_betrag grundlohn grundgeh geh_brutto
		geh_netto gehalt_jahr gehalt_monat tarifgruppe entgeltgruppe entgeltstufe lohngruppe gehaltsgruppe besoldungsgruppe salary_band salary_grade pay_grade
		pay_band pay_scale pay_level loonschaal salarisschaal bruto_loon netto_loon jaarloon uur_tarief_medewerker wage_gross wage_net gross_wage net_wage
		annual_wage monthly_wage weekly_wage gross_monthly gross_annual net_monthly annual_gross annual_net annual_comp total_comp total_compensation
		base_comp ote variable_pay hourly_rate hourly_wage_eur day_rate tagessatz taux_journalier tarifa_hora tariffa_oraria uurtarief annual_bonus bonus_pct
		target_bonus bonuszahlung bonus_anual bono bono_anual prima_anual gratificacion gratificacao gratifica premio_produzione premio_risultato premio_annuo
		prime_annuelle primes bonus_annuel tantieme provision_betrag provisionssatz_ma commission_eur comision_importe comissao_valor provvigione provvigioni
		dertiende_maand vakantiegeld urlaubsgeld stock_options rsu equity_pct aktienoptionen zulage zulagen allowance_amount housing_allowance
		pension_contribution pensionsbeitrag altersvorsorge retirement_balance 401k_balance solv_score solvency_score solvency bonitaetsindex bonitaet_score
		bonitaetsscore kreditscore kreditwuerdigkeit scoring_credit score_credit score_credito scoring_credito puntaje_credito pontuacao_credito
		punteggio_credito rating_creditizio kredietscore creditrating credit_risk_score risk_score_customer experian_score equifax_score scoring_bancaire
		cote_credit credit_limit kreditlimit kreditrahmen dispo_limit limite_credit plafond_credit limite_credito limite_de_credito fido kredietlimiet
		overdraft overdraft_limit outstanding_balance balance_due balance_owed amount_owed amount_due_person arrears arrears_amount owed overdue_amount
		past_due rueckstand rueckstaende zahlungsrueckstand offener_betrag offene_posten mahnbetrag solde_du solde_restant reste_du impaye impayes montant_du
		dette dettes arrieres saldo_pendiente saldo_deudor_cliente deuda deuda_total deuda_pendiente importe_pendiente adeudado morosidad saldo_devedor divida
		divida_total valor_em_atraso em_debito inadimplencia saldo_dovuto importo_dovuto debito_residuo debito_totale morosita scoperto openstaand_saldo
		openstaand_bedrag openstaande_schuld achterstand schuld schulden schuldbedrag debt debt_total total_debt debts loan_amount loan_balance loan_principal
		darlehensbetrag darlehen restschuld kreditbetrag montant_pret capital_restant importe_prestamo saldo_prestamo valor_emprestimo importo_prestito
		importo_mutuo leenbedrag hypotheek hypotheekbedrag hypothek mortgage mortgage_balance mortgage_amount hypotheque hipoteca mutuo_residuo vermoegen
		privatvermoegen patrimonio patrimoine vermogen assets_total total_assets net_assets wealth fortuna savings_balance savings sparguthaben guthaben
		kontostand saldo_cuenta saldo_conta saldo_conto solde_compte rekeningsaldo banksaldo account_bal acct_balance acct_bal current_balance
		available_balance wallet_balance wallet_bal lifetime_value customer_lifetime_value clv cltv ltv gpa grade_point_average final_grade exam_grade
		exam_score exam_mark exam_result exam_marks course_grade letter_grade grade_letter grade_value test_score quiz_score sat_score gre_score toefl_score
		ielts abiturnote abinote abschlussnote endnote gesamtnote zeugnisnote pruefungsnote klausurnote notenschnitt notendurchschnitt durchschnittsnote
		zensur zensuren notenpunkte moyenne_generale note_finale note_examen note_bac nota_final nota_media media_notas nota_examen notas_finales calificacion
		calificaciones calificacion_final puntuacion_examen nota_prova nota_exame media_final media_geral coeficiente_rendimento voto_finale voto_laurea
		voto_esame voto_maturita voto_diploma media_voti media_ponderata voti_esame eindcijfer cijfer cijfers cijferlijst rapportcijfer toetscijfer
		tentamencijfer performance_rating performance_score perf_rating perf_score appraisal appraisal_score appraisal_rating annual_review_score
		review_score_employee performance_note leistungsbeurteilung leistungsnote leistungsbewertung mitarbeiterbewertung zielerreichung evaluation_annuelle
		note_evaluation note_annuelle evaluacion_desempeno evaluacion_anual desempeno nota_desempenho avaliacao_desempenho desempenho valutazione_annuale
		valutazione_performance giudizio_annuale beoordelingscijfer functioneringscijfer driver_rating rider_rating courier_rating agent_rating worker_rating
		employee_rating seller_rating_avg avg_rating rating_avg val_media valoracion_media nota_media_cliente media_avaliacao avaliacao_media
		media_valutazioni gem_beoordeling`},
	{Pay, .7, people, `grade grades mark marks gpa_value note_moyenne moyenne voto voti votazione punteggio punteggi puntuacion puntuaciones puntaje pontuacao pontuacoes
		score scores rating ratings bewertung bewertungen bewertungsnote valoracion valoraciones avaliacao avaliacoes valutazione valutazioni beoordeling
		beoordelingen evaluation evaluations evaluacion evaluaciones appreciation_note resultado_prova points punkte puntos pontos punti punten
		credits_balance stars sterne etoiles estrellas estrelas stelle sterren aproveitamento rendimiento rendimento_escolar rendement_scolaire betrag_brutto
		betrag_netto lohnart premio premia premi debito debiti balances saldi saldos soldes bonus_value earned earned_total verdienst verdienste guadagno
		ganancias ganhos gains loon_bedrag note_num notenwert cote wealth_score affinity propensity churn churn_score churn_risk fraud_score risk_score nps
		nps_score satisfaction satisfaction_score`},
	{NationalID, .85, nothing, `gov_id gov_id_no government_id government_id_no govt_id ssn_l4 last4_ssn sttid steuer_ident_nr tin_no tin_value fiscal_code fiscal_number
		codigo_fiscal`},
	{Card, .8, nothing, `last4 last_four lastfour card_last4 card_last_four pan_last4 l4 pan_mask pan_masked card_mask masked_pan card_fingerprint bin_last4 first6last4`},
	{BankAccount, .85, nothing, `dd_acct direct_deposit_acct direct_deposit bank_acct_nbr wallet_address wallet_addr deposit_addr deposit_address payout_address crypto_address
		btc_address eth_address to_wallet from_wallet xpub receiving_address`},
	{CustomerNumber, .75, nothing, `malo malo_id melo melo_id marktlokation messlokation pdl prm pce cups cups_code pod_code pdr ean_aansluiting zaehlernummer zaehlernr zaehler_nr
		zaehlpunkt zaehlpunktbezeichnung numero_compteur num_compteur meter_number meter_no meter_serial meternummer numero_contador numero_contatore`},
	{BirthDate, .85, nothing, `sterbdat sterbedat sterb_dat todesdat ovl_datum overl_dat`},
	{Geo, .75, people, `geohash geo_hash home_geohash home_gh gh plus_code pluscode what3words w3w`},
	{Health, .8, nothing, `disab_cd disability_cd disability_code handicap_code disab diag_cd diagnosis_code cond_cd verzuimreden_code`},
	{Pay, .75, people, `fico_est perf_rtg rtg perf_score_cd gem_rating gemrating guthab ausstand saldo_punti saldo_pontos balance_minor`},
	{BirthDate, .85, nothing, `ovl_dat ovdt ovldat ovl_dt ovldt`},
	{SpecialCategory, .85, nothing, `gezindte kerk_gezindte kerkgezindte kerkelijke_gezindte kerkgenoot fractie fraktion fraktionszugehoerigkeit groupe_politique grupo_parlamentario
		grupo_parlamentar gruppo_parlamentare politieke_fractie stemkeuze parti_vote partito_votato partido_votado gestemd_op vakb vkb`},
	{Health, .85, nothing, `ao_pct ao_perc ao_klasse ao_graad taux_invalidite taux_ipp arbeidsongeschiktheidspercentage degree_of_disability zkd ziektedag jours_arret
		jours_incapacite nb_jours_arret dias_incapacidad giorni_prognosi`},
	{NationalID, .85, nothing, `anr a_nummer anummer nationaal_nummer numero_national numero_registre_national nrn_be inami riziv inami_no rpps adeli lanr bsnr_arzt num_colegiado
		numero_colegiado crm_medico crm_numero big_nummer big_nr npi dea_number`},
	{Document, .85, nothing, `mrz machine_readable_zone mrz1 mrz2`},
	{Document, .8, values, `docnr doc_nummer document_nr document_no documentnummer`},
	{Pay, .75, people, `toelage toelagen vergoeding vergoedingen toeslag aantal_punten emolumenten wedde bezoldiging indemnites allocations honoraires honorarios onorari
		honorare`},
	{CustomerNumber, .75, nothing, `no_mutualiste lezerspas pasnr pas_nr lener_nr lenerspas bibliotheekpas`},
	{PersonalURL, .8, nothing, `uitschrijf_link uitschrijflink afmeld_link abmeldelink abmelde_link unsubscribe_url unsubscribe_link unsub_link unsub_url lien_desinscription
		lien_desabonnement link_baja enlace_baja link_cancelamento link_disiscrizione`},
	{NationalID, .85, values, `rrn`},
	{Health, .8, nothing, `alc_units alcohol_units sick_rsn sickness_rsn blood_grp bloodgrp med_cond med_conds med_condition rx rx_text grp_sang grpsang gsang gr_sang tp_sang
		atcd atcds ttt ttt_cours tto tratam medik medicaz fehltage krankheitstg absences nb_absences exame_txt laudo_txt medisch medische_info
		medische_gegevens medizinische_angaben infos_medicales datos_medicos dados_medicos dati_medici medical_info health_info health_data health_notes
		gesundheitsdaten gesundheitsangaben`},
	{SpecialCategory, .8, nothing, `criminal criminal_flag union_mbr union_mem child_cnt num_children number_of_children no_of_children nhijos n_hijos nfilhos n_filhos nfigli n_figli
		nb_enf nbenf ecivil e_civil est_civ edociv kinderzahl kinder_anz anz_kinder kinderen kindertal nat_ccd aufenth_titel aufenth`},
	{Pay, .8, nothing, `hrly_rt hourly_rt salary_exp sal_exp stdlohn steuerkl steuerklasse lohnsteuerklasse sbruto sneto s_bruto s_neto sal_anual ytd_gross ytd_net ytd_pay
		attendance_pct uurl maandl jaarsal`},
	{BankAccount, .85, nothing, `bank_sc sort_cd bank_sort_code rek_nummer ag_conta agencia_cta kontoverb`},
	{Document, .85, nothing, `veh_reg vehicle_regn car_regn renavam cartao_residencia aufenth_nr`},
	{NationalID, .85, nothing, `num_seg nseg numseg ctps nr_ctps`},
	{CustomerNumber, .7, people, `mutuelle_num num_mut klantkaart_nr`},
	{Pay, .8, nothing, `bon_idx bonidx bonindex bonitaetsidx scoring scoring_cliente`},
	{Health, .75, people, `conditions condition conditions_list pathology pathologies_list patologias_list aandoeningen_lijst`},
	{NationalID, .85, nothing, `num_cc nr_cc numero_cartao_cidadao`},
}
