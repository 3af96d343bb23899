package v1

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"dbaccess/approvals"
	"dbaccess/approvals/policy"
	"dbaccess/credentials"
	"dbaccess/guardrails"
	"dbaccess/internal/fault"
	"dbaccess/internal/tokens"
)

// This file says in the API's words what the rules say in theirs.

// requestOf shows a request; masked tells whether its profile sees masked views
// only.
func requestOf(r approvals.Request, masked bool) Request {
	out := Request{
		ID: string(r.ID), State: string(r.State), Settled: settled(r), Kind: string(r.Kind),
		Requester: r.Requester, For: r.For, Database: r.Database, Profile: r.Profile, Masked: masked,
		Duration: span(r.Duration), Reason: r.Reason, Digest: r.Digest.String(),
		Statement: r.Statement, Params: r.Params, RowBound: r.RowBound,
		Impact: r.Impact.Sentence, Route: routeOf(r.Route), Outcome: r.Outcome, Grant: string(r.Grant),
		CreatedAt: r.CreatedAt, ExpiresAt: r.ExpiresAt, DecidedAt: r.DecidedAt, StartedAt: r.StartedAt, EndedAt: r.EndedAt,
		Rows: r.Rows, Fused: r.Fused, FailedAt: r.FailedAt,
	}
	if r.Verdict.Kind != "" {
		v := verdictOf(r.Verdict)
		out.Verdict = &v
	}
	if r.Job != nil {
		out.Job = jobView(r)
	}
	if r.Kind == approvals.Statement {
		out.Result = "slack"
		if len(r.ResultKey) > 0 {
			out.Result = "here"
		}
	}
	return out
}

// settled reports whether nothing more happens to r by itself.
func settled(r approvals.Request) bool {
	switch r.State {
	case approvals.Pending, approvals.Executing:
		return false
	case approvals.Approved:
		return r.Kind == approvals.Access
	}
	return true
}

func routeOf(r policy.Route) Route {
	out := Route{Outcome: string(r.Outcome), Rule: r.Rule, Sentence: r.Sentence}
	for _, s := range r.Seats {
		out.Needs = append(out.Needs, fmt.Sprintf("%d of %s", s.Count, strings.Join(s.Groups, " or ")))
	}
	return out
}

func verdictOf(v guardrails.Verdict) Verdict {
	out := Verdict{
		Kind: string(v.Kind), Level: string(v.Level), Statements: v.Statements,
		Findings: []Finding{}, Relations: v.Relations, Functions: v.Functions,
	}
	for _, f := range v.Findings {
		out.Findings = append(out.Findings, Finding{Rule: f.Rule, Level: string(f.Level), Message: f.Message, Hint: f.Hint, Start: f.Start, End: f.End})
	}
	for _, t := range v.Touches {
		out.Touches = append(out.Touches, Touch{Relation: t.Relation, Columns: append([]string{}, t.Columns...), Written: t.Written})
	}
	return out
}

func grantOf(g credentials.Grant) Grant {
	out := Grant{
		ID: string(g.ID), Request: string(g.Request), State: string(g.State), Kind: string(g.Kind), Holder: g.Holder,
		Database: g.Database, Profile: g.Profile, Duration: span(g.Duration),
		ApprovedAt: g.ApprovedAt, ClaimBy: g.ClaimBy, ActiveAt: g.ActiveAt, Due: g.Due, EndedAt: g.EndedAt,
		Reason: string(g.Reason), EndedBy: g.EndedBy,
	}
	if n := len(g.Leases); n > 0 {
		out.Role = g.Leases[n-1].Role
	}
	return out
}

func infoOf(t tokens.Token) TokenInfo {
	return TokenInfo{ID: t.ID, Audience: string(t.Audience), Issuer: t.Issuer, At: t.At, Expires: t.Expires}
}

// askOf reads an ask.
func askOf(a Ask) (approvals.Ask, error) {
	out := approvals.Ask{
		Kind: approvals.Kind(a.Kind), Database: a.Database, Profile: a.Profile, Reason: a.Reason,
		Statement: a.Statement, Params: a.Params, RowBound: a.RowBound,
	}
	if a.Key != "" {
		out.Once = "api/" + a.Key
	}
	var err error
	if out.Duration, err = readSpan("duration", a.Duration); err != nil {
		return out, err
	}
	if out.ResultKey, err = decodeResultKey(a.ResultKey); err != nil {
		return out, err
	}
	if a.Job != nil {
		out.Job, err = jobOf(*a.Job)
	}
	return out, err
}

func jobOf(j Job) (*approvals.JobAsk, error) {
	window, err := readSpan("job.window", j.Window)
	if err != nil {
		return nil, err
	}
	out := &approvals.JobAsk{Schedule: j.Schedule, Window: window, Commit: j.Commit}
	for _, f := range j.Files {
		out.Files = append(out.Files, approvals.Script{Path: f.Path, Content: f.Content})
	}
	if j.Rows != nil {
		out.Rows = &approvals.Band{Min: j.Rows.Min, Max: j.Rows.Max}
	}
	return out, nil
}

// readSpan reads a length of time, 0 if there is none.
func readSpan(field, s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return 0, fault.New(fault.Invalid, field+" is not a length of time.", "Write it like 30m or 2h.")
	}
	return d, nil
}

// span writes a length of time as readSpan reads it, and people: 30m, 1h, 1h30m.
func span(d time.Duration) string {
	if d <= 0 {
		return ""
	}
	s := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(s, zero) {
			s = s[:len(s)-2]
		}
	}
	return s
}

// ResultSum is under what the sealed rows of a request are kept.
func ResultSum(id approvals.RequestID) [32]byte {
	return sha256.Sum256([]byte("dbaccess api result v1 " + string(id)))
}
