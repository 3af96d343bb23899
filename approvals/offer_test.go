package approvals_test

import (
	"errors"
	"fmt"
	"testing"

	"dbaccess/approvals"
	"dbaccess/approvals/policy"
	"dbaccess/internal/identity"
)

func TestOnlyWhatThePolicyCouldGiveIsOffered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.who("alice")
	for what, want := range map[[2]string]bool{
		{"shop", "masked-read"}: true, {"shop", "read"}: true, {"shop", "open"}: true,
		{"shop", "write"}: false, {"shop", ""}: false, {"nowhere", "read"}: false,
		{"ledger", "read"}: false, // a rule denies it, whoever asks
	} {
		if got := w.MayAsk(alice, what[0], what[1]); got != want {
			t.Errorf("may ask for %v: %v", what, got)
		}
	}
	if !w.MayRun(alice, "shop") || w.MayRun(alice, "ledger") || w.MayRun(alice, "nowhere") {
		t.Error("statements are offered where none runs, or not where they do")
	}

	w.setPolicy(rules + "  - {name: staff-only, groups: [owners], profiles: [open], deny: No.}\n  - {name: no-sql, kinds: [statement], deny: No.}\n")
	if w.MayAsk(alice, "shop", "open") || !w.MayAsk(w.who("eve"), "shop", "open") {
		t.Error("a rule about a group is for its members")
	}
	if w.MayRun(alice, "shop") {
		t.Error("statements are offered although none may run")
	}
}

func TestNothingIsOfferedWhereItCannotBeFoundOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.who("alice")
	robot := alice
	robot.Kind = identity.Service
	if w.MayAsk(robot, "shop", "read") || w.MayAsk(identity.Principal{Kind: identity.Person, Name: "mallory"}, "shop", "read") {
		t.Error("offered to somebody unknown")
	}
	w.mu.Lock()
	w.away = errors.New("directory away")
	delete(w.people, "alice")
	w.mu.Unlock()
	if w.MayAsk(alice, "shop", "read") || w.MayRun(alice, "shop") {
		t.Error("offered although nobody could say who asks")
	}
	w = newWorld(t)
	w.Policy = func() *policy.Set { return nil }
	if w.MayAsk(alice, "shop", "read") {
		t.Error("offered without a policy")
	}
}

// The form must open within Slack's three seconds: fifty databases of five
// profiles are to take a few milliseconds.
func BenchmarkMayAskOfFiftyDatabases(b *testing.B) {
	set, err := policy.Parse(policy.Shipped()...)
	if err != nil {
		b.Fatal(err)
	}
	db := approvals.Database{Name: "shop", Tags: []string{"production"}}
	for i := range 5 {
		db.Profiles = append(db.Profiles, approvals.Profile{Name: fmt.Sprintf("p%d", i), Masked: i == 0})
	}
	alice := identity.Principal{Kind: identity.Person, Name: "alice", Groups: []string{"staff"}}
	s := approvals.Service{
		Policy:    func() *policy.Set { return set },
		Principal: func(string) (identity.Principal, error) { return alice, nil },
		Database:  func(string) (approvals.Database, error) { return db, nil },
	}
	for b.Loop() {
		for range 50 {
			for _, p := range db.Profiles {
				s.MayAsk(alice, "shop", p.Name)
			}
		}
	}
}
