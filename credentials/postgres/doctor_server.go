package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"dbaccess/credentials"
	"dbaccess/internal/checkup"
)

// lookAtPublic looks for what every role may do by Postgres' defaults, and a
// short-lived one should not.
func (t *target) lookAtPublic(ctx context.Context, conn *pgx.Conn) (found []checkup.Finding, err error) {
	var database string
	var temp bool
	var schemas, others []string
	err = conn.QueryRow(ctx, `SELECT current_database()::text, has_database_privilege('public', current_database(), 'TEMPORARY'),
		ARRAY(SELECT nspname::text FROM pg_namespace WHERE nspname !~ '^pg_' AND has_schema_privilege('public', oid, 'CREATE') ORDER BY 1),
		ARRAY(SELECT datname::text FROM pg_database WHERE datallowconn AND NOT datistemplate AND datname <> current_database()
			AND has_database_privilege('public', oid, 'CONNECT') ORDER BY 1)`).Scan(&database, &temp, &schemas, &others)
	if err != nil {
		return nil, err
	}
	const first = "Grant it by name to the roles that need it, then: "
	if temp {
		found = append(found, checkup.Warn(first+"REVOKE TEMPORARY ON DATABASE "+ident(database)+" FROM PUBLIC;", "Everybody may make temporary tables here, which can stand before a masked view."))
	}
	if len(schemas) > 0 {
		found = append(found, checkup.Warn(first+"REVOKE CREATE ON SCHEMA "+identList(schemas)+" FROM PUBLIC;", "Everybody may make objects in %s.", some(schemas)))
	}
	if len(others) > 0 {
		named := others[:min(len(others), 5)]
		found = append(found, checkup.Warn(first+"REVOKE CONNECT ON DATABASE "+identList(named)+" FROM PUBLIC;", "Everybody may connect to %s of this server too: %s.", counted(len(others), "other database"), some(others)))
	}
	return checkup.Or(found, "Everybody has no right here that a profile does not give."), nil
}

// lookAtLogin tries to log in as one of ours that is not there, with a password
// that nobody has. Where passwords are asked for, Postgres says that it was
// wrong; where they are not (trust), it gets as far as looking for the role. That
// leaves a line in the server's log and changes nothing.
func (t *target) lookAtLogin(ctx context.Context, install string) []checkup.Finding {
	config := t.monitor.Config().ConnConfig.Copy()
	config.User = credentials.RolePrefix(install) + "doctor-" + strings.ToLower(rand.Text()[:8])
	config.Password = rand.Text()
	conn, err := pgx.ConnectConfig(ctx, config)
	if err == nil {
		_ = conn.Close(ctx)
	}
	var pg *pgconn.PgError
	trusted := checkup.Wrong("Change trust to scram-sha-256 in pg_hba.conf, and reload.",
		"The server asks our roles for no password (trust): VALID UNTIL means nothing there, and anybody can be anybody.")
	switch {
	case err == nil, errors.As(err, &pg) && pg.Code == "28000" && pg.Routine == "InitializeSessionUserId":
		return []checkup.Finding{trusted}
	case pg == nil:
		return nil // it is away, as the monitor's check says
	case pg.Code == "28P01":
		return []checkup.Finding{checkup.Fine("A role of ours with a wrong password is refused, so VALID UNTIL holds.")}
	case strings.HasPrefix(pg.Code, "28"):
		return []checkup.Finding{checkup.Warn("Add a line with scram-sha-256 for the short-lived roles, so that approved statements can run from here.",
			"pg_hba.conf lets no role of ours log in from this machine: %s.", pg.Message)}
	}
	return []checkup.Finding{checkup.Warn("", "A log-in with a wrong password could not be tried: %s.", pg.Message)}
}

// lookAtRules reads how passwords are kept, and pg_hba.conf where we may.
func (t *target) lookAtRules(ctx context.Context, conn *pgx.Conn) (found []checkup.Finding, err error) {
	var kept string
	var readable bool
	err = conn.QueryRow(ctx, `SELECT current_setting('password_encryption'),
		has_table_privilege('pg_hba_file_rules', 'SELECT') AND has_function_privilege('pg_hba_file_rules()', 'EXECUTE')`).Scan(&kept, &readable)
	if err != nil {
		return nil, err
	}
	if kept != "scram-sha-256" {
		found = append(found, checkup.Warn("ALTER SYSTEM SET password_encryption = 'scram-sha-256'; then set the passwords anew.", "New passwords are kept as %s.", kept))
	}
	if !readable {
		return checkup.Or(found, "Passwords are kept as scram-sha-256. The file itself is not ours to read."), nil
	}
	rows, err := conn.Query(ctx, `SELECT line_number::text FROM pg_hba_file_rules WHERE error IS NULL AND auth_method = 'trust'
			AND (database && ARRAY['all', current_database()::text])
			AND EXISTS (SELECT FROM unnest(user_name) u WHERE u = 'all' OR u LIKE 'dba-%' OR u LIKE '/%' OR u LIKE '+%' AND substr(u, 2) = ANY ($1::text[]))
		ORDER BY line_number`, t.groups())
	if err != nil {
		return found, err
	}
	lines, err := collect[string](rows)
	if err != nil {
		return found, err
	}
	if len(lines) > 0 {
		found = append(found, checkup.Warn("Change them to scram-sha-256, and reload.", "Lines that ask our roles for no password (trust), so that VALID UNTIL means nothing there: %s.", some(lines)))
	}
	return checkup.Or(found, "No line trusts a role of ours without its password."), nil
}

// lookAtEncryption looks at how we connect, and how holders are told to.
func (t *target) lookAtEncryption(context.Context) (found []checkup.Finding) {
	const do = "Give it sslmode=verify-full, or require at least."
	plain := func(c *pgx.ConnConfig) bool {
		if c.TLSConfig == nil && !local(c.Host) {
			return true
		}
		for _, f := range c.Fallbacks {
			if f.TLSConfig == nil && !local(f.Host) {
				return true
			}
		}
		return false
	}
	if t.issuer != nil && plain(t.issuer.Config().ConnConfig) {
		found = append(found, checkup.Warn(do, "issuer_url may go over the network without encryption."))
	}
	if plain(t.monitor.Config().ConnConfig) {
		found = append(found, checkup.Warn(do, "monitor_url may go over the network without encryption."))
	}
	switch t.SSLMode {
	case "disable", "allow", "prefer":
		if !local(t.Host) {
			found = append(found, checkup.Warn("Set sslmode: verify-full in the config.", "Holders are told to connect with sslmode=%s: what they read may go over the network in the clear.", t.SSLMode))
		}
	}
	if local(t.Host) {
		return checkup.Or(found, "The server is on this machine.")
	}
	return checkup.Or(found, "We always encrypt, and holders are told sslmode=%s.", t.SSLMode)
}

// local reports whether a host is this machine.
func local(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasPrefix(host, "/") || ip != nil && ip.IsLoopback()
}

// floor is, for each major version, the first minor one in which a reader cannot
// see through a masked view by way of statistics (CVE-2025-8713).
var floor = map[int]int{13: 22, 14: 19, 15: 14, 16: 10, 17: 6}

func (t *target) lookAtVersion(ctx context.Context, conn *pgx.Conn) ([]checkup.Finding, error) {
	var number int
	if err := conn.QueryRow(ctx, "SELECT current_setting('server_version_num')::int").Scan(&number); err != nil {
		return nil, err
	}
	return []checkup.Finding{judgeVersion(number/10000, number%10000)}, nil
}

func judgeVersion(major, minor int) checkup.Finding {
	least, known := floor[major]
	switch {
	case known && minor < least:
		return checkup.Warn(fmt.Sprintf("Upgrade to %d.%d or newer.", major, least), "PostgreSQL %d.%d lets readers see through masked views by way of statistics (CVE-2025-8713).", major, minor)
	case major < 13:
		return checkup.Warn("Upgrade.", "PostgreSQL %d gets no security fixes any more.", major)
	}
	return checkup.Fine("PostgreSQL %d.%d.", major, minor)
}

func (t *target) lookAtPrepared(ctx context.Context, conn *pgx.Conn) ([]checkup.Finding, error) {
	var most, now int
	err := conn.QueryRow(ctx, "SELECT current_setting('max_prepared_transactions')::int, (SELECT count(*) FROM pg_prepared_xacts)").Scan(&most, &now)
	if err != nil {
		return nil, err
	}
	if most > 0 {
		return []checkup.Finding{checkup.Warn("ALTER SYSTEM SET max_prepared_transactions = 0; and restart, unless a transaction manager needs them.",
			"They are allowed (%d now): one that a holder leaves in another database keeps their role from being dropped.", now)}, nil
	}
	return []checkup.Finding{checkup.Fine("Off, as they should be.")}, nil
}
