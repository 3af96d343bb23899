package guardrails

import (
	pg "github.com/pganalyze/pg_query_go/v5"
)

// OutsideTransaction names the command of sql that PostgreSQL does not run inside
// a transaction, such as VACUUM, and controls reports whether it is one that
// begins or ends transactions itself. The name is empty if there is none, and if
// sql cannot be read.
func OutsideTransaction(sql string) (command string, controls bool) {
	tree, ok := bounded(sql)
	if !ok {
		return "", false
	}
	for _, raw := range tree.Stmts {
		switch n := inner(raw.Stmt).(type) {
		case *pg.TransactionStmt:
			return transactionCommands[n.Kind], true
		default:
			if command := aloneCommand(n); command != "" {
				return command, false
			}
		}
	}
	return "", false
}

// bounded reads a text that is within bounds.
func bounded(sql string) (*pg.ParseResult, bool) {
	comments, rule, _ := outside(sql)
	if rule != nil {
		return nil, false
	}
	tree, err := pg.Parse(withoutComments(sql, comments))
	return tree, err == nil
}

var transactionCommands = map[pg.TransactionStmtKind]string{
	pg.TransactionStmtKind_TRANS_STMT_BEGIN: "BEGIN", pg.TransactionStmtKind_TRANS_STMT_START: "START TRANSACTION",
	pg.TransactionStmtKind_TRANS_STMT_COMMIT: "COMMIT", pg.TransactionStmtKind_TRANS_STMT_ROLLBACK: "ROLLBACK",
	pg.TransactionStmtKind_TRANS_STMT_SAVEPOINT: "SAVEPOINT", pg.TransactionStmtKind_TRANS_STMT_RELEASE: "RELEASE",
	pg.TransactionStmtKind_TRANS_STMT_ROLLBACK_TO: "ROLLBACK TO", pg.TransactionStmtKind_TRANS_STMT_PREPARE: "PREPARE TRANSACTION",
	pg.TransactionStmtKind_TRANS_STMT_COMMIT_PREPARED:   "COMMIT PREPARED",
	pg.TransactionStmtKind_TRANS_STMT_ROLLBACK_PREPARED: "ROLLBACK PREPARED",
}

// aloneCommand names a statement for which PreventInTransactionBlock is called in
// PostgreSQL 15 to 18. Those which need it for some of their objects only, such as
// a partitioned table's or a subscription's, are named where the text shows it; the others meet the
// server's own refusal.
func aloneCommand(node any) string {
	switch n := node.(type) {
	case *pg.VacuumStmt:
		if n.IsVacuumcmd {
			return "VACUUM"
		}
	case *pg.IndexStmt:
		if n.Concurrent {
			return "CREATE INDEX CONCURRENTLY"
		}
	case *pg.DropStmt:
		if n.Concurrent {
			return "DROP INDEX CONCURRENTLY"
		}
	case *pg.ReindexStmt:
		return aloneReindex(n)
	case *pg.ClusterStmt:
		if n.Relation == nil {
			return "CLUSTER of all tables"
		}
	case *pg.AlterTableStmt:
		for _, cmd := range n.Cmds {
			if p := cmd.GetAlterTableCmd().GetDef().GetPartitionCmd(); p.GetConcurrent() {
				return "DETACH PARTITION CONCURRENTLY"
			}
		}
	case *pg.DiscardStmt:
		if n.Target == pg.DiscardMode_DISCARD_ALL {
			return "DISCARD ALL"
		}
	case *pg.AlterSystemStmt:
		return "ALTER SYSTEM"
	case *pg.CreatedbStmt:
		return "CREATE DATABASE"
	case *pg.DropdbStmt:
		return "DROP DATABASE"
	case *pg.AlterDatabaseStmt:
		if hasOption(n.Options, "tablespace") {
			return "ALTER DATABASE … SET TABLESPACE"
		}
	case *pg.CreateTableSpaceStmt:
		return "CREATE TABLESPACE"
	case *pg.DropTableSpaceStmt:
		return "DROP TABLESPACE"
	}
	return ""
}

func aloneReindex(n *pg.ReindexStmt) string {
	switch n.Kind {
	case pg.ReindexObjectType_REINDEX_OBJECT_SCHEMA:
		return "REINDEX SCHEMA"
	case pg.ReindexObjectType_REINDEX_OBJECT_SYSTEM:
		return "REINDEX SYSTEM"
	case pg.ReindexObjectType_REINDEX_OBJECT_DATABASE:
		return "REINDEX DATABASE"
	}
	if hasOption(n.Params, "concurrently") {
		return "REINDEX CONCURRENTLY"
	}
	return ""
}

// hasOption reports whether an option is given and not switched off.
func hasOption(options []*pg.Node, name string) bool {
	for _, o := range options {
		if d := o.GetDefElem(); d != nil && d.Defname == name && !isOff(d.Arg) {
			return true
		}
	}
	return false
}
