package job

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dbaccess/internal/fault"
)

// left are the folders in root.
func left(t *testing.T, root string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(root, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestTheCommandFindsTheDatabaseAndNothingSecretBesideOneFile(t *testing.T) {
	t.Parallel()
	s, root, out := newStand(time.Hour), t.TempDir(), &bytes.Buffer{}
	j := s.job(out, "sh", "-c", `env; echo "args: $(tr '\0' ' ' < /proc/$$/cmdline)"
		stat -c '%n %a' "${PGPASSFILE%/*}" "$PGPASSFILE" "$PGSERVICEFILE"; cat "$PGPASSFILE" "$PGSERVICEFILE"`)
	j.roots = []string{root}
	r, err := j.Run(t.Context())
	if err != nil || r.Code != 0 || len(r.Ended) != 1 || r.Ended[0].EndedAt.IsZero() || len(r.Unsure) != 0 {
		t.Fatalf("%+v, %v\n%s", r, err, out)
	}
	text := out.String()
	for _, want := range []string{
		"PGHOST=db.example.test\n", "PGPORT=5433\n", "PGDATABASE=shop\n", "PGUSER=dba-abcdef-1\n", "PGSSLMODE=verify-full\n", "PGSERVICE=dbaccess\n",
		"DBACCESS_GRANT=grt_1\n", " 700\n", "/pgpass 600\n", "/pg_service.conf 600\n",
		`db.example.test:5433:shop:dba-abcdef-1:correct\:horse\\battery` + "\n",
		"[dbaccess]\nhost=db.example.test\nport=5433\ndbname=shop\nuser=dba-abcdef-1\nsslmode=verify-full\npassfile=" + root,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing", want)
		}
	}
	for _, wrong := range []string{"PGPASSWORD", "PGHOSTADDR"} {
		if strings.Contains(text, wrong) {
			t.Errorf("%s is in the environment", wrong)
		}
	}
	if n := strings.Count(text, "horse"); n != 1 {
		t.Errorf("the password is there %d times", n)
	}
	if t.Failed() {
		t.Log(text)
	}
	if found := left(t, root); len(found) != 0 {
		t.Errorf("left behind: %v", found)
	}
	if got := s.states(); got != "grt_1 ended" {
		t.Error(got)
	}
}

func TestTheExitCodeIsTheCommandsOwn(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]int{"exit 0": 0, "exit 7": 7, "kill -TERM $$": 143, "kill -KILL $$": 137} {
		s := newStand(time.Hour)
		j := s.job(nil, "sh", "-c", script)
		j.roots = []string{t.TempDir()}
		if r, err := j.Run(t.Context()); err != nil || r.Code != want || s.states() != "grt_1 ended" {
			t.Errorf("%s: %+v, %v, %s", script, r, err, s.states())
		}
	}
}

func TestACommandThatCannotBeStartedEndsTheGrant(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, []byte("no program"), 0o600); err != nil {
		t.Fatal(err)
	}
	for command, want := range map[string]error{"/nowhere/program": ErrNotFound, "no-such-program": ErrNotFound, plain: ErrNotRun} {
		s := newStand(time.Hour)
		j := s.job(nil, command)
		j.roots = []string{t.TempDir()}
		if _, err := j.Run(t.Context()); !errors.Is(err, want) || s.states() != "grt_1 ended" {
			t.Errorf("%s: %v, %s", command, err, s.states())
		}
		if found := left(t, j.roots[0]); len(found) != 0 {
			t.Errorf("left behind: %v", found)
		}
	}
}

func TestWithoutACredentialNothingRuns(t *testing.T) {
	t.Parallel()
	s, ran := newStand(time.Hour), filepath.Join(t.TempDir(), "ran")
	s.grants["grt_1"].State = "ended"
	j := s.job(nil, "touch", ran)
	j.roots = []string{t.TempDir()}
	if _, err := j.Run(t.Context()); fault.KindOf(err) != fault.Expired {
		t.Errorf("Run: %v", err)
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("the command ran")
	}
}

// TestAClaimWhoseAnswerWasLostIsMadeAgain: the server died after the mint.
func TestAClaimWhoseAnswerWasLostIsMadeAgain(t *testing.T) {
	t.Parallel()
	s, out := newStand(time.Hour), &bytes.Buffer{}
	s.lost = 2
	j := s.job(out, "sh", "-c", "echo $PGUSER")
	j.roots = []string{t.TempDir()}
	if r, err := j.Run(t.Context()); err != nil || r.Code != 0 || out.String() != "dba-abcdef-3\n" || s.states() != "grt_1 ended" {
		t.Errorf("%+v, %v, %s, %s", r, err, out, s.states())
	}
}

func TestTheCommandIsToldWhenTheServerEndsTheAccess(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		script string
		want   int
	}{
		{`trap 'echo told; exit 3' TERM; echo ready; while :; do sleep 0.05; done`, 3},
		{`trap '' TERM; echo ready; while :; do sleep 0.05; done`, 137}, // killed in the end
	} {
		s, out := newStand(time.Hour), newLines()
		j := s.job(out, "sh", "-c", c.script)
		j.roots, j.grace = []string{t.TempDir()}, 200*time.Millisecond
		why := fault.New(fault.Expired, "This access was ended.", "")
		go func() {
			out.waitFor(t, "ready")
			s.set(func(s *stand) { s.over = why })
		}()
		r, err := j.Run(t.Context())
		if err != nil || r.Code != c.want || !errors.Is(r.Over, why) || s.states() != "grt_1 ended" {
			t.Errorf("%+v, %v, %s\n%s", r, err, s.states(), out)
		}
	}
}

func TestAServerThatIsAwayDoesNotEndTheCommandAndTheEndIsMadeUpFor(t *testing.T) {
	t.Parallel()
	s, out := newStand(time.Hour), newLines()
	j := s.job(out, "sh", "-c", `echo ready; read x; echo done`)
	in, typed, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	j.Stdin, j.roots = in, []string{t.TempDir()}
	var told []What
	j.Tell = func(e Event) {
		told = append(told, e.What)
		if e.What == Silent { // it is away: the command goes on, and ends
			_, _ = typed.WriteString("x\n")
			go func() {
				out.waitFor(t, "done")
				s.set(func(s *stand) { s.away = nil })
			}()
		}
	}
	go func() {
		out.waitFor(t, "ready")
		s.set(func(s *stand) { s.away = fault.New(fault.Unavailable, "It does not answer.", "") })
	}()
	r, err := j.Run(t.Context())
	if err != nil || r.Code != 0 || r.Over != nil || len(r.Ended) != 1 || s.states() != "grt_1 ended" {
		t.Errorf("%+v, %v, %s\n%s", r, err, s.states(), out)
	}
	if len(told) != 3 || told[0] != Claimed || told[1] != Silent || told[2] != Ended {
		t.Errorf("told: %v", told)
	}
}

func TestADoneContextEndsTheCommand(t *testing.T) {
	t.Parallel()
	s, out := newStand(time.Hour), newLines()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	j := s.job(out, "sh", "-c", `trap 'exit 9' TERM; echo ready; while :; do sleep 0.05; done`)
	j.roots = []string{t.TempDir()}
	go func() { out.waitFor(t, "ready"); cancel() }()
	if r, err := j.Run(ctx); err != nil || r.Code != 9 || s.states() != "grt_1 ended" {
		t.Errorf("%+v, %v, %s", r, err, s.states())
	}
}

func TestAPanicEndsTheGrant(t *testing.T) {
	t.Parallel()
	s := newStand(time.Hour)
	j := s.job(nil, "true")
	j.roots = []string{t.TempDir()}
	j.Env = []string{"PATH=" + os.Getenv("PATH")}
	j.Tell = func(e Event) {
		if e.What == Claimed {
			s.set(func(s *stand) { s.over = fault.New(fault.Expired, "over", "") })
		}
		if e.What == Over {
			panic("a bug")
		}
	}
	j.Command = []string{"sh", "-c", "while :; do sleep 0.05; done"}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("there was no panic")
			}
		}()
		_, _ = j.Run(t.Context())
	}()
	if got := s.states(); got != "grt_1 ended" {
		t.Error(got)
	}
	if found := left(t, j.roots[0]); len(found) != 0 {
		t.Errorf("left behind: %v", found)
	}
}

func TestALongJobGoesOnWithANewCredential(t *testing.T) {
	t.Parallel()
	s, out := newStand(500*time.Millisecond), newLines()
	j := s.job(out, "sh", "-c", `echo "$PGUSER"; until grep -q dba-abcdef-2 "$PGSERVICEFILE"; do sleep 0.02; done; cut -d: -f4 "$PGPASSFILE"`)
	j.roots = []string{t.TempDir()}
	asked := 0
	j.Renew = func(context.Context) (string, error) {
		if asked++; asked == 1 {
			return "", fault.New(fault.Unavailable, "It does not answer.", "") // it is asked again
		}
		s.set(func(s *stand) {
			s.grants["grt_2"], s.window = newStand(0).grants["grt_1"], time.Hour
			s.grants["grt_2"].ID = "grt_2"
		})
		return "grt_2", nil
	}
	r, err := j.Run(t.Context())
	if err != nil || r.Code != 0 || r.Over != nil || asked != 2 || len(r.Ended) != 2 || s.states() != "grt_1 ended, grt_2 ended" {
		t.Errorf("%+v, %v, asked %d times, %s", r, err, asked, s.states())
	}
	if got := out.String(); got != "dba-abcdef-1\ndba-abcdef-2\ndba-abcdef-1\n" {
		t.Errorf("it saw:\n%s", got)
	}
}

func TestAJobWhoseRenewalNeedsPeopleIsToldOnce(t *testing.T) {
	t.Parallel()
	s := newStand(500 * time.Millisecond)
	j := s.job(nil, "sh", "-c", `while :; do sleep 0.05; done`)
	j.roots = []string{t.TempDir()}
	j.Renew = func(context.Context) (string, error) { return "", nil }
	told := map[What]int{}
	j.Tell = func(e Event) {
		if told[e.What]++; e.What == NotRenewed {
			s.set(func(s *stand) { s.over = fault.New(fault.Expired, "The time of this access is over.", "") })
		}
	}
	if r, err := j.Run(t.Context()); err != nil || r.Over == nil || r.Code != 143 || told[NotRenewed] != 1 {
		t.Errorf("%+v, %v, told %v", r, err, told)
	}
}
