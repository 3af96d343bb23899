package main

import (
	"strings"
	"testing"
	"time"

	"dbaccess/approvals"
	"dbaccess/internal/devslack"
	"dbaccess/internal/identity"
)

// A nightly job is read and approved for its files; its next run needs nobody, and
// one that would touch far more rows asks again.
func TestAJobIsApprovedOnceAndRunsWithinWhatWasApproved(t *testing.T) {
	s := newStory(t, scene{
		edit: func(yaml string) string {
			return strings.Replace(yaml, "identity:\n", "identity:\n  issuers:\n    - {name: runner, url: \"https://runner.example\"}\n  services:\n    - {name: nightly, tokens: [{issuer: runner, when: \"claims.sub == 'x'\"}]}\n", 1)
		},
		policy: `version: 1
rules:
  - name: jobs
    kinds: [access]
    review: {groups: [db-reviewers], standing: {scopes: [commit, content], days: 30, level: medium}}
`,
	})
	c := s.core
	runner := identity.Named("service/nightly")
	runner.Claims = []identity.Claim{{Name: "repository", Value: "acme/shop"}, {Name: "sha", Value: strings.Repeat("1a", 20)}}
	ask := approvals.Ask{
		Kind: approvals.Access, Database: "shop", Profile: "write", Duration: 30 * time.Minute, Reason: "nightly cleanup",
		Job: &approvals.JobAsk{
			Files: []approvals.Script{{Path: "cleanup.sql", Content: "SELECT 1;\nUPDATE orders SET status = 'cancelled' WHERE id = 1;\nDELETE FROM orders WHERE id = 2;\n"}},
			Rows:  &approvals.Band{Max: 10},
		},
	}
	first, err := c.requests.Submit(t.Context(), runner, ask)
	if err != nil {
		t.Fatal(err)
	}
	if first.Impact.Rows != 2 {
		t.Errorf("the estimate is %+v, want 2 rows", first.Impact)
	}
	card := s.seesCard("service/nightly asks for write on shop", "cleanup.sql", "Its files would change about 2 rows, by 2 statements.")
	s.presses("bob", card, "Review…")
	page := s.sees("bob", "UPDATE orders", "For this file content")
	if _, err := s.slack.As("bob").Submit(t.Context(), page.ID, devslack.Values{"scope": {"scope": "content"}, "days": {"days": "7"}}); err != nil {
		t.Fatal(err)
	}
	s.seesCard("Stands until")

	runner.Claims[1].Value = strings.Repeat("2b", 20) // another commit
	second, err := c.requests.Submit(t.Context(), runner, ask)
	if err != nil || second.State != approvals.Approved || second.Under != first.ID {
		t.Fatalf("the next run is %s under %q, %v: %s", second.State, second.Under, err, second.Differs)
	}
	s.seesCard("was approved at once")

	ask.Job.Files[0].Content = "UPDATE orders SET status = 'cancelled' WHERE id > 0;\n"
	third, err := c.requests.Submit(t.Context(), runner, ask)
	if err != nil || third.State != approvals.Pending || !strings.Contains(third.Differs, "the estimate is 250 rows and 0–10 were approved") {
		t.Errorf("a larger run is %s, %v: %s", third.State, err, third.Differs)
	}
	s.seesCard("Why you are asked again", "250 rows and 0–10 were approved")

	rows, err := standingApprovals(t.Context(), c, "nightly", false, time.Now())
	if err != nil || len(rows) != 1 || len(rows[0].runs) != 1 || rows[0].ID != first.ID {
		t.Errorf("what stands is %+v, %v", rows, err)
	}
	if _, err := c.requests.EndStanding(t.Context(), operator(), first.ID); err != nil {
		t.Fatal(err)
	}
	if rows, err = standingApprovals(t.Context(), c, "", false, time.Now()); err != nil || len(rows) != 0 {
		t.Errorf("after its end there stands %+v, %v", rows, err)
	}
	s.verified()
}
