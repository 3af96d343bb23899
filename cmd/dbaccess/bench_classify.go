package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"dbaccess/guardrails"
)

// benchVerdicts measures how long a verdict takes beside the parser's own library.
func benchVerdicts(out io.Writer) {
	fmt.Fprintf(out, "A verdict, beside pg_query.Parse of the same text (the best of many)\n")
	tw := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "\tbytes\tparse alone\tclassify\t×\tthe same text again\t")
	for _, m := range guardrails.Measure(time.Second) {
		fmt.Fprintf(tw, "  %s\t%d\t%s\t%s\t%.2f\t%s\t\n", m.Text, m.Bytes, micros(m.Library), micros(m.Classify),
			float64(m.Classify)/float64(m.Library), micros(m.Again))
	}
	tw.Flush()
}

func micros(d time.Duration) string { return fmt.Sprintf("%.2f µs", float64(d.Nanoseconds())/1000) }
