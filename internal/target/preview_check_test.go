package target

import (
	"strings"
	"testing"

	"dbaccess/credentials"
)

func TestAPreviewRoleThatCanDoMoreIsTold(t *testing.T) {
	t.Parallel()
	dsn, p := previewing(t)
	rights := func(url credentials.Secret) (wrong, unsafe string) {
		t.Helper()
		r, err := CheckPreview(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(r.Wrong, " "), strings.Join(r.Unsafe, " ")
	}
	role := func() string {
		u, err := login(p.URL)
		if err != nil {
			t.Fatal(err)
		}
		return `"` + u.User + `"`
	}()
	if wrong, unsafe := rights(p.URL); wrong != "" || !strings.Contains(unsafe, "default_transaction_read_only is off") || !strings.Contains(unsafe, "statement_timeout is 0") {
		t.Errorf("a reader: wrong %q, unsafe %q", wrong, unsafe)
	}
	execute1(t, dsn, "ALTER ROLE "+role+" SET default_transaction_read_only = on; ALTER ROLE "+role+" SET statement_timeout = '5s'")
	if wrong, unsafe := rights(p.URL); wrong+unsafe != "" {
		t.Errorf("a reader that is set up: wrong %q, unsafe %q", wrong, unsafe)
	}
	for _, c := range []struct{ give, take, says string }{
		{"GRANT UPDATE (total) ON shop.orders TO " + role, "REVOKE UPDATE (total) ON shop.orders FROM " + role, "It can write to shop.orders."},
		{"GRANT TRUNCATE ON shop.orders TO PUBLIC", "REVOKE TRUNCATE ON shop.orders FROM PUBLIC", "It can write to shop.orders."},
		{"GRANT USAGE ON SEQUENCE shop.orders_id_seq TO " + role, "REVOKE USAGE ON SEQUENCE shop.orders_id_seq FROM " + role, "It can advance the sequence shop.orders_id_seq."},
		{"GRANT dbaccess_writer_shop TO " + role, "REVOKE dbaccess_writer_shop FROM " + role, "It can write to shop."}, // by SET ROLE
		{"GRANT pg_write_all_data TO " + role, "REVOKE pg_write_all_data FROM " + role, "It is a member of pg_write_all_data."},
		{"GRANT CREATE ON SCHEMA shop TO " + role, "REVOKE CREATE ON SCHEMA shop FROM " + role, "It can make objects in the schema shop."},
		{"ALTER ROLE " + role + " CREATEDB", "ALTER ROLE " + role + " NOCREATEDB", "It is allowed to make databases."},
		{"CREATE TABLE shop.own (); ALTER TABLE shop.own OWNER TO " + role, "DROP TABLE shop.own", "It owns table shop.own."},
	} {
		execute1(t, dsn, c.give)
		if wrong, _ := rights(p.URL); !strings.Contains(wrong, c.says) {
			t.Errorf("%s: wrong %q, want %q", c.give, wrong, c.says)
		}
		execute1(t, dsn, c.take)
	}
	if wrong, _ := rights(p.URL); wrong != "" {
		t.Errorf("with all of it taken: wrong %q", wrong)
	}
	if wrong, _ := rights(credentials.NewSecret(dsn)); !strings.Contains(wrong, "It is a superuser") {
		t.Errorf("a superuser: wrong %q", wrong)
	}
	if _, err := CheckPreview(t.Context(), credentials.NewSecret("postgres://x@127.0.0.1:1/x?sslmode=disable")); err == nil {
		t.Error("nobody answered, and all is well")
	}
}
