package target

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"dbaccess/approvals"
	"dbaccess/credentials"
	"dbaccess/internal/devstack"
	"dbaccess/internal/devstack/pgtest"
	"dbaccess/internal/devstack/shop"
)

func TestOnlyWhatChangesSomethingIsMarked(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop.Writer)
	var marks []approvals.Mark
	hook := func(_ context.Context, m approvals.Mark) error { marks = append(marks, m); return nil }
	for _, statement := range []string{"SELECT * FROM products", "UPDATE products SET price = 1 WHERE false"} {
		if _, err := b.run(t, RunOptions{Statement: statement, RowBound: 10, Committing: hook}); err != nil {
			t.Fatal(err)
		}
	}
	if len(marks) != 0 {
		t.Fatalf("marks of nothing: %+v", marks)
	}
	// What is only done in the commit is marked before it.
	if _, err := b.run(t, RunOptions{Statement: "NOTIFY somebody", Committing: hook, ToTheEnd: true}); err != nil || len(marks) != 1 {
		t.Fatalf("%d marks of a notification, %v", len(marks), err)
	}
	marks = nil
	if _, err := b.run(t, RunOptions{Statement: "UPDATE products SET price = 1 WHERE id <= 3", RowBound: 10, Committing: hook}); err != nil {
		t.Fatal(err)
	}
	if len(marks) != 1 || marks[0].XID == "" || marks[0].Rows != 3 || marks[0].Epoch == "" {
		t.Fatalf("marks %+v", marks)
	}
	system, timeline, ok := strings.Cut(marks[0].System, "/")
	if !ok || len(system) < 10 || timeline != "00000001" {
		t.Errorf("the system is %q", marks[0].System)
	}
	if fate, why, err := Fate(t.Context(), b.url(t), marks[0]); fate != approvals.Committed || err != nil {
		t.Errorf("%s, %s, %v", fate, why, err)
	}
	if _, err := b.run(t, RunOptions{Statement: "UPDATE products SET price = 2", RowBound: 10, Committing: hook}); err != nil || len(marks) != 1 {
		t.Errorf("%d marks of a fused statement, %v", len(marks), err)
	}
}

// url is that of the bench's own role.
func (b bench) url(t *testing.T) credentials.Secret {
	t.Helper()
	u, err := url.Parse(b.super.Config().ConnString())
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(b.cred.Role, b.cred.Password.Reveal())
	return credentials.NewSecret(u.String())
}

func TestWhatIsNotOnRecordIsNotCommitted(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop.Writer)
	away := errors.New("the store is away")
	var m approvals.Mark
	_, err := b.run(t, RunOptions{Statement: "UPDATE products SET price = 1", RowBound: -1, Committing: func(_ context.Context, is approvals.Mark) error {
		m = is
		return away
	}})
	if !errors.Is(err, errNotMarked) || !errors.Is(err, away) {
		t.Errorf("got %v", err)
	}
	if n := b.count(t, "shop.products WHERE price = 1"); n != 0 {
		t.Errorf("%d products changed", n)
	}
	if fate, _, err := Fate(t.Context(), b.url(t), m); fate != approvals.RolledBack || err != nil {
		t.Errorf("%s, %v", fate, err)
	}
}

// interrupted runs an UPDATE and lets during happen between its mark and its
// commit.
func interrupted(t *testing.T, b bench, during func(m approvals.Mark)) (m approvals.Mark, err error) {
	t.Helper()
	_, err = b.run(t, RunOptions{Statement: "UPDATE products SET price = 77", RowBound: -1, Committing: func(_ context.Context, is approvals.Mark) error {
		m = is
		during(m)
		return nil
	}})
	return m, err
}

func TestWhatBecomesOfATransactionWhenItsServerGoesAway(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "fate-") // a named folder outlives a stop
	if err == nil {
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
		err = os.Chmod(dir, 0o711) //nolint:gosec // the server's own account must get through
	}
	if err != nil {
		t.Fatal(err)
	}
	p := pgtest.Own(t, devstack.PostgresOptions{Dir: filepath.Join(dir, "pg")})
	if err := shop.Load(t.Context(), p.URL("postgres"), shop.Options{Customers: 10}); err != nil {
		t.Fatal(err)
	}
	b := benchOn(t, p.URL("postgres"), shop.Writer)
	is := func(when string, m approvals.Mark, want approvals.Fate) {
		t.Helper()
		if got, why, err := Fate(t.Context(), b.url(t), m); got != want || err != nil {
			t.Errorf("%s it is %s (%s), %v; want %s", when, got, why, err, want)
		}
	}
	up := func() {
		t.Helper()
		if err := p.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
	}

	m, err := interrupted(t, b, func(m approvals.Mark) {
		is("in the middle", m, approvals.Underway)
		m.XID = "99999999"
		is("of the future", m, approvals.Unknown)
	})
	if err != nil {
		t.Fatal(err)
	}
	is("afterwards", m, approvals.Committed)
	if err := p.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	up()
	is("after a restart in order", m, approvals.Committed)

	m, err = interrupted(t, b, func(approvals.Mark) { _ = p.Kill() })
	if !errors.Is(err, ErrUnknownOutcome) {
		t.Errorf("got %v, want ErrUnknownOutcome", err)
	}
	if f, _, err := Fate(t.Context(), b.url(t), m); err == nil {
		t.Errorf("a server that is away says %s", f)
	}
	up()
	is("after a crash", m, approvals.RolledBack)
	for name, m := range map[string]approvals.Mark{
		"of another server":           {XID: m.XID, System: "1" + m.System, Epoch: m.Epoch, At: m.At},
		"of another timeline":         {XID: m.XID, System: m.System + "1", Epoch: m.Epoch, At: m.At},
		"of a server that was secret": {XID: m.XID, System: "/00000001", Epoch: m.Epoch, At: m.At},
		"of the server's own copy":    {XID: m.XID, System: m.System, Epoch: m.Epoch, At: "2100-01-01"},
	} {
		is(name, m, approvals.Unknown)
	}
}

// What a crash takes with it was never written out, and then its number is given
// again: whoever has it next must not be taken for it.
func TestANumberThatIsGivenTwiceTellsNothing(t *testing.T) {
	t.Parallel()
	p := pgtest.Own(t, devstack.PostgresOptions{})
	if err := shop.Load(t.Context(), p.URL("postgres"), shop.Options{Customers: 10}); err != nil {
		t.Fatal(err)
	}
	b := benchOn(t, p.URL("postgres"), shop.Writer)
	m, err := interrupted(t, b, func(approvals.Mark) { _ = p.Kill() })
	if !errors.Is(err, ErrUnknownOutcome) {
		t.Fatal(err)
	}
	if err := p.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), p.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	again := false
	for range 5 {
		var xid string
		if err := conn.QueryRow(t.Context(), "UPDATE shop.products SET price = price WHERE id = 1 RETURNING pg_current_xact_id()::text").Scan(&xid); err != nil {
			t.Fatal(err)
		}
		again = again || xid == m.XID
	}
	fate, why, err := Fate(t.Context(), b.url(t), m)
	if want := map[bool]approvals.Fate{true: approvals.Unknown, false: approvals.RolledBack}[again]; fate != want || err != nil {
		t.Errorf("given again %v: it is %s (%s), %v; want %s", again, fate, why, err, want)
	}
}
