package credentials_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dbaccess/approvals"
	"dbaccess/audit"
	"dbaccess/credentials"
	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
)

func TestACodeIsReadableAndItsFormDoesNotMatter(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^([0-9A-HJKMNP-TV-Z]{5}-){4}[0-9A-HJKMNP-TV-Z]{6}$`)
	for name, retype := range map[string]func(string) string{
		"as shown":       func(s string) string { return s },
		"lower case":     strings.ToLower,
		"without dashes": func(s string) string { return strings.ReplaceAll(s, "-", "") },
		"with spaces":    func(s string) string { return "  " + strings.ReplaceAll(s, "-", " ") + "\n" },
		"read aloud":     func(s string) string { return strings.NewReplacer("0", "o", "1", "l").Replace(s) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			code := r.code(r.open(nil))
			if !form.MatchString(code.Reveal()) {
				t.Errorf("a code that does not look like one (%d characters)", len(code.Reveal()))
			}
			c, g, err := r.Redeem(t.Context(), credentials.NewSecret(retype(code.Reveal())))
			if err != nil || c.Password.Reveal() == "" || g.State != credentials.Active {
				t.Errorf("Redeem: %v, grant %s", err, g.State)
			}
		})
	}
}

func TestCodesDoNotRepeat(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.open(nil)
	seen := map[string]bool{}
	for range 100 {
		seen[r.code(id).Reveal()] = true
	}
	if len(seen) != 100 {
		t.Errorf("%d of 100 codes are different", len(seen))
	}
}

func TestWhatIsNotACodeIsRefusedWithoutAskingTheStore(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, text := range []string{
		"", "hunter2", strings.Repeat("0", 25), strings.Repeat("0", 27), strings.Repeat("U", 26),
		strings.Repeat("-", 5000), strings.Repeat("0", 25) + "é", "'; DROP TABLE codes --",
	} {
		if _, _, err := r.Redeem(t.Context(), credentials.NewSecret(text)); !errors.Is(err, credentials.ErrCodeShape) {
			t.Errorf("%.30q: %v", text, err)
		}
	}
	unknown := credentials.NewSecret(strings.Repeat("7", 26))
	if _, _, err := r.Redeem(t.Context(), unknown); !errors.Is(err, credentials.ErrNoCode) {
		t.Errorf("an unknown code: %v", err)
	}
	if n := len(r.store.Events()); n != 0 {
		t.Errorf("%d events were recorded", n)
	}
}

func TestOnlyTheHolderGetsACode(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.open(nil)
	for _, who := range []identity.Principal{bob, operator, identity.OperatorPrincipal("alice"), identity.SystemPrincipal("alice"), {}} {
		if code, _, err := r.IssueCode(t.Context(), who, id); !errors.Is(err, credentials.ErrNotYours) || code.Reveal() != "" {
			t.Errorf("%s got a code: %v", who.ID(), err)
		}
	}
	if _, _, err := r.IssueCode(t.Context(), alice, "grt_none"); !errors.Is(err, credentials.ErrNoGrant) {
		t.Errorf("of an unknown grant: %v", err)
	}
}

func TestACodeIsGivenOnlyWhileTheAccessLasts(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		prepare func(r *rig) approvals.GrantID
		want    error
	}{
		"open":      {func(r *rig) approvals.GrantID { return r.open(nil) }, nil},
		"active":    {func(r *rig) approvals.GrantID { id := r.open(nil); r.claim(id); return id }, nil},
		"unclaimed": {func(r *rig) approvals.GrantID { id := r.open(nil); time.Sleep(8 * time.Hour); return id }, credentials.ErrLapsed},
		"over":      {func(r *rig) approvals.GrantID { id := r.open(nil); r.claim(id); time.Sleep(time.Hour); return id }, credentials.ErrOver},
		"lapsed":    {func(r *rig) approvals.GrantID { id := r.open(nil); r.run(); time.Sleep(9 * time.Hour); return id }, credentials.ErrLapsed},
		"elapsed": {func(r *rig) approvals.GrantID {
			id := r.open(nil)
			r.run()
			r.claim(id)
			time.Sleep(2 * time.Hour)
			return id
		}, credentials.ErrOver},
		"ended":           {func(r *rig) approvals.GrantID { id := r.open(nil); r.end(alice, id); return id }, credentials.ErrEnded},
		"for a statement": {func(r *rig) approvals.GrantID { return r.open(forStatement) }, credentials.ErrRunsItself},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				id := tt.prepare(r)
				synctest.Wait()
				code, _, err := r.IssueCode(t.Context(), alice, id)
				if !errors.Is(err, tt.want) || (code.Reveal() == "") != (tt.want != nil) {
					t.Errorf("IssueCode: %v, want %v", err, tt.want)
				}
			})
		})
	}
}

func forStatement(g *approvals.Grant) { g.Kind, g.Duration = approvals.Statement, 0 }

func (r *rig) end(who identity.Principal, id approvals.GrantID) credentials.Grant {
	r.t.Helper()
	g, err := r.End(r.t.Context(), who, id, credentials.Revoked)
	if err != nil {
		r.t.Fatalf("End: %v", err)
	}
	return g
}

func TestACodeExpiresAfterTwoMinutes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		id := r.open(nil)
		code := r.code(id)
		time.Sleep(2 * time.Minute)
		for range 2 { // a late code may be tried again: it never gave anything
			if _, _, err := r.Redeem(t.Context(), code); !errors.Is(err, credentials.ErrCodeExpired) {
				t.Errorf("after two minutes: %v", err)
			}
		}
		if g := r.get(id); g.State != credentials.Open || len(g.Leases) != 0 {
			t.Errorf("the grant is %s with %d leases", g.State, len(g.Leases))
		}
		if h := r.history(id); h != "code.issued code.expired code.expired" {
			t.Errorf("recorded: %s", h)
		}
		code = r.code(id)
		time.Sleep(2*time.Minute - time.Nanosecond)
		if _, _, err := r.Redeem(t.Context(), code); err != nil {
			t.Errorf("just in time: %v", err)
		}
	})
}

func TestASecondUseOfACodeEndsTheGrant(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.open(nil)
	code := r.code(id)
	c, _, err := r.Redeem(t.Context(), code)
	if err != nil {
		t.Fatalf("Redeem: %v", err)
	}
	r.shop().connect(c.Role)
	_, g, err := r.Redeem(t.Context(), code)
	if !errors.Is(err, credentials.ErrCodeReused) || fault.KindOf(err) != fault.Denied {
		t.Errorf("the second use: %v", err)
	}
	if g.State != credentials.Ended || g.Reason != credentials.Revoked || g.EndedBy != "system:codes" {
		t.Errorf("the grant is %s, %s by %s", g.State, g.Reason, g.EndedBy)
	}
	if r.shop().alive(c.RoleOID) != 0 || len(r.shop().names()) != 0 {
		t.Error("a session or a role outlived it")
	}
	want := "code.issued code.used lease.intended lease.minted grant.active code.reused grant.ending lease.ending lease.ended grant.ended"
	if h := r.history(id); h != want {
		t.Errorf("recorded: %s\nwant:     %s", h, want)
	}
	if _, _, err := r.Redeem(t.Context(), code); !errors.Is(err, credentials.ErrCodeReused) {
		t.Errorf("the third use: %v", err)
	}
	if n := len(r.events(id, audit.GrantEnded)); n != 1 {
		t.Errorf("it ended %d times", n)
	}
}

func TestACodeThatFailedToMintIsUsedUpAndANewOneWorks(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.open(nil)
	code := r.code(id)
	r.shop().set(errors.New("server away"), nil)
	if _, _, err := r.Redeem(t.Context(), code); !errors.Is(err, credentials.ErrNotMinted) {
		t.Errorf("while the server is away: %v", err)
	}
	r.shop().set(nil, nil)
	if g := r.get(id); g.State != credentials.Open {
		t.Errorf("the grant is %s", g.State)
	}
	r.claim(id) // ends what the failed one left first
	leases := r.get(id).Leases
	if len(leases) != 2 || leases[0].State != credentials.Gone || leases[0].Reason != credentials.Broken || leases[1].State != credentials.Live {
		t.Errorf("leases: %+v", leases)
	}
}

func TestNoSecretIsEverPrintedOrRecorded(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.open(nil)
	code := r.code(id)
	c, g, err := r.Redeem(t.Context(), code)
	if err != nil {
		t.Fatalf("Redeem: %v", err)
	}
	r.end(alice, id)
	text := fmt.Sprintf("%v %+v %#v %s %v %+v", c, c, c, code, g, r.store.Events())
	for _, secret := range []string{c.Password.Reveal(), code.Reveal()} {
		if strings.Contains(text, secret) {
			t.Error("a secret was printed")
		}
	}
}

func TestNobodyGetsWhatThePolicyOfNowDenies(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.open(nil)
	no := fault.New(fault.Denied, "Not any more.", "")
	r.Allowed = func(context.Context, approvals.Grant) error { return no }
	if _, _, err := r.Redeem(t.Context(), r.code(id)); !errors.Is(err, no) {
		t.Errorf("Redeem: %v", err)
	}
	r.Allowed = nil
	if _, _, err := r.Redeem(t.Context(), r.code(id)); err == nil {
		t.Error("a service that cannot ask gave access")
	}
	if g := r.get(id); len(g.Leases) != 0 || len(r.shop().names()) != 0 {
		t.Errorf("something was minted: %+v", g.Leases)
	}
}
