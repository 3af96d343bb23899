package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"dbaccess/credentials"
	"dbaccess/internal/devslack"
	"dbaccess/internal/identity"
	"dbaccess/internal/tokens"
)

// agentSession is an agent of Alice's with a session of the Model Context Protocol.
type agentSession struct {
	*story
	*sdk.ClientSession
}

// toolAnswer is what a tool gave back: words for a model, and the same for programs.
type toolAnswer struct {
	Status, ID, Database, Profile, Outcome, Grant, Next string
	Asked                                               []string
	Until                                               time.Time
	Masked                                              bool
	Result                                              *struct {
		Rows     [][]*string
		Columns  []struct{ Name, Type string }
		Complete bool
		Cut      string
		Views    bool                          `json:"all_masked"`
		Masked   []struct{ Column, As string } `json:"masked_columns"`
	}
	Requests []struct{ Status, ID string }

	text string
	bad  bool
}

// agentToken makes a token of that agent of Alice's, and returns its id as well.
func (s *story) agentToken(name string) (token, id string) {
	s.Helper()
	alice, err := s.core.people.Principal("alice")
	if err != nil {
		s.Fatal(err)
	}
	secret, t, err := s.core.tokenRules().IssueAgent(s.Context(), alice, name, time.Hour)
	if err != nil {
		s.Fatalf("give %s a token: %v", name, err)
	}
	return secret.Reveal(), t.ID
}

// personsToken makes a token of a person who has signed in.
func (s *story) personsToken(name string) string {
	s.Helper()
	rules := s.core.tokenRules()
	rules.Verify = func(context.Context, string) (tokens.Verified, error) {
		p, err := s.core.people.Principal(name)
		return tokens.Verified{Principal: p, Issuer: "corp", Subject: name, ID: "jti-" + name, IssuedAt: time.Now(), Expires: time.Now().Add(time.Hour)}, err
	}
	secret, _, err := rules.Exchange(s.Context(), credentials.NewSecret("signed"))
	if err != nil {
		s.Fatalf("sign in: %v", err)
	}
	return secret.Reveal()
}

// posted is an answer of /mcp as HTTP has it.
type posted struct {
	*http.Response
	body string
}

// posts sends one message to /mcp.
func (s *story) posts(token, body string, edit ...func(*http.Request)) posted {
	s.Helper()
	r, err := http.NewRequestWithContext(s.Context(), http.MethodPost, "http://"+s.address+"/mcp", strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for _, e := range edit {
		e(r)
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		s.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.Fatal(err)
	}
	return posted{res, string(text)}
}

// ends has Alice end a token of an agent of hers.
func (s *story) ends(token string) {
	s.Helper()
	alice := must[identity.Principal](s)(s.core.people.Principal("alice"))
	if err := s.core.tokenRules().End(s.Context(), alice, token); err != nil {
		s.Fatal(err)
	}
}

// bearing sends a token along.
type bearing string

func (b bearing) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}

func connectAgent(ctx context.Context, over sdk.Transport) (*sdk.ClientSession, error) {
	c := sdk.NewClient(&sdk.Implementation{Name: "claude", Version: "1"}, nil)
	return c.Connect(ctx, over, nil)
}

// overHTTP is an agent that talks to the server itself.
func (s *story) overHTTP(token string) *agentSession {
	s.Helper()
	session, err := connectAgent(s.Context(), &sdk.StreamableClientTransport{
		Endpoint: "http://" + s.address + "/mcp", HTTPClient: &http.Client{Transport: bearing(token)}, DisableStandaloneSSE: true,
	})
	if err != nil {
		s.Fatalf("connect over HTTP: %v", err)
	}
	s.Cleanup(func() { _ = session.Close() })
	return &agentSession{s, session}
}

// asAgent is a dbaccess command in a process of its own, with nothing but a token.
func (s *story) asAgent(token string, args ...string) *exec.Cmd {
	s.Helper()
	self, err := os.Executable()
	if err != nil {
		s.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	home := filepath.Join(s.dir, "home") // one machine, where a later session finds its key again
	if err := os.MkdirAll(home, 0o700); err != nil {
		s.Fatal(err)
	}
	cmd.Env = []string{
		childEnv + "=1", "PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_RUNTIME_DIR=" + home, "DBACCESS_KEYRING=no",
		"DBACCESS_URL=http://" + s.address, "DBACCESS_TOKEN=" + token,
	}
	return cmd
}

// overPipes is an agent that has started `dbaccess mcp`.
func (s *story) overPipes(token string) *agentSession {
	s.Helper()
	return s.started(s.asAgent(token, "mcp"))
}

func (s *story) started(cmd *exec.Cmd) *agentSession {
	s.Helper()
	session, err := connectAgent(s.Context(), &sdk.CommandTransport{Command: cmd})
	if err != nil {
		s.Fatalf("connect over pipes: %v", err)
	}
	s.Cleanup(func() { _ = session.Close() })
	return &agentSession{s, session}
}

// uses calls a tool.
func (a *agentSession) uses(tool string, args map[string]any) toolAnswer {
	a.Helper()
	got, err := a.tool(a.Context(), tool, args)
	if err != nil {
		a.Fatalf("%s: %v", tool, err)
	}
	return got
}

func (a *agentSession) tool(ctx context.Context, tool string, args map[string]any) (toolAnswer, error) {
	res, err := a.CallTool(ctx, &sdk.CallToolParams{Name: tool, Arguments: args})
	if err != nil {
		return toolAnswer{}, err
	}
	got := toolAnswer{bad: res.IsError}
	for _, c := range res.Content {
		if text, ok := c.(*sdk.TextContent); ok {
			got.text += text.Text
		}
	}
	raw, err := json.Marshal(res.StructuredContent)
	if err == nil {
		err = json.Unmarshal(raw, &got)
	}
	return got, err
}

// refused checks that a tool was refused with such a sentence.
func (a *agentSession) isRefused(tool string, args map[string]any, words ...string) {
	a.Helper()
	got := a.uses(tool, args)
	if !got.bad {
		a.Errorf("%s was not refused: %s", tool, got.text)
	}
	a.reads(got.text, words...)
}

func (s *story) reads(text string, words ...string) {
	s.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			s.Errorf("%q is not in:\n%s", w, text)
		}
	}
}

type object = map[string]any

// overBoth runs a story over each transport.
func overBoth(t *testing.T, tell func(s *story, connect func(token string) *agentSession)) {
	t.Helper()
	t.Parallel()
	for name, connect := range map[string]func(*story, string) *agentSession{"http": (*story).overHTTP, "pipes": (*story).overPipes} {
		t.Run(name, func(t *testing.T) {
			s := newStory(t, scene{})
			tell(s, func(token string) *agentSession { return connect(s, token) })
		})
	}
}

func TestAnAgentReadsMaskedRowsAndIsToldWhatIsMasked(t *testing.T) {
	overBoth(t, func(s *story, connect func(string) *agentSession) {
		token, _ := s.agentToken("claude")
		a := connect(token)
		s.reads(a.uses("whoami", nil).text, "claude@alice", "act for alice", "engineers")
		s.reads(a.uses("list_databases", nil).text, "shop", "masked-read: sees masked views")
		s.reads(a.uses("describe_schema", object{"database": "shop", "table": "customers"}).text, "shop.customers", "email text", "[masked: ")
		s.reads(a.uses("classify", object{"database": "shop", "statement": "SELECT email FROM customers"}).text, "kind read, risk low", "run it at once", "masked-read")
		s.reads(a.uses("classify", object{"database": "shop", "statement": "DELETE FROM orders WHERE id = 1"}).text, "kind write", "wait for people", "db-reviewers")

		got := a.uses("query", object{"database": "shop", "statement": "SELECT id, email FROM customers ORDER BY id LIMIT 3", "reason": "INC-42"})
		if got.Status != "done" || got.bad || got.Result == nil || len(got.Result.Rows) != 3 || !got.Result.Complete {
			s.Fatalf("%+v", got)
		}
		if !got.Result.Views || len(got.Result.Masked) != 1 || got.Result.Masked[0].Column != "customers.email" {
			s.Errorf("masked: %v %+v", got.Result.Views, got.Result.Masked)
		}
		s.reads(got.text, "masked.invalid", "Masked, so not the real values: customers.email (", "| id | email |")
		if raw := s.shopRow("SELECT email FROM shop.customers WHERE id = 1"); strings.Contains(got.text, raw) {
			s.Error("a raw address came through")
		}
		if len(s.slack.Messages(approvalsChannel)) != 0 {
			s.Error("people were asked")
		}
		s.isRefusedTwice(a, got.ID)
		s.verified()
	})
}

// isRefusedTwice checks that rows are handed out once.
func (s *story) isRefusedTwice(a *agentSession, id string) {
	s.Helper()
	a.isRefused("query_result", object{"id": id}, "handed out already")
}

const deletion = "DELETE FROM payments WHERE id = (SELECT min(id) FROM payments)"

// holds asks for a change that people decide about.
func (a *agentSession) holds() toolAnswer {
	a.Helper()
	got := a.uses("query", object{"database": "shop", "statement": deletion, "reason": "INC-77 test payment", "wait": 0})
	if got.Status != "pending" || got.bad || !strings.HasPrefix(got.ID, "req_") || got.Until.Before(time.Now()) || len(got.Asked) == 0 {
		a.Fatalf("not held: %+v", got)
	}
	a.reads(got.text, "db-reviewers", got.ID, "A person decides", "query_result")
	return got
}

func TestAHeldChangeIsResumedAfterTheServerWasRestarted(t *testing.T) {
	overBoth(t, func(s *story, connect func(string) *agentSession) {
		before := s.shopRow("SELECT count(*)::text FROM shop.payments")
		token, _ := s.agentToken("claude")
		a := connect(token)
		held := a.holds()

		s.reads(devslack.PlainText(s.seesCard("DELETE FROM payments", "INC-77", "Approve")), "claude", "@alice")
		if err := s.srv.stop(); err != nil {
			t.Fatal(err)
		}
		s.start()
		s.presses("bob", s.seesCard("DELETE FROM payments", "INC-77", "Approve"), "Approve")

		again := connect(token) // another session
		s.reads(again.uses("request_status", nil).text, held.ID)
		var got toolAnswer
		s.eventually("it has run", func() bool {
			got = again.uses("query_result", object{"id": held.ID, "wait": 5})
			return got.Status == "done"
		})
		s.reads(got.text, "DELETE 1", "1 rows changed")
		if after := s.shopRow("SELECT (count(*) + 1)::text FROM shop.payments"); after != before {
			t.Errorf("%s before, one less than %s now", before, after)
		}
		s.verified()
	})
}

func TestADenialReachesTheAgentWithItsReason(t *testing.T) {
	s := newStory(t, scene{})
	token, _ := s.agentToken("claude")
	a := s.overHTTP(token)
	held := a.holds()
	card := s.seesCard("DELETE FROM payments", "Deny")
	s.presses("bob", card, "Deny…")
	s.submits("bob", s.sees("bob", "Why not?"), object{"Why not?": "use the refund tool"})
	got := a.uses("query_result", object{"id": held.ID})
	if got.Status != "denied" || !got.bad {
		t.Errorf("%+v", got)
	}
	s.reads(got.text, "use the refund tool", "Do not ask for the same again", "<data-")
}

func TestAnAgentsPersonDoesNotCountForIt(t *testing.T) {
	s := newStory(t, scene{edit: func(yaml string) string { // Alice is a reviewer
		return strings.Replace(yaml, "slack: [U0ALICE], groups: [engineers]", "slack: [U0ALICE], groups: [engineers, db-reviewers]", 1)
	}})
	token, _ := s.agentToken("claude")
	a := s.overHTTP(token)
	held := a.holds()
	s.presses("alice", s.seesCard("DELETE FROM payments", "Approve"), "Approve")
	s.isTold("alice", "cannot review")
	if got := a.uses("request_status", object{"id": held.ID, "wait": 0}); got.Requests[0].Status != "pending" {
		t.Errorf("%+v", got)
	}
	if got := a.uses("cancel", object{"id": held.ID}); got.Status != "cancelled" || got.bad {
		t.Errorf("cancelled: %+v", got)
	}
	s.seesCard("DELETE FROM payments", "ancelled")
	a.isRefused("cancel", object{"id": held.ID}, "ancelled")
}

func TestWhatFailsInPostgresComesBackAsData(t *testing.T) {
	s := newStory(t, scene{})
	token, _ := s.agentToken("claude")
	a := s.overHTTP(token)
	got := a.uses("query", object{"database": "shop", "statement": "SELECT 1 / (id - id) FROM customers", "reason": "a mistake"})
	if got.Status != "failed" || !got.bad {
		t.Errorf("%+v", got)
	}
	s.reads(got.text, "does not fit its type or range", "<data-", "Correct the statement")
	a.isRefused("query", object{"database": "nowhere", "statement": "SELECT 1", "reason": "x"}, "nowhere")
	a.isRefused("query", object{"database": "shop", "statement": "SELECT 1"}, "reason")
	a.isRefused("query", object{"database": "shop", "statement": "DO $$ BEGIN END $$", "reason": "x"}, "denied", "does not run such statements")
	a.isRefused("query_result", object{"id": "req_aaaaaaaaaaaaaaaaaaaaaaaaaa"}, "no")
}

func TestATokenOfAPersonOpensNoAgentsDoor(t *testing.T) {
	s := newStory(t, scene{})
	token := s.personsToken("alice")

	res := s.posts(token, `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`)
	s.reads(res.body, "This token is not an agent's.", "dbaccess login --agent NAME")
	if res.StatusCode != http.StatusUnauthorized {
		t.Errorf("HTTP %d", res.StatusCode)
	}
	s.reads(res.Header.Get("WWW-Authenticate"), `error="invalid_token"`, "resource_metadata=\"http://"+s.address+"/.well-known/oauth-protected-resource/mcp\"")

	cmd := s.asAgent(token, "mcp")
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != 3 {
		t.Errorf("%v\n%s", err, out)
	}
	s.reads(string(out), "an agent must not hold yours", "dbaccess login --agent NAME")
	if strings.Contains(string(out)+res.body, token) {
		t.Error("the token was said")
	}
}

func TestATokenThatIsEndedEndsTheSession(t *testing.T) {
	overBoth(t, func(s *story, connect func(string) *agentSession) {
		token, id := s.agentToken("claude")
		a := connect(token)
		a.uses("whoami", nil)
		s.ends(id)
		got, err := a.tool(s.Context(), "whoami", nil)
		if err != nil { // over HTTP the session itself is refused
			got = toolAnswer{bad: true, text: err.Error()}
		} else {
			s.reads(got.text, "This token was ended.", "dbaccess login --agent NAME")
		}
		if !got.bad {
			t.Errorf("still good: %s", got.text)
		}
	})
}

func TestAccessIsAskedForHereAndClaimedElsewhere(t *testing.T) {
	s := newStory(t, scene{})
	token, _ := s.agentToken("claude")
	a := s.overPipes(token)
	got := a.uses("request_access", object{"database": "shop", "reason": "INC-5 look around", "wait": 0})
	if got.Status != "pending" || got.Profile != "masked-read" {
		t.Fatalf("%+v", got)
	}
	s.presses("bob", s.seesCard("INC-5", "masked-read", "Approve"), "Approve")
	s.eventually("it is approved", func() bool {
		return a.uses("request_status", object{"id": got.ID, "wait": 5}).Requests[0].Status == "approved"
	})
	text := a.uses("request_status", object{"id": got.ID}).text
	s.reads(text, "dbaccess exec --resume "+got.ID)

	out, err := s.asAgent(token, "exec", "--resume", got.ID, "--", "psql", "-XAtqc", "SELECT email FROM customers ORDER BY id LIMIT 1").CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	s.reads(string(out), "masked.invalid")
	if strings.Contains(text, "assword") {
		t.Errorf("the agent reads of a password: %s", text)
	}
}
