package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dbaccess/guardrails"
)

// classifying runs `dbaccess classify` and returns what it wrote.
func classifying(t *testing.T, stdin string, args ...string) (string, error) {
	t.Helper()
	cmd := newClassifyCommand()
	var out bytes.Buffer
	cmd.SetArgs(args)
	cmd.SetIn(strings.NewReader(stdin))
	cmd.SetOut(&out)
	cmd.SetErr(io.Discard)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	err := cmd.Execute()
	return out.String(), err
}

func TestClassifyUnderlinesTheOffendingText(t *testing.T) {
	t.Parallel()
	out, err := classifying(t, "", "SELECT 1,\n  pg_sleep(10)")
	if err != nil {
		t.Fatal(err)
	}
	want := `read · medium · 1 statement

 GR071 medium  The function pg_sleep holds a connection, and whatever it has locked, while doing nothing.
   2 │   pg_sleep(10)
     │   ^^^^^^^^

functions  pg_sleep
`
	if out != want {
		t.Errorf("got\n%s\nwant\n%s", out, want)
	}
}

func TestClassifyDrawsNoControlCharactersOfTheText(t *testing.T) {
	t.Parallel()
	out, err := classifying(t, "", "DELETE FROM \"a\x1b[2J\u202eb\"")
	if err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(out, "\x1b\u202e") {
		t.Errorf("the drawing holds what a terminal would act on: %q", out)
	}
}

func TestClassifyReadsArgumentsFilesAndStandardInput(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.sql")
	if err := os.WriteFile(path, []byte("DROP TABLE x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		stdin string
		args  []string
	}{
		"arguments":      {"", []string{"--format", "json", "DROP", "TABLE", "x"}},
		"file":           {"", []string{"--format", "json", "--file", path}},
		"standard input": {"DROP TABLE x", []string{"--format", "json"}},
		"a dash":         {"DROP TABLE x", []string{"--format", "json", "--file", "-"}},
	} {
		out, err := classifying(t, c.stdin, c.args...)
		var v guardrails.Verdict
		if err != nil || json.Unmarshal([]byte(out), &v) != nil || v.Kind != guardrails.DDL || v.Level != guardrails.High {
			t.Errorf("%s: %v %s", name, err, out)
		}
	}
}

func TestClassifyFailsAtTheAskedLevel(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		code int
	}{
		{[]string{"--fail-on", "high", "DROP TABLE x"}, exitAtLevel},
		{[]string{"--fail-on", "critical", "DROP TABLE x"}, 0},
		{[]string{"--fail-on", "medium", "SELECT 1"}, 0},
		{[]string{"--fail-on", "low", "SELECT 1"}, exitAtLevel},
	} {
		_, err := classifying(t, "", c.args...)
		var exit exitError
		errors.As(err, &exit)
		if exit.code != c.code {
			t.Errorf("%v: %v", c.args, err)
		}
	}
	if _, err := classifying(t, "", "--fail-on", "huge", "SELECT 1"); err == nil {
		t.Error("an unknown level was taken")
	}
}

func TestBatchAnswersEveryLineInOrder(t *testing.T) {
	t.Parallel()
	in := strings.Join([]string{
		`{"id":1,"sql":"SELECT 1"}`,
		`{"id":"b","sql":"DELETE FROM orders"}`,
		`not json`,
		``,
		`{"id":{"deep":[1.50,"<é>"]}}`,
		`{"sql":"SELECT '<&>'"}`,
		`{"id":12345678901234567890,"sql":"SELECT \ud800"}`,
		"{\"id\":7,\"sql\":\"SELECT '\xff'\"}",
		`{"id":8,"sql":"SELECT '\\ud800', '\ud83d\ude00'"}`,
		`{"id":9,"sql":"SELECT '` + strings.Repeat("x", 1<<20) + `'"}`,
		`{"id":10,"sql":"SELECT 2"}`,
	}, "\n") // without an end to the last line
	out, err := classifying(t, in, "--batch", "--format", "json")
	if err != nil {
		t.Fatal(err)
	}
	want := []struct{ id, kind, level string }{
		{`1`, "read", "low"},
		{`"b"`, "write", "high"},
		{`null`, "unknown", "critical"},
		{`null`, "unknown", "critical"},
		{`{"deep":[1.50,"<é>"]}`, "unknown", "critical"},
		{`null`, "read", "low"},
		{`12345678901234567890`, "unknown", "critical"},
		{`7`, "unknown", "critical"},
		{`8`, "read", "low"},
		{`9`, "unknown", "critical"},
		{`10`, "read", "low"},
	}
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if len(lines) != len(want) {
		t.Fatalf("%d answers to %d lines", len(lines), len(want))
	}
	for i, line := range lines {
		var a struct {
			ID          json.RawMessage
			Kind, Level string
			Findings    []guardrails.Finding
			Relations   []string
			Functions   []string
		}
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if string(a.ID) != want[i].id || a.Kind != want[i].kind || a.Level != want[i].level {
			t.Errorf("line %d: %.200s, want %v", i+1, line, want[i])
		}
		if a.Findings == nil || a.Relations == nil || a.Functions == nil || (a.Level != "low") != (len(a.Findings) > 0) {
			t.Errorf("line %d: %.200s", i+1, line)
		}
	}
}

// TestBatchAnswersBeforeTheNextLineComes holds a conversation over pipes.
func TestBatchAnswersBeforeTheNextLineComes(t *testing.T) {
	t.Parallel()
	questions, in := io.Pipe()
	out, answers := io.Pipe()
	done := make(chan error, 1)
	go func() {
		_, err := answerLines(questions, answers, nil)
		answers.Close()
		done <- err
	}()
	d := json.NewDecoder(out)
	for i := range 3 {
		if _, err := io.WriteString(in, `{"id":5,"sql":"SELECT 1"}`+"\n"); err != nil {
			t.Fatal(err)
		}
		var a struct{ Kind string }
		if err := d.Decode(&a); err != nil || a.Kind != "read" {
			t.Fatalf("answer %d: %v %v", i, a, err)
		}
	}
	in.Close()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// endless is a line that does not end before n bytes.
type endless struct{ n int }

func (e *endless) Read(p []byte) (int, error) {
	if e.n <= 0 {
		return 0, io.EOF
	}
	n := min(len(p), e.n)
	for i := range n {
		p[i] = 'x'
	}
	e.n -= n
	return n, nil
}

func TestBatchSkipsALineThatIsTooLongForMemory(t *testing.T) {
	t.Parallel()
	in := io.MultiReader(&endless{n: maxLine + 100}, strings.NewReader("\n{\"id\":2,\"sql\":\"SELECT 1\"}\n"))
	var out bytes.Buffer
	if _, err := answerLines(in, &out, nil); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], "too long") || !strings.HasPrefix(lines[1], `{"id":2,"kind":"read"`) {
		t.Errorf("%.300s", out.String())
	}
}
