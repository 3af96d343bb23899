package policy

import (
	"time"

	"dbaccess/guardrails"
)

// Outcome is what the policy makes of a request before any person has spoken.
type Outcome string

// The outcomes.
const (
	Allow  Outcome = "allow"  // no person is needed
	Deny   Outcome = "deny"   // nobody can approve it
	Review Outcome = "review" // people decide
)

// Input is everything a rule's condition may look at. It is plain data, so that
// a policy can be tried out on requests that were never made.
type Input struct {
	Request   RequestFacts
	Principal PrincipalFacts
	Database  DatabaseFacts
	Verdict   guardrails.Verdict // zero for access requests without a job
}

// RequestFacts is the `request` of a condition.
type RequestFacts struct {
	Kind      string // "access" or "statement"
	Profile   string
	Masked    bool          // the profile sees masked views only
	Duration  time.Duration // access requests; CEL duration
	Reason    string
	Statement string   // statement requests
	RowBound  int64    // statement requests
	Job       bool     // a service brings a job: the code that it asks for
	Files     []string // of a job: the paths of its files
}

// PrincipalFacts is the `principal` of a condition: the requester.
type PrincipalFacts struct {
	Kind   string
	Name   string
	Email  string
	Groups []string
	For    string            // the person whom an agent or a job acts for; may be empty
	Claims map[string]string // of a service's token, as far as the config keeps them
}

// DatabaseFacts is the `database` of a condition.
type DatabaseFacts struct {
	Name string
	Tags []string // the config's tags, such as "production"
}

// Seats is one line of a review: so many people out of these groups.
type Seats struct {
	Groups []string `json:"groups"` // a member of any of them may take a seat
	Count  int      `json:"count"`  // at least 1
}

// Route is which reviews a request needs, and why. It is stored with the
// request, and a copy of what it was is stored with each review.
type Route struct {
	Outcome   Outcome       `json:"outcome"`
	Rule      string        `json:"rule"`                // the rule that decided; empty if none matched
	Sentence  string        `json:"sentence"`            // why, for people: a deny's sentence, a review's `why`
	Seats     []Seats       `json:"seats,omitempty"`     // all must be filled; one person fills one seat
	Channel   string        `json:"channel,omitempty"`   // name of the approval channel; empty = the config's default
	Reactions bool          `json:"reactions,omitempty"` // whether a reaction counts as a review
	Expires   time.Duration `json:"expires,omitempty"`   // how long people may take; 0 = the config's default
	Standing  *Standing     `json:"standing,omitempty"`  // of jobs: what reviewers may approve beside the one run; nil = nothing
	Version   string        `json:"version"`             // of the policy that made it
	Steps     []Step        `json:"steps"`               // every rule looked at, in order
}

// Step is one line of a route's explanation.
type Step struct {
	Rule    string `json:"rule"`
	Matched bool   `json:"matched"`
	Why     string `json:"why"` // which part did not match, or what the rule says
}
