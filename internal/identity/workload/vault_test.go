package workload_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	"dbaccess/internal/devstack"
	"dbaccess/internal/devstack/vaulttest"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity/workload"
)

func TestMain(m *testing.M) {
	code := m.Run()
	os.Exit(max(code, vaulttest.Stop()))
}

// runner is something that has an identity in a real Vault: an AppRole with a token
// that can ask for identity tokens.
type runner struct {
	*testing.T
	vault *devstack.Vault
	name  string
	token string
}

func (r runner) put(path string, body map[string]any) map[string]any {
	r.Helper()
	got, err := r.vault.Call(r.Context(), http.MethodPost, path, body)
	if err != nil {
		r.Fatal(err)
	}
	return got
}

// newRunner sets Vault up for one test, under a name of its own: an auth method, a
// key that signs by that algorithm, and a role whose tokens are for us.
func newRunner(t *testing.T, name, algorithm string) runner {
	t.Helper()
	r := runner{T: t, vault: vaulttest.Server(t), name: name}
	r.put("sys/auth/"+name, map[string]any{"type": "approle"})
	r.put("sys/policies/acl/"+name, map[string]any{"policy": fmt.Sprintf(`path "identity/oidc/token/%s" { capabilities = ["read"] }`, name)})
	r.put("auth/"+name+"/role/batch", map[string]any{"token_policies": name})
	r.put("identity/oidc/key/"+name, map[string]any{"algorithm": algorithm, "rotation_period": "24h", "verification_ttl": "24h", "allowed_client_ids": "*"})
	r.put("identity/oidc/role/"+name, map[string]any{
		"key": name, "client_id": us, "ttl": "5m",
		"template": `{"mount": "` + name + `"}`,
	})
	role, err := r.vault.Call(t.Context(), http.MethodGet, "auth/"+name+"/role/batch/role-id", nil)
	if err != nil {
		t.Fatal(err)
	}
	secret := r.put("auth/"+name+"/role/batch/secret-id", map[string]any{})
	login := r.put("auth/"+name+"/login", map[string]any{
		"role_id": role["data"].(map[string]any)["role_id"], "secret_id": secret["data"].(map[string]any)["secret_id"],
	})
	r.token = login["auth"].(map[string]any)["client_token"].(string)
	return r
}

// identityToken asks Vault who the runner is.
func (r runner) identityToken() string {
	r.Helper()
	req, err := http.NewRequestWithContext(r.Context(), http.MethodGet, r.vault.Addr+"/v1/identity/oidc/token/"+r.name, nil)
	if err != nil {
		r.Fatal(err)
	}
	req.Header.Set("X-Vault-Token", r.token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		r.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var answer struct {
		Data struct {
			Token string `json:"token"`
		} `json:"data"`
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || answer.Data.Token == "" {
		r.Fatalf("no token: %s, %v", res.Status, err)
	}
	return answer.Data.Token
}

func (r runner) verifier(now func() time.Time) *workload.Verifier {
	r.Helper()
	v, err := workload.New(workload.Config{
		Issuers:   []workload.Issuer{{Name: "vault", Type: "oidc", URL: r.vault.Addr + "/v1/identity/oidc", Keep: []string{"mount", "namespace"}}},
		Services:  []workload.Service{{Name: "nightly", Tokens: []workload.Rule{{Issuer: "vault", When: `claims.mount == "` + r.name + `" && claims.namespace == "root"`}}}},
		Directory: everybody(r), Audience: us, Now: now,
	})
	if err != nil {
		r.Fatal(err)
	}
	return v
}

func TestARealVaultsIdentityTokensAreAServices(t *testing.T) {
	t.Parallel()
	for _, algorithm := range []string{"RS256", "ES384", "EdDSA"} {
		t.Run(algorithm, func(t *testing.T) {
			t.Parallel()
			r := newRunner(t, "wl-"+algorithm, algorithm)
			v := r.verifier(nil)
			got, err := v.Verify(t.Context(), r.identityToken())
			if err != nil {
				t.Fatal(err)
			}
			if got.Principal.ID() != "service:nightly" || got.Issuer != "vault" || got.Subject == "" || got.Expires.Sub(got.IssuedAt) != 5*time.Minute {
				t.Errorf("got %+v", got)
			}
			if got := v.Check(t.Context()); len(got) != 1 || got[0].Err != nil {
				t.Errorf("its health is %+v", got)
			}
		})
	}
}

func TestARealVaultMayTurnItsKeys(t *testing.T) {
	t.Parallel()
	r := newRunner(t, "wl-rotating", "ES256")
	var clock clock
	clock.at = time.Now()
	v := r.verifier(clock.now)
	old := r.identityToken()
	if _, err := v.Verify(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	turn := func() string {
		r.put("identity/oidc/key/wl-rotating/rotate", map[string]any{})
		return r.identityToken()
	}
	// Vault publishes the next key before it signs by it.
	if _, err := v.Verify(t.Context(), turn()); err != nil {
		t.Errorf("a token by the next key: %v", err)
	}
	next := turn()
	_, err := v.Verify(t.Context(), next)
	refused(t, err, fault.Denied, next, "try again in 10s")
	clock.advance(10 * time.Second)
	if _, err := v.Verify(t.Context(), next); err != nil {
		t.Errorf("a token by the new key: %v", err)
	}
}

func TestARealVaultThatIsSealedLetsNobodyIn(t *testing.T) {
	t.Parallel()
	own := vaulttest.Own(t, devstack.VaultOptions{})
	v, err := workload.New(workload.Config{
		Issuers:   []workload.Issuer{{Name: "vault", URL: own.Addr + "/v1/identity/oidc", Audience: us}},
		Services:  []workload.Service{{Name: "nightly", Tokens: []workload.Rule{{Issuer: "vault", When: `claims.sub != ""`}}}},
		Directory: everybody(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := own.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	token := newKey("k1").sign(claims{"iss": own.Addr + "/v1/identity/oidc", "aud": us, "sub": "x", "iat": now.Unix(), "exp": now.Add(time.Minute).Unix()})
	_, err = v.Verify(t.Context(), token)
	refused(t, err, fault.Unavailable, token, "The keys of vault cannot be had")
}
