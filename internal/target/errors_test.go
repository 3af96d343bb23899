package target

import (
	"strings"
	"testing"

	"dbaccess/internal/devstack/shop"
	"dbaccess/internal/fault"
)

func TestErrorsSayWhereWithoutSayingWhatIsInRows(t *testing.T) {
	t.Parallel()
	b := newBench(t, shop.Reader,
		`CREATE FUNCTION shop.picky(n bigint) RETURNS bigint LANGUAGE plpgsql AS $$
		BEGIN
			RAISE EXCEPTION 'customer % is %', n, (SELECT email FROM shop.customers WHERE id = n);
		END $$`,
		`CREATE FUNCTION shop.mimics(word text) RETURNS text LANGUAGE plpgsql AS $$
		BEGIN
			RAISE EXCEPTION USING ERRCODE = '22P02', MESSAGE = 'invalid input syntax for type integer: "' || word || '"',
				HINT = (SELECT email FROM shop.customers WHERE id = 1), DETAIL = (SELECT email FROM shop.customers WHERE id = 1);
		END $$`)
	const nobody = "example."
	for name, c := range map[string]struct {
		o     RunOptions
		says  string
		at    int
		quiet string // must not be said
	}{
		"a word in the first line":  {RunOptions{Statement: "SELEKT 1"}, `at character 1: syntax error at or near "SELEKT"`, 1, ""},
		"a word further down":       {RunOptions{Statement: "SELECT id,\n  nämé,\n  nowhere\nFROM customers"}, `in line 2, at character 3: column "nämé" does not exist`, 14, ""},
		"behind wide characters":    {RunOptions{Statement: "SELECT '日本語', nowhere"}, `at character 15: column "nowhere"`, 15, ""},
		"at its end":                {RunOptions{Statement: "SELECT id FROM"}, "at character 15: syntax error at end of input", 15, ""},
		"a literal of the text":     {RunOptions{Statement: "SELECT * FROM customers WHERE id = 'seven'"}, `invalid input syntax for type bigint: "seven"`, 36, ""},
		"a literal, found late":     {RunOptions{Statement: "SELECT ('{' || 'seven' || '}')::int[] FROM customers"}, `Postgres refused a value: invalid input syntax for type integer: "seven"`, 0, ""},
		"a parameter":               {RunOptions{Statement: "SELECT * FROM customers WHERE id = $1", Params: []string{"seven"}}, `Postgres refused a value: invalid input syntax for type bigint: "seven"`, 0, ""},
		"a parameter with a quote":  {RunOptions{Statement: "SELECT $1::date", Params: []string{`12"34`}}, `out of range: "12"34"`, 0, ""},
		"a value of a row":          {RunOptions{Statement: "SELECT email::int FROM customers"}, "A value does not fit its type or range (SQLSTATE 22P02)", 0, nobody},
		"a value beside a literal":  {RunOptions{Statement: "SELECT (email || 'seven')::int FROM customers"}, "A value does not fit", 0, nobody},
		"a function's own words":    {RunOptions{Statement: "SELECT picky(id) FROM customers"}, "The function picky failed, in its line 3 (SQLSTATE P0001)", 0, nobody},
		"words that look like ours": {RunOptions{Statement: "SELECT mimics('seven') FROM customers"}, "SQLSTATE 22P02", 0, nobody},
		"a function of the server":  {RunOptions{Statement: "SELECT query_to_xml('SELECT picky(1)', true, true, '')"}, "SQLSTATE", 0, nobody},
		"a value in a made-up text": {RunOptions{Statement: "SELECT query_to_xml(E'x\\nPL/pgSQL function ' || replace(email, '@', '.') || '() line 1 at RAISE', true, true, '') FROM customers"}, "SQLSTATE", 0, nobody},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := b.run(t, c.o)
			f := fault.Show(err)
			said := f.Msg + " " + f.Hint
			if f.Kind == fault.Internal || !strings.Contains(said, c.says) || !strings.Contains(said, "othing was changed") {
				t.Errorf("it says %q, want %q", said, c.says)
			}
			if got := Position(err); got != c.at {
				t.Errorf("it is at %d, want %d", got, c.at)
			}
			if c.quiet != "" && strings.Contains(err.Error()+said, c.quiet) {
				t.Errorf("it says %q", err.Error()+said)
			}
		})
	}
}
