package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"dbaccess/internal/store"
)

// newMigrateCommand makes `dbaccess migrate`. Open says where the store is, as
// its owner, and which role the server will be.
func newMigrateCommand(open func(cmd *cobra.Command) (migrateURL, runtimeRole string, err error)) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the store's tables to this version, as their owner",
		Long: `Brings dbaccess's own database to this version: makes schema dbaccess and its
tables or changes them, gives the installation its id the first time, and gives
the server's role exactly the privileges that it needs. It connects as
store.migrate_url, which the server itself never uses.

Running it again does nothing; several at once wait for one another.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			url, role, err := open(cmd)
			if err != nil {
				return err
			}
			rep, err := store.Migrate(cmd.Context(), url, store.MigrateOptions{RuntimeRole: role})
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			for _, name := range rep.Applied {
				fmt.Fprintf(out, "applied %s\n", name)
			}
			if rep.New {
				fmt.Fprintf(out, "This installation's id is %s; it is part of every role name that dbaccess makes.\n", rep.Installation)
			}
			fmt.Fprintf(out, "The store is at version %d.", rep.Version)
			if role != "" {
				fmt.Fprintf(out, " Role %q may use it, and may not rewrite what is recorded.", role)
			}
			fmt.Fprintln(out)
			return nil
		},
	}
	configFlag(cmd)
	return cmd
}
