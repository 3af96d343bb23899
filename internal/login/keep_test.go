package login

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"dbaccess/credentials"
	"dbaccess/internal/fault"
)

// ring is a keyring of the test's own: the machine's is never touched.
type ring struct {
	kept map[string]string
	err  error // what every call answers, if not nil
}

func (r *ring) Set(service, user, secret string) error {
	if r.err == nil {
		r.kept[service+"|"+user] = secret
	}
	return r.err
}

func (r *ring) Get(service, user string) (string, error) {
	s, ok := r.kept[service+"|"+user]
	if !ok && r.err == nil {
		return "", errors.New("not found")
	}
	return s, r.err
}

func (r *ring) Delete(service, user string) error {
	if r.err == nil {
		delete(r.kept, service+"|"+user)
	}
	return r.err
}

const (
	prod    = "https://dbaccess.example.com"
	staging = "https://staging.example.com:8443/db"
)

func keep(t *testing.T, r Ring) Keep {
	t.Helper()
	return Keep{Dir: filepath.Join(t.TempDir(), "dbaccess"), Ring: r}
}

func signedIn(url, token string) Login {
	return Login{URL: url, Principal: "alice", Expires: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), Token: credentials.NewSecret(token)}
}

func TestALoginIsFoundByItsServer(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]Ring{"in the file": nil, "in the keyring": &ring{kept: map[string]string{}}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := keep(t, r)
			if _, err := k.Find(prod); err == nil {
				t.Error("something is found before anything is kept")
			}
			for _, l := range []Login{signedIn(prod, "old"), signedIn(prod, "dba_p_prod"), signedIn(staging, "dba_p_staging")} {
				if _, err := k.Save(l); err != nil {
					t.Fatal(err)
				}
			}
			for at, want := range map[string]string{prod: "dba_p_prod", staging: "dba_p_staging", "": "dba_p_staging"} {
				l, err := k.Find(at)
				if err != nil || l.Token.Reveal() != want || l.Principal != "alice" || !l.Expires.Equal(signedIn("", "").Expires) {
					t.Errorf("at %q: %+v, %v", at, l, err)
				}
			}
			data, err := os.ReadFile(k.path())
			if err != nil || bytes.Contains(data, []byte("dba_p_")) != (r == nil) {
				t.Errorf("the file: %s, %v", data, err)
			}
			// What belongs to one server is nobody else's.
			for _, other := range []string{prod + ".evil.example", "http://dbaccess.example.com", prod + "/"} {
				if _, err := k.Find(other); !errors.Is(err, ErrNone) {
					t.Errorf("at %s: %v", other, err)
				}
			}
			if err := k.Forget(staging); err != nil {
				t.Fatal(err)
			}
			if _, err := k.Find(staging); !errors.Is(err, ErrNone) {
				t.Errorf("forgotten: %v", err)
			}
			if last, err := k.Last(); err != nil || last != prod {
				t.Errorf("then the last is %q, %v", last, err)
			}
			if r, ok := r.(*ring); ok && len(r.kept) != 1 {
				t.Errorf("the keyring has %v", r.kept)
			}
		})
	}
}

func TestAKeyringThatDoesNotWorkIsDoneWithout(t *testing.T) {
	t.Parallel()
	r := &ring{kept: map[string]string{}, err: errors.New("locked")}
	k := keep(t, r)
	where, err := k.Save(signedIn(prod, "dba_p_prod"))
	if err != nil || where != k.path() {
		t.Fatalf("kept in %q, %v", where, err)
	}
	if l, err := k.Find(prod); err != nil || l.Token.Reveal() != "dba_p_prod" {
		t.Errorf("got %+v, %v", l, err)
	}
	// One that worked when the token was put there, and does no longer.
	r.err = nil
	if _, err := k.Save(signedIn(prod, "dba_p_prod")); err != nil {
		t.Fatal(err)
	}
	r.err = errors.New("locked")
	if _, err := k.Find(prod); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("locked later: %v", err)
	}
	k.Ring = nil
	if _, err := k.Find(prod); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("gone later: %v", err)
	}
}

func TestABrokenBookIsSaidWithoutItsText(t *testing.T) {
	t.Parallel()
	k := keep(t, nil)
	if err := writePrivate(k.path(), []byte(`{"logins": [{"token": dba_p_of-value}]}`)); err != nil {
		t.Fatal(err)
	}
	_, err := k.Find(prod)
	if fault.KindOf(err) != fault.Invalid || strings.Contains(err.Error(), "of-value") {
		t.Errorf("got %v", err)
	}
}

func TestAnAgentsTokenHasAFileOfItsOwn(t *testing.T) {
	t.Parallel()
	k := keep(t, &ring{kept: map[string]string{}})
	l := signedIn(staging, "dba_a_claude")
	l.Principal = "claude@alice"
	path, err := k.SaveAgent(l)
	if err != nil || !strings.HasPrefix(path, k.Dir+"/agents/") {
		t.Fatalf("%q, %v", path, err)
	}
	if token, at, err := k.Agent(staging, "claude@alice"); err != nil || token.Reveal() != "dba_a_claude" || at != path {
		t.Errorf("got it from %q, %v", at, err)
	}
	if token, err := ReadToken(path); err != nil || token.Reveal() != "dba_a_claude" {
		t.Errorf("as DBACCESS_TOKEN_FILE: %v", err)
	}
	if _, _, err := k.Agent(prod, "claude@alice"); !errors.Is(err, ErrNone) {
		t.Errorf("at another server: %v", err)
	}
	if err := errors.Join(k.ForgetAgent(staging, "claude@alice"), k.ForgetAgent(staging, "claude@alice")); err != nil {
		t.Error(err)
	}
	if _, _, err := k.Agent(staging, "claude@alice"); !errors.Is(err, ErrNone) {
		t.Errorf("forgotten: %v", err)
	}
	for _, name := range []string{"../../../etc/cron.d/x@alice", "/etc/passwd"} { // a server that lies about names
		if got := k.agentPath("https://..", name); !strings.HasPrefix(got, k.Dir+"/") {
			t.Errorf("%s is kept in %s", name, got)
		}
	}
}

func TestTheSeedStays(t *testing.T) {
	t.Parallel()
	k := keep(t, nil)
	first, err := k.Seed()
	if err != nil || len(first) != 32 {
		t.Fatalf("%d bytes, %v", len(first), err)
	}
	if again, err := k.Seed(); err != nil || !bytes.Equal(again, first) {
		t.Errorf("the second time: %v", err)
	}
	if other, err := keep(t, nil).Seed(); err != nil || bytes.Equal(other, first) {
		t.Errorf("of another: %v", err)
	}
}

func TestSeveralWhoAskForTheFirstSeedGetTheSame(t *testing.T) {
	t.Parallel()
	for range 20 {
		k := Keep{Dir: filepath.Join(t.TempDir(), "dbaccess")}
		seeds := make([][]byte, 8)
		var g sync.WaitGroup
		for i := range seeds {
			g.Go(func() {
				var err error
				if seeds[i], err = k.Seed(); err != nil {
					t.Error(err)
				}
			})
		}
		g.Wait()
		for _, s := range seeds {
			if len(s) != 32 || !bytes.Equal(s, seeds[0]) {
				t.Fatalf("%x and %x", s, seeds[0])
			}
		}
		if left, err := os.ReadDir(k.Dir); err != nil || len(left) != 1 {
			t.Errorf("left: %v, %v", left, err)
		}
	}
}
