package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/spf13/cobra"
)

// newDemoPsqlCommand stands in for psql where there is none: as `psql -XAtq` it finds
// its database in the environment, and prints rows with bars between their values.
func newDemoPsqlCommand() *cobra.Command {
	var flags, file string
	cmd := &cobra.Command{
		Use:    "psql",
		Short:  "Run a script as psql does, without psql",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			conn, err := pgx.Connect(cmd.Context(), "") // PGHOST, PGPASSFILE …
			if err != nil {
				return err
			}
			defer conn.Close(context.WithoutCancel(cmd.Context()))
			if file == "" {
				return runLines(cmd.Context(), conn, cmd.InOrStdin(), cmd.OutOrStdout())
			}
			text, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			return runText(cmd.Context(), conn, string(text), cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVarP(&flags, "XAtq", "X", "", "as psql's")
	cmd.Flags().StringVarP(&file, "file", "f", "", "the script; else standard input")
	return cmd
}

// runLines runs each line as it comes.
func runLines(ctx context.Context, conn *pgx.Conn, in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if err := runText(ctx, conn, lines.Text(), out); err != nil {
			return err
		}
	}
	return lines.Err()
}

// runText runs statements and prints the rows of all.
func runText(ctx context.Context, conn *pgx.Conn, text string, out io.Writer) error {
	list, err := conn.PgConn().Exec(ctx, text).ReadAll()
	for _, result := range list {
		printBars(out, result)
	}
	return err
}

func printBars(out io.Writer, r *pgconn.Result) {
	for _, row := range r.Rows {
		cells := make([]string, len(row))
		for i, v := range row {
			cells[i] = string(v)
		}
		fmt.Fprintln(out, strings.Join(cells, "|"))
	}
}
