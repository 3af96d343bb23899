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
// A review binds to the digest of what its reviewer saw. Nobody counts for a
// request that would give access to themselves, and quorum counts people.
//
// The package is the only writer of requests. It refuses to know Slack, SQL and
// credentials: the final review's transaction opens a grant, and from there on
// package credentials has it.
package approvals
