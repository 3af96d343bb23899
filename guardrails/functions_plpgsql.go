package guardrails

import (
	"slices"
	"strings"
)

// readBlock reads a body in PL/pgSQL, by its tokens: the parser for it in
// pg_query recurses without a limit. It is more careful than a parser would be.
// Wherever a statement may begin only those words are let pass that change
// nothing, words that can do harm anywhere are not let pass at all, and whatever
// stands before a bracket is taken for a call.
func (c *Catalog) readBlock(body string, p path) *reading {
	d := &reading{kind: Read, level: Low}
	if len(body) > maxText {
		return unknowable("the body is too long to be read")
	}
	r := newReader(body, c)
	r.path, r.caller, r.definition, r.quiet, r.end = p, p, d, true, len(body)
	b := block{r: r, d: d, s: scanner{sql: body}, begins: true}
	for b.next() {
		if b.token.kind == tokenComment {
			continue
		}
		b.judge()
	}
	r.settle()
	d.kind = worse(d.kind, r.kind)
	for _, f := range r.findings {
		d.worsen(Read, f.Level, lowerFirst(f.Message))
	}
	if d.kind.Rank() > Session.Rank() {
		d.worsen(d.kind, Medium, "its body does more than read")
	}
	return d
}

// block walks the tokens of a body.
type block struct {
	r      *reader
	d      *reading
	s      scanner
	token  token
	begins bool     // a statement may begin here
	name   []string // the dotted name that ends at the token before
	last   string   // the token before, as a word in lower case
	before string   // the token before the name
	cursor []string // names that are declared as cursors
	at     int      // where the name began
}

func (b *block) next() bool {
	b.token = b.s.next()
	return b.token.kind != tokenEnd
}

// Words of PL/pgSQL and SQL, as this reading needs them.
var (
	// harmfulAnywhere change rows wherever they stand, or run a text.
	harmfulAnywhere = wordSet("insert update delete merge truncate execute share")
	// harmfulFirst begin statements that do more than read.
	harmfulFirst = wordSet(`abort alter analyse analyze call checkpoint cluster comment commit copy create deallocate
		discard do drop explain grant import listen load lock notify prepare reassign refresh reindex release
		reset revoke rollback savepoint security set start unlisten vacuum`)
	// opensStatement are the words behind which a statement may begin.
	opensStatement = wordSet("begin then else loop")
	// noFunctions are keywords that may stand before a bracket and call nothing of
	// anybody's.
	noFunctions = wordSet(`all and any array as between by check collate cross cube distinct else elsif elseif end except exists
		filter for foreach from group grouping having if in inner intersect into is join key lateral left like ilike limit loop
		materialized not notnull isnull nulls of offset on only or order over partition primary recursive return returning returns
		right rollup row rows select sets similar some table then union unique using values when where while window with within
		perform exit continue raise assert next query slice open cursor no scroll reverse constant explain
		case cast coalesce nullif greatest least extract trim substring position overlay normalize treat xmlelement xmlforest
		xmlconcat xmlparse xmlpi xmlroot xmlserialize xmlexists xmltable xmlnamespaces xmlattributes json_object json_array
		json_objectagg json_arrayagg current_time current_timestamp localtime localtimestamp current_schema
		bit boolean char character dec decimal float int integer interval national nchar numeric precision real smallint bigint
		setof time timestamp varchar varying`)
)

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		set[w] = true
	}
	return set
}

// judge judges one token with what stood before it.
func (b *block) judge() {
	text := b.s.sql[b.token.start:b.token.end]
	begins := b.begins
	b.begins = false
	switch {
	case b.token.kind == tokenWord || b.token.kind == tokenQuoted:
		b.word(text, begins)
		return
	case text == ".":
		b.last = "."
		return
	case text == "(":
		b.bracket()
	case text == ";" || strings.HasSuffix(text, ">>") || text == "#":
		b.field()
		b.begins = true
	case b.token.kind == tokenOperator && text != "::" && text != ":=":
		b.field()
		b.operator(text)
	default:
		b.field()
	}
	b.name, b.last = nil, text
}

// word takes one word or quoted name.
func (b *block) word(text string, begins bool) {
	name := strings.ToLower(text)
	quoted := b.token.kind == tokenQuoted
	if quoted {
		if text[0] != '"' { // U&"…" may spell anything
			b.d.worsen(Unknown, Medium, "its body spells a name in escapes")
		}
		name = strings.ReplaceAll(strings.Trim(text, `"`), `""`, `"`)
	}
	if b.last == "." {
		if len(b.name) == 0 {
			b.name = []string{""} // (row).field
		}
		b.name, b.last = append(b.name, name), name
		return
	}
	b.field()
	if name == "cursor" && !quoted && len(b.name) == 1 {
		b.cursor = append(b.cursor, b.name[0])
	}
	b.name, b.at, b.before, b.last = []string{name}, b.token.start, b.last, name
	if quoted {
		return
	}
	switch {
	case harmfulAnywhere[name]:
		kind := Write
		if name == "execute" {
			kind = Unknown
		}
		b.d.worsen(kind, Medium, "its body holds "+strings.ToUpper(name))
	case begins && harmfulFirst[name]:
		b.d.worsen(Unknown, Medium, "its body holds "+strings.ToUpper(name))
	}
	b.begins = opensStatement[name]
}

// bracket judges what stands before an opening bracket as a call.
func (b *block) bracket() {
	if len(b.name) == 0 || len(b.name) == 1 && (noFunctions[b.name[0]] || b.isAlias()) {
		return
	}
	schema, bare := split(b.name)
	r := b.r
	c := call{schema: schema, name: bare, args: -1, start: b.at, end: b.token.start}
	if len(b.name) == 1 && builtinTypes()[bare] && len(r.cat.functions(r.path, "", bare, -1)) == 0 {
		return // numeric(10, 2)
	}
	r.call(c, nil)
}

// isAlias reports whether the name before a bracket is not called: an alias with
// names of columns, a WITH query, or a cursor that is opened.
func (b *block) isAlias() bool {
	switch b.before {
	case ")", "as", "with", "recursive":
		return true
	case "open", "in":
		return slices.Contains(b.cursor, b.name[0])
	}
	return false
}

// field judges a name that is not called as whatever it may mean: a type, a
// table, and behind a dot a function of what stands before it.
func (b *block) field() {
	if len(b.name) == 0 {
		return
	}
	schema, bare := split(b.name)
	if len(b.name) > 1 {
		b.r.attribute(bare, b.at, b.token.start)
	}
	b.r.ownTypes(b.r.cat.types(b.r.path, schema, bare), b.at, b.token.start)
	for _, t := range b.r.cat.tablesUnder(b.r.path, schema, bare) {
		b.r.readsFrom(t, b.at, b.token.start)
	}
}

// operator judges a symbol. PL/pgSQL writes = for := and .. between bounds.
func (b *block) operator(symbol string) {
	for _, s := range []string{symbol, strings.TrimRight(symbol, "+-")} {
		if s != "" && s != symbol && builtinOperators[s] {
			symbol = s // an operator and a sign
			break
		}
	}
	if symbol == "=>" || symbol == ".." {
		return
	}
	b.r.symbol("", symbol, b.token.start, b.token.end)
}
