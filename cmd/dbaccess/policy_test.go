package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dbaccess/guardrails"
	"dbaccess/internal/fault"
)

// policyCommand runs `dbaccess policy` with these arguments.
func policyCommand(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := newPolicyCommand()
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(args)
	cmd.SetOut(&out)
	cmd.SetErr(&errs)
	err = cmd.ExecuteContext(t.Context())
	return out.String(), errs.String(), err
}

// policyFiles writes files into a folder of the test's own.
func policyFiles(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const (
	shopPolicy = `version: 1
rules:
  - {name: reads, profiles: [read], review: {groups: [owners], count: 2}}
  - {name: deletes, statements: [write], deny: Nobody deletes here.}
`
	shopTests = `version: 1
tests:
  - name: reads need two
    request: {kind: access, profile: read}
    expect: {outcome: review, rule: reads, seats: [{groups: [owners], count: 2}]}
  - name: nobody deletes
    request: {kind: statement, statement: DELETE FROM orders WHERE id = 7}
    expect: {outcome: deny, rule: deletes}
`
)

func TestPolicyTestRunsTheTestsBesideAPolicy(t *testing.T) {
	t.Parallel()
	dir := policyFiles(t, map[string]string{"shop.yaml": shopPolicy, "shop.test.yaml": shopTests})
	out, _, err := policyCommand(t, "test", filepath.Join(dir, "shop.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"✓ reads need two  review  reads\n", "✓ nobody deletes  deny    deletes\n", "2 passed, 0 failed\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
}

func TestPolicyTestSaysWhatDiffersAndExits1(t *testing.T) {
	t.Parallel()
	dir := policyFiles(t, map[string]string{
		"shop.yaml": shopPolicy,
		"x.test.yaml": `version: 1
tests:
  - name: anybody reads
    request: {kind: access, profile: read}
    expect: {outcome: allow}
`,
	})
	args := []string{"test", filepath.Join(dir, "x.test.yaml"), filepath.Join(dir, "shop.yaml")}
	out, _, err := policyCommand(t, args...)
	var exit exitError
	if !errors.As(err, &exit) || exit.code != 1 {
		t.Errorf("got %v, want exit code 1", err)
	}
	for _, want := range []string{"✗ anybody reads", "x.test.yaml:3: anybody reads\n  the outcome is review, not allow\n", "No test is decided by deletes.\n", "0 passed, 1 failed\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	out, _, err = policyCommand(t, append(args, "--format", "json")...)
	var report policyReport
	if jsonErr := json.Unmarshal([]byte(out), &report); jsonErr != nil || !errors.As(err, &exit) {
		t.Fatalf("%v, %v: %s", jsonErr, err, out)
	}
	if report.Failed != 1 || report.Tests[0].Rule != "reads" || report.Tests[0].Wrong[0] != "the outcome is review, not allow" || report.Untested[0] != "deletes" {
		t.Errorf("got %+v", report)
	}
}

func TestPolicyTestTellsEveryMistakeAtOnce(t *testing.T) {
	t.Parallel()
	dir := policyFiles(t, map[string]string{
		"shop.yaml":      "version: 1\nrules:\n  - {name: A, allow: true}\n  - {name: b}\n",
		"shop.test.yaml": "version: 1\ntests:\n  - {name: a}\n",
	})
	_, stderr, err := policyCommand(t, "test", filepath.Join(dir, "shop.yaml"))
	var exit exitError
	if !errors.As(err, &exit) || exit.code != 2 {
		t.Errorf("got %v, want exit code 2", err)
	}
	for _, want := range []string{"shop.yaml:3:12: ", "shop.yaml:4:5: ", "shop.test.yaml:3:5: "} {
		if !strings.Contains(stderr, want) {
			t.Errorf("%q is not in\n%s", want, stderr)
		}
	}
}

func TestPolicyTestNeedsTests(t *testing.T) {
	t.Parallel()
	dir := policyFiles(t, map[string]string{"shop.yaml": shopPolicy})
	for _, args := range [][]string{{"test", filepath.Join(dir, "shop.yaml")}, {"test", filepath.Join(dir, "none.yaml")}, {"test", "--format", "xml"}, {"explain", "--policy", "none.yaml"}} {
		if _, _, err := policyCommand(t, args...); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%v: got %v, want a fault of kind invalid", args, err)
		}
	}
}

func TestTheShippedPolicyCanBeTestedPrintedAndBegunWith(t *testing.T) {
	t.Parallel()
	out, _, err := policyCommand(t, "test")
	if err != nil || !strings.Contains(out, " 0 failed\n") || strings.Contains(out, "No test is decided by") {
		t.Errorf("%v\n%s", err, out)
	}
	text, _, err := policyCommand(t, "shipped")
	if err != nil {
		t.Fatal(err)
	}
	dir := policyFiles(t, map[string]string{"mine.yaml": text, "mine.test.yaml": shopTests})
	if out, _, err = policyCommand(t, "test", filepath.Join(dir, "mine.yaml")); !strings.Contains(out, "0 passed, 2 failed") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestPolicyExplainShowsEveryStep(t *testing.T) {
	t.Parallel()
	dir := policyFiles(t, map[string]string{"shop.yaml": shopPolicy})
	out, _, err := policyCommand(t, "explain", "--policy", filepath.Join(dir, "shop.yaml"), "--database", "shop", "--profile", "write", "--requester", "alice",
		"--statement", "DELETE FROM orders WHERE id = 7")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"alice runs a statement on shop as write: write, ",
		"├─ · reads    only for profiles read, and this is write\n",
		"└─ ✓ deletes  denies: Nobody deletes here.\n",
		"DENY by deletes (sha256:", "  Nobody deletes here.\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	out, _, err = policyCommand(t, "explain", "--database", "shop", "--profile", "masked-read", "--for", "2h")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"somebody asks for access to shop as masked-read for 2h\n", "REVIEW by masked-access-needs-a-reviewer", "1 of db-reviewers or db-admins · reactions count · within 24h\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
}

func TestPolicyExplainSpeaksJSON(t *testing.T) {
	t.Parallel()
	out, _, err := policyCommand(t, "explain", "--profile", "masked-read", "--statement", "SELECT id FROM orders WHERE id = 7", "--format", "json")
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Verdict struct{ Kind, Level string }
		Route   struct {
			Outcome string
			Steps   []struct{ Rule string }
		}
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if got.Route.Outcome != "allow" || got.Verdict.Kind != "read" || len(got.Route.Steps) == 0 {
		t.Errorf("a masked read of one row: %+v", got)
	}
}

func TestAPolicyIsTriedWithTheDatabasesCatalog(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "shop.json")
	catalog := `{"tables": [{"schema": "shop", "name": "events", "rows": 90000000, "columns": []}], "functions": [], "types": []}`
	if err := os.WriteFile(path, []byte(catalog), 0o600); err != nil {
		t.Fatal(err)
	}
	levels := map[bool]string{}
	for _, with := range []bool{false, true} {
		args := []string{"policy", "explain", "--format", "json", "--database", "shop", "--profile", "masked-read", "--statement", "SELECT * FROM shop.events"}
		if with {
			args = append(args, "--catalog", path)
		}
		var out, errs bytes.Buffer
		if code := run(args, strings.NewReader(""), &out, &errs); code != 0 {
			t.Fatalf("exit code %d: %s", code, &errs)
		}
		var said struct {
			Verdict guardrails.Verdict `json:"verdict"`
		}
		if err := json.Unmarshal(out.Bytes(), &said); err != nil {
			t.Fatal(err)
		}
		levels[with] = string(said.Verdict.Level)
	}
	if levels[false] == levels[true] {
		t.Errorf("with and without the size of the table it is %s", levels[true])
	}
}
