package approvals

import (
	"time"

	"dbaccess/approvals/policy"
)

// Decision is what a route makes of a request at one instant, explained.
type Decision struct {
	State   State
	Need    int       // how many people in all
	Have    int       // how many seats are taken
	Seats   []Seat    // each line of the route, and who fills it
	Ignored []Ignored // reviews that do not count, and why
	Why     string    // one sentence for people: "1 of 2: one more from shop-owners"
}

// Seat is one line of the route with the people in it.
type Seat struct {
	Groups []string
	Count  int
	By     []string // principal names
}

// Ignored is a review that does not count.
type Ignored struct {
	Reviewer string
	Why      string
}

// Decide says what route makes of r at one instant. It reads no clock, no store
// and no network, so that a policy can be tried out before it is deployed.
func Decide(route policy.Route, r Request, now time.Time) Decision { return Decision{} }
