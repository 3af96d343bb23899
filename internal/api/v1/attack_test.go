package v1_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"dbaccess/internal/api/client"
	v1 "dbaccess/internal/api/v1"
	"dbaccess/internal/fault"
)

// What is approved for one run of a service is seen by all of its runs, and taken
// by none but its own: the commit was read, and who started the run looked at.
func TestARunCannotTakeWhatAnotherRunWasGiven(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, sha := t.Context(), strings.Repeat("1a", 20)
	asker := w.runOf(sha, "alice")
	r := must[v1.Request](t)(asker.Ask(ctx, v1.Ask{
		Kind: "access", Database: "shop", Profile: "masked-read", Reason: "INC-1: nightly report", Job: &v1.Job{Files: []v1.File{{Path: "a.sql", Content: "SELECT 1"}}},
	}))
	w.approve(r.ID)
	r = must[v1.Request](t)(asker.Request(ctx, r.ID, 0))
	if _, err := w.runOf(strings.Repeat("2b", 20), "alice").Claim(ctx, r.Grant, true); fault.KindOf(err) != fault.Denied || !strings.Contains(err.Error(), "its sha is 2b2b2b2b2b2b and 1a1a1a1a1a1a was approved") {
		t.Errorf("a run of another commit: %v", err)
	}
	if _, err := w.runOf(sha, "bob").Claim(ctx, r.Grant, true); fault.KindOf(err) != fault.Denied || !strings.Contains(err.Error(), "somebody else had started") {
		t.Errorf("the reviewer's own run: %v", err)
	}
	if _, err := w.as("bob").Claim(ctx, r.Grant, true); fault.KindOf(err) != fault.NotFound {
		t.Errorf("the reviewer: %v", err)
	}
	if len(w.bank.live) != 0 {
		t.Errorf("minted: %v", w.bank.live)
	}
	if _, err := w.runOf(sha, "alice").Claim(ctx, r.Grant, true); err != nil {
		t.Errorf("another job of the same run: %v", err)
	}
}

// A key that comes with another job is not the job that was asked for: its files
// would be taken for approved.
func TestAKeyDoesNotAnswerForAnotherJob(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	job := func() v1.Ask {
		return v1.Ask{
			Kind: "access", Database: "shop", Profile: "masked-read", Reason: "INC-1: nightly report", Key: "run-7",
			Job: &v1.Job{
				Files: []v1.File{{Path: "a.sql", Content: "SELECT 1"}, {Path: "b.sql", Content: "SELECT 2"}}, Rows: &v1.Band{Max: 10},
				Schedule: "0 2 * * *", Window: "1h", Commit: "https://github.com/acme/shop/commit/1a",
			},
		}
	}
	asker := w.as("service/nightly")
	first := must[v1.Request](t)(asker.Ask(t.Context(), job()))
	if again := must[v1.Request](t)(asker.Ask(t.Context(), job())); again.ID != first.ID {
		t.Errorf("the same again is %s and not %s", again.ID, first.ID)
	}
	for what, change := range map[string]func(*v1.Job){
		"a file":           func(j *v1.Job) { j.Files[0].Content = "DELETE FROM customers" },
		"a file's name":    func(j *v1.Job) { j.Files[0].Path = "c.sql" },
		"the order":        func(j *v1.Job) { j.Files[0], j.Files[1] = j.Files[1], j.Files[0] },
		"a file less":      func(j *v1.Job) { j.Files = j.Files[:1] },
		"the rows":         func(j *v1.Job) { j.Rows.Max = 11 },
		"no rows":          func(j *v1.Job) { j.Rows = nil },
		"the times":        func(j *v1.Job) { j.Schedule = "0 3 * * *" },
		"the window":       func(j *v1.Job) { j.Window = "2h" },
		"another's commit": func(j *v1.Job) { j.Commit = "https://github.com/acme/shop/commit/2b" },
	} {
		ask := job()
		change(ask.Job)
		if r, err := asker.Ask(t.Context(), ask); fault.KindOf(err) != fault.Conflict {
			t.Errorf("%s differs: %s, %v", what, r.ID, err)
		}
	}
}

// Whose a request or grant is cannot be told from the answer to somebody else: it
// is as if there were none.
func TestAnothersIsNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := must[v1.Request](t)(w.as("service/nightly").Ask(t.Context(), v1.Ask{Kind: "access", Database: "shop", Profile: "open", Reason: "INC-1: nightly load"}))
	token := w.token("alice")
	ref := regexp.MustCompile(`"ref":"[^"]*"`)
	for _, c := range []struct{ method, path, id, none string }{
		{"GET", "/v1/requests/%s", r.ID, "req_aaaaaaaaaaaaaaaaaaaaaaaaaa"},
		{"GET", "/v1/requests/%s?wait=1s", r.ID, "req_aaaaaaaaaaaaaaaaaaaaaaaaaa"},
		{"GET", "/v1/requests/%s/result", r.ID, "req_aaaaaaaaaaaaaaaaaaaaaaaaaa"},
		{"POST", "/v1/requests/%s/cancel", r.ID, "req_aaaaaaaaaaaaaaaaaaaaaaaaaa"},
		{"GET", "/v1/grants/%s", r.Grant, "grt_aaaaaaaaaaaaaaaaaaaaaaaaaa"},
		{"POST", "/v1/grants/%s/claim", r.Grant, "grt_aaaaaaaaaaaaaaaaaaaaaaaaaa"},
		{"POST", "/v1/grants/%s/alive", r.Grant, "grt_aaaaaaaaaaaaaaaaaaaaaaaaaa"},
		{"POST", "/v1/grants/%s/end", r.Grant, "grt_aaaaaaaaaaaaaaaaaaaaaaaaaa"},
	} {
		anothers, saidA := w.send(c.method, fmt.Sprintf(c.path, c.id), token, nil)
		nobodys, saidB := w.send(c.method, fmt.Sprintf(c.path, c.none), token, nil)
		if anothers.StatusCode != 404 || nobodys.StatusCode != 404 || ref.ReplaceAllString(string(saidA), "") != ref.ReplaceAllString(string(saidB), "") ||
			strings.Contains(string(saidA), `"ref"`) != strings.Contains(string(saidB), `"ref"`) {
			t.Errorf("%s %s:\n%d %s\n%d %s", c.method, c.path, anothers.StatusCode, saidA, nobodys.StatusCode, saidB)
		}
	}
}

// A token that is ended while a call waits is not good for its answer.
func TestATokenEndedDuringAWaitGetsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.token("alice")
	alice := &client.Client{URL: w.url, Token: func(context.Context) (string, error) { return token, nil }, HTTP: w.http()}
	r := must[v1.Request](t)(alice.Ask(t.Context(), v1.Ask{Kind: "access", Database: "shop", Profile: "masked-read", Reason: "INC-2"}))
	status := make(chan int, 1)
	go func() {
		res, _ := w.send("GET", "/v1/requests/"+r.ID+"?wait=60s", token, nil)
		status <- res.StatusCode
	}()
	for w.door.Waiting() == 0 {
		select {
		case <-t.Context().Done():
			t.Fatal("the wait has not begun")
		case <-time.After(10 * time.Millisecond):
		}
	}
	if err := alice.Logout(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.approve(r.ID)
	if got := <-status; got != http.StatusUnauthorized {
		t.Errorf("the wait was answered with %d", got)
	}
}

// A person's agents together have the room of one caller, however many they are.
func TestManyAgentsOfAPersonAreOneCaller(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *v1.Config) { c.Rate = 1 }) // ten at once
	refused := 0
	for i := range 12 {
		if res, _ := w.send("GET", "/v1/whoami", w.token(fmt.Sprintf("a%d@alice", i)), nil); res.StatusCode == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused == 0 {
		t.Error("twelve agents may call twelve times as often as one")
	}
	for _, other := range []string{"alice", "claude@bob"} {
		if res, _ := w.send("GET", "/v1/whoami", w.token(other), nil); res.StatusCode != http.StatusOK {
			t.Errorf("%s is kept out: %d", other, res.StatusCode)
		}
	}
}

// JSON makes one letter of all bytes that are no UTF-8, and so one file of two.
func TestTextThatWouldBeChangedOnItsWayIsNotSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	job := w.as("service/nightly")
	file := func(path, content string) *v1.Job {
		return &v1.Job{Files: []v1.File{{Path: path, Content: content}}}
	}
	for what, ask := range map[string]v1.Ask{
		"a file":        {Kind: "access", Database: "shop", Profile: "open", Reason: "INC-1: load", Job: file("a.sql", "SELECT '\xff'")},
		"a file's name": {Kind: "access", Database: "shop", Profile: "open", Reason: "INC-1: load", Job: file("a\xfe.sql", "SELECT 1")},
		"a statement":   {Kind: "statement", Database: "shop", Statement: "SELECT '\xff'"},
		"a parameter":   {Kind: "statement", Database: "shop", Statement: "SELECT $1", Params: []string{"\xff"}},
	} {
		if r, err := job.Ask(t.Context(), ask); fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), "not valid UTF-8") {
			t.Errorf("%s: %+v, %v", what, r, err)
		}
	}
}

// A long body takes many times its length in memory, so few are read at once, and
// of one caller fewer: else one agent could take the server down, which has grants
// to end.
func TestFewLongBodiesAreReadAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	long := func(token string, body io.Reader) int {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/classify", body)
		r.ContentLength = 1 << 20
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+token)
		rec := httptest.NewRecorder()
		w.handler.ServeHTTP(rec, r)
		return rec.Code
	}
	var all sync.WaitGroup
	var open []*io.PipeWriter
	begin := func(token string) {
		in, out := io.Pipe()
		open = append(open, out)
		all.Go(func() {
			if got := long(token, in); got == http.StatusTooManyRequests {
				t.Error("a slow one is refused")
			}
		})
		if _, err := out.Write([]byte("{")); err != nil { // returns when it is read
			t.Error(err)
		}
	}
	first, second := w.token("claude@alice"), w.token("cursor@alice")
	begin(first)
	begin(second)
	if got := long(first, strings.NewReader("{}")); got != http.StatusTooManyRequests {
		t.Errorf("a third one of the same person's agents: %d", got)
	}
	if got := long(w.token("alice"), strings.NewReader("{}")); got == http.StatusTooManyRequests {
		t.Error("the person is kept out by the agents")
	}
	for _, out := range open {
		_ = out.CloseWithError(io.ErrUnexpectedEOF)
	}
	all.Wait()
	if got := long(first, strings.NewReader("{}")); got == http.StatusTooManyRequests {
		t.Error("afterwards it is still kept out")
	}
}
