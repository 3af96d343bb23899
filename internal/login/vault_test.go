package login

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"dbaccess/internal/devstack"
	"dbaccess/internal/devstack/vaulttest"
	"dbaccess/internal/fault"
)

// signer is a person who can sign in at a real Vault's OIDC provider.
type signer struct {
	vault  *devstack.Vault
	issuer Issuer
	token  string // of the person's session at Vault
}

// newSigner sets the provider up, and alice at it.
func newSigner(t *testing.T, name string) signer {
	t.Helper()
	v := vaulttest.Server(t)
	call := func(method, path string, body map[string]any) map[string]any {
		t.Helper()
		got, err := v.Call(t.Context(), method, path, body)
		if err != nil {
			t.Fatal(err)
		}
		data, _ := got["data"].(map[string]any)
		if auth, ok := got["auth"].(map[string]any); ok {
			return auth
		}
		return data
	}
	call("POST", "sys/auth/"+name, map[string]any{"type": "approle"})
	call("POST", "sys/policies/acl/"+name, map[string]any{"policy": `path "identity/oidc/provider/` + name + `/authorize" { capabilities = ["read", "update"] }`})
	call("POST", "auth/"+name+"/role/alice", map[string]any{"token_policies": name})
	role := call("GET", "auth/"+name+"/role/alice/role-id", nil)["role_id"]
	secret := call("POST", "auth/"+name+"/role/alice/secret-id", map[string]any{})["secret_id"]

	mounts := call("GET", "sys/auth", nil)
	mount, ok := mounts[name+"/"].(map[string]any)
	if !ok {
		t.Fatalf("no such mount among %v", mounts)
	}
	entity := call("POST", "identity/entity", map[string]any{"name": name + "-alice", "metadata": map[string]any{"email": "alice@example.com"}})["id"]
	call("POST", "identity/entity-alias", map[string]any{"name": role, "canonical_id": entity, "mount_accessor": mount["accessor"]})

	call("POST", "identity/oidc/key/"+name, map[string]any{"allowed_client_ids": "*", "algorithm": "ES256"})
	call("POST", "identity/oidc/client/"+name, map[string]any{
		"client_type": "public", "redirect_uris": "http://127.0.0.1/callback", "assignments": "allow_all", "key": name, "id_token_ttl": "5m",
	})
	client := call("GET", "identity/oidc/client/"+name, nil)["client_id"]
	call("POST", "identity/oidc/scope/"+name, map[string]any{"template": `{"email": {{identity.entity.metadata.email}}, "email_verified": true}`})
	call("POST", "identity/oidc/provider/"+name, map[string]any{"allowed_client_ids": "*", "scopes_supported": name, "issuer": v.Addr})
	token := call("POST", "auth/"+name+"/login", map[string]any{"role_id": role, "secret_id": secret})["client_token"]
	return signer{
		vault: v, token: token.(string),
		issuer: Issuer{Name: "corp", URL: v.Addr + "/v1/identity/oidc/provider/" + name, ClientID: client.(string), Scopes: []string{"openid", name}},
	}
}

// signsIn is the browser, with Vault's page in it: the page asks Vault's API with
// the session's token, and sends the browser back.
func (s signer) signsIn(address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	at := s.vault.Addr + "/v1/" + strings.TrimPrefix(u.Path, "/ui/vault/") + "?" + u.RawQuery
	req, err := http.NewRequest(http.MethodGet, at, nil) //nolint:noctx // the browser's, which knows of no context
	if err != nil {
		return err
	}
	req.Header.Set("X-Vault-Token", s.token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	var answer struct{ Code, State string }
	if err := errors.Join(err, json.Unmarshal(body, &answer)); err != nil || answer.Code == "" {
		return fmt.Errorf("authorize: %s: %s (%w)", res.Status, body, err)
	}
	back, err := http.Get(u.Query().Get("redirect_uri") + "?" + url.Values{"code": {answer.Code}, "state": {answer.State}}.Encode()) //nolint:noctx // as above
	if err != nil {
		return err
	}
	return back.Body.Close()
}

func TestAPersonSignsInAtARealVault(t *testing.T) {
	t.Parallel()
	s := newSigner(t, "login-browser")
	browsed := make(chan error, 1)
	f := Flow{Issuer: s.issuer, Out: new(bytes.Buffer), Open: func(address string) { go func() { browsed <- s.signsIn(address) }() }}
	token, err := f.Browser(t.Context())
	if err := <-browsed; err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	got := payload(t, token.Reveal())
	if got["email"] != "alice@example.com" || got["email_verified"] != true || got["aud"] != s.issuer.ClientID || got["iss"] != s.issuer.URL {
		t.Errorf("got %v", got)
	}
}

func TestARealVaultHasNoDevices(t *testing.T) {
	t.Parallel()
	s := newSigner(t, "login-device")
	if _, err := (Flow{Issuer: s.issuer, Out: new(bytes.Buffer)}).Device(t.Context()); fault.KindOf(err) != fault.Invalid {
		t.Errorf("got %v", err)
	}
}
