package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	v1 "dbaccess/internal/api/v1"
)

// newDatabasesCommand lists what can be asked for.
func newDatabasesCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "databases",
		Short: "List the databases that you may ask something of",
		Long:  "Lists the databases that you may ask something of, their profiles, and who runs\nwhich statements.\n\n" + remoteCodes,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			t := newSpeaker(cmd, format, false)
			return t.end(listDatabases(cmd, format), exitCode)
		},
	}
	remoteFlags(cmd)
	formatFlag(cmd, &format)
	return cmd
}

func listDatabases(cmd *cobra.Command, format string) error {
	if err := checkFormat(format, "table", "json"); err != nil {
		return err
	}
	c, err := apiClient(cmd)
	if err != nil {
		return err
	}
	list, err := c.Databases(cmd.Context())
	if err != nil {
		return err
	}
	return listing[v1.Database]{
		none: "There is no database that you may ask something of.",
		head: "DATABASE\tPROFILES\tRUNS",
		line: func(d v1.Database) string {
			var profiles, runs []string
			for _, p := range d.Profiles {
				masked := ""
				if p.Masked {
					masked = ", masked"
				}
				profiles = append(profiles, fmt.Sprintf("%s (%s, at most %s%s)", p.Name, p.Default, p.Max, masked))
			}
			for _, r := range d.Runs {
				runs = append(runs, strings.Join(r.Kinds, " and "))
			}
			return d.Name + "\t" + strings.Join(profiles, ", ") + "\t" + strings.Join(runs, ", ")
		},
		object: func(d v1.Database) any { return d },
	}.print(cmd.OutOrStdout(), format, list)
}
