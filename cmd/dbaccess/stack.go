package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"text/template"

	"github.com/jackc/pgx/v5"

	"dbaccess/credentials"
	"dbaccess/credentials/postgres"
	"dbaccess/internal/config"
	"dbaccess/internal/devslack"
	"dbaccess/internal/devstack"
	"dbaccess/internal/devstack/oidc"
	"dbaccess/internal/devstack/shop"
	"dbaccess/internal/store"
)

//go:embed stack.config.yaml
var stackConfig string

// stack is all that a server needs, on this machine: its store, a target, a
// local Slack, and a config that names them. The demo and the stories stand on
// it; the server itself is the real one.
type stack struct {
	pg      *devstack.Postgres
	vault   *devstack.Vault // mints the credentials; nil: Postgres does
	slack   *devslack.Server
	runner  *oidc.Issuer // where jobs run, as GitHub; nil: the config believes nobody's tokens
	company *oidc.Issuer // where people log in; nil likewise
	listen  net.Listener // where the claim page will answer; nil once a server has it
	address string       // of listen
	dir     string       // config.yaml and the secrets it refers to
	store   string       // superuser's URL of the store
	shop    string       // superuser's URL of the shop
	settings
}

// stackOptions are the databases to stand on, which exist, and what to change.
type stackOptions struct {
	Postgres *devstack.Postgres
	// StorePostgres has the store, if that is another server.
	StorePostgres *devstack.Postgres
	Vault         *devstack.Vault // mints the credentials; nil: Postgres does
	Store         string          // name of an empty database
	Shop          string          // name of the sample shop's database
	Dir           string          // an existing folder for config and secrets
	Slack         devslack.Options
	Issuers       bool                     // a runner and a company's log-in, whose tokens are believed
	Transport     string                   // how Slack reaches the server: socket (also if empty) or http
	Edit          func(yaml string) string // changes the config before it is read; may be nil
}

// newStack prepares everything but the server.
func newStack(ctx context.Context, o stackOptions) (_ *stack, err error) {
	if o.StorePostgres == nil {
		o.StorePostgres = o.Postgres
	}
	s := &stack{pg: o.Postgres, vault: o.Vault, dir: o.Dir, store: o.StorePostgres.URL(o.Store), shop: o.Postgres.URL(o.Shop)}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if s.slack, err = devslack.Start(ctx, o.Slack); err != nil {
		return nil, fmt.Errorf("start local slack: %w", err)
	}
	if o.Issuers {
		if err = s.startIssuers(); err != nil {
			return nil, err
		}
	}
	if s.listen, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	s.address = s.listen.Addr().String()
	if err = s.prepare(ctx, o.Shop); err != nil {
		return nil, err
	}
	if err = s.configure(o); err == nil && s.vault != nil {
		err = s.setUpVault(ctx)
	}
	return s, err
}

// The store's runtime role and the target's three service roles. They belong to
// the whole server, so their passwords do too: one set for each Postgres.
const (
	runtimeRole = "dbaccess_runtime"
	issuerRole  = "dbaccess_issuer"
	monitorRole = "dbaccess_monitor"
	previewRole = "dbaccess_preview"
)

// password of a service role on this throw-away server: it lives as long as the
// server does, and only this machine reaches it.
func (s *stack) password(role string) string {
	u, err := url.Parse(s.store)
	if err != nil {
		panic(err) // we made it
	}
	super, _ := u.User.Password()
	sum := sha256.Sum256([]byte(super + role))
	return hex.EncodeToString(sum[:16])
}

// preparing is held while roles are made: they belong to the whole server, and
// Postgres has no "if not exists" for them.
var preparing sync.Mutex

func (s *stack) prepare(ctx context.Context, shop string) error {
	preparing.Lock()
	defer preparing.Unlock()
	if err := s.migrate(ctx); err != nil {
		return err
	}
	return s.setupTarget(ctx, shop)
}

func (s *stack) migrate(ctx context.Context) error {
	if err := s.serviceRole(ctx, runtimeRole); err != nil {
		return err
	}
	if _, err := store.Migrate(ctx, s.store, store.MigrateOptions{RuntimeRole: runtimeRole}); err != nil {
		return fmt.Errorf("migrate the store: %w", err)
	}
	return nil
}

// serviceRole makes a login role with its password, if it is not there.
func (s *stack) serviceRole(ctx context.Context, role string) error {
	conn, err := pgx.Connect(ctx, s.store)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	_, err = conn.Exec(ctx, fmt.Sprintf(`DO $$ BEGIN
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '%[1]s') THEN
			CREATE ROLE %[1]s LOGIN PASSWORD '%[2]s';
		END IF;
	END $$`, role, s.password(role)))
	if err != nil {
		return fmt.Errorf("make role %s: %w", role, err)
	}
	return nil
}

// setupTarget does on the shop what its owner would do once with the SQL that
// `dbaccess target sql` prints.
func (s *stack) setupTarget(ctx context.Context, database string) error {
	conn, err := pgx.Connect(ctx, s.shop)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	issuer := issuerRole
	if s.vault != nil {
		issuer = vaultRole
	}
	_, err = conn.Exec(ctx, postgres.SetupSQL(postgres.SetupOptions{
		Database: database, Groups: []string{shop.MaskedReader, shop.Reader, shop.Writer},
		Issuer: issuer, IssuerPassword: credentials.NewSecret(s.password(issuer)),
		Monitor: monitorRole, MonitorPassword: credentials.NewSecret(s.password(monitorRole)),
		Preview: previewRole, PreviewPassword: credentials.NewSecret(s.password(previewRole)), PreviewSchemas: []string{"masked_shop", "shop"},
		ClosePublic: true,
	}))
	if err != nil {
		return fmt.Errorf("set up the target: %w", err)
	}
	return nil
}

// configure writes the config and its secrets, and reads them as a server does.
func (s *stack) configure(o stackOptions) error {
	for name, secret := range map[string]string{
		"store_url": s.url(s.store, runtimeRole), "migrate_url": s.store,
		"issuer_url": s.url(s.shop, issuerRole), "monitor_url": s.url(s.shop, monitorRole),
		"preview_url": s.url(s.shop, previewRole),
		"bot_token":   s.slack.BotToken(), "app_token": s.slack.AppToken(), "signing_secret": s.slack.SigningSecret(),
	} {
		if err := os.WriteFile(filepath.Join(s.dir, name), []byte(secret+"\n"), 0o600); err != nil {
			return err
		}
	}
	var text bytes.Buffer
	vaultAddr, runner, company := "", "", ""
	if s.vault != nil {
		vaultAddr = s.vault.Addr
	}
	if s.runner != nil {
		runner, company = s.runner.URL(), s.company.URL()
	}
	err := template.Must(template.New("config").Parse(stackConfig)).Execute(&text, map[string]any{
		"Vault": vaultAddr, "VaultMount": vaultMount, "VaultRoleID": s.vaultRoleID(),
		"Runner": runner, "Company": company,
		"Listen": s.address, "Dir": s.dir, "SlackURL": s.slack.APIURL(), "Transport": cmp.Or(o.Transport, config.SocketTransport),
		"Host": s.pg.Host, "Port": s.pg.Port, "ShopName": o.Shop,
	})
	if err != nil {
		return err
	}
	yaml := text.String()
	if o.Edit != nil {
		yaml = o.Edit(yaml)
	}
	path := filepath.Join(s.dir, "config.yaml")
	if err := os.WriteFile(path, []byte(yaml), 0o600); err != nil {
		return err
	}
	c, ps := config.Load(path)
	if s.settings, err = checkSettings(c, ps); err == nil && c.Slack.OverHTTP() {
		s.deliverTo(s.address)
	}
	return err
}

// deliverTo makes the local Slack send to a server that listens there, as it
// would once its app's request URLs say so.
func (s *stack) deliverTo(address string) {
	base := "http://" + address + "/slack/"
	s.slack.DeliverOverHTTP(devslack.HTTPDelivery{
		CommandURL: base + "commands", InteractivityURL: base + "interactivity", EventsURL: base + "events", OptionsURL: base + "options",
	})
}

// url is a superuser's URL with another role's name and password.
func (s *stack) url(super, role string) string {
	u, err := url.Parse(super)
	if err != nil {
		panic(err) // we made it
	}
	u.User = url.UserPassword(role, s.password(role))
	return u.String()
}

// listener hands the listener out; a second server gets a new one, at the same
// address.
func (s *stack) listener() (l net.Listener, err error) {
	if l = s.listen; l != nil {
		s.listen = nil
		return l, nil
	}
	return net.Listen("tcp", s.address)
}

// startIssuers starts a runner and a company's log-in.
func (s *stack) startIssuers() (err error) {
	if s.runner, err = oidc.Start(oidc.Options{}); err != nil {
		return err
	}
	s.company, err = oidc.Start(oidc.Options{})
	return err
}

func (s *stack) close() {
	for _, i := range []*oidc.Issuer{s.runner, s.company} {
		if i != nil {
			_ = i.Close()
		}
	}
	if s.listen != nil {
		_ = s.listen.Close()
	}
	if s.slack != nil {
		_ = s.slack.Close()
	}
}
