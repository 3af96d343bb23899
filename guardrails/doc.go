// Package guardrails says what a text of SQL would do, by PostgreSQL's own
// parser: its kind, its level, and why.
//
// [Classify] is pure and total. It reads no clock, no store and no network,
// answers for every text whatever, in bounded time and memory, and never takes
// the process with it. What it cannot understand is [Unknown], and never [Low].
//
//	text ──▶ bounds ──▶ parser ──▶ walk ──────────────▶ Verdict
//	         scan.go    pg_query   every node            kind     the worst of all
//	         bounds.go             walk.go               level    the gravest finding's
//	           │                     │                   findings GR001 …, by byte range
//	           │ too long,           │ rules_*.go: one file a family
//	           │ too deep            │ functions_named.go, builtin.go: calls
//	           ▼                     │ condition*.go: does a WHERE choose?
//	         unknown, critical       ▼
//	                               unfamiliar node: unknown, high
//
// Four ideas carry it:
//
//   - The parser is C and recurses without a limit: a text of 80 KB of 1+1+1… ends
//     the process. So a scanner of ours, which knows PostgreSQL's quoting and
//     comments, weighs how deep the tree would be before the parser sees the text.
//   - The walk is generated from the parser's own description of its tree, so no
//     place is forgotten in which an effect might hide. A node that no rule knows
//     is a finding.
//   - Functions are an allow-list: those of pg_catalog that have no effect, read
//     from a real server and reviewed by name. Everything else is somebody's code.
//   - Every text of the corpus is also run on a real server, and what happened is
//     compared with the verdict.
//
// What it does not do: it does not enforce anything. The minted role does; a
// wrong verdict may cost a needless review or meet a permission error. Without a
// [Catalog] it cannot know what a view, a trigger, a row policy or an overloaded
// operator runs, nor that a function of the database's own fits a call better
// than the built-in of the same name.
package guardrails
