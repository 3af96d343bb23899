package storetest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"dbaccess/audit"
	"dbaccess/credentials"
)

func takesActive(t *testing.T, f fixture) {
	due := t0.Add(time.Hour)
	g := f.active(t, due)
	if got := take(t, f, due.Add(-time.Microsecond)); len(got) != 0 {
		t.Fatalf("taken before its due second: %+v", got)
	}
	var told []credentials.Grant
	got, err := f.TakeDue(t.Context(), due, due.Add(time.Minute), 100, func(g credentials.Grant) audit.Event {
		told = append(told, g)
		return ending(g)
	})
	if err != nil || len(got) != 1 {
		t.Fatalf("TakeDue at the due second: %d grants, %v", len(got), err)
	}
	stored := f.get(t, g.ID)
	for _, is := range []credentials.Grant{got[0], stored} {
		if is.State != credentials.Revoking || is.Reason != credentials.Elapsed || is.EndedBy != "system:due" || is.Version != g.Version+1 {
			t.Errorf("taken, it is %+v", is)
		}
		same(t, "HeldBy", is.HeldBy, due.Add(time.Minute))
		same(t, "EndingAt", is.EndingAt, due)
	}
	if len(told) != 1 || told[0].State != credentials.Revoking || told[0].Reason != credentials.Elapsed {
		t.Errorf("the event was made of %+v", told)
	}
}

func takesOpen(t *testing.T, f fixture) {
	g := f.open(t, Sample(t0))
	if got := take(t, f, g.ClaimBy.Add(-time.Microsecond)); len(got) != 0 {
		t.Fatalf("taken while it could be claimed: %+v", got)
	}
	got := take(t, f, g.ClaimBy)
	if len(got) != 1 || got[0].State != credentials.Revoking || got[0].Reason != credentials.Lapsed {
		t.Errorf("taken, it is %+v", got)
	}
}

func takesAfterHold(t *testing.T, f fixture) {
	due := t0.Add(time.Hour)
	g := f.active(t, due)
	g.Leases = append(g.Leases, lease(g, credentials.Live, t0))
	f.put(t, g)
	if got := take(t, f, due); len(got) != 1 || len(got[0].Leases) != 1 || got[0].Leases[0].State != credentials.Live {
		t.Fatalf("taken first: %+v", got)
	}
	if got := take(t, f, due.Add(time.Minute-time.Microsecond)); len(got) != 0 {
		t.Fatalf("taken while held: %+v", got)
	}
	got, err := f.TakeDue(t.Context(), due.Add(time.Minute), due.Add(2*time.Minute), 100, func(g credentials.Grant) audit.Event {
		t.Error("holding anew made an event")
		return ending(g)
	})
	if err != nil || len(got) != 1 {
		t.Fatalf("TakeDue after the hold: %d grants, %v", len(got), err)
	}
	same(t, "HeldBy", got[0].HeldBy, due.Add(2*time.Minute))
	same(t, "EndingAt", got[0].EndingAt, due)
}

func takersShareNothing(t *testing.T, f fixture) {
	for range 20 {
		f.active(t, t0.Add(time.Hour))
	}
	var mu sync.Mutex
	taken := map[string]int{}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				got, err := f.TakeDue(t.Context(), t0.Add(time.Hour), t0.Add(2*time.Hour), 3, ending)
				if err != nil {
					t.Errorf("TakeDue: %v", err)
				}
				if len(got) == 0 {
					return
				}
				mu.Lock()
				for _, id := range ids(got) {
					taken[id]++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	// A taker that finds the rest locked by others goes home; nothing is lost.
	for _, id := range ids(take(t, f, t0.Add(time.Hour))) {
		taken[id]++
	}
	for id, n := range taken {
		if n != 1 {
			t.Errorf("%s was taken %d times", id, n)
		}
	}
	if len(taken) != 20 {
		t.Errorf("%d of 20 were taken", len(taken))
	}
}

func takesUpToLimit(t *testing.T, f fixture) {
	late := f.active(t, t0.Add(2*time.Hour))
	early := f.active(t, t0.Add(time.Hour))
	got, err := f.TakeDue(t.Context(), t0.Add(3*time.Hour), t0.Add(4*time.Hour), 1, ending)
	if err != nil || len(got) != 1 || got[0].ID != early.ID {
		t.Fatalf("first taken: %v, %v; want %s", ids(got), err, early.ID)
	}
	if got := take(t, f, t0.Add(3*time.Hour)); len(got) != 1 || got[0].ID != late.ID {
		t.Errorf("then taken: %v, want %s", ids(got), late.ID)
	}
}

func nextDue(t *testing.T, f fixture) {
	next := func() time.Time {
		t.Helper()
		at, ok, err := f.NextDue(t.Context())
		if err != nil {
			t.Fatalf("NextDue: %v", err)
		}
		if !ok {
			return time.Time{}
		}
		return at
	}
	same(t, "of an empty store", next(), time.Time{})
	g := f.open(t, Sample(t0))
	same(t, "with an open grant", next(), g.ClaimBy)
	f.active(t, t0.Add(time.Hour))
	same(t, "with an active grant", next(), t0.Add(time.Hour))
	taken := take(t, f, t0.Add(time.Hour))
	same(t, "with one revoking", next(), t0.Add(time.Hour+time.Minute))
	taken[0].State, taken[0].EndedAt = credentials.Ended, t0.Add(time.Hour)
	f.put(t, taken[0])
	same(t, "with one ended", next(), g.ClaimBy)
}

func wokenByChange(t *testing.T, f fixture) {
	g := f.open(t, Sample(t0))
	quiet, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	for f.Woken(quiet) == nil { // whatever the seed woke
		continue
	}
	woken := make(chan error, 1)
	go func() { woken <- f.Woken(t.Context()) }()
	g.State, g.ActiveAt, g.Due = credentials.Active, t0, t0.Add(time.Second)
	f.put(t, g)
	if err := <-woken; err != nil {
		t.Errorf("Woken: %v", err)
	}
}

func wokenByContext(t *testing.T, f fixture) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	for ctx.Err() == nil {
		if err := f.Woken(ctx); err == nil && ctx.Err() == nil {
			continue
		}
	}
	if err := f.Woken(ctx); err == nil {
		// One more wake-up may have been under way; it cannot go on for ever.
		for range 10 {
			if f.Woken(ctx) != nil {
				return
			}
		}
		t.Error("Woken goes on returning nil although its context is done")
	}
}

func codeOnce(t *testing.T, f fixture) {
	g := f.open(t, Sample(t0))
	code := newCode(g)
	if err := f.InsertCode(t.Context(), code, change(g)); err != nil {
		t.Fatalf("InsertCode: %v", err)
	}
	use := func(now time.Time) (was, told credentials.Code) {
		t.Helper()
		was, err := f.UseCode(t.Context(), code.Sum, now, func(c credentials.Code) audit.Event {
			told = c
			return event(audit.CodeUsed, g)
		})
		if err != nil {
			t.Fatalf("UseCode: %v", err)
		}
		return was, told
	}
	was, told := use(t0.Add(time.Second))
	if was.Sum != code.Sum || was.Grant != g.ID || was.Holder != "alice" || !was.UsedAt.IsZero() || !told.UsedAt.IsZero() {
		t.Errorf("at its first use the code was %+v, and its event was made of %+v", was, told)
	}
	same(t, "Expires", was.Expires, code.Expires)
	was, told = use(t0.Add(time.Minute))
	same(t, "UsedAt at the second use", was.UsedAt, t0.Add(time.Second))
	same(t, "UsedAt for the event", told.UsedAt, t0.Add(time.Second))
	was, _ = use(t0.Add(2 * time.Minute))
	same(t, "UsedAt at the third use", was.UsedAt, t0.Add(time.Second))
}

func codeRace(t *testing.T, f fixture) {
	g := f.open(t, Sample(t0))
	code := newCode(g)
	if err := f.InsertCode(t.Context(), code, change(g)); err != nil {
		t.Fatalf("InsertCode: %v", err)
	}
	first := make([]bool, 8)
	var wg sync.WaitGroup
	for i := range first {
		wg.Go(func() {
			was, err := f.UseCode(t.Context(), code.Sum, t0, func(credentials.Code) audit.Event { return event(audit.CodeUsed, g) })
			if err != nil {
				t.Errorf("UseCode: %v", err)
			}
			first[i] = was.UsedAt.IsZero()
		})
	}
	wg.Wait()
	n := 0
	for _, is := range first {
		if is {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d were the first to use it, want 1", n)
	}
}

func codeUnknown(t *testing.T, f fixture) {
	_, err := f.UseCode(t.Context(), sum("nobody made this"), t0, func(credentials.Code) audit.Event {
		t.Error("an unknown code made an event")
		return audit.Event{}
	})
	if !errors.Is(err, credentials.ErrNoCode) {
		t.Errorf("UseCode of an unknown one: %v", err)
	}
}

func strayKeepsTime(t *testing.T, f fixture) {
	for _, at := range []time.Time{t0, t0.Add(time.Minute), t0.Add(time.Hour)} {
		first, err := f.SeenStray(t.Context(), "shop", "dba-abcdef-stray", at)
		if err != nil {
			t.Fatalf("SeenStray: %v", err)
		}
		same(t, "first seen", first, t0)
	}
	first, err := f.SeenStray(t.Context(), "billing", "dba-abcdef-stray", t0.Add(time.Hour))
	if err != nil {
		t.Fatalf("SeenStray: %v", err)
	}
	same(t, "first seen on another database", first, t0.Add(time.Hour))
}

func alarmsOnce(t *testing.T, f fixture) {
	alarm := func(roles ...string) bool {
		t.Helper()
		ev := audit.Event{At: t0, Type: audit.SweepAlarm, Actor: "system:sweep", Details: map[string]any{"roles": roles}}
		news, err := f.AlarmStrays(t.Context(), roles, t0, credentials.Change{Events: []audit.Event{ev}})
		if err != nil {
			t.Errorf("AlarmStrays: %v", err)
		}
		return news
	}
	if alarm("one") {
		t.Error("it rang for a role that nobody has seen")
	}
	for _, role := range []string{"one", "two", "three"} {
		if _, err := f.SeenStray(t.Context(), "shop", role, t0); err != nil {
			t.Fatalf("SeenStray: %v", err)
		}
	}
	if !alarm("one", "two") {
		t.Error("it did not ring")
	}
	if alarm("one", "two") || alarm("two") {
		t.Error("it rang again for the same roles")
	}
	if !alarm("two", "three") {
		t.Error("it did not ring for one more role")
	}
	if _, err := f.AlarmStrays(t.Context(), []string{"one"}, t0, credentials.Change{}); err == nil {
		t.Error("an alarm without an event was stored")
	}
}

func recordNeedsEvent(t *testing.T, f fixture) {
	if err := f.Record(t.Context(), credentials.Change{}); err == nil {
		t.Error("nothing was recorded, and that was no error")
	}
	ev := audit.Event{At: t0, Type: audit.SweepAlarm, Actor: "system:sweep", Details: map[string]any{"unknown": 11}}
	if err := f.Record(t.Context(), credentials.Change{Events: []audit.Event{ev}}); err != nil {
		t.Errorf("Record: %v", err)
	}
}

func onlyOne(t *testing.T, f fixture) {
	broken := errors.New("broken")
	ran, err := f.OnlyOne(t.Context(), "sweep", func(ctx context.Context) error {
		if ran, err := f.OnlyOne(ctx, "sweep", func(context.Context) error {
			t.Error("two sweeps at once")
			return nil
		}); ran || err != nil {
			t.Errorf("the second: ran %v, %v", ran, err)
		}
		if ran, err := f.OnlyOne(ctx, "other", func(context.Context) error { return nil }); !ran || err != nil {
			t.Errorf("by another name: ran %v, %v", ran, err)
		}
		return broken
	})
	if !ran || !errors.Is(err, broken) {
		t.Errorf("the first: ran %v, %v", ran, err)
	}
	if ran, err := f.OnlyOne(t.Context(), "sweep", func(context.Context) error { return nil }); !ran || err != nil {
		t.Errorf("afterwards: ran %v, %v", ran, err)
	}
}
