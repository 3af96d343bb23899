package store

import (
	"testing"

	"dbaccess/audit"
	"dbaccess/credentials"
)

// The database states the rules once more, for code that does not yet exist.
func TestTheDatabaseRefusesWhatTheRulesForbid(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	g := openGrant(t, s)
	lease := func(state string) string {
		return `INSERT INTO dbaccess.leases (id, grant_id, place, database, profile, role, role_oid, handle, state, until, at, minted_at, reason, tries, trouble)
			VALUES ('` + newID("lse") + `', '` + string(g.ID) + `', 0, 'shop', 'read', '` + newID("dba") + `', 1, '', '` + state + `', '2026-01-01', '2026-01-01', '2026-01-01', '', 0, '')`
	}
	review := func(reviewer string) string {
		return `INSERT INTO dbaccess.reviews (id, request, place, revision, digest, reviewer, answer, reason, via, policy, route, at)
			VALUES ('` + newID("rev") + `', '` + string(g.Request) + `', 0, 1, sha256(''), '` + reviewer + `', 'approve', '', 'button', '', '{}', '2026-01-01')`
	}
	for rule, sql := range map[string]string{
		"a state is a known one":                       "UPDATE dbaccess.requests SET state = 'nearly'",
		"what is decided has its time":                 "UPDATE dbaccess.requests SET decided_at = NULL",
		"what is pending is not decided":               "UPDATE dbaccess.requests SET state = 'pending'",
		"access requests do not run":                   "UPDATE dbaccess.requests SET state = 'executed', started_at = '2026-01-01', ended_at = '2026-01-01'",
		"what is committed has begun":                  `UPDATE dbaccess.requests SET mark = '{"XID": "7"}'`,
		"what is settled is over":                      "UPDATE dbaccess.requests SET fate = 'unknown'",
		"a fate is a known one":                        "UPDATE dbaccess.requests SET fate = 'perhaps'",
		"what was fused has failed":                    "UPDATE dbaccess.requests SET fused = true",
		"access has a window":                          "UPDATE dbaccess.requests SET duration = 0",
		"a digest is 32 bytes":                         "UPDATE dbaccess.requests SET digest = 'x'",
		"nobody reviews their own request":             review("alice"),
		"a person has one standing review":             review("bob") + ";" + review("bob"),
		"a request opens one grant":                    "INSERT INTO dbaccess.grants (id, version, request, kind, holder, database, profile, duration, approved_at, claim_by, state, reason, ended_by) SELECT 'grt_2', 1, request, kind, holder, database, profile, duration, approved_at, claim_by, state, reason, ended_by FROM dbaccess.grants",
		"an active grant has a window":                 "UPDATE dbaccess.grants SET state = 'active'",
		"an ending grant has a reason":                 "UPDATE dbaccess.grants SET state = 'revoking'",
		"an ended grant has its time":                  "UPDATE dbaccess.grants SET state = 'ended', reason = 'elapsed'",
		"a grant has one living lease":                 lease("intended") + ";" + lease("live"),
		"a live lease was minted":                      lease("live") + "; UPDATE dbaccess.leases SET minted_at = NULL",
		"an ended lease is proven":                     lease("live") + "; UPDATE dbaccess.leases SET state = 'ended', ended_at = '2026-01-01'",
		"a grant ends after its leases":                lease("ending") + "; UPDATE dbaccess.grants SET state = 'ended', reason = 'elapsed', ended_at = '2026-01-01'",
		"an ended grant gets no lease":                 "UPDATE dbaccess.grants SET state = 'ended', reason = 'elapsed', ended_at = '2026-01-01'; " + lease("intended"),
		"a code belongs to a grant":                    "INSERT INTO dbaccess.codes (sum, grant_id, holder, expires) VALUES (sha256(''), 'grt_none', 'alice', '2026-01-01')",
		"there is one installation":                    "INSERT INTO dbaccess.installation (id, made_at) VALUES ('bbbbbb', '2026-01-01')",
		"there is one installation, however it is put": "INSERT INTO dbaccess.installation (one, id, made_at) VALUES (false, 'bbbbbb', '2026-01-01')",
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			conn := connect(t, ownerOf(t, s))
			tx, err := conn.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer tx.Rollback(t.Context()) //nolint:errcheck // it never commits
			if _, err = tx.Exec(t.Context(), sql); err == nil {
				_, err = tx.Exec(t.Context(), "SET CONSTRAINTS ALL IMMEDIATE") // as a commit would
			}
			if !isState(err, "23514", "23505", "23502", "23503") {
				t.Errorf("got %v, want that it violates something", err)
			}
		})
	}
}

func TestAGrantEndsTogetherWithItsLastLease(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	g := openGrant(t, s)
	put := func(change func()) {
		t.Helper()
		change()
		if err := s.UpdateGrant(t.Context(), g, credentials.Change{Events: []audit.Event{event(audit.LeaseEnded, g.Request)}}); err != nil {
			t.Fatal(err)
		}
		var err error
		if g, err = s.Grant(t.Context(), g.ID); err != nil {
			t.Fatal(err)
		}
	}
	lease := func(state credentials.LeaseState) credentials.Lease {
		return credentials.Lease{ID: credentials.LeaseID(newID("lse")), Grant: g.ID, Database: "shop", Profile: "masked-read", Role: newID("dba"), State: state, At: at, Until: at}
	}
	put(func() { g.Leases = append(g.Leases, lease(credentials.Intended)) })
	put(func() { // replaced in one step: the old one stops living before the new one begins
		g.Leases[0].State = credentials.Ending
		g.Leases = append(g.Leases, lease(credentials.Intended))
	})
	put(func() {
		g.State, g.Reason, g.EndedAt = credentials.Ended, credentials.Revoked, at
		for i := range g.Leases {
			g.Leases[i].State, g.Leases[i].EndedAt, g.Leases[i].Proof = credentials.Gone, at, &credentials.Proof{At: at, Role: g.Leases[i].Role}
		}
	})
	if g.State != credentials.Ended || len(g.Leases) != 2 || g.Leases[1].Proof == nil {
		t.Errorf("it stands as %+v", g)
	}
	if got, ok, err := s.LeaseOfRole(t.Context(), g.Leases[1].Role); err != nil || !ok || got.ID != g.Leases[1].ID {
		t.Errorf("lease of its role: %+v, %v, %v", got, ok, err)
	}
	if _, ok, err := s.LeaseOfRole(t.Context(), "dba-nobody"); err != nil || ok {
		t.Errorf("lease of an unknown role: %v, %v", ok, err)
	}
}
