// Package fault holds errors that people may read.
//
// Every refusal says what happened and what to do next. A fault carries both as
// sentences; whatever is not a fault is an internal matter, and [Show] turns it
// into a plain apology whose cause stays in the log. Each door (Slack, HTTP, the
// command line) has exactly one function that shows errors, and it calls [Show].
//
// The package refuses to log, to format for a particular door, and to import
// anything of ours.
package fault
