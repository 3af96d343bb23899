package main

import (
	"context"
	"errors"
	"os/exec"

	"github.com/spf13/cobra"

	"dbaccess/internal/api/client"
	v1 "dbaccess/internal/api/v1"
	"dbaccess/internal/fault"
	"dbaccess/internal/job"
)

// How exec ends when the command did not, or did not as it wanted to: numbers that
// commands rarely use themselves. 126, 127 and 128+n are as in a shell.
const (
	execInvalid     = 120
	execDenied      = 121
	execExpired     = 122
	execUnavailable = 123
	execPending     = 124 // as of timeout(1)
	execBroken      = 125
	execNotRun      = 126
	execNotFound    = 127
)

// execCode is the exit code of an error of exec's own.
func execCode(err error) int {
	switch {
	case errors.Is(err, job.ErrNotFound):
		return execNotFound
	case errors.Is(err, job.ErrNotRun):
		return execNotRun
	}
	switch fault.KindOf(err) {
	case fault.Invalid, fault.NotFound:
		return execInvalid
	case fault.Denied:
		return execDenied
	case fault.Expired:
		return execExpired
	case fault.Unavailable:
		return execUnavailable
	default:
		return execBroken
	}
}

const execCodes = `Exit codes: the command's own; 128+n if signal n ended it. Of dbaccess itself:
120 wrong input, 121 denied, 122 too late (nobody decided in time; or the access was
ended while the command ran), 123 the server or the database is away, 124 nobody has
decided yet (--no-wait, --wait), 125 another error, 126 the command could not be run,
127 it was not found.`

// executing is exec and psql.
type executing struct {
	asking
	renew bool
	job   jobFlags
}

func (e *executing) flags(cmd *cobra.Command) {
	remoteFlags(cmd)
	e.termFlags(cmd)
	cmd.Flags().StringVarP(&e.ttl, "ttl", "t", "", "for how long, such as 30m (default: the profile's)")
	e.waitFlags(cmd)
	cmd.Flags().BoolVar(&e.renew, "renew", false, "before the time is over ask anew, and go on if policy allows that at once")
	e.job.flags(cmd)
	cmd.Flags().StringVar(&e.format, "format", "text", "of what dbaccess itself says, on standard error: text or json (one object a line)")
	cmd.Flags().SetInterspersed(false) // what follows the command's name is the command's
}

func newExecCommand() *cobra.Command {
	var e executing
	cmd := &cobra.Command{
		Use:   "exec --database NAME [flags] -- COMMAND [ARG…]",
		Short: "Run a command with access to a database, and end the access with it",
		Long: `Asks for access, waits for the answer, and runs the command with it. When the
command ends, however it ends, the access is ended too, and proven so; should this
process be killed, the server notices within a minute.

  dbaccess exec -d shop -p masked-read -t 30m -r "nightly report" -- psql -f report.sql
  dbaccess exec -d shop -r "refunds of INC-42" --renew -- ./job.sh

The command finds the database as every program does that uses libpq, and many that
do not: PGHOST, PGPORT, PGDATABASE, PGUSER, PGSSLMODE, PGPASSFILE, and the same as a
service in PGSERVICE and PGSERVICEFILE. The password is in the pass file only, which
is 0600 in a folder that is 0700, in memory if there is such a place, and removed at
the end. It is never among arguments and never in the environment.

Signals are passed on; a second one that asks for an end kills. At a terminal the
command has the terminal. Connections are ended when the time is over: with --renew
new ones then use a new credential, for which programs must connect again.

In a job no secret is needed: see ` + "`dbaccess login --help`" + ` for where the token
comes from.

` + execCodes,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return e.run(cmd, args) },
	}
	e.flags(cmd)
	return cmd
}

func newPsqlCommand() *cobra.Command {
	var e executing
	cmd := &cobra.Command{
		Use:   "psql [flags] DATABASE [-- PSQL-ARG…]",
		Short: "Open psql on a database, and end the access with it",
		Long: `Asks for access, waits for the answer, and opens psql. It is ` + "`dbaccess exec -- psql`" + `,
with the database's name as the first argument.

  dbaccess psql -r "look at INC-42" shop
  dbaccess psql -r report shop -- -X -f report.sql

` + execCodes,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if e.resume == "" && e.database == "" && len(args) > 0 {
				e.database, args = args[0], args[1:]
			}
			if len(args) > 0 && args[0] == "--" {
				args = args[1:]
			}
			return e.run(cmd, append([]string{"psql"}, args...))
		},
	}
	e.flags(cmd)
	return cmd
}

func (e *executing) run(cmd *cobra.Command, command []string) error {
	t := newSpeaker(cmd, e.format, e.quiet)
	r, result, err := e.execute(cmd, t, command)
	if errors.Is(err, errPending) {
		return e.pendingOr(cmd, t, r, err, execPending)
	}
	if err != nil {
		return t.end(err, execCode)
	}
	if result.Over != nil {
		return t.end(fault.New(fault.Expired, "The access was ended while the command ran.", "Its output may not be all of it.").With(result.Over), execCode)
	}
	if result.Code != 0 {
		return exitError{code: result.Code}
	}
	return nil
}

// execute goes the whole way: it asks, waits, claims, runs and ends.
func (e *executing) execute(cmd *cobra.Command, t *speaker, command []string) (r v1.Request, res job.Result, err error) {
	ctx := cmd.Context()
	if err := errors.Join(checkFormat(e.format, "text", "json"), e.check(), runnable(command)); err != nil {
		return r, res, err
	}
	c, err := apiClient(cmd)
	if err != nil {
		return r, res, err
	}
	ask := func() (v1.Ask, error) {
		a, err := e.access(ctx, c)
		if err == nil {
			a.Job, err = e.job.read()
		}
		return a, err
	}
	if r, err = e.asked(ctx, c, t, ask); err != nil {
		return r, res, err
	}
	if r.Kind != "access" {
		return r, res, fault.New(fault.Invalid, r.ID+" asks for one statement, not for access.", "`dbaccess query --resume` goes on with it.")
	}
	if err = unmet(r); err != nil {
		return r, res, err
	}
	j := job.Job{
		Server: c, Grant: r.Grant, Command: command,
		Stdin: cmd.InOrStdin(), Stdout: cmd.OutOrStdout(), Stderr: cmd.ErrOrStderr(), Tell: t.about,
	}
	if e.renew {
		j.Renew = func(ctx context.Context) (string, error) { return renewal(ctx, c, r, e.job) }
	}
	// From here on signals are the job's: it passes them on, and ends what it claimed.
	res, err = j.Run(context.WithoutCancel(ctx))
	return r, res, err
}

// runnable says early, before anybody is asked, that a command cannot be run.
func runnable(command []string) error {
	if len(command) == 0 {
		return fault.New(fault.Invalid, "Which command is to be run?", "It stands behind the flags and `--`.")
	}
	_, err := exec.LookPath(command[0])
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return exitError{execNotFound, fault.New(fault.Invalid, command[0]+" was not found.", "Nobody was asked for access.")}
	case err != nil && !errors.Is(err, exec.ErrDot):
		return exitError{execNotRun, fault.New(fault.Invalid, command[0]+" cannot be run.", "Nobody was asked for access.").With(err)}
	}
	return nil
}

// renewal asks for the same again, if policy would allow it at once; else it asks
// nobody.
func renewal(ctx context.Context, c *client.Client, was v1.Request, flags jobFlags) (grant string, err error) {
	ask := v1.Ask{Kind: was.Kind, Database: was.Database, Profile: was.Profile, Duration: was.Duration, Reason: was.Reason, Preview: true}
	if ask.Job, err = flags.read(); err != nil {
		return "", err
	}
	would, err := c.Ask(ctx, ask)
	if err != nil || would.State != "approved" {
		return "", err
	}
	ask.Preview = false
	r, err := c.Ask(ctx, ask)
	if err != nil {
		return "", err
	}
	if r.State != "approved" { // policy has changed between the two
		_, err = c.Cancel(ctx, r.ID)
		return "", err
	}
	return r.Grant, nil
}
