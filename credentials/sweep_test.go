package credentials_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dbaccess/approvals"
	"dbaccess/audit"
	"dbaccess/credentials"
)

func (r *rig) sweep() credentials.SweepReport {
	r.t.Helper()
	report, err := r.Sweep(r.t.Context())
	if err != nil {
		r.t.Errorf("Sweep: %v", err)
	}
	return report
}

func (r *rig) recorded(of audit.Type) []audit.Event {
	return slices.DeleteFunc(r.store.Events(), func(e audit.Event) bool { return e.Type != of })
}

func TestASweepEndsWhatIsOverdue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		due, unclaimed, fine := r.open(nil), r.open(nil), r.open(nil)
		r.connected(due)
		time.Sleep(7*time.Hour + 30*time.Minute)
		r.connected(fine)
		time.Sleep(30 * time.Minute)
		if report := r.sweep(); report.Ended != 2 || report.Still != 0 || report.Strays != 0 {
			t.Errorf("report: %+v", report)
		}
		if d, u, f := r.get(due), r.get(unclaimed), r.get(fine); d.State != credentials.Ended || u.State != credentials.Ended || f.State != credentials.Active {
			t.Errorf("due %s, unclaimed %s, fine %s", d.State, u.State, f.State)
		}
		if report := r.sweep(); report != (credentials.SweepReport{}) {
			t.Errorf("a second sweep found %+v", report)
		}
	})
}

func TestASweepFinishesWhatCouldNotBeEnded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		id := r.open(nil)
		c := r.connected(id)
		r.shop().set(errors.New("no route to host"), nil)
		if g := r.end(alice, id); g.State != credentials.Revoking {
			t.Fatalf("it is %s", g.State)
		}
		time.Sleep(time.Minute)
		report, err := r.Sweep(t.Context())
		if err == nil || report.Still != 1 || report.Ended != 0 {
			t.Errorf("while the server is away: %+v, %v", report, err)
		}
		r.shop().set(nil, nil)
		time.Sleep(time.Minute)
		if report := r.sweep(); report.Ended != 1 {
			t.Errorf("report: %+v", report)
		}
		if g := r.get(id); g.State != credentials.Ended || g.EndedBy != "person:alice" || r.shop().alive(c.RoleOID) != 0 {
			t.Errorf("it is %s by %s", g.State, g.EndedBy)
		}
	})
}

func TestEndedMeansProvenEnded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		id := r.open(nil)
		r.connected(id)
		r.shop().set(nil, errors.New("the monitor is away"))
		began := time.Now()
		g := r.end(alice, id)
		if left := r.shop().names(); len(left) != 0 {
			t.Fatalf("%v are left: this test wants them dropped and unproven", left)
		}
		if g.State != credentials.Revoking || len(r.events(id, audit.LeaseEnded, audit.GrantEnded)) != 0 {
			t.Errorf("without a proof it is %s: %s", g.State, r.history(id))
		}
		r.shop().set(nil, nil)
		time.Sleep(time.Minute)
		r.sweep()
		g = r.get(id)
		if g.State != credentials.Ended || g.Leases[0].Proof == nil || !g.EndedAt.Equal(g.Leases[0].Proof.At) || g.EndedAt.Before(began.Add(time.Minute)) {
			t.Errorf("with a proof it is %s at %v: %+v", g.State, g.EndedAt, g.Leases)
		}
		ended := r.events(id, audit.GrantEnded)
		if len(ended) != 1 || ended[0].Details["lateness_ms"] != g.EndedAt.Sub(began).Milliseconds() {
			t.Errorf("recorded: %+v", ended)
		}
	})
}

func TestWhoeverHangsUpBreaksNothingOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		id := r.open(nil)
		ctx, hangUp := context.WithCancel(t.Context())
		r.shop().mint = func(string) error { hangUp(); return nil }
		if _, g, err := r.Redeem(ctx, r.code(id)); err != nil || g.State != credentials.Active {
			t.Fatalf("hung up while claiming: the grant is %s, %v", g.State, err)
		}
		ctx, hangUp = context.WithCancel(t.Context())
		r.shop().revoked = func(string) error { hangUp(); return nil }
		if g, err := r.End(ctx, alice, id, credentials.Revoked); err != nil || g.State != credentials.Ended {
			t.Errorf("hung up while ending: the grant is %s, %v", g.State, err)
		}
	})
}

func TestASweepEndsRolesOfEndedLeasesAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.open(nil)
	c := r.claim(id)
	r.end(alice, id)
	r.shop().add(c.Role) // its CREATE ROLE came through at last
	if report := r.sweep(); report.Ended != 1 || report.Strays != 0 {
		t.Errorf("report: %+v", report)
	}
	if names := r.shop().names(); len(names) != 0 {
		t.Errorf("roles: %v", names)
	}
	if evs := r.events(id, audit.StrayEnded); len(evs) != 1 || evs[0].Lease != string(c.Lease) || evs[0].Details["known"] != true {
		t.Errorf("recorded: %+v", evs)
	}
}

func TestAnUnexplainedRoleIsEndedAfterItsGrace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		mine := r.connected(r.open(func(g *approvals.Grant) { g.Duration = 8 * time.Hour }))
		stray := r.shop().add("dba-" + install + "-nobody-knows")
		r.shop().add("dba-otherx-of-another-installation")
		r.shop().add("shop_owner")
		for range 5 {
			if report := r.sweep(); report.Strays != 1 || report.Ended != 0 {
				t.Errorf("in its grace: %+v", report)
			}
			time.Sleep(time.Minute)
		}
		if report := r.sweep(); report.Strays != 1 || report.Ended != 1 {
			t.Errorf("after it: %+v", report)
		}
		want := []string{mine.Role, "dba-otherx-of-another-installation", "shop_owner"}
		slices.Sort(want)
		if names := r.shop().names(); !slices.Equal(names, want) {
			t.Errorf("roles %v, want %v", names, want)
		}
		if r.shop().alive(stray.oid) != 0 || r.shop().alive(mine.RoleOID) != 1 {
			t.Error("the wrong sessions were ended")
		}
		if evs := r.recorded(audit.StrayEnded); len(evs) != 1 || evs[0].Details["known"] != false {
			t.Errorf("recorded: %+v", evs)
		}
	})
}

func TestTooManyUnexplainedRolesAlarmAndNoneIsEnded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		for i := range 11 {
			r.shop().add(fmt.Sprintf("dba-%s-nobody-knows-%d", install, i))
		}
		for range 30 {
			report, err := r.Sweep(t.Context())
			if err != nil || report.Strays != 11 || report.Ended != 0 {
				t.Fatalf("report: %+v, %v", report, err)
			}
			time.Sleep(time.Minute)
		}
		if n := len(r.shop().names()); n != 11 {
			t.Errorf("%d of 11 are left", n)
		}
		if evs := r.recorded(audit.SweepAlarm); len(evs) != 1 || evs[0].Details["unknown"] != 11 {
			t.Errorf("in half an hour it alarmed: %+v", evs)
		}
		r.UnknownLimit = 11
		if report := r.sweep(); report.Ended != 11 {
			t.Errorf("with a higher limit: %+v", report)
		}
	})
}

func TestADisabledRoleStaysOnTheSweepUntilItCanBeDropped(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.open(nil)
	c := r.claim(id)
	r.shop().roles[c.Role].elsewhere = true
	g := r.end(alice, id)
	if g.State != credentials.Ended || !g.Leases[0].Proof.Disabled {
		t.Fatalf("it is %s, %+v", g.State, g.Leases[0].Proof)
	}
	for range 3 {
		if report := r.sweep(); report.Still != 1 || report.Ended != 0 {
			t.Errorf("while it owns something: %+v", report)
		}
	}
	if n := len(r.events(id, audit.StrayEnded)); n != 0 {
		t.Errorf("%d events about what is known", n)
	}
	r.shop().roles[c.Role].elsewhere = false
	if report := r.sweep(); report.Ended != 1 {
		t.Errorf("when it owns nothing: %+v", report)
	}
	if g := r.get(id); g.Leases[0].Proof.Disabled || len(r.shop().names()) != 0 {
		t.Errorf("the proof says %+v; roles %v", g.Leases[0].Proof, r.shop().names())
	}
}

func TestOneDatabaseAwayDoesNotKeepASweepFromTheOthers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.open(nil)
	c := r.claim(id)
	r.end(alice, id)
	r.shop().add(c.Role)
	r.worlds["billing"].set(errors.New("no route to host"), nil)
	report, err := r.Sweep(t.Context())
	if err == nil || !strings.Contains(err.Error(), "billing") || report.Ended != 1 {
		t.Errorf("report %+v, %v", report, err)
	}
}

func TestSweepsRunAtOnceAndThenOnSchedule(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(20 * time.Second)
		r := newRig(t)
		start := time.Now()
		var at []time.Duration
		r.OnSweep = func(credentials.SweepReport, error) { at = append(at, time.Since(start)) }
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
		defer cancel()
		if err := r.RunSweep(ctx, "* * * * *"); err != nil {
			t.Errorf("RunSweep: %v", err)
		}
		want := []time.Duration{0, 40 * time.Second, 100 * time.Second, 160 * time.Second}
		if !slices.Equal(at, want) {
			t.Errorf("swept at %v, want %v", at, want)
		}
		if err := r.RunSweep(t.Context(), "every now and then"); err == nil {
			t.Error("a schedule that is none was taken")
		}
	})
}

func TestOnlyOneReplicaSweeps(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.shop().add("dba-" + install + "-nobody-knows")
	_, err := r.store.OnlyOne(t.Context(), "credentials.sweep", func(context.Context) error {
		if report := r.sweep(); report != (credentials.SweepReport{}) {
			t.Errorf("the second sweep did something: %+v", report)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
