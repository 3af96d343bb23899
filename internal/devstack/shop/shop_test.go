package shop_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"dbaccess/internal/devstack"
	"dbaccess/internal/devstack/pgtest"
	"dbaccess/internal/devstack/shop"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// member opens a session of a fresh login role that belongs to the group alone.
func member(t *testing.T, dsn, group string) *pgx.Conn {
	t.Helper()
	super := connect(t, dsn)
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
	conn := connect(t, u.String())
	if _, err := conn.Exec(t.Context(), "SET search_path = masked_shop, public, pg_catalog, pg_temp"); err != nil {
		t.Fatal(err)
	}
	return conn
}

func value[T any](t *testing.T, conn *pgx.Conn, sql string) T {
	t.Helper()
	var v T
	if err := conn.QueryRow(t.Context(), sql).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

func column(t *testing.T, conn *pgx.Conn, sql string) []string {
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

func sqlState(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}

func TestTheShopIsTheSameEveryTimeAndConsistent(t *testing.T) {
	t.Parallel()
	conn := connect(t, pgtest.Shop(t, 200, nil))
	for sql, want := range map[string]int{
		"SELECT count(*) FROM shop.customers": 200,
		"SELECT count(*) FROM shop.orders":    1000,
		"SELECT count(*) FROM shop.orders o WHERE total <> (SELECT sum(quantity * price) FROM shop.order_items WHERE order_id = o.id)": 0,
		"SELECT count(*) FROM shop.orders o WHERE NOT EXISTS (SELECT FROM shop.order_items WHERE order_id = o.id)":                     0,
		"SELECT count(*) FROM shop.customers WHERE email !~ '@example\\.(com|org|net)$'":                                               0,
		"SELECT count(*) FROM shop.payments WHERE (card IS NULL) = (iban IS NULL)":                                                     0,
	} {
		if got := value[int](t, conn, sql); got != want {
			t.Errorf("%s: %d, want %d", sql, got, want)
		}
	}
	if got, want := value[string](t, conn, "SELECT name || ', ' || email FROM shop.customers WHERE id = 1"), "Nadia Hansen, nadia.hansen1@example.com"; got != want {
		t.Errorf("the first customer is %q, not %q", got, want)
	}
	for _, card := range column(t, conn, "SELECT DISTINCT card FROM shop.payments WHERE card IS NOT NULL") {
		if len(card) != 16 || !luhn(card) {
			t.Errorf("card %s does not pass its check", card)
		}
	}
	for _, iban := range column(t, conn, "SELECT iban FROM shop.customers WHERE iban IS NOT NULL") {
		rest := value[int](t, conn, fmt.Sprintf("SELECT (%s)::numeric %% 97", iban[4:]+"1314"+iban[2:4]))
		if len(iban) != 22 || rest != 1 {
			t.Errorf("IBAN %s does not pass its check: %d", iban, rest)
		}
	}
	if _, err := conn.Exec(t.Context(), "INSERT INTO shop.orders (customer_id, status, ordered_at) VALUES (1, 'pending', $1)", "2026-07-02"); err != nil {
		t.Errorf("a new order is refused: %v", err)
	}
}

func luhn(number string) bool {
	sum := 0
	for i := range number {
		d := int(number[len(number)-1-i] - '0')
		if i%2 == 1 {
			d *= 2
		}
		sum += d/10 + d%10
	}
	return sum%10 == 0
}

func TestReadersReadAndOnlyWritersWrite(t *testing.T) {
	t.Parallel()
	const change = "UPDATE shop.orders SET status = 'cancelled' WHERE id = 7"
	dsn := pgtest.Shop(t, 200, nil)
	reader := member(t, dsn, shop.Reader)
	if got := value[string](t, reader, "SELECT email FROM shop.customers WHERE id = 1"); !strings.Contains(got, "@example.") {
		t.Errorf("the raw reader sees %q", got)
	}
	if _, err := reader.Exec(t.Context(), change); sqlState(err) != "42501" {
		t.Errorf("the raw reader's write: %v", err)
	}
	writer := member(t, pgtest.Shop(t, 200, nil), shop.Writer)
	for _, sql := range []string{change, "INSERT INTO shop.products (name, category, price) VALUES ('Whisk', 'kitchen', 9)", "DELETE FROM shop.orders WHERE id = 7"} {
		if tag, err := writer.Exec(t.Context(), sql); err != nil || tag.RowsAffected() != 1 {
			t.Errorf("%s: %v, %v", sql, tag, err)
		}
	}
	if _, err := writer.Exec(t.Context(), "TRUNCATE shop.orders CASCADE"); sqlState(err) != "42501" {
		t.Errorf("the writer may truncate: %v", err)
	}
}

func TestDatabasesMayBeLoadedAtTheSameTime(t *testing.T) {
	t.Parallel()
	s := pgtest.Own(t, devstack.PostgresOptions{})
	super := connect(t, s.URL("postgres"))
	names := []string{"a", "b", "c"}
	for _, name := range names {
		if _, err := super.Exec(t.Context(), "CREATE DATABASE "+name); err != nil {
			t.Fatal(err)
		}
	}
	failed := make(chan error, len(names))
	for _, name := range names {
		go func() { failed <- shop.Load(t.Context(), s.URL(name), shop.Options{Customers: 10}) }()
	}
	for range names {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
	first := func(name string) string {
		return value[string](t, connect(t, s.URL(name)), "SELECT string_agg(o::text, ' ' ORDER BY id) FROM shop.orders AS o")
	}
	if !slices.Equal([]string{first("a"), first("a")}, []string{first("b"), first("c")}) {
		t.Error("the same options made different rows")
	}
}
