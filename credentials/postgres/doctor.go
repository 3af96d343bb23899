package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"dbaccess/internal/checkup"
)

// Checks are what `dbaccess doctor` looks at on a database: whether access can be
// given and taken back, and what would let a holder around their profile. Unlike
// Check, which the server runs for itself, they say what to do about each thing.
func (ts *Targets) Checks(database string) ([]checkup.Check, error) {
	t, err := ts.target(database)
	if err != nil {
		return nil, err
	}
	list := []checkup.Check{
		{Name: "monitor", Look: t.lookAtMonitor},
		{Name: "issuer", Look: t.lookAtIssuer},
	}
	for _, p := range t.Profiles {
		list = append(list, checkup.Check{Name: "profile " + p.Name, Look: t.seen(func(ctx context.Context, c *pgx.Conn) ([]checkup.Finding, error) {
			return t.lookAtProfile(ctx, c, p)
		})})
	}
	return append(list,
		checkup.Check{Name: "PUBLIC", Look: t.seen(t.lookAtPublic)},
		checkup.Check{Name: "log-in", Look: func(ctx context.Context) []checkup.Finding { return t.lookAtLogin(ctx, ts.install) }},
		checkup.Check{Name: "pg_hba.conf", Look: t.seen(t.lookAtRules)},
		checkup.Check{Name: "encryption", Look: t.lookAtEncryption},
		checkup.Check{Name: "version", Look: t.seen(t.lookAtVersion)},
		checkup.Check{Name: "prepared transactions", Look: t.seen(t.lookAtPrepared)},
		checkup.Check{Name: "clock", Look: t.seen(func(ctx context.Context, c *pgx.Conn) ([]checkup.Finding, error) {
			return t.lookAtClock(ctx, c, ts.now)
		})},
	), nil
}

// seen looks with the monitor's eyes, or the issuer's if the monitor is blind: the
// catalogs are open to both.
func (t *target) seen(look func(context.Context, *pgx.Conn) ([]checkup.Finding, error)) func(context.Context) []checkup.Finding {
	return func(ctx context.Context) []checkup.Finding {
		conn, err := t.monitor.Acquire(ctx)
		if err != nil && t.issuer != nil {
			conn, err = t.issuer.Acquire(ctx)
		}
		if err != nil {
			return []checkup.Finding{checkup.Warn("Mend the connection first.", "Not looked at, since nobody of ours can connect.")}
		}
		defer conn.Release()
		found, err := look(ctx, conn.Conn())
		if err != nil {
			return append(found, checkup.Wrong("", "Not looked at: %s.", reason(err)))
		}
		return found
	}
}

// reason says an error's cause in few words. A connection's error names neither
// password nor URL.
func reason(err error) string {
	var pg *pgconn.PgError
	var connect *pgconn.ConnectError
	var network *net.OpError
	switch {
	case errors.As(err, &pg):
		return pg.Message
	case errors.Is(err, context.DeadlineExceeded):
		return "it did not answer in time"
	case errors.As(err, &network):
		return network.Err.Error()
	case errors.As(err, &connect):
		if cause := errors.Unwrap(connect); cause != nil {
			err = cause
		}
		_, last, _ := strings.Cut(err.Error(), "): ") // behind "host:port (address)"
		if last != "" {
			return last
		}
	}
	return err.Error()
}

// connect takes a connection, or finds why there is none.
func (t *target) connect(ctx context.Context, pool *pgxpool.Pool, who, key string) (*pgxpool.Conn, []checkup.Finding) {
	conn, err := pool.Acquire(ctx)
	if err == nil {
		return conn, nil
	}
	c := pool.Config().ConnConfig
	do := fmt.Sprintf("Is the server up, and are role and password in %s right? `dbaccess target sql %s` makes the role.", key, t.Name)
	return nil, []checkup.Finding{checkup.Wrong(do, "The %s cannot connect to %s:%d as %s: %s.", who, c.Host, c.Port, c.User, reason(err))}
}

// setup is what mends whatever the database's owner has to grant.
func (t *target) setup(what string) string {
	return fmt.Sprintf("Its owner runs what `dbaccess target sql %s` prints: %s.", t.Name, what)
}

func (t *target) lookAtMonitor(ctx context.Context) []checkup.Finding {
	conn, found := t.connect(ctx, t.monitor, "monitor", "monitor_url")
	if conn == nil {
		return found
	}
	defer conn.Release()
	var me string
	var replica, super, more bool
	err := conn.QueryRow(ctx, `SELECT rolname::text, pg_is_in_recovery(), rolsuper, rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls
		FROM pg_roles WHERE rolname = current_user`).Scan(&me, &replica, &super, &more)
	if err != nil {
		return []checkup.Finding{checkup.Wrong("", "The monitor cannot look at itself: %s.", reason(err))}
	}
	if replica {
		found = append(found, checkup.Wrong("Let monitor_url lead to the primary.", "The monitor is connected to a replica, which proves nothing."))
	}
	if super || more {
		found = append(found, checkup.Warn("ALTER ROLE "+ident(me)+" NOSUPERUSER NOCREATEROLE NOCREATEDB NOREPLICATION NOBYPASSRLS;",
			"%s has more rights than a monitor needs, which are to look and to call one function.", me))
	}
	found = append(found, t.lookAtFunction(ctx, conn.Conn())...)
	return checkup.Or(found, "%s connects, and may end the sessions of our roles and of no others.", me)
}

// lookAtFunction looks at the function by which the monitor ends sessions.
func (t *target) lookAtFunction(ctx context.Context, conn *pgx.Conn) []checkup.Finding {
	var owner string
	var definer, pinned, may, everybody, super, login, signals, sees bool
	err := conn.QueryRow(ctx, `
		SELECT o.rolname::text, p.prosecdef, EXISTS (SELECT FROM unnest(p.proconfig) s WHERE s LIKE 'search_path=%'),
			has_function_privilege(p.oid, 'EXECUTE') AND has_schema_privilege(n.oid, 'USAGE'),
			has_function_privilege('public', p.oid, 'EXECUTE') AND has_schema_privilege('public', n.oid, 'USAGE'), o.rolsuper, o.rolcanlogin,
			pg_has_role(o.oid, 'pg_signal_backend', 'USAGE'), pg_has_role(o.oid, 'pg_read_all_stats', 'USAGE')
		FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_roles o ON o.oid = p.proowner
		WHERE n.nspname = 'dbaccess_monitor' AND p.proname = 'end_sessions'`).
		Scan(&owner, &definer, &pinned, &may, &everybody, &super, &login, &signals, &sees)
	const again = "it makes the function anew"
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return []checkup.Finding{checkup.Wrong(t.setup(again), "The function dbaccess_monitor.end_sessions is missing: no session could be ended.")}
	case err != nil:
		return []checkup.Finding{checkup.Wrong("", "The function that ends sessions cannot be looked at: %s.", reason(err))}
	}
	var found []checkup.Finding
	if !may {
		found = append(found, checkup.Wrong(t.setup("it grants EXECUTE"), "The monitor may not call dbaccess_monitor.end_sessions."))
	}
	if !definer || !signals || !sees {
		found = append(found, checkup.Wrong(t.setup(again), "dbaccess_monitor.end_sessions cannot end sessions: its owner %s lacks pg_signal_backend or pg_read_all_stats, or it does not run as its owner.", owner))
	}
	if super || login || !pinned {
		found = append(found, checkup.Warn(t.setup(again), "dbaccess_monitor.end_sessions belongs to %s, and should belong to a role that is no superuser and cannot log in, with its search_path set.", owner))
	}
	if everybody {
		found = append(found, checkup.Warn("REVOKE ALL ON SCHEMA dbaccess_monitor FROM PUBLIC;", "Everybody may call dbaccess_monitor.end_sessions, and so end other holders' sessions."))
	}
	return found
}

// issuerFacts are what the server says of the role that mints.
type issuerFacts struct {
	role                            string
	version                         int
	replica, super, create, surplus bool
	missing                         []string // groups that it may not hand out, or that are not there
	others                          []string // groups that are none of ours
}

func (t *target) lookAtIssuer(ctx context.Context) []checkup.Finding {
	pool, who, key := t.issuer, "issuer", "issuer_url"
	if pool == nil {
		if t.IssuerRole == "" {
			return nil // nobody told us who mints
		}
		pool, who, key = t.monitor, "monitor", "monitor_url"
	}
	conn, found := t.connect(ctx, pool, who, key)
	if conn == nil {
		if t.issuer == nil {
			return nil // the monitor's own check says it
		}
		return found
	}
	defer conn.Release()
	role := t.IssuerRole
	if t.issuer != nil {
		role = conn.Conn().Config().User
	}
	facts, err := t.issuerFacts(ctx, conn.Conn(), role)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return []checkup.Finding{checkup.Wrong(t.setup("it makes the role"), "The role %s, which should mint, is not there.", role)}
	case err != nil:
		return []checkup.Finding{checkup.Wrong("", "The issuer cannot be looked at: %s.", reason(err))}
	}
	return t.judgeIssuer(facts)
}

func (t *target) issuerFacts(ctx context.Context, conn *pgx.Conn, role string) (f issuerFacts, err error) {
	f.role, f.version = role, major(conn.PgConn())
	err = conn.QueryRow(ctx, `
		SELECT pg_is_in_recovery(), r.rolsuper, r.rolcreaterole, r.rolcreatedb OR r.rolreplication OR r.rolbypassrls,
			ARRAY(SELECT w FROM unnest($2::text[]) w WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = w)
				OR NOT r.rolsuper AND NOT EXISTS (SELECT FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
					WHERE g.rolname = w AND m.member = r.oid AND m.admin_option)),
			ARRAY(SELECT DISTINCT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
				WHERE m.member = r.oid AND g.rolname <> ALL ($2::text[]) AND NOT starts_with(g.rolname::text, 'dba-') ORDER BY 1)
		FROM pg_roles r WHERE r.rolname = $1`, role, t.groups()).
		Scan(&f.replica, &f.super, &f.create, &f.surplus, &f.missing, &f.others)
	return f, err
}

func (t *target) judgeIssuer(f issuerFacts) (found []checkup.Finding) {
	if f.replica {
		found = append(found, checkup.Wrong("Let issuer_url lead to the primary.", "The issuer is connected to a replica, where no role can be made."))
	}
	if f.super || f.surplus {
		found = append(found, checkup.Warn("ALTER ROLE "+ident(f.role)+" NOSUPERUSER NOCREATEDB NOREPLICATION NOBYPASSRLS;",
			"%s has more rights than an issuer needs, which are CREATEROLE and its groups.", f.role))
	}
	if !f.super && !f.create {
		found = append(found, checkup.Wrong("ALTER ROLE "+ident(f.role)+" CREATEROLE;", "%s may not create roles, so nothing can be minted.", f.role))
	}
	if len(f.missing) > 0 {
		found = append(found, checkup.Wrong(t.setup("it makes the groups and grants them WITH ADMIN OPTION"), "%s may not hand out %s.", f.role, some(f.missing)))
	}
	if len(f.others) > 0 {
		found = append(found, checkup.Warn("REVOKE "+identList(f.others)+" FROM "+ident(f.role)+";", "%s is a member of %s, which no profile names.", f.role, some(f.others)))
	}
	if f.version < 16 && !f.super && f.create {
		home := "the dbaccess server"
		if t.issuer == nil {
			home = "whatever issues by it"
		}
		found = append(found, checkup.Warn("Keep its password to "+home+", and let pg_hba.conf accept it from there only; or upgrade to 16, where it can hand out its groups and no more.",
			"On PostgreSQL %d CREATEROLE lets %s make itself a member of nearly any role: in effect raw access.", f.version, f.role))
	}
	return checkup.Or(found, "%s can make roles and hand out %s, and no more.", f.role, some(t.groups()))
}

// some lists at most five names.
func some(names []string) string {
	const most = 5
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}

func identList(names []string) string {
	quoted := slices.Clone(names)
	for i, n := range quoted {
		quoted[i] = ident(n)
	}
	return strings.Join(quoted, ", ")
}

func (t *target) lookAtClock(ctx context.Context, conn *pgx.Conn, now func() time.Time) ([]checkup.Finding, error) {
	var clock time.Time
	before := now()
	if err := conn.QueryRow(ctx, "SELECT clock_timestamp()").Scan(&clock); err != nil {
		return nil, err
	}
	after := now()
	skew := clock.Sub(before.Add(after.Sub(before) / 2)) // half way there and back
	if skew.Abs() > skewLimit {
		return []checkup.Finding{checkup.Warn("Let NTP set the clocks of both machines.",
			"The server's clock differs from ours by %s: its log-ins end so much off the due second.", skew.Round(time.Second))}, nil
	}
	return []checkup.Finding{checkup.Fine("Within %s of ours.", max(skew.Abs(), after.Sub(before)).Round(time.Millisecond)+time.Millisecond)}, nil
}
