package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"dbaccess/audit"
	"dbaccess/internal/tokens"
	tokentest "dbaccess/internal/tokens/storetest"
)

// tokenWitness tells which events about tokens are in the log.
type tokenWitness struct{ *Store }

func (w tokenWitness) Told(ctx context.Context) ([]audit.Event, error) {
	records, err := w.Events(ctx, EventFilter{Limit: 1000})
	if err != nil {
		return nil, err
	}
	var list []audit.Event
	for _, rec := range records {
		var body struct{ Type audit.Type }
		if err := json.Unmarshal(rec.Body, &body); err != nil {
			return nil, fmt.Errorf("event %d: %w", rec.Seq, err)
		}
		if strings.HasPrefix(string(body.Type), "token.") {
			list = append(list, audit.Event{Type: body.Type})
		}
	}
	return list, nil
}

func TestStoreKeepsTokens(t *testing.T) {
	t.Parallel()
	tokentest.Run(t, func(t *testing.T) tokens.Store { return tokenWitness{newStore(t)} })
}

// storedToken is a token of alice's, which expires then.
func storedToken(t *testing.T, s *Store, id string, expires time.Time, once *tokens.Once) {
	t.Helper()
	tok := tokens.Token{ID: id, Principal: "alice", Audience: tokens.API, At: at, Expires: expires}
	ev := audit.Event{At: at, Type: audit.TokenIssued, Actor: "person:alice", Details: map[string]any{"token": id}}
	if err := s.InsertToken(t.Context(), tok, [32]byte([]byte(strings.Repeat(id, 32)[:32])), once, ev, tokens.Replayed{}); err != nil {
		t.Fatal(err)
	}
}

func TestTidyForgetsTokensThatHaveLongBeenOver(t *testing.T) {
	t.Parallel()
	s, clock := storeAt(t)
	expires := at.Add(time.Hour)
	storedToken(t, s, "tok_expired", expires, nil)
	storedToken(t, s, "tok_ended", at.Add(30*24*time.Hour), nil)
	storedToken(t, s, "tok_live", at.Add(30*24*time.Hour), nil)
	if _, err := s.EndToken(t.Context(), "tok_ended", expires, "person:alice", func(t tokens.Token) audit.Event {
		return audit.Event{At: expires, Type: audit.TokenEnded, Actor: "person:alice"}
	}); err != nil {
		t.Fatal(err)
	}
	known := func(id string) bool {
		_, err := s.Token(t.Context(), id)
		if err != nil && !errors.Is(err, tokens.ErrNoToken) {
			t.Fatal(err)
		}
		return err == nil
	}
	for _, c := range []struct {
		now  time.Time
		over bool // still known
	}{{expires.Add(7 * 24 * time.Hour), true}, {expires.Add(7*24*time.Hour + time.Microsecond), false}} {
		clock.set(c.now)
		if err := s.Tidy(t.Context()); err != nil {
			t.Fatal(err)
		}
		if known("tok_expired") != c.over || known("tok_ended") != c.over || !known("tok_live") {
			t.Errorf("at %v: expired %v, ended %v, live %v", c.now, known("tok_expired"), known("tok_ended"), known("tok_live"))
		}
	}
}

func TestTidyForgetsAUsedIdentityOnlyWhenNobodyWouldTakeIt(t *testing.T) {
	t.Parallel()
	s, clock := storeAt(t)
	once := &tokens.Once{Sum: [32]byte{1}, Until: at.Add(time.Hour)}
	storedToken(t, s, "tok_1", at.Add(time.Minute), once)
	use := func(id string) error {
		return s.InsertToken(t.Context(), tokens.Token{ID: id, Principal: "alice", Audience: tokens.API, At: at, Expires: at.Add(time.Hour)},
			[32]byte([]byte(strings.Repeat(id, 32)[:32])), once, audit.Event{At: at, Type: audit.TokenIssued, Actor: "person:alice"},
			tokens.Replayed{At: at, By: "system:tokens", Events: func(tokens.Token) []audit.Event {
				return []audit.Event{{At: at, Type: audit.TokenRefused, Actor: "person:alice"}}
			}})
	}
	clock.set(once.Until)
	if err := s.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := use("tok_2"); !errors.Is(err, tokens.ErrReplayed) {
		t.Errorf("at the last moment: %v", err)
	}
	clock.set(once.Until.Add(time.Microsecond))
	if err := s.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := use("tok_3"); err != nil {
		t.Errorf("after it: %v", err)
	}
}

func TestTheDatabaseKeepsTokensHonest(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	storedToken(t, s, "tok_1", at.Add(time.Hour), nil)
	if _, err := s.EndToken(t.Context(), "tok_1", at, "person:alice", func(tokens.Token) audit.Event {
		return audit.Event{At: at, Type: audit.TokenEnded, Actor: "person:alice"}
	}); err != nil {
		t.Fatal(err)
	}
	insert := func(principal, behind, audience string) string {
		return `INSERT INTO dbaccess.tokens (id, sum, principal, acts_for, audience, issuer, subject, at, expires)
			VALUES ('tok_x', sha256('x'), '` + principal + `', '` + behind + `', '` + audience + `', '', '', '2026-01-01', '2026-01-02')`
	}
	for rule, sql := range map[string]string{
		"what is ended stays ended":             "UPDATE dbaccess.tokens SET ended_at = NULL, ended_by = ''",
		"its end stays where it was":            "UPDATE dbaccess.tokens SET ended_at = '2030-01-01'",
		"a person's token is not for agents":    insert("alice", "", "dbaccess-mcp"),
		"an agent's token is for agents":        insert("claude@alice", "alice", "dbaccess"),
		"an agent acts for its person":          insert("claude@alice", "bob", "dbaccess-mcp"),
		"an audience is a known one":            insert("alice", "", "everything"),
		"a token belongs to somebody":           insert("", "", "dbaccess"),
		"what is good for ever is good for all": strings.Replace(insert("alice", "", "dbaccess"), "2026-01-02", "2026-01-01", 1),
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			_, err := connect(t, ownerOf(t, s)).Exec(t.Context(), sql)
			if !isState(err, "23514") {
				t.Errorf("got %v", err)
			}
		})
	}
	conn := connect(t, runtimeURL(t, ownerOf(t, s)))
	for _, sql := range []string{
		"UPDATE dbaccess.tokens SET expires = '2030-01-01'", "UPDATE dbaccess.tokens SET principal = 'bob'",
		"UPDATE dbaccess.tokens SET sum = sha256('mine')", "UPDATE dbaccess.used_identities SET until = '2020-01-01'",
	} {
		if _, err := conn.Exec(t.Context(), sql); !isState(err, "42501") {
			t.Errorf("the server's role may %s: %v", sql, err)
		}
	}
}
