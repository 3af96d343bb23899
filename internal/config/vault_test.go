package config_test

import (
	"strings"
	"testing"

	"dbaccess/internal/config"
)

// withVault is the example with its part about Vault in force.
func withVault(t *testing.T) string {
	t.Helper()
	var lines []string
	for line := range strings.Lines(example(t)) {
		switch {
		case strings.HasPrefix(line, "# vault:"), strings.HasPrefix(line, "#   "):
			line = strings.TrimPrefix(line, "# ")
		case strings.HasPrefix(line, "    issuer_url:"):
			continue
		case strings.HasPrefix(line, "    issuer: postgres"):
			line = "    issuer: vault\n"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "")
}

func TestTheExamplesPartAboutVaultIsRight(t *testing.T) {
	t.Parallel()
	c, ps := config.Parse(strings.NewReader(withVault(t)))
	if len(ps) > 0 {
		t.Fatal(ps.Err())
	}
	if !c.UsesVault() || c.Vault.Mount != "database" || c.Vault.Auth.Mount != "approle" || c.Vault.Auth.Secret == "" {
		t.Errorf("vault is %+v", c.Vault)
	}
}

func TestWhatVaultLacksIsReportedWithItsPath(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, old, new, want string }{
		{"no address", "  address: https://vault.internal:8200\n", "", "vault.address: is missing"},
		{"http", "https://vault.internal", "http://vault.internal", "vault.address: must be https"},
		{"unknown method", "method: approle", "method: magic", "vault.auth.method:"},
		{"secret in clear", "secret: file:/etc/dbaccess/secret-id", "secret: 5a1c-secret", "vault.auth.secret: must be"},
		{"unknown key", "namespace: teams", "namespaze: teams", "vault.namespaze: unknown key"},
		{"both issuers", "    issuer: vault\n", "    issuer: vault\n    issuer_url: env:X\n", "databases[0].issuer_url: is for the issuer postgres"},
		{"no such issuer", "    issuer: vault\n", "    issuer: hashicorp\n", "databases[0].issuer:"},
		{"longer than Vault gives", "max: 8h", "max: 800h", "databases[0].profiles[0].max: Vault"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			text := withVault(t)
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

func TestKubernetesNeedsNoPathToItsToken(t *testing.T) {
	t.Parallel()
	text := strings.NewReplacer("method: approle                   # approle,", "method: kubernetes # approle,", "    mount: approle ", "    # ").Replace(withVault(t))
	var lines []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "    secret: file:") {
			lines = append(lines, line)
		}
	}
	c, ps := config.Parse(strings.NewReader(strings.Join(lines, "")))
	if len(ps) > 0 || c.Vault.Auth.JWTPath == "" || c.Vault.Auth.Mount != "kubernetes" {
		t.Errorf("%v, %+v", ps, c.Vault.Auth)
	}
}
