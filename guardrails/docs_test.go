package guardrails

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// TestGeneratedManualIsFresh keeps docs/guardrails.md equal to the rules' own table;
// -update writes it.
func TestGeneratedManualIsFresh(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	b.WriteString(strings.Replace(manualHead, "ANSWER", answerTo(t, "SELECT pg_sleep(60)"), 1))
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

// answerTo is what --batch answers to a text with the id 1.
func answerTo(t *testing.T, sql string) string {
	t.Helper()
	v, err := json.Marshal(Classify(sql, nil))
	if err != nil {
		t.Fatal(err)
	}
	return `{"id":1,` + strings.TrimPrefix(string(v), "{")
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
    dbaccess classify --dsn "$DATABASE_URL" "CREATE INDEX ON orders (status)"
    dbaccess classify --fail-on high -f migrations/*.sql
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

## In a pipeline

Teams lint migrations with it. ` + "`--fail-on LEVEL`" + ` ends with exit code 10 if any file is of that level or graver,
findings say ` + "`file:line:column`" + `, and ` + "`--format github`" + ` marks the lines of a pull request:

` + "```yaml" + `
- run: dbaccess classify --fail-on high --format github --catalog schema.json -f migrations/*.sql
` + "```" + `

A file may be of any length up to 64 MiB: it is read in pieces of whole statements. What is done to a table that the
same file creates holds up nobody, and makes no finding (GR024 to GR028).

` + "`--batch`" + ` is for programs. A line in is ` + "`{\"id\": …, \"sql\": \"…\"}`" + ` with an id of any kind; a line out, in the same order and
at once, is

` + "```json" + `
ANSWER
` + "```" + `

` + "`start` and `end`" + ` are bytes of the text. A line that cannot be read is answered as unknown and critical with an ` + "`error`" + ` that
says why; more fields may come.

## What "every row" means

A WHERE counts as none if no value makes it fail (GR011 to GR013): ` + "`1 = 1`, `id = id`, `a < 5 OR a >= 5`" + `,
` + "`id IN (SELECT id FROM orders)`, `body LIKE '%'`" + ` and a few hundred more forms that are tried on a real server in the tests.
Two liberties are taken for the sake of what a person means. NULL counts only where the text itself asks for it: ` + "`id = id`" + ` is
for every row. And a key counts from one and ends before a thousand million, a date lies between 1900 and 2900, a text has some
length: ` + "`id > 0`" + ` is for every row, ` + "`id > 100`" + ` is not.

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

## Bounds

PostgreSQL's parser is C and recurses without a limit: a text of 80 KB of ` + "`1+1+1…`" + ` ends the process it runs in. So a
scanner weighs a text first. Not read are texts of more than 64 KiB, with more than 500 operators, joins and set operations
in one chain (a level of brackets counting three), or with comments nested more than 50 deep; they are unknown and critical
(GR001). Long lists, many statements and long AND and OR do not count: an IN list of 64 KiB is read. Whatever the text, the
answer comes within two seconds; usually it takes less than half of what the parser's own library takes to parse it.

## What it cannot see

Without a catalog: what a view, trigger, rule or row policy runs; a function of the
database's own that fits a call better than the built-in of the same name; the size
of anything. With or without: what a procedural language other than PL/pgSQL does (its
functions stay medium), and syntax newer than the parser (PostgreSQL 16), which is unparseable, and
high.
`
