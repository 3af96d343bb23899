package target

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"testing"

	"github.com/jackc/pgx/v5"

	"dbaccess/credentials"
	"dbaccess/internal/devstack"
)

// asMinted opens a session of a minted role in a database of the server.
func (f *fortress) asMinted(t *testing.T, c credentials.Credential, database string) *pgx.Conn {
	t.Helper()
	u := url.URL{Scheme: "postgres", User: url.UserPassword(c.Role, c.Password.Reveal()), Host: c.Host + ":" + strconv.Itoa(c.Port), Path: "/" + database, RawQuery: "sslmode=disable"}
	conn, err := pgx.Connect(t.Context(), u.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	return conn
}

// ends ends a lease as the end of its window does, and returns what the role still
// is: "gone", or its rights.
func (f *fortress) ends(t *testing.T, l credentials.Lease) string {
	t.Helper()
	leases := []credentials.Lease{l}
	if err := f.issuer.Block(t.Context(), leases); err != nil {
		t.Fatal(err)
	}
	if _, err := f.issuer.EndSessions(t.Context(), l.Database, leases); err != nil {
		t.Fatal(err)
	}
	revoked := f.issuer.Revoke(t.Context(), l)
	var exists, login, reads bool
	if err := f.admin.QueryRow(t.Context(), `SELECT count(*) > 0, coalesce(bool_or(rolcanlogin), false), coalesce(bool_or(pg_has_role(rolname, $2, 'MEMBER')), false) FROM pg_roles WHERE rolname = $1`,
		l.Role, f.target.Reader).Scan(&exists, &login, &reads); err != nil {
		t.Fatal(err)
	}
	if !exists {
		if revoked != nil {
			t.Errorf("it is gone, and its revocation says %v", revoked)
		}
		return "gone"
	}
	return fmt.Sprintf("there, logs in: %v, reads: %v", login, reads)
}

// TestWhatAReaderLeavesBehindKeepsNoAccessAlive gives a reader on purpose what an
// apply takes away, or cannot on a managed server, and has it use all of it.
func TestWhatAReaderLeavesBehindKeepsNoAccessAlive(t *testing.T) {
	t.Parallel()
	onEachServer(t, map[string]string{"max_prepared_transactions": "5"}, func(t *testing.T, server *devstack.Postgres) {
		f := newFortress(t, server)
		f.mask(t)
		f.exec(t, `GRANT TEMPORARY ON DATABASE town TO PUBLIC; GRANT EXECUTE ON FUNCTION lo_create(oid), lo_from_bytea(oid, bytea) TO PUBLIC;
			CREATE SCHEMA scratch; GRANT USAGE, CREATE ON SCHEMA scratch TO PUBLIC`)
		for _, c := range []struct{ what, database, sql, after string }{
			{"temporary objects", "town", "CREATE TEMP TABLE mine AS SELECT * FROM masked_crm.customer; CREATE TEMP VIEW v AS SELECT * FROM mine; CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "gone"},
			{"large objects", "town", "SELECT lo_from_bytea(0, 'kept'); SELECT lo_create(0)", "gone"},
			{"default privileges", "town", "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC; ALTER DEFAULT PRIVILEGES IN SCHEMA scratch GRANT EXECUTE ON FUNCTIONS TO PUBLIC", "gone"},
			{"objects that others can use", "town", "CREATE TABLE scratch.copy AS SELECT id, email FROM masked_crm.customer; GRANT SELECT ON scratch.copy TO PUBLIC; CREATE FUNCTION scratch.later() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM masked_crm.customer'", "gone"},
			{"settings of its own", "town", "ALTER ROLE CURRENT_USER SET search_path = scratch; ALTER ROLE CURRENT_USER PASSWORD 'known to others'", "gone"},
			{"a prepared transaction", "town", "BEGIN; CREATE TABLE scratch.prepared AS SELECT id FROM masked_crm.customer; PREPARE TRANSACTION 'left behind'", "gone"},
			{"objects in another database", "postgres", "SELECT lo_create(0)", "there, logs in: false, reads: false"},
			{"a prepared transaction in another database", "postgres", "BEGIN; SELECT lo_create(0); PREPARE TRANSACTION 'left elsewhere'", "there, logs in: false, reads: false"},
		} {
			cred, lease := f.mint(t)
			conn := f.asMinted(t, cred, c.database)
			if _, err := conn.PgConn().Exec(t.Context(), "SET default_transaction_read_only = off").ReadAll(); err != nil {
				t.Fatal(err)
			}
			if _, err := conn.PgConn().Exec(t.Context(), c.sql).ReadAll(); err != nil {
				t.Fatalf("%s: %v", c.what, err)
			}
			if got := f.ends(t, lease); got != c.after {
				t.Errorf("%s: the role is %s, want %s", c.what, got, c.after)
			}
			if _, err := conn.Exec(t.Context(), "SELECT 1"); err == nil {
				t.Errorf("%s: the session lives", c.what)
			}
		}
		var left int
		if err := f.admin.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = 'scratch'::regnamespace) + (SELECT count(*) FROM pg_proc WHERE pronamespace = 'scratch'::regnamespace)
			+ (SELECT count(*) FROM pg_default_acl WHERE pg_get_userbyid(defaclrole) ~ '^dba-') + (SELECT count(*) FROM pg_largeobject_metadata WHERE pg_get_userbyid(lomowner) ~ '^dba-')
			+ (SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database())`).Scan(&left); err != nil || left != 0 {
			t.Errorf("%d things are left behind (%v)", left, err)
		}
	})
}
