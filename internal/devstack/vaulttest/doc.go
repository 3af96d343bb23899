// Package vaulttest gives tests a real Vault server: one a test process, started
// when it is first asked for, or one of a test's own that may be sealed, killed
// and restarted.
//
// Without a Vault, and unable to build one, tests fail. VAULT=no in the
// environment leaves them out, which is said in one line.
package vaulttest
