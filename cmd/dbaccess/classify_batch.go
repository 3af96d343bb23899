package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"runtime"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"dbaccess/guardrails"
	"dbaccess/internal/fault"
)

// maxLine bounds one line of a batch. A longer one is answered without being
// held in memory.
const maxLine = 64 << 20

// answer is one line of output: the verdict, with the id of the question.
type answer struct {
	ID json.RawMessage `json:"id"`
	guardrails.Verdict
	Error string `json:"error,omitempty"` // why the line could not be read
}

// question is one line of input.
type question struct {
	ID  json.RawMessage `json:"id"`
	SQL *string         `json:"sql"`
}

// classifyBatch answers lines until the input ends and returns the worst level.
func classifyBatch(cmd *cobra.Command, args []string, o classifyOptions, cat *guardrails.Catalog) (guardrails.Level, error) {
	if len(args) > 0 || len(o.files) > 1 {
		return "", fault.New(fault.Invalid, "--batch reads one stream, and no SQL from the arguments.", "Give one JSON object a line in one --file, or on standard input.")
	}
	if o.format == "github" {
		return "", fault.New(fault.Invalid, "--batch answers in JSON.", "Leave --format out.")
	}
	in := cmd.InOrStdin()
	if len(o.files) == 1 && o.files[0] != "-" {
		f, err := openInput(o.files[0])
		if err != nil {
			return "", err
		}
		defer f.Close()
		in = f
	}
	return answerLines(in, cmd.OutOrStdout(), cat)
}

// Bounds of what a batch has in hand: lines that wait for their answers' turn, and
// from how many bytes on a line is answered before the next one is read.
const (
	maxWaiting = 256
	largeLine  = 1 << 20
)

// waiting is a line whose answer is being made.
type waiting struct {
	line    []byte
	tooLong bool
	done    chan struct{}
	answer  answer
}

// answerLines answers each line of in by one line, in order, flushed as soon as it
// is its turn, and returns the worst level of them. As many lines are classified at
// once as there are processors. An unreadable line never stops the stream.
func answerLines(in io.Reader, out io.Writer, cat *guardrails.Catalog) (guardrails.Level, error) {
	work, turns := make(chan *waiting, maxWaiting), make(chan *waiting, maxWaiting)
	stop := make(chan struct{}) // closed when nobody reads the answers any more
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for w := range work {
				w.answer = answerLine(w.line, w.tooLong, cat)
				close(w.done)
			}
		})
	}
	var readErr error
	workers.Go(func() {
		defer close(turns)
		defer close(work)
		readErr = readLines(in, stop, func(w *waiting) {
			turns <- w
			work <- w
		})
	})
	var worst guardrails.Level
	for w := range turns {
		<-w.done
		if worst == "" || w.answer.Level.AtLeast(worst) {
			worst = w.answer.Level
		}
		if err := writeAnswer(out, w.answer); err != nil {
			close(stop) // the reader may be waiting for a line, and is not waited for
			go func() {
				for range turns {
				}
			}()
			return worst, err
		}
	}
	workers.Wait()
	return worst, readErr
}

// readLines gives each line to take until the input ends or stop is closed.
func readLines(in io.Reader, stop <-chan struct{}, take func(*waiting)) error {
	r := bufio.NewReaderSize(in, 64<<10)
	for {
		line, tooLong, err := readLine(r)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if len(line) == 0 && !tooLong && errors.Is(err, io.EOF) {
			return nil
		}
		w := &waiting{line: line, tooLong: tooLong, done: make(chan struct{})}
		take(w)
		if len(line) > largeLine {
			<-w.done
			w.line = nil
		}
		select {
		case <-stop:
			return nil
		default:
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
	return answer{ID: id, Error: why, Verdict: guardrails.Verdict{
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
