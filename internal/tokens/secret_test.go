package tokens

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"dbaccess/credentials"
	"dbaccess/internal/identity"
)

func TestTokensHaveTheFormThatScannersKnow(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^dba_[psa]_[a-z2-7]{59}$`) // as doc.go and docs/pipelines.md say
	seen := map[string]bool{}
	for kind, letter := range map[identity.Kind]string{identity.Person: "p", identity.Service: "s", identity.Agent: "a"} {
		for range 100 {
			secret, sum := newSecret(kind)
			text := secret.Reveal()
			if !form.MatchString(text) || text[4:5] != letter {
				t.Fatalf("%q is not of the form", text)
			}
			if got, err := sumOf(secret); err != nil || got != sum {
				t.Fatalf("its sum: %v", err)
			}
			if seen[text] {
				t.Fatal("a token came twice")
			}
			seen[text] = true
		}
	}
}

func TestWhatIsNotWhollyATokenIsNotLookedUp(t *testing.T) {
	t.Parallel()
	secret, _ := newSecret(identity.Person)
	text := secret.Reveal()
	other := byte('a')
	if text[20] == other {
		other = 'b'
	}
	for what, bad := range map[string]string{
		"nothing":             "",
		"cut":                 text[:len(text)-1],
		"longer":              text + "a",
		"a letter changed":    text[:20] + string(other) + text[21:],
		"of another kind":     strings.Replace(text, "dba_p_", "dba_s_", 1),
		"of an unknown kind":  strings.Replace(text, "dba_p_", "dba_x_", 1),
		"in capitals":         strings.ToUpper(text),
		"with a space":        " " + text[:len(text)-1],
		"somebody else's":     "ghp_" + text[4:],
		"a JWT":               "eyJhbGciOiJSUzI1NiJ9.e30.c2ln",
		"as long, not one":    strings.Repeat("x", length),
		"letters, no ascii":   strings.Repeat("é", length/2) + "x",
		"a prefix and zeroes": "dba_p_" + strings.Repeat("\x00", length-6),
	} {
		if _, err := sumOf(credentials.NewSecret(bad)); !errors.Is(err, ErrShape) || !Unauthenticated(err) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestIdentitiesMeetOnlyIfIssuerAndIDAreTheSame(t *testing.T) {
	t.Parallel()
	until := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	sums := map[[32]byte]string{}
	for _, v := range []Verified{{Issuer: "a", ID: "bc"}, {Issuer: "ab", ID: "c"}, {Issuer: "abc"}, {ID: "abc"}} {
		v.Expires = until
		once := onceOf(v)
		if was, met := sums[once.Sum]; met {
			t.Errorf("%+v meets %s", v, was)
		}
		sums[once.Sum] = v.Issuer + "|" + v.ID
		if !once.Until.Equal(until.Add(time.Hour)) {
			t.Errorf("it is forgotten at %v", once.Until)
		}
	}
	if onceOf(Verified{Issuer: "a", ID: "b", Expires: until}).Sum != onceOf(Verified{Issuer: "a", ID: "b", Subject: "x", Expires: until.Add(1)}).Sum {
		t.Error("the same token is not known again")
	}
}

func FuzzLooksLike(f *testing.F) {
	secret, _ := newSecret(identity.Agent)
	f.Add(secret.Reveal())
	f.Add("dba_p_")
	f.Fuzz(func(t *testing.T, text string) {
		if LooksLike(text) && (len(text) != length || checksum(text[:length-sumLen]) != text[length-sumLen:]) {
			t.Errorf("%q is taken for a token", text)
		}
	})
}
