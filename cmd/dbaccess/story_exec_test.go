package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"dbaccess/credentials"
	"dbaccess/internal/devstack"
	"dbaccess/internal/devstack/vaulttest"
	"dbaccess/internal/identity"
	"dbaccess/internal/tokens"
)

// jobsRead lets services read masked data at once, and asks people otherwise.
const jobsRead = `version: 1
rules:
  - name: jobs-read-masked-data
    kinds: [access]
    profiles: [masked-read]
    when: principal.kind == "service"
    allow: true
  - name: people-decide
    kinds: [access, statement]
    profiles: [masked-read, write]
    review: {groups: [db-reviewers], count: 1, channel: db-approvals, why: A reviewer decides.}
  - name: not-raw
    profiles: [read]
    deny: Raw data is for people.
`

// nightly gives the scene a service called nightly, whose tokens an issuer signs.
func nightly(issuer, when string, sc scene) scene {
	sc.policy, sc.edit = jobsRead, func(yaml string) string {
		return strings.Replace(yaml, "\nrequests:\n", fmt.Sprintf(`
  issuers:
    - {name: ci, type: oidc, url: %q, keep: [mount]}
  services:
    - {name: nightly, groups: [batch], tokens: [{issuer: ci, when: %q}]}

requests:
`, issuer, when), 1)
	}
	return sc
}

// nowhere is an issuer that nobody asks: the story's tokens are made in the store.
func nowhere(sc scene) scene {
	return nightly("http://127.0.0.1:9/issuer", `claims.sub == "nightly"`, sc)
}

// token makes an API token of the service nightly.
func (s *story) token() string {
	s.Helper()
	rules := s.core.tokenRules()
	rules.Verify = func(context.Context, string) (tokens.Verified, error) {
		p, err := s.core.people.Principal(identity.ServiceName("nightly"))
		return tokens.Verified{Principal: p, Issuer: "ci", Subject: "nightly", ID: "jti", IssuedAt: time.Now(), Expires: time.Now().Add(time.Hour)}, err
	}
	secret, _, err := rules.Exchange(s.Context(), credentials.NewSecret("signed"))
	if err != nil {
		s.Fatalf("exchange: %v", err)
	}
	return secret.Reveal()
}

// runningJob is `dbaccess exec` in a process of its own, without a terminal.
type runningJob struct {
	*story
	*exec.Cmd
	out, errs *output
	dir       string // its home, and where its folder is made
	done      chan struct{}
}

// job starts a dbaccess command as a pipeline would, with that in its environment.
func (s *story) job(env []string, args ...string) *runningJob {
	s.Helper()
	self, err := os.Executable()
	if err != nil {
		s.Fatal(err)
	}
	j := &runningJob{story: s, Cmd: exec.Command(self, args...), out: &output{}, errs: &output{}, dir: s.TempDir(), done: make(chan struct{})}
	j.Dir, j.Stdout, j.Stderr = j.dir, j.out, j.errs
	j.Env = append([]string{
		childEnv + "=1", "PATH=" + os.Getenv("PATH"), "HOME=" + j.dir, "XDG_RUNTIME_DIR=" + j.dir, "DBACCESS_KEYRING=no",
		"DBACCESS_URL=http://" + s.address,
	}, env...)
	j.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := j.Start(); err != nil {
		s.Fatal(err)
	}
	go func() { _ = j.Wait(); close(j.done) }()
	s.Cleanup(func() {
		_ = j.Process.Kill()
		<-j.done
		if s.Failed() {
			s.Logf("%v said:\n%s%s", args, j.out, j.errs)
		}
	})
	return j
}

// exec runs a command as the service nightly.
func (s *story) exec(command ...string) *runningJob {
	s.Helper()
	return s.job([]string{"DBACCESS_TOKEN=" + s.token()}, append(strings.Fields("exec -d shop -p masked-read -r nightly --"), command...)...)
}

// says waits for the job to print words.
func (j *runningJob) says(words string) {
	j.Helper()
	j.eventually("the job says "+words, func() bool { return strings.Contains(j.out.String(), words) })
}

// ends waits for the end and returns the exit code.
func (j *runningJob) ends() int {
	j.Helper()
	select {
	case <-j.done:
	case <-time.After(2 * patience):
		j.Fatalf("the job does not end:\n%s%s", j.out, j.errs)
	}
	return j.ProcessState.ExitCode()
}

// left is what the job left on the machine.
func (j *runningJob) left() string {
	j.Helper()
	found, err := filepath.Glob(j.dir + "/dbaccess-exec-*")
	if err != nil {
		j.Fatal(err)
	}
	return strings.Join(found, " ")
}

// nothingLeft checks that the service has no role and no session any more.
func (s *story) nothingLeft() {
	s.Helper()
	left := s.shopRow(`SELECT (SELECT count(*) FROM pg_roles WHERE rolname LIKE $1) || ' roles, ' ||
		(SELECT count(*) FROM pg_stat_activity WHERE usename LIKE $1) || ' sessions'`, "dba-"+s.core.grants.Install+"-%")
	if left != "0 roles, 0 sessions" {
		s.Errorf("%s are left", left)
	}
}

// its is the newest grant of the service.
func (s *story) its() credentials.Grant {
	s.Helper()
	return s.grant(identity.ServiceName("nightly"))
}

const jobSQL = `\set ON_ERROR_STOP 1
SELECT 'who ' || session_user;
SELECT count(*) || ' customers' FROM customers;
SELECT 'email ' || coalesce(email::text, 'hidden') FROM customers WHERE id = 1;
`

func (s *story) file(name, text string) string {
	s.Helper()
	path := filepath.Join(s.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		s.Fatal(err)
	}
	return path
}

// TestAJobWithNothingButAnIdentityTokenReadsMaskedData: a real issuer of identity
// tokens, a real Vault that mints, a real Postgres.
func TestAJobWithNothingButAnIdentityTokenReadsMaskedData(t *testing.T) {
	v := vaulttest.Server(t)
	s := newStory(t, nightly(v.Addr+"/v1/identity/oidc", `claims.mount == "exec-story"`, scene{vault: v}))
	jwt := identityToken(s, v, "exec-story")
	raw := s.shopRow("SELECT email FROM shop.customers WHERE id = 1")
	j := s.job([]string{"DBACCESS_ID_TOKEN=" + jwt}, "exec", "-d", "shop", "-r", "nightly report", "--", "psql", "-XAtq", "-f", s.file("job.sql", jobSQL))
	if code := j.ends(); code != 0 {
		t.Fatalf("exit code %d:\n%s%s", code, j.out, j.errs)
	}
	g := s.its()
	if out := j.out.String(); !strings.Contains(out, "who "+g.Leases[0].Role) || !strings.Contains(out, "50 customers") || strings.Contains(out, raw) {
		t.Errorf("it read:\n%s", out)
	}
	if g.State != credentials.Ended || g.Reason != credentials.Revoked || !g.Attended() || j.left() != "" {
		t.Errorf("it left a grant that is %s (%s), and %s", g.State, g.Reason, j.left())
	}
	for _, secret := range []string{jwt, "dba_s_"} {
		if strings.Contains(j.out.String()+j.errs.String(), secret) {
			t.Error("a token was printed")
		}
	}
	if !strings.Contains(j.errs.String(), "access proven ended at") {
		t.Errorf("it said:\n%s", j.errs)
	}
	s.nothingLeft()
	s.verified()
}

// identityToken is a token of Vault's own identity provider, for that server.
func identityToken(s *story, v *devstack.Vault, name string) string {
	s.Helper()
	call := func(method, path string, body map[string]any) map[string]any {
		s.Helper()
		answer, err := v.Call(s.Context(), method, path, body)
		if err != nil {
			s.Fatal(err)
		}
		return answer
	}
	data := func(answer map[string]any, key string) string {
		d, _ := answer["data"].(map[string]any)
		text, _ := d[key].(string)
		return text
	}
	call("POST", "sys/auth/"+name, map[string]any{"type": "approle"})
	call("POST", "sys/policies/acl/"+name, map[string]any{"policy": fmt.Sprintf(`path "identity/oidc/token/%s" { capabilities = ["read"] }`, name)})
	call("POST", "auth/"+name+"/role/batch", map[string]any{"token_policies": name})
	call("POST", "identity/oidc/key/"+name, map[string]any{"algorithm": "ES256", "allowed_client_ids": "*"})
	call("POST", "identity/oidc/role/"+name, map[string]any{"key": name, "client_id": s.config.PublicURL, "ttl": "5m", "template": `{"mount": "` + name + `"}`})
	login := call("POST", "auth/"+name+"/login", map[string]any{
		"role_id":   data(call("GET", "auth/"+name+"/role/batch/role-id", nil), "role_id"),
		"secret_id": data(call("POST", "auth/"+name+"/role/batch/secret-id", map[string]any{}), "secret_id"),
	})
	auth, _ := login["auth"].(map[string]any)
	req, err := http.NewRequestWithContext(s.Context(), http.MethodGet, v.Addr+"/v1/identity/oidc/token/"+name, nil)
	if err != nil {
		s.Fatal(err)
	}
	req.Header.Set("X-Vault-Token", fmt.Sprint(auth["client_token"]))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.Fatal(err)
	}
	defer res.Body.Close()
	var answer map[string]any
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || data(answer, "token") == "" {
		s.Fatalf("Vault gives no identity token: %s, %v", res.Status, err)
	}
	return data(answer, "token")
}

// TestExecsExitCodesTellWhatHappened: the command's own, and those of dbaccess.
func TestExecsExitCodesTellWhatHappened(t *testing.T) {
	s := newStory(t, nowhere(scene{}))
	env := []string{"DBACCESS_TOKEN=" + s.token()}
	for _, c := range []struct {
		name, line string
		want       int
		says       string
	}{
		{"the command's own", "exec -d shop -r x -- sh -c $0exit${IFS}42", 42, "proven ended"},
		{"quietly", "exec -q -d shop -r x -- true", 0, ""},
		{"wrong use", "exec -d shop -r x", 120, "Which command"},
		{"an unknown database", "exec -d nothing -p read -r x -- true", 120, "nothing"},
		{"denied", "exec -d shop -p read -r x -- true", 121, "Raw data is for people."},
		{"a bad token", "exec -d shop -p masked-read -r x -- true", 121, "oken"},
		{"nobody has decided", "exec --no-wait -d shop -p write -r x -- true", 124, "--resume req_"},
		{"nobody decides in time", "exec --wait 10ms -d shop -p write -r x -- true", 124, "--resume req_"},
		{"no such command", "exec -d shop -r x -- no-such-command", 127, "not found"},
		{"no command", "exec -d shop -r x -- /etc/passwd", 126, "cannot be run"},
		{"in JSON", "exec --format json -d shop -p read -r x -- true", 121, `"exit_code":121`},
		{"psql's own", "psql -q -r x shop -- -Xc nonsense", 1, "syntax error"},
		{"a query denied", "query -d shop -p read -c SELECT${IFS}1", 3, "does not run read statements as read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			with := env
			if c.name == "a bad token" {
				with = []string{"DBACCESS_TOKEN=dba_s_nothing"}
			}
			args := strings.Fields(c.line)
			for i := range args {
				args[i] = strings.NewReplacer("$0", "", "${IFS}", " ").Replace(args[i])
			}
			j := s.job(with, args...)
			if code := j.ends(); code != c.want || !strings.Contains(j.errs.String(), c.says) {
				t.Errorf("exit code %d, want %d; it said:\n%s%s", code, c.want, j.out, j.errs)
			}
			if c.name == "quietly" && j.errs.String() != "" {
				t.Errorf("it said:\n%s", j.errs)
			}
		})
	}
	s.nothingLeft()
}

// TestAJobThatWaitsForPeopleGoesOnWhereItsRequestIs: --no-wait, and --resume later.
func TestAJobThatWaitsForPeopleGoesOnWhereItsRequestIs(t *testing.T) {
	s := newStory(t, nowhere(scene{}))
	env := []string{"DBACCESS_TOKEN=" + s.token()}
	first := s.job(env, strings.Fields("exec --no-wait -d shop -p write -r INC-77 -- true")...)
	if code := first.ends(); code != 124 {
		t.Fatalf("exit code %d", code)
	}
	id := strings.TrimSpace(first.out.String())
	second := s.job(env, "exec", "--resume", id, "--", "sh", "-c", `echo "as $PGUSER"`)
	s.eventually("it waits", func() bool { return strings.Contains(second.errs.String(), "waits for 1 of db-reviewers") })
	s.presses("bob", s.seesCard("INC-77", "Approve"), "Approve")
	if code := second.ends(); code != 0 || !strings.Contains(second.out.String(), "as dba-") {
		t.Errorf("exit code %d:\n%s%s", code, second.out, second.errs)
	}
	third := s.job(env, "exec", "--resume", id, "--", "true")
	if code := third.ends(); code != 122 {
		t.Errorf("what has ended was taken up again: exit code %d:\n%s", code, third.errs)
	}
	// A job that is stopped while it waits takes its request back.
	stopped := s.job(env, strings.Fields("exec -d shop -p write -r INC-78 -- true")...)
	s.seesCard("INC-78", "Approve")
	_ = stopped.Process.Signal(syscall.SIGTERM)
	stopped.ends()
	s.seesCard("INC-78", "ancelled")
	s.nothingLeft()
}
