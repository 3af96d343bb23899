package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/spf13/cobra"

	"dbaccess/audit"
	"dbaccess/credentials"
	"dbaccess/internal/devstack/pgtest"
	"dbaccess/internal/fault"
	"dbaccess/internal/store"
)

// auditAt is when the events of these tests happen.
var auditAt = time.Date(2026, 11, 21, 14, 3, 7, 123456000, time.UTC)

// auditStore returns the URL of a store whose log has five events.
func auditStore(t *testing.T) string {
	t.Helper()
	url := pgtest.Clone(t, "audit command", func(ctx context.Context, url string) error {
		if _, err := store.Migrate(ctx, url, store.MigrateOptions{Now: func() time.Time { return auditAt }}); err != nil {
			return err
		}
		s, err := store.Open(ctx, url, store.Options{})
		if err != nil {
			return err
		}
		defer s.Close()
		var evs []audit.Event
		for i, what := range []audit.Type{audit.RequestSubmitted, audit.RequestApproved, audit.GrantOpened, audit.GrantEnded} {
			evs = append(evs, audit.Event{
				At: auditAt.Add(time.Duration(i) * time.Hour), Type: what, Actor: "person:alice", Request: "req_a", Database: "shop",
				Details: map[string]any{"reason": "INC-42 \x1b[31mred\u202e", "groups": []string{"owners", "staff"}, "place": i},
			})
		}
		evs[2].Grant, evs[3].Grant = "grt_b", "grt_b"
		return s.Record(ctx, credentials.Change{Events: evs})
	})
	return url
}

// auditRun runs `dbaccess audit …` on the store at url.
func auditRun(t *testing.T, url, stdin string, args ...string) (string, error) {
	t.Helper()
	cmd := newAuditCommand(func(cmd *cobra.Command) (*store.Store, error) {
		return store.Open(cmd.Context(), url, store.Options{})
	})
	var out bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SetIn(strings.NewReader(stdin))
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

func mustAudit(t *testing.T, url, stdin string, args ...string) string {
	t.Helper()
	out, err := auditRun(t, url, stdin, args...)
	if err != nil {
		t.Fatalf("audit %v: %v\n%s", args, err, out)
	}
	return out
}

func isBroken(t *testing.T, out string, err error, says string) {
	t.Helper()
	var exit exitError
	if !errors.As(err, &exit) || exit.code != 1 || exit.err != nil {
		t.Errorf("got %v, want exit code 1", err)
	}
	if !strings.Contains(out, says) {
		t.Errorf("it does not say %q:\n%s", says, out)
	}
}

func TestAuditListShowsWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	url := auditStore(t)
	for name, tt := range map[string]struct {
		args []string
		want []string
	}{
		"all":     {nil, []string{"installation.made", "request.submitted", "request.approved", "grant.opened", "grant.ended"}},
		"newest":  {[]string{"--limit", "2"}, []string{"grant.opened", "grant.ended"}},
		"grant":   {[]string{"--grant", "grt_b"}, []string{"grant.opened", "grant.ended"}},
		"request": {[]string{"--request", "req_a", "--type", "request.approved"}, []string{"request.approved"}},
		"actor":   {[]string{"--actor", "system:migrate"}, []string{"installation.made"}},
		"window":  {[]string{"--since", "2026-11-21T15:00:00Z", "--until", "2026-11-21 17:00"}, []string{"request.approved", "grant.opened"}},
		"ago":     {[]string{"--until", "87600h"}, nil},
	} {
		var got []string
		for i, line := range strings.Split(strings.TrimSpace(mustAudit(t, url, "", append([]string{"list"}, tt.args...)...)), "\n") {
			fields := strings.Fields(line)
			if i == 0 {
				continue // the heading
			}
			got = append(got, fields[3])
		}
		if strings.Join(got, " ") != strings.Join(tt.want, " ") {
			t.Errorf("%s: got %v, want %v", name, got, tt.want)
		}
	}
}

func TestAuditListIsHarmlessToTheTerminal(t *testing.T) {
	t.Parallel()
	out := mustAudit(t, auditStore(t), "", "list")
	if strings.ContainsAny(out, "\x1b\u202e") {
		t.Errorf("control characters reach the terminal:\n%q", out)
	}
	if !strings.Contains(out, `groups=owners,staff place=0 reason="INC-42 \x1b[31mred\u202e"`) {
		t.Errorf("details are not shown:\n%s", out)
	}
}

func TestAuditRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	url := auditStore(t)
	for _, args := range [][]string{
		{"list", "--since", "yesterday"},
		{"list", "--since", "-3h"},
		{"list", "--format", "xml"},
		{"verify", "--format", "table"},
		{"verify", "--head", "5"},
		{"verify", "--file", filepath.Join(t.TempDir(), "none")},
	} {
		if _, err := auditRun(t, url, "", args...); fault.KindOf(err) != fault.Invalid || fault.Show(err).Hint == "" {
			t.Errorf("%v: got %v, want a fault that says what to do", args, err)
		}
	}
}

func TestAuditVerifySaysTheHeadThatALaterVerifyChecks(t *testing.T) {
	t.Parallel()
	url := auditStore(t)
	out := mustAudit(t, url, "", "verify")
	if !strings.Contains(out, "The log is whole: of 5 events none") {
		t.Errorf("got\n%s", out)
	}
	_, head, _ := strings.Cut(out, "Head: ")
	head, _, _ = strings.Cut(head, "\n")
	if again := mustAudit(t, url, "", "verify", "--head", head); again != out {
		t.Errorf("with its own head:\n%s", again)
	}
	var doc struct {
		OK    bool
		Count int
		Head  string
	}
	if err := json.Unmarshal([]byte(mustAudit(t, url, "", "verify", "--format", "json")), &doc); err != nil || !doc.OK || doc.Count != 5 || doc.Head != head {
		t.Errorf("as JSON: %+v, %v", doc, err)
	}

	later := "9" + head[strings.Index(head, ":"):]
	out, err := auditRun(t, url, "", "verify", "--head", later)
	isBroken(t, out, err, "BROKEN at event 6: the log ends here")
	other := "3" + head[strings.Index(head, ":"):]
	out, err = auditRun(t, url, "", "verify", "--head", head, "--head", other)
	isBroken(t, out, err, "BROKEN at event 3")
}

func TestAuditVerifyFindsWhatTheOwnerChanged(t *testing.T) {
	t.Parallel()
	url := auditStore(t)
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	if _, err := conn.Exec(t.Context(), `ALTER TABLE dbaccess.audit_events DISABLE TRIGGER ALL; ALTER TABLE dbaccess.audit_events DROP CONSTRAINT audit_events_check;
		UPDATE dbaccess.audit_events SET body = replace(body, 'alice', 'malory') WHERE seq = 3`); err != nil {
		t.Fatal(err)
	}
	out, err := auditRun(t, url, "", "verify")
	isBroken(t, out, err, "The log is BROKEN at event 3: its content or its hash was changed after it was written.\nThe 2 before it are as they were written")
	out, err = auditRun(t, url, "", "verify", "--format", "json")
	isBroken(t, out, err, `"broken":{"seq":3,`)
}

func TestAnExportedLogVerifiesWithoutTheStore(t *testing.T) {
	t.Parallel()
	url := auditStore(t)
	exported := mustAudit(t, url, "", "export")
	if listed := mustAudit(t, url, "", "list", "--format", "json"); listed != exported {
		t.Errorf("list and export write differently\n%s\n%s", listed, exported)
	}
	for line := range strings.Lines(exported) {
		if !json.Valid([]byte(line)) {
			t.Errorf("not JSON: %s", line)
		}
	}
	file := filepath.Join(t.TempDir(), "log.jsonl")
	if err := os.WriteFile(file, []byte(exported), 0o600); err != nil {
		t.Fatal(err)
	}
	const nowhere = "postgres://nobody@127.0.0.1:1/none"
	want := mustAudit(t, url, "", "verify")
	if got := mustAudit(t, nowhere, "", "verify", "--file", file); got != want {
		t.Errorf("from the file:\n%s\nfrom the store:\n%s", got, want)
	}
	if got := mustAudit(t, nowhere, exported, "verify", "--file", "-"); got != want {
		t.Errorf("from standard input:\n%s", got)
	}
	out, err := auditRun(t, nowhere, strings.Replace(exported, "INC-42", "INC-43", 1), "verify", "--file", "-")
	isBroken(t, out, err, "BROKEN at event 2")
	out, err = auditRun(t, nowhere, strings.Replace(exported, `"seq":4`, `"seq": 4`, 1), "verify", "--file", "-")
	isBroken(t, out, err, "BROKEN at event 4: it is not written as records are (line 4")
}

func TestMigrateSaysWhatItDid(t *testing.T) {
	t.Parallel()
	url := pgtest.Clone(t, "empty", func(context.Context, string) error { return nil })
	role := "runtime_of_" + strings.ReplaceAll(strings.ToLower(t.Name()), "/", "_")
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	run := func() (string, error) {
		cmd := newMigrateCommand(func(*cobra.Command) (string, string, error) { return url, role, nil })
		var out bytes.Buffer
		cmd.SetOut(&out)
		cmd.SilenceErrors, cmd.SilenceUsage = true, true
		cmd.SetArgs([]string{})
		err := cmd.ExecuteContext(t.Context())
		return out.String(), err
	}
	if _, err := run(); fault.KindOf(err) != fault.NotFound || !strings.Contains(fault.Show(err).Hint, "CREATE ROLE") {
		t.Errorf("without the role: %v", err)
	}
	if _, err := conn.Exec(t.Context(), "DROP ROLE IF EXISTS "+role+"; CREATE ROLE "+role); err != nil {
		t.Fatal(err)
	}
	first, err := run()
	if err != nil || !strings.Contains(first, "applied 00001_installation.sql") || !strings.Contains(first, "This installation's id is ") {
		t.Errorf("first: %v\n%s", err, first)
	}
	second, err := run()
	if err != nil || strings.Contains(second, "applied") || strings.Contains(second, "id is") || !strings.Contains(second, `Role "`+role+`" may use it`) {
		t.Errorf("second: %v\n%s", err, second)
	}
}
