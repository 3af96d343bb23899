package workload

import "time"

// preset is what a type of issuer fills in. The names of claims are its vendor's:
// docs.github.com/actions/reference/security/oidc, docs.gitlab.com/ci/secrets/id_token_authentication,
// kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin.
type preset struct {
	keep      []string
	actor     string
	singleUse bool
	maxAge    time.Duration
	// add puts claims of its own beside those of the token, for conditions and for
	// keep; nil adds none.
	add func(claims map[string]any)
	// stranger is a token of somebody who has nothing to do with us: a condition
	// that holds for it lets everybody in. nil where all its tokens are ours.
	stranger map[string]any
}

var presets = map[string]preset{
	"github": {
		keep:      []string{"repository", "ref", "sha", "workflow_ref", "environment", "event_name", "actor", "run_id"},
		actor:     "claims.actor",
		singleUse: true, // a job asks for a new one whenever it needs one
		maxAge:    15 * time.Minute,
		stranger: map[string]any{
			"sub": "repo:stranger-7/unrelated-7:ref:refs/heads/main", "ref": "refs/heads/main", "ref_type": "branch", "ref_protected": "true",
			"sha": "7fd1a60b01f91b314f59955a4e4d4e80d8edf11d", "repository": "stranger-7/unrelated-7", "repository_id": "987654321",
			"repository_owner": "stranger-7", "repository_owner_id": "987654322", "repository_visibility": "public",
			"workflow": "deploy", "workflow_ref": "stranger-7/unrelated-7/.github/workflows/deploy.yml@refs/heads/main", "workflow_sha": "7fd1a60b01f91b314f59955a4e4d4e80d8edf11d",
			"job_workflow_ref": "stranger-7/unrelated-7/.github/workflows/deploy.yml@refs/heads/main", "job_workflow_sha": "7fd1a60b01f91b314f59955a4e4d4e80d8edf11d",
			"environment": "production", "event_name": "push", "actor": "stranger-7", "actor_id": "987654323", "run_id": "987654324",
			"run_number": "7", "run_attempt": "1", "head_ref": "", "base_ref": "", "runner_environment": "github-hosted",
			"enterprise": "stranger-7", "enterprise_id": "987654325",
		},
	},
	"gitlab": {
		keep:   []string{"project_path", "ref", "ref_protected", "sha", "ci_config_ref_uri", "environment", "pipeline_source", "user_login", "pipeline_id", "job_id"},
		actor:  "claims.user_login",
		maxAge: 24 * time.Hour, // one token a job, issued when the job begins
		stranger: map[string]any{
			"sub":            "project_path:stranger-7/unrelated-7:ref_type:branch:ref:main",
			"namespace_path": "stranger-7", "namespace_id": "987654321", "project_path": "stranger-7/unrelated-7", "project_id": "987654322",
			"project_visibility": "public", "user_login": "stranger-7", "user_id": "987654323", "user_email": "stranger-7@unrelated-7.example", "user_access_level": "owner",
			"pipeline_id": "987654324", "pipeline_source": "push", "job_id": "987654325", "ref": "main", "ref_type": "branch", "ref_path": "refs/heads/main", "ref_protected": "true",
			"environment": "production", "environment_protected": "true", "deployment_tier": "production", "groups_direct": []any{"stranger-7"},
			"sha": "7fd1a60b01f91b314f59955a4e4d4e80d8edf11d", "ci_config_ref_uri": "gitlab.com/stranger-7/unrelated-7//.gitlab-ci.yml@refs/heads/main",
			"ci_config_sha": "7fd1a60b01f91b314f59955a4e4d4e80d8edf11d", "runner_environment": "gitlab-hosted", "runner_id": int64(987654326),
		},
	},
	"kubernetes": {
		keep:   []string{"namespace", "serviceaccount", "pod"},
		maxAge: 24 * time.Hour, // the kubelet renews a projected token before it ends
		add:    addKubernetes,
	},
	"oidc": {maxAge: 24 * time.Hour},
}

// people are the presets of issuers of people's tokens, whatever their type.
var people = preset{singleUse: true, maxAge: 15 * time.Minute}

// addKubernetes lifts what a service account's token has under "kubernetes.io":
// {"namespace": "batch", "serviceaccount": {"name": "nightly", …}, "pod": {…}}.
func addKubernetes(claims map[string]any) {
	inner, _ := claims["kubernetes.io"].(map[string]any)
	set := func(name string, v any) {
		delete(claims, name) // only Kubernetes says these
		if text, ok := v.(string); ok && text != "" {
			claims[name] = text
		}
	}
	named := func(v any) any {
		object, _ := v.(map[string]any)
		return object["name"]
	}
	set("namespace", inner["namespace"])
	set("serviceaccount", named(inner["serviceaccount"]))
	set("pod", named(inner["pod"]))
	set("node", named(inner["node"]))
}
