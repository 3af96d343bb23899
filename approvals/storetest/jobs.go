package storetest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"sync"
	"testing"
	"time"

	"dbaccess/approvals"
	"dbaccess/audit"
	"dbaccess/guardrails"
	"dbaccess/internal/identity"
)

// job is a pending request of a service with every field set that such a request
// may have, and the files that belong to it.
func job(service string) (approvals.Request, []approvals.Script) {
	scripts := []approvals.Script{{Path: "b/ü.sql", Content: "DELETE FROM orders; -- \\ \"x\"\r\n" + id("text")}, {Path: "a.sql", Content: ""}}
	r := access("service/" + service)
	r.For = "alice"
	r.Claims = []identity.Claim{{Name: "repository", Value: "acme/shop"}, {Name: "run_id", Value: "7"}}
	r.Job = &approvals.Job{
		Claims: r.Claims[:1], Rows: &approvals.Band{Min: 1, Max: 1000}, Schedule: "0 2 * * *", Window: time.Hour, Commit: "https://git.example/c?<&>",
	}
	for _, s := range scripts {
		r.Job.Files = append(r.Job.Files, approvals.File{Path: s.Path, SHA256: sum(s.Content), Bytes: int64(len(s.Content))})
		r.Verdicts = append(r.Verdicts, guardrails.Verdict{Kind: guardrails.Write, Level: guardrails.Medium, Statements: 1, Findings: []guardrails.Finding{}})
	}
	r.Differs = "Its files have changed: “<b>”."
	return r, scripts
}

func sum(s string) string {
	b := sha256.Sum256([]byte(s))
	return hex.EncodeToString(b[:])
}

// standing is a stored job that is approved for later runs.
func (s subject) standing(t *testing.T, service string, minutes int) approvals.Request {
	t.Helper()
	r, scripts := job(service)
	r = aged(r, minutes)
	c := change(r, audit.RequestSubmitted)
	c.Scripts = scripts
	if err := s.Insert(t.Context(), r, c); err != nil {
		t.Fatal(err)
	}
	r = s.read(t, r.ID)
	v := review(r, "bob", approvals.Approve, 1)
	v.Scope, v.Days = approvals.Commit, 30
	r.Reviews = append(r.Reviews, v)
	r, grant := approved(r)
	r.Standing = approvals.Standing{Scope: approvals.Level, Level: guardrails.Medium, Until: r.DecidedAt.Add(30 * 24 * time.Hour)}
	c = change(r, audit.RequestApproved)
	c.Grant = grant
	if err := s.Update(t.Context(), r, c); err != nil {
		t.Fatal(err)
	}
	stored := s.read(t, r.ID)
	r.Version++
	same(t, stored, r)
	return stored
}

func storesJobs(t *testing.T, s subject) {
	r := s.standing(t, "nightly", 0)
	r.Standing.EndedAt, r.Standing.EndedBy = at.Add(2*time.Hour), "person:bob"
	stored := s.update(t, r, audit.StandingEnded)
	r.Version++
	same(t, stored, r)
}

func keepsScripts(t *testing.T, s subject) {
	r, scripts := job("nightly")
	for range 2 { // the same files again are kept once
		c := change(r, audit.RequestSubmitted)
		c.Scripts = scripts
		if err := s.Insert(t.Context(), r, c); err != nil {
			t.Fatal(err)
		}
		r.ID, r.Once = approvals.RequestID(id("req")), ""
	}
	texts, err := s.Scripts(t.Context(), []string{sum(scripts[0].Content), sum(""), sum("never seen"), "no hash"})
	if err != nil || len(texts) != 2 || texts[sum(scripts[0].Content)] != scripts[0].Content || texts[sum("")] != "" {
		t.Errorf("its files are %q, %v", texts, err)
	}
}

func listsStanding(t *testing.T, s subject) {
	first := s.standing(t, "nightly", 1)
	s.standing(t, "hourly", 2)
	second := s.standing(t, "nightly", 3)
	pending, _ := job("nightly")
	s.insert(t, pending)
	f := approvals.Filter{Standing: true, Requester: "service/nightly", Database: "shop", Profile: "masked-read"}
	lists(t, s, f, second, first)
	for _, change := range []func(*approvals.Filter){
		func(f *approvals.Filter) { f.Database = "ledger" },
		func(f *approvals.Filter) { f.Profile = "write" },
		func(f *approvals.Filter) { f.Requester = "service/weekly" },
	} {
		other := f
		change(&other)
		lists(t, s, other)
	}
}

// under is a run that a standing approval covers, and the change that stores it.
func under(was approvals.Request) (approvals.Request, approvals.Change) {
	r, _ := job("nightly")
	r.Differs = ""
	r, grant := approved(r)
	r.Under = was.ID
	c := change(r, audit.RequestApproved)
	c.Grant, c.Held = grant, &approvals.Held{ID: was.ID, Version: was.Version}
	return r, c
}

func holdsWhatCovers(t *testing.T, s subject) {
	was := s.standing(t, "nightly", 0)
	r, c := under(was)
	if err := s.Insert(t.Context(), r, c); err != nil {
		t.Fatal(err)
	}
	lists(t, s, approvals.Filter{Under: was.ID}, r)
	was.Standing.EndedAt, was.Standing.EndedBy = at, "person:bob"
	s.update(t, was, audit.StandingEnded)
	r, c = under(was) // of the version before
	if err := s.Insert(t.Context(), r, c); !errors.Is(err, approvals.ErrStale) {
		t.Errorf("what was ended still covers: %v", err)
	}
	if _, err := s.Request(t.Context(), r.ID); !errors.Is(err, approvals.ErrNoRequest) {
		t.Errorf("the stale run is stored: %v", err)
	}
	if seen := s.seen(t, r.ID); len(seen.Events)+len(seen.Todos)+len(seen.Grants) > 0 {
		t.Errorf("the stale run left %+v", seen)
	}
}

// Runs that are stored while their approval is being ended are stored before that
// or not at all; none waits for ever.
func holdsAtOnce(t *testing.T, s subject) {
	was := s.standing(t, "nightly", 0)
	var all sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		r, c := under(was)
		all.Go(func() { errs[i] = s.Insert(t.Context(), r, c) })
	}
	ended := was
	ended.Standing.EndedAt, ended.Standing.EndedBy = at, "person:bob"
	all.Go(func() {
		if err := s.Update(t.Context(), ended, change(ended, audit.StandingEnded)); err != nil {
			t.Errorf("end it: %v", err)
		}
	})
	all.Wait()
	stored := 0
	for _, err := range errs {
		if err == nil {
			stored++
		} else if !errors.Is(err, approvals.ErrStale) {
			t.Errorf("a run failed with %v", err)
		}
	}
	if list, err := s.Requests(t.Context(), approvals.Filter{Under: was.ID}); err != nil || len(list) != stored {
		t.Errorf("%d runs are stored, %d were said to be; %v", len(list), stored, err)
	}
	r, c := under(was)
	if err := s.Insert(t.Context(), r, c); !errors.Is(err, approvals.ErrStale) {
		t.Errorf("afterwards it still covers: %v", err)
	}
}
