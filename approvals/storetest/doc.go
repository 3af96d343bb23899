// Package storetest is what every approvals.Store must do, as a test suite.
//
// The store in memory that the rules are tested with, and the real one on
// Postgres, run the same suite: so whatever the rules rely on is known to hold
// where it matters. A store is opened empty for each test:
//
//	func TestRequests(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) approvals.Store { return open(t) })
//	}
//
// What a change stores beside the request (its events, todos and grant) cannot
// be read through approvals.Store; therefore the store given here must also be
// a [Witness].
package storetest
