package approvals_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"dbaccess/approvals"
	"dbaccess/audit"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
)

// The policy of these tests: jobs with read may stand for 30 days, those with
// open for a week and at most as low, and outside of it they stop.
const jobRules = `version: 1
rules:
  - {name: masked, profiles: [masked-read], review: {groups: [owners], reactions: true}}
  - {name: reads, profiles: [read], review: {groups: [owners, admins], standing: {scopes: [commit, content, level], days: 30}}}
  - {name: strict, profiles: [open], review: {seats: [{groups: [owners]}, {groups: [admins]}], standing: {scopes: [commit, content], days: 7, level: low, outside: deny}}}
`

const (
	sha1 = "1111111111111111111111111111111111111111"
	sha2 = "2222222222222222222222222222222222222222"
)

// jobs is a world with a service that has jobs.
func jobs(t *testing.T) *world {
	w := newWorld(t)
	w.setPolicy(jobRules)
	w.people["service/nightly"] = identity.Principal{Kind: identity.Service, Name: "service/nightly", Groups: []string{"batch"}}
	w.JobRows = func(_ context.Context, _ approvals.Request, files []approvals.Script) (approvals.Impact, error) {
		return approvals.Impact{Rows: 10 * float64(len(files)), Sentence: "Some rows."}, nil
	}
	return w
}

// runner is the service as a token of its shows it.
func runner(sha, actor string) identity.Principal {
	return identity.Principal{Kind: identity.Service, Name: "service/nightly", For: actor, Claims: []identity.Claim{
		{Name: "ref", Value: "refs/heads/main"},
		{Name: "repository", Value: "acme/shop"},
		{Name: "run_id", Value: "7"},
		{Name: "sha", Value: sha},
		{Name: "workflow_ref", Value: "acme/shop/.github/workflows/nightly.yml@" + sha},
	}}
}

// cleanup is what the service asks for in most tests.
func cleanup() approvals.Ask {
	return approvals.Ask{
		Kind: approvals.Access, Database: "shop", Profile: "read", Duration: 30 * time.Minute, Reason: "nightly cleanup",
		Job: &approvals.JobAsk{
			Files:    []approvals.Script{{Path: "a.sql", Content: "DELETE FROM carts WHERE old"}, {Path: "b.sql", Content: "SELECT 1"}},
			Rows:     &approvals.Band{Min: 0, Max: 1000},
			Schedule: "0 12 * * *", Window: 2 * time.Hour,
			Commit: "https://github.com/acme/shop/commit/" + sha1,
		},
	}
}

func (w *world) run(who identity.Principal, ask approvals.Ask) approvals.Request {
	w.t.Helper()
	r, err := w.Submit(w.t.Context(), who, ask)
	if err != nil {
		w.t.Fatalf("submit: %v", err)
	}
	return r
}

// approve answers for a scope.
func (w *world) approve(who string, r approvals.Request, scope approvals.Scope, days int) (approvals.Request, error) {
	return w.Review(w.t.Context(), w.who(who), approvals.Opinion{Request: r.ID, Digest: r.Digest, Answer: approvals.Approve, Via: approvals.ByButton, Scope: scope, Days: days})
}

// standing is a run of the cleanup that bob has approved for a scope.
func (w *world) standing(scope approvals.Scope) approvals.Request {
	w.t.Helper()
	r := w.run(runner(sha1, ""), cleanup())
	return w.must(w.approve("bob", r, scope, 0))
}

func TestAJobIsBoundToItsClaimsAndFiles(t *testing.T) {
	t.Parallel()
	w := jobs(t)
	r := w.run(runner(sha1, "alice"), cleanup())
	if r.State != approvals.Pending || r.Verdict.Level != "medium" || len(r.Verdicts) != 2 || r.Verdict.Statements != 2 {
		t.Errorf("it is %s, %+v", r.State, r.Verdict)
	}
	var names []string
	for _, c := range r.Job.Claims {
		names = append(names, c.Name)
	}
	if want := []string{"ref", "repository", "sha", "workflow_ref"}; !slices.Equal(names, want) {
		t.Errorf("it is bound to %v, want %v", names, want)
	}
	if f := r.Job.Files[1]; f.SHA256 != "e004ebd5b5532a4b85984a62f8ad48a81aa3460c1ca07701f386135d72cdecf5" || f.Bytes != 8 {
		t.Errorf("b.sql is %+v", f)
	}
	if link, ok := r.Job.Link(); !ok || !strings.HasSuffix(link, sha1) {
		t.Errorf("the link is %q, %v", link, ok)
	}
	texts, err := w.Scripts(t.Context(), r.ID)
	if err != nil || len(texts) != 2 || texts[0].Content != "DELETE FROM carts WHERE old" {
		t.Errorf("its files are %q, %v", texts, err)
	}
	if _, err := w.approve("alice", r, approvals.Commit, 0); !errors.Is(err, approvals.ErrSelfReview) {
		t.Errorf("who started it approves it: %v", err)
	}
	w.events(r, audit.RequestSubmitted, audit.ReviewRefused)
}

func TestOnlyServicesHaveJobs(t *testing.T) {
	t.Parallel()
	w := jobs(t)
	_, err := w.Submit(t.Context(), w.who("alice"), cleanup())
	w.refused(err, fault.Denied, "Only services")
	ask := statement("SELECT 1")
	ask.Job = &approvals.JobAsk{Files: cleanup().Job.Files}
	_, err = w.Submit(t.Context(), runner(sha1, ""), ask)
	w.refused(err, fault.Invalid, "no files")
}

func TestWhatCannotBeAJobIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*approvals.JobAsk)
		says   string
	}{
		"a path of two lines":     {func(j *approvals.JobAsk) { j.Files[0].Path = "a\nb" }, "path"},
		"a path turned around":    {func(j *approvals.JobAsk) { j.Files[0].Path = "a\u202eb" }, "path"},
		"a file twice":            {func(j *approvals.JobAsk) { j.Files[1].Path = "a.sql" }, "two files"},
		"a large file":            {func(j *approvals.JobAsk) { j.Files[0].Content = strings.Repeat("x", approvals.MaxJobFileBytes+1) }, "may have 65536"},
		"an invisible character":  {func(j *approvals.JobAsk) { j.Files[0].Content = "SELECT \u200b1" }, "invisible"},
		"many files":              {func(j *approvals.JobAsk) { j.Files = make([]approvals.Script, 51) }, "51 files"},
		"much in all":             {func(j *approvals.JobAsk) { j.Files = large() }, "in all"},
		"a band upside down":      {func(j *approvals.JobAsk) { j.Rows = &approvals.Band{Min: 2, Max: 1} }, "no band"},
		"a negative band":         {func(j *approvals.JobAsk) { j.Rows = &approvals.Band{Min: -1, Max: 1} }, "no band"},
		"no cron":                 {func(j *approvals.JobAsk) { j.Schedule = "at two" }, "not a cron schedule"},
		"every minute from now":   {func(j *approvals.JobAsk) { j.Schedule = "@every 1m" }, "@every"},
		"a schedule without time": {func(j *approvals.JobAsk) { j.Window = 0 }, "window"},
		"time without a schedule": {func(j *approvals.JobAsk) { j.Schedule = "" }, "window"},
		"the thirtieth of Feb":    {func(j *approvals.JobAsk) { j.Schedule = "0 0 30 2 *" }, "never comes"},
		"a hidden link":           {func(j *approvals.JobAsk) { j.Commit = "https://x/\u202e" }, "link"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := jobs(t)
			ask := cleanup()
			c.change(ask.Job)
			_, err := w.Submit(t.Context(), runner(sha1, ""), ask)
			w.refused(err, fault.Invalid, c.says)
		})
	}
}

func large() (list []approvals.Script) {
	for i := range 5 {
		list = append(list, approvals.Script{Path: fmt.Sprint(i), Content: strings.Repeat("x", 60<<10)})
	}
	return list
}

func TestTheConfigSaysToWhatJobsAreBound(t *testing.T) {
	t.Parallel()
	w := jobs(t)
	w.Bind = func(service string) []string { return []string{"repository", "environment"} }
	_, err := w.Submit(t.Context(), runner(sha1, ""), cleanup())
	w.refused(err, fault.Denied, `does not say "environment"`)
	who := runner(sha1, "")
	who.Claims = append(who.Claims, identity.Claim{Name: "environment", Value: "production"})
	r := w.run(who, cleanup())
	if len(r.Job.Claims) != 2 || r.Job.Claims[0].Name != "environment" {
		t.Errorf("bound to %+v", r.Job.Claims)
	}
	if got := approvals.Offers(r.Route, r); !slices.Equal(got, []approvals.Scope{approvals.Once, approvals.Content, approvals.Level}) {
		t.Errorf("without a commit it can be approved for %v", got)
	}
}

func TestALinkIsOneOnlyIfItLeadsToTheCommit(t *testing.T) {
	t.Parallel()
	claims := runner(sha1, "").Claims
	for link, want := range map[string]bool{
		"https://github.com/acme/shop/commit/" + sha1:        true,
		"https://git.example:8443/c/" + sha1:                 true,
		"http://github.com/acme/shop/commit/" + sha1:         false,
		"https://github.com/acme/shop/commit/" + sha2:        false,
		"https://evil.example/?" + sha1:                      false,
		"https://me:pw@github.com/" + sha1:                   false,
		"https://a|b/" + sha1:                                false,
		"https://github.com/acme/shop/commit/" + sha1 + "#x": false,
		"javascript:alert('" + sha1 + "')":                   false,
		"https:" + sha1:                                      false,
		"":                                                   false,
	} {
		if _, ok := (approvals.Job{Claims: claims, Commit: link}).Link(); ok != want {
			t.Errorf("%s is a link: %v", link, ok)
		}
	}
}

func TestAJobWithNothingButItsCommitIsApprovedForItOnly(t *testing.T) {
	t.Parallel()
	w := jobs(t)
	ask := cleanup()
	ask.Job.Files, ask.Job.Rows = nil, nil
	r := w.run(runner(sha1, ""), ask)
	if got := approvals.Offers(r.Route, r); !slices.Equal(got, []approvals.Scope{approvals.Once, approvals.Commit}) {
		t.Errorf("it can be approved for %v", got)
	}
	w.must(w.approve("bob", r, approvals.Commit, 0))
	if again := w.run(runner(sha1, ""), ask); again.State != approvals.Approved || again.Under != r.ID {
		t.Errorf("its next run is %s: %s", again.State, again.Differs)
	}
	if other := w.run(runner(sha2, ""), ask); other.State != approvals.Pending {
		t.Errorf("another commit is %s", other.State)
	}
}

func TestWhatIsGraverThanTheRouteLetsStandIsForOnce(t *testing.T) {
	t.Parallel()
	w := jobs(t)
	ask := cleanup()
	ask.Job.Files[0].Content = "DROP TABLE carts"
	r := w.run(runner(sha1, ""), ask)
	if got := approvals.Offers(r.Route, r); len(got) != 1 {
		t.Errorf("it can be approved for %v", got)
	}
	_, err := w.approve("bob", r, approvals.Commit, 0)
	w.refused(err, fault.Denied, "later runs")
	r = w.must(w.approve("bob", r, approvals.Once, 0))
	if r.State != approvals.Approved || r.Standing.Scope != "" {
		t.Errorf("approved once it is %s, %+v", r.State, r.Standing)
	}
	if again := w.run(runner(sha1, ""), ask); again.State != approvals.Pending || again.Differs != "" {
		t.Errorf("the next is %s, %q", again.State, again.Differs)
	}
}

func TestNobodyElsesApprovalStands(t *testing.T) {
	t.Parallel()
	w := jobs(t)
	r := w.submit(access("read"))
	_, err := w.approve("bob", r, approvals.Commit, 0)
	w.refused(err, fault.Invalid, "Only the approval of a job")
	r = w.must(w.approve("bob", r, approvals.Once, 0))
	if r.State != approvals.Approved || r.Standing != (approvals.Standing{}) {
		t.Errorf("it is %s, %+v", r.State, r.Standing)
	}
}
