package vault_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"dbaccess/credentials"
	"dbaccess/credentials/vault"
	"dbaccess/internal/devstack"
	"dbaccess/internal/devstack/pgtest"
	"dbaccess/internal/devstack/vaulttest"
	"dbaccess/internal/fault"
)

// unavailable checks that an error is one that people may read, says that, and
// quotes no secret.
func unavailable(t *testing.T, err error, says string, secrets ...string) {
	t.Helper()
	if f := fault.Show(err); f.Kind != fault.Unavailable || !strings.Contains(f.Msg, says) {
		t.Errorf("error %v (shown: %+v), want one that says %q", err, f, says)
	}
	scrubbed(t, err, secrets...)
}

func (r *rig) revoked(l credentials.Lease) {
	r.t.Helper()
	if err := r.issuer.Revoke(r.t.Context(), l); err != nil {
		r.t.Errorf("Revoke: %v", err)
	}
	if r.exists(l.Role) {
		r.t.Error("the role is still there")
	}
}

func TestTheBotsOwnTokenEndsAndNobodysAccessDoes(t *testing.T) {
	t.Parallel()
	r := newRig(t, vaulttest.Server(t))
	c, l := r.mint()
	r.root.call(http.MethodPut, "sys/leases/revoke-prefix/auth/"+r.config.Auth.Mount+"/login", map[string]any{"sync": true})
	if _, err := r.login(c); err != nil {
		t.Errorf("the holder cannot log in any more: %v", err)
	}
	_, another := r.mint() // the bot has logged in again
	r.revoked(l)
	r.revoked(another)
}

func TestManyWhoNeedALoginLogInOnce(t *testing.T) {
	t.Parallel()
	server := vaulttest.Server(t)
	p := newProxy(t, server.Addr)
	r := newRig(t, server, through(p))
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if _, err := r.issuer.Prepare(t.Context(), r.order()); err != nil {
				t.Errorf("Prepare: %v", err)
			}
		})
	}
	wg.Wait()
	if n := len(p.calls("/login")); n != 1 {
		t.Errorf("%d log-ins, want one", n)
	}
}

func TestTheTokenIsRenewedAndReplacedInTheBackground(t *testing.T) {
	t.Parallel()
	server := vaulttest.Server(t)
	p := newProxy(t, server.Addr)
	r := newRig(t, server, through(p))
	r.root.call(http.MethodPost, "auth/"+r.config.Auth.Mount+"/role/bot", map[string]any{"token_ttl": "3s", "token_max_ttl": "5s"})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.issuer.Run(ctx) }()
	waitFor(t, "a renewal", func() bool { return len(p.calls("auth/token/renew-self")) >= 1 })
	waitFor(t, "a new log-in near the token's last end", func() bool { return len(p.calls("/login")) >= 2 })
	if _, err := r.issuer.Prepare(t.Context(), r.order()); err != nil {
		t.Errorf("Prepare: %v", err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run: %v", err)
	}
}

func TestASealedVaultIsSaidAndEndsWhenUnsealed(t *testing.T) {
	t.Parallel()
	server := vaulttest.Own(t, devstack.VaultOptions{})
	r := newRig(t, server)
	c, l := r.mint()
	if err := server.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	unavailable(t, r.issuer.Health(t.Context()), "sealed")
	_, err := r.issuer.Prepare(t.Context(), r.order())
	unavailable(t, err, "sealed")
	start := time.Now()
	unavailable(t, r.issuer.Block(t.Context(), []credentials.Lease{l}), "", l.Ref)
	unavailable(t, r.issuer.Revoke(t.Context(), l), "sealed", l.Ref, l.Handle)
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("it took %v to find out", took)
	}
	if _, err := r.login(c); err != nil {
		t.Errorf("a sealed Vault ended an access: %v", err)
	}
	if err := server.Unseal(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := r.issuer.Health(t.Context()); err != nil {
		t.Errorf("Health: %v", err)
	}
	r.revoked(l)
}

func TestALeaseOutlivesVaultsRestart(t *testing.T) {
	t.Parallel()
	server := vaulttest.Own(t, devstack.VaultOptions{Durable: true})
	r := newRig(t, server)
	c, l := r.mint()
	p, other := r.prepare()
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	_, err := p.Mint(t.Context())
	unavailable(t, err, "cannot be reached")
	unavailable(t, r.issuer.Revoke(t.Context(), l), "cannot be reached", l.Ref, l.Handle, strings.TrimPrefix(server.Addr, "http://")+"/v1/sys/leases")
	if _, err := r.login(c); err != nil {
		t.Errorf("log in while Vault is away: %v", err)
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.revoked(l)
	r.revoked(other)
}

func TestAnAnswerLostAfterTheMintLeavesNothing(t *testing.T) {
	t.Parallel()
	server := vaulttest.Server(t)
	p := newProxy(t, server.Addr)
	r := newRig(t, server, through(p))
	prepared, l := r.prepare()
	p.on("/creds/", loseAnswer)
	_, err := prepared.Mint(t.Context())
	unavailable(t, err, "cannot be reached")
	if n := len(p.calls("/creds/")); n != 1 {
		t.Errorf("the credentials were read %d times: each would be another role", n)
	}
	waitFor(t, "the role that nobody heard of", func() bool { return r.exists(l.Role) })
	_, until, _, err := r.targets.Role(t.Context(), "shop", l.Role)
	if err != nil || !until.Equal(time.Unix(0, 0)) {
		t.Errorf("it is valid until %v, %v; want one that cannot log in", until, err)
	}
	r.revoked(l)
}

func TestATokenWhoseAnswerIsLostIsMadeOnce(t *testing.T) {
	t.Parallel()
	server := vaulttest.Server(t)
	p := newProxy(t, server.Addr)
	r := newRig(t, server, through(p))
	p.on("auth/token/create/", loseAnswer)
	_, err := r.issuer.Prepare(t.Context(), r.order())
	unavailable(t, err, "cannot be reached")
	if n := len(p.calls("auth/token/create/")); n != 1 {
		t.Errorf("the token was made %d times", n)
	}
}

func TestARenewalThatIsRefusedOpensNothing(t *testing.T) {
	t.Parallel()
	server := vaulttest.Server(t)
	p := newProxy(t, server.Addr)
	r := newRig(t, server, through(p))
	prepared, l := r.prepare()
	p.on("sys/leases/renew", answerWith(http.StatusTooManyRequests, "rate limit"))
	_, err := prepared.Mint(t.Context())
	unavailable(t, err, "busy")
	p.on("sys/leases/renew", nil)
	_, until, _, err := r.targets.Role(t.Context(), "shop", l.Role)
	if err != nil || !until.Equal(time.Unix(0, 0)) {
		t.Errorf("the role is valid until %v, %v; want one that cannot log in", until, err)
	}
	r.revoked(l)
}

func TestASlowVaultIsNotWaitedForLongerThanTheCallerDoes(t *testing.T) {
	t.Parallel()
	server := vaulttest.Server(t)
	p := newProxy(t, server.Addr)
	r := newRig(t, server, through(p))
	_, l := r.mint()
	release := make(chan struct{})
	p.on("sys/leases/", func(http.ResponseWriter, func() *http.Response) { <-release })
	defer close(release)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	unavailable(t, r.issuer.Revoke(ctx, l), "in time", l.Ref, l.Handle)
	start := time.Now()
	unavailable(t, r.issuer.Block(t.Context(), []credentials.Lease{l, l, l}), "in time", l.Ref)
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("Block held up the ending of sessions for %v", took)
	}
	p.on("sys/leases/", nil)
	r.revoked(l)
}

// A token that was ended while Vault was at its credentials takes nothing along:
// the role comes afterwards.
func TestARoleThatComesAfterItsTokenHasGoneIsFound(t *testing.T) {
	t.Parallel()
	server := vaulttest.Server(t)
	p := newProxy(t, server.Addr)
	r := newRig(t, server, through(p))
	prepared, l := r.prepare()
	release, forwarded := make(chan struct{}), make(chan struct{})
	p.on("/creds/", func(_ http.ResponseWriter, forward func() *http.Response) {
		go func() {
			<-release // as if Vault were slow; its token was looked at before
			_ = forward().Body.Close()
			close(forwarded)
		}()
		panic(http.ErrAbortHandler)
	})
	if _, err := prepared.Mint(t.Context()); err == nil {
		t.Fatal("Mint came through")
	}
	p.on("/creds/", nil)
	close(release)
	<-forwarded
	waitFor(t, "the late role", func() bool { return r.exists(l.Role) })
	// What ended the token alone would have left: a lease whose token is gone.
	lost := l
	lost.Handle = ""
	if err := r.issuer.Revoke(t.Context(), lost); err == nil {
		t.Error("a lease was ended that could still be opened by a mint under way")
	}
	later := r.config
	later.Now = func() time.Time { return time.Now().Add(2 * time.Minute) }
	issuer, err := vault.Open(later)
	if err != nil {
		t.Fatal(err)
	}
	_, live := r.mintDirectly()
	if err := issuer.Revoke(t.Context(), lost); err != nil {
		t.Errorf("Revoke, when every mint must be over: %v", err)
	}
	if r.exists(l.Role) || !r.exists(live.Role) {
		t.Error("the role that was left is still there, or one that was not is gone")
	}
	r.revoked(live)
}

// mintDirectly mints with no proxy between.
func (r *rig) mintDirectly() (credentials.Credential, credentials.Lease) {
	r.t.Helper()
	direct := *r
	direct.config.Address = r.server.Addr
	direct.issuer = direct.open()
	return direct.mint()
}

func TestAnAccessorThatIsGoneDoesNotHinderTheEnd(t *testing.T) {
	t.Parallel()
	r := newRig(t, vaulttest.Server(t))
	_, l := r.mint()
	r.root.call(http.MethodPost, "auth/token/revoke-accessor", map[string]any{"accessor": l.Handle})
	r.revoked(l)
	r.revoked(l)
	l.Ref = ""
	r.revoked(l)
}

func TestALeaseThatVaultHasGivenUpIsEndedAllTheSame(t *testing.T) {
	t.Parallel()
	server := vaulttest.Own(t, devstack.VaultOptions{RevokeRetry: 5 * time.Millisecond})
	if !server.Own {
		t.Skip("another Vault than our own build takes ten minutes to give up")
	}
	r := newRig(t, server)
	_, byRef := r.mint()
	_, byHandle := r.mint()
	byHandle.Ref = ""
	// What a role owns in another database keeps it from being dropped.
	elsewhere := *r
	u := mustParse(t, r.admin)
	u.Path = "/postgres"
	elsewhere.admin = u.String()
	for _, l := range []credentials.Lease{byRef, byHandle} {
		elsewhere.sql(`CREATE SCHEMA "own_` + l.Role + `" AUTHORIZATION "` + l.Role + `"`)
	}
	r.root.call(http.MethodPut, "sys/leases/revoke-prefix/"+r.config.Mount+"/creds", map[string]any{"sync": false})
	waitFor(t, "Vault to give up", func() bool {
		ids, err := r.issuer.Irrevocable(t.Context())
		return err == nil && len(ids) == 2
	})
	if err := r.issuer.Revoke(t.Context(), byRef); !errors.Is(err, credentials.ErrDisabled) {
		t.Errorf("Revoke = %v, want ErrDisabled", err)
	}
	if problems, err := r.issuer.Check(t.Context()); err != nil || len(problems) != 1 || !strings.Contains(problems[0], "given up") {
		t.Errorf("Check: %q, %v", problems, err)
	}
	for _, l := range []credentials.Lease{byRef, byHandle} {
		elsewhere.sql(`DROP SCHEMA "own_` + l.Role + `"`)
	}
	r.revoked(byRef)
	r.revoked(byHandle)
}

func mustParse(t *testing.T, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestAPostgresThatIsAwayKeepsTheLeaseDue(t *testing.T) {
	t.Parallel()
	server := vaulttest.Server(t)
	pg := pgtest.Own(t, devstack.PostgresOptions{})
	admin := pg.URL("postgres")
	if err := setUp(t.Context(), admin); err != nil {
		t.Fatal(err)
	}
	r := newRigOn(t, server, admin)
	if err := r.administrator().RotateRoot(t.Context(), r.config, "shop"); err != nil {
		t.Fatalf("RotateRoot: %v", err)
	}
	_, l := r.mint()
	if err := pg.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.issuer.Prepare(t.Context(), r.order()); err != nil {
		t.Errorf("a token needs no database: %v", err)
	}
	if err := r.issuer.Revoke(t.Context(), l); err == nil {
		t.Error("Revoke said that a role is gone that nobody could look at")
	} else {
		scrubbed(t, err, l.Ref, l.Handle)
	}
	if err := pg.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.revoked(l)
}

func TestTwoInstallationsOnOneVaultNeverTouchEachOther(t *testing.T) {
	t.Parallel()
	server := vaulttest.Server(t)
	admin := database(t)
	mount := "database-" + newInstall()
	a := newRigOn(t, server, admin, func(c *vault.Config) { c.Mount = mount })
	b := newRigOn(t, server, admin, func(c *vault.Config) { c.Mount = mount })
	c, l := b.mint()
	if err := a.issuer.Revoke(t.Context(), l); err == nil {
		t.Error("one revoked the other's lease")
	}
	if err := a.issuer.Block(t.Context(), []credentials.Lease{l}); err == nil {
		t.Error("one blocked the other's lease")
	}
	_, own := a.mint()
	own.Ref = l.Ref // as if its store had been written to
	if err := a.issuer.Block(t.Context(), []credentials.Lease{own}); err == nil {
		t.Error("Vault let one renew the other's lease")
	}
	if err := a.issuer.Revoke(t.Context(), own); err == nil {
		t.Error("Vault let one revoke the other's lease")
	}
	if _, err := b.login(c); err != nil {
		t.Errorf("the other's holder cannot log in: %v", err)
	}
	b.revoked(l)
	own.Ref = ""
	a.revoked(own)
}

func TestCallsCarryTheLease(t *testing.T) {
	t.Parallel()
	server := vaulttest.Server(t)
	p := newProxy(t, server.Addr)
	r := newRig(t, server, through(p))
	_, l := r.mint()
	r.revoked(l)
	for _, part := range []string{"auth/token/create/", "/creds/", "sys/leases/renew/", "sys/leases/revoke/", "revoke-accessor"} {
		calls := p.calls(part)
		if len(calls) == 0 {
			t.Errorf("no call of %s", part)
		}
		for _, call := range calls {
			if id := call.Header.Get("X-Correlation-ID"); id != string(l.ID) {
				t.Errorf("%s carries %q, want %q", part, id, l.ID)
			}
		}
	}
}
