package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"dbaccess/approvals"
	"dbaccess/audit"
	"dbaccess/credentials"
)

// TakeDue implements credentials.Store.
func (s *Store) TakeDue(ctx context.Context, now, hold time.Time, limit int, ev func(credentials.Grant) audit.Event) ([]credentials.Grant, error) {
	var taken []credentials.Grant
	err := s.change(ctx, "take due grants", func(tx pgx.Tx) (effects, error) {
		fx := effects{quiet: true} // holding anew tells nothing; taking appends events below
		rows, err := tx.Query(ctx, "SELECT "+grantColumns+` FROM dbaccess.grants g
			WHERE g.state <> 'ended' AND g.over_at <= $1 ORDER BY g.over_at LIMIT $2 FOR UPDATE OF g SKIP LOCKED`, now, limit)
		if err != nil {
			return fx, err
		}
		if taken, err = pgx.CollectRows(rows, scanGrant); err != nil || len(taken) == 0 {
			return fx, err
		}
		var batch pgx.Batch
		for i := range taken {
			g := &taken[i]
			if take(g, now, hold) {
				fx.events = append(fx.events, ev(*g))
			}
			batch.Queue(`
				UPDATE dbaccess.grants SET version = $2, state = $3, ending_at = $4, reason = $5, ended_by = $6, held_by = $7 WHERE id = $1`,
				g.ID, g.Version, g.State, stamp(g.EndingAt), g.Reason, g.EndedBy, stamp(g.HeldBy))
		}
		return fx, tx.SendBatch(ctx, &batch).Close()
	})
	if err != nil {
		return nil, err
	}
	return taken, nil
}

// take moves a grant that is over to revoking, and reports whether it was not
// there yet.
func take(g *credentials.Grant, now, hold time.Time) bool {
	g.Version++
	g.HeldBy = hold.UTC().Truncate(time.Microsecond)
	switch g.State {
	case credentials.Active:
		_, g.Reason = g.Over()
	case credentials.Open:
		g.Reason = credentials.Lapsed
	default:
		return false
	}
	g.State, g.EndedBy, g.EndingAt = credentials.Revoking, "system:due", now.UTC().Truncate(time.Microsecond)
	return true
}

// Alive implements credentials.Store.
func (s *Store) Alive(ctx context.Context, id approvals.GrantID, until time.Time) (bool, error) {
	tag, err := s.pool.Exec(ctx, signOfLife+" AND id = $2", until, id)
	return tag.RowsAffected() > 0, explain("note a sign of life of grant "+string(id), err)
}

// Spare implements credentials.Store.
func (s *Store) Spare(ctx context.Context, until time.Time) error {
	_, err := s.pool.Exec(ctx, signOfLife, until)
	return explain("spare attended grants", err)
}

// signOfLife does not raise the version: UpdateGrant never moves alive_by back.
const signOfLife = `UPDATE dbaccess.grants SET alive_by = greatest(alive_by, $1) WHERE state = 'active' AND alive_by IS NOT NULL`

// NextDue implements credentials.Store.
func (s *Store) NextDue(ctx context.Context) (time.Time, bool, error) {
	var at *time.Time
	err := s.pool.QueryRow(ctx, "SELECT min(over_at) FROM dbaccess.grants WHERE state <> 'ended'").Scan(&at)
	return moment(at), at != nil, explain("read the next due time", err)
}

// Woken implements credentials.Store. It also returns when the connection that
// listens was lost or has come back, because notifications may have been lost
// with it. It is meant for one loop of a Store.
func (s *Store) Woken(ctx context.Context) error { return s.wake.wait(ctx) }

// InsertCode implements credentials.Store.
func (s *Store) InsertCode(ctx context.Context, code credentials.Code, c credentials.Change) error {
	return s.change(ctx, "insert code", func(tx pgx.Tx) (effects, error) {
		_, err := tx.Exec(ctx, "INSERT INTO dbaccess.codes (sum, grant_id, holder, expires, used_at) VALUES ($1, $2, $3, $4, $5)",
			code.Sum[:], code.Grant, code.Holder, code.Expires, stamp(code.UsedAt))
		return effects{events: c.Events, todos: c.Todos}, err
	})
}

// UseCode implements credentials.Store.
func (s *Store) UseCode(ctx context.Context, sum [32]byte, now time.Time, ev func(credentials.Code) audit.Event) (credentials.Code, error) {
	code := credentials.Code{Sum: sum}
	err := s.change(ctx, "use code", func(tx pgx.Tx) (effects, error) {
		var used *time.Time
		err := tx.QueryRow(ctx, "SELECT grant_id, holder, expires, used_at FROM dbaccess.codes WHERE sum = $1 FOR UPDATE", sum[:]).
			Scan(&code.Grant, &code.Holder, &code.Expires, &used)
		if isNone(err) {
			return effects{}, credentials.ErrNoCode
		}
		if err != nil {
			return effects{}, err
		}
		code.Expires, code.UsedAt = code.Expires.UTC(), moment(used)
		_, err = tx.Exec(ctx, "UPDATE dbaccess.codes SET used_at = $2 WHERE sum = $1 AND used_at IS NULL", sum[:], now)
		return effects{events: []audit.Event{ev(code)}}, err
	})
	if err != nil {
		return credentials.Code{}, err
	}
	return code, nil
}

// SeenStray implements credentials.Store.
func (s *Store) SeenStray(ctx context.Context, database, role string, now time.Time) (time.Time, error) {
	var first time.Time
	err := s.pool.QueryRow(ctx, `
		INSERT INTO dbaccess.strays (database, role, first_seen, last_seen) VALUES ($1, $2, $3, $3)
		ON CONFLICT (database, role) DO UPDATE SET last_seen = excluded.last_seen
		RETURNING first_seen`, database, role, now).Scan(&first)
	return first.UTC(), explain("note stray role "+role, err)
}

// AlarmStrays implements credentials.Store.
func (s *Store) AlarmStrays(ctx context.Context, roles []string, now time.Time, c credentials.Change) (news bool, err error) {
	if len(c.Events) == 0 {
		return false, errNoEvent
	}
	err = s.change(ctx, "alarm of strays", func(tx pgx.Tx) (effects, error) {
		tag, err := tx.Exec(ctx, "UPDATE dbaccess.strays SET alarmed_at = $2 WHERE role = ANY($1) AND alarmed_at IS NULL", roles, now)
		if news = err == nil && tag.RowsAffected() > 0; !news {
			return effects{quiet: true}, err
		}
		return effects{events: c.Events, todos: c.Todos}, nil
	})
	return news && err == nil, err
}

// Record implements credentials.Store.
func (s *Store) Record(ctx context.Context, c credentials.Change) error {
	return s.change(ctx, "record", func(pgx.Tx) (effects, error) {
		return effects{events: c.Events, todos: c.Todos}, nil
	})
}

func isNone(err error) bool { return errors.Is(err, pgx.ErrNoRows) }
