// Package mcp is the agents' door: the tools of the Model Context Protocol with
// which an agent asks what a person asks in Slack.
//
//	agent ── stdio ── `dbaccess mcp` ───────── HTTPS ──▶ /v1/…
//	agent ── streamable HTTP ── /mcp ── in this process ──▶ /v1/…
//
// Every tool is some calls of the JSON API with the agent's own token, over both
// transports, so that nothing is possible here that the API would refuse. No state
// is kept between two calls: a request that waits for people has an id, with which
// any later session goes on, at any server. Rows are sealed to a key made from the
// agent's token, and opened by the tool that hands them out.
//
// What comes out of a database was written by anybody. It is bounded, made visible
// (no control characters, no invisible ones), and stands between two marks that no
// row can know beforehand; see data.go.
//
// The package refuses the tokens of people and services, and everything that a
// person must do: no tool reviews, none hands out a password. Access is asked for
// here and claimed by `dbaccess exec`, outside of what a model reads.
package mcp
