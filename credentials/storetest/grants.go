package storetest

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"dbaccess/audit"
	"dbaccess/credentials"
)

func seededIsOpen(t *testing.T, f fixture) {
	want := Sample(t0)
	g := f.open(t, want)
	if g.State != credentials.Open || len(g.Leases) != 0 || !g.Due.IsZero() || !g.ActiveAt.IsZero() || !g.EndedAt.IsZero() {
		t.Errorf("a seeded grant is %+v", g)
	}
	same(t, "ApprovedAt", g.ApprovedAt, want.ApprovedAt)
	same(t, "ClaimBy", g.ClaimBy, want.ClaimBy)
	g.ApprovedAt, g.ClaimBy = want.ApprovedAt, want.ClaimBy
	if g.Grant != want {
		t.Errorf("the grant's terms are %+v, want %+v", g.Grant, want)
	}
}

func unknownGrant(t *testing.T, f fixture) {
	g := credentials.Grant{Grant: Sample(t0), Version: 1}
	if _, err := f.Grant(t.Context(), g.ID); !errors.Is(err, credentials.ErrNoGrant) {
		t.Errorf("Grant of an unknown one: %v", err)
	}
	if err := f.UpdateGrant(t.Context(), g, change(g)); err == nil {
		t.Error("UpdateGrant stored a grant that nobody opened")
	}
}

func roundTrip(t *testing.T, f fixture) {
	g := f.open(t, Sample(t0))
	l := lease(g, credentials.Gone, t0)
	l.RoleOID, l.Handle, l.Ref, l.MintedAt, l.EndedAt = 4294967295, "accessor", "database/creds/x/y", t0.Add(time.Second), t0.Add(time.Minute)
	l.Reason, l.Tries, l.Trouble = credentials.Superseded, 3, "the target was away"
	l.Proof = &credentials.Proof{At: t0.Add(time.Minute), Role: l.Role, RoleOID: l.RoleOID, Sessions: 2, Disabled: true}
	g.State, g.ActiveAt, g.Due, g.EndingAt, g.EndedAt = credentials.Ended, t0, t0.Add(time.Hour), t0.Add(2*time.Hour), t0.Add(3*time.Hour)
	g.Reason, g.EndedBy, g.HeldBy = credentials.Revoked, "person:alice", t0.Add(4*time.Hour)
	g.AliveBy = t0.Add(5 * time.Hour)
	g.Leases = []credentials.Lease{l, lease(g, credentials.Gone, t0.Add(time.Second))}
	got := f.put(t, g)
	if got.Version != g.Version+1 {
		t.Errorf("Version = %d after %d", got.Version, g.Version)
	}
	same(t, "ActiveAt", got.ActiveAt, g.ActiveAt)
	same(t, "Due", got.Due, g.Due)
	same(t, "EndingAt", got.EndingAt, g.EndingAt)
	same(t, "EndedAt", got.EndedAt, g.EndedAt)
	same(t, "HeldBy", got.HeldBy, g.HeldBy)
	same(t, "AliveBy", got.AliveBy, g.AliveBy)
	if got.State != g.State || got.Reason != g.Reason || got.EndedBy != g.EndedBy {
		t.Errorf("the grant came back as %+v", got)
	}
	if len(got.Leases) != 2 {
		t.Fatalf("%d leases came back, want 2", len(got.Leases))
	}
	sameLease(t, got.Leases[0], g.Leases[0])
	sameLease(t, got.Leases[1], g.Leases[1])
}

func sameLease(t *testing.T, got, want credentials.Lease) {
	t.Helper()
	same(t, "Until", got.Until, want.Until)
	same(t, "At", got.At, want.At)
	same(t, "MintedAt", got.MintedAt, want.MintedAt)
	same(t, "EndedAt", got.EndedAt, want.EndedAt)
	if (got.Proof == nil) != (want.Proof == nil) {
		t.Fatalf("Proof = %v, want %v", got.Proof, want.Proof)
	}
	if got.Proof != nil {
		same(t, "Proof.At", got.Proof.At, want.Proof.At)
		p := *got.Proof
		p.At = want.Proof.At
		if p != *want.Proof {
			t.Errorf("Proof = %+v, want %+v", p, *want.Proof)
		}
	}
	got.Until, got.At, got.MintedAt, got.EndedAt, got.Proof = want.Until, want.At, want.MintedAt, want.EndedAt, want.Proof
	if got != want {
		t.Errorf("the lease came back as %+v, want %+v", got, want)
	}
}

func leaseUpdated(t *testing.T, f fixture) {
	g := f.open(t, Sample(t0))
	g.Leases = append(g.Leases, lease(g, credentials.Intended, t0))
	g = f.put(t, g)
	g.Leases[0].State, g.Leases[0].RoleOID, g.Leases[0].MintedAt = credentials.Live, 16401, t0
	g = f.put(t, g)
	if len(g.Leases) != 1 || g.Leases[0].State != credentials.Live || g.Leases[0].RoleOID != 16401 {
		t.Errorf("after its update the lease is %+v", g.Leases)
	}
}

func staleVersion(t *testing.T, f fixture) {
	old := f.open(t, Sample(t0))
	now := f.put(t, old)
	old.State = credentials.Ended
	old.Leases = append(old.Leases, lease(old, credentials.Intended, t0))
	if err := f.UpdateGrant(t.Context(), old, change(old)); !errors.Is(err, credentials.ErrStale) {
		t.Errorf("a stale update: %v, want ErrStale", err)
	}
	if g := f.get(t, old.ID); g.State != credentials.Open || g.Version != now.Version || len(g.Leases) != 0 {
		t.Errorf("a refused update left %+v", g)
	}
}

func oneWriterWins(t *testing.T, f fixture) {
	g := f.open(t, Sample(t0))
	errs := make([]error, 8)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { errs[i] = f.UpdateGrant(t.Context(), g, change(g)) })
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if !errors.Is(err, credentials.ErrStale) {
			t.Errorf("a loser got %v, want ErrStale", err)
		}
	}
	if won != 1 {
		t.Errorf("%d writers won, want 1", won)
	}
}

func noEventNoChange(t *testing.T, f fixture) {
	g := f.open(t, Sample(t0))
	changed := g
	changed.State = credentials.Ended
	if err := f.UpdateGrant(t.Context(), changed, credentials.Change{}); err == nil {
		t.Error("a change without an event was taken")
	}
	if got := f.get(t, g.ID); got.State != credentials.Open || got.Version != g.Version {
		t.Errorf("a refused change left %+v", got)
	}
}

func filters(t *testing.T, f fixture) {
	a := f.active(t, t0.Add(time.Hour))
	second := Sample(t0.Add(time.Minute))
	second.Holder = "bob"
	b := f.open(t, second)
	third := Sample(t0.Add(2 * time.Minute))
	third.Database = "billing"
	c := f.open(t, third)
	fourth := Sample(t0.Add(3 * time.Minute))
	fourth.Holder, fourth.Database = "claude@alice", "billing"
	d := f.open(t, fourth)
	for name, tt := range map[string]struct {
		filter credentials.GrantFilter
		want   []credentials.Grant
	}{
		"all":      {credentials.GrantFilter{}, []credentials.Grant{d, c, b, a}},
		"holder":   {credentials.GrantFilter{Holder: "alice"}, []credentials.Grant{c, a}},
		"database": {credentials.GrantFilter{Database: "shop"}, []credentials.Grant{b, a}},
		"request":  {credentials.GrantFilter{Request: b.Request}, []credentials.Grant{b}},
		"state":    {credentials.GrantFilter{States: []credentials.GrantState{credentials.Active}}, []credentials.Grant{a}},
		"states":   {credentials.GrantFilter{States: []credentials.GrantState{credentials.Active, credentials.Open}}, []credentials.Grant{d, c, b, a}},
		"limit":    {credentials.GrantFilter{Limit: 2}, []credentials.Grant{d, c}},
		"of":       {credentials.GrantFilter{Of: "alice"}, []credentials.Grant{d, c, a}},
		"of agent": {credentials.GrantFilter{Of: "claude@alice"}, []credentials.Grant{d}},
		"before":   {credentials.GrantFilter{Of: "alice", Before: c.ID, Limit: 2}, []credentials.Grant{a}},
		"end":      {credentials.GrantFilter{Before: a.ID}, nil},
		"both":     {credentials.GrantFilter{Holder: "alice", Database: "billing"}, []credentials.Grant{c}},
	} {
		if got := list(t, f, tt.filter); !slices.Equal(got, ids(tt.want)) {
			t.Errorf("%s: got %v, want %v", name, got, ids(tt.want))
		}
	}
}

func stuck(t *testing.T, f fixture) {
	with := func(state credentials.LeaseState) credentials.Grant {
		g := f.open(t, Sample(t0))
		g.Leases = append(g.Leases, lease(g, credentials.Gone, t0.Add(-time.Hour)), lease(g, state, t0))
		return f.put(t, g)
	}
	intended, ending := with(credentials.Intended), with(credentials.Ending)
	with(credentials.Live)
	with(credentials.Gone)
	got := list(t, f, credentials.GrantFilter{Stuck: t0.Add(time.Second)})
	want := ids([]credentials.Grant{intended, ending})
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("stuck are %v, want %v", got, want)
	}
	if got := list(t, f, credentials.GrantFilter{Stuck: t0}); len(got) != 0 {
		t.Errorf("stuck before they were made: %v", got)
	}
}

func list(t *testing.T, f fixture, filter credentials.GrantFilter) []string {
	t.Helper()
	gs, err := f.Grants(t.Context(), filter)
	if err != nil {
		t.Fatalf("Grants(%+v): %v", filter, err)
	}
	return ids(gs)
}

func ids(gs []credentials.Grant) []string {
	var all []string
	for _, g := range gs {
		all = append(all, string(g.ID))
	}
	return all
}

func leaseOfRole(t *testing.T, f fixture) {
	g := f.open(t, Sample(t0))
	l := lease(g, credentials.Gone, t0)
	l.Handle, l.Ref = "accessor", "database/creds/x/y"
	g.Leases = append(g.Leases, l)
	f.put(t, g)
	got, ok, err := f.LeaseOfRole(t.Context(), l.Role)
	if err != nil || !ok {
		t.Fatalf("LeaseOfRole: %v, %v", ok, err)
	}
	sameLease(t, got, l)
	if _, ok, err := f.LeaseOfRole(t.Context(), "dba-abcdef-nobody"); ok || err != nil {
		t.Errorf("an unknown role has a lease: %v, %v", ok, err)
	}
}

func cancelled(t *testing.T, f fixture) {
	g := f.open(t, Sample(t0))
	ctx := done(t)
	if err := f.UpdateGrant(ctx, g, change(g)); err == nil {
		t.Error("UpdateGrant went through")
	}
	if _, err := f.TakeDue(ctx, g.ClaimBy, g.ClaimBy, 10, func(credentials.Grant) audit.Event { return ending(g) }); err == nil {
		t.Error("TakeDue went through")
	}
	if got := f.get(t, g.ID); got.Version != g.Version || got.State != credentials.Open {
		t.Errorf("it is %+v now", got)
	}
}
