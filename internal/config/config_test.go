package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dbaccess/internal/config"
	"dbaccess/internal/fault"
)

func example(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../../config.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestTheExampleParsesWithoutAProblem(t *testing.T) {
	t.Parallel()
	c, ps := config.Load("../../config.example.yaml")
	if len(ps) > 0 {
		t.Fatal(ps.Err())
	}
	shop, ok := c.Database("shop")
	if !ok {
		t.Fatal("no database shop")
	}
	if got := shop.Profiles[1].Default; got != time.Hour {
		t.Errorf("read's default window = %v, want 1h: the profile's own max is longer", got)
	}
	if got := shop.Profiles[2].ConnectionLimit; got != 5 {
		t.Errorf("write's connection limit = %d, want the default 5", got)
	}
}

func TestEachMistakeIsReportedWithItsPath(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, old, new, want string }{
		{"unknown key at the top", "listen:", "lisssten:", "lisssten: unknown key"},
		{"a certificate without its key", `cert: ""`, `cert: /etc/dbaccess/tls.crt`, "tls: needs both"},
		{"no calls at all", "rate: 20", "rate: 0", "api.rate: must be"},
		{"unknown key in a list", "dbname: shop", "dbnane: shop", "databases[0].dbnane: unknown key"},
		{"zero duration", "decide_by: 8h", "decide_by: 0s", "requests.decide_by:"},
		{"duration without unit", "max: 8h", "max: 8", "databases[0].profiles[0].max:"},
		{"negative duration", "claim_within: 8h", "claim_within: -1h", "requests.claim_within:"},
		{"a warning after the end", "warn_before: 10m", "warn_before: -10m", "requests.warn_before:"},
		{"missing max", "        max: 2h\n", "", "databases[0].profiles[1].max: is missing"},
		{"default over max", "default: 30m", "default: 3h", "databases[0].profiles[2].default: is longer"},
		{"secret in clear", "env:SLACK_BOT_TOKEN", "xoxb-123", "slack.bot_token: must be"},
		{"statements for hours", "timeout: 30s", "timeout: 2h", "databases[0].statements.timeout: is longer than 10m"},
		{"one socket", "sockets: 2", "sockets: 1", "slack.sockets: must be 2 to 5"},
		{"channel by name", "id: C0123456789", "id: db-approvals", "slack.channels[0].id:"},
		{"http for people", "https://dbaccess", "http://dbaccess", "public_url: must be https"},
		{"bad schedule", `"* * * * *"`, `"every now and then"`, "revocation.schedule:"},
		{"a zone without times", `"* * * * *"`, `"CRON_TZ=UTC"`, "revocation.schedule:"},
		{"a curfew at no time", `"0 20 * * 1-5"`, `"at eight"`, "revocation.curfews[0].schedule:"},
		{"a curfew without a time", `"0 20 * * 1-5"`, `""`, "revocation.curfews[0].schedule: is missing"},
		{"a curfew that never comes", `"0 20 * * 1-5"`, `"0 20 30 2 *"`, "revocation.curfews[0].schedule:"},
		{"a curfew after so long", `"0 20 * * 1-5"`, `"@every 1h"`, "revocation.curfews[0].schedule:"},
		{"a curfew on no database", "databases: [shop]", "databases: [ship]", "revocation.curfews[0].databases[0]:"},
		{"a curfew on no profile", "profiles: [write] ", "profiles: [wrote] ", "revocation.curfews[0].profiles[0]:"},
		{"run with no such profile", "kinds: [write], profile: write", "kinds: [write], profile: wrote", "databases[0].statements.runs[1].profile:"},
		{"a kind nobody may run", "kinds: [write]", "kinds: [admin]", "databases[0].statements.runs[1].kinds[0]:"},
		{"a kind twice", "kinds: [write]", "kinds: [read]", "databases[0].statements.runs[1].kinds[0]:"},
		{"profile twice", "name: write", "name: read", "databases[0].profiles[2].name:"},
		{"masked schema out of reach", "search_path: [masked_shop, public]", "search_path: [public]", "databases[0].profiles[0].masked_schemas[0]:"},
		{"nobody may ask", "max_pending: 20", "max_pending: 0", "requests.max_pending:"},
		{"proxy by name", "10.0.0.0/8", "proxy.internal", "trusted_proxies[0]:"},
		{"issuer twice", "name: cluster", "name: github", "identity.issuers[1].name: \"github\" is listed twice"},
		{"issuer of no known type", "type: kubernetes", "type: k8s", "identity.issuers[1].type:"},
		{"issuer over http", "url: https://login.example.com", "url: http://login.example.com", "identity.issuers[2].url: must be https"},
		{"keys over http", "keys: https://kubernetes", "keys: http://kubernetes", "identity.issuers[1].keys: must be https"},
		{"a bearer in clear", "bearer: file:/var", "bearer: /var", "identity.issuers[1].bearer: must be"},
		{"people without a client", "client_id: dbaccess-cli", "client_id: \"\"", "identity.issuers[2].client_id: is missing"},
		{"a client of pipelines", "max_age: 15m", "client_id: x", "identity.issuers[0].client_id: is for issuers with people"},
		{"an actor of people", "scopes: [openid, email]", "actor: claims.sub", "identity.issuers[2].actor: is for pipelines"},
		{"a log-in at no issuer", "github:alice", "gitlab:alice", "identity.people[0].logins[0]: there is no issuer"},
		{"a misspelt condition", "when: 'claims.namespace", "if: 'claims.namespace", "identity.services[0].tokens[1].if: unknown key"},
		{"text for a number", "port: 5432", "port: five", "databases[0].port: must be a number, not text"},
		{"keys for a list", "tags: [production]", "tags: {production: true}", "databases[0].tags: must be a list, not keys with values"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			text := example(t)
			if !strings.Contains(text, c.old) {
				t.Fatalf("the example has no %q any more", c.old)
			}
			_, ps := config.Parse(strings.NewReader(strings.Replace(text, c.old, c.new, 1)))
			for _, p := range ps {
				if strings.HasPrefix(p.String(), c.want) {
					return
				}
			}
			t.Errorf("got %v, want one that starts with %q", ps, c.want)
		})
	}
}

func TestTheTransportDecidesWhichSecretsAreNeeded(t *testing.T) {
	t.Parallel()
	const app, socket, none = "app_token: env:SLACK_APP_TOKEN ", "transport: socket ", "signing_secrets: [] "
	for _, c := range []struct {
		name  string
		edits []string
		want  []string // the problems' beginnings, all of them
	}{
		{"socket without its token", []string{app, "# "}, []string{"slack.app_token: is missing"}},
		{"http", []string{app, "# ", socket, "transport: http ", none, "signing_secrets: [env:ONE] "}, nil},
		{"http during a rotation", []string{socket, "transport: http ", none, "signing_secrets: [env:NEW, file:/old] "}, nil},
		{"http without a secret", []string{app, "# ", socket, "transport: http "}, []string{"slack.signing_secrets: is missing"}},
		{"http with a secret in clear", []string{socket, "transport: http ", none, "signing_secrets: [8f742231b10e] "}, []string{"slack.signing_secrets[0]: must be"}},
		{"http with an empty secret", []string{socket, "transport: http ", none, `signing_secrets: [""] `}, []string{"slack.signing_secrets[0]: is missing"}},
		{"http with three secrets", []string{socket, "transport: http ", none, "signing_secrets: [env:A, env:B, env:C] "}, []string{"slack.signing_secrets: has 3"}},
		{"another transport", []string{socket, "transport: pigeon "}, []string{`slack.transport: "pigeon" must be one of`}},
		{
			"http where Slack cannot reach it",
			[]string{socket, "transport: http ", none, "signing_secrets: [env:ONE] ", "https://dbaccess.example.com", "http://127.0.0.1:8330"},
			[]string{"public_url: is on this machine only"},
		},
		{
			"http with an address of its own",
			[]string{socket, "transport: http ", none, "signing_secrets: [env:ONE] ", "https://dbaccess.example.com", "http://127.0.0.1:8330", `request_url: "" `, "request_url: https://hooks.example.com "},
			nil,
		},
		{"http without TLS", []string{socket, "transport: http ", none, "signing_secrets: [env:ONE] ", `request_url: "" `, "request_url: http://hooks.example.com "}, []string{"slack.request_url: must be https"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, ps := config.Parse(strings.NewReader(strings.NewReplacer(c.edits...).Replace(example(t))))
			if len(ps) != len(c.want) {
				t.Fatalf("got %v, want %q", ps, c.want)
			}
			for i, want := range c.want {
				if !strings.HasPrefix(ps[i].String(), want) {
					t.Errorf("got %v, want one that starts with %q", ps[i], want)
				}
			}
		})
	}
}

func TestAWarningIsOffWhereItIsNothing(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]time.Duration{
		"warn_before: 10m": 10 * time.Minute, "warn_before: 90s": 90 * time.Second, "warn_before: 0": 0, "warn_before: 0s": 0, "": 10 * time.Minute,
	} {
		c, ps := config.Parse(strings.NewReader(strings.Replace(example(t), "warn_before: 10m", written, 1)))
		if len(ps) > 0 || time.Duration(c.Requests.WarnBefore) != want {
			t.Errorf("%q: %v, %v", written, time.Duration(c.Requests.WarnBefore), ps)
		}
	}
}

func TestAllProblemsComeAtOnce(t *testing.T) {
	t.Parallel()
	text := strings.NewReplacer("sockets: 2", "sockets: 9", "port: 5432", "prot: 5432", "decide_by: 8h", "decide_by: soon").Replace(example(t))
	_, ps := config.Parse(strings.NewReader(text))
	if len(ps) != 3 {
		t.Fatalf("got %d problems, want 3: %v", len(ps), ps)
	}
	err := ps.Err()
	if fault.KindOf(err) != fault.Invalid {
		t.Errorf("kind = %v, want invalid", fault.KindOf(err))
	}
}

func TestASecretFileThatOthersCanReadIsRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte("xoxb-1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ref := config.Ref("file:" + path)
	if v, err := ref.Read(); err != nil || v != "xoxb-1" {
		t.Fatalf("Read = %q, %v; want the token without its newline", v, err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ref.Read(); err == nil {
		t.Error("a world-readable secret was read")
	}
}

func TestWhatCannotBeReadIsNotCalledMissingAsWell(t *testing.T) {
	t.Parallel()
	_, ps := config.Parse(strings.NewReader(strings.Replace(example(t), "max: 8h", "max: 8x", 1)))
	if len(ps) != 1 || ps[0].Path != "databases[0].profiles[0].max" {
		t.Fatalf("one mistake is reported as %v", ps)
	}
}
