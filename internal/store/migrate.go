package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"dbaccess/audit"
	"dbaccess/internal/fault"
)

const (
	schema       = "dbaccess"
	versionTable = schema + ".schema_version"
)

//go:embed migrations/*.sql
var embedded embed.FS

// MigrateOptions say what Migrate does besides migrating.
type MigrateOptions struct {
	// RuntimeRole is the role as which the server will connect. It is given
	// exactly the privileges that it needs; others that it has on our tables
	// are taken away. Empty: nobody is given any.
	RuntimeRole string
	Now         func() time.Time // nil: time.Now
}

// Report says what Migrate has done.
type Report struct {
	Applied      []string // names of the migrations that were applied now, in order
	Version      int64    // the schema's version
	Installation string   // the installation's id
	New          bool     // whether the id was made now
}

// Migrate brings the schema at url, which must be its owner's, to this
// program's version, gives the installation its id if it has none, and gives
// the runtime role its privileges. It may be run any number of times, also at
// once: the second waits for the first.
func Migrate(ctx context.Context, url string, o MigrateOptions) (Report, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	pool, err := newPool(ctx, url, 4, unbounded)
	if err != nil {
		return Report{}, err
	}
	defer pool.Close()
	lock, err := pool.Acquire(ctx)
	if err != nil {
		return Report{}, explain("migrate", err)
	}
	defer lock.Release() // the pool closes with it, and the server unlocks
	if _, err := lock.Exec(ctx, "SELECT pg_advisory_lock($1)", lockKey("migrate")); err != nil {
		return Report{}, explain("migrate", err)
	}
	rep, err := migrate(ctx, pool, o)
	return rep, explain("migrate", err)
}

func migrate(ctx context.Context, pool *pgxpool.Pool, o MigrateOptions) (Report, error) {
	var rep Report
	if err := checkServer(ctx, pool); err != nil {
		return rep, err
	}
	if o.RuntimeRole != "" {
		if err := checkRuntimeRole(ctx, pool, o.RuntimeRole); err != nil {
			return rep, err
		}
	}
	err := makeSchema(ctx, pool)
	if err != nil {
		return rep, err
	}
	if rep.Applied, rep.Version, err = apply(ctx, pool); err != nil {
		return rep, err
	}
	if err := checkRiver(ctx, pool); err != nil {
		return rep, err
	}
	if rep.Installation, rep.New, err = install(ctx, pool, o.Now()); err != nil {
		return rep, err
	}
	if o.RuntimeRole != "" {
		if err := grantRuntime(ctx, pool, o.RuntimeRole); err != nil {
			return rep, err
		}
	}
	return rep, nil
}

func checkServer(ctx context.Context, pool *pgxpool.Pool) error {
	var (
		encoding string
		version  int
	)
	err := pool.QueryRow(ctx, "SELECT current_setting('server_encoding'), current_setting('server_version_num')::int").Scan(&encoding, &version)
	switch {
	case err != nil:
		return err
	case encoding != "UTF8":
		return fault.New(fault.Invalid, "The store's database has the encoding "+encoding+".", "Make one with ENCODING 'UTF8': what is recorded must come back byte for byte.")
	case version < 140000:
		return fault.New(fault.Invalid, fmt.Sprintf("The store's server is PostgreSQL %d.", version/10000), "Use version 14 or newer.")
	}
	return nil
}

// makeSchema makes our schema unless it was made for us: its owner need not have
// the right to make others. PUBLIC has no right in a schema that it was not given.
func makeSchema(ctx context.Context, pool *pgxpool.Pool) error {
	var there bool
	if err := pool.QueryRow(ctx, "SELECT to_regnamespace('dbaccess') IS NOT NULL").Scan(&there); err != nil || there {
		return err
	}
	_, err := pool.Exec(ctx, "CREATE SCHEMA dbaccess")
	return err
}

// apply runs the migrations that are missing, each in its transaction.
func apply(ctx context.Context, pool *pgxpool.Pool) (applied []string, version int64, err error) {
	db := stdlib.OpenDBFromPool(pool)
	defer func() { err = errors.Join(err, db.Close()) }()
	provider, err := newProvider(db)
	if err != nil {
		return nil, 0, err
	}
	want, err := newestMigration()
	if err != nil {
		return nil, 0, err
	}
	have, err := provider.GetDBVersion(ctx)
	if err != nil {
		return nil, 0, err
	}
	if have > want {
		return nil, have, fault.New(fault.Conflict, fmt.Sprintf("The store's schema is newer than this dbaccess: version %d, and it knows %d.", have, want),
			"Migrate with the newest version of dbaccess that uses this store.")
	}
	results, err := provider.Up(ctx)
	for _, r := range results {
		applied = append(applied, r.Source.Path)
	}
	return applied, want, err
}

func newestMigration() (int64, error) {
	names, err := fs.Glob(embedded, "migrations/*.sql")
	if err != nil || len(names) == 0 {
		return 0, fmt.Errorf("no migrations are embedded: %w", err)
	}
	return goose.NumericComponent(names[len(names)-1]) // Glob sorts, and the numbers have five digits
}

// checkRiver asks River whether its tables are those of the River we run.
func checkRiver(ctx context.Context, pool *pgxpool.Pool) error {
	m, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Schema: schema, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("check River's tables: %w", err)
	}
	res, err := m.Validate(ctx, nil)
	if err != nil {
		return fmt.Errorf("check River's tables: %w", err)
	}
	if !res.OK {
		return fmt.Errorf("the tables of River are not what it expects: %v", res.Messages)
	}
	return nil
}

// install gives the store its installation id, together with the log's first
// event.
func install(ctx context.Context, pool *pgxpool.Pool, now time.Time) (id string, made bool, err error) {
	s := &Store{pool: pool}
	err = s.change(ctx, "make installation", func(tx pgx.Tx) (effects, error) {
		err := tx.QueryRow(ctx, "SELECT id FROM dbaccess.installation").Scan(&id)
		if !isNone(err) {
			return effects{quiet: true}, err
		}
		id, made = newInstallation(), true
		_, err = tx.Exec(ctx, "INSERT INTO dbaccess.installation (id, made_at) VALUES ($1, $2)", id, now)
		return effects{events: []audit.Event{{
			At: now, Type: audit.InstallationNew, Actor: "system:migrate", Details: map[string]any{"installation": id},
		}}}, err
	})
	return id, made, err
}

// newInstallation makes six random lower-case letters.
func newInstallation() string {
	b := make([]byte, 0, 6)
	for len(b) < cap(b) {
		if c := rand.Text()[0]; c >= 'A' && c <= 'Z' {
			b = append(b, c-'A'+'a')
		}
	}
	return string(b)
}

func newProvider(db *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(embedded, "migrations")
	if err != nil {
		return nil, err
	}
	versions, err := database.NewStore(database.DialectPostgres, versionTable)
	if err != nil {
		return nil, err
	}
	return goose.NewProvider("", db, files, goose.WithStore(versions), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
}
