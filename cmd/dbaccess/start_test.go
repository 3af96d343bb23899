package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dbaccess/approvals"
	"dbaccess/internal/fault"
)

// example writes config.example.yaml, changed by pairs of old and new text, and
// returns its path.
func example(t *testing.T, pairs ...string) string {
	t.Helper()
	text, err := os.ReadFile("../../config.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(string(text), pairs[i]) {
			t.Fatalf("the example has no %q any more", pairs[i])
		}
	}
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(strings.NewReplacer(pairs...).Replace(string(text))), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// command runs dbaccess and returns its exit code and all that it printed.
func command(args ...string) (int, string) {
	var out bytes.Buffer
	code := run(args, strings.NewReader(""), &out, &out)
	return code, out.String()
}

func TestStaticMistakesRefuseToStartAndSayWhere(t *testing.T) {
	t.Parallel()
	policies := t.TempDir()
	policyFile := func(name, text string) string {
		path := filepath.Join(policies, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return "files: [" + path + "]"
	}
	for _, c := range []struct {
		name, old, new, want string
	}{
		{"an unknown key", "sockets: 2", "sockets: 2\n  sokets: 3", "slack.sokets: unknown key"},
		{"a service that is everybody on GitHub", `claims.repository == "example/shop" && `, "", "identity.services[0].tokens[0].when: also holds for github of a stranger"},
		{"a misspelt word in a condition", "claims.namespace == ", "clams.namespace == ", "identity.services[0].tokens[1].when: at 1:1: undeclared reference to 'clams'"},
		{"a zero duration", "decide_by: 8h", "decide_by: 0s", "requests.decide_by:"},
		{
			"a route without reviewers", "files: []",
			policyFile("nobody.yaml", "version: 1\nrules:\n  - name: nobody\n    review: {groups: [], count: 1}\n"), "nobody.yaml:4:",
		},
		{
			"a group that does not exist", "files: []",
			policyFile("ghosts.yaml", "version: 1\nrules:\n  - name: ghosts\n    review: {groups: [db-reviewers], count: 9}\n"), "ghosts.yaml:",
		},
		{
			"a condition that is no CEL", "files: []",
			policyFile("cel.yaml", "version: 1\nrules:\n  - name: bad\n    when: request.hour >\n    allow: true\n"), "cel.yaml:4:",
		},
		{"a policy file that is not there", "files: []", "files: [missing.yaml]", "missing.yaml"},
		{"one Slack id for two people", "slack: [U0CAROL0001]", "slack: [U0BOB000001]", "identity.people[2].slack[0]"},
		{"the demo's Slack", "sockets: 2", "sockets: 2\n  api_url: http://127.0.0.1:1/api/", "slack.api_url"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			code, said := command("serve", "--config", example(t, c.old, c.new))
			if code != 2 || !strings.Contains(said, c.want) {
				t.Errorf("exit code %d, said:\n%s\nwant 2 and %q", code, said, c.want)
			}
		})
	}
}

func TestConfigCheckReportsEverythingAtOnce(t *testing.T) {
	t.Parallel()
	code, said := command("config", "check", "--no-secrets", "--config", example(t, "sockets: 2", "sockets: 1", "port: 5432", "port: 0", "max: 2h", "max: 0h"))
	if code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	for _, want := range []string{"slack.sockets", "databases[0].profiles[1].max"} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not name %s:\n%s", want, said)
		}
	}
}

func TestConfigCheckNamesSecretsThatAreMissing(t *testing.T) {
	t.Parallel()
	code, said := command("config", "check", "--config", example(t))
	if code != 1 || !strings.Contains(said, "slack.bot_token: the environment variable SLACK_BOT_TOKEN is empty or not set") {
		t.Errorf("exit code %d:\n%s", code, said)
	}
	if code, said := command("config", "check", "--no-secrets", "--config", example(t)); code != 0 {
		t.Errorf("without secrets: exit code %d:\n%s", code, said)
	}
}

func TestTargetSQLIsWhatAnOwnerCanRead(t *testing.T) {
	t.Parallel()
	code, said := command("target", "sql", "shop", "--config", example(t))
	for _, want := range []string{"dbaccess_issuer", "dbaccess_monitor", "dbaccess_reader_shop", "SECURITY DEFINER"} {
		if code != 0 || !strings.Contains(said, want) {
			t.Fatalf("exit code %d, no %q in:\n%s", code, want, said)
		}
	}
	if code, said = command("target", "sql", "ship", "--config", example(t)); code == 0 || !strings.Contains(said, `no database named "ship"`) {
		t.Errorf("exit code %d:\n%s", code, said)
	}
}

func TestServeRefusesToRunAsTheOwnerOfTheStore(t *testing.T) {
	s := newStory(t, scene{noServer: true})
	if err := os.WriteFile(s.dir+"/store_url", []byte(s.store), 0o600); err != nil {
		t.Fatal(err)
	}
	path := s.dir + "/config.yaml"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.Replace(text, []byte("api_url: "+s.slack.APIURL()), nil, 1)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if code, said := command("serve", "--config", path); code != 3 || !strings.Contains(said, "owner of the store") {
		t.Errorf("exit code %d:\n%s", code, said)
	}
}

func TestListsSayWhenThereIsNothingAndRefuseUnknownFormats(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := printGrants(&out, "table", nil, time.Now()); err != nil || out.String() != "No grants.\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
	if err := printRequests(&out, "xml", nil); fault.KindOf(err) != fault.Invalid {
		t.Errorf("format xml: %v", err)
	}
	out.Reset()
	r := approvals.Request{ID: "req_1", Reason: "line\nbreak\x1b[31m"}
	if err := printRequests(&out, "table", []approvals.Request{r}); err != nil || strings.Count(out.String(), "\n") != 2 || strings.Contains(out.String(), "\x1b") {
		t.Errorf("a reason broke out of its cell: %q, %v", out.String(), err)
	}
}

func TestServeSaysThatItsPortIsTaken(t *testing.T) {
	s := newStory(t, scene{})
	code, said := command("demo", "serve", "--config", s.dir+"/config.yaml") // where the story's own server listens
	if code != 5 || !strings.Contains(said, "cannot listen on "+s.address) || strings.Contains(said, "serving") {
		t.Errorf("exit code %d:\n%s", code, said)
	}
}

func TestAWrongPasswordOfTheStoreIsASentence(t *testing.T) {
	s := newStory(t, scene{noServer: true})
	url := strings.Replace(s.url(s.store, runtimeRole), s.password(runtimeRole), "wrong", 1)
	if err := os.WriteFile(s.dir+"/store_url", []byte(url), 0o600); err != nil {
		t.Fatal(err)
	}
	code, said := command("audit", "list", "--config", s.dir+"/config.yaml")
	if code != 5 || !strings.Contains(said, "The store does not accept the connection.") || strings.Contains(said, "wrong\"") {
		t.Errorf("exit code %d:\n%s", code, said)
	}
}

func TestNoSQLIsNoHarmlessSQL(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"classify"}, {"classify", "--fail-on", "high"}, {"classify", " \n"}} {
		if code, said := command(args...); code != 2 || !strings.Contains(said, "There is no SQL") {
			t.Errorf("%q: exit code %d, %s", args, code, said)
		}
	}
}
