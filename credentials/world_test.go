package credentials_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"dbaccess/approvals"
	"dbaccess/audit"
	"dbaccess/credentials"
	"dbaccess/credentials/storetest"
	"dbaccess/internal/identity"
)

// world is a server of roles and sessions in memory, with its issuer and its
// prover: for tests of time and of failures that a real server cannot be asked
// for. That a real one behaves alike is for issuertest to show.
type world struct {
	mu       sync.Mutex
	roles    map[string]*role
	sessions map[uint32]int // by role OID, whether the role is there or not
	lastOID  uint32
	handle   string // what Prepare hands out; a Vault has one, Postgres has none

	down    error                   // what every call says while the server is away
	deaf    error                   // what the prover says while the monitor is away
	mint    func(name string) error // called before a role is made; an error fails the mint
	minted  func(name string)       // called when it is made, before Mint returns
	revoked func(name string) error // called before a role is dropped; an error leaves it
	slipsIn bool                    // whether a client gets a session while its role is dropped

	ended int // sessions ended, in all
	calls int // EndSessions called
}

type role struct {
	oid       uint32
	login     bool
	disabled  bool
	elsewhere bool // owns something in another database
	until     time.Time
}

func newWorld() *world {
	return &world{roles: map[string]*role{}, sessions: map[uint32]int{}, lastOID: 16400}
}

// connect opens a session, if the role may log in.
func (w *world) connect(name string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	r, ok := w.roles[name]
	if !ok || !r.login || !time.Now().Before(r.until) {
		return false
	}
	w.sessions[r.oid]++
	return true
}

func (w *world) alive(oid uint32) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sessions[oid]
}

func (w *world) names() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Sorted(maps.Keys(w.roles))
}

// add makes a role that nobody asked for.
func (w *world) add(name string) *role {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lastOID++
	r := &role{oid: w.lastOID, login: true, until: time.Now().Add(time.Hour)}
	w.roles[name] = r
	return r
}

func (w *world) set(down, deaf error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down, w.deaf = down, deaf
}

type order struct {
	*world
	credentials.Order
}

func (w *world) Prepare(_ context.Context, o credentials.Order) (credentials.Prepared, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return order{w, o}, w.down
}

func (o order) Handle() string { return o.handle }

func (o order) Mint(ctx context.Context) (credentials.Credential, error) {
	o.mu.Lock()
	down, mint, minted := o.down, o.mint, o.minted
	o.mu.Unlock()
	if down != nil {
		return credentials.Credential{}, down
	}
	if mint != nil {
		if err := mint(o.Role); err != nil {
			return credentials.Credential{}, err
		}
	}
	r := o.add(o.Role)
	r.until = o.Until
	if minted != nil {
		minted(o.Role)
	}
	return credentials.Credential{
		Host: "db.example.test", Port: 5432, Database: o.Database, Role: o.Role, RoleOID: r.oid,
		Password: credentials.NewSecret(rand.Text()), Until: o.Until,
		Ref: fmt.Sprint("for ", o.Grant, " of ", o.Request, " and ", o.Holder),
	}, ctx.Err()
}

func (w *world) Block(_ context.Context, leases []credentials.Lease) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range leases {
		if r, ok := w.roles[l.Role]; ok && w.down == nil {
			r.login = false
		}
	}
	return w.down
}

func (w *world) Revoke(_ context.Context, l credentials.Lease) error {
	w.mu.Lock()
	down, revoked := w.down, w.revoked
	w.mu.Unlock()
	if down != nil {
		return down
	}
	if revoked != nil {
		if err := revoked(l.Role); err != nil {
			return err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	r, ok := w.roles[l.Role]
	if !ok {
		return nil
	}
	w.ended += w.sessions[r.oid]
	delete(w.sessions, r.oid)
	if r.elsewhere {
		r.login, r.disabled = false, true
		return credentials.ErrDisabled
	}
	delete(w.roles, l.Role)
	if w.slipsIn {
		w.sessions[r.oid]++
	}
	return nil
}

func (w *world) Roles(context.Context, string) ([]string, error) {
	if w.down != nil {
		return nil, w.down
	}
	return w.names(), nil
}

func (w *world) EndSessions(_ context.Context, _ string, leases []credentials.Lease) ([]int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls++
	ended := make([]int, len(leases))
	if err := errors.Join(w.down, w.deaf); err != nil {
		return ended, err
	}
	for i, l := range leases {
		oid := l.RoleOID
		if r, ok := w.roles[l.Role]; ok {
			oid = r.oid
		}
		ended[i] = w.sessions[oid]
		w.ended += ended[i]
		delete(w.sessions, oid)
	}
	return ended, nil
}

func (w *world) Prove(ctx context.Context, _ string, leases []credentials.Lease) ([]*credentials.Proof, error) {
	select {
	case <-time.After(100 * time.Millisecond):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	proofs := make([]*credentials.Proof, len(leases))
	if err := errors.Join(w.down, w.deaf); err != nil {
		return proofs, err
	}
	var errs []error
	for i, l := range leases {
		r, there := w.roles[l.Role]
		if w.sessions[l.RoleOID] > 0 || there && !r.disabled {
			errs = append(errs, fmt.Errorf("%s is still there", l.Role))
			continue
		}
		proofs[i] = &credentials.Proof{At: time.Now(), Role: l.Role, RoleOID: l.RoleOID, Disabled: there}
	}
	return proofs, errors.Join(errs...)
}

// rig is a service over a store and worlds.
type rig struct {
	t      *testing.T
	store  *storetest.Memory
	worlds map[string]*world
	*credentials.Service
}

const install = "abcdef"

func newRig(t *testing.T) *rig {
	t.Helper()
	return newReplica(t, storetest.NewMemory(), map[string]*world{"shop": newWorld(), "billing": newWorld()})
}

// newReplica is a process of its own over the same store and servers.
func newReplica(t *testing.T, store *storetest.Memory, worlds map[string]*world) *rig {
	t.Helper()
	return &rig{t: t, store: store, worlds: worlds, Service: &credentials.Service{
		Store:  store,
		Issuer: func(database string) (credentials.Issuer, error) { return worlds[database], nil },
		Prover: worldsProver(worlds), Install: install,
		Allowed:   func(context.Context, approvals.Grant) error { return nil },
		Databases: func() []string { return slices.Sorted(maps.Keys(worlds)) },
		Log:       slog.New(slog.NewTextHandler(logOf{t}, nil)),
		Look: func(_ context.Context, database string, roles []string) ([]credentials.Seen, error) {
			return worlds[database].look(roles), nil
		},
	}}
}

type worldsProver map[string]*world

func (ws worldsProver) EndSessions(ctx context.Context, database string, leases []credentials.Lease) ([]int, error) {
	return ws[database].EndSessions(ctx, database, leases)
}

func (ws worldsProver) Prove(ctx context.Context, database string, leases []credentials.Lease) ([]*credentials.Proof, error) {
	return ws[database].Prove(ctx, database, leases)
}

type logOf struct{ t *testing.T }

func (l logOf) Write(p []byte) (int, error) {
	return l.t.Output().Write(p)
}

var (
	alice    = identity.Principal{Kind: identity.Person, Name: "alice"}
	bob      = identity.Principal{Kind: identity.Person, Name: "bob"}
	operator = identity.OperatorPrincipal("root")
)

func (r *rig) shop() *world { return r.worlds["shop"] }

// open seeds a grant of alice's, approved now, after change has changed it.
func (r *rig) open(change func(g *approvals.Grant)) approvals.GrantID {
	g := storetest.Sample(time.Now())
	if change != nil {
		change(&g)
	}
	r.store.Seed(g)
	return g.ID
}

func (r *rig) get(id approvals.GrantID) credentials.Grant {
	r.t.Helper()
	g, err := r.store.Grant(r.t.Context(), id)
	if err != nil {
		r.t.Fatalf("Grant: %v", err)
	}
	return g
}

func (r *rig) code(id approvals.GrantID) credentials.Secret {
	r.t.Helper()
	code, _, err := r.IssueCode(r.t.Context(), alice, id)
	if err != nil {
		r.t.Fatalf("IssueCode: %v", err)
	}
	return code
}

// claim goes the whole way of a person.
func (r *rig) claim(id approvals.GrantID) credentials.Credential {
	r.t.Helper()
	c, _, err := r.Redeem(r.t.Context(), r.code(id))
	if err != nil {
		r.t.Fatalf("Redeem: %v", err)
	}
	return c
}

// connected claims and opens a session.
func (r *rig) connected(id approvals.GrantID) credentials.Credential {
	r.t.Helper()
	c := r.claim(id)
	if !r.worlds[r.get(id).Database].connect(c.Role) {
		r.t.Fatalf("%s cannot log in", c.Role)
	}
	return c
}

// events returns what was recorded of the grant, of these types or of all.
func (r *rig) events(id approvals.GrantID, types ...audit.Type) []audit.Event {
	return slices.DeleteFunc(r.store.Events(), func(e audit.Event) bool {
		return e.Grant != string(id) || len(types) > 0 && !slices.Contains(types, e.Type)
	})
}

func (r *rig) history(id approvals.GrantID) string {
	var all []string
	for _, e := range r.events(id) {
		all = append(all, string(e.Type))
	}
	return strings.Join(all, " ")
}

// run runs the due loop until the test ends.
func (r *rig) run() {
	done := make(chan error, 1)
	ctx, cancel := context.WithCancel(r.t.Context())
	go func() { done <- r.RunDue(ctx) }()
	r.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Errorf("RunDue: %v", err)
		}
	})
}

// broken is a store that can be taken away.
type broken struct {
	*storetest.Memory
	mu   sync.Mutex
	away bool
}

var errAway = errors.New("connection refused")

func (b *broken) set(away bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.away = away
}

func (b *broken) err() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.away {
		return errAway
	}
	return nil
}

func (b *broken) Grant(ctx context.Context, id approvals.GrantID) (credentials.Grant, error) {
	if err := b.err(); err != nil {
		return credentials.Grant{}, err
	}
	return b.Memory.Grant(ctx, id)
}

func (b *broken) UpdateGrant(ctx context.Context, g credentials.Grant, c credentials.Change) error {
	if err := b.err(); err != nil {
		return err
	}
	return b.Memory.UpdateGrant(ctx, g, c)
}

func (b *broken) Grants(ctx context.Context, f credentials.GrantFilter) ([]credentials.Grant, error) {
	if err := b.err(); err != nil {
		return nil, err
	}
	return b.Memory.Grants(ctx, f)
}

func (b *broken) TakeDue(ctx context.Context, now, hold time.Time, limit int, ev func(credentials.Grant) audit.Event) ([]credentials.Grant, error) {
	if err := b.err(); err != nil {
		return nil, err
	}
	return b.Memory.TakeDue(ctx, now, hold, limit, ev)
}

func (b *broken) Alive(ctx context.Context, id approvals.GrantID, until time.Time) (bool, error) {
	if err := b.err(); err != nil {
		return false, err
	}
	return b.Memory.Alive(ctx, id, until)
}

func (b *broken) Spare(ctx context.Context, until time.Time) error {
	if err := b.err(); err != nil {
		return err
	}
	return b.Memory.Spare(ctx, until)
}

func (b *broken) Woken(ctx context.Context) error {
	if err := b.err(); err != nil {
		return err
	}
	return b.Memory.Woken(ctx)
}
