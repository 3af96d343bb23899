package vault_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/jackc/pgx/v5"

	"dbaccess/internal/devstack"
	"dbaccess/internal/devstack/pgtest"
	"dbaccess/internal/devstack/vaulttest"
)

// count runs a query as the superuser and returns its one number.
func (r *rig) count(query string, args ...any) int {
	r.t.Helper()
	conn, err := pgx.Connect(r.t.Context(), r.admin)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	var n int
	if err := conn.QueryRow(r.t.Context(), query, args...).Scan(&n); err != nil {
		r.t.Fatalf("%s: %v", query, err)
	}
	return n
}

// leases counts what Vault holds of the rig's leases, of all its roles.
func (r *rig) leases() int {
	r.t.Helper()
	n := 0
	for _, role := range []string{"masked-read", "-end"} {
		n += len(r.root.list("sys/leases/lookup/" + r.config.Mount + "/creds/dbaccess-" + r.install + "-shop-" + role))
	}
	return n
}

// Vault dies when Postgres has committed the new role, and before it has written
// the lease down. Postgres is made to wait with its answer by a standby that
// there is none of.
func TestARoleWhoseLeaseVaultNeverWroteDownIsEnded(t *testing.T) {
	t.Parallel()
	server := vaulttest.Own(t, devstack.VaultOptions{Durable: true})
	pg := pgtest.Own(t, devstack.PostgresOptions{})
	admin := pg.URL("postgres")
	if err := setUp(t.Context(), admin); err != nil {
		t.Fatal(err)
	}
	r := newRigOn(t, server, admin)
	prepared, l := r.prepare()
	r.sql("ALTER ROLE dbaccess_vault SET synchronous_commit = on")
	r.sql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
	r.sql("SELECT pg_reload_conf()")
	done := make(chan error, 1)
	go func() {
		_, err := prepared.Mint(t.Context())
		done <- err
	}()
	waitFor(t, "the new role's commit", func() bool {
		return r.count("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND usename = 'dbaccess_vault'") == 1
	})
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	unavailable(t, <-done, "cannot be reached")
	r.sql("ALTER SYSTEM RESET synchronous_standby_names")
	r.sql("SELECT pg_reload_conf()")
	waitFor(t, "the role that nobody wrote down", func() bool { return r.exists(l.Role) })
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := r.leases(); n != 0 {
		t.Fatalf("Vault has %d leases, so this test shows nothing", n)
	}
	r.revoked(l)
	if n := r.leases(); n != 0 {
		t.Errorf("the ending has left %d leases", n)
	}
}

func TestRolesThatARestoredVaultHasForgottenAreEnded(t *testing.T) {
	t.Parallel()
	server := vaulttest.Own(t, devstack.VaultOptions{Durable: true})
	r := newRig(t, server)
	_, before := r.mint()
	snapshot := r.root.must(http.MethodGet, "sys/storage/raft/snapshot", nil)
	r.revoked(before)
	c, after := r.mint()
	session, err := r.login(c)
	if err != nil {
		t.Fatal(err)
	}
	r.root.must(http.MethodPost, "sys/storage/raft/snapshot-force", snapshot)
	waitFor(t, "Vault to be as it was", func() bool { return r.issuer.Health(t.Context()) == nil && r.leases() == 1 })
	if _, err := session.Exec(t.Context(), "SELECT 1"); err != nil {
		t.Errorf("a Vault that was restored has ended a session: %v", err)
	}
	r.revoked(after)
	if _, err := session.Exec(t.Context(), "SELECT 1"); err == nil {
		t.Error("the session outlived its role")
	}
	r.revoked(before) // which Vault believes to be there
	if n := r.leases(); n != 0 {
		t.Errorf("%d leases are left", n)
	}
}
