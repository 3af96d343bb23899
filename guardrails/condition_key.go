package guardrails

import (
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// key names an expression, so that two of the same name have the same value.
type key struct {
	text string
	rows bool // it depends on the row
}

// keyWriter writes the key of one expression.
type keyWriter struct {
	strings.Builder
	*condition
	rows bool
}

func (c *condition) key(node *pg.Node) key {
	w := keyWriter{condition: c}
	w.write(node)
	return key{w.String(), w.rows}
}

// once writes something that no other expression is the same as.
func (w *keyWriter) once(what string) {
	w.WriteString(what)
	w.WriteByte('#')
	w.pairs++
	w.WriteString(strconv.Itoa(w.pairs))
}

func (w *keyWriter) write(node *pg.Node) {
	w.r.compared += 4 // reflection is slow
	if w.tired() {
		w.rows = true
		w.once("unread")
		return
	}
	switch n := inner(node).(type) {
	case nil:
	case *pg.TypeCast:
		w.write(n.Arg)
	case *pg.CollateClause:
		w.write(n.Arg)
	case *pg.ColumnRef:
		w.column(n)
	case *pg.ParamRef:
		w.rows = true // whoever runs it chooses
		w.WriteString("$" + strconv.Itoa(int(n.Number)))
	case *pg.CurrentOfExpr:
		w.rows = true
		w.once("cursor")
	case *pg.SubLink:
		w.write(n.Testexpr)
		rows := w.rows || w.correlated(n.Subselect)
		w.message(n)
		w.rows = rows
	case *pg.FuncCall:
		switch functionName(n) {
		case "random", "gen_random_uuid", "clock_timestamp", "nextval", "timeofday", "uuid_generate_v4", "random_normal":
			w.rows = true // each row has its own
			w.once("volatile")
		case "pg_typeof":
			w.WriteString("type")
		default:
			w.message(n)
		}
	default:
		w.message(inner(node))
	}
}

func (w *keyWriter) column(n *pg.ColumnRef) {
	whose := w.resolve(n)
	w.rows = w.rows || whose != others
	name := lastName(n)
	if name == "" {
		name = "*"
	}
	switch {
	case whose != theRows && len(n.Fields) > 1:
		w.WriteString(strconv.Quote(n.Fields[len(n.Fields)-2].GetString_().GetSval()) + ".")
	case whose == others:
		w.WriteString("other.")
	}
	w.WriteString(strconv.Quote(name))
}

// message writes any node but for its place in the text.
func (w *keyWriter) message(n any) {
	m := n.(proto.Message).ProtoReflect()
	w.WriteString(string(m.Descriptor().Name()))
	w.WriteByte('(')
	w.fields(m)
	w.WriteByte(')')
}

func (w *keyWriter) fields(m protoreflect.Message) {
	all := m.Descriptor().Fields()
	for i := range all.Len() {
		f := all.Get(i)
		if f.Name() == "location" || !m.Has(f) {
			continue
		}
		w.WriteString(strconv.Itoa(i))
		w.WriteByte(' ')
		v := m.Get(f)
		switch {
		case f.IsList():
			for j := range v.List().Len() {
				w.field(f, v.List().Get(j))
			}
		default:
			w.field(f, v)
		}
	}
}

func (w *keyWriter) field(f protoreflect.FieldDescriptor, v protoreflect.Value) {
	if f.Message() == nil {
		w.WriteString(strconv.Quote(v.String()))
		w.WriteByte(' ')
		return
	}
	if n, ok := v.Message().Interface().(*pg.Node); ok {
		w.write(n)
		w.WriteByte(',')
		return
	}
	w.message(v.Message().Interface())
}
