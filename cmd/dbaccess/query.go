package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"dbaccess/internal/api/client"
	v1 "dbaccess/internal/api/v1"
	"dbaccess/internal/fault"
)

// querying is `dbaccess query`.
type querying struct {
	asking
	text     string
	params   []string
	rowBound int64
	job      jobFlags
}

func newQueryCommand() *cobra.Command {
	var q querying
	cmd := &cobra.Command{
		Use:   "query --database NAME [flags] [FILE|-]",
		Short: "Have one statement run, and print its rows",
		Long: `Asks to run one statement, waits for the answer, and prints the rows. dbaccess runs
it: you hold no credential. What it would do is judged first; what policy does not
allow at once is decided by people, who see exactly this text.

  dbaccess query -d shop -c "SELECT status, count(*) FROM orders GROUP BY 1"
  dbaccess query -d shop -r "INC-42" --param 42 refund.sql --format json

Formats: text (a table), csv (NULL is an empty field, an empty text is ""), json
(one object with columns and rows; NULL is null). The rows travel sealed to a key
that only this client has, and are handed out once.

` + remoteCodes,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			t := newSpeaker(cmd, q.format, q.quiet)
			r, err := q.run(cmd, t, args)
			return t.end(q.pendingOr(cmd, t, r, err, exitPending), exitCode)
		},
	}
	remoteFlags(cmd)
	q.termFlags(cmd)
	q.waitFlags(cmd)
	q.job.flags(cmd)
	f := cmd.Flags()
	f.StringVarP(&q.text, "command", "c", "", "the statement; else it is read from FILE, or from standard input with -")
	f.StringArrayVar(&q.params, "param", nil, "the value of $1, of $2, … (repeatable)")
	f.Int64Var(&q.rowBound, "row-bound", 0, "most rows that it may insert, update and delete (default: the database's)")
	outFormat(cmd, &q.format, "csv")
	return cmd
}

func (q *querying) run(cmd *cobra.Command, t *speaker, args []string) (r v1.Request, err error) {
	ctx := cmd.Context()
	if err := errors.Join(checkFormat(q.format, "text", "json", "csv"), q.check()); err != nil {
		return r, err
	}
	if q.resume == "" {
		if err := q.read(cmd.InOrStdin(), args); err != nil {
			return r, err
		}
	}
	c, err := apiClient(cmd)
	if err != nil {
		return r, err
	}
	if r, err = q.asked(ctx, c, t, q.statement); err != nil {
		return r, err
	}
	if r.Kind != "statement" {
		return r, fault.New(fault.Invalid, r.ID+" asks for access, not to run a statement.", "`dbaccess exec --resume` goes on with it.")
	}
	if err := unmet(r); err != nil {
		return r, err
	}
	rows, err := fetchRows(ctx, c, r)
	if err != nil {
		return r, err
	}
	return r, printRows(cmd.OutOrStdout(), t, q.format, rows)
}

// read finds the statement's text.
func (q *querying) read(stdin io.Reader, args []string) error {
	if (q.text != "") == (len(args) > 0) {
		return fault.New(fault.Invalid, "Which statement is meant?", "Give it with --command, or name one file, or - for standard input.")
	}
	if len(args) == 0 {
		return nil
	}
	var text []byte
	var err error
	if args[0] == "-" {
		text, err = io.ReadAll(io.LimitReader(stdin, 1<<20))
	} else {
		text, err = os.ReadFile(args[0])
	}
	if err != nil {
		return fault.New(fault.Invalid, "The statement cannot be read.", "").With(err)
	}
	if q.text = string(text); strings.TrimSpace(q.text) == "" {
		return fault.New(fault.Invalid, "The statement is empty.", "")
	}
	return nil
}

func (q *querying) statement() (v1.Ask, error) {
	j, err := q.job.read()
	return v1.Ask{
		Kind: "statement", Database: q.database, Profile: q.profile, Reason: q.reason,
		Statement: q.text, Params: q.params, RowBound: q.rowBound, Job: j,
	}, err
}

// fetchRows fetches the rows of a statement that has run. They may come a moment
// after its state.
func fetchRows(ctx context.Context, c *client.Client, r v1.Request) (v1.Rows, error) {
	if r.Result != "here" {
		return v1.Rows{}, fault.New(fault.Conflict, "The rows of "+r.ID+" went to Slack.", "It was asked for there.")
	}
	return c.Result(ctx, r.ID, time.Minute)
}

func printRows(w io.Writer, t *speaker, format string, rows v1.Rows) error {
	switch {
	case format == "json":
		return printJSON(w, rows)
	case len(rows.Columns) == 0:
		t.say(rows.Tag, "done", map[string]any{"rows": rows.Count})
		return nil
	case format == "csv":
		return printCSV(w, rows)
	}
	if err := printTable(w, rows); err != nil {
		return err
	}
	text := fmt.Sprintf("%d rows", len(rows.Rows))
	if len(rows.Rows) == 1 {
		text = "1 row"
	}
	if rows.Masked {
		text += ", as masked views show them"
	}
	if rows.Truncated {
		text += "; there were more"
	}
	t.say(text, "done", nil)
	return nil
}

func printTable(out io.Writer, rows v1.Rows) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	line := func(words []string) { fmt.Fprintln(w, strings.Join(words, "\t")) }
	var head, rule []string
	for _, c := range rows.Columns {
		head = append(head, printable(c.Name))
		rule = append(rule, strings.Repeat("-", max(1, len(c.Name))))
	}
	line(head)
	line(rule)
	for _, r := range rows.Rows {
		words := make([]string, len(r))
		for i, v := range r {
			if words[i] = "∅"; v != nil {
				words[i] = printable(*v)
			}
		}
		line(words)
	}
	return w.Flush()
}

// printCSV writes RFC 4180, in which a field without quotes is NULL and one that
// is empty between quotes an empty text, as COPY does.
func printCSV(w io.Writer, rows v1.Rows) error {
	var b strings.Builder
	quote := func(s string) string {
		if s != "" && !strings.ContainsAny(s, "\",\r\n") && strings.TrimSpace(s) == s {
			return s
		}
		return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
	}
	field := func(i int, s string) {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(s)
	}
	for i, c := range rows.Columns {
		field(i, quote(c.Name))
	}
	b.WriteString("\r\n")
	for _, r := range rows.Rows {
		for i, v := range r {
			if v == nil {
				field(i, "")
			} else {
				field(i, quote(*v))
			}
		}
		b.WriteString("\r\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
