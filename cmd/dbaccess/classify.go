package main

import (
	"strings"

	"github.com/spf13/cobra"

	"dbaccess/guardrails"
	"dbaccess/internal/fault"
)

// exitAtLevel is the exit code of `dbaccess classify --fail-on` when a text is
// as grave as that.
const exitAtLevel = 10

// classifyOptions is what `dbaccess classify` was asked.
type classifyOptions struct {
	files                           []string
	format, failOn                  string
	catalog, database, profile, dsn string
	batch                           bool
}

// newClassifyCommand makes `dbaccess classify`.
func newClassifyCommand() *cobra.Command {
	var o classifyOptions
	cmd := &cobra.Command{
		Use:   "classify [SQL | -f FILE…]",
		Short: "Say what SQL would do, and how much a person should worry",
		Long: `classify reads SQL with PostgreSQL's own parser and says its kind (read, session,
write, ddl, privilege, admin, unknown), its level (low, medium, high, critical), and
why. Nothing is run. The SQL comes from the arguments, from files (-f, as many as you
like), or from standard input.

It says more if it knows the database: how large a table is, which function is
called, what a view or trigger runs. It reads that from the database itself (--dsn,
or --database for one of the config; no row is read), or from a file that
` + "`dbaccess catalog dump`" + ` wrote (--catalog). Without any it is more careful.

In a pipeline, --fail-on LEVEL makes a text of that level or graver an error, each
finding says file:line:column, and --format github marks the lines of a pull request.

With --batch, each line of the input is a JSON object {"id": …, "sql": "…"}, and
each is answered by one line, in order and at once, with the same id, whatever it
is. A line that cannot be read is answered as unknown and critical, with an error
that says why; the stream goes on.

Every rule (GR001 …), with an example, is in docs/guardrails.md.

Exit codes: 0 classified; 1 an error; 2 wrong input; with --fail-on LEVEL, 10 if
any text is of that level or graver.`,
		Example: `  dbaccess classify "DELETE FROM orders WHERE 1 = 1"
  dbaccess classify --dsn "$DATABASE_URL" "CREATE INDEX ON orders (status)"
  pbpaste | dbaccess classify --database shop

  # lint migrations
  dbaccess classify --fail-on high -f migrations/*.sql
  dbaccess classify --fail-on critical --format github -f migrations/*.sql

  # a program asks many
  echo '{"id": 1, "sql": "SELECT 1"}' | dbaccess classify --batch`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return classify(cmd, args, o) },
	}
	configFlag(cmd)
	flags := cmd.Flags()
	flags.StringArrayVarP(&o.files, "file", "f", nil, "read from this `FILE`, and from those named behind it; - is standard input")
	flags.StringVar(&o.format, "format", "human", "human, json (one object a text) or github (annotations)")
	flags.BoolVar(&o.batch, "batch", false, "one JSON object a line in, one a line out")
	flags.StringVar(&o.failOn, "fail-on", "", "exit with 10 at this `LEVEL` or a graver one")
	flags.StringVar(&o.catalog, "catalog", "", "what is known of the database, as `dbaccess catalog dump` wrote it to this `FILE`")
	flags.StringVar(&o.database, "database", "", "the `NAME` of a database in the config, whose catalog is read")
	flags.StringVar(&o.profile, "profile", "", "with --database: bare names mean what they mean to this `PROFILE`")
	flags.StringVar(&o.dsn, "dsn", "", "the `URL` of a database whose catalog is read")
	return cmd
}

// classify does what was asked and fails if a text is as grave as --fail-on.
func classify(cmd *cobra.Command, args []string, o classifyOptions) error {
	if err := oneOf("--format", o.format, "human", "json", "github"); err != nil {
		return err
	}
	if o.failOn != "" {
		if err := oneOf("--fail-on", o.failOn, "low", "medium", "high", "critical"); err != nil {
			return err
		}
	}
	cat, err := classifyCatalog(cmd, o)
	if err != nil {
		return err
	}
	var worst guardrails.Level
	if o.batch {
		worst, err = classifyBatch(cmd, args, o, cat)
	} else {
		worst, err = classifyTexts(cmd, args, o, cat)
	}
	if err == nil && o.failOn != "" && worst != "" && worst.AtLeast(guardrails.Level(o.failOn)) {
		return exitError{code: exitAtLevel}
	}
	return err
}

// classifyCatalog reads what is to be known of the database; nil if nothing is.
func classifyCatalog(cmd *cobra.Command, o classifyOptions) (*guardrails.Catalog, error) {
	given := 0
	for _, from := range []string{o.catalog, o.database, o.dsn} {
		if from != "" {
			given++
		}
	}
	switch {
	case given > 1:
		return nil, fault.New(fault.Invalid, "--catalog, --database and --dsn say the same in three ways.", "Give one of them.")
	case o.profile != "" && o.database == "":
		return nil, fault.New(fault.Invalid, "--profile says nothing without --database.", "Name the database of the config that it belongs to.")
	case o.database != "" || o.dsn != "":
		return dumpCatalog(cmd, o.database, o.profile, o.dsn)
	}
	return readCatalog(o.catalog)
}

// classifyTexts classifies the texts and writes a report; it returns the worst
// level of them.
func classifyTexts(cmd *cobra.Command, args []string, o classifyOptions, cat *guardrails.Catalog) (worst guardrails.Level, err error) {
	texts, err := readTexts(cmd, args, o.files)
	if err != nil {
		return "", err
	}
	rep := newReport(cmd.OutOrStdout(), o.format)
	for _, t := range texts {
		if strings.TrimSpace(t.sql) == "" && t.file == "" { // an empty pipe must not pass for harmless SQL
			return "", fault.New(fault.Invalid, "There is no SQL to classify.", "Give it as an argument, in --file, or on standard input.")
		}
		v := guardrails.ClassifyAll(t.sql, cat)
		if worst == "" || v.Level.AtLeast(worst) {
			worst = v.Level
		}
		if err := rep.text(t, v); err != nil {
			return worst, err
		}
	}
	return worst, rep.end()
}
