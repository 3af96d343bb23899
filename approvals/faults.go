package approvals

import (
	"fmt"
	"strings"

	"dbaccess/internal/fault"
)

// What people are told when something cannot be done. The ones that others
// need to recognise have names.
var (
	// ErrSelfReview means that somebody tried to review their own request.
	ErrSelfReview = fault.New(fault.Denied, "You cannot review your own request.", "Ask anyone in the groups named on it.")
	// ErrChanged means that the reviewer saw an earlier revision.
	ErrChanged = fault.New(fault.Conflict, "This request has changed since you saw it.", "Look at it again: the card shows what is asked now.")
	// ErrNoReview means that there is no review to take back.
	ErrNoReview = fault.New(fault.NotFound, "You have no review here that could be taken back.", "The card shows who has answered.")
	// ErrNotYours means that somebody else's request was to be changed.
	ErrNotYours = fault.New(fault.Denied, "Only whoever asked can change or cancel a request.", "A reviewer stops it by denying it in Slack, with a reason.")
	// ErrButtonsOnly means that a reaction does not count for this request.
	ErrButtonsOnly = fault.New(fault.Denied, "A reaction does not count for this request.", "Use the buttons on its card.")
	// ErrTampered means that the stored request is not what was approved. It is
	// never shown as such: whoever reads the log must look into it.
	ErrTampered = fmt.Errorf("the stored terms are not those of the stored digest, or not those that were approved")

	errNotAPerson  = fault.New(fault.Denied, "Only a person can review.", "Ask somebody in the groups named on it.")
	errNoStatement = fault.New(fault.Invalid, "There is no statement.", "Put the SQL behind the database's name.")
	errCannotAsk   = fault.New(fault.Denied, "Only people, services and agents can ask for access.", "Operators list and end; they ask in Slack like everybody else.")
)

// errDecided tells whoever comes too late what has become of the request.
func errDecided(r Request) error {
	kind := fault.Conflict
	if r.State == Expired {
		kind = fault.Expired
	}
	said := r.Outcome
	if said == "" {
		said = "It is " + string(r.State) + "."
	}
	if r.DecidedAt.IsZero() {
		return fault.New(kind, "This request is "+string(r.State)+" already.", said)
	}
	return fault.New(kind, fmt.Sprintf("This request is %s already, since %s UTC.", past(r.State), r.DecidedAt.UTC().Format("2 January 15:04")), said)
}

// past says a state as what has happened: a statement that runs has been
// approved.
func past(s State) string {
	switch s {
	case Executing, Executed, Failed:
		return "approved and " + string(s)
	}
	return string(s)
}

func invalid(hint, format string, args ...any) error {
	return fault.New(fault.Invalid, fmt.Sprintf(format, args...), hint)
}

// either lists names for a hint: "Its profiles are a, b and c."
func either(what string, names []string) string {
	switch len(names) {
	case 0:
		return "It has none."
	case 1:
		return "There is " + names[0] + " only."
	}
	return fmt.Sprintf("Its %s are %s.", what, and(names))
}

// outcome is an error's sentence as it stands in a request's outcome.
func outcome(err error) string {
	return strings.TrimSpace(fault.Show(err).Msg)
}
