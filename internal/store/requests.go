package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"dbaccess/approvals"
	"dbaccess/approvals/policy"
)

var _ approvals.Store = (*Store)(nil)

// requestColumns are what is written of a request, in the order of
// requestValues. The version is written apart.
const requestColumns = `state, revision, digest, kind, requester, database, profile, duration, statement, params,
	row_bound, settings, reason, once, verdict, route, created_at, expires_at, decided_at, outcome, grant_id, started_at, ended_at, rows,
	impact, mark, fate, fused, failed_at, acts_for, claims, result_key,
	job, verdicts, standing_scope, standing_level, standing_until, standing_ended_at, standing_ended_by, under, differs`

func requestValues(r approvals.Request) ([]any, error) {
	var docs [8][]byte
	for i, v := range []any{r.Settings, r.Verdict, r.Route, r.Impact, r.Mark, r.Claims, r.Job, r.Verdicts} {
		var err error
		if docs[i], err = asJSON(v); err != nil {
			return nil, err
		}
	}
	if r.Impact == (approvals.Impact{}) {
		docs[3] = nil
	}
	if r.Mark == (approvals.Mark{}) {
		docs[4] = nil
	}
	if len(r.Claims) == 0 {
		docs[5] = nil
	}
	if r.Job == nil {
		docs[6], docs[7] = nil, nil
	}
	return []any{
		r.State, r.Revision, r.Digest[:], r.Kind, r.Requester, r.Database, r.Profile, int64(r.Duration), r.Statement, r.Params,
		r.RowBound, docs[0], r.Reason, optional(r.Once), docs[1], docs[2], r.CreatedAt, stamp(r.ExpiresAt), stamp(r.DecidedAt),
		r.Outcome, optional(string(r.Grant)), stamp(r.StartedAt), stamp(r.EndedAt), r.Rows,
		docs[3], docs[4], optional(string(r.Fate)), r.Fused, r.FailedAt, r.For, docs[5], r.ResultKey,
		docs[6], docs[7], optional(string(r.Standing.Scope)), r.Standing.Level, stamp(r.Standing.Until), stamp(r.Standing.EndedAt), r.Standing.EndedBy,
		optional(string(r.Under)), r.Differs,
	}, nil
}

// Insert implements approvals.Store.
func (s *Store) Insert(ctx context.Context, r approvals.Request, c approvals.Change) error {
	return s.change(ctx, "insert request "+string(r.ID), func(tx pgx.Tx) (effects, error) {
		values, err := requestValues(r)
		if err != nil {
			return effects{}, err
		}
		if err := hold(ctx, tx, c.Held); err != nil {
			return effects{}, err
		}
		_, err = tx.Exec(ctx, `INSERT INTO dbaccess.requests (id, version, `+requestColumns+`) VALUES
			($1, 1, `+places(2, len(values))+`)`,
			append([]any{r.ID}, values...)...)
		if broke(err, "requests_once_key") {
			return effects{}, approvals.ErrAsked
		}
		if err != nil {
			return effects{}, err
		}
		if err := putScripts(ctx, tx, c.Scripts); err != nil {
			return effects{}, err
		}
		return requestEffects(c), s.putReviews(ctx, tx, r)
	})
}

// Update implements approvals.Store.
func (s *Store) Update(ctx context.Context, r approvals.Request, c approvals.Change) error {
	return s.change(ctx, "update request "+string(r.ID), func(tx pgx.Tx) (effects, error) {
		values, err := requestValues(r)
		if err != nil {
			return effects{}, err
		}
		tag, err := tx.Exec(ctx, `UPDATE dbaccess.requests SET version = version + 1, (`+requestColumns+`) =
			(`+places(3, len(values))+`)
			WHERE id = $1 AND version = $2`,
			append([]any{r.ID, r.Version}, values...)...)
		if err != nil {
			return effects{}, err
		}
		if tag.RowsAffected() == 0 {
			return effects{}, missing(ctx, tx, "requests", string(r.ID), approvals.ErrNoRequest, approvals.ErrStale)
		}
		fx := requestEffects(c)
		fx.asked = string(r.ID)
		return fx, s.putReviews(ctx, tx, r)
	})
}

// Note implements approvals.Store.
func (s *Store) Note(ctx context.Context, c approvals.Change) error {
	return s.change(ctx, "note", func(pgx.Tx) (effects, error) { return requestEffects(c), nil })
}

func requestEffects(c approvals.Change) effects {
	return effects{events: c.Events, todos: c.Todos, grant: c.Grant}
}

// missing says why a compare-and-set met no row.
func missing(ctx context.Context, tx pgx.Tx, table, id string, unknown, stale error) error {
	var there bool
	if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM dbaccess."+table+" WHERE id = $1)", id).Scan(&there); err != nil {
		return err
	}
	if there {
		return stale
	}
	return unknown
}

// putReviews inserts and updates the request's reviews: first those that no
// longer stand, since nobody may have two standing ones at any moment.
func (s *Store) putReviews(ctx context.Context, tx pgx.Tx, r approvals.Request) error {
	var batch pgx.Batch
	for _, standing := range []bool{false, true} {
		for i, v := range r.Reviews {
			if v.Withdrawn.IsZero() != standing {
				continue
			}
			route, err := asJSON(v.Route)
			if err != nil {
				return err
			}
			batch.Queue(`
				INSERT INTO dbaccess.reviews (id, request, place, revision, digest, reviewer, groups, answer, reason, via, policy, route, at, withdrawn, scope, days)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
				ON CONFLICT (id) DO UPDATE SET withdrawn = excluded.withdrawn
				WHERE reviews.request = excluded.request`,
				v.ID, r.ID, i, v.Revision, v.Digest[:], v.Reviewer, v.Groups, v.Answer, v.Reason, v.Via, v.Policy, route, v.At, stamp(v.Withdrawn), v.Scope, v.Days)
		}
	}
	if batch.Len() == 0 {
		return nil
	}
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("put reviews: %w", err)
	}
	return nil
}

// Request implements approvals.Store.
func (s *Store) Request(ctx context.Context, id approvals.RequestID) (approvals.Request, error) {
	var w where
	w.add("r.id = ?", id)
	list, err := s.requests(ctx, w, "")
	return only(list, err, approvals.ErrNoRequest, "read request "+string(id))
}

// Requests implements approvals.Store.
func (s *Store) Requests(ctx context.Context, f approvals.Filter) ([]approvals.Request, error) {
	var w where
	if f.Requester != "" {
		w.add("r.requester = ?", f.Requester)
	}
	if f.Of != "" {
		w.add("(r.requester = ? OR split_part(r.requester, '@', 2) = ?)", f.Of, f.Of)
	}
	if f.Before != "" {
		w.add("r.num < (SELECT num FROM dbaccess.requests WHERE id = ?)", f.Before)
	}
	if f.Database != "" {
		w.add("r.database = ?", f.Database)
	}
	if f.Profile != "" {
		w.add("r.profile = ?", f.Profile)
	}
	if f.Standing {
		w.add("r.standing_scope IS NOT NULL")
	}
	if f.Under != "" {
		w.add("r.under = ?", f.Under)
	}
	if f.Once != "" {
		w.add("r.once = ?", f.Once)
	}
	if len(f.States) > 0 {
		w.add("r.state = ANY(?)", texts(f.States))
	}
	if !f.ExpiredBy.IsZero() {
		w.add("r.state = 'pending' AND r.expires_at <= ?", f.ExpiredBy)
	}
	if !f.StartedBefore.IsZero() {
		w.add("r.state = 'executing' AND r.started_at < ?", f.StartedBefore)
	}
	list, err := s.requests(ctx, w, limit(f.Limit))
	return list, explain("list requests", err)
}

// requests reads requests with their reviews in one statement, so that both
// are of one moment.
func (s *Store) requests(ctx context.Context, w where, limit string) ([]approvals.Request, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT r.id, r.version, `+requestColumns+`,
			(SELECT jsonb_agg(to_jsonb(v) ORDER BY v.place) FROM dbaccess.reviews v WHERE v.request = r.id)
		FROM dbaccess.requests r`+w.sql()+` ORDER BY r.num DESC`+limit, w.args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanRequest)
}

func scanRequest(row pgx.CollectableRow) (approvals.Request, error) {
	var (
		r                                approvals.Request
		digest                           []byte
		settings, verdict, route, revs   []byte
		impact, mark, claims, job, each  []byte
		scope, under                     *string
		stands, stood                    *time.Time
		once, grant, fate                *string
		duration                         int64
		created                          time.Time
		expires, decided, started, ended *time.Time
	)
	err := row.Scan(&r.ID, &r.Version, &r.State, &r.Revision, &digest, &r.Kind, &r.Requester, &r.Database, &r.Profile, &duration,
		&r.Statement, &r.Params, &r.RowBound, &settings, &r.Reason, &once, &verdict, &route, &created, &expires, &decided,
		&r.Outcome, &grant, &started, &ended, &r.Rows,
		&impact, &mark, &fate, &r.Fused, &r.FailedAt, &r.For, &claims, &r.ResultKey,
		&job, &each, &scope, &r.Standing.Level, &stands, &stood, &r.Standing.EndedBy, &under, &r.Differs, &revs)
	if err != nil {
		return r, err
	}
	copy(r.Digest[:], digest)
	r.Duration = time.Duration(duration)
	r.CreatedAt, r.ExpiresAt, r.DecidedAt = created.UTC(), moment(expires), moment(decided)
	r.StartedAt, r.EndedAt = moment(started), moment(ended)
	if once != nil {
		r.Once = *once
	}
	if grant != nil {
		r.Grant = approvals.GrantID(*grant)
	}
	r.Standing.Until, r.Standing.EndedAt = moment(stands), moment(stood)
	if scope != nil {
		r.Standing.Scope = approvals.Scope(*scope)
	}
	if under != nil {
		r.Under = approvals.RequestID(*under)
	}
	if fate != nil {
		r.Fate = approvals.Fate(*fate)
	}
	for _, doc := range []struct {
		raw  []byte
		into any
	}{{settings, &r.Settings}, {verdict, &r.Verdict}, {route, &r.Route}, {impact, &r.Impact}, {mark, &r.Mark}, {claims, &r.Claims}, {job, &r.Job}, {each, &r.Verdicts}} {
		if doc.raw == nil {
			continue
		}
		if err := json.Unmarshal(doc.raw, doc.into); err != nil {
			return r, fmt.Errorf("read request %s: %w", r.ID, err)
		}
	}
	r.Reviews, err = readReviews(revs)
	return r, err
}

// reviewRow is a review as Postgres writes it into JSON.
type reviewRow struct {
	ID        approvals.ReviewID `json:"id"`
	Revision  int                `json:"revision"`
	Digest    hexBytes           `json:"digest"`
	Reviewer  string             `json:"reviewer"`
	Groups    []string           `json:"groups"`
	Answer    approvals.Answer   `json:"answer"`
	Reason    string             `json:"reason"`
	Via       approvals.Via      `json:"via"`
	Policy    string             `json:"policy"`
	Route     policy.Route       `json:"route"`
	At        time.Time          `json:"at"`
	Withdrawn *time.Time         `json:"withdrawn"`
	Scope     approvals.Scope    `json:"scope"`
	Days      int                `json:"days"`
}

func readReviews(raw []byte) ([]approvals.Review, error) {
	if raw == nil {
		return nil, nil
	}
	var rows []reviewRow
	if err := json.Unmarshal(raw, &rows); err != nil {
		return nil, fmt.Errorf("read reviews: %w", err)
	}
	list := make([]approvals.Review, 0, len(rows))
	for _, v := range rows {
		r := approvals.Review{
			ID: v.ID, Revision: v.Revision, Reviewer: v.Reviewer, Groups: v.Groups, Answer: v.Answer, Reason: v.Reason,
			Via: v.Via, Policy: v.Policy, Route: v.Route, At: v.At.UTC(), Withdrawn: moment(v.Withdrawn),
			Scope: v.Scope, Days: v.Days,
		}
		copy(r.Digest[:], v.Digest)
		list = append(list, r)
	}
	return list, nil
}
