package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"dbaccess/approvals/policy"
	"dbaccess/guardrails"
	"dbaccess/internal/fault"
)

// newPolicyCommand makes `dbaccess policy`.
func newPolicyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "Try out a policy before it is in force",
		Long: `A policy says which reviews a request needs; docs/policy.md is its manual. These
commands need no config and no database: the same code finds the routes of real
requests.`,
	}
	cmd.AddCommand(newPolicyTestCommand(), newPolicyExplainCommand(), newPolicyShippedCommand())
	return cmd
}

func newPolicyShippedCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "shipped",
		Short:   "Print the shipped policy, to begin one's own with",
		Example: "  dbaccess policy shipped > policy/all.yaml",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, f := range policy.Shipped() {
				if _, err := cmd.OutOrStdout().Write(f.Data); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func newPolicyTestCommand() *cobra.Command {
	var format, catalog string
	cmd := &cobra.Command{
		Use:   "test [FILE…]",
		Short: "Run the tests of a policy",
		Long: `Reads policy files in the given order, and runs the tests in the files that end in
.test.yaml. Where no such file is given, the one beside each policy file is read:
shop.test.yaml for shop.yaml. Without any FILE, the shipped policy is tested.

Exit codes: 0 all passed, 1 some failed, 2 a file cannot be read or is wrong.`,
		Example: `  dbaccess policy test policy/*.yaml
  dbaccess policy test all.yaml shop.yaml both.test.yaml --format json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("--format", format, "text", "json"); err != nil {
				return err
			}
			files, tests, err := readPolicies(args)
			if err != nil {
				return err
			}
			set, err := policy.Parse(files...)
			if err == nil && len(tests) == 0 {
				return fault.New(fault.Invalid, "There are no tests beside these files.",
					"Name a file that ends in .test.yaml; docs/policy.md shows one.")
			}
			cases, testErr := policy.ParseCases(tests...)
			if err := errors.Join(err, testErr); err != nil {
				return mistakes(cmd.ErrOrStderr(), err)
			}
			cat, err := readCatalog(catalog)
			if err != nil {
				return err
			}
			report := newPolicyReport(set, files, set.Try(cases, func(sql string) guardrails.Verdict {
				return guardrails.Classify(sql, cat)
			}))
			if format == "json" {
				err = printJSON(cmd.OutOrStdout(), report)
			} else {
				err = report.print(cmd.OutOrStdout())
			}
			if err == nil && report.Failed > 0 {
				return exitError{code: 1}
			}
			return err
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	catalogFlag(cmd, &catalog)
	return cmd
}

// catalogFlag adds --catalog: statements are judged by what `dbaccess catalog dump`
// has written, as the server judges them by what it reads itself.
func catalogFlag(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVar(path, "catalog", "", "what is known of the database, as dbaccess catalog dump wrote it to the file at `path`")
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// mistakes prints every mistake in its own line, and makes the command end with
// exit code 2.
func mistakes(w io.Writer, err error) error {
	fmt.Fprintln(w, err)
	return exitError{code: 2}
}

// readPolicies reads the named files and finds the tests that belong to them.
func readPolicies(names []string) (files, tests []policy.File, err error) {
	if len(names) == 0 {
		return policy.Shipped(), policy.ShippedTests(), nil
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, nil, fault.New(fault.Invalid, "I cannot read "+name+".", "").With(err)
		}
		if f := (policy.File{Name: name, Data: data}); policy.IsTests(name) {
			tests = append(tests, f)
		} else {
			files = append(files, f)
		}
	}
	if len(tests) > 0 {
		return files, tests, nil
	}
	for _, f := range files {
		ext := filepath.Ext(f.Name)
		beside := strings.TrimSuffix(f.Name, ext) + ".test" + ext
		switch data, err := os.ReadFile(beside); {
		case err == nil:
			tests = append(tests, policy.File{Name: beside, Data: data})
		case !errors.Is(err, os.ErrNotExist):
			return nil, nil, fault.New(fault.Invalid, "I cannot read "+beside+".", "").With(err)
		}
	}
	return files, tests, nil
}

// policyReport is what `policy test` prints.
type policyReport struct {
	Files    []string     `json:"files"`
	Version  string       `json:"version"`
	Passed   int          `json:"passed"`
	Failed   int          `json:"failed"`
	Tests    []testReport `json:"tests"`
	Untested []string     `json:"untested"` // rules that decide no test
}

type testReport struct {
	Name    string         `json:"name"`
	At      string         `json:"at"` // file:line
	Passed  bool           `json:"passed"`
	Outcome policy.Outcome `json:"outcome"`
	Rule    string         `json:"rule"`
	Wrong   []string       `json:"wrong"`
}

func newPolicyReport(set *policy.Set, files []policy.File, results []policy.Result) policyReport {
	report := policyReport{Version: set.Version, Tests: []testReport{}, Untested: set.Rules()}
	for _, f := range files {
		report.Files = append(report.Files, f.Name)
	}
	for _, r := range results {
		t := testReport{
			Name: r.Case.Name, At: fmt.Sprintf("%s:%d", r.Case.File, r.Case.Line), Passed: len(r.Wrong) == 0,
			Outcome: r.Route.Outcome, Rule: r.Route.Rule, Wrong: append([]string{}, r.Wrong...),
		}
		if t.Passed {
			report.Passed++
		} else {
			report.Failed++
		}
		report.Untested = slices.DeleteFunc(report.Untested, func(rule string) bool { return rule == t.Rule })
		report.Tests = append(report.Tests, t)
	}
	return report
}

func (r policyReport) print(w io.Writer) error {
	fmt.Fprintf(w, "%s (%s)\n\n", strings.Join(r.Files, ", "), r.Version)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	var wrong strings.Builder
	for _, t := range r.Tests {
		mark := "✓"
		if !t.Passed {
			mark = "✗"
			fmt.Fprintf(&wrong, "\n%s: %s\n", t.At, t.Name)
			for _, s := range t.Wrong {
				fmt.Fprintf(&wrong, "  %s\n", s)
			}
		}
		fmt.Fprintf(table, "%s %s\t%s\t%s\n", mark, t.Name, t.Outcome, cmp.Or(t.Rule, "no rule"))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprint(w, wrong.String())
	if len(r.Untested) > 0 {
		fmt.Fprintf(w, "\nNo test is decided by %s.\n", strings.Join(r.Untested, ", "))
	}
	_, err := fmt.Fprintf(w, "\n%d passed, %d failed\n", r.Passed, r.Failed)
	return err
}

func newPolicyExplainCommand() *cobra.Command {
	var files []string
	var format, catalog string
	in := policy.Input{Principal: policy.PrincipalFacts{Kind: "person"}}
	cmd := &cobra.Command{
		Use:   "explain",
		Short: "Show which route a request would take, and why, rule by rule",
		Long: `Finds the route of a request that is never made. With --statement it is a statement
request, classified as real ones are, with the database's catalog if --catalog gives
it; else it asks for access.`,
		Example: `  dbaccess policy explain --database shop --profile masked-read --for 2h --groups staff
  dbaccess policy explain --policy policy/shop.yaml --database shop --profile masked-read \
      --statement 'SELECT * FROM orders WHERE id = 7'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := oneOf("--format", format, "text", "json"); err != nil {
				return err
			}
			if err := oneOf("--requester-kind", in.Principal.Kind, "person", "service", "agent"); err != nil {
				return err
			}
			policies, err := namedPolicies(files)
			cat, catErr := readCatalog(catalog)
			if err := errors.Join(err, catErr); err != nil {
				return err
			}
			set, err := policy.Parse(policies...)
			if err != nil {
				return mistakes(cmd.ErrOrStderr(), err)
			}
			complete(cmd, &in, cat)
			route := set.Route(in)
			if format == "json" {
				return printJSON(cmd.OutOrStdout(), struct {
					Verdict *guardrails.Verdict `json:"verdict,omitempty"`
					Route   policy.Route        `json:"route"`
				}{verdictOf(in), route})
			}
			return printRoute(cmd.OutOrStdout(), in, route)
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&files, "policy", nil, "policy files, in their order; without any, the shipped policy")
	f.StringVar(&format, "format", "text", "text or json")
	catalogFlag(cmd, &catalog)
	f.StringVar(&in.Database.Name, "database", "", "the database's name in the config")
	f.StringSliceVar(&in.Database.Tags, "tags", nil, "the database's tags")
	f.StringVar(&in.Request.Profile, "profile", "", "the profile that is asked for, or that runs the statement")
	f.BoolVar(&in.Request.Masked, "masked", false, "the profile sees masked views only (masked-read does)")
	f.DurationVar(&in.Request.Duration, "for", time.Hour, "how long access is asked for")
	f.StringVar(&in.Request.Reason, "reason", "", "the asker's words")
	f.StringVar(&in.Request.Statement, "statement", "", "the SQL of a statement request")
	f.Int64Var(&in.Request.RowBound, "row-bound", 0, "most rows that the statement may change")
	f.StringVar(&in.Principal.Name, "requester", "somebody", "who asks")
	f.StringVar(&in.Principal.Kind, "requester-kind", "person", "person, service or agent")
	f.StringVar(&in.Principal.Email, "email", "", "the asker's e-mail address")
	f.StringSliceVar(&in.Principal.Groups, "groups", nil, "the asker's groups")
	return cmd
}

// namedPolicies reads the named files, or is the shipped policy without any.
func namedPolicies(names []string) ([]policy.File, error) {
	if len(names) == 0 {
		return policy.Shipped(), nil
	}
	var files []policy.File
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, fault.New(fault.Invalid, "I cannot read "+name+".", "Look at its path and its rights.").With(err)
		}
		files = append(files, policy.File{Name: name, Data: data})
	}
	return files, nil
}

// complete adds to the flags what follows from them.
func complete(cmd *cobra.Command, in *policy.Input, cat *guardrails.Catalog) {
	in.Request.Kind = "access"
	if cmd.Flags().Changed("statement") {
		in.Request.Kind, in.Request.Duration = "statement", 0
		in.Verdict = guardrails.Classify(in.Request.Statement, cat)
	}
	if !cmd.Flags().Changed("masked") {
		in.Request.Masked = in.Request.Profile == "masked-read"
	}
}

func verdictOf(in policy.Input) *guardrails.Verdict {
	if in.Request.Kind != "statement" {
		return nil
	}
	return &in.Verdict
}

// printRoute prints the request, every rule that was looked at, and what came
// of it.
func printRoute(w io.Writer, in policy.Input, route policy.Route) error {
	r := in.Request
	as := ""
	if r.Profile != "" {
		as = " as " + r.Profile
	}
	on := cmp.Or(in.Database.Name, "some database")
	if r.Kind == "statement" {
		fmt.Fprintf(w, "%s runs a statement on %s%s: %s, %s\n", in.Principal.Name, on, as, in.Verdict.Kind, in.Verdict.Level)
	} else {
		fmt.Fprintf(w, "%s asks for access to %s%s for %s\n", in.Principal.Name, on, as, policy.Span(r.Duration))
	}
	tree := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i, step := range route.Steps {
		branch, mark := "├─", "·"
		if i == len(route.Steps)-1 {
			branch = "└─"
		}
		if step.Matched {
			mark = "✓"
		}
		fmt.Fprintf(tree, "%s %s %s\t%s\n", branch, mark, step.Rule, step.Why)
	}
	if err := tree.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%s by %s (%s)\n", strings.ToUpper(string(route.Outcome)), cmp.Or(route.Rule, "no rule"), route.Version)
	fmt.Fprintf(w, "  %s\n", route.Sentence)
	if route.Outcome != policy.Review {
		return nil
	}
	details := []string{policy.Wanted(route.Seats)}
	if route.Reactions {
		details = append(details, "reactions count")
	}
	if route.Expires > 0 {
		details = append(details, "within "+policy.Span(route.Expires))
	}
	if route.Channel != "" {
		details = append(details, "in channel "+route.Channel)
	}
	_, err := fmt.Fprintf(w, "  %s\n", strings.Join(details, " · "))
	return err
}
