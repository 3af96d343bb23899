package identity

import (
	"slices"
	"strings"
)

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
	Name   string   // unique among all that can ask, and tells its kind: see [Named]
	Email  string   // may be empty
	Groups []string // sorted, without duplicates
	Slack  []string // Slack user ids; any of them is this principal
	For    string   // the person that it acts for: an agent's person, who started a service's job; else empty
	Claims []Claim  // of a service: what its token says and the config keeps, sorted by name
}

// Claim is one fact that a token's issuer vouches for.
type Claim struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// servicePrefix begins the names of services, and agentMark stands in those of
// agents; names of people can have neither.
const (
	servicePrefix = "service/"
	agentMark     = "@"
)

// Named returns what a name alone tells of a principal: its kind, and of an agent
// the person that it acts for. People are called "alice", services
// "service/nightly", agents "claude@alice".
func Named(name string) Principal {
	if strings.HasPrefix(name, servicePrefix) {
		return Principal{Kind: Service, Name: name}
	}
	if _, person, agent := strings.Cut(name, agentMark); agent {
		return Principal{Kind: Agent, Name: name, For: person}
	}
	return Principal{Kind: Person, Name: name}
}

// ServiceName is the principal name of the service that the config calls name.
func ServiceName(name string) string { return servicePrefix + name }

// AgentName is the principal name of the agent of that name which acts for a
// person.
func AgentName(agent, person string) string { return agent + agentMark + person }

// ID is the principal's name for records: "person:alice", "service:nightly",
// "agent:claude@alice".
func (p Principal) ID() string {
	return string(p.Kind) + ":" + strings.TrimPrefix(p.Name, servicePrefix)
}

// Self reports whether access for the principal called name, who acts for behind
// (perhaps nobody), would be access for the person p.
func (p Principal) Self(name, behind string) bool {
	return p.Name == name || p.Name == behind || p.Name == Named(name).For
}

// In reports whether the principal belongs to the group.
func (p Principal) In(group string) bool { return slices.Contains(p.Groups, group) }

// SystemPrincipal is dbaccess itself, acting in the named part ("sweep").
func SystemPrincipal(part string) Principal { return Principal{Kind: System, Name: part} }

// OperatorPrincipal is the person at the server's machine with that OS login.
func OperatorPrincipal(login string) Principal { return Principal{Kind: Operator, Name: login} }
