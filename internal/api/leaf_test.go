package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"pgregory.net/rapid"
)

func newListener(t *testing.T) net.Listener {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestSealedBytesOpenWithTheirCodeOnly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		code, plain := NewCode(), rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		sealed, err := Seal(code, plain)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Unseal(code, sealed)
		if err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("%v", err)
		}
		if _, err := Unseal(NewCode(), sealed); err == nil {
			t.Fatal("another code opened it")
		}
		i := rapid.IntRange(0, len(sealed)-1).Draw(t, "changed byte")
		sealed[i] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if _, err := Unseal(code, sealed); err == nil {
			t.Fatalf("byte %d was changed and nobody noticed", i)
		}
		if _, err := Unseal(code, sealed[:i]); err == nil {
			t.Fatal("it was cut off and nobody noticed")
		}
	})
}

func TestSealingHidesTheTextAndNeverRepeatsItself(t *testing.T) {
	t.Parallel()
	code, plain := NewCode(), []byte("alice@example.com")
	a, err := Seal(code, plain)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Seal(code, plain)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(a, plain) || bytes.Equal(a, b) {
		t.Error("the sealed bytes show the text or repeat")
	}
	sum := CodeSum(code)
	if bytes.Contains(a, sum[:]) {
		t.Error("the sealed bytes hold the sum")
	}
}

func TestResultPageSurvivesSealing(t *testing.T) {
	t.Parallel()
	want := ResultPage{Request: "req_1", Columns: []string{"a"}, Rows: [][]Cell{{{Null: true}}, {{Text: "null"}}, {{}}}}
	code := NewCode()
	sealed, err := SealPage(code, want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := UnsealPage(code, sealed)
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestCodesAreLongAndAllDifferent(t *testing.T) {
	t.Parallel()
	seen := map[[32]byte]bool{}
	for range 1000 {
		c := NewCode()
		if !looksLikeCode(c.Reveal()) || len(c.Reveal()) != 26 || strings.ToLower(c.Reveal()) != c.Reveal() {
			t.Fatal("a code is not 26 lower-case characters")
		}
		seen[CodeSum(c)] = true
	}
	if len(seen) != 1000 {
		t.Errorf("%d different codes of 1000", len(seen))
	}
}

// odd draws text as hostile as names and passwords may be.
func odd() *rapid.Generator[string] {
	return rapid.StringOfN(rapid.RuneFrom([]rune(`ab9 '"\:/@?#&=+%$;!é😀`)), 1, 20, -1)
}

func TestConnectionURISaysTheSameToAParser(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := Claimed{
			Host: rapid.SampledFrom([]string{"db.example.com", "10.0.0.1", "::1", "/var/run/postgresql"}).Draw(t, "host"),
			Port: 6432, SSLMode: "disable", Role: odd().Draw(t, "role"), Password: odd().Draw(t, "password"), Database: odd().Draw(t, "database"),
		}
		got, err := pgconn.ParseConfig(c.Forms().URI)
		if err != nil {
			t.Fatal(err)
		}
		if got.Host != c.Host || got.Port != 6432 || got.User != c.Role || got.Password != c.Password || got.Database != c.Database {
			t.Fatalf("parsed as host %q port %d role %q password %q database %q", got.Host, got.Port, got.User, got.Password, got.Database)
		}
		if strings.Contains(c.Forms().Psql, url.QueryEscape(c.Password)) && len(c.Password) > 3 && !strings.Contains(c.Role+c.Database+c.Host, c.Password) {
			t.Fatal("the psql command holds the password")
		}
	})
}

func TestShellFormsSayTheSameToAShell(t *testing.T) {
	t.Parallel()
	for _, password := range []string{"plain", `it's "$HOME" \ ; rm -rf & `, "-n", "a:b\\c", "é😀"} {
		c := Claimed{Host: "h", Port: 1, Database: "d b", SSLMode: "require", Role: "ro'le", Password: password}
		out, err := exec.CommandContext(t.Context(), "sh", "-c", c.Forms().Env+`
printf '%s|%s|%s|%s|%s|%s' "$PGHOST" "$PGPORT" "$PGDATABASE" "$PGUSER" "$PGPASSWORD" "$PGSSLMODE"`).Output()
		if want := "h|1|d b|ro'le|" + password + "|require"; err != nil || string(out) != want {
			t.Errorf("env: %q, %v, want %q", out, err, want)
		}
		out, err = exec.CommandContext(t.Context(), "sh", "-c", `psql() { printf '%s|%s' "$PGPASSWORD" "$*"; }
eval "$1"`, "sh", c.PsqlWithPassword()).Output()
		if want := password + "|postgresql://ro%27le@h:1/d%20b?sslmode=require"; err != nil || string(out) != want {
			t.Errorf("psql: %q, %v, want %q", out, err, want)
		}
	}
}

func TestPgpassLineEscapesItsSeparators(t *testing.T) {
	t.Parallel()
	c := Claimed{Host: "::1", Port: 5432, Database: "shop", Role: "r", Password: `a:b\c`}
	if got, want := c.Forms().Pgpass, `\:\:1:5432:shop:r:a\:b\\c`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestClaimedPrintsNothing(t *testing.T) {
	t.Parallel()
	c := Claimed{Password: password, Role: "r"}
	for _, got := range []string{fmt.Sprint(c), fmt.Sprintf("%+v %#v %s %q", c, c, c, c), c.LogValue().String()} {
		if strings.Contains(got, password) || strings.Contains(got, "Role") {
			t.Errorf("printed %q", got)
		}
	}
	b, err := json.Marshal(c)
	var back Claimed
	if err != nil || json.Unmarshal(b, &back) != nil || back != c {
		t.Error("JSON does not have it whole")
	}
}

func TestBucketRefillsWithTimeAndKeepsItsBound(t *testing.T) {
	t.Parallel()
	l := NewLimiter[netip.Prefix](2, time.Second, 3)
	a := netip.MustParseAddr("203.0.113.1")
	take := func(from netip.Addr, at time.Time) bool { ok, _ := l.Take(Network(from), at); return ok }
	for i, want := range []bool{true, true, false} {
		if take(a, noon) != want {
			t.Errorf("take %d of a burst of 2: %v", i+1, !want)
		}
	}
	if _, wait := l.Take(Network(a), noon.Add(500*time.Millisecond)); wait != 500*time.Millisecond {
		t.Errorf("wait %v", wait)
	}
	if !take(a, noon.Add(time.Second)) || take(a, noon.Add(time.Second)) {
		t.Error("not exactly one token a second")
	}
	l.GiveBack(Network(a), noon.Add(time.Second))
	if !take(a, noon.Add(time.Second)) {
		t.Error("what was given back is not there")
	}
	same := []string{"2001:db8::1", "2001:db8::ffff:2"}
	if !take(netip.MustParseAddr(same[0]), noon) || !take(netip.MustParseAddr(same[1]), noon) || take(netip.MustParseAddr(same[0]), noon) {
		t.Error("one IPv6 network has more than one bucket")
	}
	for i := range 100 {
		take(netip.AddrFrom4([4]byte{198, 51, 100, byte(i)}), noon)
	}
	if len(l.buckets) != 3 || l.recent.Len() != 3 {
		t.Errorf("%d buckets, %d in the list", len(l.buckets), l.recent.Len())
	}
}

func TestListeningWhereSomebodyListensIsAnError(t *testing.T) {
	t.Parallel()
	l := newListener(t)
	defer l.Close()
	if err := Serve(context.Background(), l.Addr().String(), nil); err == nil || !strings.Contains(err.Error(), "listen on 127.0.0.1:") {
		t.Errorf("got %v", err)
	}
}
