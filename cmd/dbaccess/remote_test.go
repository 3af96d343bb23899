package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"dbaccess/credentials"
	v1 "dbaccess/internal/api/v1"
	"dbaccess/internal/fault"
	"dbaccess/internal/login"
)

// elsewhere is a server that notes what comes to it: a dbaccess that exchanges
// whatever it is given, and a GitHub that gives out identity tokens.
type elsewhere struct {
	*httptest.Server
	mu        sync.Mutex // guards what follows
	exchanged []string
	seen      []string // tokens of calls
	asked     []string // audiences that GitHub was asked for
	lives     time.Duration
	github    int // GitHub's status
}

func newElsewhere(t *testing.T) *elsewhere {
	t.Helper()
	e := &elsewhere{lives: time.Hour, github: http.StatusOK}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/token", func(w http.ResponseWriter, r *http.Request) {
		var in v1.Exchange
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || r.Header.Get("Authorization") != "" {
			t.Errorf("exchange: %v, %q", err, r.Header.Get("Authorization"))
		}
		e.mu.Lock()
		defer e.mu.Unlock()
		e.exchanged = append(e.exchanged, in.SubjectToken)
		_ = json.NewEncoder(w).Encode(v1.IssuedToken{AccessToken: fmt.Sprintf("dba_s_%d", len(e.exchanged)), Expires: time.Now().Add(e.lives)})
	})
	mux.HandleFunc("GET /v1/whoami", func(w http.ResponseWriter, r *http.Request) {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.seen = append(e.seen, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
		_ = json.NewEncoder(w).Encode(v1.WhoAmI{ID: "service:nightly", Groups: []string{}})
	})
	mux.HandleFunc("GET /github", func(w http.ResponseWriter, r *http.Request) {
		e.mu.Lock()
		defer e.mu.Unlock()
		if r.Header.Get("Authorization") != "Bearer runner" || r.URL.Query().Get("api-version") != "2.0" {
			t.Errorf("GitHub is asked with %q, %q", r.Header.Get("Authorization"), r.URL.RawQuery)
		}
		e.asked = append(e.asked, r.URL.Query().Get("audience"))
		w.WriteHeader(e.github)
		_, _ = io.WriteString(w, `{"value": "jwt-of-github"}`)
	})
	e.Server = httptest.NewServer(mux)
	t.Cleanup(e.Close)
	return e
}

// at is a machine with these variables, and a command on it.
func at(t *testing.T, vars map[string]string) (machine, *cobra.Command) {
	t.Helper()
	m := machine{env: func(name string) string { return vars[name] }, keep: login.Keep{Dir: filepath.Join(t.TempDir(), "dbaccess")}, now: time.Now}
	cmd := &cobra.Command{}
	remoteFlags(cmd)
	return m, cmd
}

func write(t *testing.T, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestACommandRunsForWhomItsSurroundingSays(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		vars      func(t *testing.T, e *elsewhere) map[string]string
		platform  bool
		signedIn  bool
		token     string // what calls come with
		exchanged string // the identity token that was exchanged for it
	}{
		"a token in hand goes before everything": {
			vars: func(t *testing.T, e *elsewhere) map[string]string {
				return map[string]string{"DBACCESS_TOKEN": " dba_s_given\n", "DBACCESS_TOKEN_FILE": "/nowhere", "DBACCESS_ID_TOKEN": "jwt"}
			},
			signedIn: true, platform: true, token: "dba_s_given",
		},
		"a token in a file": {
			vars: func(t *testing.T, e *elsewhere) map[string]string {
				return map[string]string{"DBACCESS_TOKEN_FILE": write(t, "dba_a_file\n", 0o600), "DBACCESS_ID_TOKEN": "jwt"}
			},
			token: "dba_a_file",
		},
		"an identity token in a variable": {
			vars: func(t *testing.T, e *elsewhere) map[string]string {
				return map[string]string{"DBACCESS_ID_TOKEN": "jwt-of-gitlab\n", "ACTIONS_ID_TOKEN_REQUEST_URL": e.URL + "/github?api-version=2.0", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "runner"}
			},
			signedIn: true, token: "dba_s_1", exchanged: "jwt-of-gitlab",
		},
		"an identity token in a file": {
			vars: func(t *testing.T, e *elsewhere) map[string]string {
				return map[string]string{"DBACCESS_ID_TOKEN_FILE": write(t, "jwt-of-ci\n", 0o644)}
			},
			token: "dba_s_1", exchanged: "jwt-of-ci",
		},
		"GitHub Actions": {
			vars: func(t *testing.T, e *elsewhere) map[string]string {
				return map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": e.URL + "/github?api-version=2.0", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "runner"}
			},
			platform: true, signedIn: true, token: "dba_s_1", exchanged: "jwt-of-github",
		},
		"a projected token of Kubernetes": {
			platform: true, signedIn: true, token: "dba_s_1", exchanged: "jwt-of-kubernetes",
		},
		"whoever signed in": {signedIn: true, token: "dba_p_kept"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newElsewhere(t)
			vars := map[string]string{}
			if c.vars != nil {
				vars = c.vars(t, e)
			}
			vars["DBACCESS_URL"] = e.URL + "/"
			m, cmd := at(t, vars)
			if c.platform {
				m.platform = write(t, "jwt-of-kubernetes", 0o644)
			}
			if c.signedIn {
				l := login.Login{URL: e.URL, Principal: "alice", Expires: time.Now().Add(time.Hour), Token: credentials.NewSecret("dba_p_kept")}
				if _, err := m.keep.Save(l); err != nil {
					t.Fatal(err)
				}
			}
			cmd.SetContext(onMachine(t.Context(), m))
			client, err := apiClient(cmd)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // the second call needs no second exchange
				if _, err := client.WhoAmI(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if got := strings.Join(e.seen, " "); got != c.token+" "+c.token {
				t.Errorf("it came with %s", got)
			}
			if got := strings.Join(e.exchanged, " "); got != c.exchanged {
				t.Errorf("%s was exchanged", got)
			}
			if name == "GitHub Actions" && strings.Join(e.asked, " ") != e.URL {
				t.Errorf("GitHub was asked for %v", e.asked)
			}
		})
	}
}

func TestATokenOfAJobIsRenewedBeforeItExpires(t *testing.T) {
	t.Parallel()
	e := newElsewhere(t)
	file := write(t, "jwt-1", 0o644)
	m, _ := at(t, map[string]string{"DBACCESS_ID_TOKEN_FILE": file})
	began := time.Now()
	now := began
	m.now = func() time.Time { return now }
	c, err := m.client(e.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		after     time.Duration
		jwt, want string
	}{
		{0, "jwt-1", "dba_s_1"},
		{47 * time.Minute, "jwt-2", "dba_s_1"},
		{49 * time.Minute, "jwt-1", "dba_s_1"}, // it was used: a second use could be taken for a thief's
		{50 * time.Minute, "", "dba_s_1"},      // the platform has none just now
		{51 * time.Minute, "jwt-2", "dba_s_2"},
	} {
		now = began.Add(step.after)
		err := os.WriteFile(file, []byte(step.jwt), 0o644)
		if step.jwt == "" {
			err = os.Remove(file)
		}
		if err != nil {
			t.Fatal(err)
		}
		if got, err := c.Token(t.Context()); err != nil || got != step.want {
			t.Errorf("after %v: %s, %v", step.after, got, err)
		}
	}
	if got := strings.Join(e.exchanged, " "); got != "jwt-1 jwt-2" {
		t.Errorf("exchanged: %s", got)
	}
	// The keys of results must not change with the token.
	before, err := c.Seed(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if after, err := c.Seed(t.Context()); err != nil || string(after) != string(before) {
		t.Errorf("the seed changed: %v", err)
	}
}

func TestManyCallsAtOnceExchangeOnce(t *testing.T) {
	t.Parallel()
	e := newElsewhere(t)
	m, _ := at(t, map[string]string{"DBACCESS_ID_TOKEN": "jwt"})
	c, err := m.client(e.URL)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := c.WhoAmI(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if len(e.exchanged) != 1 { // a second use of the same would end what the first got
		t.Errorf("it was exchanged %d times", len(e.exchanged))
	}
}

func TestWhatIsMissingIsSaid(t *testing.T) {
	t.Parallel()
	e := newElsewhere(t)
	e.github = http.StatusForbidden
	for name, c := range map[string]struct {
		vars map[string]string
		flag string
		kind fault.Kind
		said string
	}{
		"no server":          {nil, "", fault.Invalid, "not known"},
		"not an address":     {nil, "dbaccess.example.com", fault.Invalid, "plain https"},
		"plain http":         {map[string]string{"DBACCESS_TOKEN": "x"}, "http://dbaccess.example.com", fault.Invalid, "must not travel"},
		"a password in it":   {nil, "https://me:secret@dbaccess.example.com", fault.Invalid, "plain https"},
		"nobody":             {nil, e.URL, fault.Denied, "not signed in"},
		"no such file":       {map[string]string{"DBACCESS_TOKEN_FILE": "/nowhere/token"}, e.URL, fault.Invalid, "$DBACCESS_TOKEN_FILE"},
		"a file for all":     {map[string]string{"DBACCESS_TOKEN_FILE": write(t, "dba_a_secret", 0o644)}, e.URL, fault.Invalid, "$DBACCESS_TOKEN_FILE"},
		"no identity file":   {map[string]string{"DBACCESS_ID_TOKEN_FILE": "/nowhere/token"}, e.URL, fault.Unavailable, "cannot be read"},
		"GitHub says no":     {map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": e.URL + "/github?api-version=2.0", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "runner"}, e.URL, fault.Unavailable, "no identity token"},
		"a GitHub elsewhere": {map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": "http://evil.example", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "runner"}, e.URL, fault.Unavailable, "no identity token"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, cmd := at(t, c.vars)
			if err := cmd.Flags().Set("url", c.flag); err != nil {
				t.Fatal(err)
			}
			cmd.SetContext(onMachine(t.Context(), m))
			client, err := apiClient(cmd)
			if err == nil {
				_, err = client.WhoAmI(context.WithoutCancel(t.Context()))
			}
			if fault.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.said) || strings.Contains(err.Error(), "secret") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestALoginThatIsOverIsNotTried(t *testing.T) {
	t.Parallel()
	e := newElsewhere(t)
	m, _ := at(t, nil)
	l := login.Login{URL: e.URL, Principal: "alice", Expires: time.Now().Add(-time.Second), Token: credentials.NewSecret("dba_p_kept")}
	if _, err := m.keep.Save(l); err != nil {
		t.Fatal(err)
	}
	if _, err := m.client(e.URL); fault.KindOf(err) != fault.Denied || !strings.Contains(err.Error(), "any more") {
		t.Errorf("got %v", err)
	}
}

// What was kept for one server goes to no other, whoever sets the variable.
func TestAKeptTokenGoesToItsServerOnly(t *testing.T) {
	t.Parallel()
	e := newElsewhere(t)
	m, cmd := at(t, map[string]string{"DBACCESS_URL": e.URL})
	l := login.Login{URL: "https://dbaccess.example.com", Principal: "alice", Expires: time.Now().Add(time.Hour), Token: credentials.NewSecret("dba_p_kept")}
	if _, err := m.keep.Save(l); err != nil {
		t.Fatal(err)
	}
	cmd.SetContext(onMachine(t.Context(), m))
	if _, err := apiClient(cmd); fault.KindOf(err) != fault.Denied {
		t.Errorf("got %v", err)
	}
	if len(e.seen) != 0 {
		t.Errorf("it was sent: %v", e.seen)
	}
}
