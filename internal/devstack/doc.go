// Package devstack runs the real servers that the demo and the tests need, on
// machines where nothing is prepared.
//
//	find binaries ──▶ copy a fresh cluster ──▶ set a random password ──▶ run
//	PATH, Debian,     (initdb's result is      (single-user mode, so     (own process
//	Homebrew, apt,    kept in the user's        no moment with a known    group, dies with
//	a download)       cache folder)             password)                 its parent)
//
// A server listens on 127.0.0.1 only, asks every connection for a scram
// password, and has no Unix socket: VALID UNTIL and revoked passwords mean what
// they mean in production. Postgres refuses to run as root, so under root the
// server runs as postgres or nobody.
//
// Vault is found on PATH, or built once from tools/vault, which is a module of
// its own: Vault's server, under its own licence, stands beside the product. It
// starts, is initialised and unsealed through its API, and has the same guard.
//
// Chromium, for tests in a browser, is found, or installed as root on Debian; the
// package browser below drives it.
//
// The package refuses to manage a server that it did not start, and knows
// nothing of dbaccess itself; what a target needs from us (monitor and issuer
// roles) is laid over it by its callers.
package devstack
