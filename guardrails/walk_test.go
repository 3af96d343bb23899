package guardrails

import (
	"slices"
	"strings"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// analysed are the nodes that no text parses into: PostgreSQL's analysis and
// planner make them later, of the nodes that a text does parse into.
var analysed = strings.Fields(`
	Var Param Aggref WindowFunc SubscriptingRef FuncExpr OpExpr DistinctExpr NullIfExpr ScalarArrayOpExpr SubPlan
	AlternativeSubPlan FieldSelect FieldStore RelabelType CoerceViaIO ArrayCoerceExpr ConvertRowtypeExpr CollateExpr
	CaseTestExpr ArrayExpr RowCompareExpr CoerceToDomain CoerceToDomainValue InferenceElem TargetEntry RangeTblRef
	FromExpr OnConflictExpr JsonConstructorExpr NextValueExpr Query RTEPermissionInfo RangeTblEntry RangeTblFunction
	TableSampleClause WithCheckOption SortGroupClause WindowClause RowMarkClause MergeAction SetOperationStmt
	RawStmt SinglePartitionSpec CallContext InlineCodeBlock PLAssignStmt`)

// TestEveryNodeOfTheParserIsJudged asks the parser's own description for the
// nodes that it knows: each is judged by some rule, or is one that no text
// parses into, which would be unfamiliar.
func TestEveryNodeOfTheParserIsJudged(t *testing.T) {
	t.Parallel()
	fields := (&pg.Node{}).ProtoReflect().Descriptor().Oneofs().Get(0).Fields()
	unfamiliar := 0
	for i := range fields.Len() {
		message := fields.Get(i).Message()
		node := empty(t, message)
		name := string(message.Name())
		isUnfamiliar := meets(node, ruleUnfamiliar.ID)
		if isUnfamiliar {
			unfamiliar++
		}
		if isUnfamiliar != slices.Contains(analysed, name) {
			t.Errorf("%s: unfamiliar is %t, and it is listed as %t", name, isUnfamiliar, !isUnfamiliar)
		}
	}
	if fields.Len() < 200 || unfamiliar < 30 {
		t.Errorf("only %d nodes, %d unfamiliar", fields.Len(), unfamiliar)
	}
}

// empty makes a node with nothing in it.
func empty(t *testing.T, d protoreflect.MessageDescriptor) any {
	t.Helper()
	kind, err := protoregistry.GlobalTypes.FindMessageByName(d.FullName())
	if err != nil {
		t.Fatal(err)
	}
	return kind.New().Interface()
}

// meets reports whether the walk reports a rule of a node by itself. A rule that
// trips over an empty node knows it.
func meets(node any, rule string) (found bool) {
	defer func() {
		if recover() != nil {
			found = false
		}
	}()
	r := newReader("x", nil)
	r.walk, r.end = func(any) {}, 1
	r.visit(node)
	return slices.ContainsFunc(r.findings, func(f Finding) bool { return f.Rule == rule })
}

// TestEveryStatementIsMoreThanARead holds that of the parser's statements only
// those pass without a finding that are listed here.
func TestEveryStatementIsMoreThanARead(t *testing.T) {
	t.Parallel()
	quiet := strings.Fields(`SelectStmt ExplainStmt PrepareStmt DeclareCursorStmt TransactionStmt VariableShowStmt ClosePortalStmt
		DeallocateStmt ListenStmt UnlistenStmt DiscardStmt ReturnStmt ReplicaIdentityStmt AlterTableStmt`)
	fields := (&pg.Node{}).ProtoReflect().Descriptor().Oneofs().Get(0).Fields()
	for i := range fields.Len() {
		message := fields.Get(i).Message()
		name := string(message.Name())
		if !strings.HasSuffix(name, "Stmt") || slices.Contains(quiet, name) || slices.Contains(analysed, name) {
			continue
		}
		if !meetsAny(empty(t, message)) {
			t.Errorf("%s passes without a finding", name)
		}
	}
}

func meetsAny(node any) (found bool) {
	defer func() {
		if recover() != nil {
			found = true // a rule reads its details, which an empty node has not
		}
	}()
	r := newReader("x", nil)
	r.walk, r.end = func(any) {}, 1
	r.visit(node)
	return len(r.findings) > 0
}
