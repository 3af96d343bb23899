package job

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"dbaccess/internal/api"
	v1 "dbaccess/internal/api/v1"
	"dbaccess/internal/fault"
)

// runnerEnv makes the test binary a process that runs one job, for tests that send
// it signals; its value is where the job's folder is made.
const runnerEnv = "DBACCESS_TEST_JOB_ROOT"

func TestMain(m *testing.M) {
	if root := os.Getenv(runnerEnv); root != "" {
		os.Exit(runner(root))
	}
	// Under nohup SIGHUP is ignored, and a job heeds that: the ones here are to be
	// started as from a terminal.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	os.Exit(m.Run())
}

// runner runs its arguments as a job on a server of its own, and says on standard
// error what becomes of the grant.
func runner(root string) int {
	s := newStand(time.Hour)
	j := s.job(nil, os.Args[1:]...)
	j.roots, j.Stdin, j.Stdout, j.Stderr = []string{root}, os.Stdin, os.Stdout, os.Stderr
	j.Tell = func(e Event) { fmt.Fprintln(os.Stderr, "job:", e.What) }
	r, err := j.Run(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	fmt.Fprintln(os.Stderr, "stand:", s.states())
	return r.Code
}

// stand is a server in memory: grants and when they end.
type stand struct {
	mu     sync.Mutex
	window time.Duration
	grants map[string]*v1.Grant
	claims int   // how many were answered
	signs  int   // of life
	away   error // what every call says
	lost   int   // so many claims are made, and their answers lost
	over   error // what the next sign of life is told
	role   int
}

func newStand(window time.Duration) *stand {
	return &stand{window: window, grants: map[string]*v1.Grant{"grt_1": {ID: "grt_1", State: "open"}}}
}

func (s *stand) set(change func(*stand)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

func (s *stand) states() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []string
	for i := range len(s.grants) {
		id := fmt.Sprint("grt_", i+1)
		list = append(list, id+" "+s.grants[id].State)
	}
	return strings.Join(list, ", ")
}

const password = "correct:horse\\battery"

func (s *stand) Claim(ctx context.Context, grant string, attended bool) (api.Claimed, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, ok := s.grants[grant]
	switch {
	case ctx.Err() != nil:
		return api.Claimed{}, ctx.Err()
	case s.away != nil:
		return api.Claimed{}, s.away
	case !ok || !attended:
		return api.Claimed{}, fault.New(fault.NotFound, "There is no such grant.", "")
	case g.State == "ended":
		return api.Claimed{}, fault.New(fault.Expired, "This access was ended.", "")
	}
	g.State = "active"
	s.role++
	if s.lost > 0 {
		s.lost--
		return api.Claimed{}, fault.New(fault.Unavailable, "It does not answer.", "")
	}
	s.claims++
	now := time.Now().Add(time.Minute) // its clock is ahead
	return api.Claimed{
		Grant: grant, Name: "shop", Profile: "masked-read", Host: "db.example.test", Port: 5433, Database: "shop", SSLMode: "verify-full",
		Role: fmt.Sprint("dba-abcdef-", s.role), Password: password, Until: now.Add(s.window), Now: now,
	}, nil
}

func (s *stand) Alive(_ context.Context, grant string) (time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.away != nil:
		return time.Time{}, s.away
	case s.over != nil:
		return time.Time{}, s.over
	case s.grants[grant].State != "active":
		return time.Time{}, fault.New(fault.Expired, "The time of this access is over.", "")
	}
	s.signs++
	return time.Now().Add(time.Minute + 45*time.Second), nil
}

func (s *stand) End(_ context.Context, grant string) (v1.Grant, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away != nil {
		return v1.Grant{}, s.away
	}
	g := s.grants[grant]
	if g.State == "active" {
		g.State = "revoking" // and Grant proves it
	} else {
		g.State, g.EndedAt = "ended", time.Now()
	}
	return *g, nil
}

func (s *stand) Grant(_ context.Context, grant string) (v1.Grant, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.grants[grant]
	if g.State == "revoking" {
		g.State, g.EndedAt = "ended", time.Now()
	}
	return *g, nil
}

// job is a job on the stand.
func (s *stand) job(out io.Writer, command ...string) *Job {
	return &Job{
		Server: s, Grant: "grt_1", Command: command, Env: append(os.Environ(), "PGPASSWORD=old", "PGHOSTADDR=192.0.2.1"),
		Stdout: out, Stderr: out, every: 20 * time.Millisecond, grace: time.Second,
	}
}

// lines is output that can be waited for.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{}
}

func newLines() *lines { return &lines{more: make(chan struct{})} }

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.more)
	l.more = make(chan struct{})
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// waitFor waits until the output has those words.
func (l *lines) waitFor(t *testing.T, words string) {
	t.Helper()
	late := time.After(20 * time.Second)
	for {
		l.mu.Lock()
		text, more := l.text.String(), l.more
		l.mu.Unlock()
		if strings.Contains(text, words) {
			return
		}
		select {
		case <-more:
		case <-late:
			t.Fatalf("%q never came, but:\n%s", words, text)
		}
	}
}

// process is a job in a process of its own.
type process struct {
	*exec.Cmd
	out  *lines
	done chan struct{}
}

func spawn(t *testing.T, root string, change func(*exec.Cmd), command ...string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{Cmd: exec.Command(self, command...), out: newLines(), done: make(chan struct{})}
	p.Env = append(os.Environ(), runnerEnv+"="+root)
	p.Stdout, p.Stderr = p.out, p.out
	p.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // without a terminal, whoever runs the tests
	if change != nil {
		change(p.Cmd)
	}
	p.WaitDelay = 5 * time.Second // what it started may hold its output open
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = p.Wait(); close(p.done) }()
	t.Cleanup(func() {
		_ = p.Process.Kill()
		<-p.done
	})
	return p
}

// ends waits for the process and returns its exit code.
func (p *process) ends(t *testing.T) int {
	t.Helper()
	select {
	case <-p.done:
	case <-time.After(20 * time.Second):
		t.Fatalf("it does not end:\n%s", p.out)
	}
	return p.ProcessState.ExitCode()
}
