package main

import (
	"context"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"dbaccess/credentials"
	"dbaccess/internal/devstack"
	"dbaccess/internal/devstack/pgtest"
)

// busy is a job that holds a session open until it is told to end, however it is
// told.
const busy = `echo "as $PGUSER"; psql -XAtqc "SELECT 'connected', pg_sleep(600)" & pid=$!
	until psql -XAtqc "SELECT count(*) FROM pg_stat_activity WHERE usename = session_user AND query LIKE '%pg_sleep(600)%'" | grep -q 2; do sleep 0.05; done
	echo working; trap 'kill $pid; exit 3' TERM; wait $pid; echo "psql ended"`

// fallsSilent makes the signs of life of all attended grants as old as if their
// jobs had been silent for a minute.
func (s *story) fallsSilent() {
	s.Helper()
	conn := must[*pgx.Conn](s)(pgx.Connect(s.Context(), s.store))
	defer conn.Close(context.Background())
	if _, err := conn.Exec(s.Context(), "UPDATE dbaccess.grants SET alive_by = alive_by - interval '1 minute' WHERE alive_by IS NOT NULL"); err != nil {
		s.Fatal(err)
	}
}

// sweeps sweeps once, with what a server that has long been listening knows.
func (s *story) sweeps() {
	s.Helper()
	if _, err := s.core.grants.Sweep(s.Context()); err != nil {
		s.Errorf("sweep: %v", err)
	}
}

// TestNothingOutlivesAKilledJob: before the mint, after it, while its command runs,
// and while its end is under way.
func TestNothingOutlivesAKilledJob(t *testing.T) {
	s := newStory(t, nowhere(scene{own: pgtest.Own(t, devstack.PostgresOptions{})}))
	gone := func(when string, why credentials.Reason) {
		t.Helper()
		s.eventually("its grant has ended: "+when, func() bool { return s.its().State == credentials.Ended })
		if g := s.its(); g.Reason != why {
			t.Errorf("%s: it ended as %s", when, g.Reason)
		}
		s.nothingLeft()
	}

	// Its credential is made for nobody.
	var j *runningJob
	s.frozen(func(waiting func() bool) {
		j = s.exec("true")
		s.eventually("the claim waits for Postgres", waiting)
		_ = j.Process.Kill()
	})
	s.eventually("the claim goes through", func() bool { return s.its().State == credentials.Active })
	s.sweeps()
	s.fallsSilent()
	s.sweeps()
	gone("before the mint", credentials.Abandoned)

	// It works, and its command dies with it; the session is ended by the server.
	j = s.exec("sh", "-c", busy)
	j.says("working")
	_ = j.Process.Kill()
	j.ends()
	s.fallsSilent()
	s.sweeps()
	gone("during the command", credentials.Abandoned)
	if j.left() == "" {
		t.Error("the killed job had no files: this test looks in the wrong place")
	}

	// Its end is under way, and the server brings it to its end.
	j = s.exec("sh", "-c", busy)
	j.says("working")
	s.frozen(func(waiting func() bool) {
		_ = j.Process.Signal(syscall.SIGTERM)
		s.eventually("the end waits for Postgres", waiting)
		_ = j.Process.Kill()
		j.ends()
	})
	gone("during the end", credentials.Revoked)
	s.verified()
}

// TestAJobOutlivesItsServer: killed during the claim, while the command runs, and
// during the end. What the dead server had begun is finished.
func TestAJobOutlivesItsServer(t *testing.T) {
	s := newStory(t, nowhere(scene{noServer: true, own: pgtest.Own(t, devstack.PostgresOptions{})}))
	first := s.spawn()
	s.looks()

	// During the mint: the job claims again, as soon as the dead claim may be replaced.
	var j *runningJob
	s.frozen(func(waiting func() bool) {
		j = s.exec("sh", "-c", busy)
		s.eventually("the claim waits for Postgres", waiting)
		first.kill()
	})
	s.ages("30 seconds")
	second := s.spawn()
	j.says("working")
	if g := s.its(); len(g.Leases) != 2 || g.Leases[0].State != credentials.Gone || s.ours() != "1" {
		t.Errorf("%s roles are there; the leases are %+v", s.ours(), g.Leases)
	}

	// While the command runs: it does not notice.
	second.kill()
	s.spawnAgain(&second)
	if strings.Contains(j.out.String(), "psql ended") || s.its().State != credentials.Active {
		t.Errorf("the grant is %s; the job said:\n%s%s", s.its().State, j.out, j.errs)
	}

	// During the end: the job asks the next one.
	s.frozen(func(waiting func() bool) {
		_ = j.Process.Signal(syscall.SIGTERM)
		s.eventually("the end waits for Postgres", waiting)
		second.kill()
	})
	s.ages("30 seconds")
	s.spawnAgain(&second)
	if code := j.ends(); code != 3 || !strings.Contains(j.errs.String(), "access proven ended at") {
		t.Errorf("exit code %d; it said:\n%s%s", code, j.out, j.errs)
	}
	s.nothingLeft()

	// Both, while the command runs: silence counts once a server has listened.
	j = s.exec("sh", "-c", busy)
	j.says("working")
	second.kill()
	_ = j.Process.Kill()
	j.ends()
	s.spawnAgain(&second)
	s.eventually("the server listens", func() bool { return time.Until(s.its().AliveBy) > 40*time.Second })
	s.fallsSilent()
	s.eventually("its grant has ended", func() bool { return s.its().State == credentials.Ended })
	s.nothingLeft()
	s.verified()
}

// spawnAgain starts the next server.
func (s *story) spawnAgain(c **child) {
	s.Helper()
	*c = s.spawn()
}

// TestNoCredentialOutlivesADatabaseThatWasAway: before the mint, and while the
// command runs.
func TestNoCredentialOutlivesADatabaseThatWasAway(t *testing.T) {
	target, store := pgtest.Own(t, devstack.PostgresOptions{}), pgtest.Own(t, devstack.PostgresOptions{})
	s := newStory(t, nowhere(scene{own: target, storeOn: store}))
	back := func() {
		t.Helper()
		if err := target.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := target.Kill(); err != nil {
		t.Fatal(err)
	}
	j := s.exec("sh", "-c", busy)
	s.eventually("a claim has failed", func() bool { return strings.Contains(j.errs.String(), "no credential yet") })
	back()
	j.says("working") // it claimed until there was a database

	if err := target.Kill(); err != nil {
		t.Fatal(err)
	}
	j.says("psql ended")
	s.eventually("the end is being tried", func() bool {
		g := s.its()
		return g.State == credentials.Revoking && g.Leases[len(g.Leases)-1].Tries > 0
	})
	back()
	if code := j.ends(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	s.eventually("the end is proven", func() bool { return s.its().State == credentials.Ended })
	s.nothingLeft()
	s.verified()
}

// TestAJobsStoreMayGoAway: silence does not count while nobody could listen.
func TestAJobsStoreMayGoAway(t *testing.T) {
	store := pgtest.Own(t, devstack.PostgresOptions{})
	s := newStory(t, nowhere(scene{storeOn: store}))
	j := s.exec("sh", "-c", busy)
	j.says("working")
	if err := store.Kill(); err != nil {
		t.Fatal(err)
	}
	s.eventually("the server has noticed", func() bool { return s.log.says("the store is away") })
	if err := store.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.eventually("the grant was spared", func() bool {
		list, err := s.core.grants.Grants(t.Context(), credentials.GrantFilter{Holder: "service/nightly"})
		return err == nil && list[0].State == credentials.Active && time.Until(list[0].AliveBy) > 40*time.Second
	})
	_ = j.Process.Signal(syscall.SIGTERM)
	if code := j.ends(); code != 3 || !strings.Contains(j.errs.String(), "access proven ended at") {
		t.Errorf("exit code %d; it said:\n%s%s", code, j.out, j.errs)
	}
	s.nothingLeft()
	s.verified()
}
