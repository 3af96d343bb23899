package main

import (
	"context"
	"fmt"
	"io"
	"os/user"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dbaccess/approvals"
	"dbaccess/credentials"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
)

// operator is who runs this command on the server's machine. An operator may
// list and end; never review and never claim.
func operator() identity.Principal {
	login := "unknown"
	if u, err := user.Current(); err == nil {
		login = u.Username
	}
	return identity.OperatorPrincipal(login)
}

// withCore opens the core for one operator command.
func withCore(cmd *cobra.Command, f func(*core) error) error {
	s, err := loadSettings(cmd)
	if err != nil {
		return err
	}
	c, err := openCore(cmd.Context(), s, newLogger(s.config.Log, cmd.ErrOrStderr()))
	if err != nil {
		return err
	}
	defer c.close()
	return f(c)
}

func newGrantsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "grants",
		Short: "List and end grants, on the server's machine",
		Long: `Lists and ends grants with the server's own config. Whoever can read that config
acts as operator:<login>, on record; an operator can never review or claim.`,
	}
	cmd.AddCommand(newGrantsListCommand(), newGrantsEndCommand())
	return cmd
}

func newGrantsListCommand() *cobra.Command {
	var holder, database, format string
	var all bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List grants, newest first",
		Example: `  dbaccess grants list
  dbaccess grants list --holder alice --all --format json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f := credentials.GrantFilter{Holder: holder, Database: database, Limit: 1000}
			if !all {
				f.States = []credentials.GrantState{credentials.Open, credentials.Active, credentials.Revoking}
			}
			return withCore(cmd, func(c *core) error {
				list, err := c.grants.Grants(cmd.Context(), f)
				if err != nil {
					return err
				}
				return printGrants(cmd.OutOrStdout(), format, list, time.Now())
			})
		},
	}
	configFlag(cmd)
	cmd.Flags().StringVar(&holder, "holder", "", "only this person's")
	cmd.Flags().StringVar(&database, "database", "", "only on this database")
	cmd.Flags().BoolVar(&all, "all", false, "ended ones too")
	formatFlag(cmd, &format)
	return cmd
}

// grantRow is one grant as --format json prints it.
type grantRow struct {
	ID       approvals.GrantID      `json:"id"`
	Request  approvals.RequestID    `json:"request"`
	Holder   string                 `json:"holder"`
	Database string                 `json:"database"`
	Profile  string                 `json:"profile"`
	State    credentials.GrantState `json:"state"`
	Reason   credentials.Reason     `json:"reason,omitempty"`
	Roles    []string               `json:"roles"` // of leases that are not ended
	Due      *time.Time             `json:"due,omitempty"`
	Ended    *time.Time             `json:"ended,omitempty"`
	Trouble  string                 `json:"trouble,omitempty"` // why an end did not succeed yet
}

func rowOf(g credentials.Grant) grantRow {
	row := grantRow{
		ID: g.ID, Request: g.Request, Holder: g.Holder, Database: g.Database, Profile: g.Profile,
		State: g.State, Reason: g.Reason, Roles: []string{}, Due: timeOrNil(g.Due), Ended: timeOrNil(g.EndedAt),
	}
	for _, l := range g.Leases {
		if l.State != credentials.Gone {
			row.Roles = append(row.Roles, l.Role)
			row.Trouble = l.Trouble
		}
	}
	return row
}

func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func printGrants(w io.Writer, format string, list []credentials.Grant, now time.Time) error {
	return listing[credentials.Grant]{
		none: "No grants.", head: "GRANT\tHOLDER\tACCESS\tSTATE\tWHEN",
		object: func(g credentials.Grant) any { return rowOf(g) },
		line: func(g credentials.Grant) string {
			return fmt.Sprintf("%s\t%s\t%s %s\t%s\t%s", g.ID, g.Holder, g.Database, g.Profile, g.State, grantWhen(g, now))
		},
	}.print(w, format, list)
}

// grantWhen says in words what time means for the grant now.
func grantWhen(g credentials.Grant, now time.Time) string {
	switch g.State {
	case credentials.Open:
		return "claim within " + g.ClaimBy.Sub(now).Round(time.Second).String()
	case credentials.Active:
		return g.Due.Sub(now).Round(time.Second).String() + " left"
	case credentials.Revoking:
		return "ending: " + string(g.Reason) + trouble(g)
	default:
		return string(g.Reason) + " at " + g.EndedAt.UTC().Format(time.DateTime) + " UTC"
	}
}

func trouble(g credentials.Grant) string {
	i := slices.IndexFunc(g.Leases, func(l credentials.Lease) bool { return l.Trouble != "" && l.State != credentials.Gone })
	if i < 0 {
		return ""
	}
	return " (" + g.Leases[i].Trouble + ")"
}

func newGrantsEndCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "end GRANT…",
		Short: "End grants now, with proof",
		Long: `Ends each grant, given by its id or its request's; the eight letters that cards and
letters show will do. Logins are refused, sessions ended, roles dropped, and the proof
read on the database. What cannot be ended now is said, stays due, and the
server's sweep goes on with it; the exit code is then 1.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withCore(cmd, func(c *core) error {
				failed := false
				for _, id := range args {
					g, err := c.endByHand(cmd.Context(), id)
					if err != nil {
						failed = true
						fmt.Fprintf(cmd.ErrOrStderr(), "%s: %s\n", id, notEndedSentence(err))
						continue
					}
					failed = failed || g.State != credentials.Ended
					fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", id, endedSentence(g))
				}
				if failed {
					return exitError{1, nil}
				}
				return nil
			})
		},
	}
	configFlag(cmd)
	return cmd
}

// endByHand ends the grant whose id, or whose request's id, begins with that.
func (c *core) endByHand(ctx context.Context, beginning string) (credentials.Grant, error) {
	id, err := grantID(ctx, c.store, beginning)
	if err != nil {
		return credentials.Grant{}, err
	}
	g, err := c.grants.End(ctx, operator(), id, credentials.Revoked)
	if fault.KindOf(err) == fault.NotFound {
		return g, errNoSuchGrant.With(err)
	}
	return g, err
}

var errNoSuchGrant = fault.New(fault.NotFound, "There is no such grant.", "`dbaccess grants list --all` shows what there is.")

// notEndedSentence says why a grant was not ended, in an operator's words.
func notEndedSentence(err error) string {
	switch f := fault.Show(err); f.Kind {
	case fault.Internal:
		return err.Error()
	default:
		return strings.TrimSpace(f.Msg + " " + f.Hint)
	}
}

func endedSentence(g credentials.Grant) string {
	if g.State != credentials.Ended {
		return "not ended yet" + trouble(g) + "; the sweep goes on with it."
	}
	sessions := 0
	for _, l := range g.Leases {
		if l.Proof != nil {
			sessions += l.Proof.Sessions
		}
	}
	return fmt.Sprintf("ended (%s), proven at %s UTC. Sessions ended with it: %d.",
		g.Reason, g.EndedAt.UTC().Format("15:04:05.000"), sessions)
}
