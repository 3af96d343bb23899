package guardrails

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/pganalyze/pg_query_go/v5/parser"
)

// parse returns the tree of a text, as pg_query.Parse does, in a quarter to a
// third of its time. What takes long there is not the parser (5 to 10 %) but the
// C side's writing of the tree in protobuf's format: for each node it goes
// through the 260 alternatives that a node has, once for every level above it.
// The same library writes JSON in one pass, and decode_gen.go reads just that
// into the same Go structs. The figures are in docs/decisions.
//
// The text must be within bounds: see outside.
func parse(sql string) (*pg.ParseResult, error) {
	tree, err := parser.ParseToJSON(sql)
	if err != nil {
		return nil, err
	}
	d := decoder{text: tree, sql: sql}
	result := new(pg.ParseResult)
	d.readParseResult(result)
	if d.failed {
		return nil, errUnfamiliar
	}
	return result, nil
}

// errUnfamiliar means that the tree held what the parser's own description of it
// does not. It has not been seen.
var errUnfamiliar = errors.New("the parser's tree cannot be read")

// decoder reads the JSON that the C library writes of a tree: without spaces,
// without escapes in names, without what is zero or empty. Anything else fails,
// and never panics. The strings of the tree are pieces of text.
type decoder struct {
	text   string
	sql    string
	at     int
	name   string     // of the field at hand
	held   []*pg.Node // the items of the lists that are open
	failed bool
}

func (d *decoder) fail() {
	d.failed, d.at = true, len(d.text)
}

// peek returns the byte at hand, 0 at the end.
func (d *decoder) peek() byte {
	if d.at < len(d.text) {
		return d.text[d.at]
	}
	return 0
}

func (d *decoder) expect(c byte) {
	if d.peek() != c {
		d.fail()
		return
	}
	d.at++
}

// accept skips c if it is at hand.
func (d *decoder) accept(c byte) bool {
	if d.peek() != c {
		return false
	}
	d.at++
	return true
}

func (d *decoder) open() { d.expect('{') }

// next moves to an object's next field and sets its name; it is false behind the
// last one.
func (d *decoder) next() bool {
	if d.accept('}') {
		return false
	}
	d.accept(',')
	d.expect('"')
	n := strings.IndexByte(d.text[d.at:], '"')
	if n < 0 {
		d.fail()
		return false
	}
	d.name = d.text[d.at : d.at+n]
	d.at += n + 1
	d.expect(':')
	return !d.failed
}

// nothing skips null, which stands for what C calls NULL.
func (d *decoder) nothing() bool {
	if d.peek() != 'n' || !strings.HasPrefix(d.text[d.at:], "null") {
		return false
	}
	d.at += len("null")
	return true
}

func (d *decoder) flag() bool {
	yes := d.peek() == 't'
	for c := d.peek(); 'a' <= c && c <= 'z'; c = d.peek() {
		d.at++
	}
	return yes
}

func (d *decoder) integer() int64 {
	minus, from, n := d.accept('-'), d.at, int64(0)
	for ; isDigit(d.peek()); d.at++ {
		n = n*10 + int64(d.text[d.at]-'0')
	}
	if d.at == from {
		d.fail()
	}
	if minus {
		return -n
	}
	return n
}

func (d *decoder) string() string {
	if d.nothing() {
		return ""
	}
	d.expect('"')
	rest := d.text[d.at:]
	for i := range len(rest) {
		switch rest[i] {
		case '"':
			d.at += i + 1
			return clipped(rest[:i])
		case '\\':
			return d.escaped(i)
		}
	}
	d.fail()
	return ""
}

// longestName is what PostgreSQL cuts names to, in bytes.
const longestName = 63

// clipped returns a string without the half of a character that it may end in: the
// C library, which knows no encodings, cuts long names between bytes, and a server
// between characters.
func clipped(s string) string {
	if len(s) != longestName {
		return s
	}
	for i := 1; i < utf8.UTFMax; i++ {
		if r, n := utf8.DecodeLastRuneInString(s); r != utf8.RuneError || n != 1 {
			break
		}
		s = s[:len(s)-1]
	}
	return s
}

// escaped returns the string at hand, whose first escape is n bytes ahead.
func (d *decoder) escaped(n int) string {
	var b strings.Builder
	for {
		b.WriteString(d.text[d.at : d.at+n])
		d.at += n
		switch d.peek() {
		case '"':
			d.at++
			return clipped(b.String())
		case '\\':
			b.WriteByte(d.escape())
		}
		if n = strings.IndexAny(d.text[d.at:], `"\`); n < 0 {
			d.fail()
			return ""
		}
	}
}

// escape returns the byte that an escape stands for: the C library escapes
// nothing above 127.
func (d *decoder) escape() byte {
	d.at++
	c := d.peek()
	d.at++
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case '"', '\\':
		return c
	case 'u':
		if d.at+4 <= len(d.text) {
			high, low := unhex(d.text[d.at+2]), unhex(d.text[d.at+3])
			d.at += 4
			return high<<4 | low
		}
	}
	d.fail()
	return 0
}

func unhex(c byte) byte {
	if c >= 'a' {
		return c - 'a' + 10
	}
	return c - '0'
}

// held is a node with what it holds, so that both are made at once.
type held[Wrapper, Message any] struct {
	node    pg.Node
	wrapper Wrapper
	message Message
}

// node reads one node: {"SelectStmt":{…}}, or {} for what C calls NULL.
func (d *decoder) node() *pg.Node {
	d.open()
	if !d.next() {
		return new(pg.Node)
	}
	n := d.readNode()
	d.expect('}')
	return n
}

// nodes reads a list of nodes.
func (d *decoder) nodes() []*pg.Node {
	mark := len(d.held)
	for d.expect('['); !d.failed && !d.accept(']'); d.accept(',') {
		d.held = append(d.held, d.node())
	}
	list := append([]*pg.Node(nil), d.held[mark:]...)
	d.held = d.held[:mark]
	return list
}

func (d *decoder) readA_Const(m *pg.A_Const) { //nolint:revive // named as the node is, like the generated ones
	for d.open(); d.next(); {
		switch d.name {
		case "isnull":
			m.Isnull = d.flag()
		case "location":
			m.Location = int32(d.integer())
		case "ival":
			v := new(pg.Integer)
			d.readInteger(v)
			m.Val = &pg.A_Const_Ival{Ival: v}
		case "fval":
			v := new(pg.Float)
			d.readFloat(v)
			m.Val = &pg.A_Const_Fval{Fval: v}
		case "boolval":
			v := new(pg.Boolean)
			d.readBoolean(v)
			m.Val = &pg.A_Const_Boolval{Boolval: v}
		case "sval":
			v := new(pg.String)
			d.readString(v)
			m.Val = &pg.A_Const_Sval{Sval: v}
		case "bsval":
			v := new(pg.BitString)
			d.readBitString(v)
			m.Val = &pg.A_Const_Bsval{Bsval: v}
		default:
			d.fail()
		}
	}
	if v, ok := m.Val.(*pg.A_Const_Ival); ok && v.Ival.Ival == 0 {
		v.Ival.Ival = negative(d.sql, int(m.Location))
	}
}

// negative returns the value of an integer constant that the C library left out
// of its JSON, which it does of zero and of all below. Such a constant begins at
// its minus, which may stand before brackets and more of its kind: -(-(-5)).
func negative(sql string, at int) int32 {
	if at < 0 || at >= len(sql) || sql[at] != '-' {
		return 0
	}
	for at < len(sql) && (sql[at] == '-' || sql[at] == '(' || isSpace(sql[at])) {
		at++
	}
	s := scanner{sql: sql, pos: at}
	digits := s.next()
	number, base := strings.ReplaceAll(sql[digits.start:digits.end], "_", ""), 10
	if len(number) > 2 && number[0] == '0' && !isDigit(number[1]) {
		base = 0 // 0x, 0o and 0b; 017 is seventeen
	}
	n, err := strconv.ParseInt(number, base, 32)
	if err != nil {
		return 0
	}
	return int32(-n)
}
