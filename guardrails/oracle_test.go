package guardrails

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"pgregory.net/rapid"

	"dbaccess/internal/devstack/pgtest"
)

// oracle is a scratch database in which statements are really run, as a role
// that owns the tables and may nothing else, to see what they do.
type oracle struct {
	conn *pgx.Conn
}

func newOracle(t *testing.T, role string) oracle {
	t.Helper()
	url := pgtest.Clone(t, "guardrails oracle", func(ctx context.Context, url string) error {
		conn, err := pgx.Connect(ctx, url)
		if err != nil {
			return err
		}
		defer conn.Close(ctx)
		_, err = conn.Exec(ctx, `
			CREATE ROLE guardrails_oracle;
			GRANT CREATE, USAGE ON SCHEMA public TO guardrails_oracle;
			SET ROLE guardrails_oracle;
			CREATE TABLE orders (id int PRIMARY KEY, customer_id int, total numeric, status text, note text, data jsonb, tags text[], created_at timestamptz);
			CREATE TABLE customers (id int PRIMARY KEY, name text, email text, active bool);
			CREATE TABLE categories (id int PRIMARY KEY, parent_id int);
			CREATE TABLE t (id int, a int, b int, c int, d int, body text, created_at timestamptz);
			CREATE TABLE s (id int, a int);
			CREATE SEQUENCE orders_seq;
			CREATE FUNCTION wipe() RETURNS int LANGUAGE sql AS 'DELETE FROM orders; SELECT 1';
			INSERT INTO orders (id, total) SELECT i, i FROM generate_series(1, 20) i;
			INSERT INTO t (id) VALUES (1), (2)`)
		return err
	})
	ctx, conn := connect(t, url)
	if role != "" {
		if _, err := conn.Exec(ctx, "SET SESSION AUTHORIZATION "+role); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		// PREPARE TRANSACTION succeeds where the server allows it, and outlives us.
		ctx := context.WithoutCancel(ctx)
		for _, sql := range []string{"ROLLBACK", "RESET SESSION AUTHORIZATION", "ROLLBACK PREPARED 'x'"} {
			_, _ = conn.Exec(ctx, sql)
		}
	})
	return oracle{conn: conn}
}

// effect runs a text in a transaction that may not write and in one that may,
// and says what gave an effect away; both are rolled back. A text that takes
// long is stopped soon, unless the verdict says that it does not: then the
// machine may just be busy, and it gets all the time it could fairly want.
func (o oracle) effect(ctx context.Context, sql string) (effect string, err error) {
	limits := []string{"300ms", "5s", "60s"} // the later ones for when looking itself was too slow
	if Classify(sql, nil).Level == Low {
		limits = []string{"30s"}
	}
	for _, limit := range limits {
		var slow *pgconn.PgError
		if effect, err = o.within(ctx, limit, sql); !errors.As(err, &slow) || slow.Code != "57014" {
			break
		}
	}
	return effect, err
}

// within is effect with one limit of time, for the text and for looking at it.
func (o oracle) within(ctx context.Context, limit, sql string) (string, error) {
	for _, mode := range []string{"READ ONLY", "READ WRITE"} {
		if _, err := o.conn.Exec(ctx, "ROLLBACK; BEGIN "+mode+"; SET LOCAL statement_timeout = '"+limit+"'; SET LOCAL default_transaction_read_only = on"); err != nil {
			return "", err
		}
		before, err := o.state(ctx)
		if err != nil {
			return "", err
		}
		_, err = o.conn.PgConn().Exec(ctx, sql).ReadAll()
		var refused *pgconn.PgError
		switch {
		case err == nil:
			after, err := o.state(ctx)
			if err != nil {
				return "", err
			}
			if before != after && !quietSet(sql) {
				return fmt.Sprintf("%s: %s became %s", mode, before, after), nil
			}
		case !errors.As(err, &refused):
			return "", err
		case refused.Code == "25006":
			return "refused in a read-only transaction: " + refused.Message, nil
		case refused.Code == "25001":
			return "refused in a transaction: " + refused.Message, nil
		case refused.Code == "42501":
			return "not permitted: " + refused.Message, nil
		case refused.Code == "57014":
			return "takes long: " + refused.Message, nil
		}
	}
	return "", nil
}

// state is what an effect would show in: a transaction id, a transaction that
// ended, settings that later text goes by, advisory locks, strong table locks,
// large objects and rows changed.
func (o oracle) state(ctx context.Context) (string, error) {
	var s string
	err := o.conn.QueryRow(ctx, `
		SELECT concat_ws(' ',
			'xid', pg_current_xact_id_if_assigned(),
			'role', current_user, 'path', coalesce(nullif(current_setting('search_path'), ''), '""'), 'read-only', current_setting('default_transaction_read_only'),
			'timeout', current_setting('statement_timeout'), 'strings', current_setting('standard_conforming_strings'),
			'began', extract(epoch FROM transaction_timestamp()),
			'advisory', (SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory'),
			'locks', (SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND mode ~ 'Exclusive|^ShareLock' AND mode <> 'RowExclusiveLock' AND locktype = 'relation'),
			'objects', (SELECT count(*) FROM pg_largeobject_metadata),
			'rows', (SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables))`,
		pgx.QueryExecModeExec).Scan(&s)
	var failed *pgconn.PgError
	if errors.As(err, &failed) && failed.Code == "25P02" {
		return "failed", nil
	}
	return s, err
}

// TestNothingWithAnEffectIsCalledHarmless runs every text we have on a real
// server and compares what happened with the verdict.
func TestNothingWithAnEffectIsCalledHarmless(t *testing.T) {
	t.Parallel()
	texts := append(statements(t, "attacks"), statements(t, "golden")...)
	for _, r := range Rules() {
		texts = append(texts, r.Fires, r.Quiet)
	}
	if effects := newOracle(t, "guardrails_oracle").compare(t, texts); effects < 500 {
		t.Errorf("only %d effects were seen: the oracle is blind", effects)
	}
}

// TestHarmlessTextsHaveNoEffect runs what is called harmless as the superuser,
// whom nothing is forbidden.
func TestHarmlessTextsHaveNoEffect(t *testing.T) {
	t.Parallel()
	newOracle(t, "").compare(t, statements(t, "harmless"))
}

// compare holds verdicts against what a real server does, and counts effects.
func (o oracle) compare(t *testing.T, texts []string) (effects int) {
	t.Helper()
	for _, sql := range texts {
		if outside := Classify(sql, nil); outside.Statements == 0 && outside.Kind == Unknown && strings.ContainsRune(sql, 0) {
			continue // the protocol cannot carry it
		}
		if strings.Contains(sql, "STDIN") {
			continue // waits for us; its kind is held by the golden verdicts
		}
		seen, err := o.effect(t.Context(), sql)
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		if seen == "" {
			continue
		}
		effects++
		if v := Classify(sql, nil); v.Level == Low && !begins(sql) {
			t.Errorf("%s, %s, but %s: %s", v.Kind, v.Level, seen, sql)
		}
	}
	return effects
}

// quietSet reports whether a text sets search_path to nothing, the one change of
// a setting in the state that may go without a word.
func quietSet(sql string) bool {
	return strings.Contains(sql, "search_path = ''") || strings.Contains(sql, "set_config('search_path', '', ")
}

// begins reports whether a text is about transactions: its effect on the one
// that the oracle runs it in is the oracle's own doing.
func begins(sql string) bool {
	for _, word := range []string{"BEGIN", "START", "COMMIT", "ROLLBACK", "END", "SET TRANSACTION"} {
		if strings.HasPrefix(sql, word) {
			return true
		}
	}
	return false
}

// TestFunctionsCalledHarmlessHaveNoEffect calls each function of the server that
// Classify lets pass, with values of its types, and looks for an effect.
func TestFunctionsCalledHarmlessHaveNoEffect(t *testing.T) {
	t.Parallel()
	o := newOracle(t, "")
	ctx := t.Context()
	calls := column(ctx, t, o.conn, `
		SELECT format('%s %I(%s)',
			CASE WHEN prokind = 'w' THEN 'w' WHEN proretset THEN 's' ELSE 'f' END, proname,
			(SELECT string_agg(format('%s::%s', coalesce(
				CASE WHEN typcategory = 'N' AND typname LIKE 'reg%' THEN quote_literal('1')
				     WHEN typname IN ('int4', 'int8', 'int2', 'numeric', 'float8', 'float4', 'oid', 'text', 'varchar', 'bpchar', 'bytea', 'name') THEN quote_literal('1')
				     WHEN typname = 'bool' THEN quote_literal('t')
				     WHEN typname = 'interval' THEN quote_literal('1 day')
				     WHEN typname IN ('date', 'timestamp', 'timestamptz') THEN quote_literal('2024-01-01')
				     WHEN typname IN ('json', 'jsonb') THEN quote_literal('{}')
				     WHEN typname IN ('tsquery', 'tsvector') THEN quote_literal('a')
				     WHEN typcategory = 'A' AND typname <> 'anyarray' THEN quote_literal('{}')
				END, 'NULL'), CASE WHEN typtype = 'p' THEN CASE typname WHEN 'anyarray' THEN 'int[]' WHEN 'anycompatiblearray' THEN 'int[]' WHEN 'record' THEN 'pg_class' WHEN 'cstring' THEN 'text' ELSE 'int' END ELSE format_type(t.oid, NULL) END), ', ' ORDER BY ord)
			 FROM unnest(proargtypes) WITH ORDINALITY a(arg, ord) JOIN pg_type t ON t.oid = arg))
		`+callable+` AND prokind <> 'a'`)
	for _, sql := range []string{"SELECT txid_current()", "SELECT nextval('orders_seq')", "SELECT pg_advisory_xact_lock(1)", "SELECT lo_create(0)"} {
		if seen, err := o.effect(ctx, sql); err != nil || seen == "" {
			t.Errorf("the oracle is blind to %s: %v", sql, err)
		}
	}
	tried := 0
	for _, c := range calls {
		kind, call, _ := strings.Cut(c, " ")
		sql := "SELECT " + call
		switch kind {
		case "s":
			sql = "SELECT * FROM " + call + " LIMIT 5"
		case "w":
			sql += " OVER ()"
		}
		v := Classify(sql, nil)
		if v.Level != Low {
			continue // the oracle need not do harm to see that it can
		}
		tried++
		seen, err := o.effect(ctx, sql)
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		if seen != "" {
			t.Errorf("%s: %s", sql, seen)
		}
	}
	if tried < 2000 {
		t.Errorf("only %d functions tried", tried)
	}
}

// TestBlankingCommentsChangesNothing asks the server itself whether a text means
// the same without its comments, which is how the parser gets it.
func TestBlankingCommentsChangesNothing(t *testing.T) {
	t.Parallel()
	o := newOracle(t, "")
	ctx := t.Context()
	run := func(sql string) string {
		ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
		defer cancel()
		results, err := o.conn.PgConn().Exec(ctx, sql).ReadAll()
		if err != nil {
			return "refused"
		}
		var b strings.Builder
		for _, r := range results {
			fmt.Fprintf(&b, "%q;", r.Rows)
		}
		return b.String()
	}
	parts := []string{
		"'a'", "E'a'", `E'\''`, `'\'`, `E'\\'`, `'\\'`, " -- c\n", "--'\n", "\n", " ", "/* x */", "/* ' */", "/*/* \n*/*/", "'b'", "'",
		"||", ",", `U&'\0061'`, `U&'!0061'`, " UESCAPE '!'", "$$x$$", "$a$'$a$", "1", "+", " AS x", ";", "SELECT ", `"a"`, "B'1'",
		"NOT", " IN ", "(1)", " true ", "-", "/", "*",
	}
	accepted := 0
	rapid.Check(t, func(t *rapid.T) {
		sql := "SELECT " + strings.Join(rapid.SliceOfN(rapid.SampledFrom(parts), 1, 8).Draw(t, "parts"), "")
		blanked := blank(sql)
		if blanked == sql {
			return
		}
		raw := run(sql)
		if raw == "refused" {
			return // what the server refuses has no effect
		}
		accepted++
		if plain := run(blanked); plain != raw {
			t.Fatalf("%q gives %s, and without comments, %q, %s", sql, raw, blanked, plain)
		}
	})
	if accepted == 0 {
		t.Error("the server accepted none of the texts")
	}
}
