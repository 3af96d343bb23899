package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"dbaccess/credentials"
)

// Revoke removes the lease's role, its sessions and all that it owns in the
// target's database.
func (ts *Targets) Revoke(ctx context.Context, l credentials.Lease) error {
	if err := ts.ours(l.Role); err != nil {
		return err
	}
	t, err := ts.target(l.Database)
	if err != nil {
		return err
	}
	conn, err := t.issuer.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("connect as issuer: %w", err)
	}
	defer conn.Release()
	return retry(func() error { return revoke(ctx, conn, l.Role) })
}

// revoke does the five steps, each of which may find its work done already.
func revoke(ctx context.Context, conn *pgxpool.Conn, role string) error {
	var oid uint32
	var groups []string
	err := conn.QueryRow(ctx, `
		SELECT r.oid, ARRAY(SELECT g.rolname::text FROM pg_catalog.pg_auth_members m
			JOIN pg_catalog.pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid ORDER BY 1)
		FROM pg_catalog.pg_roles r WHERE r.rolname = $1`, role).Scan(&oid, &groups)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look at the role: %w", err)
	}
	pg := conn.Conn().PgConn()

	// One transaction, committed before any session is ended: whoever connects
	// again from now on is refused, and whoever is still connected has no rights.
	if _, err := pg.Exec(ctx, disable(role, groups, major(pg))).ReadAll(); err != nil {
		return fmt.Errorf("disable the role: %w", err)
	}
	// By OID: a client that was just connecting shows up by it alone.
	if _, err := conn.Exec(ctx, "SELECT pg_catalog.pg_terminate_backend(pid, 2000) FROM pg_catalog.pg_stat_activity WHERE usesysid = $1", oid); err != nil {
		return fmt.Errorf("end its sessions: %w", err)
	}
	_, err = pg.Exec(ctx, "DROP OWNED BY "+ident(role)+"; DROP ROLE "+ident(role)).ReadAll()
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) && pgErr.Code == "2BP01" { // dependent_objects_still_exist
		return fmt.Errorf("%w: %s", credentials.ErrDisabled, pgErr.Detail)
	}
	if err != nil {
		return fmt.Errorf("drop the role: %w", err)
	}
	return nil
}

// disable takes everything from a role but its existence, and gives us what it
// takes to end its sessions and drop what it owns: its own rights, which are
// none by then.
func disable(role string, groups []string, version int) string {
	r := ident(role)
	stmts := []string{"ALTER ROLE " + r + " NOLOGIN CONNECTION LIMIT 0 PASSWORD NULL VALID UNTIL '-infinity'"}
	for _, group := range groups {
		stmts = append(stmts, "REVOKE "+ident(group)+" FROM "+r)
	}
	self := "GRANT " + r + " TO CURRENT_USER"
	if version >= 16 {
		self += " WITH INHERIT TRUE, SET FALSE"
	}
	return strings.Join(append(stmts, self), "; ")
}

// retry calls f again when Postgres gave up on it only because somebody else
// was at the same rows of its catalogs: "tuple concurrently updated", "could
// not find tuple for role" and their kin are internal errors to it.
func retry(f func() error) error {
	var err error
	for range 5 {
		err = f()
		var pgErr *pgconn.PgError
		if !errors.As(err, &pgErr) || !slices.Contains([]string{
			"XX000", // internal_error
			"40P01", // deadlock_detected
			"40001", // serialization_failure
			"42704", // undefined_object: dropped just now
		}, pgErr.Code) {
			return err
		}
	}
	return err
}
