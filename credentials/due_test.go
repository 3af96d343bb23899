package credentials_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dbaccess/approvals"
	"dbaccess/audit"
	"dbaccess/credentials"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
)

func (r *rig) system() identity.Principal { return identity.SystemPrincipal("run") }

// ended waits until the grant has ended.
func (r *rig) ended(id approvals.GrantID) credentials.Grant {
	r.t.Helper()
	for range 10_000 {
		if g := r.get(id); g.State == credentials.Ended {
			return g
		}
		time.Sleep(100 * time.Millisecond)
	}
	r.t.Fatalf("%s has not ended: %s", id, r.history(id))
	return credentials.Grant{}
}

func TestGrantsEndAtTheirDueSecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		var lateness []time.Duration
		r.OnEnded = func(_ credentials.Grant, late time.Duration) { lateness = append(lateness, late) }
		r.run()
		id := r.open(nil)
		c := r.connected(id)
		due := r.get(id).Due
		time.Sleep(time.Until(due) - time.Millisecond)
		synctest.Wait()
		if r.shop().alive(c.RoleOID) != 1 {
			t.Fatal("its session was ended early")
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		if r.shop().alive(c.RoleOID) != 0 || len(r.shop().names()) != 0 {
			t.Error("at the due second its session or role is still there")
		}
		g := r.ended(id)
		synctest.Wait()
		if g.Reason != credentials.Elapsed || !g.EndedAt.Equal(due.Add(100*time.Millisecond)) {
			t.Errorf("%s at %v, due %v", g.Reason, g.EndedAt, due)
		}
		evs := r.events(id, audit.GrantEnded)
		if len(evs) != 1 || evs[0].Details["lateness_ms"] != int64(100) || evs[0].Details["sessions"] != 1 || evs[0].Actor != "system:due" {
			t.Errorf("recorded: %+v", evs)
		}
		if len(lateness) != 1 || lateness[0] != 100*time.Millisecond {
			t.Errorf("metrics were told %v", lateness)
		}
		want := map[approvals.TodoKind]string{credentials.TellHolder: string(id), approvals.DrawCard: string(g.Request)}
		for _, todo := range r.store.Todos()[2:] { // behind the claim's own
			if want[todo.Kind] != todo.ID {
				t.Errorf("todo %+v", todo)
			}
			delete(want, todo.Kind)
		}
		if len(want) != 0 {
			t.Errorf("todos are missing: %v", want)
		}
	})
}

func TestAnUnclaimedGrantLapses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.run()
		id := r.open(nil)
		time.Sleep(8 * time.Hour)
		g := r.ended(id)
		if g.Reason != credentials.Lapsed || g.EndedAt.Sub(g.ClaimBy) > time.Second || len(g.Leases) != 0 {
			t.Errorf("%s at %v, to be claimed by %v", g.Reason, g.EndedAt, g.ClaimBy)
		}
		if r.shop().calls != 0 {
			t.Error("the database was bothered although nothing was minted")
		}
	})
}

func TestAShorterClaimWakesTheLoop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.run()
		long := r.open(nil)
		r.connected(long)
		time.Sleep(time.Minute + 77*time.Millisecond)
		short := r.open(func(g *approvals.Grant) { g.Duration = 2 * time.Second })
		r.connected(short)
		g := r.ended(short)
		if late := g.EndedAt.Sub(g.Due); late > 150*time.Millisecond {
			t.Errorf("it ended %v late", late)
		}
		if r.get(long).State != credentials.Active {
			t.Error("the long one was ended too")
		}
	})
}

func TestReplicasShareTheEndingAndEachGrantEndsOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.run()
		for range 3 {
			newReplica(t, r.store, r.worlds).run()
		}
		var ids []approvals.GrantID
		for i := range 120 {
			id := r.open(func(g *approvals.Grant) {
				if i%2 == 0 {
					g.Database = "billing"
				}
			})
			r.connected(id)
			ids = append(ids, id)
		}
		time.Sleep(time.Hour + time.Second)
		synctest.Wait()
		for _, id := range ids {
			if g := r.get(id); g.State != credentials.Ended || g.Leases[0].Proof.Sessions != 1 {
				t.Errorf("%s is %s", id, g.State)
			}
			if n := len(r.events(id, audit.GrantEnded)); n != 1 {
				t.Errorf("%s ended %d times", id, n)
			}
		}
	})
}

func TestADatabaseThatIsAwayHoldsUpNobodyElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.run()
		stuck := r.open(nil)
		r.connected(stuck)
		fine := r.open(func(g *approvals.Grant) { g.Database = "billing" })
		r.connected(fine)
		r.shop().set(errors.New("no route to host"), nil)
		due := r.get(stuck).Due
		time.Sleep(time.Until(due) + 30*time.Second)
		if g := r.get(fine); g.State != credentials.Ended || g.EndedAt.Sub(g.Due) > time.Second {
			t.Errorf("the other one is %s", g.State)
		}
		g := r.get(stuck)
		if g.State != credentials.Revoking || g.Leases[0].State != credentials.Ending || g.Leases[0].Tries < 3 || g.Leases[0].Trouble == "" {
			t.Errorf("it is %s: %+v", g.State, g.Leases[0])
		}
		if n := len(r.events(stuck)); n > 20 {
			t.Errorf("%d events of trouble in half a minute", n)
		}
		r.shop().set(nil, nil)
		g = r.ended(stuck)
		late := r.events(stuck, audit.GrantEnded)[0].Details["lateness_ms"].(int64)
		if late < 30_000 || late != g.EndedAt.Sub(g.Due).Milliseconds() {
			t.Errorf("lateness_ms = %d, ended %v after its due second", late, g.EndedAt.Sub(g.Due))
		}
	})
}

func TestEndingGoesOnWhileTheStoreIsAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		store := &broken{Memory: r.store}
		r.Store = store
		r.run()
		id := r.open(nil)
		c := r.connected(id)
		due := r.get(id).Due
		time.Sleep(time.Minute)
		store.set(true)
		time.Sleep(time.Until(due) + 250*time.Millisecond)
		synctest.Wait()
		if r.shop().alive(c.RoleOID) != 0 || len(r.shop().names()) != 0 {
			t.Error("without the store, its session or role goes on")
		}
		if g := r.get(id); g.State != credentials.Active {
			t.Errorf("the store is away and says %s", g.State)
		}
		time.Sleep(10 * time.Minute)
		store.set(false)
		g := r.ended(id)
		if late := g.EndedAt.Sub(due); late > time.Second {
			t.Errorf("recorded as ended %v late; it was in time", late)
		}
		if g.Reason != credentials.Elapsed || g.Leases[0].Proof == nil || g.Leases[0].Proof.Sessions != 1 {
			t.Errorf("%s, %+v", g.Reason, g.Leases[0].Proof)
		}
	})
}

func TestSomebodyCanEndTheirAccessWhileTheStoreIsAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		store := &broken{Memory: r.store}
		r.Store = store
		r.run()
		id := r.open(nil)
		c := r.connected(id)
		store.set(true)
		if _, err := r.End(t.Context(), bob, id, credentials.Revoked); fault.KindOf(err) != fault.Unavailable {
			t.Errorf("End by somebody else: %v", err)
		}
		if r.shop().alive(c.RoleOID) != 1 {
			t.Fatal("somebody else ended it")
		}
		if _, err := r.End(t.Context(), alice, id, credentials.Revoked); !errors.Is(err, credentials.ErrStoreAway) {
			t.Errorf("End: %v", err)
		}
		if r.shop().alive(c.RoleOID) != 0 || len(r.shop().names()) != 0 {
			t.Error("its session or role goes on")
		}
		time.Sleep(5 * time.Minute)
		store.set(false)
		g := r.ended(id)
		if g.Reason != credentials.Revoked || g.EndedBy != "person:alice" {
			t.Errorf("recorded: %s by %s", g.Reason, g.EndedBy)
		}
	})
}

func TestTheHolderAnOperatorAndTheSystemMayEndAGrant(t *testing.T) {
	t.Parallel()
	for _, who := range []identity.Principal{alice, operator, identity.SystemPrincipal("sweep")} {
		r := newRig(t)
		id := r.open(nil)
		c := r.connected(id)
		if _, err := r.End(t.Context(), bob, id, credentials.Revoked); !errors.Is(err, credentials.ErrNotYours) {
			t.Errorf("End by somebody else: %v", err)
		}
		g := r.end(who, id)
		if g.State != credentials.Ended || g.EndedBy != who.ID() || g.Leases[0].Proof == nil || r.shop().alive(c.RoleOID) != 0 {
			t.Errorf("ended by %s: %+v", who.ID(), g)
		}
		again := r.end(who, id)
		if again.Version != g.Version || len(r.events(id, audit.GrantEnded)) != 1 {
			t.Errorf("ending it twice did something: %s", r.history(id))
		}
	}
	r := newRig(t)
	if _, err := r.End(t.Context(), operator, "grt_none", credentials.Revoked); !errors.Is(err, credentials.ErrNoGrant) {
		t.Errorf("of an unknown grant: %v", err)
	}
}

func TestAnOpenGrantEndsWithoutBotheringTheDatabase(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	g := r.end(alice, r.open(nil))
	if g.State != credentials.Ended || g.Reason != credentials.Revoked || r.shop().calls != 0 {
		t.Errorf("%s %s after %d calls", g.State, g.Reason, r.shop().calls)
	}
}

func TestSessionsEndThoughTheIssuerFails(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.open(nil)
	c := r.connected(id)
	r.shop().revoked = func(string) error { return errors.New("400: the database refused") }
	g := r.end(alice, id)
	if g.State != credentials.Revoking || g.Leases[0].Tries != 1 {
		t.Errorf("it is %s: %+v", g.State, g.Leases)
	}
	if r.shop().alive(c.RoleOID) != 0 || r.shop().connect(c.Role) {
		t.Error("its session goes on, or it can log in")
	}
}

func TestASessionThatSlipsInWhileItsRoleIsDroppedIsEndedToo(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.open(nil)
	c := r.connected(id)
	r.shop().slipsIn = true
	g := r.end(alice, id)
	if g.State != credentials.Ended || g.Leases[0].Proof.Sessions != 2 || r.shop().alive(c.RoleOID) != 0 {
		t.Errorf("it is %s, %+v, %d sessions alive", g.State, g.Leases[0].Proof, r.shop().alive(c.RoleOID))
	}
}

func TestOneBrokenEndingDoesNotKeepTheOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.run()
		var ids []approvals.GrantID
		var bad string
		for i := range 5 {
			id := r.open(nil)
			c := r.connected(id)
			ids = append(ids, id)
			if i == 2 {
				bad = c.Role
			}
		}
		var mu sync.Mutex
		times := 0
		r.shop().revoked = func(name string) error {
			mu.Lock()
			defer mu.Unlock()
			if name == bad && times < 3 {
				times++
				panic(fmt.Sprintf("no idea what to do with %s", name))
			}
			return nil
		}
		time.Sleep(time.Until(r.get(ids[0]).Due) + 500*time.Millisecond)
		for i, id := range ids {
			if g := r.get(id); (g.State == credentials.Ended) != (i != 2) {
				t.Errorf("grant %d is %s", i, g.State)
			}
		}
		r.ended(ids[2])
	})
}
