package vault_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
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
	"dbaccess/credentials/vault"
	"dbaccess/internal/devstack"
	"dbaccess/internal/devstack/pgtest"
	"dbaccess/internal/devstack/vaulttest"
)

func TestMain(m *testing.M) {
	code := pgtest.Main(m)
	os.Exit(max(code, vaulttest.Stop()))
}

const group = "dbaccess_reader_vaulttest"

var vaultPassword, monitorPassword = credentials.NewSecret(rand.Text()), credentials.NewSecret(rand.Text())

// database returns the superuser's URL of a database whose owner has set it up
// for a Vault: people with e-mails, and a masked view of them for the group.
func database(t testing.TB) string { return pgtest.Clone(t, "vault", setUp) }

func setUp(ctx context.Context, admin string) error {
	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	setup := postgres.SetupSQL(postgres.SetupOptions{
		Database: conn.Config().Database, Groups: []string{group}, Issuer: "dbaccess_vault",
		IssuerPassword: vaultPassword, MonitorPassword: monitorPassword,
	})
	for _, sql := range []string{setup, `
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
}

// rig is an installation on a database and a Vault.
type rig struct {
	t       testing.TB
	server  *devstack.Vault
	admin   string // the superuser's URL
	install string
	config  vault.Config
	plan    vault.Plan
	targets *postgres.Targets
	issuer  *vault.Vault
	root    root
}

// newRig sets up Vault as an administrator would, and gives the bot an AppRole.
func newRig(t testing.TB, server *devstack.Vault, change ...func(*vault.Config)) *rig {
	t.Helper()
	return newRigOn(t, server, database(t), change...)
}

func newRigOn(t testing.TB, server *devstack.Vault, admin string, change ...func(*vault.Config)) *rig {
	t.Helper()
	r := &rig{t: t, server: server, admin: admin, install: newInstall(), root: root{t, server}}
	u, err := url.Parse(r.admin)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(u.Path, "/")
	monitor := *u
	monitor.User = url.UserPassword("dbaccess_monitor", monitorPassword.Reveal())
	r.targets, err = postgres.Open(postgres.Config{Install: r.install, Targets: []postgres.Target{{
		Name: "shop", Host: u.Hostname(), Port: port, Database: name, SSLMode: "disable",
		MonitorURL: credentials.NewSecret(monitor.String()),
	}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.targets.Close)
	r.config = vault.Config{
		Address: server.Addr, Install: r.install, Eyes: r.targets, Mount: "database-" + r.install,
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
		Targets: []vault.Target{{
			Name: "shop", Host: u.Hostname(), Port: port, Database: name, SSLMode: "disable",
			Profiles: []vault.Profile{{
				Name: "masked-read", Max: 2 * time.Hour, Groups: []string{group}, SearchPath: []string{"masked_crm", "public", "pg_temp"},
				ReadOnly: true, StatementTimeout: time.Minute, IdleTimeout: 10 * time.Minute,
			}},
		}},
	}
	r.config.Auth = r.root.appRole(r.install)
	for _, f := range change {
		f(&r.config)
	}
	r.plan, err = vault.NewPlan(r.config, vault.Admin{Password: func(string) (string, error) { return vaultPassword.Reveal(), nil }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.administrator().Apply(t.Context(), r.plan); err != nil {
		t.Fatalf("Apply: %v", err)
	}
	r.issuer = r.open()
	return r
}

// open is the bot, started anew.
func (r *rig) open() *vault.Vault {
	r.t.Helper()
	v, err := vault.Open(r.config)
	if err != nil {
		r.t.Fatalf("Open: %v", err)
	}
	return v
}

func (r *rig) administrator() *vault.Administrator {
	r.t.Helper()
	a, err := vault.NewAdministrator(r.config, r.server.RootToken)
	if err != nil {
		r.t.Fatal(err)
	}
	return a
}

func (r *rig) order() credentials.Order {
	id := strings.ToLower(rand.Text())
	return credentials.Order{
		Lease: credentials.LeaseID("lse_" + id), Grant: "grt_" + "abc", Request: "req_abc", Holder: "person:alice",
		Database: "shop", Profile: "masked-read", Role: credentials.RolePrefix(r.install) + id + "-" + id[:8],
		Until: time.Now().Add(time.Hour).Truncate(time.Second),
	}
}

// prepare prepares an order, as the service does.
func (r *rig) prepare() (credentials.Prepared, credentials.Lease) {
	r.t.Helper()
	o := r.order()
	p, err := r.issuer.Prepare(r.t.Context(), o)
	if err != nil {
		r.t.Fatalf("Prepare: %v", err)
	}
	return p, credentials.Lease{ID: o.Lease, Database: o.Database, Profile: o.Profile, Role: o.Role, Handle: p.Handle(), Until: o.Until}
}

func (r *rig) mint() (credentials.Credential, credentials.Lease) {
	r.t.Helper()
	p, l := r.prepare()
	c, err := p.Mint(r.t.Context())
	if err != nil {
		r.t.Fatalf("Mint: %v", err)
	}
	l.RoleOID, l.Ref = c.RoleOID, c.Ref
	return c, l
}

func (r *rig) login(c credentials.Credential) (*pgx.Conn, error) {
	conn, err := issuertest.Login(r.t.Context(), r.admin, c, "")
	if err == nil {
		r.t.Cleanup(func() { _ = conn.Close(context.Background()) })
	}
	return conn, err
}

func (r *rig) exists(role string) bool {
	r.t.Helper()
	oid, _, _, err := r.targets.Role(r.t.Context(), "shop", role)
	if err != nil {
		r.t.Fatal(err)
	}
	return oid != 0
}

// sql runs a statement as the superuser.
func (r *rig) sql(text string) {
	r.t.Helper()
	conn, err := pgx.Connect(r.t.Context(), r.admin)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if _, err := conn.Exec(r.t.Context(), text); err != nil {
		r.t.Fatalf("%s: %v", text, err)
	}
}

// root is Vault's administrator, by hand.
type root struct {
	t      testing.TB
	server *devstack.Vault
}

func (x root) call(method, path string, body any) map[string]any {
	x.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		x.t.Fatal(err)
	}
	raw := x.must(method, path, text)
	var out map[string]any
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &out); err != nil {
			x.t.Fatal(err)
		}
	}
	return out
}

// list returns the keys of a folder, none if there is no such folder.
func (x root) list(path string) []string {
	x.t.Helper()
	raw, code := x.do("LIST", path, nil)
	var answer struct{ Data struct{ Keys []string } }
	if code == http.StatusNotFound {
		return nil
	}
	if err := json.Unmarshal(raw, &answer); err != nil || code/100 != 2 {
		x.t.Fatalf("list %s: %d: %s", path, code, raw)
	}
	return answer.Data.Keys
}

func (x root) must(method, path string, body []byte) []byte {
	x.t.Helper()
	raw, code := x.do(method, path, body)
	if code/100 != 2 {
		x.t.Fatalf("%s %s: %d: %s", method, path, code, raw)
	}
	return raw
}

func (x root) do(method, path string, body []byte) (raw []byte, code int) {
	x.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, x.server.Addr+"/v1/"+path, bytes.NewReader(body))
	if err != nil {
		x.t.Fatal(err)
	}
	req.Header.Set("X-Vault-Token", x.server.RootToken)
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		x.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if raw, err = io.ReadAll(answer.Body); err != nil {
		x.t.Fatal(err)
	}
	return raw, answer.StatusCode
}

// appRole makes the bot's log-in, with its policy and no other.
func (x root) appRole(install string) vault.Auth {
	x.t.Helper()
	mount := "approle-" + install
	x.call(http.MethodPost, "sys/auth/"+mount, map[string]any{"type": "approle"})
	x.call(http.MethodPost, "auth/"+mount+"/role/bot", map[string]any{
		"token_policies": []string{"dbaccess-" + install}, "token_no_default_policy": true, "token_ttl": "20m", "token_max_ttl": "4h",
	})
	id := x.call(http.MethodGet, "auth/"+mount+"/role/bot/role-id", nil)["data"].(map[string]any)["role_id"].(string)
	secret := x.call(http.MethodPost, "auth/"+mount+"/role/bot/secret-id", nil)["data"].(map[string]any)["secret_id"].(string)
	return vault.Auth{Method: "approle", Mount: mount, Role: id, Secret: func() (string, error) { return secret, nil }}
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

// waitFor waits until ok, which must happen by itself.
func waitFor(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			t.Fatalf("still waiting: %s", what)
		case <-tick.C:
		}
	}
}

func scrubbed(t testing.TB, err error, secrets ...string) {
	t.Helper()
	for _, secret := range secrets {
		if secret != "" && strings.Contains(fmt.Sprintf("%v %+v", err, err), secret) {
			t.Errorf("an error quotes a lease's id or a token: %v", err)
		}
	}
}
