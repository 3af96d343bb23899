// Package v1 is the JSON API under /v1/: what pipelines, agents and the command
// line ask of a server.
//
//	OIDC token ── POST /v1/token ──▶ an API token, for an hour
//	               POST /v1/requests ──▶ request ── GET …?wait=60s ──▶ decided
//	                      access:    POST /v1/grants/{id}/claim, alive, end
//	                      statement: GET /v1/requests/{id}/result ──▶ rows, sealed
//
// Its Go types are its documentation: huma makes the OpenAPI document of them,
// which /v1/openapi.json answers, and checks by it what comes in. Every error is
// application/problem+json, written by the one function of internal/api that shows
// errors.
//
// Whoever asks sees their own requests and grants, and a person those of their
// agents; what is anybody else's is not there. Rows of a statement are sealed
// (HPKE) to a key that whoever asked has sent along, so that the store keeps
// nothing readable.
//
// The package refuses to review: there is no such endpoint, because a review comes
// from a person who is present, never from a bearer token.
package v1
