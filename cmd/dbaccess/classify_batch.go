package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"dbaccess/guardrails"
	"dbaccess/internal/fault"
)

// maxLine bounds one line of a batch. A longer one is answered without being
// held in memory.
const maxLine = 64 << 20

// answer is one line of output: the verdict, with the id of the question.
type answer struct {
	ID json.RawMessage `json:"id,omitempty"`
	guardrails.Verdict
}

// question is one line of input.
type question struct {
	ID  json.RawMessage `json:"id"`
	SQL *string         `json:"sql"`
}

// answerLines answers each line of in by one line, flushed at once, and returns
// the worst level of them. An unreadable line never stops the stream.
func answerLines(in io.Reader, out io.Writer, cat *guardrails.Catalog) (worst guardrails.Level, err error) {
	r := bufio.NewReaderSize(in, 64<<10)
	for {
		line, tooLong, err := readLine(r)
		if err != nil && !errors.Is(err, io.EOF) {
			return worst, err
		}
		if len(line) == 0 && !tooLong && errors.Is(err, io.EOF) {
			return worst, nil
		}
		a := answerLine(line, tooLong, cat)
		if worst == "" || a.Level.AtLeast(worst) {
			worst = a.Level
		}
		if err := writeAnswer(out, a); err != nil {
			return worst, err
		}
	}
}

// readLine returns a line without its end. Of a line over maxLine it returns
// nothing, and skips it.
func readLine(r *bufio.Reader) (line []byte, tooLong bool, err error) {
	for {
		part, err := r.ReadSlice('\n')
		if len(line)+len(part) > maxLine {
			line, tooLong = nil, true
		}
		if !tooLong {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return bytes.TrimRight(line, "\r\n"), tooLong, err
		}
	}
}

// answerLine answers one line.
func answerLine(line []byte, tooLong bool, cat *guardrails.Catalog) answer {
	if tooLong {
		return unreadable(nil, "The line is too long to be read.")
	}
	var q question
	if err := json.Unmarshal(line, &q); err != nil {
		return unreadable(nil, "The line is not a JSON object with an id and an sql: "+err.Error()+".")
	}
	id := q.ID
	if id == nil {
		id = json.RawMessage("null")
	}
	switch {
	case q.SQL == nil:
		return unreadable(id, "The line holds no sql.")
	case strings.ContainsRune(*q.SQL, utf8.RuneError) && !utf8.Valid(line), loneSurrogate(line):
		return unreadable(id, "The text is not valid Unicode, so that it may mean something else to the server.")
	}
	return answer{ID: id, Verdict: guardrails.Classify(*q.SQL, cat)}
}

// loneSurrogate reports whether a JSON text may escape half of a character: Go
// reads it as another one, so what would be classified is not what was meant.
func loneSurrogate(line []byte) bool {
	for i := 0; i+5 < len(line); i++ {
		if line[i] != '\\' {
			continue
		}
		if line[i+1] != 'u' {
			i++ // the escaped character, which may be a backslash
			continue
		}
		switch high(line[i+2:]) {
		case 'h':
			if i+11 >= len(line) || line[i+6] != '\\' || line[i+7] != 'u' || high(line[i+8:]) != 'l' {
				return true
			}
			i += 11
		case 'l':
			return true
		default:
			i += 5
		}
	}
	return false
}

// high says whether four hexadecimal digits are a high ('h') or a low ('l') surrogate.
func high(hex []byte) byte {
	if hex[0] != 'd' && hex[0] != 'D' {
		return 0
	}
	switch c := hex[1] | 0x20; {
	case c == '8' || c == '9' || c == 'a' || c == 'b':
		return 'h'
	case 'c' <= c && c <= 'f':
		return 'l'
	}
	return 0
}

// unreadable is the answer to a line that cannot be read.
func unreadable(id json.RawMessage, why string) answer {
	if id == nil {
		id = json.RawMessage("null")
	}
	return answer{ID: id, Verdict: guardrails.Verdict{
		Kind: guardrails.Unknown, Level: guardrails.Critical, Relations: []string{}, Functions: []string{},
		Findings: []guardrails.Finding{{
			Rule: guardrails.NotText, Level: guardrails.Critical, Message: why, Hint: `Send {"id": …, "sql": "…"} on one line, in UTF-8.`,
		}},
	}}
}

// writeAnswer writes one line of JSON in a single write.
func writeAnswer(out io.Writer, a answer) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(a); err != nil {
		return err
	}
	_, err := out.Write(b.Bytes())
	return err
}

// readCatalog reads a catalog from a JSON file; nil if no path is given.
func readCatalog(path string) (*guardrails.Catalog, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.New(fault.Invalid, "The catalog "+path+" cannot be read.", "Check the path and its permissions.").With(err)
	}
	cat := new(guardrails.Catalog)
	if err := json.Unmarshal(text, cat); err != nil {
		return nil, fault.New(fault.Invalid, "The catalog "+path+" is not what a catalog looks like.", "See docs/guardrails.md.").With(err)
	}
	return cat, nil
}
