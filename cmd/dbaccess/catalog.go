package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dbaccess/credentials"
	"dbaccess/guardrails"
	"dbaccess/internal/config"
	"dbaccess/internal/fault"
	"dbaccess/internal/target"
)

// newCatalogs makes the cache of what guardrails know of the databases.
func newCatalogs(c *core) *target.Catalogs {
	cats := &target.Catalogs{URLs: map[string]func() (credentials.Secret, error){}, Now: time.Now, Log: c.log}
	for _, d := range c.config.Databases {
		cats.URLs[d.Name] = func() (credentials.Secret, error) { return catalogURL(d) }
	}
	return cats
}

// catalogURL is the connection that reads a database's catalog.
func catalogURL(d config.Database) (credentials.Secret, error) {
	ref, key := d.PreviewURL, "preview_url"
	if ref == "" {
		ref, key = d.MonitorURL, "monitor_url"
	}
	url, err := ref.Read()
	if err != nil {
		return credentials.Secret{}, fmt.Errorf("database %s: %s: %w", d.Name, key, err)
	}
	return credentials.NewSecret(url), nil
}

// searchPath is where a profile's statements look for bare names: in the server's
// own schema first, unless the profile says otherwise, and among temporary tables
// last.
func searchPath(p config.Profile) []string {
	path := slices.DeleteFunc(slices.Clone(p.SearchPath), func(s string) bool { return s == "pg_temp" })
	if !slices.Contains(path, "pg_catalog") {
		path = slices.Insert(path, 0, "pg_catalog")
	}
	return append(path, "pg_temp")
}

// classify judges a statement by the catalog of its database. It never waits for
// one: without it the verdict is more careful.
//
// What a bare name means depends on the search_path, which is the profile's, which
// the verdict decides. So each profile's path is tried: a verdict that leads back
// to the profile under which it was found is what will be so.
func (c *core) classify(ctx context.Context, database, sql string) guardrails.Verdict {
	sql = strings.Clone(sql) // it is kept, and may be a piece of something larger
	cat := c.catalogs.Catalog(database)
	if cat == nil {
		return c.verdicts.Classify(sql, nil)
	}
	d, _ := c.config.Database(database)
	for _, run := range d.Statements.Runs {
		v := c.verdicts.Classify(sql, c.catalogs.Catalog(database, searchPath(d.Profile(run.Profile))...))
		if slices.Contains(run.Kinds, string(v.Kind)) {
			return v
		}
	}
	v := c.verdicts.Classify(sql, cat) // nothing runs it, or bare names could mean any schema's
	if v.Kind == guardrails.Unknown {
		c.catalogs.Nudge(ctx, database) // what it does not know may be new
	}
	return v
}

func newCatalogCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "catalog", Short: "What guardrails know of a database"}
	cmd.AddCommand(newCatalogDumpCommand())
	return cmd
}

func newCatalogDumpCommand() *cobra.Command {
	var database, profile, dsn, out string
	cmd := &cobra.Command{
		Use:   "dump (--database NAME | --dsn URL)",
		Short: "Write a database's catalog to a file, for `dbaccess classify --catalog`",
		Long: `Reads the tables, views, functions, types, operators and casts of a database, in one
read-only snapshot, and writes them as JSON. No row is read, but definitions and
function bodies are: treat the file as you treat the schema. Any login can read it.`,
		Example: `  dbaccess catalog dump --database shop -o shop.json
  dbaccess classify --catalog shop.json "DELETE FROM orders"`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cat, err := dumpCatalog(cmd, database, profile, dsn)
			if err != nil {
				return err
			}
			text, err := json.MarshalIndent(cat, "", "  ")
			if err != nil {
				return err
			}
			return writeDump(cmd.OutOrStdout(), out, append(text, '\n'))
		},
	}
	configFlag(cmd)
	cmd.Flags().StringVar(&database, "database", "", "the `name` of a database in the config")
	cmd.Flags().StringVar(&profile, "profile", "", "with --database: bare names mean what they mean to this `profile`; else, any schema's")
	cmd.Flags().StringVar(&dsn, "dsn", "", "the `URL` of a database, for instance $DATABASE_URL")
	cmd.Flags().StringVarP(&out, "output", "o", "", "write to this `file`; else to standard output")
	return cmd
}

func dumpCatalog(cmd *cobra.Command, database, profile, dsn string) (*guardrails.Catalog, error) {
	switch {
	case (database == "") == (dsn == ""):
		return nil, fault.New(fault.Invalid, "Say which database: --database NAME, or --dsn URL.", "A name is one of the config.")
	case dsn != "":
		return target.ReadCatalog(cmd.Context(), credentials.NewSecret(dsn))
	}
	s, err := loadSettings(cmd)
	if err != nil {
		return nil, err
	}
	d, ok := s.config.Database(database)
	if !ok {
		return nil, fault.New(fault.NotFound, fmt.Sprintf("There is no database named %q in the config.", database), "`dbaccess config check` reads it.")
	}
	if profile != "" && len(d.Profile(profile).Roles) == 0 {
		return nil, fault.New(fault.NotFound, fmt.Sprintf("%s has no profile %q.", database, profile), "The config lists them.")
	}
	url, err := catalogURL(d)
	if err != nil {
		return nil, fault.New(fault.Invalid, err.Error()+".", "")
	}
	cat, err := target.ReadCatalog(cmd.Context(), url)
	if err != nil {
		return nil, err
	}
	cat.SearchPath = nil // that of the login which read it
	if profile != "" {
		cat.SearchPath = searchPath(d.Profile(profile))
	}
	return cat, nil
}

func writeDump(stdout io.Writer, path string, text []byte) error {
	if path == "" || path == "-" {
		_, err := stdout.Write(text)
		return err
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return fault.New(fault.Invalid, "The file "+path+" cannot be written.", "Check the path and its permissions.").With(err)
	}
	return nil
}
