package issuertest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"dbaccess/credentials"
)

// Target is a database that an issuer and a prover serve. Its PUBLIC may still
// make temporary tables.
type Target struct {
	Issuer   credentials.Issuer
	Prover   credentials.Prover
	Install  string
	Database string // the database's name in the config
	Profile  string // may run Reads and not Refused
	Admin    string // a superuser's URL of the database
	Reads    string // a statement
	Refused  string // a statement
}

// Open returns a target of the test's own.
type Open func(t *testing.T) Target

// Run checks that an issuer and a prover keep what their interfaces promise.
func Run(t *testing.T, open Open) {
	tests := map[string]func(*testing.T, Target){
		"a minted role reads what its profile may, and nothing else": readsOnlyItsProfile,
		"a minted role has no rights of its own":                     noRightsOfItsOwn,
		"VALID UNTIL is the ordered second":                          validUntil,
		"a password is refused from the due second on":               refusedWhenDue,
		"what was not prepared by our prefix is refused":             foreignNames,
		"minting one order twice fails and leaves one role":          mintTwice,
		"block refuses logins and leaves sessions":                   blockLeavesSessions,
		"sessions are ended and counted lease by lease":              endsSessions,
		"sessions of others are left alone":                          leavesOthers,
		"revoke takes all that a session may have made":              revokesWhatSessionsMade,
		"revoke is harmless when there is nothing to revoke":         revokeNothing,
		"revoke needs the role and the handle only":                  revokeByHandle,
		"an ending holds against clients that connect in a loop":     reconnectingClients,
		"many are revoked at once":                                   revokeMany,
		"nothing is proven while the role or a session is there":     provesNothingTooEarly,
		"a role that owns something elsewhere is disabled":           disabledRole,
		"roles lists ours and no others":                             listsRoles,
	}
	for name, f := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(t, open(t))
		})
	}
}

// Login connects as the holder of the credential to a database of that server
// (empty: the credential's).
func Login(ctx context.Context, admin string, c credentials.Credential, database string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(admin)
	if err != nil {
		return nil, err
	}
	config.User, config.Password = c.Role, c.Password.Reveal()
	if database != "" {
		config.Database = database
	}
	return pgx.ConnectConfig(ctx, config)
}

// Wreck does in a session whatever could make its role hard to end: a
// temporary table with rows, a cursor held open, a large object, a prepared
// statement, an advisory lock.
func Wreck(ctx context.Context, conn *pgx.Conn, reads string) error {
	for _, sql := range []string{
		"SET default_transaction_read_only = off",
		"CREATE TEMPORARY TABLE copied AS " + reads,
		"BEGIN", "DECLARE held CURSOR WITH HOLD FOR " + reads, "COMMIT",
		"SELECT lo_from_bytea(0, 'taken along')",
		"PREPARE again AS " + reads,
		"SELECT pg_advisory_lock(oid::bigint) FROM pg_roles WHERE rolname = current_user",
		"LISTEN anything",
	} {
		if _, err := conn.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}

// order makes an order with a role name of the installation's.
func (x Target) order(until time.Time) credentials.Order {
	id := strings.ToLower(rand.Text())
	return credentials.Order{
		Lease: credentials.LeaseID("lse_" + id), Database: x.Database, Profile: x.Profile,
		Role: credentials.RolePrefix(x.Install) + id + "-" + id[:8], Until: until.Truncate(time.Second),
	}
}

// mint mints an order, as a claim does, and ends it when the test is over.
func (x Target) mint(t *testing.T, until time.Time) (credentials.Credential, credentials.Lease) {
	t.Helper()
	o := x.order(until)
	p, err := x.Issuer.Prepare(t.Context(), o)
	if err != nil {
		t.Fatalf("Prepare: %v", err)
	}
	c, err := p.Mint(t.Context())
	if err != nil {
		t.Fatalf("Mint: %v", err)
	}
	l := credentials.Lease{
		ID: o.Lease, Database: o.Database, Profile: o.Profile, Role: o.Role, RoleOID: c.RoleOID,
		Handle: p.Handle(), Ref: c.Ref, State: credentials.Live, Until: o.Until,
	}
	t.Cleanup(func() {
		if err := x.Issuer.Revoke(context.Background(), l); err != nil {
			t.Errorf("clean up: %v", err)
		}
	})
	return c, l
}

func (x Target) login(t *testing.T, c credentials.Credential) *pgx.Conn {
	t.Helper()
	conn, err := Login(t.Context(), x.Admin, c, "")
	if err != nil {
		t.Fatalf("log in: %v", err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// refused checks that nobody can log in with the credential.
func (x Target) refused(t *testing.T, c credentials.Credential) {
	t.Helper()
	conn, err := Login(t.Context(), x.Admin, c, "")
	if err == nil {
		_ = conn.Close(t.Context())
		t.Errorf("%s could log in", c.Role)
	}
}

// admin runs a query as the superuser and returns its one value.
func admin[T any](t *testing.T, x Target, sql string, args ...any) T {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), x.Admin)
	if err != nil {
		t.Fatalf("connect as superuser: %v", err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	var v T
	if err := conn.QueryRow(t.Context(), sql, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

func (x Target) exists(t *testing.T, role string) bool {
	t.Helper()
	return admin[bool](t, x, "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", role)
}

// alive reports whether a session still answers.
func alive(conn *pgx.Conn) bool {
	_, err := conn.Exec(context.Background(), "SELECT 1")
	return err == nil
}

// end does what credentials does to leases, without their store.
func (x Target) end(t *testing.T, leases ...credentials.Lease) []*credentials.Proof {
	t.Helper()
	if err := x.Issuer.Block(t.Context(), leases); err != nil {
		t.Errorf("Block: %v", err)
	}
	if _, err := x.Prover.EndSessions(t.Context(), x.Database, leases); err != nil {
		t.Errorf("EndSessions: %v", err)
	}
	for _, l := range leases {
		if err := x.Issuer.Revoke(t.Context(), l); err != nil {
			t.Errorf("Revoke: %v", err)
		}
	}
	if _, err := x.Prover.EndSessions(t.Context(), x.Database, leases); err != nil {
		t.Errorf("EndSessions again: %v", err)
	}
	proofs, err := x.Prover.Prove(t.Context(), x.Database, leases)
	if err != nil {
		t.Errorf("Prove: %v", err)
	}
	return proofs
}

func inAnHour() time.Time { return time.Now().Add(time.Hour) }

func code(err error) string {
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) {
		return pgErr.Code
	}
	return fmt.Sprint(err)
}

func listsRoles(t *testing.T, x Target) {
	_, a := x.mint(t, inAnHour())
	_, b := x.mint(t, inAnHour())
	roles, err := x.Issuer.Roles(t.Context(), x.Database)
	if err != nil {
		t.Fatalf("Roles: %v", err)
	}
	want := []string{a.Role, b.Role}
	slices.Sort(want)
	slices.Sort(roles)
	if !slices.Equal(roles, want) {
		t.Errorf("Roles = %v, want %v", roles, want)
	}
}
