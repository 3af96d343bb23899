package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"dbaccess/approvals"
	"dbaccess/internal/devstack/pgtest"
	"dbaccess/internal/fault"
)

// empty returns the URL of an empty database.
func empty(t testing.TB) string {
	t.Helper()
	return pgtest.Clone(t, "empty", nil)
}

func TestMigratingTwiceDoesNothingTheSecondTime(t *testing.T) {
	t.Parallel()
	url := empty(t)
	first, err := Migrate(t.Context(), url, MigrateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	files, err := fs.Glob(embedded, "migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	if len(first.Applied) != len(files) || !first.New || len(first.Installation) != 6 {
		t.Errorf("first: %+v, of %d files", first, len(files))
	}
	second, err := Migrate(t.Context(), url, MigrateOptions{})
	if err != nil || len(second.Applied) != 0 || second.New || second.Installation != first.Installation || second.Version != first.Version {
		t.Errorf("second: %+v, %v", second, err)
	}
	s := opened(t, url)
	id, err := s.Installation(t.Context())
	if err != nil || id != first.Installation {
		t.Errorf("installation %q, %v", id, err)
	}
	rep, err := s.VerifyLog(t.Context())
	if err != nil || rep.Count != 1 {
		t.Errorf("the log of a new store: %+v, %v", rep, err)
	}
	if owner, err := s.IsOwner(t.Context()); err != nil || !owner {
		t.Errorf("IsOwner = %v, %v", owner, err)
	}
}

func TestTheOwnerNeedsNothingButItsSchema(t *testing.T) {
	t.Parallel()
	url := empty(t)
	super := connect(t, url)
	owner, server := newID("owner"), newID("server")
	if _, err := super.Exec(t.Context(), strings.NewReplacer("OWNER", owner, "SERVER", server, "SECRET", runtimePassword).Replace(`
		CREATE ROLE OWNER LOGIN PASSWORD 'SECRET'; CREATE ROLE SERVER LOGIN PASSWORD 'SECRET';
		CREATE SCHEMA dbaccess AUTHORIZATION OWNER;`)); err != nil {
		t.Fatal(err)
	}
	as := func(role string) string { return strings.Replace(runtimeURL(t, url), runtimeRole, role, 1) }
	if _, err := Migrate(t.Context(), as(owner), MigrateOptions{RuntimeRole: server}); err != nil {
		t.Fatal(err)
	}
	s := opened(t, as(server))
	g := openGrant(t, s)
	touch(t, s, &g)
	done := make(chan string, 1)
	working(t, s, func(_ context.Context, todo approvals.Todo) error {
		done <- todo.ID
		return nil
	}, WorkerOptions{})
	ask(t, s, approvals.Todo{Kind: approvals.DrawCard, ID: "req_x"})
	within(t, done, "a follow-up")
	if rep, err := s.VerifyLog(t.Context()); err != nil || rep.Count != 4 {
		t.Errorf("%+v, %v", rep, err)
	}
	o := opened(t, as(owner))
	if is, err := o.IsOwner(t.Context()); err != nil || !is {
		t.Errorf("IsOwner = %v, %v", is, err)
	}
}

func TestMigrationsAtOnceWaitForOneAnother(t *testing.T) {
	t.Parallel()
	url := empty(t)
	reps := make([]Report, 4)
	var all sync.WaitGroup
	for i := range reps {
		all.Go(func() {
			var err error
			if reps[i], err = Migrate(t.Context(), url, MigrateOptions{}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	made := 0
	for _, rep := range reps {
		if rep.New {
			made++
		}
		if rep.Installation != reps[0].Installation {
			t.Errorf("installations %q and %q", rep.Installation, reps[0].Installation)
		}
	}
	if made != 1 {
		t.Errorf("made %d times", made)
	}
}

func TestInstallationsAreNamedDifferently(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 1000 {
		id := newInstallation()
		if len(id) != 6 || strings.Trim(id, "abcdefghijklmnopqrstuvwxyz") != "" {
			t.Fatalf("%q", id)
		}
		seen[id] = true
	}
	if len(seen) < 990 {
		t.Errorf("only %d different ones", len(seen))
	}
}

func TestAnUnknownSchemaIsRefusedWithWhatToDo(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		url  func(t testing.TB) string
		prep string
		says string
		hint string
	}{
		"none":  {empty, "SELECT 1", "no dbaccess schema", "dbaccess migrate"},
		"older": {ownerURL, "DELETE FROM dbaccess.schema_version WHERE version_id = (SELECT max(version_id) FROM dbaccess.schema_version)", "older", "dbaccess migrate"},
		"newer": {ownerURL, "INSERT INTO dbaccess.schema_version (version_id, is_applied) VALUES (99999, true)", "newer", "newer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := tt.url(t)
			if _, err := connect(t, url).Exec(t.Context(), tt.prep); err != nil {
				t.Fatal(err)
			}
			s, err := Open(t.Context(), url, Options{})
			if err == nil {
				s.Close()
			}
			f := fault.Show(err)
			if f.Kind != fault.Unavailable || !strings.Contains(f.Msg, tt.says) || !strings.Contains(f.Hint, tt.hint) {
				t.Errorf("got %v: %s %s", err, f.Msg, f.Hint)
			}
			if name == "newer" {
				if _, err := Migrate(t.Context(), url, MigrateOptions{}); fault.KindOf(err) != fault.Conflict {
					t.Errorf("migrating it: %v", err)
				}
			}
		})
	}
}

func TestADatabaseThatDoesNotKeepBytesIsRefused(t *testing.T) {
	t.Parallel()
	admin := connect(t, pgtest.Server(t).URL("postgres"))
	latin := newID("latin")
	if _, err := admin.Exec(t.Context(), "CREATE DATABASE "+latin+" ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"); err != nil {
		t.Fatal(err)
	}
	_, err := Migrate(t.Context(), pgtest.Server(t).URL(latin), MigrateOptions{})
	if fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), "LATIN1") {
		t.Errorf("got %v", err)
	}
}

func TestARuntimeRoleThatCouldRewriteTheLogIsRefused(t *testing.T) {
	t.Parallel()
	url := empty(t)
	for role, kind := range map[string]fault.Kind{"nobody_of_that_name": fault.NotFound, "postgres": fault.Invalid} {
		if _, err := Migrate(t.Context(), url, MigrateOptions{RuntimeRole: role}); fault.KindOf(err) != kind {
			t.Errorf("%s: got %v", role, err)
		}
	}
	var made bool
	if err := connect(t, url).QueryRow(t.Context(), "SELECT to_regnamespace('dbaccess') IS NOT NULL").Scan(&made); err != nil || made {
		t.Errorf("a schema was made for it: %v, %v", made, err)
	}
}

func TestAURLThatCannotBeReadIsNotRepeated(t *testing.T) {
	t.Parallel()
	const url = "postgres://me:hunter2@host:port/db"
	_, err := Open(t.Context(), url, Options{})
	if f := fault.Show(err); f.Kind != fault.Invalid || strings.Contains(f.Msg+f.Hint, "hunter2") {
		t.Errorf("Open: %v", err)
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the log would have the password: %v", err)
	}
}

// The tests' template gives the role its privileges; this gives it more, and
// migrates again.
func TestMigratingTakesAwayWhatTheRuntimeRoleShouldNotHave(t *testing.T) {
	t.Parallel()
	url := ownerURL(t)
	owner := connect(t, url)
	want := held(t, owner)
	if want["audit_events"] != "SELECT" || want["audit_head"] != "SELECT" || want["requests"] != "INSERT,SELECT,UPDATE" {
		t.Errorf("it holds %v", want)
	}
	if _, err := owner.Exec(t.Context(), "GRANT ALL ON ALL TABLES IN SCHEMA dbaccess TO "+runtimeRole+"; GRANT CREATE ON SCHEMA dbaccess TO "+runtimeRole); err != nil {
		t.Fatal(err)
	}
	if maps.Equal(held(t, owner), want) {
		t.Fatal("the test gave it nothing")
	}
	if _, err := Migrate(t.Context(), url, MigrateOptions{RuntimeRole: runtimeRole}); err != nil {
		t.Fatal(err)
	}
	if got := held(t, owner); !maps.Equal(got, want) {
		t.Errorf("it holds %v, want %v", got, want)
	}
}

// held are the runtime role's privileges, table by table.
func held(t *testing.T, owner *pgx.Conn) map[string]string {
	t.Helper()
	rows, err := owner.Query(t.Context(), `
		SELECT table_name::text, string_agg(privilege_type::text, ',' ORDER BY privilege_type::text)
		FROM information_schema.role_table_grants WHERE grantee = $1 AND table_schema = 'dbaccess' GROUP BY 1
		UNION ALL SELECT 'schema', 'CREATE' WHERE has_schema_privilege($1, 'dbaccess', 'CREATE')`, runtimeRole)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	var table, may string
	if _, err := pgx.ForEachRow(rows, []any{&table, &may}, func() error {
		got[table] = may
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestRiversMigrationsStandInOursWordForWord(t *testing.T) {
	t.Parallel()
	river := riverpgxv5.New(nil).GetMigrationFS("main")
	theirs, err := fs.Glob(river, "migration/main/*.up.sql")
	if err != nil || len(theirs) == 0 {
		t.Fatalf("%d migrations, %v", len(theirs), err)
	}
	ours, err := fs.Glob(embedded, "migrations/*_river_*.sql")
	if err != nil || len(ours) != len(theirs) {
		t.Fatalf("River has %d migrations and we have %d of them (%v): add the new ones as the next files", len(theirs), len(ours), err)
	}
	slices.Sort(theirs)
	for i, file := range theirs {
		sql, err := fs.ReadFile(river, file)
		if err != nil {
			t.Fatal(err)
		}
		own, err := fs.ReadFile(embedded, ours[i])
		if err != nil {
			t.Fatal(err)
		}
		want := strings.TrimSpace(strings.ReplaceAll(string(sql), "/* TEMPLATE: schema */", "dbaccess."))
		if !strings.Contains(string(own), want) {
			t.Errorf("%s is not %s", ours[i], file)
		}
		if !strings.Contains(string(own), "INSERT INTO dbaccess.river_migration") || !strings.Contains(string(own), fmt.Sprintf("%d);", i+1)) {
			t.Errorf("%s does not note River's version %d", ours[i], i+1)
		}
	}
}

func TestRiversValidatorIsAsked(t *testing.T) {
	t.Parallel()
	url := ownerURL(t)
	if _, err := connect(t, url).Exec(t.Context(), "DELETE FROM dbaccess.river_migration WHERE version = 8"); err != nil {
		t.Fatal(err)
	}
	if _, err := Migrate(t.Context(), url, MigrateOptions{}); err == nil || !strings.Contains(err.Error(), "River") {
		t.Errorf("got %v", err)
	}
}

func TestMigratingStopsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Migrate(ctx, empty(t), MigrateOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
