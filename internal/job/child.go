package job

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// child is the running command.
type child struct {
	cmd  *exec.Cmd
	term terminal
	done chan int // its exit code, once
	told bool     // it was told to end: the next time it is killed

	ended bool // done has been received
}

// ErrNotFound and ErrNotRun mean that the command could not be started.
var (
	ErrNotFound = errors.New("the command was not found")
	ErrNotRun   = errors.New("the command could not be run")
)

// start runs the command. It is told to end if this process dies, where the system
// can do that.
func (j *Job) start(env []string) (*child, error) {
	c := &child{cmd: exec.Command(j.Command[0], j.Command[1:]...), done: make(chan int, 1), term: findTerminal(j.Stdin, j.Stdout)}
	c.cmd.Env, c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = env, j.Stdin, j.Stdout, j.Stderr
	c.cmd.SysProcAttr = c.term.attributes()
	c.cmd.WaitDelay = 5 * time.Second // for output that something in the background still holds open
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // a command's parent, for the system, is the thread that started it
		defer runtime.UnlockOSThread()
		err := c.cmd.Start()
		started <- err
		if err != nil {
			return
		}
		c.term.watch(c.cmd.Process.Pid)
		err = c.cmd.Wait()
		c.term.takeBack()
		c.done <- code(c.cmd.ProcessState, err)
	}()
	if err := <-started; err != nil {
		c.term.close()
		if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%w: %w", ErrNotFound, err)
		}
		return nil, fmt.Errorf("%w: %w", ErrNotRun, err)
	}
	return c, nil
}

// code is the exit code as a shell would give it.
func code(state *os.ProcessState, err error) int {
	if state == nil {
		return 1
	}
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	if state.ExitCode() == 0 && err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		return 1 // its output could not be written
	}
	return state.ExitCode()
}

// signal sends a signal to the command and all that it started.
func (c *child) signal(s syscall.Signal) {
	pid := c.cmd.Process.Pid
	if !c.term.shared {
		pid = -pid
	}
	_ = syscall.Kill(pid, s)
}

// signalUnlessDone does nothing once the command's end was seen: its number may be
// another's by then.
func (c *child) signalUnlessDone(s syscall.Signal) {
	if !c.ended {
		c.signal(s)
	}
}

// forward passes a signal on. The second that asks the command to end kills it.
func (c *child) forward(s syscall.Signal) {
	if c.term.shared && (s == syscall.SIGINT || s == syscall.SIGQUIT) {
		return // typed at the terminal, and the command has it already
	}
	if s != syscall.SIGUSR1 && s != syscall.SIGUSR2 {
		if c.told {
			s = syscall.SIGKILL
		}
		c.told = true
	}
	c.signal(s)
}

// terminal is how the command and the terminal, if there is one, stand.
//
//   - With a terminal at both ends (psql, a shell) the command gets it, in a process
//     group of its own: what is typed, ^C too, is the command's.
//   - With a terminal at one end (a pipe behind us) the command stays in our group:
//     whoever else is in it shares the terminal, and ^C reaches all.
//   - Without one it has a group of its own, and signals are passed on to that.
type terminal struct {
	tty    *os.File // ours to give; nil if there is none
	shared bool
	stop   chan struct{}
}

func findTerminal(in, out any) terminal {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return terminal{}
	}
	front, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
	if err != nil || front != syscall.Getpgrp() {
		_ = tty.Close()
		return terminal{} // another job has it
	}
	switch reads, writes := isTerminal(in), isTerminal(out); {
	case reads && writes:
		return terminal{tty: tty}
	case reads || writes || isTerminal(os.Stderr):
		_ = tty.Close()
		return terminal{shared: true}
	}
	_ = tty.Close()
	return terminal{}
}

func isTerminal(f any) bool {
	file, ok := f.(*os.File)
	if !ok {
		return false
	}
	_, err := unix.IoctlGetInt(int(file.Fd()), unix.TIOCGPGRP)
	return err == nil
}

func (t *terminal) attributes() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: !t.shared}
	if t.tty != nil {
		attr.Foreground, attr.Ctty = true, int(t.tty.Fd())
	}
	endWithParent(attr)
	return attr
}

// watch keeps a command that has the terminal going when ^Z is typed: stopped with
// it, nobody would give signs of life, and its access would be gone on return.
func (t *terminal) watch(pid int) {
	if t.tty == nil {
		return
	}
	t.stop = make(chan struct{})
	changes := make(chan os.Signal, 1)
	signal.Notify(changes, syscall.SIGCHLD)
	go func() {
		defer signal.Stop(changes)
		for {
			select {
			case <-t.stop:
				return
			case <-changes:
				if stopped(pid) {
					_ = syscall.Kill(-pid, syscall.SIGCONT)
				}
			}
		}
	}()
}

// takeBack makes this process the terminal's again.
func (t *terminal) takeBack() {
	if t.tty == nil {
		return
	}
	signal.Ignore(syscall.SIGTTOU) // whoever is not in front may not do this otherwise
	_ = unix.IoctlSetPointerInt(int(t.tty.Fd()), unix.TIOCSPGRP, syscall.Getpgrp())
	signal.Reset(syscall.SIGTTOU)
	t.close()
}

func (t *terminal) close() {
	if t.tty != nil {
		_ = t.tty.Close()
	}
	if t.stop != nil {
		close(t.stop)
	}
}
