package devstack

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"
)

// withoutVault is why the tests of Vault are left out, if they are: by whoever
// runs them, never by chance.
func withoutVault(t *testing.T) {
	t.Helper()
	if os.Getenv("VAULT") == "no" {
		t.Skip("VAULT=no leaves out what needs a Vault server")
	}
}

func startVault(t *testing.T, o VaultOptions) *Vault {
	t.Helper()
	withoutVault(t)
	o.Progress = func(line string) { _, _ = os.Stderr.WriteString(line + "\n") }
	v, err := StartVault(context.Background(), o) // it may have to be built
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := v.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return v
}

func put(t *testing.T, v *Vault, path string, body map[string]any) {
	t.Helper()
	if _, err := v.call(t.Context(), http.MethodPut, path, body); err != nil {
		t.Fatal(err)
	}
}

func TestAVaultStartsUnsealedAndCanBeSealed(t *testing.T) {
	t.Parallel()
	v := startVault(t, VaultOptions{})
	put(t, v, "sys/mounts/database", map[string]any{"type": "database"})
	for _, kind := range []string{"approle", "jwt", "kubernetes"} {
		if v.Own {
			put(t, v, "sys/auth/"+kind, map[string]any{"type": kind})
		}
	}
	if err := v.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := v.call(t.Context(), http.MethodGet, "sys/mounts", nil); err == nil || !strings.Contains(err.Error(), "503") {
		t.Errorf("a sealed Vault answers: %v", err)
	}
	if err := v.Unseal(t.Context()); err != nil {
		t.Fatal(err)
	}
	if text, err := v.call(t.Context(), http.MethodGet, "sys/mounts", nil); err != nil || !strings.Contains(string(text), `"database/"`) {
		t.Errorf("after unsealing: %s, %v", text, err)
	}
}

func TestADurableVaultComesBackWithWhatItHeld(t *testing.T) {
	t.Parallel()
	v := startVault(t, VaultOptions{Durable: true})
	put(t, v, "sys/policies/acl/mine", map[string]any{"policy": `path "x" { capabilities = ["read"] }`})
	if err := v.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := v.call(t.Context(), http.MethodGet, "sys/health", nil); err == nil {
		t.Error("a killed Vault answers")
	}
	if err := v.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if text, err := v.call(t.Context(), http.MethodGet, "sys/policies/acl/mine", nil); err != nil || !strings.Contains(string(text), "capabilities") {
		t.Errorf("after the restart: %s, %v", text, err)
	}
}
