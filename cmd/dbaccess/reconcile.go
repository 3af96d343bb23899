package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"dbaccess/credentials"
	"dbaccess/internal/fault"
)

// whatIsThere is what --confirm means without a value.
const whatIsThere = "what is printed"

func newReconcileCommand() *cobra.Command {
	var database, format, confirm string
	cmd := &cobra.Command{
		Use:   "reconcile",
		Short: "List, and end, roles of this installation that no grant explains",
		Long: `Lists the roles on the databases that carry this installation's prefix and that no
grant in the store explains. When there are more than revocation.unknown_limit, or
when the store is older than the roles (it was restored from a backup), the sweep
alarms and leaves them to you: somebody may be at work with them.

--confirm ends exactly what it prints: logins are refused, sessions ended, roles
dropped, and the proof read on the database; on record as operator:<login>. With
the sum that an earlier listing printed, it does so only if the list is still that
one. What cannot be ended is said; the exit code is then 1.`,
		Example: `  dbaccess reconcile
  dbaccess reconcile --database shop --format json
  dbaccess reconcile --confirm=3f9a01bc`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withCore(cmd, func(c *core) error {
				var on []string
				if database != "" {
					if _, ok := c.config.Database(database); !ok {
						return fault.New(fault.NotFound, fmt.Sprintf("There is no database named %q in the config.", database), "")
					}
					on = []string{database}
				}
				return reconcile(cmd, c, on, format, confirm)
			})
		},
	}
	configFlag(cmd)
	cmd.Flags().StringVar(&database, "database", "", "only on this database")
	cmd.Flags().StringVar(&confirm, "confirm", "", "end what is printed; with a sum, only if that is what was printed with it")
	cmd.Flags().Lookup("confirm").NoOptDefVal = whatIsThere
	formatFlag(cmd, &format)
	return cmd
}

func reconcile(cmd *cobra.Command, c *core, on []string, format, confirm string) error {
	list, lookErr := c.grants.Unexplained(cmd.Context(), on...)
	if lookErr != nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "Not everything could be looked at: %v\n", lookErr)
	}
	out := cmd.OutOrStdout()
	if confirm == "" || format != "json" { // in JSON, what became of them says it all
		if err := printUnexplained(out, format, list); err != nil {
			return err
		}
	}
	switch {
	case confirm == "":
		if len(list) > 0 && format != "json" {
			fmt.Fprintf(out, "\nNothing was ended. To end exactly these: dbaccess reconcile%s --confirm=%s\n", databaseFlag(on), sumOf(list))
		}
		return exitIf(lookErr != nil)
	case confirm != whatIsThere && confirm != sumOf(list):
		return fault.New(fault.Conflict, "The list is not the one with the sum "+confirm+" any more; nothing was ended.", "Look at it again with `dbaccess reconcile`.")
	case len(list) == 0:
		return exitIf(lookErr != nil)
	}
	ends, err := c.grants.EndUnexplained(cmd.Context(), operator(), list)
	if err != nil {
		return err
	}
	failed, err := printEnds(out, format, ends)
	return errors.Join(err, exitIf(failed || lookErr != nil))
}

func databaseFlag(on []string) string {
	if len(on) == 0 {
		return ""
	}
	return " --database " + on[0]
}

func exitIf(failed bool) error {
	if failed {
		return exitError{1, nil}
	}
	return nil
}

// sumOf names a list: the same roles on the same databases have the same sum.
func sumOf(list []credentials.Unexplained) string {
	names := make([]string, len(list))
	for i, u := range list {
		names[i] = u.Database + "\x00" + u.Role + "\n"
	}
	slices.Sort(names)
	h := sha256.New()
	for _, name := range names {
		_, _ = io.WriteString(h, name) // a hash takes everything
	}
	return hex.EncodeToString(h.Sum(nil)[:4])
}

// unexplainedRow is one role as --format json prints it.
type unexplainedRow struct {
	Database string     `json:"database"`
	Role     string     `json:"role"`
	Until    *time.Time `json:"valid_until"` // null: for ever
	Sessions int        `json:"sessions"`
	Why      string     `json:"why"`
	*endRow
}

// endRow is what became of it.
type endRow struct {
	Ended    bool       `json:"ended"`
	Disabled bool       `json:"disabled,omitempty"` // it could not be dropped, and can do nothing
	Proven   *time.Time `json:"proven,omitempty"`
	Trouble  string     `json:"trouble,omitempty"`
}

func unexplainedRowOf(u credentials.Unexplained) unexplainedRow {
	return unexplainedRow{Database: u.Database, Role: u.Role, Until: timeOrNil(u.Until), Sessions: u.Sessions, Why: u.Why}
}

func printUnexplained(w io.Writer, format string, list []credentials.Unexplained) error {
	return listing[credentials.Unexplained]{
		none: "Every role of this installation is explained by a grant.", head: "DATABASE\tROLE\tVALID UNTIL\tSESSIONS\tWHY",
		object: func(u credentials.Unexplained) any { return unexplainedRowOf(u) },
		line: func(u credentials.Unexplained) string {
			until := "for ever"
			if !u.Until.IsZero() {
				until = u.Until.UTC().Format(time.DateTime) + " UTC"
			}
			return fmt.Sprintf("%s\t%s\t%s\t%d\t%s", u.Database, oneLine(u.Role, 63), until, u.Sessions, u.Why)
		},
	}.print(w, format, list)
}

// printEnds says what became of each role, and reports whether some are left.
func printEnds(w io.Writer, format string, ends []credentials.UnexplainedEnd) (failed bool, err error) {
	if format != "json" {
		fmt.Fprintln(w)
	}
	for _, e := range ends {
		failed = failed || e.Proof == nil || e.Err != nil
	}
	err = listing[credentials.UnexplainedEnd]{
		head: "DATABASE\tROLE\tWHAT BECAME OF IT",
		object: func(e credentials.UnexplainedEnd) any {
			row := unexplainedRowOf(e.Unexplained)
			row.endRow = &endRow{Ended: e.Proof != nil}
			if e.Proof != nil {
				row.Disabled, row.Proven, row.Sessions = e.Proof.Disabled, timeOrNil(e.Proof.At), e.Proof.Sessions
			}
			if e.Err != nil {
				row.Trouble = e.Err.Error()
			}
			return row
		},
		line: func(e credentials.UnexplainedEnd) string {
			return fmt.Sprintf("%s\t%s\t%s", e.Database, oneLine(e.Role, 63), oneLine(fate(e), 300))
		},
	}.print(w, format, ends)
	return failed, err
}

func fate(e credentials.UnexplainedEnd) string {
	if e.Proof == nil {
		return "not ended: " + e.Err.Error()
	}
	did := "ended"
	if e.Proof.Disabled {
		did = "disabled, since it owns something in another database"
	}
	said := fmt.Sprintf("%s, proven at %s UTC. Sessions ended with it: %d.", did, e.Proof.At.UTC().Format("15:04:05.000"), e.Proof.Sessions)
	if e.Err != nil {
		said += " Not on record: " + e.Err.Error()
	}
	return said
}
