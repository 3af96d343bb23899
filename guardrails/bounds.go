package guardrails

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// The bounds within which a text may reach PostgreSQL's parser. The C code
// behind pg_query recurses without a limit of its own and takes the process with
// it: with an 8 MB stack at some 10,000 operators or 6,000 nested sub-selects,
// with the 512 KB that macOS gives a thread at some 1,000 and 400. maxWeight is
// well below either; threads of less than 256 KB (musl) are not supported.
const (
	maxText    = 64 << 10 // bytes
	maxWeight  = 500      // operators, joins and set operations in one chain, brackets counting three
	maxComment = 50       // nesting of /* */, in which the lexer is quadratic
)

// bracketWeight is what a level of brackets, a CASE or a sub-select adds: the
// parser builds several nested nodes for each.
const bracketWeight = 3

// outside says in which way sql is out of bounds: rule is nil if it is not. The
// comments found on the way are what parse needs.
func outside(sql string) (comments []token, rule *Rule, why string) {
	if len(sql) > maxText {
		return nil, ruleOutOfBounds, "The text is " + strconv.Itoa(len(sql)) + " bytes long; more than " +
			strconv.Itoa(maxText) + " are not read."
	}
	if strings.IndexByte(sql, 0) >= 0 {
		return nil, ruleNotText, "The text holds a NUL byte, which PostgreSQL would cut it at or refuse."
	}
	if !utf8.ValidString(sql) {
		return nil, ruleNotText, "The text is not valid UTF-8, so that it may mean something else to the server."
	}
	return weigh(sql)
}

// bracket is what weigh knows of one open level: an operator's chain ends at a
// comma, but joins and set operations go on behind it.
type bracket struct {
	kind    byte // ( [ or C for what END closes (CASE, BEGIN ATOMIC); 0 for the text itself
	chain   int  // operators since the last comma, AND or OR
	lists   int  // joins and set operations
	between int  // BETWEENs whose AND is still to come
}

func (b *bracket) weight() int { return b.chain + b.lists }

// weigher bounds the depth of the tree that the parser would build of a text,
// from its tokens alone: no tree is deeper than the operators, joins and
// brackets that are open at one point of the text.
type weigher struct {
	open   []bracket
	weight int // of all open levels
}

// weigh walks the text's tokens once.
func weigh(sql string) (comments []token, rule *Rule, why string) {
	var array [32]bracket
	w := weigher{open: append(array[:0], bracket{})}
	s, dotted := scanner{sql: sql}, false
	for {
		t := s.next()
		if t.nesting > maxComment {
			return nil, ruleOutOfBounds, "Comments are nested more than " + strconv.Itoa(maxComment) + " deep."
		}
		switch t.kind {
		case tokenEnd:
			return comments, nil, ""
		case tokenComment:
			comments = append(comments, t)
			continue // a comment does not part a dot from its name
		case tokenOperator:
			w.operator(sql[t.start:t.end])
		case tokenPunct:
			w.punct(sql[t.start])
		case tokenWord:
			if !dotted { // x.and is a column
				w.word(sql[t.start:t.end])
			}
		}
		if w.weight > maxWeight {
			return nil, ruleOutOfBounds, "The text is nested or chained too deep: more than " + strconv.Itoa(maxWeight) +
				" operators, joins and brackets (which count for three) in one expression."
		}
		dotted = t.kind == tokenPunct && sql[t.start] == '.'
	}
}

func (w *weigher) top() *bracket { return &w.open[len(w.open)-1] }

// operator counts one operator, or as many as PostgreSQL may see in the run: it
// cuts trailing + and - off one that holds nothing but + - * / < > = before.
func (w *weigher) operator(run string) {
	n := 1
	for i := len(run) - 1; i > 0 && (run[i] == '+' || run[i] == '-'); i-- {
		n++
	}
	w.top().chain += n
	w.weight += n
}

func (w *weigher) push(kind byte) {
	w.open = append(w.open, bracket{kind: kind})
	w.weight += bracketWeight
}

func (w *weigher) pop() {
	w.weight -= bracketWeight + w.top().weight()
	w.open = w.open[:len(w.open)-1]
}

// cut ends the chain of operators at the current level.
func (w *weigher) cut() {
	b := w.top()
	w.weight -= b.chain
	b.chain, b.between = 0, 0
}

func (w *weigher) punct(c byte) {
	switch c {
	case '(', '[':
		w.push(c)
	case ')', ']':
		for len(w.open) > 1 { // what END did not close ends with its bracket
			kind := w.top().kind
			w.pop()
			if kind != 'C' {
				break
			}
		}
	case ',':
		w.cut()
	case ';':
		w.cut()
		b := w.top()
		w.weight -= b.lists
		b.lists = 0
	}
}

// longestWord bounds what word looks at; the longest is "intersect".
const longestWord = 9

// word counts a keyword that nests or chains. Words that are such a keyword and
// stand for a name are counted too, which only makes the bound tighter.
func (w *weigher) word(text string) {
	if len(text) < 2 || len(text) > longestWord {
		return
	}
	var lower [longestWord]byte
	for i := range len(text) {
		c := text[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		lower[i] = c
	}
	b := w.top()
	switch string(lower[:len(text)]) {
	case "case", "atomic":
		w.push('C')
	case "end":
		if b.kind == 'C' {
			w.pop()
		}
	case "and":
		if b.between > 0 {
			b.between--
		} else {
			w.cut()
		}
	case "or", "select", "where", "when", "then", "else", "on":
		w.cut()
	case "join":
		w.list()
	case "union", "except", "intersect":
		w.cut()
		w.list()
	case "between":
		b.between++
		b.chain++
		w.weight++
	case "not", "is", "isnull", "notnull", "collate", "at", "like", "ilike", "similar", "in", "overlaps",
		"escape", "operator", "uescape", "setof", "explain", "any", "all", "some", "cast", "row", "array":
		b.chain++
		w.weight++
	}
}

// list counts a join or a set operation, which no comma ends.
func (w *weigher) list() {
	w.top().lists++
	w.weight++
}
