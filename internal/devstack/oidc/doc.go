// Package oidc is a local issuer of identity tokens: a stand-in for the place where
// pipelines run, and for a company's log-in.
//
//	/.well-known/openid-configuration   who it is, and where its keys are
//	/keys                               the public keys
//	/token?audience=…                   a token for a job that shows its own secret,
//	                                    as GitHub Actions gives its jobs
//
// Its tokens are signed for real, by keys that are made when it starts and can be
// exchanged while it runs, so that whoever checks them does what they do with any
// issuer. It listens on loopback only.
//
// The package refuses to know what a claim means: it signs whatever it is given.
package oidc
