// Package client speaks the JSON API of a dbaccess server: one method an endpoint,
// in the types of internal/api/v1.
//
// What can be asked again without harm is, while a server restarts; what cannot is
// not. A token is sent to the server that it is for and to nobody else: not over
// plain http, loopback apart, and not where a redirect leads.
//
// Errors are faults with the server's own sentences; one whose kind is Internal
// carries the reference that finds its cause in the server's log.
package client
