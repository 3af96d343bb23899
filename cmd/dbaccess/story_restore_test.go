package main

import (
	"bufio"
	"context"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"dbaccess/credentials"
	"dbaccess/internal/api"
	"dbaccess/internal/devstack/vaulttest"
)

// runs runs an operator's command on the story's config.
func (s *story) runs(args ...string) (int, string) {
	s.Helper()
	return command(append(args, "--config", s.dir+"/config.yaml")...)
}

// reconciles returns what `dbaccess reconcile --format json` lists.
func (s *story) reconciles() (rows []unexplainedRow) {
	s.Helper()
	code, said := s.runs("reconcile", "--format", "json")
	if code != 0 {
		s.Fatalf("reconcile: exit code %d\n%s", code, said)
	}
	lines := bufio.NewScanner(strings.NewReader(said))
	for lines.Scan() {
		var row unexplainedRow
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			s.Fatalf("%v in %q", err, lines.Text())
		}
		rows = append(rows, row)
	}
	return rows
}

// admin runs a statement as the superuser of the story's server, beside all its
// databases.
func (s *story) admin(sql string) {
	s.Helper()
	conn := must[*pgx.Conn](s)(pgx.Connect(s.Context(), s.pg.URL("postgres")))
	defer conn.Close(context.Background())
	if _, err := conn.Exec(s.Context(), sql); err != nil {
		s.Fatalf("%s: %v", sql, err)
	}
}

// stores changes the store past the rules, as if time had passed.
func (s *story) stores(sql string) {
	s.Helper()
	conn := must[*pgx.Conn](s)(pgx.Connect(s.Context(), s.store))
	defer conn.Close(context.Background())
	if _, err := conn.Exec(s.Context(), sql); err != nil {
		s.Fatalf("%s: %v", sql, err)
	}
}

// alive checks that a session is there and works.
func (s *story) alive(conn *pgx.Conn) {
	s.Helper()
	if _, err := conn.Exec(s.Context(), "SELECT 1"); err != nil {
		s.Errorf("a session that should live: %v", err)
	}
}

// holds brings somebody a credential and a session.
func (s *story) holds(user, window string) (api.Claimed, *pgx.Conn) {
	s.Helper()
	c, err := s.redeem(s.Context(), s.code(s.opens(user, window)))
	if err != nil {
		s.Fatalf("redeem: %v", err)
	}
	return c, s.connects(c)
}

var (
	headLine = regexp.MustCompile(`Head: (\S+)`)
	sumLine  = regexp.MustCompile(`--confirm=([0-9a-f]{8})`)
)

// backedUp stops the server, copies the store, and starts it again. The function
// it returns puts the copy in the store's place, likewise.
func (s *story) backedUp() (restore func()) {
	s.Helper()
	stopped := func(f func()) {
		s.Helper()
		if err := s.srv.stop(); err != nil {
			s.Fatal(err)
		}
		f()
		s.start()
	}
	store := pgx.Identifier{databaseName(s.T, s.store)}.Sanitize()
	backup := pgx.Identifier{databaseName(s.T, s.store) + "_backup"}.Sanitize()
	stopped(func() { s.admin("CREATE DATABASE " + backup + " TEMPLATE " + store) })
	return func() {
		stopped(func() {
			s.admin("DROP DATABASE " + store + " WITH (FORCE)")
			s.admin("ALTER DATABASE " + backup + " RENAME TO " + store)
		})
	}
}

func TestARestoredStoreEndsNobodyUntilAPersonHasLooked(t *testing.T) {
	restoredStory(t, scene{})
}

func TestARestoredStoreWithVaultEndsNobodyUntilAPersonHasLooked(t *testing.T) {
	restoredStory(t, scene{vault: vaulttest.Server(t)})
}

func restoredStory(t *testing.T, sc scene) {
	t.Helper()
	s := newStory(t, sc)
	_, known := s.holds("alice", "1h")
	restore := s.backedUp()
	first, firstSession := s.holds("frank", "1h")
	second, secondSession := s.holds("frank", "1h")
	_, said := s.runs("audit", "verify")
	noted := headLine.FindStringSubmatch(said)
	if noted == nil {
		t.Fatalf("verify shows no head:\n%s", said)
	}
	restore()

	// The server sweeps when it starts; once more when the grace is over, and it
	// still ends nobody.
	s.eventually("it alarms", func() bool { return s.recorded()["sweep.alarm"] > 0 })
	s.stores("UPDATE dbaccess.strays SET first_seen = first_seen - interval '10 minutes'")
	if _, err := s.core.grants.Sweep(t.Context()); err != nil {
		t.Error(err)
	}
	for _, session := range []*pgx.Conn{known, firstSession, secondSession} {
		s.alive(session)
	}
	if got := s.recorded(); got["sweep.alarm"] != 1 || got["stray.ended"] != 0 {
		t.Errorf("recorded: %v", got)
	}

	rows := s.reconciles()
	want := map[string]time.Time{first.Role: first.Until, second.Role: second.Until}
	if len(rows) != 2 {
		t.Fatalf("it lists %+v", rows)
	}
	for _, row := range rows {
		if until, ok := want[row.Role]; !ok || row.Until == nil || !row.Until.Equal(until) || row.Sessions != 1 || row.Database != "shop" ||
			!strings.Contains(row.Why, "is not on record: the store is older than the role") {
			t.Errorf("it lists %+v", row)
		}
	}
	s.endsWhatItPrints(first, second)
	s.dies(firstSession)
	s.dies(secondSession)
	s.isOver(first)
	s.isOver(second)
	s.alive(known)
	if code, said := s.runs("reconcile"); code != 0 || !strings.Contains(said, "Every role of this installation is explained") {
		t.Errorf("afterwards: %d\n%s", code, said)
	}

	s.verified()
	if code, said := s.runs("audit", "verify"); code != 0 {
		t.Errorf("the restored log: %d\n%s", code, said)
	}
	if code, said := s.runs("audit", "verify", "--head", noted[1]); code != 1 || !strings.Contains(said, "BROKEN") {
		t.Errorf("with a head from after the backup: %d\n%s", code, said)
	}
}

// endsWhatItPrints lists, and ends by the sum of the list.
func (s *story) endsWhatItPrints(list ...api.Claimed) {
	s.Helper()
	code, said := s.runs("reconcile", "--database", "shop")
	sum := sumLine.FindStringSubmatch(said)
	if code != 0 || sum == nil || !strings.Contains(said, "Nothing was ended") {
		s.Fatalf("reconcile: %d\n%s", code, said)
	}
	for _, c := range list {
		if !strings.Contains(said, c.Role) {
			s.Errorf("it does not show %s:\n%s", c.Role, said)
		}
	}
	if code, said := s.runs("reconcile", "--confirm=00000000"); code != 1 || !strings.Contains(said, "nothing was ended") || s.recorded()["stray.ending"] != 0 {
		s.Errorf("with the sum of another list: %d\n%s", code, said)
	}
	if code, said := s.runs("reconcile", "--confirm="+sum[1]); code != 0 || strings.Count(said, "ended, proven at") != len(list) {
		s.Errorf("reconcile --confirm: %d\n%s", code, said)
	}
	var by string
	conn := must[*pgx.Conn](s)(pgx.Connect(s.Context(), s.store))
	defer conn.Close(context.Background())
	err := conn.QueryRow(s.Context(), "SELECT string_agg(DISTINCT actor, ' ') FROM dbaccess.audit_events WHERE type LIKE 'stray.%'").Scan(&by)
	if got := s.recorded(); err != nil || got["stray.ended"] != len(list) || got["stray.ending"] != 1 || by != operator().ID() {
		s.Errorf("recorded by %s: %v, %v", by, got, err)
	}
}

func TestReconcileRefusesWhatItDoesNotKnow(t *testing.T) {
	s := newStory(t, scene{noServer: true})
	if code, said := s.runs("reconcile", "--database", "ship"); code != 1 || !strings.Contains(said, `no database named "ship"`) {
		t.Errorf("%d\n%s", code, said)
	}
	if code, said := s.runs("reconcile", "--format", "xml"); code != 2 || !strings.Contains(said, "xml") {
		t.Errorf("%d\n%s", code, said)
	}
}

func TestTwoInstallationsOnOneServerTouchOnlyTheirOwn(t *testing.T) {
	ours := newStory(t, scene{})
	theirs := anotherStory(t, scene{shop: databaseName(t, ours.shop)})
	if ours.core.grants.Install == theirs.core.grants.Install {
		t.Fatal("they have the same id")
	}
	mine, mySession := ours.holds("alice", "1h")
	restore := theirs.backedUp()
	lost, lostSession := theirs.holds("alice", "1h")
	restore() // now their store does not explain it
	yours, yourSession := theirs.holds("alice", "1h")

	// What theirs must explain, ours never sees; and the other way round.
	if rows := ours.reconciles(); len(rows) != 0 {
		t.Errorf("ours lists %+v", rows)
	}
	if rows := theirs.reconciles(); len(rows) != 1 || rows[0].Role != lost.Role {
		t.Errorf("theirs lists %+v", rows)
	}
	report, err := ours.core.grants.Sweep(t.Context())
	if err != nil || report.Strays != 0 || report.Ended != 0 {
		t.Errorf("our sweep: %+v, %v", report, err)
	}
	list, err := theirs.core.grants.Unexplained(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ends, err := ours.core.grants.EndUnexplained(t.Context(), operator(), list)
	if err != nil || len(ends) != 1 || ends[0].Proof != nil || ends[0].Err == nil {
		t.Errorf("we end theirs: %+v, %v", ends, err)
	}
	if code, said := ours.runs("reconcile", "--confirm"); code != 0 {
		t.Errorf("we reconcile: %d\n%s", code, said)
	}
	for _, session := range []*pgx.Conn{mySession, lostSession, yourSession} {
		ours.alive(session)
	}

	// A code of theirs is nothing to us, and neither is a grant.
	g := theirs.opens("frank", "1h")
	code := theirs.code(g)
	if _, err := ours.redeem(t.Context(), code); err == nil {
		t.Error("we gave a credential for their code")
	}
	if _, err := ours.core.grants.End(t.Context(), operator(), theirs.grant("alice").ID, credentials.Revoked); err == nil {
		t.Error("we ended their grant")
	}
	if _, err := theirs.redeem(t.Context(), code); err != nil {
		t.Errorf("their code, at theirs: %v", err)
	}

	if _, err := ours.core.grants.End(t.Context(), operator(), ours.grant("alice").ID, credentials.Revoked); err != nil {
		t.Error(err)
	}
	ours.dies(mySession)
	ours.isOver(mine)
	theirs.alive(yourSession)
	if code, said := theirs.runs("reconcile", "--confirm"); code != 0 {
		t.Errorf("they reconcile: %d\n%s", code, said)
	}
	theirs.dies(lostSession)
	theirs.alive(yourSession)
	if n := theirs.shopRow("SELECT count(*)::text FROM pg_roles WHERE rolname = $1", yours.Role); n != "1" {
		t.Errorf("%s of their role are there", n)
	}
	ours.verified()
	theirs.verified()
}

func TestACurfewThatStruckWhileNoServerWasUpEndsAccess(t *testing.T) {
	s := newStory(t, scene{edit: func(yaml string) string {
		return strings.Replace(yaml, "revocation:\n", "revocation:\n  curfews:\n    - {schedule: \"0 * * * *\", profiles: [masked-read]}\n", 1)
	}})
	c, session := s.holds("alice", "1h")
	if err := s.srv.stop(); err != nil {
		t.Fatal(err)
	}
	s.stores("UPDATE dbaccess.grants SET active_at = active_at - interval '1 hour'") // an hour has struck since
	s.alive(session)
	s.start()
	s.dies(session)
	s.seesDM("alice", "past this time of day")
	s.isOver(c)
	if g := s.grant("alice"); g.State != credentials.Ended || g.Reason != credentials.Revoked || g.EndedBy != "system:curfew" {
		t.Errorf("the grant is %s, %s by %s", g.State, g.Reason, g.EndedBy)
	}
	s.verified()
}
