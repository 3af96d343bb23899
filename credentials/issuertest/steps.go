package issuertest

import (
	"context"
	"crypto/rand"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"dbaccess/approvals"
	"dbaccess/audit"
	"dbaccess/credentials"
	"dbaccess/internal/identity"
)

// later is how far ahead the clock of the sweep is: every hold, patience and
// young lease is over then, but no window of an hour is.
const later = 3 * time.Minute

// Store is one whose grants are opened by hand: storetest.Memory.
type Store interface {
	credentials.Store
	Seed(g approvals.Grant)
	Events() []audit.Event
}

// Bench is a target with what it takes to stop a service on it at any step.
type Bench struct {
	Target
	NewStore func() Store

	// Later makes the issuer of another process, whose clock is that far ahead;
	// nil if the issuer does not look at clocks.
	Later func(ahead time.Duration) credentials.Issuer
	// Tidy is what an issuer does now and then beside the sweep, at that clock too;
	// may be nil.
	Tidy func(ctx context.Context, ahead time.Duration) error
	// Left fails the test if the issuer keeps anything that these leases do not
	// explain, which are all there have been; may be nil. Nothing is under way then.
	Left func(t *testing.T, leases []credentials.Lease)
}

// RunSteps stops claims, replacing claims, ends and due endings at each of their
// steps, in five ways, and checks that one sweep of another process mends it:
// whatever lives is on record, whatever is not is proven ended.
func RunSteps(t *testing.T, open func(t *testing.T) Bench) {
	for _, x := range []story{
		{name: "first claim", least: 6, begin: oneGrant, act: redeem, check: checkClaim, finish: claimAgain},
		{name: "replacing claim", least: 6, begin: oneActive, act: redeem, check: checkClaim, finish: claimAgain},
		{name: "end", least: 6, begin: oneWrecked, act: endOne, check: checkEnd, finish: (*scene).endAll},
		{name: "due endings", least: 5, begin: threeDue, act: sweepDue, check: checkDue, finish: (*scene).endAll},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			b := open(t)
			if b.Later == nil {
				b.Later = func(time.Duration) credentials.Issuer { return b.Issuer }
			}
			issuer := b.Later(later) // one for all: it would log in each time
			b.Later = func(time.Duration) credentials.Issuer { return issuer }
			for _, kind := range []accident{failsBefore, failsAfter, diesBefore, diesAfter, panics} {
				t.Run(string(kind), func(t *testing.T) { b.atEveryStep(t, x, kind) })
			}
		})
	}
}

// story is an operation that is stopped, and what is around it.
type story struct {
	name   string
	least  int // steps that it has
	begin  func(*scene)
	act    func(*scene, *credentials.Service) error
	check  func(*scene) // after the sweep
	finish func(*scene) // all must be as it would be without the accident
}

// atEveryStep plays the story once for each step, eight at once, each with a
// store of its own, until a step is past the operation's last. They wait for one
// another between their parts: a sweep whose clock is ahead would take another's
// claim for dead, and what an issuer keeps can be looked at only when nothing is
// under way.
func (b Bench) atEveryStep(t *testing.T, x story, kind accident) {
	const atOnce = 8
	for done := 0; ; done += atOnce {
		scenes := make([]*scene, atOnce)
		for i := range scenes {
			scenes[i] = b.newScene(t, &saboteur{n: done + i + 1, kind: kind})
		}
		together(scenes, func(s *scene) { x.begin(s); s.err = survive(func() error { return x.act(s, s.sabotaged()) }) })
		b.sweepLater(scenes)
		together(scenes, func(s *scene) { s.accounted(); x.check(s) })
		b.left(t, scenes)
		together(scenes, x.finish)
		b.left(t, scenes)
		for _, s := range scenes {
			s.close()
		}
		if t.Failed() {
			return
		}
		if last := slices.IndexFunc(scenes, func(s *scene) bool { return s.bad.where == "" }); last >= 0 {
			if done+last < x.least {
				t.Errorf("only %d steps were tried", done+last)
			}
			t.Logf("%d steps", done+last)
			return
		}
	}
}

func together(scenes []*scene, f func(*scene)) {
	var wg sync.WaitGroup
	for _, s := range scenes {
		wg.Go(func() {
			failed := s.t.Failed()
			f(s)
			if !failed && s.t.Failed() {
				s.t.Logf("when or before step %d, %s, %s", s.bad.n, s.bad.where, s.bad.kind)
			}
		})
	}
	wg.Wait()
}

// sweepLater lets another process sweep once, for each of the scenes.
func (b Bench) sweepLater(scenes []*scene) {
	together(scenes, func(s *scene) {
		svc := s.replica(s.store, b.Later(later), s.b.Prover)
		svc.Now = func() time.Time { return time.Now().Add(later) }
		if _, err := svc.Sweep(s.t.Context()); err != nil {
			s.t.Errorf("the sweep: %v", err)
		}
	})
	if t := scenes[0].t; b.Tidy != nil {
		if err := b.Tidy(t.Context(), later); err != nil {
			t.Errorf("Tidy: %v", err)
		}
	}
}

// left checks that nothing is left with the issuer beyond what is on record.
func (b Bench) left(t *testing.T, scenes []*scene) {
	t.Helper()
	var leases []credentials.Lease
	for _, s := range scenes {
		for _, id := range s.ids {
			leases = append(leases, s.get(id).Leases...)
		}
	}
	if b.Left != nil {
		b.Left(t, leases)
	}
}

// scene is one play of a story: its grants and sessions.
type scene struct {
	t     *testing.T
	b     Bench
	store Store
	svc   *credentials.Service // to which no accident happens
	bad   *saboteur
	ids   []approvals.GrantID
	conns []*pgx.Conn
	code  credentials.Secret     // of a claim
	cred  credentials.Credential // what the claim gave
	err   error                  // what the operation said
}

var alice = identity.Principal{Kind: identity.Person, Name: "alice"}

func (b Bench) newScene(t *testing.T, bad *saboteur) *scene {
	s := &scene{t: t, b: b, store: b.NewStore(), bad: bad}
	s.svc = s.replica(s.store, b.Issuer, b.Prover)
	return s
}

// replica is a process of its own.
func (s *scene) replica(store Store, issuer credentials.Issuer, prover credentials.Prover) *credentials.Service {
	return &credentials.Service{
		Store: store, Prover: prover, Install: s.b.Install,
		Issuer:    func(string) (credentials.Issuer, error) { return issuer, nil },
		Allowed:   func(context.Context, approvals.Grant) error { return nil },
		Databases: func() []string { return []string{s.b.Database} },
		Log:       slog.New(slog.DiscardHandler),
	}
}

// sabotaged is the process to which the accident happens.
func (s *scene) sabotaged() *credentials.Service {
	return s.replica(badStore{s.store, s.bad}, badIssuer{s.b.Issuer, s.bad}, badProver{s.b.Prover, s.bad})
}

func (s *scene) open(window time.Duration) approvals.GrantID {
	now, id := time.Now(), strings.ToLower(rand.Text())
	g := approvals.Grant{
		ID: approvals.GrantID("grt_" + id), Request: approvals.RequestID("req_" + id), Kind: approvals.Access,
		Holder: alice.Name, Database: s.b.Database, Profile: s.b.Profile, Duration: window, ApprovedAt: now, ClaimBy: now.Add(8 * time.Hour),
	}
	s.store.Seed(g)
	s.ids = append(s.ids, g.ID)
	return g.ID
}

func (s *scene) get(id approvals.GrantID) credentials.Grant {
	s.t.Helper()
	g, err := s.store.Grant(context.Background(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return g
}

func (s *scene) issueCode(id approvals.GrantID) credentials.Secret {
	s.t.Helper()
	code, _, err := s.svc.IssueCode(s.t.Context(), alice, id)
	if err != nil {
		s.t.Fatalf("IssueCode: %v", err)
	}
	return code
}

// hold claims the grant and logs in.
func (s *scene) hold(id approvals.GrantID) {
	s.t.Helper()
	c, _, err := s.svc.Redeem(s.t.Context(), s.issueCode(id))
	if err != nil {
		s.t.Fatalf("Redeem: %v", err)
	}
	s.login(c)
}

func (s *scene) login(c credentials.Credential) {
	s.t.Helper()
	conn, err := Login(s.t.Context(), s.b.Admin, c, "")
	if err != nil {
		s.t.Fatalf("log in: %v", err)
	}
	s.conns = append(s.conns, conn)
}

func (s *scene) close() {
	for _, conn := range s.conns {
		_ = conn.Close(context.Background())
	}
}

// accounted checks that whatever lives on the server is on record as living,
// and the other way round, and that everything else is proven ended.
func (s *scene) accounted() {
	s.t.Helper()
	var live []string
	var gone []uint32
	for _, id := range s.ids {
		g := s.get(id)
		if g.State == credentials.Revoking {
			s.t.Errorf("the grant is still revoking: %+v", g.Leases)
		}
		for _, lease := range g.Leases {
			switch {
			case lease.State == credentials.Live && g.State == credentials.Active:
				live = append(live, lease.Role)
				continue
			case lease.State != credentials.Gone || lease.Proof == nil || lease.Proof.Disabled:
				s.t.Errorf("of a grant that is %s, a lease is %s, proof %+v", g.State, lease.State, lease.Proof)
			}
			if lease.RoleOID != 0 {
				gone = append(gone, lease.RoleOID)
			}
		}
	}
	slices.Sort(live)
	if roles := s.roles(); !slices.Equal(roles, live) {
		s.t.Errorf("roles on the server %v, live on record %v", roles, live)
	}
	if n := admin[int](s.t, s.b.Target, "SELECT count(*) FROM pg_stat_activity WHERE usesysid = ANY ($1::oid[])", gone); n != 0 {
		s.t.Errorf("%d sessions outlived their roles", n)
	}
}

// roles lists the roles on the server that this scene's grants explain.
func (s *scene) roles() []string {
	s.t.Helper()
	roles, err := s.b.Issuer.Roles(s.t.Context(), s.b.Database)
	if err != nil {
		s.t.Fatalf("Roles: %v", err)
	}
	slices.Sort(roles)
	return slices.DeleteFunc(roles, func(role string) bool {
		return !slices.ContainsFunc(s.ids, func(id approvals.GrantID) bool {
			return strings.Contains(role, strings.TrimPrefix(string(id), "grt_"))
		})
	})
}

// endAll ends the grants if they have not ended, and leaves nothing.
func (s *scene) endAll() {
	s.t.Helper()
	for _, id := range s.ids {
		if g, err := s.svc.End(s.t.Context(), alice, id, credentials.Revoked); err != nil || g.State != credentials.Ended {
			s.t.Errorf("End: %s, %v: %+v", g.State, err, g.Leases)
		}
	}
	s.accounted()
}
