package credentials

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"dbaccess/approvals"
	"dbaccess/internal/identity"
)

// memory is what a replica remembers of the store, so that ending goes on while
// the store is away. Nothing depends on it while the store is there.
type memory struct {
	mu     sync.Mutex                     // held for map accesses only
	grants map[approvals.GrantID]Grant    // unended ones with leases, as last seen
	proofs map[LeaseID]Proof              // of what was ended and could not be recorded
	wanted map[approvals.GrantID]wanted   // endings that people asked for and that could not be stored
	busy   map[approvals.GrantID]struct{} // being ended from memory right now
	poke   chan struct{}                  // wakes this replica's due loop
	read   time.Time                      // when grants were last read from the store; zero = never
	newer  map[approvals.GrantID]struct{} // remembered since that reading began
	heard  bool                           // since the store last failed, attended grants were spared: silence counts
}

func (m *memory) hears() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.heard
}

func (m *memory) hearsNow() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.heard = true
}

// deaf notes that signs of life may have been lost.
func (m *memory) deaf() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.heard = false
}

// wanted is an ending that is not in the store yet.
type wanted struct {
	who identity.Principal
	why Reason
}

// pokes returns the channel on which this replica's own claims wake its loop.
func (m *memory) pokes() chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.poke == nil {
		m.poke = make(chan struct{}, 1)
	}
	return m.poke
}

// remember keeps a grant that has just been stored.
func (m *memory) remember(g Grant) {
	m.mu.Lock()
	if m.grants == nil {
		m.grants = map[approvals.GrantID]Grant{}
	}
	if m.newer == nil {
		m.newer = map[approvals.GrantID]struct{}{}
	}
	m.grants[g.ID] = g
	m.newer[g.ID] = struct{}{}
	m.mu.Unlock()
	select {
	case m.pokes() <- struct{}{}:
	default: // it is awake already
	}
}

// stale reports whether it is time to read the store again, and if so takes the
// reading to begin. Many changes at once would otherwise have every replica read
// all grants for each of them.
func (m *memory) stale(now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.read.IsZero() && now.Sub(m.read) < dueRefresh {
		return false
	}
	clear(m.newer)
	return true
}

// refresh replaces all that was known by what the store said, but for what was
// remembered while it was asked; and drops proofs that somebody else has recorded.
func (m *memory) refresh(grants []Grant, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.read = now
	known := m.grants
	m.grants = make(map[approvals.GrantID]Grant, len(grants))
	for _, g := range grants {
		m.grants[g.ID] = g
	}
	for id := range m.newer {
		if g, ok := known[id]; ok && g.Version >= m.grants[id].Version {
			m.grants[id] = g
		}
	}
	open := map[LeaseID]bool{}
	for _, g := range m.grants {
		for _, l := range g.Leases {
			open[l.ID] = l.State != Gone
		}
	}
	maps.DeleteFunc(m.proofs, func(id LeaseID, _ Proof) bool { return !open[id] })
}

func (m *memory) forget(id approvals.GrantID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.grants, id)
	delete(m.wanted, id)
}

func (m *memory) grant(id approvals.GrantID) (Grant, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	g, ok := m.grants[id]
	return g, ok
}

// active returns the grants that are active, as last seen.
func (m *memory) active() []Grant {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []Grant
	for _, g := range m.grants {
		if g.State == Active {
			list = append(list, g)
		}
	}
	return list
}

func (m *memory) proof(id LeaseID) (Proof, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, ok := m.proofs[id]
	return p, ok
}

func (m *memory) keepProofs(out map[LeaseID]outcome) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.proofs == nil {
		m.proofs = map[LeaseID]Proof{}
	}
	for id, o := range out {
		if o.proof != nil {
			m.proofs[id] = *o.proof
		}
	}
}

func (m *memory) dropProofs(out map[LeaseID]outcome) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id := range out {
		delete(m.proofs, id)
	}
}

func (m *memory) want(id approvals.GrantID, w wanted) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.wanted == nil {
		m.wanted = map[approvals.GrantID]wanted{}
	}
	m.wanted[id] = w
}

func (m *memory) wants() map[approvals.GrantID]wanted {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.wanted)
}

// takeOver returns the grants that are over at now, or wanted ended, and have
// leases without proof; the caller has them to itself until it calls release.
// next is when another one will be over, zero if none.
func (m *memory) takeOver(now time.Time) (grants []Grant, next time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, g := range m.grants {
		if _, busy := m.busy[id]; busy || len(m.unproven(g)) == 0 {
			continue
		}
		_, wanted := m.wanted[id]
		if !wanted && g.State == Active && now.Before(g.Due) {
			if next.IsZero() || g.Due.Before(next) {
				next = g.Due
			}
			continue
		}
		if m.busy == nil {
			m.busy = map[approvals.GrantID]struct{}{}
		}
		m.busy[id] = struct{}{}
		grants = append(grants, g)
	}
	return grants, next
}

func (m *memory) release(grants []Grant) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, g := range grants {
		delete(m.busy, g.ID)
	}
}

// unproven returns the leases of g that nobody has proven ended; m.mu is held.
func (m *memory) unproven(g Grant) []Lease {
	return slices.DeleteFunc(unended(g), func(l Lease) bool {
		_, ok := m.proofs[l.ID]
		return ok
	})
}

// endFromMemory ends what is over outside, without the store. What it proves is
// kept, and recorded when the store is back.
func (s *Service) endFromMemory(ctx context.Context, grants []Grant) {
	defer s.mem.release(grants)
	byDatabase := map[string][]Lease{}
	for _, g := range grants {
		byDatabase[g.Database] = append(byDatabase[g.Database], unended(g)...)
	}
	ctx = context.WithoutCancel(ctx)
	errs := each(slices.Collect(maps.Keys(byDatabase)), len(byDatabase), func(_ int, database string) error {
		out := s.endOutside(ctx, database, byDatabase[database], true)
		s.mem.keepProofs(out)
		var errs []error
		for id, o := range out {
			if o.err != nil {
				errs = append(errs, fmt.Errorf("end %s: %w", id, o.err))
			}
		}
		return errors.Join(errs...)
	})
	if err := errors.Join(errs...); err != nil {
		s.log().Error("not ended yet, and the store is away", "err", err)
	}
}

// endUnrecorded ends a grant that somebody wants ended although the store is
// away, if this replica knows it, and leaves the record to RunDue.
func (s *Service) endUnrecorded(ctx context.Context, who identity.Principal, id approvals.GrantID, why Reason) {
	g, ok := s.mem.grant(id)
	if !ok || !mayEnd(who, g) {
		return
	}
	s.mem.want(id, wanted{who, why})
	s.endFromMemory(ctx, []Grant{g})
}

// recordWanted stores the endings that could not be stored when they were
// asked for.
func (s *Service) recordWanted(ctx context.Context, wants map[approvals.GrantID]wanted) {
	for id, w := range wants {
		if g, err := s.End(ctx, w.who, id, w.why); err != nil {
			s.log().Error("ending not recorded yet", "grant", id, "err", err)
		} else {
			s.mem.unwant(g.ID)
		}
	}
}

func (m *memory) unwant(id approvals.GrantID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.wanted, id)
}
