// Package vault mints and ends credentials through HashiCorp Vault's (or
// OpenBao's) database engine.
//
//	bot's own token ──▶ one orphan token a lease ──▶ database/creds/<role> ──▶ renew: VALID UNTIL = due second
//	(renewed, or a        its accessor is stored       read with that token,      as the bot; checked by
//	new log-in; no        before anything exists       once, never again          the monitor's eyes
//	access hangs on it)
//
// The role's name is ours: it is the display name of the lease's token, and the
// connection's username template makes it the role's. So the name that was
// stored with the intent finds whatever a lost answer has left behind.
//
// A role is created unable to log in (VALID UNTIL 'epoch'). Only the renewal,
// which the bot makes when it knows the lease, opens it, and to the second at
// which the access is over. A role whose making was cut short is useless to
// everybody, and is found: its lease was never renewed.
//
// Ending: Block renews the lease down, which puts VALID UNTIL into the past and
// leaves sessions; Revoke ends the lease and says so only when the role is
// gone; the token's accessor goes last. If the lease's id was never learned,
// the accessor ends it. If Vault itself has lost the lease (it died in the middle
// of the mint, or was restored), it is given a new one of that role, and ends
// that.
//
// Vault is never asked for more than the bot's policy gives it ([Plan] writes
// that policy, and all else that Vault must hold): it cannot change roles,
// connections or policies, and cannot read credentials with its own token.
//
// Lease ids are capabilities and tokens are secrets: neither is ever logged or
// quoted in an error.
package vault
