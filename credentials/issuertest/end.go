package issuertest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"dbaccess/credentials"
)

// run executes a statement as the superuser.
func run(t *testing.T, x Target, sql string) {
	t.Helper()
	runOn(t, x.Admin, sql)
}

func runOn(t *testing.T, url, sql string) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatalf("connect as superuser: %v", err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if _, err := conn.Exec(context.Background(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func blockLeavesSessions(t *testing.T, x Target) {
	c, l := x.mint(t, inAnHour())
	conn := x.login(t, c)
	unknown := l
	unknown.Role = x.order(inAnHour()).Role
	for range 2 {
		if err := x.Issuer.Block(t.Context(), []credentials.Lease{unknown, l}); err != nil {
			t.Fatalf("Block: %v", err)
		}
	}
	x.refused(t, c)
	if !alive(conn) {
		t.Error("Block ended a session")
	}
	if err := x.Issuer.Block(t.Context(), nil); err != nil {
		t.Errorf("Block of nothing: %v", err)
	}
}

func endsSessions(t *testing.T, x Target) {
	a, la := x.mint(t, inAnHour())
	b, lb := x.mint(t, inAnHour())
	_, lc := x.mint(t, inAnHour())
	conns := []*pgx.Conn{x.login(t, a), x.login(t, a), x.login(t, b)}
	counts, err := x.Prover.EndSessions(t.Context(), x.Database, []credentials.Lease{la, lb, lc})
	if err != nil {
		t.Fatalf("EndSessions: %v", err)
	}
	if len(counts) != 3 || counts[0] != 2 || counts[1] != 1 || counts[2] != 0 {
		t.Errorf("counts = %v, want [2 1 0]", counts)
	}
	for i, conn := range conns {
		if alive(conn) {
			t.Errorf("session %d is alive", i)
		}
	}
	if n := admin[int](t, x, "SELECT count(*) FROM pg_stat_activity WHERE usesysid = ANY ($1::oid[])", []uint32{la.RoleOID, lb.RoleOID}); n != 0 {
		t.Errorf("%d sessions are still there when EndSessions returns", n)
	}
}

func leavesOthers(t *testing.T, x Target) {
	mine, _ := x.mint(t, inAnHour())
	other, lo := x.mint(t, inAnHour())
	kept, ended := x.login(t, mine), x.login(t, other)
	super, err := pgx.Connect(t.Context(), x.Admin)
	if err != nil {
		t.Fatalf("connect as superuser: %v", err)
	}
	defer func() { _ = super.Close(context.Background()) }()
	name := admin[string](t, x, "SELECT current_user::text")
	foreign := credentials.Lease{
		ID: "lse_foreign", Database: x.Database, Role: name,
		RoleOID: admin[uint32](t, x, "SELECT oid FROM pg_roles WHERE rolname = $1", name),
	}
	if _, err := x.Prover.EndSessions(t.Context(), x.Database, []credentials.Lease{lo, foreign}); err != nil {
		t.Fatalf("EndSessions: %v", err)
	}
	if alive(ended) {
		t.Error("the session that should end is alive")
	}
	if !alive(kept) || !alive(super) {
		t.Error("a session of somebody else was ended")
	}
}

func revokesWhatSessionsMade(t *testing.T, x Target) {
	c, l := x.mint(t, inAnHour())
	conn := x.login(t, c)
	if err := Wreck(t.Context(), conn, x.Reads); err != nil {
		t.Fatalf("prepare the session: %v", err)
	}
	if err := x.Issuer.Revoke(t.Context(), l); err != nil {
		t.Fatalf("Revoke: %v", err)
	}
	if alive(conn) {
		t.Error("the session outlived its role")
	}
	if x.exists(t, c.Role) {
		t.Error("the role is still there")
	}
	if n := admin[int](t, x, "SELECT count(*) FROM pg_largeobject_metadata WHERE lomowner = $1", c.RoleOID); n != 0 {
		t.Error("its large object is still there")
	}
	x.refused(t, c)
}

func revokeNothing(t *testing.T, x Target) {
	o := x.order(inAnHour())
	p, err := x.Issuer.Prepare(t.Context(), o)
	if err != nil {
		t.Fatalf("Prepare: %v", err)
	}
	never := credentials.Lease{ID: o.Lease, Database: x.Database, Profile: x.Profile, Role: o.Role, Handle: p.Handle()}
	_, l := x.mint(t, inAnHour())
	for _, l := range []credentials.Lease{never, never, l, l} {
		if err := x.Issuer.Revoke(t.Context(), l); err != nil {
			t.Errorf("Revoke: %v", err)
		}
	}
	if proofs := x.end(t, never, l); proofs[0] == nil || proofs[1] == nil {
		t.Errorf("no proof of what is not there: %v", proofs)
	}
}

func revokeByHandle(t *testing.T, x Target) {
	c, l := x.mint(t, inAnHour())
	bare := credentials.Lease{ID: l.ID, Database: l.Database, Role: l.Role, Handle: l.Handle}
	if err := x.Issuer.Revoke(t.Context(), bare); err != nil {
		t.Fatalf("Revoke: %v", err)
	}
	if x.exists(t, c.Role) {
		t.Error("the role is still there")
	}
}

func reconnectingClients(t *testing.T, x Target) {
	c, l := x.mint(t, inAnHour())
	stop := make(chan struct{})
	var started, clients sync.WaitGroup
	for range 4 { // of the five that the role may have
		started.Add(1)
		clients.Go(func() {
			first := true
			for {
				conn, err := Login(context.Background(), x.Admin, c, "")
				if first {
					first = false
					started.Done()
				}
				if err == nil {
					_, _ = conn.Exec(context.Background(), "SELECT pg_sleep(60)") // until it is ended
					_ = conn.Close(context.Background())
				}
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	started.Wait()
	proofs := x.end(t, l)
	if len(proofs) != 1 || proofs[0] == nil || proofs[0].Disabled {
		t.Errorf("no proof: %+v", proofs)
	}
	if n := admin[int](t, x, "SELECT count(*) FROM pg_stat_activity WHERE usesysid = $1", c.RoleOID); n != 0 {
		t.Errorf("%d sessions outlived their role", n)
	}
	close(stop)
	done := make(chan struct{})
	go func() { clients.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		t.Error("a client is still connected")
		run(t, x, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()")
	}
}

func revokeMany(t *testing.T, x Target) {
	leases := make([]credentials.Lease, 12)
	for i := range leases {
		c, l := x.mint(t, inAnHour())
		x.login(t, c)
		leases[i] = l
	}
	errs := make([]error, len(leases))
	var wg sync.WaitGroup
	for i, l := range leases {
		wg.Go(func() { errs[i] = x.Issuer.Revoke(t.Context(), l) })
		wg.Go(func() { // and the same once more, as another replica might
			if err := x.Issuer.Revoke(t.Context(), l); err != nil {
				t.Errorf("Revoke beside another: %v", err)
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Errorf("Revoke: %v", err)
	}
	for i, p := range x.end(t, leases...) {
		if p == nil {
			t.Errorf("no proof of lease %d", i)
		}
	}
}

func provesNothingTooEarly(t *testing.T, x Target) {
	c, l := x.mint(t, inAnHour())
	_, other := x.mint(t, inAnHour())
	x.login(t, c)
	if err := x.Issuer.Revoke(t.Context(), other); err != nil {
		t.Fatalf("Revoke: %v", err)
	}
	proofs, err := x.Prover.Prove(t.Context(), x.Database, []credentials.Lease{l, other})
	if err == nil || !strings.Contains(err.Error(), l.Role) || strings.Contains(err.Error(), other.Role) {
		t.Errorf("Prove says %v; it should name %s only", err, l.Role)
	}
	if len(proofs) != 2 || proofs[0] != nil || proofs[1] == nil {
		t.Fatalf("proofs = %v, want of the second only", proofs)
	}
	if p := proofs[1]; p.Role != other.Role || p.RoleOID != other.RoleOID || p.At.IsZero() || p.Disabled {
		t.Errorf("proof = %+v", p)
	}
	renamed := l
	renamed.Role = x.order(inAnHour()).Role
	if proofs, _ := x.Prover.Prove(t.Context(), x.Database, []credentials.Lease{renamed}); proofs[0] != nil {
		t.Error("a role under another name, with the same OID, was taken for gone")
	}
	if err := x.Issuer.Block(t.Context(), []credentials.Lease{l}); err != nil {
		t.Fatalf("Block: %v", err)
	}
	if _, err := x.Prover.EndSessions(t.Context(), x.Database, []credentials.Lease{l}); err != nil {
		t.Fatalf("EndSessions: %v", err)
	}
	if proofs, _ := x.Prover.Prove(t.Context(), x.Database, []credentials.Lease{l}); proofs[0] != nil {
		t.Error("a role that is only blocked was taken for gone")
	}
}

func disabledRole(t *testing.T, x Target) {
	c, l := x.mint(t, inAnHour())
	config, err := pgx.ParseConfig(x.Admin)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := strings.Replace(x.Admin, "/"+config.Database, "/postgres", 1)
	conn, err := Login(t.Context(), x.Admin, c, "postgres")
	if err != nil {
		t.Fatalf("log in to the database postgres: %v", err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	var oid uint32
	if _, err := conn.Exec(t.Context(), "SET default_transaction_read_only = off"); err != nil {
		t.Fatal(err)
	}
	if err := conn.QueryRow(t.Context(), "SELECT lo_from_bytea(0, 'elsewhere')").Scan(&oid); err != nil {
		t.Fatalf("make a large object elsewhere: %v", err)
	}
	for range 2 {
		if err := x.Issuer.Revoke(t.Context(), l); !errors.Is(err, credentials.ErrDisabled) {
			t.Fatalf("Revoke = %v, want ErrDisabled", err)
		}
	}
	x.refused(t, c)
	proofs, err := x.Prover.Prove(t.Context(), x.Database, []credentials.Lease{l})
	if err != nil || proofs[0] == nil || !proofs[0].Disabled {
		t.Errorf("Prove = %+v, %v; want a proof that says disabled", proofs[0], err)
	}
	if alive(conn) {
		t.Error("its session is alive")
	}
	runOn(t, elsewhere, "REASSIGN OWNED BY \""+c.Role+"\" TO CURRENT_USER")
	if err := x.Issuer.Revoke(t.Context(), l); err != nil {
		t.Errorf("Revoke, when it owns nothing any more: %v", err)
	}
	if x.exists(t, c.Role) {
		t.Error("the role is still there")
	}
}
