package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"dbaccess/audit"
	"dbaccess/internal/tokens"
)

// forgotten is how long a token that is over is still known: long enough to tell
// its holder, and whoever looks into something, what became of it.
const forgotten = 7 * 24 * time.Hour

const tokenColumns = "id, principal, acts_for, claims, audience, issuer, subject, at, expires, ended_at, ended_by"

// InsertToken implements tokens.Store. Of several with the same once, the row of
// used_identities lets one pass; the others wait for its commit and are replays.
func (s *Store) InsertToken(ctx context.Context, t tokens.Token, sum [32]byte, once *tokens.Once, ev audit.Event, replayed tokens.Replayed) error {
	again := false
	err := s.change(ctx, "insert token "+t.ID, func(tx pgx.Tx) (effects, error) {
		again = false
		if once != nil {
			tag, err := tx.Exec(ctx, `
				INSERT INTO dbaccess.used_identities (sum, token, until) VALUES ($1, $2, $3)
				ON CONFLICT (sum) DO NOTHING`, once.Sum[:], t.ID, once.Until)
			if err != nil {
				return effects{}, err
			}
			if again = tag.RowsAffected() == 0; again {
				return replay(ctx, tx, once.Sum, replayed)
			}
		}
		return effects{events: []audit.Event{ev}}, putToken(ctx, tx, t, sum)
	})
	if err == nil && again {
		err = tokens.ErrReplayed
	}
	return err
}

// InsertAgentToken implements tokens.Store. The lock makes those that come at once
// count each other.
func (s *Store) InsertAgentToken(ctx context.Context, t tokens.Token, sum [32]byte, most int, ev audit.Event) error {
	return s.change(ctx, "insert token "+t.ID, func(tx pgx.Tx) (effects, error) {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", lockKey("agents of "+t.For)); err != nil {
			return effects{}, err
		}
		var live int
		err := tx.QueryRow(ctx, `SELECT count(*) FROM dbaccess.tokens
			WHERE acts_for = $1 AND audience = $2 AND ended_at IS NULL AND expires > $3`, t.For, tokens.MCP, t.At).Scan(&live)
		switch {
		case err != nil:
			return effects{}, err
		case live >= most:
			return effects{}, tokens.ErrManyAgents
		}
		return effects{events: []audit.Event{ev}}, putToken(ctx, tx, t, sum)
	})
}

func putToken(ctx context.Context, tx pgx.Tx, t tokens.Token, sum [32]byte) error {
	claims, err := asJSON(t.Claims)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO dbaccess.tokens (id, sum, principal, acts_for, claims, audience, issuer, subject, at, expires)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		t.ID, sum[:], t.Principal, t.For, claims, t.Audience, t.Issuer, t.Subject, t.At, t.Expires)
	return err
}

// replay ends what the first use of an identity was given.
func replay(ctx context.Context, tx pgx.Tx, once [32]byte, r tokens.Replayed) (effects, error) {
	list, err := scanTokens(tx.Query(ctx, "SELECT "+tokenColumns+` FROM dbaccess.tokens
		WHERE id = (SELECT token FROM dbaccess.used_identities WHERE sum = $1) FOR UPDATE`, once[:]))
	if err != nil {
		return effects{}, err
	}
	var first tokens.Token
	if len(list) > 0 {
		first = list[0]
	}
	if first.ID != "" && first.Live(r.At) {
		if _, err := tx.Exec(ctx, "UPDATE dbaccess.tokens SET ended_at = $2, ended_by = $3 WHERE id = $1", first.ID, r.At, r.By); err != nil {
			return effects{}, err
		}
	}
	return effects{events: r.Events(first)}, nil
}

// TokenBySum implements tokens.Store.
func (s *Store) TokenBySum(ctx context.Context, sum [32]byte) (tokens.Token, error) {
	list, err := scanTokens(s.pool.Query(ctx, "SELECT "+tokenColumns+" FROM dbaccess.tokens WHERE sum = $1", sum[:]))
	return only(list, err, tokens.ErrNoToken, "look up token")
}

// Token implements tokens.Store.
func (s *Store) Token(ctx context.Context, id string) (tokens.Token, error) {
	list, err := scanTokens(s.pool.Query(ctx, "SELECT "+tokenColumns+" FROM dbaccess.tokens WHERE id = $1", id))
	return only(list, err, tokens.ErrNoToken, "look up token "+id)
}

// EndToken implements tokens.Store.
func (s *Store) EndToken(ctx context.Context, id string, now time.Time, by string, ev func(tokens.Token) audit.Event) (tokens.Token, error) {
	var t tokens.Token
	err := s.change(ctx, "end token "+id, func(tx pgx.Tx) (effects, error) {
		list, err := scanTokens(tx.Query(ctx, "SELECT "+tokenColumns+" FROM dbaccess.tokens WHERE id = $1 FOR UPDATE", id))
		if t, err = only(list, err, tokens.ErrNoToken, "look it up"); err != nil {
			return effects{}, err
		}
		if !t.Live(now) {
			return effects{quiet: true}, nil
		}
		t.EndedAt, t.EndedBy = now, by
		_, err = tx.Exec(ctx, "UPDATE dbaccess.tokens SET ended_at = $2, ended_by = $3 WHERE id = $1", id, now, by)
		return effects{events: []audit.Event{ev(t)}}, err
	})
	if err != nil {
		return tokens.Token{}, err
	}
	return t, nil
}

// Tokens implements tokens.Store.
func (s *Store) Tokens(ctx context.Context, f tokens.Filter) ([]tokens.Token, error) {
	var w where
	if f.Principal != "" {
		w.add("principal = ?", f.Principal)
	}
	if f.Of != "" {
		w.add("(principal = ? OR (acts_for = ? AND principal LIKE '%@%'))", f.Of, f.Of)
	}
	if !f.LiveAt.IsZero() {
		w.add("ended_at IS NULL AND expires > ?", f.LiveAt)
	}
	list, err := scanTokens(s.pool.Query(ctx, "SELECT "+tokenColumns+" FROM dbaccess.tokens"+w.sql()+" ORDER BY at DESC, id DESC"+limit(f.Limit), w.args...))
	return list, explain("list tokens", err)
}

// tidyTokens forgets tokens that have been over for a week, and identities that
// nobody would take any more.
func (s *Store) tidyTokens(ctx context.Context, now time.Time) error {
	if _, err := s.pool.Exec(ctx, "DELETE FROM dbaccess.tokens WHERE expires < $1 OR ended_at < $1", now.Add(-forgotten)); err != nil {
		return explain("forget tokens", err)
	}
	_, err := s.pool.Exec(ctx, "DELETE FROM dbaccess.used_identities WHERE until < $1", now)
	return explain("forget used identities", err)
}

func scanTokens(rows pgx.Rows, err error) ([]tokens.Token, error) {
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (t tokens.Token, err error) {
		var (
			claims []byte
			ended  *time.Time
		)
		if err = row.Scan(&t.ID, &t.Principal, &t.For, &claims, &t.Audience, &t.Issuer, &t.Subject, &t.At, &t.Expires, &ended, &t.EndedBy); err != nil {
			return t, err
		}
		t.At, t.Expires, t.EndedAt = t.At.UTC(), t.Expires.UTC(), moment(ended)
		if err = json.Unmarshal(claims, &t.Claims); err != nil {
			err = fmt.Errorf("read claims of token %s: %w", t.ID, err)
		}
		return t, err
	})
}
