package fault

import "errors"

// Kind sorts faults by what the reader can do about them. Doors map it to their
// own terms: an HTTP status, an exit code, an SQLSTATE.
type Kind int

// The kinds. The zero value is Internal, so that an error nobody thought about
// is never shown.
const (
	Internal    Kind = iota // ours; people get a reference, the log gets the cause
	Invalid                 // the input is wrong and can be corrected
	Denied                  // understood, and not allowed
	NotFound                // there is no such thing, or not for this person
	Conflict                // somebody or something else was first
	Expired                 // it was possible once, and no longer is
	Unavailable             // something we depend on is away; trying again later may work
)

var kindNames = [...]string{"internal", "invalid", "denied", "not_found", "conflict", "expired", "unavailable"}

// String returns the kind's stable name, as used in JSON and metrics.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return "internal"
	}
	return kindNames[k]
}

// Error is a refusal that a person may read.
type Error struct {
	Kind  Kind
	Msg   string // what happened: one sentence with its full stop
	Hint  string // what to do next: one sentence, or empty
	Cause error  // for the log and errors.Is; never shown
}

// Error returns the sentence, followed by the cause if there is one, for logs.
func (e *Error) Error() string {
	if e.Cause != nil {
		return e.Msg + " (" + e.Cause.Error() + ")"
	}
	return e.Msg
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// With returns a copy of e that has cause as its cause; errors.Is still takes
// the copy for e.
func (e *Error) With(cause error) error {
	c := *e
	c.Cause = cause
	return &c
}

// Is reports whether target says the same thing: faults are equal by kind and
// sentence, so that a copy made by With is still its sentinel.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Kind == e.Kind && t.Msg == e.Msg
}

// New returns a fault of the given kind.
func New(kind Kind, msg, hint string) *Error { return &Error{Kind: kind, Msg: msg, Hint: hint} }

// KindOf returns the kind of the first fault in err's chain, Internal if there
// is none.
func KindOf(err error) Kind { return Show(err).Kind }

// Show returns what a person may read of err: the first fault in its chain, or
// an apology of kind Internal that tells nothing of the cause.
func Show(err error) *Error {
	var f *Error
	if errors.As(err, &f) && f.Kind != Internal {
		return f
	}
	return &Error{Kind: Internal, Msg: "Something went wrong on our side.", Hint: "Nothing was changed that you did not see confirmed; please try again.", Cause: err}
}
