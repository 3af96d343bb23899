package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dbaccess/approvals"
	"dbaccess/guardrails"
	v1 "dbaccess/internal/api/v1"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
)

// serviceName is the principal of a service, however people type it.
func serviceName(name string) string {
	return identity.ServiceName(strings.TrimPrefix(name, identity.ServiceName("")))
}

// planOptions is what `dbaccess pipeline plan` was asked.
type planOptions struct {
	asking
	job     jobFlags
	offline bool
}

func newPipelinePlanCommand() *cobra.Command {
	var o planOptions
	cmd := &cobra.Command{
		Use:   "plan FILE…",
		Short: "Print what a job would ask for, and whether an approval covers it",
		Long: `plan reads the files of a job and says what would be asked for it: each file's hash,
its statements and what guardrails say of them, and, if a server is given (--url or
$DBACCESS_URL, with the token of a pipeline), whether a standing approval would cover
it, who would be asked, and what differs from what was approved. Nothing is stored
and nobody is asked.

Without a server, or with --offline, it says what can be known from the files
alone: verdicts are those without a catalog, which are more careful.

Exit codes: 0 planned; 2 wrong input; 3 it would be denied.`,
		Example: `  dbaccess pipeline plan cleanup.sql --database shop --profile write --ttl 30m --rows 0-1000
  dbaccess pipeline plan migrations/*.sql --database shop --profile write --schedule "0 2 * * *" --window 1h --format json`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("--format", o.format, "text", "json"); err != nil {
				return err
			}
			o.job.files = args
			p, err := o.plan(cmd)
			if err != nil {
				return err
			}
			if err := p.print(cmd.OutOrStdout(), o.format); err != nil {
				return err
			}
			if p.State == string(approvals.Denied) {
				return exitError{code: 3}
			}
			return nil
		},
	}
	remoteFlags(cmd)
	o.termFlags(cmd)
	cmd.Flags().Lookup("profile").Usage = "what the access allows"
	o.job.flags(cmd)
	_ = cmd.Flags().MarkHidden("sql") // the arguments are the files
	cmd.Flags().StringVarP(&o.ttl, "ttl", "t", "", "for how long a run needs access, such as 30m (default: the profile's)")
	cmd.Flags().BoolVar(&o.offline, "offline", false, "ask no server")
	cmd.Flags().StringVar(&o.format, "format", "text", "text or json")
	return cmd
}

// plan is what a job would ask for, and what would become of it.
type plan struct {
	Offline  bool        `json:"offline"`
	Database string      `json:"database"`
	Profile  string      `json:"profile"`
	Duration string      `json:"duration,omitempty"`
	Files    []planFile  `json:"files"`
	Verdict  *v1.Verdict `json:"verdict,omitempty"` // the worst of all
	Digest   string      `json:"digest"`            // offline: of the terms without what a token says

	Rows     *v1.Band `json:"rows,omitempty"`
	Schedule string   `json:"schedule,omitempty"`
	Window   string   `json:"window,omitempty"`

	State    string            `json:"state,omitempty"` // from a server only, like everything below
	Claims   map[string]string `json:"claims,omitempty"`
	Route    *v1.Route         `json:"route,omitempty"`
	Estimate string            `json:"estimate,omitempty"`
	Under    string            `json:"covered_by,omitempty"`
	Differs  string            `json:"differs,omitempty"`
	Outcome  string            `json:"outcome,omitempty"`
	Possible []string          `json:"possible_scopes,omitempty"`
}

// planFile is one file of a plan.
type planFile struct {
	v1.FileView
	Each []planStatement `json:"statements,omitempty"` // offline: each statement's own verdict
}

type planStatement struct {
	SQL   string `json:"sql"`
	Kind  string `json:"kind"`
	Level string `json:"level"`
}

// plan asks the server, if there is one, or reads the files alone.
func (o planOptions) plan(cmd *cobra.Command) (plan, error) {
	if o.database == "" {
		return plan{}, fault.New(fault.Invalid, "Which database is meant?", "Name it with --database.")
	}
	if o.profile == "" {
		return plan{}, fault.New(fault.Invalid, "Which profile is meant?", "Name it with --profile.")
	}
	job, err := o.job.read()
	if err != nil {
		return plan{}, err
	}
	if job == nil {
		job = &v1.Job{}
	}
	given := cmd.Flags().Changed("url") || thisMachine(cmd).env("DBACCESS_URL") != ""
	if o.offline || !given {
		return o.readOffline(*job)
	}
	c, err := apiClient(cmd)
	if err != nil {
		return plan{}, err
	}
	reason := o.reason
	if reason == "" {
		reason = "a plan"
	}
	r, err := c.Ask(cmd.Context(), v1.Ask{
		Kind: string(approvals.Access), Database: o.database, Profile: o.profile, Duration: o.ttl, Reason: reason, Job: job, Preview: true,
	})
	if err != nil {
		return plan{}, err
	}
	p := plan{
		Database: r.Database, Profile: r.Profile, Duration: r.Duration, Verdict: r.Verdict, Digest: r.Digest,
		State: r.State, Route: &r.Route, Estimate: r.Impact, Outcome: r.Outcome,
	}
	if j := r.Job; j != nil {
		p.Rows, p.Schedule, p.Window, p.Claims = j.Rows, j.Schedule, j.Window, j.Claims
		p.Under, p.Differs, p.Possible = j.Under, j.Differs, j.Possible
		for _, f := range j.Files {
			p.Files = append(p.Files, planFile{FileView: f})
		}
	}
	return p, nil
}

// readOffline says what the files alone tell.
func (o planOptions) readOffline(job v1.Job) (plan, error) {
	ask := approvals.JobAsk{Schedule: job.Schedule, Commit: job.Commit}
	for _, f := range job.Files {
		ask.Files = append(ask.Files, approvals.Script{Path: f.Path, Content: f.Content})
	}
	if job.Rows != nil {
		ask.Rows = &approvals.Band{Min: job.Rows.Min, Max: job.Rows.Max}
	}
	var err error
	if ask.Window, err = duration("--window", job.Window); err != nil {
		return plan{}, err
	}
	ttl, err := duration("--ttl", o.ttl)
	if err != nil {
		return plan{}, err
	}
	read, each, all, err := approvals.ReadJob(ask, func(sql string) guardrails.Verdict { return guardrails.Classify(sql, nil) })
	if err != nil {
		return plan{}, err
	}
	p := plan{Offline: true, Database: o.database, Profile: o.profile, Duration: o.ttl, Rows: job.Rows, Schedule: job.Schedule, Window: job.Window}
	p.Digest = approvals.DigestOf(approvals.Terms{Kind: approvals.Access, Database: o.database, Profile: o.profile, Duration: ttl, Job: &read}).String()
	for i, f := range read.Files {
		p.Files = append(p.Files, planFile{
			FileView: v1.FileView{Path: f.Path, SHA256: f.SHA256, Bytes: f.Bytes, Verdict: v1.Judged(each[i])}, Each: judgeEach(ask.Files[i].Content),
		})
	}
	if len(read.Files) > 0 {
		v := v1.Judged(all)
		p.Verdict = &v
	}
	return p, nil
}

// judgeEach says of each statement of a file what guardrails say of it alone.
func judgeEach(sql string) (list []planStatement) {
	statements, _ := guardrails.Statements(sql)
	for _, s := range statements {
		v := guardrails.Classify(s, nil)
		list = append(list, planStatement{SQL: s, Kind: string(v.Kind), Level: string(v.Level)})
	}
	return list
}

// duration reads a flag's length of time; none is 0.
func duration(flag, s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return 0, fault.New(fault.Invalid, fmt.Sprintf("%s %q is not a length of time.", flag, s), "Write it like 30m or 2h.")
	}
	return d, nil
}

func (p plan) print(w io.Writer, format string) error {
	if format == "json" {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(p)
	}
	_, err := io.WriteString(w, p.text())
	return err
}

// text is the plan for a person.
func (p plan) text() string {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-10s "+format+"\n", append([]any{name}, args...)...)
	}
	span := "the profile's usual time"
	if p.Duration != "" {
		span = p.Duration
	}
	line("asks for", "%s on %s, for %s", p.Profile, p.Database, span)
	for _, f := range p.Files {
		v := f.Verdict
		line("file", "%s: %s, risk %s, %s, %s, sha256 %s", oneLine(f.Path, 100), v.Kind, v.Level, count(int64(v.Statements), "statement"), count(f.Bytes, "byte"), f.SHA256)
		for _, s := range f.Each {
			line("", "  %s, %s: %s", s.Kind, s.Level, oneLine(strings.Join(strings.Fields(s.SQL), " "), 90))
		}
		for _, found := range v.Findings {
			line("", "  %s %s: %s", found.Rule, found.Level, oneLine(found.Message, 200))
		}
	}
	if len(p.Files) == 0 {
		line("files", "none: only its commit says what it runs")
	}
	if p.Rows != nil {
		line("rows", "%d to %d. %s", p.Rows.Min, p.Rows.Max, oneLine(p.Estimate, 300))
	}
	if p.Schedule != "" {
		line("schedule", "%s, each time for %s", oneLine(p.Schedule, 100), p.Window)
	}
	if p.Offline {
		line("digest", "%s (without what a token says)", p.Digest)
		line("covered", "not known: no server was asked")
		return b.String()
	}
	line("digest", "%s", p.Digest)
	for _, name := range slices.Sorted(maps.Keys(p.Claims)) {
		line("bound to", "%s = %s", oneLine(name, 60), oneLine(p.Claims[name], 200))
	}
	switch {
	case p.Under != "":
		line("covered", "yes, by the standing approval %s", p.Under)
	case p.State == string(approvals.Pending):
		line("covered", "no: people are asked, %s", strings.Join(p.Route.Needs, " and "))
		line("scopes", "it can be approved for: %s", strings.Join(p.Possible, ", "))
	default:
		line("outcome", "%s: %s", p.State, oneLine(p.Outcome, 300))
	}
	if p.Differs != "" {
		line("differs", "%s", oneLine(p.Differs, 600))
	}
	return b.String()
}
