package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"dbaccess/audit"
	"dbaccess/internal/fault"
	"dbaccess/internal/store"
)

// openStore opens the store that the command's configuration names; whoever
// called it closes the store.
type openStore func(cmd *cobra.Command) (*store.Store, error)

// newAuditCommand makes `dbaccess audit`.
func newAuditCommand(open openStore) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Read the log, and check that nobody rewrote it",
		Long: `Every change of state is an event, and each event carries the hash of the one
before it. Whoever knows the newest hash, the head, can tell whether any event
before it was changed, removed, inserted or moved.`,
	}
	for _, sub := range []*cobra.Command{newAuditListCommand(open), newAuditVerifyCommand(open), newAuditExportCommand(open)} {
		configFlag(sub)
		cmd.AddCommand(sub)
	}
	return cmd
}

func newAuditListCommand(open openStore) *cobra.Command {
	var (
		f                           store.EventFilter
		what, since, until, showing string
	)
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List events, the newest last",
		Example: `  dbaccess audit list --since 24h
  dbaccess audit list --request k3j9x2mq --format json | jq .body`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := oneOf("--format", showing, "table", "json"); err != nil {
				return err
			}
			if f.Limit < 1 {
				return fault.New(fault.Invalid, "--limit must be 1 or more.", "")
			}
			f.Type = audit.Type(what)
			var err error
			if f.Since, err = parseWhen("--since", since, time.Now()); err != nil {
				return err
			}
			if f.Until, err = parseWhen("--until", until, time.Now()); err != nil {
				return err
			}
			s, err := open(cmd)
			if err != nil {
				return err
			}
			defer s.Close()
			if err := wholeIDs(cmd.Context(), s, &f); err != nil {
				return err
			}
			recs, err := s.Events(cmd.Context(), f)
			if err != nil {
				return err
			}
			if showing == "json" {
				return writeLines(cmd.OutOrStdout(), each(recs))
			}
			return writeTable(cmd.OutOrStdout(), recs)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.Request, "request", "", "only events of this request; the beginning of its id will do")
	flags.StringVar(&f.Grant, "grant", "", "only events of this grant, likewise")
	flags.StringVar(&what, "type", "", `only events of this type, such as "grant.ended"`)
	flags.StringVar(&f.Actor, "actor", "", `only what this one did, such as "person:alice"`)
	flags.StringVar(&since, "since", "", `not before: a time ago such as "24h", a date, or a time as in RFC 3339`)
	flags.StringVar(&until, "until", "", "before that, written likewise")
	flags.IntVar(&f.Limit, "limit", 100, "the newest so many")
	flags.StringVar(&showing, "format", "table", `"table", or "json": one record a line, as export writes it`)
	return cmd
}

func newAuditExportCommand(open openStore) *cobra.Command {
	return &cobra.Command{
		Use:   "export",
		Short: "Write the whole log to standard output, one record a line",
		Long: `Writes the whole log as of now, one JSON record a line. The bodies stand in it
byte for byte: "dbaccess audit verify --file" checks the file without the store.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := open(cmd)
			if err != nil {
				return err
			}
			defer s.Close()
			return writeLines(cmd.OutOrStdout(), s.Records(cmd.Context()))
		},
	}
}

func newAuditVerifyCommand(open openStore) *cobra.Command {
	var (
		heads         []string
		file, showing string
	)
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check that no event was changed, removed, inserted or moved",
		Long: `Reads the whole log, or an exported one, and checks every link. Exits 0 if the
log is as it was written, and 1 with the first event at which it is not.

A log whose newest events were cut off is right as far as it goes. Give heads
that you wrote down before, of whatever age, with --head; each must be met.`,
		Example: `  dbaccess audit verify --head 1041:5f3a…
  dbaccess audit export > log.jsonl && dbaccess audit verify --file log.jsonl`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := oneOf("--format", showing, "text", "json"); err != nil {
				return err
			}
			var known []audit.Head
			for _, text := range heads {
				h, err := audit.ParseHead(text)
				if err != nil {
					return fault.New(fault.Invalid, "This is not a head: "+strconv.Quote(text)+".", "A head is written SEQ:HASH, as verify prints it.").With(err)
				}
				known = append(known, h)
			}
			rep, err := verify(cmd, open, file, known)
			return writeReport(cmd.OutOrStdout(), showing, rep, err)
		},
	}
	cmd.Flags().StringArrayVar(&heads, "head", nil, "a head known from elsewhere, SEQ:HASH; may be given several times")
	cmd.Flags().StringVar(&file, "file", "", `verify an exported log instead of the store's; "-" is standard input`)
	cmd.Flags().StringVar(&showing, "format", "text", `"text" or "json"`)
	return cmd
}

func verify(cmd *cobra.Command, open openStore, file string, known []audit.Head) (audit.Report, error) {
	switch file {
	case "":
		s, err := open(cmd)
		if err != nil {
			return audit.Report{}, err
		}
		defer s.Close()
		return s.VerifyLog(cmd.Context(), known...)
	case "-":
		return audit.Verify(audit.Lines(cmd.InOrStdin()), known...)
	}
	f, err := os.Open(file)
	if err != nil {
		return audit.Report{}, fault.New(fault.Invalid, "The exported log cannot be read.", "Check the path given with --file.").With(err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	return audit.Verify(audit.Lines(f), known...)
}

// writeReport says how the verification ended; a broken log is exit code 1 and
// no error of the program's.
func writeReport(w io.Writer, showing string, rep audit.Report, err error) error {
	var broken *audit.Broken
	if err != nil && !errors.As(err, &broken) {
		return err
	}
	if showing == "json" {
		doc := map[string]any{"ok": broken == nil, "count": rep.Count, "head": rep.Head.String()}
		if broken != nil {
			doc["broken"] = map[string]any{"seq": broken.Seq, "what": broken.What}
		}
		if err := json.NewEncoder(w).Encode(doc); err != nil {
			return err
		}
	} else if broken != nil {
		fmt.Fprintf(w, "The log is BROKEN at event %d: %s.\n", broken.Seq, broken.What)
		if rep.Count > 0 {
			fmt.Fprintf(w, "The %d before it are as they were written. Their head: %s\n", rep.Count, rep.Head)
		}
	} else {
		fmt.Fprintf(w, "The log is whole: of %d events none was changed, removed, inserted or moved.\n", rep.Count)
		fmt.Fprintf(w, "Head: %s\n", rep.Head)
		fmt.Fprintln(w, "Write the head down elsewhere: with it, a later verify also sees whether the newest events were cut off.")
	}
	if broken != nil {
		return exitError{code: 1}
	}
	return nil
}

// each is recs as a stream.
func each(recs []audit.Record) iter.Seq2[audit.Record, error] {
	return func(yield func(audit.Record, error) bool) {
		for _, rec := range recs {
			if !yield(rec, nil) {
				return
			}
		}
	}
}

func writeLines(w io.Writer, recs iter.Seq2[audit.Record, error]) error {
	buf := bufio.NewWriterSize(w, 1<<16)
	var line []byte
	for rec, err := range recs {
		if err != nil {
			return err
		}
		line = rec.AppendLine(line[:0])
		if _, err := buf.Write(line); err != nil {
			return fmt.Errorf("write the log: %w", err)
		}
	}
	if err := buf.Flush(); err != nil {
		return fmt.Errorf("write the log: %w", err)
	}
	return nil
}

func writeTable(w io.Writer, recs []audit.Record) error {
	tw := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(tw, "SEQ\tTIME (UTC)\tEVENT\tWHO\tABOUT\tDETAILS")
	for _, rec := range recs {
		ev, err := audit.Parse(rec.Body)
		if err != nil {
			fmt.Fprintf(tw, "%d\t?\t?\t?\t?\t%s\n", rec.Seq, err)
			continue
		}
		fmt.Fprintf(tw, "%d\t%s\t%s\t%s\t%s\t%s\n", rec.Seq, ev.At.Format("2006-01-02 15:04:05.000"), ev.Type, plain(ev.Actor), about(ev), details(ev.Details))
	}
	return tw.Flush()
}

// about names the narrowest thing that the event is about.
func about(ev audit.Event) string {
	var parts []string
	for _, id := range []string{ev.Lease, ev.Grant, ev.Request} {
		if id != "" {
			parts = append(parts, plain(id))
			break
		}
	}
	if ev.Database != "" {
		parts = append(parts, "on "+plain(ev.Database))
	}
	return strings.Join(parts, " ")
}

func details(d map[string]any) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(d)) {
		text := fmt.Sprint(d[k])
		if list, ok := d[k].([]string); ok {
			text = strings.Join(list, ",")
		}
		if text == "" {
			continue
		}
		parts = append(parts, k+"="+plain(text))
	}
	return strings.Join(parts, " ")
}

// plain is text as a terminal may show it: people's words may hold escape
// sequences, and a table has one line a row.
func plain(text string) string {
	const most = 120
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	quoted := strconv.Quote(text)
	if quoted == `"`+text+`"` && !strings.Contains(text, " ") {
		return text
	}
	return quoted
}

func oneOf(flag, got string, known ...string) error {
	if slices.Contains(known, got) {
		return nil
	}
	last := len(known) - 1
	return fault.New(fault.Invalid, fmt.Sprintf("%s cannot be %q.", flag, got),
		"It can be "+strings.Join(known[:last], ", ")+" or "+known[last]+".")
}

// wholeIDs puts whole ids in place of the short ones that people see in Slack:
// those would find nothing, which looks as if nothing had happened.
func wholeIDs(ctx context.Context, s *store.Store, f *store.EventFilter) error {
	if f.Request != "" {
		id, err := requestID(ctx, s, f.Request)
		if err != nil {
			return err
		}
		f.Request = string(id)
	}
	if f.Grant != "" {
		id, err := grantID(ctx, s, f.Grant)
		if err != nil {
			return err
		}
		f.Grant = string(id)
	}
	return nil
}

// parseWhen reads a time as people give it; empty is the zero time.
func parseWhen(flag, text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly} {
		if at, err := time.ParseInLocation(layout, text, time.UTC); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fault.New(fault.Invalid, fmt.Sprintf("%s %q is not a time.", flag, text), `Write "24h" for a time ago, "2026-11-21", or "2026-11-21T14:00:00Z".`)
}
