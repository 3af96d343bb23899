package main

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"dbaccess/approvals"
	"dbaccess/credentials"
	"dbaccess/internal/devslack"
	"dbaccess/internal/devstack"
	"dbaccess/internal/devstack/pgtest"
)

// child is a server in a process of its own, to be killed.
type child struct {
	*exec.Cmd
	out  *output
	once sync.Once
}

type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// spawn starts a server process on the stack and waits until it serves.
func (s *story) spawn() *child {
	s.Helper()
	if s.listen != nil { // the child listens there
		_ = s.listen.Close()
		s.listen = nil
	}
	return s.spawnWith("config.yaml", 2)
}

// spawnWith starts a server process with that config of the stack's folder, and
// waits until Slack has so many sockets.
func (s *story) spawnWith(config string, sockets int) *child {
	s.Helper()
	self, err := os.Executable()
	if err != nil {
		s.Fatal(err)
	}
	c := &child{Cmd: exec.Command(self, "demo", "serve", "--config", s.dir+"/"+config), out: &output{}}
	c.Env = append(os.Environ(), childEnv+"=1")
	c.Stdout, c.Stderr = c.out, c.out
	if err := c.Start(); err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() {
		c.kill()
		if s.Failed() {
			s.Logf("the server process said:\n%s", c.out)
		}
	})
	ctx, cancel := context.WithTimeout(s.Context(), patience)
	defer cancel()
	if err := s.slack.WaitFor(ctx, func(n devslack.Snapshot) bool { return n.Sockets() >= sockets }); err != nil {
		s.Fatalf("the server process does not serve: %v\n%s", err, c.out)
	}
	return c
}

// kill ends the process without any chance to tidy up.
func (c *child) kill() {
	c.once.Do(func() {
		_ = c.Process.Signal(syscall.SIGKILL)
		_ = c.Wait()
	})
}

// looks opens the core beside the server process, to look at what is stored.
func (s *story) looks() {
	s.Helper()
	c, err := openCore(s.Context(), s.settings, slog.New(slog.DiscardHandler))
	if err != nil {
		s.Fatal(err)
	}
	s.core = c
	s.Cleanup(c.close)
}

// frozen holds back every CREATE, ALTER and DROP of roles on the shop's server,
// which must be this story's own, while during runs.
func (s *story) frozen(during func(waiting func() bool)) {
	s.Helper()
	conn := must[*pgx.Conn](s)(pgx.Connect(s.Context(), s.shop))
	defer conn.Close(context.Background())
	tx := must[pgx.Tx](s)(conn.Begin(s.Context()))
	// SHARE conflicts with the ROW EXCLUSIVE lock that changing a role takes, and
	// not with the reads that logging in needs.
	if _, err := tx.Exec(s.Context(), "LOCK TABLE pg_catalog.pg_authid IN SHARE MODE"); err != nil {
		s.Fatal(err)
	}
	during(func() bool {
		return s.shopRow("SELECT count(*)::text FROM pg_locks WHERE relation = 'pg_catalog.pg_authid'::regclass AND NOT granted") != "0"
	})
	if err := tx.Rollback(s.Context()); err != nil {
		s.Fatal(err)
	}
}

func TestKilledBetweenApprovalAndClaim(t *testing.T) {
	s := newStory(t, scene{noServer: true, own: pgtest.Own(t, devstack.PostgresOptions{})})
	first := s.spawn()
	s.looks()
	dm := s.approved("1h")
	first.kill()
	s.spawn()
	c := s.claims(dm)
	if _, err := s.connects(c).Exec(t.Context(), "SELECT count(*) FROM customers"); err != nil {
		t.Error(err)
	}
	s.verified()
}

func TestKilledDuringAClaim(t *testing.T) {
	killedDuringAClaim(t, scene{noServer: true, own: pgtest.Own(t, devstack.PostgresOptions{})})
}

func killedDuringAClaim(t *testing.T, sc scene) {
	s := newStory(t, sc)
	first := s.spawn()
	s.looks()
	dm := s.approved("1h")
	code := must[string](s)(s.claimCode(t.Context(), "alice", dm))
	s.frozen(func(waiting func() bool) {
		redeemed := make(chan error, 1)
		go func() { _, err := s.redeem(t.Context(), code); redeemed <- err }()
		s.eventually("the claim waits for Postgres", waiting)
		first.kill()
		if err := <-redeemed; err == nil {
			t.Error("a claim was answered by a dead server")
		}
	})
	if g := s.grant("alice"); g.State != credentials.Open || len(g.Leases) != 1 || g.Leases[0].State != credentials.Intended {
		t.Fatalf("the grant is %s with leases %+v", g.State, g.Leases)
	}
	s.spawn()
	// Thirty seconds after its beginning a claim is taken for dead; its holder's
	// next one ends what it left.
	s.ages("30 seconds")
	c := s.claims(s.seesDM("alice", "Get credentials"))
	if _, err := s.connects(c).Exec(t.Context(), "SELECT count(*) FROM customers"); err != nil {
		t.Error(err)
	}
	if n := s.ours(); n != "1" {
		t.Errorf("%s roles of ours are there, want the one just claimed", n)
	}
	s.verified()
}

// ages makes what a dead server had begun older than it is, as if the time had
// passed that others leave it to itself.
func (s *story) ages(by string) {
	s.Helper()
	conn := must[*pgx.Conn](s)(pgx.Connect(s.Context(), s.store))
	defer conn.Close(context.Background())
	for _, sql := range []string{
		"UPDATE dbaccess.leases SET at = at - $1::interval WHERE state = 'intended'",
		"UPDATE dbaccess.grants SET held_by = held_by - $1::interval WHERE state = 'revoking'",
		"UPDATE dbaccess.requests SET started_at = started_at - $1::interval WHERE state = 'executing'",
	} {
		if _, err := conn.Exec(s.Context(), sql, by); err != nil {
			s.Fatal(err)
		}
	}
}

func TestKilledDuringAnEnd(t *testing.T) {
	killedDuringAnEnd(t, scene{noServer: true, own: pgtest.Own(t, devstack.PostgresOptions{})})
}

func killedDuringAnEnd(t *testing.T, sc scene) {
	s := newStory(t, sc)
	first := s.spawn()
	s.looks()
	c := s.claims(s.approved("4s"))
	session := s.connects(c)
	s.frozen(func(waiting func() bool) {
		s.dies(session) // sessions never wait for roles to be dropped
		s.eventually("the end waits for Postgres", waiting)
		first.kill()
	})
	if g := s.grant("alice"); g.State != credentials.Revoking {
		t.Fatalf("the grant is %s, not revoking", g.State)
	}
	s.ages("30 seconds")
	s.spawn()
	s.eventually("the next server proves the end", func() bool { return s.grant("alice").State == credentials.Ended })
	s.isOver(c)
	s.seesDM("alice", "is over")
	s.verified()
}

func TestKilledWhileAStatementRuns(t *testing.T) {
	s := newStory(t, scene{noServer: true, own: pgtest.Own(t, devstack.PostgresOptions{})})
	first := s.spawn()
	s.looks()
	before := s.shopRow("SELECT status FROM shop.orders WHERE id = 1")
	s.held("1", func(waiting func() bool) {
		s.sends("alice", refundFirst)
		s.presses("bob", s.seesCard("UPDATE orders", "Approve"), "Approve")
		s.eventually("the statement runs", waiting)
		first.kill()
	})
	if r := s.request("alice"); r.State != approvals.Executing {
		t.Fatalf("the request is %s", r.State)
	}
	s.ages("16 minutes") // longer than a statement may run: its runner must be dead
	s.spawn()
	s.seesDM("alice", "failed", "Nothing was changed")
	if got := s.recorded(); got["statement.started"] != 1 || got["statement.failed"] != 1 {
		t.Errorf("recorded: %v", got)
	}
	if after := s.shopRow("SELECT status FROM shop.orders WHERE id = 1"); after != before {
		t.Errorf("the order is %s, was %s", after, before)
	}
	s.verified()
}
