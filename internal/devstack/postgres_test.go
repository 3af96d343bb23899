package devstack

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// orphanVariable makes the test program start a server, print its URL and its
// folder, and wait to be killed.
const orphanVariable = "DBACCESS_TEST_START_AND_WAIT"

func TestMain(m *testing.M) {
	if os.Getenv(orphanVariable) != "" {
		p, err := StartPostgres(context.Background(), PostgresOptions{})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(p.URL("postgres"))
		select {}
	}
	os.Exit(m.Run())
}

func start(t *testing.T, o PostgresOptions) *Postgres {
	t.Helper()
	p, err := StartPostgres(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return p
}

func ask(t *testing.T, dsn, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	var answer string
	if err := conn.QueryRow(t.Context(), sql).Scan(&answer); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return answer
}

func TestAServerAsksEverybodyForAPassword(t *testing.T) {
	t.Parallel()
	p := start(t, PostgresOptions{})
	u, err := url.Parse(p.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword("postgres", "guess")
	_, err = pgx.Connect(t.Context(), u.String())
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || pg.Code != "28P01" {
		t.Errorf("a wrong password: %v", err)
	}
	rules := ask(t, p.URL("postgres"), "SELECT string_agg(DISTINCT auth_method, ',') FROM pg_hba_file_rules")
	if rules != "scram-sha-256" {
		t.Errorf("pg_hba.conf has %s", rules)
	}
	if sockets := ask(t, p.URL("postgres"), "SHOW unix_socket_directories"); sockets != "" {
		t.Errorf("it has sockets in %q", sockets)
	}
	if where := ask(t, p.URL("postgres"), "SHOW listen_addresses"); where != "127.0.0.1" {
		t.Errorf("it listens on %s", where)
	}
}

func TestNoTwoServersShareAPassword(t *testing.T) {
	t.Parallel()
	a, b := start(t, PostgresOptions{}), start(t, PostgresOptions{})
	u, err := url.Parse(a.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	u.Host = fmt.Sprintf("%s:%d", b.Host, b.Port)
	if conn, err := pgx.Connect(t.Context(), u.String()); err == nil {
		t.Error("one server's password opens another")
		_ = conn.Close(t.Context())
	}
}

func TestSettingsOfTheCallerWin(t *testing.T) {
	t.Parallel()
	p := start(t, PostgresOptions{Fsync: true, Settings: map[string]string{"max_connections": "42", "cluster_name": "it's"}})
	for name, want := range map[string]string{"fsync": "on", "max_connections": "42", "cluster_name": "it's"} {
		if got := ask(t, p.URL("postgres"), "SHOW "+name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestAGivenFolderKeepsItsDataAndATemporaryOneIsRemoved(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	// Under root the server's account must be able to walk to the folder.
	if err := errors.Join(os.Chmod(filepath.Dir(dir), 0o755), os.Chmod(dir, 0o755)); err != nil {
		t.Fatal(err)
	}
	first := start(t, PostgresOptions{Dir: dir})
	conn, err := pgx.Connect(t.Context(), first.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = conn.Exec(t.Context(), "CREATE TABLE kept AS SELECT 'still here'::text AS word")
	if err := errors.Join(err, conn.Close(t.Context()), first.Stop(t.Context())); err != nil {
		t.Fatal(err)
	}
	second := start(t, PostgresOptions{Dir: dir})
	if got := ask(t, second.URL("postgres"), "SELECT word FROM kept"); got != "still here" {
		t.Errorf("kept %q", got)
	}
	temporary := start(t, PostgresOptions{})
	if err := temporary.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(temporary.Dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is still there: %v", temporary.Dir, err)
	}
}

func TestAServerThatCannotStartSaysWhy(t *testing.T) {
	t.Parallel()
	_, err := StartPostgres(t.Context(), PostgresOptions{Settings: map[string]string{"no_such_setting": "1"}})
	if err == nil || !strings.Contains(err.Error(), "no_such_setting") {
		t.Errorf("error %v", err)
	}
}

func TestAServerDiesWithItsParentHoweverThatDies(t *testing.T) {
	t.Parallel()
	parent := exec.CommandContext(t.Context(), os.Args[0])
	parent.Env = append(os.Environ(), orphanVariable+"=1")
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatalf("the parent said nothing: %v", lines.Err())
	}
	conn, err := pgx.Connect(t.Context(), lines.Text())
	if err != nil {
		t.Fatalf("connect to %q: %v", lines.Text(), err)
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait()
	ctx, cancel := context.WithTimeout(t.Context(), startTimeout)
	defer cancel()
	// Waits until the server breaks the session.
	if _, err := conn.WaitForNotification(ctx); err == nil || ctx.Err() != nil {
		t.Errorf("the server outlived its parent: %v", err)
	}
}
