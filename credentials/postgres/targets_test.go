package postgres_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"dbaccess/credentials"
	"dbaccess/credentials/issuertest"
	"dbaccess/credentials/postgres"
	"dbaccess/internal/devstack/pgtest"
	"dbaccess/internal/fault"
)

func TestMistakesInTheConfigAreReportedAtOnceAndWithoutSecrets(t *testing.T) {
	t.Parallel()
	url := credentials.NewSecret("postgres://issuer:hunter2@db:5432/shop")
	profile := []postgres.Profile{{Name: "read", Roles: []string{"reader"}}}
	_, err := postgres.Open(postgres.Config{Install: "Demo", Targets: []postgres.Target{
		{Name: "one", IssuerURL: credentials.NewSecret("postgres://issuer:hunter2@db:port/shop"), MonitorURL: url, Profiles: profile},
		{Name: "two", IssuerURL: url, MonitorURL: credentials.NewSecret("host=db hunter2"), Profiles: profile},
		{Name: "three", IssuerURL: url, MonitorURL: url, Profiles: []postgres.Profile{{Name: "nothing"}}},
		{Name: "four", IssuerURL: url, MonitorURL: url, Profiles: profile},
		{Name: "four", IssuerURL: url, MonitorURL: url, Profiles: profile},
	}})
	if err == nil {
		t.Fatal("the config was taken")
	}
	for _, want := range []string{`"Demo"`, "one", "two", "three", "four"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("nothing is said about %s: %v", want, err)
		}
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a password is quoted: %v", err)
	}
}

func TestADatabaseThatIsAwayDoesNotKeepAnyoneFromStarting(t *testing.T) {
	t.Parallel()
	nowhere := credentials.NewSecret("postgres://issuer:hunter2@127.0.0.1:1/shop")
	targets, err := postgres.Open(postgres.Config{Install: "abcdef", Targets: []postgres.Target{{
		Name: "shop", IssuerURL: nowhere, MonitorURL: nowhere, Profiles: []postgres.Profile{{Name: "read", Roles: []string{"reader"}}},
	}}})
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	defer targets.Close()
	_, err = targets.Check(t.Context(), "shop")
	if fault.KindOf(err) != fault.Unavailable || strings.Contains(fmt.Sprintf("%v %+v", err, err), "hunter2") {
		t.Errorf("Check: %v", err)
	}
	if _, err := targets.Issuer("elsewhere"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("Issuer of an unknown database: %v", err)
	}
	_, err = targets.Prepare(t.Context(), credentials.Order{Database: "shop", Profile: "write", Role: "dba-abcdef-x-y"})
	if fault.KindOf(err) != fault.NotFound {
		t.Errorf("Prepare of an unknown profile: %v", err)
	}
}

func TestCheckFindsWhatTheOwnerHasNotSetUp(t *testing.T) {
	t.Parallel()
	admin := database(t)
	targets := open(t, admin, newInstall())
	warnings, err := targets.Check(t.Context(), "shop")
	if err != nil {
		t.Errorf("Check of a database that is set up: %v", err)
	}
	said := strings.Join(warnings, "\n")
	if raw := pgtest.Server(t).Version < 16; raw != strings.Contains(said, "guard its password") {
		t.Errorf("warnings on version %d: %q", pgtest.Server(t).Version, warnings)
	}
	if !strings.Contains(said, "prepared transactions") || strings.Contains(said, "clock") {
		t.Errorf("warnings of a server with prepared transactions and our own clock: %q", warnings)
	}
	bare := pgtest.Clone(t, "bare", nil)
	_, err = open(t, bare, newInstall()).Check(t.Context(), "shop")
	if fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "monitor") || strings.Contains(err.Error(), group) {
		t.Errorf("Check of one without the monitor's function: %v", err)
	}
}

func TestCheckWarnsOfAClockThatGoesWrong(t *testing.T) {
	t.Parallel()
	admin := database(t)
	early := openAt(t, admin, newInstall(), func() time.Time { return time.Now().Add(-time.Hour) })
	warnings, err := early.Check(t.Context(), "shop")
	if said := strings.Join(warnings, "\n"); err != nil || !strings.Contains(said, "differs from ours by 1h0m0s") {
		t.Errorf("warnings %q, %v", warnings, err)
	}
}

func TestThePasswordIsNeverInWhatPostgresIsSent(t *testing.T) {
	t.Parallel()
	admin := database(t)
	log := newSession(t, admin)
	exec(t, log, "ALTER ROLE dbaccess_issuer IN DATABASE "+pgx.Identifier{log.Config().Database}.Sanitize()+" SET log_statement = 'all'")
	l := newLifeOn(t, admin)
	c := l.claim(t, l.open(time.Hour))
	written, err := os.ReadFile(pgtest.Server(t).LogFile())
	if err != nil {
		t.Fatal(err)
	}
	_, statement, found := strings.Cut(string(written), `CREATE ROLE "`+c.Role+`" LOGIN`)
	if !found || !strings.Contains(statement, "SCRAM-SHA-256$4096:") {
		t.Fatal("the statement is not in the log, so the test shows nothing")
	}
	if strings.Contains(string(written), c.Password.Reveal()) {
		t.Error("the password is in the server's log")
	}
}

func TestNamesAreQuoted(t *testing.T) {
	t.Parallel()
	odd := `o'dd "group"; DROP TABLE crm.people --`
	text := postgres.SetupSQL(postgres.SetupOptions{
		Database: `my "shop"`, Groups: []string{odd, odd}, Issuer: "is'suer", MonitorPassword: credentials.NewSecret("hunter2"),
	})
	for _, want := range []string{`ON DATABASE "my ""shop"""`, `"o'dd ""group""; DROP TABLE crm.people --"`, `'is''suer'`, "SCRAM-SHA-256$4096:", `\password is'suer`} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing", want)
		}
	}
	if strings.Contains(text, "hunter2") || strings.Count(text, "IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'o''dd") != 1 {
		t.Error("a password stands in it, or a group twice")
	}
}

func TestTheMonitorCanEndNobodyElse(t *testing.T) {
	t.Parallel()
	admin := database(t)
	install := newInstall()
	super := newSession(t, admin)
	owner := "owner_" + install
	exec(t, super, "CREATE ROLE "+owner+" LOGIN PASSWORD 'only for this test'")
	t.Cleanup(func() {
		again := newSession(t, admin)
		exec(t, again, "DROP ROLE "+owner)
	})
	theirs := newSession(t, as(t, admin, owner, credentials.NewSecret("only for this test")).Reveal())
	monitor := newSession(t, as(t, admin, "dbaccess_monitor", monitorPassword).Reveal())
	oid := value[uint32](t, super, "SELECT oid FROM pg_roles WHERE rolname = '"+owner+"'")
	for _, args := range []string{
		fmt.Sprintf("'%s', '{%s,postgres}', '{}'", install, owner),
		fmt.Sprintf("'%s', '{}', '{%d,10}'", install, oid),
		fmt.Sprintf("'%s', '{dba-%s-x}', '{0}'", install, install),
	} {
		if n := value[int](t, monitor, "SELECT count(*) FROM dbaccess_monitor.end_sessions("+args+")"); n != 0 {
			t.Errorf("end_sessions(%s) ended sessions of %d roles", args, n)
		}
	}
	for _, args := range []string{"'%', '{postgres}'", "'', '{" + owner + "}'", "'ABCDEF', '{}'", "NULL, '{" + owner + "}'"} {
		if _, err := monitor.Exec(t.Context(), "SELECT * FROM dbaccess_monitor.end_sessions("+args+")"); err == nil {
			if alive := value[int](t, theirs, "SELECT 1"); alive != 1 {
				t.Errorf("end_sessions(%s) ended somebody", args)
			}
			if !strings.HasPrefix(args, "NULL") {
				t.Errorf("end_sessions(%s) was taken", args)
			}
		}
	}
	for _, sql := range []string{
		fmt.Sprintf("SELECT pg_terminate_backend(%d)", theirs.PgConn().PID()),
		"SELECT * FROM crm.people", "CREATE TABLE public.mine (a int)", "CREATE ROLE another",
		"CREATE FUNCTION dbaccess_monitor.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
	} {
		if _, err := monitor.Exec(t.Context(), sql); err == nil {
			t.Errorf("the monitor may: %s", sql)
		}
	}
	value[int](t, theirs, "SELECT 1")
	l := newLifeOn(t, admin)
	holder := l.login(t, l.claim(t, l.open(time.Hour)))
	if _, err := holder.Exec(t.Context(), "SELECT * FROM dbaccess_monitor.end_sessions('"+install+"', '{}')"); err == nil {
		t.Error("a holder may call the monitor's function")
	}
}

func TestASessionWhoseRoleIsGoneAlreadyIsEndedToo(t *testing.T) {
	t.Parallel()
	l := newLife(t)
	id := l.open(time.Hour)
	c := l.claim(t, id)
	conn := l.login(t, c)
	super := newSession(t, l.admin)
	exec(t, super, "DROP OWNED BY "+pgx.Identifier{c.Role}.Sanitize())
	exec(t, super, "DROP ROLE "+pgx.Identifier{c.Role}.Sanitize())
	if alive := value[int](t, conn, "SELECT 1"); alive != 1 {
		t.Fatal("the session did not outlive its role, so the test shows nothing")
	}
	g, err := l.End(t.Context(), alice, id, credentials.Revoked)
	if err != nil || g.State != credentials.Ended || g.Leases[0].Proof.Sessions != 1 {
		t.Errorf("End: %s, %+v, %v", g.State, g.Leases[0].Proof, err)
	}
	if _, err := conn.Exec(t.Context(), "SELECT 1"); err == nil {
		t.Error("the session is alive")
	}
}

func TestALockSomebodyHoldsDelaysNothingForLong(t *testing.T) {
	t.Parallel()
	l := newLife(t)
	id := l.open(time.Hour)
	c := l.claim(t, id)
	conn := l.login(t, c)
	super := newSession(t, l.admin)
	if err := issuertest.Wreck(t.Context(), conn, "SELECT id FROM people"); err != nil {
		t.Fatal(err)
	}
	exec(t, super, "BEGIN")
	exec(t, super, "ALTER ROLE "+pgx.Identifier{c.Role}.Sanitize()+" CONNECTION LIMIT 4") // locks the role's row
	start := time.Now()
	g, err := l.End(t.Context(), alice, id, credentials.Revoked)
	if err != nil || g.State != credentials.Revoking {
		t.Errorf("End beside the lock: %s, %v", g.State, err)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
	if _, err := conn.Exec(t.Context(), "SELECT 1"); err == nil {
		t.Error("the session was not ended, although that needs no lock")
	}
	exec(t, super, "ROLLBACK")
	l.sweepLater(t)
	if g := l.get(t, id); g.State != credentials.Ended {
		t.Errorf("after the lock is gone, a sweep leaves it %s", g.State)
	}
}

func newSession(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), url) // also while cleaning up
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func exec(t testing.TB, conn *pgx.Conn, sql string) {
	t.Helper()
	if _, err := conn.Exec(context.Background(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}
