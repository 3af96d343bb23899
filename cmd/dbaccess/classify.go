package main

import (
	"bytes"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"dbaccess/guardrails"
	"dbaccess/internal/fault"
)

// exitAtLevel is the exit code of `dbaccess classify --fail-on` when a text is
// as grave as that.
const exitAtLevel = 10

// maxClassified bounds what is read of a file or of standard input. Guardrails
// take no text near that long; the bound only keeps memory.
const maxClassified = 64 << 20

// newClassifyCommand makes `dbaccess classify`.
func newClassifyCommand() *cobra.Command {
	var file, format, failOn, catalog string
	var batch bool
	cmd := &cobra.Command{
		Use:   "classify [SQL]",
		Short: "Say what SQL would do, and how much a person should worry",
		Long: `classify reads SQL with PostgreSQL's own parser, without a database, and says its
kind (read, session, write, ddl, privilege, admin, unknown), its level (low, medium,
high, critical), and why. The SQL comes from the arguments, from --file, or from
standard input.

With --batch, each line of the input is a JSON object {"id": …, "sql": "…"}, and
each is answered by one line, in order and at once, with the same id. A line that
cannot be read is answered as unknown and critical; the stream goes on.

Exit codes: 0 classified; 1 an error; 2 wrong input; with --fail-on LEVEL, 10 if
any text is of that level or graver.`,
		Example: `  dbaccess classify "DELETE FROM orders"
  dbaccess classify --file migration.sql --fail-on high
  dbaccess classify --batch < statements.jsonl`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("--format", format, "human", "json"); err != nil {
				return err
			}
			threshold := guardrails.Level(failOn)
			if failOn != "" {
				if err := oneOf("--fail-on", failOn, "low", "medium", "high", "critical"); err != nil {
					return err
				}
			}
			cat, err := readCatalog(catalog)
			if err != nil {
				return err
			}
			var worst guardrails.Level
			if batch {
				worst, err = classifyBatch(cmd, args, file, cat)
			} else {
				worst, err = classifyOne(cmd, args, file, format, cat)
			}
			if err == nil && failOn != "" && worst != "" && worst.AtLeast(threshold) {
				return exitError{code: exitAtLevel}
			}
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&file, "file", "", "read from this `path`; - is standard input")
	flags.StringVar(&format, "format", "human", "human or json")
	flags.BoolVar(&batch, "batch", false, "one JSON object a line in, one a line out")
	flags.StringVar(&failOn, "fail-on", "", "exit with 10 at this `level` or a graver one")
	flags.StringVar(&catalog, "catalog", "", "what is known of the database, as JSON in the file at `path`")
	return cmd
}

// classifyOne classifies one text and returns its level.
func classifyOne(cmd *cobra.Command, args []string, file, format string, cat *guardrails.Catalog) (guardrails.Level, error) {
	sql, err := readSQL(cmd, args, file)
	if err != nil {
		return "", err
	}
	if strings.TrimSpace(sql) == "" { // an empty pipe must not pass for harmless SQL
		return "", fault.New(fault.Invalid, "There is no SQL to classify.", "Give it as an argument, in --file, or on standard input.")
	}
	v := guardrails.Classify(sql, cat)
	if format == "json" {
		return v.Level, writeAnswer(cmd.OutOrStdout(), answer{Verdict: v})
	}
	_, err = io.WriteString(cmd.OutOrStdout(), drawVerdict(sql, v, colourful(cmd.OutOrStdout())))
	return v.Level, err
}

// classifyBatch answers lines until the input ends and returns the worst level.
func classifyBatch(cmd *cobra.Command, args []string, file string, cat *guardrails.Catalog) (guardrails.Level, error) {
	if len(args) > 0 {
		return "", fault.New(fault.Invalid, "--batch takes no SQL as an argument.", "Give one JSON object a line in --file or on standard input.")
	}
	in := cmd.InOrStdin()
	if file != "" && file != "-" {
		f, err := openInput(file)
		if err != nil {
			return "", err
		}
		defer f.Close()
		in = f
	}
	return answerLines(in, cmd.OutOrStdout(), cat)
}

// readSQL returns the text to classify.
func readSQL(cmd *cobra.Command, args []string, file string) (string, error) {
	switch {
	case len(args) > 0 && file != "":
		return "", fault.New(fault.Invalid, "SQL comes either as an argument or from --file.", "Leave one of them out.")
	case len(args) > 0:
		return strings.Join(args, " "), nil
	case file == "" || file == "-":
		return readAll(cmd.InOrStdin())
	}
	f, err := openInput(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	return readAll(f)
}

func openInput(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.New(fault.Invalid, "The file "+path+" cannot be read.", "Check the path and its permissions.").With(err)
	}
	return f, nil
}

func readAll(in io.Reader) (string, error) {
	var b bytes.Buffer
	_, err := io.Copy(&b, io.LimitReader(in, maxClassified))
	return b.String(), err
}
