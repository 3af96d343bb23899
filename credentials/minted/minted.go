package minted

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Terms are what a profile gives a role.
type Terms struct {
	Database         string   // in which search_path is set
	Groups           []string // the roles that it is a member of
	SearchPath       []string
	ReadOnly         bool          // transactions are read-only unless they say otherwise
	StatementTimeout time.Duration // 0 = the server's
	IdleTimeout      time.Duration // of a session; 0 = the server's
	ConnectionLimit  int           // sessions at once
}

// Create is the SQL that makes the role, one statement each. role, password and
// until are written as they stand in SQL: an identifier and two literals. Settings
// are the role's own, because a group's are not inherited by its members.
func (t Terms) Create(role, password, until string) []string {
	stmts := []string{fmt.Sprintf(
		"CREATE ROLE %s LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT CONNECTION LIMIT %d PASSWORD %s VALID UNTIL %s",
		role, t.ConnectionLimit, password, until)}
	for _, group := range t.Groups {
		stmts = append(stmts, member(group, role))
	}
	if len(t.SearchPath) > 0 {
		stmts = append(stmts, fmt.Sprintf("ALTER ROLE %s IN DATABASE %s SET search_path = %s", role, Ident(t.Database), t.path()))
	}
	set := func(name, value string) {
		stmts = append(stmts, fmt.Sprintf("ALTER ROLE %s SET %s = '%s'", role, name, value))
	}
	if t.ReadOnly {
		set("default_transaction_read_only", "on")
	}
	if t.StatementTimeout > 0 {
		set("statement_timeout", strconv.FormatInt(t.StatementTimeout.Milliseconds(), 10))
	}
	if t.IdleTimeout > 0 {
		set("idle_session_timeout", strconv.FormatInt(t.IdleTimeout.Milliseconds(), 10))
	}
	return stmts
}

// path is the search_path, with temporary tables last: Postgres would look among
// them first, and one could stand in front of a masked view. Left out, pg_catalog
// comes before everything, so that nobody's function stands in front of its own.
func (t Terms) path() string {
	var path []string
	for _, schema := range t.SearchPath {
		if schema != "pg_temp" {
			path = append(path, Ident(schema))
		}
	}
	return strings.Join(append(path, "pg_temp"), ", ")
}

// member makes the role a member that has the group's rights and, where Postgres
// can tell the two apart, cannot become it, so that whatever the role makes is its
// own and goes with it.
func member(group, role string) string {
	grant := fmt.Sprintf("GRANT %s TO %s", Ident(group), role)
	return fmt.Sprintf(`DO $$ BEGIN IF current_setting('server_version_num')::int >= 160000 THEN EXECUTE %s; ELSE EXECUTE %s; END IF; END $$`,
		Literal(grant+" WITH INHERIT TRUE, SET FALSE"), Literal(grant))
}

// Ident writes a name as an SQL identifier.
func Ident(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Literal writes text as an SQL string, for sessions in which
// standard_conforming_strings is on.
func Literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
