package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"dbaccess/internal/devstack"
)

// newBenchCommand measures what people wait for, on the demo's stack.
func newBenchCommand() *cobra.Command {
	var verbose bool
	var issuer string
	var masks bool
	cmd := &cobra.Command{
		Use:    "bench",
		Short:  "Measure what people wait for, on a local stack",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			log := slog.New(slog.DiscardHandler)
			if verbose {
				log = slog.New(slog.NewTextHandler(os.Stderr, nil))
			}
			if masks {
				return benchMasks(cmd.Context(), cmd.OutOrStdout())
			}
			return benchAll(cmd.Context(), cmd.OutOrStdout(), log, issuer)
		},
	}
	cmd.Flags().BoolVar(&verbose, "verbose", false, "print the server's log to standard error")
	cmd.Flags().StringVar(&issuer, "issuer", "", "measure this one only: postgres or vault (default: both, if a Vault is there)")
	cmd.Flags().BoolVar(&masks, "masks", false, "measure masked views only")
	return cmd
}

// The sizes of the measurements; the targets of the design are stated for them.
const (
	benchCommands = 200 // slash commands at once
	benchGrants   = 50  // grants due in the same second, each with an open session
)

// figure is one line of the report.
type figure struct {
	what   string
	values []time.Duration
	beside string // what it stands beside, from the same run
}

// benchAll measures one issuer, or each that is there.
func benchAll(ctx context.Context, out io.Writer, log *slog.Logger, issuer string) error {
	benchVerdicts(out)
	fmt.Fprintln(out)
	if issuer != "" {
		if _, err := chosenIssuer(issuer); err != nil {
			return err
		}
		return bench(ctx, out, log, issuer)
	}
	if err := benchMasks(ctx, out); err != nil {
		return fmt.Errorf("masked views: %w", err)
	}
	fmt.Fprintln(out)
	if err := bench(ctx, out, log, "postgres"); err != nil {
		return err
	}
	if !devstack.VaultIsThere() {
		fmt.Fprintln(out, "\nNo Vault is there, so its figures are left out: `make vault` builds one.")
		return nil
	}
	fmt.Fprintln(out)
	return bench(ctx, out, log, "vault")
}

func bench(ctx context.Context, out io.Writer, log *slog.Logger, issuer string) (err error) {
	tell := &narrator{out: io.Discard, began: time.Now()}
	fmt.Fprintf(out, "ISSUER %s\nStarting Postgres, the sample shop, a local Slack and a server …\n", issuer)
	slack := workspace()
	slack.Unlimited = true // it is us who are measured
	st, stop, err := demoStack(ctx, tell, log, issuer, slack)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	overHTTP, err := acknowledgeOverHTTP(ctx, st, log)
	if err != nil {
		return fmt.Errorf("acknowledgements over http: %w", err)
	}
	st.config.API.Rate = 10_000 // likewise
	srv, err := startServer(ctx, st, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, srv.stop()) }()

	b := &benchmark{stack: st, core: srv.core, issuer: issuer}
	for _, measure := range []struct {
		what string
		run  func(context.Context) ([]figure, error)
	}{
		{fmt.Sprintf("%d slash commands at once", benchCommands), func(ctx context.Context) ([]figure, error) {
			figures, err := b.acknowledge(ctx, "sockets", 2*benchCommands)
			return append(figures, overHTTP...), err
		}},
		{"one access after the other, from Approve to a usable credential", b.approveToCredential},
		{fmt.Sprintf("%d jobs, one after the other: dbaccess exec -- echo ready", benchExecs), b.execs},
		{fmt.Sprintf("%d grants due in the same second, each with an open session", benchGrants), b.dueToProof},
	} {
		fmt.Fprintf(out, "\n%s\n", measure.what)
		figures, err := measure.run(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", measure.what, err)
		}
		printFigures(out, figures)
	}
	fmt.Fprintf(out, "\n%d claims by %d at once\n", rateGrants, rateWorkers)
	if err := b.rates(ctx, out); err != nil {
		return fmt.Errorf("claims by %d at once: %w", rateWorkers, err)
	}
	fmt.Fprintf(out, "\n%s %s/%s, %d CPUs, PostgreSQL %d; all parts on this machine.\n",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), st.pg.Version)
	return nil
}

func printFigures(out io.Writer, figures []figure) {
	tw := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "\tn\tp50\tp95\tp99\tmax\t")
	for _, f := range figures {
		slices.Sort(f.values)
		fmt.Fprintf(tw, "  %s\t%d\t%s\t%s\t%s\t%s\t%s\n", f.what, len(f.values), quantile(f.values, .50),
			quantile(f.values, .95), quantile(f.values, .99), quantile(f.values, 1), f.beside)
	}
	tw.Flush()
}

// quantile of sorted durations, by the nearest rank.
func quantile(sorted []time.Duration, q float64) string {
	if len(sorted) == 0 {
		return "-"
	}
	i := max(int(q*float64(len(sorted))+.999999)-1, 0)
	return fmt.Sprintf("%.1f ms", float64(sorted[min(i, len(sorted)-1)].Microseconds())/1000)
}

type benchmark struct {
	*stack
	core   *core
	issuer string
}

// together runs f n times at once and returns how long each took.
func together(n int, f func(i int) (time.Duration, error)) ([]time.Duration, error) {
	took := make([]time.Duration, n)
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { took[i], errs[i] = f(i) })
	}
	wg.Wait()
	return took, errors.Join(errs...)
}
