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
// A claim ([Service.Redeem] with a one-time code; [Service.ClaimFor] with a token of
// its holder's; [Service.ClaimRun] for a statement that dbaccess runs itself):
//
//	store                          issuer                 holder
//	  │ policy still allows?
//	  │ end and prove what an earlier claim left
//	  │ lease intended  ───────────▶ prepare
//	  │ its handle      ◀───────────
//	  │                 ───────────▶ mint (once, never again)
//	  │ lease live, grant active ◀──
//	  │ ────────────────────────────────────────────────────▶ the secret
//
// If anything goes wrong after the intent, what was minted is taken back and
// the secret goes to nobody.
//
// An ending, of one grant or of all that are due on a database:
//
//	store: revoking ─▶ issuer: no more logins ─▶ monitor: end their sessions, all at once
//	  ─▶ issuer: revoke each ─▶ monitor: again, and look twice ─▶ store: ended, with the proof
//
// Three things call for it: people ([Service.End]), the second at which the
// window is over ([Service.RunDue], which works from memory while the store is
// away), and the sweep ([Service.RunSweep]) for whatever the other two missed:
// endings that failed, claims whose process died, roles that nothing explains.
// Curfews ([Service.RunCurfews]) are a fourth. A grant that a job attends is over,
// besides, when the job falls silent ([Service.Alive]). Roles that the store must have
// forgotten are left to an operator ([Service.Unexplained] and
// [Service.EndUnexplained]) until their own time is over.
//
// The package imports no driver: issuers and provers are its own interfaces,
// implemented by credentials/postgres and, later, credentials/vault. It never
// retries a mint, never gives a secret that is not on record, and touches no
// role that does not carry its installation's prefix.
package credentials
