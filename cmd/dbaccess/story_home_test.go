package main

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"dbaccess/approvals"
	"dbaccess/credentials"
	"dbaccess/internal/devslack"
)

// seesHome waits until somebody's App Home says all of words, by itself.
func (s *story) seesHome(user string, words ...string) devslack.View {
	s.Helper()
	var v devslack.View
	s.eventually(user+"'s App Home says "+strings.Join(words, ", "), func() bool {
		v, _ = s.slack.Home(user)
		return containsAll(devslack.PlainText(v), words)
	})
	return v
}

func (s *story) opensHome(user string) devslack.View {
	s.Helper()
	return must[devslack.View](s)(s.slack.As(user).OpenHome(s.Context()))
}

// Everything from App Home: ask, review, claim, end, ask again. Nobody opens it
// twice; it follows.
func TestALifeOnAppHome(t *testing.T) {
	s := newStory(t, scene{})
	s.presses("alice", s.opensHome("alice"), "Request access")
	form := s.sees("alice", "Database", "masked-read") // there is one database
	s.submits("alice", form, map[string]any{"Why do you need it?": "INC-42 refund stuck", "How long?": "30m"})
	s.seesHome("alice", "My pending requests", "*waiting*", "Cancel request")
	s.seesCard("INC-42", "Approve")

	bobs := s.opensHome("bob")
	if !containsAll(devslack.PlainText(bobs), []string{"Awaiting my review", "INC-42 refund stuck", "Show the card"}) {
		t.Fatalf("bob's home:\n%s", devslack.PlainText(bobs))
	}
	s.presses("bob", bobs, "Review…")
	s.submits("bob", s.sees("bob", "INC-42", "How long"), nil)
	s.sees("bob", "You *approved* request")

	s.presses("alice", s.seesHome("alice", "*approved* for 30m, not begun"), "Get credentials")
	code := codeInModal.FindStringSubmatch(devslack.PlainText(s.sees("alice", "dbaccess claim ")))
	if code == nil {
		t.Fatal("no code in the modal")
	}
	c, err := s.redeem(s.Context(), code[1])
	if err != nil {
		t.Fatal(err)
	}
	session := s.connects(c)
	active := s.seesHome("alice", "*active* until", "(in 29 min)")
	s.seesCard("INC-42", "Claimed; *active* until") // the card follows too
	s.presses("alice", active, "End now")
	s.dies(session)
	s.sees("alice", "its holder ended it early")
	s.isOver(c)
	over := s.seesHome("alice", "Recent", "its holder ended it early", "You hold none now")

	s.presses("alice", over, "Request again")
	again := s.sees("alice", "Profile")
	s.submits("alice", again, map[string]any{"Why do you need it?": "INC-42, once more"})
	s.seesCard("INC-42, once more", "30m", "Approve")
	if r := s.request("alice"); r.Duration != 30*time.Minute || r.Profile != "masked-read" {
		t.Errorf("asked again: %+v", r.Terms)
	}
	s.verified()
}

func TestAHolderIsWarnedAndAsksAgain(t *testing.T) {
	s := newStory(t, scene{edit: func(yaml string) string {
		return strings.Replace(yaml, "\nrequests:\n", "\nrequests:\n  warn_before: 10m\n", 1)
	}})
	c := s.claims(s.approved("1h"))
	if at := s.warning(); at.Sub(s.grant("alice").Due.Add(-10*time.Minute)).Abs() > time.Second {
		t.Errorf("she is to be warned at %v, and it ends at %v", at, s.grant("alice").Due)
	}
	s.hurry(credentials.WarnHolder)
	warning := s.seesDM("alice", "*ends*", "(in 59 min)", "Request again")
	s.presses("alice", warning, "Request again")
	s.submits("alice", s.sees("alice", "Profile"), map[string]any{"Why do you need it?": "INC-42 takes longer"})
	s.presses("bob", s.seesCard("INC-42 takes longer", "Approve"), "Approve")
	s.seesDM("alice", shortID(s.request("alice").ID), "*approved*", "Get credentials")
	s.presses("alice", warning, "End now")
	s.isTold("alice", "is over")
	s.isOver(c)
	s.seesDM("alice", "was about to end")
}

// warning is when Alice is to be warned.
func (s *story) warning() time.Time {
	s.Helper()
	var at time.Time
	if err := s.storeRow(&at, "SELECT scheduled_at FROM dbaccess.river_job WHERE args ->> 'do' = $1 AND args ->> 'id' = $2", string(credentials.WarnHolder), string(s.grant("alice").ID)); err != nil {
		s.Fatal(err)
	}
	return at
}

// hurry lets the waiting follow-ups of a kind be due now.
func (s *story) hurry(kind approvals.TodoKind) {
	s.Helper()
	var n int
	if err := s.storeRow(&n, `WITH due AS (UPDATE dbaccess.river_job SET scheduled_at = now(), state = 'available' WHERE args ->> 'do' = $1 AND state = 'scheduled' RETURNING 1)
		SELECT count(*) FROM due`, string(kind)); err != nil || n == 0 {
		s.Fatalf("%d follow-ups of kind %s wait, %v", n, kind, err)
	}
}

func TestSQLInAMessageIsRunByAShortcut(t *testing.T) {
	s := newStory(t, scene{})
	m := must[devslack.Message](s)(s.slack.As("bob").Say("general", "Alice, can you look? ```SELECT id, email FROM customers WHERE id < 3 ORDER BY id```"))
	if err := s.slack.As("alice").MessageShortcut(t.Context(), m, "dbaccess_statement"); err != nil {
		t.Fatal(err)
	}
	s.submits("alice", s.sees("alice", "One SQL statement"), nil)
	s.seesDM("alice", "masked.invalid", "2 rows")
	if r := s.request("alice"); r.Statement != "SELECT id, email FROM customers WHERE id < 3 ORDER BY id" || r.State != approvals.Executed {
		t.Errorf("%s: %q", r.State, r.Statement)
	}
	s.slackSays("frank", "/dbaccess list", "You have no access")
}

// slackSays types a command and waits for what only that person reads.
func (s *story) slackSays(user, line string, words ...string) {
	s.Helper()
	s.types(user, line)
	s.isTold(user, words...)
}

// storeRow reads one value from the store, past it.
func (s *story) storeRow(into any, sql string, args ...any) error {
	s.Helper()
	conn := must[*pgx.Conn](s)(pgx.Connect(s.Context(), s.store))
	defer func() { _ = conn.Close(s.Context()) }()
	return conn.QueryRow(s.Context(), sql, args...).Scan(into)
}
