package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"dbaccess/credentials"
)

// Roles lists the roles of our prefix that the server has. Roles belong to the
// whole server, so databases on one server list the same.
func (ts *Targets) Roles(ctx context.Context, database string) ([]string, error) {
	t, err := ts.target(database)
	if err != nil {
		return nil, err
	}
	rows, err := t.monitor.Query(ctx, "SELECT rolname::text FROM pg_catalog.pg_roles WHERE starts_with(rolname::text, $1) ORDER BY 1",
		credentials.RolePrefix(ts.install))
	if err != nil {
		return nil, fmt.Errorf("list roles: %w", err)
	}
	return collect[string](rows)
}

// Look looks at roles of our prefix: credentials.Service.Look.
func (ts *Targets) Look(ctx context.Context, database string, roles []string) ([]credentials.Seen, error) {
	t, err := ts.target(database)
	if err != nil {
		return nil, err
	}
	rows, err := t.monitor.Query(ctx, `
		SELECT r.rolname::text,
			CASE WHEN r.rolvaliduntil = '-infinity' THEN 'epoch'::timestamptz WHEN pg_catalog.isfinite(r.rolvaliduntil) THEN r.rolvaliduntil END,
			NOT r.rolcanlogin AND coalesce(r.rolvaliduntil = '-infinity', false)
				AND NOT EXISTS (SELECT FROM pg_catalog.pg_auth_members m WHERE m.member = r.oid),
			(SELECT count(*) FROM pg_catalog.pg_stat_activity a WHERE a.usesysid = r.oid)
		FROM pg_catalog.pg_roles r WHERE starts_with(r.rolname::text, $1) AND r.rolname = ANY ($2::text[]) ORDER BY 1`,
		credentials.RolePrefix(ts.install), roles)
	if err != nil {
		return nil, fmt.Errorf("look at roles: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (seen credentials.Seen, err error) {
		var until *time.Time
		err = row.Scan(&seen.Role, &until, &seen.Disabled, &seen.Sessions)
		if until != nil {
			seen.Until = *until
		}
		return seen, err
	})
}

// Role looks at one role with the monitor's eyes, for issuers that have none
// themselves: its OID, 0 if there is no such role; its VALID UNTIL, zero if that
// is no time; and whether it can neither log in nor do anything.
func (ts *Targets) Role(ctx context.Context, database, name string) (oid uint32, until time.Time, disabled bool, err error) {
	if err := ts.ours(name); err != nil {
		return 0, time.Time{}, false, err
	}
	t, err := ts.target(database)
	if err != nil {
		return 0, time.Time{}, false, err
	}
	var replica bool
	var valid *time.Time
	err = t.monitor.QueryRow(ctx, `
		SELECT pg_catalog.pg_is_in_recovery(), coalesce(r.oid, 0), CASE WHEN pg_catalog.isfinite(r.rolvaliduntil) THEN r.rolvaliduntil END,
			coalesce(NOT r.rolcanlogin AND r.rolvaliduntil = '-infinity'
				AND NOT EXISTS (SELECT FROM pg_catalog.pg_auth_members m WHERE m.member = r.oid), false)
		FROM (SELECT) one LEFT JOIN pg_catalog.pg_roles r ON r.rolname = $1`, name).Scan(&replica, &oid, &valid, &disabled)
	if err == nil && replica {
		err = errors.New("the monitor is connected to a replica, which proves nothing")
	}
	if err != nil {
		return 0, time.Time{}, false, fmt.Errorf("look at role %s on %s: %w", name, database, err)
	}
	if valid != nil {
		until = *valid
	}
	return oid, until, disabled, nil
}
