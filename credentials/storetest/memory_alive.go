package storetest

import (
	"context"
	"time"

	"dbaccess/approvals"
	"dbaccess/credentials"
)

// Alive implements credentials.Store.
func (m *Memory) Alive(ctx context.Context, id approvals.GrantID, until time.Time) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.alive(id, until), nil
}

// Spare implements credentials.Store.
func (m *Memory) Spare(ctx context.Context, until time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for id := range m.grants {
		m.alive(id, until)
	}
	return nil
}

// alive moves the grant's AliveBy; m.mu is held.
func (m *Memory) alive(id approvals.GrantID, until time.Time) bool {
	g, ok := m.grants[id]
	if !ok || g.State != credentials.Active || !g.Attended() {
		return false
	}
	if g.AliveBy.Before(until) {
		g.AliveBy = until
		m.grants[id] = g
	}
	return true
}
