package credentials

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/robfig/cron/v3"

	"dbaccess/audit"
)

const sweeper = "system:sweep"

// SweepReport says what one sweep did.
type SweepReport struct {
	Ended  int // grants and leases brought to their end
	Still  int // still not ended
	Strays int // roles of ours that nothing explained
}

// RunSweep sweeps once at once, to finish what an earlier process left, and
// then on the schedule (five cron fields, or a descriptor such as "@every 1m")
// until ctx is done. Sweeps of one replica never overlap.
func (s *Service) RunSweep(ctx context.Context, schedule string) error {
	times, err := cron.ParseStandard(schedule)
	if err != nil {
		return fmt.Errorf("revocation schedule %q: %w", schedule, err)
	}
	for ctx.Err() == nil {
		report, err := s.Sweep(ctx)
		if err != nil && ctx.Err() == nil {
			s.log().Error("sweep", "err", err, "ended", report.Ended, "still", report.Still)
		}
		if s.OnSweep != nil {
			s.OnSweep(report, err)
		}
		now := s.now()
		pause(ctx, times.Next(now).Sub(now))
	}
	return nil
}

// Sweep ends everything overdue, half-done or unexplained, once. It does
// nothing if another replica is sweeping. The error tells of what could not be
// ended or looked at; everything else has been.
func (s *Service) Sweep(ctx context.Context) (SweepReport, error) {
	var report SweepReport
	_, err := s.Store.OnlyOne(ctx, "credentials.sweep", func(ctx context.Context) error {
		return errors.Join(
			s.sweepOver(ctx, &report),
			s.sweepStuck(ctx, &report),
			s.sweepRoles(ctx, &report),
		)
	})
	return report, err
}

// sweepOver ends what the due loops missed: they are dead, or it failed before.
func (s *Service) sweepOver(ctx context.Context, report *SweepReport) error {
	var errs []error
	for {
		now := s.now()
		due, err := s.Store.TakeDue(ctx, now, now.Add(hold), dueBatch, s.endingEvent)
		if err != nil {
			return errors.Join(append(errs, fmt.Errorf("take due grants: %w", err))...)
		}
		taken := len(due)
		due, err = s.finish(ctx, due)
		errs = append(errs, err)
		for _, g := range due {
			report.count(g.State == Ended)
		}
		if taken < dueBatch {
			return errors.Join(errs...)
		}
	}
}

// sweepStuck ends leases whose making nobody finished, and those that a claim
// could not end.
func (s *Service) sweepStuck(ctx context.Context, report *SweepReport) error {
	before := s.now().Add(-sweepPatience)
	stuck, err := s.Store.Grants(ctx, GrantFilter{States: []GrantState{Open, Active}, Stuck: before, Limit: mostKnown})
	if err != nil {
		return fmt.Errorf("read stuck leases: %w", err)
	}
	errs := each(stuck, 4, func(_ int, g Grant) error {
		g, err := s.update(ctx, g, func(g *Grant) (Change, error) {
			return Change{Events: s.startEnding(g, sweeper, stuckLeases(*g, before), Broken)}, nil
		})
		if err != nil {
			return fmt.Errorf("end stuck leases of %s: %w", g.ID, err)
		}
		leases := stuckLeases(g, before)
		g, err = s.settle(ctx, g, sweeper, s.endOutside(ctx, g.Database, leases, true))
		if err == nil && len(stuckLeases(g, before)) > 0 {
			err = errors.New(trouble(g))
		}
		if err != nil {
			return fmt.Errorf("end stuck leases of %s: %w", g.ID, err)
		}
		return nil
	})
	for _, err := range errs {
		report.count(err == nil)
	}
	return errors.Join(errs...)
}

func stuckLeases(g Grant, before time.Time) []Lease {
	var stuck []Lease
	for _, l := range g.Leases {
		if (l.State == Intended || l.State == Ending) && l.At.Before(before) {
			stuck = append(stuck, l)
		}
	}
	return stuck
}

// stray is a role of our prefix that should not be there.
type stray struct {
	database string
	lease    Lease // the ended lease that made it; or only a role's name
	known    bool
	ripe     bool // unexplained for longer than the grace
}

// sweepRoles compares the roles on all databases with the leases. A role of an
// ended lease is ended: its mint came through after all, or it could not be
// dropped before. A role that nothing explains is given some grace, because the
// store may be behind; and if there are many, the store is more likely wrong
// than the database, so a person has to look.
func (s *Service) sweepRoles(ctx context.Context, report *SweepReport) error {
	if s.Databases == nil {
		return nil
	}
	var mu sync.Mutex
	var strays []stray
	databases := s.Databases()
	errs := each(databases, 4, func(_ int, database string) error {
		found, err := s.strays(ctx, database)
		mu.Lock()
		defer mu.Unlock()
		strays = append(strays, found...)
		return err
	})
	unknown := map[string]bool{} // by name: two databases of one server show the same role
	for _, x := range strays {
		if !x.known {
			unknown[x.lease.Role] = true
		}
	}
	report.Strays = len(unknown)
	limit := s.UnknownLimit
	if limit == 0 {
		limit = 10
	}
	alarmed := len(unknown) > limit
	if alarmed {
		errs = append(errs, s.alarm(ctx, unknown, limit))
	}
	for _, x := range strays {
		if x.known || x.ripe && !alarmed {
			errs = append(errs, s.endStray(ctx, x, report))
		}
	}
	return errors.Join(errs...)
}

// strays lists the roles on a database that no lease explains which is not
// ended.
func (s *Service) strays(ctx context.Context, database string) ([]stray, error) {
	issuer, err := s.Issuer(database)
	if err != nil {
		return nil, fmt.Errorf("issuer of %s: %w", database, err)
	}
	roles, err := issuer.Roles(ctx, database)
	if err != nil {
		return nil, fmt.Errorf("list roles of %s: %w", database, err)
	}
	var found []stray
	for _, role := range roles {
		if !strings.HasPrefix(role, RolePrefix(s.Install)) {
			continue // not ours, whatever the issuer says
		}
		lease, known, err := s.Store.LeaseOfRole(ctx, role)
		if err != nil {
			return found, fmt.Errorf("explain role %s: %w", role, err)
		}
		if known {
			if lease.State == Gone {
				found = append(found, stray{database: database, lease: lease, known: true})
			}
			continue
		}
		now := s.now()
		first, err := s.Store.SeenStray(ctx, database, role, now)
		if err != nil {
			return found, fmt.Errorf("note role %s: %w", role, err)
		}
		found = append(found, stray{
			database: database, lease: Lease{ID: LeaseID("stray " + role), Database: database, Role: role},
			ripe: now.Sub(first) >= strayGrace,
		})
	}
	return found, nil
}

// endStray ends one role outside and records it. A role that was disabled
// before and still cannot be dropped is no news.
func (s *Service) endStray(ctx context.Context, x stray, report *SweepReport) error {
	s.mem.dropProofs(map[LeaseID]outcome{x.lease.ID: {}}) // it is there, whatever was seen before
	o := s.endOutside(ctx, x.database, []Lease{x.lease}, true)[x.lease.ID]
	if o.proof == nil {
		report.count(false)
		return fmt.Errorf("end stray role %s: %w", x.lease.Role, o.err)
	}
	report.count(!o.proof.Disabled)
	if o.proof.Disabled && x.known && x.lease.Proof != nil && x.lease.Proof.Disabled {
		return nil
	}
	e := audit.Event{
		At: s.now(), Type: audit.StrayEnded, Actor: sweeper, Grant: string(x.lease.Grant), Database: x.database,
		Details: map[string]any{
			"role": x.lease.Role, "known": x.known, "sessions": o.proof.Sessions,
			"proven": o.proof.At.UTC().Format(eventTime), "disabled": o.proof.Disabled,
		},
	}
	if !x.known {
		return s.Store.Record(ctx, Change{Events: []audit.Event{e}})
	}
	e.Lease = string(x.lease.ID)
	g, err := s.Store.Grant(ctx, x.lease.Grant)
	if err != nil {
		return fmt.Errorf("record the end of role %s: %w", x.lease.Role, err)
	}
	_, err = s.update(ctx, g, func(g *Grant) (Change, error) {
		if i := leaseIndex(*g, x.lease.ID); i >= 0 {
			proof := *o.proof
			g.Leases[i].Proof = &proof
		}
		e.Request = string(g.Request)
		return Change{Events: []audit.Event{e}}, nil
	})
	return err
}

// alarm records that there are more unexplained roles than may be ended without
// a person; once for each number of them, and again every hour.
func (s *Service) alarm(ctx context.Context, unknown map[string]bool, limit int) error {
	now := s.now()
	if !s.mem.newAlarm(len(unknown), now) {
		return nil
	}
	s.log().Error("more unexplained roles than the sweep may end; none was ended", "roles", len(unknown), "limit", limit)
	e := audit.Event{At: now, Type: audit.SweepAlarm, Actor: sweeper, Details: map[string]any{"unknown": len(unknown), "limit": limit}}
	return s.Store.Record(ctx, Change{Events: []audit.Event{e}})
}

func (r *SweepReport) count(ended bool) {
	if ended {
		r.Ended++
	} else {
		r.Still++
	}
}
