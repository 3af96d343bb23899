package main

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"dbaccess/approvals"
	"dbaccess/credentials"
)

// asDemo is the demo's script, on a story with demo: true.
func (s *story) asDemo(out io.Writer) *script {
	return &script{stack: s.stack, core: s.core, tell: &narrator{out: out, began: time.Now()}, psql: psql(), more: []string{childEnv + "=1"}}
}

func TestTheDemosStoryHasEveryEffect(t *testing.T) {
	s := newStory(t, scene{demo: true})
	var out bytes.Buffer
	p := s.asDemo(&out)
	p.psql = must[[]string](s)(ownPsql()) // as where there is no other
	if err := p.play(t.Context()); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	if p.tell.passed != len(p.steps()) {
		t.Errorf("%d steps passed of %d", p.tell.passed, len(p.steps()))
	}
}

func TestTheDemoBreaksWhenAStepHasNoEffect(t *testing.T) {
	// Bob is no reviewer here, so his Approve counts nothing.
	s := newStory(t, scene{demo: true, edit: func(yaml string) string {
		return strings.NewReplacer("slack: [U0BOB], groups: [engineers, db-reviewers]", "slack: [U0BOB], groups: [engineers]",
			"slack: [U0FRANK], groups: [engineers]", "slack: [U0FRANK], groups: [engineers, db-reviewers]").Replace(yaml)
	}})
	var out bytes.Buffer
	p := s.asDemo(&out)
	err := p.play(t.Context())
	if err == nil || !strings.Contains(err.Error(), "Bob presses Approve") {
		t.Errorf("play = %v, want it broken at Bob's Approve\n%s", err, out.String())
	}
}

func TestAskedInTheFormAndApproved(t *testing.T) {
	s := newStory(t, scene{})
	s.types("alice", "/dbaccess")
	form := s.sees("alice", "Profile")
	bad := s.submits("alice", form, map[string]any{"Profile": "masked-read", "How long?": "3 weeks", "Why do you need it?": "INC-7"})
	if len(bad.Errors) == 0 {
		t.Fatal("three weeks were accepted")
	}
	s.submits("alice", form, map[string]any{"Profile": "masked-read", "How long?": "30m", "Why do you need it?": "INC-7 invoices"})
	s.presses("bob", s.seesCard("INC-7 invoices", "30m", "Approve"), "Approve")
	s.seesDM("alice", "Get credentials")
	if r := s.request("alice"); r.State != approvals.Approved || r.Duration != 30*time.Minute {
		t.Errorf("the request is %s for %s", r.State, r.Duration)
	}
}

func TestApprovedByReactionAndWithdrawnByTakingItAway(t *testing.T) {
	s := newStory(t, scene{policy: twoReviewers})
	s.types("alice", "/dbaccess shop masked-read 1h because INC-8")
	card := s.seesCard("INC-8", "Approve")

	react := func(user, name string, put bool) {
		t.Helper()
		s.drawn()
		act := s.slack.As(user).React
		if !put {
			act = s.slack.As(user).Unreact
		}
		if err := act(t.Context(), card.Channel, card.TS, name); err != nil {
			t.Fatal(err)
		}
	}
	react("alice", "white_check_mark", true)
	s.isTold("alice", approvals.ErrSelfReview.Msg)

	react("bob", "white_check_mark", true)
	s.seesCard("INC-8", "1 of 2")
	react("bob", "white_check_mark", false)
	s.seesCard("INC-8", "0 of 2")
	if r := s.request("alice"); r.State != approvals.Pending || len(r.Reviews) != 1 || r.Reviews[0].Withdrawn.IsZero() {
		t.Fatalf("bob's review was not withdrawn: %+v", r.Reviews)
	}
	react("bob", "+1::skin-tone-4", true)
	s.seesCard("INC-8", "1 of 2")
	react("carol", "white_check_mark", true)
	s.seesDM("alice", "Get credentials")
}

// twoReviewers needs two of the three people in db-reviewers and db-admins.
const twoReviewers = `version: 1
rules:
  - name: two-people
    kinds: [access]
    review:
      seats: [{groups: [db-reviewers, engineers], count: 2}]
      channel: db-approvals
      reactions: true
      why: Two people decide.
`

func TestTwoOfThreeApprove(t *testing.T) {
	s := newStory(t, scene{policy: twoReviewers})
	s.types("alice", "/dbaccess shop read 1h because INC-9")
	s.presses("bob", s.seesCard("INC-9", "0 of 2"), "Approve")
	card := s.seesCard("INC-9", "1 of 2")
	s.presses("bob", card, "Approve")
	s.isTold("bob", "already")
	if r := s.request("alice"); r.State != approvals.Pending {
		t.Fatalf("one person twice made it %s", r.State)
	}
	s.presses("frank", s.seesCard("INC-9", "1 of 2"), "Approve")
	s.seesDM("alice", "Get credentials")
	r := s.request("alice")
	if d := approvals.Decide(r.Route, r, time.Now()); d.Have != 2 || d.Need != 2 {
		t.Errorf("%d of %d seats are taken", d.Have, d.Need)
	}
}

func TestDeniedWithAReason(t *testing.T) {
	s := newStory(t, scene{})
	s.types("alice", "/dbaccess shop write 1h because I feel like it")
	s.presses("carol", s.seesCard("I feel like it", "Deny…"), "Deny…")
	modal := s.sees("carol", "Why not?")
	s.submits("carol", modal, map[string]any{"Why not?": "feelings are no reason"})
	s.seesDM("alice", "denied", "feelings are no reason")
	s.seesCard("I feel like it", "feelings are no reason")
	if got := s.recorded()[string("grant.opened")]; got != 0 {
		t.Errorf("%d grants were opened", got)
	}
}

func TestClicksThatDoNotCountGetASentence(t *testing.T) {
	s := newStory(t, scene{})
	s.types("alice", "/dbaccess shop masked-read 1h because INC-10")
	card := s.seesCard("INC-10", "Approve")

	s.presses("alice", card, "Approve")
	s.isTold("alice", approvals.ErrSelfReview.Msg)
	s.presses("frank", card, "Approve") // in no reviewing group
	s.isTold("frank", "db-reviewers")
	s.presses("dave", card, "Approve") // a guest
	s.isTold("dave", "full members")
	if r := s.request("alice"); r.State != approvals.Pending || len(r.Reviews) != 0 {
		t.Fatalf("something counted: %s, %d reviews", r.State, len(r.Reviews))
	}

	s.presses("bob", card, "Approve")
	s.seesDM("alice", "Get credentials")
	s.presses("carol", card, "Approve") // an old drawing of a card that is decided
	s.isTold("carol", "already")
	s.presses("carol", card, "Deny…")
	s.isTold("carol", "already")
	if n := s.recorded()["review.given"]; n != 1 {
		t.Errorf("%d reviews were given, want bob's alone", n)
	}
}

func TestAnUndecidedRequestExpires(t *testing.T) {
	s := newStory(t, scene{policy: expiresSoon})
	s.types("alice", "/dbaccess shop masked-read 1h because INC-11")
	card := s.seesCard("INC-11", "Approve")
	s.seesDM("alice", "expired")
	s.seesCard("INC-11", "xpired")
	s.presses("bob", card, "Approve")
	s.isTold("bob", "expired")
	if r := s.request("alice"); r.State != approvals.Expired {
		t.Errorf("the request is %s", r.State)
	}
}

const expiresSoon = `version: 1
rules:
  - name: be-quick
    review: {groups: [db-reviewers], count: 1, channel: db-approvals, why: Be quick., expires: 1s}
`

func TestCancelledByItsAsker(t *testing.T) {
	s := newStory(t, scene{})
	s.types("alice", "/dbaccess shop masked-read 1h because INC-12")
	card := s.seesCard("INC-12", "Approve")
	s.types("frank", "/dbaccess cancel "+string(s.request("alice").ID))
	s.isTold("frank", "no open request")
	s.types("alice", "/dbaccess cancel")
	s.seesCard("INC-12", "ancelled")
	s.presses("bob", card, "Approve")
	s.isTold("bob", "already")
}

func TestNothingIsMintedBeforeItsHolderAsks(t *testing.T) {
	s := newStory(t, scene{})
	dm := s.approved("1h")
	code := must[string](s)(s.claimCode(t.Context(), "alice", dm))
	resp, err := http.Get(s.config.PublicURL + "/claim") // as a link scanner does; what is behind the # stays with the browser
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if _, err := s.core.grants.Sweep(t.Context()); err != nil {
		t.Error(err)
	}
	if n, g := s.ours(), s.grant("alice"); n != "0" || g.State != credentials.Open || len(g.Leases) != 0 {
		t.Errorf("%s roles, and the grant is %s with leases %v", n, g.State, g.Leases)
	}
	if _, err := s.redeem(t.Context(), code); err != nil {
		t.Fatal(err)
	}
	if n := s.ours(); n != "1" {
		t.Errorf("%s roles after the claim", n)
	}
}

func TestEndedEarlyByItsHolder(t *testing.T) {
	s := newStory(t, scene{})
	c := s.claims(s.approved("1h"))
	session := s.connects(c)
	s.types("alice", "/dbaccess end")
	s.dies(session)
	s.seesDM("alice", "is over")
	s.isOver(c)
	if g := s.grant("alice"); g.State != credentials.Ended || g.Reason != credentials.Revoked || g.EndedBy != "person:alice" {
		t.Errorf("the grant is %s, %s by %s", g.State, g.Reason, g.EndedBy)
	}
}

func TestEndedByAnOperator(t *testing.T) {
	s := newStory(t, scene{})
	c := s.claims(s.approved("1h"))
	session := s.connects(c)
	var out bytes.Buffer
	config := s.dir + "/config.yaml"
	if code := run([]string{"grants", "list", "--config", config}, nil, &out, &out); code != 0 || !strings.Contains(out.String(), "alice") {
		t.Fatalf("grants list: %d\n%s", code, out.String())
	}
	out.Reset()
	short := string(s.request("alice").ID)[len("req_"):][:8] // what Slack shows
	if code := run([]string{"audit", "list", "--request", short, "--config", config}, nil, &out, &out); code != 0 || !strings.Contains(out.String(), "request.approved") {
		t.Fatalf("audit list: %d\n%s", code, out.String())
	}
	out.Reset()
	if code := run([]string{"grants", "end", "zzzzzzzz", "--config", config}, nil, &out, &out); code != 1 || !strings.Contains(out.String(), "There is no grant whose id begins with") {
		t.Fatalf("end of nothing: %d\n%s", code, out.String())
	}
	out.Reset()
	if code := run([]string{"grants", "end", short, "--config", config}, nil, &out, &out); code != 0 {
		t.Fatalf("grants end: %d\n%s", code, out.String())
	}
	s.dies(session)
	s.isOver(c)
	if g := s.grant("alice"); !strings.HasPrefix(g.EndedBy, "operator:") {
		t.Errorf("ended by %s", g.EndedBy)
	}
	s.seesDM("alice", "is over")
}

func TestClaimingAgainReplaces(t *testing.T) {
	s := newStory(t, scene{})
	dm := s.approved("1h")
	first := s.claims(dm)
	session := s.connects(first)
	due := s.grant("alice").Due
	second := s.claims(s.seesDM("alice", "Get credentials"))
	s.dies(session)
	s.isOver(first)
	if first.Role == second.Role {
		t.Error("the second claim got the first one's role")
	}
	if !second.Until.Equal(due) {
		t.Errorf("the window moved from %s to %s", due, second.Until)
	}
	if _, err := s.connects(second).Exec(t.Context(), "SELECT count(*) FROM customers"); err != nil {
		t.Error(err)
	}
	if g := s.grant("alice"); len(g.Leases) != 2 || g.Leases[0].Reason != credentials.Superseded {
		t.Errorf("leases: %+v", g.Leases)
	}
}

func TestACodeUsedTwiceEndsTheAccess(t *testing.T) {
	s := newStory(t, scene{})
	code := must[string](s)(s.claimCode(t.Context(), "alice", s.approved("1h")))
	c, err := s.redeem(t.Context(), code)
	if err != nil {
		t.Fatal(err)
	}
	session := s.connects(c)
	var r refusal
	if _, err := s.redeem(t.Context(), code); !errors.As(err, &r) || !strings.Contains(r.Detail, "used before") {
		t.Fatalf("the second use: %v", err)
	}
	s.dies(session)
	s.isOver(c)
	if n := s.recorded()["code.reused"]; n != 1 {
		t.Errorf("%d alarms, want 1", n)
	}
}

func TestAnUnclaimedGrantLapses(t *testing.T) {
	s := newStory(t, scene{edit: func(yaml string) string {
		return strings.Replace(yaml, "claim_within: 8h", "claim_within: 1s", 1)
	}})
	dm := s.approved("1h")
	s.eventually("the grant lapsed", func() bool { return s.grant("alice").State == credentials.Ended })
	if g := s.grant("alice"); g.Reason != credentials.Lapsed || len(g.Leases) != 0 {
		t.Errorf("%s with %d leases", g.Reason, len(g.Leases))
	}
	if err := s.slack.As("alice").Click(t.Context(), dm, "Get credentials"); err != nil {
		t.Logf("the button is gone already: %v", err)
	} else {
		s.sees("alice", "lapsed")
	}
	if n := s.ours(); n != "0" {
		t.Errorf("%s roles were made", n)
	}
}
