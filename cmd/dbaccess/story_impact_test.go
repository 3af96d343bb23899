package main

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"dbaccess/guardrails"
	"dbaccess/internal/devslack"
	"dbaccess/internal/devstack/pgtest"
)

func TestReviewersSeeWhatAStatementWouldTouch(t *testing.T) {
	s := newStory(t, scene{})
	s.sends("alice", "/dbaccess query shop because cleanup: UPDATE orders SET status = 'cancelled' WHERE id > 0")
	card := s.seesCard("UPDATE orders", "It would change about 250 rows.")
	s.presses("bob", card, "Count rows")
	s.isTold("bob", "It would change 250 rows", "At most 100 rows")
	if n := s.recorded()["statement.counted"]; n != 1 {
		t.Errorf("%d counts on record", n)
	}
	// It is for those who decide, and for them alone.
	s.presses("frank", card, "Count rows")
	s.isTold("frank", "Only members of")
	s.presses("alice", card, "Count rows")
	s.isTold("alice", "your own request")
	for _, m := range append(s.slack.Messages(approvalsChannel), s.slack.DMs("alice")...) {
		if strings.Contains(devslack.PlainText(m), "It would change 250 rows,") {
			t.Error("everybody can read the count")
		}
	}
	if n := s.recorded()["statement.counted"]; n != 1 {
		t.Errorf("%d counts on record", n)
	}
	s.verified()
}

func TestWhatCannotBeEstimatedIsSaidOnTheCard(t *testing.T) {
	s := newStory(t, scene{edit: func(yaml string) string {
		return strings.Replace(yaml, "/preview_url", "/monitor_url", 1) // a role that may read nothing
	}})
	s.sends("alice", "/dbaccess query shop because cleanup: UPDATE orders SET status = 'cancelled' WHERE id = 1")
	s.seesCard("UPDATE orders", "Not estimated: ")
	s.presses("bob", s.seesCard("UPDATE orders", "Approve"), "Approve")
	s.seesDM("alice", "done", "1 row")
}

func TestACatalogDumpIsWhatClassifyReads(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Shop(t, 10, maskShop)
	path := filepath.Join(t.TempDir(), "shop.json")
	var out, errs bytes.Buffer
	if code := run([]string{"catalog", "dump", "--dsn", dsn, "-o", path}, strings.NewReader(""), &out, &errs); code != 0 || out.Len() > 0 {
		t.Fatalf("exit code %d: %s%s", code, &out, &errs)
	}
	classify := func(sql string) guardrails.Verdict {
		t.Helper()
		var out, errs bytes.Buffer
		if code := run([]string{"classify", "--catalog", path, "--format", "json", sql}, strings.NewReader(""), &out, &errs); code != 0 {
			t.Fatalf("exit code %d: %s", code, &errs)
		}
		var v guardrails.Verdict
		if err := json.Unmarshal(out.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	if v := classify("SELECT id, status FROM shop.orders WHERE id = 7"); v.Kind != guardrails.Read || v.Level != guardrails.Low {
		t.Errorf("a look-up is %s, %s", v.Kind, v.Level)
	}
	if v := classify("SELECT shop.no_such_function(1)"); v.Level == guardrails.Low {
		t.Errorf("what does not exist is %s, %s", v.Kind, v.Level)
	}
	for _, args := range [][]string{{"catalog", "dump"}, {"catalog", "dump", "--dsn", dsn, "--database", "shop"}, {"catalog", "dump", "--dsn", "postgres://x@127.0.0.1:1/x"}} {
		var errs bytes.Buffer
		if code := run(args, strings.NewReader(""), &out, &errs); code == 0 || !strings.Contains(errs.String(), ".") {
			t.Errorf("%v: exit code %d, %s", args, code, &errs)
		}
	}
}

func TestStatementsAreJudgedByTheirDatabase(t *testing.T) {
	s := newStory(t, scene{})
	verdict := func(sql string) guardrails.Verdict {
		return s.core.classify(context.Background(), "shop", sql)
	}
	if at, err := s.core.catalogs.Age("shop"); at.IsZero() || err != nil {
		t.Fatalf("the catalog was read at %v, %v", at, err)
	}
	if v := verdict("SELECT id FROM orders WHERE id = 7"); v.Kind != guardrails.Read || v.Level != guardrails.Low {
		t.Errorf("a look-up is %+v", v)
	}
	// What a bare name means is decided by the profile that would run it.
	if _, err := s.asOwner(t.Context(), "CREATE FUNCTION shop.tidied() RETURNS int LANGUAGE sql AS 'DELETE FROM shop.orders; SELECT 1'"); err != nil && !strings.Contains(err.Error(), "no rows") {
		t.Fatal(err)
	}
	if err := s.core.catalogs.Refresh(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	if v := verdict("SELECT tidied()"); v.Kind == guardrails.Read || v.Level == guardrails.Low {
		t.Errorf("a function that deletes is %s, %s", v.Kind, v.Level)
	}
	if v := verdict("SELECT shop.tidied()"); v.Kind == guardrails.Read || v.Level == guardrails.Low {
		t.Errorf("the same by its full name is %s, %s", v.Kind, v.Level)
	}
}
