package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dbaccess/guardrails"
	"dbaccess/internal/devstack/pgtest"
)

// migrations writes files of SQL into a folder and returns their paths.
func migrations(t *testing.T, texts ...string) []string {
	t.Helper()
	dir := t.TempDir()
	paths := make([]string, len(texts))
	for i, sql := range texts {
		paths[i] = filepath.Join(dir, fmt.Sprintf("%03d.sql", i+1))
		if err := os.WriteFile(paths[i], []byte(sql), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return paths
}

func TestClassifyLintsFiles(t *testing.T) {
	t.Parallel()
	files := migrations(t, "SELECT 1;\n-- é\n  DROP TABLE a;\n", "\ufeffSELECT 2;\n", "")
	out, err := classifying(t, "", "--fail-on", "high", "-f", files[0], files[1], files[2]) // as a shell expands -f *.sql
	var exit exitError
	if !errors.As(err, &exit) || exit.code != exitAtLevel {
		t.Errorf("%v", err)
	}
	if again, _ := classifying(t, "", files...); again != out {
		t.Errorf("files without -f are read otherwise:\n%s", again)
	}
	want := `A: ddl · high · 2 statements

A:3:3: GR022 high  The statement drops an object; only a backup brings it back.
   3 │   DROP TABLE a;
     │   ^^^^^^^^^^^^
   → Rename it first, and drop it when nothing has missed it.

A:1:1: GR005 medium  The text reads in one statement and changes something in another.
   1 │ SELECT 1;
     │ ^^^^^^^^^
   2 │ -- é
     │ ^^^^
   3 │   DROP TABLE a;
     │ ^^^^^^^^^^^^^^^
   → Ask for each statement on its own, so that nobody overlooks one.

B: read · low · 1 statement

C: read · low · 0 statements

3 files, 3 statements: 1 high, 1 medium
`
	want = strings.NewReplacer("A:", files[0]+":", "B:", files[1]+":", "C:", files[2]+":").Replace(want)
	if out != want {
		t.Errorf("got\n%s\nwant\n%s", out, want)
	}
}

func TestClassifyMarksTheLinesOfAPullRequest(t *testing.T) {
	t.Parallel()
	files := migrations(t, "SELECT 1,\n  pg_sleep(10)")
	out, err := classifying(t, "", "--format", "github", "-f", files[0])
	if err != nil {
		t.Fatal(err)
	}
	want := "::warning file=" + files[0] + ",line=2,endLine=2,col=3,endColumn=11,title=GR071 function-with-effect (medium)::The function pg_sleep holds a connection"
	if !strings.HasPrefix(out, want) || strings.Count(out, "\n") != 1 {
		t.Errorf("got %s\nwant %s…", out, want)
	}
	out, err = classifying(t, "DROP TABLE \"a\n::b%\"", "--format", "github")
	if err != nil || strings.Count(out, "\n") != strings.Count(out, "::error ") {
		t.Errorf("%v: a name broke out of its line: %s", err, out)
	}
}

func TestClassifyTellsPlacesInJSON(t *testing.T) {
	t.Parallel()
	files := migrations(t, "SELECT 'é', pg_sleep(1)", "DROP TABLE a")
	out, err := classifying(t, "", "--format", "json", "-f", files[0], "-f", files[1])
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(strings.NewReader(out))
	var got struct {
		File, Kind, Level string
		Statements        int
		Findings          []struct {
			Rule                     string
			Start, End, Line, Column int
		}
	}
	if err := d.Decode(&got); err != nil || got.File != files[0] || got.Kind != "read" || len(got.Findings) != 1 ||
		got.Findings[0].Column != 13 || got.Findings[0].Line != 1 || got.Findings[0].Start != 13 || got.Findings[0].End != 21 {
		t.Errorf("%v %+v", err, got)
	}
	if err := d.Decode(&got); err != nil || got.File != files[1] || got.Kind != "ddl" {
		t.Errorf("%v %+v", err, got)
	}
	if err := d.Decode(&got); !errors.Is(err, io.EOF) {
		t.Errorf("%v: more than two answers", err)
	}
}

func TestClassifyUnderlinesBehindTabsAndWideCharacters(t *testing.T) {
	t.Parallel()
	out, err := classifying(t, "", "SELECT\t'日本é\u0301😀',\tpg_sleep(1), '"+strings.Repeat("x", 200)+"'")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out, "\n")
	if !strings.HasPrefix(lines[3], "   1 │ SELECT  '日本é\u0301😀',  pg_sleep(1), 'xxx") || !strings.HasSuffix(lines[3], "x…") {
		t.Errorf("%q", lines[3])
	}
	// SELECT and two columns of tab, ' and three wide and one narrow, ', and a tab
	if want := "     │ " + strings.Repeat(" ", 20) + "^^^^^^^^"; lines[4] != want {
		t.Errorf("%q, want %q", lines[4], want)
	}
}

func TestClassifyReadsFilesLongerThanARequestMayBe(t *testing.T) {
	t.Parallel()
	files := migrations(t, strings.Repeat("INSERT INTO notes VALUES (1, 'a');\n", 5000)+"DROP TABLE notes;\n")
	out, err := classifying(t, "", "-f", files[0])
	if err != nil || !strings.Contains(out, ": ddl · high · 5001 statements") || !strings.Contains(out, files[0]+":5001:1: GR022") {
		t.Errorf("%v\n%.1000s", err, out)
	}
}

func TestClassifyKnowsADatabase(t *testing.T) {
	t.Parallel()
	url := pgtest.Shop(t, 10, nil)
	for _, c := range []struct {
		sql  string
		kind guardrails.Kind
	}{
		{"SELECT no_such_function()", guardrails.Unknown},
		{"SELECT count(*) FROM customers", guardrails.Read},
	} {
		out, err := classifying(t, "", "--format", "json", "--dsn", url, c.sql)
		var v guardrails.Verdict
		if err != nil || json.Unmarshal([]byte(out), &v) != nil || v.Kind != c.kind {
			t.Errorf("%s: %v %s", c.sql, err, out)
		}
	}
	for _, args := range [][]string{
		{"--dsn", "postgres://127.0.0.1:1/none", "SELECT 1"},
		{"--dsn", url, "--catalog", "x.json", "SELECT 1"},
		{"--profile", "read", "SELECT 1"},
		{"--catalog", filepath.Join(t.TempDir(), "none.json"), "SELECT 1"},
		{"-f", filepath.Join(t.TempDir(), "none.sql")},
		{"--batch", "--format", "github"},
		{"--batch", "SELECT 1"},
	} {
		if _, err := classifying(t, "", args...); err == nil {
			t.Errorf("%v was taken", args)
		}
	}
}

// TestBatchKeepsTheOrderOfManyAtOnce mixes texts that take long with such that do
// not.
func TestBatchKeepsTheOrderOfManyAtOnce(t *testing.T) {
	t.Parallel()
	slow := "SELECT 1 WHERE a IN (1" + strings.Repeat(",2", 10_000) + ")"
	var in strings.Builder
	const n = 3000
	for i := range n {
		sql := "SELECT 1"
		if i%500 == 0 {
			sql = slow
		}
		fmt.Fprintf(&in, `{"id":%d,"sql":%q}`+"\n", i, sql)
	}
	out, err := classifying(t, in.String(), "--batch")
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(strings.TrimSpace(out), "\n") {
		if !strings.HasPrefix(line, fmt.Sprintf(`{"id":%d,"kind":"read","level":"low","findings":[],"statements":1,`, i)) {
			t.Fatalf("line %d is %.200s", i, line)
		}
	}
	if n != strings.Count(out, "\n") {
		t.Errorf("%d answers", strings.Count(out, "\n"))
	}
}

// closed is a pipe that nobody reads any more.
type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestBatchEndsWhenNobodyReadsItsAnswers(t *testing.T) {
	t.Parallel()
	in, write := io.Pipe()
	defer write.Close()
	done := make(chan error, 1)
	go func() {
		_, err := answerLines(in, closed{}, nil)
		done <- err
	}()
	if _, err := io.WriteString(write, `{"id":1,"sql":"SELECT 1"}`+"\n"); err != nil {
		t.Fatal(err)
	}
	if err := <-done; !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("%v", err)
	}
}
