package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"dbaccess/internal/fault"
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// run is main without the process: it returns the exit code. The first signal
// asks everything to stop in order; a second one kills.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)

	root := newRootCommand()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := unknownCommand(root, args)
	if err == nil {
		err = root.ExecuteContext(ctx)
	}
	if err == nil {
		return 0
	}
	var exit exitError
	if errors.As(err, &exit) {
		if exit.err != nil {
			showError(stderr, exit.err)
		}
		return exit.code
	}
	showError(stderr, err)
	return exitCode(err)
}

// exitError makes a command end with its own exit code; err may be nil when the
// command has said everything already.
type exitError struct {
	code int
	err  error
}

func (e exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e exitError) Unwrap() error { return e.err }

// showError prints an error for a person at a terminal: here, unlike in Slack,
// the reader is an operator, so an internal error shows its cause.
func showError(w io.Writer, err error) {
	f := fault.Show(err)
	if f.Kind == fault.Internal {
		fmt.Fprintf(w, "dbaccess: %v\n", err)
		return
	}
	fmt.Fprintf(w, "dbaccess: %s\n", f.Msg)
	if f.Hint != "" {
		fmt.Fprintf(w, "  hint: %s\n", f.Hint)
	}
	if f.Cause != nil {
		fmt.Fprintf(w, "  cause: %v\n", f.Cause)
	}
}

// exitCode maps an error to an exit code; `dbaccess help` documents them.
func exitCode(err error) int {
	switch fault.KindOf(err) {
	case fault.Invalid:
		return 2
	case fault.Denied:
		return 3
	case fault.Expired:
		return 4
	case fault.Unavailable:
		return 5
	default:
		return 1
	}
}

func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "dbaccess",
		Short: "Short-lived, approved, masked access to Postgres, asked for in Slack",
		Long: `dbaccess gives people short-lived access to Postgres: asked for in Slack,
understood by PostgreSQL's own parser, approved by the right people, answered with
a credential that sees only masked views, ended on time with proof, and recorded.

  dbaccess exec          run a command with access to a database, and end it together
  dbaccess query         have one statement run, and print its rows
  dbaccess demo          see the whole story on this machine, nothing to set up
  dbaccess serve         run the server
  dbaccess config check  look for every problem in a config, all at once
  dbaccess doctor        look at everything the server depends on, and what to do

Exit codes: 0 done, 1 an error or a failed check, 2 wrong input, 3 denied,
4 too late, 5 something we depend on is away. Commands that differ say so.`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(
		newServeCommand(), newMigrateCommand(migrateURLs), newConfigCommand(), newDoctorCommand(), newTargetCommand(), newMaskCommand(),
		newRequestsCommand(), newGrantsCommand(), newReconcileCommand(), newAuditCommand(openAudit), newPolicyCommand(), newVaultCommand(), newSlackCommand(),
		newTokensCommand(), newLoginCommand(), newLogoutCommand(), newWhoAmICommand(),
		newClassifyCommand(), newCatalogCommand(), newClaimCommand(),
		newPipelineCommand(), newDatabasesCommand(), newRequestCommand(), newStatusCommand(), newEndCommand(), newExecCommand(), newPsqlCommand(), newQueryCommand(), newMCPCommand(),
		newDemoCommand(), newBenchCommand(), newVersionCommand(),
	)
	plainUsage(root)
	return root
}
