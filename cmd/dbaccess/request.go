package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dbaccess/internal/api/client"
	v1 "dbaccess/internal/api/v1"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
)

const remoteCodes = `Exit codes: 0 done, 1 an error at the server, 2 wrong input, 3 denied, 4 too late,
5 the server or the database is away, 6 nobody has decided yet.`

// newRequestCommand asks for access, for a person or a job to claim later.
func newRequestCommand() *cobra.Command {
	var a asking
	var wait bool
	cmd := &cobra.Command{
		Use:   "request --database NAME [flags]",
		Short: "Ask for access to a database",
		Long: `Asks for access and prints how the request stands. With --wait it waits until it is
decided. Then ` + "`dbaccess claim ID`" + ` makes the credential, and ` + "`dbaccess end ID`" + ` ends it.

  dbaccess request -d shop -p masked-read -t 1h -r "look at INC-42"
  id=$(dbaccess request -d shop -r report --wait=30m) && dbaccess claim "$id" --format env

For a job, ` + "`dbaccess exec`" + ` does all of this, and ends the access with the job.

` + remoteCodes,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			t := newSpeaker(cmd, a.format, a.quiet)
			wait = cmd.Flags().Changed("wait")
			a.noWait = !wait
			return t.end(a.request(cmd, t), exitCode)
		},
	}
	remoteFlags(cmd)
	a.termFlags(cmd)
	cmd.Flags().StringVarP(&a.ttl, "ttl", "t", "", "for how long from the claim on, such as 30m (default: the profile's)")
	cmd.Flags().DurationVar(&a.wait, "wait", 0, "wait until it is decided; --wait=30m waits no longer than that")
	cmd.Flags().Lookup("wait").NoOptDefVal = "0s"
	cmd.Flags().BoolVarP(&a.quiet, "quiet", "q", false, "say nothing beside the id and errors")
	outFormat(cmd, &a.format)
	return cmd
}

func (a *asking) request(cmd *cobra.Command, t *speaker) error {
	if err := errors.Join(checkFormat(a.format, "text", "json"), a.check()); err != nil {
		return err
	}
	c, err := apiClient(cmd)
	if err != nil {
		return err
	}
	ctx := cmd.Context()
	r, err := a.asked(ctx, c, t, func() (v1.Ask, error) { return a.access(ctx, c) })
	pending := errors.Is(err, errPending)
	if err != nil && !pending {
		return err
	}
	if err := unmet(r); err != nil {
		return err
	}
	if a.format == "json" {
		err = printJSON(cmd.OutOrStdout(), r)
	} else {
		if !pending {
			t.say(r.ID+" is "+r.State, "settled", nil)
		} else {
			t.say(r.ID+" "+waitsFor(r), "waiting", nil)
		}
		_, err = fmt.Fprintln(cmd.OutOrStdout(), r.ID)
	}
	if err == nil && pending && a.wait > 0 {
		return exitError{code: exitPending}
	}
	return err
}

// newStatusCommand shows requests and grants of whoever runs it.
func newStatusCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "status [ID…]",
		Short: "Show your requests and what became of them",
		Long: `Shows requests (req_…) and grants (grt_…), or your newest requests.

` + remoteCodes,
		RunE: func(cmd *cobra.Command, args []string) error {
			t := newSpeaker(cmd, format, false)
			return t.end(status(cmd, args, format), exitCode)
		},
	}
	remoteFlags(cmd)
	outFormat(cmd, &format)
	return cmd
}

func status(cmd *cobra.Command, ids []string, format string) error {
	if err := checkFormat(format, "text", "json"); err != nil {
		return err
	}
	c, err := apiClient(cmd)
	if err != nil {
		return err
	}
	var list []v1.Request
	for _, id := range ids {
		r, err := findRequest(cmd.Context(), c, id)
		if err != nil {
			return err
		}
		list = append(list, r)
	}
	if len(ids) == 0 {
		page, err := c.Requests(cmd.Context(), client.List{Limit: 20})
		if err != nil {
			return err
		}
		list = page.Requests
	}
	for _, r := range list {
		var g *v1.Grant
		if r.Grant != "" && r.Kind == "access" {
			grant, err := c.Grant(cmd.Context(), r.Grant)
			if err != nil {
				return err
			}
			g = &grant
		}
		if format == "json" {
			err = printJSON(cmd.OutOrStdout(), struct {
				v1.Request
				Access *v1.Grant `json:"access,omitempty"`
			}{r, g})
		} else {
			err = printStatus(cmd.OutOrStdout(), r, g)
		}
		if err != nil {
			return err
		}
	}
	if len(list) == 0 && format != "json" {
		_, err = fmt.Fprintln(cmd.OutOrStdout(), "You have asked for nothing yet.")
	}
	return err
}

func printStatus(w io.Writer, r v1.Request, g *v1.Grant) error {
	state := r.State
	if state == "pending" {
		state = waitsFor(r)
	}
	if g != nil {
		state += ", access " + grantSays(*g)
	}
	what := whatFor(r)
	if identity.Named(r.Requester).Kind == identity.Agent {
		what = r.Requester + ": " + what // a person also sees what their agents asked
	}
	_, err := fmt.Fprintf(w, "%s  %s  %s: %s\n", r.ID, r.CreatedAt.Local().Format("2006-01-02 15:04"), what, state)
	if err == nil && r.Outcome != "" {
		_, err = fmt.Fprintf(w, "    %s\n", printable(r.Outcome))
	}
	return err
}

func grantSays(g v1.Grant) string {
	switch at := func(t time.Time) string { return t.Local().Format("15:04:05") }; g.State {
	case "open":
		return "unclaimed, until " + g.ClaimBy.Local().Format("2006-01-02 15:04")
	case "active":
		return "active until " + at(g.Due)
	case "ended":
		return "ended at " + at(g.EndedAt) + " (" + g.Reason + ")"
	default:
		return g.State
	}
}

// newEndCommand ends what its owner no longer needs.
func newEndCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "end ID…",
		Short: "End your access now, or cancel a request that waits",
		Long: `Ends access (grt_…, or the request req_… that it came from) and waits for the proof
that its role and its sessions are gone; a request that still waits is cancelled.
What has ended before is no error.

` + remoteCodes,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			t := newSpeaker(cmd, format, false)
			return t.end(endAll(cmd, args, format), exitCode)
		},
	}
	remoteFlags(cmd)
	outFormat(cmd, &format)
	return cmd
}

func endAll(cmd *cobra.Command, ids []string, format string) error {
	if err := checkFormat(format, "text", "json"); err != nil {
		return err
	}
	c, err := apiClient(cmd)
	if err != nil {
		return err
	}
	var errs []error
	for _, id := range ids {
		said, v, err := endOne(cmd, c, id)
		switch {
		case err != nil:
			errs = append(errs, err)
		case format == "json":
			errs = append(errs, printJSON(cmd.OutOrStdout(), v))
		default:
			_, err = fmt.Fprintln(cmd.OutOrStdout(), id+" "+said)
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func endOne(cmd *cobra.Command, c *client.Client, id string) (said string, v any, err error) {
	ctx := cmd.Context()
	if !strings.HasPrefix(id, "grt_") {
		r, err := c.Request(ctx, id, 0)
		if err != nil {
			return "", nil, err
		}
		switch {
		case r.State == "pending":
			r, err = c.Cancel(ctx, id)
			return "is cancelled", r, err
		case r.Grant == "":
			return "is " + r.State, r, nil
		}
		id = r.Grant
	}
	g, err := c.End(ctx, id)
	if err != nil {
		return "", nil, err
	}
	if g.State != "ended" {
		return "", nil, fault.New(fault.Unavailable, "The access is being taken back; that it is gone was not seen yet.", "`dbaccess status "+g.ID+"` shows it; the server goes on by itself.")
	}
	return "is " + grantSays(g), g, nil
}
