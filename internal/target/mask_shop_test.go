package target

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"dbaccess/credentials"
	"dbaccess/guardrails"
	"dbaccess/internal/devstack/pgtest"
	"dbaccess/internal/devstack/shop"
)

func shopConn(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// shopMember opens a session of a fresh login role that belongs to the group alone.
func shopMember(t *testing.T, dsn, group string) *pgx.Conn {
	t.Helper()
	super := shopConn(t, dsn)
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	role := "of_" + strings.TrimPrefix(u.Path, "/")
	if _, err := super.Exec(t.Context(), fmt.Sprintf("CREATE ROLE %q LOGIN PASSWORD 'only for this test' IN ROLE %s", role, group)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := super.Exec(context.Background(), fmt.Sprintf("DROP ROLE %q", role)); err != nil {
			t.Error(err)
		}
	})
	u.User = url.UserPassword(role, "only for this test")
	conn := shopConn(t, u.String())
	if _, err := conn.Exec(t.Context(), "SET search_path = masked_shop, public, pg_catalog, pg_temp"); err != nil {
		t.Fatal(err)
	}
	return conn
}

func shopValue[T any](t *testing.T, conn *pgx.Conn, sql string) T {
	t.Helper()
	var v T
	if err := conn.QueryRow(t.Context(), sql).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

func shopColumn(t *testing.T, conn *pgx.Conn, sql string) []string {
	t.Helper()
	rows, err := conn.Query(t.Context(), sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return all
}

func stateOf(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}

func TestTheMaskedReaderNeverMeetsARawValue(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Shop(t, 200, maskShop)
	super, reader := shopConn(t, dsn), shopMember(t, dsn, shop.MaskedReader)
	raw := shopColumn(t, super, `
		SELECT v FROM shop.customers, LATERAL unnest(ARRAY[name, email, phone, iban, note]) AS v WHERE v IS NOT NULL
		UNION SELECT street FROM shop.addresses UNION SELECT card FROM shop.payments WHERE card IS NOT NULL`)
	if len(raw) < 700 {
		t.Fatalf("only %d raw values to look for", len(raw))
	}
	for _, view := range []string{"customers", "addresses", "subscribers", "products", "orders", "order_items", "payments"} {
		rows := shopColumn(t, reader, "SELECT v::text FROM "+view+" AS v")
		if len(rows) != shopValue[int](t, super, "SELECT count(*) FROM shop."+view) {
			t.Errorf("%s has %d rows", view, len(rows))
		}
		all := strings.Join(rows, "\n")
		for _, v := range raw {
			if strings.Contains(all, v) {
				t.Errorf("%s shows %q", view, v)
			}
		}
	}
}

func TestMaskedValuesJoinAndKeepWhatIsNotPersonal(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Shop(t, 200, maskShop)
	super, reader := shopConn(t, dsn), shopMember(t, dsn, shop.MaskedReader)
	const join = "SELECT count(*) FROM %[1]s.customers JOIN %[1]s.subscribers USING (email)"
	want := shopValue[int](t, super, fmt.Sprintf(join, "shop"))
	if got := shopValue[int](t, reader, fmt.Sprintf(join, "masked_shop")); got != want || want == 0 {
		t.Errorf("%d masked e-mails meet, %d raw ones do", got, want)
	}
	const distinct = "SELECT count(DISTINCT name) FROM %s.customers"
	if got, want := shopValue[int](t, reader, fmt.Sprintf(distinct, "masked_shop")), shopValue[int](t, super, fmt.Sprintf(distinct, "shop")); got != want {
		t.Errorf("%d different masked names, %d raw", got, want)
	}
	if got := shopValue[string](t, reader, "SELECT email FROM customers WHERE id = 1"); !strings.HasSuffix(got, "@masked.invalid") {
		t.Errorf("masked e-mail %q", got)
	}
	const sum = "SELECT sum(total)::text FROM %s.orders"
	if got, want := shopValue[string](t, reader, fmt.Sprintf(sum, "masked_shop")), shopValue[string](t, super, fmt.Sprintf(sum, "shop")); got != want {
		t.Errorf("orders sum up to %s, not %s", got, want)
	}
}

func TestTheObviousWaysRoundTheMasksAreClosed(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Shop(t, 200, maskShop)
	reader := shopMember(t, dsn, shop.MaskedReader)
	const denied = "42501"
	for name, sql := range map[string]string{
		"the raw table":       "SELECT * FROM shop.customers",
		"its plan":            "EXPLAIN SELECT * FROM shop.customers",
		"a copy of it":        "COPY shop.customers TO STDOUT",
		"the key":             "SELECT k FROM dbaccess_secret.mask_key",
		"the owner's role":    "SET ROLE dbaccess_mask_owner",
		"another group":       "SET ROLE " + shop.Reader,
		"a write":             "DELETE FROM customers",
		"a row lock":          "SELECT * FROM orders FOR UPDATE",
		"a temporary table":   "CREATE TEMP TABLE customers (email text)",
		"an object in public": "CREATE FUNCTION public.lower(text) RETURNS text LANGUAGE sql AS 'SELECT $1'",
		"a view of its own":   "CREATE VIEW masked_shop.v AS SELECT 1",
		"another definition":  "CREATE OR REPLACE VIEW masked_shop.customers AS SELECT * FROM shop.customers",
		"a server file":       "SELECT pg_read_file('PG_VERSION')",
	} {
		if _, err := reader.Exec(t.Context(), sql); stateOf(err) != denied {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := shopValue[int](t, reader, "SELECT count(*) FROM pg_stats WHERE schemaname = 'shop'"); got != 0 {
		t.Errorf("%d columns' statistics can be read", got)
	}
	if got := shopValue[int](t, reader, "SELECT count(*) FROM pg_auth_members WHERE roleid = 'dbaccess_mask_owner'::regrole"); got != 0 {
		t.Errorf("the views' owner has %d members", got)
	}
	// A failing cast prints the value it failed on, and a DO block can print
	// what it likes: both must only ever hold masked ones.
	_, err := reader.Exec(t.Context(), "SELECT email::int FROM customers")
	if err == nil || !strings.Contains(err.Error(), "@masked.invalid") || strings.Contains(err.Error(), "@example.") {
		t.Errorf("a failing cast says %v", err)
	}
	_, err = reader.Exec(t.Context(), "DO $$ BEGIN RAISE EXCEPTION '%', (SELECT string_agg(c::text, ' ') FROM customers AS c); END $$")
	if err == nil || !strings.Contains(err.Error(), "@masked.invalid") || strings.Contains(err.Error(), "@example.") {
		t.Errorf("a DO block says %v", err)
	}
}

func TestTheCatalogKnowsWhatIsMaskedAndReadsThroughMasksAreQuiet(t *testing.T) {
	t.Parallel()
	cat, err := ReadCatalog(t.Context(), credentials.NewSecret(pgtest.Shop(t, 200, maskShop)))
	if err != nil {
		t.Fatal(err)
	}
	cat.SearchPath = []string{"masked_shop", "public"}
	for sql, want := range map[string]guardrails.Level{
		"SELECT email FROM customers":                                                                   guardrails.Low,
		"SELECT * FROM customers WHERE id = 1":                                                          guardrails.Low,
		"SELECT status, count(*) FROM orders GROUP BY status":                                           guardrails.Low,
		"SELECT email FROM shop.customers WHERE id = 1":                                                 guardrails.High,
		"SELECT * FROM shop.customers LIMIT 1":                                                          guardrails.High,
		"SELECT id, created_at FROM shop.customers WHERE id = 1":                                        guardrails.Low,
		"SELECT c.iban FROM shop.orders o JOIN shop.customers c ON c.id = o.customer_id WHERE o.id = 1": guardrails.High,
	} {
		if v := guardrails.Classify(sql, cat); v.Level != want || v.Kind != guardrails.Read {
			t.Errorf("%s: %s, %s, want %s: %v", sql, v.Kind, v.Level, want, v.Findings)
		}
	}
}
