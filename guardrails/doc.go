// Package guardrails says what a statement would do, by PostgreSQL's own parser.
package guardrails
