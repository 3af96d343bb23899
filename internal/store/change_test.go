package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"dbaccess/approvals"
	"dbaccess/audit"
	"dbaccess/credentials"
	"dbaccess/internal/devstack/pgtest"
)

// everything is all rows of all tables of ours, to be compared.
func everything(t *testing.T, s *Store) string {
	t.Helper()
	rows, err := s.pool.Query(t.Context(), "SELECT tablename FROM pg_tables WHERE schemaname = 'dbaccess' AND tablename NOT IN ('river_leader', 'river_queue') ORDER BY 1")
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, table := range tables {
		fmt.Fprintf(&b, "%s: %s\n", table, query[string](t, s, "SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY to_jsonb(t)::text)::text, '') FROM dbaccess."+table+" t"))
	}
	return b.String()
}

// scene is a store with one of everything, and the ways to change it, each with
// the events that it is given.
type scene struct {
	*Store
	pending approvals.Request
	open    credentials.Grant
	due     credentials.Grant
	code    [32]byte
	result  [32]byte
}

func newScene(t *testing.T) scene {
	t.Helper()
	sc := scene{Store: newStore(t), code: [32]byte{1}, result: [32]byte{2}}
	r := request()
	if err := sc.Insert(t.Context(), r, approvals.Change{Events: []audit.Event{event(audit.RequestSubmitted, r.ID)}}); err != nil {
		t.Fatal(err)
	}
	var err error
	if sc.pending, err = sc.Request(t.Context(), r.ID); err != nil {
		t.Fatal(err)
	}
	sc.open, sc.due = openGrant(t, sc.Store), openGrant(t, sc.Store)
	sc.due.State, sc.due.ActiveAt, sc.due.Due = credentials.Active, at, at.Add(time.Minute)
	c := credentials.Change{Events: []audit.Event{event(audit.GrantActive, sc.due.Request)}}
	if err := sc.UpdateGrant(t.Context(), sc.due, c); err != nil {
		t.Fatal(err)
	}
	if err := sc.InsertCode(t.Context(), credentials.Code{Sum: sc.code, Grant: sc.open.ID, Holder: "alice", Expires: at}, c); err != nil {
		t.Fatal(err)
	}
	if err := sc.SaveResult(t.Context(), sc.result, []byte("sealed"), "alice", string(r.ID), at.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	return sc
}

// changes are all methods that change what the log tells of.
func (sc scene) changes() map[string]func(ctx context.Context, ev audit.Event) error {
	todos := []approvals.Todo{{Kind: approvals.DrawCard, ID: string(sc.pending.ID)}}
	both := func(ev audit.Event) []audit.Event { // the first could be written
		return []audit.Event{event(audit.ReviewGiven, sc.pending.ID), ev}
	}
	return map[string]func(ctx context.Context, ev audit.Event) error{
		"Insert": func(ctx context.Context, ev audit.Event) error {
			return sc.Insert(ctx, request(), approvals.Change{Events: both(ev), Todos: todos})
		},
		"Update": func(ctx context.Context, ev audit.Event) error {
			r := sc.pending
			r.State, r.DecidedAt, r.Outcome, r.Grant = approvals.Approved, at, "Approved by bob.", approvals.GrantID(newID("grt"))
			r.Reviews = append(r.Reviews, approvals.Review{
				ID: approvals.ReviewID(newID("rev")), Revision: 1, Reviewer: "bob", Answer: approvals.Approve, Via: approvals.ByButton, At: at,
			})
			g := approvals.Grant{
				ID: r.Grant, Request: r.ID, Kind: r.Kind, Holder: "alice", Database: "shop", Profile: "masked-read", Duration: time.Hour,
				ApprovedAt: at, ClaimBy: at.Add(time.Hour),
			}
			return sc.Update(ctx, r, approvals.Change{Events: both(ev), Todos: todos, Grant: &g})
		},
		"Note": func(ctx context.Context, ev audit.Event) error {
			return sc.Note(ctx, approvals.Change{Events: both(ev), Todos: todos})
		},
		"UpdateGrant": func(ctx context.Context, ev audit.Event) error {
			g := sc.open
			g.Leases = []credentials.Lease{{
				ID: credentials.LeaseID(newID("lse")), Database: "shop", Profile: "masked-read", Role: newID("dba"), State: credentials.Intended,
				At: at, Until: at.Add(time.Hour),
			}}
			return sc.UpdateGrant(ctx, g, credentials.Change{Events: both(ev), Todos: todos})
		},
		"TakeDue": func(ctx context.Context, ev audit.Event) error {
			_, err := sc.TakeDue(ctx, sc.due.Due, sc.due.Due.Add(time.Minute), 10, func(credentials.Grant) audit.Event { return ev })
			return err
		},
		"InsertCode": func(ctx context.Context, ev audit.Event) error {
			return sc.InsertCode(ctx, credentials.Code{Sum: [32]byte{9}, Grant: sc.open.ID, Holder: "alice", Expires: at}, credentials.Change{Events: both(ev), Todos: todos})
		},
		"UseCode": func(ctx context.Context, ev audit.Event) error {
			_, err := sc.UseCode(ctx, sc.code, at, func(credentials.Code) audit.Event { return ev })
			return err
		},
		"Record": func(ctx context.Context, ev audit.Event) error {
			return sc.Record(ctx, credentials.Change{Events: both(ev), Todos: todos})
		},
		"SaveResult": func(ctx context.Context, ev audit.Event) error {
			return sc.SaveResult(ctx, [32]byte{8}, []byte("sealed"), "alice", string(sc.pending.ID), at, ev)
		},
		"TakeResult": func(ctx context.Context, ev audit.Event) error {
			sealed, _, _, err := sc.TakeResult(ctx, sc.result, at, func(_, _ string) audit.Event { return ev })
			if err != nil && sealed != nil {
				return errors.New("the bytes were handed out")
			}
			return err
		},
	}
}

func TestAnEventThatCannotBeWrittenStopsItsChange(t *testing.T) {
	t.Parallel()
	sc := newScene(t)
	before := everything(t, sc.Store)
	for name, change := range sc.changes() {
		if err := change(t.Context(), poison(sc.pending.ID)); !errors.Is(err, audit.ErrEvent) {
			t.Errorf("%s: got %v, want ErrEvent", name, err)
		}
		if after := everything(t, sc.Store); after != before {
			t.Fatalf("%s stored something without its event\nbefore %s\nafter %s", name, before, after)
		}
	}
	// The same changes with a good event do change something, each of them.
	for name, change := range sc.changes() {
		if err := change(t.Context(), event(audit.ReviewGiven, sc.pending.ID)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		after := everything(t, sc.Store)
		if after == before {
			t.Errorf("%s with a good event changed nothing", name)
		}
		before = after
	}
	if _, err := sc.VerifyLog(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestALogThatRefusesAppendingStopsEveryChange(t *testing.T) {
	t.Parallel()
	sc := newScene(t)
	owner := connect(t, ownerOf(t, sc.Store))
	if _, err := owner.Exec(t.Context(), "REVOKE EXECUTE ON FUNCTION dbaccess.append_events(text[]) FROM "+runtimeRole); err != nil {
		t.Fatal(err)
	}
	before := everything(t, sc.Store)
	for name, change := range sc.changes() {
		if err := change(t.Context(), event(audit.ReviewGiven, sc.pending.ID)); !isState(err, "42501") {
			t.Errorf("%s: got %v, want that it was refused", name, err)
		}
	}
	if after := everything(t, sc.Store); after != before {
		t.Errorf("something was stored without its event\nbefore %s\nafter %s", before, after)
	}
}

func TestEventsOfManyWritersStandInOneChain(t *testing.T) {
	t.Parallel()
	url := runtimeURL(t, ownerURL(t))
	replicas := []*Store{opened(t, url), opened(t, url)}
	const writers, each = 16, 25
	var all sync.WaitGroup
	for n := range writers {
		all.Go(func() {
			s := replicas[n%len(replicas)]
			for i := range each {
				r := request()
				evs := slices.Repeat([]audit.Event{event(audit.RequestSubmitted, r.ID)}, 1+i%3)
				for j := range evs {
					evs[j].Details = map[string]any{"part": j, "of": len(evs)}
				}
				if i%5 == 4 { // what is rolled back leaves no gap
					if err := s.Insert(t.Context(), r, approvals.Change{Events: append(evs, poison(r.ID))}); err == nil {
						t.Error("a poisoned change was stored")
					}
					continue
				}
				if err := s.Insert(t.Context(), r, approvals.Change{Events: evs, Todos: []approvals.Todo{{Kind: approvals.DrawCard, ID: string(r.ID)}}}); err != nil {
					t.Errorf("insert: %v", err)
				}
			}
		})
	}
	all.Wait()

	s := replicas[0]
	rep, err := s.VerifyLog(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := query[int64](t, s, "SELECT 1 + sum((body::jsonb #>> '{details,of}')::int) FROM dbaccess.audit_events WHERE body::jsonb #>> '{details,part}' = '0'")
	if requests := query[int64](t, s, "SELECT count(*) FROM dbaccess.requests"); requests != writers*each*4/5 {
		t.Errorf("%d requests", requests)
	}
	if rep.Count != want || rep.Head.Seq != want {
		t.Errorf("%d events up to %d, want %d", rep.Count, rep.Head.Seq, want)
	}
	// The events of one change stand together and in their order.
	if apart := query[int64](t, s, `SELECT count(*) FROM dbaccess.audit_events a JOIN dbaccess.audit_events b ON b.request = a.request AND b.seq <> a.seq
		WHERE (b.body::jsonb #>> '{details,part}')::int - (a.body::jsonb #>> '{details,part}')::int <> b.seq - a.seq`); apart != 0 {
		t.Errorf("%d pairs of one change's events do not stand as they were given", apart)
	}
}

func TestTwoReplicasTakeEachDueGrantOnce(t *testing.T) {
	t.Parallel()
	url := runtimeURL(t, ownerURL(t))
	replicas := []*Store{opened(t, url), opened(t, url)}
	const grants = 30
	for range grants {
		openGrant(t, replicas[0])
	}
	now := at.Add(24 * time.Hour)
	var (
		mu    sync.Mutex
		taken = map[approvals.GrantID]int{}
		all   sync.WaitGroup
	)
	for n := range 8 {
		all.Go(func() {
			for {
				got, err := replicas[n%2].TakeDue(t.Context(), now, now.Add(time.Hour), 4, func(g credentials.Grant) audit.Event {
					return event(audit.GrantEnding, g.Request)
				})
				if err != nil {
					t.Error(err)
				}
				if len(got) == 0 {
					return
				}
				mu.Lock()
				for _, g := range got {
					taken[g.ID]++
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	for id, n := range taken {
		if n != 1 {
			t.Errorf("%s was taken %d times", id, n)
		}
	}
	if told := query[int64](t, replicas[0], "SELECT count(*) FROM dbaccess.audit_events WHERE type = 'grant.ending'"); int(told) != len(taken) {
		t.Errorf("%d events tell of %d taken", told, len(taken))
	}
}

func TestTextThatCannotBeStoredIsSaidToBe(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, reason := range []string{"a\x00b", "a\xffb"} {
		r := request()
		r.Reason = reason
		err := s.Insert(t.Context(), r, approvals.Change{Events: []audit.Event{event(audit.RequestSubmitted, r.ID)}})
		if !errors.Is(err, errText) {
			t.Errorf("%q: got %v", reason, err)
		}
	}
}

// ownerOf is the superuser's URL of the store's database.
func ownerOf(t testing.TB, s *Store) string {
	t.Helper()
	return pgtest.Server(t).URL(s.pool.Config().ConnConfig.Database)
}

func BenchmarkChange16Writers(b *testing.B) {
	s := newStore(b)
	run := func(b *testing.B, f func() error) {
		work := make(chan struct{})
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				for range work {
					if err := f(); err != nil {
						b.Error(err)
					}
				}
			})
		}
		b.ResetTimer()
		for range b.N {
			work <- struct{}{}
		}
		close(work)
		all.Wait()
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tx/s")
	}
	body, err := audit.Canonical(event(audit.ReviewGiven, "req_x"))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("events", func(b *testing.B) {
		run(b, func() error {
			return s.Record(context.Background(), credentials.Change{Events: []audit.Event{event(audit.ReviewGiven, "req_x")}})
		})
	})
	owner := connect(b, ownerOf(b, s))
	if _, err := owner.Exec(b.Context(), "CREATE TABLE public.plain (seq bigserial PRIMARY KEY, prev bytea, hash bytea, body text); GRANT ALL ON public.plain TO "+runtimeRole+"; GRANT ALL ON SEQUENCE public.plain_seq_seq TO "+runtimeRole); err != nil {
		b.Fatal(err)
	}
	b.Run("plain inserts", func(b *testing.B) {
		run(b, func() error {
			return pgx.BeginFunc(context.Background(), s.pool, func(tx pgx.Tx) error {
				_, err := tx.Exec(context.Background(), "INSERT INTO public.plain (prev, hash, body) VALUES ($1, $1, $2)", make([]byte, 32), string(body))
				return err
			})
		})
	})
}
