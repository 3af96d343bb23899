package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// narrator prints the story, each step with its time.
type narrator struct {
	out    io.Writer
	color  bool
	began  time.Time
	passed int
}

func (t *narrator) begin(who, what string) {
	fmt.Fprintf(t.out, "%s %s %s\n", t.paint(dim, fmt.Sprintf("%6.1fs", time.Since(t.began).Seconds())),
		t.paint(bold, fmt.Sprintf("%-7s", who)), what)
}

func (t *narrator) seen(lines ...string) {
	t.passed++
	for i, line := range lines {
		mark := t.paint(green, "✓")
		if i > 0 {
			mark = " "
		}
		fmt.Fprintf(t.out, "        %s %s\n", mark, t.paint(dim, line))
	}
}

func (t *narrator) failed(err error) {
	fmt.Fprintf(t.out, "        %s %v\n", t.paint(red, "✗"), err)
}

const (
	bold  = "1"
	dim   = "2"
	green = "32"
	red   = "31"
)

func (t *narrator) paint(style, text string) string {
	if !t.color {
		return text
	}
	return "\x1b[" + style + "m" + text + "\x1b[0m"
}

// wrapped is a long sentence in lines, each after the first a little further in.
func wrapped(text string) (lines []string) {
	const most = 130
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len([]rune(line))+1+len([]rune(word)) > most {
			lines, line = append(lines, line), "  "+word
			continue
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return append(lines, line)
}

// ms prints a short duration the same way everywhere.
func ms(d time.Duration) string {
	if d < 10*time.Millisecond {
		return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
	}
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// layOut lays rows out under their names.
func layOut(names []string, rows [][]string) []string {
	all := append([][]string{names}, rows...)
	width := make([]int, len(names))
	for _, row := range all {
		for i, cell := range row {
			width[i] = max(width[i], len([]rune(cell)))
		}
	}
	lines := make([]string, len(all))
	for n, row := range all {
		var b strings.Builder
		for i, cell := range row {
			fmt.Fprintf(&b, "%s%s  ", cell, strings.Repeat(" ", width[i]-len([]rune(cell))))
		}
		lines[n] = strings.TrimRight(b.String(), " ")
	}
	return lines
}
