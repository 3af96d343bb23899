package main

import (
	"bytes"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"dbaccess/credentials"
	"dbaccess/internal/devstack"
	"dbaccess/internal/devstack/pgtest"
	"dbaccess/internal/devstack/vaulttest"
)

// What the built-in issuer's stories tell of making and ending, told again with
// a real Vault between.

func TestTheDemosStoryWithVault(t *testing.T) {
	s := newStory(t, scene{demo: true, vault: vaulttest.Server(t)})
	var out bytes.Buffer
	p := s.asDemo(&out)
	if err := p.play(t.Context()); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	if p.tell.passed != len(p.steps()) {
		t.Errorf("%d steps passed of %d", p.tell.passed, len(p.steps()))
	}
	for _, g := range must[[]credentials.Grant](s)(s.core.grants.Grants(t.Context(), credentials.GrantFilter{})) {
		for _, l := range g.Leases {
			if l.Ref == "" || l.Handle == "" || s.log.says(l.Ref) {
				t.Errorf("lease %s: its id was not kept, or was logged", l.ID)
			}
		}
	}
}

func TestKilledDuringAClaimWithVault(t *testing.T) {
	server := vaulttest.Server(t)
	killedDuringAClaim(t, scene{noServer: true, own: pgtest.Own(t, devstack.PostgresOptions{}), vault: server})
}

func TestKilledDuringAnEndWithVault(t *testing.T) {
	server := vaulttest.Server(t)
	killedDuringAnEnd(t, scene{noServer: true, own: pgtest.Own(t, devstack.PostgresOptions{}), vault: server})
}

func TestASealedVaultKeepsNoSessionAlive(t *testing.T) {
	server := vaulttest.Own(t, devstack.VaultOptions{})
	s := newStory(t, scene{vault: server})
	dm := s.approved("4s")
	c := s.claims(dm)
	session := s.connects(c)
	if err := server.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.dies(session)
	if due := s.grant("alice").Due; time.Since(due) > 2*time.Second {
		t.Errorf("the session ended %v after the due second", time.Since(due))
	}
	s.eventually("the end is being tried", func() bool {
		g := s.grant("alice")
		return g.State == credentials.Revoking && g.Leases[0].Tries > 0 && strings.Contains(g.Leases[0].Trouble, "sealed")
	})
	if ready := s.readyz(); !strings.Contains(ready, "vault") {
		t.Errorf("/readyz says nothing of Vault: %s", ready)
	}
	if err := server.Unseal(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.eventually("the end is proven", func() bool { return s.grant("alice").State == credentials.Ended })
	s.isOver(c)
	s.verified()
}

func (s *story) readyz() string {
	s.Helper()
	answer, err := http.Get("http://" + s.address + "/readyz")
	if err != nil {
		s.Fatal(err)
	}
	defer answer.Body.Close()
	var text bytes.Buffer
	if _, err := text.ReadFrom(answer.Body); err != nil {
		s.Fatal(err)
	}
	return text.String()
}

func TestVaultPlanApplyAndStatus(t *testing.T) {
	server := vaulttest.Server(t)
	s := newStory(t, scene{vault: server})
	token := s.dir + "/root_token"
	if err := os.WriteFile(token, []byte(server.RootToken), 0o600); err != nil {
		t.Fatal(err)
	}
	vault := func(code int, says string, args ...string) {
		t.Helper()
		var out bytes.Buffer
		args = append(append([]string{"vault"}, args...), "--config", s.dir+"/config.yaml")
		if got := run(args, nil, &out, &out); got != code || !strings.Contains(out.String(), says) {
			t.Errorf("%q: exit code %d, want %d and %q in:\n%s", args, got, code, says, out.String())
		}
		if strings.Contains(out.String(), s.password(vaultRole)) || strings.Contains(out.String(), server.RootToken) {
			t.Errorf("%q shows a secret", args)
		}
	}
	install := s.core.grants.Install
	vault(0, "path \"auth/token/create/dbaccess-"+install+"-shop-masked-read\"", "plan")
	vault(0, "vault_generic_endpoint", "plan", "--format", "terraform")
	vault(2, "no format", "plan", "--format", "yaml")
	vault(0, "Vault holds what it must.", "status", "--token", "file:"+token)
	if _, err := server.Call(t.Context(), http.MethodDelete, "sys/policies/acl/dbaccess-"+install, nil); err != nil {
		t.Fatal(err)
	}
	vault(1, "sys/policies/acl/dbaccess-"+install+": missing", "status", "--token", "file:"+token)
	vault(0, "written: sys/policies/acl/dbaccess-"+install, "apply", "--token", "file:"+token)
	vault(0, "Vault holds what it must.", "status", "--token", "file:"+token)
}
