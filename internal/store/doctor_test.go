package store

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"dbaccess/approvals"
	"dbaccess/audit"
	"dbaccess/internal/checkup"
	"dbaccess/internal/devstack/pgtest"
)

// examined runs the doctor's checks on the store at url.
func examined(t testing.TB, url string, now func() time.Time) []checkup.Finding {
	t.Helper()
	d, err := NewDoctor(t.Context(), url, now)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var all []checkup.Finding
	for _, c := range d.Checks() {
		all = append(all, checkup.About(c.Name, c.Look(t.Context())...)...)
	}
	return all
}

// finds wants a finding of that level under that name, whose sentence and advice
// say all of words.
func finds(t testing.TB, all []checkup.Finding, level checkup.Level, name string, words ...string) {
	t.Helper()
	var b strings.Builder
	for _, f := range all {
		fmt.Fprintf(&b, "\n  %s %s: %s → %s", f.Level, f.Name, f.Sentence, f.Do)
		ok := f.Level == level && f.Name == name
		for _, w := range words {
			ok = ok && strings.Contains(f.Sentence+" "+f.Do, w)
		}
		if ok {
			if level != checkup.OK && f.Do == "" {
				t.Errorf("nothing is said to do about: %s", f.Sentence)
			}
			return
		}
	}
	t.Errorf("no %s of %s says %q; there are:%s", level, name, words, &b)
}

func TestTheDoctorFindsAMigratedStoreHealthy(t *testing.T) {
	t.Parallel()
	owner := ownerURL(t)
	s := opened(t, runtimeURL(t, owner))
	openGrant(t, s)
	all := examined(t, runtimeURL(t, owner), time.Now)
	for _, f := range all {
		if f.Level != checkup.OK {
			t.Errorf("%s %s: %s", f.Level, f.Name, f.Sentence)
		}
	}
	finds(t, all, checkup.OK, "rights", "cannot change what was recorded")
	finds(t, all, checkup.OK, "audit log", "All 2 events verify")
	finds(t, all, checkup.OK, "follow-ups", "No server runs")
}

func TestTheDoctorFindsTheStoresOwner(t *testing.T) {
	t.Parallel()
	finds(t, examined(t, ownerURL(t), time.Now), checkup.Problem, "rights", "could rewrite the record")
}

func TestTheDoctorFindsRightsThatAreMissingOrTooMany(t *testing.T) {
	t.Parallel()
	for sql, words := range map[string]string{
		"REVOKE INSERT ON dbaccess.requests FROM " + runtimeRole:                      "lacks 1 rights: INSERT requests.",
		"REVOKE UPDATE (due) ON dbaccess.grants FROM " + runtimeRole:                  "lacks 1 rights: UPDATE (due) grants.",
		"REVOKE EXECUTE ON FUNCTION dbaccess.append_events FROM " + runtimeRole:       "EXECUTE append_events",
		"GRANT DELETE ON dbaccess.audit_events TO " + runtimeRole:                     "not need: DELETE audit_events.",
		"GRANT UPDATE (holder) ON dbaccess.grants TO PUBLIC":                          "not need: UPDATE (holder) grants.",
		"GRANT CREATE ON SCHEMA dbaccess TO " + runtimeRole:                           "not need: CREATE dbaccess.",
		"REVOKE USAGE ON SEQUENCE dbaccess.river_job_id_seq FROM " + runtimeRole:      "lacks 1 rights: USAGE river_job_id_seq.",
		"GRANT UPDATE ON SEQUENCE dbaccess.river_job_id_seq TO " + runtimeRole + " ;": "not need: UPDATE river_job_id_seq.",
	} {
		t.Run(words, func(t *testing.T) {
			t.Parallel()
			owner := ownerURL(t)
			if _, err := connect(t, owner).Exec(t.Context(), sql); err != nil {
				t.Fatal(err)
			}
			finds(t, examined(t, runtimeURL(t, owner), time.Now), checkup.Problem, "rights", words, "dbaccess migrate")
		})
	}
}

func TestTheDoctorFindsAStoreThatIsNotMigrated(t *testing.T) {
	t.Parallel()
	url := pgtest.Clone(t, "empty", nil)
	finds(t, examined(t, url, time.Now), checkup.Problem, "schema", "no dbaccess schema", "dbaccess migrate")

	owner := ownerURL(t)
	if _, err := connect(t, owner).Exec(t.Context(), "DELETE FROM "+versionTable+" WHERE version_id >= 19"); err != nil {
		t.Fatal(err)
	}
	finds(t, examined(t, runtimeURL(t, owner), time.Now), checkup.Problem, "schema", "older than this dbaccess")
}

func TestTheDoctorFindsChangedEvents(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ sql, says string }{
		"changed":  {`ALTER TABLE dbaccess.audit_events DROP CONSTRAINT audit_events_check; UPDATE dbaccess.audit_events SET body = replace(body, 'alice', 'carol') WHERE seq = 2`, "2"},
		"removed":  {"DELETE FROM dbaccess.audit_events WHERE seq = 2", "2"},
		"cut off":  {"DELETE FROM dbaccess.audit_events WHERE seq = (SELECT max(seq) FROM dbaccess.audit_events)", "remembers"},
		"moved":    {`ALTER TABLE dbaccess.audit_events DROP CONSTRAINT audit_events_check; UPDATE dbaccess.audit_events SET seq = seq + 100 WHERE seq >= 2`, "2"},
		"rehashed": {`ALTER TABLE dbaccess.audit_events DROP CONSTRAINT audit_events_check; UPDATE dbaccess.audit_events SET hash = sha256('x') WHERE seq = 2`, "2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			owner := ownerURL(t)
			s := opened(t, runtimeURL(t, owner))
			openGrant(t, s)
			openGrant(t, s)
			if _, err := connect(t, owner).Exec(t.Context(), "ALTER TABLE dbaccess.audit_events DISABLE TRIGGER never_rewritten; "+c.sql); err != nil {
				t.Fatal(err)
			}
			finds(t, examined(t, runtimeURL(t, owner), time.Now), checkup.Problem, "audit log", "not as it was written", c.says)
		})
	}
}

func TestTheDoctorVerifiesTheNewestEventsOfALongLog(t *testing.T) {
	t.Parallel()
	owner := ownerURL(t)
	_, err := connect(t, owner).Exec(t.Context(), `SELECT dbaccess.append_events(array_agg(format('{"at":"2026-11-21T14:03:07.123456Z","type":"x.y","actor":"system:test","n":%s}', n))) FROM generate_series(1, 1500) n`)
	if err != nil {
		t.Fatal(err)
	}
	finds(t, examined(t, runtimeURL(t, owner), time.Now), checkup.OK, "audit log", "The newest 1000 of 1501 events verify")
}

func TestTheDoctorFindsFollowUpsThatNobodyDoes(t *testing.T) {
	t.Parallel()
	owner := ownerURL(t)
	s := opened(t, runtimeURL(t, owner))
	r := request()
	later := func() time.Time { return time.Now().Add(10 * time.Minute) }
	ask := approvals.Change{Events: []audit.Event{event(audit.RequestSubmitted, r.ID)}, Todos: []approvals.Todo{{Kind: approvals.DrawCard, ID: string(r.ID)}}}
	if err := s.Insert(t.Context(), r, ask); err != nil {
		t.Fatal(err)
	}
	finds(t, examined(t, runtimeURL(t, owner), time.Now), checkup.OK, "follow-ups", "1 wait")
	finds(t, examined(t, runtimeURL(t, owner), later), checkup.Problem, "follow-ups", "1 wait, the oldest for", "dbaccess serve")
	if _, err := connect(t, owner).Exec(t.Context(), "UPDATE dbaccess.river_job SET state = 'discarded', finalized_at = now()"); err != nil {
		t.Fatal(err)
	}
	finds(t, examined(t, runtimeURL(t, owner), time.Now), checkup.Warning, "follow-ups", "1 were given up")
}

func TestTheDoctorFindsAClockThatDiffers(t *testing.T) {
	t.Parallel()
	now := func() time.Time { return time.Now().Add(-time.Minute) }
	finds(t, examined(t, runtimeURL(t, ownerURL(t)), now), checkup.Warning, "clock", "differs from ours by 1m0s")
}

func TestTheDoctorSaysOnceThatTheStoreIsAway(t *testing.T) {
	t.Parallel()
	url := strings.Replace(runtimeURL(t, ownerURL(t)), runtimePassword, "hunter2", 1)
	all := examined(t, url, time.Now)
	finds(t, all, checkup.Problem, "connection", "password authentication failed")
	for _, f := range all {
		if strings.Contains(f.Sentence+f.Do, "hunter2") || f.Level == checkup.Problem && f.Name != "connection" {
			t.Errorf("%s: %s", f.Name, f.Sentence)
		}
	}
}
