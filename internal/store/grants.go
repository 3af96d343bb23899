package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"dbaccess/approvals"
	"dbaccess/credentials"
)

var _ credentials.Store = (*Store)(nil)

// Grant implements credentials.Store.
func (s *Store) Grant(ctx context.Context, id approvals.GrantID) (credentials.Grant, error) {
	var w where
	w.add("g.id = ?", id)
	list, err := grants(ctx, s.pool, w, "")
	return only(list, err, credentials.ErrNoGrant, "read grant "+string(id))
}

// Grants implements credentials.Store.
func (s *Store) Grants(ctx context.Context, f credentials.GrantFilter) ([]credentials.Grant, error) {
	var w where
	if f.Holder != "" {
		w.add("g.holder = ?", f.Holder)
	}
	if f.Of != "" {
		w.add("(g.holder = ? OR split_part(g.holder, '@', 2) = ?)", f.Of, f.Of)
	}
	if f.Before != "" {
		w.add("g.num < (SELECT num FROM dbaccess.grants WHERE id = ?)", f.Before)
	}
	if f.Database != "" {
		w.add("g.database = ?", f.Database)
	}
	if f.Request != "" {
		w.add("g.request = ?", f.Request)
	}
	if len(f.States) > 0 {
		w.add("g.state = ANY(?)", texts(f.States))
	}
	if !f.Stuck.IsZero() {
		w.add("EXISTS (SELECT FROM dbaccess.leases l WHERE l.grant_id = g.id AND l.state IN ('intended', 'ending') AND l.at < ?)", f.Stuck)
	}
	list, err := grants(ctx, s.pool, w, limit(f.Limit))
	return list, explain("list grants", err)
}

// UpdateGrant implements credentials.Store. The terms, which the approval set,
// are not written again.
func (s *Store) UpdateGrant(ctx context.Context, g credentials.Grant, c credentials.Change) error {
	return s.change(ctx, "update grant "+string(g.ID), func(tx pgx.Tx) (effects, error) {
		tag, err := tx.Exec(ctx, `
			UPDATE dbaccess.grants SET version = version + 1, state = $3, active_at = $4, due = $5, ending_at = $6, ended_at = $7,
			    reason = $8, ended_by = $9, held_by = $10,
			    alive_by = CASE WHEN $11::timestamptz IS NOT NULL THEN greatest(alive_by, $11) END
			WHERE id = $1 AND version = $2`,
			g.ID, g.Version, g.State, stamp(g.ActiveAt), stamp(g.Due), stamp(g.EndingAt), stamp(g.EndedAt), g.Reason, g.EndedBy, stamp(g.HeldBy),
			stamp(g.AliveBy))
		if err != nil {
			return effects{}, err
		}
		if tag.RowsAffected() == 0 {
			return effects{}, missing(ctx, tx, "grants", string(g.ID), credentials.ErrNoGrant, credentials.ErrStale)
		}
		return effects{events: c.Events, todos: c.Todos, due: true}, putLeases(ctx, tx, g)
	})
}

// putLeases inserts and updates the grant's leases: first those that live no
// more, since a grant has one living lease at any moment.
func putLeases(ctx context.Context, tx pgx.Tx, g credentials.Grant) error {
	var batch pgx.Batch
	for _, living := range []bool{false, true} {
		for i, l := range g.Leases {
			if (l.State == credentials.Intended || l.State == credentials.Live) != living {
				continue
			}
			var proof []byte
			if l.Proof != nil {
				var err error
				if proof, err = asJSON(l.Proof); err != nil {
					return err
				}
			}
			batch.Queue(`
				INSERT INTO dbaccess.leases (id, grant_id, place, database, profile, role, role_oid, handle, state, until, at, minted_at, ended_at, reason, proof, tries, trouble, ref)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
				ON CONFLICT (id) DO UPDATE SET (role_oid, handle, state, until, minted_at, ended_at, reason, proof, tries, trouble, ref) =
				    (excluded.role_oid, excluded.handle, excluded.state, excluded.until, excluded.minted_at, excluded.ended_at,
				     excluded.reason, excluded.proof, excluded.tries, excluded.trouble, excluded.ref)
				WHERE leases.grant_id = excluded.grant_id`,
				l.ID, g.ID, i, l.Database, l.Profile, l.Role, int64(l.RoleOID), l.Handle, l.State, stamp(l.Until), l.At,
				stamp(l.MintedAt), stamp(l.EndedAt), l.Reason, proof, l.Tries, l.Trouble, l.Ref)
		}
	}
	if batch.Len() == 0 {
		return nil
	}
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("put leases: %w", err)
	}
	return nil
}

// LeaseOfRole implements credentials.Store.
func (s *Store) LeaseOfRole(ctx context.Context, role string) (credentials.Lease, bool, error) {
	var raw []byte
	rows, err := s.pool.Query(ctx, "SELECT jsonb_build_array(to_jsonb(l)) FROM dbaccess.leases l WHERE l.role = $1", role)
	if err == nil {
		raw, err = pgx.CollectOneRow(rows, pgx.RowTo[[]byte])
	}
	if isNone(err) {
		return credentials.Lease{}, false, nil
	}
	if err != nil {
		return credentials.Lease{}, false, explain("find the lease of role "+role, err)
	}
	list, err := readLeases(raw)
	if err != nil {
		return credentials.Lease{}, false, err
	}
	return list[0], true, nil
}

const grantColumns = `g.id, g.version, g.request, g.kind, g.holder, g.database, g.profile, g.duration, g.approved_at, g.claim_by,
	g.state, g.active_at, g.due, g.ending_at, g.ended_at, g.reason, g.ended_by, g.held_by, g.alive_by,
	(SELECT jsonb_agg(to_jsonb(l) ORDER BY l.place) FROM dbaccess.leases l WHERE l.grant_id = g.id)`

// grants reads grants with their leases in one statement, so that both are of
// one moment.
func grants(ctx context.Context, q querier, w where, limit string) ([]credentials.Grant, error) {
	rows, err := q.Query(ctx, "SELECT "+grantColumns+" FROM dbaccess.grants g"+w.sql()+" ORDER BY g.num DESC"+limit, w.args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanGrant)
}

func scanGrant(row pgx.CollectableRow) (credentials.Grant, error) {
	var (
		g                                       credentials.Grant
		duration                                int64
		active, due, ending, ended, held, alive *time.Time
		leases                                  []byte
	)
	err := row.Scan(&g.ID, &g.Version, &g.Request, &g.Kind, &g.Holder, &g.Database, &g.Profile, &duration, &g.ApprovedAt, &g.ClaimBy,
		&g.State, &active, &due, &ending, &ended, &g.Reason, &g.EndedBy, &held, &alive, &leases)
	if err != nil {
		return g, err
	}
	g.Duration = time.Duration(duration)
	g.ApprovedAt, g.ClaimBy = g.ApprovedAt.UTC(), g.ClaimBy.UTC()
	g.ActiveAt, g.Due, g.EndingAt, g.EndedAt, g.HeldBy = moment(active), moment(due), moment(ending), moment(ended), moment(held)
	g.AliveBy = moment(alive)
	g.Leases, err = readLeases(leases)
	return g, err
}

// leaseRow is a lease as Postgres writes it into JSON.
type leaseRow struct {
	ID       credentials.LeaseID    `json:"id"`
	Grant    approvals.GrantID      `json:"grant_id"`
	Database string                 `json:"database"`
	Profile  string                 `json:"profile"`
	Role     string                 `json:"role"`
	RoleOID  uint32                 `json:"role_oid"`
	Handle   string                 `json:"handle"`
	State    credentials.LeaseState `json:"state"`
	Until    *time.Time             `json:"until"`
	At       time.Time              `json:"at"`
	MintedAt *time.Time             `json:"minted_at"`
	EndedAt  *time.Time             `json:"ended_at"`
	Reason   credentials.Reason     `json:"reason"`
	Proof    *credentials.Proof     `json:"proof"`
	Tries    int                    `json:"tries"`
	Trouble  string                 `json:"trouble"`
	Ref      string                 `json:"ref"`
}

func readLeases(raw []byte) ([]credentials.Lease, error) {
	if raw == nil {
		return nil, nil
	}
	var rows []leaseRow
	if err := json.Unmarshal(raw, &rows); err != nil {
		return nil, fmt.Errorf("read leases: %w", err)
	}
	list := make([]credentials.Lease, 0, len(rows))
	for _, l := range rows {
		if l.Proof != nil {
			l.Proof.At = l.Proof.At.UTC()
		}
		list = append(list, credentials.Lease{
			ID: l.ID, Grant: l.Grant, Database: l.Database, Profile: l.Profile, Role: l.Role, RoleOID: l.RoleOID, Handle: l.Handle,
			State: l.State, Until: moment(l.Until), At: l.At.UTC(), MintedAt: moment(l.MintedAt), EndedAt: moment(l.EndedAt),
			Reason: l.Reason, Proof: l.Proof, Tries: l.Tries, Trouble: l.Trouble, Ref: l.Ref,
		})
	}
	return list, nil
}
