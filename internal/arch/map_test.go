package arch

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// arrows says which of our own packages each package may import.
var arrows = map[string][]string{
	// leaves
	"audit":             {},
	"guardrails":        {},
	"internal/fault":    {},
	"internal/checkup":  {}, // what `dbaccess doctor` is told, by whoever knows the thing that is looked at
	"internal/identity": {"internal/fault"},

	"internal/expression":        {},                                                             // the bounds on CEL, for the two that evaluate it
	"internal/identity/workload": {"internal/identity", "internal/expression", "internal/fault"}, // outside tokens, for whoever lets principals in

	"internal/masking": {"internal/fault"},

	// rules
	"approvals/policy":     {"guardrails", "internal/expression", "internal/fault"},
	"approvals":            {"approvals/policy", "audit", "guardrails", "internal/identity", "internal/fault"},
	"credentials":          {"approvals", "audit", "internal/identity", "internal/fault"},
	"credentials/minted":   {},
	"credentials/postgres": {"credentials", "credentials/minted", "internal/checkup", "internal/fault"},
	"credentials/vault":    {"credentials", "credentials/minted", "internal/fault"},

	"internal/tokens": {"credentials", "audit", "internal/identity", "internal/fault"}, // of credentials only the Secret

	// behind the rules' interfaces
	"internal/store":  {"approvals", "approvals/policy", "credentials", "internal/tokens", "audit", "guardrails", "internal/identity", "internal/checkup", "internal/fault"},
	"internal/target": {"guardrails", "internal/masking", "approvals", "credentials", "internal/fault"}, // of credentials only the Credential

	// doors: rules and leaves, never store or target, never one another
	"bot":          {"approvals", "approvals/policy", "credentials", "audit", "guardrails", "internal/identity", "internal/checkup", "internal/fault"},
	"internal/api": {"approvals", "approvals/policy", "credentials", "audit", "guardrails", "internal/identity", "internal/fault"},
	// the JSON API beside the pages: one server, one function that shows errors, one form of a credential
	"internal/api/v1":     {"internal/api", "internal/tokens", "approvals", "approvals/policy", "credentials", "audit", "guardrails", "internal/identity", "internal/fault"},
	"internal/job":        {"internal/api", "internal/api/v1", "internal/fault"}, // of the API the credential and the state of a grant
	"internal/api/client": {"internal/api", "internal/api/v1", "internal/fault"}, // in the types of the API; of internal/api the credential, the problem, and where a token may travel

	// the agents' door works over the JSON API: over HTTP from afar, and in the server's own process; of tokens the audience and what is said of bad ones
	"internal/mcp": {"internal/api", "internal/api/client", "internal/api/v1", "internal/tokens", "internal/fault"},

	"internal/login": {"credentials", "internal/fault"}, // the command line's side of signing in; of credentials only the Secret

	"internal/config": {"approvals", "approvals/policy", "guardrails", "internal/identity", "internal/fault"}, // it builds their values from the file

	// stand-ins for the world, for the demo and the tests
	"internal/devslack":        {"internal/fault"},
	"internal/devstack":        {"internal/fault"},
	"internal/devstack/shop":   {},
	"internal/devstack/oidc":   {},
	"internal/devstack/pgtest": {"internal/devstack", "internal/devstack/shop"},

	"internal/devstack/vaulttest": {"internal/devstack"},
	"internal/devstack/vaultbin":  {"internal/devstack", "internal/fault"},

	"internal/devstack/browser":     {"internal/devstack", "internal/fault"},
	"internal/devstack/chromiumbin": {"internal/devstack", "internal/fault"},

	// what every implementation of an interface must do
	"internal/tokens/storetest": {"internal/tokens", "audit", "internal/identity"},

	"approvals/storetest":    {"approvals", "approvals/policy", "audit", "guardrails", "internal/identity", "internal/fault"},
	"credentials/storetest":  {"approvals", "credentials", "audit", "internal/identity", "internal/fault"},
	"credentials/issuertest": {"approvals", "credentials", "audit", "internal/identity", "internal/fault"},
}

// forTests are packages that tests may import besides, and nothing else may.
var forTests = []string{"internal/devstack/pgtest", "internal/devstack/vaulttest", "internal/devstack/browser", "approvals/storetest", "credentials/storetest", "credentials/issuertest", "internal/tokens/storetest"}

// alsoInTests are packages that stand on the map, and that any test may import.
var alsoInTests = []string{"internal/devstack", "internal/devstack/shop", "internal/devstack/oidc", "internal/devslack"}

// testArrows are further arrows of one package's tests.
var testArrows = map[string][]string{
	"internal/api/v1":        {"internal/store", "internal/api/client"},           // a server of the JSON API on the real store, seen through its client
	"credentials/vault":      {"credentials/postgres"},                            // the monitor, which proves what Vault has ended
	"internal/devstack/oidc": {"internal/identity/workload", "internal/identity"}, // believes its tokens
	"internal/target":        {"credentials/postgres"},                            // mints the roles that attack masked views
	"guardrails":             {"internal/target", "credentials"},                  // the campaign judges by the live catalog of the server that it runs on
}

// verdict says what is wrong with an import of one of our packages by another,
// or nothing.
func verdict(from, to string, inTest bool) string {
	arrow := from + " -> " + to
	switch {
	case from == to: // an external test of its package
		return ""
	case inTest && (slices.Contains(forTests, to) || slices.Contains(alsoInTests, to)):
		return ""
	case slices.Contains(forTests, to):
		return arrow + ": only tests may import this"
	case strings.HasPrefix(to, "cmd/"):
		return arrow + ": nothing imports a command"
	case strings.HasPrefix(from, "cmd/"):
		return "" // composes everything
	}
	may, known := arrows[from]
	switch {
	case !known:
		return arrow + ": " + from + " is not on the map in internal/arch"
	case inTest && (reaches(from, to) || slices.Contains(testArrows[from], to)):
		return ""
	case !slices.Contains(may, to):
		return fmt.Sprintf("%s: not on the map in internal/arch; %s may import %s", arrow, from, list(may))
	}
	return ""
}

// reaches reports whether arrows lead from one package to the other: a test may
// go further down the same arrows, to build what its package only passes on.
func reaches(from, to string) bool {
	return slices.ContainsFunc(arrows[from], func(next string) bool { return next == to || reaches(next, to) })
}

func list(names []string) string {
	if len(names) == 0 {
		return "nothing of ours"
	}
	return strings.Join(names, ", ")
}

func TestEveryArrowIsOnTheMap(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, f := range sources(t) {
		for _, path := range f.imports {
			to, ours := strings.CutPrefix(path, module+"/")
			if !ours {
				continue
			}
			seen++
			if wrong := verdict(f.pkg, to, f.test); wrong != "" {
				t.Errorf("%s: %s", f.path, wrong)
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d arrows seen: this test looks in the wrong place", seen)
	}
}

func TestABrokenArrowIsNamed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, to string
		inTest   bool
		fine     bool
	}{
		{"approvals", "guardrails", false, true},
		{"guardrails", "approvals", false, false},
		{"guardrails", "internal/fault", false, false},
		{"bot", "internal/store", false, false},
		{"bot", "internal/api", false, false},
		{"internal/api", "internal/target", false, false},
		{"internal/brandnew", "internal/fault", false, false},
		{"cmd/dbaccess", "internal/store", false, true},
		{"cmd/dbaccess", "internal/devstack/pgtest", false, false},
		{"internal/store", "internal/devstack/pgtest", true, true},
		{"internal/store", "internal/devstack/pgtest", false, false},
		{"bot", "internal/devslack", true, true},
		{"bot", "internal/devslack", false, false},
		{"bot", "internal/store", true, false},
		{"internal/store", "cmd/dbaccess", true, false},
		{"credentials/postgres", "audit", true, true},
		{"credentials/postgres", "audit", false, false},
		{"guardrails", "approvals", true, false},
	} {
		wrong := verdict(c.from, c.to, c.inTest)
		if (wrong == "") != c.fine {
			t.Errorf("%s -> %s (in a test: %v): %q", c.from, c.to, c.inTest, wrong)
		}
		if wrong != "" && !strings.Contains(wrong, c.from+" -> "+c.to) {
			t.Errorf("%q does not name the arrow", wrong)
		}
	}
}

// sdks says where each outside module may be imported. "tests of" means there
// and in test files only.
var sdks = []struct {
	prefix  string
	where   []string
	testsOf []string
}{
	{prefix: "github.com/pganalyze/pg_query_go", where: []string{"guardrails"}},
	{prefix: "cel.dev/", where: []string{"internal/expression", "approvals/policy", "internal/identity/workload"}}, // who declares what an expression may speak of
	{prefix: "github.com/go-jose/", where: []string{"internal/identity/workload"}},
	{prefix: "github.com/google/cel-go", where: []string{}},
	{prefix: "github.com/slack-go/slack", where: []string{"bot"}, testsOf: []string{"internal/devslack", "cmd/dbaccess"}},
	{prefix: "github.com/riverqueue/", where: []string{"internal/store", "cmd/dbaccess"}},
	{prefix: "github.com/robfig/cron", where: []string{"credentials", "internal/config", "approvals"}},
	{prefix: "github.com/hashicorp/vault", where: []string{"credentials/vault"}},
	{prefix: "github.com/coreos/go-oidc", where: []string{"internal/identity/workload", "internal/login"}},
	{prefix: "golang.org/x/oauth2", where: []string{"internal/login"}},
	{prefix: "github.com/zalando/go-keyring", where: []string{"internal/login"}},
	{prefix: "github.com/danielgtaylor/huma", where: []string{"internal/api/v1"}},
	{prefix: "github.com/santhosh-tekuri/jsonschema", testsOf: []string{"internal/api/v1"}},
	{prefix: "github.com/spf13/viper", where: []string{"internal/config"}},
	{prefix: "github.com/spf13/cobra", where: []string{"cmd/dbaccess"}},
	{prefix: "github.com/pressly/goose", where: []string{"internal/store"}},
	{prefix: "github.com/chromedp/", where: []string{"internal/devstack/browser"}},
	{prefix: "github.com/fergusstrange/embedded-postgres", where: []string{"internal/devstack"}},
}

func TestEachOutsideSDKHasItsPlace(t *testing.T) {
	t.Parallel()
	for _, f := range sources(t) {
		for _, path := range f.imports {
			for _, sdk := range sdks {
				if !strings.HasPrefix(path, sdk.prefix) {
					continue
				}
				if !slices.Contains(sdk.where, f.pkg) && !(f.test && slices.Contains(sdk.testsOf, f.pkg)) {
					t.Errorf("%s imports %s, which belongs in %s", f.path, path, list(sdk.where))
				}
			}
		}
	}
}
