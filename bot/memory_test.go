package bot

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"dbaccess/approvals"
	"dbaccess/credentials"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
)

// memory is the store of requests and of Slack messages.
type memory struct {
	mu       sync.Mutex
	requests map[approvals.RequestID]approvals.Request
	grants   map[approvals.GrantID]credentials.Grant
	messages map[[2]string]drawn
	seen     map[string]bool
	scripts  map[string]string // by SHA-256
	locks    map[string]*sync.Mutex
	homes    map[string]time.Time
	todos    chan approvals.Todo
	pulse    *pulse
	away     error // while set, every method returns it
}

type drawn struct {
	channel, ts, drawn string
	at                 time.Time
}

func newMemory(p *pulse) *memory {
	return &memory{
		pulse:    p,
		requests: map[approvals.RequestID]approvals.Request{}, grants: map[approvals.GrantID]credentials.Grant{},
		messages: map[[2]string]drawn{}, seen: map[string]bool{}, scripts: map[string]string{}, locks: map[string]*sync.Mutex{}, homes: map[string]time.Time{}, todos: make(chan approvals.Todo, 1000),
	}
}

func (m *memory) setAway(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.away = err
}

// todo leaves follow-ups that are due at once; m.mu is held.
func (m *memory) todo(list []approvals.Todo) {
	for _, t := range list {
		if t.At.IsZero() {
			m.todos <- t
		}
	}
}

func (m *memory) Insert(_ context.Context, r approvals.Request, c approvals.Change) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away != nil {
		return m.away
	}
	for _, other := range m.requests {
		if r.Once != "" && other.Once == r.Once {
			return approvals.ErrAsked
		}
	}
	r.Version = 1
	m.keep(r, c)
	return nil
}

func (m *memory) keep(r approvals.Request, c approvals.Change) {
	m.requests[r.ID] = r
	for _, s := range c.Scripts {
		m.scripts[fmt.Sprintf("%x", sha256.Sum256([]byte(s.Content)))] = s.Content
	}
	if c.Grant != nil {
		m.grants[c.Grant.ID] = credentials.Grant{Grant: *c.Grant, State: credentials.Open}
	}
	m.todo(c.Todos)
}

func (m *memory) Update(_ context.Context, r approvals.Request, c approvals.Change) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away != nil {
		return m.away
	}
	if m.requests[r.ID].Version != r.Version {
		return approvals.ErrStale
	}
	r.Version++
	m.keep(r, c)
	return nil
}

func (m *memory) Note(context.Context, approvals.Change) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.away
}

func (m *memory) Request(_ context.Context, id approvals.RequestID) (approvals.Request, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.requests[id]
	switch {
	case m.away != nil:
		return r, m.away
	case !ok:
		return r, approvals.ErrNoRequest
	}
	return r, nil
}

func (m *memory) Scripts(_ context.Context, _ []string) (map[string]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.scripts), m.away
}

func (m *memory) Requests(_ context.Context, f approvals.Filter) ([]approvals.Request, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []approvals.Request
	for _, r := range m.requests {
		if (f.Requester == "" || r.Requester == f.Requester) && (f.Once == "" || r.Once == f.Once) && (!f.Standing || r.Standing.Scope != "") && (len(f.States) == 0 || slices.Contains(f.States, r.State)) {
			list = append(list, r)
		}
	}
	slices.SortFunc(list, func(a, b approvals.Request) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return list, m.away
}

func (m *memory) SlackMessage(_ context.Context, purpose, ref string) (string, string, string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d := m.messages[[2]string{purpose, ref}]
	return d.channel, d.ts, d.drawn, m.away
}

func (m *memory) SaveSlackMessage(_ context.Context, purpose, ref, channel, ts, content string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away == nil {
		m.messages[[2]string{purpose, ref}] = drawn{channel, ts, content, time.Now()}
	}
	m.pulse.now()
	return m.away
}

func (m *memory) SlackMessageRef(_ context.Context, channel, ts string) (string, string, time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for key, d := range m.messages {
		if d.channel == channel && d.ts == ts {
			return key[0], key[1], d.at, m.away
		}
	}
	return "", "", time.Time{}, m.away
}

func (m *memory) FirstDelivery(_ context.Context, key string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	first := !m.seen[key]
	m.seen[key] = m.away == nil || m.seen[key]
	m.pulse.now()
	return first, m.away
}

func (m *memory) ForgetDelivery(_ context.Context, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.seen, key)
	return m.away
}

func (m *memory) HomeOpened(_ context.Context, slackID string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away == nil {
		m.homes[slackID] = time.Now()
	}
	return m.away
}

func (m *memory) OpenHomes(_ context.Context, slackIDs []string, since time.Time) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(slackIDs), func(id string) bool { return m.homes[id].IsZero() || m.homes[id].Before(since) }), m.away
}

func (m *memory) OneAtATime(ctx context.Context, name string, f func(context.Context) error) error {
	m.mu.Lock()
	if m.away != nil {
		m.mu.Unlock()
		return m.away
	}
	lock := m.locks[name]
	if lock == nil {
		lock = &sync.Mutex{}
		m.locks[name] = lock
	}
	m.mu.Unlock()
	lock.Lock()
	defer lock.Unlock()
	return f(ctx)
}

// grants is a stand-in for credentials: no database, the same sentences.
type grants struct {
	store *memory
	mu    sync.Mutex
	codes int
}

var errNotHolder = fault.New(fault.Denied, "This access is not yours.", "")

// change sets a grant and leaves its follow-ups.
func (g *grants) change(id approvals.GrantID, f func(*credentials.Grant)) credentials.Grant {
	g.store.mu.Lock()
	defer g.store.mu.Unlock()
	grant := g.store.grants[id]
	f(&grant)
	g.store.grants[id] = grant
	g.store.todo([]approvals.Todo{{Kind: approvals.DrawCard, ID: string(grant.Request)}, {Kind: credentials.TellHolder, ID: string(id)}})
	return grant
}

func (g *grants) IssueCode(ctx context.Context, who identity.Principal, id approvals.GrantID) (credentials.Secret, credentials.Grant, error) {
	grant, err := g.Grant(ctx, id)
	if err != nil {
		return credentials.Secret{}, grant, err
	}
	if grant.Holder != who.Name {
		return credentials.Secret{}, grant, errNotHolder
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.codes++
	return credentials.NewSecret(fmt.Sprintf("sesame-%d", g.codes)), grant, nil
}

// Redeem takes the one code there is for the one grant there is.
func (g *grants) Redeem(_ context.Context, code credentials.Secret) (credentials.Credential, credentials.Grant, error) {
	if code.Reveal() != "sesame-1" {
		return credentials.Credential{}, credentials.Grant{}, credentials.ErrNoCode
	}
	g.store.mu.Lock()
	ids := slices.Collect(maps.Keys(g.store.grants))
	g.store.mu.Unlock()
	g.activate(ids[0])
	grant, err := g.Grant(context.Background(), ids[0])
	return credentials.Credential{Host: "db.example", Port: 5432, Database: "shop", Role: "dba-x", Password: credentials.NewSecret("hunter2"), SSLMode: "require", Until: grant.Due}, grant, err
}

func (g *grants) End(ctx context.Context, who identity.Principal, id approvals.GrantID, why credentials.Reason) (credentials.Grant, error) {
	grant, err := g.Grant(ctx, id)
	if err != nil {
		return grant, err
	}
	if grant.Holder != who.Name {
		return grant, errNotHolder
	}
	return g.change(id, func(grant *credentials.Grant) {
		grant.State, grant.Reason, grant.EndedAt, grant.EndedBy = credentials.Ended, why, time.Now(), who.ID()
		for i := range grant.Leases {
			grant.Leases[i].Proof = &credentials.Proof{At: time.Now()}
		}
	}), nil
}

func (g *grants) Grant(_ context.Context, id approvals.GrantID) (credentials.Grant, error) {
	g.store.mu.Lock()
	defer g.store.mu.Unlock()
	grant, ok := g.store.grants[id]
	if !ok {
		return grant, cmp.Or(g.store.away, error(credentials.ErrNoGrant))
	}
	return grant, g.store.away
}

func (g *grants) Grants(_ context.Context, f credentials.GrantFilter) ([]credentials.Grant, error) {
	g.store.mu.Lock()
	defer g.store.mu.Unlock()
	var list []credentials.Grant
	for _, grant := range g.store.grants {
		if grant.Holder == f.Holder && (len(f.States) == 0 || slices.Contains(f.States, grant.State)) {
			list = append(list, grant)
		}
	}
	return list, g.store.away
}

// activate is a claim.
func (g *grants) activate(id approvals.GrantID) {
	g.change(id, func(grant *credentials.Grant) {
		grant.State, grant.ActiveAt, grant.Due = credentials.Active, time.Now(), time.Now().Add(grant.Duration)
		grant.Leases = append(grant.Leases, credentials.Lease{ID: "lse_1", Grant: id, State: credentials.Live})
	})
}
