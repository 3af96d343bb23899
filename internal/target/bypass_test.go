package target

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"dbaccess/internal/devstack/shop"
	"dbaccess/internal/fault"
)

func TestTheFuseStopsWritesToForeignTables(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop.Writer)
	u, err := url.Parse(b.super.Config().ConnString())
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	for _, sql := range []string{
		"CREATE EXTENSION postgres_fdw",
		"CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '" + u.Port() + "', dbname '" + strings.TrimPrefix(u.Path, "/") + "')",
		"CREATE USER MAPPING FOR PUBLIC SERVER far OPTIONS (user 'postgres', password '" + password + "')",
		"CREATE FOREIGN TABLE shop.far (id int) SERVER far OPTIONS (schema_name 'shop', table_name 'payments')",
		"GRANT ALL ON shop.far TO dbaccess_writer_shop",
	} {
		if _, err := b.super.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	before := b.count(t, "shop.payments")
	for _, sql := range []string{
		"DELETE FROM far WHERE id = 1",
		"WITH gone AS (DELETE FROM far RETURNING id) SELECT 1",
		"WITH gone AS (DELETE FROM far RETURNING id) INSERT INTO subscribers VALUES ('one@example.com', now())",
		"TRUNCATE far",
	} {
		r, err := b.run(t, RunOptions{Statement: sql, RowBound: 10})
		if err != nil || !r.Fused || !strings.Contains(r.Why, "shop.far") {
			t.Errorf("%s: %+v, %v", sql, r, err)
		}
	}
	if after := b.count(t, "shop.payments"); after != before {
		t.Errorf("%d payments of %d are left", after, before)
	}
	if r, err := b.run(t, RunOptions{Statement: "SELECT count(*) FROM far", RowBound: 0}); err != nil || r.Fused {
		t.Errorf("reading it: %+v, %v", r, err)
	}
}

func TestAStatementCannotSwitchTheTimeoutOffForWhatWaitsForTheCommit(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop.Writer,
		"CREATE FUNCTION shop.dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$",
		"CREATE CONSTRAINT TRIGGER dawdle AFTER UPDATE ON shop.products DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION shop.dawdle()")
	_, err := b.run(t, RunOptions{
		Statement:        "UPDATE products SET price = 1 WHERE id = 1 AND set_config('statement_timeout', '0', true) = '0'",
		StatementTimeout: 500 * time.Millisecond, RowBound: 10,
	})
	if k := fault.KindOf(err); k != fault.Expired {
		t.Errorf("it ended as %v: %v", k, err)
	}
}
