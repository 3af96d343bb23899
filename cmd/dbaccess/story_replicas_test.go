package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"dbaccess/approvals"
	"dbaccess/credentials"
	"dbaccess/internal/api"
	"dbaccess/internal/devslack"
	"dbaccess/internal/devstack"
	"dbaccess/internal/devstack/pgtest"
	"dbaccess/internal/identity"
)

// joins starts one more server on the same store and Slack, in this process, and
// returns it.
func (s *story) joins() *running {
	s.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.Fatal(err)
	}
	s.stack.listen = l
	srv, err := startServer(s.Context(), s.stack, slog.New(slog.NewTextHandler(s.log, nil)))
	if err != nil {
		s.Fatalf("start another server: %v", err)
	}
	s.Cleanup(func() {
		if err := srv.stop(); err != nil {
			s.Errorf("stop the other server: %v", err)
		}
	})
	if !s.config.Slack.OverHTTP() {
		s.waitsForSockets(4)
	}
	return srv
}

func (s *story) waitsForSockets(n int) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), patience)
	defer cancel()
	if err := s.slack.WaitFor(ctx, func(look devslack.Snapshot) bool { return look.Sockets() >= n }); err != nil {
		s.Fatalf("there are no %d sockets: %v", n, err)
	}
}

// at is the claim page of the server that listens there.
func (s *story) at(address string) func(code string) (api.Claimed, error) {
	there := *s.stack
	there.config.PublicURL = "http://" + address
	return func(code string) (api.Claimed, error) { return there.redeem(s.Context(), code) }
}

func (r *running) address() string { return r.listener.Addr().String() }

// opens brings somebody an approved grant, which they have not claimed.
func (s *story) opens(user, window string) credentials.Grant {
	s.Helper()
	reason := fmt.Sprintf("INC-%d", incidents.next())
	s.types(user, "/dbaccess shop masked-read "+window+" because "+reason)
	s.presses("bob", s.seesCard(reason, "Approve"), "Approve")
	var found credentials.Grant
	s.eventually(reason+" is granted", func() bool {
		r := s.request(user)
		list := must[[]credentials.Grant](s)(s.core.grants.Grants(s.Context(), credentials.GrantFilter{Request: r.ID}))
		if r.Reason != reason || len(list) != 1 {
			return false
		}
		found = list[0]
		return true
	})
	return found
}

var incidents counter

// counter counts for all stories.
type counter struct {
	mu sync.Mutex
	n  int
}

func (c *counter) next() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	return 1000 + c.n
}

// code makes a claim code as *Get credentials* does.
func (s *story) code(g credentials.Grant) string {
	s.Helper()
	who := identity.Principal{Kind: identity.Person, Name: g.Holder}
	code, _, err := s.core.grants.IssueCode(s.Context(), who, g.ID)
	if err != nil {
		s.Fatalf("code of %s: %v", g.ID, err)
	}
	return code.Reveal()
}

func (s *story) grantNow(id approvals.GrantID) credentials.Grant {
	s.Helper()
	return must[credentials.Grant](s)(s.core.grants.Grant(s.Context(), id))
}

// count returns how many events of that type a grant has.
func (s *story) count(id approvals.GrantID, of string) (n int) {
	s.Helper()
	conn := must[*pgx.Conn](s)(pgx.Connect(s.Context(), s.store))
	defer conn.Close(context.Background())
	err := conn.QueryRow(s.Context(), "SELECT count(*) FROM dbaccess.audit_events WHERE grant_id = $1 AND type = $2", id, of).Scan(&n)
	if err != nil {
		s.Fatal(err)
	}
	return n
}

// endedOnce waits for the grant's end and checks that it is on record once.
func (s *story) endedOnce(id approvals.GrantID) credentials.Grant {
	s.Helper()
	s.eventually(string(id)+" has ended", func() bool { return s.grantNow(id).State == credentials.Ended })
	for _, of := range []string{"grant.opened", "grant.ending", "grant.ended"} {
		if n := s.count(id, of); n != 1 {
			s.Errorf("%s: %d events %s", id, n, of)
		}
	}
	g := s.grantNow(id)
	if minted, ended := s.count(id, "lease.intended"), s.count(id, "lease.ended"); minted != len(g.Leases) || ended != len(g.Leases) {
		s.Errorf("%s: %d leases; %d intents and %d ends on record", id, len(g.Leases), minted, ended)
	}
	return g
}

// both calls f for two things at the same time.
func both[T any](one, two T, f func(T)) {
	start := make(chan struct{})
	var wg sync.WaitGroup
	for _, v := range []T{one, two} {
		wg.Go(func() { <-start; f(v) })
	}
	close(start)
	wg.Wait()
}

func TestOneCodeAtTwoServersGivesOneCredentialAtMost(t *testing.T) {
	s := newStory(t, scene{})
	two := s.joins()
	for range 4 {
		g := s.opens("alice", "1h")
		code := s.code(g)
		var mu sync.Mutex
		var given []api.Claimed
		reused := 0
		both(s.srv.address(), two.address(), func(address string) {
			c, err := s.at(address)(code)
			mu.Lock()
			defer mu.Unlock()
			var r refusal
			switch {
			case err == nil:
				given = append(given, c)
			case errors.As(err, &r) && strings.Contains(r.Detail, "used before"):
				reused++
			case !errors.As(err, &r):
				t.Errorf("claim: %v", err)
			}
		})
		if len(given) > 1 || reused != 1 {
			t.Errorf("%d credentials were given, %d told that it was used before", len(given), reused)
		}
		s.endedOnce(g.ID)
		for _, c := range given {
			s.isOver(c)
		}
		if used, again := s.count(g.ID, "code.used"), s.count(g.ID, "code.reused"); used != 1 || again != 1 {
			t.Errorf("used %d times, reused %d times", used, again)
		}
	}
	if n := s.ours(); n != "0" {
		t.Errorf("%s roles are left", n)
	}
	s.verified()
}

func TestTwoCodesAtTwoServersLeaveOneCredential(t *testing.T) {
	s := newStory(t, scene{})
	two := s.joins()
	g := s.opens("alice", "1h")
	for range 5 {
		var mu sync.Mutex
		var given []api.Claimed
		both([2]string{s.srv.address(), s.code(g)}, [2]string{two.address(), s.code(g)}, func(at [2]string) {
			c, err := s.at(at[0])(at[1])
			mu.Lock()
			defer mu.Unlock()
			var r refusal
			if err == nil {
				given = append(given, c)
			} else if !errors.As(err, &r) || !strings.Contains(r.Detail, "being made right now") && !strings.Contains(r.Detail, "not be made") {
				t.Errorf("claim: %v", err)
			}
		})
		if len(given) == 0 {
			t.Error("both were refused")
			continue
		}
		live := 0
		for _, l := range s.grantNow(g.ID).Leases {
			if l.State != credentials.Gone {
				live++
			}
		}
		if n := s.ours(); n != "1" || live != 1 {
			t.Errorf("%s roles and %d living leases", n, live)
		}
		works := 0
		for _, c := range given {
			if conn, err := pgx.Connect(t.Context(), c.Forms().URI); err == nil {
				works++
				_ = conn.Close(t.Context())
			}
		}
		if works != 1 {
			t.Errorf("of %d credentials %d work", len(given), works)
		}
	}
	if _, err := s.core.grants.End(t.Context(), operator(), g.ID, credentials.Revoked); err != nil {
		t.Error(err)
	}
	s.endedOnce(g.ID)
	if n := s.ours(); n != "0" {
		t.Errorf("%s roles are left", n)
	}
	s.verified()
}

func TestEndsRaceWithClaimsOnTwoServers(t *testing.T) {
	s := newStory(t, scene{})
	two := s.joins()
	for range 4 {
		g := s.opens("alice", "1h")
		code := s.code(g)
		both(true, false, func(claims bool) {
			if claims {
				if c, err := s.at(two.address())(code); err == nil {
					s.eventually("what was given is over", func() bool {
						conn, err := pgx.Connect(t.Context(), c.Forms().URI)
						if err == nil {
							_ = conn.Close(t.Context())
						}
						return err != nil
					})
				}
				return
			}
			both(s.core, two.core, func(c *core) {
				if _, err := c.grants.End(t.Context(), operator(), g.ID, credentials.Revoked); err != nil {
					t.Errorf("End: %v", err)
				}
			})
		})
		s.endedOnce(g.ID)
	}
	if n := s.ours(); n != "0" {
		t.Errorf("%s roles are left", n)
	}
	s.verified()
}

func TestTwoServersEndAndTellEverythingOnce(t *testing.T) {
	s := newStory(t, scene{})
	two := s.joins()
	var given []api.Claimed
	var sessions []*pgx.Conn
	var ids []approvals.GrantID
	for i, user := range []string{"alice", "frank", "alice", "frank"} {
		g := s.opens(user, []string{"1h", "8s"}[min(i, 1)])
		address := []string{s.srv.address(), two.address()}[i%2]
		c, err := s.at(address)(s.code(g))
		if err != nil {
			t.Fatal(err)
		}
		given, ids, sessions = append(given, c), append(ids, g.ID), append(sessions, s.connects(c))
	}
	both(s.core, two.core, func(c *core) {
		if _, err := c.grants.End(t.Context(), operator(), ids[0], credentials.Revoked); err != nil {
			t.Errorf("End: %v", err)
		}
	})
	for i, id := range ids {
		s.dies(sessions[i])
		g := s.endedOnce(id)
		if want := map[bool]credentials.Reason{true: credentials.Revoked, false: credentials.Elapsed}[i == 0]; g.Reason != want {
			t.Errorf("%s: %s, want %s", id, g.Reason, want)
		}
		s.isOver(given[i])
	}
	told := func(user string) (over, all int) {
		for _, m := range s.slack.DMs(user) {
			if all++; strings.Contains(m.Text+devslack.PlainText(m), "is over") {
				over++
			}
		}
		return over, all
	}
	for _, user := range []string{"alice", "frank"} {
		s.eventually(user+" was told of both ends", func() bool { over, _ := told(user); return over >= 2 })
	}
	s.quiet()
	for _, user := range []string{"alice", "frank"} {
		// Received, approved, active, over: of two grants. On a busy machine a grant
		// may be over before its holder could be told that it is active.
		if over, all := told(user); over != 2 || all > 8 {
			t.Errorf("%s has %d messages, %d of them of an end; want 8 and 2", user, all, over)
		}
	}
	if n := len(s.slack.Messages(approvalsChannel)); n != 4 {
		t.Errorf("%d cards, want 4", n)
	}
	s.verified()
}

// quiet waits until no follow-up is left to do.
func (s *story) quiet() {
	s.Helper()
	conn := must[*pgx.Conn](s)(pgx.Connect(s.Context(), s.store))
	defer conn.Close(context.Background())
	s.eventually("all follow-ups are done", func() bool {
		var left int
		err := conn.QueryRow(s.Context(), `SELECT count(*) FROM dbaccess.river_job
			WHERE state IN ('available', 'running', 'retryable') OR state = 'scheduled' AND scheduled_at < now() + interval '1 minute'`).Scan(&left)
		if err != nil {
			s.Fatal(err)
		}
		return left == 0
	})
}

var listensAt = regexp.MustCompile(`"?listen"?[=:]"?(127\.0\.0\.1:\d+)`)

// spawnBeside starts a server process beside the one in this process, and returns
// where its claim page is.
func (s *story) spawnBeside() (*child, string) {
	s.Helper()
	text, err := os.ReadFile(s.dir + "/config.yaml")
	if err != nil {
		s.Fatal(err)
	}
	beside := strings.Replace(string(text), "listen: "+s.address, "listen: 127.0.0.1:0", 1)
	if err := os.WriteFile(s.dir+"/beside.yaml", []byte(beside), 0o600); err != nil {
		s.Fatal(err)
	}
	c := s.spawnWith("beside.yaml", 4)
	m := listensAt.FindStringSubmatch(c.out.String())
	if m == nil {
		s.Fatalf("the server process does not say where it listens:\n%s", c.out)
	}
	return c, m[1]
}

func TestOfTwoServersOneIsKilledDuringAClaim(t *testing.T) {
	s := newStory(t, scene{own: pgtest.Own(t, devstack.PostgresOptions{})})
	other, address := s.spawnBeside()
	g := s.opens("alice", "1h")
	code := s.code(g)
	s.frozen(func(waiting func() bool) {
		redeemed := make(chan error, 1)
		go func() { _, err := s.at(address)(code); redeemed <- err }()
		s.eventually("the claim waits for Postgres", waiting)
		if _, err := s.redeem(t.Context(), s.code(g)); err == nil || !strings.Contains(err.Error(), "being made right now") {
			t.Errorf("a second claim while the first is under way: %v", err)
		}
		other.kill()
		if err := <-redeemed; err == nil {
			t.Error("a claim was answered by a dead server")
		}
	})
	s.ages("3 minutes") // and the server that is left finds it in its next sweep
	if _, err := s.core.grants.Sweep(t.Context()); err != nil {
		t.Error(err)
	}
	if l := s.grantNow(g.ID).Leases; len(l) != 1 || l[0].State != credentials.Gone || l[0].Proof == nil {
		t.Errorf("the dead server's lease: %+v", l)
	}
	if n := s.ours(); n != "0" {
		t.Errorf("%s roles are left of it", n)
	}
	c, err := s.redeem(t.Context(), s.code(g))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.connects(c).Exec(t.Context(), "SELECT count(*) FROM customers"); err != nil {
		t.Error(err)
	}
	if n := s.ours(); n != "1" {
		t.Errorf("%s roles", n)
	}
	s.verified()
}

func TestOfTwoServersOneIsKilledWhileBothEnd(t *testing.T) {
	s := newStory(t, scene{own: pgtest.Own(t, devstack.PostgresOptions{})})
	other, address := s.spawnBeside()
	var grants []credentials.Grant
	var given []api.Claimed
	var sessions []*pgx.Conn
	for i, user := range []string{"alice", "frank", "alice", "frank"} {
		g := s.opens(user, []string{"8s", "9s"}[i/2])
		c, err := s.at([]string{address, s.address}[i%2])(s.code(g))
		if err != nil {
			t.Fatal(err)
		}
		grants, given, sessions = append(grants, g), append(given, c), append(sessions, s.connects(c))
	}
	s.frozen(func(waiting func() bool) {
		for _, conn := range sessions {
			s.dies(conn) // sessions never wait for roles to be dropped
		}
		s.eventually("the ends wait for Postgres", waiting)
		other.kill()
	})
	s.ages("30 seconds") // what the dead one had is the other's then
	for i, g := range grants {
		s.endedOnce(g.ID)
		s.isOver(given[i])
	}
	if n := s.ours(); n != "0" {
		t.Errorf("%s roles are left", n)
	}
	s.verified()
}
