// Package arch holds no code, only the tests that keep the repository's shape.
//
//	doors (bot, internal/api) ──▶ rules (approvals, credentials) ──▶ leaves (guardrails, audit, …)
//	cmd composes all of them; internal/store and internal/target stand behind interfaces of the rules
//
// The import map in map_test.go says which of our packages each package may
// import; an arrow that is not on it fails the build by its name. Adding one is a
// decision: write it there with its reason. The other tests keep outside SDKs,
// revealed secrets, file sizes, package comments and sleeping tests in check.
package arch
