package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const module = "dbaccess"

// source is one Go file of the product.
type source struct {
	path    string // from the repository's root, with slashes
	pkg     string // the folder it is in
	test    bool
	imports []string
	lines   int
	file    *ast.File
	fset    *token.FileSet
}

// parseAll reads the whole product with go/parser. Asking the go command would
// hide changes: the test cache does not see what a child process reads.
var parseAll = sync.OnceValues(func() ([]source, error) {
	const root = "../.."
	var all []source
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			base := d.Name()
			// tools are modules of their own.
			if rel == "tools" || base == "testdata" || base == "node_modules" || rel != "." && strings.HasPrefix(base, ".") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(rel, ".go") {
			return nil
		}
		s, err := parse(name, rel)
		all = append(all, s)
		return err
	})
	return all, err
})

func parse(name, rel string) (source, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return source{}, err
	}
	s := source{path: rel, pkg: path.Dir(rel), test: strings.HasSuffix(rel, "_test.go"), fset: token.NewFileSet()}
	s.lines = strings.Count(string(text), "\n")
	if s.file, err = parser.ParseFile(s.fset, rel, text, parser.ParseComments); err != nil {
		return source{}, err
	}
	for _, spec := range s.file.Imports {
		value, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return source{}, err
		}
		s.imports = append(s.imports, value)
	}
	return s, nil
}

func sources(t *testing.T) []source {
	t.Helper()
	all, err := parseAll()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// calls gives every call of a selector ("x.Name(…)") in the file to f.
func (s source) calls(f func(call *ast.CallExpr, on, name string)) {
	ast.Inspect(s.file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
			on := ""
			if id, ok := sel.X.(*ast.Ident); ok {
				on = id.Name
			}
			f(call, on, sel.Sel.Name)
		}
		return true
	})
}

// at is where a node stands, for a message.
func (s source) at(n ast.Node) string {
	return s.fset.Position(n.Pos()).String()
}
