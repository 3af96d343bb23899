package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"dbaccess/approvals"
	approvaltest "dbaccess/approvals/storetest"
	"dbaccess/audit"
	"dbaccess/credentials"
	credentialtest "dbaccess/credentials/storetest"
	"dbaccess/internal/devstack/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// at is when the tests' things happen: with microseconds, which is what is kept.
var at = time.Date(2026, 11, 21, 14, 3, 7, 123456000, time.UTC)

// runtimeRole is the role as which the tests open stores, as a server does: what
// it may not do, nothing here needs.
const (
	runtimeRole     = "dbaccess_runtime"
	runtimePassword = "of-no-value"
)

func migrated(ctx context.Context, url string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx) //nolint:errcheck // it was only used to make the role
	if _, err := conn.Exec(ctx, "CREATE ROLE "+runtimeRole+" LOGIN PASSWORD '"+runtimePassword+"'"); err != nil {
		return err
	}
	_, err = Migrate(ctx, url, MigrateOptions{RuntimeRole: runtimeRole})
	return err
}

// ownerURL returns the owner's URL of a migrated database of the test's own.
func ownerURL(t testing.TB) string {
	t.Helper()
	return pgtest.Clone(t, "store", migrated)
}

// runtimeURL is the same database as the runtime role sees it.
func runtimeURL(t testing.TB, owner string) string {
	t.Helper()
	u, err := url.Parse(owner)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(runtimeRole, runtimePassword)
	return u.String()
}

// connect is a plain connection, past the store's methods.
func connect(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// opened returns the store at url, closed when the test ends.
func opened(t testing.TB, url string) *Store {
	t.Helper()
	s, err := Open(t.Context(), url, Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func newStore(t testing.TB) *Store {
	t.Helper()
	return opened(t, runtimeURL(t, ownerURL(t)))
}

func newID(prefix string) string { return prefix + "_" + strings.ToLower(rand.Text()) }

func event(what audit.Type, request approvals.RequestID) audit.Event {
	return audit.Event{At: at, Type: what, Actor: "person:alice", Request: string(request), Database: "shop"}
}

// poison is an event that has no canonical form.
func poison(request approvals.RequestID) audit.Event {
	ev := event(audit.RequestApproved, request)
	ev.Details = map[string]any{"ratio": 0.5}
	return ev
}

// request is a pending access request.
func request() approvals.Request {
	r := approvals.Request{
		ID: approvals.RequestID(newID("req")), State: approvals.Pending, Revision: 1, Reason: "INC-42", CreatedAt: at, ExpiresAt: at.Add(time.Hour),
		Terms: approvals.Terms{Kind: approvals.Access, Requester: "alice", Database: "shop", Profile: "masked-read", Duration: time.Hour},
	}
	r.Digest = sha256.Sum256([]byte(r.ID))
	return r
}

// seed stores the approved request that opens g.
func seed(t testing.TB, s *Store, g approvals.Grant) {
	t.Helper()
	r := request()
	r.ID, r.Requester, r.Database, r.Profile, r.Duration = g.Request, g.Holder, g.Database, g.Profile, g.Duration
	r.State, r.DecidedAt, r.Outcome, r.Grant = approvals.Approved, g.ApprovedAt, "Approved.", g.ID
	if g.Kind == approvals.Statement {
		r.Kind, r.Statement = approvals.Statement, "SELECT 1"
	}
	ev := event(audit.GrantOpened, r.ID)
	ev.Grant = string(g.ID)
	if err := s.Insert(t.Context(), r, approvals.Change{Events: []audit.Event{ev}, Grant: &g}); err != nil {
		t.Fatal(err)
	}
}

// openGrant stores an open grant and returns it.
func openGrant(t testing.TB, s *Store) credentials.Grant {
	t.Helper()
	g := credentialtest.Sample(at)
	seed(t, s, g)
	got, err := s.Grant(t.Context(), g.ID)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// query returns one value, read past the store's methods.
func query[T any](t testing.TB, s *Store, sql string, args ...any) T {
	t.Helper()
	rows, err := s.pool.Query(t.Context(), sql, args...)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	v, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[T])
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

// witness sees what was stored beside the requests.
type witness struct{ *Store }

func (w witness) Seen(ctx context.Context, id approvals.RequestID) (approvaltest.Seen, error) {
	var seen approvaltest.Seen
	recs, err := w.Events(ctx, EventFilter{Request: string(id)})
	if err != nil {
		return seen, err
	}
	for _, rec := range recs {
		ev, err := audit.Parse(rec.Body)
		if err != nil {
			return seen, err
		}
		seen.Events = append(seen.Events, ev.Type)
	}
	rows, err := w.pool.Query(ctx, "SELECT args ->> 'do', args ->> 'id', scheduled_at FROM dbaccess.river_job WHERE args ->> 'id' = $1 ORDER BY id", id)
	if err != nil {
		return seen, err
	}
	if seen.Todos, err = pgx.CollectRows(rows, pgx.RowToStructByPos[approvals.Todo]); err != nil {
		return seen, err
	}
	grants, err := w.Grants(ctx, credentials.GrantFilter{Request: id})
	for _, g := range grants {
		seen.Grants = append(seen.Grants, g.Grant)
	}
	return seen, err
}

func TestItIsAStoreOfRequests(t *testing.T) {
	t.Parallel()
	approvaltest.Run(t, func(t *testing.T) approvals.Store { return witness{newStore(t)} })
}

func TestItIsAStoreOfGrants(t *testing.T) {
	t.Parallel()
	credentialtest.Run(t, func(t *testing.T) (credentials.Store, func(approvals.Grant)) {
		s := newStore(t)
		return s, func(g approvals.Grant) { seed(t, s, g) }
	})
}
