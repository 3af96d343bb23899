package approvals_test

import (
	"fmt"
	"sync"
	"testing"

	"dbaccess/approvals"
	"dbaccess/audit"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
)

func TestTwoLastReviewsAtOnceOpenOneGrant(t *testing.T) {
	t.Parallel()
	for range 20 {
		w := newWorld(t)
		r := w.submit(access("masked-read"))
		errs := make([]error, 2)
		atOnce(2, func(i int) { _, errs[i] = w.review([]string{"bob", "carol"}[i], r, approvals.Approve) })
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
				continue
			}
			w.refused(err, fault.Conflict, "This request is approved already")
		}
		if _, _, grants := w.seen(r); won != 1 || len(grants) != 1 {
			t.Fatalf("%d won, %d grants; want one of each", won, len(grants))
		}
	}
}

func TestFiftyClicksAtOnceAreOneReview(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.submit(access("read"))
	var counted sync.Map
	atOnce(50, func(i int) {
		if _, err := w.review("bob", r, approvals.Approve); err == nil {
			counted.Store(i, true)
		} else {
			w.refused(err, fault.Conflict, "You have approved this request already.")
		}
	})
	n := 0
	counted.Range(func(any, any) bool { n++; return true })
	w.events(r, audit.RequestSubmitted, audit.ReviewGiven)
	if n != 1 {
		t.Errorf("%d clicks counted, want 1", n)
	}
}

func TestTwentyPeopleAtOnceAllCount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setPolicy("version: 1\nrules:\n  - {name: all, review: {groups: [owners], count: 20}}\n")
	for i := range 20 {
		name := fmt.Sprint("p", i)
		w.people[name] = identity.Principal{Kind: identity.Person, Name: name, Groups: []string{"owners"}}
	}
	r := w.submit(access("read"))
	atOnce(20, func(i int) {
		if _, err := w.review(fmt.Sprint("p", i), r, approvals.Approve); err != nil {
			t.Errorf("p%d: %v", i, err)
		}
	})
	got, _ := w.Request(t.Context(), r.ID)
	_, _, grants := w.seen(r)
	if got.State != approvals.Approved || len(got.Reviews) != 20 || len(grants) != 1 {
		t.Errorf("it is %s with %d reviews and %d grants", got.State, len(got.Reviews), len(grants))
	}
}

// atOnce runs f n times at the same time.
func atOnce(n int, f func(i int)) {
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			f(i)
		})
	}
	close(start)
	all.Wait()
}
