package bot

import (
	"encoding/hex"
	"encoding/json"

	"dbaccess/approvals"
	"dbaccess/internal/fault"
)

// The actions of our buttons, and the callback ids of our modals. They stand in
// messages that live for years: a name is never given another meaning.
const (
	actApprove  = "approve"
	actDeny     = "deny"
	actDetails  = "details"
	actReview   = "review"
	actPage     = "page" // in the review modal; "page-2" turns to page 2
	actClaim    = "claim"
	actEnd      = "end"
	actCancel   = "cancel"
	actForm     = "form" // opens the request form
	actDatabase = "database"
	actLink     = "link"  // a button that is a link; Slack tells us of its click
	actQuery    = "query" // opens the statement form
	actCount    = "count" // counts the rows that a statement would touch
	actAgain    = "again" // opens the form with an earlier request in it

	actEndStanding = "end_standing" // lets the approval of a job cover no more runs

	viewAsk    = "ask"
	viewDeny   = "deny"
	viewReview = "review"
	viewQuery  = "query"
)

// ticket is what a button or a modal of ours knows: which request or grant it is
// about, and which revision its reader saw. It is no proof of anything; whoever
// presses is checked at that moment.
type ticket struct {
	Request approvals.RequestID `json:"r,omitempty"`
	Digest  string              `json:"d,omitempty"` // of the revision that was shown, in hex
	Grant   approvals.GrantID   `json:"g,omitempty"`
	Page    int                 `json:"p,omitempty"`
}

func ticketOf(r approvals.Request) ticket {
	return ticket{Request: r.ID, Digest: hex.EncodeToString(r.Digest[:])}
}

func (t ticket) value() string {
	raw, err := json.Marshal(t)
	if err != nil { // a struct of strings
		panic("bot: ticket: " + err.Error())
	}
	return string(raw)
}

var errBadTicket = fault.New(fault.Invalid, "This button is from another version of dbaccess.", "`/dbaccess list` shows what is current.")

func parseTicket(value string) (ticket, error) {
	var t ticket
	if err := json.Unmarshal([]byte(value), &t); err != nil {
		return ticket{}, errBadTicket.With(err)
	}
	return t, nil
}

func (t ticket) digest() (approvals.Digest, error) {
	var d approvals.Digest
	raw, err := hex.DecodeString(t.Digest)
	if err != nil || len(raw) != len(d) {
		return d, errBadTicket
	}
	copy(d[:], raw)
	return d, nil
}
