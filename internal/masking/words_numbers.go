package masking

// wordsOfNumbers are what the lexicon knows of numbers that name somebody,
// and of what is known of people.
var wordsOfNumbers = []said{
	{Card, .92, nothing, `pan pans card_number cardnumber card_no cardno cc_number ccnumber cc_no ccn cc_num credit_card creditcard credit_card_number kreditkarte
		kreditkartennummer kartennummer carte_bancaire numero_carte tarjeta numero_tarjeta num_tarjeta cartao numero_cartao carta_credito numero_carta
		creditcardnummer kaartnummer debit_card card_num cardnum card_nr cardnr crd_no crd_num cc_nbr ccnbr ccnum cc_nr cc cardnumber_full pan_number
		payment_card payment_card_number plastic_number kk_nr kknr kreditkarten_nr karten_nr kartennr num_carte numero_de_carte no_carte cb_numero num_cb
		carte_credit carte_de_credit num_tarj num_tarj_cred nro_tarjeta numero_de_tarjeta tarjeta_credito num_tarjeta_credito nr_cartao num_cartao
		numero_do_cartao cartao_credito cartao_de_credito num_carta nr_carta numero_carta_credito carta_di_credito creditcard_nr creditcardnr kaart_nr kaartnr
		pas_nummer pasnummer`},
	{Card, .9, values, `pan_masked_raw card tarj karte carte carta kaart kk cb`},
	{BankAccount, .9, nothing, `iban ibans bank_account bankaccount bank_account_number account_number accountnumber kontonummer konto_nr kontonr bankkonto bankverbindung rib
		numero_compte compte_bancaire cuenta_bancaria numero_cuenta conta_bancaria numero_conta conto_corrente numero_conto coordinate_bancarie rekeningnummer
		bankrekening bankrekeningnummer routing_number sort_code sortcode aba_number ach_account iban_no iban_nr iban_number iban_code iban_account acct_no
		acct_num acct_nbr acctno acct_number account_no account_num account_nr bank_acct bank_acct_no bankacct bank_acc bank_acc_no bank_no_acc bban ach
		routing_no aba account_iban payout_account payout_iban direct_debit_account beneficiary_account kto kto_nr ktonr kto_nummer bank_konto bankkto
		kontonummern konto_nummer bankverb bank_verb girokonto lastschrift_konto sepa_iban iban_lastschrift bankn num_compte no_compte numero_de_compte
		compte_iban rib_iban iban_client compte_banque coord_bancaires coordonnees_bancaires releve_identite_bancaire ccc cuenta_corriente num_cuenta
		nro_cuenta numero_de_cuenta cta_bancaria cta_cte cta_iban cuenta_iban iban_cuenta cuenta_cobro cta_contraria clabe cbu num_conta nr_conta
		nr_conta_corrente conta_corrente conta_iban nib numero_da_conta agencia_conta chave_pix pix_key pix nr_conto num_conto numero_di_conto conto_iban
		conto_bancario c_c_bancario iban_accredito coordinate_bancarie_iban iban_intestatario rekening rekening_nr rekeningnr reknr rek_nr bank_rek bankrek
		bankreknr iban_rekening incasso_iban incassorekening tegenrekening bank_routing routing bank_code_account`},
	{BankAccount, .85, values, `konto cuenta cta conta conto compte acct ktn bankacc acc_no aba_no contropartita`},
	{NationalID, .92, nothing, `ssn social_security social_security_number socialsecurity sin_number national_id nationalid national_insurance nino ni_number tax_id taxid tin
		tax_number steuer_id steuerid steuernummer steuer_nr steueridentifikationsnummer sozialversicherungsnummer sozialvers_nr sv_nummer sv_nr svnr
		rentenversicherungsnummer personalausweis ausweisnummer ausweis_nr nir num_secu numero_secu numero_securite_sociale securite_sociale nss insee
		num_insee dni nif nie cif_persona curp rfc numero_seguridad_social cpf rg cnh nis pis titulo_eleitor nif_contribuinte numero_contribuinte
		numero_utente codice_fiscale cod_fiscale codfisc tessera_sanitaria bsn burgerservicenummer sofinummer rijksregisternummer pesel personnummer cpr ahv
		ahv_nummer aadhaar aadhar pan_india id_number id_card idcard carta_identita cedula documento_identidad nummer_identiteitskaart cni numero_fiscal
		ssn_no ssn_nbr ssnum ssn4 ssn_last4 soc_sec soc_sec_no social_sec social_sec_no social_insurance_number itin ein_person tax_no taxno tax_ident
		taxpayer_id taxpayer_no taxpayer_number tax_identifier nat_id natl_id national_identifier national_number identity_number identity_no identity_card
		id_card_no id_card_number idno idnum id_num citizen_id citizen_no ni_no nino_no nat_ins_no natins person_nummer steuer_ident steuerident steuer_idnr
		steuerid_nr idnr steuer_identnr steuernr stnr st_nr stcd1 stcd2 rv_nummer rvnr rv_nr rentenversicherungsnr svnummer sozialvers_nummer sozialversnr
		perso_nr personalausweisnr ausweisnr perso_nummer personalausweis_nr perid num_nir no_secu nir_complet secu numero_ss num_ss no_ss nss_patient
		numero_nir numero_insee num_securite_sociale numero_de_securite_sociale num_fiscal numero_cni num_cni no_cni carte_identite num_carte_identite
		numero_carte_identite carte_nationale_identite spi num_dni nro_dni dni_nie dni_nif nif_nie nif_cif numero_dni documento_nacional num_seg_social
		num_ss_afiliado nro_seguridad_social num_seguridad_social seguridad_social nuss cuil cuit run_rut rut clave_elector curp_rfc num_documento
		nro_documento numero_documento documento_identificacion tarjeta_identidad tie_nie nr_cpf num_cpf cpf_cnpj cpf_titular cpf_responsavel cpf_paciente
		nr_rg num_rg nr_nif num_nif numero_nif numero_de_contribuinte contribuinte nr_contribuinte niss numero_seguranca_social nr_bi bilhete_identidade
		numero_bi cartao_cidadao cartao_de_cidadao nr_cc_cidadao numero_cc nr_pis pis_pasep nr_titulo_eleitor nr_cnh numero_sns nus cod_fis codice_fisc codfis
		c_fiscale cf_intestatario cf_paziente codice_fiscale_cliente num_carta_identita nr_carta_identita numero_carta_identita ci_numero
		documento_di_identita nr_documento_identita bsn_nr bsn_nummer bsnnr sofi_nr sofinr burger_service_nummer rijksregister_nr rrnr insz nrn
		id_kaart_nummer identiteitskaart identiteitsnummer idkaart_nr egn jmbg oib cnp rodne_cislo henkilotunnus fodselsnummer amka ahv_nr ahvnr avs_nr
		numero_avs svnr_ahv nass doc_identidad documento_ident num_afiliacion_ss`},
	{NationalID, .85, values, `cf sin ss ci nif_c bi snils inn passnr_id uk_nino ident_nr nid tc_kimlik utr doc_num nr_doc num_doc nro_doc doc_nr documento doc_id personal_id
		personal_no personal_code naf`},
	{Document, .85, nothing, `passport passport_number passport_no passportnumber reisepass reisepassnummer passnummer passeport pasaporte passaporte passaporto paspoort
		paspoortnummer driver_license drivers_license driving_licence driver_licence license_number licence_number fuehrerschein fuhrerschein
		fuehrerscheinnummer permis_conduire permis_de_conduire carnet_conducir carteira_motorista patente_guida rijbewijs rijbewijsnummer license_plate
		licence_plate plate_number number_plate kennzeichen nummernschild plaque_immatriculation immatriculation kenteken visa_number medical_license pass_no
		passport_nr passport_num passportno passnr pass_nr reisepass_nr reisepassnr passeport_num num_passeport numero_passeport no_passeport num_pasaporte
		nro_pasaporte numero_pasaporte nr_passaporte num_passaporte numero_passaporte paspoort_nr paspoortnr paspnr dl_no dl_number dl_num drv_lic
		drivers_licence drivers_license_no driver_license_no driver_licence_no driving_license driving_licence_no licence_no_driver lic_plate plate_no plateno
		plate registration_plate vehicle_registration vehicle_reg reg_plate car_reg carreg car_plate vrn fs_nr fuehrerscheinnr fuehrerschein_nr kfz_kz
		kfz_kennz kfz_kennzeichen kfzkz amtl_kennzeichen kennz autokennzeichen kfz_nr num_permis no_permis numero_permis immat immatric plaque plaque_auto
		numero_immatriculation plaque_immat num_immatriculation titre_sejour numero_titre_sejour carte_sejour carnet_de_conducir num_carnet permiso_conducir
		num_licencia placa_vehiculo matricula_vehiculo num_placa matricula_coche permiso_residencia cnh_numero carta_conducao carta_de_conducao
		nr_carta_conducao placa_veiculo matricula_viatura titulo_residencia num_patente nr_patente patente_nr patente_numero numero_patente patente_di_guida
		targa_auto targa_veicolo nr_targa permesso_soggiorno rijbewijs_nr rijbewijsnr kenteken_nr kentekennummer visum_nr visa_no visum numero_visa
		residence_permit permit_no aufenthaltstitel id_document id_doc_number document_number dbs_certificate_no kyc_doc_no apis_doc doc_pasaporte
		travel_document travel_doc`},
	{Document, .8, values, `kz lp vrm immatr targhe placas patente permis permiso licencia carnet visa license_no licence_no lic_no matricula placa targa`},
	{CustomerNumber, .7, nothing, `patient_number patient_no mrn medical_record_number medical_record versichertennummer versicherten_nr krankenkassennummer kvnr insurance_number
		insurance_no insurance_id convenio_numero numero_convenio carteirinha health_card member_number membership_number loyalty_number frequent_flyer
		polisnummer numero_assure numero_afiliado patientennummer nhs_number nhs_no patient_nr patientnr patnr pat_nr pat_no medical_record_no med_rec_no
		mrn_no hospital_number hosp_no health_insurance_no health_insurance_number health_id healthcare_number medicare_no medicare_number policy_holder_no
		insured_no insured_number insured_id subscriber_no_health nhs nhsnumber student_number student_no student_id_no pupil_no ine numen upn_pupil ucas_id
		employee_number_text vers_nr versnr versichertennr versicherungsnummer versicherungs_nr kv_nummer kvnummer kv_nr krankenversicherungsnummer egk_nummer
		matrikelnr matrikelnummer matrikel_nr schueler_nr mitgliedsnummer mitgliedsnr mitglieds_nr num_assure no_assure num_adherent numero_adherent
		num_patient numero_patient ipp num_allocataire numero_allocataire num_etudiant numero_etudiant num_mutuelle numero_mutuelle numero_carte_vitale
		carte_vitale num_licence_sportive num_afiliado nro_afiliado tarjeta_sanitaria num_tarjeta_sanitaria cip num_historia_clinica historia_clinica
		nro_historia nhc num_asegurado num_socio numero_socio num_expediente_academico nr_cns cns cartao_sus nr_sus nr_prontuario prontuario numero_prontuario
		carteira_convenio nr_carteira nr_utente num_utente numero_de_utente nr_beneficiario num_beneficiario matricula_aluno matricula_funcional nr_convenio
		num_tessera nr_tessera numero_tessera tessera_numero tessera num_tesserino numero_paziente codice_paziente cod_assistito codice_sanitario matricola
		matricola_studente patient_nummer patnummer verzekerdennummer verzekerden_nr zorgverzekering_nr zorgnummer lidnummer lid_nr lidnr studentnummer
		student_nr uzovi_polis ffn frequent_flyer_no frequent_flyer_number ff_number`},
	{BirthDate, .92, nothing, `dob date_of_birth dateofbirth birth_date birthdate birthday birth_day born born_on born_at born_date year_of_birth birth_year birthyear geburtsdatum
		geb_datum gebdat geb_dat geburtstag geboren geboren_am geburtsjahr gebjahr date_naissance date_de_naissance naissance ne_le datenaissance
		annee_naissance fecha_nacimiento fecha_de_nacimiento fecha_nac fechanacimiento nacimiento f_nac fec_nac data_nascimento data_de_nascimento nascimento
		dt_nascimento dt_nasc data_nasc data_nascita data_di_nascita nascita datanascita nato_il geboortedatum geb_dt geboortejaar geboortedag bday bdate
		dt_birth birth_dt cumpleanos aniversario compleanno verjaardag dt_of_birth date_birth birthdt bdt birth_yr birthyr brth_dt brth_date brthdt b_date
		b_day yob yr_of_birth dateborn date_born birth_month birth_day_month dob_year dobirth d_o_b patient_dob member_dob gebdatum geb_am geborenam
		geburtsdat geburts_datum geburts_dat gbdat gebdt gebtag geb_tag geb_jahr geburtsjahrgang date_naiss dt_naiss dt_naissance d_naissance naiss datenaiss
		ddn d_naiss ne_e_le nee_le ne_en nee_en jour_naissance annee_naiss an_naissance fec_nacimiento fecnac fec_naci fnac f_nacimiento fnacimiento fch_nac
		fch_nacimiento fecha_naci fechanac fecha_nacim fec_nacim fecha_de_nac fha_nac nacido nacida nacido_el ano_nacimiento anio_nacimiento ano_nac
		data_nascim dtnasc dt_nascim d_nasc nasc data_de_nasc dtnascimento nascido_em nascida_em ano_nascimento ano_nasc mes_nascimento data_nasc_ita
		dt_nascita d_nascita nato nata nato_a nata_il nato_a_il data_nas anno_nascita anno_di_nascita geboorte_datum geboorte geboren_op geboorted gebjaar
		geb_jaar geboorte_jaar geburt dnaiss nele nele_le fecha_nto fnto dt_nto nata_a`},
	{BirthDate, .7, people, `age alter edad idade eta leeftijd alter_jahre birth`},
	{BirthDate, .85, values, `geb gebn born_year birthd bdy dn nac jahrgang resp_age age_years age_yrs alter_in_jahren patient_age age_at_visit leeftijd_jaar edad_anos idade_anos`},
	{Health, .88, nothing, `diagnosis diagnoses diagnose diagnosen diagnostic diagnostico diagnosi icd icd_code icd10 icd_10 cid10 cid_10 cie10 cim10 allergy allergies allergien
		allergie alergia alergias allergieen blood_type blood_group bloodtype blutgruppe groupe_sanguin grupo_sanguineo tipo_sanguineo gruppo_sanguigno
		bloedgroep medication medications medikament medikamente medikation medicament medicaments medicacion medicamento medicamentos medicacao farmaco
		farmaci medicijn medicijnen medicatie disease diseases krankheit krankheiten erkrankung maladie maladies enfermedad enfermedades doenca doencas
		malattia malattie ziekte symptom symptoms symptome symptomes sintoma sintomas sintomi symptomen treatment_notes behandlung traitement tratamiento
		tratamento terapia behandeling handicap disability behinderung grad_der_behinderung discapacidad deficiencia disabilita invalidite
		arbeidsongeschiktheid pregnancy pregnant schwanger schwangerschaft hiv_status is_smoker smoker raucher lab_result lab_results laborwert vaccination
		vaccinations impfung impfstatus vaccin bmi medical_history krankengeschichte anamnese anamnesis anamnesi antecedentes antecedents prescription
		prescriptions rezept_text ordonnance receta_medica prescricao ricetta mental_health therapy psychotherapie krankmeldung_grund sick_reason diag
		diag_code dx dx_code primary_dx icd9 icd_9 icd11 icd_text hauptdiagnose nebendiagnose diag_principal diagnostic_principal diagnostico_principal
		hipotese_diagnostica diagnosi_principale hoofddiagnose cie cid cd_cid cod_cid cod_cie cim cod_cim codice_icd cie_10 cim_10 chief_complaint
		complaint_medical presenting_complaint clinical_notes medical_notes nurse_notes doctor_notes discharge_summary med_history medical_condition
		medical_conditions condition_medical preexisting_condition chronic_condition symptoms_text surgery surgeries procedure_medical blood_pressure
		blood_sugar heart_rate pulse_bpm glucose cholesterol hba1c vital_signs vitals test_result test_results lab_value lab_values viral_load allergy_list
		allergy_text allergies_text disability_desc disability_type disability_status disabilities impairment mobility_impairment care_level pflegegrad
		pflegestufe sick_days sick_leave sickness_reason sickness absence_reason_medical vaccine vaccine_status covid_status covid_test medicine medicines
		med_name meds dosage drug_prescribed treatment_plan treatments therapies diet_medical dietary_restriction dietary_restrictions dietary_requirements
		is_pregnant pregnancy_status hiv smoking smoking_status smokes alcohol_use drug_use addiction weight_kg_patient body_weight body_height insulin
		pain_score pain_level gait mental_state depression_score phq9 befund befunde befundtext anamnesetext vorerkrankung vorerkrankungen erkrankungen
		beschwerden_text symptomatik allergie_text unvertraeglichkeit unvertraeglichkeiten medikation_text dosierung arznei behinderungsgrad gdb
		schwerbehindert schwerbehinderung krankheitstage krankmeldung krankschreibung impfung_status impfungen raucher_kz raucherstatus blutdruck blutzucker
		gewicht_kg groesse_cm_patient koerpergewicht therapieplan op_bericht arztbericht laborwerte laborbefund rauchstatus blutgr motif_consultation
		motif_hospitalisation compte_rendu compte_rendu_medical examen_clinique pathologie pathologies antecedents_medicaux allergies_connues
		traitements_en_cours traitement_en_cours posologie fumeur enceinte grossesse handicap_reconnu taux_handicap groupe_sang vaccins arret_maladie
		tension_arterielle poids_kg resultat_analyse resultat_labo motivo_consulta motivo_ingreso sintomatologia patologia patologias antecedentes_medicos
		alergias_conocidas tratamientos tratamiento_actual posologia dosis fumador fumadora embarazo embarazada minusvalia grado_discapacidad grupo_sangre
		vacuna vacunas vacunado baja_medica tension_arterial resultado_analisis resultado_lab evolucion_clinica historia_medica enfermedades_previas queixa
		queixa_principal ds_queixa ds_diagnostico ds_evolucao evolucao_clinica historico_medico historia_clinica_texto comorbidade comorbidades alergias_texto
		medicamentos_em_uso medicacao_atual dose_medicamento fumante gestante gravida gravidez deficiencia_fisica tp_sangue tipo_sangue fator_rh vacinas
		vacina atestado_medico pressao_arterial vl_pa resultado_exame laudo motivo_visita motivo_ricovero patologie allergie_note terapia_in_corso
		farmaci_assunti posologia_farmaco fumatore gravidanza incinta invalidita percentuale_invalidita grado_invalidita gruppo_sang vaccino vaccini
		malattia_giorni pressione_arteriosa esito_esame referto anamnesi_familiare intolleranze esito_analisi klacht_medisch aandoening aandoeningen
		ziektebeeld ziektes symptoom allergie_omschrijving medicatie_lijst dosering roker zwanger zwangerschap beperking handicap_omschrijving bloedgr
		inentingen vaccinaties ziekteverzuim ziekmelding ziek_reden bloeddruk uitslag uitslag_lab behandelplan voorgeschiedenis rookt arbeidsongeschikt
		ao_percentage begleitmedikation nebenwirkung nebenwirkungen unerwuenschtes_ereignis adverse_event adverse_events gesundheitszustand gesundheitscheck
		body_type bodytype koerpergroesse restricao_alimentar restricoes_alimentares restriccion_alimentaria restricciones_alimentarias
		regime_alimentaire dieta_especial diet diaet dieet esenzione esenzione_ticket codice_esenzione exoneration_ald disability_accommodation
		accommodation_medical`},
	{Health, .75, values, `pa ta rr bp puls temperatura_paziente analito_valore resultado resultat resultaat ergebnis risultato result_value`},
	{SpecialCategory, .85, nothing, `gender sex geschlecht sexe sexo sesso geslacht genre_personne genero religion konfession confession religione religiao godsdienst kirchensteuer
		kirchensteuermerkmal ethnicity ethnic_group race ethnie etnia etniciteit hautfarbe sexual_orientation orientation_sexuelle orientacion_sexual
		nationality nationalities nationalitaet staatsangehoerigkeit staatsangehorigkeit nationalitat nationalite nacionalidad nacionalidade nazionalita
		cittadinanza nationaliteit citizenship marital_status maritalstatus civil_status familienstand etat_civil situation_familiale situation_matrimoniale
		estado_civil stato_civile burgerlijke_staat political_party political_opinion partei_mitgliedschaft parteizugehoerigkeit trade_union union_member
		gewerkschaft gewerkschaftsmitglied syndicat sindicato sindacato vakbond criminal_record vorstrafen casier_judiciaire antecedentes_penales gndr
		gender_code sex_code sex_at_birth pronoun pronouns gesch geschl ges geslacht_code sexe_code tp_sexo cd_sexo sexo_biologico ds_sexo genero_id
		identidad_genero identidade_genero identita_genere genre_code civilite_sexe rel_code religious religious_affiliation belief beliefs faith church
		church_tax konf konfess konfe kirche kirchenzugehoerigkeit religionszugehoerigkeit kist kirchensteuer_kz culte croyance credo creencia crenca
		kerkgenootschap geloof levensovertuiging ethnic ethnic_origin ethnic_grp ethnicity_code racial_origin race_ethnicity raza raca raca_cor ds_raca_cor
		cor_raca cor_pele razza etnicidad origine_ethnique origen_etnico origem_etnica origine_etnica afkomst herkunft_ethnisch migrationshintergrund
		indigenous tribe caste sexual_preference sexuality orientation_sex sexuelle_orientierung seksuele_geaardheid orientamento_sessuale orientacao_sexual
		trans_status lgbt nation_code natl natio staatsang staatsangehoerigkeiten staatsb staatsbuergerschaft citizenship_country nationalite_code
		nacionalidad_code pays_nationalite cittadinanze nationaliteit_code immigration_status refugee_status asylum_status visa_status residency_status
		aufenthaltsstatus statut_sejour situacion_migratoria verblijfsstatus marital mar_stat marital_state marital_st civil_state relationship_status famst
		fam_stand familienst stand_familie zivilstand etat_marital situation_fam situation_familial sit_fam est_civil estciv estado_civ edo_civil
		situacao_conjugal ds_estado_civil tp_estado_civil st_civile stato_civ burg_staat burgstaat burgerlijke_stand huwelijkse_staat gezinssituatie political
		political_affiliation political_views party_membership voting_intention affiliation_politique afiliacion_politica filiacao_partidaria
		appartenenza_politica politieke_voorkeur union_membership union_dues syndique appartenance_syndicale afiliacion_sindical afiliado_sindicato
		filiacao_sindical iscrizione_sindacale vakbondslid gewerkschaftszugehoerigkeit criminal_history convictions conviction dbs_result background_check
		fuehrungszeugnis strafregister condamnation antecedentes_criminais casellario_giudiziale strafblad genetic_data dna dna_profile biometric_id
		veteran_status precedenti_penali num_hijos hijos_num numero_enfants nb_enfants nombre_enfants numero_hijos kinderanzahl anzahl_kinder filhos_qtd
		aantal_kinderen dependents_count sexual_interest looking_for seeking_gender partnerschaft veteran is_veteran`},
	{SpecialCategory, .75, values, `sx gdr anrede civilite`},
	{Pay, .88, nothing, `salary salaries base_salary gross_salary net_salary annual_salary wage wages hourly_wage income annual_income yearly_income net_worth networth gehalt
		gehaltswunsch jahresgehalt monatsgehalt bruttogehalt nettogehalt lohn stundenlohn bruttolohn nettolohn einkommen salaire salaire_brut salaire_net
		remuneration revenu revenus salario salario_bruto salario_neto salario_base sueldo sueldo_bruto ingresos nomina_importe renda renda_mensal ordenado
		vencimento_mensal remuneracao stipendio stipendio_lordo retribuzione reddito salaris brutosalaris nettosalaris loon brutoloon nettoloon inkomen
		compensation bonus_amount payroll_amount credit_score creditscore schufa schufa_score bonitaet retencion_irpf pension_amount sal sal_amt salary_amount
		salary_amt salary_gross salary_net basic_salary basic_pay base_pay gross_pay net_pay take_home_pay hourly_pay pay_rate payrate hourly_rate_employee
		annual_pay yearly_salary monthly_salary current_salary expected_salary desired_salary salary_expectation salary_eur salary_usd wage_rate stipend
		commission_amount bonus_amt bonus_eur household_income family_income monthly_income disposable_income credit_rating fico fico_score debt_amount
		benefits_amount pension severance alimony child_support garnishment earnings gross_earnings net_earnings remuneration_amount equity_grant
		gehalt_brutto gehalt_netto brutto_gehalt netto_gehalt grundgehalt jahresbrutto monatsbrutto bruttojahresgehalt brutto_monat netto_monat ansal bezuege
		verguetung vergutung besoldung entgelt bruttoentgelt stundensatz_ma lohn_brutto lohn_netto monatslohn jahreslohn bonus_betrag weihnachtsgeld rente
		rentenbetrag haushaltseinkommen jahreseinkommen unterhalt pfaendung abfindung gehaltsvorstellung salaire_base salaire_mensuel salaire_annuel
		salaire_horaire brut_mensuel net_a_payer net_imposable brut_annuel paie_montant prime_montant revenu_annuel revenu_mensuel revenu_fiscal
		revenus_annuels pension_montant indemnite allocation_montant pretentions_salariales taux_horaire salario_anual salario_mensual salario_mes
		salario_hora sueldo_base sueldo_mensual sueldo_anual ingresos_anuales ingresos_mensuales ingr_anual ingr_mens ingr_mensual ingresos_brutos
		ingreso_mensual renta_anual nomina_bruta nomina_neta importe_nomina liquido_percibir devengos pension_importe haberes salario_liquido salario_mensal
		vl_salario valor_salario renda_familiar renda_anual vl_renda remuneracao_mensal vencimento_base vencimento_bruto ordenado_base salario_contratual
		rendimento_mensal rendimento_anual rendimentos proventos pensao_valor stipendio_base stipendio_netto stipendio_annuo stipendio_mensile ral
		retribuzione_annua retribuzione_lorda retribuzione_mensile paga_oraria reddito_annuo reddito_imponibile redditi importo_pensione assegno_mensile tfr
		netto_in_busta salaris_bruto salaris_netto jaarsalaris maandsalaris bruto_salaris uurloon brutoloon_maand nettoloon_maand maandloon jaarinkomen
		bruto_inkomen netto_inkomen gezinsinkomen uitkering uitkering_bedrag pensioenbedrag alimentatie bonusbedrag fed_tax federal_tax_withheld withholding
		tax_withheld lohnsteuer einkommensteuer irpf irpf_pct impots_preleves loonheffing`},
	{Pay, .6, people, `pay bonus praemie prime_salaire retencion comp gross net brutto netto brut liquido lordo bruto bezug saldo balance account_balance solde renta ingreso`},
}
