package vault_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dbaccess/credentials/vault"
	"dbaccess/internal/devstack/vaulttest"
)

// signer signs JWTs as a platform does for its workloads.
type signer struct{ key *ecdsa.PrivateKey }

func newSigner(t *testing.T) signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return signer{key}
}

func (s signer) public(t *testing.T) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(&s.key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func (s signer) sign(t *testing.T, claims map[string]any) string {
	t.Helper()
	part := func(v any) string {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(text)
	}
	text := part(map[string]any{"alg": "ES256", "typ": "JWT"}) + "." + part(claims)
	sum := sha256.Sum256([]byte(text))
	r, w, err := ecdsa.Sign(rand.Reader, s.key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	signature := append(r.FillBytes(make([]byte, 32)), w.FillBytes(make([]byte, 32))...)
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func TestLogInByJWT(t *testing.T) {
	t.Parallel()
	r := newRig(t, vaulttest.Server(t))
	keys := newSigner(t)
	mount := "jwt-" + r.install
	r.root.call(http.MethodPost, "sys/auth/"+mount, map[string]any{"type": "jwt"})
	r.root.call(http.MethodPost, "auth/"+mount+"/config", map[string]any{"jwt_validation_pubkeys": []string{keys.public(t)}})
	r.root.call(http.MethodPost, "auth/"+mount+"/role/bot", map[string]any{
		"role_type": "jwt", "user_claim": "sub", "bound_audiences": []string{"vault"},
		"token_policies": []string{"dbaccess-" + r.install}, "token_no_default_policy": true,
	})
	file := filepath.Join(t.TempDir(), "jwt")
	write := func(audience string) {
		t.Helper()
		jwt := keys.sign(t, map[string]any{"sub": "dbaccess", "aud": audience, "exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix()})
		if err := os.WriteFile(file, []byte(jwt), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r.config.Auth = vault.Auth{Method: "jwt", Mount: mount, Role: "bot", Secret: func() (string, error) {
		text, err := os.ReadFile(file)
		return string(text), err
	}}
	r.issuer = r.open()
	write("somebody else")
	_, err := r.issuer.Prepare(t.Context(), r.order())
	if err == nil {
		t.Error("a JWT for somebody else was taken")
	}
	write("vault") // the platform has rotated it
	_, l := r.mint()
	r.revoked(l)
}

func TestLogInByKubernetes(t *testing.T) {
	t.Parallel()
	server := vaulttest.Server(t)
	if !server.Own {
		t.Skip("a Vault from PATH may be built without Kubernetes")
	}
	r := newRig(t, server)
	keys := newSigner(t)
	jwt := keys.sign(t, map[string]any{
		"iss": "kubernetes/serviceaccount", "sub": "system:serviceaccount:data:dbaccess", "aud": []string{"vault"},
		"exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix(),
		"kubernetes.io": map[string]any{"namespace": "data", "serviceaccount": map[string]any{"name": "dbaccess", "uid": "u-1"}},
	})
	cluster := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		var review struct {
			Spec struct {
				Token string `json:"token"`
			} `json:"spec"`
		}
		if err := json.NewDecoder(req.Body).Decode(&review); err != nil || !strings.HasSuffix(req.URL.Path, "/tokenreviews") {
			http.Error(w, "not a token review", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{
			"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview",
			"status": map[string]any{"authenticated": review.Spec.Token == jwt, "audiences": []string{"vault"}, "user": map[string]any{
				"username": "system:serviceaccount:data:dbaccess", "uid": "u-1", "groups": []string{"system:serviceaccounts"},
			}},
		})
	}))
	t.Cleanup(cluster.Close)
	mount := "kubernetes-" + r.install
	r.root.call(http.MethodPost, "sys/auth/"+mount, map[string]any{"type": "kubernetes"})
	r.root.call(http.MethodPost, "auth/"+mount+"/config", map[string]any{
		"kubernetes_host": cluster.URL, "token_reviewer_jwt": jwt, "disable_local_ca_jwt": true,
	})
	r.root.call(http.MethodPost, "auth/"+mount+"/role/bot", map[string]any{
		"bound_service_account_names": []string{"dbaccess"}, "bound_service_account_namespaces": []string{"data"}, "audience": "vault",
		"token_policies": []string{"dbaccess-" + r.install}, "token_no_default_policy": true,
	})
	r.config.Auth = vault.Auth{Method: "kubernetes", Mount: mount, Role: "bot", Secret: func() (string, error) { return jwt, nil }}
	r.issuer = r.open()
	_, l := r.mint()
	r.revoked(l)
}

func TestATokenThatIsGivenIsUsedUntilItEnds(t *testing.T) {
	t.Parallel()
	r := newRig(t, vaulttest.Server(t))
	token := func() string {
		made := r.root.call(http.MethodPost, "auth/token/create-orphan", map[string]any{"policies": []string{"dbaccess-" + r.install}, "no_default_policy": true, "ttl": "1h"})
		return made["auth"].(map[string]any)["client_token"].(string)
	}
	current := token()
	r.config.Auth = vault.Auth{Method: "token", Secret: func() (string, error) { return current, nil }}
	r.issuer = r.open()
	_, l := r.mint()
	r.root.call(http.MethodPost, "auth/token/revoke", map[string]any{"token": current})
	_, err := r.issuer.Prepare(t.Context(), r.order())
	unavailable(t, err, "refused", current)
	current = token() // whoever gave it has rotated it
	r.revoked(l)
}

func TestTheNamespaceGoesWithEveryCall(t *testing.T) {
	t.Parallel()
	server := vaulttest.Server(t)
	p := newProxy(t, server.Addr)
	r := newRig(t, server)
	r.config.Address, r.config.Namespace = p.url, "teams/data"
	r.issuer = r.open()
	_, _ = r.issuer.Prepare(t.Context(), r.order()) // the community's Vault has none
	calls := p.calls("/v1/")
	if len(calls) == 0 {
		t.Fatal("nothing was called")
	}
	for _, call := range calls {
		if ns := call.Header.Get("X-Vault-Namespace"); ns != "teams/data" {
			t.Errorf("%s went to the namespace %q", call.URL.Path, ns)
		}
	}
}
