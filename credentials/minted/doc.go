// Package minted writes the SQL by which a credential's role is made. Both issuers
// use it, so that what a profile means does not depend on who mints:
//
//	profile ─▶ Terms ─┬─▶ credentials/postgres   runs it, with a name and a verifier
//	                  └─▶ credentials/vault      gives it to Vault, with {{name}} and {{password}}
//
// It knows no server and no password: name, password and end come in as they stand
// in SQL.
package minted
