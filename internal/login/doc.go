// Package login signs a person in where their company does, and keeps what
// dbaccess gave for it on this machine.
//
//	dbaccess login            browser                    issuer            dbaccess
//	  │ listens on loopback
//	  ├─ address ────────────▶ opens ───────────────────▶ person signs in
//	  │                         ◀── code, state, iss ────────┤
//	  ◀── /callback ────────────┤ (state of our own, else not heard)
//	  ├─ code + PKCE verifier ──────────────────────────▶│
//	  ◀── identity token: signature, audience, time, nonce checked
//	  ├─ identity token, once ───────────────────────────────────────────▶│
//	  ◀── token of dbaccess ─────────────────────────────────────────────┤
//	keyring, else a file that only its owner can read
//
// Where there is no browser, the person types a short code at the issuer's page on
// another device (RFC 8628). Whoever sends somebody else such a page and code signs
// in as that person; so the browser is the first choice.
//
// What is kept is sent to the server that gave it and to no other. The file is
// written whole or not at all, and is not read if anybody else could have written
// it or can read it.
//
// The package refuses issuers and servers over plain http, loopback apart, and
// knows no passwords: those are typed at the issuer.
package login
