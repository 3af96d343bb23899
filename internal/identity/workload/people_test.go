package workload_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"dbaccess/internal/fault"
	"dbaccess/internal/identity"
	"dbaccess/internal/identity/workload"
)

func (w *world) person(sub, email string) claims {
	now := w.clock.now()
	return claims{
		"iss": corp, "aud": "dbaccess-cli", "azp": "dbaccess-cli", "sub": sub, "email": email, "email_verified": true,
		"preferred_username": "alice", "name": "Alice", "nonce": "n", "at_hash": "x",
		"iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(),
	}
}

func TestAPersonIsWhoTheLogInSays(t *testing.T) {
	t.Parallel()
	w, k := newWorld(), newKey("k1")
	w.publish(corp, k)
	v := w.verifier(t, workload.Config{Issuers: []workload.Issuer{{Name: "corp", Type: "oidc", URL: corp, People: true, ClientID: "dbaccess-cli"}}})
	for name, c := range map[string]struct {
		claims claims
		who    string // "" = refused
		words  string
	}{
		"by e-mail":                              {w.person("f:1234:bob", "bob@acme.example"), "person:bob", ""},
		"by e-mail in other letters":             {w.person("f:1234:bob", "Bob@Acme.Example"), "person:bob", ""},
		"by e-mail, verified in a text":          {w.person("f:1234:bob", "bob@acme.example").with("email_verified", "true"), "person:bob", ""},
		"by subject":                             {w.person("f:1234:alice", "al@elsewhere.example"), "person:alice", ""},
		"by subject, without e-mail":             {w.person("f:1234:alice", ""), "person:alice", ""},
		"by subject, with an unverified e-mail":  {w.person("f:1234:alice", "bob@acme.example").with("email_verified", false), "person:alice", ""},
		"by both":                                {w.person("f:1234:alice", "alice@acme.example"), "person:alice", ""},
		"by a subject in other letters":          {w.person("F:1234:ALICE", ""), "", "nobody lists that log-in"},
		"by a subject at another issuer":         {w.person("alice-gh", ""), "", "nobody lists that log-in"},
		"by a name that people choose":           {w.person("f:1234:mallory", "").with("preferred_username", "f:1234:alice"), "", `"f:1234:mallory"`},
		"two people at once":                     {w.person("f:1234:alice", "bob@acme.example"), "", "alice's by its subject, and bob's"},
		"an e-mail that nobody verified":         {w.person("f:1234:mallory", "bob@acme.example").with("email_verified", false), "", "does not say that it has verified"},
		"an e-mail of which that is not said":    {w.person("f:1234:mallory", "bob@acme.example").without("email_verified"), "", "does not say that it has verified"},
		"an e-mail, verified by another word":    {w.person("f:1234:mallory", "bob@acme.example").with("email_verified", "yes"), "", "does not say that it has verified"},
		"an e-mail, verified by a number":        {w.person("f:1234:mallory", "bob@acme.example").with("email_verified", 1), "", "does not say that it has verified"},
		"an e-mail that is a list":               {w.person("f:1234:mallory", "").with("email", []string{"bob@acme.example"}), "", "does not say that it has verified"},
		"an e-mail of nobody":                    {w.person("f:1234:mallory", "mallory@acme.example"), "", "not known to dbaccess"},
		"an e-mail with more behind it":          {w.person("f:1234:mallory", "bob@acme.example\u0000.evil.example"), "", "not known to dbaccess"},
		"an e-mail of letters that look alike":   {w.person("f:1234:mallory", "bоb@acme.example"), "", "not known to dbaccess"},
		"given to another program of the issuer": {w.person("f:1234:bob", "bob@acme.example").with("azp", "wiki"), "", `given to "wiki"`},
		"for another program of the issuer":      {w.person("f:1234:bob", "bob@acme.example").with("aud", "wiki"), "", `for "wiki"`},
		"for our API and not for the log-in":     {w.person("f:1234:bob", "bob@acme.example").with("aud", us), "", "alone"},
		"an hour old":                            {w.person("f:1234:bob", "bob@acme.example").with("iat", w.clock.now().Add(-time.Hour).Unix()), "", "15m0s"},
	} {
		token := k.sign(c.claims)
		got, err := v.Verify(t.Context(), token)
		t.Run(name, func(t *testing.T) {
			if c.who == "" {
				refused(t, err, fault.Denied, token, c.words)
				return
			}
			if err != nil || got.Principal.ID() != c.who || got.Principal.Kind != identity.Person || len(got.Principal.Claims) > 0 || !got.SingleUse {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
	_, err := v.Verify(t.Context(), k.sign(w.person("f:1234:mallory", "mallory@acme.example")))
	if !errors.Is(err, identity.ErrNobody) {
		t.Errorf("got %v", err)
	}
}

func TestPeopleCanBeToldWhereToLogIn(t *testing.T) {
	t.Parallel()
	w := newWorld()
	v := w.verifier(t, workload.Config{Issuers: []workload.Issuer{
		{Name: "github", Type: "github", URL: github},
		{Name: "corp", Type: "oidc", URL: corp, People: true, ClientID: "dbaccess-cli"},
		{Name: "partner", Type: "oidc", URL: corp + "2", People: true, ClientID: "x", Scopes: []string{"openid"}},
	}})
	got := v.Login()
	if len(got) != 2 || got[0].Name != "corp" || got[0].URL != corp || got[0].ClientID != "dbaccess-cli" ||
		!slices.Equal(got[0].Scopes, []string{"openid", "email"}) || !slices.Equal(got[1].Scopes, []string{"openid"}) {
		t.Errorf("got %+v", got)
	}
	got[0].Scopes[0] = "offline_access"
	if again := v.Login(); again[0].Scopes[0] != "openid" {
		t.Error("a caller changed it for all")
	}
}
