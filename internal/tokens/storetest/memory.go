package storetest

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"dbaccess/audit"
	"dbaccess/internal/tokens"
)

// Memory is a tokens.Store that lives and dies with its process. Any number of
// services may share one, as replicas share a database.
type Memory struct {
	mu     sync.Mutex // guards what follows
	tokens map[string]tokens.Token
	sums   map[[32]byte]string // to ids
	used   map[[32]byte]string // likewise
	events []audit.Event
}

// NewMemory returns an empty store.
func NewMemory() *Memory {
	return &Memory{tokens: map[string]tokens.Token{}, sums: map[[32]byte]string{}, used: map[[32]byte]string{}}
}

// Told implements [Witness].
func (m *Memory) Told(context.Context) ([]audit.Event, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.events), nil
}

// tell appends the events, or none of them. m.mu is held.
func (m *Memory) tell(events ...audit.Event) error {
	for _, ev := range events {
		if _, err := audit.Canonical(ev); err != nil {
			return err
		}
	}
	m.events = append(m.events, events...)
	return nil
}

// InsertToken implements tokens.Store.
func (m *Memory) InsertToken(ctx context.Context, t tokens.Token, sum [32]byte, once *tokens.Once, ev audit.Event, replayed tokens.Replayed) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if once != nil {
		if id, known := m.used[once.Sum]; known {
			first := m.tokens[id]
			if err := m.tell(replayed.Events(first)...); err != nil {
				return err
			}
			if first.ID != "" && first.Live(replayed.At) {
				first.EndedAt, first.EndedBy = replayed.At, replayed.By
				m.tokens[id] = first
			}
			return tokens.ErrReplayed
		}
	}
	if err := m.tell(ev); err != nil {
		return err
	}
	if once != nil {
		m.used[once.Sum] = t.ID
	}
	m.tokens[t.ID], m.sums[sum] = clone(t), t.ID
	return nil
}

// InsertAgentToken implements tokens.Store.
func (m *Memory) InsertAgentToken(ctx context.Context, t tokens.Token, sum [32]byte, most int, ev audit.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	live := 0
	for _, other := range m.tokens {
		if other.For == t.For && other.Audience == tokens.MCP && other.Live(t.At) {
			live++
		}
	}
	if live >= most {
		return tokens.ErrManyAgents
	}
	if err := m.tell(ev); err != nil {
		return err
	}
	m.tokens[t.ID], m.sums[sum] = clone(t), t.ID
	return nil
}

// TokenBySum implements tokens.Store.
func (m *Memory) TokenBySum(_ context.Context, sum [32]byte) (tokens.Token, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.get(m.sums[sum])
}

// Token implements tokens.Store.
func (m *Memory) Token(_ context.Context, id string) (tokens.Token, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.get(id)
}

// get returns a token. m.mu is held.
func (m *Memory) get(id string) (tokens.Token, error) {
	t, ok := m.tokens[id]
	if !ok {
		return tokens.Token{}, tokens.ErrNoToken
	}
	return clone(t), nil
}

// EndToken implements tokens.Store.
func (m *Memory) EndToken(_ context.Context, id string, now time.Time, by string, ev func(tokens.Token) audit.Event) (tokens.Token, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.get(id)
	if err != nil || !t.Live(now) {
		return t, err
	}
	t.EndedAt, t.EndedBy = now, by
	if err := m.tell(ev(t)); err != nil {
		return tokens.Token{}, err
	}
	m.tokens[id] = t
	return t, nil
}

// Tokens implements tokens.Store.
func (m *Memory) Tokens(_ context.Context, f tokens.Filter) ([]tokens.Token, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []tokens.Token
	for _, t := range m.tokens {
		of := t.Principal == f.Of || t.Audience == tokens.MCP && t.For == f.Of
		if (f.Principal == "" || t.Principal == f.Principal) && (f.Of == "" || of) && (f.LiveAt.IsZero() || t.Live(f.LiveAt)) {
			list = append(list, clone(t))
		}
	}
	slices.SortFunc(list, func(a, b tokens.Token) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.ID, a.ID)) })
	if f.Limit <= 0 {
		f.Limit = 100
	}
	return list[:min(len(list), f.Limit)], nil
}

func clone(t tokens.Token) tokens.Token {
	t.Claims = slices.Clone(t.Claims)
	return t
}
