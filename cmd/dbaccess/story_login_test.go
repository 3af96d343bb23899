package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"dbaccess/credentials"
	"dbaccess/internal/api/client"
	"dbaccess/internal/devstack/vaulttest"
	"dbaccess/internal/fault"
	"dbaccess/internal/login"
	"dbaccess/internal/store"
	"dbaccess/internal/tokens"
)

// laptop is a person's machine, without anything of this one's.
type laptop struct {
	*story
	machine
	alice vaulttest.Person
	said  bytes.Buffer // everything that its commands printed
	vars  map[string]string
}

// newLaptop is a story with a person who can sign in at a real Vault.
func newLaptop(t *testing.T) *laptop {
	t.Helper()
	alice := vaulttest.NewPerson(t, vaulttest.Server(t), strings.ToLower(t.Name()), "alice@example.com")
	s := newStory(t, scene{edit: func(yaml string) string {
		return strings.Replace(yaml, "identity:\n", fmt.Sprintf("identity:\n  issuers:\n    - {name: corp, people: true, url: %q, client_id: %q, scopes: [openid, %q]}\n",
			alice.Issuer, alice.ClientID, alice.Scope), 1)
	}})
	l := &laptop{story: s, alice: alice, vars: map[string]string{}}
	l.machine = machine{
		env: func(name string) string { return l.vars[name] }, keep: login.Keep{Dir: filepath.Join(t.TempDir(), "dbaccess")}, now: time.Now,
		browse: func(address string) {
			go func() {
				if err := alice.SignsIn(address); err != nil {
					t.Error(err)
				}
			}()
		},
	}
	return l
}

// runs runs a command on the laptop and returns what it printed to standard output.
func (l *laptop) runs(args ...string) (string, error) {
	l.Helper()
	var out bytes.Buffer
	root := newRootCommand()
	root.SetArgs(args)
	root.SetOut(io.MultiWriter(&out, &l.said))
	root.SetErr(&l.said)
	err := root.ExecuteContext(onMachine(l.Context(), l.machine))
	if err != nil {
		showError(&l.said, err)
	}
	return out.String(), err
}

func (l *laptop) must(args ...string) string {
	l.Helper()
	out, err := l.runs(args...)
	if err != nil {
		l.Fatalf("dbaccess %s: %v", strings.Join(args, " "), err)
	}
	return out
}

func TestAPersonSignsInAndGivesAnAgentItsToken(t *testing.T) {
	l := newLaptop(t)
	if _, err := l.runs("whoami", "--url", l.config.PublicURL); !errors.Is(err, login.ErrNone) {
		t.Fatalf("before signing in: %v", err)
	}
	l.must("login", "--url", l.config.PublicURL)
	if out := l.must("whoami"); !strings.HasPrefix(out, "person:alice at ") || !strings.Contains(out, "engineers") {
		t.Errorf("whoami: %s", out)
	}
	kept, err := l.keep.Find("")
	if err != nil {
		t.Fatal(err)
	}

	// The agent is somebody of its own, who acts for her and makes no other.
	surrounding := l.must("login", "--agent", "claude", "--ttl", "2h")
	for line := range strings.Lines(surrounding) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		l.vars[name] = value
	}
	if out := l.must("whoami"); !strings.HasPrefix(out, "agent:claude@alice at ") || !strings.Contains(out, "acts for  alice") {
		t.Errorf("whoami of the agent: %s", out)
	}
	if _, err := l.runs("login", "--agent", "another"); exitCode(err) != 3 {
		t.Errorf("an agent gives an agent a token: %v", err)
	}
	clear(l.vars)

	// The agent's next token ends the one before, which is kept nowhere any more.
	first, path, err := l.keep.Agent(l.config.PublicURL, "claude@alice")
	if err != nil {
		t.Fatal(err)
	}
	l.must("login", "--agent", "claude")
	if err := l.gone(first); err != nil {
		t.Errorf("the agent's earlier token: %v", err)
	}
	if second, again, err := l.keep.Agent(l.config.PublicURL, "claude@alice"); err != nil || again != path || second == first {
		t.Errorf("its next one is in %s, %v", again, err)
	}

	// Signing in again ends the earlier token; signing out ends this one, first there.
	l.must("login")
	if err := l.gone(kept.Token); err != nil {
		t.Errorf("the earlier token: %v", err)
	}
	again, err := l.keep.Find("")
	if err != nil {
		t.Fatal(err)
	}
	l.must("logout", "--agent", "claude")
	l.must("logout")
	if err := l.gone(again.Token); err != nil {
		t.Errorf("after logout: %v", err)
	}
	if _, err := l.runs("whoami", "--url", l.config.PublicURL); !errors.Is(err, login.ErrNone) {
		t.Errorf("after logout: %v", err)
	}
	l.nothingSecret(kept.Token, again.Token)
}

// gone returns nil if the server refuses the token because it was ended.
func (l *laptop) gone(token credentials.Secret) error {
	c := &client.Client{URL: l.config.PublicURL, Token: fixed(token)}
	_, err := c.WhoAmI(l.Context())
	if fault.KindOf(err) == fault.Denied && strings.Contains(err.Error(), tokens.ErrEnded.Msg) {
		return nil
	}
	return fmt.Errorf("it is not ended: %w", err)
}

// nothingSecret looks for tokens where people read: the server's log, what was
// printed, the record.
func (l *laptop) nothingSecret(secrets ...credentials.Secret) {
	l.Helper()
	var read strings.Builder
	read.WriteString(l.said.String())
	l.log.mu.Lock()
	read.WriteString(l.log.said.String())
	l.log.mu.Unlock()
	events, err := l.core.store.Events(l.Context(), store.EventFilter{Limit: 1000})
	if err != nil {
		l.Fatal(err)
	}
	issued := 0
	for _, ev := range events {
		read.Write(ev.Body)
		if bytes.Contains(ev.Body, []byte(`"token.issued"`)) {
			issued++
		}
	}
	if issued == 0 {
		l.Error("the record tells of no token")
	}
	for _, s := range secrets {
		if strings.Contains(read.String(), s.Reveal()) {
			l.Errorf("a token can be read")
		}
	}
	for _, begin := range []string{"dba_p_", "dba_a_", "dba_s_", "eyJ"} { // ours, and JWTs
		if strings.Contains(read.String(), begin) {
			l.Errorf("something that begins with %s can be read", begin)
		}
	}
}

// jwt signs alice in and returns the issuer's token, not yet exchanged.
func (l *laptop) jwt() string {
	l.Helper()
	f := login.Flow{
		Issuer: login.Issuer{Name: "corp", URL: l.alice.Issuer, ClientID: l.alice.ClientID, Scopes: []string{l.alice.Scope}},
		Out:    io.Discard, Open: l.browse,
	}
	token, err := f.Browser(l.Context())
	if err != nil {
		l.Fatal(err)
	}
	return token.Reveal()
}

func TestAnIdentityTokenThatTwoHaveIsGoodForNobody(t *testing.T) {
	l := newLaptop(t)
	jwt := l.jwt()
	const n = 4
	secrets, errs := make([]credentials.Secret, n), make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			c := &client.Client{URL: l.config.PublicURL}
			issued, err := c.Exchange(l.Context(), jwt)
			secrets[i], errs[i] = credentials.NewSecret(issued.AccessToken), err
		})
	}
	all.Wait()
	won := 0
	for i, err := range errs {
		if err != nil {
			if !strings.Contains(err.Error(), tokens.ErrReplayed.Msg) {
				t.Errorf("a loser: %v", err)
			}
			continue
		}
		won++
		if err := l.gone(secrets[i]); err != nil {
			t.Errorf("what the winner got: %v", err)
		}
		l.nothingSecret(secrets[i])
	}
	if won != 1 {
		t.Errorf("%d won", won)
	}
	if !l.log.says("came twice") {
		t.Error("nobody is alarmed")
	}
	if _, metrics := l.gets("/metrics"); !strings.Contains(metrics, `dbaccess_identity_replays_total{issuer="corp"} 3`) {
		t.Error("the metrics do not count the three replays")
	}
}

func TestOperatorsSeeAndEndTokens(t *testing.T) {
	l := newLaptop(t)
	l.must("login", "--url", l.config.PublicURL)
	l.must("login", "--agent", "claude")
	kept, err := l.keep.Find("")
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(l.dir, "config.yaml")
	list := l.must("tokens", "list", "--config", config)
	for _, want := range []string{"alice", "claude@alice", "corp", "dbaccess-mcp", "its person"} {
		if !strings.Contains(list, want) {
			t.Errorf("the list has no %s:\n%s", want, list)
		}
	}
	if out := l.must("tokens", "list", "--config", config, "--of", "bob"); out != "No tokens.\n" {
		t.Errorf("bob's: %s", out)
	}
	if _, err := l.runs("tokens", "end", "--config", config); fault.KindOf(err) != fault.Invalid {
		t.Errorf("end nothing: %v", err)
	}
	if _, err := l.runs("tokens", "end", "--config", config, "tok_none"); exitCode(err) == 0 {
		t.Error("ending what is not there succeeds")
	}
	if out := l.must("tokens", "end", "--config", config, "--of", "alice"); strings.Count(out, "ended.") != 2 {
		t.Errorf("ended: %s", out)
	}
	if err := l.gone(kept.Token); err != nil {
		t.Error(err)
	}
	if out := l.must("tokens", "list", "--config", config, "--all", "--format", "json"); strings.Count(out, `"ended_by":"operator:`) != 2 {
		t.Errorf("all: %s", out)
	}
	l.must("logout") // the server has ended it already, and is content
	l.nothingSecret(kept.Token)
}

func TestLogoutForgetsNothingWhileTheServerIsAway(t *testing.T) {
	t.Parallel()
	m := machine{env: func(string) string { return "" }, keep: login.Keep{Dir: filepath.Join(t.TempDir(), "dbaccess")}, now: time.Now}
	const at = "http://127.0.0.1:1"
	if _, err := m.keep.Save(login.Login{URL: at, Principal: "alice", Expires: time.Now().Add(time.Hour), Token: credentials.NewSecret("dba_p_x")}); err != nil {
		t.Fatal(err)
	}
	logout := func(args ...string) error {
		ctx, cancel := context.WithTimeout(onMachine(t.Context(), m), 200*time.Millisecond)
		defer cancel()
		root := newRootCommand()
		root.SetArgs(append([]string{"logout"}, args...))
		root.SetOut(io.Discard)
		root.SetErr(io.Discard)
		return root.ExecuteContext(ctx)
	}
	if err := logout(); err == nil {
		t.Error("it succeeds")
	}
	if _, err := m.keep.Find(at); err != nil {
		t.Errorf("the token is forgotten: %v", err)
	}
	if err := logout("--only-here"); err != nil {
		t.Error(err)
	}
	if _, err := m.keep.Find(at); !errors.Is(err, login.ErrNone) {
		t.Errorf("it is not forgotten here: %v", err)
	}
	if _, err := os.Stat(filepath.Join(m.keep.Dir, "logins.json")); err != nil {
		t.Error(err)
	}
}
