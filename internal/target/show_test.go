package target

import (
	"strings"
	"testing"
)

func text(values ...string) []Value {
	row := make([]Value, len(values))
	for i, v := range values {
		row[i] = Value{Text: v, Null: v == "∅"}
	}
	return row
}

var people = Result{
	Columns: []Column{{Name: "id", Type: "bigint"}, {Name: "name", Type: "text"}, {Name: "total", Type: "numeric(10,2)"}},
	Rows:    [][]Value{text("1", "Ada", "9.50"), text("12", "∅", "120.00"), text("3", "田中さん", "NaN")},
}

func TestTablesAreSetForTheirWidth(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		in    Result
		width int
		want  string
	}{
		{"numbers to the right, wide letters counted twice", people, 80, `
id | name     |  total
---+----------+-------
 1 | Ada      |   9.50
12 | NULL     | 120.00
 3 | 田中さん |    NaN
`},
		{"the widest is cut", people, 21, `
id | name    |  total
---+---------+-------
 1 | Ada     |   9.50
12 | NULL    | 120.00
 3 | 田中さ… |    NaN
`},
		{"too many columns become lines", people, 12, `
id   | 1
name | Ada
tot… | 9.50

id   | 12
name | NULL
tot… | 120.…

id   | 3
name | 田中…
tot… | NaN
`},
		{"what drives a terminal is made visible", Result{Columns: []Column{{Name: "note"}}, Rows: [][]Value{text("a\nb\x1b[31m\u202e!")}}, 80, `
note
----------
a↵b·[31m·!
`},
		{"no columns", Result{Tag: "UPDATE 3"}, 80, "\nUPDATE 3\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var b strings.Builder
			if err := Table(&b, c.in, c.width); err != nil {
				t.Fatal(err)
			}
			if got := "\n" + b.String(); got != c.want {
				t.Errorf("got:%s\nwant:%s", got, c.want)
			}
			for line := range strings.Lines(b.String()) {
				if n := columns(strings.TrimSuffix(line, "\n")); n > c.width {
					t.Errorf("%q takes %d columns", line, n)
				}
			}
		})
	}
}

func TestCSVQuotesWhatNeedsIt(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	in := Result{Columns: []Column{{Name: "a"}, {Name: "b,c"}}, Rows: [][]Value{text("x\ny", "∅"), text(`say "hi"`, "")}}
	in.Rows[0][1].Text = ""
	if err := WriteCSV(&b, in); err != nil {
		t.Fatal(err)
	}
	if want := "a,\"b,c\"\n\"x\ny\",\n\"say \"\"hi\"\"\",\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}
