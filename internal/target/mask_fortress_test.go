package target

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"dbaccess/credentials"
	"dbaccess/credentials/postgres"
	"dbaccess/internal/devstack"
	"dbaccess/internal/devstack/pgtest"
	"dbaccess/internal/masking"
)

// binsVariable names further folders with postgres and initdb, separated as in
// PATH: what these tests say is then said of each of those versions too.
const binsVariable = "DBACCESS_POSTGRES_BINS"

// fortress is a server of one version with the database of testdata/attacks on it,
// masked, and an issuer that mints for it.
type fortress struct {
	server *devstack.Postgres
	url    string
	admin  *pgx.Conn
	plan   *masking.Plan
	target masking.Target
	issuer *postgres.Targets
	minted string // the connection string of the role that raids
}

const fortressInstall = "raider"

// onEachVersion runs a test on the server that the other tests have, and on those
// of DBACCESS_POSTGRES_BINS.
func onEachVersion(t *testing.T, test func(t *testing.T, f *fortress)) {
	t.Helper()
	onEachServer(t, nil, func(t *testing.T, server *devstack.Postgres) { test(t, newFortress(t, server)) })
}

func onEachServer(t *testing.T, settings map[string]string, test func(t *testing.T, server *devstack.Postgres)) {
	t.Helper()
	if settings == nil {
		settings = map[string]string{"wal_level": "logical"}
	}
	for _, bin := range append([]string{""}, filepath.SplitList(os.Getenv(binsVariable))...) {
		server := pgtest.Own(t, devstack.PostgresOptions{Binaries: bin, Settings: settings})
		t.Run(fmt.Sprintf("PostgreSQL %d", server.Version), func(t *testing.T) {
			t.Parallel()
			test(t, server)
		})
	}
}

func newFortress(t *testing.T, server *devstack.Postgres) *fortress {
	t.Helper()
	f := &fortress{server: server, url: server.URL("town"), target: masking.Target{Reader: "dbaccess_reader_town"}}
	root := maskSource(t, server.URL("postgres")).Conn
	if _, err := root.Exec(t.Context(), "CREATE DATABASE town"); err != nil {
		t.Fatal(err)
	}
	f.admin = maskSource(t, f.url).Conn
	setup, err := attackFiles.ReadFile("testdata/attacks/setup.sql")
	if err != nil {
		t.Fatal(err)
	}
	f.exec(t, string(setup))
	return f
}

func (f *fortress) exec(t *testing.T, sql string) {
	t.Helper()
	if _, err := f.admin.PgConn().Exec(t.Context(), sql).ReadAll(); err != nil {
		t.Fatalf("%v\n%s", err, sql[:min(len(sql), 200)])
	}
}

// mask finds what is sensitive, applies it with every gap closed that can be, and
// makes the issuer whose roles the attacks use.
func (f *fortress) mask(t *testing.T) {
	t.Helper()
	plan, err := masking.Detect(t.Context(), &MaskSource{Conn: f.admin}, masking.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if missed := f.missed(t, plan); len(missed) > 0 {
		if plan, err = masking.Detect(t.Context(), &MaskSource{Conn: f.admin}, masking.Options{Overrides: missed}); err != nil {
			t.Fatal(err)
		}
	}
	f.plan = plan
	f.apply(t)
	issuer, monitor := credentials.NewSecret(rand.Text()), credentials.NewSecret(rand.Text())
	f.exec(t, postgres.SetupSQL(postgres.SetupOptions{Database: "town", Groups: f.target.Readers(), IssuerPassword: issuer, MonitorPassword: monitor}))
	path, err := MaskedPath(t.Context(), f.admin, plan)
	if err != nil {
		t.Fatal(err)
	}
	as := func(role string, password credentials.Secret) credentials.Secret {
		u, err := url.Parse(f.url)
		if err != nil {
			t.Fatal(err)
		}
		u.User = url.UserPassword(role, password.Reveal())
		return credentials.NewSecret(u.String())
	}
	f.issuer, err = postgres.Open(postgres.Config{Install: fortressInstall, Targets: []postgres.Target{{
		Name: "town", Host: f.server.Host, Port: f.server.Port, Database: "town", SSLMode: "disable",
		IssuerURL: as("dbaccess_issuer", issuer), MonitorURL: as("dbaccess_monitor", monitor),
		Profiles: []postgres.Profile{{
			Name: "masked-read", Roles: []string{f.target.Reader}, SearchPath: path, ReadOnly: true, StatementTimeout: time.Minute, ConnectionLimit: 10,
		}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.issuer.Close)
}

func (f *fortress) apply(t *testing.T) {
	t.Helper()
	err := MaskApply{Plan: f.plan, Target: f.target, ClosePublic: true}.Apply(t.Context(), f.admin)
	if gaps, ok := errors.AsType[*ErrGaps](err); ok {
		for _, g := range gaps.Gaps {
			t.Errorf("not closed: %s %s", g.What, g.Fix)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// mint makes a role as a claim of masked-read does.
func (f *fortress) mint(t *testing.T) (credentials.Credential, credentials.Lease) {
	t.Helper()
	id := strings.ToLower(rand.Text())
	o := credentials.Order{
		Lease: credentials.LeaseID("lse_" + id), Database: "town", Profile: "masked-read",
		Role: credentials.RolePrefix(fortressInstall) + id[:16] + "-" + id[:8], Until: time.Now().Add(time.Hour).Truncate(time.Second),
	}
	p, err := f.issuer.Prepare(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	c, err := p.Mint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c, credentials.Lease{ID: o.Lease, Database: o.Database, Profile: o.Profile, Role: o.Role, RoleOID: c.RoleOID, State: credentials.Live, Until: o.Until}
}

// credential returns the connection string of this test's minted role.
func (f *fortress) credential(t *testing.T) string {
	t.Helper()
	if f.minted == "" {
		c, _ := f.mint(t)
		u := url.URL{
			Scheme: "postgres", User: url.UserPassword(c.Role, c.Password.Reveal()), Host: c.Host + ":" + strconv.Itoa(c.Port),
			Path: "/" + c.Database, RawQuery: "sslmode=disable",
		}
		f.minted = u.String()
	}
	return f.minted
}

func (f *fortress) state(t *testing.T) MaskState {
	t.Helper()
	st, err := ReadMaskState(context.WithoutCancel(t.Context()), f.admin, f.target.Readers())
	if err != nil {
		t.Fatal(err)
	}
	return st
}
