package target

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"dbaccess/internal/devstack/pgtest"
	"dbaccess/internal/masking"
)

// maskTown is a small database, and a plan for it that was not detected: every
// column is masked by its name's last word.
const maskTown = `
	CREATE SCHEMA town;
	CREATE TABLE town.people (id int PRIMARY KEY, mail_email_pseudonym text NOT NULL, note_redact text, born_year date, pay_null numeric(8,2));
	CREATE TABLE town.letters (id int PRIMARY KEY, to_email_pseudonym text NOT NULL, sent date);
	INSERT INTO town.people SELECT i, 'P' || i || '@Example.com', 'note ' || i, date '1980-05-05' + i, i * 100 FROM generate_series(1, 50) i;
	INSERT INTO town.letters SELECT i, 'p' || i % 50 + 1 || '@example.com', '2026-01-01' FROM generate_series(1, 200) i;`

func town(t *testing.T) (url string, conn *pgx.Conn) {
	t.Helper()
	url = pgtest.Clone(t, "mask town", func(ctx context.Context, url string) error {
		conn, err := pgx.Connect(ctx, url)
		if err != nil {
			return err
		}
		defer conn.Close(ctx)
		_, err = conn.Exec(ctx, maskTown)
		return err
	})
	return url, maskSource(t, url).Conn
}

// planTown masks each column as its name ends.
func planTown(t *testing.T, conn *pgx.Conn) *masking.Plan {
	t.Helper()
	list, err := (&MaskSource{Conn: conn}).Relations(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	plan := &masking.Plan{Relations: list}
	for _, rel := range list {
		for _, c := range rel.Columns {
			f := masking.Finding{Schema: rel.Schema, Table: rel.Table, Column: c.Name, Strategy: masking.Keep}
			for _, s := range masking.Strategies() {
				if strings.HasSuffix(c.Name, "_"+string(s)) {
					f.Strategy, f.Sensitive, f.Entity = s, true, masking.Undetermined
				}
			}
			plan.Findings = append(plan.Findings, f)
		}
	}
	return plan
}

// readerOf is a reader's name of this test's own: roles belong to the whole server.
func readerOf(t *testing.T, conn *pgx.Conn) masking.Target {
	t.Helper()
	target := masking.Target{Reader: "reader_" + conn.Config().Database}
	t.Cleanup(func() {
		_, _ = RemoveMasks(context.WithoutCancel(t.Context()), conn, target) // roles outlive the test's database
	})
	return target
}

func TestAnApplyStandsAndCanBeRepeatedBesideTraffic(t *testing.T) {
	t.Parallel()
	_, conn := town(t)
	target := readerOf(t, conn)
	target.Exceptions = []masking.Exception{{Name: "payroll", Columns: []masking.ColumnRef{{Name: masking.Name{Schema: "town", Table: "people"}, Column: "pay_null"}}}}
	apply := MaskApply{Plan: planTown(t, conn), Target: target}
	for range 2 {
		if err := apply.Apply(t.Context(), conn); err != nil {
			t.Fatal(err)
		}
	}
	asReader := func(role, sql string) string {
		t.Helper()
		var got string
		err := pgx.BeginFunc(t.Context(), conn, func(tx pgx.Tx) error {
			if _, err := tx.Exec(t.Context(), "SET LOCAL ROLE "+masking.Ident(role)); err != nil {
				return err
			}
			return tx.QueryRow(t.Context(), sql).Scan(&got)
		})
		if err != nil {
			return err.Error()
		}
		return got
	}
	if got := asReader(target.Reader, "SELECT string_agg(concat_ws('|', mail_email_pseudonym ~ '^u[0-9a-f]{20}@masked.invalid$', note_redact, born_year, pay_null), ',') FROM masked_town.people WHERE id = 1"); got != "t|[redacted]|1980-01-01" {
		t.Errorf("the reader sees %s", got)
	}
	if got := asReader(target.Reader, "SELECT count(*)::text FROM masked_town.letters l JOIN masked_town.people p ON p.mail_email_pseudonym = l.to_email_pseudonym"); got != "200" {
		t.Errorf("%s letters find their person through the masks, want 200", got)
	}
	if got := asReader(target.ReaderOf("payroll"), "SELECT pay_null::text FROM masked_payroll_town.people WHERE id = 2"); got != "200.00" {
		t.Errorf("the exception's reader sees %s, want the pay", got)
	}
	for _, sql := range []string{
		"SELECT pay_null::text FROM town.people", "SELECT k::text FROM dbaccess_secret.mask_key", "SELECT pay_null::text FROM masked_payroll_town.people",
		"SELECT lo_create(0)::text", "CREATE TEMP TABLE x (i int)",
	} {
		if got := asReader(target.Reader, sql); !strings.Contains(got, "permission denied") {
			t.Errorf("%s: %s", sql, got)
		}
	}
	st, err := ReadMaskState(t.Context(), conn, target.Readers())
	if err != nil {
		t.Fatal(err)
	}
	if len(st.Drift) > 0 || st.Views != 4 || st.Plan != apply.Plan.Digest(target) {
		t.Errorf("after an apply: %+v", st)
	}
	for _, g := range st.Gaps {
		if !g.Noted {
			t.Errorf("after an apply: %s", g.What)
		}
	}
}

func TestDriftIsHiddenAndTold(t *testing.T) {
	t.Parallel()
	_, conn := town(t)
	target := readerOf(t, conn)
	if err := (MaskApply{Plan: planTown(t, conn), Target: target}).Apply(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "ALTER TABLE town.people ADD ssn text; CREATE TABLE town.cards (pan text); ALTER TABLE town.letters RENAME TO post"); err != nil {
		t.Fatal(err)
	}
	st, err := ReadMaskState(t.Context(), conn, target.Readers())
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, d := range st.Drift {
		told = append(told, d.Table+"."+d.Column)
	}
	if got := fmt.Sprint(told); got != "[cards. letters. people.ssn post.]" {
		t.Errorf("drift %s", got)
	}
	dropped, err := SuspendMasks(t.Context(), conn, []masking.Name{{Schema: "town", Table: "people"}})
	if err != nil || fmt.Sprint(dropped) != "[masked_town.people]" {
		t.Errorf("suspended %v (%v)", dropped, err)
	}
	if _, err := conn.Exec(t.Context(), "ALTER TABLE town.people ALTER pay_null TYPE numeric(12,2)"); err != nil {
		t.Errorf("a migration is blocked after suspend: %v", err)
	}
	if err := (MaskApply{Plan: planTown(t, conn), Target: target}).Apply(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	if st, err = ReadMaskState(t.Context(), conn, target.Readers()); err != nil || len(st.Drift) > 0 {
		t.Errorf("after another apply: %v (%v)", st.Drift, err)
	}
}

func TestWaysAroundTheMasksStopAnApply(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, open, says string }{
		{"a table for everybody", "GRANT USAGE ON SCHEMA town TO PUBLIC; GRANT SELECT ON town.people TO PUBLIC", "SELECT on table town.people"},
		{"a column for everybody", "GRANT USAGE ON SCHEMA town TO PUBLIC; GRANT SELECT (id) ON town.people TO PUBLIC", "SELECT on table town.people"},
		{"a view in public", "CREATE VIEW public.v AS SELECT * FROM town.people; GRANT SELECT ON public.v TO PUBLIC", "SELECT on table public.v"},
		{"code of its owner", "CREATE FUNCTION public.f() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM town.people'", "EXECUTE on routine public.f()"},
		{"tables to come", "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC", "tables that"},
		{"a large object", "SELECT lo_create(4711); GRANT SELECT ON LARGE OBJECT 4711 TO PUBLIC", "SELECT on large object 4711"},
		{"a schema to create in", "CREATE SCHEMA open; GRANT CREATE, USAGE ON SCHEMA open TO PUBLIC", "CREATE on schema open"},
		{"a file reader", "GRANT EXECUTE ON FUNCTION pg_read_file(text) TO PUBLIC", "pg_read_file"},
		{"statistics", "GRANT SELECT ON pg_catalog.pg_statistic TO PUBLIC", "pg_statistic"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, conn := town(t)
			target := readerOf(t, conn)
			if _, err := conn.Exec(t.Context(), c.open); err != nil {
				t.Fatal(err)
			}
			apply := MaskApply{Plan: planTown(t, conn), Target: target}
			err := apply.Apply(t.Context(), conn)
			gaps, ok := errors.AsType[*ErrGaps](err)
			if !ok || len(gaps.Gaps) != 1 || !strings.Contains(gaps.Gaps[0].What, c.says) || gaps.Gaps[0].Fix == "" {
				t.Fatalf("it was not stopped as it should: %v %+v", err, gaps)
			}
			if apply.ClosePublic = true; apply.Apply(t.Context(), conn) != nil {
				t.Fatalf("closing it fails: %v", apply.Apply(t.Context(), conn))
			}
			st, err := ReadMaskState(t.Context(), conn, target.Readers())
			if err != nil || len(Blocking(st.Gaps)) > 0 {
				t.Errorf("left after closing: %+v (%v)", Blocking(st.Gaps), err)
			}
		})
	}
}

func TestClosingTakesFromPublicAndFromNobodyElse(t *testing.T) {
	t.Parallel()
	_, conn := town(t)
	target := readerOf(t, conn)
	app := "app_" + conn.Config().Database
	if _, err := conn.Exec(t.Context(), "CREATE ROLE "+app+" LOGIN; GRANT USAGE ON SCHEMA town TO PUBLIC; GRANT SELECT ON town.people TO PUBLIC"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, _ = conn.Exec(context.WithoutCancel(t.Context()), "DROP OWNED BY "+app+"; DROP ROLE "+app)
	})
	if err := (MaskApply{Plan: planTown(t, conn), Target: target, ClosePublic: true}).Apply(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	var reads, temp, readerReads bool
	if err := conn.QueryRow(t.Context(), `SELECT has_table_privilege($1, 'town.people', 'SELECT'), has_database_privilege($1, current_database(), 'TEMP'),
		has_table_privilege($2, 'town.people', 'SELECT')`, app, target.Reader).Scan(&reads, &temp, &readerReads); err != nil {
		t.Fatal(err)
	}
	if !reads || !temp || readerReads {
		t.Errorf("the application reads: %v, has temporary tables: %v; the reader reads raw rows: %v", reads, temp, readerReads)
	}
}

func TestAnApplyWaitsForLocksBrieflyAndTriesAgain(t *testing.T) {
	t.Parallel()
	url, conn := town(t)
	target := readerOf(t, conn)
	apply := MaskApply{Plan: planTown(t, conn), Target: target, LockTimeout: 50 * time.Millisecond, Tries: 20}
	if err := apply.Apply(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	other := maskSource(t, url).Conn // somebody reads through a view, and takes their time
	tx, err := other.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "SELECT * FROM masked_town.people"); err != nil {
		t.Fatal(err)
	}
	tries := 0
	apply.Retrying = func(error, int, int) {
		if tries++; tries == 2 {
			if err := tx.Rollback(t.Context()); err != nil {
				t.Error(err)
			}
		}
	}
	if err := apply.Apply(t.Context(), conn); err != nil || tries != 2 {
		t.Errorf("after %d tries: %v", tries, err)
	}
}
