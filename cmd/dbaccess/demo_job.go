package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"dbaccess/internal/devstack/oidc"
)

// This file has the commands of the demo's job and agent: this program, in
// processes of their own, with nothing from here but what they are given.

// runOf is what a runner's token says of a run of the nightly workflow.
func runOf(commit string, run int) oidc.Claims {
	return oidc.Claims{
		"sub": "repo:acme/shop:ref:refs/heads/main", "repository": "acme/shop", "ref": "refs/heads/main", "sha": commit,
		"workflow_ref": "acme/shop/.github/workflows/nightly.yml@refs/heads/main", "event_name": "schedule",
		"actor": "alice-gh", "run_id": strconv.Itoa(run),
	}
}

// program is a dbaccess command that runs beside the server.
type program struct {
	*exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader // read it to its end before wait
	said *noted        // its standard error
}

// noted keeps what was written.
type noted struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{} // closed when there is more; nil if nobody waits
}

func (n *noted) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.more != nil {
		close(n.more)
		n.more = nil
	}
	return n.text.Write(p)
}

func (n *noted) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.String()
}

// next returns what was written so far, and what is closed when there is more.
func (n *noted) next() (string, <-chan struct{}) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.more == nil {
		n.more = make(chan struct{})
	}
	return n.text.String(), n.more
}

// runs starts a dbaccess command in the checkout, with those variables only.
func (p *script) runs(ctx context.Context, env []string, args ...string) (*program, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	for _, dir := range []string{p.checkout(), p.home()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
	}
	g := &program{Cmd: exec.CommandContext(ctx, self, args...), said: &noted{}}
	g.Cancel = func() error { return g.Process.Signal(os.Interrupt) } // so that it can end what it holds
	g.WaitDelay = 5 * time.Second
	g.Dir, g.Stderr = p.checkout(), g.said
	g.Env = slices.Concat([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + p.home(), "DBACCESS_KEYRING=no", "DBACCESS_URL=" + p.config.PublicURL}, p.more, env)
	if g.in, err = g.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := g.StdoutPipe()
	if err != nil {
		return nil, err
	}
	g.out = bufio.NewReader(out)
	if err := g.Start(); err != nil {
		return nil, fmt.Errorf("run dbaccess %s: %w", args[0], err)
	}
	return g, nil
}

// ends closes the program's input, waits for its end, and returns what else it
// printed. An exit code other than want is an error.
func (g *program) ends(want int) (string, error) {
	_ = g.in.Close()
	rest, err := io.ReadAll(g.out)
	if err != nil && !errors.Is(err, fs.ErrClosed) {
		return "", err
	}
	var exit *exec.ExitError
	if err := g.Wait(); err != nil && !errors.As(err, &exit) {
		return "", err
	}
	if code := g.ProcessState.ExitCode(); code != want {
		return "", fmt.Errorf("%s ended with exit code %d, not %d: %s", strings.Join(g.Args[1:], " "), code, want, oneLine(g.said.String(), 300))
	}
	return string(rest), nil
}

// tells waits until the program has said those words, and returns their line.
func (g *program) tells(ctx context.Context, words string) (string, error) {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	for {
		said, more := g.said.next()
		for line := range strings.Lines(said) {
			if strings.Contains(line, words) && strings.HasSuffix(line, "\n") {
				return strings.TrimSpace(line), nil
			}
		}
		select {
		case <-more:
		case <-ctx.Done():
			return "", fmt.Errorf("it did not say %q, but: %s", words, oneLine(said, 300))
		}
	}
}

// checkout is where the job runs, and home its home: both new.
func (p *script) checkout() string { return filepath.Join(p.dir, "checkout") }
func (p *script) home() string     { return filepath.Join(p.dir, "home") }

// psql is what the job's commands run: the machine's, else one of the demo's own.
func psql() []string {
	if path, err := exec.LookPath("psql"); err == nil {
		return []string{path}
	}
	own, err := ownPsql()
	if err != nil {
		return []string{"psql"} // exec will say that there is none
	}
	return own
}

func ownPsql() ([]string, error) {
	self, err := os.Executable()
	return []string{self, "demo", "psql"}, err
}
