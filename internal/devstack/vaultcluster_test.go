package devstack

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"
)

func TestAClusterGoesOnWithoutItsLeader(t *testing.T) {
	t.Parallel()
	withoutVault(t)
	ctx := context.Background() // it may have to be built
	c, err := StartVaultCluster(ctx, 3, VaultOptions{Progress: func(line string) { _, _ = os.Stderr.WriteString(line + "\n") }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	client := &Vault{Addr: c.Addr, RootToken: c.RootToken}
	was, err := c.Leader(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	put(t, client, "sys/policies/acl/mine", map[string]any{"policy": `path "x" { capabilities = ["read"] }`})
	if err := c.Kill(was); err != nil {
		t.Fatal(err)
	}
	is, err := c.Leader(t.Context())
	if err != nil || is == was {
		t.Fatalf("the leader is %d after %d was killed: %v", is, was, err)
	}
	if text, err := client.call(t.Context(), http.MethodGet, "sys/policies/acl/mine", nil); err != nil || !strings.Contains(string(text), "capabilities") {
		t.Errorf("the new leader does not know what the old one said: %s, %v", text, err)
	}
	if err := c.Restart(t.Context(), was); err != nil {
		t.Fatal(err)
	}
	if err := c.Kill(is); err != nil { // the one that came back has to vote
		t.Fatal(err)
	}
	if next, err := c.Leader(t.Context()); err != nil || next == is {
		t.Fatalf("the leader is %d after %d was killed: %v", next, is, err)
	}
}
