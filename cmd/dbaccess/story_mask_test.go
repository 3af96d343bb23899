package main

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"dbaccess/internal/devslack"
)

func TestWhatIsNewBehindTheMasksStaysHiddenAndIsTold(t *testing.T) {
	s := newStory(t, scene{edit: func(yaml string) string { return yaml + "\nmasking: {schedule: \"@every 1s\"}\n" }})
	owner, err := pgx.Connect(t.Context(), s.shop)
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close(context.WithoutCancel(t.Context()))
	if _, err := owner.Exec(t.Context(), "ALTER TABLE shop.customers ADD COLUMN ssn text"); err != nil {
		t.Fatal(err)
	}
	told := s.seesCard("Masked views of", "shop.customers.ssn", "hidden from readers")
	s.types("alice", "/dbaccess query shop SELECT ssn FROM customers LIMIT 1")
	s.seesDM("alice", "failed", "ssn")
	if _, err := owner.Exec(t.Context(), "ALTER TABLE shop.customers DROP COLUMN ssn"); err != nil {
		t.Fatal(err)
	}
	s.seesCard("Masked views of", "all is as it was applied")
	about := 0
	for _, m := range s.slack.Messages(approvalsChannel) {
		if m.TS == told.TS || containsAll(devslack.PlainText(m), []string{"Masked views of"}) {
			about++
		}
	}
	if about != 1 {
		t.Errorf("%d messages tell of the masks, want the one that changes", about)
	}
}

func TestNobodyGetsACredentialForMasksThatAreOpen(t *testing.T) {
	s := newStory(t, scene{})
	owner, err := pgx.Connect(t.Context(), s.shop)
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close(context.WithoutCancel(t.Context()))
	ask := func() {
		s.types("alice", "/dbaccess query shop SELECT count(*) FROM customers")
	}
	if _, err := owner.Exec(t.Context(), "GRANT SELECT ON shop.customers TO PUBLIC"); err != nil {
		t.Fatal(err)
	}
	ask()
	s.seesDM("alice", "something in shop lets a holder of masked-read read around the masked views")
	s.seesCard("Masked views of", "Everybody (PUBLIC) has SELECT on table shop.customers")
	if _, err := owner.Exec(t.Context(), "REVOKE SELECT ON shop.customers FROM PUBLIC"); err != nil {
		t.Fatal(err)
	}
	ask()
	s.seesDM("alice", "1 row came back")
}
