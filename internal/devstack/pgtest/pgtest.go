package pgtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"dbaccess/internal/devstack"
	"dbaccess/internal/devstack/shop"
)

// limit bounds each thing that is done for a test; it only matters when
// something hangs.
const limit = 2 * time.Minute

var (
	mu        sync.Mutex // guards what follows, and is held while the server starts
	server    *devstack.Postgres
	serverErr error // why it could not be started, so that each test says it
	templates = map[string]*template{}
	clones    atomic.Int64
)

// template is a database that a key's prepare filled once.
type template struct {
	once sync.Once
	name string
	err  error
}

// Main runs the tests and stops the process's server after them. It returns the
// exit code.
func Main(m *testing.M) int {
	code := m.Run()
	mu.Lock()
	defer mu.Unlock()
	if server == nil {
		return code
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if err := server.Stop(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "stop the tests' Postgres:", err)
		return max(code, 1)
	}
	return code
}

// Server returns the process's server, which all its tests share: for one that
// may be taken away, see Own.
func Server(t testing.TB) *devstack.Postgres {
	t.Helper()
	mu.Lock()
	defer mu.Unlock()
	if server == nil && serverErr == nil {
		// Off by default, and usual where transaction managers are: roles that hold
		// one must be ended all the same.
		server, serverErr = start(devstack.PostgresOptions{Settings: map[string]string{"max_prepared_transactions": "20"}})
	}
	if serverErr != nil {
		t.Fatalf("start Postgres: %v", serverErr)
	}
	return server
}

// Own returns a server that belongs to this test alone, stopped at its end; the
// test may Kill and Restart it.
func Own(t testing.TB, o devstack.PostgresOptions) *devstack.Postgres {
	t.Helper()
	p, err := start(o)
	if err != nil {
		t.Fatalf("start Postgres: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		if err := p.Stop(ctx); err != nil {
			t.Errorf("stop Postgres: %v", err)
		}
	})
	return p
}

// Clone returns the URL (as superuser) of a new database with all that prepare
// put into the key's template: schemas, tables, rows, settings of its tables.
// prepare runs once a key and process. The database is dropped when the test
// ends, with whatever sessions it has. Rights on the database itself (GRANT … ON
// DATABASE, ALTER DATABASE SET) are not cloned.
func Clone(t testing.TB, key string, prepare func(ctx context.Context, url string) error) string {
	t.Helper()
	s := Server(t)
	tpl := templateOf(key)
	tpl.once.Do(func() { tpl.err = tpl.fill(s, prepare) })
	if tpl.err != nil {
		t.Fatalf("prepare template %q: %v", key, tpl.err)
	}
	name := fmt.Sprintf("t%d_%s", clones.Add(1), plain(t.Name()))
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if err := admin(ctx, s, "CREATE DATABASE "+quote(name)+" TEMPLATE "+quote(tpl.name)); err != nil {
		t.Fatalf("clone template %q: %v", key, err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		if err := admin(ctx, s, "DROP DATABASE "+quote(name)+" WITH (FORCE)"); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	return s.URL(name)
}

// Shop returns the URL (as superuser) of a new database that holds the sample
// shop, with that many customers and five times as many orders. mask, which may be
// nil, is shop.Options.Mask.
func Shop(t testing.TB, customers int, mask func(context.Context, *pgx.Conn) error) string {
	t.Helper()
	url := Clone(t, fmt.Sprintf("shop of %d, masked %t", customers, mask != nil), func(ctx context.Context, url string) error {
		return shop.Load(ctx, url, shop.Options{Customers: customers, Mask: mask})
	})
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err == nil {
		err = errors.Join(shop.Close(ctx, conn), conn.Close(ctx))
	}
	if err != nil {
		t.Fatalf("clone the shop: %v", err)
	}
	return url
}

func start(o devstack.PostgresOptions) (*devstack.Postgres, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute) // it may have to be installed
	defer cancel()
	if o.Progress == nil {
		o.Progress = func(line string) { fmt.Fprintln(os.Stderr, line) }
	}
	return devstack.StartPostgres(ctx, o)
}

func templateOf(key string) *template {
	mu.Lock()
	defer mu.Unlock()
	tpl, ok := templates[key]
	if !ok {
		sum := sha256.Sum256([]byte(key))
		tpl = &template{name: "tpl_" + hex.EncodeToString(sum[:8])}
		templates[key] = tpl
	}
	return tpl
}

// fill makes the template and closes it: a database that somebody is connected
// to cannot be cloned.
func (tpl *template) fill(s *devstack.Postgres, prepare func(ctx context.Context, url string) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if err := admin(ctx, s, "CREATE DATABASE "+quote(tpl.name)); err != nil {
		return err
	}
	if prepare != nil {
		if err := prepare(ctx, s.URL(tpl.name)); err != nil {
			return err
		}
	}
	if err := admin(ctx, s, "ALTER DATABASE "+quote(tpl.name)+" ALLOW_CONNECTIONS false"); err != nil {
		return err
	}
	return admin(ctx, s, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '"+tpl.name+"'")
}

// admin runs one statement as the superuser, outside of any test's database.
func admin(ctx context.Context, s *devstack.Postgres, sql string) error {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, sql)
	return err
}

// plain makes a test's name fit to be part of a database's: Postgres cuts names
// at 63 bytes.
func plain(name string) string {
	name = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToLower(name))
	return name[:min(len(name), 40)]
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }
