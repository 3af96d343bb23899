package vault

import (
	"fmt"

	"dbaccess/credentials"
	"dbaccess/credentials/minted"
)

// Vault puts {{name}}, {{password}} and {{expiration}} into the text as they
// are. Names are ours (see Config.ours), so nothing in them needs quoting.
//
// Statements are split at semicolons unless the word END stands outside of
// quotes; each list runs in one transaction. None may wait for a lock for long:
// Vault does one thing at a time on a connection.
const patience = "SET LOCAL lock_timeout = '3s'"

// creation makes the role of a profile: unable to log in until its lease is
// renewed.
func (c *Config) creation(t Target, p Profile) []string {
	if p.ends {
		return takeHold()
	}
	return append([]string{patience}, minted.Terms{
		Database: t.Database, Groups: p.Groups, SearchPath: p.SearchPath, ReadOnly: p.ReadOnly,
		StatementTimeout: p.StatementTimeout, IdleTimeout: p.IdleTimeout, ConnectionLimit: p.ConnectionLimit,
	}.Create(`"{{name}}"`, "'{{password}}'", "'epoch'")...)
}

// renewal puts VALID UNTIL where the lease's grace, and the five seconds that
// Vault adds to {{expiration}}, begin.
func renewal() []string {
	return []string{patience, fmt.Sprintf(
		`DO $$ BEGIN EXECUTE format('ALTER ROLE %%I VALID UNTIL %%L', '{{name}}', timestamptz '{{expiration}}' - interval '%d seconds'); END $$`,
		int(leaseGrace.Seconds())+5)}
}

// revocation takes the role's rights and its login, commits that, ends its
// sessions, and drops it with all it owns. A client that connects again in a loop
// would otherwise find the role able to log in until the very end. Each step may
// find its work done.
func revocation() []string {
	return []string{
		patience,
		// Its rights first, and ours over it: to end its sessions and to drop what it owns.
		`DO $$ DECLARE g record; BEGIN IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '{{name}}') THEN ` +
			`FOR g IN SELECT r.rolname FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles r ON r.oid = m.roleid ` +
			`JOIN pg_catalog.pg_roles me ON me.oid = m.member WHERE me.rolname = '{{name}}' LOOP ` +
			`EXECUTE format('REVOKE %I FROM %I', g.rolname, '{{name}}'); END LOOP; ` +
			`IF current_setting('server_version_num')::int >= 160000 THEN EXECUTE 'GRANT "{{name}}" TO CURRENT_USER WITH INHERIT TRUE, SET TRUE'; ` +
			`ELSE EXECUTE 'GRANT "{{name}}" TO CURRENT_USER'; END IF; ` +
			`END IF; END $$`,
		"COMMIT", "BEGIN", patience,
		`DO $$ BEGIN IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '{{name}}') THEN ` +
			`ALTER ROLE "{{name}}" NOLOGIN CONNECTION LIMIT 0 PASSWORD NULL VALID UNTIL '-infinity'; END IF; END $$`,
		"COMMIT", "BEGIN", patience,
		`SELECT pg_catalog.pg_terminate_backend(a.pid, 2000) FROM pg_catalog.pg_stat_activity a ` +
			`JOIN pg_catalog.pg_roles r ON r.oid = a.usesysid WHERE r.rolname = '{{name}}'`,
		`DO $$ BEGIN IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '{{name}}') THEN ` +
			`DROP OWNED BY "{{name}}"; DROP ROLE "{{name}}"; END IF; END $$`,
	}
}

// usernameTemplate makes the display name of a lease's token the role's name:
// Vault writes "token-" before it. Whoever else may read credentials gets a role
// that nothing explains, and that the sweep ends.
func (c *Config) usernameTemplate() string {
	want := "token-" + credentials.RolePrefix(c.Install)
	return fmt.Sprintf(`{{ if and (gt (len .DisplayName) %d) (eq (printf "%%.%ds" .DisplayName) %q) }}{{ slice .DisplayName %d }}{{ else }}%s{{ random 20 | lowercase }}{{ end }}`,
		len(want), len(want), want, len("token-"), credentials.RolePrefix(c.Install)+"unasked-")
}
