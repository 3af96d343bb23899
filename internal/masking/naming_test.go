package masking

import (
	"slices"
	"strings"
	"testing"
)

func TestNamesFallIntoWords(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"KundenName_2": "kunden name", "kundenname": "kundenname", "HTTPServerName": "http server name", "E-Mail": "e mail", "straße": "strasse", "numéroDeTéléphone": "numero de telephone",
		"addr12": "addr", "addr1": "addr1", "emailadr": "email adr", "customerfirstname": "customer firstname", "useremail": "user email", "telnr": "telnr", "klantadres": "klant adres", "homephone": "home phone",
		"description": "description", "percentage": "percentage", "category": "category", "email_md5": "email md5", "x": "x", "": "", "__": "", "日本": "日本", strings.Repeat("ab", 50): strings.Repeat("ab", 50),
	} {
		if got := strings.Join(tokens(name), " "); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

// TestEveryWordOfTheLexiconIsFound reads each of its words as a column's name in a
// table about people.
func TestEveryWordOfTheLexiconIsFound(t *testing.T) {
	t.Parallel()
	for w, want := range lexicon {
		if got, at, n := match(tokens(w)); n == 0 || got.entity != want.entity || at != 0 {
			t.Errorf("%s: %q of %d words at %d, want %q", w, got.entity, n, at, want.entity)
		}
	}
	spoken := map[Entity]int{}
	for _, term := range lexicon {
		spoken[term.entity]++
	}
	for _, e := range Entities() {
		if !slices.Contains([]Entity{Structured, Hash, Undetermined}, e) && spoken[e] < 20 {
			t.Errorf("%s has %d words", e, spoken[e])
		}
	}
}

func TestColumnsAreReadInSevenLanguages(t *testing.T) {
	t.Parallel()
	for want, names := range map[Entity]string{
		Email:           "email e-mail eMail customer_email correo courriel posta_elettronica endereco_eletronico emailadres mailadr UserEmail work_email2 correoElectronico",
		Phone:           "phone telefon telefono telefone telefoonnummer mobile_phone handynummer numero_telephone celular cellulare telemovel phoneNo tfno",
		PersonName:      "first_name vorname prenom apellidos sobrenome cognome achternaam LastName nombre_completo cardHolderName kundenname name nom nome",
		Username:        "username benutzername nombre_usuario nom_utilisateur nome_utente gebruikersnaam loginName",
		Address:         "street strasse rue_et_no direccion endereco indirizzo straatnaam home_address address_line_1 wohnanschrift",
		PostalCode:      "zip plz code_postal codigo_postal postcode cep zipCode",
		Geo:             "home_gps last_position latitude lng",
		Card:            "card_number kreditkartennummer numero_carte num_tarjeta cartao numero_carta_credito pan",
		BankAccount:     "iban kontonummer rib cuenta_bancaria conta_bancaria rekeningnummer account_number",
		NationalID:      "ssn steuer_id num_secu dni cpf codice_fiscale bsn tax_id",
		Document:        "passport_no reisepass pasaporte passaporto rijbewijs kennzeichen licensePlate",
		CustomerNumber:  "mrn versichertennummer nhs_number matrikelnr",
		BirthDate:       "dob geburtsdatum date_naissance fecha_nacimiento data_nascimento data_di_nascita geboortedatum birthYear geb",
		Health:          "diagnosis diagnose allergies blutgruppe maladie enfermedad gruppo_sanguigno medicatie icd10 krankheitsbild",
		SpecialCategory: "gender geschlecht sexe religion konfession estado_civil nazionalita burgerlijke_staat ethnicity",
		Pay:             "salary gehalt salaire sueldo salario stipendio loon jahresgehalt hourly_rate_employee jaarink",
		Secret:          "password passwort mot_de_passe contrasena senha wachtwoord api_key accessToken client_secret pwd_hash totp_secret",
		IPAddress:       "ip ip_address last_login_ip adresse_ip remoteAddr",
		DeviceID:        "mac_address imei advertising_id device_fingerprint",
		PersonalURL:     "linkedin avatar_url photo_url profile_url",
		FreeText:        "notes bemerkungen commentaire observaciones observacao osservazioni opmerkingen delivery_instructions ban_reason",
		Media:           "photo passbild signature_image face_embedding",
		Hash:            "email_hash phone_sha256 ssn_md5",
	} {
		for name := range strings.FieldsSeq(names) {
			if h := readName(name, aboutPeople); h.entity != want || h.sure < threshold || h.vetoed {
				t.Errorf("%s: %+v, want %s", name, h, want)
			}
		}
	}
}

func TestNamesOfWhatIsOnlyAboutTheThingSayNothing(t *testing.T) {
	t.Parallel()
	for name := range strings.FieldsSeq(`email_count emails_sent phone_enabled password_changed_at password_min_length token_ttl token_ttl_s salt_rounds is_email_verified has_phone tipo_documento address_type email_template
		email_subject phone_type note_count comment_count zip_length max_password_age min_salary anzahl_telefonate nb_adresses session_timeout gender_options email_status name_length ip_version mac_vendor
		order_no status created_at total sku currency category description_length color weight tx_hash commit_hash sort_order order_by valid_from priority quantity`) {
		if h := readName(name, aboutUnknown); h.sure >= threshold && !h.vetoed && !h.unsure {
			t.Errorf("%s: %+v", name, h)
		}
	}
	for _, name := range []string{"name", "street", "zip", "latitude", "nombre", "address", "description", "salary"} {
		if h := readName(name, aboutThings); h.sure >= threshold {
			t.Errorf("%s of a thing: %+v", name, h)
		}
	}
	for _, name := range []string{"gateway_ip", "server_ip", "product_name", "company_name", "country_name", "store_address", "file_name", "warehouse_street"} {
		if h := readName(name, aboutUnknown); h.sure >= threshold {
			t.Errorf("%s: %+v", name, h)
		}
	}
}

func TestTablesAreAboutPeopleOrThings(t *testing.T) {
	t.Parallel()
	for want, names := range map[subject]string{
		aboutPeople:  "customers kunden clients pazienti tbl_cli usr_account inwoners alunos Employees kundenstamm user_addresses guests mitgliederliste",
		aboutThings:  "products artikel articles productos store_locations customer_segment countries user_roles tipo_cliente sensors oficinas outlets rooms",
		aboutUnknown: "orders fld7 tmp_import x payments",
	} {
		for name := range strings.FieldsSeq(names) {
			if got := subjectOf(&Relation{Name: Name{"s", name}}); got != want {
				t.Errorf("%s: %d, want %d", name, got, want)
			}
		}
	}
	fields := func(names ...string) *Relation {
		rel := &Relation{Name: Name{"s", "t1"}}
		for _, n := range names {
			rel.Columns = append(rel.Columns, Column{Name: n})
		}
		return rel
	}
	if got := subjectOf(fields("id", "email", "dob")); got != aboutPeople {
		t.Errorf("a table with e-mail and birthday is about %d", got)
	}
	if got := subjectOf(fields("id", "name", "price", "sku")); got != aboutThings {
		t.Errorf("a table with price and sku is about %d", got)
	}
	if g := groups(fields("id", "weight", "ship_name", "ship_street", "ship_phone", "carrier")); g["ship"] != aboutPeople {
		t.Errorf("the columns of ship are about %v", g)
	}
}
