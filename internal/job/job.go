package job

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"dbaccess/internal/api"
	v1 "dbaccess/internal/api/v1"
	"dbaccess/internal/fault"
)

// Server is what a job needs of dbaccess. A client.Client is one.
type Server interface {
	Claim(ctx context.Context, grant string, attended bool) (api.Claimed, error)
	Alive(ctx context.Context, grant string) (time.Time, error)
	End(ctx context.Context, grant string) (v1.Grant, error)
	Grant(ctx context.Context, grant string) (v1.Grant, error)
}

// Job is one command and the grant that it runs under.
type Job struct {
	Server  Server
	Grant   string   // open, or claimed before: then its earlier credential is replaced
	Command []string // the program and its arguments
	Env     []string // the command's environment beside ours; nil = this process's

	Stdin          io.Reader
	Stdout, Stderr io.Writer

	// Renew asks for access anew when the window is about to end, and returns the
	// grant, to be claimed; empty if people would have to decide. Nil = never.
	Renew func(ctx context.Context) (grant string, err error)
	Tell  func(Event) // what happens beside the command; may be nil; never called twice at once

	roots []string      // where the folder may be; nil = the best there is
	grace time.Duration // between telling the command to end and killing it; 0 = 10 s
	every time.Duration // between two signs of life; 0 = 15 s
}

// Result is how a job ended.
type Result struct {
	Code   int   // the command's exit code; 128 + n if signal n ended it, or came before it began
	Over   error // what the server said when it ended the access under the running command
	Ended  []v1.Grant
	Unsure []string // grants whose end could not be seen; the server ends them by itself
}

// Times that are decisions.
const (
	lifeEvery      = 15 * time.Second // the server waits three times as long
	killAfter      = 10 * time.Second
	claimPatience  = 90 * time.Second // a server that restarts, and a mint that it had begun
	endPatience    = 2 * time.Minute  // for a server that restarts
	proofPatience  = 30 * time.Second // for the end to be proven, once it has begun
	renewBefore    = 5 * time.Minute  // the end of the window, at most
	parentLookedAt = time.Second
)

// forwarded are the signals that the command gets when this process does.
var forwarded = []os.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2}

// Run claims the grant, runs the command with it, and ends the grant. The error
// tells why the command could not be run; how it ended is in the Result. When ctx
// is done the command gets a SIGTERM.
func (j *Job) Run(ctx context.Context) (r Result, err error) {
	signals := listen()
	defer signal.Stop(signals)
	k := &keeper{job: j, held: []held{{grant: j.Grant}}, over: make(chan error, 1)}
	defer func() { r.Ended, r.Unsure = k.endAll(ctx, signals) }() // the last thing, whatever went before
	if k.folder, err = newFolder(j.roots); err != nil {
		return r, err
	}
	defer k.folder.remove()
	sig, err := j.begin(ctx, k, signals)
	if err != nil || sig != 0 {
		return Result{Code: 128 + int(sig)}, err
	}
	c, err := j.start(k.folder.environ(j.Env, k.held[0].Claimed))
	if err != nil {
		return r, err
	}
	defer c.signalUnlessDone(syscall.SIGKILL) // a panic leaves nothing running
	kept, stop := context.WithCancel(context.WithoutCancel(ctx))
	gone := make(chan struct{})
	go func() { defer close(gone); k.keep(kept) }()
	r = j.attend(ctx, c, k, signals)
	stop()
	<-gone
	return r, nil
}

// begin claims the grant and writes the files, unless a signal comes before that.
func (j *Job) begin(ctx context.Context, k *keeper, signals <-chan os.Signal) (syscall.Signal, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- k.claim(ctx, 0) }()
	select {
	case err := <-done:
		return 0, err
	case s := <-signals:
		cancel()
		<-done
		return number(s), nil
	}
}

// attend waits for the command, passes signals on, and ends the command when its
// access is over, ctx is done, or whoever started this process is gone.
func (j *Job) attend(ctx context.Context, c *child, k *keeper, signals <-chan os.Signal) (r Result) {
	var kill <-chan time.Time
	end := func() {
		if kill == nil {
			c.signal(syscall.SIGTERM)
			grace := j.grace
			if grace <= 0 {
				grace = killAfter
			}
			kill = time.After(grace)
		}
	}
	cancelled := ctx.Done()
	orphaned := orphaned()
	look := time.NewTicker(parentLookedAt)
	defer look.Stop()
	for {
		select {
		case r.Code = <-c.done:
			c.ended = true
			return r
		case s := <-signals:
			c.forward(number(s))
		case r.Over = <-k.over:
			k.tell(Event{What: Over, Grant: k.newest().grant, Err: r.Over})
			end()
		case <-cancelled:
			cancelled = nil
			end()
		case <-look.C:
			if orphaned() {
				end()
			}
		case <-kill:
			c.signal(syscall.SIGKILL)
		}
	}
}

// listen begins to receive the signals to forward, but for those that whoever
// started this process wants ignored, as nohup does.
func listen() chan os.Signal {
	c := make(chan os.Signal, 16)
	for _, s := range forwarded {
		if !signal.Ignored(s) {
			signal.Notify(c, s)
		}
	}
	return c
}

// orphaned returns what reports whether the process that started this one has
// died. Under nohup that is how it is meant.
func orphaned() func() bool {
	parent := os.Getppid()
	if signal.Ignored(syscall.SIGHUP) {
		return func() bool { return false }
	}
	return func() bool { return os.Getppid() != parent }
}

func number(s os.Signal) syscall.Signal {
	n, _ := s.(syscall.Signal)
	return n
}

// final reports whether asking again cannot change the server's answer.
func final(err error) bool {
	switch fault.KindOf(err) {
	case fault.Internal, fault.Unavailable:
		return errors.Is(err, context.Canceled)
	default:
		return true
	}
}

// What is a kind of Event.
type What string

// What may happen.
const (
	NotYet     What = "not_yet"     // the credential cannot be made yet; it is tried again
	Claimed    What = "claimed"     // the credential is there
	Renewed    What = "renewed"     // another grant goes on where the window ends
	NotRenewed What = "not_renewed" // … and why not; the window ends
	Silent     What = "silent"      // the server cannot be told that the command lives
	Over       What = "over"        // the server has ended the access
	Ended      What = "ended"       // proven
	NotEnded   What = "not_ended"   // not proven; the server goes on by itself
)

// Event is what happens beside the command.
type Event struct {
	What  What
	Grant string
	At    time.Time // Claimed, Renewed: until when it lasts; Ended: when it was proven
	Err   error
}

// String says it for people.
func (e Event) String() string {
	at := e.At.Local().Format("15:04:05")
	switch e.What {
	case NotYet:
		return "no credential yet, trying again: " + sentence(e.Err)
	case Claimed:
		return "access until " + at
	case Renewed:
		return "access renewed, until " + at
	case NotRenewed:
		return "access is not renewed: " + sentence(e.Err)
	case Silent:
		return "no sign of life reaches the server: " + sentence(e.Err)
	case Over:
		return "the access is over: " + sentence(e.Err)
	case Ended:
		return "access proven ended at " + at
	default:
		return "the end of the access was not seen; the server ends it by itself: " + sentence(e.Err)
	}
}

func sentence(err error) string {
	if err == nil {
		return "not proven yet"
	}
	if f := fault.Show(err); f.Kind != fault.Internal {
		return f.Msg
	}
	return fmt.Sprint(err)
}
