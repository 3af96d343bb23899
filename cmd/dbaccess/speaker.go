package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"dbaccess/internal/fault"
	"dbaccess/internal/job"
)

// speaker says on standard error what goes on beside a command's output: sentences
// for people, or a JSON object a line. A line that changes in place is drawn on a
// terminal only.
type speaker struct {
	mu    sync.Mutex // for drawn and the order of what is written
	w     io.Writer
	json  bool
	quiet bool
	live  bool // w is a terminal
	drawn bool // a line that changes stands there
}

func newSpeaker(cmd *cobra.Command, format string, quiet bool) *speaker {
	w := cmd.ErrOrStderr()
	return &speaker{w: w, json: format == "json", quiet: quiet, live: isTerminal(w) && format != "json"}
}

// say tells of something that happened: the text for people, the rest for
// programs.
func (t *speaker) say(text, event string, fields map[string]any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.wipe()
	switch {
	case t.json:
		line := map[string]any{"event": event}
		for k, v := range fields {
			line[k] = v
		}
		_ = json.NewEncoder(t.w).Encode(line)
	case !t.quiet:
		fmt.Fprintf(t.w, "dbaccess: %s.\n", strings.TrimSuffix(printable(text), "."))
	}
}

// progress draws a line in place of the one before.
func (t *speaker) progress(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.live && !t.quiet {
		fmt.Fprintf(t.w, "\r\x1b[K%s", printable(text))
		t.drawn = true
	}
}

// wipe removes the line that changes; t.mu is held.
func (t *speaker) wipe() {
	if t.drawn {
		fmt.Fprint(t.w, "\r\x1b[K")
		t.drawn = false
	}
}

// about is what becomes of a job's grant.
func (t *speaker) about(e job.Event) {
	fields := map[string]any{"grant": e.Grant}
	if !e.At.IsZero() {
		fields["at"] = e.At.UTC()
	}
	if e.Err != nil {
		fields["why"] = fault.Show(e.Err).Msg
	}
	t.say(e.String(), string(e.What), fields)
}

// end turns an error into the end of the command: said in the form that was asked
// for, with the exit code that code gives it.
func (t *speaker) end(err error, code func(error) int) error {
	if err == nil {
		return nil
	}
	exit := exitError{err: err}
	if !errors.As(err, &exit) {
		exit.code = code(err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.wipe()
	if !t.json || exit.err == nil {
		return exit
	}
	f := fault.Show(exit.err)
	_ = json.NewEncoder(t.w).Encode(map[string]any{
		"event": "error", "kind": f.Kind.String(), "message": f.Msg, "hint": f.Hint, "exit_code": exit.code,
	})
	return exitError{code: exit.code}
}

// printable makes a text fit for a terminal: no control characters, which could
// say something else than they seem to.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '�'
		}
		return r
	}, s)
}

// outFormat adds --format to a command that answers with one thing.
func outFormat(cmd *cobra.Command, format *string, also ...string) {
	names := append([]string{"text", "json"}, also...)
	cmd.Flags().StringVar(format, "format", "text", strings.Join(names[:len(names)-1], ", ")+" or "+names[len(names)-1])
}

func checkFormat(format string, names ...string) error {
	for _, n := range names {
		if n == format {
			return nil
		}
	}
	return fault.New(fault.Invalid, fmt.Sprintf("There is no format %q.", format), "It is one of "+strings.Join(names, ", ")+".")
}
