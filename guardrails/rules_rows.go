package guardrails

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// The family of statements that change rows, or lock them.
var (
	ruleWrite = &Rule{
		ID: "GR010", Name: "write", Kind: Write, Level: Medium, whenRun: true,
		About: "The statement changes rows.",
		Fires: "UPDATE orders SET note = 'late' WHERE id = 7",
		Quiet: "EXPLAIN UPDATE orders SET note = 'late' WHERE id = 7",
	}
	ruleDeleteAll = &Rule{
		ID: "GR011", Name: "delete-without-where", Kind: Write, Level: High, whenRun: true,
		About: "A DELETE has no WHERE, or one that every row passes, such as 1 = 1 or id = id.",
		Fires: "DELETE FROM orders WHERE id = id",
		Quiet: "DELETE FROM orders WHERE id = 7",
	}
	ruleUpdateAll = &Rule{
		ID: "GR012", Name: "update-without-where", Kind: Write, Level: High, whenRun: true,
		About: "An UPDATE has no WHERE, or one that every row passes.",
		Fires: "UPDATE orders SET total = 0 WHERE NOT false",
		Quiet: "UPDATE orders SET total = 0 WHERE status = 'cancelled' AND 1 = 1",
	}
	ruleMergeAll = &Rule{
		ID: "GR013", Name: "merge-every-row", Kind: Write, Level: High, whenRun: true,
		About: "A MERGE updates or deletes rows, and its ON condition matches every row.",
		Fires: "MERGE INTO orders o USING dead d ON true WHEN MATCHED THEN DELETE",
		Quiet: "MERGE INTO orders o USING dead d ON o.id = d.id WHEN MATCHED THEN DELETE",
	}
	ruleTruncate = &Rule{
		ID: "GR014", Name: "truncate", Kind: Write, Level: High, whenRun: true,
		About: "TRUNCATE empties tables at once and locks them against everybody.",
		Fires: "TRUNCATE orders",
		Quiet: "SELECT 'TRUNCATE orders'",
	}
	ruleHiddenWrite = &Rule{
		ID: "GR015", Name: "hidden-write", Kind: Write, Level: Medium, whenRun: true,
		About: "A write hides in what looks like a read: in a WITH query, or under EXPLAIN ANALYZE, which runs it.",
		Fires: "WITH gone AS (DELETE FROM orders WHERE id = 7 RETURNING *) SELECT count(*) FROM gone",
		Quiet: "WITH gone AS (SELECT * FROM orders WHERE id = 7) SELECT count(*) FROM gone",
	}
	ruleRowLock = &Rule{
		ID: "GR016", Name: "row-lock", Kind: Write, Level: Medium, whenRun: true,
		About: "FOR UPDATE and FOR SHARE lock rows, on which others then wait, and write to the table.",
		Fires: "SELECT * FROM orders WHERE id = 7 FOR UPDATE",
		Quiet: "SELECT id AS for_update FROM orders WHERE id = 7",
	}
	ruleCopyIn = &Rule{
		ID: "GR017", Name: "copy-in", Kind: Write, Level: Medium, whenRun: true,
		About: "COPY FROM loads rows.",
		Fires: "COPY orders FROM STDIN",
		Quiet: "SELECT * FROM orders WHERE id = 7",
	}
	ruleNotify = &Rule{
		ID: "GR018", Name: "notify", Kind: Write, Level: Medium, whenRun: true,
		About: "NOTIFY wakes other sessions.",
		Fires: "NOTIFY orders_changed, '7'",
		Quiet: "LISTEN orders_changed",
	}
)

var rowRules = []*Rule{
	ruleWrite, ruleDeleteAll, ruleUpdateAll, ruleMergeAll, ruleTruncate, ruleHiddenWrite, ruleRowLock, ruleCopyIn, ruleNotify,
}

func (r *reader) selects(n *pg.SelectStmt) {
	defer r.leave(r.enter(n.WithClause))
	if n.IntoClause != nil {
		r.is(DDL)
		start, end := r.nameRange(n.IntoClause.Rel.GetLocation())
		r.report(ruleSelectInto, Medium, start, end, "SELECT INTO creates the table "+r.name(n.IntoClause.Rel)+".",
			"Leave INTO out to read only.")
	}
	r.reads(n)
	r.below(n)
}

func (r *reader) inserts(n *pg.InsertStmt) {
	defer r.leave(r.enter(n.WithClause))
	r.writes(n.Relation, "INSERT adds rows to ")
	r.below(n)
}

func (r *reader) updates(n *pg.UpdateStmt) {
	defer r.leave(r.enter(n.WithClause))
	r.writes(n.Relation, "UPDATE changes rows of ")
	if why := r.ineffective(n.WhereClause, n.Relation, n.FromClause, n.WithClause); why != "" {
		start, end := r.target(n.Relation)
		r.report(ruleUpdateAll, High, start, end, "The UPDATE changes every row of "+r.name(n.Relation)+": "+why+".",
			"Add a WHERE that names the rows you mean.")
	}
	r.below(n)
}

func (r *reader) deletes(n *pg.DeleteStmt) {
	defer r.leave(r.enter(n.WithClause))
	r.writes(n.Relation, "DELETE removes rows from ")
	if why := r.ineffective(n.WhereClause, n.Relation, n.UsingClause, n.WithClause); why != "" {
		start, end := r.target(n.Relation)
		r.report(ruleDeleteAll, High, start, end, "The DELETE removes every row of "+r.name(n.Relation)+": "+why+".",
			"Add a WHERE that names the rows you mean.")
	}
	r.below(n)
}

func (r *reader) merges(n *pg.MergeStmt) {
	defer r.leave(r.enter(n.WithClause))
	r.writes(n.Relation, "MERGE changes rows of ")
	if why := r.matchesAll(n); why != "" {
		start, end := r.target(n.Relation)
		r.report(ruleMergeAll, High, start, end, "The MERGE matches every row of "+r.name(n.Relation)+": "+why+".",
			"Join on the key of the rows you mean.")
	}
	r.below(n)
}

// writes reports a write to a table, the graver if the table is the server's.
func (r *reader) writes(target *pg.RangeVar, verb string) {
	start, end := r.nameRange(target.GetLocation())
	r.report(ruleWrite, Medium, start, end, verb+r.name(target)+".", "")
	r.systemWrite(target)
}

// target returns the range to underline for a statement that writes to rel: all
// of it, or the table's name if it stands inside another one.
func (r *reader) target(rel *pg.RangeVar) (start, end int) {
	if r.inside == 0 {
		return r.start, r.end
	}
	return r.nameRange(rel.GetLocation())
}

// explains judges EXPLAIN: with ANALYZE it runs its statement, without it only
// plans it, which still calls functions that are not volatile.
func (r *reader) explains(n *pg.ExplainStmt) {
	if !analyzes(n.Options) {
		r.planned++
		r.below(n)
		r.planned--
		return
	}
	switch inner(n.Query).(type) {
	case *pg.InsertStmt, *pg.UpdateStmt, *pg.DeleteStmt, *pg.MergeStmt, *pg.CreateTableAsStmt:
		r.statement(ruleHiddenWrite, Medium, "EXPLAIN ANALYZE runs the statement that it explains.",
			"Leave ANALYZE out to see the plan only.")
	}
	r.below(n)
}

// analyzes reports whether EXPLAIN's options may ask for ANALYZE.
func analyzes(options []*pg.Node) bool {
	for _, o := range options {
		if d := o.GetDefElem(); d != nil && d.Defname == "analyze" && !isOff(d.Arg) {
			return true
		}
	}
	return false
}

// isOff reports whether an option's value is certainly false.
func isOff(n *pg.Node) bool {
	switch v := inner(n).(type) {
	case *pg.Integer:
		return v.Ival == 0
	case *pg.Boolean:
		return !v.Boolval
	case *pg.String:
		s := strings.ToLower(v.Sval)
		return s == "false" || s == "off"
	}
	return false
}

// withQuery judges one query of a WITH, and what it holds.
func (r *reader) withQuery(n *pg.CommonTableExpr) {
	switch inner(n.Ctequery).(type) {
	case *pg.InsertStmt, *pg.UpdateStmt, *pg.DeleteStmt, *pg.MergeStmt:
		start, end := r.nameRange(n.Location)
		r.report(ruleHiddenWrite, Medium, start, end, "The WITH query "+n.Ctename+" writes.",
			"Ask for the write as a statement of its own.")
	}
	r.inside++
	r.below(n)
	r.inside--
}

// rowNode judges the rest of the family.
func (r *reader) rowNode(node any) bool {
	switch n := node.(type) {
	case *pg.LockingClause:
		r.statement(ruleRowLock, Medium, "The query locks the rows that it reads.", "Leave FOR UPDATE or FOR SHARE out to read only.")
	case *pg.TruncateStmt:
		r.statement(ruleTruncate, High, "TRUNCATE empties "+r.names(n.Relations)+".", "A DELETE with a WHERE can be bounded and reviewed by rows.")
		r.systemWrites(n.Relations)
	case *pg.CopyStmt:
		r.copies(n)
	case *pg.NotifyStmt:
		r.statement(ruleNotify, Medium, "NOTIFY wakes the sessions that listen on "+n.Conditionname+".", "")
	default:
		return false
	}
	return true
}

// copies judges COPY by where rows come from or go.
func (r *reader) copies(n *pg.CopyStmt) {
	switch {
	case n.IsProgram:
		r.statement(ruleProgram, Critical, "COPY runs a program on the database server.", "Read or load the rows through your own client.")
	case n.Filename != "":
		r.statement(ruleServerFile, Critical, "COPY reads or writes a file on the database server.", "Use COPY … STDIN or STDOUT through your own client.")
	case n.IsFrom:
		r.statement(ruleCopyIn, Medium, "COPY loads rows into "+r.name(n.Relation)+".", "")
	default:
		r.statement(ruleExport, Medium, "COPY TO STDOUT hands out all rows in bulk.", "SELECT the rows you need, with a LIMIT.")
	}
	if n.IsFrom {
		r.systemWrite(n.Relation)
	}
}
