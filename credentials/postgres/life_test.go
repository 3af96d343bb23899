package postgres_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"dbaccess/approvals"
	"dbaccess/credentials"
	"dbaccess/credentials/issuertest"
	"dbaccess/credentials/postgres"
	"dbaccess/credentials/storetest"
	"dbaccess/internal/identity"
)

// life is a service over a real database.
type life struct {
	*credentials.Service
	store   *storetest.Memory
	targets *postgres.Targets
	admin   string
}

var alice = identity.Principal{Kind: identity.Person, Name: "alice"}

func newLife(t testing.TB) *life {
	t.Helper()
	return newLifeOn(t, database(t))
}

// newLifeOn is an installation of its own on a database that others may use.
func newLifeOn(t testing.TB, admin string) *life {
	t.Helper()
	l := &life{store: storetest.NewMemory(), admin: admin, targets: open(t, admin, newInstall())}
	l.Service = l.replica(t)
	return l
}

// replica is a process of its own over the same store and database.
func (l *life) replica(t testing.TB) *credentials.Service {
	return &credentials.Service{
		Store: l.store, Issuer: l.targets.Issuer, Prover: l.targets, Install: l.targets.Install(),
		Allowed:   func(context.Context, approvals.Grant) error { return nil },
		Databases: func() []string { return []string{"shop"} },
		Log:       slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
}

func (l *life) open(window time.Duration) approvals.GrantID {
	g := storetest.Sample(time.Now())
	g.Duration = window
	l.store.Seed(g)
	return g.ID
}

func (l *life) get(t testing.TB, id approvals.GrantID) credentials.Grant {
	t.Helper()
	g, err := l.store.Grant(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func (l *life) claim(t testing.TB, id approvals.GrantID) credentials.Credential {
	t.Helper()
	code, _, err := l.IssueCode(t.Context(), alice, id)
	if err != nil {
		t.Fatalf("IssueCode: %v", err)
	}
	c, _, err := l.Redeem(t.Context(), code)
	if err != nil {
		t.Fatalf("Redeem: %v", err)
	}
	return c
}

func (l *life) login(t testing.TB, c credentials.Credential) *pgx.Conn {
	t.Helper()
	conn, err := issuertest.Login(t.Context(), l.admin, c, "")
	if err != nil {
		t.Fatalf("log in: %v", err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// sweepLater lets another process sweep once, when every hold and patience is
// over but the window is not.
func (l *life) sweepLater(t *testing.T) {
	t.Helper()
	svc := l.replica(t)
	svc.Now = func() time.Time { return time.Now().Add(3 * time.Minute) }
	if _, err := svc.Sweep(t.Context()); err != nil {
		t.Errorf("the sweep: %v", err)
	}
}

// roles lists the roles on the server that this life's grants explain.
func (l *life) roles(t testing.TB) []string {
	t.Helper()
	roles, err := l.targets.Roles(t.Context(), "shop")
	if err != nil {
		t.Fatalf("Roles: %v", err)
	}
	grants, err := l.store.Grants(t.Context(), credentials.GrantFilter{})
	if err != nil {
		t.Fatalf("Grants: %v", err)
	}
	return slices.DeleteFunc(roles, func(role string) bool {
		return !slices.ContainsFunc(grants, func(g credentials.Grant) bool {
			return strings.Contains(role, strings.TrimPrefix(string(g.ID), "grt_"))
		})
	})
}

// run runs the due loop until the test ends.
func (l *life) run(t testing.TB) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.RunDue(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("RunDue: %v", err)
		}
	})
}

// ended waits until the grant has ended.
func (l *life) ended(t testing.TB, id approvals.GrantID) credentials.Grant {
	t.Helper()
	for {
		g := l.get(t, id)
		if g.State == credentials.Ended {
			return g
		}
		if err := l.store.Woken(t.Context()); err != nil {
			t.Fatalf("waiting for the end of %s: %v", id, err)
		}
	}
}

func value[T any](t testing.TB, conn *pgx.Conn, sql string) T {
	t.Helper()
	var v T
	if err := conn.QueryRow(t.Context(), sql).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

func TestAHolderSeesMaskedRowsUntilTheWindowIsOver(t *testing.T) {
	t.Parallel()
	l := newLife(t)
	id := l.open(6 * time.Second)
	c := l.claim(t, id)
	conn := l.login(t, c)
	if email := value[string](t, conn, "SELECT DISTINCT email FROM people"); email != "[redacted]" {
		t.Errorf("an e-mail is shown as %q", email)
	}
	if path := value[string](t, conn, "SHOW search_path"); path != "masked_crm, public, pg_temp" {
		t.Errorf("search_path = %s", path)
	}
	if ro, timeout, idle := value[string](t, conn, "SHOW transaction_read_only"), value[string](t, conn, "SHOW statement_timeout"), value[string](t, conn, "SHOW idle_session_timeout"); ro != "on" || timeout != "1min" || idle != "10min" {
		t.Errorf("read-only %s, statement_timeout %s, idle_session_timeout %s", ro, timeout, idle)
	}
	if _, err := conn.Exec(t.Context(), "SELECT * FROM crm.people"); err == nil {
		t.Error("the raw table can be read")
	}
	if err := issuertest.Wreck(t.Context(), conn, "SELECT id, email FROM people"); err != nil {
		t.Fatalf("make the ending hard: %v", err)
	}
	l.run(t)
	g := l.ended(t, id)
	if _, err := conn.Exec(t.Context(), "SELECT 1"); err == nil {
		t.Error("the session outlived the window")
	}
	if _, err := issuertest.Login(t.Context(), l.admin, c, ""); err == nil {
		t.Error("the credential still works")
	}
	if roles := l.roles(t); len(roles) != 0 {
		t.Errorf("roles: %v", roles)
	}
	p := g.Leases[0].Proof
	if g.Reason != credentials.Elapsed || p == nil || p.Sessions != 1 || p.Disabled || p.RoleOID != c.RoleOID || p.At.Before(g.Due) {
		t.Errorf("%s, proof %+v", g.Reason, p)
	}
	t.Logf("due second to proof: %v", g.EndedAt.Sub(g.Due))
}

func TestAReplacedCredentialIsDeadBeforeTheNextOneLives(t *testing.T) {
	t.Parallel()
	l := newLife(t)
	id := l.open(time.Hour)
	first := l.claim(t, id)
	conn := l.login(t, first)
	second := l.claim(t, id)
	if _, err := conn.Exec(t.Context(), "SELECT 1"); err == nil {
		t.Error("a session of the first is alive")
	}
	if roles := l.roles(t); !slices.Equal(roles, []string{second.Role}) {
		t.Errorf("roles: %v", roles)
	}
	if !second.Until.Equal(first.Until) {
		t.Errorf("the window moved from %v to %v", first.Until, second.Until)
	}
	l.login(t, second)
	if g, err := l.End(t.Context(), alice, id, credentials.Revoked); err != nil || g.State != credentials.Ended {
		t.Errorf("End: %s, %v", g.State, err)
	}
}

// clock stands still until it is started.
type clock struct {
	mu      sync.Mutex
	at      time.Time
	started time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.started.IsZero() {
		return c.at
	}
	return c.at.Add(time.Since(c.started))
}

func (c *clock) startAt(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at, c.started = at, time.Now()
}

// The figure that it logs is what counts; that it ends all of them is checked.
// Postgres' own clock goes on meanwhile and lets everybody in until the very
// end, which is harder than what happens outside of tests.
func TestFiftyGrantsDueAtOnce(t *testing.T) {
	const grants = 50
	l, c := newLife(t), &clock{at: time.Now()}
	l.targets = openAt(t, l.admin, l.targets.Install(), c.now)
	l.Service = l.replica(t)
	l.Now = c.now
	ids := make([]approvals.GrantID, grants)
	for i := range ids {
		ids[i] = l.open(time.Hour)
		l.login(t, l.claim(t, ids[i]))
	}
	due := l.get(t, ids[0]).Due
	c.startAt(due.Add(-300 * time.Millisecond))
	l.run(t)
	var late []time.Duration
	for _, id := range ids {
		g := l.ended(t, id)
		if g.Leases[0].Proof.Sessions != 1 || !g.Due.Equal(due) || g.EndedAt.Before(due) {
			t.Errorf("%s ended %d sessions, %v after its due second", id, g.Leases[0].Proof.Sessions, g.EndedAt.Sub(g.Due))
		}
		late = append(late, g.EndedAt.Sub(g.Due))
	}
	slices.Sort(late)
	t.Logf("%d grants due at once, each with a session: due second to proof p50 %v, p99 %v; all recorded after %v",
		grants, late[grants/2], late[grants-1], c.now().Sub(due))
	if roles := l.roles(t); len(roles) != 0 {
		t.Errorf("%d roles are left", len(roles))
	}
}

func TestManyClaimAndEndAtOnce(t *testing.T) {
	t.Parallel()
	l := newLife(t)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			id := l.open(time.Hour)
			code, _, err := l.IssueCode(t.Context(), alice, id)
			if err == nil {
				_, _, err = l.Redeem(t.Context(), code)
			}
			if err != nil {
				t.Errorf("claim: %v", err)
				return
			}
			if g, err := l.End(t.Context(), alice, id, credentials.Revoked); err != nil || g.State != credentials.Ended {
				t.Errorf("End: %s, %v", g.State, errors.Join(err, errors.New(g.Leases[0].Trouble)))
			}
		})
	}
	wg.Wait()
	if roles := l.roles(t); len(roles) != 0 {
		t.Errorf("roles: %v", roles)
	}
}
