package store

import (
	"errors"
	"strings"
	"testing"

	"dbaccess/approvals"
	"dbaccess/audit"
)

func TestTheRuntimeRoleIsNotTheOwner(t *testing.T) {
	t.Parallel()
	owner, err := newStore(t).IsOwner(t.Context())
	if err != nil || owner {
		t.Errorf("IsOwner = %v, %v", owner, err)
	}
}

func TestAMemberOfTheOwnerCountsAsOwner(t *testing.T) {
	t.Parallel()
	url := ownerURL(t)
	owns, member := newID("owner"), newID("member")
	conn := connect(t, url)
	if _, err := conn.Exec(t.Context(), strings.NewReplacer("OWNS", owns, "MEMBER", member).Replace(`
		CREATE ROLE OWNS; CREATE ROLE MEMBER LOGIN PASSWORD '`+runtimePassword+`' NOINHERIT IN ROLE OWNS;
		ALTER TABLE dbaccess.audit_events OWNER TO OWNS;
		GRANT USAGE ON SCHEMA dbaccess TO MEMBER; GRANT SELECT ON dbaccess.schema_version TO MEMBER`)); err != nil {
		t.Fatal(err)
	}
	s := opened(t, strings.Replace(runtimeURL(t, url), runtimeRole, member, 1))
	if owner, err := s.IsOwner(t.Context()); err != nil || !owner {
		t.Errorf("IsOwner = %v, %v", owner, err)
	}
}

// attacks are what somebody could try who has taken over the server, and with
// it the runtime role.
var attacks = []string{
	"UPDATE dbaccess.audit_events SET body = '{}'",
	"UPDATE dbaccess.audit_events SET body = body WHERE false",
	"DELETE FROM dbaccess.audit_events",
	"TRUNCATE dbaccess.audit_events",
	"TRUNCATE dbaccess.requests CASCADE",
	"INSERT INTO dbaccess.audit_events (seq, prev, hash, body) VALUES (99, '', '', '{}')",
	"COPY dbaccess.audit_events (seq, prev, hash, body) FROM STDIN",
	"MERGE INTO dbaccess.audit_events e USING (SELECT 1) x ON true WHEN MATCHED THEN DELETE",
	"SELECT * FROM dbaccess.audit_events FOR UPDATE",
	"UPDATE dbaccess.audit_head SET seq = 0",
	"DELETE FROM dbaccess.audit_head",
	"INSERT INTO dbaccess.audit_head (seq, hash) VALUES (0, '')",
	"DO $$ BEGIN LOCK dbaccess.audit_events IN ACCESS EXCLUSIVE MODE; END $$",
	"ALTER TABLE dbaccess.audit_events DISABLE TRIGGER never_rewritten",
	"ALTER TABLE dbaccess.audit_events DISABLE TRIGGER ALL",
	"ALTER TABLE dbaccess.audit_events RENAME TO old_events",
	"ALTER TABLE dbaccess.audit_events DROP COLUMN hash",
	"ALTER TABLE dbaccess.audit_events OWNER TO " + runtimeRole,
	"DROP TABLE dbaccess.audit_events",
	"DROP TRIGGER never_rewritten ON dbaccess.audit_events",
	"CREATE TRIGGER mine BEFORE INSERT ON dbaccess.audit_events EXECUTE FUNCTION dbaccess.refuse_rewriting()",
	"CREATE RULE mine AS ON INSERT TO dbaccess.audit_events DO INSTEAD NOTHING",
	"DROP FUNCTION dbaccess.append_events(text[])",
	"ALTER FUNCTION dbaccess.append_events(text[]) SECURITY INVOKER",
	"CREATE OR REPLACE FUNCTION dbaccess.append_events(bodies text[]) RETURNS bigint LANGUAGE sql AS 'SELECT 1'",
	"CREATE OR REPLACE FUNCTION dbaccess.refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
	"CREATE TABLE dbaccess.mine (a int)",
	"DROP SCHEMA dbaccess CASCADE",
	"ALTER SCHEMA dbaccess RENAME TO theirs",
	"SET ROLE postgres",
	"SET SESSION AUTHORIZATION postgres",
	"SET session_replication_role = replica",
	"DELETE FROM dbaccess.requests",
	"DELETE FROM dbaccess.reviews",
	"DELETE FROM dbaccess.grants",
	"DELETE FROM dbaccess.leases",
	"DELETE FROM dbaccess.codes",
	"UPDATE dbaccess.installation SET id = 'aaaaaa'",
	"UPDATE dbaccess.schema_version SET is_applied = false",
	"ALTER TABLE dbaccess.reviews DISABLE TRIGGER no_self_review",
	"UPDATE dbaccess.reviews SET reviewer = 'carol'",
	"UPDATE dbaccess.reviews SET answer = 'approve'",
	"UPDATE dbaccess.grants SET holder = 'mallory'",
	"UPDATE dbaccess.grants SET profile = 'write', duration = 360000000000000",
	"UPDATE dbaccess.grants SET claim_by = '2099-01-01'",
	"UPDATE dbaccess.codes SET holder = 'mallory', expires = '2099-01-01', sum = sha256('mine')",
	"ALTER TABLE dbaccess.leases DROP CONSTRAINT ended_means_proven",
}

func TestTheRuntimeRoleCannotRewriteTheRecord(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	openGrant(t, s)
	before := everything(t, s)
	conn := connect(t, runtimeURL(t, ownerOf(t, s)))
	for _, sql := range attacks {
		_, err := conn.Exec(t.Context(), sql)
		if !isState(err, "42501") {
			t.Errorf("%s: got %v, want that it is refused", sql, err)
		}
	}
	if after := everything(t, s); after != before {
		t.Errorf("something was changed\nbefore %s\nafter %s", before, after)
	}
	if _, err := s.VerifyLog(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestTheAppendingFunctionCannotBeMisled(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	// Objects of the caller's own, which it would have found first.
	if _, err := connect(t, ownerOf(t, s)).Exec(t.Context(), "CREATE SCHEMA mine AUTHORIZATION "+runtimeRole); err != nil {
		t.Fatal(err)
	}
	conn := connect(t, runtimeURL(t, ownerOf(t, s)))
	_, err := conn.Exec(t.Context(), `
		CREATE TEMP TABLE audit_head (one boolean, seq bigint, hash bytea);
		CREATE FUNCTION mine.sha256(bytea) RETURNS bytea LANGUAGE sql AS 'SELECT pg_catalog.sha256(''mine'')';
		CREATE FUNCTION mine.int8send(bigint) RETURNS bytea LANGUAGE sql AS 'SELECT ''\x00''::bytea';
		SET search_path = mine, pg_temp, pg_catalog;
		SELECT dbaccess.append_events(ARRAY['{"actor":"person:mallory","at":"2026-11-21T14:03:07.000000Z","type":"review.given"}'])`)
	if err != nil {
		t.Fatal(err)
	}
	if rep, err := s.VerifyLog(t.Context()); err != nil || rep.Count != 2 {
		t.Errorf("%+v, %v", rep, err)
	}
	for _, sql := range []string{
		"SELECT dbaccess.append_events(ARRAY[NULL::text])",
		"SELECT dbaccess.append_events(ARRAY['no JSON'])",
		"SELECT dbaccess.append_events(ARRAY['{}'])",
	} {
		if _, err := conn.Exec(t.Context(), sql); err == nil {
			t.Errorf("%s went through", sql)
		}
	}
	if rep, err := s.VerifyLog(t.Context()); err != nil || rep.Count != 2 {
		t.Errorf("afterwards: %+v, %v", rep, err)
	}
}

func TestEvenTheOwnerMustTakeTheTriggerAwayFirst(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	owner := connect(t, ownerOf(t, s))
	if _, err := owner.Exec(t.Context(), "SET session_replication_role = replica"); err != nil {
		t.Fatal(err)
	}
	for _, sql := range attacks[:4] {
		if _, err := owner.Exec(t.Context(), sql); err == nil || !strings.Contains(err.Error(), "never changed") {
			t.Errorf("%s: got %v", sql, err)
		}
	}
}

func TestWhateverTheOwnerRewritesIsFound(t *testing.T) {
	t.Parallel()
	const free = `ALTER TABLE dbaccess.audit_events DISABLE TRIGGER ALL; ALTER TABLE dbaccess.audit_events DROP CONSTRAINT audit_events_check;
		ALTER TABLE dbaccess.audit_events DROP CONSTRAINT audit_events_prev_key;`
	for name, tt := range map[string]struct {
		sql string
		seq int64
	}{
		"changed":         {"UPDATE dbaccess.audit_events SET body = replace(body, 'alice', 'malor') WHERE seq = 3", 3},
		"removed":         {"DELETE FROM dbaccess.audit_events WHERE seq = 3", 3},
		"cut off":         {"DELETE FROM dbaccess.audit_events WHERE seq > 4", 5},
		"all gone":        {"DELETE FROM dbaccess.audit_events", 1},
		"inserted":        {"UPDATE dbaccess.audit_events SET seq = seq + 1000 WHERE seq > 3; UPDATE dbaccess.audit_events SET seq = seq - 999 WHERE seq > 1000; INSERT INTO dbaccess.audit_events (seq, prev, hash, body) SELECT 4, prev, hash, body FROM dbaccess.audit_events WHERE seq = 3", 4},
		"added past it":   {"INSERT INTO dbaccess.audit_events (seq, prev, hash, body) SELECT seq + 1, hash, sha256(convert_to('dbaccess audit event v1', 'UTF8') || '\\x00'::bytea || hash || int8send(seq + 1) || convert_to(body, 'UTF8')), body FROM dbaccess.audit_events ORDER BY seq DESC LIMIT 1", 7},
		"swapped":         {"UPDATE dbaccess.audit_events SET seq = -3 WHERE seq = 3", 3},
		"changed forward": {"UPDATE dbaccess.audit_events SET hash = sha256('x') WHERE seq = 6; UPDATE dbaccess.audit_head SET hash = sha256('x')", 6},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStore(t)
			for range 5 {
				if err := s.Note(t.Context(), approvals.Change{Events: []audit.Event{event(audit.ReviewRefused, "req_x")}}); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := s.VerifyLog(t.Context()); err != nil {
				t.Fatal(err)
			}
			sql := free + "ALTER TABLE dbaccess.audit_events DROP CONSTRAINT audit_events_seq_check;" + tt.sql
			if _, err := connect(t, ownerOf(t, s)).Exec(t.Context(), sql); err != nil {
				t.Fatal(err)
			}
			_, err := s.VerifyLog(t.Context())
			var broken *audit.Broken
			if !errors.As(err, &broken) {
				t.Fatalf("got %v, want it broken", err)
			}
			want := tt.seq
			if name == "swapped" {
				want = 1 // it now stands before the first
			}
			if broken.Seq != want {
				t.Errorf("%v, want it at %d", err, want)
			}
		})
	}
}
