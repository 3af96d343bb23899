package credentials_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"dbaccess/approvals"
	"dbaccess/audit"
	"dbaccess/credentials"
	"dbaccess/credentials/storetest"
	"dbaccess/internal/identity"
)

// attend claims for a job of alice's and opens a session.
func (r *rig) attend(id approvals.GrantID) credentials.Credential {
	r.t.Helper()
	c, _, err := r.ClaimFor(r.t.Context(), alice, id, true)
	if err != nil {
		r.t.Fatalf("ClaimFor: %v", err)
	}
	if !r.shop().connect(c.Role) {
		r.t.Fatalf("%s cannot log in", c.Role)
	}
	return c
}

// live gives signs of life every 15 seconds for that long.
func (r *rig) live(id approvals.GrantID, during time.Duration) {
	r.t.Helper()
	for end := time.Now().Add(during); time.Now().Before(end); time.Sleep(15 * time.Second) {
		if _, err := r.Alive(r.t.Context(), alice, id); err != nil {
			r.t.Fatalf("Alive: %v", err)
		}
	}
}

func TestAnAttendedGrantEndsWhenItsJobFallsSilent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.run()
		id := r.open(nil)
		c := r.attend(id)
		version := r.get(id).Version
		r.live(id, 10*time.Minute)
		if g := r.get(id); g.State != credentials.Active || g.Version != version || r.shop().alive(c.RoleOID) != 1 {
			t.Fatalf("while its job lived it became %+v", g)
		}
		last := r.get(id).AliveBy
		time.Sleep(time.Until(last) - time.Millisecond)
		synctest.Wait()
		if r.shop().alive(c.RoleOID) != 1 {
			t.Fatal("its session was ended early")
		}
		g := r.ended(id)
		if g.Reason != credentials.Abandoned || g.EndedAt.Sub(last) > time.Second || g.EndedBy != "system:due" {
			t.Errorf("%s by %s at %v, silent since %v", g.Reason, g.EndedBy, g.EndedAt, last)
		}
		if r.shop().alive(c.RoleOID) != 0 || len(r.shop().names()) != 0 {
			t.Error("its session or role is still there")
		}
		evs := r.events(id, audit.GrantEnded)
		if len(evs) != 1 || evs[0].Details["reason"] != "abandoned" || evs[0].Details["lateness_ms"] != g.EndedAt.Sub(last).Milliseconds() {
			t.Errorf("recorded: %+v", evs)
		}
		if _, err := r.Alive(t.Context(), alice, id); !errors.Is(err, credentials.ErrAbandoned) {
			t.Errorf("a sign of life afterwards: %v", err)
		}
		if _, _, err := r.ClaimFor(t.Context(), alice, id, true); !errors.Is(err, credentials.ErrAbandoned) {
			t.Errorf("a claim afterwards: %v", err)
		}
	})
}

func TestSignsOfLifeDoNotOutliveTheWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.run()
		id := r.open(func(g *approvals.Grant) { g.Duration = 2 * time.Minute })
		r.attend(id)
		due := r.get(id).Due
		r.live(id, time.Until(due)-20*time.Second)
		until, err := r.Alive(t.Context(), alice, id)
		if err != nil || !until.Equal(due) {
			t.Errorf("alive until %v, %v; its window ends at %v", until, err, due)
		}
		if g := r.ended(id); g.Reason != credentials.Elapsed || g.EndedAt.Sub(due) > time.Second {
			t.Errorf("%s at %v", g.Reason, g.EndedAt)
		}
		if _, err := r.Alive(t.Context(), alice, id); !errors.Is(err, credentials.ErrOver) {
			t.Errorf("a sign of life afterwards: %v", err)
		}
	})
}

func TestOnlyTheHolderAttends(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.open(nil)
	if _, _, err := r.ClaimFor(t.Context(), bob, id, true); !errors.Is(err, credentials.ErrNotYours) || len(r.shop().names()) != 0 {
		t.Errorf("bob claims alice's: %v", err)
	}
	if _, err := r.Alive(t.Context(), alice, id); !errors.Is(err, credentials.ErrUnattended) {
		t.Errorf("a sign of life before the claim: %v", err)
	}
	r.claim(id)
	if _, err := r.Alive(t.Context(), alice, id); !errors.Is(err, credentials.ErrUnattended) {
		t.Errorf("a sign of life of what a person holds: %v", err)
	}
	r.attend(id)
	for _, who := range []identity.Principal{bob, operator, identity.SystemPrincipal("alice")} {
		if _, err := r.Alive(t.Context(), who, id); !errors.Is(err, credentials.ErrNotYours) {
			t.Errorf("a sign of life from %s: %v", who.ID(), err)
		}
	}
	if _, err := r.End(t.Context(), alice, id, credentials.Revoked); err != nil {
		t.Fatalf("End: %v", err)
	}
	if _, err := r.Alive(t.Context(), alice, id); !errors.Is(err, credentials.ErrEnded) {
		t.Errorf("a sign of life of what its holder ended: %v", err)
	}
}

func TestAPersonEndsWhatTheirAgentHolds(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.open(func(g *approvals.Grant) { g.Holder = "claude@alice" })
	if _, err := r.End(t.Context(), bob, id, credentials.Revoked); !errors.Is(err, credentials.ErrNotYours) {
		t.Errorf("bob ends what alice's agent holds: %v", err)
	}
	if _, _, err := r.ClaimFor(t.Context(), alice, id, false); !errors.Is(err, credentials.ErrNotYours) {
		t.Errorf("alice claims for her agent: %v", err)
	}
	if g, err := r.End(t.Context(), alice, id, credentials.Revoked); err != nil || g.State != credentials.Ended {
		t.Errorf("alice ends what her agent holds: %s, %v", g.State, err)
	}
}

func TestAPersonWhoClaimsAfterTheirJobNeedNotAttend(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.run()
		id := r.open(nil)
		r.attend(id)
		time.Sleep(30 * time.Second)
		r.connected(id)
		time.Sleep(10 * time.Minute)
		if g := r.get(id); g.State != credentials.Active || g.Attended() {
			t.Errorf("it is %s, attended %v, %s", g.State, g.Attended(), g.Reason)
		}
	})
}

func TestHoldersAreNotWarnedOfWhatTheirJobHolds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.WarnBefore = 10 * time.Minute
		r.attend(r.open(nil))
		if list := r.warnings(); len(list) != 0 {
			t.Errorf("%+v", list)
		}
	})
}

// TestSilenceCountsOnlyWhereSomebodyListened: a server that was away could not
// hear its jobs.
func TestSilenceCountsOnlyWhereSomebodyListened(t *testing.T) {
	t.Parallel()
	t.Run("while no server ran", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t)
			lives, dead := r.open(nil), r.open(nil)
			r.attend(lives)
			r.attend(dead)
			time.Sleep(10 * time.Minute)
			next := newReplica(t, r.store, r.worlds)
			if _, err := next.Sweep(t.Context()); err != nil { // the first thing a server does
				t.Fatalf("Sweep: %v", err)
			}
			next.run()
			next.live(lives, time.Minute)
			if g := next.ended(dead); g.Reason != credentials.Abandoned {
				t.Errorf("the killed job's ended as %s", g.Reason)
			}
			if g := next.get(lives); g.State != credentials.Active {
				t.Errorf("the living job's is %s: %s", g.State, g.Reason)
			}
		})
	})
	t.Run("while the store was away", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t)
			away := &broken{Memory: r.store}
			r.Store = away
			r.run()
			id := r.open(nil)
			c := r.attend(id)
			r.live(id, time.Minute)
			away.set(true)
			time.Sleep(10 * time.Minute)
			if _, err := r.Alive(t.Context(), alice, id); !errors.Is(err, credentials.ErrStoreAway) {
				t.Errorf("a sign of life without the store: %v", err)
			}
			if r.shop().alive(c.RoleOID) != 1 {
				t.Error("its session was ended because nobody could listen")
			}
			away.set(false)
			time.Sleep(20 * time.Second)
			r.live(id, time.Minute)
			if g := r.get(id); g.State != credentials.Active {
				t.Errorf("the living job's is %s: %s", g.State, g.Reason)
			}
			if g := r.ended(id); g.Reason != credentials.Abandoned {
				t.Errorf("fallen silent, it ended as %s", g.Reason)
			}
		})
	})
}

// TestASweepEndsWhatFellSilent: the due loops of all replicas may be dead.
func TestASweepEndsWhatFellSilent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		if _, err := r.Sweep(t.Context()); err != nil {
			t.Fatalf("Sweep: %v", err)
		}
		id := r.open(nil)
		r.attend(id)
		time.Sleep(45*time.Second + time.Millisecond)
		if _, err := r.Sweep(t.Context()); err != nil {
			t.Fatalf("Sweep: %v", err)
		}
		if g := r.get(id); g.State != credentials.Ended || g.Reason != credentials.Abandoned || len(r.shop().names()) != 0 {
			t.Errorf("after one sweep it is %s (%s), roles %v", g.State, g.Reason, r.shop().names())
		}
	})
}

// TestAServerThatDiedWhileItMintedForAJobLeavesNothing: the job never heard of its
// credential, and gives no sign of life.
func TestAServerThatDiedWhileItMintedForAJobLeavesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		id := r.open(nil)
		ctx, die := context.WithCancel(t.Context())
		dying := newReplica(t, r.store, r.worlds)
		dying.Store = &mortal{Memory: r.store, dead: ctx}
		r.shop().minted = func(string) {
			die()
			r.shop().set(errAway, errAway)
		}
		if _, _, err := dying.ClaimFor(t.Context(), alice, id, true); err == nil {
			t.Fatal("the server did not die")
		}
		r.shop().minted = nil
		r.shop().set(nil, nil)
		if names := r.shop().names(); len(names) != 1 {
			t.Fatalf("it left %v", names)
		}
		time.Sleep(3 * time.Minute)
		if _, err := r.Sweep(t.Context()); err != nil {
			t.Fatalf("Sweep: %v", err)
		}
		if names := r.shop().names(); len(names) != 0 {
			t.Errorf("after one sweep there are %v", names)
		}
	})
}

// mortal is the store of a process that is dead from some moment on.
type mortal struct {
	*storetest.Memory
	dead context.Context
}

func (m *mortal) UpdateGrant(ctx context.Context, g credentials.Grant, c credentials.Change) error {
	if m.dead.Err() != nil {
		return errAway
	}
	return m.Memory.UpdateGrant(ctx, g, c)
}
