package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"dbaccess/approvals"
	"dbaccess/audit"
)

// effects are what a change stores beside the state that it writes.
type effects struct {
	events []audit.Event
	todos  []approvals.Todo
	grant  *approvals.Grant // to open
	due    bool             // some grant's due time changed: wake the loops
	asked  string           // the request that changed: tell those who watch it
	quiet  bool             // nothing changed that the log tells of: no event is needed
}

// change is the only way in which this package changes what the log tells of.
// In one transaction, and in this order:
//
//  1. write makes sure of the state it expects and writes the new one,
//  2. the follow-ups become jobs,
//  3. the loops are woken and the events appended, which locks the log's end.
//
// The log's end is locked last, so that it is held until the commit only, and
// whoever holds it waits for nobody: there can be no deadlock through it. If
// any step fails, an event without a canonical form included, nothing is
// stored. The commit is a message of its own: a caller whose time is over
// while it waits for the lock has stored nothing.
func (s *Store) change(ctx context.Context, doing string, write func(tx pgx.Tx) (effects, error)) error {
	err := pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(tx pgx.Tx) error {
		fx, err := write(tx)
		if err != nil {
			return err
		}
		bodies, err := canonical(fx)
		if err != nil {
			return err
		}
		if err := s.openGrant(ctx, tx, &fx); err != nil {
			return err
		}
		if err := s.insertTodos(ctx, tx, fx.todos); err != nil {
			return err
		}
		return tell(ctx, tx, fx, bodies)
	})
	return explain(doing, err)
}

// tell wakes the loops and appends the events, in one round trip.
func tell(ctx context.Context, tx pgx.Tx, fx effects, bodies []string) error {
	var batch pgx.Batch
	if fx.due {
		batch.Queue("SELECT pg_notify($1, '')", dueChannel)
	}
	if fx.asked != "" {
		batch.Queue("SELECT pg_notify($1, $2)", requestChannel, fx.asked)
	}
	if len(bodies) > 0 {
		batch.Queue("SELECT dbaccess.append_events($1)", bodies)
	}
	if batch.Len() == 0 {
		return nil
	}
	return tx.SendBatch(ctx, &batch).Close()
}

// canonical returns the events' bodies.
func canonical(fx effects) ([]string, error) {
	if len(fx.events) == 0 && !fx.quiet {
		return nil, errNoEvent
	}
	bodies := make([]string, len(fx.events))
	for i, ev := range fx.events {
		body, err := audit.Canonical(ev)
		if err != nil {
			return nil, err
		}
		bodies[i] = string(body)
	}
	return bodies, nil
}

// openGrant stores the grant that an approval opens.
func (s *Store) openGrant(ctx context.Context, tx pgx.Tx, fx *effects) error {
	g := fx.grant
	if g == nil {
		return nil
	}
	fx.due = true
	_, err := tx.Exec(ctx, `
		INSERT INTO dbaccess.grants (id, version, request, kind, holder, database, profile, duration, approved_at, claim_by, state, reason, ended_by)
		VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', '', '')`,
		g.ID, g.Request, g.Kind, g.Holder, g.Database, g.Profile, int64(g.Duration), g.ApprovedAt, g.ClaimBy)
	if err != nil {
		return fmt.Errorf("open grant %s: %w", g.ID, err)
	}
	return nil
}
