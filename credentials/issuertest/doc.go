// Package issuertest says what every credentials.Issuer and credentials.Prover
// must do, on a real server.
//
// [Run] is the conformance suite: the built-in Postgres issuer and Vault pass
// the same tests. [RunSteps] stops a service on them at every step of a claim
// and of an end, and checks that one sweep mends it. [Login] and [Wreck] are how
// tests elsewhere play the holder of a credential, the second one a holder who
// does all that makes an ending hard.
package issuertest
