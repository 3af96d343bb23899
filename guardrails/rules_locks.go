package guardrails

import (
	"fmt"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// The family of statements that make others wait. Which lock each takes, and what
// it does while it holds it, is what PostgreSQL 15 to 18 do; a test tries each
// form on a real server. A table that the text itself creates is nobody else's yet
// and makes no finding.
var (
	ruleRewrite = &Rule{
		ID: "GR024", Name: "rewrite", Kind: DDL, Level: High, whenRun: true,
		About: "The statement writes a whole table anew, while nobody can read or write it. Medium for a table that the catalog knows to be small.",
		Fires: "ALTER TABLE orders ALTER COLUMN id TYPE bigint",
		Quiet: "ALTER TABLE orders ADD COLUMN note text DEFAULT 'none'",
	}
	ruleBlocks = &Rule{
		ID: "GR025", Name: "blocks-writes", Kind: DDL, Level: Medium, whenRun: true,
		About: "The statement goes through a whole table, while nobody can write to it: it makes an index, or checks what is there. High for a table that the catalog knows to be large.",
		Fires: "CREATE INDEX ON orders (note)",
		Quiet: "CREATE INDEX CONCURRENTLY ON orders (note)",
	}
	ruleScans = &Rule{
		ID: "GR027", Name: "scan-under-lock", Kind: DDL, Level: Medium, whenRun: true,
		About: "The statement goes through a whole table, while nobody can read or write it. High for a table that the catalog knows to be large.",
		Fires: "ALTER TABLE orders ALTER COLUMN note SET NOT NULL",
		Quiet: "ALTER TABLE orders ADD CONSTRAINT has_note CHECK (note IS NOT NULL) NOT VALID",
	}
	ruleExclusive = &Rule{
		ID: "GR028", Name: "exclusive-lock", Kind: DDL, Level: Medium, whenRun: true,
		About: "The statement takes a lock that nobody can read the table under. It holds it for a moment only, but waits for it behind the longest query, and everybody else waits behind it. Told once a table.",
		Fires: "ALTER TABLE orders ADD COLUMN note text",
		Quiet: "ALTER TABLE orders VALIDATE CONSTRAINT has_note",
	}
	ruleCascade = &Rule{
		ID: "GR029", Name: "cascade", Level: High, whenRun: true,
		About: "CASCADE takes along whatever depends on what is dropped or emptied: views, constraints, columns, other tables' rows.",
		Fires: "DROP TABLE orders CASCADE",
		Quiet: "DROP TABLE orders",
	}
)

var lockRules = []*Rule{ruleScans, ruleExclusive, ruleCascade}

// mode is a lock on a table, as pg_locks calls it without "Lock".
type mode string

const (
	shareUpdateExclusive mode = "SHARE UPDATE EXCLUSIVE"
	share                mode = "SHARE"
	shareRowExclusive    mode = "SHARE ROW EXCLUSIVE"
	accessExclusive      mode = "ACCESS EXCLUSIVE"
)

// work is what is done under a lock, by how long it takes.
type work int

const (
	instant  work = iota
	scans         // every row is read, or an index made
	rewrites      // every row is written
)

// locking is what one statement, or one action of ALTER TABLE, does to a table.
type locking struct {
	table *pg.RangeVar
	mode  mode
	work  work
	safer string // how to do it while others go on
}

const lockTimeout = "SET lock_timeout first, so that nobody waits behind it for long, and try again if it is cancelled."

// locks judges what a statement of the text locks, and how much it returns.
func (r *reader) locks(statement *pg.Node) {
	r.returns(statement)
	node := inner(statement)
	for _, l := range r.lockings(node) {
		if l.table != nil && !r.created[dotted(l.table.Schemaname, l.table.Relname)] {
			r.locked(l)
		}
	}
	r.creates(node)
	r.cascades(node)
}

// creates notes the tables that the text makes.
func (r *reader) creates(node any) {
	var v *pg.RangeVar
	switch n := node.(type) {
	case *pg.CreateStmt:
		if !n.IfNotExists {
			v = n.Relation
		}
	case *pg.CreateTableAsStmt:
		if !n.IfNotExists {
			v = n.Into.GetRel()
		}
	case *pg.SelectStmt:
		v = n.IntoClause.GetRel()
	}
	if v != nil {
		r.created = set(r.created, dotted(v.Schemaname, v.Relname))
	}
}

// locked reports one lock.
func (r *reader) locked(l locking) {
	start, end := r.nameRange(l.table.GetLocation())
	rows, size, known := r.sizeOf(l.table)
	name := r.name(l.table) + size
	who := "nobody can read or write it meanwhile"
	if l.mode != accessExclusive {
		who = "nobody can write to it meanwhile"
	}
	switch {
	case l.mode == shareUpdateExclusive:
	case l.work == rewrites:
		level := High
		if known && rows < fewRows {
			level = Medium
		}
		r.report(ruleRewrite, level, start, end, "The statement writes all of "+name+" anew under an "+string(l.mode)+" lock: "+who+".", l.safer)
	case l.work == scans:
		rule, level, an := ruleScans, Medium, "an "
		if l.mode != accessExclusive {
			rule, an = ruleBlocks, "a "
		}
		if known && rows >= largeRows {
			level = High
		}
		r.report(rule, level, start, end, "The statement goes through all of "+name+" under "+an+string(l.mode)+" lock: "+who+".", l.safer)
	case l.mode == accessExclusive:
		if !r.lockTold[r.name(l.table)] {
			r.lockTold = set(r.lockTold, r.name(l.table))
			r.report(ruleExclusive, Medium, start, end, "The statement takes an ACCESS EXCLUSIVE lock on "+name+
				": for a moment nobody can read or write it, nor while it waits for those who do.", hintOr(l.safer, lockTimeout))
		}
	}
}

func set(all map[string]bool, name string) map[string]bool {
	if all == nil {
		all = map[string]bool{}
	}
	all[name] = true
	return all
}

func hintOr(hint, otherwise string) string {
	if hint != "" {
		return hint
	}
	return otherwise
}

// Tables of which to go through all takes no time, and of which it takes long.
const (
	fewRows   = 10_000
	largeRows = 1_000_000
)

// sizeOf says how large a table is, for a message: " (about 5 million rows, 1.2
// GB)"; known is false if the catalog does not say.
func (r *reader) sizeOf(v *pg.RangeVar) (rows float64, text string, known bool) {
	rows = -1
	var bytes int64
	for _, t := range r.cat.tablesUnder(r.path, v.GetSchemaname(), v.GetRelname()) {
		rows, bytes = max(rows, t.Rows), max(bytes, t.Bytes)
	}
	if rows < 0 {
		return rows, "", false
	}
	text = " (about " + manyOf(rows) + " rows"
	if bytes > 0 {
		text += ", " + bytesOf(bytes)
	}
	return rows, text + ")", true
}

// manyOf writes a number of rows as a person says it.
func manyOf(n float64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.1f thousand million", n/1e9)
	case n >= 1e6:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", n/1e6), ".0") + " million"
	case n >= 1000:
		return fmt.Sprintf("%d,%03d", int(n)/1000, int(n)%1000)
	}
	return fmt.Sprintf("%.0f", n)
}

func bytesOf(n int64) string {
	const unit = 1024
	f, name := float64(n), "bytes"
	for _, next := range []string{"kB", "MB", "GB", "TB"} {
		if f < unit {
			break
		}
		f, name = f/unit, next
	}
	return strings.TrimSuffix(fmt.Sprintf("%.1f", f), ".0") + " " + name
}

// cascades judges DROP … CASCADE and TRUNCATE … CASCADE.
func (r *reader) cascades(node any) {
	switch n := node.(type) {
	case *pg.DropStmt:
		if n.Behavior == pg.DropBehavior_DROP_CASCADE {
			r.statement(ruleCascade, High, "CASCADE drops whatever depends on it, too.", "Leave CASCADE out: the server then lists what depends on it.")
		}
	case *pg.TruncateStmt:
		if n.Behavior == pg.DropBehavior_DROP_CASCADE {
			r.statement(ruleCascade, High, "CASCADE empties every table that refers to it, too.", "Leave CASCADE out: the server then names the tables that refer to it.")
		}
	case *pg.AlterTableStmt:
		for _, c := range n.Cmds {
			if a := c.GetAlterTableCmd(); a.GetBehavior() == pg.DropBehavior_DROP_CASCADE && strings.HasPrefix(a.Subtype.String(), "AT_Drop") {
				r.statement(ruleCascade, High, "CASCADE drops whatever depends on "+quoted(a.Name)+", too.", "Leave CASCADE out: the server then lists what depends on it.")
			}
		}
	}
}
