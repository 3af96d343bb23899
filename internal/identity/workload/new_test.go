package workload_test

import (
	"strings"
	"testing"

	"dbaccess/internal/identity/workload"
)

func TestEveryStaticMistakeIsReportedAtItsPath(t *testing.T) {
	t.Parallel()
	when := func(issuer, text string) workload.Service {
		return workload.Service{Name: "nightly", Tokens: []workload.Rule{{Issuer: issuer, When: text}}}
	}
	_, err := workload.New(workload.Config{
		Directory: everybody(t), Audience: us,
		Issuers: []workload.Issuer{
			{Name: "github", Type: "github", URL: github},
			{Name: "gitlab", Type: "gitlab", URL: gitlab, Actor: `claims.user_login +`},
			{Name: "corp", URL: corp, People: true, ClientID: "cli"},
			{Name: "github", Type: "bitbucket", URL: "https://x.example"},
			{Name: "twin", URL: github},
			{Name: "keeps", URL: "https://y.example", Keep: []string{"sub", "", "sub"}},
			{Name: "counts", URL: "https://z.example", Actor: `size(claims)`},
			{Name: "all", URL: "https://all.example", Actor: `"alice"`},
		},
		Services: []workload.Service{
			{Name: "nobody", Tokens: []workload.Rule{{Issuer: "github", When: `claims.repository == "acme/shop"`}}},
			{Name: "nightly"},
			when("elsewhere", `claims.sub == "x"`),
			when("corp", `claims.sub == "x"`),
			when("github", ``),
			when("github", `true`),
			when("github", `claims.repository = "acme/shop"`),
			when("github", `claim.repository == "acme/shop"`),
			when("github", `size(claims.repository)`),
			when("github", `claims.ref == "refs/heads/main"`),
			when("github", `claims.repository != "acme/evil"`),
			when("github", `claims.environment == "production" && claims.event_name in ["push", "schedule"]`),
			when("github", `claims.sub.endsWith(":ref:refs/heads/main")`),
			when("github", `claims.repository.matches("(")`),
			when("github", `claims.repository == "acme/shop" || claims.ref_protected == "true"`),
			when("gitlab", `claims.ref_protected == "true"`),
			when("keeps", `claims.a.all(x, claims.b.all(y, claims.c.all(z, x + y + z == 1)))`),
			when("keeps", strings.Repeat("(", 60)+"claims.a"+strings.Repeat(")", 60)),
			when("keeps", `claims.a == "`+strings.Repeat("x", 5000)+`"`),
		},
	})
	if err == nil {
		t.Fatal("no mistake was found")
	}
	lines := strings.Split(err.Error(), "\n")
	want := []string{
		`identity.issuers[1].actor: at 1:20: Syntax error`,
		`identity.issuers[3].type: "bitbucket" is no type`,
		`identity.issuers[3].name: "github" is taken`,
		`identity.issuers[4].audience: is that of github, which has the same url`,
		`identity.issuers[5].keep[1]: is empty`,
		`identity.issuers[5].keep[2]: is empty, or listed twice`,
		`identity.issuers[6].actor: must be string, and is int`,
		"identity.issuers[7].actor: does not look at `claims`",
		`identity.services[0].name: there is no service "nobody"`,
		`identity.services[1].tokens: none is listed`,
		`identity.services[2].tokens[0].issuer: there is no issuer "elsewhere"`,
		`identity.services[3].tokens[0].issuer: the tokens of corp are people's`,
		`identity.services[4].tokens[0].when: at 1:1`,
		"identity.services[5].tokens[0].when: does not look at `claims`",
		`identity.services[6].tokens[0].when: at 1:19: Syntax error`,
		`identity.services[7].tokens[0].when: at 1:1: undeclared reference to 'claim'`,
		`identity.services[8].tokens[0].when: must be bool, and is int`,
		`identity.services[9].tokens[0].when: also holds for github of a stranger`,
		`identity.services[10].tokens[0].when: also holds for`,
		`identity.services[11].tokens[0].when: also holds for`,
		`identity.services[12].tokens[0].when: also holds for`,
		`identity.services[13].tokens[0].when: at 1:27: invalid matches argument`,
		`identity.services[14].tokens[0].when: also holds for`,
		`identity.services[15].tokens[0].when: also holds for gitlab`,
		`identity.services[16].tokens[0].when: at 1:`,
		`identity.services[17].tokens[0].when: `,
		`identity.services[18].tokens[0].when: has 5014 bytes, and may have 4096`,
	}
	for i, line := range lines {
		if i >= len(want) || !strings.HasPrefix(line, want[i]) {
			t.Errorf("line %d is %q", i, line)
			if i < len(want) {
				t.Errorf("want one that begins %q", want[i])
			}
		}
	}
	if len(lines) != len(want) {
		t.Errorf("%d problems, want %d", len(lines), len(want))
	}
}

func TestNobodyIsBelievedWithoutIssuers(t *testing.T) {
	t.Parallel()
	w, k := newWorld(), newKey("k1")
	v := w.verifier(t, workload.Config{})
	if _, err := v.Verify(t.Context(), k.sign(w.job())); err == nil {
		t.Error("a token passes")
	}
	if len(v.Login()) > 0 || len(v.Check(t.Context())) > 0 {
		t.Error("there are issuers")
	}
}
