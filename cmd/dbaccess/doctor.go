package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dbaccess/internal/checkup"
	"dbaccess/internal/config"
	"dbaccess/internal/fault"
)

func newDoctorCommand() *cobra.Command {
	var format, database string
	var strict bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look at everything the server depends on, and say what to do",
		Long: `Looks at everything the server depends on, at once and for a few seconds at most:
config and policy, this machine, the store, each database, Vault, Slack, and the
address that claim links lead to. Each line says what is so; each that is not well
says what to do. Run it where the server runs, with the server's config.

It changes nothing and shows no secret. It leaves traces that a log-in leaves: one
refused log-in of a made-up role in the log of each database's server.

Exit code 0 if there are warnings at most, 1 if there is a problem; with --strict
1 if there is a warning.`,
		Example: `  dbaccess doctor
  dbaccess doctor --database shop
  dbaccess doctor --format json | jq 'select(.status != "ok")'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if format != "table" && format != "json" {
				return fault.New(fault.Invalid, fmt.Sprintf("There is no format %q.", format), "Use table or json.")
			}
			d := &doctor{now: time.Now, path: configPath(cmd)}
			defer d.close()
			checks, err := d.checks(cmd.Context(), database)
			if err != nil {
				return err
			}
			progress := progressOn(cmd.ErrOrStderr())
			lines := examine(cmd.Context(), checks, progress.show)
			progress.clear()
			if err := cmd.Context().Err(); err != nil {
				return exitError{1, nil} // interrupted: half an answer would look like a whole one
			}
			if err := printDiagnosis(cmd.OutOrStdout(), format, lines); err != nil {
				return err
			}
			if n := levels(lines); n[checkup.Problem] > 0 || strict && n[checkup.Warning] > 0 {
				return exitError{1, nil}
			}
			return nil
		},
	}
	configFlag(cmd)
	formatFlag(cmd, &format)
	cmd.Flags().StringVar(&database, "database", "", "look at this database only")
	cmd.Flags().BoolVar(&strict, "strict", false, "count warnings as problems")
	return cmd
}

// doctor collects what there is to look at. Each package knows how to look at
// what it depends on; here it is only gathered.
type doctor struct {
	now     func() time.Time
	path    string // of the config
	install string // empty: the store did not tell
	settings
	closing []func()
}

func (d *doctor) close() {
	for _, f := range d.closing {
		f()
	}
}

// groupedCheck is a check and the heading it stands under.
type groupedCheck struct {
	group string
	checkup.Check
}

// line is one finding under its heading, as it is printed.
type line struct {
	group string
	checkup.Finding
}

// MarshalJSON writes what --format json promises.
func (l line) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Group    string `json:"group"`
		Name     string `json:"name"`
		Status   string `json:"status"`
		Sentence string `json:"sentence"`
		Do       string `json:"do,omitempty"`
	}{l.group, l.Name, l.Level.String(), l.Sentence, l.Do})
}

// checks returns all that there is to look at, or what concerns one database. A
// config that does not load is a finding: all else waits for it to be mended.
func (d *doctor) checks(ctx context.Context, database string) (list []groupedCheck, err error) {
	add := func(group string, checks ...checkup.Check) {
		for _, c := range checks {
			list = append(list, groupedCheck{group, c})
		}
	}
	c, ps := config.Load(d.path)
	if d.settings, err = checkSettings(c, ps); err != nil {
		add("config", found("file", badConfig(err)...))
		return list, nil
	}
	if _, known := d.config.Database(database); database != "" && !known {
		return nil, fault.New(fault.NotFound, fmt.Sprintf("There is no database named %q in the config.", database), "`dbaccess doctor` looks at all of them.")
	}
	store := d.store(ctx)
	if database == "" {
		add("config", d.configChecks()...)
		add("this machine", d.machineChecks()...)
		add("store", store...)
		add("vault", d.vaultChecks()...)
		add("identity", d.identityChecks()...)
	}
	for _, db := range d.config.Databases {
		if database == "" || database == db.Name {
			add("database "+db.Name, d.databaseChecks(db)...)
		}
		if database == db.Name && db.Issuer == "vault" {
			add("vault", d.vaultChecks()...)
		}
	}
	if database == "" {
		add("slack", d.slackChecks()...)
		add("claim page", checkup.Check{Name: "public_url", Look: d.lookAtPublicURL})
	}
	return list, nil
}

// found is a check whose findings are there already.
func found(name string, list ...checkup.Finding) checkup.Check {
	return checkup.Check{Name: name, Look: func(context.Context) []checkup.Finding { return list }}
}

// badConfig says each problem of a config that does not load.
func badConfig(err error) (list []checkup.Finding) {
	f := fault.Show(err)
	_, problems, several := strings.Cut(f.Msg, ":\n")
	if !several {
		problems = f.Msg
	}
	for p := range strings.Lines(problems) {
		if p = strings.TrimSpace(p); p != "" {
			list = append(list, checkup.Wrong(f.Hint, "%s", strings.TrimSuffix(p, ".")+"."))
		}
	}
	return append(list, checkup.Warn("Mend the config first.", "Nothing else was looked at."))
}

// patience of one check.
const doctorPatience = 5 * time.Second

// levels counts the lines of each level.
func levels(lines []line) map[checkup.Level]int {
	n := map[checkup.Level]int{}
	for _, l := range lines {
		n[l.Level]++
	}
	return n
}

func printDiagnosis(w io.Writer, format string, lines []line) error {
	if format == "json" {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false) // for people's eyes too
		for _, l := range lines {
			if err := enc.Encode(l); err != nil {
				return err
			}
		}
		return nil
	}
	_, err := io.WriteString(w, drawDiagnosis(lines, widthOf(w), colourful(w)))
	return err
}
