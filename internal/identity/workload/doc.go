// Package workload checks tokens that others issued and says whose they are: a
// pipeline's, signed by the place that it runs in, or a person's, signed by the
// company's log-in.
//
//	JWT ──▶ readable? ──▶ issuer by its exact "iss" ──▶ signature, by a key that the
//	        issuer publishes now ──▶ audience, times ──▶ claims ──▶ principal
//
// Nothing in a token is believed, or followed, before its signature is checked:
// only its issuer's name and its key's name are read, to choose among what the
// config lists. Keys are fetched from the issuer, kept for minutes, and asked for
// again at most every few seconds whatever tokens say. If the issuer is away and
// its keys are not at hand, nobody passes.
//
// Services are recognised by conditions (CEL) over the claims, people by their
// verified e-mail or by the subject that the config lists. A token that two
// services claim is refused, and so is one that nobody does.
//
// The package gives out nothing and remembers no token: that is internal/tokens.
package workload
