package audit

import "time"

// Type names what happened. Types are stable: people search for them, and a
// type is never used again for something else.
type Type string

// The vocabulary. Each is the past tense of a change of state, or, ending in
// "intended", the announcement of something about to be done outside our store.
const (
	RequestSubmitted Type = "request.submitted" // asked, classified and routed
	RequestRevised   Type = "request.revised"   // the asker changed it; reviews start again
	RequestRerouted  Type = "request.rerouted"  // a changed policy gave it another route
	RequestApproved  Type = "request.approved"  // quorum reached, or an allow rule
	RequestDenied    Type = "request.denied"    // by a person, or by a deny rule
	RequestCancelled Type = "request.cancelled" // by its asker
	RequestExpired   Type = "request.expired"   // nobody decided in time

	ReviewGiven     Type = "review.given"     // one person's answer
	ReviewWithdrawn Type = "review.withdrawn" // taken back before the decision
	ReviewRefused   Type = "review.refused"   // somebody tried who may not; nothing counted

	StandingEnded Type = "standing.ended" // the approval of a job covers no more runs, before its time

	StatementStarted    Type = "statement.started"    // about to run: the intent
	StatementCommitting Type = "statement.committing" // about to be committed, as which transaction of which server: the intent
	StatementExecuted   Type = "statement.executed"   // committed
	StatementFailed     Type = "statement.failed"     // rolled back or refused
	StatementUnknown    Type = "statement.unknown"    // nobody can tell whether it was committed: a person must look
	StatementFused      Type = "statement.fused"      // rolled back because it touched more rows than its bound

	StatementEstimated Type = "statement.estimated" // what it would touch, before people decide
	StatementCounted   Type = "statement.counted"   // a reviewer had the rows counted that it would touch

	ResultShown Type = "result.shown" // a one-time page handed out rows

	GrantOpened Type = "grant.opened" // approved; nothing minted yet
	GrantActive Type = "grant.active" // first credential minted; the window runs
	GrantEnding Type = "grant.ending" // the intent to end it, with the reason
	GrantEnded  Type = "grant.ended"  // ended and proven, with the lateness

	CodeIssued  Type = "code.issued"  // a one-time claim code was shown to its holder
	CodeUsed    Type = "code.used"    // exchanged for a credential
	CodeExpired Type = "code.expired" // presented too late: nothing was given
	CodeReused  Type = "code.reused"  // presented a second time: the grant is ended

	LeaseIntended Type = "lease.intended" // about to mint: the intent
	LeasePrepared Type = "lease.prepared" // what can end it is known and stored, before it exists
	LeaseMinted   Type = "lease.minted"   // the role exists and its holder has the secret
	LeaseEnding   Type = "lease.ending"   // about to end one lease (a replacing claim, a failed mint)
	LeaseTrouble  Type = "lease.trouble"  // an attempt at ending it did not end it; it is tried again
	LeaseEnded    Type = "lease.ended"    // its role and sessions are proven gone

	TokenIssued  Type = "token.issued"  // a token of ours for the API, for a verified identity or by an agent's person
	TokenRefused Type = "token.refused" // an identity token came a second time: nothing was given
	TokenEnded   Type = "token.ended"   // before its time; one that expires is told of by its issuing

	SweepAlarm      Type = "sweep.alarm"       // the sweep found more than it may end by itself
	StrayEnding     Type = "stray.ending"      // an operator wants these unexplained roles ended: the intent
	StrayEnded      Type = "stray.ended"       // a role of ours that no lease explains was ended
	InstallationNew Type = "installation.made" // migrate gave this store its installation id
)

// Event tells of one change of state.
//
// Details holds strings, booleans, integers and lists of strings only; anything
// else, floats above all, has no canonical form and is refused when the event
// is written. Secrets never go into an event.
type Event struct {
	At       time.Time // when; written in UTC with microseconds
	Type     Type
	Actor    string // who: "person:alice", "operator:root", "system:sweep"
	Request  string // request id, if it is about one
	Grant    string // grant id, if it is about one
	Lease    string // lease id, if it is about one
	Database string // the database's name in the config, if it is about one
	Details  map[string]any
}
