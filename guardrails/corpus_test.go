package guardrails

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// statements reads the texts of a folder, which blank lines part.
func statements(t testing.TB, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", folder, "*.sql"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no texts in %s: %v", folder, err)
	}
	var all []string
	for _, path := range files {
		all = append(all, readStatements(t, path)...)
	}
	return all
}

func readStatements(t testing.TB, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n\n")
}

// TestAttacksStayRedLined holds every known way to hide an effect.
func TestAttacksStayRedLined(t *testing.T) {
	t.Parallel()
	for _, sql := range statements(t, "attacks") {
		if v := Classify(sql, nil); !v.Level.AtLeast(Medium) {
			t.Errorf("%s, %s: %s", v.Kind, v.Level, sql)
		}
	}
}

// TestHarmlessTextsStayQuiet holds what people and tools ask every day.
func TestHarmlessTextsStayQuiet(t *testing.T) {
	t.Parallel()
	for _, sql := range statements(t, "harmless") {
		v := Classify(sql, nil)
		if v.Level != Low || v.Kind != Read && v.Kind != Session || len(v.Findings) != 0 {
			t.Errorf("%s, %s, %+v: %s", v.Kind, v.Level, v.Findings, sql)
		}
	}
}

// TestGoldenVerdicts compares whole verdicts with those on file; -update writes
// them, and the difference is then read by a person.
func TestGoldenVerdicts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/[ahg]*/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			var b strings.Builder
			for _, sql := range readStatements(t, path) {
				writeVerdict(&b, sql, Classify(sql, nil))
			}
			fresh(t, strings.TrimSuffix(path, ".sql")+".golden", []byte(b.String()))
		})
	}
}

func writeVerdict(b *strings.Builder, sql string, v Verdict) {
	fmt.Fprintf(b, "%s %s", v.Kind, v.Level)
	if v.Statements != 1 {
		fmt.Fprintf(b, " %d statements", v.Statements)
	}
	if len(v.Relations) > 0 {
		fmt.Fprintf(b, " tables=%s", strings.Join(v.Relations, ","))
	}
	if len(v.Functions) > 0 {
		fmt.Fprintf(b, " functions=%s", strings.Join(v.Functions, ","))
	}
	fmt.Fprintf(b, "\n  %s\n", strings.ReplaceAll(sql, "\n", "\n  "))
	for _, f := range v.Findings {
		at := fmt.Sprintf("%q", sql[f.Start:f.End])
		if f.Start == 0 && f.End == len(sql) {
			at = "all"
		}
		fmt.Fprintf(b, "  - %s %s %s: %s\n", f.Rule, f.Level, at, f.Message)
	}
	b.WriteByte('\n')
}

func TestEachRuleFiresOnItsExampleAndNotOnTheOther(t *testing.T) {
	t.Parallel()
	for _, rule := range Rules() {
		t.Run(rule.ID, func(t *testing.T) {
			t.Parallel()
			var cat *Catalog
			if rule.NeedsCatalog {
				cat = exampleCatalog
			}
			fires := func(sql string) bool {
				return slices.ContainsFunc(Classify(sql, cat).Findings, func(f Finding) bool { return f.Rule == rule.ID })
			}
			if rule.Fires != "" && !fires(rule.Fires) {
				t.Errorf("does not fire on %s: %+v", rule.Fires, Classify(rule.Fires, cat))
			}
			if rule.Quiet != "" && fires(rule.Quiet) {
				t.Errorf("fires on %s", rule.Quiet)
			}
		})
	}
}

func TestRulesAreToldApart(t *testing.T) {
	t.Parallel()
	ids, names := map[string]bool{}, map[string]bool{}
	last := ""
	for _, r := range Rules() {
		if ids[r.ID] || names[r.Name] || r.ID <= last {
			t.Errorf("%s %s is given twice or out of order", r.ID, r.Name)
		}
		ids[r.ID], names[r.Name], last = true, true, r.ID
		if r.About == "" || r.Level == "" || (r.Fires == "") != (r.Quiet == "") {
			t.Errorf("%s is not described in full", r.ID)
		}
	}
}

// TestPlainReadsStayQuiet holds what psql's \d commands, pg_dump, three ORMs and
// people who look after databases ask, as a real server was asked it.
func TestPlainReadsStayQuiet(t *testing.T) {
	t.Parallel()
	texts := statements(t, "plain")
	for _, sql := range texts {
		if v := Classify(sql, nil); v.Level != Low || v.Kind != Read && v.Kind != Session {
			t.Errorf("%s, %s, %+v: %s", v.Kind, v.Level, v.Findings, sql)
		}
	}
	if len(texts) < 300 {
		t.Errorf("only %d texts", len(texts))
	}
}
