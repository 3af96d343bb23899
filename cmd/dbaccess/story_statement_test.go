package main

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"dbaccess/approvals"
	"dbaccess/guardrails"
	"dbaccess/internal/devslack"
)

func TestAPlainMaskedReadRunsAtOnce(t *testing.T) {
	s := newStory(t, scene{})
	s.types("alice", "/dbaccess query shop SELECT name, email FROM customers ORDER BY id LIMIT 2")
	m := s.seesDM("alice", "masked.invalid", "2 rows")
	if cards := s.slack.Messages(approvalsChannel); len(cards) != 0 {
		t.Errorf("reviewers were asked: %s", devslack.PlainText(cards[0]))
	}
	if strings.Contains(devslack.PlainText(m), "@example.") {
		t.Error("a raw address came through")
	}
	s.eventually("the run's credential is gone", func() bool { return s.ours() == "0" })
	if r := s.request("alice"); r.State != approvals.Executed || r.Rows != 2 {
		t.Errorf("%s with %d rows", r.State, r.Rows)
	}
	s.verified()
}

func TestAReviewedChangeRunsOnce(t *testing.T) {
	s := newStory(t, scene{})
	before := s.shopRow("SELECT count(*)::text FROM shop.orders WHERE status = 'refunded'")
	s.sends("alice", "/dbaccess query shop because INC-42: UPDATE orders SET status = 'refunded' WHERE id = (SELECT min(id) FROM orders WHERE status <> 'refunded')")
	s.presses("bob", s.seesCard("UPDATE orders", "INC-42", "Approve"), "Approve")
	s.seesDM("alice", "done", "1 row")
	s.seesCard("UPDATE orders", "1 row")
	if after := s.shopRow("SELECT (count(*) - 1)::text FROM shop.orders WHERE status = 'refunded'"); after != before {
		t.Errorf("%s refunded before, one more than %s now", before, after)
	}
	s.eventually("the run's credential is gone", func() bool { return s.ours() == "0" })
	if got := s.recorded(); got["statement.started"] != 1 || got["statement.executed"] != 1 {
		t.Errorf("recorded: %v", got)
	}
}

func TestTheFuseRollsBack(t *testing.T) {
	s := newStory(t, scene{})
	before := s.shopRow("SELECT md5(string_agg(o::text, ',' ORDER BY id)) FROM shop.orders o")
	s.sends("alice", "/dbaccess query shop because cleanup: UPDATE orders SET status = 'cancelled' WHERE id > 0")
	card := s.seesCard("UPDATE orders", "cleanup", "Approve")
	s.presses("bob", card, "Approve")
	s.seesDM("alice", "250", "100")
	if after := s.shopRow("SELECT md5(string_agg(o::text, ',' ORDER BY id)) FROM shop.orders o"); after != before {
		t.Error("the orders changed")
	}
	if r := s.request("alice"); r.State != approvals.Failed {
		t.Errorf("the request is %s", r.State)
	}
	if n := s.recorded()["statement.fused"]; n != 1 {
		t.Errorf("%d events of the fuse", n)
	}
}

var resultLink = regexp.MustCompile(`/result#(\S+)`)

func TestRawRowsGoToTheOneTimePageOnly(t *testing.T) {
	s := newStory(t, scene{edit: func(yaml string) string {
		return strings.Replace(yaml, "{kinds: [read, session], profile: masked-read}", "{kinds: [read, session], profile: read}", 1)
	}})
	s.sends("alice", "/dbaccess query shop because audit: SELECT email FROM customers ORDER BY id LIMIT 3")
	s.presses("bob", s.seesCard("SELECT email", "Approve"), "Approve")
	m := s.seesDM("alice", "done", "3 rows")
	if strings.Contains(m.Text+devslack.PlainText(m), "@example.") {
		t.Fatal("raw rows went to Slack")
	}
	var code string
	for _, e := range devslack.Elements(s.seesDM("alice", "3 rows", "Show")) {
		if found := resultLink.FindStringSubmatch(e.URL); found != nil {
			code = found[1]
		}
	}
	page, err := s.openResult(t.Context(), code)
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Rows) != 3 || !strings.Contains(page.Rows[0][0].Text, "@example.") {
		t.Errorf("the page shows %v", page.Rows)
	}
	if _, err := s.openResult(t.Context(), code); err == nil {
		t.Error("the page was shown twice")
	}
	if n := s.recorded()["result.shown"]; n != 1 {
		t.Errorf("%d events of showing", n)
	}
}

func TestAStatementThatFailsSaysWhy(t *testing.T) {
	s := newStory(t, scene{})
	s.types("alice", "/dbaccess query shop SELECT no_such_column FROM customers")
	s.seesDM("alice", "failed", "no_such_column")
	s.eventually("the run's credential is gone", func() bool { return s.ours() == "0" })
}

func TestWhatIsNotUnderstoodIsRefused(t *testing.T) {
	s := newStory(t, scene{})
	for _, sql := range []string{"SELEKT 1", "DO $$ BEGIN END $$", "DROP TABLE orders", "SELECT pg_read_file('/etc/passwd')"} {
		s.types("alice", "/dbaccess query shop because curious: "+sql)
	}
	s.eventually("all four are on record as denied or refused", func() bool {
		list := must[[]approvals.Request](s)(s.core.requests.Requests(t.Context(), approvals.Filter{Requester: "alice"}))
		for _, r := range list {
			if r.State != approvals.Denied {
				t.Errorf("%q is %s", r.Statement, r.State)
			}
		}
		return len(s.slack.Ephemerals("alice")) >= 4
	})
	if cards := s.slack.Messages(approvalsChannel); len(cards) != 0 {
		t.Errorf("reviewers were asked: %s", devslack.PlainText(cards[0]))
	}
	if n := s.ours(); n != "0" {
		t.Errorf("%s roles are there", n)
	}
}

// The parser routes; the minted role enforces: whoever misleads the parser gets
// no further than to Postgres.
func TestAStatementTakenForHarmlessMeetsItsRolesRights(t *testing.T) {
	s := newStory(t, scene{})
	s.core.requests.Classify = func(context.Context, string, string) guardrails.Verdict {
		return guardrails.Verdict{Kind: guardrails.Read, Level: guardrails.Low, Statements: 1}
	}
	before := s.shopRow("SELECT count(*)::text FROM shop.orders")
	for sql, refusal := range map[string]string{
		"DELETE FROM shop.orders":           "permission denied for schema shop",
		"DELETE FROM orders":                "permission denied for view orders",
		"SELECT email FROM shop.customers":  "permission denied for schema shop",
		"SELECT pg_read_file('PG_VERSION')": "permission denied for function pg_read_file",
	} {
		s.types("alice", "/dbaccess query shop "+sql)
		s.seesDM("alice", "failed", refusal)
	}
	if after := s.shopRow("SELECT count(*)::text FROM shop.orders"); after != before {
		t.Errorf("%s orders, were %s", after, before)
	}
}

func TestRowsArriveThoughSlackStumbles(t *testing.T) {
	s := newStory(t, scene{})
	s.slack.Fault("chat.postMessage", devslack.Fault{Status: http.StatusServiceUnavailable})
	s.slack.Fault("chat.postMessage", devslack.Fault{Status: http.StatusTooManyRequests, RetryAfter: time.Second})
	s.types("alice", "/dbaccess query shop SELECT name, email FROM customers ORDER BY id LIMIT 2")
	s.seesDM("alice", "masked.invalid", "2 rows")
}

// held locks one order for as long as during runs, which is given whether
// somebody waits for it.
func (s *story) held(order string, during func(waiting func() bool)) {
	s.Helper()
	conn := must[*pgx.Conn](s)(pgx.Connect(s.Context(), s.shop))
	defer conn.Close(context.Background())
	tx := must[pgx.Tx](s)(conn.Begin(s.Context()))
	if _, err := tx.Exec(s.Context(), "SELECT FROM shop.orders WHERE id = $1 FOR UPDATE", order); err != nil {
		s.Fatal(err)
	}
	during(func() bool {
		return s.shopRow("SELECT count(*)::text FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename LIKE $1", "dba-"+s.core.grants.Install+"-%") != "0"
	})
	if err := tx.Rollback(s.Context()); err != nil {
		s.Fatal(err)
	}
}

const refundFirst = "/dbaccess query shop because INC-42: UPDATE orders SET status = 'refunded' WHERE id = 1"
