package job

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	v1 "dbaccess/internal/api/v1"

	"golang.org/x/sys/unix"
)

const waits = `echo ready; while :; do sleep 0.05; done`

func TestSignalsArePassedOn(t *testing.T) {
	t.Parallel()
	for name, sig := range map[string]syscall.Signal{
		"TERM": syscall.SIGTERM, "INT": syscall.SIGINT, "HUP": syscall.SIGHUP, "QUIT": syscall.SIGQUIT, "USR1": syscall.SIGUSR1, "USR2": syscall.SIGUSR2,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			p := spawn(t, root, nil, "sh", "-c", "trap 'echo got "+name+"; exit 42' "+name+"; "+waits)
			p.out.waitFor(t, "ready")
			_ = p.Process.Signal(sig)
			if code := p.ends(t); code != 42 || !strings.Contains(p.out.String(), "got "+name) || !strings.Contains(p.out.String(), "grt_1 ended") {
				t.Errorf("exit code %d:\n%s", code, p.out)
			}
			if found := left(t, root); len(found) != 0 {
				t.Errorf("left behind: %v", found)
			}
		})
	}
}

func TestASecondSignalKillsTheCommandAndAllThatItStarted(t *testing.T) {
	t.Parallel()
	p := spawn(t, t.TempDir(), nil, "sh", "-c", `trap 'echo first' TERM; sleep 1000 & echo "child $!"; `+waits)
	p.out.waitFor(t, "ready")
	_ = p.Process.Signal(syscall.SIGTERM)
	p.out.waitFor(t, "first")
	_ = p.Process.Signal(syscall.SIGTERM)
	if code := p.ends(t); code != 137 || !strings.Contains(p.out.String(), "grt_1 ended") {
		t.Errorf("exit code %d:\n%s", code, p.out)
	}
	var child int
	_, text, _ := strings.Cut(p.out.String(), "child ")
	if _, err := fmt.Sscan(text, &child); err != nil {
		t.Fatal(err)
	}
	gone(t, child)
}

// hears is a server that takes a moment to be told that a grant ends.
type hears struct{ *stand }

func (h hears) End(ctx context.Context, grant string) (v1.Grant, error) {
	select {
	case <-ctx.Done():
		return v1.Grant{}, ctx.Err()
	case <-time.After(300 * time.Millisecond):
		return h.stand.End(ctx, grant)
	}
}

// TestTheServerIsToldOfTheEndThoughSignalsGoOn: whoever presses ^C once more when
// the command has ended is in a hurry, and the access is ended all the same.
func TestTheServerIsToldOfTheEndThoughSignalsGoOn(t *testing.T) {
	t.Parallel()
	s := newStand(time.Minute)
	k := &keeper{job: &Job{Server: hears{s}}, held: []held{{grant: "grt_1"}}}
	signals := make(chan os.Signal, 2)
	signals <- syscall.SIGINT
	signals <- syscall.SIGTERM
	began := time.Now()
	k.endAll(t.Context(), signals)
	if got := s.states(); got != "grt_1 ended" {
		t.Errorf("it is left: %s", got)
	}
	if took := time.Since(began); took > 2*lastWord {
		t.Errorf("it took %v", took)
	}
}

// gone waits until a process is not there any more.
func gone(t *testing.T, pid int) {
	t.Helper()
	late := time.After(20 * time.Second)
	for tick := time.Tick(10 * time.Millisecond); ; {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || strings.Contains(string(stat), ") Z ") {
			return
		}
		select {
		case <-tick:
		case <-late:
			t.Fatalf("process %d is there: %s", pid, stat)
		}
	}
}

// TestAKilledJobTakesItsCommandAlongAndTheNextRemovesItsFiles: nobody can tidy up
// after SIGKILL but the system and whoever comes next.
func TestAKilledJobTakesItsCommandAlongAndTheNextRemovesItsFiles(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	p := spawn(t, root, nil, "sh", "-c", `echo "pid $$"; `+waits)
	living := spawn(t, root, nil, "sh", "-c", waits)
	p.out.waitFor(t, "ready")
	living.out.waitFor(t, "ready")
	_ = p.Process.Kill()
	p.ends(t)
	var pid int
	_, text, _ := strings.Cut(p.out.String(), "pid ")
	if _, err := fmt.Sscan(text, &pid); err != nil {
		t.Fatal(err)
	}
	gone(t, pid)
	if found := left(t, root); len(found) != 2 {
		t.Fatalf("there are %v", found)
	}
	removeStale(root, time.Now().Add(time.Hour))
	if found := left(t, root); len(found) != 1 { // the living one's
		t.Errorf("left behind: %v", found)
	}
	_ = living.Process.Signal(syscall.SIGTERM)
	living.ends(t)
	if found := left(t, root); len(found) != 0 {
		t.Errorf("left behind: %v", found)
	}
}

func TestAnOrphanedJobEnds(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	// A shell that starts the job and goes away when it is told to.
	p := spawn(t, root, func(c *exec.Cmd) {
		in, typed, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		c.Path, c.Args, c.Stdin = "/bin/sh", []string{"sh", "-c", `"$0" sh -c 'echo ready; while :; do sleep 0.05; done' & read x`, self}, in
		t.Cleanup(func() { _ = typed.Close() })
	})
	p.out.waitFor(t, "ready")
	_ = p.Process.Kill()
	p.out.waitFor(t, "grt_1 ended")
}

// screen is a terminal: what is typed goes in, what is drawn comes out.
func screen(t *testing.T) (keys *os.File, tty *os.File, drawn *lines) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	drawn = newLines()
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf)
			_, _ = drawn.Write(buf[:n])
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		_ = tty.Close()
		<-gone // the last to have it open is gone, too
		_ = master.Close()
	})
	return master, tty, drawn
}

// atTerminal makes a process the leader of a session on the terminal.
func atTerminal(tty *os.File) func(*exec.Cmd) {
	return func(c *exec.Cmd) {
		c.Stdin, c.Stdout, c.Stderr = tty, tty, tty
		c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}
	}
}

// TestAtATerminalTheCommandHasIt: it reads what is typed, ^C is its own, and ^Z does
// not stop it, for then nobody would give signs of life.
func TestAtATerminalTheCommandHasIt(t *testing.T) {
	t.Parallel()
	keys, tty, drawn := screen(t)
	p := spawn(t, t.TempDir(), atTerminal(tty), "sh", "-c", `trap 'echo interrupted' INT
		echo ready; read x || read x; echo "read $x"; read y || read y; echo "read $y"; exit 5`)
	drawn.waitFor(t, "ready")
	_, _ = keys.WriteString("\x03")
	drawn.waitFor(t, "interrupted")
	_, _ = keys.WriteString("one\n")
	drawn.waitFor(t, "read one")
	_, _ = keys.WriteString("\x1a")
	_, _ = keys.WriteString("two\n")
	drawn.waitFor(t, "read two")
	if code := p.ends(t); code != 5 {
		t.Errorf("exit code %d:\n%s", code, drawn)
	}
	drawn.waitFor(t, "grt_1 ended") // written by the job, whose terminal it is again
}

// TestBesideAPipeTheTerminalIsShared: ^C reaches everybody, and is not passed on a
// second time.
func TestBesideAPipeTheTerminalIsShared(t *testing.T) {
	t.Parallel()
	keys, tty, _ := screen(t)
	out := newLines()
	p := spawn(t, t.TempDir(), func(c *exec.Cmd) {
		atTerminal(tty)(c)
		c.Stdout, c.Stderr = out, out
	}, "sh", "-c", `trap 'echo interrupted; n=$((n+1)); test $n -lt 2 || exit 6' INT; n=0; `+waits)
	out.waitFor(t, "ready")
	_, _ = keys.WriteString("\x03")
	out.waitFor(t, "interrupted\n")
	_, _ = keys.WriteString("\x03")
	if code := p.ends(t); code != 6 || strings.Count(out.String(), "interrupted") != 2 {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}
