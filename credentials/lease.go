package credentials

import (
	"time"

	"dbaccess/approvals"
)

// LeaseID names a lease: "lse_…".
type LeaseID string

// GrantState is where a grant stands.
type GrantState string

// The states of a grant.
const (
	Open     GrantState = "open"     // approved, unclaimed: nothing is minted
	Active   GrantState = "active"   // claimed: the window runs until Due
	Revoking GrantState = "revoking" // the intent to end it is stored
	Ended    GrantState = "ended"    // proven ended
)

// Reason is why a grant, or one lease of it, ended.
type Reason string

// The reasons.
const (
	Elapsed    Reason = "elapsed"    // its window was over
	Revoked    Reason = "revoked"    // somebody ended it, or a reused code did
	Lapsed     Reason = "lapsed"     // nobody claimed it in time
	Superseded Reason = "superseded" // a newer claim replaced the lease
	Finished   Reason = "finished"   // its statement has run
	Broken     Reason = "failed"     // the credential could not be made, or its maker died
	Abandoned  Reason = "abandoned"  // whoever held it gave no sign of life any more; see [Service.Alive]
)

// Grant is leave to hold access for a window, and what became of it.
type Grant struct {
	approvals.Grant
	State    GrantState
	Version  int64     // compare-and-set
	ActiveAt time.Time // when the first lease was minted; zero while open
	Due      time.Time // when the window ends; zero while open
	EndingAt time.Time // when the intent to end it was stored; zero before
	EndedAt  time.Time // when the end was proven
	Reason   Reason    // from revoking on
	EndedBy  string    // who ended it: principal id
	HeldBy   time.Time // while revoking: until then some replica is at it, or waits before it tries again
	AliveBy  time.Time // attended: without another sign of life by then, it is over; zero = nobody promised one
	Leases   []Lease   // oldest first
}

// Attended reports whether the grant's holder promised signs of life: a job holds
// it, and it is over when the job is.
func (g Grant) Attended() bool { return !g.AliveBy.IsZero() }

// Over is when the window of an active grant is over if nothing more is heard,
// and why it will be.
func (g Grant) Over() (time.Time, Reason) {
	if g.Attended() && g.AliveBy.Before(g.Due) {
		return g.AliveBy, Abandoned
	}
	return g.Due, Elapsed
}

// LeaseState is where a lease stands.
type LeaseState string

// The states of a lease.
const (
	Intended LeaseState = "intended" // about to be minted; a role may or may not exist
	Live     LeaseState = "live"     // minted, its holder has the secret
	Ending   LeaseState = "ending"   // being ended
	Gone     LeaseState = "ended"    // proven ended
)

// Lease is one minted credential under a grant.
type Lease struct {
	ID       LeaseID
	Grant    approvals.GrantID
	Database string
	Profile  string
	Role     string // the Postgres role's name
	RoleOID  uint32 // 0 until minted
	Handle   string // what the issuer needs to end it (Vault: the token's accessor); stored before minting
	Ref      string // the issuer's name for what it minted (Vault: the lease's id), if it has one; makes the end quicker, and is never logged
	State    LeaseState
	Until    time.Time // VALID UNTIL: the second from which Postgres refuses the login
	At       time.Time // when it was intended
	MintedAt time.Time
	EndedAt  time.Time
	Reason   Reason
	Proof    *Proof
	Tries    int    // attempts at ending it
	Trouble  string // why the last attempt did not end it, for operators
}

// Proof is what was seen on the target's primary when a lease had ended.
type Proof struct {
	At       time.Time `json:"at"`       // of the second look
	Role     string    `json:"role"`     // absent from pg_roles, by name and by OID; or disabled, see Disabled
	RoleOID  uint32    `json:"role_oid"` // no session in pg_stat_activity
	Sessions int       `json:"sessions"` // how many sessions the ending killed
	Disabled bool      `json:"disabled"` // the role could not be dropped yet, and cannot log in or do anything
}

// TellHolder is the follow-up that DMs a grant's holder about its present state.
const TellHolder approvals.TodoKind = "tell_holder"
