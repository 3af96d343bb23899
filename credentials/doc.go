// Package credentials hands out access and takes it back, with proof.
//
//	grant:  open ──claim──▶ active ──due, end──▶ revoking ──proof──▶ ended
//	          └───────────── lapse, end ─────────────▲
//	lease:  intended ──mint──▶ live ──▶ ending ──proof──▶ ended
//	          └──────── mint failed, maker died ───▲
//
// Nothing is minted before its holder asks. Every outside act is announced in
// the store first, is idempotent by our own names, and is finished by the next
// sweep if the process dies at any line.
//
// The package imports no driver: issuers and provers are its own interfaces,
// implemented by credentials/postgres and, later, credentials/vault.
package credentials
