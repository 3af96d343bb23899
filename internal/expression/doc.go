// Package expression keeps the expressions (CEL) of config and policy files
// within bounds: their length, their depth, and what they may cost when they
// look at text that somebody else wrote.
//
// What an expression may speak of, its users declare: approvals/policy the facts
// of a request, internal/identity/workload the claims of a token.
package expression
