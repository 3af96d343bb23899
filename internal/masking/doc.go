// Package masking finds the columns that say something about people or give
// somebody a key, and writes the views that hide them.
//
//	                Source (a live database, or a test's)
//	                  │ Relations        │ Sample: bounded, read-only
//	                  ▼                  ▼
//	names · types · what the values look like · what depends on what
//	                  │
//	                  ▼  Detect
//	Plan: one Finding a column: sensitive? what? how sure? how masked? why?
//	                  │  + the owner's overrides, with their reasons
//	                  ▼  Script
//	DDL text: owner, key, reader, masked_<schema> views, grants
//
// It is pure: reading a database and running the DDL are internal/target's.
//
// What is not understood is masked: an unknown type, a relation that could not be
// sampled, a text column without rows. A mask keeps the column's name and base
// type, never fails on a value (an error's text would print it), and is written
// from pg_catalog's own functions only: a helper of ours would have to be
// executable by the reader, who could then mask guesses and compare.
package masking
