package vault_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"dbaccess/credentials"
	"dbaccess/credentials/issuertest"
	"dbaccess/credentials/storetest"
	"dbaccess/credentials/vault"
	"dbaccess/internal/devstack/vaulttest"
)

func TestWhateverStopsAtAnyStepIsFinishedByTheNextSweep(t *testing.T) {
	t.Parallel()
	server := vaulttest.Server(t)
	issuertest.RunSteps(t, func(t *testing.T) issuertest.Bench {
		r := newRig(t, server)
		ahead := func(d time.Duration) *vault.Vault {
			c := r.config
			c.Now = func() time.Time { return time.Now().Add(d) }
			v, err := vault.Open(c)
			if err != nil {
				t.Fatalf("Open: %v", err)
			}
			return v
		}
		k := keepsake{r: r, foreign: map[string]bool{}}
		return issuertest.Bench{
			Target:   r.target(),
			NewStore: func() issuertest.Store { return storetest.NewMemory() },
			Later:    func(d time.Duration) credentials.Issuer { return ahead(d) },
			Tidy:     func(ctx context.Context, d time.Duration) error { return ahead(d).Tidy(ctx) },
			Left:     k.check,
		}
	})
}

// keepsake is what Vault keeps of a rig's leases and tokens.
type keepsake struct {
	r       *rig
	foreign map[string]bool // accessors of others' tokens, which need no second look
}

// check waits until Vault has the leases of those who hold one and no others: it
// ends what hangs on a token a little after the token. Then it looks at the tokens.
func (k keepsake) check(t *testing.T, leases []credentials.Lease) {
	t.Helper()
	var want []string
	for _, l := range leases {
		if l.State == credentials.Live {
			want = append(want, l.Ref[strings.LastIndex(l.Ref, "/")+1:])
		}
	}
	slices.Sort(want)
	folder := "sys/leases/lookup/" + k.r.config.Mount + "/creds/dbaccess-" + k.r.install + "-shop-"
	waitFor(t, "Vault to have the leases of those who hold one, and no others", func() bool {
		have := k.r.root.list(folder + "masked-read")
		slices.Sort(have)
		return slices.Equal(have, want) && len(k.r.root.list(folder+"-end")) == 0
	})
	for _, accessor := range k.r.root.list("auth/token/accessors") {
		if !k.foreign[accessor] {
			k.token(t, accessor, leases)
		}
	}
}

// token checks that a token is a living lease's. One whose accessor was never
// stored, because the answer or the store was lost, ends with its window: nobody
// has it, and (as the list of leases shows) it has made nothing.
func (k keepsake) token(t *testing.T, accessor string, leases []credentials.Lease) {
	t.Helper()
	raw, code := k.r.root.do(http.MethodPost, "auth/token/lookup-accessor", fmt.Appendf(nil, `{"accessor":%q}`, accessor))
	var token struct {
		Data struct {
			Path string
			Meta struct{ Lease credentials.LeaseID }
		}
	}
	if code/100 != 2 || json.Unmarshal(raw, &token) != nil {
		return // it has just ended
	}
	if !strings.HasPrefix(token.Data.Path, "auth/token/create/dbaccess-"+k.r.install+"-") {
		k.foreign[accessor] = true
		return
	}
	i := slices.IndexFunc(leases, func(l credentials.Lease) bool { return l.ID == token.Data.Meta.Lease })
	switch {
	case i < 0:
		t.Errorf("a token is of a lease that was never intended: %s", raw)
	case leases[i].Handle == "": // made, and nobody heard of it
		k.foreign[accessor] = true
	case leases[i].State != credentials.Live || leases[i].Handle != accessor:
		t.Errorf("lease %s is %s, and has a token (its own: %v): %s", leases[i].ID, leases[i].State, leases[i].Handle == accessor, raw)
	}
}
