package credentials

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/robfig/cron/v3"

	"dbaccess/audit"
	"dbaccess/internal/identity"
)

// Curfew is a time at which access ends, however much of its window is left.
type Curfew struct {
	Schedule  string   // cron syntax, in the server's time zone unless it starts with CRON_TZ=
	Databases []string // empty = all
	Profiles  []string // empty = all
}

var curfewer = identity.SystemPrincipal("curfew")

const (
	curfewRetry = 2 * time.Second // how long a curfew waits that could not be kept in full
	curfewLook  = time.Minute     // at least so often it looks: for a claim that was just coming through, and clocks that were set
)

// curfew is a Curfew whose schedule was read.
type curfew struct {
	Curfew
	times cron.Schedule
}

// over reports whether the curfew has struck since g became active. It needs no
// memory of when it struck: so every server comes to the same answer, however
// often it asks, and after however long a time of being down.
func (c curfew) over(g Grant, now time.Time) bool {
	if g.State != Active || len(c.Databases) > 0 && !slices.Contains(c.Databases, g.Database) ||
		len(c.Profiles) > 0 && !slices.Contains(c.Profiles, g.Profile) {
		return false
	}
	strikes := c.times.Next(g.ActiveAt.In(now.Location()))
	return !strikes.IsZero() && !strikes.After(now)
}

// RunCurfews ends active grants whenever a curfew strikes that is on them, until
// ctx is done. It looks at once when it starts: what was active when a curfew
// struck while no server was up is ended then. Any number of servers may run it.
func (s *Service) RunCurfews(ctx context.Context, list []Curfew) error {
	if len(list) == 0 {
		return nil
	}
	curfews := make([]curfew, len(list))
	for i, c := range list {
		times, err := cron.ParseStandard(c.Schedule)
		if err != nil {
			return fmt.Errorf("curfew %q: %w", c.Schedule, err)
		}
		curfews[i] = curfew{c, times}
	}
	for ctx.Err() == nil {
		now := s.now()
		var next time.Time
		for _, c := range curfews {
			if t := c.times.Next(now); !t.IsZero() && (next.IsZero() || t.Before(next)) {
				next = t
			}
		}
		kept, err := s.keepCurfews(ctx, curfews)
		if err != nil && ctx.Err() == nil {
			s.log().Error("curfew", "err", err)
		}
		switch {
		case !kept || err != nil:
			pause(ctx, curfewRetry)
		case next.IsZero(): // none of them strikes ever again
			pause(ctx, curfewLook)
		default:
			pause(ctx, min(curfewLook, next.Sub(s.now())))
		}
	}
	return nil
}

// keepCurfews ends what curfews have ended, and reports false if another server
// is just doing so: it may die before it is through.
func (s *Service) keepCurfews(ctx context.Context, curfews []curfew) (bool, error) {
	kept, err := s.Store.OnlyOne(ctx, "credentials.curfew", func(ctx context.Context) error {
		active, err := s.Store.Grants(ctx, GrantFilter{States: []GrantState{Active}, Limit: mostKnown})
		if err != nil {
			return fmt.Errorf("read active grants: %w", err)
		}
		return s.endAtCurfew(ctx, curfews, active)
	})
	if err == nil {
		return kept, nil
	}
	// The store is away: what this server remembers ends all the same, and is
	// recorded when the store is back.
	now := s.now()
	var ending []Grant
	for _, g := range s.mem.active() {
		if slices.ContainsFunc(curfews, func(c curfew) bool { return c.over(g, now) }) {
			s.mem.want(g.ID, wanted{curfewer, Revoked})
			ending = append(ending, g)
		}
	}
	s.endFromMemory(ctx, ending)
	return false, err
}

// endAtCurfew ends those of the grants that a curfew is on, all at once.
func (s *Service) endAtCurfew(ctx context.Context, curfews []curfew, active []Grant) error {
	var ending []Grant
	var errs []error
	for _, g := range active {
		i := slices.IndexFunc(curfews, func(c curfew) bool { return c.over(g, s.now()) })
		if i < 0 {
			continue
		}
		g, err := s.update(ctx, g, func(g *Grant) (Change, error) {
			if g.State != Active {
				return Change{}, nil // somebody was faster
			}
			c := s.startRevoking(g, curfewer.ID(), Revoked)
			for _, e := range c.Events {
				if e.Type == audit.GrantEnding {
					e.Details["curfew"] = curfews[i].Schedule
				}
			}
			return c, nil
		})
		if err != nil {
			errs = append(errs, fmt.Errorf("end %s: %w", g.ID, err))
		} else if g.State == Revoking && g.EndedBy == curfewer.ID() {
			ending = append(ending, g)
		}
	}
	if len(ending) == 0 {
		return errors.Join(errs...)
	}
	s.log().Info("curfew: ending what is active", "grants", len(ending))
	for batch := range slices.Chunk(ending, dueBatch) {
		// What does not end now is revoking, and the due loop's and the sweep's.
		if _, err := s.finish(ctx, batch); err != nil {
			s.log().Error("curfew: not everything has ended yet", "err", err)
		}
	}
	return errors.Join(errs...)
}
