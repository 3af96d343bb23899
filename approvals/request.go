package approvals

import (
	"time"

	"dbaccess/approvals/policy"
	"dbaccess/audit"
	"dbaccess/guardrails"
	"dbaccess/internal/identity"
)

// RequestID names a request: "req_" and 26 lower-case base32 characters.
type RequestID string

// ReviewID names a review: "rev_…".
type ReviewID string

// GrantID names a grant: "grt_…".
type GrantID string

// Kind is what is asked for.
type Kind string

// The kinds of request.
const (
	Access    Kind = "access"    // a credential for a window of time
	Statement Kind = "statement" // run this one text, and show me the result
)

// State is where a request stands.
type State string

// The states. An access request ends at Approved; a statement goes on.
const (
	Pending   State = "pending"
	Approved  State = "approved"
	Denied    State = "denied"
	Cancelled State = "cancelled"
	Expired   State = "expired"
	Executing State = "executing" // statement requests: the intent to run is stored
	Executed  State = "executed"
	Failed    State = "failed"
)

// Terms are what was asked: the part of a request that a review binds to. Any
// change of them is a new revision with a new digest.
type Terms struct {
	Kind      Kind
	Requester string        // principal name; the person who will hold the access
	Database  string        // the database's name in the config
	Profile   string        // for statements: the least profile that can run it
	Duration  time.Duration // access requests: the window, from the first claim
	Statement string        // statement requests: exactly the bytes that will run
	Params    []string      // statement requests: text parameters; nil for none
	RowBound  int64         // statement requests: most rows it may insert, update and delete
	Settings  []Setting     // session settings pinned for the run, search_path among them
	Job       *Job          // of a service: the code for which it asks; nil for everybody else
	// ResultKey is the X25519 public key to which a statement's rows are sealed for
	// whoever asked through the API; nil: they go to Slack.
	ResultKey []byte
}

// Setting is one pinned session setting.
type Setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Request is a request with its current revision and the reviews of it.
type Request struct {
	ID       RequestID
	Version  int64 // compare-and-set: the store refuses an update whose Version has moved
	State    State
	Revision int // from 1
	Digest   Digest
	Terms
	Reason   string               // the asker's words; not part of the digest
	Once     string               // the delivery that asked, so that a redelivered one asks once; may be empty
	For      string               // the person whom the requester acts for: nobody reviews what would be access for themselves; may be empty
	Claims   []identity.Claim     // of a service: what the token said with which it asked; policy may look at them
	Verdict  guardrails.Verdict   // of the statement; of a job, the worst of its files
	Verdicts []guardrails.Verdict // of a job: what guardrails say of each of its files
	Route    policy.Route
	Reviews  []Review // of all revisions, oldest first, withdrawn ones included

	CreatedAt time.Time
	ExpiresAt time.Time // undecided by then: expired
	DecidedAt time.Time // zero while pending
	Outcome   string    // one sentence about how it ended, for people; empty while pending

	Grant     GrantID   // what an approval opened
	StartedAt time.Time // statement requests: when the run began
	EndedAt   time.Time // statement requests: when it was over
	Rows      int64     // statement requests: rows returned, or else rows changed

	Impact   Impact // statement requests: what it was estimated to touch; zero until that is known
	Mark     Mark   // statement requests: the transaction that was about to be committed
	Fate     Fate   // what the target said of it; empty unless the runner could not tell
	Fused    bool   // rolled back because it would have changed more rows than RowBound; Rows says how many
	FailedAt int    // where in Statement Postgres found the mistake, in characters from 1; 0 = nowhere

	Standing Standing  // of an approved job: for which later runs the approval stands
	Under    RequestID // the standing approval that covered it; empty if people or rules decided
	Differs  string    // of a job: why no standing approval covers it, for people; empty if there is none
}

// Answer is what a reviewer says.
type Answer string

// The answers.
const (
	Approve Answer = "approve"
	Refuse  Answer = "deny"
)

// Via is how a review came in.
type Via string

// The ways. A review made by reaction can be withdrawn by removing the reaction.
const (
	ByButton   Via = "button"
	ByReaction Via = "reaction"
)

// Review is one person's answer to one revision. It keeps the groups that
// person was in when it counted, and the policy by which it was asked for.
type Review struct {
	ID        ReviewID
	Revision  int
	Digest    Digest // what the reviewer saw
	Reviewer  string // principal name
	Groups    []string
	Answer    Answer
	Reason    string
	Via       Via
	Scope     Scope  // of an approval of a job: for which later runs too; empty means once
	Days      int    // for how many days, unless it is for once
	Policy    string // policy version
	Route     policy.Route
	At        time.Time
	Withdrawn time.Time // zero while it stands
}

// Grant is what an approval opens: leave to hold access. From the first claim on
// only package credentials changes it.
type Grant struct {
	ID         GrantID
	Request    RequestID
	Kind       Kind   // Statement: dbaccess itself runs it, its holder never sees the credential
	Holder     string // principal name
	Database   string
	Profile    string
	Duration   time.Duration
	ApprovedAt time.Time
	ClaimBy    time.Time // unclaimed by then, it lapses
}

// TodoKind names a follow-up.
type TodoKind string

// The follow-ups of requests. Each is harmless when run twice.
const (
	DrawCard  TodoKind = "draw_card"  // post or redraw the request's card
	RunNow    TodoKind = "run"        // run the approved statement
	ExpireNow TodoKind = "expire"     // expire the request if it is still pending
	TellAsker TodoKind = "tell_asker" // DM the asker about the request's present state
	Estimate  TodoKind = "estimate"   // find out what the pending statement would touch

	// TellChannel says in the approval channel that a job runs, or may not run,
	// without anybody having been asked.
	TellChannel TodoKind = "tell_channel"
)

// Todo is a follow-up of a change, stored in the change's own transaction and
// done some time after it. It carries an id and nothing else, so that nothing
// secret or stale can travel in it.
type Todo struct {
	Kind TodoKind
	ID   string
	At   time.Time // not before; zero = at once
}

// Change is what one step stores beside the new state, in the same transaction.
type Change struct {
	Events []audit.Event // at least one: there is no change without its event
	Todos  []Todo
	Grant  *Grant // the grant this change opens, if it does

	Scripts []Script // the files of a new request's job, to be kept under their hashes
	Held    *Held    // what must not have moved meanwhile; nil = nothing
}

// Held is a request on which a change of another one relies: if it has moved from
// that version, the change is stale.
type Held struct {
	ID      RequestID
	Version int64
}
