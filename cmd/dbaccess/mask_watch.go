package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"dbaccess/approvals"
	"dbaccess/bot"
	"dbaccess/credentials"
	"dbaccess/internal/config"
	"dbaccess/internal/fault"
	"dbaccess/internal/target"
)

// watching is how long one look at a database's masked views may take.
const watching = time.Minute

// watchMasks compares each database that has masked profiles with its views, and
// tells in Slack what differs. It changes nothing: what is new stays hidden.
func (s *server) watchMasks(ctx context.Context) {
	for _, d := range s.config.Databases {
		if !hasMasks(d) {
			continue
		}
		if err := s.store.OneAtATime(ctx, "masks:"+d.Name, func(ctx context.Context) error { return s.watch(ctx, d) }); err != nil && ctx.Err() == nil {
			s.log.Warn("masked views not compared", "database", d.Name, "err", err)
		}
	}
}

// runMasks looks at the start, on schedule, and when a claim found masks open.
func (s *server) runMasks(ctx context.Context) error {
	s.watchMasks(ctx)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return credentials.OnSchedule(ctx, s.config.Masking.Schedule, time.Now, s.watchMasks) })
	group.Go(func() error {
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-s.masksOpen:
				s.watchMasks(ctx)
			}
		}
	})
	return group.Wait()
}

// newMaskGuard looks at databases with the logins that read their catalogs.
func newMaskGuard(c *core) *target.MaskGuard {
	urls := map[string]func() (credentials.Secret, error){}
	for _, d := range c.config.Databases {
		urls[d.Name] = func() (credentials.Secret, error) { return catalogURL(d) }
	}
	return &target.MaskGuard{URLs: urls}
}

// mayMint is asked at each claim: whether the rules still allow it, and, where the
// credential shall see masked views only, whether nothing leads around them. What
// cannot be looked at counts as open.
func (c *core) mayMint(ctx context.Context, g approvals.Grant) error {
	if err := c.requests.StillAllowed(ctx, g); err != nil {
		return err
	}
	d, ok := c.config.Database(g.Database)
	if !ok {
		return nil // the issuer says so
	}
	p := d.Profile(g.Profile)
	if len(p.MaskedSchemas) == 0 {
		return nil
	}
	ways, err := c.guard.Ways(ctx, d.Name, p.Roles, p.MaskedSchemas)
	if err != nil {
		return fault.New(fault.Unavailable, fmt.Sprintf("No credential was made: whether the masked views of %s hold could not be looked at.", d.Name),
			"Try again; the log of dbaccess has the cause.").With(err)
	}
	if len(ways) == 0 {
		return nil
	}
	c.log.Error("masked views do not hold; no credential is made for them", "database", d.Name, "profile", p.Name, "ways", ways)
	select {
	case c.masksOpen <- struct{}{}:
	default: // somebody is to look already
	}
	return fault.New(fault.Denied, fmt.Sprintf("No credential was made: something in %s lets a holder of %s read around the masked views.", d.Name, p.Name),
		"Its owner has been told in Slack; `dbaccess mask status` names it with what closes it. The grant stays: claim it then.")
}

func hasMasks(d config.Database) bool {
	for _, p := range d.Profiles {
		if len(p.MaskedSchemas) > 0 {
			return true
		}
	}
	return false
}

// maskReaders are the roles of all profiles that see masked views.
func maskReaders(d config.Database) []string {
	roles := []string{d.MaskReader()}
	for _, p := range d.Profiles {
		if len(p.MaskedSchemas) > 0 {
			roles = append(roles, p.Roles...)
		}
	}
	slices.Sort(roles)
	return slices.Compact(roles)
}

func (s *server) watch(ctx context.Context, d config.Database) error {
	ctx, cancel := context.WithTimeout(ctx, watching)
	defer cancel()
	url, err := catalogURL(d)
	if err != nil {
		return err
	}
	st, err := target.WatchMasks(ctx, url, maskReaders(d))
	if err != nil {
		return fmt.Errorf("compare: %w", err)
	}
	return s.bot.TellMasks(ctx, maskNews(d.Name, st))
}

// maskNews puts what differs into sentences.
func maskNews(database string, st target.MaskState) bot.MaskNews {
	news := bot.MaskNews{Database: database}
	for _, drift := range st.Drift {
		name := drift.Schema + "." + drift.Table
		if drift.Column != "" {
			name += "." + drift.Column
		}
		news.Hidden = append(news.Hidden, name+": "+drift.What)
	}
	for _, g := range st.Gaps {
		if !g.Noted {
			news.Open = append(news.Open, g.What)
		}
	}
	return news
}
