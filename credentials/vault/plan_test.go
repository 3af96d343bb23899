package vault_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"dbaccess/credentials/vault"
	"dbaccess/internal/devstack/vaulttest"
)

func TestApplyingTwiceWritesNothingTheSecondTime(t *testing.T) {
	t.Parallel()
	r := newRig(t, vaulttest.Server(t)) // applies once
	written, err := r.administrator().Apply(t.Context(), r.plan)
	if err != nil || len(written) != 0 {
		t.Errorf("written again: %q, %v", written, err)
	}
	drift, err := r.administrator().Status(t.Context(), r.plan)
	if err != nil || len(drift) != 0 {
		t.Errorf("drift: %v, %v", drift, err)
	}
}

func TestDriftIsNamedAndRepaired(t *testing.T) {
	t.Parallel()
	r := newRig(t, vaulttest.Server(t))
	role := r.config.Mount + "/roles/dbaccess-" + r.install + "-shop-masked-read"
	r.root.call(http.MethodPost, role, map[string]any{"max_ttl": "300h", "revocation_statements": []string{}})
	policy := "sys/policies/acl/dbaccess-" + r.install
	r.root.call(http.MethodPut, policy, map[string]any{"policy": `path "*" { capabilities = ["sudo"] }`})
	tokens := "auth/token/roles/dbaccess-" + r.install + "-shop-masked-read"
	r.root.call(http.MethodDelete, tokens, nil)
	drift, err := r.administrator().Status(t.Context(), r.plan)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, d := range drift {
		said = append(said, d.String())
	}
	text := strings.Join(said, "\n")
	for _, want := range []string{role + ": differs in max_ttl, revocation_statements", policy + ": differs in policy", tokens + ": missing"} {
		if !strings.Contains(text, want) {
			t.Errorf("nothing says %q:\n%s", want, text)
		}
	}
	written, err := r.administrator().Apply(t.Context(), r.plan)
	slices.Sort(written)
	want := []string{role, policy, tokens}
	slices.Sort(want)
	if err != nil || !slices.Equal(written, want) {
		t.Errorf("written: %q, %v; want %q", written, err, want)
	}
	_, l := r.mint()
	r.revoked(l)
}

func TestAPlanShowsNoPassword(t *testing.T) {
	t.Parallel()
	r := newRig(t, vaulttest.Server(t))
	for name, text := range map[string]string{"text": r.plan.Text(), "JSON": r.plan.JSON(), "Terraform": r.plan.Terraform()} {
		if strings.Contains(text, vaultPassword.Reveal()) {
			t.Errorf("the %s holds the password", name)
		}
		for _, want := range []string{"creation_statements", "dbaccess-" + r.install + "-shop-masked-read", "denied_parameters"} {
			if !strings.Contains(text, want) {
				t.Errorf("the %s does not say %q", name, want)
			}
		}
	}
	if !json.Valid([]byte(r.plan.JSON())) {
		t.Error("the JSON is none")
	}
}

func TestTheBotMayDoItsWorkAndNoMore(t *testing.T) {
	t.Parallel()
	server := vaulttest.Server(t)
	r := newRig(t, server)
	if problems, err := r.issuer.Check(t.Context()); err != nil || len(problems) != 0 {
		t.Errorf("with the planned policy: %q, %v", problems, err)
	}
	policies := func(list ...string) {
		r.root.call(http.MethodPost, "auth/"+r.config.Auth.Mount+"/role/bot", map[string]any{"token_policies": list, "token_no_default_policy": true})
		r.issuer = r.open()
	}
	has := func(part string) {
		t.Helper()
		problems, err := r.issuer.Check(t.Context())
		if err != nil || !slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, part) }) {
			t.Errorf("nothing says %q: %q, %v", part, problems, err)
		}
	}
	r.root.call(http.MethodPut, "sys/policies/acl/more-"+r.install, map[string]any{
		"policy": `path "` + r.config.Mount + `/*" { capabilities = ["create", "read", "update"] }`,
	})
	policies("dbaccess-"+r.install, "more-"+r.install)
	has("change what SQL makes a role")
	has("change the connection of shop")
	has("read credentials that hang on its own token")
	r.root.call(http.MethodPut, "sys/policies/acl/less-"+r.install, map[string]any{
		"policy": `path "sys/capabilities-self" { capabilities = ["update"] }`,
	})
	policies("less-" + r.install)
	has("may not update auth/token/create/dbaccess-" + r.install + "-shop-masked-read")
	r.config.Auth = vault.Auth{Method: "token", Secret: func() (string, error) { return server.RootToken, nil }}
	r.issuer = r.open()
	has("a root token")
	_, l := r.mint()
	r.revoked(l)
}

func TestMistakesInTheConfigAreReportedAtOnce(t *testing.T) {
	t.Parallel()
	_, err := vault.Open(vault.Config{
		Address: "vault:8200", Install: "demo1", Auth: vault.Auth{Method: "magic"},
		Targets: []vault.Target{
			{Name: "one", Profiles: []vault.Profile{{Name: "endless"}}},
			{Name: "two two"},
			{Name: "one", Profiles: []vault.Profile{{Name: "r", Role: "../../sys", Max: 1}}},
		},
	})
	if err == nil {
		t.Fatal("the config was taken")
	}
	for _, want := range []string{`"vault:8200"`, `"demo1"`, `"magic"`, "no longest window", "two two", "two of that name", `"../../sys"`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("nothing is said about %s: %v", want, err)
		}
	}
}
