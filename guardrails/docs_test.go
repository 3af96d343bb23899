package guardrails

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// TestGeneratedManualIsFresh keeps docs/guardrails.md equal to the rules' own table;
// -update writes it.
func TestGeneratedManualIsFresh(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	b.WriteString(manualHead)
	family := byte(0)
	for _, r := range Rules() {
		if r.ID[3] != family {
			family = r.ID[3]
			fmt.Fprintf(&b, "\n## %s\n", manualFamilies[family])
		}
		kind := string(r.Kind)
		if kind == "" {
			kind = "as found"
		}
		fmt.Fprintf(&b, "\n### %s %s\n\n%s\n\nKind: %s. Level: %s.", r.ID, r.Name, r.About, kind, r.Level)
		if r.whenRun {
			b.WriteString(" Not when EXPLAIN only plans the statement.")
		}
		if r.NeedsCatalog {
			b.WriteString(" Needs a catalog; in the example, events has 5 million rows, users 200,000, and users.email is sensitive.")
		}
		b.WriteString("\n")
		if r.Fires != "" {
			fmt.Fprintf(&b, "\n```sql\n%s;  -- fires\n%s;  -- does not\n```\n", example(r.Fires), example(r.Quiet))
		}
	}
	fresh(t, "../docs/guardrails.md", b.Bytes())
}

// example shows an example as it can be printed.
func example(sql string) string { return strings.ReplaceAll(sql, "\x00", `\0`) }

var manualFamilies = map[byte]string{
	'0': "Texts", '1': "Rows", '2': "Objects", '3': "Privileges", '4': "Code", '5': "The server and beyond", '6': "The session",
	'7': "Functions, operators, types", '8': "Reads that cost or expose",
}

const manualHead = `<!-- Written by make generate from the rules in guardrails; change the rules, not this file. -->

# Guardrails

Every statement is understood before anybody is asked about it: PostgreSQL's own
parser reads it, every part of its tree is looked at, and the verdict has a kind, a
level and findings. Try it:

    dbaccess classify "DELETE FROM orders WHERE 1 = 1"
    dbaccess classify --file migration.sql --fail-on high
    dbaccess classify --batch < statements.jsonl

| kind | the text |
|---|---|
| read | changes nothing anywhere |
| session | changes only its own session |
| write | changes rows, sequences, large objects; locks rows; wakes other sessions |
| ddl | makes, alters or drops objects |
| privilege | changes who may do what, or as whom |
| admin | brings code, reaches files, programs, other sessions or servers, or the server itself |
| unknown | cannot be parsed, or calls what nobody here knows |

The kind of a text is its gravest statement's, in this order. The level is its
gravest finding's: **low** may run without a person, **medium** has an effect or a
cost that a person should know of, **high** changes or exposes a lot or cannot be
undone, **critical** reaches outside the database, the server or the caller's rights.
Nothing with an effect outside its own session is ever low.

A verdict routes; it does not enforce. What a statement may really do is held by the
role that it runs as.

## With a catalog

The server judges each statement by its database's own catalog, read every five minutes, under the ` + "`search_path`" + ` of the
profile that would run it; ` + "`dbaccess catalog dump --database NAME`" + ` (or ` + "`--dsn URL`" + `) writes the same to a file,
which ` + "`--catalog FILE`" + ` reads. With it, names mean what they mean in the database: functions are judged by their bodies
(sql and plpgsql) and whatever those call, views by their queries, domains by their checks, operators and casts by their
functions, tables by their policies, triggers and rules (GR075 to GR079); sizes are judged (GR084 to GR086), sensitive
columns are findings, and a verdict's ` + "`touches`" + ` say which columns of which tables are read and written.

` + "```json" + `
{"tables": [{"schema": "public", "name": "orders", "rows": 5000000,
             "columns": [{"name": "card", "sensitive": true, "not_null": true}]}],
 "functions": [{"schema": "public", "name": "vat", "args": 1, "optional": 0, "variadic": false,
                "volatility": "immutable", "language": "sql", "body": "SELECT $1 * 0.2"}],
 "types": [{"schema": "public", "name": "mood", "kind": "enum"}]}
` + "```" + `

## What it cannot see

Without a catalog: what a view, trigger, rule or row policy runs; a function of the
database's own that fits a call better than the built-in of the same name; the size
of anything. With or without: what a procedural language does (its functions stay
medium), and syntax newer than the parser (PostgreSQL 16), which is unparseable, and
high.
`
