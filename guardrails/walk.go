package guardrails

import (
	"reflect"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// eachNode calls f with what each of the nodes holds.
func eachNode(nodes []*pg.Node, f func(any)) {
	for _, n := range nodes {
		if c := inner(n); c != nil {
			f(c)
		}
	}
}

// oneNode calls f with what the node holds.
func oneNode(n *pg.Node, f func(any)) {
	if c := inner(n); c != nil {
		f(c)
	}
}

// node visits what n holds.
func (r *reader) node(n *pg.Node) { oneNode(n, r.walk) }

// below visits everything right under a node.
func (r *reader) below(n any) {
	if !eachChild(n, r.walk) {
		r.unfamiliar(n)
	}
}

// visit judges one node of the tree and everything under it. A node that no
// case knows is looked up among the statements that a single rule describes;
// one that is not there either is unfamiliar, and never low.
func (r *reader) visit(node any) {
	if r.query(node) {
		return
	}
	switch n := node.(type) {
	case *pg.FuncCall:
		r.calls(n)
	case *pg.A_Expr:
		switch n.Kind {
		case pg.A_Expr_Kind_AEXPR_BETWEEN, pg.A_Expr_Kind_AEXPR_NOT_BETWEEN,
			pg.A_Expr_Kind_AEXPR_BETWEEN_SYM, pg.A_Expr_Kind_AEXPR_NOT_BETWEEN_SYM:
			// The name is the keyword, and nobody can give another.
		default:
			r.operator(n.Name, n.Location)
		}
	case *pg.TypeCast:
		r.casts(n)
	case *pg.SubLink:
		r.operator(n.OperName, n.Location)
	case *pg.SortBy:
		r.operator(n.UseOp, n.Location)
	case *pg.TypeName:
		r.typeName(n)
	case *pg.ColumnRef:
		r.column(n)
	case *pg.A_Indirection:
		r.indirection(n)
	case *pg.RangeFunction:
		r.source(n.GetAlias().GetAliasname())
		r.unnests(n)
	default:
		if !r.from(node) && !harmless(node) && !r.judged(node) {
			r.plain(node)
		}
	}
	r.below(node)
}

// query visits the statements and queries that have columns in scope, or that
// are more than the sum of what is in them.
func (r *reader) query(node any) bool {
	switch n := node.(type) {
	case *pg.WithClause: // entered by the statement it stands before
	case *pg.SelectStmt:
		r.openScope()
		r.selects(n)
		r.closeScope()
	case *pg.InsertStmt:
		r.writing(n.Relation, append(r.insertedColumns(n.Relation, targetNames(n.Cols)), targetNames(n.OnConflictClause.GetTargetList())...)...)
		r.inserts(n)
		r.wrote(n.Relation, "insert")
		if n.OnConflictClause.GetAction() == pg.OnConflictAction_ONCONFLICT_UPDATE {
			r.fires(n.Relation, "update")
		}
	case *pg.UpdateStmt:
		r.writing(n.Relation, targetNames(n.TargetList)...)
		r.updates(n)
		r.wrote(n.Relation, "update")
	case *pg.DeleteStmt:
		r.writing(n.Relation)
		r.deletes(n)
		r.wrote(n.Relation, "delete")
	case *pg.MergeStmt:
		r.writing(n.Relation, mergedNames(n.MergeWhenClauses)...)
		r.merges(n)
		r.wrote(n.Relation, "insert", "update", "delete")
	case *pg.CommonTableExpr:
		r.withQuery(n)
	case *pg.ExplainStmt:
		r.explains(n)
	default:
		return false
	}
	return true
}

// from takes what stands in FROM, or is read and written without one; it is
// false for what else there is to say of a statement.
func (r *reader) from(node any) bool {
	switch n := node.(type) {
	case *pg.RangeVar:
		r.relation(n)
	case *pg.RangeSubselect:
		r.source(n.GetAlias().GetAliasname())
	case *pg.RangeTableFunc:
		r.source(n.GetAlias().GetAliasname())
	case *pg.RangeTableSample:
		r.sample(n)
	case *pg.JoinExpr:
		r.joins(n)
	case *pg.CopyStmt:
		r.copied(n)
		return false
	case *pg.TruncateStmt:
		for _, t := range n.Relations {
			r.written(t.GetRangeVar())
			r.fires(t.GetRangeVar(), "truncate")
		}
		return false
	default:
		return false
	}
	return true
}

// harmless reports whether a node by itself has no effect and needs no
// judgement: clauses, expressions without code of their own, lists and values.
func harmless(node any) bool {
	switch node.(type) {
	case *pg.Integer, *pg.Float, *pg.Boolean, *pg.String, *pg.BitString, *pg.List, *pg.IntList, *pg.OidList,
		*pg.A_Const, *pg.Alias, *pg.TableFunc, *pg.IntoClause, *pg.GroupingFunc, *pg.NamedArgExpr, *pg.BoolExpr,
		*pg.CaseExpr, *pg.CaseWhen, *pg.RowExpr, *pg.CoalesceExpr, *pg.MinMaxExpr,
		*pg.SQLValueFunction, *pg.XmlExpr, *pg.XmlSerialize, *pg.JsonFormat, *pg.JsonReturning, *pg.JsonValueExpr,
		*pg.JsonIsPredicate, *pg.JsonOutput, *pg.JsonKeyValue, *pg.JsonObjectConstructor, *pg.JsonArrayConstructor,
		*pg.JsonArrayQueryConstructor, *pg.JsonAggConstructor, *pg.JsonObjectAgg, *pg.JsonArrayAgg,
		*pg.NullTest, *pg.BooleanTest, *pg.SetToDefault, *pg.CurrentOfExpr, *pg.JoinExpr,
		*pg.ParamRef, *pg.TypeCast, *pg.CollateClause, *pg.RoleSpec, *pg.A_Star, *pg.A_Indices, *pg.A_ArrayExpr,
		*pg.ResTarget, *pg.MultiAssignRef, *pg.WindowDef, *pg.RangeSubselect, *pg.RangeFunction, *pg.RangeTableFunc,
		*pg.RangeTableFuncCol, *pg.DefElem, *pg.GroupingSet, *pg.InferClause, *pg.OnConflictClause,
		*pg.CTESearchClause, *pg.CTECycleClause, *pg.MergeWhenClause, *pg.IndexElem,
		// Parts of definitions, judged with the statement that they stand in.
		*pg.ColumnDef, *pg.TableLikeClause, *pg.PartitionElem, *pg.PartitionSpec, *pg.PartitionBoundSpec,
		*pg.PartitionRangeDatum, *pg.PartitionCmd, *pg.TriggerTransition, *pg.ReplicaIdentityStmt,
		*pg.ObjectWithArgs, *pg.AccessPriv, *pg.Constraint, *pg.CreateOpClassItem, *pg.StatsElem,
		*pg.FunctionParameter, *pg.VacuumRelation, *pg.PublicationTable, *pg.PublicationObjSpec, *pg.ReturnStmt:
		return true
	}
	return false
}

// judged lets the families judge a node; it is false if none of them knows it.
func (r *reader) judged(node any) bool {
	return r.sessionNode(node) || r.objectNode(node) || r.privilegeNode(node) || r.codeNode(node) ||
		r.serverNode(node) || r.rowNode(node)
}

// plainStatement is a statement that one rule describes whatever its details.
type plainStatement struct {
	rule    *Rule
	kind    Kind  // the rule's if empty
	level   Level // the rule's if empty
	message string
}

// plain judges a node by its type alone.
func (r *reader) plain(node any) {
	p, ok := plainStatements[reflect.TypeOf(node)]
	if !ok {
		r.unfamiliar(node)
		return
	}
	kind, level := p.kind, p.level
	if kind == "" {
		kind = p.rule.Kind
	}
	if level == "" {
		level = p.rule.Level
	}
	r.reportAs(kind, p.rule, level, r.start, r.end, p.message, "")
}

func (r *reader) unfamiliar(node any) {
	name := reflect.TypeOf(node).Elem().Name()
	r.statement(ruleUnfamiliar, High, "The text holds a "+name+", of which guardrails have no judgement.", "")
}
