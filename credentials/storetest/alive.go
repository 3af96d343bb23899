package storetest

import (
	"testing"
	"time"

	"dbaccess/credentials"
)

// attended seeds a grant that is active for an hour and attended until aliveBy.
func (f fixture) attended(t *testing.T, aliveBy time.Time) credentials.Grant {
	t.Helper()
	g := f.open(t, Sample(t0))
	g.State, g.ActiveAt, g.Due, g.AliveBy = credentials.Active, t0, t0.Add(time.Hour), aliveBy
	g = f.put(t, g)
	same(t, "AliveBy", g.AliveBy, aliveBy)
	return g
}

func (f fixture) alive(t *testing.T, g credentials.Grant, until time.Time) bool {
	t.Helper()
	heard, err := f.Alive(t.Context(), g.ID, until)
	if err != nil {
		t.Fatalf("Alive: %v", err)
	}
	return heard
}

func takesSilent(t *testing.T, f fixture) {
	silent, window := f.attended(t, t0.Add(time.Minute)), f.attended(t, t0.Add(2*time.Hour))
	next, some, err := f.NextDue(t.Context())
	if err != nil || !some {
		t.Fatalf("NextDue: %v, %v", some, err)
	}
	same(t, "next due", next, t0.Add(time.Minute))
	if got := take(t, f, t0.Add(time.Minute-time.Microsecond)); len(got) != 0 {
		t.Fatalf("taken while it was alive: %+v", got)
	}
	got := take(t, f, t0.Add(time.Minute))
	if len(got) != 1 || got[0].ID != silent.ID || got[0].Reason != credentials.Abandoned || got[0].State != credentials.Revoking {
		t.Fatalf("taken when it had fallen silent: %+v", got)
	}
	same(t, "AliveBy of the taken one", f.get(t, silent.ID).AliveBy, t0.Add(time.Minute))
	got = take(t, f, t0.Add(time.Hour))
	if i := len(got) - 1; i < 0 || got[i].ID != window.ID || got[i].Reason != credentials.Elapsed {
		t.Errorf("taken at the end of its window: %+v", got)
	}
}

func signOfLife(t *testing.T, f fixture) {
	g := f.attended(t, t0.Add(time.Minute))
	if !f.alive(t, g, t0.Add(5*time.Minute)) {
		t.Error("an attended grant took no sign of life")
	}
	if !f.alive(t, g, t0.Add(2*time.Minute)) { // late on its way, or of a replica whose clock is behind
		t.Error("an earlier sign of life was not taken")
	}
	is := f.get(t, g.ID)
	same(t, "AliveBy", is.AliveBy, t0.Add(5*time.Minute))
	if is.Version != g.Version {
		t.Errorf("Version = %d after %d", is.Version, g.Version)
	}
	if got := take(t, f, t0.Add(4*time.Minute)); len(got) != 0 {
		t.Errorf("taken although it lives: %+v", got)
	}
}

func signBesideChange(t *testing.T, f fixture) {
	g := f.attended(t, t0.Add(time.Minute))
	f.alive(t, g, t0.Add(5*time.Minute))
	g.AliveBy = t0.Add(2 * time.Minute)
	if err := f.UpdateGrant(t.Context(), g, change(g)); err != nil {
		t.Fatalf("UpdateGrant: %v", err)
	}
	g = f.get(t, g.ID)
	same(t, "AliveBy after a change", g.AliveBy, t0.Add(5*time.Minute))
	g.AliveBy = time.Time{}
	if g = f.put(t, g); g.Attended() {
		t.Errorf("claimed without attendance, it is attended until %v", g.AliveBy)
	}
}

func signsForAttended(t *testing.T, f fixture) {
	unattended := f.active(t, t0.Add(time.Hour))
	open := f.open(t, Sample(t0))
	over := f.attended(t, t0.Add(time.Minute))
	take(t, f, t0.Add(time.Minute))
	for what, g := range map[string]credentials.Grant{"unattended": unattended, "open": open, "revoking": over, "unknown": {Grant: Sample(t0)}} {
		if f.alive(t, g, t0.Add(5*time.Minute)) {
			t.Errorf("a sign of life of one that is %s was taken", what)
		}
	}
	if g := f.get(t, unattended.ID); g.Attended() {
		t.Errorf("an unattended grant is attended until %v", g.AliveBy)
	}
}

func spares(t *testing.T, f fixture) {
	short, long := f.attended(t, t0.Add(time.Minute)), f.attended(t, t0.Add(30*time.Minute))
	unattended := f.active(t, t0.Add(time.Hour))
	if err := f.Spare(t.Context(), t0.Add(10*time.Minute)); err != nil {
		t.Fatalf("Spare: %v", err)
	}
	same(t, "AliveBy of the shorter", f.get(t, short.ID).AliveBy, t0.Add(10*time.Minute))
	same(t, "AliveBy of the longer", f.get(t, long.ID).AliveBy, t0.Add(30*time.Minute))
	if g := f.get(t, unattended.ID); g.Attended() || g.Version != unattended.Version {
		t.Errorf("spared, an unattended grant is %+v", g)
	}
}
