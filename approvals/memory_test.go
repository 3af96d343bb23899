package approvals_test

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"dbaccess/approvals"
	"dbaccess/approvals/storetest"
	"dbaccess/audit"
	"dbaccess/internal/identity"
)

// memory is an honest store: it keeps copies, compares versions, and stores a
// change whole or not at all.
type memory struct {
	mu       sync.Mutex
	requests map[approvals.RequestID]approvals.Request
	events   []audit.Event
	todos    []approvals.Todo
	grants   []approvals.Grant
	scripts  map[string]string // by SHA-256
	calls    int
	failAt   int // the n-th writing call fails, from 1; 0 = none
}

var errDisk = errors.New("the disk is gone")

func newMemory() *memory {
	return &memory{requests: map[approvals.RequestID]approvals.Request{}, scripts: map[string]string{}}
}

func TestMemoryStoreDoesWhatStoresMust(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) approvals.Store { return newMemory() })
}

// write is the transaction: nothing is kept unless all of it can be.
func (m *memory) write(ctx context.Context, c approvals.Change, check func() (approvals.Request, error)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls++
	if m.calls == m.failAt {
		return errDisk
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	r, err := check()
	if err != nil {
		return err
	}
	if h := c.Held; h != nil && m.requests[h.ID].Version != h.Version {
		return approvals.ErrStale
	}
	if len(c.Events) == 0 {
		return errors.New("a change without an event")
	}
	for _, e := range c.Events {
		if err := canonical(e); err != nil {
			return err
		}
	}
	if r.ID != "" {
		m.requests[r.ID] = clone(r)
	}
	for _, s := range c.Scripts {
		m.scripts[fmt.Sprintf("%x", sha256.Sum256([]byte(s.Content)))] = s.Content
	}
	m.events = append(m.events, c.Events...)
	m.todos = append(m.todos, c.Todos...)
	if c.Grant != nil {
		m.grants = append(m.grants, *c.Grant)
	}
	return nil
}

// canonical refuses what audit refuses.
func canonical(e audit.Event) error {
	for key, v := range e.Details {
		switch v.(type) {
		case string, bool, int, int64, []string:
		default:
			return errors.New("event " + string(e.Type) + ": " + key + " has no canonical form")
		}
	}
	return nil
}

func (m *memory) Insert(ctx context.Context, r approvals.Request, c approvals.Change) error {
	return m.write(ctx, c, func() (approvals.Request, error) {
		for _, other := range m.requests {
			if r.Once != "" && other.Once == r.Once {
				return r, approvals.ErrAsked
			}
		}
		r.Version = 1
		return r, nil
	})
}

func (m *memory) Update(ctx context.Context, r approvals.Request, c approvals.Change) error {
	return m.write(ctx, c, func() (approvals.Request, error) {
		if m.requests[r.ID].Version != r.Version || r.Version == 0 {
			return r, approvals.ErrStale
		}
		r.Version++
		return r, nil
	})
}

func (m *memory) Note(ctx context.Context, c approvals.Change) error {
	return m.write(ctx, c, func() (approvals.Request, error) { return approvals.Request{}, nil })
}

func (m *memory) Request(ctx context.Context, id approvals.RequestID) (approvals.Request, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.requests[id]
	if !ok {
		return r, approvals.ErrNoRequest
	}
	return clone(r), ctx.Err()
}

func (m *memory) Scripts(ctx context.Context, sums []string) (map[string]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	texts := map[string]string{}
	for _, sum := range sums {
		if s, ok := m.scripts[sum]; ok {
			texts[sum] = s
		}
	}
	return texts, ctx.Err()
}

func (m *memory) Requests(ctx context.Context, f approvals.Filter) ([]approvals.Request, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []approvals.Request
	for _, r := range m.requests {
		if selected(r, f) {
			list = append(list, clone(r))
		}
	}
	slices.SortFunc(list, func(a, b approvals.Request) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.ID, a.ID))
	})
	if f.Before != "" {
		list = list[slices.IndexFunc(list, func(r approvals.Request) bool { return r.ID == f.Before })+1:]
	}
	return list[:min(len(list), cmp.Or(f.Limit, 100))], ctx.Err()
}

func selected(r approvals.Request, f approvals.Filter) bool {
	return (f.Requester == "" || r.Requester == f.Requester) &&
		(f.Of == "" || r.Requester == f.Of || identity.Named(r.Requester).For == f.Of) &&
		(f.Once == "" || r.Once == f.Once) &&
		(f.Database == "" || r.Database == f.Database) &&
		(f.Profile == "" || r.Profile == f.Profile) &&
		(!f.Standing || r.Standing.Scope != "") &&
		(f.Under == "" || r.Under == f.Under) &&
		(f.States == nil || slices.Contains(f.States, r.State)) &&
		(f.ExpiredBy.IsZero() || r.State == approvals.Pending && !r.ExpiresAt.After(f.ExpiredBy)) &&
		(f.StartedBefore.IsZero() || r.State == approvals.Executing && r.StartedAt.Before(f.StartedBefore))
}

// Seen implements storetest.Witness.
func (m *memory) Seen(ctx context.Context, id approvals.RequestID) (storetest.Seen, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var seen storetest.Seen
	for _, e := range m.events {
		if e.Request == string(id) {
			seen.Events = append(seen.Events, e.Type)
		}
	}
	for _, todo := range m.todos {
		if todo.ID == string(id) {
			seen.Todos = append(seen.Todos, todo)
		}
	}
	for _, g := range m.grants {
		if g.Request == id {
			seen.Grants = append(seen.Grants, g)
		}
	}
	return seen, ctx.Err()
}

// clone copies deeply, so that nobody changes what is stored by changing what
// they hold.
func clone[T any](v T) T {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	var out T
	if err := json.Unmarshal(b, &out); err != nil {
		panic(err)
	}
	return out
}
