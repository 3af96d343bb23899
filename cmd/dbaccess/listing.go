package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"dbaccess/internal/fault"
)

func formatFlag(cmd *cobra.Command, format *string) {
	cmd.Flags().StringVar(format, "format", "table", "table or json (one object a line)")
}

// listing prints things of one kind, as a table for people or as JSON lines.
type listing[T any] struct {
	none   string         // what is said when there are none
	head   string         // the table's columns, between tabs
	line   func(T) string // a line of the table, likewise
	object func(T) any    // what is printed as JSON
}

func (l listing[T]) print(w io.Writer, format string, list []T) error {
	switch format {
	case "json":
		enc := json.NewEncoder(w)
		for _, v := range list {
			if err := enc.Encode(l.object(v)); err != nil {
				return err
			}
		}
		return nil
	case "table":
	default:
		return fault.New(fault.Invalid, fmt.Sprintf("There is no format %q.", format), "Use table or json.")
	}
	if len(list) == 0 {
		fmt.Fprintln(w, l.none)
		return nil
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, l.head)
	for _, v := range list {
		fmt.Fprintln(tw, l.line(v))
	}
	return tw.Flush()
}

// oneLine makes text fit a table's cell: control characters become spaces, and
// what is too long is cut.
func oneLine(s string, most int) string {
	runes := []rune(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s))
	if len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return string(runes)
}
