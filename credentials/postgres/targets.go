package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"dbaccess/credentials"
	"dbaccess/internal/fault"
)

// Target is a database that access is given to.
type Target struct {
	Name     string // in the config
	Host     string // what its holders connect to
	Port     int
	Database string // the name inside Postgres
	SSLMode  string // what their clients should use, such as verify-full

	IssuerURL  credentials.Secret // how the issuer connects, password included; empty: another issuer mints, and only the monitor is ours
	MonitorURL credentials.Secret // how the monitor connects
	IssuerRole string             // the role that another issuer connects as; only Checks asks
	Profiles   []Profile
}

// Profile says what a minted role is and may.
type Profile struct {
	Name             string
	Roles            []string      // the groups it becomes a member of; at least one
	SearchPath       []string      // schemas, in order; empty = the server's default
	ReadOnly         bool          // transactions are read-only unless the holder says otherwise: advice, not a bound
	StatementTimeout time.Duration // advice too; 0 = the server's default
	IdleTimeout      time.Duration // a session idle for so long is closed; 0 = the server's default
	ConnectionLimit  int           // 0 = 5
	MaskedSchemas    []string      // where its masked views are; a profile that has them should see nothing else, and only Checks asks
}

// Config is what Open needs.
type Config struct {
	Install string // installation id: six lower-case letters
	Targets []Target
	Now     func() time.Time // nil = time.Now
}

// Targets issues and proves for a set of databases. It implements
// credentials.Issuer and credentials.Prover for all of them.
type Targets struct {
	install string
	now     func() time.Time
	byName  map[string]*target
}

type target struct {
	Target
	issuer  *pgxpool.Pool // nil: somebody else mints
	monitor *pgxpool.Pool
}

var (
	_ credentials.Issuer = (*Targets)(nil)
	_ credentials.Prover = (*Targets)(nil)
)

// Open checks the config and makes the pools. It connects to nothing: a target
// that is away is no reason not to start. All mistakes are reported at once.
func Open(c Config) (*Targets, error) {
	ts := &Targets{install: c.Install, now: c.Now, byName: make(map[string]*target, len(c.Targets))}
	if ts.now == nil {
		ts.now = time.Now
	}
	var errs []error
	if len(c.Install) != 6 || strings.Trim(c.Install, "abcdefghijklmnopqrstuvwxyz") != "" {
		errs = append(errs, fmt.Errorf("installation id %q is not six lower-case letters", c.Install))
	}
	for _, t := range c.Targets {
		opened, err := openTarget(t)
		if err != nil {
			errs = append(errs, fmt.Errorf("database %s: %w", t.Name, err))
			continue
		}
		if ts.byName[t.Name] != nil {
			errs = append(errs, fmt.Errorf("database %s: there are two of that name", t.Name))
			opened.close()
			continue
		}
		ts.byName[t.Name] = opened
	}
	if err := errors.Join(errs...); err != nil {
		ts.Close()
		return nil, err
	}
	return ts, nil
}

func openTarget(t Target) (*target, error) {
	for _, p := range t.Profiles {
		if len(p.Roles) == 0 {
			return nil, fmt.Errorf("profile %s: no roles, so it would give nothing", p.Name)
		}
	}
	opened := &target{Target: t}
	var err error
	if t.IssuerURL != (credentials.Secret{}) {
		if opened.issuer, err = newPool(t.IssuerURL, "dbaccess-issuer", 8); err != nil {
			return nil, fmt.Errorf("issuer: %w", err)
		}
	}
	if opened.monitor, err = newPool(t.MonitorURL, "dbaccess-monitor", 4); err != nil {
		opened.close()
		return nil, fmt.Errorf("monitor: %w", err)
	}
	return opened, nil
}

// newPool makes a small pool whose sessions wait for nothing for long: a lock
// that somebody else holds must not hold up the ending of others.
func newPool(url credentials.Secret, name string, most int32) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url.Reveal())
	if err != nil {
		return nil, errors.New("its URL cannot be parsed") // the cause would quote the password
	}
	config.MaxConns = most
	config.MaxConnIdleTime = time.Minute
	config.ConnConfig.ConnectTimeout = 5 * time.Second
	for key, value := range map[string]string{
		"application_name":            name,
		"lock_timeout":                "3s",
		"statement_timeout":           "10s",
		"standard_conforming_strings": "on",
		"search_path":                 "pg_catalog",
	} {
		config.ConnConfig.RuntimeParams[key] = value
	}
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		return nil, fmt.Errorf("make a pool: %w", err)
	}
	return pool, nil
}

// Close closes all connections.
func (ts *Targets) Close() {
	for _, t := range ts.byName {
		t.close()
	}
}

func (t *target) close() {
	for _, pool := range []*pgxpool.Pool{t.issuer, t.monitor} {
		if pool != nil {
			pool.Close()
		}
	}
}

// Issuer returns the issuer of a database: credentials.Service.Issuer.
func (ts *Targets) Issuer(database string) (credentials.Issuer, error) {
	_, err := ts.issuing(database)
	return ts, err
}

// Install returns the installation id, which is part of every role's name.
func (ts *Targets) Install() string { return ts.install }

func (ts *Targets) target(database string) (*target, error) {
	t, ok := ts.byName[database]
	if !ok {
		return nil, fault.New(fault.NotFound, fmt.Sprintf("There is no database %q here.", database), "")
	}
	return t, nil
}

// issuing is a target whose roles we make ourselves.
func (ts *Targets) issuing(database string) (*target, error) {
	t, err := ts.target(database)
	if err == nil && t.issuer == nil {
		err = fmt.Errorf("the credentials of %s are made by another issuer", database)
	}
	return t, err
}

func (t *target) profile(name string) (Profile, error) {
	for _, p := range t.Profiles {
		if p.Name == name {
			return p, nil
		}
	}
	return Profile{}, fault.New(fault.NotFound, fmt.Sprintf("The database %s has no profile %q.", t.Name, name), "")
}

// ours reports an error for a role that does not carry our prefix: nothing here
// may touch it, whoever asks.
func (ts *Targets) ours(role string) error {
	prefix := credentials.RolePrefix(ts.install)
	if !strings.HasPrefix(role, prefix) || len(role) > 63 || strings.ContainsRune(role, 0) {
		return fmt.Errorf("role %q is not one of ours (%s…)", role, prefix)
	}
	return nil
}
