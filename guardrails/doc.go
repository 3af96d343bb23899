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
//     from a real server and reviewed by name. Everything else is somebody's code,
//     which only a [Catalog] can tell more of: then bodies, views, policies, domains,
//     operators, casts, triggers and rules are read like any other text, and what
//     they use in turn (catalog_reading.go, functions_own.go, functions_plpgsql.go).
//   - Every text of the corpus is also run on a real server, and what happened is
//     compared with the verdict; so are PostgreSQL's own tests (campaign_test.go).
//
// What it does not do: it does not enforce anything. The minted role does; a
// wrong verdict may cost a needless review or meet a permission error.
//
// What can be mistaken for PostgreSQL's own without a catalog, by somebody who may
// already create functions or types in the database (which no low verdict allows):
//
//   - lower(x), x + y: a function or operator of a schema on the search_path whose
//     arguments fit the types of x better than the built-in's. pg_catalog is looked
//     at first only among those that fit equally well.
//   - x.f and (x).f: a function f of one argument, if x has no column f.
//   - a view or a table with row policies: what they call.
//   - a cast, a comparison or an order that a type of their own brings along
//     without being named: an implicit cast, the = of DISTINCT, GROUP BY and USING.
//
// What must be named is never taken for PostgreSQL's own: public.lower, "Lower",
// OPERATOR(public.+), 'x'::mood, TABLESAMPLE mine. With a catalog the first three of
// the list are resolved, with every candidate that the search_path lets in; the
// last is not.
package guardrails
