package masking

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestAbbreviationsAreReadAsTheWordsTheyAreShortFor(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]Entity{
		"afil_sind": SpecialCategory, "retlor": Pay, "gewerksch": SpecialCategory, "stip_lordo": Pay, "f_nac": BirthDate, "hauptdiag": Health,
	} {
		words := tokens(name)
		term, at, n := match(words)
		if n == 0 || at > 0 {
			term, _ = abbreviated(words)
		}
		if term.entity != want {
			t.Errorf("%s is read as %q, want %s", name, term.entity, want)
		}
	}
	for _, name := range []string{"stat", "desc", "cat", "vers", "depto", "curr", "prod", "tipo", "date_creat"} {
		if term, ok := abbreviated(tokens(name)); ok {
			t.Errorf("%s is taken for %s", name, term.entity)
		}
	}
}

func TestWhatAllColumnsBeginWithIsNoPartOfTheirNames(t *testing.T) {
	t.Parallel()
	for columns, want := range map[string]string{
		"PANUM,PANOM,PATEL,PAVIL,PADNAI":           "num nom tel vil dnai",
		"pe_anr,pe_vnam,pe_gbdt,pe_mutdt,pe_natcd": "anr vnam gbdt mutdt natcd",
		"id,email,name,phone,created":              "id email name phone created",
	} {
		rel := &Relation{Name: Name{"s", "t"}}
		for c := range strings.SplitSeq(columns, ",") {
			rel.Columns = append(rel.Columns, Column{Name: c, Type: textType})
		}
		var got []string
		for _, words := range columnWords(rel) {
			got = append(got, strings.Join(words, "_"))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", columns, got, want)
		}
	}
}

func TestPlaceholdersSayNothing(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"-", "n/a", "N/A", "onbekend", "no tiene", "pte.", "?", "00000", "INCONNU", "keine Angabe", "--"} {
		if !holder(s) {
			t.Errorf("%q is taken for a value", s)
		}
	}
	for _, s := range []string{"Ana", "N", "0", "12", "no", "+34 620 123 457", "a@b.de", "Nadia"} {
		if holder(s) {
			t.Errorf("%q is taken for a placeholder", s)
		}
	}
	if c := study(sampleOf("-", "n/a", "jane@example.org"), 0, textType); c.share(Email) != 1 || c.holders != 2 {
		t.Errorf("placeholders count: %v of %d", c.share(Email), c.filled)
	}
	if c := study(sampleOf("-", "-"), 0, textType); c.filled != 2 {
		t.Errorf("where there is nothing else, placeholders are what there is: %d", c.filled)
	}
}

func TestValuesOfTheirOwnFormAreKnown(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]Entity{
		"GA1.2.1234567890.1699999999": DeviceID, "0x52908400098527886E0F7030069857D2E4169EE7": BankAccount, "bc1qe9dtgvkvaqlwv0dfag7ypq6k5ct3sx8jk5yl8z": BankAccount,
		"7511 KL": PostalCode, "SW1A 1AA": PostalCode, "01310-100": PostalCode, "Nashville, TN 37206": Address, "33.02.05-022.50": NationalID, "P<NLDBAKKER<<GERRIT<<<<": Document,
		"112519.3;383273.9": Geo, "tel 911013371": Phone, "J. Dijkstra": PersonName, "BROUWER, G.": PersonName, "Fam. Bakker": PersonName,
	} {
		c := study(sampleOf(value), 0, textType)
		if want == Phone && c.bareTel == 1 {
			continue
		}
		if c.hits[want] == 0 {
			t.Errorf("%q is no %s: %v", value, want, c.hits)
		}
	}
	for value, want := range map[string]Entity{
		"MSH|^~\\&|LAB|A|B|C|20240101||ORU^R01\rPID|1||123||Doe^Jane": Health, "BEGIN:VCARD\nFN:Jane Doe\nEND:VCARD": PersonName, "UNH+1+IFTMIN'NAD+CN+++Jane Doe+Main St'": PersonName,
	} {
		if c := study(sampleOf(value), 0, textType); c.inner[want] == 0 {
			t.Errorf("%q has no %s inside: %v", value, want, c.inner)
		}
	}
	for value, plates := range map[string]bool{"1234 BCD": true, "AB-123-CD": true, "KL-RV 214": true, "DF-81-HK": true, "AB-1000-CD": false, "SKU-12": false, "2024": false} {
		if c := study(sampleOf(value), 0, textType); (c.plates > 0) != plates {
			t.Errorf("%q: a plate %v, want %v", value, !plates, plates)
		}
	}
	if c := study(sampleOf("VF1AG000863418275"), 0, textType); c.vins != 1 {
		t.Error("a vehicle's identification number is not known")
	}
}

func TestMoreNationalNumbersHaveTheirChecks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, right, wrong string
		check              func(s, digits string) bool
	}{
		{"NHS", "943 476 5919", "943 476 5918", nhsNumber},
		{"SIN", "130 692 544", "130 692 545", canadianSIN},
		{"KVNR", "A123456780", "A123456781", germanInsured},
		{"SVNR", "1237 010180", "1238 010180", austrianInsurance},
		{"NSS", "281234567840", "281234567841", spanishAffiliation},
	} {
		digits := func(s string) string { d, _ := digitsOf(s); return d }
		if !c.check(c.right, digits(c.right)) || c.check(c.wrong, digits(c.wrong)) {
			t.Errorf("%s: %v %v", c.name, c.check(c.right, digits(c.right)), c.check(c.wrong, digits(c.wrong)))
		}
	}
}

// somebodies are rows of somebody's name, birth and e-mail, and of what format says.
func somebodies(n int, format string) (list []string) {
	first := []string{"Julia", "Marta", "Pedro", "Sergio", "Anna", "Luca", "Karim", "Pierre"}
	last := []string{"Fernandez", "Lombardi", "Schneider", "Moreau", "Johnson", "Ferrari", "Navarro"}
	for i := range n {
		f, l := first[i%len(first)], last[i%len(last)]
		row := strings.NewReplacer("{first}", f, "{last}", l, "{slug}", strings.ToLower(f+"-"+l), "{login}", strings.ToLower(f[:1]+l), "{n}", fmt.Sprint(1000+i), "{year}", fmt.Sprint(1950+i%45)).Replace(format)
		list = append(list, row)
	}
	return list
}

func TestInATableAboutPeopleWhatNothingSaysIsHarmlessIsMasked(t *testing.T) {
	t.Parallel()
	var s shelf
	s.add("socios", "id bigint, nome text, email text, born text, slug text, num_fid text, quirk text, zz numeric, status text, idioma text, created_at timestamp, ok boolean",
		somebodies(60, "{n}|{first} {last}|{login}{n}@example.org|{year}-03-01|{slug}-{n}|AZ0402{n}|odd thing {n}|{n}.25|open|pt|2025-01-01 10:00:00|t")...)
	s.relations[0].Columns[0].PrimaryKey = true
	found := s.plan(t)
	for column, want := range map[string]bool{
		"nome": true, "email": true, "born": true, "slug": true, "num_fid": true, "quirk": true, "zz": true, "id": false, "status": false, "idioma": false, "created_at": false, "ok": false,
	} {
		if f := found["socios."+column]; f.Sensitive != want {
			t.Errorf("%s: %+v", column, f)
		}
	}
}

func TestFactsOfPeopleAreFoundAlongTheKeysThatLeadToThem(t *testing.T) {
	t.Parallel()
	var s shelf
	s.add("paciente", "id bigint, nombre text, email text", somebodies(40, "{n}|{first} {last}|{login}@example.org")...)
	sample := s.add("muestra", "id bigint, paciente_id bigint, tipo text", rows(40, "#|#|sangre")...)
	sample.Columns[1].References = []ColumnRef{{Name{"s", "paciente"}, "id"}}
	result := s.add("resultado", "id bigint, muestra_id bigint, valor_num numeric, unidad text", rows(40, "#|#|#.5|mg")...)
	result.Columns[1].References = []ColumnRef{{Name{"s", "muestra"}, "id"}}
	order := s.add("pedidos", "id bigint, paciente_id bigint, total numeric, puntos integer", rows(40, "#|#|#.5|#")...)
	order.Columns[1].References = []ColumnRef{{Name{"s", "paciente"}, "id"}}
	pay := s.add("lohnabrechnung", "id bigint, ma_id bigint, brutto numeric, whrg text", rows(40, "#|#|#.5|EUR")...)
	pay.Columns[1].References = []ColumnRef{{Name{"s", "paciente"}, "id"}}
	found := s.plan(t)
	for column, want := range map[string]bool{
		"resultado.valor_num": true, "resultado.unidad": false, "resultado.muestra_id": false, "muestra.tipo": false, "pedidos.total": false, "pedidos.puntos": false, "lohnabrechnung.brutto": true, "lohnabrechnung.whrg": false,
	} {
		if f := found[column]; f.Sensitive != want {
			t.Errorf("%s: %+v", column, f)
		}
	}
}

func TestBlandNamesDoNotHideWhatValuesSay(t *testing.T) {
	t.Parallel()
	var s shelf
	phones := rows(20, "62012#")
	for i := range phones {
		switch i % 4 {
		case 0:
			phones[i] = "+34" + phones[i]
		case 1:
			phones[i] = "-"
		}
	}
	var list []string
	parties := []string{"CDU", "SPD", "FDP"}
	for i, p := range phones {
		list = append(list, p+"|"+parties[i%3]+"|"+[]string{"asma", "diabetes", "ninguna"}[i%3])
	}
	s.add("entregas", "ref2 text, campo5 text, c3 text", list...)
	found := s.plan(t)
	if f := found["entregas.ref2"]; f.Entity != Phone {
		t.Errorf("telephone numbers: %+v", f)
	}
	if f := found["entregas.campo5"]; f.Entity != SpecialCategory {
		t.Errorf("parties: %+v", f)
	}
	if f := found["entregas.c3"]; f.Entity != Health {
		t.Errorf("illnesses: %+v", f)
	}
}

func TestLoginsInALogAreKnownByTheNamesOfOtherTables(t *testing.T) {
	t.Parallel()
	var s shelf
	s.add("mitarbeiter", "id bigint, nachname text, email text", somebodies(40, "{n}|{last}|{login}@example.org")...)
	s.add("zz_log", "id bigint, k9 text, tbl text", somebodies(40, "{n}|{login}|orders")...)
	found := s.plan(t)
	if f := found["zz_log.k9"]; f.Entity != Username {
		t.Errorf("logins: %+v", f)
	}
	if f := found["zz_log.tbl"]; f.Sensitive {
		t.Errorf("names of tables: %+v", f)
	}
}

func TestMailboxesAndSwitchboardsOfThingsStayReadable(t *testing.T) {
	t.Parallel()
	var s shelf
	s.add("filialen", "id bigint, email text, centralino text", rows(30, "#|info@shop#.example|+39 02 400#10")...)
	for column, f := range s.plan(t) {
		if f.Sensitive {
			t.Errorf("%s: %+v", column, f)
		}
	}
}

// A field of a system's own is known by its name where there is no value; what it
// says of somebody is masked as ever.
func TestTechnicalNamesAreHarmlessEvenWithoutAValue(t *testing.T) {
	t.Parallel()
	var s shelf
	s.add("zpa02", "satnr integer, begda text, waers text, gbdat text, note text")
	found := s.plan(t)
	for column, want := range map[string]bool{"begda": false, "waers": false, "gbdat": true, "note": true} {
		if f := found["zpa02."+column]; f.Sensitive != want {
			t.Errorf("%s: %+v", column, f)
		}
	}
	if slices.Contains([]bool{isTechnical("email", []string{"email"}), isTechnical("x", nil)}, true) {
		t.Error("anything is technical")
	}
}
