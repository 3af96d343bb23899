package workload_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"dbaccess/internal/fault"
	"dbaccess/internal/identity/workload"
)

// The claims are those that GitHub, GitLab and Kubernetes document.
func (w *world) github() claims {
	now := w.clock.now()
	return claims{
		"iss": github, "aud": us, "sub": "repo:acme/shop:ref:refs/heads/main", "jti": "56a4f1c3-6d1e-4f0a-9b7e-0c1a2b3c4d5e",
		"iat": now.Unix(), "nbf": now.Add(-5 * time.Minute).Unix(), "exp": now.Add(5 * time.Minute).Unix(),
		"ref": "refs/heads/main", "ref_type": "branch", "ref_protected": "true", "sha": "8f5b2f1a9c0d4e3b7a6c5d4e3f2a1b0c9d8e7f6a",
		"repository": "acme/shop", "repository_id": "74", "repository_owner": "acme", "repository_owner_id": "65", "repository_visibility": "private",
		"run_id": "30433642", "run_number": "10", "run_attempt": "2", "actor": "Alice-GH", "actor_id": "12",
		"workflow": "nightly", "workflow_ref": "acme/shop/.github/workflows/nightly.yml@refs/heads/main", "workflow_sha": "8f5b2f1a9c0d4e3b7a6c5d4e3f2a1b0c9d8e7f6a",
		"job_workflow_ref": "acme/shop/.github/workflows/nightly.yml@refs/heads/main", "job_workflow_sha": "8f5b2f1a9c0d4e3b7a6c5d4e3f2a1b0c9d8e7f6a",
		"head_ref": "", "base_ref": "", "event_name": "schedule", "environment": "production", "runner_environment": "github-hosted",
	}
}

func (w *world) gitlab() claims {
	now := w.clock.now()
	return claims{
		"iss": gitlab, "aud": us, "sub": "project_path:acme/shop:ref_type:branch:ref:main", "jti": "c0a8f1d2-1f6b-4d1c-8d43-9f1e0a7b6c5d",
		"iat": now.Unix(), "nbf": now.Add(-5 * time.Second).Unix(), "exp": now.Add(time.Hour).Unix(),
		"namespace_id": "72", "namespace_path": "acme", "project_id": "20", "project_path": "acme/shop", "project_visibility": "private",
		"user_id": "1", "user_login": "alice.gl", "user_email": "alice@acme.example", "user_access_level": "maintainer",
		"user_identities": []any{map[string]any{"provider": "github", "extern_uid": "2435223452345"}},
		"pipeline_id":     "574", "pipeline_source": "schedule", "job_id": "302", "job_project_id": "20", "job_project_path": "acme/shop",
		"ref": "main", "ref_type": "branch", "ref_path": "refs/heads/main", "ref_protected": "true", "groups_direct": []any{"acme/db", "acme/ops"},
		"environment": "production", "environment_protected": "true", "deployment_tier": "production",
		"runner_id": 1, "runner_environment": "self-hosted", "sha": "714a629c0b401fdce83e847fc9589983fc6f46bc",
		"ci_config_ref_uri": "gitlab.com/acme/shop//.gitlab-ci.yml@refs/heads/main", "ci_config_sha": "714a629c0b401fdce83e847fc9589983fc6f46bc",
	}
}

func (w *world) kubernetes() claims {
	now := w.clock.now()
	return claims{
		"iss": kubernetes, "aud": []any{us}, "sub": "system:serviceaccount:batch:nightly", "jti": "aed34954-b33a-4142-b1ec-389d6bbb4936",
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(),
		"kubernetes.io": map[string]any{
			"namespace":      "batch",
			"node":           map[string]any{"name": "node-1", "uid": "646e7c5e-32d6-4d42-9dbd-e504e6cbe6b1"},
			"pod":            map[string]any{"name": "nightly-29384720-x7k2p", "uid": "5e0bd49b-f040-43b0-99b7-22765a53f7f3"},
			"serviceaccount": map[string]any{"name": "nightly", "uid": "14ee3fa4-a7e2-420f-9f9a-dbc4507c3798"},
			"warnafter":      now.Add(50 * time.Minute).Unix(),
		},
	}
}

// places is a verifier of all three, with the conditions of docs/identity.md.
func (w *world) places(t testing.TB) *workload.Verifier {
	return w.verifier(t, workload.Config{
		Issuers: []workload.Issuer{
			{Name: "github", Type: "github", URL: github},
			{Name: "gitlab", Type: "gitlab", URL: gitlab},
			{Name: "cluster", Type: "kubernetes", URL: kubernetes},
		},
		Services: []workload.Service{
			{Name: "nightly", Tokens: []workload.Rule{
				{Issuer: "github", When: `claims.repository == "acme/shop" && claims.ref == "refs/heads/main"`},
				{Issuer: "gitlab", When: `claims.project_path == "acme/shop" && claims.ref == "main" && claims.ref_protected == "true"`},
				{Issuer: "cluster", When: `claims.namespace == "batch" && claims.serviceaccount == "nightly"`},
			}},
			{Name: "other", Tokens: []workload.Rule{
				{Issuer: "github", When: `claims.repository == "acme/tools"`},
				{Issuer: "github", When: `claims.repository_owner == "acme" && claims.environment == "staging"`},
				{Issuer: "gitlab", When: `"acme/db" in claims.groups_direct && claims.deployment_tier == "staging"`},
				{Issuer: "cluster", When: `claims["kubernetes.io"].namespace == "other"`},
			}},
			{Name: "third", Tokens: []workload.Rule{
				{Issuer: "github", When: `claims.repository == "acme/shop" && claims.no_such_claim != "x"`},
				{Issuer: "github", When: `claims.repository == "acme/tools" && claims.ref_type == "tag"`},
			}},
		},
	})
}

func TestTokensOfThePlacesPipelinesRunIn(t *testing.T) {
	t.Parallel()
	w, k := newWorld(), newKey("k1")
	for _, url := range []string{github, gitlab, kubernetes} {
		w.publish(url, k)
	}
	v := w.places(t)
	for name, c := range map[string]struct {
		claims  claims
		who     string // "" = refused
		behind  string
		said    map[string]string // some of the claims kept
		refused string
		single  bool
	}{
		"GitHub": {
			claims: w.github(), who: "service:nightly", behind: "alice", single: true,
			said: map[string]string{"repository": "acme/shop", "sha": "8f5b2f1a9c0d4e3b7a6c5d4e3f2a1b0c9d8e7f6a", "actor": "Alice-GH", "run_id": "30433642", "event_name": "schedule"},
		},
		"GitHub, started by nobody we know":      {claims: w.github().with("actor", "dependabot[bot]"), who: "service:nightly", single: true},
		"GitHub, that does not say who":          {claims: w.github().without("actor"), refused: "does not say who started the job"},
		"GitHub, who is a number":                {claims: w.github().with("actor", 7), refused: "does not say who started the job"},
		"GitHub, another branch":                 {claims: w.github().with("ref", "refs/heads/try"), refused: `ref "refs/heads/try"`},
		"GitHub, another's repository":           {claims: w.github().with("repository", "stranger/shop"), refused: `repository "stranger/shop"`},
		"GitHub, a repository in other letters":  {claims: w.github().with("repository", "Acme/Shop"), refused: `repository "Acme/Shop"`},
		"GitHub, by another condition":           {claims: w.github().with("repository", "acme/x").with("environment", "staging"), who: "service:other", behind: "alice", single: true},
		"GitHub, two conditions of one":          {claims: w.github().with("repository", "acme/tools").with("environment", "staging"), who: "service:other", behind: "alice", single: true},
		"GitHub, two services":                   {claims: w.github().with("repository", "acme/tools").with("ref_type", "tag"), refused: "is for other and for third"},
		"GitHub, a condition on nothing":         {claims: w.github().with("repository", "acme/none").without("environment"), refused: "No service"},
		"GitHub, a branch that writes the card":  {claims: w.github().with("ref", "refs/heads/main\u202e"), refused: "do not show"},
		"GitHub, older than a quarter":           {claims: w.github().with("iat", w.clock.now().Add(-17*time.Minute).Unix()).with("exp", w.clock.now().Add(time.Hour).Unix()), refused: "15m0s"},
		"GitHub, meant for another cloud":        {claims: w.github().with("aud", "sts.amazonaws.com"), refused: "sts.amazonaws.com"},
		"GitHub, meant for whoever":              {claims: w.github().with("aud", "https://github.com/acme"), refused: "https://github.com/acme"},
		"GitLab":                                 {claims: w.gitlab(), who: "service:nightly", behind: "alice", said: map[string]string{"project_path": "acme/shop", "pipeline_id": "574", "user_login": "alice.gl"}},
		"GitLab, an unprotected branch":          {claims: w.gitlab().with("ref_protected", "false"), refused: `ref_protected "false"`},
		"GitLab, a list":                         {claims: w.gitlab().with("deployment_tier", "staging").with("project_path", "acme/x"), who: "service:other", behind: "alice"},
		"GitLab, after the job's first half day": {claims: w.gitlab().with("iat", w.clock.now().Add(-12*time.Hour).Unix()), who: "service:nightly", behind: "alice"},
		"GitLab, signed by itself for GitHub":    {claims: w.gitlab().with("repository", "acme/shop").with("ref", "refs/heads/main"), refused: "No service"},
		"Kubernetes":                             {claims: w.kubernetes(), who: "service:nightly", said: map[string]string{"namespace": "batch", "serviceaccount": "nightly", "pod": "nightly-29384720-x7k2p"}},
		"Kubernetes, by the nested claim":        {claims: w.kubernetes().with("kubernetes.io", map[string]any{"namespace": "other"}), who: "service:other"},
		"Kubernetes, without what it is in":      {claims: w.kubernetes().without("kubernetes.io"), refused: "it has none of the claims"},
		"Kubernetes, what it is in, elsewhere":   {claims: w.kubernetes().without("kubernetes.io").with("namespace", "batch").with("serviceaccount", "nightly"), refused: "No service"},
		"Kubernetes, with texts for objects":     {claims: w.kubernetes().with("kubernetes.io", "batch"), refused: "No service"},
	} {
		token := k.sign(c.claims)
		got, err := v.Verify(t.Context(), token)
		t.Run(name, func(t *testing.T) {
			if c.who == "" {
				refused(t, err, fault.Denied, token, c.refused)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got.Principal.ID() != c.who || got.Principal.For != c.behind || got.SingleUse != c.single {
				t.Errorf("got %+v", got)
			}
			kept := map[string]string{}
			for _, claim := range got.Principal.Claims {
				kept[claim.Name] = claim.Value
			}
			for name, want := range c.said {
				if kept[name] != want {
					t.Errorf("kept %q for %s, want %q, among %v", kept[name], name, want, kept)
				}
			}
		})
	}
}

func TestAConditionOnAClaimThatIsNotThereIsNoPass(t *testing.T) {
	t.Parallel()
	w, k := newWorld(), newKey("k1")
	w.publish(plantURL, k)
	for _, when := range []string{
		`claims.gone == "x"`, `claims.gone != "x"`, `!(claims.gone == "x")`, `claims.sub == "job" && claims.gone != "x"`,
		`claims.sub.gone == "x"`, `claims.line > 7`, `claims.line`, `has(claims.gone) && claims.sub == "job"`,
		`claims.list.exists(x, x.gone == "y")`, `claims.sub.matches(claims.gone)`, `[claims].all(c, c.gone)`,
		`claims.list.all(a, claims.list.all(b, a + b != ""))`, // holds, and costs more than it may
	} {
		v := w.verifier(t, workload.Config{
			Issuers:  []workload.Issuer{{Name: "plant", URL: plantURL}},
			Services: []workload.Service{{Name: "nightly", Tokens: []workload.Rule{{Issuer: "plant", When: when}}}},
		})
		token := k.sign(w.job().with("list", strings.Split(strings.Repeat("x", 500), "")))
		_, err := v.Verify(t.Context(), token)
		if fault.KindOf(err) != fault.Denied || !strings.Contains(err.Error(), "No service") {
			t.Errorf("%s: got %v", when, err)
		}
	}
}

func TestOneServicesBrokenConditionIsNotAnothers(t *testing.T) {
	t.Parallel()
	w, k := newWorld(), newKey("k1")
	w.publish(plantURL, k)
	v := w.verifier(t, workload.Config{
		Issuers: []workload.Issuer{{Name: "plant", URL: plantURL}},
		Services: []workload.Service{
			{Name: "other", Tokens: []workload.Rule{{Issuer: "plant", When: `claims.gone == "x"`}}},
			{Name: "nightly", Tokens: []workload.Rule{{Issuer: "plant", When: `claims.gone == "x"`}, {Issuer: "plant", When: `claims.line == "7"`}}},
		},
	})
	got, err := v.Verify(t.Context(), k.sign(w.job()))
	if err != nil || got.Principal.ID() != "service:nightly" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestKeptClaimsOfEveryShapeStayApart(t *testing.T) {
	t.Parallel()
	w, k, v := plant(t)
	seen := map[string]any{}
	for _, value := range []any{"a,b", []string{"a,b"}, []string{"a", "b"}, []any{"a", []string{"b"}}, 1, 1.5, true, []any{true}, strings.Repeat("x", 1024), "zażółć/ветка"} {
		got, err := v.Verify(t.Context(), k.sign(w.job().with("line", value)))
		if err != nil {
			t.Fatalf("%v: %v", value, err)
		}
		text := got.Principal.Claims[0].Value
		if other, taken := seen[text]; taken || text == "" {
			t.Errorf("%v and %v are both kept as %q", value, other, text)
		}
		seen[text] = value
	}
	got, err := v.Verify(t.Context(), k.sign(w.job().with("line", nil)))
	if err != nil || len(got.Principal.Claims) != 1 {
		t.Errorf("a claim that is nothing is kept: %+v, %v", got.Principal.Claims, err)
	}
}

func TestTwoIssuersAtOneAddressAreToldApartByAudience(t *testing.T) {
	t.Parallel()
	w, k := newWorld(), newKey("k1")
	w.publish(corp, k)
	v := w.verifier(t, workload.Config{
		Issuers: []workload.Issuer{
			{Name: "corp", Type: "oidc", URL: corp, People: true, ClientID: "dbaccess-cli"},
			{Name: "corp-jobs", Type: "oidc", URL: corp},
		},
		Services: []workload.Service{{Name: "nightly", Tokens: []workload.Rule{{Issuer: "corp-jobs", When: `claims.sub == "job"`}}}},
	})
	job := w.job().with("iss", corp)
	for _, c := range []struct {
		claims claims
		who    string
	}{
		{job, "service:nightly"},
		{job.with("aud", "dbaccess-cli").with("email", "bob@acme.example").with("email_verified", true), "person:bob"},
		{job.with("email", "bob@acme.example").with("email_verified", true), "service:nightly"},
		{job.with("aud", "dbaccess-cli"), ""},
		{job.with("aud", "elsewhere"), ""},
		{job.with("aud", []string{us, "dbaccess-cli"}).with("email", "bob@acme.example").with("email_verified", true), ""},
	} {
		got, err := v.Verify(t.Context(), k.sign(c.claims))
		if c.who == "" {
			if fault.KindOf(err) != fault.Denied {
				t.Errorf("%v: got %+v, %v", maps.Collect(maps.All(c.claims)), got, err)
			}
		} else if err != nil || got.Principal.ID() != c.who {
			t.Errorf("want %s, got %+v, %v", c.who, got, err)
		}
	}
}
