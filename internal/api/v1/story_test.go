package v1_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"dbaccess/audit"
	"dbaccess/internal/api/client"
	v1 "dbaccess/internal/api/v1"
	"dbaccess/internal/fault"
	"dbaccess/internal/store"
)

func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestAccessIsAskedForClaimedKeptAliveAndEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, job := t.Context(), w.as("service/nightly")
	r := must[v1.Request](t)(job.Ask(ctx, v1.Ask{Kind: "access", Database: "shop", Profile: "open", Duration: "20m", Reason: "INC-1: nightly load"}))
	if r.State != "approved" || !r.Settled || r.Grant == "" || r.Duration != "20m" || !r.Masked {
		t.Fatalf("asked under an allow rule, it is %+v", r)
	}
	c, err := job.Claim(ctx, r.Grant, true)
	if err != nil || c.Password == "" || c.Grant != r.Grant || c.Until.Before(time.Now().Add(19*time.Minute)) {
		t.Fatalf("claimed: role %q until %v, %v", c.Role, c.Until, err)
	}
	until := must[time.Time](t)(job.Alive(ctx, r.Grant))
	if d := time.Until(until); d < 10*time.Second || d > time.Minute {
		t.Errorf("the next sign of life is wanted in %v", d)
	}
	g := must[v1.Grant](t)(job.End(ctx, r.Grant))
	if g.State != "ended" || g.Reason != "revoked" || g.EndedAt.IsZero() || g.Role != c.Role {
		t.Errorf("ended, it is %+v", g)
	}
	if _, err := job.Alive(ctx, r.Grant); fault.KindOf(err) != fault.Expired {
		t.Errorf("a sign of life after the end: %v", err)
	}
	if strings.Contains(w.log.String(), c.Password) {
		t.Error("the password is in the log")
	}
}

func TestAWaitEndsWhenItIsDecided(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.as("alice")
	r := must[v1.Request](t)(alice.Ask(t.Context(), v1.Ask{Kind: "access", Database: "shop", Profile: "masked-read", Reason: "INC-2"}))
	if r.State != "pending" || r.Route.Outcome != "review" || !slices.Equal(r.Route.Needs, []string{"1 of owners"}) {
		t.Fatalf("asked: %+v", r)
	}
	type answer struct {
		r   v1.Request
		err error
	}
	got := make(chan answer, 1)
	began := time.Now()
	go func() {
		r, err := alice.Request(t.Context(), r.ID, time.Minute)
		got <- answer{r, err}
	}()
	w.approve(r.ID)
	a := <-got
	if a.err != nil || a.r.State != "approved" || a.r.Grant == "" {
		t.Fatalf("waited for: %+v, %v", a.r, a.err)
	}
	if took := time.Since(began); took > 8*time.Second { // sooner than anything is read again
		t.Errorf("the wait took %v", took)
	}
}

func TestRowsAreSealedToWhoeverAskedAndHandedOutOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, agent := t.Context(), w.as("claude@alice")
	r := must[v1.Request](t)(agent.Ask(ctx, v1.Ask{Kind: "statement", Database: "shop", Statement: "SELECT 1"}))
	if r.State != "approved" || r.Settled || r.Result != "here" {
		t.Fatalf("asked: %+v", r)
	}
	if _, err := agent.Result(ctx, r.ID, 0); !errors.Is(err, client.ErrNotYet) {
		t.Errorf("before it ran: %v", err)
	}
	secret := "alice@example.com"
	want := v1.Rows{Columns: []v1.ResultColumn{{Name: "email", Type: "text"}}, Rows: [][]*string{{&secret}, {nil}}, Count: 2, Masked: true}
	w.run(r.ID, want)
	if _, err := w.as("alice").Result(ctx, r.ID, 0); fault.KindOf(err) != fault.Denied {
		t.Errorf("the agent's person: %v", err)
	}
	got := must[v1.Rows](t)(agent.Result(ctx, r.ID, time.Minute))
	if len(got.Rows) != 2 || *got.Rows[0][0] != secret || got.Rows[1][0] != nil || !got.Masked || got.Request != r.ID {
		t.Errorf("the rows came as %+v", got.Rows)
	}
	if s := fmt.Sprintf("%v %+v", got, got); strings.Contains(s, secret) {
		t.Error("rows print themselves")
	}
	if _, err := agent.Result(ctx, r.ID, 0); fault.KindOf(err) != fault.Conflict {
		t.Errorf("a second time: %v", err)
	}
	events := must[[]audit.Record](t)(w.store.Events(ctx, store.EventFilter{Request: r.ID, Type: audit.ResultShown}))
	if len(events) != 1 || !strings.Contains(string(events[0].Body), "agent:claude@alice") {
		t.Errorf("%d events tell of it", len(events))
	}
}

func TestTheSameKeyIsOneRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, ask := w.as("alice"), v1.Ask{Kind: "access", Database: "shop", Profile: "open", Reason: "INC-3", Key: "deploy-17"}
	first := must[v1.Request](t)(alice.Ask(t.Context(), ask))
	again := must[v1.Request](t)(alice.Ask(t.Context(), ask))
	if first.ID != again.ID {
		t.Errorf("asked twice: %s and %s", first.ID, again.ID)
	}
	other := ask
	other.Duration = "5m"
	if _, err := alice.Ask(t.Context(), other); fault.KindOf(err) != fault.Conflict {
		t.Errorf("another thing under the same key: %v", err)
	}
	if theirs := must[v1.Request](t)(w.as("carol").Ask(t.Context(), ask)); theirs.ID == first.ID {
		t.Error("a key leads to somebody else's request")
	}
}

func TestListsComePageByPageAndShowAPersonTheirAgents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, agent, carol := w.as("alice"), w.as("claude@alice"), w.as("carol")
	var want []string
	for i := range 5 {
		by := []*client.Client{alice, agent}[i%2]
		r := must[v1.Request](t)(by.Ask(t.Context(), v1.Ask{Kind: "access", Database: "shop", Profile: "open", Reason: "INC-4"}))
		want = append(want, r.ID)
	}
	must[v1.Request](t)(carol.Ask(t.Context(), v1.Ask{Kind: "access", Database: "shop", Profile: "open", Reason: "INC-5"}))
	slices.Reverse(want)
	var got []string
	page := client.List{Limit: 2}
	for {
		l := must[v1.RequestList](t)(alice.Requests(t.Context(), page))
		for _, r := range l.Requests {
			got = append(got, r.ID)
		}
		if page.Cursor = l.Next; page.Cursor == "" {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("pages give\n%v\nwant\n%v", got, want)
	}
	if l := must[v1.RequestList](t)(agent.Requests(t.Context(), client.List{})); len(l.Requests) != 2 {
		t.Errorf("the agent sees %d requests, has made 2", len(l.Requests))
	}
	if l := must[v1.GrantList](t)(alice.Grants(t.Context(), client.List{States: []string{"open"}})); len(l.Grants) != 5 {
		t.Errorf("alice sees %d grants of 5", len(l.Grants))
	}
	if l := must[v1.RequestList](t)(alice.Requests(t.Context(), client.List{States: []string{"pending"}})); len(l.Requests) != 0 {
		t.Errorf("%d requests are pending", len(l.Requests))
	}
}

func TestDatabasesAndSchemasShowWhatMayBeAskedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.as("alice")
	dbs := must[[]v1.Database](t)(alice.Databases(t.Context()))
	if len(dbs) != 1 || dbs[0].Name != "shop" || len(dbs[0].Profiles) != 2 || dbs[0].Profiles[1].Default != "30m" || len(dbs[0].Runs) != 1 {
		t.Errorf("databases: %+v", dbs)
	}
	s := must[v1.Schema](t)(alice.Schema(t.Context(), "shop"))
	if len(s.Tables) != 1 || len(s.Tables[0].Columns) != 3 {
		t.Fatalf("schema: %+v", s)
	}
	var masked []string
	for _, c := range s.Tables[0].Columns {
		masked = append(masked, c.Masked+"/"+c.Entity)
	}
	if !slices.Equal(masked, []string{"/", "email_pseudonym/email", "hidden/"}) {
		t.Errorf("masked: %v", masked)
	}
	if text := fmt.Sprintf("%+v", s); strings.Contains(text, "secret") {
		t.Errorf("the schema shows too much: %s", text)
	}
	if _, err := alice.Schema(t.Context(), "ledger"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a database of which nothing may be asked: %v", err)
	}
	v := must[v1.Verdict](t)(alice.Classify(t.Context(), "shop", "DELETE FROM customers"))
	if v.Kind != "write" || len(v.Findings) == 0 {
		t.Errorf("verdict: %+v", v)
	}
}

func TestATokenIsExchangedUsedAndEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	open := &client.Client{URL: w.url, HTTP: w.http()}
	issued := must[v1.IssuedToken](t)(open.Exchange(t.Context(), "is service/nightly once-1"))
	if issued.Principal != "service/nightly" || issued.ExpiresIn < 3500 || fmt.Sprint(issued) != "[token]" {
		t.Errorf("issued for %s, good for %d s", issued.Principal, issued.ExpiresIn)
	}
	job := &client.Client{URL: w.url, HTTP: w.http(), Token: func(context.Context) (string, error) { return issued.AccessToken, nil }}
	who := must[v1.WhoAmI](t)(job.WhoAmI(t.Context()))
	if who.ID != "service:nightly" || who.Claims["repository"] != "acme/shop" || who.Token.ID != issued.ID {
		t.Errorf("who: %+v", who)
	}
	if _, err := job.IssueAgent(t.Context(), "claude", time.Hour); fault.KindOf(err) != fault.Denied {
		t.Errorf("a service makes an agent: %v", err)
	}
	if err := job.Logout(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := job.WhoAmI(t.Context()); fault.KindOf(err) != fault.Denied {
		t.Errorf("after it was ended: %v", err)
	}
	agent := must[v1.IssuedToken](t)(w.as("alice").IssueAgent(t.Context(), "claude", 2*time.Hour))
	if agent.Principal != "claude@alice" || agent.For != "alice" || agent.Audience != "dbaccess-mcp" {
		t.Errorf("the agent's token: %+v", agent.Principal)
	}
	if l := must[[]v1.LoginIssuer](t)(open.LoginIssuers(t.Context())); len(l) != 1 || l[0].ClientID != "dbaccess-cli" {
		t.Errorf("people log in at %+v", l)
	}
	for _, secret := range []string{issued.AccessToken, agent.AccessToken} {
		if strings.Contains(w.log.String(), secret) {
			t.Error("a token is in the log")
		}
	}
}

// ask asks for access with that profile.
func ask(t *testing.T, c *client.Client, profile string) v1.Request {
	t.Helper()
	return must[v1.Request](t)(c.Ask(t.Context(), v1.Ask{Kind: "access", Database: "shop", Profile: profile, Reason: "INC-77: an unusual reason"}))
}

func TestAPersonEndsWhatTheirAgentHoldsAndNobodyElseDoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	agent, alice := w.as("claude@alice"), w.as("alice")
	r := ask(t, agent, "open")
	if _, err := agent.Claim(t.Context(), r.Grant, false); err != nil {
		t.Fatal(err)
	}
	if _, err := alice.Claim(t.Context(), r.Grant, false); fault.KindOf(err) != fault.Denied {
		t.Errorf("the person claims what the agent holds: %v", err)
	}
	if _, err := w.as("claude@carol").End(t.Context(), r.Grant); fault.KindOf(err) != fault.NotFound {
		t.Errorf("another's agent of the same name: %v", err)
	}
	g := must[v1.Grant](t)(alice.End(t.Context(), r.Grant))
	if g.State != "ended" || g.EndedBy != "person:alice" {
		t.Errorf("ended, it is %+v", g)
	}
}
