package approvals

import (
	"time"

	"dbaccess/guardrails"
	"dbaccess/internal/identity"
)

// Job is the code for which a service asks. It is a part of the terms: reviews
// bind to it, and an approval that stands is one of it (see [Standing]).
//
// Whoever issued the service's token vouches for the claims. Everything else is
// what the job says of itself; dbaccess computes the hashes and verdicts from the
// files that it is shown, and runs none of them.
type Job struct {
	Claims   []identity.Claim `json:"claims,omitempty"`   // those of its token's claims that bind, sorted by name
	Files    []File           `json:"files,omitempty"`    // the SQL that it is going to run, in its own order
	Rows     *Band            `json:"rows,omitempty"`     // how many rows it expects to touch; nil: it says nothing of them
	Schedule string           `json:"schedule,omitempty"` // cron, as in the config; empty: it runs at any time
	Window   time.Duration    `json:"window,omitempty"`   // how long after each time of the schedule it may be asked for
	Commit   string           `json:"commit,omitempty"`   // where people can read the code
}

// File is one file of a job's SQL, as the server has read it.
type File struct {
	Path   string `json:"path"`   // as the job calls it
	SHA256 string `json:"sha256"` // of its bytes, in hex
	Bytes  int64  `json:"bytes"`
}

// Band is how many rows may be touched: from Min to Max, both included.
type Band struct {
	Min int64 `json:"min"`
	Max int64 `json:"max"`
}

// Script is the text of a file of a job.
type Script struct {
	Path    string
	Content string
}

// JobAsk is what a door has understood of a job. Only services have one.
type JobAsk struct {
	Files    []Script
	Rows     *Band
	Schedule string
	Window   time.Duration
	Commit   string
}

// Bounds on what a job may bring.
const (
	MaxJobFiles     = 50
	MaxJobFileBytes = 64 << 10  // of one file
	MaxJobBytes     = 256 << 10 // of all
	MaxJobWindow    = 24 * time.Hour
)

// Scope says of which later runs an approval stands.
type Scope string

// The scopes, from the narrowest to the widest.
const (
	Once    Scope = "once"    // this request and no other
	Commit  Scope = "commit"  // the same code: every bound claim and every file is the same
	Content Scope = "content" // the same files, at whatever commit
	Level   Scope = "level"   // any files up to a level, at whatever commit
)

// Standing says for which later requests an approved one answers too, and for how
// long. The zero value: for none.
type Standing struct {
	Scope Scope            `json:"scope,omitempty"`
	Level guardrails.Level `json:"level,omitempty"` // scope level: the gravest that it covers
	Until time.Time        `json:"until"`
	// EndedAt is when somebody ended it before its time.
	EndedAt time.Time `json:"ended_at"`
	EndedBy string    `json:"ended_by,omitempty"` // principal ID
}
