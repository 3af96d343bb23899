package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"dbaccess/internal/fault"
	"dbaccess/internal/masking"
	"dbaccess/internal/target"
)

func newMaskStatusCommand() *cobra.Command {
	var f maskFlags
	var format string
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Compare a database with its masked views, and look for ways around them",
		Long: `Lists what was made or changed since the last apply, which readers do not see until
the next one, and what would let a reader around the views. It reads catalogs only;
any role that may connect can run it. The exit code is 1 if there is anything.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			m, err := f.open(cmd)
			if err != nil {
				return err
			}
			defer m.close(cmd.Context())
			st, err := target.ReadMaskState(cmd.Context(), m.conn, m.target.Readers())
			if err != nil {
				return fault.New(fault.Unavailable, "What stands in "+m.name+" could not be read: "+target.Reason(err)+".", "").With(err)
			}
			return m.printState(cmd, st, format)
		},
	}
	f.on(cmd)
	f.reader(cmd)
	cmd.Flags().StringVar(&format, "format", "table", "table or json (one object)")
	return cmd
}

func (m *masked) printState(cmd *cobra.Command, st target.MaskState, format string) error {
	out := cmd.OutOrStdout()
	open := len(st.Drift)
	for _, g := range st.Gaps {
		if !g.Noted {
			open++
		}
	}
	switch format {
	case "json":
		err := json.NewEncoder(out).Encode(struct {
			Database string         `json:"database"`
			Plan     string         `json:"plan"`
			Views    int            `json:"views"`
			Drift    []target.Drift `json:"drift"`
			Gaps     []target.Gap   `json:"gaps"`
		}{m.name, st.Plan, st.Views, st.Drift, st.Gaps})
		if err != nil {
			return err
		}
	case "table":
		if st.Views == 0 {
			fmt.Fprintf(out, "%s has no masked views. `dbaccess mask apply` makes them.\n", m.name)
			break
		}
		fmt.Fprintf(out, "%s: %s of plan %s.\n", m.name, count(int64(st.Views), "masked view"), st.Plan)
		for _, d := range st.Drift {
			name := d.Schema + "." + d.Table
			if d.Column != "" {
				name += "." + d.Column
			}
			fmt.Fprintf(out, "  %s: %s\n", name, d.What)
		}
		for _, g := range st.Gaps {
			word := "Open: "
			if g.Noted {
				word = "Note: "
			}
			fmt.Fprintf(out, "  %s%s\n", word, g.What)
			if g.Fix != "" {
				fmt.Fprintf(out, "      %s\n", g.Fix)
			}
		}
		if open == 0 {
			fmt.Fprintln(out, "Nothing changed since, and no way leads around them.")
		}
	default:
		return fault.New(fault.Invalid, fmt.Sprintf("There is no format %q.", format), "Use table or json.")
	}
	if open > 0 || st.Views == 0 {
		return exitError{code: 1}
	}
	return nil
}

func newMaskSuspendCommand() *cobra.Command {
	var f maskFlags
	var yes bool
	cmd := &cobra.Command{
		Use:   "suspend [SCHEMA.TABLE…]",
		Short: "Drop masked views for a while, so that a migration can change what is behind them",
		Long: `Postgres refuses to drop a column, to change its type or to drop a table while a
view shows it. This drops the masked views of these tables, of all if none is
named. Readers see less until ` + "`dbaccess mask apply`" + ` makes the views again; never more.`,
		Example: "  dbaccess mask suspend --database shop crm.customer\n  psql -f migration.sql && dbaccess mask apply --database shop",
		RunE: func(cmd *cobra.Command, args []string) error {
			var names []masking.Name
			for _, arg := range args {
				schema, table, ok := strings.Cut(arg, ".")
				if !ok || schema == "" || table == "" {
					return fault.New(fault.Invalid, fmt.Sprintf("%q is not schema.table.", arg), "")
				}
				names = append(names, masking.Name{Schema: schema, Table: table})
			}
			m, err := f.open(cmd)
			if err != nil {
				return err
			}
			defer m.close(cmd.Context())
			if !yes && len(names) == 0 {
				if ok, err := confirm(cmd, "Drop all masked views of "+m.name+" until the next apply?"); err != nil || !ok {
					return err
				}
			}
			dropped, err := target.SuspendMasks(cmd.Context(), m.conn, names)
			if err != nil {
				return m.unchanged(err, "")
			}
			if len(dropped) == 0 {
				return fault.New(fault.NotFound, "There are no masked views of that name in "+m.name+".", "`dbaccess mask status` lists what differs.")
			}
			for _, name := range dropped {
				fmt.Fprintln(cmd.OutOrStdout(), "dropped "+name)
			}
			fmt.Fprintln(cmd.OutOrStdout(), "After the migration: `dbaccess mask apply`.")
			return nil
		},
	}
	f.on(cmd)
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

func newMaskRemoveCommand() *cobra.Command {
	var f maskFlags
	var yes bool
	cmd := &cobra.Command{
		Use:   "remove",
		Short: "Drop the masked views, their key and their readers",
		Long: `Drops everything that applies made in this database. Pseudonyms of a later apply
will differ: they have a new key. Rights that were taken from PUBLIC stay taken.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			m, err := f.open(cmd)
			if err != nil {
				return err
			}
			defer m.close(cmd.Context())
			if !yes {
				if ok, err := confirm(cmd, "Drop the masked views of "+m.name+", their key and "+strings.Join(m.target.Readers(), ", ")+"?"); err != nil || !ok {
					return err
				}
			}
			left, err := target.RemoveMasks(cmd.Context(), m.conn, m.target)
			if err != nil {
				return m.unchanged(err, "")
			}
			fmt.Fprintln(cmd.OutOrStdout(), "Removed.")
			for _, role := range left {
				fmt.Fprintf(cmd.OutOrStdout(), "The role %s stays: another database of this server knows it, somebody else gave it rights, or it is not ours to drop.\n", role)
			}
			return nil
		},
	}
	f.on(cmd)
	f.reader(cmd)
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}
