// Package api is the HTTP door: the two pages that show something exactly once,
// and what operators ask of a server (health, readiness, metrics).
//
// A secret never travels through Slack; a one-time code does, in the part of a
// link that browsers keep to themselves:
//
//	Slack modal           browser                         server
//	link …/claim#CODE ──▶ GET /claim ───────────────────▶ the same static page for
//	                      │      (no CODE: fragments        everybody; nothing happens,
//	                      │       are not sent)             so link scanners are harmless
//	                      ├─ takes CODE out of the address bar
//	                      ▼
//	                      [Show] ── POST /claim {code} ─▶ redeems: this mints
//	                      shows ◀── role, password, … ──  once; a second use of the
//	                                                      code ends the grant
//
// /result is the same dance for the rows of a statement. Those are kept sealed
// under a key made from the code ([Seal]), and the store knows only the code's
// sum ([CodeSum]): what is kept cannot be read without the link, by us neither.
//
// Pages are static files under a Content-Security-Policy that allows nothing
// but these files; what comes from a database enters them as text nodes only.
//
// The package refuses to keep state that matters (the rate limit alone lives in
// memory), to log query, fragment, body or code, and to decide anything: that is
// for credentials and approvals. Credentials are revealed in reveal.go, and
// errors become answers in errors.go, nowhere else.
package api
