package guardrails

import (
	"slices"
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// lockings says what a statement locks and does under the locks, the strongest of
// each table; nil if it makes nobody wait that its kind does not already say.
func (r *reader) lockings(node any) []locking {
	switch n := node.(type) {
	case *pg.AlterTableStmt:
		return r.alterLocks(n)
	case *pg.IndexStmt:
		if n.Concurrent {
			return []locking{{n.Relation, shareUpdateExclusive, scans, ""}}
		}
		return []locking{{n.Relation, share, scans, "CREATE INDEX CONCURRENTLY does not hold up writes."}}
	case *pg.RenameStmt:
		return renameLocks(n)
	case *pg.AlterObjectSchemaStmt:
		return []locking{{n.Relation, accessExclusive, instant, ""}}
	case *pg.CreateTrigStmt:
		return []locking{{n.Relation, shareRowExclusive, instant, ""}}
	case *pg.RuleStmt:
		return []locking{{n.Relation, accessExclusive, instant, ""}}
	case *pg.CreatePolicyStmt:
		return []locking{{n.Table, accessExclusive, instant, ""}}
	case *pg.AlterPolicyStmt:
		return []locking{{n.Table, accessExclusive, instant, ""}}
	case *pg.RefreshMatViewStmt:
		if n.Concurrent || n.SkipData {
			return nil
		}
		return []locking{{n.Relation, accessExclusive, rewrites, "REFRESH MATERIALIZED VIEW CONCURRENTLY lets others read; it needs a unique index."}}
	case *pg.ClusterStmt:
		return []locking{{n.Relation, accessExclusive, rewrites, "pg_repack and pg_squeeze do this while others read and write."}}
	case *pg.VacuumStmt:
		return vacuumLocks(n)
	case *pg.ReindexStmt:
		return reindexLocks(n)
	case *pg.DropStmt:
		return dropLocks(n)
	}
	return nil
}

func renameLocks(n *pg.RenameStmt) []locking {
	switch n.RenameType {
	case pg.ObjectType_OBJECT_TABLE, pg.ObjectType_OBJECT_COLUMN, pg.ObjectType_OBJECT_VIEW, pg.ObjectType_OBJECT_MATVIEW,
		pg.ObjectType_OBJECT_TABCONSTRAINT, pg.ObjectType_OBJECT_FOREIGN_TABLE:
		return []locking{{n.Relation, accessExclusive, instant, "Programs still ask for the old name: a view of that name, or both columns for a while, spares them."}}
	case pg.ObjectType_OBJECT_INDEX:
		return []locking{{n.Relation, shareUpdateExclusive, instant, ""}}
	case pg.ObjectType_OBJECT_TRIGGER, pg.ObjectType_OBJECT_POLICY, pg.ObjectType_OBJECT_RULE:
		return []locking{{n.Relation, accessExclusive, instant, ""}}
	}
	return nil
}

func vacuumLocks(n *pg.VacuumStmt) (all []locking) {
	full := slices.ContainsFunc(n.Options, func(o *pg.Node) bool {
		return o.GetDefElem().GetDefname() == "full" && !isOff(o.GetDefElem().GetArg())
	})
	for _, v := range n.Rels {
		if t := v.GetVacuumRelation().GetRelation(); full {
			all = append(all, locking{t, accessExclusive, rewrites, "pg_repack and pg_squeeze do this while others read and write."})
		} else {
			all = append(all, locking{t, shareUpdateExclusive, scans, ""})
		}
	}
	return all
}

func reindexLocks(n *pg.ReindexStmt) []locking {
	for _, o := range n.Params {
		if d := o.GetDefElem(); d.GetDefname() == "concurrently" && !isOff(d.GetArg()) {
			return nil
		}
	}
	switch n.Kind {
	case pg.ReindexObjectType_REINDEX_OBJECT_TABLE:
		return []locking{{n.Relation, share, scans, "REINDEX TABLE CONCURRENTLY does not hold up writes."}}
	case pg.ReindexObjectType_REINDEX_OBJECT_INDEX: // of which reads that use it wait, too
		return []locking{{n.Relation, accessExclusive, scans, "REINDEX INDEX CONCURRENTLY does not hold up anybody."}}
	}
	return nil
}

// dropLocks knows of DROP INDEX: what else is dropped is gone, which says more.
func dropLocks(n *pg.DropStmt) (all []locking) {
	if n.RemoveType != pg.ObjectType_OBJECT_INDEX || n.Concurrent {
		return nil
	}
	for _, o := range n.Objects {
		all = append(all, locking{rangeVar(o), accessExclusive, instant, "DROP INDEX CONCURRENTLY does not hold up anybody."})
	}
	return all
}

// rangeVar makes a list of names the table that it names.
func rangeVar(n *pg.Node) *pg.RangeVar {
	name := parts(n.GetList().GetItems())
	if len(name) == 0 {
		return nil
	}
	v := &pg.RangeVar{Relname: name[len(name)-1], Location: -1}
	if len(name) > 1 {
		v.Schemaname = name[len(name)-2]
	}
	return v
}

// alterLocks takes the actions of one ALTER TABLE together: what the strongest
// lock is, and the longest work.
func (r *reader) alterLocks(n *pg.AlterTableStmt) []locking {
	switch n.Objtype {
	case pg.ObjectType_OBJECT_TABLE, pg.ObjectType_OBJECT_MATVIEW, pg.ObjectType_OBJECT_FOREIGN_TABLE:
	default:
		return nil
	}
	sum := locking{table: n.Relation, mode: shareUpdateExclusive}
	var other []locking
	for _, c := range n.Cmds {
		l := r.alterLock(c.GetAlterTableCmd(), n.Relation)
		if rank(l.mode) > rank(sum.mode) {
			sum.mode = l.mode
		}
		if l.work > sum.work || sum.safer == "" && l.work == sum.work {
			sum.work, sum.safer = l.work, l.safer
		}
		other = append(other, otherLocks(c.GetAlterTableCmd())...)
	}
	return append([]locking{sum}, other...)
}

func rank(m mode) int {
	return slices.Index([]mode{shareUpdateExclusive, share, shareRowExclusive, accessExclusive}, m)
}

// alterLock says what one action of ALTER TABLE does to its table.
func (r *reader) alterLock(n *pg.AlterTableCmd, table *pg.RangeVar) locking {
	l := locking{table: table, mode: accessExclusive}
	switch n.Subtype {
	case pg.AlterTableType_AT_SetStatistics, pg.AlterTableType_AT_SetOptions, pg.AlterTableType_AT_ResetOptions,
		pg.AlterTableType_AT_ClusterOn, pg.AlterTableType_AT_DropCluster, pg.AlterTableType_AT_DetachPartitionFinalize:
		l.mode = shareUpdateExclusive
	case pg.AlterTableType_AT_ValidateConstraint:
		l.mode, l.work = shareUpdateExclusive, scans
	case pg.AlterTableType_AT_SetRelOptions, pg.AlterTableType_AT_ResetRelOptions:
		l.mode = optionsLock(n)
	case pg.AlterTableType_AT_EnableTrig, pg.AlterTableType_AT_EnableAlwaysTrig, pg.AlterTableType_AT_EnableReplicaTrig,
		pg.AlterTableType_AT_DisableTrig, pg.AlterTableType_AT_EnableTrigAll, pg.AlterTableType_AT_DisableTrigAll,
		pg.AlterTableType_AT_EnableTrigUser, pg.AlterTableType_AT_DisableTrigUser:
		l.mode = shareRowExclusive
	case pg.AlterTableType_AT_AttachPartition:
		l.mode = shareUpdateExclusive // and the partition's: see otherLocks
	case pg.AlterTableType_AT_DetachPartition:
		if n.Def.GetPartitionCmd().GetConcurrent() {
			l.mode = shareUpdateExclusive
		}
		l.safer = "DETACH PARTITION … CONCURRENTLY does not hold up anybody."
	case pg.AlterTableType_AT_AddColumn:
		l.work, l.safer = r.addColumnWork(n.Def.GetColumnDef())
	case pg.AlterTableType_AT_AlterColumnType:
		l.work, l.safer = r.changeTypeWork(n, table)
	case pg.AlterTableType_AT_SetNotNull:
		l.work = scans
		l.safer = "First ADD CONSTRAINT … CHECK (" + quoted(n.Name) + " IS NOT NULL) NOT VALID, then VALIDATE CONSTRAINT; SET NOT NULL then goes by it and reads nothing."
	case pg.AlterTableType_AT_AddConstraint:
		return constraintLock(l, n.Def.GetConstraint())
	case pg.AlterTableType_AT_SetLogged, pg.AlterTableType_AT_SetUnLogged, pg.AlterTableType_AT_SetTableSpace,
		pg.AlterTableType_AT_SetAccessMethod:
		l.work, l.safer = rewrites, "pg_repack moves a table to another tablespace while others read and write."
	}
	return l
}

// optionsLock: most settings of a table change under a weak lock.
func optionsLock(n *pg.AlterTableCmd) mode {
	for _, o := range n.Def.GetList().GetItems() {
		switch name := o.GetDefElem().GetDefname(); {
		case strings.HasPrefix(name, "autovacuum_"), strings.HasPrefix(name, "vacuum_"), strings.HasPrefix(name, "log_autovacuum"),
			name == "fillfactor", name == "toast_tuple_target", name == "parallel_workers":
		default:
			return accessExclusive
		}
	}
	return shareUpdateExclusive
}

// constraintLock says what ADD CONSTRAINT does.
func constraintLock(l locking, c *pg.Constraint) locking {
	switch c.GetContype() {
	case pg.ConstrType_CONSTR_FOREIGN:
		l.mode = shareRowExclusive
		if !c.SkipValidation {
			l.work, l.safer = scans, "ADD FOREIGN KEY … NOT VALID, then VALIDATE CONSTRAINT, which lets others write."
		}
	case pg.ConstrType_CONSTR_CHECK:
		if !c.SkipValidation {
			l.work, l.safer = scans, "ADD CONSTRAINT … NOT VALID, then VALIDATE CONSTRAINT, which lets others read and write."
		}
	case pg.ConstrType_CONSTR_PRIMARY, pg.ConstrType_CONSTR_UNIQUE:
		if c.Indexname == "" {
			l.work, l.safer = scans, "CREATE UNIQUE INDEX CONCURRENTLY first, then ADD CONSTRAINT … USING INDEX."
		}
	case pg.ConstrType_CONSTR_EXCLUSION:
		l.work, l.safer = scans, "There is no way to make it while others go on; do it when nobody is there."
	}
	return l
}

// otherLocks says what an action of ALTER TABLE does to another table.
func otherLocks(n *pg.AlterTableCmd) []locking {
	switch n.GetSubtype() {
	case pg.AlterTableType_AT_AddConstraint:
		if c := n.Def.GetConstraint(); c.GetContype() == pg.ConstrType_CONSTR_FOREIGN {
			return []locking{{c.Pktable, shareRowExclusive, instant, ""}}
		}
	case pg.AlterTableType_AT_AttachPartition:
		return []locking{{
			n.Def.GetPartitionCmd().GetName(), accessExclusive, scans,
			"Give it a CHECK constraint that says the same as its bounds, NOT VALID and then validated: nothing is read then.",
		}}
	case pg.AlterTableType_AT_DetachPartition:
		if !n.Def.GetPartitionCmd().GetConcurrent() {
			return []locking{{n.Def.GetPartitionCmd().GetName(), accessExclusive, instant, "DETACH PARTITION … CONCURRENTLY does not hold up anybody."}}
		}
	}
	return nil
}

// addColumnWork says what ADD COLUMN does: with a default that is the same for
// all rows, nothing.
func (r *reader) addColumnWork(d *pg.ColumnDef) (w work, safer string) {
	name := parts(d.GetTypeName().GetNames())
	if len(name) > 0 && strings.Contains(name[len(name)-1], "serial") {
		return rewrites, "Add the column without a default, give it one, then fill it in steps."
	}
	for _, n := range d.GetConstraints() {
		c := n.GetConstraint()
		switch c.GetContype() {
		case pg.ConstrType_CONSTR_DEFAULT:
			if r.isVolatile(c.RawExpr) {
				w, safer = rewrites, "Add the column without a default, give it one, then fill it in steps."
			}
		case pg.ConstrType_CONSTR_GENERATED:
			w, safer = rewrites, "Add a plain column, fill it in steps, and keep it by a trigger."
		case pg.ConstrType_CONSTR_IDENTITY:
			w, safer = rewrites, "Add a plain column, fill it in steps, then give it an identity."
		case pg.ConstrType_CONSTR_CHECK:
			if w < scans {
				w, safer = scans, "Add the column, then the constraint NOT VALID, then VALIDATE CONSTRAINT."
			}
		case pg.ConstrType_CONSTR_PRIMARY, pg.ConstrType_CONSTR_UNIQUE:
			if w < scans {
				w, safer = scans, "Add the column, CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT … USING INDEX."
			}
		}
	}
	return w, safer
}

// isVolatile reports whether an expression may give each row another value.
func (r *reader) isVolatile(n *pg.Node) bool {
	volatile := false
	var look func(any)
	look = func(node any) {
		if f, ok := node.(*pg.FuncCall); ok {
			schema, name := split(parts(f.Funcname))
			switch own := r.cat.functions(r.path, schema, name, len(f.Args)); {
			case len(own) > 0:
				volatile = volatile || slices.ContainsFunc(own, func(f *Function) bool { return f.Volatility != "immutable" && f.Volatility != "stable" })
			case schema != "" && schema != "pg_catalog":
				volatile = true
			default:
				volatile = volatile || volatileFunctions[name] || builtinFunctions()[name] == 0
			}
		}
		eachChild(node, look)
	}
	oneNode(n, look)
	return volatile
}

// volatileFunctions are the built-in ones that stand in defaults.
var volatileFunctions = map[string]bool{
	"random": true, "gen_random_uuid": true, "clock_timestamp": true, "timeofday": true, "nextval": true, "setseed": true,
	"random_normal": true, "uuidv4": true, "uuidv7": true, "currval": true, "lastval": true, "setval": true,
}

// changeTypeWork says what ALTER COLUMN … TYPE does: between some types nothing
// has to be written.
func (r *reader) changeTypeWork(n *pg.AlterTableCmd, table *pg.RangeVar) (w work, safer string) {
	safer = "Add a column of the new type, fill it in steps while a trigger keeps it, then swap the two."
	d := n.Def.GetColumnDef()
	if d.GetRawDefault() != nil { // USING
		return rewrites, safer
	}
	for _, t := range r.cat.tablesUnder(r.path, table.GetSchemaname(), table.GetRelname()) {
		if c := t.column(n.Name); c != nil && c.Type != "" && sameBytes(c.Type, typeOf(d.GetTypeName())) {
			return instant, ""
		}
	}
	return rewrites, safer
}

// typeOf writes a type as format_type does, for those that sameBytes knows.
func typeOf(n *pg.TypeName) string {
	name := parts(n.GetNames())
	if len(name) == 0 || len(n.GetArrayBounds()) > 0 {
		return ""
	}
	t := name[len(name)-1]
	if t == "varchar" {
		t = "character varying"
	}
	if len(n.Typmods) == 0 {
		return t
	}
	size, ok := number(n.Typmods[0])
	if !ok || len(n.Typmods) > 2 {
		return ""
	}
	t += "(" + strconv.Itoa(int(size))
	if len(n.Typmods) == 2 {
		scale, _ := number(n.Typmods[1])
		t += "," + strconv.Itoa(int(scale))
	}
	return t + ")"
}

// sameBytes reports whether values of one type are values of another as they are:
// of a longer varchar, a wider numeric, or text.
func sameBytes(from, to string) bool {
	kind := func(t string) (name string, size, scale int) {
		name, rest, ok := strings.Cut(t, "(")
		if !ok {
			return name, 1 << 30, -1
		}
		a, b, _ := strings.Cut(strings.TrimSuffix(rest, ")"), ",")
		size, _ = strconv.Atoi(a)
		scale, _ = strconv.Atoi(b)
		return name, size, scale
	}
	a, m, s := kind(from)
	b, n, t := kind(to)
	switch {
	case from == to:
		return true
	case a == "character varying" && (b == "text" || b == a && n >= m), a == "text" && b == "character varying" && n == 1<<30:
		return true
	case a == "numeric" && b == "numeric":
		return n >= m && (s == t || t == -1)
	}
	return false
}
