package masking

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

func columnOf(typ string, change ...func(*Column)) Column {
	c := Column{Name: "c", Type: Type{Name: typ, Base: typ, Schema: "pg_catalog", Kind: BaseType}}
	if base, _, ok := strings.Cut(typ, "("); ok {
		c.Type.Base = base
	}
	for _, f := range change {
		f(&c)
	}
	return c
}

func notNull(c *Column) { c.NotNull = true }

func length(n int) func(*Column) { return func(c *Column) { c.Type.Length = n } }

func kind(k TypeKind, schema string, labels ...string) func(*Column) {
	return func(c *Column) { c.Type.Kind, c.Type.Schema, c.Type.Labels = k, schema, labels }
}

// TestAStrategyThatTheTypeDoesNotAllowGivesWayToAStricterOne tables which strategy is
// really used, and what must stand in its SQL.
func TestAStrategyThatTheTypeDoesNotAllowGivesWayToAStricterOne(t *testing.T) {
	t.Parallel()
	array := func(c *Column) { c.Type.Array = true }
	for _, c := range []struct {
		column Column
		entity Entity
		asked  Strategy
		used   Strategy
		sql    string
	}{
		{columnOf("text"), Email, EmailPseudonym, EmailPseudonym, "@masked.invalid"},
		{columnOf("character varying(30)", length(30)), Email, EmailPseudonym, EmailPseudonym, ", 14) || '@masked.invalid')::character varying(30)"},
		{columnOf("character varying(20)", length(20)), Email, EmailPseudonym, Pseudonym, "'u' || left("},
		{columnOf("character varying(6)", length(6)), PersonName, Pseudonym, Nothing, "NULL::character varying(6)"},
		{columnOf("character varying(6)", length(6), notNull), PersonName, Pseudonym, Redact, "******"},
		{columnOf("bigint"), Phone, Pseudonym, Pseudonym, "::bit(60)::bigint"},
		{columnOf("integer"), NationalID, Pseudonym, Pseudonym, "::bit(28)::integer"},
		{columnOf("smallint"), Phone, Pseudonym, Nothing, "NULL::smallint"},
		{columnOf("uuid"), DeviceID, Pseudonym, Pseudonym, "::uuid"},
		{columnOf("macaddr"), DeviceID, Pseudonym, Pseudonym, "::macaddr"},
		{columnOf("numeric"), Card, Pseudonym, Nothing, "NULL::numeric"},
		{columnOf("numeric", notNull), Card, Pseudonym, Redact, "'0'::numeric"},
		{columnOf("date"), BirthDate, Year, Year, "make_date("},
		{columnOf("timestamp with time zone"), BirthDate, Year, Year, "date_trunc('year'"},
		{columnOf("text"), BirthDate, Year, Nothing, "NULL::text"},
		{columnOf("inet"), IPAddress, Coarse, Coarse, "network("},
		{columnOf("double precision"), Geo, Coarse, Coarse, "trunc("},
		{columnOf("text"), PostalCode, Coarse, Coarse, "left("},
		{columnOf("date"), Health, Nothing, Nothing, "NULL::date"},
		{columnOf("date", notNull), Health, Nothing, Redact, "'1970-01-01'::date"},
		{columnOf("jsonb"), Structured, Redact, Redact, "'{}'::jsonb"},
		{columnOf("bytea"), Media, Redact, Redact, "''::bytea"},
		{columnOf("xml"), Structured, Redact, Redact, "<redacted/>"},
		{columnOf("text[]", array), Email, EmailPseudonym, Nothing, "NULL::text[]"},
		{columnOf("text[]", array), Email, Redact, Redact, "'{}'::text[]"},
		{columnOf("mood", kind(EnumType, "s", "happy", "it's")), SpecialCategory, Redact, Redact, "'happy'::mood"},
		{columnOf("s.addr", kind(CompositeType, "s")), Structured, Redact, Nothing, "NULL::s.addr"},
		{columnOf("daterange", kind(RangeType, "pg_catalog")), Undetermined, Redact, Redact, "'empty'::daterange"},
		{columnOf("text"), Secret, Redact, Redact, "[redacted]"},
		{columnOf("text"), None, Keep, Keep, `"c"`},
	} {
		sql, used := Expression(c.column, c.entity, c.asked)
		if used != c.used || !strings.Contains(sql, c.sql) {
			t.Errorf("%s %s: %s, want %s with %s\n%s", c.column.Type.Name, c.asked, used, c.used, c.sql, sql)
		}
	}
}

// TestNoMaskCallsWhatTheReaderCouldCall holds that a mask is made of pg_catalog's
// functions, which say nothing about the key, and never of the value in the open.
func TestNoMaskCallsWhatTheReaderCouldCall(t *testing.T) {
	t.Parallel()
	for _, typ := range []string{"text", "bigint", "integer", "uuid", "date", "inet", "numeric", "jsonb", "bytea", "macaddr", "real", "boolean", "timestamp with time zone", "interval", "money", "xml", "point"} {
		for _, s := range Strategies() {
			for _, e := range Entities() {
				sql, used := Expression(columnOf(typ, notNull), e, s)
				if used == Keep != (s == Keep) {
					t.Errorf("%s by %s is shown as %s", typ, s, used)
				}
				if (used == Redact || used == Nothing) && strings.Contains(sql, `"c"`) {
					t.Errorf("%s by %s reads the value: %s", typ, s, sql)
				}
				if strings.Contains(sql, `"c"`) && used == Pseudonym && !strings.Contains(sql, "SELECT k FROM "+SecretSchema) {
					t.Errorf("%s by %s has no key: %s", typ, s, sql)
				}
			}
		}
	}
}

func TestNamesAndTextsAreQuotedForGood(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{`a`: `"a"`, `A"; DROP`: `"A""; DROP"`, `select`: `"select"`} {
		if got := Ident(name); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
	for text, want := range map[string]string{`it's`: `'it''s'`, `a\b`: ` E'a\\b'`, ``: `''`} {
		if got := Literal(text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// TestTheScriptOfAPlanIsAsItWas compares the whole DDL of a small plan with the one
// that was looked at; -update writes it anew.
func TestTheScriptOfAPlanIsAsItWas(t *testing.T) {
	t.Parallel()
	var s shelf
	s.add("people", "id bigint, email text, dob date, notes text, salary numeric, state text", rows(30, "#|jane#@example.org|1960-01-01|asked for Mr Smith|#|open")...)
	s.add("orders", "id bigint, order_no text, client_ip inet", rows(30, "#|2025#|10.0.0.1")...)
	p, err := Detect(t.Context(), &s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, statement := range p.Script(Target{Reader: "reader", Exceptions: []Exception{{Name: "support", Columns: []ColumnRef{{Name{"s", "people"}, "email"}}, Reason: "they answer them"}}}) {
		b.WriteString("-- " + statement.What + "\n" + statement.SQL + "\n\n")
	}
	golden := filepath.Join("testdata", "script.sql")
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("the script differs from %s; if that is meant, look at it and run with -update:\n%s", golden, b.String())
	}
}
