package postgres_test

import (
	"testing"
	"time"

	"dbaccess/credentials"
	"dbaccess/credentials/issuertest"
	"dbaccess/internal/devstack/pgtest"
)

// What a holder can do to hold up the end of its access. Every role may change
// its own password, and that locks the role until the transaction's end.

func TestAHolderWhoLocksItsOwnRoleIsEndedAtOnce(t *testing.T) {
	t.Parallel()
	l := newLife(t)
	stubborn, plain := l.open(time.Hour), l.open(time.Hour)
	s, p := l.claim(t, stubborn), l.claim(t, plain)
	exec(t, l.login(t, s), "BEGIN READ WRITE; ALTER ROLE CURRENT_USER PASSWORD 'x'")

	// Blocked together, as in a batch of endings: the others do not wait for it.
	leases := []credentials.Lease{l.get(t, stubborn).Leases[0], l.get(t, plain).Leases[0]}
	if err := l.targets.Block(t.Context(), leases); err == nil {
		t.Error("the locked role was blocked: this tests nothing")
	}
	if conn, err := issuertest.Login(t.Context(), l.admin, p, ""); err == nil {
		_ = conn.Close(t.Context())
		t.Error("the other role was not blocked")
	}
	start := time.Now()
	g, err := l.End(t.Context(), alice, stubborn, credentials.Revoked)
	if err != nil || g.State != credentials.Ended {
		t.Errorf("End: %s, %v", g.State, err)
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("it took %v, as if it had waited for the holder's lock", took)
	}
}

func TestAPreparedTransactionKeepsNoAccessAlive(t *testing.T) {
	t.Parallel()
	if got := value[string](t, newSession(t, pgtest.Server(t).URL("postgres")), "SHOW max_prepared_transactions"); got == "0" {
		t.Fatal("the server of the tests allows no prepared transactions")
	}
	l := newLife(t)
	id := l.open(time.Hour)
	c := l.claim(t, id)
	conn := l.login(t, c)
	exec(t, conn, "BEGIN READ WRITE; ALTER ROLE CURRENT_USER PASSWORD 'x'")
	exec(t, conn, "PREPARE TRANSACTION 'it''s "+c.Role+"'")
	g, err := l.End(t.Context(), alice, id, credentials.Revoked)
	if err != nil || g.State != credentials.Ended {
		t.Errorf("End: %s, %v", g.State, err)
	}
	if left := value[int](t, newSession(t, l.admin), "SELECT count(*)::int FROM pg_prepared_xacts WHERE database = current_database()"); left != 0 {
		t.Errorf("%d prepared transactions are left", left)
	}
}

func TestAPreparedTransactionElsewhereKeepsNoRights(t *testing.T) {
	t.Parallel()
	l := newLife(t)
	id := l.open(time.Hour)
	c := l.claim(t, id)
	conn, err := issuertest.Login(t.Context(), l.admin, c, "postgres")
	if err != nil {
		t.Fatal(err)
	}
	gid := "elsewhere " + c.Role
	exec(t, conn, "BEGIN READ WRITE; ALTER ROLE CURRENT_USER PASSWORD 'x'")
	exec(t, conn, "PREPARE TRANSACTION '"+gid+"'")
	_ = conn.Close(t.Context())

	g, err := l.End(t.Context(), alice, id, credentials.Revoked)
	if err != nil || g.State != credentials.Revoking {
		t.Errorf("End: %s, %v; want it unproven, because the role cannot be dropped", g.State, err)
	}
	if again, err := issuertest.Login(t.Context(), l.admin, c, ""); err == nil {
		if _, err := again.Exec(t.Context(), "SELECT FROM people"); err == nil {
			t.Error("the holder still reads")
		}
		_ = again.Close(t.Context())
	}
	super := newSession(t, pgtest.Server(t).URL("postgres"))
	exec(t, super, "ROLLBACK PREPARED '"+gid+"'")
	l.sweepLater(t)
	if g := l.get(t, id); g.State != credentials.Ended {
		t.Errorf("after the transaction is gone, a sweep leaves it %s", g.State)
	}
}
