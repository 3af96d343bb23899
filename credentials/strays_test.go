package credentials_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dbaccess/audit"
	"dbaccess/credentials"
	"dbaccess/credentials/storetest"
)

// look is what the monitor sees of the world.
func (w *world) look(roles []string) (list []credentials.Seen) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, name := range roles {
		if r, ok := w.roles[name]; ok {
			list = append(list, credentials.Seen{Role: name, Until: r.until, Disabled: r.disabled, Sessions: w.sessions[r.oid]})
		}
	}
	return list
}

// minted is a name such as only a mint makes, of a grant that nobody knows.
func minted() string {
	return "dba-" + install + "-" + strings.TrimPrefix(storetest.NewID("grt"), "grt_") + "-" + storetest.NewID("")[1:9]
}

func TestARoleThatTheStoreMustHaveForgottenWaitsForAPerson(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		alarms := 0
		r.OnAlarm = func(int) { alarms++ }
		name := minted()
		stray := r.shop().add(name)
		r.shop().connect(name)
		for range 30 {
			if report := r.sweep(); report.Strays != 1 || report.Held != 1 || report.Ended != 0 {
				t.Fatalf("report: %+v", report)
			}
			time.Sleep(time.Minute)
		}
		evs := r.recorded(audit.SweepAlarm)
		if len(evs) != 1 || evs[0].Details["forgotten"] != 1 || !slices.Equal(evs[0].Details["roles"].([]string), []string{name}) || alarms != 1 {
			t.Errorf("in half an hour it alarmed %d times: %+v", alarms, evs)
		}
		if r.shop().alive(stray.oid) != 1 {
			t.Error("its session was ended")
		}
	})
}

func TestWhatIsOverByItsOwnTimeEndsThoughAnAlarmHoldsTheRest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		over, goesOn := minted(), minted()
		was := r.shop().add(over)
		r.shop().connect(over)
		was.until = time.Now().Add(20 * time.Minute)
		r.shop().add(goesOn).until = time.Now().Add(8 * time.Hour)
		for range 25 {
			if report := r.sweep(); report.Ended != 0 || report.Held != 2 {
				t.Fatalf("before it is over by five minutes: %+v", report)
			}
			time.Sleep(time.Minute)
		}
		if report := r.sweep(); report.Ended != 1 || report.Held != 1 {
			t.Errorf("after: %+v", report)
		}
		if names := r.shop().names(); !slices.Equal(names, []string{goesOn}) || r.shop().alive(was.oid) != 0 {
			t.Errorf("roles %v are left, and %d of its sessions", names, r.shop().alive(was.oid))
		}
	})
}

func TestAnAlarmRingsOnceWhicheverReplicaSweeps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		one := newRig(t)
		two := newReplica(t, one.store, one.worlds)
		one.shop().add(minted())
		for range 5 {
			one.sweep()
			two.sweep()
			time.Sleep(time.Minute)
		}
		if n := len(one.recorded(audit.SweepAlarm)); n != 1 {
			t.Errorf("it alarmed %d times", n)
		}
		one.shop().add(minted())
		two.sweep()
		one.sweep()
		if n := len(one.recorded(audit.SweepAlarm)); n != 2 {
			t.Errorf("with one more role it had alarmed %d times", n)
		}
	})
}

func TestAnOperatorEndsWhatWasPrintedAndNothingElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		mine := r.connected(r.open(nil))
		printed, byHand, later := minted(), "dba-"+install+"-by-hand", minted()
		stray := r.shop().add(printed)
		r.shop().connect(printed)
		r.shop().add(byHand)
		r.shop().add("dba-otherx-of-another-installation")
		list, err := r.Unexplained(t.Context())
		if err != nil || len(list) != 2 || list[0].Database != "shop" || list[1].Sessions+list[0].Sessions != 1 {
			t.Fatalf("unexplained: %+v, %v", list, err)
		}
		for _, u := range list {
			if want := map[string]string{printed: "the store is older", byHand: "not one that dbaccess gives"}[u.Role]; want == "" || !strings.Contains(u.Why, want) || u.Until.IsZero() {
				t.Errorf("it says %+v", u)
			}
		}
		r.shop().add(later)
		if _, err := r.EndUnexplained(t.Context(), alice, list); !errors.Is(err, credentials.ErrNotOperator) {
			t.Errorf("for alice: %v", err)
		}
		ends, err := r.EndUnexplained(t.Context(), operator, list)
		if err != nil || len(ends) != 2 {
			t.Fatalf("ended: %+v, %v", ends, err)
		}
		for _, e := range ends {
			if e.Err != nil || e.Proof == nil {
				t.Errorf("%s: %+v, %v", e.Role, e.Proof, e.Err)
			}
		}
		want := []string{mine.Role, later, "dba-otherx-of-another-installation"}
		slices.Sort(want)
		if names := r.shop().names(); !slices.Equal(names, want) || r.shop().alive(stray.oid) != 0 {
			t.Errorf("left are %v, want %v", names, want)
		}
		if evs := r.recorded(audit.StrayEnded); len(evs) != 2 || evs[0].Actor != operator.ID() || evs[0].Details["proven"] == nil {
			t.Errorf("recorded: %+v", evs)
		}
		if evs := r.recorded(audit.StrayEnding); len(evs) != 1 || len(evs[0].Details["roles"].([]string)) != 2 {
			t.Errorf("intended: %+v", evs)
		}
	})
}

func TestReconcilingLeavesAloneWhatAGrantExplainsByNow(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := r.connected(r.open(nil))
	ends, err := r.EndUnexplained(t.Context(), operator, []credentials.Unexplained{{Database: "shop", Role: c.Role}})
	if err != nil || len(ends) != 1 || ends[0].Proof != nil || ends[0].Err == nil || r.shop().alive(c.RoleOID) != 1 {
		t.Errorf("%+v, %v", ends, err)
	}
	if n := len(r.recorded(audit.StrayEnding)); n != 0 {
		t.Errorf("%d intents", n)
	}
}

func TestReconcilingSaysWhatItCouldNotEnd(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	bad, good := minted(), minted()
	r.shop().add(bad)
	r.shop().add(good)
	r.shop().revoked = func(name string) error {
		if name == bad {
			return errors.New("it is loved")
		}
		return nil
	}
	list, err := r.Unexplained(t.Context(), "shop")
	if err != nil {
		t.Fatal(err)
	}
	ends, err := r.EndUnexplained(t.Context(), operator, list)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range ends {
		if failed := e.Proof == nil && e.Err != nil && strings.Contains(e.Err.Error(), "it is loved"); failed != (e.Role == bad) {
			t.Errorf("%s: %+v, %v", e.Role, e.Proof, e.Err)
		}
	}
}

func TestReconcilingWaitsForTheSweep(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.shop().add(minted())
		list, err := r.Unexplained(t.Context())
		if err != nil || len(list) != 1 {
			t.Fatalf("%v, %v", list, err)
		}
		swept := make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			_, _ = r.store.OnlyOne(t.Context(), "credentials.sweep", func(context.Context) error { <-swept; return nil })
		})
		synctest.Wait()
		began := time.Now()
		wg.Go(func() {
			ends, err := r.EndUnexplained(t.Context(), operator, list)
			if err != nil || len(ends) != 1 || ends[0].Proof == nil || time.Since(began) < 3*time.Second {
				t.Errorf("%v, %v after %v", ends, err, time.Since(began))
			}
		})
		time.Sleep(3 * time.Second)
		close(swept)
		wg.Wait()
	})
}

func TestARoleOnTwoDatabasesOfAServerEndsOnceOnRecord(t *testing.T) {
	t.Parallel()
	w := newWorld()
	r := newReplica(t, storetest.NewMemory(), map[string]*world{"shop": w, "reports": w})
	for i := range 3 {
		w.add(fmt.Sprintf("dba-%s-by-hand-%d", install, i))
	}
	list, err := r.Unexplained(t.Context())
	if err != nil || len(list) != 6 {
		t.Fatalf("%v, %v", list, err)
	}
	ends, err := r.EndUnexplained(t.Context(), operator, list)
	if err != nil || slices.ContainsFunc(ends, func(e credentials.UnexplainedEnd) bool { return e.Proof == nil || e.Err != nil }) {
		t.Errorf("%+v, %v", ends, err)
	}
	if n := len(r.recorded(audit.StrayEnded)); n != 3 || len(w.names()) != 0 {
		t.Errorf("%d ends of 3 roles are on record; left are %v", n, w.names())
	}
}
