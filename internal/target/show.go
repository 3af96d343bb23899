package target

import (
	"encoding/csv"
	"io"
	"strings"
	"unicode"
)

// WriteCSV writes the result as CSV with a header line. NULL and the empty
// string are both empty fields; values are not changed, so a spreadsheet may take
// one that begins with "=" for a formula.
func WriteCSV(w io.Writer, r Result) error {
	out := csv.NewWriter(w)
	record := make([]string, len(r.Columns))
	for i, c := range r.Columns {
		record[i] = c.Name
	}
	if err := out.Write(record); err != nil {
		return err
	}
	for _, row := range r.Rows {
		for i, v := range row {
			record[i] = v.Text
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// narrowest is how far a table's column may be cut before the rows are written
// one value a line instead.
const narrowest = 6

// Table writes the result in fixed-width letters, no line longer than width:
// for a terminal or a Slack code block. Values that do not fit are cut with "…";
// control characters, line ends and marks that change the direction of writing
// are made visible. When the columns are too many, each row becomes a block of
// "name | value" lines.
func Table(w io.Writer, r Result, width int) error {
	if len(r.Columns) == 0 {
		_, err := io.WriteString(w, r.Tag+"\n")
		return err
	}
	names, cells := texts(r)
	var b strings.Builder
	if widths, fit := fitted(names, cells, width); fit {
		writeGrid(&b, r, names, cells, widths)
	} else {
		writeBlocks(&b, names, cells, width)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// texts makes names and values fit for one line each.
func texts(r Result) (names []string, cells [][]string) {
	for _, c := range r.Columns {
		names = append(names, visible(c.Name))
	}
	for _, row := range r.Rows {
		line := make([]string, len(row))
		for i, v := range row {
			line[i] = visible(v.Text)
			if v.Null {
				line[i] = "NULL"
			}
		}
		cells = append(cells, line)
	}
	return names, cells
}

// fitted finds the columns' widths, taking from the widest what is too much;
// false if they cannot be made to fit.
func fitted(names []string, cells [][]string, width int) ([]int, bool) {
	widths := make([]int, len(names))
	total := 3 * (len(names) - 1) // " | " between columns
	for i, name := range names {
		widths[i] = columns(name)
		for _, row := range cells {
			widths[i] = max(widths[i], columns(row[i]))
		}
		total += widths[i]
	}
	for ; total > width; total-- {
		widest := 0
		for i, n := range widths {
			if n > widths[widest] {
				widest = i
			}
		}
		if widths[widest] <= narrowest {
			return nil, false
		}
		widths[widest]--
	}
	return widths, true
}

func writeGrid(b *strings.Builder, r Result, names []string, cells [][]string, widths []int) {
	line := func(values []string) {
		var l strings.Builder
		for i, v := range values {
			if i > 0 {
				l.WriteString(" | ")
			}
			v = cut(v, widths[i])
			gap := strings.Repeat(" ", widths[i]-columns(v))
			if isNumber(r.Columns[i].Type) {
				l.WriteString(gap + v)
			} else {
				l.WriteString(v + gap)
			}
		}
		b.WriteString(strings.TrimRight(l.String(), " ") + "\n")
	}
	line(names)
	for i, n := range widths {
		if i > 0 {
			b.WriteString("-+-")
		}
		b.WriteString(strings.Repeat("-", n))
	}
	b.WriteString("\n")
	for _, row := range cells {
		line(row)
	}
}

func writeBlocks(b *strings.Builder, names []string, cells [][]string, width int) {
	label := 0
	for _, name := range names {
		label = max(label, columns(name))
	}
	label = min(label, max(width/3, 1))
	for n, row := range cells {
		if n > 0 {
			b.WriteString("\n")
		}
		for i, v := range row {
			name := cut(names[i], label)
			b.WriteString(name + strings.Repeat(" ", label-columns(name)) + " | " + cut(v, max(width-label-3, 1)) + "\n")
		}
	}
}

// isNumber reports whether values of the type are set to the right.
func isNumber(sqlType string) bool {
	base, _, _ := strings.Cut(sqlType, "(")
	switch base {
	case "smallint", "integer", "bigint", "numeric", "real", "double precision", "money", "oid":
		return true
	}
	return false
}

// visible replaces what would break a line, drive a terminal, or turn the
// direction of writing.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return '↵'
		case r == '\t':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == '\u2028', r == '\u2029':
			return '·'
		}
		return r
	}, s)
}

// cut shortens s to at most width columns.
func cut(s string, width int) string {
	if columns(s) <= width {
		return s
	}
	used := 0
	for i, r := range s {
		if used+runeColumns(r) > width-1 {
			return s[:i] + "…"
		}
		used += runeColumns(r)
	}
	return s
}

// columns is how many columns of a terminal s takes.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

// wide are the blocks whose letters take two columns: East Asian scripts, their
// full-width forms, and pictures.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x1100, Hi: 0x115f, Stride: 1},
		{Lo: 0x2e80, Hi: 0x303e, Stride: 1},
		{Lo: 0x3041, Hi: 0xa4cf, Stride: 1},
		{Lo: 0xac00, Hi: 0xd7a3, Stride: 1},
		{Lo: 0xf900, Hi: 0xfaff, Stride: 1},
		{Lo: 0xfe30, Hi: 0xfe6f, Stride: 1},
		{Lo: 0xff00, Hi: 0xff60, Stride: 1},
	},
	R32: []unicode.Range32{
		{Lo: 0x1f300, Hi: 0x1faff, Stride: 1},
		{Lo: 0x20000, Hi: 0x3fffd, Stride: 1},
	},
}

func runeColumns(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case unicode.Is(wide, r):
		return 2
	}
	return 1
}
