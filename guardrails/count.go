package guardrails

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// CountQuery rewrites one statement to a SELECT that returns as many rows as the
// statement would return, insert, update or delete itself: over its own FROM,
// WHERE and WITH, and without its effects. Triggers and cascades are not in it.
//
// params are the numbers of the statement's parameters that are left, in order:
// the first of them is $1 of the query. It is false for what cannot be rewritten
// faithfully: texts of several statements, writes in WITH, MERGE, ON CONFLICT,
// WHERE CURRENT OF, and everything that is no statement about rows.
func CountQuery(sql string) (query string, params []int, ok bool) {
	tree, ok := bounded(sql)
	if !ok || len(tree.Stmts) != 1 {
		return "", nil, false
	}
	s := counting(inner(tree.Stmts[0].Stmt))
	if s == nil || !countable(s) {
		return "", nil, false
	}
	params = renumber(s)
	query, err := pg.Deparse(parsed(s))
	if err != nil || !saysTheSame(s, query) {
		return "", nil, false
	}
	return query, params, true
}

// counting is the query of a statement's rows, nil if there is none.
func counting(node any) *pg.SelectStmt {
	switch n := node.(type) {
	case *pg.SelectStmt:
		return n
	case *pg.InsertStmt:
		return countInserts(n)
	case *pg.UpdateStmt:
		return countChanges(n.Relation, n.WithClause, n.FromClause, n.WhereClause)
	case *pg.DeleteStmt:
		return countChanges(n.Relation, n.WithClause, n.UsingClause, n.WhereClause)
	case *pg.CreateTableAsStmt:
		if n.Objtype == pg.ObjectType_OBJECT_TABLE && !n.Into.GetSkipData() {
			return n.Query.GetSelectStmt()
		}
	}
	return nil
}

// countInserts counts what is to be inserted.
func countInserts(n *pg.InsertStmt) *pg.SelectStmt {
	if n.OnConflictClause != nil { // some of the rows may be inserted, updated or left out
		return nil
	}
	from := n.SelectStmt.GetSelectStmt()
	switch {
	case from == nil: // DEFAULT VALUES
		return oneOf(nil, nil)
	case len(from.ValuesLists) > 0 && from.WithClause == nil: // what they are is not in question, and may be DEFAULT
		if len(from.ValuesLists) == 1 {
			return oneOf(nil, nil)
		}
		rows := &pg.SelectStmt{Op: pg.SetOperation_SETOP_NONE, LimitOption: pg.LimitOption_LIMIT_OPTION_DEFAULT}
		for range from.ValuesLists {
			rows.ValuesLists = append(rows.ValuesLists, &pg.Node{Node: &pg.Node_List{List: &pg.List{Items: []*pg.Node{one()}}}})
		}
		return oneOf([]*pg.Node{subselect(rows)}, nil)
	}
	s := oneOf([]*pg.Node{subselect(from)}, nil)
	s.WithClause = n.WithClause
	return s
}

// countChanges counts the rows of a table that a condition holds for, perhaps
// together with rows of others: such a row is changed once, however many there
// are.
func countChanges(of *pg.RangeVar, with *pg.WithClause, others []*pg.Node, where *pg.Node) *pg.SelectStmt {
	for _, c := range with.GetCtes() {
		if of.Schemaname == "" && c.GetCommonTableExpr().GetCtename() == of.Relname {
			return nil // a SELECT would take the query for the table
		}
	}
	if len(others) > 0 {
		where = &pg.Node{Node: &pg.Node_SubLink{SubLink: &pg.SubLink{
			SubLinkType: pg.SubLinkType_EXISTS_SUBLINK,
			Subselect:   &pg.Node{Node: &pg.Node_SelectStmt{SelectStmt: oneOf(others, where)}},
		}}}
	}
	s := oneOf([]*pg.Node{{Node: &pg.Node_RangeVar{RangeVar: of}}}, where)
	s.WithClause = with
	return s
}

// oneOf is SELECT 1 FROM … WHERE ….
func oneOf(from []*pg.Node, where *pg.Node) *pg.SelectStmt {
	return &pg.SelectStmt{
		TargetList: []*pg.Node{{Node: &pg.Node_ResTarget{ResTarget: &pg.ResTarget{Val: one()}}}},
		FromClause: from, WhereClause: where,
		Op: pg.SetOperation_SETOP_NONE, LimitOption: pg.LimitOption_LIMIT_OPTION_DEFAULT,
	}
}

func one() *pg.Node {
	return &pg.Node{Node: &pg.Node_AConst{AConst: &pg.A_Const{Val: &pg.A_Const_Ival{Ival: &pg.Integer{Ival: 1}}}}}
}

func subselect(s *pg.SelectStmt) *pg.Node {
	return &pg.Node{Node: &pg.Node_RangeSubselect{RangeSubselect: &pg.RangeSubselect{
		Subquery: &pg.Node{Node: &pg.Node_SelectStmt{SelectStmt: s}}, Alias: &pg.Alias{Aliasname: "counted"},
	}}}
}

// countable reports whether the query does nothing but read, and takes away what
// a read has beside its rows: locks, and a table made of them.
func countable(s *pg.SelectStmt) bool {
	fine := true
	each(s, func(node any) {
		switch n := node.(type) {
		case *pg.InsertStmt, *pg.UpdateStmt, *pg.DeleteStmt, *pg.MergeStmt, *pg.CurrentOfExpr, *pg.SetToDefault:
			fine = false
		case *pg.SelectStmt:
			n.IntoClause, n.LockingClause = nil, nil
		}
	})
	return fine
}

// each calls f with a node and everything below it.
func each(node any, f func(any)) {
	f(node)
	eachChild(node, func(child any) { each(child, f) })
}

// renumber makes the parameters that are left count from 1, and returns what
// they were.
func renumber(s *pg.SelectStmt) []int {
	var refs []*pg.ParamRef
	var old []int
	each(s, func(node any) {
		if p, ok := node.(*pg.ParamRef); ok {
			refs = append(refs, p)
			old = append(old, int(p.Number))
		}
	})
	slices.Sort(old)
	old = slices.Compact(old)
	for _, p := range refs {
		p.Number = int32(1 + slices.Index(old, int(p.Number)))
	}
	return old
}

func parsed(s *pg.SelectStmt) *pg.ParseResult {
	return &pg.ParseResult{Stmts: []*pg.RawStmt{{Stmt: &pg.Node{Node: &pg.Node_SelectStmt{SelectStmt: s}}}}}
}

// saysTheSame reports whether a text means this tree, wherever its parts stand:
// what is counted must be what is asked for, whatever the deparser knows.
func saysTheSame(s *pg.SelectStmt, text string) bool {
	tree, err := pg.Parse(text)
	if err != nil || len(tree.Stmts) != 1 {
		return false
	}
	want, got := proto.Clone(parsed(s).Stmts[0].Stmt), proto.Clone(tree.Stmts[0].Stmt)
	unplace(want.ProtoReflect())
	unplace(got.ProtoReflect())
	return proto.Equal(want, got)
}

// unplace clears where in its text each node of a tree stood.
func unplace(m protoreflect.Message) {
	m.Range(func(field protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case field.Name() == "location" || field.Name() == "list_start" || field.Name() == "list_end":
			m.Clear(field)
		case field.Message() == nil || field.IsMap():
		case field.IsList():
			for i := range v.List().Len() {
				unplace(v.List().Get(i).Message())
			}
		default:
			unplace(v.Message())
		}
		return true
	})
}
