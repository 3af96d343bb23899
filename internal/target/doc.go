// Package target works on the databases that access is given to.
//
// [Run] executes one approved statement with a credential made for it alone:
//
//	BEGIN ──▶ pin settings ──▶ the stored bytes, ──▶ count what ──▶ COMMIT
//	                           as one statement       changed    └─▶ ROLLBACK, if more
//	                           (extended protocol)   (the fuse)      than was approved
//
// The extended protocol takes one statement, so a second one hidden in the text
// is refused by Postgres itself. The fuse counts rows in the server's own
// statistics of the transaction, which see common table expressions, triggers
// and cascades that the command's tag does not.
//
// What Postgres says of a failed statement may quote rows ("duplicate key",
// "invalid input syntax"); only those messages are passed on that consist of
// names and of the statement's own text. Values reach a person as a [Result] or
// not at all.
//
// The package refuses to decide: what may run, with which profile and bound, is
// settled before it is called.
package target
