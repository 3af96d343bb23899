package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"dbaccess/audit"
	"dbaccess/internal/fault"
)

// The ways in which a result is not there. They are told apart because whoever
// holds the code may know what became of the rows.
var (
	ErrNoResult      = fault.New(fault.NotFound, "There is no result under this code.", "Look at the link again, or ask again in Slack.")
	ErrResultShown   = fault.New(fault.Conflict, "This result has been shown already.", "Results are shown once; ask again in Slack if you still need it.")
	ErrResultExpired = fault.New(fault.Expired, "This result was not opened in time and is gone.", "Ask again in Slack if you still need it.")
)

// SaveResult keeps a sealed result under the SHA-256 of the code that opens it,
// with whatever events tell of it.
func (s *Store) SaveResult(ctx context.Context, sum [32]byte, sealed []byte, holder, request string, expires time.Time, events ...audit.Event) error {
	return s.change(ctx, "save result of "+request, func(tx pgx.Tx) (effects, error) {
		_, err := tx.Exec(ctx, "INSERT INTO dbaccess.results (sum, sealed, holder, request, expires) VALUES ($1, $2, $3, $4, $5)",
			sum[:], sealed, holder, request, expires)
		return effects{events: events, quiet: true, asked: request}, err
	})
}

// TakeResult returns the sealed bytes and forgets them, in one transaction with
// the event that ev makes: of several at once, one gets them.
func (s *Store) TakeResult(ctx context.Context, sum [32]byte, now time.Time, ev func(holder, request string) audit.Event) (sealed []byte, holder, request string, err error) {
	err = s.change(ctx, "take result", func(tx pgx.Tx) (effects, error) {
		var (
			expires time.Time
			shown   *time.Time
		)
		err := tx.QueryRow(ctx, "SELECT sealed, holder, request, expires, shown_at FROM dbaccess.results WHERE sum = $1 FOR UPDATE", sum[:]).
			Scan(&sealed, &holder, &request, &expires, &shown)
		switch {
		case isNone(err):
			return effects{}, ErrNoResult
		case err != nil:
			return effects{}, err
		case shown != nil:
			return effects{}, ErrResultShown
		case sealed == nil || !now.Before(expires):
			return effects{}, ErrResultExpired
		}
		_, err = tx.Exec(ctx, "UPDATE dbaccess.results SET sealed = NULL, shown_at = $2 WHERE sum = $1", sum[:], now)
		return effects{events: []audit.Event{ev(holder, request)}}, err
	})
	if err != nil {
		return nil, "", "", err
	}
	return sealed, holder, request, nil
}
