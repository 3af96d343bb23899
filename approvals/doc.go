// Package approvals decides who may have what.
//
// A request is asked, classified, routed by policy, reviewed by people, and
// decided by one pure function, [Decide], over the stored request:
//
//	             ┌─ allow rule ──────────────┐
//	Submit ──────┼─ review ── pending ───────┼─▶ approved ─▶ (statement) executing ─▶ executed
//	             └─ deny rule ─▶ denied      │                               └──────▶ failed
//	                    pending ─▶ denied | cancelled | expired
//
// Doors call [Service]; each of its methods reads the request, takes one step,
// and stores the new state with its events, its follow-ups and the grant it
// opens in one transaction. If somebody else was faster, the step is taken
// again. What the policy, the directory and the config say is asked anew at
// each decision, and once more when an approved request is claimed or run; what
// cannot be found out decides nothing.
//
// A run stores which transaction it is about to commit ([Service.Committing]) and
// then its outcome. One that is found without is settled by asking the target; one
// that never got so far has changed nothing, and cannot any more.
//
// A review binds to the digest of what its reviewer saw. Nobody counts for a
// request that would give access to themselves, and quorum counts people.
//
// The package is the only writer of requests. It refuses to know Slack, SQL and
// credentials: the final review's transaction opens a grant, and from there on
// package credentials has it.
package approvals
