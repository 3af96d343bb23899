package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"dbaccess/guardrails"
	"dbaccess/internal/fault"
)

// maxClassified bounds what is read of a file or of standard input.
const maxClassified = 64 << 20

// text is one piece of SQL and where it came from.
type text struct {
	file string // empty for an argument or standard input
	sql  string
}

// readTexts returns the texts to classify: the arguments as one, the files one by
// one, or standard input. Behind -f, arguments are files: a shell makes them of
// -f migrations/*.sql. So are arguments that all name files, which no SQL does.
func readTexts(cmd *cobra.Command, args, files []string) ([]text, error) {
	if len(files) == 0 && len(args) > 0 && !slices.ContainsFunc(args, notAFile) {
		files, args = args, nil
	}
	if len(files) == 0 && len(args) > 0 {
		return []text{{sql: strings.Join(args, " ")}}, nil
	}
	if len(files) == 0 {
		files = []string{"-"}
	}
	var texts []text
	for _, path := range append(files, args...) {
		if path == "-" {
			sql, err := readAll(cmd.InOrStdin(), "standard input")
			if err != nil {
				return nil, err
			}
			texts = append(texts, text{sql: sql})
			continue
		}
		f, err := openInput(path)
		if err != nil {
			return nil, err
		}
		sql, err := readAll(f, "the file "+path)
		f.Close()
		if err != nil {
			return nil, err
		}
		texts = append(texts, text{file: path, sql: strings.TrimPrefix(sql, "\ufeff")}) // as psql does
	}
	return texts, nil
}

// notAFile reports whether an argument names no file.
func notAFile(arg string) bool {
	info, err := os.Stat(arg)
	return err != nil || !info.Mode().IsRegular()
}

func openInput(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.New(fault.Invalid, "The file "+path+" cannot be read.", "Check the path and its permissions.").With(err)
	}
	return f, nil
}

// readAll reads a text, and none that it would have to cut.
func readAll(in io.Reader, what string) (string, error) {
	var b bytes.Buffer
	n, err := io.Copy(&b, io.LimitReader(in, maxClassified+1))
	switch {
	case err != nil:
		return "", fault.New(fault.Invalid, "What is in "+what+" cannot be read.", "Check that it is a file of SQL.").With(err)
	case n > maxClassified:
		return "", fault.New(fault.Invalid, "There are more than 64 MiB in "+what+".", "Split it.")
	}
	return b.String(), nil
}

// readCatalog reads a catalog from a JSON file; nil if no path is given.
func readCatalog(path string) (*guardrails.Catalog, error) {
	if path == "" {
		return nil, nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.New(fault.Invalid, "The catalog "+path+" cannot be read.", "Check the path and its permissions.").With(err)
	}
	cat := new(guardrails.Catalog)
	if err := json.Unmarshal(content, cat); err != nil {
		return nil, fault.New(fault.Invalid, "The catalog "+path+" is not what a catalog looks like.", "`dbaccess catalog dump` writes one.").With(err)
	}
	return cat, nil
}
