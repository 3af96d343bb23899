package main

import (
	"context"
	"fmt"
	"time"

	"dbaccess/bot"
	"dbaccess/internal/config"
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

func hasMasks(d config.Database) bool {
	for _, p := range d.Profiles {
		if len(p.MaskedSchemas) > 0 {
			return true
		}
	}
	return false
}

func (s *server) watch(ctx context.Context, d config.Database) error {
	ctx, cancel := context.WithTimeout(ctx, watching)
	defer cancel()
	url, err := catalogURL(d)
	if err != nil {
		return err
	}
	st, err := target.WatchMasks(ctx, url, []string{d.MaskReader()})
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
