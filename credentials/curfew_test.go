package credentials_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"dbaccess/approvals"
	"dbaccess/audit"
	"dbaccess/credentials"
	"dbaccess/credentials/storetest"
)

// A bubble's clock starts at midnight UTC of the first of January 2000, a
// Saturday.
var atEight = []credentials.Curfew{{Schedule: "CRON_TZ=UTC 0 20 * * *"}}

// keep runs the curfews until the test ends or stop is called.
func (r *rig) keep(list []credentials.Curfew) (stop func()) {
	done := make(chan error, 1)
	ctx, cancel := context.WithCancel(r.t.Context())
	go func() { done <- r.RunCurfews(ctx, list) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			r.t.Errorf("RunCurfews: %v", err)
		}
	}
	r.t.Cleanup(stop)
	return stop
}

func (r *rig) opened(database, profile string, window time.Duration) approvals.GrantID {
	return r.open(func(g *approvals.Grant) { g.Database, g.Profile, g.Duration = database, profile, window })
}

func until(hour, minute int) {
	now := time.Now().UTC()
	time.Sleep(time.Date(now.Year(), now.Month(), now.Day(), hour, minute, 0, 0, time.UTC).Sub(now))
}

func TestACurfewEndsWhatIsActive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.keep(atEight)
		until(19, 30)
		id, unclaimed := r.opened("shop", "write", 2*time.Hour), r.opened("shop", "write", 2*time.Hour)
		c := r.connected(id)
		until(20, 0)
		synctest.Wait() // its sessions end at the minute itself; the proof takes a moment
		if g := r.get(id); g.State != credentials.Revoking || r.shop().alive(c.RoleOID) != 0 {
			t.Errorf("at eight it is %s with %d sessions", g.State, r.shop().alive(c.RoleOID))
		}
		time.Sleep(time.Second)
		g := r.get(id)
		if g.State != credentials.Ended || g.Reason != credentials.Revoked || g.EndedBy != "system:curfew" || r.shop().alive(c.RoleOID) != 0 {
			t.Errorf("it is %s, %s by %s", g.State, g.Reason, g.EndedBy)
		}
		if evs := r.events(id, audit.GrantEnding); len(evs) != 1 || evs[0].Actor != "system:curfew" || evs[0].Details["curfew"] != atEight[0].Schedule {
			t.Errorf("recorded: %+v", evs)
		}
		r.connected(unclaimed) // after it: until its own window is over
		time.Sleep(time.Hour)
		if g := r.get(unclaimed); g.State != credentials.Active {
			t.Errorf("what was claimed after the curfew is %s", g.State)
		}
	})
}

func TestACurfewIsOnTheDatabasesAndProfilesThatItNames(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.keep([]credentials.Curfew{
			{Schedule: "CRON_TZ=UTC 0 20 * * *", Databases: []string{"shop"}, Profiles: []string{"write"}},
			{Schedule: "CRON_TZ=UTC 30 20 * * *", Databases: []string{"billing"}},
		})
		until(19, 0)
		write, read, billing := r.opened("shop", "write", 8*time.Hour), r.opened("shop", "read", 8*time.Hour), r.opened("billing", "write", 8*time.Hour)
		for _, id := range []approvals.GrantID{write, read, billing} {
			r.connected(id)
		}
		for _, at := range []struct {
			minute               int
			write, read, billing credentials.GrantState
		}{
			{1, credentials.Ended, credentials.Active, credentials.Active},
			{31, credentials.Ended, credentials.Active, credentials.Ended},
		} {
			until(20, at.minute)
			if w, f, b := r.get(write).State, r.get(read).State, r.get(billing).State; w != at.write || f != at.read || b != at.billing {
				t.Errorf("at 20:%02d: write %s, read %s, billing %s", at.minute, w, f, b)
			}
		}
	})
}

func TestACurfewThatStruckWhileNoServerWasUpIsKeptAtStart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		stop := r.keep(atEight)
		until(18, 0)
		before := r.opened("shop", "read", 8*time.Hour)
		r.connected(before)
		stop()
		until(23, 0)
		after := r.opened("shop", "read", 8*time.Hour)
		r.connected(after) // by a server that was up again, and whose curfews were not
		r.keep(atEight)
		time.Sleep(time.Second)
		if b, a := r.get(before), r.get(after); b.State != credentials.Ended || b.EndedBy != "system:curfew" || a.State != credentials.Active {
			t.Errorf("from before the curfew: %s by %s; from after it: %s", b.State, b.EndedBy, a.State)
		}
	})
}

func TestSeveralReplicasKeepACurfewOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		one := newRig(t)
		two := newReplica(t, one.store, one.worlds)
		two.Now = func() time.Time { return time.Now().Add(20 * time.Second) } // its clock is ahead
		one.keep(atEight)
		two.keep(atEight)
		until(19, 0)
		var ids []approvals.GrantID
		for range 20 {
			id := one.opened("shop", "read", 8*time.Hour)
			one.connected(id)
			ids = append(ids, id)
		}
		until(20, 0)
		late := one.opened("shop", "read", 8*time.Hour)
		time.Sleep(time.Second)
		one.connected(late)
		until(20, 30)
		for _, id := range ids {
			if g := one.get(id); g.State != credentials.Ended || len(one.events(id, audit.GrantEnding)) != 1 || len(one.events(id, audit.GrantEnded)) != 1 {
				t.Errorf("%s: %s, %s", id, g.State, one.history(id))
			}
		}
		if g := one.get(late); g.State != credentials.Active {
			t.Errorf("what was claimed after the curfew is %s", g.State)
		}
	})
}

func TestACurfewIsKeptThoughTheStoreIsAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		worlds := map[string]*world{"shop": newWorld()}
		r := newReplica(t, storetest.NewMemory(), worlds)
		b := &broken{Memory: r.store}
		r.Store = b
		r.run()
		r.keep(atEight)
		until(19, 59)
		id := r.opened("shop", "read", 8*time.Hour)
		c := r.connected(id)
		synctest.Wait()
		b.set(true)
		until(20, 0)
		time.Sleep(time.Second)
		if r.shop().alive(c.RoleOID) != 0 || len(r.shop().names()) != 0 {
			t.Error("while the store is away its session or role is still there")
		}
		time.Sleep(5 * time.Minute)
		b.set(false)
		g := r.ended(id)
		if g.EndedBy != "system:curfew" || g.EndedAt.UTC().Hour() != 20 || g.EndedAt.UTC().Minute() != 0 {
			t.Errorf("recorded: by %s at %v", g.EndedBy, g.EndedAt)
		}
	})
}

func TestCurfewsThatAreNoneAreAnError(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if err := r.RunCurfews(t.Context(), []credentials.Curfew{{Schedule: "at eight"}}); err == nil {
		t.Error("a schedule that is none was taken")
	}
	if err := r.RunCurfews(t.Context(), nil); err != nil {
		t.Error(err)
	}
}
