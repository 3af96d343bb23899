package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"dbaccess/internal/fault"
)

// privileges are what the runtime role may do, table by table, and nothing
// else. It writes the log through dbaccess.append_events only; requests,
// grants, leases and codes it may never remove. Of what must never change (what
// a review said, the terms of a grant, whose code it is) it may not even change
// the column.
var privileges = []struct{ on, may string }{
	{"TABLE dbaccess.schema_version", "SELECT"},
	{"TABLE dbaccess.installation", "SELECT"},
	{"TABLE dbaccess.audit_events", "SELECT"},
	{"TABLE dbaccess.audit_head", "SELECT"},
	{"FUNCTION dbaccess.append_events(text[])", "EXECUTE"},
	{"TABLE dbaccess.requests", "SELECT, INSERT, UPDATE"},
	{"TABLE dbaccess.scripts", "SELECT, INSERT"},
	{"TABLE dbaccess.reviews", "SELECT, INSERT, UPDATE (withdrawn)"},
	{"TABLE dbaccess.grants", "SELECT, INSERT, UPDATE (version, state, active_at, due, ending_at, ended_at, reason, ended_by, held_by, alive_by)"},
	{"TABLE dbaccess.leases", "SELECT, INSERT, UPDATE"},
	{"TABLE dbaccess.codes", "SELECT, INSERT, UPDATE (used_at)"},
	{"TABLE dbaccess.tokens", "SELECT, INSERT, UPDATE (ended_at, ended_by), DELETE"},
	{"TABLE dbaccess.used_identities", "SELECT, INSERT, DELETE"},
	{"TABLE dbaccess.strays", "SELECT, INSERT, UPDATE"},
	{"TABLE dbaccess.slack_messages", "SELECT, INSERT, UPDATE"},
	{"TABLE dbaccess.homes", "SELECT, INSERT, UPDATE"},
	{"TABLE dbaccess.deliveries", "SELECT, INSERT, UPDATE, DELETE"},
	{"TABLE dbaccess.results", "SELECT, INSERT, UPDATE"},
	{"TABLE dbaccess.river_job", "SELECT, INSERT, UPDATE, DELETE"},
	{"TABLE dbaccess.river_leader", "SELECT, INSERT, UPDATE, DELETE"},
	{"TABLE dbaccess.river_queue", "SELECT, INSERT, UPDATE, DELETE"},
	{"TABLE dbaccess.river_notification", "SELECT, INSERT, DELETE"},
	{"TABLE dbaccess.river_migration", "SELECT"},
	{"SEQUENCE dbaccess.river_job_id_seq", "USAGE"},
	{"SEQUENCE dbaccess.river_notification_id_seq", "USAGE"},
}

// checkRuntimeRole refuses roles for which the privileges would mean nothing.
func checkRuntimeRole(ctx context.Context, pool *pgxpool.Pool, role string) error {
	var super, owner bool
	err := pool.QueryRow(ctx, `
		SELECT rolsuper, pg_has_role(oid, current_user, 'MEMBER') FROM pg_roles WHERE rolname = $1`, role).Scan(&super, &owner)
	switch {
	case isNone(err):
		return fault.New(fault.NotFound, fmt.Sprintf("The server's role %q does not exist.", role),
			"Make it first: CREATE ROLE "+pgx.Identifier{role}.Sanitize()+" LOGIN PASSWORD '…';")
	case err != nil:
		return err
	case super, owner:
		return fault.New(fault.Invalid, fmt.Sprintf("The server's role %q could rewrite the log: it is a superuser or can become the store's owner.", role),
			"Give store.url a role of its own, without attributes and memberships.")
	}
	return nil
}

// grantRuntime gives the role exactly the privileges, all at once or none.
func grantRuntime(ctx context.Context, pool *pgxpool.Pool, role string) error {
	to := pgx.Identifier{role}.Sanitize()
	var b strings.Builder
	for _, kind := range []string{"TABLES", "SEQUENCES", "FUNCTIONS"} {
		fmt.Fprintf(&b, "REVOKE ALL ON ALL %s IN SCHEMA dbaccess FROM %s;\n", kind, to)
	}
	fmt.Fprintf(&b, "REVOKE ALL ON SCHEMA dbaccess FROM %s;\nGRANT USAGE ON SCHEMA dbaccess TO %s;\n", to, to)
	for _, p := range privileges {
		fmt.Fprintf(&b, "GRANT %s ON %s TO %s;\n", p.may, p.on, to)
	}
	err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, b.String())
		return err
	})
	if err != nil {
		return fmt.Errorf("give %s its privileges: %w", role, err)
	}
	return nil
}
