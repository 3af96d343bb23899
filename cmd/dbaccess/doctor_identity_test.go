package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dbaccess/internal/checkup"
	"dbaccess/internal/config"
)

func TestTheDoctorAsksIssuersForTheirKeysAndWhoCouldReviewTheirOwnJobs(t *testing.T) {
	t.Parallel()
	// The key of RFC 7517, appendix A.1.
	keys := filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(keys, []byte(`{"keys": [{"kty": "EC", "crv": "P-256", "kid": "1", "use": "sig",
		"x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	find := func(pairs ...string) map[string]checkup.Finding {
		d := &doctor{}
		var err error
		if d.settings, err = checkSettings(config.Load(example(t, pairs...))); err != nil {
			t.Fatal(err)
		}
		found := map[string]checkup.Finding{}
		for _, c := range d.identityChecks() {
			for _, f := range c.Look(context.Background()) {
				found[strings.TrimSpace(c.Name+" "+f.Name)] = f
			}
		}
		return found
	}
	local := []string{
		"      audience: https://dbaccess.example.com", "      keys: file:" + keys + "\n      audience: https://dbaccess.example.com",
		"keys: https://kubernetes.default.svc.cluster.local/openid/v1/jwks", "keys: file:" + keys + ".gone",
		"      people: true", "      keys: file:" + keys + "\n      people: true",
	}

	found := find(local...)
	if f := found["issuers github"]; f.Level != checkup.OK {
		t.Errorf("github: %+v", f)
	}
	if f := found["issuers cluster"]; f.Level != checkup.Problem || !strings.Contains(f.Sentence, "no such file") || f.Do == "" {
		t.Errorf("cluster: %+v", f)
	}
	if f := found["reviewers github"]; f.Level != checkup.Warning || !strings.Contains(f.Sentence, "bob, carol may review") {
		t.Errorf("reviewers: %+v", f)
	}
	if f, ok := found["reviewers cluster"]; ok {
		t.Errorf("nobody starts jobs there: %+v", f)
	}

	found = find(append(local,
		"groups: [engineers, db-reviewers]", `groups: [engineers, db-reviewers], logins: ["github:bob"]`,
		"groups: [db-reviewers, db-admins]", `groups: [db-reviewers, db-admins], logins: ["github:carol"]`)...)
	if f := found["reviewers"]; f.Level != checkup.OK {
		t.Errorf("when all list one: %+v", f)
	}
}
