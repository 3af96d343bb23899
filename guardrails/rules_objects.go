package guardrails

import (
	"reflect"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// The family of statements that make, alter and drop objects.
var (
	ruleCreate = &Rule{
		ID: "GR020", Name: "create", Kind: DDL, Level: Medium, whenRun: true,
		About: "The statement creates an object: a table, view, sequence, schema, domain, ….",
		Fires: "CREATE TABLE notes (id int)",
		Quiet: "SELECT 'CREATE TABLE notes (id int)'",
	}
	ruleAlter = &Rule{
		ID: "GR021", Name: "alter", Kind: DDL, Level: Medium, whenRun: true,
		About: "The statement alters, renames, comments on or refreshes an object.",
		Fires: "ALTER TABLE orders ADD COLUMN note text",
		Quiet: "SELECT note FROM orders WHERE id = 7",
	}
	ruleDrop = &Rule{
		ID: "GR022", Name: "drop", Kind: DDL, Level: High, whenRun: true,
		About: "The statement drops an object or a column; only a backup brings it back.",
		Fires: "ALTER TABLE orders DROP COLUMN note",
		Quiet: "ALTER TABLE orders ALTER COLUMN note DROP DEFAULT",
	}
	ruleSelectInto = &Rule{
		ID: "GR023", Name: "select-into", Kind: DDL, Level: Medium, whenRun: true,
		About: "SELECT INTO and CREATE TABLE AS look like reads and create a table.",
		Fires: "SELECT * INTO copy_of_orders FROM orders WHERE id = 7",
		Quiet: "SELECT * FROM orders WHERE id = 7",
	}
	ruleSystemWrite = &Rule{
		ID: "GR026", Name: "system-table-write", Kind: Admin, Level: Critical, whenRun: true,
		About: "The statement writes to the server's own tables or views. UPDATE pg_settings changes settings.",
		Fires: "UPDATE pg_settings SET setting = 'off' WHERE name = 'default_transaction_read_only'",
		Quiet: "SELECT setting FROM pg_settings WHERE name = 'default_transaction_read_only'",
	}
)

var objectRules = []*Rule{ruleCreate, ruleAlter, ruleDrop, ruleSelectInto, ruleRewrite, ruleBlocks, ruleSystemWrite}

// plainStatements are the statements that one rule describes whatever their
// details. The families' own functions judge all others.
var plainStatements = func() map[reflect.Type]plainStatement {
	table := map[reflect.Type]plainStatement{}
	add := func(rule *Rule, kind Kind, level Level, message string, nodes ...any) {
		for _, n := range nodes {
			table[reflect.TypeOf(n)] = plainStatement{rule: rule, kind: kind, level: level, message: message}
		}
	}
	plainObjects(add)
	plainPrivileges(add)
	plainCode(add)
	plainServer(add)
	return table
}()

// adder adds statements to the table above.
type adder func(rule *Rule, kind Kind, level Level, message string, nodes ...any)

func plainObjects(add adder) {
	add(ruleCreate, "", "", "The statement creates an object.",
		(*pg.CreateStmt)(nil), (*pg.CreateSchemaStmt)(nil), (*pg.CreateSeqStmt)(nil), (*pg.ViewStmt)(nil),
		(*pg.CreateDomainStmt)(nil), (*pg.CreateEnumStmt)(nil), (*pg.CompositeTypeStmt)(nil),
		(*pg.CreateRangeStmt)(nil), (*pg.CreateStatsStmt)(nil))
	add(ruleAlter, "", "", "The statement alters an object.",
		(*pg.AlterSeqStmt)(nil), (*pg.AlterEnumStmt)(nil), (*pg.AlterDomainStmt)(nil), (*pg.AlterStatsStmt)(nil),
		(*pg.AlterTypeStmt)(nil), (*pg.AlterCollationStmt)(nil), (*pg.AlterTSDictionaryStmt)(nil),
		(*pg.AlterTSConfigurationStmt)(nil), (*pg.AlterObjectSchemaStmt)(nil), (*pg.AlterObjectDependsStmt)(nil),
		(*pg.CommentStmt)(nil), (*pg.RefreshMatViewStmt)(nil))
	add(ruleRewrite, "", "", "The statement moves tables to another tablespace, rewriting each.", (*pg.AlterTableMoveAllStmt)(nil))
}

// objectNode judges those of the family whose details matter.
func (r *reader) objectNode(node any) bool {
	switch n := node.(type) {
	case *pg.CreateTableAsStmt:
		r.statement(ruleSelectInto, Medium, "The statement creates the table "+r.name(n.Into.GetRel())+" from a query.", "")
	case *pg.IndexStmt: // what it locks: see locks
		r.statement(ruleCreate, Medium, "The statement creates an index on "+r.name(n.Relation)+".", "")
	case *pg.AlterTableStmt:
		r.systemWrite(n.Relation)
	case *pg.AlterTableCmd:
		r.alters(n)
	case *pg.DropStmt:
		r.drops(n)
	case *pg.RenameStmt:
		kind, level := DDL, Medium
		if k := kindOfObject(n.RenameType); k.Rank() > DDL.Rank() {
			kind, level = k, High
		}
		r.reportAs(kind, ruleAlter, level, r.start, r.end, "The statement renames an object.", "")
		r.systemWrite(n.Relation)
	case *pg.DefineStmt:
		r.defines(n)
	default:
		return false
	}
	return true
}

// alters judges one action of ALTER TABLE.
func (r *reader) alters(n *pg.AlterTableCmd) {
	switch n.Subtype {
	case pg.AlterTableType_AT_DropColumn:
		r.statement(ruleDrop, High, "The statement drops the column "+quoted(n.Name)+" with its data.", "")
	case pg.AlterTableType_AT_ChangeOwner:
		r.statement(ruleOwner, High, "The statement gives the object to another owner.", "")
	case pg.AlterTableType_AT_EnableRowSecurity, pg.AlterTableType_AT_DisableRowSecurity,
		pg.AlterTableType_AT_ForceRowSecurity, pg.AlterTableType_AT_NoForceRowSecurity:
		r.statement(rulePolicy, High, "The statement switches row security.", "")
	case pg.AlterTableType_AT_EnableTrig, pg.AlterTableType_AT_EnableAlwaysTrig, pg.AlterTableType_AT_EnableReplicaTrig,
		pg.AlterTableType_AT_DisableTrig, pg.AlterTableType_AT_EnableTrigAll, pg.AlterTableType_AT_DisableTrigAll,
		pg.AlterTableType_AT_EnableTrigUser, pg.AlterTableType_AT_DisableTrigUser, pg.AlterTableType_AT_EnableRule,
		pg.AlterTableType_AT_EnableAlwaysRule, pg.AlterTableType_AT_EnableReplicaRule, pg.AlterTableType_AT_DisableRule:
		r.statement(ruleCode, High, "The statement switches triggers or rules.", "")
	default:
		r.statement(ruleAlter, Medium, "The statement alters an object.", "")
	}
}

// kindOfObject says what it is to change an object of a type.
func kindOfObject(t pg.ObjectType) Kind {
	switch t {
	case pg.ObjectType_OBJECT_POLICY, pg.ObjectType_OBJECT_ROLE, pg.ObjectType_OBJECT_DEFACL:
		return Privilege
	case pg.ObjectType_OBJECT_ACCESS_METHOD, pg.ObjectType_OBJECT_AGGREGATE, pg.ObjectType_OBJECT_CAST,
		pg.ObjectType_OBJECT_CONVERSION, pg.ObjectType_OBJECT_DATABASE, pg.ObjectType_OBJECT_EVENT_TRIGGER,
		pg.ObjectType_OBJECT_EXTENSION, pg.ObjectType_OBJECT_FDW, pg.ObjectType_OBJECT_FOREIGN_SERVER,
		pg.ObjectType_OBJECT_FOREIGN_TABLE, pg.ObjectType_OBJECT_FUNCTION, pg.ObjectType_OBJECT_LANGUAGE,
		pg.ObjectType_OBJECT_OPCLASS, pg.ObjectType_OBJECT_OPERATOR, pg.ObjectType_OBJECT_OPFAMILY,
		pg.ObjectType_OBJECT_PROCEDURE, pg.ObjectType_OBJECT_PUBLICATION, pg.ObjectType_OBJECT_ROUTINE,
		pg.ObjectType_OBJECT_RULE, pg.ObjectType_OBJECT_SUBSCRIPTION, pg.ObjectType_OBJECT_TABLESPACE,
		pg.ObjectType_OBJECT_TRANSFORM, pg.ObjectType_OBJECT_TRIGGER, pg.ObjectType_OBJECT_TSPARSER,
		pg.ObjectType_OBJECT_TSTEMPLATE, pg.ObjectType_OBJECT_USER_MAPPING:
		return Admin
	default:
		return DDL
	}
}

// drops judges DROP and notes the tables it names.
func (r *reader) drops(n *pg.DropStmt) {
	r.reportAs(kindOfObject(n.RemoveType), ruleDrop, High, r.start, r.end,
		"The statement drops an object; only a backup brings it back.", "Rename it first, and drop it when nothing has missed it.")
	switch n.RemoveType {
	case pg.ObjectType_OBJECT_TABLE, pg.ObjectType_OBJECT_VIEW, pg.ObjectType_OBJECT_MATVIEW,
		pg.ObjectType_OBJECT_FOREIGN_TABLE, pg.ObjectType_OBJECT_SEQUENCE:
		for _, o := range n.Objects {
			if name := parts(o.GetList().GetItems()); len(name) > 0 {
				r.noteRelation(name...)
			}
		}
	}
}

// defines judges CREATE AGGREGATE, OPERATOR, TYPE and such: those with code of
// their own change what later text means.
func (r *reader) defines(n *pg.DefineStmt) {
	switch n.Kind {
	case pg.ObjectType_OBJECT_COLLATION, pg.ObjectType_OBJECT_TSDICTIONARY, pg.ObjectType_OBJECT_TSCONFIGURATION:
		r.statement(ruleCreate, Medium, "The statement creates an object.", "")
	default:
		r.statement(ruleCode, High, "The statement defines code that later statements run.", "")
	}
}

// systemWrite reports a write to one of the server's own tables.
func (r *reader) systemWrite(n *pg.RangeVar) {
	if n == nil || !isSystemTable(n.Schemaname, n.Relname) {
		return
	}
	start, end := r.nameRange(n.Location)
	r.report(ruleSystemWrite, Critical, start, end, "The statement writes to "+r.name(n)+", which belongs to the server itself.",
		"Use the statement that PostgreSQL has for the purpose.")
}

func (r *reader) systemWrites(nodes []*pg.Node) {
	for _, n := range nodes {
		r.systemWrite(n.GetRangeVar())
	}
}
