package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"dbaccess/approvals"
	"dbaccess/audit"
	"dbaccess/credentials"
	"dbaccess/credentials/issuertest"
	"dbaccess/credentials/storetest"
)

// accident is what befalls the n-th outside call of an operation: each call to
// the store, the issuer and the prover is one, in whatever order they come.
type accident string

const (
	failsBefore accident = "fails before doing it"
	failsAfter  accident = "does it and says it failed" // the answer was lost
	diesBefore  accident = "dies before it"             // and so does every later call
	diesAfter   accident = "dies after it"
	panics      accident = "panics"
)

var errAccident = errors.New("accident")

// saboteur stands between a service and the world.
type saboteur struct {
	mu    sync.Mutex
	n     int // the call that it befalls, from 1; none while 0
	kind  accident
	calls int
	where string // what the n-th call was
}

// call does f, or not, as the accident has it.
func (s *saboteur) call(name string, f func() error) error {
	s.mu.Lock()
	s.calls++
	mine, dead := s.calls == s.n, s.n > 0 && s.calls > s.n && (s.kind == diesBefore || s.kind == diesAfter)
	if mine {
		s.where = name
	}
	kind := s.kind
	s.mu.Unlock()
	switch {
	case dead, mine && (kind == failsBefore || kind == diesBefore):
		return fmt.Errorf("%s: %w", name, errAccident)
	case mine && kind == panics:
		panic(name + ": " + errAccident.Error())
	case mine:
		return errors.Join(f(), fmt.Errorf("%s: %w", name, errAccident))
	}
	return f()
}

func called[T any](s *saboteur, name string, f func() (T, error)) (v T, err error) {
	err = s.call(name, func() (err error) { v, err = f(); return err })
	if err != nil {
		var none T
		return none, err
	}
	return v, nil
}

type badStore struct {
	*storetest.Memory
	*saboteur
}

func (s badStore) Grant(ctx context.Context, id approvals.GrantID) (credentials.Grant, error) {
	return called(s.saboteur, "store.Grant", func() (credentials.Grant, error) { return s.Memory.Grant(ctx, id) })
}

func (s badStore) UpdateGrant(ctx context.Context, g credentials.Grant, c credentials.Change) error {
	return s.call("store.UpdateGrant", func() error { return s.Memory.UpdateGrant(ctx, g, c) })
}

func (s badStore) UseCode(ctx context.Context, sum [32]byte, now time.Time, ev func(credentials.Code) audit.Event) (credentials.Code, error) {
	return called(s.saboteur, "store.UseCode", func() (credentials.Code, error) { return s.Memory.UseCode(ctx, sum, now, ev) })
}

func (s badStore) TakeDue(ctx context.Context, now, hold time.Time, limit int, ev func(credentials.Grant) audit.Event) ([]credentials.Grant, error) {
	return called(s.saboteur, "store.TakeDue", func() ([]credentials.Grant, error) { return s.Memory.TakeDue(ctx, now, hold, limit, ev) })
}

type badIssuer struct {
	credentials.Issuer
	*saboteur
}

func (i badIssuer) Prepare(ctx context.Context, o credentials.Order) (credentials.Prepared, error) {
	p, err := called(i.saboteur, "issuer.Prepare", func() (credentials.Prepared, error) { return i.Issuer.Prepare(ctx, o) })
	return badPrepared{p, i.saboteur}, err
}

func (i badIssuer) Block(ctx context.Context, leases []credentials.Lease) error {
	return i.call("issuer.Block", func() error { return i.Issuer.Block(ctx, leases) })
}

func (i badIssuer) Revoke(ctx context.Context, l credentials.Lease) error {
	return i.call("issuer.Revoke", func() error { return i.Issuer.Revoke(ctx, l) })
}

func (i badIssuer) Roles(ctx context.Context, database string) ([]string, error) {
	return called(i.saboteur, "issuer.Roles", func() ([]string, error) { return i.Issuer.Roles(ctx, database) })
}

type badPrepared struct {
	credentials.Prepared
	*saboteur
}

// Handle has one, as Vault's would, so that its storing is a step too.
func (badPrepared) Handle() string { return "a handle" }

func (p badPrepared) Mint(ctx context.Context) (credentials.Credential, error) {
	return called(p.saboteur, "prepared.Mint", func() (credentials.Credential, error) { return p.Prepared.Mint(ctx) })
}

type badProver struct {
	credentials.Prover
	*saboteur
}

func (p badProver) EndSessions(ctx context.Context, database string, leases []credentials.Lease) ([]int, error) {
	return called(p.saboteur, "prover.EndSessions", func() ([]int, error) { return p.Prover.EndSessions(ctx, database, leases) })
}

func (p badProver) Prove(ctx context.Context, database string, leases []credentials.Lease) ([]*credentials.Proof, error) {
	return called(p.saboteur, "prover.Prove", func() ([]*credentials.Proof, error) { return p.Prover.Prove(ctx, database, leases) })
}

// sabotaged is a process of its own to whose n-th outside call the accident
// happens.
func (l *life) sabotaged(t *testing.T, n int, kind accident) (*credentials.Service, *saboteur) {
	s := &saboteur{n: n, kind: kind}
	svc := l.replica(t)
	svc.Store = badStore{l.store, s}
	svc.Issuer = func(database string) (credentials.Issuer, error) {
		issuer, err := l.targets.Issuer(database)
		return badIssuer{issuer, s}, err
	}
	svc.Prover = badProver{l.targets, s}
	return svc, s
}

// atEveryStep runs the story once for each step and accident, eight at once,
// each with a store of its own, until a step is past the operation's
// last.
func atEveryStep(t *testing.T, least int, story func(t *testing.T, l *life, n int, kind accident) *saboteur) {
	admin := database(t)
	targets := open(t, admin, newInstall())
	for _, kind := range []accident{failsBefore, failsAfter, diesBefore, diesAfter, panics} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			const atOnce = 8
			for done := 0; ; done += atOnce {
				through := make([]int, atOnce)
				var wg sync.WaitGroup
				for i := range through {
					wg.Go(func() {
						n := done + i + 1
						s := story(t, newLifeWith(t, admin, targets), n, kind)
						if t.Failed() {
							t.Logf("when or before step %d, %s, %s", n, s.where, kind)
						}
						if s.where == "" { // it went through without reaching step n
							through[i] = n
						}
					})
				}
				wg.Wait()
				if t.Failed() {
					return
				}
				if last := slices.IndexFunc(through, func(n int) bool { return n > 0 }); last >= 0 {
					if done+last < least {
						t.Errorf("only %d steps were tried", done+last)
					}
					t.Logf("%d steps", done+last)
					return
				}
			}
		})
	}
}

// survive calls f and forgives it a panic: the process of it would be dead.
func survive(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return f()
}

// sweepLater lets another process sweep once, when every hold and patience is
// over but the window is not.
func (l *life) sweepLater(t *testing.T) {
	t.Helper()
	svc := l.replica(t)
	svc.Now = func() time.Time { return time.Now().Add(3 * time.Minute) }
	if _, err := svc.Sweep(t.Context()); err != nil {
		t.Errorf("the sweep: %v", err)
	}
}

// accounted checks that whatever lives on the server is on record as living,
// and the other way round, and that everything else is proven ended.
func (l *life) accounted(t *testing.T, ids ...approvals.GrantID) {
	t.Helper()
	var live []string
	for _, id := range ids {
		g := l.get(t, id)
		if g.State == credentials.Revoking {
			t.Errorf("the grant is still revoking: %+v", g.Leases)
		}
		for _, lease := range g.Leases {
			switch {
			case lease.State == credentials.Live && g.State == credentials.Active:
				live = append(live, lease.Role)
			case lease.State != credentials.Gone || lease.Proof == nil || lease.Proof.Disabled:
				t.Errorf("of a grant that is %s, a lease is %s, proof %+v", g.State, lease.State, lease.Proof)
			}
		}
	}
	slices.Sort(live)
	if roles := l.roles(t); !slices.Equal(roles, live) {
		t.Errorf("roles on the server %v, live on record %v", roles, live)
	}
}

func (l *life) finishGrant(t *testing.T, id approvals.GrantID) {
	t.Helper()
	g, err := l.End(t.Context(), alice, id, credentials.Revoked)
	if err != nil || g.State != credentials.Ended {
		t.Errorf("End: %s, %v", g.State, err)
	}
	if roles := l.roles(t); len(roles) != 0 {
		t.Errorf("roles after the end: %v", roles)
	}
}

func TestAClaimThatStopsAtAnyStepIsFinishedByTheNextSweep(t *testing.T) {
	t.Parallel()
	for _, again := range []bool{false, true} {
		t.Run(map[bool]string{false: "first claim", true: "replacing claim"}[again], func(t *testing.T) {
			t.Parallel()
			atEveryStep(t, 6, func(t *testing.T, l *life, n int, kind accident) *saboteur {
				return l.claimWithAccident(t, n, kind, again)
			})
		})
	}
}

func (l *life) claimWithAccident(t *testing.T, n int, kind accident, again bool) *saboteur {
	id := l.open(time.Hour)
	var earlier *pgx.Conn
	if again {
		earlier = l.login(t, l.claim(t, id))
	}
	code, _, err := l.IssueCode(t.Context(), alice, id)
	if err != nil {
		t.Fatalf("IssueCode: %v", err)
	}
	svc, s := l.sabotaged(t, n, kind)
	var c credentials.Credential
	err = survive(func() (err error) { c, _, err = svc.Redeem(t.Context(), code); return err })
	if err != nil && c.Password.Reveal() != "" {
		t.Error("a secret was given out beside an error")
	}
	l.sweepLater(t)
	l.accounted(t, id)
	g := l.get(t, id)
	if err == nil {
		live := g.Leases[len(g.Leases)-1]
		if live.State != credentials.Live || live.ID != c.Lease || live.Role != c.Role {
			t.Errorf("a credential was given out for a lease that is %s", live.State)
		}
		l.login(t, c)
	}
	if earlier != nil {
		_, dead := earlier.Exec(t.Context(), "SELECT 1")
		if (g.Leases[0].State == credentials.Live) != (dead == nil) {
			t.Errorf("the earlier lease is %s, and its session says %v", g.Leases[0].State, dead)
		}
	}
	if g.State != credentials.Open && g.State != credentials.Active {
		t.Errorf("the grant is %s; its holder should be able to claim again", g.State)
	}
	l.login(t, l.claim(t, id))
	l.accounted(t, id)
	l.finishGrant(t, id)
	return s
}

func TestAnEndThatStopsAtAnyStepIsFinishedByTheNextSweep(t *testing.T) {
	t.Parallel()
	atEveryStep(t, 6, func(t *testing.T, l *life, n int, kind accident) *saboteur {
		return l.endWithAccident(t, n, kind)
	})
}

func (l *life) endWithAccident(t *testing.T, n int, kind accident) *saboteur {
	id := l.open(time.Hour)
	c := l.claim(t, id)
	conn := l.login(t, c)
	if err := issuertest.Wreck(t.Context(), conn, "SELECT id, email FROM people"); err != nil {
		t.Fatalf("make the ending hard: %v", err)
	}
	svc, s := l.sabotaged(t, n, kind)
	err := survive(func() error {
		_, err := svc.End(t.Context(), alice, id, credentials.Revoked)
		return err
	})
	l.sweepLater(t)
	l.accounted(t, id)
	g := l.get(t, id)
	_, dead := conn.Exec(t.Context(), "SELECT 1")
	switch {
	case g.State == credentials.Ended && g.Reason == credentials.Revoked && g.EndedBy == alice.ID():
		if dead == nil {
			t.Error("the session outlived its grant")
		}
		if ended := l.count(id, audit.GrantEnded); ended != 1 {
			t.Errorf("it ended %d times on record", ended)
		}
	case g.State == credentials.Active && err != nil:
		if dead != nil {
			t.Errorf("nothing was recorded, and yet the session is gone: %v", dead)
		}
	default:
		t.Errorf("after End said %v, the grant is %s, %s by %s", err, g.State, g.Reason, g.EndedBy)
	}
	l.finishGrant(t, id)
	return s
}

func TestADueEndingThatStopsAtAnyStepIsFinishedByTheNextSweep(t *testing.T) {
	t.Parallel()
	atEveryStep(t, 5, func(t *testing.T, l *life, n int, kind accident) *saboteur {
		ids := []approvals.GrantID{l.open(time.Minute), l.open(time.Minute), l.open(time.Minute)}
		var conns []*pgx.Conn
		for _, id := range ids {
			conns = append(conns, l.login(t, l.claim(t, id)))
		}
		svc, s := l.sabotaged(t, n, kind)
		svc.Now = func() time.Time { return time.Now().Add(time.Minute) }
		_ = survive(func() error { _, err := svc.Sweep(t.Context()); return err })
		l.sweepLater(t)
		l.accounted(t, ids...)
		for i, id := range ids {
			if g := l.get(t, id); g.State != credentials.Ended || g.Reason != credentials.Elapsed || l.count(id, audit.GrantEnded) != 1 {
				t.Errorf("it is %s, %s, ended %d times", g.State, g.Reason, l.count(id, audit.GrantEnded))
			}
			if _, err := conns[i].Exec(t.Context(), "SELECT 1"); err == nil {
				t.Error("a session outlived its grant")
			}
		}
		return s
	})
}

func (l *life) count(id approvals.GrantID, of audit.Type) int {
	n := 0
	for _, e := range l.store.Events() {
		if e.Grant == string(id) && e.Type == of {
			n++
		}
	}
	return n
}
