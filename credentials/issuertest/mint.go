package issuertest

import (
	"context"
	"testing"
	"time"

	"dbaccess/credentials"
)

func readsOnlyItsProfile(t *testing.T, x Target) {
	c, _ := x.mint(t, inAnHour())
	conn := x.login(t, c)
	if _, err := conn.Exec(t.Context(), x.Reads); err != nil {
		t.Errorf("%s: %v", x.Reads, err)
	}
	if _, err := conn.Exec(t.Context(), x.Refused); code(err) != "42501" {
		t.Errorf("%s: %v, want it refused", x.Refused, err)
	}
	for _, sql := range []string{
		"CREATE ROLE another", "CREATE DATABASE another", "CREATE TABLE public.mine (a int)",
		"COPY (SELECT 1) TO PROGRAM 'true'", "SELECT pg_read_file('/etc/hostname')",
	} {
		if _, err := conn.Exec(t.Context(), "SET default_transaction_read_only = off"); err != nil {
			t.Fatalf("SET: %v", err)
		}
		if _, err := conn.Exec(t.Context(), sql); code(err) != "42501" {
			t.Errorf("%s: %v, want it refused", sql, err)
		}
	}
}

func noRightsOfItsOwn(t *testing.T, x Target) {
	c, l := x.mint(t, inAnHour())
	if c.Role != l.Role || c.Lease != l.ID || c.Host == "" || c.Port == 0 || c.Database == "" || c.Password.Reveal() == "" {
		t.Errorf("the credential is incomplete: %+v", c)
	}
	if oid := admin[uint32](t, x, "SELECT oid FROM pg_roles WHERE rolname = $1", c.Role); oid != c.RoleOID {
		t.Errorf("RoleOID = %d, the server says %d", c.RoleOID, oid)
	}
	if admin[bool](t, x, "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls OR rolconnlimit < 1 FROM pg_roles WHERE rolname = $1", c.Role) {
		t.Error("the role has rights of its own, or no connection limit")
	}
	if n := admin[int](t, x, "SELECT count(*) FROM pg_shdepend WHERE refobjid = $1 AND deptype IN ('a', 'o')", c.RoleOID); n != 0 {
		t.Errorf("%d objects name the role in their owner or their rights", n)
	}
	stored := admin[string](t, x, "SELECT rolpassword FROM pg_authid WHERE rolname = $1", c.Role)
	if len(stored) < 14 || stored[:14] != "SCRAM-SHA-256$" {
		t.Error("the password is not kept as a SCRAM verifier")
	}
}

func validUntil(t *testing.T, x Target) {
	until := time.Now().Add(90 * time.Minute).Truncate(time.Second)
	c, _ := x.mint(t, until)
	if got := admin[time.Time](t, x, "SELECT rolvaliduntil FROM pg_roles WHERE rolname = $1", c.Role); !got.Equal(until) {
		t.Errorf("VALID UNTIL is %v, want %v", got, until)
	}
	if !c.Until.Equal(until) {
		t.Errorf("Until = %v, want %v", c.Until, until)
	}
}

func refusedWhenDue(t *testing.T, x Target) {
	until := time.Now().Add(3 * time.Second).Truncate(time.Second)
	c, _ := x.mint(t, until)
	if time.Now().Before(until.Add(-time.Second)) {
		x.login(t, c)
	}
	for { // until it is refused; the test's own time bounds it
		conn, err := Login(t.Context(), x.Admin, c, "")
		at := time.Now()
		if code(err) == "53300" { // too many connections: earlier ones are still closing
			continue
		}
		if err != nil {
			if at.Before(until) {
				t.Errorf("refused %v before its due second: %v", until.Sub(at), err)
			}
			return
		}
		_ = conn.Close(t.Context())
		if t.Context().Err() != nil || at.After(until.Add(5*time.Second)) {
			t.Fatal("still let in five seconds after the due second")
		}
	}
}

func foreignNames(t *testing.T, x Target) {
	name := "shop_owner_" + x.Install
	run(t, x, "CREATE ROLE "+name+" LOGIN")
	t.Cleanup(func() { run(t, x, "DROP ROLE "+name) })
	o := x.order(inAnHour())
	o.Role = name
	if p, err := x.Issuer.Prepare(t.Context(), o); err == nil {
		if _, err := p.Mint(t.Context()); err == nil {
			t.Error("a role without our prefix was minted")
		}
	}
	l := credentials.Lease{ID: o.Lease, Database: x.Database, Role: name}
	if err := x.Issuer.Block(t.Context(), []credentials.Lease{l}); err == nil {
		t.Error("Block took a role that is not ours")
	}
	if err := x.Issuer.Revoke(t.Context(), l); err == nil {
		t.Error("Revoke took a role that is not ours")
	}
	if !x.exists(t, name) || !admin[bool](t, x, "SELECT rolcanlogin FROM pg_roles WHERE rolname = $1", name) {
		t.Error("a role that is not ours was changed")
	}
}

func mintTwice(t *testing.T, x Target) {
	o := x.order(inAnHour())
	l := credentials.Lease{ID: o.Lease, Database: o.Database, Profile: o.Profile, Role: o.Role}
	t.Cleanup(func() {
		if err := x.Issuer.Revoke(context.Background(), l); err != nil {
			t.Errorf("clean up: %v", err)
		}
	})
	p, err := x.Issuer.Prepare(t.Context(), o)
	if err != nil {
		t.Fatalf("Prepare: %v", err)
	}
	l.Handle = p.Handle()
	c, err := p.Mint(t.Context())
	if err != nil {
		t.Fatalf("Mint: %v", err)
	}
	if c.Role == o.Role { // an issuer that chooses other names may mint another
		if _, err := p.Mint(t.Context()); err == nil {
			t.Error("the same role was minted twice")
		}
	}
	x.login(t, c)
}
