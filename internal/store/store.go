package store

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"dbaccess/internal/fault"
)

// Options are what a Store needs besides its database.
type Options struct {
	Now func() time.Time // nil: time.Now; for what is noted, never for what is decided
	Log *slog.Logger     // nil: slog.Default
}

// Store is dbaccess's own database. It is safe for concurrent use, and any
// number of processes may share the database.
type Store struct {
	pool  *pgxpool.Pool // everything but locks and listening
	turns *pgxpool.Pool // connections that hold, or wait for, OneAtATime's locks
	alone *pgxpool.Pool // those of OnlyOne, so that no queue for turns holds up a sweep
	river *river.Client[pgx.Tx]
	wake  *listener
	watch watchers
	now   func() time.Time
	log   *slog.Logger
}

// Open connects to the store at url and looks whether its schema is the one
// this program was built for; if it is older, newer or not there, the fault says
// what to do. Whoever opens it closes it.
func Open(ctx context.Context, url string, o Options) (*Store, error) {
	s := &Store{now: o.Now, log: o.Log}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	if err := s.open(ctx, url); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, url string) (err error) {
	if s.pool, err = newPool(ctx, url, 20, bounds); err != nil {
		return err
	}
	if err = s.checkSchema(ctx); err != nil {
		return err
	}
	if s.turns, err = newPool(ctx, url, 32, unbounded); err != nil {
		return err
	}
	if s.alone, err = newPool(ctx, url, 4, unbounded); err != nil {
		return err
	}
	if s.river, err = s.inserter(); err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	s.wake = newListener(s.alone.Config().ConnConfig, s.log, &s.watch)
	return nil
}

// Close gives all connections back. Runners must have been stopped.
func (s *Store) Close() {
	if s.wake != nil {
		s.wake.close()
	}
	for _, pool := range []*pgxpool.Pool{s.turns, s.alone, s.pool} {
		if pool != nil {
			pool.Close()
		}
	}
}

// bounds keep one stuck client from holding up the rest: a transaction that
// waits for nobody knows what would hold the log's head.
var bounds = map[string]string{
	"statement_timeout":                   "30s",
	"lock_timeout":                        "15s",
	"idle_in_transaction_session_timeout": "15s",
}

// unbounded is for connections that wait for locks as long as their context.
var unbounded = map[string]string{"statement_timeout": "0", "lock_timeout": "0"}

func newPool(ctx context.Context, url string, most int32, params map[string]string) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errURL.With(err)
	}
	if !strings.Contains(url, "pool_max_conns") { // said in the URL, it stands
		cfg.MaxConns = most
	}
	cfg.MaxConnIdleTime = time.Minute
	setParams(cfg.ConnConfig, params)
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	return pool, nil
}

// setParams sets what every session of ours has. The time zone matters for
// what comes back as JSON.
func setParams(cfg *pgx.ConnConfig, params map[string]string) {
	p := cfg.RuntimeParams
	p["timezone"] = "UTC"
	if p["application_name"] == "" {
		p["application_name"] = "dbaccess"
	}
	for k, v := range params {
		p[k] = v
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = 5 * time.Second
	}
}

// Ping returns nil if the store answers; readiness asks it.
func (s *Store) Ping(ctx context.Context) error {
	_, err := s.pool.Exec(ctx, "SELECT 1")
	return explain("ping store", err)
}

// Installation returns the installation's id: six lower-case letters.
func (s *Store) Installation(ctx context.Context) (string, error) {
	var id string
	err := s.pool.QueryRow(ctx, "SELECT id FROM dbaccess.installation").Scan(&id)
	return id, explain("read installation", err)
}

// IsOwner reports whether this connection's role could rewrite the log: it owns
// it, may become its owner, or is a superuser. `serve` refuses to run so.
func (s *Store) IsOwner(ctx context.Context) (bool, error) {
	var owner bool
	err := s.pool.QueryRow(ctx, `
		SELECT pg_has_role(current_user, c.relowner, 'MEMBER')
		    OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
		FROM pg_class c WHERE c.oid = 'dbaccess.audit_events'::regclass`).Scan(&owner)
	return owner, explain("look up the store's owner", err)
}

// checkSchema compares the schema's version with the newest migration we know.
func (s *Store) checkSchema(ctx context.Context) error {
	var there bool
	if err := s.pool.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", versionTable).Scan(&there); err != nil {
		return explain("open store", err)
	}
	if !there {
		return fault.New(fault.Unavailable, "The store has no dbaccess schema.", "Run `dbaccess migrate` once, as its owner.")
	}
	var have int64
	if err := s.pool.QueryRow(ctx, "SELECT coalesce(max(version_id), 0) FROM "+versionTable+" WHERE is_applied").Scan(&have); err != nil {
		return explain("open store", err)
	}
	want, err := newestMigration()
	switch {
	case err != nil:
		return err
	case have < want:
		return fault.New(fault.Unavailable, fmt.Sprintf("The store's schema is older than this dbaccess: version %d, and %d is needed.", have, want),
			"Run `dbaccess migrate` of this version, as its owner.")
	case have > want:
		return fault.New(fault.Unavailable, fmt.Sprintf("The store's schema is newer than this dbaccess: version %d, and it knows %d.", have, want),
			"Run the version of dbaccess that migrated it, or a newer one.")
	}
	return nil
}
