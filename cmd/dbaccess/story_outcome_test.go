package main

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"dbaccess/approvals"
	"dbaccess/internal/devstack"
	"dbaccess/internal/devstack/pgtest"
)

func TestAnOutcomeOutlivesARestartOfTheStore(t *testing.T) {
	store := pgtest.Own(t, devstack.PostgresOptions{})
	s := newStory(t, scene{storeOn: store})
	owner := must[*pgx.Conn](s)(pgx.Connect(t.Context(), s.shop))
	defer owner.Close(context.Background())
	holder := must[pgx.Tx](s)(owner.Begin(t.Context()))
	if _, err := holder.Exec(t.Context(), "SELECT FROM shop.orders WHERE id = 1 FOR UPDATE"); err != nil {
		t.Fatal(err)
	}
	s.types("alice", "/dbaccess query shop because INC-42: UPDATE orders SET total = 4242 WHERE id = 1")
	s.presses("bob", s.seesCard("4242", "Approve"), "Approve")
	s.eventually("the statement waits for the row", func() bool {
		return s.shopRow("SELECT count(*)::text FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") == "1"
	})
	if err := store.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := holder.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.eventually("it is done", func() bool { return s.shopRow("SELECT total::int::text FROM shop.orders WHERE id = 1") == "4242" })
	s.eventually("its outcome has nowhere to go", func() bool { return s.log.says("outcome not stored yet") })
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
