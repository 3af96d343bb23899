package store

import (
	"context"
	"time"
)

// SlackMessage returns where the thing (ref, as the purpose names it) is drawn
// and what was drawn last; empty strings if it was not drawn yet.
func (s *Store) SlackMessage(ctx context.Context, purpose, ref string) (channel, ts, drawn string, err error) {
	err = s.pool.QueryRow(ctx, "SELECT channel, ts, drawn FROM dbaccess.slack_messages WHERE purpose = $1 AND ref = $2", purpose, ref).
		Scan(&channel, &ts, &drawn)
	if isNone(err) {
		return "", "", "", nil
	}
	return channel, ts, drawn, explain("read slack message", err)
}

// SaveSlackMessage notes where the thing is drawn now, and what.
func (s *Store) SaveSlackMessage(ctx context.Context, purpose, ref, channel, ts, drawn string) error {
	_, err := s.pool.Exec(ctx, `
		INSERT INTO dbaccess.slack_messages (purpose, ref, channel, ts, drawn, drawn_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (purpose, ref) DO UPDATE SET (channel, ts, drawn, drawn_at) =
		    (excluded.channel, excluded.ts, excluded.drawn, excluded.drawn_at)`, purpose, ref, channel, ts, drawn, s.now())
	return explain("save slack message", err)
}

// SlackMessageRef says what is drawn at a place, and when it was drawn last;
// empty strings if nothing of ours is.
func (s *Store) SlackMessageRef(ctx context.Context, channel, ts string) (purpose, ref string, drawnAt time.Time, err error) {
	err = s.pool.QueryRow(ctx, `
		SELECT purpose, ref, drawn_at FROM dbaccess.slack_messages WHERE channel = $1 AND ts = $2 ORDER BY drawn_at DESC LIMIT 1`, channel, ts).
		Scan(&purpose, &ref, &drawnAt)
	if isNone(err) {
		return "", "", time.Time{}, nil
	}
	return purpose, ref, drawnAt.UTC(), explain("find slack message", err)
}

// kept is how long a delivery is remembered. Slack redelivers within hours.
const kept = 24 * time.Hour

// FirstDelivery reports whether the key is seen for the first time in 24 hours,
// and remembers it. Of several at once, one is the first.
func (s *Store) FirstDelivery(ctx context.Context, key string) (bool, error) {
	now := s.now()
	tag, err := s.pool.Exec(ctx, `
		INSERT INTO dbaccess.deliveries (key, at) VALUES ($1, $2)
		ON CONFLICT (key) DO UPDATE SET at = excluded.at WHERE deliveries.at < $3`, key, now, now.Add(-kept))
	return err == nil && tag.RowsAffected() == 1, explain("note delivery", err)
}

// ForgetDelivery makes the key's next delivery the first one again: what it asked
// for could not be done.
func (s *Store) ForgetDelivery(ctx context.Context, key string) error {
	_, err := s.pool.Exec(ctx, "DELETE FROM dbaccess.deliveries WHERE key = $1", key)
	return explain("forget delivery", err)
}

// Tidy forgets what is no longer of use: deliveries of more than a day ago, the
// bytes of results that nobody opened in time, and tokens that are long over. The
// sweep calls it.
func (s *Store) Tidy(ctx context.Context) error {
	now := s.now()
	if _, err := s.pool.Exec(ctx, "DELETE FROM dbaccess.deliveries WHERE at < $1", now.Add(-kept)); err != nil {
		return explain("forget deliveries", err)
	}
	if _, err := s.pool.Exec(ctx, "UPDATE dbaccess.results SET sealed = NULL WHERE expires <= $1 AND sealed IS NOT NULL", now); err != nil {
		return explain("forget results", err)
	}
	return s.tidyTokens(ctx, now)
}
