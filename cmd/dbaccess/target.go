package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"dbaccess/credentials/postgres"
	"dbaccess/internal/config"
	"dbaccess/internal/fault"
)

func newTargetCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "target", Short: "Prepare the databases that access is given to"}
	cmd.AddCommand(newTargetSQLCommand())
	return cmd
}

func newTargetSQLCommand() *cobra.Command {
	var closePublic bool
	cmd := &cobra.Command{
		Use:   "sql DATABASE",
		Short: "Print the SQL that an owner runs once on a database",
		Long: `Prints what the owner of a database runs there once, as a superuser: the roles of
the issuer, the monitor and the preview, the function that ends sessions, and what
to take from PUBLIC. Read it first; running it again changes nothing. The passwords are set by
hand, with \password in psql.`,
		Example: "  dbaccess target sql shop > shop-setup.sql\n  psql -f shop-setup.sql \"$SHOP_SUPERUSER_URL\"",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := loadSettings(cmd)
			if err != nil {
				return err
			}
			d, ok := s.config.Database(args[0])
			if !ok {
				var names []string
				for _, d := range s.config.Databases {
					names = append(names, d.Name)
				}
				return fault.New(fault.NotFound, fmt.Sprintf("There is no database named %q in the config.", args[0]),
					"There is "+strings.Join(names, ", ")+".")
			}
			var groups []string
			for _, p := range d.Profiles {
				groups = append(groups, p.Roles...)
			}
			issuer := "" // the built-in one's
			if d.Issuer == "vault" {
				issuer = vaultRole
			}
			_, err = fmt.Fprint(cmd.OutOrStdout(), postgres.SetupSQL(postgres.SetupOptions{
				Database: d.DBName, Groups: groups, Issuer: issuer, ClosePublic: closePublic, PreviewSchemas: previewSchemas(d),
			}))
			return err
		},
	}
	configFlag(cmd)
	cmd.Flags().BoolVar(&closePublic, "close-public", false, "also take from PUBLIC what would let a role around its profile")
	return cmd
}

// previewSchemas are those in which statement requests may find their tables.
func previewSchemas(d config.Database) (schemas []string) {
	for _, run := range d.Statements.Runs {
		for _, s := range d.Profile(run.Profile).SearchPath {
			if !slices.Contains(schemas, s) && s != "pg_catalog" {
				schemas = append(schemas, s)
			}
		}
	}
	return schemas
}
