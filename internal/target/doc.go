// Package target works on the databases that access is given to.
//
// [Run] executes one approved statement with a credential made for it alone:
//
//	BEGIN ──▶ pin settings ──▶ the stored bytes, ──▶ count what ──▶ store which ──▶ COMMIT
//	                           as one statement       changed        transaction
//	                           (extended protocol)   (the fuse)      (the mark)
//	                                                     └─▶ ROLLBACK, if more than was approved
//
// If nobody hears how the COMMIT went, [Fate] asks the server by the mark.
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
// Before anybody decides, [Estimate] and [Count] look at what a statement would
// touch, as a role that can only read: they plan or count a SELECT over its FROM
// and WHERE, never itself. [ReadCatalog] reads what guardrails want to know of a
// database, and [Catalogs] keeps it fresh.
//
// The package refuses to decide: what may run, with which profile and bound, is
// settled before it is called.
package target
