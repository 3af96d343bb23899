package minted

import (
	"strings"
	"testing"
	"time"
)

func TestAProfileBecomesTheSameRoleWhoeverMints(t *testing.T) {
	t.Parallel()
	got := strings.Join(Terms{
		Database: `sh"op`, Groups: []string{"dbaccess_reader_shop"}, SearchPath: []string{"masked_shop", "public"}, ReadOnly: true,
		StatementTimeout: time.Minute, IdleTimeout: 10 * time.Minute, ConnectionLimit: 5,
	}.Create(`"{{name}}"`, "'{{password}}'", "'epoch'"), ";\n")
	want := `CREATE ROLE "{{name}}" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT CONNECTION LIMIT 5 PASSWORD '{{password}}' VALID UNTIL 'epoch';
DO $$ BEGIN IF current_setting('server_version_num')::int >= 160000 THEN EXECUTE 'GRANT "dbaccess_reader_shop" TO "{{name}}" WITH INHERIT TRUE, SET FALSE'; ELSE EXECUTE 'GRANT "dbaccess_reader_shop" TO "{{name}}"'; END IF; END $$;
ALTER ROLE "{{name}}" IN DATABASE "sh""op" SET search_path = "masked_shop", "public", pg_temp;
ALTER ROLE "{{name}}" SET default_transaction_read_only = 'on';
ALTER ROLE "{{name}}" SET statement_timeout = '60000';
ALTER ROLE "{{name}}" SET idle_session_timeout = '600000'`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestTemporaryTablesAreLookedUpLast(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ path, want string }{
		{"a pg_temp b", `"a", "b", pg_temp`},
		{"pg_catalog a", `"pg_catalog", "a", pg_temp`},
	} {
		if got := (Terms{SearchPath: strings.Fields(c.path)}).path(); got != c.want {
			t.Errorf("%s: %s, want %s", c.path, got, c.want)
		}
	}
}
