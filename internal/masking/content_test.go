package masking

import (
	"strings"
	"testing"
	"time"
)

var (
	textType  = Type{Name: "text", Base: "text", Schema: "pg_catalog", Kind: BaseType}
	jsonType  = Type{Name: "jsonb", Base: "jsonb", Schema: "pg_catalog", Kind: BaseType}
	bytesType = Type{Name: "bytea", Base: "bytea", Schema: "pg_catalog", Kind: BaseType}
	arrayType = Type{Name: "text[]", Base: "text", Schema: "pg_catalog", Kind: BaseType, Array: true}
)

func sampleOf(values ...string) Sample {
	s := Sample{Complete: true}
	for _, v := range values {
		s.Rows = append(s.Rows, []Cell{{Text: v}})
	}
	return s
}

func TestPeoplesNamesAreToldFromOtherWords(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]int{
		"John Smith": 2, "Müller, Hans": 2, "María del Carmen García": 2, "JEAN-PIERRE DUPONT": 2, "O'Brien, Patrick": 2, "Иванов Иван Петрович": 2, "山田太郎": 2, "Maria": 1, "Schmidt": 1,
		"john smith": 0, "Schmidt GmbH": 0, "Oxford Street Coat": 0, "Product 12": 0, "a@b.de": 0, "": 0, "X": 0, "Berlin": 0, "active": 0, "Smith & Sons Ltd": 0, "Meeting Notes": 0, "東京都港区": 0, "Привет мир": 0,
	} {
		if got := personName(s); got != want {
			t.Errorf("%q: %d, want %d", s, got, want)
		}
	}
}

func TestTelephoneNumbersAreToldFromOtherNumbers(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]int{
		"+49 30 901820": 2, "(212) 555-0187": 2, "06 12 34 56 78": 2, "0171/2345678": 2, "+31 6 12345678": 2, "0039 347 1234567": 2, "612 345 678": 2, "(11) 98765-4321": 2, "212-456-7890 x123": 2,
		"6123456789": 1, "123/2001": 1,
		"2024-01-15": 0, "15.01.2024": 0, "192.168.10.20": 0, "1234567890123456": 0, "12.50": 0, "12345.67": 0, "A-123456": 0, "12": 0, "+12": 0,
	} {
		if got := phoneNumber(s); got != want {
			t.Errorf("%q: %d, want %d", s, got, want)
		}
	}
}

func TestStreetsOfSevenLanguagesAreKnown(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"12 Station Road", "Goethestraße 5a", "Am Alten Markt Weg 12", "12 bis rue des Lilas", "C/ Mayor, 23", "Avda. de la Paz 4", "Rua das Flores, 120", "Via Garibaldi 8", "Prinsengracht 263", "221B Baker Street", "東京都港区3-4-5"} {
		if !isStreet(s, shapeOf(s)) {
			t.Errorf("%q is no street", s)
		}
	}
	for _, s := range []string{"blue", "Coat XL", "in transit", "8 GB RAM", "version 2", "3 months"} {
		if isStreet(s, shapeOf(s)) {
			t.Errorf("%q is a street", s)
		}
	}
}

func TestDatesAreReadHoweverWritten(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]int{
		"1980-02-28": 1980, "28.02.1980": 1980, "2/28/1980": 1980, "19800228": 1980, "28 mars 1980": 1980, "3 de mayo de 1980": 1980, "1980-02-28 12:00:00": 1980,
		"12345678": 0, "19801332": 0, "1980": 0, "12.50": 0, "": 0, "9999999999": 0,
	} {
		if got, ok := yearOf(s, shapeOf(s)); got != want && ok || ok != (want > 0) {
			t.Errorf("%q: %d %v, want %d", s, got, ok, want)
		}
	}
}

func TestPersonsAreFoundInsideOfValues(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		value string
		typ   Type
		want  Entity
	}{
		"json":            {`{"order":{"to":{"email":"jane@example.org"}}}`, jsonType, Email},
		"array of json":   {`[{"n":1},{"who":"Jane Smith"}]`, jsonType, PersonName},
		"json in text":    {`{"contact":"+49 30 901820"}`, textType, Phone},
		"json in json":    {`{"auth":"{\"value\":\"ghp_` + some(36) + `\"}"}`, jsonType, Secret},
		"key of json":     {`{"jane@example.org":{"ok":true}}`, jsonType, Email},
		"named leaf":      {`{"diagnosis":"J45.0"}`, jsonType, Health},
		"number":          {`{"salary":54000}`, jsonType, Pay},
		"base64":          {"eyJ1c2VyIjoiamFuZUBleGFtcGxlLm9yZyJ9", textType, Email},
		"xml":             {`<p><mail>jane@example.org</mail></p>`, textType, Email},
		"xml attribute":   {`<guest mail="jane@example.org"/>`, textType, Email},
		"hstore":          {`"tel"=>"+49 30 901820", "size"=>"L"`, Type{Base: "hstore", Kind: BaseType}, Phone},
		"composite":       {`(home,"212-456-7890")`, Type{Name: "s.tel", Base: "tel", Schema: "s", Kind: CompositeType}, Phone},
		"bytes":           {`\x` + "7b226d61696c223a226a616e65406578616d706c652e6f7267227d", bytesType, Email},
		"query string":    {"state=1&email=jane%40example.org&ok=1", textType, Email},
		"deeper than 20":  {strings.Repeat(`{"a":`, 30) + "1" + strings.Repeat("}", 30), jsonType, Undetermined},
		"escaped in json": {`{"m":"\u006aane@example.org"}`, jsonType, Email},
	} {
		got := study(sampleOf(c.value), 0, c.typ)
		if got.inner[c.want] == 0 {
			t.Errorf("%s: %v inside", name, got.inner)
		}
	}
	if c := study(sampleOf(`{jane@example.org,joe@example.org}`), 0, arrayType); c.hits[Email] == 0 {
		t.Errorf("an array: %v", c.hits)
	}
	for name, value := range map[string]string{
		"goods":   `[{"sku":"A1","name":"Charlotte Smith Chair","price":12}]`,
		"theme":   `{"theme":"dark","items":12}`,
		"numbers": `{"a":1,"b":[1,2,3]}`,
		"uuid":    `{"id":"0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"}`,
	} {
		if c := study(sampleOf(value), 0, jsonType); len(c.inner) > 0 {
			t.Errorf("%s: %v", name, c.inner)
		}
	}
	if c := study(sampleOf("<0123456789abcdef0123@mx.example.org>"), 0, textType); len(c.inner)+len(c.inside)+len(c.hits) > 0 {
		t.Errorf("a message's number: %v %v %v", c.inner, c.inside, c.hits)
	}
}

// hostile are values that somebody may have stored to be looked at for ever.
var hostile = []string{
	strings.Repeat("[", 4000), strings.Repeat(`{"a":`, 800), strings.Repeat("<a>", 1300), strings.Repeat("<", 2000) + strings.Repeat(">", 2000), strings.Repeat("a@", 2000), strings.Repeat("a.", 2000) + "@" + strings.Repeat("b.", 900),
	strings.Repeat("1 ", 2000), strings.Repeat("1", 4000), strings.Repeat("+1-", 1300), strings.Repeat("A b ", 1000), strings.Repeat("Aa Bb", 800), strings.Repeat("rue ", 1000), strings.Repeat("1 street ", 440), strings.Repeat("eyJ", 1300), strings.Repeat("https://a:b@", 330),
	strings.Repeat("%41=", 1000), strings.Repeat("a=%zz&", 660), strings.Repeat("\xff", 4000), strings.Repeat("é", 2000), strings.Repeat("\\x", 2000), strings.Repeat(`"`, 4000), strings.Repeat("GB29 ", 800), strings.Repeat("{", 2000) + strings.Repeat("}", 2000),
	`{"` + strings.Repeat("k", 3900) + `":1}`, strings.Repeat("AKIA", 1000), "$" + strings.Repeat("2b$", 1300), strings.Repeat("-----BEGIN ", 360), "(" + strings.Repeat(",", 3998) + ")", strings.Repeat("0x", 2000), "eyJ1Ijoi" + strings.Repeat("QUFB", 990), strings.Repeat("password=", 440), "", " ", "\x00", "{}", "[]", "<>", "{{}}",
}

// TestHostileValuesAreLookedAtInBoundedTime leaves much room for slow machines: what
// grows with the square of a value's length takes minutes here.
func TestHostileValuesAreLookedAtInBoundedTime(t *testing.T) {
	t.Parallel()
	for _, typ := range []Type{textType, jsonType, bytesType, arrayType} {
		for _, v := range hostile {
			begun := time.Now()
			study(sampleOf(v), 0, typ)
			if took := time.Since(begun); took > 5*time.Second {
				t.Errorf("%.20q… as %s takes %s", v, typ.Name, took)
			}
		}
	}
}

// FuzzStudy holds that no value makes the looking fail, and that looking twice sees
// the same.
func FuzzStudy(f *testing.F) {
	for _, v := range hostile {
		f.Add(v, uint8(0))
	}
	f.Add(`{"a":{"email":"jane@example.org"}}`, uint8(1))
	f.Add(`\x7b226d61`, uint8(2))
	f.Add(`{"a b",c}`, uint8(3))
	types := []Type{textType, jsonType, bytesType, arrayType, {Base: "xml", Schema: "pg_catalog", Kind: BaseType}, {Base: "hstore", Kind: BaseType}, {Base: "x", Schema: "s", Kind: CompositeType}}
	f.Fuzz(func(t *testing.T, value string, kind uint8) {
		if len(value) > 4000 {
			return // a Source cuts them
		}
		typ := types[int(kind)%len(types)]
		a, b := study(sampleOf(value), 0, typ), study(sampleOf(value), 0, typ)
		for _, e := range Entities() {
			if a.hits[e] != b.hits[e] || a.inside[e] != b.inside[e] || a.inner[e] != b.inner[e] {
				t.Errorf("%s differs when looked at twice", e)
			}
		}
		if a.filled > 1 || a.hits[Email] > 0 && !strings.Contains(value, "@") && typ.Base != "bytea" && len(value) < 16 {
			t.Errorf("%q: %+v", value, a)
		}
	})
}
