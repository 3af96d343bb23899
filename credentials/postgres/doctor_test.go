package postgres_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"dbaccess/credentials"
	"dbaccess/credentials/postgres"
	"dbaccess/internal/checkup"
	"dbaccess/internal/devstack"
	"dbaccess/internal/devstack/pgtest"
)

// patient is a database that the doctor looks at, and what differs from a healthy
// one.
type patient struct {
	admin   string
	now     func() time.Time
	profile postgres.Profile
	change  func(*postgres.Target)
}

func newPatient(t testing.TB) *patient {
	return &patient{admin: database(t), profile: postgres.Profile{
		Name: "masked-read", Roles: []string{group}, SearchPath: []string{"masked_crm"}, MaskedSchemas: []string{"masked_crm"},
	}}
}

// sql runs statements as the superuser.
func (p *patient) sql(t testing.TB, text string) *patient {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), p.admin)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.PgConn().Exec(t.Context(), text).ReadAll(); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return p
}

// ownGroup gives the profile a group that no other test knows: groups belong to
// the whole server.
func (p *patient) ownGroup(t testing.TB) string {
	t.Helper()
	name := "doctor_" + newInstall()
	p.sql(t, fmt.Sprintf("CREATE ROLE %[1]s NOLOGIN; GRANT %[1]s TO dbaccess_issuer WITH ADMIN OPTION; GRANT USAGE ON SCHEMA masked_crm TO %[1]s; GRANT SELECT ON masked_crm.people TO %[1]s", name))
	t.Cleanup(func() {
		conn, err := pgx.Connect(context.Background(), p.admin)
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close(context.Background())
		if _, err := conn.Exec(context.Background(), "DROP OWNED BY "+name); err != nil {
			t.Error(err)
		}
		if _, err := conn.Exec(context.Background(), "DROP ROLE "+name); err != nil {
			t.Error(err)
		}
	})
	p.profile.Roles = []string{name}
	return name
}

// seen runs all checks and returns what they found.
func (p *patient) seen(t testing.TB) []checkup.Finding {
	t.Helper()
	u, err := url.Parse(p.admin)
	if err != nil {
		t.Fatal(err)
	}
	target := postgres.Target{
		Name: "shop", Host: u.Hostname(), Port: 5432, Database: strings.TrimPrefix(u.Path, "/"), SSLMode: "disable",
		IssuerURL: as(t, p.admin, "dbaccess_issuer", issuerPassword), MonitorURL: as(t, p.admin, "dbaccess_monitor", monitorPassword),
		Profiles: []postgres.Profile{p.profile},
	}
	if p.change != nil {
		p.change(&target)
	}
	targets, err := postgres.Open(postgres.Config{Install: newInstall(), Now: p.now, Targets: []postgres.Target{target}})
	if err != nil {
		t.Fatal(err)
	}
	defer targets.Close()
	checks, err := targets.Checks("shop")
	if err != nil {
		t.Fatal(err)
	}
	var all []checkup.Finding
	for _, c := range checks {
		all = append(all, checkup.About(c.Name, c.Look(t.Context())...)...)
	}
	return all
}

// finds wants a finding of that level under that name, whose sentence and advice
// say all of words.
func finds(t testing.TB, all []checkup.Finding, level checkup.Level, name string, words ...string) {
	t.Helper()
	for _, f := range all {
		ok := f.Level == level && f.Name == name
		for _, w := range words {
			ok = ok && strings.Contains(f.Sentence+" "+f.Do, w)
		}
		if ok {
			if level != checkup.OK && f.Do == "" {
				t.Errorf("nothing is said to do about: %s", f.Sentence)
			}
			return
		}
	}
	t.Errorf("no %s of %s says %q; there are:%s", level, name, words, listed(all))
}

func listed(all []checkup.Finding) string {
	var b strings.Builder
	for _, f := range all {
		fmt.Fprintf(&b, "\n  %s %s: %s → %s", f.Level, f.Name, f.Sentence, f.Do)
	}
	return b.String()
}

func TestADatabaseThatItsOwnerHasSetUpHasNoProblems(t *testing.T) {
	t.Parallel()
	all := newPatient(t).seen(t)
	for _, f := range all {
		if f.Level == checkup.Problem {
			t.Errorf("%s: %s", f.Name, f.Sentence)
		}
	}
	finds(t, all, checkup.OK, "monitor", "may end the sessions of our roles")
	finds(t, all, checkup.OK, "profile masked-read", "reads 1 relation in masked_crm, changes nothing")
	finds(t, all, checkup.OK, "log-in", "refused")
	finds(t, all, checkup.OK, "clock", "Within")
	finds(t, all, checkup.OK, "encryption", "on this machine")
	finds(t, all, checkup.Warning, "prepared transactions", "max_prepared_transactions = 0") // the tests' server allows them
}

func TestAMaskedProfileThatReachesMoreIsAProblem(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ sql, says string }{
		"a table of the source":    {"GRANT USAGE ON SCHEMA crm TO GROUP; GRANT SELECT ON crm.people TO GROUP", "crm.people"},
		"one column of it":         {"GRANT USAGE ON SCHEMA crm TO GROUP; GRANT SELECT (email) ON crm.people TO GROUP", "crm.people"},
		"only to change it":        {"GRANT USAGE ON SCHEMA crm TO GROUP; GRANT DELETE ON crm.people TO GROUP", "crm.people"},
		"by way of everybody":      {"CREATE TABLE public.leak AS SELECT * FROM crm.people; GRANT SELECT ON public.leak TO PUBLIC; GRANT USAGE ON SCHEMA public TO PUBLIC", "public.leak"},
		"by everybody's raw right": {"GRANT USAGE ON SCHEMA crm TO GROUP; GRANT SELECT ON crm.people TO PUBLIC", "crm.people"},
		"everything":               {"GRANT pg_read_all_data TO GROUP", "pg_read_all_data"},
		"programs":                 {"GRANT pg_execute_server_program TO GROUP", "runs programs on the server"},
		"all attributes":           {"ALTER ROLE GROUP CREATEROLE", "attributes of the whole server"},
		"becoming the issuer":      {"GRANT dbaccess_issuer TO GROUP", "can become dbaccess_issuer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t)
			own := p.ownGroup(t)
			if strings.Contains(c.sql, "dbaccess_issuer") {
				p.sql(t, "REVOKE "+own+" FROM dbaccess_issuer") // else it would be a circle
			}
			p.sql(t, strings.ReplaceAll(c.sql, "GROUP", own))
			finds(t, p.seen(t), checkup.Problem, "profile masked-read", c.says)
		})
	}
}

func TestAProfileWithoutMasksMayReadEverythingWithAWarning(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	own := p.ownGroup(t)
	p.profile.MaskedSchemas = nil
	p.sql(t, "GRANT pg_read_all_data TO "+own)
	all := p.seen(t)
	finds(t, all, checkup.Warning, "profile masked-read", "pg_read_all_data", "REVOKE")
	finds(t, all, checkup.OK, "profile masked-read", "reads 2 relations in crm, masked_crm")
}

func TestAGroupIsToldWhatItLacks(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	own := p.ownGroup(t)
	p.sql(t, "REVOKE SELECT ON masked_crm.people FROM "+own+"; REVOKE "+own+" FROM dbaccess_issuer; ALTER ROLE "+own+" LOGIN BYPASSRLS")
	all := p.seen(t)
	finds(t, all, checkup.Warning, "profile masked-read", "gives nothing to read")
	finds(t, all, checkup.Warning, "profile masked-read", "can log in by itself", "NOLOGIN")
	finds(t, all, checkup.Warning, "profile masked-read", "row-level security")
	finds(t, all, checkup.Problem, "issuer", "may not hand out "+own, "dbaccess target sql shop")

	p.profile.Roles = []string{"nobody_made_this"}
	finds(t, p.seen(t), checkup.Problem, "profile masked-read", "no group nobody_made_this")
}

func TestTheMonitorsFunctionHasToBeRight(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sql   string
		level checkup.Level
		says  string
	}{
		"missing":             {"DROP FUNCTION dbaccess_monitor.end_sessions", checkup.Problem, "is missing"},
		"not for the monitor": {"REVOKE EXECUTE ON FUNCTION dbaccess_monitor.end_sessions FROM dbaccess_monitor", checkup.Problem, "may not call"},
		"as its caller":       {"ALTER FUNCTION dbaccess_monitor.end_sessions SECURITY INVOKER", checkup.Problem, "cannot end sessions"},
		"a superuser's":       {"ALTER FUNCTION dbaccess_monitor.end_sessions OWNER TO postgres", checkup.Warning, "belongs to postgres"},
		"everybody's": {
			"GRANT USAGE ON SCHEMA dbaccess_monitor TO PUBLIC; GRANT EXECUTE ON FUNCTION dbaccess_monitor.end_sessions TO PUBLIC",
			checkup.Warning, "Everybody may call",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			finds(t, newPatient(t).sql(t, c.sql).seen(t), c.level, "monitor", c.says)
		})
	}
}

func TestWhatEverybodyMayIsAWarningWithItsStatement(t *testing.T) {
	t.Parallel()
	p := newPatient(t).sql(t, `GRANT CREATE ON SCHEMA public TO PUBLIC; CREATE SCHEMA "Open"; GRANT CREATE ON SCHEMA "Open" TO PUBLIC`)
	all := p.seen(t)
	finds(t, all, checkup.Warning, "PUBLIC", "REVOKE TEMPORARY ON DATABASE")
	finds(t, all, checkup.Warning, "PUBLIC", `REVOKE CREATE ON SCHEMA "Open", "public" FROM PUBLIC;`)
	finds(t, all, checkup.Warning, "PUBLIC", "REVOKE CONNECT ON DATABASE")
}

func TestAClockThatDiffersIsAWarning(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	p.now = func() time.Time { return time.Now().Add(time.Minute) }
	finds(t, p.seen(t), checkup.Warning, "clock", "differs from ours by -1m0s")
}

func TestViewsWithoutABarrierAreNamed(t *testing.T) {
	t.Parallel()
	p := newPatient(t).sql(t, "ALTER VIEW masked_crm.people RESET (security_barrier)")
	finds(t, p.seen(t), checkup.Warning, "profile masked-read", "security_barrier", "masked_crm.people")
}

func TestFunctionsThatRunAsTheirOwnersAreNamed(t *testing.T) {
	t.Parallel()
	p := newPatient(t).sql(t, "CREATE FUNCTION public.emails() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER RETURN (SELECT email FROM crm.people LIMIT 1)")
	finds(t, p.seen(t), checkup.Warning, "profile masked-read", "public.emails", "REVOKE EXECUTE")
}

func TestWhoeverCannotConnectIsSaidOnce(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	p.change = func(target *postgres.Target) {
		wrong := credentials.NewSecret("hunter2")
		target.IssuerURL, target.MonitorURL = as(t, p.admin, "dbaccess_issuer", wrong), as(t, p.admin, "dbaccess_monitor", wrong)
	}
	all := p.seen(t)
	finds(t, all, checkup.Problem, "monitor", "password authentication failed", "monitor_url")
	finds(t, all, checkup.Problem, "issuer", "password authentication failed", "issuer_url")
	for _, f := range all {
		if strings.Contains(f.Sentence+f.Do, "hunter2") {
			t.Errorf("a password is shown: %s", f.Sentence)
		}
		if f.Level == checkup.Problem && f.Name != "monitor" && f.Name != "issuer" {
			t.Errorf("it is said again: %s: %s", f.Name, f.Sentence)
		}
	}
}

func TestPlainConnectionsOverTheNetworkAreWarnings(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	p.change = func(target *postgres.Target) {
		target.Host, target.SSLMode = "db.invalid", "prefer"
		target.IssuerURL = credentials.NewSecret("postgres://dbaccess_issuer@db.invalid/shop?sslmode=prefer")
	}
	all := p.seen(t)
	finds(t, all, checkup.Warning, "encryption", "issuer_url may go over the network without encryption")
	finds(t, all, checkup.Warning, "encryption", "sslmode=prefer")
}

func TestARoleThatAnotherIssuerMintsWithIsLookedAtByTheMonitor(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	p.change = func(target *postgres.Target) {
		target.IssuerURL, target.IssuerRole = credentials.Secret{}, "dbaccess_issuer"
	}
	finds(t, p.seen(t), checkup.Warning, "issuer", "dbaccess_issuer", "raw access")
	p.change = func(target *postgres.Target) {
		target.IssuerURL, target.IssuerRole = credentials.Secret{}, "nobody_made_this"
	}
	finds(t, p.seen(t), checkup.Problem, "issuer", "nobody_made_this", "is not there")
}

// What is said of the whole server needs a server of its own.
func TestAServerThatTrustsIsFoundOut(t *testing.T) {
	t.Parallel()
	server := pgtest.Own(t, devstack.PostgresOptions{})
	p := &patient{admin: server.URL("postgres"), profile: postgres.Profile{Name: "read", Roles: []string{"readers"}}}
	p.sql(t, postgres.SetupSQL(postgres.SetupOptions{Database: "postgres", Groups: []string{"readers"}, IssuerPassword: issuerPassword, MonitorPassword: monitorPassword}))
	all := p.seen(t)
	finds(t, all, checkup.OK, "log-in", "refused")
	finds(t, all, checkup.OK, "pg_hba.conf", "not ours to read")

	p.sql(t, `GRANT SELECT ON pg_hba_file_rules TO dbaccess_monitor; GRANT EXECUTE ON FUNCTION pg_hba_file_rules() TO dbaccess_monitor;
		ALTER ROLE dbaccess_issuer SUPERUSER; ALTER ROLE dbaccess_monitor CREATEDB`)
	finds(t, p.seen(t), checkup.OK, "pg_hba.conf", "No line trusts")
	p.sql(t, "ALTER SYSTEM SET password_encryption = md5") // read together with the rules
	trust(t, p)
	all = p.seen(t)
	finds(t, all, checkup.Warning, "pg_hba.conf", "kept as md5")
	finds(t, all, checkup.Problem, "log-in", "VALID UNTIL means nothing")
	finds(t, all, checkup.Warning, "pg_hba.conf", "VALID UNTIL means nothing")
	finds(t, all, checkup.Warning, "issuer", "more rights", "NOSUPERUSER")
	finds(t, all, checkup.Warning, "monitor", "more rights")
}

// trust makes the server ask nobody for a password.
func trust(t testing.TB, p *patient) {
	t.Helper()
	p.sql(t, `CREATE TEMP TABLE hba (line text);
		INSERT INTO hba VALUES ('local all all trust'), ('host all all 127.0.0.1/32 trust'), ('host all all ::1/128 trust');
		DO $$ BEGIN EXECUTE format('COPY hba TO %L', current_setting('hba_file')); END $$;
		SELECT pg_reload_conf()`)
	wrong := as(t, p.admin, "dbaccess_monitor", credentials.NewSecret("wrong")).Reveal()
	for deadline, tick := time.After(10*time.Second), time.Tick(20*time.Millisecond); ; {
		probe, err := pgx.Connect(t.Context(), wrong)
		if err == nil {
			_ = probe.Close(t.Context())
			return
		}
		select {
		case <-deadline:
			t.Fatal("the server never read the new rules")
		case <-tick:
		}
	}
}
