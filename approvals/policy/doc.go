// Package policy turns policy files into routes: which reviews a request needs.
//
// A policy is a list of rules, read from YAML. Each rule says for what it is,
// by matchers and perhaps a CEL condition, and then exactly one thing: allow,
// deny with a sentence, or a review by so many people of these groups.
//
//	version: 1
//	rules:
//	  - name: masked-reads-need-two-owners
//	    databases: [shop]
//	    profiles: [masked-read]
//	    when: request.duration <= duration("8h")
//	    review:
//	      seats: [{groups: [shop-owners], count: 2}]
//	      reactions: true
//	      why: Masked access to the shop needs two of its owners.
//
// [Set.Route] makes a route of a request's facts:
//
//	any deny rule matches ──────────────▶ deny, with the sentence of the first
//	a condition cannot be evaluated ────▶ deny, naming the rule
//	first allow or review that matches ─▶ that
//	nothing matches ────────────────────▶ deny
//
// So deny rules may stand anywhere, the others count from top to bottom, and
// whatever nobody thought about is refused. The route carries a step for every
// rule that was looked at, and why it did or did not match.
//
// Everything about a file is checked when it is read: unknown keys, doubled
// names, reviews that nobody could give, types of conditions. All problems are
// told at once with file, line and column. What needs to know the config is
// checked by [Set.Check]. The same code runs the tests of a policy, [Case], so
// that a policy can be tried out on requests that were never made.
//
// The package is pure: it reads no file, no clock and no network, and refuses
// to know who reviewed what; that is package approvals. It alone imports CEL.
// The manual for those who write policies is docs/policy.md.
package policy
