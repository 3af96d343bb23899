package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"dbaccess/internal/fault"
	"dbaccess/internal/masking"
	"dbaccess/internal/target"
)

func newMaskPlanCommand() *cobra.Command {
	var f maskFlags
	var format string
	var all bool
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Show which columns are sensitive, what they hold, and how they would be masked",
		Long: `Looks at every table, view and foreign table of a database: at types, names in
seven languages, and a sample of rows, which never leaves this process. It reads
only, each table for three seconds at most, and changes nothing.

What it cannot understand it masks: an unknown type, a text column without rows,
a table that cannot be sampled. Overrides in the config stand above what it found.

The JSON form has one object a column:
  {"schema","table","column","sensitive","entity","confidence","strategy","why"}`,
		Example: "  dbaccess mask plan --database shop\n  dbaccess mask plan --dsn postgres://owner@localhost/shop --format json | jq 'select(.sensitive)'",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if format != "json" && format != "table" {
				return fault.New(fault.Invalid, fmt.Sprintf("There is no format %q.", format), "Use table or json.")
			}
			m, err := f.open(cmd)
			if err != nil {
				return err
			}
			defer m.close(cmd.Context())
			plan, err := m.plan(cmd, f.sample)
			if err != nil {
				return err
			}
			if format == "json" {
				return findingLines(cmd.OutOrStdout(), plan.Findings)
			}
			return findingTable(cmd.OutOrStdout(), plan, all)
		},
	}
	f.on(cmd)
	f.sampling(cmd)
	formatFlag(cmd, &format)
	cmd.Flags().BoolVar(&all, "all", false, "also list the columns that are shown as they are")
	return cmd
}

// plan detects, with progress on a terminal.
func (m *masked) plan(cmd *cobra.Command, rows int) (*masking.Plan, error) {
	source := &target.MaskSource{Conn: m.conn}
	bar := newProgress(cmd.ErrOrStderr())
	defer bar.done()
	p, err := masking.Detect(cmd.Context(), source, masking.Options{
		Rows: rows, Overrides: m.overrides,
		Progress: func(done, of int, at masking.Name) { bar.at(done, of, at.Schema+"."+at.Table) },
	})
	if err != nil {
		return nil, fault.New(fault.Unavailable, "The plan of "+m.name+" could not be made: "+target.Reason(err)+".", "").With(err)
	}
	return p, nil
}

// progress is one line on a terminal that says how far something is, and nothing
// elsewhere.
type progress struct {
	w    io.Writer
	on   bool
	said bool
}

func newProgress(w io.Writer) *progress { return &progress{w: w, on: isTerminal(w)} }

func (p *progress) at(done, of int, what string) {
	if p.on && of > 0 {
		p.said = true
		fmt.Fprintf(p.w, "\r\x1b[K%3d %%  %s", 100*done/of, oneLine(what, 60))
	}
}

func (p *progress) done() {
	if p.said {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

func findingLines(w io.Writer, list []masking.Finding) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, f := range list {
		if err := enc.Encode(f); err != nil {
			return err
		}
	}
	return nil
}

// findingTable prints sensitive columns by table, and how many are not.
func findingTable(w io.Writer, p *masking.Plan, all bool) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	last, sensitive := "", 0
	for _, f := range p.Findings {
		if f.Sensitive {
			sensitive++
		}
		if !f.Sensitive && !all {
			continue
		}
		table := f.Schema + "." + f.Table
		if table != last {
			if last != "" {
				fmt.Fprintln(tw, "\t\t\t\t")
			}
			fmt.Fprintf(tw, "%s\t\t\t\t\n", table)
			last = table
		}
		fmt.Fprintf(tw, "  %s\t%s\t%s\t%3.0f %%\t%s\n", f.Column, entityText(f), f.Strategy, 100*f.Confidence, oneLine(f.Why, 100))
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	tables := map[string]bool{}
	for _, r := range p.Relations {
		tables[r.Schema+"."+r.Table] = true
	}
	_, err := fmt.Fprintf(w, "\n%s of %s in %s would be masked.\n", count(int64(sensitive), "column"), fmt.Sprint(len(p.Findings)), count(int64(len(tables)), "table"))
	return err
}

func entityText(f masking.Finding) string {
	if !f.Sensitive {
		return "-"
	}
	return strings.ReplaceAll(string(f.Entity), "_", " ")
}
