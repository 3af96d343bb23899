package masking

import (
	"fmt"
	"strings"
	"testing"
)

func TestNamesThatMeanNothingAreKnown(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"col4", "COL_12", "F1", "data3", "ref2", "Colonne A", "campo5", "fld_08", "x1", "?column?", "Unnamed: 3", "Spalte1"} {
		if !blankName(name) {
			t.Errorf("%q is taken to mean something", name)
		}
	}
	for _, name := range []string{"color", "fax2", "address1", "ref", "data", "level3", "id", "name1", "c_date", "iso3"} {
		if blankName(name) {
			t.Errorf("%q is taken to mean nothing", name)
		}
	}
}

func TestInTablesPastedTogetherOnlyWhatIsEvidentlyHarmlessStays(t *testing.T) {
	t.Parallel()
	s := &shelf{}
	var rows []string
	for i := range 24 {
		rows = append(rows, fmt.Sprintf("%08d|%s|%s|%d,%02d|91%d|%s|Neverland %d", i+1, []string{"xoqu", "vrilm", "zant", "plooq"}[i%4]+fmt.Sprint(i*7919%1000), []string{"DSL50", "KOMBI-L"}[i%2], 20+i*3, i, 1530000+i*7717, []string{"J", "N"}[i%2], i))
	}
	s.add("stg_0417", "col1 text,col2 text,col3 text,col4 text,col5 text,col6 text,col7 text", rows...)
	found := s.plan(t)
	for column, want := range map[string]bool{"col1": false, "col2": true, "col3": false, "col4": false, "col5": true, "col6": false, "col7": true} {
		if f := found["stg_0417."+column]; f.Sensitive != want {
			t.Errorf("%s: %+v, want masked %v", column, f, want)
		}
	}
}

func TestARowWithTheColumnsNamesIsReadAsThose(t *testing.T) {
	t.Parallel()
	s := &shelf{}
	rows := []string{"NOME CLIENTE|PROD|DT NASC|PAIS"}
	for i := range 12 {
		rows = append(rows, fmt.Sprintf("qwx%d|CRZ-MED-%d|%d/12/19%d|PT", i, i%3, i+1, 50+i*3))
	}
	s.add("imp_csv", "col1 text,col2 text,col3 text,col4 text", rows...)
	found := s.plan(t)
	for column, want := range map[string]Entity{"col1": PersonName, "col2": None, "col3": BirthDate, "col4": None} {
		if f := found["imp_csv."+column]; f.Entity != want {
			t.Errorf("%s: %+v, want %s", column, f, want)
		}
	}
}

func TestRecordsPathsAndListsAreLookedInto(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]func(*content) bool{
		"04LEFEBVRE            JULIEN         171016901805444000417690FR7630006000011234567890189EUR": func(c *content) bool { return c.inside[BankAccount] > 0 && c.inside[PersonName] > 0 },
		"K|4711|Jane Doe|+49 151 69375392|x":         func(c *content) bool { return c.inside[Phone] > 0 },
		"nom => Lefebvre; mail => a.b@example.org":   func(c *content) bool { return c.inner[Email] > 0 },
		"/srv/frais/2023/bernard_olivier_00028.pdf":  func(c *content) bool { return c.paths == 1 },
		"CED_MARINO_FRANCESCA_202301.pdf":            func(c *content) bool { return c.paths == 1 },
		"Karim, Sophie, Julien":                      func(c *content) bool { return c.names2 == 1 },
		"Olivier Bernard + 1":                        func(c *content) bool { return c.names2 == 1 },
		"4711 Sophie Martin (neu)":                   func(c *content) bool { return c.names2 == 1 },
		"jsilva":                                     func(c *content) bool { return c.logins == 1 },
		"data:image/png;base64,iVBORw0KGgoAAAANSUhE": func(c *content) bool { return c.pictures == 1 },
		"Lange Nering 7, 8302 AB Emmeloord":          func(c *content) bool { return c.hits[Address] == 1 },
	} {
		if c := study(sampleOf(text), 0, textType); !want(c) {
			t.Errorf("%q: inside %v, inner %v, hits %v, paths %d, names %d, logins %d", text, c.inside, c.inner, c.hits, c.paths, c.names2, c.logins)
		}
	}
	for _, text := range []string{"/img/products/red-shoe-42.jpg", "Order, invoice, delivery", "GET /api/v1/items?page=2", "width=10; height=20", "AD|BE|CH", "window"} {
		if c := study(sampleOf(text), 0, textType); c.paths+c.names2+c.pictures+len(c.inside)+len(c.inner)+c.logins > 0 {
			t.Errorf("%q: inside %v, inner %v, paths %d, names %d, logins %d", text, c.inside, c.inner, c.paths, c.names2, c.logins)
		}
	}
}

func TestNumbersWithoutACountryAreTelephonesOfOneOrTwo(t *testing.T) {
	t.Parallel()
	var phones, orders []string
	for i := range 20 {
		phones = append(phones, fmt.Sprintf("%s%07d", []string{"91", "62"}[i%2], 1530866+i*331733))
		orders = append(orders, fmt.Sprintf("%09d", 104530866+i*331733))
	}
	if !nationalNumbers(study(sampleOf(phones...), 0, textType)) {
		t.Error("numbers of Portugal and Spain are not taken for telephones")
	}
	if nationalNumbers(study(sampleOf(orders...), 0, textType)) {
		t.Error("numbers of orders are taken for telephones")
	}
}

func TestKeysThatOnlyCountStay(t *testing.T) {
	t.Parallel()
	s := &shelf{}
	var customers, accounts, members []string
	for i := range 20 {
		customers = append(customers, fmt.Sprintf("%010d|Sophie Martin|a%d@example.org|+49 151 6937%04d", 100001+i, i, i*37))
		accounts = append(accounts, fmt.Sprintf("%d|%010d|%d.%02d", i, 100001+i, 40*i+7, i+10))
		members = append(members, fmt.Sprintf("M%06d|Sophie Martin|a%d@example.org", 100001+i, i))
	}
	parent := s.add("kna1", "kunnr text,name1 text,mail text,tel text", customers...)
	parent.Columns[0].PrimaryKey, parent.Columns[0].Unique = true, true
	s.add("konto", "id bigint,kunnr text,saldo numeric", accounts...).Columns[1].References = []ColumnRef{{Name{"s", "kna1"}, "kunnr"}}
	club := s.add("mitglieder", "mitglnr text,name text,mail text", members...)
	club.Columns[0].PrimaryKey, club.Columns[0].Unique = true, true
	found := s.plan(t)
	for column, want := range map[string]bool{"kna1.kunnr": false, "konto.kunnr": false, "konto.saldo": true, "mitglieder.mitglnr": true} {
		if f := found[column]; f.Sensitive != want {
			t.Errorf("%s: %+v, want masked %v", column, f, want)
		}
	}
}

func TestWordsOfHealthAreOfThingsToo(t *testing.T) {
	t.Parallel()
	s := &shelf{}
	repeat := func(row string) []string {
		return strings.Split(strings.TrimSuffix(strings.Repeat(row+"\n", 6), "\n"), "\n")
	}
	s.add("zutritt", "inhaber text,mitglied_id bigint,ergebnis text", repeat("Graf, G.|3|OK")...)
	s.add("darlehen", "mitglied_id bigint,zins_pa numeric", repeat("3|1.52")...)
	s.add("noten", "schueler_id bigint,gewicht numeric", repeat("3|1.0")...)
	s.add("body_measurements", "member_id bigint,weight_kg numeric,body_fat_pct numeric", repeat("3|68.5|32.1")...)
	s.add("passageiros", "nome text,email text,nacionalidade text,refeicao_esp text", repeat("Ana Silva|a@example.org|PRT|KSML")...)
	found := s.plan(t)
	for column, want := range map[string]bool{
		"zutritt.ergebnis": false, "darlehen.zins_pa": false, "noten.gewicht": false, "body_measurements.weight_kg": true,
		"body_measurements.body_fat_pct": true, "passageiros.nacionalidade": false, "passageiros.refeicao_esp": true,
	} {
		if f := found[column]; f.Sensitive != want {
			t.Errorf("%s: %+v, want masked %v", column, f, want)
		}
	}
}

func TestClearNamesAreBelievedHoweverFewTheValues(t *testing.T) {
	t.Parallel()
	s := &shelf{}
	var rows []string
	for i := range 30 {
		rows = append(rows, []string{"paella|m.costa|active|10.0.0.1/32|ios", "girasol|jsilva|locked|10.0.0.9/32|web"}[i%2])
	}
	rows = append(rows, "tormenta|rnunes|active|10.0.1.7/32|web")
	s.add("contas", "pal_coaccion text,user text,password text,src cidr,chip_uid text", rows...)
	found := s.plan(t)
	for column, want := range map[string]bool{"pal_coaccion": true, "user": true, "password": false, "src": true} {
		if f := found["contas."+column]; f.Sensitive != want {
			t.Errorf("%s: %+v, want masked %v", column, f, want)
		}
	}
}

func TestPositionsAndDevicesOfEventsAreSomebodys(t *testing.T) {
	t.Parallel()
	s := &shelf{}
	var rows []string
	for i := range 20 {
		rows = append(rows, fmt.Sprintf("%d|b5b4094c-7081-4825-9459-4e6a5a22%04d|48.%04d|11.%04d|%d", i, i, 1371+i*37, 5754+i*41, i%4))
	}
	s.add("app_events", "id bigint,idfv text,lat numeric,lon double precision,screen integer", rows...)
	s.add("evt_raw", "id bigint,adv_id text,y numeric,x numeric,kind integer", rows...)
	s.add("stores", "id bigint,code text,lat numeric,lon numeric,floors integer", rows...)
	found := s.plan(t)
	for column, want := range map[string]bool{
		"app_events.idfv": true, "app_events.lat": true, "app_events.lon": true, "app_events.screen": false,
		"evt_raw.adv_id": true, "evt_raw.y": true, "evt_raw.x": true, "stores.lat": false, "stores.lon": false,
	} {
		if f := found[column]; f.Sensitive != want {
			t.Errorf("%s: %+v, want masked %v", column, f, want)
		}
	}
}

func TestANetworkOfOneHostIsAnAddress(t *testing.T) {
	t.Parallel()
	s := &shelf{}
	s.add("sess", "profile_id bigint,src cidr", "1|90.1.178.2/32", "2|90.2.114.3/32")
	s.add("networks", "id bigint,src cidr", "1|10.0.0.0/8", "2|10.1.0.0/16")
	found := s.plan(t)
	if f := found["sess.src"]; f.Entity != IPAddress {
		t.Errorf("%+v, want an address", f)
	}
	if f := found["networks.src"]; f.Sensitive {
		t.Errorf("%+v, want it as it is", f)
	}
}
