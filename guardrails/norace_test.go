//go:build !race

package guardrails

const raced = false
