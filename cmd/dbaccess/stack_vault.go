package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"dbaccess/credentials/vault"
)

// The stack's Vault is a real server, set up as an administrator would set up
// theirs: `dbaccess vault apply`, and an AppRole with the bot's policy.

// vaultMount is where the stack's AppRoles are.
const vaultMount = "approle"

// setUpVault makes Vault hold what the config needs, and the secret with which
// the server logs in. The config names the role id.
func (s *stack) setUpVault(ctx context.Context) error {
	preparing.Lock() // the mounts belong to all stacks of this Vault
	defer preparing.Unlock()
	install, err := installation(ctx, s.settings)
	if err != nil {
		return err
	}
	c := vaultConfig(s.config, install)
	plan, err := vault.NewPlan(c, vault.Admin{Role: vaultRole, Password: func(string) (string, error) { return s.password(vaultRole), nil }})
	if err != nil {
		return fmt.Errorf("plan what Vault must hold: %w", err)
	}
	admin, err := vault.NewAdministrator(c, s.vault.RootToken)
	if err != nil {
		return err
	}
	if _, err := admin.Apply(ctx, plan); err != nil {
		return fmt.Errorf("set up Vault: %w", err)
	}
	secret, err := s.makeAppRole(ctx, install, plan.Bot)
	if err != nil {
		return fmt.Errorf("make the server's log-in to Vault: %w", err)
	}
	return os.WriteFile(filepath.Join(s.dir, "vault_secret_id"), []byte(secret+"\n"), 0o600)
}

// makeAppRole gives the server a log-in with the one policy.
func (s *stack) makeAppRole(ctx context.Context, install, policy string) (secret string, err error) {
	mounts, err := s.vault.Call(ctx, http.MethodGet, "sys/auth", nil)
	if err != nil {
		return "", err
	}
	if _, there := mounts[vaultMount+"/"]; !there {
		if _, err := s.vault.Call(ctx, http.MethodPost, "sys/auth/"+vaultMount, map[string]any{"type": "approle"}); err != nil {
			return "", err
		}
	}
	role := "auth/" + vaultMount + "/role/dbaccess-" + install
	if _, err := s.vault.Call(ctx, http.MethodPost, role, map[string]any{
		"token_policies": []string{policy}, "token_no_default_policy": true, "token_ttl": "20m", "token_max_ttl": "4h",
	}); err != nil {
		return "", err
	}
	if _, err := s.vault.Call(ctx, http.MethodPost, role+"/role-id", map[string]any{"role_id": s.vaultRoleID()}); err != nil {
		return "", err
	}
	made, err := s.vault.Call(ctx, http.MethodPost, role+"/secret-id", nil)
	if err != nil {
		return "", err
	}
	data, _ := made["data"].(map[string]any)
	secret, _ = data["secret_id"].(string)
	if secret == "" {
		return "", fmt.Errorf("vault gave no secret id")
	}
	return secret, nil
}

// vaultRoleID is unique to the stack: its address is.
func (s *stack) vaultRoleID() string { return "dbaccess-at-" + s.address }
