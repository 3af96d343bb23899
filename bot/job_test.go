package bot

import (
	"strings"
	"testing"
	"time"

	"dbaccess/approvals"
	"dbaccess/approvals/policy"
	"dbaccess/credentials"
	"dbaccess/guardrails"
	"dbaccess/internal/devslack"
	"dbaccess/internal/identity"
)

const jobSHA = "1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d"

// jobView is a pending job of a service, started by alice.
func jobView() view {
	v := accessView()
	v.Requester, v.For, v.Reason, v.Profile, v.Duration = "service/nightly", "alice", "Nightly cleanup", "write", 30*time.Minute
	v.Claims = []identity.Claim{
		{Name: "actor", Value: "alice-gh"},
		{Name: "ref", Value: "refs/heads/main"},
		{Name: "repository", Value: "acme/shop"},
		{Name: "run_id", Value: "77"},
		{Name: "sha", Value: jobSHA},
		{Name: "workflow_ref", Value: "acme/shop/.github/workflows/nightly.yml@refs/heads/main"},
	}
	v.Job = &approvals.Job{
		Claims: append(append([]identity.Claim{}, v.Claims[1:3]...), v.Claims[4:]...), Rows: &approvals.Band{Min: 0, Max: 1000},
		Schedule: "0 2 * * *", Window: time.Hour, Commit: "https://github.com/acme/shop/commit/" + jobSHA,
	}
	v.Scripts = []approvals.Script{{Path: "sql/cleanup.sql", Content: "DELETE FROM carts\n WHERE updated < '2026-01-01';"}, {Path: "sql/check.sql", Content: "SELECT count(*) FROM carts;"}}
	for _, s := range v.Scripts {
		v.Job.Files = append(v.Job.Files, approvals.File{Path: s.Path, SHA256: strings.Repeat("ab", 32), Bytes: int64(len(s.Content))})
	}
	v.Verdicts = []guardrails.Verdict{
		{Kind: guardrails.Write, Level: guardrails.Medium, Statements: 1, Findings: []guardrails.Finding{{Rule: "GR010", Level: guardrails.Medium, Message: "DELETE removes rows from carts."}}},
		{Kind: guardrails.Read, Level: guardrails.Low, Statements: 1},
	}
	v.Verdict = v.Verdicts[0]
	v.Verdict.Findings = []guardrails.Finding{{Rule: "GR010", Level: guardrails.Medium, Message: "sql/cleanup.sql: DELETE removes rows from carts."}}
	v.Impact = approvals.Impact{Rows: 300, Sentence: "Its files would change about 300 rows, by 1 statement.", At: noon}
	v.Route.Rule, v.Route.Reactions = "jobs-that-write", false
	v.Route.Standing = &policy.Standing{Scopes: []string{"commit", "content", "level"}, Days: 30, Level: guardrails.Medium, Outside: policy.Review}
	return decided(v)
}

// jobCards are jobs in what states they may be, by the names of their golden files.
func jobCards() map[string]view {
	again := jobView()
	again.Differs = "The approval of request k3j9x2mq does not cover this run: sql/cleanup.sql has changed and the estimate is 12,400 rows and 0–1,000 were approved."
	again.Impact.Rows, again.Impact.Sentence = 12400, "Its files would change about 12,400 rows, by 1 statement."
	bare := jobView()
	bare.Job.Files, bare.Scripts, bare.Verdicts, bare.Verdict, bare.Job.Rows, bare.Job.Schedule, bare.Job.Window = nil, nil, nil, guardrails.Verdict{}, nil, "", 0
	hostile := jobView()
	hostile.Job.Commit = "https://evil.example/|look>"
	for i := range hostile.Job.Claims {
		hostile.Job.Claims[i].Value = "`<!channel> <https://evil.example|acme/shop> *bold*\u202e"
	}
	hostile.Job.Files[0].Path = "`<!here>`.sql"
	hostile.Differs = "The approval does not cover it: its ref is <!channel>."
	approved := in(reviewed(jobView(), "bob", []string{"shop-owners"}, approvals.Approve, approvals.ByButton, ""), approvals.Approved, "Approved by bob.")
	approved.Standing = approvals.Standing{Scope: approvals.Content, Until: noon.Add(14 * 24 * time.Hour)}
	ended := approved
	ended.Standing.EndedAt, ended.Standing.EndedBy = noon.Add(time.Hour), "person:bob"
	agent := accessView()
	agent.Requester, agent.For = "claude@alice", "alice"
	stopped := jobView()
	stopped.Route.Outcome, stopped.Route.Sentence, stopped.Differs = policy.Deny, again.Differs, again.Differs
	grave := statementView()
	grave.Requester, grave.Job = "service/nightly", jobView().Job
	grave.Job.Files, grave.Job.Schedule, grave.Job.Window, grave.Job.Rows = nil, "", 0, nil
	return map[string]view{
		"job":                decided(jobView()),
		"job-again":          decided(again),
		"job-without-files":  decided(bare),
		"job-hostile":        decided(hostile),
		"job-standing":       granted(approved, credentials.Grant{State: credentials.Open}),
		"job-standing-ended": ended,
		"job-stopped":        in(stopped, approvals.Denied, again.Differs),
		"job-statement":      decided(grave),
		"agent":              decided(agent),
	}
}

func TestWhatAJobSaysCannotPassForOurOwnWords(t *testing.T) {
	t.Parallel()
	text, blocks := card(jobCards()["job-hostile"])
	drawn := text + string(encoded(blocks))
	drawn = strings.ReplaceAll(drawn, `\u003c`, "<")
	for _, bad := range []string{"<!channel>", "<!here>", "<https://evil", "\u202e", "`<"} {
		if strings.Contains(drawn, bad) {
			t.Errorf("the card holds %q", bad)
		}
	}
	if strings.Contains(drawn, "see the commit") {
		t.Error("the link to somewhere else is a link")
	}
}

// jobRules let owners approve what services write for later runs.
const jobRules = `version: 1
rules:
  - {name: jobs, profiles: [write], review: {groups: [owners], why: An owner reads the job., standing: {scopes: [commit, content], days: 30, level: high}}}
  - {name: strict, profiles: [read], review: {groups: [owners], why: An owner reads the job., standing: {scopes: [commit], days: 30, level: high, outside: deny}}}
  - {name: rest, review: {groups: [owners], why: An owner agrees.}}
`

// jobs is a world with a service.
func jobs(t *testing.T) (w *world, runner identity.Principal) {
	w = newWorld(t)
	set, err := policy.Parse(policy.File{Name: "jobs.yaml", Data: []byte(jobRules)})
	if err != nil {
		t.Fatal(err)
	}
	known := w.requests.Principal
	w.requests.Policy = func() *policy.Set { return set }
	w.requests.Principal = func(name string) (identity.Principal, error) {
		if p := identity.Named(name); p.Kind == identity.Service {
			return p, nil
		}
		return known(name)
	}
	runner = identity.Named("service/nightly")
	runner.For, runner.Claims = "alice", jobView().Claims
	return w, runner
}

func cleanupAsk(profile string) approvals.Ask {
	return approvals.Ask{
		Kind: approvals.Access, Database: "shop", Profile: profile, Duration: 30 * time.Minute, Reason: "nightly",
		Job: &approvals.JobAsk{Files: []approvals.Script{{Path: "cleanup.sql", Content: "DELETE FROM carts"}, {Path: "check.sql", Content: "SELECT '" + strings.Repeat("x", 12000) + "'"}}},
	}
}

func TestAJobIsReadWholeAndApprovedForItsLaterRuns(t *testing.T) {
	t.Parallel()
	w, runner := jobs(t)
	r, err := w.requests.Submit(t.Context(), runner, cleanupAsk("write"))
	if err != nil {
		t.Fatal(err)
	}
	card := w.card(t, "db-approvals", "service/nightly asks for write on shop", "cleanup.sql", "acme/shop", "For this commit", "For this file content")
	if err := w.As("bob").Click(t.Context(), card, "Approve"); err == nil {
		t.Fatal("a job can be approved without its files")
	}
	w.click(t, "bob", card, "Review…")
	page := w.modal(t, "bob", "page 1 of 2", "DELETE FROM carts")
	w.click(t, "bob", page, "Next page")
	page = w.modal(t, "bob", "page 2 of 2", "xxx'", "For this file content")
	if _, err := w.As("bob").Submit(t.Context(), page.ID, devslack.Values{blockScope: {fieldScope: "content"}, blockDays: {fieldDays: "7"}}); err != nil {
		t.Fatal(err)
	}
	w.modal(t, "bob", "You *approved* request", "It stands for later runs until")
	card = w.card(t, "db-approvals", "*Stands until", "for this file content")

	later := runner
	later.For = ""
	covered, err := w.requests.Submit(t.Context(), later, cleanupAsk("write"))
	if err != nil || covered.Under != r.ID {
		t.Fatalf("the next run is under %q, %v: %s", covered.Under, err, covered.Differs)
	}
	said := w.card(t, "db-approvals", short(covered.ID), "was approved at once", short(r.ID))
	if said.ThreadTS != card.TS {
		t.Errorf("it is told outside of the card's thread, in %q", said.ThreadTS)
	}
	w.click(t, "bob", card, "End standing approval")
	w.told(t, "bob", "covers no more runs")
	w.card(t, "db-approvals", "It stood for later runs until <@U0BOB> ended that")
}

func TestAStoppedJobIsToldInTheChannel(t *testing.T) {
	t.Parallel()
	w, runner := jobs(t)
	r, err := w.requests.Submit(t.Context(), runner, cleanupAsk("read"))
	if err != nil {
		t.Fatal(err)
	}
	bob, _ := w.requests.Principal("bob")
	if _, err := w.requests.Review(t.Context(), bob, approvals.Opinion{Request: r.ID, Digest: r.Digest, Answer: approvals.Approve, Via: approvals.ByButton, Scope: approvals.Commit}); err != nil {
		t.Fatal(err)
	}
	ask := cleanupAsk("read")
	ask.Job.Files[0].Content += " -- all"
	stopped, err := w.requests.Submit(t.Context(), runner, ask)
	if err != nil || stopped.State != approvals.Denied {
		t.Fatalf("the next run is %s, %v", stopped.State, err)
	}
	said := w.card(t, "db-approvals", short(stopped.ID), "was *stopped*", "cleanup.sql has changed")
	if said.InThread() {
		t.Errorf("it is told in the thread %q", said.ThreadTS)
	}
	before := len(w.Messages("db-approvals"))
	if err := w.bot.TellChannel(t.Context(), stopped.ID); err != nil || len(w.Messages("db-approvals")) != before {
		t.Errorf("told again: %v, %d messages", err, len(w.Messages("db-approvals"))-before)
	}
}

func TestNobodyGetsTheLettersOfAServiceAndAnAgentsPersonGetsItsOwn(t *testing.T) {
	t.Parallel()
	w, runner := jobs(t)
	r, err := w.requests.Submit(t.Context(), runner, cleanupAsk("write"))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.bot.TellAsker(t.Context(), r.ID); err != nil {
		t.Errorf("a service that nobody can write to: %v", err)
	}
	if n := len(w.DMs("alice")); n != 0 {
		t.Errorf("who started it got %d letters", n)
	}
	agent := identity.Named("claude@alice")
	known := w.requests.Principal
	w.requests.Principal = func(name string) (identity.Principal, error) {
		if name == agent.Name {
			return agent, nil
		}
		return known(name)
	}
	if _, err := w.requests.Submit(t.Context(), agent, approvals.Ask{Kind: approvals.Access, Database: "shop", Profile: "write", Reason: "look"}); err != nil {
		t.Fatal(err)
	}
	card := w.card(t, "db-approvals", "claude@alice", "an agent of <@U0ALICE>")
	w.click(t, "bob", card, "Deny…")
	deny := w.modal(t, "bob", "Why not?")
	if _, err := w.As("bob").Submit(t.Context(), deny.ID, devslack.Values{blockReason: {fieldReason: "no"}}); err != nil {
		t.Fatal(err)
	}
	if l := w.letter(t, "alice", "of your agent `claude@alice`", "*denied*"); strings.Contains(devslack.PlainText(l), "Request again") {
		t.Error("alice is offered to ask again for her agent")
	}
}

func TestALinkToACommitShowsItsHost(t *testing.T) {
	t.Parallel()
	v := jobView()
	v.Job.Commit = "https://github.com.evil.example/acme/shop/commit/" + jobSHA
	if text := originText(v); !strings.Contains(text, "|see the commit on github.com.evil.example>") {
		t.Errorf("the card says %s", text)
	}
}
