package arch

import (
	"go/ast"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
)

// revealing are the files in which a secret may leave its wrapper, each with the
// reason. Everything else only passes secrets on. Keep it short.
var revealing = map[string]string{
	"internal/api/reveal.go":          "shows a credential to its holder, and hashes codes",
	"internal/api/v1/reveal.go":       "shows a new token to whom it was made for",
	"bot/claim.go":                    "puts a one-time code into its holder's modal",
	"credentials/postgres/sql.go":     "makes the scram verifier, so that no SQL text holds a password",
	"credentials/postgres/setup.go":   "refuses an empty password",
	"credentials/postgres/targets.go": "logs in to the targets as issuer and monitor",
	"cmd/dbaccess/remote.go":          "puts the caller's token into its calls",
	"cmd/dbaccess/login.go":           "exchanges the identity token, and prints an agent's own if asked to",
	"internal/login/keep.go":          "keeps a token for its owner",
	"internal/tokens/secret.go":       "hashes tokens, and gives a foreign one to its verifier",
	"internal/target/session.go":      "logs in to run an approved statement",
}

func TestSecretsAreRevealedInFewPlaces(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	for _, f := range sources(t) {
		if f.test || slices.Contains(forTests, f.pkg) {
			continue
		}
		f.calls(func(call *ast.CallExpr, _, name string) {
			if name != "Reveal" {
				return
			}
			found[f.path] = true
			if _, ok := revealing[f.path]; !ok {
				t.Errorf("%s reveals a secret; only these may: %s", f.at(call), strings.Join(slices.Sorted(maps.Keys(revealing)), ", "))
			}
		})
	}
	for file := range revealing {
		if !found[file] {
			t.Errorf("%s may reveal secrets and does not: take it off the list", file)
		}
	}
}

func TestFilesAndFunctionsStayReadable(t *testing.T) {
	t.Parallel()
	for _, f := range sources(t) {
		if ast.IsGenerated(f.file) {
			continue
		}
		most := 400
		if f.test {
			most = 600 // tables and stories are read in parts
		}
		if f.lines > most {
			t.Errorf("%s has %d lines, more than %d: split it by idea", f.path, f.lines, most)
		}
		for _, d := range f.file.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || f.test {
				continue
			}
			if lines := f.fset.Position(fn.End()).Line - f.fset.Position(fn.Pos()).Line + 1; lines > 60 {
				t.Errorf("%s: %s has %d lines, more than 60: say its steps by name", f.at(fn), fn.Name.Name, lines)
			}
		}
	}
}

func TestEveryPackageTellsItsIdeaInItsDocFile(t *testing.T) {
	t.Parallel()
	told := map[string]bool{}
	for _, f := range sources(t) {
		if f.test {
			continue
		}
		if _, ok := told[f.pkg]; !ok {
			told[f.pkg] = false
		}
		if f.file.Doc == nil {
			continue
		}
		if path.Base(f.path) != "doc.go" {
			t.Errorf("%s has a package comment, which belongs in doc.go", f.path)
			continue
		}
		first := f.file.Doc.Text()
		if !strings.HasPrefix(first, "Package "+f.file.Name.Name+" ") && f.file.Name.Name != "main" {
			t.Errorf("%s does not begin with \"Package %s …\"", f.path, f.file.Name.Name)
		}
		told[f.pkg] = true
	}
	for pkg, ok := range told {
		if !ok {
			t.Errorf("%s has no doc.go that tells its idea", pkg)
		}
	}
}

// TestTestsWaitForConditions allows sleeping only where testing/synctest is used,
// in whose bubbles the clock jumps, and skipping only with a reason.
func TestTestsWaitForConditions(t *testing.T) {
	t.Parallel()
	for _, f := range sources(t) {
		if !f.test {
			continue
		}
		bubbles := slices.Contains(f.imports, "testing/synctest")
		f.calls(func(call *ast.CallExpr, on, name string) {
			switch {
			case on == "time" && name == "Sleep" && !bubbles:
				t.Errorf("%s sleeps: wait for the condition, or use testing/synctest", f.at(call))
			case name == "SkipNow" || name == "Skip" && len(call.Args) == 0 && (on == "t" || on == "b" || on == "tb"):
				t.Errorf("%s skips without a reason", f.at(call))
			}
		})
	}
}
