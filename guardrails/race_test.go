//go:build race

package guardrails

// raced is true if the tests run under the race detector, which makes them some
// five times slower.
const raced = true
