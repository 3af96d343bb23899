package identity

import "slices"

// Kind is what sort of principal it is.
type Kind string

// The kinds. Operator is a person at the server's own machine, and System is
// dbaccess itself (expiry, sweeps); neither can request, review or claim.
const (
	Person   Kind = "person"
	Service  Kind = "service"
	Agent    Kind = "agent"
	Operator Kind = "operator"
	System   Kind = "system"
)

// Principal is somebody, or something, that acts.
type Principal struct {
	Kind   Kind
	Name   string   // unique within its kind; the config's name
	Email  string   // may be empty
	Groups []string // sorted, without duplicates
	Slack  []string // Slack user ids; any of them is this principal
}

// ID is the principal's name for records: "person:alice".
func (p Principal) ID() string { return string(p.Kind) + ":" + p.Name }

// In reports whether the principal belongs to the group.
func (p Principal) In(group string) bool { return slices.Contains(p.Groups, group) }

// SystemPrincipal is dbaccess itself, acting in the named part ("sweep").
func SystemPrincipal(part string) Principal { return Principal{Kind: System, Name: part} }

// OperatorPrincipal is the person at the server's machine with that OS login.
func OperatorPrincipal(login string) Principal { return Principal{Kind: Operator, Name: login} }
