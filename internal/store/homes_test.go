package store

import (
	"slices"
	"testing"
	"time"
)

func TestAHomeIsOpenForAWhileAfterItWasOpened(t *testing.T) {
	t.Parallel()
	s, clock := storeAt(t)
	everybody := []string{"U1", "U2", "U3"}
	open := func(since time.Time) []string {
		t.Helper()
		list, err := s.OpenHomes(t.Context(), everybody, since)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	opened := func(id string) {
		t.Helper()
		if err := s.HomeOpened(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	if got := open(at.Add(-time.Hour)); len(got) != 0 {
		t.Errorf("before anybody opened one: %v", got)
	}
	opened("U2")
	clock.set(at.Add(time.Minute))
	opened("U1")
	opened("U9") // nobody whom it is asked of
	if got := open(at); !slices.Equal(got, []string{"U1", "U2"}) {
		t.Errorf("got %v", got)
	}
	if got := open(at.Add(time.Second)); !slices.Equal(got, []string{"U1"}) {
		t.Errorf("a home of a while ago counts as open: %v", got)
	}
	clock.set(at.Add(-time.Minute)) // another replica's clock
	opened("U1")
	if got := open(at.Add(time.Second)); !slices.Equal(got, []string{"U1"}) {
		t.Errorf("a late note made it older: %v", got)
	}
	if got, err := s.OpenHomes(t.Context(), nil, at); err != nil || len(got) != 0 {
		t.Errorf("of nobody: %v, %v", got, err)
	}
}
