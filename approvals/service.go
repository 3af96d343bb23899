package approvals

import (
	"context"
	"time"

	"dbaccess/approvals/policy"
	"dbaccess/guardrails"
	"dbaccess/internal/identity"
)

// Database is what a request may name, and what may be asked of it.
type Database struct {
	Name     string
	Tags     []string
	Profiles []Profile
	Runs     []Run // which profile runs which kinds of statement; none = no statement requests
	RowBound int64 // most rows a statement may change unless its asker gives another bound
	// RunWithin is how long a run may take, from its start to its stored outcome;
	// one that takes longer has lost its runner. 0 = Service.RunWithin.
	RunWithin time.Duration
}

// Profile is what a grant allows on a database.
type Profile struct {
	Name    string
	Max     time.Duration // longest window
	Default time.Duration // when the asker names none
	Masked  bool          // sees masked views only
	// Settings are pinned for statements that run with it, search_path among
	// them: they decide what the text means, so reviewers approve them too.
	Settings []Setting
}

// Run says which profile statements of these kinds run with: the least that can.
type Run struct {
	Kinds   []guardrails.Kind
	Profile string
}

// Service is the only writer of requests. All fields are needed but
// ClassifyFile, Bind, JobRows, Members, MaxPending, Reaches, RunWithin, Fate and
// OnSettled.
type Service struct {
	Store  Store
	Policy func() *policy.Set // the policy in force; nil from it denies everything
	// Principal finds who has a name; authority is re-read at each decision.
	Principal func(name string) (identity.Principal, error)
	Database  func(name string) (Database, error) // a fault of kind NotFound, with the known names, if unknown
	Classify  func(ctx context.Context, database, sql string) guardrails.Verdict
	// ClassifyFile judges a file of a job by what its names mean to a profile. Nil:
	// as Classify does.
	ClassifyFile func(ctx context.Context, database, profile, sql string) guardrails.Verdict
	// Bind names the claims that the jobs of a service are bound to; all of them must
	// be in its token. Nil, or none: the well-known ones that its token has.
	Bind func(service string) []string
	// JobRows estimates how many rows the files of a job would touch, or, of a
	// statement, the statement: a sum over those that change something. An error, or
	// an impact that is not known: no band holds. Nil = nobody can tell.
	JobRows func(ctx context.Context, r Request, files []Script) (Impact, error)
	// Members are the principals of a group: a request that too few people beside
	// its asker could decide is refused. Nil = not looked at.
	Members func(group string) []identity.Principal
	// MaxPending is how many requests of one asker may wait for people at once.
	// 0 = any number.
	MaxPending int
	// Reaches says whether reviewers can be asked in a channel (empty = the
	// default one), with a sentence if not: such a request is refused instead of
	// waiting for nobody. Nil = always.
	Reaches     func(ctx context.Context, channel string) error
	Now         func() time.Time
	NewID       func(prefix string) string // "req" -> "req_…"
	DecideBy    time.Duration              // how long people may take where the route says nothing
	ClaimWithin time.Duration              // how long an approved grant may stay unclaimed
	RunWithin   time.Duration              // a statement that runs for longer has lost its runner; 0 = 15 minutes
	// Fate asks the target what became of a run's marked transaction, and, if that
	// cannot be known, why, as half a sentence. An error: ask again later. Nil =
	// nobody knows.
	Fate func(ctx context.Context, r Request) (Fate, string, error)
	// OnSettled is told of a run whose end was found out afterwards. If its Fate is
	// Unknown, a person must look. Nil = nobody is told, beside the asker and the
	// record.
	OnSettled func(ctx context.Context, r Request)
}

// Ask is what a door has understood of somebody's wish.
type Ask struct {
	Kind      Kind
	Database  string
	Profile   string        // statements: empty = the least that can run it
	Duration  time.Duration // access; 0 = the profile's default
	Reason    string        // needed for access; a statement speaks for itself
	Statement string
	Params    []string
	RowBound  int64   // statements; 0 = the database's
	Once      string  // the delivery's own key; the same principal's same key asks once
	Job       *JobAsk // services only: the code for which they ask
	ResultKey []byte  // statements: the X25519 public key to which the rows are sealed; nil = they go to Slack
}

// Opinion is what one person says of one request.
type Opinion struct {
	Request RequestID
	Digest  Digest // of the revision that the person saw; another one is refused as changed
	Answer  Answer
	Reason  string // a refusal needs one, unless it is a reaction
	Scope   Scope  // of an approval of a job: for which later runs too; empty means once
	Days    int    // for how many days; 0 = as many as the route allows
	Via     Via
}

// Result is how a statement's run ended.
type Result struct {
	State   State  // Executed or Failed
	Fused   bool   // rolled back because it changed more rows than its bound
	Rows    int64  // returned or changed; of a fused one, what it would have changed
	At      int    // of a failed one: the character of the statement at which Postgres found the mistake, from 1; 0 = none
	Outcome string // one sentence for people
}

// Request returns one request.
func (s *Service) Request(ctx context.Context, id RequestID) (Request, error) {
	return s.Store.Request(ctx, id)
}

// Requests lists requests.
func (s *Service) Requests(ctx context.Context, f Filter) ([]Request, error) {
	return s.Store.Requests(ctx, f)
}

// now is the instant of one operation, as finely as every store keeps it.
func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Microsecond) }
