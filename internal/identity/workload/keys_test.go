package workload_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"

	"dbaccess/internal/fault"
	"dbaccess/internal/identity/workload"
)

func TestANewKeyIsPickedUpAndOneTakenBackIsRefused(t *testing.T) {
	t.Parallel()
	w, old, v := plant(t)
	if _, err := v.Verify(t.Context(), old.sign(w.job())); err != nil {
		t.Fatal(err)
	}
	next := newKey("k2")
	w.publish(plantURL, old, next)
	w.clock.advance(11 * time.Second)
	for _, k := range []key{next, old} {
		if _, err := v.Verify(t.Context(), k.sign(w.job())); err != nil {
			t.Errorf("%s is refused while both are published: %v", k.kid, err)
		}
	}
	w.publish(plantURL, next)
	w.clock.advance(5 * time.Minute)
	token := old.sign(w.job())
	_, err := v.Verify(t.Context(), token)
	refused(t, err, fault.Denied, token, "a key that plant does not publish")
	if _, err := v.Verify(t.Context(), next.sign(w.job())); err != nil {
		t.Errorf("the new key is refused: %v", err)
	}
}

func TestAWarmVerificationAsksNobody(t *testing.T) {
	t.Parallel()
	w, k, v := plant(t)
	for range 1000 {
		if _, err := v.Verify(t.Context(), k.sign(w.job())); err != nil {
			t.Fatal(err)
		}
	}
	if d, n := w.count(discovery(plantURL)), w.count(keysAt(plantURL)); d != 1 || n != 1 {
		t.Errorf("a thousand tokens asked %d and %d times, want once", d, n)
	}
}

func TestAStormOfUnknownKeysIsNoStormForTheIssuer(t *testing.T) {
	t.Parallel()
	w, k, v := plant(t)
	if _, err := v.Verify(t.Context(), k.sign(w.job())); err != nil {
		t.Fatal(err)
	}
	w.clock.advance(time.Minute)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				token := newKeyNamed(k, rand.Text()).sign(w.job())
				_, err := v.Verify(context.Background(), token)
				refused(t, err, fault.Denied, token, "does not publish")
			}
		})
	}
	all.Wait()
	if n := w.count(keysAt(plantURL)); n != 2 {
		t.Errorf("800 tokens with unknown keys asked %d times more, want once", n-1)
	}
	if _, err := v.Verify(t.Context(), k.sign(w.job())); err != nil {
		t.Errorf("the good ones are refused as well: %v", err)
	}
}

func newKeyNamed(k key, kid string) key { k.kid = kid; return k }

func TestWhileTheIssuerIsAwayNobodyPasses(t *testing.T) {
	t.Parallel()
	w, k, v := plant(t)
	w.answer(discovery(plantURL), nil)
	token := k.sign(w.job())
	for range 20 {
		_, err := v.Verify(t.Context(), token)
		refused(t, err, fault.Unavailable, token, "The keys of plant cannot be had", "Try again")
	}
	if n := w.count(discovery(plantURL)); n != 1 {
		t.Errorf("an issuer that is away was asked %d times at once, want once", n)
	}
	w.publish(plantURL, k)
	w.clock.advance(10 * time.Second)
	if _, err := v.Verify(t.Context(), k.sign(w.job())); err != nil {
		t.Errorf("it is back, and still: %v", err)
	}
}

func TestKnownKeysStayGoodForAnHourWithoutTheirIssuer(t *testing.T) {
	t.Parallel()
	w, k, v := plant(t)
	if _, err := v.Verify(t.Context(), k.sign(w.job())); err != nil {
		t.Fatal(err)
	}
	w.answer(keysAt(plantURL), func(r *http.Request) (*http.Response, error) {
		return response(r, http.StatusBadGateway, []byte("<html>bad gateway</html>")), nil
	})
	// A token with a new key may be a good one: that is not for us to deny.
	w.clock.advance(time.Minute)
	unknown := newKey("k2").sign(w.job())
	_, err := v.Verify(t.Context(), unknown)
	refused(t, err, fault.Unavailable, unknown, "cannot be had")

	w.clock.advance(58 * time.Minute)
	if _, err := v.Verify(t.Context(), k.sign(w.job())); err != nil {
		t.Errorf("refused after 59 minutes: %v", err)
	}
	w.clock.advance(time.Minute)
	token := k.sign(w.job())
	_, err = v.Verify(t.Context(), token)
	refused(t, err, fault.Unavailable, token, "cannot be had")
}

func TestASlowIssuerHoldsNobodyLongerThanItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, k, v := plant(t)
		hang := func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}
		w.answer(keysAt(plantURL), hang)
		token := k.sign(w.job())

		began := time.Now()
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				_, err := v.Verify(t.Context(), token)
				refused(t, err, fault.Unavailable, token, "cannot be had")
			})
		}
		all.Wait()
		if took := time.Since(began); took > 6*time.Second {
			t.Errorf("they waited for %s", took)
		}
		if n := w.count(keysAt(plantURL)); n != 1 {
			t.Errorf("ten who wait asked %d times, want once for all", n)
		}
	})
}

func TestWhoeverGivesUpDoesNotEndItForOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, k, v := plant(t)
		w.answer(keysAt(plantURL), func(r *http.Request) (*http.Response, error) {
			select {
			case <-time.After(2 * time.Second):
			case <-r.Context().Done():
				return nil, r.Context().Err()
			}
			data, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{k.public()}})
			return response(r, http.StatusOK, data), err
		})
		token := k.sign(w.job())
		began := time.Now()
		hasty, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var all sync.WaitGroup
		all.Go(func() { // it asks first, and the other waits for what it asked
			_, err := v.Verify(hasty, token)
			refused(t, err, fault.Unavailable, token, "cannot be had")
			if took := time.Since(began); took != time.Second || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("waited for %s: %v", took, err)
			}
		})
		synctest.Wait()
		if _, err := v.Verify(t.Context(), token); err != nil {
			t.Errorf("the patient one: %v", err)
		}
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("the patient one waited for %s", took)
		}
		all.Wait()
	})
}

func TestWhatAnIssuerPublishesMustBeFit(t *testing.T) {
	t.Parallel()
	k := newKey("k1")
	good := k.public()
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	weakKey := key{kid: "k1", alg: jose.RS256, private: weak}
	set := func(keys ...jose.JSONWebKey) any { return jose.JSONWebKeySet{Keys: keys} }
	doc := func(issuer, keys string) map[string]string {
		return map[string]string{"issuer": issuer, "jwks_uri": keys}
	}
	encryption := good
	encryption.Use = "enc"
	for name, c := range map[string]struct {
		document, keys any
		sign           key
		kind           fault.Kind
		cause          string
	}{
		"another issuer's document":  {doc("https://evil.example", keysAt(plantURL)), set(good), k, fault.Unavailable, "did not match"},
		"one with a slash more":      {doc(plantURL+"/", keysAt(plantURL)), set(good), k, fault.Unavailable, "did not match"},
		"keys over http":             {doc(plantURL, "http://plant.example/id/keys"), set(good), k, fault.Unavailable, "is not https"},
		"keys on our own machine":    {doc(plantURL, "http://127.0.0.1:8330/keys"), set(good), k, fault.Unavailable, "is not https"},
		"keys in a file":             {doc(plantURL, "file:///etc/passwd"), set(good), k, fault.Unavailable, "is not https"},
		"keys nowhere":               {doc(plantURL, ""), set(good), k, fault.Unavailable, "is not https"},
		"a document that is none":    {[]int{1}, set(good), k, fault.Unavailable, "discovery"},
		"keys that are none":         {doc(plantURL, keysAt(plantURL)), "keys", k, fault.Unavailable, "not a key set"},
		"no keys":                    {doc(plantURL, keysAt(plantURL)), set(), k, fault.Unavailable, "no key that can be used"},
		"a key for encryption":       {doc(plantURL, keysAt(plantURL)), set(encryption), k, fault.Unavailable, "no key that can be used"},
		"a private key":              {doc(plantURL, keysAt(plantURL)), set(jose.JSONWebKey{Key: k.private, KeyID: "k1"}), k, fault.Unavailable, "no key that can be used"},
		"a secret":                   {doc(plantURL, keysAt(plantURL)), set(jose.JSONWebKey{Key: []byte("0123456789abcdef0123456789abcdef"), KeyID: "k1"}), k, fault.Unavailable, "no key that can be used"},
		"a weak key":                 {doc(plantURL, keysAt(plantURL)), set(weakKey.public()), weakKey, fault.Unavailable, "no key that can be used"},
		"more keys than anybody has": {doc(plantURL, keysAt(plantURL)), set(slices.Repeat([]jose.JSONWebKey{good}, 101)...), k, fault.Unavailable, "more keys"},
		"an answer without an end":   {doc(plantURL, keysAt(plantURL)), map[string]string{"keys": strings.Repeat("x", 2<<20)}, k, fault.Unavailable, "too large"},
		"a good key beside all that": {doc(plantURL, keysAt(plantURL)), set(weakKey.public(), encryption, jose.JSONWebKey{Key: []byte("0123456789abcdef0123456789abcdef"), KeyID: "k1"}, good), k, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _, v := plant(t)
			w.says(discovery(plantURL), c.document)
			w.says(keysAt(plantURL), c.keys)
			w.says("http://plant.example/id/keys", set(good))
			w.says("http://127.0.0.1:8330/keys", set(good))
			token := c.sign.sign(w.job())
			_, err := v.Verify(t.Context(), token)
			if c.kind == 0 {
				if err != nil {
					t.Error(err)
				}
				return
			}
			refused(t, err, c.kind, token)
			if !strings.Contains(err.Error(), c.cause) {
				t.Errorf("the cause is %v, want %q", err, c.cause)
			}
			if w.count("http://plant.example/id/keys")+w.count("http://127.0.0.1:8330/keys") > 0 {
				t.Error("an address was asked that anybody could answer for")
			}
		})
	}
}

func TestReadinessAsksNoOftenerThanTokensDo(t *testing.T) {
	t.Parallel()
	w, _, v := plant(t)
	for range 50 {
		if got := v.Check(t.Context()); len(got) != 1 || got[0].Issuer != "plant" || got[0].URL != plantURL || got[0].Err != nil {
			t.Fatalf("got %+v", got)
		}
	}
	w.answer(keysAt(plantURL), nil)
	for _, c := range []struct {
		after time.Duration
		said  string
	}{{10 * time.Minute, "good until 2026-11-23T03:00:00Z"}, {time.Hour, "no token of its is believed"}} {
		w.clock.advance(c.after)
		for range 50 {
			got := v.Check(t.Context())
			refused(t, got[0].Err, fault.Unavailable, "", c.said)
		}
	}
	if n := w.count(keysAt(plantURL)); n != 3 {
		t.Errorf("asked %d times, want thrice", n)
	}
}

// apiServer is a Kubernetes API server whose certificate no system trusts and whose
// keys only service accounts may read.
func apiServer(t *testing.T, keys jose.JSONWebKeySet) (server *httptest.Server, ca string) {
	t.Helper()
	server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Authorization") != "Bearer ours":
			http.Error(w, "Unauthorized", http.StatusUnauthorized)
		case r.URL.Path == "/openid/v1/jwks":
			_ = json.NewEncoder(w).Encode(keys)
		case r.URL.Path == "/away":
			http.Redirect(w, r, "http://"+r.Host, http.StatusFound)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	ca = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return server, ca
}

func TestKeysMayComeFromAnAPIServerThatAsksWhoAsks(t *testing.T) {
	t.Parallel()
	w, k := newWorld(), newKey("k1")
	server, ca := apiServer(t, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{k.public()}})
	ours := func() (string, error) { return "ours", nil }
	verify := func(i workload.Issuer) error {
		i.Name, i.Type, i.URL = "cluster", "kubernetes", kubernetes
		v := w.verifier(t, workload.Config{
			Issuers:  []workload.Issuer{i},
			Services: []workload.Service{{Name: "nightly", Tokens: []workload.Rule{{Issuer: "cluster", When: `claims.sub == "job"`}}}},
		})
		_, err := v.Verify(t.Context(), k.sign(w.job().with("iss", kubernetes)))
		return err
	}
	if err := verify(workload.Issuer{Keys: server.URL + "/openid/v1/jwks", CACert: ca, Bearer: ours}); err != nil {
		t.Error(err)
	}
	for name, c := range map[string]struct {
		issuer workload.Issuer
		cause  string
	}{
		"without a token":             {workload.Issuer{Keys: server.URL + "/openid/v1/jwks", CACert: ca}, "401"},
		"with a token that is gone":   {workload.Issuer{Keys: server.URL + "/openid/v1/jwks", CACert: ca, Bearer: func() (string, error) { return "", os.ErrNotExist }}, "not exist"},
		"a redirect to plain http":    {workload.Issuer{Keys: server.URL + "/away", CACert: ca, Bearer: ours}, "is not https"},
		"certificates that are none":  {workload.Issuer{Keys: server.URL, CACert: os.DevNull}, "no certificate"},
		"certificates that are gone":  {workload.Issuer{Keys: server.URL, CACert: ca + ".gone"}, "no such file"},
		"keys in a file that is gone": {workload.Issuer{Keys: "file:" + ca + ".gone"}, "no such file"},
		"keys in a file of others":    {workload.Issuer{Keys: "file:" + ca}, "not a key set"},
	} {
		err := verify(c.issuer)
		if fault.KindOf(err) != fault.Unavailable || !strings.Contains(err.Error(), c.cause) {
			t.Errorf("%s: got %v, want %q", name, err, c.cause)
		}
	}
	data, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{k.public()}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := verify(workload.Issuer{Keys: "file:" + file}); err != nil {
		t.Errorf("keys from a file: %v", err)
	}
}

func TestOnlyTheIssuerItselfIsShownOurToken(t *testing.T) {
	t.Parallel()
	k := newKey("k1")
	shown := map[string]string{}
	w, _, v := plant(t, func(i *workload.Issuer) { i.Bearer = func() (string, error) { return "ours", nil } })
	for at, body := range map[string]any{
		discovery(plantURL):        map[string]string{"issuer": plantURL, "jwks_uri": "https://keys.example/all"},
		"https://keys.example/all": jose.JSONWebKeySet{Keys: []jose.JSONWebKey{k.public()}},
	} {
		data, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		w.answer(at, func(r *http.Request) (*http.Response, error) {
			shown[at] = r.Header.Get("Authorization")
			return response(r, http.StatusOK, data), nil
		})
	}
	if _, err := v.Verify(t.Context(), k.sign(w.job())); err != nil {
		t.Fatal(err)
	}
	if shown[discovery(plantURL)] != "Bearer ours" || shown["https://keys.example/all"] != "" {
		t.Errorf("shown: %q", shown)
	}
}
