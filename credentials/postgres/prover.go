package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"dbaccess/credentials"
)

const (
	apart     = 100 * time.Millisecond // between the two looks of a proof
	dieWithin = 500 * time.Millisecond // how long ended sessions are waited for
)

// EndSessions terminates every session of the leases' roles, by one call of the
// monitor's function, and waits a moment until they are gone.
func (ts *Targets) EndSessions(ctx context.Context, database string, leases []credentials.Lease) ([]int, error) {
	ended := make([]int, len(leases))
	t, err := ts.target(database)
	if err != nil {
		return ended, err
	}
	names, oids := namesAndOIDs(leases)
	rows, err := t.monitor.Query(ctx, "SELECT role_oid, coalesce(role_name, ''), sessions FROM dbaccess_monitor.end_sessions($1, $2, $3)", ts.install, names, oids)
	if err != nil {
		return ended, fmt.Errorf("end sessions on %s: %w", database, err)
	}
	var oid uint32
	var name string
	var sessions int
	total := 0
	_, err = pgx.ForEachRow(rows, []any{&oid, &name, &sessions}, func() error {
		total += sessions
		for i, l := range leases {
			if l.Role == name || name == "" && l.RoleOID == oid {
				ended[i] += sessions
			}
		}
		return nil
	})
	if err != nil {
		return ended, fmt.Errorf("end sessions on %s: %w", database, err)
	}
	if total > 0 {
		err = t.waitGone(ctx, names, oids)
	}
	return ended, err
}

// waitGone waits until no session of the roles is left, but not for long: one
// that will not die, or comes again, is for the next step to see.
func (t *target) waitGone(ctx context.Context, names []string, oids []uint32) error {
	deadline := time.Now().Add(dieWithin)
	for {
		var left int
		err := t.monitor.QueryRow(ctx, "SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE usename = ANY ($1::text[]) OR usesysid <> 0 AND usesysid = ANY ($2::oid[])",
			names, oids).Scan(&left)
		if err != nil {
			return fmt.Errorf("wait for sessions to end: %w", err)
		}
		if left == 0 || time.Now().After(deadline) {
			return nil
		}
		if err := sleep(ctx, 5*time.Millisecond); err != nil {
			return err
		}
	}
}

// look is what one look at the target showed of one lease.
type look struct {
	exists   bool // a role of its name or OID
	disabled bool // that role cannot log in and belongs to nothing
	sessions int
}

// Prove looks twice, on the primary.
func (ts *Targets) Prove(ctx context.Context, database string, leases []credentials.Lease) ([]*credentials.Proof, error) {
	proofs := make([]*credentials.Proof, len(leases))
	t, err := ts.target(database)
	if err != nil {
		return proofs, err
	}
	first, err := t.look(ctx, leases)
	if err != nil {
		return proofs, fmt.Errorf("look at %s: %w", database, err)
	}
	if err := sleep(ctx, apart); err != nil {
		return proofs, err
	}
	second, err := t.look(ctx, leases)
	if err != nil {
		return proofs, fmt.Errorf("look at %s again: %w", database, err)
	}
	at := ts.now()
	var errs []error
	for i, l := range leases {
		a, b := first[i], second[i]
		switch {
		case a.sessions+b.sessions > 0:
			errs = append(errs, fmt.Errorf("role %s still has sessions", l.Role))
		case a.exists && !a.disabled, b.exists && !b.disabled:
			errs = append(errs, fmt.Errorf("role %s still exists", l.Role))
		default:
			proofs[i] = &credentials.Proof{At: at, Role: l.Role, RoleOID: l.RoleOID, Disabled: b.exists}
		}
	}
	return proofs, errors.Join(errs...)
}

// look reads, in one statement, what there is of the leases' roles.
func (t *target) look(ctx context.Context, leases []credentials.Lease) ([]look, error) {
	names, oids := namesAndOIDs(leases)
	rows, err := t.monitor.Query(ctx, `
		WITH session AS MATERIALIZED (SELECT usesysid, usename FROM pg_catalog.pg_stat_activity WHERE usesysid IS NOT NULL)
		SELECT lease.i, pg_catalog.pg_is_in_recovery(), role.oid IS NOT NULL,
			role.oid IS NOT NULL AND NOT role.rolcanlogin AND role.rolvaliduntil = '-infinity'
				AND NOT EXISTS (SELECT FROM pg_catalog.pg_auth_members m WHERE m.member = role.oid),
			(SELECT count(*) FROM session WHERE usename = lease.name OR usesysid = NULLIF(lease.oid, 0) OR usesysid = role.oid)
		FROM unnest($1::text[], $2::oid[]) WITH ORDINALITY AS lease (name, oid, i)
		LEFT JOIN pg_catalog.pg_roles role ON role.rolname = lease.name OR role.oid = NULLIF(lease.oid, 0)`, names, oids)
	if err != nil {
		return nil, err
	}
	seen := make([]look, len(leases))
	for i := range seen {
		seen[i].disabled = true
	}
	var i, sessions int
	var replica, exists, disabled bool
	_, err = pgx.ForEachRow(rows, []any{&i, &replica, &exists, &disabled, &sessions}, func() error {
		if replica {
			return errors.New("the monitor is connected to a replica, which proves nothing")
		}
		l := &seen[i-1] // twice if name and OID are two roles
		l.exists = l.exists || exists
		l.disabled = l.disabled && (disabled || !exists)
		l.sessions = max(l.sessions, sessions)
		return nil
	})
	return seen, err
}

func namesAndOIDs(leases []credentials.Lease) (names []string, oids []uint32) {
	names, oids = make([]string, len(leases)), make([]uint32, len(leases))
	for i, l := range leases {
		names[i], oids[i] = l.Role, l.RoleOID
	}
	return names, oids
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
