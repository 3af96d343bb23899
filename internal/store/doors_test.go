package store

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"dbaccess/approvals"
	"dbaccess/audit"
)

// clock is a time that a test moves.
type clock struct{ at atomic.Pointer[time.Time] }

func (c *clock) set(t time.Time) { c.at.Store(&t) }
func (c *clock) now() time.Time  { return *c.at.Load() }

func storeAt(t *testing.T) (*Store, *clock) {
	t.Helper()
	var c clock
	c.set(at)
	s, err := Open(t.Context(), runtimeURL(t, ownerURL(t)), Options{Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, &c
}

func TestADrawnThingIsFoundFromBothSides(t *testing.T) {
	t.Parallel()
	s, clock := storeAt(t)
	if channel, ts, drawn, err := s.SlackMessage(t.Context(), "card", "req_x"); err != nil || channel+ts+drawn != "" {
		t.Errorf("before it is drawn: %q %q %q, %v", channel, ts, drawn, err)
	}
	if purpose, ref, _, err := s.SlackMessageRef(t.Context(), "C1", "1.1"); err != nil || purpose+ref != "" {
		t.Errorf("of an empty place: %q %q, %v", purpose, ref, err)
	}
	save := func(purpose, ref, channel, ts, drawn string) {
		t.Helper()
		if err := s.SaveSlackMessage(t.Context(), purpose, ref, channel, ts, drawn); err != nil {
			t.Fatal(err)
		}
	}
	save("card", "req_x", "C1", "1.1", "v1")
	save("letter", "req_x", "D1", "1.1", "v1")
	clock.set(at.Add(time.Minute))
	save("card", "req_x", "C1", "1.1", "v2")
	channel, ts, drawn, err := s.SlackMessage(t.Context(), "card", "req_x")
	if err != nil || channel != "C1" || ts != "1.1" || drawn != "v2" {
		t.Errorf("got %q %q %q, %v", channel, ts, drawn, err)
	}
	purpose, ref, drawnAt, err := s.SlackMessageRef(t.Context(), "C1", "1.1")
	if err != nil || purpose != "card" || ref != "req_x" || !drawnAt.Equal(at.Add(time.Minute)) {
		t.Errorf("got %q %q %v, %v", purpose, ref, drawnAt, err)
	}
	// Another message is adopted in its place.
	save("card", "req_x", "C1", "2.2", "v2")
	if purpose, ref, _, err := s.SlackMessageRef(t.Context(), "C1", "1.1"); err != nil || purpose+ref != "" {
		t.Errorf("the old place: %q %q, %v", purpose, ref, err)
	}
}

func TestADeliveryIsFirstOnceADay(t *testing.T) {
	t.Parallel()
	s, clock := storeAt(t)
	var (
		firsts atomic.Int32
		all    sync.WaitGroup
	)
	for range 8 {
		all.Go(func() {
			first, err := s.FirstDelivery(t.Context(), "envelope-1")
			if err != nil {
				t.Error(err)
			}
			if first {
				firsts.Add(1)
			}
		})
	}
	all.Wait()
	if n := firsts.Load(); n != 1 {
		t.Errorf("%d were first", n)
	}
	for _, tt := range []struct {
		key   string
		after time.Duration
		first bool
	}{
		{"envelope-2", 0, true},
		{"envelope-1", 24 * time.Hour, false},
		{"envelope-1", 24*time.Hour + time.Microsecond, true},
		{"envelope-1", 25 * time.Hour, false},
	} {
		clock.set(at.Add(tt.after))
		if first, err := s.FirstDelivery(t.Context(), tt.key); err != nil || first != tt.first {
			t.Errorf("%s after %v: %v, %v", tt.key, tt.after, first, err)
		}
	}
	if err := s.ForgetDelivery(t.Context(), "envelope-1"); err != nil {
		t.Fatal(err)
	}
	if first, err := s.FirstDelivery(t.Context(), "envelope-1"); err != nil || !first {
		t.Errorf("after it was forgotten: %v, %v", first, err)
	}
}

// withResult stores a result that can be opened for an hour.
func withResult(t *testing.T, s *Store, sum [32]byte) approvals.RequestID {
	t.Helper()
	r := request()
	if err := s.Insert(t.Context(), r, approvals.Change{Events: []audit.Event{event(audit.RequestSubmitted, r.ID)}}); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveResult(t.Context(), sum, []byte{0, 1, 2, 255}, "alice", string(r.ID), at.Add(time.Hour), event(audit.StatementExecuted, r.ID)); err != nil {
		t.Fatal(err)
	}
	return r.ID
}

func TestAResultIsTakenOnce(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	sum := [32]byte{7}
	id := withResult(t, s, sum)
	var (
		got atomic.Int32
		all sync.WaitGroup
	)
	for range 8 {
		all.Go(func() {
			sealed, holder, request, err := s.TakeResult(t.Context(), sum, at.Add(time.Hour-time.Microsecond), func(holder, request string) audit.Event {
				return event(audit.ResultShown, approvals.RequestID(request))
			})
			switch {
			case err == nil:
				got.Add(1)
				if string(sealed) != "\x00\x01\x02\xff" || holder != "alice" || request != string(id) {
					t.Errorf("got %q %q %q", sealed, holder, request)
				}
			case !errors.Is(err, ErrResultShown) || sealed != nil:
				t.Errorf("got %q, %v", sealed, err)
			}
		})
	}
	all.Wait()
	if n := got.Load(); n != 1 {
		t.Errorf("taken %d times", n)
	}
	if kept := query[int64](t, s, "SELECT count(*) FROM dbaccess.results WHERE sealed IS NOT NULL"); kept != 0 {
		t.Error("the bytes are still there")
	}
	if told := query[int64](t, s, "SELECT count(*) FROM dbaccess.audit_events WHERE type = 'result.shown'"); told != 1 {
		t.Errorf("%d events tell of it", told)
	}
}

func TestAResultIsGoneAfterItsTime(t *testing.T) {
	t.Parallel()
	s, clock := storeAt(t)
	never := func(_, _ string) audit.Event {
		t.Error("an event was made")
		return audit.Event{}
	}
	if _, _, _, err := s.TakeResult(t.Context(), [32]byte{7}, at, never); !errors.Is(err, ErrNoResult) {
		t.Errorf("unknown: %v", err)
	}
	withResult(t, s, [32]byte{7})
	if _, _, _, err := s.TakeResult(t.Context(), [32]byte{7}, at.Add(time.Hour), never); !errors.Is(err, ErrResultExpired) {
		t.Errorf("too late: %v", err)
	}
	if first, err := s.FirstDelivery(t.Context(), "x"); err != nil || !first {
		t.Fatal(first, err)
	}
	tidy := func(after time.Duration) (results, deliveries int64) {
		t.Helper()
		clock.set(at.Add(after))
		if err := s.Tidy(t.Context()); err != nil {
			t.Fatal(err)
		}
		return query[int64](t, s, "SELECT count(*) FROM dbaccess.results WHERE sealed IS NOT NULL"), query[int64](t, s, "SELECT count(*) FROM dbaccess.deliveries")
	}
	if results, deliveries := tidy(time.Hour - time.Microsecond); results != 1 || deliveries != 1 {
		t.Errorf("in its time: %d results, %d deliveries", results, deliveries)
	}
	if results, deliveries := tidy(time.Hour); results != 0 || deliveries != 1 {
		t.Errorf("after it: %d results, %d deliveries", results, deliveries)
	}
	if _, deliveries := tidy(25 * time.Hour); deliveries != 0 {
		t.Errorf("a day later: %d deliveries", deliveries)
	}
	if _, _, _, err := s.TakeResult(t.Context(), [32]byte{7}, at, never); !errors.Is(err, ErrResultExpired) {
		t.Errorf("tidied away: %v", err)
	}
}

func TestEventsAreFilteredAndComeOldestFirst(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	a, b := request().ID, request().ID
	for i, id := range []approvals.RequestID{a, b, a, b, a} {
		ev := event(audit.ReviewRefused, id)
		ev.At = at.Add(time.Duration(i) * time.Minute)
		if id == b {
			ev.Type, ev.Grant, ev.Actor = audit.GrantActive, "grt_b", "system:due"
		}
		if err := s.Note(t.Context(), approvals.Change{Events: []audit.Event{ev}}); err != nil {
			t.Fatal(err)
		}
	}
	for name, tt := range map[string]struct {
		f    EventFilter
		want []int64
	}{
		"all":      {EventFilter{}, []int64{1, 2, 3, 4, 5, 6}},
		"newest":   {EventFilter{Limit: 2}, []int64{5, 6}},
		"request":  {EventFilter{Request: string(a)}, []int64{2, 4, 6}},
		"grant":    {EventFilter{Grant: "grt_b"}, []int64{3, 5}},
		"type":     {EventFilter{Type: audit.GrantActive, Limit: 1}, []int64{5}},
		"actor":    {EventFilter{Actor: "system:due"}, []int64{3, 5}},
		"window":   {EventFilter{Since: at.Add(time.Minute), Until: at.Add(3 * time.Minute)}, []int64{3, 4}},
		"zone":     {EventFilter{Request: string(a), Since: at.Add(4 * time.Minute).In(time.FixedZone("x", 3600))}, []int64{6}},
		"nothing":  {EventFilter{Request: "req_none"}, nil},
		"both":     {EventFilter{Request: string(b), Until: at.Add(2 * time.Minute)}, []int64{3}},
		"injected": {EventFilter{Request: "' OR true --"}, nil},
	} {
		recs, err := s.Events(t.Context(), tt.f)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var got []int64
		for _, rec := range recs {
			if _, err := audit.Parse(rec.Body); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			got = append(got, rec.Seq)
		}
		// The first is the installation's, made at the time of the migration.
		if len(got) > 0 && got[0] == 1 && name != "all" {
			got = got[1:]
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v, want %v", name, got, tt.want)
		}
	}
}

func TestRecordsStreamInOrderAndMayBeLeft(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for range 5 {
		if err := s.Note(t.Context(), approvals.Change{Events: []audit.Event{event(audit.ReviewRefused, "req_x")}}); err != nil {
			t.Fatal(err)
		}
	}
	head, err := s.Head(t.Context())
	if err != nil || head.Seq != 6 {
		t.Errorf("head %v, %v", head, err)
	}
	n := int64(0)
	for rec, err := range s.Records(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; rec.Seq != n {
			t.Errorf("record %d comes as %d", rec.Seq, n)
		}
		if n == 4 {
			break // and nothing is left open
		}
	}
	if rep, err := s.VerifyLog(t.Context(), head); err != nil || rep.Head != head {
		t.Errorf("%+v, %v", rep, err)
	}
}
