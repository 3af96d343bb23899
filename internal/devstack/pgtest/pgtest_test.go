package pgtest_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"dbaccess/internal/devstack"
	"dbaccess/internal/devstack/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

var prepared atomic.Int32

func prepare(ctx context.Context, url string) error {
	prepared.Add(1)
	return makeThings(ctx, url)
}

func makeThings(ctx context.Context, url string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "CREATE TABLE things AS SELECT generate_series(1, 3) AS id")
	return errors.Join(err, conn.Close(ctx))
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func TestClonesShareATemplateAndNothingElse(t *testing.T) {
	t.Parallel()
	for n := range 4 {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			conn := connect(t, pgtest.Clone(t, "things", prepare))
			if _, err := conn.Exec(t.Context(), "INSERT INTO things VALUES (4)"); err != nil {
				t.Fatal(err)
			}
			var count int
			if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM things").Scan(&count); err != nil {
				t.Fatal(err)
			}
			if count != 4 {
				t.Errorf("%d rows: another clone's insert is here", count)
			}
			if got := prepared.Load(); got != 1 {
				t.Errorf("prepared %d times", got)
			}
		})
	}
}

func TestAKilledServerRefusesAndComesBackWithItsData(t *testing.T) {
	t.Parallel()
	s := pgtest.Own(t, devstack.PostgresOptions{})
	url := s.URL("postgres")
	if err := makeThings(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	open := connect(t, url)
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := open.Ping(t.Context()); err == nil {
		t.Error("a session outlived the server")
	}
	if conn, err := pgx.Connect(t.Context(), url); err == nil {
		t.Error("a killed server took a connection")
		_ = conn.Close(t.Context())
	}
	if err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	var count int
	if err := connect(t, url).QueryRow(t.Context(), "SELECT count(*) FROM things").Scan(&count); err != nil || count != 3 {
		t.Errorf("after the restart: %d rows, %v", count, err)
	}
}
