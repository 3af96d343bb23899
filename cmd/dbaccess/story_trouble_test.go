package main

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"dbaccess/approvals"
	"dbaccess/credentials"
	"dbaccess/internal/devslack"
	"dbaccess/internal/devstack"
	"dbaccess/internal/devstack/pgtest"
)

func TestBadInputGetsASentenceAndNothingElse(t *testing.T) {
	s := newStory(t, scene{})
	for _, c := range []struct{ line, said string }{
		{"/dbaccess shup masked-read 1h because x", "shup"},
		{"/dbaccess shop masked-raed 1h because x", "masked-raed"},
		{"/dbaccess shop masked-read 3w because x", "3w"},
		{"/dbaccess shop masked-read 500h because x", "longer than"},
		{"/dbaccess shop masked-read 1h", "why"},
		{"/dbaccess shop masked-read 1h because  ", "why"},
		{"/dbaccess shop masked-read 1h because \u202e \u200f", "why"},
		{"/dbaccess query shop ``` ```", "statement"},
		{"/dbaccess query nowhere", "nowhere"},
		{"/dbaccess query shop SELECT \u202e1", "invisible"},
		{"/dbaccess end grt_nothing", "no "},
		{"/dbaccess " + strings.Repeat("garbage ", 1280), ""},
		{"/dbaccess frobnicate the database", ""},
		{"/dbaccess query nowhere SELECT 1", "nowhere"},
	} {
		before := len(s.slack.Ephemerals("alice"))
		s.types("alice", c.line)
		s.eventually("Alice is told about "+oneLine(c.line, 40), func() bool { return len(s.slack.Ephemerals("alice")) > before })
		heard := s.slack.Ephemerals("alice")
		if text := heard[len(heard)-1].Text; !strings.Contains(strings.ToLower(text), strings.ToLower(c.said)) || len(text) > 3000 {
			t.Errorf("%s: told %q, want something about %q", oneLine(c.line, 60), text, c.said)
		}
	}
	if cards := s.slack.Messages(approvalsChannel); len(cards) != 0 {
		t.Errorf("%d cards were posted, such as %q", len(cards), cards[0].Text)
	}
	if list := must[[]approvals.Request](s)(s.core.requests.Requests(t.Context(), approvals.Filter{})); len(list) != 0 {
		t.Errorf("%d requests were stored", len(list))
	}
}

func TestMarkupInAReasonIsShownAndDoesNothing(t *testing.T) {
	s := newStory(t, scene{})
	s.types("alice", "/dbaccess shop masked-read 1h because <!channel> *urgent* <https://evil.example|approved by the CTO>")
	card := s.seesCard("urgent", "Approve")
	raw := string(card.Blocks) + card.Text
	for _, live := range []string{"<!channel>", "<https://evil.example|"} {
		if strings.Contains(card.Text, live) {
			t.Errorf("the card's text has live %s", live)
		}
	}
	if strings.Contains(raw, `"type":"mrkdwn","text":"<!channel>`) {
		t.Error("the card mentions everybody")
	}
}

func TestADeliveryThatComesTwiceAsksOnce(t *testing.T) {
	s := newStory(t, scene{})
	s.slack.DuplicateDelivery(1)
	s.types("alice", "/dbaccess shop masked-read 1h because INC-20")
	card := s.seesCard("INC-20", "Approve")
	s.slack.DuplicateDelivery(1)
	s.presses("bob", card, "Approve")
	s.seesDM("alice", "Get credentials")
	s.eventually("both deliveries were answered", func() bool { return len(s.slack.Messages(approvalsChannel)) >= 1 })
	got := s.recorded()
	if got["request.submitted"] != 1 || got["review.given"] != 1 || got["grant.opened"] != 1 {
		t.Errorf("recorded: %v", got)
	}
	if n := len(s.slack.Messages(approvalsChannel)); n != 1 {
		t.Errorf("%d cards", n)
	}
}

func TestCardsConvergeThoughSlackStumbles(t *testing.T) {
	s := newStory(t, scene{})
	s.slack.Fault("chat.postMessage", devslack.Fault{Times: 2, Status: http.StatusTooManyRequests, RetryAfter: time.Second})
	s.types("alice", "/dbaccess shop masked-read 1h because INC-21")
	card := s.seesCard("INC-21", "Approve")
	s.slack.Fault("chat.update", devslack.Fault{Times: 2, Status: http.StatusServiceUnavailable})
	s.presses("bob", card, "Approve")
	s.seesDM("alice", "Get credentials")
	s.eventually("the card says that it is approved", func() bool {
		m := s.slack.Messages(approvalsChannel)
		return len(m) == 1 && !strings.Contains(devslack.PlainText(m[0]), "Approve\n") && strings.Contains(devslack.PlainText(m[0]), "pproved")
	})
	s.slack.DropSocket()
	s.eventually("the second socket is back", func() bool { return s.slack.Sockets() >= 2 })
	s.types("alice", "/dbaccess list")
	s.isTold("alice", "masked-read")
}

func TestTheStoreAwayLosesNothingAndStillEndsAccess(t *testing.T) {
	own := pgtest.Own(t, devstack.PostgresOptions{})
	s := newStory(t, scene{storeOn: own})
	c := s.claims(s.approved("6s"))
	session := s.connects(c)
	ready := func() int {
		resp, err := http.Get(s.config.PublicURL + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	if code := ready(); code != http.StatusOK {
		t.Fatalf("ready answers %d while all is well", code)
	}
	if err := own.Kill(); err != nil {
		t.Fatal(err)
	}
	s.eventually("the server is not ready", func() bool { return ready() == http.StatusServiceUnavailable })
	s.types("alice", "/dbaccess shop masked-read 1h because INC-22")
	s.isTold("alice", "ry again")

	s.dies(session) // at its due second, though the store is away
	if err := own.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.eventually("the end is recorded", func() bool {
		list, err := s.core.grants.Grants(t.Context(), credentials.GrantFilter{Holder: "alice"})
		return err == nil && len(list) == 1 && list[0].State == credentials.Ended
	})
	s.isOver(c)
	s.eventually("the server is ready again", func() bool { return ready() == http.StatusOK })
	s.types("alice", "/dbaccess shop masked-read 1h because INC-23")
	s.seesCard("INC-23", "Approve")
	s.verified()
}

func TestARequestThatNobodyCouldSeeIsRefused(t *testing.T) {
	s := newStory(t, scene{})
	channel, _ := s.slack.Channel(approvalsChannel)
	members := channel.Members
	channel.Members = []string{"alice", "bob"} // the bot was thrown out
	s.slack.SetChannel(channel)
	s.types("alice", "/dbaccess shop masked-read 1h because INC-30")
	s.isTold("alice", "approval channel", "invite")
	if list := must[[]approvals.Request](s)(s.core.requests.Requests(t.Context(), approvals.Filter{})); len(list) != 0 {
		t.Errorf("%d requests were stored", len(list))
	}
	channel.Members = members
	s.slack.SetChannel(channel)
	s.types("alice", "/dbaccess shop masked-read 1h because INC-31")
	s.seesCard("INC-31", "Approve")
}

func TestReactionsFromWhileNobodyListenedCount(t *testing.T) {
	s := newStory(t, scene{})
	s.types("alice", "/dbaccess shop masked-read 1h because INC-32")
	card := s.seesCard("INC-32", "Approve")
	s.drawn()
	if err := s.srv.stop(); err != nil {
		t.Fatal(err)
	}
	if err := s.slack.As("bob").React(t.Context(), card.Channel, card.TS, "white_check_mark"); err != nil {
		t.Fatal(err)
	}
	s.start()
	s.seesDM("alice", "Get credentials")
}

func TestAGroupWithNobodyInItIsNamed(t *testing.T) {
	s := newStory(t, scene{policy: `version: 1
rules:
  - name: by-nobody
    profiles: [write]
    review: {groups: [on-call], count: 1, channel: db-approvals, why: On call decides.}
  - name: by-somebody
    review: {groups: [db-reviewers], count: 1, channel: db-approvals, why: A reviewer decides.}
`})
	resp, err := http.Get(s.config.PublicURL + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(body), "Nobody is in on-call") {
		t.Errorf("%d, %v: %s", resp.StatusCode, err, body)
	}
	s.types("alice", "/dbaccess shop write 1h because INC-33")
	s.isTold("alice", "Nobody could decide this", "by-nobody")
	s.types("alice", "/dbaccess shop read 1h because INC-34")
	s.seesCard("INC-34", "Approve")
}
