package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"dbaccess/credentials"
)

// printed is what a command printed.
type printed struct{ out, errs bytes.Buffer }

// ran runs a dbaccess command in this process, as the service nightly.
func (s *story) ran(want int, args ...string) *printed {
	s.Helper()
	return s.ranAs(s.token(), want, args...)
}

func (s *story) ranAs(token string, want int, args ...string) *printed {
	s.Helper()
	env := map[string]string{"DBACCESS_URL": "http://" + s.address, "DBACCESS_TOKEN": token}
	root, j := newRootCommand(), &printed{}
	root.SetArgs(args)
	root.SetOut(&j.out)
	root.SetErr(&j.errs)
	err := root.ExecuteContext(onMachine(s.Context(), machine{env: func(k string) string { return env[k] }, now: time.Now}))
	code := 0
	if exit := (exitError{}); errors.As(err, &exit) {
		code = exit.code
	} else if err != nil {
		code = exitCode(err)
	}
	if code != want {
		s.Errorf("%v: exit code %d, want %d: %v\n%s%s", args, code, want, err, &j.out, &j.errs)
	}
	return j
}

// TestAccessCanBeAskedClaimedAndEndedInSteps: for whoever does not want exec.
func TestAccessCanBeAskedClaimedAndEndedInSteps(t *testing.T) {
	s := newStory(t, nowhere(scene{}))
	if out := s.ran(0, "databases").out.String(); !strings.Contains(out, "shop") || !strings.Contains(out, "masked-read (1h, at most 8h, masked)") {
		t.Errorf("databases:\n%s", out)
	}
	asked := s.ran(0, strings.Fields("request -d shop -p write -r INC-90")...)
	id := strings.TrimSpace(asked.out.String())
	if !strings.Contains(asked.errs.String(), "waits for 1 of db-reviewers") {
		t.Errorf("request said:\n%s", &asked.errs)
	}
	s.ran(6, "claim", id)
	s.ran(6, strings.Fields("request -d shop -p write -r INC-91 --wait=10ms")...)
	if out := s.ran(0, "status", id).out.String(); !strings.Contains(out, "write on shop for 1h: waits for 1 of db-reviewers") {
		t.Errorf("status:\n%s", out)
	}
	s.presses("bob", s.seesCard("INC-90", "Approve"), "Approve")
	s.eventually("it is approved", func() bool {
		return strings.Contains(s.ran(0, "status", id).out.String(), "access unclaimed")
	})
	dsn := strings.TrimSpace(s.ran(0, "claim", id, "--format", "dsn").out.String())
	first := must[*pgx.Conn](s)(pgx.Connect(t.Context(), dsn))
	defer first.Close(t.Context())
	var service struct{ Role, Password string }
	if err := json.Unmarshal(s.ran(0, "claim", id, "--format", "json").out.Bytes(), &service); err != nil || service.Password == "" {
		t.Errorf("the claim in JSON: %v", err)
	}
	if text := s.ran(0, "claim", id, "--format", "service").out.String(); !strings.HasPrefix(text, "[dbaccess]\nhost=") || !strings.Contains(text, "\npassword=") {
		t.Error("the claim as a service has another form")
	}
	s.dies(first) // claimed again
	out := s.ran(0, "end", id).out.String()
	if !strings.Contains(out, id+" is ended at ") || s.ours() != "0" {
		t.Errorf("end:\n%s", out)
	}
	s.ran(0, "end", id) // what has ended is no error
	s.ran(4, "claim", id)
	var shown struct {
		State  string
		Access struct{ State, Reason string }
	}
	if err := json.Unmarshal(s.ran(0, "status", id, "--format", "json").out.Bytes(), &shown); err != nil || shown.Access.State != "ended" || shown.Access.Reason != string(credentials.Revoked) {
		t.Errorf("the status in JSON: %+v, %v", shown, err)
	}
	waiting := strings.TrimSpace(s.ran(0, strings.Fields("request -q -d shop -p write -r INC-92")...).out.String())
	if out := s.ran(0, "end", waiting).out.String(); !strings.Contains(out, "is cancelled") {
		t.Errorf("end of what waits:\n%s", out)
	}
	s.verified()
}

// TestAQueryPrintsItsRows: in each form, held and resumed, failed and refused.
func TestAQueryPrintsItsRows(t *testing.T) {
	s := newStory(t, nowhere(scene{}))
	const sql = "SELECT id, NULL AS nothing, '' AS empty, 'a,\"b\"' AS quoted FROM orders WHERE id = $1"
	token := s.token() // with the same one, which opens the rows, it is gone on
	ask := func(format string) *printed {
		t.Helper()
		j := s.ranAs(token, 6, "query", "-d", "shop", "-r", "INC-95 "+format, "--no-wait", "--param", "1", "-c", sql)
		s.presses("bob", s.seesCard("INC-95 "+format, "Approve"), "Approve")
		return s.ranAs(token, 0, "query", "--resume", strings.TrimSpace(j.out.String()), "--format", format)
	}
	if j := ask("csv"); j.out.String() != "id,nothing,empty,quoted\r\n1,,\"\",\"a,\"\"b\"\"\"\r\n" {
		t.Errorf("as CSV:\n%s", &j.out)
	}
	if j := ask("text"); !strings.Contains(j.out.String(), "∅") || !strings.Contains(j.errs.String(), "1 row, as masked views show them") {
		t.Errorf("as text:\n%s%s", &j.out, &j.errs)
	}
	var rows struct {
		Rows   [][]*string
		Masked bool
	}
	if j := ask("json"); json.Unmarshal(j.out.Bytes(), &rows) != nil || len(rows.Rows) != 1 || rows.Rows[0][1] != nil || *rows.Rows[0][2] != "" || !rows.Masked {
		t.Errorf("as JSON:\n%s", &j.out)
	}
	// Nobody decides, and nobody waits.
	began := time.Now()
	s.ran(6, "query", "-d", "shop", "-r", "INC-96", "--wait", "20ms", "-c", "SELECT count(*) FROM orders WHERE id < 5")
	if took := time.Since(began); took > patience {
		t.Errorf("it waited %v", took)
	}
	s.ran(2, "query", "-d", "shop", "-r", "x")
	s.ran(2, "query", "-d", "shop", "-r", "x", "/nowhere.sql")
	s.verified()
}
