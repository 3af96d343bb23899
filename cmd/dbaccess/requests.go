package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dbaccess/approvals"
	"dbaccess/approvals/policy"
)

func newRequestsCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "requests", Short: "Look at requests, on the server's machine"}
	var requester, format string
	var states []string
	list := &cobra.Command{
		Use:   "list",
		Short: "List requests, newest first",
		Example: `  dbaccess requests list --state pending
  dbaccess requests list --requester alice --format json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f := approvals.Filter{Requester: requester, Limit: 1000}
			for _, s := range states {
				if err := oneOf("--state", s, requestStates...); err != nil {
					return err
				}
				f.States = append(f.States, approvals.State(s))
			}
			return withCore(cmd, func(c *core) error {
				list, err := c.requests.Requests(cmd.Context(), f)
				if err != nil {
					return err
				}
				return printRequests(cmd.OutOrStdout(), format, list)
			})
		},
	}
	configFlag(list)
	list.Flags().StringVar(&requester, "requester", "", "only this person's")
	list.Flags().StringSliceVar(&states, "state", nil, "only in these states: "+strings.Join(requestStates, ", "))
	formatFlag(list, &format)
	cmd.AddCommand(list)
	return cmd
}

// requestStates are the words of --state.
var requestStates = []string{
	string(approvals.Pending), string(approvals.Approved), string(approvals.Denied), string(approvals.Cancelled),
	string(approvals.Expired), string(approvals.Executing), string(approvals.Executed), string(approvals.Failed),
}

// requestRow is one request as --format json prints it.
type requestRow struct {
	ID        approvals.RequestID `json:"id"`
	Kind      approvals.Kind      `json:"kind"`
	Requester string              `json:"requester"`
	Database  string              `json:"database"`
	Profile   string              `json:"profile"`
	State     approvals.State     `json:"state"`
	Rule      string              `json:"rule"`
	Level     string              `json:"level,omitempty"`
	Reason    string              `json:"reason"`
	Created   time.Time           `json:"created"`
	Outcome   string              `json:"outcome,omitempty"`
}

func printRequests(w io.Writer, format string, list []approvals.Request) error {
	return listing[approvals.Request]{
		none: "No requests.", head: "REQUEST\tASKED (UTC)\tBY\tWHAT\tSTATE\tWHY",
		object: func(r approvals.Request) any {
			return requestRow{
				r.ID, r.Kind, r.Requester, r.Database, r.Profile, r.State, r.Route.Rule,
				string(r.Verdict.Level), r.Reason, r.CreatedAt, r.Outcome,
			}
		},
		line: func(r approvals.Request) string {
			return fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%s", r.ID, r.CreatedAt.UTC().Format("01-02 15:04"), r.Requester,
				oneLine(what(r), 40), r.State, oneLine(r.Reason, 40))
		},
	}.print(w, format, list)
}

func what(r approvals.Request) string {
	if r.Kind == approvals.Statement {
		return r.Database + ": " + r.Statement
	}
	return fmt.Sprintf("%s %s %s", r.Database, r.Profile, policy.Span(r.Duration))
}
