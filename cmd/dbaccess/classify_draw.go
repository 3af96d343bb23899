package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"

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
	sql    string
	colour bool
}

// drawVerdict returns a verdict as a person reads it: kind and level, then each
// finding with the text that it is about underlined.
//
//	write · high · 1 statement
//
//	 GR011 high  The DELETE removes every row of orders: it has no WHERE.
//	   1 │ DELETE FROM orders
//	     │ ^^^^^^^^^^^^^^^^^^
//	   → Add a WHERE that names the rows you mean.
func drawVerdict(sql string, v guardrails.Verdict, colour bool) string {
	d := &drawing{sql: sql, colour: colour}
	count := fmt.Sprintf("%d statements", v.Statements)
	if v.Statements == 1 {
		count = "1 statement"
	}
	fmt.Fprintf(d, "%s · %s · %s\n", v.Kind, d.painted(v.Level, string(v.Level)), count)
	for _, f := range v.Findings {
		d.finding(f)
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
	fmt.Fprintf(d, "\n %s %s  %s\n", f.Rule, d.painted(f.Level, string(f.Level)), plainText(f.Message))
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
	before, under, after := columns(d.sql[at:from]), columns(d.sql[from:to]), columns(d.sql[to:end])
	if keep := maxColumnsShown / 3; len(before) > keep {
		before = append([]rune("…"), before[len(before)-keep:]...)
	}
	if room := maxColumnsShown - len(before); len(under) > room {
		under, after = append(under[:room:room], '…'), nil
	} else if room -= len(under); len(after) > room {
		after = append(after[:room:room], '…')
	}
	fmt.Fprintf(d, "%4d │ %s%s%s\n", number, string(before), string(under), string(after))
	if len(under) > 0 {
		fmt.Fprintf(d, "     │ %s%s\n", strings.Repeat(" ", len(before)), d.painted(level, strings.Repeat("^", len(under))))
	}
}

// columns returns a text as what stands in each column of a terminal, so that
// nothing in it can move the cursor or turn the direction of writing.
func columns(s string) []rune { return []rune(plainText(s)) }

// plainText shows characters that a terminal would act on, or not show, as ·.
func plainText(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case !unicode.IsPrint(r):
			return '·'
		}
		return r
	}, s)
}
