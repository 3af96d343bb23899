package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dbaccess/internal/devstack/pgtest"
)

// cancelling is a writer whose first write cancels.
type cancelling struct {
	cancel context.CancelFunc
	text   strings.Builder
}

func (w *cancelling) Write(p []byte) (int, error) {
	w.cancel()
	return w.text.Write(p)
}

func TestADemoThatIsStoppedWhileItStartsSaysSo(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := &cancelling{cancel: cancel}
	cmd := newDemoCommand()
	cmd.SetOut(out)
	cmd.SetErr(out)
	cmd.SetArgs([]string{"--script"})
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	err := cmd.ExecuteContext(ctx)
	if exit := (exitError{}); !errors.As(err, &exit) || exit.code != 1 {
		t.Errorf("it ended with %v, want exit code 1", err)
	}
	if got := out.text.String(); !strings.HasSuffix(got, "\nStopped before the story was over.\n") {
		t.Errorf("it said:\n%s", got)
	}
}

func TestADemoThatCannotPrepareItsServerGivesTheErrorBack(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	if st, err := demoOn(ctx, pgtest.Server(t), nil, dir, workspace()); st != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, %v", st, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left in its folder: %v, %v", left, err)
	}
}

// TestAfterTheDemoAJobCanBePlayedByHand: what it says to type, typed.
func TestAfterTheDemoAJobCanBePlayedByHand(t *testing.T) {
	s := newStory(t, scene{demo: true})
	ctx, stop := context.WithCancel(t.Context())
	said, over := &output{}, make(chan error, 1)
	go func() { over <- playByHand(ctx, said, s.stack, s.srv) }()
	s.eventually("it says how", func() bool { return strings.Contains(said.String(), "Ctrl-C") })
	env, err := os.ReadFile(filepath.Join(s.dir, "job.env"))
	if err != nil || !strings.Contains(said.String(), "/job.env; ") {
		t.Fatalf("it says %s (%v)", said, err)
	}
	j := s.job(strings.Fields(string(env)), strings.Fields("exec -d shop -p masked-read -t 5m -r try -- sh -c env")...)
	if code := j.ends(); code != 0 || !strings.Contains(j.out.String(), "PGPASSFILE=") {
		t.Errorf("exit code %d:\n%s%s", code, j.out, j.errs)
	}
	stop()
	if err := <-over; err != nil {
		t.Error(err)
	}
}
