package guardrails

import (
	pg "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// maxCompared bounds how many pairs of expressions are compared in one text; what
// lies behind is taken for different.
const maxCompared = 20_000

// same reports whether two expressions are the same but for what does not change
// a value: casts, + 0, * 1, || an empty text, and a table's name before a column.
func (c condition) same(a, b *pg.Node) bool {
	if c.r.compared++; c.r.compared > maxCompared {
		return false
	}
	a, b = plainer(a), plainer(b)
	if a == nil || b == nil {
		return false
	}
	return c.equal(a, b)
}

// plainer takes off an expression what does not change its value.
func plainer(n *pg.Node) *pg.Node {
	for {
		switch e := inner(n).(type) {
		case *pg.TypeCast:
			n = e.Arg
			continue
		case *pg.CollateClause:
			n = e.Arg
			continue
		case *pg.A_Expr:
			op := symbol(e)
			if e.Lexpr == nil && op == "+" {
				n = e.Rexpr
				continue
			}
			if v, ok := fold(e.Rexpr); ok && e.Lexpr != nil && (v == 0 && (op == "+" || op == "-") || v == 1 && (op == "*" || op == "/")) {
				n = e.Lexpr
				continue
			}
			if s := e.Rexpr.GetAConst().GetSval(); s != nil && s.Sval == "" && op == "||" && e.Lexpr != nil {
				n = e.Lexpr
				continue
			}
		}
		return n
	}
}

// equal compares two nodes without their places in the text.
func (c condition) equal(a, b *pg.Node) bool {
	x, y := inner(a), inner(b)
	if x == nil || y == nil {
		return x == y
	}
	if p, ok := x.(*pg.ColumnRef); ok {
		q, ok := y.(*pg.ColumnRef)
		return ok && c.sameColumn(p, q)
	}
	return c.equalMessages(x.(proto.Message).ProtoReflect(), y.(proto.Message).ProtoReflect())
}

func (c condition) equalMessages(a, b protoreflect.Message) bool {
	if n, ok := a.Interface().(*pg.Node); ok {
		m, ok := b.Interface().(*pg.Node)
		return ok && c.equal(n, m)
	}
	if a.Descriptor() != b.Descriptor() {
		return false
	}
	same, fields := true, 0
	a.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if f.Name() != "location" {
			fields++
			same = b.Has(f) && c.equalField(f, v, b.Get(f))
		}
		return same
	})
	b.Range(func(f protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		if f.Name() != "location" {
			fields--
		}
		return true
	})
	return same && fields == 0
}

func (c condition) equalField(f protoreflect.FieldDescriptor, a, b protoreflect.Value) bool {
	switch {
	case f.IsList():
		x, y := a.List(), b.List()
		if x.Len() != y.Len() {
			return false
		}
		for i := range x.Len() {
			if f.Message() != nil && !c.equalMessages(x.Get(i).Message(), y.Get(i).Message()) {
				return false
			}
		}
		return true
	case f.Message() != nil:
		return c.equalMessages(a.Message(), b.Message())
	}
	return a.Equal(b)
}

// sameColumn reports whether two references mean the same column. If no other
// table is in scope, the table's name before one of them does not matter.
func (c condition) sameColumn(a, b *pg.ColumnRef) bool {
	if len(a.Fields) == len(b.Fields) || !c.single {
		return len(a.Fields) == len(b.Fields) && equalFields(a, b)
	}
	return lastName(a) != "" && lastName(a) == lastName(b)
}

func equalFields(a, b *pg.ColumnRef) bool {
	for i := range a.Fields {
		if !proto.Equal(a.Fields[i], b.Fields[i]) {
			return false
		}
	}
	return true
}
