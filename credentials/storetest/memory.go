package storetest

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"dbaccess/approvals"
	"dbaccess/audit"
	"dbaccess/credentials"
	"dbaccess/internal/identity"
)

var errNoEvent = errors.New("a change of state without its event")

// Memory is a credentials.Store that lives and dies with its process. Any
// number of services may share one, as replicas share a database.
type Memory struct {
	mu     sync.Mutex
	grants map[approvals.GrantID]credentials.Grant
	order  []approvals.GrantID // oldest first
	codes  map[[32]byte]credentials.Code
	strays map[[2]string]time.Time
	told   map[string]bool // strays by role, of which AlarmStrays has told
	locks  map[string]bool
	events []audit.Event
	todos  []approvals.Todo

	changed chan struct{} // closed at each change
	changes int           // how many there were
	woken   int           // how many of them Woken has told of
}

// NewMemory returns an empty store.
func NewMemory() *Memory {
	return &Memory{
		grants:  map[approvals.GrantID]credentials.Grant{},
		codes:   map[[32]byte]credentials.Code{},
		strays:  map[[2]string]time.Time{},
		told:    map[string]bool{},
		locks:   map[string]bool{},
		changed: make(chan struct{}),
	}
}

// Seed opens a grant, as the last review of a request does.
func (m *Memory) Seed(g approvals.Grant) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.grants[g.ID] = credentials.Grant{Grant: g, State: credentials.Open, Version: 1}
	m.order = append(m.order, g.ID)
	m.wake()
}

// Events returns all events so far, oldest first.
func (m *Memory) Events() []audit.Event {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.events)
}

// Todos returns all follow-ups so far, oldest first.
func (m *Memory) Todos() []approvals.Todo {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.todos)
}

// Grant implements credentials.Store.
func (m *Memory) Grant(ctx context.Context, id approvals.GrantID) (credentials.Grant, error) {
	if err := ctx.Err(); err != nil {
		return credentials.Grant{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	g, ok := m.grants[id]
	if !ok {
		return credentials.Grant{}, credentials.ErrNoGrant
	}
	return copyOf(g), nil
}

// UpdateGrant implements credentials.Store.
func (m *Memory) UpdateGrant(ctx context.Context, g credentials.Grant, c credentials.Change) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(c.Events) == 0 {
		return errNoEvent
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	old, ok := m.grants[g.ID]
	if !ok {
		return credentials.ErrNoGrant
	}
	if old.Version != g.Version {
		return credentials.ErrStale
	}
	g = copyOf(g)
	g.Version++
	if g.Attended() && old.AliveBy.After(g.AliveBy) {
		g.AliveBy = old.AliveBy
	}
	m.grants[g.ID] = g
	m.add(c)
	m.wake()
	return nil
}

// Grants implements credentials.Store.
func (m *Memory) Grants(ctx context.Context, f credentials.GrantFilter) ([]credentials.Grant, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []credentials.Grant
	older := f.Before == ""
	for _, id := range slices.Backward(m.order) {
		if !older {
			older = id == f.Before
			continue
		}
		if g := m.grants[id]; matches(f, g) && len(found) < cmp.Or(f.Limit, 100) {
			found = append(found, copyOf(g))
		}
	}
	return found, nil
}

func matches(f credentials.GrantFilter, g credentials.Grant) bool {
	stuck := func(l credentials.Lease) bool {
		return (l.State == credentials.Intended || l.State == credentials.Ending) && l.At.Before(f.Stuck)
	}
	return (f.Holder == "" || f.Holder == g.Holder) &&
		(f.Of == "" || f.Of == g.Holder || identity.Named(g.Holder).For == f.Of) &&
		(f.Database == "" || f.Database == g.Database) &&
		(f.Request == "" || f.Request == g.Request) &&
		(len(f.States) == 0 || slices.Contains(f.States, g.State)) &&
		(f.Stuck.IsZero() || slices.ContainsFunc(g.Leases, stuck))
}

// over returns when TakeDue will find g.
func over(g credentials.Grant) (time.Time, bool) {
	switch g.State {
	case credentials.Open:
		return g.ClaimBy, true
	case credentials.Active:
		at, _ := g.Over()
		return at, true
	case credentials.Revoking:
		return g.HeldBy, true
	}
	return time.Time{}, false
}

// TakeDue implements credentials.Store.
func (m *Memory) TakeDue(ctx context.Context, now, hold time.Time, limit int, ev func(credentials.Grant) audit.Event) ([]credentials.Grant, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var due []credentials.Grant
	for _, id := range m.order {
		g := m.grants[id]
		if at, ok := over(g); ok && !at.After(now) {
			due = append(due, g)
		}
	}
	slices.SortStableFunc(due, func(a, b credentials.Grant) int {
		x, _ := over(a)
		y, _ := over(b)
		return x.Compare(y)
	})
	due = due[:min(limit, len(due))]
	for i, g := range due {
		g = copyOf(g)
		g.HeldBy = hold
		g.Version++
		if g.State != credentials.Revoking {
			_, g.Reason = g.Over()
			if g.State == credentials.Open {
				g.Reason = credentials.Lapsed
			}
			g.State, g.EndedBy, g.EndingAt = credentials.Revoking, "system:due", now
			m.events = append(m.events, ev(copyOf(g)))
		}
		m.grants[g.ID] = g
		due[i] = copyOf(g)
	}
	return due, nil
}

// NextDue implements credentials.Store.
func (m *Memory) NextDue(ctx context.Context) (time.Time, bool, error) {
	if err := ctx.Err(); err != nil {
		return time.Time{}, false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var next time.Time
	found := false
	for _, g := range m.grants {
		if at, ok := over(g); ok && (!found || at.Before(next)) {
			next, found = at, true
		}
	}
	return next, found, nil
}

// Woken implements credentials.Store.
func (m *Memory) Woken(ctx context.Context) error {
	m.mu.Lock()
	changed, missed := m.changed, m.changes > m.woken
	m.woken = m.changes
	m.mu.Unlock()
	if missed {
		return nil
	}
	select {
	case <-changed:
		m.mu.Lock()
		m.woken = m.changes
		m.mu.Unlock()
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// InsertCode implements credentials.Store.
func (m *Memory) InsertCode(ctx context.Context, code credentials.Code, c credentials.Change) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(c.Events) == 0 {
		return errNoEvent
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.codes[code.Sum] = code
	m.add(c)
	return nil
}

// UseCode implements credentials.Store.
func (m *Memory) UseCode(ctx context.Context, sum [32]byte, now time.Time, ev func(credentials.Code) audit.Event) (credentials.Code, error) {
	if err := ctx.Err(); err != nil {
		return credentials.Code{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	was, ok := m.codes[sum]
	if !ok {
		return credentials.Code{}, credentials.ErrNoCode
	}
	if is := was; is.UsedAt.IsZero() {
		is.UsedAt = now
		m.codes[sum] = is
	}
	m.events = append(m.events, ev(was))
	return was, nil
}

// LeaseOfRole implements credentials.Store.
func (m *Memory) LeaseOfRole(ctx context.Context, role string) (credentials.Lease, bool, error) {
	if err := ctx.Err(); err != nil {
		return credentials.Lease{}, false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, g := range m.grants {
		for _, l := range copyOf(g).Leases {
			if l.Role == role {
				return l, true, nil
			}
		}
	}
	return credentials.Lease{}, false, nil
}

// SeenStray implements credentials.Store.
func (m *Memory) SeenStray(ctx context.Context, database, role string, now time.Time) (time.Time, error) {
	if err := ctx.Err(); err != nil {
		return time.Time{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	key := [2]string{database, role}
	if first, ok := m.strays[key]; ok {
		return first, nil
	}
	m.strays[key] = now
	return now, nil
}

// AlarmStrays implements credentials.Store.
func (m *Memory) AlarmStrays(ctx context.Context, roles []string, _ time.Time, c credentials.Change) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if len(c.Events) == 0 {
		return false, errNoEvent
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	news := false
	for key := range m.strays {
		if role := key[1]; slices.Contains(roles, role) && !m.told[role] {
			m.told[role], news = true, true
		}
	}
	if news {
		m.add(c)
	}
	return news, nil
}

// Record implements credentials.Store.
func (m *Memory) Record(ctx context.Context, c credentials.Change) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(c.Events) == 0 {
		return errNoEvent
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.add(c)
	return nil
}

// OnlyOne implements credentials.Store.
func (m *Memory) OnlyOne(ctx context.Context, name string, f func(ctx context.Context) error) (bool, error) {
	m.mu.Lock()
	if m.locks[name] {
		m.mu.Unlock()
		return false, nil
	}
	m.locks[name] = true
	m.mu.Unlock()
	defer func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.locks, name)
	}()
	return true, f(ctx)
}

func (m *Memory) add(c credentials.Change) {
	m.events = append(m.events, c.Events...)
	m.todos = append(m.todos, c.Todos...)
}

// wake tells every waiting Woken; m.mu is held.
func (m *Memory) wake() {
	m.changes++
	close(m.changed)
	m.changed = make(chan struct{})
}

func copyOf(g credentials.Grant) credentials.Grant {
	g.Leases = slices.Clone(g.Leases)
	for i, l := range g.Leases {
		if l.Proof != nil {
			p := *l.Proof
			g.Leases[i].Proof = &p
		}
	}
	return g
}
