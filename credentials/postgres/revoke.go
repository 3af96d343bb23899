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
	t, err := ts.issuing(l.Database)
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

// revoke takes its steps, each of which may find its work done already.
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

	// Committed before any session is ended: whoever is still connected has no
	// rights, and whoever connects again from now on is refused. The rights go
	// first, and alone: nothing that the role can do holds that up, while an open
	// transaction in which it changed its own password holds up all that follows.
	if _, err := pg.Exec(ctx, strip(role, groups, major(pg))).ReadAll(); err != nil {
		return fmt.Errorf("take the role's rights: %w", err)
	}
	elsewhere, err := rollBackPrepared(ctx, conn, role)
	if err != nil {
		return fmt.Errorf("roll back what the role has prepared: %w", err)
	}
	if _, err := pg.Exec(ctx, "ALTER ROLE "+ident(role)+" NOLOGIN CONNECTION LIMIT 0 PASSWORD NULL VALID UNTIL '-infinity'").ReadAll(); err != nil {
		return fmt.Errorf("disable the role%s: %w", elsewhere, err)
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

// strip takes everything from a role but its existence and its login, and gives
// us what it takes to end its sessions, roll back what it prepared and drop what
// it owns: its own rights, which are none by then.
func strip(role string, groups []string, version int) string {
	r := ident(role)
	var stmts []string
	for _, group := range groups {
		stmts = append(stmts, "REVOKE "+ident(group)+" FROM "+r)
	}
	self := "GRANT " + r + " TO CURRENT_USER"
	if version >= 16 {
		self += " WITH INHERIT TRUE, SET TRUE"
	}
	return strings.Join(append(stmts, self), "; ")
}

// rollBackPrepared rolls back the role's prepared transactions in this database.
// They outlive their session and keep its locks, even that on the role itself.
// Those in other databases are out of our reach: elsewhere names one, for the
// error that it will cause.
func rollBackPrepared(ctx context.Context, conn *pgxpool.Conn, role string) (elsewhere string, err error) {
	rows, err := conn.Query(ctx, `SELECT gid, CASE WHEN database = pg_catalog.current_database() THEN '' ELSE database::text END
		FROM pg_catalog.pg_prepared_xacts WHERE owner = $1`, role)
	if err != nil {
		return "", err
	}
	var gid, database string
	var here []string
	_, err = pgx.ForEachRow(rows, []any{&gid, &database}, func() error {
		if database == "" {
			here = append(here, gid)
		} else {
			elsewhere = fmt.Sprintf(" (it has a prepared transaction in the database %q: a superuser must ROLLBACK PREPARED %s there)", database, literal(gid))
		}
		return nil
	})
	if err != nil || len(here) == 0 {
		return elsewhere, err
	}
	pg := conn.Conn().PgConn()
	// Only who prepared it may roll it back.
	if _, err := pg.Exec(ctx, "SET ROLE "+ident(role)).ReadAll(); err != nil {
		return elsewhere, err
	}
	for _, gid := range here {
		if _, err := pg.Exec(ctx, "ROLLBACK PREPARED "+literal(gid)).ReadAll(); err != nil {
			return elsewhere, errors.Join(err, pg.Close(ctx)) // not again as that role
		}
	}
	if _, err := pg.Exec(ctx, "RESET ROLE").ReadAll(); err != nil {
		return elsewhere, errors.Join(err, pg.Close(ctx))
	}
	return elsewhere, nil
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
