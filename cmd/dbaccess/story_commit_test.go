package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dbaccess/approvals"
	"dbaccess/internal/devstack"
	"dbaccess/internal/devstack/pgtest"
	"dbaccess/internal/devstack/shop"
)

// between stands before the shop's server, where runs connect to, and lets
// something happen to each COMMIT.
type between struct {
	net.Listener
	to       string
	onCommit func(c *committing)
}

// committing is a session that has sent its COMMIT, which stands here still.
type committing struct {
	runner, server net.Conn
	message        []byte
	answer         []byte
	answered       chan struct{} // closed when the server has answered it, or is gone
}

// forward sends the COMMIT on.
func (c *committing) forward() { _, _ = c.server.Write(c.message) }

// deliver brings the server's answer to the runner after all.
func (c *committing) deliver() {
	<-c.answered
	_, _ = c.runner.Write(c.answer)
}

// lose breaks both connections.
func (c *committing) lose() { _, _ = c.runner.Close(), c.server.Close() }

func (b *between) serve() {
	for {
		runner, err := b.Accept()
		if err != nil {
			return
		}
		go b.lead(runner)
	}
}

// lead leads one session through, up to its COMMIT.
func (b *between) lead(runner net.Conn) {
	server, err := net.Dial("tcp", b.to)
	if err != nil {
		_ = runner.Close()
		return
	}
	c := &committing{runner: runner, server: server, answered: make(chan struct{})}
	defer c.lose()
	commits := make(chan struct{})
	go c.answers(commits)
	for head := 4; ; head = 5 { // the first message has no type
		message := make([]byte, head)
		if _, err := io.ReadFull(runner, message); err != nil {
			return
		}
		rest := make([]byte, binary.BigEndian.Uint32(message[head-4:])-4)
		if _, err := io.ReadFull(runner, rest); err != nil {
			return
		}
		message = append(message, rest...)
		if message[0] == 'Q' && string(message[5:]) == "COMMIT\x00" {
			close(commits)
			c.message = message
			b.onCommit(c)
			return
		}
		if _, err := server.Write(message); err != nil {
			return
		}
	}
}

// answers leads the server's answers through, until a COMMIT stands here.
func (c *committing) answers(commits chan struct{}) {
	defer close(c.answered)
	answer := make([]byte, 64<<10)
	for {
		n, err := c.server.Read(answer)
		select {
		case <-commits:
			c.answer = answer[:n]
			return
		default:
		}
		if err != nil {
			_ = c.runner.Close()
			return
		}
		_, _ = c.runner.Write(answer[:n])
	}
}

// commits is a scene on that server in which something happens to each COMMIT of
// a run.
func commits(t *testing.T, pg *devstack.Postgres, sc scene, onCommit func(*committing)) scene {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	b := &between{Listener: l, to: fmt.Sprintf("%s:%d", pg.Host, pg.Port), onCommit: onCommit}
	go b.serve()
	was, is := fmt.Sprintf("port: %d", pg.Port), fmt.Sprintf("port: %d", l.Addr().(*net.TCPAddr).Port)
	sc.edit = func(yaml string) string { return strings.Replace(yaml, was, is, 1) }
	return sc
}

func (s *story) status() string {
	s.Helper()
	return s.shopRow("SELECT status FROM shop.orders WHERE id = 1")
}

// asksRefund has alice's change of the first order approved.
func (s *story) asksRefund() {
	s.Helper()
	s.sends("alice", refundFirst)
	s.presses("bob", s.seesCard("UPDATE orders", "Approve"), "Approve")
}

func TestACommitWhoseAnswerIsLostIsFoundOut(t *testing.T) {
	s := newStory(t, commits(t, pgtest.Server(t), scene{}, func(c *committing) {
		c.forward()
		<-c.answered
		c.lose()
	}))
	s.asksRefund()
	s.seesDM("alice", "done", "1 row")
	if got := s.status(); got != "refunded" {
		t.Errorf("the order is %s", got)
	}
	if got := s.recorded(); got["statement.committing"] != 1 || got["statement.executed"] != 1 {
		t.Errorf("recorded: %v", got)
	}
	s.verified()
}

func TestACommitThatNeverArrivedHasChangedNothing(t *testing.T) {
	s := newStory(t, commits(t, pgtest.Server(t), scene{}, (*committing).lose))
	before := s.status()
	s.asksRefund()
	s.seesDM("alice", "failed", "nothing was changed")
	if got := s.status(); got != before {
		t.Errorf("the order is %s, was %s", got, before)
	}
	if got := s.recorded(); got["statement.committing"] != 1 || got["statement.failed"] != 1 {
		t.Errorf("recorded: %v", got)
	}
}

// killed kills the server process when its COMMIT stands between, and lets then
// happen to the COMMIT.
func killed(t *testing.T, then func(*committing)) (s *story, before string) {
	t.Helper()
	pg := pgtest.Own(t, devstack.PostgresOptions{})
	reached := make(chan *committing)
	s = newStory(t, commits(t, pg, scene{noServer: true, own: pg}, func(c *committing) {
		reached <- c
		<-c.answered
	}))
	first := s.spawn()
	s.looks()
	before = s.status()
	s.asksRefund()
	c := <-reached
	first.kill()
	then(c)
	if r := s.request("alice"); r.State != approvals.Executing || r.Mark.XID == "" {
		t.Fatalf("the request is %s, marked %+v", r.State, r.Mark)
	}
	s.ages("16 minutes")
	return s, before
}

func TestKilledBeforeItsCommitArrived(t *testing.T) {
	s, before := killed(t, (*committing).lose)
	s.spawn()
	s.seesDM("alice", "failed", "Nothing was changed")
	if got := s.status(); got != before {
		t.Errorf("the order is %s, was %s", got, before)
	}
	s.eventually("the run's credential is gone", func() bool { return s.ours() == "0" })
	s.verified()
}

func TestKilledBeforeItsCommitWasAnswered(t *testing.T) {
	s, _ := killed(t, func(c *committing) {
		c.forward()
		<-c.answered
	})
	s.spawn()
	s.seesDM("alice", "done", "took effect (rows changed: 1)")
	s.seesCard("UPDATE orders", "took effect")
	if got := s.status(); got != "refunded" {
		t.Errorf("the order is %s", got)
	}
	if got := s.recorded(); got["statement.executed"] != 1 || got["statement.failed"] != 0 {
		t.Errorf("recorded: %v", got)
	}
	s.verified()
}

func TestARunIsNotJudgedWhileItsCommitIsUnderWay(t *testing.T) {
	var held *committing
	s, before := killed(t, func(c *committing) { held = c })
	if err := s.core.requests.Sweep(t.Context()); err == nil || !strings.Contains(err.Error(), "under way") {
		t.Errorf("the sweep: %v", err)
	}
	if r := s.request("alice"); r.State != approvals.Executing || s.status() != before {
		t.Fatalf("the request is %s, the order %s", r.State, s.status())
	}
	held.forward()
	<-held.answered
	s.spawn()
	s.seesDM("alice", "done", "took effect (rows changed: 1)")
	s.verified()
}

func TestAnotherServerCannotTellWhatBecameOfACommit(t *testing.T) {
	s, _ := killed(t, func(c *committing) {
		c.forward()
		<-c.answered
	})
	other := pgtest.Own(t, devstack.PostgresOptions{})
	if err := shop.Load(t.Context(), other.URL("postgres"), shop.Options{Customers: 10, Mask: maskShop}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.dir, "monitor_url"), []byte(other.URL("postgres")), 0o600); err != nil {
		t.Fatal(err)
	}
	s.spawn()
	s.seesDM("alice", "failed", "not known whether it took effect", "another server")
	s.seesCard("UPDATE orders", "not known whether it took effect")
	if got := s.recorded(); got["statement.unknown"] != 1 {
		t.Errorf("recorded: %v", got)
	}
}
