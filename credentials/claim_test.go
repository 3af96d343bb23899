package credentials_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dbaccess/approvals"
	"dbaccess/audit"
	"dbaccess/credentials"
)

func TestAClaimMintsAndTheWindowRunsFromThen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		id := r.open(nil)
		time.Sleep(90*time.Minute + 300*time.Millisecond)
		before := time.Now()
		c := r.claim(id)
		g := r.get(id)
		want := before.Add(time.Hour).Truncate(time.Second)
		if g.State != credentials.Active || !g.ActiveAt.Equal(before) || !g.Due.Equal(want) || !c.Until.Equal(want) {
			t.Errorf("%s, active at %v, due %v, until %v; want due %v", g.State, g.ActiveAt, g.Due, c.Until, want)
		}
		l := g.Leases[0]
		if l.State != credentials.Live || l.Role != c.Role || l.RoleOID != c.RoleOID || l.ID != c.Lease || !l.Until.Equal(want) {
			t.Errorf("lease: %+v", l)
		}
		body := strings.TrimPrefix(string(id), "grt_")
		if !strings.HasPrefix(c.Role, "dba-"+install+"-"+body+"-") || len(c.Role) > 63 || len(c.Role) != 46 {
			t.Errorf("role %q does not lead back to %s", c.Role, id)
		}
		if h := r.history(id); h != "code.issued code.used lease.intended lease.minted grant.active" {
			t.Errorf("recorded: %s", h)
		}
		follow := []approvals.Todo{{Kind: approvals.DrawCard, ID: string(g.Request)}, {Kind: credentials.TellHolder, ID: string(id)}}
		if todos := r.store.Todos(); !slices.Equal(todos, follow) {
			t.Errorf("todos: %+v", todos)
		}
	})
}

func TestTheHandleIsStoredBeforeTheRoleExists(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.shop().handle = "accessor"
	id := r.open(nil)
	r.shop().mint = func(string) error {
		if g := r.get(id); len(g.Leases) != 1 || g.Leases[0].Handle != "accessor" || g.Leases[0].State != credentials.Intended {
			t.Errorf("stored when the role is made: %+v", g.Leases)
		}
		return nil
	}
	r.claim(id)
	g := r.get(id)
	if want := fmt.Sprint("for ", g.ID, " of ", g.Request, " and ", g.Holder); g.Leases[0].Ref != want {
		t.Errorf("Ref = %q, want %q", g.Leases[0].Ref, want)
	}
	if h := r.history(id); h != "code.issued code.used lease.intended lease.prepared lease.minted grant.active" {
		t.Errorf("recorded: %s", h)
	}
}

func TestClaimingAgainReplacesWithinTheSameWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		id := r.open(nil)
		first := r.connected(id)
		due := r.get(id).Due
		time.Sleep(20 * time.Minute)
		r.shop().mint = func(string) error {
			if r.shop().alive(first.RoleOID) != 0 || r.shop().connect(first.Role) {
				t.Error("a second one is made before the first is ended")
			}
			return nil
		}
		second := r.connected(id)
		g := r.get(id)
		if !g.Due.Equal(due) || !second.Until.Equal(due) || g.State != credentials.Active {
			t.Errorf("%s, due %v, until %v; want %v", g.State, g.Due, second.Until, due)
		}
		old, now := g.Leases[0], g.Leases[1]
		if old.State != credentials.Gone || old.Reason != credentials.Superseded || old.Proof == nil || old.Proof.Sessions != 1 || now.State != credentials.Live {
			t.Errorf("leases: %+v", g.Leases)
		}
		if n := len(r.events(id, audit.GrantActive)); n != 1 {
			t.Errorf("it became active %d times", n)
		}
	})
}

func TestNothingIsMintedWhileTheEarlierCredentialCannotBeEnded(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.open(nil)
	first := r.connected(id)
	code := r.code(id)
	r.shop().set(nil, errors.New("monitor away"))
	if _, _, err := r.Redeem(t.Context(), code); !errors.Is(err, credentials.ErrNotReplaced) {
		t.Errorf("Redeem: %v", err)
	}
	g := r.get(id)
	if len(g.Leases) != 1 || g.Leases[0].State != credentials.Ending || g.Leases[0].Trouble == "" || g.State != credentials.Active {
		t.Errorf("%s: %+v", g.State, g.Leases)
	}
	r.shop().set(nil, nil)
	second := r.claim(id)
	if second.Role == first.Role || r.get(id).Leases[0].State != credentials.Gone {
		t.Errorf("leases: %+v", r.get(id).Leases)
	}
}

func TestOfClaimsAtOnceOneGetsTheCredential(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		id := r.open(nil)
		r.shop().mint = func(string) error { time.Sleep(time.Second); return nil }
		errs := make([]error, 5)
		codes := make([]credentials.Secret, len(errs))
		for i := range codes {
			codes[i] = r.code(id)
		}
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() { _, _, errs[i] = r.Redeem(t.Context(), codes[i]) })
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else if !errors.Is(err, credentials.ErrClaiming) {
				t.Errorf("a loser got %v", err)
			}
		}
		if won != 1 || len(r.shop().names()) != 1 || len(r.get(id).Leases) != 1 {
			t.Errorf("%d won; roles %v; %d leases", won, r.shop().names(), len(r.get(id).Leases))
		}
	})
}

func TestADeadClaimIsReplacedAfterHalfAMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		id := r.open(nil)
		block := make(chan struct{})
		r.shop().minted = func(string) { <-block } // the role is there, its maker hangs
		code := r.code(id)
		var late error
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _, late = r.Redeem(t.Context(), code)
		}()
		synctest.Wait()
		r.shop().minted = nil
		time.Sleep(29 * time.Second)
		if _, _, err := r.Redeem(t.Context(), r.code(id)); !errors.Is(err, credentials.ErrClaiming) {
			t.Errorf("after 29 s: %v", err)
		}
		time.Sleep(time.Second)
		c := r.claim(id)
		if names := r.shop().names(); len(names) != 1 || names[0] != c.Role {
			t.Errorf("roles: %v", names)
		}
		close(block)
		<-done
		if late == nil {
			t.Error("the dead claim came back and gave out its secret")
		}
		if names := r.shop().names(); len(names) != 1 || names[0] != c.Role {
			t.Errorf("after it came back, roles: %v", names)
		}
	})
}

func TestASecretIsNotGivenOutWhenTheGrantWasEndedMeanwhile(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.open(nil)
	r.shop().minted = func(string) { r.end(operator, id) }
	c, _, err := r.Redeem(t.Context(), r.code(id))
	if !errors.Is(err, credentials.ErrEnded) || c.Password.Reveal() != "" {
		t.Errorf("Redeem: %v", err)
	}
	if names := r.shop().names(); len(names) != 0 {
		t.Errorf("roles: %v", names)
	}
	if g := r.get(id); g.State != credentials.Ended || g.Leases[0].State != credentials.Gone {
		t.Errorf("%s: %+v", g.State, g.Leases)
	}
}

func TestAFailedMintIsTakenBack(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.open(nil)
	timeout := errors.New("timeout")
	r.shop().mint = func(name string) error {
		r.shop().add(name) // made after all: its answer was lost
		return timeout
	}
	_, _, err := r.Redeem(t.Context(), r.code(id))
	if !errors.Is(err, credentials.ErrNotMinted) || !errors.Is(err, timeout) {
		t.Errorf("Redeem: %v", err)
	}
	g := r.get(id)
	if g.State != credentials.Open || g.Leases[0].State != credentials.Gone || g.Leases[0].Reason != credentials.Broken || g.Leases[0].Proof == nil {
		t.Errorf("%s: %+v", g.State, g.Leases)
	}
	if names := r.shop().names(); len(names) != 0 {
		t.Errorf("roles: %v", names)
	}
	if h := r.history(id); h != "code.issued code.used lease.intended lease.ending lease.ended" {
		t.Errorf("recorded: %s", h)
	}
}

func TestAStatementsCredentialIsForDbaccessAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		id := r.open(forStatement)
		c, err := r.ClaimRun(t.Context(), id)
		if err != nil {
			t.Fatalf("ClaimRun: %v", err)
		}
		if g := r.get(id); g.State != credentials.Active || !c.Until.Equal(time.Now().Add(15*time.Minute).Truncate(time.Second)) {
			t.Errorf("%s until %v", g.State, c.Until)
		}
		g, err := r.End(t.Context(), r.system(), id, credentials.Finished)
		if err != nil || g.State != credentials.Ended || g.Reason != credentials.Finished {
			t.Errorf("End: %s %s, %v", g.State, g.Reason, err)
		}
		for _, todo := range r.store.Todos() {
			if todo.Kind == credentials.TellHolder {
				t.Error("its holder is told of a credential that is not theirs")
			}
		}
		if _, err := r.ClaimRun(t.Context(), r.open(nil)); err == nil {
			t.Error("a person's grant was claimed for a run")
		}
	})
}
