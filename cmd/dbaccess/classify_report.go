package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"dbaccess/guardrails"
)

// report writes what was found in one text after the other.
type report struct {
	out    io.Writer
	format string
	colour bool

	texts, statements int
	named             bool // any came from a file
	found             map[guardrails.Level]int
}

func newReport(out io.Writer, format string) *report {
	return &report{out: out, format: format, colour: colourful(out), found: map[guardrails.Level]int{}}
}

// text writes one text's verdict.
func (r *report) text(t text, v guardrails.Verdict) error {
	r.texts++
	r.statements += v.Statements
	r.named = r.named || t.file != ""
	for _, f := range v.Findings {
		r.found[f.Level]++
	}
	var b []byte
	var err error
	switch r.format {
	case "json":
		b, err = locatedJSON(t, v)
	case "github":
		b = annotations(t, v)
	default:
		if r.texts > 1 {
			b = append(b, '\n')
		}
		b = append(b, drawVerdict(t, v, r.colour)...)
	}
	if err != nil {
		return err
	}
	_, err = r.out.Write(b)
	return err
}

// end writes the sum of several files.
func (r *report) end() error {
	if r.format != "human" || !r.named || r.texts < 2 {
		return nil
	}
	var found []string
	for _, l := range []guardrails.Level{guardrails.Critical, guardrails.High, guardrails.Medium} {
		if n := r.found[l]; n > 0 {
			found = append(found, fmt.Sprintf("%d %s", n, l))
		}
	}
	if len(found) == 0 {
		found = []string{"nothing found"}
	}
	_, err := fmt.Fprintf(r.out, "\n%s, %s: %s\n", counted(r.texts, "file"), counted(r.statements, "statement"), strings.Join(found, ", "))
	return err
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// place returns the line of a byte of a text and the character in it, from 1.
func place(sql string, at int) (line, column int) {
	before := sql[:min(at, len(sql))]
	return 1 + strings.Count(before, "\n"), 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
}

// located is a finding with its place as editors count.
type located struct {
	guardrails.Finding
	Line   int `json:"line"`
	Column int `json:"column"`
}

// locatedJSON writes a verdict as one line of JSON.
func locatedJSON(t text, v guardrails.Verdict) ([]byte, error) {
	findings := make([]located, len(v.Findings))
	for i, f := range v.Findings {
		findings[i].Finding = f
		findings[i].Line, findings[i].Column = place(t.sql, f.Start)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(struct {
		File string `json:"file,omitempty"`
		guardrails.Verdict
		Findings []located `json:"findings"` // instead of the verdict's own
	}{t.file, v, findings})
	return b.Bytes(), err
}

// annotations writes findings as commands that GitHub Actions shows at the lines
// of a pull request.
// https://docs.github.com/actions/reference/workflow-commands-for-github-actions
func annotations(t text, v guardrails.Verdict) []byte {
	var b bytes.Buffer
	names := map[string]string{}
	for _, r := range guardrails.Rules() {
		names[r.ID] = r.Name
	}
	for _, f := range v.Findings {
		command := "warning"
		if f.Level.AtLeast(guardrails.High) {
			command = "error"
		}
		line, column := place(t.sql, f.Start)
		endLine, endColumn := place(t.sql, f.End)
		where := ""
		if t.file != "" {
			where = "file=" + annotationProperty.Replace(t.file) + ","
		}
		message := f.Message
		if f.Hint != "" {
			message += " " + f.Hint
		}
		fmt.Fprintf(&b, "::%s %sline=%d,endLine=%d,col=%d,endColumn=%d,title=%s %s (%s)::%s\n", command, where, line, endLine, column, endColumn,
			f.Rule, names[f.Rule], f.Level, annotationText.Replace(plainText(message)))
	}
	return b.Bytes()
}

var (
	annotationText     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	annotationProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
