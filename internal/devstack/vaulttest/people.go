package vaulttest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"dbaccess/internal/devstack"
)

// Person is somebody who can sign in at a Vault's OIDC provider, as people do at
// their company's.
type Person struct {
	Issuer   string // the provider's URL
	ClientID string // of a public client, which comes back to 127.0.0.1/callback at any port
	Scope    string // beside openid: the token then has email and email_verified

	vault *devstack.Vault
	token string // of the person's session at Vault
}

// NewPerson sets up a provider of that name, which no other test of the process
// may use, and a person with that e-mail address at it.
func NewPerson(t testing.TB, v *devstack.Vault, name, email string) Person {
	t.Helper()
	call := func(method, path string, body map[string]any) map[string]any {
		t.Helper()
		got, err := v.Call(t.Context(), method, path, body)
		if err != nil {
			t.Fatal(err)
		}
		if auth, ok := got["auth"].(map[string]any); ok {
			return auth
		}
		data, _ := got["data"].(map[string]any)
		return data
	}
	text := func(of map[string]any, key string) string {
		t.Helper()
		s, ok := of[key].(string)
		if !ok {
			t.Fatalf("Vault's answer has no %s", key)
		}
		return s
	}
	call("POST", "sys/auth/"+name, map[string]any{"type": "approle"})
	call("POST", "sys/policies/acl/"+name, map[string]any{"policy": `path "identity/oidc/provider/` + name + `/authorize" { capabilities = ["read", "update"] }`})
	call("POST", "auth/"+name+"/role/person", map[string]any{"token_policies": name})
	role := text(call("GET", "auth/"+name+"/role/person/role-id", nil), "role_id")
	secret := text(call("POST", "auth/"+name+"/role/person/secret-id", map[string]any{}), "secret_id")

	mount, _ := call("GET", "sys/auth", nil)[name+"/"].(map[string]any)
	entity := text(call("POST", "identity/entity", map[string]any{"name": name, "metadata": map[string]any{"email": email}}), "id")
	call("POST", "identity/entity-alias", map[string]any{"name": role, "canonical_id": entity, "mount_accessor": text(mount, "accessor")})

	call("POST", "identity/oidc/key/"+name, map[string]any{"allowed_client_ids": "*", "algorithm": "ES256"})
	call("POST", "identity/oidc/client/"+name, map[string]any{
		"client_type": "public", "redirect_uris": "http://127.0.0.1/callback", "assignments": "allow_all", "key": name, "id_token_ttl": "5m",
	})
	call("POST", "identity/oidc/scope/"+name, map[string]any{"template": `{"email": {{identity.entity.metadata.email}}, "email_verified": true}`})
	call("POST", "identity/oidc/provider/"+name, map[string]any{"allowed_client_ids": "*", "scopes_supported": name, "issuer": v.Addr})
	return Person{
		Issuer: v.Addr + "/v1/identity/oidc/provider/" + name, ClientID: text(call("GET", "identity/oidc/client/"+name, nil), "client_id"), Scope: name,
		vault: v, token: text(call("POST", "auth/"+name+"/login", map[string]any{"role_id": role, "secret_id": secret}), "client_token"),
	}
}

// SignsIn is the person's browser, with Vault's page in it: the page asks Vault's
// API in the person's session, and sends the browser back to where it came from.
func (p Person) SignsIn(address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	at := p.vault.Addr + "/v1/" + strings.TrimPrefix(u.Path, "/ui/vault/") + "?" + u.RawQuery
	req, err := http.NewRequest(http.MethodGet, at, nil) //nolint:noctx // a browser's
	if err != nil {
		return err
	}
	req.Header.Set("X-Vault-Token", p.token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	var answer struct{ Code, State string }
	if err := errors.Join(err, json.Unmarshal(body, &answer)); err != nil || answer.Code == "" {
		return fmt.Errorf("authorize: %s: %s (%w)", res.Status, body, err)
	}
	back, err := http.Get(u.Query().Get("redirect_uri") + "?" + url.Values{"code": {answer.Code}, "state": {answer.State}}.Encode()) //nolint:noctx // a browser's
	if err != nil {
		return err
	}
	return back.Body.Close()
}
