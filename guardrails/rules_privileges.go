package guardrails

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// The family of statements that change who may do what.
var (
	ruleGrant = &Rule{
		ID: "GR030", Name: "grant", Kind: Privilege, Level: High, whenRun: true,
		About: "GRANT, REVOKE and default privileges change who may do what.",
		Fires: "GRANT SELECT ON orders TO analyst",
		Quiet: "SELECT has_table_privilege('analyst', 'orders', 'SELECT')",
	}
	ruleRole = &Rule{
		ID: "GR031", Name: "role", Kind: Privilege, Level: High, whenRun: true,
		About: "The statement makes, alters or drops a role.",
		Fires: "ALTER ROLE analyst VALID UNTIL 'infinity'",
		Quiet: "SELECT rolname FROM pg_roles",
	}
	rulePower = &Rule{
		ID: "GR032", Name: "powerful-role", Kind: Privilege, Level: Critical, whenRun: true,
		About: "The statement gives a role power over the server: SUPERUSER, REPLICATION, BYPASSRLS, or a predefined role that reaches files, programs or all data.",
		Fires: "GRANT pg_execute_server_program TO analyst",
		Quiet: "GRANT readers TO analyst",
	}
	ruleOwner = &Rule{
		ID: "GR033", Name: "owner", Kind: Privilege, Level: High, whenRun: true,
		About: "The statement gives objects to another owner, or drops all that a role owns.",
		Fires: "ALTER TABLE orders OWNER TO analyst",
		Quiet: "SELECT tableowner FROM pg_tables WHERE tablename = 'orders'",
	}
	rulePolicy = &Rule{
		ID: "GR034", Name: "row-security", Kind: Privilege, Level: High, whenRun: true,
		About: "The statement changes row security or security labels.",
		Fires: "ALTER TABLE orders DISABLE ROW LEVEL SECURITY",
		Quiet: "SELECT relrowsecurity FROM pg_class WHERE relname = 'orders'",
	}
	ruleBecome = &Rule{
		ID: "GR035", Name: "become", Kind: Privilege, Level: Medium, whenRun: true,
		About: "SET ROLE and SET SESSION AUTHORIZATION change as whom later statements run.",
		Fires: "SET ROLE admin",
		Quiet: "SELECT current_role",
	}
)

var privilegeRules = []*Rule{ruleGrant, ruleRole, rulePower, ruleOwner, rulePolicy, ruleBecome}

func plainPrivileges(add adder) {
	add(ruleGrant, "", "", "The statement changes who may do what.",
		(*pg.GrantStmt)(nil), (*pg.AlterDefaultPrivilegesStmt)(nil))
	add(ruleRole, "", "", "The statement changes a role.", (*pg.AlterRoleSetStmt)(nil), (*pg.DropRoleStmt)(nil))
	add(ruleOwner, "", "", "The statement gives objects to another owner, or drops all that a role owns.",
		(*pg.AlterOwnerStmt)(nil), (*pg.ReassignOwnedStmt)(nil), (*pg.DropOwnedStmt)(nil))
	add(rulePolicy, "", "", "The statement changes row security or a security label.",
		(*pg.CreatePolicyStmt)(nil), (*pg.AlterPolicyStmt)(nil), (*pg.SecLabelStmt)(nil))
}

// privilegeNode judges those of the family whose details matter.
func (r *reader) privilegeNode(node any) bool {
	switch n := node.(type) {
	case *pg.CreateRoleStmt:
		r.role(n.Options)
	case *pg.AlterRoleStmt:
		r.role(n.Options)
		if n.Role != nil && strings.HasPrefix(n.Role.Rolename, "pg_") {
			r.power()
		}
	case *pg.GrantRoleStmt:
		r.statement(ruleGrant, High, "The statement changes who is a member of a role.", "")
		for _, role := range n.GrantedRoles {
			if n.IsGrant && powerfulRoles[role.GetAccessPriv().GetPrivName()] {
				r.power()
			}
		}
	default:
		return false
	}
	return true
}

// powerfulRoles are the predefined roles that reach beyond one's own data.
var powerfulRoles = map[string]bool{
	"pg_read_server_files": true, "pg_write_server_files": true, "pg_execute_server_program": true,
	"pg_read_all_data": true, "pg_write_all_data": true, "pg_create_subscription": true, "pg_maintain": true,
	"pg_signal_backend": true, "pg_database_owner": true, "pg_checkpoint": true, "pg_use_reserved_connections": true,
	"pg_monitor": true, "pg_signal_autovacuum_worker": true,
}

// role judges the options of CREATE and ALTER ROLE.
func (r *reader) role(options []*pg.Node) {
	r.statement(ruleRole, High, "The statement makes or alters a role.", "")
	for _, o := range options {
		d := o.GetDefElem()
		switch d.GetDefname() {
		case "superuser", "isreplication", "bypassrls":
			if !isOff(d.Arg) {
				r.power()
			}
		case "addroleto":
			for _, role := range d.Arg.GetList().GetItems() {
				if powerfulRoles[role.GetRoleSpec().GetRolename()] {
					r.power()
				}
			}
		}
	}
}

func (r *reader) power() {
	r.statement(rulePower, Critical, "The statement gives a role power over the server or over all data.",
		"Grant the rights on the objects that are needed.")
}
