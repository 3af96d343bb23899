// Package tokens gives out dbaccess's own tokens, with which people, jobs and
// agents come to its API.
//
//	job     a JWT that its platform signed ──┐
//	                                         ├─ Exchange ─▶ dba_s_… 1 h, dba_p_… 12 h
//	person  a JWT of the sign-in issuer ─────┘                    │
//	                                            (a person) IssueAgent ─▶ dba_a_… 8 h
//	                                                              │
//	every call ── Who ── sum, not over, right audience, still in the directory ─▶ principal
//
// A token is opaque: 256 bits of chance under a prefix that tells its kind, with
// a checksum, so that secret scanners find lost ones without guessing
// (dba_[psa]_[a-z2-7]{59}). Only its SHA-256 is stored, and it is looked up by
// that. The time of such a look-up tells nothing that helps to guess: what a
// guesser would have to steer is the hash of the guess.
//
// Nothing about its holder is in a token. Each use asks the directory anew, so
// that a person who is taken out of the config loses every token at once, those of
// their agents too, and a change of groups counts from the next call on. Ending
// one is a row that changes, and holds for all servers from its commit on.
//
// A JWT that may be used once is remembered until it could not be verified any
// more, in the same transaction in which its token is stored. The second who comes
// with it shows that two have it, and nobody can tell which of them is the thief:
// so the second gets nothing, what the first got is ended, and the record has an
// alarm. A client that did not hear the answer asks its platform for a new JWT.
// The JWT of a person's sign-in may always be used once only.
//
// The package refuses to keep a token, to give one to an agent for another agent,
// and to let a token review anything: who reviews is present in Slack.
package tokens
