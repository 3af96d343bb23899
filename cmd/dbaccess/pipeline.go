package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dbaccess/approvals"
	"dbaccess/internal/fault"
)

func newPipelineCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "pipeline",
		Short: "Plan a pipeline's request, and look after the approvals that stand for its runs",
		Long: `A job's approval may stand for its later runs: docs/pipelines.md. plan says, from
anywhere, what a job would ask for and whether that is covered. list and end are for
operators, on the server's machine, with its config.`,
	}
	cmd.AddCommand(newPipelinePlanCommand(), newPipelineListCommand(), newPipelineEndCommand())
	return cmd
}

func newPipelineListCommand() *cobra.Command {
	var service, format string
	var all bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the approvals of jobs that stand for later runs, newest first",
		Example: `  dbaccess pipeline list
  dbaccess pipeline list --service nightly --all --format json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withCore(cmd, func(c *core) error {
				list, err := standingApprovals(cmd.Context(), c, service, all, time.Now())
				if err != nil {
					return err
				}
				return standingListing(time.Now()).print(cmd.OutOrStdout(), format, list)
			})
		},
	}
	configFlag(cmd)
	cmd.Flags().StringVar(&service, "service", "", "only of this service of the config")
	cmd.Flags().BoolVar(&all, "all", false, "those too that stand no more")
	formatFlag(cmd, &format)
	return cmd
}

// standingRow is a standing approval, and the runs that it covered.
type standingRow struct {
	approvals.Request
	runs []approvals.Request
}

// mostRuns is how many runs of one approval are counted.
const mostRuns = 1000

func standingApprovals(ctx context.Context, c *core, service string, all bool, now time.Time) ([]standingRow, error) {
	f := approvals.Filter{Standing: true, Limit: 1000}
	if service != "" {
		f.Requester = serviceName(service)
	}
	list, err := c.requests.Requests(ctx, f)
	if err != nil {
		return nil, err
	}
	var rows []standingRow
	for _, r := range list {
		if !all && !r.Stands(now) {
			continue
		}
		runs, err := c.requests.Requests(ctx, approvals.Filter{Under: r.ID, Limit: mostRuns})
		if err != nil {
			return nil, err
		}
		rows = append(rows, standingRow{r, runs})
	}
	return rows, nil
}

// standingListing prints standing approvals.
func standingListing(now time.Time) listing[standingRow] {
	return listing[standingRow]{
		none: "No approval stands for later runs.",
		head: "REQUEST\tSERVICE\tDATABASE\tPROFILE\tFOR\tUNTIL\tAPPROVED BY\tRUNS",
		line: func(r standingRow) string {
			until := r.Standing.Until.UTC().Format("2006-01-02 15:04")
			if !r.Stands(now) {
				until += " (over)"
			}
			return strings.Join([]string{
				string(r.ID), oneLine(r.Requester, 40), r.Database, r.Profile, string(r.Standing.Scope), until,
				strings.Join(approvers(r.Request), ", "), fmt.Sprint(len(r.runs)),
			}, "\t")
		},
		object: func(r standingRow) any { return standingObject(r, now) },
	}
}

// approvers are the people who said yes.
func approvers(r approvals.Request) (names []string) {
	for _, review := range r.Reviews {
		if review.Answer == approvals.Approve && review.Withdrawn.IsZero() && review.Revision == r.Revision {
			names = append(names, review.Reviewer)
		}
	}
	return names
}

// standingObject is what --format json prints of a standing approval.
func standingObject(r standingRow, now time.Time) any {
	claims := map[string]string{}
	for _, c := range r.Job.Claims {
		claims[c.Name] = c.Value
	}
	out := struct {
		Request   approvals.RequestID `json:"request"`
		Service   string              `json:"service"`
		Database  string              `json:"database"`
		Profile   string              `json:"profile"`
		Scope     approvals.Scope     `json:"scope"`
		Level     string              `json:"level,omitempty"`
		Stands    bool                `json:"stands"`
		Approved  time.Time           `json:"approved_at"`
		Until     time.Time           `json:"until"`
		Ended     time.Time           `json:"ended_at,omitzero"`
		EndedBy   string              `json:"ended_by,omitempty"`
		Approvers []string            `json:"approved_by"`
		Claims    map[string]string   `json:"claims"`
		Files     []approvals.File    `json:"files"`
		Rows      *approvals.Band     `json:"rows,omitempty"`
		Schedule  string              `json:"schedule,omitempty"`
		Runs      int                 `json:"runs"`
		LastRun   time.Time           `json:"last_run,omitzero"`
	}{
		r.ID, r.Requester, r.Database, r.Profile, r.Standing.Scope, string(r.Standing.Level), r.Stands(now), r.DecidedAt, r.Standing.Until,
		r.Standing.EndedAt, r.Standing.EndedBy, approvers(r.Request), claims, slices.Concat([]approvals.File{}, r.Job.Files),
		r.Job.Rows, r.Job.Schedule, len(r.runs),
		time.Time{},
	}
	if len(r.runs) > 0 {
		out.LastRun = r.runs[0].CreatedAt
	}
	return out
}

func newPipelineEndCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "end REQUEST…",
		Short: "Let the approval of a job cover no more runs",
		Long: `Ends standing approvals, on record as operator:<login>. The next run asks people
again. Grants that a covered run has claimed go on (` + "`dbaccess grants end`" + ` ends them);
one that is not claimed yet is not claimed any more.`,
		Example: `  dbaccess pipeline end req_k3j9x2mq…`,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withCore(cmd, func(c *core) error {
				for _, id := range args {
					if !strings.HasPrefix(id, "req_") {
						return fault.New(fault.Invalid, fmt.Sprintf("%q is no request.", id), "`dbaccess pipeline list` shows them: they begin with req_.")
					}
					r, err := c.requests.EndStanding(cmd.Context(), operator(), approvals.RequestID(id))
					if err != nil {
						return err
					}
					fmt.Fprintf(cmd.OutOrStdout(), "The approval of %s (%s on %s for %s) covers no more runs.\n", r.ID, r.Profile, r.Database, r.Requester)
				}
				return nil
			})
		},
	}
	configFlag(cmd)
	return cmd
}
