package masking

// moreOfDaily are more words of meals, devices, chips, balances and bodies.
var moreOfDaily = []said{
	{SpecialCategory, .8, nothing, `special_meal meal_code meal_pref meal_preference meal_request special_meal_code refeicao_esp refeicao_especial refeicao comida_especial comida_esp menu_especial menu_esp repas_special repas_spec pasto_speciale pasto_spec sondermahlzeit
		sonderessen essenswunsch spezialessen maaltijd maaltijdwens speciale_maaltijd voedingswens ernaehrung ernaehrungsform dieta dieta_tipo tipo_dieta food_preference food_pref diet_type diet_code dietary dietary_needs preferencia_alimentar preferencia_alimentaria
		preferenza_alimentare regime_alim`},
	{DeviceID, .85, nothing, `device_ref device_key dispositivo_id id_dispositivo geraete_id appareil_id toestel_id adv_id advid advert_id ads_id adver_id advertising_uuid idfa_id gaid_id gps_adid google_adid android_adid apple_idfa apple_idfv ios_idfa ios_idfv id_publicitaire id_publicidad id_publicitario id_pubblicitario werbe_id werbeid reclame_id
		mobile_ad_id mobile_advertising_id ad_identifier idfa_raw oaid chip_uid chip_id chipid chip_no chip_nr chipnr chipnummer badge_id badge_code badgeid badgenr card_uid karten_uid ausweis_uid tag_uid tagid nfc_id nfc_tag
		rfid_id rfid_code rfid_chip transponder_nr transponder_no transponder_uid schluessel_uid keyfob keyfob_id fob_id token_uid tessera_uid tarjeta_uid cartao_uid pas_uid toegangspas`},
	{Pay, .75, people, `verm_gesamt vermoegen_gesamt gesamtvermoegen gesamtguthaben saldo_actual saldo_disponible saldo_atual saldo_disponivel saldo_disponibile saldo_corrente saldo_ges saldo_gesamt
		balance_eur balance_usd solde_actuel patrimonio_total aum tegoed fondo_pension capital_total`},
	{Health, .85, nothing, `body_fat_pct bodyfat_pct koerperfett_pct gordura_corporal grasso_corporeo vetpercentage body_mass_index resting_heart_rate ruhepuls herzfrequenz
		frequence_cardiaque frecuencia_cardiaca frequencia_cardiaca frequenza_cardiaca hartslag glucose_mgdl chest_cm taillenumfang bauchumfang tour_taille poids_corporel peso_corporal peso_corporeo lichaamsgewicht`},
}
