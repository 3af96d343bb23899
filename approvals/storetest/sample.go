package storetest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"dbaccess/approvals"
	"dbaccess/approvals/policy"
	"dbaccess/audit"
	"dbaccess/guardrails"
)

// at is when the samples were made: with microseconds, which every store keeps.
var at = time.Date(2026, 11, 21, 14, 3, 7, 123456000, time.UTC)

// id makes an id of the given kind.
func id(prefix string) string { return prefix + "_" + strings.ToLower(rand.Text()) }

// access is a pending access request with every field set that such a request
// may have.
func access(requester string) approvals.Request {
	r := approvals.Request{
		ID: approvals.RequestID(id("req")), State: approvals.Pending, Revision: 1,
		Terms: approvals.Terms{
			Kind: approvals.Access, Requester: requester,
			Database: "shop", Profile: "masked-read", Duration: 2 * time.Hour,
		},
		Reason:    "INC-42: refund stuck, “quoted” & <escaped>",
		Once:      "delivery-" + id("once"),
		Route:     route(),
		CreatedAt: at, ExpiresAt: at.Add(8 * time.Hour),
	}
	r.Digest = sha256.Sum256([]byte(r.ID))
	return r
}

// statement is a pending statement request with every field set that such a
// request may have.
func statement(requester string) approvals.Request {
	r := access(requester)
	r.Kind, r.Duration = approvals.Statement, 0
	r.Statement = "DELETE FROM orders\nWHERE note = $1 -- 'über' \\ \"x\" $$y$$"
	r.Params = []string{"", "a,b", "{\"c\":null}"}
	r.RowBound = 1000
	key := sha256.Sum256([]byte("a result key"))
	r.ResultKey = key[:]
	r.Settings = []approvals.Setting{{Name: "search_path", Value: `masked, "Shop"`}, {Name: "timezone", Value: "UTC"}}
	r.Verdict = guardrails.Verdict{
		Kind: guardrails.Write, Level: guardrails.Medium, Statements: 1,
		Findings:  []guardrails.Finding{{Rule: "GR001", Level: guardrails.Medium, Message: "Deletes rows.", Hint: "Look.", Start: 0, End: 6}},
		Relations: []string{"orders"}, Functions: []string{},
	}
	r.Impact = approvals.Impact{Rows: 12.5, Cost: 431.02, Sentence: "About 12 rows — “<all>” of orders.", At: at.Add(time.Second)}
	return r
}

func route() policy.Route {
	return policy.Route{
		Outcome: policy.Review, Rule: "reads-need-an-owner", Sentence: "Reads need an owner.",
		Seats:   []policy.Seats{{Groups: []string{"owners", "admins"}, Count: 2}},
		Channel: "approvals", Reactions: true, Expires: 8 * time.Hour, Version: "sha256:0123456789ab",
		Steps: []policy.Step{{Rule: "reads-need-an-owner", Matched: true, Why: "asks for 2 of owners, admins"}},
	}
}

// review is a review of r by that person, the n-th.
func review(r approvals.Request, reviewer string, answer approvals.Answer, n int) approvals.Review {
	return approvals.Review{
		ID: approvals.ReviewID(id("rev")), Revision: r.Revision, Digest: r.Digest,
		Reviewer: reviewer, Groups: []string{"owners", "staff"}, Answer: answer,
		Reason: "looks right", Via: approvals.ByButton,
		Policy: r.Route.Version, Route: r.Route, At: at.Add(time.Duration(n) * time.Minute),
	}
}

// approved is r after its approval, with the grant that it opens.
func approved(r approvals.Request) (approvals.Request, *approvals.Grant) {
	r.State, r.DecidedAt, r.Outcome = approvals.Approved, at.Add(time.Hour), "Approved by bob."
	g := &approvals.Grant{
		ID: approvals.GrantID(id("grt")), Request: r.ID, Kind: r.Kind, Holder: r.Requester,
		Database: r.Database, Profile: r.Profile, Duration: r.Duration,
		ApprovedAt: r.DecidedAt, ClaimBy: r.DecidedAt.Add(time.Hour),
	}
	r.Grant = g.ID
	return r, g
}

// change is one event about r, and the todo of redrawing its card.
func change(r approvals.Request, what audit.Type) approvals.Change {
	return approvals.Change{
		Events: []audit.Event{{
			At: at, Type: what, Actor: "person:" + r.Requester, Request: string(r.ID), Database: r.Database,
			Details: map[string]any{"rule": r.Route.Rule, "revision": r.Revision, "reactions": true, "groups": []string{"owners"}},
		}},
		Todos: []approvals.Todo{{Kind: approvals.DrawCard, ID: string(r.ID)}},
	}
}

// same fails the test unless both requests say the same. Nil and empty lists
// are the same, and times are compared as instants.
func same(t *testing.T, got, want approvals.Request) {
	t.Helper()
	if g, w := text(t, got), text(t, want); g != w {
		t.Errorf("the request came back otherwise\n got %s\nwant %s", g, w)
	}
}

func text(t *testing.T, r approvals.Request) string {
	t.Helper()
	for _, at := range []*time.Time{&r.CreatedAt, &r.ExpiresAt, &r.DecidedAt, &r.StartedAt, &r.EndedAt, &r.Impact.At, &r.Standing.Until, &r.Standing.EndedAt} {
		*at = at.UTC()
	}
	r.Reviews = append([]approvals.Review{}, r.Reviews...)
	for i := range r.Reviews {
		r.Reviews[i].At = r.Reviews[i].At.UTC()
		r.Reviews[i].Withdrawn = r.Reviews[i].Withdrawn.UTC()
		r.Reviews[i].Groups = append([]string{}, r.Reviews[i].Groups...)
	}
	r.Params = append([]string{}, r.Params...)
	r.Settings = append([]approvals.Setting{}, r.Settings...)
	r.Verdict.Findings = append([]guardrails.Finding{}, r.Verdict.Findings...)
	r.Verdict.Relations = append([]string{}, r.Verdict.Relations...)
	r.Verdict.Functions = append([]string{}, r.Verdict.Functions...)
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatalf("marshal request: %v", err)
	}
	return string(b)
}
