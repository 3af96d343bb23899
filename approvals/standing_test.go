package approvals_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"dbaccess/approvals"
	"dbaccess/approvals/policy"
	"dbaccess/audit"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
)

func TestALaterRunIsApprovedAtOnceByWhatStands(t *testing.T) {
	t.Parallel()
	for _, scope := range []approvals.Scope{approvals.Commit, approvals.Content, approvals.Level} {
		w := jobs(t)
		was := w.standing(scope)
		if was.Standing.Scope != scope || !was.Standing.Until.Equal(was.DecidedAt.Add(30*24*time.Hour)) {
			t.Fatalf("%s: it stands for %+v", scope, was.Standing)
		}
		w.pass(24 * time.Hour)
		r := w.run(runner(sha1, "eve"), cleanup())
		if r.State != approvals.Approved || r.Under != was.ID || r.Standing.Scope != "" {
			t.Errorf("%s: the next run is %s under %q: %s", scope, r.State, r.Under, r.Differs)
		}
		w.events(r, audit.RequestSubmitted, audit.RequestApproved, audit.GrantOpened)
		w.todos(r, approvals.TellChannel, approvals.TellAsker)
		if err := w.StillAllowed(t.Context(), w.grantOf(r)); err != nil {
			t.Errorf("%s: it may not be claimed: %v", scope, err)
		}
		approved := w.store.events[len(w.store.events)-2]
		if approved.Details["standing"] != string(was.ID) || approved.Actor != "system:standing-approval" {
			t.Errorf("%s: the record says %+v", scope, approved)
		}
	}
}

func TestAnApprovalForOnceAndAReactionCoverNothing(t *testing.T) {
	t.Parallel()
	w := jobs(t)
	w.standing(approvals.Once)
	if r := w.run(runner(sha1, ""), cleanup()); r.State != approvals.Pending {
		t.Errorf("the next run is %s", r.State)
	}
	ask := cleanup()
	ask.Profile = "masked-read"
	r := w.run(runner(sha1, ""), ask)
	r = w.must(w.react("bob", r, approvals.Approve))
	if r.State != approvals.Approved || r.Standing.Scope != "" {
		t.Errorf("by reaction it is %s, and stands for %+v", r.State, r.Standing)
	}
}

func TestAnotherCommitIsCoveredByContentAndNotByCommit(t *testing.T) {
	t.Parallel()
	for scope, want := range map[approvals.Scope]approvals.State{approvals.Commit: approvals.Pending, approvals.Content: approvals.Approved} {
		w := jobs(t)
		w.standing(scope)
		if r := w.run(runner(sha2, ""), cleanup()); r.State != want {
			t.Errorf("%s: another commit is %s: %s", scope, r.State, r.Differs)
		}
	}
}

// outside are changes of a run, each of which takes it out of what was approved
// for its commit, and the words in which people are told.
var outside = map[string]struct {
	ask  func(*approvals.Ask)
	who  func(*identity.Principal)
	when time.Duration
	rows float64
	says string
}{
	"a file":          {ask: func(a *approvals.Ask) { a.Job.Files[0].Content += " " }, says: "a.sql has changed"},
	"a file more":     {ask: func(a *approvals.Ask) { a.Job.Files = append(a.Job.Files, approvals.Script{Path: "c.sql"}) }, says: "c.sql is new"},
	"a file less":     {ask: func(a *approvals.Ask) { a.Job.Files = a.Job.Files[:1] }, says: "b.sql is missing"},
	"another order":   {ask: func(a *approvals.Ask) { slices.Reverse(a.Job.Files) }, says: "another order"},
	"a file's name":   {ask: func(a *approvals.Ask) { a.Job.Files[1].Path = "z.sql" }, says: "z.sql is new"},
	"a longer time":   {ask: func(a *approvals.Ask) { a.Duration += time.Minute }, says: "asks for 31m and 30m was approved"},
	"a wider band":    {ask: func(a *approvals.Ask) { a.Job.Rows.Max++ }, says: "expects 0–1,001 rows and 0–1,000 were approved"},
	"no band":         {ask: func(a *approvals.Ask) { a.Job.Rows = nil }, says: "does not say how many rows"},
	"another time":    {ask: func(a *approvals.Ask) { a.Job.Schedule = "0 11 * * *" }, says: "its schedule is 0 11 * * * for 2h and 0 12 * * * for 2h was approved"},
	"no schedule":     {ask: func(a *approvals.Ask) { a.Job.Schedule, a.Job.Window = "", 0 }, says: "its schedule is none"},
	"a longer window": {ask: func(a *approvals.Ask) { a.Job.Window += time.Minute }, says: "for 2h1m and"},
	"later":           {when: 3 * time.Hour, says: "15:00 UTC is not within its schedule"},
	"more rows":       {rows: 12400, says: "the estimate is 12,400 rows and 0–1,000 were approved"},
	"rows unknown":    {rows: -1, says: "could not be estimated and 0–1,000 were approved"},
	"another commit":  {who: func(p *identity.Principal) { p.Claims = runner(sha2, "").Claims }, says: "its sha is 222222222222 and 111111111111 was approved"},
	"another branch":  {who: func(p *identity.Principal) { p.Claims[0].Value = "refs/heads/x" }, says: "its ref is refs/heads/x"},
	"a claim less":    {who: func(p *identity.Principal) { p.Claims = p.Claims[1:] }, says: "does not say ref"},
	"a claim more": {who: func(p *identity.Principal) {
		p.Claims = append(p.Claims, identity.Claim{Name: "namespace", Value: "x"})
	}, says: "says namespace, which it did not"},
	"after its time": {when: 31 * 24 * time.Hour, says: "it ended on 21 December 2026"},
}

func TestAnySingleDifferenceIsAskedAboutAndSaid(t *testing.T) {
	t.Parallel()
	for name, c := range outside {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := jobs(t)
			w.standing(approvals.Commit)
			ask, who := cleanup(), runner(sha1, "")
			if c.ask != nil {
				c.ask(&ask)
			}
			if c.who != nil {
				c.who(&who)
			}
			if c.rows != 0 {
				w.JobRows = func(context.Context, approvals.Request, []approvals.Script) (approvals.Impact, error) {
					return approvals.Impact{Rows: c.rows}, nil
				}
			}
			w.pass(c.when)
			r := w.run(who, ask)
			if r.State != approvals.Pending || r.Under != "" || !strings.Contains(r.Differs, c.says) {
				t.Errorf("it is %s under %q, and says %q; want %q", r.State, r.Under, r.Differs, c.says)
			}
			if got, want := strings.Count(r.Differs, " and "), 1; name == "another commit" && got < want {
				t.Errorf("only one difference is told: %q", r.Differs)
			}
		})
	}
}

// The same by chance: whatever is changed of a run, it is covered only if nothing
// that was approved is wider.
func TestNothingWiderThanWhatStandsIsCovered(t *testing.T) {
	t.Parallel()
	w := jobs(t)
	w.standing(approvals.Commit)
	rapid.Check(t, func(t *rapid.T) {
		ask, who := cleanup(), runner(sha1, "")
		ask.Job.Commit, who.Claims = "", slices.Clone(who.Claims)
		narrow := true
		if d := rapid.Int64Range(-10, 10).Draw(t, "minutes"); d != 0 {
			ask.Duration += time.Duration(d) * time.Minute
			narrow = narrow && d < 0
		}
		least, most := rapid.Int64Range(0, 30).Draw(t, "min"), rapid.Int64Range(990, 1010).Draw(t, "max")
		ask.Job.Rows = &approvals.Band{Min: least, Max: most}
		narrow = narrow && most <= 1000 && least <= 20 // it is estimated at 20
		if i := rapid.IntRange(-1, 1).Draw(t, "file"); i >= 0 {
			text := []byte(ask.Job.Files[i].Content)
			at := rapid.IntRange(0, len(text)-1).Draw(t, "byte")
			if text[at] < 'y' {
				text[at]++
			} else {
				text[at] = 'a'
			}
			ask.Job.Files[i].Content, narrow = string(text), false
		}
		if i := rapid.IntRange(-1, len(who.Claims)-1).Draw(t, "claim"); i >= 0 {
			who.Claims[i].Value += rapid.StringMatching(`[a-z]{0,1}`).Draw(t, "more")
			narrow = narrow && (who.Claims[i].Name == "run_id" || who.Claims[i].Value == runner(sha1, "").Claims[i].Value)
		}
		r, err := w.Preview(w.t.Context(), who, ask)
		if err != nil {
			t.Fatal(err)
		}
		if covered := r.State == approvals.Approved; covered != narrow {
			t.Fatalf("covered: %v, want %v; %s", covered, narrow, r.Differs)
		}
	})
}

func TestTheNarrowestOfSeveralReviewersCounts(t *testing.T) {
	t.Parallel()
	ask := cleanup()
	ask.Profile, ask.Job.Files = "open", ask.Job.Files[1:] // only reads: low
	for name, c := range map[string]struct {
		bob, dora approvals.Scope
		days      int
		want      approvals.Scope
		until     int
	}{
		"the same":    {approvals.Content, approvals.Content, 3, approvals.Content, 3},
		"narrower":    {approvals.Content, approvals.Commit, 7, approvals.Commit, 5},
		"one is once": {approvals.Content, approvals.Once, 0, "", 0},
	} {
		w := jobs(t)
		r := w.run(runner(sha1, ""), ask)
		w.must(w.approve("bob", r, c.bob, 5))
		r = w.must(w.approve("dora", r, c.dora, c.days))
		if r.State != approvals.Approved || r.Standing.Scope != c.want || c.until > 0 && r.Standing.Until.Sub(r.DecidedAt) != time.Duration(c.until)*24*time.Hour {
			t.Errorf("%s: it is %s and stands for %+v", name, r.State, r.Standing)
		}
	}
}

func TestARouteBoundsForHowLongAnApprovalStands(t *testing.T) {
	t.Parallel()
	w := jobs(t)
	r := w.run(runner(sha1, ""), cleanup())
	_, err := w.approve("bob", r, approvals.Commit, 31)
	w.refused(err, fault.Invalid, "1 to 30 days")
	_, err = w.approve("bob", r, "always", 1)
	w.refused(err, fault.Denied, "later runs")
}

func TestOutsideOfWhatStandsAJobStopsWhereThePolicySaysSo(t *testing.T) {
	t.Parallel()
	w := jobs(t)
	ask := cleanup()
	ask.Profile, ask.Job.Files = "open", ask.Job.Files[1:]
	first := w.run(runner(sha1, ""), ask)
	if first.State != approvals.Pending {
		t.Fatalf("the first run is %s: %s", first.State, first.Outcome)
	}
	w.must(w.approve("bob", first, approvals.Commit, 0))
	w.must(w.approve("dora", first, approvals.Commit, 0))
	ask.Job.Files[0].Content = "SELECT 2"
	r := w.run(runner(sha1, ""), ask)
	if r.State != approvals.Denied || !strings.Contains(r.Outcome, "b.sql has changed") {
		t.Errorf("it is %s: %s", r.State, r.Outcome)
	}
	w.todos(r, approvals.TellChannel)
	w.pass(8 * 24 * time.Hour) // now nothing stands
	if r := w.run(runner(sha1, ""), ask); r.State != approvals.Pending {
		t.Errorf("when nothing stands it is %s", r.State)
	}
}

func TestWhoApprovedMustStillCount(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(w *world)
		actor  string
		says   string
	}{
		"the job is theirs":         {actor: "bob", says: "bob, who approved it, does not count: it is their own request"},
		"another group":             {change: func(w *world) { w.people["bob"] = in("bob", "staff") }, says: "bob, who approved it, does not count: they were in none of owners or admins"},
		"they are gone":             {change: func(w *world) { delete(w.people, "bob") }, says: "bob, who approved it, is not known any more"},
		"a second person is needed": {change: func(w *world) { w.policy = parsed(w, "admins]", "admins], count: 2") }, says: "those who approved it would not be enough"},
		"nothing stands any more":   {change: func(w *world) { w.policy = parsed(w, "commit, content, level], days: 30", "content], days: 30") }, says: "lets no such approval stand"},
		"not so long":               {change: func(w *world) { w.policy = parsed(w, "days: 30", "days: 1"); w.clock = w.clock.Add(24 * time.Hour) }, says: "stand for 1 days"},
		"only what is lower":        {change: func(w *world) { w.policy = parsed(w, "days: 30", "days: 30, level: low") }, says: "lets no such approval stand"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := jobs(t)
			w.standing(approvals.Commit)
			if c.change != nil {
				w.mu.Lock()
				c.change(w)
				w.mu.Unlock()
			}
			r := w.run(runner(sha1, c.actor), cleanup())
			if r.State != approvals.Pending || !strings.Contains(r.Differs, c.says) {
				t.Errorf("it is %s: %q; want %q", r.State, r.Differs, c.says)
			}
		})
	}
	w := jobs(t)
	w.standing(approvals.Commit)
	w.setPolicy("version: 1\nrules: [{name: stop, deny: Not any more.}]")
	if r := w.run(runner(sha1, ""), cleanup()); r.State != approvals.Denied {
		t.Errorf("denied by the policy of now, it is %s", r.State)
	}
}

func in(name string, groups ...string) identity.Principal {
	return identity.Principal{Kind: identity.Person, Name: name, Groups: groups}
}

func TestAStandingApprovalIsEndedByItsReviewersAndOperators(t *testing.T) {
	t.Parallel()
	w := jobs(t)
	was := w.standing(approvals.Commit)
	open := w.run(runner(sha1, ""), cleanup())
	for _, who := range []identity.Principal{w.who("eve"), runner(sha1, ""), identity.SystemPrincipal("x")} {
		_, err := w.EndStanding(t.Context(), who, was.ID)
		w.refused(err, fault.Denied, "Only those who may review")
	}
	w.mu.Lock()
	w.people["bob"] = in("bob", "staff") // who gave it may end it, whatever they are now
	w.mu.Unlock()
	ended := w.must(w.EndStanding(t.Context(), w.who("bob"), was.ID))
	if ended.Standing.EndedBy != "person:bob" {
		t.Errorf("it was ended by %q", ended.Standing.EndedBy)
	}
	if e := w.last(); e.Type != audit.StandingEnded || e.Actor != "person:bob" {
		t.Errorf("the record says %+v", e)
	}
	_, err := w.EndStanding(t.Context(), identity.OperatorPrincipal("root"), was.ID)
	w.refused(err, fault.Conflict, "does not stand")
	if r := w.run(runner(sha1, ""), cleanup()); r.State != approvals.Pending || !strings.Contains(r.Differs, "bob ended it") {
		t.Errorf("the next run is %s: %s", r.State, r.Differs)
	}
	err = w.StillAllowed(t.Context(), w.grantOf(open))
	w.refused(err, fault.Denied, "bob has ended")
}

func TestAJobsStatementStandsForItself(t *testing.T) {
	t.Parallel()
	w := jobs(t)
	ask := approvals.Ask{Kind: approvals.Statement, Database: "shop", Profile: "read", Statement: "DELETE FROM carts", RowBound: 10, Job: &approvals.JobAsk{}}
	was := w.run(runner(sha1, ""), ask)
	w.must(w.approve("bob", was, approvals.Content, 0))
	if r := w.run(runner(sha2, ""), ask); r.State != approvals.Approved || r.Under != was.ID {
		t.Errorf("the same again is %s: %s", r.State, r.Differs)
	}
	more, other := ask, ask
	more.RowBound++
	other.Statement += " WHERE true"
	for says, ask := range map[string]approvals.Ask{"may change 11 rows and 10 were approved": more, "the statement has changed": other} {
		if r := w.run(runner(sha1, ""), ask); r.State != approvals.Pending || !strings.Contains(r.Differs, says) {
			t.Errorf("it is %s: %s; want %q", r.State, r.Differs, says)
		}
	}
}

func TestWhatCoversARunMustBeWhatItsReviewsSay(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*approvals.Request){
		"a wider scope":   func(r *approvals.Request) { r.Standing.Scope = approvals.Content },
		"a longer time":   func(r *approvals.Request) { r.Standing.Until = r.Standing.Until.Add(time.Hour) },
		"no review":       func(r *approvals.Request) { r.Reviews = nil },
		"another job":     func(r *approvals.Request) { r.Job.Schedule, r.Job.Window = "", 0 },
		"a longer window": func(r *approvals.Request) { r.Duration += time.Hour },
	} {
		w := jobs(t)
		was := w.standing(approvals.Commit)
		ask := cleanup()
		if name == "another job" {
			ask.Job.Schedule, ask.Job.Window = "", 0
		}
		w.store.mu.Lock()
		r := clone(w.store.requests[was.ID])
		change(&r)
		w.store.requests[was.ID] = r
		w.store.mu.Unlock()
		if _, err := w.Submit(t.Context(), runner(sha1, ""), ask); !errors.Is(err, approvals.ErrTampered) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A run that is asked for while its approval is being ended is approved before
// that or not at all.
func TestAnApprovalEndedMeanwhileCoversNothing(t *testing.T) {
	t.Parallel()
	for range 50 {
		w := jobs(t)
		was := w.standing(approvals.Commit)
		var list [4]approvals.Request
		var all sync.WaitGroup
		for i := range list {
			all.Go(func() { list[i], _ = w.Submit(t.Context(), runner(sha1, ""), cleanup()) })
		}
		all.Go(func() {
			if _, err := w.EndStanding(t.Context(), identity.OperatorPrincipal("root"), was.ID); err != nil {
				t.Error(err)
			}
		})
		all.Wait()
		order := map[string]int{}
		for i, e := range w.store.events {
			if e.Type == audit.StandingEnded || e.Type == audit.RequestApproved {
				order[e.Request+string(e.Type)] = i
			}
		}
		end := order[string(was.ID)+string(audit.StandingEnded)]
		for _, r := range list {
			if r.ID == "" {
				t.Error("a run was not stored")
			}
			if at, ok := order[string(r.ID)+string(audit.RequestApproved)]; ok && at > end {
				t.Errorf("%s was approved after the end", r.ID)
			}
		}
	}
}

func TestAnEstimateThatCannotBeMadeIsInNoBand(t *testing.T) {
	t.Parallel()
	w := jobs(t)
	w.JobRows = func(context.Context, approvals.Request, []approvals.Script) (approvals.Impact, error) {
		return approvals.Impact{}, fault.New(fault.Unavailable, "the database is away.", "")
	}
	r := w.run(runner(sha1, ""), cleanup())
	if r.Impact.Known() || r.Impact.Sentence != "Not estimated: the database is away." {
		t.Errorf("the estimate is %+v", r.Impact)
	}
	w.JobRows = nil
	if r := w.run(runner(sha1, ""), cleanup()); r.Impact.Known() {
		t.Errorf("the estimate is %+v", r.Impact)
	}
}

func TestTheRecordKeepsWhatAJobIs(t *testing.T) {
	t.Parallel()
	w := jobs(t)
	w.run(runner(sha1, ""), cleanup())
	got, err := json.Marshal(w.last().Details)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"rows_max":1000`, `"schedule":"0 12 * * *"`, `"window_seconds":7200`, "repository = acme/shop", "a.sql 27 write medium", `"rows_estimated":20`} {
		if !strings.Contains(string(got), want) {
			t.Errorf("the record lacks %s: %s", want, got)
		}
	}
}

func TestAScheduleIsTheTimesAndTheirWindow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		schedule string
		window   time.Duration
		at       string
		want     bool
	}{
		{"0 2 * * *", time.Hour, "2026-11-21T02:00:00Z", true},
		{"0 2 * * *", time.Hour, "2026-11-21T02:59:59Z", true},
		{"0 2 * * *", time.Hour, "2026-11-21T03:00:00Z", false},
		{"0 2 * * *", time.Hour, "2026-11-21T01:59:59Z", false},
		{"30 23 * * *", time.Hour, "2026-11-22T00:15:00Z", true},
		{"CRON_TZ=Europe/Berlin 0 2 * * *", time.Hour, "2026-11-21T01:30:00Z", true},
		{"0 2 * * 1-5", time.Hour, "2026-11-21T02:30:00Z", false}, // a Saturday
		{"0 2 * * *", time.Hour, "2026-11-21T03:30:00+01:00", true},
		{"broken", time.Hour, "2026-11-21T02:00:00Z", false},
		{"CRON_TZ=UTC", time.Hour, "2026-11-21T02:00:00Z", false},                             // a zone and no times
		{"CRON_TZ=Europe/Berlin 30 2 * * *", time.Hour, "2026-03-29T00:45:00Z", false},        // the clocks go from 2 to 3: it does not come that day
		{"CRON_TZ=Europe/Berlin 30 2 * * *", time.Hour, "2026-03-29T01:15:00Z", false},        // … nor at 3:15
		{"CRON_TZ=Europe/Berlin 30 2 * * *", 90 * time.Minute, "2026-10-25T02:15:00Z", true},  // they go back from 3 to 2: it comes twice
		{"CRON_TZ=Europe/Berlin 30 2 * * *", 90 * time.Minute, "2026-10-25T03:00:00Z", false}, // … and is over
		{"", 0, "2026-11-21T02:00:00Z", true},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := (approvals.Job{Schedule: c.schedule, Window: c.window}).Within(at); got != c.want {
			t.Errorf("%s is within %q: %v", c.at, c.schedule, got)
		}
	}
}

// parsed is the policy of these tests with one change.
func parsed(w *world, old, now string) *policy.Set {
	text := strings.Replace(jobRules, old, now, 1)
	if text == jobRules {
		w.t.Fatalf("the policy has no %q", old)
	}
	set, err := policy.Parse(policy.File{Name: "p.yaml", Data: []byte(text)})
	if err != nil {
		w.t.Fatal(err)
	}
	return set
}
