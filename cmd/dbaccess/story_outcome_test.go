package main

import (
	"testing"

	"dbaccess/approvals"
	"dbaccess/internal/devstack"
	"dbaccess/internal/devstack/pgtest"
)

func TestAnOutcomeOutlivesARestartOfTheStore(t *testing.T) {
	store := pgtest.Own(t, devstack.PostgresOptions{})
	s := newStory(t, commits(t, pgtest.Server(t), scene{storeOn: store}, func(c *committing) {
		if err := store.Kill(); err != nil {
			t.Error(err)
		}
		c.forward()
		c.deliver()
	}))
	s.asksRefund()
	s.eventually("its outcome has nowhere to go", func() bool { return s.log.says("outcome not stored yet") })
	if got := s.status(); got != "refunded" {
		t.Errorf("the order is %s", got)
	}
	if err := store.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.eventually("that is on record", func() bool {
		r, err := s.core.requests.Requests(t.Context(), approvals.Filter{Requester: "alice"})
		return err == nil && r[0].State == approvals.Executed && r[0].Rows == 1
	})
	s.seesDM("alice", "done", "1 row")
	s.eventually("the run's credential is gone", func() bool { return s.ours() == "0" })
	s.verified()
}

func TestNothingIsCommittedThatIsNotOnRecord(t *testing.T) {
	store := pgtest.Own(t, devstack.PostgresOptions{})
	s := newStory(t, scene{storeOn: store})
	s.held("1", func(waiting func() bool) {
		s.asksRefund()
		s.eventually("the statement runs", waiting)
		if err := store.Kill(); err != nil {
			t.Fatal(err)
		}
	})
	s.eventually("the commit waits for the store", func() bool { return s.log.says("commit not on record yet") })
	if got := s.status(); got == "refunded" {
		t.Error("it was committed without a record")
	}
	if err := store.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.seesDM("alice", "done", "1 row")
	if got := s.status(); got != "refunded" {
		t.Errorf("the order is %s", got)
	}
	s.verified()
}
