package devstack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"sync"
	"syscall"
	"time"

	"dbaccess/internal/fault"
)

// errExited means that a server's process ended by itself.
var errExited = errors.New("exited")

// account is the system account that a server runs as; nil is our own.
type account struct{ uid, gid uint32 }

// serverAccount is nil for an ordinary account. For root, which Postgres
// refuses, it is postgres or nobody.
func serverAccount() (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "_postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errUID := strconv.ParseUint(u.Uid, 10, 32)
		gid, errGID := strconv.ParseUint(u.Gid, 10, 32)
		if errUID == nil && errGID == nil && uid != 0 {
			return &account{uid: uint32(uid), gid: uint32(gid)}, nil
		}
	}
	return nil, fault.New(fault.Unavailable,
		"Postgres refuses to run as root, and this machine has neither an account postgres nor nobody.",
		"Make one with `useradd --system postgres`, or run as an ordinary account.")
}

// command prepares a program to run as the account, with nothing of our
// environment: PGPORT, VAULT_ADDR and their like would change what it does.
func (a *account) command(ctx context.Context, path string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = []string{"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C"}
	cmd.Dir = "/"
	// A group of its own: Ctrl-C in a terminal must reach us, not the server,
	// which is stopped after everything that uses it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if a != nil {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
	}
	return cmd
}

// own gives a path to the account.
func (a *account) own(path string) error {
	if a == nil {
		return nil
	}
	return os.Lchown(path, int(a.uid), int(a.gid))
}

// process is a running server.
type process struct {
	cmd   *exec.Cmd
	done  chan struct{} // closed when the process has ended
	guard func()        // ends the guard; see startGuard
}

// startProcess starts a server with its output appended to logFile.
func startProcess(a *account, logFile, path string, args ...string) (*process, error) {
	log, err := os.OpenFile(logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	cmd := a.command(context.Background(), path, args...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, done: make(chan struct{})}
	var guardErr error
	p.guard, guardErr = startGuard(a, cmd.Process.Pid)
	go func() {
		_ = cmd.Wait() // how it ended is in its log
		p.guard()
		close(p.done)
	}()
	if guardErr != nil {
		return nil, errors.Join(guardErr, p.kill())
	}
	return p, nil
}

// startGuard starts a shell that waits for our end of a pipe to close, which
// the kernel does however this process dies, and then ends the server. It works
// on Linux and macOS alike. What it returns ends the guard; that comes before or
// with the server's own end, so that no guard signals a process number that has
// passed to somebody else. It may be called more than once.
func startGuard(a *account, pid int) (end func(), err error) {
	guard := a.command(context.Background(), "/bin/sh", "-c", `read -r line; kill -QUIT "$1"`, "sh", strconv.Itoa(pid))
	leash, err := guard.StdinPipe()
	if err == nil {
		err = guard.Start()
	}
	if err != nil {
		return func() {}, fmt.Errorf("start the server's guard: %w", err)
	}
	return sync.OnceFunc(func() {
		_ = guard.Process.Kill()
		_ = guard.Wait()
		_ = leash.Close()
	}), nil
}

// stop shuts the server down in order (sessions are broken, data is flushed),
// and kills it if that takes too long or ctx ends.
func (p *process) stop(ctx context.Context) error {
	p.guard()
	_ = p.cmd.Process.Signal(syscall.SIGINT)
	late := time.NewTimer(10 * time.Second)
	defer late.Stop()
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
	case <-late.C:
	}
	return p.kill()
}

// kill ends the server and its sessions at once.
func (p *process) kill() error {
	p.guard()
	// SIGQUIT lets the server end its children first; SIGKILL would leave them
	// holding the shared memory for a moment.
	_ = p.cmd.Process.Signal(syscall.SIGQUIT)
	late := time.NewTimer(10 * time.Second)
	defer late.Stop()
	select {
	case <-p.done:
		return nil
	case <-late.C:
		_ = p.cmd.Process.Kill()
		<-p.done
		return errors.New("the server did not end when told to, and was killed")
	}
}

// crash ends the process itself, with no word of warning. It is for servers
// without children.
func (p *process) crash() {
	p.guard()
	_ = p.cmd.Process.Kill()
	<-p.done
}
