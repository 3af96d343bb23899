package masking

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// shelf is a Source made of tables written down: the first line of a table has its
// columns ("id bigint"), the others its rows; a dot stands for NULL.
type shelf struct {
	relations []Relation
	samples   map[Name]Sample
	failing   map[Name]error
}

func (s *shelf) Relations(context.Context) ([]Relation, error) { return s.relations, nil }

func (s *shelf) Sample(_ context.Context, rel *Relation, _ []string, n int) (Sample, error) {
	if err := s.failing[rel.Name]; err != nil {
		return Sample{}, err
	}
	sample := s.samples[rel.Name]
	sample.Rows = sample.Rows[:min(n, len(sample.Rows))]
	return sample, nil
}

func (s *shelf) add(table, columns string, rows ...string) *Relation {
	rel := Relation{Name: Name{"s", table}, Kind: Table}
	for i, c := range strings.Split(columns, ",") {
		name, typ, _ := strings.Cut(strings.TrimSpace(c), " ")
		t := Type{Name: typ, Base: strings.TrimSuffix(typ, "[]"), Schema: "pg_catalog", Kind: BaseType, Array: strings.HasSuffix(typ, "[]")}
		rel.Columns = append(rel.Columns, Column{Name: name, Number: int16(i + 1), Type: t})
	}
	if s.samples == nil {
		s.samples, s.failing = map[Name]Sample{}, map[Name]error{}
	}
	sample := Sample{Complete: true}
	for _, row := range rows {
		var cells []Cell
		for v := range strings.SplitSeq(row, "|") {
			cells = append(cells, Cell{Text: v, Null: v == "."})
		}
		sample.Rows = append(sample.Rows, cells)
	}
	s.samples[rel.Name] = sample
	s.relations = append(s.relations, rel)
	return &s.relations[len(s.relations)-1]
}

func (s *shelf) plan(t testing.TB, overrides ...Override) map[string]Finding {
	t.Helper()
	p, err := Detect(t.Context(), s, Options{Overrides: overrides})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]Finding{}
	for _, f := range p.Findings {
		found[f.Table+"."+f.Column] = f
	}
	return found
}

// rows makes n rows by a format with the row's number in it.
func rows(n int, format string) (list []string) {
	for i := range n {
		list = append(list, strings.ReplaceAll(format, "#", fmt.Sprint(1000+i)))
	}
	return list
}

func TestCopiesAreMaskedLikeWhatTheyAreCopiesOf(t *testing.T) {
	t.Parallel()
	var s shelf
	s.add("people", "id bigint, email text, lower_mail text, salary numeric", rows(30, "#|jane#@example.org|jane#@example.org|#")...)
	s.relations[0].Columns[2].Generated = true
	s.relations[0].Columns[2].From = []ColumnRef{{Name{"s", "people"}, "email"}}
	s.add("people_2025", "id bigint, email text, salary numeric").Parents = []Name{{"s", "people"}}
	ref := s.add("letters", "x text, sent date", rows(30, "9#|2025-01-01")...)
	ref.Columns[0].References = []ColumnRef{{Name{"s", "people"}, "email"}}
	v := s.add("v", "a text, b bigint, c text, d numeric")
	v.Kind, v.Definition = View, ` SELECT p.email AS a, count(p.email) AS b, ((p.id || ' '::text) || p.lower_mail) AS c, p.salary AS d FROM s.people p GROUP BY p.email`
	for i := range v.Columns {
		v.Columns[i].From = []ColumnRef{{Name{"s", "people"}, "id"}, {Name{"s", "people"}, "email"}, {Name{"s", "people"}, "lower_mail"}, {Name{"s", "people"}, "salary"}}
	}
	s.samples[v.Name] = Sample{Rows: [][]Cell{{{Text: "q"}, {Text: "1"}, {Text: "q"}, {Text: "1"}}}}
	s.add("tokens_of_mail", "email text, k char", rows(30, "jane#@example.org|"+hexDigits(64))...)
	found := s.plan(t)
	for column, want := range map[string]bool{
		"people.id": false, "people.email": true, "people.lower_mail": true, "people.salary": true, "people_2025.email": true, "people_2025.salary": true, "people_2025.id": false,
		"letters.x": true, "letters.sent": false, "v.a": true, "v.b": false, "v.c": true, "v.d": true,
	} {
		if f := found[column]; f.Sensitive != want {
			t.Errorf("%s: %+v", column, f)
		}
	}
	if f := found["tokens_of_mail.k"]; f.Entity != Hash {
		t.Errorf("a hash beside an address: %+v", f)
	}
	if a, b := found["letters.x"].Strategy, found["people.email"].Strategy; a != b {
		t.Errorf("the ends of a key are masked by %s and %s", a, b)
	}
}

func TestWhatIsNotSeenIsMasked(t *testing.T) {
	t.Parallel()
	var s shelf
	s.add("empty", "id bigint, foo text, at date, ok boolean")
	s.add("locked", "id bigint, foo text", "1|x")
	s.failing[Name{"s", "locked"}] = errors.New("it is locked")
	s.add("code", "foo text", "x").CallsCode = true
	odd := s.add("odd", "place thing, at date", rows(30, "(#)|2025-01-01")...)
	odd.Columns[0].Type = Type{Name: "s.thing", Base: "thing", Schema: "s", Kind: CompositeType}
	found := s.plan(t)
	for column, want := range map[string]bool{"empty.id": false, "empty.foo": true, "empty.at": false, "empty.ok": false, "locked.foo": true, "code.foo": true, "odd.place": true, "odd.at": false} {
		if f := found[column]; f.Sensitive != want {
			t.Errorf("%s: %+v", column, f)
		}
	}
	if why := found["locked.foo"].Why; !strings.Contains(why, "locked") {
		t.Errorf("it does not say why: %s", why)
	}
}

func TestAnOrdersNumbersAndWordsStayReadable(t *testing.T) {
	t.Parallel()
	var s shelf
	s.add("orders", "id bigint, order_no text, ext numeric, state text, tracking text, total numeric, placed timestamp, stripe text, sku text, version text, commit text, etag text, note_count integer",
		rows(60, "#|202500000000#|411111111111#|open|1Z999AA1#|#.50|2025-01-01 12:00:00|pi_3aBcDeFgHiJkLmNoPq#|AB-#|1.2.0.#|"+hexDigits(36)+"#|"+hexDigits(28)+"#|3")...)
	for column, f := range s.plan(t) {
		if f.Sensitive {
			t.Errorf("%s: %+v", column, f)
		}
	}
}

func TestTheNarrowerWordOfTheOwnerCounts(t *testing.T) {
	t.Parallel()
	var s shelf
	s.add("people", "email text, phone text, state text", rows(30, "jane#@example.org|+49 30 90#18|open")...)
	yes, no := true, false
	found := s.plan(t,
		Override{Schema: "s", Table: "people", Column: "email", Sensitive: &no, Reason: "test addresses"},
		Override{Schema: "s", Table: "people", Sensitive: &yes, Strategy: Nothing, Reason: "all of it"},
		Override{Entity: Phone, Strategy: Redact, Reason: "nobody joins by them"})
	for column, want := range map[string]Strategy{"people.email": Keep, "people.phone": Nothing, "people.state": Nothing} {
		if f := found[column]; f.Strategy != want || !strings.HasPrefix(f.Why, "The owner says so") {
			t.Errorf("%s: %+v, want %s", column, f, want)
		}
	}
	if f := found["people.email"]; f.Sensitive || f.Entity != None {
		t.Errorf("opened, it is still %+v", f)
	}
	if f := s.plan(t, Override{Entity: Phone, Strategy: Redact, Reason: "r"})["people.phone"]; f.Strategy != Redact {
		t.Errorf("by its entity alone: %+v", f)
	}
	_, err := Detect(t.Context(), &s, Options{Overrides: []Override{{Schema: "s", Table: "people", Column: "nope", Reason: "r"}}})
	if err == nil || !strings.Contains(err.Error(), "s.people.nope") {
		t.Errorf("an override of nothing: %v", err)
	}
}

// TestTheSamePlanIsMadeEveryTime holds that nothing depends on the order of a map.
func TestTheSamePlanIsMadeEveryTime(t *testing.T) {
	t.Parallel()
	var s shelf
	s.add("kunden", "id bigint, mailadresse_privat text, geburtstagsgeschenk text, data jsonb, telefonnummerprivat text, salaryemailphone text",
		rows(40, `#|jane#@example.org|x#|{"a":{"email":"j@example.org","tel":"+49 30 901820","iban":"DE89370400440532013000"}}|+49 30 90#18|z#`)...)
	var first string
	for i := range 30 {
		p, err := Detect(t.Context(), &s, Options{})
		if err != nil {
			t.Fatal(err)
		}
		found, _ := json.Marshal(p.Findings)
		got := p.Digest(Target{Reader: "r"}) + string(found)
		if first == "" {
			first = got
		}
		if got != first {
			t.Fatalf("the plan of try %d differs:\n%s\n%s", i, first, got)
		}
	}
}

func TestTheDigestTellsPlansApart(t *testing.T) {
	t.Parallel()
	digest := func(change func(*Plan, *Target)) string {
		var s shelf
		s.add("people", "email text, state text", rows(30, "jane#@example.org|open")...)
		p, err := Detect(t.Context(), &s, Options{})
		if err != nil {
			t.Fatal(err)
		}
		target := Target{Reader: "r"}
		change(p, &target)
		return p.Digest(target)
	}
	same := digest(func(*Plan, *Target) {})
	if again := digest(func(p *Plan, _ *Target) { p.Findings[0].Why, p.Findings[0].Confidence = "otherwise", .7 }); again != same {
		t.Error("how sure one is makes another plan")
	}
	seen := []string{same}
	for name, change := range map[string]func(*Plan, *Target){
		"a strategy":    func(p *Plan, _ *Target) { p.Findings[0].Strategy = Redact },
		"a column more": func(p *Plan, _ *Target) { p.Relations[0].Columns = p.Relations[0].Columns[:1] },
		"a type":        func(p *Plan, _ *Target) { p.Relations[0].Columns[0].Type.Name = "character varying(9)" },
		"a reader":      func(_ *Plan, t *Target) { t.Reader = "other" },
		"an exception":  func(_ *Plan, t *Target) { t.Exceptions = []Exception{{Name: "x"}} },
		"a reason":      func(p *Plan, _ *Target) { p.Overrides = []Override{{Entity: Email, Reason: "r"}} },
	} {
		d := digest(change)
		if slices.Contains(seen, d) {
			t.Errorf("%s makes no other plan", name)
		}
		seen = append(seen, d)
	}
}

func TestViewsAreReadByWhatTheyShow(t *testing.T) {
	t.Parallel()
	rel := func(n int, definition string) *Relation {
		return &Relation{Columns: make([]Column, n), Definition: definition}
	}
	for definition, want := range map[string]string{
		` SELECT c.id, c."E Mail" AS login, (c.a || ','::text) || c.b AS who FROM s.c;`:                   "[id]! [E Mail]! [a b]",
		` SELECT DISTINCT x.a FROM s.x UNION ALL SELECT y.b FROM s.y`:                                     "[a b]!",
		` SELECT ( SELECT max(i.secret) AS max FROM s.i WHERE (i.f = o.f)) AS m, count(*) AS n FROM s.o;`: "[SELECT max secret AS max FROM WHERE f f] [count]",
		` WITH q AS (SELECT 1) SELECT a FROM q`:                                                           "",
		` SELECT a FROM x, y`:                                                                             "[a]!",
	} {
		var got []string
		for n := 1; n <= 3 && got == nil; n++ {
			for _, e := range shown(rel(n, definition)) {
				names := slices.DeleteFunc(e.names, func(s string) bool { return len(s) == 1 && strings.Contains("cxyio", s) || s == "text" || s == "s" })
				text := fmt.Sprint(names)
				if e.bare {
					text += "!"
				}
				got = append(got, text)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s:\n%s, want\n%s", definition, strings.Join(got, " "), want)
		}
	}
}
