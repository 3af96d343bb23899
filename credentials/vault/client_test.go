package vault

import (
	"strings"
	"testing"
)

func TestIDsAndTokensAreTakenOutOfTexts(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`failed to revoke "database/creds/dbaccess-abcdef-shop-read/0hUp3yhyGVHBLUO9CmkoWzGl" (1 / 1)`,
		"in a namespace: my/mount/creds/x/0hUp3yhyGVHBLUO9CmkoWzGl.nsid12",
		"token hvs.CAESIJ0hUp3yhyGVHBLUO9CmkoWzGl is not valid",
		"token s.0hUp3yhyGVHBLUO9CmkoWzGl is not valid",
	} {
		if out := scrub(text); strings.Contains(out, "0hUp3yhyGVHBLUO9CmkoWzGl") {
			t.Errorf("%q became %q", text, out)
		}
	}
	if out := scrub("role dba-abcdef-shop: the database is away"); out != "role dba-abcdef-shop: the database is away" {
		t.Errorf("too much was taken out: %q", out)
	}
}

func TestStatementsAreSplitByVaultAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	c := Config{Install: "abcdef", Mount: "database"}
	p := Profile{Name: "read", Groups: []string{`o"dd; group`}, SearchPath: []string{"a"}, ReadOnly: true, ConnectionLimit: 5}
	for _, stmts := range [][]string{c.creation(Target{Name: "shop", Database: "shop"}, p), renewal(), revocation()} {
		for _, s := range stmts {
			if outside := strings.Contains(s, ";"); outside && !strings.Contains(s, "END") {
				t.Errorf("Vault would split %q", s)
			}
		}
	}
}
