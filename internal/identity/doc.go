// Package identity answers one question: who is this?
//
// A principal is a person, a service or an agent. One person may have several
// Slack ids; all of them are the same principal, which is what makes "you cannot
// review your own request" hold however the person came in, and so are their log-ins
// elsewhere. The directory is read from the config's identity; whoever is not in it
// is nobody, and nobody gets nothing.
//
// It believes what it is asked with: that a Slack id is whose it says, its door has
// checked; that a token is, internal/identity/workload has.
package identity
