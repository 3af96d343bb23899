package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"dbaccess/internal/fault"
	"dbaccess/internal/masking"
	"dbaccess/internal/target"
)

func newMaskApplyCommand() *cobra.Command {
	var f maskFlags
	var closePublic, yes bool
	cmd := &cobra.Command{
		Use:   "apply",
		Short: "Make the masked views, after showing what changes",
		Long: `Makes the plan, shows how it differs from what stands, asks, and brings the
database to it in one transaction: the owner of the views, the reader, a random
key for pseudonyms that join, the schemas masked_…, their views and grants.

It refuses while something would let the reader around the views: rights of PUBLIC,
functions that run with their owner's rights, memberships, default privileges,
large objects. It lists each with the SQL that closes it; --close-public runs that
SQL, which gives PUBLIC's rights to the roles that log in today before it takes them
from PUBLIC.

Beside traffic it waits two seconds for a lock, and then lets others pass and tries
again. Repeating it changes nothing.`,
		Example: "  dbaccess mask apply --database shop\n  dbaccess mask apply --dsn postgres://owner@localhost/shop --role dbaccess_reader_shop --close-public --yes",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			m, err := f.open(cmd)
			if err != nil {
				return err
			}
			defer m.close(cmd.Context())
			plan, err := m.plan(cmd, f.sample)
			if err != nil {
				return err
			}
			return m.apply(cmd, plan, closePublic, yes)
		},
	}
	f.on(cmd)
	f.sampling(cmd)
	f.reader(cmd)
	cmd.Flags().BoolVar(&closePublic, "close-public", false, "close the ways around the views instead of refusing")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

func (m *masked) apply(cmd *cobra.Command, plan *masking.Plan, closePublic, yes bool) error {
	ctx, out := cmd.Context(), cmd.OutOrStdout()
	if err := plan.CheckExceptions(m.target.Exceptions); err != nil {
		return fault.New(fault.Invalid, "masking.unmask: "+err.Error()+".", "")
	}
	before, err := target.ReadMaskState(ctx, m.conn, m.target.Readers())
	if err != nil {
		return fault.New(fault.Unavailable, "What stands in "+m.name+" could not be read: "+target.Reason(err)+".", "").With(err)
	}
	changes := maskChanges(before.Masks, plan)
	if before.Plan == plan.Digest(m.target) && len(before.Drift) == 0 && before.Whole(plan, m.target) && !slices.ContainsFunc(before.Gaps, func(g target.Gap) bool { return !g.Noted }) {
		fmt.Fprintf(out, "%s is as planned already; nothing was changed.\n", m.name)
		return nil
	}
	if err := printMaskChanges(out, changes); err != nil {
		return err
	}
	if open := target.Blocking(before.Gaps); len(open) > 0 {
		if !closePublic {
			return gapsFault(open)
		}
		fmt.Fprintln(out, "\nThese ways around the views are closed with it:")
		printGaps(out, open)
	}
	if !yes {
		if ok, err := confirm(cmd, "\nApply this to "+m.name+"?"); err != nil || !ok {
			return err
		}
	}
	bar := newProgress(cmd.ErrOrStderr())
	defer bar.done()
	err = target.MaskApply{
		Plan: plan, Target: m.target, ClosePublic: closePublic,
		Progress: func(what string, n, of int) { bar.at(n, of, what) },
		Retrying: func(_ error, try, of int) {
			bar.done()
			fmt.Fprintf(cmd.ErrOrStderr(), "Somebody holds a lock that is needed; trying again (%d of %d).\n", try+1, of)
		},
	}.Apply(ctx, m.conn)
	bar.done()
	if gaps, ok := errors.AsType[*target.ErrGaps](err); ok {
		return gapsFault(gaps.Gaps)
	}
	if err != nil {
		return m.unchanged(err, "Run it again; if a lock is in the way, when it is quieter.")
	}
	return m.applied(cmd, plan)
}

// applied says what stands now, and what the config needs to know of it.
func (m *masked) applied(cmd *cobra.Command, plan *masking.Plan) error {
	out := cmd.OutOrStdout()
	st, err := target.ReadMaskState(cmd.Context(), m.conn, m.target.Readers())
	if err != nil {
		return err
	}
	path, err := target.MaskedPath(cmd.Context(), m.conn, plan)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\nDone: %s, read by %s.\n", count(int64(st.Views), "masked view"), strings.Join(m.target.Readers(), ", "))
	for _, g := range st.Gaps {
		if g.Noted {
			fmt.Fprintln(out, "Note: "+g.What)
			if g.Fix != "" {
				fmt.Fprintln(out, "      "+g.Fix)
			}
		}
	}
	var schemas []string
	for _, s := range path {
		if strings.HasPrefix(s, masking.ViewPrefix) {
			schemas = append(schemas, s)
		}
	}
	fmt.Fprintf(out, "\nThe profile that uses them:\n  - name: masked-read\n    roles: [%s]\n    search_path: [%s]\n    masked_schemas: [%s]\n",
		m.target.Reader, strings.Join(path, ", "), strings.Join(schemas, ", "))
	return nil
}

// maskChange is a column whose mask changes.
type maskChange struct {
	sign     string // + - ~
	ref      masking.ColumnRef
	was, now masking.Finding
}

// maskChanges compares what stands with a plan.
func maskChanges(before map[masking.ColumnRef]masking.Finding, plan *masking.Plan) (list []maskChange) {
	seen := map[masking.ColumnRef]bool{}
	for ref, now := range plan.Used() {
		seen[ref] = true
		was, stood := before[ref]
		switch {
		case !stood:
			list = append(list, maskChange{"+", ref, was, now})
		case was.Strategy != now.Strategy || was.Entity != now.Entity && now.Sensitive:
			list = append(list, maskChange{"~", ref, was, now})
		}
	}
	for ref, was := range before {
		if !seen[ref] {
			list = append(list, maskChange{"-", ref, was, masking.Finding{}})
		}
	}
	slices.SortFunc(list, func(a, b maskChange) int {
		return strings.Compare(a.ref.Schema+"\x00"+a.ref.Table+"\x00"+a.ref.Column, b.ref.Schema+"\x00"+b.ref.Table+"\x00"+b.ref.Column)
	})
	return list
}

// printMaskChanges prints them by table; new columns that stay as they are are
// counted only.
func printMaskChanges(w io.Writer, list []maskChange) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(w, "No column's mask changes; the views are made anew.")
		return err
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	last, plain := "", 0
	for _, c := range list {
		if c.sign == "+" && !c.now.Sensitive {
			plain++
			continue
		}
		if table := c.ref.Schema + "." + c.ref.Table; table != last {
			fmt.Fprintf(tw, "%s\t\t\n", table)
			last = table
		}
		text := string(c.now.Strategy)
		switch c.sign {
		case "~":
			text += " (was " + string(c.was.Strategy) + ")"
		case "-":
			text = "gone (was " + string(c.was.Strategy) + ")"
		}
		fmt.Fprintf(tw, "  %s %s\t%s\t%s\n", c.sign, c.ref.Column, entityText(c.now), text)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	if plain > 0 {
		_, err := fmt.Fprintf(w, "and %s shown as they are (`dbaccess mask plan --all` lists them).\n", count(int64(plain), "new column"))
		return err
	}
	return nil
}

func printGaps(w io.Writer, list []target.Gap) {
	for _, g := range list {
		fmt.Fprintf(w, "  %s\n      %s\n", g.What, g.Fix)
	}
}

// gapsFault lists ways around the views, each with what closes it.
func gapsFault(list []target.Gap) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Nothing was changed: %s lead around the masked views.", count(int64(len(list)), "way"))
	for _, g := range list {
		b.WriteString("\n  " + g.What + "\n      " + g.Fix)
	}
	return fault.New(fault.Invalid, b.String(), "Close them, or let --close-public do it.")
}

// confirm asks on a terminal; elsewhere nobody could answer, and --yes is needed.
func confirm(cmd *cobra.Command, question string) (bool, error) {
	in, ok := cmd.InOrStdin().(*os.File)
	if !ok || !isTerminal(in) {
		return false, fault.New(fault.Invalid, "There is nobody to ask.", "Add --yes to go on without being asked.")
	}
	fmt.Fprint(cmd.OutOrStdout(), question+" [y/N] ")
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes":
		return true, nil
	}
	fmt.Fprintln(cmd.OutOrStdout(), "Nothing was changed.")
	return false, nil
}
