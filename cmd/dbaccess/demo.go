package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/spf13/cobra"

	"dbaccess/approvals/policy"
	"dbaccess/internal/devslack"
	"dbaccess/internal/devstack"
	"dbaccess/internal/devstack/shop"
	"dbaccess/internal/fault"
	"dbaccess/internal/target"
)

func newDemoCommand() *cobra.Command {
	var o demoOptions
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Play the whole story on this machine; nothing to set up",
		Long: `Starts a throw-away Postgres with a sample shop, a local Slack and a real dbaccess
server between them, and plays one access from the asking to the proof of its end,
looking for every step's effect. Then, on a terminal, the local Slack's page opens
and stays for playing by hand until Ctrl-C; otherwise the demo ends.

Everything listens on loopback only and is removed at the end.

Exit code 0 if every step had its effect, 1 if one had not.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.out = cmd.OutOrStdout()
			o.stay = !o.scriptOnly && isTerminal(o.out) && isTerminal(os.Stdin)
			err := demo(cmd.Context(), o)
			if err != nil && cmd.Context().Err() != nil {
				fmt.Fprintln(o.out, "\nStopped before the story was over.")
				return exitError{1, nil}
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&o.scriptOnly, "script", false, "end after the story, also on a terminal")
	cmd.Flags().StringVar(&o.issuer, "issuer", "", "what mints the credentials: postgres or vault (default: vault if a server is there, else postgres)")
	cmd.Flags().BoolVar(&o.verbose, "verbose", false, "print the server's log to standard error")
	cmd.AddCommand(newDemoServeCommand(), newDemoPsqlCommand())
	return cmd
}

type demoOptions struct {
	out        io.Writer
	issuer     string
	scriptOnly bool
	stay       bool
	verbose    bool
}

func demo(ctx context.Context, o demoOptions) (err error) {
	issuer, err := chosenIssuer(o.issuer)
	if err != nil {
		return err
	}
	tell := &narrator{out: o.out, color: isTerminal(o.out) && os.Getenv("NO_COLOR") == "", began: time.Now()}
	log := slog.New(slog.DiscardHandler)
	if o.verbose {
		log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	st, stop, err := demoStack(ctx, tell, log, issuer, workspace())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()

	srv, err := startServer(ctx, st, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, srv.stop()) }()

	p := &script{stack: st, core: srv.core, tell: tell, psql: psql()}
	if err := p.play(ctx); ctx.Err() != nil {
		return ctx.Err()
	} else if err != nil {
		fmt.Fprintf(o.out, "\nThe story broke after %d steps.\n", tell.passed)
		return exitError{1, nil}
	}
	fmt.Fprintf(o.out, "\nAll %d steps had their effect, in %.1f s.\n", tell.passed, time.Since(tell.began).Seconds())
	if o.stay {
		return playByHand(ctx, o.out, st, srv)
	}
	return nil
}

// chosenIssuer is the one that was asked for, or the better one that is there. A
// Vault that would have to be built first, which takes minutes, is not.
func chosenIssuer(asked string) (string, error) {
	switch {
	case asked == "postgres" || asked == "vault":
		return asked, nil
	case asked != "":
		return "", fault.New(fault.Invalid, fmt.Sprintf("There is no issuer %q.", asked), "There are postgres and vault.")
	case devstack.VaultIsThere():
		return "vault", nil
	default:
		return "postgres", nil
	}
}

// playByHand opens the local Slack's page and waits for Ctrl-C.
func playByHand(ctx context.Context, out io.Writer, st *stack, srv *running) error {
	run := st.runner.Job(runOf(thisCommit, 100))
	defer run.End()
	env := append([]string{"DBACCESS_URL=" + st.config.PublicURL}, run.Env()...)
	job := filepath.Join(st.dir, "job.env")
	if err := os.WriteFile(job, []byte(strings.Join(env, "\n")+"\n"), 0o600); err != nil {
		return err
	}
	fmt.Fprintf(out, `
Now you: the local Slack is open at

  %s

Type /dbaccess in a channel; "act as" Bob or Carol approves. The config of this
demo is %s, for example:

  %[3]s audit list --config %[2]s

As a job of the nightly pipeline, in another terminal:

  (set -a; . %[4]s; %[3]s exec -d shop -p write -r try -- psql)

Ctrl-C ends everything.
`, st.slack.PageURL(), filepath.Join(st.dir, "config.yaml"), os.Args[0], job)
	openBrowser(st.slack.PageURL())
	select {
	case <-ctx.Done():
		return nil
	case err := <-srv.done:
		srv.done <- err
		return err
	}
}

func openBrowser(url string) {
	name := "xdg-open"
	if runtime.GOOS == "darwin" {
		name = "open"
	}
	if path, err := exec.LookPath(name); err == nil {
		cmd := exec.Command(path, url)
		if cmd.Start() == nil {
			go func() { _ = cmd.Wait() }()
		}
	}
}

// demoStack starts Postgres, loads the shop and prepares the stack.
func demoStack(ctx context.Context, tell *narrator, log *slog.Logger, issuer string, slack devslack.Options) (*stack, func() error, error) {
	tell.begin("stack", "a Postgres with a sample shop, a local Slack, dbaccess between them")
	progress := func(s string) { tell.seen(s); tell.passed-- }
	pg, err := devstack.StartPostgres(ctx, devstack.PostgresOptions{Progress: progress})
	if err != nil {
		return nil, nil, err
	}
	var minter *devstack.Vault
	if issuer == "vault" {
		if minter, err = devstack.StartVault(ctx, devstack.VaultOptions{Progress: progress}); err != nil {
			return nil, nil, errors.Join(err, pg.Stop(context.WithoutCancel(ctx)))
		}
	}
	dir, err := os.MkdirTemp("", "dbaccess-demo-")
	clean := func() error {
		stop := context.WithoutCancel(ctx)
		errs := []error{os.RemoveAll(dir)}
		if minter != nil {
			errs = append(errs, minter.Stop(stop))
		}
		return errors.Join(append(errs, pg.Stop(stop))...)
	}
	if err != nil {
		return nil, nil, errors.Join(err, clean())
	}
	slack.Log = log
	st, err := demoOn(ctx, pg, minter, dir, slack)
	if err != nil {
		return nil, nil, errors.Join(err, clean())
	}
	tell.seen(fmt.Sprintf("PostgreSQL %d, 2,000 customers, 10,000 orders; installation ready", pg.Version))
	from := "credentials come from the built-in issuer (`make vault` builds a real Vault, and the demo uses it then)"
	if minter != nil {
		from = "credentials come from a real Vault at " + minter.Addr
	}
	tell.seen(from)
	tell.passed -= 2
	return st, func() error { st.close(); return clean() }, nil
}

// demoOn prepares the stack on a fresh server, with its files in dir.
func demoOn(ctx context.Context, pg *devstack.Postgres, minter *devstack.Vault, dir string, slack devslack.Options) (*stack, error) {
	for _, name := range []string{"dbaccess", "shop"} {
		if err := createDatabase(ctx, pg, name); err != nil {
			return nil, err
		}
	}
	if err := shop.Load(ctx, pg.URL("shop"), shop.Options{Mask: maskShop}); err != nil {
		return nil, err
	}
	o, err := demoScene(dir)
	if err != nil {
		return nil, err
	}
	o.Postgres, o.Vault, o.Store, o.Shop, o.Slack = pg, minter, "dbaccess", "shop", slack
	return newStack(ctx, o)
}

//go:embed demo.policy.yaml
var demoPolicy []byte

// demoScene is what the demo's stack has beside its databases: a runner, a company's
// log-in, and in dir a policy with rules for the pipeline above the shipped ones.
func demoScene(dir string) (stackOptions, error) {
	files := append([]policy.File{{Name: "nightly.yaml", Data: demoPolicy}}, policy.Shipped()...)
	var names []string
	for _, f := range files {
		name := strings.ReplaceAll(f.Name, "/", "-")
		if err := os.WriteFile(filepath.Join(dir, name), f.Data, 0o600); err != nil {
			return stackOptions{}, err
		}
		names = append(names, name)
	}
	return stackOptions{Dir: dir, Issuers: true, Edit: func(yaml string) string {
		return yaml + "\npolicy:\n  files: [" + strings.Join(names, ", ") + "]\n"
	}}, nil
}

// maskShop puts masked views in front of the shop's tables, as its owner would with
// `dbaccess mask apply`.
func maskShop(ctx context.Context, conn *pgx.Conn) error {
	return target.MaskAll(ctx, conn, shop.MaskedReader)
}

func createDatabase(ctx context.Context, pg *devstack.Postgres, name string) error {
	conn, err := pgx.Connect(ctx, pg.URL("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	_, err = conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
	return err
}

// running is a server that runs in this process.
type running struct {
	*server
	cancel context.CancelFunc
	done   chan error
	once   sync.Once
}

// startServer runs the real server on the stack and returns when it is ready.
func startServer(ctx context.Context, st *stack, log *slog.Logger) (*running, error) {
	c, err := openCore(ctx, st.settings, log)
	if err != nil {
		return nil, err
	}
	srv, err := newServer(c)
	if err != nil {
		c.close()
		return nil, err
	}
	if srv.listener, err = st.listener(); err != nil {
		c.close()
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	r := &running{server: srv, cancel: cancel, done: make(chan error, 1)}
	go func() { r.done <- srv.run(ctx) }()
	if st.config.Slack.OverHTTP() { // it listens already
		return r, nil
	}
	ready, stop := context.WithTimeout(ctx, patience)
	defer stop()
	if err := st.slack.WaitFor(ready, func(n devslack.Snapshot) bool { return n.Sockets() >= st.config.Slack.Sockets }); err != nil {
		return nil, errors.Join(fmt.Errorf("the server did not connect to the local Slack: %w", err), r.stop())
	}
	return r, nil
}

// stop asks the server to stop and waits for it. Stopping it again does nothing.
func (r *running) stop() (err error) {
	r.once.Do(func() {
		r.cancel()
		err = <-r.done
		r.close()
	})
	return err
}

// newDemoServeCommand is a server that accepts the local Slack's address: what
// `serve` refuses. It is for tests that kill servers.
func newDemoServeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:    "serve",
		Short:  "Run a server against a demo's config",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := loadSettings(cmd)
			if err != nil {
				return err
			}
			if err := loopbackOnly(s.config.Slack.APIURL); err != nil {
				return err
			}
			return serve(cmd.Context(), s, newLogger(s.config.Log, cmd.ErrOrStderr()), true)
		},
	}
	configFlag(cmd)
	return cmd
}
