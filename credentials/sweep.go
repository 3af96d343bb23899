package credentials

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/robfig/cron/v3"
)

const sweeper = "system:sweep"

// SweepReport says what one sweep did.
type SweepReport struct {
	Ended  int // grants and leases brought to their end
	Still  int // still not ended
	Strays int // roles of ours that nothing explained
	Held   int // of these, the ones that it leaves alone until a person has looked
}

// RunSweep sweeps once at once, to finish what an earlier process left, and
// then on the schedule until ctx is done. Sweeps of one replica never overlap.
func (s *Service) RunSweep(ctx context.Context, schedule string) error {
	return OnSchedule(ctx, schedule, s.now, func(ctx context.Context) {
		report, err := s.Sweep(ctx)
		if err != nil && ctx.Err() == nil {
			s.log().Error("sweep", "err", err, "ended", report.Ended, "still", report.Still)
		}
		if s.OnSweep != nil {
			s.OnSweep(report, err)
		}
	})
}

// OnSchedule does something at once, and then whenever a schedule (five cron
// fields, or a descriptor such as "@every 1m") says, until ctx is done. It is never
// done twice at the same time.
func OnSchedule(ctx context.Context, schedule string, now func() time.Time, do func(context.Context)) error {
	times, err := cron.ParseStandard(schedule)
	if err != nil {
		return fmt.Errorf("schedule %q: %w", schedule, err)
	}
	for ctx.Err() == nil {
		do(ctx)
		at := now()
		pause(ctx, times.Next(at).Sub(at))
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
	if err := s.listenFirst(ctx); err != nil {
		return err
	}
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

func (r *SweepReport) count(ended bool) {
	if ended {
		r.Ended++
	} else {
		r.Still++
	}
}
