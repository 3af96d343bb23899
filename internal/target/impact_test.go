package target

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"dbaccess/approvals"
	"dbaccess/credentials"
	"dbaccess/internal/devstack/pgtest"
	"dbaccess/internal/fault"
)

// previewing is a shop with a role that may read it and write nothing.
func previewing(t *testing.T, setup ...string) (dsn string, preview Preview) {
	t.Helper()
	dsn = pgtest.Shop(t, 40, maskShop)
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	role := "looks_at_" + strings.TrimPrefix(u.Path, "/")
	execute1(t, dsn, fmt.Sprintf(`CREATE ROLE %[1]q LOGIN NOINHERIT PASSWORD 'only for this test';
		GRANT USAGE ON SCHEMA shop, masked_shop TO %[1]q; GRANT SELECT ON ALL TABLES IN SCHEMA shop, masked_shop TO %[1]q`, role))
	t.Cleanup(func() { dropRole(t, dsn, role) })
	for _, sql := range setup {
		execute1(t, dsn, sql)
	}
	u.User = url.UserPassword(role, "only for this test")
	return dsn, Preview{URL: credentials.NewSecret(u.String()), Settings: rawPath}
}

func TestEstimates(t *testing.T) {
	t.Parallel()
	_, p := previewing(t, `CREATE TABLE shop.visits AS SELECT n AS id, n % 7 AS day FROM generate_series(1, 60000) n; ANALYZE shop.visits`,
		"GRANT SELECT ON shop.visits TO PUBLIC")
	for _, c := range []struct {
		statement string
		params    []string
		changes   bool
		low, high float64
		says      string
	}{
		{"SELECT * FROM orders WHERE id = 7", nil, false, 1, 1, "It would return about 1 row."},
		{"SELECT * FROM orders LIMIT 12", nil, false, 12, 12, "It would return about 12 rows."},
		{"UPDATE orders SET status = 'paid'", nil, true, 200, 200, "It would change about 200 rows."},
		{"DELETE FROM orders WHERE id = $1", []string{"7"}, true, 1, 1, "It would change about 1 row."},
		{"UPDATE orders SET total = $1 WHERE id <= $2", []string{"1.5", "100"}, true, 80, 120, "It would change about "},
		{"DELETE FROM visits", nil, true, 60000, 60000, "It would change about 60,000 rows. It reads all of visits (about 60,000 rows)."},
		{"INSERT INTO products (name) VALUES ('a'), ('b')", nil, true, 2, 2, "It would change about 2 rows."},
		{"SELECT * FROM visits a, visits b", nil, false, 3.6e9, 3.6e9, "It combines rows without a condition: about 3.6 billion rows."},
		{"SELECT * FROM customers WHERE false", nil, false, 0, 1, "It would return "},
	} {
		p := p
		p.Statement, p.Params, p.Changes = c.statement, c.params, c.changes
		got, err := Estimate(t.Context(), p)
		if err != nil || got.Rows < c.low || got.Rows > c.high || !strings.Contains(got.Sentence, c.says) {
			t.Errorf("%s: %+v, %v", c.statement, got, err)
		}
		if c.changes && strings.Contains(got.Sentence, "return") {
			t.Errorf("%s: %s", c.statement, got.Sentence)
		}
	}
}

func TestCounts(t *testing.T) {
	t.Parallel()
	dsn, p := previewing(t)
	truth := func(sql string) (n int64) {
		t.Helper()
		conn, err := pgx.Connect(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(t.Context())
		if _, err := conn.Exec(t.Context(), "SET search_path = shop; BEGIN"); err != nil {
			t.Fatal(err)
		}
		tag, err := conn.Exec(t.Context(), sql)
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		return tag.RowsAffected() // the connection is closed without a commit
	}
	// What is counted is what would happen.
	for _, sql := range []string{
		"UPDATE orders SET status = 'paid' WHERE id <= 17", "DELETE FROM order_items WHERE quantity > 1", "DELETE FROM order_items",
		"UPDATE orders o SET status = 'paid' FROM order_items i WHERE i.order_id = o.id AND i.quantity > 1",
		"DELETE FROM order_items i USING orders o, customers c WHERE i.order_id = o.id AND o.customer_id = c.id AND c.id < 5",
		"WITH late AS (SELECT id FROM orders WHERE id > 150) UPDATE orders SET status = 'shipped' WHERE id IN (SELECT id FROM late)",
		"INSERT INTO products (name, category, price) SELECT name, category, price FROM products WHERE price > 50",
		"INSERT INTO products (name, category, price) VALUES ('a', 'b', 1), ('c', 'd', 2)",
		"SELECT DISTINCT status FROM orders", "SELECT customer_id, count(*) FROM orders GROUP BY 1 HAVING count(*) > 3",
		"SELECT * FROM orders ORDER BY id LIMIT 9 OFFSET 3", "SELECT id FROM orders WHERE id < 9 FOR UPDATE",
		"UPDATE orders SET total = 0 WHERE id IN (SELECT order_id FROM order_items) AND false",
	} {
		p := p
		p.Statement = sql
		n, err := Count(t.Context(), p)
		if want := truth(sql); n != want || err != nil {
			t.Errorf("%s: counted %d, %v; it would be %d", sql, n, err, want)
		}
	}
}

// Looking never does anything, whatever somebody wants looked at.
func TestLookingHasNoEffects(t *testing.T) {
	t.Parallel()
	dsn, p := previewing(t,
		"CREATE TABLE shop.traces (what text); GRANT INSERT, SELECT ON shop.traces TO PUBLIC",
		`CREATE FUNCTION shop.leaves(x text) RETURNS bool LANGUAGE plpgsql IMMUTABLE SECURITY DEFINER AS $$ BEGIN INSERT INTO shop.traces VALUES (x); RETURN true; END $$`,
		"CREATE SEQUENCE shop.steps; GRANT ALL ON SEQUENCE shop.steps TO PUBLIC",
	)
	cat := catalogOf(t, credentials.NewSecret(dsn))
	for _, sql := range []string{
		"SELECT * FROM orders WHERE shop.leaves('a')", "DELETE FROM orders WHERE leaves('b')", "SELECT leaves('c')", "SELECT nextval('shop.steps')",
		"UPDATE orders SET status = 'paid' WHERE id = nextval('steps')", "SELECT pg_notify('x', 'y')", "SELECT lo_create(4711)", "SELECT pg_advisory_lock(1)",
		"WITH w AS (INSERT INTO traces VALUES ('d') RETURNING *) SELECT * FROM w", "SELECT txid_current()", "SELECT query_to_xml('SELECT leaves(''e'')', true, true, '')",
		"INSERT INTO traces SELECT 'x' WHERE leaves('f')", "TRUNCATE traces", "SELECT 1; DELETE FROM traces", "SELECT set_config('a.b', 'c', false)",
	} {
		for _, known := range []bool{false, true} {
			p := p
			if p.Statement = sql; known {
				p.Catalog = cat
			}
			impact, err := Estimate(t.Context(), p)
			if err != nil || impact.Known() || impact.Rows != -1 || !strings.HasPrefix(impact.Sentence, "Not estimated: ") {
				t.Errorf("%s: %+v, %v", sql, impact, err)
			}
			if _, err := Count(t.Context(), p); err == nil {
				t.Errorf("%s: it was counted", sql)
			}
		}
	}
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var traces, steps int
	if err := conn.QueryRow(t.Context(), "SELECT (SELECT count(*) FROM shop.traces), (SELECT count(*) FROM shop.steps WHERE is_called)").Scan(&traces, &steps); err != nil || traces+steps != 0 {
		t.Errorf("%d traces, %d steps, %v", traces, steps, err)
	}
}

func TestWhatCannotBeLookedAtSaysWhy(t *testing.T) {
	t.Parallel()
	dsn, p := previewing(t, "CREATE TABLE shop.hidden (x int)")
	gone, strong := p, p
	gone.URL = credentials.NewSecret("postgres://looks@127.0.0.1:1/shop?sslmode=disable")
	strong.URL = credentials.NewSecret(dsn)
	wrong := p
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword("nobody_at_all", "x")
	wrong.URL = credentials.NewSecret(u.String())
	masked := p
	masked.Settings = []approvals.Setting{{Name: "search_path", Value: "masked_shop"}}
	slow := p
	slow.Timeout = time.Millisecond
	for _, c := range []struct {
		p               Preview
		statement, says string
	}{
		{p, "SELECT * FROM hidden", "the preview role may not read it (permission denied for table hidden)."},
		{p, "SELECT nowhere FROM orders", `Postgres says: column "nowhere" does not exist.`},
		{p, "SELECT * FROM orders WHERE id = 'secret'", `Postgres says: invalid input syntax for type bigint: "secret".`},
		{p, "MERGE INTO orders USING products ON false WHEN MATCHED THEN DELETE", "its rows cannot be told from its text."},
		{p, "SELECT * FROM orders WHERE id = $1", "its rows cannot be told from its text."},
		{masked, "SELECT * FROM hidden", `Postgres says: relation "hidden" does not exist.`},
		{gone, "SELECT 1", "the database cannot be reached."},
		{wrong, "SELECT 1", "the preview role cannot log in."},
		{strong, "SELECT 1", "the preview role may do more than read."},
	} {
		c.p.Statement = c.statement
		impact, err := Estimate(t.Context(), c.p)
		if err != nil || impact.Sentence != "Not estimated: "+c.says {
			t.Errorf("%s: %+v, %v", c.statement, impact, err)
		}
	}
	slow.Statement = "SELECT * FROM orders a, orders b, orders c, orders d, orders e"
	if _, err := Count(t.Context(), slow); fault.KindOf(err) != fault.Expired || !strings.Contains(fault.Show(err).Msg, "longer than 1ms") {
		t.Errorf("got %v", err)
	}
}

func TestNumbersOfRowsAreSaidRoughly(t *testing.T) {
	t.Parallel()
	for n, want := range map[float64]string{
		0: "no rows", 1: "about 1 row", 1.6: "about 2 rows", 999: "about 999 rows", 1000: "about 1,000 rows", 12_345: "about 12,300 rows",
		999_499: "about 999,500 rows", 999_500: "about 1 million rows", 1_260_000: "about 1.3 million rows", 45_000_000: "about 45 million rows", 3.6e9: "about 3.6 billion rows",
	} {
		if got := rowsAbout(n); got != want {
			t.Errorf("%g: %q, want %q", n, got, want)
		}
	}
}
