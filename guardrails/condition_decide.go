package guardrails

import (
	"slices"
)

// truth is what a formula says: of one row, or (in decide) of all.
type truth int

const (
	maybe     truth = iota // it depends on the row; or it is not known yet
	always                 // true; true of every row
	never                  // false
	null                   // neither
	allOrNone              // the same for all rows, whatever it is
)

// logic is a formula. The zero value stands for nothing; see the constructors.
type logic struct {
	kind  byte     // one of the kinds below
	truth truth    // of a constant
	args  []*logic // of everything but atoms
	v     int      // of an atom: the variable
	op    string   // of a comparison
	limit constant // what the variable is compared with
}

// The kinds of a formula.
const (
	isConstant = 'c'
	isAnd      = '&'
	isOr       = '|'
	isNot      = '!'
	isTrue     = 't' // args[0] IS TRUE
	isUnknown  = 'u' // args[0] IS NULL
	isIf       = '?' // args[0] decides between args[1] and args[2]
	isCompared = '<' // v op limit
	isNull     = '0' // v IS NULL
	isFlag     = 'v' // v is a truth value itself
)

var (
	truly   = &logic{kind: isConstant, truth: always}
	falsely = &logic{kind: isConstant, truth: never}
	nothing = &logic{kind: isConstant, truth: null}
)

func truthOf(b bool) *logic {
	if b {
		return truly
	}
	return falsely
}

func both(a, b *logic) *logic         { return &logic{kind: isAnd, args: []*logic{a, b}} }
func either(a, b *logic) *logic       { return &logic{kind: isOr, args: []*logic{a, b}} }
func not(a *logic) *logic             { return &logic{kind: isNot, args: []*logic{a}} }
func test(kind byte, a *logic) *logic { return &logic{kind: kind, args: []*logic{a}} }
func choose(cond, a, b *logic) *logic { return &logic{kind: isIf, args: []*logic{cond, a, b}} }

// variable is one expression that a formula is about.
type variable struct {
	rows     bool       // it depends on the row
	flag     bool       // it is a truth value, not something that is compared
	hasValue bool       // it is never NULL
	nullable bool       // the text asks whether it is NULL
	within   span       // what its values lie in
	limits   []constant // what it is compared with, in order
	values   []int      // the values worth trying: see tries
	value    int        // the one that is tried
}

// Values to try that are no place among the limits.
const (
	untried  = -1
	tryNull  = -2
	tryTrue  = -3
	tryFalse = -4
)

// maxSteps bounds how many parts of conditions and formulas are looked at for one
// text. What is not decided by then is not found to be for every row.
const maxSteps = 500_000

// tired counts a step, and reports whether there have been enough.
func (c *condition) tired() bool {
	c.r.compared++
	return c.r.compared > maxSteps
}

// decide says what a formula makes of the rows.
func (c *condition) decide(f *logic) truth {
	anyRows := false
	var free []*variable // what does not depend on the row
	for _, v := range c.vars {
		slices.SortFunc(v.limits, compareConstants)
		v.limits = slices.CompactFunc(v.limits, func(a, b constant) bool { return compareConstants(a, b) == 0 })
		v.value = untried
		v.values = v.tries()
		if v.rows {
			anyRows = true
		} else {
			free = append(free, v)
		}
	}
	if c.holds(f, 0) {
		return always
	}
	if c.eval(f) == maybe && (!anyRows || c.canHold(f, free)) {
		return allOrNone
	}
	return maybe
}

// canHold reports whether what does not depend on the row can make every row
// pass.
func (c *condition) canHold(f *logic, free []*variable) bool {
	const maxFree = 4
	if len(free) == 0 || len(free) > maxFree {
		return false
	}
	v := free[0]
	defer func() { v.value = untried }()
	for _, v.value = range v.values {
		if c.holds(f, 0) || c.canHold(f, free[1:]) {
			return true
		}
	}
	return false
}

// holds reports whether a formula is true whatever the variables are that are
// not yet tried, from the one at place from on.
func (c *condition) holds(f *logic, from int) bool {
	switch c.eval(f) {
	case always:
		return true
	case never, null:
		return false
	}
	for from < len(c.vars) && c.vars[from].value != untried {
		from++
	}
	if from == len(c.vars) || c.tired() {
		return false
	}
	v := c.vars[from]
	defer func() { v.value = untried }()
	var open []int
	for _, v.value = range v.values {
		switch c.eval(f) {
		case never, null:
			return false
		case maybe:
			open = append(open, v.value)
		}
		if c.tired() {
			return false
		}
	}
	for _, v.value = range open {
		if !c.holds(f, from+1) {
			return false
		}
	}
	return true
}

// eval says what a formula is, so far as the variables tried tell.
func (c *condition) eval(f *logic) truth {
	if c.tired() {
		return maybe
	}
	switch f.kind {
	case isConstant:
		return f.truth
	case isNot:
		return negated(c.eval(f.args[0]))
	case isTrue:
		return known(c.eval(f.args[0]), always)
	case isUnknown:
		return known(c.eval(f.args[0]), null)
	case isAnd:
		return c.fold(f.args, never)
	case isOr:
		return c.fold(f.args, always)
	case isIf:
		return c.evalIf(f)
	}
	v := c.vars[f.v]
	switch v.value {
	case untried:
		return maybe
	case tryTrue:
		return always
	case tryFalse:
		return never
	case tryNull:
		if f.kind == isNull {
			return always
		}
		return null
	}
	if f.kind == isNull {
		return never
	}
	at := 2*limitAt(v.limits, f.limit) + 1
	return ordered(v.value-at, f.op)
}

// limitAt returns the place of a limit that is among them.
func limitAt(limits []constant, k constant) int {
	at, _ := slices.BinarySearchFunc(limits, k, compareConstants)
	return at
}

// fold evaluates the arms of an AND or OR, which one arm that is strong decides.
func (c *condition) fold(args []*logic, strong truth) truth {
	open, isNull := false, false
	for _, a := range args {
		switch t := c.eval(a); t {
		case strong:
			return strong
		case maybe:
			open = true
		case null:
			isNull = true
		}
	}
	switch {
	case open:
		return maybe
	case isNull:
		return null
	}
	return negated(strong)
}

func (c *condition) evalIf(f *logic) truth {
	switch c.eval(f.args[0]) {
	case always:
		return c.eval(f.args[1])
	case never, null:
		return c.eval(f.args[2])
	}
	if t := c.eval(f.args[1]); t != maybe && t == c.eval(f.args[2]) {
		return t
	}
	return maybe
}

func negated(t truth) truth {
	switch t {
	case always:
		return never
	case never:
		return always
	}
	return t
}

// known says whether t is want, once it is known what it is.
func known(t, want truth) truth {
	switch t {
	case maybe:
		return maybe
	case want:
		return always
	}
	return never
}

// ordered says what an operator makes of two values of which the first is
// greater, equal or less, as d is to zero.
func ordered(d int, op string) truth {
	holds := false
	switch op {
	case "=":
		holds = d == 0
	case "<>":
		holds = d != 0
	case "<":
		holds = d < 0
	case "<=":
		holds = d <= 0
	case ">":
		holds = d > 0
	case ">=":
		holds = d >= 0
	}
	if holds {
		return always
	}
	return never
}
