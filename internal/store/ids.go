package store

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"dbaccess/approvals"
)

// mostAlike is how many ids are returned that begin alike: more than one is a
// mistake of whoever gave the beginning, and a few show it.
const mostAlike = 10

// RequestIDs returns the requests whose ids begin with that, newest first and ten
// at most. "req_" need not stand in front.
func (s *Store) RequestIDs(ctx context.Context, beginning string) ([]approvals.RequestID, error) {
	return alike[approvals.RequestID](ctx, s, "SELECT id FROM dbaccess.requests WHERE starts_with(id, $1)", "req_", beginning)
}

// GrantIDs returns the grants whose ids, or whose requests' ids, begin with that,
// newest first and ten at most. "grt_" need not stand in front.
func (s *Store) GrantIDs(ctx context.Context, beginning string) ([]approvals.GrantID, error) {
	if strings.HasPrefix(beginning, "req_") {
		return alike[approvals.GrantID](ctx, s, "SELECT id FROM dbaccess.grants WHERE starts_with(request, $1)", "req_", beginning)
	}
	return alike[approvals.GrantID](ctx, s,
		"SELECT id FROM dbaccess.grants WHERE starts_with(id, $1) OR starts_with(request, 'req_' || substr($1, 5))", "grt_", beginning)
}

func alike[ID ~string](ctx context.Context, s *Store, sql, kind, beginning string) ([]ID, error) {
	if !strings.HasPrefix(beginning, kind) {
		beginning = kind + beginning
	}
	rows, err := s.pool.Query(ctx, sql+" ORDER BY num DESC LIMIT $2", beginning, mostAlike)
	if err != nil {
		return nil, explain("find ids", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[ID])
	return ids, explain("find ids", err)
}
