// Package postgres mints and ends credentials with Postgres' own means, and
// proves the end.
//
//	           issuer role (CREATEROLE)                 monitor role (one function)
//	Prepare ─▶ Mint ─▶ Block ─▶ Revoke                  EndSessions ─▶ Prove
//	   │        │        │        │                          │           │
//	   │        │        │        ├ 1 NOLOGIN, REVOKE groups  │           ├ no role by name or OID,
//	 nothing  CREATE   NOLOGIN    │   COMMIT                  │           │ no session of either,
//	 outside  ROLE                ├ 2 terminate               │           │ on the primary
//	          in one              ├ 3 DROP OWNED, DROP ROLE   terminate   └ 100 ms later, again
//	          transaction         └   COMMIT                  all at once
//
// The COMMIT between 1 and 2 is what makes an ending hold: until it, a client
// that connects again in a loop finds the role able to log in.
//
// A minted role holds no rights of its own. It is a member of its profile's
// groups, which the owner of the database made; its password is random, reaches
// the server only as a SCRAM verifier, and VALID UNTIL is the second at which
// the access is over.
//
// Both roles have as little as does the work. On PostgreSQL 16 and later the
// issuer can create roles and hand out the profiles' groups, and nothing else;
// up to 15, CREATEROLE may make itself a member of any group that is not a
// superuser, so its password must be guarded like one. The monitor may call one
// function, which ends sessions of an installation's own roles only. [SetupSQL]
// writes both, for the owner of a database to read and run.
//
// The package never touches a role whose name does not begin with its
// installation's prefix.
package postgres
