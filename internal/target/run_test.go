package target

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"dbaccess/approvals"
	"dbaccess/credentials"
	"dbaccess/internal/devstack/pgtest"
	"dbaccess/internal/devstack/shop"
	"dbaccess/internal/fault"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// bench is a shop of its own, with a credential that belongs to some groups.
type bench struct {
	super *pgx.Conn
	cred  credentials.Credential
}

func newBench(t *testing.T, groups string, setup ...string) bench {
	t.Helper()
	return benchOn(t, pgtest.Shop(t, 40, maskShop), groups, setup...)
}

// benchOn is a bench on a loaded shop.
func benchOn(t *testing.T, dsn, groups string, setup ...string) bench {
	t.Helper()
	super, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = super.Close(context.Background()) })
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		t.Fatal(err)
	}
	database := strings.TrimPrefix(u.Path, "/")
	role := "of_" + database
	setup = append([]string{fmt.Sprintf("CREATE ROLE %q LOGIN PASSWORD 'only for this test' IN ROLE %s", role, groups)}, setup...)
	for _, sql := range setup {
		if _, err := super.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	t.Cleanup(func() { dropRole(t, dsn, role) })
	return bench{super: super, cred: credentials.Credential{
		Host: u.Hostname(), Port: port, Database: database, SSLMode: "disable",
		Role: role, Password: credentials.NewSecret("only for this test"),
	}}
}

// maskShop gives the shop its masked views.
func maskShop(ctx context.Context, conn *pgx.Conn) error {
	return MaskAll(ctx, conn, shop.MaskedReader)
}

var (
	rawPath    = []approvals.Setting{{Name: "search_path", Value: "shop, pg_catalog, pg_temp"}}
	maskedPath = []approvals.Setting{{Name: "search_path", Value: "masked_shop, public, pg_catalog, pg_temp"}}
)

func (b bench) run(t *testing.T, o RunOptions) (Result, error) {
	t.Helper()
	if o.Settings == nil {
		o.Settings = rawPath
	}
	return Run(t.Context(), b.cred, o)
}

func (b bench) count(t *testing.T, table string) int {
	t.Helper()
	var n int
	if err := b.super.QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestValuesComeAsPostgresPrintsThem(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop.Reader)
	r, err := b.run(t, RunOptions{Statement: `SELECT 'NaN'::float8, timestamptz '2026-07-01 12:00+02', '{"a": 1}'::jsonb, '\x00ff'::bytea,
		'{1,NULL}'::int[], NULL::text AS nothing, ''::text, 1.50::numeric(10,2), true, interval '1 day 2 hours'`})
	if err != nil {
		t.Fatal(err)
	}
	want := text("NaN", "2026-07-01 10:00:00+00", `{"a": 1}`, `\x00ff`, "{1,NULL}", "", "", "1.50", "t", "1 day 02:00:00")
	want[5].Null = true
	if !slices.Equal(r.Rows[0], want) {
		t.Errorf("got %v, want %v", r.Rows[0], want)
	}
	if c := r.Columns[7]; c.Type != "numeric(10,2)" || r.Columns[5].Name != "nothing" || c.TableOID != 0 {
		t.Errorf("columns %+v", r.Columns)
	}
	if r.Tag != "SELECT 1" || r.Elapsed <= 0 || r.Changed != 0 {
		t.Errorf("result %+v", r)
	}
}

func TestParametersAreNeverPartOfTheText(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop.Reader)
	r, err := b.run(t, RunOptions{Statement: "SELECT id, $2 AS word FROM customers WHERE id = $1", Params: []string{"7", "'; DROP TABLE customers --"}})
	if err != nil {
		t.Fatal(err)
	}
	if want := text("7", "'; DROP TABLE customers --"); len(r.Rows) != 1 || !slices.Equal(r.Rows[0], want) {
		t.Errorf("rows %v", r.Rows)
	}
}

func TestAChangeWithinItsBoundIsCommitted(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop.Writer)
	r, err := b.run(t, RunOptions{Statement: "UPDATE orders SET status = 'cancelled' WHERE id <= 3 RETURNING id", RowBound: 3})
	if err != nil || r.Fused || r.Changed != 3 || r.Tag != "UPDATE 3" || len(r.Rows) != 3 {
		t.Errorf("result %+v, %v", r, err)
	}
	if n := b.count(t, "shop.orders WHERE status = 'cancelled' AND id <= 3"); n != 3 {
		t.Errorf("%d are changed", n)
	}
}

func TestTheFuseSeesWhatTheTagDoesNot(t *testing.T) {
	t.Parallel()
	const before = 200
	for _, c := range []struct {
		name      string
		setup     []string
		statement string
		why       string // a part of the sentence
	}{
		{name: "more rows than approved", statement: "UPDATE orders SET status = 'cancelled'", why: "200 rows"},
		{name: "a cascade", statement: "DELETE FROM orders WHERE id <= 4", why: "rows"},
		{name: "a change hidden in a CTE", statement: "WITH gone AS (DELETE FROM orders RETURNING id) SELECT count(*) FROM gone", why: "rows"},
		{name: "a trigger", statement: "UPDATE products SET price = 1 WHERE id = 1", why: "201 rows", setup: []string{
			"CREATE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE shop.orders SET total = 0; RETURN NULL; END $$",
			"CREATE TRIGGER touch AFTER UPDATE ON shop.products FOR EACH ROW EXECUTE FUNCTION shop.touch()",
		}},
		{name: "a trigger that waits for the commit", statement: "UPDATE products SET price = 1 WHERE id = 1", why: "201 rows", setup: []string{
			"CREATE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE shop.orders SET total = 0; RETURN NULL; END $$",
			"CREATE CONSTRAINT TRIGGER touch AFTER UPDATE ON shop.products DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION shop.touch()",
		}},
		{name: "a function called by a SELECT", statement: "SELECT shop.wipe()", why: "rows", setup: []string{
			"CREATE FUNCTION shop.wipe() RETURNS void LANGUAGE sql AS 'DELETE FROM shop.payments'",
		}},
		{name: "TRUNCATE in a function", statement: "SELECT shop.wipe()", why: "emptied", setup: []string{
			"CREATE FUNCTION shop.wipe() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'TRUNCATE shop.orders CASCADE'",
		}},
		{name: "TRUNCATE itself", statement: "TRUNCATE orders CASCADE", why: "emptied", setup: []string{
			"GRANT TRUNCATE ON ALL TABLES IN SCHEMA shop TO dbaccess_writer_shop",
		}},
		{name: "large objects", statement: "SELECT count(lo_from_bytea(0, 'x')) FROM generate_series(1, 5)", why: "5 rows", setup: []string{
			"GRANT EXECUTE ON FUNCTION lo_from_bytea(oid, bytea) TO PUBLIC", // the masks took it
		}},
		{name: "a hostile search_path", statement: "SELECT set_config('search_path', 'shop, pg_catalog', false), shop.wipe()", why: "rows", setup: []string{
			"CREATE FUNCTION shop.wipe() RETURNS void LANGUAGE sql AS 'DELETE FROM shop.payments'",
			"CREATE FUNCTION shop.coalesce_to_nothing(numeric) RETURNS numeric LANGUAGE sql AS 'SELECT 0::numeric'",
			"CREATE VIEW shop.pg_stat_xact_all_tables AS SELECT 'shop'::name AS schemaname, 'x'::name AS relname, 0::int8 AS n_tup_ins, 0::int8 AS n_tup_upd, 0::int8 AS n_tup_del",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, shop.Writer, c.setup...)
			payments := b.count(t, "shop.payments")
			r, err := b.run(t, RunOptions{Statement: c.statement, RowBound: 4})
			if err != nil || !r.Fused || !strings.Contains(r.Why, c.why) {
				t.Fatalf("result %+v, %v", r, err)
			}
			if b.count(t, "shop.orders") != before || b.count(t, "shop.payments") != payments ||
				b.count(t, "shop.orders WHERE total = 0") != 0 || b.count(t, "pg_largeobject_metadata") != 0 {
				t.Error("it changed something")
			}
			if r.Rows != nil {
				t.Errorf("it returned rows that never were: %v", r.Rows)
			}
		})
	}
}

func TestANegativeBoundIsNone(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop.Writer, "GRANT TRUNCATE ON shop.payments TO dbaccess_writer_shop")
	if r, err := b.run(t, RunOptions{Statement: "TRUNCATE payments", RowBound: -1}); err != nil || r.Fused {
		t.Errorf("result %+v, %v", r, err)
	}
	if n := b.count(t, "shop.payments"); n != 0 {
		t.Errorf("%d rows are left", n)
	}
}

func TestOneStatementInOneTransaction(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop.Writer)
	for name, c := range map[string]struct {
		o    RunOptions
		kind fault.Kind
		says string
	}{
		"two statements":         {RunOptions{Statement: "SELECT 1; DELETE FROM orders", RowBound: -1}, fault.Invalid, "more than one statement"},
		"an early commit":        {RunOptions{Statement: "COMMIT"}, fault.Invalid, "ended the transaction"},
		"a write in read only":   {RunOptions{Statement: "DELETE FROM orders", ReadOnly: true, RowBound: -1}, fault.Denied, "read only"},
		"out of read only":       {RunOptions{Statement: "WITH w AS (SELECT set_config('transaction_read_only', 'off', false)), d AS (DELETE FROM orders) SELECT * FROM w", ReadOnly: true, RowBound: -1}, fault.Denied, "read only"},
		"copy from":              {RunOptions{Statement: "COPY orders FROM STDIN", RowBound: -1}, fault.Invalid, "COPY"},
		"copy to":                {RunOptions{Statement: "COPY orders TO STDOUT"}, fault.Invalid, "COPY"},
		"no right":               {RunOptions{Statement: "DROP TABLE orders", RowBound: -1}, fault.Denied, "must be owner"},
		"a setting of its own":   {RunOptions{Statement: "SELECT 1", Settings: []approvals.Setting{{Name: "no.such thing", Value: "x"}}}, fault.Invalid, "SQLSTATE"},
		"too slow":               {RunOptions{Statement: "SELECT pg_sleep(60)", StatementTimeout: 50 * time.Millisecond}, fault.Expired, "longer than the 50ms"},
		"slower than a setting":  {RunOptions{Statement: "SELECT pg_sleep(60)", StatementTimeout: 50 * time.Millisecond, Settings: []approvals.Setting{{Name: "statement_timeout", Value: "0"}}}, fault.Expired, "longer than the 50ms"},
		"what does not exist":    {RunOptions{Statement: "SELECT emial FROM customers"}, fault.Invalid, `at character 8: column "emial" does not exist`},
		"nonsense":               {RunOptions{Statement: "SELEKT 1"}, fault.Invalid, "syntax error"},
		"a parameter is missing": {RunOptions{Statement: "SELECT $1::int"}, fault.Invalid, "SQLSTATE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := b.run(t, c.o)
			if f := fault.Show(err); f.Kind != c.kind || !strings.Contains(f.Msg, c.says) {
				t.Errorf("%v: %q %q", f.Kind, f.Msg, err)
			}
		})
	}
	t.Cleanup(func() {
		var n int
		if err := b.super.QueryRow(context.Background(), "SELECT count(*) FROM shop.orders").Scan(&n); err != nil || n != 200 {
			t.Errorf("%d orders are left, %v", n, err)
		}
	})
}

func TestErrorsNeverQuoteRows(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop.Writer)
	for name, statement := range map[string]string{
		"a duplicate key":         "INSERT INTO customers (name, email, created_at) SELECT name, email, created_at FROM customers WHERE id = 1",
		"a failing cast":          "SELECT email::int FROM customers",
		"a cast to a relation":    "SELECT email::regclass FROM customers",
		"a cast to a role":        "SELECT email::regrole FROM customers",
		"a setting's name":        "SELECT current_setting(email) FROM customers",
		"a qualified name":        "SELECT ('a.b.' || email)::regclass FROM customers",
		"a check":                 "UPDATE orders SET status = (SELECT email FROM customers WHERE id = 1) WHERE id = 1",
		"a missing value":         "UPDATE customers SET name = NULL WHERE id = 1",
		"a foreign key":           "DELETE FROM customers WHERE id = (SELECT min(customer_id) FROM orders)",
		"a block that raises":     "DO $$ BEGIN RAISE EXCEPTION '%', (SELECT email FROM shop.customers WHERE id = 1); END $$",
		"one with a chosen state": "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = (SELECT email FROM shop.customers WHERE id = 1); END $$",
		"one in dynamic SQL":      "DO $$ BEGIN EXECUTE 'SELECT ' || quote_ident((SELECT email FROM shop.customers WHERE id = 1)); END $$",
		"an XML error":            "SELECT query_to_xml('SELECT ' || quote_ident(email), true, true, '') FROM customers",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := b.run(t, RunOptions{Statement: statement, RowBound: -1})
			f := fault.Show(err)
			if f.Kind == fault.Internal {
				t.Fatalf("no fault: %v", err)
			}
			// The whole error goes to the log, its sentence to a person.
			if said := err.Error() + f.Hint; strings.Contains(said, "example.") || strings.Contains(said, "Nadia") {
				t.Errorf("it says %q", said)
			}
		})
	}
}

func TestReadingStopsAtTheCaps(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop.Writer)
	for _, c := range []struct {
		name string
		o    RunOptions
		rows int
		cut  bool
	}{
		{"more rows", RunOptions{Statement: "SELECT generate_series(1, 2000000000)", MaxRows: 10}, 10, true},
		{"just as many", RunOptions{Statement: "SELECT * FROM generate_series(1, 10)", MaxRows: 10}, 10, false},
		{"more bytes", RunOptions{Statement: "SELECT repeat('x', 100) FROM generate_series(1, 10)", MaxBytes: 350}, 3, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, err := b.run(t, c.o)
			if err != nil || len(r.Rows) != c.rows || r.Truncated != c.cut {
				t.Errorf("%d rows, truncated %v, %v", len(r.Rows), r.Truncated, err)
			}
		})
	}
	t.Run("a change runs to its end", func(t *testing.T) {
		t.Parallel()
		r, err := b.run(t, RunOptions{Statement: "UPDATE products SET price = 2 RETURNING id", MaxRows: 10, RowBound: 100, ToTheEnd: true})
		if err != nil || len(r.Rows) != 10 || !r.Truncated || r.Changed != 32 {
			t.Fatalf("result %+v, %v", r, err)
		}
		if n := b.count(t, "shop.products WHERE price = 2"); n != 32 {
			t.Errorf("%d products are changed", n)
		}
	})
	t.Run("a change that was taken for none is undone", func(t *testing.T) {
		t.Parallel()
		_, err := b.run(t, RunOptions{Statement: "UPDATE products SET price = 3 RETURNING id", MaxRows: 10, RowBound: 100})
		if !errors.Is(err, errHalfway) || b.count(t, "shop.products WHERE price = 3") != 0 {
			t.Errorf("error %v, %d changed", err, b.count(t, "shop.products WHERE price = 3"))
		}
	})
	t.Run("one huge value", func(t *testing.T) {
		t.Parallel()
		_, err := b.run(t, RunOptions{Statement: "SELECT repeat('x', 100000000)"})
		if !errors.Is(err, errTooBig) {
			t.Errorf("error %v", err)
		}
	})
}

func TestOnlyResultsOfMaskedViewsAreMasked(t *testing.T) {
	t.Parallel()
	masked, raw := newBench(t, shop.MaskedReader), newBench(t, shop.MaskedReader+", "+shop.Reader)
	schemas := []string{"masked_shop"}
	for _, c := range []struct {
		name      string
		on        bench
		statement string
		schemas   []string
		want      bool
	}{
		{"masked columns", masked, "SELECT id, email FROM customers", schemas, true},
		{"an expression of them", masked, "SELECT lower(email), count(*) FROM customers JOIN subscribers USING (email) GROUP BY 1", schemas, true},
		{"no relation", masked, "SELECT 1", schemas, true},
		{"no schemas given", masked, "SELECT id FROM customers", nil, false},
		{"the catalog", masked, "SELECT rolname FROM pg_roles", schemas, false},
		{"an expression of the catalog", masked, "SELECT string_agg(prosrc, '') FROM pg_proc", schemas, false},
		{"raw columns", raw, "SELECT email FROM shop.customers", schemas, false},
		{"an expression of raw columns", raw, "SELECT lower(email) FROM shop.customers", schemas, false},
		{"masked columns, chosen by raw ones", raw, "SELECT m.email FROM masked_shop.customers m JOIN shop.customers c USING (id) WHERE c.email LIKE 'a%'", schemas, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, err := Run(t.Context(), c.on.cred, RunOptions{Statement: c.statement, Settings: maskedPath, MaskedSchemas: c.schemas, ReadOnly: true})
			if err != nil || r.AllMasked != c.want {
				t.Errorf("masked: %v, %v", r.AllMasked, err)
			}
		})
	}
}

func TestACancelledStatementIsCancelledInTheServer(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop.Reader)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	failed := make(chan error, 1)
	go func() {
		_, err := Run(ctx, b.cred, RunOptions{Statement: "SELECT pg_sleep(600)", Settings: rawPath, StatementTimeout: time.Hour})
		failed <- err
	}()
	b.await(t, 1)
	cancel()
	if err := <-failed; !errors.Is(err, errCancelled) || !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	b.await(t, 0)
}

// TestAStatementWhoseClientIsGoneEndsInTheServer: a request to cancel may be lost, and
// then the connection is simply closed.
func TestAStatementWhoseClientIsGoneEndsInTheServer(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop.Reader)
	conn, err := connect(t.Context(), b.cred)
	if err != nil {
		t.Fatal(err)
	}
	if err := begin(t.Context(), conn, RunOptions{Settings: rawPath, StatementTimeout: time.Hour, LockTimeout: time.Second}); err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		_ = query(context.Background(), conn, "SELECT pg_sleep(600)", nil)
	}()
	b.await(t, 1)
	_ = conn.Conn().Close() // without a word to the server
	<-over
	b.await(t, 0)
}

// await returns when that many sessions of the bench's role are sleeping.
func (b bench) await(t *testing.T, sessions int) {
	t.Helper()
	for b.count(t, "pg_stat_activity WHERE usename = '"+b.cred.Role+"' AND query LIKE '%pg_sleep%' AND state = 'active'") != sessions {
		if t.Context().Err() != nil {
			t.Fatal("waited in vain")
		}
	}
}

func TestAWrongPasswordAndAnAbsentServerAreSaidApart(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop.Reader)
	wrong := b.cred
	wrong.Password = credentials.NewSecret("hunter2")
	_, err := Run(t.Context(), wrong, RunOptions{Statement: "SELECT 1"})
	if f := fault.Show(err); f.Kind != fault.Unavailable || !strings.Contains(f.Msg, "refused the credential") || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a wrong password: %v", err)
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	absent := b.cred
	absent.Port = l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = Run(t.Context(), absent, RunOptions{Statement: "SELECT 1"})
	if f := fault.Show(err); f.Kind != fault.Unavailable || !strings.Contains(f.Msg, "cannot be reached") {
		t.Errorf("an absent server: %v", err)
	}
}

func TestABreakDuringTheCommitIsSaidToBeUnknown(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop.Writer)
	// A relay that passes everything on and hangs up when it sees the commit.
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	server := net.JoinHostPort(b.cred.Host, strconv.Itoa(b.cred.Port))
	go func() {
		client, err := l.Accept()
		if err != nil {
			return
		}
		defer func() { _ = client.Close() }()
		behind, err := net.Dial("tcp4", server)
		if err != nil {
			return
		}
		defer func() { _ = behind.Close() }()
		go func() { _, _ = io.Copy(client, behind) }()
		buffer := make([]byte, 4096)
		for {
			n, err := client.Read(buffer)
			if err != nil || bytes.Contains(buffer[:n], []byte("COMMIT\x00")) {
				return
			}
			if _, err := behind.Write(buffer[:n]); err != nil {
				return
			}
		}
	}()
	through := b.cred
	through.Port = l.Addr().(*net.TCPAddr).Port
	_, err = Run(t.Context(), through, RunOptions{Statement: "UPDATE orders SET total = 0 WHERE id = 1", Settings: rawPath, RowBound: 1})
	if !errors.Is(err, ErrUnknownOutcome) {
		t.Errorf("error %v", err)
	}
}

// text makes values; "∅" stands for NULL.
func text(values ...string) []Value {
	row := make([]Value, len(values))
	for i, v := range values {
		row[i] = Value{Text: v, Null: v == "∅"}
	}
	return row
}
