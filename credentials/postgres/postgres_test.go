package postgres_test

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"dbaccess/credentials"
	"dbaccess/credentials/issuertest"
	"dbaccess/credentials/postgres"
	"dbaccess/credentials/storetest"
	"dbaccess/internal/devstack/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

const group = "dbaccess_reader_issuertest"

var issuerPassword, monitorPassword = credentials.NewSecret(rand.Text()), credentials.NewSecret(rand.Text())

// database returns the superuser's URL of a database that its owner has set up:
// people with e-mails, and a masked view of them for the group.
func database(t testing.TB) string {
	return pgtest.Clone(t, "credentials", func(ctx context.Context, admin string) error {
		conn, err := pgx.Connect(ctx, admin)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close(ctx) }()
		setup := postgres.SetupSQL(postgres.SetupOptions{
			Database: conn.Config().Database, Groups: []string{group},
			IssuerPassword: issuerPassword, MonitorPassword: monitorPassword,
		})
		for _, sql := range []string{setup, setup, `
			REVOKE CREATE ON SCHEMA public FROM PUBLIC;
			CREATE SCHEMA crm; CREATE SCHEMA masked_crm;
			CREATE TABLE crm.people (id int PRIMARY KEY, email text);
			INSERT INTO crm.people SELECT n, 'person' || n || '@example.test' FROM generate_series(1, 100) n;
			CREATE VIEW masked_crm.people WITH (security_barrier) AS SELECT id, '[redacted]'::text AS email FROM crm.people;
			GRANT USAGE ON SCHEMA masked_crm TO ` + group + `; GRANT SELECT ON masked_crm.people TO ` + group} {
			if _, err := conn.PgConn().Exec(ctx, sql).ReadAll(); err != nil {
				return err
			}
		}
		return nil
	})
}

// as returns the URL with another role and its password.
func as(t testing.TB, admin, role string, password credentials.Secret) credentials.Secret {
	t.Helper()
	u, err := url.Parse(admin)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(role, password.Reveal())
	return credentials.NewSecret(u.String())
}

func newInstall() string {
	letters := strings.Map(func(r rune) rune {
		if r >= '2' && r <= '7' {
			return r - '2' + 'a'
		}
		return r
	}, strings.ToLower(rand.Text()))
	return letters[:6]
}

// open serves the database under the name shop, with one profile.
func open(t testing.TB, admin, install string) *postgres.Targets {
	t.Helper()
	return openAt(t, admin, install, time.Now)
}

func openAt(t testing.TB, admin, install string, now func() time.Time) *postgres.Targets {
	t.Helper()
	u, err := url.Parse(admin)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		t.Fatal(err)
	}
	targets, err := postgres.Open(postgres.Config{Install: install, Now: now, Targets: []postgres.Target{{
		Name: "shop", Host: u.Hostname(), Port: port, Database: strings.TrimPrefix(u.Path, "/"), SSLMode: "disable",
		IssuerURL:  as(t, admin, "dbaccess_issuer", issuerPassword),
		MonitorURL: as(t, admin, "dbaccess_monitor", monitorPassword),
		Profiles: []postgres.Profile{{
			Name: "masked-read", Roles: []string{group}, SearchPath: []string{"masked_crm", "public", "pg_temp"},
			ReadOnly: true, StatementTimeout: time.Minute, IdleTimeout: 10 * time.Minute,
		}},
	}}})
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(targets.Close)
	return targets
}

func TestPostgresKeepsWhatAnIssuerPromises(t *testing.T) {
	t.Parallel()
	issuertest.Run(t, target)
}

func target(t *testing.T) issuertest.Target {
	admin, install := database(t), newInstall()
	targets := open(t, admin, install)
	return issuertest.Target{
		Issuer: targets, Prover: targets, Install: install, Database: "shop", Profile: "masked-read", Admin: admin,
		Reads: "SELECT id, email FROM people", Refused: "SELECT email FROM crm.people",
	}
}

func TestWhateverStopsAtAnyStepIsFinishedByTheNextSweep(t *testing.T) {
	t.Parallel()
	issuertest.RunSteps(t, func(t *testing.T) issuertest.Bench {
		return issuertest.Bench{Target: target(t), NewStore: func() issuertest.Store { return storetest.NewMemory() }}
	})
}
