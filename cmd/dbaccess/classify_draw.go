package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"
	eastasian "golang.org/x/text/width"

	"dbaccess/guardrails"
)

// colourful reports whether out is a terminal that wants colour.
func colourful(out io.Writer) bool {
	f, ok := out.(*os.File)
	return ok && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))
}

// paint is how each level looks on a terminal.
var paint = map[guardrails.Level]string{
	guardrails.Low: "\x1b[32m", guardrails.Medium: "\x1b[33m", guardrails.High: "\x1b[31m", guardrails.Critical: "\x1b[1;31m",
}

// drawing writes a verdict for a person.
type drawing struct {
	strings.Builder
	text
	colour bool
}

// drawVerdict returns a verdict as a person reads it: kind and level, then each
// finding with the text that it is about underlined. One from a file says its
// place in a form that editors follow.
//
//	write · high · 1 statement
//
//	 GR011 high  The DELETE removes every row of orders: it has no WHERE.
//	   1 │ DELETE FROM orders
//	     │ ^^^^^^^^^^^^^^^^^^
//	   → Add a WHERE that names the rows you mean.
func drawVerdict(t text, v guardrails.Verdict, colour bool) string {
	d := &drawing{text: t, colour: colour}
	if t.file != "" {
		fmt.Fprintf(d, "%s: ", plainText(t.file))
	}
	fmt.Fprintf(d, "%s · %s · %s\n", v.Kind, d.painted(v.Level, string(v.Level)), counted(v.Statements, "statement"))
	for _, f := range v.Findings {
		d.finding(f)
	}
	if t.file != "" {
		return d.String()
	}
	if len(v.Relations) > 0 {
		fmt.Fprintf(d, "\ntables     %s\n", plainText(strings.Join(v.Relations, ", ")))
	}
	if len(v.Functions) > 0 {
		if len(v.Relations) == 0 {
			d.WriteByte('\n')
		}
		fmt.Fprintf(d, "functions  %s\n", plainText(strings.Join(v.Functions, ", ")))
	}
	return d.String()
}

func (d *drawing) painted(l guardrails.Level, text string) string {
	if !d.colour {
		return text
	}
	return paint[l] + text + "\x1b[0m"
}

func (d *drawing) finding(f guardrails.Finding) {
	d.WriteByte('\n')
	if d.file != "" {
		line, column := place(d.sql, f.Start)
		fmt.Fprintf(d, "%s:%d:%d:", plainText(d.file), line, column)
	}
	fmt.Fprintf(d, " %s %s  %s\n", f.Rule, d.painted(f.Level, string(f.Level)), plainText(f.Message))
	d.excerpt(f)
	if f.Hint != "" {
		fmt.Fprintf(d, "   → %s\n", plainText(f.Hint))
	}
}

// maxShown bounds how many lines and columns of a text an excerpt shows.
const (
	maxLinesShown   = 3
	maxColumnsShown = 100
)

// excerpt shows the lines that a finding is about, underlined.
func (d *drawing) excerpt(f guardrails.Finding) {
	if !utf8.ValidString(d.sql) || f.End > len(d.sql) || f.Start >= f.End {
		return
	}
	number := 1 + strings.Count(d.sql[:f.Start], "\n")
	at := strings.LastIndexByte(d.sql[:f.Start], '\n') + 1
	for shown := 0; at < f.End; shown, number = shown+1, number+1 {
		if shown == maxLinesShown {
			d.WriteString("     │ …\n")
			return
		}
		end := len(d.sql)
		if i := strings.IndexByte(d.sql[at:], '\n'); i >= 0 {
			end = at + i
		}
		d.line(number, at, end, max(f.Start, at), min(f.End, end), f.Level)
		at = end + 1
	}
}

// line shows sql[at:end] with sql[from:to] underlined. A long line is shown from
// shortly before what is underlined.
func (d *drawing) line(number, at, end, from, to int, level guardrails.Level) {
	begin := 0
	before := columns(d.sql[at:from], &begin)
	under := columns(d.sql[from:to], &begin)
	after := columns(strings.TrimSuffix(d.sql[to:end], "\r"), &begin)
	if keep := maxColumnsShown / 3; len(before) > keep {
		before = append([]cell{{"…", 1}}, before[len(before)-keep:]...)
	}
	if room := maxColumnsShown - len(before); len(under) > room {
		under, after = append(under[:room:room], cell{"…", 1}), nil
	} else if room -= len(under); len(after) > room {
		after = append(after[:room:room], cell{"…", 1})
	}
	fmt.Fprintf(d, "%4d │ %s\n", number, strings.TrimRight(shown(before)+shown(under)+shown(after), " "))
	if len(under) > 0 {
		fmt.Fprintf(d, "     │ %s%s\n", strings.Repeat(" ", width(before)), d.painted(level, strings.Repeat("^", max(width(under), 1))))
	}
}

// cell is a character as it is shown, with the columns of a terminal that it takes.
type cell struct {
	shown string
	width int
}

// tabStop is how far apart tabs go.
const tabStop = 4

// columns returns a text as what stands in a terminal from a column on, and moves
// on to the column behind it. Nothing in it can move the cursor otherwise or turn
// the direction of writing; what is written over the character before it takes no
// column, and what is twice as wide as a letter takes two.
func columns(s string, column *int) []cell {
	cells := make([]cell, 0, len(s))
	for _, r := range s {
		c := cell{plainText(string(r)), 1}
		switch {
		case r == '\t':
			c.width = tabStop - *column%tabStop
			c.shown = strings.Repeat(" ", c.width)
		case unicode.In(r, unicode.Mn, unicode.Me):
			c.width = 0
		case wide(r):
			c.width = 2
		}
		*column += c.width
		cells = append(cells, c)
	}
	return cells
}

// wide reports whether a terminal gives a character two columns.
func wide(r rune) bool {
	k := eastasian.LookupRune(r).Kind()
	return k == eastasian.EastAsianWide || k == eastasian.EastAsianFullwidth
}

func shown(cells []cell) string {
	var b strings.Builder
	for _, c := range cells {
		b.WriteString(c.shown)
	}
	return b.String()
}

func width(cells []cell) (n int) {
	for _, c := range cells {
		n += c.width
	}
	return n
}

// plainText shows characters that a terminal would act on, or not show, as ·.
func plainText(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case !unicode.IsPrint(r) && !unicode.In(r, unicode.Mn, unicode.Me):
			return '·'
		}
		return r
	}, s)
}
