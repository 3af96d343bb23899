package target

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"embed"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"dbaccess/internal/devstack/pgtest"
	"dbaccess/internal/masking"
)

//go:embed testdata/messy/messy.sql.gz
var messySQL []byte

//go:embed testdata/messy/labels.tsv
var messyLabels string

//go:embed testdata/messy2/messy2.sql.gz
var messy2SQL []byte

//go:embed testdata/messy2/labels.tsv
var messy2Labels string

// messy3 and messy4 were written by others, with labels, before the rules had seen
// them: a clinic group's and a loyalty, courier and university group's.
var (
	//go:embed testdata/messy3/messy3.sql.gz
	messy3SQL []byte
	//go:embed testdata/messy3/labels.tsv
	messy3Labels string
	//go:embed testdata/messy4/messy4.sql.gz
	messy4SQL []byte
	//go:embed testdata/messy4/labels.tsv
	messy4Labels string
)

// others are more databases of that kind, each written without knowing the rules, and
// looked at once before anything was learned from it: a town's registers and a sickness
// fund's, contracts and alarms, a bank's and a club's, a tour operator's, hospitals' and
// schools'. messyN/messyN.sql.gz is the script, labels.tsv the labels.
//
//go:embed testdata/messy5 testdata/messy6 testdata/messy7 testdata/messy8 testdata/messy9
var others embed.FS

// otherMessy returns the URL of a database with one of them in it, and its labels.
func otherMessy(t testing.TB, name string) (url, labels string) {
	t.Helper()
	script, err := others.ReadFile("testdata/" + name + "/" + name + ".sql.gz")
	if err != nil {
		t.Fatal(err)
	}
	table, err := others.ReadFile("testdata/" + name + "/labels.tsv")
	if err != nil {
		t.Fatal(err)
	}
	return pgtest.Clone(t, name, func(ctx context.Context, url string) error { return loadScript(ctx, url, script) }), string(table)
}

// messy returns the URL of a database of its own with the messy tables in it.
func messy(t testing.TB) string {
	t.Helper()
	return pgtest.Clone(t, "messy", func(ctx context.Context, url string) error { return load(ctx, url, messySQL) })
}

// messy2 is messy with the tables that others might have made.
func messy2(t testing.TB) string {
	t.Helper()
	return pgtest.Clone(t, "messy2", func(ctx context.Context, url string) error { return load(ctx, url, messy2SQL) })
}

func messy3(t testing.TB) string {
	t.Helper()
	return pgtest.Clone(t, "messy3", func(ctx context.Context, url string) error { return loadScript(ctx, url, messy3SQL) })
}

func messy4(t testing.TB) string {
	t.Helper()
	return pgtest.Clone(t, "messy4", func(ctx context.Context, url string) error { return loadScript(ctx, url, messy4SQL) })
}

// loadScript runs a whole script in one session, which has functions of its own.
func loadScript(ctx context.Context, url string, packed []byte) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	text, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return err
	}
	script, err := io.ReadAll(text)
	if err != nil {
		return err
	}
	_, err = conn.PgConn().Exec(ctx, string(script)).ReadAll()
	return err
}

func load(ctx context.Context, url string, packed []byte) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	text, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(text)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		if !strings.HasPrefix(line, "COPY ") {
			if _, err := conn.Exec(ctx, line); err != nil {
				return fmt.Errorf("%s: %w", line, err)
			}
			continue
		}
		var rows bytes.Buffer
		for lines.Scan() && lines.Text() != `\.` {
			rows.WriteString(lines.Text() + "\n")
		}
		if _, err := conn.PgConn().CopyFrom(ctx, &rows, line); err != nil {
			return fmt.Errorf("%s: %w", line, err)
		}
	}
	return lines.Err()
}

// messyLabel is what a person says of a column: 's' sensitive, 'n' not, '?' is
// arguable and counts neither way.
type messyLabel struct{ schema, table, column, label, entity string }

func labels() []messyLabel { return labelsIn(messyLabels) }

func labelsIn(table string) (list []messyLabel) {
	for line := range strings.Lines(table) {
		f := strings.Split(strings.TrimRight(line, "\n"), "\t")
		list = append(list, messyLabel{f[0], f[1], f[2], f[3], f[4]})
	}
	return list
}

func maskSource(t *testing.T, url string) *MaskSource {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.WithoutCancel(t.Context())) })
	return &MaskSource{Conn: conn}
}

func TestEveryColumnOfADatabaseIsSeenByMasking(t *testing.T) {
	t.Parallel()
	list, err := maskSource(t, messy(t)).Relations(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	seen := map[[3]string]masking.Column{}
	for _, rel := range list {
		for _, c := range rel.Columns {
			seen[[3]string{rel.Schema, rel.Table, c.Name}] = c
		}
	}
	for _, l := range labels() {
		if _, ok := seen[[3]string{l.schema, l.table, l.column}]; !ok {
			t.Errorf("%s.%s.%s is not seen", l.schema, l.table, l.column)
		}
	}
	if len(seen) != len(labels()) {
		t.Errorf("%d columns are seen, %d are labelled", len(seen), len(labels()))
	}
	for _, want := range []struct {
		schema, table, column string
		typ                   masking.Type
		from                  string
	}{
		{"misc", "profile", "mail2", masking.Type{Name: "text", Base: "text", Schema: "pg_catalog", Kind: masking.BaseType, Domain: masking.ColumnRef{Name: masking.Name{Schema: "misc"}, Column: "email_address"}}, ""},
		{"misc", "profile", "mood", masking.Type{Name: "misc.mood", Base: "mood", Schema: "misc", Kind: masking.EnumType, Labels: []string{"happy", "sad"}}, ""},
		{"misc", "profile", "emails", masking.Type{Name: "text[]", Base: "text", Schema: "pg_catalog", Kind: masking.BaseType, Array: true}, ""},
		{"misc", "profile", "contact", masking.Type{Name: "misc.contact", Base: "contact", Schema: "misc", Kind: masking.CompositeType, Fields: []masking.Field{{Name: "mail", Type: "text"}, {Name: "tel", Type: "text"}}}, ""},
		{"misc", "profile", "during", masking.Type{Name: "tstzrange", Base: "tstzrange", Schema: "pg_catalog", Kind: masking.RangeType}, ""},
		{"personal", "mitarbeiter", "plz", masking.Type{Name: "character(5)", Base: "character", Schema: "pg_catalog", Kind: masking.BaseType, Length: 5}, ""},
		{"crm", "lead", "mail_lower", masking.Type{Name: "text", Base: "text", Schema: "pg_catalog", Kind: masking.BaseType}, "crm.lead.mail_addr"},
	} {
		c := seen[[3]string{want.schema, want.table, want.column}]
		if fmt.Sprint(c.Type) != fmt.Sprint(want.typ) {
			t.Errorf("%s.%s.%s has type %+v, want %+v", want.schema, want.table, want.column, c.Type, want.typ)
		}
		from := ""
		for _, f := range c.From {
			from = f.Schema + "." + f.Table + "." + f.Column
		}
		if from != want.from {
			t.Errorf("%s.%s.%s comes from %q, want %q", want.schema, want.table, want.column, from, want.from)
		}
	}
	if from := seen[[3]string{"crm", "v_customer_overview", "who"}].From; len(from) != 5 {
		t.Errorf("the view's column comes from %v", from)
	}
}

func TestASampleIsTextAndBounded(t *testing.T) {
	t.Parallel()
	url := pgtest.Clone(t, "", nil)
	source := maskSource(t, url)
	if _, err := source.Conn.Exec(t.Context(), `
		CREATE TABLE wide (id int, doc text, raw bytea, gone text, at date);
		INSERT INTO wide SELECT i, repeat('x', 10000), decode(repeat('ab', 9000), 'hex'), NULL, 'infinity' FROM generate_series(1, 50) i;
		CREATE TABLE long AS SELECT i FROM generate_series(1, 100000) i;
		CREATE FUNCTION own() RETURNS int LANGUAGE sql VOLATILE AS 'SELECT 1';
		CREATE VIEW inner_view AS SELECT own() AS n; CREATE VIEW outer_view AS SELECT n FROM inner_view;
		CREATE VIEW broken AS SELECT 1 / (id - id) AS n FROM wide;
		ANALYZE;`); err != nil {
		t.Fatal(err)
	}
	list, err := source.Relations(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]*masking.Relation{}
	for i := range list {
		byName[list[i].Table] = &list[i]
	}
	got, err := source.Sample(t.Context(), byName["wide"], []string{"id", "doc", "raw", "gone", "at"}, 20)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Rows) != 20 || got.Complete {
		t.Errorf("%d rows came, complete: %v", len(got.Rows), got.Complete)
	}
	row := got.Rows[0]
	if row[0].Text != "1" || len(row[1].Text) != cellBytes || !row[1].Cut || len(row[2].Text) != cellBytes+2 || !row[3].Null || row[4].Text != "infinity" {
		t.Errorf("row %.60v", row)
	}
	if got, err = source.Sample(t.Context(), byName["long"], []string{"i"}, 1000); err != nil || len(got.Rows) != 1000 || got.Complete {
		t.Errorf("%d rows of a long table (%v)", len(got.Rows), err)
	}
	if !byName["inner_view"].CallsCode || !byName["outer_view"].CallsCode || byName["broken"].CallsCode {
		t.Error("views that call somebody's functions are not told from others")
	}
	if _, err = source.Sample(t.Context(), byName["broken"], []string{"n"}, 10); err == nil || strings.Contains(err.Error(), "division") {
		t.Errorf("a failing view gives %v, want an error without the server's words", err)
	}
}
