// Package store keeps dbaccess's state in one Postgres database, in the schema
// dbaccess, and is the only package that knows its tables.
//
// The idea is one transaction a change. Whatever changes a request, a review, a
// grant, a lease or a code goes through one function, which stores the new
// state, the follow-ups and the events together or not at all:
//
//	BEGIN
//	  1  state      compare-and-set: UPDATE … WHERE id = … AND version = …
//	  2  todos      jobs in River's table      NOTIFY dbaccess_due
//	  3  events     append_events: locks the end, links, inserts
//	COMMIT ──────▶ workers fetch the jobs      due loops read the next due time
//
// The log's end is locked last and waits for nobody, so events stand in the
// order of their commits, without gaps or forks, whoever writes:
//
//	audit_head ─┐
//	            ▼
//	event 1 ◀─ event 2 ◀─ event 3      each with the hash of the one before
//
// Constraints and triggers state the rules once more: a decision has its time,
// a person has one standing review, a grant one living lease, and ends only
// when its leases have ended with proof. Two roles use the database. The owner
// migrates. The runtime role may read the log and append to it, through a
// function that computes the links; it can neither change, remove nor reorder
// what stands there, nor turn off the trigger that forbids it.
//
// Migrations are goose files; River's own are among them, word for word, and
// River's validator is asked whether they are what it expects.
//
// The package decides nothing: who may do what, and when something ends, is
// said by the packages whose Store interfaces it implements. It refuses to
// change state without an event, to open a schema that it does not know, and to
// take the time from the database: times come in as parameters.
package store
