package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// HomeOpened notes that a Slack user has opened their App Home just now.
func (s *Store) HomeOpened(ctx context.Context, slackID string) error {
	_, err := s.pool.Exec(ctx, `
		INSERT INTO dbaccess.homes (slack, opened_at) VALUES ($1, $2)
		ON CONFLICT (slack) DO UPDATE SET opened_at = greatest(homes.opened_at, excluded.opened_at)`, slackID, s.now())
	return explain("note opened home", err)
}

// OpenHomes returns those of the Slack users who have opened their App Home since
// then, in their order by id.
func (s *Store) OpenHomes(ctx context.Context, slackIDs []string, since time.Time) ([]string, error) {
	if len(slackIDs) == 0 {
		return nil, nil
	}
	rows, err := s.pool.Query(ctx, "SELECT slack FROM dbaccess.homes WHERE slack = ANY($1) AND opened_at >= $2 ORDER BY slack", slackIDs, since)
	if err != nil {
		return nil, explain("find open homes", err)
	}
	open, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return open, explain("find open homes", err)
}
