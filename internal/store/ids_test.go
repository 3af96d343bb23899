package store

import (
	"testing"

	"dbaccess/approvals"
	credentialtest "dbaccess/credentials/storetest"
)

func TestIDsAreFoundByTheirBeginnings(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, id := range []string{"req_abc1", "req_abd2", "req_a%_3"} {
		g := credentialtest.Sample(at)
		g.ID, g.Request = approvals.GrantID("grt_g"+id[4:]), approvals.RequestID(id)
		seed(t, s, g)
	}
	for given, want := range map[string]int{"abc": 1, "req_abc": 1, "ab": 2, "a%": 1, "a_": 0, "": 3, "gabc": 0, "grt_gabc": 0, "req_abc1x": 0} {
		ids, err := s.RequestIDs(t.Context(), given)
		if err != nil || len(ids) != want {
			t.Errorf("requests that begin with %q: %v, %v", given, ids, err)
		}
	}
	for given, want := range map[string]int{"gabc": 1, "grt_gabc": 1, "abc": 1, "req_ab": 2, "gab": 2, "zz": 0, "grt_abc1": 1} {
		ids, err := s.GrantIDs(t.Context(), given)
		if err != nil || len(ids) != want {
			t.Errorf("grants that begin with %q: %v, %v", given, ids, err)
		}
	}
}
