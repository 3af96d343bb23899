package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"dbaccess/internal/fault"
)

// Check says whether a database is set up so that access can be given and taken
// back, for start-up and readiness: an error of kind Unavailable names all that
// is missing. Warnings are sentences for operators about what works and is less
// safe than it could be.
func (ts *Targets) Check(ctx context.Context, database string) (warnings []string, err error) {
	t, err := ts.target(database)
	if err != nil {
		return nil, err
	}
	var issuerErr error
	if t.issuer != nil {
		warnings, issuerErr = ts.checkIssuer(ctx, t)
	}
	if err := errors.Join(issuerErr, t.checkMonitor(ctx)); err != nil {
		return warnings, (&fault.Error{
			Kind: fault.Unavailable, Msg: fmt.Sprintf("The database %s is not ready for access.", database),
			Hint: "Its owner runs what `dbaccess target sql` prints.",
		}).With(err)
	}
	return warnings, nil
}

func (ts *Targets) checkIssuer(ctx context.Context, t *target) ([]string, error) {
	conn, err := t.issuer.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect as issuer: %w", err)
	}
	defer conn.Release()
	var replica, super, create bool
	err = conn.QueryRow(ctx, "SELECT pg_catalog.pg_is_in_recovery(), rolsuper, rolcreaterole FROM pg_catalog.pg_roles WHERE rolname = current_user").
		Scan(&replica, &super, &create)
	if err != nil {
		return nil, fmt.Errorf("look at the issuer: %w", err)
	}
	var errs []error
	if replica {
		errs = append(errs, errors.New("the issuer is connected to a replica"))
	}
	if !super && !create {
		errs = append(errs, errors.New("the issuer may not create roles"))
	}
	rows, err := conn.Query(ctx, `SELECT wanted FROM unnest($1::text[]) wanted
		WHERE NOT $2 AND NOT EXISTS (SELECT FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles g ON g.oid = m.roleid
			JOIN pg_catalog.pg_roles me ON me.oid = m.member WHERE g.rolname = wanted AND me.rolname = current_user AND m.admin_option)
		OR NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted)`, t.groups(), super)
	if err != nil {
		return nil, fmt.Errorf("look at the groups: %w", err)
	}
	missing, err := collect[string](rows)
	if err != nil {
		return nil, fmt.Errorf("look at the groups: %w", err)
	}
	for _, group := range missing {
		errs = append(errs, fmt.Errorf("the issuer may not hand out the group %s", group))
	}
	var warnings []string
	if super {
		warnings = append(warnings, fmt.Sprintf("The issuer of %s is a superuser; it needs no more than CREATEROLE and its groups.", t.Name))
	}
	if v := major(conn.Conn().PgConn()); v < 16 && !super {
		warnings = append(warnings, fmt.Sprintf("On PostgreSQL %d the issuer of %s can make itself a member of nearly any role: guard its password like a superuser's.", v, t.Name))
	}
	more, err := t.checkServer(ctx, conn, ts.now)
	return append(warnings, more...), errors.Join(append(errs, err)...)
}

// skewLimit is how far apart our clock and the server's may be before it is
// worth a word: logins end by the server's, everything else by ours.
const skewLimit = 5 * time.Second

// checkServer looks at what about the server itself makes endings less sure.
func (t *target) checkServer(ctx context.Context, conn *pgxpool.Conn, now func() time.Time) (warnings []string, err error) {
	var clock time.Time
	var prepared int
	before := now()
	err = conn.QueryRow(ctx, "SELECT pg_catalog.clock_timestamp(), pg_catalog.current_setting('max_prepared_transactions')::int").Scan(&clock, &prepared)
	if err != nil {
		return nil, fmt.Errorf("look at the server: %w", err)
	}
	if skew := clock.Sub(before).Round(time.Second); skew.Abs() > skewLimit {
		warnings = append(warnings, fmt.Sprintf("The clock of %s's server differs from ours by %s: its logins end so much off the due second.", t.Name, skew))
	}
	if prepared > 0 {
		warnings = append(warnings, fmt.Sprintf("The server of %s allows prepared transactions: one that a holder leaves in another database keeps their role from being dropped.", t.Name))
	}
	return warnings, nil
}

func (t *target) checkMonitor(ctx context.Context) error {
	var may bool
	err := t.monitor.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
		WHERE n.nspname = 'dbaccess_monitor' AND p.proname = 'end_sessions' AND pg_catalog.has_function_privilege(p.oid, 'EXECUTE')
			AND pg_catalog.has_schema_privilege(n.oid, 'USAGE'))`).Scan(&may)
	if err != nil {
		return fmt.Errorf("connect as monitor: %w", err)
	}
	if !may {
		return errors.New("the monitor has no function to end sessions by")
	}
	return nil
}

func (t *target) groups() []string {
	var all []string
	for _, p := range t.Profiles {
		all = append(all, p.Roles...)
	}
	return slices.Compact(slices.Sorted(slices.Values(all)))
}
