package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5"

	"dbaccess/credentials/vault"
	"dbaccess/internal/checkup"
	"dbaccess/internal/devslack"
	"dbaccess/internal/devstack"
	"dbaccess/internal/devstack/pgtest"
	"dbaccess/internal/devstack/vaulttest"
)

// diagnosed runs the doctor on a story's config and returns its exit code and
// lines.
func (s *story) diagnosed(args ...string) (int, []map[string]string) {
	s.Helper()
	var out, said bytes.Buffer
	code := run(append([]string{"doctor", "--config", s.dir + "/config.yaml", "--format", "json"}, args...), strings.NewReader(""), &out, &said)
	if said.Len() > 0 {
		s.Errorf("the doctor said besides: %s", &said)
	}
	var lines []map[string]string
	for dec := json.NewDecoder(&out); dec.More(); {
		var l map[string]string
		if err := dec.Decode(&l); err != nil {
			s.Fatal(err)
		}
		lines = append(lines, l)
		if l["group"] == "" || l["name"] == "" || l["sentence"] == "" || (l["status"] == "ok") != (l["do"] == "") {
			s.Errorf("half a line: %v", l)
		}
		for _, secret := range []string{s.password(issuerRole), s.password(monitorRole), s.password(runtimeRole), s.slack.BotToken(), s.slack.AppToken()} {
			if strings.Contains(l["sentence"]+l["do"], secret) {
				s.Errorf("a secret is shown: %v", l)
			}
		}
	}
	return code, lines
}

// finds wants a line of that status, group and name whose words are among its
// sentence and advice.
func (s *story) finds(lines []map[string]string, status, group, name string, words ...string) {
	s.Helper()
	for _, l := range lines {
		if l["status"] == status && l["group"] == group && l["name"] == name && containsAll(l["sentence"]+" "+l["do"], words) {
			return
		}
	}
	s.Errorf("no %s of %s, %s says %q; there are %v", status, group, name, words, lines)
}

func TestTheDoctorFindsAHealthyStackWithoutProblems(t *testing.T) {
	s := newStory(t, scene{})
	s.claims(s.approved("30m"))
	before := s.recorded()
	code, lines := s.diagnosed()
	for _, l := range lines {
		if l["status"] == "problem" {
			s.Errorf("%v", l)
		}
	}
	if code != 0 {
		s.Errorf("exit code %d", code)
	}
	s.finds(lines, "ok", "config", "policy", "has somebody in it")
	s.finds(lines, "ok", "this machine", "files", "8 files with secrets")
	s.finds(lines, "ok", "store", "rights", "no others")
	s.finds(lines, "ok", "store", "audit log", "events verify")
	s.finds(lines, "ok", "database shop", "profile masked-read", "relations in masked_shop, changes nothing")
	s.finds(lines, "ok", "database shop", "profile write", "changes ")
	s.finds(lines, "ok", "database shop", "preview", "dbaccess_preview can read, and write nothing.")
	s.finds(lines, "ok", "slack", "scopes", "no others")
	s.finds(lines, "ok", "slack", "#db-approvals-prod", "is in it")
	s.finds(lines, "ok", "slack", "people", "All 4")
	s.finds(lines, "ok", "claim page", "public_url", "dbaccess answers")
	if code, _ := s.diagnosed("--strict"); code != 1 {
		s.Errorf("the local Slack is a warning, so that --strict ends with 1, not %d", code)
	}
	after := s.recorded()
	for what, n := range after {
		if n != before[what] {
			s.Errorf("the doctor changed something: %s was recorded %d times, and %d before", what, n, before[what])
		}
	}
}

func TestTheDoctorFindsWhatIsWrongWithAStack(t *testing.T) {
	s := newStory(t, scene{noServer: true, edit: func(yaml string) string {
		yaml = strings.Replace(yaml, "C0PRODAPPROVALS", "C0PARTNERS", 1)
		yaml = strings.Replace(yaml, "slack: [U0FRANK]", "slack: [U0FRANC]", 1)
		yaml = strings.ReplaceAll(yaml, ", db-admins]", "]") + "\nclaim:\n  in_slack: true\n"
		return yaml
	}})
	if err := os.WriteFile(s.dir+"/store_url", []byte(s.store), 0o600); err != nil {
		s.Fatal(err)
	}
	if err := os.Chmod(s.dir+"/migrate_url", 0o644); err != nil {
		s.Fatal(err)
	}
	if err := os.Chmod(s.dir+"/issuer_url", 0o620); err != nil {
		s.Fatal(err)
	}
	if err := os.Chmod(s.dir+"/config.yaml", 0o666); err != nil {
		s.Fatal(err)
	}
	s.slack.SetScopes(append(devslack.DefaultScopes(), "channels:history")...)
	owner := must[*pgx.Conn](s)(pgx.Connect(s.Context(), s.shop))
	defer owner.Close(context.Background())
	if _, err := owner.Exec(s.Context(), "DROP FUNCTION dbaccess_monitor.end_sessions"); err != nil {
		s.Fatal(err)
	}
	if err := s.listen.Close(); err != nil {
		s.Fatal(err)
	}

	code, lines := s.diagnosed()
	if code != 1 {
		s.Errorf("exit code %d", code)
	}
	s.finds(lines, "warning", "config", "claim", "docs/security.md")
	s.finds(lines, "warning", "config", "policy", "db-admins")
	s.finds(lines, "problem", "this machine", "files", "migrate_url", "chmod 640")
	s.finds(lines, "warning", "this machine", "files", "issuer_url", "chmod g-w")
	s.finds(lines, "problem", "this machine", "files", "config.yaml", "who may approve")
	s.finds(lines, "problem", "store", "rights", "could rewrite the record")
	s.finds(lines, "problem", "database shop", "monitor", "is missing")
	s.finds(lines, "warning", "slack", "scopes", "channels:history")
	s.finds(lines, "problem", "slack", "#db-approvals-prod", "shared with another company")
	s.finds(lines, "problem", "slack", "people", "frank", "U0FRANC")
	s.finds(lines, "warning", "claim page", "public_url", "refused")
}

func TestTheDoctorLooksAtOneDatabase(t *testing.T) {
	s := newStory(t, scene{noServer: true})
	code, lines := s.diagnosed("--database", "shop")
	for _, l := range lines {
		if l["group"] != "database shop" {
			s.Errorf("%v", l)
		}
	}
	if code != 0 || len(lines) < 10 {
		s.Errorf("exit code %d, %d lines", code, len(lines))
	}
	if code, said := command("doctor", "--config", s.dir+"/config.yaml", "--database", "ship"); code != 1 || !strings.Contains(said, `no database named "ship"`) {
		s.Errorf("exit code %d: %s", code, said)
	}
}

func TestTheDoctorLooksAtVault(t *testing.T) {
	server := vaulttest.Server(t)
	s := newStory(t, scene{vault: server, noServer: true})
	code, lines := s.diagnosed("--database", "shop")
	s.finds(lines, "ok", "vault", "health", "unsealed")
	s.finds(lines, "ok", "vault", "rights", "nothing that would make it more")
	s.finds(lines, "warning", "database shop", "issuer", vaultRole)
	if code != 0 {
		s.Errorf("exit code %d: %v", code, lines)
	}

	install := must[string](s)(installation(s.Context(), s.settings))
	role := "auth/" + vaultMount + "/role/dbaccess-" + install
	policy := map[string]any{"policy": `path "auth/token/create" { capabilities = ["update"] }
		path "sys/capabilities-self" { capabilities = ["update"] }`}
	for path, body := range map[string]map[string]any{"sys/policies/acl/narrow-" + install: policy, role: {"token_policies": []string{"narrow-" + install}}} {
		if _, err := server.Call(s.Context(), http.MethodPost, path, body); err != nil {
			s.Fatal(err)
		}
	}
	code, lines = s.diagnosed()
	s.finds(lines, "problem", "vault", "rights", "may not update auth/token/revoke-accessor", "dbaccess vault apply")
	s.finds(lines, "problem", "vault", "rights", "may update auth/token/create in Vault, and should not")
	if code != 1 {
		s.Errorf("exit code %d", code)
	}
}

func TestTheDoctorComparesVaultWithThePlanForAnAdministrator(t *testing.T) {
	t.Parallel()
	server := vaulttest.Server(t)
	c := vault.Config{Address: server.Addr, Install: "dcplan", Auth: vault.Auth{Method: "token", Secret: func() (string, error) { return server.RootToken, nil }}}
	c.Targets = []vault.Target{{Name: "shop", Host: "127.0.0.1", Port: 1, Database: "shop", SSLMode: "disable", Profiles: []vault.Profile{{Name: "read", Max: time.Hour, Groups: []string{"readers"}}}}}
	list := lookAtVaultPlan(t.Context(), c, server.RootToken)
	if len(list) == 0 || list[0].Level != checkup.Problem || !strings.Contains(list[0].Do, "dbaccess vault apply") {
		t.Errorf("%v", list)
	}
	if list := lookAtVaultPlan(t.Context(), c, ""); len(list) != 1 || list[0].Level != checkup.OK || !strings.Contains(list[0].Sentence, "VAULT_TOKEN") {
		t.Errorf("%v", list)
	}
	if list := lookAtVaultPlan(t.Context(), c, "hvs.wrong"); len(list) != 1 || list[0].Level != checkup.Problem || strings.Contains(list[0].Sentence, "hvs.wrong") {
		t.Errorf("%v", list)
	}
}

func TestTheDoctorGoesOnWithoutTheStore(t *testing.T) {
	own := pgtest.Own(t, devstack.PostgresOptions{})
	s := newStory(t, scene{noServer: true, storeOn: own})
	if err := own.Kill(); err != nil {
		s.Fatal(err)
	}
	code, lines := s.diagnosed()
	s.finds(lines, "problem", "store", "connection", "does not answer")
	s.finds(lines, "ok", "database shop", "monitor")
	s.finds(lines, "ok", "slack", "bot token")
	if code != 1 {
		s.Errorf("exit code %d", code)
	}
}

func TestTheDoctorSaysWhatIsWrongWithAConfig(t *testing.T) {
	t.Parallel()
	code, said := command("doctor", "--config", example(t, "sockets: 2", "sockets: 1", "port: 5432", "port: 0", "max: 2h", "max: 0h"))
	for _, want := range []string{"✗ file", "slack.sockets", "databases[0].profiles[1].max", "Nothing else was looked at"} {
		if code != 1 || !strings.Contains(said, want) {
			t.Errorf("exit code %d, no %q in:\n%s", code, want, said)
		}
	}
	if code, said := command("doctor", "--format", "xml"); code != 2 || !strings.Contains(said, "no format") {
		t.Errorf("exit code %d: %s", code, said)
	}
}

func TestTheDoctorNamesSecretsAndHostsThatAreMissing(t *testing.T) {
	t.Parallel()
	code, said := command("doctor", "--config", example(t))
	for _, want := range []string{"SLACK_BOT_TOKEN is empty or not set", "cannot be looked up"} {
		if code != 1 || !strings.Contains(said, want) {
			t.Errorf("exit code %d, no %q in:\n%s", code, want, said)
		}
	}
}

func TestTheDoctorFindsThatClaimLinksLeadElsewhere(t *testing.T) {
	t.Parallel()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	untrusted := httptest.NewTLSServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	defer untrusted.Close()
	for at, want := range map[string]checkup.Finding{
		plain.URL:                 {Level: checkup.Problem, Sentence: "is not dbaccess"},
		untrusted.URL:             {Level: checkup.Problem, Sentence: "Browsers will refuse the certificate"},
		"http://127.0.0.1:1":      {Level: checkup.Warning, Sentence: "does not answer"},
		"https://nothing.invalid": {Level: checkup.Warning, Sentence: "cannot be looked up"},
	} {
		d := &doctor{now: time.Now}
		d.config.PublicURL = at
		list := d.lookAtPublicURL(t.Context())
		if len(list) != 1 || list[0].Level != want.Level || !strings.Contains(list[0].Sentence, want.Sentence) || list[0].Do == "" {
			t.Errorf("%s: %+v", at, list)
		}
	}
}

func TestACheckThatHangsIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began, release := time.Now(), make(chan struct{})
		deaf := func(context.Context) []checkup.Finding { <-release; return nil }
		polite := func(ctx context.Context) []checkup.Finding {
			<-ctx.Done()
			return []checkup.Finding{checkup.Wrong("Wait.", "It is slow.")}
		}
		told := 0
		lines := examine(t.Context(), []groupedCheck{
			{"a", checkup.Check{Name: "deaf", Look: deaf}},
			{"a", checkup.Check{Name: "polite", Look: polite}},
			{"b", found("quick", checkup.Fine("Well."))},
		}, func(int, int, string) { told++ })
		close(release)
		if took := time.Since(began); took > 6*time.Second {
			t.Errorf("it took %s", took)
		}
		want := []string{"No answer within 5s.", "It is slow.", "Well."}
		for i, l := range lines {
			if l.Sentence != want[i] {
				t.Errorf("line %d: %q, want %q", i, l.Sentence, want[i])
			}
		}
		if len(lines) != 3 || told == 0 {
			t.Errorf("%d lines, progress told %d times", len(lines), told)
		}
	})
}

func TestTheDiagnosisIsDrawnForPeople(t *testing.T) {
	t.Parallel()
	lines := []line{
		{"config", checkup.Finding{Name: "file", Level: checkup.OK, Sentence: "It loads."}},
		{"store", checkup.Finding{Name: "connection", Sentence: "The store does not answer at db:5432.", Do: "Is it up?"}},
		{"store", checkup.Finding{Name: "schema", Level: checkup.Warning, Sentence: "Not looked at.", Do: "Mend the connection first."}},
		{"store", checkup.Finding{Name: "rights", Level: checkup.Warning, Sentence: "Not looked at.", Do: "Mend the connection first."}},
		{"store", checkup.Finding{Name: "clock", Level: checkup.Warning, Sentence: "Not looked at.", Do: "Mend the connection first."}},
		{"slack", checkup.Finding{Name: "people", Level: checkup.OK, Sentence: "All\x1b[31m well."}},
	}
	want := `config
  ✓ file           It loads.

store
  ✗ connection     The store does not answer
                   at db:5432.
                   → Is it up?
  ! 3 more checks  Not looked at.
                   → Mend the connection
                     first.

slack
  ✓ people         All·[31m well.

2 ok · 1 warning · 1 problem
`
	if got := drawDiagnosis(lines, 46, false); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if coloured := drawDiagnosis(lines, 0, true); !strings.Contains(coloured, "\x1b[31m✗\x1b[0m connection") {
		t.Errorf("no colour in %q", coloured)
	}
}
