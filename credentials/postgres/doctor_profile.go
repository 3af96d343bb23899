package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"dbaccess/internal/checkup"
)

// predefined are Postgres' own roles that reach further than any profile should,
// and what each gives. Those that only read or write everything may be meant,
// unless the profile is masked.
var predefined = []struct {
	role, gives string
	unmasked    checkup.Level // for profiles without masks
}{
	{"pg_read_all_data", "reads every table, view and sequence", checkup.Warning},
	{"pg_write_all_data", "changes every table", checkup.Warning},
	{"pg_read_server_files", "reads the server's files, and so every table", checkup.Problem},
	{"pg_write_server_files", "writes the server's files, and so becomes superuser", checkup.Problem},
	{"pg_execute_server_program", "runs programs on the server, and so becomes superuser", checkup.Problem},
	{"pg_database_owner", "owns the database", checkup.Problem},
	{"pg_create_subscription", "makes the server connect elsewhere", checkup.Problem},
	{"pg_signal_backend", "ends other people's sessions", checkup.Problem},
	{"pg_maintain", "locks and rebuilds every table", checkup.Problem},
	{"pg_monitor", "sees what other sessions run", checkup.Warning},
	{"pg_read_all_stats", "sees what other sessions run", checkup.Warning},
}

// lookAtProfile says roughly what a profile's groups give, and what they should
// not.
func (t *target) lookAtProfile(ctx context.Context, conn *pgx.Conn, p Profile) ([]checkup.Finding, error) {
	missing, found, err := lookAtGroups(ctx, conn, p)
	if err != nil {
		return nil, err
	}
	if len(missing) > 0 {
		return append(found, checkup.Wrong(t.setup("it makes the groups; what they may is the owner's to grant"), "There is no group %s.", some(missing))), nil
	}
	more, err := lookAtMemberships(ctx, conn, p)
	if err != nil {
		return found, err
	}
	found = append(found, more...)
	more, err = lookAtReach(ctx, conn, p)
	return append(found, more...), err
}

// lookAtGroups looks at the groups' own attributes, which a holder has by SET ROLE.
func lookAtGroups(ctx context.Context, conn *pgx.Conn, p Profile) (missing []string, found []checkup.Finding, err error) {
	rows, err := conn.Query(ctx, `SELECT w, r.oid IS NOT NULL, coalesce(r.rolsuper OR r.rolcreaterole OR r.rolreplication OR r.rolcreatedb, false),
			coalesce(r.rolbypassrls, false), coalesce(r.rolcanlogin, false)
		FROM unnest($1::text[]) w LEFT JOIN pg_roles r ON r.rolname = w`, p.Roles)
	if err != nil {
		return nil, nil, err
	}
	var name string
	var there, powerful, bypass, login bool
	_, err = pgx.ForEachRow(rows, []any{&name, &there, &powerful, &bypass, &login}, func() error {
		if !there {
			missing = append(missing, name)
		}
		if powerful {
			found = append(found, checkup.Wrong("ALTER ROLE "+ident(name)+" NOSUPERUSER NOCREATEROLE NOREPLICATION NOCREATEDB;",
				"Whoever SETs ROLE to %s gets attributes of the whole server.", name))
		}
		if bypass {
			found = append(found, checkup.Warn("ALTER ROLE "+ident(name)+" NOBYPASSRLS;", "Whoever SETs ROLE to %s is not held by row-level security.", name))
		}
		if login {
			found = append(found, checkup.Warn("ALTER ROLE "+ident(name)+" NOLOGIN;", "%s can log in by itself, past every grant.", name))
		}
		return nil
	})
	return missing, found, err
}

// lookAtMemberships finds what the groups are members of, at any depth, and
// should not be.
func lookAtMemberships(ctx context.Context, conn *pgx.Conn, p Profile) (found []checkup.Finding, err error) {
	byName := map[string]int{}
	for i, d := range predefined {
		byName[d.role] = i
	}
	rows, err := conn.Query(ctx, `SELECT DISTINCT g.rolname::text, r.rolname::text, r.rolsuper OR r.rolcreaterole OR r.rolreplication
		FROM pg_roles g JOIN pg_roles r ON pg_has_role(g.oid, r.oid, 'MEMBER')
		WHERE g.rolname = ANY ($1) AND NOT g.rolsuper AND (r.rolname::text = ANY ($2) OR r.oid <> g.oid AND (r.rolsuper OR r.rolcreaterole OR r.rolreplication))
		ORDER BY 1, 2`, p.Roles, keys(byName))
	if err != nil {
		return nil, err
	}
	var group, role string
	var powerful bool
	_, err = pgx.ForEachRow(rows, []any{&group, &role, &powerful}, func() error {
		revoke := "REVOKE " + ident(role) + " FROM " + ident(group) + ";"
		if group == role {
			revoke = "Name another group in the profile's roles."
		}
		if powerful {
			found = append(found, checkup.Wrong(revoke, "Through %s a holder can become %s, which has attributes of the whole server.", group, role))
			return nil
		}
		d := predefined[byName[role]]
		f := checkup.Warn(revoke, "%s is a member of %s, which %s.", group, role, d.gives)
		if group == role {
			f.Sentence = fmt.Sprintf("%s %s.", role, d.gives)
		}
		if f.Level = d.unmasked; len(p.MaskedSchemas) > 0 {
			f.Level = checkup.Problem
		}
		found = append(found, f)
		return nil
	})
	return found, err
}

func keys(m map[string]int) []string {
	list := make([]string, 0, len(m))
	for k := range m {
		list = append(list, k)
	}
	return list
}

// reach is what a profile's holder can get at.
type reach struct {
	reads, changes int
	in             []string // schemas
	outside        []string // relations outside the masked schemas
	unbarred       []string // masked views without security_barrier
	definers       []string // functions that run as their owner, whatever they may
}

// lookAtReach counts the relations that a holder can read and change: as the
// groups, as whatever the groups are members of, and as everybody. Relations that
// extensions brought are left out.
func lookAtReach(ctx context.Context, conn *pgx.Conn, p Profile) ([]checkup.Finding, error) {
	masks := p.MaskedSchemas
	if masks == nil {
		masks = []string{}
	}
	var r reach
	err := conn.QueryRow(ctx, `
		WITH held AS MATERIALIZED (
			SELECT DISTINCT r.oid FROM pg_roles r JOIN pg_roles g ON g.rolname = ANY ($1) AND NOT g.rolsuper AND pg_has_role(g.oid, r.oid, 'MEMBER')
		), open AS MATERIALIZED (
			SELECT n.oid, n.nspname::text AS name FROM pg_namespace n
			WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
				AND EXISTS (SELECT FROM held WHERE has_schema_privilege(held.oid, n.oid, 'USAGE'))
		), seen AS MATERIALIZED (
			SELECT open.name AS schema, format('%I.%I', open.name, c.relname) AS name, open.name = ANY ($2) AS masked,
				c.relkind = 'v' AND NOT coalesce(c.reloptions::text LIKE '%security_barrier=true%', false)
					AND pg_get_userbyid(c.relowner) <> 'dbaccess_mask_owner' AS unbarred, -- mask apply sets barriers where rows are hidden
				EXISTS (SELECT FROM held WHERE has_table_privilege(held.oid, c.oid, 'SELECT') OR has_any_column_privilege(held.oid, c.oid, 'SELECT')) AS reads,
				EXISTS (SELECT FROM held WHERE has_table_privilege(held.oid, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
					OR has_any_column_privilege(held.oid, c.oid, 'INSERT, UPDATE')) AS changes
			FROM pg_class c JOIN open ON open.oid = c.relnamespace
			WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
				AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
		), definers AS (
			SELECT format('%I.%I', open.name, f.proname) AS name FROM pg_proc f JOIN open ON open.oid = f.pronamespace
			WHERE f.prosecdef AND f.prorettype <> ALL ('{trigger,event_trigger}'::regtype[])
				AND EXISTS (SELECT FROM held WHERE has_function_privilege(held.oid, f.oid, 'EXECUTE'))
				AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = f.oid AND d.deptype = 'e')
		)
		SELECT count(*) FILTER (WHERE reads), count(*) FILTER (WHERE changes),
			coalesce(array_agg(DISTINCT schema) FILTER (WHERE reads), '{}'),
			coalesce(array_agg(name ORDER BY name) FILTER (WHERE NOT masked AND (reads OR changes)), '{}'),
			coalesce(array_agg(name ORDER BY name) FILTER (WHERE masked AND reads AND unbarred), '{}'),
			ARRAY(SELECT DISTINCT name FROM definers ORDER BY 1)
		FROM seen`, p.Roles, masks).Scan(&r.reads, &r.changes, &r.in, &r.outside, &r.unbarred, &r.definers)
	if err != nil {
		return nil, err
	}
	return judgeReach(p, r), nil
}

func judgeReach(p Profile, r reach) (found []checkup.Finding) {
	masked := len(p.MaskedSchemas) > 0
	if masked && len(r.outside) > 0 {
		found = append(found, checkup.Wrong(
			fmt.Sprintf("REVOKE it from %s and from PUBLIC; psql's \\dp %s shows who gave it.", some(p.Roles), r.outside[0]),
			"It is masked, and still gets at %s outside %s: %s.", counted(len(r.outside), "relation"), some(p.MaskedSchemas), some(r.outside)))
	}
	if masked && len(r.unbarred) > 0 {
		found = append(found, checkup.Warn(fmt.Sprintf("ALTER VIEW %s SET (security_barrier = true); for each.", r.unbarred[0]),
			"Views without security_barrier may tell rows that they hide: %s.", some(r.unbarred)))
	}
	if masked && len(r.definers) > 0 {
		found = append(found, checkup.Warn(fmt.Sprintf("Read what they do; REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC; for what holders should not call.", r.definers[0]),
			"It is masked, and may call functions that run as their owners: %s.", some(r.definers)))
	}
	if r.reads == 0 {
		return append(found, checkup.Warn(fmt.Sprintf("GRANT USAGE on its schemas and SELECT on what it should see to %s.", some(p.Roles)),
			"It gives nothing to read: its holders see an empty database."))
	}
	changes := "changes nothing"
	if r.changes > 0 {
		changes = "changes " + fmt.Sprint(r.changes)
	}
	return append(found, checkup.Fine("%s: reads %s in %s, %s.", some(p.Roles), counted(r.reads, "relation"), some(r.in), changes))
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, strings.TrimSuffix(what, "s"))
}
