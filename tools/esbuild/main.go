// Command esbuild bundles the TypeScript of our browser pages, so that neither
// building nor testing dbaccess needs Node. From the repository's top:
//
//	go run -C tools/esbuild . -in $PWD/internal/devslack/page -out $PWD/internal/devslack/dist
//
// It bundles and minifies main.ts of the folder -in, with everything it imports,
// and page.css with its fonts, and copies index.html and the fonts' licence. The
// output is committed beside its source; a test bundles again and compares, so
// equal input must give equal bytes.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

func main() {
	in := flag.String("in", "", "folder with main.ts, page.css, index.html and font/OFL.txt")
	out := flag.String("out", "", "folder to write page.js, page.css, index.html and font/ to")
	flag.Parse()
	if err := bundle(*in, *out); err != nil {
		fmt.Fprintln(os.Stderr, "esbuild:", err)
		os.Exit(1)
	}
}

func bundle(in, out string) error {
	if in == "" || out == "" {
		return fmt.Errorf("both -in and -out are needed")
	}
	in, err := filepath.Abs(in)
	if err != nil {
		return fmt.Errorf("find %s: %w", in, err)
	}
	if out, err = filepath.Abs(out); err != nil {
		return fmt.Errorf("find %s: %w", out, err)
	}
	result := api.Build(api.BuildOptions{
		AbsWorkingDir:       in,
		EntryPointsAdvanced: []api.EntryPoint{{InputPath: "main.ts", OutputPath: "page"}, {InputPath: "page.css", OutputPath: "page"}},
		Outdir:              out,
		AssetNames:          "font/[name]",
		Loader:              map[string]api.Loader{".woff2": api.LoaderFile},
		Bundle:              true,
		Format:              api.FormatIIFE,
		Target:              api.ES2022,
		MinifyWhitespace:    true,
		MinifySyntax:        true,
		MinifyIdentifiers:   true,
		Charset:             api.CharsetUTF8,
		LegalComments:       api.LegalCommentsNone,
		TsconfigRaw:         `{"compilerOptions":{"strict":true}}`,
	})
	var problems []error
	for _, m := range append(result.Errors, result.Warnings...) {
		where := ""
		if l := m.Location; l != nil {
			where = fmt.Sprintf("%s:%d:%d: ", l.File, l.Line, l.Column)
		}
		problems = append(problems, fmt.Errorf("%s%s", where, m.Text))
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(out, "font"), 0o755); err != nil {
		return fmt.Errorf("make %s: %w", out, err)
	}
	for _, f := range result.OutputFiles {
		if err := os.WriteFile(f.Path, f.Contents, 0o644); err != nil {
			return fmt.Errorf("write the bundle: %w", err)
		}
	}
	for _, name := range []string{"index.html", "font/OFL.txt"} {
		content, err := os.ReadFile(filepath.Join(in, name))
		if err != nil {
			return fmt.Errorf("read the page: %w", err)
		}
		if err := os.WriteFile(filepath.Join(out, name), content, 0o644); err != nil {
			return fmt.Errorf("write the page: %w", err)
		}
	}
	return nil
}
