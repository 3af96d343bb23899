package masking

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Expression is the SQL that shows column c by strategy s: of the column's own
// type, NULL where the column is NULL unless the strategy says otherwise, made of
// pg_catalog's functions alone, and without an error for any value, since an
// error's text would print it. keep is the strategy that was really used: one that
// the type does not allow gives way to a stricter one.
func Expression(c Column, e Entity, s Strategy) (sql string, used Strategy) {
	x := maskee{column: c, raw: Ident(c.Name)}
	switch s {
	case Keep:
		return x.raw, Keep
	case Pseudonym:
		if sql := x.pseudonym(); sql != "" {
			return x.kept(sql), Pseudonym
		}
	case EmailPseudonym:
		if sql := x.email(); sql != "" {
			return x.kept(sql), EmailPseudonym
		}
		if sql := x.pseudonym(); sql != "" {
			return x.kept(sql), Pseudonym
		}
	case Year:
		if sql := x.year(e == BirthDate); sql != "" {
			return x.kept(sql), Year
		}
	case Coarse:
		if sql := x.coarse(); sql != "" {
			return x.kept(sql), Coarse
		}
	case Redact:
		if sql := x.constant(); sql != "" {
			return x.kept(sql), Redact
		}
	case Nothing:
		if sql := x.constant(); c.NotNull && sql != "" {
			return sql, Redact // drivers and ORMs do not expect NULL there
		}
		return x.null(), Nothing
	}
	if sql := x.constant(); c.NotNull && sql != "" {
		return x.kept(sql), Redact
	}
	return x.null(), Nothing
}

// maskee is a column about to be masked.
type maskee struct {
	column Column
	raw    string
}

// kept keeps NULL as NULL.
func (x maskee) kept(sql string) string {
	if x.column.NotNull {
		return sql
	}
	sql = "CASE WHEN " + x.raw + " IS NULL THEN NULL ELSE " + sql + " END"
	if strings.Contains(x.column.Type.Name, "(") { // CASE forgets lengths and precisions
		return x.cast(sql)
	}
	return sql
}

func (x maskee) null() string { return "NULL::" + x.column.Type.Name }

// builtin is the name of the type if it is one of the server's own and no array.
func (x maskee) builtin() string {
	t := x.column.Type
	if t.Array || t.Kind != BaseType || t.Schema != "pg_catalog" {
		return ""
	}
	return t.Base
}

// textual reports whether values are text: by a built-in type, or citext.
func (x maskee) textual() bool {
	t := x.column.Type
	switch x.builtin() {
	case "text", "character varying", "character", "bpchar", "name":
		return true
	}
	return t.Kind == BaseType && !t.Array && t.Base == "citext"
}

// length is how many characters fit; 0 = any number.
func (x maskee) length() int {
	if x.builtin() == "name" {
		return 63
	}
	return x.column.Type.Length
}

// digest is the hexadecimal keyed hash of a text expression, of which callers show
// half at most: what is cut away is what extending a hash would take (Bellare,
// Bernstein and Tessaro, "Hash-Function based PRFs: AMAC", 2016). The key stands in
// it once, since every mention is one more reading of its table in every query. The
// text is hashed as the database stores it, which converts nothing and so cannot
// fail.
func digest(text string) string {
	return "encode(sha256((SELECT k FROM " + SecretSchema + "." + KeyTable + ") || convert_to(" + text + ", getdatabaseencoding())), 'hex')"
}

// cast brings an expression to the column's own type.
func (x maskee) cast(sql string) string {
	if x.column.Type.Name == "text" {
		return sql
	}
	return "(" + sql + ")::" + x.column.Type.Name
}

// hashChars are the hexadecimal digits of a pseudonym: 80 bits, so that a million
// values collide with a chance of less than one in a trillion.
const hashChars = 20

// pseudonym is the same for equal values, and for equal text of another type.
func (x maskee) pseudonym() string {
	hash := digest(x.raw + "::text")
	switch {
	case x.textual():
		n := hashChars
		if l := x.length(); l > 0 && l < n+1 {
			if n = l - 1; n < 8 { // too few to tell values apart
				return ""
			}
		}
		return x.cast("'u' || left(" + hash + ", " + strconv.Itoa(n) + ")")
	}
	switch x.builtin() {
	case "uuid":
		return "left(" + hash + ", 32)::uuid"
	case "bigint":
		return "('x' || left(" + hash + ", 15))::bit(60)::bigint"
	case "integer":
		return "('x' || left(" + hash + ", 7))::bit(28)::integer"
	case "macaddr":
		return "left(" + hash + ", 12)::macaddr"
	case "macaddr8":
		return "left(" + hash + ", 16)::macaddr8"
	}
	return ""
}

const maskedDomain = "@masked.invalid" // RFC 2606: no such domain, ever

// email is a pseudonym that still is an address, of the address in lower case.
func (x maskee) email() string {
	if !x.textual() {
		return ""
	}
	n := hashChars
	if l := x.length(); l > 0 {
		if n = min(n, l-1-len(maskedDomain)); n < 10 {
			return ""
		}
	}
	return x.cast("'u' || left(" + digest("lower("+x.raw+"::text)") + ", " + strconv.Itoa(n) + ") || '" + maskedDomain + "'")
}

// year keeps the year. Of births more than 90 years ago it keeps that they are
// (HIPAA, 45 CFR 164.514(b)(2)(i)(C)).
func (x maskee) year(birth bool) string {
	const oldest = "make_date(extract(year FROM CURRENT_DATE)::integer - 90, 1, 1)"
	switch t := x.builtin(); t {
	case "date":
		year := "make_date(extract(year FROM " + x.raw + ")::integer, 1, 1)"
		if birth {
			year = "greatest(" + year + ", " + oldest + ")"
		}
		return "CASE WHEN " + x.raw + " BETWEEN '0001-01-01' AND '9999-12-31' THEN " + year + " ELSE '1970-01-01'::date END"
	case "timestamp without time zone", "timestamp with time zone":
		year := "date_trunc('year', " + x.raw + ")"
		if birth {
			year = "greatest(" + year + ", " + oldest + ")"
		}
		return x.cast("CASE WHEN " + x.raw + " BETWEEN '0001-01-02' AND '9999-12-30' THEN " + year + " ELSE '1970-01-01'::timestamp END")
	}
	return ""
}

// coarse keeps the region: a network, the first two characters, a tenth of a
// degree, ten years.
func (x maskee) coarse() string {
	if x.textual() {
		return x.cast("left(" + x.raw + "::text, 2)")
	}
	switch t := x.builtin(); t {
	case "inet", "cidr":
		return "network(set_masklen(" + x.raw + "::inet, CASE family(" + x.raw + ") WHEN 4 THEN 16 ELSE 32 END))::" + t
	case "double precision", "real", "numeric":
		return x.cast("trunc(" + x.raw + "::numeric, 1)") // round may overflow the type
	case "integer", "smallint", "bigint":
		return "(" + x.raw + " / 10 * 10)::" + t
	}
	return ""
}

// constants of the built-in types, as the text of a literal.
var constants = map[string]string{
	"bytea": "", "json": "{}", "jsonb": "{}", "uuid": "00000000-0000-0000-0000-000000000000",
	"smallint": "0", "integer": "0", "bigint": "0", "numeric": "0", "real": "0", "double precision": "0", "money": "0",
	"boolean": "false", "date": "1970-01-01", "interval": "0",
	"timestamp without time zone": "1970-01-01 00:00:00", "timestamp with time zone": "1970-01-01 00:00:00+00",
	"time without time zone": "00:00:00", "time with time zone": "00:00:00+00",
	"inet": "0.0.0.0", "cidr": "0.0.0.0/0", "macaddr": "00:00:00:00:00:00", "macaddr8": "00:00:00:00:00:00:00:00",
	"tsvector": "", "point": "(0,0)", "xml": "<redacted/>",
}

const redacted = "[redacted]"

// constant is a value of the column's type that says nothing; empty if there is
// none that any value of the type could be.
func (x maskee) constant() string {
	t := x.column.Type
	switch {
	case t.Array:
		return "'{}'::" + t.Name
	case x.textual():
		text := redacted
		if l := x.length(); l > 0 && l < len(text) {
			text = strings.Repeat("*", l)
		}
		return x.cast("'" + text + "'::text")
	case t.Kind == EnumType && len(t.Labels) > 0:
		return Literal(t.Labels[0]) + "::" + t.Name
	case t.Kind == RangeType:
		if strings.HasSuffix(t.Base, "multirange") {
			return "'{}'::" + t.Name
		}
		return "'empty'::" + t.Name
	}
	if text, ok := constants[x.builtin()]; ok {
		return "'" + text + "'::" + t.Name
	}
	return ""
}

// Ident writes a name as an SQL identifier, always quoted.
func Ident(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Qualified writes a relation's name.
func Qualified(n Name) string { return Ident(n.Schema) + "." + Ident(n.Table) }

// Literal writes text as an SQL string, right whatever standard_conforming_strings
// says.
func Literal(text string) string {
	quoted := "'" + strings.ReplaceAll(text, "'", "''") + "'"
	if strings.Contains(text, `\`) {
		return " E" + strings.ReplaceAll(quoted, `\`, `\\`)
	}
	return quoted
}

// Strategies are all strategies, for messages and checks.
func Strategies() []Strategy {
	return []Strategy{Keep, Pseudonym, EmailPseudonym, Redact, Nothing, Year, Coarse}
}

// ParseStrategy returns the strategy of that name.
func ParseStrategy(name string) (Strategy, error) {
	if all := Strategies(); !slices.Contains(all, Strategy(name)) {
		return "", fmt.Errorf("there is no strategy %q; there are %v", name, all)
	}
	return Strategy(name), nil
}
