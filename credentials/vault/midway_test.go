package vault_test

import (
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"dbaccess/credentials"
	"dbaccess/internal/devstack"
	"dbaccess/internal/devstack/vaulttest"
)

// What happens to Vault, or to the bot, in the middle of a claim.

func TestAVaultThatIsSealedInTheMiddleOfAClaim(t *testing.T) {
	t.Parallel()
	server := vaulttest.Own(t, devstack.VaultOptions{})
	p := newProxy(t, server.Addr)
	r := newRig(t, server, through(p))
	before, l1 := r.prepare()
	during, l2 := r.prepare()
	p.on("/creds/", func(_ http.ResponseWriter, forward func() *http.Response) {
		_ = forward().Body.Close() // it is made, and then
		if err := server.Seal(t.Context()); err != nil {
			t.Error(err)
		}
		panic(http.ErrAbortHandler)
	})
	_, err := during.Mint(t.Context())
	unavailable(t, err, "cannot be reached", l2.Handle)
	p.on("/creds/", nil)
	_, err = before.Mint(t.Context())
	unavailable(t, err, "sealed", l1.Handle)
	unavailable(t, r.issuer.Revoke(t.Context(), l2), "sealed", l2.Handle)
	if !r.exists(l2.Role) || r.exists(l1.Role) {
		t.Error("the role that was made is not there, or one that was not is")
	}
	if err := server.Unseal(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.revoked(l1)
	r.revoked(l2)
	waitFor(t, "Vault to have no lease", func() bool { return r.leases() == 0 })
}

func TestARateLimitIsSaidAndLeavesNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t, vaulttest.Server(t))
	limit := func(path string) {
		r.root.call(http.MethodPost, "sys/quotas/rate-limit/"+r.install, map[string]any{"path": path, "rate": 1, "interval": "1h"})
	}
	limit(r.config.Mount + "/creds/dbaccess-" + r.install + "-shop-masked-read")
	c, first := r.mint() // the one of this hour
	second, l := r.prepare()
	_, err := second.Mint(t.Context())
	unavailable(t, err, "busy", l.Handle)
	r.revoked(l)
	if _, err := r.login(c); err != nil {
		t.Errorf("the one who was in time cannot log in: %v", err)
	}
	limit("auth/token/create/dbaccess-" + r.install + "-shop-masked-read")
	if _, err = r.issuer.Prepare(t.Context(), r.order()); err == nil {
		_, err = r.issuer.Prepare(t.Context(), r.order())
	}
	unavailable(t, err, "busy")
	r.root.call(http.MethodDelete, "sys/quotas/rate-limit/"+r.install, nil)
	r.revoked(first)
}

func TestTheBotsTokenEndsInTheMiddleOfAClaim(t *testing.T) {
	t.Parallel()
	r := newRig(t, vaulttest.Server(t))
	prepared, l := r.prepare()
	r.root.call(http.MethodPut, "sys/leases/revoke-prefix/auth/"+r.config.Auth.Mount+"/login", map[string]any{"sync": true})
	c, err := prepared.Mint(t.Context()) // the lease's token is an orphan, and the bot logs in again
	if err != nil {
		t.Fatalf("Mint: %v", err)
	}
	if _, err := r.login(c); err != nil {
		t.Errorf("the holder cannot log in: %v", err)
	}
	l.Ref = c.Ref
	other, lost := r.prepare()
	role := "auth/" + r.config.Auth.Mount + "/role/bot"
	policies := map[string]any{"token_policies": []string{"dbaccess-" + r.install}}
	r.root.call(http.MethodPost, role, map[string]any{"token_policies": []string{"nothing"}})
	r.root.call(http.MethodPut, "sys/leases/revoke-prefix/auth/"+r.config.Auth.Mount+"/login", map[string]any{"sync": true})
	_, err = other.Mint(t.Context()) // it cannot open the role
	unavailable(t, err, "refused", lost.Handle)
	unavailable(t, r.issuer.Revoke(t.Context(), l), "refused", l.Ref, l.Handle)
	if _, until, _, err := r.targets.Role(t.Context(), "shop", lost.Role); err != nil || !until.Equal(time.Unix(0, 0)) {
		t.Errorf("the role that was not opened is valid until %v, %v", until, err)
	}
	r.root.call(http.MethodPost, role, policies)
	r.revoked(l)
	r.revoked(lost)
}

func TestHalfAnAnswerIsNone(t *testing.T) {
	t.Parallel()
	server := vaulttest.Server(t)
	p := newProxy(t, server.Addr)
	r := newRig(t, server, through(p))
	half := func(w http.ResponseWriter, forward func() *http.Response) {
		answer := forward()
		defer func() { _ = answer.Body.Close() }()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Error(err)
		}
		w.WriteHeader(answer.StatusCode)
		_, _ = w.Write(text[:len(text)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	prepared, l := r.prepare()
	p.on("/creds/", half)
	_, err := prepared.Mint(t.Context())
	unavailable(t, err, "cannot be reached", l.Handle)
	p.on("auth/token/create/", half)
	_, err = r.issuer.Prepare(t.Context(), r.order())
	unavailable(t, err, "cannot be reached")
	p.on("/creds/", nil)
	p.on("auth/token/create/", nil)
	r.revoked(l)
}

// Vault dies between the steps of a revocation: the role is disabled, as one is
// that cannot be dropped; but this one can.
func TestARevocationThatWasCutShortIsNotOver(t *testing.T) {
	t.Parallel()
	server := vaulttest.Server(t)
	p := newProxy(t, server.Addr)
	r := newRig(t, server, through(p))
	_, l := r.mint()
	r.sql(`REVOKE ` + group + ` FROM "` + l.Role + `"`)
	r.sql(`ALTER ROLE "` + l.Role + `" NOLOGIN CONNECTION LIMIT 0 PASSWORD NULL VALID UNTIL '-infinity'`)
	p.on("sys/leases/revoke/", func(http.ResponseWriter, func() *http.Response) { panic(http.ErrAbortHandler) })
	err := r.issuer.Revoke(t.Context(), l)
	unavailable(t, err, "cannot be reached", l.Ref, l.Handle)
	if errors.Is(err, credentials.ErrDisabled) {
		t.Error("a role that nobody has refused to drop is taken for one that cannot be")
	}
	p.on("sys/leases/revoke/", nil)
	r.revoked(l)
	if _, code := r.root.do(http.MethodPost, "auth/token/lookup-accessor", []byte(`{"accessor":"`+l.Handle+`"}`)); code/100 == 2 {
		t.Error("its token is left")
	}
}
