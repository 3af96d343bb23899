package main

import (
	"fmt"
	"strings"

	"dbaccess/internal/checkup"
)

// drawDiagnosis draws the findings under their headings, each with what to do:
//
//	database shop
//	  ✓ monitor              dbaccess_monitor connects, and may …
//	  ✗ profile masked-read  It is masked, and still gets at 1 relation …
//	                         → REVOKE it from …
//
// Lines are wrapped at width cells; 0 wraps none.
func drawDiagnosis(lines []line, width int, colour bool) string {
	lines = merged(lines)
	d := diagnosis{width: width, colour: colour}
	for _, l := range lines {
		d.indent = max(d.indent, len([]rune(l.Name))+6)
	}
	d.indent = min(d.indent, 28)
	group := ""
	for _, l := range lines {
		if l.group != group {
			if group != "" {
				d.WriteByte('\n')
			}
			group = l.group
			d.WriteString(d.painted(bold, group) + "\n")
		}
		d.line(l)
	}
	d.summary(levels(lines))
	return d.String()
}

// merged puts together what says the same under one heading, such as all that
// could not be looked at.
func merged(lines []line) (short []line) {
	type said struct{ group, sentence string }
	first, times := map[said]int{}, map[said]int{}
	for _, l := range lines {
		what := said{l.group, l.Sentence}
		if times[what]++; times[what] == 1 || l.Level == checkup.OK {
			first[what] = len(short)
			short = append(short, l)
			continue
		}
		short[first[what]].Name = fmt.Sprintf("%d more checks", times[what])
	}
	return short
}

type diagnosis struct {
	strings.Builder
	width, indent int
	colour        bool
}

const yellow = "33"

// mark is the sign and the colour of a level.
func mark(l checkup.Level) (sign, style string) {
	switch l {
	case checkup.OK:
		return "✓", green
	case checkup.Warning:
		return "!", yellow
	}
	return "✗", red
}

func (d *diagnosis) line(l line) {
	sign, style := mark(l.Level)
	name := []rune(plainText(l.Name))
	fmt.Fprintf(d, "  %s %s", d.painted(style, sign), string(name))
	if gap := d.indent - 4 - len(name); gap > 0 {
		d.WriteString(strings.Repeat(" ", gap))
	} else {
		d.WriteString("\n" + strings.Repeat(" ", d.indent))
	}
	text := ""
	if l.Level == checkup.OK {
		text = dim
	}
	d.wrapped(l.Sentence, text, "")
	if l.Do != "" {
		d.WriteString(strings.Repeat(" ", d.indent))
		d.wrapped(l.Do, "", d.painted(style, "→ "))
	}
}

// wrapped writes text from the indent on, behind an arrow or nothing, in lines of
// whole words.
func (d *diagnosis) wrapped(text, style, arrow string) {
	room := d.width - d.indent
	hang := strings.Repeat(" ", d.indent)
	if arrow != "" {
		room, hang = room-2, hang+"  "
	}
	d.WriteString(arrow)
	for i, part := range wrap(plainText(text), room) {
		if i > 0 {
			d.WriteString(hang)
		}
		d.WriteString(d.painted(style, part) + "\n")
	}
}

// wrap breaks text between words into lines of at most room cells; too little
// room breaks nothing.
func wrap(text string, room int) (lines []string) {
	if room < 20 {
		return []string{text}
	}
	var now strings.Builder
	cells := 0
	for word := range strings.FieldsSeq(text) {
		n := len([]rune(word))
		if cells > 0 && cells+1+n > room {
			lines = append(lines, now.String())
			now.Reset()
			cells = 0
		}
		if cells > 0 {
			now.WriteByte(' ')
			cells++
		}
		now.WriteString(word)
		cells += n
	}
	return append(lines, now.String())
}

func (d *diagnosis) summary(n map[checkup.Level]int) {
	parts := []string{d.painted(green, fmt.Sprintf("%d ok", n[checkup.OK]))}
	for _, c := range []struct {
		n           int
		what, style string
	}{{n[checkup.Warning], "warning", yellow}, {n[checkup.Problem], "problem", red}} {
		if c.n > 0 {
			text := fmt.Sprintf("%d %ss", c.n, c.what)
			if c.n == 1 {
				text = "1 " + c.what
			}
			parts = append(parts, d.painted(c.style, text))
		}
	}
	if len(parts) == 1 {
		parts = append(parts, "nothing to do")
	}
	d.WriteString("\n" + strings.Join(parts, " · ") + "\n")
}

func (d *diagnosis) painted(style, text string) string {
	if !d.colour || style == "" {
		return text
	}
	return "\x1b[" + style + "m" + text + "\x1b[0m"
}
